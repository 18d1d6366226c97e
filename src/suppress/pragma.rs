//! What a comment beside a value says: `npsso-audit: allow v1:3b6562238a9d until
//! 2027-01-31: why`.

use std::sync::LazyLock;

use regex::Regex;

use crate::model::audit::{Note, NoteKind};
use crate::model::finding::Exposure;
use crate::model::secret::Fingerprint;
use crate::model::suppression::{By, Pragma, Suppression};

use super::entries::{fingerprint, parse_day};

/// Digits of a fingerprint that are enough to write.
const ENOUGH: usize = "v1:".len() + 12;

/// A comment that was understood.
struct Read {
    fingerprint: Option<String>,
    until: Option<String>,
    reason: Option<String>,
}

/// Reads one of ours.
fn read(pragma: &Pragma) -> Option<Read> {
    if pragma.tool.is_some() {
        return None;
    }
    let rest = pragma.text.strip_prefix("allow")?;
    if !rest.is_empty() && !rest.starts_with([' ', '\t', ':']) {
        return None;
    }
    // What ends a comment is none of it.
    let rest = rest
        .trim_end_matches(|c: char| " \t\r*/->%}#\"',".contains(c))
        .trim_start();
    // In a text that is a string of JSON, as in a notebook
    let rest = rest.strip_suffix("\\n").unwrap_or(rest);
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_hexdigit).count();
    let name = rest
        .get(.."v1:".len())
        .filter(|name| name.eq_ignore_ascii_case("v1:"));
    let length = name.map_or(0, |name| name.len() + digits(&rest[name.len()..]));
    let (name, rest) = rest.split_at(length);
    let Ok(name) = fingerprint(name) else {
        return Some(Read {
            fingerprint: None,
            until: None,
            reason: None,
        });
    };
    let rest = rest.trim_start_matches(['…', '.', ' ', '\t']);
    let (until, rest) = until(rest);
    let reason = rest.trim_matches(|c: char| c.is_whitespace() || ":-,".contains(c));
    Some(Read {
        fingerprint: Some(name),
        until,
        reason: (!reason.is_empty()).then(|| reason.to_owned()),
    })
}

/// The last day that a comment names, the first of several, and the rest. A word for it
/// right behind the fingerprint means an end, whatever follows; in a reason only a day does.
fn until(text: &str) -> (Option<String>, String) {
    static END: LazyLock<Regex> = LazyLock::new(|| {
        let pattern =
            r"(?i-u)(?:until|till|expir(?:es|y)(?: +on)?)[ \t:=_-]*([0-9]{4}-[0-9]{2}-[0-9]{2})?";
        Regex::new(pattern).expect("it is a regular expression")
    });
    let begins = text.len()
        - text
            .trim_start_matches([' ', '\t', ':', ',', ';', '-'])
            .len();
    let mut rest = String::new();
    let (mut until, mut done) = (None::<String>, 0);
    for end in END.captures_iter(text) {
        let (Some(whole), day) = (end.get(0), end.get(1)) else {
            continue;
        };
        let is_word = !text[..whole.start()].ends_with(|c: char| c.is_alphanumeric());
        if !is_word || day.is_none() && whole.start() != begins {
            continue;
        }
        // One that is no day has passed: who wrote it wanted an end.
        let day = day.and_then(|day| parse_day(day.as_str()).ok());
        let day = day.unwrap_or_default();
        until = Some(until.map_or(day.clone(), |first| first.min(day)));
        rest.push_str(&text[done..whole.start()]);
        done = whole.end();
    }
    rest.push_str(&text[done..]);
    (until, rest)
}

/// Where it stands, for people.
fn place(pragma: &Pragma, exposure: &Exposure) -> String {
    let line = exposure.location.line - u64::from(pragma.is_above);
    format!("{}:{line}", exposure.provenance.display_name())
}

fn is_over(until: Option<&str>, today: &str) -> bool {
    until.is_some_and(|until| until < today)
}

