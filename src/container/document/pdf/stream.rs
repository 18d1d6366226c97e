//! The streams of a PDF document: where they stand, and what their dictionaries say
//! (7.3.8 of ISO 32000-1:2008).

use std::io;

use super::filter::Filter;
use super::source::{Source, Stop};
use super::syntax::{Dictionary, each, inside, last_object, names};
use crate::container::Members;

/// So much white space may stand between a dictionary and its stream.
const SPACE: u64 = 64;
/// The dictionary of a stream is looked for in so many bytes before it.
const LONGEST_DICTIONARY: u64 = 64 << 10;
/// Documents have two filters for a stream at most; more only invite bombs.
const MOST_FILTERS: usize = 4;

/// A stream in the document.
pub struct Stream {
    pub name: String,
    /// The number and the generation of its object.
    pub object: Option<(u64, u64)>,
    pub dictionary: Vec<u8>,
    pub start: u64,
    pub end: End,
    pub plan: Plan,
}

impl Stream {
    /// The next stream from a place on.
    pub fn next(
        source: &mut Source<'_>,
        from: u64,
        members: &mut dyn Members,
    ) -> Result<Option<Stream>, Stop> {
        let mut next = from;
        while let Some(keyword) = source.search(KEYWORD, next, members)? {
            // A dictionary may have the word too: `application/octet-stream`.
            if let Some(stream) = Stream::at(source, from, keyword, members)? {
                return Ok(Some(stream));
            }
            next = keyword + KEYWORD.len() as u64;
        }
        Ok(None)
    }

    /// The stream that begins with this keyword, if it is one. Nothing before `from`
    /// belongs to it.
    pub fn at(
        source: &mut Source<'_>,
        from: u64,
        keyword: u64,
        members: &mut dyn Members,
    ) -> Result<Option<Stream>, Stop> {
        let Some(start) = start(source, from, keyword)? else {
            return Ok(None);
        };
        let first = from.max(keyword.saturating_sub(LONGEST_DICTIONARY));
        let header = source.peek(first, (keyword - first) as usize)?;
        let (object, dictionary) = match last_object(&header) {
            Some((object, dictionary)) => (Some(object), dictionary),
            None => (None, &header[..]),
        };
        let entries = Dictionary(inside(dictionary));
        let end = match entries.number(b"Length") {
            Some(length) if ends_at(source, start.saturating_add(length))? => {
                End::Marked(start + length)
            }
            _ => end(source, start, members)?,
        };
        Ok(Some(Stream {
            name: match object {
                Some((number, generation)) => format!("object {number} {generation}"),
                None => format!("stream at {start}"),
            },
            object,
            plan: Plan::new(&entries),
            dictionary: dictionary.to_vec(),
            start,
            end,
        }))
    }
}

const KEYWORD: &[u8] = b"stream";

/// Where a stream ends.
pub enum End {
    /// At its end.
    Marked(u64),
    /// Where the next one begins, or with the document.
    Missing(u64),
}

impl End {
    /// The place after its last byte.
    pub fn place(&self) -> u64 {
        match self {
            End::Marked(place) | End::Missing(place) => *place,
        }
    }
}

/// Where the content begins that has this keyword, if a dictionary stands before it.
fn start(source: &mut Source<'_>, from: u64, keyword: u64) -> io::Result<Option<u64>> {
    let after = keyword + KEYWORD.len() as u64;
    let start = match source.bytes(after, 2)?[..] {
        [b'\r', b'\n'] => after + 2,
        [b'\n' | b'\r', ..] => after + 1,
        _ => return Ok(None),
    };
    // Most words are no keywords, which the bytes just before them tell.
    let near = from.max(keyword.saturating_sub(SPACE));
    let bytes = source.peek(near, (keyword - near) as usize)?;
    Ok(Some(start).filter(|_| bytes.trim_ascii_end().ends_with(b">>")))
}

