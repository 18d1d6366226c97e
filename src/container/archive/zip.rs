//! Zip, and everything that is built on it.
//!
//! The directory at the end is what counts. What it doesn't list and what is left
//! of an archive without a directory is found by the headers of the entries.
//!
//! The crate `rawzip` reads these headers only where a directory leads to them, finds no
//! directory of a 64-bit archive behind something else, and doesn't tell what stands in
//! another file of an archive of several.

use std::io::{self, Read, SeekFrom};
use std::ops::ControlFlow;

use memchr::memmem;

use super::zip_entry::{
    DEFLATE64, DEFLATE64_AHEAD, DESCRIPTOR, ENCRYPTED, Entry, LISTED, LISTED_LENGTH, LOCAL,
    LOCAL_LENGTH, Local, ends_content, give,
};
use super::zip_taken::Taken;
use crate::container::bytes::Bytes;
use crate::container::codec::stream::{self, Expected, Intake};
use crate::container::entry::{Container, Opens, Tells};
use crate::container::{Limits, Members, ReadSeek, Unread};

const END: &[u8] = b"PK\x05\x06";
const END_64: &[u8] = b"PK\x06\x06";
const LOCATOR_64: &[u8] = b"PK\x06\x07";
const SIGNATURE: &[u8] = b"PK\x05\x05";

const END_LENGTH: usize = 22;
/// The end with the longest comment, and what 64-bit archives have before it.
const LONGEST_END: u64 = END_LENGTH as u64 + 0xffff + 20 + 56;

/// What stands between two entries is at most this long: a descriptor.
const BETWEEN: u64 = 24;
/// How much is read at once beyond where an entry should end.
const READ_ON: u64 = 16 << 10;
/// How much is searched at once.
const PIECE: usize = 64 << 10;
/// Bytes at the end of an input that tell whether an archive ends there.
const TAIL: u64 = 66 * 1024;

/// A zip archive and everything built on it.
pub const CONTAINER: Container = Container {
    id: "zip",
    tells: Tells::Head(is),
    opens: Opens::Seek(open),
    behind: Some(ends_as),
    opens_large: Some(super::zip_stream::open),
    #[cfg(test)]
    samples: tests::samples,
    ..Container::BASE
};

/// Tells zip by its first bytes: the header of an entry, or an empty archive.
/// Archives with a program before them are told by their end, see [`ends`].
pub fn is(head: &[u8]) -> bool {
    let head = head
        .strip_prefix(DESCRIPTOR)
        .or(head.strip_prefix(b"PK00"))
        .unwrap_or(head);
    match head.get(..4) {
        Some(signature) if signature == LOCAL => {
            Local::parse(head).is_some_and(|local| local.is_plausible())
        }
        Some(signature) if signature == END => End::parse(head).is_some_and(|end| end.size == 0),
        _ => false,
    }
}

/// Tells by the last bytes of an input (64 KiB and some more) that it ends as a
/// zip archive does, whatever it begins with.
pub fn ends(tail: &[u8]) -> bool {
    memmem::rfind(tail, END)
        .and_then(|at| End::parse(tail.get(at..)?))
        .is_some_and(|end| end.size >= LISTED_LENGTH as u64)
}

/// Whether an input ends as a zip archive does, whatever it begins with.
fn ends_as(input: &mut dyn ReadSeek) -> io::Result<bool> {
    let length = input.seek(SeekFrom::End(0))?;
    input.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
    let mut tail = Vec::new();
    input.take(TAIL).read_to_end(&mut tail)?;
    Ok(ends(&tail))
}

/// Gives the files of an archive in the order of its directory, then those that
/// the directory doesn't list.
pub fn open(
    input: &mut dyn ReadSeek,
    limits: &Limits,
    members: &mut dyn Members,
) -> ControlFlow<()> {
    let mut zip = Zip {
        input,
        limits,
        length: 0,
        taken: Taken::default(),
        buffer: Vec::new(),
        searched: Vec::new(),
        searched_at: 0,
        spare: 0,
        entries: 0,
    };
    match zip.read(members) {
        Ok(flow) => flow,
        Err(error) => {
            members.unread(b"", stream::damaged(error));
            ControlFlow::Continue(())
        }
    }
}

/// Where an archive ends.
struct End {
    /// The directory's length, and where it begins if nothing stands before the
    /// archive.
    size: u64,
    offset: u64,
    disk: u16,
}

impl End {
    fn parse(bytes: &[u8]) -> Option<End> {
        let mut fields = Bytes(bytes);
        if fields.take(4)? != END {
            return None;
        }
        let disk = fields.u16_le()?;
        let _first_disk_and_counts = fields.take(6)?;
        let (size, offset) = (fields.u32_le()?, fields.u32_le()?);
        let comment = fields.u16_le()?;
        fields.take(usize::from(comment))?;
        Some(End {
            size: u64::from(size),
            offset: u64::from(offset),
            disk,
        })
    }

