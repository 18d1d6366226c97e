//! Names that stand beside a value in the same record: a cookie object with
//! `name` and `value`, an XML element with attributes, a comment at the end of
//! the line, the section that a line belongs to.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::cursor::Cursor;

/// Keys whose value is the name of something.
pub const NAMING_KEYS: &[&str] = &[
    "name",
    "key",
    "id",
    "label",
    "cookie",
    "variable",
    "var",
    "header",
    "title",
    "field",
    "param",
    "parameter",
    "setting",
    "option",
    "env",
    "k",
    "property",
    "secret",
    "secretname",
    "cookiename",
    "attr",
    "attribute",
    "item",
    "column",
    "platform",
    "integration",
    "provider",
    "service",
];

/// How far the brackets of a record may be away.
const RECORD_REACH: usize = 1500;

static PAIR: LazyLock<Regex> = LazyLock::new(|| {
    let keys = NAMING_KEYS.join("|");
    Regex::new(&format!(
        r#"(?i)(?:^|[^A-Za-z0-9])(?:{keys})["'`]?[ \t]*(?:=>|[:=])[ \t]*["'`]?([A-Za-z][A-Za-z0-9_.\- ]{{0,60}})"#
    ))
    .expect("the pattern is tested")
});

/// The names that sibling keys give to the value: `{"name": "npsso", "value": …}`
/// with the keys in any order, in one object, tag or block of lines.
pub fn sibling_names(left: &[u8], right: &[u8]) -> Vec<String> {
    let (before, after) = record(left, right);
    [before, after]
        .into_iter()
        .flat_map(|side| PAIR.captures_iter(side))
        .map(|pair| String::from_utf8_lossy(&pair[1]).trim().to_owned())
        .take(6)
        .collect()
}

/// The values of the attributes in a tag that name it: `string name="npsso"`.
pub fn attribute_values(tag: &str) -> Vec<String> {
    PAIR.captures_iter(tag.as_bytes())
        .map(|pair| String::from_utf8_lossy(&pair[1]).trim().to_owned())
        .collect()
}

/// What belongs to the same record on both sides of the value.
fn record<'a>(left: &'a [u8], right: &'a [u8]) -> (&'a [u8], &'a [u8]) {
    let mut cursor = Cursor::at_end_of(left);
    if let Some(open @ (b'{' | b'(')) = cursor.enclosing(RECORD_REACH) {
        let before = &left[cursor.rest().len()..];
        let close = if open == b'{' { b'}' } else { b')' };
        let end = right
            .iter()
            .take(RECORD_REACH)
            .position(|byte| *byte == close || *byte == open);
        if let Some(end) = end {
            return (before, &right[..end]);
        }
    }
    let reach = &left[left.len().saturating_sub(RECORD_REACH)..];
    if let Some(open) = memchr::memrchr(b'<', reach)
        && !reach[open..].contains(&b'>')
    {
        let end = memchr::memchr(b'>', right).unwrap_or(0).min(RECORD_REACH);
        return (&reach[open..], &right[..end]);
    }
    block_of_lines(reach, right)
}

/// The lines of one entry of a list in YAML or a similar format: up to a dash,
/// an empty line or a line that is indented less.
fn block_of_lines<'a>(left: &'a [u8], right: &'a [u8]) -> (&'a [u8], &'a [u8]) {
    let line_start = memchr::memrchr(b'\n', left).map_or(0, |at| at + 1);
    let own = &left[line_start..];
    if own.contains(&b'<') {
        // An element of XML is a record of its own.
        let end = memchr::memchr2(b'<', b'\n', right).unwrap_or(right.len());
        return (own, &right[..end]);
    }
    let indent = indentation(own);
    let begins_entry = own.trim_ascii_start().starts_with(b"- ");
    let mut start = line_start;
    for _ in 0..6 {
        if start == 0 || begins_entry {
            break;
        }
        let before = memchr::memrchr(b'\n', &left[..start - 1]).map_or(0, |at| at + 1);
        let line = &left[before..start - 1];
        if line.trim_ascii().is_empty() || indentation(line) != indent {
            break;
        }
        start = before;
        if line.trim_ascii_start().starts_with(b"- ") {
            break;
        }
    }
    let mut end = memchr::memchr(b'\n', right).unwrap_or(right.len());
    for _ in 0..6 {
        let Some(rest) = right.get(end + 1..) else {
            break;
        };
        let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let line = &rest[..length];
        let next_entry = line.trim_ascii_start().starts_with(b"- ");
        if line.trim_ascii().is_empty() || indentation(line) != indent || next_entry {
            break;
        }
        end += 1 + length;
    }
    (&left[start..], &right[..end.min(right.len())])
}

