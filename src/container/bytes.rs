//! Reading numbers and pieces off the front of bytes.

use std::borrow::Cow;
use std::io::{self, Read};
use std::ops::ControlFlow;

use super::{Limits, Members, Unread};

/// Bytes that are read from front to back. A read that wants more than is left
/// gives `None` and takes nothing.
#[derive(Clone, Copy, Debug)]
pub struct Bytes<'a>(pub &'a [u8]);

impl<'a> Bytes<'a> {
    /// The bytes from a place on; none past the end.
    pub fn at(bytes: &'a [u8], place: usize) -> Bytes<'a> {
        Bytes(bytes.get(place..).unwrap_or_default())
    }

    /// The next `count` bytes.
    pub fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    /// The next `N` bytes as an array.
    pub fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*taken)
    }

    /// The next byte.
    pub fn u8(&mut self) -> Option<u8> {
        self.array().map(u8::from_le_bytes)
    }

    /// The next two bytes, least significant first.
    pub fn u16_le(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    /// The next two bytes, most significant first.
    pub fn u16_be(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }

    /// The next four bytes, least significant first.
    pub fn u32_le(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    /// The next four bytes, most significant first.
    pub fn u32_be(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    /// The next eight bytes, least significant first.
    pub fn u64_le(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    /// The next eight bytes, most significant first.
    pub fn u64_be(&mut self) -> Option<u64> {
        self.array().map(u64::from_be_bytes)
    }

    /// The next bytes as an unsigned number of any length, most significant
    /// first. One that is too large for a `u64` is no number.
    pub fn uint_be(&mut self, count: usize) -> Option<u64> {
        let mut ahead = *self;
        let value = ahead.take(count)?.iter().try_fold(0_u64, |value, byte| {
            Some(value.checked_mul(256)? + u64::from(*byte))
        })?;
        *self = ahead;
        Some(value)
    }

    /// The next number in groups of seven bits, least significant first, where
    /// each byte but the last has its highest bit set (LEB128).
    pub fn varint(&mut self) -> Option<u64> {
        let mut ahead = *self;
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = ahead.u8()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                *self = ahead;
                return Some(value);
            }
        }
        None
    }

    /// The next bytes as a number that is written in digits, with spaces or zero bytes
    /// around it.
    pub fn digits(&mut self, length: usize, radix: u32) -> Option<u64> {
        digits(self.take(length)?, radix)
    }

    /// The next piece, whose length stands before it as a [`varint`](Bytes::varint).
    pub fn sized(&mut self) -> Option<&'a [u8]> {
        let mut ahead = *self;
        let length = usize::try_from(ahead.varint()?).ok()?;
        let piece = ahead.take(length)?;
        *self = ahead;
        Some(piece)
    }
}

/// A number that is written in digits, with spaces or zero bytes around it.
pub fn digits(field: &[u8], radix: u32) -> Option<u64> {
    let end = memchr::memchr(0, field).unwrap_or(field.len());
    let text = field.get(..end)?.trim_ascii();
    // The parser of the standard library would take a sign, too.
    if text.first() == Some(&b'+') {
        return None;
    }
    u64::from_str_radix(std::str::from_utf8(text).ok()?, radix).ok()
}

/// Reads a whole input, for a format that can't be read piece by piece. It may
/// take half of the memory limit, so that the other half is left for what is
/// decoded from it. Reports an input that is longer, or that can't be read to
/// its end; the bytes before that are given.
pub fn read_all(input: &mut dyn Read, limits: &Limits, members: &mut dyn Members) -> Vec<u8> {
    let most = limits.memory / 2;
    let mut bytes = Vec::new();
    let read = input.take(most as u64 + 1).read_to_end(&mut bytes);
    if let Err(error) = read {
        members.unread(b"", Unread::Damaged(error.to_string()));
    }
    if bytes.len() > most {
        bytes.truncate(most);
        let why = format!("larger than {most} bytes");
        members.unread(b"", Unread::Limit(why));
    }
    bytes
}

