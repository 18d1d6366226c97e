//! The text that a content stream of a PDF document shows.
//!
//! Operators are described in section 9.4 of ISO 32000-1:2008
//! (<https://opensource.adobe.com/dc-acrobat-sdk-docs/pdfstandards/PDF32000_2008.pdf>),
//! strings in section 7.3.4.

use std::collections::HashMap;
use std::io::{self, BufRead, Read};
use std::rc::Rc;

use super::font::{Extent, Font};
use super::position::{Gap, Position};

/// Strings that wait for their operator may have so many bytes.
const MOST_WAITING: usize = 1 << 20;
/// After so many bytes that show nothing, a line end is given: whoever reads the
/// text can stop there.
const MOST_IDLE: usize = 1 << 20;
/// Numbers and operators have no more bytes than this.
const LONGEST_WORD: usize = 128;
/// Operators have no more operands than this.
const MOST_NUMBERS: usize = 6;
/// Graphics states inside of each other.
const MOST_SAVED: usize = 64;
/// A gap between two strings of an array, in thousandths of the font's size, that
/// is wider than one between letters.
const WORD_GAP: f64 = 200.0;

/// Fonts by the names that a content stream has for them.
pub type Fonts = HashMap<Vec<u8>, Rc<Font>>;

/// The text of a content stream, to be read: strings as they are shown, joined with a
/// space where the gap between them is one of words, and with a line end where the
/// place changes. Bytes are characters where a font says so. It ends where the content ends or gives an error.
pub struct Text<R> {
    content: R,
    lexer: Lexer,
    bytes: Vec<u8>,
    taken: usize,
    ended: bool,
}

