//! What the audit of any bytes promises: the same is found in them as a whole
//! and in pieces, within its bounds.

use std::io::{self, Read};
use std::path::Path;
use std::sync::LazyLock;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::container::Unread;
use crate::detect::Scanner;
use crate::engine::Progress;
use crate::engine::blob::opening::DECODER_FAILED;
use crate::engine::blob::{Audited, BlobAudit, Content};
use crate::engine::budget::Bounds;
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
    let whole = audited(Content::Bytes(bytes));
    let again = audited(Content::Bytes(bytes));
    assert_eq!(
        told(&whole),
        told(&again),
        "the same bytes gave something else"
    );
    let pieces = audited(Content::Stream(&mut Pieces(bytes)));
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

fn audited(content: Content<'_>) -> Audited<'static> {
    let mut scanner = Scanner::new(&RULES);
    let progress = Progress::default();
    let audit = BlobAudit::new(&mut scanner, &BOUNDS, &progress);
    let audited = audit.run(content, Some(Path::new("f")));
    let has_failed = |why: &Unread| matches!(why, Unread::Damaged(why) if why == DECODER_FAILED);
    let failed = audited.problems.iter().find(|(_, why)| has_failed(why));
    assert!(failed.is_none(), "{failed:?}");
    // Each depth counts for itself, and what was read of the last member before
    // it was known to be too much.
    let total = progress.unpacked.load(Ordering::Relaxed);
    let most = (BOUNDS.depth as u64 + 1) * (BOUNDS.bytes + (1 << 20));
    assert!(total <= most, "it unpacked to {total} bytes");
    audited
}

/// What was found and what was not read, in words.
fn told(audited: &Audited<'_>) -> (Vec<String>, Vec<String>) {
    let hits = audited.hits.iter().map(|hit| {
        let (found, inside) = (&hit.found, &hit.inside);
        format!("{} {:?} {inside:?}", found.rule.id, found.location)
    });
    let problems = audited
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
