//! Positions: what a list of names elsewhere in the text calls the elements of a row.
//!
//! `(email, npsso) =>` and a call of it, `["email", "npsso"]` and the rows below,
//! `struct account { … }` and its values, `[user: string, npsso: string]`.

use super::super::lexer::{Kind, Text};
use super::super::name::{How, is_name_of_secret};
use super::super::vocabulary;
use super::Climb;

/// Elements of a list of names.
const MAX_NAMES: usize = 40;
/// Tokens of an element of a list of names.
const MAX_TOKENS: usize = 14;
/// Lists that are tried, and places of the name of what declares one.
const MAX_LISTS: usize = 32;
/// Tokens between a name and the list that it is declared with.
const DECLARATION: usize = 8;
/// Tokens of a class that are read for its fields.
const MEMBERS: usize = 200;

/// Words that declare something.
const DECLARES: [&str; 13] = [
    "class",
    "struct",
    "record",
    "type",
    "interface",
    "def",
    "function",
    "func",
    "fn",
    "fun",
    "sub",
    "defp",
    "data",
];

impl Climb<'_> {
    /// Takes the name that a list elsewhere gives to the place of the value.
    pub fn place(&mut self) {
        if let Some(kind) = self.kind_in_row() {
            self.names.push(kind, How::Record);
        }
        let Some((names, own)) = self.named_places().or_else(|| self.applied()) else {
            return;
        };
        for (at, name) in names.into_iter().enumerate() {
            match at == own {
                true => self.names.push(name, How::Parameter),
                false => self.fields.push(name),
            }
        }
    }

    /// The bracket of the row that the value is an element of.
    pub fn row(&self) -> Option<usize> {
        let text = self.text;
        let is_row = |open: &usize| text.kind(*open) == Kind::Bracket && !text.is(*open, "<");
        let open = text.around.iter().rev().copied().find(is_row)?;
        self.is_bare(open).then_some(open)
    }

    /// The names of the places in the value's row, and which of them is its own; one of
    /// them is the name of a secret.
    fn named_places(&self) -> Option<(Vec<String>, usize)> {
        let text = self.text;
        let open = self.row()?;
        let close = text.mate(open);
        let row = elements(text, open + 1, close.unwrap_or(text.len()));
        let own = row
            .iter()
            .position(|(first, last)| (*first..=*last).contains(&text.value))?;
        let count = close.map(|_| row.len());
        let (owners, is_direct) = self.owners(open);
        let is_call = text.is(open, "(") && is_direct;
        let fits = |names: &Vec<String>| {
            own < names.len()
                && count.is_none_or(|count| count <= names.len())
                && names.iter().any(|name| is_name_of_secret(name))
        };
        // What a declaration of the callee or of the type says.
        for owner in &owners {
            let named = (0..text.len())
                .filter(|at| text.kind(*at) == Kind::Word && text.bytes(*at) == owner.as_bytes());
            for at in named.take(MAX_LISTS) {
                if let Some(names) = self.declared_with(at, open)
                    && own < names.len()
                {
                    // `add(jar, "npsso", "…")` for `add(Jar jar, String name, String value)`:
                    // the arguments say more.
                    let is_said = row[..own].iter().any(|(_, last)| {
                        let string = text.string(*last);
                        string.is_some_and(|(_, string)| vocabulary::mentions_ours(&string))
                    });
                    let is_value = vocabulary::is_generic(&names[own]);
                    return (!(is_said && is_value)).then_some((names, own));
                }
            }
        }
        if let Some(names) = self.provided(open).filter(fits) {
            return Some((names, own));
        }
        if is_call || count == Some(1) {
            return None;
        }
        // Any list of as many names, the closest before the value first.
        let before = (0..open).rev();
        let after = close.map_or(text.len(), |close| close + 1)..text.len();
        let is_list = |at: &usize| {
            text.kind(*at) == Kind::Bracket && !text.is(*at, "<")
                || text.is_one(*at, &["for", "foreach"])
        };
        let lists = before.chain(after).filter(is_list).take(MAX_LISTS);
        let table = text.parent(open);
        lists.into_iter().find_map(|at| {
            // A list in a row of the same table is a cell of it.
            let row = text.parent(at);
            if row == Some(open)
                || table.is_some() && row.is_some_and(|row| text.parent(row) == table)
            {
                return None;
            }
            let names = match text.kind(at) {
                Kind::Bracket if !text.is(at, "<") => {
                    let end = text.mate(at).filter(|end| *end < open || at > open)?;
                    // `my ($who, $npsso) = (…)` assigns to each of them.
                    let is_target =
                        (text.after(end)).is_some_and(|sign| text.is_one(sign, &["=", ":="]));
                    // `for (who, npsso) in all` names the elements of each.
                    let is_name = |word: usize| {
                        text.kind(word) == Kind::Word && !text.is_one(word, &["for", "foreach"])
                    };
                    let is_call = !is_target
                        && (at.checked_sub(1))
                            .is_some_and(|word| text.is(at, "(") && is_name(word));
                    // `[]struct { name, npsso string }{ {"dad", "…"} }`
                    let is_type = at
                        .checked_sub(1)
                        .is_some_and(|word| text.is(word, "struct"));
                    let names = match is_type {
                        true => fields_of(text, at + 1, end)?,
                        false => names_in(text, at + 1, end)?,
                    };
                    // The parameters of something else name its own arguments.
                    let declares_row = !is_call || row_call(&text.text(at - 1, at - 1));
                    declares_row.then_some(names)?
                }
                Kind::Word if text.is_one(at, &["for", "foreach"]) => {
                    let end = (at..text.len().min(at + 20))
                        .find(|end| text.is_one(*end, &["in", "of"]))?;
                    names_in(text, at + 1, end)?
                }
                _ => return None,
            };
            let same = count.is_none_or(|count| names.len() == count);
            // What somebody gives there is no name: `field "String", "NPSSO", "null"`.
            let are_names = !names.iter().any(|name| {
                matches!(
                    name.to_ascii_lowercase().as_str(),
                    "null" | "none" | "nil" | "true" | "false"
                )
            });
            let is_type = at
                .checked_sub(1)
                .is_some_and(|word| text.is(word, "struct"))
                && text
                    .parent(open)
                    .is_some_and(|list| text.mate(at) == list.checked_sub(1));
            let fits = is_type && own < names.len() || fits(&names);
            (same && are_names && fits).then_some((names, own))
        })
    }

    /// Whether the value is an element of a bracket, with nothing but quotes around it.
    fn is_bare(&self, open: usize) -> bool {
        let text = self.text;
        let (mut first, mut last) = (text.value, text.value);
        for quote in text.around.iter().rev().take_while(|at| **at != open) {
            if text.after(*quote) != Some(first) || text.mate(*quote) != text.after(last) {
                return false;
            }
            first = *quote;
            last = text.mate(*quote).unwrap_or(last);
        }
        let Some(before) = text.before_lines(first) else {
            return false;
        };
        before == open
            || text.is(before, ",")
            || text.kind(before) == Kind::Word
                && text.touch(before, first)
                && text
                    .before_lines(before)
                    .is_some_and(|before| before == open || text.is(before, ","))
    }

    /// What the row is called with, or what type it has: `Account(`, `[]tenant{ {`; and
    /// whether that is certain.
    fn owners(&self, open: usize) -> (Vec<String>, bool) {
        const KEYWORDS: [&str; 22] = [
            "new",
            "return",
            "const",
            "static",
            "let",
            "var",
            "final",
            "public",
            "private",
            "in",
            "of",
            "if",
            "for",
            "while",
            "readonly",
            "protected",
            "struct",
            "values",
            "await",
            "yield",
            "and",
            "or",
        ];
        let text = self.text;
        let named = |at: usize| -> Option<String> {
            let (_, name) = text.identifier(at)?;
            let last = name.rsplit(['.', ':', '>', '-']).next()?.to_owned();
            // `Player.new(…)`
            let last = match last.as_str() {
                "new" | "create" | "init" | "of" => name
                    .rsplit(['.', ':'])
                    .find(|part| !part.is_empty() && *part != last)?
                    .to_owned(),
                _ => last,
            };
            (!KEYWORDS.contains(&last.to_lowercase().as_str()) || name.contains('.'))
                .then_some(last)
        };
        let before = open.checked_sub(1);
        if let Some(own) = before
            .filter(|before| {
                text.kind(*before) == Kind::Word
                    && (text.touch(*before, open) || text.is(open, "{"))
            })
            .and_then(named)
        {
            return (
                self.class_of_entry(open).into_iter().chain([own]).collect(),
                true,
            );
        }
        // The words of the statement in which the list of rows stands.
        let Some(list) = text.parent(open) else {
            return (Vec::new(), false);
        };
        let start = self.statement_start(list);
        let words = (start..list)
            .rev()
            .filter(|at| text.kind(*at) == Kind::Word)
            .filter_map(named)
            .take(6);
        let mut words: Vec<String> = words.collect();
        words.sort();
        words.dedup();
        (words, false)
    }

    /// The name of the enumeration that a call is an entry of: `enum class Player(…) { ANN("…")`.
    fn class_of_entry(&self, open: usize) -> Option<String> {
        let text = self.text;
        let block = text.parent(open).filter(|block| text.is(*block, "{"))?;
        let start = self.statement_start(block);
        let word = (start..block).find(|at| text.is(*at, "enum"))?;
        let name = word + 1 + usize::from(text.is_one(word + 1, &["class", "struct"]));
        (text.kind(name) == Kind::Word).then(|| text.text(name, name))
    }

    /// The parameters of the test that is given the rows of the function that a value stands
    /// in: `@dataProvider rows`, `#[DataProvider('rows')]`, `@MethodSource("rows")`.
    fn provided(&self, open: usize) -> Option<Vec<String>> {
        const REACH: usize = 60;
        let text = self.text;
        let is_function = |at: &usize| {
            let is_called = text.kind(*at) == Kind::Word && text.is(at + 1, "(");
            let end = text.mate(at + 1).filter(|end| is_called && *end < open);
            let line = text.line_start(*at);
            let is_declared = (line..*at).any(|at| text.is_one(at, &DECLARES));
            end.is_some_and(|end| {
                let goes_on = text.after_lines(end);
                goes_on.is_some_and(|next| text.is_one(next, &["{", ":", "->"]))
                    && (is_declared || text.text(line, *at).contains(' '))
            })
        };
        let function = (0..open).rev().find(is_function)?;
        let is_annotation = |at: &usize| {
            let line = text.line_start(*at);
            *at != function
                && text.bytes(*at) == text.bytes(function)
                && (line..*at).any(|at| text.is_one(at, &["@", "#", "["]))
        };
        let annotation = (0..text.len()).filter(|at| text.kind(*at) == Kind::Word);
        let annotation = annotation.into_iter().find(is_annotation)?;
        let first = text.line_end(annotation);
        let is_list = |at: &usize| text.is(*at, "(") && text.kind(at - 1) == Kind::Word;
        let list = (first + 1..text.len().min(first + REACH)).find(is_list)?;
        names_in(text, list + 1, text.mate(list)?)
    }

    /// The names that a declaration gives, whose name stands at a word.
    fn declared_with(&self, word: usize, own: usize) -> Option<Vec<String>> {
        let text = self.text;
        if word + 1 == own {
            return None;
        }
        let line = text.line_start(word);
        let declared =
            (word.saturating_sub(3).max(line)..word).any(|at| text.is_one(at, &DECLARES));
        let next = word + 1;
        // `Account(name, npsso)`: a declaration, or a comment that shows a call.
        if text.is(next, "(") && text.touch(word, next) {
            let end = text.mate(next)?;
            if (next..end).contains(&text.value) {
                return None;
            }
            let names = names_in(text, next + 1, end)?;
            // The names in a call are values in their places, unless it writes a row.
            let strings = (next + 1..end).any(|at| text.kind(at) == Kind::Open);
            // A call of the same function has no types, and nothing goes on behind it.
            let typed = elements(text, next + 1, end)
                .iter()
                .any(|(first, last)| last > first && !text.is_one(*first, &["&", "*", "$", ":"]));
            let goes_on = text.after_lines(end).is_some_and(|after| {
                text.is_one(after, &["{", ":", "=>", "->", "=", "throws", "do"])
            });
            let is_comment = text.is_comment(word);
            if !(declared || typed || goes_on || strings || is_comment) {
                return None;
            }
            return (!strings || row_call(&text.text(word, word))).then_some(names);
        }
        // `add = (email, npsso) =>`, `Account = namedtuple("Account", "name npsso")`
        if text.is_one(next, &["=", ":=", ":", "=>", "::"]) && !declared {
            if text.is_one(next + 1, &["lambda"]) {
                let end = text.len().min(next + 30);
                let end = (next + 2..end).find(|at| text.is(*at, ":"))?;
                return names_in(text, next + 2, end);
            }
            let end = text.len().min(next + DECLARATION);
            let list = (next..end).find(|at| text.is(*at, "(") || text.is(*at, "["))?;
            if text.is_one(
                list.checked_sub(1)?,
                &["namedtuple", "NamedTuple", "TypedDict"],
            ) {
                return self.namedtuple(list);
            }
            let close = text.mate(list)?;
            if (list..close).contains(&text.value) {
                return None;
            }
            return names_in(text, list + 1, close);
        }
        if !declared {
            // `Account accounts[] = {`, with the type declared further up.
            return None;
        }
        self.members(word)
    }

    /// The fields of a class or a struct, or the parameters of its constructor.
    fn members(&self, word: usize) -> Option<Vec<String>> {
        const CONSTRUCTORS: [&str; 5] = ["constructor", "__init__", "initialize", "init", "new"];
        let text = self.text;
        let end = text.len().min(word + MEMBERS);
        let constructor = (word..end).find(|at| {
            text.kind(*at) == Kind::Word && text.is_one(*at, &CONSTRUCTORS) && text.is(*at + 1, "(")
        });
        if let Some(at) = constructor
            && let Some(close) = text.mate(at + 1)
        {
            return names_in(text, at + 2, close);
        }
        let open = (word..end.min(word + DECLARATION)).find(|at| text.is(*at, "{"));
        if let Some(open) = open {
            let close = text.mate(open)?;
            return fields_of(text, open + 1, close);
        }
        // Python: the indented lines below.
        let first = text.line_end(word);
        let indent = |line: usize| text.is_indented(line);
        let mut last = first;
        let mut names = Vec::new();
        while let Some(line) = Some(last + 1).filter(|line| *line < end) {
            let line_end = text.line_end(line);
            if line_end == line {
                last = line_end;
                continue;
            }
            if !indent(line) {
                break;
            }
            if text.kind(line) == Kind::Word && text.is(line + 1, ":") {
                names.push(text.text(line, line));
            } else if text.is_one(line, &["def", "async", "@"]) {
                break;
            }
            last = line_end;
        }
        (!names.is_empty()).then_some(names)
    }

    /// `namedtuple("Account", "name npsso")`, `("Account", ["name", "npsso"])`
    fn namedtuple(&self, open: usize) -> Option<Vec<String>> {
        let text = self.text;
        let close = text.mate(open)?;
        let list = elements(text, open + 1, close);
        let &(first, last) = list.get(1)?;
        if text.kind(first) == Kind::Bracket {
            let names = names_in(text, first + 1, text.mate(first)?)?;
            return Some(names);
        }
        let (_, names) = text.string(last)?;
        Some(
            names
                .split([' ', ','])
                .filter(|name| !name.is_empty())
                .map(str::to_owned)
                .collect(),
        )
    }
}

