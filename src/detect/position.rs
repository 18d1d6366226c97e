//! Counting lines and columns while an input streams by.

/// How an input's characters are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextEncoding {
    /// ASCII, UTF-8, or anything else with one-byte line ends.
    Narrow,
    /// UTF-16, least significant byte first.
    Utf16Le,
    /// UTF-16, most significant byte first.
    Utf16Be,
    /// UTF-32, least significant byte first.
    Utf32Le,
    /// UTF-32, most significant byte first.
    Utf32Be,
}

impl TextEncoding {
    /// Tells the encoding by the byte order mark, or by which bytes are zero.
    pub fn detect(head: &[u8]) -> TextEncoding {
        match head {
            [0xff, 0xfe, 0, 0, ..] => return TextEncoding::Utf32Le,
            [0, 0, 0xfe, 0xff, ..] => return TextEncoding::Utf32Be,
            [0xff, 0xfe, ..] => return TextEncoding::Utf16Le,
            [0xfe, 0xff, ..] => return TextEncoding::Utf16Be,
            _ => {}
        }
        let quarter = |offset: usize| {
            let column = head.iter().skip(offset).step_by(4);
            column.filter(|byte| **byte == 0).count() * 10
        };
        let whole = head.len() / 4;
        if whole >= 4 && quarter(2) >= whole * 9 && quarter(1) >= whole * 8 {
            match (quarter(0) >= whole * 8, quarter(3) >= whole * 8) {
                (false, true) => return TextEncoding::Utf32Le,
                (true, false) => return TextEncoding::Utf32Be,
                _ => {}
            }
        }
        let units = head.len() / 2;
        let zeros = |offset: usize| {
            head.iter()
                .skip(offset)
                .step_by(2)
                .filter(|byte| **byte == 0)
                .count()
        };
        let (even, odd) = (zeros(0), zeros(1));
        if units >= 4 && odd * 10 >= units * 4 && even * 5 <= odd {
            return TextEncoding::Utf16Le;
        }
        if units >= 4 && even * 10 >= units * 4 && odd * 5 <= even {
            return TextEncoding::Utf16Be;
        }
        TextEncoding::Narrow
    }

    /// The units of a text in UTF-16 or UTF-32.
    fn units(self, text: &[u8]) -> Option<Box<dyn Iterator<Item = u32> + '_>> {
        let (pairs, quads) = (text.as_chunks().0.iter(), text.as_chunks().0.iter());
        Some(match self {
            TextEncoding::Narrow => return None,
            TextEncoding::Utf16Le => Box::new(pairs.map(|pair| u16::from_le_bytes(*pair).into())),
            TextEncoding::Utf16Be => Box::new(pairs.map(|pair| u16::from_be_bytes(*pair).into())),
            TextEncoding::Utf32Le => Box::new(quads.map(|quad| u32::from_le_bytes(*quad))),
            TextEncoding::Utf32Be => Box::new(quads.map(|quad| u32::from_be_bytes(*quad))),
        })
    }

    /// Whether a text has an LF.
    fn has_feed(self, text: &[u8]) -> bool {
        match self.units(text) {
            Some(mut units) => units.any(|unit| unit == u32::from(b'\n')),
            None => memchr::memchr(b'\n', text).is_some(),
        }
    }
}

/// A place in an input: how many lines and columns lie before it.
///
/// It moves forward only, over bytes that are given in pieces of any size. Lines end at
/// LF, as in git and grep. In a text that has none they end at CR; where the first LF
/// stands behind what was looked at before, lines are counted anew there.
#[derive(Clone, Debug)]
pub struct Position {
    encoding: TextEncoding,
    /// 1-based line.
    line: u64,
    /// What stands on this line up to here.
    column: Column,
    /// The character that ends a line.
    end: u8,
    at_start: bool,
}

/// Characters of a line, counted in both ways until it is known which one fits.
#[derive(Clone, Debug, Default)]
struct Column {
    bytes: u64,
    characters: u64,
    /// The line holds bytes that are no UTF-8.
    broken: bool,
    /// The beginning of a character that the next piece completes.
    partial: Vec<u8>,
}

impl Position {
    /// The beginning of an input. `first` are the bytes of it that are known.
    pub fn start(encoding: TextEncoding, first: &[u8]) -> Position {
        Position {
            encoding,
            line: 1,
            column: Column::default(),
            end: match encoding.has_feed(first) {
                true => b'\n',
                false => b'\r',
            },
            at_start: true,
        }
    }

    /// The 1-based line.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// The 1-based column.
    pub fn column(&self) -> u64 {
        let column = &self.column;
        let characters = if column.broken || !column.partial.is_empty() {
            column.bytes
        } else {
            column.characters
        };
        characters + 1
    }

