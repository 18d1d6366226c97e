//! Audits what a source hands over, one input after the other.

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::blob::{Audited, BlobAudit, Content, Hit};
use super::budget::Bounds;
use super::feeds::{FeedReader, Stoppable};
use super::{Announce, Progress, Taken, interrupted};
use crate::container::Unread;
use crate::detect::{Match, Scanner};
use crate::engine::findings::{Capacity, Rank};
use crate::model::audit::{Note, NoteKind, SkipReason, Skipped};
use crate::model::blob::{GitObject, Provenance};
use crate::model::feed::Feed;
use crate::model::finding::{Confidence, Exposure, History};
use crate::model::layer::member_path;
use crate::model::project::Project;
use crate::model::secret::{Secret, SecretKind, SecretSet};
use crate::source::{Before, Earlier, ObjectId, ObjectInput, Opens, Probed, Worker, in_words};
use crate::system::time::TimeBudget;

/// How long it takes at most, once the audit was stopped, to report what was found before.
const AFTER_STOP: Duration = Duration::from_secs(2);

/// Paths of one object whose names are asked what its values are.
const MAX_PATHS: usize = 16;

/// Objects of which is kept what they held before a change.
const MOST_EARLIER: usize = 100_000;

/// The worker of one thread.
pub struct Auditor<'a> {
    pub scanner: Scanner<'a>,
    pub taken: Taken,
    /// What the paths of files start from.
    pub project: &'a Project,
    pub min: Confidence,
    pub shared: &'a Mutex<Taken>,
    pub progress: &'a Progress,
    pub announce: &'a Announce<'a>,
    pub bounds: &'a Bounds,
    /// When it was first met that the audit had been stopped.
    pub stopped: Option<Instant>,
    /// What stood in objects before a change.
    pub earlier: HashMap<(ObjectId, PathBuf), HeldBefore>,
}

/// Secrets, and how sure each was.
pub type HeldBefore = Arc<[(SecretKind, Secret, Confidence)]>;

impl<'a> Auditor<'a> {
    /// An audit of one blob.
    fn begin(&mut self) -> BlobAudit<'_, 'a> {
        BlobAudit::new(&mut self.scanner, self.bounds, self.progress)
    }

    /// Takes down what an input gave.
    fn take(
        &mut self,
        audited: Audited<'a>,
        provenance: &Provenance,
        history: Option<&Arc<History>>,
    ) {
        self.taken.findings.leave_out(audited.left_out);
        if audited.has_picture {
            self.taken.pictures.add(provenance);
        }
        self.take_hits(audited.hits, provenance, history);
        for (inside, why) in audited.problems {
            let at = member_path(&inside).map_or_else(String::new, |path| format!("{path}: "));
            let (kind, detail) = match why {
                Unread::Limit(why) => {
                    self.taken.skipped.push(Skipped {
                        provenance: provenance.clone(),
                        reason: SkipReason::Limit,
                        detail: format!("{at}{why}"),
                    });
                    continue;
                }
                Unread::Encrypted => (NoteKind::Encrypted, at.trim_end_matches(": ").to_owned()),
                Unread::Damaged(why) => (NoteKind::DamagedContainer, format!("{at}{why}")),
                Unread::Unsupported(why) => (NoteKind::Unsupported, format!("{at}{why}")),
            };
            self.taken.notes.push(Note {
                provenance: provenance.clone(),
                kind,
                detail,
            });
        }
    }

    /// Takes down the secrets that an input has.
    fn take_hits(
        &mut self,
        hits: Vec<Hit<'a>>,
        provenance: &Provenance,
        history: Option<&Arc<History>>,
    ) {
        if hits.is_empty() {
            return;
        }
        let mut known = SecretSet::default();
        let provenance = Arc::new(provenance.clone());
        for (number, hit) in hits.into_iter().enumerate() {
            let Hit {
                found,
                inside,
                encoded_at,
            } = hit;
            let rank = Rank {
                is_repeat: !known.insert(found.secret.clone()),
                number: u32::try_from(number).unwrap_or(u32::MAX),
            };
            let exposure = Exposure {
                provenance: provenance.clone(),
                inside,
                location: found.location,
                encoded_at,
                rule: found.rule.id.clone(),
                confidence: found.rule.confidence,
                history: history.cloned(),
                cookie: found.cookie,
                why: found.why,
                pragmas: found.pragmas,
                suppression: None,
            };
            let (kind, secret) = (found.rule.kind, found.secret);
            let findings = &mut self.taken.findings;
            findings.add(kind, secret, found.spelling, exposure, rank);
            if self.taken.findings.size() > self.bounds.memory / 16 {
                self.merge_findings();
            }
        }
    }

