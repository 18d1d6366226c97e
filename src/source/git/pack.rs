//! Every object of a pack, each delta base decoded once.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use gix::objs::Kind;
use gix::odb::pack::cache::delta::{Tree, traverse};
use gix::odb::pack::{Bundle, cache};
use gix::{ObjectId, progress};

use super::store::{LONG, MAX_OBJECT, Opened, UnreadObject, base_of, open_entry, why_unread};
use crate::model::feed::Feed;
use crate::source::{Hire, ReadFeed, Worker};
use crate::system;

/// Bytes of decoded bases that are kept while a damaged pack is read.
const BASES: usize = 64 << 20;

/// Takes the objects of a pack as they are decoded, in several threads.
pub trait Visitor: Sync {
    /// Whether the object with this id was seen already.
    fn is_known(&self, id: &gix::oid) -> bool;

    /// An object whose content is in memory.
    fn bytes(&self, worker: &mut dyn Worker, kind: Kind, id: ObjectId, bytes: &[u8]);

    /// An object whose content streams by.
    fn stream(&self, worker: &mut dyn Worker, kind: Kind, id: ObjectId, feed: &mut dyn Feed);

    /// An object that could not be decoded.
    fn unread(&self, worker: &mut dyn Worker, id: ObjectId, why: UnreadObject);
}

/// Which objects of a pack are wanted.
#[derive(Clone, Copy)]
pub struct Wanted<'k> {
    /// The kinds that are.
    pub kinds: &'k [Kind],
    /// How many threads may be used.
    pub threads: usize,
}

/// One object, where the index puts it.
struct PackEntry {
    offset: u64,
    /// Its number in the index.
    number: u32,
    /// Its kind, once the object that it builds upon is known.
    kind: Option<Kind>,
    /// The entry that it builds upon.
    base: Option<usize>,
    is_base: bool,
    /// Whether it does not fit into memory, or builds upon something that does not.
    is_too_long: bool,
    /// Length after inflating: of the object, or of the delta.
    length: u64,
}

/// Hands the objects of a pack to the visitor.
pub fn visit(bundle: &Bundle, wanted: Wanted<'_>, visitor: &dyn Visitor, hire: &Hire<'_>) {
    let entries = entries(bundle);
    let id = |entry: &PackEntry| bundle.index.oid_at_index(entry.number).to_owned();
    // What a damaged entry was, nobody knows.
    let is_wanted = |entry: &PackEntry| entry.kind.is_none_or(|kind| wanted.kinds.contains(&kind));
    let is_long = |entry: &PackEntry| {
        let most = match entry.is_base || entry.kind == Some(Kind::Tree) {
            true => MAX_OBJECT as u64,
            false => LONG,
        };
        entry.base.is_none() && entry.length > most
    };

    let mut worker = hire();
    for entry in entries.iter().filter(|entry| is_wanted(entry)) {
        if !is_long(entry) && !entry.is_too_long {
            continue;
        }
        let id = id(entry);
        if worker.is_stopped() || visitor.is_known(&id) {
            continue;
        }
        let damaged = || why_unread(bundle, entry.offset, &"its entry is damaged");
        match open_entry(bundle, entry.offset) {
            Some(opened) if opened.kind == Kind::Tree => {
                visitor.unread(worker.as_mut(), id, damaged());
            }
            Some(Opened { kind, text, .. }) => {
                visitor.stream(worker.as_mut(), kind, id, &mut ReadFeed::new(text));
            }
            None => visitor.unread(worker.as_mut(), id, damaged()),
        }
    }
    let decoded: Vec<&PackEntry> = entries
        .iter()
        .filter(|entry| is_wanted(entry) && !is_long(entry) && !entry.is_too_long)
        .collect();
    // Bit by bit: who was visited although the traversal failed.
    let seen: Vec<AtomicU8> = decoded.iter().map(|_| AtomicU8::new(0)).collect();
    let whole = decoded.iter().all(|entry| entry.kind.is_some());
    if whole && traverse(bundle, &decoded, &seen, wanted.threads, visitor, hire).is_ok() {
        return;
    }
    // Something is damaged: what is left is read object by object.
    let mut inflate = gix::zlib::Inflate::default();
    let mut bases = cache::lru::MemoryCappedHashmap::new(BASES);
    let mut out = Vec::new();
    for (entry, seen) in decoded.iter().zip(&seen) {
        if worker.is_stopped() {
            return;
        }
        let id = id(entry);
        if seen.load(Ordering::Relaxed) != 0 || visitor.is_known(&id) {
            continue;
        }
        match bundle.get_object_by_index(entry.number, &mut out, &mut inflate, &mut bases) {
            Ok((object, _)) => visitor.bytes(worker.as_mut(), object.kind, id, object.data),
            Err(error) => match open_entry(bundle, entry.offset) {
                // What comes before the damage can be read.
                Some(opened) if opened.kind == Kind::Blob => {
                    let mut feed = ReadFeed::new(opened.text);
                    visitor.stream(worker.as_mut(), Kind::Blob, id, &mut feed);
                }
                _ => {
                    let why = why_unread(bundle, entry.offset, &error);
                    visitor.unread(worker.as_mut(), id, why);
                }
            },
        }
    }
}

