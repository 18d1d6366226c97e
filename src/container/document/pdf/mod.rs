//! PDF documents: what their streams hold, and the text that is shown.
//!
//! Nothing is looked up through the cross-reference table, which may be missing,
//! damaged or cyclic. The file is searched for streams from front to back instead, so
//! that what an update of the document has replaced is read as well.
//! The format is ISO 32000-1:2008
//! (<https://opensource.adobe.com/dc-acrobat-sdk-docs/pdfstandards/PDF32000_2008.pdf>);
//! sections in this folder are its.
//!
//! Crates that read PDF documents give only what the table refers to, which leaves out
//! a token that an update has replaced, and take the memory that a document asks for.
//! With hayro-syntax 0.9 that is 1 GB for a file of 2 KB, a deflate stream in another one:
//! a stream is decoded as a whole, without a bound. lopdf 0.47 bounds each stream, but
//! not their sum: 300 object streams in 5 MB are 4.7 GB, and objects that overlap in an
//! encrypted document of 0.7 MB are 2.7 GB.

mod cipher;
mod filter;
mod font;
mod objects;
mod position;
mod shown;
mod source;
mod stream;
mod syntax;
mod text;

use std::cell::Cell;
use std::io::{self, BufReader, Read};
use std::ops::ControlFlow;
use std::rc::Rc;

use crate::container::entry::{Container, Opens, Tells};
use crate::container::{Limits, Members, ReadSeek, Unread};
use cipher::Cipher;
use filter::Filter;
use objects::Objects;
use shown::{Rest, TakeDown, Words};
use source::{Source, Stop};
use stream::{End, Plan, Stream, Use};
use syntax::{
    Dictionary, Tokens, inside, is_string, last_object, packed_objects, references, string,
};
use text::{Fonts, Text};

/// The keyword of an object.
const OBJECT: &[u8] = b"obj";
/// The numbers of an object stand in so many bytes before `obj`.
const LONGEST_NUMBERS: u64 = 32;
/// What looking up a stream costs, whatever it holds.
const OVERHEAD: u64 = 64;
/// A CMap has so many bytes at most, as one for all of Unicode has.
const LONGEST_CMAP: u64 = 4 << 20;

/// A PDF document.
pub const CONTAINER: Container = Container {
    id: "pdf",
    tells: Tells::Head(is),
    opens: Opens::Seek(open),
    #[cfg(test)]
    samples: tests::samples,
    ..Container::BASE
};

/// Tells a PDF document by its header.
pub fn is(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let version = head.trim_ascii_start().strip_prefix(b"%PDF-");
    matches!(version, Some([b'1' | b'2', b'.', b'0'..=b'9', ..]))
}

/// Gives each stream that a filter has changed, or that is a file in the document,
/// as a member named `object 12 0`, without the words of the text that it shows: that
/// is given before as `object 12 0 text`. Images are left out. Of a document that is
/// encrypted, and opens without a password, all streams are given, and also the objects
/// that have strings; one that needs a password is only said to be encrypted.
pub fn open(
    input: &mut dyn ReadSeek,
    limits: &Limits,
    members: &mut dyn Members,
) -> ControlFlow<()> {
    let read = Source::new(input).map_err(Stop::Failed).and_then(|source| {
        let budget = source.size().saturating_mul(4);
        let mut document = Document {
            source,
            cipher: None,
            objects: Objects::new(limits.memory / 4),
            looked_up: limits.memory as u64,
            // What one filter gives to another is seen by nobody. Honest documents have
            // text in base 85 there, which is smaller than the file.
            between: Cell::new(budget.saturating_add(limits.memory as u64)),
            limits,
        };
        document.read(members)
    });
    match read {
        Ok(()) => {}
        Err(Stop::Enough) => return ControlFlow::Break(()),
        Err(Stop::Failed(error)) => members.unread(b"", Unread::Damaged(error.to_string())),
    }
    ControlFlow::Continue(())
}

struct Document<'a> {
    source: Source<'a>,
    cipher: Option<Cipher>,
    objects: Objects,
    /// Bytes that may still be read to know the fonts.
    looked_up: u64,
    /// Bytes that filters may still give to other filters.
    between: Cell<u64>,
    limits: &'a Limits,
}

