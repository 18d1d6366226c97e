//! What nobody could read, or was left out on purpose.

use crate::model::blob::Provenance;

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
