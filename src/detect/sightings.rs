//! What a scan came across, as far as there is room for it.

use super::Seen;
use crate::room::{PLACE, Room};

/// What was seen in one text, in its order.
pub struct Sightings<'s, 'r> {
    seen: Vec<Seen<'r>>,
    room: &'s Room,
}

impl<'s, 'r> Sightings<'s, 'r> {
    /// Nothing so far.
    pub fn new(room: &'s Room) -> Sightings<'s, 'r> {
        Sightings {
            seen: Vec::new(),
            room,
        }
    }

    /// Takes what was seen next.
    pub fn push(&mut self, seen: Seen<'r>) {
        let fits = match &seen {
            Seen::Secret(hit) => self.room.take(hit.rule.confidence, PLACE),
            Seen::Packed(_) | Seen::Bound(_) => true,
        };
        if fits {
            self.seen.push(seen);
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

    /// All of it. The room for it is free again.
    pub fn into_list(self) -> Vec<Seen<'r>> {
        for seen in &self.seen {
            if let Seen::Secret(hit) = seen {
                self.room.give_back(hit.rule.confidence, PLACE);
            }
        }
        self.seen
    }
}
