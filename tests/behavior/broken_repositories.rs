//! What is wrong with a repository is said, and what can be read of it is read.

use std::fs;
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::ZlibEncoder;
use serde_json::Value;

use crate::support::{Project, Run, clean, expand, program};

const LEAK: &str = "NPSSO={{npsso}}\n";

/// Everything that was skipped as `reason path detail`.
fn skipped(run: &Run) -> Vec<String> {
    let list = run.json()["skipped"].clone();
    let list = list.as_array().expect("a list").clone();
    let text = |entry: &Value, key: &str| entry[key].as_str().unwrap_or_default().to_owned();
    let line = |entry: &Value| {
        let [reason, path, detail] = ["reason", "path", "detail"].map(|key| text(entry, key));
        format!("{reason} {path} {detail}")
    };
    list.iter().map(line).collect()
}

/// Expects an incomplete audit that says this.
fn incomplete(project: &Project, says: &str) {
    let run = project.audit(&["."]);
    assert_eq!(run.code, 4, "{says}: {}", run.stdout);
    let skipped = skipped(&run);
    assert!(
        skipped.iter().any(|line| line.contains(says)),
        "{says}: {skipped:?}"
    );
}

/// Where a loose object is stored.
fn loose(project: &Project, id: &str) -> PathBuf {
    let (folder, name) = id.split_at(2);
    project.path(&format!(".git/objects/{folder}/{name}"))
}

/// Writes a loose object that says that it is as long as this.
fn write_object(project: &Project, id: &str, kind: &str, size: u64, content: &[u8]) {
    let path = loose(project, id);
    fs::create_dir_all(path.parent().expect("a folder")).expect("it can be made");
    let mut text = ZlibEncoder::new(Vec::new(), Compression::fast());
    write!(text, "{kind} {size}\0").expect("memory takes it");
    text.write_all(content).expect("memory takes it");
    fs::write(path, text.finish().expect("memory takes it")).expect("it can be written");
}

fn write(project: &Project, path: &str, text: &str) {
    let path = project.path(path);
    fs::create_dir_all(path.parent().expect("a folder")).expect("it can be made");
    fs::write(path, text).expect("it can be written");
}

/// A repository with two commits and no secret.
fn two_commits() -> Project {
    let project = Project::repository();
    project.commit("a", Some("1\n"), "one");
    project.commit("b", Some("2\n"), "two");
    project
}

fn packs(project: &Project) -> Vec<PathBuf> {
    let folder = fs::read_dir(project.path(".git/objects/pack")).expect("a folder");
    folder
        .map(|entry| entry.expect("it can be listed").path())
        .filter(|path| path.extension().is_some_and(|own| own == "pack"))
        .collect()
}

#[test]
fn a_missing_parent_is_said() {
    let project = two_commits();
    let parent = project.git(&["rev-parse", "HEAD~1"]);
    fs::remove_file(loose(&project, &parent)).expect("it is loose");
    incomplete(
        &project,
        &format!("missing-object commit {}", &parent[..12]),
    );
    // Also when something else is found
    project.write("bot.env", Some(LEAK));
    let run = project.audit(&["."]);
    assert_eq!((run.code, skipped(&run).len()), (1, 1), "{}", run.stdout);
}

#[test]
fn a_missing_pack_is_said_with_its_index_or_without() {
    let project = two_commits();
    project.git(&["repack", "-adq", "--no-write-bitmap-index"]);
    for pack in packs(&project) {
        fs::remove_file(pack).expect("it is there");
    }
    incomplete(&project, "its pack is missing");
    incomplete(&project, "missing-object commit");
    let folder = project.path(".git/objects/pack");
    fs::remove_dir_all(folder).expect("it is there");
    incomplete(&project, "missing-object commit");
    fs::remove_dir_all(project.path(".git/objects")).expect("it is there");
    incomplete(&project, "not-found .git/objects");
}

