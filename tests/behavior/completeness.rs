//! Everything is read, or it is said what was not; exit codes say which.

use std::fs;

use serde_json::Value;

use crate::containers::{PRELUDE, python};
use crate::decoding::base64;
use crate::support::{Project, clean, expand};

fn running_as_root() -> bool {
    fs::read_dir("/proc/1/fd").is_ok()
}

#[test]
fn a_clean_folder_is_clean() {
    let run = Project::new().file("a.txt", "hello\n").audit(&["."]);
    assert_eq!(
        (run.code, run.json()["summary"]["outcome"].as_str()),
        (0, Some("clean"))
    );
}

#[test]
fn a_missing_path_is_said_and_is_not_clean() {
    let project = Project::new().file("a.txt", "hello\n");
    let run = project.audit(&["nowhere"]);
    assert_eq!(run.code, 3);
    assert!(
        run.stderr.contains("nowhere: no such file or folder"),
        "{}",
        run.stderr
    );
    let run = project.audit(&["a.txt", "nowhere"]);
    assert_eq!(
        (run.code, run.json()["skipped"][0]["reason"].as_str()),
        (4, Some("not-found"))
    );
}

#[test]
fn an_empty_folder_is_nothing_audited() {
    let run = Project::new().audit(&["."]);
    assert_eq!(
        (run.code, run.json()["summary"]["outcome"].as_str()),
        (3, Some("nothing-audited"))
    );
    assert!(run.stderr.contains("nothing was audited"), "{}", run.stderr);
}

#[test]
fn what_was_named_and_holds_nothing_is_listed() {
    let project = Project::new()
        .file("a.txt", "hello\n")
        .bytes("empty.txt", b"");
    fs::create_dir_all(project.path("backup/2024")).expect("a folder can be made");
    let run = project.audit(&["a.txt", "backup", "empty.txt"]);
    let notes = run.json()["notes"].clone();
    let notes: Vec<_> = notes
        .as_array()
        .expect("a list")
        .iter()
        .map(|note| (note["path"].as_str(), note["kind"].as_str()))
        .collect();
    assert_eq!(
        notes,
        [
            (Some("backup"), Some("empty")),
            (Some("empty.txt"), Some("empty"))
        ]
    );
    let run = project.run(&["a.txt", "backup", "empty.txt"]);
    let last = "no leaks found in what could be read: 2 inputs that were named held nothing; ";
    assert!(run.stdout.contains(last), "{run:?}");
    // Alone it is nothing, and that is said once.
    let run = project.run(&["backup"]);
    assert_eq!((run.code, run.stdout.as_str()), (3, ""));
    assert!(
        run.stderr
            .contains("backup: this was named and holds nothing"),
        "{run:?}"
    );
    // What is met on the way there is none of it.
    assert!(project.audit(&["."]).json()["notes"][0].is_null());
}

