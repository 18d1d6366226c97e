//! Tar in all its dialects: v7, ustar, GNU and pax. Of a sparse file the bytes are read
//! that are stored, one after the other.

use std::io::{self, BufRead, Read};
use std::ops::ControlFlow;

use crate::container::bytes::{digits, shortened};
use crate::container::codec::stream::{self, Intake, Part};
use crate::container::entry::{Container, Holds, Opens, Tells};
use crate::container::{Limits, Members, Unread};

const BLOCK: usize = 512;
/// Names and other attributes of one entry are no longer.
const ATTRIBUTES: u64 = 1 << 20;
/// A tar archive.
pub const CONTAINER: Container = Container {
    id: "tar",
    tells: Tells::Head(is),
    opens: Opens::Stream(open),
    holds: Holds::FilesAsTheyAre,
    is_read_once: true,
    #[cfg(test)]
    samples: tests::samples,
    ..Container::BASE
};

/// Tells tar by the checksum of its first header.
pub fn is(head: &[u8]) -> bool {
    head.first_chunk()
        .is_some_and(|block| Header(block).is_sound())
}

/// Gives the files of an archive. Links, directories and devices have no content
/// and are passed over.
pub fn open(input: &mut dyn Read, limits: &Limits, members: &mut dyn Members) -> ControlFlow<()> {
    let mut tar = Tar {
        input: Intake::new(input),
        global: Attributes::default(),
        next: Attributes::default(),
        announced: false,
        entries: 0,
        lost: false,
    };
    loop {
        match tar.entry(limits, members) {
            Ok(ControlFlow::Continue(true)) => {}
            Ok(ControlFlow::Continue(false)) => return ControlFlow::Continue(()),
            Ok(ControlFlow::Break(())) => return ControlFlow::Break(()),
            Err(error) => {
                members.unread(b"", stream::damaged(error));
                return ControlFlow::Continue(());
            }
        }
    }
}

/// A header of 512 bytes.
struct Header<'a>(&'a [u8; BLOCK]);

impl Header<'_> {
    /// Some bytes of it.
    fn field(&self, start: usize, length: usize) -> &[u8] {
        self.0.get(start..start + length).unwrap_or_default()
    }

    fn is_zero(&self) -> bool {
        self.0.iter().all(|byte| *byte == 0)
    }

    /// Whether its checksum holds. Some old programs summed signed bytes.
    fn is_sound(&self) -> bool {
        let Some(expected) = digits(self.field(148, 8), 8) else {
            return false;
        };
        let blanks = 8 * u64::from(b' ');
        let others = || self.0.iter().take(148).chain(self.0.iter().skip(156));
        let sum = blanks + others().map(|byte| u64::from(*byte)).sum::<u64>();
        let high = others().filter(|byte| **byte >= 0x80).count() as u64;
        // A header of blanks alone would hold, too.
        let named = self.field(0, 1) != [0] || self.field(345, 1) != [0] || self.kind() != 0;
        named && (sum == expected || sum.checked_sub(256 * high) == Some(expected))
    }

    fn kind(&self) -> u8 {
        self.0.get(156).copied().unwrap_or_default()
    }

    fn size(&self) -> Option<u64> {
        number(self.field(124, 12))
    }

    fn name(&self) -> Vec<u8> {
        let name = text(self.field(0, 100));
        let prefix = text(self.field(345, 155));
        // GNU has dates where POSIX has the beginning of a long name.
        let posix = self.field(257, 8) == b"ustar\x0000";
        match posix && !prefix.is_empty() {
            true => [prefix, b"/", name].concat(),
            false => name.to_vec(),
        }
    }
}

/// The bytes before the first zero.
fn text(field: &[u8]) -> &[u8] {
    field.split(|byte| *byte == 0).next().unwrap_or_default()
}

/// A number in octal digits, or as GNU writes large ones: in base 256. Negative
/// ones are none.
fn number(field: &[u8]) -> Option<u64> {
    match field.split_first()? {
        (0x80, rest) => rest.iter().try_fold(0_u64, |sum, byte| {
            Some(sum.checked_mul(256)? + u64::from(*byte))
        }),
        (0xff, _) => None,
        // Old programs leave fields empty that mean nothing.
        _ if field.iter().all(|byte| matches!(byte, 0 | b' ')) => Some(0),
        _ => digits(field, 8),
    }
}

