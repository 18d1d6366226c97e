//! From an answer to a verdict, without a socket.
//!
//! Only an answer in exactly the form that was recorded is a verdict. Whatever
//! else comes back, nothing is known: a wrong "rejected" leaves an account open,
//! a wrong "live" makes people panic.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserializer, IgnoredAny, MapAccess, Visitor};

use crate::model::date;
use crate::model::liveness::{Liveness, Rejection, Why};

/// What came back over the wire, as far as it is looked at.
pub struct Answer<'a> {
    /// The status code.
    pub status: u16,
    /// Every `Location`.
    pub locations: Vec<&'a [u8]>,
    /// Every `Content-Type`.
    pub content_types: Vec<&'a [u8]>,
    /// Whether the body has a content encoding.
    pub is_encoded: bool,
    /// Every `Retry-After`.
    pub retry_after: Vec<&'a [u8]>,
    /// Every `X-RateLimit-Next-Available`.
    pub next_available: Vec<&'a [u8]>,
    /// The whole body, or why there is none.
    pub body: Result<&'a [u8], Why>,
    /// When it came, in seconds since 1970.
    pub now: i64,
}

/// What the sign-in host answers to `authorize`.
pub fn authorize(answer: &Answer) -> Liveness {
    if let Some(unknown) = refusal(answer) {
        return unknown;
    }
    if let Err(why) = answer.body {
        return answer.unknown(why);
    }
    if answer.status != 302 {
        return answer.unknown(reason(answer));
    }
    if answer.is_encoded {
        return answer.unknown(Why::Encoded);
    }
    let [location] = answer.locations[..] else {
        return answer.unknown(Why::UnclearRedirect);
    };
    match Redirect::parse(location) {
        Some(redirect) => redirect.verdict(answer),
        None => answer.unknown(Why::UnclearRedirect),
    }
}

/// What the sign-in host answers to `ssocookie`. A live answer repeats the
/// token, so it is compared with what was sent and goes no further.
pub fn ssocookie(answer: &Answer, token: &str) -> Liveness {
    if let Some(unknown) = refusal(answer) {
        return unknown;
    }
    let body = match json_body(answer) {
        Ok(body) => body,
        Err(why) => return answer.unknown(why),
    };
    match answer.status {
        200 => match serde_json::from_slice::<Object<SignedIn>>(body) {
            Ok(Object(echo)) if echo.npsso == token && echo.error.is_none() => Liveness::Live {
                expires: echo.expires(answer.now),
            },
            _ => answer.unknown(Why::Unexpected),
        },
        400..=499 => match serde_json::from_slice::<Object<Denial>>(body) {
            Ok(Object(denial)) if denial.is_recorded() => Liveness::Rejected {
                how: Rejection::InvalidLogin,
            },
            Ok(_) => answer.unknown(Why::OtherError),
            Err(_) => answer.unknown(reason(answer)),
        },
        _ => answer.unknown(reason(answer)),
    }
}

/// What the store answers to its question. Of what a signed-in session is told,
/// nothing is kept but that it was told something.
pub fn store(answer: &Answer) -> Liveness {
    if let Some(unknown) = refusal(answer) {
        return unknown;
    }
    let body = match json_body(answer) {
        Ok(body) => body,
        Err(why) => return answer.unknown(why),
    };
    if answer.status != 200 {
        return answer.unknown(match answer.status {
            _ if is_outdated(body) => Why::QueryOutdated,
            401 | 403 => Why::Refused,
            _ => reason(answer),
        });
    }
    let Ok(Object(told)) = serde_json::from_slice::<Object<Answered>>(body) else {
        return answer.unknown(match is_outdated(body) {
            true => Why::QueryOutdated,
            false => Why::Unexpected,
        });
    };
    let problems = told.errors.unwrap_or_default();
    match (told.data.map(|Object(data)| data.titles), &problems[..]) {
        (Some(Titles::Some), []) => Liveness::Live { expires: None },
        (Some(Titles::Null), [Object(problem)]) if problem.is_denial() => Liveness::Rejected {
            how: Rejection::NotSignedIn,
        },
        _ if is_outdated(body) => answer.unknown(Why::QueryOutdated),
        (_, []) => answer.unknown(Why::Unexpected),
        _ => answer.unknown(Why::OtherError),
    }
}

