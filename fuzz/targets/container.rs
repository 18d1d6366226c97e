//! What the decoder of a container promises: it gives the same whenever and in
//! whatever pieces it is read, no more than its bounds allow, and nothing more
//! once the taker has enough.

use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::ops::ControlFlow;

use crate::container::{Field, Format, HEAD, Limits, Members, Unread};

/// Small, so that what exceeds them is cheap; the memory is what Brotli needs.
const LIMITS: Limits = Limits {
    entries: 500,
    memory: 36 << 20,
};

/// How much a taker takes.
const ENOUGH: usize = 128 << 10;

/// Opens a container in each way in which it is opened in an audit.
pub fn open(format: Format, bytes: &[u8]) {
    let whole = opened(format, Cursor::new(bytes), Taken::new(4096));
    let again = opened(format, Cursor::new(bytes), Taken::new(4096));
    assert_eq!(whole, again, "the same bytes gave something else");
    let pieces = opened(format, Pieces::new(bytes), Taken::new(5));
    whole.assert_same(&pieces, format, bytes);
    // What is left unread of a member is skipped.
    opened(format, Cursor::new(bytes), Taken::a_little_of_each());
    if format.streams() {
        let whole = streamed(format, bytes, Taken::new(4096));
        let pieces = streamed(format, Pieces::new(bytes), Taken::new(5));
        whole.assert_same(&pieces, format, bytes);
    }
    if let Some(whole) = large(format, bytes, Taken::new(4096)) {
        let pieces = large(format, Pieces::new(bytes), Taken::new(5));
        whole.assert_same(&pieces.expect("it was opened before"), format, bytes);
        large(format, bytes, Taken::a_little_of_each());
    }
}

/// Asks which container this is.
pub fn tell(bytes: &[u8]) {
    let head = &bytes[..bytes.len().min(HEAD)];
    for name in [None, Some(&b"a.br"[..]), Some(b"1.log"), Some(b"2.ldb")] {
        let format = Format::tell(head, name);
        assert_eq!(
            format,
            Format::tell(bytes, name),
            "more bytes tell another format"
        );
    }
    Format::tell_behind(&mut Cursor::new(bytes));
}

/// Whether a container gives something, and nothing is wrong with it.
#[cfg(test)]
pub fn is_whole(format: Format, bytes: &[u8]) -> bool {
    let taken = opened(format, Cursor::new(bytes), Taken::new(4096));
    let is_good = |gift: &Gift| match gift {
        Gift::Member { is_broken, .. } => !is_broken,
        Gift::Record { .. } => true,
        Gift::Unread { .. } => false,
    };
    !taken.gifts.is_empty() && taken.gifts.iter().all(is_good)
}

fn opened(format: Format, mut input: impl Read + Seek, mut taken: Taken) -> Taken {
    let flow = format.open(&mut input, None, &LIMITS, &mut taken);
    taken.ended(flow)
}

fn streamed(format: Format, mut input: impl Read, mut taken: Taken) -> Taken {
    let flow = format.open_stream(&mut input, &LIMITS, &mut taken);
    taken.ended(flow)
}

fn large(format: Format, mut input: impl Read, mut taken: Taken) -> Option<Taken> {
    let flow = format.open_large(&mut input, &LIMITS, &mut taken)?;
    Some(taken.ended(flow))
}

/// Takes what a container gives, until it has enough.
#[derive(Debug, PartialEq)]
struct Taken {
    gifts: Vec<Gift>,
    /// Bytes that are still taken of all members, and of each.
    left: usize,
    of_each: usize,
    /// Bytes that are read at once.
    piece: usize,
    broken: bool,
}

/// What a container gave.
#[derive(Debug, PartialEq)]
enum Gift {
    Member {
        name: Vec<u8>,
        content: Vec<u8>,
        /// Whether it ends in an error. Which one depends on what is read first.
        is_broken: bool,
    },
    Record {
        name: String,
        fields: Vec<(String, Vec<u8>)>,
    },
    Unread {
        name: Vec<u8>,
        why: Unread,
    },
}

impl Gift {
    /// Whether it is a member that ended with an error.
    fn is_broken(&self) -> bool {
        matches!(
            self,
            Gift::Member {
                is_broken: true,
                ..
            }
        )
    }
}

impl Taken {
    fn new(piece: usize) -> Taken {
        Taken {
            gifts: Vec::new(),
            left: ENOUGH,
            of_each: ENOUGH,
            piece,
            broken: false,
        }
    }

    fn a_little_of_each() -> Taken {
        Taken {
            of_each: 3,
            ..Taken::new(3)
        }
    }

