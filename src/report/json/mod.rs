//! The report for programs. Its structure is documented in `docs/reports.md` and
//! versioned: fields are added, never changed or removed, within one
//! `schema_version`.

mod finding;
mod harmless;
mod place;

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::{Serialize, Serializer};

use self::finding::FindingEntry;
use self::harmless::Harmless;
use self::place::Place;
use crate::model::audit::{Audit, Counted};
use crate::model::exposure;
use crate::model::liveness::Liveness;
use crate::model::secret::SecretKind;
use crate::report::redaction;

const SCHEMA_VERSION: u32 = 1;

/// Writes the whole report.
pub fn write(audit: &Audit, out: &mut dyn Write) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    serde_json::to_writer_pretty(Harmless(&mut out), &Report::of(audit))?;
    writeln!(out)?;
    out.flush()
}

#[derive(Serialize)]
struct Report<'a> {
    schema_version: u32,
    tool: Tool,
    settings: Settings,
    summary: Summary,
    #[serde(skip_serializing_if = "Option::is_none")]
    verification: Option<VerificationEntry>,
    findings: FindingEntries<'a>,
    data_exposure: BTreeMap<&'static str, DataExposure>,
    skipped: Vec<SkippedEntry>,
    notes: Vec<NoteEntry>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    accepted: Vec<AcceptedEntry>,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Settings {
    mode: &'static str,
    inputs: Vec<String>,
    only: Vec<String>,
    exclude: Vec<String>,
    min_confidence: &'static str,
    show_secrets: bool,
    strict: bool,
    fail_on: &'static str,
}

#[derive(Serialize)]
struct Summary {
    outcome: &'static str,
    exit_code: u8,
    complete: bool,
    findings: usize,
    new: usize,
    known: usize,
    exposures: usize,
    inputs: u64,
    bytes: u64,
    left_unread: u64,
    skipped: usize,
    notes: usize,
    accepted: usize,
    below_confidence: u64,
    left_out: LeftOut,
}

/// What `--only` and `--exclude` left out.
#[derive(Serialize)]
struct LeftOut {
    files: u64,
    folders: u64,
    objects: u64,
}

/// How far the issuer was asked.
#[derive(Serialize)]
struct VerificationEntry {
    requests: u32,
    limit: u32,
    asked: usize,
    not_asked: usize,
    live: usize,
    rejected: usize,
    unknown: usize,
}

/// Something that was accepted as unread.
#[derive(Serialize)]
struct AcceptedEntry {
    #[serde(flatten)]
    place: Place,
    why: &'static str,
    explanation: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    detail: String,
    reason: String,
    entry: String,
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
struct SkippedEntry {
    #[serde(flatten)]
    place: Place,
    reason: &'static str,
    explanation: &'static str,
    detail: String,
}

#[derive(Serialize)]
struct NoteEntry {
    #[serde(flatten)]
    place: Place,
    kind: &'static str,
    explanation: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    detail: String,
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
                mode: audit.settings.mode.id(),
                inputs: all_redacted(&audit.settings.inputs),
                only: all_redacted(&audit.settings.only),
                exclude: all_redacted(&audit.settings.exclude),
                min_confidence: audit.settings.min_confidence.id(),
                show_secrets: show,
                strict: audit.settings.strict,
                fail_on: audit.settings.fail_on.id(),
            },
            summary: Summary {
                outcome: outcome.id(),
                exit_code: audit.exit_code(),
                complete: audit.is_complete(),
                findings: audit.findings.len(),
                new: audit.new_findings().count(),
                known: audit.known_findings().count(),
                exposures: audit.exposure_count(),
                inputs: audit.totals.inputs,
                bytes: audit.totals.bytes,
                left_unread: audit.totals.left_unread,
                skipped: audit.skipped.len(),
                notes: audit.notes.len(),
                accepted: audit.accepted.len(),
                below_confidence: audit.totals.below_confidence,
                left_out: LeftOut::of(audit.out_of_scope.all()),
            },
            verification: audit.verification.map(|verification| VerificationEntry {
                requests: verification.requests,
                limit: verification.limit,
                asked: verification.asked,
                not_asked: audit.findings.len() - verification.asked,
                live: audit.findings_that(Liveness::is_live),
                rejected: audit.findings_that(Liveness::is_rejected),
                unknown: audit
                    .findings_that(|liveness| !liveness.is_live() && !liveness.is_rejected()),
            }),
            findings: FindingEntries(audit),
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
                    detail: redaction::detail(skipped),
                })
                .collect(),
            notes: audit
                .notes
                .iter()
                .map(|note| NoteEntry {
                    place: Place::of(&note.provenance),
                    kind: note.kind.id(),
                    explanation: note.kind.explain(),
                    detail: redaction::text(&note.detail),
                })
                .collect(),
            accepted: audit
                .accepted
                .iter()
                .map(|accepted| AcceptedEntry {
                    place: Place::of(&accepted.provenance),
                    why: accepted.why,
                    explanation: accepted.explanation,
                    detail: redaction::text(&accepted.detail),
                    reason: redaction::text(&accepted.reason),
                    entry: redaction::text(&accepted.place),
                })
                .collect(),
        }
    }
}

fn all_redacted(names: &[String]) -> Vec<String> {
    names.iter().map(|name| redaction::text(name)).collect()
}

impl LeftOut {
    fn of(counted: Counted) -> LeftOut {
        let Counted {
            files,
            folders,
            objects,
        } = counted;
        LeftOut {
            files,
            folders,
            objects,
        }
    }
}

/// All findings, of which one entry is made after the other.
struct FindingEntries<'a>(&'a Audit);

impl Serialize for FindingEntries<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Audit {
            findings, settings, ..
        } = self.0;
        let entry =
            |finding| FindingEntry::of(finding, settings.show_secrets, settings.show_authors);
        serializer.collect_seq(findings.iter().map(entry))
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
