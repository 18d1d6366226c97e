//! How much may still be unpacked of an input, and how much of that a member may take.
//!
//! A member may take a share of what is left, so that a greedy one leaves something for
//! its siblings. A part is kept for the first bytes of members: what is short is read
//! however much the greedy ones took. The members of the input itself have such a part of
//! their own, of which nothing goes to what is in them. All of it has an end, and so has
//! every input.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::tee::Covered;
use crate::system::memory;
use crate::system::time::TimeBudget;

/// How much may be unpacked.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Whether anything is decoded or unpacked at all.
    pub decode: bool,
    /// Containers inside of each other.
    pub depth: usize,
    /// Bytes that one input may unpack to; a member of it to half of what is left.
    pub bytes: u64,
    /// Bytes that all inputs may unpack to.
    pub total: u64,
    /// How many times longer than itself an input may become, once that is long.
    pub ratio: u64,
    /// Members of one container; all that are inside of others together have twice as many.
    pub entries: u64,
    /// How long one input may take.
    pub time: Duration,
    /// Bytes that one decoder may hold in memory, and what was found.
    pub memory: usize,
}

impl Default for Bounds {
    fn default() -> Bounds {
        Bounds {
            decode: true,
            depth: 8,
            bytes: 32 << 30,
            total: 1 << 40,
            ratio: 1000,
            entries: 1_000_000,
            time: Duration::from_secs(600),
            memory: 64 << 20,
        }
    }
}

/// Bytes below which nobody asks how well an input is compressed.
const FREE: u64 = 2 << 30;
/// Bytes at the beginning of a member that it may have when nothing is left to share.
const FIRST: u64 = 16 << 10;
/// Of the bytes of an input, one in so many is for the beginnings of its members, and as
/// many are for those of members inside of these.
const FOR_FIRST: u64 = 16;
/// Bytes that are read at once however few are left.
const PIECE: u64 = 4 << 10;
/// Bytes of zeros, or of any other byte alone, that cost as much as one that has to be
/// looked at.
const SAME: u64 = 16;
/// Members that a container inside of another one may have, whatever is left.
const LEAST_MEMBERS: u64 = 64;

/// How a member shares with its siblings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Siblings {
    /// There may be others behind it: it has half of what is left.
    Some,
    /// It is the only one: it has what is left but for an eighth, which is for the
    /// container itself.
    None,
}

/// What was spent of an input.
#[derive(Debug)]
pub struct Budget {
    bounds: Bounds,
    /// What all bytes may cost.
    most: Cell<u64>,
    /// Whether that is because of the ratio.
    is_by_ratio: Cell<bool>,
    /// Spent of shares, and of what is there for the first bytes of members: of those of
    /// the input, and of those inside of others.
    shared: Cell<u64>,
    first: Cell<u64>,
    first_nested: Cell<u64>,
    /// Members of containers inside of others.
    nested: Cell<u64>,
    started: Instant,
}

/// What a member and everything in it may take.
#[derive(Clone, Copy, Debug)]
pub struct Share {
    /// What may have been spent by all once it has its share, and how much of that is its
    /// own.
    ceiling: u64,
    bytes: u64,
    /// The same for the first bytes of members inside of others.
    first_nested: u64,
    /// Containers around it, without a compressed stream that is the input itself.
    depth: u32,
    /// Bytes that no member of it may take: it has to be read on to reach the next one.
    itself: u64,
    deadline: Option<Instant>,
    time: Duration,
}

impl Share {
    /// The same for a member that has no share of its own.
    pub fn of_member(self) -> Share {
        Share {
            depth: self.depth + 1,
            ..self
        }
    }
}

impl Budget {
    /// For an input of a length that is not known.
    pub fn new(bounds: &Bounds) -> Budget {
        Budget {
            bounds: *bounds,
            most: Cell::new(bounds.bytes),
            is_by_ratio: Cell::new(false),
            shared: Cell::new(0),
            first: Cell::new(0),
            first_nested: Cell::new(0),
            nested: Cell::new(0),
            started: Instant::now(),
        }
    }

