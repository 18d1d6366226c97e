//! Reads a container for its decoder, and scans on the way what no member holds.

use std::cell::RefCell;
use std::io::{self, Read};
use std::ops::Range;

use super::passing::Passing;
use super::sightings::Sightings;
use crate::detect::Scan;

/// Bytes before a cut that are scanned with what follows it.
const AROUND_CUT: u64 = 16 << 10;

/// Stretches of a container that stand in a member as they are, and are audited there.
#[derive(Debug, Default)]
pub struct Covered(RefCell<Vec<Range<u64>>>);

impl Covered {
    /// Takes down that a stretch was read by the auditor of a member. Stretches come
    /// in the order of the container.
    pub fn add(&self, stretch: Range<u64>) {
        let mut stretches = self.0.borrow_mut();
        match stretches.last_mut() {
            Some(last) if last.end == stretch.start => last.end = stretch.end,
            _ => stretches.push(stretch),
        }
    }

    /// Says that the last stretch was cut off where a bound was hit: what stands around
    /// the cut is scanned as one text.
    pub fn cut(&self) {
        if let Some(last) = self.0.borrow_mut().last_mut() {
            last.end = last.end.saturating_sub(AROUND_CUT).max(last.start);
        }
    }

    /// Gives the stretches that were added, and forgets them.
    fn take(&self) -> Vec<Range<u64>> {
        std::mem::take(&mut self.0.borrow_mut())
    }
}

/// Reads on, and scans what it reads.
///
/// What was read last waits until more is wanted: by then the decoder is done with
/// it, and it is known what of it was audited as content of a member. To scan that
/// once more would find nothing that was not found there.
pub struct Tee<'t, 'b, 'r, R> {
    input: R,
    scan: Scan<'t, 'r>,
    /// What was seen in the container itself.
    pub raw: Sightings<'b, 'r>,
    /// What it may be an archive behind.
    passing: Passing,
    covered: Option<&'t Covered>,
    waiting: Vec<u8>,
    /// Where the waiting bytes begin.
    offset: u64,
}

impl<'t, 'b, 'r, R: Read> Tee<'t, 'b, 'r, R> {
    /// Reads `input` for a scan. Without `covered`, everything is scanned. What goes by is
    /// given to `passing`.
    pub fn new(
        input: R,
        scan: Scan<'t, 'r>,
        raw: Sightings<'b, 'r>,
        covered: Option<&'t Covered>,
        passing: Passing,
    ) -> Tee<'t, 'b, 'r, R> {
        Tee {
            input,
            scan,
            raw,
            passing,
            covered,
            waiting: Vec::new(),
            offset: 0,
        }
    }

    /// Reads what is left, all of which is scanned.
    ///
    /// # Errors
    ///
    /// What the input answers.
    pub fn drain(&mut self) -> io::Result<()> {
        self.settle();
        loop {
            if self.scan.has_ended() {
                return Ok(());
            }
            let raw = &mut self.raw;
            let space = self.scan.space();
            let count = self.input.read(space)?;
            if count == 0 {
                return Ok(());
            }
            self.passing.push(&space[..count]);
            self.scan
                .filled(count, &mut |seen| raw.push(seen), &mut |_| {});
        }
    }

    /// The scan, what was seen so far, and what went by.
    pub fn into_parts(mut self) -> (Scan<'t, 'r>, Sightings<'b, 'r>, Passing) {
        self.settle();
        (self.scan, self.raw, self.passing)
    }

    /// Scans what waited, but for what members cover.
    fn settle(&mut self) {
        let Some(covered) = self.covered else { return };
        let raw = &mut self.raw;
        let mut found = |seen| raw.push(seen);
        let (offset, length) = (self.offset, self.waiting.len());
        let place = |at: u64| at.saturating_sub(offset).min(length as u64) as usize;
        let mut done = 0;
        for stretch in covered.take() {
            let start = place(stretch.start).max(done);
            let end = place(stretch.end).max(start);
            self.scan.push(&self.waiting[done..start], &mut found);
            self.scan.pass(&self.waiting[start..end], &mut found);
            done = end;
        }
        self.scan.push(&self.waiting[done..], &mut found);
        self.offset += length as u64;
        self.waiting.clear();
    }
}

impl<R: Read> Read for Tee<'_, '_, '_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.settle();
        let count = self.input.read(buffer)?;
        let read = &buffer[..count];
        self.passing.push(read);
        match self.covered {
            Some(_) => self.waiting.extend_from_slice(read),
            None => {
                let raw = &mut self.raw;
                self.scan.push(read, &mut |seen| raw.push(seen));
            }
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::{Scanner, Seen};
    use crate::engine::budget::{Bounds, Budget};
    use crate::rule::{RuleSet, expand};
    use std::rc::Rc;
    use std::sync::Arc;
    use std::sync::atomic::AtomicU64;

    /// The lines of a container with a token in its first, middle and last part, and
    /// how long the parts are.
    fn container() -> (String, [u64; 3]) {
        let part = |name: &str, lines: usize| {
            let filler = "nothing to see here, go on\n";
            let leak = expand(&format!("npsso={{{{npsso:{name}}}}}\n"));
            filler.repeat(lines) + &leak + &filler.repeat(lines)
        };
        let parts = [part("head", 40), part("member", 2000), part("tail", 40)];
        let lengths = parts.each_ref().map(|part| part.len() as u64);
        (parts.concat(), lengths)
    }

    /// The lines with a token that are scanned when the decoder reads as many bytes at
    /// once and a member reads as far as that.
    fn lines(text: &str, piece: usize, member: Range<u64>) -> Vec<u64> {
        let rules = RuleSet::built_in();
        let mut scanner = Scanner::new(&rules);
        let covered = Covered::default();
        let scan = scanner.begin(None);
        let (bounds, total) = (Bounds::default(), AtomicU64::new(0));
        let budget = Rc::new(Budget::new(&bounds, &total, Arc::clone(&scanner.time)));
        let mut tee = Tee::new(
            text.as_bytes(),
            scan,
            Sightings::new(&budget),
            Some(&covered),
            Passing::default(),
        );
        let mut read = 0;
        let mut buffer = vec![0; piece];
        while read < member.end {
            let count = tee.read(&mut buffer).expect("a text has no errors") as u64;
            let start = member.start.clamp(read, read + count);
            let end = member.end.clamp(read, read + count);
            if start < end {
                covered.add(start..end);
            }
            read += count;
        }
        tee.drain().expect("a text has no errors");
        let (scan, mut raw, _) = tee.into_parts();
        scanner.end(scan, &mut |seen| raw.push(seen));
        raw.into_list()
            .iter()
            .map(|seen| match seen {
                Seen::Secret(hit) => {
                    let at = hit.location.byte_offset as usize;
                    assert!(text[at - 6..].starts_with("npsso="), "{at}");
                    hit.location.line
                }
                _ => 0,
            })
            .collect()
    }

    #[test]
    fn what_a_member_reads_is_not_scanned_again_and_all_else_is() {
        let (text, [head, member, _]) = container();
        for piece in [1000, 4096, 100_000] {
            // Whole, not at all, before its token, and behind it.
            assert_eq!(lines(&text, piece, head..head + member), [41, 4123]);
            assert_eq!(lines(&text, piece, head..head), [41, 2082, 4123]);
            assert_eq!(lines(&text, piece, head..head + 30_000), [41, 2082, 4123]);
            let cut = head + member - 30_000;
            assert_eq!(lines(&text, piece, head..cut), [41, 4123]);
        }
    }
}
