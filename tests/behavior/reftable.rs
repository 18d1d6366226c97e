//! A repository that keeps its refs in tables is audited like one with files.

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use crate::support::{Project, Run, clean};

const LEAK: &str = "NPSSO={{npsso}}\n";

/// A repository of a format of refs and of a hash of objects.
fn repository(refs: &str, objects: &str) -> Project {
    let project = Project::new();
    let refs = format!("--ref-format={refs}");
    let objects = format!("--object-format={objects}");
    project.git(&["init", "-q", "-b", "main", &refs, &objects]);
    project
}

/// Everything that was found outside of what git itself keeps the refs in, and
/// everything that was skipped.
fn found(run: &Run) -> Value {
    let mut report = run.json();
    let findings = report["findings"].as_array_mut().expect("a list");
    for finding in findings.iter_mut() {
        let places = finding["exposures"].as_array_mut().expect("a list");
        places.retain(|place| {
            let path = place["path"].as_str().unwrap_or_default();
            !path.contains(".git/logs") && !path.contains(".git/reftable")
        });
    }
    json!([run.code, findings.clone(), report["skipped"]])
}

/// Gives git a list of changes of refs at once.
fn update_refs(project: &Project, changes: &str) {
    fs::write(project.path(".git/changes"), changes).expect("it can be written");
    let status = clean("git")
        .args(["update-ref", "--stdin", "--create-reflog"])
        .current_dir(project.root())
        .env("GIT_COMMITTER_NAME", "Ada Example")
        .env("GIT_COMMITTER_EMAIL", "ada@example.com")
        .stdin(fs::File::open(project.path(".git/changes")).expect("it was written"))
        .status();
    assert!(status.expect("git is installed").success());
    fs::remove_file(project.path(".git/changes")).expect("it was written");
}

/// The tables of a repository, the oldest first.
fn tables(project: &Project) -> Vec<PathBuf> {
    let folder = project.path(".git/reftable");
    let list = fs::read_to_string(folder.join("tables.list")).expect("there are tables");
    list.lines().map(|name| folder.join(name)).collect()
}

/// What a repository has that others don't: tags, stashes, reflogs, work trees.
fn everything(project: &Project) {
    project.commit("readme", Some("hello\n"), "start");
    project.git(&["clone", "-q", "--bare", ".", "server.git"]);
    project.git(&["remote", "add", "origin", "server.git"]);
    project.write(".gitignore", Some("server.git\nwt\n"));
    project.commit("a.env", Some("NPSSO={{npsso:a}}\n"), "a");
    project.commit("a.env", None, "no a");
    project.git(&["push", "-q", "-u", "origin", "main"]);
    project.git(&["checkout", "-q", "-b", "side"]);
    project.commit("b.env", Some("NPSSO={{npsso:b}}\n"), "b");
    project.git(&["tag", "-a", "v1", "-m", "one"]);
    project.git(&["tag", "light"]);
    project.git(&["checkout", "-q", "main"]);
    project.git(&["branch", "-q", "-D", "side"]);
    for text in ["NPSSO={{npsso:c}}\n", "NPSSO={{npsso:d}}\n"] {
        project.write("readme", Some(text));
        project.git(&["stash", "-q"]);
    }
    project.commit("e.env", Some("NPSSO={{npsso:e}}\n"), "e");
    project.git(&["rm", "-q", "e.env"]);
    project.git(&["commit", "-q", "--amend", "--allow-empty", "-m", "nothing"]);
    project.git(&["checkout", "-q", "--detach"]);
    project.commit("f.env", Some("NPSSO={{npsso:f}}\n"), "f");
    project.git(&["update-ref", "ORIG_HEAD", "HEAD"]);
    project.git(&["checkout", "-q", "main"]);
    project.git(&["worktree", "add", "-q", "wt", "-b", "linked"]);
    project.write("wt/g.env", Some("NPSSO={{npsso:g}}\n"));
    project.git(&["-C", "wt", "add", "-A"]);
    project.git(&["-C", "wt", "commit", "-q", "-m", "g"]);
    project.git(&["-C", "wt", "update-ref", "refs/worktree/mine", "HEAD"]);
    project.git(&["-C", "wt", "update-ref", "refs/bisect/bad", "HEAD"]);
    project.git(&["-C", "wt", "reset", "-q", "--hard", "HEAD~1"]);
    project.commit("h.env", Some("NPSSO={{npsso:h}}\n"), "npsso={{npsso:i}}");
    project.git(&["symbolic-ref", "refs/heads/alias", "refs/heads/main"]);
    project.write("s.env", Some("NPSSO={{npsso:s}}\n"));
    project.git(&["add", "s.env"]);
}

