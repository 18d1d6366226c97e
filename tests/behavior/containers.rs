//! Secrets are found inside of containers, and what cannot be read is said.

use std::process::Stdio;

use crate::decoding::base64;
use crate::support::{Project, Run, clean, expand, sarif_schema};

/// Runs Python, whose standard library makes real archives, in the project's folder.
pub fn python(project: &Project, program: &str) {
    let mut child = clean("python3")
        .arg("-c")
        .arg(program)
        .current_dir(project.root())
        .env("T", expand("{{npsso}}"))
        .env("LEAK", expand("# bot\nNPSSO={{npsso}}\n"))
        .stdin(Stdio::null())
        .spawn()
        .expect("python3 runs");
    assert!(child.wait().expect("python3 ends").success(), "{program}");
}

fn audited(program: &str) -> Run {
    let project = Project::new();
    python(&project, program);
    project.audit(&["."])
}

/// Every place as `path member line:column layers`.
fn places(run: &Run) -> Vec<String> {
    let mut places: Vec<String> = run
        .findings()
        .iter()
        .flat_map(|finding| finding["exposures"].as_array().expect("a list").clone())
        .map(|exposure| {
            let layers = exposure["layers"].as_array().cloned().unwrap_or_default();
            let layers: Vec<&str> = layers
                .iter()
                .filter_map(|layer| layer["layer"].as_str())
                .collect();
            format!(
                "{} [{}] {}:{} {}",
                exposure["path"].as_str().expect("a path"),
                exposure["member"].as_str().unwrap_or(""),
                exposure["location"]["line"],
                exposure["location"]["column"],
                layers.join(" > ")
            )
        })
        .collect();
    places.sort();
    places
}

pub const PRELUDE: &str = r#"
import bz2, gzip, io, json, base64, lzma, os, plistlib, sqlite3, tarfile, zipfile, zlib
LEAK = os.environ["LEAK"].encode(); T = os.environ["T"]
def save(name, data): open(name, "wb").write(data)
def zipped(members, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members: archive.writestr(name, data)
    return out.getvalue()
def tarred(members, mode="w", format=tarfile.PAX_FORMAT):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode, format=format) as archive:
        for name, data in members:
            info = tarfile.TarInfo(name); info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()
"#;

fn with_prelude(program: &str) -> Run {
    audited(&format!("{PRELUDE}{program}"))
}

#[test]
fn compressed_files_and_archives_are_opened_by_their_content() {
    let run = with_prelude(
        r#"
save("a", gzip.compress(LEAK))
save("b", bz2.compress(LEAK))
save("c", lzma.compress(LEAK))
save("d", lzma.compress(LEAK, format=lzma.FORMAT_ALONE))
save("e", gzip.compress(b"first\n") + gzip.compress(LEAK))
save("f", zipped([("x.txt", b"hello"), ("bot/.env", LEAK)]))
save("g", zipped([("bot/.env", LEAK)], zipfile.ZIP_STORED))
save("h", tarred([("bot/.env", LEAK)]))
save("i", tarred([("d" * 150 + "/.env", LEAK)], format=tarfile.GNU_FORMAT))
save("j", tarred([("bot/.env", LEAK)], "w:xz"))
save("k", zlib.compress(b"padding of a stream\n" * 9 + LEAK))
"#,
    );
    assert_eq!(
        places(&run),
        [
            "a [] 2:7 gzip".to_owned(),
            "b [] 2:7 bzip2".to_owned(),
            "c [] 2:7 xz".to_owned(),
            "d [] 2:7 lzma".to_owned(),
            "e [] 3:7 gzip".to_owned(),
            "f [bot/.env] 2:7 zip".to_owned(),
            "g [bot/.env] 2:7 zip".to_owned(),
            "h [bot/.env] 2:7 tar".to_owned(),
            format!("i [{}/.env] 2:7 tar", "d".repeat(150)),
            "j [bot/.env] 2:7 xz > tar".to_owned(),
            "k [] 11:7 zlib".to_owned(),
        ],
        "{}",
        run.stdout
    );
    assert_eq!(run.findings().len(), 1);
}

#[test]
fn containers_are_opened_inside_of_each_other_and_behind_encodings() {
    let run = with_prelude(
        r#"
save("a.zip", zipped([("x.tar.gz", tarred([("d/y.zip", zipped([(".env", LEAK)]))], "w:gz"))]))
save("layers.tar", tarred([("abc/layer.tar", tarred([("app/.env", LEAK)]))]))
release = base64.b64encode(base64.b64encode(gzip.compress(json.dumps({"npsso": T}).encode()))).decode()
save("helm.yaml", b"data:\n  release: " + release.encode() + b"\n")
deep = LEAK
for level in range(9): deep = zipped([("%d.zip" % level if level else ".env", deep)])
save("too-deep.zip", deep)
"#,
    );
    assert_eq!(
        places(&run),
        [
            "a.zip [x.tar.gz > x.tar > d/y.zip > .env] 2:7 zip > gzip > tar > zip",
            "helm.yaml [] 2:12 base64 > base64 > gzip",
            "layers.tar [abc/layer.tar > app/.env] 2:7 tar > tar",
        ]
        .map(|place| place.replace(" > x.tar >", " >")),
        "{}",
        run.stdout
    );
    let skipped = &run.json()["skipped"][0];
    assert_eq!(
        (skipped["path"].as_str(), skipped["reason"].as_str()),
        (Some("too-deep.zip"), Some("limit"))
    );
}