/// What is told about an entry before its own header.
#[derive(Clone, Default)]
struct Attributes {
    name: Option<Vec<u8>>,
    size: Option<u64>,
    sparse: bool,
}

impl Attributes {
    /// Takes the records of pax: `length key=value\n`.
    fn read(&mut self, mut records: &[u8]) -> Option<()> {
        while !records.is_empty() && records.first() != Some(&0) {
            let blank = memchr::memchr(b' ', records)?;
            let length = usize::try_from(digits(records.get(..blank)?, 10)?).ok()?;
            let record = records.get(blank + 1..length)?.strip_suffix(b"\n")?;
            let equals = memchr::memchr(b'=', record)?;
            self.set(record.get(..equals)?, record.get(equals + 1..)?);
            records = records.get(length..)?;
        }
        Some(())
    }

    fn set(&mut self, key: &[u8], value: &[u8]) {
        match key {
            // GNU gives a sparse file a name of its own in `path`.
            b"path" if self.sparse && self.name.is_some() => {}
            b"path" => self.name = Some(shortened(value).into_owned()),
            b"size" => self.size = digits(value, 10),
            b"GNU.sparse.name" => {
                (self.sparse, self.name) = (true, Some(shortened(value).into_owned()));
            }
            key if key.starts_with(b"GNU.sparse.") => self.sparse = true,
            _ => {}
        }
    }
}

/// An archive that is being read.
struct Tar<'a> {
    input: Intake<'a>,
    /// What is told about all entries.
    global: Attributes,
    /// What is told about the next one.
    next: Attributes,
    /// Something was told about it.
    announced: bool,
    entries: u64,
    /// The last header was broken, and the next sound one is looked for.
    lost: bool,
}

