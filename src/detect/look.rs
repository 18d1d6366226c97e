//! What a part of an input has that may be seen.

use std::cell::{Cell, LazyCell};
use std::collections::HashSet;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use super::hits::{Hit, settle, without_repeats};
use super::nearby::Nearby;
use super::packed::Packed;
use super::position::TextEncoding;
use super::pragma;
use super::shapes::Shapes;
use super::{Before, Candidate, Opinions, candidate, is_within_reach, rate};
use crate::container::Format;
use crate::context::{self, REACH};
use crate::encoding;
use crate::encoding::{Reading, Work, narrow};
use crate::model::encoding::Encoding;
use crate::model::finding::Confidence;
use crate::model::secret::identity;
use crate::prefilter;
use crate::prefilter::{MAX_RUN, Point};
use crate::rule::RuleSet;
use crate::score::Ground;
use crate::score::shape::is_hex;
use crate::system::time::TimeBudget;

/// What is known of the parts of a text.
struct Around<'t> {
    /// Where something stands that a rule listens to.
    words: Nearby<'t>,
    /// Where something stands that is said of cookies.
    cookies: Nearby<'t>,
}

impl<'t> Around<'t> {
    fn of(text: &'t [u8]) -> Around<'t> {
        Around {
            words: Nearby::of(text),
            cookies: Nearby::of(text),
        }
    }
}

/// What the beginning of an input says of all that follows.
#[derive(Debug)]
pub struct Beginning {
    /// One byte a character.
    text: Vec<u8>,
    encoding: TextEncoding,
    /// Whether the path or the beginning has anything that a rule listens to.
    is_told: bool,
    /// Whether the beginning has anything that is said of cookies.
    is_about_cookie: bool,
}

impl Beginning {
    /// Looks at the first bytes of an input, and at its path.
    pub fn read(bytes: &[u8], path: Option<&Path>, rules: &RuleSet) -> Beginning {
        let bytes = &bytes[..bytes.len().min(REACH)];
        let encoding = TextEncoding::detect(bytes);
        let text = match encoding {
            TextEncoding::Narrow => bytes.to_vec(),
            TextEncoding::Utf16Le => narrow(bytes),
            TextEncoding::Utf16Be => narrow(bytes.get(1..).unwrap_or(&[])),
            TextEncoding::Utf32Le => bytes.iter().step_by(4).copied().collect(),
            TextEncoding::Utf32Be => bytes.iter().skip(3).step_by(4).copied().collect(),
        };
        let plain = context::plain(&text);
        let path = path.map(|path| path.to_string_lossy());
        let is_told = rules.least == Confidence::Low
            || path.is_some_and(|path| rules.listen_to(&path))
            || rules.listen_to(&plain);
        let is_about_cookie = context::may_be_about_cookie(&plain);
        Beginning {
            encoding,
            is_told,
            is_about_cookie,
            text,
        }
    }

    /// How the characters of the input are stored.
    pub fn encoding(&self) -> TextEncoding {
        self.encoding
    }
}

/// What was seen in a part of an input, with its places in that part.
#[derive(Default)]
pub struct Sight<'r> {
    /// The secrets, in the order of the input.
    pub hits: Vec<Hit<'r>>,
    /// The containers in encoded texts: where these stand, what was decoded, and how.
    pub packed: Vec<(Range<usize>, Vec<u8>, Vec<Encoding>)>,
    /// Whether a container had no room.
    pub is_packed_full: bool,
    /// The bound of decoding that was hit.
    pub bound: Option<&'static str>,
}

/// Looks at parts of one input, each by itself. Several can do so at once.
pub struct Looker<'p, 'r> {
    rules: &'r RuleSet,
    path: Option<&'p Path>,
    /// Whether texts are read as they stand, without what is encoded in them.
    plain: bool,
    /// Bytes of memory that one decoder may take.
    memory: usize,
    time: Arc<TimeBudget>,
    /// What the input begins with, once anybody asked.
    beginning: Option<Arc<Beginning>>,
    /// What the surroundings of values came to, by what they are like.
    opinions: Opinions<'r>,
    /// Bytes of surroundings that were read, for a test of how many that are.
    pub looked_at: Cell<u64>,
}

impl<'p, 'r> Looker<'p, 'r> {
    /// One for the input at a path.
    pub fn new(
        rules: &'r RuleSet,
        path: Option<&'p Path>,
        plain: bool,
        memory: usize,
        time: Arc<TimeBudget>,
    ) -> Looker<'p, 'r> {
        Looker {
            rules,
            path,
            plain,
            memory,
            time,
            beginning: None,
            opinions: Opinions::new(),
            looked_at: Cell::new(0),
        }
    }

