//! The fast pass: where in a buffer a secret can be at all.
//!
//! It is one sweep over raw bytes that knows nothing of rules. Most buffers
//! hold no such place and end here, so everything in this file is about doing
//! little for each byte.
//!
//! - A token is a run of 64 letters and digits, and what is encoded is a longer
//!   one of these and a few signs. The [`mod@sweep`] tells runs of 56.
//! - A signed session cookie has a dot with 32 characters before and 43 after
//!   it, so its dot stands in such a run too.
//! - In UTF-16 every second byte is zero. The sweep notices that, and then both
//!   are looked for in steps of two.

mod sweep;
mod words;

use std::ops::Range;

use sweep::{Swept, sweep};

/// Length of an NPSSO.
pub const TOKEN: usize = 64;
/// Length of the shortest run that is told. A line of wrapped text is at least as
/// long: 60 characters in Ruby's base64, 64 in PEM, 76 in MIME.
pub const LINE: usize = 56;
/// A run longer than this holds no token that could be told from its neighbours.
pub const MAX_RUN: usize = 512;

/// Characters before the dot of a session cookie: express-session's id.
pub const COOKIE_ID: usize = 32;
/// Characters after the dot: 32 bytes of HMAC in base64 without padding.
pub const COOKIE_SIGNATURE: usize = 43;

/// A place that the slow pass has to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Point {
    /// A whole run of at least 64 letters and digits.
    Run {
        /// The bytes of the run.
        range: Range<usize>,
        /// Whether each character takes two bytes, as in UTF-16.
        wide: bool,
    },
    /// A dot that may be the one in a session cookie.
    Dot {
        /// The offset of the dot.
        at: usize,
        /// Whether each character takes two bytes, as in UTF-16.
        wide: bool,
    },
}

const ALNUM: u8 = 1;
const ID: u8 = 2;
const SIGNATURE: u8 = 4;
const ENCODED: u8 = 8;
/// What the sweep goes along: what encodings use, and the dot of a cookie.
const SWEPT: u8 = 16;

static CLASS: [u8; 256] = {
    let mut table = [0u8; 256];
    let mut byte = 0usize;
    while byte < 256 {
        let b = byte as u8;
        if b.is_ascii_alphanumeric() {
            table[byte] = ALNUM | ID | SIGNATURE | ENCODED | SWEPT;
        }
        byte += 1;
    }
    table[b'-' as usize] = ID | ENCODED | SWEPT;
    table[b'_' as usize] = ID | ENCODED | SWEPT;
    table[b'=' as usize] = ENCODED | SWEPT;
    table[b'.' as usize] = SWEPT;
    // A signature may be escaped: %2B, \/, \u002b, &#43;
    let escapes = b"+/%\\&#;";
    let mut index = 0;
    while index < escapes.len() {
        table[escapes[index] as usize] |= SIGNATURE | ENCODED | SWEPT;
        index += 1;
    }
    table
};

/// Whether encodings use this byte: letters, digits, and the signs of base64,
/// percent escapes, backslashes, entities and quoted-printable.
pub fn is_encoded(byte: u8) -> bool {
    is(ENCODED, byte)
}

fn is(class: u8, byte: u8) -> bool {
    CLASS[usize::from(byte)] & class != 0
}

/// Visits every point whose first byte (of a run) or dot lies in `region`, runs
/// first. `bytes` holds context around the region: with at least [`MAX_RUN`]
/// times two bytes on each side, the result doesn't depend on how an input
/// is cut into buffers.
pub fn points(bytes: &[u8], region: Range<usize>, visit: impl FnMut(Point)) {
    points_and_places(bytes, region, |_| false, |_| false, visit);
}

/// What a buffer holds besides points.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// Runs of at least [`LINE`] characters that encodings use.
    pub runs: Vec<Range<usize>>,
    /// Where nothing but short numbers stands. Bytes that are written as numbers
    /// begin and end near such a place.
    pub numbers: Vec<usize>,
    /// Where the [`mod@words`] begin that lie in the region, in order.
    pub words: Vec<usize>,
    /// Whether there is text of two or four bytes a character.
    pub has_zeros: bool,
}

