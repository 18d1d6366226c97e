//! `--files-from`: a list of what to audit.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

/// Bytes of the longest list.
const LONGEST: u64 = 64 << 20;

/// The name of a list for people.
pub fn name(list: &Path) -> String {
    match is_stdin(list) {
        true => "standard input".to_owned(),
        false => list.display().to_string(),
    }
}

/// Reads a list: one path a line, or with NUL bytes between them where it has one.
///
/// # Errors
///
/// When it cannot be read, or is too long.
pub fn read(list: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let in_context = || format!("--files-from {}", list.display());
    let source: Box<dyn Read> = match is_stdin(list) {
        true => Box::new(io::stdin()),
        false => Box::new(File::open(list).with_context(in_context)?),
    };
    let mut bytes = Vec::new();
    let mut source = source.take(LONGEST + 1);
    source.read_to_end(&mut bytes).with_context(in_context)?;
    if bytes.len() as u64 > LONGEST {
        bail!("{}: the list is longer than 64 MiB", in_context());
    }
    Ok(paths(&bytes))
}

/// Whether a list comes on standard input.
pub fn is_stdin(list: &Path) -> bool {
    list.as_os_str() == "-"
}

fn paths(bytes: &[u8]) -> Vec<PathBuf> {
    let separator = match bytes.contains(&0) {
        true => 0,
        false => b'\n',
    };
    let lines = bytes.split(|byte| *byte == separator);
    let lines = lines.map(|line| match separator {
        b'\n' => line.strip_suffix(b"\r").unwrap_or(line),
        _ => line,
    });
    lines.filter(|line| !line.is_empty()).map(path).collect()
}

#[cfg(unix)]
fn path(bytes: &[u8]) -> PathBuf {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    OsStr::from_bytes(bytes).into()
}

#[cfg(not(unix))]
fn path(bytes: &[u8]) -> PathBuf {
    String::from_utf8_lossy(bytes).into_owned().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_lines_or_nul_bytes() {
        for (list, expected) in [
            ("", &[][..]),
            ("\n\r\n\n", &[]),
            ("a\nb c\r\n\n d", &["a", "b c", " d"]),
            ("a\0b\nc\r\0\0", &["a", "b\nc\r"]),
        ] {
            let expected: Vec<PathBuf> = expected.iter().map(PathBuf::from).collect();
            assert_eq!(paths(list.as_bytes()), expected, "{list:?}");
        }
    }
}