/// How one of ours suppresses a secret, where it names that one and holds still.
pub fn suppression(
    pragma: &Pragma,
    exposure: &Exposure,
    fingerprint: &str,
    today: &str,
) -> Option<Suppression> {
    let read = read(pragma)?;
    let is_named = fingerprint.starts_with(read.fingerprint.as_deref()?);
    (is_named && !is_over(read.until.as_deref(), today)).then(|| Suppression {
        by: By::Pragma,
        reason: read.reason,
        until: read.until,
        place: place(pragma, exposure),
    })
}

/// How one of another scanner suppresses whatever stands there.
pub fn foreign(pragma: &Pragma, exposure: &Exposure) -> Option<Suppression> {
    pragma.tool.as_ref().map(|_| Suppression {
        by: By::ForeignPragma,
        reason: Some(pragma.text.to_string()),
        until: None,
        place: place(pragma, exposure),
    })
}

/// What is to be said of one of ours that suppresses nothing.
pub fn note(
    pragma: &Pragma,
    exposure: &Exposure,
    fingerprint: &Fingerprint,
    today: &str,
    is_proposed: bool,
) -> Option<Note> {
    let read = read(pragma)?;
    let (short, _) = fingerprint.as_str().split_at(ENOUGH);
    let line = exposure.location.line - u64::from(pragma.is_above);
    let to_write = || format!("line {line}: npsso-audit: allow {short}: why");
    let (kind, detail) = match &read.fingerprint {
        // It is there already, or was written by hand.
        None => (NoteKind::NamelessPragma, to_write()),
        // One above can be about what stands on its own line.
        Some(own) if !fingerprint.as_str().starts_with(own.as_str()) => {
            if pragma.is_above || exposure.suppression.is_some() {
                return None;
            }
            (NoteKind::NamelessPragma, to_write())
        }
        Some(_) if is_proposed => (NoteKind::ProposedEntry, format!("line {line}")),
        Some(_) if is_over(read.until.as_deref(), today) => {
            let until = match read.until.as_deref() {
                None | Some("") => "`until` is a day, as 2027-01-31".to_owned(),
                Some(until) => format!("until {until}"),
            };
            (NoteKind::ExpiredEntry, format!("line {line}: {until}"))
        }
        Some(_) => return None,
    };
    Some(Note {
        provenance: (*exposure.provenance).clone(),
        kind,
        detail,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Option<(Option<String>, Option<String>, Option<String>)> {
        let pragma = Pragma {
            is_above: false,
            tool: None,
            text: text.into(),
        };
        read(&pragma).map(|it| (it.fingerprint, it.until, it.reason))
    }

    #[test]
    fn it_names_a_secret_a_day_and_a_reason() {
        let some = |text: &str| Some(text.to_owned());
        let name = some("v1:3b6562238a9d");
        for (text, expected) in [
            ("allow v1:3b6562238a9d", (name.clone(), None, None)),
            ("allow v1:3b6562238a9d\\n\",", (name.clone(), None, None)),
            (
                "allow v1:3b6562238a9d… until 2027-01-31: old bot -->",
                (name.clone(), some("2027-01-31"), some("old bot")),
            ),
            (
                "allow v1:3B6562238A9D: revoked */",
                (name.clone(), None, some("revoked")),
            ),
            (
                "allow v1:3b6562238a9d until soon: x",
                (
                    name.clone(),
                    some(""),
                    Some(some("soon: x").unwrap_or_default()),
                ),
            ),
            (
                "allow v1:3b6562238a9d: revoked, UNTIL=2027-01-31",
                (name.clone(), some("2027-01-31"), some("revoked")),
            ),
            (
                "allow v1:3b6562238a9d: until 2999-01-31 until 2001-01-31",
                (name.clone(), some("2001-01-31"), None),
            ),
            (
                "allow v1:3b6562238a9d expires 2027-01-31",
                (name.clone(), some("2027-01-31"), None),
            ),
            (
                "allow v1:3b6562238a9d: fine until we rotate it",
                (name, None, some("fine until we rotate it")),
            ),
            ("allow", (None, None, None)),
            ("allow: it is fine", (None, None, None)),
            ("allow v1:3b65", (None, None, None)),
        ] {
            assert_eq!(parts(text), Some(expected), "{text}");
        }
        assert_eq!(parts("allowance"), None);
        assert_eq!(parts("see the README"), None);
    }
}
