//! One input on its way through windows of constant size.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use super::hits::Hit;
use super::look::{Looker, Sight};
use super::packed::{Packed, too_much_packed};
use super::position::Position;
use crate::context::REACH;
use crate::model::cookie::Cookie;
use crate::model::encoding::Encoding;
use crate::model::finding::Confidence;
use crate::model::location::Location;
use crate::model::secret::Secret;
use crate::model::suppression::Pragma;
use crate::prefilter::MAX_RUN;
use crate::rule::Rule;
use crate::system::memory::Held;
use crate::system::threads::Threads;

/// Context that a value can need on each side of it, in UTF-16 too.
const CONTEXT: usize = 2 * (REACH + 2 * MAX_RUN);
/// What a decision can need on each side of a place: another value in its reach, and the
/// context of that. With this much around it, no decision depends on where a window ends.
pub const MARGIN: usize = REACH + 2 * MAX_RUN + CONTEXT;
/// Matches that wait for an input to pause. One that has more before it pauses
/// will not be read by anybody as it runs.
const MAX_WAITING: usize = 1000;

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
    pub cookie: Option<Box<Cookie>>,
    /// What bound it to its rule, where that was asked for.
    pub why: Option<Box<str>>,
    /// The comments beside it that say it is known.
    pub pragmas: Box<[Pragma]>,
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

/// One input on its way through windows.
pub struct Scan<'p, 'r> {
    /// Bytes in a window, as long as nothing needs a longer one.
    pub(super) window: usize,
    /// Bytes of memory that one decoder may take.
    pub(super) memory: usize,
    pub(super) plain: bool,
    pub(super) looker: Looker<'p, 'r>,
    /// More of them, for several windows at once.
    pub(super) others: Vec<Looker<'p, 'r>>,
    pub(super) threads: Arc<Threads>,
    pub(super) long: Duration,
    pub(super) buffer: Vec<u8>,
    /// What is read into while others look at the buffer.
    pub(super) next: Vec<u8>,
    /// Bytes that the next window has.
    pub(super) length: usize,
    /// Windows in a row that took long.
    pub(super) in_a_row: usize,
    /// Offset of the buffer's first byte in the input.
    pub(super) offset: u64,
    /// Where the buffer's first byte stands.
    pub(super) position: Option<Position>,
    /// Bytes in the buffer.
    pub(super) filled: usize,
    /// Points before this one are decided.
    pub(super) decided: usize,
    /// Whether the input pauses, so that its matches are announced.
    pub(super) live: bool,
    /// What was seen behind the end of the last window that was decided, with its places
    /// in the buffer.
    pub(super) ahead: Vec<Hit<'r>>,
    /// What was seen last, and where in the buffer.
    pub(super) last: Vec<(Range<usize>, Secret)>,
    /// Matches that were announced before they were decided: their offsets, and
    /// how sure they were.
    pub(super) announced: BTreeMap<u64, Confidence>,
    /// Decided matches of an input that has not paused yet, the first ones.
    pub(super) waiting: Vec<Match<'r>>,
    /// Bytes of the containers in encoded texts so far.
    pub(super) packed: usize,
    pub(super) held: Held,
}

