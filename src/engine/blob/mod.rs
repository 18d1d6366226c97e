//! Audits a blob, what stands inside of it when it is a container, and what is encoded in
//! it when it is a text, all of it in the same way.
//!
//! A container is read as it is, too: what its decoder does not reach is found
//! in its raw bytes. Everything is bounded, and a bound that is hit is said.

mod members;
pub mod opening;
mod raw;

use std::collections::HashSet;
use std::io::{self, Cursor, Read, Seek as _};
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use self::opening::{Input, may_end_as_container, write_ahead_log};
use super::Progress;
use super::budget::room::LeftOut;
use super::budget::{Bounds, Budget, Share, Siblings};
use super::feeds::{Begun, FeedReader, Passed, Stoppable, Told};
use super::passing::Passing;
use super::sightings::Sightings;
use super::tee::{Covered, Tee};
use crate::container::{Format, HEAD, Unread, tell_closed};
use crate::detect::{Match, Scanner, Seen};
use crate::model::feed::Feed;
use crate::model::layer::Layer;
use crate::model::location::Location;
use crate::system::memory::{self, Held};

/// Problems of one input that are told one by one.
const MAX_PROBLEMS: usize = 100;

/// Bytes of a container inside of something else for which no other thread has to wait.
const SMALL_IMAGE: u64 = 4 << 20;

/// A secret and what it stands behind.
#[derive(Debug)]
pub struct Hit<'r> {
    /// The secret; its location is the one to report.
    pub found: Match<'r>,
    /// The containers and encodings around it, the outermost first.
    pub inside: Vec<Layer>,
    /// Where in the input the text stands that the outermost member is encoded in.
    pub encoded_at: Option<Box<Location>>,
}

