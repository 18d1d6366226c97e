//! JSON that does nothing to a terminal.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io;

use super::super::terminal::is_treacherous;

/// Writes JSON on, which comes in whole characters, with [`harmless`] ones only.
pub struct Harmless<W>(pub W);

impl<W: io::Write> io::Write for Harmless<W> {
    fn write(&mut self, json: &[u8]) -> io::Result<usize> {
        // Nearly all of it, in thousands of small pieces.
        if json.is_ascii() && !json.contains(&0x7f) {
            self.0.write_all(json)?;
            return Ok(json.len());
        }
        let text = str::from_utf8(json).map_err(io::Error::other)?;
        self.0.write_all(harmless(text).as_bytes())?;
        Ok(json.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// JSON lets characters stand as they are that act on a terminal. They occur in
/// strings only, where an escape means the same to a parser.
fn harmless(json: &str) -> Cow<'_, str> {
    let is_harmful = |character| character == '\u{7f}' || is_treacherous(character);
    if !json.contains(is_harmful) {
        return json.into();
    }
    let mut out = String::with_capacity(json.len());
    for character in json.chars() {
        if is_harmful(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(character);
        }
    }
    out.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_change_what_a_terminal_sees_and_not_what_a_parser_reads() {
        let name = "a\u{9b}31m\u{202e}\u{e0041}\u{7f}\u{1b}\nü";
        let mut json = Vec::new();
        serde_json::to_writer(Harmless(&mut json), name).expect("memory takes it");
        let json = String::from_utf8(json).expect("it is a text");
        assert_eq!(json, r#""a\u009b31m\u202e\udb40\udc41\u007f\u001b\nü""#);
        let read: String = serde_json::from_str(&json).expect("still JSON");
        assert_eq!(read, name);
    }
}
