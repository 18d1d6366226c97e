//! The object database of a repository: packs, loose objects, alternates.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::ZlibDecoder;
use gix::objs::Kind;
use gix::odb::pack::data::entry::Header;
use gix::odb::pack::{Bundle, cache::lru::MemoryCappedHashmap, data, index};
use gix::{ObjectId, oid};

use crate::model::audit::{SkipReason, Skipped};
use crate::source::{files, regular};

/// Alternates that may follow each other, as in git.
const ALTERNATES_DEPTH: usize = 5;
/// The longest list of alternates that is read.
const LONGEST_ALTERNATES: u64 = 16 << 20;
/// Alternates that cannot be read and are listed one by one.
const LISTED: usize = 100;
/// Bytes of decoded bases that a reader keeps.
const BASES: usize = 48 << 20;
/// The longest object that is held in memory as a whole, longer than any that
/// the large hosts take. Longer ones are read through a window where git stored
/// them without a delta.
pub const MAX_OBJECT: usize = 100 << 20;
/// Objects longer than this are read through a window where nothing else needs them.
pub const LONG: u64 = 8 << 20;
/// Deltas that may build upon each other, far more than git allows.
const DELTAS: usize = 1 << 16;

/// Up to this many packed objects a repository is asked whether it is whole:
/// looking up every name in every tree takes as long as reading the rest.
const SMALL: u32 = 100_000;

/// Every pack and every folder of loose objects of a repository.
pub struct Store {
    /// The packs, the largest first.
    pub packs: Vec<Bundle>,
    /// The object folders, the repository's own first.
    pub folders: Vec<PathBuf>,
    /// The hash by which objects are named.
    pub hash: gix::hash::Kind,
    /// Whether the clone was made without some of its objects.
    pub partial: bool,
}

impl Store {
    /// Opens the object folders and everything that they borrow from. What
    /// cannot be opened is left out and listed.
    pub fn open(folders: &[PathBuf], hash: gix::hash::Kind) -> (Store, Vec<Skipped>) {
        let mut skipped = Vec::new();
        let mut store = Store {
            packs: Vec::new(),
            folders: with_alternates(folders, &mut skipped),
            hash,
            partial: false,
        };
        for folder in store.folders.clone() {
            store.open_packs(&folder.join("pack"), &mut skipped);
        }
        store
            .packs
            .sort_by_key(|bundle| std::cmp::Reverse(bundle.index.num_objects()));
        // By these numbers the bases of different packs are told apart.
        for (number, bundle) in (0..).zip(&mut store.packs) {
            bundle.pack.id = number;
        }
        (store, skipped)
    }

    fn open_packs(&mut self, folder: &Path, skipped: &mut Vec<Skipped>) {
        let names = match fs::read_dir(folder) {
            Ok(entries) => entries
                .flatten()
                .map(|entry| entry.path())
                .collect::<BTreeSet<_>>(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return,
            Err(error) => {
                skipped.push(files::skipped(folder, &error));
                return;
            }
        };
        for path in &names {
            match path.extension().and_then(|extension| extension.to_str()) {
                Some("promisor") => self.partial = true,
                Some("pack") => match self.open_pack(path, skipped) {
                    Ok(bundle) => self.packs.push(bundle),
                    Err(why) => skipped.push(why),
                },
                Some("idx") if !names.contains(&path.with_extension("pack")) => {
                    skipped.push(damaged_file(path, "its pack is missing"));
                }
                _ => {}
            }
        }
    }

    /// Opens a pack, and lists what is wrong with one that can be read all the same.
    fn open_pack(&self, path: &Path, skipped: &mut Vec<Skipped>) -> Result<Bundle, Skipped> {
        let damaged = |why: &str| damaged_file(path, why);
        let index = path.with_extension("idx");
        if !regular::check(&index, u64::MAX)? {
            return Err(damaged(
                "its index is missing; `git index-pack` makes it anew",
            ));
        }
        regular::check(path, u64::MAX)?;
        let index = index::File::at(&index, self.hash)
            .map_err(|error| damaged(&format!("its index: {error}")))?;
        let pack = data::File::at(path, self.hash)
            .map_err(|error| damaged(&error.to_string()))?
            .with_alloc_limit_bytes(Some(MAX_OBJECT));
        let (here, listed) = (pack.num_objects(), index.num_objects());
        if here != listed {
            return Err(damaged(&format!(
                "it has {here} objects and its index {listed}"
            )));
        }
        // The last bytes can be gone although every object is there.
        if pack.checksum() != index.pack_checksum() {
            let why = "it does not end as its index says; `git fsck` says more";
            skipped.push(damaged(why));
        }
        Ok(Bundle { pack, index })
    }

    /// A way to read single objects. Each thread needs its own.
    pub fn reader(&self) -> Reader<'_> {
        Reader {
            store: self,
            inflate: RefCell::default(),
            bases: RefCell::new(MemoryCappedHashmap::new(BASES)),
        }
    }

