//! LevelDB's tables (`.ldb`, `.sst`) and logs (`.log`), in which Chrome-family
//! browsers keep Local Storage and IndexedDB.
//!
//! The formats are described in
//! <https://github.com/google/leveldb/blob/main/doc/table_format.md> and
//! <https://github.com/google/leveldb/blob/main/doc/log_format.md>; a log's records
//! are the batches of `db/write_batch.cc`. The values of IndexedDB that Chromium
//! compresses itself are those of `idb_value_wrapping.cc` in its source.

use std::borrow::Cow;
use std::io::{Read, SeekFrom};
use std::ops::ControlFlow;

use crate::container::bytes::{self, Bytes, read_all};
use crate::container::codec::snappy::unsnap;
use crate::container::entry::{Container, Opens, Tells};
use crate::container::{Field, Limits, Members, ReadSeek, Unread};

const FOOTER: usize = 48;
const TABLE_MAGIC: [u8; 8] = 0xdb47_7524_8b80_fb57_u64.to_le_bytes();
/// What stands after a block: its kind of compression and its checksum.
const BLOCK_TRAILER: usize = 5;
/// A log is written in pieces of this size.
const LOG_BLOCK: usize = 32 << 10;
const LOG_HEADER: usize = 7;
/// Sequence number and count before the entries of a batch.
const BATCH_HEADER: usize = 12;

/// The log of a LevelDB database.
pub const LOG: Container = Container {
    id: "leveldb-log",
    tells: Tells::Name(|head, name| name.ends_with(b".log") && is_log(head)),
    opens: Opens::Stream(open_log),
    #[cfg(test)]
    samples: tests::log_samples,
    ..Container::BASE
};

/// A table of a LevelDB database; what it ends in decides when it is opened.
pub const TABLE: Container = Container {
    id: "leveldb",
    tells: Tells::Name(|_, name| name.ends_with(b".ldb") || name.ends_with(b".sst")),
    opens: Opens::Either(open_table, open_whole_table),
    #[cfg(test)]
    samples: tests::table_samples,
    ..Container::BASE
};

/// Tells a table by its last bytes, of which there must be 48.
pub fn is_table(tail: &[u8]) -> bool {
    tail.last_chunk::<FOOTER>()
        .is_some_and(|footer| index_handle(footer).is_some())
}

/// Tells a log by its first bytes: a record with a valid checksum that begins a
/// batch, or, where it is longer than these bytes, at least a valid form.
pub fn is_log(head: &[u8]) -> bool {
    let Some(header) = LogHeader::read(head) else {
        return false;
    };
    let payload = Bytes::at(head, LOG_HEADER).0;
    let starts_record = match header.kind {
        FULL => header.length <= LOG_BLOCK - LOG_HEADER,
        FIRST => header.length == LOG_BLOCK - LOG_HEADER,
        _ => false,
    };
    if !starts_record || header.length < BATCH_HEADER {
        return false;
    }
    let valid_sum = match payload.get(..header.length) {
        Some(payload) => header.sum == masked_crc(&[&[header.kind], payload]),
        None => head.len() >= 4096,
    };
    let mut batch = Bytes(payload);
    let sequence = batch.u64_le().filter(|number| *number < 1 << 56);
    let count = batch.u32_le().filter(|count| *count > 0);
    let tag = batch.u8().filter(|tag| *tag <= 1);
    let length = batch.varint().filter(|length| *length < 1 << 24);
    let fields = sequence.zip(count).zip(tag).zip(length);
    valid_sum && fields.is_some()
}

/// Gives the entries of a table as records named `sequence 12`, each with its
/// `key` and `value` as the bytes that they are.
pub fn open_table(
    input: &mut dyn Read,
    limits: &Limits,
    members: &mut dyn Members,
) -> ControlFlow<()> {
    let file = read_all(input, limits, members);
    let index = file.last_chunk::<FOOTER>().and_then(index_handle);
    let Some(index) = index else {
        let why = Unread::Damaged("it has no valid footer".to_owned());
        members.unread(b"", why);
        return ControlFlow::Continue(());
    };
    let table = Table {
        file: &file,
        memory: limits.memory / 2,
    };
    let mut entries = Entries::new(limits);
    let flow = table.read(index, &mut entries, members);
    entries.left.answer(flow)
}

