//! The names that a value goes by, read backwards from it.
//!
//! There is no grammar here for any one language. What languages and formats
//! have in common is how a name is tied to a value: an operator between them,
//! a call around the value, a tag before it, a cell above or beside it, a line
//! before it. So the reader steps to the left from the value, and each sign
//! that it meets says where the next name stands.

use super::cursor::{Cursor, is_quote};
use super::{record, table, uses};

/// Names further out than this say nothing about the value any more.
const MAX_NAMES: usize = 12;
/// Steps of the reader; each one moves to the left.
const MAX_STEPS: usize = 10;
/// How far an open bracket is looked for.
pub const BRACKET_REACH: usize = 600;

/// One name of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The name as written.
    pub text: String,
    /// How it is tied to the value.
    pub role: Role,
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

/// The names of the value between `left` and `right`, the closest first.
pub fn read(left: &[u8], right: &[u8], head: &[u8]) -> Vec<Name> {
    let mut reader = Reader {
        names: Vec::new(),
        right,
        head,
        in_row: false,
        cursor: Cursor::at_end_of(left),
    };
    reader.read();
    reader.names.truncate(MAX_NAMES);
    reader.names
}

/// Reads names to the left of a value.
pub struct Reader<'a> {
    /// The names so far, the closest first.
    pub names: Vec<Name>,
    right: &'a [u8],
    head: &'a [u8],
    /// Whether the value stands in a row whose columns are named, so that the
    /// line above says nothing else about it.
    pub in_row: bool,
    /// What is to the left of it has not been read yet.
    pub cursor: Cursor<'a>,
}

impl<'a> Reader<'a> {
    fn read(&mut self) {
        let start = self.cursor;
        for key in record::serialized_keys(start.rest()) {
            self.key(key);
        }
        if let Some(part) = record::form_part(start.rest()) {
            self.key(part);
        }
        // What such a format calls a value is all that it goes by.
        if self.names.iter().any(|own| !super::is_generic(&own.text)) {
            return;
        }
        let row = table::row(start.rest(), self.right, self.head);
        self.in_row = row.is_some();
        if let Some(name) = self.declared() {
            self.key(name);
        }
        self.glued();
        for _ in 0..MAX_STEPS {
            if self.names.len() >= MAX_NAMES || !self.step() {
                break;
            }
        }
        if self.names.first().is_some_and(|own| own.text == "return")
            && let Some(function) = record::function(start.rest())
        {
            self.names.insert(
                0,
                Name {
                    text: function,
                    role: Role::Key,
                },
            );
        }
        // The fields beside a value are closer to it than what the record stands in.
        let mut outer = match self.names.first() {
            Some(own) if own.role == Role::Key => self.names.split_off(1),
            _ => std::mem::take(&mut self.names),
        };
        // What a text is part of is not what it is about.
        let is_text =
            |name: &Name| name.role == Role::Key && super::vocabulary::is_text(&name.text);
        if let Some(text) = outer.iter().position(is_text) {
            outer.truncate(text + 1);
        } else if self.names.first().is_some_and(is_text) {
            outer.clear();
        }
        if let Some(row) = &row
            && (!super::is_generic(row.column())
                || row.columns.iter().any(|column| is_name_of_secret(column)))
        {
            // What the cells before it hold is theirs.
            self.names.clear();
            outer.retain(|name| name.role == Role::Call);
        }
        if let Some(row) = row {
            self.key(row.column());
            for other in row.columns.iter().filter(|other| **other != row.column()) {
                self.field(other);
            }
        } else if !self.is_called_value() {
            let mut others = record::fields_in_brackets(start.rest(), self.right);
            if start.peek() == Some(b'>') {
                others.extend(record::empty_elements(start.rest()));
            }
            for other in others {
                self.field(&other);
            }
        }
        for name in record::sibling_names(start.rest(), self.right) {
            self.push(name, Role::Sibling);
        }
        self.names.extend(outer);
        if let Some(name) = record::after(self.right) {
            self.push(name, Role::Label);
        }
        for name in table::headers(start.rest(), self.right, self.head) {
            self.key(name);
        }
        let comments = [
            record::comment_above(start.rest()),
            record::comment_below(self.right),
        ];
        for comment in comments.into_iter().flatten() {
            self.push(comment, Role::Label);
        }
        let section = match record::is_setting(start.rest()) {
            true => Role::Section,
            false => Role::Block,
        };
        for name in record::sections(start.rest()) {
            self.push(name, section);
        }
        if let Some(name) = table::name(start.rest()) {
            self.push(name, Role::Section);
        }
    }

