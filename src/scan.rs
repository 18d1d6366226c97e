//! The pipeline: source, detect, score, dedupe.
//!
//! The first stages run in as many threads as the source has; what they found
//! is merged and sorted at the end, so that the same input gives the same
//! result whatever the threads.

use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use crate::audit::{Note, NoteKind, SkipReason, Skipped, Totals};
use crate::blob::{GitObject, Provenance};
use crate::dedupe::Findings;
use crate::detect::{Feed, Match, Scanner};
use crate::finding::{Confidence, Exposure, Finding};
use crate::rule::RuleSet;
use crate::source::{Before, Content, ObjectInput, ReadFeed, Source, Worker};

/// Paths of one object whose names are asked what its values are.
const MAX_PATHS: usize = 16;

/// What happens while an audit runs, seen from outside.
#[derive(Debug, Default)]
pub struct Progress {
    /// Inputs begun.
    pub inputs: AtomicU64,
    /// Bytes read.
    pub bytes: AtomicU64,
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

/// Audits everything that the sources have.
pub fn run(
    sources: &[Box<dyn Source>],
    rules: &RuleSet,
    min: Confidence,
    progress: &Progress,
    announce: &Announce<'_>,
) -> Gathered {
    let shared = Mutex::new(Taken::default());
    for source in sources {
        source.drive(&|| {
            Box::new(Auditor {
                scanner: Scanner::new(rules),
                taken: Taken::default(),
                min,
                shared: &shared,
                progress,
                announce,
            })
        });
    }
    let mut taken = shared
        .into_inner()
        .expect("no worker panics while it merges");
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
    taken.skipped.sort();
    taken.skipped.dedup();
    taken.notes.sort();
    taken.notes.dedup();
    let (findings, below_confidence) = taken.findings.finish(min);
    let totals = Totals {
        inputs: taken.inputs,
        bytes: taken.bytes,
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
    inputs: u64,
    bytes: u64,
}

struct Auditor<'a> {
    scanner: Scanner<'a>,
    taken: Taken,
    min: Confidence,
    shared: &'a Mutex<Taken>,
    progress: &'a Progress,
    announce: &'a Announce<'a>,
}

impl Auditor<'_> {
    fn count(&mut self, bytes: u64) {
        self.taken.inputs += 1;
        self.taken.bytes += bytes;
        self.progress.inputs.fetch_add(1, Ordering::Relaxed);
        self.progress.bytes.fetch_add(bytes, Ordering::Relaxed);
    }
}

impl Auditor<'_> {
    /// Takes down an object that was read as far as it goes.
    fn damaged(&mut self, object: &GitObject, detail: String) {
        let object = GitObject {
            path: None,
            ..object.clone()
        };
        self.taken.skipped.push(Skipped {
            provenance: Provenance::Object(object),
            reason: SkipReason::Damaged,
            detail,
        });
    }
}

