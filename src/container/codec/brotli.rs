//! Brotli, which no byte tells: a name has to end in `.br`.

use std::io::Read;
use std::ops::ControlFlow;

use brotli_decompressor::{BrotliDecompressStream, BrotliResult, BrotliState, StandardAlloc};

use super::stream::{self, Codec, Intake, Next, Step};
use crate::container::entry::{Container, Holds, Opens, Tells};
use crate::container::{Limits, Members, Unread};
use crate::system::memory::{self, Held};

/// What stands before each stream that 7-Zip's variant with more methods writes: a
/// frame to skip, as Zstandard has them, with `BR` and the length of the stream.
const FRAME: [u8; 8] = [0x50, 0x2a, 0x4d, 0x18, 8, 0, 0, 0];
const FRAME_LENGTH: usize = 16;

/// How much is decoded at once.
const PIECE: usize = 64;

/// Brotli, which nothing but its name tells.
pub const CONTAINER: Container = Container {
    id: "brotli",
    tells: Tells::Name(|_, name| is_named(name)),
    opens: Opens::Stream(open),
    holds: Holds::OneFile,
    #[cfg(test)]
    samples: tests::samples,
    ..Container::BASE
};

/// Tells Brotli by the end of a name.
pub fn is_named(path: &[u8]) -> bool {
    path.len()
        .checked_sub(3)
        .and_then(|start| path.get(start..))
        .is_some_and(|end| end.eq_ignore_ascii_case(b".br"))
}

/// Gives what it holds as one member without a name.
pub fn open(input: &mut dyn Read, limits: &Limits, members: &mut dyn Members) -> ControlFlow<()> {
    if limits.memory < Unbrotli::MEMORY {
        members.unread(b"", stream::too_much_memory(Unbrotli::MEMORY as u64));
        return ControlFlow::Continue(());
    }
    stream::open(input, Unbrotli::new(), stream::nameless, members)
}

/// Undoes Brotli: one stream, or as many as have the header of a frame.
pub struct Unbrotli {
    state: Box<BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>>,
    total: usize,
    begun: bool,
    framed: bool,
    _held: Held,
}

impl Unbrotli {
    /// What a decoder needs at most, in bytes: the largest window twice, and its tables.
    pub const MEMORY: usize = 36 << 20;

    /// A decoder for one stream.
    fn new() -> Unbrotli {
        Unbrotli {
            state: Unbrotli::state(),
            total: 0,
            begun: false,
            framed: false,
            _held: memory::hold(Unbrotli::MEMORY),
        }
    }

    /// A decoder for streams that may have frames around them.
    pub fn framed() -> Unbrotli {
        Unbrotli {
            framed: true,
            ..Unbrotli::new()
        }
    }

    fn state() -> Box<BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>> {
        let alloc = StandardAlloc::default;
        // The strict one refuses the windows of up to 1 GiB of an extension.
        Box::new(BrotliState::new_strict(alloc(), alloc(), alloc()))
    }
}

impl Codec for Unbrotli {
    fn begin(&mut self, input: &mut Intake<'_>) -> Result<bool, Unread> {
        let fresh = !std::mem::replace(&mut self.begun, true);
        let head = match self.framed {
            true => input.peek(FRAME_LENGTH).map_err(stream::damaged)?,
            false => &[],
        };
        if !head.starts_with(&FRAME) {
            return Ok(fresh);
        }
        input.skip(FRAME_LENGTH as u64).map_err(stream::damaged)?;
        (self.state, self.total) = (Unbrotli::state(), 0);
        Ok(true)
    }

