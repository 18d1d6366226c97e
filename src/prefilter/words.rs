//! The words beside which something may stand that has no shape of its own by
//! which it could be found: a value in pieces, an encoded word of a mail, the rows
//! of a dump.
//!
//! Three bytes of each are looked for in all bytes of a block at once, in the way
//! of Teddy (Hyperscan's search for many short literals): two shuffles for each of
//! the three give a byte whose bits are the groups of words that it may belong to.
//! Where a bit is left for all three, the bytes themselves are compared.

use fearless_simd::prelude::*;
use fearless_simd::{u8x16, u8x64};

/// Words that begin alike, or end so.
struct Group {
    words: &'static [&'static [u8]],
    /// The first of the bytes by which they are looked for, which have to be rare in texts.
    key: usize,
}

const GROUPS: [Group; 8] = [
    // Names of secrets and of PlayStation, which people write in small letters,
    // capitals and both; few and short. `layst` for PlayStation would stop at every
    // delay and layer.
    Group::begin(&[b"npss"]),
    Group::begin(&[b"pdcc"]),
    Group::begin(&[b"psn"]),
    Group::begin(&[b"aysta"]),
    // Encoded words, with the first letters of the character sets that mails are
    // written in.
    Group::begin(&[b"=?u", b"=?i", b"=?w", b"=?k"]),
    // What many rows of a hex dump begin with, and the second one of nearly all.
    // Programs are full of the zeros in these.
    Group::begin(&[b"\n000"]),
    Group {
        words: &[b"0010:"],
        key: 2,
    },
    Group {
        words: &[b"0010 ", b"0020 "],
        key: 2,
    },
];

impl Group {
    const fn begin(words: &'static [&'static [u8]]) -> Group {
        Group { words, key: 0 }
    }
}

/// Bytes of a word that the filter looks at.
const KEY: usize = 3;

/// For each of these bytes, the groups that a byte with such a lower half may
/// belong to, and those that one with such an upper half may.
const TABLES: [[[u8; 16]; 2]; KEY] = {
    let mut tables = [[[0; 16]; 2]; KEY];
    let mut group = 0;
    while group < GROUPS.len() {
        let Group { words, key } = GROUPS[group];
        let mut word = 0;
        while word < words.len() {
            let mut at = 0;
            while at < KEY {
                let lower = words[word][key + at];
                let upper = lower.to_ascii_uppercase();
                let bit = 1 << group;
                tables[at][0][(lower & 15) as usize] |= bit;
                tables[at][1][(lower >> 4) as usize] |= bit;
                tables[at][1][(upper >> 4) as usize] |= bit;
                at += 1;
            }
            word += 1;
        }
        group += 1;
    }
    tables
};

/// Tells where in consecutive blocks words may stand.
pub struct Filter<S: Simd> {
    tables: [[u8x64<S>; 2]; KEY],
    /// What the first byte of a key and the second one gave in the block before.
    before: [u8x64<S>; KEY - 1],
}

impl<S: Simd> Filter<S> {
    /// At the beginning of the first block.
    #[inline(always)]
    pub fn new(simd: S) -> Filter<S> {
        let [first, second, third] = &TABLES;
        Filter {
            tables: [
                tables(simd, first),
                tables(simd, second),
                tables(simd, third),
            ],
            before: [u8x64::splat(simd, 0); KEY - 1],
        }
    }

    /// Takes the next block. A bit for each byte that may be the last one of a word's key.
    #[inline(always)]
    pub fn next(&mut self, lanes: u8x64<S>) -> u64 {
        let (lower, upper) = (lanes & 0x0f, lanes >> 4);
        let [first, second, third] = self.tables;
        let first = groups(first, lower, upper);
        let second = groups(second, lower, upper);
        let third = groups(third, lower, upper);
        let moved = self.before[0].slide::<62>(first) & self.before[1].slide::<63>(second);
        self.before = [first, second];
        !(moved & third).simd_eq(0).to_bitmask()
    }
}

#[inline(always)]
fn tables<S: Simd>(simd: S, [lower, upper]: &[[u8; 16]; 2]) -> [u8x64<S>; 2] {
    [
        u8x64::block_splat(u8x16::load_array_ref(simd, lower)),
        u8x64::block_splat(u8x16::load_array_ref(simd, upper)),
    ]
}

/// The groups that bytes with these halves may belong to.
#[inline(always)]
fn groups<S: Simd>(table: [u8x64<S>; 2], lower: u8x64<S>, upper: u8x64<S>) -> u8x64<S> {
    table[0].swizzle_dyn_within_blocks(lower) & table[1].swizzle_dyn_within_blocks(upper)
}

/// Where a word begins whose key ends with the byte at `last`.
pub fn word(bytes: &[u8], last: usize) -> Option<usize> {
    let end = bytes.get(last)?.to_ascii_lowercase();
    GROUPS.iter().find_map(|Group { words, key }| {
        // Nearly all that the filter lets through fails here.
        let mut words = words.iter().filter(|word| word[key + KEY - 1] == end);
        let first = words.next()?;
        let start = (last + 1).checked_sub(key + KEY)?;
        let text = &bytes[start..];
        let is = |word: &&[u8]| {
            text.get(..word.len())
                .is_some_and(|begin| begin.eq_ignore_ascii_case(word))
        };
        (is(first) || words.any(is)).then_some(start)
    })
}
