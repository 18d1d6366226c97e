//! Stretches of text that may be encoded: long runs of letters, digits and the
//! signs that encodings use, on one line or on many.

use std::ops::Range;

use super::{glue, prefix};
#[cfg(test)]
use crate::prefilter;
use crate::prefilter::{LINE, is_encoded};

/// Base64 of the shortest secret, without padding. What is on one line alone is
/// at least this long.
pub const SHORTEST: usize = 86;
/// Places of a run that are looked at to tell what it is.
const PLACES: usize = 8;
/// The longest of lines that are held together by how they begin. One that is
/// longer may be encoded on its own.
const PREFIXED: usize = 80;
/// How far from the end of a line its escaped line end is looked for.
const NEAR: usize = 20;
/// Lines of one stretch.
const MAX_LINES: usize = 1 << 20;

/// The lines of a stretch, in order; what lies between them only holds it together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// At least one.
    pub lines: Vec<Range<usize>>,
}

impl Stretch {
    /// From its first to its last character.
    pub fn range(&self) -> Range<usize> {
        let end = self.lines.last().map_or(0, |line| line.end);
        self.lines.first().map_or(0..0, |line| line.start..end)
    }
}

/// Visits every stretch that begins in `region`.
#[cfg(test)]
fn stretches(bytes: &[u8], region: Range<usize>, visit: impl FnMut(Stretch)) {
    let places = prefilter::points_and_places(bytes, region, |_| false, |_| true, |_| {});
    of_runs(bytes, 0, &places.runs, visit);
}

/// Visits the stretches that these runs, in order, belong to. Nothing goes on
/// from before `begin`.
pub fn of_runs(bytes: &[u8], begin: usize, runs: &[Range<usize>], mut visit: impl FnMut(Stretch)) {
    // Everything before this was visited.
    let mut done = 0;
    for run in runs {
        // A run that comes from before the region belongs to what was visited then.
        let comes_from_before = run.start > begin && is_encoded(bytes[run.start - 1]);
        if run.start < done || comes_from_before || !may_be_encoded(bytes, run) {
            continue;
        }
        let stretch = lines(bytes, run.clone());
        let whole = stretch.range();
        if stretch.lines.len() > 1 || whole.len() >= SHORTEST {
            visit(stretch);
        }
        done = whole.end;
    }
}

/// Whether a run is long enough to be encoded, or can be the first line of
/// something that is.
pub fn may_be_encoded(bytes: &[u8], run: &Range<usize>) -> bool {
    let text = &bytes[run.clone()];
    (run.len() >= SHORTEST || may_go_on(text, bytes.get(run.end))) && !is_name(text)
}

/// Whether a run is a name in capitals or small letters, or a row of dashes:
/// what is encoded has letters of both kinds, digits alone, zeros, or escapes.
/// It may begin with a banner, so it is looked at in several places.
fn is_name(run: &[u8]) -> bool {
    let last = run.len().saturating_sub(LINE);
    let places = (2 * last / LINE).min(PLACES);
    (0..=places).all(|place| {
        let at = last * place / places.max(1);
        is_part_of_name(&run[at..run.len().min(at + LINE)])
    })
}

fn is_part_of_name(part: &[u8]) -> bool {
    let [mut upper, mut lower, mut digits, mut escapes, mut zeros] = [0u8; 5];
    for byte in part {
        // Base64 of zeros; every second byte is one in text of two bytes a character.
        zeros += u8::from(*byte == b'A');
        upper += u8::from(byte.is_ascii_uppercase());
        lower += u8::from(byte.is_ascii_lowercase());
        digits += u8::from(byte.is_ascii_digit());
        escapes += u8::from(matches!(byte, b'%' | b'\\' | b'&' | b'='));
    }
    let is_mixed = upper >= 4 && lower >= 4;
    let hex = part.iter().filter(|byte| byte.is_ascii_hexdigit()).count();
    let is_hex = digits >= 8 && hex * 8 >= part.len() * 7;
    let is_wide = usize::from(zeros) * 5 >= part.len();
    !(is_mixed || is_hex || is_wide || escapes >= 4)
}

/// Whether a line can go on behind this byte.
fn may_go_on(line: &[u8], next: Option<&u8>) -> bool {
    match next {
        Some(b'\n' | b'\r' | b'"' | b'\'' | b'`' | b',' | b'.') => true,
        // Behind an escaped line end the next one may be indented or quoted.
        Some(b' ' | b'>' | b'|' | b'*') => ends_in_line_end(line),
        _ => false,
    }
}

