//! What the fields of a record say of a cookie, by their names: those of browsers'
//! databases, of their developer tools and extensions, of HAR, of WebDriver,
//! Playwright and Puppeteer, and of the cookie jars of programming languages.

use super::{Cookie, Domain, Expires, Zero};

/// Names of what a cookie is set to. Names are compared without regard to case and
/// to anything but letters and digits.
const VALUES: [&str; 4] = ["value", "cookievalue", "rawvalue", "contentraw"];
/// Names of the domain, the surest first.
const DOMAINS: [&str; 6] = [
    "domain",
    "cookiedomain",
    "hostkey",
    "hostraw",
    "host",
    "hostname",
];
/// Names of the time at which a cookie expires, and what a zero there stands for.
const EXPIRES: [(&str, Zero); 12] = [
    ("expires", Zero::IsUnclear),
    ("expiry", Zero::IsUnclear),
    ("expirationdate", Zero::IsUnclear),
    ("expiration", Zero::IsUnclear),
    ("expiresat", Zero::IsUnclear),
    ("expiresdate", Zero::IsUnclear),
    ("expirydate", Zero::IsUnclear),
    ("expiretime", Zero::IsUnclear),
    ("expirationtime", Zero::IsUnclear),
    ("expiresmaxage", Zero::IsUnclear),
    ("expiresraw", Zero::IsSession),
    ("expiresutc", Zero::IsSession),
];
/// Names of what says that a cookie ends with the session, and in which words.
const SESSION: [(&str, [&str; 2]); 6] = [
    ("session", ["true", "1"]),
    ("issession", ["true", "1"]),
    ("discard", ["true", "1"]),
    ("hasexpires", ["false", "0"]),
    ("ispersistent", ["false", "0"]),
    ("persistent", ["false", "0"]),
];
/// Names of what only cookies have.
const TRAITS: [&str; 13] = [
    "secure",
    "issecure",
    "securecookie",
    "httponly",
    "ishttponly",
    "samesite",
    "rawsamesite",
    "hostonly",
    "storeid",
    "partitionkey",
    "originattributes",
    "firstpartydomain",
    "toplevelsitekey",
];
/// A number of seconds that is longer is no age.
const OLDEST: i64 = 1 << 36;

/// Whether a field of this name holds the value of a cookie, when its record is one.
pub fn is_value(name: &str) -> bool {
    VALUES.contains(&normal(name).as_str())
}

/// What a record says of a cookie, if it looks like that of one: a domain stands
/// in it, or two things that cookies have.
pub fn of_record<'f>(fields: impl IntoIterator<Item = (&'f str, &'f str)>) -> Option<Cookie> {
    let fields = Fields::new(fields)?;
    let has = |names: &[&str]| names.iter().any(|name| fields.get(name).is_some());
    let is_domain = |name: &&str| fields.get(name).and_then(Domain::new).is_some();
    let kinds = [
        DOMAINS.iter().any(is_domain),
        fields.get("path").is_some_and(|path| path.starts_with('/')),
        EXPIRES.iter().any(|(name, _)| has(&[name]))
            || SESSION.iter().any(|(name, _)| has(&[name])),
        has(&TRAITS),
    ];
    let count = kinds.into_iter().filter(|kind| *kind).count();
    let is_cookie = count > 1 || DOMAINS[..3].iter().any(is_domain);
    is_cookie.then(|| fields.cookie(None)).flatten()
}

/// What the attributes of a `Set-Cookie` header say, as far as they say anything.
/// `set` is when it was sent, in seconds since 1970, where that is known.
pub fn of_attributes<'f>(
    fields: impl IntoIterator<Item = (&'f str, &'f str)>,
    set: Option<i64>,
) -> Option<Cookie> {
    let fields = Fields::new(fields)?;
    let Some(age) = fields.get("maxage") else {
        return fields.cookie(None);
    };
    // It counts more than a date: https://www.rfc-editor.org/rfc/rfc6265#section-5.3.
    let age = age.parse().ok().filter(|age| (1..OLDEST).contains(age));
    let expires = age.map(|age: i64| match set {
        Some(set) => Expires::at(set.saturating_add(age)).unwrap_or(Expires::After(age)),
        None => Expires::After(age),
    });
    fields.cookie(Some(expires))
}

/// Fields by their normal names.
struct Fields<'f>(Vec<(String, &'f str)>);

