//! The hash by which GitHub code scanning recognises a line between two runs.
//!
//! It is the rolling hash that the `upload-sarif` action computes (codeql-action,
//! `src/fingerprints.ts`): over the 100 UTF-16 code units from the beginning of
//! the line, without blanks, and how often the same hash stood in the file
//! before. Code scanning uses nothing else to tell alerts apart, and a report
//! that is uploaded in another way has to bring it along.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use crate::model::audit::Audit;
use crate::model::blob::Provenance;
use crate::model::finding::Presence;

/// Code units that a hash covers.
const BLOCK: usize = 100;
const FACTOR: u64 = 37;
/// What stands for the end of a file.
const END: u16 = u16::MAX;

/// The hashes of the lines that hold a secret.
#[derive(Debug, Default)]
pub struct LineHashes(BTreeMap<Provenance, BTreeMap<u64, String>>);

impl LineHashes {
    /// Reads the files that hold secrets once more. A file that cannot be read
    /// again, and standard input, have no hashes.
    pub fn read(audit: &Audit) -> LineHashes {
        let mut wanted: BTreeMap<&Provenance, BTreeSet<u64>> = BTreeMap::new();
        for exposure in audit.findings.iter().flat_map(|finding| &finding.exposures) {
            if exposure.presence() != Presence::Current {
                continue;
            }
            wanted
                .entry(&exposure.provenance)
                .or_default()
                .insert(exposure.location.line);
        }
        let mut hashes = BTreeMap::new();
        for (provenance, lines) in wanted {
            // What the commit that is checked out holds is in its file.
            let Some(path) = provenance.path() else {
                continue;
            };
            if !fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_file())
                && matches!(provenance, Provenance::Object(_))
            {
                continue;
            }
            let Ok(found) = of_file(&path, &lines) else {
                continue;
            };
            hashes.insert(provenance.clone(), found);
        }
        LineHashes(hashes)
    }

    /// The hash of a line, as `hex:occurrence`.
    pub fn get(&self, provenance: &Provenance, line: u64) -> Option<&str> {
        self.0.get(provenance)?.get(&line).map(String::as_str)
    }
}

/// Two passes: the first learns the hashes of the lines, the second counts only
/// those, so that a long file takes no more memory than a short one.
fn of_file(path: &Path, lines: &BTreeSet<u64>) -> io::Result<BTreeMap<u64, String>> {
    let has_feed = has_feed(File::open(path)?)?;
    let mut hashes: BTreeSet<u64> = BTreeSet::new();
    each_line(File::open(path)?, has_feed, |line, hash| {
        if lines.contains(&line) {
            hashes.insert(hash);
        }
    })?;
    let mut seen: BTreeMap<u64, u64> = BTreeMap::new();
    let mut found = BTreeMap::new();
    each_line(File::open(path)?, has_feed, |line, hash| {
        if !hashes.contains(&hash) {
            return;
        }
        let count = seen.entry(hash).or_default();
        *count += 1;
        if lines.contains(&line) {
            found.insert(line, format!("{hash:x}:{count}"));
        }
    })?;
    Ok(found)
}

/// Whether a text has an LF, so that no CR alone ends a line.
fn has_feed(input: impl Read) -> io::Result<bool> {
    let mut input = BufReader::new(input);
    loop {
        let buffer = input.fill_buf()?;
        if buffer.is_empty() || buffer.contains(&b'\n') {
            return Ok(!buffer.is_empty());
        }
        let length = buffer.len();
        input.consume(length);
    }
}

