//! What the audit of any bytes promises: the same is found in them as a whole
//! and in pieces, within its bounds.

use std::io::{self, Read};
use std::path::Path;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::detect::Scanner;
use crate::engine::budget::Bounds;
use crate::engine::room::Room;
use crate::engine::unpack::{Unpacked, Unpacker};
use crate::model::layer::is_in_member;
use crate::rule::RuleSet;

/// What is looked for.
pub static RULES: LazyLock<RuleSet> = LazyLock::new(RuleSet::built_in);

const BOUNDS: Bounds = Bounds {
    decode: true,
    depth: 3,
    bytes: 1 << 20,
    total: u64::MAX,
    ratio: 1000,
    entries: 500,
    time: Duration::MAX,
    memory: 1 << 20,
};

/// Audits bytes and everything in them.
pub fn audit(bytes: &[u8]) {
    let name = Path::new("f");
    let whole = unpacked(|unpacker| unpacker.bytes(bytes, Some(name)));
    let again = unpacked(|unpacker| unpacker.bytes(bytes, Some(name)));
    assert_eq!(
        told(&whole),
        told(&again),
        "the same bytes gave something else"
    );
    let pieces = unpacked(|unpacker| {
        let read = unpacker.stream(&mut Pieces(bytes), Some(name));
        read.expect("bytes have no errors");
    });
    assert_eq!(
        told(&whole).0,
        told(&pieces).0,
        "the pieces change what is found"
    );
    for hit in whole.hits {
        let at = hit.found.location;
        assert!(
            (at.line, at.column) < (at.end_line, at.end_column),
            "{at:?}"
        );
        if !is_in_member(&hit.inside) {
            assert!(
                at.byte_offset + at.byte_length <= bytes.len() as u64,
                "{at:?}"
            );
        }
    }
}

fn unpacked(read: impl FnOnce(&mut Unpacker<'_, 'static>)) -> Unpacked<'static> {
    let mut scanner = Scanner::new(&RULES);
    let room = Room::new(BOUNDS.memory);
    let total = AtomicU64::new(0);
    let mut unpacker = Unpacker::new(&mut scanner, &BOUNDS, &room, &total);
    read(&mut unpacker);
    let unpacked = unpacker.finish();
    // Each depth counts for itself, and what was read of the last member before
    // it was known to be too much.
    let total = total.load(Ordering::Relaxed);
    let most = (BOUNDS.depth as u64 + 1) * (BOUNDS.bytes + (1 << 20));
    assert!(total <= most, "it unpacked to {total} bytes");
    unpacked
}

/// What was found and what was not read, in words.
fn told(unpacked: &Unpacked<'_>) -> (Vec<String>, Vec<String>) {
    let hits = unpacked.hits.iter().map(|hit| {
        let (found, inside) = (&hit.found, &hit.inside);
        format!("{} {:?} {inside:?}", found.rule.id, found.location)
    });
    let problems = unpacked
        .problems
        .iter()
        .map(|problem| format!("{problem:?}"));
    (hits.collect(), problems.collect())
}

struct Pieces<'a>(&'a [u8]);

impl Read for Pieces<'_> {
    fn read(&mut self, output: &mut [u8]) -> io::Result<usize> {
        let length = output.len().min(1 + self.0.len() % 7);
        self.0.read(&mut output[..length])
    }
}
