//! What is audited can be limited with globs and lists, and what is left out is said.

use std::fs;

use serde_json::json;

use crate::support::{Project, Run};

const LEAK: &str = "NPSSO={{npsso}}\n";

fn left_out(files: u64, folders: u64, objects: u64) -> serde_json::Value {
    json!({ "files": files, "folders": folders, "objects": objects })
}

/// What the report for people ends with.
fn last_line(run: &Run) -> &str {
    run.stdout.lines().last().unwrap_or_default()
}

/// Runs the program with a list on standard input.
fn listed(project: &Project, arguments: &[&str], list: &[u8]) -> Run {
    project.audit_fed(&[&["--files-from", "-"], arguments].concat(), list)
}

#[test]
fn excluded_files_and_folders_are_not_audited_and_counted() {
    let project = Project::new()
        .file("a.env", LEAK)
        .file("a.log", "NPSSO={{npsso:b}}\n")
        .file("bot/b.log", "NPSSO={{npsso:c}}\n")
        .file("vendor/c.env", "NPSSO={{npsso:d}}\n")
        .file("bot/vendor/deep/d.env", "NPSSO={{npsso:e}}\n");
    let globs = [".", "--exclude", "vendor/", "--exclude", "*.log"];
    let run = project.audit(&globs);
    assert_eq!(run.places(), ["a.env:1:7 npsso high"]);
    let json = run.json();
    assert_eq!(json["summary"]["left_out"], left_out(2, 2, 0));
    assert_eq!(json["summary"]["complete"], true);
    assert_eq!(json["settings"]["exclude"], json!(["vendor/", "*.log"]));
    assert_eq!(json["settings"]["only"], json!([]));
    let run = project.run(&globs);
    assert!(
        last_line(&run).ends_with("; 2 files and 2 folders left out by --exclude"),
        "{}",
        run.stdout
    );
    // Without them, nothing is said.
    let run = project.audit(&["."]);
    assert_eq!(run.findings().len(), 5);
    assert_eq!(run.json()["summary"]["left_out"], left_out(0, 0, 0));
}

#[test]
fn globs_count_from_what_was_named() {
    let project = Project::new()
        .file("bot/vendor/a.env", LEAK)
        .file("bot/lib/vendor/b.env", "NPSSO={{npsso:b}}\n");
    let run = project.audit(&["bot", "--exclude", "/vendor/"]);
    assert_eq!(run.places(), ["bot/lib/vendor/b.env:1:7 npsso high"]);
    let run = project.audit(&["bot", "--exclude", "/bot/vendor/"]);
    assert_eq!(run.findings().len(), 2);
    // What is named counts from here, with its whole path.
    for (path, glob, code) in [
        ("bot/vendor/a.env", "vendor/", 3),
        ("bot/vendor/a.env", "/bot/vendor/*.env", 3),
        ("./bot/lib/../vendor/a.env", "bot/vendor/", 3),
        ("bot/vendor/a.env", "/vendor/", 1),
        ("bot/vendor/a.env", "*.log", 1),
        ("bot/vendor", "vendor/", 3),
        ("bot/vendor", "bot", 3),
    ] {
        let run = project.audit(&[path, "--exclude", glob]);
        assert_eq!(run.code, code, "{path} {glob}: {}", run.stderr);
        assert_eq!(
            run.stderr.contains(&format!("--exclude '{glob}'")),
            code == 3
        );
    }
}

#[test]
fn a_later_glob_takes_back_what_an_earlier_one_leaves_out() {
    let project = Project::new()
        .file("vendor/a.env", LEAK)
        .file("vendor/keep/b.env", "NPSSO={{npsso:b}}\n")
        .file("vendor/other/c.env", "NPSSO={{npsso:c}}\n");
    for folder in ["vendor/", "vendor/*"] {
        let run = project.audit(&[".", "--exclude", folder, "--exclude", "!vendor/keep/"]);
        assert_eq!(run.places(), ["vendor/keep/b.env:1:7 npsso high"]);
        assert_eq!(run.json()["summary"]["left_out"], left_out(2, 0, 0));
    }
    let run = project.audit(&[".", "--only", "vendor/", "--only", "!vendor/keep/"]);
    assert_eq!(
        run.places(),
        [
            "vendor/a.env:1:7 npsso high",
            "vendor/other/c.env:1:7 npsso high"
        ]
    );
}

