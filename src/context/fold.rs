//! One spelling for letters and signs that are written in several. The commonest signs
//! of typography are plain already where escapes were undone.

use std::borrow::Cow;

/// A text with ASCII in place of full-width letters and of the quotes, dashes and
/// other signs of typography that mean the same. What is no UTF-8 stays as it is.
pub fn fold(bytes: &[u8]) -> Cow<'_, [u8]> {
    // Nearly every text is ASCII around a value.
    if bytes.is_ascii() {
        return Cow::Borrowed(bytes);
    }
    let mut out = Vec::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match ascii(character) {
                Some(same) => out.extend(same.bytes()),
                None => out.extend(character.encode_utf8(&mut [0; 4]).bytes()),
            }
        }
        out.extend(chunk.invalid());
    }
    Cow::Owned(out)
}

/// The ASCII that means the same as a character.
fn ascii(character: char) -> Option<Cow<'static, str>> {
    let same = match character {
        // Full-width forms stand in the order of ASCII.
        '\u{ff01}'..='\u{ff5e}' => {
            let ascii = char::from_u32(u32::from(character) - 0xfee0)?;
            return Some(Cow::Owned(ascii.to_string()));
        }
        '٠'..='٩' => return digit(u32::from(character) - u32::from('٠')),
        '۰'..='۹' => return digit(u32::from(character) - u32::from('۰')),
        '،' => ",",
        '؛' => ";",
        '؟' => "?",
        '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{3000}' => " ",
        '•' | '·' | '‣' | '▪' | '●' => "*",
        // A sentence ends there, and no file name goes on.
        '。' => ". ",
        '„' => "\"",
        '‚' => "'",
        '−' => "-",
        '➜' => " -> ",
        '←' | '⇐' => " <- ",
        '¦' => "|",
        '【' => "[",
        '】' => "]",
        '…' => "...",
        _ => return None,
    };
    Some(Cow::Borrowed(same))
}

/// A digit in ASCII.
fn digit(value: u32) -> Option<Cow<'static, str>> {
    char::from_digit(value, 10).map(|digit| Cow::Owned(digit.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_the_same_is_spelled_the_same() {
        let folded = |text: &str| String::from_utf8(fold(text.as_bytes()).into_owned());
        assert_eq!(folded("ＮＰＳＳＯ：x").as_deref(), Ok("NPSSO:x"));
        assert_eq!(folded("٢٠٢٥، токен").as_deref(), Ok("2025, токен"));
        assert_eq!(&*fold(b"caf\xe9 npsso"), b"caf\xe9 npsso");
    }
}
