//! Git packs that lie alone, and bundles, which are packs with a list of references.
//!
//! The formats are described at <https://git-scm.com/docs/gitformat-pack> and
//! <https://git-scm.com/docs/gitformat-bundle>.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, Read};
use std::ops::ControlFlow;
use std::rc::Rc;

use sha1::{Digest, Sha1};

use super::git_delta::{Stop, added, apply, damaged, too_large};
use super::git_input::{Content, Copied, Source};
use crate::container::bytes::Bytes;
use crate::container::codec::deflate::Inflated;
use crate::container::entry::{Container, Opens, Tells};
use crate::container::{Limits, Members, ReadSeek, Unread};

/// A chain of deltas has no more links; git makes 50, or 4095 where it is told to.
const LONGEST_CHAIN: usize = 4096;
/// For each byte of the file and of what was given, so many bytes may be decoded once
/// more because the base of a delta was not kept.
const MOST_AGAIN: u64 = 16;
/// What going to one more link of a chain costs besides its content, in bytes that could
/// be decoded in that time. Each entry brings it along for a few.
const LINK_COST: u64 = 512;
/// Small packs need no budget.
const FIRST_AGAIN: u64 = 1 << 20;
/// What one object costs in an index besides its content, roughly.
const ENTRY_COST: usize = 64;

/// A git bundle or pack.
pub const CONTAINER: Container = Container {
    id: "git-pack",
    tells: Tells::Head(is),
    opens: Opens::Seek(open),
    #[cfg(test)]
    samples: tests::samples,
    ..Container::BASE
};

/// Tells a pack or a bundle by its first bytes.
pub fn is(head: &[u8]) -> bool {
    if is_bundle(head) {
        return true;
    }
    let Some(rest) = head.strip_prefix(b"PACK") else {
        return false;
    };
    let mut fields = Bytes(rest);
    let version = fields.u32_be();
    let count = fields.u32_be();
    let kind = fields.u8().map(|byte| byte >> 4 & 7);
    matches!(version, Some(2 | 3))
        && count.is_some_and(|count| count > 0)
        && matches!(kind, Some(1..=4 | 6 | 7))
}

/// Gives each object as a member named by its kind and its place: `blob at 1234`.
/// Deltas are applied to their bases; how many have a base that is in another pack is
/// reported.
pub fn open(
    input: &mut dyn ReadSeek,
    limits: &Limits,
    members: &mut dyn Members,
) -> ControlFlow<()> {
    let mut pack = Pack {
        source: Source {
            input: BufReader::new(input),
            position: 0,
        },
        id_length: 20,
        kept: Kept::new(limits.memory / 3),
        ids: BTreeMap::new(),
        most_ids: limits.memory / 8 / ENTRY_COST,
        largest: limits.memory / 8,
        waiting: Vec::new(),
        dead: BTreeMap::new(),
        again: FIRST_AGAIN,
    };
    match pack.read(limits, members) {
        Ok(()) => ControlFlow::Continue(()),
        Err(Stop::Enough) => ControlFlow::Break(()),
        Err(Stop::Unread(why)) => {
            members.unread(b"", why);
            ControlFlow::Continue(())
        }
    }
}

/// The version of a bundle, by its first line.
/// What a bundle begins with.
const SIGNATURES: [&[u8]; 2] = [b"# v2 git bundle\n", b"# v3 git bundle\n"];

fn is_bundle(head: &[u8]) -> bool {
    SIGNATURES
        .iter()
        .any(|signature| head.starts_with(signature))
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Commit,
    Tree,
    Blob,
    Tag,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Commit => "commit",
            Kind::Tree => "tree",
            Kind::Blob => "blob",
            Kind::Tag => "tag",
        }
    }
}

/// What an entry of a pack holds.
enum Entry {
    Whole(Kind),
    /// A delta to the object at a place before it.
    ToPlace(u64),
    /// A delta to an object by its id.
    ToId(Vec<u8>),
}

