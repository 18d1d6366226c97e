//! Why a file or folder could not be read, and what it is called in a report.

use std::io;
use std::path::{Path, PathBuf};

use crate::model::audit::{SkipReason, Skipped};
use crate::model::blob::Provenance;

/// What a walk could not read.
pub fn walk_error(error: &ignore::Error) -> Skipped {
    let path = error_path(error).unwrap_or_else(|| PathBuf::from("."));
    match error.io_error() {
        Some(io) => skipped(&path, io),
        None => Skipped {
            provenance: provenance(&path),
            reason: SkipReason::ReadError,
            detail: error.to_string(),
        },
    }
}

/// What an error of the walk is about, if it says.
pub fn error_path(error: &ignore::Error) -> Option<PathBuf> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path.clone()),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
            error_path(err)
        }
        ignore::Error::Partial(errors) => errors.iter().find_map(error_path),
        _ => None,
    }
}

/// Why a file or folder could not be read.
pub fn skipped(path: &Path, error: &io::Error) -> Skipped {
    let reason = match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => SkipReason::NotFound,
        io::ErrorKind::PermissionDenied => SkipReason::PermissionDenied,
        _ => SkipReason::ReadError,
    };
    Skipped {
        provenance: provenance(path),
        reason,
        // The other reasons say it in words of their own.
        detail: match reason {
            SkipReason::ReadError => in_words(error),
            _ => String::new(),
        },
    }
}

/// The words of the system, without its number for them.
pub fn in_words(error: &io::Error) -> String {
    let text = error.to_string();
    let number = error
        .raw_os_error()
        .map(|code| format!(" (os error {code})"));
    match number.and_then(|number| text.strip_suffix(&number).map(str::to_owned)) {
        Some(words) => words,
        None => text,
    }
}

/// A path as it is reported: `./a` and `a` are one.
pub fn provenance(path: &Path) -> Provenance {
    let short = path
        .strip_prefix(".")
        .ok()
        .filter(|rest| !rest.as_os_str().is_empty());
    Provenance::File(short.unwrap_or(path).to_path_buf())
}