#[test]
fn what_stands_in_a_container_behind_an_encoding_is_found_there_and_once() {
    let run = with_prelude(
        r#"
stored = zipped([("bot/.env", LEAK)], zipfile.ZIP_STORED)
encoded = base64.b64encode(stored)
save("a.txt", b"data='" + encoded + b"'\n")
db = sqlite3.connect("b.db")
db.execute("create table files (data text)")
db.execute("insert into files values (?)", (encoded.decode(),))
db.commit(); db.close()
"#,
    );
    assert_eq!(
        places(&run),
        [
            "a.txt [bot/.env] 1:7 base64 > zip",
            "b.db [files rowid 1 column data > bot/.env] 1:1 sqlite > base64 > zip",
        ],
        "{}",
        run.stdout
    );
}

#[test]
fn databases_and_browser_stores_are_read_as_what_they_are() {
    let run = with_prelude(
        r#"
db = sqlite3.connect("cookies.sqlite")
db.execute("create table moz_cookies (id integer primary key, name text, value text, host text)")
db.execute("insert into moz_cookies values (7, 'npsso', ?, 'ca.account.sony.com')", (T,))
db.commit(); db.close()
db = sqlite3.connect("settings.db")
db.execute("pragma journal_mode=wal"); db.execute("pragma wal_autocheckpoint=0")
db.execute("create table settings (key text, note text, value text)")
db.execute("insert into settings values ('psn_npsso', ?, ?)", ("n" * 9000, T))
db.commit()
save("copy.db", open("settings.db", "rb").read()); save("copy.db-wal", open("settings.db-wal", "rb").read())
db.close(); os.remove("settings.db")
save("prefs.plist", plistlib.dumps({"npsso": T}, fmt=plistlib.FMT_BINARY))
"#,
    );
    let found = places(&run);
    assert!(
        found.contains(&"cookies.sqlite [moz_cookies rowid 7 column value] 1:1 sqlite".to_owned()),
        "{found:?}"
    );
    assert!(
        found.contains(&"copy.db [settings rowid 1 column value] 1:1 sqlite".to_owned()),
        "{found:?}"
    );
    assert!(
        found
            .iter()
            .any(|place| place.starts_with("prefs.plist [") && place.ends_with("binary-plist")),
        "{found:?}"
    );
    assert_eq!(run.findings().len(), 1);
}

#[test]
fn what_stands_in_a_container_in_a_database_is_found_there_and_once() {
    let run = with_prelude(
        r#"
db = sqlite3.connect("files.db")
db.execute("create table files (name text, note text, data blob)")
stored = zipped([("bot/.env", LEAK)], zipfile.ZIP_STORED)
db.execute("insert into files values ('a.zip', '', ?)", (stored,))
db.execute("insert into files values ('b.zip', ?, ?)", ("npsso=" + T, stored))
db.commit(); db.close()
"#,
    );
    assert_eq!(
        places(&run),
        [
            "files.db [files rowid 1 column data > bot/.env] 2:7 sqlite > zip",
            "files.db [files rowid 2 column data > bot/.env] 2:7 sqlite > zip",
            "files.db [files rowid 2 column note] 1:7 sqlite",
        ],
        "{}",
        run.stdout
    );
}

#[test]
fn what_is_encrypted_or_damaged_is_said_and_read_as_far_as_it_goes() {
    let run = with_prelude(
        r#"
whole = gzip.compress(LEAK + os.urandom(5000))
save("cut.gz", whole[:-2000])
archive = bytearray(zipped([("secret.txt", b"nothing to see" * 9), (".env", LEAK)]))
# Says of the first member that it is encrypted.
archive[6] |= 1; directory = archive.find(b"PK\x01\x02"); archive[directory + 8] |= 1
save("encrypted.zip", bytes(archive))
"#,
    );
    assert_eq!(
        places(&run),
        ["cut.gz [] 2:7 gzip", "encrypted.zip [.env] 2:7 zip"]
    );
    let notes = run.json()["notes"].as_array().cloned().unwrap_or_default();
    let notes: Vec<(&str, &str)> = notes
        .iter()
        .map(|note| {
            (
                note["path"].as_str().unwrap_or(""),
                note["kind"].as_str().unwrap_or(""),
            )
        })
        .collect();
    assert_eq!(
        notes,
        [
            ("cut.gz", "damaged-container"),
            ("encrypted.zip", "encrypted")
        ]
    );
}

#[test]
fn every_byte_of_a_tar_is_audited_whatever_its_members_are_read_to() {
    let project = Project::new();
    python(
        &project,
        &format!(
            r#"{PRELUDE}
line = b"nothing to see here, go on\n"
log = line * 1000 + LEAK + line * 10000
layer = tarred([("var/app.log", log), ("etc/.env", b"NPSSO=" + T[::-1].encode())])
# Behind the content of the log, in what fills up its last block.
hidden = bytearray(tarred([("app.log", line * 1000 + b"x" * 72), ("b", b"")]))
place = hidden.rindex(b"x") + 1; hidden[place:place + 71] = b"\nnpsso=" + T.encode()
save("image.tar", tarred([("manifest.json", b"[]"), ("1/layer.tar", layer), ("2/layer.tar", layer)]))
save("hidden.tar", hidden)
"#
        ),
    );
    let whole = [
        "hidden.tar [] 1002:7 ",
        "image.tar [1/layer.tar > etc/.env] 1:7 tar > tar",
        "image.tar [1/layer.tar > var/app.log] 1002:7 tar > tar",
        "image.tar [2/layer.tar > etc/.env] 1:7 tar > tar",
        "image.tar [2/layer.tar > var/app.log] 1002:7 tar > tar",
    ];
    assert_eq!(places(&project.audit(&["."])), whole);
    // What a bound keeps from being read as a member is read as it stands.
    let run = project.audit(&["--max-unpacked", "400k", "image.tar"]);
    assert_eq!(
        places(&run),
        [
            "image.tar [1/layer.tar > var/app.log] 1002:7 tar > tar",
            "image.tar [2/layer.tar > var/app.log] 1002:7 tar > tar",
            "image.tar [] 11003:914 ",
            "image.tar [] 22005:914 ",
        ]
    );
    let skipped = &run.json()["skipped"];
    assert_eq!(skipped[0]["reason"], "limit", "{skipped}");
}

