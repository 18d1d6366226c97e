//! Whose secret words before a value are about, and what of.

use super::credentials::{is_credential, is_password};
use super::ours::{is_sonys, mentions_ours};
use super::{has_foreign, is_foreign_phrase, says_nothing, words};
use crate::rule::words::List;

/// Whether words say what something is for: "for the bot".
pub fn is_purpose(phrase: &str) -> bool {
    begins_with_purpose(&words(phrase))
}

fn begins_with_purpose(words: &[String]) -> bool {
    words.first().is_some_and(|first| List::Purpose.has(first))
}

/// Whether words say what something is for, or why, and name nothing themselves: "damit du
/// lesen kannst", but not "so here is the key of the forum".
pub fn explains(phrase: &str) -> bool {
    let words = words(phrase);
    let begins = |list: List| words.first().is_some_and(|first| list.has(first));
    (begins(List::Purpose) || begins(List::Subordinate))
        && !words.iter().any(|word| is_key(word) || is_credential(word))
        && !is_about_a_key(phrase)
        && !is_foreign_phrase(phrase)
        && !has_foreign(&words)
}

/// Whether a word is one for a key in some language.
pub fn is_key(word: &str) -> bool {
    List::Key.has(word) || List::KeyStem.begins(word) || List::KeyPart.is_in(word)
}

/// Whether a name is that of a key, and not of one of our secrets: `clave_actual`.
pub fn names_a_key(name: &str) -> bool {
    let words = words(name);
    words.iter().any(|word| is_key(word)) && !words.iter().any(|word| mentions_ours(word))
}

/// Whether words are about a key or a password of something: "my supporter key is",
/// "la clé du tableau". A token or a code can be anybody's.
pub fn is_about_a_key(phrase: &str) -> bool {
    let words = words(phrase);
    let says = |word: &String| {
        word.chars().count() > 2 && !List::Nobody.has(word) && !is_key(word) && !mentions_ours(word)
    };
    is_password(phrase)
        || words.iter().enumerate().any(|(at, word)| {
            // "the pager's key"
            let before = words[..at].iter().rev().find(|word| *word != "s");
            // What follows within a few words is whose it is.
            let after = words[at + 1..].iter().take(4);
            // "secret for the relay", but not "secret for dad"
            let purpose = words.get(at + 1..).unwrap_or(&[]);
            let is_for = begins_with_purpose(purpose)
                && (purpose[1..].iter().take(3)).any(|word| says(word) && !says_nothing(word))
                && !purpose.iter().any(|word| is_sonys(word));
            let is_whose = before.is_some_and(says) || is_for;
            matches!(word.as_str(), "secret" | "secrets") && is_whose
                || is_key(word)
                    && (word.chars().count() > 12 && !word.is_ascii()
                        || List::KeyPart
                            .words()
                            .any(|part| word.contains(part) && word != part)
                        || before.is_some_and(says)
                        || after.clone().any(says))
        })
}

/// Whether words are about a token of something else: "camera token", "DynDNS update token".
pub fn is_about_another_token(phrase: &str) -> bool {
    says_whose_token(phrase, 1)
}

/// The same in several words: "donation widget token". One can be whose account it is.
pub fn is_about_the_token_of_a_thing(phrase: &str) -> bool {
    says_whose_token(phrase, 2) && !words(phrase).iter().any(|word| is_sonys(word))
}

/// Whether at least so many words right before that for a token say which one it is.
fn says_whose_token(phrase: &str, least: usize) -> bool {
    let words = words(phrase);
    words.iter().enumerate().any(|(at, word)| {
        let whose = words[..at]
            .iter()
            .rev()
            .take(2)
            .filter(|word| !says_nothing(word) && !List::Which.has(word))
            .count();
        // "bob's token"
        let is_persons = at > 0 && words[at - 1] == "s";
        is_credential(word) && whose >= least && !is_persons
    })
}

/// Whether the words before a value have a subject of their own: several words that say
/// something, and none that stands for any secret or for whom it belongs to.
pub fn says_something(phrase: &str) -> bool {
    let words = words(phrase);
    let says = |word: &&String| word.len() >= 4 && word.is_ascii() && !says_nothing(word);
    words.iter().filter(says).count() >= 2
        && !words
            .iter()
            .any(|word| List::NoSubject.has(word) || is_credential(word) || mentions_ours(word))
}
