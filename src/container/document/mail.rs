//! Mail: single messages (`.eml`) and mailboxes (mbox), with their attachments.
//!
//! Messages are described in RFC 5322, their parts in RFC 2046, the encodings of parts
//! in RFC 2045, and mailboxes in RFC 4155.
//!
//! The crate `mailparse` needs a message as a whole in memory, gives nothing of one with a
//! carriage return alone behind a header of any part, nothing of a part whose base 64 is
//! broken somewhere, and needs seconds for a header of 40 KB that is full of `=?`.

use std::cell::Cell;
use std::io::{self, BufRead, BufReader, Read};
use std::ops::ControlFlow;

use super::mail_header::{Base64, Encoding, Header, hex, split_field};
use crate::container::bytes::Entries;
use crate::container::entry::{Container, Opens, Tells};
use crate::container::{Limits, Members, Unread};
use crate::model::location::Location;

/// A line is read in pieces of this size.
const PIECE: usize = 64 << 10;
/// Parts in parts, and messages in messages.
const DEEPEST: usize = 32;

/// A mail or a mailbox.
pub const CONTAINER: Container = Container {
    id: "mail",
    tells: Tells::Head(is),
    opens: Opens::Stream(open),
    #[cfg(test)]
    samples: tests::samples,
    ..Container::BASE
};

/// Tells a message by several fields that only messages have together, or a mailbox
/// by the line before its first message.
pub fn is(head: &[u8]) -> bool {
    let mut lines = head.split_inclusive(|byte| *byte == b'\n').peekable();
    if lines.peek().is_some_and(|line| begins_message(line)) {
        lines.next();
    }
    let (mut fields, mut trails) = (0, 0);
    for line in lines {
        if line.trim_ascii().is_empty() {
            break;
        }
        let is_whole = line.ends_with(b"\n");
        if matches!(line, [b' ' | b'\t', ..]) && fields > 0 {
            continue;
        }
        let Some((name, _)) = split_field(line) else {
            // The last line may be cut before its colon.
            if is_whole {
                return false;
            }
            break;
        };
        match &name.to_ascii_lowercase()[..] {
            b"received" | b"message-id" | b"mime-version" | b"return-path" | b"delivered-to" => {
                trails += 1;
            }
            _ => {}
        }
        fields += 1;
    }
    fields >= 3 && trails >= 1
}

/// Gives what is encoded in messages: each part in base 64 or quoted-printable, or
/// that is no text, as a member named `part 1.2 report.zip` or `part 1.2 text/html`. In a
/// mailbox, `message 12` stands before that.
pub fn open(input: &mut dyn Read, limits: &Limits, members: &mut dyn Members) -> ControlFlow<()> {
    let mut reader = Messages {
        lines: Lines::new(input),
        open: Vec::new(),
        message: 0,
        is_mailbox: false,
        longest_header: limits.memory / 8,
        entries: Entries::new(limits),
    };
    let flow = reader.read(members);
    if let Some(error) = reader.lines.error.take() {
        members.unread(b"", Unread::Damaged(error.to_string()));
    }
    reader.entries.answer(flow)
}

/// Whether a line stands before a message of a mailbox: `From`, an address, a date.
fn begins_message(line: &[u8]) -> bool {
    let Some(rest) = line.strip_prefix(b"From ") else {
        return false;
    };
    let rest = rest.trim_ascii_end();
    let has_time = rest.windows(3).any(|window| {
        matches!(window, [before, b':', after] if before.is_ascii_digit() && after.is_ascii_digit())
    });
    has_time && rest.last().is_some_and(u8::is_ascii_digit)
}

/// A content that has parts, in which we are.
struct OpenParts {
    boundary: Vec<u8>,
    /// The number of the part in which we are, from 1 on.
    part: u32,
}

/// Why a part or what is between parts ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// The next part of the open contents at this depth begins.
    Part(usize),
    /// The open contents at this depth have ended.
    Parts(usize),
    Message,
    Input,
}

struct Messages<'a> {
    lines: Lines<'a>,
    /// From the outermost to the innermost.
    open: Vec<OpenParts>,
    message: u64,
    is_mailbox: bool,
    longest_header: usize,
    entries: Entries,
}

