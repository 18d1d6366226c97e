//! What stands between two pieces of one text: a line end, the quotes and signs
//! of a concatenation, as they are or escaped in a string.

use super::escape::unescape;
use super::lines::{blanks, line_end, quoting};
use super::literals;
use super::markup::markup;
use super::unescaped::through_escapes;
use crate::model::encoding::Encoding;

/// How long such a thing can be.
const LONGEST: usize = 200;
/// How long an escaped line end can be: `&amp;#13;&amp;#10;`.
pub const LONGEST_LINE_END: usize = 24;

/// What holds two pieces together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Glue {
    /// Its length in bytes.
    pub length: usize,
    /// What it is.
    pub encoding: Encoding,
    /// Whether it joins pieces only beside a word that says so.
    pub is_comma: bool,
}

/// The glue that a text begins with, between two pieces of a value.
pub fn between_pieces(text: &[u8]) -> Option<Glue> {
    let markup = || Some((markup(text)?, Encoding::Markup));
    let plain = || {
        let text = &text[..text.len().min(LONGEST)];
        through_escapes(text, plain_between_pieces)
    };
    let (length, encoding) = markup().or_else(plain)?;
    Some(Glue {
        length,
        encoding,
        is_comma: false,
    })
}

fn plain_between_pieces(text: &[u8]) -> Option<(usize, Encoding)> {
    if let Some(length) = literals::concatenation(text) {
        return Some((length, Encoding::Concatenation));
    }
    match text.first()? {
        // In a batch file it stands before each sign that is one.
        b'^' if text.get(1) == Some(&b'%') => Some((1, Encoding::Backslash)),
        // A line of a mail that flows ends with a blank (RFC 3676), and one that a
        // shell broke at the edge of a terminal with a blank and a return.
        b' ' => {
            let length = match line_end(&text[1..]) {
                Some(length) => 1 + length,
                None => 1 + usize::from(text.get(1) == Some(&b'\r')),
            };
            (length > 1).then(|| (length + quoting(&text[length..]), Encoding::LineWrap))
        }
        b'=' => {
            let length = 1 + line_end(&text[1..])?;
            let blanks = blanks(&text[length..]);
            Some((length + blanks, Encoding::QuotedPrintable))
        }
        sign @ (b'\\' | b'^' | b'`') => {
            // Lua says that what is blank is skipped.
            let zap = usize::from(*sign == b'\\' && text.get(1) == Some(&b'z'));
            let mut length = 1 + zap + line_end(&text[1 + zap..])?;
            length += blanks(&text[length..]);
            // Haskell says on both sides of the line end that a string goes on.
            let is_gap = *sign == b'\\' && text.get(length) == Some(sign);
            Some((length + usize::from(is_gap), Encoding::ContinuedLine))
        }
        _ => {
            let length = line_end(text)?;
            Some((length + quoting(&text[length..]), Encoding::LineWrap))
        }
    }
}

/// The same between two words of a shell that touch, of which the first stands before.
pub fn between_words(before: &[u8], text: &[u8]) -> Option<Glue> {
    Some(Glue {
        length: literals::adjacent(before, text)?,
        encoding: Encoding::Concatenation,
        is_comma: false,
    })
}

/// The same between two arguments of a call that may join them.
pub fn between_arguments(text: &[u8]) -> Option<Glue> {
    let text = &text[..text.len().min(LONGEST)];
    let comma = |text: &[u8]| Some((literals::comma(text)?, ()));
    let (length, ()) = through_escapes(text, comma)?;
    Some(Glue {
        length,
        encoding: Encoding::Concatenation,
        is_comma: true,
    })
}

/// The length of what stands between two lines of one encoded block, each of
/// which may be quoted, indented or a string of its own.
pub fn between_lines(text: &[u8]) -> Option<usize> {
    let text = &text[..text.len().min(LONGEST)];
    through_escapes(text, |text| Some((plain_between_lines(text)?, ()))).map(|(length, ())| length)
}

/// How much of an encoded line is an escaped line end at its end: `\n`, `&#10;`.
pub fn escaped_line_end(line: &[u8]) -> usize {
    if !matches!(line, [.., b'n' | b'r' | b';']) {
        return 0;
    }
    let tail = &line[line.len().saturating_sub(LONGEST_LINE_END)..];
    let begin = (0..tail.len()).find(|at| {
        let is_first = *at == 0 || tail[at - 1] != b'\\';
        is_first
            && matches!(tail[*at], b'\\' | b'&')
            && unescape(&tail[*at..])
                .iter()
                .all(|byte| matches!(byte, b'\r' | b'\n'))
    });
    begin.map_or(0, |begin| tail.len() - begin)
}

