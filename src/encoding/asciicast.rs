//! Recordings of terminals by asciinema: after a header, a line of JSON for each
//! piece of output, `[1.25, "o", "text"]`. What is typed comes character by
//! character. Versions 2 and 3 of the format are described at
//! <https://docs.asciinema.org/manual/asciicast/v2/>.

use std::ops::Range;

use super::reading::{Decoded, Reading};
use crate::model::encoding::Encoding;

/// How far before and after a region events are read, so that no value is cut.
const MARGIN: usize = 16 * 1024;
/// The longest line that is looked at for its beginning.
const HEADER: usize = 4096;

/// Reads the output in a recording as one text.
pub fn decode(outer: &Reading<'_>, emit: &mut dyn FnMut(Reading<'_>)) {
    let text = &outer.text[..];
    let region = outer.region.clone();
    let Some(first) = first_event(text, &region) else {
        return;
    };
    let reach = text.len().min(region.end + MARGIN);
    let mut decoded = Decoded::default();
    // How much of the output stands before the region, and before its end.
    let (mut before, mut inside) = (0, 0);
    let mut end = first;
    let mut count = 0;
    let mut at = first;
    while at < reach {
        let Some(event) = Event::at(text, at) else {
            break;
        };
        if event.is_output {
            output(text, event.data.clone(), &mut decoded, |place, length| {
                before = if place < region.start { length } else { before };
                inside = if place < region.end { length } else { inside };
            });
            count += 1;
        }
        (at, end) = (event.next, event.data.end);
    }
    if count > 1 && before < inside && super::is_worth_reading(decoded.text()) {
        let mut reading = decoded.within(outer, first..end, Encoding::Asciicast);
        let start = reading.region.start;
        reading.region = start + before..start + inside;
        emit(reading);
    }
}

/// Where the first event begins that has to be read for a region, when the region
/// is in a recording.
fn first_event(text: &[u8], region: &Range<usize>) -> Option<usize> {
    let line = next_line(text, region.start)?;
    // Most texts are told by one byte.
    let first = match text.get(line)? {
        b'{' if memchr::memmem::find(&text[line..text.len().min(line + 64)], b"\"version\"")
            .is_some() =>
        {
            next_line(text, line + 1)?
        }
        b'[' => line,
        _ => return None,
    };
    Event::at(text, first)?;
    // Events before the region, as far as they are there and matter.
    let from = region.start.saturating_sub(MARGIN);
    let mut early = next_line(text, from)?;
    while early < first {
        match Event::at(text, early) {
            Some(_) => return Some(early),
            None => early = next_line(text, early + 1)?,
        }
    }
    Some(first)
}

/// The beginning of the line at a place, or of the next one when that is inside of a line.
fn next_line(text: &[u8], at: usize) -> Option<usize> {
    if at == 0 || text[at - 1] == b'\n' {
        return Some(at);
    }
    let reach = text.len().min(at + HEADER);
    memchr::memchr(b'\n', &text[at..reach]).map(|feed| at + feed + 1)
}

/// One line of a recording.
struct Event {
    is_output: bool,
    /// What stands between the quotes.
    data: Range<usize>,
    /// Where the next line begins.
    next: usize,
}

impl Event {
    fn at(text: &[u8], start: usize) -> Option<Event> {
        let skip = |at: usize, accepts: fn(&u8) -> bool| {
            at + text[at..]
                .iter()
                .take(32)
                .take_while(|byte| accepts(byte))
                .count()
        };
        let space = |at: usize| skip(at, |byte| matches!(byte, b' ' | b'\t'));
        let takes = |at: usize, byte: u8| (text.get(at) == Some(&byte)).then_some(at + 1);
        let number = space(takes(start, b'[')?);
        let after = skip(number, |byte| {
            byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'-')
        });
        if after == number {
            return None;
        }
        let code = takes(space(takes(space(after), b',')?), b'"')?;
        let kind = *text.get(code)?;
        let data = takes(space(takes(space(takes(code + 1, b'"')?), b',')?), b'"')?;
        let mut end = data;
        loop {
            end += memchr::memchr3(b'"', b'\\', b'\n', &text[end..])?;
            match text[end] {
                b'"' => break,
                b'\\' => end += 2,
                _ => return None,
            }
            if end >= text.len() {
                return None;
            }
        }
        let close = takes(space(end + 1), b']')?;
        let next = skip(close, |byte| matches!(byte, b' ' | b'\t' | b'\r'));
        (next == text.len() || text[next] == b'\n').then(|| Event {
            is_output: kind == b'o',
            data: data..end,
            next: text.len().min(next + 1),
        })
    }
}