impl Messages<'_> {
    fn read(&mut self, members: &mut dyn Members) -> ControlFlow<()> {
        self.lines.next();
        self.is_mailbox = begins_message(self.lines.line());
        if self.is_mailbox {
            self.message = 1;
        } else {
            self.lines.push_back();
        }
        loop {
            let mut end = self.read_entity(members)?;
            // After the last part, what follows up to the next part or message is
            // for old programs that know no parts.
            while let End::Parts(depth) = end {
                self.open.truncate(depth);
                end = self.skip();
            }
            match end {
                End::Part(depth) => {
                    self.open.truncate(depth + 1);
                    if let Some(parts) = self.open.last_mut() {
                        parts.part = parts.part.saturating_add(1);
                    }
                }
                End::Message => {
                    self.report_open(members);
                    self.message += 1;
                }
                _ => break,
            }
        }
        self.report_open(members);
        ControlFlow::Continue(())
    }

    /// Reports contents whose last part has no end.
    fn report_open(&mut self, members: &mut dyn Members) {
        if !self.open.is_empty() {
            let name = self.name();
            let why = Unread::Damaged("it ends before its last part does".to_owned());
            members.unread(name.trim_end().as_bytes(), why);
            self.open.clear();
        }
    }

    /// Reads a message or a part: its header, and what follows up to its end or to
    /// its first part.
    fn read_entity(&mut self, members: &mut dyn Members) -> ControlFlow<(), End> {
        for _ in 0..DEEPEST {
            let (header, end) = self.read_header(members);
            if let Some(end) = end {
                return ControlFlow::Continue(end);
            }
            let kind = header.kind();
            if let Some(boundary) = header.boundary() {
                if self.open.len() >= DEEPEST {
                    let why = Unread::Limit(format!("parts deeper than {DEEPEST}"));
                    members.unread(self.name().trim_end().as_bytes(), why);
                    return ControlFlow::Continue(self.skip());
                }
                self.open.push(OpenParts { boundary, part: 0 });
                return ControlFlow::Continue(self.skip());
            }
            let encoding = header.encoding();
            if kind == b"message/rfc822" && encoding == Encoding::None {
                continue;
            }
            if encoding == Encoding::None && kind.starts_with(b"text/") {
                return ControlFlow::Continue(self.skip());
            }
            let mut name = self.name().into_bytes();
            name.extend(header.file_name().unwrap_or(kind));
            return self.give(&name, encoding, members);
        }
        let why = Unread::Limit(format!("messages deeper than {DEEPEST}"));
        members.unread(self.name().trim_end().as_bytes(), why);
        ControlFlow::Continue(self.skip())
    }

    /// Gives the content of a part.
    fn give(
        &mut self,
        name: &[u8],
        encoding: Encoding,
        members: &mut dyn Members,
    ) -> ControlFlow<(), End> {
        self.entries.count(members)?;
        let place = Cell::default();
        let mut content = Content {
            messages: self,
            place: &place,
            decoder: Decoder::new(encoding),
            bytes: Vec::new(),
            taken: 0,
            end: None,
        };
        members.encoded(name, &place, &mut content)?;
        let end = content.end;
        ControlFlow::Continue(end.unwrap_or_else(|| self.skip()))
    }

    /// Reads a header up to the empty line after it, or to an end that comes earlier.
    fn read_header(&mut self, members: &mut dyn Members) -> (Header, Option<End>) {
        let mut header = Header::default();
        let mut size = 0;
        let mut is_cut = false;
        loop {
            if let Some(end) = self.next_line() {
                return (header, Some(end));
            }
            let line = self.lines.line();
            if line.trim_ascii().is_empty() {
                return (header, None);
            }
            size += line.len();
            let is_start = self.lines.is_start;
            let is_beyond = size > self.longest_header || !is_start;
            if is_beyond && !std::mem::replace(&mut is_cut, true) {
                let why = match is_start {
                    true => format!("a header of more than {} bytes", self.longest_header),
                    false => format!("a line of a header of more than {PIECE} bytes"),
                };
                let name = self.name();
                members.unread(name.trim_end().as_bytes(), Unread::Limit(why));
            }
            if size <= self.longest_header && is_start && !header.add(line) {
                // A header without its empty line; the content begins here.
                self.lines.push_back();
                return (header, None);
            }
        }
    }

    /// Goes on to the end of a part, or of what is between parts.
    fn skip(&mut self) -> End {
        loop {
            if let Some(end) = self.next_line() {
                return end;
            }
        }
    }

    /// Reads the next line, unless something ends there.
    fn next_line(&mut self) -> Option<End> {
        let after_empty = self.lines.is_empty();
        if !self.lines.next() {
            return Some(End::Input);
        }
        let line = self.lines.line();
        if !self.lines.is_start {
            return None;
        }
        if self.is_mailbox && after_empty && begins_message(line) {
            return Some(End::Message);
        }
        let delimiter = line.strip_prefix(b"--")?;
        let mut open = self.open.iter().enumerate().rev();
        open.find_map(|(depth, parts)| {
            match delimiter
                .strip_prefix(&parts.boundary[..])?
                .trim_ascii_end()
            {
                b"" => Some(End::Part(depth)),
                b"--" => Some(End::Parts(depth)),
                _ => None,
            }
        })
    }

    /// The beginning of the names of members here: `message 3 part 1.2 `.
    fn name(&self) -> String {
        let mut name = String::new();
        if self.is_mailbox {
            name = format!("message {} ", self.message);
        }
        if self.open.is_empty() {
            return name;
        }
        let numbers: Vec<_> = self
            .open
            .iter()
            .map(|parts| parts.part.to_string())
            .collect();
        format!("{name}part {} ", numbers.join("."))
    }
}

