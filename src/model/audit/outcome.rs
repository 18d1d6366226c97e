//! How an audit ended.

/// How an audit ended. Each has an exit code of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Everything was read and nothing was found.
    Clean,
    /// At least one secret was found.
    Leaks,
    /// At least one secret was found that its issuer still accepts.
    Live,
    /// Nothing was audited.
    Nothing,
    /// Nothing was found, but something could not be read.
    Incomplete,
    /// Nothing was found, but a strict audit met entries that say nothing any more.
    OutOfDate,
}

impl Outcome {
    /// The word used in reports.
    pub fn id(self) -> &'static str {
        match self {
            Outcome::Clean => "clean",
            Outcome::Leaks => "leaks",
            Outcome::Live => "live",
            Outcome::Nothing => "nothing-audited",
            Outcome::Incomplete => "incomplete",
            Outcome::OutOfDate => "out-of-date",
        }
    }

    /// The exit code that the command line promises.
    pub fn exit_code(self) -> u8 {
        match self {
            Outcome::Clean => 0,
            Outcome::Leaks => 1,
            Outcome::Nothing => 3,
            Outcome::Incomplete | Outcome::OutOfDate => 4,
            Outcome::Live => 5,
        }
    }
}
