//! From bytes to matches: the fast pass points, this reads what stands there.

mod boundary;
mod explain;
mod hits;
mod look;
mod nearby;
mod packed;
mod position;
mod pragma;
mod scan;
mod scanner;
mod shapes;
mod windows;

use std::borrow::Cow;
use std::cell::{Cell, LazyCell};
use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;

use crate::context::{REACH, Surroundings};
use crate::encoding::narrow;
use crate::model::cookie::Cookie;
use crate::model::finding::Confidence;
use crate::model::secret::Secret;
use crate::prefilter;
use crate::prefilter::Point;
use crate::rule::{Rule, RuleSet};
use crate::score::shape::Likeness;
use crate::score::{self, Ground, Opinion};

pub use explain::{Explained, explain};
pub use packed::{Packed, too_much_packed};
pub use scan::{Match, Scan, Seen};
pub use scanner::Scanner;

/// A value of the right shape, and where it stands.
struct Candidate<'b> {
    /// Where it stands in the buffer.
    range: Range<usize>,
    /// Whether each character takes two bytes; the range is that of their low bytes.
    wide: bool,
    /// The value in its normal spelling.
    secret: Secret,
    /// How well it fits what is random.
    likeness: Likeness,
    excerpt: Excerpt<'b>,
    /// Where it stands in the excerpt.
    at: Range<usize>,
}

/// The part of a buffer around a point, one byte a character.
struct Excerpt<'b> {
    text: Cow<'b, [u8]>,
    /// Where the point's run or dot stands in `text`.
    point: Range<usize>,
    /// Offset of the excerpt in the buffer.
    start: usize,
    /// Bytes for each character in the buffer.
    step: usize,
}

impl<'b> Excerpt<'b> {
    fn around(bytes: &'b [u8], point: &Point) -> Excerpt<'b> {
        let (range, wide) = match point {
            Point::Run { range, wide } => (range.clone(), *wide),
            Point::Dot { at, wide } => (*at..*at + 1, *wide),
        };
        let reach = REACH + 2 * prefilter::TOKEN;
        if !wide {
            let start = range.start.saturating_sub(reach);
            let end = bytes.len().min(range.end + reach);
            return Excerpt {
                text: Cow::Borrowed(&bytes[start..end]),
                point: range.start - start..range.end - start,
                start,
                step: 1,
            };
        }
        // Stay on the parity of the point, so that low bytes are read as characters.
        let back = (range.start.min(2 * reach) / 2) * 2;
        let start = range.start - back;
        let end = bytes.len().min(range.end + 2 * reach);
        let length = (range.end - range.start).div_ceil(2);
        Excerpt {
            text: Cow::Owned(narrow(&bytes[start..end])),
            point: back / 2..back / 2 + length,
            start,
            step: 2,
        }
    }

    /// A candidate out of this excerpt.
    fn candidate(self, at: Range<usize>, secret: Secret, likeness: Likeness) -> Candidate<'b> {
        let end = self.start + at.end * self.step - (self.step - 1);
        Candidate {
            range: self.start + at.start * self.step..end,
            wide: self.step == 2,
            secret,
            likeness,
            excerpt: self,
            at,
        }
    }
}

/// Reads what stands at a point. `None` for what cannot be a secret.
fn candidate<'b>(bytes: &'b [u8], point: &Point) -> Option<Candidate<'b>> {
    if let Point::Run { range, wide: false } = point
        && score::shape::is_hex(&bytes[range.clone()])
    {
        return None;
    }
    let excerpt = Excerpt::around(bytes, point);
    let (text, at) = (&excerpt.text, excerpt.point.clone());
    match point {
        Point::Run { .. } => {
            let value = boundary::token(&text[..at.start], &text[at.clone()], &text[at.end..])?;
            let value = at.start + value.start..at.start + value.end;
            let token = text.get(value.clone())?.try_into().ok()?;
            let likeness = score::shape::token(token).ok()?;
            let secret = Secret::new(str::from_utf8(token).ok()?);
            Some(excerpt.candidate(value, secret, likeness))
        }
        Point::Dot { .. } => {
            let cookie = boundary::cookie(text, at.start)?;
            let normal = cookie.normal.as_bytes().strip_prefix(b"s:")?;
            let (id, signature) = normal.split_first_chunk()?;
            let signature = signature.strip_prefix(b".")?.try_into().ok()?;
            let likeness = score::shape::cookie(id, signature).ok()?;
            let secret = Secret::new(&cookie.normal);
            Some(excerpt.candidate(cookie.range, secret, likeness))
        }
    }
}

impl Candidate<'_> {
    /// Whether so few random values are like it that only the name of a secret makes it one.
    fn is_rare(&self) -> bool {
        self.likeness == Likeness::Rare
    }

    /// The value as it stands there. It is in ASCII.
    fn text(&self) -> &str {
        str::from_utf8(&self.excerpt.text[self.at.clone()]).unwrap_or_default()
    }

    /// The same as a secret. Mostly that is the normal spelling.
    fn spelling(&self) -> Secret {
        match self.text() == self.secret.expose() {
            true => self.secret.clone(),
            false => Secret::new(self.text()),
        }
    }

    /// The texts up to it and after it, at most [`REACH`] characters of each. A name that
    /// touches the value, as in a SQLite row, is kept apart from it.
    fn sides(&self) -> (Cow<'_, [u8]>, Cow<'_, [u8]>) {
        let text = &self.excerpt.text;
        let left = &text[self.at.start.saturating_sub(REACH)..self.at.start];
        let right = &text[self.at.end..text.len().min(self.at.end + REACH)];
        let touches = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        let left = match touches(left.last()) {
            true => Cow::Owned([left, b" "].concat()),
            false => Cow::Borrowed(left),
        };
        let right = match touches(right.first()) {
            true => Cow::Owned([b" ", right].concat()),
            false => Cow::Borrowed(right),
        };
        (left, right)
    }
}

