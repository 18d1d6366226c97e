//! Audits what stands inside of containers, and what is encoded in texts, as it
//! audits everything else.
//!
//! A container is read as it is, too: what its decoder does not reach is found
//! in its raw bytes. Everything is bounded, and a bound that is hit is said.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ffi::OsStr;
use std::io::{self, Cursor, Read};
use std::ops::{ControlFlow, Range};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::budget::{Bounds, Budget, Share, Siblings, Spending};
use super::passing::Passing;
use super::room::{LeftOut, Room};
use super::tee::{Covered, Tee};
use crate::container::{
    Closed, Field, Format, HEAD, Limits, Members, ReadSeek, Tail, Unread, tell_closed,
};
use crate::detect::{Match, Scanner, Seen, Sightings, identity};
use crate::model::cookie::{self, Cookie};
use crate::model::layer::Layer;
use crate::model::location::Location;
use crate::model::secret::{Secret, SecretKind};
use crate::prefilter;
use crate::prefilter::Point;
use crate::system::memory::{self, Held};

/// Problems of one input that are told one by one.
const MAX_PROBLEMS: usize = 100;
/// Bytes of a member's name that are kept; longer than any path that a program makes.
const LONGEST_NAME: usize = 1024;

/// Bytes of a member from which on it costs less to leave them out of the scan of the
/// container than to scan them twice.
const LEAST_COVERED: u64 = 16 << 10;

/// Bytes of a container inside of something else for which no other thread has to wait.
const SMALL_IMAGE: u64 = 4 << 20;

/// Bytes of a field that is read together with its record. A longer one is a member of its
/// own.
const LONGEST_FIELD: usize = 1 << 20;

/// A secret and what it stands behind.
#[derive(Debug)]
pub struct Hit<'r> {
    /// The secret; its location is the one to report.
    pub found: Match<'r>,
    /// The containers and encodings around it, the outermost first.
    pub inside: Vec<Layer>,
    /// Where in the input the text stands that the outermost member is encoded in.
    pub encoded_at: Option<Location>,
}

/// A container that can be read in any order.
pub struct Container<'c> {
    /// What it is.
    pub format: Format,
    /// Its bytes.
    pub input: &'c mut dyn ReadSeek,
    /// How many they are.
    pub length: u64,
    /// The write-ahead log of a database.
    pub wal: Option<Vec<u8>>,
}

/// What one input gave.
#[derive(Debug, Default)]
pub struct Unpacked<'r> {
    /// The secrets in it.
    pub hits: Vec<Hit<'r>>,
    /// What could not be read, with the layers around it.
    pub problems: Vec<(Vec<Layer>, Unread)>,
    /// Whether it is a picture or holds one, so that a text in it is not read.
    pub has_picture: bool,
    /// Whether the audit was stopped before it was unpacked to its end.
    pub is_stopped: bool,
    /// Secrets that there was no room for.
    pub left_out: LeftOut,
}

/// Stretches of a text, of which those that touch are one.
#[derive(Default)]
struct Stretches(BTreeMap<u64, u64>);

impl Stretches {
    fn add(&mut self, mut stretch: Range<u64>) {
        while let Some((start, end)) = self.0.range(..=stretch.end).next_back()
            && *end >= stretch.start
        {
            let (start, end) = (*start, *end);
            self.0.remove(&start);
            stretch = stretch.start.min(start)..stretch.end.max(end);
        }
        self.0.insert(stretch.start, stretch.end);
    }

    fn contains(&self, at: u64) -> bool {
        let before = self.0.range(..=at).next_back();
        before.is_some_and(|(_, end)| *end > at)
    }
}

/// Unpacks the inputs of one thread.
pub struct Unpacker<'u, 'r> {
    scanner: &'u mut Scanner<'r>,
    bounds: &'u Bounds,
    /// Room for what is found in the input.
    room: &'u Room,
    /// Bytes that all inputs were unpacked to so far.
    total: &'u AtomicU64,
    out: Unpacked<'r>,
    /// The layers around what is being read.
    inside: Vec<Layer>,
    /// Bytes of containers that are in memory as a whole by now.
    held: usize,
    /// Values that stood in records, as [`identity`] tells them.
    in_records: Vec<u64>,
    /// Containers in encoded texts that were opened, by where and what they are.
    opened: HashSet<(u64, u64)>,
    /// Where the encoded text stands that everything comes from by now.
    encoded_at: Option<Location>,
    /// Length of the input as it is, when it is known.
    length: Option<u64>,
    budget: Rc<Budget>,
    /// The share of the member that is being read.
    share: Option<Share>,
    /// The bound that ended the unpacking.
    exhausted: Option<String>,
}

