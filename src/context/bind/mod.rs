//! Binds a value to its names.
//!
//! The value is an expression, and a small one. It grows: to the string that it
//! stands in, to the call that it is an argument of, to the pair that it is the
//! value of, to the object that the pair is a member of. Wherever it grows over
//! something that names it, a binder takes the name. So the closest name comes
//! first, and all that follow are names of what encloses the value.

mod assignment;
mod call;
mod declaration;
mod element;
mod glued;
mod kind;
mod line;
mod markup;
mod operand;
mod row;

use super::lexer::{Kind, Text, is_string_prefix};
use super::name::{How, Name, Names, is_token};
use super::vocabulary;

pub use kind::beside;

/// Names further out than this say nothing about the value any more.
const MAX_NAMES: usize = 12;
/// A cell or label longer than this is prose.
const MAX_LABEL: usize = 80;
/// Times that an expression grows.
const MAX_STEPS: usize = 24;

/// What the binders around a value have found.
#[derive(Default)]
pub struct Bound {
    /// The names, the closest first.
    pub names: Vec<Name>,
    /// Names of fields beside the value, for each of which there is a place of its own.
    pub fields: Vec<String>,
}

/// The names that syntax gives to a value: its own, and those of what encloses it.
/// `is_row` says that the value stands in a row whose columns are named elsewhere.
pub fn names(text: &Text, is_row: bool) -> Bound {
    let mut climb = Climb {
        text,
        first: text.value,
        last: text.value,
        inner: text.value,
        names: Names::default(),
        fields: Vec::new(),
        is_row,
        ends: false,
    };
    climb.place();
    climb.glued();
    for _ in 0..MAX_STEPS {
        if climb.names.list.len() >= MAX_NAMES || climb.ends || !climb.step() {
            break;
        }
    }
    let mut names = climb.names.list;
    names.truncate(MAX_NAMES);
    Bound {
        names,
        fields: climb.fields,
    }
}

/// What the records before the value's own say under the same key, where that is the
/// key of a text for people: the closest ones, up to one that is about our secrets.
pub fn said_before(text: &Text, names: &[Name]) -> Vec<String> {
    const MESSAGES: usize = 2;
    let said = messages(text, names);
    let said = said.take_while(|said| !vocabulary::mentions_ours(said));
    said.take(MESSAGES)
        .map(|said| tail(&said).to_owned())
        .collect()
}

/// Whether the value's own name is a word that a message before it has, or begins one,
/// where that is about our secrets: `main: …` answers "the npsso of main or alt?"
pub fn is_echo(text: &Text, names: &[Name]) -> bool {
    const MESSAGES: usize = 6;
    const SHORTEST: usize = 3;
    let [own, text_key, ..] = names else {
        return false;
    };
    let label = own.text.to_lowercase();
    let is_label = own.how == How::Assigned
        && label.chars().count() >= SHORTEST
        && label.chars().all(char::is_alphabetic)
        && !vocabulary::mentions_ours(&label)
        && vocabulary::is_text(&text_key.text);
    let asked = || {
        messages(text, names)
            .take(MESSAGES)
            .find(|said| vocabulary::mentions_ours(said))
    };
    is_label
        && asked().is_some_and(|said| {
            let lower = said.to_lowercase();
            let mut words = lower.split(|c: char| !c.is_alphanumeric());
            words.any(|word| word.starts_with(&label))
        })
}

/// The texts of the records before the value's own, the closest first, where its key is
/// that of a text for people.
fn messages<'t>(text: &'t Text, names: &[Name]) -> impl Iterator<Item = String> + 't {
    let is_text = |name: &&Name| name.how == How::Assigned && vocabulary::is_text(&name.text);
    let key = names.iter().find(is_text).map(|key| key.text.clone());
    let places = (0..text.value).rev().filter(move |at| {
        text.kind(*at) == Kind::Word && key.as_ref().is_some_and(|key| text.text(*at, *at) == *key)
    });
    // The first one is its own.
    places.skip(1).map_while(|at| {
        let sign = (at + 1..at + 3).find(|sign| text.is_one(*sign, &[":", "=", "=>"]))?;
        let close = text.after(sign).and_then(|open| text.mate(open))?;
        Some(text.string(close)?.1)
    })
}

