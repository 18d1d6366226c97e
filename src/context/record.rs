//! Names that stand beside a value in the same record: a cookie object with
//! `name` and `value`, an XML element with attributes, a comment at the end of
//! the line, the section that a line belongs to.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::cursor::Cursor;
use super::name::is_name_of_secret;
use super::{lossy, vocabulary};
use crate::words::List;

/// How far the elements beside one of XML may be away.
const ELEMENTS_REACH: usize = 300;
/// Fields of a record that are read.
const MAX_FIELDS: usize = 30;
/// How far the brackets of a record may be away.
const RECORD_REACH: usize = 1500;

/// What belongs to a record on the two sides of a value.
pub type Sides<'a> = (&'a [u8], &'a [u8]);

static PAIR: LazyLock<Regex> = LazyLock::new(|| {
    let keys: Vec<&str> = List::NamingKey.words().collect();
    let keys = format!("{}|kind|type", keys.join("|"));
    Regex::new(&format!(
        r#"(?i)(?:(?:^|[^A-Za-z0-9_$-])(?:{keys})|["'][kp])["'`]?[ \t]*(?:=>|[:=])[ \t]*["'`]?:?((?-u:/?[A-Za-z_\x80-\xff][A-Za-z0-9_.\-/ \x80-\xff]{{0,60}}[?!]?))(=?)"#
    ))
    .expect("the pattern is tested")
});

/// The names that sibling keys give to the value: `{"name": "npsso", "value": …}`
/// with the keys in any order, in one object, tag or block of lines.
///
/// `brackets` is the record in brackets around the value, as [`bracketed`] finds it.
pub fn sibling_names(left: &[u8], right: &[u8], brackets: Option<Sides<'_>>) -> Vec<String> {
    let (before, after) = record_with(left, right, brackets);
    let named = |side| {
        PAIR.captures_iter(side)
            .filter_map(move |pair| name_in_pair(side, pair))
    };
    let line = |side: &'_ [u8]| memchr::memrchr(b'\n', side).map_or(0, |at| at + 1);
    // A log has a record in each line, and so has a block of calls without brackets.
    if brackets.is_none() || before.contains(&b'\n') {
        let same: Vec<String> = named(&before[line(before)..])
            .chain(named(
                &after[..memchr::memchr(b'\n', after).unwrap_or(after.len())],
            ))
            .collect();
        if !same.is_empty() {
            return same;
        }
    }
    let outer = PAIR
        .captures_iter(before)
        .filter(|pair| !is_nested(before, pair.get(1).map_or(0, |name| name.start())))
        .filter_map(|pair| name_in_pair(before, pair));
    outer.chain(named(after)).take(6).collect()
}

fn name_in_pair(side: &[u8], pair: regex::bytes::Captures<'_>) -> Option<String> {
    let name = lossy(&pair[1]).trim().to_owned();
    // A longer run is a value, and names nothing.
    let end = pair.get(0).map_or(0, |pair| pair.end());
    if side.get(end).is_some_and(u8::is_ascii_alphanumeric) {
        return None;
    }
    // What kind of thing it is says something where it is one of ours.
    let key = pair.get(0).map_or(&b""[..], |pair| pair.as_bytes());
    let key = key.trim_ascii_start().to_ascii_lowercase();
    let is_kind = memchr::memmem::find(&key, b"kind").is_some()
        || memchr::memmem::find(&key, b"type").is_some();
    if is_kind && !is_name_of_secret(&name) && memchr::memmem::find(&key, b"name").is_none() {
        return None;
    }
    if pair[2].is_empty() {
        return Some(name);
    }
    // `name=npsso value=…`: without quotes the next key seems to belong to it. But
    // `Cookie: a=1; b=2` names its own values.
    let (name, _) = name.rsplit_once(' ')?;
    Some(name.to_owned())
}