/// An input's lines, of which one is known. Long ones come in pieces.
struct Lines<'a> {
    input: BufReader<&'a mut dyn Read>,
    line: Vec<u8>,
    /// The piece is the beginning of its line.
    is_start: bool,
    /// The line that is known comes once more.
    is_pushed: bool,
    /// Where the piece begins: its line, column and byte.
    at: (u64, u64, u64),
    error: Option<io::Error>,
}

impl<'a> Lines<'a> {
    fn new(input: &'a mut dyn Read) -> Lines<'a> {
        Lines {
            input: BufReader::new(input),
            line: Vec::new(),
            is_start: true,
            is_pushed: false,
            at: (0, 1, 0),
            error: None,
        }
    }

    /// Goes on to the next line. Tells whether there is one.
    fn next(&mut self) -> bool {
        if std::mem::take(&mut self.is_pushed) {
            return !self.line.is_empty();
        }
        self.is_start = self.line.is_empty() || self.line.ends_with(b"\n");
        let (last, end) = (self.place(), self.at.2 + self.line.len() as u64);
        self.at = match self.is_start {
            true => (last.line + 1, 1, end),
            false => (last.line, last.end_column, end),
        };
        self.line.clear();
        let mut piece = (&mut self.input).take(PIECE as u64);
        if let Err(error) = piece.read_until(b'\n', &mut self.line) {
            self.error.get_or_insert(error);
        }
        !self.line.is_empty()
    }

    fn line(&self) -> &[u8] {
        &self.line
    }

    fn is_empty(&self) -> bool {
        self.line.trim_ascii().is_empty()
    }

    /// Where it stands, without its end.
    fn place(&self) -> Location {
        let line = &self.line[..];
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        let columns = str::from_utf8(text).map_or(text.len(), |text| text.chars().count());
        let (line, column, byte_offset) = self.at;
        Location {
            line,
            column,
            end_line: line,
            end_column: column + columns as u64,
            byte_offset,
            byte_length: text.len() as u64,
        }
    }

    /// Adds it to the place of a text, unless it is empty.
    fn add_to(&self, place: &Cell<Option<Location>>) {
        if self.is_empty() {
            return;
        }
        let line = self.place();
        let first = place.get().unwrap_or(line);
        place.set(Some(Location {
            end_line: line.end_line,
            end_column: line.end_column,
            byte_length: line.byte_offset + line.byte_length - first.byte_offset,
            ..first
        }));
    }

    fn push_back(&mut self) {
        self.is_pushed = true;
    }
}

/// The content of a part, to be read.
struct Content<'a, 'b> {
    messages: &'b mut Messages<'a>,
    /// Where what was read of it stands.
    place: &'b Cell<Option<Location>>,
    decoder: Decoder,
    bytes: Vec<u8>,
    taken: usize,
    end: Option<End>,
}

impl Read for Content<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.taken == self.bytes.len() && self.end.is_none() {
            self.bytes.clear();
            self.taken = 0;
            self.end = self.messages.next_line();
            if self.end.is_none() {
                self.messages.lines.add_to(self.place);
                let line = self.messages.lines.line();
                self.decoder.take(line, &mut self.bytes);
            }
        }
        let mut rest = self.bytes.get(self.taken..).unwrap_or_default();
        let length = rest.read(buffer)?;
        self.taken += length;
        Ok(length)
    }
}