#[test]
fn a_long_value_of_a_database_is_a_text_or_a_container_of_its_own() {
    let run = with_prelude(
        r#"
line = "nothing to see here, go on\n"
database = sqlite3.connect("app.db")
database.execute("create table logs (npsso text, log text, packed blob)")
def add(*row): database.execute("insert into logs values (?, ?, ?)", row)
for lines in (6000, 20000): add(None, line * lines + LEAK.decode() + line * lines, None)
add(None, "short", zipped([(".env", LEAK[:-5] + b"1234\n"), ("x", os.urandom(1400000))]))
add(T[1:] + "0", line * 20000, None)
database.commit()
"#,
    );
    assert_eq!(
        places(&run),
        [
            "app.db [logs rowid 1 column log] 6002:7 sqlite",
            "app.db [logs rowid 2 column log] 20002:7 sqlite",
            "app.db [logs rowid 3 column packed > .env] 2:7 sqlite > zip",
            "app.db [logs rowid 4 column npsso] 1:1 sqlite",
        ]
    );
    // Each byte of it counts once.
    let project = Project::new();
    python(
        &project,
        &format!(
            r#"{PRELUDE}
database = sqlite3.connect("app.db")
database.execute("create table logs (log text)")
database.execute("insert into logs values (?)", ("nothing to see here\\n" * 150000,))
database.commit()
"#
        ),
    );
    let run = project.audit(&["--max-unpacked", "10M", "."]);
    assert_eq!(run.code, 0, "{}", run.stdout);
}

#[test]
fn a_token_across_the_place_where_a_bound_cuts_a_member_is_found() {
    let project = Project::new();
    python(
        &project,
        &format!(
            r#"{PRELUDE}
import random, string
digits = string.ascii_letters + string.digits
def token(n): return "".join(random.Random(n).choices(digits, k=64))
lines = "".join("NPSSO=%s\n" % token(n) for n in range(1000)).encode()
save("t.tar", tarred([("a", lines), ("b", lines[:9000])]))
save("all.txt", lines)
"#
        ),
    );
    let secrets = |run: &Run| {
        let findings = run.findings().into_iter();
        let mut all: Vec<String> = findings.map(|it| it["fingerprint"].to_string()).collect();
        all.sort();
        all
    };
    let all = secrets(&project.audit(&["all.txt"]));
    assert!(all.len() > 900, "{}", all.len());
    for bound in ["20k", "50001"] {
        let run = project.audit(&["--max-unpacked", bound, "t.tar"]);
        assert!(
            secrets(&run) == all,
            "{bound}: {} of {}",
            secrets(&run).len(),
            all.len()
        );
    }
}

#[test]
fn a_zip_that_is_too_large_for_the_memory_is_read_as_it_comes() {
    let project = Project::new();
    python(
        &project,
        &format!(
            r#"{PRELUDE}
class Pipe(io.RawIOBase):
    # Cannot be gone back in, so the sizes of entries stand behind them.
    def __init__(self): self.data = bytearray()
    def writable(self): return True
    def write(self, data): self.data += data; return len(data)
def piped(members, large=False):
    out = Pipe()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data, method in members:
            archive.compression = method
            with archive.open(name, "w", force_zip64=large) as entry: entry.write(data)
    return bytes(out.data)
noise = os.urandom(300000)
members = [("noise.bin", noise, zipfile.ZIP_STORED), ("app/.env", LEAK, zipfile.ZIP_DEFLATED),
    ("more.bin", noise, zipfile.ZIP_DEFLATED), ("stored.env", LEAK, zipfile.ZIP_STORED)]
save("backup.tar.gz", tarred([("app.jar", zipped([m[:2] for m in members]))], "w:gz"))
save("piped.tar.gz", tarred([("app.jar", piped(members))], "w:gz"))
save("piped64.tar.gz", tarred([("app.jar", piped(members, True))], "w:gz"))
save("app.zip", zipped([m[:2] for m in members]))
save("app.7z.gz", gzip.compress(b"7z\xbc\xaf\x27\x1c\0\4" + noise))
"#
        ),
    );
    let small = ["--max-memory", "256k"];
    let run = project.audit(
        &[
            &small[..],
            &["backup.tar.gz", "piped.tar.gz", "piped64.tar.gz"],
        ]
        .concat(),
    );
    let expected = ["backup.tar.gz", "piped.tar.gz", "piped64.tar.gz"].map(|file| {
        ["app/.env", "stored.env"]
            .map(|name| format!("{file} [app.jar > {name}] 2:7 gzip > tar > zip"))
    });
    assert_eq!(places(&run), expected.concat());
    assert!(
        run.json()["skipped"][0].is_null(),
        "{}",
        run.json()["skipped"]
    );
    assert!(run.json()["notes"][0].is_null(), "{}", run.json()["notes"]);
    let archive = std::fs::read(project.path("app.zip")).expect("it was written");
    let run = project.audit_stdin_with(&small, &archive);
    let expected = ["app/.env", "stored.env"].map(|name| format!("<stdin> [{name}] 2:7 zip"));
    assert_eq!(places(&run), expected);
    // What can't be read like this is said.
    let run = project.audit(&[&small[..], &["app.7z.gz"]].concat());
    assert_eq!(run.code, 4, "{}", run.stdout);
}

