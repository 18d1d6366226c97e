//! Tables of the refs of git repositories.
//!
//! In a repository that keeps its refs in files, names and reflogs are texts, and
//! are read as such. Here they are what the members are made of.

use std::fmt::Write as _;
use std::ops::ControlFlow;

use super::reftable_table::{Entry, Table, Value};
use crate::container::bytes::Entries;
use crate::container::entry::{Container, Opens, Tells};
use crate::container::{Limits, Members, ReadSeek};

pub use super::reftable_table::is;

/// A text is handed over in parts of about this size.
const PART: usize = 1 << 20;

/// Refs of a git repository, with their reflogs.
pub const CONTAINER: Container = Container {
    id: "reftable",
    tells: Tells::Head(is),
    opens: Opens::Seek(open),
    #[cfg(test)]
    samples: super::reftable_table::tests::samples,
    ..Container::BASE
};

/// Gives the refs as a member named `refs` with a line for each, as in git's
/// `packed-refs`, and each reflog as a member such as `logs/refs/heads/main`, as in
/// the file of this name, but with the newest entry first, as `git reflog` has them.
pub fn open(
    input: &mut dyn ReadSeek,
    limits: &Limits,
    members: &mut dyn Members,
) -> ControlFlow<()> {
    let mut texts = Texts {
        entries: Entries::new(limits),
        name: b"refs".to_vec(),
        text: Vec::new(),
        flow: ControlFlow::Continue(()),
        members,
    };
    let read = Table::open(input).and_then(|mut table| {
        table.refs(&mut |name, value| texts.add_ref(name, value))?;
        texts.end();
        match texts.flow {
            ControlFlow::Continue(()) => {
                table.logs(&mut |key, entry| texts.add_entry(key.name, entry))
            }
            ControlFlow::Break(()) => Ok(()),
        }
    });
    texts.end();
    if let (Err(why), ControlFlow::Continue(())) = (read, texts.flow) {
        texts.members.unread(b"", why);
    }
    texts.entries.answer(texts.flow)
}

/// Texts that are made of records.
struct Texts<'m> {
    entries: Entries,
    /// What the text is called that is being made.
    name: Vec<u8>,
    text: Vec<u8>,
    flow: ControlFlow<()>,
    members: &'m mut dyn Members,
}

impl Texts<'_> {
    fn add_ref(&mut self, name: &[u8], value: Value<'_>) -> ControlFlow<()> {
        match value {
            Value::Deleted => self.text.extend(b"deleted"),
            Value::Object(id) => self.add_id(id),
            Value::Name(name) => self.text.extend([b"ref: ", name].concat()),
        }
        self.text.push(b' ');
        self.text.extend(name);
        self.end_line()
    }

    fn add_entry(&mut self, name: &[u8], entry: Option<Entry<'_>>) -> ControlFlow<()> {
        if self.name.strip_prefix(b"logs/") != Some(name) {
            self.end();
            self.name = [b"logs/", name].concat();
        }
        let Some(entry) = entry else {
            // So that who takes the text knows how much was read.
            self.text.extend(b"deleted");
            return self.end_line();
        };
        self.add_id(entry.before);
        self.text.push(b' ');
        self.add_id(entry.after);
        let who = [b" ", entry.name, b" <", entry.email, b"> "].concat();
        self.text.extend(who);
        let minutes = entry.zone.unsigned_abs();
        let sign = if entry.zone < 0 { '-' } else { '+' };
        let zone = format!("{sign}{:02}{:02}", minutes / 60, minutes % 60);
        self.text
            .extend(format!("{} {zone}\t", entry.seconds).bytes());
        self.text.extend(entry.message.trim_ascii_end());
        self.end_line()
    }

    fn add_id(&mut self, id: &[u8]) {
        let mut hex = String::with_capacity(2 * id.len());
        for byte in id {
            write!(hex, "{byte:02x}").expect("a string takes everything");
        }
        self.text.extend(hex.bytes());
    }

    fn end_line(&mut self) -> ControlFlow<()> {
        self.text.push(b'\n');
        if self.text.len() >= PART {
            self.end();
        }
        self.flow
    }

    /// Hands over what there is of the text.
    fn end(&mut self) {
        let text = std::mem::take(&mut self.text);
        if !text.is_empty() && self.flow.is_continue() {
            self.flow = self.entries.count(self.members);
            if self.flow.is_continue() {
                self.flow = self.members.member(&self.name, &mut &text[..]);
            }
        }
    }
}