/// Undoes the encoding of a part.
enum Decoder {
    None,
    Base64(Base64),
    QuotedPrintable(Quoted),
    Utf7(Utf7),
}

/// Where we are in UTF-7: in encoded text, or not.
#[derive(Default)]
struct Utf7 {
    encoded: Option<Base64>,
    /// Whether the encoded text has begun with a digit.
    has_digits: bool,
    /// The bytes of a character that is not complete yet.
    character: Vec<u8>,
}

/// Where we are in quoted-printable text.
#[derive(Default)]
enum Quoted {
    #[default]
    Plain,
    /// After `=`.
    Sign,
    /// After `=` and white space, which ends a line that goes on.
    LineEnd,
    /// After `=` and a digit.
    Digit(u8),
}

impl Decoder {
    fn new(encoding: Encoding) -> Decoder {
        match encoding {
            Encoding::None => Decoder::None,
            Encoding::Base64 => Decoder::Base64(Base64::default()),
            Encoding::QuotedPrintable => Decoder::QuotedPrintable(Quoted::default()),
            Encoding::Utf7 => Decoder::Utf7(Utf7::default()),
        }
    }

    fn take(&mut self, line: &[u8], out: &mut Vec<u8>) {
        match self {
            Decoder::None => out.extend_from_slice(line),
            Decoder::Base64(base64) => line.iter().for_each(|byte| base64.take(*byte, out)),
            Decoder::QuotedPrintable(quoted) => {
                line.iter().for_each(|byte| quoted.take(*byte, out));
            }
            Decoder::Utf7(text) => line.iter().for_each(|byte| text.take(*byte, out)),
        }
    }
}

impl Utf7 {
    fn take(&mut self, byte: u8, out: &mut Vec<u8>) {
        match &mut self.encoded {
            None if byte == b'+' => {
                *self = Utf7 {
                    encoded: Some(Base64::default()),
                    ..Utf7::default()
                }
            }
            None => out.push(byte),
            Some(base64) if byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/') => {
                self.has_digits = true;
                base64.take(byte, &mut self.character);
                if let [high, low] = self.character[..] {
                    out.push(if high == 0 { low } else { b'?' });
                    self.character.clear();
                }
            }
            Some(_) => {
                // `+-` is a plus, and the dash that ends an encoded text is no part of it.
                match (byte, self.has_digits) {
                    (b'-', false) => out.push(b'+'),
                    (b'-', true) => {}
                    _ => out.push(byte),
                }
                *self = Utf7::default();
            }
        }
    }
}

impl Quoted {
    fn take(&mut self, byte: u8, out: &mut Vec<u8>) {
        *self = match (&*self, byte) {
            (Quoted::Plain, b'=') => Quoted::Sign,
            (Quoted::Plain, _) => {
                out.push(byte);
                Quoted::Plain
            }
            (Quoted::Sign | Quoted::LineEnd, b'\n') => Quoted::Plain,
            (Quoted::Sign | Quoted::LineEnd, b' ' | b'\t' | b'\r') => Quoted::LineEnd,
            (Quoted::Sign, _) if byte.is_ascii_hexdigit() => Quoted::Digit(byte),
            (Quoted::Digit(high), _) => {
                match hex(*high, byte) {
                    Some(value) => out.push(value),
                    None => out.extend([b'=', *high, byte]),
                }
                Quoted::Plain
            }
            // No quoted-printable text; it is left as it is.
            (Quoted::Sign, _) => {
                out.extend([b'=', byte]);
                Quoted::Plain
            }
            (Quoted::LineEnd, _) => {
                out.push(byte);
                Quoted::Plain
            }
        };
    }
}

