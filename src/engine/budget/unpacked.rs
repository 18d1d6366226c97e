//! How much may still be unpacked of an input, and how much of that a member may take.
//!
//! A member may take a share of what is left, so that a greedy one leaves something for
//! its siblings. A part is kept for the first bytes of members: what is short is read
//! however much the greedy ones took. The members of the input itself have such a part of
//! their own, of which nothing goes to what is in them. All of it has an end, and so has
//! every input.

use std::cell::Cell;
use std::time::{Duration, Instant};

use super::Bounds;
use crate::system::memory;

/// Bytes below which nobody asks how well an input is compressed.
const FREE: u64 = 2 << 30;
/// Bytes at the beginning of a member that it may have when nothing is left to share.
pub const FIRST: u64 = 16 << 10;
/// Of the bytes of an input, one in so many is for the beginnings of its members, and as
/// many are for those of members inside of these.
const FOR_FIRST: u64 = 16;
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
pub struct Unpacked {
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
    /// Whether its time is over.
    pub fn is_late(self) -> bool {
        self.deadline
            .is_some_and(|deadline| Instant::now() > deadline)
    }

    /// The same for a member that has no share of its own.
    pub fn of_member(self) -> Share {
        Share {
            depth: self.depth + 1,
            ..self
        }
    }
}

impl Unpacked {
    /// For an input of a length that is not known.
    pub fn new(bounds: &Bounds) -> Unpacked {
        Unpacked {
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
    pub fn left(&self, share: Share, first: u64) -> u64 {
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
        if share.is_late() {
            let seconds = share.time.as_secs_f64();
            return Some(match share.time == self.bounds.time {
                true => format!("it takes longer than {seconds} s"),
                false => format!("it takes longer than {seconds:.1} s, its share of --max-time"),
            });
        }
        (self.left(share.of_member(), FIRST) == 0).then(|| self.too_many_bytes(share))
    }

    /// What is said of something that has more bytes than its share.
    pub fn too_many_bytes(&self, share: Share) -> String {
        let option = match self.is_by_ratio.get() {
            true => "--max-ratio",
            false => "--max-unpacked",
        };
        let bytes = in_words(share.bytes);
        format!("it unpacks to more than {bytes}, its share of {option}")
    }
}

pub fn in_words(bytes: u64) -> String {
    memory::in_words(usize::try_from(bytes).unwrap_or(usize::MAX))
}
