//! A baseline: the fingerprints of what is known, one a line.
//!
//! It holds no paths, no lines and no dates, so that nothing in it changes by itself,
//! and two branches that both add to it merge line by line.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use crate::model::audit::{Note, NoteKind};
use crate::model::blob::Provenance;
use crate::source::read_text;

/// What a new baseline begins with.
const HEAD: &str = "\
# Secrets that npsso-audit knows already: it counts them, and reports only others.
# One fingerprint a line, sorted; what stands behind # says why.
";

/// Bytes of one. A line has 36.
const LONGEST: u64 = 256 << 20;

/// KnownLines of a baseline that are named when they are out of date.
const SHOWN: usize = 5;

/// A baseline, line by line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    lines: Vec<Line>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    text: String,
    /// The fingerprint in it, if there is one.
    fingerprint: Option<String>,
}

impl Baseline {
    /// A new one.
    pub fn new() -> Baseline {
        Baseline::parse(HEAD, Path::new("")).unwrap_or_default()
    }

    /// Reads one from a file.
    ///
    /// # Errors
    ///
    /// When it is not there or wrong; the error names the file.
    pub fn read(path: &Path) -> anyhow::Result<Baseline> {
        let text = read_text(path, LONGEST).with_context(|| format!("baseline {}", path.display()));
        match text? {
            Some(text) => Baseline::parse(&text, path),
            None => bail!(
                "baseline {}: there is no such file; `npsso-audit baseline create {0}` writes one",
                path.display()
            ),
        }
    }

    /// Reads one. KnownLines may stand in any order, and twice: that is what a merge leaves.
    ///
    /// # Errors
    ///
    /// When a line is no fingerprint; the error names the file and the line.
    pub fn parse(text: &str, path: &Path) -> anyhow::Result<Baseline> {
        let mut lines = Vec::new();
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        for (number, line) in text.split_terminator('\n').enumerate() {
            let entry = line.split('#').next().unwrap_or_default().trim();
            let entry = entry.to_ascii_lowercase();
            let is_whole = |entry: &str| {
                let digits = entry.strip_prefix("v1:").unwrap_or_default();
                digits.len() == 32
                    && digits
                        .bytes()
                        .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
            };
            let is_mark = ["<<<<<<<", "=======", ">>>>>>>"]
                .iter()
                .any(|mark| line.starts_with(mark));
            if is_mark {
                bail!(
                    "{}:{}: git left a conflict here: keep the lines of both sides; `merge=union` in .gitattributes keeps them by itself",
                    path.display(),
                    number + 1
                );
            }
            if !entry.is_empty() && !is_whole(&entry) {
                bail!(
                    "{}:{}: a line of a baseline is a fingerprint, v1: and 32 digits, and perhaps a comment behind #",
                    path.display(),
                    number + 1
                );
            }
            lines.push(Line {
                text: line.to_owned(),
                fingerprint: (!entry.is_empty()).then_some(entry),
            });
        }
        Ok(Baseline { lines })
    }

    /// The fingerprints in it, each with its line, from 1 on.
    pub fn entries(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = (1..).zip(&self.lines);
        lines.filter_map(|(number, line)| Some((number, line.fingerprint.as_deref()?)))
    }

    /// Adds what it lacks, each at its place, and returns how many these were. Other lines
    /// stay as they are.
    pub fn add<'f>(&mut self, fingerprints: impl IntoIterator<Item = &'f str>) -> usize {
        let known: BTreeSet<String> = self.entries().map(|(_, it)| it.to_owned()).collect();
        let new: BTreeSet<&str> = fingerprints.into_iter().collect();
        let new: Vec<&str> = new.into_iter().filter(|it| !known.contains(*it)).collect();
        let mut rest = new.iter().copied().peekable();
        let end = match self
            .lines
            .first()
            .is_some_and(|line| line.text.ends_with('\r'))
        {
            true => "\r",
            false => "",
        };
        let line = |fingerprint: &str| Line {
            text: format!("{fingerprint}{end}"),
            fingerprint: Some(fingerprint.to_owned()),
        };
        let mut lines = Vec::with_capacity(self.lines.len() + new.len());
        // Comments right above a line are about it.
        let mut comments = Vec::new();
        for (number, old) in std::mem::take(&mut self.lines).into_iter().enumerate() {
            if let Some(own) = &old.fingerprint {
                while let Some(new) = rest.next_if(|new| *new < own.as_str()) {
                    lines.push(line(new));
                }
            }
            let is_of_head = HEAD.lines().nth(number) == Some(old.text.trim_end());
            match old.fingerprint.is_none() && old.text.starts_with('#') && !is_of_head {
                true => comments.push(old),
                false => {
                    lines.append(&mut comments);
                    lines.push(old);
                }
            }
        }
        lines.append(&mut comments);
        lines.extend(rest.map(line));
        self.lines = lines;
        new.len()
    }

    /// Drops the lines of fingerprints that are not among these, and returns how many
    /// they were.
    pub fn prune(&mut self, found: &BTreeSet<&str>) -> usize {
        let before = self.lines.len();
        self.lines.retain(|line| {
            let own = line.fingerprint.as_deref();
            own.is_none_or(|own| found.contains(own))
        });
        before - self.lines.len()
    }

    /// The whole file.
    pub fn text(&self) -> String {
        let lines = self.lines.iter().map(|line| line.text.as_str());
        lines.flat_map(|line| [line, "\n"]).collect()
    }
}

