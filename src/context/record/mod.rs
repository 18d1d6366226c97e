//! Names that stand beside a value in the same record: a cookie object with
//! `name` and `value`, an XML element with attributes, a comment at the end of
//! the line, the section that a line belongs to.

mod comments;
mod elements;
mod fields;
mod formats;
mod sections;

use super::cursor::Cursor;

pub use comments::{
    after, comment_above, comment_below, comments_at_list, comments_at_lists_around, is_setting,
    whole_comment_above,
};
pub use elements::{attribute_values, element_title, empty_elements};
pub use fields::{callee, fields, fields_in_brackets, paired_name, sibling_names};
pub use formats::{domain, form_part, is_of_account, jar_name, serialized_keys, signed_in};
pub use sections::{own_section, sections};

/// How far the brackets of a record may be away.
const RECORD_REACH: usize = 1500;

/// Fields of a record that are read.
const MAX_FIELDS: usize = 30;

/// What belongs to a record on the two sides of a value.
pub type Sides<'a> = (&'a [u8], &'a [u8]);

/// What belongs to the same record on both sides of the value.
fn record<'a>(left: &'a [u8], right: &'a [u8]) -> Sides<'a> {
    record_with(left, right, bracketed(left, right))
}

/// The same, where the record in brackets is known.
pub fn record_with<'a>(left: &'a [u8], right: &'a [u8], brackets: Option<Sides<'a>>) -> Sides<'a> {
    own_tag(left, right)
        .or(brackets)
        .unwrap_or_else(|| block_of_lines(&left[left.len().saturating_sub(RECORD_REACH)..], right))
}

/// The tag that the value is an attribute in.
fn own_tag<'a>(left: &'a [u8], right: &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
    let reach = &left[left.len().saturating_sub(RECORD_REACH)..];
    let open = memchr::memrchr(b'<', reach)?;
    let is_tag = reach.get(open + 1).is_some_and(u8::is_ascii_alphabetic);
    if !is_tag || reach[open..].contains(&b'>') || !matches!(left.last(), Some(b'"' | b'\'')) {
        return None;
    }
    let end = memchr::memchr(b'>', right).unwrap_or(0).min(RECORD_REACH);
    Some((&reach[open..], &right[..end]))
}

/// The record in brackets that the value stands in.
pub fn bracketed<'a>(left: &'a [u8], right: &'a [u8]) -> Option<Sides<'a>> {
    let mut cursor = Cursor::at_end_of(left);
    if let Some(open @ (b'{' | b'(')) = cursor.enclosing(RECORD_REACH) {
        let before = &left[cursor.rest().len()..];
        let close = if open == b'{' { b'}' } else { b')' };
        let end = right
            .iter()
            .take(RECORD_REACH)
            .position(|byte| *byte == close || *byte == open);
        if let Some(end) = end {
            return Some((before, &right[..end]));
        }
    }
    let reach = &left[left.len().saturating_sub(RECORD_REACH)..];
    if let Some(open) = memchr::memrchr(b'<', reach)
        && !reach[open..].contains(&b'>')
    {
        let end = memchr::memchr(b'>', right).unwrap_or(0).min(RECORD_REACH);
        return Some((&reach[open..], &right[..end]));
    }
    None
}

/// The lines of one entry of a list in YAML or a similar format: up to a dash,
/// an empty line or a line that is indented less.
pub fn block_of_lines<'a>(left: &'a [u8], right: &'a [u8]) -> (&'a [u8], &'a [u8]) {
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
        if is_divider(line) || indentation(line) != indent {
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
        if is_divider(line) || indentation(line) != indent || next_entry {
            break;
        }
        end += 1 + length;
    }
    (&left[start..], &right[..end.min(right.len())])
}

/// Whether a line keeps records apart: it is empty, or a row of one sign.
fn is_divider(line: &[u8]) -> bool {
    const SHORTEST: usize = 3;
    let line = line.trim_ascii();
    let is_row = |sign: u8| line.len() >= SHORTEST && line.iter().all(|byte| *byte == sign);
    line.is_empty() || [b'-', b'=', b'*', b'_', b'#'].into_iter().any(is_row)
}

/// Where the text of a line begins; the dash of a list entry counts as a blank.
fn indentation(line: &[u8]) -> usize {
    line.iter()
        .take_while(|byte| matches!(byte, b' ' | b'\t' | b'-'))
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn siblings(left: &[u8], right: &[u8]) -> Vec<String> {
        sibling_names(left, right, bracketed(left, right))
    }

    #[test]
    fn a_cookie_object_names_its_value_in_any_order() {
        assert_eq!(
            siblings(
                br#"[{"name":"npsso","value":""#,
                br#"","domain":".sony.com"}]"#
            ),
            ["npsso"]
        );
        assert_eq!(
            siblings(br#"[{"value":""#, br#"", "path": "/", "name":"npsso"}]"#),
            ["npsso"]
        );
        assert_eq!(
            siblings(br#"<add key="Npsso" value=""#, br#""/>"#),
            ["Npsso"]
        );
        assert_eq!(
            siblings(
                b"env:\n  - name: NPSSO\n    value: ",
                b"\n  - name: OTHER\n"
            ),
            ["NPSSO"]
        );
        assert_eq!(
            siblings(b"env:\n  - value: ", b"\n    name: NPSSO\n"),
            ["NPSSO"]
        );
    }

    #[test]
    fn the_next_object_is_another_record() {
        assert!(siblings(br#"[{"value":""#, br#""},{"name":"npsso"}]"#).is_empty());
    }

    #[test]
    fn an_entry_of_netrc_says_who_signs_in_where() {
        let of = |left: &str| signed_in(left.as_bytes()).unwrap_or_default();
        let entry = "machine ca.account.sony.com\n  login npsso\n  password ";
        assert_eq!(of(entry), "npsso");
        assert_eq!(of(&entry.replace('\n', "")), "npsso");
        assert_eq!(of(&entry.replace("npsso", "dad")), "");
        assert_eq!(of(&entry.replace("password", "account")), "");
        assert_eq!(of(&entry.replace("sony.com", "repo.example")), "");
    }

    #[test]
    fn sections_are_read_from_the_inside_out() {
        assert_eq!(sections(b"[npsso]\nvalue = "), ["npsso"]);
        assert_eq!(sections(b"psn:\n  npsso:\n    value: "), ["npsso", "psn"]);
    }
}
