//! What the other fields of a record say of a value: its name, its kind, what takes it.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::super::lossy;
use super::super::name::is_name_of_secret;
use super::{MAX_FIELDS, Sides, own_tag, record, record_with};
use crate::rule::words::List;

pub static PAIR: LazyLock<Regex> = LazyLock::new(|| {
    let keys: Vec<&str> = List::NamingKey.words().collect();
    let keys = format!("{}|kind|type", keys.join("|"));
    Regex::new(&format!(
        r#"(?i)(?:(?:^|[^A-Za-z0-9_$-])(?:{keys})|["'][kp])["'`]?[ \t]*(?:=>|[:=])[ \t]*["'`]?:?((?-u:/?[A-Za-z_\x80-\xff][A-Za-z0-9_.\-/ \x80-\xff]{{0,60}}[?!]?))(=?)"#
    ))
    .expect("the pattern is tested")
});

/// The names that sibling keys give to the value: `{"name": "npsso", "value": …}`
/// with the keys in any order, in one object, tag or block of lines.
///
/// `brackets` is the record in brackets around the value, as `bracketed` finds it.
pub fn sibling_names(left: &[u8], right: &[u8], brackets: Option<Sides<'_>>) -> Vec<String> {
    let (before, after) = record_with(left, right, brackets);
    let named = |side| {
        PAIR.captures_iter(side)
            .filter_map(move |pair| name_in_pair(side, pair))
    };
    let line = |side: &'_ [u8]| memchr::memrchr(b'\n', side).map_or(0, |at| at + 1);
    // A log has a record in each line, and so has a block of calls without brackets.
    if brackets.is_none() || before.contains(&b'\n') {
        let same: Vec<String> = named(&before[line(before)..])
            .chain(named(
                &after[..memchr::memchr(b'\n', after).unwrap_or(after.len())],
            ))
            .collect();
        if !same.is_empty() {
            return same;
        }
    }
    let outer = PAIR
        .captures_iter(before)
        .filter(|pair| !is_nested(before, pair.get(1).map_or(0, |name| name.start())))
        .filter_map(|pair| name_in_pair(before, pair));
    outer.chain(named(after)).take(6).collect()
}

pub fn name_in_pair(side: &[u8], pair: regex::bytes::Captures<'_>) -> Option<String> {
    let name = lossy(&pair[1]).trim().to_owned();
    // A longer run is a value, and names nothing.
    let end = pair.get(0).map_or(0, |pair| pair.end());
    if side.get(end).is_some_and(u8::is_ascii_alphanumeric) {
        return None;
    }
    // What kind of thing it is says something where it is one of ours.
    let key = pair.get(0).map_or(&b""[..], |pair| pair.as_bytes());
    let key = key.trim_ascii_start().to_ascii_lowercase();
    let is_kind = memchr::memmem::find(&key, b"kind").is_some()
        || memchr::memmem::find(&key, b"type").is_some();
    if is_kind && !is_name_of_secret(&name) && memchr::memmem::find(&key, b"name").is_none() {
        return None;
    }
    if pair[2].is_empty() {
        return Some(name);
    }
    // `name=npsso value=…`: without quotes the next key seems to belong to it. But
    // `Cookie: a=1; b=2` names its own values.
    let (name, _) = name.rsplit_once(' ')?;
    Some(name.to_owned())
}

/// What the key that goes with a value's own says that it is called:
/// `httpHeaderName1: npsso` for `httpHeaderValue1`.
pub fn paired_name(own: &str, left: &[u8], right: &[u8]) -> Option<String> {
    const PAIRS: [(&str, &str); 3] = [("value", "name"), ("Value", "Name"), ("VALUE", "NAME")];
    const BETWEEN: usize = 6;
    let (value, name) = PAIRS.iter().find(|(value, _)| own.contains(value))?;
    if own.len() == value.len() {
        return None;
    }
    let key = own.replacen(value, name, 1);
    let before = memchr::memmem::rfind(left, key.as_bytes());
    let after = memchr::memmem::find(right, key.as_bytes());
    // The closer one.
    let (side, at) = match (before, after) {
        (Some(before), Some(after)) if after < left.len() - before => (right, after),
        (Some(before), _) => (left, before),
        (None, after) => (right, after?),
    };
    let rest = &side[at + key.len()..];
    let begins = rest
        .iter()
        .take(BETWEEN)
        .position(u8::is_ascii_alphabetic)?;
    let is_pair = rest[..begins]
        .iter()
        .any(|byte| matches!(byte, b':' | b'='));
    let text = &rest[begins..];
    let end = text
        .iter()
        .position(|byte| !is_name_byte(*byte))
        .unwrap_or(text.len());
    let is_whole = at == 0 || !is_name_byte(side[at - 1]);
    (is_pair && is_whole).then(|| lossy(&text[..end]).into_owned())
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

/// The key of a record that says what its arguments are handed to.
static CALLEE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?:^|[^A-Za-z0-9_$.-])(?:(?:call|factory|func|function)["']?[ \t]*(?:=>|[:=])|class["']?[ \t]*:)[ \t]*["']?([A-Za-z_][A-Za-z0-9_.:\\]*)"#,
    )
    .expect("the pattern is tested")
});

/// What the arguments of a record are handed to: `class: psnawp_api.PSNAWP`,
/// `{"call": "login", "args": […]}`. `class="…"` of an element is for its looks.
pub fn callee(left: &[u8], right: &[u8]) -> Option<String> {
    if own_tag(left, right).is_some() {
        return None;
    }
    let (before, after) = record(left, right);
    let last = CALLEE.captures_iter(before).last();
    let callee = last.or_else(|| CALLEE.captures(after))?;
    Some(lossy(&callee[1]).into_owned())
}

/// Whether a place in a record belongs to an object inside of it.
fn is_nested(record: &[u8], at: usize) -> bool {
    let inside = record.get(1..at).unwrap_or(&[]);
    let count = |sign: u8| memchr::memchr_iter(sign, inside).count();
    count(b'{') > count(b'}')
}

static FIELD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?:^|[{(,;\n])[ \t\r\n]*["'`]?([A-Za-z_][A-Za-z0-9_.-]{0,40})["'`]?[ \t]*(?:=>|[:=])"#,
    )
    .expect("the pattern is tested")
});

/// The keys of the record that the value stands in, its own among them.
pub fn fields(left: &[u8], right: &[u8]) -> Vec<String> {
    keys(record(left, right))
}

/// The same of a record in brackets: what belongs to it is certain.
pub fn fields_in_brackets(brackets: Option<Sides<'_>>) -> Vec<String> {
    brackets.map_or_else(Vec::new, keys)
}

fn keys((before, after): (&[u8], &[u8])) -> Vec<String> {
    [before, after]
        .into_iter()
        .flat_map(|side| FIELD.captures_iter(side))
        .map(|field| lossy(&field[1]).into_owned())
        .take(MAX_FIELDS)
        .collect()
}