/// The bytes of a blob.
pub enum Content<'c> {
    /// They are in memory.
    Bytes(&'c [u8]),
    /// They come once, from the first to the last.
    Stream(&'c mut dyn Read),
    /// They come from a file, or from something that goes on while it is read: then what is
    /// found is announced before it is known what follows.
    Feed(&'c mut dyn Feed, &'c dyn Fn(&Match<'_>)),
}

/// What one blob gave, with all that is in it.
#[derive(Debug, Default)]
pub struct Audited<'r> {
    /// The secrets in it.
    pub hits: Vec<Hit<'r>>,
    /// What could not be read, with the layers around it.
    pub problems: Vec<(Vec<Layer>, Unread)>,
    /// Whether it is a picture or holds one, so that a text in it is not read.
    pub has_picture: bool,
    /// Whether the audit was stopped before its end.
    pub is_stopped: bool,
    /// Bytes that were read of a feed.
    pub read: u64,
    /// What ended the reading. Everything before it was audited.
    pub error: Option<io::Error>,
    /// Secrets that there was no room for.
    pub left_out: LeftOut,
}

/// The audit of one blob: the one door for everything, whether it is a file, a stream, an
/// object of git or a member of a container.
pub struct BlobAudit<'u, 'r> {
    scanner: &'u mut Scanner<'r>,
    progress: &'u Progress,
    out: Audited<'r>,
    /// The layers around what is being read.
    inside: Vec<Layer>,
    /// Bytes of containers that are in memory as a whole by now.
    held: usize,
    /// Values that stood in records, as [`identity`](crate::model::secret::identity) tells them.
    in_records: Vec<u64>,
    /// Containers in encoded texts that were opened, by where and what they are.
    opened: HashSet<(u64, u64)>,
    /// Where the encoded text stands that everything comes from by now.
    encoded_at: Option<Location>,
    /// Length of the input as it is, when it is known.
    length: Option<u64>,
    budget: Rc<Budget<'u>>,
    /// The share of the member that is being read.
    share: Option<Share>,
}

impl<'u, 'r> BlobAudit<'u, 'r> {
    /// An audit whose time begins.
    pub fn new(
        scanner: &'u mut Scanner<'r>,
        bounds: &'u Bounds,
        progress: &'u Progress,
    ) -> BlobAudit<'u, 'r> {
        scanner.time.begin();
        let time = Arc::clone(&scanner.time);
        BlobAudit {
            scanner,
            progress,
            out: Audited::default(),
            inside: Vec::new(),
            held: 0,
            in_records: Vec::new(),
            opened: HashSet::new(),
            encoded_at: None,
            length: None,
            budget: Rc::new(Budget::new(bounds, &progress.unpacked, time)),
            share: None,
        }
    }

    /// Audits a blob and everything in it. Its path can say what its values are.
    pub fn run(mut self, content: Content<'_>, path: Option<&Path>) -> Audited<'r> {
        let result = match content {
            Content::Bytes(bytes) => {
                self.bytes(bytes, path);
                Ok(())
            }
            Content::Stream(input) => {
                self.scanner.time.run_on();
                self.stream(input, path)
            }
            Content::Feed(feed, announce) => {
                let mut feed = Stoppable::new(feed, self.progress);
                let result = match feed.is_file() {
                    true => self.file(&mut feed, path),
                    false => self.pipe(&mut feed, path, announce),
                };
                self.out.read = feed.read;
                self.out.is_stopped = feed.stopped;
                result
            }
        };
        self.out.error = result.err();
        self.finish()
    }

    fn finish(mut self) -> Audited<'r> {
        if let Some(bound) = self.budget.ended_by() {
            self.out.problems.push((Vec::new(), Unread::Limit(bound)));
        }
        self.out.left_out = self.budget.room.left_out();
        self.scanner.time.look();
        self.out.is_stopped |= self.scanner.time.is_stopped();
        self.out
    }

    /// Audits a file: its bytes first, which most files end with.
    fn file(&mut self, feed: &mut Stoppable<'_>, path: Option<&Path>) -> io::Result<()> {
        let decode = self.budget.bounds.decode;
        let mut told = Told::new(feed, path, decode);
        let mut raw = Sightings::new(&self.budget);
        let mut found = |seen: Seen<'r>| raw.push(seen);
        let scanned = self.scanner.scan(&mut told, path, &mut found, &mut |_| {});
        if let Some(head) = told.once.take() {
            let length = feed.left().map(|left| left + feed.read);
            if let Some(length) = length {
                self.set_length(length);
            }
            self.scanner.time.run_on();
            return self.stream(&mut FeedReader(&mut Begun::with(head, feed)), path);
        }
        let result = scanned.map(|_| ());
        let end_of_program = told.end_of_program;
        let may_end = told.tail.tell().is_some() || may_end_as_container(path);
        let (format, closed, read) = (told.format, told.closed, feed.read);
        let is_longer = end_of_program.is_some_and(|end| end < read);
        let ends_as_container = decode && (may_end || is_longer);
        let is_whole = !self.scanner.time.has_ended();
        if raw.is_empty() && format.is_none() && closed.is_none() && !ends_as_container && is_whole
        {
            return result;
        }
        self.scanner.time.run_on();
        let mut input = feed.again().filter(|_| !feed.stopped);
        let format = format.or_else(|| {
            let input = input.as_mut()?;
            let format = ends_as_container.then(|| Format::tell_behind(input));
            input.seek(io::SeekFrom::Start(0)).ok()?;
            format.flatten()
        });
        let log = match format.is_some_and(Format::has_log) {
            true => write_ahead_log(feed),
            false => Ok(None),
        };
        let log = log.unwrap_or_else(|why| {
            self.problem(why);
            None
        });
        let (wal, _held) = log.unzip();
        if format.is_some() && input.is_none() && !feed.stopped {
            let why = "it can't be read a second time, to be opened";
            self.problem(Unread::Limit(why.to_owned()));
        }
        self.closed(closed);
        let before = self.before();
        if let Some((format, input)) = format.zip(input.as_mut())
            && !self.scanner.time.has_ended()
        {
            self.set_length(read);
            self.open(format, path, None, Input::Seek(input, wal));
        }
        let inside = self.since(before);
        self.take_raw(raw.into_list(), inside);
        result
    }

    /// Audits what cannot be read twice, and may pause.
    fn pipe(
        &mut self,
        feed: &mut Stoppable<'_>,
        path: Option<&Path>,
        announce: &dyn Fn(&Match<'_>),
    ) -> io::Result<()> {
        let mut begun = Begun::read(feed)?;
        let is_told =
            Format::tell(&begun.head, None).is_some() || tell_closed(&begun.head).is_some();
        if self.budget.bounds.decode && is_told {
            self.scanner.time.run_on();
            return self.stream(&mut FeedReader(&mut begun), path);
        }
        let mut raw = Sightings::new(&self.budget);
        let mut feed = Passed {
            feed: &mut begun,
            passing: match self.budget.bounds.decode {
                true => Passing::within(self.budget.bounds.memory),
                false => Passing::default(),
            },
        };
        let mut found = |seen: Seen<'r>| raw.push(seen);
        let mut said = |hit: &Match<'r>| announce(hit);
        let scanned = self.scanner.scan(&mut feed, path, &mut found, &mut said);
        let passing = feed.passing;
        self.scanner.time.run_on();
        let before = self.before();
        self.open_behind(passing, path);
        let inside = self.since(before);
        self.take_raw(raw.into_list(), inside);
        scanned.map(|_| ())
    }

    /// Audits bytes that are in memory, and what they hold.
    fn bytes(&mut self, bytes: &[u8], name: Option<&Path>) {
        let mut raw = Sightings::new(&self.budget);
        self.scanner
            .scan_bytes(bytes, name, &mut |seen| raw.push(seen));
        let before = self.before();
        self.open_bytes(bytes, name);
        let inside = self.since(before);
        self.take_raw(raw.into_list(), inside);
    }

    /// Sets the length of the input, where it was not known and this is all of it.
    fn set_length(&mut self, length: u64) {
        if self.inside.is_empty() && self.encoded_at.is_none() && self.length.is_none() {
            self.length = Some(length);
            self.budget.set_length(length);
        }
    }

    /// Audits what a reader gives, and what it holds.
    ///
    /// # Errors
    ///
    /// What the reader answers. Everything before the error was audited.
    fn stream(&mut self, input: &mut dyn Read, name: Option<&Path>) -> io::Result<()> {
        let mut head = Vec::with_capacity(4096);
        let mut failed = input.take(HEAD as u64).read_to_end(&mut head).err();
        let format = match failed {
            None => self.tell(&head, name),
            Some(_) => None,
        };
        let before = self.before();
        let limits = self.limits();
        let rest: &mut dyn Read = match failed {
            None => input,
            Some(_) => &mut io::empty(),
        };
        let covered = Covered::default();
        let mut whole = Tee::new(
            Cursor::new(&head).chain(rest),
            self.scanner.begin(name),
            Sightings::new(&self.budget),
            format.is_some_and(Format::stores).then_some(&covered),
            match format {
                None if self.budget.bounds.decode => Passing::within(limits.memory),
                _ => Passing::default(),
            },
        );
        let mut image = None;
        let mut held = Held::default();
        match format {
            None => {}
            Some(format) if format.streams() => {
                self.open(format, name, Some(&covered), Input::Stream(&mut whole));
            }
            Some(format) => {
                let mut bytes = Vec::new();
                let longest = limits.memory as u64 + 1;
                let small = SMALL_IMAGE.min(longest);
                let mut read = (&mut whole).take(small).read_to_end(&mut bytes);
                if read.is_ok() && bytes.len() as u64 == small {
                    held = memory::hold(limits.memory);
                    let rest = longest - small;
                    read = (&mut whole).take(rest).read_to_end(&mut bytes);
                }
                failed = failed.or(read.err());
                if bytes.len() > limits.memory {
                    self.large(format, bytes, &mut whole, name);
                } else {
                    image = Some((format, bytes));
                }
            }
        }
        // What the decoder left is audited as it is.
        failed = failed.or(whole.drain().err());
        let (scan, mut raw, passing) = whole.into_parts();
        self.scanner.end(scan, &mut |seen| raw.push(seen));
        if format.is_none() {
            self.open_behind(passing, name);
        }
        if let Some((format, bytes)) = image {
            self.set_length(bytes.len() as u64);
            let length = bytes.len();
            self.held += length;
            let input = &mut Cursor::new(bytes);
            self.open(format, name, None, Input::Seek(input, None));
            self.held -= length;
        }
        drop(held);
        let inside = self.since(before);
        self.take_raw(raw.into_list(), inside);
        failed.map_or(Ok(()), Err)
    }

    /// Takes down what could not be read.
    fn problem(&mut self, why: Unread) {
        // Many notes leave room for what makes the audit incomplete.
        let is_limit = |why: &Unread| matches!(why, Unread::Limit(_));
        let same = self.out.problems.iter();
        let same = same.filter(|(_, other)| is_limit(other) == is_limit(&why));
        let more = || "and more that could not be read".to_owned();
        match same.count() {
            ..MAX_PROBLEMS => self.out.problems.push((self.inside.clone(), why)),
            MAX_PROBLEMS => self.out.problems.push((
                Vec::new(),
                match is_limit(&why) {
                    true => Unread::Limit(more()),
                    false => Unread::Damaged(more()),
                },
            )),
            _ => {}
        }
    }

    /// The share of what is being read.
    fn share(&self) -> Share {
        self.share.unwrap_or_else(|| self.budget.whole())
    }

    /// Gives what is read next a share of its own, and tells which one to go back to.
    fn enter_share(&mut self, siblings: Siblings) -> Option<Share> {
        let share = self.budget.share(self.share(), siblings);
        self.share.replace(share)
    }

    /// Counts bytes that were unpacked. `false` when a bound is hit.
    fn spend(&mut self, bytes: u64) -> bool {
        let share = self.share();
        self.budget.spend(bytes, share.of_member());
        let exceeded = self.budget.exceeded(share);
        let within = exceeded.is_none();
        self.limit(exceeded);
        within && !self.is_over()
    }

    /// Takes down a bound that was hit: one of the whole input ends its unpacking, any
    /// other one that of what is being read.
    fn limit(&mut self, bound: Option<String>) {
        if self.is_over() || self.budget.look() {
            return;
        }
        if let Some(bound) = bound {
            self.problem(Unread::Limit(bound));
        }
    }

    fn is_over(&self) -> bool {
        self.budget.is_over()
    }
}