/// What the key that goes with a value's own says that it is called:
/// `httpHeaderName1: npsso` for `httpHeaderValue1`.
pub fn paired_name(own: &str, left: &[u8], right: &[u8]) -> Option<String> {
    const PAIRS: [(&str, &str); 3] = [("value", "name"), ("Value", "Name"), ("VALUE", "NAME")];
    const BETWEEN: usize = 6;
    let (value, name) = PAIRS.iter().find(|(value, _)| own.contains(value))?;
    if own.len() == value.len() {
        return None;
    }
    let key = own.replacen(value, name, 1);
    let before = memchr::memmem::rfind(left, key.as_bytes());
    let after = memchr::memmem::find(right, key.as_bytes());
    // The closer one.
    let (side, at) = match (before, after) {
        (Some(before), Some(after)) if after < left.len() - before => (right, after),
        (Some(before), _) => (left, before),
        (None, after) => (right, after?),
    };
    let rest = &side[at + key.len()..];
    let begins = rest
        .iter()
        .take(BETWEEN)
        .position(u8::is_ascii_alphabetic)?;
    let is_pair = rest[..begins]
        .iter()
        .any(|byte| matches!(byte, b':' | b'='));
    let text = &rest[begins..];
    let end = text
        .iter()
        .position(|byte| !is_name_byte(*byte))
        .unwrap_or(text.len());
    let is_whole = at == 0 || !is_name_byte(side[at - 1]);
    (is_pair && is_whole).then(|| lossy(&text[..end]).into_owned())
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

/// The key of a record that says what its arguments are handed to.
static CALLEE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?:^|[^A-Za-z0-9_$.-])(?:(?:call|factory|func|function)["']?[ \t]*(?:=>|[:=])|class["']?[ \t]*:)[ \t]*["']?([A-Za-z_][A-Za-z0-9_.:\\]*)"#,
    )
    .expect("the pattern is tested")
});

/// What the arguments of a record are handed to: `class: psnawp_api.PSNAWP`,
/// `{"call": "login", "args": […]}`. `class="…"` of an element is for its looks.
pub fn callee(left: &[u8], right: &[u8]) -> Option<String> {
    if own_tag(left, right).is_some() {
        return None;
    }
    let (before, after) = record(left, right);
    let last = CALLEE.captures_iter(before).last();
    let callee = last.or_else(|| CALLEE.captures(after))?;
    Some(lossy(&callee[1]).into_owned())
}

/// Whether a place in a record belongs to an object inside of it.
fn is_nested(record: &[u8], at: usize) -> bool {
    let inside = record.get(1..at).unwrap_or(&[]);
    let count = |sign: u8| memchr::memchr_iter(sign, inside).count();
    count(b'{') > count(b'}')
}

/// The name of a record of elements: `<title>x</title>`, `<Key>Title</Key><Value>x</Value>`.
static TITLE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)<(?:title|name)>([^<>]{1,80})</(?:title|name)>|<key>(?:title|name)</key>[ \t\r\n]*<(?:value|string)[^<>]*>([^<>]{1,80})</",
    )
    .expect("the pattern is tested")
});

/// What the record of elements that a value stands in is called, where that stands
/// before it.
pub fn element_title(left: &[u8]) -> Option<String> {
    if !left.ends_with(b">") {
        return None;
    }
    let reach = &left[left.len().saturating_sub(RECORD_REACH)..];
    let title = TITLE.captures_iter(reach).last()?;
    let between = &reach[title.get(0)?.end()..];
    // The pair of a key and a value has an element of its own around it.
    let (text, lowest) = match (title.get(1), title.get(2)) {
        (Some(text), _) => (text, 0),
        (None, text) => (text?, -2),
    };
    let mut depth = 0i32;
    for (at, _) in between
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'<')
    {
        match between.get(at + 1) {
            Some(b'/') => depth -= 1,
            Some(byte) if byte.is_ascii_alphabetic() => depth += 1,
            _ => {}
        }
        if depth < lowest {
            return None;
        }
    }
    Some(lossy(text.as_bytes()).into_owned())
}

static EMPTY_ELEMENT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"<([A-Za-z_][A-Za-z0-9_.-]{0,40})[ ]*(?:/>|></)"#).expect("the pattern is tested")
});

/// The elements of XML right before the value's own that hold nothing.
pub fn empty_elements(left: &[u8]) -> Vec<String> {
    let own = memchr::memrchr(b'<', left).unwrap_or(0);
    let before = &left[own.saturating_sub(ELEMENTS_REACH)..own];
    EMPTY_ELEMENT
        .captures_iter(before)
        .map(|element| lossy(&element[1]).into_owned())
        .take(MAX_FIELDS)
        .collect()
}

