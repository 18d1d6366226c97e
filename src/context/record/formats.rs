//! Files with a form of their own: `.netrc`, cookie jars, lists of accounts, what PHP
//! serializes, the parts of a form.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::super::cursor::Cursor;
use super::super::name::is_name_of_secret;
use super::super::{lossy, vocabulary};
use super::{RECORD_REACH, record};
use crate::rule::words::List;

/// A line of a file of credentials or cookies, up to the value: `machine host
/// login me password `, `//host/:_authToken=`, or what Netscape's cookie files have.
static CREDENTIAL_LINE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"^(?:machine[ \t]+([A-Za-z0-9.-]+)[ \t]|//([A-Za-z0-9.-]+)[A-Za-z0-9./_-]*/?:_|(?:#HttpOnly_)?\.?([A-Za-z0-9.-]+)\t(?:TRUE|FALSE)\t)"#,
    )
    .expect("the pattern is tested")
});

static DOMAIN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i)(?:^|[^A-Za-z])domain["'`]?[ \t]*(?:=>|[:=])[ \t]*["'`]?([A-Za-z0-9.-]+)"#)
        .expect("the pattern is tested")
});

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
