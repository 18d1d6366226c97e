//! What a name can lead to, and how far names are followed, however they are stored.

use gix::ObjectId;

/// Folders in folders, below which a name can lie.
pub const DEPTH: usize = 64;
/// Names that may point at each other, as in git.
pub const LINKS: usize = 5;
/// The longest file of one name.
pub const LONGEST: u64 = 1 << 16;
/// The longest file with all names that were packed.
pub const LONGEST_PACKED: u64 = 256 << 20;

/// What a name leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// An object.
    Object(ObjectId),
    /// Another name.
    Name(Vec<u8>),
}

/// Whether a name stays below `refs`.
pub fn is_proper(name: &[u8]) -> bool {
    let mut parts = name.split(|byte| *byte == b'/');
    parts.next() == Some(b"refs".as_slice())
        && parts.all(|part| !matches!(part, b"" | b"." | b".."))
}