#[test]
fn only_what_is_asked_for_is_audited() {
    let project = Project::new()
        .file("a.env", LEAK)
        .file("bot/b.env", "NPSSO={{npsso:b}}\n")
        .file("bot/b.log", "NPSSO={{npsso:c}}\n")
        .file("config/deep/c.json", "{\"npsso\": \"{{npsso:d}}\"}\n");
    let run = project.audit(&[".", "--only", "*.env"]);
    assert_eq!(
        run.places(),
        ["a.env:1:7 npsso high", "bot/b.env:1:7 npsso high"]
    );
    assert_eq!(run.json()["summary"]["left_out"], left_out(2, 0, 0));
    let run = project.audit(&[
        ".",
        "--only",
        "*.env",
        "--only",
        "config/",
        "--exclude",
        "bot",
    ]);
    assert_eq!(
        run.places(),
        ["a.env:1:7 npsso high", "config/deep/c.json:1:12 npsso high"]
    );
    let run = project.run(&[".", "--only", "*.env", "--exclude", "/a.env"]);
    assert!(
        last_line(&run).ends_with("; 1 file left out by --exclude; 2 files left out by --only"),
        "{}",
        run.stdout
    );
    let run = project.audit(&["a.env", "bot/b.log", "--only", "*.env"]);
    assert_eq!(run.places(), ["a.env:1:7 npsso high"]);
}

#[test]
fn a_picture_of_a_history_that_is_left_out_is_not_noted() {
    let picture = format!("GIF89a{}", "\0".repeat(40));
    let project = Project::repository();
    project.commit("shots/a.gif", Some(&picture), "a picture");
    project.commit("bot/.env", Some(LEAK), "a leak");
    let notes = |arguments: &[&str]| {
        let run = project.audit(&[&["--history-only", "."], arguments].concat());
        assert_eq!(run.findings().len(), 1, "{}", run.stdout);
        let notes = run.json()["notes"].clone();
        let kinds = notes.as_array().expect("a list").iter();
        kinds.filter(|note| note["kind"] == "pictures").count()
    };
    assert_eq!(notes(&[]), 1);
    assert_eq!(notes(&["--only", "bot/"]), 0);
    assert_eq!(notes(&["--exclude", "*.gif"]), 0);
}