static FIELD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?:^|[{(,;\n])[ \t\r\n]*["'`]?([A-Za-z_][A-Za-z0-9_.-]{0,40})["'`]?[ \t]*(?:=>|[:=])"#,
    )
    .expect("the pattern is tested")
});

/// The keys of the record that the value stands in, its own among them.
pub fn fields(left: &[u8], right: &[u8]) -> Vec<String> {
    keys(record(left, right))
}

/// The same of a record in brackets: what belongs to it is certain.
pub fn fields_in_brackets(brackets: Option<Sides<'_>>) -> Vec<String> {
    brackets.map_or_else(Vec::new, keys)
}

fn keys((before, after): (&[u8], &[u8])) -> Vec<String> {
    [before, after]
        .into_iter()
        .flat_map(|side| FIELD.captures_iter(side))
        .map(|field| lossy(&field[1]).into_owned())
        .take(MAX_FIELDS)
        .collect()
}

static DOMAIN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i)(?:^|[^A-Za-z])domain["'`]?[ \t]*(?:=>|[:=])[ \t]*["'`]?([A-Za-z0-9.-]+)"#)
        .expect("the pattern is tested")
});

/// A line of a file of credentials or cookies, up to the value: `machine host
/// login me password `, `//host/:_authToken=`, or what Netscape's cookie files have.
static CREDENTIAL_LINE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"^(?:machine[ \t]+([A-Za-z0-9.-]+)[ \t]|//([A-Za-z0-9.-]+)[A-Za-z0-9./_-]*/?:_|(?:#HttpOnly_)?\.?([A-Za-z0-9.-]+)\t(?:TRUE|FALSE)\t)"#,
    )
    .expect("the pattern is tested")
});

/// An entry of a `.netrc` up to the password, over as many lines as it has: the host, and
/// who signs in.
static NETRC: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?:^|\n)[ \t]*machine[ \t\r\n]+([A-Za-z0-9.-]+)[ \t\r\n]+login[ \t\r\n]+"?([^ \t\r\n"]{1,80})"?[ \t\r\n]+(?:account[ \t]+[^ \t\r\n]+[ \t\r\n]+)?password[ \t\r\n]+"?$"#,
    )
    .expect("the pattern is tested")
});

/// Who signs in, of the entry of a `.netrc` whose password a value is: where that is called
/// like one of our secrets, at a host of PlayStation's.
pub fn signed_in(left: &[u8]) -> Option<String> {
    let before = left.strip_suffix(b"\"").unwrap_or(left).trim_ascii_end();
    let is_password = before.ends_with(b"password");
    let entry = is_password.then(|| NETRC.captures(left)).flatten()?;
    let (host, login) = (lossy(&entry[1]), lossy(&entry[2]));
    let is_here = vocabulary::mentions_ours(&host) || List::Sony.is_in(&host.to_lowercase());
    (is_here && is_name_of_secret(&login)).then(|| login.into_owned())
}

/// What the record of a value says its domain is, as cookies do.
pub fn domain(left: &[u8], right: &[u8]) -> Option<String> {
    let line_start = memchr::memrchr(b'\n', left).map_or(0, |at| at + 1);
    let line = CREDENTIAL_LINE.captures(&left[line_start..]);
    if let Some(host) = line.and_then(|line| line.iter().skip(1).flatten().next()) {
        return Some(lossy(host.as_bytes()).into_owned());
    }
    let (before, after) = record(left, right);
    [before, after]
        .into_iter()
        .find_map(|side| DOMAIN.captures(side))
        .map(|domain| lossy(&domain[1]).into_owned())
}

/// A key of PHP's, up to its value: `s:5:"npsso";s:64:"`, `npsso|s:64:"`, and up to
/// the array that holds it: `s:3:"psn";a:1:`
static SERIALIZED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?:s:[0-9]+:"([^"]{1,80})";|([A-Za-z0-9_.-]{1,80})\|)(?:s:[0-9]+:"|a:[0-9]+:|O:[0-9]+:"[^"]*":[0-9]+:)$"#,
    )
    .expect("the pattern is tested")
});

