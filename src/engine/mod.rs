//! The pipeline: source, detect, score, findings.
//!
//! The first stages run in as many threads as the source has; what they found
//! is merged, now and then where it is much, and sorted at the end, so that the
//! same input gives the same result whatever the threads.

pub mod blob;
pub mod budget;
mod feeds;
pub mod findings;
mod passing;
mod sightings;
mod stretches;
mod tee;
mod worker;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use self::budget::Bounds;
use self::worker::Auditor;
use crate::detect::{Match, Scanner};
use crate::engine::findings::{Capacity, Findings};
use crate::model::audit::{Note, NoteKind, SkipReason, Skipped, Totals};
use crate::model::blob::Provenance;
use crate::model::finding::Finding;
use crate::model::project::Project;
use crate::rule::RuleSet;
use crate::source::Source;
use crate::system::memory;
use crate::system::threads::Threads;
use crate::system::time::TimeBudget;

/// What happens while an audit runs, seen from outside.
#[derive(Debug, Default)]
pub struct Progress {
    /// Inputs begun.
    pub inputs: AtomicU64,
    /// Bytes read.
    pub bytes: AtomicU64,
    /// Bytes that containers were unpacked to.
    pub unpacked: AtomicU64,
    /// Set from outside to stop the audit.
    pub stop: Arc<AtomicBool>,
}

/// What an audit gathered.
#[derive(Debug)]
pub struct Gathered {
    /// One entry a secret, sorted.
    pub findings: Vec<Finding>,
    /// What could not be read, sorted.
    pub skipped: Vec<Skipped>,
    /// What was left out on purpose, sorted.
    pub notes: Vec<Note>,
    /// How much was read.
    pub totals: Totals,
}

/// Called with what is found in an input that goes on, as soon as it is seen.
pub type Announce<'a> = dyn Fn(&Match<'_>, &Provenance) + Sync + 'a;

/// Audits everything that the sources have. What reaches the least confidence of the rules
/// is a finding.
pub fn run(
    sources: &[Box<dyn Source>],
    rules: &RuleSet,
    project: &Project,
    bounds: &Bounds,
    threads: &Arc<Threads>,
    progress: &Progress,
    announce: &Announce<'_>,
) -> Gathered {
    let shared = Mutex::new(Taken::default());
    let min = rules.least;
    for source in sources {
        source.drive(&|| {
            Box::new(Auditor {
                scanner: Scanner::new(rules)
                    .plain(!bounds.decode)
                    .within(bounds.memory)
                    .among(threads)
                    .timed(TimeBudget::new(bounds.time, Arc::clone(&progress.stop))),
                taken: Taken::default(),
                project,
                min,
                shared: &shared,
                progress,
                announce,
                bounds,
                stopped: None,
                earlier: HashMap::new(),
            })
        });
    }
    let mut taken = shared
        .into_inner()
        .expect("no worker panics while it merges");
    let Several { first, count: left } = taken.left;
    taken.skipped.extend(first.map(|provenance| Skipped {
        detail: match left {
            1 => String::new(),
            _ => format!("the first of {left} inputs that were not read"),
        },
        ..interrupted(provenance)
    }));
    if progress.stop.load(Ordering::Relaxed)
        && taken
            .skipped
            .iter()
            .all(|s| s.reason != SkipReason::Interrupted)
    {
        taken
            .skipped
            .push(interrupted(Provenance::File(".".into())));
    }
    let bound = Capacity::of(bounds.memory);
    taken.findings.keep_within(bound);
    let left_out = taken.findings.left_out().from(min);
    if left_out > 0 {
        taken.skipped.push(Skipped {
            provenance: Provenance::File(".".into()),
            reason: SkipReason::Limit,
            detail: match taken.findings.lacks_secrets() {
                false => format!(
                    "what was found takes more than {} of memory: up to {left_out} more places of secrets are not listed",
                    memory::in_words(bounds.memory)
                ),
                true => format!(
                    "there are more than {} secrets: up to {left_out} more places of these and of others are not listed",
                    bound.secrets
                ),
            },
        });
    }
    taken.skipped.sort();
    taken.skipped.dedup();
    let Several { first, count } = taken.pictures;
    taken.notes.extend(first.map(|provenance| Note {
        provenance,
        kind: NoteKind::Pictures,
        detail: match count {
            1 => String::new(),
            _ => format!("the first of {count} inputs with pictures"),
        },
    }));
    taken.notes.sort();
    taken.notes.dedup();
    let (findings, below_confidence) = taken.findings.finish(min, threads);
    let totals = Totals {
        inputs: taken.inputs,
        bytes: taken.bytes,
        left_unread: left,
        below_confidence,
    };
    Gathered {
        findings,
        skipped: taken.skipped,
        notes: taken.notes,
        totals,
    }
}

/// What one worker gathered.
#[derive(Default)]
struct Taken {
    findings: Findings,
    skipped: Vec<Skipped>,
    notes: Vec<Note>,
    pictures: Several,
    /// What was not read any more when the audit was stopped.
    left: Several,
    inputs: u64,
    bytes: u64,
}

/// Inputs that are too many to be listed: the first by name, and how many they are.
#[derive(Default)]
struct Several {
    first: Option<Provenance>,
    count: u64,
}

impl Several {
    fn add(&mut self, provenance: &Provenance) {
        self.merge(Several {
            first: Some(provenance.clone()),
            count: 1,
        });
    }

    fn merge(&mut self, other: Several) {
        self.first = self.first.take().into_iter().chain(other.first).min();
        self.count += other.count;
    }
}

fn interrupted(provenance: Provenance) -> Skipped {
    Skipped {
        provenance,
        reason: SkipReason::Interrupted,
        detail: String::new(),
    }
}
