//! The report for people: what was found where, what it gives away, what to do now.

mod advice;
mod finding;
mod known;
mod last_line;
mod lines;
mod suppressed;
mod table;
mod unread;

use std::io::{self, Write};

use colored::Color;

pub use advice::write_steps;
pub use suppressed::suppressed;
pub use table::write_exposure_table;
pub use unread::write_notes;

use self::advice::{write_acceptance, write_purge, write_remedies};
use self::finding::{place, write_finding};
use self::known::{is_hidden_by_place, write_known};
use self::last_line::summary;
use self::lines::{Paint, count, write_rest, write_wrapped};
use self::unread::{write_accepted, write_skipped};
use super::Style;
use super::terminal::escape;
use crate::model::audit::{Audit, FailOn, Mode, Note, Outcome};
use crate::model::blob::Provenance;
use crate::model::finding::{Exposure, Finding};
use crate::model::liveness::Liveness;
use crate::model::secret::{Secret, SecretKind};
use crate::rule::RuleSet;

/// Places that a hook lists.
const SHOWN_IN_HOOK: usize = 4;
/// Writes the whole report.
pub fn write(audit: &Audit, rules: &RuleSet, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let hook = audit.settings.mode.is_hook();
    let is_new = audit.new_findings().next().is_some();
    if hook && !style.verbose && is_new {
        return write_refusal(audit, style, out);
    }
    let paint = Paint { color: style.color };
    for finding in audit.new_findings() {
        write_finding(finding, audit, rules, style, out)?;
    }
    if !style.quiet || audit.settings.fail_on == FailOn::Any {
        write_known(audit, style, out)?;
    }
    if !style.quiet && is_new {
        let kinds: Vec<SecretKind> = SecretKind::ALL
            .into_iter()
            .filter(|kind| audit.new_findings().any(|f| f.kind == *kind))
            .collect();
        write_exposure_table(&kinds, style, out)?;
        for kind in kinds {
            write_remedies(kind, audit, style, out)?;
        }
        write_purge(audit, style, out)?;
        write_acceptance(audit, style, out)?;
    }
    write_skipped(&audit.skipped, style, out)?;
    if !style.quiet {
        write_accepted(&audit.accepted, style, out)?;
    }
    // What could not be read went wrong, and so did what makes the audit incomplete.
    let is_said = |note: &&Note| !style.quiet || audit.settings.strict || note.kind.is_unreadable();
    let notes: Vec<&Note> = audit.notes.iter().filter(is_said).collect();
    write_notes(notes.iter().copied(), style, out)?;
    write_verification(audit, style, out)?;
    let outcome = audit.outcome();
    let is_whole = notes.is_empty() && audit.accepted.is_empty();
    if style.quiet && outcome == Outcome::Clean && is_whole && !is_hidden_by_place(audit) {
        return Ok(());
    }
    let summary = summary(audit);
    let summary = match outcome {
        // What nobody looked at the value of is no reason to be glad.
        Outcome::Clean if audit.is_complete() && !is_hidden_by_place(audit) => {
            paint.as_color(&summary, Color::Green)
        }
        Outcome::Leaks | Outcome::Live => paint.bold(&summary, Color::Red),
        Outcome::Clean | Outcome::Nothing | Outcome::Incomplete | Outcome::OutOfDate => {
            paint.bold(&summary, Color::Yellow)
        }
    };
    writeln!(out, "{summary}")
}

/// Says in a few lines why a commit or a push is refused, and how to go on:
/// nobody asked for a report, but for a commit.
fn write_refusal(audit: &Audit, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let paint = Paint { color: style.color };
    let staged = |exposure: &Exposure| matches!(*exposure.provenance, Provenance::Object(_));
    let (what, again) = match audit.settings.mode {
        Mode::Push | Mode::Receive => ("push", "Take it out of the commits with `git rebase -i`"),
        _ => {
            let places = || audit.new_findings().flat_map(|finding| &finding.exposures);
            let again = match (places().any(staged), places().any(|it| !staged(it))) {
                (true, true) => "Take it out of the files and the message, and `git add` the files",
                (true, false) => "Take it out of the files and `git add` them",
                (false, _) => "Take it out of the message and commit again",
            };
            ("commit", again)
        }
    };
    let secrets = count(audit.new_findings().count(), "PlayStation session secret");
    let title = format!("npsso-audit: this {what} would publish {secrets}");
    writeln!(out, "{}", paint.bold(&title, Color::Red))?;
    let places: Vec<(&Finding, &Exposure)> = audit
        .new_findings()
        .flat_map(|finding| finding.exposures.iter().map(move |place| (finding, place)))
        .filter(|(_, place)| place.suppression.is_none())
        .collect();
    for (finding, exposure) in places.iter().take(SHOWN_IN_HOOK) {
        writeln!(
            out,
            "  {}  {} {}  {} confidence{}",
            paint.bold(&place(exposure), Color::Cyan),
            finding.kind.id(),
            escape(&finding.secret.redacted()),
            exposure.confidence.id(),
            match finding.liveness {
                Some(Liveness::Live { .. }) => "  LIVE",
                Some(Liveness::Rejected { .. }) => "  not accepted by its issuer any more",
                Some(Liveness::Unknown { .. }) => "  not known whether it is live",
                None => "",
            }
        )?;
    }
    write_rest(
        places.len(),
        SHOWN_IN_HOOK.min(places.len()),
        2,
        "place",
        out,
    )?;
    if !audit.skipped.is_empty() {
        let missing = count(audit.skipped.len(), "input");
        writeln!(
            out,
            "  and {missing} could not be read; --verbose lists them"
        )?;
    }
    let first = places[0].0.kind;
    let steps = match places.iter().all(|(finding, _)| finding.kind == first) {
        true => format!("npsso-audit remedy {}", first.id()),
        false => "npsso-audit remedy".to_owned(),
    };
    writeln!(
        out,
        "{again}; if it ever left this machine, revoke it: `{steps}` says how."
    )?;
    let of_entries = audit.notes.iter().filter(|note| note.kind.is_about_known());
    write_notes(of_entries, style, out)?;
    match audit.settings.mode {
        // Who pushes cannot skip a hook of the server.
        Mode::Receive => writeln!(out, "The server refuses it until then."),
        _ => writeln!(out, "To {what} it all the same: `git {what} --no-verify`."),
    }
}

/// Announces a secret in an input that goes on.
pub fn write_live(
    exposure: &Exposure,
    kind: SecretKind,
    secret: &Secret,
    out: &mut dyn Write,
) -> io::Result<()> {
    let fingerprint = secret.fingerprint(kind);
    writeln!(
        out,
        "{}: {} {} {} ({}, {} confidence)",
        place(exposure),
        kind.id(),
        escape(&secret.redacted()),
        fingerprint,
        escape(&exposure.rule),
        exposure.confidence.id()
    )
}

/// Says how far the issuer was asked.
fn write_verification(audit: &Audit, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let Some(verification) = audit.verification else {
        return Ok(());
    };
    let live = audit.findings_that(Liveness::is_live);
    let rejected = audit.findings_that(Liveness::is_rejected);
    let (asked, all) = (verification.asked, audit.findings.len());
    let unknown = asked.saturating_sub(live + rejected);
    let mut text = format!(
        "verified with {}: {live} live, {rejected} rejected, {unknown} unknown",
        count(verification.requests as usize, "request"),
    );
    match all - asked {
        0 => {}
        1 => text.push_str("; 1 secret was not asked about"),
        rest => text.push_str(&format!("; {rest} secrets were not asked about")),
    }
    write_wrapped("", &text, style.width, out)
}
