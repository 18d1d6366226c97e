//! Text from outside, made harmless before it reaches a terminal.

use std::fmt::Write as _;

use crate::model::blob::Provenance;
use crate::report::redaction;

/// Replaces every character that could move the cursor, change colours, reverse
/// the reading direction or hide text by a visible escape.
pub fn escape(text: &str) -> String {
    escape_except(text, |_| false)
}

/// The same for a text of several lines.
pub fn escape_lines(text: &str) -> String {
    escape_except(text, |character| character == '\n')
}

/// The name of an input. Bytes that are no UTF-8 stay visible, secrets don't.
pub fn escape_name(provenance: &Provenance) -> String {
    let Some(path) = provenance.path() else {
        return escape(&provenance.display_name());
    };
    let mut out = String::new();
    let bytes = without_commands(redaction::path(&path));
    for chunk in bytes.utf8_chunks() {
        out.push_str(&escape(chunk.valid()));
        for byte in chunk.invalid() {
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
    out
}

/// Continuous integration obeys lines that begin with `::` or hold `##[` or
/// `##vso[`, and a file can be called like that.
fn without_commands(name: Vec<u8>) -> Vec<u8> {
    let begins = name.trim_ascii_start().starts_with(b"::");
    let holds = memchr::memmem::find(&name, b"##").is_some();
    if !begins && !holds {
        return name;
    }
    let text = String::from_utf8_lossy(&name);
    let text = text.replace("##", "#\\x23");
    let text = if begins {
        text.replacen("::", "\\x3a:", 1)
    } else {
        text
    };
    text.into_bytes()
}

fn escape_except(text: &str, keep: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            _ if keep(character) => out.push(character),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ if (character as u32) < 0x20 || character as u32 == 0x7f => {
                let _ = write!(out, "\\x{:02x}", character as u32);
            }
            _ if is_treacherous(character) => {
                let _ = write!(out, "\\u{{{:x}}}", character as u32);
            }
            _ => out.push(character),
        }
    }
    out
}

/// Control characters beyond ASCII, bidirectional controls, line separators,
/// invisible characters and tags.
pub fn is_treacherous(character: char) -> bool {
    matches!(
        character,
        '\u{80}'..='\u{9f}'
            | '\u{ad}'
            | '\u{61c}'
            | '\u{34f}'
            | '\u{115f}'..='\u{1160}'
            | '\u{180b}'..='\u{180f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{ffa0}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e01ef}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_is_no_command_for_a_build_server() {
        let name = |name: &str| escape_name(&Provenance::File(name.into()));
        assert_eq!(
            name(" ::set-output name=x::y"),
            " \\x3a:set-output name=x::y"
        );
        assert_eq!(name("##vso[task.x]y"), "#\\x23vso[task.x]y");
        assert_eq!(name("src/a::b#1.rs"), "src/a::b#1.rs");
    }

    #[test]
    fn nothing_that_acts_on_a_terminal_is_left() {
        assert_eq!(
            escape("a\u{1b}[2J\u{9b}1m\u{202e}\n\u{7f}é"),
            "a\\x1b[2J\\u{9b}1m\\u{202e}\\n\\x7fé"
        );
        assert_eq!(escape_lines("a\nb\r"), "a\nb\\r");
        let all: String = (0..=0x10ffff).filter_map(char::from_u32).collect();
        let escaped = escape(&all);
        assert!(!escaped.chars().any(|c| c.is_control() || is_treacherous(c)));
    }

    #[cfg(unix)]
    #[test]
    fn bytes_of_a_name_that_are_no_utf_8_stay_visible() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;
        let name = OsStr::from_bytes(b"a\xff\n\xe2\x80\xaeb");
        assert_eq!(
            escape_name(&Provenance::File(name.into())),
            "a\\xff\\n\\u{202e}b"
        );
        assert_eq!(escape_name(&Provenance::Stdin), "<stdin>");
    }
}
