//! The windows of an input: where each begins and ends, and which are looked at together.

use std::borrow::Cow;
use std::io;
use std::ops::Range;
use std::time::Instant;

use super::hits::{Hit, without_repeats};
use super::look::{Looker, Sight};
use super::scan::{MARGIN, Match, Scan, Seen};
use crate::encoding::open_stretch;
use crate::model::feed::{Fed, Feed};
use crate::model::secret::Secret;
use crate::system::memory::{self, Held};

/// Windows that are looked at together, where one after the other takes long. More do not
/// stay in the cache that the cores share, fewer are too soon done.
const TOGETHER: usize = 16;
/// Bytes of an input after which it takes long, however little is in it.
pub(super) const LONG_INPUT: u64 = 8 << 20;

/// What is done while others look at windows, with what will be left in the buffer.
type Meanwhile<'m> = dyn FnMut(&[u8]) + 'm;

/// What comes next of an input.
pub(super) enum Next {
    /// Zeros that nobody has to look at.
    Zeros(u64),
    /// What a feed gave.
    Fed(Fed),
}

/// Reads on.
///
/// # Errors
///
/// What the feed answers.
pub(super) fn read(feed: &mut dyn Feed, space: &mut [u8]) -> io::Result<Next> {
    match feed.pass_zeros() {
        0 => feed.next(space).map(Next::Fed),
        count => Ok(Next::Zeros(count)),
    }
}

/// A part of the buffer that is looked at by itself.
struct Window<'r> {
    /// Its first byte. What stands before it is no context of anything in it.
    start: usize,
    end: usize,
    /// What is decided with it.
    region: Range<usize>,
    /// The bound that its length hit.
    bound: Option<Cow<'static, str>>,
    sight: Sight<'r>,
}

