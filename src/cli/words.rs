//! The words that an option takes.

use clap::ValueEnum;

/// A report format by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FormatArg {
    /// For people
    Human,
    /// For programs; documented in docs/reports.md
    Json,
    /// For code scanning, SARIF 2.1.0
    Sarif,
}

/// A confidence by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ConfidenceArg {
    /// The right shape, but nothing says what it is
    Low,
    /// Something about PlayStation stands around it
    Medium,
    /// It stands under its own name
    High,
}

/// What makes an audit fail, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FailOnArg {
    /// A secret that nobody said is known
    New,
    /// The same, where a file, the index or HEAD holds it
    Current,
    /// A secret that is still live (with --verify)
    Live,
    /// Any secret, known or not
    Any,
}

/// A kind of secret by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum KindArg {
    /// The sign-in token
    Npsso,
    /// The web-store session cookie
    #[value(name = "pdccws_p", alias = "pdccws_P", alias = "pdccws-p")]
    PdccwsP,
}

/// How an NPSSO is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum VerifyWithArg {
    /// As the app signs in: both answers are well known; mints a code, which is dropped
    Authorize,
    /// As the account site does: mints nothing, tells when a live one expires;
    /// what a dead one answers is less sure
    Ssocookie,
}

/// A hook of git by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum HookArg {
    /// Audits what is staged
    PreCommit,
    /// Audits the message of the commit
    CommitMsg,
    /// Audits what a push sends
    PrePush,
    /// Audits what a server is sent
    PreReceive,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ColorArg {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}