#[test]
fn the_memory_for_encoded_texts_is_bounded_and_said_and_more_can_be_had() {
    let project = Project::new();
    python(
        &project,
        &format!(
            r#"{PRELUDE}
line = b"nothing to see here, go on\n"
save("text.json", b'{{"file": "' + base64.b64encode(line * 20000 + LEAK) + b'"}}')
packed = zipped([("noise", os.urandom(500000)), (".env", LEAK)])
save("packed.json", b'{{"file": "' + base64.b64encode(packed) + b'"}}')
"#
        ),
    );
    let whole = [
        "packed.json [.env] 1:11 base64 > zip",
        "text.json [] 1:11 base64",
    ];
    for memory in ["64M", "4M"] {
        let run = project.audit(&["--max-memory", memory, "."]);
        assert_eq!(places(&run).len(), 2, "{memory}: {:?}", places(&run));
        assert!(run.json()["skipped"][0].is_null());
    }
    let run = project.audit(&["."]);
    assert_eq!(places(&run), whole);
    let said = |run: &Run| {
        let skipped = run.json()["skipped"].as_array().cloned();
        let details = skipped.unwrap_or_default().into_iter();
        let details = details.map(|it| it["detail"].as_str().unwrap_or_default().to_owned());
        details.collect::<Vec<_>>()
    };
    let run = project.audit(&["--max-memory", "1M", "."]);
    let pieces = "an encoded text of more than 256 KiB was read in pieces";
    assert!(said(&run).contains(&pieces.to_owned()), "{:?}", said(&run));
    let run = project.audit(&["--max-memory", "500k", "."]);
    let packed = "containers in encoded texts";
    let is_said = said(&run)
        .iter()
        .any(|it| it.contains(packed) || it == pieces);
    assert!(is_said, "{:?}", said(&run));
}

