//! What a content stream of a PDF document holds besides the text it shows.
//!
//! A word that was given as text is not given again as a part of the stream.

use std::collections::BTreeSet;
use std::io::{self, BufRead, Read};

/// Shorter words hold nothing that is looked for.
const SHORTEST: usize = 16;
/// Longer ones are given twice.
const LONGEST: usize = 4096;

/// Words of a text.
#[derive(Default)]
pub struct Words {
    words: BTreeSet<Vec<u8>>,
    size: usize,
}

impl Words {
    /// Whether no word is known.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    fn add(&mut self, word: &[u8], memory: usize) {
        let size = self.size + word.len() + 64;
        if (SHORTEST..=LONGEST).contains(&word.len())
            && size <= memory
            && self.words.insert(word.to_vec())
        {
            self.size = size;
        }
    }

    /// Whether this word of a stream was in the text, as it is or in the digits of a
    /// hexadecimal string.
    fn hold(&self, word: &[u8]) -> bool {
        if self.words.contains(word) {
            return true;
        }
        let digits: Option<Vec<u8>> = word
            .iter()
            .map(|digit| Some(char::from(*digit).to_digit(16)? as u8))
            .collect();
        let Some(digits) = digits else { return false };
        let bytes: Vec<u8> = digits
            .chunks_exact(2)
            .map(|pair| pair[0] << 4 | pair[1])
            .collect();
        let mut words = bytes.split(|byte| !is_part(*byte));
        words.any(|word| self.words.contains(word))
    }
}

fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

/// Reads on, and takes down the words that it reads.
pub struct TakeDown<'w, R> {
    text: R,
    words: &'w mut Words,
    memory: usize,
    word: Vec<u8>,
}

impl<'w, R: Read> TakeDown<'w, R> {
    /// Takes down words of this text, in so many bytes of memory.
    pub fn new(text: R, words: &'w mut Words, memory: usize) -> TakeDown<'w, R> {
        TakeDown {
            text,
            words,
            memory,
            word: Vec::new(),
        }
    }

    fn end_word(&mut self) {
        self.words.add(&self.word, self.memory);
        self.word.clear();
    }
}

impl<R: Read> Read for TakeDown<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.text.read(buffer)?;
        for byte in &buffer[..length] {
            match is_part(*byte) {
                true if self.word.len() <= LONGEST => self.word.push(*byte),
                true => {}
                false => self.end_word(),
            }
        }
        if length == 0 {
            self.end_word();
        }
        Ok(length)
    }
}

/// Gives blanks for words that are known.
pub struct Rest<'w, R> {
    content: R,
    words: &'w Words,
    bytes: Vec<u8>,
    taken: usize,
    /// The beginning of the word at the end of the bytes.
    word: usize,
    /// An error that comes behind the bytes.
    failed: Option<io::Error>,
}

impl<'w, R: BufRead> Rest<'w, R> {
    /// What a content holds besides these words.
    pub fn new(content: R, words: &'w Words) -> Rest<'w, R> {
        Rest {
            content,
            words,
            bytes: Vec::new(),
            taken: 0,
            word: 0,
            failed: None,
        }
    }

    fn end_word(&mut self) {
        let word = &mut self.bytes[self.word..];
        if word.len() >= SHORTEST && self.words.hold(word) {
            word.fill(b' ');
        }
        self.word = self.bytes.len();
    }

    /// Reads more. `false` at the end.
    fn fill(&mut self) -> bool {
        self.bytes.drain(..self.taken);
        self.word -= self.taken;
        self.taken = 0;
        let piece = match self.content.fill_buf() {
            Ok(piece) => piece.to_vec(),
            Err(error) => {
                self.failed = Some(error);
                Vec::new()
            }
        };
        self.content.consume(piece.len());
        for byte in &piece {
            // A word of the text can be written in digits, which are twice as many.
            if !is_part(*byte) || self.bytes.len() - self.word > 2 * LONGEST {
                self.end_word();
            }
            self.bytes.push(*byte);
            if !is_part(*byte) {
                self.word = self.bytes.len();
            }
        }
        if piece.is_empty() {
            self.end_word();
        }
        !piece.is_empty()
    }
}

impl<R: BufRead> Read for Rest<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.taken == self.word && self.failed.is_none() && self.fill() {}
        let mut ready = &self.bytes[self.taken..self.word];
        if ready.is_empty() {
            return self.failed.take().map_or(Ok(0), Err);
        }
        let length = ready.read(buffer)?;
        self.taken += length;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    #[test]
    fn words_that_were_read_are_left_out() {
        let mut words = Words::default();
        let text = &b"a-word-of-0123456789abcdef and 0123456789ABCDEFG"[..];
        let mut text = TakeDown::new(text, &mut words, 1 << 10);
        let _ = io::copy(&mut text, &mut io::sink());
        let hexadecimal: String = b"0123456789abcdef."
            .map(|byte| format!("{byte:02x}"))
            .concat();
        let content = format!("(0123456789abcdef) x0123456789abcdef <{hexadecimal}> word");
        for size in [1, 7, 1000] {
            let content = BufReader::with_capacity(size, content.as_bytes());
            let mut rest = String::new();
            let read = Rest::new(content, &words).read_to_string(&mut rest);
            read.expect("it is text");
            let blanks = [16, 34].map(|length| " ".repeat(length));
            let [plain, digits] = blanks;
            assert_eq!(rest, format!("({plain}) x0123456789abcdef <{digits}> word"));
        }
    }
}
