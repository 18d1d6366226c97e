//! The record that a value stands in, in brackets or in lines: an object of JSON or
//! of a program, the arguments of a call, the attributes of a tag, an entry of YAML.

use super::super::cursor::{Cursor, is_quote};
use super::super::lossy;
use super::super::record;
use crate::model::cookie::{self, Cookie, Domain};

/// Fields of a record that are read.
const MAX_FIELDS: usize = 64;
/// How far before a bracket its callee is named.
const CALLEE: usize = 48;

/// What the record of a value says of it.
pub fn read(left: &[u8], right: &[u8]) -> Option<Cookie> {
    let mut cursor = Cursor::at_end_of(left);
    let open = cursor.enclosing(left.len());
    let (outside, before) = left.split_at(cursor.rest().len());
    match open {
        Some(b'{') => of_object(&Record::read(before, right)?),
        Some(b'(') if is_cookie_call(outside) => of_call(&Record::read(before, right)?),
        _ => in_tag(left, right).or_else(|| in_lines(left, right)),
    }
}

/// `{"name": "npsso", "value": "…", "domain": ".sony.com"}`
fn of_object(record: &Record) -> Option<Cookie> {
    match &record.own {
        Own::Key(key) if cookie::is_value(key) => cookie::of_record(pairs(&record.fields)),
        _ => None,
    }
}

/// `cookies.set("npsso", "…", domain=".sony.com")`, and `Cookie("npsso", "…", "/",
/// ".sony.com")`, where some have the domain before the path.
fn of_call(record: &Record) -> Option<Cookie> {
    let is_value = match &record.own {
        Own::Key(key) => cookie::is_value(key),
        Own::Argument => true,
    };
    let domain = record
        .arguments
        .iter()
        .take(3)
        .find(|argument| Domain::new(argument).is_some())
        .map(|domain| ("domain", domain.as_str()));
    let all = pairs(&record.fields).chain(domain);
    is_value.then(|| cookie::of_record(all)).flatten()
}

/// Whether the bracket that a text ends with is that of a call that makes a cookie.
fn is_cookie_call(left: &[u8]) -> bool {
    let left = left.strip_suffix(b"(").unwrap_or(left).trim_ascii_end();
    let has_callee = left.last().is_some_and(u8::is_ascii_alphanumeric);
    let is_statement = left.to_ascii_lowercase().ends_with(b"values");
    if !has_callee || is_statement {
        return false;
    }
    let near = &left[left.len().saturating_sub(CALLEE)..];
    let line = memchr::memrchr(b'\n', near).map_or(near, |at| &near[at..]);
    line.windows(6)
        .any(|word| word.eq_ignore_ascii_case(b"cookie"))
}

/// `<cookie name="npsso" value="…" domain=".sony.com"/>`
fn in_tag(left: &[u8], right: &[u8]) -> Option<Cookie> {
    let open = memchr::memrchr(b'<', left)?;
    let before = &left[open + 1..];
    if before.contains(&b'>') {
        return None;
    }
    of_object(&Record::read(before, right)?)
}

/// `value: …` and the other lines of its entry.
fn in_lines(left: &[u8], right: &[u8]) -> Option<Cookie> {
    let (before, after) = record::block_of_lines(left, right);
    let own = before.rsplit(|byte| *byte == b'\n').next()?;
    let ends = after
        .first()
        .is_none_or(|byte| !byte.is_ascii_graphic() || is_quote(*byte));
    let (own, _, value) = field(own)?;
    let is_quoted = !value.is_empty();
    let is_all = ends && value.iter().all(|byte| is_quote(*byte));
    if !is_all || !cookie::is_value(&own) {
        return None;
    }
    let above = before.split(|byte| *byte == b'\n');
    let below = after.split(|byte| *byte == b'\n').skip(1);
    let fields: Vec<(String, String)> = above
        .chain(below)
        .filter_map(|line| {
            let (name, sign, value) = field(line)?;
            // Where strings have quotes, a word without is the name of a variable.
            let is_name =
                is_quoted && sign == b'=' && value.first().is_some_and(u8::is_ascii_alphabetic);
            let text = lossy(value);
            let text = text.trim_matches(|c: char| c.is_whitespace() || "\"'`,".contains(c));
            Some((
                name,
                if is_name {
                    String::new()
                } else {
                    text.to_owned()
                },
            ))
        })
        .take(MAX_FIELDS)
        .collect();
    cookie::of_record(pairs(&fields))
}

