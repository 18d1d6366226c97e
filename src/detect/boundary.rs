//! Where exactly a value begins and ends.

use std::borrow::Cow;
use std::ops::Range;

use zeroize::Zeroizing;

use crate::encoding::{escape_prefix_lengths, unescape};
use crate::prefilter::{COOKIE_ID, COOKIE_SIGNATURE, TOKEN};
use crate::rule::words::List;

/// Characters of a session cookie in its normal spelling.
const COOKIE: usize = "s:".len() + COOKIE_ID + ".".len() + COOKIE_SIGNATURE;

/// Words that can end such a name.
const NAME_ENDINGS: [&[u8]; 7] = [b"", b"token", b"cookie", b"code", b"value", b"key", b"id"];

/// The token in a run of letters and digits, as a range of the run.
///
/// A run of exactly 64 is one. A longer one holds one when what is too much
/// belongs to an escape, an option or a character in front, or is a name that
/// touches it, or when a length says where it ends.
pub fn token(before: &[u8], run: &[u8], after: &[u8]) -> Option<Range<usize>> {
    let escapes = escape_prefix_lengths(before, run);
    if run.len() == TOKEN {
        let cut = !escapes.is_empty() && matches!(before.last(), Some(b'%' | b'\\'));
        return (!cut).then_some(0..TOKEN);
    }
    if let Some(length) = escapes
        .into_iter()
        .find(|length| run.len() - length == TOKEN)
    {
        return Some(length..run.len());
    }
    if run.len() > TOKEN && is_length(before) {
        return Some(0..TOKEN);
    }
    if run.len() == TOKEN + 1 && (is_option(before, run) || is_in_character(before)) {
        return Some(1..run.len());
    }
    touching_name(before, run, after)
}

/// Whether the bytes before a value say that it is 64 long, as binary formats have
/// it: in one byte, or in two or four with zeros.
fn is_length(before: &[u8]) -> bool {
    const ZEROS: [&[u8]; 3] = [b"\0\0\0", b"\0", b""];
    let number = ZEROS.iter().find_map(|zeros| before.strip_suffix(*zeros));
    let Some([kind @ .., b'@']) = number else {
        return false;
    };
    // In a text it is part of an address.
    let is_wide = number.is_some_and(|number| number.len() < before.len());
    let in_binary = |byte: &u8| byte.is_ascii_control() && !byte.is_ascii_whitespace();
    is_wide
        || kind
            .last()
            .is_some_and(|byte| in_binary(byte) || !byte.is_ascii())
}

/// `-bT…`: an option of one letter with its value.
fn is_option(before: &[u8], run: &[u8]) -> bool {
    let begins_word = match before {
        [] | [b'-'] => true,
        [.., blank, _] => blank.is_ascii_whitespace() || *blank == 0,
        _ => false,
    };
    before.ends_with(b"-") && begins_word && run[0].is_ascii_alphabetic()
}

/// Whether the next byte is the second one of a character: in Shift-JIS, GBK
/// and Big5 it can be a letter, as in a bracket that opens.
fn is_in_character(before: &[u8]) -> bool {
    let is_first = matches!(before.last(), Some(0x81..=0xfe));
    let ascii = before.iter().rposition(u8::is_ascii);
    let letters = &before[ascii.map_or(0, |at| at + 1)..];
    is_first && std::str::from_utf8(letters).is_err()
}

fn touching_name(before: &[u8], run: &[u8], after: &[u8]) -> Option<Range<usize>> {
    let lower = run.to_ascii_lowercase();
    let tail = before[before.len().saturating_sub(16)..].to_ascii_lowercase();
    let mut starts: Vec<usize> = Vec::new();
    // Columns of a SQLite row are stored one after the other.
    for name in List::Npsso.words().map(str::as_bytes) {
        if let Some(at) = memchr::memmem::find(&lower, name) {
            starts.push(at + name.len());
        }
        // `npsso_tokenT…`: the run begins after the underscore
        if tail
            .strip_suffix(b"_")
            .or(tail.strip_suffix(b"-"))
            .is_some_and(|tail| tail.ends_with(name))
        {
            starts.push(0);
        }
    }
    starts.into_iter().find_map(|start| {
        NAME_ENDINGS.iter().find_map(|ending| {
            let start = start + lower[start..].strip_prefix(*ending).map(|_| ending.len())?;
            let end = start + TOKEN;
            let goes_on = || is_text_of_64(before) || continues_with_host(&run[end..], after);
            let fits = end == run.len() || end < run.len() && goes_on();
            (fits && start > 0).then_some(start..end)
        })
    })
}

/// Whether the header of a SQLite record before its first column says that one of
/// the columns is a text of 64 bytes: serial type 141 (SQLite's file format, 2.1). In
/// the free space of a page what comes after the record touches it.
fn is_text_of_64(before: &[u8]) -> bool {
    const COLUMNS: usize = 12;
    let header = &before[before.len().saturating_sub(COLUMNS)..];
    memchr::memmem::find(header, b"\x81\r").is_some()
}

