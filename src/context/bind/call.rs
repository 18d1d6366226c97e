//! The function that takes a value, and the arguments before it.

use super::super::lexer::Kind;
use super::super::name::{How, Role, is_name_of_secret};
use super::super::vocabulary;
use super::Climb;
use crate::rule::words::List;

impl Climb<'_> {
    /// The expression is the first thing in a bracket, or all of it.
    pub fn begins_bracket(&mut self, open: usize) -> bool {
        let text = self.text;
        self.inner = self.first;
        self.grow_around(open);
        match text.bytes(open) {
            b"(" => self.callee(open),
            b"[" => {
                self.subscript(open);
                true
            }
            b"<" => self.in_tag(open),
            _ => self.block(open),
        }
    }

    /// `callee(`: its name, or that of what it sets.
    pub fn callee(&mut self, open: usize) -> bool {
        let text = self.text;
        let Some(mut before) = open.checked_sub(1) else {
            return false;
        };
        if text.token(open).is_spaced {
            // `print ("T")` is a call, and `= ("T")` is none; neither is `see the site (T)`.
            let is_name = text.kind(before) == Kind::Word && text.kind(open + 1) == Kind::Open;
            if !is_name {
                return true;
            }
        }
        if text.is_one(before, &["!", "?"]) && text.touch(before, open) {
            // A macro, or a method that asks.
            match before.checked_sub(1) {
                Some(word) => before = word,
                None => return true,
            }
        }
        // `Some::<String>(`, `List<String>(`
        if text.is(before, ">") {
            match text.mate(before).and_then(|open| open.checked_sub(1)) {
                Some(word) => before = word,
                None => return true,
            }
        }
        while text.is(before, "::") && before > 0 {
            before -= 1;
        }
        let Some((mut start, mut callee)) = text.identifier(before) else {
            return true;
        };
        // `\Tustin\Client`, `Psn::Client`, `$client->login`
        while let Some(sign) = start.checked_sub(1) {
            let joins =
                text.touch(sign, start) && (text.is_one(sign, &["\\", "$", "@", "->", ".", ":"]));
            if !joins {
                break;
            }
            match sign
                .checked_sub(1)
                .filter(|word| text.touch(*word, sign))
                .and_then(|word| text.identifier(word))
            {
                Some((word, name)) => {
                    callee = format!("{name}{}{callee}", text.text(sign, sign));
                    start = word;
                }
                None => {
                    start = sign;
                    // `"{}".format("T")`, `"".join(["T"])`: a method of a string.
                    let string = sign.checked_sub(1).and_then(|close| text.string(close));
                    if let Some((open, _)) = string.filter(|_| text.is(sign, ".")) {
                        self.first = open;
                        return true;
                    }
                    break;
                }
            }
        }
        self.first = start;
        match setter(&callee) {
            Some(name) => self.names.push(name, How::Parameter),
            None => self.names.push(&callee, How::Callee),
        }
        // `PSNAWP(…).create("T")`, `f(x)("T")`
        self.chain();
        self.keyword();
        true
    }

    /// `PsnClient.builder().token("T")`: the calls before this one.
    fn chain(&mut self) {
        let text = self.text;
        while let Some(before) = text.before_lines(self.first) {
            if text.is_one(before, &[".", "?.", "->", "::"]) {
                self.first = before;
            } else if text.is(before, ")")
                && text.is_one(self.first, &[".", "?.", "->", "::"])
                && let Some(open) = text.mate(before)
            {
                self.first = open;
                let Some((start, callee)) = open.checked_sub(1).and_then(|at| text.identifier(at))
                else {
                    return;
                };
                if is_name_of_secret(&callee) {
                    // Each call gives something else.
                    self.fields.push(callee);
                } else {
                    self.names.push(callee, How::Callee);
                }
                self.first = start;
            } else {
                return;
            }
        }
    }

    /// `new`, `await`, `return`: what stands before a call says nothing.
    fn keyword(&mut self) {
        const KEYWORDS: [&[u8]; 10] = [
            b"new", b"await", b"return", b"yield", b"throw", b"try", b"go", b"defer", b"not",
            b"typeof",
        ];
        let text = self.text;
        while let Some(before) = text.before(self.first) {
            if text.kind(before) == Kind::Word && KEYWORDS.contains(&text.bytes(before)) {
                self.first = before;
            } else {
                return;
            }
        }
    }

    /// `x["T"]`: the value is a key itself. `List["T"]`, `[ "T"` is a list.
    fn subscript(&mut self, open: usize) {
        let text = self.text;
        if let Some(before) = open.checked_sub(1)
            && text.touch(before, open)
            && text.kind(before) == Kind::Word
            && let Some((start, name)) = text.identifier(before)
        {
            self.names.push(name, How::Encloses);
            self.first = start;
        }
        self.types();
    }

    /// `[]string{`, `Account{`: types before a bracket.
    fn types(&mut self) {
        let text = self.text;
        while let Some(before) = self.first.checked_sub(1) {
            if text.touch(before, self.first)
                && text.is(before, "]")
                && text.mate(before).is_some_and(|open| open + 1 == before)
            {
                self.first = before - 1;
            } else {
                return;
            }
        }
    }

    /// `name {`, `name: {`, `name = {`: the key of the block.
    pub fn block(&mut self, open: usize) -> bool {
        let text = self.text;
        self.titles(open);
        let Some(before) = text.before_lines(open) else {
            return false;
        };
        // Many write the bracket on a line of its own.
        let is_apart = text.begins_line(open) && text.line_end(open) == open + 1;
        let same_line = is_apart || text.before(open) == Some(before);
        match text.kind(before) {
            Kind::Word if same_line => {
                // `std::string{…}`, `tenant{`, `psn {`
                let Some((start, name)) = text.identifier(before) else {
                    return false;
                };
                self.first = start;
                // `location /npsso {`: where something is served.
                let sign = start.checked_sub(1).filter(|sign| text.touch(*sign, start));
                if sign.is_some_and(|sign| text.is(sign, "/") && text.token(sign).is_spaced) {
                    return false;
                }
                // `std::string_view npsso{"T"}` declares a variable.
                let is_variable = text.touch(before, open)
                    && text.kind(self.inner) == Kind::Open
                    && text.after_lines(open) == Some(self.inner)
                    && text
                        .before(start)
                        .is_some_and(|word| text.kind(word) == Kind::Word);
                if is_variable {
                    self.names.push(name, How::Assigned);
                    return true;
                }
                self.names.push_as(name, Role::Block, How::Section);
                self.types();
                // `resource "x" "psn" {`, `class Psn : Base {`: what is declared there.
                true
            }
            Kind::Close if same_line => {
                // `resource "kind" "name" {`
                if let Some((start, name)) = text.string(before) {
                    self.names.push_as(name, Role::Block, How::Section);
                    self.first = start;
                }
                self.first = text.line_start(self.first);
                true
            }
            Kind::Closing if text.is(before, ")") => {
                // `f("npsso") { "T" }`: the block gives nothing but the value.
                let is_all = text.after_lines(open) == Some(self.inner)
                    && text.kind(self.inner) == Kind::Open;
                if let Some(arguments) = text.mate(before).filter(|_| is_all) {
                    self.strings_in(arguments, before);
                    return self.callee(arguments);
                }
                self.created(before)
            }
            Kind::Closing if text.is(before, "]") => {
                // `[]string{`, `[2]account{`
                if let Some(mate) = text.mate(before) {
                    self.first = mate;
                }
                true
            }
            Kind::Closing if text.is(before, ">") => {
                // `Map<String, String>{`
                match text.mate(before).and_then(|open| open.checked_sub(1)) {
                    Some(word) if text.kind(word) == Kind::Word => self.first = word,
                    _ => return false,
                }
                true
            }
            // The body of a function: what stands around that names no value in it.
            Kind::Sign
                if text.is_one(before, &["=>", "->"])
                    && !text.is_one(before.saturating_sub(1), &["\"", "'"]) =>
            {
                let is_key = before.checked_sub(1).is_some_and(|key| {
                    text.kind(key) == Kind::Close || text.kind(key) == Kind::Word
                });
                is_key && self.is_pair_of_hash(before)
            }
            Kind::Sign if text.is_one(before, &["?", ")"]) => false,
            _ => true,
        }
    }

    /// `{"name": "my npsso", "login": {"password": "T"}}`: what an object around the
    /// value's own is called, when that is one of our secrets.
    fn titles(&mut self, open: usize) {
        let text = self.text;
        let Some(close) = text.mate(open) else {
            return;
        };
        let mut at = open + 1;
        while at < close {
            if let Some(mate) = text.mate(at).filter(|mate| *mate > at) {
                let is_key = text.kind(at) == Kind::Open && text.is_one(mate + 1, &[":", "=>"]);
                if let Some((_, key)) = text.string(mate).filter(|_| is_key)
                    && vocabulary::is_naming_key(&key)
                    && let Some(value) = text.after_lines(mate + 1)
                    && let Some((_, title)) = text.mate(value).and_then(|end| text.string(end))
                    && List::Npsso.is_in(&title.to_ascii_lowercase())
                {
                    self.names.push(title, How::Record);
                }
                at = mate;
            }
            at += 1;
        }
    }

    /// `'psn' => {` in a list of pairs, and not `x => {`, the body of a function.
    fn is_pair_of_hash(&self, arrow: usize) -> bool {
        let text = self.text;
        text.kind(arrow - 1) == Kind::Close || text.is_one(arrow.saturating_sub(2), &[":"])
    }

    /// `new() {`, `new Map(8) {`: steps over it, to what is created.
    fn created(&mut self, close: usize) -> bool {
        let text = self.text;
        let Some(open) = text.mate(close) else {
            return false;
        };
        let line = text.line_start(open);
        let is_new = (line..open).any(|at| text.is(at, "new"));
        if is_new {
            let mut first = open;
            while first > line && !text.is(first, "new") {
                first -= 1;
            }
            self.first = first;
        }
        is_new
    }

    /// An argument of a call behind others: the strings before it, then the callee.
    pub fn argument(&mut self, open: usize, elements: &[(usize, usize)]) -> bool {
        let text = self.text;
        let callee = open
            .checked_sub(1)
            .filter(|before| text.touch(*before, open))
            .and_then(|before| text.identifier(before))
            .map(|(_, name)| name);
        let defines = callee.as_deref().is_some_and(|callee| {
            let last = callee.rsplit(['.', ':', '>', '-']).next().unwrap_or(callee);
            vocabulary::defines(last)
        });
        if callee.as_deref().is_some_and(vocabulary::is_cryptographic) {
            self.names.push("encryption key", How::Parameter);
        }
        for &(first, last) in elements.iter().rev() {
            let wrapped = self.text_of_wrapped(first, last);
            match wrapped.or_else(|| self.text_of_string(first, last)) {
                Some(string) => self.names.push(string, How::Before),
                // `-define(NPSSO, "T")`: what it defines stands there as it is.
                None if (callee.is_none() || defines) && first == last => {
                    self.names.push(text.text(first, last), How::Before);
                }
                // `setopt(handle, OPT_PASSWORD, "T")`: a constant says what follows it.
                None if first == last && is_constant(&text.text(first, last)) => {
                    let name = text.text(first, last);
                    if !vocabulary::mentions_ours(&name) {
                        self.names.push(name, How::Before);
                    }
                }
                // `f(:npsso, "T")`
                None if first + 1 == last && text.is(first, ":") => {
                    self.names.push(text.text(last, last), How::Before);
                }
                None if text.is(first, "[") && text.mate(first) == Some(last) => {
                    // `kv.set(["psn", "npsso"], "T")`: a key of several parts.
                    self.strings_in(first, last);
                }
                None => self.pair_as_name(first, last),
            }
        }
        self.begins_bracket(open)
    }

    /// Takes the strings in a bracket, the last one first.
    fn strings_in(&mut self, open: usize, close: usize) {
        let text = self.text;
        let mut at = close;
        while at > open + 1 {
            at -= 1;
            if let Some((start, string)) = text.string(at) {
                self.names.push(string, How::Before);
                at = start;
            } else if text.is(at - 1, ":") && text.touch(at - 1, at) {
                // `let(:npsso) { "T" }`
                self.names.push(text.text(at, at), How::Before);
            }
        }
    }

    /// `name="npsso"` among arguments says how the thing is called.
    fn pair_as_name(&mut self, first: usize, last: usize) {
        let text = self.text;
        let Some(sign) = (first..last).find(|at| text.is_one(*at, &["=", ":", "=>"])) else {
            return;
        };
        let key = text.text(first, sign.saturating_sub(1));
        if !vocabulary::is_naming_key(key.trim_matches(|c: char| !c.is_alphanumeric())) {
            return;
        }
        if let Some(string) = self.text_of_string(sign + 1, last) {
            self.names.push(string, How::Before);
        }
    }

    /// The string in `Text("npsso")`, where the value is wrapped in the same call.
    pub fn text_of_wrapped(&self, first: usize, last: usize) -> Option<String> {
        let text = self.text;
        let own = self
            .names
            .list
            .iter()
            .find(|name| name.how == How::Callee)?;
        let open = text.mate(last).filter(|open| *open > first)?;
        let is_same = text.is(open, "(") && text.text(first, open - 1) == own.text;
        is_same.then(|| self.text_of_string(open + 1, last - 1))?
    }

    /// The string that some tokens are, but for its prefix and what it is formatted with.
    pub fn text_of_string(&self, first: usize, last: usize) -> Option<String> {
        let text = self.text;
        let mut first = first;
        // `f"npsso:{uid}"`, `b"npsso"`, `L"npsso"`
        while first < last && text.kind(first) != Kind::Open {
            let touches = text.touch(first, first + 1);
            if !touches || !matches!(text.kind(first), Kind::Word | Kind::Sign) {
                return None;
            }
            first += 1;
        }
        let close = text
            .mate(first)
            .filter(|_| text.kind(first) == Kind::Open)?;
        let is_whole = close == last
            // `"npsso:%s" % user`, `"npsso:" + user`, `"npsso".to_string()`
            || text.is_one(close + 1, &["%", "+", ".", "as"]);
        let (_, string) = text.string(close)?;
        (is_whole && string.chars().count() <= super::MAX_LABEL).then_some(string)
    }
}

