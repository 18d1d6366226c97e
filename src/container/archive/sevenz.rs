//! 7z.
//!
//! The header is taken apart here, because `sevenz-rust2` 0.25 believes its counts: from an
//! archive of 1.3 KB, whose header unpacks to 8 MB of zeros and claims as many files, it
//! takes 760 MB, with 64 MiB as its bound. It has no bound for Zstandard, leaves all of an
//! archive where a name is no sound UTF-16, and can't read deflate64. The decompressors and
//! filters are those of crates.

use std::cell::{Cell, RefCell};
use std::io::{self, Read, SeekFrom};
use std::ops::ControlFlow;
use std::rc::Rc;

use super::sevenz_coders::{Archive, Graph, Packed};
use super::sevenz_header::{Parser, START, Streams, broken, tag, whole};
use crate::container::behind::Behind;
use crate::container::bytes::Bytes;
use crate::container::codec::stream::{self, Checked, Expected};
use crate::container::entry::{Container, Opens, Tells};
use crate::container::{Limits, Members, ReadSeek, Unread};

const MAGIC: &[u8] = b"7z\xbc\xaf\x27\x1c";

/// How long a program before an archive may be, and how much of it is looked at at once.
const PROGRAM: u64 = 8 << 20;
const WINDOW: u64 = 256 << 10;

/// A header can be compressed, and what comes out of it, too. Nobody does it.
const NESTED: usize = 4;
/// All decoders of an archive may set up so many times the memory that one may have. An
/// honest archive whose files are packed one by one needs a part of this; in a hostile one a
/// few bytes set up a decoder.
const SET_UP: u64 = 1024;

/// A 7z archive.
pub const CONTAINER: Container = Container {
    id: "7z",
    tells: Tells::Head(is),
    opens: Opens::Seek(open),
    has_window: true,
    behind: Some(|input| Ok(find(input)?.is_some())),
    #[cfg(test)]
    samples: tests::samples,
    ..Container::BASE
};

/// Tells 7z by its first bytes.
pub fn is(head: &[u8]) -> bool {
    head.strip_prefix(MAGIC)
        .is_some_and(|rest| rest.first() == Some(&0) && rest.len() >= 26)
}

/// Where an archive begins that may have a program before it.
pub fn find(input: &mut dyn ReadSeek) -> io::Result<Option<u64>> {
    input.seek(SeekFrom::Start(0))?;
    // What was read, from `offset` on.
    let mut window = Vec::new();
    let mut offset = 0;
    while offset < PROGRAM {
        let read = input.take(WINDOW).read_to_end(&mut window)?;
        // One that stands alone may be damaged.
        if offset == 0 && is(&window) {
            return Ok(Some(0));
        }
        let begins = |at: &usize| is_sound(&window[*at..]);
        if let Some(at) = memchr::memmem::find_iter(&window, MAGIC).find(begins) {
            return Ok(Some(offset + at as u64));
        }
        if read == 0 {
            break;
        }
        // The beginning may be cut.
        let done = window.len().saturating_sub(START as usize);
        window.drain(..done);
        offset += done as u64;
    }
    Ok(None)
}

/// Whether this is the beginning of an archive, by its checksum too.
fn is_sound(head: &[u8]) -> bool {
    let mut fields = Bytes(head);
    let (_, crc) = (fields.take(8), fields.u32_le());
    is(head) && fields.0.get(..20).map(checksum) == crc
}

/// Gives the files of an archive in their order. Directories and empty files have
/// no content.
pub fn open(
    input: &mut dyn ReadSeek,
    limits: &Limits,
    members: &mut dyn Members,
) -> ControlFlow<()> {
    let start = find(input).ok().flatten().unwrap_or(0);
    let mut input = match Behind::new(input, start) {
        Ok(input) => input,
        Err(error) => {
            members.unread(b"", Unread::Damaged(error.to_string()));
            return ControlFlow::Continue(());
        }
    };
    let archive = Archive {
        input: Rc::new(RefCell::new(&mut input)),
        limits,
        set_up: Cell::new(SET_UP * limits.memory as u64),
    };
    match archive.read(members) {
        Ok(flow) => flow,
        Err(why) => {
            members.unread(b"", why);
            ControlFlow::Continue(())
        }
    }
}

