//! `.npsso-audit.toml`: what somebody wrote down as known, in the tree that is audited.
//!
//! It can make an audit quieter and nothing else, so it has `[[allow]]` and `[[unread]]`
//! and no other key.

use std::hash::Hash;
use std::path::{Path, PathBuf};

use anyhow::{anyhow, bail};
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use serde::Deserialize;
use toml::{Spanned, Value};

use crate::model::date;
use crate::source::read_text;

/// The name of the file.
pub const NAME: &str = ".npsso-audit.toml";
/// Bytes of it. Ten thousand entries have about 2 MB.
const LONGEST: u64 = 4 << 20;
/// Globs of all entries. Each is tried with each path, and takes some kilobytes.
const MOST_GLOBS: usize = 1000;
/// Bytes of a glob, and braces in it.
const LONGEST_GLOB: usize = 4096;
const MOST_BRACES: usize = 16;
/// Digits that a fingerprint needs to name one secret.
pub const LEAST_DIGITS: usize = 12;
/// Digits of a whole fingerprint.
const DIGITS: usize = 32;

/// What one file says.
#[derive(Debug, Default)]
pub struct Entries {
    /// What is allowed.
    pub allow: Vec<Entry>,
    /// What is accepted as unread.
    pub unread: Vec<Entry>,
}

/// One entry.
#[derive(Debug)]
pub struct Entry {
    /// Beginnings of fingerprints; an entry without any is about places.
    pub fingerprints: Vec<String>,
    /// The ids of objects that it is about, or how they begin.
    pub objects: Vec<String>,
    /// The places that it is about; all without it.
    pub paths: Option<Gitignore>,
    /// The same, as they are written.
    globs: Vec<String>,
    /// Why, never empty.
    pub reason: String,
    /// The last day on which it holds.
    pub until: Option<String>,
    /// The line on which it begins.
    pub line: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileText {
    #[serde(default)]
    allow: Vec<Spanned<AllowText>>,
    #[serde(default)]
    unread: Vec<Spanned<UnreadText>>,
}

#[derive(Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "an entry, as [[allow]] and lines below it"
)]
struct AllowText {
    fingerprint: Option<Strings>,
    paths: Option<Strings>,
    reason: String,
    until: Option<Value>,
}

#[derive(Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "an entry, as [[unread]] and lines below it"
)]
struct UnreadText {
    paths: Option<Strings>,
    object: Option<Strings>,
    reason: String,
}

/// One string or a list of them.
#[derive(Deserialize)]
#[serde(untagged, expecting = "a text or a list of texts")]
enum Strings {
    One(String),
    Several(Vec<String>),
}

impl Strings {
    fn len(&self) -> usize {
        match self {
            Strings::One(_) => 1,
            Strings::Several(list) => list.len(),
        }
    }

    fn list(strings: Option<Strings>) -> Vec<String> {
        match strings {
            None => Vec::new(),
            Some(Strings::One(one)) => vec![one],
            Some(Strings::Several(list)) => list,
        }
    }
}

impl Entries {
    /// Reads the file in a folder. `None` where there is none.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or says something that is not for it to say; the error
    /// names the line and why, and not the file.
    pub fn read(folder: &Path) -> anyhow::Result<Option<Entries>> {
        let text = Entries::written(folder)?;
        let entries = text.map(|text| Entries::parse(&text, folder).map_err(|why| anyhow!(why)));
        entries.transpose()
    }

    /// The text of the file in a folder. `None` where there is none.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or is no text.
    pub fn written(folder: &Path) -> anyhow::Result<Option<String>> {
        let path = file(folder);
        // In git it is the name of another file, which nobody reads there.
        if path.is_symlink() {
            bail!("it is a symbolic link; put the entries into a file of the tree itself");
        }
        read_text(&path, LONGEST)
    }

