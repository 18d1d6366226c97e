//! Words as they are written: a table of lists, and what can be wrong with one.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, bail};

use super::list::{EXCLUSIVE, Form, List};

/// Words that rule files may add in all.
pub const MAX_WORDS: usize = 10_000;
/// Bytes of a word.
pub const MAX_WORD: usize = 64;

/// Words by their lists. Those of the program, or those that rule files add to them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    lists: Vec<BTreeSet<String>>,
}

impl Default for Words {
    fn default() -> Words {
        Words {
            lists: vec![BTreeSet::new(); List::ALL.len()],
        }
    }
}

impl Words {
    /// Takes the lists of a table by their keys.
    ///
    /// # Errors
    ///
    /// When there is no such list, or a word of it could never be met, stands there twice
    /// or in another list that says the opposite. The error names list and word.
    pub fn read(table: BTreeMap<String, Vec<String>>) -> anyhow::Result<Words> {
        let mut read = Words::default();
        for (id, words) in table {
            let list = List::of_id(&id).with_context(|| no_list(&id))?;
            for word in words {
                check(list, &word).with_context(|| format!("`words.{id}`"))?;
                let own = &mut read.lists[list as usize];
                if !own.insert(word.clone()) {
                    bail!("`words.{id}`: `{word}` stands there twice: take one of them out");
                }
            }
        }
        read.exclude(&read)?;
        Ok(read)
    }

    /// Adds the words of a rule file to those of others.
    ///
    /// # Errors
    ///
    /// When they are too many together.
    pub fn add(&mut self, others: Words) -> anyhow::Result<()> {
        for (own, others) in self.lists.iter_mut().zip(others.lists) {
            own.extend(others);
        }
        for list in List::ALL {
            let (count, most) = (self.of(*list).len(), list.most());
            if count > most {
                bail!(
                    "`words.{}`: {count} words; at most {most} can be added to this list",
                    list.id()
                );
            }
        }
        let count = self.count();
        if count > MAX_WORDS {
            bail!("`words`: {count} words; at most {MAX_WORDS} can be added in all");
        }
        Ok(())
    }

    /// Makes sure that none of these words is in a list of `others` that says the opposite.
    ///
    /// # Errors
    ///
    /// When one is; the error names the word and both lists.
    pub fn exclude(&self, others: &Words) -> anyhow::Result<()> {
        let swapped = EXCLUSIVE.map(|(one, other)| (other, one));
        for (own, other) in EXCLUSIVE.into_iter().chain(swapped) {
            if let Some(word) = self.of(own).intersection(others.of(other)).next() {
                bail!(
                    "`words.{}`: `{word}` is in the list `{}`, which says the opposite: \
                     it can stand in one of them only",
                    own.id(),
                    other.id()
                );
            }
        }
        Ok(())
    }

    /// The words of a list.
    pub fn of(&self, list: List) -> &BTreeSet<String> {
        &self.lists[list as usize]
    }

    /// How many words there are in all lists.
    pub fn count(&self) -> usize {
        self.lists.iter().map(BTreeSet::len).sum()
    }
}

fn no_list(id: &str) -> String {
    let is_like = |list: &&List| {
        let shared = list.id().bytes().zip(id.bytes());
        shared.take_while(|(one, other)| one == other).count() >= 4
    };
    let meant = List::ALL.iter().find(is_like);
    let meant = meant.map_or_else(String::new, |list| {
        format!(" did you mean `{}`?", list.id())
    });
    format!(
        "`words.{id}`: there is no such list;{meant} `npsso-audit rules show words` has them all"
    )
}

/// Makes sure that a word can be met in what the words of its list are compared with.
fn check(list: List, word: &str) -> anyhow::Result<()> {
    if word.len() > MAX_WORD {
        bail!("a word of {} bytes; it can have {MAX_WORD}", word.len());
    }
    let lower = word.to_lowercase();
    if lower != word {
        bail!("`{word}` has a capital, and words are compared in small letters: write `{lower}`");
    }
    let is_word = |word: &str| !word.is_empty() && word.chars().all(char::is_alphanumeric);
    let (fits, holds) = match list.form() {
        Form::Word | Form::Stem | Form::Part | Form::Ending => {
            (is_word(word), "letters and digits only")
        }
        Form::Pair => (
            word.split('_').count() <= 2 && word.split('_').all(is_word),
            "letters and digits, or two words joined by `_`",
        ),
        Form::Key => (
            word.is_ascii() && word.split('_').all(is_word),
            "letters and digits in ASCII, with `_` between them",
        ),
        Form::Phrase => (
            word.split([' ', '-', '_']).all(is_word),
            "words with a blank, `-` or `_` between them",
        ),
        Form::Letters => (
            word.is_ascii() && is_word(word),
            "letters and digits in ASCII only",
        ),
    };
    if !fits {
        bail!("`{word}` is never met: a word of this list holds {holds}");
    }
    let least = list.least();
    if word.is_ascii() && word.len() < least {
        bail!("`{word}` is met by chance: a word of this list has {least} letters or more");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(id: &str, words: &[&str]) -> Result<Words, String> {
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        Words::read(BTreeMap::from([(id.to_owned(), words)])).map_err(|error| format!("{error:#}"))
    }

    #[test]
    fn a_word_that_could_never_be_met_is_told() {
        for (id, word, says) in [
            ("credentials", "x", "did you mean `credential`?"),
            ("nothing", "x", "there is no such list; `npsso-audit"),
            ("credential", "Acme", "write `acme`"),
            ("generic", "two_words", "letters and digits only"),
            ("generic", "", "letters and digits only"),
            ("foreign", "a_b_c", "joined by `_`"),
            ("naming_key", "schlüssel", "in ASCII"),
            ("naming_key", "a|b", "in ASCII"),
            ("naming_column", "a  b", "between them"),
            ("placeholder", "pin", "5 letters or more"),
            ("key_part", "a", "3 letters or more"),
            ("credential", &*"a".repeat(65), "65 bytes"),
        ] {
            let error = read(id, &[word]).expect_err(word);
            assert!(error.contains(says) && error.contains(id), "{error}");
        }
        let twice = read("credential", &["acme", "acme"]).expect_err("twice");
        assert!(twice.contains("twice"), "{twice}");
        for (id, word) in [
            ("key_part", "鍵"),
            ("foreign", "acme_key"),
            ("above", "ci-dessus"),
        ] {
            assert!(read(id, &[word]).is_ok(), "{word}");
        }
    }

    #[test]
    fn a_word_cannot_say_opposite_things() {
        let (one, other) = (read("generic", &["acme"]), read("foreign", &["acme"]));
        let (one, other) = (one.expect("it is read"), other.expect("it is read"));
        assert!(one.exclude(&one).is_ok());
        for (one, other) in [(&one, &other), (&other, &one)] {
            let error = one.exclude(other).expect_err("they exclude each other");
            assert!(error.to_string().contains("says the opposite"), "{error}");
        }
    }

    #[test]
    fn what_can_be_added_is_bounded() {
        let many = |id: &str, count: usize| {
            let words: Vec<String> = (0..count).map(|number| format!("word{number}")).collect();
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let mut all = Words::default();
            all.add(read(id, &words)?)
                .map_err(|error| error.to_string())
        };
        assert!(many("generic", MAX_WORDS).is_ok());
        assert!(many("generic", MAX_WORDS + 1).is_err());
        assert!(many("key_stem", 200).is_ok());
        assert!(many("key_stem", 201).is_err());
    }
}
