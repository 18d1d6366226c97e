//! Names of something else: other secrets, digests, parts of a program, what is bought.

use super::credentials::{is_credential, names_own_secret};
use super::ours::mentions_ours;
use super::{has_any, is_any, is_number, words};
use crate::rule::words::List;

/// Whether a name says that the value is something else than a PlayStation secret.
pub fn is_foreign(name: &str) -> bool {
    has_foreign(&words(name))
}

/// The same of the words of a name.
pub fn has_foreign(words: &[String]) -> bool {
    has_any(words, is_known)
}

/// Whether a name says that the value is something else, unless what it belongs
/// to says otherwise.
pub fn is_foreign_alone(name: &str) -> bool {
    has_any(&words(name), |word| List::ForeignAlone.has(word))
}

/// Whether a word, or two joined by `_`, is one for something else.
pub fn is_known(word: &str) -> bool {
    List::Foreign.has(word) || is_digest(word)
}

/// `sha384`, `blake2b512`: hash functions have a number in their names.
pub fn is_digest(word: &str) -> bool {
    List::DigestFamily
        .words()
        .filter_map(|family| word.strip_prefix(family))
        .any(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// Whether a sentence is about somebody else's secret: "Discord bot token for
/// the PSN bot".
pub fn is_foreign_phrase(phrase: &str) -> bool {
    let words = words(phrase);
    let is_pair =
        |pair: &[String]| pair.iter().any(|word| is_credential(word)) && is_known(&pair.join("_"));
    words.windows(2).any(is_pair)
        || words.iter().enumerate().any(|(at, word)| {
            is_known(word)
                && words[at + 1..]
                    .iter()
                    .take(2)
                    .any(|word| is_credential(word))
        })
}

/// Whether a text for people says what a secret is of: up to the first "in" or "for".
pub fn is_foreign_subject(phrase: &str) -> bool {
    let words = words(phrase);
    let end = words
        .iter()
        .position(|word| matches!(word.as_str(), "in" | "on" | "at" | "from" | "for"))
        .unwrap_or(words.len());
    has_foreign(&words[..end])
}

/// The last word of a sentence that is written like a name in a program.
pub fn own_identifier(phrase: &str) -> Option<&str> {
    phrase
        .split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-'))
        .rfind(|word| {
            let is_constant = word.len() > 4 && word.chars().all(|c| c.is_uppercase() || c == '_');
            let is_joined = word.trim_matches('_').contains('_');
            is_constant || is_joined
        })
        .filter(|word| names_own_secret(word) || is_foreign(word))
}

/// Whether a name is that of a file that is sent around: `psn-sync_2.3.1.tar.gz`.
pub fn is_file_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    // `psnbot.sid` is the session of whoever calls a cookie so.
    lower
        .rsplit_once('.')
        .is_some_and(|(_, ending)| List::FileEnding.has(ending))
}

/// Whether a name is that of a part of a program: `psn-dashboard`.
pub fn is_part(name: &str) -> bool {
    words(name).iter().any(|word| List::ProgramPart.has(word))
}

/// Whether a name of something of PlayStation's is that of a part of a program, not of
/// a person's secret: `PSN_PROXY_PASSWORD`, `psn_dashboard_key`.
pub fn is_component(name: &str) -> bool {
    let words = words(name);
    let is_credential = words.iter().any(|word| is_credential(word));
    let last = words.last();
    let of_program = last.is_some_and(|last| List::ProgramSecret.has(last));
    let is_known = |word: &String| List::OursWord.has(word) || is_any(word);
    is_part(name) && (is_credential || of_program) || of_program && !words.iter().all(is_known)
}

/// Whether a callee computes something with a key: the key is no first argument.
pub fn is_cryptographic(callee: &str) -> bool {
    words(callee)
        .iter()
        .any(|word| List::CryptographicCall.has(word))
}

/// Whether a callee takes the secret of something else.
pub fn is_other_callee(callee: &str) -> bool {
    let words = words(callee);
    let last = &words[words.len().saturating_sub(2)..];
    // `decodeURIComponent`, `getPath`: what these take can be anything.
    has_foreign(last) && !last.iter().any(|word| List::OpenCall.has(word))
}

/// Whether a callee says nothing about its argument.
pub fn is_generic_callee(callee: &str) -> bool {
    words(callee)
        .iter()
        .all(|word| is_any(word) || List::GenericCall.has(word))
}

/// Whether words are about something of PlayStation's that is bought, and no account:
/// "PSN 20USD", "PlayStation card 100 zł".
pub fn is_bought(phrase: &str) -> bool {
    let words = words(phrase);
    let is_account =
        |word: &String| List::Account.has(word) || is_credential(word) || List::Npsso.is_in(word);
    has_price(phrase) && mentions_ours(phrase) && !words.iter().any(is_account)
}

/// Whether words say how much something costs: "20USD", "100 zł".
fn has_price(phrase: &str) -> bool {
    let is = |word: &str| List::Currency.has(word);
    let words = words(phrase);
    let is_price = |word: &String| {
        let unit = word.trim_start_matches(|c: char| c.is_ascii_digit());
        unit.len() < word.len() && is(unit)
    };
    words.iter().any(is_price)
        || words
            .windows(2)
            .any(|pair| is_number(&pair[0]) && is(&pair[1]))
        || phrase.contains(['€', '£', '₺', '₽', '₴', '₹'])
            && words.iter().any(|word| is_number(word))
}
