//! Goes along all bytes once and tells where long runs of what encodings use
//! stand, and where two-byte text and bytes that are written as numbers do.
//!
//! Sixteen bytes are compared at a time, and 64 of them give one word with a
//! bit for each. A blank ends every run, and nearly every block has one so near
//! to the last one that there can't be a run between them, so that the block is
//! done with a few operations on that word. Only what is left is looked at as
//! closely as it takes.

use std::ops::Range;

use wide::u8x16;

use super::{LINE, TOKEN, each, is_alnum};

/// Bytes that are looked at at once: as many as a word has bits.
const BLOCK: usize = 64;
type Block = [u8; BLOCK];

/// What the sweep comes across.
#[derive(Debug, PartialEq, Eq)]
pub enum Swept {
    /// A run of at least [`LINE`] characters that encodings use, with dots between
    /// them. One that comes from far before the region begins where the sweep does.
    Run(Range<usize>),
    /// A block in which every second byte is a blank or a control character, as
    /// in two-byte text. Here is one of them that is followed by another.
    Wide(usize),
    /// Nothing but short numbers stands here, with blanks and a few signs between them.
    Numbers(usize),
}

/// Visits what is in a region or begins in it, in order. An id before a dot in
/// the region may begin before it, so the sweep does.
pub fn sweep(bytes: &[u8], region: &Range<usize>, found: &mut impl FnMut(Swept)) {
    let mut at = region.start.saturating_sub(LINE).min(bytes.len());
    // Behind the last byte that is in no run.
    let mut start = at;
    let (blocks, rest) = bytes[at..].as_chunks::<BLOCK>();
    for block in blocks {
        // A run of two-byte characters shows only in the block after its beginning,
        // numbers in one of the next.
        if at >= region.end + 4 * BLOCK && start >= region.end {
            return;
        }
        start = step(bytes, block, at, start, found);
        at += BLOCK;
    }
    let mut last = [b' '; BLOCK];
    last[..rest.len()].copy_from_slice(rest);
    step(bytes, &last, at, start, found);
}

/// Goes along one block, whose first byte is at `at`. The run before it begins at
/// `start`, if there is one; the result is where the next one does.
#[inline(always)]
fn step(
    bytes: &[u8],
    block: &Block,
    at: usize,
    start: usize,
    found: &mut impl FnMut(Swept),
) -> usize {
    let ends = blanks(block);
    let is_run = at + ends.trailing_zeros() as usize >= start + LINE;
    if is_run || ends == 0 || has_long_gap(ends) || is_dense(ends) {
        return look_closer(bytes, block, at, start, ends, found);
    }
    at + BLOCK - ends.leading_zeros() as usize
}

/// The same, for the few blocks of which their blanks don't say everything.
#[inline(never)]
fn look_closer(
    bytes: &[u8],
    block: &Block,
    at: usize,
    start: usize,
    blanks: u64,
    found: &mut impl FnMut(Swept),
) -> usize {
    let (parts, _) = block.as_chunks::<16>();
    let may_be_numbers = match blanks {
        0 => other_letters(first_word(&parts[1])) == 0,
        _ => is_dense(blanks) && may_begin_numbers(&parts[1]),
    };
    if may_be_numbers && are_numbers(u8x16::new(parts[1])) {
        found(Swept::Numbers(at + 16));
    }
    let ends = match blanks {
        0 => gaps(block),
        _ => blanks,
    };
    if ends == 0 {
        return start;
    }
    between(ends, at, start, |stretch| runs(bytes, stretch, found));
    const ODD: u64 = u64::from_le_bytes([0xaa; 8]);
    if ends != u64::MAX && (ends & ODD == ODD || ends & !ODD == !ODD) {
        let first = usize::from(ends & !ODD != !ODD);
        found(Swept::Wide(at + first));
    }
    at + BLOCK - ends.leading_zeros() as usize
}

/// Whether blanks are never more than six apart: text of two bytes a character, and
/// numbers that stand for bytes, which are three to six apart.
#[inline(always)]
fn is_dense(blanks: u64) -> bool {
    let pairs = blanks | blanks >> 1;
    let fours = pairs | pairs >> 2;
    // Of the last ones it is not known.
    let known = u64::MAX >> 5;
    (fours | fours >> 2) & known == known
}

