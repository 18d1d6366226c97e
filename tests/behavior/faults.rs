//! Faults of the surroundings: threads that cannot be started, few open files, streams
//! that are closed, pipes that nobody reads, files that are mostly holes.

#![cfg(unix)]

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::MetadataExt;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use crate::support::{Project, Run, clean, expand, program};

/// What a run came to, unless it waits for ever.
fn finished(child: Child) -> Run {
    let id = child.id().to_string();
    let (done, output) = channel();
    thread::spawn(move || done.send(child.wait_with_output()));
    match output.recv_timeout(Duration::from_secs(120)) {
        Ok(output) => Run::of(output),
        Err(_) => {
            let killed = clean("kill").args(["-KILL", &id]).status();
            panic!("the program does not end; killed: {killed:?}");
        }
    }
}

fn started(command: &mut Command) -> Child {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts")
}

/// Runs a line of shell, in which `$0` is the program.
fn shell(project: &Project, line: &str) -> Run {
    let mut command = clean("sh");
    command
        .args(["-c", line, &program()])
        .current_dir(project.root());
    finished(started(&mut command))
}

fn mkfifo(project: &Project, name: &str) {
    let made = clean("mkfifo").arg(project.path(name)).status();
    assert!(made.expect("mkfifo runs").success());
}

/// A file with texts at places, and nothing stored in between. `None` where the file
/// system stores holes too.
fn sparse(project: &Project, name: &str, length: u64, texts: &[(u64, Vec<u8>)]) -> Option<()> {
    let path = project.path(name);
    let folder = path.parent().expect("a file is in a folder");
    fs::create_dir_all(folder).expect("a folder can be made");
    let mut file = File::create(path).expect("a file can be made");
    file.set_len(length).ok()?;
    for (at, text) in texts {
        file.seek(SeekFrom::Start(*at)).expect("a file has places");
        file.write_all(text).expect("a file can be written");
    }
    let stored = file.metadata().expect("it is there").blocks() * 512;
    (stored < length / 2).then_some(())
}

#[cfg(target_os = "linux")]
#[test]
fn holes_of_a_sparse_file_are_not_read() {
    let project = Project::new();
    let text = |name: &str| expand(&format!("\nnpsso={{{{npsso:{name}}}}}\n")).into_bytes();
    // To read so many zeros takes a quarter of an hour.
    let length = 1 << 42;
    let texts = [(length / 2, text("middle")), (length - 100, text("end"))];
    let Some(()) = sparse(&project, "disk.img", length, &texts) else {
        return;
    };
    let run = finished(started(&mut project.command(&["-f", "json", "."])));
    assert_eq!(
        run.places(),
        ["disk.img:2:7 npsso high", "disk.img:4:7 npsso high"]
    );
    let offset = &run.findings()[0]["exposures"][0]["location"]["byte_offset"];
    let at = [length / 2 + 7, length - 93];
    assert!(at.iter().any(|at| offset == at), "{offset}");
    assert_eq!(run.json()["summary"]["bytes"], length, "{}", run.stdout);
}

#[test]
fn a_hole_reads_as_the_zeros_that_it_stands_for() {
    let wide = |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
    let leak = |name: &str| expand(&format!("é x npsso={{{{npsso:{name}}}}} y"));
    let mut project = Project::new();
    let texts = |of: &dyn Fn(&str) -> Vec<u8>| {
        [
            (0, of(&format!("{}\n", leak("first")))),
            (1 << 20, of(&leak("second"))),
            (3 << 20, of(&leak("third"))),
        ]
    };
    for (name, texts) in [
        ("narrow", texts(&|text| text.as_bytes().to_vec())),
        ("wide", texts(&wide)),
    ] {
        let length = (4 << 20) + 2;
        if sparse(&project, &format!("sparse/{name}"), length, &texts).is_none() {
            return;
        }
        let mut bytes = vec![0; length as usize];
        for (at, text) in texts {
            bytes[at as usize..at as usize + text.len()].copy_from_slice(&text);
        }
        project = project.bytes(&format!("dense/{name}"), &bytes);
    }
    let [sparse, dense] = ["sparse", "dense"].map(|folder| {
        let places = project.audit(&[folder]).places();
        let of_file = |place: String| place.replace(folder, "");
        places.into_iter().map(of_file).collect::<Vec<_>>()
    });
    assert_eq!(sparse, dense);
    assert_eq!(sparse.len(), 6, "{sparse:?}");
}

#[test]
fn a_report_to_a_fifo_that_nobody_reads_is_an_error() {
    let project = Project::new().file(".env", "NPSSO={{npsso}}\n");
    mkfifo(&project, "pipe");
    let run = finished(started(&mut project.command(&["-o", "pipe", ".env"])));
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(
        run.stderr.contains("report pipe cannot be written") && run.stderr.contains("its reader"),
        "{}",
        run.stderr
    );
    // The report is not lost.
    assert!(run.stderr.contains("1 secret in 1 place"), "{}", run.stderr);
}

