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
