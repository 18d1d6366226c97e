//! Dates as Apple's formats store them: seconds since the beginning of 2001.

use crate::model::date;

/// Seconds from the beginning of 1970 to that of 2001.
const FROM_1970: i64 = 978_307_200;

/// The date as text, `2026-01-31T12:00:00Z`; nothing for one that isn't in the
/// years 1 to 9999.
pub fn text(since_2001: f64) -> Option<String> {
    const FARTHEST: f64 = 1e12;
    if !(-FARTHEST..FARTHEST).contains(&since_2001) {
        return None;
    }
    date::rfc3339(since_2001.floor() as i64 + FROM_1970)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_counted_from_2001() {
        let date = |seconds| text(seconds).expect("it is in range");
        assert_eq!(date(0.0), "2001-01-01T00:00:00Z");
        assert_eq!(date(-978_307_200.0), "1970-01-01T00:00:00Z");
        assert_eq!(date(730_944_000.5), "2024-03-01T00:00:00Z");
        for far in [f64::NAN, f64::INFINITY, 1e30, -1e11, 5e11] {
            assert_eq!(text(far), None);
        }
    }
}