/// Whether a line ends with an escaped line end and a sign or two.
pub fn ends_in_line_end(line: &[u8]) -> bool {
    let near = line.len().saturating_sub(NEAR);
    memchr::memchr2(b'\\', b'&', &line[near..]).is_some()
        && (near..=line.len()).any(|end| glue::escaped_line_end(&line[..end]) > 0)
}

fn run(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| is_encoded(**byte)).count()
}

/// Whether a line begins with a name that is assigned something: `NAME=…`. What is encoded can
/// begin in it, and does not go on into it from the line before.
fn assigns(line: &[u8]) -> bool {
    const LONGEST: usize = 64;
    let line = &line[..line.len().min(LONGEST)];
    let Some(name) = memchr::memchr(b'=', line).map(|sign| &line[..sign]) else {
        return false;
    };
    let has = |is: fn(&u8) -> bool| name.iter().any(is);
    let (upper, lower) = (has(u8::is_ascii_uppercase), has(u8::is_ascii_lowercase));
    let is_word = name
        .iter()
        .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    // Padding ends a line, and what is encoded has letters of both kinds.
    let is_followed = line.get(name.len() + 1).is_some_and(|next| *next != b'=');
    is_word && upper != lower && name.len() > 1 && is_followed
}

/// A run with the lines that continue it. All but the last are equally long,
/// but for the first, which may begin after something else.
fn lines(bytes: &[u8], first: Range<usize>) -> Stretch {
    let mut lines = vec![first];
    let mut width = usize::MAX;
    while lines.len() < MAX_LINES {
        let last = lines.len() - 1;
        let mut before = lines[last].clone();
        before.end -= glue::escaped_line_end(&bytes[before.clone()]);
        // The first line may be the end of a longer one.
        let longest = width.min(before.len().max(80));
        let line = |start: usize| {
            let reach = bytes.len().min(start + longest + glue::LONGEST_LINE_END);
            let length = run(&bytes[start..reach]);
            start..start + glue::to_line_end(&bytes[start..start + length])
        };
        let prefixed = || {
            let begin = prefix::next_line(bytes, before.clone())?;
            let next = line(before.end + begin.length);
            // A line of base64 that begins with a plus has none too many.
            let is_longer = !begin.is_sign || (next.len() + 1) % 4 != 0;
            (is_longer && (2..=PREFIXED).contains(&next.len())).then_some(next)
        };
        let plain = || {
            Some(line(
                before.end + glue::between_lines(&bytes[before.end..])?,
            ))
        };
        let Some(next) = prefixed().or_else(plain) else {
            break;
        };
        let fits = (2..=longest).contains(&next.len()) && !assigns(&bytes[next.clone()]);
        let goes_on = last == 0 || before.len() == width;
        if !(fits && goes_on) {
            break;
        }
        if last == 0 {
            width = next.len();
        }
        // What says that a line goes on is no part of it: `\\`, or quoted-printable's
        // `=`. Two of these are the end of something.
        let signs = match bytes[before.clone()] {
            [.., b'=', b'='] => 0,
            [.., b'\\', b'\\'] => 2,
            [.., b'\\' | b'='] => 1,
            _ => 0,
        };
        lines[last].end = before.end - signs;
        lines.push(next);
    }
    // What is left of the last run belongs to no other stretch.
    if let Some(last) = lines.last_mut() {
        last.end += run(&bytes[last.end..]);
    }
    Stretch { lines }
}