    fn step(&mut self, input: &[u8], output: &mut [u8]) -> Step {
        // What was decoded from a piece that turns out to be damaged is lost with it.
        let input = &input[..input.len().min(PIECE)];
        let (mut available_in, mut read) = (input.len(), 0);
        let (mut available_out, mut written) = (output.len(), 0);
        let result = BrotliDecompressStream(
            &mut available_in,
            &mut read,
            input,
            &mut available_out,
            &mut written,
            output,
            &mut self.total,
            &mut self.state,
        );
        Step {
            read,
            written,
            next: match result {
                BrotliResult::ResultSuccess => Next::End,
                BrotliResult::NeedsMoreInput | BrotliResult::NeedsMoreOutput => Next::More,
                BrotliResult::ResultFailure => Next::damaged("its Brotli stream is broken"),
            },
        }
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::container::testing::{Kept, damaged};

    fn read(bytes: &[u8]) -> Kept {
        let mut kept = Kept::default();
        let _ = open(&mut &bytes[..], &Limits::default(), &mut kept);
        kept
    }

    /// `printf 'hello from brotli hello from brotli\n' | brotli -w 16`
    const BY_BROTLI: &[u8] =
        b"\x62\x04\x00\xbf\x23\x75\xea\x73\x17\x2e\xc5\xd0\xe4\x52\x01\x84\x2e\xd3\xd8\xde\
        \x72\x10\x45\xf4\xa9\x10\x5e\xd2\x59\xd3\x9f\x12";

    /// Small inputs that are read to their end.
    pub fn samples() -> Vec<Vec<u8>> {
        vec![BY_BROTLI.to_vec()]
    }

    #[test]
    fn what_brotli_wrote_is_read() {
        let kept = read(BY_BROTLI);
        assert_eq!(
            kept.texts(),
            [("", "hello from brotli hello from brotli\n")]
        );
        assert!(kept.reports.is_empty());
    }

    /// `seq 1 7 900 | brotli -w 16`
    const NUMBERS: &[u8] =
        b"\x42\x3e\x00\xbf\x91\x92\x75\x6e\x91\x37\xf4\xdf\x77\x8d\xa0\x10\x8e\xf9\xef\xbb\xa0\
        \xa8\x92\x24\xba\x00\x20\x2b\xde\x3e\x18\x89\x67\x42\xc3\x9f\x2b\x52\xe8\x5a\x3b\xba\
        \x83\x3f\x80\x06\x06\x70\x61\x0e\x28\x41\x0f\x7c\x21\x05\xf9\xd0\x81\x6d\xb8\x80\x5b\
        \xfc\x07\x91\x88\x87\xbc\x38\x85\xf3\x51\x83\x6e\x4c\x60\x16\x7b\x70\x13\xf7\xe1\x5d\
        \xf3\xcb\xfc\x6f\x30\x86\x6d\x26\xcc\xac\xd1\x31\x4e\xe3\x67\x72\x4d\xcb\xf4\x9b\x1d\
        \x73\x4d\x3f\xe8\x2f\xe1\x10\x93\xf8\x68\x2e\xa9\x48\x9f\x3c\x94\xa6\x06\x75\x69\x0f\
        \x5d\xd2\x3d\xfe\x97\x51\x8c\xcf\x1c\x9e\x66\x05\x6b\xd9\x87\x93\x9c\xc7\xbd\xbc\xc5\
        \xfb\xf9\x46\x7e\x0b\x42\xb0\xc2\x23\x93\x32\x4f\x74\xc5\x25\xfe\x92\x91\xb6\x6c\xc8\
        \xae\xdc\xd1\x9f\xfa\x9f\xe2\x2a\x4b\xf9\x75\x46\xd5\xea\x50\xaf\xe6\x68\x53\xfb\x74\
        \xaf\x5e\xe9\x7d\xfb\xc7\xa2\x2d\xc3\x72\xed\x1c\xab\xb4\x7a\xd6\xd7\xa6\x6c\xbe\xed\
        \xd8\x6d\x7b\x61\x01";

    #[test]
    fn what_stands_before_damage_is_given() {
        let text: String = (1..=900).step_by(7).map(|n| format!("{n}\n")).collect();
        assert_eq!(read(NUMBERS).texts(), [("", &text[..])]);
        let mut broken = 0;
        for place in NUMBERS.len() - 80..NUMBERS.len() {
            let mut bytes = NUMBERS.to_vec();
            bytes[place] ^= 0xff;
            let kept = read(&bytes);
            broken += usize::from(kept.reports == [": its Brotli stream is broken"]);
            assert!(kept.members[0].1.starts_with(&text.as_bytes()[..80]));
        }
        assert!(broken > 0);
    }

    #[test]
    fn only_a_name_tells() {
        assert!(is_named(b"site/index.html.br") && is_named(b"A.BR"));
        assert!(!is_named(b"br") && !is_named(b"a.brx") && !is_named(b""));
    }

    #[test]
    fn damage_never_panics() {
        for bytes in damaged(BY_BROTLI) {
            read(&bytes);
        }
        let cut = read(&BY_BROTLI[..BY_BROTLI.len() - 3]);
        assert_eq!(cut.reports, [": it ends in the middle"]);
    }

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config::with_cases(64))]
        #[test]
        fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
            read(&bytes);
        }
    }
}
