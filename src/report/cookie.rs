//! What a place says of a cookie, in words. It is repeated, not believed.

use crate::model::cookie::{Cookie, Expires};
use crate::model::date;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// `cookie of .sony.com, said to expire 2026-12-24`. Where `now` is known, in
/// seconds since 1970, what lies before it is said to have expired.
pub fn words(cookie: &Cookie, now: Option<i64>) -> String {
    let mut out = "cookie".to_owned();
    if let Some(domain) = &cookie.domain {
        out.push_str(" of ");
        out.push_str(domain.as_str());
    }
    match cookie.expires {
        None => {}
        Some(Expires::WithSession) => out.push_str(", said to end with the browser's session"),
        Some(Expires::After(seconds)) => {
            out.push_str(", said to expire ");
            out.push_str(&length(seconds));
            out.push_str(" after it was set");
        }
        Some(Expires::At(seconds)) => {
            let said = match now.is_some_and(|now| seconds < now) {
                true => ", said to have expired ",
                false => ", said to expire ",
            };
            let date = date::rfc3339(seconds).expect("a cookie has a date that can be written");
            out.push_str(said);
            out.push_str(&date[..10]);
        }
    }
    out
}

fn length(seconds: i64) -> String {
    let (number, unit) = match seconds {
        _ if seconds >= 2 * DAY => (seconds / DAY, "days"),
        _ if seconds >= 2 * HOUR => (seconds / HOUR, "hours"),
        _ if seconds >= 2 * MINUTE => (seconds / MINUTE, "minutes"),
        1 => (1, "second"),
        _ => (seconds, "seconds"),
    };
    format!("{number} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::cookie::Domain;

    fn said(domain: Option<&str>, expires: Option<Expires>) -> String {
        let domain = domain.and_then(Domain::new);
        words(&Cookie { domain, expires }, Some(1_798_113_600))
    }

    #[test]
    fn a_cookie_is_put_into_words() {
        let sony = Some(".sony.com");
        assert_eq!(said(sony, None), "cookie of .sony.com");
        assert_eq!(
            said(sony, Some(Expires::At(1_798_113_600))),
            "cookie of .sony.com, said to expire 2026-12-24"
        );
        assert_eq!(
            said(None, Some(Expires::At(1_735_689_600))),
            "cookie, said to have expired 2025-01-01"
        );
        assert_eq!(
            said(sony, Some(Expires::WithSession)),
            "cookie of .sony.com, said to end with the browser's session"
        );
        assert_eq!(
            said(None, Some(Expires::After(60 * DAY))),
            "cookie, said to expire 60 days after it was set"
        );
        let cookie = Cookie {
            domain: None,
            expires: Some(Expires::At(0)),
        };
        assert_eq!(words(&cookie, None), "cookie, said to expire 1970-01-01");
    }

    #[test]
    fn a_length_of_time_has_a_unit_that_fits() {
        for (seconds, text) in [
            (1, "1 second"),
            (119, "119 seconds"),
            (600, "10 minutes"),
            (7200, "2 hours"),
            (86_400, "24 hours"),
            (5_183_999, "59 days"),
        ] {
            assert_eq!(length(seconds), text);
        }
    }
}
