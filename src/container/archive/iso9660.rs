//! Images of CDs and DVDs: ISO 9660 with the long names of Joliet and Rock Ridge.
//!
//! The format is ECMA-119
//! (<https://ecma-international.org/publications-and-standards/standards/ecma-119/>); Joliet's
//! names are UTF-16, most significant byte first, in a second tree of directories; Rock
//! Ridge's are `NM` fields (IEEE P1282) of the System Use Sharing Protocol (IEEE P1281).

use std::collections::BTreeSet;
use std::io::{self, Read, SeekFrom};
use std::ops::ControlFlow;
use std::rc::Rc;

use crate::container::bytes::Bytes;
use crate::container::entry::{Container, Holds, Opens, Tells};
use crate::container::{Limits, Members, ReadSeek, Unread};

/// Where the first descriptor of a volume stands.
pub const DESCRIPTORS: u64 = 16 * SECTOR as u64;
const SECTOR: usize = 2048;
const MOST_DESCRIPTORS: u64 = 64;
/// Bytes of a directory record before the name.
const RECORD_HEADER: usize = 33;
/// A path is no longer than this; more only comes of directories in themselves.
const LONGEST_PATH: usize = 4096;

/// An ISO 9660 image.
pub const CONTAINER: Container = Container {
    id: "iso9660",
    tells: Tells::Head(|head| head.get(DESCRIPTORS as usize..).is_some_and(is)),
    opens: Opens::Seek(open),
    holds: Holds::Files,
    is_read_once: false,
    has_window: false,
    behind: None,
    opens_large: None,
    #[cfg(test)]
    samples: tests::samples,
};

/// Tells an image by the bytes that stand at [`DESCRIPTORS`].
pub fn is(descriptor: &[u8]) -> bool {
    matches!(descriptor, [0..=3, b'C', b'D', b'0', b'0', b'1', 1, ..])
}

/// Gives each file as a member named by its path: `DIR/FILE.TXT`.
pub fn open(
    input: &mut dyn ReadSeek,
    limits: &Limits,
    members: &mut dyn Members,
) -> ControlFlow<()> {
    let mut image = Image {
        input,
        block: SECTOR as u64,
        // Directories are part of the image. More of them than it has bytes come only
        // out of some that lie over each other.
        directory_bytes: 0,
        largest_directory: limits.memory / 4,
        entries: limits.entries.min((limits.memory / 64) as u64),
        most_waiting: limits.memory / 4,
        directories: BTreeSet::new(),
        files: BTreeSet::new(),
    };
    match image.read(members) {
        Ok(flow) => flow,
        Err(error) => {
            members.unread(b"", Unread::Damaged(error.to_string()));
            ControlFlow::Continue(())
        }
    }
}

struct Image<'a> {
    input: &'a mut dyn ReadSeek,
    /// Bytes of a block.
    block: u64,
    /// Bytes of directories that may still be read.
    directory_bytes: u64,
    largest_directory: usize,
    /// Files and directories that may be read.
    entries: u64,
    /// Bytes that directories may need while they wait.
    most_waiting: usize,
    /// Where the directories begin that were read.
    directories: BTreeSet<u32>,
    /// Where the files begin that were given, and how long their first run is.
    files: BTreeSet<(u32, u32)>,
}

/// A tree of directories.
#[derive(Clone, Copy)]
struct Tree {
    root: Extent,
    is_joliet: bool,
}

/// A run of blocks.
#[derive(Clone, Copy)]
struct Extent {
    location: u32,
    size: u32,
}

/// A directory that is still to be read.
struct Directory {
    extent: Extent,
    /// The path of the one in which it is; all that are in it share that.
    parent: Rc<[u8]>,
    name: Vec<u8>,
}

impl Directory {
    fn path(&self) -> Vec<u8> {
        join(&self.parent, &self.name)
    }

    /// What it needs while it waits, roughly.
    fn size(&self) -> usize {
        const ALLOCATION: usize = 16;
        size_of::<Directory>() + ALLOCATION + self.name.len()
    }
}

/// The path of something in a directory.
fn join(parent: &[u8], name: &[u8]) -> Vec<u8> {
    let mut path = parent.to_vec();
    if !path.is_empty() {
        path.push(b'/');
    }
    path.extend_from_slice(name);
    path
}

/// Directories that are still to be read, the next one last.
struct Waiting {
    directories: Vec<Directory>,
    /// What they need.
    size: usize,
}

impl Waiting {
    fn pop(&mut self) -> Option<Directory> {
        let directory = self.directories.pop()?;
        self.size -= directory.size();
        Some(directory)
    }

