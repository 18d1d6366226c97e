//! Refs that a repository keeps in a stack of tables, as git 3 does by default.
//!
//! A folder `reftable` has the tables, and its file `tables.list` names those that
//! count, the oldest first. What a newer one says counts against all older ones. Each
//! linked work tree has such a folder for its own names. The format is described in
//! git's `Documentation/technical/reftable.adoc`.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::ops::ControlFlow;
use std::path::{Component, Path, PathBuf};

use gix::ObjectId;
use gix::hash::Kind;

use super::path_of;
use super::store::damaged_file;
use super::target::{LONGEST_PACKED, Target};
use crate::container::Unread;
use crate::container::database::reftable_table::{self as table, EntryKey, Table, Value};
use crate::model::audit::{SkipReason, Skipped};
use crate::source::{files, regular};

/// The longest list of tables. Git joins tables, so that there are few.
const LONGEST_LIST: u64 = 1 << 20;
/// The longest table: as long as the longest file with packed names.
const LONGEST_TABLE: u64 = LONGEST_PACKED;
/// Bytes that names may take in memory.
const MOST_NAMES: usize = 512 << 20;
/// What a name takes besides its own bytes, roughly.
const BESIDE_NAME: usize = 96;
/// How often a table may be gone because git has just joined it with others.
const TRIES: usize = 8;

/// The file that names the tables of a git folder.
pub fn list(git_dir: &Path) -> PathBuf {
    git_dir.join("reftable").join("tables.list")
}

/// What a name leads to. `None` when there is no such name.
///
/// # Errors
///
/// Why it cannot be told.
pub fn find(git_dir: &Path, hash: Kind, name: &[u8]) -> Result<Option<Target>, Skipped> {
    // The outer one says whether a table has the name, if only to say that it is no more.
    type Found = Option<Option<Target>>;
    let found = newest_first(git_dir, hash, &mut |found: &mut Found, table, _| {
        table.refs(&mut |other, value| {
            if other < name {
                return ControlFlow::Continue(());
            }
            if other == name {
                *found = Some(target(value));
            }
            ControlFlow::Break(())
        })?;
        Ok(match found {
            None => ControlFlow::Continue(()),
            Some(_) => ControlFlow::Break(()),
        })
    })?;
    Ok(found.flatten())
}

/// Every name, and what it leads to.
///
/// # Errors
///
/// Why not all of them can be told.
pub fn all(git_dir: &Path, hash: Kind) -> Result<BTreeMap<Vec<u8>, Target>, Skipped> {
    type All = Names<Option<Target>>;
    let names = newest_first(git_dir, hash, &mut |names: &mut All, table, _| {
        table.refs(&mut |name, value| names.add(name.to_vec(), target(value)).1)?;
        names.check()
    })?;
    let known = names.known.into_iter();
    Ok(known
        .filter_map(|(name, target)| Some((name, target?)))
        .collect())
}

/// An entry of a reflog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// The object before.
    pub before: ObjectId,
    /// The object after.
    pub after: ObjectId,
    /// When it was changed, since 1970.
    pub seconds: u64,
    /// Why.
    pub message: Vec<u8>,
}

/// The reflog of a name, the newest entry first.
///
/// # Errors
///
/// Why not all of it can be told.
pub fn log(git_dir: &Path, hash: Kind, name: &[u8]) -> Result<Vec<LogEntry>, Skipped> {
    // An entry that was changed afterwards is in a newer table, by its old number.
    type Log = BTreeMap<Reverse<u64>, LogEntry>;
    let log = entries(git_dir, hash, &mut |log: &mut Log, key, entry| {
        if key.name == name
            && let (Some(before), Some(after)) = (id(entry.before), id(entry.after))
        {
            let message = entry.message.trim_ascii_end().to_vec();
            let entry = LogEntry {
                before,
                after,
                seconds: entry.seconds,
                message,
            };
            log.insert(Reverse(key.change), entry);
        }
    })?;
    Ok(log.into_values().collect())
}

/// Every object that a reflog names.
///
/// # Errors
///
/// Why not all of them can be told.
pub fn logged(git_dir: &Path, hash: Kind) -> Result<BTreeSet<ObjectId>, Skipped> {
    entries(git_dir, hash, &mut |ids: &mut BTreeSet<_>, _, entry| {
        let both = [entry.before, entry.after].into_iter();
        ids.extend(both.filter_map(id).filter(|id| !id.is_null()));
    })
}

/// Takes every entry of the reflogs that was not removed.
fn entries<T: Default>(
    git_dir: &Path,
    hash: Kind,
    take: &mut dyn FnMut(&mut T, EntryKey<'_>, table::Entry<'_>),
) -> Result<T, Skipped> {
    let (taken, _) = newest_first(
        git_dir,
        hash,
        &mut |(taken, newer): &mut (T, Names<()>), table, is_oldest| {
            table.logs(&mut |key, entry| {
                // Nothing is older than the oldest, which is by far the longest.
                let name = || [key.name, &key.change.to_be_bytes()].concat();
                let (is_new, flow) = match is_oldest {
                    true => (!newer.has(name), ControlFlow::Continue(())),
                    false => newer.add(name(), ()),
                };
                if let Some(entry) = entry.filter(|_| is_new) {
                    take(taken, key, entry);
                }
                flow
            })?;
            newer.check()
        },
    )?;
    Ok(taken)
}

