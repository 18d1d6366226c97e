//! How much memory the places of secrets may take: nobody reads a hundred thousand
//! of them, and an input can hold millions.

use std::cell::{Cell, RefCell};
use std::ops::AddAssign;

use crate::model::finding::Confidence;
use crate::model::layer::Layer;
use crate::model::secret::{Secret, SecretMap};

/// Bytes of memory that a place takes with its share of a finding, without what
/// [`names`] counts.
pub const PLACE: usize = 512;

/// As many secrets have a place at least, whatever the memory.
const LEAST_SECRETS: usize = 100_000;

/// How many secrets have a place where places may take so many bytes.
pub fn most_secrets(bytes: usize) -> usize {
    LEAST_SECRETS.max(bytes / PLACE)
}

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

/// The memory for the places of one input.
///
/// Places of which nothing but their shape is known have less of it, and take none from
/// the others. The first places of secrets have room of their own: whoever writes one a
/// million times hides no other one behind it.
#[derive(Debug)]
pub struct Room {
    sure: Share,
    unsure: Share,
    names: Cell<usize>,
    packed: Cell<usize>,
    most_packed: usize,
    /// How many places of each secret have room.
    known: RefCell<SecretMap<u64, u32>>,
    left_out: Cell<LeftOut>,
}

/// How many places there is room for.
#[derive(Debug)]
struct Share {
    /// The first ones of secrets.
    first: Cell<usize>,
    /// Those of secrets that have one already.
    repeats: Cell<usize>,
}

impl Share {
    fn of(first: usize, repeats: usize) -> Share {
        Share {
            first: Cell::new(first),
            repeats: Cell::new(repeats),
        }
    }

    fn part(&self, is_repeat: bool) -> &Cell<usize> {
        match is_repeat {
            true => &self.repeats,
            false => &self.first,
        }
    }
}

/// Takes some of what is left, if that is enough.
fn take(left: &Cell<usize>, bytes: usize) -> bool {
    let rest = left.get().checked_sub(bytes);
    left.set(rest.unwrap_or(left.get()));
    rest.is_some()
}

impl Room {
    /// Room for places that take so many bytes, and for half as many of containers
    /// in encoded texts that wait to be opened.
    pub fn new(bytes: usize) -> Room {
        Room {
            sure: Share::of(most_secrets(bytes), bytes / 2 / PLACE),
            unsure: Share::of(bytes / 2 / PLACE, bytes / 4 / PLACE),
            names: Cell::new(bytes / 4),
            packed: Cell::new(bytes / 2),
            most_packed: bytes / 2,
            known: RefCell::default(),
            left_out: Cell::default(),
        }
    }

    /// Takes room for a place. `false` where there is none left; it is counted then.
    pub fn take(&self, secret: &Secret, confidence: Confidence) -> bool {
        let mut known = self.known.borrow_mut();
        let places = known.get(&secret.identity()).copied().unwrap_or(0);
        let fits = take(self.share(confidence).part(places > 0), 1);
        match fits {
            true => _ = known.insert(secret.identity(), places + 1),
            false => self.leave_out(confidence),
        }
        fits
    }

    /// Gives back what a place took.
    pub fn give_back(&self, secret: &Secret, confidence: Confidence) {
        let mut known = self.known.borrow_mut();
        let places = known.remove(&secret.identity()).unwrap_or(0);
        let part = self.share(confidence).part(places > 1);
        part.set(part.get() + 1);
        if places > 1 {
            known.insert(secret.identity(), places - 1);
        }
    }

    /// Takes room for the names of the members around a place that has its room. Where
    /// there is none left, the first place of a secret does without them, and any other
    /// one is given back and counted.
    pub fn take_names(
        &self,
        layers: &mut [Layer],
        secret: &Secret,
        confidence: Confidence,
    ) -> bool {
        if take(&self.names, names(layers)) {
            return true;
        }
        if self.known.borrow().get(&secret.identity()) == Some(&1) {
            for layer in layers {
                if let Layer::Member { name, .. } = layer {
                    *name = "…".into();
                }
            }
            return true;
        }
        self.give_back(secret, confidence);
        self.leave_out(confidence);
        false
    }

