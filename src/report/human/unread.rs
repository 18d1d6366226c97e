//! What was not read, and what was noted.

use std::collections::BTreeMap;
use std::io::{self, Write};

use colored::Color;

use super::lines::{Paint, SHOWN, write_rest, write_wrapped};
use crate::model::audit::{Accepted, Note, NoteKind, SkipReason, Skipped};
use crate::model::blob::Provenance;
use crate::report::Style;
use crate::report::redaction;
use crate::report::terminal::{escape, escape_name};

/// Entries of the list of what was left out on purpose.
const SHOWN_NOTES: usize = 5;

/// Says what could not be read, and how to accept what stays so.
pub fn write_skipped(skipped: &[Skipped], style: Style, out: &mut dyn Write) -> io::Result<()> {
    if skipped.is_empty() {
        return Ok(());
    }
    let paint = Paint { color: style.color };
    writeln!(out, "{}", paint.bold("Not audited", Color::Yellow))?;
    let mut by_reason: BTreeMap<SkipReason, Vec<&Skipped>> = BTreeMap::new();
    for entry in skipped {
        by_reason.entry(entry.reason).or_default().push(entry);
    }
    for (reason, entries) in by_reason {
        write_wrapped("  ", &format!("{}:", reason.explain()), style.width, out)?;
        let shown = if style.verbose { entries.len() } else { SHOWN };
        for entry in entries.iter().take(shown) {
            let detail = if entry.detail.is_empty() {
                String::new()
            } else {
                format!(" ({})", escape(&redaction::detail(entry)))
            };
            writeln!(
                out,
                "    {}{}",
                escape_name(&entry.provenance),
                paint.dim(&detail)
            )?;
        }
        write_rest(entries.len(), shown, 4, "input", out)?;
        // What is said of the audit as a whole has no place.
        let is_placed = entries[0].provenance != Provenance::File(".".into());
        if reason.can_be_accepted() && is_placed {
            let text = "to accept what stays so, write to .npsso-audit.toml:";
            write_wrapped("    ", text, style.width, out)?;
            for line in ["[[unread]]", &unread_place(entries[0]), "reason = \"…\""] {
                writeln!(out, "      {line}")?;
            }
        }
    }
    writeln!(out)
}

/// Lists what was accepted as unread, and why.
pub fn write_accepted(accepted: &[Accepted], style: Style, out: &mut dyn Write) -> io::Result<()> {
    if accepted.is_empty() {
        return Ok(());
    }
    let paint = Paint { color: style.color };
    let title = paint.bold("Accepted as unread", Color::White);
    writeln!(out, "{title}")?;
    let shown = if style.verbose {
        accepted.len()
    } else {
        SHOWN_NOTES
    };
    for one in accepted.iter().take(shown) {
        let detail = match one.detail.is_empty() {
            true => String::new(),
            false => format!(" ({})", escape(&redaction::text(&one.detail))),
        };
        let text = format!(
            "{}{detail}  {}: {} ({})",
            escape_name(&one.provenance),
            one.why,
            escape(&redaction::text(&one.reason)),
            escape(&redaction::text(&one.place))
        );
        write_wrapped("  ", &text, style.width, out)?;
    }
    write_rest(accepted.len(), shown, 2, "input", out)?;
    writeln!(out)
}

/// The line of an entry that says what is accepted.
fn unread_place(skipped: &Skipped) -> String {
    let what = match &skipped.provenance {
        Provenance::Object(object) => match &object.path {
            Some(path) => format!("paths = \"/{}\"", path.display()),
            None => format!("object = \"{}\"", object.id),
        },
        other => format!("paths = \"/{}\"", other.display_name()),
    };
    escape(&redaction::text(&what))
}

/// Says what was noted.
pub fn write_notes<'a>(
    notes: impl IntoIterator<Item = &'a Note>,
    style: Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut by_kind: BTreeMap<NoteKind, Vec<&Note>> = BTreeMap::new();
    for note in notes {
        by_kind.entry(note.kind).or_default().push(note);
    }
    for (kind, places) in by_kind {
        write_wrapped("note: ", &format!("{}:", kind.explain()), style.width, out)?;
        let shown = if style.verbose {
            places.len()
        } else {
            SHOWN_NOTES
        };
        for note in places.iter().take(shown) {
            let detail = match note.detail.is_empty() {
                true => String::new(),
                false => format!(": {}", escape(&redaction::text(&note.detail))),
            };
            writeln!(out, "    {}{detail}", escape_name(&note.provenance))?;
        }
        write_rest(places.len(), shown, 4, "place", out)?;
    }
    Ok(())
}
