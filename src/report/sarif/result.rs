//! One place of a secret as a result of code scanning.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use serde_sarif::sarif::{
    PropertyBag, Result as SarifResult, ResultLevel, Suppression as SarifSuppression,
};

use super::super::{MAX_REFS, cookie};
use super::message;
use super::place::location;
use super::rule::level;
use crate::model::audit::Audit;
use crate::model::blob::Provenance;
use crate::model::cookie::{Cookie, Expires};
use crate::model::date;
use crate::model::exposure;
use crate::model::finding::{Commit, Confidence, Exposure, Finding, History, Presence};
use crate::model::layer::Layer;
use crate::model::liveness::Liveness;
use crate::model::suppression::{By, Suppression};
use crate::report::redaction;
use crate::rule::Rule;

/// The result for one place. `line_hash` tells it from others in the file.
pub fn result(
    finding: &Finding,
    exposure: &Exposure,
    audit: &Audit,
    rules: &[&Rule],
    line_hash: String,
) -> SarifResult {
    let (kind, fingerprint) = (finding.kind, finding.fingerprint.as_str());
    // Without the clock, so that the message is the same in every run.
    let stands = exposure.cookie.as_ref().map(|it| {
        let words = cookie::words(it, None);
        format!(" It stands there as a {words}.")
    });
    let says = format!(
        "Leaked {}: {} ({fingerprint}), {} confidence.{} {}",
        kind.title(),
        finding.secret.redacted(),
        exposure.confidence.id(),
        stands.unwrap_or_default(),
        advice(finding)
    );
    let fingerprints = BTreeMap::from([
        ("primaryLocationLineHash".to_owned(), line_hash),
        ("npssoAudit/v1".to_owned(), fingerprint.to_owned()),
    ]);
    let mut properties = BTreeMap::from([
        ("kind".to_owned(), json!(kind.id())),
        ("confidence".to_owned(), json!(exposure.confidence.id())),
        ("fingerprint".to_owned(), json!(fingerprint)),
        ("redacted".to_owned(), json!(finding.secret.redacted())),
        ("presence".to_owned(), json!(exposure.presence().id())),
    ]);
    properties.extend(finding.liveness.into_iter().flat_map(liveness_properties));
    if !exposure.inside.is_empty() {
        let layers: Vec<&str> = exposure.inside.iter().map(Layer::id).collect();
        properties.insert("layers".to_owned(), json!(layers));
    }
    if let Some(cookie) = &exposure.cookie {
        properties.insert("cookie".to_owned(), cookie_properties(cookie));
    }
    if let Some(history) = &exposure.history {
        properties.insert("git".to_owned(), git_properties(exposure, history));
    }
    let index = rules
        .iter()
        .position(|rule| rule.id == exposure.rule)
        .unwrap_or(0);
    // What the tree does not hold any more is no error of this commit.
    let level = match (level(exposure.confidence), exposure.presence()) {
        _ if is_live(finding) => ResultLevel::Error,
        (ResultLevel::Error, Presence::History | Presence::Unreachable) => ResultLevel::Warning,
        (level, _) => level,
    };
    let mut result = SarifResult::builder()
        .rule_id(&*exposure.rule)
        .rule_index(index as i64)
        .level(level)
        .rank(rank(exposure.confidence, is_live(finding)))
        .message(message(says))
        .locations(vec![location(&exposure.provenance, Some(exposure), audit)])
        .partial_fingerprints(fingerprints)
        .properties(
            PropertyBag::builder()
                .additional_properties(properties)
                .build(),
        )
        .build();
    result.suppressions = exposure
        .suppression
        .as_deref()
        .map(|it| vec![suppression(it)]);
    result.baseline_state = audit.settings.has_baseline.then(|| {
        let known = exposure.suppression.as_ref();
        match known.is_some_and(|it| it.by == By::Baseline) {
            true => json!("unchanged"),
            false => json!("new"),
        }
    });
    result
}

