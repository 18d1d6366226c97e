//! Raw Snappy blocks, as databases keep them in their values.

use crate::container::Unread;

/// What Snappy has compressed (<https://github.com/google/snappy/blob/main/format_description.txt>),
/// if it is no longer than `most`.
pub fn unsnap(content: &[u8], most: usize) -> Result<Vec<u8>, Unread> {
    // A copy of 64 bytes takes two bytes; a size that lies above that is not believed.
    const MOST_EXPANSION: usize = 32;
    let damaged = || Unread::Damaged("its Snappy content is damaged".to_owned());
    let size = snap::raw::decompress_len(content).map_err(|_| damaged())?;
    if size > content.len().saturating_mul(MOST_EXPANSION) {
        return Err(damaged());
    }
    if size > most {
        let needed = size.div_ceil(1 << 20);
        return Err(Unread::Limit(format!("needs {needed} MiB of memory")));
    }
    let mut decoder = snap::raw::Decoder::new();
    decoder.decompress_vec(content).map_err(|_| damaged())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn only_what_fits_is_undone(
            content in prop::collection::vec(0..4_u8, 0..500),
            most in 0..500_usize,
        ) {
            let packed = snap::raw::Encoder::new().compress_vec(&content).expect("it is small");
            let undone = unsnap(&packed, most).ok();
            prop_assert_eq!(undone, (content.len() <= most).then_some(content));
        }

        #[test]
        fn arbitrary_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            let length = unsnap(&bytes, 1000).map_or(0, |content| content.len());
            prop_assert!(length <= 1000);
        }
    }
}