    /// The ids of all loose objects, sorted, each once.
    pub fn loose_ids(&self, skipped: &mut Vec<Skipped>) -> Vec<ObjectId> {
        let mut ids = BTreeSet::new();
        for folder in &self.folders {
            for id in gix::odb::loose::Store::at(folder, self.hash).iter() {
                match id {
                    Ok(id) => {
                        ids.insert(id);
                    }
                    Err(error) => skipped.push(damaged_file(folder, &error.to_string())),
                }
            }
        }
        ids.into_iter().collect()
    }

    /// Whether to look for objects that are named and are not here: in a partial
    /// clone, and wherever that costs little.
    pub fn may_lack_objects(&self) -> bool {
        let packed: u64 = self
            .packs
            .iter()
            .map(|bundle| u64::from(bundle.index.num_objects()))
            .sum();
        self.partial || packed <= u64::from(SMALL)
    }

    /// Whether the object is here.
    pub fn contains(&self, id: &oid) -> bool {
        self.packs
            .iter()
            .any(|bundle| bundle.index.lookup(id).is_some())
            || self.loose_path(id).is_some()
    }

    fn loose_path(&self, id: &oid) -> Option<PathBuf> {
        let hex = id.to_hex().to_string();
        let (folder, name) = hex.split_at(2);
        self.folders
            .iter()
            .map(|objects| objects.join(folder).join(name))
            .find(|path| path.is_file())
    }

    /// Opens a loose object for reading. `None` when it is not loose.
    pub fn open_loose(&self, id: &oid) -> Option<io::Result<Opened<'static>>> {
        self.loose_path(id).map(|path| open_loose(&path))
    }

    /// Opens a packed object that is stored without a delta. `None` when it is
    /// not packed in that way.
    pub fn open_packed(&self, id: &oid) -> Option<Opened<'_>> {
        self.packs.iter().find_map(|bundle| {
            let at = bundle.index.lookup(id)?;
            open_entry(bundle, bundle.index.pack_offset_at_index(at))
        })
    }

    /// Opens an object, however it is stored. `None` when it is not here.
    ///
    /// # Errors
    ///
    /// When nothing of it can be read.
    pub fn open_object<'s>(
        &'s self,
        reader: &Reader<'_>,
        id: &oid,
    ) -> Result<Option<Box<dyn Read + 's>>, UnreadObject> {
        if let Some(loose) = self.open_loose(id) {
            return match loose {
                Ok(opened) => Ok(Some(opened.text)),
                Err(error) => Err(UnreadObject::damaged(&error)),
            };
        }
        let packed = self.open_packed(id);
        if let Some(opened) = &packed
            && opened.size > LONG
        {
            return Ok(packed.map(|opened| opened.text));
        }
        let mut bytes = Vec::new();
        match (reader.read(id, &mut bytes), packed) {
            (Ok(Some(_)), _) => Ok(Some(Box::new(io::Cursor::new(bytes)))),
            (Ok(None), _) => Ok(None),
            // What comes before the damage can be read.
            (Err(_), Some(opened)) => Ok(Some(opened.text)),
            (Err(unread), None) => Err(unread),
        }
    }

    /// Opens an object that was read before.
    ///
    /// # Errors
    ///
    /// Why it cannot be read any more, in words.
    pub fn content<'s>(
        &'s self,
        reader: &Reader<'_>,
        id: &oid,
    ) -> Result<Box<dyn Read + 's>, String> {
        match self.open_object(reader, id) {
            Ok(Some(text)) => Ok(text),
            Ok(None) => Err("it disappeared during the audit".to_owned()),
            Err(unread) => Err(unread.why),
        }
    }
}

/// An object that is about to be read.
pub struct Opened<'o> {
    /// What it is.
    pub kind: Kind,
    /// How long it says that it is.
    pub size: u64,
    /// Its content; less than that size is an error.
    pub text: Box<dyn Read + 'o>,
}