/// Nothing ranks higher than a secret that its issuer accepts.
fn rank(confidence: Confidence, is_live: bool) -> f64 {
    match confidence {
        _ if is_live => 100.0,
        Confidence::High => 95.0,
        Confidence::Medium => 80.0,
        Confidence::Low => 20.0,
    }
}

/// Whether the issuer still accepts the secret.
pub fn is_live(finding: &Finding) -> bool {
    finding.liveness.is_some_and(Liveness::is_live)
}

/// What to do, in a sentence or two: an alert is short.
fn advice(finding: &Finding) -> String {
    let usual = "Sign out of the session and change the password; removing it from the file alone revokes nothing.";
    let Some(liveness) = finding.liveness else {
        return usual.to_owned();
    };
    let (urgency, steps) = exposure::remedy_for(finding.kind, liveness);
    match liveness.is_rejected() {
        true => format!("{urgency} {}", steps[0]),
        false => format!("{urgency} {usual}"),
    }
}

/// What its issuer says.
fn liveness_properties(liveness: Liveness) -> BTreeMap<String, Value> {
    let mut properties = BTreeMap::from([("liveness".to_owned(), json!(liveness.id()))]);
    if let Some(why) = liveness.why() {
        properties.insert("livenessWhy".to_owned(), json!(why));
    }
    let (name, time) = match liveness {
        Liveness::Live { expires } => ("expiresAt", expires),
        Liveness::Unknown { retry_at, .. } => ("retryAt", retry_at),
        Liveness::Rejected { .. } => return properties,
    };
    if let Some(time) = time.and_then(date::rfc3339) {
        properties.insert(name.to_owned(), json!(time));
    }
    properties
}

/// Why a place is not new.
fn suppression(suppression: &Suppression) -> SarifSuppression {
    let title = suppression.title();
    let reason = suppression.reason.as_deref().unwrap_or(&title);
    let until = suppression.until.as_ref();
    let until = until.map_or_else(String::new, |until| format!(" (until {until})"));
    SarifSuppression::builder()
        .kind(json!(match suppression.by {
            By::Pragma | By::ForeignPragma => "inSource",
            By::Allow | By::Baseline | By::Place => "external",
        }))
        .status(json!("accepted"))
        .justification(redaction::text(&format!(
            "{reason}{until}; {}",
            suppression.place
        )))
        .build()
}

/// What the place says of the cookie that it is there.
fn cookie_properties(cookie: &Cookie) -> Value {
    let mut properties = serde_json::Map::new();
    if let Some(domain) = &cookie.domain {
        properties.insert("domain".to_owned(), json!(domain.as_str()));
    }
    let (name, value) = match cookie.expires {
        Some(Expires::At(seconds)) => ("expires", json!(date::rfc3339(seconds))),
        Some(Expires::After(seconds)) => ("maxAgeSeconds", json!(seconds)),
        Some(Expires::WithSession) => ("session", json!(true)),
        None => return Value::Object(properties),
    };
    properties.insert(name.to_owned(), value);
    Value::Object(properties)
}

/// Where git has it. The author is left out: alerts are read by many.
fn git_properties(exposure: &Exposure, history: &History) -> Value {
    let object = match &*exposure.provenance {
        Provenance::Object(object) => Some(object),
        _ => None,
    };
    let commit = |commit: &Commit| json!({ "id": commit.id, "authorDate": commit.date });
    let paths = history
        .paths
        .iter()
        .map(|path| redaction::percent_encoded(path));
    json!({
        "object": object.map(|object| &object.id),
        "objectKind": object.map(|object| object.kind.id()),
        "objects": history.objects,
        "paths": paths.collect::<Vec<_>>(),
        "firstCommit": history.first.as_ref().map(commit),
        "lastCommit": history.last.as_ref().map(commit),
        "refs": history.refs.iter().take(MAX_REFS).map(redaction::text).collect::<Vec<_>>(),
        "refsLeftOut": history.refs.len().saturating_sub(MAX_REFS),
        "inReflog": history.in_reflog,
        "inHead": history.in_head,
        "inIndex": history.in_index,
    })
}
