//! Quoted-printable text whose lines were broken: `=` at the end of a line.
//!
//! Programs and compressed data have such line ends, too, so this looks only
//! around the words that a secret goes with, and at long lines without blanks.

use std::ops::Range;

use super::anchor::{Anchor, Kind, around};
use super::escape::assigns;
use super::reading::{Decoded, Reading};
use crate::model::encoding::Encoding;

/// How far the broken line reaches on each side of a break that is looked at.
const REACH: usize = 2048;

/// A line is not broken before it is this long.
const FULL_LINE: usize = 40;
/// The longest line, with what stands before it.
const LONGEST_LINE: usize = 256;

/// Reads the lines that are broken in a text.
pub fn decode(outer: &Reading<'_>, anchors: &[Anchor], emit: &mut dyn FnMut(Reading<'_>)) {
    let places = anchors
        .iter()
        .filter(|anchor| anchor.kind != Kind::EncodedWord);
    around(places, &outer.region, |range| {
        lines_within(outer, range, emit)
    });
}

/// Reads the lines that have their first break in a range. Returns where the last ends.
fn lines_within(
    outer: &Reading<'_>,
    range: Range<usize>,
    emit: &mut dyn FnMut(Reading<'_>),
) -> usize {
    let text = &outer.text[..];
    let mut done = range.start;
    for feed in memchr::memchr_iter(b'\n', &text[range.clone()]) {
        let feed = range.start + feed;
        let line_before = text[..feed].strip_suffix(b"\r").unwrap_or(&text[..feed]);
        let Some(line_before) = line_before.strip_suffix(b"=") else {
            continue;
        };
        let at = line_before.len();
        // In a program an equals sign at the end of a line has a blank before it,
        // and `?=` ends an encoded word.
        let before = text[..at].last();
        let broken = before.is_some_and(|byte| byte.is_ascii_graphic() && !b"=?".contains(byte));
        // `NPSSO=` above another line assigns nothing; a line is broken when it is full.
        let before = &text[at.saturating_sub(FULL_LINE)..at];
        let next = memchr::memchr(b'\n', &text[at..]).map_or(text.len(), |feed| at + feed + 1);
        if at < done
            || !broken
            || before.len() < FULL_LINE
            || memchr::memchr(b'\n', before).is_some()
            || assigns(&text[next..text.len().min(next + REACH)])
        {
            continue;
        }
        let start = line_start(text, at, at.saturating_sub(REACH));
        let end = line_end(text, at, text.len().min(at + REACH));
        done = end;
        let decoded = line(text, start, end);
        if super::is_worth_reading(decoded.text()) {
            emit(decoded.within(outer, start..end, Encoding::QuotedPrintable));
        }
    }
    done
}

/// The beginning of the first line that goes on up to `at`.
fn line_start(text: &[u8], at: usize, limit: usize) -> usize {
    let mut start = at;
    loop {
        let before = memchr::memrchr(b'\n', &text[limit..start]).map(|line| limit + line);
        let Some(feed) = before else { return limit };
        let continued = text[limit..feed]
            .strip_suffix(b"\r")
            .unwrap_or(&text[limit..feed]);
        if !continued.ends_with(b"=") {
            return feed + 1;
        }
        start = feed;
    }
}

/// The end of the last line that continues the one at `at`.
fn line_end(text: &[u8], at: usize, limit: usize) -> usize {
    let mut end = at;
    while let Some(feed) = memchr::memchr(b'\n', &text[end..limit]) {
        let line = &text[at..end + feed];
        end += feed;
        if !line.strip_suffix(b"\r").unwrap_or(line).ends_with(b"=") {
            return end;
        }
        end += 1;
    }
    limit
}

fn line(text: &[u8], start: usize, end: usize) -> Decoded {
    let mut decoded = Decoded::default();
    let mut done = start;
    let mut at = start;
    while let Some(next) = memchr::memchr(b'=', &text[at..end]) {
        at += next;
        let escape = &text[at..end];
        let (length, character) = match soft_break(escape) {
            Some(length) => (length + prefix(text, at, at + length), None),
            None => match hexadecimal(escape) {
                Some(character) => (3, Some(character)),
                None => {
                    at += 1;
                    continue;
                }
            },
        };
        decoded.copy(text, done..at);
        decoded.put(character.as_slice(), at..at + length);
        at += length;
        done = at;
    }
    decoded.copy(text, done..end);
    decoded
}

fn soft_break(text: &[u8]) -> Option<usize> {
    match text {
        [b'=', b'\n', ..] => Some(2),
        [b'=', b'\r', b'\n', ..] => Some(3),
        _ => None,
    }
}

/// How far the line at `next` begins like the one that is broken at `at`: both are
/// indented, quoted, or lines of a difference. That is none of their text.
fn prefix(text: &[u8], at: usize, next: usize) -> usize {
    let near = at.saturating_sub(LONGEST_LINE);
    let Some(feed) = memchr::memrchr(b'\n', &text[near..at]) else {
        return 0;
    };
    let lines = text[near + feed + 1..at].iter().zip(&text[next..]);
    let same = lines.take_while(|(a, b)| a == b && b" \t>+-|#*".contains(a));
    same.count()
}

/// The byte that `=41` stands for.
pub fn hexadecimal(escape: &[u8]) -> Option<u8> {
    let digit = |at: usize| char::from(*escape.get(at)?).to_digit(16);
    u8::try_from(digit(1)? << 4 | digit(2)?).ok()
}