    fn parse_64(bytes: &[u8]) -> Option<End> {
        let mut fields = Bytes(bytes);
        if fields.take(4)? != END_64 {
            return None;
        }
        let _length_and_versions = fields.take(12)?;
        let disk = fields.u32_le()? as u16;
        let _first_disk_and_counts = fields.take(20)?;
        Some(End {
            size: fields.u64_le()?,
            offset: fields.u64_le()?,
            disk,
        })
    }
}

/// Where the directory stands.
struct Directory {
    start: u64,
    end: u64,
    /// How many bytes stand before the archive.
    shift: u64,
    disk: u16,
}

/// Whether a directory ends here as it should, told to whoever wants to know.
fn ended(rest: &[u8], members: &mut dyn Members) -> bool {
    // A signature of the directory or the end of a 64-bit archive may follow.
    let ends = [END_64, LOCATOR_64, END, SIGNATURE];
    let sound = rest.is_empty() || ends.iter().any(|end| rest.starts_with(end));
    if !sound {
        members.unread(b"", Unread::Damaged("its directory is broken".into()));
    }
    sound
}

/// An archive that is being read.
struct Zip<'a> {
    input: &'a mut dyn ReadSeek,
    limits: &'a Limits,
    length: u64,
    taken: Taken,
    /// The buffer of the last entry, for the next one.
    buffer: Vec<u8>,
    /// What was searched last, and where it stands.
    searched: Vec<u8>,
    searched_at: u64,
    /// How many bytes may still be read in vain beyond where entries should end.
    /// Without this, entries with lying sizes could each read the whole archive.
    spare: u64,
    entries: u64,
}

