//! The text that a content stream of a PDF document shows.
//!
//! Operators are described in section 9.4 of ISO 32000-1:2008
//! (<https://opensource.adobe.com/dc-acrobat-sdk-docs/pdfstandards/PDF32000_2008.pdf>),
//! strings in section 7.3.4.

use std::io::{self, BufRead, Read};

/// Strings that wait for their operator may have so many bytes.
const MOST_WAITING: usize = 1 << 20;
/// After so many bytes that show nothing, a line end is given: whoever reads the
/// text can stop there.
const MOST_IDLE: usize = 1 << 20;
/// Numbers and operators have no more bytes than this.
const LONGEST_WORD: usize = 32;
/// A gap between two strings of an array, in thousandths of the font's size, that
/// is wider than one between letters.
const WORD_GAP: f64 = 200.0;

/// The text of a content stream, to be read: strings as they are shown, those of an
/// array joined with a space where the gap between them is one of words, a line end
/// where the place changes. Bytes are not turned into characters, for that would
/// need the fonts. It ends where the content ends or gives an error.
pub struct Text<R> {
    content: R,
    lexer: Lexer,
    bytes: Vec<u8>,
    taken: usize,
    ended: bool,
}

impl<R: BufRead> Text<R> {
    /// The text of this content.
    pub fn new(content: R) -> Text<R> {
        Text {
            content,
            lexer: Lexer::default(),
            bytes: Vec::new(),
            taken: 0,
            ended: false,
        }
    }
}

impl<R: BufRead> Read for Text<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut idle = 0;
        while self.taken == self.bytes.len() && !self.ended {
            self.bytes.clear();
            self.taken = 0;
            let piece = self.content.fill_buf().unwrap_or_default();
            self.ended = piece.is_empty();
            if self.ended {
                // The last operator ends with the content.
                self.lexer.take(b'\n', &mut self.bytes);
            }
            for byte in piece {
                self.lexer.take(*byte, &mut self.bytes);
            }
            let length = piece.len();
            self.content.consume(length);
            idle += length;
            if idle > MOST_IDLE && self.bytes.is_empty() {
                self.bytes.push(b'\n');
            }
        }
        let mut rest = self.bytes.get(self.taken..).unwrap_or_default();
        let length = rest.read(buffer)?;
        self.taken += length;
        Ok(length)
    }
}

/// Reads a content stream byte by byte.
#[derive(Default)]
struct Lexer {
    state: State,
    /// A number, an operator or a name that is being read.
    word: Vec<u8>,
    /// Strings that no operator has shown yet.
    waiting: Vec<u8>,
    in_array: bool,
    /// Something was shown on this line.
    in_line: bool,
}

#[derive(Clone, Copy, Default)]
enum State {
    #[default]
    Between,
    Word,
    Comment,
    /// Inside so many brackets.
    String {
        depth: usize,
    },
    /// After a backslash.
    Escape {
        depth: usize,
    },
    /// In an octal number of so many digits.
    Octal {
        depth: usize,
        digits: u8,
        value: u8,
    },
    /// After one `<`.
    Angle,
    /// In hexadecimal digits, with the first of two.
    Hex {
        high: Option<u8>,
    },
    /// In the bytes of an image, after so many bytes of its end.
    Image {
        matched: usize,
    },
}

impl Lexer {
    fn take(&mut self, byte: u8, out: &mut Vec<u8>) {
        self.state = match self.state {
            State::Between => self.begin(byte, out),
            State::Word if is_regular(byte) => {
                if self.word.len() < LONGEST_WORD {
                    self.word.push(byte);
                }
                State::Word
            }
            State::Word => match self.end_word(out) {
                State::Between => self.begin(byte, out),
                image => image,
            },
            State::Comment if byte == b'\n' || byte == b'\r' => State::Between,
            State::Comment => State::Comment,
            State::String { depth } => self.string(byte, depth),
            State::Escape { depth } => self.escape(byte, depth),
            State::Octal {
                depth,
                digits,
                value,
            } => self.octal(byte, depth, digits, value),
            State::Angle if byte == b'<' => State::Between,
            State::Angle => self.hex(byte, None),
            State::Hex { high } => self.hex(byte, high),
            State::Image { matched } => image(byte, matched),
        };
    }

    fn begin(&mut self, byte: u8, out: &mut Vec<u8>) -> State {
        match byte {
            b'(' => return State::String { depth: 1 },
            b'<' => return State::Angle,
            b'%' => return State::Comment,
            b'[' => self.in_array = true,
            b']' => self.in_array = false,
            // These two operators are no letters.
            b'\'' | b'"' => {
                self.end_line(out);
                self.show(out);
            }
            _ if is_regular(byte) || byte == b'/' => {
                self.word.clear();
                self.word.push(byte);
                return State::Word;
            }
            _ => {}
        }
        State::Between
    }

