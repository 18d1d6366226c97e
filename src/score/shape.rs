//! Whether a value can be random at all.
//!
//! An NPSSO is 64 uniformly random letters and digits. There are two bounds for each thing
//! that is counted, simulated under that model with 60 million values. What stands under
//! the name of a secret has to pass the wide ones, which turn down less than one random
//! value in a million; anything else the narrow ones too, which turn down 8 in 100,000.
//! Placeholders, identifiers, digests and encoded text don't pass them.

use std::ops::RangeInclusive;
use std::sync::LazyLock;

use regex::bytes::Regex;

use crate::prefilter::{COOKIE_ID, COOKIE_SIGNATURE, TOKEN};
use crate::rule::words::List;

/// How well a value fits the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Likeness {
    /// As nearly all random values do.
    Usual,
    /// As few do: only a name makes a secret of it.
    Rare,
}

/// Why a value of the right length is no secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotRandom {
    /// Nothing but hexadecimal digits: a digest.
    Hex,
    /// A class of characters is missing or far too frequent.
    Classes,
    /// Too few different characters.
    Repetitive,
    /// Characters in the order of an alphabet or a keyboard.
    Sequence,
    /// A word that a placeholder would hold.
    Word,
    /// Base64 of readable text.
    EncodedText,
    /// Pairs of letters as in words: an identifier, or a mangled name in a binary.
    Readable,
}

/// What a random value passes.
struct Bounds {
    /// Different characters: 40 on average.
    distinct: usize,
    /// Upper- and lower-case letters: 26.8 ± 3.9 of each.
    letters: RangeInclusive<usize>,
    /// Digits: 10.3 ± 2.9.
    digits: RangeInclusive<usize>,
    /// Changes between upper case, lower case and digits: 39 ± 4.
    changes: usize,
    /// The same character in a row.
    same: usize,
    /// Pairs of lower-case letters that are common in words: 2 on average, and about 15
    /// in a mangled C++ name.
    pairs: usize,
    /// Letters of words that a placeholder would hold, and one more for each word that is
    /// written as words are. One of five letters is there in 25 of a million values.
    words: usize,
    /// The same where digits are read as letters.
    spelled: usize,
}

/// Each turns down between 3 and 15 values in a million.
const NARROW: Bounds = Bounds {
    distinct: 30,
    letters: 10..=44,
    digits: 1..=26,
    changes: 20,
    same: 4,
    pairs: 10,
    words: 4,
    spelled: 5,
};

/// Each turns down about one value in ten million.
const WIDE: Bounds = Bounds {
    distinct: 27,
    letters: 8..=48,
    digits: 0..=28,
    changes: 18,
    same: 5,
    pairs: 14,
    words: 6,
    spelled: 6,
};

/// Neighbours that follow each other in ASCII, in either direction: 2 in a random value,
/// 14 in 2 of 100 million.
const MAX_STEPS: usize = 13;
/// The same for letters alone, without their case: 4 in a random value.
const MAX_LETTER_STEPS: usize = 19;
/// Neighbours on a keyboard, beside or above each other: 5 in a random value.
const MAX_KEYBOARD: usize = 21;

/// The pairs of letters that words in texts and programs are made of.
const COMMON_PAIRS: &[&[u8; 2]] = &[
    b"ab", b"ac", b"ad", b"ag", b"ai", b"al", b"am", b"an", b"ap", b"ar", b"as", b"at", b"ay",
    b"be", b"by", b"ca", b"ce", b"ch", b"ck", b"co", b"ct", b"da", b"de", b"di", b"ds", b"ea",
    b"ec", b"ed", b"ee", b"el", b"em", b"en", b"er", b"es", b"et", b"ev", b"ex", b"ey", b"fi",
    b"fo", b"ge", b"ha", b"he", b"hi", b"ho", b"ic", b"id", b"if", b"il", b"im", b"in", b"io",
    b"ir", b"is", b"it", b"iv", b"je", b"ke", b"la", b"ld", b"le", b"li", b"ll", b"lo", b"ls",
    b"ly", b"ma", b"me", b"mo", b"ms", b"my", b"na", b"nd", b"ne", b"ng", b"no", b"ns", b"nt",
    b"ob", b"of", b"ol", b"om", b"on", b"op", b"or", b"ot", b"ou", b"ow", b"pe", b"po", b"pr",
    b"pt", b"ra", b"re", b"ri", b"rm", b"ro", b"rs", b"rt", b"ry", b"se", b"sh", b"si", b"so",
    b"ss", b"st", b"ta", b"te", b"th", b"ti", b"to", b"tr", b"ts", b"ty", b"ul", b"um", b"un",
    b"up", b"ur", b"us", b"ut", b"ve", b"yp",
];

