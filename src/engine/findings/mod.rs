//! Gathers the exposures of one secret into one finding.

mod joined;

use std::cmp::{Ordering, Reverse};
use std::collections::hash_map::Entry;
use std::sync::Arc;

use self::joined::{with_files_and_objects_joined, with_versions_joined};
use super::budget::room::{self, LeftOut, PLACE};
use crate::model::blob::Provenance;
use crate::model::finding::{Confidence, Exposure, Finding, Presence};
use crate::model::secret::{Secret, SecretKind, SecretMap};
use crate::system::threads::Threads;

/// Findings under construction, as many as there is room for. Several can be merged in
/// any order with the same result, so each worker gathers its own first.
#[derive(Debug, Default)]
pub struct Findings {
    secrets: SecretMap<Key, Places>,
    /// Bytes of memory that they take, about.
    size: usize,
    left_out: LeftOut,
    /// How many there were when places were left out last.
    kept: usize,
    /// The first repeat that was ever left out: whatever comes later and is not before it
    /// is left out, too.
    end: Option<(Ranked, Key)>,
    /// The same for secrets, by their first places.
    end_of_secrets: Option<(Ranked, Key)>,
}

/// How much is kept.
#[derive(Clone, Copy, Debug)]
pub struct Capacity {
    /// Bytes of memory for repeats, and for places of what only looks like a secret.
    pub bytes: usize,
    /// Secrets, each with its first place.
    pub secrets: usize,
}

impl Capacity {
    /// Where places may take so many bytes.
    pub fn of(bytes: usize) -> Capacity {
        Capacity {
            bytes,
            secrets: room::most_secrets(bytes),
        }
    }
}

type Key = (SecretKind, Secret);

/// Which of the places in its input one is. First come the first places of secrets, then
/// all others, each by their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank {
    /// Whether the secret has a place in the input already.
    pub is_repeat: bool,
    /// How many places are before it.
    pub number: u32,
}

/// A place with its rank.
#[derive(Clone, Debug)]
struct Ranked {
    rank: Rank,
    exposure: Exposure,
}

/// Where one secret stands, and how it is spelled there.
#[derive(Debug, Default)]
struct Places {
    exposures: Vec<Ranked>,
    /// Whether it stands somewhere in its normal spelling, as nearly every secret does.
    is_normal: bool,
    /// The other spellings, sorted.
    others: Vec<Secret>,
}

impl Places {
    fn spelled(&mut self, spelling: Secret, is_normal: bool) {
        if is_normal {
            self.is_normal = true;
        } else if let Err(place) = self.others.binary_search(&spelling) {
            push(&mut self.others, place, spelling);
        }
    }

    /// Every spelling, sorted.
    fn spellings(self, secret: &Secret) -> Vec<Secret> {
        let mut spellings = self.others;
        if self.is_normal {
            let place = spellings.partition_point(|other| other < secret);
            push(&mut spellings, place, secret.clone());
        }
        spellings
    }
}

/// Inserts what may be the only one, in no more memory than that takes: there may be
/// hundreds of thousands.
fn push<T>(list: &mut Vec<T>, place: usize, item: T) {
    if list.is_empty() {
        list.reserve_exact(1);
    }
    list.insert(place, item);
}

/// A place with its secret, the ones to keep first: what is sure, and of that what is
/// current; an input with many of them takes no room from the first ones of others.
type Place<'p> = (Reverse<Confidence>, bool, Rank, &'p Exposure, &'p Key);

fn place<'p>(ranked: &'p Ranked, key: &'p Key) -> Place<'p> {
    let Ranked { rank, exposure } = ranked;
    let is_gone = exposure.presence() != Presence::Current;
    (Reverse(exposure.confidence), is_gone, *rank, exposure, key)
}

/// The number of the first place of a secret among its places, where it is sure that it
/// is one.
fn first(key: &Key, places: &Places) -> Option<usize> {
    let numbers = (0..).zip(&places.exposures);
    let (number, first) = numbers.min_by_key(|(_, ranked)| place(ranked, key))?;
    (first.exposure.confidence > Confidence::Low).then_some(number)
}

