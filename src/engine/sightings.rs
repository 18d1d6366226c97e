//! What a scan came across, as far as there is room for it.

use std::rc::Rc;

use crate::detect::{Packed, Seen, too_much_packed};
use crate::engine::budget::Budget;

/// What was seen in one text, in its order.
pub struct Sightings<'b, 'r> {
    seen: Vec<Seen<'r>>,
    budget: Rc<Budget<'b>>,
    /// Whether a container had no room.
    is_packed_full: bool,
}

impl<'b, 'r> Sightings<'b, 'r> {
    /// Nothing so far.
    pub fn new(budget: &Rc<Budget<'b>>) -> Sightings<'b, 'r> {
        Sightings {
            seen: Vec::new(),
            budget: Rc::clone(budget),
            is_packed_full: false,
        }
    }

    /// Takes what was seen next.
    pub fn push(&mut self, seen: Seen<'r>) {
        let fits = match &seen {
            Seen::Secret(hit) => self.budget.room.take(&hit.secret, hit.rule.confidence),
            Seen::Packed(packed) => self.budget.room.take_packed(Packed::size(&packed.bytes)),
            Seen::Bound(_) => true,
        };
        match (&seen, fits) {
            (_, true) => self.seen.push(seen),
            (Seen::Packed(_), false) if !self.is_packed_full => {
                self.is_packed_full = true;
                let bound = too_much_packed(self.budget.room.most_packed());
                self.seen.push(Seen::Bound(bound));
            }
            _ => {}
        }
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.seen.is_empty()
    }

    /// All of it. Secrets keep their room, and whoever drops one gives it back.
    pub fn into_list(self) -> Vec<Seen<'r>> {
        for seen in &self.seen {
            if let Seen::Packed(packed) = seen {
                self.budget
                    .room
                    .give_back_packed(Packed::size(&packed.bytes));
            }
        }
        self.seen
    }
}
