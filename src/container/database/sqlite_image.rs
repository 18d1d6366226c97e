//! Makes the image of a database readable: what its log adds, and what keeps it from being opened.

use crate::container::bytes::Bytes;
use crate::container::{Limits, Unread};

/// A database that says to be larger than its bytes by more than this factor is
/// not filled up.
pub const MOST_FILLING: usize = 16;

/// For each byte of the statements that define tables, SQLite needs at most about so many
/// in memory: two bytes of a list in a constraint are an expression of a hundred.
pub const SCHEMA_COST: usize = 64;

/// The page size that a header gives, if it is a valid one.
pub fn page_size(header: &[u8]) -> Option<usize> {
    match Bytes::at(header, 16).u16_be()? {
        1 => Some(65536),
        size if size >= 512 && size.is_power_of_two() => Some(usize::from(size)),
        _ => None,
    }
}

/// Lays the committed pages of a write-ahead log over a database.
pub fn apply_wal(image: &mut Vec<u8>, wal: &[u8]) -> Result<(), Unread> {
    if wal.is_empty() {
        return Ok(());
    }
    let damaged = |how: &str| Unread::Damaged(how.to_owned());
    let log = Wal::new(wal).ok_or_else(|| damaged("its header is invalid"))?;
    if !image.is_empty() && page_size(image) != Some(log.page_size) {
        return Err(damaged("its page size is not the database's"));
    }
    let mut sums = log.sums;
    let mut uncommitted = Vec::new();
    for frame in log.frames.chunks_exact(FRAME_HEADER + log.page_size) {
        // A log is reused from its beginning. The first frame with other salts or
        // checksums is what an earlier use has left, or a write that didn't end.
        let Some((page, pages)) = log.check(frame, &mut sums) else {
            break;
        };
        uncommitted.push((page, &frame[FRAME_HEADER..]));
        if pages == 0 {
            continue;
        }
        let size = pages as usize * log.page_size;
        if size > image.len() + wal.len() {
            return Err(damaged("it makes the database larger than its pages"));
        }
        image.resize(size, 0);
        for (page, content) in uncommitted.drain(..) {
            let start = (page as usize - 1) * log.page_size;
            if let Some(old) = image.get_mut(start..start + log.page_size) {
                old.copy_from_slice(content);
            }
        }
    }
    Ok(())
}

pub const FRAME_HEADER: usize = 24;

/// A write-ahead log with a valid header.
pub struct Wal<'a> {
    pub page_size: usize,
    pub salts: [u8; 8],
    /// The checksums of the header, which those of the frames go on from.
    pub sums: (u32, u32),
    pub big_endian: bool,
    pub frames: &'a [u8],
}

