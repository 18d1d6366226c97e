//! Reading text backwards, from a value to the left.

use super::lossy;

/// A place in a text; what is to the left of it has not been read yet.
#[derive(Clone, Copy, Debug)]
pub struct Cursor<'a> {
    text: &'a [u8],
}

impl<'a> Cursor<'a> {
    /// Stands at the end of a text.
    pub fn at_end_of(text: &'a [u8]) -> Cursor<'a> {
        Cursor { text }
    }

    /// What is left to read.
    pub fn rest(&self) -> &'a [u8] {
        self.text
    }

    /// The character to the left.
    pub fn peek(&self) -> Option<u8> {
        self.text.last().copied()
    }

    /// Steps over `count` characters.
    pub fn skip(&mut self, count: usize) {
        self.text = &self.text[..self.text.len().saturating_sub(count)];
    }

    /// Steps over characters for as long as they fit, and gives them back.
    pub fn take_while(&mut self, fits: impl Fn(u8) -> bool) -> &'a [u8] {
        let length = self
            .text
            .iter()
            .rev()
            .take_while(|byte| fits(**byte))
            .count();
        let (rest, taken) = self.text.split_at(self.text.len() - length);
        self.text = rest;
        taken
    }

    /// Steps over blanks on this line.
    pub fn skip_blanks(&mut self) {
        self.take_while(|byte| byte == b' ' || byte == b'\t');
    }

    /// Steps over blanks and line ends.
    pub fn skip_space(&mut self) {
        self.take_while(|byte| byte.is_ascii_whitespace() || byte == 0);
    }

    /// Steps over an identifier and gives it back; empty when there is none.
    pub fn identifier(&mut self) -> String {
        let taken = self.take_while(is_identifier);
        let text = lossy(taken);
        text.trim_matches(|c| matches!(c, '-' | '.' | '$' | '@'))
            .to_owned()
    }

    /// Steps over a quoted string that ends here, with its quotes, and gives
    /// its content back.
    pub fn quoted(&mut self) -> Option<String> {
        let quote = self.peek().filter(|byte| is_quote(*byte))?;
        let inner = &self.text[..self.text.len() - 1];
        let length = inner
            .iter()
            .rev()
            .take(200)
            .position(|byte| *byte == quote || *byte == b'\n')?;
        let start = inner.len() - length;
        if inner[start - 1] != quote {
            return None;
        }
        self.text = &self.text[..start - 1];
        Some(lossy(&inner[start..]).into_owned())
    }

    /// Steps back to the bracket that is open here, over balanced ones, and
    /// gives it back without stepping over it.
    pub fn enclosing(&mut self, reach: usize) -> Option<u8> {
        let mut depth = 0usize;
        for (steps, at) in (0..self.text.len()).rev().take(reach).enumerate() {
            match self.text[at] {
                b')' | b']' | b'}' => depth += 1,
                b'(' | b'[' | b'{' if depth == 0 => {
                    self.skip(steps);
                    return self.peek();
                }
                b'(' | b'[' | b'{' => depth -= 1,
                _ => {}
            }
        }
        None
    }

    /// Steps over a balanced bracket that ends here and gives its content back.
    pub fn group(&mut self) -> Option<&'a [u8]> {
        let end = self.text.len().checked_sub(1)?;
        let mut inner = Cursor {
            text: &self.text[..end],
        };
        inner.enclosing(300)?;
        let content = &self.text[inner.text.len()..end];
        inner.skip(1);
        *self = inner;
        Some(content)
    }

    /// What stands on this line to the left.
    pub fn line(&self) -> &'a [u8] {
        let start = memchr::memrchr2(b'\n', b'\r', self.text).map_or(0, |at| at + 1);
        &self.text[start..]
    }
}

/// Whether a byte can be part of a name in some language: non-ASCII letters
/// count, and so do the dots and dashes inside of `psn.npsso` and `x-npsso`.
pub fn is_identifier(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'$' | b'@') || byte >= 0x80
}

/// Whether a byte opens and closes a string.
pub fn is_quote(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'`')
}
