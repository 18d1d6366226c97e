//! Git runs the audit by itself once the hooks are installed.

use std::fs;
use std::path::Path;
use std::process::Output;

use crate::support::{Project, Run, clean, expand, program};

const LEAK: &str = "NPSSO={{npsso}}\n";

/// A repository with our hooks.
fn hooked() -> Project {
    let project = Project::repository();
    project.git(&["config", "user.name", "Ada Example"]);
    project.git(&["config", "user.email", "ada@example.com"]);
    let run = project.run(&["hook", "install"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    project
}

/// Runs git where it may fail.
fn try_git(folder: &Path, arguments: &[&str]) -> Output {
    clean("git")
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("git runs")
}

fn said(output: &Output) -> String {
    let both = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8_lossy(&both).into_owned()
}

#[test]
fn a_commit_with_a_secret_is_refused_in_a_few_lines() {
    let project = hooked();
    project.write("bot.env", Some(LEAK));
    project.git(&["add", "-A"]);
    let commit = try_git(project.root(), &["commit", "-m", "add bot"]);
    assert!(!commit.status.success());
    let said = said(&commit);
    assert!(said.lines().count() < 10, "{said}");
    assert!(said.contains("bot.env:1:7"), "{said}");
    assert!(said.contains("git commit --no-verify"), "{said}");
    assert!(!said.contains(&expand("{{npsso}}")), "{said}");
    project.write("bot.env", Some("x=1\n"));
    project.git(&["add", "-A"]);
    let commit = try_git(project.root(), &["commit", "-q", "-m", "add bot"]);
    assert!(commit.status.success(), "{}", self::said(&commit));
    assert_eq!(self::said(&commit), "");
}

#[test]
fn a_commit_of_some_files_is_judged_by_these_files() {
    let project = hooked();
    project.commit("a.env", Some("x=1\n"), "start");
    project.commit("b.env", Some("x=1\n"), "start");
    project.write("a.env", Some(LEAK));
    project.write("b.env", Some("x=2\n"));
    project.git(&["add", "a.env"]);
    let fine = try_git(project.root(), &["commit", "-q", "-m", "b", "b.env"]);
    assert!(fine.status.success(), "{}", said(&fine));
    project.git(&["reset", "-q"]);
    assert!(
        !try_git(project.root(), &["commit", "-q", "-am", "all"])
            .status
            .success()
    );
    assert!(
        !try_git(project.root(), &["commit", "-q", "-m", "a", "a.env"])
            .status
            .success()
    );
}

#[test]
fn messages_and_pushes_are_audited_too() {
    let project = hooked();
    project.write("a", Some("1\n"));
    project.git(&["add", "-A"]);
    let message = expand("npsso={{npsso}}");
    assert!(
        !try_git(project.root(), &["commit", "-q", "-m", &message])
            .status
            .success()
    );
    project.git(&["commit", "-q", "-m", "fine"]);
    let server = Project::new();
    server.git(&["init", "-q", "--bare"]);
    let url = server.root().to_string_lossy().into_owned();
    project.git(&["remote", "add", "origin", &url]);
    project.git(&["push", "-q", "origin", "main"]);
    project.write("bot.env", Some(LEAK));
    project.git(&["add", "-A"]);
    project.git(&["commit", "-q", "--no-verify", "-m", "leak"]);
    let push = try_git(project.root(), &["push", "-q", "origin", "main"]);
    assert!(!push.status.success());
    assert!(
        said(&push).contains("git push --no-verify"),
        "{}",
        said(&push)
    );
}

#[test]
fn a_message_that_git_takes_from_a_file_is_audited_to_its_end() {
    let project = hooked();
    let scissors = "# ------------------------ >8 ------------------------";
    let says =
        "# Do not modify or remove the line above.\n# Everything below it will be ignored.\n";
    for says in ["", says] {
        let text = expand(&format!("x\n\n{scissors}\n{says}NPSSO={{{{npsso}}}}\n"));
        fs::write(project.path("message"), text).expect("it can be written");
        let commit = try_git(
            project.root(),
            &["commit", "-q", "--allow-empty", "-F", "message"],
        );
        assert!(!commit.status.success(), "{}", said(&commit));
    }
}

#[test]
fn the_changes_that_git_shows_below_a_message_are_no_part_of_it() {
    let project = Project::repository();
    project.git(&["config", "user.name", "Ada Example"]);
    project.git(&["config", "user.email", "ada@example.com"]);
    project.commit("bot.env", Some("NPSSO={{npsso}}\n"), "leak");
    assert_eq!(project.run(&["hook", "install"]).code, 0);
    project.write("bot.env", Some("NPSSO=\n"));
    project.git(&["add", "-A"]);
    project.git(&["config", "core.editor", "sed -i 1s/^/remove/"]);
    let commit = try_git(project.root(), &["commit", "-q", "--verbose"]);
    assert!(commit.status.success(), "{}", said(&commit));
}

#[test]
fn a_foreign_hook_stays() {
    let project = Project::repository();
    let hook = project.path(".git/hooks/commit-msg");
    fs::create_dir_all(hook.parent().expect("a folder")).expect("it can be made");
    fs::write(&hook, "#!/bin/sh\nexit 0\n").expect("it can be written");
    let run = project.run(&["hook", "install"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("--message \"$1\""), "{}", run.stderr);
    // Nothing else was installed either.
    assert!(!project.path(".git/hooks/pre-commit").exists());
    assert_eq!(project.run(&["hook", "install", "pre-commit"]).code, 0);
    assert_eq!(project.run(&["hook", "install", "pre-commit"]).code, 0);
    assert_eq!(project.run(&["hook", "uninstall"]).code, 0);
    assert!(!project.path(".git/hooks/pre-commit").exists());
    assert!(hook.exists());
    assert_eq!(project.run(&["hook", "uninstall", "commit-msg"]).code, 2);
}

#[test]
fn a_configured_folder_for_hooks_is_used() {
    let project = Project::repository();
    project.git(&["config", "core.hooksPath", ".githooks"]);
    assert_eq!(project.run(&["hook", "install", "pre-commit"]).code, 0);
    assert!(project.path(".githooks/pre-commit").exists());
    assert!(!project.path(".git/hooks/pre-commit").exists());
    project.write("bot.env", Some(LEAK));
    project.git(&["add", "bot.env"]);
    assert!(
        !try_git(project.root(), &["commit", "-q", "-m", "x"])
            .status
            .success()
    );
    let nowhere = Project::new().run(&["hook", "install"]);
    assert_eq!(nowhere.code, 2);
    assert!(
        nowhere.stderr.contains("no git repository"),
        "{}",
        nowhere.stderr
    );
}

#[test]
fn files_that_are_named_are_audited_as_the_framework_asks() {
    let project = Project::repository();
    project.commit("old.env", Some(LEAK), "old leak");
    project.commit("fine.env", Some("x=1\n"), "fine");
    project.write("new.env", Some("NPSSO={{npsso:new}}\n"));
    project.write("other.env", Some("NPSSO={{npsso:other}}\n"));
    project.git(&["add", "-A"]);
    let places = |arguments: &[&str]| project.audit(arguments).places();
    assert_eq!(places(&["--staged", "new.env"]), ["new.env:1:7 npsso high"]);
    // With --all-files the framework names what is not staged too.
    assert_eq!(
        places(&["--staged", "old.env", "fine.env"]),
        ["old.env:1:7 npsso high"]
    );
    assert_eq!(places(&["--staged", "fine.env"]), Vec::<String>::new());
    project.write("untracked", Some("x\n"));
    let run: Run = project.audit(&["--staged", "untracked"]);
    assert_eq!(run.code, 4, "{}", run.stdout);
}

#[cfg(unix)]
#[test]
fn what_purges_a_history_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let project = Project::repository();
    project.commit(
        "bot.env",
        Some("NPSSO={{npsso}}\npdccws_p={{pdccws_p}}\n"),
        "leak",
    );
    project.commit("bot.env", None, "remove");
    let outside = Project::new();
    let file = outside.path("it's.txt");
    let run = project.run(&["--purge-file", &file.to_string_lossy(), "."]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert!(
        run.stderr.contains("it'\\''s.txt' --replace-message '/"),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("  git push --force --tags origin &&\n"));
    let mode = fs::metadata(&file)
        .expect("it was written")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let text = fs::read_to_string(&file).expect("it can be read");
    assert!(
        text.contains(&expand("literal:{{npsso}}==>")),
        "the NPSSO is in it"
    );
    assert!(
        text.contains(&expand("literal:{{pdccws_p}}==>")),
        "so is the cookie, as it stands there"
    );
    let clean = Project::new().file("a", "x\n");
    let run = clean.run(&["--purge-file", "purge.txt", "."]);
    assert!(!clean.path("purge.txt").exists());
    assert!(!run.stderr.contains("purge.txt"), "{}", run.stderr);
    let clean = clean.file("old.txt", "literal:x==>y\n");
    let run = clean.run(&["--purge-file", "old.txt", "."]);
    assert!(
        run.stderr.contains("old.txt is left as it was"),
        "{}",
        run.stderr
    );
}

#[test]
fn what_purges_a_history_is_not_written_where_it_could_be_committed() {
    let outside = Project::new();
    outside.git(&["init", "-q", "project"]);
    outside.write("project/deep/bot.env", Some(LEAK));
    outside.git(&["init", "-q", "project/deep/inner"]);
    let fix = outside.path("purge.txt").to_string_lossy().into_owned();
    for file in [
        "project/purge.txt",
        "project/deep/purge.txt",
        "project/deep/inner/purge.txt",
        "project/.git/purge.txt",
    ] {
        let run = outside.run(&["--purge-file", file, "project"]);
        assert_eq!(run.code, 2, "{}", run.stderr);
        assert!(run.stderr.contains(&format!("purge file {file}")));
        assert!(
            run.stderr.contains(&format!("--purge-file {fix}")),
            "{}",
            run.stderr
        );
        assert!(!outside.path(file).exists());
    }
    let run = outside.run(&["--purge-file", "purge.txt", "project"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert!(outside.path("purge.txt").exists());
}

#[test]
fn a_refusal_says_what_its_reader_can_do() {
    let project = Project::repository()
        .file("message", "npsso={{npsso}}\n")
        .file("bot.env", LEAK);
    project.git(&["add", "bot.env"]);
    let said = |arguments: &[&str]| project.run(arguments).stdout;
    let message = said(&["--message", "message"]);
    assert!(message.contains("out of the message"), "{message}");
    assert!(!message.contains("git add"), "{message}");
    assert!(message.contains("git commit --no-verify"), "{message}");
    let both = said(&["--staged", "--message", "message"]);
    assert!(both.contains("files and the message"), "{both}");
    // What it names says step by step how to revoke.
    assert!(both.contains("`npsso-audit remedy npsso`"), "{both}");
    let steps = project.run(&["remedy", "npsso"]);
    assert_eq!(steps.code, 0, "{}", steps.stderr);
    assert!(
        steps
            .stdout
            .contains("  1. Sign out of the browser session"),
        "{}",
        steps.stdout
    );
    assert!(steps.stdout.contains("  2. Change the password"));
    assert!(!steps.stdout.contains("pdccws_p"), "{}", steps.stdout);
    let all = project.run(&["remedy"]).stdout;
    assert!(all.contains("a leaked pdccws_p"), "{all}");
    project.write("bot.env", Some("NPSSO={{npsso}}\npdccws_p={{pdccws_p}}\n"));
    project.git(&["add", "bot.env"]);
    let two = said(&["--staged"]);
    assert!(two.contains("`npsso-audit remedy`"), "{two}");
    project.write("bot.env", Some(LEAK));
    project.git(&["add", "bot.env"]);

    let server = Project::new();
    server.git(&["init", "-q", "--bare", "-b", "main"]);
    let run = server.run(&["hook", "install", "pre-receive", "--repository", "."]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let url = server.root().to_string_lossy().into_owned();
    project.git(&["commit", "-q", "-m", "leak"]);
    let push = try_git(project.root(), &["push", "-q", &url, "main"]);
    assert!(!push.status.success());
    let said = self::said(&push);
    assert!(said.contains("git rebase -i"), "{said}");
    assert!(!said.contains("--no-verify"), "{said}");
}

#[test]
fn no_hook_is_installed_where_git_runs_none() {
    let project = Project::repository();
    project.git(&["config", "core.hooksPath", ""]);
    let run = project.run(&["hook", "install"]);
    assert_eq!(run.code, 2, "{}", run.stdout);
    assert!(run.stderr.contains("core.hooksPath"), "{}", run.stderr);
    assert!(!project.path(".git/hooks/pre-commit").exists());
}

#[test]
fn a_hook_whose_program_is_gone_says_how_to_go_on() {
    let project = hooked();
    let hook = project.path(".git/hooks/pre-commit");
    let script = fs::read_to_string(&hook).expect("it is installed");
    let gone = script.replace(&program(), "/nowhere/npsso-audit");
    assert_ne!(gone, script);
    fs::write(&hook, gone).expect("it can be written");
    let commit = try_git(
        project.root(),
        &["commit", "-q", "--allow-empty", "-m", "x"],
    );
    assert!(!commit.status.success());
    let said = said(&commit);
    assert!(said.contains("rm '.git/hooks/pre-commit'"), "{said}");
    assert_eq!(said.lines().count(), 2, "{said}");
}

#[test]
fn hooks_can_know_a_baseline() {
    let project = Project::repository();
    project.git(&["config", "user.name", "Ada Example"]);
    project.git(&["config", "user.email", "ada@example.com"]);
    project.write("it's.env", Some("NPSSO={{npsso}}\n"));
    let create = ["baseline", "create", "it's known.txt", "it's.env"];
    assert_eq!(project.run(&create).code, 0);
    let install = ["hook", "install", "--baseline", "it's known.txt"];
    assert_eq!(project.run(&install).code, 0);
    project.git(&["add", "-A"]);
    let output = try_git(project.root(), &["commit", "-qm", "old"]);
    assert!(output.status.success(), "{}", said(&output));
    project.write("b.env", Some("NPSSO={{npsso:b}}\n"));
    project.git(&["add", "-A"]);
    let output = try_git(project.root(), &["commit", "-qm", "new"]);
    assert!(!output.status.success(), "{}", said(&output));
}

#[test]
fn a_bare_repository_gets_the_hook_of_a_server() {
    let project = Project::new();
    project.git(&["init", "-q", "--bare", "server.git"]);
    let run = project.run(&["hook", "install", "--repository", "server.git"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(project.path("server.git/hooks/pre-receive").exists());
    assert!(!project.path("server.git/hooks/pre-commit").exists());
}
