//! Escapes that stand around a value: percent, backslash, HTML, quoted-printable, terminal colours.

use std::borrow::Cow;
use std::ops::Range;

use super::reading::Decoded;
use crate::model::encoding::Encoding;

/// Readings of a text that is escaped more than once: JSON in JSON in a URL.
pub const MAX_ROUNDS: usize = 4;
/// A line of quoted-printable is not broken before it is this long.
const FULL_LINE: usize = 40;

/// Undoes the escapes of ASCII characters, as often as they are nested. The
/// result is for reading names and separators; it has no way back to offsets.
pub fn unescape(text: &[u8]) -> Cow<'_, [u8]> {
    let mut current = Cow::Borrowed(text);
    for _ in 0..MAX_ROUNDS {
        match unescape_once(&current) {
            Some(next) => current = Cow::Owned(next),
            None => break,
        }
    }
    current
}

/// Backslashes before a character that is escaped as often as is undone, twice over.
const MOST_BACKSLASHES: usize = 1 << (super::MAX_DEPTH + 1);

/// Adds to `decoded` what a range of a text reads like without its escapes. Returns
/// what the first one is.
pub fn undo(outer: &[u8], range: Range<usize>, decoded: &mut Decoded) -> Option<Encoding> {
    let text = &outer[range.clone()];
    let begins = |byte: u8| matches!(byte, b'%' | b'\\' | b'&' | b'_');
    let mut first = None;
    // What was taken over so far.
    let mut done = 0;
    let mut at = 0;
    while let Some(next) = text[at..].iter().position(|byte| begins(*byte)) {
        at += next;
        // Each layer doubles the backslashes of the one before: more are no escape.
        let row = text[at..].iter().take_while(|byte| **byte == b'\\').count();
        if row > MOST_BACKSLASHES {
            at += row;
            continue;
        }
        let Some((length, character)) = escape_at(&text[at..]) else {
            at += 1;
            continue;
        };
        first.get_or_insert(match text[at] {
            b'%' => Encoding::Percent,
            b'\\' => Encoding::Backslash,
            _ => Encoding::Entity,
        });
        decoded.copy(outer, range.start + done..range.start + at);
        let place = range.start + at..range.start + at + length;
        decoded.put(character.as_slice(), place);
        at += length;
        done = at;
    }
    decoded.copy(outer, range.start + done..range.end);
    first
}

/// One round; `None` when there was nothing to undo.
fn unescape_once(text: &[u8]) -> Option<Vec<u8>> {
    let mut out: Vec<u8> = Vec::new();
    // What was copied so far; nothing as long as no escape was met.
    let mut done = 0;
    let mut at = 0;
    let mut changed = false;
    while let Some(next) = first_escape(&text[at..]) {
        at += next;
        let escape =
            escape_at(&text[at..]).filter(|_| !is_empty_assignment(&text[..=at], &text[at + 1..]));
        let Some((length, character)) = escape else {
            at += 1;
            continue;
        };
        out.extend(&text[done..at]);
        out.extend(character);
        at += length;
        done = at;
        changed = true;
    }
    out.extend(&text[done..]);
    changed.then_some(out)
}

/// Whether `=` ends a line because nothing is assigned, as in `NPSSO=` above
/// `JWT_SECRET=…`, or something is over: a block of base64, a word of a mail's
/// header. Quoted-printable breaks a line only when it is full, and writes every
/// `=` of its text as an escape.
fn is_empty_assignment(up_to: &[u8], after: &[u8]) -> bool {
    let next = after.strip_prefix(b"\r").unwrap_or(after);
    let Some(next) = next.strip_prefix(b"\n") else {
        return false;
    };
    let shortest = &up_to[up_to.len().saturating_sub(FULL_LINE)..];
    let is_short = memchr::memchr2(b'\n', b'\r', shortest).is_some() || up_to.len() < FULL_LINE;
    let is_over = up_to.ends_with(b"==") || up_to.ends_with(b"?=");
    up_to.ends_with(b"=") && (is_short || is_over || assigns(next))
}

