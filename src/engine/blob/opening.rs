//! Opens containers: tells them, calls their decoders, and bounds both.

use std::io::{self, Cursor, Read, Seek as _};
use std::path::Path;

use super::BlobAudit;
use super::members::Taker;
use crate::container::{Closed, Format, Limits, Members, Tail, Unread, tell_closed};
use crate::engine::passing::Passing;
use crate::engine::tee::Covered;
use crate::model::feed::{Feed, ReadSeek};
use crate::model::layer::Layer;
use crate::source::in_words;
use crate::system::guard::{Panicked, guarded};
use crate::system::memory::{self, Held};

/// What is said of a container whose decoder panicked.
pub const DECODER_FAILED: &str = "its decoder failed, and it was read as raw bytes";

/// How a decoder is given a container.
pub enum Input<'i> {
    /// In any order, with the write-ahead log of a database.
    Seek(&'i mut dyn ReadSeek, Option<Vec<u8>>),
    /// From its beginning to its end.
    Stream(&'i mut dyn Read),
    /// The same for one that is too large for the memory.
    Large(&'i mut dyn Read),
}

impl<'u, 'r> BlobAudit<'u, 'r> {
    /// Opens bytes that are in memory and were scanned, when they are a container or end as
    /// one.
    pub(super) fn open_bytes(&mut self, bytes: &[u8], name: Option<&Path>) {
        let format = self.tell(bytes, name);
        let Some(format) = format.or_else(|| self.tell_behind(&Tail::of(bytes))) else {
            return;
        };
        self.scanner.time.run_on();
        self.set_length(bytes.len() as u64);
        let input = &mut Cursor::new(bytes);
        self.open(format, name, None, Input::Seek(input, None));
    }

    /// Opens the archive that an input ended as which went by, and does not begin as one.
    pub(super) fn open_behind(&mut self, passing: Passing, name: Option<&Path>) {
        let Some(format) = self.tell_behind(&passing.tail) else {
            return;
        };
        let Some(mut input) = passing.into_input() else {
            let most = memory::in_words(self.limits().memory);
            let why = format!("an archive behind something else, of more than {most} together");
            return self.problem(Unread::Limit(why));
        };
        self.set_length(input.length());
        let kept = input.kept();
        self.held += kept;
        self.open(format, name, None, Input::Seek(&mut input, None));
        self.held -= kept;
    }

    /// Opens a container. `false` where it cannot be read like this.
    pub(super) fn open(
        &mut self,
        format: Format,
        name: Option<&Path>,
        covered: Option<&Covered>,
        input: Input<'_>,
    ) -> bool {
        self.open_with(format, name, covered, |limits, members| {
            let flow = match input {
                Input::Seek(input, wal) => Some(format.open(input, wal, limits, members)),
                Input::Stream(input) => Some(format.open_stream(input, limits, members)),
                Input::Large(input) => format.open_large(input, limits, members),
            };
            flow.is_some()
        })
    }

    /// Calls a decoder. If it panics, what it gave until then counts, and its failure is
    /// noted; the bytes of the container are scanned as they are all the same.
    pub(super) fn open_with(
        &mut self,
        format: Format,
        name: Option<&Path>,
        covered: Option<&Covered>,
        open: impl FnOnce(&Limits, &mut dyn Members) -> bool,
    ) -> bool {
        let limits = self.limits();
        let depth = self.inside.len();
        let (share, encoded_at, held) = (self.share, self.encoded_at, self.held);
        let mut members = self.taker(format, name, covered);
        let opened = guarded(|| open(&limits, &mut members));
        opened.unwrap_or_else(|Panicked| {
            self.inside.truncate(depth);
            (self.share, self.encoded_at, self.held) = (share, encoded_at, held);
            self.problem(Unread::Damaged(DECODER_FAILED.to_owned()));
            true
        })
    }

    /// Opens a container that is too large for the memory and goes on behind `begun`, if
    /// it can be read from its beginning to its end.
    pub(super) fn large(
        &mut self,
        format: Format,
        begun: Vec<u8>,
        rest: &mut dyn Read,
        name: Option<&Path>,
    ) {
        let most = self.limits().memory;
        let length = begun.len();
        self.held += length;
        let mut whole = Cursor::new(begun).chain(rest);
        let is_opened = self.open(format, name, None, Input::Large(&mut whole));
        self.held -= length;
        if !is_opened {
            let why = format!(
                "{} of more than {} inside of something else",
                format.id(),
                memory::in_words(most)
            );
            self.problem(Unread::Limit(why));
        }
    }

    /// Takes the members of a container.
    pub(super) fn taker<'t>(
        &'t mut self,
        format: Format,
        outer: Option<&'t Path>,
        covered: Option<&'t Covered>,
    ) -> Taker<'t, 'u, 'r> {
        let is_nested = self.depth() > 0;
        let members = self.budget.members(is_nested);
        Taker {
            audit: self,
            format,
            outer,
            covered,
            is_nested,
            members,
            left: members,
        }
    }

    /// Which container these bytes begin, unless it lies too deep.
    pub(super) fn tell(&mut self, head: &[u8], name: Option<&Path>) -> Option<Format> {
        if !self.budget.bounds.decode {
            return None;
        }
        let name = name.map(|name| name.as_os_str().as_encoded_bytes());
        let Some(format) = Format::tell(head, name) else {
            self.closed(tell_closed(head));
            return None;
        };
        self.unless_too_deep(format)
    }

    /// Which container an input ends as, unless it lies too deep.
    pub(super) fn tell_behind(&mut self, tail: &Tail) -> Option<Format> {
        let format = tail.tell().filter(|_| self.budget.bounds.decode)?;
        self.unless_too_deep(format)
    }

    pub(super) fn unless_too_deep(&mut self, format: Format) -> Option<Format> {
        if self.depth() < self.budget.bounds.depth {
            return Some(format);
        }
        let why = format!(
            "more than {} containers inside of each other",
            self.budget.bounds.depth
        );
        self.problem(Unread::Limit(why));
        None
    }

    /// Takes down that something is not looked into.
    pub(super) fn closed(&mut self, what: Option<Closed>) {
        match what {
            None => {}
            Some(Closed::Picture) => self.out.has_picture = true,
            Some(Closed::Encrypted) => self.problem(Unread::Encrypted),
            Some(Closed::NotOpened(format)) => {
                self.problem(Unread::Unsupported(format.to_owned()));
            }
        }
    }

    /// What the next decoder may use. Those around it use some already: containers
    /// in memory share one bound with it, and windows inside of windows have less and less,
    /// so that all of them together have less than twice as much.
    pub(super) fn limits(&self) -> Limits {
        let most = self.budget.bounds.memory;
        let left = (most + most / 2).saturating_sub(self.held).min(most);
        let has_window = |layer: &&Layer| match layer {
            Layer::Member { format, .. } => Format::named(format).is_some_and(Format::has_window),
            Layer::Encoding(_) => false,
        };
        let windows = self.inside.iter().filter(has_window).count();
        Limits {
            entries: self.budget.bounds.entries,
            memory: left >> (2 * windows).saturating_sub(1).min(63),
        }
    }

    /// How many containers are around what is being read.
    pub(super) fn depth(&self) -> usize {
        let layers = self.inside.iter();
        layers
            .filter(|layer| matches!(layer, Layer::Member { .. }))
            .count()
    }
}

