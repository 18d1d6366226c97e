//! One reftable: the refs of a git repository, sorted by their names, and the
//! entries of their reflogs.
//!
//! The format is described in git's `Documentation/technical/reftable.adoc`, which
//! is also at <https://git-scm.com/docs/reftable>. Blocks are read one after the
//! other from the beginning of their section to its end. What only helps to find
//! one name or one object is not used: indexes, the blocks of objects, and restarts
//! beyond a check that they are where they say.

use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::ops::ControlFlow;

use crate::container::Unread;
use crate::container::bytes::Bytes;
use crate::container::codec::deflate::Inflated;

const MAGIC: &[u8; 4] = b"REFT";
/// The longest name, as long as a path can be and as git's own blocks are: a record
/// of a few bytes stands for all of it.
const LONGEST_NAME: usize = 4096;
/// What stands behind the name in the key of an entry of a reflog: a zero byte
/// and the number of the change.
const CHANGE: usize = 9;
/// A byte of a table stands for no more bytes of reflogs, by and large: half of an
/// entry are ids, which can't be compressed.
const MOST_INFLATED: u64 = 64;
/// Small tables need no such bound.
const FIRST_INFLATED: u64 = 64 << 20;

const REFS: u8 = b'r';
const OBJECTS: u8 = b'o';
const LOGS: u8 = b'g';
const INDEX: u8 = b'i';

/// A table that is read in pieces.
pub struct Table<R> {
    input: R,
    /// Where the footer begins.
    end: u64,
    /// How long the header is.
    header: usize,
    /// What blocks of refs are padded to; 0 without padding.
    block_size: u64,
    id_length: usize,
    sections: Sections,
    /// Bytes that blocks of reflogs may still inflate to.
    inflatable: u64,
}

/// Where the sections after that of the refs begin; 0 where there are none.
struct Sections {
    ref_index: u64,
    objects: u64,
    logs: u64,
    log_index: u64,
}

/// What a ref is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// It is no more, whatever older tables say.
    Deleted,
    /// An object, by the bytes of its id.
    Object(&'a [u8]),
    /// Another ref, by its name.
    Name(&'a [u8]),
}

/// Which entry of a reflog: one ref has one for each change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntryKey<'a> {
    /// The name of the ref.
    pub name: &'a [u8],
    /// The number of the change, which grows.
    pub change: u64,
}

/// An entry of a reflog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The object before, by the bytes of its id; zeros for none.
    pub before: &'a [u8],
    /// The object after.
    pub after: &'a [u8],
    /// Who changed it.
    pub name: &'a [u8],
    /// Their address.
    pub email: &'a [u8],
    /// When, since 1970.
    pub seconds: u64,
    /// Minutes from Greenwich.
    pub zone: i16,
    /// Why.
    pub message: &'a [u8],
}

/// Takes refs by their names, until it breaks.
pub type TakeRef<'t> = dyn FnMut(&[u8], Value<'_>) -> ControlFlow<()> + 't;
/// Takes the entries of reflogs, the newest of a ref first, until it breaks. `None`
/// is an entry that was removed, whatever older tables say.
pub type TakeEntry<'t> = dyn FnMut(EntryKey<'_>, Option<Entry<'_>>) -> ControlFlow<()> + 't;
/// Takes a record by its key and its kind, and its value off the front of what
/// follows. `None` when that is no value.
type TakeRecord<'t> = dyn FnMut(&[u8], u8, &mut Bytes<'_>) -> Option<ControlFlow<()>> + 't;

/// Tells a table by its first bytes.
pub fn is(head: &[u8]) -> bool {
    let header = match head.strip_prefix(MAGIC) {
        Some([1, ..]) => 24,
        Some([2, ..]) => 28,
        _ => return false,
    };
    matches!(head.get(header), Some(&(REFS | LOGS | b'R')))
}

fn damaged(why: impl Into<String>) -> Unread {
    Unread::Damaged(why.into())
}

fn broken(error: io::Error) -> Unread {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => damaged("it is cut short"),
        _ => damaged(error.to_string()),
    }
}

