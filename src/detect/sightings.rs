//! What a scan came across, as far as there is room for it.

use super::Seen;
use super::packed::{Packed, too_much_packed};
use crate::engine::room::Room;

/// What was seen in one text, in its order.
pub struct Sightings<'s, 'r> {
    seen: Vec<Seen<'r>>,
    room: &'s Room,
    /// Whether a container had no room.
    is_packed_full: bool,
}

impl<'s, 'r> Sightings<'s, 'r> {
    /// Nothing so far.
    pub fn new(room: &'s Room) -> Sightings<'s, 'r> {
        Sightings {
            seen: Vec::new(),
            room,
            is_packed_full: false,
        }
    }

    /// Takes what was seen next.
    pub fn push(&mut self, seen: Seen<'r>) {
        let fits = match &seen {
            Seen::Secret(hit) => self.room.take(&hit.secret, hit.rule.confidence),
            Seen::Packed(packed) => self.room.take_packed(Packed::size(&packed.bytes)),
            Seen::Bound(_) => true,
        };
        match (&seen, fits) {
            (_, true) => self.seen.push(seen),
            (Seen::Packed(_), false) if !self.is_packed_full => {
                self.is_packed_full = true;
                let bound = too_much_packed(self.room.most_packed());
                self.seen.push(Seen::Bound(bound));
            }
            _ => {}
        }
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.seen.is_empty()
    }

    /// Whether there is a secret.
    pub fn has_secret(&self) -> bool {
        self.seen.iter().any(|seen| matches!(seen, Seen::Secret(_)))
    }

    /// All of it. Secrets keep their room, and whoever drops one gives it back.
    pub fn into_list(self) -> Vec<Seen<'r>> {
        for seen in &self.seen {
            if let Seen::Packed(packed) = seen {
                self.room.give_back_packed(Packed::size(&packed.bytes));
            }
        }
        self.seen
    }
}
