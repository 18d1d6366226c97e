//! What commits add is found, and what they only move is not.

use std::process::Stdio;

use serde_json::json;

use crate::support::{Project, Run, clean, expand, program};

const LEAK: &str = "NPSSO={{npsso}}\n";

/// Runs a hook with what git says on standard input.
fn hook(project: &Project, arguments: &[&str], input: &str) -> Run {
    project.audit_fed(arguments, input.as_bytes())
}

#[test]
fn what_commits_add_is_found_even_when_they_remove_it_again() {
    let project = Project::repository();
    let base = project.commit("README.md", Some("hello\n"), "start");
    let leak = project.commit("bot/.env", Some(LEAK), "leak");
    project.commit("bot/.env", None, "remove");
    let run = project.audit(&["--range", &format!("{base}..HEAD")]);
    let places = run.exposures();
    assert_eq!(places.len(), 1);
    assert_eq!(places[0]["path"], "bot/.env");
    assert_eq!(places[0]["presence"], "history");
    assert_eq!(places[0]["git"]["first_commit"]["id"], json!(leak));
    for (range, code) in [
        ("HEAD", 1),
        ("HEAD~1..", 0),
        ("HEAD~1", 1),
        ("HEAD~2", 0),
        ("main ^main~2", 1),
        ("main --not main~1", 0),
        ("HEAD..HEAD", 3),
        ("HEAD~2...HEAD", 1),
        ("HEAD^!", 0),
        ("HEAD~1^!", 1),
        ("HEAD~2^!", 0),
    ] {
        assert_eq!(project.audit(&["--range", range]).code, code, "{range}");
    }
}

#[test]
fn what_is_moved_or_renamed_is_not_new() {
    let project = Project::repository();
    project.commit("a.env", Some(LEAK), "leak");
    let base = project.git(&["rev-parse", "HEAD"]);
    project.commit("a.env", Some("# more\n\n   NPSSO={{npsso}}\n"), "indent");
    project.git(&["mv", "a.env", "b.env"]);
    project.commit(
        "b.env",
        Some("# renamed\nNPSSO={{npsso}} # and edited\n"),
        "rename",
    );
    project.git(&["mv", "b.env", "folder.env"]);
    project.commit("README.md", Some("hello\n"), "more");
    let run = project.audit(&["--range", &format!("{base}..HEAD")]);
    assert_eq!((run.code, run.places()), (0, vec![]), "{}", run.stdout);
    assert_ne!(run.json()["notes"], json!([]));
    // A second file with it is new.
    project.commit("copy.env", Some(LEAK), "copy");
    let run = project.audit(&["--range", &format!("{base}..HEAD")]);
    assert_eq!(run.places(), ["copy.env:1:7 npsso high"]);
}

#[test]
fn a_merge_adds_what_none_of_its_parents_has() {
    let project = Project::repository();
    project.commit("bot.py", Some("a = 1\n"), "start");
    project.git(&["checkout", "-q", "-b", "side"]);
    project.commit("side.env", Some(LEAK), "side");
    project.git(&["checkout", "-q", "main"]);
    let before = project.commit("main.py", Some("c = 3\n"), "main");
    project.git(&["merge", "-q", "--no-ff", "-m", "merge", "side"]);
    // The side branch is known, so the merge adds nothing.
    let known = format!("{before}..main --not side");
    assert_eq!(project.audit(&["--range", &known]).code, 0);
    assert_eq!(
        project.audit(&["--range", &format!("{before}..main")]).code,
        1
    );
    project.git(&["reset", "-q", "--hard", &before]);
    project.git(&["merge", "-q", "--no-commit", "--no-ff", "side"]);
    let merge = project.commit("bot.py", Some("npsso = \"{{npsso:evil}}\"\n"), "merge");
    let run = project.audit(&["--range", &known]);
    assert_eq!(run.places(), ["bot.py:1:10 npsso high"]);
    assert_eq!(
        run.exposures()[0]["git"]["first_commit"]["id"],
        json!(merge)
    );
}

