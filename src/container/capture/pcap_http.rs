//! The bodies of HTTP/1 messages in a connection, where they are not readable as
//! they stand: sent in chunks or encoded.
//!
//! Messages are described in RFC 9112, content codings in RFC 9110.

/// A body that was sent in chunks or encoded.
pub struct Body {
    /// What it holds, chunks joined.
    pub bytes: Vec<u8>,
    /// How it is encoded: `gzip`, `br`; empty if it isn't.
    pub coding: String,
}

/// The bodies of the messages in one direction of a connection, in their order.
/// `bytes` is what was sent; something else than HTTP gives none.
pub fn bodies(bytes: &[u8]) -> impl Iterator<Item = Body> {
    let mut heads = Heads::new(bytes);
    std::iter::from_fn(move || {
        loop {
            let message = heads.next()?;
            let (body, after) = message.body(heads.rest);
            heads.rest = after;
            if let Some(bytes) = body {
                let coding = message.coding;
                return Some(Body { bytes, coding });
            }
        }
    })
}

/// Looks for heads.
struct Heads<'a> {
    rest: &'a [u8],
    /// How many bytes are left behind the next empty line, once it was looked for.
    behind: Option<usize>,
    /// Bytes that were looked at for empty lines.
    #[cfg(test)]
    searched: usize,
}

/// The head of a message.
#[derive(Default)]
struct Message {
    is_response: bool,
    /// A response that has no body whatever its head says.
    is_bodiless: bool,
    coding: String,
    is_chunked: bool,
    length: Option<usize>,
}

/// A head has no more bytes than this.
const LONGEST_HEAD: usize = 64 << 10;

impl<'a> Heads<'a> {
    fn new(bytes: &'a [u8]) -> Heads<'a> {
        Heads {
            rest: bytes,
            behind: None,
            #[cfg(test)]
            searched: 0,
        }
    }

    /// The next head; the rest is what follows it. Bytes before it that belong to none are
    /// left out: a body whose end wasn't known, or one that isn't in the capture.
    fn next(&mut self) -> Option<Message> {
        loop {
            let version = memchr::memmem::find(self.rest, b"HTTP/1.")?;
            let line = memchr::memrchr(b'\n', &self.rest[..version]).map_or(0, |end| end + 1);
            self.rest = &self.rest[line..];
            let length = self.head_length()?;
            let (head, after) = self.rest.split_at(length);
            if length <= LONGEST_HEAD
                && let Some(message) = Message::parse(head)
            {
                self.rest = after;
                return Some(message);
            }
            // No line is looked at twice.
            let end = memchr::memchr(b'\n', self.rest)?;
            self.rest = &self.rest[end + 1..];
        }
    }

    /// How far it is to behind the next empty line.
    fn head_length(&mut self) -> Option<usize> {
        const EMPTY_LINE: &[u8] = b"\r\n\r\n";
        let known = self.behind.and_then(|behind| {
            let length = self.rest.len().checked_sub(behind)?;
            (length >= EMPTY_LINE.len()).then_some(length)
        });
        if known.is_some() {
            return known;
        }
        let length = memchr::memmem::find(self.rest, EMPTY_LINE)? + EMPTY_LINE.len();
        self.behind = Some(self.rest.len() - length);
        #[cfg(test)]
        {
            self.searched += length;
        }
        Some(length)
    }
}

impl Message {
    fn parse(head: &[u8]) -> Option<Message> {
        let mut lines = head.split(|byte| *byte == b'\n');
        let first = lines.next()?.trim_ascii();
        let mut message = Message {
            is_response: first.starts_with(b"HTTP/1."),
            ..Message::default()
        };
        let status = first.get(9..12).filter(|_| message.is_response);
        message.is_bodiless = matches!(status, Some([b'1', ..] | b"204" | b"304"));
        let is_request = first.len() > 9 && first[first.len() - 9..].starts_with(b" HTTP/1.");
        if !message.is_response && !is_request {
            return None;
        }
        for line in lines {
            let Some(colon) = memchr::memchr(b':', line) else {
                continue;
            };
            let value = String::from_utf8_lossy(&line[colon + 1..]);
            let value = value.trim().to_ascii_lowercase();
            match &line[..colon].to_ascii_lowercase()[..] {
                b"content-encoding" if value != "identity" => message.coding = value,
                b"transfer-encoding" => message.is_chunked = value.ends_with("chunked"),
                b"content-length" => message.length = value.parse().ok(),
                _ => {}
            }
        }
        Some(message)
    }

