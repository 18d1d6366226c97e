//! Names and other text from outside, as far as they may be shown: in reports, errors and
//! wherever else the program says something.
//!
//! A file, a branch or an author can be named after the secret that is found,
//! and a report must not give away in a name what it redacts everywhere else.

use std::borrow::Cow;
use std::path::Path;

use crate::detect;
use crate::model::audit::Skipped;
use crate::model::blob::Provenance;
use crate::model::finding::Commit;

/// The name of an input with every secret in it redacted, for people. Nothing
/// is escaped yet.
pub fn name(provenance: &Provenance) -> String {
    match provenance.path() {
        Some(whole) => String::from_utf8_lossy(&path(&whole)).into_owned(),
        None => provenance.display_name(),
    }
}

/// A text that may hold a path, with every secret in it redacted.
pub fn text(text: &str) -> String {
    String::from_utf8_lossy(&detect::redact(text.as_bytes())).into_owned()
}

/// A text around a value, with nothing in it that can be a secret or a piece of one: what
/// is cut off does not have the length of one any more.
pub fn without_values(text: &str) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '_' | '-' | '%');
    let text = self::text(text);
    let mut out = String::with_capacity(text.len());
    for piece in text.split_inclusive(|c| !is_part(c)) {
        let run = piece.trim_end_matches(|c| !is_part(c));
        match is_random(run.as_bytes()) {
            true => out.push('…'),
            false => out.push_str(run),
        }
        out.push_str(&piece[run.len()..]);
    }
    out
}

/// Whether a run of letters and digits changes between upper case, lower case and digits
/// as often as random ones do, and words do not.
fn is_random(run: &[u8]) -> bool {
    const SHORTEST: usize = 12;
    let class = |byte: &u8| (byte.is_ascii_uppercase(), byte.is_ascii_lowercase());
    let changes = run
        .windows(2)
        .filter(|two| class(&two[0]) != class(&two[1]))
        .count();
    run.len() >= SHORTEST && changes * 3 >= run.len() && run.iter().any(u8::is_ascii_digit)
}

/// What a report adds to the reason why an input could not be read.
pub fn detail(skipped: &Skipped) -> String {
    text(&skipped.detail)
}

/// Who wrote a commit. Anything can be typed into a name.
pub fn author(commit: &Commit) -> String {
    text(&commit.author)
}

/// The e-mail address of who wrote a commit.
pub fn email(commit: &Commit) -> String {
    text(&commit.email)
}

/// The bytes of a path with every secret in it redacted.
pub fn path(path: &Path) -> Vec<u8> {
    #[cfg(unix)]
    let bytes = {
        use std::os::unix::ffi::OsStrExt;
        Cow::Borrowed(path.as_os_str().as_bytes())
    };
    #[cfg(not(unix))]
    let bytes: Cow<'_, [u8]> = Cow::Owned(path.to_string_lossy().into_owned().into_bytes());
    detect::redact(&bytes).into_owned()
}

/// A path with forward slashes, without secrets, and with everything
/// percent-encoded that a URI does not take, byte by byte.
pub fn percent_encoded(name: &Path) -> String {
    let bytes = path(name);
    #[cfg(windows)]
    let bytes: Vec<u8> = bytes
        .iter()
        .map(|byte| if *byte == b'\\' { b'/' } else { *byte })
        .collect();
    let mut out = String::with_capacity(bytes.len());
    for byte in bytes {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(char::from(byte))
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
