//! How the audit went: what was not read, and what was left out on request.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use serde_sarif::sarif::{Invocation, Notification, PropertyBag};

use super::message;
use super::place::location;
use crate::model::audit::Audit;
use crate::model::blob::Provenance;
use crate::report::redaction;

/// Notifications say enough long before a report gets too large to upload.
const MAX_NOTIFICATIONS: usize = 1_000;

/// The run of the program. `left_out` places were too many for the report.
pub fn invocation(audit: &Audit, left_out: usize) -> Invocation {
    let notify = |level: &str, text: String, provenance: Option<&Provenance>| {
        let builder = Notification::builder()
            .level(Value::from(level))
            .message(message(text));
        match provenance {
            Some(provenance) => builder
                .locations(vec![location(provenance, None, audit)])
                .build(),
            None => builder.build(),
        }
    };
    let mut notifications = Vec::new();
    if left_out > 0 {
        let text =
            format!("{left_out} more places were found than a report for code scanning may hold");
        notifications.push(notify("error", text, None));
    }
    let skipped = audit.skipped.iter().map(|skipped| {
        let text = format!(
            "Not audited: {}. {}",
            skipped.reason.explain(),
            redaction::detail(skipped)
        );
        notify(
            "warning",
            text.trim_end().to_owned(),
            Some(&skipped.provenance),
        )
    });
    let notes = audit.notes.iter().map(|note| {
        let text = match note.detail.is_empty() {
            true => note.kind.explain().to_owned(),
            false => format!("{}: {}", note.kind.explain(), redaction::text(&note.detail)),
        };
        notify("note", text, Some(&note.provenance))
    });
    let accepted = audit.accepted.iter().map(|one| {
        let text = format!(
            "Accepted as unread: {}. {} ({}, {})",
            one.explanation,
            redaction::text(&one.detail),
            redaction::text(&one.reason),
            redaction::text(&one.place)
        );
        notify("note", text, Some(&one.provenance))
    });
    let entries = audit.skipped.len() + audit.notes.len() + audit.accepted.len();
    let all = skipped.chain(notes).chain(accepted);
    notifications.extend(all.take(MAX_NOTIFICATIONS));
    if entries > MAX_NOTIFICATIONS {
        let text = format!(
            "{} more inputs were not audited",
            entries - MAX_NOTIFICATIONS
        );
        notifications.push(notify("warning", text, None));
    }
    Invocation::builder()
        .execution_successful(!audit.is_incomplete())
        .properties(
            PropertyBag::builder()
                .additional_properties(invocation_properties(audit))
                .build(),
        )
        .exit_code(i64::from(audit.exit_code()))
        .tool_execution_notifications(notifications)
        .build()
}

/// How much was read, and what was left out on request.
fn invocation_properties(audit: &Audit) -> BTreeMap<String, Value> {
    let mut properties = BTreeMap::from([("complete".to_owned(), json!(audit.is_complete()))]);
    let settings = &audit.settings;
    if settings.only.is_empty() && settings.exclude.is_empty() {
        return properties;
    }
    for (key, globs) in [("only", &settings.only), ("exclude", &settings.exclude)] {
        let globs: Vec<String> = globs.iter().map(|glob| redaction::text(glob)).collect();
        properties.insert(key.to_owned(), json!(globs));
    }
    let left_out = audit.out_of_scope.all();
    let left_out = json!({
        "files": left_out.files,
        "folders": left_out.folders,
        "objects": left_out.objects,
    });
    properties.insert("leftOut".to_owned(), left_out);
    properties
}