    /// Does what an operator says.
    fn end_word(&mut self, out: &mut Vec<u8>) -> State {
        match &self.word[..] {
            b"Tj" | b"TJ" => self.show(out),
            b"Td" | b"TD" | b"Tm" | b"T*" | b"BT" | b"ET" => {
                self.waiting.clear();
                self.end_line(out);
            }
            b"ID" => return State::Image { matched: 0 },
            [b'/', ..] => {}
            word => match std::str::from_utf8(word).map(str::parse::<f64>) {
                Ok(Ok(number)) if self.in_array && number < -WORD_GAP => self.wait(b' '),
                Ok(Ok(_)) => {}
                _ => self.waiting.clear(),
            },
        }
        State::Between
    }

    fn show(&mut self, out: &mut Vec<u8>) {
        self.in_line |= !self.waiting.is_empty();
        out.append(&mut self.waiting);
    }

    fn end_line(&mut self, out: &mut Vec<u8>) {
        if std::mem::take(&mut self.in_line) {
            out.push(b'\n');
        }
    }

    fn wait(&mut self, byte: u8) {
        if self.waiting.len() < MOST_WAITING {
            self.waiting.push(byte);
        }
    }

    fn string(&mut self, byte: u8, depth: usize) -> State {
        match byte {
            b'\\' => return State::Escape { depth },
            b')' if depth <= 1 => return State::Between,
            _ => self.wait(byte),
        }
        let depth = match byte {
            b'(' => depth.saturating_add(1),
            b')' => depth - 1,
            _ => depth,
        };
        State::String { depth }
    }

    fn escape(&mut self, byte: u8, depth: usize) -> State {
        match byte {
            b'n' => self.wait(b'\n'),
            b'r' => self.wait(b'\r'),
            b't' => self.wait(b'\t'),
            b'b' => self.wait(8),
            b'f' => self.wait(12),
            b'0'..=b'7' => {
                let value = byte - b'0';
                return State::Octal {
                    depth,
                    digits: 1,
                    value,
                };
            }
            // A string goes on after a line end that is escaped. Of two bytes the
            // second is left, which does no harm to what is looked for.
            b'\n' => {}
            b'\r' => {}
            other => self.wait(other),
        }
        State::String { depth }
    }

    fn octal(&mut self, byte: u8, depth: usize, digits: u8, value: u8) -> State {
        if digits < 3 && matches!(byte, b'0'..=b'7') {
            let value = value.wrapping_mul(8).wrapping_add(byte - b'0');
            return State::Octal {
                depth,
                digits: digits + 1,
                value,
            };
        }
        self.wait(value);
        self.string(byte, depth)
    }

    fn hex(&mut self, byte: u8, high: Option<u8>) -> State {
        let digit = char::from(byte).to_digit(16);
        let digit = digit.and_then(|digit| u8::try_from(digit).ok());
        match (byte, digit, high) {
            (_, Some(low), Some(high)) => {
                self.wait(high << 4 | low);
                State::Hex { high: None }
            }
            (_, Some(high), None) => State::Hex { high: Some(high) },
            (b'>', _, _) => {
                if let Some(high) = high {
                    self.wait(high << 4);
                }
                State::Between
            }
            _ => State::Hex { high },
        }
    }
}

/// Goes over an image up to `EI` between white space.
fn image(byte: u8, matched: usize) -> State {
    let is_space = byte.is_ascii_whitespace();
    match (matched, byte) {
        (1, b'E') => State::Image { matched: 2 },
        (2, b'I') => State::Image { matched: 3 },
        (3, _) if is_space => State::Between,
        _ => State::Image {
            matched: usize::from(is_space),
        },
    }
}

/// Whether a byte belongs to a number or an operator.
fn is_regular(byte: u8) -> bool {
    !byte.is_ascii_whitespace() && byte != 0 && !b"()<>[]{}/%'\"".contains(&byte)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(content: &[u8]) -> String {
        let mut bytes = Vec::new();
        Text::new(content)
            .read_to_end(&mut bytes)
            .expect("it gives no errors");
        String::from_utf8_lossy(&bytes).into_owned()
    }

    #[test]
    fn shown_strings_are_text() {
        assert_eq!(
            text(b"BT (one) Tj (\\(t\\167o\\)\\\n!) Tj ET"),
            "one(two)!\n"
        );
        assert_eq!(text(b"[(a) -3 (b) 20 (c) -300 (d)] TJ "), "abc d");
        assert_eq!(text(b"<61 6> Tj <</A (x)>> (y) Do (z) ' "), "a`\nz");
        assert_eq!(
            text(b"(a) Tj 1 2 Td (b) Tj T* T* (c(d)e) Tj /F 1 Tf "),
            "a\nb\nc(d)e"
        );
        assert_eq!(text(b"BI /W 1 ID (x) Tj\x00 EI (y) Tj % (z) Tj\n"), "y");
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            text(&bytes);
            text(&[b"(", &bytes[..]].concat());
        }
    }
}
