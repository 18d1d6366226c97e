//! `npsso-audit allow`: says of a secret that it is known.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, value};

use super::{audit, say};
use crate::report::redaction;
use crate::report::terminal::escape;
use crate::source::work_tree;
use crate::suppress::{self, Entries};

/// Writes the entry, and says where it went.
pub fn run(
    fingerprints: &[String],
    reason: &str,
    until: Option<&str>,
    paths: &[String],
) -> anyhow::Result<u8> {
    let fingerprints = fingerprints.iter().map(|text| suppress::fingerprint(text));
    let fingerprints: Result<Vec<String>, String> = fingerprints.collect();
    let fingerprints = fingerprints.map_err(|why| anyhow!(why))?;
    let until = until.map(suppress::parse_day).transpose();
    let until = until.map_err(|why| anyhow!("--until: {why}"))?;
    let today = audit::today();
    if let Some(day) = until.as_deref().filter(|day| *day < today.as_str()) {
        bail!("--until: {day} has passed, so the entry would suppress nothing");
    }
    for glob in paths {
        if let Some(why) = suppress::idle(glob) {
            bail!("--path: `{glob}` {why}");
        }
    }
    if reason.trim().is_empty() {
        bail!("--reason is empty; say why it is no danger, for those who read it later");
    }
    if redaction::text(reason) != *reason {
        bail!("--reason holds what looks like a secret, and the file is there to be read");
    }
    let folder = work_tree(Path::new(".")).unwrap_or_else(|| PathBuf::from("."));
    let file = suppress::file(&folder);
    let shown = escape(&file.display().to_string());
    let text = Entries::written(&folder).with_context(|| shown.clone())?;
    let text = text.unwrap_or_default();
    let parsed = |text: &str| {
        let entries = Entries::parse(text, &folder);
        entries.map_err(|why| anyhow!("{shown}: {why}"))
    };
    let entries = parsed(&text)?;
    for fingerprint in &fingerprints {
        let mut same = entries.allow.iter();
        let same = same.find(|entry| {
            let mut own = entry.fingerprints.iter();
            let is_named = own.any(|own| fingerprint.starts_with(own.as_str()));
            is_named && entry.paths.is_none() && paths.is_empty() && entry.holds(&today)
        });
        if let Some(same) = same {
            bail!(
                "{shown}:{}: {fingerprint} is allowed already; edit that entry",
                same.line
            );
        }
    }
    let mut entry = Table::new();
    entry["fingerprint"] = match &fingerprints[..] {
        [one] => value(one),
        several => value(several.iter().collect::<toml_edit::Array>()),
    };
    if !paths.is_empty() {
        entry["paths"] = value(paths.iter().collect::<toml_edit::Array>());
    }
    entry["reason"] = value(reason);
    if let Some(until) = &until {
        entry["until"] = value(until);
    }
    let text = with_entry(&text, entry).with_context(|| shown.clone())?;
    // What is written can be read.
    parsed(&text)?;
    if fs::metadata(&file).is_ok_and(|file| file.permissions().readonly()) {
        bail!("{shown} is read-only, so it is left as it is");
    }
    let written = tempfile::NamedTempFile::new_in(&folder).and_then(|mut out| {
        out.write_all(text.as_bytes())?;
        if let Ok(old) = fs::metadata(&file) {
            fs::set_permissions(out.path(), old.permissions())?;
        } else {
            readable(out.path())?;
        }
        out.persist(&file).map_err(|error| error.error)
    });
    written.with_context(|| format!("{shown} cannot be written"))?;
    say(&format!(
        "npsso-audit: {} allowed by {shown}; revoke the secret all the same, if that is not done",
        match &fingerprints[..] {
            [one] => format!("{one} is"),
            several => format!("{} secrets are", several.len()),
        }
    ));
    Ok(0)
}

/// A text with one more entry at its end, and the rest as it was.
fn with_entry(text: &str, mut entry: Table) -> anyhow::Result<String> {
    let (mark, body) = match text.strip_prefix('\u{feff}') {
        Some(body) => ("\u{feff}", body),
        None => ("", text),
    };
    let mut document: DocumentMut = body.parse()?;
    // What stands behind all entries stays in front of a new one.
    let behind = document.trailing().as_str().unwrap_or_default().to_owned();
    if !behind.trim().is_empty() {
        entry.decor_mut().set_prefix(format!("{behind}\n"));
        document.set_trailing("");
    }
    let list = document
        .entry("allow")
        .or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
    match list {
        Item::ArrayOfTables(list) => list.push(entry),
        _ => bail!("`allow` is written as a list in one line; write it as [[allow]] tables first"),
    }
    let mut whole = document.to_string();
    if body.contains("\r\n") {
        // Only what is new lacks it.
        whole = whole.replace("\r\n", "\n").replace('\n', "\r\n");
    }
    Ok(format!("{mark}{whole}"))
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