/// Whether two ranges are so close that what stands in one is context of the other.
fn is_within_reach(one: &Range<usize>, other: &Range<usize>) -> bool {
    one.start <= other.end + REACH && other.start <= one.end + REACH
}

/// What was made of a candidate: a rule that it satisfies, and what its surroundings say.
struct Rated<'r> {
    /// The rule that it satisfies best.
    rule: &'r Rule,
    /// Why, where that is asked for.
    why: Option<Box<str>>,
    /// What that rests on.
    ground: Ground,
    /// The rule that is left where another value nearby goes by the name of the secret.
    otherwise: Option<&'r Rule>,
    /// What is said of the cookie that it is. This is for what is reported: it says
    /// nothing about what the candidate is.
    cookie: Option<Box<Cookie>>,
}

/// What can be known before a candidate is looked at closely.
struct Before<'s> {
    head: &'s [u8],
    path: Option<&'s Path>,
    /// Whether its surroundings have nothing in them that a rule listens to.
    is_bare: &'s mut dyn FnMut() -> bool,
    /// Whether they can say something of a cookie.
    may_be_cookie: &'s mut dyn FnMut() -> bool,
    /// What its surroundings are like.
    shape: &'s dyn Fn() -> Option<u64>,
    /// Bytes of surroundings that were read so far.
    looked_at: &'s Cell<u64>,
}

/// What surroundings came to, by what they are like.
type Opinions<'r> = HashMap<u64, Known<'r>>;

/// What is known of surroundings that are like each other.
struct Known<'r> {
    /// Whether they make a value a part of something longer.
    is_part: bool,
    opinion: Option<Opinion<'r>>,
}

/// Judges a candidate by its surroundings, which are read only where none like them were.
fn rate<'r>(
    candidate: &Candidate,
    before: Before,
    rules: &'r RuleSet,
    opinions: &mut Opinions<'r>,
) -> Option<Rated<'r>> {
    /// Opinions that are kept.
    const MOST: usize = 4096;
    let sides = LazyCell::new(|| {
        let sides = candidate.sides();
        let length = (sides.0.len() + sides.1.len()) as u64;
        before.looked_at.set(before.looked_at.get() + length);
        sides
    });
    let around = LazyCell::new(|| Surroundings::read(&sides.0, &sides.1, before.head, before.path));
    let spellings = [candidate.text(), candidate.secret.expose()];
    let shape = (!rules.reasons).then(before.shape).flatten();
    let mut known = shape.map(|shape| {
        if opinions.len() >= MOST {
            opinions.clear();
        }
        opinions.entry(shape).or_insert_with(|| Known {
            is_part: score::is_part_of_more(&around),
            opinion: None,
        })
    });
    let is_part = match &known {
        Some(known) => known.is_part,
        None => score::is_part_of_more(&around),
    };
    if is_part {
        return None;
    }
    let (rule, ground, why);
    if (before.is_bare)() {
        rule = score::bare(&spellings, &around, rules)?;
        (ground, why) = (Ground::Own, None);
    } else if let Some(known) = &mut known {
        let opinion = known
            .opinion
            .get_or_insert_with(|| score::opinion(&around, rules));
        (rule, ground) = opinion.rule(&spellings, &around)?;
        why = None;
    } else {
        let judgement = score::judge(&spellings, &around, rules);
        rule = judgement.rule?;
        ground = judgement.ground();
        why = rules.reasons.then(|| judgement.reason().into());
    }
    if candidate.is_rare() && rule.confidence < Confidence::High {
        return None;
    }
    Some(Rated {
        rule,
        why,
        ground,
        otherwise: (ground == Ground::Nearby)
            .then(|| score::bare(&spellings, &around, rules))
            .flatten(),
        cookie: (rule.confidence >= rules.least && (before.may_be_cookie)())
            .then(|| around.cookie().map(Box::new))
            .flatten(),
    })
}

/// A text with the middle of every value redacted that could be a secret or
/// hold one, whatever stands around it. For names of files and the like.
pub fn redact(text: &[u8]) -> Cow<'_, [u8]> {
    let mut places: Vec<Range<usize>> = Vec::new();
    prefilter::points(text, 0..text.len(), |point| match &point {
        // A secret can be glued to something else, and then it is one all the same.
        Point::Run { range, wide: false } if !score::shape::is_hex(&text[range.clone()]) => {
            places.push(range.clone());
        }
        _ => places.extend(candidate(text, &point).map(|candidate| candidate.range)),
    });
    if places.is_empty() {
        return Cow::Borrowed(text);
    }
    places.sort_by_key(|place| place.start);
    let mut out = Vec::with_capacity(text.len());
    let mut done = 0;
    for place in places.into_iter().filter(|place| place.len() > 4) {
        if place.start < done {
            continue;
        }
        out.extend(&text[done..place.start + 4]);
        out.extend("…".as_bytes());
        done = place.end;
    }
    out.extend(&text[done..]);
    Cow::Owned(out)
}
