//! Secrets are found where their bytes are written as numbers: in lists of
//! programs, in logs, in the rows of a hex dump.

use crate::decoding::{all_found, base64};
use crate::support::{Project, expand};

fn each(text: &str, between: &str, write: impl Fn(u8) -> String) -> String {
    let numbers: Vec<String> = text.bytes().map(write).collect();
    numbers.join(between)
}

fn decimal(text: &str, between: &str) -> String {
    each(text, between, |byte| byte.to_string())
}

fn hexadecimal(text: &str, between: &str) -> String {
    each(text, between, |byte| format!("{byte:02x}"))
}

/// As `xxd` prints it.
fn dump(text: &str) -> String {
    let row = |(index, row): (usize, &[u8])| {
        let hex = |pair: &[u8]| pair.iter().map(|byte| format!("{byte:02x}")).collect();
        let groups: Vec<String> = row.chunks(2).map(hex).collect();
        let text: String = row
            .iter()
            .map(|byte| {
                if byte.is_ascii_graphic() {
                    char::from(*byte)
                } else {
                    '.'
                }
            })
            .collect();
        format!("{:08x}: {:<39}  {text}\n", 16 * index, groups.join(" "))
    };
    text.as_bytes().chunks(16).enumerate().map(row).collect()
}

#[test]
fn a_list_of_numbers_under_a_name_is_a_value() {
    let t = expand("{{npsso}}");
    let hex = |between: &str| each(&t, between, |byte| format!("0x{byte:02x}"));
    let wide = each(&t, ",", |byte| format!("{byte:02x},00"));
    all_found(&[
        (
            format!("byte[] npsso = {{{}}};\n", decimal(&t, ", ")),
            "1:17",
            "numbers",
        ),
        (
            format!("unsigned char npsso[64] = {{\n  {}\n}};\n", hex(", ")),
            "2:3",
            "numbers",
        ),
        (
            format!(
                "$npsso = {};\n",
                each(&t, ".", |byte| format!("chr({byte})"))
            ),
            "1:14",
            "numbers",
        ),
        (
            format!("\"npsso\"=hex:{}\n", hexadecimal(&t, ",")),
            "1:13",
            "numbers",
        ),
        (
            format!("\"npsso\"=hex(1):{wide},00,00\n"),
            "1:16",
            "numbers",
        ),
        (
            format!(
                "{{\"npsso\":{{\"type\":\"Buffer\",\"data\":[{}]}}}}\n",
                decimal(&t, ",")
            ),
            "1:35",
            "numbers",
        ),
        (
            format!("t=12 npsso: <Buffer {}>\n", hexadecimal(&t, " ")),
            "1:21",
            "numbers",
        ),
    ]);
}

#[test]
fn numbers_may_stand_for_a_whole_text() {
    let text = expand("PORT=80\nNPSSO={{npsso}}\nDEBUG=1\n");
    let value = text.find("NPSSO=").expect("it is there") + "NPSSO=".len();
    let row = format!("{}:{}", 1 + value / 16, 11 + 5 * (value % 16 / 2));
    let encoded = base64(text.as_bytes());
    all_found(&[
        (dump(&text), &row, "numbers"),
        (base64(dump(&text).as_bytes()), "1:1", "base64 > numbers"),
        (
            hexadecimal(&text, " "),
            &format!("1:{}", 1 + 3 * value),
            "numbers",
        ),
        (
            decimal(&text, ",\n      "),
            &format!("{}:7", 1 + value),
            "numbers",
        ),
        (
            decimal(&format!("backup: {encoded} "), ","),
            &format!("1:{}", 1 + decimal("backup: ", ",").len() + 1),
            "numbers > base64",
        ),
    ]);
}

