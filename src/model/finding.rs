//! What was found: one secret with all the places where it can be read.

use std::path::PathBuf;
use std::sync::Arc;

use crate::model::blob::Provenance;
use crate::model::cookie::Cookie;
use crate::model::layer::{Layer, is_in_member};
use crate::model::liveness::Liveness;
use crate::model::location::Location;
use crate::model::secret::{Fingerprint, Secret, SecretKind};
use crate::model::suppression::{Pragma, Suppression};

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
    pub provenance: Arc<Provenance>,
    /// The containers and encodings in it that the secret stands behind, the
    /// outermost first.
    pub inside: Vec<Layer>,
    /// Where in it.
    pub location: Location,
    /// Where in the input the text stands that the outermost member is encoded in, where
    /// that is known.
    pub encoded_at: Option<Box<Location>>,
    /// The id of the rule that matched.
    pub rule: Arc<str>,
    /// What the surroundings of this place say.
    pub confidence: Confidence,
    /// Which commits hold it, when that is known.
    pub history: Option<Arc<History>>,
    /// What this place says of the cookie that it is there.
    pub cookie: Option<Box<Cookie>>,
    /// What bound the value to the rule, where that was asked for.
    pub why: Option<Box<str>>,
    /// The comments beside it that say it is known, whether they count or not.
    pub pragmas: Box<[Pragma]>,
    /// Why this place is not new, where somebody said so.
    pub suppression: Option<Arc<Suppression>>,
}

/// Which commits of a repository hold an object, and what leads to them.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct History {
    /// The objects that hold it, in hexadecimal digits, sorted: a file has
    /// another one for every version.
    pub objects: Vec<String>,
    /// Every path under which a commit or the index holds it, sorted.
    pub paths: Vec<PathBuf>,
    /// The commit that brought it in: none of the commits that hold it is older.
    pub first: Option<Commit>,
    /// The newest commit that holds it.
    pub last: Option<Commit>,
    /// The refs that lead to it.
    pub refs: Refs,
    /// Whether a reflog, or a reference such as `FETCH_HEAD`, leads to it.
    pub in_reflog: bool,
    /// Whether the commit that is checked out holds it.
    pub in_head: bool,
    /// Whether the index holds it.
    pub in_index: bool,
    /// Whether the commits that were asked for hold it.
    pub in_range: bool,
    /// Whether it cannot be told what leads to it.
    pub is_unsure: bool,
    /// How many bytes at the beginning `git filter-repo` leaves as they are when
    /// it replaces text: none of a text, the head of a commit or a tag, all of
    /// what it takes for binary.
    pub not_replaced: u64,
}

impl History {
    /// Adds what is known of another version of the same file.
    pub fn join(&mut self, other: History) {
        self.objects.extend(other.objects);
        self.paths.extend(other.paths);
        self.objects.sort();
        self.objects.dedup();
        self.refs.join(&other.refs);
        self.paths.sort();
        self.paths.dedup();
        let order = |commit: &Commit| commit.order;
        self.first = [self.first.take(), other.first]
            .into_iter()
            .flatten()
            .min_by_key(order);
        self.last = [self.last.take(), other.last]
            .into_iter()
            .flatten()
            .max_by_key(order);
        self.in_reflog |= other.in_reflog;
        self.in_head |= other.in_head;
        self.in_index |= other.in_index;
        self.in_range |= other.in_range;
        self.is_unsure |= other.is_unsure;
        self.not_replaced = self.not_replaced.max(other.not_replaced);
    }

    /// Whether nothing leads to the object, so that git will remove it some day.
    pub fn is_unreachable(&self) -> bool {
        let named = self.in_reflog || self.in_head || self.in_index || self.in_range;
        self.refs.is_empty() && !named && !self.is_unsure
    }
}

/// Refs of a repository. Thousands of places can each be reached by thousands of
/// refs, so their names are kept once for all places.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Refs {
    /// The full names of all refs of the repository, sorted.
    names: Arc<[String]>,
    /// Those that are meant, by their places among the names, sorted.
    places: Vec<u32>,
}

impl Refs {
    /// Some of the refs of a repository, by their places among the sorted names.
    pub fn new(names: Arc<[String]>, mut places: Vec<u32>) -> Refs {
        places.sort_unstable();
        places.dedup();
        Refs { names, places }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Their full names, sorted.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        let name = |place: &u32| self.names.get(*place as usize).map(String::as_str);
        self.places.iter().filter_map(name)
    }