impl Zip<'_> {
    fn read(&mut self, members: &mut dyn Members) -> io::Result<ControlFlow<()>> {
        self.length = self.input.seek(SeekFrom::End(0))?;
        self.spare = self.length.saturating_mul(4);
        let directory = self.directory()?;
        let mut sound = directory.is_some();
        let mut end = self.length;
        match &directory {
            Some(directory) => {
                end = directory.start;
                match self.listed(directory, members)? {
                    ControlFlow::Continue(whole) => sound = whole,
                    ControlFlow::Break(()) => return Ok(ControlFlow::Break(())),
                }
            }
            None => {
                let words = "its directory is missing or broken";
                members.unread(b"", Unread::Damaged(words.into()));
            }
        }
        for (from, to) in self.taken.gaps(end) {
            let reach = if sound { BETWEEN } else { u64::MAX };
            if self.unlisted(from, to, reach, members)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Some bytes of the archive; fewer where it ends.
    fn bytes(&mut self, start: u64, length: u64) -> io::Result<Vec<u8>> {
        self.input.seek(SeekFrom::Start(start))?;
        let mut bytes = Vec::new();
        (&mut *self.input).take(length).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Finds the directory by the end of the archive.
    fn directory(&mut self) -> io::Result<Option<Directory>> {
        let start = self.length.saturating_sub(LONGEST_END);
        let tail = self.bytes(start, LONGEST_END)?;
        for at in memmem::FinderRev::new(END).rfind_iter(&tail) {
            let Some(end) = End::parse(tail.get(at..).unwrap_or_default()) else {
                continue;
            };
            let place = start + at as u64;
            let large = self.end_64(place, tail.get(..at).unwrap_or_default())?;
            let (end, place) = large.unwrap_or((end, place));
            if let Some(directory) = self.check(&end, place)? {
                return Ok(Some(directory));
            }
        }
        Ok(None)
    }

    /// The end of a 64-bit archive, which stands before the other one.
    fn end_64(&mut self, place: u64, before: &[u8]) -> io::Result<Option<(End, u64)>> {
        let Some((_, locator)) = before.split_last_chunk::<20>() else {
            return Ok(None);
        };
        let mut fields = Bytes(locator);
        let (Some(LOCATOR_64), Some(_disk), Some(offset)) =
            (fields.take(4), fields.u32_le(), fields.u64_le())
        else {
            return Ok(None);
        };
        for at in [offset, place.saturating_sub(20 + 56)] {
            if at >= self.length {
                continue;
            }
            if let Some(end) = End::parse_64(&self.bytes(at, 56)?) {
                return Ok(Some((end, at)));
            }
        }
        Ok(None)
    }

    /// Whether there is a directory where the end says, with whatever stands
    /// before the archive or without it.
    fn check(&mut self, end: &End, place: u64) -> io::Result<Option<Directory>> {
        let by_size = place.checked_sub(end.size);
        let starts = [
            by_size.filter(|start| *start >= end.offset),
            Some(end.offset).filter(|start| *start < place),
        ];
        for start in starts.into_iter().flatten() {
            if end.size == 0 || self.bytes(start, 4)? == LISTED {
                return Ok(Some(Directory {
                    start,
                    end: place,
                    shift: start - end.offset,
                    disk: end.disk,
                }));
            }
        }
        Ok(None)
    }

    /// Gives what the directory lists. `false` where it is broken.
    fn listed(
        &mut self,
        directory: &Directory,
        members: &mut dyn Members,
    ) -> io::Result<ControlFlow<(), bool>> {
        let mut piece = Vec::new();
        let mut at = directory.start;
        let mut used = 0;
        loop {
            let Some((mut entry, length)) = Entry::parse(piece.get(used..).unwrap_or_default())
            else {
                if used == 0 && !piece.is_empty() || at == directory.end {
                    return Ok(ControlFlow::Continue(ended(&piece, members)));
                }
                // An entry needs four times of 64 KiB at most.
                at += used as u64;
                let wanted = directory.end.saturating_sub(at).min(4 * PIECE as u64);
                piece = self.bytes(at, wanted)?;
                used = 0;
                if piece.is_empty() {
                    at = directory.end;
                }
                continue;
            };
            used += length;
            if !self.count(members) {
                return Ok(ControlFlow::Continue(true));
            }
            if entry.disk != directory.disk {
                let words = "an archive of several files".into();
                members.unread(&entry.name, Unread::Unsupported(words));
                continue;
            }
            entry.header = entry.header.saturating_add(directory.shift);
            if self.entry(&entry, directory, members)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
    }

    /// Counts an entry. `false` where there are too many.
    fn count(&mut self, members: &mut dyn Members) -> bool {
        self.entries += 1;
        if self.entries == self.limits.entries.saturating_add(1) {
            members.unread(b"", stream::too_many_entries(self.limits.entries));
        }
        self.entries <= self.limits.entries
    }

    /// Gives an entry of the directory.
    fn entry(
        &mut self,
        entry: &Entry,
        directory: &Directory,
        members: &mut dyn Members,
    ) -> io::Result<ControlFlow<()>> {
        // Some programs count from the beginning of the file all the same.
        let places = [entry.header, entry.header - directory.shift];
        let mut local = None;
        for place in places {
            if place >= directory.start || local.is_some() {
                continue;
            }
            let head = self.bytes(place, LOCAL_LENGTH)?;
            local = Local::parse(&head).map(|local| (place, local));
        }
        let Some((header, local)) = local else {
            if !entry.is_directory() {
                let words = "its header is missing or broken".into();
                members.unread(&entry.name, Unread::Damaged(words));
            }
            return Ok(ControlFlow::Continue(()));
        };
        if self.taken.contains(header) {
            let words = "it overlaps another entry".into();
            members.unread(&entry.name, Unread::Damaged(words));
            return Ok(ControlFlow::Continue(()));
        }
        let hard = self.taken.after(header).unwrap_or(directory.start);
        let start = header.saturating_add(local.length());
        let flow = self.member(entry, start, hard.min(directory.start), members)?;
        match flow {
            ControlFlow::Continue(end) => {
                self.taken.add(header, end);
                Ok(ControlFlow::Continue(()))
            }
            ControlFlow::Break(()) => Ok(ControlFlow::Break(())),
        }
    }

    /// Gives what stands in a gap of the directory: entries one after another,
    /// each of which begins within `reach` of the end of the one before it.
    fn unlisted(
        &mut self,
        from: u64,
        to: u64,
        mut reach: u64,
        members: &mut dyn Members,
    ) -> io::Result<ControlFlow<()>> {
        let mut at = from;
        let usual = reach;
        while let Some(header) = self.find(at, to.min(at.saturating_add(reach)), to, &[LOCAL])? {
            let Some(local) = Local::parse(self.search(header, LOCAL_LENGTH)?) else {
                return Ok(ControlFlow::Continue(()));
            };
            at = header + 4;
            let start = header.saturating_add(local.length());
            if start > to || !local.is_plausible() {
                continue;
            }
            if !self.count(members) {
                return Ok(ControlFlow::Continue(()));
            }
            let names = self.bytes(header + LOCAL_LENGTH, local.name + local.extra)?;
            let entry = self.local_entry(&local, &names, header, start, to)?;
            match self.member(&entry, start, to, members)? {
                ControlFlow::Continue(end) => at = end.max(header + 4),
                ControlFlow::Break(()) => return Ok(ControlFlow::Break(())),
            }
            // Nobody knows where an open entry ends that was not read to its end.
            let is_open = entry.expected.length.is_none();
            reach = if is_open { u64::MAX } else { usual };
        }
        Ok(ControlFlow::Continue(()))
    }

    fn local_entry(
        &mut self,
        local: &Local,
        names: &[u8],
        header: u64,
        start: u64,
        to: u64,
    ) -> io::Result<Entry> {
        let mut entry = Entry::local(local, names);
        entry.header = header;
        if entry.is_open() {
            entry.expected = Expected::default();
            entry.packed = match local.method {
                0 => self.stored_end(start, to)?.saturating_sub(start),
                // The method tells where it ends.
                _ => 0,
            };
        }
        Ok(entry)
    }

    /// Where a content ends that is stored as it is, without a known length.
    fn stored_end(&mut self, start: u64, to: u64) -> io::Result<u64> {
        let mut at = start;
        while let Some(place) = self.find(at, to, to, &[DESCRIPTOR, LOCAL, LISTED])? {
            if ends_content(self.search(place, LOCAL_LENGTH)?, place - start) {
                return Ok(place);
            }
            at = place + 4;
        }
        Ok(to)
    }

    /// Where one of these signatures stands first from here on. It has to begin
    /// before `last` and to end before `to`.
    fn find(
        &mut self,
        from: u64,
        last: u64,
        to: u64,
        signatures: &[&[u8]],
    ) -> io::Result<Option<u64>> {
        let mut at = from;
        while at < last {
            let end = to.min(last.saturating_add(3));
            let piece = self.search(at, end - at)?;
            let found = memmem::find_iter(piece, b"PK").find(|place| {
                let rest = piece.get(*place..).unwrap_or_default();
                signatures.iter().any(|wanted| rest.starts_with(wanted))
            });
            let length = piece.len() as u64;
            if let Some(place) = found {
                return Ok(Some(at + place as u64));
            }
            if length < 4 {
                return Ok(None);
            }
            at += length - 3;
        }
        Ok(None)
    }

    /// Some bytes from here on, at most so many. They are read in pieces, so that
    /// short steps forward cost nothing. Fewer than a header needs are the last ones.
    fn search(&mut self, at: u64, most: u64) -> io::Result<&[u8]> {
        let skip = at.checked_sub(self.searched_at).map(|skip| skip as usize);
        let mut skip =
            skip.filter(|skip| skip.saturating_add(LOCAL_LENGTH as usize) <= self.searched.len());
        if skip.is_none() {
            self.searched = self.bytes(at, PIECE as u64)?;
            self.searched_at = at;
            skip = Some(0);
        }
        let rest = self.searched.get(skip.unwrap_or(0)..).unwrap_or_default();
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        Ok(rest.get(..most).unwrap_or(rest))
    }

    /// Gives one entry, whose content begins at `start` and ends before `hard`.
    /// Tells where it ends.
    fn member(
        &mut self,
        entry: &Entry,
        start: u64,
        hard: u64,
        members: &mut dyn Members,
    ) -> io::Result<ControlFlow<(), u64>> {
        let promised = start.saturating_add(entry.packed);
        let soft = promised.min(hard).max(start);
        if entry.flags & ENCRYPTED != 0 || entry.method == 99 {
            members.unread(&entry.name, Unread::Encrypted);
            return Ok(ControlFlow::Continue(soft));
        }
        if entry.is_directory() {
            return Ok(ControlFlow::Continue(soft));
        }
        self.input.seek(SeekFrom::Start(start))?;
        let mut region = Region {
            input: self.input,
            at: start,
            soft,
            hard: if self.spare > 0 { hard } else { soft },
        };
        let mut intake = Intake::reusing(&mut region, std::mem::take(&mut self.buffer));
        let flow = give(entry, &mut intake, soft - start, self.limits, members);
        let consumed = intake.consumed();
        self.buffer = intake.into_buffer();
        Ok(match flow? {
            // What ended well is as long as it is, whatever was promised.
            ControlFlow::Continue(true) => {
                let ahead = match entry.method {
                    DEFLATE64 => DEFLATE64_AHEAD,
                    _ => 0,
                };
                ControlFlow::Continue(start + consumed.saturating_sub(ahead))
            }
            ControlFlow::Continue(false) => {
                let beyond = consumed.saturating_sub(soft - start);
                self.spare = self.spare.saturating_sub(beyond);
                ControlFlow::Continue(soft)
            }
            ControlFlow::Break(()) => ControlFlow::Break(()),
        })
    }
}

/// The place of an entry in an archive.
struct Region<'a> {
    input: &'a mut dyn ReadSeek,
    at: u64,
    /// Where it should end.
    soft: u64,
    /// Where it has to end.
    hard: u64,
}

impl Read for Region<'_> {
    fn read(&mut self, output: &mut [u8]) -> io::Result<usize> {
        // Only entries with lying sizes are read on, and few are.
        let left = match self.soft.saturating_sub(self.at) {
            0 => self.hard.saturating_sub(self.at).min(READ_ON),
            left => left,
        };
        let length = usize::try_from(left).map_or(output.len(), |left| left.min(output.len()));
        let read = self
            .input
            .read(output.get_mut(..length).unwrap_or_default())?;
        self.at += read as u64;
        Ok(read)
    }
}

#[cfg(test)]
pub mod tests {
    use super::super::zip_entry::SIZES_BEHIND;
    use super::*;
    use crate::container::testing::{Ignore, Kept, damaged};
    use std::io::{Cursor, Write};

    /// An archive under construction.
    #[derive(Default)]
    pub struct Builder {
        bytes: Vec<u8>,
        directory: Vec<u8>,
        count: u16,
    }

    /// An entry as it should be written.
    #[derive(Clone, Copy)]
    pub struct Written<'a> {
        pub name: &'a str,
        pub flags: u16,
        pub method: u16,
        pub content: &'a [u8],
        pub packed: &'a [u8],
        /// What is said about the length of the packed content.
        pub promised: u32,
    }

    pub fn deflated(content: &[u8]) -> Vec<u8> {
        let mut encoder =
            flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
        let written = encoder.write_all(content);
        written
            .and_then(|()| encoder.finish())
            .expect("memory takes it")
    }

    pub fn stored<'a>(name: &'a str, content: &'a [u8]) -> Written<'a> {
        Written {
            name,
            flags: 0,
            method: 0,
            content,
            packed: content,
            promised: content.len() as u32,
        }
    }

    impl Builder {
        fn local(&mut self, entry: Written<'_>) -> u32 {
            let at = self.bytes.len() as u32;
            let behind = entry.flags & SIZES_BEHIND != 0;
            let numbers = match behind {
                true => [0; 3],
                false => numbers(entry),
            };
            self.bytes.extend(LOCAL);
            self.bytes.extend([20, 0]);
            self.bytes.extend(entry.flags.to_le_bytes());
            self.bytes.extend(entry.method.to_le_bytes());
            self.bytes.extend([0; 4]);
            self.bytes
                .extend(numbers.into_iter().flat_map(u32::to_le_bytes));
            self.bytes.extend((entry.name.len() as u16).to_le_bytes());
            self.bytes.extend([0, 0]);
            self.bytes.extend(entry.name.bytes());
            self.bytes.extend(entry.packed);
            if behind {
                self.bytes.extend(DESCRIPTOR);
                let numbers = numbers_of(entry);
                self.bytes
                    .extend(numbers.into_iter().flat_map(u32::to_le_bytes));
            }
            at
        }

        fn listed(&mut self, entry: Written<'_>, at: u32) {
            self.count += 1;
            self.directory.extend(LISTED);
            self.directory.extend([20, 0, 20, 0]);
            self.directory.extend(entry.flags.to_le_bytes());
            self.directory.extend(entry.method.to_le_bytes());
            self.directory.extend([0; 4]);
            self.directory
                .extend(numbers(entry).into_iter().flat_map(u32::to_le_bytes));
            self.directory
                .extend((entry.name.len() as u16).to_le_bytes());
            self.directory.extend([0; 12]);
            self.directory.extend(at.to_le_bytes());
            self.directory.extend(entry.name.bytes());
        }

        pub fn add(mut self, entry: Written<'_>) -> Builder {
            let at = self.local(entry);
            self.listed(entry, at);
            self
        }

        pub fn finish(self) -> Vec<u8> {
            let mut bytes = self.bytes;
            let at = bytes.len() as u32;
            bytes.extend(&self.directory);
            bytes.extend(END);
            bytes.extend([0; 4]);
            bytes.extend(self.count.to_le_bytes());
            bytes.extend(self.count.to_le_bytes());
            bytes.extend((self.directory.len() as u32).to_le_bytes());
            bytes.extend(at.to_le_bytes());
            bytes.extend([0, 0]);
            bytes
        }
    }

    fn numbers(entry: Written<'_>) -> [u32; 3] {
        let [crc, _, length] = numbers_of(entry);
        [crc, entry.promised, length]
    }

    fn numbers_of(entry: Written<'_>) -> [u32; 3] {
        let mut crc = flate2::Crc::new();
        crc.update(entry.content);
        [
            crc.sum(),
            entry.packed.len() as u32,
            entry.content.len() as u32,
        ]
    }

    fn read(bytes: &[u8]) -> Kept {
        let mut kept = Kept::default();
        let _ = open(&mut Cursor::new(bytes), &Limits::default(), &mut kept);
        kept
    }

    /// `zip -X i.zip a.txt b.txt d` of Info-ZIP
    const BY_ZIP: &[u8] = b"PK\x03\x04\x14\x00\x00\x00\x08\x00H\xb2x]\xde\x16\xef0\x09\x00\x00\x00\
        \x10\x00\x00\x00\x05\x00\x00\x00a.txt\xcb\xcfKU\xc8G`.\x00PK\x03\x04\x0a\x00\x00\x00\x00\x00\
        H\xb2x]t\x08\x17\x96\x04\x00\x00\x00\x04\x00\x00\x00\x05\x00\x00\x00b.txttwo\x0aPK\x03\x04\
        \x0a\x00\x00\x00\x00\x00H\xb2x]\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\
        d/PK\x01\x02\x1e\x03\x14\x00\x00\x00\x08\x00H\xb2x]\xde\x16\xef0\x09\x00\x00\x00\x10\x00\
        \x00\x00\x05\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\xa4\x81\x00\x00\x00\x00a.txt\
        PK\x01\x02\x1e\x03\x0a\x00\x00\x00\x00\x00H\xb2x]t\x08\x17\x96\x04\x00\x00\x00\x04\x00\
        \x00\x00\x05\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\xa4\x81,\x00\x00\x00b.txtPK\x01\
        \x02\x1e\x03\x0a\x00\x00\x00\x00\x00H\xb2x]\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\
        \x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x10\x00\xedAS\x00\x00\x00d/PK\x05\x06\x00\
        \x00\x00\x00\x03\x00\x03\x00\x96\x00\x00\x00s\x00\x00\x00\x00\x00";

    /// `zip s.zip -` of Info-ZIP, which makes it a 64-bit archive
    const BY_ZIP_64: &[u8] = b"PK\x03\x04-\x00\x00\x00\x08\x00H\xb2x]\xde\x16\xef0\xff\xff\xff\xff\
        \xff\xff\xff\xff\x01\x00\x14\x00-\x01\x00\x10\x00\x10\x00\x00\x00\x00\x00\x00\x00\x09\x00\
        \x00\x00\x00\x00\x00\x00\xcb\xcfKU\xc8G`.\x00PK\x01\x02\x1e\x03-\x00\x00\x00\x08\x00H\xb2x\
        ]\xde\x16\xef0\x09\x00\x00\x00\x10\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\
        \x00\x80\x11\x00\x00\x00\x00-PK\x06\x06,\x00\x00\x00\x00\x00\x00\x00\x1e\x03-\x00\x00\x00\
        \x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00/\
        \x00\x00\x00\x00\x00\x00\x00<\x00\x00\x00\x00\x00\x00\x00PK\x06\x07\x00\x00\x00\x00k\x00\
        \x00\x00\x00\x00\x00\x00\x01\x00\x00\x00PK\x05\x06\x00\x00\x00\x00\x01\x00\x01\x00/\x00\
        \x00\x00<\x00\x00\x00\x00\x00";

    /// `7z a -mm=PPMd ppmd.zip a.txt`
    const BY_7Z: &[u8] =
        b"PK\x03\x04?\x00\x00\x00b\x00H\xb2x]\xde\x16\xef0\x0d\x00\x00\x00\x10\x00\
        \x00\x00\x05\x00\x00\x00a.txt\x07\x00o\x02){\xdc\xde\x0c\x033>\x00PK\x01\x02?\x03?\x00\x00\
        \x00b\x00H\xb2x]\xde\x16\xef0\x0d\x00\x00\x00\x10\x00\x00\x00\x05\x00$\x00\x00\x00\x00\x00\
        \x00\x00 \x80\xa4\x81\x00\x00\x00\x00a.txt\x0a\x00 \x00\x00\x00\x00\x00\x01\x00\x18\x00u\
        \xa8\x84\xb3a|\xdd\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00PK\
        \x05\x06\x00\x00\x00\x00\x01\x00\x01\x00W\x00\x00\x000\x00\x00\x00\x00\x00";

    /// Small inputs that are read to their end.
    pub fn samples() -> Vec<Vec<u8>> {
        let text = b"0123456789 abcdefghij 0123456789 abcdefghij";
        let behind = Written {
            flags: SIZES_BEHIND,
            method: 8,
            packed: &deflated(text),
            promised: deflated(text).len() as u32,
            ..stored("b.txt", text)
        };
        let archive = Builder::default()
            .add(stored("a.txt", b"one\n"))
            .add(behind);
        [&archive.finish()[..], BY_ZIP, BY_ZIP_64, BY_7Z]
            .map(<[u8]>::to_vec)
            .to_vec()
    }

    #[test]
    fn what_other_programs_wrote_is_read() {
        let expected = [("a.txt", "one one one one\n"), ("b.txt", "two\n")];
        let one = &expected[..1];
        assert!(is(BY_ZIP) && is(BY_ZIP_64) && is(BY_7Z));
        assert_eq!(read(BY_ZIP).texts(), expected);
        assert_eq!(read(BY_7Z).texts(), one);
        assert_eq!(read(BY_ZIP_64).texts(), [("-", one[0].1)]);
        for bytes in [BY_ZIP, BY_ZIP_64, BY_7Z] {
            assert!(read(bytes).reports.is_empty(), "{:?}", read(bytes).reports);
        }
        let mut ignore = Ignore(Vec::new());
        let _ = open(&mut Cursor::new(BY_ZIP), &Limits::default(), &mut ignore);
        assert_eq!(ignore.0, ["a.txt", "b.txt"]);
    }

    #[test]
    fn an_archive_may_stand_between_other_things() {
        let program = [&b"#!/bin/sh\nexit\n"[..], BY_ZIP, b"garbage"].concat();
        assert!(!is(&program) && ends(&program));
        let kept = read(&program);
        assert_eq!(kept.members.len(), 2);
        assert!(kept.reports.is_empty(), "{:?}", kept.reports);
    }

    #[test]
    fn a_64_bit_archive_may_stand_behind_something() {
        let kept = read(&[&b"#!/bin/sh\nexit\n"[..], BY_ZIP_64].concat());
        assert_eq!(kept.texts(), [("-", "one one one one\n")]);
        assert!(kept.reports.is_empty(), "{:?}", kept.reports);
    }

    #[test]
    fn what_stands_in_another_file_is_told() {
        let mut bytes = BY_ZIP.to_vec();
        let listed = memmem::find(&bytes, LISTED).expect("it has a directory");
        bytes[listed + 34] = 1;
        let told = "a.txt: unsupported: an archive of several files";
        assert_eq!(read(&bytes).reports, [told]);
    }

    #[test]
    fn a_name_may_be_as_long_as_its_length_can_say() {
        let long = "n".repeat(65_535);
        let bytes = Builder::default().add(stored(&long, b"one\n")).finish();
        assert!(is(&bytes[..4096]));
        assert_eq!(read(&bytes).texts(), [(&long[..], "one\n")]);
        let kept = read(&bytes[..bytes.len() - END_LENGTH]);
        assert_eq!(kept.texts(), [(&long[..], "one\n")]);
    }

    #[test]
    fn without_a_directory_the_headers_tell() {
        let content = b"deflated deflated deflated\n";
        let packed = deflated(content);
        let behind = Written {
            name: "behind",
            flags: SIZES_BEHIND,
            method: 8,
            content,
            packed: &packed,
            promised: packed.len() as u32,
        };
        let stored_behind = Written {
            flags: SIZES_BEHIND,
            ..stored("stored behind", b"two PK\x07\x08 words\n")
        };
        let archive = Builder::default()
            .add(stored("stored", b"one\n"))
            .add(behind)
            .add(stored_behind)
            .add(stored("last", b"three\n"));
        let length = archive.bytes.len();
        let bytes = archive.finish();
        let cut = read(&bytes[..length + 60]);
        assert_eq!(
            cut.reports,
            [": damaged: its directory is missing or broken"]
        );
        let whole = read(&bytes);
        assert!(whole.reports.is_empty(), "{:?}", whole.reports);
        assert_eq!(cut.members, whole.members);
        assert_eq!(whole.members.len(), 4);
    }

    #[test]
    fn what_the_directory_does_not_list_is_read() {
        let mut archive = Builder::default().add(stored("a", b"one\n"));
        archive.local(stored("hidden", b"two\n"));
        let bytes = archive.add(stored("b", b"three\n")).finish();
        let kept = read(&bytes);
        assert_eq!(
            kept.texts(),
            [("a", "one\n"), ("b", "three\n"), ("hidden", "two\n")]
        );
    }

    #[test]
    fn lying_sizes_hide_nothing() {
        let content = b"deflated deflated deflated\n";
        let packed = deflated(content);
        for promised in [0, 3, 1000, u32::MAX] {
            let lie = Written {
                name: "lie",
                flags: 0,
                method: 8,
                content,
                packed: &packed,
                promised,
            };
            let bytes = Builder::default()
                .add(lie)
                .add(stored("b", b"two\n"))
                .finish();
            let kept = read(&bytes);
            let text = "deflated deflated deflated\n";
            assert_eq!(kept.texts()[0], ("lie", text), "{promised}");
            assert!(kept.texts().contains(&("b", "two\n")), "{promised}");
        }
        let lie = Written {
            content: b"longer than it is",
            ..stored("lie", b"short")
        };
        let kept = read(&Builder::default().add(lie).finish());
        assert_eq!(kept.texts(), [("lie", "short")]);
        assert_eq!(kept.reports, ["lie: it has 5 bytes, not the promised 17"]);
    }

    #[test]
    fn a_broken_entry_does_not_end_the_others() {
        let wrong = Written {
            content: b"0ne\n",
            ..stored("wrong", b"one\n")
        };
        let broken = Written {
            method: 8,
            ..stored("broken", b"\xff\xff")
        };
        let secret = Written {
            flags: 1,
            ..stored("secret", b"\x01\x02")
        };
        let odd = Written {
            method: 6,
            ..stored("odd", b"\x01\x02")
        };
        let archive = Builder::default()
            .add(wrong)
            .add(broken)
            .add(secret)
            .add(odd);
        let kept = read(&archive.add(stored("b", b"two\n")).finish());
        assert_eq!(
            kept.texts(),
            [("wrong", "one\n"), ("broken", ""), ("b", "two\n")]
        );
        let expected = [
            "wrong: its CRC-32 does not match",
            "broken: its deflate stream is broken",
            "secret: encrypted",
            "odd: unsupported: the method Implode",
        ];
        assert_eq!(kept.reports, expected);
    }

    #[test]
    fn entries_with_the_same_name_are_all_read() {
        let archive = Builder::default()
            .add(stored("a", b"one\n"))
            .add(stored("a", b"two\n"));
        let kept = read(&archive.add(stored("../../a", b"three\n")).finish());
        assert_eq!(
            kept.texts(),
            [("a", "one\n"), ("a", "two\n"), ("../../a", "three\n")]
        );
    }

    #[test]
    fn no_byte_is_read_as_two_entries() {
        let mut archive = Builder::default();
        let entry = stored("a", b"one\n");
        let at = archive.local(entry);
        for _ in 0..100 {
            archive.listed(entry, at);
        }
        let kept = read(&archive.finish());
        assert_eq!(kept.texts(), [("a", "one\n")]);
        assert_eq!(kept.reports.len(), 99);
        assert_eq!(kept.reports[0], "a: damaged: it overlaps another entry");
        // An entry that holds the ones after it, listed in both orders.
        let inner = {
            let mut inner = Builder::default();
            inner.local(stored("inner", b"two\n"));
            inner.bytes
        };
        let outer = stored("outer", &inner);
        for outer_first in [true, false] {
            let mut archive = Builder::default();
            let at = archive.local(outer);
            let inside = at + 35;
            let order = [(outer, at), (stored("inner", b"two\n"), inside)];
            let order = if outer_first {
                order
            } else {
                [order[1], order[0]]
            };
            for (entry, at) in order {
                archive.listed(entry, at);
            }
            let kept = read(&archive.finish());
            let given: usize = kept.members.iter().map(|(_, content)| content.len()).sum();
            assert!(given <= inner.len(), "{given}");
            assert_eq!(kept.reports.len(), 1, "{:?}", kept.reports);
        }
    }

    #[test]
    fn bounds_are_told() {
        let limits = Limits {
            entries: 1,
            memory: 1 << 20,
        };
        let mut kept = Kept::default();
        let _ = open(&mut Cursor::new(BY_ZIP), &limits, &mut kept);
        assert_eq!(kept.texts(), [("a.txt", "one one one one\n")]);
        assert_eq!(kept.reports[0], ": limit: more than 1 entries");
        let mut kept = Kept::default();
        let limits = Limits {
            memory: 1 << 10,
            ..limits
        };
        let _ = open(&mut Cursor::new(BY_7Z), &limits, &mut kept);
        assert_eq!(kept.reports, ["a.txt: limit: needs 1 MiB of memory"]);
    }

    #[test]
    fn every_damage_is_told() {
        let mut whole = read(BY_ZIP).members;
        // The directory, if its name is changed.
        whole.push(("d".into(), Vec::new()));
        for length in 0..BY_ZIP.len() {
            let kept = read(&BY_ZIP[..length]);
            assert!(!kept.reports.is_empty(), "{length}");
        }
        for bytes in damaged(BY_ZIP) {
            let kept = read(&bytes);
            let told = !kept.reports.is_empty();
            let same =
                |(_, content): &(String, Vec<u8>)| whole.iter().any(|(_, other)| other == content);
            assert!(told || kept.members.iter().all(same));
        }
        // A model of PPMd is slow to prepare, so only some of them, and small ones.
        let limits = Limits {
            memory: 1 << 20,
            ..Limits::default()
        };
        for bytes in damaged(BY_7Z).step_by(9).chain(damaged(BY_ZIP_64)) {
            let _ = open(&mut Cursor::new(&bytes), &limits, &mut Kept::default());
        }
    }

    #[test]
    fn ranges_without_a_gap_become_one() {
        let mut taken = Taken::default();
        for (start, end) in [(100, 200), (0, 90), (300, 400), (200, 288)] {
            assert!(!taken.contains(start));
            taken.add(start, end);
        }
        assert_eq!(taken.0.into_iter().collect::<Vec<_>>(), [(0, 400)]);
        let mut taken = Taken::default();
        taken.add(50, 60);
        assert_eq!((taken.after(10), taken.after(51)), (Some(50), None));
        assert_eq!(taken.gaps(100), [(0, 50), (60, 100)]);
    }

    proptest::proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes: Vec<u8>, fields: [u8; 42]) {
            is(&bytes);
            ends(&bytes);
            read(&[LOCAL, &fields[..26], &bytes].concat());
            let end = Builder::default().finish();
            let listed = [LISTED, &fields, &bytes, &end].concat();
            read(&listed);
        }
    }
}
