//! Values in several pieces: string literals that a program joins, and lines
//! that were broken inside of a value.
//!
//! A piece has no length by which it could be found, so this looks only around
//! the words that a secret goes with.

use std::ops::Range;

use super::anchor::{Anchor, Kind, around};
use super::escape::unescape;
use super::glue::{Glue, LONGEST_LINE_END, between_arguments, between_pieces, between_words};
use super::literals;
use super::prefix;
use super::reading::{Decoded, Reading};
use super::unescaped::through_escapes;
use crate::model::encoding::Encoding;
use crate::prefilter;

/// How far around arguments is looked for what joins them.
const BESIDE: usize = 96;
/// Pieces of one value.
const MAX_PIECES: usize = 64;
/// The longest value, with escapes.
const MAX_VALUE: usize = 512;
/// The longest name that a literal stands beside.
const MAX_NAME: usize = 16;
/// A line that was broken because it was full is at least this long.
const FULL_LINE: usize = 40;

/// Reads the values in a text that are in several pieces.
pub fn decode(outer: &Reading<'_>, anchors: &[Anchor], emit: &mut dyn FnMut(Reading<'_>)) {
    let names = anchors.iter().filter(|anchor| anchor.kind == Kind::Name);
    around(names, &outer.region, |range| {
        pieces_within(outer, range, emit)
    });
}

/// Reads the values that have their first glue in a range. Returns where the last ends.
fn pieces_within(
    outer: &Reading<'_>,
    range: Range<usize>,
    emit: &mut dyn FnMut(Reading<'_>),
) -> usize {
    let text = &outer.text[..];
    let mut at = range.start;
    while at < range.end {
        let begins = at > 0 && is_value(text[at - 1]) && !is_value(text[at]);
        let glue = begins.then(|| glue_at(text, at)).flatten();
        let Some(glue) = glue.filter(|glue| !are_apart(text, at, glue)) else {
            at += 1;
            continue;
        };
        at = chain(outer, at, glue, emit);
    }
    at
}

/// Whether the first two pieces around a place are things of their own, for all that
/// stands between them.
fn are_apart(text: &[u8], at: usize, glue: &Glue) -> bool {
    let start = value_start(text, at);
    let between = &text[at..at + glue.length];
    // Where the line begins, if that is near
    let near = at.saturating_sub(MAX_VALUE);
    let line = memchr::memrchr(b'\n', &text[near..at]).map_or(near, |feed| near + feed + 1);
    let next = memchr::memrchr(b'\n', between).and_then(|feed| between.get(feed + 1));
    match glue.encoding {
        // The old and the new value in a difference
        _ if text[line] == b'-' && next == Some(&b'+') => true,
        // In prose, a line that ends with a backquote ends with what is quoted.
        Encoding::ContinuedLine if between.starts_with(b"`") => {
            let quotes = text[line..start].iter().filter(|byte| **byte == b'`');
            quotes.count() % 2 == 1
        }
        Encoding::LineWrap => prefix::next_line(text, start..at).is_some_and(|line| {
            // Values below each other are as long as each other, the rest of one is not.
            let is_value = || value_length(&text[at + glue.length..]) >= at - start;
            line.is_record || line.is_cell && is_value()
        }),
        // Elements that hold nothing else, but for the runs of a document
        Encoding::Markup => {
            let name = between
                .split(|byte| *byte == b'>')
                .next()
                .unwrap_or(between);
            let is_whole = text[..start].ends_with(b">") && between.starts_with(b"</");
            is_whole && !name.contains(&b':')
        }
        Encoding::Concatenation => {
            // Quotes and blanks, and what kind of string the next one is
            let rest = between.split_last().map_or(between, |(_, rest)| rest);
            let kind = rest.iter().rev().take(3);
            let kind = kind.take_while(|byte| byte.is_ascii_alphabetic()).count();
            let is_blank = |byte: &u8| byte.is_ascii_whitespace() || is_quote(*byte);
            rest[..rest.len() - kind].iter().all(is_blank) && !is_assigned(&text[..start])
        }
        _ => false,
    }
}

/// Whether string literals side by side are one here, because something is assigned or
/// passed. In the list of a shell or in the arguments of a command they are several.
fn is_assigned(before: &[u8]) -> bool {
    let Some((quote, rest)) = before.split_last() else {
        return false;
    };
    if !is_quote(*quote) {
        return true;
    }
    // `rb"…"`
    let prefix = rest
        .iter()
        .rev()
        .take(3)
        .take_while(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'@' | b'$' | b'8'));
    let rest = rest[..rest.len() - prefix.count()].trim_ascii_end();
    match rest {
        [.., b'=', b'('] => false,
        // MATLAB's list of characters, and a literal before these
        [.., b'['] => *quote == b'\'',
        [.., b'=' | b':' | b' ', b'"' | b'\''] => true,
        [
            ..,
            b'=' | b':' | b'(' | b',' | b'>' | b'+' | b'.' | b'&' | b'\\',
        ] => true,
        _ => {
            let name = rest.len().saturating_sub(MAX_NAME)..rest.len();
            let lower = rest[name].to_ascii_lowercase();
            // Lisp and Tcl join strings by these words.
            ["npsso", "pdccws_p", "(str", "concat", " cat"]
                .iter()
                .any(|name| lower.ends_with(name.as_bytes()))
        }
    }
}