/// Whether a call writes a row, so that its first arguments may be the names of columns.
fn row_call(callee: &str) -> bool {
    let lower = callee.to_ascii_lowercase();
    ["row", "append", "add", "write", "insert", "push", "header"]
        .iter()
        .any(|word| lower.contains(word))
}

/// Elements between two places, by commas: the first and the last token of each.
pub fn elements(text: &Text, first: usize, end: usize) -> Vec<(usize, usize)> {
    split(text, first, end, &[","])
}

fn split(text: &Text, first: usize, end: usize, separators: &[&str]) -> Vec<(usize, usize)> {
    let mut out = Vec::new();
    let mut start = first;
    let mut at = first;
    // What a comment says of an element is none, but a comment can hold a list.
    let is_passed = |at: usize| {
        text.is_comment(at) && !(first.checked_sub(1)).is_some_and(|at| text.is_comment(at))
    };
    let mut push = |start: usize, end: usize| {
        let is_said = |at: &usize| text.kind(*at) != Kind::Line && !is_passed(*at);
        let first = (start..end).find(is_said);
        let last = (start..end).rev().find(is_said);
        if let (Some(first), Some(last)) = (first, last) {
            out.push((first, last));
        }
    };
    while at < end {
        match text.mate(at).filter(|mate| *mate > at) {
            Some(mate) => at = mate,
            None if text.is_one(at, separators) && !is_passed(at) => {
                push(start, at);
                start = at + 1;
            }
            None => {}
        }
        at += 1;
    }
    push(start, end);
    out
}