    /// Moves over these bytes.
    pub fn advance(&mut self, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let text = self.without_mark(bytes);
        if self.end == b'\r' && self.encoding.has_feed(text) {
            (self.line, self.end) = (1, b'\n');
        }
        match self.encoding.units(text) {
            Some(units) => self.advance_wide(units),
            None => self.advance_narrow(text),
        }
    }

    /// Moves over so many zeros, which stand behind others.
    pub fn advance_zeros(&mut self, count: u64) {
        let width = match self.encoding {
            TextEncoding::Narrow => 1,
            TextEncoding::Utf16Le | TextEncoding::Utf16Be => 2,
            TextEncoding::Utf32Le | TextEncoding::Utf32Be => 4,
        };
        self.column.bytes += count;
        self.column.characters += count / width;
    }

    fn without_mark<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        if !std::mem::take(&mut self.at_start) {
            return bytes;
        }
        let mark: &[u8] = match self.encoding {
            TextEncoding::Narrow => b"\xef\xbb\xbf",
            TextEncoding::Utf16Le => b"\xff\xfe",
            TextEncoding::Utf16Be => b"\xfe\xff",
            TextEncoding::Utf32Le => b"\xff\xfe\0\0",
            TextEncoding::Utf32Be => b"\0\0\xfe\xff",
        };
        bytes.strip_prefix(mark).unwrap_or(bytes)
    }

    fn advance_narrow(&mut self, mut bytes: &[u8]) {
        if let Some(last) = memchr::memrchr(self.end, bytes) {
            self.line += memchr::memchr_iter(self.end, bytes).count() as u64;
            self.column = Column::default();
            bytes = &bytes[last + 1..];
        }
        self.column.advance(bytes);
    }

    /// Moves over the characters of UTF-16 or UTF-32.
    fn advance_wide(&mut self, units: impl Iterator<Item = u32>) {
        for unit in units {
            match unit {
                _ if unit == u32::from(self.end) => {
                    self.line += 1;
                    self.column = Column::default();
                }
                // The second half of a surrogate pair is no character of its own.
                0xdc00..=0xdfff => {}
                _ => self.column.characters += 1,
            }
        }
    }
}

impl Column {
    fn advance(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        if self.broken || bytes.is_empty() {
            return;
        }
        let joined;
        let text = if self.partial.is_empty() {
            bytes
        } else {
            joined = [&self.partial[..], bytes].concat();
            &joined[..]
        };
        match std::str::from_utf8(text) {
            Ok(valid) => {
                self.characters += valid.chars().count() as u64;
                self.partial.clear();
            }
            Err(error) if error.error_len().is_none() => {
                let (valid, partial) = text.split_at(error.valid_up_to());
                self.characters += String::from_utf8_lossy(valid).chars().count() as u64;
                self.partial = partial.to_vec();
            }
            Err(_) => self.broken = true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(bytes: &[u8]) -> (u64, u64) {
        let whole = {
            let mut position = Position::start(TextEncoding::detect(bytes), bytes);
            position.advance(bytes);
            (position.line(), position.column())
        };
        if TextEncoding::detect(bytes) == TextEncoding::Narrow {
            for cut in 4.min(bytes.len())..bytes.len() {
                let mut position = Position::start(TextEncoding::Narrow, &bytes[..cut]);
                position.advance(&bytes[..cut]);
                position.advance(&bytes[cut..]);
                assert_eq!((position.line(), position.column()), whole, "cut at {cut}");
            }
        }
        whole
    }

    #[test]
    fn lines_end_as_in_an_editor() {
        assert_eq!(place(b"ab"), (1, 3));
        assert_eq!(place(b"a\nb"), (2, 2));
        assert_eq!(place(b"a\r\nb"), (2, 2));
        assert_eq!(place(b"a\rb\r\rc"), (4, 2));
        assert_eq!(place(b"a\r\n\r\nb"), (3, 2));
        // A progress bar
        assert_eq!(place(b"1%\r2%\r3%\nb"), (2, 2));
        assert_eq!(place(b"1%\r2%\r3%\nab\rc"), (2, 5));
    }

    #[test]
    fn columns_count_characters() {
        assert_eq!(place("é€😀x".as_bytes()), (1, 5));
        assert_eq!(place(b"\xef\xbb\xbfx"), (1, 2));
        // Latin-1
        assert_eq!(place(b"caf\xe9 \xb0x"), (1, 8));
    }

    #[test]
    fn utf_16_is_counted_in_characters() {
        let text = "a\r\nb😀c";
        let le: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let be: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(place(&le), (2, 4));
        assert_eq!(place(&be), (2, 4));
        assert_eq!(place(&[&b"\xff\xfe"[..], &le].concat()), (2, 4));
        let text = "a\rb\nc";
        let le: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(place(&le), (2, 2));
    }
}