/// Calls `visit` with the number and the hash of every line. Lines end where those of
/// places do.
fn each_line(mut input: impl Read, has_feed: bool, visit: impl FnMut(u64, u64)) -> io::Result<()> {
    let mut roller = Roller::new(has_feed, visit);
    let mut buffer = vec![0; 64 * 1024];
    let mut kept = 0;
    loop {
        let count = match input.read(&mut buffer[kept..]) {
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let filled = kept + count;
        // A character that the end of the buffer cuts waits for its rest.
        let whole = if count == 0 {
            filled
        } else {
            filled - cut_character(&buffer[..filled])
        };
        for unit in String::from_utf8_lossy(&buffer[..whole]).encode_utf16() {
            roller.take(unit);
        }
        buffer.copy_within(whole..filled, 0);
        kept = filled - whole;
        if count == 0 {
            roller.finish();
            return Ok(());
        }
    }
}

/// How many bytes at the end begin a character without completing it.
fn cut_character(bytes: &[u8]) -> usize {
    match bytes.utf8_chunks().last() {
        Some(chunk) => match std::str::from_utf8(chunk.invalid()) {
            Err(error) if error.error_len().is_none() => chunk.invalid().len(),
            _ => 0,
        },
        None => 0,
    }
}

struct Roller<F> {
    visit: F,
    window: [u16; BLOCK],
    /// The line that begins at this place of the window.
    lines: [Option<u64>; BLOCK],
    at: usize,
    hash: u64,
    /// The factor that a code unit has when it leaves the window.
    leaving: u64,
    line: u64,
    at_line_start: bool,
    after_return: bool,
    /// Whether a CR alone ends no line. It counts as an LF in a hash all the same.
    has_feed: bool,
}

impl<F: FnMut(u64, u64)> Roller<F> {
    fn new(has_feed: bool, visit: F) -> Roller<F> {
        let leaving = (0..BLOCK).fold(1u64, |product, _| product.wrapping_mul(FACTOR));
        Roller {
            visit,
            window: [0; BLOCK],
            lines: [None; BLOCK],
            at: 0,
            hash: 0,
            leaving,
            line: 0,
            at_line_start: true,
            after_return: false,
            has_feed,
        }
    }

    fn take(&mut self, unit: u16) {
        const SPACE: u16 = b' ' as u16;
        const TAB: u16 = b'\t' as u16;
        const FEED: u16 = b'\n' as u16;
        const RETURN: u16 = b'\r' as u16;
        if unit == SPACE || unit == TAB || (unit == FEED && self.after_return) {
            self.after_return = false;
            self.at_line_start |= unit == FEED;
            return;
        }
        self.after_return = unit == RETURN;
        let ends_line = unit == FEED || unit == RETURN && !self.has_feed;
        let unit = if unit == RETURN { FEED } else { unit };
        self.complete();
        if std::mem::take(&mut self.at_line_start) {
            self.line += 1;
            self.lines[self.at] = Some(self.line);
        }
        self.at_line_start = ends_line;
        self.roll(unit);
    }

    /// The line that began a whole window ago has its hash now.
    fn complete(&mut self) {
        if let Some(line) = self.lines[self.at].take() {
            (self.visit)(line, self.hash);
        }
    }

    fn roll(&mut self, unit: u16) {
        let leaves = std::mem::replace(&mut self.window[self.at], unit);
        self.hash = self
            .hash
            .wrapping_mul(FACTOR)
            .wrapping_add(u64::from(unit))
            .wrapping_sub(self.leaving.wrapping_mul(u64::from(leaves)));
        self.at = (self.at + 1) % BLOCK;
    }

    fn finish(&mut self) {
        self.take(END);
        for _ in 0..BLOCK {
            self.complete();
            self.roll(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hashes(text: &[u8]) -> Vec<String> {
        let mut seen: BTreeMap<u64, u64> = BTreeMap::new();
        let mut out = Vec::new();
        let has_feed = has_feed(text).expect("memory can be read");
        each_line(text, has_feed, |_, hash| {
            let count = seen.entry(hash).or_default();
            *count += 1;
            out.push(format!("{hash:x}:{count}"));
        })
        .expect("memory can be read");
        out
    }

    /// The expected values are those of the action's own test-suite.
    #[test]
    fn hashes_are_those_of_the_upload_action() {
        let expected = [
            "271789c17abda88f:1",
            "54703d4cd895b18:1",
            "180aee12dab6264:1",
            "a23a3dc5e078b07b:1",
        ];
        assert_eq!(hashes(b" a\nb\n  \t\tc\n d"), expected);
        assert_eq!(hashes(b" a\r\nb\r\n  \t\tc\r\n d"), expected);
        assert_eq!(hashes(b" a\rb\r  \t\tc\r d"), expected);
        // The last of two lines is the same as where nothing but its end is before it.
        assert_eq!(hashes(b"1%\r2%\r3%\nb").len(), 2);
    }

    #[test]
    fn a_character_may_be_cut_by_the_end_of_a_buffer() {
        struct Slow<'a>(&'a [u8]);
        impl Read for Slow<'_> {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                let count = self.0.len().min(1);
                buffer[..count].copy_from_slice(&self.0[..count]);
                self.0 = &self.0[count..];
                Ok(count)
            }
        }
        let text = "é€😀\nx\u{feff}y\n".as_bytes();
        let mut slow = Vec::new();
        each_line(Slow(text), true, |line, hash| slow.push((line, hash)))
            .expect("memory can be read");
        let mut whole = Vec::new();
        each_line(text, true, |line, hash| whole.push((line, hash))).expect("memory can be read");
        assert_eq!(slow, whole);
    }
}
