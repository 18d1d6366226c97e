//! Reads an input of any size through one window, in constant memory.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::look::Looker;
#[cfg(test)]
use super::scan::MARGIN;
use super::scan::{Match, Scan, Seen};
#[cfg(test)]
use super::windows::LONG_INPUT;
use super::windows::{Next, read};
use crate::model::feed::{Fed, Feed};
use crate::rule::RuleSet;
use crate::system::memory::Held;
use crate::system::threads::Threads;
use crate::system::time::TimeBudget;

/// Bytes in a window. Most files fit into one, and it stays in the cache of a core with what
/// is copied into it.
const WINDOW: usize = 192 * 1024;
/// A window that takes longer has more in it than bytes to pass over. What takes less is
/// done before another thread is awake.
const LONG: Duration = Duration::from_micros(250);
/// Bytes of memory for what is decoded, where nothing else was asked for.
const MEMORY: usize = 64 << 20;
/// Bytes in memory that are looked at as a whole. What is found in more than that
/// would take too much memory until it is counted.
const AT_ONCE: usize = 1 << 20;

/// Scans one input after the other, or inside of each other; its buffers are
/// kept in between.
pub struct Scanner<'r> {
    rules: &'r RuleSet,
    spare: Vec<Vec<u8>>,
    window: usize,
    /// Bytes of memory that one decoder may take.
    memory: usize,
    /// Whether texts are read as they stand, without what is encoded in them.
    pub plain: bool,
    /// How long the input may take that is scanned.
    pub time: Arc<TimeBudget>,
    /// Who looks at a long input together.
    threads: Arc<Threads>,
    /// How long a window takes for which they are called.
    long: Duration,
}

impl<'r> Scanner<'r> {
    /// A scanner for these rules.
    pub fn new(rules: &'r RuleSet) -> Scanner<'r> {
        Scanner {
            rules,
            spare: Vec::new(),
            window: WINDOW,
            memory: MEMORY,
            plain: false,
            time: Arc::default(),
            threads: Arc::default(),
            long: LONG,
        }
    }

    /// The same scanner, with threads that look at a long input together.
    pub fn among(mut self, threads: &Arc<Threads>) -> Scanner<'r> {
        self.threads = Arc::clone(threads);
        self
    }