/// Where the stretch begins that goes on to the end of the bytes, if one does,
/// so that more of them have to be read before it can be decoded.
pub fn open_stretch(bytes: &[u8]) -> Option<usize> {
    let is_decoration =
        |byte: &u8| matches!(byte, b'"' | b'\'' | b'`' | b',' | b' ' | b'\t' | b'\r');
    let mut start = None;
    // The next line has not begun yet.
    let mut end = bytes.strip_suffix(b"\n").unwrap_or(bytes).len();
    loop {
        let text = &bytes[..end];
        let text = &text[..text.len()
            - text
                .iter()
                .rev()
                .take_while(|byte| is_decoration(byte))
                .count()];
        let length = text
            .iter()
            .rev()
            .take_while(|byte| is_encoded(**byte))
            .count();
        // The last line may just have begun.
        if length < LINE && start.is_some() || length == 0 {
            return start;
        }
        let begin = text.len() - length;
        let before = &bytes[..begin];
        let indent = before
            .iter()
            .rev()
            .take_while(|byte| is_decoration(byte))
            .count();
        if length >= LINE || end == bytes.len() {
            start = (length >= LINE).then_some(begin).or(start);
        }
        if assigns(&text[begin..]) {
            return start;
        }
        let before = &before[..before.len() - indent];
        let line_end = match before {
            [.., b'\n'] => 1,
            [.., b'\\', b'n'] if indent > 0 => 2,
            _ => return start,
        };
        if length < LINE && end != bytes.len() {
            return start;
        }
        end = before.len() - line_end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let mut out = Vec::new();
        stretches(text.as_bytes(), 0..text.len(), |stretch| {
            let lines: Vec<&str> = stretch
                .lines
                .iter()
                .map(|line| &text[line.clone()])
                .collect();
            out.push(lines.concat());
        });
        out
    }

    #[test]
    fn a_long_run_is_one_and_so_are_lines_that_belong_together() {
        let long = "aB3".repeat(40);
        let (line, rest) = ("aB3x".repeat(19), "aB3x".repeat(4));
        assert_eq!(
            found(&format!("key = \"{long}\"\n")),
            std::slice::from_ref(&long)
        );
        assert_eq!(
            found(&format!("x\n{line}\n{line}\n{rest}==\n\ny")),
            [format!("{line}{line}{rest}==")]
        );
        assert_eq!(
            found(&format!("k: {line}\n   {line}\n")),
            [format!("{line}{line}")]
        );
        assert_eq!(
            found(&format!("\"{line}\" +\n\"{rest}\"")),
            [format!("{line}{rest}")]
        );
        assert_eq!(
            found(&format!("> {line}\n> {rest}\n")),
            [format!("{line}{rest}")]
        );
        assert_eq!(
            found(&format!("\"c: |\\n  {line}\\n  {line}\\n  {rest}\\nd: 1\"")),
            [format!("{line}{line}{rest}\\nd")]
        );
        // What is assigned a name begins there, and what is assigned the next one is not its rest.
        assert_eq!(
            found(&format!(
                "a\nKEY={line}\n{line}\nKEY_2={line}\nKEY_3={line}\n"
            )),
            [format!("KEY={line}{line}")]
        );
        // A line on its own is too short, and so is what ordinary words are made of.
        assert!(found(&format!("x {line} y")).is_empty());
        assert!(found(&"some words in a text, ".repeat(50)).is_empty());
    }

    #[test]
    fn what_a_run_is_shows_in_several_places_of_it() {
        let text = "aB3x".repeat(30);
        for banner in ["PT09", "AAAA", "----"] {
            assert!(
                !is_name((banner.repeat(100) + &text).as_bytes()),
                "{banner}"
            );
            assert!(!is_name((banner.repeat(9) + &text).as_bytes()), "{banner}");
        }
        // Text of two bytes a character has letters of one kind, and zeros.
        assert!(!is_name("XAB1ADAAMAA0AGUA".repeat(10).as_bytes()));
        for name in [
            "SOME_NAME_IN_CAPITALS",
            "a_name_in_a_program",
            "----",
            "PT09PT0",
        ] {
            assert!(is_name(name.repeat(100).as_bytes()), "{name}");
        }
    }

    #[test]
    fn every_stretch_is_found_in_the_region_where_it_begins() {
        let text = format!("{} {} ", "word ".repeat(30), "aB3".repeat(50));
        let start = text.find("aB3").expect("it is there");
        for cut in 0..text.len() {
            let mut found = Vec::new();
            for region in [0..cut, cut..text.len()] {
                stretches(text.as_bytes(), region, |stretch| {
                    found.push(stretch.range())
                });
            }
            let [only] = &found[..] else {
                panic!("{cut}: {found:?}");
            };
            assert_eq!(*only, start..start + 150, "{cut}");
        }
    }

    #[test]
    fn a_stretch_that_goes_on_is_known() {
        let line = "aB3x".repeat(19);
        let start = |text: &str| open_stretch(text.as_bytes());
        assert_eq!(start(&format!("x {line}")), Some(2));
        assert_eq!(start(&format!("x\n{line}\n{line}\naB3")), Some(2));
        assert_eq!(start(&format!("x\n{line}\n{line}\n")), Some(2));
        assert_eq!(
            start(&format!("K_1={line}\nK_2={line}\n{line}\n")),
            Some(81)
        );
        assert_eq!(start(&format!("x {line} y")), None);
        assert_eq!(start("some words"), None);
        assert_eq!(start(""), None);
    }
}
