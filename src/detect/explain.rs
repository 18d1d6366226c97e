//! Why a value is reported, or is not: for people who ask.

use std::path::Path;

use super::position::{Position, TextEncoding};
use super::{candidate, is_within_reach, pragma};
use crate::context::{REACH, Surroundings};
use crate::model::finding::Confidence;
use crate::model::secret::Secret;
use crate::model::suppression::Pragma;
use crate::prefilter;
use crate::prefilter::Point;
use crate::rule::{Rule, RuleSet};
use crate::score::{self, Ground, Judgement, Why};

/// What became of one value of a file, and why.
pub struct Explained<'r> {
    /// The line, from 1.
    pub line: u64,
    /// The column, from 1.
    pub column: u64,
    /// The value, and what was made of its surroundings; `None` where its own letters
    /// cannot be a secret: a digest, a placeholder, a part of a longer run.
    pub value: Option<(Secret, Judgement<'r>)>,
    /// The comments beside it that say it is known, whether they count or not.
    pub pragmas: Box<[Pragma]>,
}

/// Every run of letters and digits and every cookie that could be a secret on one line
/// of a text. What is encoded, or in a container, is not looked into.
pub fn explain<'r>(
    bytes: &[u8],
    path: Option<&Path>,
    line: u64,
    rules: &'r RuleSet,
) -> Vec<Explained<'r>> {
    let head = &bytes[..bytes.len().min(REACH)];
    let mut points: Vec<(usize, Point)> = Vec::new();
    prefilter::points(bytes, 0..bytes.len(), |point| {
        let start = match &point {
            Point::Run { range, .. } => range.start,
            Point::Dot { at, .. } => *at,
        };
        points.push((start, point));
    });
    points.sort_by_key(|(start, _)| *start);
    let judged = |point: &Point| {
        let candidate = candidate(bytes, point)?;
        let (left, right) = candidate.sides();
        let around = Surroundings::read(&left, &right, head, path);
        let spellings = [candidate.text(), candidate.secret.expose()];
        let mut judgement = score::judge(&spellings, &around, rules);
        let is_named = |rule: &Rule| rule.confidence == Confidence::High;
        if candidate.is_rare() && !judgement.rule.is_some_and(is_named) {
            judgement.rule = None;
            judgement.why = Why::Rare;
        }
        let bare = score::bare(&spellings, &&around, rules);
        Some((
            candidate.range.clone(),
            candidate.secret.clone(),
            judgement,
            bare,
        ))
    };
    let beginning = Position::start(TextEncoding::detect(head), bytes);
    let mut position = beginning.clone();
    let mut done = 0;
    let mut out: Vec<Explained> = Vec::new();
    for (start, point) in &points {
        position.advance(&bytes[done..*start]);
        done = *start;
        if position.line() < line {
            continue;
        }
        if position.line() > line {
            break;
        }
        let mut here = *start;
        let mut pragmas = Box::default();
        let value = judged(point).map(|(range, secret, mut judgement, bare)| {
            here = range.start;
            pragmas = pragma::beside(bytes, &range);
            // What the values beside it go by counts as it does in an audit.
            let kind = judgement.rule.map(|rule| rule.kind);
            let near = range.start.saturating_sub(2 * REACH)..range.end + 2 * REACH;
            let is_beside = |(at, other): &(usize, Point)| {
                near.contains(at)
                    && judged(other).is_some_and(|(place, other, its, _)| {
                        its.ground() == Ground::Named
                            && other != secret
                            && its.rule.map(|rule| rule.kind) == kind
                            && is_within_reach(&place, &range)
                    })
            };
            if judgement.ground() == Ground::Nearby && points.iter().any(is_beside) {
                judgement.rule = bare;
                judgement.why = Why::Beside;
            }
            (secret, judgement)
        });
        // A dot between words is nothing to explain.
        if value.is_some() || matches!(point, Point::Run { .. }) {
            out.push(Explained {
                line,
                column: {
                    let mut place = beginning.clone();
                    place.advance(&bytes[..here]);
                    place.column()
                },
                value,
                pragmas,
            });
        }
    }
    out
}