/// The keys of a value that PHP has serialized, from the inside out.
pub fn serialized_keys(left: &[u8]) -> Vec<String> {
    let mut keys = Vec::new();
    let mut cursor = Cursor::at_end_of(left);
    while let Some(found) = SERIALIZED.captures(cursor.rest()) {
        let key = found.get(1).or(found.get(2));
        keys.extend(key.map(|key| lossy(key.as_bytes()).into_owned()));
        cursor.skip(found[0].len());
        if cursor.enclosing(RECORD_REACH) != Some(b'{') {
            break;
        }
        cursor.skip(1);
    }
    keys
}

/// A line of a cookie jar, up to the value: `domain TRUE path FALSE expiry name `.
static JAR: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:^|\n)[^\t\n]+\t(?:TRUE|FALSE)\t[^\t\n]*\t(?:TRUE|FALSE)\t-?[0-9.]*\t([^\t\n]{1,80})\t$")
        .expect("the pattern is tested")
});

/// The name of the cookie whose value stands in a line of a cookie jar.
pub fn jar_name(left: &[u8]) -> Option<String> {
    left.ends_with(b"\t")
        .then(|| JAR.captures(left))
        .flatten()
        .map(|line| lossy(&line[1]).into_owned())
}

/// A line of a list of accounts up to the value: a mail address or a name, and a password.
static ACCOUNT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:^|\n)[ \t>*+-]*[^ \t\r\n:;|@]{1,64}@[^ \t\r\n:;|@]{1,80}[:;|][^ \t\r\n:;|]{0,64}[:;|]$")
        .expect("the pattern is tested")
});

/// Whether a value is the third of a line such as `mail:password:value`: nobody calls
/// it by the two before it.
pub fn is_of_account(left: &[u8]) -> bool {
    ACCOUNT.is_match(left)
}

/// What names a part of a form, up to the content: headers and an empty line.
static FORM_PART: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?i)content-disposition:[ \t]*form-data;[^\r\n]*?[; ]name="?([^"\r\n;]{1,80})"?[^\r\n]*(?:[\r\n]+[a-z-]+:[^\r\n]*)*[\r\n]+ ?$"#,
    )
    .expect("the pattern is tested")
});

/// The name of the part of a form that begins with the value.
pub fn form_part(left: &[u8]) -> Option<String> {
    let part = FORM_PART.captures(left)?;
    Some(lossy(&part[1]).into_owned())
}

/// What PowerShell names an object's property with: `<S N="npsso">`.
static SHORT_ATTRIBUTE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"^[A-Za-z0-9]+ (?:[^<>]* )?N="([^"<>]{1,60})""#).expect("the pattern is tested")
});

/// The values of the attributes in a tag that name it: `string name="npsso"`.
pub fn attribute_values(tag: &str) -> Vec<String> {
    let tag = tag.as_bytes();
    let short = SHORT_ATTRIBUTE.captures(tag);
    let short = short.map(|pair| lossy(&pair[1]).trim().to_owned());
    PAIR.captures_iter(tag)
        .filter_map(|pair| name_in_pair(tag, pair))
        .chain(short)
        .collect()
}

/// What belongs to the same record on both sides of the value.
fn record<'a>(left: &'a [u8], right: &'a [u8]) -> Sides<'a> {
    record_with(left, right, bracketed(left, right))
}

/// The same, where the record in brackets is known.
pub fn record_with<'a>(left: &'a [u8], right: &'a [u8], brackets: Option<Sides<'a>>) -> Sides<'a> {
    own_tag(left, right)
        .or(brackets)
        .unwrap_or_else(|| block_of_lines(&left[left.len().saturating_sub(RECORD_REACH)..], right))
}

/// The tag that the value is an attribute in.
fn own_tag<'a>(left: &'a [u8], right: &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
    let reach = &left[left.len().saturating_sub(RECORD_REACH)..];
    let open = memchr::memrchr(b'<', reach)?;
    let is_tag = reach.get(open + 1).is_some_and(u8::is_ascii_alphabetic);
    if !is_tag || reach[open..].contains(&b'>') || !matches!(left.last(), Some(b'"' | b'\'')) {
        return None;
    }
    let end = memchr::memchr(b'>', right).unwrap_or(0).min(RECORD_REACH);
    Some((&reach[open..], &right[..end]))
}