impl Document<'_> {
    fn read(&mut self, members: &mut dyn Members) -> Result<(), Stop> {
        if !self.unlock(members)? {
            members.unread(b"", Unread::Encrypted);
            return Ok(());
        }
        self.find_objects(members)?;
        let mut from = 0;
        let mut count = 0;
        while let Some(stream) = Stream::next(&mut self.source, from, members)? {
            from = match stream.end {
                End::Marked(end) => end,
                // The dictionary of the next one stands before that.
                End::Missing(_) => stream.start,
            };
            count += 1;
            if count > self.limits.entries {
                let why = format!("more than {} streams", self.limits.entries);
                members.unread(b"", Unread::Limit(why));
                break;
            }
            if self.give(&stream, members).is_break() {
                return Err(Stop::Enough);
            }
        }
        if self.objects.is_full() || self.looked_up == 0 {
            let why = "not all fonts were read: more memory is needed";
            members.unread(b"", Unread::Limit(why.to_owned()));
        }
        Ok(())
    }

    /// Remembers the objects of the document, to look up fonts.
    fn find_objects(&mut self, members: &mut dyn Members) -> Result<(), Stop> {
        let mut from = 0;
        let mut object: Option<((u64, u64), u64)> = None;
        loop {
            let place = self.source.search(OBJECT, from, members)?;
            // An object ends where the next one begins, at the latest.
            if let Some((object, start)) = object.take() {
                let end = place.unwrap_or(self.source.size());
                self.add_object(object, start, end, members)?;
            }
            let Some(place) = place else { break };
            let found = self.object_at(from, place)?;
            from = place + OBJECT.len() as u64;
            object = found.map(|object| (object, from));
        }
        self.objects.find_pages();
        Ok(())
    }

    /// The number and the generation of an object that has its keyword at a place. They
    /// don't stand before `from`.
    fn object_at(&mut self, from: u64, place: u64) -> io::Result<Option<(u64, u64)>> {
        let before = from.max(place.saturating_sub(LONGEST_NUMBERS));
        let length = place - before + OBJECT.len() as u64;
        let header = self.source.peek(before, length as usize)?;
        Ok(last_object(&header).map(|(object, _)| object))
    }

    fn add_object(
        &mut self,
        object: (u64, u64),
        start: u64,
        end: u64,
        members: &mut dyn Members,
    ) -> Result<(), Stop> {
        let number = object.0;
        // Others than those that are encrypted have been scanned where they stand.
        let longest = match self.cipher {
            Some(_) => self.limits.memory / 16,
            None => objects::LONGEST,
        };
        let length = end.saturating_sub(start).min(longest as u64);
        let bytes = self.source.peek(start, length as usize)?;
        let mut tokens = Tokens(&bytes);
        let left = tokens.skip_value();
        let (value, rest) = bytes.split_at(bytes.len() - left);
        let value = value.trim_ascii();
        let is_whole = left > 0 || bytes.len() < longest;
        self.give_strings(object, value, is_whole, members)?;
        if !rest.trim_ascii_start().starts_with(b"stream") {
            let value = &value[..value.len().min(objects::LONGEST)];
            self.objects.add(number, value);
            return Ok(());
        }
        let space = rest.len() - rest.trim_ascii_start().len();
        let keyword = start + (bytes.len() - left + space) as u64;
        let header = start.saturating_sub(LONGEST_NUMBERS + OBJECT.len() as u64);
        self.objects.add_stream(number, header, keyword);
        let dictionary = Dictionary(inside(value));
        if dictionary.is(b"Type", b"ObjStm") {
            let content = self.looked_up(header, keyword, u64::MAX, members)?;
            for (number, object) in packed_objects(&dictionary, &content) {
                let object = &object[..object.len().min(objects::LONGEST)];
                self.objects.add(number, object);
            }
        }
        Ok(())
    }

    /// Gives an object with the strings that are encrypted in it.
    fn give_strings(
        &self,
        (number, generation): (u64, u64),
        value: &[u8],
        is_whole: bool,
        members: &mut dyn Members,
    ) -> Result<(), Stop> {
        let Some(cipher) = &self.cipher else {
            return Ok(());
        };
        let name = format!("object {number} {generation} strings");
        if !is_whole {
            let why = format!("it is longer than {} bytes", value.len());
            members.unread(name.as_bytes(), Unread::Limit(why));
        }
        let text = cipher.strings((number, generation), value);
        if !text.is_empty() && members.member(name.as_bytes(), &mut &text[..]).is_break() {
            return Err(Stop::Enough);
        }
        Ok(())
    }

    /// What a stream holds that is needed to know the fonts.
    fn looked_up(
        &mut self,
        from: u64,
        keyword: u64,
        most: u64,
        members: &mut dyn Members,
    ) -> Result<Vec<u8>, Stop> {
        let mut bytes = Vec::new();
        if self.looked_up == 0 {
            return Ok(bytes);
        }
        let Some(stream) = Stream::at(&mut self.source, from, keyword, members)? else {
            return Ok(bytes);
        };
        let Plan::Read { filters, .. } = &stream.plan else {
            return Ok(bytes);
        };
        let most = most.min(self.looked_up);
        // What is damaged is said when the stream is given.
        let _ = self
            .content(&stream, filters)
            .take(most)
            .read_to_end(&mut bytes);
        // The end of a stream that holds nothing was searched all the same.
        let length = stream.end.place().saturating_sub(stream.start);
        let cost = length.max(bytes.len() as u64) + OVERHEAD;
        self.looked_up = self.looked_up.saturating_sub(cost);
        Ok(bytes)
    }

    /// The fonts that a content stream names.
    fn fonts(&mut self, stream: &Stream, members: &mut dyn Members) -> Rc<Fonts> {
        let mut objects = std::mem::take(&mut self.objects);
        let header = Dictionary(inside(&stream.dictionary));
        let mut read = |from: u64, keyword: u64| {
            let content = self.looked_up(from, keyword, LONGEST_CMAP, members);
            content.unwrap_or_default()
        };
        let fonts = objects.fonts(stream.object.map(|(number, _)| number), &header, &mut read);
        self.objects = objects;
        fonts
    }

    /// Finds out how the document is encrypted (7.6.1). `false` if only a password says
    /// what it holds.
    fn unlock(&mut self, members: &mut dyn Members) -> Result<bool, Stop> {
        let Some(encryption) = self.value_of(b"/Encrypt", is_encryption, members)? else {
            return Ok(true);
        };
        let number = references(&encryption).next();
        let dictionary = match number {
            Some(number) if !encryption.starts_with(b"<<") => self.object(number, members)?,
            _ => encryption,
        };
        let is_array = |value: &[u8]| value.trim_ascii_start().starts_with(b"[");
        let id = self.value_of(b"/ID", is_array, members)?;
        let mut tokens = Tokens(id.as_deref().unwrap_or_default());
        let first = std::iter::from_fn(|| tokens.next()).find(|token| is_string(token));
        let first = string(first.unwrap_or_default());
        self.cipher = Cipher::new(&Dictionary(inside(&dictionary)), &first);
        Ok(self.cipher.is_some())
    }

    /// The first value of a key that is such a one.
    fn value_of(
        &mut self,
        key: &[u8],
        is: fn(&[u8]) -> bool,
        members: &mut dyn Members,
    ) -> Result<Option<Vec<u8>>, Stop> {
        let mut from = 0;
        while let Some(place) = self.source.search(key, from, members)? {
            from = place + key.len() as u64;
            if is(&self.source.bytes(from, 40)?) {
                return Ok(Some(self.value_at(from)?));
            }
        }
        Ok(None)
    }

    /// The object of this number that comes first.
    fn object(&mut self, number: u64, members: &mut dyn Members) -> Result<Vec<u8>, Stop> {
        let mut from = 0;
        while let Some(place) = self.source.search(OBJECT, from, members)? {
            let found = self.object_at(from, place)?;
            from = place + OBJECT.len() as u64;
            if found.is_some_and(|(found, _)| found == number) {
                return Ok(self.value_at(from)?);
            }
        }
        Ok(Vec::new())
    }

    /// The value at a place, as it is written.
    fn value_at(&mut self, place: u64) -> io::Result<Vec<u8>> {
        let mut bytes = self.source.peek(place, objects::LONGEST)?;
        let left = Tokens(&bytes).skip_value();
        bytes.truncate(bytes.len() - left);
        Ok(bytes.trim_ascii().to_vec())
    }

    fn give(&mut self, stream: &Stream, members: &mut dyn Members) -> ControlFlow<()> {
        if let End::Missing(_) = stream.end {
            let why = Unread::Damaged("it has no end".to_owned());
            members.unread(stream.name.as_bytes(), why);
        }
        let (filters, use_of) = match &stream.plan {
            Plan::Read { filters, use_of } => (filters, *use_of),
            Plan::LeaveOut => return ControlFlow::Continue(()),
            Plan::Encrypted => {
                members.unread(stream.name.as_bytes(), Unread::Encrypted);
                return ControlFlow::Continue(());
            }
            Plan::Unsupported(what) => {
                let why = Unread::Unsupported(what.clone());
                members.unread(stream.name.as_bytes(), why);
                return ControlFlow::Continue(());
            }
        };
        // An error in the content is reported where the stream is given, if it is.
        let memory = self.limits.memory / 16;
        let mut words = Words::default();
        if use_of == Use::Content {
            let fonts = self.fonts(stream, members);
            let content = BufReader::new(self.content(stream, filters));
            let mut text = TakeDown::new(Text::new(content, fonts), &mut words, memory);
            let name = format!("{} text", stream.name);
            members.member(name.as_bytes(), &mut text)?;
        }
        // It has been scanned where it stands.
        if filters.is_empty() && use_of != Use::File && self.cipher.is_none() {
            return ControlFlow::Continue(());
        }
        let mut content = self.content(stream, filters);
        if !words.is_empty() {
            content = Box::new(Rest::new(BufReader::new(content), &words));
        }
        members.member(stream.name.as_bytes(), &mut content)
    }

    /// What a stream holds after its filters.
    fn content<'b>(&'b mut self, stream: &Stream, filters: &[Filter]) -> Box<dyn Read + 'b> {
        let length = stream.end.place().saturating_sub(stream.start);
        let mut content: Box<dyn Read + 'b> = match self.source.at(stream.start) {
            Ok(input) => Box::new(input.take(length)),
            Err(error) => Box::new(Failed(Some(error))),
        };
        if let Some(cipher) = &self.cipher {
            content = cipher.stream(stream, content);
        }
        for (position, filter) in filters.iter().enumerate() {
            if position > 0 {
                let left = &self.between;
                content = Box::new(Between {
                    inner: content,
                    left,
                });
            }
            content = filter::undo(filter, content, self.limits.memory / 4);
        }
        content
    }
}