/// Whether the text after a value is the host column of a cookie table.
fn continues_with_host(rest: &[u8], after: &[u8]) -> bool {
    let text: Vec<u8> = rest
        .iter()
        .chain(after)
        .take(40)
        .map(u8::to_ascii_lowercase)
        .collect();
    let host: &[u8] = text
        .split(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-')))
        .next()
        .unwrap_or(&[]);
    [
        "sony.com",
        "sonyentertainmentnetwork.com",
        "playstation.com",
        "playstation.net",
    ]
    .iter()
    .any(|domain| memchr::memmem::find(host, domain.as_bytes()).is_some())
}

/// A session cookie around a dot.
pub struct Cookie {
    /// Its place in the text, without quotes and padding.
    pub range: Range<usize>,
    /// `s:` + id + `.` + signature, with every escape undone.
    pub normal: Zeroizing<String>,
}

/// The session cookie around the dot at `dot`.
pub fn cookie(text: &[u8], dot: usize) -> Option<Cookie> {
    let id = dot.checked_sub(COOKIE_ID)?..dot;
    let start = prefix_start(text, id.start)?;
    let mut normal = Zeroizing::new(String::with_capacity(COOKIE));
    normal.push_str("s:");
    normal.push_str(str::from_utf8(&text[id]).ok()?);
    normal.push('.');
    let end = dot + 1 + sign(&mut normal, &text[dot + 1..])?;
    let rest = &text[end..];
    let glued = rest
        .first()
        .is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'));
    if glued && !continues_with_host(&[], rest) {
        return None;
    }
    Some(Cookie {
        range: start..end,
        normal,
    })
}

/// Where the `s:` in front of the id begins, in any of its spellings.
fn prefix_start(text: &[u8], id: usize) -> Option<usize> {
    let before = &text[id.saturating_sub(MAX_ESCAPE)..id];
    let length = (2..=before.len())
        .take_while(|length| is_spelled(before[before.len() - length]))
        .find(|length| {
            let spelled = &before[before.len() - length..];
            spelled[0] == b's' && *unescape_value(spelled) == *b"s:"
        })?;
    let start = id - length;
    let touching = text[start.saturating_sub(16)..start].to_ascii_lowercase();
    let letter = touching.last().is_some_and(u8::is_ascii_alphanumeric);
    let is_name = |touching: &[u8]| {
        let name = touching.strip_suffix(b"_p").unwrap_or(touching);
        List::Pdccws
            .words()
            .any(|own| name.ends_with(own.as_bytes()))
    };
    if !letter || is_name(&touching) {
        return Some(start);
    }
    // The letter may be the end of an escape, as in %22s%3A or \ns%3A.
    let before = &text[start.saturating_sub(12)..start];
    unescape(before)
        .last()
        .is_none_or(|byte| !byte.is_ascii_alphanumeric())
        .then_some(start)
}

/// Adds the 43 characters of the signature with their escapes undone, and says how long
/// it is in the text.
fn sign(normal: &mut String, text: &[u8]) -> Option<usize> {
    let mut at = 0;
    for _ in 0..COOKIE_SIGNATURE {
        let (length, character) = signature_character(text.get(at..)?)?;
        normal.push(char::from(character));
        at += length;
    }
    Some(at)
}

/// The character of base64 that a text begins with, and how long its spelling is.
fn signature_character(text: &[u8]) -> Option<(usize, u8)> {
    let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let first = *text.first()?;
    if is_base64(first) {
        return Some((1, first));
    }
    (2..=text.len().min(MAX_ESCAPE))
        .take_while(|length| is_spelled(text[length - 1]))
        .find_map(|length| match unescape_value(&text[..length])[..] {
            [character] if is_base64(character) => Some((length, character)),
            _ => None,
        })
}

/// Characters of an escape at most: `\\\\u0025252B` is nested three times.
const MAX_ESCAPE: usize = 24;

/// Undoes every escape in a piece of a value, with what shells and formats put
/// before the sign of an escape: `%%2B` where `%` means something else, `\%2B` and
/// `^%^2B` on a command line.
fn unescape_value(piece: &[u8]) -> Cow<'_, [u8]> {
    // Nearly all escapes are of one layer.
    match piece {
        b"s%3A" | b"s%3a" => return b"s:".into(),
        b"%2B" | b"%2b" => return b"+".into(),
        b"%2F" | b"%2f" => return b"/".into(),
        [b'%', _] => return piece.into(),
        _ => {}
    }
    let mut current = piece.to_vec();
    loop {
        let next = unescape(&without_guards(&current)).into_owned();
        if next == current {
            return current.into();
        }
        current = next;
    }
}

/// A piece of text without carets, with one `%` for several, and without the
/// backslash before one.
fn without_guards(piece: &[u8]) -> Vec<u8> {
    let guards = |at: usize| match piece[at] {
        b'^' => true,
        b'%' | b'\\' => piece.get(at + 1) == Some(&b'%'),
        _ => false,
    };
    (0..piece.len())
        .filter(|at| !guards(*at))
        .map(|at| piece[at])
        .collect()
}

