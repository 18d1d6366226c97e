//! Bzip2: one stream, or several one after another that read as one.

use std::io::Read;
use std::ops::ControlFlow;

use bzip2::{Decompress, Status};

use super::stream::{self, Codec, Intake, Next, Step};
use crate::container::entry::{Container, Holds, Opens, Tells};
use crate::container::{Limits, Members, Unread};

/// What a block begins with: the digits of pi.
const BLOCK: [u8; 6] = [0x31, 0x41, 0x59, 0x26, 0x53, 0x59];
/// What a stream ends with: the digits of the root of pi.
const END: [u8; 6] = [0x17, 0x72, 0x45, 0x38, 0x50, 0x90];

/// bzip2.
pub const CONTAINER: Container = Container {
    id: "bzip2",
    tells: Tells::Head(is),
    opens: Opens::Stream(open),
    holds: Holds::OneFile,
    is_read_once: true,
    #[cfg(test)]
    samples: tests::samples,
    ..Container::BASE
};

/// Tells bzip2 by its first bytes.
pub fn is(head: &[u8]) -> bool {
    match head {
        [b'B', b'Z', b'h', b'1'..=b'9', rest @ ..] => {
            rest.starts_with(&BLOCK) || rest.starts_with(&END)
        }
        _ => false,
    }
}

/// Gives what it holds as one member without a name.
pub fn open(input: &mut dyn Read, _limits: &Limits, members: &mut dyn Members) -> ControlFlow<()> {
    stream::open(input, Bunzip::start(), stream::nameless, members)
}

/// Undoes bzip2.
pub struct Bunzip(Decompress);

impl Bunzip {
    /// A decoder for streams one after another. It needs 4 MB at most.
    pub fn start() -> Bunzip {
        Bunzip(Decompress::new(false))
    }
}

impl Codec for Bunzip {
    fn begin(&mut self, input: &mut Intake<'_>) -> Result<bool, Unread> {
        if !is(input.peek(10).map_err(stream::damaged)?) {
            return Ok(false);
        }
        *self = Bunzip::start();
        Ok(true)
    }

    fn step(&mut self, input: &[u8], output: &mut [u8]) -> Step {
        let (before_in, before_out) = (self.0.total_in(), self.0.total_out());
        let status = self.0.decompress(input, output);
        Step {
            read: (self.0.total_in() - before_in) as usize,
            written: (self.0.total_out() - before_out) as usize,
            next: match status {
                Ok(Status::StreamEnd) => Next::End,
                Ok(_) => Next::More,
                Err(_) => Next::damaged("its bzip2 stream is broken"),
            },
        }
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::container::testing::{Kept, damaged};
    use std::io::Write;

    pub fn packed(text: &[u8]) -> Vec<u8> {
        let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
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

    /// Small inputs that are read to their end.
    pub fn samples() -> Vec<Vec<u8>> {
        vec![[packed(b"one\n"), packed(b"two\n")].concat()]
    }

    #[test]
    fn streams_read_as_one_with_garbage_after_them() {
        let bytes = [
            packed(b"one\n"),
            packed(b""),
            packed(b"two\n"),
            b"BZh9".to_vec(),
        ]
        .concat();
        assert!(is(&bytes) && is(&packed(b"")));
        let kept = read(&bytes);
        assert_eq!(kept.texts(), [("", "one\ntwo\n")]);
        assert!(kept.reports.is_empty());
    }

    #[test]
    fn only_so_many_streams_in_a_row_may_be_empty() {
        let empty = packed(b"");
        let of = |count| [packed(b"one\n"), empty.repeat(count), packed(b"two\n")].concat();
        let kept = read(&of(9_000));
        assert_eq!(kept.texts(), [("", "one\ntwo\n")]);
        assert!(kept.reports.is_empty());
        let kept = read(&of(11_000));
        assert_eq!(kept.texts(), [("", "one\n")]);
        assert_eq!(
            kept.reports,
            [": limit: more than 10000 empty streams in a row"]
        );
    }

    #[test]
    fn every_damage_is_told() {
        let text = b"0123456789 abcdefghij";
        let bytes = packed(text);
        for bytes in damaged(&bytes).filter(|bytes| is(bytes)) {
            let kept = read(&bytes);
            assert!(!kept.reports.is_empty() || kept.members[0].1 == text);
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config::with_cases(32))]
        #[test]
        fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
            read(&[b"BZh1", &BLOCK[..], &bytes[..]].concat());
        }
    }
}
