//! A list of numbers, with the same few characters between each two of them:
//! `78, 80, 83`, `4e:50:53`, `chr(78).chr(80)`, one on each line.

use std::ops::Range;

use super::word::{Form, Word, decimal, hexadecimal};

/// Values that are looked at to tell whether numbers stand for text, and how many
/// that takes at least.
const LOOK: usize = 12;
const FEWEST: usize = 6;
/// Characters between two numbers, without blanks: `).toString(`.
const LONGEST_BETWEEN: usize = 24;
/// The same with blanks, so that numbers may stand on lines of their own.
const REACH: usize = 160;
/// Numbers that are looked at before the first one that is known.
const BEFORE: usize = 1024;
/// Numbers of a list that are read at once.
const MOST: usize = 1 << 16;
/// Numbers of a longer list that are read twice, so that no value is cut.
const OVERLAP: usize = 1024;

/// Numbers in a text, in order.
pub struct List {
    /// How all of them are written.
    form: Form,
    words: Vec<Word>,
    /// From where on the text holds none of these that was not read.
    pub end: usize,
}

/// What stands between two numbers on a line, and what at the end of a line.
#[derive(Default)]
struct Between {
    inline: Option<Signs>,
    at_line_end: Option<Signs>,
}

impl Between {
    /// Whether this holds numbers together as what was seen before did.
    fn fits(&mut self, text: &[u8], range: Range<usize>) -> bool {
        let (signs, has_line_end) = signs(&text[range]);
        if is_escape(&signs) {
            return false;
        }
        let known = match has_line_end {
            true => &mut self.at_line_end,
            false => &mut self.inline,
        };
        match known {
            Some(known) => *known == signs,
            None => {
                *known = Some(signs);
                true
            }
        }
    }
}

/// Whether numbers behind these signs are escapes: `%41`, `\101`, `&#65;`.
fn is_escape(signs: &Signs) -> bool {
    let has = |sign: u8| signs.contains(&sign);
    // RTF writes every character as `\'41`.
    let is_rtf = signs.starts_with(b"\\'\0");
    has(b'%') || has(b'\\') && !is_rtf || has(b'&') && has(b';')
}

/// The signs between two numbers, of which there are few.
type Signs = [u8; LONGEST_BETWEEN];

/// What stands between two numbers without blanks, and whether a line ends there.
fn signs(between: &[u8]) -> (Signs, bool) {
    let mut signs = [0; LONGEST_BETWEEN];
    let mut length = 0;
    let mut has_line_end = false;
    let mut rest = between;
    while let [first, after @ ..] = rest {
        rest = after;
        match (first, after) {
            (b'\n' | b'\r', _) => has_line_end = true,
            (b' ' | b'\t', _) => {}
            // A line that goes on, and one that ends inside of a string
            (b'\\', [b'\n' | b'\r', ..]) => {}
            (b'\\', [b'\\', ..]) => {}
            (b'\\', [b'n' | b'r', after @ ..]) => {
                has_line_end = true;
                rest = after;
            }
            _ => {
                if let Some(sign) = signs.get_mut(length) {
                    *sign = *first;
                    length += 1;
                }
            }
        }
    }
    (signs, has_line_end)
}

impl List {
    /// The list to which the first number at or after a place belongs, from `begin` on.
    pub fn around(text: &[u8], at: usize, begin: usize) -> Option<List> {
        let first = next_word(text, at)?;
        let form = first.form;
        let mut between = Between::default();
        let mut words = vec![first];
        let mut end = first.range().end;
        while words.len() < MOST {
            let last = words[words.len() - 1];
            let Some(next) = next_word(text, last.range().end) else {
                break;
            };
            let range = last.range().end..next.range().start;
            if !between.fits(text, range) || !goes_on(&last, &next) {
                break;
            }
            end = next.range().end;
            words.push(next);
        }
        if words.len() == MOST {
            end = words[MOST - OVERLAP].range().start;
        }
        // What ends the last line holds nothing together in front of it.
        between.at_line_end = None;
        let mut before: Vec<Word> = Vec::new();
        let mut start = first;
        while before.len() < BEFORE {
            let Some(word) = word_before(text, start.range().start, begin) else {
                break;
            };
            let range = word.range().end..start.range().start;
            if !goes_on(&word, &start) || !between.fits(text, range) {
                break;
            }
            before.push(word);
            start = word;
        }
        before.reverse();
        before.extend(words);
        Some(List {
            form,
            words: before,
            end,
        })
    }