impl Tar<'_> {
    /// Reads one entry. `false` where none follows.
    fn entry(
        &mut self,
        limits: &Limits,
        members: &mut dyn Members,
    ) -> io::Result<ControlFlow<(), bool>> {
        let Some(block) = self.header(members)? else {
            return Ok(ControlFlow::Continue(false));
        };
        self.entries += 1;
        if self.entries > limits.entries {
            members.unread(b"", stream::too_many_entries(limits.entries));
            return Ok(ControlFlow::Continue(false));
        }
        let header = Header(&block);
        if let kind @ (b'L' | b'K' | b'x' | b'X' | b'g') = header.kind() {
            let whole = self.attributes(kind, &header, members)?;
            return Ok(ControlFlow::Continue(whole));
        }
        let about = std::mem::take(&mut self.next);
        self.announced = false;
        let name = about
            .name
            .clone()
            .or_else(|| self.global.name.clone())
            .unwrap_or_else(|| header.name());
        let Some(size) = about.size.or(self.global.size).or(header.size()) else {
            members.unread(&name, Unread::Damaged("its size is no number".into()));
            self.lost = true;
            return Ok(ControlFlow::Continue(true));
        };
        if !self.has_content(&header, &name, size)? {
            return Ok(ControlFlow::Continue(true));
        }
        let is_old_sparse = header.kind() == b'S';
        if is_old_sparse && header.field(482, 1) != [0] {
            self.skip_map()?;
        }
        if is_old_sparse || about.sparse {
            let words = "a sparse file, which was read without its holes".into();
            members.unread(&name, Unread::Unsupported(words));
        }
        let start = self.input.consumed();
        let place = start..start.saturating_add(size);
        let mut content = Part::new(&mut self.input, size);
        let flow = members.stored(&name, place, &mut content);
        if flow.is_break() {
            return Ok(ControlFlow::Break(()));
        }
        let (left, told) = content.finish();
        let end = left.saturating_add(padding(size));
        let complete = self.input.skip(end)? >= left;
        if !complete && !told {
            members.unread(&name, cut_off());
        }
        Ok(ControlFlow::Continue(complete))
    }

    /// Takes the next header that is sound.
    fn header(&mut self, members: &mut dyn Members) -> io::Result<Option<[u8; BLOCK]>> {
        let mut after_end = false;
        loop {
            let available = self.input.peek(BLOCK)?;
            let Some(block) = available.first_chunk::<BLOCK>() else {
                let cut = available.iter().any(|byte| *byte != 0) && !after_end;
                if (cut || self.announced) && !self.lost {
                    members.unread(b"", Unread::Damaged("it ends in a header".into()));
                }
                return Ok(None);
            };
            let block = *block;
            let header = Header(&block);
            if header.is_sound() {
                self.input.consume(BLOCK);
                self.lost = false;
                return Ok(Some(block));
            }
            if header.is_zero() {
                // Archives can be joined, so zeros needn't be the end.
                after_end = true;
            } else if after_end && !self.lost {
                return Ok(None);
            } else if !std::mem::replace(&mut self.lost, true) {
                members.unread(b"", Unread::Damaged("a header is broken".into()));
            }
            self.input.consume(BLOCK);
        }
    }

    /// Reads what is told about the next entry, or all. `false` where it ends.
    fn attributes(
        &mut self,
        kind: u8,
        header: &Header<'_>,
        members: &mut dyn Members,
    ) -> io::Result<bool> {
        let size = match header.size() {
            Some(size) if size <= ATTRIBUTES => size,
            Some(size) => {
                let words = format!("attributes of {size} bytes");
                members.unread(&header.name(), Unread::Limit(words));
                let end = size.saturating_add(padding(size));
                return Ok(self.input.skip(end)? == end);
            }
            None => {
                let words = "its size is no number".into();
                members.unread(&header.name(), Unread::Damaged(words));
                self.lost = true;
                return Ok(true);
            }
        };
        let Some(bytes) = self.input.take_vec(size as usize)? else {
            members.unread(&header.name(), cut_off());
            return Ok(false);
        };
        self.input.skip(padding(size))?;
        self.announced |= kind != b'g';
        let sound = match kind {
            b'L' => {
                self.next.name = Some(shortened(text(&bytes)).into_owned());
                Some(())
            }
            b'K' => Some(()),
            b'g' => self.global.read(&bytes),
            _ => self.next.read(&bytes),
        };
        if sound.is_none() {
            let words = "its attributes are broken".into();
            members.unread(&header.name(), Unread::Damaged(words));
        }
        Ok(true)
    }

    /// Whether an entry has content. Some programs give links the size of what
    /// they lead to; then a header follows at once, and no content.
    fn has_content(&mut self, header: &Header<'_>, name: &[u8], size: u64) -> io::Result<bool> {
        let old_directory = header.kind() == 0 && name.ends_with(b"/");
        let none = old_directory || matches!(header.kind(), b'1'..=b'6' | b'V');
        if !none {
            return Ok(true);
        }
        if size == 0 {
            return Ok(false);
        }
        let next = self.input.peek(BLOCK)?.first_chunk();
        Ok(next.is_some_and(|next| !Header(next).is_sound() && !Header(next).is_zero()))
    }

    /// Passes over the blocks with which GNU goes on about the holes of a file.
    fn skip_map(&mut self) -> io::Result<()> {
        while let Some(block) = self.input.peek(BLOCK)?.first_chunk::<BLOCK>() {
            let has_more = block[504] != 0;
            self.input.consume(BLOCK);
            if !has_more {
                break;
            }
        }
        Ok(())
    }
}

/// How many bytes fill up the last block.
fn padding(size: u64) -> u64 {
    size.wrapping_neg() % BLOCK as u64
}