impl Worker for Auditor<'_> {
    fn audit(&mut self, provenance: Provenance, feed: &mut dyn Feed) -> bool {
        if self.is_stopped() {
            return false;
        }
        self.progress.inputs.fetch_add(1, Ordering::Relaxed);
        let mut feed = Stoppable::new(feed, self.progress);
        let path = provenance.path();
        let findings = &mut self.taken.findings;
        let mut found = |hit: Match| {
            let exposure = Exposure {
                provenance: provenance.clone(),
                location: hit.location,
                rule: hit.rule.id.clone(),
                confidence: hit.rule.confidence,
                history: None,
            };
            findings.add(hit.rule.kind, hit.secret, hit.spelling, exposure);
        };
        let mut announce = |hit: &Match| {
            if hit.rule.confidence >= self.min {
                (self.announce)(hit, &provenance);
            }
        };
        let result = self
            .scanner
            .scan(&mut feed, path.as_deref(), &mut found, &mut announce);
        let (read, stopped) = (feed.read, feed.stopped);
        self.taken.bytes += read;
        // Standard input without a byte is a pipe whose other end failed.
        let nothing = read == 0 && provenance == Provenance::Stdin;
        self.taken.inputs += u64::from(!nothing);
        if stopped {
            self.taken.skipped.push(interrupted(provenance));
        } else if let Err(error) = result {
            self.taken.skipped.push(Skipped {
                provenance,
                reason: SkipReason::ReadError,
                detail: format!("after {read} bytes: {error}"),
            });
        }
        !stopped
    }

    fn probe(&mut self, bytes: &[u8]) -> bool {
        self.count(bytes.len() as u64);
        let mut hit = false;
        self.scanner.scan_bytes(bytes, None, &mut |_| hit = true);
        hit
    }

    fn probe_feed(&mut self, feed: &mut dyn Feed) -> (bool, io::Result<()>) {
        self.count(0);
        let mut feed = Stoppable::new(feed, self.progress);
        let mut hit = false;
        let result = self
            .scanner
            .scan(&mut feed, None, &mut |_| hit = true, &mut |_| {});
        self.taken.bytes += feed.read;
        (hit, result.map(|_| ()))
    }

    fn audit_object(&mut self, input: ObjectInput, content: &mut Content<'_>) {
        let ObjectInput {
            mut object,
            history,
        } = input;
        let mut paths: Vec<Option<PathBuf>> = history.paths.iter().cloned().map(Some).collect();
        paths.truncate(MAX_PATHS);
        if paths.is_empty() {
            paths.push(None);
        }
        // What a value is can depend on the path: the one that says most counts.
        let mut best: Vec<Match> = Vec::new();
        let mut sure = None;
        for path in paths {
            let mut hits = Vec::new();
            let result = content().and_then(|text| {
                let mut feed = ReadFeed::new(text);
                let mut feed = Stoppable::new(&mut feed, self.progress);
                self.scanner
                    .scan(
                        &mut feed,
                        path.as_deref(),
                        &mut |hit| hits.push(hit),
                        &mut |_| {},
                    )
                    .map_err(|error| error.to_string())
            });
            // What came before the damage counts.
            if let Err(detail) = result {
                self.damaged(&object, detail);
            }
            let confidence = hits.iter().map(|hit| hit.rule.confidence).max();
            if object.path.is_none() || confidence > sure {
                (best, sure, object.path) = (hits, confidence, path);
            }
            if sure == Some(Confidence::High) {
                break;
            }
        }
        let history = Arc::new(history);
        for hit in best {
            let exposure = Exposure {
                provenance: Provenance::Object(object.clone()),
                location: hit.location,
                rule: hit.rule.id.clone(),
                confidence: hit.rule.confidence,
                history: Some(Arc::clone(&history)),
            };
            self.taken
                .findings
                .add(hit.rule.kind, hit.secret, hit.spelling, exposure);
        }
    }

    fn audit_version(&mut self, input: ObjectInput, text: &mut dyn Feed, before: &mut Before<'_>) {
        let ObjectInput { object, history } = input;
        let path = object.path.clone();
        let mut hits: Vec<Match> = Vec::new();
        let result = self.scanner.scan(
            text,
            path.as_deref(),
            &mut |hit| hits.push(hit),
            &mut |_| {},
        );
        if let Err(error) = result {
            self.damaged(&object, error.to_string());
        }
        let mut old = Vec::new();
        let mut known = false;
        while !hits.is_empty() && before(&mut old) {
            self.scanner
                .scan_bytes(&old, path.as_deref(), &mut |earlier| {
                    // A value that was not sure enough to be reported is new once it is.
                    let enough = |hit: &Match| hit.rule.confidence.min(self.min);
                    let same = |hit: &Match| {
                        (hit.rule.kind, &hit.secret) == (earlier.rule.kind, &earlier.secret)
                            && earlier.rule.confidence >= enough(hit)
                    };
                    known |= hits
                        .iter()
                        .any(|hit| same(hit) && hit.rule.confidence >= self.min);
                    hits.retain(|hit| !same(hit));
                });
        }
        if known {
            self.taken.notes.push(Note {
                provenance: Provenance::Object(object.clone()),
                kind: NoteKind::KnownBefore,
            });
        }
        let history = Arc::new(history);
        for hit in hits {
            let exposure = Exposure {
                provenance: Provenance::Object(object.clone()),
                location: hit.location,
                rule: hit.rule.id.clone(),
                confidence: hit.rule.confidence,
                history: Some(Arc::clone(&history)),
            };
            self.taken
                .findings
                .add(hit.rule.kind, hit.secret, hit.spelling, exposure);
        }
    }

    fn skip(&mut self, skipped: Skipped) {
        self.taken.skipped.push(skipped);
    }

    fn note(&mut self, note: Note) {
        self.taken.notes.push(note);
    }

    fn is_stopped(&self) -> bool {
        self.progress.stop.load(Ordering::Relaxed)
    }
}

impl Drop for Auditor<'_> {
    fn drop(&mut self) {
        // A panic in another worker ends the program; there is nothing to merge then.
        let Ok(mut shared) = self.shared.lock() else {
            return;
        };
        let taken = std::mem::take(&mut self.taken);
        shared.findings.merge(taken.findings);
        shared.skipped.extend(taken.skipped);
        shared.notes.extend(taken.notes);
        shared.inputs += taken.inputs;
        shared.bytes += taken.bytes;
    }
}

fn interrupted(provenance: Provenance) -> Skipped {
    Skipped {
        provenance,
        reason: SkipReason::Interrupted,
        detail: String::new(),
    }
}

/// A feed that ends when the audit is stopped, and counts what it gave.
struct Stoppable<'a> {
    feed: &'a mut dyn Feed,
    progress: &'a Progress,
    read: u64,
    stopped: bool,
}

impl<'a> Stoppable<'a> {
    fn new(feed: &'a mut dyn Feed, progress: &'a Progress) -> Stoppable<'a> {
        Stoppable {
            feed,
            progress,
            read: 0,
            stopped: false,
        }
    }
}

impl Feed for Stoppable<'_> {
    fn next(&mut self, buffer: &mut [u8]) -> io::Result<crate::detect::Fed> {
        use crate::detect::Fed;
        if self.progress.stop.load(Ordering::Relaxed) {
            self.stopped = true;
            return Ok(Fed::End);
        }
        let fed = self.feed.next(buffer)?;
        if let Fed::Bytes(count) = fed {
            self.read += count as u64;
            self.progress
                .bytes
                .fetch_add(count as u64, Ordering::Relaxed);
        }
        Ok(fed)
    }
}