    /// Takes a name, unless it is a value itself.
    pub fn push(&mut self, text: impl Into<String>, role: Role) {
        let text: String = text.into();
        let text = text.trim().to_owned();
        // Another value says nothing about this one.
        let holds_token = text
            .split(|c: char| !c.is_ascii_alphanumeric())
            .any(is_token);
        if !holds_token && text.chars().any(char::is_alphanumeric) {
            self.names.push(Name { text, role });
        }
    }

    /// Takes the name of a key.
    pub fn key(&mut self, text: impl Into<String>) {
        self.push(text, Role::Key);
    }

    /// The name of a secret that a declaration gives to the argument of a call
    /// that the value is.
    fn declared(&self) -> Option<String> {
        let mut call = self.cursor;
        if call.enclosing(BRACKET_REACH) != Some(b'(') {
            return None;
        }
        let arguments = &self.cursor.rest()[call.rest().len()..];
        let is_bare = arguments
            .iter()
            .rev()
            .take_while(|byte| **byte != b',')
            .all(|byte| is_quote(*byte) || byte.is_ascii_whitespace());
        call.skip(1);
        let callee = call.identifier();
        if callee.is_empty() || !is_bare && arguments.contains(&b',') {
            return None;
        }
        let place = memchr::memchr_iter(b',', arguments).count();
        uses::parameter(&callee, place, self.cursor.rest(), self.right)
            .filter(|name| is_name_of_secret(name))
    }

    /// Takes the name of a field beside the value, when it is that of a secret.
    pub fn field(&mut self, text: &str) {
        if is_name_of_secret(text) {
            self.push(text, Role::Field);
        }
    }

    /// Whether the value's own key leaves the naming to another one, as in
    /// `{"npsso": true, "value": "…"}`.
    fn is_called_value(&self) -> bool {
        const VALUES: [&str; 8] = [
            "code", "content", "cookie", "data", "text", "token", "val", "value",
        ];
        self.names.first().is_none_or(|own| {
            own.role != Role::Key || VALUES.contains(&own.text.to_ascii_lowercase().as_str())
        })
    }
}

/// Whether a name is that of a secret, and not of something about it.
pub fn is_name_of_secret(name: &str) -> bool {
    let plain: String = name
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect();
    let names = [
        "npsso",
        "npssotoken",
        "npssocode",
        "npssocookie",
        "pdccwsp",
        "pdccws",
    ];
    let own = ["psn", "my", "sony", "playstation"]
        .iter()
        .find_map(|owner| plain.strip_prefix(owner))
        .unwrap_or(&plain);
    names.contains(&own)
}

/// Whether a text has the shape of a secret, so that it names nothing.
pub fn is_token(text: &str) -> bool {
    let text = text.trim_matches(|c| is_quote_char(c) || c == ' ');
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Whether a character opens and closes a string.
pub fn is_quote_char(character: char) -> bool {
    matches!(character, '"' | '\'' | '`')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(left: &str) -> Vec<String> {
        read(left.as_bytes(), b"", b"")
            .into_iter()
            .map(|name| name.text)
            .collect()
    }

    #[test]
    fn the_closest_name_comes_first() {
        for (left, first) in [
            ("NPSSO=", "NPSSO"),
            ("export NPSSO='", "NPSSO"),
            ("const npsso: string = \"", "npsso"),
            ("let npsso: &'static str = \"", "npsso"),
            ("\"npsso\": \"", "npsso"),
            ("os.environ[\"NPSSO\"] = \"", "NPSSO"),
            ("PSNAWP(\"", "PSNAWP"),
            ("PSNAWP(npsso_token=\"", "npsso_token"),
            ("new Cookie(\"npsso\", \"", "npsso"),
            ("<npsso>", "npsso"),
            ("<key>npsso</key>\n  <string>", "string"),
            ("npsso: >-\n  ", "npsso"),
            ("client.setNpsso(\"", "Npsso"),
            ("--npsso ", "npsso"),
            ("psn_npsso_", "psn_npsso_"),
        ] {
            assert_eq!(
                names(left).first().map(String::as_str),
                Some(first),
                "{left} -> {:?}",
                names(left)
            );
        }
    }

    #[test]
    fn outer_names_follow() {
        for (left, outer) in [
            ("$env:NPSSO = \"", "NPSSO"),
            ("PSNAWP(token=\"", "PSNAWP"),
            ("npsso = SecretStr(\"", "npsso"),
            ("\"npsso\": {\"value\": \"", "npsso"),
            ("npsso: [\n  \"", "npsso"),
            ("<key>npsso</key>\n  <string>", "npsso"),
            ("<td>npsso</td><td>", "npsso"),
            ("npsso token is ", "npsso token is"),
            ("# NPSSO\n\n```\n", "NPSSO"),
        ] {
            assert!(
                names(left).iter().any(|name| name == outer),
                "{left} -> {:?}",
                names(left)
            );
        }
    }
}
