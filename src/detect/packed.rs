//! Containers that are encoded in texts.

use std::borrow::Cow;

use crate::model::encoding::Encoding;
use crate::model::location::Location;
use crate::system::memory;

/// A container that is encoded in a text.
#[derive(Debug)]
pub struct Packed {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Where the encoded text stands.
    pub location: Location,
    /// What was undone, the outermost first.
    pub encodings: Vec<Encoding>,
}

impl Packed {
    /// Bytes of memory that one takes. There can be hundreds of thousands of small ones.
    pub fn size(bytes: &[u8]) -> usize {
        const BESIDES: usize = 256;
        bytes.len() + BESIDES
    }
}

/// What is said where the containers in encoded texts take more than so many bytes.
pub fn too_much_packed(bytes: usize) -> Cow<'static, str> {
    let bytes = memory::in_words(bytes);
    format!("more than {bytes} of containers in encoded texts").into()
}
