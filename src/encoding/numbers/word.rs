//! One number as it is written: `78`, `0x4e`, `4e`, `4e50`, `&H4E`, `78u8`, `'N'`.

use std::ops::Range;

/// The longest word that may be one.
const LONGEST: usize = 18;

/// How the numbers of one list are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Digits alone: a decimal number, or two hexadecimal digits.
    Bare,
    /// Hexadecimal, and saying so: `0x4e`, `&H4E`, `4Eh`.
    Marked,
    /// Several bytes of two hexadecimal digits each.
    Group,
    /// A character between quotes.
    Character,
}

/// A number in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    /// How it is written.
    pub form: Form,
    /// Where the whole word begins and ends.
    start: usize,
    end: usize,
    /// Where its digits do.
    first: usize,
    last: usize,
}

impl Word {
    /// The word at a place where one begins, when it is a number.
    pub fn at(text: &[u8], start: usize) -> Option<Word> {
        let first = *text.get(start)?;
        let is_quoted = start > 0 && matches!(text[start - 1], b'\'' | b'"');
        // Most words begin like no number.
        if !(first.is_ascii_hexdigit() || matches!(first, b'h' | b'H') || is_quoted) {
            return None;
        }
        let reach = text.len().min(start + LONGEST + 1);
        let length = text[start..reach]
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric())
            .count();
        let word = &text[start..start + length];
        // A digit between quotes is a character.
        let is_character =
            is_quoted && length == 1 && text.get(start + 1) == Some(&text[start - 1]);
        let (form, digits) = match is_character {
            true => (Form::Character, 0..1),
            false => form(word)?,
        };
        Some(Word {
            form,
            start,
            end: start + length,
            first: start + digits.start,
            last: start + digits.end,
        })
    }

    /// Where it stands.
    pub fn range(&self) -> Range<usize> {
        self.start..self.end
    }

    /// Its digits.
    pub fn digits<'t>(&self, text: &'t [u8]) -> &'t [u8] {
        &text[self.first..self.last]
    }

    /// Where its digits stand.
    pub fn places(&self) -> Range<usize> {
        self.first..self.last
    }
}

/// How a word is written that is a number, and which part of it are the digits.
fn form(word: &[u8]) -> Option<(Form, Range<usize>)> {
    let length = word.len();
    if length == 0 || length > LONGEST {
        return None;
    }
    let is_hex = |digits: &[u8]| digits.iter().all(u8::is_ascii_hexdigit);
    if length <= 3 && word.iter().all(u8::is_ascii_digit) || length == 2 && is_hex(word) {
        return Some((Form::Bare, 0..length));
    }
    if length.is_multiple_of(2) && (4..=16).contains(&length) && is_hex(word) {
        return Some((Form::Group, 0..length));
    }
    let short = |digits: &[u8]| matches!(digits.len(), 1 | 2) && is_hex(digits);
    match word {
        [b'0', b'x' | b'X', rest @ ..] => {
            let end = length - suffix(rest);
            short(&word[2..end]).then_some((Form::Marked, 2..end))
        }
        [b'H' | b'h', digits @ ..] if digits.len() == 2 && is_hex(digits) => {
            Some((Form::Marked, 1..3))
        }
        [digits @ .., b'h' | b'H'] => {
            let from = usize::from(digits.len() == 3 && digits[0] == b'0');
            (digits.len() == from + 2 && is_hex(digits)).then_some((Form::Marked, from..from + 2))
        }
        _ => {
            let end = length - suffix(word);
            let digits = &word[..end];
            (end < length && matches!(end, 1..=3) && digits.iter().all(u8::is_ascii_digit))
                .then_some((Form::Bare, 0..end))
        }
    }
}

/// How much of a word says of what type a number is.
fn suffix(word: &[u8]) -> usize {
    const TYPES: [&[u8]; 7] = [b"u8", b"i8", b"uy", b"u", b"U", b"L", b"y"];
    TYPES
        .iter()
        .find(|end| word.ends_with(end))
        .map_or(0, |end| end.len())
}

/// The byte that up to three decimal digits stand for.
pub fn decimal(digits: &[u8]) -> Option<u8> {
    if digits.len() > 3 {
        return None;
    }
    let value = digits.iter().try_fold(0u16, |sum, digit| {
        digit
            .is_ascii_digit()
            .then(|| sum * 10 + u16::from(digit - b'0'))
    })?;
    u8::try_from(value).ok()
}

/// The byte that one or two hexadecimal digits stand for.
pub fn hexadecimal(digits: &[u8]) -> Option<u8> {
    digits.iter().try_fold(0u8, |sum, digit| {
        let value = char::from(*digit).to_digit(16)?;
        Some(sum << 4 | value as u8)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digits(text: &str, start: usize) -> Option<(Form, &str)> {
        let word = Word::at(text.as_bytes(), start)?;
        Some((word.form, &text[word.places()]))
    }

    #[test]
    fn a_number_is_told_in_every_way_to_write_it() {
        for (text, form, expected) in [
            ("78", Form::Bare, "78"),
            ("4e", Form::Bare, "4e"),
            ("78u8", Form::Bare, "78"),
            ("0x4e", Form::Marked, "4e"),
            ("0x4Eu", Form::Marked, "4E"),
            ("H4E", Form::Marked, "4E"),
            ("4Eh", Form::Marked, "4E"),
            ("04Eh", Form::Marked, "4E"),
            ("4e50", Form::Group, "4e50"),
        ] {
            assert_eq!(digits(text, 0), Some((form, expected)), "{text}");
        }
        assert_eq!(digits("'N'", 1), Some((Form::Character, "N")));
        assert_eq!(digits("'5'", 1), Some((Form::Character, "5")));
    }

    #[test]
    fn other_words_are_none() {
        for text in [
            "chr", "N", "4e5", "1234567", "0x", "0x123", "char", "u8", "",
        ] {
            assert_eq!(digits(text, 0), None, "{text}");
        }
    }

    #[test]
    fn digits_stand_for_a_byte() {
        assert_eq!(decimal(b"078"), Some(78));
        assert_eq!(decimal(b"256"), None);
        assert_eq!(decimal(b"7777777"), None);
        assert_eq!(decimal(b"4e"), None);
        assert_eq!(hexadecimal(b"4E"), Some(0x4e));
        assert_eq!(hexadecimal(b"5"), Some(5));
    }
}
