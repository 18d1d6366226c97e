//! The headers of mail messages and of their parts.
//!
//! Headers are described in RFC 5322, parameters in RFC 2045 and RFC 2231, encoded
//! words in RFC 2047. Words in other fields than names are undone where the text of the
//! mail is read, like those in any other text.

use std::sync::LazyLock;

use percent_encoding::percent_decode;
use regex::bytes::{Captures, Regex};

/// The header of a message or of a part, unfolded.
#[derive(Default)]
pub struct Header {
    /// Names in lower case, and values.
    fields: Vec<(Vec<u8>, Vec<u8>)>,
}

/// How the content of a part is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// As it is.
    None,
    /// In base 64.
    Base64,
    /// With `=` before two hexadecimal digits.
    QuotedPrintable,
    /// With `+` before UTF-16 in base 64 (RFC 2152).
    Utf7,
}

impl Header {
    /// Takes a line. One that begins with white space goes on with the field before.
    /// Tells whether it is a line of a header at all.
    pub fn add(&mut self, line: &[u8]) -> bool {
        let line = line.trim_ascii_end();
        if matches!(line, [b' ' | b'\t', ..]) {
            let Some((_, value)) = self.fields.last_mut() else {
                return false;
            };
            value.push(b' ');
            value.extend_from_slice(line.trim_ascii_start());
            return true;
        }
        let Some((name, value)) = split_field(line) else {
            return false;
        };
        let value = value.trim_ascii().to_vec();
        self.fields.push((name.to_ascii_lowercase(), value));
        true
    }

    /// The type of the content in lower case: `text/plain`.
    pub fn kind(&self) -> Vec<u8> {
        let value = self.value(b"content-type").unwrap_or(b"text/plain");
        let kind = value.split(|byte| *byte == b';').next().unwrap_or_default();
        kind.trim_ascii().to_ascii_lowercase()
    }

    /// What stands between the parts of the content, if it has parts.
    pub fn boundary(&self) -> Option<Vec<u8>> {
        if !self.kind().starts_with(b"multipart/") {
            return None;
        }
        let boundary = parameter(self.value(b"content-type")?, b"boundary")?;
        (!boundary.is_empty()).then_some(boundary)
    }

    /// How the content is written.
    pub fn encoding(&self) -> Encoding {
        let value = self.value(b"content-transfer-encoding").unwrap_or_default();
        if value.eq_ignore_ascii_case(b"base64") {
            return Encoding::Base64;
        }
        if value.eq_ignore_ascii_case(b"quoted-printable") {
            return Encoding::QuotedPrintable;
        }
        let kind = self.value(b"content-type").unwrap_or_default();
        let charset = parameter(kind, b"charset").unwrap_or_default();
        if charset.eq_ignore_ascii_case(b"utf-7") {
            return Encoding::Utf7;
        }
        Encoding::None
    }

    /// The name of an attached file.
    pub fn file_name(&self) -> Option<Vec<u8>> {
        let disposition = self.value(b"content-disposition");
        let name = disposition.and_then(|value| parameter(value, b"filename"));
        let name = name.or_else(|| parameter(self.value(b"content-type")?, b"name"))?;
        Some(without_words(&name))
    }

    fn value(&self, name: &[u8]) -> Option<&[u8]> {
        let field = self.fields.iter().find(|field| field.0 == name);
        field.map(|(_, value)| &value[..])
    }
}

/// A header line's name and value.
pub fn split_field(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = memchr::memchr(b':', line)?;
    let (name, value) = line.split_at(colon);
    let is_name = !name.is_empty() && name.iter().all(u8::is_ascii_graphic);
    is_name.then_some((name, value.get(1..).unwrap_or_default()))
}

/// The value of a parameter: `name=value`, `name="value"` or `name*=charset''value`,
/// also in pieces named `name*0` and so on.
fn parameter(value: &[u8], name: &[u8]) -> Option<Vec<u8>> {
    let mut found = None;
    let mut rest = value;
    while let Some(start) = memchr::memchr(b';', rest) {
        rest = &rest[start + 1..];
        let Some(equals) = memchr::memchr2(b'=', b';', rest) else {
            break;
        };
        if rest[equals] == b';' {
            continue;
        }
        let key = rest[..equals].trim_ascii().to_ascii_lowercase();
        let (content, after) = parameter_value(&rest[equals + 1..]);
        rest = after;
        let Some(suffix) = key.strip_prefix(name) else {
            continue;
        };
        match suffix {
            [] => return Some(content),
            [b'*', .., b'*'] | [b'*'] => {
                let content = content.splitn(3, |byte| *byte == b'\'').last();
                let content = percent_decode(content.unwrap_or_default());
                found.get_or_insert_with(Vec::new).extend(content);
            }
            [b'*', ..] => found.get_or_insert_with(Vec::new).extend(content),
            _ => {}
        }
    }
    found
}

