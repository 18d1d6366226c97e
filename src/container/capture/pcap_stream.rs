//! One direction of a TCP connection, put together from its segments.

use std::collections::BTreeMap;

/// Where bytes are missing in a capture, this stands for them.
const GAP: u8 = b'\n';
/// Segments that come before the first one seen, of a connection whose beginning is
/// not in the capture.
const MOST_EARLIER: u32 = 32;
/// Segments that wait for others may have so many bytes; then the others are given up.
const MOST_WAITING: usize = 1 << 20;
/// What a segment that waits costs besides its bytes, roughly.
const SEGMENT_COST: usize = 64;

/// The bytes of one direction, and what is known of those that are still to come.
#[derive(Default)]
pub struct Stream {
    /// Bytes in order that were not given away yet.
    bytes: Vec<u8>,
    /// How many bytes came before those.
    given: u64,
    /// The sequence number of the byte after them, once it is known.
    next: Option<u32>,
    /// Segments that came too early, by how many bytes come before them.
    waiting: BTreeMap<u64, Vec<u8>>,
    /// What they need.
    waiting_size: usize,
    earlier: u32,
    missing: u64,
}

impl Stream {
    /// Whether a segment with this sequence number begins another connection between
    /// the same ports.
    pub fn is_restart(&self, sequence: u32) -> bool {
        let is_known = self.next.is_some_and(|next| {
            let distance = next.wrapping_sub(sequence.wrapping_add(1));
            u64::from(distance) <= self.end()
        });
        self.next.is_some() && !is_known
    }

    /// Takes the beginning of a connection.
    pub fn begin(&mut self, sequence: u32) {
        if self.next.is_none() {
            self.next = Some(sequence.wrapping_add(1));
        }
    }

    /// Takes a segment. Bytes that are known already are not taken again.
    pub fn take(&mut self, sequence: u32, segment: &[u8]) {
        if segment.is_empty() {
            return;
        }
        let next = *self.next.get_or_insert(sequence);
        let ahead = sequence.wrapping_sub(next).cast_signed();
        let Ok(ahead) = u64::try_from(ahead) else {
            self.take_old(ahead.unsigned_abs(), segment);
            return;
        };
        if ahead > 0 {
            self.wait(self.end() + ahead, segment);
            return;
        }
        self.append(segment);
        self.take_waiting();
    }

    /// Takes a datagram. They have no numbers and come in the order of the capture.
    pub fn take_datagram(&mut self, content: &[u8]) {
        self.append(content);
        self.append(b"\n");
    }

    /// How many bytes are kept.
    pub fn size(&self) -> usize {
        self.bytes.len() + self.waiting_size
    }

    /// Gives the bytes that are in order, and how many came before them. The last
    /// `kept` of them will be given again with those that follow.
    pub fn give(&mut self, kept: usize) -> (u64, Vec<u8>) {
        let start = self.given;
        let kept = self.bytes.len().saturating_sub(kept);
        let rest = self.bytes.get(kept..).unwrap_or_default().to_vec();
        self.given += kept as u64;
        (start, std::mem::replace(&mut self.bytes, rest))
    }

    /// Takes what waits for segments that will not come any more.
    pub fn finish(&mut self) {
        while let Some((place, _)) = self.waiting.first_key_value() {
            let gap = place.saturating_sub(self.end());
            self.skip(gap);
            self.take_waiting();
        }
    }

    /// How many bytes are missing in the capture.
    pub fn missing(&self) -> u64 {
        self.missing
    }

    /// How many bytes are in order.
    fn end(&self) -> u64 {
        self.given + self.bytes.len() as u64
    }

    fn append(&mut self, segment: &[u8]) {
        self.bytes.extend_from_slice(segment);
        self.advance(segment.len() as u64);
    }

    fn advance(&mut self, count: u64) {
        // Sequence numbers are those bytes' count in 32 bits.
        self.next = self.next.map(|next| next.wrapping_add(count as u32));
    }

    /// Goes over bytes that are missing.
    fn skip(&mut self, count: u64) {
        if count == 0 {
            return;
        }
        self.missing += count;
        self.advance(count);
        self.bytes.push(GAP);
        self.given += count - 1;
    }

    /// Takes a segment that begins so many bytes before the next one.
    fn take_old(&mut self, before: u32, segment: &[u8]) {
        let before = before as usize;
        if let Some(new) = segment.get(before..) {
            self.append(new);
            self.take_waiting();
        }
        let first = (before as u64).checked_sub(self.end());
        let Some(first) = first.filter(|first| *first > 0 && self.given == 0) else {
            return;
        };
        if self.earlier == MOST_EARLIER || first > segment.len() as u64 {
            return;
        }
        self.earlier += 1;
        let new = segment.iter().take(first as usize).copied();
        self.bytes.splice(0..0, new);
    }