/// Whether the first line of a text assigns something: it has an equals sign that
/// neither begins an escape of quoted-printable nor breaks the line.
pub fn assigns(text: &[u8]) -> bool {
    let line = &text[..memchr::memchr(b'\n', text).unwrap_or(text.len())];
    memchr::memchr_iter(b'=', line).any(|at| {
        let rest = &text[at + 1..];
        let is_escape = rest.get(..2).is_some_and(|digits| {
            hex(digits).is_some() && !digits.iter().any(u8::is_ascii_lowercase)
        });
        !is_escape && !matches!(rest, [b'\n', ..] | [b'\r', b'\n', ..])
    })
}

/// Where the first byte stands that may begin an escape. Most texts have none, so
/// many bytes are looked at together.
fn first_escape(text: &[u8]) -> Option<usize> {
    let is_among = |part: &&[u8; 64]| {
        part.iter()
            .fold(false, |any, byte| any | begins_escape(*byte))
    };
    let (parts, _) = text.as_chunks();
    let without = 64 * parts.iter().take_while(|part| !is_among(part)).count();
    let rest = &text[without..];
    let place = rest.iter().position(|byte| begins_escape(*byte))?;
    Some(without + place)
}

fn begins_escape(byte: u8) -> bool {
    matches!(
        byte,
        b'%' | b'\\' | b'&' | b'=' | b'+' | b'_' | 0x1b | 0xc2 | 0xe2 | 0xe3 | 0xef
    )
}

/// The escape that `text` begins with: its length, and what it stands for.
fn escape_at(text: &[u8]) -> Option<(usize, Option<u8>)> {
    match text[0] {
        b'%' => percent(text),
        b'\\' => backslash(text),
        b'&' => entity(text),
        b'=' => quoted_printable(text),
        b'+' => utf_7(text),
        b'_' => office(text),
        0x1b => terminal(text),
        0xc2 | 0xe2 | 0xe3 | 0xef => punctuation(text),
        _ => None,
    }
}

/// The same for what JSON and HTML write for a quote or a line end.
pub fn structural(text: &[u8]) -> Option<(usize, Option<u8>)> {
    match text.first()? {
        b'\\' => backslash(text),
        b'&' => entity(text),
        _ => None,
    }
}

/// Punctuation beyond ASCII, read as what people use it for: the quotes that
/// editors and chats put in place of plain ones, wide forms, table lines, arrows.
fn punctuation(text: &[u8]) -> Option<(usize, Option<u8>)> {
    let length = if text[0] == 0xc2 { 2 } else { 3 };
    let character = std::str::from_utf8(text.get(..length)?)
        .ok()?
        .chars()
        .next()?;
    let plain = match character {
        '\u{a0}' | '\u{3000}' => b' ',
        '\u{ab}' | '\u{bb}' | '\u{201c}'..='\u{201f}' | '\u{300c}'..='\u{300f}' => b'"',
        '\u{2018}'..='\u{201b}' | '\u{2039}' | '\u{203a}' => b'\'',
        '\u{2502}' | '\u{2503}' | '\u{2551}' => b'|',
        '\u{2192}' | '\u{21d2}' | '\u{27a1}' | '\u{ff1d}' => b'=',
        '\u{2013}' | '\u{2014}' | '\u{ff1a}' => b':',
        '\u{ff08}' => b'(',
        '\u{ff09}' => b')',
        '\u{ff0c}' | '\u{3001}' => b',',
        '\u{200b}'..='\u{200f}' | '\u{feff}' => return Some((length, None)),
        _ => return None,
    };
    Some((length, Some(plain)))
}

fn percent(text: &[u8]) -> Option<(usize, Option<u8>)> {
    // JavaScript's `escape` writes what is not Latin like this.
    if text.get(1) == Some(&b'u') {
        let character = hex(text.get(2..6)?)?;
        return is_text(character).then_some((6, Some(character)));
    }
    let character = hex(text.get(1..3)?)?;
    is_text(character).then_some((3, Some(character)))
}