/// The names that stand between two places, one an element; `None` when something else
/// than names stands there.
fn names_in(text: &Text, first: usize, end: usize) -> Option<Vec<String>> {
    let list = elements(text, first, end);
    if list.len() > MAX_NAMES {
        return None;
    }
    // `&mut self` is no place of a call.
    let is_self = |(first, last): &&(usize, usize)| {
        text.is_one(*last, &["self", "this"]) && last - first <= 2
    };
    let names: Option<Vec<String>> = list
        .iter()
        .filter(|element| !is_self(element))
        .map(|(first, last)| name_in(text, *first, *last))
        .collect();
    names.filter(|names| !names.is_empty())
}

/// The name in an element of a list of names: `npsso`, `"npsso"`, `:npsso`, `npsso: String`,
/// `string Npsso`, `npsso=None`, `const char *npsso`.
fn name_in(text: &Text, first: usize, last: usize) -> Option<String> {
    // A name with its type and its default is short; what is not is no list of names.
    if last - first > MAX_TOKENS || (first..=last).any(|at| text.kind(at) == Kind::Value) {
        return None;
    }
    if let Some((open, string)) = text.string(last)
        && (open == first || open == first + 1)
    {
        let is_name = string.chars().count() <= 48 && !string.contains(['@', '/', '=', '{']);
        return is_name.then_some(string);
    }
    let end = (first..=last)
        .find(|at| *at > first && text.is_one(*at, &[":", "=", "::"]))
        .map_or(last, |sign| sign - 1);
    if (first..=end)
        .any(|at| matches!(text.kind(at), Kind::Open | Kind::Close) || text.is_one(at, &["{", "("]))
    {
        return None;
    }
    let words = (first..=end).filter(|at| text.kind(*at) == Kind::Word);
    // `npsso string`, as in Go: the type stands behind the name.
    let words: Vec<String> = words.map(|at| text.text(at, at)).collect();
    if words.len() > 4 || words.is_empty() {
        return None;
    }
    let own = words
        .iter()
        .rev()
        .find(|word| !vocabulary::is_type(word))
        .or(words.last())?;
    own.starts_with(|c: char| c.is_alphabetic() || c == '_')
        .then(|| own.clone())
}

