//! Bytes that are written as numbers: `[78, 80, 83]`, `0x4e, 0x50`, `4e 50 53`,
//! `chr(78).chr(80)`, and the rows of a hex dump.

mod dump;
mod list;
mod word;

use std::ops::Range;

use dump::Dump;
use list::{List, word_length};

use super::anchor::{Anchor, Kind, around, has_name};
use super::reading::{Decoded, Reading};
use crate::model::encoding::Encoding;
use crate::prefilter::TOKEN;

/// Bytes in which nothing but numbers stands, for a first glance.
const GLANCE: usize = 16;

/// Reads the numbers at these places, in order, at which digits stand.
pub fn decode(outer: &Reading<'_>, places: &[usize], emit: &mut dyn FnMut(Reading<'_>)) {
    let text = &outer.text[..];
    let mut done = 0;
    for place in places {
        if *place >= done && may_be_text(text, *place) {
            let list = List::around(text, *place, done);
            done = list.map_or(place + 1, |list| read_list(outer, &list, emit));
        }
    }
}

/// Reads the hex dumps that these offsets belong to.
pub fn decode_dumps(outer: &Reading<'_>, anchors: &[Anchor], emit: &mut dyn FnMut(Reading<'_>)) {
    let text = &outer.text[..];
    let mut done = 0;
    for anchor in anchors.iter().filter(|anchor| anchor.kind == Kind::Offset) {
        let mut at = offset(text, anchor.at);
        while at >= done
            && Dump::may_begin(text, at)
            && let Some(dump) = Dump::around(text, at, done)
        {
            read(outer, &dump.bytes, dump.start, emit);
            // Little-endian words look like big-endian ones.
            if dump.width == 4 {
                let exchanged = dump.exchanged();
                let bytes: Vec<u8> = exchanged.iter().map(|(value, _)| *value).collect();
                if has_name(&bytes) {
                    read(outer, &exchanged, dump.start, emit);
                }
            }
            done = dump.end;
            // A longer one goes on.
            at = dump.end;
        }
    }
}

/// Whether a row of a hex dump may begin with this anchor.
pub fn may_begin_dump(text: &[u8], anchor: usize) -> bool {
    Dump::may_begin(text, offset(text, anchor))
}

/// Where the digits of an offset stand, whose anchor may be the line end before them.
fn offset(text: &[u8], anchor: usize) -> usize {
    anchor + usize::from(text[anchor] == b'\n')
}

/// Reads the numbers around names, which may be written in ways that don't show
/// from afar: `chr(78).chr(80)`.
pub fn decode_around(outer: &Reading<'_>, anchors: &[Anchor], emit: &mut dyn FnMut(Reading<'_>)) {
    let text = &outer.text[..];
    let names = anchors.iter().filter(|anchor| anchor.kind == Kind::Name);
    around(names, &outer.region, |range| {
        let mut at = range.start;
        if !may_hold_list(&text[range.clone()]) {
            return at;
        }
        if let Some(end) = read_dump(outer, range.clone(), emit) {
            at = end;
        }
        while at < range.end {
            let begins = text[at].is_ascii_alphanumeric()
                && (at == 0 || !text[at - 1].is_ascii_alphanumeric());
            if !begins || word::Word::at(text, at).is_none() {
                at += 1;
                continue;
            }
            at = match List::around(text, at, at) {
                Some(list) if list.len() >= TOKEN / 8 => read_list(outer, &list, emit),
                // The last number may be the first of another list.
                Some(list) => list.last().max(at + 1),
                None => at + 1,
            };
        }
        at
    });
}