impl Answer<'_> {
    fn unknown(&self, why: Why) -> Liveness {
        Liveness::Unknown {
            why,
            retry_at: self.retry_at(),
        }
    }

    /// The seconds or the date of `Retry-After`, or else what the rate limit names.
    fn retry_at(&self) -> Option<i64> {
        let number = |text: &str| -> Option<i64> {
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| text.parse().ok()).flatten()
        };
        let after = only(&self.retry_after).and_then(|text| match number(text) {
            Some(seconds) => self.now.checked_add(seconds),
            None => date::parse(text),
        });
        let at = after.or_else(|| only(&self.next_available).and_then(number))?;
        // Nobody waits for a year; such a number is no time to try again.
        (self.now..self.now + 366 * 86_400)
            .contains(&at)
            .then_some(at)
    }

    fn content_type(&self) -> Option<&str> {
        let text = only(&self.content_types)?;
        Some(text.split(';').next().unwrap_or(text).trim())
    }

    fn is_page(&self) -> bool {
        let html = ["text/html", "application/xhtml+xml"];
        let says = |kind: &str| html.iter().any(|html| kind.eq_ignore_ascii_case(html));
        match self.content_type() {
            Some(kind) => says(kind),
            None => self
                .body
                .is_ok_and(|body| body.trim_ascii_start().starts_with(b"<")),
        }
    }

    fn is_json(&self) -> bool {
        self.content_type()
            .is_some_and(|kind| kind.eq_ignore_ascii_case("application/json"))
    }
}

/// The value of a header that is there once and is a text.
fn only<'a>(values: &[&'a [u8]]) -> Option<&'a str> {
    match values {
        [value] => std::str::from_utf8(value).ok().map(str::trim),
        _ => None,
    }
}

/// Whether the issuer wants no more requests, whatever they are about.
fn refusal(answer: &Answer) -> Option<Liveness> {
    match answer.status {
        429 => Some(answer.unknown(Why::RateLimited)),
        403 if answer.is_page() => Some(answer.unknown(Why::Blocked)),
        _ => None,
    }
}

/// Why an answer is none of those that were recorded.
fn reason(answer: &Answer) -> Why {
    match answer.status {
        511 => Why::Page,
        500..=599 => Why::ServerError,
        300..=399 => Why::Elsewhere,
        _ if answer.is_page() => Why::Page,
        200..=299 => Why::Unexpected,
        _ => Why::Status,
    }
}

/// The body of an answer that has to be JSON.
fn json_body<'a>(answer: &Answer<'a>) -> Result<&'a [u8], Why> {
    // What the status says by itself is the better reason.
    match answer.status {
        300..=399 | 500..=599 => return Err(reason(answer)),
        _ if answer.is_page() => return Err(Why::Page),
        _ => {}
    }
    let body = answer.body?;
    if answer.is_encoded {
        return Err(Why::Encoded);
    }
    if !answer.is_json() {
        return Err(match answer.status {
            200..=299 => Why::ContentType,
            _ => reason(answer),
        });
    }
    Ok(body)
}

/// Where a redirect leads. Parsed strictly: a spelling that two parsers could
/// read differently is no redirect of the issuer's.
struct Redirect<'a> {
    scheme: &'a str,
    authority: &'a str,
    path: &'a str,
    query: &'a str,
}

/// The app that asks, and whose address the code is sent to.
pub const APP_SCHEME: &str = "com.scee.psxandroid.scecompcall";
/// The host of that address.
pub const APP_HOST: &str = "redirect";
const SIGN_IN_HOST: &str = "my.account.sony.com";
const SIGN_IN_PATH: &str = "/sonyacct/signin/";
const LOGIN_REQUIRED: &str = "login_required";
/// "User is not authenticated".
const NOT_AUTHENTICATED: &str = "4165";

