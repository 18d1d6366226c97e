//! What should have been read and was not.

use crate::model::blob::Provenance;

/// Something that should have been audited and was not, or not wholly.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Skipped {
    /// What it is.
    pub provenance: Provenance,
    /// Why it could not be read.
    pub reason: SkipReason,
    /// The system's own words, or how far reading came.
    pub detail: String,
}

/// Why something could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SkipReason {
    /// There is no such file or folder.
    NotFound,
    /// A file that was named in a repository is not one of the repository's.
    NotTracked,
    /// The system does not let us read it.
    PermissionDenied,
    /// A path given by name is a FIFO, a socket or a device.
    NotAFile,
    /// Reading began and failed.
    ReadError,
    /// A part of a repository is there and cannot be used.
    Damaged,
    /// A repository was cloned without the beginning of its history.
    ShallowClone,
    /// A repository names an object that it does not have, as in a partial clone.
    MissingObject,
    /// It is larger than what is held in memory at once.
    TooLarge,
    /// It is stored in a way that is not understood.
    Unsupported,
    /// A bound was hit, so that something was not unpacked or not decoded.
    Limit,
    /// The audit was stopped before everything was read.
    Interrupted,
}

impl SkipReason {
    /// The word used in reports.
    pub fn id(self) -> &'static str {
        match self {
            SkipReason::NotFound => "not-found",
            SkipReason::NotTracked => "not-tracked",
            SkipReason::PermissionDenied => "permission-denied",
            SkipReason::NotAFile => "not-a-file",
            SkipReason::ReadError => "read-error",
            SkipReason::Damaged => "damaged",
            SkipReason::ShallowClone => "shallow-clone",
            SkipReason::MissingObject => "missing-object",
            SkipReason::TooLarge => "too-large",
            SkipReason::Unsupported => "unsupported",
            SkipReason::Limit => "limit",
            SkipReason::Interrupted => "interrupted",
        }
    }

    /// Whether what was named is nothing that could be read at all.
    pub fn is_misnamed(self) -> bool {
        matches!(
            self,
            SkipReason::NotFound | SkipReason::NotTracked | SkipReason::NotAFile
        )
    }

    /// Whether somebody can say that it is fine, because it will stay so.
    pub fn can_be_accepted(self) -> bool {
        !self.is_misnamed() && self != SkipReason::Interrupted && self != SkipReason::ShallowClone
    }

    /// A sentence for people, with what to do about it.
    pub fn explain(self) -> &'static str {
        match self {
            SkipReason::NotFound => "no such file or folder; check the spelling",
            SkipReason::NotTracked => {
                "git does not track it; audit it with `npsso-audit PATH`, or `git add` it"
            }
            SkipReason::PermissionDenied => {
                "permission denied; run as a user who may read it, or leave it out on purpose"
            }
            SkipReason::NotAFile => {
                "a FIFO, socket or device is never opened; pipe its content to `npsso-audit -`"
            }
            SkipReason::ReadError => "reading failed; what came before the error was audited",
            SkipReason::Damaged => {
                "this part of a git repository is damaged; `git fsck` says more, and a new clone may mend it"
            }
            SkipReason::ShallowClone => {
                "a shallow clone lacks the older commits; fetch them with `git fetch --unshallow` (in CI: `fetch-depth: 0` for actions/checkout, `GIT_DEPTH: \"0\"` for GitLab); `npsso-audit . --no-history` audits the files alone"
            }
            SkipReason::MissingObject => {
                "the repository lacks this object, as partial clones do; fetch it with `git fetch --refetch --no-filter`, or leave history out with --no-history"
            }
            SkipReason::TooLarge => {
                "it is larger than what is read at once, so it was not audited, or not wholly; look at it by hand"
            }
            SkipReason::Unsupported => {
                "this part of a git repository is stored in a way that is not understood yet"
            }
            SkipReason::Limit => {
                "a bound was hit, so that not everything in it was unpacked or judged; the --max-… options raise the bounds"
            }
            SkipReason::Interrupted => "the audit was stopped before everything was read",
        }
    }
}
