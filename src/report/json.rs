//! The report for programs. Its structure is documented in `docs/reports.md` and
//! versioned: fields are added, never changed or removed, within one
//! `schema_version`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::PathBuf;

use serde::{Serialize, Serializer};

use super::sarif::percent_encoded_name;
use super::terminal::is_treacherous;
use super::{MAX_REFS, name};
use crate::model::audit::{Audit, Counted};
use crate::model::blob::Provenance;
use crate::model::cookie::{Cookie, Domain, Expires};
use crate::model::date;
use crate::model::exposure;
use crate::model::finding::{Commit, Exposure, Finding};
use crate::model::layer::{Layer, member_path};
use crate::model::liveness::Liveness;
use crate::model::secret::SecretKind;
use crate::model::suppression::Suppression;

const SCHEMA_VERSION: u32 = 1;

/// Writes the whole report.
pub fn write(audit: &Audit, out: &mut dyn Write) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    serde_json::to_writer_pretty(Harmless(&mut out), &Report::of(audit))?;
    writeln!(out)?;
    out.flush()
}

/// Writes JSON on, which comes in whole characters, with [`harmless`] ones only.
struct Harmless<W>(W);

impl<W: io::Write> io::Write for Harmless<W> {
    fn write(&mut self, json: &[u8]) -> io::Result<usize> {
        // Nearly all of it, in thousands of small pieces.
        if json.is_ascii() && !json.contains(&0x7f) {
            self.0.write_all(json)?;
            return Ok(json.len());
        }
        let text = str::from_utf8(json).map_err(io::Error::other)?;
        self.0.write_all(harmless(text).as_bytes())?;
        Ok(json.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// JSON lets characters stand as they are that act on a terminal. They occur in
/// strings only, where an escape means the same to a parser.
fn harmless(json: &str) -> Cow<'_, str> {
    let is_harmful = |character| character == '\u{7f}' || is_treacherous(character);
    if !json.contains(is_harmful) {
        return json.into();
    }
    let mut out = String::with_capacity(json.len());
    for character in json.chars() {
        if is_harmful(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(character);
        }
    }
    out.into()
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

#[derive(Serialize)]
struct FindingEntry<'a> {
    fingerprint: &'a str,
    kind: &'static str,
    title: &'static str,
    confidence: &'static str,
    redacted: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<&'a str>,
    presence: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    suppression: Option<SuppressionEntry<'a>>,
    #[serde(flatten)]
    liveness: Option<LivenessEntry>,
    exposures: Vec<ExposureEntry<'a>>,
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

/// What its issuer says about a secret, and what to do about it.
#[derive(Serialize)]
struct LivenessEntry {
    liveness: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    liveness_why: Option<&'static str>,
    liveness_explanation: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_at: Option<String>,
    urgency: &'static str,
    remedy: &'static [&'static str],
}

#[derive(Serialize)]
struct ExposureEntry<'a> {
    #[serde(flatten)]
    place: Place,
    #[serde(skip_serializing_if = "Option::is_none")]
    member: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    layers: Vec<LayerEntry>,
    rule: &'a str,
    confidence: &'static str,
    location: LocationEntry,
    presence: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cookie: Option<CookieEntry<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    git: Option<GitEntry<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suppression: Option<SuppressionEntry<'a>>,
}

/// Why something is not new.
#[derive(Serialize)]
struct SuppressionEntry<'a> {
    by: &'static str,
    by_value: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<&'a str>,
    place: String,
}

