//! Names of what is made of a secret, goes with it, or stands for something else.

use super::credentials::is_credential;
use super::foreign::{is_digest, is_known};
use super::{says_nothing, words};
use crate::rule::words::List;

/// Whether a name is nothing but that of something that is made of a secret, goes with
/// it or stands for something: `ct`, `mac`, `request_id`, `cache_key`.
pub fn is_reference(name: &str) -> bool {
    let words = words(name);
    let is_listed = |word: &str| is_end_of_reference(word) || is_digest(word);
    let is_listed =
        |word: &String| is_listed(word) || word.strip_suffix('s').is_some_and(is_listed);
    words.iter().any(is_listed)
        && words
            .iter()
            .all(|word| is_listed(word) || says_nothing(word))
}

/// Whether words end with the word for something that stands for something: "for request".
pub fn refers(phrase: &str) -> bool {
    let words = words(phrase);
    let last = words.iter().rfind(|word| !List::Number.has(word));
    last.is_some_and(|last| List::Reference.has(last) || is_number_of_something(last))
}

/// "Bestellnummer", "订单号": the number of something; but an account has one too.
fn is_number_of_something(word: &str) -> bool {
    List::NumberEnding
        .words()
        .any(|end| word.ends_with(end) && word.len() > end.len())
        && !List::AccountNumber.has(word)
}

/// Whether words are about the number of something, and about no secret.
pub fn is_about_a_number(phrase: &str) -> bool {
    let words = words(phrase);
    words.iter().any(|word| is_number_of_something(word))
        && !words
            .iter()
            .any(|word| is_credential(word) || List::Npsso.is_in(word))
}

/// Whether a name ends as that of something that stands for something: `psn_lock`,
/// `x-psn-correlation-id`.
pub fn ends_as_reference(name: &str) -> bool {
    let words = words(name);
    !are_sorted(&words) && words.last().is_some_and(|word| is_end_of_reference(word))
}

fn is_end_of_reference(word: &str) -> bool {
    List::MadeOfSecret.has(word) || List::Reference.has(word)
}

/// Whether words say where something comes from: "npsso from the request".
pub fn comes_from(words: &[String]) -> bool {
    words.first().is_some_and(|first| List::Origin.has(first))
}

/// Whether words end with "in order", which is no order that somebody gave.
fn are_sorted(words: &[String]) -> bool {
    matches!(words, [.., before, last] if before == "in" && last == "order")
}

/// Whether a word is that of a value that is computed from another one.
fn is_computed(word: &str) -> bool {
    List::Computed.has(word) || is_digest(word)
}

/// Whether words about a secret end as words about something else: "npsso expired for
/// request", "hash of the npsso".
pub fn mentions_otherwise(phrase: &str) -> bool {
    let words = words(phrase);
    let Some(at) = words
        .iter()
        .rposition(|word| List::SecretMiddle.is_in(word))
    else {
        return false;
    };
    let before = &words[at.saturating_sub(3)..at];
    let said = words[at + 1..]
        .iter()
        .rev()
        .find(|word| !List::Between.has(word))
        .filter(|_| !are_sorted(&words) && !comes_from(&words[at + 1..]));
    let denied = words[at.saturating_sub(5)..at]
        .iter()
        .any(|word| List::Not.has(word));
    // "no longer logged when session": not "npsso session".
    let of_session = words.len() > at + 3 && words.last().is_some_and(|last| last == "session");
    let is_other = |last: &str| List::Reference.has(last) || is_computed(last);
    denied
        || of_session
        || before.iter().any(|word| is_computed(word))
        || said.is_some_and(|last| {
            is_other(last)
                || last.strip_suffix('s').is_some_and(is_other)
                || last.strip_suffix("es").is_some_and(is_other)
        })
}

/// Whether a name that begins with that of a secret ends as something made of
/// the secret, or something that goes with it: `npsso_sha256`, `NPSSO_SALT`.
pub fn derived(name: &str) -> bool {
    const LONGEST_WORD: usize = 40;
    let words = words(name);
    // What stands before the name of the secret says where it is used.
    let after = words
        .iter()
        .rposition(|word| List::SecretMiddle.is_in(word))
        .map_or(&words[..], |at| &words[at..]);
    let joined = after
        .first()
        .is_some_and(|word| word.len() <= LONGEST_WORD && List::ComputedPart.is_in(word));
    let rest = after.get(1..).unwrap_or(&[]);
    let before = &words[..words.len() - after.len()];
    let was = before
        .iter()
        .any(|word| List::Changed.has(word) || is_computed(word));
    let made = was
        || rest
            .iter()
            .any(|word| List::MadeOfSecret.has(word) || is_digest(word));
    // `NPSSO_DISCORD_TOKEN`, `npsso.vault.api-key`, but not `NPSSO_ACCESS_TOKEN`
    let owner = rest.iter().rposition(|word| !is_credential(word));
    let theirs = owner.is_some_and(|at| {
        let (owner, what) = (rest[at].as_str(), &rest[at + 1..]);
        !what.is_empty() && (is_known(owner) || List::Stored.has(owner) && what != ["key"])
    });
    // `npsso_proxy_api_key`, `NPSSO_PUBLIC_KEY`: the key of a program.
    let of_program = match rest {
        [of @ .., what] if List::KeeperKey.has(what) => {
            of.iter().any(|of| List::SecretKeeper.has(of))
        }
        // `npsso_column_passphrase`: that of what the secrets are kept in.
        [of @ .., what] => what == "passphrase" && !of.is_empty(),
        [] => false,
    };
    joined || made || theirs || of_program
}
