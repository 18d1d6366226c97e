//! The result of an audit: what was found, what was read, what was not.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::model::blob::Provenance;
use crate::model::finding::{Confidence, Finding, Presence};
use crate::model::liveness::Liveness;
use crate::model::suppression::Suppression;

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

    fn counts(self, finding: &Finding) -> bool {
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

/// Something that was left out on purpose.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Note {
    /// What it is about.
    pub provenance: Provenance,
    /// What was left out.
    pub kind: NoteKind,
    /// Which part of it, and why.
    pub detail: String,
}

/// What can be left out without making an audit incomplete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoteKind {
    /// A secret that was not added, because an earlier version of the file, or a
    /// file that is gone now, held it already.
    KnownBefore,
    /// A symbolic link to something outside of what is audited.
    LinkLeavesRoot,
    /// A FIFO, socket or device met on the walk.
    SpecialFile,
    /// The kernel's pseudo files.
    PseudoFileSystem,
    /// The history of a repository that what is audited is only a part of.
    HistoryAbove,
    /// A submodule whose files are not there.
    EmptySubmodule,
    /// A submodule whose commits a change names.
    Submodule,
    /// What was named holds nothing.
    Empty,
    /// Something in a container is encrypted.
    Encrypted,
    /// A container, or something in it, is damaged. Its raw bytes were audited.
    DamagedContainer,
    /// A container uses a method that cannot be undone. Its raw bytes were audited.
    Unsupported,
    /// Pictures, in which a text can be seen and not read. One note for all.
    Pictures,
    /// The system cannot keep a walk below its folder when that changes meanwhile.
    UnguardedWalk,
    /// An entry that says what is known holds no longer.
    ExpiredEntry,
    /// An entry that says what is known, or is accepted as unread, fits nothing.
    UnusedEntry,
    /// Lines of a baseline fit nothing.
    UnusedLine,
    /// What a tree says of what is known cannot be read.
    WrongEntries,
    /// An entry comes with the change that it would silence.
    ProposedEntry,
    /// A pragma does not name the secret beside it.
    NamelessPragma,
    /// The entries of a work tree are not staged.
    UnstagedEntries,
}

impl NoteKind {
    /// The word used in reports.
    pub fn id(self) -> &'static str {
        match self {
            NoteKind::KnownBefore => "known-before",
            NoteKind::LinkLeavesRoot => "link-leaves-root",
            NoteKind::SpecialFile => "special-file",
            NoteKind::PseudoFileSystem => "pseudo-file-system",
            NoteKind::HistoryAbove => "history-above",
            NoteKind::EmptySubmodule => "empty-submodule",
            NoteKind::Submodule => "submodule",
            NoteKind::Empty => "empty",
            NoteKind::Encrypted => "encrypted",
            NoteKind::DamagedContainer => "damaged-container",
            NoteKind::Unsupported => "unsupported",
            NoteKind::Pictures => "pictures",
            NoteKind::UnguardedWalk => "unguarded-walk",
            NoteKind::ExpiredEntry => "expired-entry",
            NoteKind::UnusedEntry | NoteKind::UnusedLine => "unused-entry",
            NoteKind::WrongEntries => "wrong-entries",
            NoteKind::ProposedEntry => "proposed-entry",
            NoteKind::NamelessPragma => "nameless-pragma",
            NoteKind::UnstagedEntries => "unstaged-entries",
        }
    }

    /// Whether it says that something was not read.
    pub fn is_unread(self) -> bool {
        !self.is_of_entry()
            && !matches!(
                self,
                NoteKind::KnownBefore
                    | NoteKind::UnguardedWalk
                    | NoteKind::ProposedEntry
                    | NoteKind::NamelessPragma
                    | NoteKind::UnstagedEntries
            )
    }

    /// Whether it is about an entry that says what is known. A strict audit fails for it.
    pub fn is_of_entry(self) -> bool {
        matches!(
            self,
            NoteKind::ExpiredEntry
                | NoteKind::UnusedEntry
                | NoteKind::UnusedLine
                | NoteKind::WrongEntries
        )
    }

    /// Whether somebody can say that it is fine, because it will stay so. What was named
    /// by mistake is mended in the name.
    pub fn can_be_accepted(self) -> bool {
        self.is_unread() && !matches!(self, NoteKind::HistoryAbove | NoteKind::Empty)
    }

    /// Whether it says why something does not count as known.
    pub fn is_about_known(self) -> bool {
        self.is_of_entry()
            || matches!(
                self,
                NoteKind::ProposedEntry | NoteKind::NamelessPragma | NoteKind::UnstagedEntries
            )
    }

    /// Whether it says that something could not be read, by nobody.
    pub fn is_unreadable(self) -> bool {
        matches!(
            self,
            NoteKind::Encrypted | NoteKind::DamagedContainer | NoteKind::Unsupported
        )
    }

    /// A sentence for people.
    pub fn explain(self) -> &'static str {
        match self {
            NoteKind::KnownBefore => {
                "a secret here is not new: an earlier commit holds it; `npsso-audit .` shows it"
            }
            NoteKind::LinkLeavesRoot => {
                "a symbolic link that leads out of what is audited was not followed"
            }
            NoteKind::SpecialFile => "a FIFO, socket or device was not opened",
            NoteKind::PseudoFileSystem => "a pseudo file system was not read",
            NoteKind::EmptySubmodule => {
                "a submodule that is not checked out was not audited; `git submodule update --init` fetches it"
            }
            NoteKind::Submodule => {
                "a submodule is another repository, so what its commits add was not audited; `npsso-audit FOLDER` audits it"
            }
            NoteKind::Empty => "this was named and holds nothing; check that it is the right place",
            NoteKind::HistoryAbove => {
                "this is a part of a git repository whose history was not audited; name the folder with its `.git`"
            }
            NoteKind::Encrypted => "something encrypted was not read",
            NoteKind::DamagedContainer => {
                "a container is damaged, and was read as far as it goes and as raw bytes"
            }
            NoteKind::Unsupported => {
                "a container of a kind or with a method that is not supported was read as raw bytes"
            }
            NoteKind::Pictures => "a text that can be seen in a picture is not read",
            NoteKind::ExpiredEntry => {
                "an entry has expired and suppresses nothing; renew its `until`, or delete it"
            }
            NoteKind::UnusedEntry => {
                "an entry fits nothing that was found, so it suppresses nothing; delete it"
            }
            NoteKind::UnusedLine => {
                "a baseline has lines that fit nothing that was found; `npsso-audit baseline update --prune` drops them"
            }
            NoteKind::ProposedEntry => {
                "an entry is a part of this change itself, so it suppresses nothing here: a change cannot say that its own leak is fine; have it merged on its own first"
            }
            NoteKind::NamelessPragma => {
                "a pragma does not name the secret beside it, so it suppresses nothing; write"
            }
            NoteKind::UnstagedEntries => {
                "what it says does not count, because it is not staged; `git add` it"
            }
            NoteKind::WrongEntries => "what says what is known is wrong, so it says nothing",
            NoteKind::UnguardedWalk => {
                "this kernel lacks openat2 (Linux 5.6): a folder that became a symbolic link during the audit may have been followed; audit a copy that nobody changes"
            }
        }
    }
}

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