impl<'a> SuppressionEntry<'a> {
    fn of(suppression: &'a Suppression) -> SuppressionEntry<'a> {
        SuppressionEntry {
            by: suppression.by.id(),
            by_value: suppression.by.is_by_value(),
            reason: suppression.reason.as_deref().map(name::redacted),
            until: suppression.until.as_deref(),
            place: name::redacted(&suppression.place),
        }
    }
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

/// What a place says of the cookie that a secret is there.
#[derive(Serialize)]
struct CookieEntry<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    domain: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_age_seconds: Option<i64>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    session: bool,
}

/// What a secret stands behind.
#[derive(Serialize)]
struct LayerEntry {
    layer: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    member: Option<String>,
}

/// Where an object of a repository belongs.
#[derive(Serialize)]
struct GitEntry<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    repository: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    object_kind: Option<&'static str>,
    objects: &'a [String],
    paths: Vec<String>,
    /// All of them, when one is no UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    paths_bytes_percent_encoded: Option<Vec<String>>,
    first_commit: Option<CommitEntry<'a>>,
    last_commit: Option<CommitEntry<'a>>,
    refs: Vec<String>,
    refs_left_out: usize,
    in_reflog: bool,
    in_head: bool,
    in_index: bool,
}

#[derive(Serialize)]
struct CommitEntry<'a> {
    id: &'a str,
    author_date: &'a str,
    author: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    author_email: Option<String>,
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
                    detail: name::detail(skipped),
                })
                .collect(),
            notes: audit
                .notes
                .iter()
                .map(|note| NoteEntry {
                    place: Place::of(&note.provenance),
                    kind: note.kind.id(),
                    explanation: note.kind.explain(),
                    detail: name::redacted(&note.detail),
                })
                .collect(),
            accepted: audit
                .accepted
                .iter()
                .map(|accepted| AcceptedEntry {
                    place: Place::of(&accepted.provenance),
                    why: accepted.why,
                    explanation: accepted.explanation,
                    detail: name::redacted(&accepted.detail),
                    reason: name::redacted(&accepted.reason),
                    entry: name::redacted(&accepted.place),
                })
                .collect(),
        }
    }
}

