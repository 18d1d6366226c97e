//! The attributes behind a value: `Set-Cookie: npsso=…; Domain=.sony.com`, in a
//! header, in what a script gives to `document.cookie`, or in libwww's cookie jar.

use super::super::lossy;
use crate::model::cookie::{self, Cookie};
use crate::model::date;

/// The names of attributes. What else stands there is another cookie, and so is
/// everything that follows.
const ATTRIBUTES: [&str; 15] = [
    "domain",
    "expires",
    "max-age",
    "path",
    "secure",
    "httponly",
    "samesite",
    "priority",
    "partitioned",
    "sameparty",
    "version",
    "comment",
    "path_spec",
    "port",
    "discard",
];
/// Attributes that nothing but a cookie has.
const MARKS: [&str; 3] = ["secure", "httponly", "samesite"];
/// How far before a value its header is named.
const NAMED: usize = 200;
/// Lines of a response on each side of its header that are read.
const MAX_LINES: usize = 60;

/// What the attributes behind a value say.
pub fn read(left: &[u8], right: &[u8]) -> Option<Cookie> {
    let left = left.trim_ascii_end();
    let name = left.strip_suffix(b"\"").unwrap_or(left);
    let is_quoted = name.len() < left.len();
    if !name.ends_with(b"=") {
        return None;
    }
    let right = match is_quoted {
        true => right.strip_prefix(b"\"").unwrap_or(right),
        false => right,
    };
    let pairs = attributes(right);
    let has = |name: &str, value: Option<&str>| {
        pairs
            .iter()
            .any(|(other, is)| other == name && value.is_none_or(|value| is == value))
    };
    // Two settings of a shell on one line look the same.
    let near = &left[left.len().saturating_sub(NAMED)..];
    let is_named = near
        .windows(6)
        .any(|word| word.eq_ignore_ascii_case(b"cookie"));
    let is_cookie = is_named || has("path", Some("/")) || MARKS.iter().any(|name| has(name, None));
    if !is_cookie {
        return None;
    }
    let pairs = pairs.iter().map(|(name, value)| (&**name, &**value));
    cookie::of_attributes(pairs, sent(left, right))
}

/// The attributes at the beginning of a text, up to what is none.
fn attributes(text: &[u8]) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    let mut rest = text;
    loop {
        let Some(next) = skip_blanks(rest).strip_prefix(b";") else {
            return pairs;
        };
        let next = skip_blanks(next);
        let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let (name, after) = next.split_at(next.iter().take_while(|byte| is_name(byte)).count());
        let name = lossy(name).to_ascii_lowercase();
        if !ATTRIBUTES.contains(&&*name) {
            return pairs;
        }
        let Some(value) = skip_blanks(after).strip_prefix(b"=") else {
            pairs.push((name, String::new()));
            rest = after;
            continue;
        };
        let value = skip_blanks(value);
        let (value, after) = match value.strip_prefix(b"\"") {
            Some(quoted) => {
                let end = memchr::memchr3(b'"', b'\n', b'\r', quoted).unwrap_or(quoted.len());
                (&quoted[..end], quoted.get(end + 1..).unwrap_or(&[]))
            }
            None => value.split_at(value.iter().position(ends).unwrap_or(value.len())),
        };
        let text = lossy(value);
        // Where headers of one name were joined, the next cookie follows a comma.
        match next_cookie(&text) {
            Some(end) => {
                pairs.push((name, text[..end].trim().to_owned()));
                return pairs;
            }
            None => pairs.push((name, text.trim().to_owned())),
        }
        rest = after;
    }
}

fn skip_blanks(text: &[u8]) -> &[u8] {
    let count = text
        .iter()
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .count();
    &text[count..]
}

/// Whether a value without quotes ends here.
fn ends(byte: &u8) -> bool {
    matches!(
        byte,
        b';' | b'\n' | b'\r' | b'"' | b'\'' | b'`' | b'<' | b'\\' | b'\0'
    )
}

/// Where the name of another cookie begins: `Thu, 24 Dec 2026 12:00:00 GMT, other=`.
fn next_cookie(text: &str) -> Option<usize> {
    text.match_indices(',').map(|(at, _)| at).find(|at| {
        let next = text[at + 1..].trim_start();
        let name = next.split([' ', ',', ';']).next().unwrap_or("");
        name.find('=').is_some_and(|length| length > 0)
    })
}

/// When the response with this header was sent, if it has a `Date` header in the
/// lines around.
fn sent(left: &[u8], right: &[u8]) -> Option<i64> {
    let above = left.rsplit(|byte| *byte == b'\n').skip(1);
    let below = right.split(|byte| *byte == b'\n').skip(1);
    let mut dates = dates(above).chain(dates(below));
    dates
        .next()
        .filter(|first| dates.all(|date| date == *first))
}