impl<'u, 'r> Unpacker<'u, 'r> {
    /// An unpacker for one input.
    pub fn new(
        scanner: &'u mut Scanner<'r>,
        bounds: &'u Bounds,
        room: &'u Room,
        total: &'u AtomicU64,
    ) -> Unpacker<'u, 'r> {
        scanner.time.run_on();
        Unpacker {
            scanner,
            bounds,
            room,
            total,
            out: Unpacked::default(),
            inside: Vec::new(),
            held: 0,
            in_records: Vec::new(),
            opened: HashSet::new(),
            encoded_at: None,
            length: None,
            budget: Rc::new(Budget::new(bounds)),
            share: None,
            exhausted: None,
        }
    }

    /// What was found, once everything was read.
    pub fn finish(mut self) -> Unpacked<'r> {
        if self.scanner.time.is_late() {
            let bound = format!("it took longer than {} s", self.bounds.time.as_secs());
            self.exhausted.get_or_insert(bound);
        }
        if let Some(bound) = self.exhausted.take() {
            self.out.problems.push((Vec::new(), Unread::Limit(bound)));
        }
        self.out.left_out = self.room.left_out();
        self.scanner.time.look();
        self.out.is_stopped = self.scanner.time.is_stopped();
        self.out
    }

    /// Takes what was seen in the raw bytes of an input that was scanned already,
    /// and opens it, when it is a container.
    pub fn opened(
        &mut self,
        raw: Sightings<'_, 'r>,
        container: Option<Container<'_>>,
        name: Option<&Path>,
    ) {
        let before = self.before();
        if let Some(container) = container.filter(|_| !self.scanner.time.has_ended()) {
            let Container {
                format,
                input,
                length,
                wal,
            } = container;
            self.set_length(length);
            let limits = self.limits();
            let mut taker = self.taker(format, name, None);
            let _ = format.open(input, wal, &limits, &mut taker);
        }
        let inside = self.since(before);
        self.take_raw(raw.into_list(), inside);
    }

    /// Audits bytes that are in memory, and what they hold.
    pub fn bytes(&mut self, bytes: &[u8], name: Option<&Path>) {
        let mut raw = Sightings::new(self.room);
        self.scanner
            .scan_bytes(bytes, name, &mut |seen| raw.push(seen));
        let before = self.before();
        self.open(bytes, name);
        let inside = self.since(before);
        self.take_raw(raw.into_list(), inside);
    }

    /// Opens bytes that are in memory and were scanned, when they are a container or end as
    /// one.
    fn open(&mut self, bytes: &[u8], name: Option<&Path>) {
        let format = self.tell(bytes, name);
        let Some(format) = format.or_else(|| self.tell_behind(&Tail::of(bytes))) else {
            return;
        };
        self.set_length(bytes.len() as u64);
        let limits = self.limits();
        let mut taker = self.taker(format, name, None);
        let _ = format.open(&mut Cursor::new(bytes), None, &limits, &mut taker);
    }

    /// Takes what was seen in the raw bytes of an input that went by, and opens the archive
    /// that it ended as.
    pub fn passed(&mut self, raw: Sightings<'_, 'r>, passing: Passing, name: Option<&Path>) {
        let before = self.before();
        self.open_behind(passing, name);
        let inside = self.since(before);
        self.take_raw(raw.into_list(), inside);
    }

    /// Opens the archive that an input ended as which went by, and does not begin as one.
    fn open_behind(&mut self, passing: Passing, name: Option<&Path>) {
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
        let limits = self.limits();
        let mut taker = self.taker(format, name, None);
        let _ = format.open(&mut input, None, &limits, &mut taker);
        self.held -= kept;
    }

    /// Takes the members of a container.
    fn taker<'t>(
        &'t mut self,
        format: Format,
        outer: Option<&'t Path>,
        covered: Option<&'t Covered>,
    ) -> Taker<'t, 'u, 'r> {
        let is_nested = self.depth() > 0;
        let members = self.budget.members(is_nested);
        Taker {
            unpacker: self,
            format,
            outer,
            covered,
            is_nested,
            members,
            left: members,
        }
    }

    /// Sets the length of the input, where it was not known and this is all of it.
    fn set_length(&mut self, length: u64) {
        if self.inside.is_empty() && self.encoded_at.is_none() && self.length.is_none() {
            self.length = Some(length);
            self.budget.set_length(length);
        }
    }

    /// How many containers are around what is being read.
    fn depth(&self) -> usize {
        let layers = self.inside.iter();
        layers
            .filter(|layer| matches!(layer, Layer::Member { .. }))
            .count()
    }

    /// How much was found before a container is opened.
    fn before(&self) -> Before {
        Before {
            hits: self.out.hits.len(),
            in_records: self.in_records.len(),
        }
    }

    /// What was found since then.
    fn since(&self, before: Before) -> Inside {
        Inside {
            hits: before.hits..self.out.hits.len(),
            in_records: self.in_records[before.in_records..]
                .iter()
                .copied()
                .collect(),
        }
    }

    /// Remembers the values in a field of a record, whose name says what they are.
    fn in_record(&mut self, field: &[u8]) {
        prefilter::points(field, 0..field.len(), |point| {
            if let Point::Run { range, wide: false } = point {
                self.in_records.push(identity(&field[range]));
            }
        });
    }

    /// Audits what a reader gives of a file, and what it holds. How long it is may be known.
    ///
    /// # Errors
    ///
    /// What the reader answers. Everything before the error was audited.
    pub fn file(
        &mut self,
        input: &mut dyn Read,
        length: Option<u64>,
        name: Option<&Path>,
    ) -> io::Result<()> {
        if let Some(length) = length {
            self.set_length(length);
        }
        self.stream(input, name)
    }

    /// Audits what a reader gives, and what it holds.
    ///
    /// # Errors
    ///
    /// What the reader answers. Everything before the error was audited.
    pub fn stream(&mut self, input: &mut dyn Read, name: Option<&Path>) -> io::Result<()> {
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
            Sightings::new(self.room),
            format.is_some_and(Format::stores).then_some(&covered),
            match format {
                None if self.bounds.decode => Passing::within(limits.memory),
                _ => Passing::default(),
            },
        );
        let mut image = None;
        let mut held = Held::default();
        match format {
            None => {}
            Some(format) if format.streams() => {
                let mut taker = self.taker(format, name, Some(&covered));
                let _ = format.open_stream(&mut whole, &limits, &mut taker);
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
            let limits = self.limits();
            let mut taker = self.taker(format, name, None);
            let _ = format.open(&mut Cursor::new(bytes), None, &limits, &mut taker);
            self.held -= length;
        }
        drop(held);
        let inside = self.since(before);
        self.take_raw(raw.into_list(), inside);
        failed.map_or(Ok(()), Err)
    }

    /// Opens a container that is too large for the memory and goes on behind `begun`, if
    /// it can be read from its beginning to its end.
    fn large(&mut self, format: Format, begun: Vec<u8>, rest: &mut dyn Read, name: Option<&Path>) {
        let most = self.limits().memory;
        let length = begun.len();
        self.held += length;
        let limits = self.limits();
        let mut taker = self.taker(format, name, None);
        let mut whole = Cursor::new(begun).chain(rest);
        let opened = format.open_large(&mut whole, &limits, &mut taker);
        self.held -= length;
        if opened.is_none() {
            let why = format!(
                "{} of more than {} inside of something else",
                format.id(),
                memory::in_words(most)
            );
            self.problem(Unread::Limit(why));
        }
    }

    /// Which container these bytes begin, unless it lies too deep.
    fn tell(&mut self, head: &[u8], name: Option<&Path>) -> Option<Format> {
        if !self.bounds.decode {
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
    fn tell_behind(&mut self, tail: &Tail) -> Option<Format> {
        let format = tail.tell().filter(|_| self.bounds.decode)?;
        self.unless_too_deep(format)
    }

    fn unless_too_deep(&mut self, format: Format) -> Option<Format> {
        if self.depth() < self.bounds.depth {
            return Some(format);
        }
        let why = format!(
            "more than {} containers inside of each other",
            self.bounds.depth
        );
        self.problem(Unread::Limit(why));
        None
    }

    /// Takes down that something is not looked into.
    pub fn closed(&mut self, what: Option<Closed>) {
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
    fn limits(&self) -> Limits {
        let most = self.bounds.memory;
        let left = (most + most / 2).saturating_sub(self.held).min(most);
        let has_window = |layer: &&Layer| match layer {
            Layer::Member { format, .. } => Format::named(format).is_some_and(Format::has_window),
            Layer::Encoding(_) => false,
        };
        let windows = self.inside.iter().filter(has_window).count();
        Limits {
            entries: self.bounds.entries,
            memory: left >> (2 * windows).saturating_sub(1).min(63),
        }
    }

    /// Takes down what stands in the bytes of a container or text themselves, but
    /// for what was found inside, and for what a record inside says is something else.
    fn take_raw(&mut self, raw: Vec<Seen<'r>>, inside: Inside) {
        let Inside { hits, in_records } = inside;
        let is_judged = |hit: &Match<'r>| {
            !in_records.is_empty()
                && in_records.contains(&identity(hit.spelling.expose().as_bytes()))
        };
        let known: BTreeSet<_> = self.out.hits[hits]
            .iter()
            .map(|hit| (hit.found.rule.kind, hit.found.secret.clone()))
            .collect();
        // A container that is encoded in a text stands in the decoded text, too, and
        // may be read in two ways, of which the plainest counts.
        let (mut packed, rest): (Vec<_>, Vec<_>) = raw
            .into_iter()
            .partition(|seen| matches!(seen, Seen::Packed(_)));
        packed.sort_by_key(|seen| match seen {
            Seen::Packed(packed) => packed.encodings.len(),
            _ => 0,
        });
        // What was found in containers, and where the encoded texts of these stand.
        let mut opened: BTreeMap<(SecretKind, Secret), Stretches> = BTreeMap::new();
        let is_opened = |opened: &BTreeMap<_, Stretches>, hit: &Match<'r>, at: u64| {
            opened
                .get(&(hit.rule.kind, hit.secret.clone()))
                .is_some_and(|stretches| stretches.contains(at))
        };
        for seen in packed.into_iter().chain(rest) {
            match seen {
                Seen::Secret(hit)
                    if known.contains(&(hit.rule.kind, hit.secret.clone()))
                        || is_judged(&hit)
                        || is_opened(&opened, &hit, hit.location.byte_offset) =>
                {
                    self.room.give_back(&hit.secret, hit.rule.confidence);
                }
                Seen::Secret(mut hit) => {
                    let mut inside = self.inside.clone();
                    inside.extend(hit.encodings.iter().copied().map(Layer::Encoding));
                    if let Some(at) = self.encoded_at {
                        hit.location = at;
                    }
                    if self
                        .room
                        .take_names(&mut inside, &hit.secret, hit.rule.confidence)
                    {
                        self.out.hits.push(Hit {
                            found: hit,
                            inside,
                            encoded_at: None,
                        });
                    }
                }
                Seen::Packed(packed) => {
                    let depth = self.inside.len();
                    let outer = self.encoded_at;
                    let at = outer.unwrap_or(packed.location);
                    let content = identity(&packed.bytes);
                    // What a container holds is read once, however often it can be decoded.
                    if !self.opened.insert((at.byte_offset, content))
                        || !self.spend(packed.bytes.len() as u64)
                        || self.is_over()
                    {
                        continue;
                    }
                    let around = self.enter_share(Siblings::Some);
                    self.encoded_at = Some(at);
                    self.inside
                        .extend(packed.encodings.iter().copied().map(Layer::Encoding));
                    let first = self.out.hits.len();
                    // Its bytes were audited as what is encoded in the text.
                    self.open(&packed.bytes, None);
                    self.share = around;
                    let new = self.out.hits.split_off(first);
                    let start = packed.location.byte_offset;
                    let range = start..start + packed.location.byte_length.max(1);
                    let is_new = |hit: &Hit<'r>| {
                        let secret = (hit.found.rule.kind, hit.found.secret.clone());
                        !is_opened(&opened, &hit.found, start) && !known.contains(&secret)
                    };
                    let (new, rest): (Vec<_>, Vec<_>) = new.into_iter().partition(is_new);
                    for hit in &rest {
                        let Match { secret, rule, .. } = &hit.found;
                        self.room.give_back(secret, rule.confidence);
                        self.room.give_back_names(&hit.inside);
                    }
                    for hit in &new {
                        let secret = (hit.found.rule.kind, hit.found.secret.clone());
                        opened.entry(secret).or_default().add(range.clone());
                    }
                    self.out.hits.extend(new);
                    self.inside.truncate(depth);
                    self.encoded_at = outer;
                }
                Seen::Bound(why) => self.problem(Unread::Limit(why.into_owned())),
            }
        }
    }

    /// Takes down what could not be read.
    pub fn problem(&mut self, why: Unread) {
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
        self.total.fetch_add(bytes, Ordering::Relaxed);
        let exceeded = self.budget.exceeded(share);
        let within = exceeded.is_none();
        self.limit(exceeded);
        within && !self.is_over()
    }

    /// Takes down a bound that was hit: one of the whole input ends its unpacking, any
    /// other one that of what is being read.
    fn limit(&mut self, bound: Option<String>) {
        if self.is_over() {
            return;
        }
        let total = self.total.load(Ordering::Relaxed);
        self.exhausted = self.budget.exhausted(total);
        if let (None, Some(bound)) = (&self.exhausted, bound) {
            self.problem(Unread::Limit(bound));
        }
    }

    fn is_over(&self) -> bool {
        self.exhausted.is_some() || self.scanner.time.look()
    }
}

