//! Secrets are found behind encodings that touch other text, and in pieces that
//! are encoded themselves.

use crate::decoding::{all_found, base64, hex, wrapped};
use crate::support::expand;

#[test]
fn what_an_encoded_text_touches_is_no_part_of_it() {
    let t = expand("{{npsso}}");
    let text = format!("NPSSO={t}");
    let twice = base64(base64(text.as_bytes()).as_bytes());
    let digits = wrapped(&hex(&text), 60, "\n");
    all_found(&[
        (format!("X={twice}\n"), "1:3", "base64 > base64"),
        (
            format!("GET /?d={}&b=2\n", base64(hex(&text).as_bytes())),
            "1:9",
            "base64 > hex",
        ),
        // The padding outside is no part of the last line inside.
        (
            format!("x: \"{}\"\n", base64(digits.as_bytes())),
            "1:5",
            "base64 > hex",
        ),
    ]);
}

#[test]
fn a_banner_hides_nothing_that_is_encoded_behind_it() {
    let t = expand("{{npsso}}");
    let escaped = |escape: fn(u8) -> String| -> Vec<u8> {
        let text: String = format!("NPSSO={t}").bytes().map(escape).collect();
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    };
    let quoted = |bytes: &[u8]| format!("X=\"{}\"\n", base64(bytes));
    all_found(&[
        (
            quoted(format!("{}\nNPSSO={t}\n", "=".repeat(200)).as_bytes()),
            "1:4",
            "base64",
        ),
        (
            quoted(format!("{}\nNPSSO={t}\n", "\0".repeat(200)).as_bytes()),
            "1:4",
            "base64",
        ),
        (
            quoted(&escaped(|byte| format!("\\u{byte:04x}"))),
            "1:4",
            "base64 > utf-16 > backslash",
        ),
        (
            quoted(&escaped(|byte| format!("%{byte:02X}"))),
            "1:4",
            "base64 > utf-16 > percent",
        ),
    ]);
}

#[test]
fn a_mail_that_is_encoded_is_read_once() {
    let t = expand("{{npsso}}");
    let mail = format!(
        "From: a@example.com\r\nTo: b@example.com\r\nSubject: x\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
         npsso=3D{t}\r\n"
    );
    all_found(&[(
        format!("x: \"{}\"\n", base64(mail.as_bytes())),
        "1:5",
        "base64",
    )]);
}
