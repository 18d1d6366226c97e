//! Taking the fixed fields of a header apart.

/// Fields of a header, taken from its front. Each is `None` where the header is
/// too short.
#[derive(Clone, Copy)]
pub struct Fields<'a>(pub &'a [u8]);

impl<'a> Fields<'a> {
    /// The next bytes.
    pub fn bytes(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    /// The next bytes as an array.
    pub fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.bytes(N)?.try_into().ok()
    }

    /// A byte.
    pub fn u8(&mut self) -> Option<u8> {
        self.array().map(u8::from_le_bytes)
    }

    /// Two bytes, least significant first.
    pub fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    /// Four bytes, least significant first.
    pub fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    /// Eight bytes, least significant first.
    pub fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    /// A number that is written in digits, with spaces or zero bytes around it.
    pub fn digits(&mut self, length: usize, radix: u32) -> Option<u64> {
        digits(self.bytes(length)?, radix)
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

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn a_short_header_has_no_field() {
        let mut fields = Fields(b"\x01\x02\x00\x03");
        assert_eq!(fields.u8(), Some(1));
        assert_eq!(fields.u16(), Some(2));
        assert_eq!(fields.u16(), None);
        assert_eq!(fields.u8(), Some(3));
        assert_eq!(fields.u8(), None);
    }
}