/// The value that text begins with, without quotes, and what follows it.
fn parameter_value(text: &[u8]) -> (Vec<u8>, &[u8]) {
    let text = text.trim_ascii_start();
    let Some(quoted) = text.strip_prefix(b"\"") else {
        let end = memchr::memchr(b';', text).unwrap_or(text.len());
        let (value, rest) = text.split_at(end);
        return (value.trim_ascii().to_vec(), rest);
    };
    let mut value = Vec::new();
    let mut bytes = quoted.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => break,
            b'\\' => value.extend(bytes.next()),
            _ => value.push(*byte),
        }
    }
    (value, bytes.as_slice())
}

/// The byte that two hexadecimal digits stand for.
pub fn hex(high: u8, low: u8) -> Option<u8> {
    let digit = |digit: u8| char::from(digit).to_digit(16);
    u8::try_from(digit(high)? << 4 | digit(low)?).ok()
}

/// A name with its encoded words, `=?utf-8?B?…?=`, undone, whose bytes stay in their charset.
/// White space between two of them is left out.
fn without_words(name: &[u8]) -> Vec<u8> {
    static BLANKS: LazyLock<Regex> = LazyLock::new(|| pattern(r"\?=[ \t]+=\?"));
    static WORD: LazyLock<Regex> = LazyLock::new(|| pattern(r"=\?[^? ]+\?([BbQq])\?([^?]*)\?="));
    let name = BLANKS.replace_all(name, &b"?==?"[..]);
    let undone = WORD.replace_all(&name, |word: &Captures<'_>| {
        let content = word[2].iter();
        let mut bytes = Vec::new();
        if matches!(&word[1], b"B" | b"b") {
            let mut decoder = Base64::default();
            content.for_each(|byte| decoder.take(*byte, &mut bytes));
            return bytes;
        }
        bytes.extend(content.map(|byte| match byte {
            b'_' => b' ',
            b'=' => b'%',
            other => *other,
        }));
        percent_decode(&bytes).collect()
    });
    undone.into_owned()
}

fn pattern(pattern: &str) -> Regex {
    Regex::new(&format!("(?-u){pattern}")).expect("it is written correctly")
}

/// Undoes base 64, byte by byte. What is no digit is passed over.
#[derive(Default)]
pub struct Base64 {
    bits: u32,
    count: u32,
}

impl Base64 {
    /// Takes a digit.
    pub fn take(&mut self, byte: u8, out: &mut Vec<u8>) {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            // Padding ends a group, after which another encoded text may follow.
            b'=' => {
                *self = Base64::default();
                return;
            }
            _ => return,
        };
        self.bits = self.bits << 6 | u32::from(digit);
        self.count += 6;
        if self.count >= 8 {
            self.count -= 8;
            let [.., byte] = (self.bits >> self.count).to_be_bytes();
            out.push(byte);
            self.bits &= (1 << self.count) - 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn header(text: &str) -> Header {
        let mut header = Header::default();
        for line in text.lines() {
            assert!(header.add(line.as_bytes()), "{line}");
        }
        header
    }

    #[test]
    fn parameters_are_read_in_all_their_forms() {
        let boundary = |text| header(text).boundary().map(String::from_utf8);
        let expected = Some(Ok("a;b".to_owned()));
        assert_eq!(
            boundary("Content-Type: Multipart/Mixed;\n\tboundary=\"a;b\""),
            expected
        );
        assert_eq!(
            boundary("content-type: multipart/x; x=\"b\\\"; boundary=c\"; boundary=\"a\\;b\""),
            expected
        );
        assert_eq!(boundary("Content-Type: text/plain; boundary=x"), None);
        let name = |text| header(text).file_name().map(String::from_utf8);
        let expected = Some(Ok("wörd.txt".to_owned()));
        assert_eq!(
            name("Content-Disposition: attachment; filename*=utf-8''w%C3%B6rd.txt"),
            expected
        );
        assert_eq!(
            name("Content-Disposition: x; filename*0*=utf-8''w%C3%B6; filename*1=\"rd.txt\""),
            expected
        );
        assert_eq!(
            name("Content-Type: x/y; name=\"=?utf-8?q?w=C3=B6rd.txt?=\""),
            expected
        );
        assert_eq!(
            name("Content-Type: x/y; name=\"=?x?B?d8O2cmQ=?= \t=?utf-8?Q?=2Etxt?=\""),
            expected
        );
    }

    proptest! {
        #[test]
        fn arbitrary_text_is_survived(
            text in "(=\\?|\\?=|\\?B\\?|[a-z0-9%=;\"\\\\*' ]){0,40}",
            bytes in prop::collection::vec(any::<u8>(), 0..60),
        ) {
            without_words(text.as_bytes());
            parameter(text.as_bytes(), b"a");
            let mut header = Header::default();
            header.add(&bytes);
            header.add(format!("Content-Type: multipart/x;{text}").as_bytes());
            header.boundary();
            header.file_name();
        }
    }
}
