//! Names of our secrets and of PlayStation.

use super::{says_nothing, words};
use crate::rule::words::List;

/// Whether words name a secret of these, or PlayStation.
pub fn mentions_ours(phrase: &str) -> bool {
    words(phrase).iter().any(|word| List::Ours.is_in(word))
}

/// Whether all that a name says is PlayStation: `psn_token`, but not `psn-deps`.
pub fn says_only_ours(name: &str) -> bool {
    words(name)
        .iter()
        .all(|word| mentions_ours(word) || says_nothing(word))
}

/// Whether a word is about Sony, or one of its machines.
pub fn is_sonys(word: &str) -> bool {
    List::Sony.is_in(word) || List::Console.has(word)
}

/// Whether a callee gives one of our secrets, or tells whether something is one: what it
/// takes need not be one. `get_npsso(user)`, `looks_like_npsso(text)`.
pub fn gives_ours(callee: &str) -> bool {
    words(callee)
        .windows(2)
        .any(|pair| List::GivingCall.has(&pair[0]) && List::SecretName.is_in(&pair[1]))
}
