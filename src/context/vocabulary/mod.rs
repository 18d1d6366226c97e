//! What the words of a name or a sentence say: nothing, or that a value is something else.
//! Which words these are is said by the lists of [`List`].

mod credentials;
mod foreign;
mod keys;
mod made_of;
mod ours;
mod sentences;
mod whose;

use std::borrow::Cow;

use crate::rule::words::List;

pub use credentials::{
    is_own_credential, is_password, mentions_a_credential, names_a_credential, names_own_secret,
};
pub use foreign::{
    has_foreign, is_bought, is_component, is_cryptographic, is_file_name, is_foreign,
    is_foreign_alone, is_foreign_phrase, is_foreign_subject, is_generic_callee, is_other_callee,
    is_part, own_identifier,
};
pub use keys::{
    can_be_a_person, defines, is_collection, is_kind, is_naming_column, is_naming_key,
    is_opaque_section, is_text, is_type, is_value,
};
pub use made_of::{
    comes_from, derived, ends_as_reference, is_about_a_number, is_reference, mentions_otherwise,
    refers,
};
pub use ours::{gives_ours, mentions_ours, says_only_ours};
pub use sentences::{
    answers_no, begins_with_copula, denies, ends_as_not_sonys, is_about_encrypting,
    is_about_its_page, is_copula, is_fake, is_key_for_ours, is_sentence, names_from_behind,
    says_what_it_is,
};
pub use whose::{
    explains, is_about_a_key, is_about_another_token, is_about_the_token_of_a_thing, is_purpose,
    names_a_key, says_something,
};

/// Whether every word of a name says nothing about what it names.
pub fn is_generic(name: &str) -> bool {
    words(name).iter().all(|word| says_nothing(word))
}

/// Whether words say no more than that a value is one more: "and my other one".
pub fn is_another(phrase: &str) -> bool {
    words(phrase)
        .iter()
        .all(|word| List::Another.has(word) || says_nothing(word))
}

/// Whether every word of a name that a record gives itself says nothing. A short
/// one, such as the cookie `_ga`, is a name all the same.
pub fn is_generic_title(name: &str) -> bool {
    words(name).iter().all(|word| is_any(word))
}

fn says_nothing(word: &str) -> bool {
    word.len() <= 2 || is_any(word)
}

/// Whether a word is one that a value of any kind is called, or a number.
fn is_any(word: &str) -> bool {
    is_number(word) || List::Generic.has(word)
}

fn is_number(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a word, or two joined by `_`, is one of those looked for.
fn has_any(words: &[String], is: impl Fn(&str) -> bool) -> bool {
    (0..words.len()).any(|first| {
        let two = words
            .get(first + 1)
            .map(|next| format!("{}_{next}", words[first]));
        is(&words[first]) || two.is_some_and(|two| is(&two))
    })
}

/// The words of an identifier or a label, in lower case: cut at everything that
/// is no letter or digit, and where lower case becomes upper case.
pub fn words(name: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let characters: Vec<char> = without_values(name).chars().collect();
    for (at, &character) in characters.iter().enumerate() {
        if !character.is_alphanumeric() {
            out.push(String::new());
            continue;
        }
        let before = at.checked_sub(1).map(|before| characters[before]);
        let after = characters.get(at + 1);
        let hump = character.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase()
                    || (before.is_uppercase() && after.is_some_and(|after| after.is_lowercase()))
            });
        if hump {
            out.push(String::new());
        }
        out.last_mut()
            .expect("there is a word")
            .extend(character.to_lowercase());
    }
    out.retain(|word| !word.is_empty());
    out
}

/// A name without the pieces of it that are values themselves: what their
/// letters spell by chance means nothing.
fn without_values(name: &str) -> Cow<'_, str> {
    const LONGEST_NAME: usize = 30;
    let is_value = |piece: &str| {
        let count = |is: fn(&char) -> bool| piece.chars().filter(is).count();
        piece.len() > LONGEST_NAME
            && count(char::is_ascii_digit) >= 2
            && count(char::is_ascii_uppercase) >= 4
    };
    let pieces = name.split(|c: char| !c.is_alphanumeric());
    match pieces.clone().any(is_value) {
        false => name.into(),
        true => pieces
            .filter(|piece| !is_value(piece))
            .collect::<Vec<_>>()
            .join(" ")
            .into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_of_a_secret_is_told_from_it() {
        for name in [
            "npsso_sha256",
            "NPSSO_SALT",
            "npssoHash",
            "encryptedNpsso",
            "NPSSO_DISCORD_TOKEN",
            "npsso_column_passphrase",
            "npssoStorePassphrase",
            "npsso.vault.api-key",
            "NPSSO-STORE-KEY",
        ] {
            assert!(derived(name), "{name}");
        }
        for name in [
            "NPSSO_KEY",
            "npssoSecretKey",
            "NPSSO_ACCESS_TOKEN",
            "DISCORD_NPSSO",
            "NPSSO_DAD",
            "npsso_passphrase",
            "npssoApiKey",
            "npsso_account_password",
        ] {
            assert!(!derived(name), "{name}");
        }
    }

    #[test]
    fn names_are_cut_into_words() {
        assert_eq!(words("myNpssoToken_2"), ["my", "npsso", "token", "2"]);
        assert_eq!(words("PSNToken"), ["psn", "token"]);
        assert_eq!(words("X-Api-Key"), ["x", "api", "key"]);
    }

    #[test]
    fn generic_and_foreign_names_are_told_apart() {
        for name in [
            "TOKEN",
            "ENV_AUTH",
            "userToken",
            "webSessionToken",
            "n",
            "cookie",
            "auth.value",
        ] {
            assert!(is_generic(name) && !is_foreign(name), "{name}");
        }
        for name in [
            "DISCORD_TOKEN",
            "jwtSecret",
            "SECRET_KEY",
            "sha256",
            "connect.sid",
        ] {
            assert!(is_foreign(name), "{name}");
        }
        for name in ["x-api-key", "access_token", "userId"] {
            assert!(is_foreign_alone(name) && !is_foreign(name), "{name}");
        }
        assert!(!is_generic("acmeToken") && !is_foreign("acmeToken"));
    }
}