#[test]
fn rows_of_a_debugger_and_of_bsd_are_read() {
    let t = expand("{{npsso}}");
    let rows = |size: usize, write: &dyn Fn(usize, &[u8]) -> String, text: &str| -> String {
        let rows = text.as_bytes().chunks(size).enumerate();
        rows.map(|(index, bytes)| write(size * index, bytes) + "\n")
            .collect()
    };
    let each =
        |bytes: &[u8], write: fn(&u8) -> String| -> String { bytes.iter().map(write).collect() };
    let bytes = |bytes: &[u8]| each(bytes, |byte| format!("\t0x{byte:02x}"));
    let plain = |at: usize, row: &[u8]| format!("{:#x}:{}", 0x5555_5560_2010 + at, bytes(row));
    let symbol =
        |at: usize, row: &[u8]| format!("{:#x} <npsso+{at}>:{}", 0x5555_5560_2010 + at, bytes(row));
    // `od -c` of macOS
    let cells = |at: usize, row: &[u8]| {
        let cell = |byte: &u8| match byte {
            b'\n' => "  \\n".to_owned(),
            byte => format!("   {}", char::from(*byte)),
        };
        format!("{:<72}", format!("{at:07o} {}", each(row, cell)))
    };
    let settings = format!("PORT=80\nNPSSO={t}\n");
    all_found(&[
        (
            format!("(gdb) x/64xb npsso\n{}(gdb) \n", rows(8, &plain, &t)),
            "2:17",
            "numbers",
        ),
        (
            format!("(gdb) x/64xb npsso\n{}", rows(8, &symbol, &t)),
            "2:27",
            "numbers",
        ),
        (
            format!("$ od -c .env\n{}", rows(16, &cells, &settings)),
            "2:68",
            "numbers",
        ),
    ]);
}

#[test]
fn a_secret_is_found_far_into_a_list_and_a_dump() {
    // Longer than what is looked at at once
    let before = "nothing but words, line after line\n".repeat(9000);
    let text = before.clone() + &expand("NPSSO={{npsso}}\n") + &before[..70_000];
    let project = Project::new()
        .bytes("dump", dump(&text).as_bytes())
        .bytes("list", decimal(&text, ", ").as_bytes())
        .bytes("lines", decimal(&text, ",\n").as_bytes());
    let run = project.audit(&["."]);
    let value = before.len() + "NPSSO=".len();
    let row = format!("dump:{}:{}", 1 + value / 16, 11 + 5 * (value % 16 / 2));
    let list = format!("list:1:{}", 3 + decimal(&text[..value], ", ").len());
    let lines = format!("lines:{}:1", 1 + value);
    let expected = [row, lines, list].map(|place| place + " npsso high");
    assert_eq!(run.places(), expected, "{}", run.stdout);
    assert_eq!(run.code, 1);
}

#[test]
fn tables_of_numbers_stay_quiet() {
    let t = expand("{{npsso}}");
    let digest = each(&t, "", |byte| format!("{byte:02x}"));
    let project = Project::new()
        // A digest, as text and as bytes
        .bytes(
            "a.log",
            format!("npsso=[{}]\n", decimal(&digest[..64], ", ")).as_bytes(),
        )
        .bytes(
            "b.c",
            format!(
                "char npsso_sha256[] = {{ {} }};\n",
                hexadecimal(&t[..32], ", ")
            )
            .as_bytes(),
        )
        // Two of its values are none of a byte.
        .bytes(
            "c.csv",
            format!("npsso,{},300\n", decimal(&t, ",300,")).as_bytes(),
        )
        // A secret with a space between any two characters is none, and a longer text isn't.
        .bytes(
            "d.log",
            format!("npsso=[{}]\n", decimal(&t.repeat(3), ", ")).as_bytes(),
        )
        .bytes(
            "e.log",
            format!("npsso=[{}]\n", decimal(&t[..63], ", ")).as_bytes(),
        )
        .bytes(
            "f.log",
            format!("image=[{}]\n", decimal(&t, ", ")).as_bytes(),
        )
        .bytes("g.py", b"npsso = bytes([120] * 64) # 120, 120, 120\n")
        .bytes(
            "h.py",
            format!("npsso = bytes([{}])\n", ["120"; 64].join(", ")).as_bytes(),
        );
    let run = project.audit(&["."]);
    assert_eq!((run.places(), run.code), (Vec::new(), 0), "{}", run.stdout);
}
