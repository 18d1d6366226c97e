//! Takes down what stands in the bytes of a blob themselves, beside what was found inside.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::Range;

use super::{BlobAudit, Hit};
use crate::container::Unread;
use crate::detect::{Match, Seen};
use crate::engine::budget::Siblings;
use crate::engine::stretches::Stretches;
use crate::model::layer::Layer;
use crate::model::secret::{Secret, SecretKind, identity};
use crate::prefilter::{self, Point};

/// How much was found before a container was opened.
#[derive(Clone, Copy)]
pub struct Mark {
    hits: usize,
    in_records: usize,
}

/// What was found in a container, by its place among all that was.
#[derive(Default)]
pub struct Inside {
    pub hits: Range<usize>,
    in_records: HashSet<u64>,
}

impl<'r> BlobAudit<'_, 'r> {
    /// How much was found before a container is opened.
    pub(super) fn before(&self) -> Mark {
        Mark {
            hits: self.out.hits.len(),
            in_records: self.in_records.len(),
        }
    }

    /// What was found since then.
    pub(super) fn since(&self, before: Mark) -> Inside {
        Inside {
            hits: before.hits..self.out.hits.len(),
            in_records: self.in_records[before.in_records..]
                .iter()
                .copied()
                .collect(),
        }
    }

    /// Remembers the values in a field of a record, whose name says what they are.
    pub(super) fn in_record(&mut self, field: &[u8]) {
        prefilter::points(field, 0..field.len(), |point| {
            if let Point::Run { range, wide: false } = point {
                self.in_records.push(identity(&field[range]));
            }
        });
    }

    /// Takes down what stands in the bytes of a container or text themselves, but
    /// for what was found inside, and for what a record inside says is something else.
    pub(super) fn take_raw(&mut self, raw: Vec<Seen<'r>>, inside: Inside) {
        if raw.is_empty() {
            return;
        }
        let Inside { hits, in_records } = inside;
        let is_judged = |hit: &Match<'r>| {
            !in_records.is_empty() && in_records.contains(&hit.spelling.identity())
        };
        let known: BTreeSet<_> = self.out.hits[hits]
            .iter()
            .map(|hit| (hit.found.rule.kind, hit.found.secret.clone()))
            .collect();
        // A container that is encoded in a text stands in the decoded text, too, and
        // may be read in two ways, of which the plainest counts.
        let (mut packed, rest): (Vec<_>, Vec<_>) = raw
            .into_iter()
            .partition(|seen| matches!(seen, Seen::Packed(_)));
        packed.sort_by_key(|seen| match seen {
            Seen::Packed(packed) => packed.encodings.len(),
            _ => 0,
        });
        // What was found in containers, and where the encoded texts of these stand.
        let mut opened: BTreeMap<(SecretKind, Secret), Stretches> = BTreeMap::new();
        let is_opened = |opened: &BTreeMap<_, Stretches>, hit: &Match<'r>, at: u64| {
            opened
                .get(&(hit.rule.kind, hit.secret.clone()))
                .is_some_and(|stretches| stretches.contains(at))
        };
        for seen in packed.into_iter().chain(rest) {
            match seen {
                Seen::Secret(hit)
                    if known.contains(&(hit.rule.kind, hit.secret.clone()))
                        || is_judged(&hit)
                        || is_opened(&opened, &hit, hit.location.byte_offset) =>
                {
                    self.budget.room.give_back(&hit.secret, hit.rule.confidence);
                }
                Seen::Secret(mut hit) => {
                    let mut inside = self.inside.clone();
                    inside.extend(hit.encodings.iter().copied().map(Layer::Encoding));
                    if let Some(at) = self.encoded_at {
                        hit.location = at;
                    }
                    if self
                        .budget
                        .room
                        .take_names(&mut inside, &hit.secret, hit.rule.confidence)
                    {
                        self.out.hits.push(Hit {
                            found: hit,
                            inside,
                            encoded_at: None,
                        });
                    }
                }
                Seen::Packed(packed) => {
                    let depth = self.inside.len();
                    let outer = self.encoded_at;
                    let at = outer.unwrap_or(packed.location);
                    let content = identity(&packed.bytes);
                    // What a container holds is read once, however often it can be decoded.
                    if !self.opened.insert((at.byte_offset, content))
                        || !self.spend(packed.bytes.len() as u64)
                        || self.is_over()
                    {
                        continue;
                    }
                    let around = self.enter_share(Siblings::Some);
                    self.encoded_at = Some(at);
                    self.inside
                        .extend(packed.encodings.iter().copied().map(Layer::Encoding));
                    let first = self.out.hits.len();
                    // Its bytes were audited as what is encoded in the text.
                    self.open_bytes(&packed.bytes, None);
                    self.share = around;
                    let new = self.out.hits.split_off(first);
                    let start = packed.location.byte_offset;
                    let range = start..start + packed.location.byte_length.max(1);
                    let is_new = |hit: &Hit<'r>| {
                        let secret = (hit.found.rule.kind, hit.found.secret.clone());
                        !is_opened(&opened, &hit.found, start) && !known.contains(&secret)
                    };
                    let (new, rest): (Vec<_>, Vec<_>) = new.into_iter().partition(is_new);
                    for hit in &rest {
                        let Match { secret, rule, .. } = &hit.found;
                        self.budget.room.give_back(secret, rule.confidence);
                        self.budget.room.give_back_names(&hit.inside);
                    }
                    for hit in &new {
                        let secret = (hit.found.rule.kind, hit.found.secret.clone());
                        opened.entry(secret).or_default().add(range.clone());
                    }
                    self.out.hits.extend(new);
                    self.inside.truncate(depth);
                    self.encoded_at = outer;
                }
                Seen::Bound(why) => self.problem(Unread::Limit(why.into_owned())),
            }
        }
    }
}
