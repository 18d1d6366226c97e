//! Secrets are found behind encodings that touch other text, and in pieces that
//! are encoded themselves.

use crate::decoding::{all_found, base64, hex, wrapped};
use crate::support::{Project, expand};

/// Each text stays quiet.
fn all_quiet(texts: &[String]) {
    let mut project = Project::new();
    for (number, text) in texts.iter().enumerate() {
        project = project.bytes(&format!("{number}.txt"), text.as_bytes());
    }
    let run = project.audit(&["."]);
    assert_eq!((run.places(), run.code), (Vec::new(), 0), "{}", run.stdout);
}

/// A string of JSON.
fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A file of settings that is longer than a line of base64.
fn settings(secret: &str) -> String {
    format!("PORT=8080\nDEBUG=worker and more text\nNPSSO={secret}\nLOGLEVEL=debug\n")
}

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
fn pieces_are_joined_inside_of_what_is_encoded() {
    let t = expand("{{npsso}}");
    let (a, b) = t.split_at(32);
    let python = format!("NPSSO = (\"{a}\"\n    \"{b}\")\n");
    let shell = format!("export NPSSO={a}\\\n{b}\n");
    let terminal = format!("$ export NPSSO={}\n{}\n", &t[..55], &t[55..]);
    let mail = format!("npsso=3D{}=\r\n{}\r\n", &t[..50], &t[50..]);
    let words = format!(
        "Subject: =?utf-8?B?{}?=\r\n =?utf-8?B?{}?=\r\n",
        base64(format!("npsso={}", &t[..30]).as_bytes()),
        base64(&t.as_bytes()[30..])
    );
    let in_json = |text: &str| format!("{{\"v\":{}}}", json(text));
    all_found(&[
        (in_json(&python), "1:18", "concatenation"),
        (in_json(&in_json(&python)), "1:29", "concatenation"),
        (in_json(&shell), "1:20", "continued-line"),
        (in_json(&terminal), "1:22", "line-wrap"),
        (in_json(&mail), "1:15", "quoted-printable"),
        (in_json(&words), "1:16", "encoded-word"),
        (
            format!("<pre>NPSSO = (&quot;{a}&quot;&#10;  &quot;{b}&quot;)</pre>"),
            "1:21",
            "concatenation",
        ),
        (
            format!("x: \"{}\"\n", base64(python.as_bytes())),
            "1:5",
            "base64 > concatenation",
        ),
        (
            format!("    npsso=3D{}=\n    {}\n", &t[..50], &t[50..]),
            "1:13",
            "quoted-printable",
        ),
    ]);
    let utf16: Vec<u8> = format!("$npsso = \"{a}\" + \"{b}\"\r\n")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let run = Project::new().bytes("f", &utf16).audit(&["f"]);
    assert_eq!(run.places(), ["f:1:11 npsso high"]);
    all_quiet(&[
        // Lines that are not full were never one, in a string either.
        in_json(&format!("# npsso\n{a}\n{b}\n")),
        in_json(&format!("npsso\\n{a}\\n{b}\n")),
        in_json(&format!("npsso = [\"{a}\", \"{b}\"]\n")),
    ]);
}

