//! Reading text backwards, from a value to the left.

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
}

/// Whether a byte opens and closes a string.
pub fn is_quote(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'`')
}
