//! What a change says of itself does not count: what was there before it does.

use std::fs;

use crate::support::{Project, Run};
use crate::suppression::{allow, fingerprint};

const LEAK: &str = "NPSSO={{npsso}}\n";

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
fn a_change_is_judged_by_what_it_goes_to() {
    let project = Project::repository();
    let old = project.commit("README.md", Some("hello\n"), "start");
    let entry = "[[allow]]\npaths = [\"**\"]\nreason = \"all\"\n";
    project.commit(".npsso-audit.toml", Some(entry), "entry");
    project.git(&["checkout", "-q", "-b", "change"]);
    project.commit("a.env", Some(LEAK), "leak");
    project.git(&["checkout", "-q", "main"]);
    let middle = project.commit("b.txt", Some("x\n"), "more");
    let ranges = [
        "main..change".to_owned(),
        "main...change".to_owned(),
        format!("change --not main {old} {middle}"),
    ];
    for range in &ranges {
        assert_eq!(project.audit(&["--range", range]).code, 0, "{range}");
    }
    // What was taken back counts for nobody who began before.
    project.commit(".npsso-audit.toml", None, "no entry");
    for range in &ranges {
        assert_eq!(project.audit(&["--range", range]).code, 1, "{range}");
    }
}

#[test]
fn who_pushes_says_what_is_known_as_who_commits_does() {
    let project = Project::repository();
    let start = project.commit("README.md", Some("hello\n"), "start");
    project.write("a.env", Some(LEAK));
    let known = fingerprint(&project.audit(&["--no-history", "."]));
    project.write(".npsso-audit.toml", Some(&allow(&known, "")));
    project.git(&["add", "-A"]);
    project.git(&["commit", "-qm", "fixture"]);
    let text = "NPSSO={{npsso:b}}\n";
    project.write("b.env", Some(text));
    let known = fingerprint(&project.audit(&["--no-history", "b.env"]));
    let text = format!("# npsso-audit: allow {known}: fixture\n{text}");
    let second = project.commit("b.env", Some(&text), "fixture");
    let push = |tip: &str| {
        let line = format!("refs/heads/main {tip} refs/heads/main {start}\n");
        project.audit_fed(&["--pre-push=origin"], line.as_bytes())
    };
    let run = push(&second);
    assert_eq!(run.code, 0, "{}", run.stdout);
    assert_eq!(run.json()["summary"]["known"], 2);
    // A server takes nobody's word for his own change.
    let line = format!("{start} {second} refs/heads/main\n");
    project.git(&["update-ref", "refs/heads/main", &start]);
    let run = project.audit_fed(&["--pre-receive"], line.as_bytes());
    assert_eq!(run.code, 1, "{}", run.stdout);
    // One that has nothing yet knows nothing better.
    project.git(&["checkout", "-q", "--orphan", "none"]);
    project.git(&["update-ref", "-d", "refs/heads/main"]);
    let zero = "0".repeat(40);
    let line = format!("{zero} {second} refs/heads/main\n");
    let run = project.audit_fed(&["--pre-receive"], line.as_bytes());
    assert_eq!(run.code, 0, "{}", run.stdout);
    project.git(&["update-ref", "refs/heads/main", &second]);
    project.git(&["checkout", "-q", "-f", "main"]);
    let third = project.commit("c.env", Some("NPSSO={{npsso:c}}\n"), "leak");
    assert_eq!(push(&third).code, 1);
}

#[test]
fn what_a_change_adds_to_a_baseline_is_listed_as_proposed() {
    let project = Project::repository();
    project.commit("README.md", Some("hello\n"), "start");
    project.commit("a.env", Some(LEAK), "leak");
    let run = project.run(&["baseline", "create", "known.txt"]);
    assert_eq!(run.code, 0);
    // Nobody changed what no commit has.
    let range = ["--range", "HEAD~1..HEAD", "--baseline", "known.txt"];
    assert_eq!(project.audit(&range).code, 0);
    project.git(&["add", "-A"]);
    project.git(&["commit", "-q", "--amend", "-m", "leak and baseline"]);
    let run = project.audit(&range);
    assert_eq!(run.code, 1);
    let note = &run.json()["notes"][0];
    assert_eq!(note["kind"], "proposed-entry");
    assert_eq!(note["path"], "known.txt");
    assert_eq!(note["detail"], "line 3");
}