#[cfg(test)]
pub mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::container::collected::{Collected, LIMITS};
    use crate::container::{Format, HEAD};

    fn read(mail: &str) -> Collected {
        read_bytes(mail.as_bytes())
    }

    fn read_bytes(mut mail: &[u8]) -> Collected {
        let mut collected = Collected::default();
        let _ = open(&mut mail, &LIMITS, &mut collected);
        collected
    }

    #[test]
    fn what_follows_the_head_does_not_change_what_it_tells() {
        let head = b"Received: by a.example\nFrom: a@b.example\nSubject: x\n".to_vec();
        let whole = [&head[..], &[b'x'; HEAD], b"\n\n"].concat();
        assert_eq!(Format::tell(&whole[..HEAD], None), Some(Format::of("mail")));
        assert_eq!(Format::tell(&whole, None), Some(Format::of("mail")));
        let short = [&head[..], b"no field\n\n"].concat();
        assert_eq!(Format::tell(&short, None), None);
    }

    #[test]
    fn a_header_that_is_not_read_whole_is_told() {
        let start = "Received: a\nMessage-ID: b\nContent-Transfer-Encoding: base64\nX: ";
        let folded = "y\n ".repeat(300_000);
        let line = "y".repeat(100_000);
        for (long, told) in [
            (folded, ": limit: a header of more than 524288 bytes"),
            (line, ": limit: a line of a header of more than 65536 bytes"),
        ] {
            let found = read(&format!("{start}{long}\n\nb25l\n"));
            assert_eq!(found.content("text/plain"), b"one");
            assert_eq!(found.unread, [told]);
        }
    }

    const MAIL: &str = "Received: from here\r
Message-ID: <1@example.com>\r
Subject: =?utf-8?B?b25l?=\r
\t=?utf-8?Q?_two?=\r
MIME-Version: 1.0\r
Content-Type: multipart/mixed; boundary=outer\r
\r
preamble\r
--outer\r
Content-Type: multipart/alternative;\r
 boundary=\"inner\"\r