impl<R: BufRead> Text<R> {
    /// The text of this content.
    pub fn new(content: R, fonts: Rc<Fonts>) -> Text<R> {
        Text {
            content,
            lexer: Lexer {
                fonts,
                ..Lexer::default()
            },
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
                self.lexer.end_line(&mut self.bytes);
            }
            let mut left = piece;
            while let Some((byte, rest)) = left.split_first() {
                self.lexer.take(*byte, &mut self.bytes);
                left = match self.lexer.state {
                    State::Between => without_blanks(rest),
                    _ => rest,
                };
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
    /// The string that is being read.
    string: Vec<u8>,
    /// Strings that no operator has shown yet, as text.
    waiting: Vec<u8>,
    waiting_length: f64,
    is_guess: bool,
    in_array: bool,
    /// The numbers that wait for their operator.
    numbers: Vec<f64>,
    /// The last name.
    name: Vec<u8>,
    fonts: Rc<Fonts>,
    font: Option<Rc<Font>>,
    position: Position,
    saved: Vec<(Option<Rc<Font>>, f64)>,
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
                self.position.operator(b"T*", &[]);
                self.end_line(out);
                self.show(out);
                self.forget();
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
        let word = std::mem::take(&mut self.word);
        match &word[..] {
            [b'/', name @ ..] => {
                self.name.clear();
                self.name.extend(name);
                return State::Between;
            }
            b"Tj" | b"TJ" => self.show(out),
            b"Tf" => {
                self.font = self.fonts.get(&self.name).cloned();
                self.position.operator(b"Tf", &self.numbers);
            }
            b"q" if self.saved.len() < MOST_SAVED => {
                let state = (self.font.clone(), self.position.size());
                self.saved.push(state);
            }
            b"Q" => {
                if let Some((font, size)) = self.saved.pop() {
                    self.font = font;
                    self.position.set_size(size);
                }
            }
            b"ID" => return State::Image { matched: 0 },
            word => match std::str::from_utf8(word).map(str::parse::<f64>) {
                Ok(Ok(number)) => {
                    self.number(number);
                    return State::Between;
                }
                _ => self.position.operator(word, &self.numbers),
            },
        }
        self.forget();
        State::Between
    }

    fn number(&mut self, number: f64) {
        if self.in_array {
            if number < -WORD_GAP {
                self.wait(b' ');
            }
            self.waiting_length += self.position.length(&Extent {
                width: -number,
                ..Extent::default()
            });
        } else if self.numbers.len() < MOST_NUMBERS {
            self.numbers.push(number);
        }
    }

    /// An operator has taken its operands.
    fn forget(&mut self) {
        self.numbers.clear();
        self.waiting.clear();
        self.waiting_length = 0.0;
        self.is_guess = false;
    }

    fn show(&mut self, out: &mut Vec<u8>) {
        if self.in_line && !self.waiting.is_empty() {
            match self.position.gap() {
                Gap::None => {}
                Gap::Blank => out.push(b' '),
                Gap::Line => out.push(b'\n'),
            }
        }
        self.in_line |= !self.waiting.is_empty();
        out.append(&mut self.waiting);
        self.position.show(self.waiting_length, self.is_guess);
    }

    /// The end of a string.
    fn end_string(&mut self) -> State {
        let string = std::mem::take(&mut self.string);
        if self.waiting.len() >= MOST_WAITING {
            return State::Between;
        }
        match &self.font {
            Some(font) => {
                let extent = font.read(&string, &mut self.waiting);
                self.waiting_length += self.position.length(&extent);
                self.is_guess |= extent.is_guess;
            }
            None => {
                self.waiting.extend(string);
                self.is_guess = true;
            }
        }
        State::Between
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

    fn push(&mut self, byte: u8) {
        if self.string.len() < MOST_WAITING {
            self.string.push(byte);
        }
    }

    fn string(&mut self, byte: u8, depth: usize) -> State {
        match byte {
            b'\\' => return State::Escape { depth },
            b')' if depth <= 1 => return self.end_string(),
            _ => self.push(byte),
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
            b'n' => self.push(b'\n'),
            b'r' => self.push(b'\r'),
            b't' => self.push(b'\t'),
            b'b' => self.push(8),
            b'f' => self.push(12),
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
            other => self.push(other),
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
        self.push(value);
        self.string(byte, depth)
    }

    fn hex(&mut self, byte: u8, high: Option<u8>) -> State {
        let digit = char::from(byte).to_digit(16);
        let digit = digit.and_then(|digit| u8::try_from(digit).ok());
        match (byte, digit, high) {
            (_, Some(low), Some(high)) => {
                self.push(high << 4 | low);
                State::Hex { high: None }
            }
            (_, Some(high), None) => State::Hex { high: Some(high) },
            (b'>', _, _) => {
                if let Some(high) = high {
                    self.push(high << 4);
                }
                self.end_string()
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

/// What follows rows of blanks. There can be gigabytes of them.
fn without_blanks(mut bytes: &[u8]) -> &[u8] {
    const ROW: usize = 64;
    while let Some((row, rest)) = bytes.split_first_chunk::<ROW>()
        && row.iter().fold(true, |all, byte| all & is_blank(*byte))
    {
        bytes = rest;
    }
    bytes
}

fn is_blank(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte == 0
}

/// Whether a byte belongs to a number or an operator.
fn is_regular(byte: u8) -> bool {
    !is_blank(byte) && !b"()<>[]{}/%'\"".contains(&byte)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::syntax::Dictionary;
    use super::*;

    fn text(content: &[u8]) -> String {
        let mut bytes = Vec::new();
        Text::new(content, Rc::default())
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
        assert_eq!(text(b"[(a) -3 (b) 20 (c) -300 (d)] TJ "), "abc d\n");
        assert_eq!(text(b"<61 6> Tj <</A (x)>> (y) Do (z) ' "), "a`\nz\n");
        assert_eq!(
            text(b"(a) Tj 1 2 Td (b) Tj T* T* (c(d)e) Tj /F 1 Tf "),
            "a\nb\nc(d)e\n"
        );
        assert_eq!(text(b"BI /W 1 ID (x) Tj\x00 EI (y) Tj % (z) Tj\n"), "y\n");
    }

    #[test]
    fn blanks_between_operators_say_nothing_and_those_in_strings_stay() {
        let blanks = |count: usize| " \0\n\t".chars().cycle().take(count).collect::<String>();
        for count in [1, 63, 64, 65, 1000] {
            let between = blanks(count);
            let content = format!("{between}BT{between}(a  b){between}Tj{between}(c){between}Tj");
            assert_eq!(text(content.as_bytes()), "a  bc\n", "{count}");
            let inside = " ".repeat(count);
            let content = format!("(a{inside}b) Tj % (c){inside}Tj");
            assert_eq!(text(content.as_bytes()), format!("a{inside}b\n"));
        }
    }

    #[test]
    fn words_are_joined_by_where_they_stand() {
        let font = Dictionary(b"/FirstChar 97");
        let font = Font::new(&font, None, b"[500 500 500 500]");
        let fonts: Fonts = [(b"F1".to_vec(), Rc::new(font))].into();
        let mut text = String::new();
        let content = b"BT /F1 10 Tf 5 6 Td (ab) Tj 10 0 Td (cd) Tj [(a)] TJ 20 0 Td (b) Tj \
            0 -10 Td (c) Tj ET q BT 1 0 0 1 40 -4 Tm (d) Tj ET Q (e) Tj 9 0 Td (a) Tj";
        Text::new(&content[..], Rc::new(fonts))
            .read_to_string(&mut text)
            .expect("it is text");
        assert_eq!(text, "abcda b\ncde\na\n");
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            text(&bytes);
            text(&[b"(", &bytes[..]].concat());
        }
    }
}
