//! Undoes the encryption of PDF documents that open without a password.
//!
//! Many documents are encrypted only to forbid printing or changing them, and open for
//! everybody. Sections and algorithms are those of 7.6 of ISO 32000-2:2020.

use std::array::from_fn;
use std::io::{self, BufReader, Cursor, Read};

use aes::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use aes::{Aes128, Aes256, Block};
use md5::Md5;
use rc4::{Rc4, StreamCipher};
use sha2::{Digest, Sha256, Sha384, Sha512};

use super::filter::{PIECE, Produce, Produced};
use super::stream::Stream;
use super::syntax::{Dictionary, Tokens, inside, is_string, names, string};

/// Objects without a string of so many bytes hold nothing that is looked for.
const SHORTEST: usize = 16;
/// What an empty password is filled up with.
const PADDING: [u8; 32] = *b"\x28\xbf\x4e\x5e\x4e\x75\x8a\x41\x64\x00\x4e\x56\xff\xfa\x01\x08\
    \x2e\x2e\x00\xb6\xd0\x68\x3e\x80\x2f\x0c\xa9\xfe\x64\x53\x69\x7a";

/// How a document is encrypted, with its key.
pub struct Cipher {
    key: Vec<u8>,
    strings: Method,
    streams: Method,
    files: Method,
    /// Whether its metadata is encrypted too.
    metadata: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Method {
    /// Nothing is encrypted.
    Identity,
    Rc4,
    Aes128,
    Aes256,
}

impl Cipher {
    /// What an encryption dictionary says, and the first string of the document's `ID`.
    /// `None` where a password is needed, or something else than that.
    pub fn new(dictionary: &Dictionary<'_>, id: &[u8]) -> Option<Cipher> {
        if !dictionary.is(b"Filter", b"Standard") {
            return None;
        }
        let method = |key: &[u8]| match dictionary.number(b"V") {
            Some(1 | 2) => Some(Method::Rc4),
            Some(4 | 5) => Method::new(dictionary, key),
            _ => None,
        };
        let streams = method(b"StmF")?;
        let files = dictionary.value(b"EFF").map(|_| method(b"EFF"));
        let metadata = dictionary.value(b"EncryptMetadata") != Some(b"false");
        Some(Cipher {
            key: match dictionary.number(b"R")? {
                revision @ 2..=4 => short_key(dictionary, revision, metadata, id)?,
                revision @ 5..=6 => long_key(dictionary, revision)?,
                _ => return None,
            },
            strings: method(b"StrF")?,
            streams,
            files: files.unwrap_or(Some(streams))?,
            metadata,
        })
    }

