//! Where in an input something stands.

/// A stretch of an input, counted as an editor counts.
///
/// Lines end at LF, CRLF or a lone CR. Columns count Unicode code points, or
/// bytes after something on the same line that is not UTF-8. A byte order mark
/// is no column. Lines and columns start at 1, and the end column is exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    /// Line of the first character.
    pub line: u64,
    /// Column of the first character.
    pub column: u64,
    /// Line of the last character.
    pub end_line: u64,
    /// Column after the last character.
    pub end_column: u64,
    /// Offset of the first byte in the input.
    pub byte_offset: u64,
    /// Length in bytes in the input.
    pub byte_length: u64,
}