/// The names of the fields of a struct: `ID, NPSSO string`, `const char *npsso;`.
fn fields_of(text: &Text, first: usize, end: usize) -> Option<Vec<String>> {
    let by_semicolon = split(text, first, end, &[";"]).len() > 1;
    let list = match by_semicolon {
        true => split(text, first, end, &[";"]),
        false => {
            // Lines, or the elements of one line.
            let lines: Vec<(usize, usize)> = (first..end)
                .filter(|at| text.begins_line(*at) && text.kind(*at) != Kind::Line)
                .filter(|at| !text.is_comment(*at))
                .map(|at| (at, text.line_end(at).min(end) - 1))
                .collect();
            match lines.len() {
                0 | 1 => elements(text, first, end),
                _ => lines,
            }
        }
    };
    let mut names = Vec::new();
    for (first, last) in list {
        for (first, last) in elements(text, first, last + 1) {
            names.push(name_in(text, first, last)?);
        }
    }
    (!names.is_empty()).then_some(names)
}

#[cfg(test)]
mod tests {
    use super::super::testing::first_names;

    #[test]
    fn examples() {
        first_names(&[
            (
                "const add = (email, npsso) => 1;\nadd('a', '§')",
                "npsso (parameter)",
            ),
            (
                "def add(email, npsso):\n    pass\nadd(\"a\", \"§\")",
                "npsso (parameter)",
            ),
            (
                "record Account(string Name, string Npsso);\nnew Account(\"a\", \"§\")",
                "Npsso (parameter)",
            ),
            (
                "[[\"name\", \"npsso\"], [\"a\", \"§\"]]",
                "npsso (parameter)",
            ),
            (
                "type R = [name: string, npsso: string]\nx = [[\"a\", \"§\"]]",
                "npsso (parameter)",
            ),
            (
                "class A:\n    name: str\n    npsso: str\n\nA(\"a\", \"§\")",
                "npsso (parameter)",
            ),
            (
                "type t struct{ ID, NPSSO string }\nx = []t{\n{\"a\", \"§\"},\n}",
                "NPSSO (parameter)",
            ),
            ("for name, npsso in [('a', '§')]", "npsso (parameter)"),
            (
                "my ($who, $npsso) = (\n  'a',\n  '§',\n);",
                "npsso (parameter)",
            ),
            (
                "let (npsso, salt) = (\n  \"a\",\n  \"§\",\n)",
                "salt (parameter)",
            ),
            (
                "save(who, npsso);\nx = (\n  'a',\n  '§',\n)",
                "a (argument or element before it)",
            ),
            (
                "type t struct {\n  ID string\n  Key string // signs, and more\n  NPSSO string\n}\nx = []t{\n{\"a\", \"\", \"§\"},\n}",
                "NPSSO (parameter)",
            ),
            (
                "x = [\n  ((\"a\", Npsso), \"x\"),\n  ((\"b\", Other), \"§\")]",
                "x (key or variable)",
            ),
            (
                "enum class P(val who: String, val npsso: String) {\n  A(\"a\", \"§\"),\n}",
                "npsso (parameter)",
            ),
            (
                "function rows(): array {\n  return ['a' => ['§', 'b']];\n}\n/** @dataProvider rows */\npublic function test(string $npsso, string $land)",
                "npsso (parameter)",
            ),
            (
                "x = f('a', 'npsso')\nf('b', '§')",
                "b (argument or element before it)",
            ),
        ]);
    }
}
