//! Reads an input of any size through one window, in constant memory.

use std::borrow::Cow;
use std::cell::{Cell, LazyCell};
use std::collections::{BTreeMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use super::hits::{Hit, settle, without_repeats};
use super::nearby::Nearby;
use super::position::{Position, TextEncoding};
use super::shapes::Shapes;
use super::{Before, Candidate, Opinions, candidate, is_within_reach, rate};
use crate::context::{self, REACH};
use crate::cookie::Cookie;
use crate::decode::container::{Format, ReadSeek};
use crate::decode::{self, Encoding, Reading, Work, narrow, open_stretch};
use crate::fast::{self, MAX_RUN, Point};
use crate::finding::Confidence;
use crate::location::Location;
use crate::memory::{self, Held};
use crate::rule::{Rule, RuleSet};
use crate::score::Ground;
use crate::score::shape::is_hex;
use crate::secret::Secret;
use crate::time::TimeBudget;

/// Context that a value can need on each side of it, in UTF-16 too.
const CONTEXT: usize = 2 * (REACH + 2 * MAX_RUN);
/// What a decision can need on each side of a place: another value in its reach, and the
/// context of that. With this much around it, no decision depends on where a window ends.
const MARGIN: usize = REACH + 2 * MAX_RUN + CONTEXT;
/// Bytes in a window. Most files fit into one.
const WINDOW: usize = 256 * 1024;
/// Bytes of memory for what is decoded, where nothing else was asked for.
const MEMORY: usize = 64 << 20;
/// Bytes in memory that are looked at as a whole. What is found in more than that
/// would take too much memory until it is counted.
const AT_ONCE: usize = 1 << 20;

/// Where the bytes of an input come from.
pub trait Feed {
    /// Fills the beginning of `buffer`, as far as there are bytes.
    fn next(&mut self, buffer: &mut [u8]) -> io::Result<Fed>;

    /// Passes over zeros that come next and that nobody has to read, and says how many
    /// they are. Before and behind them are more than any context reaches over.
    fn pass_zeros(&mut self) -> u64 {
        0
    }

    /// Whether it is a file, whose bytes can be had once more.
    fn is_file(&self) -> bool {
        false
    }

    /// How many bytes are still to come, where that is known.
    fn left(&self) -> Option<u64> {
        None
    }

    /// The same bytes once more, in any order, where they can be had again.
    fn again(&mut self) -> Option<Box<dyn ReadSeek>> {
        None
    }
}

/// What a feed had to give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fed {
    /// This many bytes, at least one.
    Bytes(usize),
    /// Nothing at the moment; more may come.
    Idle,
    /// There is more, and some time has passed: what was seen can be announced.
    Behind,
    /// Nothing any more.
    End,
}

/// A secret at a place.
#[derive(Clone, Debug)]
pub struct Match<'r> {
    /// The rule that it satisfies best.
    pub rule: &'r Rule,
    /// The value.
    pub secret: Secret,
    /// The value as it stands there.
    pub spelling: Secret,
    /// Where it stands; behind an encoding, where the encoded text does.
    pub location: Location,
    /// What had to be undone to read it, the outermost first.
    pub encodings: Vec<Encoding>,
    /// What is said there of the cookie that it is.
    pub cookie: Option<Cookie>,
    /// What bound it to its rule, where that was asked for.
    pub why: Option<Box<str>>,
}

/// A container that is encoded in a text.
#[derive(Debug)]
pub struct Packed {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Where the encoded text stands.
    pub location: Location,
    /// What was undone, the outermost first.
    pub encodings: Vec<Encoding>,
}

impl Packed {
    /// Bytes of memory that one takes. There can be hundreds of thousands of small ones.
    pub fn size(bytes: &[u8]) -> usize {
        const BESIDES: usize = 256;
        bytes.len() + BESIDES
    }
}

/// What a scan comes across.
#[derive(Debug)]
pub enum Seen<'r> {
    /// A secret.
    Secret(Match<'r>),
    /// A container to look into.
    Packed(Packed),
    /// Something that was not decoded, because of this bound.
    Bound(Cow<'static, str>),
}

/// Scans one input after the other, or inside of each other; its buffers are
/// kept in between.
pub struct Scanner<'r> {
    rules: &'r RuleSet,
    spare: Vec<Vec<u8>>,
    window: usize,
    /// Bytes of memory that one decoder may take.
    memory: usize,
    /// Whether texts are read as they stand, without what is encoded in them.
    pub plain: bool,
    /// How long the input may take that is scanned.
    pub time: Arc<TimeBudget>,
}

/// What is known of the parts of a text.
struct Around<'t> {
    /// Where something stands that a rule listens to.
    words: Nearby<'t>,
    /// Where something stands that is said of cookies.
    cookies: Nearby<'t>,
}