/// Whether a value is an encryption dictionary, or refers to one.
fn is_encryption(value: &[u8]) -> bool {
    let mut words = value.trim_ascii_start().split(u8::is_ascii_whitespace);
    let mut is_number = || {
        let word = words.next().unwrap_or_default();
        !word.is_empty() && word.iter().all(u8::is_ascii_digit)
    };
    let is_separate = value.first().is_some_and(u8::is_ascii_whitespace);
    let is_reference = is_separate && is_number() && is_number();
    let is_reference = is_reference && words.next().is_some_and(|word| word.starts_with(b"R"));
    is_reference || value.trim_ascii_start().starts_with(b"<<")
}

/// Bytes between two filters, of which a document may not have endlessly many.
struct Between<'a> {
    inner: Box<dyn Read + 'a>,
    left: &'a Cell<u64>,
}

impl Read for Between<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(buffer)?;
        let Some(left) = self.left.get().checked_sub(length as u64) else {
            let why = "too many bytes between two filters";
            return Err(io::Error::new(io::ErrorKind::InvalidData, why));
        };
        self.left.set(left);
        Ok(length)
    }
}

/// Gives an error, and then nothing.
struct Failed(Option<io::Error>);

impl Read for Failed {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

#[cfg(test)]
pub mod tests {
    use std::io::{Cursor, SeekFrom, Write};