/// The same for what can be read in any order: it has to end as a table does.
fn open_whole_table(
    input: &mut dyn ReadSeek,
    limits: &Limits,
    members: &mut dyn Members,
) -> ControlFlow<()> {
    let mut footer = [0; FOOTER];
    let is_whole = input.seek(SeekFrom::End(-(FOOTER as i64))).is_ok()
        && input.read_exact(&mut footer).is_ok()
        && is_table(&footer);
    if input.seek(SeekFrom::Start(0)).is_err() || !is_whole {
        let why = "it is called a table of LevelDB and does not end as one";
        members.unread(b"", Unread::Unsupported(why.to_owned()));
        return ControlFlow::Continue(());
    }
    open_table(&mut &mut *input, limits, members)
}

/// Gives the entries of a log as [`open_table`] does. One that was deleted has a
/// key only.
pub fn open_log(
    input: &mut dyn Read,
    limits: &Limits,
    members: &mut dyn Members,
) -> ControlFlow<()> {
    let mut log = Log {
        batch: Vec::new(),
        batch_start: 0,
        broken: false,
        bad_sums: 0,
        entries: Entries::new(limits),
        limits,
    };
    let flow = log.read(input, members);
    log.entries.left.answer(flow)
}

/// Where the index block stands, from a footer.
fn index_handle(footer: &[u8; FOOTER]) -> Option<Handle> {
    let mut handles = Bytes(footer.strip_suffix(&TABLE_MAGIC)?);
    Handle::read(&mut handles)?;
    Handle::read(&mut handles)
}

/// Where a block stands in a table.
#[derive(Clone, Copy)]
struct Handle {
    offset: usize,
    size: usize,
}

impl Handle {
    fn read(bytes: &mut Bytes<'_>) -> Option<Handle> {
        let offset = usize::try_from(bytes.varint()?).ok()?;
        let size = usize::try_from(bytes.varint()?).ok()?;
        offset.checked_add(size)?.checked_add(BLOCK_TRAILER)?;
        Some(Handle { offset, size })
    }

    fn end(self) -> usize {
        self.offset + self.size + BLOCK_TRAILER
    }
}

struct Table<'a> {
    file: &'a [u8],
    /// Bytes that a block may have.
    memory: usize,
}

impl Table<'_> {
    fn read(
        &self,
        index: Handle,
        entries: &mut Entries,
        members: &mut dyn Members,
    ) -> ControlFlow<()> {
        let index = match self.block(index) {
            Ok(index) => index,
            Err(why) => {
                members.unread(b"index", why);
                return ControlFlow::Continue(());
            }
        };
        report_sum(index.valid_sum, b"index", members);
        // Blocks stand one after another. An index that names one twice would make a
        // small file give endless bytes.
        let mut end_of_last = 0;
        let mut cursor = BlockCursor::new(&index.content);
        while let Some((_, value)) = cursor.next() {
            let handle = Handle::read(&mut Bytes(value));
            let Some(handle) = handle.filter(|handle| handle.offset >= end_of_last) else {
                let why = Unread::Damaged("it names blocks out of order".to_owned());
                members.unread(b"index", why);
                continue;
            };
            end_of_last = handle.end();
            self.read_data(handle, entries, members)?;
        }
        report_end(&cursor, b"index", members);
        ControlFlow::Continue(())
    }

    fn read_data(
        &self,
        handle: Handle,
        entries: &mut Entries,
        members: &mut dyn Members,
    ) -> ControlFlow<()> {
        let name = format!("block at {}", handle.offset);
        let block = match self.block(handle) {
            Ok(block) => block,
            Err(why) => {
                members.unread(name.as_bytes(), why);
                return ControlFlow::Continue(());
            }
        };
        report_sum(block.valid_sum, name.as_bytes(), members);
        let mut cursor = BlockCursor::new(&block.content);
        while let Some((key, value)) = cursor.next() {
            // The last eight bytes of a key are a kind and a sequence number.
            let (key, sequence) = match key.split_last_chunk::<8>() {
                Some((key, number)) => (key, u64::from_le_bytes(*number) >> 8),
                None => (key, 0),
            };
            entries.give(sequence, key, value, members)?;
        }
        report_end(&cursor, name.as_bytes(), members);
        ControlFlow::Continue(())
    }

    fn block(&self, handle: Handle) -> Result<Block<'_>, Unread> {
        let stored = self.file.get(handle.offset..handle.end());
        let parts = stored.and_then(<[u8]>::split_last_chunk::<BLOCK_TRAILER>);
        let Some((content, [kind, sum @ ..])) = parts else {
            return Err(Unread::Damaged("it isn't inside the file".to_owned()));
        };
        let valid_sum = u32::from_le_bytes(*sum) == masked_crc(&[content, &[*kind]]);
        let content = match kind {
            0 => Cow::Borrowed(content),
            1 => Cow::Owned(unsnap(content, self.memory)?),
            2 => {
                return Err(Unread::Unsupported(
                    "a block compressed with zstd".to_owned(),
                ));
            }
            _ => return Err(Unread::Damaged("an unknown kind of compression".to_owned())),
        };
        Ok(Block { content, valid_sum })
    }
}

