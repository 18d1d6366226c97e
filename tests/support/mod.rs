//! Runs the program on a folder made for one test, as its user would.

pub mod git;
pub mod grammar;
pub mod issuer;
pub mod sarif_schema;

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

pub use npsso_audit::expand;

/// A folder with files, in which the program is run.
pub struct Project {
    folder: TempDir,
}

/// What a run of the program left behind.
#[derive(Debug)]
pub struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// The program that is tested: that of the tests, or the one that `NPSSO_AUDIT_PROGRAM`
/// names. What tests need beside it can turn on parts of crates that it is built without.
pub fn program() -> String {
    let named = env::var("NPSSO_AUDIT_PROGRAM");
    named.unwrap_or_else(|_| env!("CARGO_BIN_EXE_npsso-audit").to_owned())
}

/// A program that is about to run with none of the variables of who runs the tests but
/// those that say where programs are. Nobody has a home, so nobody has preferences.
pub fn clean(program: impl AsRef<OsStr>) -> Command {
    /// The second one is needed by programs on Windows.
    const KEPT: [&str; 2] = ["PATH", "SystemRoot"];
    let mut command = Command::new(program);
    let kept = KEPT.map(|name| (name, env::var_os(name)));
    let kept = kept
        .iter()
        .filter_map(|(name, value)| Some((name, value.as_ref()?)));
    command
        .env_clear()
        .envs(kept)
        .env("HOME", "/nowhere")
        .env("GIT_CONFIG_NOSYSTEM", "1");
    command
}

impl Project {
    pub fn new() -> Project {
        Project {
            folder: TempDir::new().expect("a temporary folder can be made"),
        }
    }

    /// Adds a file; `{{npsso:name}}` and the like in its text become synthetic secrets.
    pub fn file(self, path: &str, text: &str) -> Project {
        self.bytes(path, expand(text).as_bytes())
    }

    /// Adds a file with these bytes.
    pub fn bytes(self, path: &str, bytes: &[u8]) -> Project {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a file is in a folder"))
            .expect("a folder can be made");
        fs::write(path, bytes).expect("a file can be written");
        self
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    /// The program, about to run in this folder.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = clean(program());
        command.args(arguments).current_dir(self.root());
        command
    }

    /// Runs the program in this folder.
    pub fn run(&self, arguments: &[&str]) -> Run {
        Run::of(self.command(arguments).stdin(Stdio::null()).output())
    }

    /// Runs the program with a JSON report on standard output.
    pub fn audit(&self, arguments: &[&str]) -> Run {
        let mut all = vec!["-f", "json"];
        all.extend(arguments);
        self.run(&all)
    }

    /// Runs the program with a JSON report and this standard input.
    pub fn audit_stdin(&self, input: &[u8]) -> Run {
        self.audit_stdin_with(&[], input)
    }

    /// The same with more arguments.
    pub fn audit_stdin_with(&self, arguments: &[&str], input: &[u8]) -> Run {
        self.audit_fed(&[&["-"], arguments].concat(), input)
    }

    /// Runs the program with a JSON report, and gives it all of this on standard input.
    pub fn audit_fed(&self, arguments: &[&str], input: &[u8]) -> Run {
        let mut child = self
            .command(&[&["-f", "json"], arguments].concat())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut stdin = child.stdin.take().expect("standard input is a pipe");
        let input = input.to_vec();
        let writer = std::thread::spawn(move || stdin.write_all(&input));
        let run = Run::of(child.wait_with_output());
        writer
            .join()
            .expect("the writer ends")
            .expect("the program reads all of its input");
        run
    }
}

impl Run {
    pub fn of(output: std::io::Result<Output>) -> Run {
        let output = output.expect("the program starts");
        Run {
            code: output.status.code().expect("the program is not killed"),
            stdout: String::from_utf8(output.stdout).expect("output is UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("errors are UTF-8"),
        }
    }

    /// The JSON report.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("no JSON ({error}): {}\n{}", self.stdout, self.stderr))
    }

    /// The findings of the JSON report.
    pub fn findings(&self) -> Vec<Value> {
        self.json()["findings"]
            .as_array()
            .expect("findings are a list")
            .clone()
    }

    /// Every place of every finding as `path:line:column kind confidence`.
    pub fn places(&self) -> Vec<String> {
        let mut places: Vec<String> = self
            .findings()
            .iter()
            .flat_map(|finding| {
                let kind = finding["kind"]
                    .as_str()
                    .expect("a finding has a kind")
                    .to_owned();
                let exposures = finding["exposures"]
                    .as_array()
                    .expect("a finding has exposures")
                    .clone();
                exposures.into_iter().map(move |exposure| {
                    let location = &exposure["location"];
                    format!(
                        "{}:{}:{} {kind} {}",
                        exposure["path"].as_str().expect("a path"),
                        location["line"],
                        location["column"],
                        exposure["confidence"].as_str().expect("a confidence"),
                    )
                })
            })
            .collect();
        places.sort();
        places
    }
}
