//! What is known already, and what says so.

use std::collections::BTreeMap;
use std::io::{self, Write};

use colored::Color;

use super::finding::{place, write_liveness};
use super::lines::{Paint, write_rest, write_wrapped};
use super::suppressed::suppressed;
use crate::model::audit::{Audit, FailOn};
use crate::model::finding::Finding;
use crate::report::Style;
use crate::report::terminal::escape;

/// Findings that are listed, and places of each, unless everything is asked for.
const SHOWN_KNOWN: usize = 5;
const SHOWN_PLACES: usize = 1;

/// Lists what is known, a line for each place.
pub fn write_known(audit: &Audit, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let known: Vec<&Finding> = audit.known_findings().map(|(finding, _)| finding).collect();
    if known.is_empty() {
        return Ok(());
    }
    let paint = Paint { color: style.color };
    writeln!(out, "{}", paint.bold("Known", Color::White))?;
    let is_all = style.verbose || audit.settings.fail_on == FailOn::Any;
    let shown = |all: usize, some: usize| if is_all { all } else { some };
    let findings = shown(known.len(), SHOWN_KNOWN);
    for finding in known.iter().take(findings) {
        writeln!(
            out,
            "  {} {}  {}",
            finding.kind.id(),
            escape(&finding.secret.redacted()),
            paint.dim(finding.fingerprint.as_str())
        )?;
        if let Some(liveness) = finding.liveness {
            write_liveness(finding.kind, liveness, style, out)?;
        }
        let places = shown(finding.exposures.len(), SHOWN_PLACES);
        for exposure in finding.exposures.iter().take(places) {
            let words = exposure.suppression.as_deref().map(suppressed);
            let text = format!("{}  {}", place(exposure), words.unwrap_or_default());
            write_wrapped("    ", &text, style.width, out)?;
        }
        write_rest(finding.exposures.len(), places, 4, "place", out)?;
    }
    write_rest(known.len(), findings, 2, "secret", out)?;
    writeln!(out)
}

/// Whether all that was found is hidden by where it stands, and not by what it is.
pub fn is_hidden_by_place(audit: &Audit) -> bool {
    !audit.findings.is_empty()
        && audit.findings.iter().all(|finding| {
            let mut places = finding.exposures.iter();
            places.all(|it| {
                let suppression = it.suppression.as_ref();
                suppression.is_some_and(|it| !it.by.is_by_value())
            })
        })
}

/// How many findings are known, and by what.
pub fn known_in_words(audit: &Audit) -> Option<String> {
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    for (_, suppression) in audit.known_findings() {
        *kinds.entry(suppression.title()).or_default() += 1;
    }
    let all: usize = kinds.values().sum();
    let kinds = kinds
        .iter()
        .map(|(title, count)| format!("{count} {title}"));
    let kinds: Vec<String> = kinds.collect();
    (all > 0).then(|| format!("{all} known ({})", kinds.join(", ")))
}
