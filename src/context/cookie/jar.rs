//! Lines with tabs: a cookie jar as curl, wget and Netscape write it, and what
//! developer tools copy out of their list of cookies.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::super::lossy;
use crate::model::cookie::{Cookie, Domain, Expires, Zero};

/// A line of a jar up to the value: the domain, whether hosts below it get the
/// cookie, the path, whether it needs TLS, when it expires, and the name. It can be
/// quoted in a mail, stand in a patch, or begin a string, and wget adds a port.
static JAR: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"^[ \t>+"'`-]*(?:#HttpOnly_)?([A-Za-z0-9._-]+)(?::[0-9]+)?[ \t]+(?i:TRUE|FALSE)[ \t]+/[^ \t]*[ \t]+(?i:TRUE|FALSE)[ \t]+([0-9.-]+)[ \t]+[^ \t]+[ \t]+$"#,
    )
    .expect("the pattern is tested")
});

/// What follows a value in a copied row: the domain, the path, and when it expires.
static COPIED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"^\t([A-Za-z0-9._-]+)\t/[^\t\r\n]*\t([^\t\r\n]+)(?:[\t\r\n]|$)"#)
        .expect("the pattern is tested")
});

/// What the line of a value says of it.
pub fn read(left: &[u8], right: &[u8]) -> Option<Cookie> {
    let start = memchr::memrchr2(b'\n', b'\r', left).map_or(0, |at| at + 1);
    let line = &left[start..];
    let text = |part: &[u8]| lossy(part).into_owned();
    let said = |domain: &str, expires: &str, zero| {
        let (domain, expires) = (Domain::new(domain), Expires::read(expires, zero));
        (domain.is_some() || expires.is_some()).then_some(Cookie { domain, expires })
    };
    if let Some(fields) = JAR.captures(line) {
        return said(&text(&fields[1]), &text(&fields[2]), Zero::IsSession);
    }
    let (name, _) = line.split_at_checked(line.len().checked_sub(1)?)?;
    let is_name = !name.is_empty() && name.iter().all(u8::is_ascii_graphic);
    let fields = COPIED
        .captures(right)
        .filter(|_| is_name && line.ends_with(b"\t"))?;
    said(&text(&fields[1]), &text(&fields[2]), Zero::IsUnclear)
}

#[cfg(test)]
mod tests {
    use super::super::testing::said;

    #[test]
    fn a_line_of_a_jar_says_all() {
        for line in [
            ".sony.com\tTRUE\t/\tTRUE\t1798113600\tnpsso\t@",
            "#HttpOnly_.sony.com\tTRUE\t/\tTRUE\t1798113600.742\tnpsso\t@",
            ".sony.com:8443\tTRUE\t/\tTRUE\t1798113600\tnpsso\t@",
            "> .sony.com TRUE / TRUE 1798113600 npsso @",
            "+.sony.com\ttrue\t/\tfalse\t1798113600\tnpsso\t@\r",
            r#"jar = ".a.com\tTRUE\t/\tTRUE\t1\ta\tb\n.sony.com\tTRUE\t/\tTRUE\t1798113600\tnpsso\t@\n""#,
        ] {
            assert_eq!(said(line), ".sony.com 2026-12-24T12:00:00Z", "{line}");
        }
        let session = "ca.account.sony.com\tFALSE\t/\tTRUE\t0\tnpsso\t@";
        assert_eq!(said(session), "ca.account.sony.com session");
        let odd = ".sony.com\tTRUE\t/\tTRUE\t9223372036854775807\tnpsso\t@";
        assert_eq!(said(odd), ".sony.com");
    }

    #[test]
    fn the_lines_around_are_of_other_cookies() {
        let other = ".other.example\tTRUE\t/\tTRUE\t1798113600\tother\tx";
        for text in [
            format!("{other}\nNPSSO=@\n{other}"),
            format!("{other}\nnpsso\t@\n{other}"),
            format!("npsso\t@\n\t{other}"),
            // The value of another cookie holds it.
            format!("{other} npsso @"),
        ] {
            assert_eq!(said(&text), "", "{text}");
        }
        let own = ".sony.com\tTRUE\t/\tTRUE\t0\tnpsso\t@";
        assert_eq!(
            said(&format!("{other}\n{own}\n{other}")),
            ".sony.com session"
        );
    }

    #[test]
    fn a_row_that_was_copied_out_of_developer_tools_says_all() {
        let row = "npsso\t@\t.sony.com\t/\t2026-12-24T12:00:00.000Z\t69\t\u{2713}\n";
        assert_eq!(said(row), ".sony.com 2026-12-24T12:00:00Z");
        let session = "a\tb\t.a.com\t/\t2027-01-01\nnpsso\t@\t.sony.com\t/\tSession\t69";
        assert_eq!(said(session), ".sony.com session");
        assert_eq!(said("one two\t@\t.sony.com\t/\tSession\t69"), "");
    }
}