    /// Whether the numbers around a place may stand for text, of one byte a character
    /// or more. Looks at a few of them only.
    pub fn may_be_text(text: &[u8], at: usize) -> bool {
        let Some(first) = next_word(text, at) else {
            return false;
        };
        let mut look = Look::default();
        look.add(text, &first);
        let mut between = Between::default();
        let mut fits = |word: &Word, next: &Word| {
            goes_on(word, next) && between.fits(text, word.range().end..next.range().start)
        };
        let mut last = first;
        while look.goes_on() {
            match next_word(text, last.range().end) {
                Some(next) if fits(&last, &next) => last = next,
                _ => break,
            }
            look.add(text, &last);
        }
        let mut start = first;
        while look.goes_on() {
            match word_before(text, start.range().start, 0) {
                Some(before) if fits(&before, &start) => start = before,
                _ => break,
            }
            look.add(text, &start);
        }
        look.is_text()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Where the last number stands.
    pub fn last(&self) -> usize {
        self.words
            .last()
            .map_or(self.end, |word| word.range().start)
    }

    /// What the numbers stand for, in each way in which all of them can be read.
    pub fn readings(&self, text: &[u8]) -> Vec<Vec<(u8, Range<usize>)>> {
        let all = |read: fn(&[u8]) -> Option<u8>| -> Option<Vec<(u8, Range<usize>)>> {
            let value = |word: &Word| Some((read(word.digits(text))?, word.range()));
            self.words.iter().map(value).collect()
        };
        match self.form {
            Form::Marked => all(hexadecimal).into_iter().collect(),
            Form::Character => all(|digits| digits.first().copied()).into_iter().collect(),
            Form::Group => vec![self.groups(text)],
            Form::Bare => {
                let is_hex = self.words.iter().all(|word| word.places().len() == 2);
                let hex = is_hex.then(|| all(hexadecimal)).flatten();
                all(decimal).into_iter().chain(hex).collect()
            }
        }
    }

    fn groups(&self, text: &[u8]) -> Vec<(u8, Range<usize>)> {
        let bytes = |word: &Word| {
            let places = word.places().step_by(2);
            places.filter_map(|at| Some((hexadecimal(text.get(at..at + 2)?)?, at..at + 2)))
        };
        self.words.iter().flat_map(bytes).collect()
    }
}

/// What a few numbers of a list stand for, read in both ways.
#[derive(Default)]
struct Look {
    decimal: Tally,
    hexadecimal: Tally,
}

impl Look {
    fn add(&mut self, text: &[u8], word: &Word) {
        let digits = word.digits(text);
        match word.form {
            Form::Bare => {
                self.decimal.add(decimal(digits));
                let pair = if digits.len() == 2 {
                    hexadecimal(digits)
                } else {
                    None
                };
                self.hexadecimal.add(pair);
            }
            Form::Marked => self.hexadecimal.add(hexadecimal(digits)),
            Form::Group => {
                for pair in digits.chunks(2) {
                    self.hexadecimal.add(hexadecimal(pair));
                }
            }
            Form::Character => self.decimal.add(digits.first().copied()),
        }
    }

    /// Whether more numbers have to be seen to know.
    fn goes_on(&self) -> bool {
        let is_open = |tally: &Tally| tally.all < LOOK && tally.other * 4 <= tally.all.max(4);
        is_open(&self.decimal) && self.decimal.all > 0
            || is_open(&self.hexadecimal) && self.hexadecimal.all > 0
    }

    fn is_text(&self) -> bool {
        self.decimal.is_text() || self.hexadecimal.is_text()
    }
}

/// How many values there were, of which kind.
#[derive(Default)]
struct Tally {
    all: usize,
    /// Letters and digits.
    letters: usize,
    /// What no text has, and no text of several bytes a character.
    other: usize,
}

impl Tally {
    fn add(&mut self, value: Option<u8>) {
        self.all += 1;
        match value {
            Some(value) if value.is_ascii_alphanumeric() => self.letters += 1,
            Some(0 | b' '..=b'~' | b'\n' | b'\r' | b'\t') => {}
            _ => self.other += 1,
        }
    }

    fn is_text(&self) -> bool {
        self.all >= FEWEST && self.other * 8 <= self.all && self.letters * 5 >= self.all
    }
}

/// Whether one number of a list can follow another.
fn goes_on(word: &Word, next: &Word) -> bool {
    match (word.form, next.form) {
        (Form::Group, Form::Group) => next.places().len() <= word.places().len(),
        // The last group may have one byte.
        (Form::Group, Form::Bare) => next.places().len() == 2,
        (form, next) => form == next,
    }
}

/// The first number at or after a place, over a few other characters.
fn next_word(text: &[u8], from: usize) -> Option<Word> {
    let mut at = from;
    // A place inside of a word is none where one begins.
    if at > 0 && text[at - 1].is_ascii_alphanumeric() {
        at += word_length(&text[at..]);
    }
    let mut signs = 0;
    let reach = text.len().min(from + REACH);
    while at < reach && signs <= LONGEST_BETWEEN {
        let byte = text[at];
        if !byte.is_ascii_alphanumeric() {
            signs += usize::from(!byte.is_ascii_whitespace());
            at += 1;
            continue;
        }
        if let Some(word) = Word::at(text, at) {
            return Some(word);
        }
        let length = word_length(&text[at..reach]);
        signs += length;
        at += length;
    }
    None
}

/// The number before a place where one begins.
fn word_before(text: &[u8], from: usize, begin: usize) -> Option<Word> {
    let mut at = from;
    let mut signs = 0;
    let reach = begin.max(from.saturating_sub(REACH));
    while at > reach && signs <= LONGEST_BETWEEN {
        let byte = text[at - 1];
        if !byte.is_ascii_alphanumeric() {
            signs += usize::from(!byte.is_ascii_whitespace());
            at -= 1;
            continue;
        }
        let before = text[reach..at].iter().rev();
        let length = before
            .take_while(|byte| byte.is_ascii_alphanumeric())
            .count();
        at -= length;
        // One that begins before was cut.
        let is_whole = at > reach || at == begin;
        if let Some(word) = Word::at(text, at).filter(|_| is_whole) {
            return Some(word);
        }
        signs += length;
    }
    None
}

/// The length of the word that a text begins with.
pub fn word_length(text: &[u8]) -> usize {
    text.iter()
        .take_while(|byte| byte.is_ascii_alphanumeric())
        .count()
}
