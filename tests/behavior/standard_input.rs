//! Standard input is audited as it comes.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use crate::containers::{PRELUDE, python};
use crate::support::{Project, Run, clean, expand};

#[test]
fn standard_input_is_audited() {
    let run = Project::new().audit_stdin(expand("a\nnpsso={{npsso}}\n").as_bytes());
    assert_eq!(
        (run.code, run.places()),
        (1, vec!["<stdin>:2:7 npsso high".to_owned()])
    );
}

#[test]
fn empty_standard_input_is_nothing_audited() {
    let run = Project::new().audit_stdin(b"");
    assert_eq!(run.code, 3);
    assert!(
        run.stderr.contains("standard input was empty"),
        "{}",
        run.stderr
    );
}

/// Runs the program with this on the other end of a pipe that stays open.
fn run_with_pipe(project: &Project, arguments: &[&str], input: &[u8]) -> Run {
    let mut child = project
        .command(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("standard input is a pipe");
    // Whoever reads nothing may have ended.
    let _ = stdin.write_all(input);
    let output = thread::spawn(move || child.wait_with_output());
    let run = Run::of(output.join().expect("the program ends"));
    drop(stdin);
    run
}

#[cfg(unix)]
#[test]
fn what_is_piped_without_a_name_is_an_error_that_says_what_to_type() {
    let project = Project::new().file("a.txt", "hello\n");
    let leak = expand("npsso={{npsso}}\n");
    std::fs::write(project.path("piped"), &leak).expect("a file can be written");
    let file = std::fs::File::open(project.path("piped")).expect("it was written");
    let of_file = Run::of(project.command(&[]).stdin(file).output());
    for run in [run_with_pipe(&project, &[], leak.as_bytes()), of_file] {
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{run:?}");
        for what in ["`npsso-audit -`", "`npsso-audit .`"] {
            assert!(run.stderr.contains(what), "{run:?}");
        }
    }
    // Whoever says what to audit gets it.
    let run = run_with_pipe(&project, &["a.txt"], leak.as_bytes());
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
}

#[cfg(unix)]
#[test]
fn a_standard_input_that_nobody_meant_is_none() {
    let project = Project::new().file("a.txt", "hello\n");
    let run = project.run(&[]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    // A hook, a timer, a runner: a pipe that is open and never says anything
    let run = run_with_pipe(&project, &[], b"");
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stderr.contains("nothing came"), "{run:?}");
    // Nobody pipes into a socket.
    let (ours, theirs) = std::os::unix::net::UnixStream::pair().expect("a pair of sockets");
    (&ours).write_all(b"hello\n").expect("it takes that");
    let theirs = std::os::fd::OwnedFd::from(theirs);
    let run = Run::of(project.command(&[]).stdin(theirs).output());
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{run:?}");
    // A file that was read to its end already
    let mut file = std::fs::File::open(project.path("a.txt")).expect("it was written");
    std::io::copy(&mut file, &mut std::io::sink()).expect("it can be read");
    let run = Run::of(project.command(&[]).stdin(file).output());
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{run:?}");
}

#[test]
fn a_finding_in_an_endless_log_shows_at_once() {
    let project = Project::new();
    let mut child = project
        .command(&["-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("standard input is a pipe");
    let stdout = child.stdout.take().expect("standard output is a pipe");
    stdin
        .write_all(expand("boot\nnpsso={{npsso}}\n").as_bytes())
        .expect("the program reads");
    let (line, lines) = channel();
    let reader = thread::spawn(move || {
        BufReader::new(stdout)
            .lines()
            .map_while(Result::ok)
            .for_each(|l| drop(line.send(l)))
    });
    let first = lines
        .recv_timeout(Duration::from_secs(20))
        .expect("a finding shows while the input is open");
    assert!(first.contains("<stdin>:2:7"), "{first}");
    drop(stdin);
    let code = child.wait().expect("the program ends").code();
    reader.join().expect("the reader ends");
    assert_eq!(code, Some(1));
    let rest: Vec<String> = lines.try_iter().collect();
    assert!(
        rest.iter().any(|line| line.contains("1 secret in 1 place")),
        "{rest:?}"
    );
}

/// What shows on standard output while the input is open, once all pieces were written.
fn shown_while_open(pieces: &[&str]) -> Vec<String> {
    let project = Project::new();
    let mut child = project
        .command(&["-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("standard input is a pipe");
    let stdout = child.stdout.take().expect("standard output is a pipe");
    let (line, lines) = channel();
    let reader = thread::spawn(move || {
        BufReader::new(stdout)
            .lines()
            .map_while(Result::ok)
            .for_each(|l| drop(line.send(l)))
    });
    for piece in pieces {
        stdin
            .write_all(expand(piece).as_bytes())
            .expect("the program reads");
        thread::sleep(Duration::from_millis(500));
    }
    let shown: Vec<String> = lines
        .recv_timeout(Duration::from_secs(20))
        .into_iter()
        .collect();
    drop(stdin);
    child.wait().expect("the program ends");
    reader.join().expect("the reader ends");
    shown
}

#[test]
fn what_came_before_the_first_pause_shows_too() {
    let backlog = format!(
        "npsso={{{{npsso}}}}\n{}",
        "an old line of the log\n".repeat(40_000)
    );
    let shown = shown_while_open(&[&backlog]);
    assert!(
        shown.iter().any(|line| line.contains("<stdin>:1:7")),
        "{shown:?}"
    );
}

#[test]
fn a_line_that_never_ends_shows_what_it_has() {
    let shown = shown_while_open(&["GET /a?npsso={{npsso}}&b=", "1&c=", "2&d="]);
    assert!(
        shown.iter().any(|line| line.contains("<stdin>:1:14")),
        "{shown:?}"
    );
}

#[test]
fn a_name_that_comes_later_makes_a_value_a_finding() {
    let shown = shown_while_open(&["{\"value\":\"{{npsso}}\",", "\"name\":\"npsso\"}\n"]);
    assert!(
        shown.iter().any(|line| line.contains("<stdin>:1:11")),
        "{shown:?}"
    );
}

#[test]
fn a_container_that_comes_late_and_in_pieces_is_opened() {
    let project = Project::new();
    python(
        &project,
        &format!("{PRELUDE}\nsave('a.gz', gzip.compress(LEAK))"),
    );
    let archive = std::fs::read(project.path("a.gz")).expect("it was made");
    let mut child = project
        .command(&["-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("standard input is a pipe");
    for piece in [&archive[..5], &archive[5..]] {
        // Longer than a pause after which a log shows what it has.
        thread::sleep(Duration::from_millis(400));
        stdin.write_all(piece).expect("the program reads");
    }
    drop(stdin);
    let output = child.wait_with_output().expect("the program ends");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).contains("<stdin>:2:7"));
}

#[cfg(unix)]
#[test]
fn an_interrupt_before_any_input_is_incomplete() {
    let project = Project::new();
    let mut child = project
        .command(&["-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("the program starts");
    thread::sleep(Duration::from_millis(500));
    let killed = clean("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(killed.expect("kill runs").success());
    assert_eq!(child.wait().expect("the program ends").code(), Some(4));
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_an_endless_log_and_says_that_the_audit_is_incomplete() {
    let project = Project::new();
    let mut child = project
        .command(&["-f", "json", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("standard input is a pipe");
    stdin
        .write_all(b"nothing here\n")
        .expect("the program reads");
    thread::sleep(Duration::from_millis(500));
    let killed = clean("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(killed.expect("kill runs").success());
    let output = child.wait_with_output().expect("the program ends");
    drop(stdin);
    assert_eq!(output.status.code(), Some(4));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("a whole report");
    assert_eq!(
        report["skipped"][0]["reason"].as_str(),
        Some("interrupted"),
        "{report}"
    );
}
