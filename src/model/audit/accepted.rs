//! What was not read, and was accepted as such.

use super::note::Note;
use super::skipped::Skipped;
use crate::model::blob::Provenance;

/// Something that was not read, and that somebody accepted as such.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Accepted {
    /// What it is.
    pub provenance: Provenance,
    /// The word for why it was not read.
    pub why: &'static str,
    /// The same for people.
    pub explanation: &'static str,
    /// Which part of it.
    pub detail: String,
    /// Why that is accepted.
    pub reason: String,
    /// Where the entry stands: a file and a line.
    pub place: String,
}

impl Accepted {
    /// What would make the audit incomplete.
    pub fn skipped(skipped: &Skipped) -> Accepted {
        Accepted {
            provenance: skipped.provenance.clone(),
            why: skipped.reason.id(),
            explanation: skipped.reason.explain(),
            detail: skipped.detail.clone(),
            reason: String::new(),
            place: String::new(),
        }
    }

    /// What would be noted.
    pub fn note(note: &Note) -> Accepted {
        Accepted {
            provenance: note.provenance.clone(),
            why: note.kind.id(),
            explanation: note.kind.explain(),
            detail: note.detail.clone(),
            reason: String::new(),
            place: String::new(),
        }
    }
}