/// Whether a file can be an archive behind a program, with a comment at its end.
pub fn may_end_as_container(path: Option<&Path>) -> bool {
    const EXTENSIONS: [&[u8]; 4] = [b".exe", b".run", b".pex", b".pyz"];
    let name = path.map_or(&b""[..], |path| path.as_os_str().as_encoded_bytes());
    EXTENSIONS.iter().any(|extension| {
        name.len() > extension.len()
            && name[name.len() - extension.len()..].eq_ignore_ascii_case(extension)
    })
}

/// The write-ahead log beside a database, with the memory that it takes.
pub fn write_ahead_log(feed: &mut dyn Feed) -> Result<Option<(Vec<u8>, Held)>, Unread> {
    const LONGEST: u64 = 64 << 20;
    let limit = |error| Unread::Limit(format!("its write-ahead log: {}", in_words(&error)));
    let Some(mut log) = feed.beside("-wal").map_err(limit)? else {
        return Ok(None);
    };
    let length = log.seek(io::SeekFrom::End(0)).map_err(limit)?;
    if length > LONGEST {
        let why = "its write-ahead log is longer than 64 MiB and was read as raw bytes";
        return Err(Unread::Limit(why.to_owned()));
    }
    let held = memory::hold(length as usize);
    let mut bytes = Vec::new();
    log.rewind().map_err(limit)?;
    log.take(length).read_to_end(&mut bytes).map_err(limit)?;
    Ok(Some((bytes, held)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::Scanner;
    use crate::engine::Progress;
    use crate::engine::budget::Bounds;
    use crate::rule::{RuleSet, expand};

    #[test]
    fn a_decoder_that_panics_costs_its_container_only() {
        let rules = RuleSet::built_in();
        let mut scanner = Scanner::new(&rules);
        let (bounds, progress) = (Bounds::default(), Progress::default());
        let mut audit = BlobAudit::new(&mut scanner, &bounds, &progress);
        let leak = |who: &str| expand(&format!("NPSSO={{{{npsso:{who}}}}}\n"));
        let (first, deep, behind) = (leak("first"), leak("deep"), leak("behind"));
        let zip = Format::of("zip");
        audit.open_with(zip, None, None, |_, members| {
            let _ = members.member(b"a.env", &mut first.as_bytes());
            let _ = members.member(b"b", &mut Panics(deep.as_bytes()));
            true
        });
        audit.bytes(behind.as_bytes(), None);
        let audited = audit.finish();
        let names = audited.hits.iter().map(|hit| hit.inside.len());
        assert_eq!(names.collect::<Vec<_>>(), [1, 0]);
        let [(inside, Unread::Damaged(why))] = &audited.problems[..] else {
            panic!("{:?}", audited.problems);
        };
        assert_eq!((inside.len(), &why[..]), (0, DECODER_FAILED));
    }

    /// Gives some bytes, and panics then.
    struct Panics<'b>(&'b [u8]);

    impl Read for Panics<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            match self.0.is_empty() {
                true => panic!("a decoder that panics"),
                false => self.0.read(buffer),
            }
        }
    }
}
