//! Whether a value can be random at all.
//!
//! An NPSSO is 64 uniformly random letters and digits. Each bound here is set so
//! that a random value passes it but for a few in 100,000, counted or simulated
//! under that model; placeholders, identifiers, digests and encoded text don't.

use std::sync::LazyLock;

use memchr::memmem::Finder;

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

/// Different characters in a random value: 40 on average, below 30 in 3 of 200,000.
const MIN_DISTINCT: usize = 30;
/// Upper- and lower-case letters in a random value: 26.8 ± 3.9 of each.
const LETTERS: std::ops::RangeInclusive<usize> = 10..=44;
/// Digits in a random value: 10.3 ± 2.9.
const DIGITS: std::ops::RangeInclusive<usize> = 1..=26;
/// Changes between upper case, lower case and digits: 39 ± 4 in a random value.
const MIN_CHANGES: usize = 20;
/// Neighbours that follow each other in ASCII, in either direction: 2 in a random value.
const MAX_STEPS: usize = 13;
/// The same for letters alone, without their case: 4 in a random value.
const MAX_LETTER_STEPS: usize = 19;
/// Neighbours on a keyboard, beside or above each other: 5 in a random value.
const MAX_KEYBOARD: usize = 21;
/// The same character in a row: 5 happen in 4 of a million values.
const MAX_SAME: usize = 4;

/// Pairs of lower-case letters that are common in words: 2 in a random value,
/// 11 or more in 1 of 100,000, and about 15 in a mangled C++ name.
const MAX_COMMON_PAIRS: usize = 10;

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

/// Words of five letters or more, which random values hold in 2 of a million.
const PLACEHOLDER_WORDS: &[&str] = &[
    "npsso",
    "token",
    "example",
    "placeholder",
    "dummy",
    "sample",
    "redacted",
    "changeme",
    "change",
    "insert",
    "replace",
    "secret",
    "string",
    "your0",
    "character",
    "playstation",
    "abcde",
    "lorem",
    "hello",
    "password",
    "cookie",
    "value",
    "xxxxx",
    "testing",
    "sixty",
    "random",
    "value",
    "enter",
    "paste",
    "account",
    "session",
    "foobar",
    "masked",
    "hidden",
    "removed",
    "censored",
];

/// Whether 64 letters and digits can be a token.
pub fn token(value: &[u8]) -> Result<(), NotRandom> {
    if is_hex(value) {
        return Err(NotRandom::Hex);
    }
    let count = |class: fn(&u8) -> bool| value.iter().filter(|byte| class(byte)).count();
    let classes_fit = LETTERS.contains(&count(u8::is_ascii_uppercase))
        && LETTERS.contains(&count(u8::is_ascii_lowercase))
        && DIGITS.contains(&count(u8::is_ascii_digit))
        && changes(value) >= MIN_CHANGES;
    if !classes_fit {
        return Err(NotRandom::Classes);
    }
    unpatterned(value)?;
    if value
        .windows(2)
        .filter(|pair| COMMON_PAIRS.iter().any(|common| common[..] == **pair))
        .count()
        > MAX_COMMON_PAIRS
    {
        return Err(NotRandom::Readable);
    }
    if decodes_to_text(value) {
        return Err(NotRandom::EncodedText);
    }
    Ok(())
}

/// Whether the 32 characters of a session id and the 43 of its signature can be random.
pub fn cookie(id: &[u8], signature: &[u8]) -> Result<(), NotRandom> {
    if is_hex(id) || is_hex(signature) {
        return Err(NotRandom::Hex);
    }
    for part in [id, signature] {
        let mixed =
            part.iter().any(u8::is_ascii_uppercase) && part.iter().any(u8::is_ascii_lowercase);
        if !mixed {
            return Err(NotRandom::Classes);
        }
    }
    unpatterned(&[id, signature].concat())
}

/// Whether every byte is a hexadecimal digit. A log may hold a digest on every
/// line, so there is no branch for each byte.
///
/// `value` holds letters and digits only.
pub fn is_hex(value: &[u8]) -> bool {
    let last = value.iter().fold(0, |last, byte| last.max(byte | 0x20));
    last <= b'f'
}

fn unpatterned(value: &[u8]) -> Result<(), NotRandom> {
    if distinct(value) < MIN_DISTINCT || longest_same(value) > MAX_SAME || repeats(value) {
        return Err(NotRandom::Repetitive);
    }
    if is_sequence(value) {
        return Err(NotRandom::Sequence);
    }
    let lower = value.to_ascii_lowercase();
    if WORDS.iter().any(|word| word.find(&lower).is_some()) {
        return Err(NotRandom::Word);
    }
    // Y0urT0k3n, R3pl4c3M3: longer words only, because this fits more values.
    let plain: Vec<u8> = lower.iter().map(|byte| unleet(*byte)).collect();
    if SPELLED.iter().any(|word| word.find(&plain).is_some()) {
        return Err(NotRandom::Word);
    }
    Ok(())
}

/// Searches for words, which take longer to prepare than to run.
type Finders = LazyLock<Vec<Finder<'static>>>;

static WORDS: Finders = LazyLock::new(|| PLACEHOLDER_WORDS.iter().map(Finder::new).collect());