    fn push(&mut self, directory: Directory) {
        self.size += directory.size();
        self.directories.push(directory);
    }
}

impl Image<'_> {
    fn read(&mut self, members: &mut dyn Members) -> io::Result<ControlFlow<()>> {
        self.directory_bytes = self.input.seek(SeekFrom::End(0))?;
        let mut trees = self.trees()?;
        if trees.is_empty() {
            let why = Unread::Damaged("it has no volume".to_owned());
            members.unread(b"", why);
        }
        // The first tree that names a file gives it. Joliet has better names than a
        // plain first tree, Rock Ridge has the best.
        if !self.has_rock_ridge(&trees)? {
            trees.reverse();
        }
        for tree in trees {
            if self.read_tree(tree, members)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// The trees of directories, the one that every image has first.
    fn trees(&mut self) -> io::Result<Vec<Tree>> {
        let mut trees = Vec::new();
        for number in 0..MOST_DESCRIPTORS {
            let place = DESCRIPTORS + number * SECTOR as u64;
            let descriptor = self.bytes(place, SECTOR)?;
            if !is(&descriptor) || descriptor.len() < SECTOR {
                break;
            }
            let escape = Bytes::at(&descriptor, 88).array::<3>();
            let is_joliet = matches!(escape, Some([b'%', b'/', b'@' | b'C' | b'E']));
            if descriptor[0] == 1 || (descriptor[0] == 2 && is_joliet) {
                let block = Bytes::at(&descriptor, 128).u16_le().unwrap_or_default();
                if matches!(block, 512 | 1024 | 2048) {
                    self.block = block.into();
                }
                let root = Record::read(Bytes::at(&descriptor, 156).0);
                trees.extend(root.map(|root| Tree {
                    root: root.extent,
                    is_joliet: descriptor[0] == 2,
                }));
            }
        }
        Ok(trees)
    }

    /// Whether the first record of the first tree says that there are more fields.
    fn has_rock_ridge(&mut self, trees: &[Tree]) -> io::Result<bool> {
        let Some(tree) = trees.first().filter(|tree| !tree.is_joliet) else {
            return Ok(false);
        };
        let place = u64::from(tree.root.location) * self.block;
        let directory = self.bytes(place, SECTOR)?;
        let record = Record::read(&directory);
        Ok(record.is_some_and(|record| record.system_use.starts_with(b"SP")))
    }

    fn read_tree(&mut self, tree: Tree, members: &mut dyn Members) -> io::Result<ControlFlow<()>> {
        let root = Directory {
            extent: tree.root,
            parent: Rc::new([]),
            name: Vec::new(),
        };
        let mut waiting = Waiting {
            size: root.size(),
            directories: vec![root],
        };
        while let Some(directory) = waiting.pop() {
            let size = directory.extent.size;
            if !self.directories.insert(directory.extent.location) {
                continue;
            }
            let path: Rc<[u8]> = directory.path().into();
            let Some(left) = self.directory_bytes.checked_sub(size.into()) else {
                let why = Unread::Damaged("directories larger than the image".to_owned());
                members.unread(&path, why);
                break;
            };
            if size as usize > self.largest_directory {
                let why = Unread::Limit(format!("a directory of {size} bytes"));
                members.unread(&path, why);
                continue;
            }
            self.directory_bytes = left;
            let place = u64::from(directory.extent.location) * self.block;
            let records = self.bytes(place, size as usize)?;
            if records.len() < size as usize {
                let why = Unread::Damaged("a directory that is cut short".to_owned());
                members.unread(&path, why);
            }
            let first = waiting.directories.len();
            let flow =
                self.read_directory(&records, &path, tree.is_joliet, &mut waiting, members)?;
            if flow.is_break() {
                return Ok(flow);
            }
            waiting.directories[first..].reverse();
        }
        Ok(ControlFlow::Continue(()))
    }

    fn read_directory(
        &mut self,
        records: &[u8],
        path: &Rc<[u8]>,
        is_joliet: bool,
        waiting: &mut Waiting,
        members: &mut dyn Members,
    ) -> io::Result<ControlFlow<()>> {
        let mut extents = Vec::new();
        let mut is_full = false;
        for sector in records.chunks(SECTOR) {
            let mut rest = sector;
            while let Some(record) = Record::read(rest) {
                rest = rest.get(record.length..).unwrap_or_default();
                // The directory itself and the one above it.
                if matches!(record.name, [0 | 1]) {
                    continue;
                }
                extents.push(record.extent);
                if record.flags & MORE_EXTENTS != 0 && extents.len() <= SECTOR {
                    continue;
                }
                let extents = std::mem::take(&mut extents);
                let name = self.name(&record, is_joliet)?;
                let inner = join(path, &name);
                let known = self.files.len() + self.directories.len();
                let count = (known + waiting.directories.len()) as u64;
                if count >= self.entries || inner.len() > LONGEST_PATH {
                    let why =
                        Unread::Limit("more files or longer paths than may be read".to_owned());
                    members.unread(path, why);
                    return Ok(ControlFlow::Continue(()));
                }
                if record.flags & DIRECTORY != 0 {
                    let directory = Directory {
                        extent: record.extent,
                        parent: Rc::clone(path),
                        name,
                    };
                    if waiting.size + directory.size() <= self.most_waiting {
                        waiting.push(directory);
                    } else if !std::mem::replace(&mut is_full, true) {
                        let why = "more directories in it than can be kept".to_owned();
                        members.unread(path, Unread::Limit(why));
                    }
                    continue;
                }
                if self.give(&inner, extents, members).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn give(
        &mut self,
        path: &[u8],
        extents: Vec<Extent>,
        members: &mut dyn Members,
    ) -> ControlFlow<()> {
        let is_empty = extents.iter().all(|extent| extent.size == 0);
        let is_new = extents
            .first()
            .is_some_and(|extent| self.files.insert((extent.location, extent.size)));
        if is_empty || !is_new {
            return ControlFlow::Continue(());
        }
        let mut content = Content {
            input: &mut *self.input,
            block: self.block,
            extents: extents.into_iter(),
            left: 0,
        };
        members.member(path, &mut content)
    }

    /// The best name that a record has.
    fn name(&mut self, record: &Record<'_>, is_joliet: bool) -> io::Result<Vec<u8>> {
        if is_joliet {
            let (units, _) = record.name.as_chunks::<2>();
            let units: Vec<_> = units.iter().map(|unit| u16::from_be_bytes(*unit)).collect();
            let name = String::from_utf16_lossy(&units).into_bytes();
            return Ok(without_version(&name).to_vec());
        }
        let name = self.rock_ridge_name(record.system_use)?;
        Ok(name.unwrap_or_else(|| without_version(record.name).to_vec()))
    }

    /// The name in the fields after a record, which may go on elsewhere.
    fn rock_ridge_name(&mut self, fields: &[u8]) -> io::Result<Option<Vec<u8>>> {
        const MOST_AREAS: u8 = 8;
        let mut name = None;
        let mut fields = fields.to_vec();
        for _ in 0..MOST_AREAS {
            let mut next = None;
            let mut rest = Bytes(&fields);
            while let Some((kind, content)) = field(&mut rest) {
                match kind {
                    b"NM" => {
                        let part = content.get(1..).unwrap_or_default();
                        name.get_or_insert_with(Vec::new).extend_from_slice(part);
                    }
                    b"CE" => next = continuation(content),
                    _ => {}
                }
            }
            let Some((location, offset, length)) = next else {
                break;
            };
            let place = u64::from(location) * self.block + u64::from(offset);
            fields = self.bytes(place, (length as usize).min(SECTOR))?;
        }
        Ok(name)
    }

    /// The bytes at a place, or as many of them as there are.
    fn bytes(&mut self, place: u64, count: usize) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.input.seek(SeekFrom::Start(place))?;
        (&mut *self.input)
            .take(count as u64)
            .read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

const DIRECTORY: u8 = 2;
const MORE_EXTENTS: u8 = 0x80;

/// A file or directory in its directory.
struct Record<'a> {
    length: usize,
    extent: Extent,
    flags: u8,
    name: &'a [u8],
    /// What extensions have put after the name.
    system_use: &'a [u8],
}

impl<'a> Record<'a> {
    /// The record that bytes begin with; none after the last one of a sector.
    fn read(bytes: &'a [u8]) -> Option<Record<'a>> {
        let length = usize::from(*bytes.first()?);
        let record = bytes.get(..length)?;
        let extent = Extent {
            location: Bytes::at(record, 2).u32_le()?,
            size: Bytes::at(record, 10).u32_le()?,
        };
        let flags = *record.get(25)?;
        let name_length = usize::from(*record.get(32)?);
        let name = Bytes::at(record, RECORD_HEADER).take(name_length)?;
        // What follows the name stands at an even place.
        let after = (RECORD_HEADER + name_length).next_multiple_of(2);
        Some(Record {
            length,
            extent,
            flags,
            name,
            system_use: record.get(after..).unwrap_or_default(),
        })
    }
}

/// The next field of an extension: its kind and content.
fn field<'a>(rest: &mut Bytes<'a>) -> Option<(&'a [u8], &'a [u8])> {
    let kind = rest.take(2)?;
    let length = usize::from(rest.u8()?);
    let _version = rest.u8()?;
    Some((kind, rest.take(length.checked_sub(4)?)?))
}

/// Where fields go on: a block, a place in it, and a length.
fn continuation(content: &[u8]) -> Option<(u32, u32, u32)> {
    let number = |place| Bytes::at(content, place).u32_le();
    Some((number(0)?, number(8)?, number(16)?))
}

/// A plain name without the number of its version: `FILE.TXT;1`.
fn without_version(name: &[u8]) -> &[u8] {
    let end = memchr::memchr(b';', name);
    let name = name.get(..end.unwrap_or(name.len())).unwrap_or(name);
    name.strip_suffix(b".").unwrap_or(name)
}

/// A file's content, to be read.
struct Content<'a> {
    input: &'a mut dyn ReadSeek,
    block: u64,
    extents: std::vec::IntoIter<Extent>,
    /// Bytes of the extent that is being read.
    left: usize,
}

impl Read for Content<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.left == 0 {
            let Some(extent) = self.extents.next() else {
                return Ok(0);
            };
            let place = u64::from(extent.location) * self.block;
            self.input.seek(SeekFrom::Start(place))?;
            self.left = extent.size as usize;
        }
        let wanted = buffer.len().min(self.left);
        let length = self
            .input
            .read(buffer.get_mut(..wanted).unwrap_or_default())?;
        if length == 0 && wanted > 0 {
            let why = "it ends before this file does";
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, why));
        }
        self.left -= length;
        Ok(length)
    }
}