impl<'a> Redirect<'a> {
    fn parse(location: &'a [u8]) -> Option<Redirect<'a>> {
        let is_plain = |byte: &u8| byte.is_ascii_graphic() && !b"\\#\"<>^`{|}".contains(byte);
        if !location.iter().all(is_plain) {
            return None;
        }
        let location = std::str::from_utf8(location).ok()?;
        let (whole, query) = location.split_once('?').unwrap_or((location, ""));
        let (scheme, rest) = whole.split_once("://")?;
        let (authority, path) = match rest.find('/') {
            Some(at) => rest.split_at(at),
            None => (rest, ""),
        };
        Some(Redirect {
            scheme,
            authority,
            path,
            query,
        })
    }

    fn verdict(&self, answer: &Answer) -> Liveness {
        let mut codes = self.values("code");
        let mut errors = self.values("error");
        let mut numbers = self.values("error_code");
        let (code, error, number) = (codes.next(), errors.next(), numbers.next());
        if codes.next().or(errors.next()).or(numbers.next()).is_some() {
            return answer.unknown(Why::UnclearRedirect);
        }
        let said = (code.as_deref(), error.as_deref(), number.as_deref());
        match (self.scheme, self.authority, self.path) {
            (APP_SCHEME, APP_HOST, "" | "/") => sent_back(said, answer),
            ("https", SIGN_IN_HOST, SIGN_IN_PATH) => match said {
                (None, Some(LOGIN_REQUIRED), Some(NOT_AUTHENTICATED)) => Liveness::Rejected {
                    how: Rejection::SignInRequired,
                },
                (None, Some(error), _) => answer.unknown(unlike_rejection(error)),
                _ => answer.unknown(Why::UnclearRedirect),
            },
            _ => answer.unknown(Why::Elsewhere),
        }
    }

    /// The values of a key in the query.
    fn values(&self, key: &str) -> impl Iterator<Item = Cow<'a, str>> {
        form_urlencoded::parse(self.query.as_bytes())
            .filter(move |(name, _)| name == key)
            .map(|(_, value)| value)
    }
}

/// What the app is told. A code is live; an error is a rejection, unless it is
/// one that is not about the session.
fn sent_back(said: (Option<&str>, Option<&str>, Option<&str>), answer: &Answer) -> Liveness {
    match said {
        (Some(code), None, None) if is_code(code) => Liveness::Live { expires: None },
        (None, Some(error), None | Some(NOT_AUTHENTICATED)) if is_about_session(error) => {
            Liveness::Rejected {
                how: Rejection::SentBack,
            }
        }
        (None, Some(error), _) => answer.unknown(unlike_rejection(error)),
        _ => answer.unknown(Why::UnclearRedirect),
    }
}

fn is_code(code: &str) -> bool {
    let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    code.strip_prefix("v3.")
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(is_unreserved))
}

/// Errors that RFC 6749 and OpenID Connect give for the request itself, and for
/// a session that is good but has something to confirm. Such an error says
/// nothing against the secret.
const OTHER_ERRORS: [&str; 8] = [
    "invalid_request",
    "unauthorized_client",
    "invalid_client",
    "unsupported_response_type",
    "invalid_scope",
    "interaction_required",
    "consent_required",
    "account_selection_required",
];
/// A fault of the server.
const TEMPORARY_ERRORS: [&str; 2] = ["server_error", "temporarily_unavailable"];

fn is_about_session(error: &str) -> bool {
    let is_other = OTHER_ERRORS.contains(&error) || TEMPORARY_ERRORS.contains(&error);
    !error.is_empty() && !is_other
}

fn unlike_rejection(error: &str) -> Why {
    match TEMPORARY_ERRORS.contains(&error) {
        true => Why::TemporaryError,
        false => Why::OtherError,
    }
}

/// What is written as an object. A list of the same values would do otherwise.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct OnlyObject<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for OnlyObject<T> {
            type Value = Object<T>;

            fn expecting(&self, out: &mut fmt::Formatter) -> fmt::Result {
                out.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Object<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Object)
            }
        }
        from.deserialize_map(OnlyObject(PhantomData))
    }
}

/// `ssocookie` for a signed-in session. The token is borrowed from the body, so
/// that no copy of it is made.
#[derive(Deserialize)]
struct SignedIn<'a> {
    npsso: &'a str,
    expires_in: Option<IgnoreUnlessNumber>,
    error: Option<IgnoredAny>,
}

impl SignedIn<'_> {
    /// The longest time that was recorded is 60 days.
    fn expires(&self, now: i64) -> Option<i64> {
        let IgnoreUnlessNumber(seconds) = self.expires_in.as_ref()?;
        let seconds = i64::try_from((*seconds)?).ok()?;
        (1..=60 * 86_400)
            .contains(&seconds)
            .then(|| now.checked_add(seconds))?
    }
}