impl<'p, 'r> Scan<'p, 'r> {
    /// Says that `count` bytes were put into the space.
    pub fn filled(
        &mut self,
        count: usize,
        found: &mut dyn FnMut(Seen<'r>),
        announce: &mut dyn FnMut(&Match<'r>),
    ) {
        self.filled += count;
        if self.filled == self.buffer.len() {
            self.decide_windows(found, announce, None);
            let length = self.wanted();
            self.buffer.resize(length, 0);
        }
    }

    /// The same, and reads on while others look at what is there, where that is worth while.
    /// What was read stands in the space then, and is to be taken as if it came after this.
    pub(super) fn filled_from(
        &mut self,
        feed: &mut dyn Feed,
        count: usize,
        found: &mut dyn FnMut(Seen<'r>),
        announce: &mut dyn FnMut(&Match<'r>),
    ) -> Option<io::Result<Next>> {
        let is_full = self.filled + count == self.buffer.len();
        if !is_full || self.length > self.window || self.together() == 1 {
            self.filled(count, found, announce);
            return None;
        }
        self.filled += count;
        let mut next = std::mem::take(&mut self.next);
        next.resize(self.wanted(), 0);
        let mut read_on = |rest: &[u8]| {
            let (start, space) = next.split_at_mut(rest.len());
            start.copy_from_slice(rest);
            read(feed, space)
        };
        let mut read = None;
        let meanwhile = &mut |rest: &[u8]| read = Some(read_on(rest));
        self.decide_windows(found, announce, Some(meanwhile));
        match read.is_some() {
            true => self.next = std::mem::replace(&mut self.buffer, next),
            false => {
                self.next = next;
                let length = self.wanted();
                self.buffer.resize(length, 0);
            }
        }
        read
    }

    /// How many windows are looked at together.
    fn together(&self) -> usize {
        let is_long = self.in_a_row > 1 || self.offset > LONG_INPUT;
        match is_long && self.threads.are_several() {
            true => TOGETHER,
            false => 1,
        }
    }

    /// How long the buffer has to be.
    fn wanted(&self) -> usize {
        self.length + (self.together() - 1) * self.window
    }

    /// Decides what is in whole windows, several at once. `meanwhile` is given what will be
    /// left in the buffer, and is not called where there is no window.
    pub(super) fn decide_windows(
        &mut self,
        found: &mut dyn FnMut(Seen<'r>),
        announce: &mut dyn FnMut(&Match<'r>),
        meanwhile: Option<&mut Meanwhile<'_>>,
    ) {
        let mut windows: Vec<Window<'r>> = Vec::new();
        let (mut start, mut decided) = (0, self.decided);
        while self.filled - start >= self.length {
            let Some(window) = self.window(start, decided) else {
                continue;
            };
            decided = window.region.end;
            // A multiple of four, so that UTF-16 and UTF-32 keep their parity.
            let gone = decided.saturating_sub(start + MARGIN) / 4 * 4;
            if gone == 0 {
                self.length += self.window;
            }
            start += gone;
            windows.push(window);
        }
        if windows.is_empty() {
            return;
        }
        let begun = Instant::now();
        let rest = start..self.filled;
        let meanwhile = meanwhile.map(|meanwhile| (meanwhile, rest.clone()));
        let is_ahead = meanwhile.is_some();
        self.look_at(&mut windows, meanwhile);
        let count = windows.len();
        // Several at once take little more than one.
        let long = self.long * count.min(2) as u32;
        self.in_a_row = match begun.elapsed() > long {
            true => self.in_a_row + count,
            false => 0,
        };
        let mut gone = 0;
        let buffer = std::mem::take(&mut self.buffer);
        for window in windows {
            self.place(&buffer[gone..window.end]);
            self.pass_over(&buffer[gone..window.start]);
            gone = window.start;
            if let Some(bound) = window.bound {
                found(Seen::Bound(bound));
            }
            let sight = self.in_region(window.sight, window.start, window.region.clone());
            let bytes = &buffer[window.start..window.end];
            self.decide(bytes, sight, found, announce);
        }
        self.place(&buffer[gone..self.filled]);
        self.pass_over(&buffer[gone..start]);
        self.buffer = buffer;
        if !is_ahead {
            self.buffer.copy_within(rest, 0);
        }
        self.filled -= start;
        self.decided = decided - start;
        for hit in &mut self.ahead {
            hit.range = hit.range.start - start..hit.range.end - start;
        }
        for (place, _) in &mut self.last {
            *place = place.start.saturating_sub(start)..place.end.saturating_sub(start);
        }
    }

    /// What was seen in a window and stands in its region. A text that is encoded can reach
    /// over the end of one: what was seen behind it is seen with the next window, and what
    /// that sees before its region was there already. `start` is where the window begins.
    pub(super) fn in_region(
        &mut self,
        mut sight: Sight<'r>,
        start: usize,
        region: Range<usize>,
    ) -> Sight<'r> {
        let place = |hit: &Hit| hit.range.start + start..hit.range.end + start;
        if !self.ahead.is_empty() {
            let seen = self.ahead.drain(..).map(|hit| Hit {
                range: hit.range.start - start..hit.range.end - start,
                ..hit
            });
            sight.hits.extend(seen);
            sight.hits = without_repeats(sight.hits);
        }
        let behind = (sight.hits).extract_if(.., |hit| place(hit).start >= region.end);
        let behind = behind.map(|hit| Hit {
            range: place(&hit),
            ..hit
        });
        self.ahead.extend(behind);
        sight.hits.retain(|hit| {
            let own = place(hit);
            let is_it = |(place, secret): &(Range<usize>, Secret)| {
                *secret == hit.secret && place.start < own.end && own.start < place.end
            };
            own.start >= region.start || !self.last.iter().any(is_it)
        });
        let near = region.end.saturating_sub(MARGIN);
        let hits = sight.hits.iter().filter(|hit| place(hit).end > near);
        self.last = hits.map(|hit| (place(hit), hit.secret.clone())).collect();
        sight
    }

    /// The window that begins at a place of the buffer, where points before `decided` are
    /// decided. `None` where it has to be longer.
    fn window(&mut self, start: usize, decided: usize) -> Option<Window<'r>> {
        let whole = start..start + self.length;
        let mut end = whole.end - MARGIN;
        // What is encoded is decoded as a whole, so its end has to be there.
        let open = match self.plain {
            true => None,
            false => open_stretch(&self.buffer[whole.clone()]).map(|open| start + open),
        };
        let longest = (self.memory / 4).max(self.window);
        let mut bound = None;
        if let Some(open) = open.filter(|open| *open < end) {
            if open > decided {
                end = open;
            } else if self.length < longest {
                self.length = (2 * self.length).min(longest);
                // What is decoded takes as much again, and more.
                self.held = Held::default();
                self.held = memory::hold(3 * self.length);
                return None;
            } else {
                bound = Some(
                    format!(
                        "an encoded text of more than {} was read in pieces",
                        memory::in_words(longest)
                    )
                    .into(),
                );
            }
        }
        Some(Window {
            start,
            end: whole.end,
            region: decided..end,
            bound,
            sight: Sight::default(),
        })
    }

    /// Looks at windows, one in each thread where there are several, while something else
    /// is done with a part of the buffer.
    fn look_at(
        &mut self,
        windows: &mut [Window<'r>],
        meanwhile: Option<(&mut Meanwhile<'_>, Range<usize>)>,
    ) {
        let buffer = &self.buffer;
        let look = |looker: &mut Looker<'p, 'r>, window: &mut Window<'r>| {
            let bytes = &buffer[window.start..window.end];
            let region = window.region.start - window.start..window.region.end - window.start;
            window.sight = looker.look(bytes, region);
        };
        let meanwhile = || {
            if let Some((meanwhile, part)) = meanwhile {
                meanwhile(&buffer[part]);
            }
        };
        if let [only] = windows {
            look(&mut self.looker, only);
            meanwhile();
        } else {
            let another = || self.looker.another();
            let count = self.others.len().max(windows.len());
            self.others.resize_with(count, another);
            let pairs = self.others.iter_mut().zip(windows);
            let mut pairs: Vec<_> = pairs.collect();
            (self.threads).each(
                &mut pairs,
                |(looker, window)| look(looker, window),
                meanwhile,
            );
        }
        self.looker.rest();
    }
}
