//! The words that the program knows, from `rules/words.toml`, and those that rule files
//! add to them.
//!
//! A process knows one set of words, as it has one set of patterns: what rule files add is
//! settled before the first input is read.

mod index;
mod list;
mod read;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::OnceLock;

use anyhow::{Context as _, bail};

use index::Index;

pub use list::List;
use read::MAX_WORDS;
pub use read::Words;

/// The words of the program as they are written, with what they are for.
pub const TEXT: &str = include_str!("../../../rules/words.toml");

struct Known {
    lists: Vec<Index>,
    added: Words,
}

static KNOWN: OnceLock<Known> = OnceLock::new();

fn known() -> &'static Known {
    KNOWN.get_or_init(|| Known::with(Words::default()))
}

impl Known {
    fn with(added: Words) -> Known {
        let mut lists: Vec<Vec<Cow<'static, str>>> = vec![Vec::new(); List::ALL.len()];
        for (list, word) in written(TEXT) {
            lists[list as usize].push(Cow::Borrowed(word));
        }
        for list in List::ALL {
            let words = added.of(*list).iter().cloned().map(Cow::Owned);
            lists[*list as usize].extend(words);
        }
        let lists = lists.into_iter().map(Index::new).collect();
        Known { lists, added }
    }
}

/// The words in `rules/words.toml`, which has no escapes, one list below the other and
/// nothing but words on lines that are indented. Any TOML can be read as well, but that
/// takes longer than to judge a file.
fn written(text: &str) -> impl Iterator<Item = (List, &str)> {
    let mut list = None;
    let words = text.lines().filter_map(move |line| {
        if let Some(id) = line.strip_suffix(" = [") {
            list = List::of_id(id);
        }
        let words = line.strip_prefix("    ")?.split('"');
        list.map(|list| words.skip(1).step_by(2).map(move |word| (list, word)))
    });
    words.flatten()
}

fn built_in() -> Words {
    read_built_in().expect("a test reads them")
}

fn read_built_in() -> anyhow::Result<Words> {
    let table: BTreeMap<String, Vec<String>> = toml::from_str(TEXT)?;
    let words = Words::read(table)?;
    match List::ALL.iter().find(|list| words.of(**list).is_empty()) {
        Some(list) => bail!("`{}` is missing", list.id()),
        None => Ok(words),
    }
}

/// Makes sure that the program's own lists are all there and hold nothing but words that
/// can be met, each once. Gives the number of the words.
///
/// # Errors
///
/// When they are not; the error names list and word.
pub fn check_built_in() -> anyhow::Result<usize> {
    let words = read_built_in().context("rules/words.toml")?;
    Ok(words.count())
}

/// Makes the words that rule files add known beside the program's own, from now on.
///
/// # Errors
///
/// When other words are in use already.
pub fn add(added: Words) -> anyhow::Result<()> {
    if added.count() == 0 {
        return Ok(());
    }
    let known = KNOWN.get_or_init(|| Known::with(added.clone()));
    if known.added != added {
        bail!("the words of other rule files are in use already: name all of these files at once");
    }
    Ok(())
}

/// Makes sure that words which a rule file adds don't say the opposite of what the program
/// knows of them.
///
/// # Errors
///
/// When one does; the error names the word and both lists.
pub fn check(added: &Words) -> anyhow::Result<()> {
    match added.count() {
        0 => Ok(()),
        _ => added.exclude(&built_in()),
    }
}

impl List {
    /// The words of the list, in order.
    pub fn words(self) -> impl Iterator<Item = &'static str> {
        self.index().iter()
    }

    /// Whether a word is one of them.
    pub fn has(self, word: &str) -> bool {
        self.index().has(word)
    }

    /// Whether a word begins with one of them.
    pub fn begins(self, word: &str) -> bool {
        self.index().begins(word)
    }

    /// Whether one of them is a part of a text.
    pub fn is_in(self, text: &str) -> bool {
        self.words().any(|part| text.contains(part))
    }

    /// The same of bytes, in any case.
    pub fn is_in_bytes(self, text: &[u8]) -> bool {
        self.words().map(str::as_bytes).any(|part| {
            let first = part[0];
            let mut starts = memchr::memchr2_iter(first, first.to_ascii_uppercase(), text);
            starts.any(|at| {
                let here = text[at..].get(..part.len());
                here.is_some_and(|here| here.eq_ignore_ascii_case(part))
            })
        })
    }

    fn index(self) -> &'static Index {
        &known().lists[self as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_the_program_can_be_met() {
        let count = check_built_in().expect("they can");
        assert!(count > 1000);
        for list in List::ALL {
            assert!(list.words().eq(built_in().of(*list)), "{}", list.id());
        }
    }

    #[test]
    fn parts_are_found_in_bytes_in_any_case() {
        for text in ["npsso", "n-NPSSO=", "xNpSsO", "nnpsso"] {
            assert!(List::Npsso.is_in_bytes(text.as_bytes()), "{text}");
        }
        for text in ["", "npss", "NPS SO", "ssonp"] {
            assert!(!List::Npsso.is_in_bytes(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn each_list_says_what_it_is_for() {
        for list in List::ALL {
            let head = format!("\n{} = [", list.id());
            let (before, _) = TEXT.split_once(&head).expect("it is there");
            let comment = before.rsplit("\n\n").next().unwrap_or("");
            assert!(
                comment.starts_with('#') && comment.contains("ithout"),
                "{head}"
            );
        }
    }
}