    /// What a stream holds, from what is written of it.
    pub fn stream<'c>(&self, stream: &Stream, content: Box<dyn Read + 'c>) -> Box<dyn Read + 'c> {
        let dictionary = Dictionary(inside(&stream.dictionary));
        let filters = names(dictionary.value(b"Filter").unwrap_or_default());
        let is_clear = dictionary.is(b"Type", b"XRef")
            || dictionary.is(b"Type", b"Metadata") && !self.metadata
            || filters.contains(&&b"Crypt"[..]);
        let method = match dictionary.is(b"Type", b"EmbeddedFile") {
            true => self.files,
            false => self.streams,
        };
        match stream.object {
            Some(object) if !is_clear => self.undo(method, object, content),
            _ => content,
        }
    }

    /// An object as it is written, but for its strings. Nothing where none of them is
    /// encrypted and long enough.
    pub fn strings(&self, object: (u64, u64), value: &[u8]) -> Vec<u8> {
        let mut text = Vec::new();
        let mut longest = 0;
        let mut tokens = Tokens(value);
        while let Some(token) = tokens.next() {
            if !is_string(token) {
                text.extend(token);
                text.push(b' ');
                continue;
            }
            let mut content = Vec::new();
            let written = Box::new(Cursor::new(string(token)));
            // Bytes in memory give no error.
            let _ = self
                .undo(self.strings, object, written)
                .read_to_end(&mut content);
            if let Some(units) = content.strip_prefix(b"\xfe\xff") {
                let units = units.chunks_exact(2);
                let units = units.map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
                let text = char::decode_utf16(units);
                let text = text.map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER));
                content = text.collect::<String>().into_bytes();
            }
            longest = longest.max(content.len());
            text.push(b'(');
            text.append(&mut content);
            text.extend(b") ");
        }
        if longest < SHORTEST || self.strings == Method::Identity {
            text.clear();
        }
        text
    }

    fn undo<'c>(
        &self,
        method: Method,
        object: (u64, u64),
        content: Box<dyn Read + 'c>,
    ) -> Box<dyn Read + 'c> {
        let key = self.object_key(method, object);
        match (method, decryption(&key)) {
            (Method::Rc4, _) => Box::new(Masked {
                content,
                mask: Rc4::new_from_slice(&key).expect("such a key has 10 to 16 bytes"),
            }),
            (Method::Aes128 | Method::Aes256, Some(decrypt)) => Box::new(Produced::new(Blocks {
                content: BufReader::new(content),
                decrypt,
                before: None,
                held: None,
            })),
            (Method::Identity, _) | (_, None) => content,
        }
    }

    /// The key of an object (algorithm 1).
    fn object_key(&self, method: Method, (number, generation): (u64, u64)) -> Vec<u8> {
        if method == Method::Aes256 {
            return self.key.clone();
        }
        let mut hash = Md5::new()
            .chain_update(&self.key)
            .chain_update(&number.to_le_bytes()[..3])
            .chain_update(&generation.to_le_bytes()[..2]);
        if method == Method::Aes128 {
            hash.update(b"sAlT");
        }
        hash.finalize()[..(self.key.len() + 5).min(16)].to_vec()
    }
}

impl Method {
    /// The method of the crypt filter that a key of the dictionary names (7.6.6).
    fn new(dictionary: &Dictionary<'_>, key: &[u8]) -> Option<Method> {
        let name = dictionary.value(key).unwrap_or(b"/Identity");
        if name == b"/Identity" {
            return Some(Method::Identity);
        }
        let filters = Dictionary(inside(dictionary.value(b"CF")?));
        let filter = Dictionary(inside(filters.value(name.strip_prefix(b"/")?)?));
        match filter.value(b"CFM")? {
            b"/None" => Some(Method::Identity),
            b"/V2" => Some(Method::Rc4),
            b"/AESV2" => Some(Method::Aes128),
            b"/AESV3" => Some(Method::Aes256),
            _ => None,
        }
    }
}

/// The key of a document, if an empty password opens it: algorithms 2 and 6.
fn short_key(
    dictionary: &Dictionary<'_>,
    revision: u64,
    metadata: bool,
    id: &[u8],
) -> Option<Vec<u8>> {
    let bits = match dictionary.number(b"V")? {
        1 => 40,
        4 => 128,
        // Some programs say it in bytes.
        _ => match dictionary.number(b"Length").unwrap_or(40) {
            bytes @ ..40 => bytes * 8,
            bits => bits,
        },
    };
    let length = (bits / 8).clamp(5, 16) as usize;
    let permissions = std::str::from_utf8(dictionary.value(b"P")?).ok()?;
    let permissions: i64 = permissions.parse().ok()?;
    let mut hash = Md5::new()
        .chain_update(PADDING)
        .chain_update(string(dictionary.value(b"O")?).get(..32)?)
        .chain_update(&permissions.to_le_bytes()[..4])
        .chain_update(id);
    if revision == 4 && !metadata {
        hash.update([0xff; 4]);
    }
    let mut hash: [u8; 16] = hash.finalize().into();
    let mut check = PADDING.to_vec();
    let mut rounds = 0..1;
    if revision > 2 {
        for _ in 0..50 {
            hash = Md5::digest(&hash[..length]).into();
        }
        check = Md5::new().chain_update(PADDING).chain_update(id).finalize()[..].to_vec();
        rounds = 0..20;
    }
    let key = &hash[..length];
    for round in rounds {
        let key: Vec<u8> = key.iter().map(|byte| byte ^ round).collect();
        Rc4::new_from_slice(&key).ok()?.apply_keystream(&mut check);
    }
    let user = string(dictionary.value(b"U")?);
    user.starts_with(&check).then(|| key.to_vec())
}

