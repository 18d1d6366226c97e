//! Names and other text from outside, as far as they may be shown.
//!
//! A file, a branch or an author can be named after the secret that is found,
//! and a report must not give away in a name what it redacts everywhere else.

use std::borrow::Cow;
use std::path::Path;

use crate::audit::Skipped;
use crate::blob::Provenance;
use crate::detect;
use crate::finding::Commit;

/// The name of an input with every secret in it redacted, for people. Nothing
/// is escaped yet.
pub fn shown(provenance: &Provenance) -> String {
    match provenance.path() {
        Some(path) => String::from_utf8_lossy(&path_bytes(&path)).into_owned(),
        None => provenance.display_name(),
    }
}

/// A text that may hold a path, with every secret in it redacted.
pub fn redacted(text: &str) -> String {
    String::from_utf8_lossy(&detect::redact(text.as_bytes())).into_owned()
}

/// What a report adds to the reason why an input could not be read.
pub fn detail(skipped: &Skipped) -> String {
    redacted(&skipped.detail)
}

/// Who wrote a commit. Anything can be typed into a name.
pub fn author(commit: &Commit) -> String {
    redacted(&commit.author)
}

/// The e-mail address of who wrote a commit.
pub fn email(commit: &Commit) -> String {
    redacted(&commit.email)
}

/// The bytes of a path with every secret in it redacted.
pub fn path_bytes(path: &Path) -> Vec<u8> {
    #[cfg(unix)]
    let bytes = {
        use std::os::unix::ffi::OsStrExt;
        Cow::Borrowed(path.as_os_str().as_bytes())
    };
    #[cfg(not(unix))]
    let bytes: Cow<'_, [u8]> = Cow::Owned(path.to_string_lossy().into_owned().into_bytes());
    detect::redact(&bytes).into_owned()
}