fn backslash(text: &[u8]) -> Option<(usize, Option<u8>)> {
    let numbered = |skip: usize, digits: usize| {
        let character = hex(text.get(skip..skip + digits)?)?;
        (is_text(character) || character == 0x1b).then_some((skip + digits, Some(character)))
    };
    match text.get(1)? {
        b'"' | b'\'' | b'/' | b'`' | b'\\' | b'=' | b':' => Some((2, Some(text[1]))),
        // In C:\psn\npsso.txt the n belongs to the name.
        b'n' if text[2..]
            .get(..4)
            .is_some_and(|next| next.eq_ignore_ascii_case(b"psso")) =>
        {
            None
        }
        b'n' => Some((2, Some(b'\n'))),
        b'r' => Some((2, Some(b'\r'))),
        b't' => Some((2, Some(b'\t'))),
        b'e' if text.get(2) == Some(&b'[') => Some((2, Some(0x1b))),
        b'u' if text.get(2) == Some(&b'{') => {
            let close = text.iter().take(12).position(|byte| *byte == b'}')?;
            let character = hex(&text[3..close])?;
            is_text(character).then_some((close + 1, Some(character)))
        }
        b'u' => numbered(2, 4),
        b'U' => numbered(2, 8),
        b'x' => numbered(2, 2),
        b'0'..=b'7' => {
            let digits = text[1..]
                .iter()
                .take(5)
                .take_while(|byte| byte.is_ascii_digit())
                .count();
            let (skip, length) = match digits {
                // `printf '%b'` has a zero before three digits.
                4 if text[1] == b'0' && octal(&text[2..5]) >= Some(b' ') => (1, 3),
                2 => (0, 2),
                _ => (0, 3),
            };
            let character = octal(text.get(1 + skip..1 + skip + length)?)?;
            Some((1 + skip + length, Some(character)))
        }
        _ => None,
    }
}

/// `_x0022_`, as Office Open XML (`ST_Xstring`) and PowerShell's CLIXML write what
/// XML has no place for, and `_` itself: no letter and no digit.
fn office(text: &[u8]) -> Option<(usize, Option<u8>)> {
    let [b'_', b'x' | b'X', digits @ .., b'_'] = text.first_chunk::<7>()? else {
        return None;
    };
    let character = hex(digits)?;
    let is_sign = is_text(character) && !character.is_ascii_alphanumeric();
    is_sign.then_some((7, Some(character)))
}

/// The character that three octal digits stand for.
fn octal(digits: &[u8]) -> Option<u8> {
    let character = digits.iter().try_fold(0u32, |sum, digit| {
        (b'0'..=b'7')
            .contains(digit)
            .then(|| sum * 8 + u32::from(digit - b'0'))
    })?;
    let character = u8::try_from(character).ok()?;
    (is_text(character) || character == 0x1b).then_some(character)
}

fn entity(text: &[u8]) -> Option<(usize, Option<u8>)> {
    const NAMED: [(&[u8], u8); 14] = [
        (b"&quot;", b'"'),
        (b"&apos;", b'\''),
        (b"&lt;", b'<'),
        (b"&gt;", b'>'),
        (b"&amp;", b'&'),
        (b"&nbsp;", b' '),
        (b"&colon;", b':'),
        (b"&equals;", b'='),
        (b"&lowbar;", b'_'),
        (b"&percnt;", b'%'),
        (b"&plus;", b'+'),
        (b"&sol;", b'/'),
        (b"&Tab;", b'\t'),
        (b"&NewLine;", b'\n'),
    ];
    for (name, character) in NAMED {
        if text.starts_with(name) {
            return Some((name.len(), Some(character)));
        }
    }
    if text.get(1) != Some(&b'#') {
        return None;
    }
    let close = text.iter().take(10).position(|byte| *byte == b';')?;
    let digits = &text[2..close];
    let character = match digits {
        [b'x' | b'X', digits @ ..] => hex(digits)?,
        _ => std::str::from_utf8(digits).ok()?.parse().ok()?,
    };
    is_text(character).then_some((close + 1, Some(character)))
}