/// What the objects and calls around the value's own say that they are called, where
/// they are the closest ones that say it: `{"name": "npsso", "value": {"raw": "…"}}`.
pub fn titles_around(text: &Text) -> Vec<String> {
    const LEVELS: usize = 3;
    let brackets = text.around.iter().rev().copied();
    let brackets = brackets.filter(|open| text.is_one(*open, &["{", "("]));
    for open in brackets.take(LEVELS) {
        let close = text.mate(open).unwrap_or(text.len());
        let mut titles = Vec::new();
        let mut at = open + 1;
        while at < close && titles.len() < MAX_NAMES {
            let end = match text.kind(at) {
                Kind::Open | Kind::Bracket => text.mate(at).unwrap_or(at),
                _ => at,
            };
            let is_naming = word_or_string(text, at).is_some_and(|key| {
                vocabulary::is_naming_key(&key) || vocabulary::is_naming_column(&key)
            });
            let sign = is_naming.then(|| text.after_lines(end)).flatten();
            let sign = sign.filter(|sign| text.is_one(*sign, &[":", "=", "=>"]));
            if let Some(value) = sign.and_then(|sign| text.after_lines(sign)) {
                titles.extend(word_or_string(text, value));
            }
            at = end + 1;
        }
        if !titles.is_empty() {
            return titles;
        }
    }
    Vec::new()
}

/// A word, or what stands in the string that a token opens.
fn word_or_string(text: &Text, at: usize) -> Option<String> {
    match text.kind(at) {
        Kind::Word => Some(text.text(at, at)),
        Kind::Open => text
            .mate(at)
            .and_then(|close| text.string(close))
            .map(|(_, string)| string),
        _ => None,
    }
}

/// An expression that grows around the value.
pub struct Climb<'t> {
    text: &'t Text,
    /// Its first token.
    first: usize,
    /// Its last token.
    last: usize,
    /// The first token of what it was before it grew over a bracket.
    inner: usize,
    names: Names,
    fields: Vec<String>,
    /// Whether the value stands in a row whose columns are named, so that the line
    /// above says nothing else about it.
    is_row: bool,
    /// Whether what has been found names the value, whatever stands further out.
    ends: bool,
}