/// Reads the first dump in a range. Its rows may begin with addresses, as those of a
/// debugger do, none of which shows from afar. Returns where it ends.
fn read_dump(
    outer: &Reading<'_>,
    range: Range<usize>,
    emit: &mut dyn FnMut(Reading<'_>),
) -> Option<usize> {
    let text = &outer.text[..];
    let feeds = memchr::memchr_iter(b'\n', &text[range.clone()]);
    let starts = feeds.map(|feed| range.start + feed + 1);
    let dump = [range.start].into_iter().chain(starts).find_map(|start| {
        let digits = start + 2 * usize::from(text[start..].starts_with(b"0x"));
        let is_row = Dump::may_begin(text, digits);
        is_row
            .then(|| Dump::around(text, start, range.start))
            .flatten()
    })?;
    read(outer, &dump.bytes, dump.start, emit);
    Some(dump.end)
}

/// Whether there are digits, or characters between quotes, for half of a list at least.
fn may_hold_list(text: &[u8]) -> bool {
    let digits = text.iter().filter(|byte| byte.is_ascii_digit()).count();
    let quotes = || text.iter().filter(|byte| matches!(byte, b'\'' | b'"'));
    digits >= TOKEN / 2 || quotes().count() >= TOKEN
}

/// Whether the numbers around a place may stand for text.
pub fn may_be_text(text: &[u8], place: usize) -> bool {
    has_readable(&text[place..text.len().min(place + GLANCE)]) && List::may_be_text(text, place)
}

/// The same by a glance at whole numbers in a few bytes, which is enough for most
/// tables: one of them stands for a letter or digit, and none for what no text has.
fn has_readable(part: &[u8]) -> bool {
    let mut in_decimal = (0, true);
    let mut in_hexadecimal = (0, true);
    let mut at = word_length(part);
    while at < part.len() {
        let length = word_length(&part[at..]);
        // The last one may go on.
        if at + length == part.len() {
            break;
        }
        let word = &part[at..at + length];
        let word = word.strip_prefix(b"0x").unwrap_or(word);
        for digits in word.chunks(2) {
            glance(&mut in_hexadecimal, word::hexadecimal(digits));
        }
        if length > 0 {
            glance(&mut in_decimal, word::decimal(word));
        }
        at += length.max(1);
    }
    let is_readable = |(letters, is_text): (usize, bool)| letters > 0 && is_text;
    is_readable(in_decimal) || is_readable(in_hexadecimal)
}

fn glance((letters, is_text): &mut (usize, bool), value: Option<u8>) {
    match value {
        Some(value) if value.is_ascii_alphanumeric() => *letters += 1,
        Some(0 | b' '..=b'~' | b'\n' | b'\r' | b'\t') => {}
        _ => *is_text = false,
    }
}

/// Returns from where on numbers have not been read.
fn read_list(outer: &Reading<'_>, list: &List, emit: &mut dyn FnMut(Reading<'_>)) -> usize {
    for values in list.readings(&outer.text) {
        let start = values.first().map_or(list.end, |(_, range)| range.start);
        read(outer, &values, start, emit);
    }
    list.end
}