    fn wait(&mut self, place: u64, segment: &[u8]) {
        let other = self.waiting.get(&place);
        if other.is_some_and(|other| other.len() >= segment.len()) {
            return;
        }
        self.waiting_size += segment.len() + SEGMENT_COST;
        let other = self.waiting.insert(place, segment.to_vec());
        self.waiting_size -= other.map_or(0, |other| other.len() + SEGMENT_COST);
        if self.waiting_size > MOST_WAITING {
            self.finish();
        }
    }

    fn take_waiting(&mut self) {
        while let Some(first) = self.waiting.first_entry() {
            let known = self.given + self.bytes.len() as u64;
            let Some(known) = known.checked_sub(*first.key()) else {
                return;
            };
            let segment = first.remove();
            self.waiting_size -= segment.len() + SEGMENT_COST;
            let known = usize::try_from(known).unwrap_or(usize::MAX);
            if let Some(new) = segment.get(known..) {
                self.append(new);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn joined(segments: &[(u32, &[u8])]) -> (String, u64) {
        let mut stream = Stream::default();
        for (sequence, segment) in segments {
            stream.take(*sequence, segment);
        }
        stream.finish();
        let (_, bytes) = stream.give(0);
        assert_eq!(stream.size(), 0);
        (
            String::from_utf8_lossy(&bytes).into_owned(),
            stream.missing(),
        )
    }

    #[test]
    fn segments_are_put_in_order() {
        let text = |segments| joined(segments).0;
        assert_eq!(text(&[(7, b"ab"), (9, b"cd"), (11, b"e")]), "abcde");
        assert_eq!(
            text(&[(7, b"ab"), (11, b"e"), (9, b"cd"), (9, b"cd")]),
            "abcde"
        );
        assert_eq!(text(&[(7, b"ab"), (8, b"bcd"), (10, b"de")]), "abcde");
        assert_eq!(text(&[(9, b"cd"), (7, b"ab"), (11, b"e")]), "abcde");
        assert_eq!(text(&[(u32::MAX, b"ab"), (3, b"e"), (1, b"cd")]), "abcde");
        assert_eq!(joined(&[(7, b"ab"), (11, b"e")]), ("ab\ne".to_owned(), 2));
    }

    #[test]
    fn small_segments_that_wait_are_counted_with_what_they_need() {
        let mut stream = Stream::default();
        stream.take(0, b"a");
        for number in 1..100_000 {
            stream.take(2 * number, b"b");
            assert!(stream.waiting.len() <= MOST_WAITING / SEGMENT_COST);
        }
        stream.finish();
        assert_eq!(stream.waiting_size, 0);
        assert_eq!(stream.give(0).1.len(), 2 * 100_000 - 1);
    }

    #[test]
    fn another_connection_is_told() {
        let mut stream = Stream::default();
        assert!(!stream.is_restart(6));
        stream.begin(6);
        stream.take(7, b"abc");
        assert!(!stream.is_restart(6) && stream.is_restart(5000));
    }

    #[test]
    fn what_was_kept_comes_again() {
        let mut stream = Stream::default();
        stream.take(1, b"abcdef");
        assert_eq!(stream.give(2), (0, b"abcdef".to_vec()));
        stream.take(7, b"gh");
        assert_eq!(stream.give(0), (4, b"efgh".to_vec()));
        stream.take(8, b"hi");
        assert_eq!(stream.give(0), (8, b"i".to_vec()));
    }

    proptest! {
        #[test]
        fn segments_in_any_order_are_put_together(
            cuts in prop::collection::vec((0..90_usize, 1..30_usize), 0..40),
            start in any::<u32>(),
        ) {
            let text: Vec<u8> = (0..100).collect();
            let mut segments = cuts;
            segments.extend((0..100).step_by(10).map(|place| (place, 10)));
            let mut stream = Stream::default();
            stream.begin(start.wrapping_sub(1));
            for (place, length) in segments {
                let segment = text.iter().skip(place).take(length).copied();
                let segment: Vec<u8> = segment.collect();
                stream.take(start.wrapping_add(place as u32), &segment);
            }
            prop_assert_eq!(stream.give(0).1, text);
        }

        #[test]
        fn arbitrary_segments_are_survived(
            segments in prop::collection::vec((any::<u32>(), 0..9_usize, any::<bool>()), 0..40),
        ) {
            let mut stream = Stream::default();
            for (sequence, length, near) in segments {
                let sequence = if near { sequence % 50 } else { sequence };
                stream.is_restart(sequence);
                stream.take(sequence, &[b'x'; 9][..length]);
                stream.give(length);
            }
            stream.finish();
        }
    }
}
