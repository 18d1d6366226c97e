//! Names of secrets of any kind, and whose they are.

use super::ours::mentions_ours;
use super::{is_any, words};
use crate::rule::words::List;

/// Whether a word is one for a secret of any kind.
pub fn is_credential(word: &str) -> bool {
    List::Credential.has(word)
}

/// Whether a name says whose secret it is, and that is nobody known: `SMTP_PASSWORD`.
pub fn names_own_secret(name: &str) -> bool {
    let words = words(name);
    let is_known = |word: &String| is_any(word) || List::AnyOwner.has(word);
    words.iter().any(|word| is_credential(word)) && !words.iter().all(is_known)
}

/// Whether a name is that of some credential, but not of a text that may hold one.
pub fn names_a_credential(name: &str) -> bool {
    words(name)
        .iter()
        .any(|word| is_credential(word) || List::SignIn.has(word))
}

/// Whether a name ends as that of a credential of its own kind: `web_session_key`.
pub fn is_own_credential(name: &str) -> bool {
    let words = words(name);
    words.len() > 1
        && words.last().is_some_and(|last| List::OwnEnding.has(last))
        && names_own_secret(name)
        && !words.iter().any(|word| mentions_ours(word))
}

/// Whether words speak of a token, a cookie or the like, or of the page that shows one.
pub fn mentions_a_credential(phrase: &str) -> bool {
    words(phrase)
        .iter()
        .any(|word| is_credential(word) || List::Sony.is_in(word) || List::SaidCredential.has(word))
}

/// Whether a name is that of a password: a secret that somebody types, and no token.
pub fn is_password(name: &str) -> bool {
    let is_one = |word: &String| {
        // `password2`
        let word = word.trim_end_matches(|c: char| c.is_ascii_digit());
        List::Password.has(word) || List::PasswordStem.begins(word)
    };
    words(name).iter().any(is_one) || List::PasswordPhrase.is_in(&name.to_lowercase())
}