/// Adds what a string of JSON says. `visit` is told the place of each part, and how
/// long the text is after it.
fn output(
    text: &[u8],
    data: Range<usize>,
    decoded: &mut Decoded,
    mut visit: impl FnMut(usize, usize),
) {
    let mut at = data.start;
    while at < data.end {
        let plain = memchr::memchr(b'\\', &text[at..data.end]).unwrap_or(data.end - at);
        if plain > 0 {
            decoded.copy(text, at..at + plain);
            visit(at, decoded.text().len());
            at += plain;
            continue;
        }
        let (length, character) = escaped(&text[at..data.end]);
        let mut utf8 = [0; 4];
        decoded.put(character.encode_utf8(&mut utf8).as_bytes(), at..at + length);
        visit(at, decoded.text().len());
        at += length;
    }
}

/// The escape at the beginning of a text: its length, and what it stands for.
fn escaped(text: &[u8]) -> (usize, char) {
    let short = |character| (text.len().min(2), character);
    match text.get(1) {
        Some(b'n') => short('\n'),
        Some(b'r') => short('\r'),
        Some(b't') => short('\t'),
        Some(b'b') => short('\u{8}'),
        Some(b'f') => short('\u{c}'),
        Some(b'u') => {
            let digits = text
                .get(2..6)
                .and_then(|digits| std::str::from_utf8(digits).ok());
            let code = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
            let character = code.and_then(char::from_u32);
            (
                text.len().min(6),
                character.unwrap_or(char::REPLACEMENT_CHARACTER),
            )
        }
        Some(other) => short(char::from(*other)),
        None => short('\\'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "{\"version\": 2, \"width\": 80, \"height\": 24}\n";

    /// A recording of a text that is typed.
    fn typed(text: &str) -> String {
        let event = |(index, letter): (usize, char)| {
            format!(
                "[{index}.25, \"o\", {}]\n",
                serde_json::Value::from(letter.to_string())
            )
        };
        text.chars().enumerate().map(event).collect()
    }

    fn read(text: &str, region: Range<usize>) -> Vec<String> {
        let mut out = Vec::new();
        decode(&Reading::plain(text.as_bytes(), region), &mut |reading| {
            let decoded = &reading.text[reading.region.clone()];
            out.push(String::from_utf8_lossy(decoded).into_owned());
        });
        out
    }

    #[test]
    fn what_is_typed_is_one_text() {
        let text = format!("$ export NPSSO=\u{1b}[1m{}\r\n\"ü\"\n", "aZ3k".repeat(16));
        let recording = HEADER.to_owned() + "[0.1, \"i\", \"x\"]\n" + &typed(&text);
        assert_eq!(read(&recording, 0..recording.len()).concat(), text);
        // It may be cut anywhere, but for a rest that is shorter than any value.
        for cut in (0..recording.len() - 200).step_by(13) {
            let parts = [0..cut, cut..recording.len()].map(|part| read(&recording, part).concat());
            assert_eq!(parts.concat(), text, "{cut}");
        }
    }

    #[test]
    fn other_lists_are_none() {
        let value = "aZ3k".repeat(16);
        for text in [
            format!("[1, \"o\", \"npsso {value}\"]\n"),
            format!("[\n  1, \"o\", \"npsso\",\n  2, \"o\", \"{value}\"]\n"),
            format!("[\"npsso\", \"o\"]\n[1, \"o\", \"{value}\"]\n"),
            "[1, \"o\", \"npsso".to_owned(),
            "[1, \"o\", \"npsso\\".to_owned(),
            "{\"version\": 2}".to_owned(),
            String::new(),
        ] {
            assert_eq!(read(&text, 0..text.len()), [""; 0], "{text}");
        }
    }
}
