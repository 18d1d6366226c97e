//! The message of a commit that is about to be made, as a `commit-msg` hook gets it.

use std::fs;
use std::io::Cursor;
use std::path::PathBuf;

use super::files::skipped;
use super::{Hire, ReadFeed, Source};
use crate::blob::Provenance;

/// A file with a commit message.
#[derive(Debug)]
pub struct Message {
    /// The file.
    pub file: PathBuf,
}

impl Source for Message {
    fn drive(&self, hire: &Hire<'_>) {
        let mut worker = hire();
        match fs::read(&self.file) {
            Ok(text) => {
                let mut feed = ReadFeed::new(Cursor::new(message(&text)));
                worker.audit(Provenance::File(self.file.clone()), &mut feed);
            }
            Err(error) => worker.skip(skipped(&self.file, &error)),
        }
    }
}

/// The text above the line below which `git commit --verbose` shows the changes,
/// removed lines too. What it starts with can be configured.
fn message(text: &[u8]) -> &[u8] {
    const SCISSORS: &[u8] = b" ------------------------ >8 ------------------------";
    let mut start = 0;
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let bare = line.trim_ascii_end();
        if bare.ends_with(SCISSORS) && bare.len() <= SCISSORS.len() + 4 {
            return &text[..start];
        }
        start += line.len();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_git_cuts_off_is_no_message() {
        let scissors = "------------------------ >8 ------------------------";
        let text = format!("subject\n\nbody\n# {scissors}\n-removed\n");
        assert_eq!(message(text.as_bytes()), b"subject\n\nbody\n");
        assert_eq!(message(b"subject"), b"subject");
        let quoted = format!("see this: {scissors} there\n");
        assert_eq!(message(quoted.as_bytes()), quoted.as_bytes());
    }
}
