//! What to do about what was found, and how to go on.

use std::io::{self, Write};

use colored::Color;

use super::lines::{Paint, write_wrapped};
use crate::model::audit::Audit;
use crate::model::exposure;
use crate::model::liveness::Liveness;
use crate::model::secret::SecretKind;
use crate::report::{Style, purge};

/// Says how to go on where a secret stays where it is, as in an old history.
pub fn write_acceptance(audit: &Audit, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let mut new = audit.new_findings();
    let Some(first) = new.next() else {
        return Ok(());
    };
    let how = match new.next() {
        None => format!(
            "once it is revoked: `npsso-audit allow {} --reason 'revoked'`",
            first.fingerprint
        ),
        Some(_) => "once they are revoked: `npsso-audit baseline create FILE`, and `--baseline FILE` from then on"
            .to_owned(),
    };
    let paint = Paint { color: style.color };
    writeln!(
        out,
        "{}",
        paint.bold("How to go on with what stays where it is", Color::White)
    )?;
    write_wrapped("  - ", &how, style.width, out)?;
    writeln!(out)
}

/// Says what to do about the secrets of a kind: once for those that may be live
/// and once for those that are not accepted any more.
pub fn write_remedies(
    kind: SecretKind,
    audit: &Audit,
    style: Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let findings = audit.findings.iter().filter(|finding| finding.kind == kind);
    let known: Vec<Liveness> = findings.filter_map(|finding| finding.liveness).collect();
    let urgent = known.iter().find(|liveness| liveness.is_live());
    let urgent = urgent.or_else(|| known.iter().find(|liveness| !liveness.is_rejected()));
    let rejected = known.iter().find(|liveness| liveness.is_rejected());
    if known.is_empty() {
        return write_steps(kind, style, out);
    }
    for liveness in [urgent, rejected].into_iter().flatten() {
        let what = match liveness {
            Liveness::Live { .. } => "live",
            Liveness::Rejected { .. } => "rejected",
            Liveness::Unknown { .. } => "leaked",
        };
        let title = format!("What to do now about a {what} {}", kind.id());
        let (urgency, steps) = exposure::remedy_for(kind, *liveness);
        write_remedy(&title, Some(urgency), steps, style, out)?;
    }
    Ok(())
}

/// Says what to do about a leaked secret of which nobody was asked.
pub fn write_steps(kind: SecretKind, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let title = format!("What to do now about a leaked {}", kind.id());
    write_remedy(&title, None, exposure::remedy(kind), style, out)
}

fn write_remedy(
    title: &str,
    urgency: Option<&str>,
    steps: &[&str],
    style: Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let paint = Paint { color: style.color };
    writeln!(out, "{}", paint.bold(title, Color::White))?;
    if let Some(urgency) = urgency {
        write_wrapped("  ", urgency, style.width, out)?;
    }
    for (number, step) in steps.iter().enumerate() {
        write_wrapped(&format!("  {}. ", number + 1), step, style.width, out)?;
    }
    writeln!(out)
}

/// Says how to take what was found out of the history.
pub fn write_purge(audit: &Audit, style: Style, out: &mut dyn Write) -> io::Result<()> {
    if !purge::is_needed(audit) {
        return Ok(());
    }
    let paint = Paint { color: style.color };
    let title = "How to purge the history, which revokes nothing";
    writeln!(out, "{}", paint.bold(title, Color::White))?;
    let text = format!(
        "`--purge-file FILE`, outside of the work tree, writes what `{}` needs, and says what to type from a fresh clone to the push",
        purge::command("FILE")
    );
    write_wrapped("  - ", &text, style.width, out)?;
    for sentence in purge::beyond(audit) {
        write_wrapped("  - ", &sentence, style.width, out)?;
    }
    writeln!(out)
}
