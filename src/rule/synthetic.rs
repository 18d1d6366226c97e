//! Synthetic secrets for examples and tests, so that no real one is ever written down.

use sha2::{Digest, Sha256};

use crate::model::secret::SecretKind;

const BASE62: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const BASE64URL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Replaces `{{npsso}}`, `{{npsso:alice}}`, `{{pdccws_p}}` and `{{pdccws_p:bob}}`
/// by synthetic secrets. The same name gives the same secret, always. The raw
/// spelling of a cookie is `{{pdccws_p:bob|raw}}`, the one a browser shows has no suffix.
pub fn expand(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("{{") {
        let Some(length) = rest[start..].find("}}") else {
            break;
        };
        let inner = &rest[start + 2..start + length];
        out.push_str(&rest[..start]);
        match secret_named(inner) {
            Some(secret) => out.push_str(&secret),
            None => out.push_str(&rest[start..start + length + 2]),
        }
        rest = &rest[start + length + 2..];
    }
    out.push_str(rest);
    out
}

fn secret_named(placeholder: &str) -> Option<String> {
    let (placeholder, raw) = match placeholder.strip_suffix("|raw") {
        Some(placeholder) => (placeholder, true),
        None => (placeholder, false),
    };
    let (kind, name) = placeholder.split_once(':').unwrap_or((placeholder, ""));
    match SecretKind::from_id(kind)? {
        SecretKind::Npsso => Some(npsso(name)),
        SecretKind::PdccwsP => {
            let value = pdccws_p(name);
            Some(if raw { value } else { percent_encode(&value) })
        }
    }
}

/// 64 letters and digits, at least one upper-case, lower-case and digit.
fn npsso(name: &str) -> String {
    let mut stream = Stream::new("npsso", name);
    loop {
        let token = stream.take(BASE62, 64);
        let ordinary = token.bytes().any(|b| b.is_ascii_digit()) && distinct(&token) >= 33;
        if ordinary {
            return token;
        }
    }
}

fn pdccws_p(name: &str) -> String {
    let mut stream = Stream::new("pdccws_p", name);
    format!(
        "s:{}.{}",
        stream.take(BASE64URL, 32),
        stream.take(BASE64, 43)
    )
}

fn percent_encode(value: &str) -> String {
    value
        .replace(':', "%3A")
        .replace('+', "%2B")
        .replace('/', "%2F")
}

fn distinct(text: &str) -> usize {
    let mut seen = [false; 128];
    text.bytes().for_each(|b| seen[usize::from(b)] = true);
    seen.iter().filter(|seen| **seen).count()
}

/// An endless stream of bytes made of SHA-256 over a name and a counter.
struct Stream {
    seed: String,
    counter: u64,
    block: Vec<u8>,
}

impl Stream {
    fn new(kind: &str, name: &str) -> Stream {
        Stream {
            seed: format!("npsso-audit synthetic {kind}:{name}"),
            counter: 0,
            block: Vec::new(),
        }
    }

    fn take(&mut self, alphabet: &[u8], length: usize) -> String {
        let fair = 256 / alphabet.len() * alphabet.len();
        let mut out = String::with_capacity(length);
        while out.len() < length {
            let byte = usize::from(self.next());
            if byte < fair {
                out.push(char::from(alphabet[byte % alphabet.len()]));
            }
        }
        out
    }

    fn next(&mut self) -> u8 {
        if self.block.is_empty() {
            let mut hash = Sha256::new();
            hash.update(self.seed.as_bytes());
            hash.update(self.counter.to_le_bytes());
            self.block = hash.finalize().to_vec();
            self.counter += 1;
        }
        self.block.pop().expect("a digest is not empty")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_name_gives_the_same_secret() {
        assert_eq!(expand("{{npsso:alice}}"), expand("{{npsso:alice}}"));
        assert_ne!(expand("{{npsso:alice}}"), expand("{{npsso:bob}}"));
        assert_eq!(expand("{{npsso}}").len(), 64);
    }

    #[test]
    fn a_cookie_is_percent_encoded_unless_raw_is_asked_for() {
        assert!(expand("{{pdccws_p:a}}").starts_with("s%3A"));
        assert!(expand("{{pdccws_p:a|raw}}").starts_with("s:"));
        assert_eq!(expand("{{pdccws_p:a|raw}}").len(), 78);
    }

    #[test]
    fn what_is_no_placeholder_stays() {
        assert_eq!(
            expand("${{ secrets.NPSSO }} {{ x"),
            "${{ secrets.NPSSO }} {{ x"
        );
    }
}
