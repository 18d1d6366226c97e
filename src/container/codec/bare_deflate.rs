//! Deflate (RFC 1951) without a header around it, as in a SAML request. Nothing marks
//! it, so it is told by what it holds: a text.

use std::io::Read;
use std::ops::ControlFlow;

use super::deflate::{Inflate, Once};
use super::stream::{self, Codec as _, Next};
use crate::container::entry::{Container, Holds, Opens, Tells};
use crate::container::{Limits, Members};

/// The text of the shortest secret.
const SHORTEST: usize = 64;
/// As much text as is looked at to tell it.
const SURE: usize = 1024;

/// A deflate stream without a header.
pub const CONTAINER: Container = Container {
    id: "deflate",
    tells: Tells::Unmarked(is),
    opens: Opens::Stream(open),
    holds: Holds::OneFile,
    #[cfg(test)]
    samples: tests::samples,
    ..Container::BASE
};

/// Tells it by its first block and by the text that it holds.
pub fn is(head: &[u8]) -> bool {
    // What is compressed is no text itself.
    let is_text = || head.iter().take(SHORTEST).all(|byte| is_text_byte(*byte));
    begins_block(head) && !is_text() && holds_text(head)
}

/// Whether this can be the first block of a text. Of other bytes few can.
fn begins_block(head: &[u8]) -> bool {
    let Some(first) = head.first_chunk() else {
        return false;
    };
    let bits = u128::from_le_bytes(*first) >> 1;
    match bits & 3 {
        1 => begins_with_letters(bits >> 2),
        2 => has_whole_code(bits >> 2),
        // What is stored stands there as it is.
        _ => false,
    }
}

/// Whether a block with the fixed code begins with two characters of ASCII.
fn begins_with_letters(bits: u128) -> bool {
    let letter = |bits: u128| {
        // Codes begin with their highest bit. Those of eight bits begin with 0x30.
        let code = (bits as u8).reverse_bits();
        code.checked_sub(0x30)
            .is_some_and(|byte| byte < 0x80 && is_text_byte(byte))
    };
    letter(bits) && letter(bits >> 8)
}

/// Whether the code for the lengths of the codes of a block is one, with no code left.
fn has_whole_code(bits: u128) -> bool {
    const MOST: u32 = 7;
    let (literals, distances) = (bits & 31, bits >> 5 & 31);
    let lengths = 4 + (bits >> 10 & 15) as u32;
    let taken: u32 = (0..lengths)
        .map(|at| (bits >> (14 + 3 * at) & 7) as u32)
        .filter(|length| *length > 0)
        .map(|length| 1 << (MOST - length))
        .sum();
    literals <= 29 && distances <= 29 && taken == 1 << MOST
}

fn holds_text(head: &[u8]) -> bool {
    let mut text = [0; SURE];
    let mut length = 0;
    let mut inflate = Inflate::raw();
    let mut input = head;
    while length < SURE {
        let step = inflate.step(input, &mut text[length..]);
        input = input.get(step.read..).unwrap_or_default();
        length += step.written;
        match step.next {
            Next::More if step.read > 0 || step.written > 0 => {}
            Next::More | Next::End => break,
            Next::Mismatch(_) | Next::Fail(_) => return false,
        }
    }
    let text = &text[..length];
    let is_utf8 = match str::from_utf8(text) {
        Ok(_) => true,
        // Cut in a character
        Err(error) => error.error_len().is_none(),
    };
    length >= SHORTEST && is_utf8 && text.iter().all(|byte| is_text_byte(*byte))
}

fn is_text_byte(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=b'~' | 0x80..)
}

/// Gives what it holds as one member without a name.
pub fn open(input: &mut dyn Read, _limits: &Limits, members: &mut dyn Members) -> ControlFlow<()> {
    stream::open(input, Once::new(Inflate::raw()), stream::nameless, members)
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::container::testing::Kept;
    use std::io::Write;

    pub fn packed(text: &[u8]) -> Vec<u8> {
        let level = flate2::Compression::default();
        let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), level);
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

    fn words(count: u32) -> String {
        (0..count)
            .map(|n| format!("line {n} of a text\n"))
            .collect()
    }

    /// Small inputs that are read to their end.
    pub fn samples() -> Vec<Vec<u8>> {
        vec![packed(words(9).as_bytes()), packed(words(2000).as_bytes())]
    }

    #[test]
    fn a_text_is_told_by_its_beginning_and_read() {
        for count in [5, 50, 5000] {
            let text = words(count);
            let bytes = packed(text.as_bytes());
            assert!(is(&bytes), "{count}");
            assert!(is(&bytes[..bytes.len().min(2048)]), "{count}");
            assert_eq!(read(&bytes).texts(), [("", &text[..])]);
        }
    }

    #[test]
    fn what_holds_no_text_is_none() {
        assert!(!is(&[]));
        assert!(!is(words(100).as_bytes()));
        assert!(!is(&packed(&[7; 5000])));
        assert!(!is(&packed(b"a short text")));
        let program: Vec<u8> = (0..5000u32).flat_map(|n| (n * n).to_le_bytes()).collect();
        assert!(!is(&program));
        assert!(!is(&packed(&program)));
    }

    /// Noise is taken for a stream now and then, which costs its reading and no more:
    /// a block of few bits can stand for a long text of one character.
    #[test]
    fn noise_is_hardly_ever_one() {
        let mut state = 1u64;
        let mut byte = || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1);
            (state >> 56) as u8
        };
        let taken = (0..100_000).filter(|_| {
            let noise: [u8; 256] = std::array::from_fn(|_| byte());
            is(&noise)
        });
        assert!(taken.count() <= 10);
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig { cases: 5_000, failure_persistence: None, ..Default::default() })]
        #[test]
        fn arbitrary_bytes_are_survived(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..400)) {
            is(&bytes);
            read(&bytes);
        }
    }
}
