//! Why what was found is not new: somebody said that it is known.

/// What says that a secret is known, or known at a place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Suppression {
    /// What kind of entry it is.
    pub by: By,
    /// Why, as somebody wrote it.
    pub reason: Option<String>,
    /// The last day on which it holds, as `2027-01-31`.
    pub until: Option<String>,
    /// Where the entry stands: a file and a line.
    pub place: String,
}

/// A comment beside a value that says it is known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pragma {
    /// Whether it stands on the line above.
    pub is_above: bool,
    /// The scanner that it is for, where it is for another one.
    pub tool: Option<Box<str>>,
    /// What it says.
    pub text: Box<str>,
}

/// What kind of entry suppresses something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum By {
    /// An `[[allow]]` that names the secret.
    Allow,
    /// A comment beside it that names the secret.
    Pragma,
    /// A line of a baseline.
    Baseline,
    /// An `[[allow]]` that names places alone.
    Place,
    /// A comment beside it that is for another scanner, and names no secret.
    ForeignPragma,
}

impl By {
    /// The word used in reports.
    pub fn id(self) -> &'static str {
        match self {
            By::Allow | By::Place => "allow",
            By::Pragma => "pragma",
            By::Baseline => "baseline",
            By::ForeignPragma => "foreign-pragma",
        }
    }

    /// Whether the entry names the secret, so that it hides no other one.
    pub fn is_by_value(self) -> bool {
        !matches!(self, By::Place | By::ForeignPragma)
    }
}

impl Suppression {
    /// What it is, for people: `allowed until 2027-01-31`.
    pub fn title(&self) -> String {
        let what = match self.by {
            By::Allow => "allowed",
            By::Pragma => "allowed by a pragma",
            By::Baseline => "baseline",
            By::ForeignPragma => "allowed by a pragma of another scanner",
            By::Place => "allowed where they stand",
        };
        match &self.until {
            Some(until) => format!("{what} until {until}"),
            None => what.to_owned(),
        }
    }
}
