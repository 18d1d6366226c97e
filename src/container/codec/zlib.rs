//! Zlib: deflate with a header of two bytes, which is told by reading on.

use std::io::Read;
use std::ops::ControlFlow;

use super::deflate::Inflate;
use super::stream::{self, Codec, Intake, Next, Step};
use crate::container::entry::{Container, Holds, Opens, Tells};
use crate::container::{Limits, Members, Unread};

/// So many bytes without an error are no text that happens to begin like zlib.
const SURE: usize = 48;

/// A zlib stream.
pub const CONTAINER: Container = Container {
    id: "zlib",
    tells: Tells::Head(is),
    opens: Opens::Stream(open),
    holds: Holds::OneFile,
    #[cfg(test)]
    samples: tests::samples,
    ..Container::BASE
};

/// Tells zlib by its header and by what follows: it has to be a deflate stream,
/// which is complete or goes on for a while. Many texts begin with the two bytes
/// of a header, `x^2` is one.
pub fn is(head: &[u8]) -> bool {
    has_header(head) && deflates(head)
}

fn has_header(head: &[u8]) -> bool {
    let Some(&[first, second]) = head.first_chunk() else {
        return false;
    };
    let deflate = first & 0x0f == 8 && first >> 4 <= 7;
    // A preset dictionary is known to its program only.
    let needs_dictionary = second & 0x20 != 0;
    let checks = u16::from_be_bytes([first, second]) % 31 == 0;
    deflate && checks && !needs_dictionary
}

fn deflates(mut head: &[u8]) -> bool {
    let mut inflate = Inflate::zlib();
    let mut output = vec![0; 32 << 10];
    let sure = head.len() >= SURE;
    loop {
        let step = inflate.step(head, &mut output);
        head = head.get(step.read..).unwrap_or_default();
        match step.next {
            Next::More if head.is_empty() => return sure,
            // A bomb in its first bytes is a stream, too.
            Next::More if step.read == 0 => return step.written > 0 && sure,
            Next::More => {}
            Next::End => return true,
            Next::Mismatch(_) | Next::Fail(_) => return false,
        }
    }
}

/// Gives what it holds as one member without a name.
pub fn open(input: &mut dyn Read, _limits: &Limits, members: &mut dyn Members) -> ControlFlow<()> {
    stream::open(input, Zlib(None), stream::nameless, members)
}

/// Undoes zlib, once.
struct Zlib(Option<Inflate>);

impl Codec for Zlib {
    fn begin(&mut self, input: &mut Intake<'_>) -> Result<bool, Unread> {
        let fresh = self.0.is_none();
        let head = input.peek(2).map_err(stream::damaged)?;
        if !fresh || !has_header(head) {
            return Ok(false);
        }
        self.0 = Some(Inflate::zlib());
        Ok(true)
    }

    fn step(&mut self, input: &[u8], output: &mut [u8]) -> Step {
        self.0.get_or_insert_with(Inflate::zlib).step(input, output)
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::container::testing::{Kept, damaged};
    use std::io::Write;

    pub fn packed(text: &[u8]) -> Vec<u8> {
        let mut encoder =
            flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        let written = encoder.write_all(text);
        written
            .and_then(|()| encoder.finish())
            .expect("memory takes it")
    }

    fn read(bytes: &[u8]) -> Kept {
        let mut kept = Kept::default();
        let _ = open(&mut &bytes[..], &Limits::default(), &mut kept);
        kept
    }

    /// `python3 -c 'import zlib; print(zlib.compress(b"hello from zlib\n"))'`
    const BY_PYTHON: &[u8] =
        b"x\x9c\xcbH\xcd\xc9\xc9WH+\xca\xcfU\xa8\xca\xc9L\xe2\x02\x003\xbf\x05\xc4";

    /// Small inputs that are read to their end.
    pub fn samples() -> Vec<Vec<u8>> {
        vec![packed(b"0123456789 abcdefghij"), BY_PYTHON.to_vec()]
    }

    #[test]
    fn what_python_wrote_is_read() {
        assert!(is(BY_PYTHON));
        assert_eq!(read(BY_PYTHON).texts(), [("", "hello from zlib\n")]);
    }

    #[test]
    fn a_long_stream_is_told_by_its_beginning() {
        let text: Vec<u8> = (0..4_000u32)
            .flat_map(|n| n.to_string().into_bytes())
            .collect();
        let bytes = packed(&text);
        assert!(is(&bytes[..4096]));
        assert!(is(&packed(&vec![0; 1 << 20])[..900]));
        assert_eq!(read(&bytes).members[0].1, text);
    }

    #[test]
    fn texts_are_no_zlib() {
        for text in [
            "x^2 + y^2 = z^2\n",
            "x^",
            "8O",
            "HK\n",
            "h\u{81}",
            "x^2 is a square, and x^3 a cube, and x^4 is what comes after the two of them\n",
            "XG is the beginning of a text that is a little longer than the bound of it\n",
        ] {
            assert!(!is(text.as_bytes()), "{text}");
        }
        assert!(!is(&[0x78; 4096]));
        assert!(!is(&[]));
    }

    #[test]
    fn every_damage_is_told() {
        let text = b"0123456789 abcdefghij 0123456789 abcdefghij";
        let bytes = packed(text);
        for bytes in damaged(&bytes).filter(|bytes| has_header(bytes)) {
            let kept = read(&bytes);
            assert!(!kept.reports.is_empty() || kept.members[0].1 == text);
        }
        let cut = read(&bytes[..bytes.len() - 6]);
        assert!(cut.members[0].1.starts_with(b"0123456789"));
    }

    proptest::proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
            is(&[b"\x78\x9c", &bytes[..]].concat());
            read(&[b"\x78\x9c", &bytes[..]].concat());
        }
    }
}