impl Climb<'_> {
    /// Grows once. `false` where nothing further out is about the value.
    fn step(&mut self) -> bool {
        self.suffixes();
        let text = self.text;
        let Some(before) = text.before(self.first) else {
            return false;
        };
        let after = text.after(self.last);
        match text.kind(before) {
            Kind::Open | Kind::Bracket
                if text.mate(before).is_some_and(|mate| Some(mate) == after) =>
            {
                self.grow_over(before)
            }
            Kind::Open => self.begins_string(before),
            Kind::Bracket => self.begins_bracket(before),
            Kind::Close => self.closed_string(before),
            Kind::Closing => self.closed_bracket(before),
            Kind::Sign => self.sign(before),
            Kind::Word => self.words(before),
            Kind::Line => self.line_start(before),
            Kind::Value => false,
        }
    }

    /// Whether syntax has given it a name of its own.
    fn has_own_name(&self) -> bool {
        self.names.list.iter().any(|name| {
            matches!(
                name.how,
                How::Assigned
                    | How::Default
                    | How::Parameter
                    | How::Markup
                    | How::Glued
                    | How::Path
            )
        })
    }

    /// Grows to the tokens from `first` on.
    fn grow(&mut self, first: usize) -> bool {
        let moved = first < self.first;
        self.first = self.first.min(first);
        moved
    }

    /// Grows to a bracket or a quote, with all that is in it.
    fn grow_around(&mut self, open: usize) {
        self.first = self.first.min(open);
        if let Some(mate) = self.text.mate(open) {
            self.last = self.last.max(mate);
        }
    }

    /// The expression is all that stands in a pair of quotes or brackets.
    fn grow_over(&mut self, open: usize) -> bool {
        match self.text.kind(open) {
            Kind::Open => {
                self.grow_around(open);
                self.string_prefix();
                true
            }
            _ => self.begins_bracket(open),
        }
    }

    /// `"T and more"`: the value begins a string.
    fn begins_string(&mut self, open: usize) -> bool {
        self.grow_around(open);
        self.string_prefix();
        true
    }

    /// Steps over the prefix of a string: `b"…"`, `r#"…"`, `@"…"`, `$'…'`, `L"…"`.
    fn string_prefix(&mut self) {
        let text = self.text;
        while let Some(before) = self.first.checked_sub(1) {
            if !text.touch(before, self.first) {
                return;
            }
            let is_prefix = match text.kind(before) {
                Kind::Sign => text.is_one(before, &["#", "@", "$", "~", "%"]),
                Kind::Word => is_string_prefix(text.bytes(before), text.bytes(self.first)[0]),
                // A string of an empty string: `"""` in pieces.
                Kind::Open => text.mate(before).is_none(),
                _ => false,
            };
            if !is_prefix {
                return;
            }
            self.first = before;
        }
    }

    /// Steps over the methods that follow an expression and say nothing else of it:
    /// `.trim()`, `.to_owned()`.
    fn suffixes(&mut self) {
        let text = self.text;
        while let Some(next) = text.after_lines(self.last) {
            let method = (text.is_one(next, &[".", "?.", "->", "::"]))
                .then(|| text.after(next))
                .flatten()
                .filter(|word| text.kind(*word) == Kind::Word);
            let Some(word) = method else { return };
            let call = text
                .after(word)
                .filter(|open| text.is(*open, "(") && text.touch(word, *open));
            match call.and_then(|open| text.mate(open)) {
                Some(close) => self.last = close,
                None => return,
            }
        }
    }

    /// What a sign before the expression says.
    fn sign(&mut self, sign: usize) -> bool {
        let text = self.text;
        let bytes = text.bytes(sign);
        match bytes {
            b"=" | b":" | b":=" | b"=>" | b"<-" | b"==" | b"===" | b"!=" | b"!==" | b"??="
            | b"||=" | b"//=" | b"+=" | b".=" | b"<<" | b"~>" | b"::" => self.assignment(sign),
            b":-" => self.assignment(sign),
            b"->" if text.token(sign).is_spaced => self.branch(sign),
            b"-" if self.is_shell_default(sign) => self.assignment(sign),
            // `Lazy::new(|| "T")`, `map(|x| "T")`: what a function gives.
            b"||" | b"|" if self.is_closure(sign) => {
                let first = (0..sign).rev().find(|at| text.is(*at, "|"));
                self.grow(first.filter(|_| text.is(sign, "|")).unwrap_or(sign))
            }
            // `| npsso || T`: cells of a row of a wiki.
            b"||" if text.is(text.line_start(sign), "|") => self.element(sign),
            b"||" | b"??" | b"?:" | b"//" => self.fallback(sign),
            b"|" if self.is_row => false,
            b"|" if text
                .before(sign)
                .is_some_and(|before| text.kind(before) != Kind::Line) =>
            {
                self.element(sign)
            }
            b"," | b";" => self.element(sign),
            // A sentence ends there, and this one has said something.
            b"." if !self.names.list.is_empty() && text.token(sign + 1).is_spaced => {
                self.said_in_message(sign);
                false
            }
            // `npsso=…&state=T`: a parameter has a name of its own.
            b"&" if !self.names.list.is_empty() && text.touch(sign, self.first) => false,
            b"+" | b".." | b"<>" | b"&" | b"." => self.joined(sign),
            // A sign that says nothing: of a list, an option, an emphasis, a reference.
            _ => self.grow(sign),
        }
    }

    /// `LOIC -> "T"`: what is chosen by the text before the arrow has no name of its own,
    /// but where that says what is chosen.
    fn branch(&mut self, arrow: usize) -> bool {
        let text = self.text;
        let case = arrow.checked_sub(1).and_then(|end| match text.string(end) {
            Some((open, string)) => Some((open, string)),
            None => text.identifier(end),
        });
        let Some((start, case)) = case else {
            return self.grow(arrow);
        };
        if vocabulary::mentions_ours(&case) || vocabulary::names_own_secret(&case) {
            self.names.push(case, How::Assigned);
        }
        self.first = start;
        let open = text.parent(start).filter(|open| text.is(*open, "{"));
        match open {
            Some(open) => self.begins_bracket(open),
            None => true,
        }
    }

    /// Whether a sign ends the parameters of a function without a name: `|| x`, `|x| y`.
    fn is_closure(&self, sign: usize) -> bool {
        let text = self.text;
        let begins =
            |at: Option<usize>| at.is_some_and(|at| text.is_one(at, &["(", ",", "=", "move"]));
        match text.is(sign, "||") {
            true => begins(text.before_lines(sign)),
            false => {
                let open = sign.checked_sub(2).filter(|open| text.is(*open, "|"));
                open.is_some_and(|open| begins(text.before_lines(open)))
            }
        }
    }

    /// `f(x)("T")`, `env("npsso") "T"`, `[npsso] "T"`, `<b>npsso</b> T`.
    fn closed_bracket(&mut self, close: usize) -> bool {
        let text = self.text;
        if text.is(close, ">") {
            return self.behind_tag(close);
        }
        let Some(open) = text.mate(close) else {
            return self.grow(close);
        };
        let inside = inside(text, open, close);
        let name = open.checked_sub(1).filter(|word| text.touch(*word, open));
        let name = name.and_then(|word| text.identifier(word));
        // `.npsso("…").sessionKey("…")`: each call gives something else.
        if let Some((start, name)) = &name
            && super::name::is_name_of_secret(name)
        {
            self.fields.push(name.clone());
            return self.grow(*start);
        }
        // `string(64) "T"`: its type, and how long it is.
        if let Some((start, name)) = &name
            && vocabulary::is_type(name)
        {
            return self.grow(*start);
        }
        if !text.is_one(open, &["("]) && inside.is_empty() {
            return self.grow(open);
        }
        // A list names many things, as in `(id, npsso) VALUES (1, …)`.
        if !inside.contains([',', '\n']) {
            self.names.push(inside, How::Words);
        }
        match name {
            Some((start, name)) => {
                self.names.push(name, How::Words);
                self.grow(start)
            }
            None => self.grow(open),
        }
    }

    /// `"npsso" "T"`, `"npsso": null, "T"`: a string before the value.
    fn closed_string(&mut self, close: usize) -> bool {
        let text = self.text;
        let Some((open, string)) = text.string(close) else {
            return self.grow(close);
        };
        if is_token(&string) {
            return self.grow(open);
        }
        // `msg="npsso accepted" key=T`: what stands before its name is another pair.
        if self.has_own_name() {
            return false;
        }
        let more = self.names.list.is_empty();
        self.names.push(string, How::Words);
        self.first = open;
        more
    }
}

