//! What may stand in the middle of a value without showing: tags that change how
//! text looks, colours of a terminal, characters without a width.

/// How long all of it may be: a run of a document has its fonts in it.
const LONGEST: usize = 2048;
/// The longest tag.
const LONGEST_TAG: usize = 400;

/// Elements that change how a text looks, and the runs of office documents
/// (ECMA-376, 17.3.2; OpenDocument 1.3, 6.1.7), without their namespaces.
const INLINE: [&[u8]; 27] = [
    b"b",
    b"bdi",
    b"bookmarkEnd",
    b"bookmarkStart",
    b"code",
    b"em",
    b"font",
    b"i",
    b"kbd",
    b"lastRenderedPageBreak",
    b"mark",
    b"nobr",
    b"noProof",
    b"proofErr",
    b"r",
    b"rPr",
    b"samp",
    b"small",
    b"soft-page-break",
    b"span",
    b"strong",
    b"sub",
    b"sup",
    b"t",
    b"tt",
    b"u",
    b"wbr",
];

/// Characters without a width, as they are and as HTML has them.
const INVISIBLE: [&[u8]; 14] = [
    "\u{ad}".as_bytes(),
    "\u{200b}".as_bytes(),
    "\u{200c}".as_bytes(),
    "\u{200d}".as_bytes(),
    "\u{2060}".as_bytes(),
    "\u{feff}".as_bytes(),
    b"&#8203;",
    b"&#x200b;",
    b"&#x200B;",
    b"&shy;",
    b"&#173;",
    b"&zwnj;",
    b"&NoBreak;",
    b"&ZeroWidthSpace;",
];

/// The length of what doesn't show at the beginning of a text.
pub fn markup(text: &[u8]) -> Option<usize> {
    let text = &text[..text.len().min(LONGEST)];
    let mut at = 0;
    while let Some(length) = one(&text[at..]) {
        at += length;
    }
    (at > 0).then_some(at)
}

fn one(text: &[u8]) -> Option<usize> {
    match text.first()? {
        b'<' => properties(text).or_else(|| tag(text)),
        0x1b => sequence(text),
        b'&' | 0xc2 | 0xe2 | 0xef => INVISIBLE
            .iter()
            .find(|character| text.starts_with(character))
            .map(|character| character.len()),
        _ => None,
    }
}

/// A tag of an element that changes how a text looks.
fn tag(text: &[u8]) -> Option<usize> {
    let end = memchr::memchr(b'>', &text[..text.len().min(LONGEST_TAG)])?;
    let inside = &text[1..end];
    let inside = inside.strip_prefix(b"/").unwrap_or(inside);
    let is_name = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'-');
    let name = &inside[..inside.iter().take_while(is_name).count()];
    let local = memchr::memrchr(b':', name).map_or(name, |colon| &name[colon + 1..]);
    INLINE.contains(&local).then_some(end + 1)
}

/// All properties of a run: `<w:rPr>…</w:rPr>`.
fn properties(text: &[u8]) -> Option<usize> {
    let end = memchr::memchr(b'>', &text[..text.len().min(LONGEST_TAG)])?;
    let name = text[1..end].split(|byte| *byte == b' ').next()?;
    if !(name == b"rPr" || name.ends_with(b":rPr")) || text[..end].ends_with(b"/") {
        return None;
    }
    let close = [b"</", name, b">"].concat();
    let at = memchr::memmem::find(text, &close)?;
    Some(at + close.len())
}

/// A colour or another setting of a terminal: `ESC [ 1 ; 31 m`.
fn sequence(text: &[u8]) -> Option<usize> {
    let parameters = text.strip_prefix(b"\x1b[")?;
    let length = parameters
        .iter()
        .take(16)
        .take_while(|byte| byte.is_ascii_digit() || **byte == b';')
        .count();
    matches!(parameters.get(length)?, b'm' | b'K').then_some(2 + length + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_show_is_passed_over() {
        for text in [
            "</w:t></w:r><w:proofErr w:type=\"spellStart\"/><w:r w:rsidR=\"00A1\"><w:rPr><w:rFonts w:ascii=\"Mono\"/><w:b/></w:rPr><w:t xml:space=\"preserve\">B",
            "</text:span><text:span text:style-name=\"T2\">B",
            "<wbr>B",
            "</mark>B",
            "\u{200b}B",
            "&#8203;B",
            "\u{1b}[01;31m\u{1b}[KB",
        ] {
            let length = markup(text.as_bytes()).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(&text[length..], "B", "{text}");
        }
    }

    #[test]
    fn what_ends_a_text_is_not() {
        for text in [
            "</td><td>B",
            "<br>B",
            "</w:p><w:p>B",
            "</npsso><token>B",
            "</a><a href=\"x\">B",
            "</del><ins>B",
            "&amp;B",
            "\u{1b}[2JB",
            "<b",
            "B",
        ] {
            assert_eq!(markup(text.as_bytes()), None, "{text}");
        }
    }
}