    use flate2::Compression;
    use flate2::write::ZlibEncoder;
    use proptest::prelude::*;

    use super::*;
    use crate::container::collected::{Collected, LIMITS};

    fn zlib(content: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(content).expect("a vector takes all");
        encoder.finish().expect("a vector takes all")
    }

    fn document(objects: &[(&str, &[u8])]) -> Vec<u8> {
        let mut document = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec();
        for (number, (entries, content)) in (1..).zip(objects) {
            document.extend(format!("{number} 0 obj\n<< {entries} >>\nstream\n").bytes());
            document.extend_from_slice(content);
            document.extend_from_slice(b"\nendstream\nendobj\n");
        }
        document.extend_from_slice(b"trailer << /Root 1 0 R >>\n%%EOF\n");
        document
    }

    fn read(document: &[u8]) -> Collected {
        let mut collected = Collected::default();
        let _ = open(&mut Cursor::new(document), &LIMITS, &mut collected);
        collected
    }

    /// Small inputs that are read to their end.
    pub fn samples() -> Vec<Vec<u8>> {
        let page = b"BT /F1 12 Tf 72 720 Td (first) Tj [(sec) -3 (ond)] TJ <6263> Tj ET";
        let packed = zlib(page);
        let length = format!("/Length {} /Filter /FlateDecode", packed.len());
        let filters = "/Filter [/AHx /FlateDecode] /DecodeParms << /Predictor 12 >>";
        vec![document(&[
            (&length, &packed),
            (filters, &hex(&packed)),
            (
                "/Filter [/A85 /LZW]",
                b"J..)6T`?p&<!J9%_[umg\"B7/Z7KNXbN'S+,*Q/&~>",
            ),
            ("/Filter /RL /Length 5", b"\x01ab\xfec"),
            ("/Type/EmbeddedFile /Length 8", b"attached"),
        ])]
    }