struct Block<'a> {
    content: Cow<'a, [u8]>,
    valid_sum: bool,
}

fn report_sum(is_valid: bool, name: &[u8], members: &mut dyn Members) {
    if !is_valid {
        let why = "its checksum is wrong; it was read nevertheless".to_owned();
        members.unread(name, Unread::Damaged(why));
    }
}

fn report_end(cursor: &BlockCursor<'_>, name: &[u8], members: &mut dyn Members) {
    if cursor.damaged {
        let why = "its entries end early".to_owned();
        members.unread(name, Unread::Damaged(why));
    }
}

/// The entries of a block. A key is stored as what it has after the beginning that
/// it shares with the key before it.
struct BlockCursor<'a> {
    entries: Bytes<'a>,
    key: Vec<u8>,
    damaged: bool,
}

impl<'a> BlockCursor<'a> {
    fn new(block: &'a [u8]) -> BlockCursor<'a> {
        let entries = block.split_last_chunk::<4>().and_then(|(rest, count)| {
            let restarts = (u32::from_le_bytes(*count) as usize).checked_mul(4)?;
            rest.get(..rest.len().checked_sub(restarts)?)
        });
        BlockCursor {
            // A block whose end is damaged may still begin with entries.
            entries: Bytes(entries.unwrap_or(block)),
            key: Vec::new(),
            damaged: entries.is_none(),
        }
    }

    fn next(&mut self) -> Option<(&[u8], &'a [u8])> {
        if self.entries.0.is_empty() {
            return None;
        }
        let Some((shared, added, value)) = self.parts() else {
            self.damaged = true;
            self.entries = Bytes(&[]);
            return None;
        };
        self.key.truncate(shared);
        self.key.extend_from_slice(added);
        Some((&self.key, value))
    }

    fn parts(&mut self) -> Option<(usize, &'a [u8], &'a [u8])> {
        let mut length = || usize::try_from(self.entries.varint()?).ok();
        let (shared, added, value) = (length()?, length()?, length()?);
        let added = self.entries.take(added)?;
        let value = self.entries.take(value)?;
        (shared <= self.key.len()).then_some((shared, added, value))
    }
}

const FULL: u8 = 1;
const FIRST: u8 = 2;
const MIDDLE: u8 = 3;
const LAST: u8 = 4;

/// The header of a piece of a log.
struct LogHeader {
    sum: u32,
    length: usize,
    kind: u8,
}

impl LogHeader {
    fn read(bytes: &[u8]) -> Option<LogHeader> {
        let mut bytes = Bytes(bytes);
        Some(LogHeader {
            sum: bytes.u32_le()?,
            length: usize::from(bytes.u16_le()?),
            kind: bytes.u8()?,
        })
    }
}

/// A log that is being read, block by block.
struct Log<'a> {
    /// What is known of the batch whose end has not come yet.
    batch: Vec<u8>,
    /// Where that batch begins.
    batch_start: u64,
    /// The batch is larger than it may be.
    broken: bool,
    bad_sums: u64,
    entries: Entries,
    limits: &'a Limits,
}