    /// Reads a text. `folder` is where its file lies: what `paths` begin at.
    ///
    /// # Errors
    ///
    /// When it says something that is not for it to say.
    pub fn parse(text: &str, folder: &Path) -> Result<Entries, String> {
        if text.len() as u64 > LONGEST {
            return Err(format!("it has more than {LONGEST} bytes"));
        }
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let ends: Vec<usize> = memchr::memchr_iter(b'\n', text.as_bytes()).collect();
        let line = |at: usize| 1 + ends.partition_point(|end| *end < at);
        let file: FileText = toml::from_str(text).map_err(|error| {
            let mut why = error.message().to_owned();
            let is_ours = |name: &str| why.starts_with(&format!("unknown field `{name}`"));
            if why.contains("expected a sequence") {
                why = "write it as [[allow]] or [[unread]], with two brackets".to_owned();
            } else if is_ours("until") {
                why.push_str("; only an [[allow]] has an end");
            } else if why.starts_with("unknown field") {
                why.push_str(
                    "; what is audited can say what is known, and nothing else: every other \
                     setting belongs on the command line",
                );
            }
            on_line(error.span().map_or(1, |span| line(span.start)), &why)
        })?;
        let globs = |paths: &Option<Strings>| paths.as_ref().map_or(0, Strings::len);
        let allow = file.allow.iter().map(|it| globs(&it.get_ref().paths));
        let unread = file.unread.iter().map(|it| globs(&it.get_ref().paths));
        if allow.chain(unread).sum::<usize>() > MOST_GLOBS {
            return Err(format!(
                "its entries have more than {MOST_GLOBS} globs; name folders instead"
            ));
        }
        let allow = file.allow.into_iter().map(|entry| {
            let line = line(entry.span().start);
            allowed(line, entry.into_inner(), folder).map_err(|why| on_line(line, &why))
        });
        let unread = file.unread.into_iter().map(|entry| {
            let line = line(entry.span().start);
            accepted(line, entry.into_inner(), folder).map_err(|why| on_line(line, &why))
        });
        Ok(Entries {
            allow: allow.collect::<Result<_, _>>()?,
            unread: unread.collect::<Result<_, _>>()?,
        })
    }
}

fn on_line(line: usize, why: &str) -> String {
    format!("line {line}: {why}")
}

fn allowed(line: usize, entry: AllowText, folder: &Path) -> Result<Entry, String> {
    let fingerprints = Strings::list(entry.fingerprint);
    let paths = Strings::list(entry.paths);
    if fingerprints.is_empty() && paths.is_empty() {
        return Err(
            "an [[allow]] names a `fingerprint`, as the report has it, or `paths`".to_owned(),
        );
    }
    let fingerprints = fingerprints.iter().map(|text| fingerprint(text));
    Ok(Entry {
        fingerprints: fingerprints.collect::<Result<_, _>>()?,
        objects: Vec::new(),
        paths: globs(&paths, folder)?,
        globs: paths,
        reason: reason(entry.reason)?,
        until: entry.until.map(|until| day(&until)).transpose()?,
        line,
    })
}

fn accepted(line: usize, entry: UnreadText, folder: &Path) -> Result<Entry, String> {
    let (paths, objects) = (Strings::list(entry.paths), Strings::list(entry.object));
    if paths.is_empty() && objects.is_empty() {
        return Err("an [[unread]] names `paths` or an `object`".to_owned());
    }
    let is_short = |id: &String| id.len() < LEAST_DIGITS || !is_hex(id);
    if objects.iter().any(is_short) {
        return Err("an `object` is an id of git, at least 12 digits of it".to_owned());
    }
    Ok(Entry {
        fingerprints: Vec::new(),
        objects,
        paths: globs(&paths, folder)?,
        globs: paths,
        reason: reason(entry.reason)?,
        until: None,
        line,
    })
}

fn globs(globs: &[String], folder: &Path) -> Result<Option<Gitignore>, String> {
    if globs.is_empty() {
        return Ok(None);
    }
    let mut builder = GitignoreBuilder::new(folder);
    for glob in globs {
        if let Some(why) = idle(glob) {
            return Err(format!("`{}` {why}", shortened(glob)));
        }
        let added = builder.add_line(None, glob);
        added.map_err(|why| format!("`{glob}`: {why}"))?;
    }
    builder.build().map(Some).map_err(|why| why.to_string())
}

/// Why a glob is none that an entry can have, if it is not.
pub fn idle(glob: &str) -> Option<&'static str> {
    let trimmed = glob.trim();
    let leads_out = trimmed.split('/').any(|part| matches!(part, "." | ".."));
    match () {
        () if trimmed.is_empty() || trimmed.starts_with(['!', '#']) || leads_out => {
            Some("matches no path; write it as in a .gitignore, from the root of the work tree")
        }
        () if trimmed.chars().all(|c| c == '/') => Some("is no path; for everything write `**`"),
        // Braces in braces are matched by recursion, and each alternative costs memory.
        () if glob.len() > LONGEST_GLOB || glob.matches('{').count() > MOST_BRACES => {
            Some("is too long for a glob; name folders instead")
        }
        () => None,
    }
}

impl Entry {
    /// Whether it is about a path, seen from the folder of its file.
    pub fn names(&self, path: &Path) -> bool {
        let is_named = |globs: &Gitignore| {
            !path.has_root() && globs.matched_path_or_any_parents(path, false).is_ignore()
        };
        self.paths.as_ref().is_some_and(is_named)
    }

    /// Whether it is about all of these paths.
    pub fn names_all(&self, paths: &[&Path]) -> bool {
        paths.iter().all(|path| self.names(path))
    }

    /// What it does, whatever the reason and the line.
    pub fn effect(&self) -> impl Eq + Hash + '_ {
        (&self.fingerprints, &self.objects, &self.globs, &self.until)
    }

    /// Whether it still holds on a day.
    pub fn holds(&self, today: &str) -> bool {
        self.until.as_deref().is_none_or(|until| until >= today)
    }
}