    /// Says how long the input is.
    pub fn set_length(&self, length: u64) {
        let by_ratio = FREE.max(length.saturating_mul(self.bounds.ratio));
        self.is_by_ratio.set(by_ratio < self.bounds.bytes);
        self.most.set(by_ratio.min(self.bounds.bytes));
    }

    /// What the input itself may take.
    pub fn whole(&self) -> Share {
        let most = self.most.get();
        let first = most / FOR_FIRST;
        let shared = most - 2 * first;
        Share {
            ceiling: shared,
            bytes: shared,
            first_nested: first,
            depth: 0,
            itself: 0,
            deadline: self.started.checked_add(self.bounds.time),
            time: self.bounds.time,
        }
    }

    /// What a member may take of something with that share.
    pub fn share(&self, outer: Share, siblings: Siblings) -> Share {
        let of = |left: u64| match siblings {
            Siblings::Some => left / 2,
            Siblings::None => left - left / 8,
        };
        let (shared, first) = (self.shared.get(), self.first_nested.get());
        let bytes = of(outer.ceiling.saturating_sub(outer.itself + shared));
        let is_of_input = outer.depth == 0 && siblings == Siblings::None;
        let now = Instant::now();
        let left = outer
            .deadline
            .map(|deadline| deadline.saturating_duration_since(now));
        let time = left.map(|left| Duration::from_millis(of(left.as_millis() as u64)));
        Share {
            ceiling: shared + bytes,
            bytes,
            first_nested: first + of(outer.first_nested.saturating_sub(first)),
            depth: match is_of_input {
                true => 0,
                false => outer.depth + 1,
            },
            itself: match is_of_input {
                true => bytes / 8,
                false => 0,
            },
            deadline: time.and_then(|time| now.checked_add(time)),
            time: time.unwrap_or(outer.time),
        }
    }

    /// How many members a container may have.
    pub fn members(&self, is_nested: bool) -> u64 {
        let most = self.bounds.entries;
        let nested = self.nested.get();
        match is_nested {
            false => most,
            true if nested >= most.saturating_mul(2) => 0,
            true => (most.saturating_sub(nested) / 2).max(LEAST_MEMBERS.min(most)),
        }
    }

    /// Counts a member of a container inside of another one.
    pub fn count_nested(&self) {
        self.nested.set(self.nested.get() + 1);
    }

    /// What was spent of first bytes where something with that share has its own from,
    /// and how much that may become.
    fn first(&self, share: Share) -> (&Cell<u64>, u64) {
        match share.depth {
            0 | 1 => (&self.first, self.most.get() / FOR_FIRST),
            _ => (&self.first_nested, share.first_nested),
        }
    }

    /// How many bytes something with that share may still read, of which so many can be
    /// its first ones.
    fn left(&self, share: Share, first: u64) -> u64 {
        let of_share = share.ceiling.saturating_sub(self.shared.get());
        let (spent, most) = self.first(share);
        of_share.saturating_add(first.min(most.saturating_sub(spent.get())))
    }

    /// Spends something. Gives how much of it was counted as first bytes.
    pub fn spend(&self, cost: u64, share: Share) -> u64 {
        let of_share = cost.min(share.ceiling.saturating_sub(self.shared.get()));
        let of_first = cost - of_share;
        self.shared.set(self.shared.get() + of_share);
        let (spent, _) = self.first(share);
        spent.set(spent.get() + of_first);
        of_first
    }

    /// Why no more members can be read with that share, if none can.
    pub fn exceeded(&self, share: Share) -> Option<String> {
        let late = |deadline| Instant::now() > deadline;
        if share.deadline.is_some_and(late) {
            let seconds = share.time.as_secs_f64();
            return Some(match share.time == self.bounds.time {
                true => format!("it takes longer than {seconds} s"),
                false => format!("it takes longer than {seconds:.1} s, its share of --max-time"),
            });
        }
        (self.left(share.of_member(), FIRST) == 0).then(|| self.too_many_bytes(share))
    }