static SPELLED: Finders = LazyLock::new(|| {
    let long = PLACEHOLDER_WORDS.iter().filter(|word| word.len() >= 6);
    long.chain(LEET_WORDS).map(Finder::new).collect()
});

/// Words of placeholders that are too short to be looked for as they are, but
/// never stand there by chance together with another word.
const LEET_WORDS: &[&str] = &[
    "yournpsso",
    "npssotoken",
    "replaceme",
    "fakefake",
    "mytoken",
    "notreal",
];

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

fn distinct(value: &[u8]) -> usize {
    let mut seen = [false; 256];
    value
        .iter()
        .for_each(|byte| seen[usize::from(*byte)] = true);
    seen.iter().filter(|seen| **seen).count()
}

fn changes(value: &[u8]) -> usize {
    let class = |byte: u8| (byte.is_ascii_uppercase(), byte.is_ascii_digit());
    value
        .windows(2)
        .filter(|pair| class(pair[0]) != class(pair[1]))
        .count()
}

fn longest_same(value: &[u8]) -> usize {
    value
        .chunk_by(|a, b| a == b)
        .map(<[u8]>::len)
        .max()
        .unwrap_or(0)
}

/// Whether the value is a shorter one written again and again.
fn repeats(value: &[u8]) -> bool {
    (1..=value.len() * 3 / 4).any(|period| {
        let compared = value.len() - period;
        let same = value
            .iter()
            .zip(&value[period..])
            .filter(|(a, b)| a == b)
            .count();
        same * 10 >= compared * 7
    })
}

fn is_sequence(value: &[u8]) -> bool {
    let step = |a: u8, b: u8| a.abs_diff(b) == 1;
    let steps = value
        .windows(2)
        .filter(|pair| step(pair[0], pair[1]))
        .count();
    if steps > MAX_STEPS {
        return true;
    }
    // Interleaved sequences: a1b2c3, aA1bB2
    for stride in 2..=4 {
        let steps = value
            .iter()
            .zip(&value[stride..])
            .filter(|(a, b)| step(**a, **b))
            .count();
        if steps > MAX_STEPS {
            return true;
        }
    }
    let letters: Vec<u8> = value
        .iter()
        .filter(|b| b.is_ascii_alphabetic())
        .map(u8::to_ascii_lowercase)
        .collect();
    if letters
        .windows(2)
        .filter(|pair| step(pair[0], pair[1]))
        .count()
        > MAX_LETTER_STEPS
    {
        return true;
    }
    value
        .windows(2)
        .filter(|pair| on_keyboard(pair[0], pair[1]))
        .count()
        > MAX_KEYBOARD
}

fn on_keyboard(a: u8, b: u8) -> bool {
    const ROWS: [&[u8]; 4] = [b"1234567890", b"qwertyuiop", b"asdfghjkl", b"zxcvbnm"];
    let place = |byte: u8| {
        let byte = byte.to_ascii_lowercase();
        ROWS.iter()
            .enumerate()
            .find_map(|(row, keys)| Some((row, keys.iter().position(|key| *key == byte)?)))
    };
    match (place(a), place(b)) {
        // Beside each other, or one above the other: qwerty, 1qaz
        (Some((row_a, a)), Some((row_b, b))) => {
            row_a == row_b && a.abs_diff(b) == 1 || row_a.abs_diff(row_b) == 1 && a == b
        }
        _ => false,
    }
}

/// Whether the value is base64 of ASCII text. Of 48 random bytes 18 are
/// printable on average, 40 never.
fn decodes_to_text(value: &[u8]) -> bool {
    let sextet = |byte: u8| match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        _ => 63,
    };
    // The value may be cut out of a longer text, so that it begins anywhere in a group of four.
    (0..4).any(|shift| {
        let (groups, _) = value[shift..].as_chunks::<4>();
        let decoded = groups.iter().flat_map(|group| {
            let bits = group
                .iter()
                .fold(0u32, |bits, byte| bits << 6 | u32::from(sextet(*byte)));
            [(bits >> 16) as u8, (bits >> 8) as u8, bits as u8]
        });
        let decoded: Vec<u8> = decoded.collect();
        let printable = decoded
            .iter()
            .filter(|byte| matches!(byte, b' '..=b'~' | b'\n' | b'\r' | b'\t'))
            .count();
        // The bytes 0, 1, 2 … that tests use for a key.
        let steps = decoded
            .windows(2)
            .filter(|pair| pair[1] == pair[0].wrapping_add(1))
            .count();
        printable * 10 >= decoded.len() * 9 || steps * 2 >= decoded.len()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::expand;

    #[test]
    fn random_values_pass() {
        let lost: Vec<String> = (0..20_000)
            .map(|n| expand(&format!("{{{{npsso:shape-{n}}}}}")))
            .filter(|value| token(value.as_bytes()).is_err())
            .collect();
        assert!(
            lost.len() <= 4,
            "{} of 20000 lost: {:?}",
            lost.len(),
            token(lost[0].as_bytes())
        );
    }

    #[test]
    fn random_cookies_pass() {
        let lost = (0..5_000)
            .map(|n| expand(&format!("{{{{pdccws_p:shape-{n}|raw}}}}")))
            .filter(|value| cookie(&value.as_bytes()[2..34], &value.as_bytes()[35..]).is_err())
            .count();
        assert!(lost <= 1, "{lost}");
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
        let repeated = "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0fL".repeat(2);
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