    /// Gives what was found so far to all, so that it is in memory once, and no more
    /// of it than there is room for.
    fn merge_findings(&mut self) {
        let bound = Capacity::of(self.bounds.memory);
        let found = std::mem::take(&mut self.taken.findings);
        // A panic in another worker ends the program; there is nothing to merge then.
        if let Ok(mut shared) = self.shared.lock() {
            shared.findings.merge(found, bound);
        }
    }

    fn count(&mut self, bytes: u64) {
        self.taken.inputs += 1;
        self.taken.bytes += bytes;
        self.progress.inputs.fetch_add(1, Ordering::Relaxed);
        self.progress.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Reads an object under its paths. What a value is can depend on the path: the one that
    /// says most counts, and is the one that the object has then.
    fn read_object(
        &mut self,
        object: &mut GitObject,
        history: &History,
        content: &mut Opens<'_>,
    ) -> Audited<'a> {
        let mut paths: Vec<Option<PathBuf>> = history.paths.iter().cloned().map(Some).collect();
        paths.truncate(MAX_PATHS);
        if paths.is_empty() {
            paths.push(None);
        }
        object.path = None;
        let mut best = Audited::default();
        let mut sure = None;
        for path in paths {
            let mut audited = match content() {
                Ok(mut text) => self
                    .begin()
                    .run(Content::Stream(&mut text), path.as_deref()),
                Err(why) => {
                    self.damaged(object, why);
                    Audited::default()
                }
            };
            // What came before the damage counts.
            if let Some(error) = audited.error.take() {
                self.damaged(object, error.to_string());
            }
            let confidence = audited
                .hits
                .iter()
                .map(|hit| hit.found.rule.confidence)
                .max();
            if object.path.is_none() || confidence > sure {
                (best, sure, object.path) = (audited, confidence, path);
            }
            if sure == Some(Confidence::High) || best.is_stopped {
                break;
            }
        }
        best
    }

    /// The time that is left for what was found before the audit was stopped.
    fn time_after_stop(&mut self) -> Option<TimeBudget> {
        let since = *self.stopped.get_or_insert_with(Instant::now);
        let left = AFTER_STOP.checked_sub(since.elapsed())?;
        Some(TimeBudget::new(left, Arc::default()))
    }

    /// Drops what was there before a change. Whether any of it would have been reported.
    fn drop_known(&mut self, audited: &mut Audited<'a>, before: &mut Before<'_>) -> bool {
        let min = self.min;
        let mut known = false;
        while !audited.hits.is_empty()
            && let Some(earlier) = before()
        {
            for (kind, secret, confidence) in self.held_earlier(earlier).iter() {
                // A value that was not sure enough to be reported is new once it is.
                let same = |hit: &Hit| {
                    (hit.found.rule.kind, &hit.found.secret) == (*kind, secret)
                        && *confidence >= hit.found.rule.confidence.min(min)
                };
                let is_known = |hit: &Hit| same(hit) && hit.found.rule.confidence >= min;
                known |= audited.hits.iter().any(is_known);
                audited.hits.retain(|hit| !same(hit));
            }
        }
        known
    }