    /// What is said of something that has more bytes than its share.
    fn too_many_bytes(&self, share: Share) -> String {
        let option = match self.is_by_ratio.get() {
            true => "--max-ratio",
            false => "--max-unpacked",
        };
        let bytes = in_words(share.bytes);
        format!("it unpacks to more than {bytes}, its share of {option}")
    }

    /// The bound that leaves nothing for any member of the input, when all inputs spent
    /// so much.
    pub fn exhausted(&self, total: u64) -> Option<String> {
        if total > self.bounds.total {
            let most = in_words(self.bounds.total);
            return Some(format!("everything unpacks to more than {most}"));
        }
        self.exceeded(self.whole())
    }
}

fn in_words(bytes: u64) -> String {
    memory::in_words(usize::try_from(bytes).unwrap_or(usize::MAX))
}

/// What bytes cost. Who writes one byte again and again hides nothing in it, and it is
/// read in no time.
fn cost(bytes: &[u8]) -> u64 {
    let length = bytes.len() as u64;
    match bytes.split_first() {
        Some((_, rest)) if length >= SAME && *rest == bytes[..rest.len()] => length / SAME,
        _ => length,
    }
}

/// The content of a member, which ends where its share does.
pub struct Spending<'s> {
    content: &'s mut dyn Read,
    budget: Rc<Budget>,
    share: Share,
    /// How many of the first bytes are still to come.
    first: u64,
    /// What all inputs have spent.
    total: &'s AtomicU64,
    time: Arc<TimeBudget>,
    /// Takes down what was read, from this place of the container on.
    covered: Option<(&'s Covered, u64)>,
    /// Whether it was ended before its end.
    cut: bool,
}

impl<'s> Spending<'s> {
    /// A content with its share.
    pub fn new(
        content: &'s mut dyn Read,
        (budget, share): (Rc<Budget>, Share),
        (total, time): (&'s AtomicU64, Arc<TimeBudget>),
        covered: Option<(&'s Covered, u64)>,
    ) -> Spending<'s> {
        Spending {
            content,
            budget,
            share,
            first: FIRST,
            total,
            time,
            covered,
            cut: false,
        }
    }

    /// What is said of it if it was ended before its end.
    pub fn finish(self) -> Option<String> {
        let why = || {
            let exceeded = self.budget.exceeded(self.share);
            exceeded.unwrap_or_else(|| self.budget.too_many_bytes(self.share))
        };
        self.cut.then(why)
    }

    fn is_over(&self) -> bool {
        let late = |deadline| Instant::now() > deadline;
        self.cut
            || self.share.deadline.is_some_and(late)
            || self.total.load(Ordering::Relaxed) > self.budget.bounds.total
            || self.time.look()
    }

    fn cut(&mut self) -> io::Result<usize> {
        if let Some((covered, _)) = &self.covered
            && !self.cut
        {
            covered.cut();
        }
        self.cut = true;
        Ok(0)
    }
}

impl Read for Spending<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.is_over() {
            return self.cut();
        }
        let left = self.budget.left(self.share, self.first);
        if left == 0 {
            // What ends just here is whole.
            return match self.content.read(&mut buffer[..1])? {
                0 => Ok(0),
                _ => self.cut(),
            };
        }
        let most = left.max(PIECE).min(buffer.len() as u64) as usize;
        let count = self.content.read(&mut buffer[..most])?;
        let cost = cost(&buffer[..count]);
        self.total.fetch_add(cost, Ordering::Relaxed);
        let of_first = self.budget.spend(cost, self.share);
        self.first = self.first.saturating_sub(of_first);
        if let Some((covered, at)) = &mut self.covered {
            let end = *at + count as u64;
            covered.add(*at..end);
            *at = end;
        }
        Ok(count)
    }
}