    /// The same scanner, with so much time for each input.
    pub fn timed(mut self, time: TimeBudget) -> Scanner<'r> {
        self.time = Arc::new(time);
        self
    }

    /// The same scanner, with so many bytes of memory for what is decoded.
    pub fn within(mut self, memory: usize) -> Scanner<'r> {
        self.memory = memory;
        self
    }

    /// The same scanner, reading texts as they stand or not.
    pub fn plain(mut self, plain: bool) -> Scanner<'r> {
        self.plain = plain;
        self
    }

    /// A scanner with another window, several at once, to test what happens at its edges.
    ///
    /// A window has to hold the context on both sides of a place.
    #[cfg(test)]
    fn with_window(rules: &'r RuleSet, window: usize) -> Scanner<'r> {
        assert!(window > 2 * MARGIN, "a window holds its margins");
        Scanner {
            window,
            long: Duration::ZERO,
            ..Scanner::new(rules)
        }
    }

    /// Begins with an input, whose bytes the caller gives.
    pub fn begin<'p>(&mut self, path: Option<&'p Path>) -> Scan<'p, 'r> {
        let mut buffer = self.spare.pop().unwrap_or_default();
        buffer.resize(self.window, 0);
        Scan {
            buffer,
            ..self.start(path)
        }
    }

    /// Ends with an input: decides what is left, and takes the buffer back.
    /// Returns the length of the input.
    pub fn end(&mut self, mut scan: Scan<'_, 'r>, found: &mut dyn FnMut(Seen<'r>)) -> u64 {
        let length = scan.finish(found, &mut |_| {});
        self.take_back(scan);
        length
    }

    fn take_back(&mut self, scan: Scan<'_, 'r>) {
        let mut buffer = scan.buffer;
        buffer.truncate(self.window);
        buffer.shrink_to(self.window);
        self.spare.push(buffer);
    }

    /// Reads a whole input. `found` is called for everything that is seen, and
    /// `announce` as soon as a match is seen in an input that pauses, before it
    /// is known what follows; a match is announced once.
    ///
    /// # Errors
    ///
    /// What the feed answers. Matches before the error have been found.
    pub fn scan(
        &mut self,
        feed: &mut dyn Feed,
        path: Option<&Path>,
        found: &mut dyn FnMut(Seen<'r>),
        announce: &mut dyn FnMut(&Match<'r>),
    ) -> io::Result<u64> {
        let mut scan = self.begin(path);
        let mut ahead = None;
        let result = loop {
            let next = ahead.take();
            match next.unwrap_or_else(|| read(feed, scan.space())) {
                Ok(Next::Zeros(count)) => scan.pass_zeros(count, found, announce),
                Ok(Next::Fed(Fed::Bytes(count))) => {
                    ahead = scan.filled_from(feed, count, found, announce);
                }
                Ok(Next::Fed(Fed::Idle)) => {
                    scan.look_ahead(found, announce);
                    // A log that is waited for may go on for ever.
                    if !self.time.has_ended() {
                        self.time.begin();
                    }
                }
                Ok(Next::Fed(Fed::Behind)) => scan.look_ahead(found, announce),
                Ok(Next::Fed(Fed::End)) => break Ok(()),
                Err(error) => break Err(error),
            }
            if self.time.has_ended() {
                break Ok(());
            }
        };
        let length = scan.finish(found, announce);
        self.take_back(scan);
        result.map(|()| length)
    }

    /// Reads an input that is in memory as a whole; finds what [`Scanner::scan`] finds.
    pub fn scan_bytes(&self, bytes: &[u8], path: Option<&Path>, found: &mut dyn FnMut(Seen<'r>)) {
        let mut scan = self.start(path);
        if bytes.len() > AT_ONCE {
            scan.buffer.resize(self.window, 0);
            scan.push(bytes, found);
            scan.finish(found, &mut |_| {});
            return;
        }
        let sight = scan.looker.look(bytes, 0..bytes.len());
        self.time.rest();
        scan.located(bytes, sight).into_iter().for_each(found);
    }

    fn start<'p>(&self, path: Option<&'p Path>) -> Scan<'p, 'r> {
        let time = Arc::clone(&self.time);
        Scan {
            window: self.window,
            memory: self.memory,
            plain: self.plain,
            looker: Looker::new(self.rules, path, self.plain, self.memory, time),
            others: Vec::new(),
            threads: Arc::clone(&self.threads),
            long: self.long,
            buffer: Vec::new(),
            next: Vec::new(),
            length: self.window,
            in_a_row: 0,
            offset: 0,
            position: None,
            filled: 0,
            decided: 0,
            live: false,
            ahead: Vec::new(),
            last: Vec::new(),
            announced: BTreeMap::new(),
            waiting: Vec::new(),
            packed: 0,
            held: Held::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::container::Format;
    use crate::detect::packed::Packed;
    use crate::fuzz::{dense, encode};
    use crate::model::finding::Confidence;
    use crate::model::location::Location;
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

    /// What is found through windows of one size, several at once.
    fn scan(bytes: &[u8], window: usize, size: usize, rules: &RuleSet) -> Vec<(u64, u64, u64)> {
        static THREADS: LazyLock<Arc<Threads>> = LazyLock::new(|| Arc::new(Threads::new(3)));
        let mut scanner = Scanner::with_window(rules, window).among(&THREADS);
        let mut out = Vec::new();
        let mut found = |seen: Seen| {
            let Seen::Secret(hit) = seen else { return };
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
    fn judging_reads_few_bytes_however_many_values_there_are() {
        /// How often a byte of the input may be read again.
        const TIMES: u64 = 8;
        let mut rules = RuleSet::built_in();
        rules.least = Confidence::Medium;
        for name in dense::NAMES {
            let text = dense::text(name, 1 << 20);
            let scanner = Scanner::new(&rules);
            let mut scan = scanner.start(None);
            scan.buffer.resize(scanner.window, 0);
            scan.push(text.as_bytes(), &mut |_| {});
            scan.finish(&mut |_| {}, &mut |_| {});
            let lookers = scan.others.iter().chain([&scan.looker]);
            let read: u64 = lookers.map(|looker| looker.looked_at.get()).sum();
            assert!(
                read <= TIMES * text.len() as u64,
                "{name}: {read} of {}",
                text.len()
            );
        }
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

    /// A text, and a hundred pauses behind it.
    struct Paused<'a> {
        text: &'a [u8],
        pauses: usize,
    }

    impl Feed for Paused<'_> {
        fn next(&mut self, buffer: &mut [u8]) -> io::Result<Fed> {
            let text = std::mem::take(&mut self.text);
            buffer[..text.len()].copy_from_slice(text);
            self.pauses += 1;
            Ok(match (text.len(), self.pauses) {
                (0, 100..) => Fed::End,
                (0, _) => Fed::Idle,
                (count, _) => Fed::Bytes(count),
            })
        }
    }

    #[test]
    fn a_container_is_counted_once_however_often_the_input_pauses() {
        let rules = RuleSet::built_in();
        let archive = Format::of("zip").samples().swap_remove(0);
        let text = format!("x: {}\n", encode::base64(&archive));
        let mut scanner = Scanner::new(&rules).within(20 * Packed::size(&archive));
        let (mut packed, mut bounds) = (0, 0);
        let mut paused = Paused {
            text: text.as_bytes(),
            pauses: 0,
        };
        let mut found = |seen: Seen| match seen {
            Seen::Packed(_) => packed += 1,
            Seen::Bound(_) => bounds += 1,
            Seen::Secret(_) => {}
        };
        let scanned = scanner.scan(&mut paused, None, &mut found, &mut |_| {});
        assert!(scanned.is_ok());
        assert_eq!((packed, bounds), (1, 0));
    }

    /// Gives its bytes, as many as there is space for, and says where nothing but zeros stands.
    struct Holed<'a>(&'a [u8]);

    impl Feed for Holed<'_> {
        fn pass_zeros(&mut self) -> u64 {
            let zeros = self.0.iter().take_while(|byte| **byte == 0).count();
            self.0 = &self.0[zeros..];
            zeros as u64
        }

        fn next(&mut self, buffer: &mut [u8]) -> io::Result<Fed> {
            let text = self.0.iter().take_while(|byte| **byte != 0).count();
            let (given, rest) = self.0.split_at(text.min(buffer.len()));
            buffer[..given.len()].copy_from_slice(given);
            self.0 = rest;
            Ok(match given.len() {
                0 => Fed::End,
                count => Fed::Bytes(count),
            })
        }
    }

    #[test]
    fn holes_change_nothing_wherever_they_are() {
        let rules = RuleSet::built_in();
        let window = 2 * MARGIN + 999;
        let text = |number: usize| {
            let lines = (0..number * 37).map(|line| format!("line {line} of a log, nothing\n"));
            let leak = expand(&format!("npsso={{{{npsso:{number}}}}}\n"));
            lines.chain([leak]).collect::<String>()
        };
        let mut bytes: Vec<u8> = Vec::new();
        for number in 1..60 {
            bytes.extend(text(number).bytes());
            bytes.resize(bytes.len() + 2 * MARGIN + number, 0);
        }
        let whole = scan(&bytes, window, 1 << 20, &rules);
        let threads = Arc::new(Threads::new(3));
        let mut scanner = Scanner::with_window(&rules, window).among(&threads);
        let mut holed = Vec::new();
        let mut found = |seen: Seen| {
            let Seen::Secret(hit) = seen else { return };
            let Location { line, column, .. } = hit.location;
            holed.push((hit.location.byte_offset, line, column));
        };
        let scanned = scanner.scan(&mut Holed(&bytes), None, &mut found, &mut |_| {});
        assert_eq!(scanned.ok(), Some(bytes.len() as u64));
        assert_eq!(holed.len(), 59);
        assert_eq!(holed, whole);
    }

    #[test]
    fn a_long_input_is_read_while_others_look_at_it() {
        let rules = RuleSet::built_in();
        let line = b"some ordinary text of a log file, nothing to see here\n";
        let is_read_ahead = |threads: usize, length: u64| {
            let threads = Arc::new(Threads::new(threads));
            let mut scanner = Scanner::new(&rules).among(&threads);
            // However long a window takes.
            scanner.long = Duration::MAX / 100;
            let mut scan = scanner.begin(None);
            let mut bytes = line.iter().copied().cycle();
            let mut given = 0;
            while given < length {
                let space = scan.space();
                space.fill_with(|| bytes.next().expect("it has no end"));
                let count = space.len();
                given += count as u64;
                let mut more: &[u8] = line;
                let read = scan.filled_from(&mut more, count, &mut |_| {}, &mut |_| {});
                if let Some(Ok(Next::Fed(Fed::Bytes(count)))) = read {
                    assert_eq!(&scan.space()[..count], line);
                    return true;
                }
            }
            false
        };
        assert!(is_read_ahead(2, 3 * LONG_INPUT));
        assert!(!is_read_ahead(2, LONG_INPUT));
        assert!(!is_read_ahead(1, 3 * LONG_INPUT));
    }

    #[test]
    fn what_was_found_before_an_interruption_is_kept() {
        let rules = RuleSet::built_in();
        let line = |number| expand(&format!("{number} npsso={{{{npsso:{number}}}}} was sent\n"));
        let text: String = (0..9000).map(line).collect();
        let stop = Arc::new(AtomicBool::new(false));
        let time = TimeBudget::new(Duration::MAX, Arc::clone(&stop));
        let mut scanner = Scanner::new(&rules).timed(time);
        let mut count = 0;
        let mut found = |_: Seen| {
            count += 1;
            stop.store(true, Ordering::Relaxed);
        };
        let mut bytes = Pieces {
            bytes: text.as_bytes(),
            size: usize::MAX,
        };
        let scanned = scanner.scan(&mut bytes, None, &mut found, &mut |_| {});
        assert!(scanned.is_ok() && scanner.time.is_stopped());
        // Those of the first window, and a few of the next.
        assert!((1000..5000).contains(&count), "{count}");
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

    #[test]
    fn a_value_in_pieces_is_found_wherever_a_window_ends() {
        let rules = RuleSet::built_in();
        let value = expand("{{npsso}}");
        let (first, rest) = value.split_at(30);
        let forms = [
            format!("PSNAWP(\"{first}\" +\n  \"{rest}\")"),
            format!("x = ('{first}'\n '{rest}') # npsso"),
            format!("{{\"a\": \"b\\u003d\", \"npsso\\u0022: \\u0022{value}\"}}"),
        ];
        for form in forms {
            for at in (0..form.len() + 40).step_by(3) {
                let filler = "filler of a file, ".chars().cycle();
                let before: String = filler.clone().take(MARGIN + 64 + 20 - at.min(64)).collect();
                let before = &before[..before.len() - at.saturating_sub(64)];
                let after: String = filler.take(2 * MARGIN).collect();
                let text = format!("{before}\n{form}\n{after}");
                let bytes = text.as_bytes();
                let whole = scan(bytes, bytes.len() + 2 * MARGIN + 2, 1 << 20, &rules);
                assert_eq!(whole.len(), 1, "{form}");
                assert_eq!(
                    scan(bytes, 2 * MARGIN + 64, 1000, &rules),
                    whole,
                    "{form} {at}"
                );
            }
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
            proptest::sample::select(vec![
                "(",
                ")",
                "[",
                "]",
                "{",
                "}",
                "<",
                ">",
                "</",
                "/>",
                ",",
                ":",
                ";",
                "=",
                "->",
                "=>",
                ":=",
                "??",
                "||",
                "|",
                "&",
                "*",
                "#",
                "//",
                "/*",
                "--",
                "'",
                "`",
                "?",
                "!",
                "@",
                "$",
                "%",
                "\n",
                "\n  ",
                "- ",
                "\t",
                " ",
                "npsso",
                "let ",
                "my ",
                "def ",
                "class=\"from\"",
                "<br>",
                "<td>",
                "value",
                "name",
                "&dad ",
                "*dad",
                "1. ",
                "machine ",
                " login ",
                " password ",
                "INSERT INTO a (",
                "VALUES (",
                "discord",
                "is",
                "4 October",
                "above",
                "{{npsso}}",
                "{{npsso}}",
                "{{pdccws_p}}",
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

    /// Lines of a log, a list or a program, of few kinds, that all hold a value.
    fn many_values() -> impl Strategy<Value = String> {
        let line = proptest::sample::select(vec![
            "2026-11-30T10:00:00Z INFO session id={} took 12 ms",
            "GET / connect.sid={cookie}; path=/",
            "{},",
            "17,{}",
            "x12 = Account(\"{}\")",
            "{\"id\": 4, \"key\": \"{}\"}",
            "NPSSO_3={}",
            "npsso: {}",
            "token={} # psn",
            "PSNAWP(\"{}\")",
            "discord_token: {}",
            "npsso,id",
            "",
        ]);
        let stretch = (line, 1usize..90);
        proptest::collection::vec(stretch, 1..7).prop_map(|stretches| {
            let lines = stretches
                .iter()
                .flat_map(|(line, count)| std::iter::repeat_n(*line, *count));
            let text = lines.enumerate().map(|(number, line)| {
                let line = line.replace("{cookie}", &format!("{{{{pdccws_p:m{number}}}}}"));
                line.replace("{}", &format!("{{{{npsso:m{number}}}}}"))
                    .replace("12", &number.to_string())
                    + "\n"
            });
            expand(&text.collect::<String>())
        })
    }

    /// The rules and places that are found with at least medium confidence.
    fn sure(text: &str, rules: &RuleSet) -> Vec<(u64, String)> {
        let mut out = Vec::new();
        Scanner::new(rules).scan_bytes(text.as_bytes(), None, &mut |seen| {
            let Seen::Secret(hit) = seen else { return };
            if hit.rule.confidence >= Confidence::Medium {
                out.push((hit.location.byte_offset, hit.rule.id.to_string()));
            }
        });
        out
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(48) })]

        #[test]
        fn what_is_known_before_a_value_is_looked_at_changes_nothing(text in many_values()) {
            // Each value is read and judged by itself, as for those who ask why.
            let mut full = RuleSet::built_in();
            full.reasons = true;
            let mut short = RuleSet::built_in();
            short.least = Confidence::Medium;
            prop_assert_eq!(sure(&text, &short), sure(&text, &full));
        }
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
            Scanner::new(&rules).scan_bytes(&bytes, None, &mut |seen| {
                let Seen::Secret(hit) = seen else { return };
                at_once.push((hit.location.byte_offset, hit.location.line, hit.location.column));
            });
            prop_assert_eq!(at_once, whole);
        }
    }
}
