//! `npsso-audit allow`: says of a secret that it is known.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, value};

use super::say;
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
    let until = until.map_err(|why| anyhow!("--{why}"))?;
    if reason.trim().is_empty() {
        bail!("--reason is empty; say why it is no danger, for those who read it later");
    }
    let folder = work_tree(Path::new(".")).unwrap_or_else(|| PathBuf::from("."));
    let file = suppress::file(&folder);
    let text = match fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error).with_context(|| file.display().to_string()),
    };
    let entries = Entries::parse(&text, &file)?;
    let mut same = entries.allow.iter();
    let same = same.find(|entry| {
        entry.fingerprints.contains(&fingerprint) && entry.paths.is_none() && paths.is_empty()
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
