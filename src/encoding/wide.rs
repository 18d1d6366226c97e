//! Text that takes two or four bytes for each character.

use super::reading::{Decoded, Reading};
use crate::model::encoding::Encoding;

/// How much of a text is looked at to tell.
const HEAD: usize = 4096;

/// Reads UTF-16 and UTF-32 as one byte a character.
pub fn decode(outer: &Reading<'_>, emit: &mut dyn FnMut(Reading<'_>)) {
    let region = outer.region.clone();
    let bytes = &outer.text[region.clone()];
    let Some(Layout {
        step,
        low,
        encoding,
    }) = layout(bytes)
    else {
        return;
    };
    let characters: Vec<u8> = bytes
        .chunks_exact(step)
        .map(|unit| {
            let plain = unit
                .iter()
                .enumerate()
                .all(|(at, byte)| at == low || *byte == 0);
            if plain { unit[low] } else { b'?' }
        })
        .collect();
    let mut decoded = Decoded::default();
    decoded.spread(&characters, region.start, step);
    if super::is_worth_reading(decoded.text()) {
        emit(decoded.within(outer, region, encoding));
    }
}

/// Whether a text takes more than a byte for each character.
pub fn is_wide(bytes: &[u8]) -> bool {
    layout(bytes).is_some()
}

/// How characters are stored.
struct Layout {
    /// Bytes for each.
    step: usize,
    /// Which of them is the lowest.
    low: usize,
    encoding: Encoding,
}

/// Tells by where zero bytes stand in mostly Western text.
fn layout(bytes: &[u8]) -> Option<Layout> {
    let head = &bytes[..bytes.len().min(HEAD)];
    let units = head.len() / 4;
    // Nearly every input has no zero at all.
    if units < 4 || memchr::memchr(0, &head[..16]).is_none() && memchr::memchr(0, head).is_none() {
        return None;
    }
    let zeros = |offset: usize| {
        let column = head.iter().skip(offset).step_by(4);
        column.filter(|byte| **byte == 0).count()
    };
    let most = |count: usize| count * 10 >= units * 8;
    let few = |count: usize| count * 10 <= units * 2;
    let columns = [zeros(0), zeros(1), zeros(2), zeros(3)];
    let found = |step, low, encoding| {
        Some(Layout {
            step,
            low,
            encoding,
        })
    };
    match columns {
        [a, b, c, d] if few(a) && most(b) && most(c) && most(d) => found(4, 0, Encoding::Utf32),
        [a, b, c, d] if most(a) && most(b) && most(c) && few(d) => found(4, 3, Encoding::Utf32),
        [a, b, c, d] if few(a) && most(b) && few(c) && most(d) => found(2, 0, Encoding::Utf16),
        [a, b, c, d] if most(a) && few(b) && most(c) && few(d) => found(2, 1, Encoding::Utf16),
        _ => None,
    }
}
