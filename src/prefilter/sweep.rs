//! Goes along all bytes once and tells where long runs of what encodings use
//! stand, and where words, two-byte text and bytes that are written as numbers do.
//!
//! 64 bytes are compared at a time, in vectors as wide as the processor has, and
//! give one word with a bit for each. A blank ends every run, and nearly every
//! block has one so near to the last one that there can't be a run between them,
//! so that the block is done with a few operations on that word. Only what is left
//! is looked at as closely as it takes.

use std::ops::Range;

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, mask8x64, u8x64};

use super::words::{Filter, word};
use super::{LINE, TOKEN, each};

/// Bytes that are looked at at once: as many as a word has bits.
const BLOCK: usize = 64;
type Block = [u8; BLOCK];

/// What the sweep comes across.
#[derive(Debug, PartialEq, Eq)]
pub enum Swept {
    /// A run of at least [`LINE`] characters that encodings use, with dots between
    /// them. One that comes from far before the region begins where the sweep does.
    Run {
        /// The bytes of the run.
        range: Range<usize>,
        /// Whether there may be dots.
        has_dots: bool,
        /// Whether there may be as many letters and digits in a row as a token has.
        may_be_token: bool,
    },
    /// A block in which every second byte is a blank or a control character, as
    /// in two-byte text. Here is one of them that is followed by another.
    Wide(usize),
    /// One of the [`words`](super::words) begins here.
    Word(usize),
    /// Nothing but short numbers stands here, with blanks and a few signs between them.
    Numbers(usize),
}

/// Visits what is in a region or begins in it, in order. An id before a dot in
/// the region may begin before it, so the sweep does.
pub fn sweep(bytes: &[u8], region: &Range<usize>, found: &mut dyn FnMut(Swept)) {
    dispatch!(Level::new(), simd => along(simd, bytes, region, found));
}

#[inline(always)]
fn along<S: Simd>(simd: S, bytes: &[u8], region: &Range<usize>, found: &mut dyn FnMut(Swept)) {
    let mut at = region.start.saturating_sub(LINE).min(bytes.len());
    // Behind the last byte that is in no run.
    let mut start = at;
    let mut filter = Filter::new(simd);
    let (blocks, rest) = bytes[at..].as_chunks::<BLOCK>();
    for block in blocks {
        // A run of two-byte characters shows only in the block after its beginning,
        // numbers in one of the next.
        if at >= region.end + 4 * BLOCK && start >= region.end {
            return;
        }
        start = step(simd, bytes, block, at, start, &mut filter, found);
        at += BLOCK;
    }
    step(simd, bytes, &padded(rest), at, start, &mut filter, found);
}

/// A block of what is too short for one.
fn padded(rest: &[u8]) -> Block {
    let mut block = [b' '; BLOCK];
    block[..rest.len()].copy_from_slice(rest);
    block
}

/// Goes along one block, whose first byte is at `at`. The run before it begins at
/// `start`, if there is one; the result is where the next one does.
#[inline(always)]
fn step<S: Simd>(
    simd: S,
    bytes: &[u8],
    block: &Block,
    at: usize,
    start: usize,
    filter: &mut Filter<S>,
    found: &mut dyn FnMut(Swept),
) -> usize {
    let lanes = u8x64::load_array_ref(simd, block);
    let ends = blanks(lanes);
    let words = filter.next(lanes);
    if words != 0 {
        report(bytes, at, words, found);
    }
    let is_run = at + ends.trailing_zeros() as usize >= start + LINE;
    if is_run || has_long_gap(ends) || is_dense(ends) {
        return look_closer(simd, bytes, block, at, start, ends, found);
    }
    at + BLOCK - ends.leading_zeros() as usize
}

/// Visits the words in a block of which the filter has told where their keys may end.
#[cold]
#[inline(never)]
fn report(bytes: &[u8], at: usize, mut ends: u64, found: &mut dyn FnMut(Swept)) {
    while ends != 0 {
        if let Some(start) = word(bytes, at + ends.trailing_zeros() as usize) {
            found(Swept::Word(start));
        }
        ends &= ends - 1;
    }
}

