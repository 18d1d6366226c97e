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
fn the_version_is_there() {
    let version = Project::new().run(&["--version"]).stdout;
    let own = env!("CARGO_PKG_VERSION");
    assert_eq!(version, format!("npsso-audit {own}\n"));
}

#[test]
fn what_looks_like_a_mistake_is_answered_with_what_to_type() {
    let project = Project::new().file("src/a.txt", "hello\n");
    let mut mistakes: Vec<(&[&str], &str)> = vec![
        (&["scan", "."], "type `npsso-audit .`"),
        (&["detect"], "type `npsso-audit .`"),
        (&["check", "src"], "type `npsso-audit src`"),
        (&["hooks", "install"], "type `npsso-audit hook`"),
        (&["--json"], "type `-f json`"),
        (
            &["--no-config", "baseline", "create", "x"],
            "a command comes first, and its options behind it: `npsso-audit baseline",
        ),
        (
            &["-q", "allow", "v1:0123456789ab", "--reason", "r"],
            "a command comes first: `npsso-audit allow",
        ),
        (&["--sarif", "."], "type `-f sarif`"),
        (&["--no-git", "."], "type `--no-history`"),
        (&["--source", "."], "`npsso-audit PATH`"),
        (&["--scan", "."], "type `npsso-audit PATH`"),
        (
            &["https://github.com/someone/bot"],
            "nothing is downloaded; `git clone` it, then type `npsso-audit FOLDER`",
        ),
        (&["git@github.com:someone/bot.git"], "nothing is downloaded"),
        (&["file:///var/log"], "`npsso-audit /var/log`"),
        (&["~/bot"], "in quotes; leave the quotes out"),
        (&["$HOME/bot"], "in quotes; leave the quotes out"),
        (&["*.env"], "pattern"),
        (&["—staged"], "type `--staged`"),
    ];
    if cfg!(unix) {
        mistakes.push((&["C:\\Users\\me"], "`/mnt/c/Users/me`"));
        mistakes.push((&["src\\a.txt"], "`npsso-audit src/a.txt`"));
    }
    for (arguments, answer) in mistakes {
        let run = project.run(arguments);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(run.stderr.contains(answer), "{arguments:?}: {run:?}");
        assert_eq!(run.stderr.lines().count(), 1, "{arguments:?}: {run:?}");
    }
    // What is there is what was meant.
    let project = project
        .file("scan", "hello\n")
        .file("~/a.txt", "hello\n")
        .file("src/[a].env", "hello\n");
    for arguments in [&["scan", "."][..], &["~/a.txt"], &["src/[a].env"]] {
        assert_eq!(project.run(arguments).code, 0, "{arguments:?}");
    }
}

#[test]
fn a_file_that_is_named_like_a_command_is_mentioned() {
    let project = Project::new()
        .file("rules", "hello\n")
        .file("exposure/a.txt", "hello\n");
    for (name, what) in [("rules", "file"), ("exposure", "folder")] {
        let run = project.run(&[name]);
        let said =
            format!("a {what} `{name}` is here, too; to audit it, type `npsso-audit ./{name}`");
        assert_eq!(run.code, 0);
        assert!(run.stderr.contains(&said), "{run:?}");
    }
    let run = project.run(&["rules", "exposure"]);
    assert!(run.stderr.contains("`npsso-audit ./rules`"), "{run:?}");
    assert_eq!(project.run(&["remedy"]).stderr, "");
    assert_eq!(project.run(&["rules", "check"]).stderr, "");
}

#[test]
fn what_is_not_there_is_said_once() {
    let project = Project::new().file("a.txt", "hello\n");
    let run = project.run(&["nowhere", "a.txt/b", "elsewhere"]);
    assert_eq!((run.code, run.stdout.as_str()), (3, ""));
    assert_eq!(
        run.stderr,
        "npsso-audit: error: nothing was audited: a.txt/b, elsewhere, nowhere: \
         no such file or folder; check the spelling\n"
    );
    let run = project.run(&["nowhere", "a.txt"]);
    let both = run.stdout + &run.stderr;
    assert_eq!(both.matches("nowhere").count(), 1, "{both}");
    assert!(!both.contains("os error"), "{both}");
}