fn is_hex(text: &str) -> bool {
    text.bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// A fingerprint or its beginning, as it is compared.
///
/// # Errors
///
/// Why it is none.
pub fn fingerprint(text: &str) -> Result<String, String> {
    let text = text.trim().to_ascii_lowercase();
    let digits = text.strip_prefix("v1:").unwrap_or_default();
    if !(LEAST_DIGITS..=DIGITS).contains(&digits.len()) || !is_hex(digits) {
        return Err(format!(
            "`{}` is no fingerprint: it is v1: and 32 digits, as the report has it, or at least 12 of them",
            shortened(&text)
        ));
    }
    Ok(text)
}

/// The beginning of what somebody wrote: it can be the secret itself.
fn shortened(text: &str) -> String {
    const SHOWN: usize = 4;
    const SHORT: usize = 16;
    match text.chars().count() {
        ..=SHORT => text.to_owned(),
        _ => text.chars().take(SHOWN).chain(['…']).collect(),
    }
}

/// Why something is allowed.
fn reason(text: String) -> Result<String, String> {
    match text.trim().is_empty() {
        true => Err("an entry needs a `reason`".to_owned()),
        false => Ok(text),
    }
}

/// A day, written as a date or as a string.
fn day(value: &Value) -> Result<String, String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Datetime(date) => date.to_string(),
        _ => String::new(),
    };
    parse_day(&text)
}

/// A day as `2027-01-31`.
///
/// # Errors
///
/// Why it is none.
pub fn parse_day(text: &str) -> Result<String, String> {
    let text = text.trim();
    let is_day = text.len() == "2027-01-31".len()
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
        && date::parse(&format!("{text}T00:00:00Z"))
            .and_then(date::rfc3339)
            .is_some_and(|date| date.starts_with(text));
    match is_day {
        true => Ok(text.to_owned()),
        false => Err("`until` is a day, as 2027-01-31".to_owned()),
    }
}

/// The file in a folder, as it is named to people.
pub fn file(folder: &Path) -> PathBuf {
    folder.join(NAME)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGITS_OF_ONE: &str = "v1:3b6562238a9d4f0011223344556677aa";

    fn parsed(text: &str) -> Result<Entries, String> {
        Entries::parse(text, Path::new("tree"))
    }

    #[test]
    fn entries_say_what_where_why_and_until_when() {
        let text = format!(
            "# known\n[[allow]]\nfingerprint = \"{DIGITS_OF_ONE}\"\nreason = \"revoked\"\n\
             until = 2027-01-31\n\n[[allow]]\npaths = [\"fixtures/\"]\nreason = \"synthetic\"\n\n\
             [[unread]]\nobject = \"0123456789ab\"\nreason = \"not in our clone\"\n"
        );
        let entries = parsed(&text).expect("it is right");
        let [value, place] = &entries.allow[..] else {
            panic!("there are two");
        };
        assert_eq!(value.fingerprints, [DIGITS_OF_ONE]);
        assert_eq!(value.line, 2);
        assert!(value.holds("2027-01-31") && !value.holds("2027-02-01"));
        assert!(place.names(Path::new("fixtures/a/b.env")));
        assert!(!place.names(Path::new("src/b.env")));
        assert!(!place.names(Path::new("/fixtures/b.env")));
        assert_eq!(entries.unread[0].line, 11);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        let allow = |line: &str| format!("\n[[allow]]\nreason = \"r\"\n{line}\n");
        for (text, line, why) in [
            ("verify = true\n".to_owned(), 1, "unknown field `verify`"),
            (allow("endpoint = \"x\""), 4, "unknown field `endpoint`"),
            (allow("fingerprint = \"v1:123\""), 2, "is no fingerprint"),
            (allow("until = 2027-01-31"), 2, "names a `fingerprint`"),
            (
                allow("paths = \"a\"\nuntil = \"2027-02-30\""),
                2,
                "`until` is a day",
            ),
            (
                "[[allow]]\npaths = \"a\"\n".to_owned(),
                1,
                "missing field `reason`",
            ),
            (
                "allow = [1]\n".to_owned(),
                1,
                "expected an entry, as [[allow]]",
            ),
            (
                "[[allow]]\npaths = 1\nreason = \"r\"\n".to_owned(),
                2,
                "a text or a list of texts",
            ),
            (
                "[[unread]]\nreason = \"r\"\n".to_owned(),
                1,
                "names `paths` or an `object`",
            ),
        ] {
            let error = parsed(&text).expect_err("it is wrong");
            assert!(error.contains(why), "{error}");
            assert!(error.starts_with(&format!("line {line}:")), "{error}");
        }
    }
}