impl<'f> Fields<'f> {
    /// Nothing when a field is there twice: then there are two records.
    fn new(fields: impl IntoIterator<Item = (&'f str, &'f str)>) -> Option<Fields<'f>> {
        let mut all: Vec<(String, &str)> = Vec::new();
        for (name, value) in fields {
            let name = normal(name);
            match all.iter().find(|(other, _)| *other == name) {
                Some((_, other)) if *other != value => return None,
                Some(_) => {}
                None => all.push((name, value)),
            }
        }
        Some(Fields(all))
    }

    fn get(&self, name: &str) -> Option<&'f str> {
        let found = self.0.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| *value)
    }

    fn cookie(&self, age: Option<Option<Expires>>) -> Option<Cookie> {
        let domain = DOMAINS.iter().find_map(|name| Domain::new(self.get(name)?));
        let expires = age.unwrap_or_else(|| self.expires());
        (domain.is_some() || expires.is_some()).then_some(Cookie { domain, expires })
    }

    /// Nothing when the fields disagree.
    fn expires(&self) -> Option<Expires> {
        let dates = EXPIRES
            .iter()
            .filter_map(|(name, zero)| Expires::read(self.get(name)?, *zero));
        let flags = SESSION.iter().filter_map(|(name, words)| {
            let value = self.get(name)?.to_ascii_lowercase();
            words
                .contains(&value.as_str())
                .then_some(Expires::WithSession)
        });
        let mut all: Vec<Expires> = dates.chain(flags).collect();
        all.sort_unstable();
        all.dedup();
        match all.as_slice() {
            [one] => Some(*one),
            _ => None,
        }
    }
}

fn normal(name: &str) -> String {
    name.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_lowercase())
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOON: &str = "1798113600";

    fn shown(cookie: Option<Cookie>) -> String {
        let Some(Cookie { domain, expires }) = cookie else {
            return String::new();
        };
        let domain = domain.map_or_else(String::new, |domain| domain.to_string());
        format!("{domain} {expires:?}")
    }

    fn record(fields: &[(&str, &str)]) -> String {
        shown(of_record(fields.iter().copied()))
    }

    #[test]
    fn fields_are_known_by_the_names_of_every_tool() {
        let all = ".sony.com Some(At(1798113600))";
        for fields in [
            [("domain", ".sony.com"), ("expirationDate", "1798113600.5")],
            [("host", ".sony.com"), ("expiry", "1798113600000")],
            [
                ("host_key", ".sony.com"),
                ("expires_utc", "13442587200000000"),
            ],
            [("Host raw", "https://.sony.com/"), ("Expires raw", NOON)],
            [("Domain", ".sony.com"), ("Expires", "2026-12-24T12:00:00Z")],
        ] {
            assert_eq!(record(&fields), all, "{fields:?}");
        }
    }

    #[test]
    fn a_record_that_could_be_of_anything_is_none_of_a_cookie() {
        for fields in [
            &[("host", "db.example.com")][..],
            &[("expires", NOON)],
            &[("path", "/")],
            &[("host", "db.example.com"), ("path", "bot.db")],
            &[("domain", "playstation_network")],
            &[("secure", "true"), ("path", "/")],
            &[],
        ] {
            assert_eq!(record(fields), "", "{fields:?}");
        }
    }

    #[test]
    fn fields_that_contradict_each_other_are_not_believed() {
        let two = [("domain", "a.com"), ("expires", NOON), ("domain", "b.com")];
        assert_eq!(record(&two), "");
        let dates = [
            ("domain", "a.com"),
            ("expires", NOON),
            ("expiry", "1798113601"),
        ];
        assert_eq!(record(&dates), "a.com None");
        let session = [("domain", "a.com"), ("expires", NOON), ("session", "true")];
        assert_eq!(record(&session), "a.com None");
    }

    #[test]
    fn a_cookie_of_the_session_is_known_by_its_flags() {
        for flag in [("session", "true"), ("has_expires", "0"), ("expires", "-1")] {
            let fields = [("domain", "a.com"), flag];
            assert_eq!(record(&fields), "a.com Some(WithSession)", "{flag:?}");
        }
        let persistent = [("domain", "a.com"), ("session", "false"), ("expires", NOON)];
        assert_eq!(record(&persistent), "a.com Some(At(1798113600))");
    }

    #[test]
    fn an_age_counts_from_when_the_cookie_was_set() {
        let age = |age, set| shown(of_attributes([("Max-Age", age), ("Expires", NOON)], set));
        assert_eq!(age("60", Some(40)), " Some(At(100))");
        assert_eq!(age("60", None), " Some(After(60))");
        for odd in ["0", "-1", "1e9", "9223372036854775807", "x"] {
            assert_eq!(age(odd, Some(i64::MAX / 2)), "", "{odd}");
        }
    }

    proptest! {
        #[test]
        fn any_fields_are_survived(
            fields in prop::collection::vec((prop_oneof!["[a-z_]{0,8}", prop::sample::select(vec!["domain", "expires", "expiry", "path", "session", "Max-Age", "host_key"]).prop_map(str::to_owned)], prop_oneof![any::<String>(), "-?[0-9]{0,30}"]), 0..8),
            set in any::<i64>(),
        ) {
            let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (&**name, &**value)).collect();
            of_record(fields.iter().copied());
            of_attributes(fields.iter().copied(), Some(set));
        }
    }
}