/// Why an object cannot be read.
#[derive(Clone, Debug)]
pub struct UnreadObject {
    /// The kind of reason.
    pub reason: SkipReason,
    /// The details.
    pub why: String,
}

impl UnreadObject {
    /// It is there and makes no sense.
    pub fn damaged(why: &dyn fmt::Display) -> UnreadObject {
        UnreadObject {
            reason: SkipReason::Damaged,
            why: why.to_string(),
        }
    }

    /// It does not fit into memory.
    pub fn too_long(size: u64) -> UnreadObject {
        UnreadObject {
            reason: SkipReason::TooLarge,
            why: format!("{size} bytes; at most {MAX_OBJECT} are held in memory"),
        }
    }
}

/// Opens the entry of a pack that is stored without a delta.
pub fn open_entry(bundle: &Bundle, offset: u64) -> Option<Opened<'_>> {
    let entry = bundle.pack.entry(offset).ok()?;
    let kind = entry.header.as_kind()?;
    let data = bundle
        .pack
        .entry_slice(entry.data_offset..bundle.pack.pack_end() as u64)?;
    Some(Opened {
        kind,
        size: entry.decompressed_size,
        text: Box::new(Exactly {
            text: ZlibDecoder::new(data),
            left: entry.decompressed_size,
        }),
    })
}

/// Why an entry of a pack could not be decoded: its own size, or that of
/// something that it builds upon, can be the reason.
pub fn why_unread(bundle: &Bundle, offset: u64, error: &dyn fmt::Display) -> UnreadObject {
    let mut offset = offset;
    for _ in 0..DELTAS {
        let Ok(entry) = bundle.pack.entry(offset) else {
            break;
        };
        let size = entry.decompressed_size.max(result_size(bundle, &entry));
        if size > MAX_OBJECT as u64 {
            return UnreadObject::too_long(size);
        }
        match base_of(bundle, offset, &entry) {
            Some(base) => offset = base,
            None => break,
        }
    }
    UnreadObject::damaged(error)
}

/// The offset of the entry that an entry builds upon.
pub fn base_of(bundle: &Bundle, offset: u64, entry: &data::Entry) -> Option<u64> {
    match entry.header {
        Header::OfsDelta { base_distance } => {
            Header::verified_base_pack_offset(offset, base_distance)
        }
        Header::RefDelta { base_id } => bundle
            .index
            .lookup(base_id)
            .map(|number| bundle.index.pack_offset_at_index(number)),
        _ => None,
    }
}

/// How long a delta says that its result is: the second number in it, seven
/// bits a byte.
fn result_size(bundle: &Bundle, entry: &data::Entry) -> u64 {
    if entry.header.as_kind().is_some() {
        return 0;
    }
    let end = bundle.pack.pack_end() as u64;
    let Some(data) = bundle.pack.entry_slice(entry.data_offset..end) else {
        return 0;
    };
    let mut sizes = [0u64; 2];
    let mut head = Vec::new();
    // What cannot be read says nothing.
    let _ = ZlibDecoder::new(data).take(20).read_to_end(&mut head);
    let mut bytes = head.into_iter();
    for size in &mut sizes {
        let mut shift = 0;
        for byte in bytes.by_ref() {
            *size |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
            shift += 7;
            if byte & 0x80 == 0 {
                break;
            }
        }
    }
    sizes[1]
}

fn open_loose(path: &Path) -> io::Result<Opened<'static>> {
    let mut text = BufReader::new(ZlibDecoder::new(BufReader::new(File::open(path)?)));
    let mut header = Vec::new();
    let damaged = || io::Error::new(io::ErrorKind::InvalidData, "its header is damaged");
    // A kind, a blank, a decimal number
    for byte in text.by_ref().take(32).bytes() {
        match byte? {
            0 => break,
            byte => header.push(byte),
        }
    }
    let (kind, size, _) =
        gix::objs::decode::loose_header(&[&header[..], &[0]].concat()).map_err(|_| damaged())?;
    Ok(Opened {
        kind,
        size,
        text: Box::new(Exactly { text, left: size }),
    })
}

/// Reads as many bytes as the header promised; fewer are an error.
struct Exactly<R> {
    text: R,
    left: u64,
}

impl<R: Read> Read for Exactly<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left)
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        let count = self.text.read(&mut buffer[..most])?;
        if count == 0 && most > 0 {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                format!("{} bytes are missing at its end", self.left),
            ));
        }
        self.left -= count as u64;
        Ok(count)
    }
}