impl<'a> Archive<'a> {
    fn read(&self, members: &mut dyn Members) -> Result<ControlFlow<()>, Unread> {
        let mut header = self.header()?;
        for _ in 0..NESTED {
            let mut parser = self.parser(&header);
            match parser.number()? {
                tag::HEADER => return self.content(parser, members),
                tag::ENCODED_HEADER => {
                    let streams = parser.streams()?;
                    header = self.decoded(&streams)?;
                }
                _ => break,
            }
        }
        Err(broken())
    }

    fn parser<'h>(&self, header: &'h [u8]) -> Parser<'h> {
        Parser {
            fields: Bytes(header),
            budget: self.limits.memory / 2,
        }
    }

    /// The header at the end of the archive.
    fn header(&self) -> Result<Vec<u8>, Unread> {
        let start = self.bytes(0, START)?;
        let mut fields = Bytes(&start);
        let (_, crc) = (fields.take(8), fields.u32_le());
        let described = fields.0;
        let (Some(offset), Some(length), Some(header_crc)) =
            (fields.u64_le(), fields.u64_le(), fields.u32_le())
        else {
            return Err(Unread::Damaged("it ends in its header".into()));
        };
        if crc != Some(checksum(described)) {
            return Err(Unread::Damaged(
                "the CRC-32 of its header does not match".into(),
            ));
        }
        self.allow(length)?;
        if length == 0 {
            // An archive without files.
            return Ok([tag::HEADER, tag::END].map(|tag| tag as u8).to_vec());
        }
        let header = self.bytes(START.saturating_add(offset), length)?;
        if header.len() as u64 != length {
            return Err(Unread::Damaged("it ends before its header".into()));
        }
        if header_crc != checksum(&header) {
            return Err(Unread::Damaged(
                "the CRC-32 of its header does not match".into(),
            ));
        }
        Ok(header)
    }

    /// Whether a header may be this long.
    fn allow(&self, length: u64) -> Result<(), Unread> {
        match length <= self.limits.memory as u64 / 4 {
            true => Ok(()),
            false => Err(stream::too_much_memory(length)),
        }
    }

    fn bytes(&self, start: u64, length: u64) -> Result<Vec<u8>, Unread> {
        let mut bytes = Vec::new();
        let mut part = Packed::new(&self.input, start, length);
        part.read_to_end(&mut bytes).map_err(stream::damaged)?;
        Ok(bytes)
    }

    /// A header that was compressed.
    fn decoded(&self, streams: &Streams) -> Result<Vec<u8>, Unread> {
        let folder = streams.folders.first().ok_or_else(broken)?;
        if folder.is_encrypted() {
            return Err(Unread::Encrypted);
        }
        self.allow(folder.length())?;
        let mut content = Checked::new(self.folder(streams, 0, 0)?, whole(folder));
        let mut header = Vec::new();
        content.read_to_end(&mut header).map_err(stream::damaged)?;
        Ok(header)
    }

    /// Gives what the header tells of.
    fn content(
        &self,
        mut parser: Parser<'_>,
        members: &mut dyn Members,
    ) -> Result<ControlFlow<()>, Unread> {
        let mut streams = Streams::default();
        let mut files = None;
        loop {
            match parser.number()? {
                tag::END => break,
                tag::PROPERTIES => {
                    while parser.number()? != tag::END {
                        let length = parser.number()?;
                        parser.bytes(length)?;
                    }
                }
                tag::ADDITIONAL_STREAMS => {
                    parser.streams()?;
                }
                tag::MAIN_STREAMS => streams = parser.streams()?,
                tag::FILES => files = Some(parser.files()?),
                _ => return Err(broken()),
            }
        }
        let mut names: Box<dyn Iterator<Item = Vec<u8>>> = match &files {
            Some(files) => Box::new(files.names()),
            None => Box::new(std::iter::empty()),
        };
        let mut first_packed = 0;
        let mut entries = 0;
        for (index, folder) in streams.folders.iter().enumerate() {
            if folder.files.is_empty() {
                first_packed += folder.packed.len();
                continue;
            }
            let mut reader = self.folder(&streams, index, first_packed);
            first_packed += folder.packed.len();
            for file in &folder.files {
                entries += 1;
                if entries > self.limits.entries {
                    members.unread(b"", stream::too_many_entries(self.limits.entries));
                    return Ok(ControlFlow::Continue(()));
                }
                let name = names.next().unwrap_or_default();
                if self.file(&name, &mut reader, *file, members).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Gives the next file of a folder. An error stands for all files after it.
    fn file(
        &self,
        name: &[u8],
        reader: &mut Result<Box<dyn Read + '_>, Unread>,
        expected: Expected,
        members: &mut dyn Members,
    ) -> ControlFlow<()> {
        let length = expected.length.unwrap_or(0);
        let input = match reader {
            Ok(input) => input,
            Err(why) => {
                members.unread(name, why.clone());
                return ControlFlow::Continue(());
            }
        };
        let mut content = Checked::new(input.take(length), expected);
        members.member(name, &mut content)?;
        let mut rest = content.into_inner();
        *reader = match members.pass(&mut rest) {
            Ok(ControlFlow::Continue(())) if rest.limit() == 0 => return ControlFlow::Continue(()),
            Ok(ControlFlow::Break(())) => {
                let words = format!("it stands behind {} bytes that were not read", rest.limit());
                Err(Unread::Limit(words))
            }
            _ => {
                let words = "it stands behind damage in its block";
                Err(Unread::Damaged(words.into()))
            }
        };
        ControlFlow::Continue(())
    }

    /// Opens a folder, the first of whose packed streams has this number.
    fn folder(
        &self,
        streams: &Streams,
        index: usize,
        first_packed: usize,
    ) -> Result<Box<dyn Read + 'a>, Unread> {
        let folder = streams.folders.get(index).ok_or_else(broken)?;
        if folder.is_encrypted() {
            return Err(Unread::Encrypted);
        }
        let mut graph = Graph {
            archive: self,
            streams,
            folder,
            first_packed,
            memory: self.limits.memory,
        };
        let main = folder.main().ok_or_else(broken)?;
        graph.output(main, 0)
    }
}

fn checksum(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::container::testing::{Ignore, Kept, damaged};
    use std::io::Cursor;

    /// `7z a p.7z a.txt b.txt`: LZMA, with a compressed header
    const BY_7Z: &[u8] = b"7z\xbc\xaf'\x1c\x00\x04\xda\xde\xf0>q\x00\x00\x00\x00\x00\x00\x00 \
        \x00\x00\x00\x00\x00\x00\x00~\x9eg\x22\xe0\x00\x13\x00\x0f]\x007\x9b\x88\xce~\x0e2\xbc\
        \x84\x0ek\xc8\x1e\xea\xe0\x00\x00\x00\x813\x07\xae\x0f\xcfn\xee\x8c\x07\xc8C\x7fA\xb1\xfa\
        \xfd\xe8\x93\x858\x19\xc8\xe9\xa4\x9f\x9f\xc1n\xe4uR\xe0\x15\xddG\x85;\xd5e}v2lO\xcb\xec\
        \xcb\xf8x9\x12\xf6c\xb8\xd0E\xb07\x0f\xb6\x1e|a\xe6\x01\xf8\xd1\xa6\xf4[\x94PL([w\x5c\x16@\
        \xea\xbbb\xfe:\x1d\x00\x00\x17\x06\x17\x01\x09Z\x00\x07\x0b\x01\x00\x01#\x03\x01\x01\x05]\
        \x00\x10\x00\x00\x0cn\x0a\x01@;)\xbf\x00\x00";

    /// `7z a -mhc=off h.7z a.txt b.txt`: LZMA2, with a plain header
    const PLAIN: &[u8] = b"7z\xbc\xaf'\x1c\x00\x04\x97J\x86c\x17\x00\x00\x00\x00\x00\x00\x00n\x00\
        \x00\x00\x00\x00\x00\x00@;)\xbf\xe0\x00\x13\x00\x0f]\x007\x9b\x88\xce~\x0e2\xbc\x84\x0ek\
        \xc8\x1e\xea\xe0\x00\x01\x04\x06\x00\x01\x09\x17\x00\x07\x0b\x01\x00\x01!!\x01\x00\x0c\x14\
        \x00\x08\x0d\x02\x09\x10\x0a\x01\xde\x16\xef0t\x08\x17\x96\x00\x00\x05\x02\x19\x04\x00\x00\
        \x00\x00\x11\x19\x00a\x00.\x00t\x00x\x00t\x00\x00\x00b\x00.\x00t\x00x\x00t\x00\x00\x00\x19\
        \x02\x00\x00\x14\x12\x01\x00u\xa8\x84\xb3a|\xdd\x01u\xa8\x84\xb3a|\xdd\x01\x15\x0a\x01\x00 \
        \x80\xa4\x81 \x80\xa4\x81\x00\x00";

    /// `7z a -m0=PPMd ppmd.7z a.txt`
    const PPMD: &[u8] = b"7z\xbc\xaf'\x1c\x00\x04\x95\xc6\x06H\x0b\x00\x00\x00\x00\x00\x00\x00R\
        \x00\x00\x00\x00\x00\x00\x002\xf6\x9d\x1b\x00o\x02)\xa9\xfd\xc1\xbb)\x1e\x00\x01\x04\x06\
        \x00\x01\x09\x0b\x00\x07\x0b\x01\x00\x01#\x03\x04\x01\x05\x06\x00\x00\x01\x00\x0c\x10\x00\
        \x08\x0a\x01\xde\x16\xef0\x00\x00\x05\x01\x19\x06\x00\x00\x00\x00\x00\x00\x11\x0d\x00a\x00.\
        \x00t\x00x\x00t\x00\x00\x00\x14\x0a\x01\x00u\xa8\x84\xb3a|\xdd\x01\x15\x06\x01\x00 \x80\xa4\
        \x81\x00\x00";

    #[test]
    fn an_archive_may_stand_behind_a_program() {
        for length in [1, 31, 4096, WINDOW as usize - 3, 2 * WINDOW as usize] {
            // The program knows the signature, too.
            let program = [vec![b'p'; length], MAGIC.to_vec(), vec![0; 40]].concat();
            let whole = [&program, BY_7Z].concat();
            let found = find(&mut Cursor::new(&whole)).expect("memory can be read");
            assert_eq!(found, Some(program.len() as u64), "{length}");
            let (behind, alone) = (read_within(&whole, 1 << 20), read_within(BY_7Z, 1 << 20));
            assert_eq!(behind.members, alone.members);
            assert!(!alone.members.is_empty());
        }
        let cut = [vec![b'p'; 100], BY_7Z[..20].to_vec()].concat();
        assert_eq!(find(&mut Cursor::new(&cut)).ok(), Some(None));
    }

    fn read_within(bytes: &[u8], memory: usize) -> Kept {
        let mut kept = Kept::default();
        let limits = Limits {
            memory,
            ..Limits::default()
        };
        let _ = open(&mut Cursor::new(bytes), &limits, &mut kept);
        kept
    }

    fn read(bytes: &[u8]) -> Kept {
        read_within(bytes, 64 << 20)
    }

    /// An archive whose plain header is as given.
    fn archive(packed: &[u8], header: &[u8]) -> Vec<u8> {
        let mut start = (packed.len() as u64).to_le_bytes().to_vec();
        start.extend((header.len() as u64).to_le_bytes());
        start.extend(checksum(header).to_le_bytes());
        let crc = checksum(&start).to_le_bytes();
        [MAGIC, &[0, 4], &crc, &start, packed, header].concat()
    }

    /// The header of an archive with one file `a` of four bytes.
    fn header(packed: u8, coder: &[u8]) -> Vec<u8> {
        let pack = [0x01, 0x04, 0x06, 0, 1, 9, packed, 0, 0x07, 0x0b, 1, 0];
        let rest = [
            0x0c, 4, 0, 0x08, 0, 0, 0x05, 1, 0x11, 5, 0, b'a', 0, 0, 0, 0, 0,
        ];
        [&pack, coder, &rest].concat()
    }

    /// Small inputs that are read to their end.
    pub fn samples() -> Vec<Vec<u8>> {
        let stored = archive(b"one\n", &header(4, &[1, 1, 0]));
        [BY_7Z, PLAIN, PPMD, &stored].map(<[u8]>::to_vec).to_vec()
    }

    #[test]
    fn what_7z_wrote_is_read() {
        let expected = [("a.txt", "one one one one\n"), ("b.txt", "two\n")];
        for (bytes, count) in [(BY_7Z, 2), (PLAIN, 2), (PPMD, 1)] {
            assert!(is(bytes));
            let kept = read(bytes);
            assert_eq!(kept.texts(), expected[..count]);
            assert!(kept.reports.is_empty(), "{:?}", kept.reports);
        }
        let mut ignore = Ignore(Vec::new());
        let _ = open(&mut Cursor::new(PLAIN), &Limits::default(), &mut ignore);
        assert_eq!(ignore.0, ["a.txt", "b.txt"]);
    }

    #[test]
    fn stored_files_are_read() {
        let bytes = archive(b"one\n", &header(4, &[1, 1, 0]));
        assert_eq!(read(&bytes).texts(), [("a", "one\n")]);
        assert_eq!(read(&archive(b"", &[])).reports.len(), 0);
    }

    #[test]
    fn brotli_is_read_with_the_header_of_a_frame_and_without() {
        let [bare] = &crate::container::codec::brotli::tests::samples()[..] else {
            panic!("there is one");
        };
        let mut frame = vec![0x50, 0x2a, 0x4d, 0x18, 8, 0, 0, 0];
        frame.extend((bare.len() as u32).to_le_bytes());
        frame.extend([b'B', b'R', 1, 0]);
        frame.extend(bare);
        let text = "hello from brotli hello from brotli\n";
        for content in [bare, &frame, &frame.repeat(2)] {
            let coder = [1, 0x04, 0x04, 0xf7, 0x11, 0x02];
            let length = (text.len() * content.len().div_ceil(frame.len())) as u8;
            let pack = [
                0x01,
                0x04,
                0x06,
                0,
                1,
                9,
                content.len() as u8,
                0,
                0x07,
                0x0b,
                1,
                0,
            ];
            let rest = [
                0x0c, length, 0, 0x08, 0, 0, 0x05, 1, 0x11, 5, 0, b'a', 0, 0, 0, 0, 0,
            ];
            let kept = read(&archive(content, &[&pack[..], &coder, &rest].concat()));
            let times = content.len().div_ceil(frame.len());
            assert_eq!(
                kept.texts(),
                [("a", &text.repeat(times)[..])],
                "{:?}",
                kept.reports
            );
            assert!(kept.reports.is_empty(), "{:?}", kept.reports);
        }
        let mut kept = Kept::default();
        let _ = open(
            &mut Cursor::new(archive(
                bare,
                &header(bare.len() as u8, &[1, 0x04, 0x04, 0xf7, 0x11, 0x02]),
            )),
            &Limits {
                memory: 1 << 20,
                ..Limits::default()
            },
            &mut kept,
        );
        assert_eq!(kept.reports, ["a: limit: needs 36 MiB of memory"]);
    }

    #[test]
    fn encrypted_files_are_told_of() {
        let coder = [1, 0x24, 0x06, 0xf1, 0x07, 0x01, 1, 0];
        let kept = read(&archive(b"????", &header(4, &coder)));
        assert_eq!(kept.reports, ["a: encrypted"]);
        assert!(kept.members.is_empty());
    }

    #[test]
    fn a_dictionary_is_no_larger_than_the_content() {
        let mut bytes = PLAIN.to_vec();
        // The code of LZMA2 for 4 GiB.
        let at = bytes
            .windows(3)
            .position(|window| window == [0x21, 0x21, 1]);
        bytes[at.map_or(0, |at| at + 3)] = 40;
        let crc = checksum(&bytes[55..]).to_le_bytes();
        bytes[28..32].copy_from_slice(&crc);
        let crc = checksum(&bytes[12..32]).to_le_bytes();
        bytes[8..12].copy_from_slice(&crc);
        assert_eq!(read(&bytes).members.len(), 2);
    }

    #[test]
    fn bounds_are_told() {
        let kept = read_within(PPMD, 32 << 10);
        assert_eq!(kept.reports, ["a.txt: limit: needs 1 MiB of memory"]);
        let kept = read_within(PLAIN, 100);
        assert_eq!(kept.reports, [": limit: needs 1 MiB of memory"]);
        // Counts of 2 to the power of 40 and more.
        let many = [0xfc, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
        let headers = [
            [&[0x01, 0x04, 0x06, 0][..], &many].concat(),
            [&[0x01, 0x04, 0x07, 0x0b][..], &many].concat(),
            [&[0x01, 0x05][..], &many, &[0x0e, 1, 0]].concat(),
        ];
        for header in headers {
            assert_eq!(read(&archive(b"", &header)).reports.len(), 1);
        }
    }

    #[test]
    fn only_so_many_decoders_are_set_up() {
        const COUNT: u16 = 500;
        let [high, low] = COUNT.to_be_bytes();
        let number = [0x80 | high, low];
        // PPMd with 1 MiB, for one byte.
        let coder = [1, 0x23, 0x03, 0x04, 0x01, 5, 6, 0, 0, 0x10, 0];
        let count = usize::from(COUNT);
        let header = [
            &[0x01, 0x04, 0x06, 0][..],
            &number,
            &[9],
            &[5].repeat(count),
            &[0, 0x07, 0x0b],
            &number,
            &[0],
            &coder.repeat(count),
            &[0x0c],
            &[1].repeat(count),
            &[0, 0, 0],
        ];
        let bytes = archive(&b"\0AAAA".repeat(count), &header.concat());
        let mut kept = Kept::default();
        let limits = Limits {
            memory: 2 << 20,
            ..Limits::default()
        };
        let mut input = Cursor::new(&bytes[..]);
        let archive = Archive {
            input: Rc::new(RefCell::new(&mut input)),
            limits: &limits,
            set_up: Cell::new(10 << 20),
        };
        assert!(archive.read(&mut kept).is_ok());
        assert_eq!(kept.members.len(), 10);
        let told = ": limit: more decoders than it may need";
        let refused = kept.reports.iter().filter(|report| *report == told);
        assert_eq!(refused.count(), count - 10);
    }

    #[test]
    fn circles_end() {
        // Two coders that feed each other, and one that is fed by the archive.
        let coders = [3, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0];
        let header = [
            &[0x01, 0x04, 0x06, 0, 1, 9, 4, 0, 0x07, 0x0b, 1, 0][..],
            &coders,
            &[0x0c, 4, 4, 4, 0, 0, 0],
        ];
        let kept = read(&archive(b"one\n", &header.concat()));
        assert!(kept.members.len() + kept.reports.len() == 1);
    }

    #[test]
    fn every_damage_is_told() {
        for original in [BY_7Z, PLAIN, PPMD] {
            let whole = read(original).members;
            for bytes in damaged(original).filter(|bytes| is(bytes)) {
                let kept = read(&bytes);
                assert!(!kept.reports.is_empty() || kept.members == whole);
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn arbitrary_headers_never_panic(bytes: Vec<u8>, index: usize, byte: u8) {
            read_within(&archive(b"one\n", &bytes), 1 << 20);
            let mut changed = PLAIN[55..].to_vec();
            let index = index % changed.len();
            changed[index] = byte;
            read_within(&archive(&PLAIN[32..55], &changed), 1 << 20);
        }
    }
}