fn is_quote(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'`')
}

/// The glue at a place, when a value goes on after it.
fn glue_at(text: &[u8], at: usize) -> Option<Glue> {
    if !matches!(
        text[at],
        b'"' | b'\''
            | b'`'
            | b')'
            | b'\n'
            | b'\r'
            | b'\\'
            | b'^'
            | b'='
            | b'&'
            | b'<'
            | b' '
            | 0x1b
            | 0xc2
            | 0xe2
            | 0xef
    ) {
        return None;
    }
    // Nearly every blank stands between two words.
    let next = text.get(at + 1);
    if text[at] == b' ' && !matches!(next, Some(b'\n' | b'\r' | b'\\' | b'|' | 0xe2)) {
        return None;
    }
    // Most escapes stand for something else, which is cheap to see.
    if matches!(text[at], b'\\' | b'&') {
        let head = &text[at..text.len().min(at + LONGEST_LINE_END)];
        through_escapes(head, begins_glue)?;
    }
    // `%^3A`: in a batch file the sign stands before what follows, too.
    if text[at] == b'^' && text[..at].ends_with(b"%") {
        let is_next = text.get(at + 1).copied().is_some_and(is_value);
        return is_next.then_some(Glue {
            length: 1,
            encoding: Encoding::Backslash,
            is_comma: false,
        });
    }
    let glue = match text[at] {
        b'\n' | b'\r' | b'\\' | b'^' => {
            let pieces = between_pieces(&text[at..]);
            let is_sure = pieces.is_some_and(|glue| glue.encoding == Encoding::Concatenation);
            match is_sure {
                true => pieces,
                false => after_prefix(text, at).or(pieces),
            }
        }
        // The end of a table's cell
        b' ' if matches!(next, Some(b'|' | 0xe2)) => after_prefix(text, at),
        _ => between_pieces(&text[at..])
            .or_else(|| between_arguments(&text[at..]))
            .or_else(|| between_words(&text[value_start(text, at)..at], &text[at..])),
    }?;
    text.get(at + glue.length)
        .copied()
        .is_some_and(is_value)
        .then_some(glue)
}

/// Whether a text begins with something that glue begins with.
fn begins_glue(text: &[u8]) -> Option<(usize, ())> {
    let begins = matches!(
        text,
        [b'"' | b'\'' | b'`' | b'\n' | b'\r' | b'=', ..]
            | [b'\\', b'\n' | b'\r', ..]
            | [b'\\', b'z', b'\n' | b'\r', ..]
    );
    begins.then_some((1, ()))
}

/// The end of a line that begins like the next one.
fn after_prefix(text: &[u8], at: usize) -> Option<Glue> {
    // A line that goes on says so at its end.
    let (sign, encoding) = match text[at] {
        b'\n' | b'\r' | b' ' => (0, Encoding::LineWrap),
        _ => (1, Encoding::ContinuedLine),
    };
    let line = prefix::next_line(text, value_start(text, at)..at + sign)?;
    Some(Glue {
        length: sign + line.length,
        encoding,
        is_comma: false,
    })
}

/// Where the value begins that ends at a place.
fn value_start(text: &[u8], end: usize) -> usize {
    let before = &text[end.saturating_sub(MAX_VALUE)..end];
    let value = before.iter().rev().take_while(|byte| is_value(**byte));
    end - value.count()
}