/// The length of an encoded line, up to where it is ended by an escape.
pub fn to_line_end(run: &[u8]) -> usize {
    let is_line_end = |at: &usize| {
        let text = &run[*at..run.len().min(at + LONGEST_LINE_END)];
        let escape = text.iter().position(|byte| *byte != b'\\').unwrap_or(0);
        let may_be = matches!(text.get(escape), Some(b'n' | b'r' | b'&'));
        let ends = |text: &[u8]| matches!(text, [b'\n' | b'\r', ..]).then_some((1, ()));
        may_be && through_escapes(text, ends).is_some()
    };
    memchr::memchr2_iter(b'\\', b'&', run)
        .find(is_line_end)
        .unwrap_or(run.len())
}

fn plain_between_lines(text: &[u8]) -> Option<usize> {
    let closed = |text: &[u8]| {
        let sign = |byte: &&u8| {
            matches!(
                byte,
                b'"' | b'\'' | b'`' | b'+' | b',' | b' ' | b'\\' | b'.' | b'&' | b'_'
            )
        };
        let signs = text.iter().take_while(sign).count();
        Some(signs + line_end(&text[signs..])?)
    };
    let mut length = closed(text)?;
    // Every other line may be empty.
    length += line_end(&text[length..]).unwrap_or(0);
    // A string may hold the line end and be over at the end of a line.
    if text[length..].first().copied().is_some_and(is_quote) {
        length += closed(&text[length..]).unwrap_or(0);
    }
    length += quoting(&text[length..]);
    let opened = text[length..]
        .iter()
        .take_while(|byte| matches!(byte, b'"' | b'\'' | b'`' | b' ' | b'.'))
        .count();
    Some(length + opened)
}

fn is_quote(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'`')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str) -> Option<(&str, Encoding)> {
        between_pieces(text.as_bytes()).map(|glue| (&text[glue.length..], glue.encoding))
    }

    #[test]
    fn lines_are_joined_by_what_says_so() {
        assert_eq!(pieces("=\nB"), Some(("B", Encoding::QuotedPrintable)));
        assert_eq!(pieces("\\\n  B"), Some(("B", Encoding::ContinuedLine)));
        assert_eq!(pieces("\r\n> > B"), Some(("B", Encoding::LineWrap)));
        assert_eq!(pieces("\n# B"), Some(("B", Encoding::LineWrap)));
        assert_eq!(pieces(" \n> B"), Some(("B", Encoding::LineWrap)));
        assert_eq!(pieces(" \rB"), Some(("B", Encoding::LineWrap)));
        assert_eq!(pieces(" \\rB"), Some(("B", Encoding::LineWrap)));
        assert_eq!(pieces("\\z\n  B"), Some(("B", Encoding::ContinuedLine)));
        assert_eq!(pieces("^%B"), Some(("%B", Encoding::Backslash)));
        assert_eq!(pieces("</b><i>B"), Some(("B", Encoding::Markup)));
        assert_eq!(pieces(" B"), None);
        assert_eq!(pieces("^ B"), None);
    }

    #[test]
    fn lines_of_a_block_may_be_strings() {
        for text in [
            "\nB",
            "\r\n    B",
            "\",\n  \"B",
            "\" +\n\"B",
            "\n> B",
            "\\\nB",
            "\\n  B",
            "\\r\\n  B",
            "&#10;  B",
            "\\\" +\\n  \\\"B",
            "\" & _\n  \"B",
            "\n\",\n  \"B",
        ] {
            let length = between_lines(text.as_bytes()).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(&text[length..], "B", "{text}");
        }
        assert_eq!(between_lines(b" B"), None);
    }

    #[test]
    fn a_line_may_end_with_an_escape() {
        for (line, length) in [
            ("AAAA\\n", 2),
            ("AAAA\\\\r\\\\n", 6),
            ("AAAA&#10;", 5),
            ("AAAA", 0),
            ("AAAn", 0),
            ("AA\\nB", 0),
        ] {
            assert_eq!(escaped_line_end(line.as_bytes()), length, "{line}");
        }
        assert_eq!(to_line_end(b"AAAA\\nBBBB"), 4);
        assert_eq!(to_line_end(b"AA\\u0041&amp;BB"), 15);
    }
}