/// Where the text of a line begins; the dash of a list entry counts as a blank.
fn indentation(line: &[u8]) -> usize {
    line.iter()
        .take_while(|byte| matches!(byte, b' ' | b'\t' | b'-'))
        .count()
}

/// What follows the value on its line and may say what it is: a comment, the
/// rest of a sentence, the next argument, the command that a pipe leads to.
pub fn after(right: &[u8]) -> Option<String> {
    let end = memchr::memchr2(b'\n', b'\r', right)
        .unwrap_or(right.len())
        .min(160);
    let line = &right[..end];
    let closed = line.iter().position(|byte| {
        !matches!(
            byte,
            b'"' | b'\'' | b'`' | b')' | b']' | b' ' | b'\t' | b'*'
        )
    })?;
    let rest = &line[closed..];
    let comment = [
        &b"#"[..],
        b"//",
        b"--",
        b"/*",
        b"<!--",
        b"%",
        b"<-",
        b"<=",
        b"->",
        b"=>",
        b"|",
    ]
    .iter()
    .any(|sign| rest.starts_with(sign))
        || rest.starts_with(b";") && !rest[1..].contains(&b'=');
    let text = if comment {
        rest
    } else if rest[0] == b',' {
        // The next arguments of the same call.
        let close = rest
            .iter()
            .position(|byte| matches!(byte, b')' | b'{' | b'}' | b'[' | b']'))?;
        if rest[close] != b')' {
            return None;
        }
        &rest[..close]
    } else if rest[0].is_ascii_alphabetic() || rest[0] >= 0x80 || matches!(rest[0], b'(' | b'-') {
        let stop = rest.iter().position(|byte| {
            matches!(
                byte,
                b'{' | b'}' | b'[' | b']' | b'<' | b'>' | b'=' | b'&' | b'"'
            )
        });
        &rest[..stop.unwrap_or(rest.len())]
    } else {
        return None;
    };
    Some(String::from_utf8_lossy(&text[..text.len().min(100)]).into_owned())
}

static SECTION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?m)^[ \t]*\[+([A-Za-z][^\]\n]{0,60})\]+[ \t]*\r?$"#)
        .expect("the pattern is tested")
});

static SETTING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"^[ \t]*(?:- +)?["']?[A-Za-z_][A-Za-z0-9_.-]*["']?[ \t]*[:=][ \t]*["']?$"#)
        .expect("the pattern is tested")
});

/// Whether a value's line is one of a configuration: a key and the value, not a
/// statement of a program.
pub fn is_setting(left: &[u8]) -> bool {
    let line_start = memchr::memrchr(b'\n', left).map_or(0, |at| at + 1);
    SETTING.is_match(&left[line_start..])
}

/// The comment on the line above a value.
pub fn comment_above(left: &[u8]) -> Option<String> {
    const SIGNS: [&[u8]; 12] = [
        b"#", b"//", b"--", b"%", b";", b"/*", b"*", b"<!--", b"REM ", b"(*", b"{-", b"'",
    ];
    let line_start = memchr::memrchr(b'\n', left)?;
    let above = &left[..line_start];
    let above = &above[memchr::memrchr(b'\n', above).map_or(0, |at| at + 1)..];
    let above = above.trim_ascii();
    let is_comment = SIGNS.iter().any(|sign| above.starts_with(sign)) && above.len() <= 120;
    // A setting that was commented out is a line of its own.
    let is_setting = SETTING.is_match(
        &above[..above
            .iter()
            .rposition(|byte| matches!(byte, b'=' | b':'))
            .map_or(0, |at| at + 1)],
    );
    (is_comment && !is_setting && !above.contains(&b'='))
        .then(|| String::from_utf8_lossy(above).into_owned())
}

