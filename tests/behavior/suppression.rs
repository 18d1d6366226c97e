//! What somebody said is known is marked and counted, and hides nothing else.

use std::fs;

use crate::support::{Project, Run};

const LEAK: &str = "NPSSO={{npsso}}\n";

fn fingerprint(run: &Run) -> String {
    let finding = &run.findings()[0];
    finding["fingerprint"]
        .as_str()
        .expect("it has one")
        .to_owned()
}

fn allow(fingerprint: &str, more: &str) -> String {
    format!("[[allow]]\nfingerprint = \"{fingerprint}\"\nreason = \"revoked\"\n{more}\n")
}

/// The last line of the report for people.
fn last_line(project: &Project, arguments: &[&str]) -> String {
    let run = project.run(arguments);
    run.stdout.lines().last().unwrap_or_default().to_owned()
}

#[test]
fn an_entry_names_one_secret_and_no_other() {
    let project = Project::new().file("bot/.env", LEAK);
    let run = project.audit(&["."]);
    assert_eq!(run.code, 1);
    let known = fingerprint(&run);
    project.write(".npsso-audit.toml", Some(&allow(&known, "")));
    let run = project.audit(&["."]);
    assert_eq!(run.code, 0, "{}", run.stdout);
    let report = run.json();
    assert_eq!(report["summary"]["outcome"], "clean");
    assert_eq!(report["summary"]["known"], 1);
    assert_eq!(report["summary"]["new"], 0);
    let suppression = &report["findings"][0]["suppression"];
    assert_eq!(suppression["by"], "allow");
    assert_eq!(suppression["reason"], "revoked");
    assert_eq!(suppression["place"], ".npsso-audit.toml:1");
    assert_eq!(
        last_line(&project, &["."]),
        "no new leaks: 1 known (1 allowed); in 2 inputs (153 bytes)"
    );
    let listed = project.run(&[".", "-v"]).stdout;
    assert!(
        listed.contains("bot/.env:1:7 known, allowed: revoked (.npsso-audit.toml:1)"),
        "{listed}"
    );
    // Another secret on the same line of the same file is new.
    project.write("bot/.env", Some("NPSSO={{npsso:other}}\n"));
    assert_eq!(project.audit(&["."]).code, 1);
    // And the same one in another file is not.
    project.write("bot/.env", None);
    project.write("elsewhere.json", Some("{\"npsso\": \"{{npsso}}\"}\n"));
    assert_eq!(project.audit(&["."]).code, 0);
}

#[test]
fn an_entry_can_be_bound_to_places_and_to_a_day() {
    let project = Project::new().file("a/x.env", LEAK).file("b/x.env", LEAK);
    let known = fingerprint(&project.audit(&["."]));
    let write = |more: &str| project.write(".npsso-audit.toml", Some(&allow(&known, more)));
    write("paths = [\"a/\"]");
    let run = project.audit(&["."]);
    assert_eq!(run.code, 1);
    let exposures = &run.findings()[0]["exposures"];
    assert!(exposures[0]["suppression"].is_object());
    assert!(exposures[1]["suppression"].is_null());
    write("paths = [\"a/\", \"b/**\"]");
    assert_eq!(project.audit(&["."]).code, 0);
    write("until = 2999-12-31");
    assert_eq!(project.audit(&["."]).code, 0);
    assert!(last_line(&project, &["."]).contains("1 allowed until 2999-12-31"));
    write("until = \"2020-01-31\"");
    let run = project.audit(&["."]);
    assert_eq!(run.code, 1);
    assert_eq!(run.json()["notes"][0]["kind"], "expired-entry");
}

#[test]
fn what_is_hidden_by_its_place_is_said_first() {
    let project = Project::new().file("fixtures/x.env", LEAK);
    project.write(
        ".npsso-audit.toml",
        Some("[[allow]]\npaths = \"fixtures/\"\nreason = \"synthetic\"\n"),
    );
    assert_eq!(project.audit(&["."]).code, 0);
    let line = last_line(&project, &[".", "-q"]);
    assert!(
        line.starts_with("everything that was found is hidden by where it stands: no new leaks"),
        "{line}"
    );
    // Elsewhere it counts.
    project.write("src/x.env", Some(LEAK));
    assert_eq!(project.audit(&["."]).code, 1);
}

#[test]
fn an_entry_by_place_counts_for_all_names_that_a_history_has() {
    let project = Project::repository();
    project.commit("src/x.env", Some(LEAK), "leak");
    project.git(&["mv", "src", "fixtures"]);
    project.git(&["commit", "-qm", "move"]);
    project.write(
        ".npsso-audit.toml",
        Some("[[allow]]\npaths = \"fixtures/\"\nreason = \"synthetic\"\n"),
    );
    assert_eq!(project.audit(&["."]).code, 1);
    assert_eq!(project.audit(&["--no-history", "."]).code, 0);
}