/// Whether a stream can end at a place.
fn ends_at(source: &mut Source<'_>, place: u64) -> io::Result<bool> {
    // Files have no places as far away as some lengths say.
    if place > source.size() {
        return Ok(false);
    }
    let bytes = source.peek(place, b"\r\nendstream".len())?;
    Ok(bytes.trim_ascii_start().starts_with(b"endstream"))
}

/// Where the stream ends whose content begins there, whatever its length is said to be.
fn end(source: &mut Source<'_>, start: u64, members: &mut dyn Members) -> Result<End, Stop> {
    let mut from = start;
    while let Some(keyword) = source.search(KEYWORD, from, members)? {
        let end = keyword.saturating_sub(b"end".len() as u64).max(start);
        if source.bytes(end, b"end".len())? == b"end" {
            return Ok(End::Marked(end));
        }
        if self::start(source, start, keyword)?.is_some() {
            return Ok(End::Missing(keyword));
        }
        from = keyword + KEYWORD.len() as u64;
    }
    Ok(End::Missing(source.size().max(start)))
}

/// What to do with a stream, as its dictionary says.
pub enum Plan {
    Read { filters: Vec<Filter>, use_of: Use },
    LeaveOut,
    Encrypted,
    Unsupported(String),
}

/// What a stream is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// It may show text.
    Content,
    /// A file that is attached to the document.
    File,
    Other,
}

impl Plan {
    fn new(dictionary: &Dictionary<'_>) -> Plan {
        if dictionary.is(b"Subtype", b"Image") {
            return Plan::LeaveOut;
        }
        let filters = dictionary.value(b"Filter").or(dictionary.value(b"F"));
        let names = names(filters.unwrap_or_default());
        if names.is_empty() && filters.is_some_and(|filters| filters.contains(&b'R')) {
            return Plan::Unsupported("a filter that is named elsewhere".to_owned());
        }
        if names.len() > MOST_FILTERS {
            return Plan::Unsupported(format!("{} filters", names.len()));
        }
        let parameters = dictionary.value(b"DecodeParms").or(dictionary.value(b"DP"));
        let parameters = each(parameters.unwrap_or_default());
        let mut filters = Vec::new();
        for (position, name) in names.into_iter().enumerate() {
            let parameters = parameters.get(position).copied().unwrap_or_default();
            let parameters = Dictionary(inside(parameters));
            // It says that the stream is not encrypted (7.4.10).
            let is_identity = matches!(parameters.value(b"Name"), None | Some(b"/Identity"));
            if name == b"Crypt" && is_identity {
                continue;
            }
            match Filter::new(name, &parameters) {
                Some(filter) => filters.push(filter),
                None => return Plan::without(name),
            }
        }
        Plan::Read {
            filters,
            use_of: Use::new(dictionary),
        }
    }

    /// What to do with a stream that has a filter of this name, which can't be undone.
    fn without(name: &[u8]) -> Plan {
        match name {
            b"DCTDecode" | b"DCT" | b"JPXDecode" | b"CCITTFaxDecode" | b"CCF" | b"JBIG2Decode" => {
                Plan::LeaveOut
            }
            b"Crypt" => Plan::Encrypted,
            other => {
                let name: String = other.escape_ascii().take(100).map(char::from).collect();
                Plan::Unsupported(format!("the filter {name}"))
            }
        }
    }
}

impl Use {
    fn new(dictionary: &Dictionary<'_>) -> Use {
        if dictionary.is(b"Type", b"EmbeddedFile") {
            return Use::File;
        }
        // Fonts have the length of their parts, or a kind; other streams have a type.
        let is_content = match dictionary.value(b"Type") {
            Some(_) => dictionary.is(b"Type", b"XObject"),
            None => {
                let subtype = dictionary.value(b"Subtype");
                let is_font = dictionary.value(b"Length1").is_some()
                    || (subtype.is_some() && !dictionary.is(b"Subtype", b"Form"));
                !is_font
            }
        };
        if is_content { Use::Content } else { Use::Other }
    }
}