/// Joins the pieces around and after a glue. Returns where they end.
fn chain(outer: &Reading<'_>, at: usize, first: Glue, emit: &mut dyn FnMut(Reading<'_>)) -> usize {
    let text = &outer.text[..];
    let start = value_start(text, at);
    let mut pieces: Vec<Range<usize>> = Vec::new();
    pieces.push(start..at);
    let mut encoding = first.encoding;
    let mut glue = Some(first);
    // Pieces that stand behind a comma.
    let mut commas: Vec<usize> = Vec::new();
    while let Some(found) = glue.filter(|_| pieces.len() < MAX_PIECES) {
        let last = pieces[pieces.len() - 1].end;
        // A token that is whole is not continued.
        if found.encoding.is_a_guess() && ends_in_token(&text[pieces[0].clone()]) {
            break;
        }
        // A line that is not full was not broken.
        let needs_full_line = matches!(
            found.encoding,
            Encoding::LineWrap | Encoding::QuotedPrintable
        );
        if needs_full_line && line_length(text, last, FULL_LINE) < FULL_LINE {
            break;
        }
        // What was joined is whole, and the next line is another, but for a block.
        let joined: usize = pieces.iter().map(ExactSizeIterator::len).sum();
        let is_guess = encoding.is_a_guess() || found.encoding.is_a_guess();
        if is_guess && pieces.len() > 1 && joined >= prefilter::TOKEN && !is_block(text, &pieces) {
            break;
        }
        let next = last + found.length;
        let mut length = value_length(&text[next..]);
        // The name itself may be in two pieces.
        let is_short = length < MAX_NAME;
        if is_short && matches!(text.get(next + length), Some(b'=' | b':')) {
            let before = &text[last.saturating_sub(MAX_NAME)..last];
            let name = [before, &text[next..next + length]].concat();
            if ends_in_name(&name) {
                length += 1 + value_length(&text[next + length + 1..]);
            }
        }
        if found.is_comma {
            commas.push(pieces.len());
        }
        pieces.push(next..next + length);
        if found.encoding.is_a_guess() {
            encoding = found.encoding;
        }
        glue = text
            .get(next + length)
            .and_then(|_| glue_at(text, next + length));
    }
    let end = pieces[pieces.len() - 1].end;
    // Arguments are apart when nothing joins them.
    let apart = !commas.is_empty() && !is_joined(text, start..end);
    let cuts = commas.iter().copied().filter(|_| apart);
    let mut first = 0;
    for cut in cuts.chain([pieces.len()]) {
        join(outer, &pieces[first..cut], encoding, emit);
        first = cut;
    }
    // What stands there joins nothing to them.
    end.max(at) + 1
}

/// Reads pieces as one.
fn join(
    outer: &Reading<'_>,
    pieces: &[Range<usize>],
    encoding: Encoding,
    emit: &mut dyn FnMut(Reading<'_>),
) {
    let [first, .., last] = pieces else { return };
    let place = first.start..last.end;
    let mut decoded = Decoded::default();
    for piece in pieces {
        decoded.copy(&outer.text, piece.clone());
    }
    let longest = match encoding.is_a_guess() {
        true => MAX_VALUE / 2,
        false => 2 * MAX_VALUE,
    };
    if decoded.text().len() <= longest && super::holds_value(decoded.text()) {
        emit(decoded.within(outer, place, encoding));
    }
}

/// Whether what stands around arguments says that they are joined, as it is or
/// escaped in a string.
fn is_joined(text: &[u8], pieces: Range<usize>) -> bool {
    let before = &text[pieces.start.saturating_sub(BESIDE)..pieces.start];
    let after = &text[pieces.end..text.len().min(pieces.end + BESIDE)];
    literals::are_joined(&unescape(before), &unescape(after))
}

/// How many characters of a value stand at the beginning.
fn value_length(text: &[u8]) -> usize {
    let value = text.iter().take(MAX_VALUE);
    value.take_while(|byte| is_value(**byte)).count()
}

/// Whether a text ends with the name of a secret.
fn ends_in_name(text: &[u8]) -> bool {
    let end = text.to_ascii_lowercase();
    end.ends_with(b"npsso") || end.ends_with(b"pdccws_p")
}

/// Whether the lines that were broken behind the last two pieces are equally long,
/// so that more may follow.
fn is_block(text: &[u8], lines: &[Range<usize>]) -> bool {
    let [.., before, last] = lines else {
        return false;
    };
    let length = line_length(text, last.end, MAX_VALUE);
    length >= FULL_LINE && length == line_length(text, before.end, MAX_VALUE)
}

/// Whether a piece is a token, or ends in one behind an escape: `NPSSO%3D…`.
fn ends_in_token(piece: &[u8]) -> bool {
    let Some((before, token)) = piece.split_last_chunk::<{ prefilter::TOKEN }>() else {
        return false;
    };
    let is_escape = before.len() >= 3 && before[before.len() - 3] == b'%';
    (before.is_empty() || is_escape) && token.iter().all(u8::is_ascii_alphanumeric)
}

/// The length of the line up to a place, as far as it matters. Its beginning
/// may stand behind an escape.
fn line_length(text: &[u8], end: usize, most: usize) -> usize {
    let line = &text[end.saturating_sub(most)..end];
    let line = &line[memchr::memrchr(b'\n', line).map_or(0, |feed| feed + 1)..];
    let feed = memchr::memrchr2(b'\\', b'&', line).and_then(|_| last_escaped_feed(line));
    line.len() - feed.unwrap_or(0)
}

/// Where the last escaped line end of a line is over.
fn last_escaped_feed(line: &[u8]) -> Option<usize> {
    let feed = |text: &[u8]| matches!(text, [b'\n', ..]).then_some((1, ()));
    (0..line.len()).rev().find_map(|at| {
        let (length, ()) = through_escapes(&line[at..], feed)?;
        Some(at + length)
    })
}

/// Characters of a token, or of a cookie in any spelling.
fn is_value(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'%' | b'+' | b'/' | b':')
}
