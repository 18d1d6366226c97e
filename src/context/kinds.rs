//! Records that say in one of their fields which kind of secret another one holds:
//! `{"art": "npsso", "wert": "…"}`, `{:via :sony/npsso :val "…"}`.

use std::sync::LazyLock;

use regex::bytes::{Captures, Regex};

use super::cursor::is_quote;
use super::lossy;
use super::name::{Holding, is_kind_of_secret};
use super::record::Sides;
use super::vocabulary;
use crate::rule::words::List;

/// Fields that are read.
const MAX_FIELDS: usize = 60;

/// A field whose value is a name.
static FIELD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?:^|[ \t\r\n{(,;|])["'`]?:?((?-u:[A-Za-z_\x80-\xff][A-Za-z0-9_.\x80-\xff-]{0,40}))["'`]?(?:[ \t]*(?:=>|[:=])[ \t]*["'`]?:?|[ \t]+:)((?-u:[A-Za-z_\x80-\xff][A-Za-z0-9_.:/\x80-\xff-]{0,60}))"#,
    )
    .expect("the pattern is tested")
});

/// The kind of secret that the record of a value says that it holds. `own` is what belongs
/// to the record, on the two sides of the value.
pub fn of_record(left: &[u8], right: &[u8], own: Sides<'_>) -> Option<Holding> {
    let says = |side: &[u8]| List::Npsso.is_in_bytes(side);
    if !says(left) && !says(right) {
        return None;
    }
    let own = own_fields(own);
    let ours = own
        .iter()
        .find(|(key, value)| is_kind_of_secret(value) && !is_relation(key));
    if let Some((_, value)) = ours {
        let last = value.rsplit(['/', ':', '.']).next().unwrap_or(value);
        return Some(Holding::Ours(last.to_owned()));
    }
    let all: Vec<(String, String)> = [left, right].into_iter().flat_map(fields).collect();
    let is_other = |(key, value): &&(String, String)| {
        !vocabulary::is_generic(value)
            && !vocabulary::mentions_ours(value)
            && !List::Sony.is_in(&value.to_ascii_lowercase())
            && !is_relation(key)
            && !vocabulary::is_text(key)
            && (all.iter()).any(|(other, kind)| other == key && is_kind_of_secret(kind))
    };
    let other = own.iter().find(is_other);
    other.map(|(_, value)| Holding::Other(value.clone()))
}

/// The fields of a record: those on the value's own line, and the others whose keys the
/// record has once.
fn own_fields((before, after): Sides<'_>) -> Vec<(String, String)> {
    let begin = memchr::memrchr(b'\n', before).map_or(0, |feed| feed + 1);
    let end = memchr::memchr(b'\n', after).unwrap_or(after.len());
    let in_both = |first: &[u8], second: &[u8]| -> Vec<(String, String)> {
        [first, second].into_iter().flat_map(fields).collect()
    };
    let mut own = in_both(&before[begin..], &after[..end]);
    let others = in_both(&before[..begin], &after[end..]);
    let is_once = |(key, _): &&(String, String)| {
        let same = own.iter().chain(&others).filter(|(other, _)| other == key);
        same.count() == 1
    };
    let others: Vec<_> = others.iter().filter(is_once).cloned().collect();
    own.extend(others);
    own
}

/// The fields in a text whose values are names and nothing more.
fn fields(text: &[u8]) -> Vec<(String, String)> {
    let is_whole = |field: &Captures| {
        let (Some(all), Some(value)) = (field.get(0), field.get(2)) else {
            return false;
        };
        let quote = text[all.start()..value.start()]
            .iter()
            .rev()
            .find(|byte| **byte != b':');
        let rest = &text[all.end()..];
        match quote.filter(|byte| is_quote(**byte)) {
            Some(quote) => rest.first() == Some(quote),
            None => is_word_of_its_own(&field[2]) && is_end_of_field(rest),
        }
    };
    FIELD
        .captures_iter(text)
        .filter(is_whole)
        .map(|field| (lossy(&field[1]).into_owned(), lossy(&field[2]).into_owned()))
        .take(MAX_FIELDS)
        .collect()
}

/// Whether a value without quotes can be a name: `Kind.NPSSO`, but not `env.NPSSO`.
fn is_word_of_its_own(value: &[u8]) -> bool {
    !value.contains(&b'.') || value[0].is_ascii_uppercase()
}

/// Whether a field ends there: what follows is a separator, a comment or the next field, and
/// no sentence goes on.
fn is_end_of_field(rest: &[u8]) -> bool {
    let blanks = rest.iter().take_while(|byte| b" \t".contains(byte)).count();
    let next = &rest[blanks..];
    match next.first() {
        None => true,
        Some(b'#' | b'/' | b':') => blanks > 0,
        Some(first) if first.is_ascii_alphanumeric() => {
            let key = next
                .iter()
                .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_');
            next.get(key.count()) == Some(&b'=')
        }
        Some(first) => b"\r\n,;|)]}>".contains(first),
    }
}

/// Whether a field says what its record needs or is about, not what it holds.
fn is_relation(key: &str) -> bool {
    List::RelationKey.begins(&key.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_says_what_it_holds() {
        let of =
            |left: &str, own: &str| match of_record(left.as_bytes(), b"", (own.as_bytes(), b"")) {
                Some(Holding::Ours(kind)) => format!("ours: {kind}"),
                Some(Holding::Other(kind)) => format!("other: {kind}"),
                None => String::new(),
            };
        let two = "{\"art\": \"npsso\", \"wert\": \"x\"}, {\"art\": \"borg\", \"wert\": \"";
        assert_eq!(of(two, "{\"art\": \"borg\", \"wert\": \""), "other: borg");
        assert_eq!(of(two, "{\"art\": \"npsso\", \"wert\": \""), "ours: npsso");
        assert_eq!(of(two, "{\"art\": \"psn\", \"wert\": \""), "");
        assert_eq!(of(two, "{\"typ\": \"borg\", \"wert\": \""), "");
        let lines = "{\n  x: npsso, y: \"x\"\n  x: borg, y: \"";
        assert_eq!(of(lines, lines), "other: borg");
        assert_eq!(of(two, "plugin: npsso not set\nkey: "), "");
        assert_eq!(of(two, "{ value: env.NPSSO }\nkey: "), "");
        assert_eq!(of(two, "kind=npsso key="), "ours: npsso");
        assert_eq!(of(two, "cookie = \"npsso=x\"\nkey: "), "");
        assert_eq!(of(two, "{\"needs\": \"npsso\", \"wert\": \""), "");
        assert_eq!(of(":npsso", "{:via :sony/npsso :val \""), "ours: npsso");
        assert_eq!(
            of("NPSSO", "{ type: TYPE_NPSSO\n  x: \""),
            "ours: TYPE_NPSSO"
        );
    }
}
