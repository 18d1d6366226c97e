//! Encoders for the tests: what the decoders of text undo.

/// Base64 with the ordinary alphabet, padded.
pub fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for group in bytes.chunks(3) {
        let bits = group
            .iter()
            .fold(0u32, |bits, byte| bits << 8 | u32::from(*byte));
        let bits = bits << (8 * (3 - group.len()));
        for place in 0..4 {
            let character = ALPHABET[(bits >> (18 - 6 * place)) as usize & 63];
            let is_padding = place > group.len();
            out.push(if is_padding {
                '='
            } else {
                char::from(character)
            });
        }
    }
    out
}

/// Base64 with the alphabet of URLs, without padding.
pub fn base64_url(bytes: &[u8]) -> String {
    base64(bytes)
        .replace('+', "-")
        .replace('/', "_")
        .replace('=', "")
}

/// Two digits for each byte.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A text in lines of this many characters.
pub fn wrapped(text: &str, columns: usize, between: &str) -> String {
    let lines: Vec<&str> = (0..text.len().div_ceil(columns))
        .map(|line| &text[line * columns..text.len().min((line + 1) * columns)])
        .collect();
    lines.join(between)
}

/// Quoted-printable, with lines of 76 characters as in RFC 2045.
pub fn quoted_printable(bytes: &[u8]) -> String {
    let mut out = String::new();
    let mut column = 0;
    for byte in bytes {
        let escaped = match byte {
            b'\r' | b'\n' => char::from(*byte).to_string(),
            b' '..=b'~' if *byte != b'=' => char::from(*byte).to_string(),
            _ => format!("={byte:02X}"),
        };
        if matches!(byte, b'\r' | b'\n') {
            column = 0;
        } else if column + escaped.len() > 75 {
            out.push_str("=\n");
            column = escaped.len();
        } else {
            column += escaped.len();
        }
        out.push_str(&escaped);
    }
    out
}
