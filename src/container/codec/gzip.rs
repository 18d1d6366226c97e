//! Gzip: one file, or several one after another that read as one.

use std::io::{self, BufRead, Read};
use std::ops::ControlFlow;

use super::deflate::Inflate;
use super::stream::{self, Codec, Intake, Next, Step};
use crate::container::bytes::Bytes;
use crate::container::entry::{Container, Holds, Opens, Tells};
use crate::container::{Limits, Members, Unread};

const HAS_CRC: u8 = 1 << 1;
const HAS_EXTRA: u8 = 1 << 2;
const HAS_NAME: u8 = 1 << 3;
const HAS_COMMENT: u8 = 1 << 4;
const RESERVED: u8 = 0b1110_0000;

/// Bytes of a name that are kept.
const NAME: usize = 64 << 10;

/// gzip, with one member or several.
pub const CONTAINER: Container = Container {
    id: "gzip",
    tells: Tells::Head(is),
    opens: Opens::Stream(open),
    holds: Holds::OneFile,
    is_read_once: true,
    #[cfg(test)]
    samples: tests::samples,
    ..Container::BASE
};

/// Tells gzip by its first bytes.
pub fn is(head: &[u8]) -> bool {
    let Some((header, rest)) = head.split_first_chunk::<10>() else {
        return false;
    };
    let (_, flags) = match header {
        [0x1f, 0x8b, 8, flags, ..] if flags & RESERVED == 0 => (8, *flags),
        _ => return false,
    };
    // The first block follows at once where no optional field does, and there
    // are only three kinds of blocks.
    let block = rest.first().map_or(0, |byte| byte >> 1 & 3);
    flags & !1 != 0 || block != 3
}

/// Gives what it holds as one member with the name that it stores. A part with a
/// wrong checksum ends the member, and the parts after it are another one.
pub fn open(input: &mut dyn Read, _limits: &Limits, members: &mut dyn Members) -> ControlFlow<()> {
    stream::open(input, Gunzip::new(), |gunzip| &gunzip.name, members)
}

/// Undoes gzip.
struct Gunzip {
    inflate: Inflate,
    crc: flate2::Crc,
    name: Vec<u8>,
    /// The part of the trailer that was read, when the deflate stream has ended.
    trailer: Option<Vec<u8>>,
    parts: u64,
}

impl Gunzip {
    fn new() -> Gunzip {
        Gunzip {
            inflate: Inflate::raw(),
            crc: flate2::Crc::new(),
            name: Vec::new(),
            trailer: None,
            parts: 0,
        }
    }

    fn header(&mut self, input: &mut Intake<'_>) -> io::Result<Option<()>> {
        let Some(&[_, _, _, flags, ..]) = input.peek(10)?.first_chunk::<10>() else {
            return Ok(None);
        };
        input.consume(10);
        if flags & HAS_EXTRA != 0 {
            let Some(length) = Bytes(input.peek(2)?).u16_le() else {
                return Ok(None);
            };
            input.skip(2 + u64::from(length))?;
        }
        if flags & HAS_NAME != 0 {
            let Some(name) = text(input)? else {
                return Ok(None);
            };
            if self.parts == 0 {
                self.name = name;
            }
        }
        if flags & HAS_COMMENT != 0 && text(input)?.is_none() {
            return Ok(None);
        }
        if flags & HAS_CRC != 0 {
            input.skip(2)?;
        }
        Ok(Some(()))
    }

    /// Takes what is still missing of the trailer.
    fn finish(&mut self, input: &[u8]) -> (usize, Next) {
        let trailer = self.trailer.get_or_insert_default();
        let taken = input.len().min(8 - trailer.len().min(8));
        trailer.extend(input.iter().take(taken));
        let mut fields = Bytes(trailer);
        let (Some(crc), Some(length)) = (fields.u32_le(), fields.u32_le()) else {
            return (taken, Next::More);
        };
        let next = if crc != self.crc.sum() {
            Next::Mismatch("its CRC-32 does not match".into())
        } else if length != self.crc.amount() {
            Next::Mismatch("its length does not match".into())
        } else {
            Next::End
        };
        (taken, next)
    }
}

/// A text that ends with a zero byte, as much of it as is kept. `None` where it has no end.
fn text(input: &mut Intake<'_>) -> io::Result<Option<Vec<u8>>> {
    let mut text = Vec::new();
    loop {
        let piece = input.fill_buf()?;
        if piece.is_empty() {
            return Ok(None);
        }
        let end = memchr::memchr(0, piece);
        let length = end.unwrap_or(piece.len());
        text.extend(piece.iter().take(length.min(NAME - text.len())));
        input.consume(length + usize::from(end.is_some()));
        if end.is_some() {
            return Ok(Some(text));
        }
    }
}

impl Codec for Gunzip {
    fn begin(&mut self, input: &mut Intake<'_>) -> Result<bool, Unread> {
        // Tapes and some downloads are filled up with zeros, and more can follow.
        while self.parts > 0 && input.peek(1).map_err(stream::damaged)? == [0] {
            input.consume(1);
        }
        let head = input.peek(10).map_err(stream::damaged)?;
        let fits = match head {
            [0x1f, 0x8b, 8, flags, ..] => flags & RESERVED == 0,
            [0x1f, 0x8b, 8] | [0x1f, 0x8b] => true,
            _ => false,
        };
        if !fits {
            return Ok(false);
        }
        match self.header(input).map_err(stream::damaged)? {
            Some(()) => {}
            None => return Err(Unread::Damaged("it ends in its header".into())),
        }
        if self.parts > 0 {
            self.inflate.reset();
        }
        self.parts += 1;
        self.crc.reset();
        self.trailer = None;
        Ok(true)
    }

