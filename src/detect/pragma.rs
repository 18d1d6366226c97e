//! Comments beside a value that say it is known.

use std::ops::Range;

use crate::model::suppression::Pragma;

/// What our own begins with.
const OWN: &str = "npsso-audit:";
/// What other scanners take for one, on the line of the value.
const FOREIGN: [&str; 7] = [
    "gitleaks:allow",
    "betterleaks:allow",
    "trufflehog:ignore",
    "kingfisher:ignore",
    "kingfisher:allow",
    "pragma: allowlist secret",
    "pragma: whitelist secret",
];
/// The same, on the line above.
const FOREIGN_ABOVE: [&str; 2] = [
    "pragma: allowlist nextline secret",
    "pragma: whitelist nextline secret",
];
/// How far a line is followed. It is less than any window has on both sides of a value.
const REACH: usize = 1024;
/// The longest comment that is kept.
const LONGEST: usize = 256;
/// Those of one value that are kept.
const MOST: usize = 4;

/// Whether a text has any. Nearly none does.
pub fn are_in(text: &[u8]) -> bool {
    let words = FOREIGN.iter().chain(&FOREIGN_ABOVE).chain([&OWN]);
    let mut words = words.copied();
    words.any(|word| memchr::memmem::find(text, word.as_bytes()).is_some())
}

/// Those on the line of a value, or on the line above.
pub fn beside(text: &[u8], place: &Range<usize>) -> Box<[Pragma]> {
    let before = &text[place.start.saturating_sub(REACH)..place.start];
    let behind = &text[place.end..text.len().min(place.end + REACH)];
    let start = memchr::memrchr(b'\n', before);
    let end = memchr::memchr(b'\n', behind).unwrap_or(behind.len());
    let mut pragmas = Vec::new();
    // A value is no part of a comment that is about it.
    let line = [&before[start.map_or(0, |at| at + 1)..], &behind[..end]];
    for part in line {
        read(part, false, &mut pragmas);
    }
    if let Some(start) = start {
        let above = &before[..start];
        let line = memchr::memrchr(b'\n', above).map_or(0, |at| at + 1);
        read(&above[line..], true, &mut pragmas);
    }
    // Nobody needs more, and a line can have as many as it likes.
    pragmas.truncate(MOST);
    pragmas.into()
}

fn read(line: &[u8], is_above: bool, pragmas: &mut Vec<Pragma>) {
    let line = String::from_utf8_lossy(line);
    let mut add = |tool: Option<&str>, text: &str| {
        pragmas.push(Pragma {
            is_above,
            tool: tool.map(Box::from),
            text: text.trim().chars().take(LONGEST).collect(),
        });
    };
    for (at, _) in line.match_indices(OWN) {
        let text = &line[at + OWN.len()..];
        // Another one may follow on the same line.
        add(None, text.split(OWN).next().unwrap_or(text));
    }
    let foreign = match is_above {
        true => &FOREIGN_ABOVE[..],
        false => &FOREIGN,
    };
    for word in foreign.iter().filter(|word| line.contains(**word)) {
        let tool = word.split(':').next().unwrap_or(word);
        let tool = match tool {
            "pragma" => "detect-secrets",
            tool => tool,
        };
        add(Some(tool), word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<(bool, String)> {
        let at = text.find("VALUE").expect("it is there");
        let found = beside(text.as_bytes(), &(at..at + 5));
        assert_eq!(
            found.is_empty(),
            !are_in(text.as_bytes()) || found.is_empty()
        );
        let found = found.iter();
        found.map(|it| (it.is_above, it.text.to_string())).collect()
    }

    #[test]
    fn they_stand_on_the_line_or_above_it() {
        let own = |is_above: bool| vec![(is_above, "allow v1:12: why".to_owned())];
        assert_eq!(
            texts("x=VALUE # npsso-audit: allow v1:12: why\r\n"),
            own(false)
        );
        assert_eq!(texts("# npsso-audit: allow v1:12: why\nx=VALUE"), own(true));
        assert_eq!(texts("# npsso-audit: allow v1:12: why\n\nx=VALUE"), []);
        assert_eq!(texts("x=VALUE\n# npsso-audit: allow v1:12: why"), []);
        assert_eq!(
            texts("x=VALUE # npsso-audit: allow v1:1 npsso-audit: allow v1:2").len(),
            2
        );
    }

    #[test]
    fn those_of_others_are_told_apart() {
        let found = beside(b"x # gitleaks:allow\n", &(0..1));
        assert_eq!(found[0].tool.as_deref(), Some("gitleaks"));
        assert!(beside(b"# gitleaks:allow\nx\n", &(17..18)).is_empty());
        let found = beside(b"# pragma: allowlist nextline secret\nx\n", &(36..37));
        assert_eq!(found[0].tool.as_deref(), Some("detect-secrets"));
    }
}