#[test]
fn bombs_are_bounded_and_said() {
    let project = Project::new();
    python(
        &project,
        &format!(
            r#"{PRELUDE}
out = io.BytesIO()
with gzip.GzipFile(fileobj=out, mode="wb") as stream:
    for _ in range(300): stream.write(b"nothing to see here" * 50000)
save("text.gz", out.getvalue())
save("many.zip", zipped([("%d" % n, b"") for n in range(3000)]))
save("fine.gz", gzip.compress(LEAK))
"#
        ),
    );
    let run = project.audit(&["--max-unpacked", "64M", "--max-entries", "1000", "."]);
    assert_eq!(places(&run), ["fine.gz [] 2:7 gzip"]);
    let skipped = run.json()["skipped"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let skipped: Vec<(&str, &str)> = skipped
        .iter()
        .map(|skipped| {
            (
                skipped["path"].as_str().unwrap_or(""),
                skipped["reason"].as_str().unwrap_or(""),
            )
        })
        .collect();
    assert_eq!(skipped, [("many.zip", "limit"), ("text.gz", "limit")]);
    let run = project.audit(&["--max-unpacked", "lots", "."]);
    assert_eq!(run.code, 2);
}

/// What was skipped, as `path reason detail`.
fn skipped(run: &Run) -> Vec<String> {
    let report = run.json();
    let skipped = report["skipped"].as_array().expect("a list");
    let word = |value: &serde_json::Value| value.as_str().unwrap_or("").to_owned();
    let of = |it: &serde_json::Value| {
        [&it["path"], &it["reason"], &it["detail"]]
            .map(word)
            .join(" ")
    };
    skipped.iter().map(of).collect()
}

#[test]
fn a_member_that_takes_more_than_its_share_leaves_its_siblings_to_be_read() {
    let project = Project::repository();
    python(
        &project,
        &format!(
            r#"{PRELUDE}
import subprocess
token = ("token.env", LEAK)
text = b"nothing to see here, go on\n" * 100000
deep = zipped([("text", text)])
for level in range(3): deep = zipped([("%d.zip" % n, deep) for n in range(16)])
save("nested.zip", zipped([("%d.zip" % n, deep) for n in range(40)] + [token]))
save("text.zip", zipped([("text", text * 4), token]))
save("text.tar.gz", tarred([("text", text), token], "w:gz"))
save("long.tar.xz", tarred([("text", text), token], "w:xz"))
save("mixed.tar", tarred([("%d.gz" % n, gzip.compress(text * 4)) for n in range(30)] + [token]))
save("members.zip", zipped([("%d.zip" % n, zipped([("%d" % n, b"") for n in range(900)])) for n in range(9)] + [token]))
texts = gzip.compress(text * 4)
save("texts.md", (base64.b64encode(texts) + b"\n\n") * 3 + base64.b64encode(gzip.compress(LEAK)))
def git(*words, **more): return subprocess.run(["git", *words], check=True, capture_output=True, **more).stdout
ids = [git("hash-object", "-w", "--stdin", input=blob) for blob in (text * 2, LEAK)]
save("objects.pack", git("pack-objects", "--stdout", "--window=0", input=b"".join(ids)))
"#
        ),
    );
    let run = project.audit(&[
        "--no-history",
        "--max-unpacked",
        "8M",
        "--max-entries",
        "1000",
        "nested.zip",
        "text.zip",
        "text.tar.gz",
        "long.tar.xz",
        "mixed.tar",
        "members.zip",
        "texts.md",
        "objects.pack",
    ]);
    let found = places(&run);
    let begins = |name: &str| found.iter().any(|place| place.starts_with(name));
    for name in [
        "nested.zip [token.env] 2:7",
        "text.zip [token.env] 2:7",
        "text.tar.gz [token.env] 2:7",
        "long.tar.xz [token.env] 2:7",
        "mixed.tar [token.env] 2:7",
        "members.zip [token.env] 2:7",
        "texts.md [] 7:1",
        "objects.pack [blob at ",
    ] {
        assert!(
            begins(name),
            "{name}: {found:#?}
{:#?}",
            skipped(&run)
        );
    }
    let skipped = skipped(&run);
    for start in [
        "nested.zip limit 0.zip",
        "text.zip limit text: it unpacks to more than 3 MiB, its share of --max-unpacked",
        "mixed.tar limit 0.gz",
        "members.zip limit 1.zip: it has more than ",
        "texts.md limit ",
        "objects.pack limit blob at 12: ",
    ] {
        let is_said = skipped.iter().any(|it| it.starts_with(start));
        assert!(is_said, "{start}: {skipped:#?}");
    }
}

#[test]
fn archives_in_an_archive_leave_the_plain_members_behind_them_to_be_read() {
    let project = Project::new();
    python(
        &project,
        &format!(
            r#"{PRELUDE}
text = b"nothing to see here, go on\n" * 4000
greedy = zipped([("%d" % n, text) for n in range(300)])
members = [("%d.zip" % n, greedy) for n in range(60)] + [("token.env", LEAK)]
save("a.tgz", tarred(members, "w:gz"))
save("a.zip", zipped(members))
"#
        ),
    );
    let run = project.audit(&["--max-unpacked", "64M", "."]);
    assert_eq!(
        places(&run),
        [
            "a.tgz [token.env] 2:7 gzip > tar",
            "a.zip [token.env] 2:7 zip"
        ]
    );
    let skipped = skipped(&run);
    for start in [
        "a.tgz limit 0.zip > ",
        "a.zip limit 0.zip > ",
        "a.zip limit and more that could not be read",
    ] {
        let is_said = skipped.iter().any(|it| it.starts_with(start));
        assert!(is_said, "{start}: {skipped:#?}");
    }
}

#[test]
fn what_stands_before_a_content_may_be_long_or_make_no_sense() {
    let run = with_prelude(
        r#"
import struct
packed = gzip.compress(LEAK)
def gz(flags, header): return b"\x1f\x8b\x08" + bytes([flags]) + bytes(6) + header + packed[10:]
save("comment.gz", gz(16, b"c" * (1 << 20) + b"\0"))
save("extra.gz", gz(4, struct.pack("<H", 65535) + bytes(65535)))
save("name.gz", gz(8, b"n" * (1 << 17) + b"\0"))
def zstd(flags, header): return b"\x28\xb5\x2f\xfd" + bytes([0x20 | flags]) + header + bytes([len(packed)]) \
    + (1 | len(packed) << 3).to_bytes(3, "little") + packed
save("skipped.zst", b"\x50\x2a\x4d\x18\0\0\0\0" * 20000 + zstd(0, b""))
save("dictionary.zst", zstd(1, b"\x07"))
def sparse(name, numbers):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for member, headers in ("sparse", {"GNU.sparse.map": numbers}), ("next", {}):
            info = tarfile.TarInfo(member); info.size = len(packed); info.pax_headers = headers
            archive.addfile(info, io.BytesIO(packed))
    save(name, out.getvalue())
sparse("far.tar", "9223372036854775807,%d" % len(packed))
sparse("long.tar", "0,9223372036854775808")
"#,
    );
    let mut found = places(&run);
    // The name of 128 KiB is cut where it is shown.
    for place in &mut found {
        *place = place.replace(&"n".repeat(1000), "n");
    }
    let (name, found): (Vec<_>, Vec<_>) = found.into_iter().partition(|it| it.starts_with("name"));
    assert_eq!(name.len(), 1, "{name:?}");
    assert_eq!(
        found,
        [
            "comment.gz [] 2:7 gzip",
            "extra.gz [] 2:7 gzip",
            "far.tar [next] 2:7 tar > gzip",
            "far.tar [sparse] 2:7 tar > gzip",
            "long.tar [next] 2:7 tar > gzip",
            "long.tar [sparse] 2:7 tar > gzip",
            "skipped.zst [] 2:7 zstd > gzip",
        ]
    );
    let notes = run.json()["notes"].as_array().cloned().unwrap_or_default();
    let details: Vec<&str> = notes
        .iter()
        .filter_map(|it| it["detail"].as_str())
        .collect();
    assert_eq!(
        details,
        [
            "Zstandard with a dictionary",
            "sparse: a sparse file, which was read without its holes",
            "sparse: a sparse file, which was read without its holes",
        ]
    );
}

#[test]
fn what_is_only_called_a_container_is_said() {
    let project = Project::new().file("0001.sst", &"nothing to see here, go on\n".repeat(9));
    let notes = project.audit(&["."]).json()["notes"].clone();
    let table = "it is called a table of LevelDB and does not end as one";
    assert_eq!(notes[0]["detail"], table, "{notes}");
}

#[test]
fn what_is_skipped_is_said_however_much_else_is_noted() {
    let project = Project::new();
    python(
        &project,
        &format!(
            r#"{PRELUDE}
text = gzip.compress(b"nothing to see here, go on\n" * 100000)
cut = gzip.compress(os.urandom(300))[:-9]
save("image.tar", tarred([("%d.gz" % n, cut) for n in range(150)] + [("text.gz", text)]))
database = sqlite3.connect("app.db")
database.execute("create table logs (log text)")
database.commit()
open("app.db-wal", "wb").truncate(65 << 20)
"#
        ),
    );
    let run = project.audit(&["--max-unpacked", "1M", "."]);
    assert_eq!(run.code, 4);
    let skipped = skipped(&run);
    assert_eq!(skipped.len(), 2, "{skipped:?}");
    assert!(skipped[0].starts_with("app.db limit its write-ahead log is longer than 64 MiB"));
    assert!(skipped[1].starts_with("image.tar limit text.gz: it unpacks to more than "));
    assert_eq!(run.json()["notes"].as_array().map(Vec::len), Some(101));
}

#[test]
fn zeros_cost_next_to_nothing() {
    let project = Project::new();
    python(
        &project,
        &format!(
            r#"{PRELUDE}
zeros = bytes(100 << 20)
save("zeros.zip", zipped([("zeros", zeros), ("token.env", LEAK)]))
save("zeros.tar.gz", tarred([("zeros", zeros), ("token.env", LEAK)], "w:gz"))
"#
        ),
    );
    let run = project.audit(&["--max-unpacked", "40M", "."]);
    assert_eq!(
        places(&run),
        [
            "zeros.tar.gz [token.env] 2:7 gzip > tar",
            "zeros.zip [token.env] 2:7 zip"
        ]
    );
    assert!(skipped(&run).is_empty(), "{:?}", skipped(&run));
}

#[test]
fn a_container_on_standard_input_is_opened_too() {
    let project = Project::new();
    python(
        &project,
        &format!("{PRELUDE}\nsave('a.tgz', tarred([('bot/.env', LEAK)], 'w:gz'))"),
    );
    let archive = std::fs::read(project.path("a.tgz")).expect("it was made");
    let run = project.audit_stdin_with(&[], &archive);
    assert_eq!(places(&run), ["<stdin> [bot/.env] 2:7 gzip > tar"]);
}

#[test]
fn a_container_is_opened_in_the_index_and_in_a_range() {
    let project = Project::repository();
    python(
        &project,
        &format!("{PRELUDE}\nsave('bug.zip', zipped([('bot/.env', LEAK)]))"),
    );
    project.git(&["add", "bug.zip"]);
    let staged = project.audit(&["--staged"]);
    assert_eq!(places(&staged), ["bug.zip [bot/.env] 2:7 zip"]);
    project.git(&["commit", "-qm", "report"]);
    let run = project.audit(&["--range", "HEAD"]);
    assert_eq!(places(&run), ["bug.zip [bot/.env] 2:7 zip"]);
}

#[test]
fn a_container_is_opened_in_the_history() {
    let project = Project::repository();
    python(
        &project,
        &format!(
            "{PRELUDE}
save('bug.zip', zipped([('bot/.env', LEAK)]))
save('broken.zip', zipped([('notes.txt', b'a note' * 100)])[:60])
save('many.zip', zipped([('%d' % n, b'') for n in range(30)]))"
        ),
    );
    project.git(&["add", "."]);
    project.git(&["commit", "-qm", "report"]);
    project.git(&["rm", "-q", "bug.zip", "broken.zip", "many.zip"]);
    project.git(&["commit", "-qm", "tidy up"]);
    project.git(&["gc", "-q"]);
    let run = project.audit(&["."]);
    assert_eq!(places(&run), ["bug.zip [bot/.env] 2:7 zip"]);
    assert_eq!(run.exposures()[0]["presence"], "history");
    let report = run.json();
    let note = &report["notes"][0];
    assert_eq!(note["kind"], "damaged-container", "{report}");
    // Nothing is found in it, so nobody looks up its path.
    let blob = project.git(&["rev-parse", "HEAD~1:many.zip"]);
    let run = project.audit(&["--history-only", "--max-entries", "10", "."]);
    let skipped = run.json()["skipped"][0].clone();
    assert_eq!(skipped["reason"], "limit");
    assert_eq!(skipped["path"], format!("blob {}", &blob[..12]));
}

#[test]
fn a_secret_behind_an_encoding_is_found_in_the_history() {
    let project = Project::repository();
    let secret = format!(
        "apiVersion: v1\nkind: Secret\ndata:\n  settings: {}\n",
        base64(expand("NPSSO={{npsso}}\nTZ=UTC\n").as_bytes())
    );
    project.commit("secret.yaml", Some(&secret), "deploy");
    project.commit("secret.yaml", None, "tidy up");
    let run = project.audit(&["."]);
    assert_eq!(places(&run), ["secret.yaml [] 4:13 base64"]);
    let plain = project.audit(&["--no-decode", "."]);
    assert_eq!(plain.code, 0);
}

#[test]
fn code_scanning_gets_the_outer_file_and_the_member_as_a_logical_location() {
    let project = Project::new();
    python(
        &project,
        &format!("{PRELUDE}\nsave('bug.zip', zipped([('bot/.env', LEAK)]))"),
    );
    let run = project.run(&[".", "-f", "sarif"]);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).expect("a report");
    assert_eq!(sarif_schema::violations(&report), Vec::<String>::new());
    let location = &report["runs"][0]["results"][0]["locations"][0];
    assert_eq!(
        location["physicalLocation"]["artifactLocation"]["uri"],
        "bug.zip"
    );
    assert_eq!(
        location["logicalLocations"][0]["fullyQualifiedName"],
        "bot/.env:2:7"
    );
}

#[test]
fn code_scanning_gets_the_place_of_the_encoded_text_of_a_mail() {
    let project = Project::new();
    python(
        &project,
        &format!(
            r#"{PRELUDE}
archive = base64.encodebytes(zipped([("bot/.env", LEAK)], zipfile.ZIP_STORED)).decode()
part = "--b\nContent-Type: {{}}\nContent-Transfer-Encoding: {{}}\n\n{{}}\n".format
mail = """Received: from a.example
Message-ID: <1@a.example>
Subject: =?utf-8?Q?npsso=3D{{}}?=
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

""".format(T[::-1]) + part("application/zip; name=bug.zip", "base64", archive) + part(
    "text/plain", "quoted-printable", "k=C3=B6nnt ihr helfen?\nNPSSO=3D" + T.swapcase()) + "--b--\n"
save("bug.eml", mail.encode())
save("in.zip", zipped([("bug.eml", mail.encode())]))
"#
        ),
    );
    let regions = |name: &str| {
        let run = project.run(&[name, "-f", "sarif"]);
        let report: serde_json::Value = serde_json::from_str(&run.stdout).expect("a report");
        assert_eq!(sarif_schema::violations(&report), Vec::<String>::new());
        let results = report["runs"][0]["results"].as_array().expect("results");
        let region = |result: &serde_json::Value| {
            let place = &result["locations"][0];
            let region = &place["physicalLocation"]["region"];
            let [from, to] = ["start", "end"].map(|end| {
                format!(
                    "{}:{}",
                    region[format!("{end}Line")],
                    region[format!("{end}Column")]
                )
            });
            let inner = &place["logicalLocations"][0]["fullyQualifiedName"];
            format!("{from}-{to} {}", inner.as_str().unwrap_or(""))
        };
        results.iter().map(region).collect::<Vec<_>>()
    };
    assert_eq!(
        regions("bug.eml"),
        [
            "11:1-14:29 part 1 bug.zip > bot/.env:2:7",
            "20:1-21:73 part 2 text/plain:2:7",
            "3:28-3:92 ",
        ]
    );
    // In an archive a mail is no text that somebody can open.
    assert_eq!(
        regions("in.zip"),
        [
            "1:1-1:2 bug.eml > part 1 bug.zip > bot/.env:2:7",
            "1:1-1:2 bug.eml > part 2 text/plain:2:7",
            "1:1-1:2 bug.eml:3:28",
        ]
    );
}

#[test]
fn an_archive_behind_a_program_is_opened_whatever_it_is_called() {
    let run = with_prelude(
        r##"
archive = zipped([("bot/.env", LEAK)])
for name in ("app.jar", "picture.png", "installer"): save(name, b"#!/bin/sh\nexec java -jar $0\n" + archive)
save("in.tgz", tarred([("installer", b"#!/bin/sh\nexec java -jar $0\n" + archive)], "w:gz"))
"##,
    );
    assert_eq!(
        places(&run),
        [
            "app.jar [bot/.env] 2:7 zip",
            "in.tgz [installer > bot/.env] 2:7 gzip > tar > zip",
            "installer [bot/.env] 2:7 zip",
            "picture.png [bot/.env] 2:7 zip",
        ]
    );
}

#[test]
fn an_archive_behind_something_is_opened_where_it_goes_by_once() {
    let project = Project::repository();
    python(
        &project,
        &format!(
            r#"{PRELUDE}
def behind(name, program):
    save(name, program)
    # Here the places in the archive are those in the file.
    with zipfile.ZipFile(name, "a") as archive: archive.writestr("bot/.env", LEAK)
behind("tool.pyz", b"exec a tool\n")
behind("program", os.urandom(100000).replace(b"PK", b"--"))
save("long.log", b"nothing to see here, go on PK\n" * 200000 + zipped([("bot/.env", LEAK)]))
"#
        ),
    );
    for name in ["tool.pyz", "program", "long.log"] {
        let bytes = std::fs::read(project.path(name)).expect("it was made");
        let run = project.audit_stdin(&bytes);
        assert_eq!(places(&run), ["<stdin> [bot/.env] 2:7 zip"], "{name}");
    }
    let expected =
        ["long.log", "program", "tool.pyz"].map(|name| format!("{name} [bot/.env] 2:7 zip"));
    project.git(&["add", "."]);
    assert_eq!(places(&project.audit(&["--staged"])), expected);
    project.git(&["commit", "-qm", "tools"]);
    assert_eq!(places(&project.audit(&["--range", "HEAD"])), expected);
    assert_eq!(places(&project.audit(&["--history-only", "."])), expected);
    // What there is no memory for is said.
    let long = std::fs::read(project.path("long.log")).expect("it was made");
    let run = project.audit_stdin_with(&["--max-memory", "2M"], &long);
    assert_eq!(run.code, 4, "{run:?}");
    let why = "an archive behind something else, of more than 2 MiB together";
    assert_eq!(skipped(&run), [format!("<stdin> limit {why}")]);
}

#[test]
fn a_7z_archive_behind_a_program_is_opened() {
    // As small as the format allows: one file, stored
    let run = with_prelude(
        r#"
import struct
number = lambda n: b"\xff" + n.to_bytes(8, "little")
def seven(name, data):
    names = b"\0" + name.encode("utf-16-le") + b"\0\0"
    header = b"\x01\x04\x06\x00\x01\x09" + number(len(data)) + b"\x00\x07\x0b\x01\x00\x01\x01\x00\x0c"
    header += number(len(data)) + b"\x00\x00\x05\x01\x11" + number(len(names)) + names + b"\x00\x00"
    start = struct.pack("<QQI", len(data), len(header), zlib.crc32(header))
    return b"7z\xbc\xaf\x27\x1c\0\4" + struct.pack("<I", zlib.crc32(start)) + start + data + header
archive = seven("bot/.env", zlib.compress(LEAK))
program = bytearray(b"\x7fELF\2\1".ljust(4096, b"p"))
program[0x28:0x30] = struct.pack("<Q", 4096 - 64)
program[0x3a:0x3e] = struct.pack("<HH", 64, 1)
for name in ("setup.exe", "installer"): save(name, bytes(program) + archive)
save("alone", archive)
save("program", bytes(program))
"#,
    );
    let inside = |name: &str| format!("{name} [bot/.env] 2:7 7z > zlib");
    let expected = ["alone", "installer", "setup.exe"].map(inside);
    assert_eq!(places(&run), expected, "{}", run.stdout);
}

#[test]
fn containers_that_are_encoded_within_each_other_are_opened_once() {
    // Each container is also in all the texts that hold it.
    let nested = |depth: usize| {
        let mut inner = expand("NPSSO={{npsso}}\n").into_bytes();
        for _ in 0..depth {
            let mut outer = b"%PDF-1.4\n".to_vec();
            outer.extend(base64(&inner).into_bytes());
            inner = outer;
        }
        inner
    };
    for depth in [3, 16] {
        let run = Project::new()
            .bytes("a.pdf", &nested(depth))
            .audit(&["--max-time", "20", "."]);
        let skipped = run.json()["skipped"].to_string();
        assert!(!skipped.contains("took longer"), "{skipped}");
        assert_eq!(run.findings().len(), usize::from(depth == 3), "{skipped}");
        // More than five encodings are said.
        assert_eq!(run.code, if depth == 3 { 1 } else { 4 });
    }
}

#[test]
fn a_record_says_what_its_values_are_whatever_stands_near_in_its_bytes() {
    let run = with_prelude(
        r#"
save("other.plist", plistlib.dumps({"npsso": "", "api_key": T}, fmt=plistlib.FMT_BINARY))
database = sqlite3.connect("other.db")
database.execute("create table settings (npsso text, api_key text)")
database.execute("insert into settings values (null, ?)", (T,))
database.commit(); database.close()
"#,
    );
    assert_eq!(places(&run), Vec::<String>::new());
    let run = with_prelude(
        r#"
save("own.plist", plistlib.dumps({"npsso": T, "api_key": ""}, fmt=plistlib.FMT_BINARY))
"#,
    );
    assert_eq!(places(&run).len(), 1, "{}", run.stdout);
}

#[test]
fn a_long_name_of_a_member_is_cut() {
    let run = with_prelude(
        r#"
save("a.tar", tarred([("d" * 3000 + "/.env", LEAK)], format=tarfile.GNU_FORMAT))
"#,
    );
    assert_eq!(
        places(&run),
        [format!("a.tar [{}…] 2:7 tar", "d".repeat(1024))]
    );
}

#[test]
fn the_files_of_a_disc_are_read_as_they_stand() {
    let run = with_prelude(
        r#"
def sectors(*contents): return b"".join(content.ljust(2048, b"\0") for content in contents)
image = bytes(32 << 10) + sectors(b"\x01CD001\x01", b"\xffCD001\x01", LEAK, gzip.compress(LEAK))
save("disc.iso", image)
save("disc.iso.gz", gzip.compress(image))
"#,
    );
    let line = 36 << 10;
    assert_eq!(run.exposures().len(), 2);
    for exposure in run.exposures() {
        let at = &exposure["location"]["byte_offset"];
        assert_eq!(at, line + "# bot\nNPSSO=".len(), "{exposure}");
    }
    // What is compressed in one of its files is not looked into, and that is said.
    assert_eq!(
        places(&run),
        ["disc.iso [] 2:7 ", "disc.iso.gz [] 2:7 gzip"]
    );
    let notes = run.json()["notes"].clone();
    let words = "an image of a disc (ISO 9660): its files were read as they stand, none was opened";
    assert_eq!(notes[0]["detail"], words, "{notes}");
    assert_eq!(notes[1]["detail"], words, "{notes}");
}

#[test]
fn a_container_of_a_kind_that_is_not_read_is_said() {
    let leak = expand("NPSSO={{npsso}}\n");
    let archive = |magic: &[u8]| [magic, &[0; 40], leak.as_bytes()].concat();
    let run = Project::new()
        .bytes("a.rar", &archive(b"Rar!\x1a\x07\x01\0"))
        .bytes("b.rpm", &archive(b"\xed\xab\xee\xdb\x03\0"))
        .file("c.txt", "Rar!\n")
        .audit(&["."]);
    // What they hold uncompressed is found all the same.
    assert_eq!(places(&run), ["a.rar [] 1:55 ", "b.rpm [] 1:53 "]);
    let notes = run.json()["notes"].clone();
    let said: Vec<_> = notes
        .as_array()
        .expect("a list")
        .iter()
        .map(|note| (note["path"].as_str(), note["detail"].as_str()))
        .collect();
    assert_eq!(
        said,
        [
            (Some("a.rar"), Some("a RAR archive")),
            (Some("b.rpm"), Some("an RPM package")),
        ]
    );
}