impl<'a> Wal<'a> {
    pub fn new(wal: &'a [u8]) -> Option<Wal<'a>> {
        let (header, frames) = wal.split_first_chunk::<32>()?;
        let mut fields = Bytes(header);
        let magic = fields.u32_be()?;
        let version = fields.u32_be()?;
        let page_size = fields.u32_be()?;
        let _checkpoint = fields.u32_be()?;
        let salts = fields.array::<8>()?;
        let stored = (fields.u32_be()?, fields.u32_be()?);
        let big_endian = magic & 1 == 1;
        let sums = checksum(&header[..24], (0, 0), big_endian);
        let valid = magic & !1 == 0x377f_0682
            && version == 3_007_000
            && (512..=65536).contains(&page_size)
            && page_size.is_power_of_two()
            && stored == sums;
        valid.then_some(Wal {
            page_size: page_size as usize,
            salts,
            sums,
            big_endian,
            frames,
        })
    }

    /// The page number of a valid frame, and the size of the database in pages if
    /// the frame commits.
    pub fn check(&self, frame: &[u8], sums: &mut (u32, u32)) -> Option<(u32, u32)> {
        let (header, content) = frame.split_first_chunk::<FRAME_HEADER>()?;
        let mut fields = Bytes(header);
        let page = fields.u32_be()?;
        let pages = fields.u32_be()?;
        let salts = fields.array::<8>()?;
        let stored = (fields.u32_be()?, fields.u32_be()?);
        *sums = checksum(&header[..8], *sums, self.big_endian);
        *sums = checksum(content, *sums, self.big_endian);
        let valid = page > 0 && salts == self.salts && stored == *sums;
        valid.then_some((page, pages))
    }
}

/// The checksums of a write-ahead log, going on from others.
pub fn checksum(bytes: &[u8], sums: (u32, u32), big_endian: bool) -> (u32, u32) {
    let number = if big_endian {
        u32::from_be_bytes
    } else {
        u32::from_le_bytes
    };
    let (words, _) = bytes.as_chunks::<4>();
    let (pairs, _) = words.as_chunks::<2>();
    pairs.iter().fold(sums, |(first, second), pair| {
        let first = first.wrapping_add(number(pair[0])).wrapping_add(second);
        let second = second.wrapping_add(number(pair[1])).wrapping_add(first);
        (first, second)
    })
}

/// Changes an image so that SQLite reads it from memory.
pub fn make_readable(image: &mut Vec<u8>, limits: &Limits) -> Result<(), Unread> {
    // A database in memory can't have a write-ahead log, and SQLite turns one
    // down that says to have it.
    if let Some(versions) = image.get_mut(18..20) {
        versions.copy_from_slice(&[1, 1]);
    }
    let Some(stated) = stated_size(image) else {
        return Ok(());
    };
    if stated <= image.len() {
        return Ok(());
    }
    // SQLite opens no database that is shorter than its header says. Filled up
    // with empty pages, it gives the rows of those that are there.
    if stated <= limits.memory && stated / MOST_FILLING <= image.len() {
        image.resize(stated, 0);
    }
    Err(Unread::Damaged("it is cut short".to_owned()))
}

/// Empties the page of the schema from which on it has more statements than may be kept.
/// SQLite has all of them in memory before it gives a row, up to a page that is none.
///
/// `PRAGMA hard_heap_limit` bounds all databases that are open in any thread together, and
/// what runs into it has given no row at all.
pub fn bound_schema(image: &mut [u8], most: usize) -> Result<(), Unread> {
    const DEEPEST: usize = 20;
    const LEAF: u8 = 13;
    const INTERIOR: u8 = 5;
    let Some(page_size) = page_size(image) else {
        return Ok(());
    };
    let reserved = image.get(20).copied().unwrap_or_default();
    let mut left = most as u64;
    // A tree has each page once.
    let mut pages_left = image.len() / page_size;
    let mut waiting = vec![(1_usize, 0)];
    while let Some((number, depth)) = waiting.pop() {
        let start = number.saturating_sub(1).saturating_mul(page_size);
        let end = start.saturating_add(page_size - usize::from(reserved));
        let Some(page) = image.get_mut(start..end) else {
            continue;
        };
        // The first page has the header of the file before its own.
        let header = if number == 1 { 100 } else { 0 };
        let mut fields = Bytes::at(page, header);
        let kind = fields.u8();
        let count = fields.take(2).and_then(|_| fields.u16_be());
        let count = usize::from(count.unwrap_or_default());
        let places = if kind == Some(INTERIOR) { 12 } else { 8 };
        let cells = (0..count).map_while(|cell| {
            let place = Bytes::at(page, header + places + 2 * cell).u16_be()?;
            Some(Bytes::at(page, usize::from(place)))
        });
        let mut size = 0;
        if kind == Some(INTERIOR) {
            let last = Bytes::at(page, header + 8).u32_be();
            let children = cells.filter_map(|mut cell| cell.u32_be()).chain(last);
            let first = waiting.len();
            waiting.extend(children.map(|child| (child as usize, depth + 1)));
            waiting[first..].reverse();
        } else if kind == Some(LEAF) {
            size = cells.map(|mut cell| length(&mut cell)).sum::<u64>();
        }
        let rest = pages_left.checked_sub(1).zip(left.checked_sub(size));
        let Some(rest) = rest.filter(|_| depth < DEEPEST) else {
            page[header..].fill(0);
            let why = format!("more than {} KiB that define tables", most >> 10);
            return Err(Unread::Limit(why));
        };
        (pages_left, left) = rest;
    }
    Ok(())
}

/// The number that a cell begins with, seven bits in a byte, most significant first.
pub fn length(cell: &mut Bytes<'_>) -> u64 {
    let mut value = 0_u64;
    for _ in 0..5 {
        let byte = cell.u8().unwrap_or_default();
        value = value << 7 | u64::from(byte & 0x7f);
        if byte < 0x80 {
            break;
        }
    }
    value
}

/// The size that the header states, where the statement counts: the change
/// counter must be the one for which it was written.
pub fn stated_size(image: &[u8]) -> Option<usize> {
    let change_counter = Bytes::at(image, 24).u32_be()?;
    let pages = Bytes::at(image, 28).u32_be()?;
    let valid_for = Bytes::at(image, 92).u32_be()?;
    let size = page_size(image)?.checked_mul(pages as usize)?;
    (change_counter == valid_for).then_some(size)
}