impl Log<'_> {
    fn read(&mut self, input: &mut dyn Read, members: &mut dyn Members) -> ControlFlow<()> {
        let mut block = Vec::with_capacity(LOG_BLOCK);
        let mut offset = 0;
        loop {
            block.clear();
            let read = input.take(LOG_BLOCK as u64).read_to_end(&mut block);
            self.read_block(&block, offset, members)?;
            offset += block.len() as u64;
            if let Err(error) = read {
                members.unread(b"", Unread::Damaged(error.to_string()));
                break;
            }
            if block.len() < LOG_BLOCK {
                break;
            }
        }
        self.finish(members)
    }

    fn read_block(
        &mut self,
        block: &[u8],
        offset: u64,
        members: &mut dyn Members,
    ) -> ControlFlow<()> {
        let mut rest = Bytes(block);
        while let Some(header) = LogHeader::read(rest.0) {
            // LevelDB fills the end of a block, and of a file that it has mapped
            // into memory, with zeros.
            if header.kind == 0 && header.length == 0 {
                break;
            }
            let start = offset + (block.len() - rest.0.len()) as u64;
            rest.take(LOG_HEADER);
            let available = rest.0;
            let payload = rest.take(header.length).unwrap_or_else(|| {
                let why = "a record that ends after its block or the file".to_owned();
                members.unread(place(start).as_bytes(), Unread::Damaged(why));
                rest = Bytes(&[]);
                available
            });
            if header.sum != masked_crc(&[&[header.kind], payload]) {
                self.bad_sums += 1;
            }
            self.read_piece(header.kind, payload, start, members)?;
        }
        ControlFlow::Continue(())
    }

    fn read_piece(
        &mut self,
        kind: u8,
        payload: &[u8],
        start: u64,
        members: &mut dyn Members,
    ) -> ControlFlow<()> {
        if matches!(kind, FULL | FIRST) {
            // A batch whose end is missing may still begin with whole entries.
            self.end_batch(members)?;
        }
        match kind {
            FULL => self.entries.give_batch(payload, start, members),
            FIRST | MIDDLE | LAST => {
                self.add(payload, start, members);
                if kind == LAST {
                    self.end_batch(members)?;
                }
                ControlFlow::Continue(())
            }
            _ => {
                let why = Unread::Damaged(format!("a record of unknown kind {kind}"));
                members.unread(place(start).as_bytes(), why);
                ControlFlow::Continue(())
            }
        }
    }

    fn add(&mut self, payload: &[u8], start: u64, members: &mut dyn Members) {
        if self.batch.is_empty() {
            self.batch_start = start;
        }
        if self.batch.len() + payload.len() <= self.limits.memory / 2 {
            self.batch.extend_from_slice(payload);
            return;
        }
        if !std::mem::replace(&mut self.broken, true) {
            let why = Unread::Limit("a batch that is too large".to_owned());
            members.unread(place(start).as_bytes(), why);
        }
    }

    fn end_batch(&mut self, members: &mut dyn Members) -> ControlFlow<()> {
        self.broken = false;
        if self.batch.is_empty() {
            return ControlFlow::Continue(());
        }
        let batch = std::mem::take(&mut self.batch);
        self.entries.give_batch(&batch, self.batch_start, members)
    }

    fn finish(&mut self, members: &mut dyn Members) -> ControlFlow<()> {
        if self.bad_sums > 0 {
            let why = format!(
                "{} wrong checksums; all was read nevertheless",
                self.bad_sums
            );
            members.unread(b"", Unread::Damaged(why));
        }
        if self.batch.is_empty() {
            return ControlFlow::Continue(());
        }
        let why = Unread::Damaged("its last batch has no end".to_owned());
        members.unread(b"", why);
        self.end_batch(members)
    }
}

fn place(offset: u64) -> String {
    format!("record at {offset}")
}

/// Gives entries and counts them.
struct Entries {
    left: bytes::Entries,
    memory: usize,
}

impl Entries {
    fn new(limits: &Limits) -> Entries {
        Entries {
            left: bytes::Entries::new(limits),
            memory: limits.memory / 2,
        }
    }

