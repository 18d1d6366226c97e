//! What a decoder of text promises: what it reads lies in the text, in order,
//! and is no longer than what it was decoded from.

use crate::encoding;
use crate::encoding::alone::Decoder;
use crate::encoding::{Reading, Work};
use crate::model::encoding::Encoding;
use crate::prefilter;
use crate::system::time::TimeBudget;

/// What a reading gave: its text, and where that stands.
type Read = (Vec<u8>, std::ops::Range<usize>, Vec<Encoding>);

/// Lets one decoder read a text.
pub fn decode(decoder: Decoder, bytes: &[u8]) {
    let read = || {
        let mut all: Vec<Read> = Vec::new();
        decoder.readings(bytes, &mut |reading| all.push(looked_at(reading, bytes)));
        all
    };
    let first = read();
    assert_eq!(first, read(), "the same bytes gave something else");
    for (text, place, _) in &first {
        assert!(
            text.len() <= place.len(),
            "{} bytes out of {place:?}",
            text.len()
        );
    }
    // Two values in pieces can share one, a block can be a list of lines, and what dots
    // connect is read with what stands on both sides of it.
    let length: usize = first.iter().map(|(text, ..)| text.len()).sum();
    assert!(
        length <= 3 * bytes.len(),
        "{length} bytes out of {}",
        bytes.len()
    );
}

/// Lets all decoders read a text, and what they read.
pub fn readings(bytes: &[u8]) {
    let read = || {
        let mut all: Vec<Read> = Vec::new();
        let region = 0..bytes.len();
        let places =
            prefilter::points_and_places(bytes, region.clone(), |_| false, |_| true, |_| {});
        let time = TimeBudget::default();
        let mut work = Work::on(bytes.len(), &time);
        encoding::readings(bytes, region, &places, &mut work, &mut |reading| {
            all.push(looked_at(reading, bytes));
        });
        (all, work.hit)
    };
    let (first, hit) = read();
    assert_eq!(
        (&first, hit),
        (&read().0, read().1),
        "the same bytes gave something else"
    );
    let length: usize = first.iter().map(|(text, ..)| text.len()).sum();
    assert!(length <= 16 * bytes.len() + (1 << 20), "{length} bytes");
    // There can be a step for each encoding.
    let deepest = first.iter().map(|(.., encodings)| encodings.len()).max();
    assert!(
        deepest <= Some(2 * encoding::MAX_DEPTH),
        "{deepest:?} encodings"
    );
}

/// Undoes the escapes in a text.
pub fn unescape(bytes: &[u8]) {
    let plain = encoding::unescape(bytes);
    assert!(plain.len() <= bytes.len());
    for cut in [0, 1, bytes.len() / 2] {
        let (before, run) = bytes.split_at(cut.min(bytes.len()));
        if run.len() >= prefilter::TOKEN {
            let lengths = encoding::escape_prefix_lengths(before, run);
            assert!(
                lengths.iter().all(|length| *length <= run.len()),
                "{lengths:?}"
            );
        }
    }
}

/// Looks at every place in a reading.
fn looked_at(reading: &Reading<'_>, bytes: &[u8]) -> Read {
    let Reading { text, region, .. } = reading;
    assert!(
        region.start <= region.end && region.end <= text.len(),
        "{region:?}"
    );
    let mut last = 0;
    for at in 0..text.len() {
        let place = reading.place(at..at + 1);
        assert!(
            place.start < place.end && place.end <= bytes.len(),
            "{at} stands at {place:?}"
        );
        assert!(
            last <= place.start,
            "{at} stands at {place:?}, before {last}"
        );
        last = place.start;
    }
    let place = reading.place(region.clone());
    assert!(place.end <= bytes.len(), "{place:?}");
    (text[region.clone()].to_vec(), place, reading.encodings())
}