/// The name in a line such as `- name: value` or `name = value`, the sign behind it,
/// and the rest.
fn field(line: &[u8]) -> Option<(String, u8, &[u8])> {
    let line = line.trim_ascii();
    let line = line.strip_prefix(b"- ").unwrap_or(line);
    let sign = memchr::memchr2(b':', b'=', line)?;
    let name = line[..sign].trim_ascii();
    let name = lossy(name).into_owned();
    Some((name, line[sign], line[sign + 1..].trim_ascii()))
}

fn pairs(fields: &[(String, String)]) -> impl Iterator<Item = (&str, &str)> {
    fields.iter().map(|(name, value)| (&**name, &**value))
}

/// The fields of a record around a value.
#[derive(Debug)]
struct Record {
    own: Own,
    fields: Vec<(String, String)>,
    /// The strings and numbers that follow the value without a name.
    arguments: Vec<String>,
}

/// How the value itself stands in the record.
#[derive(Debug)]
enum Own {
    /// Under a name.
    Key(String),
    /// Among others.
    Argument,
}

impl Record {
    /// Reads a record from behind its opening bracket on. Nothing when the value is a
    /// part of something longer, or what stands there is no record.
    fn read(before: &[u8], after: &[u8]) -> Option<Record> {
        // Any byte that ends nothing can stand for the value.
        let text = [before, b"@", after].concat();
        let mut reader = Reader {
            text: &text,
            at: 0,
            value: before.len(),
        };
        reader.record()
    }

    /// The fields of the options in a call.
    fn options(text: &[u8]) -> Vec<(String, String)> {
        let after = [b",", text].concat();
        Record::read(b"", &after).map_or_else(Vec::new, |record| record.fields)
    }
}

/// Whether a word without quotes says itself what it is.
fn is_constant(word: &[u8]) -> bool {
    [&b"true"[..], b"false", b"null", b"none"]
        .iter()
        .any(|constant| word.eq_ignore_ascii_case(constant))
}

