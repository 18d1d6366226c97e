//! What the values of a text come to together.

use std::collections::BTreeMap;
use std::ops::Range;

use super::is_within_reach;
use crate::context::REACH;
use crate::model::cookie::Cookie;
use crate::model::encoding::Encoding;
use crate::model::finding::Confidence;
use crate::model::secret::{Secret, SecretKind};
use crate::model::suppression::Pragma;
use crate::rule::Rule;
use crate::score::{BESIDE, Ground};

/// A secret in the buffer.
pub struct Hit<'r> {
    /// Where it stands in the text.
    pub range: Range<usize>,
    /// Whether each character takes two bytes.
    pub wide: bool,
    /// The rule that it satisfies best.
    pub rule: &'r Rule,
    /// What that rests on.
    pub ground: Ground,
    /// The rule that is left where another value nearby goes by the name of the secret.
    pub otherwise: Option<&'r Rule>,
    /// The value.
    pub secret: Secret,
    /// The value as it stands there.
    pub spelling: Secret,
    /// What had to be undone to read it, the outermost first.
    pub encodings: Vec<Encoding>,
    /// What is said there of the cookie that it is.
    pub cookie: Option<Box<Cookie>>,
    /// What bound it to its rule, where that was asked for.
    pub why: Option<Box<str>>,
    /// The comments beside it that say it is known.
    pub pragmas: Box<[Pragma]>,
}

/// Where a value goes by the name of a secret, what stands nearby says nothing about others
/// that are called something: who calls one by its name does so with each.
pub fn settle<'r>(hits: &mut Vec<Hit<'r>>, others: &[Hit<'r>]) {
    let named = hits.iter().chain(others);
    let mut named: Vec<(Range<usize>, SecretKind, Secret)> = named
        .filter(|hit| hit.ground == Ground::Named)
        .map(|hit| (hit.range.clone(), hit.rule.kind, hit.secret.clone()))
        .collect();
    named.sort_by_key(|(place, ..)| place.end);
    hits.retain_mut(|hit| {
        if hit.ground != Ground::Nearby {
            return true;
        }
        let first = named.partition_point(|(place, ..)| place.end + REACH < hit.range.start);
        let is_beside = named[first..]
            .iter()
            .take_while(|(place, ..)| is_within_reach(place, &hit.range))
            .any(|(_, kind, secret)| *kind == hit.rule.kind && *secret != hit.secret);
        if !is_beside {
            return true;
        }
        hit.why = hit.why.take().map(|_| BESIDE.into());
        match hit.otherwise {
            Some(rule) => {
                hit.rule = rule;
                true
            }
            None => false,
        }
    });
}

/// What can be read in several ways at one place is there once, read in the plainest
/// way that says what it is, and where it stands most exactly.
pub fn without_repeats(mut hits: Vec<Hit<'_>>) -> Vec<Hit<'_>> {
    hits.sort_by(|a, b| {
        let key = |hit: &Hit<'_>| {
            let is_bare = hit.rule.confidence == Confidence::Low;
            let range = &hit.range;
            (is_bare, hit.encodings.len(), range.len(), range.start)
        };
        let (one, other) = (a.secret.identity(), b.secret.identity());
        one.cmp(&other)
            .then_with(|| a.secret.cmp(&b.secret))
            .then_with(|| key(a).cmp(&key(b)))
    });
    let mut of: Option<Secret> = None;
    let mut places: BTreeMap<usize, usize> = BTreeMap::new();
    hits.retain(|hit| {
        if of.as_ref() != Some(&hit.secret) {
            places.clear();
            of = Some(hit.secret.clone());
        }
        let before = places.range(..hit.range.end).next_back();
        if before.is_some_and(|(_, end)| *end > hit.range.start) {
            return false;
        }
        places.insert(hit.range.start, hit.range.end);
        true
    });
    hits.sort_by(|a, b| {
        let key = |hit: &Hit<'_>| (hit.range.start, hit.encodings.len(), hit.range.end);
        key(a).cmp(&key(b)).then_with(|| a.secret.cmp(&b.secret))
    });
    hits
}