#[test]
fn lines_of_base64_go_on_behind_escaped_line_ends() {
    let text = base64(settings(&expand("{{npsso}}")).as_bytes());
    let block = |between: &str| wrapped(&text, 64, between);
    let map = format!("c: |\n  {}\nd: 1\n", block("\n  "));
    let in_json = |text: &str| format!("{{\"v\":{}}}", json(text));
    all_found(&[
        (in_json(&map), "1:15", "base64"),
        (in_json(&in_json(&map)), "1:25", "base64"),
        (
            format!("{{\"v\":\"{}\"}}", block("\\r\\n")),
            "1:7",
            "backslash > base64",
        ),
        (
            format!("<a b=\"c: |&#10;  {}\"/>\n", block("&#10;  ")),
            "1:18",
            "base64",
        ),
        (
            format!("c = \"{}\"\n", block("\" & _\n    \"")),
            "1:6",
            "base64",
        ),
        (
            format!("char c[] =\n  \"{}\";\n", block("\\n\"\n  \"")),
            "2:4",
            "base64",
        ),
        (
            format!("[\n \"{}\"]", block("\\n\",\n \"")),
            "2:3",
            "base64",
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
fn a_value_that_was_continued_ends_where_it_is_whole() {
    let t = expand("{{npsso}}");
    let mut cases = Vec::new();
    for sign in ["\\", "^", "`"] {
        for first in [4, 12, 24, 40] {
            cases.push((
                format!(
                    "export NPSSO={}{sign}\n{}\nnode bot\n",
                    &t[..first],
                    &t[first..]
                ),
                "1:14",
                "continued-line",
            ));
        }
    }
    all_found(&cases);
    all_quiet(&[format!(
        "export NPSSO={}\\\n{}x\nnode bot\n",
        &t[..12],
        &t[12..]
    )]);
}

#[test]
fn a_mail_that_is_encoded_is_read_once() {
    let t = expand("{{npsso}}");
    let mail = format!(
        "From: a@example.com\r\nTo: b@example.com\r\nSubject: x\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
         npsso=3D{t}\r\n"
    );
    // What is encoded in the mail stands at a place of its own in the text around it.
    let encoded = mail
        .replace("quoted-printable", "base64")
        .replace(&format!("npsso=3D{t}"), &base64(settings(&t).as_bytes()));
    let escaped: String = encoded
        .bytes()
        .map(|byte| format!("\\u{byte:04x}"))
        .collect();
    all_found(&[
        (
            format!("x: \"{}\"\n", base64(mail.as_bytes())),
            "1:5",
            "base64 > mail",
        ),
        (format!("x: \"{escaped}\"\n"), "1:5", "backslash > mail"),
    ]);
}

#[test]
fn lines_that_begin_alike_are_one_text_behind_that() {
    let t = expand("{{npsso}}");
    let block = wrapped(&base64(settings(&t).as_bytes()), 64, "\n");
    let each = |begin: fn(usize) -> String, text: &str| -> String {
        let lines = text.lines().enumerate();
        lines
            .map(|(at, line)| format!("{}{line}\n", begin(at)))
            .collect()
    };
    let time = |at: usize| format!("2026-10-01T10:00:0{at}.0000000Z ");
    let token = format!("npsso={}\n{}", &t[..54], &t[54..]);
    all_found(&[
        (each(|_| "+".to_owned(), &block), "1:2", "base64"),
        (each(|_| "bot-1  | ".to_owned(), &block), "1:10", "base64"),
        (each(time, &block), "1:30", "base64"),
        (each(|_| "-".to_owned(), &token), "1:8", "line-wrap"),
        (each(|_| "REM ".to_owned(), &token), "1:11", "line-wrap"),
        (each(time, &token), "1:36", "line-wrap"),
    ]);
    // Two lines that don't begin alike, and two values that were never one.
    all_quiet(&[
        format!("-npsso={}\n+{}\n", &t[..54], &t[54..]),
        format!("REM npsso={}\nREM {}\n", &t[..20], &t[20..]),
    ]);
}

#[test]
fn literals_are_joined_by_calls_and_over_comments() {
    let t = expand("{{npsso}}");
    let (a, b) = t.split_at(32);
    let cases: Vec<(String, &str, &str)> = [
        ("const NPSSO: &str = concat!(\"", "\", \"", "\");\n"),
        ("UPDATE u SET npsso = CONCAT('", "', '", "');\n"),
        ("const npsso = [\"", "\", \"", "\"].join(\"\");\n"),
        ("NPSSO = \"\".join([\"", "\", \"", "\"])\n"),
        ("{\"NPSSO\":{\"Fn::Join\":[\"\",[\"", "\",\"", "\"]]}}\n"),
        ("npsso = join(\"\", [\"", "\", \"", "\"])\n"),
        (
            "String npsso = new StringBuilder().append(\"",
            "\").append(\"",
            "\").toString();\n",
        ),
        ("$npsso = ('", "', '", "') -join ''\n"),
        ("const npsso = \"", "\" + // half of it\n  \"", "\";\n"),
        ("NPSSO = (\"", "\"  # too long\n  \"", "\")\n"),
        ("auto npsso = R\"(", ")\" R\"(", ")\";\n"),
        ("const npsso = `${\"", "\"}${\"", "\"}`;\n"),
        ("NPSSO = (\"", "\") + (\"", "\")\n"),
        ("npsso = \"", "\"\nnpsso += \"", "\"\n"),
    ]
    .into_iter()
    .map(|(before, between, after)| (format!("{before}{a}{between}{b}{after}"), before))
    .map(|(text, before)| {
        let place = format!("1:{}", before.len() + 1);
        (text, &*place.leak(), "concatenation")
    })
    .collect();
    all_found(&cases);
    all_quiet(&[
        format!("npsso = [\"{a}\", \"{b}\"]\n"),
        format!("npsso = [\"{a}\", \"{b}\"].join(\"-\")\n"),
        format!("npsso = os.path.join(\"{a}\", \"{b}\")\n"),
        format!("npsso = \"{a}\"\nother += \"{b}\"\n"),
        format!("npsso:\n- \"{a}\"\n- \"{b}\"\n"),
    ]);
}

#[test]
fn a_variable_that_goes_on_in_its_own_assignment_is_joined() {
    let t = expand("{{npsso}}");
    let (a, b) = t.split_at(29);
    all_found(&[
        (
            format!("  npsso = \"{a}\"\n  npsso = npsso & \"{b}\"\n"),
            "1:12",
            "concatenation",
        ),
        (
            format!("$npsso = '{a}';\n$npsso = $npsso . '{b}';\n"),
            "1:11",
            "concatenation",
        ),
        (
            format!("NPSSO=\"{a}\"\nNPSSO=$NPSSO\"{b}\"\n"),
            "1:8",
            "concatenation",
        ),
        (
            format!("strcpy(npsso, \"{a}\");\nstrcat(npsso, \"{b}\");\n"),
            "1:16",
            "concatenation",
        ),
        (
            format!("export NPSSO={a}\"{}\"'{}'\n", &b[..9], &b[9..]),
            "1:14",
            "concatenation",
        ),
    ]);
    let other = &t[..35];
    all_quiet(&[
        format!("npsso = \"{a}\"\nother = other & \"{b}\"\n"),
        format!("npsso = \"{a}\"\nnpsso = \"{b}\"\n"),
        format!("NPSSO=\"{a}\"\nOTHER=$OTHER\"{b}\"\n"),
        format!("npsso,\"{a}\",\"{other}\"\n"),
        format!("a:2:{{s:5:\"npsso\";s:29:\"{a}\";s:35:\"{other}\";}}\n"),
    ]);
}

#[test]
fn a_format_of_nothing_but_its_arguments_joins_them() {
    let t = expand("{{npsso}}");
    let (a, b) = t.split_at(29);
    all_found(&[
        (
            format!("NPSSO = \"{{}}{{}}\".format(\"{a}\", \"{b}\")\n"),
            "1:24",
            "concatenation",
        ),
        (
            format!("npsso = \"%s%s\" % (\"{a}\", \"{b}\")\n"),
            "1:20",
            "concatenation",
        ),
        (
            format!("NPSSO = f\"{{'{a}'}}{{'{b}'}}\"\n"),
            "1:13",
            "concatenation",
        ),
        (
            format!("npsso = [\'{a}\', ...\n  '{b}'];\n"),
            "1:11",
            "concatenation",
        ),
    ]);
    all_quiet(&[
        format!("npsso = \"{{}}-{{}}\".format(\"{a}\", \"{b}\")\n"),
        format!("log(\"npsso %s %s\", \"{a}\", \"{b}\")\n"),
    ]);
}

#[test]
fn a_cookie_is_joined_over_lines_and_its_name_is_too() {
    let t = expand("{{pdccws_p}}");
    let text = format!("pdccws_p={t}");
    let lines = |width: usize, before: &str| wrapped(&text, width, &format!("\n{before}"));
    let header = format!("Cookie: isSignedIn=true; session=xyzzyx0123456789; {text}; p=0");
    let cookie = |cuts: [usize; 3]| {
        let mut rest = header.as_str();
        let mut pieces = Vec::new();
        for cut in cuts {
            let (piece, after) = rest.split_at(cut);
            pieces.push(format!("\"{piece}\""));
            rest = after;
        }
        format!("c = {} + \n  \"{rest}\";\n", pieces.join(" + \n  "))
    };
    all_found(&[
        (
            format!("x\n{}\n\nend\n", lines(40, "")),
            "2:10",
            "line-wrap",
        ),
        (
            format!("x\n{}\n\nend\n", lines(44, "")),
            "2:10",
            "line-wrap",
        ),
        (
            format!("On Monday:\n| {}\n\nend\n", lines(40, "| ")),
            "2:12",
            "line-wrap",
        ),
        (format!(" x\n+{}\n+\n", lines(41, "+")), "2:11", "line-wrap"),
        (
            format!(
                "> {}\n{}\n",
                &header[..56],
                wrapped(&header[56..], 56, "\n")
            ),
            "2:5",
            "line-wrap",
        ),
        (
            format!(
                "| name  | value    |\n|-------|----------|\n| npsso | {} |\n|       | {}          |\n",
                &expand("{{npsso}}")[..44],
                &expand("{{npsso}}")[44..]
            ),
            "3:11",
            "line-wrap",
        ),
        (cookie([56, 30, 30]), "2:8", "concatenation"),
        (cookie([59, 30, 30]), "2:5", "concatenation"),
    ]);
}

#[test]
fn the_lines_of_an_embedded_text_are_read_as_lines() {
    let t = expand("{{npsso}}");
    let in_json = |text: &str| format!("{{\"v\":{}}}\n", json(text));
    let percent = |text: &str| -> String {
        let escape = |byte: u8| match byte {
            b'.' | b'-' | b'_' => char::from(byte).to_string(),
            byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        };
        text.bytes().map(escape).collect()
    };
    let entities = |text: &str| {
        let text = text.replace('\n', "&#x0A;");
        text.replace('>', "&#x3E;").replace(':', "&#x3A;")
    };
    // Broken lines of a mail, in a difference, in a document
    let broken = format!(
        "{{\"a\":\"some words\",\"npsso\":\"{}=\n{}\"}}\n",
        &t[..40],
        &t[40..]
    );
    let change = format!(
        "@@ -0,0 +1,2 @@\n+{}",
        broken.trim_end().replace('\n', "\n+")
    );
    let cookie = expand("{{pdccws_p}}").replace('%', "=25");
    let signed = format!(
        "const a =3D 'x';\nconst pdccwsP =3D \"{}=\n{}\";\n",
        &cookie[..50],
        &cookie[50..]
    );
    let block = wrapped(&base64(settings(&t).as_bytes()), 60, "\n> ");
    let cell = |lines: &[String]| {
        let lines: Vec<String> = lines
            .iter()
            .map(|line| json(&format!("{line}\n")))
            .collect();
        format!("{{\"source\": [\n  {}\n ]}}\n", lines.join(",\n  "))
    };
    all_found(&[
        (change.clone(), "2:29", "quoted-printable"),
        (in_json(&change), "1:59", "backslash > quoted-printable"),
        (
            in_json(&in_json(&change)),
            "1:83",
            "backslash > backslash > quoted-printable",
        ),
        (percent(&signed), "1:63", "percent > quoted-printable"),
        (
            format!(
                "<p>On Monday, worker wrote&#x3A;&#x0A;&#x3E; {}</p>\n",
                entities(&block)
            ),
            "1:46",
            "entity > base64",
        ),
        (
            cell(&[
                "import os".to_owned(),
                format!("npsso = '{}' \\", &t[..30]),
                format!("        '{}'", &t[30..]),
            ]),
            "3:13",
            "backslash > concatenation",
        ),
    ]);
    let (a, b) = t.split_at(32);
    all_quiet(&[
        in_json(&format!(
            "+npsso-cache evicted {a}=\n+npsso-cache evicted {b}\n"
        )),
        cell(&[format!("npsso_a = '{a}'"), format!("npsso_b = '{b}'")]),
        in_json(&in_json(&format!("npsso\n{a}\n{b}\n"))),
    ]);
}

#[test]
fn what_is_written_like_an_escaped_value_and_is_none_stays_quiet() {
    let t = expand("{{npsso}}");
    let braces = |text: &str| -> String {
        text.chars()
            .map(|c| format!("\\u{{{:x}}}", u32::from(c)))
            .collect()
    };
    let rows = |text: &str| -> String {
        let rows = text.as_bytes().chunks(8).enumerate();
        let row = |(index, bytes): (usize, &[u8])| {
            let bytes: String = bytes.iter().map(|byte| format!("\t0x{byte:02x}")).collect();
            format!("{:#x}:{bytes}\n", 0x5555_5560_2010usize + 8 * index)
        };
        rows.map(row).collect()
    };
    all_quiet(&[
        // Too short, too long, and somebody else's
        format!("const npsso = \"{}\";\n", braces(&t[..63])),
        format!("const npsso = \"{}\";\n", braces(&format!("{t}a"))),
        format!("// npsso\nconst discordToken = \"{}\";\n", braces(&t)),
        format!("<S>NPSSO={t}_x0041_</S>\n"),
        format!("<S>NPSSO={t}_x005F_more</S>\n"),
        format!("<S>DISCORD_TOKEN={t}_x000D__x000A_</S>\n"),
        format!("(gdb) x/72xb npsso\n{}", rows(&format!("{t}01234567"))),
        format!("npsso is fine\n(gdb) x/64xb discord_token\n{}", rows(&t)),
        // Two names of their own length
        format!(
            "npsso-cache-entry-old={0}\nnpsso-cache-entry-new={0}\n",
            &t[..32]
        ),
    ]);
}

#[test]
fn what_does_not_show_in_a_value_is_no_part_of_it() {
    let t = expand("{{npsso}}");
    let (a, b) = t.split_at(29);
    let run = "</w:t></w:r><w:proofErr w:type=\"spellEnd\"/><w:r w:rsidR=\"00A77B3E\"><w:rPr><w:rFonts w:ascii=\"Consolas\" w:hAnsi=\"Consolas\"/><w:sz w:val=\"20\"/></w:rPr><w:t>";
    let cookie = expand("{{pdccws_p}}");
    // A signature may have a slash.
    let cookie = format!("{}%2F{}", &cookie[..50], &cookie[51..]);
    let caret = cookie.replace('%', "^%^");
    all_found(&[
        (
            format!("<w:p><w:r><w:t>NPSSO={a}{run}{b}</w:t></w:r></w:p>\n"),
            "1:22",
            "markup",
        ),
        (
            format!(
                "<code>npsso={a}<mark>{}</mark>{}</code>\n",
                &b[..9],
                &b[9..]
            ),
            "1:13",
            "markup",
        ),
        (format!("my npsso is {a}\u{200b}{b}\n"), "1:13", "markup"),
        (
            format!("<td>npsso</td><td>{a}<wbr>{b}</td>\n"),
            "1:19",
            "markup",
        ),
        (
            format!("npsso: {a}\u{1b}[01;31m\u{1b}[K{b}\u{1b}[m\n"),
            "1:8",
            "markup",
        ),
        (
            format!("curl ^\"https://x.example/^\" -b ^\"pdccws_p={caret}^\"\n"),
            "1:43",
            "backslash",
        ),
        (
            format!("[2.4, \"o\", \"user@host:~/folder$ export NPSSO={a} \\r{b}\\r\\n\"]\n"),
            "1:46",
            "line-wrap",
        ),
        (
            format!("you asked for it, so here is my npsso: {a} \r\n{b}\r\n"),
            "1:40",
            "line-wrap",
        ),
    ]);
    let other = &t[..35];
    all_quiet(&[
        format!("<tr><td>npsso</td><td>{a}</td><td>{other}</td></tr>\n"),
        format!("<npsso>{a}</npsso><token>{other}</token>\n"),
        format!("<p>npsso={a}</p><p>{other}</p>\n"),
    ]);
}

#[test]
fn digits_of_a_database_say_that_they_are_hexadecimal() {
    let t = expand("{{npsso}}");
    let digits = hex(&t);
    all_found(&[
        (
            format!("INSERT INTO s VALUES ('npsso', '\\x{digits}');\n"),
            "1:35",
            "hex",
        ),
        (format!("npsso\t\\\\x{digits}\t1\n"), "1:10", "hex"),
        (format!("SET npsso = 0x{digits};\n"), "1:15", "hex"),
    ]);
}

#[test]
fn lines_that_are_encoded_each_on_their_own_are_read_so() {
    // With two, one and no padding
    for rest in ["", "x", "xy"] {
        let leak = expand("npsso={{npsso}}") + &"\n".repeat(rest.len());
        let other = expand("apkey={{npsso:other}}") + &"\n".repeat(rest.len());
        let [leak, other] = [leak, other].map(|text| base64(text.as_bytes()));
        all_found(&[
            (format!("{leak}\n{other}\n"), "1:1", "base64"),
            (format!("{other}\n{leak}\n"), "2:1", "base64"),
            (
                format!("[\n  \"{other}\",\n  \"{leak}\",\n  \"{other}\"\n]\n"),
                "3:4",
                "base64",
            ),
        ]);
    }
}

#[test]
fn what_is_typed_in_a_recording_of_a_terminal_is_one_text() {
    let leak = expand("$ export NPSSO={{npsso}}\r\n");
    let header = "{\"version\": 2, \"width\": 80, \"height\": 24}\n";
    let event = |(index, output): (usize, &str)| format!("[{index}.5, \"o\", {}]\n", json(output));
    let typed: String = leak
        .split_inclusive(|_| true)
        .enumerate()
        .map(event)
        .collect();
    let (first, second) = leak.split_at(50);
    let pasted: String = [first, second].into_iter().enumerate().map(event).collect();
    all_found(&[
        (format!("{header}{typed}"), "17:14", "asciicast"),
        (format!("{header}{pasted}"), "2:28", "asciicast"),
        (format!("{header}{}", event((1, &leak))), "2:28", ""),
    ]);
}

#[test]
fn two_values_side_by_side_are_not_one() {
    let t = expand("{{npsso}}");
    let (a, b) = t.split_at(32);
    all_quiet(&[
        // Records of a log, items of a list, settings
        format!(
            "2024-05-01T12:00:01.007Z npsso-cache evicted {a}\n2024-05-01T12:00:02.014Z npsso-cache evicted {b}\n"
        ),
        format!("[npsso] {a} is known to this program\n[npsso] {b} is known, too\n"),
        format!("npsso refs of this account and others:\n- reference {a}\n- reference {b}\n"),
        format!("npsso refs of this account and others:\n1. {a}\n2. {b}\n"),
        // Lists and arguments
        format!("NPSSO_KEY_IDS=(\"{a}\" \"{b}\")\n"),
        format!("psn-cli compare \"{a}\" \"{b}\"\n"),
        format!("npsso.refs = [ \"{a}\" \"{b}\" ];\n"),
        format!("GET /npsso/refs HTTP/1.1\" 200 \"{a}\" \"{b}\"\n"),
        format!("$npssoIds = @('{a}')\n$npssoIds += '{b}'\n"),
        // One or the other
        format!("type NpssoClientId = \"{a}\" | \"{b}\"\n"),
        format!("const npsso = \"{a}\" || \"{b}\";\n"),
        format!("npsso:\n-  \"{a}\"\n+  \"{b}\"\n"),
        format!("npsso_ref = <del>{a}</del><ins>{b}</ins>\n"),
        // Elements of their own
        format!("<p>npsso refs</p><span>{a}</span><span>{b}</span>\n"),
        format!("<npsso><x>{a}</x><b>{b}</b></npsso>\n"),
        format!("npsso_ids:\n  .asciz \"{a}\"\n  .asciz \"{b}\"\n"),
        format!("npsso ref {a}^{b}\n"),
        format!("| npsso ref | {a} |\n|           | {b} |\n"),
        format!("| npsso | {a} |\n| other | {b} |\n"),
    ]);
}

#[test]
fn what_is_quoted_at_the_end_of_a_line_is_whole() {
    // A backquote at the end of a line says in PowerShell that it goes on.
    all_quiet(&[expand(
        "- the one of our own back office is `koa.sess`:\n  `{{pdccws_p}}`\n- pdccws_p lasts some hours\n",
    )]);
}