    /// What stood in an object under its path before a change. Many files of one change are
    /// compared with the same ones, so it is looked at once.
    fn held_earlier(&mut self, earlier: Earlier<'_>) -> HeldBefore {
        let key = (earlier.id, earlier.path);
        if let Some(held) = self.earlier.get(&key) {
            return Arc::clone(held);
        }
        let mut old = Vec::new();
        let is_read = (earlier.read)(&key.0, &mut old);
        let mut held = Vec::new();
        if is_read {
            let audited = self.begin().run(Content::Bytes(&old), Some(&key.1));
            held.extend(audited.hits.into_iter().map(|hit| {
                let Match { rule, secret, .. } = hit.found;
                (rule.kind, secret, rule.confidence)
            }));
        }
        let held: HeldBefore = held.into();
        if self.earlier.len() < MOST_EARLIER {
            self.earlier.insert(key, Arc::clone(&held));
        }
        held
    }

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
            self.leave(&provenance);
            return false;
        }
        self.progress.inputs.fetch_add(1, Ordering::Relaxed);
        let (min, announce) = (self.min, self.announce);
        let announced = |hit: &Match<'_>| {
            if hit.rule.confidence >= min {
                announce(hit, &provenance);
            }
        };
        let path = provenance.path().map(|path| self.project.path_of(&path));
        let content = Content::Feed(feed, &announced);
        let mut audited = self.begin().run(content, path.as_deref());
        let (read, stopped, error) = (audited.read, audited.is_stopped, audited.error.take());
        self.take(audited, &provenance, None);
        self.taken.bytes += read;
        // Standard input without a byte is a pipe whose other end failed.
        let nothing = read == 0 && provenance == Provenance::Stdin;
        self.taken.inputs += u64::from(!nothing);
        if stopped {
            self.taken.skipped.push(interrupted(provenance));
        } else if let Some(error) = error {
            self.taken.skipped.push(Skipped {
                provenance,
                reason: SkipReason::ReadError,
                detail: format!("after {read} bytes: {}", in_words(&error)),
            });
        }
        !stopped
    }

    fn probe(&mut self, object: &Probed<'_>, feed: &mut dyn Feed) -> (bool, io::Result<()>) {
        let mut audited = match feed.bytes() {
            Some(bytes) => {
                self.count(bytes.len() as u64);
                self.begin().run(Content::Bytes(bytes), None)
            }
            None => {
                self.count(0);
                let mut feed = Stoppable::new(feed, self.progress);
                let content = Content::Stream(&mut FeedReader(&mut feed));
                let audited = self.begin().run(content, None);
                self.taken.bytes += feed.read;
                audited
            }
        };
        let error = audited.error.take().map_or(Ok(()), Err);
        let is_telling = !audited.problems.is_empty() || audited.has_picture;
        let is_any = !audited.hits.is_empty() || audited.left_out.from(Confidence::Low) > 0;
        let is_wanted = is_any || (is_telling && object.by_path);
        if is_telling && !is_wanted {
            self.take(audited, &Provenance::Object((object.object)()), None);
        }
        (is_wanted, error)
    }

    fn audit_object(
        &mut self,
        input: ObjectInput,
        content: &mut Opens<'_>,
        before: &mut Before<'_>,
    ) -> bool {
        let ObjectInput {
            mut object,
            history,
        } = input;
        let mut audited = self.read_object(&mut object, &history, content);
        if audited.is_stopped {
            let Some(time) = self.time_after_stop() else {
                self.leave(&Provenance::Object(object));
                return false;
            };
            let stopped = std::mem::replace(&mut self.scanner.time, Arc::new(time));
            audited = self.read_object(&mut object, &history, content);
            if self.scanner.time.is_late() {
                audited.problems.clear();
                self.leave(&Provenance::Object(object.clone()));
            }
            self.scanner.time = stopped;
        }
        let provenance = Provenance::Object(object);
        if self.drop_known(&mut audited, before) {
            self.taken.notes.push(Note {
                provenance: provenance.clone(),
                kind: NoteKind::KnownBefore,
                detail: String::new(),
            });
        }
        self.take(audited, &provenance, Some(&Arc::new(history)));
        true
    }

    fn skip(&mut self, skipped: Skipped) {
        self.taken.skipped.push(skipped);
    }

    fn leave(&mut self, provenance: &Provenance) {
        self.taken.left.add(provenance);
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
        let bound = Capacity::of(self.bounds.memory);
        shared.findings.merge(taken.findings, bound);
        shared.skipped.extend(taken.skipped);
        shared.notes.extend(taken.notes);
        shared.pictures.merge(taken.pictures);
        shared.left.merge(taken.left);
        shared.inputs += taken.inputs;
        shared.bytes += taken.bytes;
    }
}
