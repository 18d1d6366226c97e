//! What the text around a value says of the cookie whose value it is.
//!
//! A text can hold many cookies. What is read belongs to the value alone: it
//! stands in the same line of a jar, the same header, the same object or the same
//! row, and what may be another's is left out.

mod header;
mod jar;
mod object;
mod row;

use std::sync::LazyLock;

use regex::Regex;

use super::{Surroundings, front, tail};
use crate::model::cookie::Cookie;

/// How far a record or a header reaches on each side of a value.
const RECORD: usize = 2048;

/// What every text that says something of a cookie has in it: the name of a field or an
/// attribute, a call that makes one, or what a line of a jar has.
static SAID: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i-u:cookie|discard|domain|expir|false|host|max[_ -]?age|persistent|session|true|\t/)",
    )
    .expect("the pattern is tested")
});

/// Whether a text can say anything of a cookie.
pub fn may_be_said(text: &str) -> bool {
    SAID.is_match(text)
}

/// Reads what is said of a cookie; nothing for what is no cookie, or has nothing
/// but a name and a value.
pub fn read(around: &Surroundings<'_>) -> Option<Cookie> {
    let as_it_is = (
        tail(around.far_left, RECORD),
        front(around.far_right, RECORD),
    );
    // JSON in JSON, a jar in a string of a program.
    let unescaped = (&*around.left, &*around.right);
    let of_row = || row::read(around.far_left, around.far_right, around.head);
    let of_line = |(left, right)| jar::read(left, right).or_else(|| header::read(left, right));
    let of_object = |(left, right)| object::read(left, right);
    let both = [as_it_is, unescaped];
    // A tuple in an SQL dump looks like the arguments of a call, too.
    (both.into_iter().find_map(of_line))
        .or_else(of_row)
        .or_else(|| both.into_iter().find_map(of_object))
}

#[cfg(test)]
mod testing {
    use crate::context::{Surroundings, plain};
    use crate::model::cookie::{Cookie, Expires};
    use crate::model::date;

    /// What a text says of the cookie whose value stands at its `@`.
    pub fn said(text: &str) -> String {
        let (left, right) = text.split_once('@').expect("the value has a place");
        let around = Surroundings::read(left.as_bytes(), right.as_bytes(), text.as_bytes(), None);
        let Some(Cookie { domain, expires }) = around.cookie() else {
            return String::new();
        };
        assert!(super::may_be_said(&plain(text.as_bytes())), "{text}");
        let expires = expires.map(|expires| match expires {
            Expires::At(seconds) => date::rfc3339(seconds).expect("it can be written"),
            Expires::After(seconds) => format!("after {seconds}"),
            Expires::WithSession => "session".to_owned(),
        });
        let parts = [domain.map(|domain| domain.to_string()), expires];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
}
