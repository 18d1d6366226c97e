//! Records of elements and attributes: XML, HTML, property lists.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::super::lossy;
use super::fields::{PAIR, name_in_pair};
use super::{MAX_FIELDS, RECORD_REACH};

/// How far the elements beside one of XML may be away.
const ELEMENTS_REACH: usize = 300;

/// The name of a record of elements: `<title>x</title>`, `<Key>Title</Key><Value>x</Value>`.
static TITLE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)<(?:title|name)>([^<>]{1,80})</(?:title|name)>|<key>(?:title|name)</key>[ \t\r\n]*<(?:value|string)[^<>]*>([^<>]{1,80})</",
    )
    .expect("the pattern is tested")
});

/// What the record of elements that a value stands in is called, where that stands
/// before it.
pub fn element_title(left: &[u8]) -> Option<String> {
    if !left.ends_with(b">") {
        return None;
    }
    let reach = &left[left.len().saturating_sub(RECORD_REACH)..];
    let title = TITLE.captures_iter(reach).last()?;
    let between = &reach[title.get(0)?.end()..];
    // The pair of a key and a value has an element of its own around it.
    let (text, lowest) = match (title.get(1), title.get(2)) {
        (Some(text), _) => (text, 0),
        (None, text) => (text?, -2),
    };
    let mut depth = 0i32;
    for (at, _) in between
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'<')
    {
        match between.get(at + 1) {
            Some(b'/') => depth -= 1,
            Some(byte) if byte.is_ascii_alphabetic() => depth += 1,
            _ => {}
        }
        if depth < lowest {
            return None;
        }
    }
    Some(lossy(text.as_bytes()).into_owned())
}

static EMPTY_ELEMENT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"<([A-Za-z_][A-Za-z0-9_.-]{0,40})[ ]*(?:/>|></)"#).expect("the pattern is tested")
});

/// The elements of XML right before the value's own that hold nothing.
pub fn empty_elements(left: &[u8]) -> Vec<String> {
    let own = memchr::memrchr(b'<', left).unwrap_or(0);
    let before = &left[own.saturating_sub(ELEMENTS_REACH)..own];
    EMPTY_ELEMENT
        .captures_iter(before)
        .map(|element| lossy(&element[1]).into_owned())
        .take(MAX_FIELDS)
        .collect()
}

/// What PowerShell names an object's property with: `<S N="npsso">`.
static SHORT_ATTRIBUTE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"^[A-Za-z0-9]+ (?:[^<>]* )?N="([^"<>]{1,60})""#).expect("the pattern is tested")
});

/// The values of the attributes in a tag that name it: `string name="npsso"`.
pub fn attribute_values(tag: &str) -> Vec<String> {
    let tag = tag.as_bytes();
    let short = SHORT_ATTRIBUTE.captures(tag);
    let short = short.map(|pair| lossy(&pair[1]).trim().to_owned());
    PAIR.captures_iter(tag)
        .filter_map(|pair| name_in_pair(tag, pair))
        .chain(short)
        .collect()
}