    fn give(
        &mut self,
        sequence: u64,
        key: &[u8],
        value: &[u8],
        members: &mut dyn Members,
    ) -> ControlFlow<()> {
        self.left.count(members)?;
        let mut fields = vec![Field {
            name: "key",
            value: key,
        }];
        let text = text_of_utf_16(value);
        let name = "value";
        match &text {
            Some(value) => fields.push(Field { name, value }),
            None if value.is_empty() => {}
            None => fields.push(Field { name, value }),
        }
        let unwrapped = unwrap_indexed_db(value, self.memory);
        if let Some(value) = &unwrapped {
            let name = "value decompressed";
            fields.push(Field { name, value });
        }
        members.record(&format!("sequence {sequence}"), &fields)
    }

    fn give_batch(
        &mut self,
        batch: &[u8],
        start: u64,
        members: &mut dyn Members,
    ) -> ControlFlow<()> {
        let mut batch = Bytes(batch);
        let header = batch.u64_le().zip(batch.u32_le());
        let mut sequence = header.map_or(0, |header| header.0);
        while !batch.0.is_empty() {
            let entry = match batch.u8() {
                Some(0) => batch.sized().map(|key| (key, &b""[..])),
                Some(1) => batch.sized().and_then(|key| Some((key, batch.sized()?))),
                _ => None,
            };
            let Some((key, value)) = entry else {
                let why = Unread::Damaged("no valid batch of entries".to_owned());
                members.unread(place(start).as_bytes(), why);
                break;
            };
            self.give(sequence, key, value, members)?;
            sequence = sequence.saturating_add(1);
        }
        ControlFlow::Continue(())
    }
}

/// A value of Chromium's local storage that is not Latin-1: a zero, and UTF-16
/// (`DOMStorageArea`'s format of strings in Chromium's sources).
fn text_of_utf_16(value: &[u8]) -> Option<Vec<u8>> {
    let (units, []) = value.strip_prefix(b"\0")?.as_chunks::<2>() else {
        return None;
    };
    let units = units.iter().map(|unit| u16::from_le_bytes(*unit));
    let text: String = char::decode_utf16(units).collect::<Result<_, _>>().ok()?;
    let is_text = !text.is_empty() && !text.contains('\0');
    is_text.then(|| text.into_bytes())
}

/// A value of IndexedDB that Chromium has compressed with Snappy: after a version
/// number stand three bytes that say so.
fn unwrap_indexed_db(value: &[u8], most: usize) -> Option<Vec<u8>> {
    let mut rest = Bytes(value);
    rest.varint()?;
    let content = rest.0.strip_prefix(&[0xff, 0x11, 0x02])?;
    unsnap(content, most).ok()
}

/// The CRC-32C of these pieces one after another, masked as LevelDB stores it.
fn masked_crc(pieces: &[&[u8]]) -> u32 {
    let bytes = pieces.iter().copied().flatten();
    let crc = !bytes.fold(!0_u32, |crc, byte| {
        let [low, ..] = crc.to_le_bytes();
        (crc >> 8) ^ CRC_TABLE[usize::from(low ^ byte)]
    });
    crc.rotate_right(15).wrapping_add(0xa282_ead8)
}

const CRC_TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let mut value = index as u32;
        let mut bit = 0;
        while bit < 8 {
            value = (value >> 1) ^ (0x82f6_3b78 * (value & 1));
            bit += 1;
        }
        table[index] = value;
        index += 1;
    }
    table
};

