//! Secrets are found behind encodings, at the place of the encoded text.

use crate::support::{Project, expand};

const BASE64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

pub fn base64(bytes: &[u8]) -> String {
    let mut out = String::new();
    for group in bytes.chunks(3) {
        let bits = group
            .iter()
            .fold(0u32, |bits, byte| bits << 8 | u32::from(*byte))
            << (8 * (3 - group.len()));
        for place in 0..4 {
            let character = BASE64[(bits >> (18 - 6 * place)) as usize & 63];
            out.push(if place > group.len() {
                '='
            } else {
                char::from(character)
            });
        }
    }
    out
}

fn base64url(text: &str) -> String {
    base64(text.as_bytes())
        .replace('+', "-")
        .replace('/', "_")
        .replace('=', "")
}

pub fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

fn percent(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte.is_ascii_alphanumeric() {
            true => char::from(byte).to_string(),
            false => format!("%{byte:02X}"),
        })
        .collect()
}

fn each(text: &str, escape: impl Fn(u32) -> String) -> String {
    text.chars()
        .map(|character| escape(character as u32))
        .collect()
}

pub fn wrapped(text: &str, columns: usize, between: &str) -> String {
    let lines: Vec<&str> = (0..text.len().div_ceil(columns))
        .map(|line| &text[line * columns..text.len().min((line + 1) * columns)])
        .collect();
    lines.join(between)
}