/// Remembers that this place was left out.
fn end_at(first: &mut Option<(Ranked, Key)>, end: (Ranked, Key)) {
    let is_before = |(ranked, key): &(Ranked, Key)| place(&end.0, &end.1) < place(ranked, key);
    if first.as_ref().is_none_or(is_before) {
        *first = Some(end);
    }
}

/// Bytes of memory that a place takes with its share of a finding, about.
fn size(exposure: &Exposure) -> usize {
    /// Of the commits that hold an object, and what leads to them.
    const HISTORY: usize = 1024;
    let name = match &*exposure.provenance {
        Provenance::File(path) => path.as_os_str().len(),
        Provenance::Object(object) => object
            .path
            .as_ref()
            .map_or(0, |path| path.as_os_str().len()),
        Provenance::Stdin => 0,
    };
    let history = if exposure.history.is_some() {
        HISTORY
    } else {
        0
    };
    let pragmas = exposure
        .pragmas
        .iter()
        .map(|it| size_of_val(it) + it.text.len());
    let pragmas: usize = pragmas.sum();
    PLACE + room::names(&exposure.inside) + name + history + pragmas
}

impl Findings {
    /// Adds a place where a secret can be read.
    pub fn add(
        &mut self,
        kind: SecretKind,
        secret: Secret,
        spelling: Secret,
        exposure: Exposure,
        rank: Rank,
    ) {
        self.size += size(&exposure);
        let exposure = Ranked { rank, exposure };
        let entry = self.secrets.entry((kind, secret));
        let is_normal = entry.key().1 == spelling;
        let places = entry.or_default();
        let last = places.exposures.len();
        push(&mut places.exposures, last, exposure);
        places.spelled(spelling, is_normal);
    }

    /// Bytes of memory that they take, about.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Counts places that somebody else left out.
    pub fn leave_out(&mut self, places: LeftOut) {
        self.left_out += places;
    }

    /// The places that were found and are not kept.
    pub fn left_out(&self) -> LeftOut {
        self.left_out
    }

    /// Whether there were more secrets than are kept.
    pub fn lacks_secrets(&self) -> bool {
        self.end_of_secrets.is_some()
    }

    /// Takes over everything that another worker gathered, and keeps it within a
    /// quarter more than these bytes.
    pub fn merge(&mut self, other: Findings, bound: Capacity) {
        self.size += other.size;
        self.left_out += other.left_out;
        if let Some(end) = other.end {
            end_at(&mut self.end, end);
        }
        if let Some(end) = other.end_of_secrets {
            end_at(&mut self.end_of_secrets, end);
        }
        if self.secrets.is_empty() {
            self.secrets = other.secrets;
        } else {
            #[expect(clippy::iter_over_hash_type, reason = "merging has no order")]
            for (key, mut places) in other.secrets {
                match self.secrets.entry(key) {
                    Entry::Vacant(entry) => {
                        entry.insert(places);
                    }
                    Entry::Occupied(mut entry) => {
                        let all = entry.get_mut();
                        all.exposures.append(&mut places.exposures);
                        all.is_normal |= places.is_normal;
                        for spelling in places.others {
                            all.spelled(spelling, false);
                        }
                    }
                }
            }
        }
        if self.size > self.kept.max(bound.bytes) + bound.bytes / 4 {
            self.keep_within(bound);
        }
    }

    /// Keeps the first place of each secret, and of all others the surest, of those that
    /// are as sure the current, and of these the first, that fit; whatever was kept
    /// before, the end is the same.
    pub fn keep_within(&mut self, bound: Capacity) {
        self.leave_out_from_ends();
        if self.size > bound.bytes || self.secrets.len() > bound.secrets {
            if let Some(end) = self.secret_beyond(bound.secrets) {
                end_at(&mut self.end_of_secrets, end);
            }
            if let Some(end) = self.repeat_beyond(bound.bytes) {
                end_at(&mut self.end, end);
            }
            self.leave_out_from_ends();
        }
        self.kept = self.size;
    }

