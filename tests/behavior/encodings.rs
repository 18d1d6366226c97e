//! Text in every encoding is read, and places are counted as an editor counts.

use std::iter::repeat_n;

use crate::support::{Project, expand};

fn utf16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(unit).collect()
}

fn place_of(bytes: &[u8]) -> Vec<String> {
    Project::new().bytes("f", bytes).audit(&["f"]).places()
}

#[test]
fn lines_and_columns_are_right_whatever_ends_a_line() {
    let leak = expand("npsso={{npsso}}");
    for (text, line, column) in [
        (leak.clone(), 1, 7),
        (format!("a\n\nb {leak}\n"), 3, 9),
        (format!("a\r\nb\r\n{leak}\r\n"), 3, 7),
        (format!("a\rb\r{leak}\r"), 3, 7),
        (format!("\u{feff}{leak}"), 1, 7),
        (format!("é😀ü {leak}"), 1, 11),
        (format!("\0\0\u{1}{leak}\0"), 1, 10),
    ] {
        assert_eq!(
            place_of(text.as_bytes()),
            [format!("f:{line}:{column} npsso high")],
            "{text:?}"
        );
    }
}

#[test]
fn latin_1_is_counted_in_bytes() {
    let bytes = [
        b"caf\xe9 \xb0\xe9: ".as_slice(),
        expand("npsso={{npsso}}").as_bytes(),
    ]
    .concat();
    assert_eq!(place_of(&bytes), ["f:1:16 npsso high"]);
}

#[test]
fn utf_16_is_read_with_and_without_a_mark() {
    let text = expand(
        "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_CURRENT_USER\\é]\r\n\"npsso\"=\"{{npsso}}\"\r\n",
    );
    for (mark, unit) in [
        (&b"\xff\xfe"[..], u16::to_le_bytes as fn(u16) -> [u8; 2]),
        (b"\xfe\xff", u16::to_be_bytes),
        (b"", u16::to_le_bytes),
        (b"", u16::to_be_bytes),
    ] {
        let bytes = [mark, &utf16(&text, unit)].concat();
        assert_eq!(place_of(&bytes), ["f:4:10 npsso high"], "{mark:?}");
    }
    let cookie = expand("pdccws_p={{pdccws_p}}\n");
    assert_eq!(
        place_of(&utf16(&cookie, u16::to_le_bytes)),
        ["f:1:10 pdccws_p high"]
    );
}

#[test]
fn the_whole_of_a_value_in_utf_16_is_marked() {
    let text = expand("npsso={{npsso}};\n");
    for (unit, mark) in [
        (u16::to_le_bytes as fn(u16) -> [u8; 2], 0),
        (u16::to_be_bytes, 0),
        (u16::to_le_bytes, 2),
        (u16::to_be_bytes, 2),
    ] {
        let marked = if mark > 0 {
            format!("\u{feff}{text}")
        } else {
            text.clone()
        };
        let run = Project::new()
            .bytes("f", &utf16(&marked, unit))
            .audit(&["f"]);
        let place = &run.findings()[0]["exposures"][0]["location"];
        assert_eq!(
            (&place["column"], &place["end_column"]),
            (&7.into(), &71.into())
        );
        assert_eq!(
            (&place["byte_offset"], &place["byte_length"]),
            (&(12 + mark).into(), &128.into())
        );
    }
}

#[test]
fn a_utf_16_string_inside_of_a_binary_file_is_read() {
    for padding in [64, 65] {
        let mut bytes: Vec<u8> = repeat_n(0x90, padding).collect();
        bytes.extend(utf16(&expand("npsso={{npsso}};"), u16::to_le_bytes));
        bytes.extend(repeat_n(0xcc, 300));
        assert_eq!(place_of(&bytes).len(), 1, "{padding}");
    }
}

#[test]
fn a_file_larger_than_any_buffer_is_read_to_its_end() {
    let mut bytes: Vec<u8> = b"nothing to see in this line\n"
        .iter()
        .copied()
        .cycle()
        .take(28 * 100_000)
        .collect();
    bytes.extend(expand("  npsso={{npsso}}").as_bytes());
    assert_eq!(place_of(&bytes), ["f:100001:9 npsso high"]);
}

#[test]
fn one_endless_line_has_columns_too() {
    let mut bytes: Vec<u8> = "é ".repeat(400_000).into_bytes();
    bytes.extend(expand("npsso={{npsso}}").as_bytes());
    assert_eq!(place_of(&bytes), ["f:1:800007 npsso high"]);
}
