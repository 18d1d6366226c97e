//! The last line: what was found, in how much, and what is missing.

use super::known::{is_hidden_by_place, known_in_words};
use super::lines::{count, size};
use crate::model::audit::{Audit, FailOn, NoteKind, Outcome, SkipReason};
use crate::model::liveness::Liveness;

/// Says it in one line, and claims no more than was read.
pub fn summary(audit: &Audit) -> String {
    let totals = audit.totals;
    let read = format!(
        "{} ({})",
        count(totals.inputs as usize, "input"),
        size(totals.bytes)
    );
    let skipped = audit.skipped.len();
    let stopped = audit
        .skipped
        .iter()
        .any(|skipped| skipped.reason == SkipReason::Interrupted);
    let mut missing = match stopped {
        _ if skipped == 0 => Vec::new(),
        true if totals.left_unread > 0 => vec![format!(
            "the audit was stopped with {} or more unread",
            count(totals.left_unread as usize, "input")
        )],
        true => vec!["the audit was stopped".to_owned()],
        false => vec![format!("{} could not be read", count(skipped, "input"))],
    };
    let unread = audit.unread().into_iter();
    missing.extend(unread.map(|(kind, inputs)| unread_in_words(kind, inputs)));
    if !audit.accepted.is_empty() {
        missing.push(format!(
            "{} accepted as unread",
            count(audit.accepted.len(), "input")
        ));
    }
    let missing = missing.join(", ");
    let known = known_in_words(audit);
    let new = match &known {
        Some(known) => format!("no new leaks: {known}"),
        None => "no leaks found".to_owned(),
    };
    let joint = if known.is_some() { ";" } else { "" };
    let mut text = match audit.outcome() {
        Outcome::Clean | Outcome::OutOfDate if missing.is_empty() => {
            format!("{new}{joint} in {read}")
        }
        Outcome::Clean | Outcome::OutOfDate => {
            format!("{new}{joint} in what could be read: {missing}; {read} audited")
        }
        Outcome::Leaks | Outcome::Live => {
            let places = audit.new_findings().flat_map(|finding| &finding.exposures);
            let is_new = audit.new_findings().next().is_some();
            let mut found = format!(
                "{}{} in {}; {read} audited",
                count(audit.new_findings().count(), "secret"),
                match audit.findings_that(Liveness::is_live) {
                    0 => String::new(),
                    live => format!(", {live} of them LIVE,"),
                },
                count(places.count(), "place")
            );
            if let Some(known) = &known {
                found = match is_new {
                    true => format!("{found}; {known}"),
                    false => format!("{new}, which count here (--fail-on any); {read} audited"),
                };
            }
            let fail_on = audit.settings.fail_on;
            if fail_on != FailOn::New && matches!(audit.exit_code(), 0 | 4) {
                found = format!("{found}; none makes this fail (--fail-on {})", fail_on.id());
            }
            match skipped {
                _ if missing.is_empty() => found,
                0 => format!("{found}; not all could be read: {missing}"),
                _ => format!("{found}; incomplete: {missing}"),
            }
        }
        Outcome::Nothing => "nothing was audited".to_owned(),
        Outcome::Incomplete => {
            let known = known.map_or_else(String::new, |known| format!("; {known}"));
            format!("incomplete: no leak found in what was read, {read}, but {missing}{known}")
        }
    };
    if audit.settings.strict && audit.has_idle_entries() {
        text.push_str("; entries of what is known are out of date (--strict)");
    }
    if is_hidden_by_place(audit) {
        text = format!("everything that was found is hidden by where it stands: {text}");
    }
    if totals.below_confidence > 0 {
        let below = count(totals.below_confidence as usize, "value");
        text.push_str(&format!(
            "; {below} of lower confidence left out (--min-confidence low shows those that nothing names)"
        ));
    }
    text.push_str(&left_out(audit));
    text
}

/// Says how much each option left out.
fn left_out(audit: &Audit) -> String {
    let options = [
        (audit.out_of_scope.exclude, "--exclude"),
        (audit.out_of_scope.only, "--only"),
    ];
    let mut text = String::new();
    for (counted, option) in options {
        let counts = [
            (counted.files, "file"),
            (counted.folders, "folder"),
            (counted.objects, "object"),
        ];
        let counts = counts.into_iter().filter(|(number, _)| *number > 0);
        let counts: Vec<String> = counts
            .map(|(number, what)| count(number as usize, what))
            .collect();
        if let Some((last, others)) = counts.split_last() {
            let all = match others {
                [] => last.clone(),
                others => format!("{} and {last}", others.join(", ")),
            };
            text.push_str(&format!("; {all} left out by {option}"));
        }
    }
    text
}

/// What a kind of note says of so many inputs, in the words of the last line.
fn unread_in_words(kind: NoteKind, inputs: usize) -> String {
    let verb = |one, several| if inputs == 1 { one } else { several };
    let (is, was) = (verb("is", "are"), verb("was", "were"));
    let counted = |what| count(inputs, what);
    match kind {
        NoteKind::Encrypted => format!("{} {is} encrypted", counted("input")),
        NoteKind::DamagedContainer => format!("{} {is} damaged", counted("input")),
        NoteKind::Unsupported => {
            format!("{} {is} of a kind that is not opened", counted("input"))
        }
        NoteKind::Pictures => "text in pictures is not read".to_owned(),
        NoteKind::LinkLeavesRoot => format!("{} {was} not followed", counted("link")),
        NoteKind::SpecialFile => format!("{} {was} not opened", counted("special file")),
        NoteKind::PseudoFileSystem => {
            format!("{} {was} not read", counted("pseudo file system"))
        }
        NoteKind::HistoryAbove => {
            format!("the history of {} was not audited", counted("input"))
        }
        NoteKind::EmptySubmodule => format!("{} {is} not checked out", counted("submodule")),
        NoteKind::Submodule => format!("{} {was} not audited", counted("submodule")),
        NoteKind::Empty => format!("{} that {was} named held nothing", counted("input")),
        NoteKind::KnownBefore => format!("{} {is} not new", counted("input")),
        NoteKind::UnguardedWalk => format!("{} {was} walked without a guard", counted("folder")),
        NoteKind::ExpiredEntry
        | NoteKind::UnusedEntry
        | NoteKind::UnusedLine
        | NoteKind::WrongEntries
        | NoteKind::ProposedEntry
        | NoteKind::NamelessPragma
        | NoteKind::UnstagedEntries => {
            format!("{} {is} out of date", counted("file of entries"))
        }
    }
}
