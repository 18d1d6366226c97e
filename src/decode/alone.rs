//! Each decoder of text on its own, which is how they are fuzzed.

use std::ops::Range;

use super::anchor::anchors;
use super::stretch::of_runs;
use super::{OF_ANCHORS, OF_STRETCHES, OF_ZEROS, OfAnchors, OfStretch, OfText, Reading};
use super::{base64, encoded_word, escape, hex, quoted_printable, split, wide};
use crate::fast;

/// A decoder of text, by what it is given.
#[derive(Clone, Copy)]
pub enum Decoder {
    /// A text.
    Text(OfText),
    /// A text and its anchors.
    Anchors(OfAnchors),
    /// A text and a stretch of it.
    Stretch(OfStretch),
}

/// Every decoder of text, with a name.
pub const DECODERS: [(&str, Decoder); 7] = [
    (
        "quoted-printable",
        Decoder::Anchors(quoted_printable::decode),
    ),
    ("wide", Decoder::Text(wide::decode)),
    ("encoded-word", Decoder::Anchors(encoded_word::decode)),
    ("split", Decoder::Anchors(split::decode)),
    ("escape", Decoder::Stretch(escape::decode)),
    ("base64", Decoder::Stretch(base64::decode)),
    ("hex", Decoder::Stretch(hex::decode)),
];

const _: () = assert!(
    DECODERS.len() == OF_ZEROS.len() + OF_ANCHORS.len() + OF_STRETCHES.len(),
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
                let anchors = anchors(bytes, 0..bytes.len(), &runs(bytes));
                decode(&plain, &anchors, &mut emit);
            }
            Decoder::Stretch(decode) => {
                let runs = runs(bytes);
                of_runs(bytes, 0, &runs, |stretch| {
                    decode(&plain, &stretch, &mut emit)
                });
            }
        }
    }
}

fn runs(bytes: &[u8]) -> Vec<Range<usize>> {
    let mut runs = Vec::new();
    fast::points_and_runs(
        bytes,
        0..bytes.len(),
        |_| false,
        |_| {},
        |run| runs.push(run),
    );
    runs
}
