//! The pipeline: source, detect, score, dedupe.
//!
//! The first stages run in as many threads as the source has; what they found
//! is merged, now and then where it is much, and sorted at the end, so that the
//! same input gives the same result whatever the threads.

pub mod budget;
mod passing;
pub mod room;
mod tee;
pub mod unpack;

use std::collections::{HashMap, HashSet};
use std::io::{self, Read as _, Seek as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use self::budget::Bounds;
use self::passing::Passing;
use self::room::Room;
use self::unpack::{Container, Hit, Unpacked, Unpacker};
use crate::container::{Closed, Format, HEAD, ReadSeek, Tail, Unread};
use crate::container::{end_of_program, tell_closed};
use crate::detect::{Fed, Feed, Match, Scanner, Seen, Sightings};
use crate::findings::{Bound, Findings, Rank};
use crate::model::audit::{Note, NoteKind, SkipReason, Skipped, Totals};
use crate::model::blob::{GitObject, Provenance};
use crate::model::finding::{Confidence, Exposure, Finding, History};
use crate::model::layer::member_path;
use crate::model::secret::{Secret, SecretKind};
use crate::rule::RuleSet;
use crate::source::{
    Before, Content, Earlier, ObjectId, ObjectInput, Probed, Source, Worker, in_words,
};
use crate::system::memory::{self, Held};
use crate::system::threads::Threads;
use crate::system::time::TimeBudget;

/// How long the beginning of a text waits for the end of its first line.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long it takes at most, once the audit was stopped, to report what was found before.
const AFTER_STOP: Duration = Duration::from_secs(2);
/// Paths of one object whose names are asked what its values are.
const MAX_PATHS: usize = 16;
/// Objects of which is kept what they held before a change.
const MOST_EARLIER: usize = 100_000;

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

/// Audits everything that the sources have.
pub fn run(
    sources: &[Box<dyn Source>],
    rules: &RuleSet,
    min: Confidence,
    bounds: &Bounds,
    threads: usize,
    progress: &Progress,
    announce: &Announce<'_>,
) -> Gathered {
    let threads = Arc::new(Threads::new(threads));
    let shared = Mutex::new(Taken::default());
    for source in sources {
        source.drive(&|| {
            Box::new(Auditor {
                scanner: Scanner::new(rules)
                    .plain(!bounds.decode)
                    .within(bounds.memory)
                    .among(&threads)
                    .timed(TimeBudget::new(bounds.time, Arc::clone(&progress.stop))),
                taken: Taken::default(),
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
    let bound = Bound::of(bounds.memory);
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
    let (findings, below_confidence) = taken.findings.finish(min);
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

struct Auditor<'a> {
    scanner: Scanner<'a>,
    taken: Taken,
    min: Confidence,
    shared: &'a Mutex<Taken>,
    progress: &'a Progress,
    announce: &'a Announce<'a>,
    bounds: &'a Bounds,
    /// When it was first met that the audit had been stopped.
    stopped: Option<Instant>,
    /// What stood in objects before a change.
    earlier: HashMap<(ObjectId, PathBuf), HeldBefore>,
}

/// Secrets, and how sure each was.
type HeldBefore = Arc<[(SecretKind, Secret, Confidence)]>;

impl<'a> Auditor<'a> {
    /// Reads an input and what it holds.
    fn read(
        &mut self,
        feed: &mut Stoppable<'_>,
        provenance: &Provenance,
        path: Option<&Path>,
    ) -> (io::Result<()>, Unpacked<'a>) {
        let mut result = Ok(());
        if !feed.is_file() {
            return self.read_once(feed, provenance, path);
        }
        let decode = self.bounds.decode;
        let room = self.begin();
        let mut told = Told::new(feed, path, decode);
        let mut raw = Sightings::new(&room);
        let mut found = |seen: Seen<'a>| raw.push(seen);
        if let Err(error) = self.scanner.scan(&mut told, path, &mut found, &mut |_| {}) {
            result = Err(error);
        }
        if let Some(head) = told.once.take() {
            let length = feed.left().map(|left| left + feed.read);
            let mut begun = Begun {
                head,
                given: 0,
                feed,
            };
            let unpacked = self.unpack(&room, |unpacker| {
                let reader = &mut FeedReader(&mut begun);
                result = unpacker.file(reader, length, path);
            });
            return (result, unpacked);
        }
        let end_of_program = told.end_of_program;
        let may_end = told.tail.tell().is_some() || may_end_as_container(path);
        let (format, closed, read) = (told.format, told.closed, feed.read);
        let is_longer = end_of_program.is_some_and(|end| end < read);
        let ends_as_container = decode && (may_end || is_longer);
        let is_whole = !self.scanner.time.has_ended();
        if raw.is_empty() && format.is_none() && closed.is_none() && !ends_as_container && is_whole
        {
            return (result, Unpacked::default());
        }
        let mut input = feed.again().filter(|_| !feed.stopped);
        let format = format.or_else(|| {
            let input = input.as_mut()?;
            let format = ends_as_container.then(|| Format::tell_behind(input));
            input.seek(io::SeekFrom::Start(0)).ok()?;
            format.flatten()
        });
        let unpacked = self.unpack(&room, |unpacker| {
            let log = match format.is_some_and(Format::has_log) {
                true => write_ahead_log(feed),
                false => Ok(None),
            };
            let log = log.unwrap_or_else(|why| {
                unpacker.problem(why);
                None
            });
            let (wal, _held) = log.unzip();
            if format.is_some() && input.is_none() && !feed.stopped {
                let why = "it can't be read a second time, to be opened";
                unpacker.problem(Unread::Limit(why.to_owned()));
            }
            let container = format.zip(input.as_mut()).map(|(format, input)| Container {
                format,
                input,
                length: read,
                wal,
            });
            unpacker.closed(closed);
            unpacker.opened(raw, container, path);
        });
        (result, unpacked)
    }

    /// The same for what cannot be read twice.
    fn read_once(
        &mut self,
        feed: &mut Stoppable<'_>,
        provenance: &Provenance,
        path: Option<&Path>,
    ) -> (io::Result<()>, Unpacked<'a>) {
        let mut result = Ok(());
        let room = self.begin();
        let mut begun = match Begun::read(feed) {
            Ok(begun) => begun,
            Err(error) => return (Err(error), Unpacked::default()),
        };
        let is_told =
            Format::tell(&begun.head, None).is_some() || tell_closed(&begun.head).is_some();
        if self.bounds.decode && is_told {
            let unpacked = self.unpack(&room, |unpacker| {
                result = unpacker.stream(&mut FeedReader(&mut begun), path);
            });
            return (result, unpacked);
        }
        let (min, announce) = (self.min, self.announce);
        let mut raw = Sightings::new(&room);
        let mut said = |hit: &Match<'a>| {
            if hit.rule.confidence >= min {
                announce(hit, provenance);
            }
        };
        let mut feed = Passed {
            feed: &mut begun,
            passing: match self.bounds.decode {
                true => Passing::within(self.bounds.memory),
                false => Passing::default(),
            },
        };
        let scanned = self
            .scanner
            .scan(&mut feed, path, &mut |seen| raw.push(seen), &mut said);
        result = scanned.map(|_| ());
        let passing = feed.passing;
        let unpacked = self.unpack(&room, |unpacker| unpacker.passed(raw, passing, path));
        (result, unpacked)
    }

    /// Room for what one input has, whose time begins.
    fn begin(&self) -> Room {
        self.scanner.time.begin();
        Room::new(self.bounds.memory)
    }

    fn unpack(&mut self, room: &Room, with: impl FnOnce(&mut Unpacker<'_, 'a>)) -> Unpacked<'a> {
        let progress = self.progress;
        let mut unpacker = Unpacker::new(&mut self.scanner, self.bounds, room, &progress.unpacked);
        with(&mut unpacker);
        unpacker.finish()
    }

    /// Takes down what an input gave.
    fn take(
        &mut self,
        unpacked: Unpacked<'a>,
        provenance: &Provenance,
        history: Option<&Arc<History>>,
    ) {
        self.taken.findings.leave_out(unpacked.left_out);
        if unpacked.has_picture {
            self.taken.pictures.add(provenance);
        }
        self.take_hits(unpacked.hits, provenance, history);
        for (inside, why) in unpacked.problems {
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
        let mut known = HashSet::new();
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
        let bound = Bound::of(self.bounds.memory);
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
}

impl<'a> Auditor<'a> {
    /// Audits what a feed gives without a name, and what it holds.
    fn unpack_feed(&mut self, feed: &mut dyn Feed) -> (Unpacked<'a>, io::Result<()>) {
        self.count(0);
        let room = self.begin();
        let mut feed = Stoppable::new(feed, self.progress);
        let mut result = Ok(());
        let unpacked = self.unpack(&room, |unpacker| {
            result = unpacker.stream(&mut FeedReader(&mut feed), None);
        });
        self.taken.bytes += feed.read;
        (unpacked, result)
    }

    /// Whether an object holds anything, so that it will be audited once its
    /// paths are known. Of one that doesn't, takes down what could not be unpacked.
    fn take_problems(&mut self, unpacked: Unpacked<'a>, object: &Probed<'_>) -> bool {
        let has_problem = !unpacked.problems.is_empty();
        let hit = !unpacked.hits.is_empty() || (has_problem && object.by_path);
        if !hit && (has_problem || unpacked.has_picture) {
            self.take(unpacked, &Provenance::Object((object.object)()), None);
        }
        hit
    }

    /// Reads an object under its paths. What a value is can depend on the path: the one that
    /// says most counts, and is the one that the object has then.
    fn read_object(
        &mut self,
        object: &mut GitObject,
        history: &History,
        content: &mut Content<'_>,
    ) -> Unpacked<'a> {
        let mut paths: Vec<Option<PathBuf>> = history.paths.iter().cloned().map(Some).collect();
        paths.truncate(MAX_PATHS);
        if paths.is_empty() {
            paths.push(None);
        }
        object.path = None;
        let mut best = Unpacked::default();
        let mut sure = None;
        for path in paths {
            let mut result = Ok(());
            let room = self.begin();
            let unpacked = match content() {
                Ok(mut text) => self.unpack(&room, |unpacker| {
                    result = unpacker
                        .stream(&mut text, path.as_deref())
                        .map_err(|error| error.to_string());
                }),
                Err(why) => {
                    result = Err(why);
                    Unpacked::default()
                }
            };
            // What came before the damage counts.
            if let Err(detail) = result {
                self.damaged(object, detail);
            }
            let confidence = unpacked
                .hits
                .iter()
                .map(|hit| hit.found.rule.confidence)
                .max();
            if object.path.is_none() || confidence > sure {
                (best, sure, object.path) = (unpacked, confidence, path);
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
            let room = self.begin();
            let unpacked = self.unpack(&room, |unpacker| unpacker.bytes(&old, Some(&key.1)));
            held.extend(unpacked.hits.into_iter().map(|hit| {
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
        let mut feed = Stoppable::new(feed, self.progress);
        let path = provenance.path();
        let (result, unpacked) = self.read(&mut feed, &provenance, path.as_deref());
        let read = feed.read;
        let stopped = feed.stopped || unpacked.is_stopped || self.scanner.time.is_stopped();
        self.take(unpacked, &provenance, None);
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
                detail: format!("after {read} bytes: {}", in_words(&error)),
            });
        }
        !stopped
    }

    fn probe(&mut self, object: &Probed<'_>, bytes: &[u8]) -> bool {
        self.count(bytes.len() as u64);
        let room = self.begin();
        let mut raw = Sightings::new(&room);
        self.scanner
            .scan_bytes(bytes, None, &mut |seen| raw.push(seen));
        if raw.has_secret() || room.left_out().from(Confidence::Low) > 0 {
            return true;
        }
        let may_open = Format::tell(bytes, None).is_some() || Tail::of(bytes).tell().is_some();
        let is_container = self.bounds.decode && may_open;
        let closed = tell_closed(bytes).filter(|_| self.bounds.decode);
        let is_plain = raw.is_empty() && !is_container;
        if is_plain && closed.is_none() && !self.scanner.time.has_ended() {
            return false;
        }
        drop(raw);
        let room = self.begin();
        let unpacked = self.unpack(&room, |unpacker| match is_plain {
            true => unpacker.closed(closed),
            false => unpacker.bytes(bytes, None),
        });
        self.take_problems(unpacked, object)
    }

    fn probe_feed(&mut self, object: &Probed<'_>, feed: &mut dyn Feed) -> (bool, io::Result<()>) {
        let (unpacked, result) = self.unpack_feed(feed);
        (self.take_problems(unpacked, object), result)
    }

    fn probe_version(&mut self, feed: &mut dyn Feed) -> (bool, io::Result<()>) {
        let (unpacked, result) = self.unpack_feed(feed);
        let is_telling =
            !unpacked.hits.is_empty() || !unpacked.problems.is_empty() || unpacked.has_picture;
        (is_telling, result)
    }

    fn audit_object(&mut self, input: ObjectInput, content: &mut Content<'_>) -> bool {
        let ObjectInput {
            mut object,
            history,
        } = input;
        let mut unpacked = self.read_object(&mut object, &history, content);
        if unpacked.is_stopped {
            let Some(time) = self.time_after_stop() else {
                self.leave(&Provenance::Object(object));
                return false;
            };
            let stopped = std::mem::replace(&mut self.scanner.time, Arc::new(time));
            unpacked = self.read_object(&mut object, &history, content);
            if self.scanner.time.is_late() {
                unpacked.problems.clear();
                self.leave(&Provenance::Object(object.clone()));
            }
            self.scanner.time = stopped;
        }
        self.take(
            unpacked,
            &Provenance::Object(object),
            Some(&Arc::new(history)),
        );
        true
    }

    fn audit_version(&mut self, input: ObjectInput, text: &mut dyn Feed, before: &mut Before<'_>) {
        let ObjectInput { object, history } = input;
        let path = object.path.clone();
        let mut result = Ok(());
        let room = self.begin();
        let mut unpacked = self.unpack(&room, |unpacker| {
            result = unpacker.stream(&mut FeedReader(text), path.as_deref());
        });
        if let Err(error) = result {
            self.damaged(&object, error.to_string());
        }
        let min = self.min;
        let mut known = false;
        while !unpacked.hits.is_empty()
            && let Some(earlier) = before()
        {
            for (kind, secret, confidence) in self.held_earlier(earlier).iter() {
                // A value that was not sure enough to be reported is new once it is.
                let same = |hit: &Hit| {
                    (hit.found.rule.kind, &hit.found.secret) == (*kind, secret)
                        && *confidence >= hit.found.rule.confidence.min(min)
                };
                let is_known = |hit: &Hit| same(hit) && hit.found.rule.confidence >= min;
                known |= unpacked.hits.iter().any(is_known);
                unpacked.hits.retain(|hit| !same(hit));
            }
        }
        if known {
            self.taken.notes.push(Note {
                provenance: Provenance::Object(object.clone()),
                kind: NoteKind::KnownBefore,
                detail: String::new(),
            });
        }
        self.take(
            unpacked,
            &Provenance::Object(object),
            Some(&Arc::new(history)),
        );
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
        let bound = Bound::of(self.bounds.memory);
        shared.findings.merge(taken.findings, bound);
        shared.skipped.extend(taken.skipped);
        shared.notes.extend(taken.notes);
        shared.pictures.merge(taken.pictures);
        shared.left.merge(taken.left);
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

impl Stoppable<'_> {
    fn is_file(&self) -> bool {
        self.feed.is_file()
    }

    fn left(&self) -> Option<u64> {
        self.feed.left()
    }
}

impl Feed for Stoppable<'_> {
    fn next(&mut self, buffer: &mut [u8]) -> io::Result<Fed> {
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

    fn pass_zeros(&mut self) -> u64 {
        let count = self.feed.pass_zeros();
        self.read += count;
        self.progress.bytes.fetch_add(count, Ordering::Relaxed);
        count
    }

    fn again(&mut self) -> Option<Box<dyn ReadSeek>> {
        self.feed.again()
    }

    fn beside(&mut self, ending: &str) -> io::Result<Option<Box<dyn ReadSeek>>> {
        self.feed.beside(ending)
    }
}

/// A feed whose first and last bytes tell whether it is a container.
struct Told<'a, 'f> {
    feed: &'a mut Stoppable<'f>,
    path: Option<&'a Path>,
    begun: bool,
    format: Option<Format>,
    closed: Option<Closed>,
    /// Where a program ends that the feed begins with.
    end_of_program: Option<u64>,
    /// The first bytes of a container that is read once, so that nothing is given of it.
    once: Option<Vec<u8>>,
    tail: Tail,
}

impl<'a, 'f> Told<'a, 'f> {
    fn new(feed: &'a mut Stoppable<'f>, path: Option<&'a Path>, wanted: bool) -> Told<'a, 'f> {
        Told {
            feed,
            path,
            begun: !wanted,
            format: None,
            closed: None,
            end_of_program: None,
            once: None,
            tail: Tail::default(),
        }
    }
}

impl Feed for Told<'_, '_> {
    fn pass_zeros(&mut self) -> u64 {
        self.feed.pass_zeros()
    }

    fn next(&mut self, buffer: &mut [u8]) -> io::Result<Fed> {
        let fed = self.feed.next(buffer)?;
        if let Fed::Bytes(count) = fed {
            self.tail.push(&buffer[..count]);
            if !self.begun {
                self.begun = true;
                let name = self.path.map(|path| path.as_os_str().as_encoded_bytes());
                self.format = Format::tell(&buffer[..count], name);
                if self.format.is_some_and(Format::is_read_once) {
                    self.once = Some(buffer[..count].to_vec());
                    return Ok(Fed::End);
                }
                if self.format.is_none() {
                    self.closed = tell_closed(&buffer[..count]);
                    self.end_of_program = end_of_program(&buffer[..count]);
                }
            }
        }
        Ok(fed)
    }
}

/// A feed of which is kept what can be an archive behind something else.
struct Passed<'a> {
    feed: &'a mut dyn Feed,
    passing: Passing,
}

impl Feed for Passed<'_> {
    fn next(&mut self, buffer: &mut [u8]) -> io::Result<Fed> {
        let fed = self.feed.next(buffer)?;
        if let Fed::Bytes(count) = fed {
            self.passing.push(&buffer[..count]);
        }
        Ok(fed)
    }
}

/// A feed of which the first bytes were read, as many as came at once.
struct Begun<'a, 'f> {
    head: Vec<u8>,
    given: usize,
    feed: &'a mut Stoppable<'f>,
}

impl<'a, 'f> Begun<'a, 'f> {
    /// Reads until it is known what it is, or until there is a pause in a text.
    fn read(feed: &'a mut Stoppable<'f>) -> io::Result<Begun<'a, 'f>> {
        let mut head = vec![0; HEAD];
        let mut length = 0;
        let mut begun = None;
        while length < head.len() {
            match feed.next(&mut head[length..])? {
                Fed::Bytes(count) => {
                    length += count;
                    begun.get_or_insert_with(Instant::now);
                }
                Fed::Idle | Fed::Behind
                    if may_become_container(
                        &head[..length],
                        begun.is_some_and(|begun| begun.elapsed() > PATIENCE),
                    ) => {}
                Fed::Idle | Fed::Behind | Fed::End => break,
            }
        }
        head.truncate(length);
        Ok(Begun {
            head,
            given: 0,
            feed,
        })
    }
}

/// Whether more bytes can make a container of these. Whoever waits for a line of a
/// log wants to know of it at once, or soon where the line has no end; the beginning of an
/// archive can wait.
fn may_become_container(head: &[u8], is_late: bool) -> bool {
    let is_text = |byte: &u8| matches!(byte, b'\t' | b'\n' | b'\r' | 0x1b | b' '..);
    let is_line = is_late || memchr::memchr(b'\n', head).is_some();
    !(is_line && head.iter().all(is_text)) && Format::tell(head, None).is_none()
}

impl Feed for Begun<'_, '_> {
    fn next(&mut self, buffer: &mut [u8]) -> io::Result<Fed> {
        let left = &self.head[self.given..];
        if left.is_empty() {
            return self.feed.next(buffer);
        }
        let count = left.len().min(buffer.len());
        buffer[..count].copy_from_slice(&left[..count]);
        self.given += count;
        Ok(Fed::Bytes(count))
    }
}

/// Reads a feed; a pause is waited for.
struct FeedReader<'a>(&'a mut dyn Feed);

impl io::Read for FeedReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            match self.0.next(buffer)? {
                Fed::Bytes(count) => return Ok(count),
                Fed::Idle | Fed::Behind => {}
                Fed::End => return Ok(0),
            }
        }
    }
}

/// Whether a file can be an archive behind a program, with a comment at its end.
fn may_end_as_container(path: Option<&Path>) -> bool {
    const EXTENSIONS: [&[u8]; 4] = [b".exe", b".run", b".pex", b".pyz"];
    let name = path.map_or(&b""[..], |path| path.as_os_str().as_encoded_bytes());
    EXTENSIONS.iter().any(|extension| {
        name.len() > extension.len()
            && name[name.len() - extension.len()..].eq_ignore_ascii_case(extension)
    })
}

/// The write-ahead log beside a database, with the memory that it takes.
fn write_ahead_log(feed: &mut dyn Feed) -> Result<Option<(Vec<u8>, Held)>, Unread> {
    const LONGEST: u64 = 64 << 20;
    let limit = |error| Unread::Limit(format!("its write-ahead log: {}", in_words(&error)));
    let Some(mut log) = feed.beside("-wal").map_err(limit)? else {
        return Ok(None);
    };
    let length = log.seek(io::SeekFrom::End(0)).map_err(limit)?;
    if length > LONGEST {
        let why = "its write-ahead log is longer than 64 MiB and was read as raw bytes";
        return Err(Unread::Limit(why.to_owned()));
    }
    let held = memory::hold(length as usize);
    let mut bytes = Vec::new();
    log.rewind().map_err(limit)?;
    log.take(length).read_to_end(&mut bytes).map_err(limit)?;
    Ok(Some((bytes, held)))
}