/// Whether 64 letters and digits can be a token.
pub fn token(value: &[u8; TOKEN]) -> Result<Likeness, NotRandom> {
    if is_hex(value) {
        return Err(NotRandom::Hex);
    }
    if begins_as_placeholder(value) {
        return Err(NotRandom::Word);
    }
    let counts = Counts::of(value);
    counts.classes(&WIDE)?;
    counts.patterns(&WIDE)?;
    repeats(value)?;
    let words = Words::of(value);
    words.fit(&WIDE)?;
    if decodes_to_text(value) {
        return Err(NotRandom::EncodedText);
    }
    let is_usual = counts.classes(&NARROW).is_ok()
        && counts.patterns(&NARROW).is_ok()
        && words.fit(&NARROW).is_ok();
    Ok(match is_usual {
        true => Likeness::Usual,
        false => Likeness::Rare,
    })
}

/// Whether the 32 characters of a session id and the 43 of its signature can be random.
pub fn cookie(
    id: &[u8; COOKIE_ID],
    signature: &[u8; COOKIE_SIGNATURE],
) -> Result<Likeness, NotRandom> {
    if is_hex(id) || is_hex(signature) {
        return Err(NotRandom::Hex);
    }
    for part in [&id[..], signature] {
        let mixed =
            part.iter().any(u8::is_ascii_uppercase) && part.iter().any(u8::is_ascii_lowercase);
        if !mixed {
            return Err(NotRandom::Classes);
        }
    }
    let mut value = [0; COOKIE_ID + COOKIE_SIGNATURE];
    value[..COOKIE_ID].copy_from_slice(id);
    value[COOKIE_ID..].copy_from_slice(signature);
    let counts = Counts::of(&value);
    // It is longer, so that it has more of each pair.
    let (narrow, wide) = (NARROW.without_pairs(), WIDE.without_pairs());
    counts.patterns(&wide)?;
    repeats(&value)?;
    let words = Words::of(&value);
    words.fit(&wide)?;
    let is_usual = counts.patterns(&narrow).is_ok() && words.fit(&narrow).is_ok();
    Ok(match is_usual {
        true => Likeness::Usual,
        false => Likeness::Rare,
    })
}

/// Whether every byte is a hexadecimal digit. A log may hold a digest on every
/// line, so there is no branch for each byte.
///
/// `value` holds letters and digits only.
pub fn is_hex(value: &[u8]) -> bool {
    let last = value.iter().fold(0, |last, byte| last.max(byte | 0x20));
    last <= b'f'
}

impl Bounds {
    fn without_pairs(self) -> Bounds {
        Bounds {
            pairs: usize::MAX,
            ..self
        }
    }
}

/// What is counted in a value.
struct Counts {
    upper: usize,
    lower: usize,
    digits: usize,
    distinct: usize,
    changes: usize,
    same: usize,
    /// Steps to the neighbour, and to the characters behind it: a1b2c3, aA1bB2.
    steps: [usize; 4],
    letter_steps: usize,
    keyboard: usize,
    pairs: usize,
}

