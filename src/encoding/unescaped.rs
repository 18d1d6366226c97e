//! A text read through its escapes, where what it says is short: the line end
//! and the quotes between two pieces of a value, which are `\n` and `\"` in a
//! string of JSON.

use super::escape::{MAX_ROUNDS, structural};

/// What `read` finds at the beginning of a text as it stands, or else with its
/// backslashes and entities undone, as often as they are nested. `read` gives
/// the length of what it finds, and so does this, in the text as it stands.
pub fn through_escapes<T>(
    text: &[u8],
    read: impl Fn(&[u8]) -> Option<(usize, T)>,
) -> Option<(usize, T)> {
    if let Some(found) = read(text) {
        return Some(found);
    }
    // The escapes undone so far, and where each of the bytes ends in the text.
    let mut undone: Option<(Vec<u8>, Vec<usize>)> = None;
    for _ in 0..MAX_ROUNDS {
        let (bytes, ends) = match &undone {
            None => undo(text, |index| index + 1)?,
            Some((bytes, ends)) => undo(bytes, |index| ends[index])?,
        };
        if let Some((length, value)) = read(&bytes) {
            let end = length.checked_sub(1).map_or(0, |last| ends[last]);
            return Some((end, value));
        }
        undone = Some((bytes, ends));
    }
    None
}

/// One round; `None` when there was nothing to undo. `end` says where a byte of
/// the text ends in the outermost one.
fn undo(text: &[u8], end: impl Fn(usize) -> usize) -> Option<(Vec<u8>, Vec<usize>)> {
    memchr::memchr2(b'\\', b'&', text)?;
    let mut bytes = Vec::with_capacity(text.len());
    let mut ends = Vec::with_capacity(text.len());
    let mut changed = false;
    let mut at = 0;
    while at < text.len() {
        let escape = structural(&text[at..]);
        changed |= escape.is_some();
        let (length, character) = escape.unwrap_or((1, Some(text[at])));
        at += length;
        if let Some(character) = character {
            bytes.push(character);
            ends.push(end(at - 1));
        }
    }
    changed.then_some((bytes, ends))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_behind_escapes_has_its_length_before_them() {
        let line_end = |text: &[u8]| text.starts_with(b"\"\n").then_some((2, ()));
        for text in [
            "\"\n",
            r#"\"\n"#,
            r#"\\\"\\n"#,
            "&quot;&#10;",
            r"&quot;\n",
            "&amp;quot;&amp;#10;",
        ] {
            let whole = format!("{text}  B");
            let found = through_escapes(whole.as_bytes(), line_end);
            assert_eq!(found, Some((text.len(), ())), "{text}");
        }
        for text in ["", "\"n", r"\x", r"\n\n", "&&&"] {
            assert_eq!(through_escapes(text.as_bytes(), line_end), None, "{text}");
        }
    }
}