    /// The first place of the first secret that has no room.
    fn secret_beyond<'s>(&'s self, most: usize) -> Option<(Ranked, Key)> {
        let first = |(key, places): (_, &'s Places)| {
            let number = first(key, places)?;
            Some((&places.exposures[number], key))
        };
        let mut firsts: Vec<(&Ranked, &Key)> = self.secrets.iter().filter_map(first).collect();
        if firsts.len() <= most {
            return None;
        }
        firsts.sort_unstable_by_key(|(ranked, key)| place(ranked, key));
        let (ranked, key) = firsts[most];
        Some((ranked.clone(), key.clone()))
    }

    /// The first repeat that has no room.
    fn repeat_beyond(&self, bytes: usize) -> Option<(Ranked, Key)> {
        let mut order: Vec<(&Ranked, &Key)> = Vec::new();
        #[expect(clippy::iter_over_hash_type, reason = "what is gathered is sorted")]
        for (key, places) in &self.secrets {
            let first = first(key, places);
            let repeats = (0..)
                .zip(&places.exposures)
                .filter(|(number, _)| Some(*number) != first);
            order.extend(repeats.map(|(_, ranked)| (ranked, key)));
        }
        order.sort_unstable_by_key(|(ranked, key)| place(ranked, key));
        let mut room = bytes;
        let is_over = |(ranked, _): &&(&Ranked, &Key)| {
            let left = room.checked_sub(size(&ranked.exposure));
            room = left.unwrap_or(room);
            left.is_none()
        };
        let (ranked, key) = order.iter().find(is_over)?;
        Some(((*ranked).clone(), (*key).clone()))
    }

    /// Drops and counts what is not before the ends. Where secrets are left out, there is
    /// no room for repeats at all.
    fn leave_out_from_ends(&mut self) {
        let end = self.end.as_ref().map(|(ranked, key)| place(ranked, key));
        let of_secrets = self.end_of_secrets.as_ref();
        let of_secrets = of_secrets.map(|(ranked, key)| place(ranked, key));
        if end.is_none() && of_secrets.is_none() {
            return;
        }
        let (size_left, left_out) = (&mut self.size, &mut self.left_out);
        self.secrets.retain(|key, places| {
            let first = first(key, places);
            let mut number = 0;
            places.exposures.retain(|ranked| {
                let is_first = first == Some(number);
                number += 1;
                let place = place(ranked, key);
                let stays = match is_first {
                    true => of_secrets.is_none_or(|end| place < end),
                    false => of_secrets.is_none() && end.is_none_or(|end| place < end),
                };
                if !stays {
                    *size_left -= size(&ranked.exposure);
                    left_out.add(ranked.exposure.confidence);
                }
                stays
            });
            !places.exposures.is_empty()
        });
    }

    /// The findings that reach `min`, each with all its places, and the number
    /// of places of those that don't.
    ///
    /// A place that says little about itself counts once the same secret stands
    /// under its own name elsewhere.
    pub fn finish(self, min: Confidence, threads: &Threads) -> (Vec<Finding>, u64) {
        let all: Vec<(Key, Places)> = self.secrets.into_iter().collect();
        let finished = threads.map(all, |(key, places)| finished(key, places, min));
        let mut findings = Vec::new();
        let mut below = self.left_out.below(min);
        for one in finished {
            match one {
                Ok(finding) => findings.push(finding),
                Err(places) => below += places,
            }
        }
        threads.sort(&mut findings, |a, b| {
            let (one, other) = (&a.exposures[0], &b.exposures[0]);
            // Many can stand in one input, and paths take long to compare.
            let inputs = match Arc::ptr_eq(&one.provenance, &other.provenance) {
                true => Ordering::Equal,
                false => one.provenance.cmp(&other.provenance),
            };
            inputs
                .then_with(|| one.location.cmp(&other.location))
                .then_with(|| a.fingerprint.cmp(&b.fingerprint))
        });
        (findings, below)
    }
}