    #[test]
    fn streams_and_their_text_are_members() {
        let page = b"BT /F1 12 Tf 72 720 Td (first) Tj 0 -14 Td [(sec) -3 (ond)] TJ ET";
        let packed = zlib(page);
        let length = format!("/Length {} /Filter /FlateDecode", packed.len());
        let document = document(&[
            (&length, &packed),
            ("/Filter [/AHx /FlateDecode] /Length 99 0 R", &hex(&packed)),
            ("/Length 3", page),
            ("/Subtype /Image /Filter /FlateDecode", &packed),
            ("/Type/EmbeddedFile /Length 8", b"attached"),
            ("/Filter /JBIG2Decode", b"image"),
        ]);
        assert!(is(&document));
        let found = read(&document);
        assert!(found.unread.is_empty(), "{:?}", found.unread);
        let names = [
            "object 1 0 text",
            "object 1 0",
            "object 2 0 text",
            "object 2 0",
            "object 3 0 text",
            "object 5 0",
        ];
        assert_eq!(found.names(), names);
        assert_eq!(found.content("object 2 0"), page);
        for text in ["object 1 0 text", "object 2 0 text", "object 3 0 text"] {
            assert_eq!(found.content(text), b"first\nsecond\n");
        }
    }

    fn hex(bytes: &[u8]) -> Vec<u8> {
        let digits = bytes.iter().map(|byte| format!("{byte:02x}\n"));
        digits.collect::<String>().into_bytes()
    }

    #[test]
    fn the_type_of_an_attached_file_is_no_stream() {
        let entries = "/Filter /AHx /Type/EmbeddedFile /Subtype /application#2Foctet-stream";
        let found = read(&document(&[(&format!("{entries}\n"), b"61626364>")]));
        assert_eq!(found.content("object 1 0"), b"abcd");
    }

    #[test]
    fn what_an_update_has_replaced_is_read() {
        let words = |words: &str| zlib(format!("BT ({words}) Tj ET").as_bytes());
        let [first, second] = ["first", "second"].map(words);
        let entries = "/Filter /FlateDecode";
        let update = [
            document(&[(entries, &first)]),
            document(&[(entries, &second)]),
        ];
        let found = read(&update.concat());
        assert!(found.holds(b"first") && found.holds(b"second"));
    }

