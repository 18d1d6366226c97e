//! Points in time as text, and the other way round.

/// Seconds of a day.
const DAY: i64 = 86_400;
/// Days from 0000-03-01 to 1970-01-01 in the proleptic Gregorian calendar.
const DAYS_FROM_YEAR_ZERO: i64 = 719_468;
/// Seconds between the same.
const FROM_YEAR_ZERO: i64 = DAYS_FROM_YEAR_ZERO * DAY;
/// No date is written with more characters.
const LONGEST: usize = 64;

/// The date as in RFC 3339, `2026-01-31T12:00:00Z`; nothing for one that isn't
/// in the years 1 to 9999.
pub fn rfc3339(since_1970: i64) -> Option<String> {
    let seconds = since_1970.checked_add(FROM_YEAR_ZERO)?;
    let (day, second) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
    // Years are counted from March here, so that the leap day is the last one. See
    // https://howardhinnant.github.io/date_algorithms.html#civil_from_days.
    let (era, day) = (day.div_euclid(146_097), day.rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, carry) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    let year = era * 400 + year + carry;
    if !(1..=9999).contains(&year) {
        return None;
    }
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    Some(format!(
        "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"
    ))
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
    let (year, rest) = number(text, 4)?;
    let (month, rest) = number(rest.strip_prefix('-')?, 2)?;
    let (day, rest) = number(rest.strip_prefix('-')?, 2)?;
    let Some(rest) = rest.strip_prefix(['T', 't', ' ']) else {
        return seconds((year, month, day), (0, 0, 0)).filter(|_| rest.is_empty());
    };
    let (hour, rest) = number(rest, 2)?;
    let (minute, rest) = number(rest.strip_prefix(':')?, 2)?;
    let (second, rest) = match rest.strip_prefix(':') {
        Some(rest) => number(rest, 2)?,
        None => (0, rest),
    };
    let rest = match rest.strip_prefix(['.', ',']) {
        Some(rest) => rest.trim_start_matches(|digit: char| digit.is_ascii_digit()),
        None => rest,
    };
    Some(seconds((year, month, day), (hour, minute, second))? - zone(rest.trim_start())?)
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
            (1 | 2, _) if day.is_none() => day = Some(number(word, digits)?.0),
            (0, Some(place)) if month.is_none() => month = Some(place as i64 + 1),
            (2..=4, _) if year.is_none() => year = Some(number(word, digits)?.0),
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
    Some(seconds((year, month?, day?), time?)? - zone(offset)?)
}

fn clock(word: &str) -> Option<(i64, i64, i64)> {
    let mut parts = word.split(':').map(|part| {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        number(part, digits.clamp(1, 3)).map(|(number, _)| number)
    });
    Some((parts.next()??, parts.next()??, parts.next()??))
}

/// How far a time zone is ahead, in seconds.
fn zone(text: &str) -> Option<i64> {
    let (sign, rest) = match text.as_bytes().first() {
        None => return Some(0),
        Some(b'+') => (1, &text[1..]),
        Some(b'-') => (-1, &text[1..]),
        Some(_) => return matches!(text, "Z" | "z" | "UTC" | "GMT").then_some(0),
    };
    let (hours, rest) = number(rest, 2)?;
    let rest = rest.strip_prefix(':').unwrap_or(rest);
    let (minutes, rest) = match rest.is_empty() {
        true => (0, rest),
        false => number(rest, 2)?,
    };
    (rest.is_empty() && hours <= 14 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

/// A number of so many digits at the beginning of a text, and the rest of it.
fn number(text: &str, digits: usize) -> Option<(i64, &str)> {
    let (number, rest) = text.split_at_checked(digits)?;
    let is_number = number.bytes().all(|digit| digit.is_ascii_digit());
    Some((number.parse().ok().filter(|_| is_number)?, rest))
}

/// The seconds since 1970 of a date and a time of the calendar.
fn seconds((year, month, day): (i64, i64, i64), time: (i64, i64, i64)) -> Option<i64> {
    let (hour, minute, second) = time;
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + i64::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    let valid = (1..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=days).contains(&day)
        && (0..24).contains(&hour)
        && (0..60).contains(&minute)
        && (0..=60).contains(&second);
    // See `rfc3339` for the calendar.
    let (year, month) = match month {
        ..=2 => (year - 1, month + 9),
        _ => (year, month - 3),
    };
    let (era, year) = (year.div_euclid(400), year.rem_euclid(400));
    let day = (153 * month + 2) / 5 + day - 1;
    let days = era * 146_097 + year * 365 + year / 4 - year / 100 + day - DAYS_FROM_YEAR_ZERO;
    valid.then_some(days * DAY + hour * 3600 + minute * 60 + second)
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
            "2026-12-24T13:00:00+01:00",
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
