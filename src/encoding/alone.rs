//! Each decoder of text on its own, which is how they are fuzzed.

use super::anchor::anchors;
use super::stretch::of_runs;
use super::{OF_ANCHORS, OF_NUMBERS, OF_PLACES, OF_STRETCHES, OF_TEXT, OF_ZEROS};
use super::{OfAnchors, OfNumbers, OfPlaces, OfStretch, OfText, Reading};
use super::{
    asciicast, base64, embedded, encoded_word, escaped, hex, numbers, quoted_printable, split, wide,
};
use crate::prefilter;
use crate::prefilter::Places;

/// A decoder of text, by what it is given.
#[derive(Clone, Copy)]
pub enum Decoder {
    /// A text.
    Text(OfText),
    /// A text and its anchors.
    Anchors(OfAnchors),
    /// A text, its anchors, and the long runs in it.
    Places(OfPlaces),
    /// A text and the places of numbers in it.
    Numbers(OfNumbers),
    /// A text and a stretch of it.
    Stretch(OfStretch),
}

/// Every decoder of text, with a name.
pub const DECODERS: [(&str, Decoder); 12] = [
    (
        "quoted-printable",
        Decoder::Anchors(quoted_printable::decode),
    ),
    ("asciicast", Decoder::Text(asciicast::decode)),
    ("wide", Decoder::Text(wide::decode)),
    ("encoded-word", Decoder::Anchors(encoded_word::decode)),
    ("embedded", Decoder::Places(embedded::decode)),
    ("split", Decoder::Anchors(split::decode)),
    ("numbers", Decoder::Numbers(numbers::decode)),
    ("numbers-around", Decoder::Anchors(numbers::decode_around)),
    ("dumps", Decoder::Anchors(numbers::decode_dumps)),
    ("escape", Decoder::Stretch(escaped::decode)),
    ("base64", Decoder::Stretch(base64::decode)),
    ("hex", Decoder::Stretch(hex::decode)),
];

const _: () = assert!(
    DECODERS.len()
        == OF_TEXT.len()
            + OF_ZEROS.len()
            + OF_ANCHORS.len()
            + OF_PLACES.len()
            + OF_NUMBERS.len()
            + OF_STRETCHES.len(),
    "a decoder of text is missing from the list"
);

impl Decoder {
    /// Visits what this decoder alone reads in a text, one round of it.
    pub fn readings(self, bytes: &[u8], visit: &mut dyn FnMut(&Reading<'_>)) {
        let plain = Reading::plain(bytes, 0..bytes.len());
        let mut emit = |reading: Reading<'_>| visit(&reading);
        match self {
            Decoder::Text(decode) => decode(&plain, &mut emit),
            Decoder::Anchors(decode) => {
                let anchors = anchors(bytes, &places(bytes));
                decode(&plain, &anchors, &mut emit);
            }
            Decoder::Places(decode) => {
                let places = places(bytes);
                decode(&plain, &anchors(bytes, &places), &places.runs, &mut emit);
            }
            Decoder::Numbers(decode) => decode(&plain, &places(bytes).numbers, &mut emit),
            Decoder::Stretch(decode) => {
                let runs = places(bytes).runs;
                of_runs(bytes, 0, &runs, |stretch| {
                    decode(&plain, &stretch, &mut emit)
                });
            }
        }
    }
}

fn places(bytes: &[u8]) -> Places {
    prefilter::points_and_places(bytes, 0..bytes.len(), |_| false, |_| true, |_| {})
}
