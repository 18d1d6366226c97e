//! Secrets are found in the text that PDF documents show.

use crate::support::{Project, Run, clean, expand};

/// Makes documents as office programs do: the fonts hold only the characters that are
/// used, and the codes say nothing without the fonts.
const PRELUDE: &str = r#"
import os, zlib
T = os.environ["T"]
def save(name, objects, packed=()):
    out = b"%PDF-1.5\n"
    for number, value in objects.items():
        if isinstance(value, tuple):
            entries, content = value
            value = "<< %s /Length %d >>\nstream\n" % (entries, len(content))
            value = value.encode() + content + b"\nendstream"
        else: value = value.encode()
        if number in packed: continue
        out += b"%d 0 obj\n%s\nendobj\n" % (number, value)
    if packed:
        values = [objects[number].encode() for number in packed]
        head, body = "", b""
        for number, value in zip(packed, values):
            head += "%d %d " % (number, len(body)); body += value + b" "
        entries = "/Type /ObjStm /N %d /First %d /Filter /FlateDecode" % (len(packed), len(head))
        content = zlib.compress(head.encode() + body)
        out += b"99 0 obj\n<< %s >>\nstream\n%s\nendstream\nendobj\n" % (entries.encode(), content)
    open(name, "wb").write(out + b"trailer << /Root 1 0 R >>\n%%EOF\n")
class Font:
    def __init__(self, text, size, shift=0):
        self.size = size
        self.codes = {c: n + 1 + shift for n, c in enumerate(dict.fromkeys(text))}
    def codes_of(self, text): return b"".join(self.codes[c].to_bytes(self.size, "big") for c in text)
    def hex(self, text): return b"<" + self.codes_of(text).hex().encode() + b">"
    def kerned(self, text): return b"[" + b"-7".join(self.hex(c) for c in text) + b"]TJ"
    def cmap(self):
        low, high = ("00", "ff") if self.size == 1 else ("0000", "ffff")
        lines = "".join("<%0*X> <%04X>\n" % (2 * self.size, n, ord(c)) for c, n in self.codes.items())
        return ("1 begincodespacerange\n<%s> <%s>\nendcodespacerange\n%d beginbfchar\n%sendbfchar"
            % (low, high, len(self.codes), lines)).encode()
    def font(self, cmap):
        if self.size == 1:
            return "<</Type/Font/Subtype/TrueType/FirstChar 0/Widths[%s]/ToUnicode %d 0 R>>" % ("600 " * 256, cmap)
        return "<</Type/Font/Subtype/Type0/Encoding/Identity-H/DescendantFonts[8 0 R]/ToUnicode %d 0 R>>" % cmap
FLATE = "/Filter /FlateDecode"
LINE = "NPSSO=" + T
PART = "<</Type/Font/Subtype/CIDFontType2/DW 600>>"
"#;

/// The places in a document that is made so, without duplicates.
fn places(program: &str) -> Vec<String> {
    let project = Project::new();
    let made = clean("python3")
        .arg("-c")
        .arg(format!("{PRELUDE}{program}"))
        .current_dir(project.root())
        .env("T", expand("{{npsso}}"))
        .status()
        .expect("python3 runs");
    assert!(made.success(), "{program}");
    members(&project.audit(&["."]))
}

fn members(run: &Run) -> Vec<String> {
    let findings = run.findings();
    let exposures = findings
        .iter()
        .flat_map(|finding| finding["exposures"].as_array().expect("a list"));
    let mut members: Vec<String> = exposures
        .map(|exposure| {
            let path = exposure["path"].as_str().expect("a path");
            let member = exposure["member"].as_str().unwrap_or_default();
            format!("{path} {member}")
        })
        .collect();
    members.sort();
    members
}

