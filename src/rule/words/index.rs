//! One list of words, so that a word is found in it at once.

use std::borrow::Cow;

/// Words in order, with where those begin that have the same first byte. Most words that
/// are looked up are in no list, and few in it begin like them.
#[derive(Debug)]
pub struct Index {
    words: Vec<Cow<'static, str>>,
    /// For each byte the first word that begins with it or a later one, and the end.
    starts: [u16; 257],
}

impl Index {
    /// Takes words in whatever order.
    pub fn new(mut words: Vec<Cow<'static, str>>) -> Index {
        if !words.is_sorted() {
            words.sort_unstable();
        }
        words.dedup();
        let mut starts = [0; 257];
        let mut next = 0;
        for (at, word) in words.iter().enumerate() {
            let first = usize::from(word.bytes().next().unwrap_or(0));
            if first >= next {
                let at = u16::try_from(at).expect("what can be added is bounded");
                starts[next..=first].fill(at);
                next = first + 1;
            }
        }
        let end = u16::try_from(words.len()).expect("what can be added is bounded");
        starts[next..].fill(end);
        Index { words, starts }
    }

    /// Its words, in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.words.iter().map(|word| &**word)
    }

    /// Whether a word is one of them.
    pub fn has(&self, word: &str) -> bool {
        let words = self.beginning_as(word);
        words.binary_search_by(|known| (**known).cmp(word)).is_ok()
    }

    /// Whether a word begins with one of them.
    pub fn begins(&self, word: &str) -> bool {
        let mut words = self.beginning_as(word).iter();
        words.any(|known| word.starts_with(&**known))
    }

    fn beginning_as(&self, word: &str) -> &[Cow<'static, str>] {
        let Some(first) = word.bytes().next() else {
            return &[];
        };
        let first = usize::from(first);
        &self.words[usize::from(self.starts[first])..usize::from(self.starts[first + 1])]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_their_beginnings_are_found() {
        let words = ["b", "a", "abc", "키", "é", "a"];
        let index = Index::new(words.map(Cow::from).to_vec());
        assert!(index.iter().eq(["a", "abc", "b", "é", "키"]));
        for word in ["a", "abc", "b", "é", "키"] {
            assert!(index.has(word) && index.begins(word), "{word}");
        }
        for word in ["ab", "abcd", "été", "키를"] {
            assert!(!index.has(word), "{word}");
        }
        assert!(index.begins("abcd") && index.begins("키를"));
        for word in ["", "c", "è", "\u{10ffff}"] {
            assert!(!index.has(word) && !index.begins(word), "{word}");
        }
    }
}