/// The key of a document, if an empty password opens it: algorithms 2.A and 11.
fn long_key(dictionary: &Dictionary<'_>, revision: u64) -> Option<Vec<u8>> {
    let user = string(dictionary.value(b"U")?);
    let wrapped = string(dictionary.value(b"UE")?);
    if hash(user.get(32..40)?, revision) != user[..32] {
        return None;
    }
    let decrypt = decryption(&hash(user.get(40..48)?, revision))?;
    let first: [u8; 16] = wrapped.get(..16)?.try_into().ok()?;
    let second = wrapped.get(16..32)?.try_into().ok()?;
    let key = [
        undo_block(&decrypt, first, [0; 16]),
        undo_block(&decrypt, second, first),
    ];
    Some(key.concat())
}

/// The hash of an empty password with this salt (algorithm 2.B).
fn hash(salt: &[u8], revision: u64) -> Vec<u8> {
    let mut hash = Sha256::digest(salt)[..].to_vec();
    let mut last = 0;
    let mut round = 0;
    // The last byte is at most 255, so that this ends.
    while revision > 5 && (round < 64 || last > round - 32) {
        let mut text = hash.repeat(64);
        let aes = Aes128::new_from_slice(&hash[..16]).expect("a key has 16 bytes");
        let mut before: [u8; 16] = from_fn(|place| hash[16 + place]);
        for piece in text.chunks_exact_mut(16) {
            let mut block = Block::from(from_fn(|place| piece[place] ^ before[place]));
            aes.encrypt_block(&mut block);
            before = block.into();
            piece.copy_from_slice(&before);
        }
        let remainder = text[..16].iter().map(|byte| u32::from(*byte)).sum::<u32>() % 3;
        hash = match remainder {
            0 => Sha256::digest(&text)[..].to_vec(),
            1 => Sha384::digest(&text)[..].to_vec(),
            _ => Sha512::digest(&text)[..].to_vec(),
        };
        last = text.last().copied().map_or(0, u32::from);
        round += 1;
    }
    hash.truncate(32);
    hash
}

type Decrypt = Box<dyn Fn(&mut Block)>;

/// AES with this key, if it has the length of one.
fn decryption(key: &[u8]) -> Option<Decrypt> {
    if let Ok(aes) = Aes128::new_from_slice(key) {
        return Some(Box::new(move |block| aes.decrypt_block(block)));
    }
    let aes = Aes256::new_from_slice(key).ok()?;
    Some(Box::new(move |block| aes.decrypt_block(block)))
}

fn undo_block(decrypt: &Decrypt, block: [u8; 16], before: [u8; 16]) -> [u8; 16] {
    let mut block = Block::from(block);
    decrypt(&mut block);
    from_fn(|place| block[place] ^ before[place])
}

/// What RC4 has masked.
struct Masked<R> {
    content: R,
    mask: Rc4,
}

impl<R: Read> Read for Masked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.content.read(buffer)?;
        self.mask.apply_keystream(&mut buffer[..length]);
        Ok(length)
    }
}

/// Blocks of AES, each of which was mixed with the one before.
struct Blocks<R> {
    content: R,
    decrypt: Decrypt,
    before: Option<[u8; 16]>,
    /// What may be the last block.
    held: Option<[u8; 16]>,
}

impl<R: Read> Blocks<R> {
    /// The next block. What is left of a stream that was cut is none.
    fn next(&mut self) -> io::Result<Option<[u8; 16]>> {
        let mut block = [0; 16];
        let mut length = 0;
        while length < block.len() {
            match self.content.read(&mut block[length..])? {
                0 => return Ok(None),
                read => length += read,
            }
        }
        Ok(Some(block))
    }
}