/// Names of newer tables, with what these say of them.
struct Names<V> {
    known: BTreeMap<Vec<u8>, V>,
    /// Bytes that they take.
    size: usize,
}

impl<V> Default for Names<V> {
    fn default() -> Names<V> {
        Names {
            known: BTreeMap::new(),
            size: 0,
        }
    }
}

impl<V> Names<V> {
    /// Adds a name, and says whether it was new. Breaks when there are too many.
    fn add(&mut self, name: Vec<u8>, value: V) -> (bool, ControlFlow<()>) {
        let size = name.len() + BESIDE_NAME;
        if self.known.contains_key(&name) {
            return (false, ControlFlow::Continue(()));
        }
        self.size += size;
        self.known.insert(name, value);
        match self.size > MOST_NAMES {
            true => (true, ControlFlow::Break(())),
            false => (true, ControlFlow::Continue(())),
        }
    }

    fn has(&self, name: impl FnOnce() -> Vec<u8>) -> bool {
        !self.known.is_empty() && self.known.contains_key(&name())
    }

    /// Goes on, when there are not too many.
    fn check(&self) -> Result<ControlFlow<()>, Unread> {
        match self.size > MOST_NAMES {
            true => Err(Unread::Limit(format!(
                "more than {MOST_NAMES} bytes of names"
            ))),
            false => Ok(ControlFlow::Continue(())),
        }
    }
}

fn id(bytes: &[u8]) -> Option<ObjectId> {
    ObjectId::try_from(bytes).ok()
}

fn target(value: Value<'_>) -> Option<Target> {
    match value {
        Value::Deleted => None,
        Value::Object(bytes) => id(bytes).map(Target::Object),
        Value::Name(name) => Some(Target::Name(name.to_vec())),
    }
}

/// Reads something of a table, and says whether to go on with an older one.
/// Whether this one is the oldest is told.
type ReadTable<'r, T> =
    dyn FnMut(&mut T, &mut Table<File>, bool) -> Result<ControlFlow<()>, Unread> + 'r;

/// Reads tables until it breaks, the newest first.
fn newest_first<T: Default>(
    git_dir: &Path,
    hash: Kind,
    read: &mut ReadTable<'_, T>,
) -> Result<T, Skipped> {
    let mut gone = list(git_dir);
    // Tables don't change. One that is gone was joined with others, and then the list
    // names what they became.
    for _ in 0..TRIES {
        match stack(git_dir, hash, read)? {
            Stack::Read(taken) => return Ok(taken),
            Stack::Gone(path) => gone = path,
        }
    }
    Err(damaged_file(
        &gone,
        "it is missing, and the list of tables names it",
    ))
}

/// What became of the reading of a stack.
enum Stack<T> {
    Read(T),
    /// A table of it is gone.
    Gone(PathBuf),
}

fn stack<T: Default>(
    git_dir: &Path,
    hash: Kind,
    read: &mut ReadTable<'_, T>,
) -> Result<Stack<T>, Skipped> {
    let mut taken = T::default();
    let paths = paths(git_dir)?;
    for (older, path) in paths.iter().enumerate().rev() {
        let Some(file) = regular::file(path, LONGEST_TABLE)? else {
            return Ok(Stack::Gone(path.clone()));
        };
        let flow = Table::open(file).and_then(|mut table| {
            if table.id_length() != hash.len_in_bytes() {
                let why = format!("its objects are not named by {hash}");
                return Err(Unread::Damaged(why));
            }
            read(&mut taken, &mut table, older == 0)
        });
        match flow {
            Ok(ControlFlow::Continue(())) => {}
            Ok(ControlFlow::Break(())) => break,
            Err(why) => return Err(skipped(path, why)),
        }
    }
    Ok(Stack::Read(taken))
}

fn skipped(path: &Path, why: Unread) -> Skipped {
    let (reason, detail) = match why {
        Unread::Damaged(why) => (SkipReason::Damaged, why),
        Unread::Limit(why) => (SkipReason::TooLarge, why),
        Unread::Unsupported(why) => (SkipReason::Unsupported, why),
        Unread::Encrypted => (SkipReason::Unsupported, "it is encrypted".to_owned()),
    };
    Skipped {
        provenance: files::provenance(path),
        reason,
        detail,
    }
}

/// The tables that count, the oldest first.
fn paths(git_dir: &Path) -> Result<Vec<PathBuf>, Skipped> {
    let list = list(git_dir);
    let Some(text) = regular::read(&list, LONGEST_LIST)? else {
        return Err(damaged_file(&list, "it is missing"));
    };
    let folder = git_dir.join("reftable");
    let mut met = BTreeSet::new();
    let mut paths = Vec::new();
    for line in text.split(|byte| *byte == b'\n') {
        let name = path_of(line.trim_ascii());
        let mut parts = name.components();
        match (parts.next(), parts.next()) {
            (None, _) => {}
            (Some(Component::Normal(_)), None) if met.insert(name.clone()) => {
                paths.push(folder.join(&name));
            }
            _ => return Err(damaged_file(&list, "it names what is no table")),
        }
    }
    Ok(paths)
}