/// `=3D` and the soft line break. Only what stands for a separator, because
/// `=` is one itself in most texts.
fn quoted_printable(text: &[u8]) -> Option<(usize, Option<u8>)> {
    if text.starts_with(b"=\n") {
        return Some((2, None));
    }
    if text.starts_with(b"=\r\n") {
        return Some((3, None));
    }
    match text.get(1..3)? {
        b"3D" => Some((3, Some(b'='))),
        b"3A" => Some((3, Some(b':'))),
        b"22" => Some((3, Some(b'"'))),
        b"27" => Some((3, Some(b'\''))),
        b"20" => Some((3, Some(b' '))),
        _ => None,
    }
}

/// `+AD0-`: an ASCII character that UTF-7 has no other way to write.
fn utf_7(text: &[u8]) -> Option<(usize, Option<u8>)> {
    let escape = text.get(..5)?;
    let base64 = |byte: u8| match byte {
        b'A'..=b'Z' => Some(u32::from(byte - b'A')),
        b'a'..=b'z' => Some(u32::from(byte - b'a') + 26),
        b'0'..=b'9' => Some(u32::from(byte - b'0') + 52),
        _ => None,
    };
    if escape[4] != b'-' {
        return None;
    }
    // 16 bits in three characters of six
    let bits = base64(escape[1])? << 12 | base64(escape[2])? << 6 | base64(escape[3])?;
    let character = u8::try_from(bits >> 2).ok()?;
    (bits & 3 == 0 && is_text(character) && !character.is_ascii_alphanumeric())
        .then_some((5, Some(character)))
}

/// A colour or cursor sequence of a terminal, which shows as nothing.
fn terminal(text: &[u8]) -> Option<(usize, Option<u8>)> {
    if text.get(1) != Some(&b'[') {
        return None;
    }
    let last = text
        .iter()
        .skip(2)
        .take(24)
        .position(|byte| (0x40..=0x7e).contains(byte))?;
    Some((last + 3, None))
}

fn hex(digits: &[u8]) -> Option<u8> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let text = std::str::from_utf8(digits).ok()?;
    u32::from_str_radix(text, 16)
        .ok()
        .and_then(|character| u8::try_from(character).ok())
}

/// Escapes of other characters carry no name and no separator.
fn is_text(character: u8) -> bool {
    matches!(character, b' '..=b'~' | b'\n' | b'\r' | b'\t')
}