#[test]
fn refs_that_lead_nowhere_are_said() {
    let project = two_commits();
    let nowhere = "d".repeat(40);
    for (file, text, says) in [
        (
            ".git/refs/heads/x",
            format!("{nowhere}\n"),
            "missing-object commit dddd",
        ),
        (
            ".git/refs/heads/x",
            String::new(),
            "damaged .git/refs/heads/x it is empty",
        ),
        (
            ".git/refs/heads/x",
            "garbage\n".to_owned(),
            "damaged .git/refs/heads/x",
        ),
        (
            ".git/packed-refs",
            "garbage here\n".to_owned(),
            "damaged .git/packed-refs line 1",
        ),
        (
            ".git/packed-refs",
            format!("{nowhere} refs/heads/y\n"),
            "missing-object commit dddd",
        ),
    ] {
        write(&project, file, &text);
        incomplete(&project, says);
        fs::remove_file(project.path(file)).expect("it is there");
    }
    assert_eq!(project.audit(&["."]).code, 0);
    for text in ["garbage\n", "", "ref: ../../etc/passwd\n"] {
        write(&project, ".git/HEAD", text);
        incomplete(&project, "damaged .git/HEAD");
    }
}

#[test]
fn a_tag_of_a_missing_commit_is_said() {
    let project = two_commits();
    let other = project.git(&["commit-tree", "HEAD^{tree}", "-m", "other"]);
    project.git(&["tag", "-a", "v1", "-m", "other", &other]);
    assert_eq!(project.audit(&["."]).code, 0);
    fs::remove_file(loose(&project, &other)).expect("it is loose");
    incomplete(&project, &format!("missing-object commit {}", &other[..12]));
}

#[test]
fn a_git_file_that_names_no_folder_is_said() {
    for text in [
        "garbage\n".to_owned(),
        format!("gitdir: {}\n", "../".repeat(4000)),
    ] {
        let project = Project::new().file("x", "x\n").file(".git", &text);
        let run = project.audit(&["."]);
        assert_eq!(run.code, 4, "{}", run.stdout);
        assert_eq!(project.audit(&["--staged"]).code, 2);
    }
    let project = Project::new()
        .file("x", "x\n")
        .file(".git", "gitdir: /nowhere/x\n");
    incomplete(&project, "damaged /nowhere/x/HEAD it is missing");
}

#[test]
fn a_sha_256_repository_is_known_by_its_objects() {
    for packed in [false, true] {
        let project = Project::new();
        project.git(&["init", "-q", "-b", "main", "--object-format=sha256"]);
        project.commit("bot.env", Some(LEAK), "leak");
        project.commit("bot.env", None, "remove");
        if packed {
            project.git(&["gc", "-q"]);
        }
        for config in ["", "[core]\n\tbare = false\n", "[core\n"] {
            write(&project, ".git/config", config);
            let run = project.audit(&["."]);
            assert_eq!(run.code, 1, "{config}: {}", run.stdout);
            assert_eq!(run.exposures()[0]["path"], "bot.env");
            let skipped = skipped(&run);
            assert!(skipped[0].starts_with("damaged .git/config"), "{skipped:?}");
        }
    }
}

#[test]
fn a_large_repository_that_lacks_a_part_of_head_is_incomplete() {
    let project = Project::repository();
    let mut stream = String::new();
    for number in 1..=101_000 {
        let text = format!("{number}\n");
        stream += &format!("blob\nmark :{number}\ndata {}\n{text}", text.len());
    }
    stream += "commit refs/heads/main\ncommitter A <a@example.com> 1767319445 +0000\ndata 1\nx\n";
    for number in 1..=101_000 {
        stream += &format!("M 644 :{number} d{}/f{number}\n", number % 200);
    }
    write(&project, "stream", &stream);
    let input = fs::File::open(project.path("stream")).expect("it is there");
    let imported = clean("git")
        .args(["fast-import", "--quiet"])
        .current_dir(project.root())
        .stdin(input)
        .status()
        .expect("git runs");
    assert!(imported.success());
    fs::remove_file(project.path("stream")).expect("it is there");
    project.git(&["read-tree", "main"]);
    project.write("d7/new", Some("new\n"));
    project.git(&["add", "d7/new"]);
    project.git(&["commit", "-q", "-m", "new"]);
    assert_eq!(project.audit(&["--history-only", "."]).code, 0);
    let blob = project.git(&["rev-parse", "HEAD:d7/new"]);
    fs::remove_file(loose(&project, &blob)).expect("it is loose");
    let run = project.audit(&["--history-only", "."]);
    assert_eq!((run.code, skipped(&run).len()), (4, 1), "{}", run.stdout);
}