/// Visits what is long enough before the first bit and between two bits of a
/// block, whose first byte is at `at`. What comes before the block begins at `start`.
fn between(ends: u64, at: usize, start: usize, mut visit: impl FnMut(Range<usize>)) {
    let first = at + ends.trailing_zeros() as usize;
    if first >= start + LINE {
        visit(start..first);
    }
    if has_long_gap(ends) {
        let (before, after) = (ends & ((1 << LINE) - 1), ends >> LINE << LINE);
        if let Some(last) = before.checked_ilog2()
            && after != 0
        {
            let inner = at + last as usize + 1..at + after.trailing_zeros() as usize;
            if inner.len() >= LINE {
                visit(inner);
            }
        }
    }
}

/// Whether a run may lie between two bits: [`LINE`] zeros would cover the middle.
fn has_long_gap(ends: u64) -> bool {
    const MIDDLE: u64 = ((1 << (2 * LINE - BLOCK + 2)) - 1) << (BLOCK - LINE - 1);
    ends & MIDDLE == 0
}

/// Visits the runs in a stretch without blanks.
fn runs(bytes: &[u8], stretch: Range<usize>, found: &mut impl FnMut(Swept)) {
    // A log may have a digest on every line.
    if stretch.len() == TOKEN && is_alnum(&bytes[stretch.clone()]) {
        return found(Swept::Run(stretch));
    }
    let mut start = stretch.start;
    for at in stretch.clone().step_by(BLOCK) {
        let left = stretch.end - at;
        let mut ends = match bytes[at..].first_chunk() {
            Some(block) => gaps(block),
            None => {
                let mut block = [b' '; BLOCK];
                block[..left].copy_from_slice(&bytes[at..stretch.end]);
                gaps(&block)
            }
        };
        // What comes after the stretch is none of it.
        if left < BLOCK {
            ends |= u64::MAX << left;
        }
        if ends != 0 {
            between(ends, at, start, |run| found(Swept::Run(run)));
            start = at + BLOCK - ends.leading_zeros() as usize;
        }
    }
    if stretch.end >= start + LINE {
        found(Swept::Run(start..stretch.end));
    }
}

/// A bit for each byte that is a control character, a blank, `!` or `"`.
#[inline(always)]
fn blanks(block: &Block) -> u64 {
    bits(block, |lanes| at_most(lanes, b'"'))
}

/// A bit for each byte that the sweep doesn't go along.
fn gaps(block: &Block) -> u64 {
    !bits(block, |lanes| {
        let is = |byte: u8| lanes.simd_eq(u8x16::splat(byte));
        let letter = within(lanes | u8x16::splat(0x20), b'a', b'z');
        let among_signs = within(lanes, b'#', b'=');
        let other = within(lanes, b'\'', b'*') | is(b'$') | is(b',') | is(b':') | is(b'<');
        letter | is(b'\\') | is(b'_') | among_signs & !other
    })
}

#[inline(always)]
fn bits(block: &Block, test: impl Fn(u8x16) -> u8x16) -> u64 {
    let (parts, _) = block.as_chunks::<16>();
    let mask = |part: &[u8; 16]| u64::from(test(u8x16::new(*part)).to_bitmask());
    parts
        .iter()
        .rev()
        .fold(0, |bits, part| bits << 16 | mask(part))
}

/// Whether among eight bytes are two like digits and one like a blank, and none of
/// the letters between G and X, by the bits that these have. Few texts have such a place.
#[inline(always)]
fn may_begin_numbers(part: &[u8; 16]) -> bool {
    let word = first_word(part);
    let signs = !(word >> 2) & each(0x10);
    let (digits, blanks) = (signs & word, signs & !word);
    let two = digits & digits.wrapping_sub(1);
    // The top bit is set where there are none. A branch for each would be
    // mispredicted at every other block.
    let lacks = (!two.wrapping_neg() | !blanks.wrapping_neg()) >> 63;
    (lacks | other_letters(word)) == 0
}