    /// Another one for the same input.
    pub fn another(&self) -> Looker<'p, 'r> {
        Looker {
            beginning: self.beginning.clone(),
            ..Looker::new(
                self.rules,
                self.path,
                self.plain,
                self.memory,
                Arc::clone(&self.time),
            )
        }
    }

    /// Whether the time of the input is over, so that nothing more is looked at.
    pub fn has_ended(&self) -> bool {
        self.time.has_ended()
    }

    /// Counts no time until something is looked at.
    pub fn rest(&self) {
        self.time.rest();
    }

    /// Reads the beginning of the input, unless that was done.
    pub fn begin(&mut self, bytes: &[u8]) -> &Beginning {
        let read = || Beginning::read(bytes, self.path, self.rules);
        self.beginning.get_or_insert_with(|| Arc::new(read()))
    }

    /// Everything that begins in `region` of these bytes; when the time of the input is
    /// over, what was seen until then. The first bytes are those of the input.
    pub fn look(&mut self, bytes: &[u8], region: Range<usize>) -> Sight<'r> {
        let mut sight = Sight::default();
        if self.time.has_ended() {
            return sight;
        }
        let mut points: Vec<Point> = Vec::new();
        let keep = |run: &Range<usize>| encoding::may_be_encoded(bytes, run);
        let places = prefilter::points_and_places(bytes, region.clone(), is_hex, keep, |point| {
            let digest = matches!(&point, Point::Run { range, wide: false } if is_hex(&bytes[range.clone()]));
            if !digest {
                points.push(point);
            }
        });
        if !points.is_empty() {
            self.begin(bytes);
            self.judge_points(bytes, &region, points, &mut sight.hits);
        }
        let mut known: HashSet<u64> = HashSet::new();
        let time = Arc::clone(&self.time);
        let mut work = Work::on(region.len(), &time);
        let (plain, most) = (self.plain, self.memory / 2);
        let mut size = 0;
        let mut take = |reading: &Reading<'_>| {
            self.begin(bytes);
            self.judge_reading(reading, &mut sight.hits);
            let decoded = &reading.text[reading.region.clone()];
            if Format::tell(decoded, None).is_none() {
                return;
            }
            if size + Packed::size(decoded) > most {
                sight.is_packed_full = true;
            } else if known.insert(identity(decoded)) {
                size += Packed::size(decoded);
                let place = reading.place(reading.region.clone());
                let encodings = reading.encodings();
                sight.packed.push((place, decoded.to_vec(), encodings));
            }
        };
        if !plain {
            encoding::readings(bytes, region, &places, &mut work, &mut take);
        }
        sight.bound = work.hit;
        sight.hits = without_repeats(sight.hits);
        if !sight.hits.is_empty() && pragma::are_in(bytes) {
            for hit in sight.hits.iter_mut().filter(|hit| !hit.wide) {
                hit.pragmas = pragma::beside(bytes, &hit.range);
            }
        }
        sight
    }

    /// Judges what stands in the input as it is.
    fn judge_points(
        &mut self,
        bytes: &[u8],
        region: &Range<usize>,
        points: Vec<Point>,
        hits: &mut Vec<Hit<'r>>,
    ) {
        let mut nearby = Around::of(bytes);
        self.hits_at(bytes, &points, &mut nearby, hits);
        hits.sort_by_key(|hit| hit.range.start);
        // A cookie may hold a run that looks like a token.
        hits.dedup_by(|later, earlier| later.range.start < earlier.range.end);
        // Values outside of the region are within reach of some in it.
        let around = [
            region.start.saturating_sub(REACH + MAX_RUN)..region.start,
            region.end..bytes.len().min(region.end + REACH + MAX_RUN),
        ];
        let mut others: Vec<Hit<'r>> = Vec::new();
        for outside in around {
            let is_near = |hit: &Hit| is_within_reach(&hit.range, &outside);
            if hits
                .iter()
                .any(|hit| hit.ground == Ground::Nearby && is_near(hit))
            {
                let mut points: Vec<Point> = Vec::new();
                prefilter::points(bytes, outside, |point| points.push(point));
                self.hits_at(bytes, &points, &mut nearby, &mut others);
            }
        }
        settle(hits, &others);
        for hit in hits {
            if hit.wide {
                let encoding = self.begin(bytes).encoding();
                hit.range = whole_characters(hit.range.clone(), bytes, encoding);
            }
        }
    }

    /// What the points of a text come to, with their ranges in the text.
    fn hits_at(
        &mut self,
        text: &[u8],
        points: &[Point],
        nearby: &mut Around,
        hits: &mut Vec<Hit<'r>>,
    ) {
        /// Values in a text for which it is worth while to know how much they look alike.
        const MANY: usize = 32;
        let mut candidates: Vec<Candidate> = points
            .iter()
            .take_while(|_| !self.time.is_over())
            .filter_map(|point| candidate(text, point))
            .collect();
        candidates.sort_by_key(|candidate| candidate.range.start);
        let ranges: Vec<Range<usize>> = match &candidates[..] {
            [first, .., last] if candidates.len() >= MANY => {
                // Those beside them too: what differs from line to line is left out.
                let before = first.range.start.saturating_sub(REACH + MAX_RUN)..first.range.start;
                let behind = last.range.end..text.len().min(last.range.end + REACH + MAX_RUN);
                let places = |part: Range<usize>| {
                    let mut places = Vec::new();
                    prefilter::points(text, part, |point| {
                        places.extend(candidate(text, &point).map(|beside| beside.range));
                    });
                    places.sort_by_key(|place| place.start);
                    places
                };
                let own = candidates.iter().map(|candidate| candidate.range.clone());
                let (before, behind) = (places(before), places(behind));
                before.into_iter().chain(own).chain(behind).collect()
            }
            _ => Vec::new(),
        };
        let shapes = LazyCell::new(|| Shapes::of(text, &ranges));
        let mut opinions = std::mem::take(&mut self.opinions);
        let beginning = self.beginning.clone();
        let beginning = beginning.as_deref();
        let head = beginning.map_or(&[][..], |beginning| &beginning.text);
        let is_told = beginning.is_some_and(|beginning| beginning.is_told);
        let is_about_cookie = beginning.is_some_and(|beginning| beginning.is_about_cookie);
        for candidate in candidates {
            if self.time.is_over() {
                break;
            }
            let (wide, range) = (candidate.wide, &candidate.range);
            let before = Before {
                head,
                path: self.path,
                is_bare: &mut || {
                    let listen = |text: &str| self.rules.listen_to(text);
                    !is_told && !wide && !nearby.words.has(range, listen)
                },
                may_be_cookie: &mut || {
                    let has_trait = context::may_be_about_cookie;
                    wide || is_about_cookie || nearby.cookies.has(range, has_trait)
                },
                looked_at: &self.looked_at,
                shape: &|| match wide || ranges.is_empty() {
                    true => None,
                    false => shapes.around(text, range),
                },
            };
            let Some(rated) = rate(&candidate, before, self.rules, &mut opinions) else {
                continue;
            };
            hits.push(Hit {
                range: candidate.range.clone(),
                wide: candidate.wide,
                rule: rated.rule,
                ground: rated.ground,
                otherwise: rated.otherwise,
                why: rated.why,
                cookie: rated.cookie,
                spelling: candidate.spelling(),
                secret: candidate.secret,
                encodings: Vec::new(),
                pragmas: Box::default(),
            });
        }
        self.opinions = opinions;
    }

    /// Judges what stands in a decoded text.
    fn judge_reading(&mut self, reading: &Reading<'_>, hits: &mut Vec<Hit<'r>>) {
        let encodings = reading.encodings();
        let is_guess = encodings.iter().any(|encoding| encoding.is_a_guess());
        let mut points: Vec<Point> = Vec::new();
        prefilter::points(&reading.text, reading.region.clone(), |point| {
            points.push(point)
        });
        if points.is_empty() {
            return;
        }
        let mut nearby = Around::of(&reading.text);
        let mut read: Vec<Hit<'r>> = Vec::new();
        self.hits_at(&reading.text, &points, &mut nearby, &mut read);
        settle(&mut read, &[]);
        read.retain(|hit| !is_guess || hit.rule.confidence == Confidence::High);
        hits.extend(read.into_iter().map(|hit| Hit {
            range: reading.place(hit.range),
            encodings: encodings.clone(),
            ..hit
        }));
    }
}

/// A range of low bytes with the high bytes that belong to them.
fn whole_characters(low: Range<usize>, bytes: &[u8], encoding: TextEncoding) -> Range<usize> {
    let high_before = low.start > 0 && bytes[low.start - 1] == 0;
    let high_after = bytes.get(low.end) == Some(&0);
    match encoding {
        TextEncoding::Utf16Be => low.start - usize::from(high_before)..low.end,
        _ if high_after => low.start..low.end + 1,
        // Big-endian text in a file of something else
        _ if high_before => low.start - 1..low.end,
        _ => low,
    }
}