/// A baseline, and on which line each fingerprint stands.
pub struct KnownLines {
    pub file: PathBuf,
    pub lines: HashMap<String, usize>,
    /// The lines that a change brings, which do not count.
    pub proposed: BTreeSet<usize>,
}

impl KnownLines {
    /// Says something of some of its lines, unless there are none.
    pub fn note(&self, kind: NoteKind, lines: &BTreeSet<usize>) -> Option<Note> {
        let shown: Vec<String> = lines.iter().take(SHOWN).map(usize::to_string).collect();
        let more = match lines.len() - shown.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        (!shown.is_empty()).then(|| Note {
            provenance: Provenance::File(self.file.clone()),
            kind,
            detail: format!("line {}{more}", shown.join(", ")),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fingerprint(number: u32) -> String {
        format!("v1:{:032x}", u128::from(number) << 96)
    }

    fn parsed(text: &str) -> Baseline {
        Baseline::parse(text, Path::new("known.txt")).expect("it is right")
    }

    #[test]
    fn what_is_new_is_added_in_order_and_comments_stay() {
        let (one, two, three) = (fingerprint(1), fingerprint(2), fingerprint(3));
        let text = format!("{HEAD}{one}  # revoked in May\n# from the old bot\n{three}\n");
        let mut baseline = parsed(&text);
        assert_eq!(baseline.add([two.as_str(), one.as_str(), two.as_str()]), 1);
        assert_eq!(
            baseline.text(),
            format!("{HEAD}{one}  # revoked in May\n{two}\n# from the old bot\n{three}\n")
        );
        assert_eq!(baseline.prune(&BTreeSet::from([two.as_str()])), 2);
        assert_eq!(
            baseline.text(),
            format!("{HEAD}{two}\n# from the old bot\n")
        );
    }

    #[test]
    fn comments_stay_with_their_line_and_line_ends_as_they_are() {
        let (one, two) = (fingerprint(1), fingerprint(2));
        let text = format!("\u{feff}# ours\r\n# from the old bot\r\n{two}\r\n");
        let mut baseline = parsed(&text);
        assert_eq!(baseline.add([one.as_str()]), 1);
        assert_eq!(
            baseline.text(),
            format!("{one}\r\n# ours\r\n# from the old bot\r\n{two}\r\n")
        );
    }

    #[test]
    fn a_line_that_is_no_fingerprint_is_named() {
        let error = Baseline::parse("# x\nv1:12\n", Path::new("known.txt"));
        let error = error.expect_err("it is wrong").to_string();
        assert!(error.starts_with("known.txt:2:"), "{error}");
        let error = Baseline::parse("<<<<<<< HEAD\n", Path::new("known.txt"));
        let error = error.expect_err("it is wrong").to_string();
        assert!(error.contains("keep the lines of both sides"), "{error}");
    }

    proptest! {
        #[test]
        fn what_is_added_is_sorted_and_there_once(numbers in prop::collection::vec(0u32..40, 0..60)) {
            let mut baseline = Baseline::new();
            for number in &numbers {
                baseline.add([fingerprint(*number).as_str()]);
            }
            let all: Vec<&str> = baseline.entries().map(|(_, it)| it).collect();
            let expected: BTreeSet<String> = numbers.iter().map(|it| fingerprint(*it)).collect();
            prop_assert_eq!(all, expected.iter().map(String::as_str).collect::<Vec<_>>());
            prop_assert_eq!(parsed(&baseline.text()), baseline);
        }
    }
}