/// The record in brackets that the value stands in.
pub fn bracketed<'a>(left: &'a [u8], right: &'a [u8]) -> Option<Sides<'a>> {
    let mut cursor = Cursor::at_end_of(left);
    if let Some(open @ (b'{' | b'(')) = cursor.enclosing(RECORD_REACH) {
        let before = &left[cursor.rest().len()..];
        let close = if open == b'{' { b'}' } else { b')' };
        let end = right
            .iter()
            .take(RECORD_REACH)
            .position(|byte| *byte == close || *byte == open);
        if let Some(end) = end {
            return Some((before, &right[..end]));
        }
    }
    let reach = &left[left.len().saturating_sub(RECORD_REACH)..];
    if let Some(open) = memchr::memrchr(b'<', reach)
        && !reach[open..].contains(&b'>')
    {
        let end = memchr::memchr(b'>', right).unwrap_or(0).min(RECORD_REACH);
        return Some((&reach[open..], &right[..end]));
    }
    None
}

/// The lines of one entry of a list in YAML or a similar format: up to a dash,
/// an empty line or a line that is indented less.
pub fn block_of_lines<'a>(left: &'a [u8], right: &'a [u8]) -> (&'a [u8], &'a [u8]) {
    let line_start = memchr::memrchr(b'\n', left).map_or(0, |at| at + 1);
    let own = &left[line_start..];
    if own.contains(&b'<') {
        // An element of XML is a record of its own.
        let end = memchr::memchr2(b'<', b'\n', right).unwrap_or(right.len());
        return (own, &right[..end]);
    }
    let indent = indentation(own);
    let begins_entry = own.trim_ascii_start().starts_with(b"- ");
    let mut start = line_start;
    for _ in 0..6 {
        if start == 0 || begins_entry {
            break;
        }
        let before = memchr::memrchr(b'\n', &left[..start - 1]).map_or(0, |at| at + 1);
        let line = &left[before..start - 1];
        if is_divider(line) || indentation(line) != indent {
            break;
        }
        start = before;
        if line.trim_ascii_start().starts_with(b"- ") {
            break;
        }
    }
    let mut end = memchr::memchr(b'\n', right).unwrap_or(right.len());
    for _ in 0..6 {
        let Some(rest) = right.get(end + 1..) else {
            break;
        };
        let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let line = &rest[..length];
        let next_entry = line.trim_ascii_start().starts_with(b"- ");
        if is_divider(line) || indentation(line) != indent || next_entry {
            break;
        }
        end += 1 + length;
    }
    (&left[start..], &right[..end.min(right.len())])
}

/// Whether a line keeps records apart: it is empty, or a row of one sign.
fn is_divider(line: &[u8]) -> bool {
    const SHORTEST: usize = 3;
    let line = line.trim_ascii();
    let is_row = |sign: u8| line.len() >= SHORTEST && line.iter().all(|byte| *byte == sign);
    line.is_empty() || [b'-', b'=', b'*', b'_', b'#'].into_iter().any(is_row)
}

/// Where the text of a line begins; the dash of a list entry counts as a blank.
fn indentation(line: &[u8]) -> usize {
    line.iter()
        .take_while(|byte| matches!(byte, b' ' | b'\t' | b'-'))
        .count()
}