impl<'t> Around<'t> {
    fn of(text: &'t [u8]) -> Around<'t> {
        Around {
            words: Nearby::of(text),
            cookies: Nearby::of(text),
        }
    }
}

/// One input on its way through a window.
pub struct Scan<'p, 'r> {
    rules: &'r RuleSet,
    window: usize,
    memory: usize,
    plain: bool,
    time: Arc<TimeBudget>,
    buffer: Vec<u8>,
    path: Option<&'p Path>,
    /// The beginning of the input, one byte a character.
    head: Option<Vec<u8>>,
    /// Whether its path or its beginning has anything that a rule listens to.
    is_told: bool,
    /// Whether its beginning has anything that is said of cookies.
    is_about_cookie: bool,
    /// What the surroundings of values came to, by what they are like.
    opinions: Opinions<'r>,
    /// Bytes of surroundings that were read, for a test of how many that are.
    looked_at: Cell<u64>,
    /// Offset of the buffer's first byte in the input.
    offset: u64,
    /// Where the buffer's first byte stands.
    position: Option<Position>,
    /// Bytes in the buffer.
    filled: usize,
    /// Points before this one are decided.
    decided: usize,
    /// Whether the input pauses, so that its matches are announced.
    live: bool,
    /// Matches that were announced before they were decided: their offsets, and
    /// how sure they were.
    announced: BTreeMap<u64, Confidence>,
    /// Decided matches of an input that has not paused yet, the first ones.
    waiting: Vec<Match<'r>>,
    /// Bytes of the containers in encoded texts so far.
    packed: usize,
    held: Held,
}

/// What is said where the containers in encoded texts take more than so many bytes.
pub fn too_much_packed(bytes: usize) -> Cow<'static, str> {
    let bytes = memory::in_words(bytes);
    format!("more than {bytes} of containers in encoded texts").into()
}

/// Matches that wait for an input to pause. One that has more before it pauses
/// will not be read by anybody as it runs.
const MAX_WAITING: usize = 1000;

/// Tells contents apart, within one audit.
pub fn identity(content: &[u8]) -> u64 {
    static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    KEY.hash_one(content)
}

impl<'r> Scanner<'r> {
    /// A scanner for these rules.
    pub fn new(rules: &'r RuleSet) -> Scanner<'r> {
        Scanner {
            rules,
            spare: Vec::new(),
            window: WINDOW,
            memory: MEMORY,
            plain: false,
            time: Arc::default(),
        }
    }

    /// The same scanner, with so much time for each input.
    pub fn timed(mut self, time: TimeBudget) -> Scanner<'r> {
        self.time = Arc::new(time);
        self
    }

