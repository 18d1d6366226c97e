//! Comments that say what the marks in rows stand for: `n = npsso, s = share slug`,
//! `Kind::Sony => the npsso, Kind::Ours => a share link`.

use super::lossy;
use super::name::{Holding, is_name_of_secret};

/// A mark that is longer is none.
const MAX_MARK: usize = 32;
/// Entries of a legend that are read.
const MAX_ENTRIES: usize = 16;

/// What the comments before a value say of the marks in its row.
pub fn meaning(left: &[u8], marks: &[String]) -> Option<Holding> {
    if marks.is_empty() || !["npsso", "pdccws"].iter().any(|name| mentions(left, name)) {
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

/// Whether a text has a word, in whatever case.
fn mentions(text: &[u8], word: &str) -> bool {
    text.windows(word.len())
        .any(|window| window.eq_ignore_ascii_case(word.as_bytes()))
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
}
