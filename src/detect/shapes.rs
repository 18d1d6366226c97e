//! What stands around the values of a text, but for what differs from line to line: where
//! that is the same, a value is judged as another one was.

use std::hash::{BuildHasher, Hash, Hasher, RandomState};
use std::ops::Range;
use std::sync::LazyLock;

use crate::context::REACH;

/// Numbers in a text that are kept: how long a token is says something.
const KEPT: &[u8] = b"64";

/// Digits of a number that could be a value.
const LONG: usize = 20;

static HASHER: LazyLock<RandomState> = LazyLock::new(RandomState::new);

/// A text in pieces: lines, and what stands in them before, between and behind values.
pub struct Shapes {
    /// Where each piece ends; the next one begins there.
    ends: Vec<usize>,
    /// What all pieces before each one are like, and all together: a polynomial in
    /// [`Shapes::base`] of what each of them is like, so that any of their rows can be
    /// told in no time.
    sums: Vec<u64>,
    /// The powers of the base.
    powers: Vec<u64>,
    base: u64,
}

/// What each value is like, whatever it is.
const VALUE: u64 = 1;

/// Bytes that touch a value and are told apart but for their digits.
const TOUCH: usize = 48;

impl Shapes {
    /// Reads a text once, with the places of its values in order.
    pub fn of(text: &[u8], values: &[Range<usize>]) -> Shapes {
        let mut shapes = Shapes {
            ends: Vec::new(),
            sums: vec![0],
            powers: vec![1],
            // An odd one, whose powers are never nothing.
            base: HASHER.hash_one(0) | 1,
        };
        let mut plain = Vec::new();
        let mut done = 0;
        for value in values.iter().filter(|value| !value.is_empty()) {
            if value.start < done {
                continue;
            }
            shapes.lines(text, done..value.start, &mut plain);
            shapes.push(value.end, VALUE);
            done = value.end;
        }
        shapes.lines(text, done..text.len(), &mut plain);
        shapes
    }

    /// Adds the lines of a part of the text.
    fn lines(&mut self, text: &[u8], part: Range<usize>, plain: &mut Vec<u8>) {
        let mut start = part.start;
        while start < part.end {
            let line = memchr::memchr(b'\n', &text[start..part.end]);
            let end = line.map_or(part.end, |line| start + line + 1);
            plain.clear();
            without_numbers(&text[start..end], plain);
            self.push(end, HASHER.hash_one(&*plain));
            start = end;
        }
    }

    fn push(&mut self, end: usize, hash: u64) {
        let next = |list: &[u64], add: u64| {
            let last = list.last().copied().unwrap_or(1);
            last.wrapping_mul(self.base).wrapping_add(add)
        };
        let (sum, power) = (next(&self.sums, hash), next(&self.powers, 0));
        self.ends.push(end);
        self.sums.push(sum);
        self.powers.push(power);
    }

    /// What the context of a value is like. It is the same for two values where nothing
    /// within their reach differs but values and numbers of less than twenty digits: so
    /// variables that differ in a number of two digits or more are taken for one. In what
    /// touches the value numbers are as long as each other. `None` for a value that stands
    /// in another one.
    pub fn around(&self, text: &[u8], value: &Range<usize>) -> Option<u64> {
        let piece = |at: usize| self.ends.partition_point(|end| *end <= at);
        let first = piece(value.start.saturating_sub(REACH));
        let own = piece(value.start);
        if self.ends.get(own) != Some(&value.end) {
            return None;
        }
        let count = self.ends.len();
        let next = (piece(value.end + REACH) + 1).min(count).max(own + 1);
        let before = self.sums[first].wrapping_mul(self.powers[next - first]);
        let sum = self.sums[next].wrapping_sub(before);
        let end = self.ends.get(own + 1).copied().unwrap_or(value.end);
        let begins = own.checked_sub(2).map_or(0, |before| self.ends[before]);
        let left = &text[begins.max(value.start.saturating_sub(TOUCH))..value.start];
        let right = &text[value.end..end.min(value.end + TOUCH)];
        let is_blank = |byte: &u8| byte.is_ascii_whitespace();
        let left = &left[left.iter().rposition(is_blank).unwrap_or(0)..];
        let right = &right[..right.iter().position(is_blank).unwrap_or(right.len())];
        let mut hasher = HASHER.build_hasher();
        (own - first, next - own, sum).hash(&mut hasher);
        for side in [left, right] {
            let mut plain = [0; TOUCH];
            for (to, from) in plain.iter_mut().zip(side) {
                *to = if from.is_ascii_digit() { b'0' } else { *from };
            }
            plain[..side.len()].hash(&mut hasher);
        }
        Some(hasher.finish())
    }
}

/// Adds a text to `out` with a zero for each number. One digit behind a letter belongs to
/// a name, as in `ps5`.
fn without_numbers(text: &[u8], out: &mut Vec<u8>) {
    let mut rest = text;
    while let Some(start) = rest.iter().position(u8::is_ascii_digit) {
        let length = rest[start..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let number = &rest[start..start + length];
        let in_name = length == 1 && start > 0 && rest[start - 1].is_ascii_alphabetic();
        out.extend(&rest[..start]);
        let is_kept = in_name || number == KEPT || length >= LONG;
        out.extend(if is_kept { number } else { b"0" });
        rest = &rest[start + length..];
    }
    out.extend(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_differ_in_values_and_numbers_look_alike() {
        let line = |number: &str| format!("10:00:{number} session id={} of ps5\n", "x".repeat(64));
        let mut text = String::new();
        let mut values = Vec::new();
        for number in 100..400 {
            let line = line(&number.to_string());
            let start = text.len() + line.find("id=").unwrap_or(0) + 3;
            values.push(start..start + 64);
            text.push_str(&line);
        }
        let shapes = Shapes::of(text.as_bytes(), &values);
        let keys: Vec<Option<u64>> = values
            .iter()
            .map(|value| shapes.around(text.as_bytes(), value))
            .collect();
        let mut different = keys.clone();
        different.sort_unstable();
        different.dedup();
        // Those near the ends have less around them.
        assert!(different.len() < 120, "{}", different.len());
        assert_eq!(keys[150], keys[151]);
        let other = text.replacen("of ps5\n10:00:250 ", "of ps4\n10:00:250 ", 1);
        let other = Shapes::of(other.as_bytes(), &values);
        assert_ne!(other.around(text.as_bytes(), &values[150]), keys[150]);
    }
}