/// What one entry adds to a chain of deltas.
enum Link {
    Whole(Rc<Object>),
    Delta {
        base: u64,
        content: Vec<u8>,
    },
    /// A delta to an object that isn't known.
    Unknown,
}

/// An object that is known whole.
struct Object {
    kind: Kind,
    content: Vec<u8>,
}

struct Pack<'a> {
    source: Source<'a>,
    /// Bytes of an object's id.
    id_length: usize,
    kept: Kept,
    /// Where the objects are, by their ids.
    ids: BTreeMap<[u8; 20], u64>,
    most_ids: usize,
    /// A larger object is no base, and no result of a delta.
    largest: usize,
    /// Deltas whose base wasn't known yet.
    waiting: Vec<u64>,
    /// Deltas that are known to give nothing, so that those to them need not be tried.
    dead: BTreeMap<u64, Dead>,
    /// Bytes that may still be decoded once more.
    again: u64,
}

/// Why a delta gives nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Dead {
    /// Its chain ends in an object that isn't known up to now.
    Unknown,
    /// It or something in its chain can't be read.
    Broken,
}

impl Pack<'_> {
    fn read(&mut self, limits: &Limits, members: &mut dyn Members) -> Result<(), Stop> {
        let start = self.read_bundle_header()?;
        let header = self.source.array::<12>()?;
        let mut fields = Bytes(&header);
        let is_valid = fields.take(4) == Some(b"PACK") && matches!(fields.u32_be(), Some(2 | 3));
        let Some(count) = fields.u32_be().filter(|_| is_valid) else {
            return Err(damaged("it has no valid header"));
        };
        for number in 0..u64::from(count) {
            if number >= limits.entries {
                let why = format!("more than {} objects", limits.entries);
                return Err(Stop::Unread(Unread::Limit(why)));
            }
            self.read_entry(start, members)?;
        }
        self.read_waiting(start, members)
    }

    /// Goes over the header of a bundle, if there is one. Gives where the pack begins.
    fn read_bundle_header(&mut self) -> Result<u64, Stop> {
        const LONGEST_LINE: u64 = 64 << 10;
        let mut head = Vec::new();
        (&mut self.source)
            .take(SIGNATURES[0].len() as u64)
            .read_to_end(&mut head)?;
        self.source.go_to(0)?;
        if !is_bundle(&head) {
            return Ok(0);
        }
        loop {
            let mut line = Vec::new();
            (&mut self.source)
                .take(LONGEST_LINE)
                .read_until(b'\n', &mut line)?;
            match &line[..] {
                b"\n" => return Ok(self.source.position),
                b"@object-format=sha256\n" => self.id_length = 32,
                line if line.ends_with(b"\n") => {}
                _ => return Err(damaged("its header has no end")),
            }
        }
    }

    /// Gives the next object, or notes that its base isn't known.
    fn read_entry(&mut self, start: u64, members: &mut dyn Members) -> Result<(), Stop> {
        let place = self.source.position;
        let (entry, size) = self.read_header(place)?;
        let Entry::Whole(kind) = entry else {
            let is_read = self.skip_content(size, members);
            let after = self.source.position;
            is_read?;
            let gained = MOST_AGAIN * (after - place) + 4 * LINK_COST;
            self.again = self.again.saturating_add(gained);
            match self.object(place) {
                Ok(Some(object)) => self.give(start, place, &object, members)?,
                Ok(None) if self.waiting.len() < self.most_ids => self.waiting.push(place),
                Ok(None) => return Err(too_large()),
                Err(Stop::Enough) => return Err(Stop::Enough),
                Err(Stop::Unread(why)) => {
                    let name = format!("delta at {}", place - start);
                    members.unread(name.as_bytes(), why);
                }
            }
            self.source.go_to(after)?;
            return Ok(());
        };
        let name = format!("{} at {}", kind.name(), place - start);
        let mut content = Content {
            inner: Inflated::new(&mut self.source),
            left: size,
            kept: (size <= self.largest as u64).then(|| Copied {
                hash: Sha1::new_with_prefix(format!("{} {size}\0", kind.name())),
                content: Vec::new(),
            }),
        };
        let flow = members.member(name.as_bytes(), &mut content);
        // The next object begins where this one ends.
        if flow.is_break() || members.pass(&mut content)?.is_break() {
            return Err(Stop::Enough);
        }
        let kept = content.kept.take();
        self.again = self.again.saturating_add(MOST_AGAIN.saturating_mul(size));
        if let Some(Copied { hash, content }) = kept {
            self.note(hash.finalize().into(), place);
            self.kept.add(place, Rc::new(Object { kind, content }));
        }
        Ok(())
    }

    /// Gives an object that is known whole.
    fn give(
        &mut self,
        start: u64,
        place: u64,
        object: &Object,
        members: &mut dyn Members,
    ) -> Result<(), Stop> {
        let Object { kind, content } = object;
        let mut hash = Sha1::new_with_prefix(format!("{} {}\0", kind.name(), content.len()));
        hash.update(content);
        self.note(hash.finalize().into(), place);
        self.again = self.again.saturating_add(MOST_AGAIN * content.len() as u64);
        let name = format!("{} at {}", kind.name(), place - start);
        match members.member(name.as_bytes(), &mut &content[..]) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Stop::Enough),
        }
    }

    /// Gives what a delta adds to an object that isn't known, piece by piece: in a
    /// bundle of the last commits, that is what they added.
    fn give_added(
        &mut self,
        start: u64,
        place: u64,
        members: &mut dyn Members,
    ) -> Result<(), Stop> {
        self.source.go_to(place)?;
        let (_, size) = self.read_header(place)?;
        let delta = self.read_content(size)?;
        let name = format!("delta at {}", place - start);
        match members.member(name.as_bytes(), &mut &added(&delta)[..]) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Stop::Enough),
        }
    }

    fn note(&mut self, id: [u8; 20], place: u64) {
        if self.ids.len() < self.most_ids {
            self.ids.insert(id, place);
        }
    }

    /// Gives the deltas whose base came after them.
    fn read_waiting(&mut self, start: u64, members: &mut dyn Members) -> Result<(), Stop> {
        const MOST_ROUNDS: u8 = 50;
        for _ in 0..MOST_ROUNDS {
            let waiting = std::mem::take(&mut self.waiting);
            let count = waiting.len();
            self.dead.retain(|_, why| *why != Dead::Unknown);
            for place in waiting {
                match self.object(place) {
                    Ok(Some(object)) => self.give(start, place, &object, members)?,
                    Ok(None) => self.waiting.push(place),
                    Err(Stop::Enough) => return Err(Stop::Enough),
                    Err(stop @ Stop::Unread(Unread::Limit(_))) if self.again < LINK_COST => {
                        return Err(stop);
                    }
                    Err(Stop::Unread(why)) => {
                        let name = format!("delta at {}", place - start);
                        members.unread(name.as_bytes(), why);
                    }
                }
            }
            if self.waiting.is_empty() {
                return Ok(());
            }
            if self.waiting.len() == count {
                break;
            }
        }
        let waiting = std::mem::take(&mut self.waiting);
        for place in &waiting {
            self.give_added(start, *place, members)?;
        }
        let count = waiting.len();
        let why = format!("{count} objects that are deltas to objects elsewhere");
        Err(Stop::Unread(Unread::Unsupported(why)))
    }

    /// The object at a place; nothing if it needs one that isn't known.
    fn object(&mut self, place: u64) -> Result<Option<Rc<Object>>, Stop> {
        let mut deltas = Vec::new();
        let mut deltas_size = 0;
        let mut at = place;
        let mut object = loop {
            if let Some(object) = self.kept.get(at) {
                break object;
            }
            let known = self.dead.get(&at).copied();
            let link = match known {
                Some(Dead::Unknown) => Ok(Link::Unknown),
                Some(Dead::Broken) => Err(damaged("a delta to an object that can't be read")),
                None => self.link(at),
            };
            let dead = match &link {
                Ok(Link::Unknown) => Some(Dead::Unknown),
                Err(Stop::Unread(Unread::Damaged(_))) => Some(Dead::Broken),
                _ => None,
            };
            if let Some(why) = dead {
                let places = deltas.iter().map(|(place, _)| *place);
                self.bury(places.chain([at]), why);
            }
            let (base, content) = match link? {
                Link::Whole(object) => break object,
                Link::Unknown => return Ok(None),
                Link::Delta { base, content } => (base, content),
            };
            deltas_size += content.len();
            if deltas_size > self.largest || deltas.len() == LONGEST_CHAIN {
                self.bury([place], Dead::Broken);
                return Err(too_large());
            }
            deltas.push((at, content));
            at = base;
        };
        while let Some((place, delta)) = deltas.pop() {
            let content = match apply(&object.content, &delta, self.largest) {
                Ok(content) => content,
                Err(stop) => {
                    let places = deltas.iter().map(|(place, _)| *place);
                    self.bury(places.chain([place]), Dead::Broken);
                    return Err(stop);
                }
            };
            let kind = object.kind;
            object = Rc::new(Object { kind, content });
            self.kept.add(place, Rc::clone(&object));
        }
        Ok(Some(object))
    }

    /// Reads one entry of a chain.
    fn link(&mut self, place: u64) -> Result<Link, Stop> {
        self.source.go_to(place)?;
        let (entry, size) = self.read_header(place)?;
        let content = self.read_content(size)?;
        let base = match entry {
            Entry::Whole(kind) => return Ok(Link::Whole(Rc::new(Object { kind, content }))),
            Entry::ToPlace(base) => Some(base),
            Entry::ToId(id) => self.find(&id),
        };
        Ok(base.map_or(Link::Unknown, |base| Link::Delta { base, content }))
    }

    /// Notes that these give nothing.
    fn bury(&mut self, places: impl IntoIterator<Item = u64>, why: Dead) {
        for place in places {
            if self.dead.len() < self.most_ids {
                self.dead.insert(place, why);
            }
        }
    }

    fn find(&self, id: &[u8]) -> Option<u64> {
        let id: &[u8; 20] = id.try_into().ok()?;
        self.ids.get(id).copied()
    }

    /// Reads what stands before an object's content: what it is, and the size of its
    /// content.
    fn read_header(&mut self, place: u64) -> Result<(Entry, u64), Stop> {
        let first = self.source.byte()?;
        let mut size = u64::from(first & 15);
        let mut byte = first;
        let mut shift = 4;
        while byte & 0x80 != 0 {
            if shift > 56 {
                return Err(damaged("an object of impossible size"));
            }
            byte = self.source.byte()?;
            size |= u64::from(byte & 0x7f) << shift;
            shift += 7;
        }
        let entry = match first >> 4 & 7 {
            1 => Entry::Whole(Kind::Commit),
            2 => Entry::Whole(Kind::Tree),
            3 => Entry::Whole(Kind::Blob),
            4 => Entry::Whole(Kind::Tag),
            6 => Entry::ToPlace(self.read_base_place(place)?),
            7 => {
                let mut id = Vec::new();
                let length = self.id_length;
                (&mut self.source)
                    .take(length as u64)
                    .read_to_end(&mut id)?;
                Entry::ToId(id)
            }
            _ => return Err(damaged("an object of unknown kind")),
        };
        Ok((entry, size))
    }

    /// Where the base of a delta is: so many bytes before it. Each further byte of that
    /// number counts from one more than the last could reach.
    fn read_base_place(&mut self, place: u64) -> Result<u64, Stop> {
        let invalid = || damaged("a delta without a base");
        let mut byte = self.source.byte()?;
        let mut distance = u64::from(byte & 0x7f);
        while byte & 0x80 != 0 {
            byte = self.source.byte()?;
            distance = distance
                .checked_add(1)
                .and_then(|distance| distance.checked_mul(128))
                .ok_or_else(invalid)?
                | u64::from(byte & 0x7f);
        }
        let base = place.checked_sub(distance).filter(|base| *base < place);
        base.ok_or_else(invalid)
    }

    /// Reads a content that is needed to make an object of it or by it.
    fn read_content(&mut self, size: u64) -> Result<Vec<u8>, Stop> {
        if size > self.largest as u64 {
            return Err(too_large());
        }
        let Some(again) = self.again.checked_sub(size + LINK_COST) else {
            let why = "deltas that need too much work".to_owned();
            return Err(Stop::Unread(Unread::Limit(why)));
        };
        self.again = again;
        let mut content = Vec::new();
        let decoder = Inflated::new(&mut self.source);
        decoder.take(size).read_to_end(&mut content)?;
        if content.len() as u64 != size {
            return Err(damaged("an object shorter than it says"));
        }
        Ok(content)
    }

    /// Goes over a content to the next object.
    fn skip_content(&mut self, size: u64, members: &mut dyn Members) -> Result<(), Stop> {
        let mut decoder = Inflated::new(&mut self.source);
        let mut content = (&mut decoder).take(size);
        if members.pass(&mut content)?.is_break() {
            return Err(Stop::Enough);
        }
        if content.limit() != 0 || decoder.read(&mut [0])? != 0 {
            return Err(damaged("an object of another length than it says"));
        }
        Ok(())
    }
}