    /// Takes one thing. Nothing is given any more once it said `Break`.
    fn take(&mut self, gift: Gift) -> ControlFlow<()> {
        assert!(!self.broken, "{gift:?} after the taker had enough");
        self.gifts.push(gift);
        let count = self.gifts.len() as u64;
        // Each can be followed by a word about what is wrong with it.
        assert!(count <= 2 * LIMITS.entries + 10, "{count} gifts");
        self.broken = self.left == 0;
        match self.broken {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }

    fn ended(self, flow: ControlFlow<()>) -> Taken {
        assert_eq!(
            flow.is_break(),
            self.broken,
            "how it ends is the taker's to say"
        );
        let unread = |gift: &&Gift| !matches!(gift, Gift::Unread { .. });
        let given = self.gifts.iter().filter(unread).count() as u64;
        assert!(given <= LIMITS.entries, "{given} members");
        self
    }

    fn assert_same(&self, pieces: &Taken, format: Format, bytes: &[u8]) {
        // What a stream of Deflate64 says that no program writes depends for its decoder on
        // how many bytes it has of it at once.
        if format.id() == "zip" && has_deflate64(bytes) {
            return;
        }
        let [mut whole, mut pieces] =
            [&self.gifts, &pieces.gifts].map(|gifts| gifts.iter().collect::<Vec<_>>());
        // How much of a broken piece some decoders give depends on the piece; they
        // can be met in two archives, too.
        let formats = ["brotli", "bzip2", "lzip", "lzma", "xz", "zstd", "zip", "7z"];
        // Where an entry of a zip archive ends that lies about its length depends on how
        // much of it was read, and so does what is looked for behind it.
        if format.id() == "zip" {
            let first = |gifts: &[&Gift]| gifts.iter().position(|gift| gift.is_broken());
            let first = [first(&whole), first(&pieces)].into_iter().flatten().min();
            for gifts in [&mut whole, &mut pieces] {
                gifts.truncate(first.unwrap_or(gifts.len()));
            }
        }
        if formats.contains(&format.id()) {
            whole.retain(|gift| !gift.is_broken());
            pieces.retain(|gift| !gift.is_broken());
        }
        assert_eq!(
            whole, pieces,
            "the pieces in which it is read change what it gives"
        );
    }
}

/// Whether a header in a zip archive names Deflate64, as the specification numbers it.
fn has_deflate64(bytes: &[u8]) -> bool {
    let headers = [(&b"PK\x03\x04"[..], 8), (b"PK\x01\x02", 10)];
    headers.iter().any(|(sign, at)| {
        memchr::memmem::find_iter(bytes, sign)
            .any(|start| bytes[start..].get(*at..at + 2) == Some(&[9, 0]))
    })
}

impl Members for Taken {
    fn member(&mut self, name: &[u8], content: &mut dyn Read) -> ControlFlow<()> {
        let mut bytes = Vec::new();
        let longest = self.left.min(self.of_each);
        let mut piece = vec![0; self.piece];
        let is_broken = loop {
            let room = self.piece.min(longest - bytes.len());
            if room == 0 {
                break false;
            }
            match content.read(&mut piece[..room]) {
                Ok(0) => break false,
                Ok(count) => bytes.extend(&piece[..count]),
                Err(_) => break true,
            }
        };
        if bytes.len() < longest {
            let after = content.read(&mut piece).unwrap_or(0);
            assert_eq!(after, 0, "it goes on after its end");
        }
        self.left -= bytes.len();
        self.take(Gift::Member {
            name: name.to_vec(),
            content: bytes,
            is_broken,
        })
    }

    fn record(&mut self, name: &str, fields: &[Field<'_>]) -> ControlFlow<()> {
        let fields: Vec<_> = fields
            .iter()
            .map(|field| (field.name.to_owned(), field.value.to_vec()))
            .collect();
        let length: usize = fields.iter().map(|(_, value)| value.len()).sum();
        assert!(length <= LIMITS.memory, "a record of {length} bytes");
        self.left = self.left.saturating_sub(length);
        self.take(Gift::Record {
            name: name.to_owned(),
            fields,
        })
    }

    fn unread(&mut self, name: &[u8], why: Unread) {
        let name = name.to_vec();
        let _ = self.take(Gift::Unread { name, why });
    }
}

/// Gives one to seven bytes at a time.
struct Pieces<'a> {
    bytes: Cursor<&'a [u8]>,
    count: usize,
}

impl<'a> Pieces<'a> {
    fn new(bytes: &'a [u8]) -> Pieces<'a> {
        Pieces {
            bytes: Cursor::new(bytes),
            count: 0,
        }
    }
}

impl Read for Pieces<'_> {
    fn read(&mut self, output: &mut [u8]) -> io::Result<usize> {
        self.count += 1;
        let length = output.len().min(1 + self.count % 7);
        self.bytes.read(&mut output[..length])
    }
}

impl Seek for Pieces<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.bytes.seek(to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_behind_a_stream_of_deflate64_is_found_in_whatever_pieces() {
        let bytes = [
            &b"EY\x01\x00\x00\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\x00\x00\x00PK"[..],
            &b"\x03\x04\x00\x00\x08\x00\x09\x00\x00\x00@\xc0\xf9\xff\x00\x00\x00\x00"[..],
            &b"\x00\x00\x10$\x00\x80\x09\x00\x02\x00\x00\x01\x00\x00\x00\x84PWK\x04K"[..],
            &b"\x031\xfd\xfbEe\x00\x00PK\x03\x04\x02\x00\x07\x00\x08\x00\x00\x09\x00"[..],
            &b"\xc0\xf9\xff\x00\x00\x00\x00\x00\x00\x10\x00\x80\xfd\x09\x00\x00\x00c"[..],
            &b"\x03\x04\xe5ccb\xfeP\xe5\x03\x04\x00\x00\x08\x00\x08\x00\xff\x02\xe5ccb"[..],
            &b"\xfeP\xe5\xe5\x12\x1a\xe5\xe5\xe5PKSK\xe5\x80\x00"[..],
        ]
        .concat();
        open(Format::of("zip"), &bytes);
    }
}