/// The same, and what else begins in `region`, of runs those of which `keep` holds.
/// Runs of the length of a token of which `ignore` holds are left out as points:
/// nearly all runs in a log are digests.
pub fn points_and_places(
    bytes: &[u8],
    region: Range<usize>,
    ignore: impl Fn(&[u8]) -> bool,
    keep: impl Fn(&Range<usize>) -> bool,
    mut visit: impl FnMut(Point),
) -> Places {
    let mut places = Places::default();
    let Places {
        runs: encoded,
        numbers,
        words,
        has_zeros,
    } = &mut places;
    // Everything before this has been reported as part of a wide run.
    let mut wide_done = 0;
    let mut run_dots: Vec<usize> = Vec::new();
    let mut found = |found: Swept| match found {
        Swept::Wide(zero) => {
            *has_zeros = true;
            if zero >= wide_done
                && let Some(range) = wide_run(bytes, zero)
            {
                wide_done = range.end + 1;
                if region.contains(&range.start) {
                    visit(Point::Run { range, wide: true });
                }
            }
        }
        Swept::Run {
            range: run,
            has_dots,
            may_be_token,
        } => {
            if may_be_token {
                let text = &bytes[run.clone()];
                if text.len() != TOKEN || !ignore(text) {
                    runs(bytes, run.clone(), &region, &mut visit);
                }
            }
            let first = run_dots.len();
            if has_dots {
                let found = memchr::memchr_iter(b'.', &bytes[run.clone()]);
                run_dots.extend(found.map(|at| run.start + at));
            }
            encoded_runs(run, &region, &run_dots[first..], |run| {
                if keep(&run) {
                    encoded.push(run);
                }
            });
        }
        Swept::Numbers(at) => numbers.push(at),
        Swept::Word(at) => {
            if region.contains(&at) {
                words.push(at);
            }
        }
    };
    sweep(bytes, &region, &mut found);
    // They are found by their keys, which aren't all at their beginnings.
    places.words.sort_unstable();
    // In two-byte text there are no runs, so every dot is looked at.
    if places.has_zeros {
        dots(bytes, region, &mut visit);
        return places;
    }
    for at in run_dots.into_iter().filter(|at| region.contains(at)) {
        dot(bytes, at, &mut visit);
    }
    places
}

/// Visits the parts of a run between its dots that are long enough.
fn encoded_runs(
    run: Range<usize>,
    region: &Range<usize>,
    dots: &[usize],
    mut visit: impl FnMut(Range<usize>),
) {
    let mut start = run.start;
    for end in dots.iter().copied().chain([run.end]) {
        if end - start >= LINE && region.contains(&start) {
            visit(start..end);
        }
        start = end + 1;
    }
}

/// Whether there is nothing but letters and digits. Without a branch for each
/// byte, so that the compiler can look at many of them at a time.
fn is_alnum(bytes: &[u8]) -> bool {
    bytes.iter().fold(true, |all, byte| {
        let letter = (byte | 0x20).wrapping_sub(b'a') < 26;
        let digit = byte.wrapping_sub(b'0') < 10;
        all & (letter | digit)
    })
}

/// Visits the runs of letters and digits in a run that begin in the region.
fn runs(bytes: &[u8], run: Range<usize>, region: &Range<usize>, visit: &mut impl FnMut(Point)) {
    if run.len() == TOKEN
        && run.start >= region.start
        && (run.start == 0 || !is(ALNUM, bytes[run.start - 1]))
        && run.start < region.end
        && is_alnum(&bytes[run.clone()])
    {
        return visit(Point::Run {
            range: run,
            wide: false,
        });
    }
    let mut start = run.start;
    // The inside of a run that begins before is none.
    if start > 0 && is(ALNUM, bytes[start - 1]) {
        start += alnum_length(&bytes[start..run.end]);
    }
    while start < run.end && start < region.end {
        let length = alnum_length(&bytes[start..run.end]);
        if (TOKEN..=MAX_RUN).contains(&length) && region.contains(&start) {
            visit(Point::Run {
                range: start..start + length,
                wide: false,
            });
        }
        start += length + 1;
    }
}

/// How many letters and digits stand at the beginning.
fn alnum_length(bytes: &[u8]) -> usize {
    let (words, rest) = bytes.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let gaps = gaps(u64::from_le_bytes(*word));
        if gaps != 0 {
            return 8 * index + gaps.trailing_zeros() as usize / 8;
        }
    }
    bytes.len() - rest.len() + rest.iter().take_while(|byte| is(ALNUM, **byte)).count()
}

