//! Mozilla's compressed JSON: `sessionstore.jsonlz4`, `recovery.baklz4` and others.
//!
//! Such a file is `mozLz40\0`, the size of the content in four bytes, least
//! significant first, and one raw LZ4 block
//! (`toolkit/components/lz4/lz4.js` in Firefox's source).

use std::io::Read;
use std::ops::ControlFlow;

use crate::container::bytes::{Broken, Bytes, read_all};
use crate::container::entry::{Container, Holds, Opens, Tells};
use crate::container::{Limits, Members, Unread};

const MAGIC: &[u8; 8] = b"mozLz40\0";

/// Bytes that one byte of an LZ4 block stands for at most: a length goes on by 255
/// for each further byte.
const MOST_EXPANSION: usize = 255;

/// Firefox's compressed JSON.
pub const CONTAINER: Container = Container {
    id: "mozlz4",
    tells: Tells::Head(is),
    opens: Opens::Stream(open),
    holds: Holds::OneFile,
    #[cfg(test)]
    samples: tests::samples,
    ..Container::BASE
};

/// Tells such a file by its first bytes.
pub fn is(head: &[u8]) -> bool {
    head.starts_with(MAGIC) && head.len() > MAGIC.len() + 4
}

/// Gives the content as one member named `content`.
pub fn open(input: &mut dyn Read, limits: &Limits, members: &mut dyn Members) -> ControlFlow<()> {
    let file = read_all(input, limits, members);
    let mut fields = Bytes(&file);
    let header = (fields.array::<8>(), fields.u32_le());
    let (Some(MAGIC), Some(stated)) = (header.0.as_ref(), header.1) else {
        members.unread(b"", Unread::Damaged("it has no valid header".to_owned()));
        return ControlFlow::Continue(());
    };
    let block = fields.0;
    let most = limits.memory / 2;
    let mut size = stated as usize;
    if size > most {
        let needed = size.div_ceil(1 << 20);
        members.unread(b"", Unread::Limit(format!("needs {needed} MiB of memory")));
        size = most;
    }
    // A size that lies must not make us allocate more than the block can fill.
    size = size.min(block.len().saturating_mul(MOST_EXPANSION));
    let mut content = vec![0; size];
    match lz4_flex::block::decompress_into(block, &mut content) {
        Ok(length) if length == stated as usize => members.member(b"content", &mut &content[..]),
        Ok(length) => {
            let bytes = content.get(..length).unwrap_or_default();
            let why = "it is shorter than its header says";
            members.member(b"content", &mut Broken { bytes, why })
        }
        Err(_) => {
            // The decoder doesn't say how far it came; text has no zeros at its end.
            let filled = content.iter().rposition(|byte| *byte != 0);
            let bytes = &content[..filled.map_or(0, |last| last + 1)];
            let why = "the LZ4 block is damaged";
            members.member(b"content", &mut Broken { bytes, why })
        }
    }
}

#[cfg(test)]
pub mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::container::collected::{Collected, LIMITS};

    fn file(content: &[u8]) -> Vec<u8> {
        let block = lz4_flex::block::compress(content);
        let size = (content.len() as u32).to_le_bytes();
        [&MAGIC[..], &size, &block].concat()
    }

    fn read(mut file: &[u8]) -> Collected {
        let mut collected = Collected::default();
        let _ = open(&mut file, &LIMITS, &mut collected);
        collected
    }

    /// Small inputs that are read to their end.
    pub fn samples() -> Vec<Vec<u8>> {
        vec![file(&b"some words ".repeat(9))]
    }

    #[test]
    fn the_content_is_given() {
        let content = br#"{"cookies":[{"name":"a","value":"b"}]}"#.repeat(50);
        let file = file(&content);
        assert!(is(&file));
        let found = read(&file);
        assert_eq!(found.content("content"), content);
        assert!(found.unread.is_empty());
    }

    #[test]
    fn a_lying_size_is_damage() {
        for size in [0_u32, 1, 10, 5000, u32::MAX] {
            let mut file = file(&b"some words ".repeat(9));
            file[8..12].copy_from_slice(&size.to_le_bytes());
            assert!(!read(&file).unread.is_empty(), "{size}");
        }
    }

    #[test]
    fn damage_anywhere_is_survived() {
        let file = file(&b"some words ".repeat(9));
        for place in 0..file.len() {
            read(&file[..place]);
            let mut file = file.clone();
            file[place] ^= 0x81;
            read(&file);
        }
        let found = read(&file[..file.len() - 3]);
        assert!(found.holds(b"some words") && !found.unread.is_empty());
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_are_survived(tail in prop::collection::vec(any::<u8>(), 0..500)) {
            read(&tail);
            read(&[&MAGIC[..], &tail].concat());
        }
    }
}