/// The finding of a secret, or how many places it has if none of them reaches `min`.
fn finished((kind, secret): Key, mut places: Places, min: Confidence) -> Result<Finding, u64> {
    let exposures = std::mem::take(&mut places.exposures)
        .into_iter()
        .map(|ranked| ranked.exposure);
    let mut exposures: Vec<Exposure> = exposures.collect();
    exposures.sort();
    exposures.dedup_by(|a, b| {
        (&a.provenance, &a.inside, a.location) == (&b.provenance, &b.inside, b.location)
    });
    let is_object = |exposure: &Exposure| matches!(*exposure.provenance, Provenance::Object(_));
    if exposures.iter().any(is_object) {
        exposures = with_files_and_objects_joined(with_versions_joined(exposures));
    }
    let surest = exposures.iter().map(|exposure| exposure.confidence).max();
    if surest < Some(min) {
        return Err(exposures.len() as u64);
    }
    Ok(Finding {
        kind,
        fingerprint: secret.fingerprint(kind),
        spellings: places.spellings(&secret),
        secret,
        exposures,
        liveness: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::location::Location;
    use std::path::PathBuf;

    const RANK: Rank = Rank {
        is_repeat: false,
        number: 0,
    };

    fn exposure(path: &str, confidence: Confidence) -> Exposure {
        let location = Location {
            line: 1,
            column: 1,
            end_line: 1,
            end_column: 65,
            byte_offset: 0,
            byte_length: 64,
        };
        Exposure {
            provenance: Arc::new(Provenance::File(PathBuf::from(path))),
            inside: Vec::new(),
            location,
            encoded_at: None,
            rule: "r".into(),
            confidence,
            history: None,
            cookie: None,
            why: None,
            pragmas: Box::default(),
            suppression: None,
        }
    }

    #[test]
    fn the_order_of_merging_does_not_matter() {
        let one = |first: &str, second: &str| {
            let mut all = Findings::default();
            for path in [first, second] {
                let mut part = Findings::default();
                part.add(
                    SecretKind::Npsso,
                    Secret::new(&"x".repeat(64)),
                    Secret::new(&"x".repeat(64)),
                    exposure(path, Confidence::High),
                    RANK,
                );
                all.merge(part, Capacity::of(usize::MAX / 2));
            }
            format!("{:?}", all.finish(Confidence::Medium, &Threads::default()))
        };
        assert_eq!(one("a", "b"), one("b", "a"));
    }

    #[test]
    fn a_bare_place_counts_when_the_secret_is_known_elsewhere() {
        let mut all = Findings::default();
        all.add(
            SecretKind::Npsso,
            Secret::new(&"x".repeat(64)),
            Secret::new(&"x".repeat(64)),
            exposure("bare", Confidence::Low),
            RANK,
        );
        all.add(
            SecretKind::Npsso,
            Secret::new(&"y".repeat(64)),
            Secret::new(&"y".repeat(64)),
            exposure("bare", Confidence::Low),
            RANK,
        );
        all.add(
            SecretKind::Npsso,
            Secret::new(&"x".repeat(64)),
            Secret::new(&"x".repeat(64)),
            exposure("named", Confidence::High),
            RANK,
        );
        let (findings, below) = all.finish(Confidence::Medium, &Threads::default());
        assert_eq!(
            (findings.len(), findings[0].exposures.len(), below),
            (1, 2, 1)
        );
    }

    /// The secrets, by their first letters, and places that are kept of some in two
    /// inputs: an `a` for each of many secrets, an `s` for each place of the same one.
    fn kept(texts: [(&str, &str); 2], parts: usize, bound: Capacity) -> (String, u64) {
        let mut all = Findings::default();
        let mut part = Findings::default();
        for (path, text) in texts {
            let mut known = false;
            for (number, letter) in text.chars().enumerate() {
                let (secret, is_repeat) = match letter {
                    's' => ("s".to_owned(), std::mem::replace(&mut known, true)),
                    _ => (format!("{letter} {path} {number:04}"), false),
                };
                let number = number as u32;
                let confidence = match letter {
                    'l' => Confidence::Low,
                    _ => Confidence::High,
                };
                let mut exposure = exposure(path, confidence);
                exposure.location.byte_offset = u64::from(number);
                let secret = Secret::new(&secret);
                let rank = Rank { is_repeat, number };
                part.add(SecretKind::Npsso, secret.clone(), secret, exposure, rank);
                if (number as usize).is_multiple_of(parts) {
                    all.merge(std::mem::take(&mut part), bound);
                }
            }
        }
        all.merge(part, bound);
        all.keep_within(bound);
        let left_out = all.left_out.from(Confidence::Low);
        let (findings, _) = all.finish(Confidence::Low, &Threads::default());
        let of = |finding: &Finding| {
            let first = finding.secret.expose().chars().next();
            first.map(|letter| letter.to_string().repeat(finding.exposures.len()))
        };
        let mut letters: Vec<String> = findings.iter().filter_map(of).collect();
        letters.sort();
        (letters.concat(), left_out)
    }

    #[test]
    fn what_is_kept_is_sure_and_first_whatever_came_when() {
        // The names of the inputs have one letter.
        let bytes = 10 * (PLACE + 1);
        let bound = Capacity {
            bytes,
            ..Capacity::of(0)
        };
        let few = Capacity { bytes, secrets: 10 };
        let many = "a".repeat(50);
        let same = "s".repeat(50) + "b";
        let unsure = "l".repeat(50) + "c";
        for parts in [1, 7, 1000] {
            for texts in [[("x", &*many), ("y", "b")], [("y", "b"), ("x", &*many)]] {
                assert_eq!(kept(texts, parts, bound), (many.clone() + "b", 0));
                assert_eq!(kept(texts, parts, few), ("aaaaaaaaab".to_owned(), 41));
            }
            let expected = ("bsssssssssss".to_owned(), 39);
            assert_eq!(kept([("x", &same), ("y", "")], parts, bound), expected);
            let expected = ("cdllllllllll".to_owned(), 40);
            assert_eq!(kept([("x", &unsure), ("y", "d")], parts, bound), expected);
            let everything = ("aab".to_owned(), 0);
            assert_eq!(kept([("x", "aa"), ("y", "b")], parts, bound), everything);
        }
    }

    #[test]
    fn the_same_is_kept_in_whatever_order_and_pieces_it_comes() {
        let kept_in = |step: usize, pieces: usize, bound: Capacity| {
            let mut all = Findings::default();
            let mut part = Findings::default();
            for turn in 0..61 {
                let number = turn * step % 61;
                let path = "p".repeat(1 + number * 37 % 700) + &format!("{number:02}");
                let secret = Secret::new(&format!("{:02}", number % 20));
                let rank = Rank {
                    number: (number % 5) as u32,
                    ..RANK
                };
                let confidence = match number % 7 {
                    0 => Confidence::Low,
                    _ => Confidence::High,
                };
                let exposure = exposure(&path, confidence);
                part.add(SecretKind::Npsso, secret.clone(), secret, exposure, rank);
                if turn % pieces == 0 {
                    all.merge(std::mem::take(&mut part), bound);
                }
            }
            all.merge(part, bound);
            all.keep_within(bound);
            let left_out = all.left_out.from(Confidence::Low);
            let (findings, _) = all.finish(Confidence::Low, &Threads::default());
            let places = findings.iter().map(|finding| {
                let paths = finding.exposures.iter().map(|at| at.provenance.path());
                (
                    finding.secret.expose().to_owned(),
                    paths.collect::<Vec<_>>(),
                )
            });
            (places.collect::<Vec<_>>(), left_out)
        };
        for (secrets, least) in [(100, 20), (20, 20), (11, 50)] {
            let bound = Capacity {
                bytes: 12 * PLACE,
                secrets,
            };
            let expected = kept_in(1, 1000, bound);
            assert_eq!(expected.0.len(), secrets.min(20));
            assert!(expected.1 >= least, "{expected:?}");
            for step in 1..61 {
                for pieces in [1, 2, 7, 30] {
                    assert_eq!(kept_in(step, pieces, bound), expected, "{step} {pieces}");
                }
            }
        }
    }
}
