//! The names of a value.

use crate::rule::words::List;

/// One name of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The name as written.
    pub text: String,
    /// How it is tied to the value.
    pub role: Role,
    /// What ties it to the value.
    pub how: How,
}

/// How a name is tied to a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A key, variable, column or tag: the value is what it names.
    Key,
    /// What another field of the same record says it is: `"name": "npsso"`.
    Sibling,
    /// A function or constructor that takes the value.
    Call,
    /// Words before or after the value, or a heading.
    Label,
    /// A section of a configuration: `[name]`, or a key above that is indented less.
    Section,
    /// A class, function or other block of a program around the value.
    Block,
    /// A field or column of its own beside the value that is called like a
    /// secret: the secret stands there, or would.
    Field,
}

/// What ties a name to a value: which binder took it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// It touches the value.
    Glued,
    /// Part of a path or of a URL.
    Path,
    /// It is assigned to: a variable, a key, a field, a cookie.
    Assigned,
    /// The value is its default.
    Default,
    /// It is the list, object or index that the value stands in.
    Encloses,
    /// The name of a parameter, given by a declaration or in the call.
    Parameter,
    /// An argument or element before it.
    Before,
    /// The function that takes it.
    Callee,
    /// A tag, an attribute or the text of an element.
    Markup,
    /// A column.
    Column,
    /// Words before or behind it.
    Words,
    /// What follows it.
    Behind,
    /// What was said or asked before, which counts only against it.
    Asked,
    /// The line above.
    Above,
    /// A comment.
    Comment,
    /// Another field of its record.
    Record,
    /// A section or a block.
    Section,
    /// What its variable is used for.
    Use,
    /// The name of the file.
    File,
}

impl How {
    /// Whether the name is neither its own nor that of what it stands in: it is told by
    /// what stands around it or is done with it.
    pub fn is_outside(self) -> bool {
        matches!(
            self,
            How::Before
                | How::Words
                | How::Behind
                | How::Above
                | How::Comment
                | How::Section
                | How::Use
                | How::File
        )
    }

    /// What ties the name to the value, in words for a report.
    pub fn in_words(self) -> &'static str {
        match self {
            How::Glued => "touches the value",
            How::Path => "part of a path",
            How::Assigned => "key or variable",
            How::Default => "its default",
            How::Encloses => "what it stands in",
            How::Parameter => "parameter",
            How::Before => "argument or element before it",
            How::Callee => "call",
            How::Markup => "tag or attribute",
            How::Column => "column",
            How::Words => "words beside it",
            How::Behind => "words behind it",
            How::Asked => "said before it",
            How::Above => "line above",
            How::Comment => "comment",
            How::Record => "field of its record",
            How::Section => "section",
            How::Use => "use of its variable",
            How::File => "name of the file",
        }
    }
}

impl Name {
    /// A name with the role that follows from what ties it to the value.
    pub fn new(text: impl Into<String>, how: How) -> Name {
        let role = match how {
            How::Glued | How::Path | How::Assigned | How::Default | How::Encloses => Role::Key,
            How::Parameter | How::Before | How::Markup | How::Column => Role::Key,
            How::Callee => Role::Call,
            How::Words | How::Behind | How::Asked | How::Above | How::Comment => Role::Label,
            How::Record => Role::Sibling,
            How::Section => Role::Section,
            How::Use => Role::Key,
            How::File => Role::Call,
        };
        Name {
            text: text.into(),
            role,
            how,
        }
    }
}

/// What a row or a record says that it holds.
#[derive(Debug, PartialEq, Eq)]
pub enum Holding {
    /// One of our secrets, in these words.
    Ours(String),
    /// Something else, while others of the same kind hold ours.
    Other(String),
}

/// Bytes of a name.
const MAX_NAME: usize = 240;

/// Names as they are collected.
#[derive(Default)]
pub struct Names {
    /// The closest first.
    pub list: Vec<Name>,
}

impl Names {
    /// Takes a name, unless it is a value itself.
    pub fn push(&mut self, text: impl AsRef<str>, how: How) {
        self.add(Name::new(text.as_ref().trim(), how));
    }

    /// The same with a role of its own.
    pub fn push_as(&mut self, text: impl AsRef<str>, role: Role, how: How) {
        let name = Name::new(text.as_ref().trim(), how);
        self.add(Name { role, ..name });
    }

    fn add(&mut self, mut name: Name) {
        // A name is no text: its end is closest to the value.
        if name.text.len() > MAX_NAME {
            let cut = name.text.len() - MAX_NAME;
            let cut = (cut..).find(|at| name.text.is_char_boundary(*at));
            name.text.drain(..cut.unwrap_or(0));
        }
        // Another value says nothing about this one.
        let holds_token = name
            .text
            .split(|c: char| !c.is_ascii_alphanumeric())
            .any(is_token);
        let is_word = name.text.chars().any(char::is_alphabetic) && !is_time(&name.text);
        if !holds_token && is_word {
            self.list.push(name);
        }
    }
}

/// Whether a text is when something happened, as it begins a line of a log: `2026-09-01T07:00`.
fn is_time(text: &str) -> bool {
    const DIGITS: usize = 8;
    let is_part = |c: char| c.is_ascii_digit() || "TZ-:.+".contains(c);
    text.chars().filter(char::is_ascii_digit).count() >= DIGITS && text.chars().all(is_part)
}

/// Whether a name is that of a secret, and not of something about it.
pub fn is_name_of_secret(name: &str) -> bool {
    let plain: String = name
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect();
    let own = List::SecretOwner
        .words()
        .find_map(|owner| plain.strip_prefix(owner))
        .unwrap_or(&plain);
    List::SecretSpelling.has(own)
}

/// Whether a name is that of a kind of thing, which is one of our secrets: `npsso`,
/// `sony/npsso`, `CREDENTIAL_TYPE_NPSSO`.
pub fn is_kind_of_secret(name: &str) -> bool {
    let last = name.rsplit(['/', ':', '.']).next().unwrap_or(name);
    let constant = || {
        last.rsplit('_')
            .next()
            .filter(|_| !last.contains(char::is_lowercase))
    };
    is_name_of_secret(last) || constant().is_some_and(is_name_of_secret)
}

/// Whether a text has the shape of a secret, so that it names nothing.
pub fn is_token(text: &str) -> bool {
    let text = text.trim_matches(|c| matches!(c, '"' | '\'' | '`' | ' '));
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}
