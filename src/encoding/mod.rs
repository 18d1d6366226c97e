//! Other readings of a text: what an escape or an encoding in it stands for.
//!
//! A decoder takes a [`Reading`] and gives the readings of what is encoded in
//! it. Each begins with a cheap look at the bytes, and gives nothing that holds
//! neither a value nor something encoded. A new decoder is a new file and a line
//! in one of the lists below.

#[cfg(any(test, feature = "fuzzing"))]
pub mod alone;
mod anchor;
mod asciicast;
mod base64;
mod embedded;
mod encoded_word;
mod escape;
mod escaped;
mod glue;
mod hex;
mod lines;
mod literals;
mod markup;
mod numbers;
mod prefix;
mod quoted_printable;
mod reading;
mod split;
mod stretch;
mod unescaped;
mod utf16;
mod wide;

use std::ops::Range;

pub use escape::{escape_prefix_lengths, unescape};
pub use reading::Reading;
pub use stretch::{may_be_encoded, open_stretch};
pub use utf16::narrow;

use anchor::Anchor;
use numbers::may_be_text;
use stretch::{Stretch, ends_in_line_end, of_runs};

use crate::container::Format;
use crate::model::encoding::Encoding;
use crate::prefilter;
use crate::prefilter::Places;
use crate::system::time::TimeBudget;

/// Encodings inside of each other.
pub const MAX_DEPTH: usize = 5;

/// What it costs to look at anything, in bytes that are decoded: its context is
/// copied, too.
const COST: usize = 64;