/// A number of seconds; what is none is ignored, because the token is what counts.
struct IgnoreUnlessNumber(Option<u64>);

impl<'de> Deserialize<'de> for IgnoreUnlessNumber {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(from)?;
        Ok(IgnoreUnlessNumber(value.as_u64()))
    }
}

/// `ssocookie` for a session that is over.
#[derive(Deserialize)]
struct Denial<'a> {
    error: &'a str,
    error_code: Option<i64>,
    npsso: Option<IgnoredAny>,
}

impl Denial<'_> {
    fn is_recorded(&self) -> bool {
        self.error == "invalid_grant" && self.error_code == Some(20) && self.npsso.is_none()
    }
}

/// What the store tells.
#[derive(Deserialize)]
struct Answered {
    data: Option<Object<Data>>,
    errors: Option<Vec<Object<Problem>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Data {
    #[serde(rename = "purchasedTitlesRetrieve")]
    titles: Titles,
}

/// Whether there is something, and not what it is.
#[derive(Debug, PartialEq, Eq)]
enum Titles {
    Null,
    Some,
}

impl<'de> Deserialize<'de> for Titles {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct NullOrObject;
        impl<'de> Visitor<'de> for NullOrObject {
            type Value = Titles;

            fn expecting(&self, out: &mut fmt::Formatter) -> fmt::Result {
                out.write_str("null or an object")
            }

            fn visit_unit<E: de::Error>(self) -> Result<Titles, E> {
                Ok(Titles::Null)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Titles, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Titles::Some)
            }
        }
        from.deserialize_any(NullOrObject)
    }
}

#[derive(Deserialize)]
struct Problem {
    message: String,
    path: Option<Vec<String>>,
}

impl Problem {
    fn is_denial(&self) -> bool {
        let path = self.path.as_deref();
        self.message == "Access denied! You need to be authorized to perform this action!"
            && path.is_none_or(|path| path == ["purchasedTitlesRetrieve"])
    }
}

