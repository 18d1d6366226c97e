//! Undoing the filters that make machine code and tables compress better.

use std::io::Read;

use lzma_rust2::filter::bcj::BcjReader;
use lzma_rust2::filter::bcj2::Bcj2Reader;
use lzma_rust2::filter::delta::DeltaReader;

use super::bought::ByteByByte;

/// Bytes that undoing BCJ2 takes.
pub const BCJ2: u64 = 2 << 20;

/// Puts a filter behind a reader.
pub type Undoes<'a> = fn(Box<dyn Read + 'a>) -> Box<dyn Read + 'a>;

/// Undoes the filter for the branches of a processor that has this number in 7z. `None`
/// where it is another method.
pub fn branches<'a>(method: u64) -> Option<Undoes<'a>> {
    macro_rules! undoes {
        ($new:ident) => {
            |input| Box::new(ByteByByte::new(BcjReader::$new(input, 0)))
        };
    }
    Some(match method {
        0x04 | 0x0303_0103 => undoes!(new_x86),
        0x05 | 0x0303_0205 => undoes!(new_ppc),
        0x06 | 0x0303_0401 => undoes!(new_ia64),
        0x07 | 0x0303_0501 => undoes!(new_arm),
        0x08 | 0x0303_0701 => undoes!(new_arm_thumb),
        0x09 | 0x0303_0805 => undoes!(new_sparc),
        0x0a => undoes!(new_arm64),
        0x0b => undoes!(new_riscv),
        _ => return None,
    })
}

/// Undoes differences to the byte so many before, less one.
pub fn delta<'a>(input: Box<dyn Read + 'a>, distance: Option<u8>) -> Box<dyn Read + 'a> {
    let distance = usize::from(distance.unwrap_or(0)) + 1;
    Box::new(DeltaReader::new(input, distance))
}

/// Undoes the filter for x86 that keeps the targets of calls and of jumps apart, of which
/// so many bytes come. `None` unless it has four inputs.
pub fn bcj2<'a>(inputs: Vec<Box<dyn Read + 'a>>, length: u64) -> Option<Box<dyn Read + 'a>> {
    let is_sound = inputs.len() == 4;
    is_sound.then(|| -> Box<dyn Read + 'a> {
        Box::new(ByteByByte::new(Bcj2Reader::new(inputs, length)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::container::bytes::Broken;

    const BRANCHES: [u64; 8] = [4, 5, 6, 7, 8, 9, 10, 11];

    fn undone(method: u64, bytes: &[u8]) -> Vec<u8> {
        let branches = branches(method).expect("it is one");
        let mut output = Vec::new();
        let read = branches(Box::new(bytes)).read_to_end(&mut output);
        assert_eq!(read.ok(), Some(bytes.len()));
        output
    }

    fn summed(distance: u8, bytes: &[u8]) -> Vec<u8> {
        let mut output = Vec::new();
        let read = delta(Box::new(bytes), Some(distance)).read_to_end(&mut output);
        assert_eq!(read.ok(), Some(bytes.len()));
        output
    }

    #[test]
    fn differences_are_added_up() {
        assert_eq!(summed(0, &[1, 1, 1, 255]), [1, 2, 3, 2]);
        assert_eq!(summed(1, &[1, 10, 1, 1]), [1, 10, 2, 11]);
    }

    #[test]
    fn calls_are_relative_again() {
        // Each calls its own address, at a place of 8.
        for (method, packed, expected) in [
            (0x04, &[0xe8, 0x0d, 0, 0, 0][..], &[0xe8, 0, 0, 0, 0][..]),
            (0x07, &[0x04, 0, 0, 0xeb], &[0, 0, 0, 0xeb]),
            (0x05, &[0x48, 0, 0, 0x09], &[0x48, 0, 0, 1]),
            (0x0a, &[2, 0, 0, 0x94], &[0, 0, 0, 0x94]),
        ] {
            let bytes = [&[0x90; 8], packed].concat();
            assert_eq!(undone(method, &bytes)[8..], *expected, "{method}");
        }
    }

    #[test]
    fn text_stays_as_it_is() {
        let text = "a line of text, with nothing to undo in it\n".repeat(2000);
        for method in BRANCHES {
            assert!(undone(method, text.as_bytes()) == text.as_bytes());
        }
        assert!(branches(0x21).is_none());
    }

    #[test]
    fn what_stands_before_damage_is_given() {
        let bytes = &b"a line of text, with nothing to undo in it\n".repeat(200);
        for method in BRANCHES {
            let why = "damaged";
            let branches = branches(method).expect("it is one");
            let mut output = Vec::new();
            let read = branches(Box::new(Broken { bytes, why })).read_to_end(&mut output);
            assert!(read.is_err() && bytes.starts_with(&output));
            assert!(output.len() + 32 > bytes.len(), "{method}");
        }
    }

    proptest::proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes: Vec<u8>, coder: Vec<u8>, distance: u8, length: u16) {
            summed(distance, &bytes);
            for method in BRANCHES {
                undone(method, &bytes);
            }
            let calls: Vec<u8> = bytes.iter().map(|byte| byte | 0xe8).collect();
            for main in [&calls, &bytes] {
                let inputs = [&main[..], &bytes[..], &bytes[..], &coder[..]];
                let inputs = inputs.map(|input| -> Box<dyn Read + '_> { Box::new(input) });
                let undone = bcj2(inputs.into(), length.into()).expect("it has four inputs");
                let mut output = Vec::new();
                let _ = undone.take(1 << 20).read_to_end(&mut output);
                assert!(output.len() <= usize::from(length));
            }
        }
    }
}
