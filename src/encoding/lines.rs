//! How lines end, and what stands at their beginnings.

/// The length of a line end.
pub fn line_end(text: &[u8]) -> Option<usize> {
    match text {
        [b'\n', ..] => Some(1),
        [b'\r', b'\n', ..] => Some(2),
        _ => None,
    }
}

/// Indentation, and the signs with which mails and comments quote a line.
pub fn quoting(text: &[u8]) -> usize {
    const SIGNS: [&[u8]; 7] = [b">", b"|", b"# ", b"// ", b"* ", b"-- ", b";; "];
    let mut at = blanks(text);
    loop {
        let rest = &text[at..];
        let sign = SIGNS.iter().find(|sign| rest.starts_with(sign));
        let Some(sign) = sign else { return at };
        at += sign.len();
        at += blanks(&text[at..]);
    }
}

/// Blanks and tabs at the beginning.
pub fn blanks(text: &[u8]) -> usize {
    text.iter()
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .count()
}