/// A word of eight times this byte.
const fn each(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// The top bit of each byte of a word that is no letter or digit. Eight bytes
/// at a time, because words in a text are about as long and a branch for each
/// letter is mispredicted at each word.
fn gaps(word: u64) -> u64 {
    // Adding what is missing to 0x80 sets the top bit from that byte on.
    const fn from(byte: u8) -> u64 {
        each(0x80 - byte)
    }
    let ascii = word & each(0x7f);
    let lower = ascii | each(0x20);
    let letter = (lower + from(b'a')) & !(lower + from(b'z' + 1));
    let digit = (ascii + from(b'0')) & !(ascii + from(b'9' + 1));
    !((letter | digit) & !word) & each(0x80)
}

/// The run of two-byte letters and digits around a zero byte, when it is long enough.
fn wide_run(bytes: &[u8], zero: usize) -> Option<Range<usize>> {
    let unit = |at: usize| at + 1 < bytes.len() && bytes[at + 1] == 0 && is(ALNUM, bytes[at]);
    let anchor = zero.checked_sub(1)?;
    if !unit(anchor) {
        return None;
    }
    let mut start = anchor;
    while start >= 2 && unit(start - 2) && anchor - start <= 2 * MAX_RUN {
        start -= 2;
    }
    let mut end = anchor;
    while unit(end + 2) && end - start <= 2 * MAX_RUN {
        end += 2;
    }
    // The last character of big-endian text has its zero in front.
    let tail = end + 2;
    if tail < bytes.len() && is(ALNUM, bytes[tail]) {
        end = tail;
    }
    let length = (end - start) / 2 + 1;
    (TOKEN..=MAX_RUN)
        .contains(&length)
        .then_some(start..end + 1)
}

fn dots(bytes: &[u8], region: Range<usize>, visit: &mut impl FnMut(Point)) {
    let end = region.end.min(bytes.len());
    if region.start >= end {
        return;
    }
    for offset in memchr::memchr_iter(b'.', &bytes[region.start..end]) {
        dot(bytes, region.start + offset, visit);
    }
}

fn dot(bytes: &[u8], at: usize, visit: &mut impl FnMut(Point)) {
    if at == 0 || at + 1 >= bytes.len() {
        return;
    }
    let wide = bytes[at - 1] == 0 || bytes[at + 1] == 0;
    let step = if wide { 2 } else { 1 };
    if has_cookie_shape(bytes, at, step) {
        visit(Point::Dot { at, wide });
    }
}

fn has_cookie_shape(bytes: &[u8], dot: usize, step: usize) -> bool {
    let Some(start) = dot.checked_sub(COOKIE_ID * step) else {
        return false;
    };
    let end = dot + COOKIE_SIGNATURE * step;
    if end >= bytes.len() {
        return false;
    }
    // Far ends first: words around an ordinary dot are short.
    is(ID, bytes[start])
        && is(SIGNATURE, bytes[end])
        && (1..COOKIE_ID).all(|n| is(ID, bytes[dot - n * step]))
        && (1..COOKIE_SIGNATURE).all(|n| is(SIGNATURE, bytes[dot + n * step]))
        && (step == 1 || (start..end).step_by(2).all(|at| bytes[at + 1] == 0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(bytes: &[u8]) -> Vec<Point> {
        let mut out = Vec::new();
        points(bytes, 0..bytes.len(), |point| out.push(point));
        out
    }

    #[test]
    fn a_run_of_exactly_64_is_found_wherever_it_stands() {
        for offset in 0..300 {
            let mut bytes = vec![b' '; 500];
            bytes[offset..offset + 64].fill(b'a');
            assert_eq!(
                found(&bytes),
                [Point::Run {
                    range: offset..offset + 64,
                    wide: false
                }]
            );
        }
    }

    #[test]
    fn a_wide_run_is_found_wherever_it_stands() {
        for offset in 0..300 {
            let mut bytes = vec![b' '; 600];
            for unit in bytes[offset..offset + 128].chunks_mut(2) {
                unit.copy_from_slice(b"a\0");
            }
            let points = found(&bytes);
            assert_eq!(points.len(), 1, "{offset}");
            assert_eq!(
                points[0],
                Point::Run {
                    range: offset..offset + 127,
                    wide: true
                },
                "{offset}"
            );
        }
    }

    #[test]
    fn a_run_that_is_too_short_or_far_too_long_is_not() {
        assert!(found(&[b'a'; 63]).is_empty());
        assert!(found(&[b'a'; MAX_RUN + 1]).is_empty());
        assert!(found(&[b'a'; 100_000]).is_empty());
        assert_eq!(found(&[b'a'; MAX_RUN]).len(), 1);
    }

    #[test]
    fn a_gap_is_every_byte_that_is_no_letter_or_digit() {
        for byte in 0..=255u8 {
            let expected = if byte.is_ascii_alphanumeric() {
                0
            } else {
                0x80
            };
            let word = u64::from_le_bytes([b'a', byte, b'Z', b'0', byte, b'9', b'z', b'A']);
            assert_eq!(gaps(word), expected << 8 | expected << 32, "{byte:#x}");
        }
    }

    #[test]
    fn a_cookie_is_found_by_its_dot() {
        let text = format!("s:{}.{} ", "a".repeat(32), "b".repeat(43));
        assert_eq!(
            found(text.as_bytes()),
            [Point::Dot {
                at: 34,
                wide: false
            }]
        );
        let short = format!("s:{}.{} ", "a".repeat(32), "b".repeat(42));
        assert!(found(short.as_bytes()).is_empty());
    }

    /// Every point, looked for in the plainest way.
    fn naive(bytes: &[u8], region: &Range<usize>) -> Vec<Point> {
        let alnum = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_alphanumeric);
        let unit = |at: usize| alnum(at) && bytes.get(at + 1) == Some(&0);
        let mut points = Vec::new();
        for start in region.clone() {
            if alnum(start) && !(start > 0 && alnum(start - 1)) {
                let length = (start..).take_while(|at| alnum(*at)).count();
                if (TOKEN..=MAX_RUN).contains(&length) {
                    points.push(Point::Run {
                        range: start..start + length,
                        wide: false,
                    });
                }
            }
            if unit(start) && !(start >= 2 && unit(start - 2)) {
                let mut length = (start..).step_by(2).take_while(|at| unit(*at)).count();
                if alnum(start + 2 * length) {
                    length += 1;
                }
                if (TOKEN..=MAX_RUN).contains(&length) {
                    points.push(Point::Run {
                        range: start..start + 2 * length - 1,
                        wide: true,
                    });
                }
            }
        }
        for at in region
            .clone()
            .filter(|at| bytes[*at] == b'.' && *at > 0 && at + 1 < bytes.len())
        {
            let wide = bytes[at - 1] == 0 || bytes[at + 1] == 0;
            let step = if wide { 2 } else { 1 };
            let id = (1..=COOKIE_ID)
                .all(|n| at.checked_sub(n * step).is_some_and(|at| is(ID, bytes[at])));
            let signature = (1..=COOKIE_SIGNATURE).all(|n| {
                bytes
                    .get(at + n * step)
                    .is_some_and(|byte| is(SIGNATURE, *byte))
            });
            let zeros = || (at - 64..at + 86).step_by(2).all(|at| bytes[at + 1] == 0);
            if id && signature && (!wide || zeros()) {
                points.push(Point::Dot { at, wide });
            }
        }
        points
    }

    /// Bytes made of runs whose lengths are close to the ones that matter.
    fn pieces() -> impl Strategy<Value = Vec<u8>> {
        let narrow = (
            prop_oneof![1usize..8, 60usize..70, 126usize..132, 508usize..520],
            any::<u8>(),
        )
            .prop_map(|(length, byte)| vec![byte; length]);
        let letters = (
            prop_oneof![1usize..8, 60usize..70, 126usize..132, 508usize..520],
            0usize..62,
        )
            .prop_map(|(length, letter)| {
                let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
                vec![letters[letter]; length]
            });
        let wide = (
            prop_oneof![1usize..8, 62usize..67, 510usize..514],
            any::<bool>(),
        )
            .prop_map(|(length, little)| {
                [if little { [b'a', 0] } else { [0, b'a'] }; 1]
                    .concat()
                    .repeat(length)
            });
        let cookie = (30usize..34, 41usize..46).prop_map(|(id, signature)| {
            [vec![b'i'; id], vec![b'.'], vec![b's'; signature]].concat()
        });
        let gap = proptest::collection::vec(
            prop_oneof![Just(0u8), Just(b'.'), Just(b' '), any::<u8>()],
            0..6,
        );
        proptest::collection::vec(
            prop_oneof![narrow, letters.clone(), letters, wide, cookie, gap],
            0..12,
        )
        .prop_map(|pieces| pieces.concat())
    }

    #[test]
    fn two_byte_text_may_touch_what_stands_before_it() {
        let bytes = [vec![b'a'; 260], b"\0".to_vec(), b"b\0".repeat(63)].concat();
        let region = 0..260;
        let mut found = Vec::new();
        points(&bytes, region.clone(), |point| found.push(point));
        assert_eq!(found, naive(&bytes, &region));
        assert_eq!(found.len(), 2);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_fast_pass_finds_what_a_naive_search_finds(bytes in pieces(), from in 0usize..600, to in 0usize..3000) {
            let to = to.min(bytes.len());
            let region = from.min(to)..to;
            let mut fast = Vec::new();
            points(&bytes, region.clone(), |point| fast.push(point));
            let mut slow = naive(&bytes, &region);
            let place = |point: &Point| match point {
                Point::Run { range, wide } => (range.start, *wide, 0),
                Point::Dot { at, wide } => (*at, *wide, 1),
            };
            fast.sort_by_key(place);
            slow.sort_by_key(place);
            prop_assert_eq!(fast, slow);
        }
    }
}