/// Runs the program until it is interrupted.
#[cfg(unix)]
fn interrupted(project: &Project, arguments: &[&str]) -> crate::support::Run {
    let child = project
        .command(arguments)
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the program starts");
    std::thread::sleep(std::time::Duration::from_millis(700));
    let killed = clean("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(killed.expect("kill runs").success());
    crate::support::Run::of(child.wait_with_output())
}

/// A compressed file of 16 GiB, which take seconds to read.
#[cfg(unix)]
const LONG: &str = "import gzip\n\
     save = open('a.gz', 'wb').write\n\
     save(gzip.compress(bytes(64 << 20), 9) * 256)";

#[cfg(unix)]
#[test]
fn what_was_found_in_the_history_before_an_interruption_is_reported() {
    let project = Project::repository();
    project.commit("bot/.env", Some("NPSSO={{npsso}}\n"), "bot");
    project.git(&["gc", "-q"]);
    // What is packed is read before what is not.
    python(&project, LONG);
    project.git(&["add", "a.gz"]);
    project.git(&["commit", "-qm", "long"]);
    let arguments = ["-j", "1", "--max-ratio", "9999999", "--history-only", "."];
    let run = interrupted(&project, &[&["-f", "json"][..], &arguments].concat());
    let findings = run.findings();
    assert_eq!((run.code, findings.len()), (1, 1), "{run:?}");
    let place = &findings[0]["exposures"][0];
    let blob = project.git(&["rev-parse", "HEAD:bot/.env"]);
    assert_eq!(place["git"]["object"], blob.trim(), "{place}");
    assert_eq!(place["git"]["first_commit"], serde_json::Value::Null);
    assert_eq!(place["presence"], "unknown");
    assert_eq!(place["location"]["column"], 7);
    let skipped = &run.json()["skipped"];
    assert_eq!(skipped[0]["reason"], "interrupted", "{skipped}");
    assert_eq!(skipped[0]["detail"], "its history, or a part of it");
}

#[cfg(unix)]
#[test]
fn what_an_interruption_leaves_unread_is_listed_and_counted() {
    let project = Project::repository()
        .file("b.txt", "x\n")
        .file("sub/c.txt", "x\n")
        .file("sub/d.txt", "x\n");
    python(&project, LONG);
    let arguments = ["-j", "1", "--max-ratio", "9999999", "a.gz", "b.txt", "sub"];
    for format in ["json", "human"] {
        let run = interrupted(&project, &[&["-f", format][..], &arguments].concat());
        assert_eq!(run.code, 4, "{run:?}");
        if format == "human" {
            let last = "but the audit was stopped with 3 inputs or more unread";
            assert!(run.stdout.contains(last), "{}", run.stdout);
            continue;
        }
        let json = run.json();
        assert_eq!(json["summary"]["left_unread"], 3, "{json}");
        let skipped: Vec<_> = json["skipped"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|skipped| (skipped["path"].as_str(), skipped["detail"].as_str()))
            .collect();
        assert_eq!(
            skipped,
            [
                (Some("a.gz"), Some("")),
                (
                    Some("b.txt"),
                    Some("the first of 3 inputs that were not read")
                ),
            ]
        );
    }
}

#[test]
fn an_empty_path_is_an_error() {
    let run = Project::new().audit(&[""]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("a value is required"), "{}", run.stderr);
}

/// What nobody can read, each by its name and what the last line says of it.
fn unreadable() -> (Project, [(&'static str, &'static str, &'static str); 6]) {
    let filled = |magic: &[u8]| [magic, &[b'a'; 40]].concat();
    let project = Project::new()
        .bytes("a.rar", &filled(b"Rar!\x1a\x07\x01\0"))
        .bytes("shop.dump", &filled(b"PGDMP\x01\x0e\0"))
        .bytes("vault.kdbx", &filled(b"\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5"))
        .bytes("screen.png", &filled(b"\x89PNG\r\n\x1a\n"));
    python(
        &project,
        &format!(
            r#"{PRELUDE}
save("cut.gz", gzip.compress(os.urandom(5000))[:-2000])
archive = bytearray(zipped([("a.txt", b"nothing to see" * 9)]))
archive[6] |= 1; archive[archive.find(b"PK\x01\x02") + 8] |= 1
save("encrypted.zip", bytes(archive))
"#
        ),
    );
    let not_opened = "1 input is of a kind that is not opened";
    let said = [
        ("a.rar", "unsupported", not_opened),
        ("shop.dump", "unsupported", not_opened),
        ("vault.kdbx", "encrypted", "1 input is encrypted"),
        ("encrypted.zip", "encrypted", "1 input is encrypted"),
        ("cut.gz", "damaged-container", "1 input is damaged"),
        ("screen.png", "pictures", "text in pictures is not read"),
    ];
    (project, said)
}

#[test]
fn no_report_says_clean_of_what_nobody_could_read() {
    let (project, unreadable) = unreadable();
    for (name, kind, words) in unreadable {
        let run = project.run(&[name]);
        let last = run.stdout.lines().last().unwrap_or_default();
        let expected = format!("no leaks found in what could be read: {words}; 1 input (");
        assert!(last.starts_with(&expected), "{name}: {}", run.stdout);
        assert_eq!(run.code, 0, "{name}");

        let run = project.audit(&[name]);
        let json = run.json();
        assert_eq!(json["notes"][0]["kind"], kind, "{name}: {json}");
        assert_eq!(json["summary"]["outcome"], "clean", "{name}");
        assert_eq!(json["summary"]["complete"], false, "{name}");

        let run = project.audit(&["--strict", name]);
        let json = run.json();
        assert_eq!(
            (run.code, &json["summary"]["outcome"]),
            (4, &Value::from("incomplete")),
            "{name}"
        );
        let run = project.run(&["-q", "--strict", name]);
        assert!(run.stdout.contains(&format!("but {words}")), "{run:?}");

        let run = project.run(&["-f", "sarif", "--strict", name]);
        let invocation = run.json()["runs"][0]["invocations"][0].clone();
        assert_eq!(invocation["exitCode"], 4, "{name}");
        assert_eq!(invocation["executionSuccessful"], false, "{name}");
        assert_eq!(invocation["properties"]["complete"], false, "{name}");
    }
    // Quiet is silent of what went well; a picture is nothing that went wrong.
    for (name, _, words) in unreadable {
        let said = project.run(&["-q", name]).stdout;
        match name {
            "screen.png" => assert_eq!(said, ""),
            _ => assert!(said.contains(name) && said.contains(words), "{said}"),
        }
    }
}

#[test]
fn what_was_read_as_a_whole_is_complete_and_strictly_so() {
    let project = Project::new().file("a.txt", "hello\n");
    let run = project.audit(&["--strict", "."]);
    assert_eq!(run.code, 0, "{}", run.stdout);
    assert_eq!(run.json()["summary"]["complete"], true);
    let run = project.audit(&["a.txt", "nowhere"]);
    assert_eq!(run.json()["summary"]["complete"], false);
}

#[test]
fn a_leak_hides_nothing_of_what_could_not_be_read() {
    let (project, _) = unreadable();
    let project = project.file(".env", "NPSSO={{npsso}}\n");
    let run = project.run(&["."]);
    let last = run.stdout.lines().last().unwrap_or_default();
    let expected = "not all could be read: 2 inputs are encrypted, 1 input is damaged, \
                    2 inputs are of a kind that is not opened, text in pictures is not read";
    assert!(last.ends_with(expected), "{last}");
}

#[test]
fn all_pictures_are_one_note() {
    let picture = [&b"GIF89a"[..], &[0; 40]].concat();
    let project = Project::repository()
        .bytes("b.gif", &picture)
        .bytes("a/c.gif", &picture)
        .bytes("d.jpg", &[&b"\xff\xd8\xff\xe0"[..], &[0; 40]].concat());
    let notes = project.audit(&["-j", "3", "."]).json()["notes"].clone();
    assert_eq!(notes.as_array().map(Vec::len), Some(1), "{notes}");
    assert_eq!(
        (notes[0]["path"].as_str(), notes[0]["detail"].as_str()),
        (Some("a/c.gif"), Some("the first of 3 inputs with pictures"))
    );
}

#[test]
fn hidden_and_ignored_files_are_read() {
    let run = Project::new()
        .file(".gitignore", ".env\n")
        .file(".ignore", "*\n")
        .file(".git/HEAD", "ref: refs/heads/main\n")
        .file(".git/config", "# npsso={{npsso:config}}\n")
        .file(".env", "NPSSO={{npsso:env}}\n")
        .file(".hidden/x", "NPSSO={{npsso:hidden}}\n")
        .audit(&["."]);
    assert_eq!(run.places().len(), 3, "{:?}", run.places());
}

#[cfg(unix)]
#[test]
fn an_unreadable_file_or_folder_makes_the_audit_incomplete() {
    use std::os::unix::fs::PermissionsExt;
    if running_as_root() {
        // Root reads everything; the next test takes another way to a read error.
        return;
    }
    let project = Project::new()
        .file("a.txt", "hello\n")
        .file("closed.txt", "x")
        .file("closed/x.txt", "x");
    fs::set_permissions(
        project.path("closed.txt"),
        fs::Permissions::from_mode(0o000),
    )
    .expect("permissions can be set");
    fs::set_permissions(project.path("closed"), fs::Permissions::from_mode(0o000))
        .expect("permissions can be set");
    let run = project.audit(&["."]);
    fs::set_permissions(project.path("closed"), fs::Permissions::from_mode(0o700))
        .expect("permissions can be set");
    assert_eq!(run.code, 4, "{}", run.stdout);
    assert_eq!(
        run.json()["skipped"].as_array().map(Vec::len),
        Some(2),
        "{}",
        run.stdout
    );
}

#[cfg(unix)]
#[test]
fn what_is_named_below_a_folder_that_cannot_be_listed_is_read() {
    use std::os::unix::fs::PermissionsExt;
    if running_as_root() {
        return;
    }
    let project = Project::new().file("closed/x.env", "NPSSO={{npsso}}\n");
    let closed = project.path("closed");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o100)).expect("they can be set");
    let run = project.audit(&[".", "closed/x.env"]);
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).expect("they can be set");
    assert_eq!(run.places(), ["closed/x.env:1:7 npsso high"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_cannot_be_read_makes_the_audit_incomplete() {
    // Reading a process's memory from its beginning is an error for anybody.
    let run = Project::new()
        .file("a.txt", "hello\n")
        .audit(&["a.txt", "/proc/self/mem"]);
    assert_eq!(
        (run.code, run.json()["skipped"][0]["reason"].as_str()),
        (4, Some("read-error")),
        "{}",
        run.stdout
    );
}

#[cfg(unix)]
#[test]
fn what_is_there_and_cannot_be_read_is_not_nothing() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let project = Project::new().file("closed.txt", "x").file("a.txt", "x");
    // Nobody can open a link that leads to itself, not even root.
    symlink("loop", project.path("loop")).expect("a link can be made");
    let run = project.audit(&["loop"]);
    assert_eq!(
        (run.code, run.json()["skipped"][0]["reason"].as_str()),
        (4, Some("read-error")),
        "{}",
        run.stdout
    );
    let run = project.run(&["loop"]);
    assert!(run.stdout.contains("incomplete: no leak found"), "{run:?}");
    assert!(!run.stdout.contains("os error"), "{run:?}");
    // What is no folder has nothing in it.
    assert_eq!(project.audit(&["a.txt/x"]).code, 3);
    if running_as_root() {
        return;
    }
    let closed = fs::Permissions::from_mode(0o000);
    fs::set_permissions(project.path("closed.txt"), closed).expect("they can be set");
    let run = project.audit(&["closed.txt"]);
    assert_eq!(
        (run.code, run.json()["skipped"][0]["reason"].as_str()),
        (4, Some("permission-denied")),
        "{}",
        run.stdout
    );
}

#[cfg(unix)]
#[test]
fn special_files_are_never_opened() {
    let project = Project::new().file("a.txt", "hello\n");
    let made = clean("mkfifo")
        .arg(project.path("pipe"))
        .status()
        .expect("mkfifo runs");
    assert!(made.success());
    let run = project.audit(&["."]);
    assert_eq!(
        (run.code, run.json()["notes"][0]["kind"].as_str()),
        (0, Some("special-file")),
        "{}",
        run.stdout
    );
    let run = project.audit(&["pipe"]);
    assert_eq!(
        (run.code, run.json()["skipped"][0]["reason"].as_str()),
        (3, Some("not-a-file")),
        "{}",
        run.stdout
    );
}

#[cfg(unix)]
#[test]
fn links_are_not_followed_out_of_what_is_audited() {
    use std::os::unix::fs::symlink;
    let project = Project::new()
        .file("in/a.txt", "hello\n")
        .file("out/b.txt", "NPSSO={{npsso}}\n");
    symlink(project.path("out"), project.path("in/out")).expect("a link can be made");
    symlink(project.path("in"), project.path("in/loop")).expect("a link can be made");
    symlink("nowhere", project.path("in/dangling")).expect("a link can be made");
    let run = project.audit(&["in"]);
    assert_eq!(run.code, 0, "{}", run.stdout);
    let notes = run.json()["notes"].clone();
    assert_eq!(notes.as_array().map(Vec::len), Some(1), "{notes}");
    assert_eq!(
        (notes[0]["path"].as_str(), notes[0]["kind"].as_str()),
        (Some("in/out"), Some("link-leaves-root"))
    );
    // A link that is named on the command line is what the user wants to audit.
    assert_eq!(project.audit(&["in/out"]).code, 1);
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_not_utf_8_are_read_and_shown() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let project = Project::new();
    let text = crate::support::expand("NPSSO={{npsso}}\n");
    fs::write(project.root().join(OsStr::from_bytes(b"caf\xe9.env")), text)
        .expect("a file can be written");
    let run = project.audit(&["."]);
    let exposure = run.findings()[0]["exposures"][0].clone();
    assert_eq!(
        exposure["path_bytes_percent_encoded"].as_str(),
        Some("caf%E9.env"),
        "{exposure}"
    );
}

#[test]
fn what_is_named_twice_is_audited_once() {
    let project = Project::new()
        .file("sub/a.env", "NPSSO={{npsso}}\n")
        .file("b.txt", "x\n");
    let absolute = project.path("sub/a.env");
    let absolute = absolute
        .to_str()
        .expect("a temporary folder has a plain name");
    let run = project.audit(&[".", "./sub", "sub/a.env", absolute, "sub/"]);
    assert_eq!(run.places(), ["sub/a.env:1:7 npsso high"]);
    assert_eq!(run.json()["summary"]["inputs"], 2);
}

#[test]
fn what_is_no_object_among_the_objects_of_a_repository_is_read() {
    let project = Project::repository()
        .file("a.txt", "hello\n")
        .file(".git/objects/aa/x", "NPSSO={{npsso}}\n")
        .file(".git/objects/pack/pack-notes.txt", "NPSSO={{npsso}}\n");
    assert_eq!(
        project.audit(&["."]).places(),
        [
            ".git/objects/aa/x:1:7 npsso high",
            ".git/objects/pack/pack-notes.txt:1:7 npsso high"
        ]
    );
}

#[cfg(target_os = "linux")]
#[test]
fn the_kernels_own_files_are_not_walked_under_any_name() {
    let run = Project::new().audit(&["/tmp/../proc/self/task"]);
    assert_eq!(run.code, 3, "{}", run.stdout);
    assert_eq!(run.json()["notes"][0]["kind"], "pseudo-file-system");
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let mut project = Project::new();
    for n in 0..200 {
        project = project.file(
            &format!("{}/{n}.env", n % 7),
            &format!("NPSSO={{{{npsso:{}}}}}\n", n % 50),
        );
    }
    let one = project.audit(&["-j", "1", "."]);
    let many = project.audit(&["-j", "8", "."]);
    assert_eq!(one.findings().len(), 50);
    assert_eq!(one.stdout, many.stdout);
}

/// Lines with so many different tokens, after many places of one and many values
/// without a name.
fn crowd(tokens: usize) -> String {
    let line = |number| expand(&format!("npsso={{{{npsso:{number}}}}}\n"));
    let unnamed = |number| expand(&format!("{{{{npsso:unnamed-{number}}}}}\n\n"));
    let lines: Vec<String> = (0..tokens).map(line).collect();
    let unnamed: Vec<String> = (0..tokens).map(unnamed).collect();
    unnamed.concat() + "# one\n" + &line(0).repeat(tokens) + &lines.concat()
}

#[test]
fn more_places_than_there_is_room_for_are_said_and_hide_no_other_input() {
    let project = Project::new()
        .file("a.log", &crowd(700))
        .file("sub/bot.env", "NPSSO={{npsso:other}}\n");
    // With room for all of them there is nothing to say.
    let all = project.audit(&["--max-memory", "16M", "."]);
    let total = all.places().len();
    assert!(total > 1400 && all.code == 1, "{total}");
    assert!(all.json()["skipped"][0].is_null());
    // Room for 512 further places
    let run = project.audit(&["--max-memory", "256k", "."]);
    assert_eq!(run.code, 1);
    let places: Vec<String> = run.places();
    assert!(places.len() < total - 100, "{} of {total}", places.len());
    // Every secret is there, whatever takes the room of places.
    assert_eq!(run.findings().len(), all.findings().len());
    let is_other = |place: &&String| place.starts_with("sub/bot.env:1:7 ");
    assert_eq!(places.iter().filter(is_other).count(), 1);
    let skipped = run.json()["skipped"][0].clone();
    let detail = skipped["detail"].as_str().unwrap_or_default();
    let left_out = total - places.len();
    let expected = format!(": up to {left_out} more places of secrets are not listed");
    assert!(detail.ends_with(&expected), "{detail} {expected}");
    assert_eq!(skipped["reason"], "limit");
    // The same from any number of threads.
    let again = project.audit(&["--max-memory", "256k", "--threads", "3", "."]);
    assert_eq!(again.places(), places);
}

#[test]
fn what_takes_longer_to_judge_than_it_may_is_left_and_said() {
    let lines = |name: &str| -> String {
        (0..500)
            .map(|number| expand(&format!("{name}_{number}={{{{npsso:{number}}}}}\n")))
            .collect()
    };
    let project = Project::new()
        .file("plain.env", &lines("id"))
        .file("encoded.txt", &base64(lines("id").as_bytes()));
    assert_eq!(project.audit(&["."]).code, 0);
    let run = project.audit(&["--max-time", "0", "."]);
    assert_eq!(run.code, 4, "{}", run.stdout);
    let skipped = run.json()["skipped"].clone();
    for (number, path) in ["encoded.txt", "plain.env"].iter().enumerate() {
        let skipped = &skipped[number];
        assert_eq!(
            [&skipped["path"], &skipped["reason"], &skipped["detail"]],
            [*path, "limit", "it took longer than 0 s"],
            "{}",
            run.stdout
        );
    }
    let run = project.audit_stdin_with(&["--max-time", "0"], lines("id").as_bytes());
    let detail = run.json()["skipped"][0]["detail"].clone();
    assert_eq!(
        (run.code, detail.as_str()),
        (4, Some("it took longer than 0 s"))
    );
}