impl<R: Read + Seek> Table<R> {
    /// Reads the header and the footer.
    ///
    /// # Errors
    ///
    /// When they make no sense.
    pub fn open(mut input: R) -> Result<Table<R>, Unread> {
        let length = input.seek(SeekFrom::End(0)).map_err(broken)?;
        let mut start = [0; 5];
        input.rewind().map_err(broken)?;
        input.read_exact(&mut start).map_err(broken)?;
        let (header, footer) = match start {
            [b'R', b'E', b'F', b'T', 1] => (24, 68),
            [b'R', b'E', b'F', b'T', 2] => (28, 72),
            [b'R', b'E', b'F', b'T', version] => {
                return Err(Unread::Unsupported(format!("a table of version {version}")));
            }
            _ => return Err(damaged("it has no valid header")),
        };
        let end = length.checked_sub(footer as u64);
        let end = end.filter(|end| *end >= header as u64);
        let end = end.ok_or_else(|| damaged("it is cut short"))?;
        let mut both = vec![0; header + footer];
        let (head, foot) = both.split_at_mut(header);
        input.rewind().map_err(broken)?;
        input.read_exact(head).map_err(broken)?;
        input.seek(SeekFrom::Start(end)).map_err(broken)?;
        input.read_exact(foot).map_err(broken)?;
        Table::parsed(input, end, head, foot)
    }

    fn parsed(input: R, end: u64, head: &[u8], foot: &[u8]) -> Result<Table<R>, Unread> {
        let (checked, sum) = foot.split_at(foot.len() - 4);
        let mut crc = flate2::Crc::new();
        crc.update(checked);
        if !foot.starts_with(head) || crc.sum().to_be_bytes() != *sum {
            return Err(damaged("its footer is not that of its header"));
        }
        let id_length = match &head[24..] {
            b"" | b"sha1" => 20,
            b"s256" => 32,
            _ => return Err(Unread::Unsupported("ids of an unknown hash".to_owned())),
        };
        let mut places = Bytes::at(checked, head.len());
        let mut place = || places.u64_be().unwrap_or_default();
        let (ref_index, objects, _object_index) = (place(), place(), place());
        let sections = Sections {
            ref_index,
            // The other bits say how much of an id stands there.
            objects: objects >> 5,
            logs: place(),
            log_index: place(),
        };
        let inside = |place| place == 0 || (head.len() as u64..end).contains(&place);
        if !inside(sections.logs) {
            return Err(damaged("its footer leads out of it"));
        }
        Ok(Table {
            input,
            end,
            header: head.len(),
            block_size: Bytes::at(head, 5).uint_be(3).unwrap_or_default(),
            id_length,
            sections,
            inflatable: FIRST_INFLATED + MOST_INFLATED.saturating_mul(end),
        })
    }

    /// How many bytes an id has.
    pub fn id_length(&self) -> usize {
        self.id_length
    }

