//! What stands around a value: its names, and the text nearby.
//!
//! This is reading, not judging: which names and words mean something is said
//! by the rules, and `score` weighs them.

mod cursor;
mod names;
mod record;
mod table;
mod vocabulary;

use std::path::Path;

use crate::decode::unescape;

pub use names::{Name, Role};
pub use vocabulary::{is_foreign, is_generic};

/// How far context reaches, in bytes on each side of a value. A detector keeps
/// this much around every place that it looks at.
pub const REACH: usize = 4096;
/// How far the lines nearby reach when lines are very long.
const NEAR: usize = 1024;
/// How many lines on each side count as nearby.
const NEAR_LINES: usize = 5;
/// How far names are looked for.
const NAMING: usize = 1536;

/// Everything around one value.
#[derive(Debug)]
pub struct Surroundings {
    /// The names that the value goes by, the closest first.
    pub names: Vec<Name>,
    /// The text up to the value, with escapes undone.
    pub left: String,
    /// The text after the value, with escapes undone.
    pub right: String,
    /// The lines around, without the value.
    pub near: String,
    /// The text within [`REACH`], and the head of the input, without the value.
    pub file: String,
    /// The last three components of the path.
    pub path: String,
}

impl Surroundings {
    /// Reads what stands around a value: `left` and `right` are the bytes next
    /// to it, at most [`REACH`] of each, and `head` is the beginning of the input.
    pub fn read(left: &[u8], right: &[u8], head: &[u8], path: Option<&Path>) -> Surroundings {
        let left_text = unescape(left);
        let right_text = unescape(right);
        let names = names::read(tail(&left_text, NAMING), front(&right_text, NAMING), head);
        let near_left = last_lines(tail(&left_text, NEAR));
        let near_right = first_lines(front(&right_text, NEAR));
        let near = join(near_left, near_right);
        let file = format!("{}\n{}", lossy(head), join(&left_text, &right_text));
        Surroundings {
            names,
            near,
            file,
            left: lossy(tail(&left_text, NEAR)),
            right: lossy(front(&right_text, NEAR)),
            path: path.map(last_components).unwrap_or_default(),
        }
    }
}

/// The value is left out, but it must not glue what stands on its two sides.
fn join(left: &[u8], right: &[u8]) -> String {
    format!("{} {}", lossy(left), lossy(right))
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn tail(bytes: &[u8], length: usize) -> &[u8] {
    &bytes[bytes.len().saturating_sub(length)..]
}

fn front(bytes: &[u8], length: usize) -> &[u8] {
    &bytes[..bytes.len().min(length)]
}

fn last_lines(left: &[u8]) -> &[u8] {
    let start = left
        .iter()
        .enumerate()
        .rev()
        .filter(|(_, byte)| **byte == b'\n')
        .nth(NEAR_LINES)
        .map_or(0, |(at, _)| at + 1);
    &left[start..]
}

fn first_lines(right: &[u8]) -> &[u8] {
    let end = right
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'\n')
        .nth(NEAR_LINES)
        .map_or(right.len(), |(at, _)| at);
    &right[..end]
}

fn last_components(path: &Path) -> String {
    let components: Vec<_> = path
        .components()
        .map(|c| c.as_os_str().to_string_lossy())
        .collect();
    components[components.len().saturating_sub(3)..].join("/")
}