#[test]
fn messages_and_tags_of_a_range_are_read() {
    let project = Project::repository();
    project.commit("a", Some("1\n"), "start");
    project.commit("a", Some("2\n"), "npsso={{npsso}}");
    assert_eq!(project.audit(&["--range", "HEAD~1.."]).exposures().len(), 1);
    let text = crate::support::expand("npsso={{npsso:tag}}");
    project.commit("a", Some("3\n"), "fine");
    project.git(&["tag", "-a", "v1", "-m", &text]);
    let run = project.audit(&["--range", "HEAD~1..v1"]);
    assert_eq!(run.exposures()[0]["git"]["object_kind"], "tag");
}

#[test]
fn an_unknown_revision_is_an_error() {
    let project = Project::repository();
    project.commit("a", Some("1\n"), "start");
    for range in [
        "nowhere..HEAD",
        "HEAD..nowhere",
        "--what",
        "",
        "--not HEAD",
        "nowhere^!",
    ] {
        let run = project.audit(&["--range", range]);
        assert_eq!(run.code, 2, "{range}: {}", run.stderr);
        assert!(
            run.stderr.contains("range") || run.stderr.contains("nowhere"),
            "{}",
            run.stderr
        );
    }
}

#[test]
fn a_shallow_clone_that_cuts_the_range_is_never_clean() {
    let origin = Project::repository();
    for number in 0..6 {
        origin.commit("a", Some(&format!("{number}\n")), "more");
    }
    let url = format!("file://{}", origin.root().display());
    let project = Project::new();
    project.git(&["clone", "-q", "--depth", "3", &url, "clone"]);
    let mut command = project.command(&["-f", "json", "--range", "HEAD"]);
    let run = Run::of(command.current_dir(project.path("clone")).output());
    assert_eq!(run.code, 4, "{}", run.stdout);
    assert_eq!(run.json()["skipped"][0]["reason"], "shallow-clone");
    let mut command = project.command(&["-f", "json", "--range", "HEAD~2..HEAD"]);
    let run = Run::of(command.current_dir(project.path("clone")).output());
    assert_eq!(run.code, 0, "{}", run.stdout);
}

#[test]
fn a_push_is_what_the_remote_does_not_have() {
    let project = Project::repository();
    let first = project.commit("a.env", Some("NPSSO={{npsso:old}}\n"), "old leak");
    let second = project.commit("b.env", Some("x=1\n"), "fine");
    let third = project.commit("c.env", Some(LEAK), "new leak");
    let zero = "0".repeat(40);
    let line =
        |local: &str, remote: &str| format!("refs/heads/main {local} refs/heads/main {remote}\n");
    let places = |input: &str| hook(&project, &["--pre-push=origin"], input).places();
    assert_eq!(places(&line(&third, &first)), ["c.env:1:7 npsso high"]);
    assert_eq!(places(&line(&second, &first)), Vec::<String>::new());
    // A new branch, a remote that nobody knows, and one that knows the first commit
    assert_eq!(places(&line(&third, &zero)).len(), 2);
    assert_eq!(places(&line(&third, &"ab".repeat(20))).len(), 2);
    project.git(&["update-ref", "refs/remotes/origin/main", &first]);
    assert_eq!(places(&line(&third, &zero)), ["c.env:1:7 npsso high"]);
    let other = hook(&project, &["--pre-push=other"], &line(&third, &zero));
    assert_eq!(other.places().len(), 2);
    // Deleting a branch sends nothing, and neither does nothing.
    for nothing in [
        format!("(delete) {zero} refs/heads/x {first}\n"),
        String::new(),
    ] {
        assert_eq!(hook(&project, &["--pre-push=origin"], &nothing).code, 0);
    }
    let nonsense = hook(&project, &["--pre-push"], "what is this\n");
    assert_eq!(nonsense.code, 2, "{}", nonsense.stderr);
}