    /// Gives every ref, sorted by name.
    ///
    /// # Errors
    ///
    /// When not all of them can be read. What was given before is right.
    pub fn refs(&mut self, take: &mut TakeRef<'_>) -> Result<(), Unread> {
        let length = self.id_length;
        let mut take = |name: &[u8], kind: u8, rest: &mut Bytes<'_>| {
            let _change = varint(rest)?;
            let value = match kind {
                0 => Value::Deleted,
                1 => Value::Object(rest.take(length)?),
                2 => {
                    let tag = rest.take(length)?;
                    let _what_it_leads_to = rest.take(length)?;
                    Value::Object(tag)
                }
                3 => Value::Name(sized(rest)?),
                _ => return None,
            };
            Some(take(name, value))
        };
        let (mut place, mut key) = (0, Vec::new());
        while let Some(kind) = self.kind_at(place)? {
            if kind != REFS {
                break;
            }
            let block = self.block(place)?;
            if block.records(&mut key, &mut take)?.is_break() {
                return Ok(());
            }
            place = block.next;
        }
        match self.ends_refs(place)? {
            true => Ok(()),
            false => Err(no_block(place)),
        }
    }

    /// Whether the section of the refs ends here: a block that lost its kind does not
    /// end it.
    fn ends_refs(&mut self, place: u64) -> Result<bool, Unread> {
        let Sections {
            ref_index,
            objects,
            logs,
            ..
        } = self.sections;
        let kind = self.kind_at(place)?;
        Ok(if ref_index != 0 {
            // It may have several levels, of which this is the last one.
            kind == Some(INDEX) && place <= ref_index
        } else if objects != 0 {
            kind == Some(OBJECTS) && place == objects
        } else if logs != 0 {
            // A table that has nothing but reflogs begins with them.
            kind == Some(LOGS) && (place == logs || place == 0)
        } else {
            kind.is_none() || (kind == Some(LOGS) && place == 0)
        })
    }

    /// Gives every entry of the reflogs, sorted by the names of the refs.
    ///
    /// # Errors
    ///
    /// When not all of them can be read. What was given before is right.
    pub fn logs(&mut self, take: &mut TakeEntry<'_>) -> Result<(), Unread> {
        let length = self.id_length;
        let mut take = |key: &[u8], kind: u8, rest: &mut Bytes<'_>| {
            let (name, change) = key.split_last_chunk::<8>()?;
            let key = EntryKey {
                name: name.strip_suffix(b"\0")?,
                change: !u64::from_be_bytes(*change),
            };
            let entry = match kind {
                0 => None,
                1 => Some(Entry::read(rest, length)?),
                _ => return None,
            };
            Some(take(key, entry))
        };
        let mut place = self.sections.logs;
        if place == 0 && self.kind_at(0)? != Some(LOGS) {
            return Ok(());
        }
        let mut key = Vec::new();
        while let Some(kind) = self.kind_at(place)? {
            if kind == INDEX && place <= self.sections.log_index {
                return Ok(());
            }
            if kind != LOGS {
                return Err(no_block(place));
            }
            let block = self.block(place)?;
            if block.records(&mut key, &mut take)?.is_break() {
                return Ok(());
            }
            place = block.next;
        }
        match self.sections.log_index {
            0 => Ok(()),
            _ => Err(no_block(place)),
        }
    }

    /// How long the header is that stands before a block and counts as part of it.
    fn header_before(&self, place: u64) -> usize {
        if place == 0 { self.header } else { 0 }
    }

    /// The kind of the block at a place. `None` at the end.
    fn kind_at(&mut self, place: u64) -> Result<Option<u8>, Unread> {
        let place = place + self.header_before(place) as u64;
        if place >= self.end {
            return Ok(None);
        }
        let mut kind = [0];
        self.read_at(place, &mut kind)?;
        Ok(Some(kind[0]))
    }

    fn read_at(&mut self, place: u64, bytes: &mut [u8]) -> Result<(), Unread> {
        let end = place.saturating_add(bytes.len() as u64);
        if end > self.end {
            return Err(damaged(format!("a block at {place} is cut short")));
        }
        self.input.seek(SeekFrom::Start(place)).map_err(broken)?;
        self.input.read_exact(bytes).map_err(broken)
    }

    /// Reads the block at a place, and finds the next one.
    fn block(&mut self, place: u64) -> Result<Block, Unread> {
        let start = self.header_before(place) + 4;
        let mut bytes = vec![0; start];
        self.read_at(place, &mut bytes)?;
        let mut fields = Bytes::at(&bytes, start - 4);
        let kind = fields.u8();
        let length = fields.uint_be(3).unwrap_or_default() as usize;
        let from = place + start as u64;
        let Some(rest) = length.checked_sub(start) else {
            return Err(damaged(format!("a block at {place} has no length")));
        };
        let next = if kind == Some(LOGS) {
            self.inflate(from, rest, &mut bytes)?
        } else {
            if rest as u64 > self.end - from {
                return Err(damaged(format!("a block at {place} is cut short")));
            }
            bytes.resize(length, 0);
            self.read_at(from, &mut bytes[start..])?;
            self.behind(place, length)?
        };
        Ok(Block {
            place,
            bytes,
            start,
            next,
        })
    }

    /// Where the block begins that follows one of this length, which may be padded.
    fn behind(&mut self, place: u64, length: usize) -> Result<u64, Unread> {
        let next = place + length as u64;
        let mut byte = [0];
        if next < self.end {
            self.read_at(next, &mut byte)?;
        }
        if next == self.end || byte[0] != 0 {
            return Ok(next);
        }
        let padded = place + self.block_size;
        match padded > next {
            true => Ok(padded.min(self.end)),
            false => Err(no_block(next)),
        }
    }

    /// Inflates a block to what comes behind its own header, and gives the place
    /// behind it.
    fn inflate(&mut self, from: u64, length: usize, bytes: &mut Vec<u8>) -> Result<u64, Unread> {
        let left = self.inflatable.checked_sub(length as u64);
        self.inflatable = left.ok_or_else(|| {
            Unread::Limit(format!(
                "its reflogs are more than {MOST_INFLATED} times it"
            ))
        })?;
        self.input.seek(SeekFrom::Start(from)).map_err(broken)?;
        let compressed = (&mut self.input).take(self.end - from);
        let mut compressed = BufReader::new(compressed);
        let start = bytes.len();
        Inflated::new(&mut compressed)
            .take(length as u64 + 1)
            .read_to_end(bytes)
            .map_err(broken)?;
        if bytes.len() - start != length {
            return Err(damaged(format!("a block at {from} has not its length")));
        }
        let left = compressed.buffer().len() as u64 + compressed.get_ref().limit();
        Ok(self.end - left)
    }
}

