//! Reads a member until its share is spent.

use std::io::{self, Read};
use std::rc::Rc;

use super::Budget;
use super::unpacked::{FIRST, Share};
use crate::engine::tee::Covered;

/// Bytes that are read at once however few are left.
const PIECE: u64 = 4 << 10;
/// Bytes of zeros, or of any other byte alone, that cost as much as one that has to be
/// looked at.
const SAME: u64 = 16;

/// The content of a member, which ends where its share does.
pub struct Spending<'s> {
    content: &'s mut dyn Read,
    budget: Rc<Budget<'s>>,
    share: Share,
    /// How many of the first bytes are still to come.
    first: u64,
    /// Takes down what was read, from this place of the container on.
    covered: Option<(&'s Covered, u64)>,
    /// Whether it was ended before its end.
    cut: bool,
}

impl<'s> Spending<'s> {
    /// A content with its share.
    pub fn new(
        content: &'s mut dyn Read,
        budget: Rc<Budget<'s>>,
        share: Share,
        covered: Option<(&'s Covered, u64)>,
    ) -> Spending<'s> {
        Spending {
            content,
            budget,
            share,
            first: FIRST,
            covered,
            cut: false,
        }
    }

    /// What is said of it if it was ended before its end.
    pub fn finish(self) -> Option<String> {
        self.cut.then(|| self.budget.why_cut(self.share))
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
        if self.cut || self.budget.ends(self.share) {
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
        let of_first = self.budget.spend(cost(&buffer[..count]), self.share);
        self.first = self.first.saturating_sub(of_first);
        if let Some((covered, at)) = &mut self.covered {
            let end = *at + count as u64;
            covered.add(*at..end);
            *at = end;
        }
        Ok(count)
    }
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