#[cfg(target_os = "linux")]
#[test]
fn a_report_to_a_fifo_waits_for_a_slow_reader() {
    let lines: String = (0..400)
        .map(|number| format!("npsso={{{{npsso:{number}}}}}\n"))
        .collect();
    let project = Project::new().file(".env", &lines);
    mkfifo(&project, "pipe");
    // Who can write to it too can open it without waiting.
    let mut options = OpenOptions::new();
    let options = options.read(true).write(true);
    let mut pipe = options
        .open(project.path("pipe"))
        .expect("it can be opened");
    let mut end = pipe.try_clone().expect("a file can be cloned");
    let reader = thread::spawn(move || {
        thread::sleep(Duration::from_millis(500));
        let mut text = Vec::new();
        let mut piece = [0; 4096];
        while !text.ends_with(b"\0") {
            let count = pipe.read(&mut piece).expect("a pipe can be read");
            text.extend(&piece[..count]);
        }
        text
    });
    let arguments = ["-f", "json", "-o", "pipe", ".env"];
    let run = finished(started(&mut project.command(&arguments)));
    end.write_all(b"\0").expect("a pipe can be written");
    let text = reader.join().expect("the reader ends");
    assert_eq!((run.code, run.stderr.as_str()), (1, ""));
    let report: serde_json::Value =
        serde_json::from_slice(&text[..text.len() - 1]).expect("a whole report");
    assert_eq!(report["findings"].as_array().map(Vec::len), Some(400));
}

/// No thread can have a stack as long as that, so none can be started.
const TOO_LONG: &str = "70368744177664";

#[test]
fn where_no_thread_can_be_started_everything_is_read() {
    let mut project = Project::repository();
    for number in 0..100 {
        project = project.file(&format!("{number}.txt"), &format!("{number}\n"));
    }
    project.commit("old/.env", Some("NPSSO={{npsso:packed}}\n"), "one");
    project.commit("old/.env", None, "two");
    let packed = fs::read_dir(project.path(".git/objects")).map(Iterator::count);
    assert!(packed.expect("it is a folder") > 64);
    let audit = || {
        let mut command = project.command(&["-f", "json", "-j", "4", ".", "-"]);
        let mut child = command
            .env("RUST_MIN_STACK", TOO_LONG)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut stdin = child.stdin.take().expect("standard input is a pipe");
        let line = expand("npsso={{npsso:stdin}}\n");
        // A program that panics reads nothing.
        let _ = stdin.write_all(line.as_bytes());
        drop(stdin);
        finished(child)
    };
    let expected = [
        "<stdin>:1:7 npsso high".to_owned(),
        "old/.env:1:7 npsso high".to_owned(),
    ];
    assert_eq!(audit().places(), expected);
    project.git(&["gc", "-q"]);
    assert_eq!(audit().places(), expected);
}

#[test]
fn many_threads_with_few_open_files_read_everything() {
    let mut project = Project::new();
    for number in 0..400 {
        let name = format!("{}/{}/{number}.env", number % 20, number % 7);
        project = project.file(&name, &format!("NPSSO={{{{npsso:{number}}}}}\n"));
    }
    let run = shell(&project, "ulimit -n 16; exec \"$0\" -j 64 -f json .");
    let skipped = run.json()["skipped"].clone();
    assert_eq!(
        (run.findings().len(), skipped.as_array().map(Vec::len)),
        (400, Some(0)),
        "{skipped}"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn no_file_takes_the_place_of_a_stream_that_is_closed_from_the_start() {
    let lines: String = (0..400)
        .map(|number| format!("npsso={{{{npsso:{number}}}}}\n"))
        .collect();
    let project = Project::new().file(".env", &lines);
    mkfifo(&project, "pipe");
    let mut options = OpenOptions::new();
    let mut pipe = options
        .read(true)
        .write(true)
        .open(project.path("pipe"))
        .expect("it can be opened");
    let mut command = clean("sh");
    let line = "exec \"$0\" -f json -o pipe .env <&- >&- 2>&-";
    command
        .args(["-c", line, &program()])
        .current_dir(project.root());
    let child = started(&mut command);
    let (begun, reading) = channel();
    let (go_on, looked) = channel::<()>();
    thread::spawn(move || {
        let mut piece = [0; 4096];
        while pipe.read(&mut piece).is_ok_and(|count| count > 0) {
            let _ = begun.send(());
            // The report is longer than a pipe, so the program waits.
            let _ = looked.recv();
        }
    });
    let is_begun = reading.recv_timeout(Duration::from_secs(120));
    let streams = [0, 1, 2].map(|stream| {
        let link = fs::read_link(format!("/proc/{}/fd/{stream}", child.id()));
        link.map_or_else(|error| error.to_string(), |to| to.display().to_string())
    });
    drop(go_on);
    let run = finished(child);
    assert!(is_begun.is_ok(), "no report");
    assert_eq!(
        (streams, run.code),
        (["/dev/null"; 3].map(str::to_owned), 1)
    );
}