#[test]
fn a_configuration_in_the_tree_can_only_make_it_quieter() {
    for (text, line) in [
        ("verify = true\n", 1),
        ("\nissuer-url = \"http://localhost\"\n", 2),
        (
            "[[allow]]\nreason = \"x\"\npaths = \"a\"\nshow_secrets = true\n",
            4,
        ),
        ("[report]\nformat = \"json\"\n", 1),
    ] {
        let project = Project::new().file("x.env", "nothing\n");
        project.write(".npsso-audit.toml", Some(text));
        let run = project.run(&["."]);
        assert_eq!(run.code, 2, "{text}");
        let place = format!(".npsso-audit.toml: line {line}: unknown field");
        assert!(run.stderr.contains(&place), "{}", run.stderr);
    }
}

#[test]
fn allow_writes_an_entry_and_keeps_the_rest() {
    let project = Project::repository();
    project.commit("x.env", Some(LEAK), "leak");
    let known = fingerprint(&project.audit(&["."]));
    project.write(
        ".npsso-audit.toml",
        Some("# fixtures\n[[allow]]\npaths = 'fixtures/'  # synthetic\nreason = \"r\"\n"),
    );
    let short = &known[..15];
    let run = project.run(&[
        "allow",
        short,
        "--reason",
        "revoked",
        "--until",
        "2999-01-31",
    ]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let text = fs::read_to_string(project.path(".npsso-audit.toml")).expect("it is there");
    assert_eq!(
        text,
        format!(
            "# fixtures\n[[allow]]\npaths = 'fixtures/'  # synthetic\nreason = \"r\"\n\n[[allow]]\n\
             fingerprint = \"{short}\"\nreason = \"revoked\"\nuntil = \"2999-01-31\"\n"
        )
    );
    assert_eq!(project.audit(&["."]).code, 0);
    let again = project.run(&["allow", short, "--reason", "revoked"]);
    assert_eq!(again.code, 2);
    assert!(
        again.stderr.contains("is allowed already; edit that entry"),
        "{}",
        again.stderr
    );
    for wrong in [
        &["allow", "v1:12", "--reason", "r"][..],
        &["allow", short, "--reason", " "],
        &["allow", short, "--reason", "r", "--until", "tomorrow"],
    ] {
        assert_eq!(project.run(wrong).code, 2, "{wrong:?}");
    }
}

#[test]
fn from_red_to_green_with_a_baseline_and_red_for_the_next_one() {
    let project = Project::repository();
    for number in 0..5 {
        let text = format!("NPSSO={{{{npsso:{number}}}}}\n");
        project.commit(&format!("{number}.env"), Some(&text), "leak");
    }
    assert_eq!(project.audit(&["."]).code, 1);
    let run = project.run(&["baseline", "create", "known.txt"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(
        run.stderr
            .contains("echo '/known.txt merge=union' >> .gitattributes"),
        "{}",
        run.stderr
    );
    let run = project.audit(&[".", "--baseline", "known.txt"]);
    assert_eq!(run.code, 0);
    assert_eq!(run.findings()[0]["suppression"]["by"], "baseline");
    assert!(
        last_line(&project, &[".", "--baseline", "known.txt"])
            .starts_with("no new leaks: 5 known (5 baseline); in ")
    );
    // A sixth on the same line, through files, index, ranges and history
    project.write("3.env", Some("NPSSO={{npsso:sixth}}\n"));
    project.git(&["add", "3.env"]);
    for arguments in [&["."][..], &["--no-history", "."], &["--staged"]] {
        let run = project.audit(&[arguments, &["--baseline", "known.txt"]].concat());
        assert_eq!(run.code, 1, "{arguments:?}");
    }
    project.git(&["commit", "-qm", "sixth"]);
    for arguments in [&["--history-only", "."][..], &["--range", "HEAD~1..HEAD"]] {
        let run = project.audit(&[arguments, &["--baseline", "known.txt"]].concat());
        assert_eq!(run.code, 1, "{arguments:?}");
    }
    // What is there already is not written over, and what is missing is said.
    assert_eq!(project.run(&["baseline", "create", "known.txt"]).code, 2);
    let run = project.run(&["baseline", "update", "known.txt", "-f", "json"]);
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.contains("--format does nothing here"),
        "{}",
        run.stderr
    );
    assert_eq!(project.run(&["baseline", "update", "none.txt"]).code, 2);
    assert_eq!(project.run(&[".", "--baseline", "none.txt"]).code, 2);
    let run = project.run(&["baseline", "update", "known.txt"]);
    assert_eq!(run.code, 0);
    assert_eq!(project.audit(&[".", "--baseline", "known.txt"]).code, 0);
}

#[test]
fn a_line_of_a_baseline_that_is_out_of_date_is_said_and_can_be_pruned() {
    let project = Project::new()
        .file("a.env", LEAK)
        .file("b.env", "NPSSO={{npsso:b}}\n");
    assert_eq!(project.run(&["baseline", "create", "known.txt"]).code, 0);
    project.write("b.env", None);
    let run = project.run(&["baseline", "check", "known.txt", "-f", "json"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(run.json()["notes"][0]["kind"], "unused-entry");
    let strict = project.run(&["baseline", "check", "known.txt", "--strict"]);
    assert_eq!(strict.code, 4, "{}", strict.stdout);
    // Whoever wrote it by hand may have used capitals.
    let text = fs::read_to_string(project.path("known.txt")).expect("it is there");
    project.write("upper.txt", Some(&text.to_uppercase()));
    assert_eq!(project.audit(&["a.env", "--baseline", "upper.txt"]).code, 0);
    project.write("upper.txt", None);
    assert!(
        strict.stdout.contains("are out of date (--strict)"),
        "{}",
        strict.stdout
    );
    let lines = || {
        fs::read_to_string(project.path("known.txt"))
            .expect("it is there")
            .lines()
            .count()
    };
    assert_eq!(lines(), 4);
    // A part of an audit does not say that anything is gone.
    for part in [
        "--no-history",
        "--exclude=b.env",
        "--staged",
        "a.env",
        "--min-confidence=high",
    ] {
        let run = project.run(&["baseline", "update", "known.txt", "--prune", part]);
        assert_eq!(run.code, 2, "{part}");
    }
    assert_eq!(
        project
            .run(&["baseline", "update", "known.txt", "--prune"])
            .code,
        0
    );
    assert_eq!(lines(), 3);
    assert_eq!(
        project
            .audit(&[".", "--baseline", "known.txt", "--strict"])
            .code,
        0
    );
}

#[test]
fn branches_that_both_add_to_a_baseline_merge() {
    let project = Project::repository();
    project.commit("0.env", Some("NPSSO={{npsso:0}}\n"), "leak");
    assert_eq!(project.run(&["baseline", "create", "known.txt"]).code, 0);
    project.commit(".gitattributes", Some("known.txt merge=union\n"), "union");
    for number in 1..21 {
        let branch = format!("b{number}");
        project.git(&["checkout", "-q", "-b", &branch, "main"]);
        // Where in the file each adds is as random as fingerprints are.
        for part in 0..=number % 3 {
            let text = format!("NPSSO={{{{npsso:{number}-{part}}}}}\n");
            project.write(&format!("{number}-{part}.env"), Some(&text));
        }
        let update = ["baseline", "update", "known.txt", "--no-history"];
        assert_eq!(project.run(&update).code, 0);
        project.git(&["add", "-A"]);
        project.git(&["commit", "-qm", &branch]);
    }
    project.git(&["checkout", "-q", "main"]);
    for number in 1..21 {
        project.git(&["merge", "-q", "--no-edit", &format!("b{number}")]);
    }
    let run = project.audit(&[".", "--baseline", "known.txt"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(
        run.json()["summary"]["known"],
        1 + (1..21).map(|number| 1 + number % 3).sum::<u64>()
    );
}

#[test]
fn a_change_cannot_silence_itself() {
    let project = Project::repository();
    project.commit("README.md", Some("hello\n"), "start");
    project.write("x.env", Some(LEAK));
    let known = fingerprint(&project.audit(&["--no-history", "."]));
    project.write(".npsso-audit.toml", Some(&allow(&known, "")));
    project.git(&["add", "-A"]);
    // Who commits may say so for what is staged.
    assert_eq!(project.audit(&["--staged"]).code, 0);
    project.git(&["commit", "-qm", "leak and entry"]);
    let run = project.audit(&["--range", "HEAD~1..HEAD"]);
    assert_eq!(run.code, 1);
    assert_eq!(run.json()["notes"][0]["kind"], "proposed-entry");
    // What was there before counts, also when the change takes it away.
    project.write("x.env", None);
    project.write(".npsso-audit.toml", Some("# nothing\n"));
    project.write("y.env", Some("NPSSO={{npsso}}\nx=1\n"));
    project.git(&["add", "-A"]);
    project.git(&["commit", "-qm", "move"]);
    let run = project.audit(&["--range", "HEAD~1..HEAD"]);
    assert_eq!(run.code, 0, "{}", run.stdout);
    // The work tree says nothing about commits.
    project.commit("z.env", Some("NPSSO={{npsso:z}}\n"), "another");
    let known = fingerprint(&project.audit(&["--range", "HEAD~1..HEAD"]));
    project.write(".npsso-audit.toml", Some(&allow(&known, "")));
    assert_eq!(project.audit(&["--range", "HEAD~1..HEAD"]).code, 1);
    assert_eq!(project.audit(&["."]).json()["summary"]["known"], 1);
}

#[test]
fn what_a_change_proposes_is_listed_whether_it_would_hide_anything_or_not() {
    let project = Project::repository();
    let old = allow("v1:0123456789ab", "");
    project.commit(".npsso-audit.toml", Some(&old), "old");
    let new = format!("# moved\n{}{old}", allow("v1:ba9876543210", ""));
    project.commit(".npsso-audit.toml", Some(&new), "new");
    let run = project.audit(&["--range", "HEAD~1..HEAD"]);
    assert_eq!(run.code, 0);
    let report = run.json();
    assert_eq!(report["notes"][0]["kind"], "proposed-entry");
    assert_eq!(report["notes"][0]["detail"], "line 2: revoked");
    assert_eq!(report["summary"]["notes"], 1);
}

#[cfg(unix)]
#[test]
fn entries_stand_in_a_file_of_the_tree() {
    let project = Project::new().file("x.env", LEAK);
    let known = fingerprint(&project.audit(&["."]));
    project.write("elsewhere.toml", Some(&allow(&known, "")));
    std::os::unix::fs::symlink("elsewhere.toml", project.path(".npsso-audit.toml"))
        .expect("a link can be made");
    for arguments in [&["."][..], &["allow", &known, "--reason", "r"]] {
        let run = project.run(arguments);
        assert_eq!(run.code, 2, "{arguments:?}");
        let why = ".npsso-audit.toml: it is a symbolic link";
        assert!(run.stderr.contains(why), "{}", run.stderr);
    }
    assert!(project.path(".npsso-audit.toml").is_symlink());
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_not_waited_for() {
    let project = Project::new().file("x.env", LEAK);
    fs::create_dir(project.path("folder")).expect("a folder can be made");
    let made = std::process::Command::new("mkfifo")
        .arg(project.path("pipe"))
        .status();
    assert!(made.is_ok_and(|status| status.success()));
    for (name, why) in [("folder", "it is a folder"), ("pipe", "it is a FIFO")] {
        for option in ["--baseline", "--config"] {
            let run = project.run(&["x.env", option, name]);
            assert_eq!(run.code, 2, "{option} {name}");
            assert!(run.stderr.contains(why), "{}", run.stderr);
        }
        let entries = project.path(".npsso-audit.toml");
        fs::rename(project.path(name), &entries).expect("it can be moved");
        for arguments in [&["."][..], &["allow", "v1:0123456789ab", "--reason", "r"]] {
            let run = project.run(arguments);
            assert_eq!(run.code, 2, "{arguments:?}");
            assert!(run.stderr.contains(why), "{}", run.stderr);
        }
        fs::rename(entries, project.path(name)).expect("it can be moved");
    }
}

#[test]
fn allow_writes_behind_what_is_there_and_as_that_is_written() {
    let project = Project::new();
    let written = |text: &str, fingerprints: &[&str]| {
        project.write(".npsso-audit.toml", Some(text));
        let run = project.run(&[&["allow"], fingerprints, &["--reason", "r"]].concat());
        assert_eq!(run.code, 0, "{}", run.stderr);
        fs::read_to_string(project.path(".npsso-audit.toml")).expect("it is there")
    };
    let one = &["v1:0123456789ab"][..];
    assert_eq!(
        written("\u{feff}# ours\r\n", one),
        "\u{feff}# ours\r\n\r\n[[allow]]\r\nfingerprint = \"v1:0123456789ab\"\r\nreason = \"r\"\r\n"
    );
    let old = "[[allow]]\npaths = \"a\"\nreason = \"r\"\n# the end\n";
    assert_eq!(
        written(old, one),
        format!("{old}\n[[allow]]\nfingerprint = \"v1:0123456789ab\"\nreason = \"r\"\n")
    );
    assert_eq!(
        written("", &["v1:0123456789ab", "v1:BA9876543210"]),
        "[[allow]]\nfingerprint = [\"v1:0123456789ab\", \"v1:ba9876543210\"]\nreason = \"r\"\n"
    );
    let file = project.path(".npsso-audit.toml");
    let mut permissions = fs::metadata(&file).expect("it is there").permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&file, permissions).expect("they can be set");
    let run = project.run(&["allow", "v1:0123456789ac", "--reason", "r"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("is read-only"), "{}", run.stderr);
}

#[test]
fn who_asks_about_a_place_is_told_that_it_is_known() {
    let project = Project::new().file("x.env", LEAK);
    let explained = |more: &[&str]| {
        let arguments = [&["--explain", "x.env:1"], more].concat();
        project.run(&arguments).stdout
    };
    assert!(!explained(&[]).contains("known"), "{}", explained(&[]));
    assert_eq!(project.run(&["baseline", "create", "known.txt"]).code, 0);
    let text = explained(&["--baseline", "known.txt"]);
    assert!(text.contains("known, baseline (known.txt:3)"), "{text}");
    let known = fingerprint(&project.audit(&["."]));
    project.write(".npsso-audit.toml", Some(&allow(&known, "")));
    let text = explained(&[]);
    let words = "known, allowed: revoked (.npsso-audit.toml:1)";
    assert!(text.contains(words), "{text}");
    fs::remove_file(project.path(".npsso-audit.toml")).expect("it was there");
    project.write(
        "x.env",
        Some(&format!("# npsso-audit: allow {known}: old\n{LEAK}")),
    );
    let text = project.run(&["--explain", "x.env:2"]).stdout;
    assert!(text.contains("known, allowed by a pragma: old"), "{text}");
}

#[test]
fn the_index_says_what_is_known_of_what_is_staged() {
    let project = Project::repository();
    project.commit("README.md", Some("hello\n"), "start");
    project.write("x.env", Some(LEAK));
    project.git(&["add", "-A"]);
    let known = fingerprint(&project.audit(&["--staged"]));
    project.write(".npsso-audit.toml", Some(&allow(&known, "")));
    assert_eq!(project.audit(&["--staged"]).code, 1);
    project.git(&["add", "-A"]);
    assert_eq!(project.audit(&["--staged"]).code, 0);
}

#[test]
fn what_is_accepted_as_unread_is_listed_as_such() {
    let project = Project::new().bytes("backup.gz", b"\x1f\x8b\x08\0\0\0\0\0\0\x03broken");
    assert_eq!(project.audit(&[".", "--strict"]).code, 4);
    project.write(
        ".npsso-audit.toml",
        Some("[[unread]]\npaths = \"*.gz\"\nreason = \"an old backup\"\n"),
    );
    let run = project.audit(&[".", "--strict"]);
    assert_eq!(run.code, 0, "{}", run.stdout);
    let report = run.json();
    assert_eq!(report["accepted"][0]["why"], "damaged-container");
    assert_eq!(report["accepted"][0]["reason"], "an old backup");
    assert_eq!(report["accepted"][0]["entry"], ".npsso-audit.toml:1");
    assert_eq!(report["summary"]["complete"], false);
    let line = last_line(&project, &["."]);
    assert!(line.contains("1 input accepted as unread"), "{line}");
}

#[test]
fn what_is_accepted_by_its_path_is_accepted_in_all_its_versions() {
    let broken = |byte| [b"\x1f\x8b\x08\0\0\0\0\0\0\x03broken", &[byte][..]].concat();
    let project = Project::repository();
    for version in *b"12" {
        fs::write(project.path("old.gz"), broken(version)).expect("it can be written");
        project.git(&["add", "-A"]);
        project.git(&["commit", "-qm", "backup"]);
    }
    let entry = "[[unread]]\npaths = \"/old.gz\"\nreason = \"an old backup\"\n";
    project.commit(".npsso-audit.toml", Some(entry), "accept");
    let run = project.audit(&[".", "--strict"]);
    assert_eq!(run.code, 0, "{}", run.stdout);
    assert_eq!(run.json()["summary"]["accepted"], 3);
    // Another file with the same bytes is another file.
    fs::write(project.path("new.gz"), broken(b'1')).expect("it can be written");
    assert_eq!(project.audit(&[".", "--strict"]).code, 4);
    // That a history was not read is no property of a file.
    let run = project.audit(&["old.gz", "--strict"]);
    assert_eq!(run.code, 4);
    assert_eq!(run.json()["notes"][0]["kind"], "history-above");
    assert_eq!(run.json()["summary"]["accepted"], 1);
}

#[test]
fn entries_that_say_nothing_any_more_fail_a_strict_audit_that_read_everything() {
    let project = Project::new().file("a.env", "nothing\n");
    let old = allow("v1:0123456789ab", "until = 2001-01-31");
    let idle = allow("v1:ba9876543210", "");
    project.write(".npsso-audit.toml", Some(&format!("{old}{idle}")));
    let run = project.audit(&[".", "--strict"]);
    assert_eq!(run.code, 4);
    let report = run.json();
    assert_eq!(report["summary"]["outcome"], "out-of-date");
    assert_eq!(report["summary"]["complete"], true);
    // One that has expired cannot fit anything.
    let kinds = report["notes"].as_array().expect("a list").iter();
    let kinds: Vec<&str> = kinds.filter_map(|note| note["kind"].as_str()).collect();
    assert_eq!(kinds, ["expired-entry", "unused-entry"]);
    let line = last_line(&project, &[".", "--strict"]);
    assert!(line.starts_with("no leaks found in 2 inputs"), "{line}");
    assert_eq!(project.audit(&["."]).json()["summary"]["outcome"], "clean");
}

#[test]
fn people_choose_what_makes_an_audit_fail() {
    let project = Project::repository();
    project.commit("x.env", Some(LEAK), "leak");
    project.commit("x.env", None, "gone");
    let code = |what: &str| project.audit(&[".", "--fail-on", what]).code;
    assert_eq!(
        [code("new"), code("current"), code("live"), code("any")],
        [1, 0, 2, 1]
    );
    let line = last_line(&project, &[".", "--fail-on", "current"]);
    assert!(
        line.contains("none makes this fail (--fail-on current)"),
        "{line}"
    );
    let known = fingerprint(&project.audit(&["."]));
    project.write(".npsso-audit.toml", Some(&allow(&known, "")));
    assert_eq!([code("new"), code("any")], [0, 1]);
    // What makes it fail is listed.
    let report = project.run(&[".", "--fail-on", "any"]).stdout;
    assert!(report.contains("x.env:1:7 known, allowed"), "{report}");
}

#[test]
fn where_code_scanning_takes_no_more_what_is_new_comes_first() {
    let fixtures: String = (0..25_001)
        .map(|number| format!("NPSSO={{{{npsso:{number}}}}}\n"))
        .collect();
    let project = Project::new().file("fixtures/all.env", &fixtures).file(
        "z.txt",
        "from psnawp_api import PSNAWP\n\ntoken = '{{npsso:z}}'\n",
    );
    let entry = "[[allow]]\npaths = \"fixtures/\"\nreason = \"synthetic\"\n";
    project.write(".npsso-audit.toml", Some(entry));
    let run = project.run(&[".", "-f", "sarif"]);
    assert_eq!(run.code, 1);
    let report = run.json();
    let results = report["runs"][0]["results"].as_array().expect("a list");
    assert_eq!(results.len(), 25_000);
    let uri = &results[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert_eq!(uri, "z.txt");
}

#[test]
fn code_scanning_is_told_what_is_known() {
    let project = Project::new()
        .file("a.env", LEAK)
        .file("b.env", "NPSSO={{npsso:b}}\n");
    let known = fingerprint(&project.audit(&["a.env"]));
    project.write(
        ".npsso-audit.toml",
        Some(&allow(&known, "until = 2999-01-31")),
    );
    let sarif = || project.run(&[".", "-f", "sarif"]).json();
    let report = sarif();
    let results = &report["runs"][0]["results"];
    let suppression = &results[0]["suppressions"][0];
    assert_eq!(suppression["kind"], "external");
    assert_eq!(
        suppression["justification"],
        "revoked (until 2999-01-31); .npsso-audit.toml:1"
    );
    assert!(results[1].get("suppressions").is_none());
    assert!(results[1].get("baselineState").is_none());
    assert_eq!(project.run(&["baseline", "create", "known.txt"]).code, 0);
    let report = project
        .run(&[".", "-f", "sarif", "--baseline", "known.txt"])
        .json();
    let results = &report["runs"][0]["results"];
    assert_eq!(results[0]["baselineState"], "new");
    assert_eq!(results[1]["baselineState"], "unchanged");
}

#[test]
fn a_hook_names_only_what_is_new() {
    let project = Project::repository();
    project.write("a.env", Some(LEAK));
    project.write("b.env", Some("NPSSO={{npsso:b}}\n"));
    project.git(&["add", "-A"]);
    let known = fingerprint(&project.audit(&["--staged", "a.env"]));
    project.write(".npsso-audit.toml", Some(&allow(&known, "")));
    project.git(&["add", "-A"]);
    let refusal = project.run(&["--staged"]).stdout;
    assert!(
        refusal.contains("would publish 1 PlayStation session secret\n"),
        "{refusal}"
    );
    assert!(
        refusal.contains("b.env:1:7") && !refusal.contains("a.env"),
        "{refusal}"
    );
}

#[test]
fn a_pragma_names_the_secret_beside_it() {
    let project = Project::new().file("a.env", LEAK);
    let known = fingerprint(&project.audit(&["."]));
    let (short, name) = (&known[..15], "a.env");
    let code = |text: String| {
        project.write(name, Some(&text));
        project.audit(&["."]).code
    };
    let line = "NPSSO={{npsso}}";
    assert_eq!(
        code(format!("{line} # npsso-audit: allow {short}: revoked\n")),
        0
    );
    assert_eq!(
        code(format!(
            "# npsso-audit: allow {known} until 2999-01-31: old\n{line}\n"
        )),
        0
    );
    let report = project.audit(&["."]).json();
    let suppression = &report["findings"][0]["suppression"];
    assert_eq!(suppression["by"], "pragma");
    assert_eq!(suppression["reason"], "old");
    assert_eq!(suppression["until"], "2999-01-31");
    assert_eq!(suppression["place"], "a.env:1");
    let sarif = project.run(&[".", "-f", "sarif"]).json();
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!(result["suppressions"][0]["kind"], "inSource");
    // Another secret on that line, an end that has passed, a line too far away, no name
    assert_eq!(
        code(format!(
            "NPSSO={{{{npsso:b}}}} # npsso-audit: allow {short}: revoked\n"
        )),
        1
    );
    assert_eq!(
        code(format!(
            "{line} # npsso-audit: allow {short} until 2020-01-31: old\n"
        )),
        1
    );
    assert_eq!(
        project.audit(&["."]).json()["notes"][0]["kind"],
        "expired-entry"
    );
    assert_eq!(code(format!("# npsso-audit: allow {short}\n\n{line}\n")), 1);
    assert_eq!(code(format!("{line} # npsso-audit: allow\n")), 1);
    let note = &project.audit(&["."]).json()["notes"][0];
    assert_eq!(note["kind"], "nameless-pragma");
    assert_eq!(
        note["detail"],
        format!("line 1: npsso-audit: allow {short}: why")
    );
}

#[test]
fn pragmas_of_others_count_where_people_want_it() {
    for pragma in [
        "gitleaks:allow",
        "betterleaks:allow",
        "kingfisher:ignore",
        "pragma: allowlist secret",
        "trufflehog:ignore",
    ] {
        let project = Project::new().file("a.env", &format!("NPSSO={{{{npsso}}}} # {pragma}\n"));
        assert_eq!(project.audit(&["."]).code, 1, "{pragma}");
        let run = project.audit(&[".", "--honour-foreign-pragmas"]);
        assert_eq!(run.code, 0, "{pragma}");
        assert_eq!(run.findings()[0]["suppression"]["by"], "foreign-pragma");
        let line = last_line(&project, &[".", "--honour-foreign-pragmas"]);
        assert!(
            line.starts_with("everything that was found is hidden"),
            "{line}"
        );
    }
}

#[test]
fn a_pragma_counts_for_the_version_that_has_it() {
    let project = Project::repository();
    project.commit("a.env", Some(LEAK), "leak");
    let known = fingerprint(&project.audit(&["."]));
    let text = format!("NPSSO={{{{npsso}}}} # npsso-audit: allow {known}: revoked\n");
    project.write("a.env", Some(&text));
    project.git(&["add", "-A"]);
    assert_eq!(project.audit(&["--staged"]).code, 0);
    project.git(&["commit", "-qm", "pragma"]);
    assert_eq!(project.audit(&["--no-history", "."]).code, 0);
    // The first version can still be read.
    assert_eq!(project.audit(&["."]).code, 1);
    // A change cannot bring its own.
    project.write("b.env", Some("NPSSO={{npsso:b}}\n"));
    let known = fingerprint(&project.audit(&["b.env"]));
    let text = format!("NPSSO={{{{npsso:b}}}} # npsso-audit: allow {known}: mine\n");
    project.commit("b.env", Some(&text), "leak with pragma");
    let run = project.audit(&["--range", "HEAD~1..HEAD"]);
    assert_eq!(run.code, 1);
    assert_eq!(run.json()["notes"][0]["kind"], "proposed-entry");
    assert_eq!(project.audit(&["b.env"]).code, 0);
}

#[test]
fn nobody_is_asked_about_what_is_known() {
    let project = Project::new().file("a.env", LEAK);
    let known = fingerprint(&project.audit(&["."]));
    project.write(".npsso-audit.toml", Some(&allow(&known, "")));
    // Nobody listens there, so a request would be an unknown.
    let ask = ["--verify", "--issuer-url", "http://127.0.0.1:9", "."];
    let report = project.audit(&ask).json();
    assert_eq!(report["verification"]["requests"], 0);
    assert!(report["findings"][0].get("liveness").is_none());
    let report = project
        .audit(&[&ask[..], &["--verify-suppressed"]].concat())
        .json();
    assert_eq!(report["verification"]["asked"], 1);
}

#[test]
fn a_strict_baseline_knows_nothing_in_a_file_that_is_new() {
    let project = Project::repository();
    project.commit("a.env", Some(LEAK), "leak");
    assert_eq!(project.run(&["baseline", "create", "known.txt"]).code, 0);
    project.commit("README.md", Some("hello\n"), "baseline");
    project.write(
        "a.env",
        Some("# twice\nNPSSO={{npsso}}\nNPSSO2={{npsso}}\n"),
    );
    project.write("copy/b.env", Some("# copied\nNPSSO={{npsso}}\n"));
    project.git(&["add", "-A"]);
    let staged = ["--staged", "--baseline", "known.txt"];
    assert_eq!(project.audit(&staged).code, 0);
    let strict = [&staged[..], &["--strict-baseline"]].concat();
    let run = project.audit(&strict);
    assert_eq!(run.code, 1);
    let path = &run.findings()[0]["exposures"][0]["path"];
    assert_eq!(path, "copy/b.env");
    project.git(&["commit", "-qm", "copy"]);
    let range = ["--range", "HEAD~1..HEAD", "--baseline", "known.txt"];
    assert_eq!(project.audit(&range).code, 0);
    let strict = [&range[..], &["--strict-baseline"]].concat();
    assert_eq!(project.audit(&strict).code, 1);
    let plain = [".", "--baseline", "known.txt", "--strict-baseline"];
    assert_eq!(project.run(&plain).code, 2);
}

#[test]
fn a_change_cannot_write_its_own_baseline() {
    let project = Project::repository();
    project.commit("a.env", Some(LEAK), "leak");
    fs::create_dir_all(project.path("ci")).expect("a folder can be made");
    let create = ["baseline", "create", "ci/known.txt"];
    assert_eq!(project.run(&create).code, 0);
    project.commit("README.md", Some("hello\n"), "baseline");
    project.write("b.env", Some("NPSSO={{npsso:b}}\n"));
    project.write("copy.env", Some("# copied\nNPSSO={{npsso}}\n"));
    let update = ["baseline", "update", "ci/known.txt"];
    assert_eq!(project.run(&update).code, 0);
    project.git(&["add", "-A"]);
    project.git(&["commit", "-qm", "leak and baseline"]);
    let run = project.audit(&["--range", "HEAD~1..HEAD", "--baseline", "ci/known.txt"]);
    assert_eq!(run.code, 1);
    let summary = &run.json()["summary"];
    assert_eq!((&summary["new"], &summary["known"]), (&1.into(), &1.into()));
    assert_eq!(project.audit(&[".", "--baseline", "ci/known.txt"]).code, 0);
}

#[test]
fn a_secret_that_was_hidden_where_it_stood_is_new_elsewhere() {
    let project = Project::repository();
    let entry = "[[allow]]\npaths = [\"fixtures/\"]\nreason = \"synthetic\"\n";
    project.commit(".npsso-audit.toml", Some(entry), "entry");
    project.commit("fixtures/a.env", Some(LEAK), "fixture");
    assert_eq!(project.audit(&["--range", "HEAD~1..HEAD"]).code, 0);
    project.git(&["mv", "fixtures/a.env", "a.env"]);
    assert_eq!(project.audit(&["--staged"]).code, 1);
    project.git(&["commit", "-qm", "move"]);
    for range in ["HEAD~1..HEAD", "HEAD~2..HEAD"] {
        let run = project.audit(&["--range", range]);
        assert_eq!(run.code, 1, "{range}");
        assert_eq!(run.json()["summary"]["new"], 1, "{range}");
    }
}

#[test]
fn who_begins_at_an_old_commit_has_no_old_entries() {
    let project = Project::repository();
    let entry = "[[allow]]\npaths = [\"*\"]\nreason = \"all\"\n";
    project.commit(".npsso-audit.toml", Some(entry), "entry");
    project.git(&["checkout", "-q", "-b", "change"]);
    project.commit("a.env", Some(LEAK), "leak");
    project.git(&["checkout", "-q", "main"]);
    assert_eq!(project.audit(&["--range", "main..change"]).code, 0);
    project.commit(".npsso-audit.toml", None, "no entry");
    assert_eq!(project.audit(&["--range", "main..change"]).code, 1);
}

#[test]
fn a_wrong_file_of_entries_can_be_mended_by_a_change() {
    let project = Project::repository();
    project.commit("README.md", Some("hello\n"), "start");
    project.commit(".npsso-audit.toml", Some("verify = true\n"), "wrong");
    let run = project.audit(&["--range", "HEAD~1..HEAD"]);
    assert_eq!(run.code, 0);
    let note = |run: &Run| run.json()["notes"][0].clone();
    assert_eq!(note(&run)["kind"], "wrong-entries");
    let detail = note(&run)["detail"].to_string();
    assert!(
        detail.contains("with this change, line 1: unknown field"),
        "{detail}"
    );
    assert_eq!(project.run(&["."]).code, 2);
    project.commit(".npsso-audit.toml", Some("# right\n"), "mended");
    let run = project.audit(&["--range", "HEAD~1..HEAD"]);
    assert_eq!(run.code, 0);
    let detail = note(&run)["detail"].to_string();
    assert!(
        detail.contains("before this change, line 1: unknown field"),
        "{detail}"
    );
}

#[test]
fn a_name_that_a_file_had_before_counts_too() {
    let project = Project::repository();
    project.commit("a.env", Some(LEAK), "leak");
    fs::create_dir_all(project.path("sub")).expect("a folder can be made");
    project.git(&["mv", "a.env", "sub/a.env"]);
    let entry = "[[allow]]\npaths = [\"sub/\"]\nreason = \"s\"\n";
    project.commit(".npsso-audit.toml", Some(entry), "move");
    assert_eq!(project.audit(&["."]).code, 1);
}

#[test]
fn a_message_is_about_the_repository_around() {
    let project = Project::repository();
    project.commit("a.env", Some(LEAK), "leak");
    let known = fingerprint(&project.audit(&["."]));
    project.commit(".npsso-audit.toml", Some(&allow(&known, "")), "entry");
    project.write(".git/MSG", Some("revoke npsso={{npsso}}\n"));
    assert_eq!(project.audit(&["--message", ".git/MSG"]).code, 0);
    project.write(".git/MSG", Some("revoke npsso={{npsso:other}}\n"));
    assert_eq!(project.audit(&["--message", ".git/MSG"]).code, 1);
}

#[test]
fn no_secret_is_repeated_where_a_fingerprint_is_expected() {
    let project = Project::new().file("a.env", LEAK);
    let secret = project.audit(&["--show-secrets", "."]).findings()[0]["secret"].clone();
    let secret = secret.as_str().expect("it is shown");
    let run = project.run(&["allow", secret, "--reason", "x"]);
    assert_eq!(run.code, 2);
    let begin = secret[..8].to_lowercase();
    assert!(
        !run.stderr.to_lowercase().contains(&begin),
        "{}",
        run.stderr
    );
    let past = [
        "allow",
        "v1:44664f2ed8d7",
        "--reason",
        "x",
        "--until",
        "2020-01-01",
    ];
    assert_eq!(project.run(&past).code, 2);
}