#[test]
fn everything_is_found_as_in_a_repository_with_files() {
    for objects in ["sha1", "sha256"] {
        let [files, tables] = ["files", "reftable"].map(|refs| {
            let project = repository(refs, objects);
            everything(&project);
            project
        });
        for (arguments, code) in [
            (vec!["."], 1),
            (vec!["--history-only", "."], 1),
            (vec!["wt"], 1),
            (vec!["--history-only", "server.git"], 1),
            (vec!["--staged"], 1),
            (vec!["--staged", "wt"], 0),
            (vec!["--range", "HEAD~1.."], 1),
            (vec!["--range", "origin/main..@"], 1),
            (vec!["--range", "main --not --remotes"], 1),
            (vec!["--range", "@{u}.."], 1),
            (vec!["--range", "main@{upstream}...main"], 1),
            (vec!["--range", "--all"], 1),
            (vec!["--range", "v1^!"], 1),
            (vec!["--range", "v1^{}^!"], 1),
            (vec!["--range", "refs/tags/light~1..light"], 1),
            (vec!["--range", "ORIG_HEAD^!"], 1),
            (vec!["--range", "stash@{1} --not main"], 1),
            (vec!["--range", "main@{1}..alias"], 1),
            (vec!["--range", "main@{2000-01-01}..main"], 1),
            (vec!["--range", "@{-1}^!"], 1),
            (vec!["--range", "HEAD^{/nothing}.."], 1),
            (vec!["--range", "refs/worktree/mine^!", "wt"], 1),
            (vec!["--range", "HEAD..HEAD@{1}", "wt"], 1),
            (vec!["--range", "side^!"], 2),
            (vec!["--range", "refs/worktree/mine^!"], 2),
            (vec!["--range", "main@{99}.."], 2),
            (vec!["--range", "linked@{u}.."], 2),
        ] {
            let [files, tables] = [&files, &tables].map(|project| project.audit(&arguments));
            let both = (files.code, tables.code);
            assert_eq!(both, (code, code), "{arguments:?} {}", tables.stderr);
            if code < 2 {
                assert_eq!(found(&files), found(&tables), "{objects} {arguments:?}");
                assert_eq!(tables.json()["skipped"], json!([]), "{arguments:?}");
            }
        }
    }
}

#[test]
fn tables_of_any_shape_are_read() {
    let plain = repository("files", "sha1");
    let leak = plain.commit("bot.env", Some(LEAK), "leak");
    let mut changes = String::new();
    for number in 0..1500 {
        let name = ["heads/team/feature", "tags/release", "remotes/origin"][number % 3];
        changes += &format!("create refs/{name}-{number:04} {leak}\n");
    }
    update_refs(&plain, &changes);
    let expected = found(&plain.audit(&["--history-only", "."]));
    for settings in [
        vec![],
        vec!["reftable.blockSize=300"],
        vec!["reftable.blockSize=300", "reftable.restartInterval=1"],
        vec!["reftable.blockSize=65536", "reftable.restartInterval=3000"],
        vec!["reftable.blockSize=1000", "reftable.indexObjects=false"],
    ] {
        let project = repository("reftable", "sha1");
        for setting in &settings {
            let (name, value) = setting.split_once('=').expect("a name and a value");
            project.git(&["config", name, value]);
        }
        project.commit("bot.env", Some(LEAK), "leak");
        update_refs(&project, &changes);
        for is_packed in [false, true] {
            if is_packed {
                project.git(&["pack-refs", "--all"]);
            }
            let run = project.audit(&["--history-only", "."]);
            assert_eq!(found(&run), expected, "{settings:?} {is_packed}");
        }
    }
}

