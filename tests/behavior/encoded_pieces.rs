//! Secrets are found behind encodings that touch other text, and in pieces that
//! are encoded themselves.

use crate::decoding::{all_found, base64};
use crate::support::expand;

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