impl Counts {
    fn of<const LENGTH: usize>(value: &[u8; LENGTH]) -> Counts {
        let pairs = |stride: usize| value.iter().zip(&value[stride..]);
        let class =
            |byte: &u8| u8::from(byte.is_ascii_uppercase()) | u8::from(byte.is_ascii_digit()) << 1;
        let (mut low, mut high) = (0u64, 0u64);
        for byte in value {
            let bit = 1 << (byte & 63);
            low |= if *byte < 64 { bit } else { 0 };
            high |= if *byte < 64 { 0 } else { bit };
        }
        let keys = value.map(|byte| KEYS[usize::from(byte)]);
        let beside = keys.iter().zip(&keys[1..]);
        let mut letter = 0;
        let mut letter_steps = 0;
        for byte in value.iter().filter(|byte| byte.is_ascii_alphabetic()) {
            let plain = byte | 0x20;
            letter_steps += usize::from(plain.abs_diff(letter) == 1);
            letter = plain;
        }
        Counts {
            upper: count(value.iter().map(u8::is_ascii_uppercase)),
            lower: count(value.iter().map(u8::is_ascii_lowercase)),
            digits: count(value.iter().map(u8::is_ascii_digit)),
            distinct: (low.count_ones() + high.count_ones()) as usize,
            changes: count(pairs(1).map(|(a, b)| class(a) != class(b))),
            same: longest_row(value),
            steps: [1, 2, 3, 4]
                .map(|stride| count(pairs(stride).map(|(a, b)| a.abs_diff(*b) == 1))),
            letter_steps,
            keyboard: count(beside.map(|(a, b)| are_beside(*a, *b))),
            pairs: count(pairs(1).map(|(a, b)| is_common(*a, *b))),
        }
    }

    fn classes(&self, bounds: &Bounds) -> Result<(), NotRandom> {
        let fit = bounds.letters.contains(&self.upper)
            && bounds.letters.contains(&self.lower)
            && bounds.digits.contains(&self.digits)
            && self.changes >= bounds.changes;
        fit.then_some(()).ok_or(NotRandom::Classes)
    }

    fn patterns(&self, bounds: &Bounds) -> Result<(), NotRandom> {
        if self.distinct < bounds.distinct || self.same > bounds.same {
            return Err(NotRandom::Repetitive);
        }
        if self.steps.iter().any(|steps| *steps > MAX_STEPS)
            || self.letter_steps > MAX_LETTER_STEPS
            || self.keyboard > MAX_KEYBOARD
        {
            return Err(NotRandom::Sequence);
        }
        match self.pairs > bounds.pairs {
            true => Err(NotRandom::Readable),
            false => Ok(()),
        }
    }
}

/// How often the same character stands in a row.
fn longest_row(value: &[u8]) -> usize {
    // Nearly always there are too few for a row that matters.
    let repeats = count(value.iter().zip(&value[1..]).map(|(a, b)| a == b));
    if repeats < NARROW.same {
        return repeats + 1;
    }
    let rows = value.chunk_by(|a, b| a == b).map(<[u8]>::len);
    rows.max().unwrap_or(0)
}

/// Further apart than a row of a keyboard is long.
const ROW: u8 = 16;

/// The place of each character on a keyboard, from 1 on; far from all for what has none.
const KEYS: [u8; 256] = {
    const ROWS: [&[u8]; 4] = [b"1234567890", b"qwertyuiop", b"asdfghjkl", b"zxcvbnm"];
    let mut keys = [u8::MAX; 256];
    let mut row = 0;
    while row < ROWS.len() {
        let mut at = 0;
        while at < ROWS[row].len() {
            let key = ROWS[row][at];
            keys[key as usize] = row as u8 * ROW + at as u8 + 1;
            keys[key.to_ascii_uppercase() as usize] = keys[key as usize];
            at += 1;
        }
        row += 1;
    }
    keys
};

/// Whether two keys are beside each other, or one above the other: qwerty, 1qaz.
fn are_beside(a: u8, b: u8) -> bool {
    let apart = a.abs_diff(b);
    (apart == 1) | (apart == ROW)
}

/// Whether a pair of letters is common in words.
fn is_common(a: u8, b: u8) -> bool {
    /// For each first letter the second ones, a bit each.
    const COMMON: [u32; 256] = {
        let mut common = [0; 256];
        let mut at = 0;
        while at < COMMON_PAIRS.len() {
            let [first, second] = *COMMON_PAIRS[at];
            common[first as usize] |= 1 << (second - b'a');
            at += 1;
        }
        common
    };
    let letter = b.wrapping_sub(b'a');
    let is_pair = COMMON[usize::from(a)] >> (letter & 31) & 1 == 1;
    is_pair & (letter < 26)
}