    /// The body, if it can't be read as it stands, and what follows it.
    fn body<'a>(&self, bytes: &'a [u8]) -> (Option<Vec<u8>>, &'a [u8]) {
        if self.is_bodiless {
            return (None, bytes);
        }
        if self.is_chunked {
            let (body, rest) = join_chunks(bytes);
            return (Some(body), rest);
        }
        let length = match self.length {
            Some(length) => length.min(bytes.len()),
            None if self.is_response => bytes.len(),
            None => 0,
        };
        let (body, rest) = bytes.split_at(length);
        let is_encoded = !self.coding.is_empty() && !body.is_empty();
        (is_encoded.then(|| body.to_vec()), rest)
    }
}

/// Joins chunks up to the last one, or to where they end early.
fn join_chunks(bytes: &[u8]) -> (Vec<u8>, &[u8]) {
    let mut body = Vec::new();
    let mut rest = bytes;
    while let Some(end) = memchr::memchr(b'\n', rest) {
        let line = rest[..end].trim_ascii();
        let digits = line.split(|byte| *byte == b';').next().unwrap_or_default();
        let size = std::str::from_utf8(digits.trim_ascii()).ok();
        let Some(size) = size.and_then(|size| usize::from_str_radix(size, 16).ok()) else {
            break;
        };
        rest = &rest[end + 1..];
        if size == 0 {
            break;
        }
        let (chunk, after) = rest.split_at(size.min(rest.len()));
        body.extend_from_slice(chunk);
        rest = after.strip_prefix(b"\r\n").unwrap_or(after);
    }
    (body, rest)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(bytes: &[u8]) -> Vec<(String, String)> {
        let text = |body: Body| {
            (
                String::from_utf8_lossy(&body.bytes).into_owned(),
                body.coding,
            )
        };
        bodies(bytes).map(text).collect()
    }

    #[test]
    fn bodies_that_are_not_plain_are_given() {
        let messages = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
            3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n\
            HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nplain\
            HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\nContent-Encoding: gzip\r\n\r\n\
            HTTP/1.1 200 OK\r\ncontent-encoding: GZIP\r\nContent-Length: 4\r\n\r\nzzzz\
            rest of something\r\nHTTP/1.0 200 OK\r\nContent-Encoding: br\r\n\r\nto the end";
        let owned = |body: &str, coding: &str| (body.to_owned(), coding.to_owned());
        let expected = [
            owned("abcde", ""),
            owned("zzzz", "gzip"),
            owned("to the end", "br"),
        ];
        assert_eq!(read(messages), expected);
        let request = b"POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab";
        assert_eq!(read(request), [owned("ab", "")]);
        assert!(read(b"SSH-2.0\r\n\r\n").is_empty());
    }

    #[test]
    fn no_byte_is_searched_again_and_again() {
        let lines = b"HTTP/1.\r\n\r".repeat(1000);
        let end = b"\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab";
        for line in [&lines[..], b"x HTTP/1.", b"xHTTP/1.\n"] {
            let bytes = [&line.repeat(20_000_000 / 1000 / line.len()), &end[..]].concat();
            let mut heads = Heads::new(&bytes);
            while let Some(message) = heads.next() {
                heads.rest = message.body(heads.rest).1;
            }
            assert!(heads.searched <= 2 * bytes.len(), "{}", heads.searched);
        }
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_are_survived(
            bytes in prop::collection::vec(any::<u8>(), 0..200),
            text in "(HTTP/1.1 |\r\n|Transfer-Encoding:chunked|[0-9a-f:;]|content-length:){0,40}",
        ) {
            read(&bytes);
            read(text.as_bytes());
        }
    }
}