impl<R: Read> Produce for Blocks<R> {
    fn produce(&mut self, out: &mut Vec<u8>) -> io::Result<bool> {
        while out.len() < PIECE {
            let Some(block) = self.next()? else {
                let last = self.held.take();
                out.extend(last.iter().flat_map(without_filling));
                return Ok(false);
            };
            if let Some(before) = self.before.replace(block) {
                let plain = undo_block(&self.decrypt, block, before);
                out.extend(self.held.replace(plain).into_iter().flatten());
            }
        }
        Ok(true)
    }
}

/// The last block without the bytes that it was filled up with: each of them says how
/// many they are.
fn without_filling(last: &[u8; 16]) -> &[u8] {
    let count = usize::from(last[15]);
    let text = 16_usize.checked_sub(count);
    match text.map(|length| last.split_at(length)) {
        Some((text, filling)) if filling.iter().all(|byte| *byte == last[15]) => text,
        _ => last,
    }
}

#[cfg(test)]
mod tests {
    use super::super::open;
    use super::*;
    use crate::container::collected::{Collected, LIMITS};

    /// Encryption dictionaries that qpdf made for an empty password, with a stream and
    /// a string of the same document.
    const SAMPLES: [(&str, &str, &str); 5] = [
        (
            "/R 2 /V 1 /P -12 \
             /O <d8a81f2f756b03f0e776376607dc67c0 98531ac3e51f6e5cf0fc1473b1ce0975> \
             /U <5fcef3dc7b5c6f0be57878ae43f17125 2ad7c082c319c0fe00dd79061e924a64>",
            "<fd6098dcb6b5211abf77707dd058cbbd 78119b5140>",
            "<6ec1a2190a7beedb6e024df30eb332c8 b8516a1d>",
        ),
        (
            "/R 3 /V 2 /P -1028 /Length 128 \
             /O <77b8fb098022d3ab34237ea5643c0871 0ea5123fc5f88bf993a68cca5f12b40f> \
             /U <b86c3cdbd0250895cc0ab7085c01e8dd 0021446990b9e4114071a4d9104984c1>",
            "<a88e7aafc178837c3835293334e1ad88 33ac4403e6>",
            "<b0ef77390e73474b9d8dd310b67f69a1 24937ba6>",
        ),
        (
            "/R 4 /V 4 /P -1028 /EncryptMetadata false \
             /StmF /StdCF /StrF /StdCF /CF <</StdCF <</CFM /AESV2>>>> \
             /O <77b8fb098022d3ab34237ea5643c0871 0ea5123fc5f88bf993a68cca5f12b40f> \
             /U <2fd0d20dff43db370a09972f1c999531 0021446990b9e4114071a4d9104984c1>",
            "<6c9fc412c19d946da6ece4f37455e5ab ac6595937f1549c669332152d6a5e07f \
             1a69ef011095c56910fc2abe2cd104d9>",
            "<54b7efc29586b0a5ab938e05e47346f3 a07a23e500668d21eb71744a389e3ed4 \
             880c057031031f1949764d302bb381ff>",
        ),
        (
            "/R 5 /V 5 /P -1028 \
             /StmF /StdCF /StrF /StdCF /CF <</StdCF <</CFM /AESV3>>>> \
             /U <ab325bf9ec79af133f928919d9d5f744 765b0dd7e9d90eacc6fab1db5148c16a \
             2ce8653b40eb6e433fac94b34c17f7ac> \
             /UE <ac955cd80a5c4f30fed105004f399283 166ef00a0cac96e470ebcac48d8a9ce0>",
            "<a7edec335375ed358f53b530cb322f4c c1223687189efd922dfcc01240a436bf \
             66ade50ab7d11131a542d8b1fc8d8596>",
            "<4a62ddfec3df56468dadc78c6659bc09 7b018b82793b20721afc9af39cf8f354 \
             b9167a9fa687dcb06c59ccb93fd1f21c>",
        ),
        (
            "/R 6 /V 5 /P -1028 \
             /StmF /StdCF /StrF /StdCF /CF <</StdCF <</CFM /AESV3>>>> \
             /U <2e1f9498d70c1213430a192ebf93598a 27cbd3a0f66312dfb39cca6a51ab0ed5 \
             1e744eb99f5c41ea44b2fb2f89cd582d> \
             /UE <447e5df380609f5cf19c03093cfc013a 647aec94569306944b27b19120e07da2>",
            "<7ee2c379be2a257481f4bfc1a70603f3 5df2283ca62c65a23a17dec84a288284 \
             142b33ff67d3e3c4dc2c621999b1fb0b>",
            "<b19e97df76a009826ef55bbb8d1559f7 da746005be93cbc4154a8c768c9175d6 \
             e2337633bd7c2a132f076813a4b047ce>",
        ),
    ];

