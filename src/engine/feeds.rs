//! What is done with the bytes of an input on their way to the scanner.

use std::io;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::Progress;
use super::passing::Passing;
use crate::container::{Closed, Format, HEAD, Tail, end_of_program, tell_closed};
use crate::model::feed::{Fed, Feed, ReadSeek};

/// How long the beginning of a text waits for the end of its first line.
const PATIENCE: Duration = Duration::from_secs(1);

/// A feed that ends when the audit is stopped, and counts what it gave.
pub struct Stoppable<'a> {
    feed: &'a mut dyn Feed,
    progress: &'a Progress,
    pub read: u64,
    pub stopped: bool,
}

impl<'a> Stoppable<'a> {
    /// A feed that nothing was read of.
    pub fn new(feed: &'a mut dyn Feed, progress: &'a Progress) -> Stoppable<'a> {
        Stoppable {
            feed,
            progress,
            read: 0,
            stopped: false,
        }
    }
}

impl Stoppable<'_> {
    /// Whether it is a file, whose bytes can be had once more.
    pub fn is_file(&self) -> bool {
        self.feed.is_file()
    }

    /// How many bytes are still to come, where that is known.
    pub fn left(&self) -> Option<u64> {
        self.feed.left()
    }
}

impl Feed for Stoppable<'_> {
    fn next(&mut self, buffer: &mut [u8]) -> io::Result<Fed> {
        if self.progress.stop.load(Ordering::Relaxed) {
            self.stopped = true;
            return Ok(Fed::End);
        }
        let fed = self.feed.next(buffer)?;
        if let Fed::Bytes(count) = fed {
            self.read += count as u64;
            self.progress
                .bytes
                .fetch_add(count as u64, Ordering::Relaxed);
        }
        Ok(fed)
    }

    fn pass_zeros(&mut self) -> u64 {
        let count = self.feed.pass_zeros();
        self.read += count;
        self.progress.bytes.fetch_add(count, Ordering::Relaxed);
        count
    }

    fn again(&mut self) -> Option<Box<dyn ReadSeek>> {
        self.feed.again()
    }

    fn beside(&mut self, ending: &str) -> io::Result<Option<Box<dyn ReadSeek>>> {
        self.feed.beside(ending)
    }
}

/// A feed whose first and last bytes tell whether it is a container.
pub struct Told<'a, 'f> {
    feed: &'a mut Stoppable<'f>,
    path: Option<&'a Path>,
    begun: bool,
    pub format: Option<Format>,
    pub closed: Option<Closed>,
    /// Where a program ends that the feed begins with.
    pub end_of_program: Option<u64>,
    /// The first bytes of a container that is read once, so that nothing is given of it.
    pub once: Option<Vec<u8>>,
    pub tail: Tail,
}

impl<'a, 'f> Told<'a, 'f> {
    /// Tells nothing unless it is wanted.
    pub fn new(feed: &'a mut Stoppable<'f>, path: Option<&'a Path>, wanted: bool) -> Told<'a, 'f> {
        Told {
            feed,
            path,
            begun: !wanted,
            format: None,
            closed: None,
            end_of_program: None,
            once: None,
            tail: Tail::default(),
        }
    }
}

impl Feed for Told<'_, '_> {
    fn pass_zeros(&mut self) -> u64 {
        self.feed.pass_zeros()
    }

    fn next(&mut self, buffer: &mut [u8]) -> io::Result<Fed> {
        let fed = self.feed.next(buffer)?;
        if let Fed::Bytes(count) = fed {
            self.tail.push(&buffer[..count]);
            if !self.begun {
                self.begun = true;
                let name = self.path.map(|path| path.as_os_str().as_encoded_bytes());
                self.format = Format::tell(&buffer[..count], name);
                if self.format.is_some_and(Format::is_read_once) {
                    self.once = Some(buffer[..count].to_vec());
                    return Ok(Fed::End);
                }
                if self.format.is_none() {
                    self.closed = tell_closed(&buffer[..count]);
                    self.end_of_program = end_of_program(&buffer[..count]);
                }
            }
        }
        Ok(fed)
    }
}

/// A feed of which is kept what can be an archive behind something else.
pub struct Passed<'a> {
    pub feed: &'a mut dyn Feed,
    pub passing: Passing,
}

impl Feed for Passed<'_> {
    fn next(&mut self, buffer: &mut [u8]) -> io::Result<Fed> {
        let fed = self.feed.next(buffer)?;
        if let Fed::Bytes(count) = fed {
            self.passing.push(&buffer[..count]);
        }
        Ok(fed)
    }
}

/// A feed of which the first bytes were read, as many as came at once.
pub struct Begun<'a, 'f> {
    pub head: Vec<u8>,
    given: usize,
    feed: &'a mut Stoppable<'f>,
}

impl<'a, 'f> Begun<'a, 'f> {
    /// The first bytes, and what they were read from.
    pub fn with(head: Vec<u8>, feed: &'a mut Stoppable<'f>) -> Begun<'a, 'f> {
        Begun {
            head,
            given: 0,
            feed,
        }
    }

    /// Reads until it is known what it is, or until there is a pause in a text.
    pub fn read(feed: &'a mut Stoppable<'f>) -> io::Result<Begun<'a, 'f>> {
        let mut head = vec![0; HEAD];
        let mut length = 0;
        let mut begun = None;
        while length < head.len() {
            match feed.next(&mut head[length..])? {
                Fed::Bytes(count) => {
                    length += count;
                    begun.get_or_insert_with(Instant::now);
                }
                Fed::Idle | Fed::Behind
                    if may_become_container(
                        &head[..length],
                        begun.is_some_and(|begun| begun.elapsed() > PATIENCE),
                    ) => {}
                Fed::Idle | Fed::Behind | Fed::End => break,
            }
        }
        head.truncate(length);
        Ok(Begun::with(head, feed))
    }
}

/// Whether more bytes can make a container of these. Whoever waits for a line of a
/// log wants to know of it at once, or soon where the line has no end; the beginning of an
/// archive can wait.
fn may_become_container(head: &[u8], is_late: bool) -> bool {
    let is_text = |byte: &u8| matches!(byte, b'\t' | b'\n' | b'\r' | 0x1b | b' '..);
    let is_line = is_late || memchr::memchr(b'\n', head).is_some();
    !(is_line && head.iter().all(is_text)) && Format::tell(head, None).is_none()
}

impl Feed for Begun<'_, '_> {
    fn next(&mut self, buffer: &mut [u8]) -> io::Result<Fed> {
        let left = &self.head[self.given..];
        if left.is_empty() {
            return self.feed.next(buffer);
        }
        let count = left.len().min(buffer.len());
        buffer[..count].copy_from_slice(&left[..count]);
        self.given += count;
        Ok(Fed::Bytes(count))
    }
}

/// Reads a feed; a pause is waited for.
pub struct FeedReader<'a>(pub &'a mut dyn Feed);

impl io::Read for FeedReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            match self.0.next(buffer)? {
                Fed::Bytes(count) => return Ok(count),
                Fed::Idle | Fed::Behind => {}
                Fed::End => return Ok(0),
            }
        }
    }
}
