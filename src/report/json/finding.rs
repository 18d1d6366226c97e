//! A finding in the report for programs, with all that is known of each place of it.

use std::path::PathBuf;

use serde::Serialize;

use super::super::MAX_REFS;
use super::place::{LocationEntry, Place};
use crate::model::blob::Provenance;
use crate::model::cookie::{Cookie, Domain, Expires};
use crate::model::date;
use crate::model::exposure;
use crate::model::finding::{Commit, Exposure, Finding};
use crate::model::layer::{Layer, member_path};
use crate::model::liveness::Liveness;
use crate::model::secret::SecretKind;
use crate::model::suppression::Suppression;
use crate::report::redaction;

/// One leaked secret.
#[derive(Serialize)]
pub struct FindingEntry<'a> {
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
            reason: suppression.reason.as_deref().map(redaction::text),
            until: suppression.until.as_deref(),
            place: redaction::text(&suppression.place),
        }
    }
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

impl<'a> FindingEntry<'a> {
    /// This finding, with the secret and the authors where people asked to see them.
    pub fn of(finding: &'a Finding, show: bool, show_authors: bool) -> FindingEntry<'a> {
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
        ExposureEntry {
            place: Place::of(&exposure.provenance),
            member: member_path(&exposure.inside).map(|path| redaction::text(&path)),
            layers: exposure.inside.iter().map(LayerEntry::of).collect(),
            rule: &exposure.rule,
            confidence: exposure.confidence.id(),
            location: LocationEntry::of(exposure.location),
            presence: exposure.presence().id(),
            cookie: exposure.cookie.as_deref().map(CookieEntry::of),
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
                Layer::Member { name, .. } => Some(redaction::text(name)),
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
                redaction::author(commit)
            } else {
                commit.redacted_author()
            },
            author_email: show_authors.then(|| redaction::email(commit)),
        };
        let path = |path: &PathBuf| String::from_utf8_lossy(&redaction::path(path)).into_owned();
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
                    paths.map(|path| redaction::percent_encoded(path)).collect()
                }),
            first_commit: history.first.as_ref().map(commit),
            last_commit: history.last.as_ref().map(commit),
            refs: history
                .refs
                .iter()
                .take(MAX_REFS)
                .map(redaction::text)
                .collect(),
            refs_left_out: history.refs.len().saturating_sub(MAX_REFS),
            in_reflog: history.in_reflog,
            in_head: history.in_head,
            in_index: history.in_index,
        })
    }
}