/// How much was found before a container was opened.
#[derive(Clone, Copy)]
struct Before {
    hits: usize,
    in_records: usize,
}

/// What was found in a container, by its place among all that was.
#[derive(Default)]
struct Inside {
    hits: Range<usize>,
    in_records: HashSet<u64>,
}

/// A name as it is kept.
fn shortened(name: &str) -> Cow<'_, str> {
    match name.len() {
        ..=LONGEST_NAME => Cow::Borrowed(name),
        _ => {
            let end = (0..=LONGEST_NAME).rfind(|at| name.is_char_boundary(*at));
            Cow::Owned(format!("{}…", &name[..end.unwrap_or(0)]))
        }
    }
}

/// Takes the members of one container.
struct Taker<'t, 'u, 'r> {
    unpacker: &'t mut Unpacker<'u, 'r>,
    format: Format,
    /// The name of the container, for a member that has none.
    outer: Option<&'t Path>,
    /// Takes what of the container is audited as content of a member.
    covered: Option<&'t Covered>,
    /// Whether it is inside of another container.
    is_nested: bool,
    /// How many members it may have, and how many may still come.
    members: u64,
    left: u64,
}

impl<'t, 'u, 'r> Taker<'t, 'u, 'r> {
    fn enter(&mut self, name: &str) {
        self.unpacker.inside.push(Layer::Member {
            format: self.format.id(),
            name: shortened(name).into(),
        });
    }

