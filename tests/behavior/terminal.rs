//! Manners on a terminal: colour, closed pipes, harmless names.

use std::process::Stdio;

use crate::support::{Project, Run};

#[test]
fn colour_is_used_only_when_asked_for_in_a_pipe() {
    let project = Project::new().file(".env", "NPSSO={{npsso}}\n");
    assert!(!project.run(&["."]).stdout.contains('\u{1b}'));
    assert!(
        project
            .run(&["--color", "always", "."])
            .stdout
            .contains('\u{1b}')
    );
    assert!(
        !project
            .run(&["--color", "never", "."])
            .stdout
            .contains('\u{1b}')
    );
}

#[cfg(unix)]
#[test]
fn escape_codes_in_names_are_made_harmless() {
    let project = Project::new().file("a\u{1b}[2Jb\u{202e}c\nd.env", "NPSSO={{npsso}}\n");
    let run = project.run(&["."]);
    assert_eq!(run.code, 1);
    assert!(
        !run.stdout.contains(['\u{1b}', '\u{202e}']),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout.contains("\\x1b")
            && run.stdout.contains("\\u{202e}")
            && run.stdout.contains("\\n"),
        "{}",
        run.stdout
    );
    let run = project.run(&["missing\u{1b}[2J"]);
    assert!(!run.stderr.contains('\u{1b}'), "{}", run.stderr);
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_is_no_error() {
    let mut project = Project::new();
    for n in 0..300 {
        project = project.file(&format!("{n}.env"), &format!("NPSSO={{{{npsso:{n}}}}}\n"));
    }
    let mut child = project
        .command(&["-v", "."])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    drop(child.stdout.take());
    let run = Run::of(child.wait_with_output());
    assert_eq!((run.code, run.stderr.as_str()), (1, ""));
}

#[test]
fn help_and_version_are_there() {
    let project = Project::new();
    let help = project.run(&["--help"]);
    assert_eq!(help.code, 0);
    assert!(
        help.stdout.contains("Examples:") && help.stdout.contains("Exit codes:"),
        "{}",
        help.stdout
    );
    assert!(
        project
            .run(&["--version"])
            .stdout
            .starts_with("npsso-audit ")
    );
    assert_eq!(project.run(&["--no-such-option"]).code, 2);
}