fn no_block(place: u64) -> Unread {
    damaged(format!("there is no block at {place}"))
}

/// A block, with nothing of it compressed.
struct Block {
    place: u64,
    bytes: Vec<u8>,
    /// Where its records begin.
    start: usize,
    /// Where the next block begins.
    next: u64,
}

impl Block {
    /// Reads the records of a block. `key` is that of the last one before them, and
    /// becomes that of each: they grow, so nothing is given twice.
    fn records(
        &self,
        key: &mut Vec<u8>,
        take: &mut TakeRecord<'_>,
    ) -> Result<ControlFlow<()>, Unread> {
        let wrong = |why| damaged(format!("a block at {} {why}", self.place));
        let (records, mut restarts) = self.parts().ok_or_else(|| wrong("has no records"))?;
        let end = self.start + records.len();
        let mut restart = restarts.uint_be(3);
        let mut rest = Bytes(records);
        while !rest.0.is_empty() {
            let place = end - rest.0.len();
            let is_restart = restart == Some(place as u64);
            if is_restart {
                restart = restarts.uint_be(3);
            }
            let (shared, kind, suffix) = head(&mut rest).ok_or_else(|| wrong("is damaged"))?;
            let is_whole = is_restart || place == self.start;
            if shared > key.len() || (is_whole && shared > 0) || suffix <= &key[shared..] {
                return Err(wrong("has names in a wrong order"));
            }
            if shared + suffix.len() > LONGEST_NAME + CHANGE {
                let why = format!("a name of more than {LONGEST_NAME} bytes");
                return Err(Unread::Limit(why));
            }
            key.truncate(shared);
            key.extend(suffix);
            let flow = take(key, kind, &mut rest).ok_or_else(|| wrong("is damaged"))?;
            if flow.is_break() {
                return Ok(flow);
            }
        }
        match restart {
            None => Ok(ControlFlow::Continue(())),
            Some(_) => Err(wrong("has records where there are none")),
        }
    }

    /// Its records, and the places of those that have their whole name.
    fn parts(&self) -> Option<(&[u8], Bytes<'_>)> {
        let (rest, count) = self.bytes.get(self.start..)?.split_last_chunk()?;
        let count = usize::from(u16::from_be_bytes(*count));
        let end = rest.len().checked_sub(3 * count)?;
        (count > 0 && end > 0).then(|| (&rest[..end], Bytes(&rest[end..])))
    }
}

impl<'a> Entry<'a> {
    fn read(rest: &mut Bytes<'a>, id_length: usize) -> Option<Entry<'a>> {
        Some(Entry {
            before: rest.take(id_length)?,
            after: rest.take(id_length)?,
            name: sized(rest)?,
            email: sized(rest)?,
            seconds: varint(rest)?,
            zone: i16::from_be_bytes(rest.array()?),
            message: sized(rest)?,
        })
    }
}

/// What a record begins with: how much of its name it shares with the one before,
/// its kind, and the rest of its name.
fn head<'a>(rest: &mut Bytes<'a>) -> Option<(usize, u8, &'a [u8])> {
    let shared = usize::try_from(varint(rest)?).ok()?;
    let length = varint(rest)?;
    let suffix = rest.take(usize::try_from(length >> 3).ok()?)?;
    Some((shared, (length & 7) as u8, suffix))
}

