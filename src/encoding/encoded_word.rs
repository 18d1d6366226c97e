//! Words in the header of a mail: `=?utf-8?B?…?=` and `=?utf-8?Q?…?=` (RFC 2047).

use memchr::memmem;

use super::anchor::{Anchor, Kind};
use super::quoted_printable::hexadecimal;
use super::reading::{Decoded, Reading};
use super::unescaped::through_escapes;
use crate::model::encoding::Encoding;

/// The longest word, and the longest name of a character set. RFC 2047 allows 75
/// characters in all; programs write longer ones.
const MAX_WORD: usize = 1000;
const MAX_CHARSET: usize = 40;
/// The longest line end between two words, with its indentation.
const MAX_BLANKS: usize = 100;

/// Reads each row of words in a text.
pub fn decode(outer: &Reading<'_>, anchors: &[Anchor], emit: &mut dyn FnMut(Reading<'_>)) {
    let text = &outer.text[..];
    let mut done = outer.region.start;
    for start in anchors
        .iter()
        .filter(|anchor| anchor.kind == Kind::EncodedWord)
        .map(|anchor| anchor.at)
    {
        if start < done {
            continue;
        }
        let mut decoded = Decoded::default();
        let mut end = start;
        let mut next = start;
        // Blanks between two words are no part of the text.
        while let Some((length, word)) = word(&text[next..]) {
            end = next + length;
            decoded.put(&word, next..end);
            next = end + blanks(&text[end..]);
        }
        if end == start {
            continue;
        }
        done = end;
        if super::is_worth_reading(decoded.text()) {
            emit(decoded.within(outer, start..end, Encoding::EncodedWord));
        }
    }
}

/// The length of the blanks before another word; a line end may be escaped.
fn blanks(text: &[u8]) -> usize {
    let text = &text[..text.len().min(MAX_BLANKS)];
    let before_word = |text: &[u8]| {
        let blanks = text.iter().take_while(|byte| byte.is_ascii_whitespace());
        let length = blanks.count();
        text[length..].starts_with(b"=?").then_some((length, ()))
    };
    through_escapes(text, before_word).map_or(0, |(length, ())| length)
}

/// The word that a text begins with: its length, and the bytes it stands for.
fn word(text: &[u8]) -> Option<(usize, Vec<u8>)> {
    let rest = text.strip_prefix(b"=?")?;
    let charset = rest
        .iter()
        .take(MAX_CHARSET)
        .position(|byte| *byte == b'?')?;
    let letter = *rest.get(charset + 1)?;
    let content = rest.get(charset + 2..)?.strip_prefix(b"?")?;
    let length = memmem::find(&content[..content.len().min(MAX_WORD)], b"?=")?;
    let content = &content[..length];
    let bytes = match letter {
        b'B' | b'b' => super::base64::bytes(
            content
                .strip_suffix(b"==")
                .or(content.strip_suffix(b"="))
                .unwrap_or(content),
        ),
        b'Q' | b'q' => quoted(content),
        _ => return None,
    };
    Some((2 + charset + 3 + length + 2, bytes))
}

fn quoted(content: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(content.len());
    let mut at = 0;
    while at < content.len() {
        let (length, byte) = match content[at] {
            b'_' => (1, b' '),
            b'=' => match hexadecimal(&content[at..]) {
                Some(byte) => (3, byte),
                None => (1, b'='),
            },
            byte => (1, byte),
        };
        out.push(byte);
        at += length;
    }
    out
}
