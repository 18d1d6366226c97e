//! UTF-16 text around a place, read as if each character were one byte.

/// Takes every second byte, beginning with the first. Characters outside of
/// Latin-1 become `?`, and that is good enough to read names and separators.
///
/// `bytes` begins with the low byte of a character.
pub fn narrow(bytes: &[u8]) -> Vec<u8> {
    bytes
        .chunks(2)
        .map(|unit| match unit {
            [low, 0] | [low] => *low,
            _ => b'?',
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_second_byte_is_a_character() {
        assert_eq!(narrow(b"n\0p\0\x3d\x04s"), b"np?s");
    }
}