    #[test]
    fn predictors_are_undone() {
        // Two rows of four bytes: as they are, and as differences to those above.
        let content = zlib(b"\x00abcd\x02\x01\x01\x01\x01");
        let entries = "/Filter [/FlateDecode] /DecodeParms [<</Predictor 12 /Columns 4>>]";
        let found = read(&document(&[(entries, &content)]));
        assert_eq!(found.content("object 1 0"), b"abcdbcde");
    }

    #[test]
    fn encrypted_documents_are_said_to_be_so() {
        let mut document = document(&[("/Filter /FlateDecode", b"secret")]);
        document.extend_from_slice(b"trailer << /EncryptMetadata false /Encrypt 5 0 R >>");
        assert_eq!(read(&document).unread, [": encrypted"]);
        let found = read(b"%PDF-1.4 << /EncryptMetadata false >>");
        assert!(found.unread.is_empty());
    }

    #[test]
    fn a_lying_length_and_a_missing_end_are_survived() {
        let packed = zlib(b"some words of a stream");
        for length in ["0", "5", "1000000", "18446744073709551615", "-1"] {
            let entries = format!("/Length {length} /Filter /FlateDecode");
            let found = read(&document(&[(&entries, &packed)]));
            assert_eq!(found.content("object 1 0"), b"some words of a stream");
        }
        let whole = document(&[("/Filter /FlateDecode", &packed)]);
        let cut = whole.len() - 60;
        let found = read(&whole[..cut]);
        assert!(found.holds(b"some words") && !found.unread.is_empty());
    }

    #[test]
    fn streams_without_an_end_are_read_once() {
        let packed = zlib(b"BT (some words) Tj ET");
        let mut document = b"%PDF-1.4\n1 0 obj <</Filter/FlateDecode>>stream\n".to_vec();
        document.extend_from_slice(&packed);
        document.extend_from_slice(b"\n2 0 obj <</Filter/FlateDecode>>stream\n");
        document.extend_from_slice(&packed);
        let found = read(&document);
        assert_eq!(found.content("object 1 0 text"), b"some words\n");
        assert_eq!(found.content("object 2 0 text"), b"some words\n");
        let ends = [1, 2].map(|number| format!("object {number} 0: damaged: it has no end"));
        assert_eq!(found.unread, ends);
    }

    /// Counts the bytes that are read.
    struct Metered<'a>(Cursor<&'a [u8]>, u64);