fn all_redacted(names: &[String]) -> Vec<String> {
    names.iter().map(|name| name::redacted(name)).collect()
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

impl<'a> FindingEntry<'a> {
    fn of(finding: &'a Finding, show: bool, show_authors: bool) -> FindingEntry<'a> {
        FindingEntry {
            fingerprint: finding.fingerprint.as_str(),
            kind: finding.kind.id(),
            title: finding.kind.title(),
            confidence: finding.confidence().id(),
            redacted: finding.secret.redacted(),
            secret: show.then(|| finding.secret.expose()),
            presence: finding.presence().id(),
            suppression: finding.suppression().map(SuppressionEntry::of),
            liveness: finding
                .liveness
                .map(|liveness| LivenessEntry::of(finding.kind, liveness)),
            exposures: finding
                .exposures
                .iter()
                .map(|exposure| ExposureEntry::of(exposure, show_authors))
                .collect(),
        }
    }
}

impl LivenessEntry {
    fn of(kind: SecretKind, liveness: Liveness) -> LivenessEntry {
        let (expires, retry) = match liveness {
            Liveness::Live { expires } => (expires, None),
            Liveness::Unknown { retry_at, .. } => (None, retry_at),
            Liveness::Rejected { .. } => (None, None),
        };
        let (urgency, remedy) = exposure::remedy_for(kind, liveness);
        LivenessEntry {
            liveness: liveness.id(),
            liveness_why: liveness.why(),
            liveness_explanation: liveness.explain(),
            expires_at: expires.and_then(date::rfc3339),
            retry_at: retry.and_then(date::rfc3339),
            urgency,
            remedy,
        }
    }
}

impl<'a> ExposureEntry<'a> {
    fn of(exposure: &'a Exposure, show_authors: bool) -> ExposureEntry<'a> {
        let location = exposure.location;
        ExposureEntry {
            place: Place::of(&exposure.provenance),
            member: member_path(&exposure.inside).map(|path| name::redacted(&path)),
            layers: exposure.inside.iter().map(LayerEntry::of).collect(),
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
            presence: exposure.presence().id(),
            cookie: exposure.cookie.as_ref().map(CookieEntry::of),
            git: GitEntry::of(exposure, show_authors),
            suppression: exposure.suppression.as_deref().map(SuppressionEntry::of),
        }
    }
}

impl<'a> CookieEntry<'a> {
    fn of(cookie: &'a Cookie) -> CookieEntry<'a> {
        let (expires, max_age_seconds) = match cookie.expires {
            Some(Expires::At(seconds)) => (date::rfc3339(seconds), None),
            Some(Expires::After(seconds)) => (None, Some(seconds)),
            Some(Expires::WithSession) | None => (None, None),
        };
        CookieEntry {
            domain: cookie.domain.as_ref().map(Domain::as_str),
            expires,
            max_age_seconds,
            session: cookie.expires == Some(Expires::WithSession),
        }
    }
}

impl LayerEntry {
    fn of(layer: &Layer) -> LayerEntry {
        LayerEntry {
            layer: layer.id(),
            member: match layer {
                Layer::Member { name, .. } => Some(name::redacted(name)),
                Layer::Encoding(_) => None,
            },
        }
    }
}

impl<'a> GitEntry<'a> {
    fn of(exposure: &'a Exposure, show_authors: bool) -> Option<GitEntry<'a>> {
        let object = match &*exposure.provenance {
            Provenance::Object(object) => Some(object),
            _ => None,
        };
        let history = exposure.history.as_deref()?;
        let commit = |commit: &'a Commit| CommitEntry {
            id: &commit.id,
            author_date: &commit.date,
            author: if show_authors {
                name::author(commit)
            } else {
                commit.redacted_author()
            },
            author_email: show_authors.then(|| name::email(commit)),
        };
        let path = |path: &PathBuf| String::from_utf8_lossy(&name::path_bytes(path)).into_owned();
        Some(GitEntry {
            repository: object.map(|object| path(&object.repository)),
            object: object.map(|object| object.id.as_str()),
            object_kind: object.map(|object| object.kind.id()),
            objects: &history.objects,
            paths: history.paths.iter().map(path).collect(),
            paths_bytes_percent_encoded: history
                .paths
                .iter()
                .any(|path| path.to_str().is_none())
                .then(|| {
                    let paths = history.paths.iter();
                    paths.map(|path| percent_encoded_name(path)).collect()
                }),
            first_commit: history.first.as_ref().map(commit),
            last_commit: history.last.as_ref().map(commit),
            refs: history
                .refs
                .iter()
                .take(MAX_REFS)
                .map(name::redacted)
                .collect(),
            refs_left_out: history.refs.len().saturating_sub(MAX_REFS),
            in_reflog: history.in_reflog,
            in_head: history.in_head,
            in_index: history.in_index,
        })
    }
}

impl Place {
    fn of(provenance: &Provenance) -> Place {
        let not_utf8 = provenance.path().filter(|path| path.to_str().is_none());
        Place {
            path: name::shown(provenance),
            path_bytes_percent_encoded: not_utf8.as_deref().map(percent_encoded_name),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_change_what_a_terminal_sees_and_not_what_a_parser_reads() {
        let name = "a\u{9b}31m\u{202e}\u{e0041}\u{7f}\u{1b}\nü";
        let mut json = Vec::new();
        serde_json::to_writer(Harmless(&mut json), name).expect("memory takes it");
        let json = String::from_utf8(json).expect("it is a text");
        assert_eq!(json, r#""a\u009b31m\u202e\udb40\udc41\u007f\u001b\nü""#);
        let read: String = serde_json::from_str(&json).expect("still JSON");
        assert_eq!(read, name);
    }

    #[cfg(unix)]
    #[test]
    fn a_name_that_is_not_utf_8_has_its_bytes_beside() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;
        let odd = Place::of(&Provenance::File(OsStr::from_bytes(b"a\xff").into()));
        assert_eq!(odd.path, "a\u{fffd}");
        assert_eq!(odd.path_bytes_percent_encoded.as_deref(), Some("a%FF"));
    }

    #[test]
    fn only_standard_input_is_marked_as_such() {
        let json = |provenance: &Provenance| {
            serde_json::to_string(&Place::of(provenance)).expect("a place is JSON")
        };
        assert_eq!(
            json(&Provenance::Stdin),
            r#"{"path":"<stdin>","stdin":true}"#
        );
        assert_eq!(
            json(&Provenance::File("<stdin>".into())),
            r#"{"path":"<stdin>"}"#
        );
    }
}
