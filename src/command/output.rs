//! Where reports go: standard output, or files that appear whole or not at all.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use tempfile::NamedTempFile;

use crate::report::ReportFormat;
use crate::system;

/// One report to write.
#[derive(Debug)]
pub struct Output {
    /// In which format.
    pub format: ReportFormat,
    /// To which file; standard output without one.
    pub file: Option<PathBuf>,
}

impl Output {
    /// Makes sure before the audit that the file can be written after it.
    ///
    /// # Errors
    ///
    /// When the folder is missing or may not be written to; the error names the file.
    pub fn check(&self) -> anyhow::Result<()> {
        let Some(file) = &self.file else {
            return Ok(());
        };
        if file.is_dir() {
            bail!("report {}: is a folder; name a file in it", file.display());
        }
        if is_written_in_place(file) {
            return Ok(());
        }
        // The temporary file is gone before the audit begins, so it is never audited.
        temporary(file, false)
            .map(drop)
            .with_context(|| cannot_write(file))
    }

    /// Writes the report.
    ///
    /// # Errors
    ///
    /// When the file or standard output cannot be written; a file that was
    /// there before is still there then.
    pub fn write(
        &self,
        private: bool,
        report: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> anyhow::Result<()> {
        let Some(file) = &self.file else {
            let mut out = BufWriter::new(io::stdout().lock());
            let written = report(&mut out).and_then(|()| out.flush());
            if written.is_err() {
                // What is left in the buffer cannot be written either.
                let _ = out.into_parts();
            }
            return super::unless_closed(written).context("standard output cannot be written");
        };
        let written = if is_written_in_place(file) {
            system::open_unwaited(file).and_then(|target| {
                let mut out = BufWriter::new(target);
                report(&mut out).and_then(|()| out.flush())
            })
        } else {
            replace(file, private, report)
        };
        super::unless_closed(written).with_context(|| cannot_write(file))
    }
}

fn cannot_write(file: &Path) -> String {
    format!(
        "report {} cannot be written; choose another place with -o or --report",
        file.display()
    )
}

/// Devices and pipes are no files to replace, and neither is what a name in /dev
/// or /proc leads to: /dev/stderr can be a file by now.
fn is_written_in_place(file: &Path) -> bool {
    let is_special = |path: &Path| path.starts_with("/dev") || path.starts_with("/proc");
    let leads_there = fs::read_link(file).is_ok_and(|target| is_special(&target));
    let is_no_file =
        fs::metadata(file).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir());
    file.exists() && (is_special(file) || leads_there) || is_no_file
}

fn replace(
    file: &Path,
    private: bool,
    report: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let temporary = temporary(file, private)?;
    // Who could not read the old report shall not read the new one.
    if let Ok(old) = fs::metadata(file)
        && !private
    {
        fs::set_permissions(temporary.path(), old.permissions())?;
    }
    let mut out = BufWriter::new(temporary);
    report(&mut out)?;
    let temporary = out.into_inner().map_err(|error| error.into_error())?;
    temporary.persist(file).map_err(|error| error.error)?;
    Ok(())
}

/// A file beside the target, so that it can be renamed onto it. A report that
/// holds secrets is for its owner only.
fn temporary(file: &Path, private: bool) -> io::Result<NamedTempFile> {
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".npsso-audit-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(if private {
            0o600
        } else {
            0o666
        }));
    }
    #[cfg(not(unix))]
    let _ = private;
    builder.tempfile_in(folder)
}
