//! Stretches of a text.

use std::collections::BTreeMap;
use std::ops::Range;

/// Stretches of a text, of which those that touch are one.
#[derive(Default)]
pub struct Stretches(BTreeMap<u64, u64>);

impl Stretches {
    /// Adds one.
    pub fn add(&mut self, mut stretch: Range<u64>) {
        while let Some((start, end)) = self.0.range(..=stretch.end).next_back()
            && *end >= stretch.start
        {
            let (start, end) = (*start, *end);
            self.0.remove(&start);
            stretch = stretch.start.min(start)..stretch.end.max(end);
        }
        self.0.insert(stretch.start, stretch.end);
    }

    /// Whether a place is in one of them.
    pub fn contains(&self, at: u64) -> bool {
        let before = self.0.range(..=at).next_back();
        before.is_some_and(|(_, end)| *end > at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_that_touch_are_one() {
        let mut stretches = Stretches::default();
        for stretch in [10..20, 30..40, 50..60, 18..30, 12..15] {
            stretches.add(stretch);
        }
        let of: Vec<(u64, u64)> = stretches.0.clone().into_iter().collect();
        assert_eq!(of, [(10, 40), (50, 60)]);
        for (at, expected) in [(9, false), (10, true), (39, true), (40, false), (55, true)] {
            assert_eq!(stretches.contains(at), expected, "{at}");
        }
    }
}