fn cut_off() -> Unread {
    Unread::Damaged("the archive ends in it".into())
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::container::testing::{Ignore, Kept, damaged};

    /// A header as POSIX has it.
    fn header(name: &str, kind: u8, size: &[u8]) -> Vec<u8> {
        let mut block = vec![0; BLOCK];
        block[..name.len()].copy_from_slice(name.as_bytes());
        block[100..108].copy_from_slice(b"0000644\0");
        block[124..124 + size.len()].copy_from_slice(size);
        block[156] = kind;
        block[257..265].copy_from_slice(b"ustar\x0000");
        sign(&mut block);
        block
    }

    fn sign(block: &mut [u8]) {
        block[148..156].copy_from_slice(b"        ");
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    }

    pub fn entry(name: &str, kind: u8, content: &[u8]) -> Vec<u8> {
        let size = format!("{:011o}\0", content.len());
        let mut bytes = header(name, kind, size.as_bytes());
        bytes.extend(content);
        bytes.resize(bytes.len().next_multiple_of(BLOCK), 0);
        bytes
    }

    fn record(key: &str, value: &str) -> String {
        let rest = key.len() + value.len() + 3;
        let length = (rest + 2..).find(|length| length.to_string().len() + rest == *length);
        format!("{} {key}={value}\n", length.unwrap_or(rest + 1))
    }

    pub fn end() -> Vec<u8> {
        vec![0; 2 * BLOCK]
    }

    fn read(bytes: &[u8]) -> Kept {
        let mut kept = Kept::default();
        let _ = open(&mut &bytes[..], &Limits::default(), &mut kept);
        kept
    }

    /// Small inputs that are read to their end.
    pub fn samples() -> Vec<Vec<u8>> {
        let long = "n".repeat(150) + "/name";
        let entries = [
            entry("././@LongLink", b'L', long.as_bytes()),
            entry("short", b'0', b"one\n"),
            entry("pax", b'x', record("path", &long).as_bytes()),
            entry("short", b'0', b"two\n"),
            entry("dir/", b'5', b""),
        ];
        vec![[entries.concat(), end()].concat()]
    }

    #[test]
    fn files_have_content_and_nothing_else_has() {
        let bytes = [
            entry("a", b'0', b"one\n"),
            entry("dir/", b'5', b""),
            entry("link", b'2', b""),
            entry("old", 0, b"two\n"),
            entry("old/", 0, b""),
            entry("empty", b'0', b""),
            end(),
            b"garbage".to_vec(),
        ]
        .concat();
        assert!(is(&bytes));
        let kept = read(&bytes);
        assert_eq!(
            kept.texts(),
            [("a", "one\n"), ("old", "two\n"), ("empty", "")]
        );
        assert!(kept.reports.is_empty());
        let mut ignore = Ignore(Vec::new());
        let _ = open(&mut &bytes[..], &Limits::default(), &mut ignore);
        assert_eq!(ignore.0, ["a", "old", "empty"]);
    }

    #[test]
    fn long_names_come_before_their_entry() {
        let long = "n".repeat(150) + "/name";
        let bytes = [
            entry("././@LongLink", b'L', format!("{long}\0").as_bytes()),
            entry("short", b'0', b"one\n"),
            entry("pax", b'g', record("comment", "all").as_bytes()),
            entry(
                "pax",
                b'x',
                (record("mtime", "1.5") + &record("path", &long)).as_bytes(),
            ),
            entry("short", b'0', b"two\n"),
            entry("short", b'0', b"three\n"),
        ]
        .concat();
        let kept = read(&bytes);
        let expected = [
            (&long[..], "one\n"),
            (&long[..], "two\n"),
            ("short", "three\n"),
        ];
        assert_eq!(kept.texts(), expected);
        assert!(kept.reports.is_empty());
    }

    #[test]
    fn a_name_that_no_path_has_is_cut() {
        let long = "n".repeat(1 << 19) + "/name.br";
        let records = record("path", &long);
        for (kind, attributes) in [
            (b'g', records.as_bytes()),
            (b'x', records.as_bytes()),
            (b'L', long.as_bytes()),
        ] {
            let bytes = [
                entry("long", kind, attributes),
                entry("short", b'0', b"one\n"),
                end(),
            ];
            let kept = read(&bytes.concat());
            let [(name, "one\n")] = kept.texts()[..] else {
                panic!("{:?}", kept.reports)
            };
            assert!(name.len() < 5000 && name.starts_with("nnn"));
            assert!(name.contains('…') && name.ends_with("/name.br"));
        }
    }

    #[test]
    fn posix_splits_long_names() {
        let mut bytes = entry("name", b'0', b"one\n");
        bytes[345..348].copy_from_slice(b"dir");
        sign(&mut bytes[..BLOCK]);
        assert_eq!(read(&bytes).texts(), [("dir/name", "one\n")]);
    }

    #[test]
    fn a_link_with_a_size_has_no_content() {
        let mut link = header("link", b'1', b"00000010000\0");
        link.extend(entry("a", b'0', b"one\n"));
        assert_eq!(read(&link).texts(), [("a", "one\n")]);
    }

    #[test]
    fn large_sizes_are_written_in_base_256() {
        let mut size = [0; 12];
        (size[0], size[11]) = (0x80, 4);
        let bytes = [header("a", b'0', &size), b"one\n".to_vec(), vec![0; 508]].concat();
        assert_eq!(read(&bytes).texts(), [("a", "one\n")]);
        size[5] = 0xff;
        let giant = [header("a", b'0', &size), b"one\n".to_vec()].concat();
        let kept = read(&giant);
        assert_eq!(kept.texts(), [("a", "one\n")]);
        assert_eq!(kept.reports, ["a: the archive ends in it"]);
    }

    #[test]
    fn after_a_size_that_is_none_the_next_header_is_found() {
        let next = entry("b", b'0', b"two\n");
        for size in [&[0xff; 12][..], b"99999999999\0", &[0x80, 0xff, 0xff, 0xff]] {
            let mut size = size.to_vec();
            size.resize(12, 0xff);
            let bytes = [
                header("a", b'0', &size),
                b"one\n".to_vec(),
                vec![0; 508],
                next.clone(),
            ];
            let kept = read(&bytes.concat());
            assert_eq!(kept.texts(), [("b", "two\n")]);
            assert_eq!(kept.reports[0], "a: damaged: its size is no number");
        }
    }

    #[test]
    fn a_broken_header_is_passed_over_and_told_of() {
        let mut first = entry("a", b'0', b"one\n");
        first[0] ^= 1;
        let kept = read(&[first, entry("b", b'0', b"two\n"), end()].concat());
        assert_eq!(kept.texts(), [("b", "two\n")]);
        assert_eq!(kept.reports, [": damaged: a header is broken"]);
    }

    #[test]
    fn joined_archives_are_both_read() {
        let first = [entry("a", b'0', b"one\n"), end()].concat();
        let kept = read(&[first, entry("b", b'0', b"two\n"), end()].concat());
        assert_eq!(kept.texts(), [("a", "one\n"), ("b", "two\n")]);
        assert!(kept.reports.is_empty());
    }

    #[test]
    fn what_a_sparse_file_stores_is_given() {
        let name = record("GNU.sparse.name", "sparse");
        let map = record("GNU.sparse.map", "0,4,9000000000,4");
        let mut old = entry("old", b'S', b"one\ntwo\n");
        // A block of the map follows, and another one.
        old[482] = 1;
        sign(&mut old[..BLOCK]);
        let mut maps = vec![0; 2 * BLOCK];
        maps[504] = 1;
        old.splice(BLOCK..BLOCK, maps);
        let bytes = [
            entry("pax", b'x', (name + &map).as_bytes()),
            entry("GNUSparseFile.0/sparse", b'0', b"one\ntwo\n"),
            old,
            entry("next", b'0', b"three\n"),
        ]
        .concat();
        let kept = read(&bytes);
        let stored = "one\ntwo\n";
        let expected = [("sparse", stored), ("old", stored), ("next", "three\n")];
        assert_eq!(kept.texts(), expected);
        let words = "unsupported: a sparse file, which was read without its holes";
        let told = ["sparse", "old"].map(|name| format!("{name}: {words}"));
        assert_eq!(kept.reports, told);
    }

    #[test]
    fn bounds_are_told() {
        let bytes = [entry("a", b'0', b""), entry("b", b'0', b"")].concat();
        let mut kept = Kept::default();
        let limits = Limits {
            entries: 1,
            ..Limits::default()
        };
        let _ = open(&mut &bytes[..], &limits, &mut kept);
        assert_eq!(kept.reports, [": limit: more than 1 entries"]);
        let giant = header("x", b'x', b"00777777777\0");
        let kept = read(&giant);
        assert_eq!(kept.reports, ["x: limit: attributes of 134217727 bytes"]);
    }

    #[test]
    fn damage_never_panics() {
        let bytes = [
            entry("pax", b'x', record("path", "name").as_bytes()),
            entry("a", b'0', b"one\n"),
        ]
        .concat();
        for bytes in damaged(&bytes) {
            let kept = read(&bytes);
            let told = !kept.reports.is_empty() || bytes.is_empty();
            assert!(told || kept.members.len() == 1);
        }
        assert!(!is(&[0; 4096]) && !is(&[b' '; 4096]) && !is(&[b'0'; 4096]));
    }

    proptest::proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes: Vec<u8>, kind: u8, size: [u8; 12]) {
            let mut archive = header("a", kind, &size);
            archive.extend(&bytes);
            read(&archive);
            Attributes::default().read(&bytes);
        }
    }
}
