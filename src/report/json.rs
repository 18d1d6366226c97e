//! The report for programs. Its structure is documented in the README and
//! versioned: fields are added, never changed or removed, within one
//! `schema_version`.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::sarif::percent_encoded_name;
use crate::audit::Audit;
use crate::blob::Provenance;
use crate::exposure;
use crate::finding::{Exposure, Finding};
use crate::secret::SecretKind;

const SCHEMA_VERSION: u32 = 1;

/// Writes the whole report.
pub fn write(audit: &Audit, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &Report::of(audit)).map_err(io::Error::from)?;
    writeln!(out)
}

#[derive(Serialize)]
struct Report<'a> {
    schema_version: u32,
    tool: Tool,
    settings: Settings<'a>,
    summary: Summary,
    findings: Vec<FindingEntry<'a>>,
    data_exposure: BTreeMap<&'static str, DataExposure>,
    skipped: Vec<SkippedEntry<'a>>,
    notes: Vec<NoteEntry>,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Settings<'a> {
    inputs: &'a [String],
    min_confidence: &'static str,
    show_secrets: bool,
}

#[derive(Serialize)]
struct Summary {
    outcome: &'static str,
    exit_code: u8,
    findings: usize,
    exposures: usize,
    inputs: u64,
    bytes: u64,
    skipped: usize,
    notes: usize,
    below_confidence: u64,
}

#[derive(Serialize)]
struct FindingEntry<'a> {
    fingerprint: &'a str,
    kind: &'static str,
    title: &'static str,
    confidence: &'static str,
    redacted: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<&'a str>,
    exposures: Vec<ExposureEntry<'a>>,
}

#[derive(Serialize)]
struct ExposureEntry<'a> {
    #[serde(flatten)]
    place: Place,
    rule: &'a str,
    confidence: &'static str,
    location: LocationEntry,
}

/// The name of an input. Two names that differ in bytes that are no UTF-8 would
/// read the same, so those have their bytes beside.
#[derive(Serialize)]
struct Place {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_bytes_percent_encoded: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    stdin: bool,
}

#[derive(Serialize)]
struct LocationEntry {
    line: u64,
    column: u64,
    end_line: u64,
    end_column: u64,
    byte_offset: u64,
    byte_length: u64,
}

#[derive(Serialize)]
struct DataExposure {
    rows: Vec<Row>,
    social_engineering: &'static str,
    remedy: &'static [&'static str],
}

#[derive(Serialize)]
struct Row {
    data_point: &'static str,
    origin: &'static str,
    severity: &'static str,
    access: &'static str,
    wording: &'static str,
}

#[derive(Serialize)]
struct SkippedEntry<'a> {
    #[serde(flatten)]
    place: Place,
    reason: &'static str,
    explanation: &'static str,
    detail: &'a str,
}

#[derive(Serialize)]
struct NoteEntry {
    #[serde(flatten)]
    place: Place,
    kind: &'static str,
    explanation: &'static str,
}

impl<'a> Report<'a> {
    fn of(audit: &'a Audit) -> Report<'a> {
        let outcome = audit.outcome();
        let show = audit.settings.show_secrets;
        let kinds = SecretKind::ALL
            .into_iter()
            .filter(|kind| audit.findings.iter().any(|f| f.kind == *kind));
        Report {
            schema_version: SCHEMA_VERSION,
            tool: Tool {
                name: env!("CARGO_PKG_NAME"),
                version: env!("CARGO_PKG_VERSION"),
            },
            settings: Settings {
                inputs: &audit.settings.inputs,
                min_confidence: audit.settings.min_confidence.id(),
                show_secrets: show,
            },
            summary: Summary {
                outcome: outcome.id(),
                exit_code: outcome.exit_code(),
                findings: audit.findings.len(),
                exposures: audit.exposure_count(),
                inputs: audit.totals.inputs,
                bytes: audit.totals.bytes,
                skipped: audit.skipped.len(),
                notes: audit.notes.len(),
                below_confidence: audit.totals.below_confidence,
            },
            findings: audit
                .findings
                .iter()
                .map(|finding| FindingEntry::of(finding, show))
                .collect(),
            data_exposure: kinds
                .map(|kind| (kind.id(), DataExposure::of(kind)))
                .collect(),
            skipped: audit
                .skipped
                .iter()
                .map(|skipped| SkippedEntry {
                    place: Place::of(&skipped.provenance),
                    reason: skipped.reason.id(),
                    explanation: skipped.reason.explain(),
                    detail: &skipped.detail,
                })
                .collect(),
            notes: audit
                .notes
                .iter()
                .map(|note| NoteEntry {
                    place: Place::of(&note.provenance),
                    kind: note.kind.id(),
                    explanation: note.kind.explain(),
                })
                .collect(),
        }
    }
}

impl<'a> FindingEntry<'a> {
    fn of(finding: &'a Finding, show: bool) -> FindingEntry<'a> {
        FindingEntry {
            fingerprint: finding.fingerprint.as_str(),
            kind: finding.kind.id(),
            title: finding.kind.title(),
            confidence: finding.confidence().id(),
            redacted: finding.secret.redacted(),
            secret: show.then(|| finding.secret.expose()),
            exposures: finding.exposures.iter().map(ExposureEntry::of).collect(),
        }
    }
}

impl<'a> ExposureEntry<'a> {
    fn of(exposure: &'a Exposure) -> ExposureEntry<'a> {
        let location = exposure.location;
        ExposureEntry {
            place: Place::of(&exposure.provenance),
            rule: &exposure.rule,
            confidence: exposure.confidence.id(),
            location: LocationEntry {
                line: location.line,
                column: location.column,
                end_line: location.end_line,
                end_column: location.end_column,
                byte_offset: location.byte_offset,
                byte_length: location.byte_length,
            },
        }
    }
}

impl Place {
    fn of(provenance: &Provenance) -> Place {
        let not_utf8 = provenance.path().filter(|path| path.to_str().is_none());
        Place {
            path: provenance.display_name(),
            path_bytes_percent_encoded: not_utf8.map(percent_encoded_name),
            stdin: *provenance == Provenance::Stdin,
        }
    }
}

impl DataExposure {
    fn of(kind: SecretKind) -> DataExposure {
        let rows = exposure::TABLE.iter().map(|row| Row {
            data_point: row.name,
            origin: row.origin.id(),
            severity: row.severity.id(),
            access: row.reach(kind).access.id(),
            wording: row.reach(kind).wording,
        });
        DataExposure {
            rows: rows.collect(),
            social_engineering: exposure::SOCIAL_ENGINEERING,
            remedy: exposure::remedy(kind),
        }
    }
}