/// Letters of words of placeholders in a value.
#[derive(Default)]
struct Words {
    plain: usize,
    spelled: usize,
}

static WORDS: LazyLock<Regex> = LazyLock::new(|| regex(&any_of(List::Placeholder.words())));

static SPELLED: LazyLock<Regex> = LazyLock::new(|| regex(&any_of(spelled_words())));

/// What is in every value that one of the others finds something in.
static EITHER: LazyLock<Regex> = LazyLock::new(|| {
    let digits = |word: &str| {
        let digit = |letter| (b'0'..=b'9').find(|digit| unleet(*digit) == letter);
        let either = |letter: u8| match digit(letter).map(char::from) {
            Some(digit) => format!("[{}{digit}]", char::from(letter)),
            None => char::from(letter).to_string(),
        };
        word.bytes().map(either).collect::<String>()
    };
    let spelled: Vec<String> = spelled_words().map(digits).collect();
    regex(&[any_of(List::Placeholder.words()), spelled.join("|")].join("|"))
});

// Y0urT0k3n, R3pl4c3M3: longer words only, because this fits more values.
fn spelled_words() -> impl Iterator<Item = &'static str> {
    let long = List::Placeholder.words().filter(|word| word.len() >= 6);
    long.chain(List::PlaceholderJoined.words())
}

/// One of several words; of those that begin at one place the longest.
fn any_of(words: impl Iterator<Item = &'static str>) -> String {
    let mut words: Vec<&str> = words.collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    words.join("|")
}

fn regex(words: &str) -> Regex {
    Regex::new(&format!("(?i-u:{words})")).expect("they are letters and digits")
}

impl Words {
    fn of(value: &[u8]) -> Words {
        // Few values have one.
        if !EITHER.is_match(value) {
            return Words::default();
        }
        let letters = |words: &Regex, text: &[u8]| {
            let words = words.find_iter(text).map(|word| word.as_bytes());
            let written = words.map(|word| word.len() + usize::from(is_written(word)));
            written.sum()
        };
        let spelled: Vec<u8> = value.iter().map(|byte| unleet(*byte)).collect();
        Words {
            plain: letters(&WORDS, value),
            spelled: letters(&SPELLED, &spelled),
        }
    }

    /// Whether there are no more than that.
    fn fit(&self, bounds: &Bounds) -> Result<(), NotRandom> {
        let fit = self.plain <= bounds.words && self.spelled <= bounds.spelled;
        fit.then_some(()).ok_or(NotRandom::Word)
    }
}

fn begins_as_placeholder(value: &[u8]) -> bool {
    let mut first = List::PlaceholderFirst.words();
    first.any(|word| {
        let start = &value[..word.len()];
        let is_plain = start == word.as_bytes();
        is_plain
            || start.eq_ignore_ascii_case(word.as_bytes())
                && start.iter().all(u8::is_ascii_uppercase)
    })
}

/// Whether a word is written as words are: `token`, `Token`, `TOKEN`.
fn is_written(word: &[u8]) -> bool {
    let behind = word.get(1..).unwrap_or(&[]);
    !behind.iter().any(u8::is_ascii_uppercase) || !word.iter().any(u8::is_ascii_lowercase)
}

/// The letter that a digit stands for in "1337".
fn unleet(byte: u8) -> u8 {
    match byte {
        b'0' => b'o',
        b'1' => b'i',
        b'3' => b'e',
        b'4' => b'a',
        b'5' => b's',
        b'7' => b't',
        byte => byte,
    }
}

/// Whether the value is a shorter one written again and again.
fn repeats<const LENGTH: usize>(value: &[u8; LENGTH]) -> Result<(), NotRandom> {
    let repeats = (1..=LENGTH * 3 / 4).any(|period| {
        let compared = value.len() - period;
        let pairs = value.iter().zip(&value[period..]);
        count(pairs.map(|(a, b)| a == b)) * 10 >= compared * 7
    });
    match repeats {
        true => Err(NotRandom::Repetitive),
        false => Ok(()),
    }
}

