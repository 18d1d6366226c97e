//! Real git repositories, made by git itself.

use super::{Project, Run, clean, expand};
use std::path::Path;

impl Project {
    /// An empty repository with a branch `main`.
    pub fn repository() -> Project {
        let project = Project::new();
        project.git(&["init", "-q", "-b", "main"]);
        project
    }

    /// Runs git in this folder and gives what it prints.
    pub fn git(&self, arguments: &[&str]) -> String {
        git(self.root(), arguments)
    }

    /// Writes a file, or removes it when there is no text, and commits.
    pub fn commit(&self, path: &str, text: Option<&str>, message: &str) -> String {
        self.write(path, text);
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", &expand(message)]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// Writes a file, or removes it when there is no text.
    pub fn write(&self, path: &str, text: Option<&str>) {
        let path = self.path(path);
        match text {
            Some(text) => {
                let folder = path.parent().expect("a file is in a folder");
                std::fs::create_dir_all(folder).expect("a folder can be made");
                std::fs::write(path, expand(text)).expect("a file can be written");
            }
            None => std::fs::remove_file(path).expect("the file is there"),
        }
    }
}

/// Runs git in a folder, for a person whose own settings do not matter.
pub fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = clean("git")
        .args(arguments)
        .current_dir(folder)
        .env("GIT_AUTHOR_NAME", "Ada Example")
        .env("GIT_AUTHOR_EMAIL", "ada@example.com")
        .env("GIT_AUTHOR_DATE", "2026-01-02T03:04:05+01:00")
        .env("GIT_COMMITTER_NAME", "Ada Example")
        .env("GIT_COMMITTER_EMAIL", "ada@example.com")
        .env("GIT_COMMITTER_DATE", "2026-01-02T03:04:05+01:00")
        .env("GIT_ALLOW_PROTOCOL", "file")
        .output()
        .expect("git is installed");
    assert!(
        output.status.success(),
        "git {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

impl Run {
    /// The places of the one finding that there is.
    pub fn exposures(&self) -> Vec<serde_json::Value> {
        let findings = self.findings();
        assert_eq!(findings.len(), 1, "{:?}", self.places());
        findings[0]["exposures"]
            .as_array()
            .expect("exposures are a list")
            .clone()
    }
}