/// The same, for the few blocks of which their blanks don't say everything.
#[cold]
#[inline(never)]
fn look_closer<S: Simd>(
    simd: S,
    bytes: &[u8],
    block: &Block,
    at: usize,
    start: usize,
    blanks: u64,
    found: &mut dyn FnMut(Swept),
) -> usize {
    let (parts, _) = block.as_chunks::<16>();
    let may_be_numbers = match blanks {
        0 => other_letters(first_word(&parts[1])) == 0,
        _ => is_dense(blanks) && may_begin_numbers(&parts[1]),
    };
    if may_be_numbers && are_numbers(simd, block) {
        found(Swept::Numbers(at + 16));
    }
    let ends = match blanks {
        0 => gaps(simd, block).in_run,
        _ => blanks,
    };
    if ends == 0 {
        return start;
    }
    let first = at + ends.trailing_zeros() as usize;
    if first >= start + LINE {
        runs(simd, bytes, start..first, found);
    }
    if let Some(inner) = long_gap(ends) {
        runs(simd, bytes, at + inner.start..at + inner.end, found);
    }
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

/// What is long enough between two bits.
fn long_gap(ends: u64) -> Option<Range<usize>> {
    if !has_long_gap(ends) {
        return None;
    }
    let (before, after) = (ends & ((1 << LINE) - 1), ends >> LINE << LINE);
    // Behind the last bit the next run begins.
    let last = before.checked_ilog2().filter(|_| after != 0)?;
    let gap = last as usize + 1..after.trailing_zeros() as usize;
    (gap.len() >= LINE).then_some(gap)
}

/// Whether a run may lie between two bits: [`LINE`] zeros would cover the middle.
fn has_long_gap(ends: u64) -> bool {
    const MIDDLE: u64 = ((1 << (2 * LINE - BLOCK + 2)) - 1) << (BLOCK - LINE - 1);
    ends & MIDDLE == 0
}

/// Visits the runs in a stretch without blanks.
fn runs<S: Simd>(simd: S, bytes: &[u8], stretch: Range<usize>, found: &mut dyn FnMut(Swept)) {
    let (mut start, mut word) = (stretch.start, stretch.start);
    let (mut has_dots, mut may_be_token) = (false, false);
    for at in stretch.clone().step_by(BLOCK) {
        let left = stretch.end - at;
        let mut gaps = match bytes[at..].first_chunk() {
            Some(block) => gaps(simd, block),
            None => gaps(simd, &padded(&bytes[at..stretch.end])),
        };
        // What comes after the stretch is none of it.
        if left < BLOCK {
            gaps.in_run |= u64::MAX << left;
            gaps.in_word |= u64::MAX << left;
        }
        has_dots |= gaps.dots != 0;
        may_be_token |= at + gaps.in_word.trailing_zeros() as usize >= word + TOKEN;
        if gaps.in_word != 0 {
            word = at + BLOCK - gaps.in_word.leading_zeros() as usize;
        }
        let ends = gaps.in_run;
        if ends != 0 {
            let mut run = |run: Range<usize>| {
                found(Swept::Run {
                    range: run,
                    has_dots,
                    may_be_token,
                });
            };
            let first = at + ends.trailing_zeros() as usize;
            if first >= start + LINE {
                run(start..first);
            }
            if let Some(inner) = long_gap(ends) {
                run(at + inner.start..at + inner.end);
            }
            start = at + BLOCK - ends.leading_zeros() as usize;
        }
    }
    if stretch.end >= start + LINE {
        found(Swept::Run {
            range: start..stretch.end,
            has_dots,
            may_be_token: may_be_token || stretch.end >= word + TOKEN,
        });
    }
}

/// A bit for each byte that is a control character, a blank, `!` or `"`.
#[inline(always)]
fn blanks<S: Simd>(lanes: u8x64<S>) -> u64 {
    lanes.simd_le(b'"').to_bitmask()
}

/// Bits of the bytes in a block.
struct Gaps {
    /// Those that the sweep doesn't go along.
    in_run: u64,
    /// Those that are no letters and digits.
    in_word: u64,
    /// Dots.
    dots: u64,
}

#[inline(never)]
fn gaps<S: Simd>(simd: S, block: &Block) -> Gaps {
    simd.vectorize(
        #[inline(always)]
        || {
            let lanes = u8x64::load_array_ref(simd, block);
            let letter = within(lanes | 0x20, b'a', b'z');
            let among_signs = within(lanes, b'#', b'=');
            let brackets = within(lanes, b'\'', b'*');
            let other = brackets | lanes.simd_eq(b'$') | lanes.simd_eq(b',');
            let other = other | lanes.simd_eq(b':') | lanes.simd_eq(b'<');
            let signs = lanes.simd_eq(b'\\') | lanes.simd_eq(b'_') | among_signs & !other;
            Gaps {
                in_run: !(letter | signs).to_bitmask(),
                in_word: !(letter | within(lanes, b'0', b'9')).to_bitmask(),
                dots: lanes.simd_eq(b'.').to_bitmask(),
            }
        },
    )
}

#[inline(always)]
fn within<S: Simd>(lanes: u8x64<S>, first: u8, last: u8) -> mask8x64<S> {
    (lanes - first).simd_le(last - first)
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

/// Whether from the 17th to the 32nd byte there are at least two digits, and
/// nothing but short numbers with blanks and `,-./:;` between them.
#[inline(never)]
fn are_numbers<S: Simd>(simd: S, block: &Block) -> bool {
    simd.vectorize(
        #[inline(always)]
        || {
            let lanes = u8x64::load_array_ref(simd, block);
            let lower = lanes | 0x20;
            let letters = within(lower, b'a', b'f') | lower.simd_eq(b'x');
            let digits = within(lanes, b'0', b'9');
            let between = lanes.simd_le(b' ') | within(lanes, b',', b';');
            let numbers = ((letters | digits).to_bitmask() >> 16) as u16;
            let other = !(numbers | (between.to_bitmask() >> 16) as u16);
            let two = numbers & numbers >> 1;
            let five = two & two >> 2 & numbers >> 4;
            let digits = (digits.to_bitmask() >> 16) as u16;
            ((other | five) == 0) & (digits & digits.wrapping_sub(1) != 0)
        },
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{ALNUM, SWEPT, is};
    use super::*;

    /// What the sweep finds with the vectors of every level that the processor has.
    fn swept(bytes: &[u8], region: &Range<usize>) -> Vec<Swept> {
        let mut all = levels().map(|level| {
            let mut out = Vec::new();
            dispatch!(level, simd => along(simd, bytes, region, &mut |found| out.push(found)));
            out
        });
        let first = all.next().expect("there is a level");
        assert!(all.all(|other| other == first));
        first
    }

    fn levels() -> impl Iterator<Item = Level> {
        let best = Level::new();
        #[cfg(target_arch = "x86_64")]
        let others = [
            best.as_sse2().map(Level::Sse2),
            best.as_sse4_2().map(Level::Sse4_2),
            best.as_avx2().map(Level::Avx2),
        ];
        #[cfg(not(target_arch = "x86_64"))]
        let others = [None];
        others.into_iter().flatten().chain([best])
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
            for level in levels() {
                let (blanks, gaps) = dispatch!(level, simd => {
                    (blanks(u8x64::load_array(simd, block)), gaps(simd, &block))
                });
                assert_eq!(blanks, expected(byte < b'#'), "{byte:#x} {level:?}");
                assert_eq!(
                    gaps.in_run,
                    expected(!is(SWEPT, byte)),
                    "{byte:#x} {level:?}"
                );
                assert_eq!(
                    gaps.in_word,
                    expected(!is(ALNUM, byte)),
                    "{byte:#x} {level:?}"
                );
                assert_eq!(gaps.dots, expected(byte == b'.'), "{byte:#x} {level:?}");
            }
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

    /// Spellings of all words, and some that lack a little.
    const WORDS: [&str; 22] = [
        "npss", "NPSS", "Npss", "pdcc", "PDCC", "psn", "PSN", "Psn", "aysta", "aySta", "=?u",
        "=?I", "=?w", "=?K", "\n000", "0010:", "0010 ", "0020 ", "0020:", "ayst", "nps", "=?x",
    ];
    const WHOLE: usize = 18;

    fn has_token(run: &[u8]) -> bool {
        run.split(|byte| !byte.is_ascii_alphanumeric())
            .any(|word| word.len() >= TOKEN)
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn words_are_those_that_the_plainest_search_finds(
            pieces in prop::collection::vec((0usize..70, prop::sample::select(WORDS.to_vec())), 0..20),
            from in 0usize..300,
        ) {
            let mut text = String::new();
            for (length, word) in pieces {
                text.extend(std::iter::repeat_n('p', length));
                text.push_str(word);
            }
            let region = from.min(text.len())..text.len();
            let expected: Vec<usize> = region
                .clone()
                .filter(|at| {
                    let is_here = |word: &&str| {
                        text[*at..].get(..word.len()).is_some_and(|text| text.eq_ignore_ascii_case(word))
                    };
                    WORDS[..WHOLE].iter().any(is_here)
                })
                .collect();
            let mut found = Vec::new();
            for swept in swept(text.as_bytes(), &region) {
                if let Swept::Word(at) = swept && region.contains(&at) {
                    found.push(at);
                }
            }
            prop_assert_eq!(found, expected);
        }

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
                        let run = &bytes[start..at];
                        expected.push((start..at, run.contains(&b'.'), has_token(run)));
                    }
                    start = at + 1;
                }
            }
            let mut found = Vec::new();
            for swept in swept(&bytes, &(0..bytes.len())) {
                if let Swept::Run { range, has_dots, may_be_token } = swept {
                    found.push((range, has_dots, may_be_token));
                }
            }
            prop_assert_eq!(found.len(), expected.len());
            for (found, expected) in found.iter().zip(&expected) {
                prop_assert_eq!(&found.0, &expected.0);
                // What stands before a run may have them, too.
                prop_assert!(found.1 >= expected.1 && found.2 >= expected.2, "{:?} {:?}", found, expected);
            }
        }
    }
}