/// Each text holds one secret, at this place, behind these layers.
pub fn all_found(cases: &[(String, &str, &str)]) {
    let mut wrong = Vec::new();
    for (text, place, layers) in cases {
        let run = Project::new().bytes("f.txt", text.as_bytes()).audit(&["."]);
        let found = run.findings();
        let layers_found: Vec<String> = found
            .iter()
            .flat_map(|finding| finding["exposures"].as_array().cloned().unwrap_or_default())
            .map(|exposure| {
                let layers = exposure["layers"].as_array().cloned().unwrap_or_default();
                let names: Vec<&str> = layers
                    .iter()
                    .filter_map(|layer| layer["layer"].as_str())
                    .collect();
                names.join(" > ")
            })
            .collect();
        let places: Vec<String> = run
            .places()
            .iter()
            .map(|place| {
                place
                    .split(' ')
                    .next()
                    .unwrap_or("")
                    .replacen("f.txt:", "", 1)
            })
            .collect();
        if places != [*place] || layers_found != [*layers] || run.code != 1 {
            wrong.push(format!(
                "{text:?}\n   -> {places:?} {layers_found:?}, not {place} {layers}"
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
}

#[test]
fn what_stands_behind_one_encoding_is_found_where_the_encoded_text_begins() {
    let t = expand("{{npsso}}");
    let json = format!("{{\"user\":\"dad\",\"npsso\":\"{t}\"}}");
    let long = json.repeat(3);
    all_found(&[
        (
            format!("data:\n  npsso: {}\n", base64(t.as_bytes())),
            "2:10",
            "base64",
        ),
        (
            format!("payload={}\n", base64(json.as_bytes())),
            "1:9",
            "base64",
        ),
        (format!("payload: {}\n", base64url(&json)), "1:10", "base64"),
        (format!("x /auth/{}\n", base64url(&json)), "1:9", "base64"),
        (
            format!(
                "<a href=\"data:application/json;base64,{}\">",
                base64(json.as_bytes())
            ),
            "1:39",
            "base64",
        ),
        (
            format!(
                "Authorization: Basic {}\n",
                base64(format!("npsso:{t}").as_bytes())
            ),
            "1:22",
            "base64",
        ),
        (
            format!(
                "jwt {}.{}.{}\n",
                base64url("{\"alg\":\"HS256\"}"),
                base64url(&json),
                "aB3".repeat(14)
            ),
            "1:26",
            "base64",
        ),
        (
            format!(
                "const npsso = \"{}\";\n",
                each(&t, |c| format!("\\u{{{c:x}}}"))
            ),
            "1:16",
            "backslash",
        ),
        (
            format!("<S>{{_x0022_npsso_x0022_:_x0022_{t}_x0022_}}_x000D__x000A_</S>\n"),
            "1:32",
            "",
        ),
        (
            format!(
                "backup:\n\n{}\n",
                wrapped(&base64(long.as_bytes()), 60, "\n\n")
            ),
            "3:1",
            "base64",
        ),
        (
            format!(
                "x: |\n  {}\n",
                wrapped(&base64(long.as_bytes()), 60, "\n  ")
            ),
            "2:3",
            "base64",
        ),
        (
            format!("x\r\n{}\r\n", wrapped(&base64(long.as_bytes()), 76, "\r\n")),
            "2:1",
            "base64",
        ),
        (
            format!(
                "key = \"{}\"\n",
                wrapped(&base64(long.as_bytes()), 64, "\" +\n  \"")
            ),
            "1:8",
            "base64",
        ),
        (
            format!(
                "{{\"file\": \"{}\"}}\n",
                wrapped(&base64(long.as_bytes()), 64, "\\r\\n")
            ),
            "1:11",
            "backslash > base64",
        ),
        (format!("blob={}\n", hex(&json)), "1:6", "hex"),
        (
            format!("npsso={}\n", each(&t, |c| format!("%{c:02X}"))),
            "1:7",
            "percent",
        ),
        (
            format!("npsso={}\n", each(&t, |c| format!("%25{c:02X}"))),
            "1:7",
            "percent > percent",
        ),
        (
            format!(
                "{{\"npsso\":\"{}\"}}\n",
                each(&t, |c| format!("\\u{c:04x}"))
            ),
            "1:11",
            "backslash",
        ),
        (
            format!("var npsso=\"{}\";\n", each(&t, |c| format!("\\x{c:02x}"))),
            "1:12",
            "backslash",
        ),
        (
            format!("char *npsso=\"{}\";\n", each(&t, |c| format!("\\{c:03o}"))),
            "1:14",
            "backslash",
        ),
        (
            format!(
                "<td>npsso</td><td>{}</td>\n",
                each(&t, |c| format!("&#x{c:x};"))
            ),
            "1:19",
            "entity",
        ),
        (
            format!(
                "this line of a mail was broken by its encoding npsso=3D{}=\n{}\n",
                &t[..9],
                &t[9..]
            ),
            "1:56",
            "quoted-printable",
        ),
        (
            format!(
                "Subject: =?utf-8?B?{}?=\n =?utf-8?B?{}?=\n",
                base64(format!("my npsso is {}", &t[..20]).as_bytes()),
                base64(&t.as_bytes()[20..])
            ),
            "1:10",
            "encoded-word",
        ),
        (
            format!("export NPSSO={}\\\n{}\n", &t[..30], &t[30..]),
            "1:14",
            "continued-line",
        ),
        (
            format!("npsso = (\"{}\"\n         \"{}\")\n", &t[..32], &t[32..]),
            "1:11",
            "concatenation",
        ),
        (
            format!(
                "const npsso = \"{}\" +\n  \"{}\" + '{}';\n",
                &t[..20],
                &t[20..40],
                &t[40..]
            ),
            "1:16",
            "concatenation",
        ),
        (
            format!("local npsso = \"{}\" .. \"{}\"\n", &t[..20], &t[20..]),
            "1:16",
            "concatenation",
        ),
        (
            format!("$npsso = '{}' . '{}';\n", &t[..20], &t[20..]),
            "1:11",
            "concatenation",
        ),
        (
            format!(
                "> this is a mail whose lines were broken npsso: {}\n> {}\n> bye\n",
                &t[..20],
                &t[20..]
            ),
            "1:49",
            "line-wrap",
        ),
    ]);
}

#[test]
fn encodings_are_undone_in_any_order_up_to_five_deep() {
    let t = expand("{{npsso}}");
    let mut cases = Vec::new();
    let text = format!("npsso={t}&x=1");
    let encode = |kind: usize, text: &str| match kind {
        0 => (base64(text.as_bytes()), "base64"),
        1 => (hex(text), "hex"),
        2 => (percent(&base64(text.as_bytes())), "percent"),
        _ => (base64url(text), "base64"),
    };
    for first in 0..4 {
        for second in 0..4 {
            for third in 0..3 {
                let (text, _) = encode(first, &text);
                let (text, _) = encode(second, &text);
                let (text, _) = encode(third, &text);
                cases.push(format!("data: {text}\n"));
            }
        }
    }
    let mut project = Project::new();
    for (number, text) in cases.iter().enumerate() {
        project = project.bytes(&format!("{number:02}"), text.as_bytes());
    }
    let places = project.audit(&["."]).places();
    let expected: Vec<String> = (0..cases.len())
        .map(|number| format!("{number:02}:1:7 npsso high"))
        .collect();
    assert_eq!(places, expected);
}

#[test]
fn more_than_five_encodings_are_said_and_not_silently_left() {
    let mut text = format!("npsso={}", expand("{{npsso}}"));
    for _ in 0..6 {
        text = base64(text.as_bytes());
    }
    let run = Project::new().bytes("f", text.as_bytes()).audit(&["."]);
    assert_eq!(
        (run.code, run.json()["skipped"][0]["reason"].as_str()),
        (4, Some("limit"))
    );
}

#[test]
fn wide_text_is_decoded_too() {
    let t = expand("{{npsso}}");
    let script = format!("$env:NPSSO = \"{t}\"");
    let utf16: Vec<u8> = script.encode_utf16().flat_map(u16::to_le_bytes).collect();
    all_found(&[(
        format!("powershell -enc {}\n", base64(&utf16)),
        "1:17",
        "base64",
    )]);
    let inner = format!("x = \"{}\"\r\n", base64(format!("npsso={t}").as_bytes()));
    let utf16: Vec<u8> = inner.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let utf32: Vec<u8> = format!("npsso={t}\n")
        .chars()
        .flat_map(|c| (c as u32).to_be_bytes())
        .collect();
    let run = Project::new()
        .bytes("a", &utf16)
        .bytes("b", &utf32)
        .audit(&["."]);
    assert_eq!(run.places(), ["a:1:6 npsso high", "b:1:7 npsso high"]);
}

#[test]
fn a_cookie_is_decoded_like_a_token() {
    let cookie = expand("Cookie: pdccws_p={{pdccws_p}}; isSignedIn=true");
    let raw = expand("{{pdccws_p:b|raw}}");
    let run = Project::new()
        .bytes("a", format!("c={}\n", base64(cookie.as_bytes())).as_bytes())
        .bytes(
            "b",
            format!("pdccws_p = \"{}\" \\\n  \"{}\"\n", &raw[..30], &raw[30..]).as_bytes(),
        )
        .audit(&["."]);
    assert_eq!(
        run.places(),
        ["a:1:3 pdccws_p high", "b:1:13 pdccws_p high"]
    );
}

#[test]
fn an_encoded_text_longer_than_any_window_is_read_as_a_whole() {
    let text = format!(
        "{}\nnpsso={}\n",
        "nothing in this line of the log\n".repeat(30_000),
        expand("{{npsso}}")
    );
    let encoded = wrapped(&base64(text.as_bytes()), 76, "\n");
    let before = "an ordinary line\n".repeat(9_000);
    let run = Project::new()
        .bytes("f", format!("{before}{encoded}\n").as_bytes())
        .audit(&["."]);
    assert_eq!(run.places(), ["f:9001:1 npsso high"]);
}

#[test]
fn what_only_looks_encoded_stays_quiet() {
    let t = expand("{{npsso}}");
    let half = expand("{{npsso:b}}");
    let texts = [
        // A digest of 64 bytes, and one in base64.
        format!(
            "npsso-audit.tar.gz sha512 {}\n",
            "9f86d081884c7d65".repeat(8)
        ),
        format!(
            "psn \"integrity\": \"sha512-{}==\"\n",
            "aB3/".repeat(21) + "aB"
        ),
        // Two values on two lines that are not full were never one.
        format!("# npsso\n{}\n{}\n", &t[..32], &half[..32]),
        // Literals in a list are not joined.
        format!("npsso = [\"{}\", \"{}\"]\n", &t[..32], &half[..32]),
        // Pieces that make something longer.
        format!("npsso = \"{}\" + \"{}\"\n", &t[..40], &half[..40]),
        // A named digest stays one behind base64.
        format!("x: {}\n", base64(format!("npsso_sha256={t}").as_bytes())),
        format!("x: {}\n", base64(format!("DISCORD_TOKEN={t}").as_bytes())),
    ];
    let mut project = Project::new();
    for (number, text) in texts.iter().enumerate() {
        project = project.bytes(&format!("{number}.txt"), text.as_bytes());
    }
    let run = project.audit(&["."]);
    assert_eq!((run.places(), run.code), (Vec::new(), 0), "{}", run.stdout);
}

#[test]
fn a_token_that_is_whole_does_not_go_on_in_the_next_line() {
    // `=4A` is an escape of quoted-printable, and two letters begin the next line.
    let token = expand("{{npsso}}");
    let text = format!("NPSSO=4A{}\nif true\n", &token[2..]);
    let run = Project::new().file(".env", &text).audit(&["."]);
    assert_eq!(run.places(), [".env:1:7 npsso high"]);
}

#[test]
fn a_row_of_backslashes_is_not_deeply_encoded() {
    let text = format!("{}{}\n", "\\".repeat(105), "Z".repeat(86));
    let run = Project::new().file("a.pgm", &text).audit(&["."]);
    assert_eq!(run.code, 0, "{}", run.stdout);
}

#[test]
fn a_long_list_of_digests_beside_names_is_read_to_its_end() {
    let digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    let list: String = (0..3000)
        .map(|n| format!("{digest}  psn-api/src/file{n}.ts\n"))
        .collect();
    let run = Project::new().file("SHA256SUMS", &list).audit(&["."]);
    assert_eq!(run.code, 0, "{}", run.stdout);
}