/// Reads single objects.
pub struct Reader<'s> {
    store: &'s Store,
    inflate: RefCell<gix::zlib::Inflate>,
    bases: RefCell<MemoryCappedHashmap>,
}

impl Reader<'_> {
    /// Reads a whole object into `out`. `None` when it is not here.
    ///
    /// # Errors
    ///
    /// When it is damaged, or longer than [`MAX_OBJECT`].
    pub fn read(&self, id: &oid, out: &mut Vec<u8>) -> Result<Option<Kind>, UnreadObject> {
        let mut failure = None;
        for bundle in &self.store.packs {
            let mut bases = self.bases.borrow_mut();
            let mut inflate = self.inflate.borrow_mut();
            match bundle.find(id, out, &mut inflate, &mut *bases) {
                Ok(Some((object, _))) => return Ok(Some(object.kind)),
                Ok(None) => {}
                // Another copy may be whole.
                Err(error) => {
                    let offset = bundle.index.lookup(id);
                    let offset = offset.map(|at| bundle.index.pack_offset_at_index(at));
                    failure = Some(match offset {
                        Some(offset) => why_unread(bundle, offset, &error),
                        None => UnreadObject::damaged(&error),
                    });
                }
            }
        }
        let Some(opened) = self.store.open_loose(id) else {
            return failure.map_or(Ok(None), Err);
        };
        let Opened { kind, size, text } = opened.map_err(|error| UnreadObject::damaged(&error))?;
        if size > MAX_OBJECT as u64 {
            return Err(UnreadObject::too_long(size));
        }
        out.clear();
        let mut text = text;
        text.read_to_end(out)
            .map_err(|error| UnreadObject::damaged(&error))?;
        Ok(Some(kind))
    }
}

impl gix::objs::Find for Reader<'_> {
    fn try_find<'a>(
        &self,
        id: &oid,
        buffer: &'a mut Vec<u8>,
    ) -> gix::error::Result<Option<gix::objs::Data<'a>>> {
        let kind = self
            .read(id, buffer)
            .map_err(|error| gix::error::message!("{}", error.why))?;
        Ok(kind.map(|kind| gix::objs::Data {
            kind,
            data: buffer,
            object_hash: self.store.hash,
        }))
    }
}

/// Something of a repository that is there and cannot be used.
pub fn damaged_file(path: &Path, why: &str) -> Skipped {
    Skipped {
        provenance: files::provenance(path),
        reason: SkipReason::Damaged,
        detail: why.to_owned(),
    }
}

/// The object folders together with those that they borrow objects from.
fn with_alternates(folders: &[PathBuf], skipped: &mut Vec<Skipped>) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = Vec::new();
    let mut seen = BTreeSet::new();
    let mut next: Vec<PathBuf> = folders.to_vec();
    let mut unread = 0;
    for _ in 0..=ALTERNATES_DEPTH {
        for folder in std::mem::take(&mut next) {
            let real = match fs::canonicalize(&folder) {
                Ok(real) => real,
                Err(error) => {
                    unread += 1;
                    if unread <= LISTED {
                        skipped.push(files::skipped(&folder, &error));
                    }
                    continue;
                }
            };
            if !seen.insert(real) {
                continue;
            }
            match alternates(&folder) {
                Ok(more) => next.extend(more),
                Err(why) => skipped.push(why),
            }
            all.push(folder);
        }
    }
    // Those that lead back to one that was read add nothing.
    next.retain(|folder| !fs::canonicalize(folder).is_ok_and(|real| seen.contains(&real)));
    for folder in next.iter().take(LISTED) {
        skipped.push(damaged_file(folder, "too many alternates lead to it"));
    }
    let unlisted = unread.saturating_sub(LISTED) + next.len().saturating_sub(LISTED);
    if unlisted > 0
        && let Some(folder) = folders.first()
    {
        let file = folder.join("info/alternates");
        skipped.push(damaged_file(
            &file,
            &format!("{unlisted} more cannot be read"),
        ));
    }
    all
}

fn alternates(folder: &Path) -> Result<Vec<PathBuf>, Skipped> {
    let file = folder.join("info/alternates");
    let text = regular::read(&file, LONGEST_ALTERNATES)?.unwrap_or_default();
    let paths = gix::odb::alternate::parse(&text)
        .map_err(|error| damaged_file(&file, &error.to_string()))?;
    Ok(paths.into_iter().map(|path| folder.join(path)).collect())
}
