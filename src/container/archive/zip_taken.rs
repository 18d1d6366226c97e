//! Which parts of an archive were read.

use std::collections::BTreeMap;

use super::zip_entry::LOCAL_LENGTH;

/// No header fits into a gap of this length.
pub const NO_GAP: u64 = 12;

/// Which bytes of the archive were read as entries. No byte is read as two, or a
/// small archive could hold the same data many times.
#[derive(Default)]
pub struct Taken(pub BTreeMap<u64, u64>);

impl Taken {
    pub fn contains(&self, place: u64) -> bool {
        self.0
            .range(..=place)
            .next_back()
            .is_some_and(|(_, end)| place < *end)
    }

    /// Where the next bytes begin that were taken.
    pub fn after(&self, place: u64) -> Option<u64> {
        self.0.range(place..).next().map(|(start, _)| *start)
    }

    /// Adds bytes that were not taken. Ranges without a gap become one, so that
    /// there are only a few.
    pub fn add(&mut self, start: u64, mut end: u64) {
        if let Some((next, next_end)) = self.0.range(start..).next().map(|(at, end)| (*at, *end))
            && next <= end.saturating_add(NO_GAP)
        {
            self.0.remove(&next);
            end = end.max(next_end);
        }
        match self.0.range_mut(..start).next_back() {
            Some((_, before)) if before.saturating_add(NO_GAP) >= start => {
                *before = end.max(*before)
            }
            _ => {
                self.0.insert(start, end);
            }
        }
    }

    /// What lies between them, up to an end.
    pub fn gaps(&self, end: u64) -> Vec<(u64, u64)> {
        let mut gaps = Vec::new();
        let mut from = 0;
        for (start, stop) in &self.0 {
            gaps.push((from, *start));
            from = *stop;
        }
        gaps.push((from, end));
        gaps.retain(|(from, to)| from.saturating_add(LOCAL_LENGTH) <= *to);
        gaps
    }
}
