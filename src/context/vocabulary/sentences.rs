//! What sentences about a value say of it: what it is, and what it is not.

use super::credentials::is_credential;
use super::ours::mentions_ours;
use super::whose::is_key;
use super::{has_any, words};
use crate::rule::words::List;

/// Whether a title is a sentence, not a name: "NPSSO still valid?"
pub fn is_sentence(title: &str) -> bool {
    title.trim_end().ends_with(['?', '!', '.']) && title.split_whitespace().count() > 2
}

/// Whether a text speaks of a key that our secrets are encrypted with: "key used to
/// encrypt the npsso".
pub fn is_key_for_ours(text: &str) -> bool {
    let words = words(text);
    is_about_encrypting(text)
        && words.iter().any(|word| is_key(word))
        && words.iter().any(|word| mentions_ours(word))
}

/// Whether a text speaks of encrypting: "encryption", "cifrado".
pub fn is_about_encrypting(text: &str) -> bool {
    let words = words(text);
    words.iter().any(|word| List::EncryptingStem.begins(word))
}

/// Whether a text denies that a value is an NPSSO or a `pdccws_p`, or a real one: "not an
/// npsso", "kein echter Token". That something is no password of PlayStation's is another
/// matter.
pub fn denies(text: &str) -> bool {
    let lower = text.to_lowercase();
    if !List::SecretName.is_in(&lower) && !List::Real.is_in(&lower) {
        return false;
    }
    let words = words(text);
    let is_ours = |word: &String| List::SecretName.is_in(word);
    (0..words.len()).any(|at| {
        let rest = &words[at + 1..];
        if is_ours(&words[at]) {
            return rest.iter().take(2).any(|word| List::NotBehind.begins(word));
        }
        let own = words[at].as_str();
        if !List::Not.has(own) && !List::Never.has(own) {
            return false;
        }
        let is_verb = |word: &&String| List::Been.has(word);
        let rest = &rest[rest.iter().take_while(is_verb).count()..];
        let is_article = |word: &&String| List::Article.has(word);
        let articles = rest.iter().take_while(is_article).count();
        let real = rest[articles..]
            .first()
            .is_some_and(|word| List::Real.has(word));
        let named = rest[articles..].get(usize::from(real));
        // "no npsso given" denies nothing.
        let says_is = at > 0 && List::DeniedCopula.has(&words[at - 1]);
        let is_only_no = words[at] == "no";
        named.is_some_and(|word| {
            is_ours(word) && (says_is || (articles > 0 || real) && !is_only_no)
                || real && is_credential(word)
        })
    })
}

/// Whether an answer is no: "No, that is the key of the forum", "nein".
pub fn answers_no(answer: &str) -> bool {
    let end = answer.find(|c: char| !c.is_alphabetic());
    let (first, rest) = answer.split_at(end.unwrap_or(answer.len()));
    // "no problem", "no entiendo" answer something else.
    let is_all = rest.trim().is_empty() || rest.starts_with([',', '.', ';', ':', '!', '-', '…']);
    let first = first.to_lowercase();
    List::AnsweringNo.has(&first) || is_all && List::Not.has(&first)
}

/// Whether a name says that what it names is none, as those in tests do.
pub fn is_fake(name: &str) -> bool {
    has_any(&words(name), |word| List::Fake.has(word))
}

/// Whether what is said behind a value, or in a comment, names it: "is my npsso",
/// "# npsso of dad", but not "# get your npsso first".
pub fn names_from_behind(text: &str) -> bool {
    // `echo … | wrangler secret put NPSSO`
    if text.trim_start().starts_with('|') {
        return text.split_whitespace().last().is_some_and(mentions_ours);
    }
    // `assert_eq("…", parsed.npsso)`: the next argument.
    if let Some(next) = text.trim_start().strip_prefix(',') {
        let argument = next.split_whitespace().next().unwrap_or("");
        return mentions_ours(argument);
    }
    let words = words(text);
    let before = words.iter().take_while(|word| !mentions_ours(word));
    before
        .clone()
        .all(|word| List::BeforeOurs.has(word) || List::Between.has(word))
        && (before.count() <= 4 || !words.iter().any(|word| mentions_ours(word)))
}

/// Whether a text is about the page that shows an NPSSO: "grab it from the ssocookie page",
/// "de la página del ssocookie".
pub fn is_about_its_page(text: &str) -> bool {
    /// Words between the two.
    const BETWEEN: usize = 2;
    let words = words(text);
    let is_page = |word: &String| List::Page.has(word);
    let is_near = |at: usize| {
        let first = at.saturating_sub(BETWEEN + 1);
        let end = words.len().min(at + BETWEEN);
        words[first..end].iter().any(is_page)
    };
    let mut words = words.iter().enumerate();
    words.any(|(at, word)| word == "ssocookie" && is_near(at))
}

/// Whether a text goes on from a value with "is" in some language.
pub fn begins_with_copula(text: &str) -> bool {
    words(text).first().is_some_and(|word| is_copula(word))
}

/// Whether a word is "is" in some language.
pub fn is_copula(word: &str) -> bool {
    List::Copula.has(word)
}

/// Whether a text says of a value what it is: "this is the …", "c'est le …".
pub fn says_what_it_is(text: &str) -> bool {
    let words = words(text);
    let this = words.iter().take_while(|word| List::This.has(word)).count();
    words.first().is_some_and(|word| List::ThisIs.begins(word))
        || this > 0
            && words
                .get(this)
                .is_some_and(|word| is_copula(word) || word == "s")
        || words.first().is_some_and(|word| word == "это")
}

/// Whether words end by denying that something is Sony's: "không phải của Sony".
pub fn ends_as_not_sonys(phrase: &str) -> bool {
    const BETWEEN: usize = 3;
    let words = words(phrase);
    let Some((last, before)) = words.split_last() else {
        return false;
    };
    let mut close = before.iter().rev().take(BETWEEN);
    List::Sonys.has(last) && close.any(|word| List::Not.has(word))
}
