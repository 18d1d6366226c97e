//! What was found: one secret with all the places where it can be read.

use crate::blob::Provenance;
use crate::location::Location;
use crate::secret::{Fingerprint, Secret, SecretKind};

/// How sure it is that a value is the secret it looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// The right shape, but nothing says what it is.
    Low,
    /// Something about PlayStation stands around it.
    Medium,
    /// It stands under its own name.
    High,
}

impl Confidence {
    /// The word used on the command line, in rules and in reports.
    pub fn id(self) -> &'static str {
        match self {
            Confidence::Low => "low",
            Confidence::Medium => "medium",
            Confidence::High => "high",
        }
    }
}

/// One place where a secret can be read.
///
/// Exposures sort by place first, so that reports read like the tree.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Exposure {
    /// Which input.
    pub provenance: Provenance,
    /// Where in it.
    pub location: Location,
    /// The id of the rule that matched.
    pub rule: String,
    /// What the surroundings of this place say.
    pub confidence: Confidence,
}

/// One leaked secret with all its exposures, at least one.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Which token it is.
    pub kind: SecretKind,
    /// The value.
    pub secret: Secret,
    /// Its public name.
    pub fingerprint: Fingerprint,
    /// The places, sorted.
    pub exposures: Vec<Exposure>,
}

impl Finding {
    /// The best confidence of any place: a secret that stands under its own
    /// name somewhere is that secret everywhere.
    pub fn confidence(&self) -> Confidence {
        self.exposures
            .iter()
            .map(|exposure| exposure.confidence)
            .max()
            .expect("a finding has an exposure")
    }
}