fn first_word(part: &[u8; 16]) -> u64 {
    let (words, _) = part.as_chunks::<8>();
    u64::from_le_bytes(words[0])
}

/// A bit for each byte that is no sign and no letter up to G or from X on: of 0x40
/// and up, those that have either 0x10 or 0x08, but not both.
#[inline(always)]
fn other_letters(word: u64) -> u64 {
    word & (word << 2 ^ word << 3) & each(0x40) | word & each(0x80)
}

/// Whether there are at least two digits, and nothing but short numbers with
/// blanks and `,-./:;` between them.
#[inline(never)]
fn are_numbers(lanes: u8x16) -> bool {
    let lower = lanes | u8x16::splat(0x20);
    let letters = within(lower, b'a', b'f') | lower.simd_eq(u8x16::splat(b'x'));
    let digits = within(lanes, b'0', b'9');
    let between = at_most(lanes, b' ') | within(lanes, b',', b';');
    let numbers = (letters | digits).to_bitmask();
    let other = !(numbers | between.to_bitmask()) & 0xffff;
    let two = numbers & numbers >> 1;
    let five = two & two >> 2 & numbers >> 4;
    let digits = digits.to_bitmask();
    ((other | five) == 0) & (digits & digits.wrapping_sub(1) != 0)
}

fn at_most(lanes: u8x16, most: u8) -> u8x16 {
    lanes.min(u8x16::splat(most)).simd_eq(lanes)
}

fn within(lanes: u8x16, first: u8, last: u8) -> u8x16 {
    at_most(lanes - u8x16::splat(first), last - first)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{SWEPT, is};
    use super::*;

    fn swept(bytes: &[u8], region: &Range<usize>) -> Vec<Swept> {
        let mut out = Vec::new();
        sweep(bytes, region, &mut |found| out.push(found));
        out
    }

    #[test]
    fn every_byte_is_a_blank_a_gap_or_part_of_a_run() {
        for byte in 0..=255u8 {
            let mut block = [b'a'; BLOCK];
            for at in [0, 17, 63] {
                block[at] = byte;
            }
            let places = 1 | 1 << 17 | 1 << 63;
            let expected = |is_set: bool| if is_set { places } else { 0 };
            assert_eq!(blanks(&block), expected(byte < b'#'), "{byte:#x}");
            assert_eq!(gaps(&block), expected(!is(SWEPT, byte)), "{byte:#x}");
        }
    }

    #[test]
    fn a_long_gap_is_told_wherever_it_lies() {
        for first in 0..BLOCK {
            for last in first + 1..BLOCK {
                let ends = 1 << first | 1 << last;
                let inner = last - first > LINE;
                assert!(has_long_gap(ends) || !inner, "{first} {last}");
            }
        }
    }

    #[test]
    fn two_byte_text_shows_wherever_it_stands() {
        for offset in 0..200 {
            for text in [b"a\0", b"\0a"] {
                let mut bytes = vec![b'x'; 500];
                for unit in bytes[offset..offset + 128].chunks_mut(2) {
                    unit.copy_from_slice(text);
                }
                let shows = swept(&bytes, &(0..500))
                    .into_iter()
                    .any(|found| matches!(found, Swept::Wide(at) if at > offset && bytes[at] == 0));
                assert!(shows, "{offset}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn runs_are_those_that_the_plainest_search_finds(
            pieces in prop::collection::vec((0usize..70, prop::sample::select(b" (.a\n\xc3%".to_vec())), 0..40),
        ) {
            let mut bytes = Vec::new();
            for (length, end) in pieces {
                bytes.extend(std::iter::repeat_n(b'k', length));
                bytes.push(end);
            }
            let mut expected = Vec::new();
            let mut start = 0;
            for (at, byte) in bytes.iter().chain(b" ").enumerate() {
                if !is(SWEPT, *byte) {
                    if at - start >= LINE {
                        expected.push(Swept::Run(start..at));
                    }
                    start = at + 1;
                }
            }
            let mut found = swept(&bytes, &(0..bytes.len()));
            found.retain(|found| matches!(found, Swept::Run(_)));
            prop_assert_eq!(found, expected);
        }
    }
}