/// The entries of a pack in the order in which they are stored.
fn entries(bundle: &Bundle) -> Vec<PackEntry> {
    let mut entries: Vec<PackEntry> = (0..bundle.index.num_objects())
        .map(|number| PackEntry {
            offset: bundle.index.pack_offset_at_index(number),
            number,
            kind: None,
            base: None,
            is_base: false,
            is_too_long: false,
            length: 0,
        })
        .collect();
    entries.sort_unstable_by_key(|entry| entry.offset);
    let at = |entries: &[PackEntry], offset: u64| {
        entries
            .binary_search_by_key(&offset, |entry| entry.offset)
            .ok()
    };
    for place in 0..entries.len() {
        let offset = entries[place].offset;
        // A damaged entry keeps no kind.
        let Ok(entry) = bundle.pack.entry(offset) else {
            continue;
        };
        entries[place].length = entry.decompressed_size;
        if let Some(kind) = entry.header.as_kind() {
            entries[place].kind = Some(kind);
            continue;
        }
        let base = base_of(bundle, offset, &entry);
        let Some(base) = base.and_then(|base| at(&entries, base)) else {
            continue;
        };
        entries[place].base = Some(base);
        entries[base].is_base = true;
    }
    settle_kinds(&mut entries);
    entries
}

/// Gives every delta the kind of the object at the end of its chain, and tells
/// whether something on the way does not fit into memory.
fn settle_kinds(entries: &mut [PackEntry]) {
    let mut chain = Vec::new();
    for start in 0..entries.len() {
        let mut at = start;
        // A chain longer than the pack is a circle.
        while entries[at].kind.is_none() && chain.len() <= entries.len() {
            chain.push(at);
            match entries[at].base {
                Some(base) => at = base,
                None => break,
            }
        }
        let kind = entries[at].kind;
        let is_root = entries[at].base.is_none();
        let mut is_too_long =
            entries[at].is_too_long || (is_root && entries[at].length > MAX_OBJECT as u64);
        // From the base to what builds upon it
        for link in chain.drain(..).rev() {
            is_too_long |= entries[link].length > MAX_OBJECT as u64;
            entries[link].kind = kind;
            entries[link].is_too_long = is_too_long && entries[link].base.is_some();
        }
    }
}

/// Decodes along the delta tree.
fn traverse(
    bundle: &Bundle,
    entries: &[&PackEntry],
    seen: &[AtomicU8],
    threads: usize,
    visitor: &dyn Visitor,
    hire: &Hire<'_>,
) -> gix::error::Result<()> {
    let stop = AtomicBool::new(false);
    let tree = Tree::from_offsets_in_pack(
        bundle.pack.path(),
        (0..entries.len()).map(|place| place as u32),
        &|place| entries[*place as usize].offset,
        &|id| {
            let number = bundle.index.lookup(id);
            Ok(number.map(|number| bundle.index.pack_offset_at_index(number)))
        },
        &mut progress::Discard,
        &stop,
        bundle.pack.object_hash(),
    )?;
    let hired = Hired::new(hire);
    let stopped = &stop;
    tree.traverse(
        |slice, pack| pack.entry_slice(slice),
        &bundle.pack,
        bundle.pack.pack_end() as u64,
        {
            let mut hired = hired;
            move |place: &mut u32, _progress: &dyn progress::Progress, context| {
                let place = *place as usize;
                let id = bundle.index.oid_at_index(entries[place].number);
                let kind = context.entry.header.as_kind();
                if let Some(kind) = kind.filter(|_| !visitor.is_known(id)) {
                    let worker = hired.worker();
                    visitor.bytes(worker, kind, id.to_owned(), context.decompressed);
                    if worker.is_stopped() {
                        stopped.store(true, Ordering::Relaxed);
                    }
                }
                seen[place].store(1, Ordering::Relaxed);
                Ok(())
            }
        },
        traverse::Options {
            object_progress: Box::new(progress::Discard),
            size_progress: &mut progress::Discard,
            // Where none can be started, the traversal fails.
            thread_limit: Some(system::startable(threads).max(1)),
            should_interrupt: &stop,
            object_hash: bundle.pack.object_hash(),
            alloc_limit_bytes: Some(MAX_OBJECT),
        },
    )?;
    Ok(())
}

/// A worker for each copy, so that each thread of a traversal has its own.
struct Hired<'h, 'w> {
    hire: &'h Hire<'w>,
    worker: Box<dyn Worker + 'w>,
}

impl<'h, 'w> Hired<'h, 'w> {
    fn new(hire: &'h Hire<'w>) -> Hired<'h, 'w> {
        Hired {
            hire,
            worker: hire(),
        }
    }

    fn worker(&mut self) -> &mut dyn Worker {
        self.worker.as_mut()
    }
}

impl Clone for Hired<'_, '_> {
    fn clone(&self) -> Self {
        Hired::new(self.hire)
    }
}
