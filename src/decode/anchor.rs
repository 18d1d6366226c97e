//! The words beside which something may stand that has no shape of its own by
//! which it could be found: a value in pieces, an encoded word of a mail.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::packed::{Config, MatchKind, Searcher};

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

/// In the spellings in which people write them; few and short, so that they are
/// found at the speed of reading. What they begin with has to be rare in texts:
/// `layst` for PlayStation would stop at every delay and layer.
const NAMES: [&str; 12] = [
    "npss", "NPSS", "Npss", "pdcc", "PDCC", "Pdcc", "psn", "PSN", "Psn", "aysta", "aySta", "AYSTA",
];
/// With the first letters of the character sets that mails are written in.
const WORDS: [&str; 8] = ["=?u", "=?U", "=?i", "=?I", "=?w", "=?W", "=?k", "=?K"];
/// What many rows of a hex dump begin with, and the second one of nearly all.
const OFFSETS: [&str; 4] = ["\n000", "0010:", "0010 ", "0020 "];

/// How far before and after an anchor a value may begin.
const BEFORE: usize = 256;
const AFTER: usize = 1024;

/// Of names that are nearer to each other than this, only the first counts: a text
/// may have nothing but names.
const NEAR: usize = 64;

static SEARCHER: LazyLock<Option<Searcher>> = LazyLock::new(|| {
    Config::new()
        .match_kind(MatchKind::LeftmostFirst)
        .builder()
        .extend(NAMES)
        .extend(WORDS)
        .extend(OFFSETS)
        .build()
});

/// The anchors in a region, in order; `runs` are the long ones in it.
pub fn anchors(bytes: &[u8], region: Range<usize>, runs: &[Range<usize>]) -> Vec<Anchor> {
    let mut anchors = words(bytes, region);
    let is_break = |run: &&Range<usize>| {
        let after = &bytes[run.end..];
        bytes[..run.end].ends_with(b"=") && (after.starts_with(b"\n") || after.starts_with(b"\r\n"))
    };
    let breaks = runs.iter().filter(is_break).map(|run| Anchor {
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

/// The words in a region, in order. Of names that stand close together, the first.
pub fn words(bytes: &[u8], region: Range<usize>) -> Vec<Anchor> {
    let text = &bytes[region.clone()];
    let anchor = |at: usize| Anchor {
        at: region.start + at,
        kind: match text[at] {
            b'=' => Kind::EncodedWord,
            b'\n' | b'0' => Kind::Offset,
            _ => Kind::Name,
        },
    };
    // What stands around a name stands around the next one, too, when it is near.
    let mut near = 0;
    let mut is_kept = |anchor: &Anchor| {
        let is_name = anchor.kind == Kind::Name;
        let is_kept = !is_name || anchor.at >= near;
        if is_name && is_kept {
            near = anchor.at + NEAR;
        }
        is_kept
    };
    match &*SEARCHER {
        Some(searcher) => searcher
            .find_iter(text)
            .map(|found| anchor(found.start()))
            .filter(|anchor| is_kept(anchor))
            .collect(),
        // A processor without vectors has no such searcher.
        None => {
            let words = NAMES.iter().chain(&WORDS).chain(&OFFSETS);
            let mut found: Vec<Anchor> = words
                .flat_map(|word| memchr::memmem::find_iter(text, word.as_bytes()))
                .map(anchor)
                .collect();
            found.sort_unstable_by_key(|anchor| anchor.at);
            found.retain(|anchor| is_kept(anchor));
            found
        }
    }
}
