//! Puts an object of git together from another one and a delta.

use std::io;

use crate::container::Unread;
use crate::container::bytes::Bytes;

/// Why the reading ended, or why an object could not be read.
pub enum Stop {
    Enough,
    Unread(Unread),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Stop {
        Stop::Unread(Unread::Damaged(error.to_string()))
    }
}

pub fn damaged(why: &str) -> Stop {
    Stop::Unread(Unread::Damaged(why.to_owned()))
}

pub fn too_large() -> Stop {
    let why = "an object too large to be kept for its deltas";
    Stop::Unread(Unread::Limit(why.to_owned()))
}

/// What a delta makes of its base.
pub fn apply(base: &[u8], delta: &[u8], most: usize) -> Result<Vec<u8>, Stop> {
    let invalid = || damaged("an invalid delta");
    let mut delta = Bytes(delta);
    let base_size = delta.varint().ok_or_else(invalid)?;
    let size = delta.varint().ok_or_else(invalid)?;
    if base_size != base.len() as u64 {
        return Err(invalid());
    }
    let size = usize::try_from(size).ok().filter(|size| *size <= most);
    let size = size.ok_or_else(too_large)?;
    let mut result = Vec::new();
    while let Some(instruction) = delta.u8() {
        let piece = if instruction & 0x80 == 0 {
            delta.take(usize::from(instruction).max(1))
        } else {
            copied(base, instruction, &mut delta)
        };
        let piece = piece.filter(|piece| piece.len() <= size - result.len());
        result.extend_from_slice(piece.ok_or_else(invalid)?);
    }
    if result.len() != size {
        return Err(invalid());
    }
    Ok(result)
}

/// What a delta adds to its base, with a line end where something of the base is.
pub fn added(delta: &[u8]) -> Vec<u8> {
    let mut delta = Bytes(delta);
    let mut added = Vec::new();
    // The lengths of the base and of the result
    let _ = delta.varint().and_then(|_| delta.varint());
    while let Some(instruction) = delta.u8() {
        match instruction & 0x80 {
            0 => match delta.take(usize::from(instruction).max(1)) {
                Some(piece) => added.extend_from_slice(piece),
                None => break,
            },
            _ => {
                for _ in 0..(instruction & 0x7f).count_ones() {
                    delta.u8();
                }
                added.push(b'\n');
            }
        }
    }
    added
}

/// The piece of a base that an instruction copies. Its bits tell which bytes of the
/// place and of the length follow.
pub fn copied<'a>(base: &'a [u8], instruction: u8, delta: &mut Bytes<'_>) -> Option<&'a [u8]> {
    let mut bytes = [0_u8; 7];
    for (bit, byte) in bytes.iter_mut().enumerate() {
        if instruction >> bit & 1 == 1 {
            *byte = delta.u8()?;
        }
    }
    let [place @ .., a, b, c] = bytes;
    let place = u32::from_le_bytes(place) as usize;
    let length = match u32::from_le_bytes([a, b, c, 0]) {
        0 => 0x1_0000,
        length => length as usize,
    };
    base.get(place..)?.get(..length)
}
