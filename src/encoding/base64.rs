//! Base64, with either alphabet, padded or not.

use std::ops::Range;

use super::reading::{Decoded, Reading};
use super::stretch::{SHORTEST, Stretch};
use crate::container::Format;
use crate::model::encoding::Encoding;

/// Signs after which an encoded text may begin: `/auth/ZXlK…`, `sha512-…`.
const MAX_STARTS: usize = 8;
/// How far into a run such a sign is looked for.
const START_REACH: usize = 256;
/// A longer run is read from its beginning only.
const SHIFTED: usize = 256 * 1024;
/// What is known to be text after this many bytes is text.
const HEAD: usize = 32;

/// Reads the base64 in a stretch.
pub fn decode(outer: &Reading<'_>, stretch: &Stretch, emit: &mut dyn FnMut(Reading<'_>)) {
    // The characters of a run with their places, without what lies between lines.
    let mut run: Vec<u8> = Vec::new();
    let mut lines: Vec<(usize, usize)> = Vec::new();
    let flush =
        |run: &mut Vec<u8>, lines: &mut Vec<(usize, usize)>, emit: &mut dyn FnMut(Reading<'_>)| {
            if run.len() >= SHORTEST {
                decode_run(
                    outer,
                    &Run {
                        characters: run,
                        lines,
                    },
                    emit,
                );
            }
            run.clear();
            lines.clear();
        };
    for line in &stretch.lines {
        let mut at = line.start;
        while at < line.end {
            let length = outer.text[at..line.end]
                .iter()
                .take_while(|byte| sextet(**byte).is_some())
                .count();
            if length == 0 {
                flush(&mut run, &mut lines, emit);
                at += 1;
                continue;
            }
            lines.push((run.len(), at));
            run.extend(&outer.text[at..at + length]);
            at += length;
            if at < line.end {
                flush(&mut run, &mut lines, emit);
            }
        }
    }
    flush(&mut run, &mut lines, emit);
    // Lines that are whole texts can be a list of these.
    for line in stretch.lines.iter().filter(|_| stretch.lines.len() > 1) {
        let text = &outer.text[line.start..];
        let length = text
            .iter()
            .take(line.len())
            .take_while(|byte| sextet(**byte).is_some());
        let length = length.count();
        let padding = text[length..]
            .iter()
            .take(2)
            .take_while(|byte| **byte == b'=');
        let whole = length + padding.count();
        if length >= SHORTEST && whole >= line.len() && whole.is_multiple_of(4) {
            let (characters, lines) = (&text[..length], &[(0, line.start)]);
            decode_run(outer, &Run { characters, lines }, emit);
        }
    }
}

/// Characters that may be base64, and where they stand.
struct Run<'r> {
    characters: &'r [u8],
    /// Where each line begins, in the run and in the outer text.
    lines: &'r [(usize, usize)],
}

impl Run<'_> {
    /// Where a part of the run stands, from its first to its last character.
    fn place(&self, part: Range<usize>) -> Range<usize> {
        let at = |index: usize| {
            let after = self.lines.partition_point(|(start, _)| *start <= index);
            let (start, outer) = self.lines[after.saturating_sub(1)];
            outer + index - start
        };
        at(part.start)..at(part.end.max(part.start + 1) - 1) + 1
    }
}

fn decode_run(outer: &Reading<'_>, run: &Run<'_>, emit: &mut dyn FnMut(Reading<'_>)) {
    let length = run.characters.len();
    let try_from = |start: usize| -> Option<Vec<u8>> {
        let decoded = bytes(&run.characters[start..]);
        super::is_worth_reading(&decoded).then_some(decoded)
    };
    let mut found: Option<(usize, Vec<u8>)> = None;
    // Where it begins to be text, that is where it begins.
    for start in starts(run.characters) {
        if length - start < SHORTEST {
            break;
        }
        let head = bytes(&run.characters[start..length.min(start + HEAD * 4 / 3 + 4)]);
        // A container begins with what it is.
        let begins = is_text(&head) || start == 0 && Format::tell(&head, None).is_some();
        if begins && let Some(decoded) = try_from(start) {
            found = Some((start, decoded));
            break;
        }
    }
    if found.is_none() {
        let shifts = if length > SHIFTED { 1 } else { 4 };
        found = (0..shifts).find_map(|shift| Some((shift, try_from(shift)?)));
    }
    let Some((start, text)) = found else { return };
    let place = run.place(start..length);
    let mut decoded = Decoded::default();
    decoded.put(&text, place.clone());
    emit(decoded.within(outer, place, Encoding::Base64));
}

fn starts(run: &[u8]) -> impl Iterator<Item = usize> + '_ {
    let signs = run
        .iter()
        .take(START_REACH)
        .enumerate()
        .filter(|(_, byte)| matches!(byte, b'/' | b'-' | b'_' | b'+'))
        .map(|(at, _)| at + 1);
    std::iter::once(0).chain(signs).take(MAX_STARTS)
}

fn is_text(bytes: &[u8]) -> bool {
    let bytes = &bytes[..bytes.len().min(HEAD)];
    bytes
        .iter()
        .all(|byte| matches!(byte, b' '..=b'~' | b'\n' | b'\r' | b'\t' | 0x80..))
        && std::str::from_utf8(bytes).map_or_else(|error| error.error_len().is_none(), |_| true)
}

/// The bytes that base64 characters stand for; what is left over at the end is dropped.
pub fn bytes(characters: &[u8]) -> Vec<u8> {
    let value = |byte: u8| u32::from(VALUES[usize::from(byte)] & 63);
    let (groups, rest) = characters.as_chunks::<4>();
    let mut out = Vec::with_capacity(groups.len() * 3 + 2);
    for [a, b, c, d] in groups {
        let bits = value(*a) << 18 | value(*b) << 12 | value(*c) << 6 | value(*d);
        out.extend([(bits >> 16) as u8, (bits >> 8) as u8, bits as u8]);
    }
    match rest {
        [a, b] => out.push((value(*a) << 2 | value(*b) >> 4) as u8),
        [a, b, c] => {
            let bits = value(*a) << 10 | value(*b) << 4 | value(*c) >> 2;
            out.extend([(bits >> 8) as u8, bits as u8]);
        }
        _ => {}
    }
    out
}

const NONE: u8 = 0xff;

static VALUES: [u8; 256] = {
    let mut table = [NONE; 256];
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut index = 0;
    while index < alphabet.len() {
        table[alphabet[index] as usize] = index as u8;
        index += 1;
    }
    table[b'-' as usize] = 62;
    table[b'_' as usize] = 63;
    table
};

fn sextet(byte: u8) -> Option<u8> {
    Some(VALUES[usize::from(byte)]).filter(|value| *value != NONE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_alphabets_are_read_with_and_without_a_whole_last_group() {
        assert_eq!(bytes(b"aGVsbG8"), b"hello");
        assert_eq!(bytes(b"aGVsbG8h"), b"hello!");
        assert_eq!(bytes(b"-_-_"), bytes(b"+/+/"));
        assert_eq!(bytes(b"aA"), b"h");
        assert_eq!(bytes(b""), b"");
    }
}