    /// The same scanner, with so many bytes of memory for what is decoded.
    pub fn within(mut self, memory: usize) -> Scanner<'r> {
        self.memory = memory;
        self
    }

    /// The same scanner, reading texts as they stand or not.
    pub fn plain(mut self, plain: bool) -> Scanner<'r> {
        self.plain = plain;
        self
    }

    /// A scanner with another window, to test what happens at its edges.
    ///
    /// A window has to hold the context on both sides of a place.
    #[cfg(test)]
    fn with_window(rules: &'r RuleSet, window: usize) -> Scanner<'r> {
        assert!(window > 2 * MARGIN, "a window holds its margins");
        Scanner {
            window,
            ..Scanner::new(rules)
        }
    }

    /// Begins with an input, whose bytes the caller gives.
    pub fn begin<'p>(&mut self, path: Option<&'p Path>) -> Scan<'p, 'r> {
        let mut buffer = self.spare.pop().unwrap_or_default();
        buffer.resize(self.window, 0);
        Scan {
            buffer,
            plain: self.plain,
            memory: self.memory,
            time: Arc::clone(&self.time),
            ..Scan::start(path, self.rules, self.window)
        }
    }

    /// Ends with an input: decides what is left, and takes the buffer back.
    /// Returns the length of the input.
    pub fn end(&mut self, mut scan: Scan<'_, 'r>, found: &mut dyn FnMut(Seen<'r>)) -> u64 {
        let length = scan.finish(found, &mut |_| {});
        self.take_back(scan);
        length
    }

    fn take_back(&mut self, scan: Scan<'_, 'r>) {
        let mut buffer = scan.buffer;
        buffer.truncate(self.window);
        buffer.shrink_to(self.window);
        self.spare.push(buffer);
    }

    /// Reads a whole input. `found` is called for everything that is seen, and
    /// `announce` as soon as a match is seen in an input that pauses, before it
    /// is known what follows; a match is announced once.
    ///
    /// # Errors
    ///
    /// What the feed answers. Matches before the error have been found.
    pub fn scan(
        &mut self,
        feed: &mut dyn Feed,
        path: Option<&Path>,
        found: &mut dyn FnMut(Seen<'r>),
        announce: &mut dyn FnMut(&Match<'r>),
    ) -> io::Result<u64> {
        let mut scan = self.begin(path);
        let result = loop {
            match feed.pass_zeros() {
                0 => {}
                count => scan.pass_zeros(count, found, announce),
            }
            match feed.next(scan.space()) {
                Ok(Fed::Bytes(count)) => scan.filled(count, found, announce),
                Ok(Fed::Idle) => {
                    scan.look_ahead(announce);
                    // A log that is waited for may go on for ever.
                    if !self.time.has_ended() {
                        self.time.begin();
                    }
                }
                Ok(Fed::Behind) => scan.look_ahead(announce),
                Ok(Fed::End) => break Ok(()),
                Err(error) => break Err(error),
            }
            if self.time.has_ended() {
                break Ok(());
            }
        };
        let length = scan.finish(found, announce);
        self.take_back(scan);
        result.map(|()| length)
    }

    /// Reads an input that is in memory as a whole; finds what [`Scanner::scan`] finds.
    pub fn scan_bytes(&self, bytes: &[u8], path: Option<&Path>, found: &mut dyn FnMut(Seen<'r>)) {
        let mut scan = Scan {
            plain: self.plain,
            memory: self.memory,
            time: Arc::clone(&self.time),
            ..Scan::start(path, self.rules, self.window)
        };
        if bytes.len() > AT_ONCE {
            scan.buffer.resize(self.window, 0);
            scan.push(bytes, found);
            scan.finish(found, &mut |_| {});
            return;
        }
        for seen in scan.look(bytes, 0..bytes.len()) {
            found(seen);
        }
    }
}

impl<'p, 'r> Scan<'p, 'r> {
    fn start(path: Option<&'p Path>, rules: &'r RuleSet, window: usize) -> Scan<'p, 'r> {
        Scan {
            rules,
            window,
            memory: MEMORY,
            plain: false,
            time: Arc::default(),
            buffer: Vec::new(),
            path,
            head: None,
            is_told: false,
            is_about_cookie: false,
            opinions: Opinions::new(),
            looked_at: Cell::new(0),
            offset: 0,
            position: None,
            filled: 0,
            decided: 0,
            live: false,
            announced: BTreeMap::new(),
            waiting: Vec::new(),
            packed: 0,
            held: Held::default(),
        }
    }

    /// Takes the next bytes of the input.
    pub fn push(&mut self, mut bytes: &[u8], found: &mut dyn FnMut(Seen<'r>)) {
        while !bytes.is_empty() {
            let space = self.space();
            let count = space.len().min(bytes.len());
            space[..count].copy_from_slice(&bytes[..count]);
            bytes = &bytes[count..];
            self.filled(count, found, &mut |_| {});
        }
    }

    /// Passes over the next bytes of the input, which are audited elsewhere. What stands
    /// before them and what follows are no context of each other then.
    pub fn pass(&mut self, bytes: &[u8], found: &mut dyn FnMut(Seen<'r>)) {
        if bytes.is_empty() {
            return;
        }
        self.leave(found, &mut |_| {});
        if let Some(position) = &mut self.position {
            position.advance(bytes);
        }
        self.offset += bytes.len() as u64;
    }

    /// Passes over so many zeros of the input.
    fn pass_zeros(
        &mut self,
        count: u64,
        found: &mut dyn FnMut(Seen<'r>),
        announce: &mut dyn FnMut(&Match<'r>),
    ) {
        self.leave(found, announce);
        if let Some(position) = &mut self.position {
            position.advance_zeros(count);
        }
        self.offset += count;
    }

    /// Decides what is in the buffer, and leaves it behind.
    fn leave(&mut self, found: &mut dyn FnMut(Seen<'r>), announce: &mut dyn FnMut(&Match<'r>)) {
        if self.filled > self.decided {
            self.decide(self.filled, found, announce);
        }
        let buffer = std::mem::take(&mut self.buffer);
        let before = &buffer[..self.filled];
        self.place(before);
        if let Some(position) = &mut self.position {
            position.advance(before);
        }
        self.buffer = buffer;
        self.offset += self.filled as u64;
        (self.filled, self.decided) = (0, 0);
    }

    /// Whether the time of the input is over, so that nothing more is looked at.
    pub fn has_ended(&self) -> bool {
        self.time.has_ended()
    }

    /// Where the next bytes go; never empty.
    pub fn space(&mut self) -> &mut [u8] {
        &mut self.buffer[self.filled..]
    }

    /// Says that `count` bytes were put into the space.
    pub fn filled(
        &mut self,
        count: usize,
        found: &mut dyn FnMut(Seen<'r>),
        announce: &mut dyn FnMut(&Match<'r>),
    ) {
        self.filled += count;
        if self.filled < self.buffer.len() {
            return;
        }
        let mut end = self.filled - MARGIN;
        // What is encoded is decoded as a whole, so its end has to be there.
        let open = match self.plain {
            true => None,
            false => open_stretch(&self.buffer[..self.filled]).filter(|open| *open < end),
        };
        let longest = (self.memory / 4).max(self.window);
        if let Some(open) = open {
            if open > self.decided {
                end = open;
            } else if self.buffer.len() < longest {
                let longer = (2 * self.buffer.len()).min(longest);
                // What is decoded takes as much again, and more.
                self.held = Held::default();
                self.held = memory::hold(3 * longer);
                return self.buffer.resize(longer, 0);
            } else {
                let bound = format!(
                    "an encoded text of more than {} was read in pieces",
                    memory::in_words(longest)
                );
                found(Seen::Bound(bound.into()));
            }
        }
        self.decide(end, found, announce);
        self.slide();
    }

    /// Decides what is left at the end of the input, and returns its length.
    fn finish(
        &mut self,
        found: &mut dyn FnMut(Seen<'r>),
        announce: &mut dyn FnMut(&Match<'r>),
    ) -> u64 {
        self.decide(self.filled, found, announce);
        self.offset + self.filled as u64
    }

    /// Decides every point up to `end`.
    fn decide(
        &mut self,
        end: usize,
        found: &mut dyn FnMut(Seen<'r>),
        announce: &mut dyn FnMut(&Match<'r>),
    ) {
        for seen in self.look_into_buffer(self.decided..end) {
            if let Seen::Secret(hit) = &seen {
                if self.live {
                    self.announce_once(hit, announce);
                    self.announced.remove(&hit.location.byte_offset);
                } else if self.waiting.len() < MAX_WAITING {
                    self.waiting.push(hit.clone());
                }
            }
            found(seen);
        }
        self.decided = end;
    }

    /// Announces what can be seen already. A value at the very end may still
    /// be growing, so it waits.
    fn look_ahead(&mut self, announce: &mut dyn FnMut(&Match<'r>)) {
        self.live = true;
        for hit in std::mem::take(&mut self.waiting) {
            announce(&hit);
        }
        let end = self.offset + self.filled as u64;
        let packed = self.packed;
        let seen = self.look_into_buffer(self.decided..self.filled);
        // It is looked at once more when it is decided.
        self.packed = packed;
        for seen in seen {
            if let Seen::Secret(hit) = seen
                && hit.location.byte_offset + hit.location.byte_length < end
            {
                self.announce_once(&hit, announce);
            }
        }
    }

    /// Announces a match, unless that was done when as much was known about it.
    fn announce_once(&mut self, hit: &Match<'r>, announce: &mut dyn FnMut(&Match<'r>)) {
        let before = self
            .announced
            .insert(hit.location.byte_offset, hit.rule.confidence);
        if before.is_none_or(|before| before < hit.rule.confidence) {
            announce(hit);
        }
    }

    /// Keeps the context of what is not decided yet, and makes room for more.
    fn slide(&mut self) {
        // A multiple of four, so that UTF-16 and UTF-32 keep their parity.
        let gone = self.decided.saturating_sub(MARGIN) / 4 * 4;
        let buffer = std::mem::take(&mut self.buffer);
        self.place(&buffer[..self.filled]);
        self.buffer = buffer;
        if let Some(position) = &mut self.position {
            position.advance(&self.buffer[..gone]);
        }
        self.buffer.copy_within(gone..self.filled, 0);
        self.filled -= gone;
        self.decided -= gone;
        self.offset += gone as u64;
        if self.filled == self.buffer.len() {
            self.buffer.resize(self.buffer.len() + self.window, 0);
        }
    }

    /// Looks at the beginning of the input, once it is there.
    fn place(&mut self, bytes: &[u8]) {
        if self.position.is_some() {
            return;
        }
        let head = &bytes[..bytes.len().min(REACH)];
        let encoding = TextEncoding::detect(head);
        self.head = Some(match encoding {
            TextEncoding::Narrow => head.to_vec(),
            TextEncoding::Utf16Le => narrow(head),
            TextEncoding::Utf16Be => narrow(head.get(1..).unwrap_or(&[])),
            TextEncoding::Utf32Le => head.iter().step_by(4).copied().collect(),
            TextEncoding::Utf32Be => head.iter().skip(3).step_by(4).copied().collect(),
        });
        let head = context::plain(self.head.as_deref().unwrap_or(&[]));
        let path = self.path.map(|path| path.to_string_lossy());
        self.is_told = self.rules.least == Confidence::Low
            || path.is_some_and(|path| self.rules.listen_to(&path))
            || self.rules.listen_to(&head);
        self.is_about_cookie = context::may_be_about_cookie(&head);
        // As much as every window has, so that it doesn't matter how large one is.
        let first = &bytes[..bytes.len().min(MARGIN)];
        self.position = Some(Position::start(encoding, first));
    }

    fn look_into_buffer(&mut self, region: Range<usize>) -> Vec<Seen<'r>> {
        let buffer = std::mem::take(&mut self.buffer);
        let seen = self.look(&buffer[..self.filled], region);
        self.buffer = buffer;
        seen
    }

    /// Everything that begins in `region`, in the order of the input; when the time of
    /// the input is over, what was seen until then.
    fn look(&mut self, bytes: &[u8], region: Range<usize>) -> Vec<Seen<'r>> {
        if self.time.has_ended() {
            return Vec::new();
        }
        let seen = self.see(bytes, region);
        self.time.rest();
        seen
    }

    fn see(&mut self, bytes: &[u8], region: Range<usize>) -> Vec<Seen<'r>> {
        let mut points: Vec<Point> = Vec::new();
        let keep = |run: &Range<usize>| decode::may_be_encoded(bytes, run);
        let places = fast::points_and_places(bytes, region.clone(), is_hex, keep, |point| {
            let digest = matches!(&point, Point::Run { range, wide: false } if is_hex(&bytes[range.clone()]));
            if !digest {
                points.push(point);
            }
        });
        let mut hits: Vec<Hit<'r>> = Vec::new();
        if !points.is_empty() {
            self.place(bytes);
            self.judge_points(bytes, &region, points, &mut hits);
        }
        let mut packed: Vec<(Range<usize>, Vec<u8>, Vec<Encoding>)> = Vec::new();
        let mut known: HashSet<u64> = HashSet::new();
        let time = Arc::clone(&self.time);
        let mut work = Work::on(region.len(), &time);
        let plain = self.plain;
        let mut packed_bound = None;
        let mut take = |reading: &Reading<'_>| {
            self.place(bytes);
            self.judge_reading(reading, &mut hits);
            let decoded = &reading.text[reading.region.clone()];
            if Format::tell(decoded, None).is_none() {
                return;
            }
            let size = Packed::size(decoded);
            let most = self.memory / 2;
            if self.packed + size > most {
                packed_bound = Some(too_much_packed(most));
            } else if known.insert(identity(decoded)) {
                self.packed += size;
                let place = reading.place(reading.region.clone());
                packed.push((place, decoded.to_vec(), reading.encodings()));
            }
        };
        if !plain {
            decode::readings(bytes, region, &places, &mut work, &mut take);
        }
        let bound = work.hit.map(Cow::Borrowed).or(packed_bound);
        let bound = bound.map(Seen::Bound);
        if hits.is_empty() && packed.is_empty() {
            return bound.into_iter().collect();
        }
        let hits = without_repeats(hits);
        let ranges = hits.iter().map(|hit| &hit.range);
        let locations = self.locations(bytes, ranges.chain(packed.iter().map(|(range, ..)| range)));
        let (of_hits, of_packed) = locations.split_at(hits.len());
        let secrets = hits.into_iter().zip(of_hits).map(|(hit, location)| {
            Seen::Secret(Match {
                rule: hit.rule,
                secret: hit.secret,
                spelling: hit.spelling,
                location: *location,
                encodings: hit.encodings,
                cookie: hit.cookie,
                why: hit.why,
            })
        });
        let packed = packed
            .into_iter()
            .zip(of_packed)
            .map(|((_, bytes, encodings), location)| {
                Seen::Packed(Packed {
                    bytes,
                    location: *location,
                    encodings,
                })
            });
        secrets.chain(packed).chain(bound).collect()
    }

    /// Judges what stands in the input as it is.
    fn judge_points(
        &mut self,
        bytes: &[u8],
        region: &Range<usize>,
        points: Vec<Point>,
        hits: &mut Vec<Hit<'r>>,
    ) {
        let mut nearby = Around::of(bytes);
        self.hits_at(bytes, &points, &mut nearby, hits);
        hits.sort_by_key(|hit| hit.range.start);
        // A cookie may hold a run that looks like a token.
        hits.dedup_by(|later, earlier| later.range.start < earlier.range.end);
        // Values outside of the region are within reach of some in it.
        let around = [
            region.start.saturating_sub(REACH + MAX_RUN)..region.start,
            region.end..bytes.len().min(region.end + REACH + MAX_RUN),
        ];
        let mut others: Vec<Hit<'r>> = Vec::new();
        for outside in around {
            let is_near = |hit: &Hit| is_within_reach(&hit.range, &outside);
            if hits
                .iter()
                .any(|hit| hit.ground == Ground::Nearby && is_near(hit))
            {
                let mut points: Vec<Point> = Vec::new();
                fast::points(bytes, outside, |point| points.push(point));
                self.hits_at(bytes, &points, &mut nearby, &mut others);
            }
        }
        settle(hits, &others);
        for hit in hits {
            if hit.wide {
                let encoding = self.position.as_ref().map(Position::encoding);
                hit.range = whole_characters(hit.range.clone(), bytes, encoding);
            }
        }
    }

    /// What the points of a text come to, with their ranges in the text.
    fn hits_at(
        &mut self,
        text: &[u8],
        points: &[Point],
        nearby: &mut Around,
        hits: &mut Vec<Hit<'r>>,
    ) {
        /// Values in a text for which it is worth while to know how much they look alike.
        const MANY: usize = 32;
        let mut candidates: Vec<Candidate> = points
            .iter()
            .take_while(|_| !self.time.is_over())
            .filter_map(|point| candidate(text, point))
            .collect();
        candidates.sort_by_key(|candidate| candidate.range.start);
        let ranges: Vec<Range<usize>> = match &candidates[..] {
            [first, .., last] if candidates.len() >= MANY => {
                // Those beside them too: what differs from line to line is left out.
                let before = first.range.start.saturating_sub(REACH + MAX_RUN)..first.range.start;
                let behind = last.range.end..text.len().min(last.range.end + REACH + MAX_RUN);
                let places = |part: Range<usize>| {
                    let mut places = Vec::new();
                    fast::points(text, part, |point| {
                        places.extend(candidate(text, &point).map(|beside| beside.range));
                    });
                    places.sort_by_key(|place| place.start);
                    places
                };
                let own = candidates.iter().map(|candidate| candidate.range.clone());
                let (before, behind) = (places(before), places(behind));
                before.into_iter().chain(own).chain(behind).collect()
            }
            _ => Vec::new(),
        };
        let shapes = LazyCell::new(|| Shapes::of(text, &ranges));
        let mut opinions = std::mem::take(&mut self.opinions);
        let head = self.head.as_deref().unwrap_or(&[]);
        for candidate in candidates {
            if self.time.is_over() {
                break;
            }
            let (wide, range) = (candidate.wide, &candidate.range);
            let before = Before {
                head,
                path: self.path,
                is_bare: &mut || {
                    let listen = |text: &str| self.rules.listen_to(text);
                    !self.is_told && !wide && !nearby.words.has(range, listen)
                },
                may_be_cookie: &mut || {
                    let has_trait = context::may_be_about_cookie;
                    wide || self.is_about_cookie || nearby.cookies.has(range, has_trait)
                },
                looked_at: &self.looked_at,
                shape: &|| match wide || ranges.is_empty() {
                    true => None,
                    false => shapes.around(text, range),
                },
            };
            let Some(rated) = rate(&candidate, before, self.rules, &mut opinions) else {
                continue;
            };
            hits.push(Hit {
                range: candidate.range.clone(),
                wide: candidate.wide,
                rule: rated.rule,
                ground: rated.ground,
                otherwise: rated.otherwise,
                why: rated.why,
                cookie: rated.cookie,
                spelling: candidate.spelling(),
                secret: candidate.secret,
                encodings: Vec::new(),
            });
        }
        self.opinions = opinions;
    }

    /// Judges what stands in a decoded text.
    fn judge_reading(&mut self, reading: &Reading<'_>, hits: &mut Vec<Hit<'r>>) {
        let encodings = reading.encodings();
        let is_guess = encodings.iter().any(|encoding| encoding.is_a_guess());
        let mut points: Vec<Point> = Vec::new();
        fast::points(&reading.text, reading.region.clone(), |point| {
            points.push(point)
        });
        if points.is_empty() {
            return;
        }
        let mut nearby = Around::of(&reading.text);
        let mut read: Vec<Hit<'r>> = Vec::new();
        self.hits_at(&reading.text, &points, &mut nearby, &mut read);
        settle(&mut read, &[]);
        read.retain(|hit| !is_guess || hit.rule.confidence == Confidence::High);
        hits.extend(read.into_iter().map(|hit| Hit {
            range: reading.place(hit.range),
            encodings: encodings.clone(),
            ..hit
        }));
    }

    /// Where ranges of the buffer stand in the input.
    fn locations<'x>(
        &self,
        bytes: &[u8],
        ranges: impl Iterator<Item = &'x Range<usize>> + Clone,
    ) -> Vec<Location> {
        let mut offsets: Vec<usize> = ranges
            .clone()
            .flat_map(|range| [range.start, range.end])
            .collect();
        offsets.sort_unstable();
        offsets.dedup();
        let mut position = self.position.clone().expect("the input was placed");
        let mut done = 0;
        let places: Vec<(u64, u64)> = offsets
            .iter()
            .map(|offset| {
                position.advance(&bytes[done..*offset]);
                done = *offset;
                (position.line(), position.column())
            })
            .collect();
        let place = |offset: usize| {
            let at = offsets
                .binary_search(&offset)
                .expect("every end is in the list");
            places[at]
        };
        ranges
            .map(|range| {
                let ((line, column), (end_line, end_column)) =
                    (place(range.start), place(range.end));
                Location {
                    line,
                    column,
                    end_line,
                    end_column,
                    byte_offset: self.offset + range.start as u64,
                    byte_length: range.len() as u64,
                }
            })
            .collect()
    }
}

/// A range of low bytes with the high bytes that belong to them.
fn whole_characters(
    low: Range<usize>,
    bytes: &[u8],
    encoding: Option<TextEncoding>,
) -> Range<usize> {
    let high_before = low.start > 0 && bytes[low.start - 1] == 0;
    let high_after = bytes.get(low.end) == Some(&0);
    match encoding {
        Some(TextEncoding::Utf16Be) => low.start - usize::from(high_before)..low.end,
        _ if high_after => low.start..low.end + 1,
        // Big-endian text in a file of something else
        _ if high_before => low.start - 1..low.end,
        _ => low,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::decode::container::testing;
    use crate::fuzz::{dense, encode};
    use crate::rule::expand;

    /// Gives its bytes in pieces of one size.
    struct Pieces<'a> {
        bytes: &'a [u8],
        size: usize,
    }

    impl Feed for Pieces<'_> {
        fn next(&mut self, buffer: &mut [u8]) -> io::Result<Fed> {
            let count = self.size.min(buffer.len()).min(self.bytes.len());
            if count == 0 {
                return Ok(Fed::End);
            }
            buffer[..count].copy_from_slice(&self.bytes[..count]);
            self.bytes = &self.bytes[count..];
            Ok(Fed::Bytes(count))
        }
    }

    fn scan(bytes: &[u8], window: usize, size: usize, rules: &RuleSet) -> Vec<(u64, u64, u64)> {
        let mut scanner = Scanner::with_window(rules, window);
        let mut out = Vec::new();
        let mut found = |seen: Seen| {
            let Seen::Secret(hit) = seen else { return };
            out.push((
                hit.location.byte_offset,
                hit.location.line,
                hit.location.column,
            ))
        };
        scanner
            .scan(&mut Pieces { bytes, size }, None, &mut found, &mut |_| {})
            .expect("pieces have no errors");
        out
    }

    #[test]
    fn judging_reads_few_bytes_however_many_values_there_are() {
        /// How often a byte of the input may be read again.
        const TIMES: u64 = 8;
        let mut rules = RuleSet::built_in();
        rules.least = Confidence::Medium;
        for name in dense::NAMES {
            let text = dense::text(name, 1 << 20);
            let scanner = Scanner::new(&rules);
            let mut scan = Scan::start(None, &rules, scanner.window);
            scan.buffer.resize(scanner.window, 0);
            scan.push(text.as_bytes(), &mut |_| {});
            scan.finish(&mut |_| {}, &mut |_| {});
            let read = scan.looked_at.get();
            assert!(
                read <= TIMES * text.len() as u64,
                "{name}: {read} of {}",
                text.len()
            );
        }
    }

    #[test]
    fn a_token_is_found_at_every_offset_around_a_window_edge() {
        let rules = RuleSet::built_in();
        let window = 2 * MARGIN + 4096;
        let leak = expand("\nnpsso = \"{{npsso}}\"\n");
        let line = b"some ordinary text of a log file, nothing to see here\n";
        for edge in [window - MARGIN, window] {
            for start in edge - 120..edge + 20 {
                let mut bytes: Vec<u8> = line.iter().copied().cycle().take(start).collect();
                bytes.extend(leak.as_bytes());
                bytes.extend(line.iter().cycle().take(30_000));
                let value = (start + "\nnpsso = \"".len()) as u64;
                let lines = bytes[..value as usize]
                    .iter()
                    .filter(|byte| **byte == b'\n')
                    .count() as u64
                    + 1;
                assert_eq!(
                    scan(&bytes, window, 4096, &rules),
                    [(value, lines, 10)],
                    "start {start}"
                );
            }
        }
    }

    /// A text, and a hundred pauses behind it.
    struct Paused<'a> {
        text: &'a [u8],
        pauses: usize,
    }

    impl Feed for Paused<'_> {
        fn next(&mut self, buffer: &mut [u8]) -> io::Result<Fed> {
            let text = std::mem::take(&mut self.text);
            buffer[..text.len()].copy_from_slice(text);
            self.pauses += 1;
            Ok(match (text.len(), self.pauses) {
                (0, 100..) => Fed::End,
                (0, _) => Fed::Idle,
                (count, _) => Fed::Bytes(count),
            })
        }
    }

    #[test]
    fn a_container_is_counted_once_however_often_the_input_pauses() {
        let rules = RuleSet::built_in();
        let archive = testing::samples(Format::Zip).swap_remove(0);
        let text = format!("x: {}\n", encode::base64(&archive));
        let mut scanner = Scanner::new(&rules).within(20 * Packed::size(&archive));
        let (mut packed, mut bounds) = (0, 0);
        let mut paused = Paused {
            text: text.as_bytes(),
            pauses: 0,
        };
        let mut found = |seen: Seen| match seen {
            Seen::Packed(_) => packed += 1,
            Seen::Bound(_) => bounds += 1,
            Seen::Secret(_) => {}
        };
        let scanned = scanner.scan(&mut paused, None, &mut found, &mut |_| {});
        assert!(scanned.is_ok());
        assert_eq!((packed, bounds), (1, 0));
    }

    #[test]
    fn what_was_found_before_an_interruption_is_kept() {
        let rules = RuleSet::built_in();
        let line = |number| expand(&format!("{number} npsso={{{{npsso:{number}}}}} was sent\n"));
        let text: String = (0..9000).map(line).collect();
        let stop = Arc::new(AtomicBool::new(false));
        let time = TimeBudget::new(Duration::MAX, Arc::clone(&stop));
        let mut scanner = Scanner::new(&rules).timed(time);
        let mut count = 0;
        let mut found = |_: Seen| {
            count += 1;
            stop.store(true, Ordering::Relaxed);
        };
        let mut bytes = Pieces {
            bytes: text.as_bytes(),
            size: usize::MAX,
        };
        let scanned = scanner.scan(&mut bytes, None, &mut found, &mut |_| {});
        assert!(scanned.is_ok() && scanner.time.is_stopped());
        // Those of the first window, and a few of the next.
        assert!((1000..5000).contains(&count), "{count}");
    }

    #[test]
    fn the_window_and_the_pieces_change_nothing() {
        let rules = RuleSet::built_in();
        let mut text = String::new();
        for n in 0..400 {
            text.push_str(&expand(&format!(
                "line {n}: npsso={{{{npsso:w{n}}}}} and pdccws_p={{{{pdccws_p:w{n}}}}};\r\n"
            )));
            text.push_str(&"é filler\n".repeat(n % 23));
        }
        let whole = scan(text.as_bytes(), 4 << 20, 4 << 20, &rules);
        assert_eq!(whole.len(), 800);
        for (window, size) in [
            (2 * MARGIN + 2, 1000),
            (2 * MARGIN + 999, 7),
            (2 * MARGIN + 4096, 1 << 20),
        ] {
            assert_eq!(
                scan(text.as_bytes(), window, size, &rules),
                whole,
                "window {window}, pieces of {size}"
            );
        }
    }

    /// Bytes in which much of what the scanner looks for nearly stands.
    fn odd_bytes() -> impl Strategy<Value = Vec<u8>> {
        let fragment = prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..40),
            "[ -~]{0,60}".prop_map(String::into_bytes),
            "[A-Za-z0-9]{60,70}".prop_map(String::into_bytes),
            proptest::sample::select(vec![
                "npsso",
                "NPSSO=",
                "pdccws_p",
                "\"",
                "\\n",
                "\\u003d",
                "%22",
                "%2",
                "&quot;",
                "&#",
                "s%3A",
                "s:",
                ".",
                "{\"name\":",
                "<string>",
                "\r\n",
                "\r",
                "\u{feff}",
                "| ",
                "-----BEGIN",
                "PSNAWP(",
                "{{npsso}}",
                "{{pdccws_p}}",
                "\0",
                "=3D",
                "\\",
            ])
            .prop_map(|text| expand(text).into_bytes()),
            "[ -~]{0,90}".prop_map(|text| text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
            (0..2 * MARGIN).prop_map(|count| b"filler of a file, "
                .iter()
                .copied()
                .cycle()
                .take(count)
                .collect()),
        ];
        proptest::collection::vec(fragment, 0..30).prop_map(|fragments| fragments.concat())
    }

    /// Lines of a log, a list or a program, of few kinds, that all hold a value.
    fn many_values() -> impl Strategy<Value = String> {
        let line = proptest::sample::select(vec![
            "2026-11-30T10:00:00Z INFO session id={} took 12 ms",
            "GET / connect.sid={cookie}; path=/",
            "{},",
            "17,{}",
            "x12 = Account(\"{}\")",
            "{\"id\": 4, \"key\": \"{}\"}",
            "NPSSO_3={}",
            "npsso: {}",
            "token={} # psn",
            "PSNAWP(\"{}\")",
            "discord_token: {}",
            "npsso,id",
            "",
        ]);
        let stretch = (line, 1usize..90);
        proptest::collection::vec(stretch, 1..7).prop_map(|stretches| {
            let lines = stretches
                .iter()
                .flat_map(|(line, count)| std::iter::repeat_n(*line, *count));
            let text = lines.enumerate().map(|(number, line)| {
                let line = line.replace("{cookie}", &format!("{{{{pdccws_p:m{number}}}}}"));
                line.replace("{}", &format!("{{{{npsso:m{number}}}}}"))
                    .replace("12", &number.to_string())
                    + "\n"
            });
            expand(&text.collect::<String>())
        })
    }

    /// The rules and places that are found with at least medium confidence.
    fn sure(text: &str, rules: &RuleSet) -> Vec<(u64, String)> {
        let mut out = Vec::new();
        Scanner::new(rules).scan_bytes(text.as_bytes(), None, &mut |seen| {
            let Seen::Secret(hit) = seen else { return };
            if hit.rule.confidence >= Confidence::Medium {
                out.push((hit.location.byte_offset, hit.rule.id.to_string()));
            }
        });
        out
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(48) })]

        #[test]
        fn what_is_known_before_a_value_is_looked_at_changes_nothing(text in many_values()) {
            // Each value is read and judged by itself, as for those who ask why.
            let mut full = RuleSet::built_in();
            full.reasons = true;
            let mut short = RuleSet::built_in();
            short.least = Confidence::Medium;
            prop_assert_eq!(sure(&text, &short), sure(&text, &full));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(32) })]

        #[test]
        fn any_bytes_give_the_same_through_any_window(bytes in odd_bytes(), size in 1usize..9000) {
            let rules = RuleSet::built_in();
            let whole = scan(&bytes, bytes.len() + 2 * MARGIN + 2, 1 << 20, &rules);
            // A window's first step is longer than a byte order mark.
            let cut = scan(&bytes, 2 * MARGIN + 64, size, &rules);
            prop_assert_eq!(&cut, &whole);
            let mut at_once = Vec::new();
            Scanner::new(&rules).scan_bytes(&bytes, None, &mut |seen| {
                let Seen::Secret(hit) = seen else { return };
                at_once.push((hit.location.byte_offset, hit.location.line, hit.location.column));
            });
            prop_assert_eq!(at_once, whole);
        }
    }
}