#[test]
fn the_pre_commit_framework_names_the_range_in_the_environment() {
    let project = Project::repository();
    let first = project.commit("a.env", Some("NPSSO={{npsso:old}}\n"), "old leak");
    project.commit("c.env", Some(LEAK), "new leak");
    let run = |variables: &[(&str, &str)]| {
        let mut command = project.command(&["-f", "json", "--pre-push"]);
        Run::of(
            command
                .envs(variables.iter().copied())
                .stdin(Stdio::null())
                .output(),
        )
    };
    let range = run(&[
        ("PRE_COMMIT_FROM_REF", &first),
        ("PRE_COMMIT_TO_REF", "HEAD"),
    ]);
    assert_eq!(range.places(), ["c.env:1:7 npsso high"]);
    let branch = run(&[
        ("PRE_COMMIT_LOCAL_BRANCH", "refs/heads/main"),
        ("PRE_COMMIT_REMOTE_NAME", "origin"),
    ]);
    assert_eq!(branch.places().len(), 2);
    let unknown = run(&[
        ("PRE_COMMIT_FROM_REF", "nowhere"),
        ("PRE_COMMIT_TO_REF", "HEAD"),
    ]);
    assert_eq!(unknown.code, 2);
}

#[cfg(unix)]
#[test]
fn a_server_refuses_a_push_whose_objects_wait_in_quarantine() {
    use std::os::unix::fs::PermissionsExt;
    let server = Project::new();
    server.git(&["init", "-q", "--bare", "-b", "main", "server.git"]);
    let hook = server.path("server.git/hooks/pre-receive");
    let program = &program();
    let script = format!("#!/bin/sh\nexec '{program}' --pre-receive -f json -o ../report.json\n");
    std::fs::create_dir_all(hook.parent().expect("a folder")).expect("it can be made");
    std::fs::write(&hook, script).expect("it can be written");
    std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).expect("it is ours");

    let project = Project::repository();
    let url = server.path("server.git").to_string_lossy().into_owned();
    project.git(&["remote", "add", "origin", &url]);
    project.commit("README.md", Some("hello\n"), "start");
    project.git(&["push", "-q", "origin", "main"]);
    project.commit("bot.env", Some(LEAK), "leak");
    let push = clean("git")
        .args(["push", "-q", "origin", "main"])
        .current_dir(project.root())
        .output()
        .expect("git runs");
    assert!(!push.status.success());
    let report = std::fs::read_to_string(server.path("report.json")).expect("a report was written");
    assert!(report.contains("\"path\": \"bot.env\""), "{report}");
    project.git(&["reset", "-q", "--hard", "HEAD~1"]);
    project.commit("b.env", Some("x=1\n"), "fine");
    project.git(&["push", "-q", "origin", "main"]);
}

#[test]
fn a_message_in_the_history_of_head_is_still_in_use() {
    let project = Project::repository();
    project.commit("a", Some("1\n"), "start");
    project.commit("a", Some("2\n"), "npsso={{npsso}}");
    for branch in ["one", "two"] {
        let run = project.audit(&["--range", "main~1..main"]);
        assert_eq!(run.exposures()[0]["presence"], "current");
        let said = project.run(&["--range", "main~1..main"]).stdout;
        assert!(said.contains("still in HEAD"), "{said}");
        assert!(!said.contains("only in history"), "{said}");
        project.git(&["checkout", "-q", "-b", branch]);
        project.commit("a", Some("3\n"), "more");
    }
    project.git(&["checkout", "-q", "--orphan", "other"]);
    project.git(&["commit", "-q", "-m", "other"]);
    let said = project.run(&["--range", "main~1..main"]).stdout;
    assert!(said.contains("not in HEAD"), "{said}");
}