#[test]
fn a_newer_table_counts_and_an_older_one_does_not() {
    let project = repository("reftable", "sha1");
    // So that each change has a table of its own
    let git = |arguments: &[&str]| {
        let status = clean("git")
            .args(arguments)
            .current_dir(project.root())
            .env("GIT_TEST_REFTABLE_AUTOCOMPACTION", "false")
            .status();
        assert!(status.expect("git is installed").success());
    };
    project.commit("readme", Some("hello\n"), "start");
    project.commit("bot.env", Some(LEAK), "leak");
    git(&["branch", "old"]);
    git(&["branch", "kept"]);
    git(&["update-ref", "refs/heads/moved", "HEAD"]);
    git(&["update-ref", "refs/heads/moved", "HEAD~1"]);
    git(&["update-ref", "refs/heads/main", "HEAD~1"]);
    git(&["branch", "-q", "-D", "old"]);
    git(&["reset", "-q", "--hard"]);
    assert!(tables(&project).len() > 5, "{:?}", tables(&project));
    let run = project.audit(&["--history-only", "."]);
    let place = &run.exposures()[0]["git"];
    assert_eq!(place["refs"], json!(["refs/heads/kept"]));
    git(&["branch", "-q", "-D", "kept"]);
    git(&["reflog", "expire", "--expire=all", "--all"]);
    let run = project.audit(&["--history-only", "."]);
    assert_eq!(run.exposures()[0]["presence"], "unreachable");
    project.git(&["pack-refs"]);
    let run = project.audit(&["--history-only", "."]);
    assert_eq!(run.exposures()[0]["presence"], "unreachable");
}

#[test]
fn what_only_a_reflog_says_is_found() {
    for refs in ["files", "reftable"] {
        let project = repository(refs, "sha1");
        project.commit("readme", Some("hello\n"), "start");
        let why = crate::support::expand("npsso={{npsso}}");
        project.git(&[
            "update-ref",
            "-m",
            &why,
            "--create-reflog",
            "refs/heads/x",
            "HEAD",
        ]);
        let run = project.audit(&["."]);
        assert_eq!((run.code, run.exposures().len()), (1, 1), "{}", run.stdout);
        if refs == "reftable" {
            let places = run.exposures();
            assert_eq!(places[0]["layers"][0]["layer"], "reftable");
            assert_eq!(places[0]["layers"][0]["member"], "logs/refs/heads/x");
        }
    }
}

#[test]
fn the_hooks_take_and_refuse_commits() {
    let project = repository("reftable", "sha1");
    let server = Project::new();
    server.git(&["init", "-q", "--bare", "--ref-format=reftable"]);
    project.git(&["config", "user.name", "Ada Example"]);
    project.git(&["config", "user.email", "ada@example.com"]);
    let url = server.root().to_string_lossy().into_owned();
    project.git(&["remote", "add", "origin", &url]);
    assert_eq!(project.run(&["hook", "install"]).code, 0);
    let is_refused = |arguments: &[&str]| {
        let mut git = clean("git");
        git.args(arguments).current_dir(project.root());
        git.stdout(Stdio::null()).stderr(Stdio::null());
        !git.status().expect("git is installed").success()
    };
    for path in ["a", "b"] {
        project.write(path, Some("x=1\n"));
        project.git(&["add", "-A"]);
        assert!(!is_refused(&["commit", "-q", "-m", "fine"]), "{path}");
        assert!(!is_refused(&["push", "-q", "origin", "main"]), "{path}");
    }
    project.write("bot.env", Some(LEAK));
    project.git(&["add", "-A"]);
    assert!(is_refused(&["commit", "-q", "-m", "leak"]));
    project.git(&["commit", "-q", "--no-verify", "-m", "leak"]);
    assert!(is_refused(&["push", "-q", "origin", "main"]));
}