/// Objects that are kept because deltas may need them, the newest ones.
struct Kept {
    objects: BTreeMap<u64, Rc<Object>>,
    order: VecDeque<u64>,
    size: usize,
    most: usize,
}

impl Kept {
    fn new(most: usize) -> Kept {
        Kept {
            objects: BTreeMap::new(),
            order: VecDeque::new(),
            size: 0,
            most,
        }
    }

    fn get(&self, place: u64) -> Option<Rc<Object>> {
        self.objects.get(&place).cloned()
    }

    fn add(&mut self, place: u64, object: Rc<Object>) {
        self.size += object.content.capacity() + ENTRY_COST;
        self.order.push_back(place);
        if let Some(old) = self.objects.insert(place, object) {
            self.size -= old.content.capacity() + ENTRY_COST;
        }
        while self.size > self.most {
            let Some(oldest) = self.order.pop_front() else {
                break;
            };
            if let Some(old) = self.objects.remove(&oldest) {
                self.size -= old.content.capacity() + ENTRY_COST;
            }
        }
    }
}

#[cfg(test)]
pub mod tests {
    use std::io::{Cursor, Write};

    use flate2::Compression;
    use flate2::write::ZlibEncoder;
    use proptest::prelude::*;

    use std::io::{self, Seek, SeekFrom};