#[cfg(test)]
pub mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;
    use crate::container::collected::{Collected, LIMITS};

    fn record(name: &[u8], location: u32, size: u32, flags: u8, system_use: &[u8]) -> Vec<u8> {
        let mut record = vec![0; 33];
        record[2..6].copy_from_slice(&location.to_le_bytes());
        record[10..14].copy_from_slice(&size.to_le_bytes());
        record[25] = flags;
        record[32] = name.len() as u8;
        record.extend_from_slice(name);
        record.resize(record.len().next_multiple_of(2), 0);
        record.extend_from_slice(system_use);
        record[0] = record.len() as u8;
        record
    }

    fn descriptor(kind: u8, escape: &[u8; 3], root: u32) -> Vec<u8> {
        let mut descriptor = vec![0; SECTOR];
        descriptor[..7].copy_from_slice(&[kind, b'C', b'D', b'0', b'0', b'1', 1]);
        descriptor[88..91].copy_from_slice(escape);
        descriptor[128..130].copy_from_slice(&[0, 8]);
        descriptor[156..190].copy_from_slice(&record(&[0], root, 2048, DIRECTORY, b""));
        descriptor
    }

    fn name_field(name: &[u8]) -> Vec<u8> {
        [b"NM", &[name.len() as u8 + 5, 1, 0][..], name].concat()
    }

    /// An image of these sectors after two descriptors whose roots are the first two.
    fn image(sectors: &[Vec<u8>]) -> Vec<u8> {
        let mut image = vec![0; 16 * SECTOR];
        image.extend(descriptor(1, &[0; 3], 19));
        image.extend(descriptor(2, b"%/E", 20));
        image.extend(descriptor(255, &[0; 3], 0));
        for sector in sectors {
            let mut sector = sector.clone();
            sector.resize(SECTOR, 0);
            image.extend(sector);
        }
        image
    }

    fn small() -> Vec<u8> {
        let itself = record(&[0], 19, 2048, DIRECTORY, b"SP\x07\x01\xbe\xef\0");
        let continued = [22_u32, 22, 100, 100, 18, 18]
            .map(u32::to_le_bytes)
            .concat();
        let continued = [b"CE\x1c\x01", &continued[..]].concat();
        let fields = [name_field(b"long "), continued].concat();
        let first = [
            itself.clone(),
            record(b"FILE.;1", 23, 5, 0, &fields),
            record(b"DIR", 21, 2048, DIRECTORY, b""),
        ];
        let joliet = [
            record(b"\0x\0y", 24, 4, 0, b""),
            record(b"\0z", 23, 5, 0, b""),
        ];
        let inner = [
            itself,
            record(b"BIG.BIN;1", 23, 2048, MORE_EXTENTS, b""),
            record(b"BIG.BIN;1", 24, 3, 0, b""),
            record(b"TWO.TXT;1", 25, 4, 0, b""),
            record(b"UP", 19, 2048, DIRECTORY, b""),
        ];
        let mut area = vec![0; 100];
        area.extend(name_field(b"name.txt"));
        image(&[
            first.concat(),
            joliet.concat(),
            inner.concat(),
            area,
            b"first".to_vec(),
            b"four".to_vec(),
            b"last".to_vec(),
        ])
    }

    fn read(image: &[u8]) -> Collected {
        let mut collected = Collected::default();
        let _ = open(&mut Cursor::new(image), &LIMITS, &mut collected);
        collected
    }

    /// Small inputs that are read to their end.
    pub fn samples() -> Vec<Vec<u8>> {
        vec![small()]
    }

    #[test]
    fn files_are_members_once() {
        let image = small();
        assert!(is(&image[DESCRIPTORS as usize..]));
        let found = read(&image);
        assert!(found.unread.is_empty(), "{:?}", found.unread);
        let names = ["long name.txt", "DIR/BIG.BIN", "DIR/TWO.TXT", "xy"];
        assert_eq!(found.names(), names);
        assert_eq!(found.content("long name.txt"), b"first");
        assert_eq!(found.content("DIR/TWO.TXT"), b"last");
        assert_eq!(found.content("xy"), b"four");
    }

    #[test]
    fn a_file_may_have_several_extents() {
        let root = [
            record(b"BIG.BIN;1", 21, 2048, MORE_EXTENTS, b""),
            record(b"BIG.BIN;1", 23, 3, 0, b""),
        ];
        let sectors = [
            root.concat(),
            vec![],
            vec![b'a'; SECTOR],
            vec![],
            b"bcd".to_vec(),
        ];
        let found = read(&image(&sectors));
        let expected = [&[b'a'; SECTOR][..], b"bcd"].concat();
        assert_eq!(found.content("BIG.BIN"), expected);
    }

    #[test]
    fn only_so_many_directories_wait() {
        // Each has the same long name, which stands in one place.
        let area = (0..8).map(|_| name_field(&[b'n'; 250])).collect::<Vec<_>>();
        let continued = [21_u32, 21, 0, 0, 2040, 2040]
            .map(u32::to_le_bytes)
            .concat();
        let continued = [b"CE\x1c\x01", &continued[..]].concat();
        let itself = record(&[0], 19, 2048, DIRECTORY, b"SP\x07\x01\xbe\xef\0");
        let child = record(b"D", 22, 2048, DIRECTORY, &continued);
        const PER_SECTOR: usize = 32;
        let sectors = 30;
        let file = record(b"FILE.TXT;1", 23, 5, 0, b"");
        let size = (sectors + 5) * SECTOR as u32;
        let mut image = image(&[
            itself,
            vec![],
            area.concat(),
            vec![],
            b"first".to_vec(),
            file,
        ]);
        for _ in 0..sectors {
            let mut sector = child.repeat(PER_SECTOR.min(SECTOR / child.len()));
            sector.resize(SECTOR, 0);
            image.extend(sector);
        }
        // The root goes on over everything behind the file's sector.
        let root = record(&[0], 24, size - 4 * SECTOR as u32, DIRECTORY, b"");
        image[16 * SECTOR + 156..][..root.len()].copy_from_slice(&root);
        let limits = Limits {
            memory: 1 << 20,
            ..LIMITS
        };
        let mut found = Collected::default();
        let _ = open(&mut Cursor::new(image), &limits, &mut found);
        assert_eq!(found.content("FILE.TXT"), b"first");
        let is_told = |words: &String| words.contains("more directories in it than can be kept");
        assert!(found.unread.iter().any(is_told), "{:?}", found.unread);
    }

    #[test]
    fn an_image_that_is_cut_short_is_damaged() {
        let image = small();
        let found = read(&image[..24 * SECTOR]);
        assert!(found.holds(b"first") && !found.unread.is_empty());
    }

    #[test]
    fn damage_anywhere_is_survived() {
        let image = small();
        let places = (0..image.len()).skip(16 * SECTOR);
        for place in places.filter(|place| place % SECTOR < 300) {
            read(&image[..place]);
            for bits in [1, 0xff] {
                let mut image = image.clone();
                image[place] ^= bits;
                read(&image);
            }
        }
    }

    proptest! {
        #[test]
        fn arbitrary_directories_are_survived(
            bytes in prop::collection::vec(any::<u8>(), 0..300),
            locations in prop::collection::vec(18..24_u32, 0..9),
        ) {
            read(&bytes);
            let records = locations.iter().map(|location| record(b"D", *location, 4096, DIRECTORY, &bytes[..bytes.len().min(99)]));
            let records: Vec<u8> = records.flatten().collect();
            read(&image(&[records.clone(), bytes.clone(), records, bytes]));
        }
    }
}