/// Whether the value is base64 of ASCII text. Of 48 random bytes 18 are
/// printable on average, 40 never.
fn decodes_to_text(value: &[u8; TOKEN]) -> bool {
    const SEXTETS: [u8; 256] = {
        let mut sextets = [63; 256];
        let mut at = 0;
        while at < 26 {
            sextets[b'A' as usize + at] = at as u8;
            sextets[b'a' as usize + at] = at as u8 + 26;
            at += 1;
        }
        let mut digit = 0;
        while digit < 10 {
            sextets[b'0' as usize + digit] = digit as u8 + 52;
            digit += 1;
        }
        sextets
    };
    let sextets = value.map(|byte| SEXTETS[usize::from(byte)]);
    let mut decoded = [0; TOKEN / 4 * 3];
    // The value may be cut out of a longer text, so that it begins anywhere in a group of four.
    (0..4).any(|shift| {
        let (groups, _) = sextets[shift..].as_chunks::<4>();
        let decoded = &mut decoded[..groups.len() * 3];
        for (out, [a, b, c, d]) in decoded.as_chunks_mut::<3>().0.iter_mut().zip(groups) {
            *out = [a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d];
        }
        let is_printable =
            |byte: u8| byte.wrapping_sub(b' ') <= b'~' - b' ' || byte.is_ascii_whitespace();
        let printable = count(decoded.iter().map(|byte| is_printable(*byte)));
        // The bytes 0, 1, 2 … that tests use for a key.
        let pairs = decoded.iter().zip(&decoded[1..]);
        let steps = count(pairs.map(|(a, b)| *b == a.wrapping_add(1)));
        printable * 10 >= decoded.len() * 9 || steps * 2 >= decoded.len()
    })
}

