//! Brotli, which no byte tells: a name has to end in `.br`.

use std::io::Read;
use std::ops::ControlFlow;

use brotli_decompressor::{BrotliDecompressStream, BrotliResult, BrotliState, StandardAlloc};

use super::stream::{self, Codec, Intake, Next, Step};
use super::{Limits, Members, Unread};

/// What a decoder needs at most: the largest window twice, and its tables.
const MEMORY: usize = 36 << 20;

/// Tells Brotli by the end of a name.
pub fn is_named(path: &[u8]) -> bool {
    path.len()
        .checked_sub(3)
        .and_then(|start| path.get(start..))
        .is_some_and(|end| end.eq_ignore_ascii_case(b".br"))
}

/// Gives what it holds as one member without a name.
pub fn open(input: &mut dyn Read, limits: &Limits, members: &mut dyn Members) -> ControlFlow<()> {
    if limits.memory < MEMORY {
        members.unread(b"", stream::too_much_memory(MEMORY as u64));
        return ControlFlow::Continue(());
    }
    stream::open(input, Unbrotli::new(), stream::nameless, members)
}

/// Undoes Brotli, once.
struct Unbrotli {
    state: Box<BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>>,
    total: usize,
    begun: bool,
}

impl Unbrotli {
    fn new() -> Unbrotli {
        let alloc = StandardAlloc::default;
        Unbrotli {
            // The strict one refuses the windows of up to 1 GiB of an extension.
            state: Box::new(BrotliState::new_strict(alloc(), alloc(), alloc())),
            total: 0,
            begun: false,
        }
    }
}

impl Codec for Unbrotli {
    fn begin(&mut self, _input: &mut Intake<'_>) -> Result<bool, Unread> {
        Ok(!std::mem::replace(&mut self.begun, true))
    }

    fn step(&mut self, input: &[u8], output: &mut [u8]) -> Step {
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
mod tests {
    use super::super::testing::{Kept, damaged};
    use super::*;

    fn read(bytes: &[u8]) -> Kept {
        let mut kept = Kept::default();
        let _ = open(&mut &bytes[..], &Limits::default(), &mut kept);
        kept
    }

    /// `printf 'hello from brotli hello from brotli\n' | brotli -w 16`
    const BY_BROTLI: &[u8] =
        b"\x62\x04\x00\xbf\x23\x75\xea\x73\x17\x2e\xc5\xd0\xe4\x52\x01\x84\x2e\xd3\xd8\xde\
        \x72\x10\x45\xf4\xa9\x10\x5e\xd2\x59\xd3\x9f\x12";

    #[test]
    fn what_brotli_wrote_is_read() {
        let kept = read(BY_BROTLI);
        assert_eq!(
            kept.texts(),
            [("", "hello from brotli hello from brotli\n")]
        );
        assert!(kept.reports.is_empty());
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
