//! Reads an input of any size through one window, in constant memory.

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::path::Path;

use super::fast::{self, MAX_RUN, Point};
use super::position::{Position, TextEncoding};
use super::{candidate, rate};
use crate::context::REACH;
use crate::decode::narrow;
use crate::finding::Confidence;
use crate::location::Location;
use crate::rule::{Rule, RuleSet};
use crate::secret::Secret;

/// Context that a decision can need on each side of a place, in UTF-16 too.
/// With this much around it, no decision depends on where a window ends.
const MARGIN: usize = 2 * (REACH + 2 * MAX_RUN);
/// Bytes in a window. Most files fit into one.
const WINDOW: usize = 256 * 1024;

/// Where the bytes of an input come from.
pub trait Feed {
    /// Fills the beginning of `buffer`, as far as there are bytes.
    fn next(&mut self, buffer: &mut [u8]) -> io::Result<Fed>;
}

/// What a feed had to give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fed {
    /// This many bytes, at least one.
    Bytes(usize),
    /// Nothing at the moment; more may come.
    Idle,
    /// Nothing any more.
    End,
}

/// A secret at a place.
#[derive(Clone, Debug)]
pub struct Match<'r> {
    /// The rule that it satisfies best.
    pub rule: &'r Rule,
    /// The value.
    pub secret: Secret,
    /// The value as it stands there.
    pub spelling: Secret,
    /// Where it stands.
    pub location: Location,
}

/// Finds the secrets of one input after the other; its buffer is kept in between.
pub struct Scanner<'r> {
    rules: &'r RuleSet,
    buffer: Vec<u8>,
    window: usize,
}

/// One input on its way through the window.
struct Pass<'p, 'r> {
    path: Option<&'p Path>,
    /// The beginning of the input, one byte a character.
    head: Option<Vec<u8>>,
    /// Offset of the buffer's first byte in the input.
    offset: u64,
    /// Where the buffer's first byte stands.
    position: Option<Position>,
    /// Bytes in the buffer.
    filled: usize,
    /// Points before this one are decided.
    decided: usize,
    /// Whether the input pauses, so that its matches are announced.
    live: bool,
    /// Matches that were announced before they were decided: their offsets, and
    /// how sure they were.
    announced: BTreeMap<u64, Confidence>,
    /// Decided matches of an input that has not paused yet, the first ones.
    waiting: Vec<Match<'r>>,
}

/// Matches that wait for an input to pause. One that has more before it pauses
/// will not be read by anybody as it runs.
const MAX_WAITING: usize = 1000;

