//! The two kinds of secret, and a value that cannot print itself.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::hash::{BuildHasher, BuildHasherDefault, Hash, Hasher, RandomState};
use std::sync::{Arc, LazyLock};

use sha2::{Digest, Sha256};
use zeroize::Zeroize;

/// Which token a secret is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SecretKind {
    /// The 64-character sign-in cookie of an account at Sony.
    Npsso,
    /// The session cookie of the PlayStation web store.
    PdccwsP,
}

impl SecretKind {
    /// Every kind, in the order in which reports list them.
    pub const ALL: [SecretKind; 2] = [SecretKind::Npsso, SecretKind::PdccwsP];

    /// The name used on the command line, in rules, in fingerprints and in reports.
    pub fn id(self) -> &'static str {
        match self {
            SecretKind::Npsso => "npsso",
            SecretKind::PdccwsP => "pdccws_p",
        }
    }

    /// What a person would call it.
    pub fn title(self) -> &'static str {
        match self {
            SecretKind::Npsso => "NPSSO token (PlayStation sign-in)",
            SecretKind::PdccwsP => "pdccws_p cookie (PlayStation web store session)",
        }
    }

    /// The kind that has this id.
    pub fn from_id(id: &str) -> Option<SecretKind> {
        SecretKind::ALL.into_iter().find(|kind| kind.id() == id)
    }
}

/// A secret's value in its normal spelling: an NPSSO as it is, a `pdccws_p`
/// with every percent escape undone, so that all spellings are one secret.
///
/// It has a redacting `Debug` and no `Display`, and its memory is overwritten
/// when it is dropped.
#[derive(Clone)]
pub struct Secret(Arc<Value>);

/// The characters of a secret, which are in memory once, however many places it has.
struct Value {
    text: Box<str>,
    identity: u64,
}

/// Values by their secrets.
pub type SecretMap<K, V> = HashMap<K, V, BuildHasherDefault<Prehashed>>;
/// Secrets, each once.
pub type SecretSet = HashSet<Secret, BuildHasherDefault<Prehashed>>;

impl Secret {
    /// Takes a value that is already in its normal spelling.
    pub fn new(normal: &str) -> Secret {
        Secret(Arc::new(Value {
            text: normal.into(),
            identity: identity(normal.as_bytes()),
        }))
    }

    /// Tells it from others, but for rare exceptions, within this run of the program.
    pub fn identity(&self) -> u64 {
        self.0.identity
    }

    /// The value itself. Each call is a place where a secret is really needed.
    pub fn expose(&self) -> &str {
        &self.0.text
    }

    /// The first four characters and an ellipsis.
    pub fn redacted(&self) -> String {
        let head: String = self.expose().chars().take(4).collect();
        format!("{head}…")
    }

    /// The public name of this secret: stable across lines, files, renames
    /// and encodings.
    pub fn fingerprint(&self, kind: SecretKind) -> Fingerprint {
        let mut hash = Sha256::new();
        hash.update(b"npsso-audit:v1:");
        hash.update(kind.id());
        hash.update(b":");
        hash.update(self.expose().as_bytes());
        let digest: [u8; 32] = hash.finalize().into();
        let first = digest.first_chunk().expect("it is longer");
        Fingerprint(format!("v1:{:032x}", u128::from_be_bytes(*first)))
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        self.text.zeroize();
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Secret) -> bool {
        self.identity() == other.identity()
            && (Arc::ptr_eq(&self.0, &other.0) || self.expose() == other.expose())
    }
}

impl Eq for Secret {}

impl PartialOrd for Secret {
    fn partial_cmp(&self, other: &Secret) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Secret {
    fn cmp(&self, other: &Secret) -> Ordering {
        self.expose().cmp(other.expose())
    }
}

impl Hash for Secret {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.identity());
    }
}

/// Tells contents apart, but for rare exceptions, within one run of the program. Nobody
/// outside can tell which ones come to the same.
pub fn identity(content: &[u8]) -> u64 {
    static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    KEY.hash_one(content)
}

/// Takes what was hashed already as it is.
#[derive(Default)]
pub struct Prehashed(u64);

impl Hasher for Prehashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = self.0.rotate_left(32) ^ number;
    }

    fn write_isize(&mut self, number: isize) {
        self.write_u64(number as u64);
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({})", self.redacted())
    }
}

/// `v1:` and 32 hex digits: names a secret without disclosing it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// The fingerprint as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_does_not_print_itself() {
        let secret = Secret::new(&"abcdefgh".repeat(8));
        assert_eq!(format!("{secret:?}"), "Secret(abcd…)");
    }

    #[test]
    fn a_fingerprint_depends_on_the_kind_and_the_value() {
        let secret = Secret::new("abc");
        let npsso = secret.fingerprint(SecretKind::Npsso);
        assert_eq!(npsso.as_str().len(), 35);
        assert_ne!(npsso, secret.fingerprint(SecretKind::PdccwsP));
        assert_ne!(npsso, Secret::new("abd").fingerprint(SecretKind::Npsso));
    }
}