/// Whether the store says that it takes another question now. This names a
/// reason and never makes a verdict, so a substring will do.
fn is_outdated(body: &[u8]) -> bool {
    let marks = [
        "PersistedQuery",
        "PERSISTED_QUERY",
        "ersisted quer",
        "CSRF",
        "whitelisted",
    ];
    marks
        .iter()
        .any(|mark| memchr::memmem::find(body, mark.as_bytes()).is_some())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: i64 = 1_780_000_000;
    const LIVE: &str = "com.scee.psxandroid.scecompcall://redirect/?code=v3.AbC123&cid=5b3c";
    const DEAD: &str = "https://my.account.sony.com/sonyacct/signin/?access_type=offline&response_type=code\
        &cid=5b3c&auth_ver=v3&error=login_required&error_code=4165\
        &error_description=User+is+not+authenticated&no_captcha=true&cid=5b3c";
    const DENIED: &str = r#"{"data":{"purchasedTitlesRetrieve":null},"errors":[{"message":"Access denied! You need to be authorized to perform this action!","path":["purchasedTitlesRetrieve"],"extensions":{"service":"arkham-gql"}}]}"#;
    const INVALID: &str = r#"{"error":"invalid_grant","error_description":"Invalid login","error_code":20,"docs":"https://auth.api.sonyentertainmentnetwork.com/docs/","parameters":[]}"#;

    fn answer<'a>(status: u16, content_type: &'a str, body: &'a str) -> Answer<'a> {
        Answer {
            status,
            locations: Vec::new(),
            content_types: vec![content_type.as_bytes()],
            is_encoded: false,
            retry_after: Vec::new(),
            next_available: Vec::new(),
            body: Ok(body.as_bytes()),
            now: NOW,
        }
    }

    fn redirect(location: &str) -> Answer<'_> {
        Answer {
            locations: vec![location.as_bytes()],
            content_types: Vec::new(),
            ..answer(302, "", "")
        }
    }

    fn to(location: &str) -> Liveness {
        authorize(&redirect(location))
    }

    fn is(why: Why) -> Liveness {
        Liveness::unknown(why)
    }

    #[test]
    fn the_recorded_answers_to_authorize_are_verdicts() {
        assert!(to(LIVE).is_live());
        assert!(to(&LIVE.replace("redirect/", "redirect")).is_live());
        let how = Rejection::SignInRequired;
        assert_eq!(to(DEAD), Liveness::Rejected { how });
        let how = Rejection::SentBack;
        for error in ["login_required", "access_denied", "invalid_grant"] {
            let location = format!("com.scee.psxandroid.scecompcall://redirect/?error={error}");
            assert_eq!(to(&location), Liveness::Rejected { how }, "{error}");
            let location = format!("{location}&error_code=4165");
            assert_eq!(to(&location), Liveness::Rejected { how }, "{error}");
        }
    }

    #[test]
    fn an_error_that_is_not_about_the_session_is_no_rejection() {
        let sent = |query: &str| {
            to(&format!(
                "com.scee.psxandroid.scecompcall://redirect/?{query}"
            ))
        };
        assert_eq!(sent("error=server_error"), is(Why::TemporaryError));
        assert_eq!(
            sent("error=temporarily_unavailable"),
            is(Why::TemporaryError)
        );
        for query in [
            "error=consent_required",
            "error=invalid_scope",
            "error=",
            "error=login_required&error_code=4166",
        ] {
            assert_eq!(sent(query), is(Why::OtherError), "{query}");
        }
        for (from, to_) in [
            ("error_code=4165", "error_code=4097"),
            ("&error_code=4165", ""),
            ("error=login_required", "error=terms_required"),
            ("error=login_required", "error=Login_Required"),
        ] {
            assert_eq!(to(&DEAD.replace(from, to_)), is(Why::OtherError), "{to_}");
        }
        let fault = DEAD.replace("login_required", "server_error");
        assert_eq!(to(&fault), is(Why::TemporaryError));
    }

    #[test]
    fn a_redirect_that_only_looks_like_a_recorded_one_is_none() {
        for location in [
            // Everything that a substring would fall for
            "https://my.account.sony.com/sonyacct/signin/?response_type=code&error_code=4165",
            "/sonyacct/signin/?error=login_required&error_code=4165",
            "//my.account.sony.com/sonyacct/signin/?error=login_required&error_code=4165",
            "com.scee.psxandroid.scecompcall://redirect/",
            "com.scee.psxandroid.scecompcall://redirect/?cid=1",
            "com.scee.psxandroid.scecompcall://redirect/?code=",
            "com.scee.psxandroid.scecompcall://redirect/?code=v3.",
            "com.scee.psxandroid.scecompcall://redirect/?code=v2.AbC123",
            "com.scee.psxandroid.scecompcall://redirect/?code=v3.AbC123&code=v3.AbC123",
            "com.scee.psxandroid.scecompcall://redirect/?code=v3.AbC123&error=server_error",
            "com.scee.psxandroid.scecompcall://redirect/?code=v3.AbC123&error_code=4165",
            "com.scee.psxandroid.scecompcall://redirect/?CODE=v3.AbC123",
            "com.scee.psxandroid.scecompcall://redirect/?error=login_required&error=login_required",
            "com.scee.psxandroid.scecompcall://redirect/#code=v3.AbC123",
            "com.scee.psxandroid.scecompcall://redirect/?code=v3.AbC123#x",
            "com.scee.psxandroid.scecompcall://redirect/?code=v3.AbC123 ",
            "com.scee.psxandroid.scecompcall:redirect/?code=v3.AbC123",
            "",
            "?",
        ] {
            assert_eq!(to(location), is(Why::UnclearRedirect), "{location}");
        }
        for location in [
            "https://portal.example/login".to_owned(),
            LIVE.replace("scecompcall", "scecompcal"),
            LIVE.replace("com.scee", "COM.SCEE"),
            LIVE.replace("redirect", "elsewhere"),
            LIVE.replace("redirect/", "redirect/x"),
            LIVE.replace("redirect", "redirect:1"),
            LIVE.replace("redirect", "x@redirect"),
            DEAD.replace("https", "http"),
            DEAD.replace("my.account.sony.com", "my.account.sony.com.example"),
            DEAD.replace("my.account.sony.com", "MY.account.sony.com"),
            DEAD.replace("my.account.sony.com", "my.account.sony.com:443"),
            DEAD.replace("my.account.sony.com", "x@my.account.sony.com"),
            DEAD.replace("my.account.sony.com", "example.com"),
            DEAD.replace("signin/", "signin"),
            DEAD.replace("signin", "signup"),
        ] {
            assert_eq!(to(&location), is(Why::Elsewhere), "{location}");
        }
        for more in [
            "&error=login_required",
            "&error_code=4165",
            "&code=v3.AbC123",
            "&%63ode=v3.A",
        ] {
            let location = format!("{DEAD}{more}");
            assert_eq!(to(&location), is(Why::UnclearRedirect), "{more}");
        }
    }

    #[test]
    fn one_location_and_the_recorded_status_are_asked_for() {
        let twice = Answer {
            locations: vec![DEAD.as_bytes(), DEAD.as_bytes()],
            ..redirect(DEAD)
        };
        let none = Answer {
            locations: Vec::new(),
            ..redirect(DEAD)
        };
        for answer in [twice, none] {
            assert_eq!(authorize(&answer), is(Why::UnclearRedirect));
        }
        for status in [301, 303, 307, 308] {
            let answer = Answer {
                status,
                ..redirect(DEAD)
            };
            assert_eq!(authorize(&answer), is(Why::Elsewhere), "{status}");
        }
        let broken = Answer {
            body: Err(Why::Truncated),
            ..redirect(DEAD)
        };
        assert_eq!(authorize(&broken), is(Why::Truncated));
        let encoded = Answer {
            is_encoded: true,
            ..redirect(DEAD)
        };
        assert_eq!(authorize(&encoded), is(Why::Encoded));
    }

    #[test]
    fn what_is_no_redirect_has_its_reason() {
        let html = |status| authorize(&answer(status, "text/html; charset=utf-8", "<html>"));
        assert_eq!(html(200), is(Why::Page));
        assert_eq!(html(403), is(Why::Blocked));
        assert_eq!(html(429), is(Why::RateLimited));
        assert_eq!(html(503), is(Why::ServerError));
        assert_eq!(html(511), is(Why::Page));
        let json = |status| authorize(&answer(status, "application/json", INVALID));
        assert_eq!(json(200), is(Why::Unexpected));
        assert_eq!(json(400), is(Why::Status));
        assert_eq!(json(401), is(Why::Status));
        assert_eq!(json(403), is(Why::Status));
        let bare = Answer {
            content_types: Vec::new(),
            ..answer(403, "", "\n<HTML><TITLE>Access Denied</TITLE>")
        };
        assert_eq!(authorize(&bare), is(Why::Blocked));
    }

    #[test]
    fn the_time_to_try_again_is_read() {
        let at = |after: &[&'static str], next: &[&'static str]| {
            let answer = Answer {
                retry_after: after.iter().map(|text| text.as_bytes()).collect(),
                next_available: next.iter().map(|text| text.as_bytes()).collect(),
                ..answer(429, "", "")
            };
            match authorize(&answer) {
                Liveness::Unknown { retry_at, .. } => retry_at,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(at(&["120"], &[]), Some(NOW + 120));
        assert_eq!(at(&["Thu, 28 May 2026 20:27:40 GMT"], &[]), Some(NOW + 60));
        assert_eq!(at(&[], &["1780000300"]), Some(NOW + 300));
        for nonsense in [
            "",
            "-1",
            "soon",
            "1e9",
            "99999999999999999999",
            "9999999999",
        ] {
            assert_eq!(at(&[nonsense], &[]), None, "{nonsense}");
        }
        assert_eq!(at(&["120", "120"], &["17"]), None);
    }

    #[test]
    fn ssocookie_is_live_when_it_repeats_what_was_sent() {
        let json = |status, body: &str| ssocookie(&answer(status, "application/json", body), "T");
        let live = |expires| Liveness::Live { expires };
        assert_eq!(
            json(200, r#"{"npsso":"T","expires_in":60}"#),
            live(Some(NOW + 60))
        );
        assert_eq!(json(200, r#"{"npsso":"T"}"#), live(None));
        assert_eq!(json(200, r#"{"npsso":"T","expires_in":"60"}"#), live(None));
        assert_eq!(
            json(200, r#"{"npsso":"T","expires_in":99999999999}"#),
            live(None)
        );
        for body in [
            r#"{"npsso":"t","expires_in":60}"#,
            r#"{"npsso":"T","npsso":"T"}"#,
            "\u{feff}{\"npsso\":\"T\"}",
            r#"{"npsso":"T"} x"#,
            r#"{"npsso":"T""#,
            r#"{"npsso":"T","error":"invalid_grant"}"#,
            r#"{"npsso":null}"#,
            r#"["T"]"#,
            r#"["T",60,null]"#,
            "",
        ] {
            assert_eq!(json(200, body), is(Why::Unexpected), "{body}");
        }
        assert_eq!(
            json(401, r#"{"npsso":"T","expires_in":60}"#),
            is(Why::Status)
        );
    }

    #[test]
    fn ssocookie_is_rejected_by_the_recorded_error_alone() {
        let json = |status, body: &str| ssocookie(&answer(status, "application/json", body), "T");
        let how = Rejection::InvalidLogin;
        for status in [400, 401, 403] {
            assert_eq!(json(status, INVALID), Liveness::Rejected { how });
        }
        for (status, why) in [
            (200, Why::Unexpected),
            (302, Why::Elsewhere),
            (429, Why::RateLimited),
            (500, Why::ServerError),
        ] {
            assert_eq!(json(status, INVALID), is(why), "{status}");
        }
        for code in ["100", "4097", "21", "null"] {
            let body = INVALID.replace(":20", &format!(":{code}"));
            assert_eq!(json(400, &body), is(Why::OtherError), "{code}");
        }
        assert_eq!(
            json(400, &INVALID.replace(":20", ":\"20\"")),
            is(Why::Status)
        );
        assert_eq!(
            json(400, &INVALID.replace("invalid_grant", "x")),
            is(Why::OtherError)
        );
        assert_eq!(json(400, r#"["invalid_grant",20,null]"#), is(Why::Status));
        let twice = INVALID.replace("{", r#"{"error_code":100,"#);
        assert_eq!(json(400, &twice), is(Why::Status));
        let text = ssocookie(&answer(400, "text/plain", INVALID), "T");
        assert_eq!(text, is(Why::Status));
        let encoded = Answer {
            is_encoded: true,
            ..answer(400, "application/json", INVALID)
        };
        assert_eq!(ssocookie(&encoded, "T"), is(Why::Encoded));
    }

    #[test]
    fn the_store_is_asked_for_null_or_not() {
        let json =
            |status, body: &str| store(&answer(status, "application/json; charset=utf-8", body));
        let live = r#"{"data":{"purchasedTitlesRetrieve":{"games":[{"name":"\ud83d"}]}}}"#;
        assert!(!json(200, live).is_rejected());
        let live = r#"{"data":{"purchasedTitlesRetrieve":{"games":[{"name":"CSRF"}]}}}"#;
        assert!(json(200, live).is_live());
        let how = Rejection::NotSignedIn;
        assert_eq!(json(200, DENIED), Liveness::Rejected { how });
        let short = DENIED.replace(r#","path":["purchasedTitlesRetrieve"]"#, "");
        assert_eq!(json(200, &short), Liveness::Rejected { how });
        for (from, to, why) in [
            ("Access denied!", "Access Denied!", Why::OtherError),
            (
                r#"["purchasedTitlesRetrieve"]"#,
                r#"["other"]"#,
                Why::OtherError,
            ),
            (
                r#"{"purchasedTitlesRetrieve":null}"#,
                "null",
                Why::OtherError,
            ),
            (r#"{"purchasedTitlesRetrieve":null}"#, "{}", Why::Unexpected),
            (r#":null"#, r#":{"games":[]}"#, Why::OtherError),
            (r#":null"#, ":false", Why::Unexpected),
            (
                r#"{"purchasedTitlesRetrieve":null}"#,
                "[null]",
                Why::Unexpected,
            ),
            (
                r#":null"#,
                ":null,\"purchasedTitlesRetrieve\":null",
                Why::Unexpected,
            ),
            (r#":null"#, ":null,\"other\":null", Why::Unexpected),
            ("{\"data\"", "\u{feff}{\"data\"", Why::Unexpected),
            (
                "Access denied! You need",
                "PersistedQueryNotFound",
                Why::QueryOutdated,
            ),
        ] {
            let body = DENIED.replace(from, to);
            assert_eq!(json(200, &body), is(why), "{body}");
        }
        let no_errors = r#"{"data":{"purchasedTitlesRetrieve":null}}"#;
        assert_eq!(json(200, no_errors), is(Why::Unexpected));
        let outdated = r#"{"errors":[{"message":"PersistedQueryNotFound"}]}"#;
        for status in [200, 400, 404] {
            assert_eq!(json(status, outdated), is(Why::QueryOutdated));
        }
        assert_eq!(json(400, r#"{"message":"CSRF"}"#), is(Why::QueryOutdated));
        assert_eq!(json(401, DENIED), is(Why::Refused));
        assert_eq!(json(403, DENIED), is(Why::Refused));
        assert_eq!(json(404, DENIED), is(Why::Status));
        assert_eq!(json(502, DENIED), is(Why::ServerError));
        assert_eq!(store(&answer(200, "text/html", DENIED)), is(Why::Page));
        assert_eq!(
            store(&answer(200, "text/plain", DENIED)),
            is(Why::ContentType)
        );
        assert_eq!(store(&answer(403, "text/html", "")), is(Why::Blocked));
    }

    /// A part of an answer, and whether it is as it was recorded.
    fn part(
        recorded: &'static str,
        others: &'static [&'static str],
    ) -> impl Strategy<Value = (String, bool)> {
        prop_oneof![
            3 => Just((recorded.to_owned(), true)),
            1 => proptest::sample::select(others).prop_map(|text| (text.to_owned(), false)),
            1 => "[ -~]{0,12}".prop_map(move |text| { let same = text == recorded; (text, same) }),
        ]
    }

    proptest! {
        #[test]
        fn only_the_recorded_redirect_is_a_rejection(
            status in prop_oneof![3 => Just(302u16), 1 => 100..600u16],
            scheme in part("https://", &["http://", "", "//", "HTTPS://", "com.scee.psxandroid.scecompcall://"]),
            host in part("my.account.sony.com", &["redirect", "ca.account.sony.com", "my.account.sony.com.", "x@my.account.sony.com"]),
            path in part("/sonyacct/signin/", &["/", "/sonyacct/signin", "//sonyacct/signin/", "/sonyacct/signin/."]),
            error in part("error=login_required", &["error=login", "Error=login_required", "code=login_required", "xerror=login_required"]),
            code in part("error_code=4165", &["error_code=4166", "error_code=04165", "error_code", "code=v3.AbC123"]),
        ) {
            let location = format!("{}{}{}?{}&{}", scheme.0, host.0, path.0, error.0, code.0);
            let verdict = authorize(&Answer { status, ..redirect(&location) });
            let recorded = status == 302 && scheme.1 && host.1 && path.1 && error.1 && code.1;
            let to_app = scheme.0.starts_with(APP_SCHEME) && host.0 == APP_HOST;
            if recorded {
                prop_assert!(verdict.is_rejected());
            } else if !to_app {
                prop_assert!(!verdict.is_rejected(), "{}", location);
            }
        }

        #[test]
        fn an_arbitrary_answer_is_never_a_verdict(
            status in 100..600u16,
            location in proptest::option::of(proptest::collection::vec(any::<u8>(), 0..80)),
            content_type in prop_oneof![Just("application/json"), Just("text/html"), Just("")],
            body in prop_oneof![
                proptest::collection::vec(any::<u8>(), 0..200),
                "[{}\\[\\]\":,a-z0-9]{0,80}".prop_map(String::into_bytes),
                // A recorded body with one byte that is another one.
                (0..DENIED.len(), any::<u8>()).prop_filter_map("the same", |(at, byte)| {
                    let mut body = DENIED.as_bytes().to_vec();
                    let other = body[at] != byte && at < 130;
                    body[at] = byte;
                    other.then_some(body)
                }),
            ],
        ) {
            let answer = Answer {
                status,
                locations: location.iter().map(Vec::as_slice).collect(),
                content_types: vec![content_type.as_bytes()],
                is_encoded: false,
                retry_after: Vec::new(),
                next_available: Vec::new(),
                body: Ok(&body),
                now: NOW,
            };
            for verdict in [authorize(&answer), ssocookie(&answer, "T"), store(&answer)] {
                prop_assert!(!verdict.is_rejected() && !verdict.is_live(), "{:?}", verdict);
            }
        }
    }
}
