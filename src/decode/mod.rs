//! Other readings of bytes: what an escape or an encoding stands for.

mod escape;
mod utf16;

pub use escape::{escape_prefix_lengths, unescape};
pub use utf16::narrow;