/// What follows the value on its line and may say what it is: a comment, the
/// rest of a sentence, the next argument, the command that a pipe leads to.
pub fn after(right: &[u8]) -> Option<String> {
    let end = memchr::memchr2(b'\n', b'\r', right)
        .unwrap_or(right.len())
        .min(160);
    let line = &right[..end];
    let closed = line.iter().position(|byte| {
        !matches!(
            byte,
            b'"' | b'\'' | b'`' | b')' | b']' | b' ' | b'\t' | b'*'
        )
    })?;
    let mut rest = &line[closed..];
    // `"…",  # my npsso`
    if let Some(next) = rest.strip_prefix(b",").map(<[u8]>::trim_ascii_start)
        && [&b"#"[..], b"//", b"--", b"/*", b"<!--"]
            .iter()
            .any(|sign| next.starts_with(sign))
    {
        rest = next;
    }
    let comment = [
        &b"#"[..],
        b"//",
        b"--",
        b"/*",
        b"<!--",
        b"(*",
        b"{-",
        b"=begin ",
        b"%",
        b"<-",
        b"<=",
        b"->",
        b"=>",
        b"|",
    ]
    .iter()
    .any(|sign| rest.starts_with(sign))
        || rest.starts_with(b";") && !rest[1..].contains(&b'=');
    let only_word = |cell: &[u8]| {
        !cell.is_empty()
            && cell
                .iter()
                .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
    };
    let text = if comment {
        rest
    } else if let Some(cell) = rest.strip_prefix(b",")
        && only_word(cell.trim_ascii())
    {
        // A pair with the name behind the value.
        cell
    } else if rest[0] == b',' {
        // The next arguments of the same call.
        let close = rest
            .iter()
            .position(|byte| matches!(byte, b')' | b'{' | b'}' | b'[' | b']'))?;
        if rest[close] != b')' {
            return None;
        }
        &rest[..close]
    } else if rest[0].is_ascii_alphabetic() || rest[0] >= 0x80 || matches!(rest[0], b'(' | b'-') {
        let stop = rest.iter().position(|byte| {
            matches!(
                byte,
                b'{' | b'}' | b'[' | b']' | b'<' | b'>' | b'=' | b'&' | b'"'
            )
        });
        let said = &rest[..stop.unwrap_or(rest.len())];
        // `npsso=…`: the next pair.
        let is_pair = stop.is_some_and(|stop| rest[stop] == b'=' && !said.ends_with(b" "));
        match is_pair {
            true => &said[..memchr::memrchr(b' ', said).unwrap_or(0)],
            false => said,
        }
    } else {
        return None;
    };
    Some(lossy(&text[..text.len().min(100)]).into_owned())
}

static SECTION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?m)^[ \t]*\[+([A-Za-z][^\]\n]{0,60})\]+[ \t]*(?:[#;][^\n]*)?\r?$"#)
        .expect("the pattern is tested")
});

static SETTING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"^[ \t]*(?:- +)?["']?[A-Za-z_][A-Za-z0-9_./-]*["']?[ \t]*[:=][ \t]*["']?$"#)
        .expect("the pattern is tested")
});

/// Whether a value's line is one of a configuration: a key and the value, not a
/// statement of a program.
pub fn is_setting(left: &[u8]) -> bool {
    let line_start = memchr::memrchr(b'\n', left).map_or(0, |at| at + 1);
    SETTING.is_match(&left[line_start..])
}

/// What a comment begins with in some language.
const COMMENT_SIGNS: [&[u8]; 13] = [
    b"#", b"//", b"--", b"%", b";", b"/*", b"*", b"<!--", b"REM ", b"(*", b"{-", b"'", b"=begin",
];

/// The comment on the line above a value.
pub fn comment_above(left: &[u8]) -> Option<String> {
    let line_start = memchr::memrchr(b'\n', left)?;
    let above = &left[..line_start];
    let above = &above[memchr::memrchr(b'\n', above).map_or(0, |at| at + 1)..];
    comment(above)
}

/// The comment on the lines right above a value, as one text.
pub fn comments_above(left: &[u8]) -> String {
    const LINES: usize = 5;
    let Some(end) = memchr::memrchr(b'\n', left) else {
        return String::new();
    };
    let lines = left[..end].rsplit(|byte| *byte == b'\n');
    let comments = lines.take(LINES).map_while(|line| {
        let line = line.trim_ascii();
        let sign = COMMENT_SIGNS.iter().find(|sign| line.starts_with(sign))?;
        Some(lossy(&line[sign.len()..]).trim().to_owned())
    });
    let mut lines: Vec<String> = comments.collect();
    lines.reverse();
    lines.join(" ")
}