/// A name without its middle where it is longer than any path: it is copied for each thing
/// that is found behind it.
pub fn shortened(name: &[u8]) -> Cow<'_, [u8]> {
    const LONGEST: usize = 4096;
    /// Enough for what tells a format: the extension.
    const END: usize = 96;
    if name.len() <= LONGEST {
        return Cow::Borrowed(name);
    }
    let (start, end) = (&name[..LONGEST - END], &name[name.len() - END..]);
    // No character is cut into two.
    let is_inside = |byte: &&u8| **byte & 0xc0 == 0x80;
    let cut = start.iter().rev().take_while(is_inside).take(3).count();
    let start = &start[..start.len() - cut - 1];
    let cut = end.iter().take_while(is_inside).take(3).count();
    Cow::Owned([start, "…".as_bytes(), &end[cut..]].concat())
}

/// How many entries a container may still give.
pub struct Entries {
    left: u64,
    /// An entry more was there.
    is_over: bool,
}

impl Entries {
    /// As many as the limits say.
    pub fn new(limits: &Limits) -> Entries {
        Entries {
            left: limits.entries,
            is_over: false,
        }
    }

    /// Counts an entry that is to be given. Breaks and reports the limit when there
    /// may be no more.
    pub fn count(&mut self, members: &mut dyn Members) -> ControlFlow<()> {
        if let Some(left) = self.left.checked_sub(1) {
            self.left = left;
            return ControlFlow::Continue(());
        }
        if !std::mem::replace(&mut self.is_over, true) {
            let why = "more entries than may be read".to_owned();
            members.unread(b"", Unread::Limit(why));
        }
        ControlFlow::Break(())
    }

    /// What a container answers whose reading ended like this: it was the taker who
    /// had enough only if it wasn't the limit.
    pub fn answer(&self, flow: ControlFlow<()>) -> ControlFlow<()> {
        match flow {
            ControlFlow::Break(()) if self.is_over => ControlFlow::Continue(()),
            flow => flow,
        }
    }
}

/// Content that ends in an error: what could be read of a damaged member.
pub struct Broken<'a> {
    /// The bytes that could be read.
    pub bytes: &'a [u8],
    /// How it is damaged.
    pub why: &'static str,
}

impl Read for Broken<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.bytes.is_empty() {
            return Err(io::Error::new(io::ErrorKind::InvalidData, self.why));
        }
        self.bytes.read(buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_past_the_end_takes_nothing() {
        let mut bytes = Bytes(b"\x01\x02\x03");
        assert_eq!(bytes.u32_le(), None);
        assert_eq!(bytes.u16_be(), Some(0x0102));
        assert_eq!(bytes.u16_be(), None);
        assert_eq!(bytes.u8(), Some(3));
        assert!(Bytes::at(b"abc", 4).0.is_empty());
    }

    #[test]
    fn varints_end_or_are_none() {
        assert_eq!(Bytes(b"\xac\x02").varint(), Some(300));
        assert_eq!(Bytes(&[0xff; 20]).varint(), None);
        assert_eq!(Bytes(b"\x80").varint(), None);
        assert_eq!(Bytes(b"\x03abcd").sized(), Some(&b"abc"[..]));
        assert_eq!(Bytes(b"\x05abcd").sized(), None);
        assert_eq!(Bytes(&[0xff; 9]).uint_be(9), None);
        assert_eq!(Bytes(&[0, 1, 0]).uint_be(3), Some(256));
    }

    #[test]
    fn numbers_stand_between_blanks() {
        assert_eq!(digits(b"0000644\0", 8), Some(0o644));
        assert_eq!(digits(b"  12 \0\0", 8), Some(0o12));
        assert_eq!(digits(b"42        ", 10), Some(42));
        assert_eq!(digits(b"0000aBcD", 16), Some(0xabcd));
        for bad in [&b""[..], b"        ", b"+1", b"-1", b"9", b"\0 1"] {
            assert_eq!(digits(bad, 8), None);
        }
    }
}