    use super::*;
    use crate::container::collected::{Collected, LIMITS};

    fn header(kind: u8, mut size: usize) -> Vec<u8> {
        let mut bytes = vec![kind << 4 | (size & 15) as u8];
        size >>= 4;
        while size > 0 {
            *bytes.last_mut().expect("there is one") |= 0x80;
            bytes.push((size & 0x7f) as u8);
            size >>= 7;
        }
        bytes
    }

    fn entry(kind: u8, base: &[u8], content: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(content).expect("a vector takes all");
        let packed = encoder.finish().expect("a vector takes all");
        [header(kind, content.len()), base.to_vec(), packed].concat()
    }

    fn pack(entries: &[Vec<u8>]) -> Vec<u8> {
        let count = (entries.len() as u32).to_be_bytes();
        [b"PACK\0\0\0\x02", &count[..], &entries.concat(), &[0; 20]].concat()
    }

    /// A delta that copies the first four bytes of a base and adds a word.
    fn delta(base_size: u8, word: &[u8]) -> Vec<u8> {
        let size = word.len() as u8;
        [&[base_size, 4 + size, 0x90, 4, size][..], word].concat()
    }

    fn id(content: &[u8]) -> Vec<u8> {
        let hash = Sha1::new_with_prefix(format!("blob {}\0", content.len()));
        hash.chain_update(content).finalize().to_vec()
    }