impl<'r> Scanner<'r> {
    /// A scanner for these rules.
    pub fn new(rules: &'r RuleSet) -> Scanner<'r> {
        Scanner {
            rules,
            buffer: Vec::new(),
            window: WINDOW,
        }
    }

    /// A scanner with another window, to test what happens at its edges.
    ///
    /// A window has to hold the context on both sides of a place.
    #[cfg(test)]
    fn with_window(rules: &'r RuleSet, window: usize) -> Scanner<'r> {
        assert!(window > 2 * MARGIN, "a window holds its margins");
        Scanner {
            rules,
            buffer: Vec::new(),
            window,
        }
    }

    /// Reads a whole input. `found` is called for every match in the order of
    /// the input, and `announce` as soon as a match is seen in an input that
    /// pauses, before it is known what follows; a match is announced once.
    ///
    /// # Errors
    ///
    /// What the feed answers. Matches before the error have been found.
    pub fn scan(
        &mut self,
        feed: &mut dyn Feed,
        path: Option<&Path>,
        found: &mut dyn FnMut(Match<'r>),
        announce: &mut dyn FnMut(&Match<'r>),
    ) -> io::Result<u64> {
        if self.buffer.len() != self.window {
            self.buffer.resize(self.window, 0);
        }
        let mut pass: Pass<'_, 'r> = Pass::start(path);
        loop {
            match feed.next(&mut self.buffer[pass.filled..]) {
                Ok(Fed::Bytes(count)) => {
                    pass.filled += count;
                    if pass.filled == self.buffer.len() {
                        let end = pass.filled - MARGIN;
                        self.decide(&mut pass, end, found, announce);
                        self.slide(&mut pass);
                    }
                }
                Ok(Fed::Idle) => self.look_ahead(&mut pass, announce),
                Ok(Fed::End) => {
                    let end = pass.filled;
                    self.decide(&mut pass, end, found, announce);
                    return Ok(pass.offset + pass.filled as u64);
                }
                Err(error) => {
                    let end = pass.filled;
                    self.decide(&mut pass, end, found, announce);
                    return Err(error);
                }
            }
        }
    }

    /// Reads an input that is in memory as a whole; finds what [`Scanner::scan`] finds.
    pub fn scan_bytes(&self, bytes: &[u8], path: Option<&Path>, found: &mut dyn FnMut(Match<'r>)) {
        let mut pass: Pass<'_, 'r> = Pass::start(path);
        for hit in pass.matches(bytes, 0..bytes.len(), self.rules) {
            found(hit);
        }
    }

    /// Decides every point up to `end`.
    fn decide(
        &self,
        pass: &mut Pass<'_, 'r>,
        end: usize,
        found: &mut dyn FnMut(Match<'r>),
        announce: &mut dyn FnMut(&Match<'r>),
    ) {
        for hit in pass.matches(&self.buffer[..pass.filled], pass.decided..end, self.rules) {
            if pass.live {
                pass.announce_once(&hit, announce);
                pass.announced.remove(&hit.location.byte_offset);
            } else if pass.waiting.len() < MAX_WAITING {
                pass.waiting.push(hit.clone());
            }
            found(hit);
        }
        pass.decided = end;
    }

    /// Announces what can be seen already. A value at the very end may still
    /// be growing, so it waits.
    fn look_ahead(&self, pass: &mut Pass<'_, 'r>, announce: &mut dyn FnMut(&Match<'r>)) {
        pass.live = true;
        for hit in std::mem::take(&mut pass.waiting) {
            announce(&hit);
        }
        let end = pass.offset + pass.filled as u64;
        for hit in pass.matches(
            &self.buffer[..pass.filled],
            pass.decided..pass.filled,
            self.rules,
        ) {
            let complete = hit.location.byte_offset + hit.location.byte_length < end;
            if complete {
                pass.announce_once(&hit, announce);
            }
        }
    }

    /// Keeps the context of what is not decided yet, and makes room for more.
    fn slide(&mut self, pass: &mut Pass<'_, 'r>) {
        // An even number, so that UTF-16 keeps its parity.
        let gone = (pass.decided - MARGIN) / 2 * 2;
        pass.place(&self.buffer[..pass.filled]);
        if let Some(position) = &mut pass.position {
            position.advance(&self.buffer[..gone]);
        }
        self.buffer.copy_within(gone..pass.filled, 0);
        pass.filled -= gone;
        pass.decided -= gone;
        pass.offset += gone as u64;
    }
}

impl<'p, 'r> Pass<'p, 'r> {
    /// Announces a match, unless that was done when as much was known about it.
    fn announce_once(&mut self, hit: &Match<'r>, announce: &mut dyn FnMut(&Match<'r>)) {
        let before = self
            .announced
            .insert(hit.location.byte_offset, hit.rule.confidence);
        if before.is_none_or(|before| before < hit.rule.confidence) {
            announce(hit);
        }
    }

    fn start(path: Option<&'p Path>) -> Pass<'p, 'r> {
        Pass {
            path,
            head: None,
            offset: 0,
            position: None,
            filled: 0,
            decided: 0,
            live: false,
            announced: BTreeMap::new(),
            waiting: Vec::new(),
        }
    }

    /// Looks at the beginning of the input, once it is there.
    fn place(&mut self, bytes: &[u8]) {
        if self.position.is_some() {
            return;
        }
        let head = &bytes[..bytes.len().min(REACH)];
        let encoding = TextEncoding::detect(head);
        self.head = Some(match encoding {
            TextEncoding::Narrow => head.to_vec(),
            TextEncoding::Utf16Le => narrow(head),
            TextEncoding::Utf16Be => narrow(head.get(1..).unwrap_or(&[])),
        });
        self.position = Some(Position::start(encoding));
    }

    /// The matches whose points begin in `region`, in the order of the input.
    fn matches(
        &mut self,
        bytes: &[u8],
        region: Range<usize>,
        rules: &'r RuleSet,
    ) -> Vec<Match<'r>> {
        let mut points: Vec<Point> = Vec::new();
        fast::points(bytes, region, |point| {
            // Nearly all runs in a log are digests, and they are not worth keeping.
            let digest = matches!(&point, Point::Run { range, wide: false } if crate::score::shape::is_hex(&bytes[range.clone()]));
            if !digest {
                points.push(point);
            }
        });
        if points.is_empty() {
            return Vec::new();
        }
        let mut hits: Vec<(Range<usize>, &'r Rule, Secret, Secret)> = Vec::new();
        self.place(bytes);
        let head = self.head.as_deref().unwrap_or(&[]);
        let place = self.position.clone().expect("the input was placed");
        let encoding = place.encoding();
        for point in points {
            let Some(candidate) = candidate(bytes, &point) else {
                continue;
            };
            let Some(rule) = rate(&candidate, head, self.path, rules) else {
                continue;
            };
            let spelling = Secret::new(candidate.text.to_string());
            let range = match candidate.wide {
                true => whole_characters(candidate.range, bytes, encoding),
                false => candidate.range,
            };
            hits.push((range, rule, candidate.secret, spelling));
        }
        hits.sort_by_key(|(range, ..)| range.start);
        // A cookie may hold a run that looks like a token.
        hits.dedup_by(|later, earlier| later.0.start < earlier.0.end);
        let mut place = place;
        let mut done = 0;
        let mut out = Vec::with_capacity(hits.len());
        for (range, rule, secret, spelling) in hits {
            place.advance(&bytes[done..range.start]);
            let (line, column) = (place.line(), place.column());
            place.advance(&bytes[range.start..range.end]);
            done = range.end;
            // A cookie with escapes is longer than it reads, but stays on its line.
            let location = Location {
                line,
                column,
                end_line: place.line(),
                end_column: place.column(),
                byte_offset: self.offset + range.start as u64,
                byte_length: range.len() as u64,
            };
            out.push(Match {
                rule,
                secret,
                spelling,
                location,
            });
        }
        out
    }
}

/// A range of low bytes with the high bytes that belong to them.
fn whole_characters(low: Range<usize>, bytes: &[u8], encoding: TextEncoding) -> Range<usize> {
    let high_before = low.start > 0 && bytes[low.start - 1] == 0;
    let high_after = bytes.get(low.end) == Some(&0);
    match encoding {
        TextEncoding::Utf16Be => low.start - usize::from(high_before)..low.end,
        _ if high_after => low.start..low.end + 1,
        // Big-endian text in a file of something else
        _ if high_before => low.start - 1..low.end,
        _ => low,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::rule::expand;

    /// Gives its bytes in pieces of one size.
    struct Pieces<'a> {
        bytes: &'a [u8],
        size: usize,
    }

    impl Feed for Pieces<'_> {
        fn next(&mut self, buffer: &mut [u8]) -> io::Result<Fed> {
            let count = self.size.min(buffer.len()).min(self.bytes.len());
            if count == 0 {
                return Ok(Fed::End);
            }
            buffer[..count].copy_from_slice(&self.bytes[..count]);
            self.bytes = &self.bytes[count..];
            Ok(Fed::Bytes(count))
        }
    }

    fn scan(bytes: &[u8], window: usize, size: usize, rules: &RuleSet) -> Vec<(u64, u64, u64)> {
        let mut scanner = Scanner::with_window(rules, window);
        let mut out = Vec::new();
        let mut found = |hit: Match| {
            out.push((
                hit.location.byte_offset,
                hit.location.line,
                hit.location.column,
            ))
        };
        scanner
            .scan(&mut Pieces { bytes, size }, None, &mut found, &mut |_| {})
            .expect("pieces have no errors");
        out
    }

    #[test]
    fn a_token_is_found_at_every_offset_around_a_window_edge() {
        let rules = RuleSet::built_in();
        let window = 2 * MARGIN + 4096;
        let leak = expand("\nnpsso = \"{{npsso}}\"\n");
        let line = b"some ordinary text of a log file, nothing to see here\n";
        for edge in [window - MARGIN, window] {
            for start in edge - 120..edge + 20 {
                let mut bytes: Vec<u8> = line.iter().copied().cycle().take(start).collect();
                bytes.extend(leak.as_bytes());
                bytes.extend(line.iter().cycle().take(30_000));
                let value = (start + "\nnpsso = \"".len()) as u64;
                let lines = bytes[..value as usize]
                    .iter()
                    .filter(|byte| **byte == b'\n')
                    .count() as u64
                    + 1;
                assert_eq!(
                    scan(&bytes, window, 4096, &rules),
                    [(value, lines, 10)],
                    "start {start}"
                );
            }
        }
    }

    #[test]
    fn the_window_and_the_pieces_change_nothing() {
        let rules = RuleSet::built_in();
        let mut text = String::new();
        for n in 0..400 {
            text.push_str(&expand(&format!(
                "line {n}: npsso={{{{npsso:w{n}}}}} and pdccws_p={{{{pdccws_p:w{n}}}}};\r\n"
            )));
            text.push_str(&"é filler\n".repeat(n % 23));
        }
        let whole = scan(text.as_bytes(), 4 << 20, 4 << 20, &rules);
        assert_eq!(whole.len(), 800);
        for (window, size) in [
            (2 * MARGIN + 2, 1000),
            (2 * MARGIN + 999, 7),
            (2 * MARGIN + 4096, 1 << 20),
        ] {
            assert_eq!(
                scan(text.as_bytes(), window, size, &rules),
                whole,
                "window {window}, pieces of {size}"
            );
        }
    }

    /// Bytes in which much of what the scanner looks for nearly stands.
    fn odd_bytes() -> impl Strategy<Value = Vec<u8>> {
        let fragment = prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..40),
            "[ -~]{0,60}".prop_map(String::into_bytes),
            "[A-Za-z0-9]{60,70}".prop_map(String::into_bytes),
            proptest::sample::select(vec![
                "npsso",
                "NPSSO=",
                "pdccws_p",
                "\"",
                "\\n",
                "\\u003d",
                "%22",
                "%2",
                "&quot;",
                "&#",
                "s%3A",
                "s:",
                ".",
                "{\"name\":",
                "<string>",
                "\r\n",
                "\r",
                "\u{feff}",
                "| ",
                "-----BEGIN",
                "PSNAWP(",
                "{{npsso}}",
                "{{pdccws_p}}",
                "\0",
                "=3D",
                "\\",
            ])
            .prop_map(|text| expand(text).into_bytes()),
            "[ -~]{0,90}".prop_map(|text| text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
            (0..2 * MARGIN).prop_map(|count| b"filler of a file, "
                .iter()
                .copied()
                .cycle()
                .take(count)
                .collect()),
        ];
        proptest::collection::vec(fragment, 0..30).prop_map(|fragments| fragments.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(32) })]

        #[test]
        fn any_bytes_give_the_same_through_any_window(bytes in odd_bytes(), size in 1usize..9000) {
            let rules = RuleSet::built_in();
            let whole = scan(&bytes, bytes.len() + 2 * MARGIN + 2, 1 << 20, &rules);
            // A window's first step is longer than a byte order mark.
            let cut = scan(&bytes, 2 * MARGIN + 64, size, &rules);
            prop_assert_eq!(&cut, &whole);
            let mut at_once = Vec::new();
            Scanner::new(&rules).scan_bytes(&bytes, None, &mut |hit| {
                at_once.push((hit.location.byte_offset, hit.location.line, hit.location.column));
            });
            prop_assert_eq!(at_once, whole);
        }
    }
}
