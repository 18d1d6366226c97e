//! The message of a commit that is about to be made, as a `commit-msg` hook gets it.

use std::io::{self, Cursor};
use std::path::PathBuf;

use super::files::skipped;
use super::{Hire, ReadFeed, Source, regular};
use crate::model::blob::Provenance;

/// The longest message that is read.
const LONGEST: u64 = 64 << 20;

/// A file with a commit message.
#[derive(Debug)]
pub struct Message {
    /// The file.
    pub file: PathBuf,
}

impl Source for Message {
    fn drive(&self, hire: &Hire<'_>) {
        let mut worker = hire();
        match regular::read(&self.file, LONGEST) {
            Ok(Some(text)) => {
                let message = if is_final() { &text } else { kept(&text) };
                let mut feed = ReadFeed::new(Cursor::new(message));
                worker.audit(Provenance::File(self.file.clone()), &mut feed);
            }
            Ok(None) => {
                let error = io::Error::from(io::ErrorKind::NotFound);
                worker.skip(skipped(&self.file, &error));
            }
            Err(why) => worker.skip(why),
        }
    }
}

/// What git will keep of a message that somebody may have edited: the text above
/// the line below which `git commit --verbose` shows the changes, removed lines
/// too. It starts with what is configured, and so do the two sentences that git
/// puts below it, in the user's language. Without them somebody else wrote the
/// line, and git keeps what follows.
fn kept(text: &[u8]) -> &[u8] {
    const SCISSORS: &[u8] = b" ------------------------ >8 ------------------------";
    let mut start = 0;
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let end = start + line.len();
        if let Some(comment) = line.trim_ascii_end().strip_suffix(SCISSORS) {
            let explained = text[end..]
                .split(|byte| *byte == b'\n')
                .take(2)
                .filter(|line| is_comment(line, comment))
                .count();
            if !comment.is_empty() && explained == 2 {
                return &text[..start];
            }
        }
        start = end;
    }
    text
}

fn is_comment(line: &[u8], comment: &[u8]) -> bool {
    let said = line.strip_prefix(comment);
    said.and_then(|said| said.strip_prefix(b" "))
        .is_some_and(|said| !said.trim_ascii().is_empty())
}

/// Whether git lets nobody edit the message, as with `-m` and `-F`: then it adds
/// nothing to it, and cuts nothing off. It tells hooks by an editor that does nothing.
fn is_final() -> bool {
    std::env::var_os("GIT_EDITOR").is_some_and(|editor| editor == ":")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_git_cuts_off_is_no_message() {
        let scissors = "------------------------ >8 ------------------------";
        let says =
            "# Do not modify or remove the line above.\n# Everything below it will be ignored.\n";
        let text = format!("subject\n\nbody\n# {scissors}\n{says}-removed\n");
        assert_eq!(kept(text.as_bytes()), b"subject\n\nbody\n");
        let german = format!("x\n;; {scissors}\n;; Nicht.\n;; Alles.\ndiff --git a b\n");
        assert_eq!(kept(german.as_bytes()), b"x\n");
        for whole in [
            "subject".to_owned(),
            format!("see this: {scissors} there\n"),
            format!("x\n\n# {scissors}\nbody\n"),
            format!("x\n\n# {scissors}\n# one line\nbody\n"),
            format!("x\n\n {scissors}\n# Do not\n# modify\n"),
        ] {
            assert_eq!(kept(whole.as_bytes()), whole.as_bytes());
        }
    }
}
