//! Whether a value that has no name of its own is somebody else's: it is sent to
//! another host, is a cookie of another domain, signs in to a server, belongs to a
//! cipher, or is a claim of a signed token.

use crate::context::{Name, Role, Surroundings};
use crate::rule::words::List;

/// Whether a value is somebody else's by where it goes. `known` is the name of it
/// that a rule knows.
pub fn goes(names: &[Name], known: Option<&Name>, around: &Surroundings) -> bool {
    // What stands before a call that is known is who wrote the line: `app.net: PSNAWP(…)`
    let known_call = known.filter(|known| known.role == Role::Call);
    known.is_none() && (is_in_url_elsewhere(around) || is_hidden_field(around))
        || is_header_to_elsewhere(names, around)
        || is_password_of_server(names, around)
        || is_claim(names, around)
        || around
            .domain()
            .is_some_and(|domain| domain.contains('.') && !is_here(&domain.to_ascii_lowercase()))
        || names
            .iter()
            .take_while(|name| Some(*name) != known_call)
            .any(|name| name.role == Role::Key && is_site(&name.text) && !is_here(&name.text))
}

/// Whether a secret of PlayStation's may be sent to a host: one of Sony's, or one that
/// somebody runs for it. `playstation-news.example` is neither.
fn is_here(host: &str) -> bool {
    is_run_for_it(host) || is_sonys(host)
}

/// Whether somebody runs a host for PlayStation, or it is the machine itself.
fn is_run_for_it(host: &str) -> bool {
    const LOCAL: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];
    List::OursShort.is_in(host) || LOCAL.iter().any(|own| host.contains(own))
}

/// Whether a host is one of Sony's.
fn is_sonys(host: &str) -> bool {
    let is_sonys = |label: &str| label == "playstation" || List::Sony.begins(label);
    host.split(['.', ':']).any(is_sonys)
}

/// Whether a name is that of a site, as in a row of a table of cookies.
fn is_site(name: &str) -> bool {
    const ENDINGS: [&str; 8] = [".com", ".net", ".org", ".io", ".tv", ".gg", ".co.uk", ".de"];
    ENDINGS.iter().any(|ending| name.ends_with(ending))
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'))
}

/// `https://acme.example/confirm?t=…`: a part of a link to somebody else. Sony's own hosts
/// take the secrets in a header alone.
fn is_in_url_elsewhere(around: &Surroundings) -> bool {
    let left = around.left().to_ascii_lowercase();
    let end = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '<' | '>' | '(' | ')');
    let word = left.rsplit(end).next().unwrap_or("");
    word.rsplit_once("://").is_some_and(|(_, url)| {
        let host = url.split(['/', '?', '#']).next().unwrap_or(url);
        !is_run_for_it(host)
    })
}

/// `npsso: ENC[AES256_GCM,data:…,iv:…]`: as SOPS writes what it encrypted
/// (<https://getsops.io/docs/#format>).
pub fn is_sealed(around: &Surroundings) -> bool {
    let left = around.left();
    left.rsplit_once("ENC[")
        .is_some_and(|(_, inside)| !inside.contains([']', '\n']))
}

/// `<input type="hidden" name="_token" value="…">`: what a server gives a form to tell that
/// it comes back.
fn is_hidden_field(around: &Surroundings) -> bool {
    let (left, right) = (around.left(), around.right());
    left.rsplit_once('<').is_some_and(|(_, before)| {
        let behind = right.split('>').next().unwrap_or("");
        !before.contains('>')
            && before.starts_with("input")
            && [before, behind].iter().any(|side| side.contains("hidden"))
    })
}

/// A header of a request to somebody else, on its own line or the lines around:
/// `curl -H "Authorization: Bearer …" https://api.acme.example`.
fn is_header_to_elsewhere(names: &[Name], around: &Surroundings) -> bool {
    let is_header = |name: &Name| {
        let text = name.text.to_ascii_lowercase();
        text.contains("authorization") || text.contains("bearer")
    };
    if !names.iter().any(is_header) {
        return false;
    }
    let line = around.own_line().to_ascii_lowercase();
    let (above, below) = around.near_sides();
    let hosts: Vec<String> = match hosts(&line)[..] {
        [] => hosts(&above.to_ascii_lowercase())
            .pop()
            .into_iter()
            .chain(hosts(&below.to_ascii_lowercase()).into_iter().next())
            .collect(),
        ref own => own.to_vec(),
    };
    !hosts.is_empty() && !hosts.iter().any(|host| is_here(host))
}

/// The hosts of the URLs in a text.
fn hosts(text: &str) -> Vec<String> {
    let end = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '/' | '?' | '#');
    text.split("://")
        .skip(1)
        .map(|url| url.split(end).next().unwrap_or("").to_owned())
        .collect()
}

/// `{host: "localhost", user: "bot", password: "…"}`
fn is_password_of_server(names: &[Name], around: &Surroundings) -> bool {
    const PASSWORDS: [&str; 5] = ["pass", "passwd", "password", "pw", "pwd"];
    const SERVERS: [&str; 8] = [
        "database", "db", "dbname", "endpoint", "host", "hostname", "port", "server",
    ];
    // `{key: "…", iv: "…"}`
    const CIPHERS: [&str; 5] = ["alg", "algorithm", "iv", "nonce", "salt"];
    let is = |list: &[&str], name: &str| list.contains(&name.to_ascii_lowercase().as_str());
    let Some(own) = names.first().filter(|own| own.role == Role::Key) else {
        return false;
    };
    let beside = |list: &[&str]| around.fields().iter().any(|field| is(list, field));
    is(&PASSWORDS, &own.text) && beside(&SERVERS)
        || is(&["key", "secret"], &own.text) && beside(&CIPHERS)
}

/// `{"alg": "RS256", "kid": "…"}`, `{"iss": "https://…", "sid": "…"}`: what a JWT says
/// about itself, whoever issued it.
fn is_claim(names: &[Name], around: &Surroundings) -> bool {
    const CLAIMS: [&str; 6] = ["jti", "kid", "nonce", "sid", "sub", "x5t"];
    const BESIDE: [&str; 5] = ["alg", "aud", "exp", "iat", "iss"];
    let is_own = |own: &&Name| own.role == Role::Key && CLAIMS.contains(&own.text.as_str());
    names.first().filter(is_own).is_some_and(|own| {
        let fields = around.fields();
        let is_beside = |field: &String| *field != own.text && BESIDE.contains(&field.as_str());
        fields.iter().any(is_beside)
    })
}