/// What comments say of the list that a value is an element of: on the line that
/// begins it, and on the one above that.
pub fn comments_at_list(left: &[u8]) -> Vec<String> {
    /// Elements above the value that are passed over.
    const ELEMENTS: usize = 64;
    /// What an element of a list has before its text.
    fn mark(line: &[u8]) -> &[u8] {
        let length = line.iter().take_while(|byte| b" \t-*\"'`".contains(byte));
        &line[..length.count()]
    }
    let Some(end) = memchr::memrchr(b'\n', left) else {
        return Vec::new();
    };
    let own = mark(&left[end + 1..]);
    // The value is all that its line has, up to there.
    if own.len() < left.len() - end - 1 || own.is_empty() {
        return Vec::new();
    }
    let mut end = end;
    for _ in 0..ELEMENTS {
        let start = memchr::memrchr(b'\n', &left[..end]).map_or(0, |at| at + 1);
        let line = left[start..end].trim_ascii_end();
        if mark(line) == own {
            match start.checked_sub(1) {
                Some(above) => end = above,
                None => break,
            }
            continue;
        }
        let signs = [&b" #"[..], b" //", b" --", b" /*", b" <!--"];
        let signs = signs
            .iter()
            .filter_map(|sign| memchr::memmem::find(line, sign));
        let behind = signs.min().map(|at| &line[at + 1..]);
        let head = behind.map_or(line, |comment| &line[..line.len() - comment.len()]);
        if !matches!(
            head.trim_ascii_end().last(),
            Some(b':' | b'[' | b'{' | b'(')
        ) {
            break;
        }
        let above = comment_above(&left[..start]);
        return behind.and_then(comment).into_iter().chain(above).collect();
    }
    Vec::new()
}

/// The comment on the line below a value, when it points at it: `# ^ my token`
pub fn comment_below(right: &[u8]) -> Option<String> {
    let next = memchr::memchr(b'\n', right)? + 1;
    let below = &right[next..];
    let below = &below[..memchr::memchr(b'\n', below).unwrap_or(below.len())];
    let points_up =
        below.iter().take(12).any(|byte| *byte == b'^') || below.starts_with("\u{2191}".as_bytes());
    points_up.then(|| comment(below)).flatten()
}

fn comment(line: &[u8]) -> Option<String> {
    let line = line.trim_ascii();
    let is_comment = COMMENT_SIGNS.iter().any(|sign| line.starts_with(sign)) && line.len() <= 120;
    // A setting that was commented out is a line of its own.
    let is_setting = SETTING.is_match(
        &line[..line
            .iter()
            .rposition(|byte| matches!(byte, b'=' | b':'))
            .map_or(0, |at| at + 1)],
    );
    let text = line.strip_prefix(b"=begin").unwrap_or(line);
    // So does a call.
    let is_call =
        memchr::memmem::find(text, b"('").is_some() || memchr::memmem::find(text, b"(\"").is_some();
    (is_comment && !is_setting && !is_call && !text.contains(&b'='))
        .then(|| lossy(line).into_owned())
}

/// The part of a text around a value that belongs to the same section.
pub fn own_section<'t>(left: &'t [u8], right: &'t [u8]) -> (&'t [u8], &'t [u8]) {
    if let Some(section) = SECTION.find_iter(left).last() {
        let end = SECTION.find(right).map_or(right.len(), |next| next.start());
        return (&left[section.start()..], &right[..end]);
    }
    let line_start = memchr::memrchr(b'\n', left).map_or(0, |at| at + 1);
    let mut indent = indentation(&left[line_start..]);
    let mut end = line_start;
    // The key of the section that is named first, from the inside out.
    let mut start = line_start;
    while end > 0 && indent > 0 {
        let line_start = memchr::memrchr(b'\n', &left[..end - 1]).map_or(0, |at| at + 1);
        let line = &left[line_start..end - 1];
        end = line_start;
        if line.trim_ascii().is_empty() || indentation(line) >= indent {
            continue;
        }
        indent = indentation(line);
        start = line_start;
        let key = lossy(line);
        if !vocabulary::is_generic(&key) {
            break;
        }
    }
    let mut right_end = memchr::memchr(b'\n', right).unwrap_or(right.len());
    while let Some(rest) = right.get(right_end + 1..) {
        let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let line = &rest[..length];
        if rest.is_empty() || !line.trim_ascii().is_empty() && indentation(line) <= indent {
            break;
        }
        right_end += 1 + length;
    }
    (&left[start..], &right[..right_end.min(right.len())])
}

