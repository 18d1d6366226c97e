//! What stands in the environment of who runs the tests reaches none of them.

use std::env;
use std::process::Command;

use crate::support::{Project, clean};

/// What would change what the program, git and the tests' own tools do.
const VARIABLES: [(&str, &str); 12] = [
    ("CI", "true"),
    ("GITHUB_ACTIONS", "true"),
    ("GITLAB_CI", "true"),
    ("COLUMNS", "60"),
    ("GIT_DIR", "/nowhere"),
    ("GIT_EDITOR", ":"),
    ("HTTPS_PROXY", "gopher://x"),
    ("NO_COLOR", "1"),
    ("NPSSO_AUDIT_VERIFY", "1"),
    ("RUST_BACKTRACE", "1"),
    ("SOURCE_DATE_EPOCH", "1"),
    ("TERM", "dumb"),
];

#[test]
fn no_variable_of_who_runs_the_tests_reaches_a_program() {
    let folder = Project::new().file("npsso-audit/config.toml", "format = \"json\"\n");
    let this = env::current_exe().expect("a test knows where it is");
    let inner = [
        "--ignored",
        "--exact",
        "environment::what_reaches_a_program_is_clean",
    ];
    let output = Command::new(this)
        .args(inner)
        .envs(VARIABLES)
        .env("HOME", folder.root())
        .env("XDG_CONFIG_HOME", folder.root())
        .output()
        .expect("the tests start");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("1 passed"), "{said}");
}

#[test]
#[ignore = "the test above runs it with variables that change much"]
fn what_reaches_a_program_is_clean() {
    let (name, value) = VARIABLES[0];
    assert_eq!(env::var(name).as_deref(), Ok(value), "it was not run so");
    let project = Project::repository();
    project.commit("a.env", Some("NPSSO={{npsso}}\n"), "leak");
    // Preferences would make it JSON, a CI system would name commits, colours would be left out.
    let run = project.run(&["--color", "always", "."]);
    assert!(run.stdout.contains("\u{1b}["), "{}", run.stdout);
    let run = project.run(&["--ci", "."]);
    assert!(run.stderr.contains("this is no CI run"), "{}", run.stderr);
    if cfg!(unix) {
        let output = clean("env").output().expect("it is on every system");
        let output = String::from_utf8_lossy(&output.stdout);
        let names = output.lines().filter_map(|line| line.split_once('='));
        let mut names: Vec<&str> = names.map(|(name, _)| name).collect();
        names.sort_unstable();
        assert_eq!(names, ["GIT_CONFIG_NOSYSTEM", "HOME", "PATH"]);
    }
}