    /// Adds refs of the same repository.
    fn join(&mut self, other: &Refs) {
        if self.is_empty() {
            self.names = Arc::clone(&other.names);
        }
        self.places.extend(&other.places);
        self.places.sort_unstable();
        self.places.dedup();
    }
}

/// A commit, as far as a report needs it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Commit {
    /// Its place among the commits of its repository: parents come before
    /// their children, whatever their dates say.
    pub order: usize,
    /// The id, in hexadecimal digits.
    pub id: String,
    /// The author's date in seconds since 1970.
    pub seconds: i64,
    /// The author's date as in RFC 3339, in the author's time zone.
    pub date: String,
    /// The author's name.
    pub author: String,
    /// The author's e-mail address.
    pub email: String,
}

/// When the PlayStation Network opened: 2006-11-11.
const NETWORK_BEGAN: i64 = 1_163_203_200;

impl Commit {
    /// Whether a secret can have been committed when the author's clock said so.
    pub fn has_plausible_date(&self, now: i64) -> bool {
        (NETWORK_BEGAN..=now).contains(&self.seconds)
    }

    /// The author's day, unless the date makes no sense.
    pub fn day(&self) -> Option<&str> {
        let (day, _) = self.date.split_once('T')?;
        (day.len() == 10).then_some(day)
    }

    /// The first character of the author's name and an ellipsis.
    pub fn redacted_author(&self) -> String {
        let head: String = self.author.chars().take(1).collect();
        format!("{head}…")
    }
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
    /// The value as it stands in these places: with escapes or without, sorted.
    pub spellings: Vec<Secret>,
    /// Whether it still opens the account; nothing when nobody asked.
    pub liveness: Option<Liveness>,
}

/// Whether the content that holds a secret is still in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// A file, the index or the commit that is checked out holds it.
    Current,
    /// Only older commits, other branches or texts hold it.
    History,
    /// Nothing leads to it any more, but it can still be read.
    Unreachable,
    /// A repository holds it, and what leads to it cannot be told.
    Unknown,
}

impl Presence {
    /// The word used in reports.
    pub fn id(self) -> &'static str {
        match self {
            Presence::Current => "current",
            Presence::History => "history",
            Presence::Unreachable => "unreachable",
            Presence::Unknown => "unknown",
        }
    }
}

impl Exposure {
    /// Where in the input it stands, or the text that it is encoded in. Nothing where it is
    /// in a member that is no text there.
    pub fn in_input(&self) -> Option<Location> {
        match is_in_member(&self.inside) {
            true => self.encoded_at.as_deref().copied(),
            false => Some(self.location),
        }
    }

    /// Whether what holds it is still in use. A file always is.
    pub fn presence(&self) -> Presence {
        match (&*self.provenance, &self.history) {
            (Provenance::Object(_), Some(history)) if history.is_unreachable() => {
                Presence::Unreachable
            }
            (Provenance::Object(_), Some(history)) if !history.in_head && !history.in_index => {
                match history.is_unsure {
                    true => Presence::Unknown,
                    false => Presence::History,
                }
            }
            _ => Presence::Current,
        }
    }
}

impl Finding {
    /// Why it is not new: what suppresses the first of its places, where something
    /// suppresses each of them.
    pub fn suppression(&self) -> Option<&Suppression> {
        let places = self
            .exposures
            .iter()
            .map(|place| place.suppression.as_deref());
        places
            .reduce(|first, other| first.filter(|_| other.is_some()))
            .flatten()
    }

    /// Whether it is new, or has a place that is.
    pub fn is_new(&self) -> bool {
        self.suppression().is_none()
    }

    /// Where it is most in use.
    pub fn presence(&self) -> Presence {
        let places = self.exposures.iter().map(Exposure::presence);
        places.fold(Presence::Unreachable, |all, one| match (all, one) {
            (Presence::Current, _) | (_, Presence::Current) => Presence::Current,
            (Presence::Unknown, _) | (_, Presence::Unknown) => Presence::Unknown,
            (Presence::History, _) | (_, Presence::History) => Presence::History,
            _ => Presence::Unreachable,
        })
    }

    /// The newest commit of each place that has one.
    pub fn last_commits(&self) -> impl Iterator<Item = &Commit> {
        self.histories().filter_map(|history| history.last.as_ref())
    }

    /// The oldest and the newest commit of each place that has them.
    pub fn commits(&self) -> impl Iterator<Item = &Commit> {
        self.histories()
            .flat_map(|history| [&history.first, &history.last])
            .flatten()
    }

    fn histories(&self) -> impl Iterator<Item = &History> {
        self.exposures
            .iter()
            .filter_map(|place| place.history.as_deref())
    }

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
