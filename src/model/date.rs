//! Points in time as text, and the other way round.

use std::str::FromStr;

use jiff::SignedDuration;
use jiff::civil::DateTime;
use jiff::fmt::strtime;

/// The beginning of 1970.
const START: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);
/// No date is written with more characters.
const LONGEST: usize = 64;

/// The date as in RFC 3339, `2026-01-31T12:00:00Z`; nothing for one that isn't
/// in the years 1 to 9999.
pub fn rfc3339(since_1970: i64) -> Option<String> {
    let since = SignedDuration::from_secs(since_1970);
    let date = START.checked_add(since).ok()?;
    (date.year() > 0).then(|| format!("{date}Z"))
}

/// The seconds since 1970 of a date as programs and headers write it; nothing for
/// what is none, or isn't in the years 1 to 9999. Without a time zone, it is taken
/// for UTC.
pub fn parse(text: &str) -> Option<i64> {
    let text = text.trim();
    let is_short = text.len() <= LONGEST && text.is_ascii();
    is_short
        .then(|| iso(text).or_else(|| cookie_date(text)))
        .flatten()
}

/// `2026-01-31`, `2026-01-31T12:00:00.000Z`, `2026-01-31 12:00+01:00`.
fn iso(text: &str) -> Option<i64> {
    const DATE: usize = "2026-01-31".len();
    text.as_bytes().get(4).filter(|byte| **byte == b'-')?;
    let zone = text.get(DATE..)?.find(['+', '-', 'Z', 'z', 'U', 'G']);
    let (time, offset) = text.split_at(zone.map_or(text.len(), |zone| DATE + zone));
    Some(seconds(time.trim_end().parse().ok()?)? - self::zone(offset)?)
}

/// A date as `Expires` of a cookie has it, in any of the forms that browsers take:
/// <https://www.rfc-editor.org/rfc/rfc6265#section-5.1.1>.
fn cookie_date(text: &str) -> Option<i64> {
    const MONTHS: [&str; 12] = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ];
    let (mut time, mut day, mut month, mut year) = (None, None, None, None);
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != ':');
    for word in words.filter(|word| !word.is_empty()) {
        let digits = word.bytes().take_while(u8::is_ascii_digit).count();
        let begins = word.get(..3).map(str::to_ascii_lowercase);
        let named = MONTHS
            .iter()
            .position(|month| Some(*month) == begins.as_deref());
        match (digits, named) {
            (1 | 2, _) if time.is_none() && word.contains(':') => time = Some(clock(word)?),
            (1 | 2, _) if day.is_none() => day = Some(number(&word[..digits])?),
            (0, Some(place)) if month.is_none() => month = Some(place as i8 + 1),
            (2..=4, _) if year.is_none() => year = Some(number::<i16>(&word[..digits])?),
            _ => {}
        }
    }
    let year = match year? {
        year @ 0..=69 => year + 2000,
        year @ 70..=99 => year + 1900,
        year => year,
    };
    // As programs in JavaScript print a date: `GMT+0100 (CET)`.
    let offset = ["GMT", "UTC"]
        .iter()
        .find_map(|name| text.split_once(name))
        .map_or("", |(_, rest)| rest.split(' ').next().unwrap_or(""));
    let (hour, minute, second) = time?;
    let date = DateTime::new(year, month?, day?, hour, minute, second, 0);
    Some(seconds(date.ok()?)? - zone(offset)?)
}

fn clock(word: &str) -> Option<(i8, i8, i8)> {
    let mut parts = word.split(':').map(|part| {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        number(&part[..digits.min(3)])
    });
    Some((parts.next()??, parts.next()??, parts.next()??))
}

/// How far a time zone is ahead, in seconds.
fn zone(text: &str) -> Option<i64> {
    if matches!(text, "" | "Z" | "z" | "UTC" | "GMT") {
        return Some(0);
    }
    let read = |form| strtime::parse(form, text).ok()?.offset();
    let offset = ["%z", "%:::z"].into_iter().find_map(read)?;
    Some(offset.seconds().into())
}

fn number<N: FromStr>(digits: &str) -> Option<N> {
    digits.parse().ok()
}

/// The seconds since 1970 of a date in the years 1 to 9999.
fn seconds(date: DateTime) -> Option<i64> {
    (date.year() > 0).then(|| date.duration_since(START).as_secs())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        let date = |seconds| rfc3339(seconds).expect("it is in range");
        assert_eq!(date(0), "1970-01-01T00:00:00Z");
        assert_eq!(date(978_307_200), "2001-01-01T00:00:00Z");
        assert_eq!(date(1_709_251_200), "2024-03-01T00:00:00Z");
        assert_eq!(date(1_709_251_199), "2024-02-29T23:59:59Z");
        assert_eq!(date(946_684_800), "2000-01-01T00:00:00Z");
        for far in [i64::MIN, i64::MAX, -100_000_000_000, 500_000_000_000] {
            assert_eq!(rfc3339(far), None);
        }
    }

    #[test]
    fn dates_are_read_in_the_forms_in_which_cookies_have_them() {
        let noon = 1_798_113_600;
        for text in [
            "2026-12-24T12:00:00Z",
            "2026-12-24T12:00:00.000Z",
            "2026-12-24T12:00:00,5Z",
            "2026-12-24T13:00:00+01:00",
            "2026-12-24T13:00+01",
            "2026-12-24 07:00:00 -0500",
            "2026-12-24 12:00",
            "2026-12-24 12:00:00 UTC",
            "Thu, 24 Dec 2026 12:00:00 GMT",
            "Thu, 24-Dec-2026 12:00:00 GMT",
            "Thursday, 24-Dec-26 12:00:00 GMT",
            "Thu Dec 24 12:00:00 2026",
            "Thu Dec 24 2026 13:00:00 GMT+0100 (CET)",
        ] {
            assert_eq!(parse(text), Some(noon), "{text}");
        }
        assert_eq!(parse("2026-12-24"), Some(noon - 12 * 3600));
        assert_eq!(parse("0001-01-01T00:00:00"), Some(-62_135_596_800));
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "Session",
            "2026",
            "2026-13-01",
            "2026-02-29",
            "2026-12-24T25:00:00Z",
            "2026-12-24T12:00:00Zulu",
            "2026-12-24 later",
            "12/24/2026 12:00:00 PM",
            "24-12-2026 12:00:00",
            "Thu, 31 Feb 2026 12:00:00 GMT",
            "Thu, 24 Dec 2026 12:00 GMT",
            "Thu, 24 Dec 99999 12:00:00 GMT",
            "10000-01-01T00:00:00Z",
            "-2026-01-01",
            "\u{661}\u{662}",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_date_is_read_as_it_is_written(since_1970 in -62_135_596_800i64..253_402_300_800) {
            let text = rfc3339(since_1970).expect("it is in range");
            prop_assert_eq!(parse(&text), Some(since_1970));
        }

        #[test]
        fn any_text_is_survived(text in any::<String>(), digits in "[0-9:TZ. +-]{0,30}") {
            parse(&text);
            parse(&digits);
            parse(&format!("1 jan {digits}"));
        }
    }
}
