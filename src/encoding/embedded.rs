//! Texts that stand in a string, with their line ends escaped: a file in a JSON
//! document, a mail in a log, the cell of a notebook.
//!
//! A value in one piece is found there as it stands. What is in several lines of such
//! a text, a broken value, a dump, a block with a sign before each line, can only be
//! read once its lines are lines.

use std::ops::Range;

use memchr::memmem;

use super::anchor::{Anchor, Kind};
use super::escape::undo;
use super::reading::{Decoded, Reading};

/// How much is read before a place and after it.
const BEFORE: usize = 1024;
const AFTER: usize = 16 << 10;

/// Reads the embedded texts in which anchors and long runs stand.
pub fn decode(
    outer: &Reading<'_>,
    anchors: &[Anchor],
    runs: &[Range<usize>],
    emit: &mut dyn FnMut(Reading<'_>),
) {
    let text = &outer.text[..];
    let mut places: Vec<Range<usize>> = anchors
        .iter()
        .filter(|anchor| matches!(anchor.kind, Kind::Name | Kind::Offset))
        .filter(|anchor| outer.region.contains(&anchor.at))
        .map(|anchor| anchor.at..anchor.at)
        .chain(runs.iter().cloned())
        .collect();
    places.sort_unstable_by_key(|place| place.start);
    let mut done = outer.region.start;
    for place in places {
        if place.start < done {
            continue;
        }
        let first = done.max(place.start.saturating_sub(BEFORE));
        let line = memchr::memrchr(b'\n', &text[first..place.start]);
        let start = line.map_or(first, |feed| first + feed + 1);
        let limit = outer.reach().end.min(place.end + AFTER);
        let lines = lines(text, start, place.end, limit);
        done = lines.last().map_or(place.end, |line| line.end);
        let mut decoded = Decoded::default();
        let mut encoding = None;
        for line in lines {
            encoding = undo(text, line, &mut decoded).or(encoding);
        }
        // `\u{41}` ends each run, so that nothing that is written so is one.
        let has_braces = memmem::find(&text[start..done], b"\\u{").is_some();
        let has_lines = memchr::memchr(b'\n', decoded.text()).is_some();
        if let Some(encoding) = encoding
            && (has_lines || has_braces)
        {
            let mut reading = decoded.within(outer, start..done, encoding);
            reading.is_step = !has_braces;
            // What begins behind the region of an input belongs to the next one.
            if done > outer.region.end {
                let is_before = |at: &usize| reading.place(*at..at + 1).start < outer.region.end;
                let places: Vec<usize> = reading.region.clone().collect();
                reading.region.end = reading.region.start + places.partition_point(is_before);
            }
            emit(reading);
        }
    }
}

/// The line around a place, and those that follow it as strings of one list, without
/// what stands between the strings.
fn lines(text: &[u8], start: usize, place: usize, limit: usize) -> Vec<Range<usize>> {
    let mut lines = Vec::new();
    let (mut start, mut from) = (start, place);
    loop {
        let feed = memchr::memchr(b'\n', &text[from..limit]).map(|feed| from + feed);
        let end = feed.unwrap_or(limit);
        // Of most lines it shows at once that nothing in them is escaped.
        let is_plain = memchr::memchr3(b'\\', b'&', b'%', &text[start..end]).is_none();
        if is_plain && lines.is_empty() {
            lines.push(end..end);
            return lines;
        }
        let next = feed.and_then(|feed| next_string(text, start..feed, limit));
        let Some((last, next)) = next else {
            lines.push(start..end);
            return lines;
        };
        lines.push(start..last);
        (start, from) = (next, next);
    }
}

/// Where the text of a line ends that is a string in a list, and where that of the
/// next one begins: `"first\n",` above `"second"`.
fn next_string(text: &[u8], line: Range<usize>, limit: usize) -> Option<(usize, usize)> {
    let content = text[line.clone()].trim_ascii_end();
    let content = content.strip_suffix(b",").unwrap_or(content);
    let string = content.strip_suffix(b"\"")?;
    let begin = &text[line.end..limit];
    let indent = begin.iter().take_while(|byte| byte.is_ascii_whitespace());
    let next = line.end + indent.count();
    let is_line = string.ends_with(b"\\n");
    (is_line && text[next..limit].starts_with(b"\""))
        .then_some((line.start + string.len(), next + 1))
}