/// Whether a word is written as the name of a constant.
fn is_constant(word: &str) -> bool {
    word.contains('_') && !word.contains(char::is_lowercase)
}

/// The name in `setNpsso(`, `.npsso(`, `with_npsso(`: calls that do nothing but
/// give a thing its value.
fn setter(callee: &str) -> Option<&str> {
    let last = callee
        .rsplit(['.', ':', '>', '\\'])
        .next()
        .unwrap_or(callee);
    let bare = [
        "set_", "set", "with_", "with", "add_", "add", "put_", "put", "Set", "With", "Add",
    ]
    .iter()
    .find_map(|prefix| last.strip_prefix(prefix))
    .unwrap_or(last);
    is_name_of_secret(bare).then_some(bare)
}

#[cfg(test)]
mod tests {
    use super::super::testing::first_names;

    #[test]
    fn examples() {
        first_names(&[
            ("PSNAWP(\"§\")", "PSNAWP (call)"),
            ("client.setNpsso('§')", "Npsso (parameter)"),
            (
                "new Cookie(\"npsso\", \"§\")",
                "npsso (argument or element before it)",
            ),
            (
                "-define(NPSSO, \"§\").",
                "NPSSO (argument or element before it)",
            ),
            (
                "kv.set([\"psn\", \"npsso\"], \"§\")",
                "npsso (argument or element before it)",
            ),
            (
                "f('npsso') { '§' }",
                "npsso (argument or element before it)",
            ),
            ("Pair(Text(\"npsso\"), Text(\"§\"))", "Text (call)"),
            ("encrypt(npsso, '§')", "encryption key (parameter)"),
            ("\"{}\".format(\"§\")", ""),
            ("std::string_view npsso{\"§\"};", "npsso (key or variable)"),
            ("see the site (§)", "see the site (words beside it)"),
        ]);
    }
}