/// The sections that a line belongs to: the closest `[section]` above it, and
/// the keys above that are indented less.
pub fn sections(left: &[u8]) -> Vec<String> {
    let mut out = Vec::new();
    if let Some(section) = SECTION.captures_iter(left).last() {
        out.push(lossy(&section[1]).into_owned());
    }
    let line_start = memchr::memrchr(b'\n', left).map_or(0, |at| at + 1);
    let mut indent = indentation(&left[line_start..]);
    let mut end = line_start;
    let mut lines = 0;
    while end > 0 && lines < 40 && out.len() < 4 && indent > 0 {
        let start = memchr::memrchr(b'\n', &left[..end - 1]).map_or(0, |at| at + 1);
        let line = &left[start..end - 1];
        end = start;
        lines += 1;
        let trimmed = line.trim_ascii();
        if trimmed.is_empty() || indentation(line) >= indent {
            continue;
        }
        indent = indentation(line);
        let key = trimmed
            .strip_suffix(b":")
            .or_else(|| trimmed.strip_suffix(b"{"))
            .map(<[u8]>::trim_ascii)
            .or_else(|| is_heading(trimmed, &left[..start]).then_some(trimmed));
        // `if ready:` and `else:` are statements.
        let is_statement =
            |key: &[u8]| matches!(key, b"else" | b"try" | b"finally" | b"do" | b"begin");
        if let Some(key) = key.filter(|key| key.len() <= 60 && !is_statement(key)) {
            out.push(
                lossy(key)
                    .trim_matches(|c| matches!(c, '"' | '\'' | '-' | ' ' | ':' | '='))
                    .to_owned(),
            );
        }
    }
    out
}

/// Whether a line is the heading of indented ones: a few words behind an empty line.
fn is_heading(line: &[u8], above: &[u8]) -> bool {
    let above = above.strip_suffix(b"\n").unwrap_or(above);
    let before = &above[memchr::memrchr(b'\n', above).map_or(0, |at| at + 1)..];
    before.trim_ascii().is_empty()
        && line.split(u8::is_ascii_whitespace).count() <= 4
        && line.iter().all(|byte| {
            byte.is_ascii_alphanumeric()
                || matches!(byte, b' ' | b'-' | b'_' | b'.')
                || *byte >= 0x80
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn siblings(left: &[u8], right: &[u8]) -> Vec<String> {
        sibling_names(left, right, bracketed(left, right))
    }

    #[test]
    fn a_cookie_object_names_its_value_in_any_order() {
        assert_eq!(
            siblings(
                br#"[{"name":"npsso","value":""#,
                br#"","domain":".sony.com"}]"#
            ),
            ["npsso"]
        );
        assert_eq!(
            siblings(br#"[{"value":""#, br#"", "path": "/", "name":"npsso"}]"#),
            ["npsso"]
        );
        assert_eq!(
            siblings(br#"<add key="Npsso" value=""#, br#""/>"#),
            ["Npsso"]
        );
        assert_eq!(
            siblings(
                b"env:\n  - name: NPSSO\n    value: ",
                b"\n  - name: OTHER\n"
            ),
            ["NPSSO"]
        );
        assert_eq!(
            siblings(b"env:\n  - value: ", b"\n    name: NPSSO\n"),
            ["NPSSO"]
        );
    }

    #[test]
    fn the_next_object_is_another_record() {
        assert!(siblings(br#"[{"value":""#, br#""},{"name":"npsso"}]"#).is_empty());
    }

    #[test]
    fn an_entry_of_netrc_says_who_signs_in_where() {
        let of = |left: &str| signed_in(left.as_bytes()).unwrap_or_default();
        let entry = "machine ca.account.sony.com\n  login npsso\n  password ";
        assert_eq!(of(entry), "npsso");
        assert_eq!(of(&entry.replace('\n', "")), "npsso");
        assert_eq!(of(&entry.replace("npsso", "dad")), "");
        assert_eq!(of(&entry.replace("password", "account")), "");
        assert_eq!(of(&entry.replace("sony.com", "repo.example")), "");
    }

    #[test]
    fn sections_are_read_from_the_inside_out() {
        assert_eq!(sections(b"[npsso]\nvalue = "), ["npsso"]);
        assert_eq!(sections(b"psn:\n  npsso:\n    value: "), ["npsso", "psn"]);
    }
}
