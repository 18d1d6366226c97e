//! Two hexadecimal digits for each byte.

use super::reading::{Decoded, Reading};
use super::stretch::Stretch;
use crate::model::encoding::Encoding;

/// Digits of the shortest secret.
const SHORTEST: usize = 128;

/// Reads the hexadecimal digits in a stretch.
pub fn decode(outer: &Reading<'_>, stretch: &Stretch, emit: &mut dyn FnMut(Reading<'_>)) {
    let mut digits: Vec<u8> = Vec::new();
    let mut place = stretch.range();
    for line in &stretch.lines {
        let text = &outer.text[line.clone()];
        let all = text.iter().all(u8::is_ascii_hexdigit);
        if all && !digits.is_empty() {
            digits.extend(text);
            place.end = line.end;
            continue;
        }
        // What came before is as long as it gets. The digits end this line, or
        // stand somewhere in it.
        emit_digits(outer, &digits, place.clone(), emit);
        let (start, length) = longest(text);
        digits = text[start..start + length].to_vec();
        place = line.start + start..line.start + start + length;
        if place.end < line.end {
            emit_digits(outer, &digits, place.clone(), emit);
            digits.clear();
        }
    }
    emit_digits(outer, &digits, place, emit);
}

fn longest(text: &[u8]) -> (usize, usize) {
    let mut best = (0, 0);
    let mut start = 0;
    for run in text.split(|byte| !byte.is_ascii_hexdigit()) {
        if run.len() > best.1 {
            best = (start, run.len());
        }
        start += run.len() + 1;
    }
    best
}

fn emit_digits(
    outer: &Reading<'_>,
    digits: &[u8],
    place: std::ops::Range<usize>,
    emit: &mut dyn FnMut(Reading<'_>),
) {
    if digits.len() < SHORTEST {
        return;
    }
    let value = |digit: u8| char::from(digit).to_digit(16).unwrap_or(0) as u8;
    let (pairs, _) = digits.as_chunks::<2>();
    let text: Vec<u8> = pairs
        .iter()
        .map(|[high, low]| value(*high) << 4 | value(*low))
        .collect();
    if super::is_worth_reading(&text) {
        let mut decoded = Decoded::default();
        decoded.put(&text, place.clone());
        let start = place.start - prefix(&outer.text[..place.start]);
        emit(decoded.within(outer, start..place.end, Encoding::Hex));
    }
}

/// The length of what says before digits that they are hexadecimal: `0x`, and `\x`
/// as PostgreSQL has it, whose backslash may be escaped once more.
fn prefix(before: &[u8]) -> usize {
    const PREFIXES: [&[u8]; 3] = [b"\\\\x", b"\\x", b"0x"];
    PREFIXES
        .iter()
        .find(|prefix| before.ends_with(prefix))
        .map_or(0, |prefix| prefix.len())
}
