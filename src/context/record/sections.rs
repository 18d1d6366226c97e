//! The section of a configuration that a value stands in.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::super::{lossy, vocabulary};
use super::indentation;

static SECTION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?m)^[ \t]*\[+([A-Za-z][^\]\n]{0,60})\]+[ \t]*(?:[#;][^\n]*)?\r?$"#)
        .expect("the pattern is tested")
});

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
        let key = lossy(line);
        if !vocabulary::is_generic(&key) {
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
        out.push(lossy(&section[1]).into_owned());
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
            .map(<[u8]>::trim_ascii)
            .or_else(|| is_heading(trimmed, &left[..start]).then_some(trimmed));
        // `location /npsso {`: where something is served.
        let is_path = |key: &[u8]| {
            let mut words = key.split(|byte| *byte == b' ').skip(1);
            words.any(|word| word.len() > 1 && word[0] == b'/')
        };
        // `if ready:` and `else:` are statements.
        let is_statement =
            |key: &[u8]| matches!(key, b"else" | b"try" | b"finally" | b"do" | b"begin");
        if let Some(key) = key.filter(|key| key.len() <= 60 && !is_statement(key) && !is_path(key))
        {
            out.push(
                lossy(key)
                    .trim_matches(|c| matches!(c, '"' | '\'' | '-' | ' ' | ':' | '='))
                    .to_owned(),
            );
        }
    }
    out
}

/// Whether a line is the heading of indented ones: a few words behind an empty line.
fn is_heading(line: &[u8], above: &[u8]) -> bool {
    let above = above.strip_suffix(b"\n").unwrap_or(above);
    let before = &above[memchr::memrchr(b'\n', above).map_or(0, |at| at + 1)..];
    before.trim_ascii().is_empty()
        && line.split(u8::is_ascii_whitespace).count() <= 4
        && line.iter().all(|byte| {
            byte.is_ascii_alphanumeric()
                || matches!(byte, b' ' | b'-' | b'_' | b'.')
                || *byte >= 0x80
        })
}
