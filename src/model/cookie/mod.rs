//! What the place of a secret says of the cookie that it is there.
//!
//! All of it is what somebody wrote down. A date in it says nothing about
//! whether the issuer still takes the secret.

mod fields;

use std::fmt;

use crate::model::date;

pub use fields::{is_value, of_attributes, of_record};

/// What a record, a header or a line says of its cookie, at least one thing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cookie {
    /// The host or the domain that it is sent to.
    pub domain: Option<Domain>,
    /// When it expires.
    pub expires: Option<Expires>,
}

/// When a cookie is said to expire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Expires {
    /// At a time, in seconds since 1970.
    At(i64),
    /// So many seconds after it was set, which nothing tells the time of.
    After(i64),
    /// When the browser is closed.
    WithSession,
}

/// The name of a host, or of a domain with a dot before it, as a cookie has it.
/// It holds letters, digits, dots, dashes and underscores alone, and no part of
/// it is as long as a secret.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Domain(String);

impl Domain {
    /// Reads a domain; nothing for what is none, or for a name in other letters
    /// than those of ASCII.
    pub fn new(text: &str) -> Option<Domain> {
        const LONGEST: usize = 253;
        const LONGEST_LABEL: usize = 63;
        let text = text.trim();
        // Some tools write an address with it.
        let host = match text.split_once("://") {
            Some((_, rest)) => rest.split('/').next().unwrap_or(rest),
            None => text,
        };
        let name = host.strip_prefix('.').unwrap_or(host);
        let labels: Vec<&str> = name.split('.').collect();
        let is_number = |label: &&str| label.bytes().all(|byte| byte.is_ascii_digit());
        let are_names = host.len() <= LONGEST
            && labels.iter().all(|label| {
                let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
                (1..=LONGEST_LABEL).contains(&label.len()) && label.bytes().all(fits)
            });
        let is_address = labels.len() == 4 && labels.iter().all(is_number);
        let is_host = labels.len() > 1 && !labels.last().is_some_and(is_number);
        (are_names && (is_host || is_address || name.eq_ignore_ascii_case("localhost")))
            .then(|| Domain(host.to_ascii_lowercase()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// What a zero stands for in a field that has a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zero {
    /// Zero stands for no date, and so for the session.
    IsSession,
    /// Zero says nothing.
    IsUnclear,
}

impl Expires {
    /// Reads when a cookie expires: a date, or a number of seconds, milliseconds
    /// or microseconds since 1970, or of microseconds since 1601 as Chrome counts.
    /// Nothing for what makes no sense.
    pub fn read(text: &str, zero: Zero) -> Option<Expires> {
        let text = text.trim();
        let lower = text.to_ascii_lowercase();
        if matches!(lower.as_str(), "session" | "at end of session" | "infinity") {
            return Some(Expires::WithSession);
        }
        // `/Date(1798113600000)/` is how .NET writes a date in JSON.
        let text = lower
            .trim_matches(['\\', '/'])
            .strip_prefix("date(")
            .and_then(|rest| rest.strip_suffix(')'))
            .unwrap_or(text);
        let Some(number) = number(text) else {
            return match date::parse(text)? {
                NO_DATE => Some(Expires::WithSession),
                seconds => Expires::at(seconds),
            };
        };
        match (number, zero) {
            (-1.0, _) | (0.0, Zero::IsSession) => Some(Expires::WithSession),
            _ => Expires::at(since_1970(number)?),
        }
    }

    /// A time, as long as it can be written and isn't before all cookies.
    fn at(seconds: i64) -> Option<Expires> {
        (0..=END).contains(&seconds).then_some(Expires::At(seconds))
    }
}

/// The beginning of the year 1: what .NET and Go have in the place of no date.
const NO_DATE: i64 = -62_135_596_800;
/// The last second of the year 9999.
const END: i64 = 253_402_300_799;
/// The beginning of 1970 in microseconds since 1601.
const FROM_1601: f64 = 11_644_473_600e6;

fn number(text: &str) -> Option<f64> {
    const LONGEST: usize = 32;
    let fits = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+' | b'e' | b'E');
    let is_number = text.len() <= LONGEST && text.bytes().all(fits);
    let number: f64 = text.parse().ok().filter(|_| is_number)?;
    number.is_finite().then_some(number)
}

/// The seconds of a number whose magnitude tells what it counts: Firefox went over
/// from seconds to milliseconds in its 142nd version, and what exports a field seldom
/// says its unit. The first years of each unit are the last of the one before.
fn since_1970(number: f64) -> Option<i64> {
    // 1973: nothing that is shorter is the date of a cookie.
    const FIRST: f64 = 1e8;
    const END_OF_SECONDS: f64 = END as f64;
    let seconds = match number {
        _ if number < FIRST => return None,
        _ if number <= END_OF_SECONDS => number,
        _ if number <= END_OF_SECONDS * 1e3 => number / 1e3,
        _ if number < FROM_1601 => number / 1e6,
        _ => (number - FROM_1601) / 1e6,
    };
    (seconds <= END_OF_SECONDS).then_some(seconds as i64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOON: i64 = 1_798_113_600;

    fn read(text: &str) -> Option<Expires> {
        Expires::read(text, Zero::IsUnclear)
    }

    #[test]
    fn the_magnitude_of_a_number_tells_its_unit() {
        for text in [
            "1798113600",
            "1798113600.742",
            "1.7981136e9",
            "1798113600000",
            "1798113600742.5",
            "1798113600000000",
            "13442587200000000",
            "/Date(1798113600000)/",
            "\\/Date(1798113600000)\\/",
        ] {
            assert_eq!(read(text), Some(Expires::At(NOON)), "{text}");
        }
        assert_eq!(read("253402300799"), Some(Expires::At(END)));
    }

    #[test]
    fn a_cookie_can_end_with_the_session() {
        for text in [
            "-1",
            "-1.0",
            "Session",
            "At end of session",
            "0001-01-01T00:00:00",
        ] {
            assert_eq!(read(text), Some(Expires::WithSession), "{text}");
        }
        assert_eq!(read("0"), None);
        assert_eq!(
            Expires::read("0", Zero::IsSession),
            Some(Expires::WithSession)
        );
    }

    #[test]
    fn what_makes_no_sense_is_left_out() {
        for text in [
            "",
            "3600",
            "-2",
            "1e308",
            "-1e308",
            "1e999",
            "NaN",
            "inf",
            "9223372036854775807",
            "-9223372036854775808",
            "99999999999999999999999999999999999999",
            "638712000000000000",
            "1969-12-31T23:59:59Z",
            "10000-01-01T00:00:00Z",
            "null",
            "true",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn a_domain_is_a_name_of_hosts() {
        for (text, name) in [
            (".sony.com", ".sony.com"),
            ("CA.account.Sony.com", "ca.account.sony.com"),
            ("https://.sony.com/", ".sony.com"),
            ("127.0.0.1", "127.0.0.1"),
            ("localhost", "localhost"),
        ] {
            assert_eq!(Domain::new(text).expect(text).as_str(), name);
        }
        let long = format!("{}com", "sony.".repeat(60));
        let label = format!("{}.com", "s".repeat(64));
        for text in [
            "",
            ".",
            "sony",
            "1.5",
            "sony..com",
            "sony.com.",
            "so ny.com",
            "sony.com:443",
            "sony.com\u{1b}[31m",
            "s\u{f6}ny.com",
            "::error::x.com",
            &long,
            &label,
        ] {
            assert_eq!(Domain::new(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_field_is_survived_and_what_is_read_can_be_written(text in any::<String>(), digits in "-?[0-9]{0,40}(\\.[0-9]{0,3})?(e[0-9]{0,4})?") {
            for text in [&text, &digits] {
                for zero in [Zero::IsSession, Zero::IsUnclear] {
                    if let Some(Expires::At(seconds)) = Expires::read(text, zero) {
                        prop_assert!(date::rfc3339(seconds).is_some());
                    }
                }
                if let Some(domain) = Domain::new(text) {
                    prop_assert!(domain.as_str().len() <= 253 && domain.as_str().is_ascii());
                }
            }
        }
    }
}
