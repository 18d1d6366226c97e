//! What stands around a value: its names, and the text nearby.
//!
//! This is reading, not judging: which names and words mean something is said
//! by the rules, and `score` weighs them.

mod bind;
mod calendar;
mod cookie;
mod cursor;
mod fold;
mod kinds;
mod legend;
mod lexer;
mod lines;
mod name;
mod names;
mod record;
pub mod sentences;
mod table;
mod uses;
pub mod vocabulary;

use std::borrow::Cow;
use std::cell::OnceCell;
use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;

use crate::encoding::unescape;
use crate::model::cookie::Cookie;

use fold::fold;
use lexer::Text;

pub use cookie::may_be_said as may_be_about_cookie;
pub use name::{How, Name, Role};

/// How far context reaches, in bytes on each side of a value. A detector keeps
/// this much around every place that it looks at.
pub const REACH: usize = 4096;
/// How far the lines nearby reach when lines are very long.
const NEAR: usize = 1024;
/// How many lines on each side count as nearby.
const NEAR_LINES: usize = 5;
/// How much of what touches a value a rule's pattern sees.
const TOUCH: usize = 128;
/// How far names are looked for.
const NAMING: usize = 1536;

/// A name of a secret with what it is given: `NPSSO=`, `"npsso": null`,
/// `npsso: process.env.NPSSO`, `PSNAWP(os.environ["NPSSO"])`, `--npsso x`. What is
/// given there as a variable, as in `PSNAWP(token)`, may be any value of the text.
static PLACE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?imx)
        # NPSSO=  "npsso": null  npsso: process.env.NPSSO  npsso = '…
        (?:np_?sso|pdccws)[A-Za-z0-9_.-]*["'`\\]*\]?[\x20\t]*(?:=>|:=|[=:])[\x20\t]*
            (?:
                # nothing, or what takes the place of nothing
                $ | [\r"'`<$!{\[0-9] | null|none|nil|undefined
                # a value, or where it comes from
                | [A-Za-z0-9]{20}
                | [^\n]{0,40}(?:env|np_?sso|secret|vault|\()
            )
        # ?npsso=  cookies: "a=b; npsso=  export MY_NPSSO=
        | (?:[?&;,] | cookies?["']?[:=][^\n]{0,200} | ^(?:export\x20)?[A-Z0-9_]*)np_?sso[a-z0-9_]*=
        # PSNAWP("…  npsso_login(os.environ  psn(…(
        | (?:np_?sso[a-z]*|psnawp[a-z.]*|psn)\([^)\n]{0,60}(?:["'`]|env|np_?sso|\()
        # {"name": "npsso", "value"  set("npsso",
        | ["'`](?:np_?sso|pdccws)[a-z_]*["'`][^\n]{0,40}value
        | \(["'`](?:np_?sso|pdccws)[a-z_]*["'`],
        # const { npsso } = …
        | \{[^{}\n]{0,80}np_?sso[^{}\n]{0,80}\}[\x20\t]*=[^=>]
        # npsso: string  npsso VARCHAR  String npsso
        | np_?sso[a-z0-9_]*\??:?[\x20\t]+(?:string|str|text|varchar)
        | (?:string|str|text)[\x20\t]+np_?sso
        # --npsso  <npsso>  define("npsso
        | --npsso | npsso> | define\(["']?np_?sso
        # a column above the line of dashes
        | np_?sso[a-z_]*[\x20\t|]*\r?\n[\x20\t|+:=-]*-{8}
        # ${{ secrets.MY_NPSSO }}
        | secrets\.[a-z_]*npsso"#,
    )
    .expect("the pattern is tested")
});

/// What every [`PLACE`] has in it. Only ASCII, so that it is looked for by its letters.
static PLACE_NAME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i-u:np_?sso|pdccws|psnawp|psn\()").expect("the pattern is tested")
});

/// A line of a log up to a value.
static LOG: LazyLock<regex::bytes::Regex> = LazyLock::new(|| {
    regex::bytes::Regex::new(
        r#"^[\["( ]*(?:[0-9]{4}[-/][0-9]{2}[-/][0-9]{2}[ T]|[0-9]{2}:[0-9]{2}:[0-9]{2}|[A-Z][a-z]{2} +[0-9]{1,2} [0-9]{2}:|[^ ]+ [^ ]+ [^ ]+ \[[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}:)"#,
    )
    .expect("the pattern is tested")
});

/// A line of a command up to the value of an option: `run --token `
static OPTION: LazyLock<regex::bytes::Regex> = LazyLock::new(|| {
    regex::bytes::Regex::new(r#"[^ \t][ \t]+(?:--?[A-Za-z][A-Za-z-]*[ =]|-[a-z])["']?$"#)
        .expect("the pattern is tested")
});

/// Everything around one value. What only few values need is read on demand.
pub struct Surroundings<'a> {
    /// The close text on both sides, with escapes undone.
    left: Cow<'a, [u8]>,
    right: Cow<'a, [u8]>,
    /// All the text on both sides, as it is.
    far_left: &'a [u8],
    far_right: &'a [u8],
    head: &'a [u8],
    path: Option<&'a Path>,
    near: OnceCell<String>,
    file: OnceCell<String>,
    has_place: OnceCell<bool>,
}

impl<'a> Surroundings<'a> {
    /// Reads what stands around a value: `left` and `right` are the bytes next
    /// to it, at most [`REACH`] of each, and `head` is the beginning of the input.
    pub fn read(
        left: &'a [u8],
        right: &'a [u8],
        head: &'a [u8],
        path: Option<&'a Path>,
    ) -> Surroundings<'a> {
        let (near_left, near_right) = (
            folded(unescape(tail(left, NAMING))),
            folded(unescape(front(right, NAMING))),
        );
        let (near_left, near_right) = match is_quoted(&near_left) {
            true => (unquoted(near_left), unquoted(near_right)),
            false => (near_left, near_right),
        };
        let (near_left, near_right) = match doubled_quote(&near_left, &near_right) {
            Some(quote) => (undouble(near_left, quote), undouble(near_right, quote)),
            None => (near_left, near_right),
        };
        Surroundings {
            left: near_left,
            right: near_right,
            far_left: left,
            far_right: right,
            head,
            path,
            near: OnceCell::new(),
            file: OnceCell::new(),
            has_place: OnceCell::new(),
        }
    }

    /// The names that the value goes by, the closest first.
    pub fn names(&self) -> Vec<Name> {
        let text = Text::read(&self.left, &self.right);
        let names = names::read(&text, &self.left, &self.right, self.head);
        uses::with_aliases(names, &self.left, self.far_left, self.far_right)
    }

    /// How many lines above the value a name stands, where it stands before it and close.
    pub fn lines_above(&self, name: &str) -> Option<usize> {
        let at = memchr::memmem::rfind(&self.left, name.as_bytes())?;
        Some(memchr::memchr_iter(b'\n', &self.left[at..]).count())
    }

    /// The close text on both sides, with escapes undone.
    pub fn touching(&self) -> (&[u8], &[u8]) {
        (&self.left, &self.right)
    }

    /// The text up to the value, with escapes undone.
    pub fn left(&self) -> Cow<'_, str> {
        lossy(tail(&self.left, TOUCH))
    }

    /// The text after the value, with escapes undone.
    pub fn right(&self) -> Cow<'_, str> {
        lossy(front(&self.right, TOUCH))
    }

    /// The lines around, without the value.
    pub fn near(&self) -> &str {
        self.near.get_or_init(|| {
            let left = last_lines(tail(&self.left, NEAR));
            without_values(join(left, first_lines(front(&self.right, NEAR))))
        })
    }

    /// The lines before and after the value.
    pub fn near_sides(&self) -> (Cow<'_, str>, Cow<'_, str>) {
        (
            lossy(last_lines(tail(&self.left, NEAR))),
            lossy(first_lines(front(&self.right, NEAR))),
        )
    }

    /// What a variable is handed to in the text around: the callees that take it
    /// first, and the names that are given its value.
    pub fn uses(&self, variable: &str) -> Vec<Name> {
        uses::of(variable, None, self.far_left, self.far_right)
    }

    /// The same of each of the values that a variable holds: `for t in tokens`. Of records
    /// that of the value under this key: `for a in accounts: login(a["token"])`.
    pub fn uses_of_each(&self, variable: &str, key: &str) -> Vec<Name> {
        uses::of(variable, Some(key), self.far_left, self.far_right)
    }

    /// What a loop over a list or a map calls its values, where that is the name of a secret.
    pub fn called_in_loop(&self, list: &str, is_map: bool) -> Option<Name> {
        uses::called_in_loop(list, is_map, self.far_left, self.far_right)
    }

    /// The keys of the record that the value stands in, its own among them.
    pub fn fields(&self) -> Vec<String> {
        record::fields(&self.left, &self.right)
    }

    /// The domain that the record of the value, such as a cookie, is for.
    pub fn domain(&self) -> Option<String> {
        record::domain(&self.left, &self.right)
    }

    /// What is said of the cookie whose value this is.
    pub fn cookie(&self) -> Option<Cookie> {
        cookie::read(self)
    }

    /// What somebody answers on the line below, where the value is all of a message.
    pub fn answer(&self) -> Option<String> {
        lines::answer(&self.left, &self.right)
    }

    /// The line of the value, without it.
    pub fn own_line(&self) -> String {
        let start = self.own_line_start();
        let end = memchr::memchr(b'\n', &self.right).unwrap_or(self.right.len());
        without_values(join(&self.left[start..], &self.right[..end]))
    }

    /// The lines around, as far as they belong to the section that the value stands in.
    pub fn near_in_section(&self) -> String {
        let (left, right) = record::own_section(&self.left, &self.right);
        let left = last_lines(tail(left, NEAR));
        without_values(join(left, first_lines(front(right, NEAR))))
    }

    /// The text within [`REACH`], and the head of the input, without the value.
    pub fn file(&self) -> &str {
        self.file.get_or_init(|| {
            let (left, right) = (unescape(self.far_left), unescape(self.far_right));
            let text = format!("{}\n{}", lossy(self.head), join(&left, &right));
            without_values(text)
        })
    }

    /// Whether the value stands in a line of a log: the lines around are about
    /// something else.
    pub fn is_in_log(&self) -> bool {
        LOG.is_match(&self.left[self.own_line_start()..])
    }

    /// Whether the value is that of an option: the command is on the same line.
    pub fn is_option(&self) -> bool {
        OPTION.is_match(&self.left[self.own_line_start()..])
    }

    fn own_line_start(&self) -> usize {
        memchr::memrchr(b'\n', &self.left).map_or(0, |at| at + 1)
    }

    /// Whether the text around has another place for a secret, by its name: it is
    /// assigned, referred to, or left empty there.
    pub fn has_place_for_secret(&self) -> bool {
        *self.has_place.get_or_init(|| {
            let file = self.file();
            // Each alternative has one of these, which most texts have nowhere.
            PLACE_NAME.is_match(file) && PLACE.is_match(file)
        })
    }

    /// The last three components of the path.
    pub fn path(&self) -> String {
        self.path.map(last_components).unwrap_or_default()
    }
}

/// The quote that stands twice around a value and around a word before it, as in
/// `"{""npsso"":""…""}"` in CSV or in a verbatim string. An empty string follows no
/// word.
fn doubled_quote(left: &[u8], right: &[u8]) -> Option<u8> {
    let quote = *left.last().filter(|byte| cursor::is_quote(**byte))?;
    let doubled = [quote, quote];
    let around = left.ends_with(&doubled) && right.starts_with(&doubled);
    let closes_word = || {
        memchr::memmem::find_iter(left, &doubled)
            .any(|at| at > 0 && left[at - 1].is_ascii_alphanumeric())
    };
    (around && closes_word()).then_some(quote)
}

/// A text in which each pair of quotes is one.
fn undouble(text: Cow<'_, [u8]>, quote: u8) -> Cow<'_, [u8]> {
    let mut out = Vec::with_capacity(text.len());
    let mut done = 0;
    for at in memchr::memmem::find_iter(&text, &[quote, quote]) {
        out.extend(&text[done..=at]);
        done = at + 2;
    }
    out.extend(&text[done..]);
    out.into()
}

/// Whether a value stands in a text that somebody quotes, as in a mail: its line and the one
/// above begin with `>` (RFC 3676, 4.5). A prompt of Python begins with three.
fn is_quoted(left: &[u8]) -> bool {
    let mut lines = left.rsplit(|byte| *byte == b'\n').take(2);
    let quotes = |line: &[u8]| line.starts_with(b">") && !line.starts_with(b">>>");
    lines.next().is_some_and(quotes) && lines.next().is_some_and(quotes)
}

/// A text without the signs of quoting before its lines.
fn unquoted(text: Cow<'_, [u8]>) -> Cow<'_, [u8]> {
    let mut out = Vec::with_capacity(text.len());
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let is_sign = |byte: &&u8| matches!(**byte, b'>' | b' ');
        let signs = line.iter().take_while(is_sign).count();
        let last = memchr::memrchr(b'>', &line[..signs]).filter(|_| line[0] == b'>');
        let rest = last.map_or(line, |last| &line[last + 1..]);
        out.extend(
            rest.strip_prefix(b" ")
                .filter(|_| last.is_some())
                .unwrap_or(rest),
        );
    }
    out.into()
}

/// A text as context is read from it: without escapes and values, and with one spelling
/// for signs and letters that are written in several.
pub fn plain(text: &[u8]) -> String {
    without_values(lossy(&folded(unescape(text))).into_owned())
}

/// A text without what has the shape of a value: what its letters spell by chance means
/// nothing.
fn without_values(text: String) -> String {
    /// Letters and digits of a value, or more.
    const SHORTEST: usize = 64;
    let bytes = text.as_bytes();
    let mut out: Option<String> = None;
    let (mut done, mut start) = (0, 0);
    while let Some(last) = bytes.get(start + SHORTEST - 1) {
        if !last.is_ascii_alphanumeric() {
            start += SHORTEST;
            continue;
        }
        let is_part = |byte: &&u8| byte.is_ascii_alphanumeric();
        let before = bytes[done..start + SHORTEST].iter().rev();
        let first = start + SHORTEST - before.take_while(is_part).count();
        let length = bytes[first..].iter().take_while(is_part).count();
        if length >= SHORTEST {
            let out = out.get_or_insert_default();
            out.push_str(&text[done..first]);
            out.push(' ');
            done = first + length;
        }
        start = first + length;
    }
    match out {
        Some(mut out) => {
            out.push_str(&text[done..]);
            out
        }
        None => text,
    }
}

/// A text with one spelling for signs and letters that are written in several.
fn folded(text: Cow<'_, [u8]>) -> Cow<'_, [u8]> {
    let folded = match fold(&text) {
        Cow::Borrowed(_) => return text,
        Cow::Owned(folded) => folded,
    };
    Cow::Owned(folded)
}

/// The value is left out, but it must not glue what stands on its two sides.
fn join(left: &[u8], right: &[u8]) -> String {
    format!("{} {}", lossy(left), lossy(right))
}

/// The text of bytes that need not be UTF-8.
fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    // Nearly every text is UTF-8, which is told faster than it is repaired.
    match str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(bytes),
    }
}

fn tail(bytes: &[u8], length: usize) -> &[u8] {
    &bytes[bytes.len().saturating_sub(length)..]
}

fn front(bytes: &[u8], length: usize) -> &[u8] {
    &bytes[..bytes.len().min(length)]
}

fn last_lines(left: &[u8]) -> &[u8] {
    let start = left
        .iter()
        .enumerate()
        .rev()
        .filter(|(_, byte)| **byte == b'\n')
        .nth(NEAR_LINES)
        .map_or(0, |(at, _)| at + 1);
    &left[start..]
}

fn first_lines(right: &[u8]) -> &[u8] {
    let end = right
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'\n')
        .nth(NEAR_LINES)
        .map_or(right.len(), |(at, _)| at);
    &right[..end]
}

fn last_components(path: &Path) -> String {
    let components: Vec<_> = path
        .components()
        .map(|c| c.as_os_str().to_string_lossy())
        .collect();
    components[components.len().saturating_sub(3)..].join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_quoted_reads_as_it_was_written() {
        let left = b"Am 3. schrieb er:\n> so:\n>\n> >   npsso: ";
        assert!(is_quoted(left));
        let read = Surroundings::read(left, b"\n> > more\n>\n> x\n", b"", None);
        let (left, right) = read.touching();
        assert_eq!(lossy(left), "Am 3. schrieb er:\nso:\n\n  npsso: ");
        assert_eq!(lossy(right), "\nmore\n\nx\n");
        for other in ["a\n> b ", ">>> x = 1\n>>> npsso = ", "> a\nb ", "> a"] {
            assert!(!is_quoted(other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn what_a_value_spells_by_chance_is_no_context() {
        let value = format!("{}psn{}", "a".repeat(40), "b".repeat(21));
        for (before, behind) in [
            ("", ""),
            ("npsso ", "\n"),
            ("é", "é"),
            (&*"x ".repeat(70), " y "),
        ] {
            let text = format!("{before}{value}{behind}{value}{behind}");
            let without = without_values(text.clone());
            assert!(!without.contains(&value), "{text}");
            let names = without.replace(' ', "");
            assert_eq!(names, text.replace([' '], "").replace(&value, ""), "{text}");
        }
        let name = "getPlayStationNetworkNpssoTokenFromTheEnvironment";
        assert_eq!(without_values(name.to_owned()), name);
    }
}