#[cfg(test)]
pub mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::container::collected::{Collected, LIMITS};

    fn varint(mut number: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        while number >= 0x80 {
            bytes.push(number as u8 | 0x80);
            number >>= 7;
        }
        bytes.push(number as u8);
        bytes
    }

    fn sized(bytes: &[u8]) -> Vec<u8> {
        [varint(bytes.len()), bytes.to_vec()].concat()
    }

    fn block(entries: &[(usize, &[u8], &[u8])]) -> Vec<u8> {
        let mut block = Vec::new();
        for (shared, added, value) in entries {
            block.extend(varint(*shared));
            block.extend(varint(added.len()));
            block.extend(varint(value.len()));
            block.extend_from_slice(added);
            block.extend_from_slice(value);
        }
        block.extend([0, 0, 0, 0, 1, 0, 0, 0]);
        block
    }

    /// A table of these data blocks, every second one compressed.
    fn table(blocks: &[Vec<u8>]) -> Vec<u8> {
        let mut file = Vec::new();
        let mut add = |content: &[u8], kind: u8| {
            let content = match kind {
                1 => snap::raw::Encoder::new()
                    .compress_vec(content)
                    .expect("it is small"),
                _ => content.to_vec(),
            };
            let handle = [varint(file.len()), varint(content.len())].concat();
            file.extend(&content);
            file.push(kind);
            file.extend(masked_crc(&[&content, &[kind]]).to_le_bytes());
            handle
        };
        let handles: Vec<_> = (0..)
            .zip(blocks)
            .map(|(n, block)| add(block, n % 2))
            .collect();
        let index: Vec<_> = handles
            .iter()
            .map(|handle| (0, &b"k"[..], &handle[..]))
            .collect();
        let index = add(&block(&index), 0);
        let mut footer = [varint(0), varint(0), index].concat();
        footer.resize(FOOTER - 8, 0);
        file.extend(footer);
        file.extend(TABLE_MAGIC);
        file
    }

    fn small_table() -> Vec<u8> {
        let value = b"some words ".repeat(5);
        table(&[
            block(&[
                (0, b"key one\x01\x05\0\0\0\0\0\0", b"first"),
                (4, b"two\x01\x06\0\0\0\0\0\0", b"\x00second"),
            ]),
            block(&[(0, b"short", b""), (0, b"key\x01\x07\0\0\0\0\0\0", &value)]),
        ])
    }

    fn log_record(kind: u8, payload: &[u8]) -> Vec<u8> {
        let sum = masked_crc(&[&[kind], payload]).to_le_bytes();
        let length = (payload.len() as u16).to_le_bytes();
        [&sum[..], &length, &[kind], payload].concat()
    }

    fn batch(sequence: u64, entries: &[(&[u8], Option<&[u8]>)]) -> Vec<u8> {
        let mut batch = sequence.to_le_bytes().to_vec();
        batch.extend((entries.len() as u32).to_le_bytes());
        for (key, value) in entries {
            batch.push(u8::from(value.is_some()));
            batch.extend(sized(key));
            batch.extend(value.map(sized).unwrap_or_default());
        }
        batch
    }

    fn read_table(mut file: &[u8]) -> Collected {
        let mut collected = Collected::default();
        let _ = open_table(&mut file, &LIMITS, &mut collected);
        collected
    }

    fn read_log(mut file: &[u8]) -> Collected {
        let mut collected = Collected::default();
        let _ = open_log(&mut file, &LIMITS, &mut collected);
        collected
    }

    /// Small tables that are read to their end.
    pub fn table_samples() -> Vec<Vec<u8>> {
        vec![small_table()]
    }

    /// Small logs that are read to their end.
    pub fn log_samples() -> Vec<Vec<u8>> {
        let first = batch(9, &[(b"one", Some(b"first")), (b"two", None)]);
        let (begin, end) = first.split_at(20);
        let parts = [log_record(FIRST, begin), log_record(LAST, end)].concat();
        vec![[log_record(FULL, &first), parts].concat()]
    }

    #[test]
    fn a_value_of_local_storage_may_be_utf_16() {
        assert_eq!(text_of_utf_16(b"\0a\0b\0"), Some(b"ab".to_vec()));
        for value in [
            &b"\x01ab"[..],
            b"\0",
            b"\0a",
            b"\0a\0\0\0",
            b"\0\0\xd8",
            b"",
        ] {
            assert_eq!(text_of_utf_16(value), None, "{value:?}");
        }
    }

    #[test]
    fn the_checksum_is_leveldbs() {
        // From util/crc32c_test.cc: the CRC-32C of 32 zeros is 0x8a9136aa.
        let masked = 0x8a91_36aa_u32.rotate_right(15).wrapping_add(0xa282_ead8);
        assert_eq!(masked_crc(&[&[0; 30], &[0; 2]]), masked);
    }

    #[test]
    fn a_table_gives_keys_and_values() {
        let file = small_table();
        assert!(is_table(&file));
        let found = read_table(&file);
        assert!(found.unread.is_empty(), "{:?}", found.unread);
        assert_eq!(found.field("sequence 5", "value"), "first");
        assert_eq!(found.field("sequence 6", "key"), "key two");
        assert!(
            found
                .field("sequence 7", "value")
                .starts_with("some words some")
        );
        assert_eq!(found.field("sequence 0", "key"), "short");
    }

    #[test]
    fn a_limit_ends_this_container_only() {
        let limits = Limits {
            entries: 1,
            ..LIMITS
        };
        let mut found = Collected::default();
        let flow = open_table(&mut &small_table()[..], &limits, &mut found);
        assert!(flow.is_continue() && found.records.len() == 1);
        assert!(found.unread[0].contains("limit"), "{:?}", found.unread);
    }

    #[test]
    fn a_wrong_checksum_is_only_noted() {
        let mut file = small_table();
        file[5] ^= 0x20;
        let found = read_table(&file);
        assert_eq!(found.unread.len(), 1);
        assert_eq!(found.records.len(), 4);
    }

    #[test]
    fn an_index_that_names_a_block_twice_gives_it_once() {
        let entry = [varint(0), varint(40)].concat();
        let entries: Vec<_> = (0..50).map(|_| (0, &b"k"[..], &entry[..])).collect();
        let mut file = block(&[(
            0,
            b"key\x01\x07\0\0\0\0\0\0",
            b"a value of a certain length",
        )]);
        file.resize(45, 0);
        let index = block(&entries);
        let handle = [varint(0), varint(0), varint(45), varint(index.len())].concat();
        file.extend(&index);
        file.extend([0; 5]);
        file.extend(handle);
        file.resize(45 + index.len() + 5 + FOOTER - 8, 0);
        file.extend(TABLE_MAGIC);
        assert!(read_table(&file).records.len() < 5);
    }

    #[test]
    fn a_log_gives_the_entries_of_its_batches() {
        let long = vec![b'x'; 70_000];
        let first = batch(9, &[(b"one", Some(b"first")), (b"two", None)]);
        let second = batch(11, &[(b"long", Some(&long)), (b"after", Some(b"last"))]);
        let mut file = log_record(FULL, &first);
        assert!(is_log(&file));
        let room = LOG_BLOCK - file.len() - LOG_HEADER;
        let (begin, rest) = second.split_at(room);
        let (middle, end) = rest.split_at(LOG_BLOCK - LOG_HEADER);
        file.extend(log_record(FIRST, begin));
        file.extend(log_record(MIDDLE, middle));
        file.extend(log_record(LAST, end));
        file.extend([0; 100]);
        let found = read_log(&file);
        assert!(found.unread.is_empty(), "{:?}", found.unread);
        assert_eq!(found.field("sequence 9", "value"), "first");
        assert_eq!(found.field("sequence 10", "key"), "two");
        assert_eq!(found.field("sequence 12", "value"), "last");
        assert_eq!(found.field("sequence 11", "value").len(), long.len());
        let found = read_log(&file[..LOG_BLOCK]);
        assert!(found.holds(b"first") && !found.unread.is_empty());
    }

    #[test]
    fn compressed_values_of_indexed_db_are_undone() {
        let content = b"some words ".repeat(20);
        let packed = snap::raw::Encoder::new()
            .compress_vec(&content)
            .expect("it is small");
        let value = [&[5, 0xff, 0x11, 2][..], &packed].concat();
        let found = read_log(&log_record(FULL, &batch(1, &[(b"k", Some(&value))])));
        assert!(found.holds(&content));
    }

    #[test]
    fn damage_anywhere_is_survived() {
        let table = small_table();
        let log = [
            log_record(FULL, &batch(1, &[(b"k", Some(b"v"))])),
            log_record(FIRST, &batch(2, &[(b"k", Some(b"v"))])),
        ]
        .concat();
        for (file, read) in [
            (&table, read_table as fn(&[u8]) -> Collected),
            (&log, read_log),
        ] {
            for place in 0..file.len() {
                read(&file[..place]);
                for bits in [1, 0xff] {
                    let mut file = file.clone();
                    file[place] ^= bits;
                    is_log(&file);
                    is_table(&file);
                    read(&file);
                }
            }
        }
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            is_log(&bytes);
            read_log(&bytes);
            read_log(&log_record(FULL, &bytes));
            read_table(&bytes);
            read_table(&table(&[bytes.clone(), bytes]));
        }
    }
}