#[test]
fn the_codes_of_embedded_fonts_are_text() {
    let found = places(
        r#"
for size in 1, 2:
    font = Font(LINE, size)
    content = b"BT 56.8 764.1 Td /F1 10 Tf" + font.kerned(LINE) + b" ET"
    objects = {
        1: "<</Type/Catalog/Pages 2 0 R>>", 2: "<</Type/Pages/Kids[3 0 R]/Resources 5 0 R>>",
        3: "<</Type/Page/Parent 2 0 R/Contents 4 0 R>>", 4: (FLATE, zlib.compress(content)),
        5: "<</Font 6 0 R/ProcSet[/PDF/Text]>>", 6: "<</F1 7 0 R>>", 7: font.font(9),
        8: PART, 9: (FLATE, zlib.compress(font.cmap())),
    }
    save("plain%d.pdf" % size, objects)
    save("packed%d.pdf" % size, objects, [1, 2, 3, 5, 6, 7, 8])
    del objects[3]
    save("broken%d.pdf" % size, objects)
"#,
    );
    let names = ["broken", "packed", "plain"].iter();
    let expected: Vec<String> = names
        .flat_map(|name| [1, 2].map(|size| format!("{name}{size}.pdf object 4 0 text")))
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn each_page_has_fonts_of_its_own() {
    let found = places(
        r#"
one, two, three = Font(LINE, 2), Font(LINE, 2, 100), Font(LINE, 1, 7)
def page(font): return (FLATE, zlib.compress(b"BT /F1 9 Tf 5 5 Td " + font.hex(LINE) + b"Tj ET"))
save("pages.pdf", {
    1: "<</Type/Page/Contents[11 0 R]/Resources<</Font<</F1 21 0 R>>>>>>", 11: page(one),
    2: "<</Type/Page/Contents 5 0 R/Resources<</Font<</F1 22 0 R>>>>>>", 5: "[12 0 R]", 12: page(two),
    13: ("/Type/XObject/Subtype/Form/Resources<</Font<</F1 23 0 R>>>>" + FLATE, page(three)[1]),
    21: one.font(31), 22: two.font(32), 23: three.font(33), 8: PART,
    31: ("", one.cmap()), 32: ("", two.cmap()), 33: ("", three.cmap()),
})
"#,
    );
    let expected = [11, 12, 13].map(|number| format!("pages.pdf object {number} 0 text"));
    assert_eq!(found, expected);
}

#[test]
fn a_word_that_is_shown_in_pieces_is_one() {
    let found = places(
        r#"
font = Font(LINE, 2)
objects = lambda content: {
    3: "<</Type/Page/Contents 4 0 R/Resources<</Font<</F1 7 0 R>>>>>>", 8: PART,
    4: (FLATE, zlib.compress(content)), 7: font.font(9), 9: ("", font.cmap()),
}
start = b"BT /F1 10 Tf 1 0 0 -1 8 82 Tm "
save("near.pdf", objects(start + font.hex(LINE[:20]) + b"Tj 120.5 0 Td" + font.hex(LINE[20:]) + b"Tj ET"))
save("lines.pdf", objects(start + font.hex(LINE) + b"Tj 0 12 Td" + font.hex(LINE) + b"Tj ET"))
save("blank.pdf", objects(start + font.hex(LINE[:20]) + b"Tj 126 0 Td" + font.hex(LINE[20:]) + b"Tj ET"))
"#,
    );
    let expected = [
        "lines.pdf object 4 0 text",
        "lines.pdf object 4 0 text",
        "near.pdf object 4 0 text",
    ];
    assert_eq!(found, expected);
}

#[test]
fn what_a_page_shows_is_found_once() {
    let found = places(
        r#"
page = {3: "<</Type/Page/Contents 4 0 R>>"}
show = b"BT 1 0 0 1 40 800 Tm (NPSSO=" + T.encode() + b") Tj T* ET"
digits = b"BT <" + LINE.encode().hex().encode() + b"> Tj ET"
note = b"% NPSSO=" + T.encode() + b"\nBT (words) Tj ET"
merged = b"BT (NPSSO=) Tj (no) Tj (" + T.encode() + b") Tj ET"
for name, content in ("show", show), ("digits", digits), ("note", note), ("merged", merged):
    save(name + ".pdf", page | {4: (FLATE, zlib.compress(content))})
    save(name + "-plain.pdf", page | {4: ("", content)})
"#,
    );
    let expected = [
        "digits-plain.pdf object 4 0 text",
        "digits.pdf object 4 0 text",
        "merged-plain.pdf ",
        "merged.pdf object 4 0",
        "note-plain.pdf ",
        "note.pdf object 4 0",
        "show-plain.pdf object 4 0 text",
        "show.pdf object 4 0 text",
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_document_that_opens_without_a_password_is_read() {
    let found = places(
        r#"
import hashlib
PADDING = bytes.fromhex("28bf4e5e4e758a41 64004e56fffa0108 2e2e00b6d0683e80 2f0ca9fe6453697a")
def rc4(key, text):
    state, i, j, out = list(range(256)), 0, 0, b""
    for n in range(256):
        j = (j + state[n] + key[n % len(key)]) % 256
        state[n], state[j] = state[j], state[n]
    j = 0
    for byte in text:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out += bytes([byte ^ state[(state[i] + state[j]) % 256]])
    return out
OWNER = b"owner's password with 32 letters"
KEY = hashlib.md5(PADDING + OWNER + (-4).to_bytes(4, "little", signed=True) + b"id").digest()[:5]
def encrypted(number, text): return rc4(hashlib.md5(KEY + bytes([number, 0, 0, 0, 0])).digest()[:10], text)
def string(number, text): return "<" + encrypted(number, text).hex() + ">"
def document(user): return {
    1: "<</Filter/Standard/V 1/R 2/P -4/O<%s>/U<%s>>>" % (OWNER.hex(), user.hex()),
    2: "<</Size 9/Encrypt 1 0 R/ID[<6964><00>]>>",
    4: (FLATE, encrypted(4, zlib.compress(b"BT (NPSSO=" + T.encode() + b") Tj ET"))),
    5: "<</Type/Annot/Contents" + string(5, b"\xfe\xff" + LINE.encode("utf-16-be")) + ">>",
    6: ("/Type/EmbeddedFile", encrypted(6, LINE.encode())),
    7: "<</FT/Tx/T" + string(7, b"npsso") + "/V" + string(7, T.encode()) + ">>",
}
save("open.pdf", document(rc4(KEY, PADDING)))
font = Font(LINE, 2)
content = b"BT /F1 10 Tf" + font.hex(LINE) + b"Tj ET"
save("font.pdf", document(rc4(KEY, PADDING)) | {
    3: "<</Type/Page/Contents 4 0 R/Resources<</Font<</F1 7 0 R>>>>>>",
    4: (FLATE, encrypted(4, zlib.compress(content))), 5: "[]", 6: "[]",
    7: font.font(9), 8: PART, 9: (FLATE, encrypted(9, zlib.compress(font.cmap()))),
})
save("locked.pdf", document(PADDING))
"#,
    );
    let expected = [
        "font.pdf object 4 0 text",
        "open.pdf object 4 0 text",
        "open.pdf object 5 0 strings",
        "open.pdf object 6 0",
        "open.pdf object 7 0 strings",
    ];
    assert_eq!(found, expected);
}