/// What stands in a pair of brackets.
fn inside(text: &Text, open: usize, close: usize) -> String {
    match open + 1 < close {
        true => text.text(open + 1, close - 1),
        false => String::new(),
    }
}

/// A text as a label: without decoration, and only its end when it is long.
fn short(text: &str) -> String {
    // `1) "npsso"`, `2. npsso`: the place in a list.
    let digits = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let text = match digits.strip_prefix([')', '.']) {
        Some(entry) if digits.len() < text.len() && entry.starts_with(' ') => entry,
        _ => text,
    };
    let text = text.trim_matches(|c: char| c.is_whitespace() || "\"'`*_#<>|:=-([{!/".contains(c));
    tail(text).to_owned()
}

/// The end of a text, as long as a label is.
fn tail(text: &str) -> &str {
    let skip = text.chars().count().saturating_sub(MAX_LABEL);
    text.char_indices()
        .nth(skip)
        .map_or("", |(at, _)| &text[at..])
}

#[cfg(test)]
mod testing {
    use super::super::lexer::Text;
    use super::names;

    /// The names that the binders give to the value at `§`, as `name (how)`.
    pub fn bound(text: &str) -> Vec<String> {
        let (left, right) = text.split_once('§').expect("the value has a place");
        let text = Text::read(left.as_bytes(), right.as_bytes());
        let mut names: Vec<String> = names(&text, false)
            .names
            .iter()
            .map(|name| format!("{} ({})", name.text, name.how.in_words()))
            .collect();
        names.dedup();
        names
    }

    /// Checks the first name of each value in a table of examples.
    pub fn first_names(examples: &[(&str, &str)]) {
        for (text, first) in examples {
            let names = bound(text);
            assert_eq!(
                names.first().map_or("", String::as_str),
                *first,
                "{text}: {names:?}"
            );
        }
    }
}
