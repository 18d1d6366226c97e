//! Stretches of text with escapes in them.

use std::ops::Range;

use super::escape::undo;
use super::reading::{Decoded, Reading};
use super::stretch::{SHORTEST, Stretch};
use crate::prefilter::is_encoded;

/// How far a stretch is followed over dots.
const CONNECTED: usize = 1024;

/// Reads what the escapes in a stretch stand for, one round of them: in
/// `\u0041%42&#67;` every escape is undone, in `%2541` only the outer one.
pub fn decode(outer: &Reading<'_>, stretch: &Stretch, emit: &mut dyn FnMut(Reading<'_>)) {
    let range = with_dots(outer, stretch.range());
    let mut decoded = Decoded::default();
    let encoding = undo(&outer.text, range.clone(), &mut decoded);
    if let Some(encoding) = encoding
        && super::is_worth_reading(decoded.text())
    {
        emit(decoded.within(outer, range, encoding));
    }
}

/// A stretch with what it is connected to by dots, which end it, but stand as they are
/// in a text that is escaped. Of those that are stretches themselves, the next one.
fn with_dots(outer: &Reading<'_>, stretch: Range<usize>) -> Range<usize> {
    let reach = outer.reach();
    let is_part = |byte: &&u8| is_encoded(**byte) || **byte == b'.';
    let after = &outer.text[stretch.end..reach.end.min(stretch.end + CONNECTED)];
    let after = &after[..after.iter().take_while(is_part).count()];
    let mut length = 0;
    for part in after.split_inclusive(|byte| *byte == b'.') {
        length += part.len();
        if part.len() >= SHORTEST {
            break;
        }
    }
    let longest = SHORTEST.min(stretch.start - reach.start);
    let before = &outer.text[stretch.start - longest..stretch.start];
    let before = before.iter().rev().take_while(is_part).count();
    let is_short = before < SHORTEST;
    stretch.start - before * usize::from(is_short)..stretch.end + length
}
