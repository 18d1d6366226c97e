//! What was asked for.

use crate::model::finding::{Confidence, Finding, Presence};
use crate::model::liveness::Liveness;

/// What was asked for, as far as it changes the result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// What kind of audit it is.
    pub mode: Mode,
    /// The inputs, as given on the command line.
    pub inputs: Vec<String>,
    /// The globs of what alone is audited; everything without one.
    pub only: Vec<String>,
    /// The globs of what is left out.
    pub exclude: Vec<String>,
    /// Findings below this are not reported.
    pub min_confidence: Confidence,
    /// Whether people asked to see the secrets themselves.
    pub show_secrets: bool,
    /// Whether people asked to see who wrote a commit.
    pub show_authors: bool,
    /// Whether what is only noted makes the audit incomplete, too.
    pub strict: bool,
    /// What makes the audit fail.
    pub fail_on: FailOn,
    /// Whether a baseline says what is known.
    pub has_baseline: bool,
    /// When the audit was made, in seconds since 1970.
    pub now: i64,
}

/// What makes an audit fail. Everything is reported all the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FailOn {
    /// A secret that nobody said is known.
    #[default]
    New,
    /// The same, where what holds it is in use still.
    Current,
    /// A secret that its issuer still accepts.
    Live,
    /// Any secret, known or not.
    Any,
}

impl FailOn {
    /// The word used on the command line and in reports.
    pub fn id(self) -> &'static str {
        match self {
            FailOn::New => "new",
            FailOn::Current => "current",
            FailOn::Live => "live",
            FailOn::Any => "any",
        }
    }

    /// Whether a finding makes the audit fail.
    pub fn counts(self, finding: &Finding) -> bool {
        match self {
            FailOn::New => finding.is_new(),
            FailOn::Current => finding.is_new() && finding.presence() == Presence::Current,
            FailOn::Live => finding.liveness.is_some_and(Liveness::is_live),
            FailOn::Any => true,
        }
    }
}

/// What is audited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Files and folders with the history of their repositories, and standard input.
    Paths,
    /// What the next commit would add, and its message.
    Commit,
    /// What commits add.
    Range,
    /// The same, where a CI system says which commits.
    Ci,
    /// What is pushed, seen by who pushes it.
    Push,
    /// What is pushed, seen by who receives it.
    Receive,
}

impl Mode {
    /// The word used in reports.
    pub fn id(self) -> &'static str {
        match self {
            Mode::Paths => "files",
            Mode::Commit => "commit",
            Mode::Range | Mode::Ci => "range",
            Mode::Push | Mode::Receive => "push",
        }
    }

    /// Whether it is fine that there is nothing: a commit can remove files
    /// only, a push can delete a branch, and a new branch can have no commit of
    /// its own.
    pub fn may_be_empty(self) -> bool {
        self.is_hook() || self == Mode::Ci
    }

    /// Whether git asks for it, and is told whether to go on.
    pub fn is_hook(self) -> bool {
        matches!(self, Mode::Commit | Mode::Push | Mode::Receive)
    }
}
