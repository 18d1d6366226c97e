//! How much memory the places of secrets may take: nobody reads a hundred thousand
//! of them, and an input can hold millions.

use std::cell::Cell;
use std::ops::AddAssign;

use crate::finding::Confidence;
use crate::layer::Layer;

/// Bytes of memory that a place takes with its share of a finding, without what
/// [`names`] counts.
pub const PLACE: usize = 512;

/// Bytes of memory that the names of members take.
pub fn names(layers: &[Layer]) -> usize {
    let of = |layer: &Layer| match layer {
        Layer::Member { name, .. } => name.len(),
        Layer::Encoding(_) => 0,
    };
    layers.iter().map(of).sum()
}

/// Places that were found and are not kept, by how sure they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftOut([u64; 3]);

impl LeftOut {
    /// Counts one place.
    pub fn add(&mut self, confidence: Confidence) {
        self.0[confidence as usize] += 1;
    }

    /// How many are at least as sure as that.
    pub fn from(self, min: Confidence) -> u64 {
        self.0[min as usize..].iter().sum()
    }

    /// How many are less sure than that.
    pub fn below(self, min: Confidence) -> u64 {
        self.0[..min as usize].iter().sum()
    }
}

impl AddAssign for LeftOut {
    fn add_assign(&mut self, other: LeftOut) {
        for (mine, others) in self.0.iter_mut().zip(other.0) {
            *mine += others;
        }
    }
}

/// The memory for the places of one input. Those of which nothing but their shape is
/// known have less of it, and none of that which the others have.
#[derive(Debug)]
pub struct Room {
    sure: Cell<usize>,
    unsure: Cell<usize>,
    left_out: Cell<LeftOut>,
}

impl Room {
    /// Room for places that take so many bytes.
    pub fn new(bytes: usize) -> Room {
        Room {
            sure: Cell::new(bytes),
            unsure: Cell::new(bytes / 2),
            left_out: Cell::default(),
        }
    }

    /// Takes room for a place. `false` where there is none left; it is counted then.
    pub fn take(&self, confidence: Confidence, bytes: usize) -> bool {
        let left = self.of(confidence);
        match left.get().checked_sub(bytes) {
            Some(rest) => left.set(rest),
            None => {
                let mut left_out = self.left_out.get();
                left_out.add(confidence);
                self.left_out.set(left_out);
                return false;
            }
        }
        true
    }

    /// Gives back what a place took.
    pub fn give_back(&self, confidence: Confidence, bytes: usize) {
        let left = self.of(confidence);
        left.set(left.get() + bytes);
    }

    /// What had no room.
    pub fn left_out(&self) -> LeftOut {
        self.left_out.get()
    }

    fn of(&self, confidence: Confidence) -> &Cell<usize> {
        match confidence {
            Confidence::Low => &self.unsure,
            Confidence::Medium | Confidence::High => &self.sure,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unsure_takes_no_room_from_what_is_sure() {
        let room = Room::new(1000);
        let taken = [Confidence::Low; 3].map(|low| room.take(low, 250));
        assert_eq!(taken, [true, true, false]);
        let taken = [Confidence::High, Confidence::Medium, Confidence::High]
            .map(|sure| room.take(sure, 500));
        assert_eq!(taken, [true, true, false]);
        room.give_back(Confidence::Medium, 500);
        assert!(room.take(Confidence::High, 500));
        let left_out = room.left_out();
        assert_eq!(left_out.from(Confidence::Low), 2);
        assert_eq!(left_out.from(Confidence::Medium), 1);
        assert_eq!(left_out.below(Confidence::Medium), 1);
    }
}