\r
--inner\r
\r
plain\r
--inner\r
Content-Type: text/html\r
Content-Transfer-Encoding: quoted-printable\r
\r
<b>so=\r
ft =3D =C3=B6</b>\r
--inner--\r
epilogue\r
--outer\r
Content-Type: application/zip; name=a.zip\r
Content-Transfer-Encoding: base64\r
\r
b25l\r
IHR3bw==\r
--outer\r
Content-Type: message/rfc822\r
\r
Subject: inside\r
Content-Transfer-Encoding: BASE64\r
\r
dGhyZWU=\r
--outer--\r
";

    /// Small inputs that are read to their end.
    pub fn samples() -> Vec<Vec<u8>> {
        let mailbox = "From a@example.com Thu Jan  1 00:00:00 1970\nSubject: x\nDate: y\n\
            Message-Id: z\nContent-Transfer-Encoding: base64\n\nb25l\n\n";
        vec![MAIL.into(), mailbox.repeat(2).into_bytes()]
    }

    #[test]
    fn parts_are_members() {
        assert!(is(MAIL.as_bytes()));
        let found = read(MAIL);
        assert!(found.unread.is_empty(), "{:?}", found.unread);
        let names = ["part 1.2 text/html", "part 2 a.zip", "part 3 text/plain"];
        assert_eq!(found.names(), names);
        assert_eq!(
            found.content("part 1.2 text/html"),
            "<b>soft = ö</b>\r\n".as_bytes()
        );
        assert_eq!(found.content("part 2 a.zip"), b"one two");
        assert_eq!(found.content("part 3 text/plain"), b"three");
    }

    #[test]
    fn a_part_in_utf_7_is_read() {
        let mail = "From: a@example.com\nSubject: x\nContent-Type: text/plain; charset=\"UTF-7\"\n\n\
                    a+AD0-b +- 1 +ACIAJQAi.c+AOk\n";
        let found = read(mail);
        let texts: Vec<&[u8]> = found.members.iter().map(|(_, text)| &text[..]).collect();
        assert_eq!(texts, [&b"a=b + 1 \"%\".c\xe9\n"[..]]);
    }

    #[test]
    fn messages_of_a_mailbox_are_told_apart() {
        let message = "From a@example.com Thu Jan  1 00:00:00 1970\nSubject: x\nDate: y\n\
            Message-Id: z\nContent-Transfer-Encoding: base64\n\nb25l\n\n";
        let mailbox = message.repeat(3);
        assert!(is(mailbox.as_bytes()));
        let found = read(&mailbox);
        let names = [
            "message 1 text/plain",
            "message 2 text/plain",
            "message 3 text/plain",
        ];
        assert_eq!(found.names(), names);
        assert!(found.members.iter().all(|member| member.1 == b"one"));
    }

    #[test]
    fn other_texts_are_no_mail() {
        assert!(!is(
            b"Content-Type: text/html\r\nServer: x\r\nDate: y\r\n\r\n"
        ));
        assert!(!is(b"From here on: it is 12:30 at 5\nnothing\n"));
        assert!(!is(b"key: value\nother: value\n- list\n"));
        assert!(!is(b""));
    }

    #[test]
    fn a_message_that_is_cut_short_is_damaged() {
        let cut = MAIL.find("IHR3").expect("it is there") + 4;
        let found = read(&MAIL[..cut]);
        assert_eq!(found.content("part 2 a.zip"), b"one tw"[..6].to_vec());
        assert_eq!(found.unread.len(), 1);
    }

    #[test]
    fn a_part_is_read_up_to_what_is_broken_in_it_and_the_next_ones_are() {
        let part = |header: &str, text: &str| {
            format!("--a\nContent-Transfer-Encoding: base64\n{header}\n{text}\n")
        };
        let mail = ["Content-Type: multipart/mixed; boundary=a\n\n"]
            .into_iter()
            .map(str::to_owned)
            .chain([
                part("", "b25l IHR3bw=!x=="),
                part("X: y\n\rz\n", "dGhyZWU="),
                part("", "Zm91cg=="),
                "--a--\n".to_owned(),
            ]);
        let found = read(&mail.collect::<String>());
        let contents: Vec<_> = found.members.iter().map(|member| &member.1[..]).collect();
        assert!(contents[0].starts_with(b"one two"), "{contents:?}");
        assert_eq!(contents.last(), Some(&&b"four"[..]));
    }

    #[test]
    fn depth_and_long_lines_are_bounded() {
        let deep: String = (0..1000)
            .map(|depth| format!("Content-Type: multipart/x; boundary=b{depth}\n\n--b{depth}\n"))
            .collect();
        assert!(read(&deep).unread[0].contains("deeper"));
        assert!(
            read(&"Content-Type: message/rfc822\n\n".repeat(1000)).unread[0].contains("deeper")
        );
        let long = format!(
            "a: b\nContent-Transfer-Encoding: base64\n\n{}",
            "QUJD".repeat(50_000)
        );
        assert_eq!(read(&long).content("text/plain"), b"ABC".repeat(50_000));
    }

    #[test]
    fn damage_anywhere_is_survived() {
        for place in 0..MAIL.len() {
            is(&MAIL.as_bytes()[..place]);
            read_bytes(&MAIL.as_bytes()[..place]);
            let mut mail = MAIL.as_bytes().to_vec();
            mail[place] ^= 1;
            read_bytes(&mail);
        }
    }

    proptest! {
        #[test]
        fn arbitrary_lines_are_survived(
            mail in "(From a 1:1 1\n|--a\n|--a--\n|Content-Type: multipart/x;boundary=a\n|\n|[a-z:=; ]{0,9}\n|Content-Type: message/rfc822\n|Content-Transfer-Encoding: base64\n){0,40}",
            bytes in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            is(mail.as_bytes());
            read(&mail);
            read_bytes(&bytes);
        }
    }
}
