//! What each line of a listing begins with: the time in a log, the name of a
//! service, the sign of a difference.

use super::lines::line_end;
use crate::prefilter::is_encoded;

/// How long such a beginning can be.
const LONGEST: usize = 96;
/// Blanks and borders at the end of a line.
const PADDING: usize = 80;

/// How the next line begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beginning {
    /// How far it is to what the line holds.
    pub length: usize,
    /// Whether the line begins with nothing but the sign of a difference, which
    /// can be a character of base64 as well.
    pub is_sign: bool,
    /// Whether the next line says the same before its value, so that both are records
    /// of one kind: a message of a log, an item of a list, a setting.
    pub is_record: bool,
    /// Whether the line is empty but for a cell of a table below that of the value.
    pub is_cell: bool,
}

/// How the line after a value begins, when it begins like the line on which the
/// value stands, up to digits.
pub fn next_line(text: &[u8], value: std::ops::Range<usize>) -> Option<Beginning> {
    let rest = &text[value.end..text.len().min(value.end + PADDING + LONGEST)];
    let padding = frame_length(rest, usize::MAX);
    let feed = padding + line_end(&rest[padding..])?;
    let next = &text[value.end + feed..];
    let reach = value.start.saturating_sub(LONGEST);
    let before = &text[reach..value.start];
    let line = match memchr::memrchr(b'\n', before) {
        Some(feed) => reach + feed + 1,
        None if reach == 0 => 0,
        None => return None,
    };
    let (mut length, is_sign) = alike(&text[line..value.start], &text[line..value.end], next);
    // The cell of a table that was full goes on below itself.
    let is_full = rest.len() > 1 && (border(rest) > 0 || border(&rest[1..]) > 0);
    let cell = is_full.then(|| cell_below(&text[line..value.start], next));
    let cell = cell.flatten();
    length = cell.unwrap_or(length);
    let blanks = next[length..]
        .iter()
        .take_while(|byte| matches!(byte, b' ' | b'\t'));
    let begin = &text[line..value.start];
    (length > 0).then(|| Beginning {
        length: feed + length + blanks.count(),
        is_sign,
        is_cell: cell.is_some(),
        is_record: cell.is_none() && length == begin.len() && names_value(begin),
    })
}

/// How far a line is empty up to the column that comes after `begin`, when there are
/// borders of a table in it.
fn cell_below(begin: &[u8], line: &[u8]) -> Option<usize> {
    let columns = str::from_utf8(begin).ok()?.chars().count();
    let length = frame_length(line, columns);
    let frame = str::from_utf8(&line[..length]).ok()?;
    let has_border = frame.chars().any(|character| !character.is_whitespace());
    (has_border && frame.chars().count() == columns).then_some(length)
}

/// The length of the blanks and borders at the beginning, so many characters at most.
fn frame_length(text: &[u8], most: usize) -> usize {
    let mut length = 0;
    for _ in 0..most {
        length += match text[length..] {
            [b' ' | b'\t', ..] => 1,
            _ => match border(&text[length..]) {
                0 => break,
                border => border,
            },
        };
    }
    length
}

/// The length of the border of a table at the beginning; nothing if there is none.
fn border(text: &[u8]) -> usize {
    match text {
        [b'|', ..] => 1,
        // U+2502, U+2503, U+2551
        [0xe2, 0x94, 0x82 | 0x83, ..] | [0xe2, 0x95, 0x91, ..] => 3,
        _ => 0,
    }
}

/// Whether what stands before a value says what it is: words, a key, or the number of
/// an item. The name of a service ends with a sign of its own, and a time has few letters.
fn names_value(begin: &[u8]) -> bool {
    let letters = begin.iter().filter(|byte| byte.is_ascii_alphabetic());
    let lower = begin.to_ascii_lowercase();
    let has_name = ["npsso", "pdccws"]
        .iter()
        .any(|name| memchr::memmem::find(&lower, name.as_bytes()).is_some());
    let ends_in = |byte: &u8| match byte {
        b'.' | b')' => true,
        byte => letters.count() > 2 && (byte.is_ascii_alphanumeric() || *byte == b':'),
    };
    has_name || begin.trim_ascii_end().last().is_some_and(ends_in)
}

/// How far two lines begin alike, and whether that is a sign only.
fn alike(begin: &[u8], line: &[u8], next: &[u8]) -> (usize, bool) {
    let is_same = |a: u8, b: u8| a == b || a.is_ascii_digit() && b.is_ascii_digit();
    let same = begin
        .iter()
        .zip(next)
        .take_while(|(a, b)| is_same(**a, **b))
        .count();
    // What belongs to an encoding can be alike by chance.
    let length = begin[..same]
        .iter()
        .rposition(|byte| !is_encoded(*byte))
        .map_or(0, |last| last + 1);
    let is_blank = begin[..length].iter().all(u8::is_ascii_whitespace);
    match (line.first(), next.first()) {
        (Some(a @ (b'+' | b'-')), Some(b)) if a == b && length < 2 => (1, true),
        _ if is_blank => (0, false),
        _ => (length, false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rest<'t>(text: &'t str, value: &str) -> Option<(&'t str, bool)> {
        let start = text.find(value).expect("it is there");
        let end = start + value.len();
        let beginning = next_line(text.as_bytes(), start..end)?;
        Some((&text[end + beginning.length..], beginning.is_sign))
    }

    #[test]
    fn lines_that_begin_alike_go_on_behind_that() {
        for (text, is_sign) in [
            ("bot-1  | AAAA\nbot-1  | BBBB", false),
            ("10:00:01.5Z AAAA\r\n10:00:02.9Z BBBB", false),
            ("x\n# AAAA\n#   BBBB", false),
            ("| AAAA   |\n| BBBB", false),
            ("x\n+AAAA\n+BBBB", true),
            ("-k=AAAA\n-BBBB", true),
            ("x\n| k | AAAA |\n|   | BBBB", false),
            (
                "x\n\u{2502} k \u{2502} AAAA \u{2502}\n\u{2502}   \u{2502} BBBB",
                false,
            ),
        ] {
            assert_eq!(rest(text, "AAAA"), Some(("BBBB", is_sign)), "{text}");
        }
        for text in [
            "AAAA\nBBBB",
            "  AAAA\n  BBBB",
            "a: AAAA\nb: BBBB",
            "+AAAA\n-BBBB",
            "k=AAAA\nk=BBBB",
            "bot | AAAA",
        ] {
            assert_eq!(rest(text, "AAAA"), None, "{text}");
        }
        // A cell that is not full, one of another column, and rows of their own
        for text in [
            "x\n| k | AAAA   |\n|   | BBBB",
            "x\n| k | AAAA |\n|  | BBBB",
            "x\n| k | AAAA |\n| j | BBBB",
        ] {
            let rest = rest(text, "AAAA");
            assert!(rest.is_none_or(|(rest, _)| rest != "BBBB"), "{text}");
        }
    }
}
