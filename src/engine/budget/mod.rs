//! What one input may take. There is one budget for each, and whoever unpacks, judges or
//! keeps something asks it:
//!
//! - **bytes, ratio, members, depth**: [`Unpacked`] has what was spent, and gives each
//!   member a [`Share`] of what is left, so that a bomb costs its own share and its siblings
//!   are read. [`Spending`] is a member that ends where its share does.
//! - **time**: the clock of the scanner, which counts judging, decoding and unpacking, and
//!   tells when the audit is stopped. A member has a share of that, too.
//! - **memory**: [`Room`] for the places of what is found. What decoders hold at once is
//!   `Limits::memory`, and that of all threads together [`memory`](crate::system::memory).
//!
//! A bound of the whole input ends all unpacking; what was found until then is reported,
//! and the bound is said.

pub mod room;
mod spending;
mod unpacked;

use std::cell::OnceCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

pub use self::room::Room;
pub use self::spending::Spending;
pub use self::unpacked::{Share, Siblings};
use self::unpacked::{Unpacked, in_words};
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

/// What one input and everything in it may still take.
#[derive(Debug)]
pub struct Budget<'b> {
    /// How much that was at first.
    pub bounds: &'b Bounds,
    /// Room for what is found.
    pub room: Room,
    unpacked: Unpacked,
    /// Bytes that all inputs were unpacked to.
    total: &'b AtomicU64,
    /// The clock of whoever judges the input.
    time: Arc<TimeBudget>,
    /// The bound that ended the unpacking.
    ended_by: OnceCell<String>,
}

impl<'b> Budget<'b> {
    /// For an input of a length that is not known.
    pub fn new(bounds: &'b Bounds, total: &'b AtomicU64, time: Arc<TimeBudget>) -> Budget<'b> {
        Budget {
            bounds,
            room: Room::new(bounds.memory),
            unpacked: Unpacked::new(bounds),
            total,
            time,
            ended_by: OnceCell::new(),
        }
    }

    /// Says how long the input is.
    pub fn set_length(&self, length: u64) {
        self.unpacked.set_length(length);
    }

    /// What the input itself may take.
    pub fn whole(&self) -> Share {
        self.unpacked.whole()
    }

    /// What a member may take of something with that share.
    pub fn share(&self, outer: Share, siblings: Siblings) -> Share {
        self.unpacked.share(outer, siblings)
    }

    /// How many members a container may have.
    pub fn members(&self, is_nested: bool) -> u64 {
        self.unpacked.members(is_nested)
    }

    /// Counts a member of a container inside of another one.
    pub fn count_nested(&self) {
        self.unpacked.count_nested();
    }

    /// How many bytes something with that share may still read, of which so many can be
    /// its first ones.
    pub fn left(&self, share: Share, first: u64) -> u64 {
        self.unpacked.left(share, first)
    }

    /// Spends bytes that were unpacked. Gives how many of them were counted as first bytes.
    pub fn spend(&self, cost: u64, share: Share) -> u64 {
        self.total.fetch_add(cost, Ordering::Relaxed);
        self.unpacked.spend(cost, share)
    }

    /// Why no more members can be read with that share, if none can.
    pub fn exceeded(&self, share: Share) -> Option<String> {
        self.unpacked.exceeded(share)
    }

    /// Whether something with that share has to end here, however many bytes it has left.
    pub fn ends(&self, share: Share) -> bool {
        share.is_late() || self.total() > self.bounds.total || self.time.look()
    }

    /// What is said of something that ended before its end.
    pub fn why_cut(&self, share: Share) -> String {
        let exceeded = self.exceeded(share);
        exceeded.unwrap_or_else(|| self.unpacked.too_many_bytes(share))
    }

    /// Whether nothing more of the input may be unpacked, now that something was spent.
    pub fn look(&self) -> bool {
        if !self.is_over()
            && let Some(bound) = self.exhausted()
        {
            self.ended_by.get_or_init(|| bound);
        }
        self.is_over()
    }

    /// Whether nothing more of the input may be unpacked, as far as that is known.
    pub fn is_over(&self) -> bool {
        self.ended_by.get().is_some() || self.time.look()
    }

    /// The bound of the whole input that was hit.
    pub fn ended_by(&self) -> Option<String> {
        let late = || {
            let seconds = self.bounds.time.as_secs();
            format!("it took longer than {seconds} s")
        };
        let ended_by = self.ended_by.get().cloned();
        ended_by.or_else(|| self.time.is_late().then(late))
    }

    /// The bound that leaves nothing for any member of the input.
    fn exhausted(&self) -> Option<String> {
        if self.total() > self.bounds.total {
            let most = in_words(self.bounds.total);
            return Some(format!("everything unpacks to more than {most}"));
        }
        self.exceeded(self.whole())
    }

    fn total(&self) -> u64 {
        self.total.load(Ordering::Relaxed)
    }
}
