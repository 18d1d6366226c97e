//! Dates as Apple's formats store them: seconds since the beginning of 2001.

/// Seconds from 0000-03-01 to 2001-01-01 in the proleptic Gregorian calendar.
const FROM_YEAR_ZERO: i64 = 730_791 * 86_400;

/// The date as text, `2026-01-31T12:00:00Z`; nothing for one that isn't in the
/// years 1 to 9999.
pub fn text(since_2001: f64) -> Option<String> {
    const FARTHEST: f64 = 1e12;
    if !(-FARTHEST..FARTHEST).contains(&since_2001) {
        return None;
    }
    let seconds = since_2001.floor() as i64 + FROM_YEAR_ZERO;
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
        let date = |seconds| text(seconds).expect("it is in range");
        assert_eq!(date(0.0), "2001-01-01T00:00:00Z");
        assert_eq!(date(-978_307_200.0), "1970-01-01T00:00:00Z");
        assert_eq!(date(730_944_000.5), "2024-03-01T00:00:00Z");
        assert_eq!(date(730_943_999.0), "2024-02-29T23:59:59Z");
        assert_eq!(date(-31_622_400.0), "2000-01-01T00:00:00Z");
        for far in [f64::NAN, f64::INFINITY, 1e30, -1e11, 5e11] {
            assert_eq!(text(far), None);
        }
    }
}