/// Whether escapes are spelled with a character.
fn is_spelled(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'%' | b'\\' | b'&' | b'#' | b';' | b'=' | b':' | b'/' | b'^' | b'{' | b'}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::expand;

    fn token_in(before: &str, run: &str, after: &str) -> Option<Range<usize>> {
        token(before.as_bytes(), expand(run).as_bytes(), after.as_bytes())
    }

    #[test]
    fn escapes_in_front_do_not_belong_to_the_token() {
        assert_eq!(token_in("=", "{{npsso}}", ""), Some(0..64));
        assert_eq!(token_in("%", "22{{npsso}}", "%22"), Some(2..66));
        assert_eq!(token_in("%", "2522{{npsso}}", "%22"), Some(4..68));
        assert_eq!(token_in("\\", "n{{npsso}}", "\\n"), Some(1..65));
        assert_eq!(token_in("\\", "u003d{{npsso}}", ""), Some(5..69));
        assert_eq!(token_in("npsso=", "3D{{npsso}}", ""), Some(2..66));
        assert_eq!(token_in("\x1b[", "32m{{npsso}}", "\x1b[0m"), Some(3..67));
        assert_eq!(token_in(" ", "x{{npsso}}", ""), None);
    }

    #[test]
    fn an_option_or_half_a_character_does_not_belong_to_the_token() {
        assert_eq!(
            token_in("gh secret set NPSSO -", "b{{npsso}}", ""),
            Some(1..65)
        );
        assert_eq!(token_in("a-", "b{{npsso}}", ""), None);
        let run = expand("u{{npsso}}");
        // An opening bracket in Shift-JIS, and letters before it.
        assert_eq!(
            token(b"npsso\x82\xcd\x81", run.as_bytes(), b"\x81\x76"),
            Some(1..65)
        );
        assert_eq!(token("é".as_bytes(), run.as_bytes(), b""), None);
    }

    #[test]
    fn the_header_of_a_record_says_how_long_its_columns_are() {
        let run = String::from("npsso") + &expand("{{npsso}}") + "A";
        let record = |header: &[u8]| token(header, run.as_bytes(), b"\x04\x05\0");
        assert_eq!(record(b"L\x17\x81\r"), Some(5..69));
        assert_eq!(record(b"L\x17\x81\r\x2f"), Some(5..69));
        assert_eq!(record(b"L\x17\x81\x0f"), None);
        assert_eq!(record(b"a text\r\n"), None);
    }

    #[test]
    fn a_length_says_where_a_token_ends() {
        let run = expand("{{npsso}}") + "q";
        for before in [
            &b"npssoq\x01X@\0\0\0"[..],
            b"npssot\0@",
            b"\x05npsso\x05@",
            b"\xd9@",
        ] {
            assert_eq!(token(before, run.as_bytes(), b"\x02s."), Some(0..64));
        }
        for before in [
            &b"npsso@"[..],
            b"npsso @",
            b"npsso=",
            b"npsso\n@",
            b"\0A\0\0\0",
        ] {
            assert_eq!(token(before, run.as_bytes(), b"\x02s."), None);
        }
    }

    #[test]
    fn a_name_may_touch_the_token() {
        assert_eq!(
            token_in("\x01", "npsso{{npsso}}ca", ".account.sony.com/"),
            Some(5..69)
        );
        assert_eq!(token_in(".sony.", "comnpsso{{npsso}}", "/"), Some(8..72));
        assert_eq!(token_in("psn_", "npsso{{npsso}}x", ".example.com"), None);
    }

    #[test]
    fn a_cookie_is_read_in_all_its_spellings() {
        let raw = expand("{{pdccws_p:a|raw}}");
        let url = expand("{{pdccws_p:a}}");
        assert!(raw.contains('+') && raw.contains('/'), "both are escaped");
        for spelled in [
            raw.clone(),
            expand("{{pdccws_p:a}}"),
            raw.replace('/', "\\/"),
            url.replace('%', "%25"),
            url.replace('%', "%2525252525"),
            url.replace('%', "%%"),
            url.replace('%', "\\%"),
            url.replace('%', "^%^"),
            url.replace('%', "&#37;"),
            url.replace('%', "\\u0025"),
            url.replace('%', "\\x25"),
            raw.replace(':', "\\:"),
            raw.replace('+', "\\\\u002B").replace('/', "\\\\/"),
            raw.replace('+', "&amp;#43;").replace('/', "&sol;"),
            raw.replace('+', "\\u{2b}").replace('/', "\\x2f"),
        ] {
            let text = format!("x=\"{spelled}\"");
            let dot = text.find('.').expect("a cookie has a dot");
            let cookie = cookie(text.as_bytes(), dot).expect("a cookie");
            assert_eq!(&text[cookie.range.clone()], spelled);
            assert_eq!(*cookie.normal, raw);
        }
    }
}