/// How many characters at the start of a run belong to an escape that begins
/// before the run. In `%22T…` the run begins with `22`, in `\u003dT…` with `u003d`.
///
/// `before` is the text before the run. More than one answer is possible: an
/// octal escape has one to three digits.
pub fn escape_prefix_lengths(before: &[u8], run: &[u8]) -> Vec<usize> {
    let hexadecimal = |range: std::ops::Range<usize>| {
        run.get(range)
            .is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    let mut lengths = Vec::new();
    match before.last() {
        Some(b'%') => {
            let mut nested = 0;
            while run[nested..].starts_with(b"25") {
                nested += 2;
                lengths.push(nested);
                if hexadecimal(nested..nested + 2) {
                    lengths.push(nested + 2);
                }
            }
            if hexadecimal(0..2) {
                lengths.push(2);
            }
            if run[0] == b'u' && hexadecimal(1..5) {
                lengths.push(5);
            }
        }
        // A byte in RTF
        Some(b'\'') if before.ends_with(b"\\'") && hexadecimal(0..2) => lengths.push(2),
        Some(b'\\') => {
            if run
                .first()
                .is_some_and(|byte| b"nrtbfave0sd".contains(byte))
            {
                lengths.push(1);
            }
            if run[0] == b'u' && hexadecimal(1..5) {
                lengths.push(5);
            }
            if run[0] == b'U' && hexadecimal(1..9) {
                lengths.push(9);
            }
            if run[0] == b'x' && hexadecimal(1..3) {
                lengths.push(3);
            }
            let octal = run
                .iter()
                .take(3)
                .take_while(|byte| (b'0'..=b'7').contains(byte))
                .count();
            lengths.extend(1..=octal);
        }
        Some(b'=')
            if run[0].is_ascii_digit() && hexadecimal(0..2) && !run[1].is_ascii_lowercase() =>
        {
            lengths.push(2);
        }
        _ => {}
    }
    if let Some(length) = terminal_tail(before, run) {
        lengths.push(length);
    }
    lengths
}

/// The rest of a terminal sequence such as `ESC [ 1 ; 32 m` that the run cuts.
fn terminal_tail(before: &[u8], run: &[u8]) -> Option<usize> {
    let digits = run.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits > 3 || !matches!(run.get(digits), Some(b'm' | b'K' | b'G' | b'J' | b'H')) {
        return None;
    }
    let parameters = before
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_digit() || **byte == b';')
        .count();
    let start = before[..before.len() - parameters].strip_suffix(b"[")?;
    let opens = start.ends_with(b"\x1b")
        || [
            &b"\\e"[..],
            b"\\x1b",
            b"\\x1B",
            b"\\033",
            b"\\u001b",
            b"\\u001B",
            b"%1B",
            b"%1b",
            b"^[",
        ]
        .iter()
        .any(|escape| start.ends_with(escape));
    opens.then_some(digits + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        String::from_utf8_lossy(&unescape(text.as_bytes())).into_owned()
    }

    #[test]
    fn escapes_are_undone_as_often_as_they_are_nested() {
        assert_eq!(read(r#"{\"npsso\":\""#), r#"{"npsso":""#);
        assert_eq!(read(r#"{\\\"npsso\\\":\\\""#), r#"{"npsso":""#);
        assert_eq!(read("%7B%22npsso%22%3A%22"), r#"{"npsso":""#);
        assert_eq!(read("%257B%2522npsso%2522"), r#"{"npsso""#);
        assert_eq!(read("&quot;npsso&quot;:&#34;"), r#""npsso":""#);
        assert_eq!(read(r"npsso\u003d"), "npsso=");
        assert_eq!(read("%u006e%u0070sso%u003d"), "npsso=");
        assert_eq!(read(r"\156\160\163\163\157\75\60"), "npsso=0");
        assert_eq!(read(r"\0156\0160\0163\0163\0157\0075"), "npsso=");
        assert_eq!(read(r"\0621"), "21");
        assert_eq!(read("npsso=3D"), "npsso=");
        assert_eq!(read("npsso+AD0-"), "npsso=");
        assert_eq!(read("\u{1b}[1;32mnpsso\u{1b}[0m"), "npsso");
        assert_eq!(read(r"a\r\nb"), "a\r\nb");
    }

    #[test]
    fn a_line_that_is_assigned_nothing_is_not_broken() {
        let text = "# see the page of the wiki on how to set NPSSO=";
        let setting = format!("{text}\nAPP_KEY=");
        assert_eq!(read(&setting), setting);
        let unbroken = text.trim_end_matches('=');
        assert_eq!(
            read(&format!("{text}\n_KEY=3D")),
            format!("{unbroken}_KEY=")
        );
        assert_eq!(read(&format!("{text}\n")), unbroken);
    }

    #[test]
    fn a_path_is_not_an_escape() {
        assert_eq!(read(r"C:\psn\npsso"), r"C:\psn\npsso");
    }

    #[test]
    fn the_part_of_a_run_that_belongs_to_an_escape_is_known() {
        assert_eq!(escape_prefix_lengths(b"%", b"22T"), [2]);
        assert_eq!(escape_prefix_lengths(b"%", b"2522T"), [2, 4, 2]);
        assert_eq!(escape_prefix_lengths(b"\\", b"nT"), [1]);
        assert_eq!(escape_prefix_lengths(b"\\", b"u003dT"), [5]);
        assert_eq!(escape_prefix_lengths(b"%", b"u003dT"), [5]);
        assert_eq!(escape_prefix_lengths(b"\\'", b"3dT"), [2]);
        assert_eq!(escape_prefix_lengths(b"=", b"3DT"), [2]);
        assert_eq!(escape_prefix_lengths(b"\x1b[1;", b"32mT"), [3]);
        assert!(escape_prefix_lengths(b"x = ", b"nT").is_empty());
    }
}