    fn document((encryption, content, note): (&str, &str, &str)) -> Vec<u8> {
        let id = "31415926535897932384626433832795";
        let head = format!(
            "%PDF-1.7\n1 0 obj <</Filter /Standard {encryption}>> endobj\n\
             2 0 obj << /T {note} >> endobj\n\
             trailer << /Encrypt 1 0 R /ID [<{id}> <00>] >>\n\
             4 0 obj << /Length {} >>\nstream\n",
            string(content.as_bytes()).len()
        );
        let tail = &b"\nendstream endobj"[..];
        [head.as_bytes(), &string(content.as_bytes()), tail].concat()
    }

    fn read(document: &[u8]) -> Collected {
        let mut collected = Collected::default();
        let _ = open(&mut Cursor::new(document), &LIMITS, &mut collected);
        collected
    }

    #[test]
    fn documents_that_open_without_a_password_are_read() {
        for sample in SAMPLES {
            let found = read(&document(sample));
            assert!(found.unread.is_empty(), "{:?}", found.unread);
            assert_eq!(found.content("object 4 0 text"), b"some words\n");
            let strings = found.content("object 2 0 strings");
            assert_eq!(strings, b"<< /T (some words of a note) >> ");
            let direct = sample.0.replace("/U <", "/U <00");
            let locked = read(&document((&direct, sample.1, sample.2)));
            assert_eq!(locked.unread, [": encrypted"]);
        }
    }

    #[test]
    fn what_stands_before_a_cut_is_given() {
        let whole = document(SAMPLES[4]);
        let found = read(&whole[..whole.len() - 20]);
        assert_eq!(found.content("object 4 0"), b"BT (some words) ");
        assert_eq!(found.unread, ["object 4 0: damaged: it has no end"]);
    }

    #[test]
    fn what_is_said_to_be_clear_is_left_as_it_is() {
        let clear = |entries: &str| {
            let clear = format!("<< {entries} >>\nstream\nBT (clear words) Tj ET\nendstream ");
            let document = document(SAMPLES[2]);
            let found = read(&[&document[..], b"\n5 0 obj ", clear.as_bytes()].concat());
            found.holds(b"(clear words)")
        };
        assert!(clear("/Filter /Crypt") && clear("/Type /XRef") && clear("/Type /Metadata"));
        assert!(!clear("") && !clear("/Filter /Crypt /DecodeParms <</Name /StdCF>>"));
    }

    #[test]
    fn damage_anywhere_is_survived() {
        for sample in &SAMPLES[1..3] {
            let document = document(*sample);
            for place in 0..document.len() {
                read(&document[..place]);
                for bits in [1, 0xff] {
                    let mut document = document.clone();
                    document[place] ^= bits;
                    read(&document);
                }
            }
        }
        assert_eq!(without_filling(&[200; 16]).len(), 16);
        assert_eq!(without_filling(&[0; 16]).len(), 16);
        assert_eq!(without_filling(&[16; 16]).len(), 0);
    }
}
