//! Comments that say what the marks in rows stand for: `n = npsso, s = share slug`,
//! `Kind::Sony => the npsso, Kind::Ours => a share link`.

use super::lossy;
use super::name::{Holding, is_name_of_secret, is_token};
use crate::rule::words::List;

/// A mark that is longer is none.
const MAX_MARK: usize = 32;
/// Entries of a legend that are read.
const MAX_ENTRIES: usize = 16;

/// What the comments before a value say of the marks in its row.
pub fn meaning(left: &[u8], marks: &[String]) -> Option<Holding> {
    if marks.is_empty() || !List::SecretName.is_in_bytes(left) {
        return None;
    }
    let left = lossy(left);
    left.lines().rev().filter_map(comment).find_map(|comment| {
        let entries: Vec<(&str, &str)> = entries(comment);
        let is_ours = |text: &str| text.split(|c: char| !is_part(c)).any(is_name_of_secret);
        if entries.len() < 2 || !entries.iter().any(|(_, text)| is_ours(text)) {
            return None;
        }
        let (_, text) = entries
            .iter()
            .find(|(mark, _)| marks.iter().any(|own| own == mark))?;
        Some(match is_ours(text) {
            true => Holding::Ours((*text).to_owned()),
            false => Holding::Other((*text).to_owned()),
        })
    })
}

/// What a list right above the list of values says of the value's number: `① npsso`, `② key`
/// above `① …`, `② …`.
pub fn numbered(left: &[u8]) -> Option<Holding> {
    let own = &left[memchr::memrchr(b'\n', left)? + 1..];
    let own = lossy(own);
    let (number, text) = entry_of_list(&own)?;
    if !text.is_empty() || !List::SecretName.is_in_bytes(left) {
        return None;
    }
    let left = lossy(left);
    let is_value = |line: &&str| {
        let text = entry_of_list(line).map(|(_, text)| text);
        line.trim().is_empty() || text.is_some_and(is_token)
    };
    let above = left.rsplit('\n').skip(1).skip_while(is_value);
    let legend: Vec<(&str, &str)> = above.map_while(entry_of_list).take(MAX_ENTRIES).collect();
    let is_ours = |text: &str| {
        text.split(|c: char| !c.is_ascii_alphanumeric())
            .any(is_name_of_secret)
    };
    if legend.len() < 2 || !legend.iter().any(|(_, text)| is_ours(text)) {
        return None;
    }
    let (_, text) = legend.iter().find(|(other, _)| *other == number)?;
    Some(match is_ours(text) {
        true => Holding::Ours((*text).to_owned()),
        false => Holding::Other((*text).to_owned()),
    })
}

/// The number or letter of an entry of a list, and its text: `1. npsso`, `(a) npsso`, `① npsso`.
fn entry_of_list(line: &str) -> Option<(&str, &str)> {
    const MAX_NUMBER: usize = 3;
    let line = line.trim().trim_start_matches(['(', '[']);
    let is_number = |c: char| c.is_numeric() && !c.is_ascii();
    let end = match line.starts_with(is_number) {
        true => line.chars().next().map_or(0, char::len_utf8),
        false => line.find(|c: char| !c.is_ascii_alphanumeric())?,
    };
    let (number, text) = line.split_at(end);
    let is_letter = number.len() == 1;
    let is_short = number.len() <= MAX_NUMBER;
    if !(is_letter || is_short && number.chars().all(char::is_numeric)) {
        return None;
    }
    let text = match number.is_ascii() {
        true => text.strip_prefix([')', ']', '.'])?,
        false => text,
    };
    let is_apart = text.is_empty() || text.starts_with(' ') || !number.is_ascii();
    is_apart.then(|| (number, text.trim_matches([' ', '`', '"', '\r', '*'])))
}

fn is_part(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// What a line says in a comment.
fn comment(line: &str) -> Option<&str> {
    const SIGNS: [&str; 7] = ["//", "#", "--", ";", "/*", "*", "%"];
    let text = line.trim();
    SIGNS
        .iter()
        .find_map(|sign| text.strip_prefix(sign))
        .or_else(|| line.split_once(" // ").map(|(_, text)| text))
        .or_else(|| line.split_once(" # ").map(|(_, text)| text))
}

/// The marks in a comment, and what each of them stands for.
fn entries(comment: &str) -> Vec<(&str, &str)> {
    const SIGNS: [&str; 6] = ["=>", "->", "\u{2192}", "=", ": ", " is "];
    let clauses = comment.split([',', ';', '(', ')']).take(MAX_ENTRIES);
    let entry = |clause: &'_ str| -> Option<(usize, usize, usize)> {
        let (at, sign) = SIGNS
            .iter()
            .find_map(|sign| Some((clause.find(sign)?, sign)))?;
        let head = clause[..at].trim_end();
        let start = head.rfind(char::is_whitespace).map_or(0, |blank| blank + 1);
        let is_mark = (1..=MAX_MARK).contains(&(head.len() - start));
        is_mark.then_some((start, head.len(), at + sign.len()))
    };
    let found = clauses.filter_map(|clause| {
        let (start, end, text) = entry(clause)?;
        let mark = clause[start..end].trim_matches(['"', '\'', '`']);
        let text = clause[text..].trim();
        (!mark.is_empty() && !text.is_empty()).then_some((mark, text))
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_legend_says_what_marks_stand_for() {
        let of = |left: &str, mark: &str| match meaning(left.as_bytes(), &[mark.to_owned()]) {
            Some(Holding::Ours(text)) => format!("ours: {text}"),
            Some(Holding::Other(text)) => format!("other: {text}"),
            None => String::new(),
        };
        let legend = "// n = npsso, s = share slug\nx = ";
        assert_eq!(of(legend, "n"), "ours: npsso");
        assert_eq!(of(legend, "s"), "other: share slug");
        assert_eq!(of(legend, "t"), "");
        let legend = "# kind n is the npsso, kind s is a slug\n";
        assert_eq!(of(legend, "s"), "other: a slug");
        assert_eq!(of("# n = npsso\n", "n"), "");
        assert_eq!(of("# a = x, b = y\n", "a"), "");
    }
    #[test]
    fn a_numbered_list_says_what_the_numbers_below_stand_for() {
        let of = |left: &str| match numbered(left.as_bytes()) {
            Some(Holding::Ours(text)) => format!("ours: {text}"),
            Some(Holding::Other(text)) => format!("other: {text}"),
            None => String::new(),
        };
        let value = "a1B2".repeat(16);
        let legend = "Notes\n\n1. PSN npsso (valid)\n2. key of the forum\n\n";
        assert_eq!(of(&format!("{legend}1. ")), "ours: PSN npsso (valid)");
        let second = format!("{legend}1. `{value}`\n2. `");
        assert_eq!(of(&second), "other: key of the forum");
        assert_eq!(of(&format!("{legend}3. ")), "");
        assert_eq!(of(&format!("{legend}Now\n1. ")), "");
        assert_eq!(of(&format!("{legend}1. old: ")), "");
        assert_eq!(of("①\u{3000}npssoです\n②鍵\n②"), "other: 鍵");
        assert_eq!(of("1. npsso\n\n1. "), "");
        // Who speaks is no number.
        assert_eq!(of("a: npsso works\nb: and the key?\na: "), "");
    }
}