    /// Gives back what names took.
    pub fn give_back_names(&self, layers: &[Layer]) {
        self.names.set(self.names.get() + names(layers));
    }

    /// Takes room for a container in an encoded text. `false` where there is none left.
    pub fn take_packed(&self, bytes: usize) -> bool {
        take(&self.packed, bytes)
    }

    /// How much room there is for containers in encoded texts.
    pub fn most_packed(&self) -> usize {
        self.most_packed
    }

    /// Gives back what a container in an encoded text took.
    pub fn give_back_packed(&self, bytes: usize) {
        self.packed.set(self.packed.get() + bytes);
    }

    /// What had no room.
    pub fn left_out(&self) -> LeftOut {
        self.left_out.get()
    }

    fn leave_out(&self, confidence: Confidence) {
        let mut left_out = self.left_out.get();
        left_out.add(confidence);
        self.left_out.set(left_out);
    }

    fn share(&self, confidence: Confidence) -> &Share {
        match confidence {
            Confidence::Low => &self.unsure,
            Confidence::Medium | Confidence::High => &self.sure,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes a place for each of these secrets, told by their numbers.
    fn taken(room: &Room, confidence: Confidence, secrets: impl Iterator<Item = u32>) -> usize {
        secrets
            .filter(|number| room.take(&Secret::new(&number.to_string()), confidence))
            .count()
    }

    #[test]
    fn what_is_unsure_takes_no_room_from_what_is_sure() {
        let room = Room::new(100 * PLACE);
        assert_eq!(taken(&room, Confidence::Low, 0..80), 50);
        assert_eq!(taken(&room, Confidence::Medium, 100..160), 60);
        assert_eq!(taken(&room, Confidence::High, 200..260), 60);
        assert_eq!(taken(&room, Confidence::High, 200..260), 50);
        assert_eq!(room.left_out().from(Confidence::Low), 40);
        assert_eq!(room.left_out().from(Confidence::Medium), 10);
        assert_eq!(room.left_out().below(Confidence::Medium), 30);
        room.give_back(&Secret::new("200"), Confidence::High);
        assert_eq!(taken(&room, Confidence::High, 200..210), 1);
    }

    #[test]
    fn a_secret_that_stands_a_million_times_hides_no_other_one() {
        let room = Room::new(100 * PLACE);
        let same = std::iter::repeat_n(7, 1_000_000);
        assert_eq!(taken(&room, Confidence::High, same), 51);
        assert_eq!(taken(&room, Confidence::High, 8..100), 92);
        // What is given back makes no more room for repeats than there was.
        for number in 8..57 {
            room.give_back(&Secret::new(&number.to_string()), Confidence::High);
        }
        let same = std::iter::repeat_n(7, 1_000_000);
        assert_eq!(taken(&room, Confidence::High, same), 0);
        assert_eq!(taken(&room, Confidence::High, 8..57), 49);
    }

    #[test]
    fn names_without_room_take_no_secret_with_them() {
        let room = Room::new(100 * PLACE);
        let (first, other) = (Secret::new("1"), Secret::new("2"));
        let long = || Layer::Member {
            format: "zip",
            name: "x".repeat(20 * PLACE).into(),
        };
        let takes = |secret: &Secret, layers: &mut [Layer]| {
            room.take(secret, Confidence::High) && room.take_names(layers, secret, Confidence::High)
        };
        assert!(takes(&first, &mut [long()]));
        assert!(!takes(&first, &mut [long()]));
        let mut layers = [long()];
        assert!(takes(&other, &mut layers));
        assert_eq!(names(&layers), "…".len());
        assert_eq!(room.left_out().from(Confidence::High), 1);
    }
}
