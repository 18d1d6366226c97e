//! Files that are read as a whole. A hostile repository can put a FIFO or a
//! device in the place of any of its own, and waiting for one, or reading one
//! to its end, would never end.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use anyhow::anyhow;

use super::files::{open, provenance, skipped};
use crate::model::audit::{SkipReason, Skipped};

/// Reads a regular file of at most `longest` bytes. `None` when there is none.
///
/// # Errors
///
/// Why it cannot be read.
pub fn read(path: &Path, longest: u64) -> Result<Option<Vec<u8>>, Skipped> {
    let Some(opened) = file(path, longest)? else {
        return Ok(None);
    };
    let mut bytes = Vec::new();
    match opened.take(longest + 1).read_to_end(&mut bytes) {
        Ok(count) if count as u64 > longest => Err(too_long(path, longest)),
        Ok(_) => Ok(Some(bytes)),
        Err(error) => Err(skipped(path, &error)),
    }
}

/// Reads a text that was written for the program, and not to be audited: entries,
/// preferences, a baseline. `None` when there is none.
///
/// # Errors
///
/// Why it cannot be read, without its name.
pub fn text(path: &Path, longest: u64) -> anyhow::Result<Option<String>> {
    let bytes = read(path, longest).map_err(|why| match why.reason {
        SkipReason::NotAFile if path.is_dir() => anyhow!("it is a folder, not a file"),
        SkipReason::NotAFile => anyhow!("it is a FIFO, socket or device, not a file"),
        SkipReason::TooLarge => anyhow!("{}", why.detail),
        SkipReason::PermissionDenied => anyhow!("permission denied"),
        _ => anyhow!("it cannot be read: {}", why.detail),
    })?;
    let text = bytes.map(|bytes| String::from_utf8(bytes).map_err(|_| anyhow!("it is no UTF-8")));
    text.transpose()
}

/// Whether a file is there that somebody else is going to read.
///
/// # Errors
///
/// Why it must not be read, or cannot be.
pub fn check(path: &Path, longest: u64) -> Result<bool, Skipped> {
    file(path, longest).map(|file| file.is_some())
}

/// Opens a regular file of at most `longest` bytes. `None` when there is none.
///
/// # Errors
///
/// Why it must not be read, or cannot be.
pub fn file(path: &Path, longest: u64) -> Result<Option<File>, Skipped> {
    // Opening a device can have effects, so it is looked at before, too.
    let opened = match fs::metadata(path) {
        Ok(metadata) if !metadata.is_file() => return Err(special(path)),
        Ok(_) => open(path, false),
        Err(error) => Err(error),
    };
    match opened {
        Ok((_, metadata)) if !metadata.is_file() => Err(special(path)),
        Ok((_, metadata)) if metadata.len() > longest => Err(too_long(path, longest)),
        Ok((file, _)) => Ok(Some(file)),
        Err(error) if is_absent(&error, path) => Ok(None),
        Err(error) => Err(skipped(path, &error)),
    }
}

/// Whether nothing is there. A link that leads nowhere is something.
fn is_absent(error: &io::Error, path: &Path) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    ) && fs::symlink_metadata(path).is_err()
}

fn special(path: &Path) -> Skipped {
    Skipped {
        provenance: provenance(path),
        reason: SkipReason::NotAFile,
        detail: String::new(),
    }
}

fn too_long(path: &Path, longest: u64) -> Skipped {
    Skipped {
        provenance: provenance(path),
        reason: SkipReason::TooLarge,
        detail: format!("it is longer than {longest} bytes"),
    }
}