    fn step(&mut self, input: &[u8], output: &mut [u8]) -> Step {
        if self.trailer.is_some() {
            let (read, next) = self.finish(input);
            return Step {
                read,
                written: 0,
                next,
            };
        }
        let mut step = self.inflate.step(input, output);
        self.crc
            .update(output.get(..step.written).unwrap_or(output));
        if let Next::End = step.next {
            let (read, next) = self.finish(input.get(step.read..).unwrap_or_default());
            step.read += read;
            step.next = next;
        }
        step
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::container::testing::{Kept, damaged};
    use std::io::Write;

    pub fn packed(name: &str, text: impl AsRef<[u8]>) -> Vec<u8> {
        let mut encoder = flate2::GzBuilder::new()
            .filename(name)
            .comment("made by a test")
            .extra(&b"\x01\x02\x02\x00ab"[..])
            .write(Vec::new(), flate2::Compression::default());
        let written = encoder.write_all(text.as_ref());
        written
            .and_then(|()| encoder.finish())
            .expect("memory takes it")
    }

    fn read(bytes: &[u8]) -> Kept {
        let mut kept = Kept::default();
        let _ = open(&mut &bytes[..], &Limits::default(), &mut kept);
        kept
    }

    /// `printf 'hello from gzip\n' > a.txt; gzip -N a.txt`
    const BY_GZIP: &[u8] = b"\x1f\x8b\x08\x08\xed\x0a\x06\x6b\x00\x03a.txt\x00\
        \xcb\x48\xcd\xc9\xc9\x57\x48\x2b\xca\xcf\x55\x48\xaf\xca\x2c\xe0\x02\x00\
        \x78\x2d\xbd\x78\x10\x00\x00\x00";

    /// Small inputs that are read to their end.
    pub fn samples() -> Vec<Vec<u8>> {
        vec![packed("a.log", "one line\n"), BY_GZIP.to_vec()]
    }

    #[test]
    fn the_name_is_the_one_that_is_stored() {
        let bytes = packed("a.log", "one line\n");
        assert!(is(&bytes));
        let kept = read(&bytes);
        assert_eq!(kept.texts(), [("a.log", "one line\n")]);
        assert!(kept.reports.is_empty());
    }

    #[test]
    fn a_header_may_be_of_any_length() {
        for length in [70_000, 3 << 20] {
            let mut encoder = flate2::GzBuilder::new()
                .filename("n".repeat(length))
                .comment("c".repeat(length))
                .extra([0; 65_535])
                .write(Vec::new(), flate2::Compression::default());
            let written = encoder.write_all(b"one\n");
            let bytes = written.and_then(|()| encoder.finish());
            let bytes = bytes.expect("memory takes it");
            assert!(is(&bytes));
            let kept = read(&bytes);
            assert_eq!(kept.members[0].1, b"one\n");
            assert!(kept.reports.is_empty());
            assert_eq!(read(&bytes[..length / 2]).reports.len(), 1);
        }
    }

    #[test]
    fn what_gzip_wrote_is_read() {
        assert!(is(BY_GZIP));
        let kept = read(BY_GZIP);
        assert_eq!(kept.texts(), [("a.txt", "hello from gzip\n")]);
    }

    #[test]
    fn parts_read_as_one_with_padding_and_garbage_after_them() {
        let bytes = [
            packed("a", "one\n"),
            packed("b", "two\n"),
            vec![0; 1000],
            packed("c", "three\n"),
            b"garbage".to_vec(),
        ]
        .concat();
        let kept = read(&bytes);
        assert_eq!(kept.texts(), [("a", "one\ntwo\nthree\n")]);
        assert!(kept.reports.is_empty());
    }

    #[test]
    fn after_a_wrong_checksum_the_next_part_is_read() {
        let mut first = packed("a", "one\n");
        let last = first.len() - 5;
        first[last] ^= 1;
        let kept = read(&[first, packed("b", "two\n")].concat());
        assert_eq!(kept.texts(), [("a", "one\n"), ("a", "two\n")]);
        assert_eq!(kept.reports, ["a: its CRC-32 does not match"]);
    }

    #[test]
    fn endless_zeros_end_with_the_taker() {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        let written = encoder.write_all(&vec![0; 2 << 20]);
        let bytes = written
            .and_then(|()| encoder.finish())
            .expect("memory takes it");
        assert_eq!(read(&bytes).members[0].1.len(), 1 << 20);
    }

    #[test]
    fn every_damage_is_told() {
        let text = "0123456789 abcdefghij 0123456789 abcdefghij";
        let bytes = packed("n", text);
        for bytes in damaged(&bytes) {
            let kept = read(&bytes);
            let whole = kept.texts().iter().any(|(_, read)| *read == text);
            let silent = kept.reports.is_empty() && !whole;
            assert!(!silent || !is(&bytes), "{bytes:x?}");
        }
        let cut = read(&bytes[..bytes.len() - 9]);
        assert!(cut.members[0].1.starts_with(b"0123456789"));
        assert_eq!(cut.reports, ["n: it ends in the middle"]);
    }

    proptest::proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
            is(&bytes);
            read(&[b"\x1f\x8b\x08\0\0\0\0\0\0\x03", &bytes[..]].concat());
        }
    }
}
