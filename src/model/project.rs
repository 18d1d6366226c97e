//! What of a path says something of the file.

use std::path::{Path, PathBuf};

use crate::system::path::without_dots;

/// The folder that the inputs of an audit belong to. What it lies in is where somebody keeps
/// it, and says nothing of its files: they are the same by whichever path they are named.
#[derive(Clone, Debug)]
pub struct Project {
    /// The folder, without links in its path. Relative URIs of reports start here.
    pub folder: PathBuf,
    /// Where relative paths start, without links in its path.
    pub here: PathBuf,
    /// Whether its own name says something too. That of a work tree or of the current folder
    /// does not.
    pub is_named: bool,
}

impl Project {
    /// The path of an input from the project on, as far as it lies in it.
    pub fn path_of(&self, input: &Path) -> PathBuf {
        let Ok(below) = without_dots(&self.here.join(input))
            .strip_prefix(&self.folder)
            .map(Path::to_path_buf)
        else {
            return input.to_path_buf();
        };
        match self.folder.file_name().filter(|_| self.is_named) {
            Some(name) => Path::new(name).join(below),
            None => below,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_has_one_path_by_whichever_name() {
        let mut project = Project {
            folder: "/home/me/psn/bot".into(),
            here: "/home/me/psn/bot/src".into(),
            is_named: false,
        };
        for name in ["a.py", "./a.py", "../src/a.py", "/home/me/psn/bot/src/a.py"] {
            assert_eq!(project.path_of(Path::new(name)), Path::new("src/a.py"));
        }
        assert_eq!(project.path_of(Path::new("/x/y")), Path::new("/x/y"));
        project.is_named = true;
        assert_eq!(
            project.path_of(Path::new("a.py")),
            Path::new("bot/src/a.py")
        );
    }
}