/// Takes the readings of what is encoded in a text.
type Emit<'e> = dyn for<'r> FnMut(Reading<'r>) + 'e;
type OfText = for<'t, 'o, 'e> fn(&'t Reading<'o>, &'e mut Emit<'e>);
type OfAnchors = for<'t, 'o, 'a, 'e> fn(&'t Reading<'o>, &'a [Anchor], &'e mut Emit<'e>);
type OfNumbers = for<'t, 'o, 'p, 'e> fn(&'t Reading<'o>, &'p [usize], &'e mut Emit<'e>);
type OfPlaces =
    for<'t, 'o, 'a, 'e> fn(&'t Reading<'o>, &'a [Anchor], &'a [Range<usize>], &'e mut Emit<'e>);
type OfStretch = for<'t, 'o, 's, 'e> fn(&'t Reading<'o>, &'s Stretch, &'e mut Emit<'e>);

/// Decoders of a text as a whole.
const OF_TEXT: [OfText; 1] = [asciicast::decode];

/// Decoders of text with zeros in it.
const OF_ZEROS: [OfText; 1] = [wide::decode];

/// Decoders of what stands beside certain words.
const OF_ANCHORS: [OfAnchors; 5] = [
    encoded_word::decode,
    quoted_printable::decode,
    split::decode,
    numbers::decode_around,
    numbers::decode_dumps,
];

/// Decoders of what stands beside certain words and long runs.
const OF_PLACES: [OfPlaces; 1] = [embedded::decode];

/// Decoders of numbers.
const OF_NUMBERS: [OfNumbers; 1] = [numbers::decode];

/// Decoders of a long run without blanks.
const OF_STRETCHES: [OfStretch; 3] = [escaped::decode, base64::decode, hex::decode];

/// How much may be decoded, and whether it was enough.
#[derive(Debug)]
pub struct Work<'t> {
    /// Bytes that may still be decoded.
    left: usize,
    time: &'t TimeBudget,
    /// The bound that was hit first, in words.
    pub hit: Option<&'static str>,
}

impl Work<'_> {
    /// As much as `bytes` of text may need.
    pub fn on(bytes: usize, time: &TimeBudget) -> Work<'_> {
        // Each decoder gives less than it takes, and few look at the same text.
        Work {
            left: 16 * bytes + (1 << 20),
            time,
            hit: None,
        }
    }

    fn spend(&mut self, bytes: usize) -> bool {
        match self.left.checked_sub(bytes) {
            Some(left) => self.left = left,
            None => {
                self.hit
                    .get_or_insert("decoding would take more than 16 times its length");
                return false;
            }
        }
        true
    }
}

/// Visits the readings of everything that is encoded in a region, in encodings
/// that are nested up to [`MAX_DEPTH`]. `places` are those that [`prefilter`] found
/// in the region.
pub fn readings(
    bytes: &[u8],
    region: Range<usize>,
    places: &Places,
    work: &mut Work<'_>,
    visit: &mut dyn FnMut(&Reading<'_>),
) {
    let plain = Reading::plain(bytes, region);
    explore(&plain, places, work, visit);
}

fn explore(
    reading: &Reading<'_>,
    places: &Places,
    work: &mut Work<'_>,
    visit: &mut dyn FnMut(&Reading<'_>),
) {
    let time = work.time;
    let mut emit = |inner: Reading<'_>| {
        if time.is_over() {
            return;
        }
        if inner.depth() > MAX_DEPTH {
            if is_worth_saying(&inner) {
                work.hit
                    .get_or_insert("more than 5 encodings inside of each other");
            }
        } else if inner.steps() <= MAX_DEPTH && work.spend(inner.region.len() + COST) {
            if !inner.is_step {
                visit(&inner);
            }
            let places = places_within(&inner);
            explore(&inner, &places, work, visit);
        }
    };
    for decode in OF_TEXT {
        decode(reading, &mut emit);
    }
    for decode in OF_ZEROS.iter().filter(|_| places.has_zeros) {
        decode(reading, &mut emit);
    }
    let mut anchors = anchor::anchors(&reading.text, places);
    if reading.is_input() {
        anchors.extend(anchor::beside(&reading.text, &reading.region));
        anchors.sort_unstable_by_key(|anchor| anchor.at);
    }
    for decode in OF_ANCHORS.iter().filter(|_| !anchors.is_empty()) {
        decode(reading, &anchors, &mut emit);
    }
    for decode in OF_PLACES {
        decode(reading, &anchors, &places.runs, &mut emit);
    }
    if !places.numbers.is_empty() && time.is_over() {
        return;
    }
    for decode in OF_NUMBERS.iter().filter(|_| !places.numbers.is_empty()) {
        decode(reading, &places.numbers, &mut emit);
    }
    // What was decoded begins there, whatever it is glued to: the `=` before a
    // value, the padding after it.
    let Range { start, end } = reading.reach();
    of_runs(&reading.text[..end], start, &places.runs, |stretch| {
        if (reading.is_step && stretch.lines.len() == 1) || time.is_over() {
            return;
        }
        for decode in OF_STRETCHES {
            decode(reading, &stretch, &mut emit);
        }
    });
}

/// Whether a text that is not read, because it lies too deep, may hold something:
/// a row of a hundred backslashes is escaped six times and more, and holds nothing.
fn is_worth_saying(reading: &Reading<'_>) -> bool {
    let decoded = &reading.text[reading.region.clone()];
    let is_block = reading
        .encodings()
        .last()
        .is_some_and(|encoding| matches!(encoding, Encoding::Base64 | Encoding::Hex));
    is_block || look_over(decoded).1 || anchor::has_name(decoded)
}

/// The places in what was decoded, and whether a value stands there.
fn look_over(decoded: &[u8]) -> (Places, bool) {
    let mut has_value = false;
    let places = prefilter::points_and_places(
        decoded,
        0..decoded.len(),
        |_| false,
        |_| true,
        |_| has_value = true,
    );
    (places, has_value)
}

/// The places in what was decoded, without what touches it on either side.
fn places_within(reading: &Reading<'_>) -> Places {
    let Range { start, end } = reading.region;
    let decoded = &reading.text[start..end];
    let (mut places, _) = look_over(decoded);
    for run in &mut places.runs {
        *run = start + run.start..start + run.end;
    }
    for place in places.numbers.iter_mut().chain(&mut places.words) {
        *place += start;
    }
    places
}

/// Whether decoded bytes can hold a secret: a value in one piece or more,
/// something that is encoded once more, or a container.
fn is_worth_reading(decoded: &[u8]) -> bool {
    let (places, has_value) = look_over(decoded);
    has_value
        || holds_encoded(decoded, &places)
        || may_hold_pieces(decoded, &places)
        || Format::tell(decoded, None).is_some()
        || wide::is_wide(decoded)
}

/// Whether there is text around a word beside which a value in pieces may stand.
fn may_hold_pieces(decoded: &[u8], places: &Places) -> bool {
    const AROUND: usize = 32;
    let is_in_text = |anchor: &Anchor| {
        if anchor.kind == anchor::Kind::Offset {
            return numbers::may_begin_dump(decoded, anchor.at);
        }
        let end = decoded.len().min(anchor.at + AROUND);
        decoded[anchor.at.saturating_sub(AROUND)..end]
            .iter()
            .all(|byte| !byte.is_ascii_control() || byte.is_ascii_whitespace())
    };
    decoded.len() > prefilter::TOKEN && anchor::words(decoded, places).iter().any(is_in_text)
}

/// Whether decoded bytes hold a value, or something that is encoded once more.
fn holds_value(decoded: &[u8]) -> bool {
    let (places, has_value) = look_over(decoded);
    has_value || holds_encoded(decoded, &places)
}

fn holds_encoded(decoded: &[u8], places: &Places) -> bool {
    let mut found = false;
    of_runs(decoded, 0, &places.runs, |_| found = true);
    let goes_on = |run: &Range<usize>| ends_in_line_end(&decoded[run.clone()]);
    found
        || places.runs.iter().any(goes_on)
        || places.numbers.iter().any(|at| may_be_text(decoded, *at))
}