/// A number in groups of seven bits, as the offset of a delta in a pack.
fn varint(rest: &mut Bytes<'_>) -> Option<u64> {
    let mut byte = rest.u8()?;
    let mut value = u64::from(byte & 0x7f);
    while byte & 0x80 != 0 {
        byte = rest.u8()?;
        value = value.checked_add(1)?.checked_mul(128)? | u64::from(byte & 0x7f);
    }
    Some(value)
}

/// A piece, with its length before it.
fn sized<'a>(rest: &mut Bytes<'a>) -> Option<&'a [u8]> {
    let length = usize::try_from(varint(rest)?).ok()?;
    rest.take(length)
}

#[cfg(test)]
pub mod tests {
    use std::io::{Cursor, Write as _};

    use flate2::Compression;
    use flate2::write::ZlibEncoder;

    use super::*;

    /// How a table is written.
    #[derive(Clone, Copy)]
    struct Shape {
        version: u8,
        /// What blocks of refs are padded to; 0 without padding.
        block_size: usize,
        /// Records in a block.
        records: usize,
        /// Records from one with its whole name to the next.
        interval: usize,
    }

    const SMALL: Shape = Shape {
        version: 1,
        block_size: 0,
        records: 2,
        interval: 2,
    };

    /// A table under construction.
    struct Written {
        shape: Shape,
        bytes: Vec<u8>,
        logs: usize,
    }

    fn number(value: u64) -> Vec<u8> {
        let mut bytes = vec![(value & 0x7f) as u8];
        let mut value = value >> 7;
        while value > 0 {
            value -= 1;
            bytes.insert(0, (value & 0x7f) as u8 | 0x80);
            value >>= 7;
        }
        bytes
    }

    fn sized(text: &[u8]) -> Vec<u8> {
        [number(text.len() as u64), text.to_vec()].concat()
    }

    /// A record's key, kind and value.
    type Record = (Vec<u8>, u8, Vec<u8>);

    impl Written {
        fn new(shape: Shape) -> Written {
            let mut bytes = b"REFT".to_vec();
            bytes.push(shape.version);
            bytes.extend(&(shape.block_size as u32).to_be_bytes()[1..]);
            bytes.extend(1_u64.to_be_bytes());
            bytes.extend(9_u64.to_be_bytes());
            if shape.version == 2 {
                bytes.extend(b"s256");
            }
            Written {
                shape,
                bytes,
                logs: 0,
            }
        }

        fn header(&self) -> usize {
            if self.shape.version == 1 { 24 } else { 28 }
        }

        /// The records of a block with what stands behind them. Before them stand as
        /// many bytes as are said.
        fn block(&self, start: usize, records: &[Record]) -> Vec<u8> {
            let (mut bytes, mut restarts) = (Vec::new(), Vec::new());
            let mut before: &[u8] = b"";
            for (place, (key, kind, value)) in records.iter().enumerate() {
                if place % self.shape.interval == 0 {
                    before = b"";
                    restarts.push(start + bytes.len());
                }
                let pairs = key.iter().zip(before);
                let shared = pairs.take_while(|(a, b)| a == b).count();
                let suffix = &key[shared..];
                bytes.extend(number(shared as u64));
                bytes.extend(number((suffix.len() as u64) << 3 | u64::from(*kind)));
                bytes.extend(suffix);
                bytes.extend(value);
                before = key;
            }
            for restart in &restarts {
                bytes.extend(&(*restart as u32).to_be_bytes()[1..]);
            }
            bytes.extend((restarts.len() as u16).to_be_bytes());
            bytes
        }

        fn refs(mut self, records: &[Record]) -> Written {
            for records in records.chunks(self.shape.records) {
                let header = self.header();
                let is_first = self.bytes.len() == header;
                if !is_first && self.shape.block_size > 0 {
                    let size = self.shape.block_size;
                    self.bytes
                        .resize(self.bytes.len().next_multiple_of(size), 0);
                }
                let start = if is_first { header + 4 } else { 4 };
                let block = self.block(start, records);
                self.bytes.push(REFS);
                let length = start + block.len();
                self.bytes.extend(&(length as u32).to_be_bytes()[1..]);
                self.bytes.extend(block);
            }
            self
        }

