//! `npsso-audit allow`: says of a secret that it is known.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, value};

use super::{audit, say};
use crate::report::terminal::escape;
use crate::source::work_tree;
use crate::suppress::{self, Entries};

/// Writes the entry, and says where it went.
pub fn run(
    fingerprint: &str,
    reason: &str,
    until: Option<&str>,
    paths: &[String],
) -> anyhow::Result<u8> {
    let fingerprint = suppress::fingerprint(fingerprint).map_err(|why| anyhow!(why))?;
    let until = until.map(suppress::parse_day).transpose();
    let until = until.map_err(|why| anyhow!("--until: {why}"))?;
    let today = audit::today();
    if let Some(day) = until.as_deref().filter(|day| *day < today.as_str()) {
        bail!("--until: {day} has passed, so the entry would suppress nothing");
    }
    if let Some(glob) = paths.iter().find(|glob| is_idle(glob)) {
        bail!(
            "--path: `{glob}` matches no path; write it as in a .gitignore, from the root of the work tree"
        );
    }
    if reason.trim().is_empty() {
        bail!("--reason is empty; say why it is no danger, for those who read it later");
    }
    let folder = work_tree(Path::new(".")).unwrap_or_else(|| PathBuf::from("."));
    let file = suppress::file(&folder);
    let text = Entries::written(&file)?.unwrap_or_default();
    let entries = Entries::parse(&text, &file)?;
    let mut same = entries.allow.iter();
    let same = same.find(|entry| {
        let mut own = entry.fingerprints.iter();
        let is_named = own.any(|own| fingerprint.starts_with(own.as_str()));
        is_named && entry.paths.is_none() && paths.is_empty() && entry.holds(&today)
    });
    if let Some(same) = same {
        bail!(
            "{}:{}: it is allowed already; edit that entry",
            file.display(),
            same.line
        );
    }
    let mut document: DocumentMut = text.parse().with_context(|| file.display().to_string())?;
    let mut entry = Table::new();
    entry["fingerprint"] = value(&fingerprint);
    if !paths.is_empty() {
        entry["paths"] = value(paths.iter().collect::<toml_edit::Array>());
    }
    entry["reason"] = value(reason);
    if let Some(until) = &until {
        entry["until"] = value(until);
    }
    let list = document
        .entry("allow")
        .or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
    match list {
        Item::ArrayOfTables(list) => list.push(entry),
        _ => bail!(
            "{}: `allow` is written as a list in one line; write it as [[allow]] tables first",
            file.display()
        ),
    }
    let text = document.to_string();
    // What is written can be read.
    Entries::parse(&text, &file)?;
    let written = tempfile::NamedTempFile::new_in(&folder).and_then(|mut out| {
        out.write_all(text.as_bytes())?;
        if let Ok(old) = fs::metadata(&file) {
            fs::set_permissions(out.path(), old.permissions())?;
        } else {
            readable(out.path())?;
        }
        out.persist(&file).map_err(|error| error.error)
    });
    written.with_context(|| format!("{} cannot be written", file.display()))?;
    say(&format!(
        "npsso-audit: {fingerprint} is allowed by {}; revoke the secret all the same, if that is not done",
        escape(&file.display().to_string())
    ));
    Ok(0)
}

/// Whether a glob can match nothing.
fn is_idle(glob: &str) -> bool {
    let glob = glob.trim();
    glob.is_empty() || glob.starts_with(['!', '#']) || glob.starts_with("./")
}

/// Lets everybody read a file as one that an editor makes.
#[cfg(unix)]
fn readable(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable(_path: &Path) -> io::Result<()> {
    Ok(())
}