/// The part of a text around a value that belongs to the same section.
pub fn own_section<'t>(left: &'t [u8], right: &'t [u8]) -> (&'t [u8], &'t [u8]) {
    if let Some(section) = SECTION.find_iter(left).last() {
        let end = SECTION.find(right).map_or(right.len(), |next| next.start());
        return (&left[section.start()..], &right[..end]);
    }
    let line_start = memchr::memrchr(b'\n', left).map_or(0, |at| at + 1);
    let mut indent = indentation(&left[line_start..]);
    let mut end = line_start;
    // The key of the section that is named first, from the inside out.
    let mut start = line_start;
    while end > 0 && indent > 0 {
        let line_start = memchr::memrchr(b'\n', &left[..end - 1]).map_or(0, |at| at + 1);
        let line = &left[line_start..end - 1];
        end = line_start;
        if line.trim_ascii().is_empty() || indentation(line) >= indent {
            continue;
        }
        indent = indentation(line);
        start = line_start;
        let key = String::from_utf8_lossy(line);
        if !super::is_generic(&key) {
            break;
        }
    }
    let mut right_end = memchr::memchr(b'\n', right).unwrap_or(right.len());
    while let Some(rest) = right.get(right_end + 1..) {
        let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let line = &rest[..length];
        if rest.is_empty() || !line.trim_ascii().is_empty() && indentation(line) <= indent {
            break;
        }
        right_end += 1 + length;
    }
    (&left[start..], &right[..right_end.min(right.len())])
}

/// The sections that a line belongs to: the closest `[section]` above it, and
/// the keys above that are indented less.
pub fn sections(left: &[u8]) -> Vec<String> {
    let mut out = Vec::new();
    if let Some(section) = SECTION.captures_iter(left).last() {
        out.push(String::from_utf8_lossy(&section[1]).into_owned());
    }
    let line_start = memchr::memrchr(b'\n', left).map_or(0, |at| at + 1);
    let mut indent = indentation(&left[line_start..]);
    let mut end = line_start;
    let mut lines = 0;
    while end > 0 && lines < 40 && out.len() < 4 && indent > 0 {
        let start = memchr::memrchr(b'\n', &left[..end - 1]).map_or(0, |at| at + 1);
        let line = &left[start..end - 1];
        end = start;
        lines += 1;
        let trimmed = line.trim_ascii();
        if trimmed.is_empty() || indentation(line) >= indent {
            continue;
        }
        indent = indentation(line);
        let key = trimmed
            .strip_suffix(b":")
            .or_else(|| trimmed.strip_suffix(b"{"))
            .map(<[u8]>::trim_ascii);
        // `if ready:` and `else:` are statements.
        let is_statement =
            |key: &[u8]| matches!(key, b"else" | b"try" | b"finally" | b"do" | b"begin");
        if let Some(key) = key.filter(|key| key.len() <= 60 && !is_statement(key)) {
            out.push(
                String::from_utf8_lossy(key)
                    .trim_matches(|c| matches!(c, '"' | '\'' | '-' | ' ' | ':' | '='))
                    .to_owned(),
            );
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_object_names_its_value_in_any_order() {
        assert_eq!(
            sibling_names(
                br#"[{"name":"npsso","value":""#,
                br#"","domain":".sony.com"}]"#
            ),
            ["npsso"]
        );
        assert_eq!(
            sibling_names(br#"[{"value":""#, br#"", "path": "/", "name":"npsso"}]"#),
            ["npsso"]
        );
        assert_eq!(
            sibling_names(br#"<add key="Npsso" value=""#, br#""/>"#),
            ["Npsso"]
        );
        assert_eq!(
            sibling_names(
                b"env:\n  - name: NPSSO\n    value: ",
                b"\n  - name: OTHER\n"
            ),
            ["NPSSO"]
        );
        assert_eq!(
            sibling_names(b"env:\n  - value: ", b"\n    name: NPSSO\n"),
            ["NPSSO"]
        );
    }

    #[test]
    fn the_next_object_is_another_record() {
        assert!(sibling_names(br#"[{"value":""#, br#""},{"name":"npsso"}]"#).is_empty());
    }

    #[test]
    fn sections_are_read_from_the_inside_out() {
        assert_eq!(sections(b"[npsso]\nvalue = "), ["npsso"]);
        assert_eq!(sections(b"psn:\n  npsso:\n    value: "), ["npsso", "psn"]);
    }
}