/// What stands in a record.
enum Part<'t> {
    /// A string without its quotes, or a number.
    Text(&'t [u8]),
    /// A word without quotes: a name, or a value that it stands for.
    Word(&'t [u8]),
    /// The value that everything is about, and nothing else.
    Value,
    /// Something in brackets.
    Nested(&'t [u8]),
}

struct Reader<'t> {
    text: &'t [u8],
    at: usize,
    /// Where the value stands.
    value: usize,
}

impl<'t> Reader<'t> {
    fn record(&mut self) -> Option<Record> {
        let mut own = None;
        let (mut fields, mut arguments) = (Vec::new(), Vec::new());
        let owned = |text: &[u8]| lossy(text).into_owned();
        while fields.len() < MAX_FIELDS {
            self.skip(|byte| byte.is_ascii_whitespace() || matches!(byte, b',' | b';' | b'/'));
            if matches!(self.peek(), None | Some(b'}' | b')' | b']' | b'>')) {
                break;
            }
            let Some(part) = self.part()? else { break };
            self.skip(|byte| byte.is_ascii_whitespace());
            let is_key = matches!(self.peek(), Some(b':' | b'='));
            match part {
                Part::Value => own = Some(Own::Argument),
                Part::Text(name) | Part::Word(name) if is_key => {
                    self.skip(|byte| matches!(byte, b':' | b'=' | b'>'));
                    self.skip(|byte| byte.is_ascii_whitespace());
                    match self.part()? {
                        Some(Part::Value) => own = Some(Own::Key(owned(name))),
                        Some(Part::Text(value)) => fields.push((owned(name), owned(value))),
                        Some(Part::Word(value)) if is_constant(value) => {
                            fields.push((owned(name), owned(value)));
                        }
                        // It is there, and what it says is somewhere else.
                        Some(Part::Word(_) | Part::Nested(_)) => {
                            fields.push((owned(name), String::new()));
                        }
                        None => break,
                    }
                }
                Part::Nested(text) if matches!(own, Some(Own::Argument)) && self.value > 0 => {
                    fields.extend(Record::options(text));
                }
                Part::Text(text) if own.is_some() => arguments.push(owned(text)),
                Part::Text(_) | Part::Word(_) | Part::Nested(_) => {}
            }
        }
        Some(Record {
            own: own.filter(|_| self.at > self.value)?,
            fields,
            arguments,
        })
    }

    /// The next part. `None` inside when the text ends before it does, and outside
    /// when the value is in the middle of it.
    fn part(&mut self) -> Option<Option<Part<'t>>> {
        let start = self.at;
        let Some(first) = self.peek() else {
            return Some(None);
        };
        let is_bracket = matches!(first, b'{' | b'[' | b'(');
        let is_whole = match first {
            _ if is_quote(first) => self.string(first),
            _ if is_bracket => self.nested(),
            _ => self.word(),
        };
        let content = match is_quote(first) || is_bracket {
            true => start + 1..self.at.saturating_sub(1).max(start + 1),
            false => start..self.at,
        };
        if (start..self.at).contains(&self.value) {
            let is_all = self.text[content].trim_ascii().len() == 1 && !is_bracket;
            return is_all.then_some(Some(Part::Value));
        }
        if !is_whole {
            return Some(None);
        }
        let content = &self.text[content];
        Some(Some(match first {
            _ if is_bracket => Part::Nested(content),
            b'0'..=b'9' | b'-' => Part::Text(content),
            _ if is_quote(first) => Part::Text(content),
            _ => Part::Word(content),
        }))
    }

    /// Steps over a number, a word or a sign. Whether it ends.
    fn word(&mut self) -> bool {
        let start = self.at;
        let stops = |byte: u8| {
            byte.is_ascii_whitespace() || is_quote(byte) || b",;:={}[]()<>".contains(&byte)
        };
        self.skip(|byte| !stops(byte));
        if self.at == start {
            self.at += 1;
        }
        self.at < self.text.len()
    }

    /// Steps over a string. Whether it ends.
    fn string(&mut self, quote: u8) -> bool {
        self.at += 1;
        while let Some(byte) = self.peek() {
            self.at += 1;
            match byte {
                b'\\' => self.at = (self.at + 1).min(self.text.len()),
                _ if byte == quote => return true,
                _ => {}
            }
        }
        false
    }

    /// Steps over something in brackets. Whether it ends.
    fn nested(&mut self) -> bool {
        let mut depth = 0usize;
        while let Some(byte) = self.peek() {
            match byte {
                b'{' | b'[' | b'(' => depth += 1,
                b'}' | b']' | b')' => depth -= 1,
                _ if is_quote(byte) => {
                    self.string(byte);
                    continue;
                }
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return true;
            }
        }
        false
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn skip(&mut self, fits: impl Fn(u8) -> bool) {
        let rest = self.text.get(self.at..).unwrap_or(&[]);
        self.at += rest.iter().take_while(|byte| fits(**byte)).count();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::testing::said;

    const ALL: &str = ".sony.com 2026-12-24T12:00:00Z";

    #[test]
    fn an_object_says_all_in_the_manner_of_every_tool() {
        for text in [
            // EditThisCookie and Cookie-Editor
            r#"[{"domain": ".sony.com", "expirationDate": 1798113600.742, "hostOnly": false, "name": "npsso", "path": "/", "session": false, "storeId": "0", "value": "@", "id": 1}]"#,
            // Playwright and Puppeteer
            r#"{"cookies":[{"name":"npsso","value":"@","domain":".sony.com","path":"/","expires":1798113600.5,"httpOnly":true,"secure":true,"sameSite":"Lax"}],"origins":[]}"#,
            // Selenium, as Python prints it
            "{'domain': '.sony.com', 'expiry': 1798113600, 'httpOnly': True, 'name': 'npsso', 'path': '/', 'secure': True, 'value': '@'}",
            // HAR
            "{\n  \"name\": \"npsso\",\n  \"value\": \"@\",\n  \"path\": \"/\",\n  \"domain\": \".sony.com\",\n  \"expires\": \"2026-12-24T12:00:00.000Z\",\n  \"httpOnly\": true\n}",
            // Firefox's session
            r#"{"host":".sony.com","value":"@","path":"/","name":"npsso","originAttributes":{"firstPartyDomain":"a.com","expiry":1},"expiry":1798113600000}"#,
            // Cookie Quick Manager
            r#"{"Host raw":"https://.sony.com/","Name raw":"npsso","Path raw":"/","Content raw":"@","Expires":"24-12-2026 12:00:00","Expires raw":"1798113600","SameSite raw":"lax"}"#,
            // tough-cookie
            r#"{"key":"npsso","value":"@","expires":"2026-12-24T12:00:00.000Z","domain":".sony.com","path":"/","creation":"2026-01-01T00:00:00Z"}"#,
            // ConvertTo-Json
            r#"{"Expires":"\/Date(1798113600000)\/","Name":"npsso","Value":"@","Domain":".sony.com"}"#,
            // JSON in JSON
            "data=%5B%7B%22name%22%3A%22npsso%22%2C%22value%22%3A%22 @%22%2C%22domain%22%3A%22.sony.com%22%2C%22expires%22%3A1798113600%7D%5D",
            r#"{"text": "{\"name\":\"npsso\",\"value\":\"@\",\"domain\":\".sony.com\",\"expires\":1798113600}"}"#,
            // Programs
            r#"page.setCookie({name: 'npsso', value: '@', domain: '.sony.com', expires: 1798113600})"#,
            "cookie {\n  name = \"npsso\"\n  value = \"@\"\n  domain = \".sony.com\"\n  expires = 1798113600\n}",
            r#"<cookie name="npsso" value="@" domain=".sony.com" expires="1798113600"/>"#,
            "- name: npsso\n  value: @\n  domain: .sony.com\n  expires: 1798113600\n- name: other\n",
            "Name : npsso\nValue : @\nDomain : .sony.com\nExpires : 2026-12-24 12:00:00\n",
        ] {
            assert_eq!(said(text), ALL, "{text}");
        }
    }

    #[test]
    fn a_call_says_all_in_its_arguments() {
        for text in [
            r#"Cookie(version=0, name='npsso', value='@', port=None, domain='.sony.com', path='/', expires=1798113600, discard=False)"#,
            r#"session.cookies.set("npsso", "@", domain=".sony.com", expires=1798113600)"#,
            r#"res.cookie('npsso', '@', { domain: '.sony.com', path: '/', expires: "2026-12-24T12:00:00Z" })"#,
        ] {
            assert_eq!(said(text), ALL, "{text}");
        }
        for text in [
            r#"$session.Cookies.Add((New-Object System.Net.Cookie("npsso", "@", "/", ".sony.com")))"#,
            r#"new Cookie("npsso", "@", ".sony.com", "/", null)"#,
            r#"cookies.set("npsso", "@", domain=".sony.com", expires=now())"#,
            r#"Cookies.set('npsso', '@', { domain: '.sony.com', expires: 60, path: settings.path })"#,
        ] {
            assert_eq!(said(text), ".sony.com", "{text}");
        }
    }

    #[test]
    fn what_belongs_to_another_cookie_is_left_out() {
        let other = r#"{"name":"other","value":"x","domain":".a.com","expires":1798113600}"#;
        for text in [
            format!(r#"[{other},{{"name":"npsso","value":"@"}},{other}]"#),
            format!(r#"[{other},"@",{other}]"#),
            format!(r#"{{"npsso":"@","cookies":[{other}]}}"#),
            format!(r#"{{"npsso":"@","other":{other}}}"#),
            format!("NPSSO=@\n{other}\n"),
            format!("{other}\nNPSSO=@\n"),
            r#"{"name":"all","value":"a=b; npsso=@; c=d","domain":".a.com","path":"/"}"#.to_owned(),
            r#"{"name":"all","value":"npsso=@","domain":".a.com","path":"/"}"#.to_owned(),
            r#"{"name":"npsso","value":"@","partitionKey":{"domain":".a.com","expires":1798113600}}"#.to_owned(),
            r#"{"domain":"psn.example.com","npsso":"@","expires":1798113600}"#.to_owned(),
            "name=npsso\nvalue=@\nname=other\nvalue=x\ndomain=.a.com\nexpires=1798113600\n".to_owned(),
            "- name: other\n  domain: .a.com\n  expires: 1\n- name: npsso\n  value: @\n- name: more\n  domain: .b.com\n".to_owned(),
            r#"cookies.set("other", "x", domain=".a.com"); login("@")"#.to_owned(),
            r#"<cookie name="a" domain=".a.com" path="/"/><cookie name="npsso" value="@"/>"#.to_owned(),
        ] {
            assert_eq!(said(&text), "", "{text}");
        }
    }

    #[test]
    fn the_name_of_a_variable_is_no_domain() {
        for text in [
            r#"setCookie({name: "npsso", value: "@", domain: config.host, path: "/"})"#,
            r#"cookies.set("npsso", "@", settings.domain)"#,
            "name = \"npsso\"\nvalue = \"@\"\ndomain = config.host\npath = \"/\"\n",
        ] {
            assert_eq!(said(text), "", "{text}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_left_out() {
        for expires in [
            "1e308",
            "-5",
            "NaN",
            "99999999999999999999",
            "\"10000-01-01\"",
            "[1]",
            "{}",
            "null",
        ] {
            let text = format!(
                r#"{{"name":"npsso","value":"@","domain":".sony.com","expires":{expires}}}"#
            );
            assert_eq!(said(&text), ".sony.com", "{expires}");
        }
        let hostile = "{\"name\":\"npsso\",\"value\":\"@\",\"domain\":\"a\u{1b}[31m.com\",\"expires\":1798113600,\"path\":\"/\"}";
        assert_eq!(said(hostile), "2026-12-24T12:00:00Z");
    }

    fn piece() -> impl Strategy<Value = String> {
        let word = prop::sample::select(vec![
            "{",
            "}",
            "(",
            ")",
            "[",
            "]",
            "<",
            ">",
            "\"",
            "'",
            "\\",
            ",",
            ";",
            ":",
            "=",
            "\n",
            "- ",
            "\t",
            "value",
            "domain",
            "expires",
            "cookie",
            ".sony.com",
            "/",
            "1798113600",
            "TRUE",
            "Path=/",
            "Max-Age=9",
            "Date: ",
        ]);
        prop_oneof![word.prop_map(str::to_owned), any::<String>()]
    }

    proptest! {
        #[test]
        fn any_text_is_survived(
            left in prop::collection::vec(piece(), 0..12),
            right in prop::collection::vec(piece(), 0..12),
        ) {
            said(&format!("{}@{}", left.concat().replace('@', ""), right.concat()));
        }
    }
}
