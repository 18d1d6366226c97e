//! The words that the program knows, from `rules/words.toml`.

use std::sync::LazyLock;

use serde::Deserialize;

/// Words of values that take the place of a secret.
pub static PLACEHOLDER: LazyLock<Placeholder> = LazyLock::new(|| {
    let words: Words = toml::from_str(TEXT).expect("a test reads it");
    words.placeholder
});

const TEXT: &str = include_str!("../rules/words.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    placeholder: Placeholder,
}

/// Words that say of a value that it is none, in small letters.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Placeholder {
    /// Anywhere in it.
    pub anywhere: Vec<String>,
    /// At its beginning.
    pub first: Vec<String>,
    /// Anywhere in it, with digits for letters or without.
    pub together: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_small_letters_and_digits_and_long_enough() {
        for (words, least) in [
            (&PLACEHOLDER.anywhere, 5),
            (&PLACEHOLDER.first, 4),
            (&PLACEHOLDER.together, 7),
        ] {
            for word in words {
                assert!(word.len() >= least, "{word}");
                let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
                assert!(word.bytes().all(is_plain), "{word}");
                assert_eq!(words.iter().filter(|other| *other == word).count(), 1);
            }
        }
    }
}
