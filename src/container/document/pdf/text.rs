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
use super::syntax::{Tokens, string};

/// Strings that wait for their operator may have so many bytes.
const MOST_WAITING: usize = 1 << 20;
/// After so many bytes that show nothing, a line end is given: whoever reads the
/// text can stop there.
const MOST_IDLE: usize = 1 << 20;
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
/// place changes. Bytes are characters where a font says so. It ends where the content
/// ends or gives an error.
pub struct Text<R> {
    content: R,
    page: Page,
    /// What was read and is no whole token yet, and how long it has to be for another look.
    rest: Vec<u8>,
    wanted: usize,
    text: Vec<u8>,
    taken: usize,
    ended: bool,
}

impl<R: BufRead> Text<R> {
    /// The text of this content.
    pub fn new(content: R, fonts: Rc<Fonts>) -> Text<R> {
        Text {
            content,
            page: Page {
                fonts,
                ..Page::default()
            },
            rest: Vec::new(),
            wanted: 0,
            text: Vec::new(),
            taken: 0,
            ended: false,
        }
    }

    /// Reads a piece, and gives its length.
    fn read_on(&mut self) -> usize {
        let piece = self.content.fill_buf().unwrap_or_default();
        let length = piece.len();
        self.rest.extend_from_slice(piece);
        self.content.consume(length);
        self.ended = length == 0;
        let is_last = self.ended || self.rest.len() > MOST_WAITING;
        if self.rest.len() < self.wanted && !is_last {
            return length;
        }
        let mut tokens = Tokens(&self.rest);
        loop {
            tokens.0 = self.page.skip(tokens.0);
            let before = tokens.0;
            if self.page.skips.is_some() {
                break;
            }
            let Some(token) = tokens.next() else {
                tokens.0 = b"";
                break;
            };
            if tokens.0.is_empty() && !is_last {
                tokens.0 = before;
                break;
            }
            self.page.take(token, &mut self.text);
        }
        let left = tokens.0.len();
        self.rest.drain(..self.rest.len() - left);
        self.wanted = 2 * left;
        if self.ended {
            self.page.end_line(&mut self.text);
        }
        length
    }
}

impl<R: BufRead> Read for Text<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut idle = 0;
        while self.taken == self.text.len() && !self.ended {
            self.text.clear();
            self.taken = 0;
            idle += self.read_on();
            if idle > MOST_IDLE && self.text.is_empty() {
                self.text.push(b'\n');
            }
        }
        let mut rest = self.text.get(self.taken..).unwrap_or_default();
        let length = rest.read(buffer)?;
        self.taken += length;
        Ok(length)
    }
}

/// What has been shown on a page, and how it goes on.
#[derive(Default)]
struct Page {
    skips: Option<Skipped>,
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

/// What is no token.
#[derive(Clone, Copy)]
enum Skipped {
    /// All up to the end of the line.
    Comment,
    /// All up to `EI` between white space.
    Image,
}

impl Page {
    /// What follows a comment or an image. Where it goes on behind the bytes, that's so
    /// many of them as its end may begin with.
    fn skip<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let end = match self.skips {
            None => return bytes,
            Some(Skipped::Comment) => memchr::memchr2(b'\n', b'\r', bytes).ok_or(bytes.len()),
            Some(Skipped::Image) => {
                let is_space = |place: usize| bytes.get(place).is_some_and(u8::is_ascii_whitespace);
                memchr::memmem::find_iter(bytes, b"EI")
                    .find(|place| is_space(place.wrapping_sub(1)) && is_space(place + 2))
                    .map(|place| place + 2)
                    .ok_or(bytes.len().saturating_sub(3))
            }
        };
        if end.is_ok() {
            self.skips = None;
        }
        let (Ok(end) | Err(end)) = end;
        &bytes[end..]
    }

    /// Does what a token says.
    fn take(&mut self, token: &[u8], out: &mut Vec<u8>) {
        match token {
            b"<<" | [b')' | b'>' | b'{' | b'}', ..] => return,
            [b'(' | b'<', ..] => return self.string(&string(token)),
            [b'/', name @ ..] => return self.name = name.to_vec(),
            b"[" | b"]" => return self.in_array = token == b"[",
            b"%" => return self.skips = Some(Skipped::Comment),
            b"ID" => return self.skips = Some(Skipped::Image),
            b"Tj" | b"TJ" => self.show(out),
            b"'" | b"\"" => {
                self.position.operator(b"T*", &[]);
                self.end_line(out);
                self.show(out);
            }
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
            word => match std::str::from_utf8(word).map(str::parse::<f64>) {
                Ok(Ok(number)) => return self.number(number),
                _ => self.position.operator(word, &self.numbers),
            },
        }
        // An operator has taken its operands.
        self.numbers.clear();
        self.waiting.clear();
        self.waiting_length = 0.0;
        self.is_guess = false;
    }

    fn number(&mut self, number: f64) {
        if self.in_array {
            if number < -WORD_GAP && self.waiting.len() < MOST_WAITING {
                self.waiting.push(b' ');
            }
            self.waiting_length += self.position.length(&Extent {
                width: -number,
                ..Extent::default()
            });
        } else if self.numbers.len() < MOST_NUMBERS {
            self.numbers.push(number);
        }
    }

    fn string(&mut self, string: &[u8]) {
        if self.waiting.len() >= MOST_WAITING {
            return;
        }
        let Some(font) = &self.font else {
            self.waiting.extend(string);
            self.is_guess = true;
            return;
        };
        let extent = font.read(string, &mut self.waiting);
        self.waiting_length += self.position.length(&extent);
        self.is_guess |= extent.is_guess;
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

    fn end_line(&mut self, out: &mut Vec<u8>) {
        if std::mem::take(&mut self.in_line) {
            out.push(b'\n');
        }
    }
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
