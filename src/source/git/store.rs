//! The object database of a repository: packs, loose objects, alternates.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::ZlibDecoder;
use gix::objs::Kind;
use gix::odb::pack::{Bundle, cache::lru::MemoryCappedHashmap, data, index};
use gix::{ObjectId, oid};

use crate::audit::{SkipReason, Skipped};
use crate::blob::Provenance;

/// Alternates that may follow each other, as in git.
const ALTERNATES_DEPTH: usize = 5;
/// Bytes of decoded bases that a reader keeps.
const BASES: usize = 48 << 20;
/// The longest object that is held in memory as a whole. Longer ones are read
/// through a window where git stored them without a delta.
pub const MAX_OBJECT: usize = 1 << 30;

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
                skipped.push(super::super::files::skipped(folder, &error));
                return;
            }
        };
        for pack in names {
            match pack.extension().and_then(|extension| extension.to_str()) {
                Some("promisor") => self.partial = true,
                Some("pack") => match self.open_pack(&pack) {
                    Ok(bundle) => self.packs.push(bundle),
                    Err(error) => skipped.push(damaged_file(&pack, &error)),
                },
                _ => {}
            }
        }
    }

    fn open_pack(&self, pack: &Path) -> Result<Bundle, String> {
        let index = pack.with_extension("idx");
        if !index.exists() {
            return Err("its index is missing; `git index-pack` makes it anew".to_owned());
        }
        let index =
            index::File::at(&index, self.hash).map_err(|error| format!("its index: {error}"))?;
        let pack = data::File::at(pack, self.hash)
            .map_err(|error| error.to_string())?
            .with_alloc_limit_bytes(Some(MAX_OBJECT));
        if pack.num_objects() != index.num_objects() {
            return Err(format!(
                "it has {} objects and its index {}",
                pack.num_objects(),
                index.num_objects()
            ));
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
    pub fn open_loose(&self, id: &oid) -> Option<io::Result<(Kind, Box<dyn Read>)>> {
        self.loose_path(id).map(|path| open_loose(&path))
    }

    /// Opens a packed object that is stored without a delta. `None` when it is
    /// not packed in that way.
    pub fn open_packed(&self, id: &oid) -> Option<(Kind, Box<dyn Read + '_>)> {
        self.packs.iter().find_map(|bundle| {
            let at = bundle.index.lookup(id)?;
            open_entry(bundle, bundle.index.pack_offset_at_index(at))
        })
    }
}

/// Opens the entry of a pack that is stored without a delta.
pub fn open_entry(bundle: &Bundle, offset: u64) -> Option<(Kind, Box<dyn Read + '_>)> {
    let entry = bundle.pack.entry(offset).ok()?;
    let kind = entry.header.as_kind()?;
    let data = bundle
        .pack
        .entry_slice(entry.data_offset..bundle.pack.pack_end() as u64)?;
    let text = ZlibDecoder::new(data).take(entry.decompressed_size);
    Some((kind, Box::new(text)))
}

fn open_loose(path: &Path) -> io::Result<(Kind, Box<dyn Read>)> {
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
    Ok((kind, Box::new(Exactly { text, left: size })))
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
    pub fn read(&self, id: &oid, out: &mut Vec<u8>) -> Result<Option<Kind>, String> {
        let mut failure = None;
        for bundle in &self.store.packs {
            let mut bases = self.bases.borrow_mut();
            let mut inflate = self.inflate.borrow_mut();
            match bundle.find(id, out, &mut inflate, &mut *bases) {
                Ok(Some((object, _))) => return Ok(Some(object.kind)),
                Ok(None) => {}
                // Another copy may be whole.
                Err(error) => failure = Some(error.to_string()),
            }
        }
        match self.store.open_loose(id) {
            Some(opened) => opened
                .and_then(|(kind, text)| {
                    out.clear();
                    text.take(MAX_OBJECT as u64 + 1).read_to_end(out)?;
                    if out.len() > MAX_OBJECT {
                        return Err(io::Error::other("too long to be held in memory"));
                    }
                    Ok(Some(kind))
                })
                .map_err(|error| error.to_string()),
            None => failure.map_or(Ok(None), Err),
        }
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
            .map_err(|error| gix::error::message!("{error}"))?;
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
        provenance: Provenance::File(path.to_path_buf()),
        reason: SkipReason::Damaged,
        detail: why.to_owned(),
    }
}

/// The object folders together with those that they borrow objects from.
fn with_alternates(folders: &[PathBuf], skipped: &mut Vec<Skipped>) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = Vec::new();
    let mut seen = BTreeSet::new();
    let mut next: Vec<PathBuf> = folders.to_vec();
    for _ in 0..=ALTERNATES_DEPTH {
        for folder in std::mem::take(&mut next) {
            let real = match fs::canonicalize(&folder) {
                Ok(real) => real,
                Err(error) => {
                    skipped.push(super::super::files::skipped(&folder, &error));
                    continue;
                }
            };
            if !seen.insert(real) {
                continue;
            }
            match alternates(&folder) {
                Ok(more) => next.extend(more),
                Err(why) => skipped.push(damaged_file(&folder.join("info/alternates"), &why)),
            }
            all.push(folder);
        }
    }
    for folder in next {
        skipped.push(damaged_file(&folder, "too many alternates lead to it"));
    }
    all
}

fn alternates(folder: &Path) -> Result<Vec<PathBuf>, String> {
    match fs::read(folder.join("info/alternates")) {
        Ok(text) => {
            let paths = gix::odb::alternate::parse(&text).map_err(|error| error.to_string())?;
            Ok(paths.into_iter().map(|path| folder.join(path)).collect())
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error.to_string()),
    }
}