#[test]
fn a_tree_that_makes_no_sense_is_damaged() {
    let project = two_commits();
    write_object(&project, &"ab".repeat(20), "tree", 8, b"100644 x");
    incomplete(
        &project,
        "damaged tree abababababab what lies in it cannot be told",
    );
    let project = two_commits();
    let blob = project.git(&["rev-parse", "HEAD:a"]);
    project.git(&["repack", "-adq", "--no-write-bitmap-index"]);
    let pack = packs(&project).remove(0);
    let list = project.git(&["verify-pack", "-v", &pack.to_string_lossy()]);
    let line = list.lines().find(|line| line.starts_with(&blob));
    let offset = line.and_then(|line| line.split_whitespace().nth(4));
    let offset: usize = offset.expect("its offset").parse().expect("a number");
    let mut bytes = fs::read(&pack).expect("it can be read");
    assert_eq!(bytes[offset] >> 4 & 7, 3, "it is a blob");
    bytes[offset] = bytes[offset] & 0x8f | 2 << 4;
    fs::remove_file(&pack).expect("it is there");
    fs::write(&pack, bytes).expect("it can be written");
    incomplete(&project, &format!("damaged tree {}", &blob[..12]));
}

#[test]
fn what_comes_before_damage_is_audited() {
    let project = Project::repository();
    project.commit("start", Some("x\n"), "start");
    let noise: String = (0..100_000_u64)
        .map(|number| format!("{}\n", number.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
        .collect();
    project.commit("bot.env", Some(&format!("{LEAK}{noise}")), "leak");
    let blob = project.git(&["rev-parse", "HEAD:bot.env"]);
    project.commit("bot.env", None, "remove");
    let object = loose(&project, &blob);
    let bytes = fs::read(&object).expect("it is loose");
    fs::remove_file(&object).expect("it is there");
    fs::write(&object, &bytes[..bytes.len() - 100]).expect("it can be written");
    for arguments in [["--history-only", "."], ["--range", "HEAD"]] {
        let run = project.audit(&arguments);
        assert_eq!(run.code, 1, "{}", run.stdout);
        assert_eq!(run.exposures()[0]["location"]["line"], 1);
        let skipped = skipped(&run);
        assert!(skipped[0].starts_with("damaged"), "{skipped:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn no_fifo_and_no_device_in_a_repository_is_waited_for() {
    use std::os::unix::fs::symlink;
    let id = "a".repeat(40);
    let pack = format!(".git/objects/pack/pack-{id}");
    let files = [
        ".git/HEAD".to_owned(),
        ".git/config".to_owned(),
        ".git/config.worktree".to_owned(),
        ".git/commondir".to_owned(),
        ".git/index".to_owned(),
        ".git/packed-refs".to_owned(),
        ".git/shallow".to_owned(),
        ".git/refs/heads/x".to_owned(),
        ".git/objects/info/alternates".to_owned(),
        ".git/worktrees/z/HEAD".to_owned(),
        ".git/worktrees/z/index".to_owned(),
        ".git/MERGE_HEAD".to_owned(),
        ".git/logs/HEAD".to_owned(),
        format!("{pack}.idx"),
        format!("{pack}.pack"),
        format!(".git/objects/aa/{}", "b".repeat(38)),
    ];
    for file in &files {
        for device in [false, true] {
            let project = Project::repository();
            project.commit("a.env", Some(LEAK), "leak");
            project.commit("b", Some("x\n"), "more");
            let path = project.path(file);
            fs::create_dir_all(path.parent().expect("a folder")).expect("it can be made");
            let _ = fs::remove_file(&path);
            match device {
                true => symlink("/dev/zero", &path).expect("a link can be made"),
                false => fifo(&path),
            }
            if file.ends_with(".idx") {
                write(&project, &format!("{pack}.pack"), "PACK");
            } else if file.ends_with(".pack") {
                write(&project, &format!("{pack}.idx"), "idx");
            }
            for arguments in [
                &["."][..],
                &["--staged"],
                &["--range", "HEAD~1..HEAD"],
                &["--range", "HEAD~1...HEAD"],
            ] {
                let run = in_time(&project, arguments);
                assert!(
                    (0..=4).contains(&run.code),
                    "{file} {arguments:?}: {}",
                    run.stderr
                );
                if arguments == ["."] {
                    assert_eq!(run.code, 1, "{file}: {}", run.stdout);
                }
            }
        }
    }
    let project = Project::repository();
    project.commit("a.env", Some(LEAK), "leak");
    fs::remove_file(project.path(".git/HEAD")).expect("it is there");
    fifo(&project.path(".git/HEAD"));
    let run = project.audit(&["."]);
    assert!(
        skipped(&run).contains(&"not-a-file .git/HEAD ".to_owned()),
        "{}",
        run.stdout
    );
}

#[cfg(target_os = "linux")]
#[test]
fn no_fifo_is_waited_for_as_a_message_or_as_a_hook() {
    let project = Project::repository();
    fifo(&project.path("message"));
    let run = in_time(&project, &["--message", "message"]);
    assert_eq!(run.code, 4, "{}", run.stdout);
    let hooks = project.path(".git/hooks");
    fs::create_dir_all(&hooks).expect("it can be made");
    fifo(&hooks.join("pre-commit"));
    let mut child = project
        .command(&["hook", "install"])
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("the program starts");
    assert_eq!(ended(&mut child).code(), Some(2));
}

/// A tree whose entries all have this mode and lead to this object.
fn equal_entries(count: usize, mode: &str, id: &str) -> Vec<u8> {
    let id: Vec<u8> = (0..id.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&id[at..at + 2], 16).expect("a digit"))
        .collect();
    let entry = |number| [format!("{mode} d{number}\0").as_bytes(), &id].concat();
    (0..count).flat_map(entry).collect()
}

/// Adds an object with git itself.
fn add_object(project: &Project, kind: &str, content: &[u8]) -> String {
    fs::write(project.path(".git/new"), content).expect("it can be written");
    project.git(&["hash-object", "-w", "--literally", "-t", kind, ".git/new"])
}

#[cfg(target_os = "linux")]
#[test]
fn folders_that_hold_each_other_ten_times_are_walked_a_few_times() {
    let project = two_commits();
    let blob = add_object(&project, "blob", expand(LEAK).as_bytes());
    let mut bomb = add_object(&project, "tree", &equal_entries(10, "100644", &blob));
    for _ in 0..10 {
        bomb = add_object(&project, "tree", &equal_entries(10, "40000", &bomb));
    }
    let commit = project.git(&["commit-tree", "-p", "HEAD", "-m", "bomb", &bomb]);
    let run = in_time(&project, &["--range", &format!("HEAD..{commit}")]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    // Removed again, with a secret that may have stood in it
    let tree = project.git(&["rev-parse", "HEAD^{tree}"]);
    let file = expand("# old\nNPSSO={{npsso:new}}\n");
    let file = add_object(&project, "blob", file.as_bytes());
    let after = add_object(&project, "tree", &equal_entries(1, "100644", &file));
    assert_ne!(after, tree);
    let after = project.git(&["commit-tree", "-p", &commit, "-m", "after", &after]);
    let run = in_time(&project, &["--range", &format!("{commit}..{after}")]);
    assert_eq!(run.places(), ["d0:2:7 npsso high"]);
}

#[test]
fn a_folder_that_is_added_twice_is_reported_twice() {
    let project = two_commits();
    project.write("one/.env", Some(LEAK));
    project.commit("two/.env", Some(LEAK), "bots");
    let run = project.audit(&["--range", "HEAD~1..HEAD"]);
    assert_eq!(
        run.places(),
        ["one/.env:1:7 npsso high", "two/.env:1:7 npsso high"]
    );
}

/// Runs an audit with little memory.
#[cfg(target_os = "linux")]
fn in_little_memory(project: &Project) -> Run {
    let program = &program();
    let script = format!("ulimit -v 900000; exec '{program}' -j 2 -f json --history-only .");
    let mut command = clean("sh");
    command.args(["-c", &script]).current_dir(project.root());
    Run::of(command.output())
}

#[cfg(target_os = "linux")]
#[test]
fn objects_that_are_too_large_for_memory_are_skipped_and_said() {
    let zeros = vec![0; 120 << 20];
    for kind in ["tree", "commit", "tag", "blob"] {
        let project = two_commits();
        let size = zeros.len() as u64;
        write_object(&project, &"ab".repeat(20), kind, size, &zeros);
        let run = in_little_memory(&project);
        let skipped = skipped(&run);
        match kind {
            "tree" => assert_eq!(
                skipped,
                [
                    "too-large tree abababababab 125829120 bytes; at most 104857600 are held in memory"
                ]
            ),
            // They are read through a window.
            _ => assert_eq!((run.code, skipped), (0, vec![]), "{kind}"),
        }
    }
}

/// The head of an entry of a pack.
fn entry(kind: u8, size: u64, more: &[u8], content: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut byte = kind << 4 | (size & 15) as u8;
    let mut rest = size >> 4;
    while rest > 0 {
        bytes.push(byte | 0x80);
        byte = (rest & 0x7f) as u8;
        rest >>= 7;
    }
    bytes.push(byte);
    bytes.extend(more);
    let mut text = ZlibEncoder::new(bytes, Compression::fast());
    text.write_all(content).expect("memory takes it");
    text.finish().expect("memory takes it")
}

/// A number as deltas have it: seven bits a byte.
fn seven_bits(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number > 0x7f {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

/// Writes a pack with these entries and ids.
fn write_pack(project: &Project, entries: &[(u8, Vec<u8>)]) {
    let mut pack = b"PACK\0\0\0\x02".to_vec();
    pack.extend((entries.len() as u32).to_be_bytes());
    let mut index = b"\xfftOc\0\0\0\x02".to_vec();
    let mut sorted = Vec::new();
    for (first, bytes) in entries {
        sorted.push((*first, pack.len() as u32));
        pack.extend(bytes);
    }
    sorted.sort_unstable();
    for byte in 0..=255_u8 {
        let count = sorted.iter().filter(|(first, _)| *first <= byte).count();
        index.extend((count as u32).to_be_bytes());
    }
    for (first, _) in &sorted {
        index.extend([*first; 20]);
    }
    index.extend(vec![0; 4 * sorted.len()]);
    for (_, offset) in &sorted {
        index.extend(offset.to_be_bytes());
    }
    // Nobody looks at the sums at the ends.
    pack.extend([0; 20]);
    index.extend([0; 40]);
    let path = project.path(&format!(".git/objects/pack/pack-{}", "1".repeat(40)));
    fs::write(path.with_extension("pack"), pack).expect("it can be written");
    fs::write(path.with_extension("idx"), index).expect("it can be written");
}

#[cfg(target_os = "linux")]
#[test]
fn a_packed_object_that_is_shorter_than_it_says_is_damaged() {
    for size in [9 << 20, 900 << 20, 1 << 60, u64::MAX] {
        let project = two_commits();
        let text = format!("{}\n{}", "x".repeat(50), expand(LEAK));
        write_pack(
            &project,
            &[
                (0x10, entry(3, size, &[], text.as_bytes())),
                (0x20, entry(2, size, &[], b"100644 x")),
                (0x30, entry(3, 5, &[], b"12345")),
            ],
        );
        let run = in_little_memory(&project);
        assert_eq!(run.code, 1, "{size}: {}", run.stdout);
        let skipped = skipped(&run);
        assert_eq!(skipped.len(), 2, "{size}: {skipped:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_delta_that_grows_without_bound_is_skipped_and_said() {
    // A byte of each copy says that its length is the longest there is.
    const BASE: usize = 0xff_ffff;
    for copies in [60, 2000] {
        let project = two_commits();
        let base = entry(3, BASE as u64, &[], &vec![b'A'; BASE]);
        let sizes = [seven_bits(BASE as u64), seven_bits((BASE * copies) as u64)];
        let delta = [sizes.concat(), [0xf0, 0xff, 0xff, 0xff].repeat(copies)].concat();
        let by_id = |first: u8| entry(7, delta.len() as u64, &[first; 20], &delta);
        let text = expand(LEAK);
        write_pack(
            &project,
            &[
                (0x10, base),
                (0x20, by_id(0x10)),
                (0x30, by_id(0x10)),
                (0x40, by_id(0x20)),
                (0x50, entry(3, text.len() as u64, &[], text.as_bytes())),
            ],
        );
        let run = in_little_memory(&project);
        assert_eq!(run.code, 1, "{}", run.stdout);
        let skipped = skipped(&run);
        assert_eq!(skipped.len(), 3, "{skipped:?}");
        let says = format!("too-large blob 202020202020 {} bytes", BASE * copies);
        assert!(skipped[0].starts_with(&says), "{skipped:?}");
    }
}

#[cfg(unix)]
#[test]
fn linked_git_folders_have_their_history_read() {
    use std::os::unix::fs::symlink;
    let origin = Project::repository();
    origin.commit("bot.env", Some(LEAK), "leak");
    origin.commit("bot.env", None, "remove");
    let project = Project::new().file("x", "x\n");
    symlink(origin.path(".git"), project.path(".git")).expect("a link can be made");
    let run = project.audit(&["."]);
    assert_eq!(run.exposures()[0]["git"]["refs"][0], "refs/heads/main");
    // The objects alone lie elsewhere, with a work tree and without.
    let elsewhere = Project::new();
    fs::rename(origin.path(".git/objects"), elsewhere.path("o")).expect("it can be moved");
    symlink(elsewhere.path("o"), origin.path(".git/objects")).expect("a link can be made");
    assert_eq!(origin.audit(&["."]).exposures().len(), 1);
    fs::rename(origin.path(".git"), project.path("bare.git")).expect("it can be moved");
    fs::remove_file(project.path(".git")).expect("it is a link");
    assert_eq!(project.audit(&["."]).exposures().len(), 1);
}

#[cfg(unix)]
#[test]
fn what_may_not_be_read_is_not_called_damaged() {
    use std::os::unix::fs::PermissionsExt;
    let project = two_commits();
    project.git(&["repack", "-adq", "--no-write-bitmap-index"]);
    let pack = packs(&project).remove(0);
    let config = project.path(".git/config");
    for path in [&pack, &pack.with_extension("idx"), &config] {
        let before = fs::metadata(path).expect("it is there").permissions();
        let close = fs::Permissions::from_mode(0o000);
        fs::set_permissions(path, close).expect("it is ours");
        if fs::File::open(path).is_ok() {
            // Root reads everything.
            return;
        }
        let name = path.strip_prefix(project.root()).expect("it is in it");
        incomplete(&project, &format!("permission-denied {}", name.display()));
        fs::set_permissions(path, before).expect("it is ours");
    }
}

#[test]
fn an_index_that_cannot_be_read_is_said_without_a_secret_in_it() {
    let project = Project::repository();
    project.commit("README.md", Some("hello\n"), "start");
    project.git(&["worktree", "add", "-q", "wt"]);
    fs::write(project.path(".git/worktrees/wt/index"), "DIRC").expect("it can be written");
    incomplete(&project, "/.git/worktrees/wt/index ");
    fs::remove_dir_all(project.path("wt")).expect("it can be removed");
    incomplete(&project, "damaged .git/worktrees/wt/index ");
}

#[test]
fn a_commit_that_makes_no_sense_is_not_called_missing() {
    let project = two_commits();
    let text = b"author A <a@example.com> 1 +0000\ncommitter A <a@example.com> 1 +0000\n\nx\n";
    let bad = add_object(&project, "commit", text);
    let run = project.audit(&["--range", &bad]);
    let says = format!("damaged commit {} it names no tree", &bad[..12]);
    assert_eq!(skipped(&run), [says], "{}", run.stdout);
}

#[test]
fn refs_that_cannot_be_read_are_said_and_nothing_is_claimed_of_them() {
    let project = Project::repository();
    project.commit("bot.env", Some(LEAK), "leak");
    project.commit("bot.env", None, "remove");
    project.git(&["config", "extensions.refStorage", "future"]);
    let run = project.audit(&["."]);
    assert_eq!(run.code, 1, "{}", run.stdout);
    let place = &run.exposures()[0];
    assert_eq!(place["presence"], "unknown");
    assert!(place["git"]["first_commit"]["id"].is_string(), "{place}");
    let skipped = skipped(&run);
    assert_eq!(skipped.len(), 1, "{skipped:?}");
    assert!(
        skipped[0].starts_with("unsupported .git/config"),
        "{skipped:?}"
    );
    let text = project.run(&["."]).stdout;
    for claim in ["unreachable", "no longer in HEAD", "damaged"] {
        assert!(!text.contains(claim), "{text}");
    }
    for arguments in [["--staged", "."], ["--range", "HEAD"]] {
        let run = project.audit(&arguments);
        assert_eq!(run.code, 2, "{}", run.stdout);
        assert!(run.stderr.contains("keeps its refs"), "{}", run.stderr);
    }
}

#[test]
fn alternates_that_lead_to_each_other_are_read_once() {
    let project = Project::new();
    project.git(&["init", "-q", "-b", "main", "a"]);
    project.git(&["init", "-q", "-b", "main", "b"]);
    project.write("a/bot.env", Some(LEAK));
    project.git(&["-C", "a", "add", "-A"]);
    project.git(&["-C", "a", "commit", "-q", "-m", "leak"]);
    let objects = |name: &str| format!("{}\n", project.path(name).join(".git/objects").display());
    write(&project, "a/.git/objects/info/alternates", &objects("b"));
    write(&project, "b/.git/objects/info/alternates", &objects("a"));
    let run = project.audit(&["b"]);
    assert_eq!((run.code, skipped(&run)), (1, vec![]), "{}", run.stdout);
    assert_eq!(project.audit(&["--staged", "a"]).code, 0);
}

#[test]
fn many_alternates_that_are_gone_are_counted() {
    let project = two_commits();
    let gone: String = (0..20_000)
        .map(|number| format!("/nowhere/{number}\n"))
        .collect();
    write(&project, ".git/objects/info/alternates", &gone);
    let start = Instant::now();
    incomplete(&project, "19900 more cannot be read");
    assert_eq!(project.audit(&["--staged"]).code, 4);
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[cfg(target_os = "linux")]
fn fifo(path: &Path) {
    let made = clean("mkfifo").arg(path).status();
    assert!(made.expect("mkfifo runs").success());
}

/// Runs an audit that must not take long.
#[cfg(target_os = "linux")]
fn in_time(project: &Project, arguments: &[&str]) -> Run {
    let mut all = vec!["-f", "json"];
    all.extend(arguments);
    let mut output = [(); 2].map(|()| tempfile::tempfile().expect("a file can be made"));
    let [stdout, stderr] = output
        .each_ref()
        .map(|file| std::process::Stdio::from(file.try_clone().expect("it is open")));
    let mut child = project
        .command(&all)
        .stdin(std::process::Stdio::null())
        .stdout(stdout)
        .stderr(stderr)
        .spawn()
        .expect("the program starts");
    let status = ended(&mut child);
    let [stdout, stderr] = output.each_mut().map(|file| {
        let mut text = Vec::new();
        file.rewind().expect("it is a file");
        file.read_to_end(&mut text).expect("it can be read");
        text
    });
    Run::of(Ok(std::process::Output {
        status,
        stdout,
        stderr,
    }))
}

#[cfg(target_os = "linux")]
fn ended(child: &mut std::process::Child) -> std::process::ExitStatus {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("it can be asked") {
            return status;
        }
        if start.elapsed() > Duration::from_secs(20) {
            let _ = child.kill();
            panic!("it waits for something that never comes");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}
