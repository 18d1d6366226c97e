//! What stands between two pieces of one text: a line end, the quotes and signs
//! of a concatenation.

use super::reading::Encoding;

/// How long such a thing can be.
const LONGEST: usize = 200;

/// What holds two pieces together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Glue {
    /// Its length in bytes.
    pub length: usize,
    /// What it is.
    pub encoding: Encoding,
}

/// The glue that a text begins with, between two pieces of a value.
pub fn between_pieces(text: &[u8]) -> Option<Glue> {
    let text = &text[..text.len().min(LONGEST)];
    let glue = |length: usize, encoding| Glue { length, encoding };
    if let Some(length) = concatenation(text) {
        return Some(glue(length, Encoding::Concatenation));
    }
    match text.first()? {
        b'=' => line_end(&text[1..]).map(|length| glue(1 + length, Encoding::QuotedPrintable)),
        b'\\' | b'^' | b'`' => {
            let length = 1 + line_end(&text[1..])?;
            let blanks = blanks(&text[length..]);
            Some(glue(length + blanks, Encoding::ContinuedLine))
        }
        _ => {
            let length = line_end(text)?;
            Some(glue(length + quoting(&text[length..]), Encoding::LineWrap))
        }
    }
}

/// The length of what stands between two lines of one encoded block, each of
/// which may be quoted, indented or a string of its own.
pub fn between_lines(text: &[u8]) -> Option<usize> {
    let text = &text[..text.len().min(LONGEST)];
    let closed = text
        .iter()
        .take_while(|byte| {
            matches!(
                byte,
                b'"' | b'\'' | b'`' | b'+' | b',' | b' ' | b'\\' | b'.'
            )
        })
        .count();
    let mut length = closed + line_end(&text[closed..])?;
    length += quoting(&text[length..]);
    let opened = text[length..]
        .iter()
        .take_while(|byte| matches!(byte, b'"' | b'\'' | b'`' | b' ' | b'.'))
        .count();
    Some(length + opened)
}

/// `" + "`, `' . '`, `" .. "`, `" & "`, `" "`, with line ends in between: a quote
/// that closes, an operator or none, and a quote that opens.
fn concatenation(text: &[u8]) -> Option<usize> {
    let is_quote = |byte: u8| matches!(byte, b'"' | b'\'' | b'`');
    if !is_quote(*text.first()?) {
        return None;
    }
    let mut at = 1 + space(&text[1..]);
    let operator = text[at..]
        .iter()
        .take_while(|byte| {
            matches!(
                byte,
                b'+' | b'.' | b'&' | b'<' | b'|' | b'~' | b'\\' | b'_' | b' '
            )
        })
        .count();
    if operator > 6 {
        return None;
    }
    at += operator;
    at += space(&text[at..]);
    // f"…", rb"…", @"…", $"…"
    let prefix = text[at..]
        .iter()
        .take(3)
        .take_while(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'@' | b'$'))
        .count();
    at += prefix;
    (prefix < 3 && text.get(at).copied().is_some_and(is_quote)).then_some(at + 1)
}

fn line_end(text: &[u8]) -> Option<usize> {
    match text {
        [b'\n', ..] => Some(1),
        [b'\r', b'\n', ..] => Some(2),
        _ => None,
    }
}

/// Indentation, and the signs with which mails and comments quote a line.
fn quoting(text: &[u8]) -> usize {
    const SIGNS: [&[u8]; 7] = [b">", b"|", b"# ", b"// ", b"* ", b"-- ", b";; "];
    let mut at = blanks(text);
    loop {
        let rest = &text[at..];
        let sign = SIGNS.iter().find(|sign| rest.starts_with(sign));
        let Some(sign) = sign else { return at };
        at += sign.len();
        at += blanks(&text[at..]);
    }
}

fn blanks(text: &[u8]) -> usize {
    text.iter()
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .count()
}

fn space(text: &[u8]) -> usize {
    text.iter()
        .take_while(|byte| byte.is_ascii_whitespace())
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str) -> Option<(&str, Encoding)> {
        between_pieces(text.as_bytes()).map(|glue| (&text[glue.length..], glue.encoding))
    }

    #[test]
    fn literals_are_joined_as_languages_join_them() {
        for text in [
            "\" \"B",
            "\" + \"B",
            "' . 'B",
            "\" .. \"B",
            "\" & \"B",
            "\" & _\n  \"B",
            "\" << \"B",
            "\"\n    \"B",
            "\" +\n  f\"B",
            "' \\\n '",
            "\"\n  + \"B",
            "` + `B",
        ] {
            let (rest, encoding) = pieces(text).unwrap_or_else(|| panic!("{text}"));
            assert!(rest == "B" || rest.is_empty(), "{text} -> {rest}");
            assert_eq!(encoding, Encoding::Concatenation, "{text}");
        }
        for text in [
            "\", \"B",
            "\": \"B",
            "\" = \"B",
            "\")\nx(\"B",
            "\" + name + \"B",
        ] {
            assert_eq!(pieces(text), None, "{text}");
        }
    }

    #[test]
    fn lines_are_joined_by_what_says_so() {
        assert_eq!(pieces("=\nB"), Some(("B", Encoding::QuotedPrintable)));
        assert_eq!(pieces("\\\n  B"), Some(("B", Encoding::ContinuedLine)));
        assert_eq!(pieces("\r\n> > B"), Some(("B", Encoding::LineWrap)));
        assert_eq!(pieces("\n# B"), Some(("B", Encoding::LineWrap)));
        assert_eq!(pieces(" B"), None);
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
        ] {
            let length = between_lines(text.as_bytes()).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(&text[length..], "B", "{text}");
        }
        assert_eq!(between_lines(b" B"), None);
    }
}
