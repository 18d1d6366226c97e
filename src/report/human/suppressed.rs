//! What suppresses something, in words.

use crate::model::suppression::Suppression;
use crate::report::redaction;
use crate::report::terminal::escape;

/// What suppresses something, why, and where that is written.
pub fn suppressed(suppression: &Suppression) -> String {
    let reason = suppression.reason.as_deref();
    let reason = reason.map(|reason| format!(": {}", escape(&redaction::text(reason))));
    format!(
        "known, {}{} ({})",
        suppression.title(),
        reason.unwrap_or_default(),
        escape(&redaction::text(&suppression.place))
    )
}