    fn small() -> Vec<u8> {
        let blob = entry(3, b"", b"some words");
        let distance = blob.len() as u8;
        let to_place = entry(6, &[distance], &delta(10, b"thing"));
        let to_earlier = entry(7, &id(b"something"), &delta(9, b"what"));
        let to_later = entry(7, &id(b"after all"), &delta(9, b"shave"));
        let later = entry(3, b"", b"after all");
        pack(&[
            blob,
            to_place,
            to_earlier,
            to_later,
            later,
            entry(1, b"", b"tree x"),
        ])
    }

    fn read(pack: &[u8]) -> Collected {
        let mut collected = Collected::default();
        let _ = open(&mut Cursor::new(pack), &LIMITS, &mut collected);
        collected
    }

    /// Small inputs that are read to their end.
    pub fn samples() -> Vec<Vec<u8>> {
        let bundle = b"# v2 git bundle\n-00 x\n00 refs/heads/main\n\n";
        vec![small(), [&bundle[..], &small()].concat()]
    }

    #[test]
    fn objects_and_deltas_are_members() {
        let bundle = [
            b"# v2 git bundle\n-00 x\n00 refs/heads/main\n\n",
            &small()[..],
        ]
        .concat();
        for pack in [small(), bundle] {
            assert!(is(&pack));
            let found = read(&pack);
            assert!(found.unread.is_empty(), "{:?}", found.unread);
            let contents: Vec<_> = found.members.iter().map(|member| &member.1[..]).collect();
            let expected: [&[u8]; 6] = [
                b"some words",
                b"something",
                b"somewhat",
                b"after all",
                b"tree x",
                b"afteshave",
            ];
            assert_eq!(contents, expected);
            assert_eq!(found.names()[0], "blob at 12");
            assert!(found.names()[4].starts_with("commit at "));
        }
    }