#[test]
fn globs_that_match_nothing_leave_nothing_to_audit() {
    let project = Project::repository();
    let base = project.commit("README.md", Some("hello\n"), "start");
    project.commit("old.env", Some("x=1\n"), "old");
    project.commit("old.env", None, "remove");
    let range = format!("{base}..HEAD");
    project.write("a.txt", Some("hello\n"));
    project.git(&["add", "-A"]);
    let ways: [&[&str]; 5] = [
        &["."],
        &["--history-only"],
        &["--staged"],
        &["--range", &range],
        &["a.txt", "README.md"],
    ];
    for way in ways {
        let run = project.audit(&[way, &["--only", "*.evn"]].concat());
        assert_eq!(run.code, 3, "{way:?}: {}", run.stdout);
        assert!(
            run.stderr
                .contains("nothing was audited: --only '*.evn' matches nothing"),
            "{way:?}: {}",
            run.stderr
        );
        assert_eq!(run.json()["summary"]["outcome"], "nothing-audited");
        // What there was once is something.
        let run = project.audit(&[way, &["--only", "*.evn", "--only", "old.*"]].concat());
        let code = if way.contains(&"--staged") || way.len() == 2 && way[0] == "a.txt" {
            3
        } else {
            0
        };
        assert_eq!(run.code, code, "{way:?}: {}", run.stderr);
        let run = project.audit(&[way, &["--only", "*.md"]].concat());
        assert_eq!(run.code, 0, "{way:?}: {}", run.stderr);
    }
    // A commit of nothing, and one that only leaves out, are fine.
    let run = project.audit(&["--staged", "--exclude", "*.txt"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(run.json()["summary"]["left_out"], left_out(1, 0, 0));
    project.git(&["reset", "-q", "--hard"]);
    assert_eq!(project.audit(&["--staged", "--only", "*.evn"]).code, 0);
    let run = project.audit(&[".", "--no-history", "--exclude", "*"]);
    assert_eq!(run.code, 3);
    assert!(
        run.stderr.contains("--exclude '*' leaves nothing"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_repository_is_left_out_with_its_folder_or_git_folder() {
    let project = Project::repository();
    project.commit("bot.env", Some(LEAK), "leak");
    project.commit("bot.env", None, "remove");
    let outer = Project::new();
    fs::rename(project.root(), outer.path("bot")).expect("it can be moved");
    assert_eq!(outer.audit(&["."]).code, 1);
    assert_eq!(outer.audit(&[".", "--only", "*.env"]).code, 1);
    for glob in [".git/", ".git", "bot/", "bot", "b*/.git"] {
        for options in [&[][..], &["--history-only"]] {
            let arguments = [&[".", "--exclude", glob], options].concat();
            let run = outer.audit(&arguments);
            assert_ne!(run.code, 1, "{arguments:?}: {}", run.stdout);
            assert_eq!(run.json()["summary"]["left_out"], left_out(0, 1, 0));
        }
    }
    // Also where its folder is walked for what may be taken back
    let run = outer.audit(&[".", "--exclude", "bot/", "--exclude", "!nothing"]);
    assert_eq!(run.code, 3, "{}", run.stdout);
    fs::create_dir(project.root()).expect("its folder was moved");
}

#[test]
fn what_is_staged_is_limited() {
    let project = Project::repository();
    project.commit("vendor/old.env", Some("NPSSO={{npsso:old}}\n"), "start");
    project.write("bot.env", Some(LEAK));
    project.write("vendor/a.env", Some("NPSSO={{npsso:a}}\n"));
    project.write("vendor/keep/b.env", Some("NPSSO={{npsso:b}}\n"));
    project.git(&["add", "-A"]);
    let run = project.audit(&["--staged", "--exclude", "vendor/"]);
    assert_eq!(run.places(), ["bot.env:1:7 npsso high"]);
    assert_eq!(run.json()["summary"]["left_out"], left_out(2, 0, 0));
    let globs = ["--exclude", "vendor/", "--exclude", "!vendor/keep/"];
    let run = project.audit(&[&["--staged"], &globs[..]].concat());
    assert_eq!(
        run.places(),
        ["bot.env:1:7 npsso high", "vendor/keep/b.env:1:7 npsso high"]
    );
    let run = project.audit(&["--staged", "--only", "/vendor/*.env"]);
    assert_eq!(run.places(), ["vendor/a.env:1:7 npsso high"]);
    // From the root of the work tree, wherever it is typed, and together with paths
    let run = project.audit(&["--staged", "vendor", "--exclude", "/vendor/a.env"]);
    assert_eq!(run.places(), ["vendor/keep/b.env:1:7 npsso high"]);
    // What was left out so far was never reported.
    project.git(&["reset", "-q", "--hard"]);
    project.git(&["mv", "vendor/old.env", "new.env"]);
    let run = project.audit(&["--staged", "--exclude", "vendor/"]);
    assert_eq!(run.places(), ["new.env:1:7 npsso high"]);
    assert_eq!(project.audit(&["--staged"]).code, 0);
}

#[test]
fn what_commits_add_is_limited() {
    let project = Project::repository();
    let base = project.commit("README.md", Some("hello\n"), "start");
    project.commit("vendor/a.env", Some(LEAK), "leak");
    project.commit("vendor/b.env", Some("NPSSO={{npsso:b}}\n"), "leak");
    project.commit("c.env", Some("NPSSO={{npsso:c}}\n"), "NPSSO={{npsso:d}}");
    let range = format!("{base}..HEAD");
    let audit = |globs: &[&str]| project.audit(&[&["--range", &range], globs].concat());
    let run = audit(&["--exclude", "vendor/"]);
    // Messages are no files.
    assert_eq!(run.findings().len(), 2, "{:?}", run.places());
    assert!(run.places().contains(&"c.env:1:7 npsso high".to_owned()));
    assert_eq!(run.json()["summary"]["left_out"], left_out(0, 0, 2));
    let run = audit(&["--exclude", "vendor/", "--exclude", "!vendor/b.env"]);
    assert_eq!(run.findings().len(), 3, "{:?}", run.places());
    let run = audit(&["--only", "/vendor/a.*"]);
    assert!(
        run.places()
            .contains(&"vendor/a.env:1:7 npsso high".to_owned())
    );
    assert_eq!(run.json()["summary"]["left_out"], left_out(0, 0, 2));
    // An object that is renamed out of what is left out is not left out.
    project.git(&["mv", "vendor/a.env", "moved.env"]);
    project.git(&["commit", "-q", "-m", "rename"]);
    let run = audit(&["--exclude", "vendor/"]);
    assert!(
        run.places()
            .contains(&"moved.env:1:7 npsso high".to_owned()),
        "{:?}",
        run.places()
    );
    assert_eq!(run.json()["summary"]["left_out"], left_out(0, 0, 1));
}

#[test]
fn an_object_of_a_history_is_left_out_by_all_of_its_paths() {
    let project = Project::repository();
    project.commit("vendor/a.env", Some(LEAK), "leak");
    project.commit("vendor/b.env", Some("NPSSO={{npsso:b}}\n"), "leak");
    project.git(&["mv", "vendor/b.env", "z.env"]);
    project.git(&["commit", "-q", "-m", "rename"]);
    project.commit("vendor/a.env", None, "remove");
    project.commit("z.env", None, "remove");
    fs::remove_dir(project.path("vendor")).expect("nothing is in it any more");
    // Nothing tells the path of this one.
    project.write("loose", Some("NPSSO={{npsso:loose}}\n"));
    let id = project.git(&["hash-object", "-w", "loose"]);
    project.write("loose", None);
    for packed in [false, true] {
        if packed {
            project.git(&["repack", "-adkq"]);
        }
        for options in [&["."][..], &["--history-only"]] {
            let arguments = [options, &["--exclude", "vendor/"]].concat();
            let run = project.audit(&arguments);
            assert_eq!(run.findings().len(), 2, "{:?}", run.places());
            let paths: Vec<String> = run.places();
            assert!(
                paths.iter().any(|path| path.starts_with("z.env:1")),
                "{paths:?}"
            );
            assert!(run.stdout.contains(&id), "{paths:?}");
            assert!(!run.stdout.contains("vendor/b.env"), "{}", run.stdout);
            assert_eq!(run.json()["summary"]["left_out"], left_out(0, 0, 1));
            let run = project.run(&arguments);
            assert!(
                last_line(&run).ends_with("; 1 object left out by --exclude"),
                "{}",
                run.stdout
            );
        }
    }
    let run = project.audit(&["--history-only", "--only", "vendor/"]);
    assert_eq!(run.findings().len(), 3, "{:?}", run.places());
    let run = project.audit(&["--history-only", "--only", "vendor/a.*"]);
    assert_eq!(run.findings().len(), 2, "{:?}", run.places());
    assert_eq!(run.json()["summary"]["left_out"], left_out(0, 0, 1));
}

#[test]
fn what_cannot_be_read_is_left_out_by_its_path() {
    let project = Project::repository();
    // A stream that ends too early, in the history alone
    let damaged = b"\x1f\x8b\x08\0\0\0\0\0\0\x03\x4b\x4c\x4a\x06";
    fs::create_dir(project.path("vendor")).expect("it is new");
    fs::write(project.path("vendor/a.gz"), damaged).expect("it can be written");
    project.commit("README.md", Some("hello\n"), "start");
    project.commit("vendor/a.gz", None, "remove");
    fs::remove_dir(project.path("vendor")).expect("nothing is in it any more");
    assert_eq!(project.audit(&[".", "--strict"]).code, 4);
    let run = project.audit(&[".", "--strict", "--exclude", "vendor/"]);
    assert_eq!(run.code, 0, "{}", run.stdout);
    assert_eq!(run.json()["summary"]["left_out"], left_out(0, 0, 1));
    let run = project.audit(&[".", "--strict", "--exclude", "other/"]);
    assert_eq!(run.code, 4, "{}", run.stdout);
    assert_eq!(run.json()["notes"][0]["path"], "vendor/a.gz");
}

#[test]
fn a_glob_that_cannot_be_meant_is_an_error_that_names_it() {
    let project = Project::new().file("a.env", LEAK);
    for option in ["--only", "--exclude"] {
        for glob in ["a[b", "a{b", "a[z-a]", "", "#a", "./vendor", "!../a"] {
            let run = project.run(&[".", option, glob]);
            assert_eq!(run.code, 2, "{glob}: {}", run.stdout);
            assert!(
                run.stderr.contains(&format!("{option} '{glob}'")),
                "{}",
                run.stderr
            );
        }
        let run = project.audit_stdin_with(&[option, "*.env"], b"");
        assert_eq!(run.code, 2, "{}", run.stdout);
        assert!(
            run.stderr.contains(&format!("{option} goes by paths")),
            "{}",
            run.stderr
        );
    }
}

#[test]
fn code_scanning_is_told_what_was_left_out() {
    let project = Project::new().file("a.env", LEAK).file("b.log", LEAK);
    let properties = |arguments: &[&str]| {
        let run = project.run(&[&["-f", "sarif", "."], arguments].concat());
        run.json()["runs"][0]["invocations"][0]["properties"].clone()
    };
    assert_eq!(properties(&[]), json!({ "complete": true }));
    assert_eq!(
        properties(&["--exclude", "*.log"]),
        json!({
            "complete": true,
            "only": [],
            "exclude": ["*.log"],
            "leftOut": left_out(1, 0, 0),
        })
    );
}

#[test]
fn the_files_of_a_list_are_audited() {
    let project = Project::repository()
        .file("a b.env", LEAK)
        .file("c\nd.env", "NPSSO={{npsso:c}}\n")
        .file("e.env", "NPSSO={{npsso:e}}\n")
        .file("folder/f.env", "NPSSO={{npsso:f}}\n")
        .file("lines.txt", "\na b.env\r\n\nfolder\n")
        .file("missing.txt", "e.env\ngone.env\n")
        .file("gone.txt", "gone.env\n");
    let run = project.audit(&["--files-from", "lines.txt"]);
    assert_eq!(
        run.places(),
        ["a b.env:1:7 npsso high", "folder/f.env:1:7 npsso high"]
    );
    assert_eq!(
        run.json()["settings"]["inputs"],
        json!(["--files-from lines.txt"])
    );
    let run = listed(&project, &[], b"c\nd.env\0e.env\0\0");
    assert_eq!(
        run.places(),
        ["c\nd.env:1:7 npsso high", "e.env:1:7 npsso high"]
    );
    let run = listed(
        &project,
        &["--exclude", "folder/"],
        b"./folder/f.env\ne.env\n",
    );
    assert_eq!(run.places(), ["e.env:1:7 npsso high"]);
    assert_eq!(run.json()["summary"]["left_out"], left_out(1, 0, 0));
    // What is not there is said as for paths that are named.
    let run = project.audit(&["--files-from", "missing.txt"]);
    assert_eq!(run.code, 1);
    assert_eq!(run.json()["skipped"][0]["path"], "gone.env");
    assert_eq!(run.json()["skipped"][0]["reason"], "not-found");
    assert_eq!(project.audit(&["--files-from", "gone.txt"]).code, 3);
}

#[test]
fn a_list_that_cannot_be_meant_is_an_error() {
    let project = Project::repository().file("empty.txt", "\n\r\n");
    for options in [&[][..], &["--staged"], &["--range", "HEAD"]] {
        let run = project.audit(&[&["--files-from", "empty.txt"], options].concat());
        assert_eq!(run.code, 3, "{}", run.stderr);
        assert!(
            run.stderr.contains("no path is listed in empty.txt"),
            "{}",
            run.stderr
        );
        let run = listed(&project, options, b"");
        assert_eq!(run.code, 3, "{}", run.stderr);
        assert!(
            run.stderr.contains("listed in standard input"),
            "{}",
            run.stderr
        );
    }
    for arguments in [
        &["--files-from", "nowhere.txt"][..],
        &["--files-from", "."],
        &["--files-from", "empty.txt", "."],
        &["--files-from", "-", "--pre-push"],
        &["--files-from", "empty.txt", "-o", "empty.txt"],
    ] {
        let run = project.run(arguments);
        assert_eq!(run.code, 2, "{arguments:?}: {}", run.stderr);
    }
    let long = fs::File::create(project.path("long.txt")).expect("it can be made");
    long.set_len((64 << 20) + 1).expect("a file can have holes");
    let run = project.run(&["--files-from", "long.txt"]);
    assert_eq!(run.code, 2);
    assert!(
        run.stderr
            .contains("long.txt: the list is longer than 64 MiB"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_list_limits_what_is_staged_and_what_commits_add() {
    let project = Project::repository();
    let base = project.commit("README.md", Some("hello\n"), "start");
    project.commit("a.env", Some(LEAK), "leak");
    project.commit("b.env", Some("NPSSO={{npsso:b}}\n"), "leak");
    let range = format!("{base}..HEAD");
    let run = listed(&project, &["--range", &range], b"b.env\n");
    assert_eq!(run.places(), ["b.env:1:7 npsso high"]);
    project.git(&["reset", "-q", "--soft", &base]);
    let run = listed(&project, &["--staged"], b"a.env\0");
    assert_eq!(run.places(), ["a.env:1:7 npsso high"]);
    let run = listed(&project, &["--staged", "--exclude", "a.*"], b"a.env\0");
    assert_eq!((run.code, run.places()), (0, vec![]));
}

#[test]
fn a_long_list_takes_no_longer_for_each_of_its_paths() {
    let project = Project::new().file("a.env", LEAK);
    fs::create_dir(project.path("many")).expect("it is new");
    let mut list = String::from("a.env\n");
    for number in 0..3_000 {
        list.push_str(&format!("many/{number}\n"));
        fs::write(project.path(&format!("many/{number}")), "x").expect("it can be written");
    }
    let run = listed(&project, &["--no-history"], list.repeat(10).as_bytes());
    assert_eq!(run.json()["summary"]["inputs"], 3_001);
}
