//! The result of an audit: what was found, what was read, what was not.

mod accepted;
mod note;
mod outcome;
mod settings;
mod skipped;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::model::blob::Provenance;
use crate::model::finding::Finding;
use crate::model::liveness::Liveness;
use crate::model::suppression::Suppression;

pub use accepted::Accepted;
pub use note::{Note, NoteKind};
pub use outcome::Outcome;
pub use settings::{FailOn, Mode, Settings};
pub use skipped::{SkipReason, Skipped};

/// Everything that a report says.
#[derive(Clone, Debug)]
pub struct Audit {
    /// One entry a secret, sorted by first place.
    pub findings: Vec<Finding>,
    /// What could not be read, sorted. Not empty means that the audit is incomplete.
    pub skipped: Vec<Skipped>,
    /// What nobody could read or was left out on purpose, and does not make the audit
    /// incomplete unless it is strict, sorted.
    pub notes: Vec<Note>,
    /// What could not be read or was left out, and was accepted as such, sorted.
    pub accepted: Vec<Accepted>,
    /// How much was read.
    pub totals: Totals,
    /// What `--only` and `--exclude` left out.
    pub out_of_scope: OutOfScope,
    /// How the issuer was asked; nothing without `--verify`.
    pub verification: Option<Verification>,
    /// What was asked for.
    pub settings: Settings,
    /// The folder that relative URIs start from: the work tree of the
    /// repository that holds everything audited, else the current folder.
    pub base: PathBuf,
}

/// How much was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Inputs that were opened and audited, wholly or in part.
    pub inputs: u64,
    /// Bytes read from them.
    pub bytes: u64,
    /// Inputs that an interruption left unread, as far as they were counted.
    pub left_unread: u64,
    /// Places that hold a value of the right shape and stayed below the
    /// confidence asked for.
    pub below_confidence: u64,
}

/// What `--only` and `--exclude` left out, as far as it was met.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OutOfScope {
    /// What a glob of `--exclude` matches.
    pub exclude: Counted,
    /// What no glob of `--only` matches.
    pub only: Counted,
    /// Whether nothing of all that there is was matched by a glob of `--only`.
    pub only_matches_nothing: bool,
}

impl OutOfScope {
    /// What both left out.
    pub fn all(self) -> Counted {
        Counted {
            files: self.exclude.files + self.only.files,
            folders: self.exclude.folders + self.only.folders,
            objects: self.exclude.objects + self.only.objects,
        }
    }
}

/// How much was left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Files, one by one.
    pub files: u64,
    /// Folders that were not looked into.
    pub folders: u64,
    /// Objects of repositories. Those of a history count only when they hold
    /// something: nobody looks up the paths of the others.
    pub objects: u64,
}

/// How the issuer was asked whether the secrets are live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verification {
    /// Requests that were sent.
    pub requests: u32,
    /// Requests that were allowed.
    pub limit: u32,
    /// Secrets that were asked about.
    pub asked: usize,
}

impl Audit {
    /// How the audit ended.
    pub fn outcome(&self) -> Outcome {
        if self.findings_that(Liveness::is_live) > 0 {
            return Outcome::Live;
        }
        let fail_on = self.settings.fail_on;
        let is_leak = |finding: &Finding| finding.is_new() || fail_on.counts(finding);
        if self.findings.iter().any(is_leak) {
            return Outcome::Leaks;
        }
        let may_be_empty = self.settings.mode.may_be_empty();
        // Who named what is not there did not want an audit of nothing.
        let is_misnamed = !self.skipped.is_empty()
            && self
                .skipped
                .iter()
                .all(|skipped| skipped.reason == SkipReason::NotFound);
        // What is there and could not be read is no nothing.
        let is_unmatched = self.out_of_scope.only_matches_nothing;
        let is_nothing = (self.totals.inputs == 0 || is_unmatched)
            && self
                .skipped
                .iter()
                .all(|skipped| skipped.reason.is_misnamed());
        if is_nothing && (!may_be_empty || is_misnamed || is_unmatched) {
            return Outcome::Nothing;
        }
        self.outcome_without_leaks()
    }

    fn outcome_without_leaks(&self) -> Outcome {
        match () {
            () if self.is_incomplete() => Outcome::Incomplete,
            () if self.settings.strict && self.has_idle_entries() => Outcome::OutOfDate,
            () => Outcome::Clean,
        }
    }

    /// The exit code that the command line promises.
    pub fn exit_code(&self) -> u8 {
        let counts = |finding| self.settings.fail_on.counts(finding);
        match self.outcome() {
            Outcome::Leaks if !self.findings.iter().any(counts) => {
                self.outcome_without_leaks().exit_code()
            }
            outcome => outcome.exit_code(),
        }
    }

    /// Whether something was not read that counts as such.
    pub fn is_incomplete(&self) -> bool {
        !self.skipped.is_empty() || self.settings.strict && !self.unread().is_empty()
    }

    /// Whether entries say nothing any more, or cannot be read.
    pub fn has_idle_entries(&self) -> bool {
        self.notes.iter().any(|note| note.kind.is_of_entry())
    }

    /// Whether everything that was named was read, whatever counts.
    pub fn is_complete(&self) -> bool {
        let is_read = self.skipped.is_empty() && self.accepted.is_empty();
        is_read && self.unread().is_empty() && self.outcome() != Outcome::Nothing
    }

    /// The findings that nobody said are known.
    pub fn new_findings(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.is_new())
    }

    /// The findings that somebody said are known, each with what says so.
    pub fn known_findings(&self) -> impl Iterator<Item = (&Finding, &Suppression)> {
        let findings = self.findings.iter();
        findings.filter_map(|finding| Some((finding, finding.suppression()?)))
    }

    /// How many inputs have a note that something in them was not read, by its kind.
    pub fn unread(&self) -> BTreeMap<NoteKind, usize> {
        let mut inputs: BTreeMap<NoteKind, BTreeSet<&Provenance>> = BTreeMap::new();
        for note in self.notes.iter().filter(|note| note.kind.is_unread()) {
            inputs
                .entry(note.kind)
                .or_default()
                .insert(&note.provenance);
        }
        let inputs = inputs.into_iter();
        inputs.map(|(kind, inputs)| (kind, inputs.len())).collect()
    }

    /// How many secrets have a liveness like that.
    pub fn findings_that(&self, is: impl Fn(Liveness) -> bool) -> usize {
        let findings = self.findings.iter();
        findings
            .filter(|finding| finding.liveness.is_some_and(&is))
            .count()
    }

    /// How many places the findings have together.
    pub fn exposure_count(&self) -> usize {
        self.findings
            .iter()
            .map(|finding| finding.exposures.len())
            .sum()
    }
}