    /// Gives one byte at a time.
    struct Drip(Cursor<Vec<u8>>);

    impl Read for Drip {
        fn read(&mut self, output: &mut [u8]) -> io::Result<usize> {
            let length = output.len().min(1);
            self.0.read(&mut output[..length])
        }
    }

    impl Seek for Drip {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            self.0.seek(to)
        }
    }

    #[test]
    fn a_bundle_may_come_byte_by_byte() {
        let bundle = [SIGNATURES[0], b"\n", &small()].concat();
        let mut found = Collected::default();
        let _ = open(&mut Drip(Cursor::new(bundle)), &LIMITS, &mut found);
        assert_eq!((found.members.len(), &found.unread[..]), (6, &[][..]));
    }

    #[test]
    fn an_object_is_read_as_far_as_it_says() {
        let mut blob = entry(3, b"", b"some words");
        blob[0] = 3 << 4 | 4;
        let found = read(&pack(&[blob]));
        assert_eq!(found.content("blob at 12"), b"some");
        assert!(
            found.unread[0].contains("another length"),
            "{:?}",
            found.unread
        );
    }

    #[test]
    fn deltas_to_other_packs_are_counted() {
        let entries = [1, 2, 3].map(|byte| entry(7, &[byte; 20], &delta(10, b"x")));
        let found = read(&pack(&entries));
        assert_eq!(
            found.unread,
            [": unsupported: 3 objects that are deltas to objects elsewhere"]
        );
    }

    #[test]
    fn what_deltas_to_other_packs_add_is_given() {
        // Ten bytes of the base, some of two pieces, and five bytes of the base.
        let delta = [
            &[30, 25, 0x91, 0, 10, 4][..],
            b"some",
            &[6],
            b" words",
            &[0x91, 3, 5],
        ]
        .concat();
        let found = read(&pack(&[entry(7, &[1; 20], &delta)]));
        assert_eq!(found.content("delta at 12"), b"\nsome words\n");
        assert_eq!(found.unread.len(), 1);
    }

    #[test]
    fn bases_that_were_not_kept_are_read_again() {
        let base = entry(3, b"", b"some words");
        let filler = vec![b'x'; 400_000];
        let filler: Vec<_> = (0..4).map(|_| entry(3, b"", &filler)).collect();
        let distance = base.len() + filler.iter().map(Vec::len).sum::<usize>();
        let distance = distance - 128;
        let distance = [0x80 | (distance >> 7) as u8, (distance & 0x7f) as u8];
        let last = entry(6, &distance, &delta(10, b"thing"));
        let found = read(&pack(&[vec![base], filler, vec![last]].concat()));
        assert!(found.unread.is_empty(), "{:?}", found.unread);
        assert!(found.holds(b"something"));
    }

    /// Counts how often it is asked to go elsewhere.
    struct Counted(Cursor<Vec<u8>>, usize);

    impl Read for Counted {
        fn read(&mut self, output: &mut [u8]) -> io::Result<usize> {
            self.0.read(output)
        }
    }

    impl Seek for Counted {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            self.1 += 1;
            self.0.seek(to)
        }
    }

    #[test]
    fn a_chain_that_gives_nothing_is_walked_once() {
        const LENGTH: usize = 3000;
        let after = entry(3, b"", b"what follows");
        for (root, told) in [
            (
                entry(7, &[9; 20], b""),
                ": unsupported: 3001 objects that are deltas to objects elsewhere",
            ),
            (entry(3, b"", b"some words"), "invalid delta"),
        ] {
            let first = entry(6, &[root.len() as u8], b"");
            let next = entry(6, &[first.len() as u8], b"");
            let mut entries = vec![root, first];
            entries.resize(LENGTH + 1, next);
            entries.push(after.clone());
            let mut input = Counted(Cursor::new(pack(&entries)), 0);
            let mut found = Collected::default();
            let _ = open(&mut input, &LIMITS, &mut found);
            assert!(found.holds(b"what follows"));
            let is_told = |words: &String| words.contains(told);
            assert!(found.unread.iter().any(is_told), "{:?}", found.unread);
            assert!(input.1 < 8 * LENGTH, "{} steps", input.1);
        }
    }

    #[test]
    fn links_without_content_cost_something() {
        let mut bytes = Cursor::new(entry(6, &[1], b""));
        let mut pack = Pack {
            source: Source {
                input: BufReader::new(&mut bytes),
                position: 0,
            },
            id_length: 20,
            kept: Kept::new(0),
            ids: BTreeMap::new(),
            most_ids: 0,
            largest: 9,
            waiting: Vec::new(),
            dead: BTreeMap::new(),
            again: LINK_COST + 1,
        };
        assert!(pack.source.go_to(2).is_ok() && pack.read_content(0).is_ok());
        assert!(pack.read_content(0).is_err());
    }

    #[test]
    fn invalid_deltas_are_damage() {
        let base = b"some words";
        for invalid in [
            &b""[..],
            b"\x09\x01\x01a",
            b"\x0a\x01\x02ab",
            b"\x0a\x03\x01a",
            b"\x0a\x01\x00",
            b"\x0a\x04\x91\x08\x04",
            b"\x0a\xff\xff\xff\x7f\x90\x04",
        ] {
            assert!(apply(base, invalid, 1 << 20).is_err(), "{invalid:?}");
        }
    }

    #[test]
    fn damage_anywhere_is_survived() {
        let pack = small();
        for place in 0..pack.len() {
            read(&pack[..place]);
            for bits in [1, 0x10, 0xff] {
                let mut pack = pack.clone();
                pack[place] ^= bits;
                is(&pack);
                read(&pack);
            }
        }
        let found = read(&pack[..60]);
        assert!(found.holds(b"some words") && !found.unread.is_empty());
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_are_survived(
            bytes in prop::collection::vec(any::<u8>(), 0..200),
            base in prop::collection::vec(any::<u8>(), 0..20),
        ) {
            read(&bytes);
            read(&pack(std::slice::from_ref(&bytes)));
            let _ = apply(&base, &bytes, 1 << 16);
            let blob = entry(3, b"", &base);
            let distance = blob.len() as u8;
            read(&pack(&[blob, entry(6, &[distance], &bytes), entry(7, &id(&base), &bytes)]));
        }
    }
}
