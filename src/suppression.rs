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

/// What kind of entry suppresses something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum By {
    /// An `[[allow]]` that names the secret.
    Allow,
    /// A line of a baseline.
    Baseline,
    /// An `[[allow]]` that names places alone.
    Place,
}

impl By {
    /// The word used in reports.
    pub fn id(self) -> &'static str {
        match self {
            By::Allow | By::Place => "allow",
            By::Baseline => "baseline",
        }
    }
}

impl Suppression {
    /// What it is, for people: `allowed until 2027-01-31`.
    pub fn title(&self) -> String {
        let what = match self.by {
            By::Allow => "allowed",
            By::Baseline => "baseline",
            By::Place => "allowed where they stand",
        };
        match &self.until {
            Some(until) => format!("{what} until {until}"),
            None => what.to_owned(),
        }
    }
}
