//! Whether something that matters stands within reach of a place.

use std::ops::Range;

use crate::context::{REACH, plain};

/// Bytes that are looked at together.
const BLOCK: usize = 1024;
/// Bytes on both sides of them that are looked at too, so that no word is cut.
const EDGE: usize = 128;

/// A text, and in which parts of it something was found.
pub struct Nearby<'t> {
    text: &'t [u8],
    /// Whether a block has what was asked for.
    blocks: Vec<Option<bool>>,
}

impl<'t> Nearby<'t> {
    /// Takes a text, of which nothing is known yet.
    pub fn of(text: &'t [u8]) -> Nearby<'t> {
        Nearby {
            text,
            blocks: Vec::new(),
        }
    }

    /// Whether the context of a value at `place` has something, which is always the same.
    /// Each block of the text is asked once, however many values stand in it.
    pub fn has(&mut self, place: &Range<usize>, something: impl Fn(&str) -> bool) -> bool {
        let first = place.start.saturating_sub(REACH) / BLOCK;
        let last = (place.end + REACH) / BLOCK;
        let text = self.text;
        if self.blocks.is_empty() {
            self.blocks.resize(text.len() / BLOCK + 1, None);
        }
        (first..=last.min(self.blocks.len() - 1)).any(|number| {
            *self.blocks[number].get_or_insert_with(|| {
                let start = (number * BLOCK).saturating_sub(EDGE);
                let end = text.len().min((number + 1) * BLOCK + EDGE);
                something(&plain(&text[start..end]))
            })
        })
    }
}