/// How many of less than 256 are so. A byte is enough to count in, so that many are
/// counted together.
fn count(all: impl Iterator<Item = bool>) -> usize {
    usize::from(all.fold(0u8, |count, is_so| count + u8::from(is_so)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// More values take too long where nothing is optimized.
    const VALUES: usize = if cfg!(debug_assertions) {
        40_000
    } else {
        400_000
    };

    /// SplitMix64, from a seed.
    fn random(seed: &mut u64) -> u64 {
        *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (*seed ^ *seed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// Random characters of an alphabet that has at most 64.
    fn characters(seed: &mut u64, alphabet: &[u8], count: usize) -> Vec<u8> {
        let mut out = Vec::with_capacity(count);
        while out.len() < count {
            out.extend(alphabet.get((random(seed) >> 58) as usize));
        }
        out
    }

    fn token(value: &[u8]) -> Result<Likeness, NotRandom> {
        super::token(value.try_into().expect("it is as long as a token"))
    }

    /// How many values pass with ease, and how many at all.
    fn passing(values: impl Iterator<Item = Result<Likeness, NotRandom>>) -> (usize, usize) {
        values.fold((0, 0), |(usual, all), likeness| match likeness {
            Ok(Likeness::Usual) => (usual + 1, all + 1),
            Ok(Likeness::Rare) => (usual, all + 1),
            Err(_) => (usual, all),
        })
    }

    #[test]
    fn random_values_pass() {
        let mut seed = 7;
        let alphabet: Vec<u8> = (b'0'..=b'z').filter(u8::is_ascii_alphanumeric).collect();
        let values = (0..VALUES).map(|_| token(&characters(&mut seed, &alphabet, 64)));
        let (usual, all) = passing(values);
        let (lost, rare) = (VALUES - all, all - usual);
        assert_eq!(lost, 0, "of {VALUES} turned down");
        assert!(rare <= VALUES / 4_000, "{rare} of {VALUES} are rare");
        assert!(rare > 0, "there are narrow bounds");
    }

    #[test]
    fn random_cookies_pass() {
        let mut seed = 8;
        let alphabet: Vec<u8> = (b'0'..=b'z').filter(u8::is_ascii_alphanumeric).collect();
        let (of_id, of_signature) = (
            [&alphabet[..], b"-_"].concat(),
            [&alphabet[..], b"+/"].concat(),
        );
        let values = (0..VALUES).map(|_| {
            let id = characters(&mut seed, &of_id, COOKIE_ID);
            let signature = characters(&mut seed, &of_signature, COOKIE_SIGNATURE);
            let [id, signature] = [&id, &signature].map(|part| part.as_slice());
            cookie(
                id.try_into().expect("32"),
                signature.try_into().expect("43"),
            )
        });
        let (usual, all) = passing(values);
        let (lost, rare) = (VALUES - all, all - usual);
        assert_eq!(lost, 0, "of {VALUES} turned down");
        assert!(rare <= VALUES / 4_000, "{rare} of {VALUES} are rare");
    }

    #[test]
    fn a_word_by_chance_needs_a_name() {
        let mut seed = 9;
        let alphabet: Vec<u8> = (b'0'..=b'z').filter(u8::is_ascii_alphanumeric).collect();
        let mut with = |word: &str| {
            let mut value = characters(&mut seed, &alphabet, 64);
            value[20..20 + word.len()].copy_from_slice(word.as_bytes());
            token(&value)
        };
        assert_eq!(with("tOKen"), Ok(Likeness::Rare));
        assert_eq!(with("Token"), Ok(Likeness::Rare));
        assert_eq!(with("Secret"), Err(NotRandom::Word));
        assert_eq!(with("S3cr3t0rT0ken"), Err(NotRandom::Word));
        assert_eq!(with("tokenvalue"), Err(NotRandom::Word));
        assert_eq!(with("Fixture"), Err(NotRandom::Word));
        assert_eq!(with("aaaaa"), Ok(Likeness::Rare));
        assert_eq!(with("aaaaaa"), Err(NotRandom::Repetitive));
    }

    #[test]
    fn a_placeholder_says_at_its_beginning_what_it_is() {
        let mut seed = 10;
        let alphabet: Vec<u8> = (b'0'..=b'z').filter(u8::is_ascii_alphanumeric).collect();
        let value = characters(&mut seed, &alphabet, 64);
        let with = |word: &str, at: usize| {
            let mut value = value.clone();
            value[at..at + word.len()].copy_from_slice(word.as_bytes());
            token(&value)
        };
        for word in ["FAKE", "fake", "TEST", "mock"] {
            assert_eq!(with(word, 0), Err(NotRandom::Word), "{word}");
            assert!(with(word, 30).is_ok(), "{word}");
        }
        assert!(with("tEsT", 0).is_ok());
    }

    #[test]
    fn what_only_has_the_length_does_not() {
        let alphabet = [
            "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
            "abcdefghijklmnopqrstuvwxyz",
            "0123456789AB",
        ]
        .concat();
        let camel = [
            "getUserProfileFromPlayStation",
            "NetworkByOnlineIdOr",
            "AccountId64Chars",
        ]
        .concat();
        let hex = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
        let interleaved: String = (0..16u8)
            .flat_map(|n| [b'A' + n, b'0' + n % 10, b'a' + n, b'B' + n])
            .map(char::from)
            .collect();
        let repeated = "qX7wBz3Rm9KcT2hVf8Ln5YdJp4Gs6AuE".repeat(2);
        for (value, why) in [
            (alphabet.as_str(), NotRandom::Classes),
            (&camel, NotRandom::Classes),
            (hex, NotRandom::Hex),
            (&interleaved, NotRandom::Sequence),
            (&repeated, NotRandom::Repetitive),
        ] {
            assert_eq!(value.len(), 64, "{value}");
            assert_eq!(token(value.as_bytes()), Err(why), "{value}");
        }
    }

    #[test]
    fn base64_of_text_does_not_pass() {
        // Text of 48 bytes: "the quick brown fox jumps over the lazy dog, 12x"
        let value = [
            "dGhlIHF1aWNrIGJyb3duIGZv",
            "eCBqdW1wcyBvdmVyIHRoZSBs",
            "YXp5IGRvZywgMTJ4",
        ]
        .concat();
        assert_eq!(token(value.as_bytes()), Err(NotRandom::EncodedText));
    }
}