    fn leave(&mut self) -> ControlFlow<()> {
        self.unpacker.inside.pop();
        match self.unpacker.is_over() {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }

    /// Counts a member. `Break` when there may be no more.
    fn count(&mut self) -> ControlFlow<()> {
        let unpacker = &mut *self.unpacker;
        if self.is_nested {
            unpacker.budget.count_nested();
        }
        let bound = match self.left.checked_sub(1) {
            Some(left) => {
                self.left = left;
                unpacker.budget.exceeded(unpacker.share())
            }
            None => Some(format!(
                "it has more than {} members, its share of --max-entries",
                self.members
            )),
        };
        let within = bound.is_none();
        unpacker.limit(bound);
        match within && !unpacker.is_over() {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break(()),
        }
    }

    /// Audits a member, whose content begins here in the container, if it stands there
    /// as it is.
    fn take(&mut self, name: &[u8], content: &mut dyn Read, at: Option<u64>) -> ControlFlow<()> {
        self.count()?;
        let text = String::from_utf8_lossy(name).into_owned();
        let path = match name.is_empty() {
            // app.log.gz holds app.log
            true => self.outer.map(without_extension),
            false => Some(PathBuf::from(path_of(name))),
        };
        self.enter(&text);
        let unpacker = &mut *self.unpacker;
        let around = unpacker.enter_share(match self.format.is_one_file() {
            true => Siblings::None,
            false => Siblings::Some,
        });
        let mut reader = Spending::new(
            content,
            (Rc::clone(&unpacker.budget), unpacker.share()),
            (unpacker.total, Arc::clone(&unpacker.scanner.time)),
            self.covered.zip(at),
        );
        let result = unpacker.stream(&mut reader, path.as_deref());
        // Where the input is left as a whole, no bound of the member was hit.
        let bound = reader
            .finish()
            .filter(|_| !unpacker.scanner.time.has_ended());
        unpacker.share = around;
        if let Err(error) = result {
            unpacker.problem(Unread::Damaged(error.to_string()));
        }
        unpacker.limit(bound);
        self.leave()
    }
}

impl<'r> Members for Taker<'_, '_, 'r> {
    fn member(&mut self, name: &[u8], content: &mut dyn Read) -> ControlFlow<()> {
        self.take(name, content, None)
    }

