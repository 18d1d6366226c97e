//! What somebody said is known is marked and counted, and hides nothing else.

use std::fs;

use crate::support::{Project, Run};

const LEAK: &str = "NPSSO={{npsso}}\n";

pub fn fingerprint(run: &Run) -> String {
    let finding = &run.findings()[0];
    finding["fingerprint"]
        .as_str()
        .expect("it has one")
        .to_owned()
}

pub fn allow(fingerprint: &str, more: &str) -> String {
    format!("[[allow]]\nfingerprint = \"{fingerprint}\"\nreason = \"revoked\"\n{more}\n")
}

/// The last line of the report for people.
pub fn last_line(project: &Project, arguments: &[&str]) -> String {
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
    // Each report names it, and the quietest one says that there is something.
    let text = project.run(&["."]).stdout;
    let reason = "damaged-container: an old backup (.npsso-audit.toml:1)";
    assert!(text.contains(reason), "{text}");
    let sarif = project.run(&[".", "-f", "sarif"]).json();
    let notes = &sarif["runs"][0]["invocations"][0]["toolExecutionNotifications"];
    let text = notes[0]["message"]["text"].to_string();
    assert!(text.contains("Accepted as unread: "), "{text}");
    assert!(text.contains("an old backup"), "{text}");
    let line = last_line(&project, &[".", "--quiet"]);
    assert!(line.contains("1 input accepted as unread"), "{line}");
}

#[test]
fn what_hides_something_is_named_in_the_report_for_people() {
    let mut project = Project::new();
    for number in 0..7 {
        let text = format!("NPSSO={{{{npsso:{number}}}}}\n");
        project = project.file(&format!("fixtures/{number}.env"), &text);
    }
    let entry = "[[allow]]\npaths = \"fixtures/\"\nreason = \"synthetic\"\n";
    project.write(".npsso-audit.toml", Some(entry));
    let words = "known, allowed where they stand: synthetic (.npsso-audit.toml:1)";
    let text = project.run(&["."]).stdout;
    assert_eq!(text.matches(words).count(), 5, "{text}");
    assert!(text.contains("and 2 more secrets"), "{text}");
    let text = project.run(&[".", "-v"]).stdout;
    assert_eq!(text.matches(words).count(), 7, "{text}");
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
fn a_baseline_is_pruned_of_nothing_that_may_only_have_become_unreadable() {
    let project = Project::new()
        .file("a.env", LEAK)
        .file("b.env", "NPSSO={{npsso:b}}\n");
    assert_eq!(project.run(&["baseline", "create", "known.txt"]).code, 0);
    project.write("b.env", None);
    fs::write(project.path("b.gz"), b"\x1f\x8b\x08\0\0\0\0\0\0\x03broken").expect("written");
    let prune = ["baseline", "update", "known.txt", "--prune"];
    let run = project.run(&prune);
    assert!(
        run.stderr.contains("0 added;") || run.stderr.contains("knows 2 now"),
        "{}",
        run.stderr
    );
    assert!(
        run.stderr.contains("so nothing was dropped"),
        "{}",
        run.stderr
    );
    let entry = "[[unread]]\npaths = \"b.gz\"\nreason = \"broken\"\n";
    project.write(".npsso-audit.toml", Some(entry));
    let run = project.run(&prune);
    assert!(
        run.stderr.contains("knows 1 now: 0 added, 1 dropped"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_baseline_of_nothing_is_not_written() {
    let project = Project::new();
    fs::create_dir(project.path("empty")).expect("a folder can be made");
    let run = project.run(&["baseline", "create", "known.txt", "empty"]);
    assert_eq!(run.code, 3, "{}", run.stderr);
    assert!(
        run.stderr.contains("known.txt is not written"),
        "{}",
        run.stderr
    );
    assert!(!project.path("known.txt").exists());
}

#[cfg(unix)]
#[test]
fn a_baseline_is_not_written_through_a_link() {
    let project = Project::new().file("tree/a.env", LEAK);
    std::os::unix::fs::symlink("../victim.txt", project.path("tree/known.txt")).expect("a link");
    project.write("victim.txt", Some("# mine\n"));
    for action in ["update", "create"] {
        let run = project.run(&["baseline", action, "tree/known.txt", "tree"]);
        assert_eq!(run.code, 2, "{}", run.stderr);
    }
    let text = fs::read_to_string(project.path("victim.txt")).expect("it is there");
    assert_eq!(text, "# mine\n");
}