/// Expects that an audit says what is wrong with the tables, and claims nothing more.
fn is_incomplete(project: &Project, says: &str) {
    for arguments in [["--history-only", "."], ["--staged", "."]] {
        let run = project.audit(&arguments);
        assert_eq!(run.code, 4, "{says}: {arguments:?} {}", run.stdout);
        assert!(run.stdout.contains(says), "{says}: {}", run.stdout);
        assert!(run.stdout.contains(".git/reftable/"), "{}", run.stdout);
    }
}

#[test]
fn tables_that_cannot_be_read_are_named() {
    let project = repository("reftable", "sha1");
    project.commit("readme", Some("hello\n"), "start");
    project.git(&["pack-refs"]);
    let table = tables(&project).remove(0);
    let list = project.path(".git/reftable/tables.list");
    let whole = fs::read(&table).expect("it is there");
    let names = fs::read(&list).expect("it is there");
    let changed = |place: usize, byte: u8| {
        let mut bytes = whole.clone();
        bytes[place] = byte;
        bytes
    };
    for (bytes, says) in [
        (vec![], "cut short"),
        (whole[..40].to_vec(), "cut short"),
        (changed(0, b'X'), "it has no valid header"),
        (
            changed(whole.len() - 1, !whole[whole.len() - 1]),
            "its footer",
        ),
        (changed(24, b'z'), "there is no block at 0"),
        (changed(25, 0xff), "is cut short"),
        (changed(28, 9), "wrong order"),
        (changed(29, 0xf8), "is damaged"),
    ] {
        fs::write(&table, bytes).expect("it can be written");
        is_incomplete(&project, says);
    }
    fs::write(&table, &whole).expect("it can be written");
    for (text, says) in [
        (&b"../../config\n"[..], "it names what is no table"),
        (b"gone.ref\n", "it is missing"),
        (b"", "have no HEAD"),
    ] {
        fs::write(&list, text).expect("it can be written");
        is_incomplete(&project, says);
    }
    fs::remove_file(&list).expect("it is there");
    is_incomplete(&project, "it is missing");
    fs::write(&list, &names).expect("it can be written");
    assert_eq!(project.audit(&["."]).code, 0);
    // What leads to a leak cannot be told then.
    project.commit("bot.env", Some(LEAK), "leak");
    project.commit("bot.env", None, "remove");
    fs::write(&list, "gone.ref\n").expect("it can be written");
    let run = project.audit(&["."]);
    assert_eq!(run.exposures()[0]["presence"], "unknown", "{}", run.stdout);
}

#[test]
fn names_that_lead_in_a_circle_are_an_error() {
    let project = repository("reftable", "sha1");
    project.commit("readme", Some("hello\n"), "start");
    for (name, other) in [("a", "b"), ("b", "a")] {
        let [name, other] = [name, other].map(|name| format!("refs/heads/{name}"));
        project.git(&["symbolic-ref", &name, &other]);
    }
    project.git(&["symbolic-ref", "HEAD", "refs/heads/a"]);
    is_incomplete(&project, "in a circle");
    let run = project.audit(&["--range", "a~1..main"]);
    assert_eq!(run.code, 2, "{}", run.stdout);
    assert!(run.stderr.contains("in a circle"), "{}", run.stderr);
}

#[test]
fn git_may_join_tables_while_they_are_read() {
    let project = repository("reftable", "sha1");
    project.commit("bot.env", Some(LEAK), "leak");
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for number in 0.. {
                if is_over.load(Ordering::Relaxed) {
                    return;
                }
                project.git(&["update-ref", &format!("refs/heads/x{number}"), "HEAD"]);
            }
        });
        for _ in 0..40 {
            let run = project.audit(&["--history-only", "."]);
            assert_eq!(run.code, 1, "{}", run.stdout);
            assert_eq!(run.json()["skipped"], json!([]));
        }
        is_over.store(true, Ordering::Relaxed);
    });
}