/// The dates in lines of headers, up to one that belongs to something else.
fn dates<'t>(lines: impl Iterator<Item = &'t [u8]>) -> impl Iterator<Item = i64> {
    lines
        .take(MAX_LINES)
        .map(|line| {
            let line = line.trim_ascii();
            // `curl -v` marks what was received.
            let line = line.strip_prefix(b"<").unwrap_or(line).trim_ascii();
            lossy(line).into_owned()
        })
        .take_while(|line| {
            let name = line.split(':').next().unwrap_or("");
            let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
            name.len() < line.len() && !name.is_empty() && name.bytes().all(is_name)
        })
        .filter_map(|line| {
            let (name, value) = line.split_once(':')?;
            let is_date = name.eq_ignore_ascii_case("date");
            is_date.then(|| date::parse(value)).flatten()
        })
}

#[cfg(test)]
mod tests {
    use super::super::testing::said;

    const ALL: &str = ".sony.com 2026-12-24T12:00:00Z";

    #[test]
    fn a_header_says_all_in_its_attributes() {
        let rest =
            "Domain=.sony.com; Path=/; Expires=Thu, 24 Dec 2026 12:00:00 GMT; Secure; HttpOnly";
        for text in [
            format!("Set-Cookie: npsso=@; {rest}\r\nServer: x\r\n"),
            format!("document.cookie = \"npsso=@; {rest}\";"),
            format!("{{\"name\": \"set-cookie\", \"value\": \"npsso=@; {rest}\"}}"),
            format!(
                "set-cookie: other=1; path=/; domain=.a.com, npsso=@; {rest}, more=1; Domain=.b.com"
            ),
            format!("npsso=@;{}", rest.replace("; ", ";").to_lowercase()),
            format!("Set-Cookie: npsso=\"@\"; {rest}"),
            format!(
                "set-cookie%3A%20npsso%3D @%3B%20{}",
                rest.replace("; ", "%3B%20")
            ),
            format!("\\\"Set-Cookie\\\": \\\"npsso=@; {rest}\\\""),
            format!("Set-Cookie: npsso=@; {rest}\\nother=1; Domain=.b.com"),
        ] {
            assert_eq!(said(&text), ALL, "{text}");
        }
        let libwww = "Set-Cookie3: npsso=@; path=\"/\"; domain=\".sony.com\"; path_spec; secure; expires=\"2026-12-24 12:00:00Z\"; version=0";
        assert_eq!(said(libwww), ALL);
    }

    #[test]
    fn the_attributes_of_another_cookie_are_not_its_own() {
        for text in [
            "Set-Cookie: npsso=@, other=1; Domain=.a.com; Path=/",
            "Set-Cookie: npsso=@; Path=/, other=1; Domain=.a.com",
            "Set-Cookie: npsso=@; HttpOnly, other=1; Domain=.a.com",
            "Set-Cookie: npsso=@\r\nSet-Cookie: other=1; Domain=.a.com; Path=/",
            "Set-Cookie: other=1; Domain=.a.com; Path=/\r\nSet-Cookie: npsso=@; Path=/",
            "Set-Cookie: npsso=@; Path=/\\nother=1; Domain=.a.com",
            "Cookie: npsso=@; other=1; domain=.a.com",
            "Cookie: other=1; domain=.a.com; npsso=@",
        ] {
            assert_eq!(said(text), "", "{text}");
        }
    }

    #[test]
    fn settings_of_a_shell_are_no_attributes() {
        assert_eq!(
            said("NPSSO=@; DOMAIN=bot.example.com; PATH=/usr/bin; ./run"),
            ""
        );
        assert_eq!(said("NPSSO=@; EXPIRES=2026-12-24 ./run"), "");
    }

    #[test]
    fn an_age_counts_from_the_date_of_the_response() {
        let response = "HTTP/1.1 200 OK\r\nDate: Thu, 24 Dec 2026 12:00:00 GMT\r\nX-A: b\r\nSet-Cookie: npsso=@; Max-Age=3600; Expires=Fri, 01 Jan 2027 00:00:00 GMT\r\n\r\n";
        assert_eq!(said(response), "2026-12-24T13:00:00Z");
        let curl = "< set-cookie: npsso=@; Max-Age=3600; Path=/\n< date: Thu, 24 Dec 2026 12:00:00 GMT\n< \n";
        assert_eq!(said(curl), "2026-12-24T13:00:00Z");
        for text in [
            "Set-Cookie: npsso=@; Max-Age=3600",
            "Date: Thu, 24 Dec 2026 12:00:00 GMT\n\nSet-Cookie: npsso=@; Max-Age=3600",
            "Date: Thu, 24 Dec 2026 12:00:00 GMT\nHTTP/1.1 200 OK\nSet-Cookie: npsso=@; Max-Age=3600",
            "Date: Thu, 24 Dec 2026 12:00:00 GMT\nSet-Cookie: npsso=@; Max-Age=3600\nDate: Fri, 25 Dec 2026 12:00:00 GMT",
        ] {
            assert_eq!(said(text), "after 3600", "{text}");
        }
        assert_eq!(said("Set-Cookie: npsso=@; Max-Age=0"), "");
    }
}