/// Emits what numbers stand for, of which those in the region count. What belongs to
/// them begins at `start`.
fn read(
    outer: &Reading<'_>,
    values: &[(u8, Range<usize>)],
    start: usize,
    emit: &mut dyn FnMut(Reading<'_>),
) {
    if values.len() < TOKEN {
        return;
    }
    let bytes: Vec<u8> = values.iter().map(|(value, _)| *value).collect();
    if !super::is_worth_reading(&bytes) {
        return;
    }
    let mut decoded = Decoded::default();
    for (value, range) in values {
        decoded.put(&[*value], range.clone());
    }
    let of_region = |at: usize| {
        let before = values.iter().take_while(|(_, range)| range.start < at);
        before.count()
    };
    let region = &outer.region;
    let (first, last) = (of_region(region.start), of_region(region.end));
    if first == last {
        return;
    }
    let place = start..values[values.len() - 1].1.end;
    let mut reading = decoded.within(outer, place, Encoding::Numbers);
    reading.region.end = reading.region.start + last;
    reading.region.start += first;
    emit(reading);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prefilter::points_and_places;

    /// A text with a value of 64 characters that are not hexadecimal.
    fn secret() -> String {
        format!("NPSSO={}\n", "aZ3k".repeat(16))
    }

    fn each(text: &str, between: &str, write: impl Fn(u8) -> String) -> String {
        let numbers: Vec<String> = text.bytes().map(write).collect();
        numbers.join(between)
    }

    /// What the numbers in a region of a text read like.
    fn read(text: &[u8], region: Range<usize>) -> Vec<String> {
        let mut out = Vec::new();
        let reading = Reading::plain(text, region.clone());
        let mut emit = |inner: Reading<'_>| {
            let decoded = &inner.text[inner.region.clone()];
            out.push(String::from_utf8_lossy(decoded).into_owned());
        };
        let places = points_and_places(text, region.clone(), |_| false, |_| true, |_| {});
        decode(&reading, &places.numbers, &mut emit);
        let anchors = super::super::anchor::words(text, &places);
        decode_dumps(&reading, &anchors, &mut emit);
        out
    }

    fn dump(bytes: &[u8], row: impl Fn(usize, &[u8]) -> String) -> String {
        let rows = bytes.chunks(16).enumerate();
        rows.map(|(index, bytes)| row(16 * index, bytes)).collect()
    }

    fn pairs(bytes: &[u8], of: usize, between: &str) -> String {
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let groups: Vec<String> = bytes.chunks(of).map(hex).collect();
        groups.join(between)
    }

    fn printable(bytes: &[u8]) -> String {
        let show = |byte: &u8| {
            if byte.is_ascii_graphic() {
                char::from(*byte)
            } else {
                '.'
            }
        };
        bytes.iter().map(show).collect()
    }

    #[test]
    fn a_list_is_read_in_every_way_to_write_it() {
        let text = secret();
        for list in [
            each(&text, ",", |byte| byte.to_string()),
            each(&text, ", ", |byte| byte.to_string()),
            each(&text, " ", |byte| byte.to_string()),
            each(&text, ",\n    ", |byte| byte.to_string()),
            each(&text, ",\n            ", |byte| byte.to_string()),
            each(&text, ", ", |byte| format!("0x{byte:02X}")),
            each(&text, ",", |byte| format!("0x{byte:02x}")),
            each(&text, " ", |byte| format!("{byte:02x}")),
            each(&text, ":", |byte| format!("{byte:02x}")),
            each(&text, "-", |byte| format!("{byte:02X}")),
            pairs(text.as_bytes(), 2, " "),
        ] {
            // Whatever stands before it
            for before in 0..70 {
                let whole = format!("{}[{list}]\n", "x ".repeat(before));
                let found = read(whole.as_bytes(), 0..whole.len());
                assert!(
                    found.iter().any(|found| found.starts_with(text.trim())),
                    "{before} {list}: {found:?}"
                );
            }
        }
    }

    #[test]
    fn a_list_is_read_whole_from_its_last_line_on() {
        let text = secret();
        let list = each(&text, ", ", |byte| byte.to_string());
        let (first, last) = list.split_at(list.len() - 90);
        let (end, last) = last.split_once(", ").expect("it is a list");
        let whole = format!("{{\n  {first}{end},\n  {last}\n}};\n5;\n");
        let place = whole.len() - 40;
        let mut found = Vec::new();
        decode(
            &Reading::plain(whole.as_bytes(), 0..whole.len()),
            &[place],
            &mut |inner| found.push(inner.text[inner.region.clone()].to_vec()),
        );
        assert!(found[0].starts_with(text.as_bytes()), "{whole}");
    }

    #[test]
    fn a_list_beside_a_name_may_be_written_in_any_way() {
        let text = "aZ3k".repeat(16);
        for list in [
            each(&text, ".", |byte| format!("chr({byte})")),
            each(&text, "+", |byte| format!("[char]{byte}")),
            each(&text, ", ", |byte| format!("'{}'", char::from(byte))),
            each(&text, ", ", |byte| format!("(byte) {byte}")),
            each(&text, " & ", |byte| format!("Chr(&H{byte:02X})")),
            each(&text, "", |byte| format!("&#{byte}")),
            pairs(text.as_bytes(), 8, " "),
        ] {
            let whole = format!("npsso = {list};\n");
            let reading = Reading::plain(whole.as_bytes(), 0..whole.len());
            let places = points_and_places(
                reading.text.as_ref(),
                0..whole.len(),
                |_| false,
                |_| true,
                |_| {},
            );
            let anchors = super::super::anchor::words(whole.as_bytes(), &places);
            let mut found = Vec::new();
            decode_around(&reading, &anchors, &mut |inner| {
                found.push(inner.text[inner.region.clone()].to_vec());
            });
            assert_eq!(found, [text.as_bytes()], "{list}");
        }
    }

    #[test]
    fn the_rows_of_a_dump_are_read_without_what_stands_beside_them() {
        let text = secret().repeat(3);
        let bytes = text.as_bytes();
        let exchanged = |bytes: &[u8]| -> Vec<u8> {
            bytes
                .chunks(2)
                .flat_map(|pair| [pair[1], pair[0]])
                .collect()
        };
        assert_eq!(bytes.len() % 2, 1);
        for (dump, of) in [
            (
                dump(bytes, |at, row| {
                    format!("{at:08x}: {:<39}  {}\n", pairs(row, 2, " "), printable(row))
                }),
                bytes,
            ),
            (
                dump(bytes, |at, row| {
                    let (first, second) = row.split_at(row.len().min(8));
                    let both = format!("{}  {}", pairs(first, 1, " "), pairs(second, 1, " "));
                    format!("{at:08x}  {both:<48}  |{}|\n", printable(row))
                }),
                bytes,
            ),
            (
                dump(bytes, |at, row| {
                    format!("{at:07o} {}\n", pairs(row, 1, " "))
                }),
                bytes,
            ),
            (
                dump(bytes, |at, row| format!("{at:07} {}\n", pairs(row, 1, " "))),
                bytes,
            ),
            (
                dump(bytes, |at, row| {
                    format!(
                        "\t0x{at:04x}:  {:<39}  {}\n",
                        pairs(row, 2, " "),
                        printable(row)
                    )
                }),
                bytes,
            ),
            (
                dump(bytes, |at, row| {
                    let cell = |byte: &u8| match byte {
                        b'\n' => "  \\n".to_owned(),
                        byte => format!("   {}", char::from(*byte)),
                    };
                    let cells: String = row.iter().map(cell).collect();
                    format!("{at:07o}{cells}\n")
                }),
                bytes,
            ),
            (
                dump(&bytes[1..], |at, row| {
                    format!("{at:07x} {}\n", pairs(&exchanged(row), 2, " "))
                }),
                &bytes[1..],
            ),
            (
                dump(bytes, |at, row| {
                    format!(
                        "[   12.{at:06}] buf: {at:08x}: {}  {}\n",
                        pairs(row, 1, " "),
                        printable(row)
                    )
                }),
                bytes,
            ),
        ] {
            let whole = format!("$ dump\n{dump}$\n");
            let found = read(whole.as_bytes(), 0..whole.len());
            let of = String::from_utf8_lossy(of);
            assert!(found.iter().any(|found| *found == of), "{whole}: {found:?}");
        }
    }

    #[test]
    fn every_number_is_read_in_the_region_where_it_stands() {
        let text = secret().repeat(3);
        let list = each(&text, ", ", |byte| byte.to_string());
        let rows = dump(text.as_bytes(), |at, row| {
            format!("{at:08x}: {}  {}\n", pairs(row, 2, " "), printable(row))
        });
        for whole in [
            format!("some words\n{list}\n"),
            format!("some words\n{rows}"),
        ] {
            // A value that begins behind the cut is at least this long.
            for cut in (0..whole.len() - 64 * 3).step_by(7) {
                let parts = [0..cut, cut..whole.len()];
                let read = |part: Range<usize>| read(whole.as_bytes(), part).concat();
                assert_eq!(parts.map(read).concat(), text, "{cut}");
            }
        }
    }

    #[test]
    fn numbers_that_stand_for_no_text_are_not_read() {
        let table = |between: &str| {
            each(&"\u{1}\u{7f}\u{3}~".repeat(40), between, |byte| {
                byte.to_string()
            })
        };
        let years: Vec<String> = (1900..2100).map(|year| year.to_string()).collect();
        for text in [
            table(", "),
            table(","),
            "0, ".repeat(200),
            "65, 66, ".repeat(20),
            years.join(", "),
            (0..300).map(|n| format!("{n}, ")).collect(),
            "2026-11-26 04:25:41 10.0.0.1 ".repeat(30),
        ] {
            assert_eq!(read(text.as_bytes(), 0..text.len()), [""; 0], "{text}");
        }
    }

    #[test]
    fn a_glance_is_enough_for_most_tables() {
        assert!(has_readable(b"78, 80, 83, 83, "));
        assert!(has_readable(b"x4e, 0x50, 0x53,"));
        assert!(has_readable(b"4e50 5353 4f3d 6"));
        assert!(has_readable(b"63,00,71,00,38,0"));
        // The first one may be cut.
        assert!(!has_readable(b"0x50, 0x01, 0x53"));
        assert!(!has_readable(b"0, 0, 0, 0, 0, 0"));
        assert!(!has_readable(b"                "));
    }
}