        fn logs(mut self, records: &[Record]) -> Written {
            let is_first = self.bytes.len() == self.header();
            self.logs = if is_first { 0 } else { self.bytes.len() };
            for records in records.chunks(self.shape.records) {
                let is_first = self.bytes.len() == self.header();
                let start = if is_first { self.header() + 4 } else { 4 };
                let block = self.block(start, records);
                self.bytes.push(LOGS);
                let length = start + block.len();
                self.bytes.extend(&(length as u32).to_be_bytes()[1..]);
                let mut encoder = ZlibEncoder::new(&mut self.bytes, Compression::default());
                encoder.write_all(&block).expect("memory takes everything");
                encoder.finish().expect("memory takes everything");
            }
            self
        }

        fn end(mut self) -> Vec<u8> {
            let header = self.header();
            let mut footer = self.bytes[..header].to_vec();
            for place in [0, 0, 0, self.logs as u64, 0] {
                footer.extend(place.to_be_bytes());
            }
            let mut crc = flate2::Crc::new();
            crc.update(&footer);
            footer.extend(crc.sum().to_be_bytes());
            self.bytes.extend(footer);
            self.bytes
        }
    }

    fn some_refs(id_length: usize) -> Vec<Record> {
        let id = vec![7; id_length];
        let value = |value: &[u8]| [&[0], value].concat();
        vec![
            (b"HEAD".to_vec(), 3, value(&sized(b"refs/heads/main"))),
            (b"refs/heads/gone".to_vec(), 0, value(b"")),
            (b"refs/heads/main".to_vec(), 1, value(&id)),
            (b"refs/heads/main-2".to_vec(), 1, value(&id)),
            (b"refs/tags/v1".to_vec(), 2, value(&id.repeat(2))),
        ]
    }

    fn some_logs(id_length: usize) -> Vec<Record> {
        let entry = |name: &[u8], change: u64, kind: u8| {
            let key = [name, b"\0", &(!change).to_be_bytes()].concat();
            let ids = [vec![0; id_length], vec![7; id_length]].concat();
            let who = [sized(b"Ada"), sized(b"ada@example.com")].concat();
            let when = [number(1_700_000_000), (-90_i16).to_be_bytes().to_vec()].concat();
            let value = [ids, who, when, sized(b"commit: one\n")].concat();
            (key, kind, if kind == 0 { Vec::new() } else { value })
        };
        vec![
            entry(b"HEAD", 9, 1),
            entry(b"HEAD", 2, 0),
            entry(b"refs/heads/main", 300, 1),
        ]
    }

    /// Small tables that are read to their end.
    pub fn samples() -> Vec<Vec<u8>> {
        let shapes = [
            SMALL,
            Shape {
                version: 2,
                records: 5,
                interval: 1,
                ..SMALL
            },
            Shape {
                block_size: 200,
                ..SMALL
            },
        ];
        let both = shapes.map(|shape| {
            let id_length = if shape.version == 1 { 20 } else { 32 };
            let written = Written::new(shape).refs(&some_refs(id_length));
            written.logs(&some_logs(id_length)).end()
        });
        let refs = Written::new(SMALL).refs(&some_refs(20)).end();
        let logs = Written::new(SMALL).logs(&some_logs(20)).end();
        both.into_iter().chain([refs, logs]).collect()
    }

    type Read = (Vec<(Vec<u8>, String)>, Vec<(Vec<u8>, u64, String)>);

    fn read(bytes: &[u8]) -> Result<Read, Unread> {
        let mut table = Table::open(Cursor::new(bytes))?;
        let (mut refs, mut logs) = (Vec::new(), Vec::new());
        table.refs(&mut |name, value| {
            refs.push((name.to_vec(), format!("{value:?}")));
            ControlFlow::Continue(())
        })?;
        table.logs(&mut |key, entry| {
            logs.push((key.name.to_vec(), key.change, format!("{entry:?}")));
            ControlFlow::Continue(())
        })?;
        Ok((refs, logs))
    }

