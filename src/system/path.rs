//! Paths by their letters alone.

use std::path::{Component, Path, PathBuf};

/// A path without `.` and `..`, whatever links are on its way.
pub fn without_dots(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            part => out.push(part),
        }
    }
    out
}