#[test]
fn a_range_is_left_at_what_is_named() {
    let project = Project::repository();
    project.commit("old/x", Some("x\n"), "start");
    for file in ["a.env", "src/b.env", "src/deep/c.env", "fixtures/d.env"] {
        project.commit(file, Some(&format!("NPSSO={{{{npsso:{file}}}}}\n")), "leak");
    }
    project.commit("a.env", None, "remove");
    let places = |folder: &str, paths: &[&str]| {
        let all = [&["-f", "json", "--range", "HEAD~5..", "--"], paths].concat();
        let mut command = project.command(&all);
        let run = Run::of(command.current_dir(project.path(folder)).output());
        let found = run.findings();
        let path = |finding: &serde_json::Value| {
            let path = &finding["exposures"][0]["git"]["paths"][0];
            path.as_str().expect("a path").to_owned()
        };
        let mut found: Vec<String> = found.iter().map(path).collect();
        found.sort();
        found
    };
    for paths in [
        &["src"][..],
        &["."],
        &["*.env"],
        &[":(glob)*.env"],
        &[":!fixtures"],
        &["src", ":(exclude)src/deep"],
        &["a.env"],
        &["old"],
    ] {
        let log = [
            "log",
            "--format=",
            "--name-only",
            "--diff-filter=A",
            "HEAD~5..",
            "--",
        ];
        let log = project.git(&[&log[..], paths].concat());
        let mut git: Vec<&str> = log.lines().collect();
        git.sort();
        assert_eq!(places(".", paths), git, "{paths:?}");
    }
    assert_eq!(places("src", &["deep"]), ["src/deep/c.env"]);
    assert_eq!(places("src", &["../fixtures"]), ["fixtures/d.env"]);
    for typed in ["nosuch", "*.nosuch"] {
        let run = project.audit(&["--range", "HEAD~5..", typed]);
        assert_eq!(run.code, 3, "{}", run.stdout);
        assert!(run.stderr.contains(typed), "{}", run.stderr);
    }
    let run = project.audit(&["--range", "HEAD~5..", "old", "nosuch"]);
    assert_eq!(run.code, 4, "{}", run.stdout);
    // A message is no file, and stays.
    project.commit("y", Some("y\n"), "npsso={{npsso}}");
    let run = project.audit(&["--range", "HEAD~1..", "src"]);
    assert_eq!(run.exposures()[0]["git"]["object_kind"], "commit");
    let outside = Project::new();
    let folder = project.path("src").to_string_lossy().into_owned();
    let run = outside.audit(&["--range", "HEAD~6..HEAD~1", &folder]);
    assert_eq!(run.findings().len(), 2, "{}", run.stderr);
}

#[test]
fn a_pattern_that_is_not_understood_leaves_nothing_out() {
    let project = Project::repository();
    project.commit("a.env", Some(LEAK), "leak");
    project.git(&["tag", "other"]);
    for range in ["HEAD --not --tags=v*", "HEAD --not --branches=x", "--all=x"] {
        let run = project.audit(&["--range", range]);
        assert_eq!(run.code, 2, "{range}");
        assert!(run.stderr.contains("is not understood"), "{}", run.stderr);
    }
}

#[test]
fn it_is_the_same_in_every_run_which_of_many_removed_files_count() {
    let project = Project::repository();
    let person = "committer A <a@example.com> 1767319445 +0000\ndata 1\nx\n";
    let leak = expand(LEAK);
    let mut stream = format!(
        "blob\nmark :1\ndata 2\nx\n\nblob\nmark :2\ndata {}\n{leak}\n",
        leak.len()
    );
    // More than are compared with, and among them one that holds the secret.
    stream += &format!("commit refs/heads/main\nmark :3\n{person}M 644 :2 leak.env\n");
    for number in 0..20_000 {
        stream += &format!("M 644 :1 {number}\n");
    }
    stream +=
        &format!("\ncommit refs/heads/main\n{person}from :3\ndeleteall\nM 644 :2 new.env\n\n");
    project.write("stream", Some(&stream));
    let input = std::fs::File::open(project.path("stream")).expect("it was written");
    let imported = clean("git")
        .args(["fast-import", "--quiet"])
        .current_dir(project.root())
        .stdin(input)
        .status();
    assert!(imported.expect("git is installed").success());
    let codes = [(); 8].map(|()| project.audit(&["--range", "main~1..main"]).code);
    assert_eq!(codes, [codes[0]; 8]);
}