    /// A table whose footer is right again after a change.
    fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
        let header = if bytes.get(4) == Some(&2) { 28 } else { 24 };
        let footer = header + 44;
        if let Some(start) = bytes.len().checked_sub(footer)
            && start >= header
        {
            let (head, foot) = bytes.split_at_mut(start);
            foot[..header].copy_from_slice(&head[..header]);
            let mut crc = flate2::Crc::new();
            crc.update(&foot[..footer - 4]);
            foot[footer - 4..].copy_from_slice(&crc.sum().to_be_bytes());
        }
        bytes
    }

    #[test]
    fn every_record_is_given_in_whatever_blocks_it_stands() {
        for sample in &samples()[..3] {
            assert!(is(sample));
            let (refs, logs) = read(sample).expect("it is whole");
            let names: Vec<_> = refs.iter().map(|(name, _)| &name[..]).collect();
            let all = some_refs(20);
            let all: Vec<_> = all.iter().map(|(name, ..)| &name[..]).collect();
            assert_eq!(names, all);
            assert_eq!(refs[1].1, "Deleted");
            let keys: Vec<_> = logs.iter().map(|(name, at, _)| (&name[..], *at)).collect();
            let main = &b"refs/heads/main"[..];
            assert_eq!(keys, [(&b"HEAD"[..], 9), (b"HEAD", 2), (main, 300)]);
            assert_eq!(logs[1].2, "None");
            assert!(logs[2].2.contains("zone: -90"), "{}", logs[2].2);
        }
    }

    #[test]
    fn a_table_with_nothing_in_it_is_whole() {
        let empty = Written::new(SMALL).end();
        assert_eq!(read(&empty), Ok((vec![], vec![])));
        assert!(is(&empty));
    }

    #[test]
    fn numbers_are_those_of_deltas_in_packs() {
        for value in [0, 1, 127, 128, 16_511, 16_512, u64::MAX >> 1, u64::MAX] {
            assert_eq!(varint(&mut Bytes(&number(value))), Some(value), "{value}");
        }
        assert_eq!(varint(&mut Bytes(&[0xff; 11])), None);
        assert_eq!(varint(&mut Bytes(b"\x80")), None);
    }

    #[test]
    fn whatever_is_changed_gives_the_same_records_or_an_error() {
        for sample in samples() {
            let whole = read(&sample).expect("it is whole");
            for place in 0..sample.len() {
                for change in [1, 0x80, 0xff] {
                    let mut bytes = sample.clone();
                    bytes[place] ^= change;
                    // What the footer seals cannot change unseen; records can.
                    let _ = read(&sealed(bytes.clone()));
                    if let Ok((refs, logs)) = read(&bytes) {
                        assert_eq!((refs.len(), logs.len()), (whole.0.len(), whole.1.len()));
                    }
                }
                let _ = read(&sealed(sample[..place].to_vec()));
                assert!(read(&sample[..place]).is_err());
            }
        }
    }

    #[test]
    fn records_that_lead_back_are_an_error() {
        let again = [&some_refs(20)[2..3], &some_refs(20)[2..3]].concat();
        let one_each = Shape {
            records: 1,
            ..SMALL
        };
        for shape in [SMALL, one_each] {
            let bytes = Written::new(shape).refs(&again).end();
            let error = read(&bytes).expect_err("a name stands there twice");
            assert!(format!("{error:?}").contains("order"), "{error:?}");
        }
    }

    #[test]
    fn a_block_that_inflates_to_more_than_it_says_is_an_error() {
        let mut bytes = Written::new(SMALL).logs(&some_logs(20)).end();
        bytes[27] -= 1;
        let error = read(&sealed(bytes)).expect_err("it is longer");
        assert!(format!("{error:?}").contains("length"), "{error:?}");
    }

    #[test]
    fn a_long_name_that_a_few_bytes_repeat_is_not_copied_without_end() {
        let name = |end: u8| [&vec![b'x'; LONGEST_NAME + CHANGE][..], &[end]].concat();
        let records: Vec<Record> = (b'a'..=b'y').map(|end| (name(end), 0, vec![0])).collect();
        let bytes = Written::new(SMALL).refs(&records).end();
        assert!(matches!(read(&bytes), Err(Unread::Limit(_))));
    }
}
