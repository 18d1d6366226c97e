//! Points in time as text.

/// Seconds from 0000-03-01 to 1970-01-01 in the proleptic Gregorian calendar.
const FROM_YEAR_ZERO: i64 = 719_468 * 86_400;

/// The date as in RFC 3339, `2026-01-31T12:00:00Z`; nothing for one that isn't
/// in the years 1 to 9999.
pub fn rfc3339(since_1970: i64) -> Option<String> {
    let seconds = since_1970.checked_add(FROM_YEAR_ZERO)?;
    let (day, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
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

#[cfg(test)]
mod tests {
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
}
