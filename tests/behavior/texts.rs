//! What people read, as a whole: reports, errors and help. A change of any of it shows in
//! a file of `snapshots/`, which is read as carefully as code.
//!
//! `INSTA_UPDATE=always cargo test --test behavior texts` writes these files anew.

use insta::assert_snapshot;
use regex::Regex;

use crate::support::{Project, Run};

/// What is typed and what is answered, one after the other.
fn session(project: &Project, typed: &[&[&str]]) -> String {
    let answers = typed.iter().map(|arguments| {
        let run = project
            .command(arguments)
            // How old something is counts from here.
            .env("SOURCE_DATE_EPOCH", "1767500000")
            .output();
        let run = Run::of(run);
        let line = arguments.join(" ");
        format!(
            "$ npsso-audit {line}\n{}{}[exit code {}]\n",
            run.stdout, run.stderr, run.code
        )
    });
    let text = answers.collect::<Vec<_>>().join("\n");
    // Nothing here has the shape of a secret, not even what a rule shows as none.
    let long = Regex::new("([0-9A-Za-z]{8})[0-9A-Za-z]{32,}").expect("it is one");
    long.replace_all(&text, "$1…").into_owned()
}

/// Two secrets in three places.
fn project() -> Project {
    Project::new()
        .file(
            "bot/.env",
            "NPSSO={{npsso:alice}}\nPSN_COOKIE={{pdccws_p:alice}}\n",
        )
        .file("log/ü #1.log", "Cookie: npsso={{npsso:alice}}\n")
}

#[test]
fn a_clean_audit_says_so_in_one_line() {
    let project = Project::new().file("a.txt", "hello\n");
    assert_snapshot!(session(&project, &[&["."], &["-q", "."]]));
}

#[test]
fn the_report_of_a_leak() {
    assert_snapshot!(session(&project(), &[&["."]]));
}

#[test]
fn the_report_of_a_leak_in_every_length() {
    assert_snapshot!(session(&project(), &[&["-q", "."], &["-vv", "."]]));
}

#[test]
fn the_report_of_a_leak_in_a_history() {
    let project = Project::repository();
    project.commit("bot.env", Some("NPSSO={{npsso}}\n"), "leak");
    project.commit("bot.env", None, "remove");
    project.commit("new.env", Some("NPSSO={{npsso:new}}\n"), "again");
    let report = session(&project, &[&["."], &["--show-authors", "-q", "."]]);
    // How many files a repository begins with is up to git.
    let count = Regex::new(r"\d+ inputs \([^)]*\)").expect("it is one");
    assert_snapshot!(count.replace_all(&report, "N inputs (SIZE)"));
}

#[test]
fn the_report_of_what_is_about_to_be_committed() {
    let project = Project::repository();
    project.write("bot.env", Some("NPSSO={{npsso}}\n"));
    project.git(&["add", "bot.env"]);
    assert_snapshot!(session(&project, &[&["--staged"]]));
}

#[test]
fn the_report_of_what_could_not_be_read() {
    let project = Project::new()
        .file("a.txt", "hello\n")
        .bytes("b.zip", b"PK\x03\x04\x14\0\x01\0\0\0\0\0\0\0\0\0\0\0\x08\0\0\0\x08\0\0\0\x05\0\0\0b.txtnothing.")
        .bytes("c.gz", b"\x1f\x8b\x08\0\0\0\0\0\0\x03nothing that can be unpacked");
    assert_snapshot!(session(
        &project,
        &[&["."], &["--strict", "."], &["a.txt", "none.txt"]]
    ));
}

#[test]
fn the_report_of_what_is_known() {
    let project = project().file(
        ".npsso-audit.toml",
        "[[allow]]\npaths = [\"log/\"]\nreason = \"an old log\"\n\n[[allow]]\npaths = [\"none/\"]\nreason = \"nothing\"\n",
    );
    assert_snapshot!(session(
        &project,
        &[
            &["-q", "."],
            &["baseline", "create", "known.txt", "."],
            &[".", "--baseline", "known.txt"],
            &["baseline", "check", "known.txt", "."],
        ]
    ));
}

#[test]
fn what_a_secret_gives_away_and_what_to_do() {
    let project = Project::new();
    let typed: [&[&str]; 4] = [
        &["exposure", "npsso"],
        &["exposure", "pdccws_p"],
        &["remedy", "npsso"],
        &["remedy", "pdccws_p"],
    ];
    assert_snapshot!(session(&project, &typed));
}

#[test]
fn the_rules() {
    let project = Project::new();
    let typed: [&[&str]; 3] = [
        &["rules"],
        &["rules", "show", "npsso-named"],
        &["rules", "check"],
    ];
    assert_snapshot!(session(&project, &typed));
}

#[test]
fn errors_say_what_to_type() {
    let project = project()
        .file("wrong.toml", "format = \"xml\"\n")
        .file("rules.toml", "[[rule]]\nid = \"x\"\n")
        .file("known.txt", "no fingerprint\n");
    let typed: [&[&str]; 19] = [
        &["--no-such-option"],
        &["--json", "."],
        &["scan", "."],
        &["rule"],
        &["none.txt"],
        &["https://github.com/someone/bot"],
        &["--format", "xml", "."],
        &["--report", "xml=out.xml", "."],
        &["--report", "json", "."],
        &["--max-memory", "much", "."],
        &["--threads", "0", "."],
        &["--staged", "--range", "A..B"],
        &["--staged"],
        &["--ci"],
        &["--fail-on", "live", "."],
        &["--config", "wrong.toml", "."],
        &["--rules", "rules.toml", "."],
        &["--baseline", "known.txt", "."],
        &["allow", "v1:12", "--reason", "short"],
    ];
    assert_snapshot!(session(&project, &typed));
}

#[test]
fn help() {
    assert_snapshot!(session(&Project::new(), &[&["--help"]]));
}

#[test]
fn help_in_short() {
    assert_snapshot!(session(&Project::new(), &[&["-h"]]));
}

#[test]
fn help_with_the_commands() {
    let project = Project::new();
    let typed: [&[&str]; 12] = [
        &["rules", "--help"],
        &["rules", "check", "--help"],
        &["rules", "show", "--help"],
        &["hook", "--help"],
        &["hook", "install", "--help"],
        &["hook", "uninstall", "--help"],
        &["allow", "--help"],
        &["baseline", "--help"],
        &["baseline", "create", "-h"],
        &["config", "--help"],
        &["exposure", "--help"],
        &["remedy", "--help"],
    ];
    assert_snapshot!(session(&project, &typed));
}