    impl Read for Metered<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let length = self.0.read(buffer)?;
            self.1 += length as u64;
            Ok(length)
        }
    }

    impl io::Seek for Metered<'_> {
        fn seek(&mut self, place: SeekFrom) -> io::Result<u64> {
            // As files do.
            if matches!(place, SeekFrom::Start(place) if i64::try_from(place).is_err()) {
                return Err(io::ErrorKind::InvalidInput.into());
            }
            self.0.seek(place)
        }
    }

    /// Takes everything.
    #[derive(Default)]
    struct Taken {
        members: u64,
        most: Option<u64>,
    }

    impl Members for Taken {
        fn member(&mut self, _: &[u8], content: &mut dyn Read) -> ControlFlow<()> {
            self.members += 1;
            let _ = io::copy(content, &mut io::sink());
            match self.most {
                Some(most) if self.members >= most => ControlFlow::Break(()),
                _ => ControlFlow::Continue(()),
            }
        }

        fn record(&mut self, _: &str, _: &[crate::container::Field<'_>]) -> ControlFlow<()> {
            ControlFlow::Continue(())
        }

        fn unread(&mut self, _: &[u8], _: Unread) {}
    }

    #[test]
    fn a_length_beyond_all_files_costs_nothing_but_its_stream() {
        let packed = zlib(b"BT (some words) Tj ET");
        for length in ["9999999999999999999", "18446744073709551615", "9e99"] {
            let mut document = format!("%PDF-1.4\n<</Length {length}>>stream\n").into_bytes();
            document.extend_from_slice(b"2 0 obj <</Filter/FlateDecode>>stream\n");
            document.extend_from_slice(&packed);
            document.extend_from_slice(b"\nendstream endobj");
            let mut input = Metered(Cursor::new(&document), 0);
            let mut found = Collected::default();
            let _ = open(&mut input, &LIMITS, &mut found);
            assert_eq!(
                found.content("object 2 0 text"),
                b"some words\n",
                "{length}"
            );
        }
    }

    #[test]
    fn twice_the_streams_take_twice_the_reading() {
        let read = |piece: &[u8], count| {
            let document = [b"%PDF-1.4\n", &piece.repeat(count)[..]].concat();
            let mut input = Metered(Cursor::new(&document), 0);
            let _ = open(&mut input, &Limits::default(), &mut Taken::default());
            input.1
        };
        for piece in [
            &b"<<>>stream\n"[..],
            b"<</Length 100000>>stream\n",
            b">>stream\nendstream\n",
            b"stream\n",
            b"1 0 obj<<",
            b"/Encrypt",
            b"endstream\n",
        ] {
            let (few, many) = (read(piece, 4000), read(piece, 8000));
            let name = piece.escape_ascii();
            assert!(many < few * 5 / 2 + (1 << 20), "{name}: {few} {many}");
        }
    }

    /// Reads a byte of one member.
    struct Glance(String);

    impl Members for Glance {
        fn member(&mut self, name: &[u8], content: &mut dyn Read) -> ControlFlow<()> {
            self.0 = String::from_utf8_lossy(name).into_owned();
            let _ = content.read(&mut [0]);
            ControlFlow::Break(())
        }

        fn record(&mut self, _: &str, _: &[crate::container::Field<'_>]) -> ControlFlow<()> {
            ControlFlow::Break(())
        }

        fn unread(&mut self, _: &[u8], _: Unread) {}
    }

    #[test]
    fn the_taker_can_end_what_gives_nothing() {
        let words = [&b"%PDF-1.4\n"[..], &b"endstream ".repeat(4 << 20)].concat();
        let mut taken = Taken {
            most: Some(1),
            ..Taken::default()
        };
        let flow = open(&mut Cursor::new(&words), &LIMITS, &mut taken);
        assert!(flow.is_break() && taken.members == 1);
        let document = document(&[("/Length 0", &b"1 0 0 rg\n".repeat(1 << 20))]);
        let mut input = Metered(Cursor::new(&document), 0);
        let mut taken = Glance(String::new());
        assert!(open(&mut input, &LIMITS, &mut taken).is_break());
        assert_eq!(taken.0, "object 1 0 text");
        assert!(input.1 < document.len() as u64 * 7 / 2, "{}", input.1);
    }

    #[test]
    fn filters_in_filters_end() {
        // Deflate blocks without content: much to read, nothing to give.
        let empty: Vec<u8> = [0, 0, 0, 0xff, 0xff].repeat(100_000);
        let inner = [&[0x78, 0x9c][..], &empty].concat();
        let packed = zlib(&inner);
        let filters = "/Filter [/FlateDecode /FlateDecode]";
        let document = document(&[(filters, &packed)]);
        let limits = Limits {
            entries: 10,
            memory: 1 << 16,
        };
        let mut found = Collected::default();
        let _ = open(&mut Cursor::new(document), &limits, &mut found);
        assert!(found.unread[0].contains("between"), "{:?}", found.unread);
    }

    #[test]
    fn damage_anywhere_is_survived() {
        let packed = zlib(b"BT (a) Tj 1 0 Td <6263> Tj ET");
        let parameters = "/DecodeParms << /Predictor 1 >> /Filter /FlateDecode";
        let document = document(&[(parameters, &packed)]);
        for place in 0..document.len() {
            read(&document[..place]);
            for bits in [1, 0xff] {
                let mut document = document.clone();
                document[place] ^= bits;
                read(&document);
            }
        }
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_are_survived(
            bytes in prop::collection::vec(any::<u8>(), 0..300),
            entries in "[<>/()\\[\\]a-zA-Z0-9 ]{0,60}",
            filter in "(/Fl|/LZW|/A85|/AHx|/RL| ){0,5}",
        ) {
            is(&bytes);
            read(&bytes);
            let entries = format!("/Filter [{filter}] {entries}");
            read(&document(&[(&entries, &bytes)]));
        }
    }
}