#[test]
fn a_wrong_baseline_can_be_mended_by_a_change() {
    let project = Project::repository();
    project.commit("ci/known.txt", Some("<<<<<<< HEAD\n"), "conflict");
    project.commit("ci/known.txt", Some("# none\n"), "mended");
    let range =
        |baseline: &str| project.audit(&["--range", "HEAD~1..HEAD", "--baseline", baseline]);
    let run = range("ci/known.txt");
    assert_eq!(run.code, 0, "{}", run.stderr);
    let note = &run.json()["notes"][0];
    assert_eq!(note["kind"], "wrong-entries");
    let detail = note["detail"].to_string();
    assert!(detail.contains("before this change: "), "{detail}");
    // It can be taken away with its folder, too.
    project.commit("ci/known.txt", None, "gone");
    project.commit("a.env", Some(LEAK), "leak");
    fs::remove_dir_all(project.path("ci")).ok();
    let run = project.audit(&["--range", "HEAD~2..HEAD", "--baseline", "ci/known.txt"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
}

#[cfg(unix)]
#[test]
fn a_change_cannot_lead_to_a_baseline_of_its_own() {
    let project = Project::repository();
    project.commit("conf/known.txt", Some("# none\n"), "start");
    project.write("a.env", Some(LEAK));
    let known = fingerprint(&project.audit(&["--no-history", "."]));
    let elsewhere = Project::new();
    elsewhere.write("known.txt", Some(&format!("{known}\n")));
    project.git(&["rm", "-q", "conf/known.txt"]);
    fs::remove_dir_all(project.path("conf")).ok();
    std::os::unix::fs::symlink(elsewhere.root(), project.path("conf")).expect("a link is made");
    project.git(&["add", "-A"]);
    project.git(&["commit", "-qm", "leak and link"]);
    let run = project.audit(&["--range", "HEAD~1..HEAD", "--baseline", "conf/known.txt"]);
    assert_eq!(run.code, 1, "{}", run.stdout);
}

#[test]
fn a_submodule_that_a_change_brings_is_said_not_to_be_audited() {
    let project = Project::repository();
    project.commit("README.md", Some("hello\n"), "start");
    let first = "1".repeat(40);
    let add = |commit: &str| {
        let entry = format!("160000,{commit},vendor/other");
        project.git(&["update-index", "--add", "--cacheinfo", &entry]);
    };
    add(&first);
    let staged = project.audit(&["--staged"]);
    project.git(&["commit", "-qm", "submodule"]);
    let range = project.audit(&["--range", "HEAD~1..HEAD"]);
    for run in [staged, range] {
        let note = &run.json()["notes"][0];
        assert_eq!(note["kind"], "submodule", "{}", run.stdout);
        assert_eq!(note["path"], "vendor/other");
        assert_eq!(run.json()["summary"]["complete"], false);
    }
    // What was there before is not named again.
    project.commit("a.txt", Some("x\n"), "more");
    for arguments in [&["--range", "HEAD~1..HEAD"][..], &["--staged"]] {
        let run = project.audit(arguments);
        assert_eq!(run.json()["summary"]["notes"], 0, "{}", run.stdout);
    }
    add(&"2".repeat(40));
    assert_eq!(project.audit(&["--staged"]).json()["summary"]["notes"], 1);
}

#[test]
fn entries_that_are_not_staged_are_said_not_to_count() {
    let project = Project::repository();
    project.commit("README.md", Some("hello\n"), "start");
    project.write("a.env", Some(LEAK));
    project.git(&["add", "a.env"]);
    let known = fingerprint(&project.audit(&["--staged"]));
    project.write(".npsso-audit.toml", Some(&allow(&known, "")));
    let run = project.audit(&["--staged"]);
    assert_eq!(run.code, 1);
    assert_eq!(run.json()["notes"][0]["kind"], "unstaged-entries");
    let refusal = project.run(&["--staged", "--quiet"]).stdout;
    assert!(refusal.contains("it is not staged"), "{refusal}");
    // Who stages a wrong one can mend it.
    project.write(".npsso-audit.toml", Some("verify = true\n"));
    project.git(&["add", "-A"]);
    let run = project.run(&["--staged"]);
    assert_eq!(run.code, 2);
    let why = ".npsso-audit.toml, as it is staged: line 1: unknown field `verify`";
    assert!(run.stderr.contains(why), "{}", run.stderr);
}

#[test]
fn what_stood_where_nobody_looked_is_new_where_somebody_does() {
    let project = Project::repository();
    project.commit("README.md", Some("hello\n"), "start");
    project.commit("fixtures/a.env", Some(LEAK), "fixture");
    fs::create_dir_all(project.path("src")).expect("a folder can be made");
    project.git(&["mv", "fixtures/a.env", "src/a.env"]);
    assert_eq!(project.audit(&["--staged", ":!fixtures"]).code, 1);
    assert_eq!(project.audit(&["--staged"]).code, 0);
    project.git(&["commit", "-qm", "move"]);
    for paths in [&[":!fixtures"][..], &["src"]] {
        let arguments = [&["--range", "HEAD~2..HEAD"], paths].concat();
        assert_eq!(project.audit(&arguments).code, 1, "{paths:?}");
    }
}

#[test]
fn what_a_new_name_says_of_a_value_is_new() {
    let project = Project::repository();
    project.commit("README.md", Some("hello\n"), "start");
    project.commit("a.txt", Some("{{npsso}}\n"), "bare");
    assert_eq!(project.audit(&["--range", "HEAD~1..HEAD"]).code, 0);
    project.git(&["mv", "a.txt", "npsso.txt"]);
    assert_eq!(project.audit(&["--staged"]).code, 1);
    project.git(&["commit", "-qm", "rename"]);
    for range in ["HEAD~1..HEAD", "HEAD~2..HEAD"] {
        assert_eq!(project.audit(&["--range", range]).code, 1, "{range}");
    }
    // One name is as good as another.
    project.git(&["mv", "npsso.txt", "my_npsso.txt"]);
    assert_eq!(project.audit(&["--staged"]).code, 0);
}

#[cfg(unix)]
#[test]
fn a_baseline_behind_a_link_of_the_repository_is_refused() {
    let project = Project::repository();
    project.write("data/known.txt", Some("# none\n"));
    std::os::unix::fs::symlink("data/known.txt", project.path("known.txt")).expect("a link");
    std::os::unix::fs::symlink("data", project.path("current")).expect("a link");
    project.git(&["add", "-A"]);
    project.git(&["commit", "-qm", "start"]);
    project.commit("a.env", Some(LEAK), "leak");
    for baseline in ["known.txt", "current/known.txt"] {
        let range = ["--range", "HEAD~1..HEAD", "--baseline", baseline];
        let run = project.run(&range);
        assert_eq!(run.code, 2, "{baseline}");
        assert!(
            run.stderr.contains("name the file itself"),
            "{}",
            run.stderr
        );
    }
    let range = ["--range", "HEAD~1..HEAD", "--baseline", "data/known.txt"];
    assert_eq!(project.audit(&range).code, 1);
}