    fn stored(
        &mut self,
        name: &[u8],
        place: Range<u64>,
        content: &mut dyn Read,
    ) -> ControlFlow<()> {
        let is_worth_it = place.end - place.start >= LEAST_COVERED;
        self.take(name, content, is_worth_it.then_some(place.start))
    }

    fn encoded(
        &mut self,
        name: &[u8],
        place: &Cell<Option<Location>>,
        content: &mut dyn Read,
    ) -> ControlFlow<()> {
        let is_outermost = self.unpacker.inside.is_empty();
        let first = self.unpacker.out.hits.len();
        let flow = self.take(name, content, None);
        if is_outermost {
            for hit in &mut self.unpacker.out.hits[first..] {
                hit.encoded_at = place.get();
            }
        }
        flow
    }

    fn record(&mut self, name: &str, fields: &[Field<'_>]) -> ControlFlow<()> {
        self.count()?;
        // A long value is counted as a member.
        let length: usize = fields
            .iter()
            .map(|field| match field.value.len() {
                value @ ..=LONGEST_FIELD => field.name.len() + value,
                _ => field.name.len(),
            })
            .sum();
        if !self.unpacker.spend(length as u64) {
            return ControlFlow::Break(());
        }
        // A long value is no other one's context.
        let mut short: Vec<Field<'_>> = Vec::new();
        for field in fields {
            self.unpacker.in_record(field.value);
            let mut value = field.value;
            if value.len() > LONGEST_FIELD {
                let name = format!("{name} column {}", field.name);
                self.member(name.as_bytes(), &mut value)?;
                value = b"";
            }
            short.push(Field {
                name: field.name,
                value,
            });
        }
        let fields = &short[..];
        let mut text = b"{".to_vec();
        let mut values = Vec::new();
        for field in fields {
            text.extend(format!("\"{}\": \"", field.name).as_bytes());
            let start = text.len();
            text.extend(field.value);
            values.push(start..text.len());
            text.extend(b"\", ");
        }
        text.push(b'}');
        // A container in a field stands in the text of the record, too.
        let mut inside: Vec<Inside> = Vec::new();
        inside.resize_with(fields.len(), Inside::default);
        for ((field, value), inside) in fields.iter().zip(&values).zip(&mut inside) {
            if Format::tell(&text[value.clone()], None).is_some() {
                let before = self.unpacker.out.hits.len();
                self.enter(&format!("{name} column {}", field.name));
                self.unpacker.bytes(&text[value.clone()], None);
                self.unpacker.inside.pop();
                inside.hits = before..self.unpacker.out.hits.len();
            }
        }
        let mut seen = Sightings::new(self.unpacker.room);
        self.unpacker
            .scanner
            .scan_bytes(&text, None, &mut |one| seen.push(one));
        // Each finding stands in a field; its place is counted from there.
        let mut of_fields: BTreeMap<Option<usize>, Vec<Seen<'r>>> = BTreeMap::new();
        for mut one in seen.into_list() {
            let at = match &one {
                Seen::Secret(hit) => hit.location.byte_offset as usize,
                Seen::Packed(packed) => packed.location.byte_offset as usize,
                Seen::Bound(_) => 0,
            };
            let field = values.iter().position(|value| value.contains(&at));
            let start = field.map_or(0, |field| values[field].start);
            if let (Seen::Secret(hit), Some(field)) = (&mut one, field)
                && hit.location.byte_length as usize == values[field].len()
            {
                hit.cookie = said(fields, field);
            }
            let one = counted_from(one, &text, start);
            of_fields.entry(field).or_default().push(one);
        }
        for (field, seen) in of_fields {
            let column = field.map_or_else(String::new, |field| {
                format!(" column {}", fields[field].name)
            });
            self.enter(&format!("{name}{column}"));
            let inside =
                field.map_or_else(Inside::default, |field| std::mem::take(&mut inside[field]));
            self.unpacker.take_raw(seen, inside);
            self.unpacker.inside.pop();
        }
        match self.unpacker.is_over() {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }

    fn unread(&mut self, name: &[u8], why: Unread) {
        let text = String::from_utf8_lossy(name).into_owned();
        self.enter(&text);
        self.unpacker.problem(why);
        self.unpacker.inside.pop();
    }

    fn pass(&mut self, content: &mut dyn Read) -> io::Result<ControlFlow<()>> {
        let unpacker = &mut *self.unpacker;
        let share = unpacker.budget.share(unpacker.share(), Siblings::Some);
        let mut reader = Spending::new(
            content,
            (Rc::clone(&unpacker.budget), share),
            (unpacker.total, Arc::clone(&unpacker.scanner.time)),
            None,
        );
        io::copy(&mut reader, &mut io::sink())?;
        let bound = reader.finish();
        let within = bound.is_none();
        unpacker.limit(bound);
        Ok(match within {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break(()),
        })
    }
}

/// What a record says of the cookie whose value is one of its fields.
fn said(fields: &[Field<'_>], value: usize) -> Option<Cookie> {
    if !cookie::is_value(fields[value].name) {
        return None;
    }
    let texts = fields
        .iter()
        .map(|field| (field.name, String::from_utf8_lossy(field.value)));
    let texts: Vec<_> = texts.collect();
    cookie::of_record(texts.iter().map(|(name, value)| (*name, &**value)))
}

/// A location counted from the beginning of a field instead of its record.
fn counted_from<'r>(mut seen: Seen<'r>, text: &[u8], start: usize) -> Seen<'r> {
    let location = match &mut seen {
        Seen::Secret(hit) => &mut hit.location,
        Seen::Packed(packed) => &mut packed.location,
        Seen::Bound(_) => return seen,
    };
    let feed = memchr::memrchr2(b'\n', b'\r', &text[..start]);
    let lines = memchr::memchr_iter(b'\n', &text[..start]).count() as u64;
    let line = location.line.saturating_sub(lines);
    if line == 1 {
        let before = String::from_utf8_lossy(&text[feed.map_or(0, |feed| feed + 1)..start]);
        let columns = before.chars().count() as u64;
        location.column = location.column.saturating_sub(columns).max(1);
        if location.end_line == location.line {
            location.end_column = location.end_column.saturating_sub(columns).max(1);
        }
    }
    location.end_line = location.end_line.saturating_sub(lines).max(1);
    location.line = line.max(1);
    location.byte_offset = location.byte_offset.saturating_sub(start as u64);
    seen
}

fn without_extension(path: &Path) -> PathBuf {
    path.with_extension("")
}

/// A name in an archive, for reading what it says. It is never opened.
#[cfg(unix)]
fn path_of(name: &[u8]) -> &OsStr {
    use std::os::unix::ffi::OsStrExt;
    OsStr::from_bytes(name)
}

#[cfg(not(unix))]
fn path_of(name: &[u8]) -> &OsStr {
    OsStr::new(std::str::from_utf8(name).unwrap_or(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_that_touch_are_one() {
        let mut stretches = Stretches::default();
        for stretch in [10..20, 30..40, 50..60, 18..30, 12..15] {
            stretches.add(stretch);
        }
        let of: Vec<(u64, u64)> = stretches.0.clone().into_iter().collect();
        assert_eq!(of, [(10, 40), (50, 60)]);
        for (at, expected) in [(9, false), (10, true), (39, true), (40, false), (55, true)] {
            assert_eq!(stretches.contains(at), expected, "{at}");
        }
    }
}
