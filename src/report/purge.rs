//! How to purge secrets from a history with git filter-repo.
//!
//! It replaces text in files and in messages, and is told which in a file with
//! one expression a line, `literal:TEXT==>REPLACEMENT`. Besides a report with
//! `--show-secrets` that file is the only thing that holds secrets, because git
//! filter-repo has to know them.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::terminal::escape_name;
use crate::model::audit::Audit;
use crate::model::blob::{ObjectKind, Provenance};
use crate::model::finding::Exposure;

/// Places that are named for one way to purge them.
const SHOWN: usize = 5;

/// Writes one line for every spelling of every secret that was found.
pub fn write(audit: &Audit, out: &mut dyn Write) -> io::Result<()> {
    for finding in &audit.findings {
        for spelling in &finding.spellings {
            writeln!(
                out,
                "literal:{}==>***REMOVED {}***",
                spelling.expose(),
                finding.kind.id()
            )?;
        }
    }
    Ok(())
}

/// The command that purges a history, given the name of the file for it.
pub fn command(file: &str) -> String {
    format!("git filter-repo --replace-text {file} --replace-message {file}")
}

/// Everything to type in a repository, given the name of the file. git filter-repo
/// wants a fresh clone, and takes its remote away so that nobody pushes by mistake.
/// Where one command fails, the next must not run: it would push from elsewhere.
pub fn recipe(file: &str) -> String {
    let file = format!("'{}'", file.replace('\'', "'\\''"));
    [
        "git clone --no-local \"$(git remote get-url origin)\" ../purged",
        "cd ../purged",
        "url=$(git remote get-url origin)",
        &command(&file),
        "git remote add origin \"$url\"",
        "git push --force --all origin",
        "git push --force --tags origin",
        &format!("rm {file}"),
    ]
    .join(" &&\n  ")
}

/// Where the clone of the recipe does not have what was found.
pub const WITHOUT_REMOTE: &str = "what was never pushed is not in a clone: there, run the line with \
     git filter-repo in the repository itself, with `--force`";

/// Whether a history holds anything that was found.
pub fn is_needed(audit: &Audit) -> bool {
    exposures(audit).any(|exposure| way(exposure).is_some())
}

/// For each thing that the command does not reach, a sentence with its places.
pub fn beyond(audit: &Audit) -> Vec<String> {
    let mut places: BTreeMap<Way, Vec<&Exposure>> = BTreeMap::new();
    for exposure in exposures(audit) {
        if let Some(way) = way(exposure).filter(|way| *way != Way::Replace) {
            places.entry(way).or_default().push(exposure);
        }
    }
    let sentence = |(way, places): (Way, Vec<&Exposure>)| {
        let mut names: Vec<String> = places
            .iter()
            .map(|place| escape_name(&place.provenance))
            .collect();
        names.dedup();
        let rest = names.len().saturating_sub(SHOWN);
        names.truncate(SHOWN);
        let rest = match rest {
            0 => String::new(),
            rest => format!(" and {rest} more"),
        };
        format!("{}: {}{rest}", way.explain(), names.join(", "))
    };
    places.into_iter().map(sentence).collect()
}

/// What takes a secret out of a place in a history.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    /// The expressions.
    Replace,
    /// A new name for somebody.
    Mailmap,
    /// No file any more.
    RemoveFile,
}

impl Way {
    fn explain(self) -> &'static str {
        match self {
            Way::Replace => "replaced",
            Way::Mailmap => {
                "this leaves names and e-mail addresses as they are; add `--mailmap` with new ones for these"
            }
            Way::RemoveFile => {
                "this leaves files that git takes for binary, as UTF-16 is; add `--invert-paths --path` for these"
            }
        }
    }
}

fn exposures(audit: &Audit) -> impl Iterator<Item = &Exposure> {
    audit.findings.iter().flat_map(|finding| &finding.exposures)
}

/// `None` when no commit, tag or name leads to what is there.
fn way(exposure: &Exposure) -> Option<Way> {
    let history = exposure.history.as_deref()?;
    let kind = match &*exposure.provenance {
        Provenance::Object(object) => object.kind,
        _ => ObjectKind::Blob,
    };
    let is_text = matches!(kind, ObjectKind::Commit | ObjectKind::Tag);
    let is_kept = history.first.is_some() || !history.refs.is_empty() || history.in_reflog;
    if !is_text && !is_kept {
        return None;
    }
    let replaced = exposure.location.byte_offset >= history.not_replaced;
    Some(match (replaced, is_text) {
        (true, _) => Way::Replace,
        (false, true) => Way::Mailmap,
        (false, false) => Way::RemoveFile,
    })
}
