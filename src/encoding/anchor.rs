//! What the words of the fast pass announce: a value in pieces, an encoded word of
//! a mail, the rows of a dump.

use std::ops::Range;

use crate::prefilter;
use crate::prefilter::Places;

/// What an anchor announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The name of a secret, or of PlayStation.
    Name,
    /// The beginning of an encoded word (RFC 2047).
    EncodedWord,
    /// The offset with which a row of a hex dump begins, maybe.
    Offset,
    /// The end of a long line that goes on (RFC 2045, 6.7).
    SoftBreak,
}

/// A place of an anchor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// Where it begins.
    pub at: usize,
    /// What it announces.
    pub kind: Kind,
}

/// How far before and after an anchor a value may begin.
const BEFORE: usize = 256;
const AFTER: usize = 1024;

/// Of names that are nearer to each other than this, only the first counts: a text
/// may have nothing but names.
const NEAR: usize = 64;

/// The anchors in a text that has these places, in order.
pub fn anchors(bytes: &[u8], places: &Places) -> Vec<Anchor> {
    let mut anchors = words(bytes, places);
    let is_break = |run: &&Range<usize>| {
        let after = &bytes[run.end..];
        bytes[..run.end].ends_with(b"=") && (after.starts_with(b"\n") || after.starts_with(b"\r\n"))
    };
    let breaks = places.runs.iter().filter(is_break).map(|run| Anchor {
        at: run.end - 1,
        kind: Kind::SoftBreak,
    });
    let words_only = anchors.len();
    anchors.extend(breaks);
    if anchors.len() > words_only {
        anchors.sort_unstable_by_key(|anchor| anchor.at);
    }
    anchors
}

/// Names outside of a region beside which a value in it may begin.
pub fn beside(bytes: &[u8], region: &Range<usize>) -> Vec<Anchor> {
    let before = region.start.saturating_sub(AFTER)..region.start;
    let behind = region.end..bytes.len().min(region.end + BEFORE);
    let mut anchors = Vec::new();
    for part in [before, behind].into_iter().filter(|part| !part.is_empty()) {
        let places = prefilter::points_and_places(bytes, part, |_| false, |_| false, |_| {});
        let names = words(bytes, &places).into_iter();
        anchors.extend(names.filter(|anchor| anchor.kind == Kind::Name));
    }
    anchors
}

/// Visits what stands around anchors in a region, each part of it once. `visit`
/// says how far it looked.
pub fn around<'a>(
    anchors: impl Iterator<Item = &'a Anchor>,
    region: &Range<usize>,
    mut visit: impl FnMut(Range<usize>) -> usize,
) {
    let mut done = region.start;
    for anchor in anchors {
        let start = anchor.at.saturating_sub(BEFORE).max(done);
        let end = region.end.min(anchor.at + AFTER);
        if start < end {
            done = visit(start..end).max(end);
        }
    }
}

/// The words among the places, in order. Of names that stand close together, the first.
pub fn words(bytes: &[u8], places: &Places) -> Vec<Anchor> {
    let anchor = |at: &usize| Anchor {
        at: *at,
        kind: match bytes[*at] {
            b'=' => Kind::EncodedWord,
            b'\n' | b'0' => Kind::Offset,
            _ => Kind::Name,
        },
    };
    // What stands around a name stands around the next one, too, when it is near.
    let mut near = 0;
    let is_kept = |anchor: &Anchor| {
        let is_name = anchor.kind == Kind::Name;
        let is_kept = !is_name || anchor.at >= near;
        if is_name && is_kept {
            near = anchor.at + NEAR;
        }
        is_kept
    };
    places.words.iter().map(anchor).filter(is_kept).collect()
}

/// Whether a text has a name.
pub fn has_name(text: &[u8]) -> bool {
    let places = prefilter::points_and_places(text, 0..text.len(), |_| false, |_| false, |_| {});
    words(text, &places)
        .iter()
        .any(|word| word.kind == Kind::Name)
}