impl<'p, 'r> Scan<'p, 'r> {
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
        self.pass_over(bytes);
    }

    /// Passes over so many zeros of the input.
    pub(super) fn pass_zeros(
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
        self.decide_windows(found, announce, None);
        if self.filled > self.decided {
            self.decide_rest(found, announce);
        }
        self.advance(self.filled);
        (self.filled, self.decided) = (0, 0);
        self.last.clear();
    }

    /// Whether the time of the input is over, so that nothing more is looked at.
    pub fn has_ended(&self) -> bool {
        self.looker.has_ended()
    }

    /// Where the next bytes go; never empty.
    pub fn space(&mut self) -> &mut [u8] {
        &mut self.buffer[self.filled..]
    }

    /// Decides what is left at the end of the input, and returns its length.
    pub(super) fn finish(
        &mut self,
        found: &mut dyn FnMut(Seen<'r>),
        announce: &mut dyn FnMut(&Match<'r>),
    ) -> u64 {
        self.decide_windows(found, announce, None);
        self.decide_rest(found, announce);
        self.offset + self.filled as u64
    }

    /// Decides what was not decided yet.
    fn decide_rest(
        &mut self,
        found: &mut dyn FnMut(Seen<'r>),
        announce: &mut dyn FnMut(&Match<'r>),
    ) {
        let buffer = std::mem::take(&mut self.buffer);
        let bytes = &buffer[..self.filled];
        let sight = self.looker.look(bytes, self.decided..self.filled);
        self.looker.rest();
        let sight = self.in_region(sight, 0, self.decided..self.filled);
        self.decide(bytes, sight, found, announce);
        self.decided = self.filled;
        self.buffer = buffer;
    }

    /// Takes down what was seen in the bytes from the offset on.
    pub(super) fn decide(
        &mut self,
        bytes: &[u8],
        sight: Sight<'r>,
        found: &mut dyn FnMut(Seen<'r>),
        announce: &mut dyn FnMut(&Match<'r>),
    ) {
        for seen in self.located(bytes, sight) {
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
    }

    /// Announces what can be seen already. A value at the very end may still
    /// be growing, so it waits.
    pub(super) fn look_ahead(
        &mut self,
        found: &mut dyn FnMut(Seen<'r>),
        announce: &mut dyn FnMut(&Match<'r>),
    ) {
        self.live = true;
        self.in_a_row = 0;
        for hit in std::mem::take(&mut self.waiting) {
            announce(&hit);
        }
        self.decide_windows(found, announce, None);
        let end = self.offset + self.filled as u64;
        let buffer = std::mem::take(&mut self.buffer);
        let bytes = &buffer[..self.filled];
        let mut sight = self.looker.look(bytes, self.decided..self.filled);
        self.looker.rest();
        // They are seen once more when they are decided.
        sight.packed.clear();
        for seen in self.located(bytes, sight) {
            if let Seen::Secret(hit) = seen
                && hit.location.byte_offset + hit.location.byte_length < end
            {
                self.announce_once(&hit, announce);
            }
        }
        self.buffer = buffer;
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

    /// Leaves the first bytes of the buffer behind.
    fn advance(&mut self, count: usize) {
        let buffer = std::mem::take(&mut self.buffer);
        self.place(&buffer[..self.filled]);
        self.pass_over(&buffer[..count]);
        self.buffer = buffer;
    }

    /// Counts bytes that are left behind.
    pub(super) fn pass_over(&mut self, bytes: &[u8]) {
        if let Some(position) = &mut self.position {
            position.advance(bytes);
        }
        self.offset += bytes.len() as u64;
    }

    /// Looks at the beginning of the input, once it is there.
    pub(super) fn place(&mut self, bytes: &[u8]) {
        if self.position.is_none() {
            let encoding = self.looker.begin(bytes).encoding();
            // As much as every window has, so that it doesn't matter how large one is.
            let first = &bytes[..bytes.len().min(MARGIN)];
            self.position = Some(Position::start(encoding, first));
        }
    }

    /// What was seen in the bytes from the offset on, with its places in the input, in
    /// their order.
    pub(super) fn located(&mut self, bytes: &[u8], sight: Sight<'r>) -> Vec<Seen<'r>> {
        let most = self.memory / 2;
        let (mut packed, mut is_full) = (sight.packed, sight.is_packed_full);
        packed.retain(|(_, bytes, _)| {
            let size = self.packed + Packed::size(bytes);
            let fits = size <= most;
            match fits {
                true => self.packed = size,
                false => is_full = true,
            }
            fits
        });
        let bound = sight.bound.map(Cow::Borrowed);
        let bound = bound.or_else(|| is_full.then(|| too_much_packed(most)));
        let bound = bound.map(Seen::Bound);
        let hits = sight.hits;
        if hits.is_empty() && packed.is_empty() {
            return bound.into_iter().collect();
        }
        self.place(bytes);
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
                pragmas: hit.pragmas,
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
