//! `npsso-audit baseline`: writes down what is known, and says what is out of date.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use super::{audit, say};
use crate::cli::{AuditArgs, BaselineCommand, ConfidenceArg, FormatArg};
use crate::model::audit::Outcome;
use crate::report::redaction;
use crate::report::terminal::escape;
use crate::source::work_tree;
use crate::suppress::Baseline;

/// Does what the arguments say, and returns the exit code.
pub fn run(action: &BaselineCommand) -> anyhow::Result<u8> {
    match action {
        BaselineCommand::Create { file, audit } => {
            if file.exists() {
                bail!(
                    "baseline {}: is there already; `npsso-audit baseline update {0}` adds to it",
                    file.display()
                );
            }
            write(file, Baseline::new(), false, audit)
        }
        BaselineCommand::Update { file, prune, audit } => {
            write(file, Baseline::read(file)?, *prune, audit)
        }
        BaselineCommand::Check { file, audit } => {
            refuse_other(audit)?;
            audit::run(&AuditArgs {
                baseline: Some(file.clone()),
                ..(**audit).clone()
            })
        }
    }
}

fn refuse_other(args: &AuditArgs) -> anyhow::Result<()> {
    match &args.baseline {
        Some(_) => bail!("--baseline does nothing here: the baseline is the FILE"),
        None => Ok(()),
    }
}

/// What is written is the baseline.
fn refuse_reports(args: &AuditArgs) -> anyhow::Result<()> {
    let reports = [
        ("--format", args.format != FormatArg::Human),
        ("--output", args.output.is_some()),
        ("--report", !args.reports.is_empty()),
        ("--purge-file", args.purge_file.is_some()),
        ("--explain", args.explain.is_some()),
    ];
    match reports.iter().find(|(_, is_given)| *is_given) {
        Some((name, _)) => bail!(
            "{name} does nothing here, where the baseline is written; `npsso-audit baseline check` reports"
        ),
        None => Ok(()),
    }
}

/// What is not looked at is not gone.
fn refuse_part(args: &AuditArgs) -> anyhow::Result<()> {
    let is_high = args.min_confidence == ConfidenceArg::High;
    let parts = [
        ("a PATH", !args.paths.is_empty()),
        ("--min-confidence high", is_high),
        ("--pre-push", args.pre_push.is_some()),
        ("--pre-receive", args.pre_receive),
        ("--no-history", args.no_history),
        ("--history-only", args.history_only),
        ("--staged", args.staged),
        ("--message", args.message.is_some()),
        ("--range", args.range.is_some()),
        ("--ci", args.ci),
        ("--only", !args.only.is_empty()),
        ("--exclude", !args.exclude.is_empty()),
        ("--files-from", args.files_from.is_some()),
        ("--no-decode", args.no_decode),
    ];
    if let Some((name, _)) = parts.iter().find(|(_, is_given)| *is_given) {
        bail!(
            "--prune drops what is not found, and {name} looks at a part only; leave one of them out"
        );
    }
    let here = fs::canonicalize(".").ok();
    let tree = work_tree(Path::new("."));
    if tree.is_some() && tree != here {
        bail!("--prune drops what is not found; run it at the root of the work tree");
    }
    Ok(())
}

/// Audits, and writes what was found to the baseline.
fn write(file: &Path, mut baseline: Baseline, prune: bool, args: &AuditArgs) -> anyhow::Result<u8> {
    refuse_other(args)?;
    refuse_reports(args)?;
    if prune {
        refuse_part(args)?;
    }
    let audit = audit::audited(args)?.audit;
    if audit.outcome() == Outcome::Nothing {
        say(&format!(
            "npsso-audit: nothing was audited, so baseline {} is {}",
            escape(&redaction::text(&file.display().to_string())),
            if file.exists() {
                "left as it was"
            } else {
                "not written"
            }
        ));
        return Ok(Outcome::Nothing.exit_code());
    }
    let found: BTreeSet<&str> = audit
        .findings
        .iter()
        .map(|it| it.fingerprint.as_str())
        .collect();
    let added = baseline.add(found.iter().copied());
    // What cannot be read can hold what it held before; what was accepted cannot be told.
    let unreadable = audit.notes.iter().any(|note| note.kind.is_unreadable());
    let is_whole = audit.skipped.is_empty();
    let dropped = match prune && is_whole && !unreadable {
        true => baseline.prune(&found),
        false => 0,
    };
    put(file, &baseline.text())
        .with_context(|| format!("baseline {} cannot be written", file.display()))?;
    say_what_was_done(file, &baseline, added, dropped);
    if baseline.entries().count() == added
        && let Some((tree, inner)) = in_its_tree(file)
    {
        let named = |path: &Path| escape(&redaction::text(&path.display().to_string()));
        let here = fs::canonicalize(".").ok();
        let attributes = tree.join(".gitattributes");
        let near = here
            .as_deref()
            .and_then(|here| attributes.strip_prefix(here).ok());
        say(&format!(
            "npsso-audit: so that branches which both add to it merge, have git take both: echo '/{} merge=union' >> {}",
            named(&inner),
            named(near.unwrap_or(&attributes)),
        ));
    }
    if is_whole {
        if prune && unreadable {
            say(
                "npsso-audit: something is encrypted, damaged or of a kind that is not opened, so nothing was dropped; \
                 accept it with [[unread]] in .npsso-audit.toml first; `npsso-audit -v` says what",
            );
        }
        return Ok(0);
    }
    say(&format!(
        "npsso-audit: not everything could be read, so there may be more{}; `npsso-audit -v` says what",
        if prune {
            ", and nothing was dropped"
        } else {
            ""
        }
    ));
    Ok(Outcome::Incomplete.exit_code())
}

/// Writes a file, and not through a link: a tree could lead it anywhere.
fn put(file: &Path, text: &str) -> anyhow::Result<()> {
    if file.is_symlink() {
        bail!("it is a symbolic link; name the file itself");
    }
    Ok(fs::write(file, text)?)
}

/// The work tree that a file lies in, and the path of the file in it.
fn in_its_tree(file: &Path) -> Option<(PathBuf, PathBuf)> {
    let whole = fs::canonicalize(file).ok()?;
    let tree = work_tree(whole.parent()?)?;
    let inner = whole.strip_prefix(&tree).ok()?.to_path_buf();
    Some((tree, inner))
}

fn say_what_was_done(file: &Path, baseline: &Baseline, added: usize, dropped: usize) {
    let name = escape(&redaction::text(&file.display().to_string()));
    let all = baseline.entries().count();
    let dropped = match dropped {
        0 => String::new(),
        count => format!(", {count} dropped"),
    };
    let revoke = match added {
        0 => "",
        _ => "; revoke them, if that is not done",
    };
    say(&format!(
        "npsso-audit: baseline {name} knows {all} now: {added} added{dropped}{revoke}"
    ));
}
