//! What a value is assigned to, or is the default of.

use super::super::calendar;
use super::super::lexer::Kind;
use super::super::name::{How, is_token};
use super::super::vocabulary;
use super::Climb;

/// Tokens of a day before the last one.
const DAY: usize = 4;

impl Climb<'_> {
    /// `name = `, `name: type = `, `"name": `, `name["key"] = `, `name => `.
    pub fn assignment(&mut self, sign: usize) -> bool {
        let text = self.text;
        let Some(end) = text.before_lines(sign) else {
            return self.grow(sign);
        };
        if text.is(sign, ":")
            && let Some(question) = self.question(sign)
        {
            // `ok ? x.npsso : "T"`: the name of the other one of two values, and of the condition.
            self.operand(sign);
            return self.operand(question);
        }
        // `NPSSOS=dad:T,nadia:T`: what stands before a separator is no name.
        match text.kind(end) {
            Kind::Close => match text.string(end) {
                Some((open, name)) if !is_token(&name) => {
                    self.names.push(name, How::Assigned);
                    self.first = open;
                    self.string_prefix();
                    true
                }
                Some((open, _)) => self.grow(open),
                None => self.grow(end),
            },
            Kind::Closing => self.assigned_bracket(end, sign),
            Kind::Word => self.assigned_word(end, sign),
            Kind::Sign if text.is_one(end, &["*", "**", "?", "!"]) => {
                // `**npsso**:`, `npsso?: string =`, `ready? =`
                match text
                    .before(end)
                    .filter(|word| text.kind(*word) == Kind::Word)
                {
                    Some(word) => self.assigned_word(word, sign),
                    None => self.grow(end),
                }
            }
            Kind::Sign | Kind::Open | Kind::Bracket | Kind::Value | Kind::Line => self.grow(sign),
        }
    }

    /// `x["npsso"] =`, `get("npsso") =`, `npsso[65] =`, `Option<String> =`, `$h{npsso} =`.
    fn assigned_bracket(&mut self, close: usize, sign: usize) -> bool {
        let text = self.text;
        let Some(open) = text.mate(close) else {
            return self.grow(close);
        };
        let inner = super::inside(text, open, close);
        let word = open
            .checked_sub(1)
            .filter(|before| text.kind(*before) == Kind::Word)
            .filter(|before| text.is(open, "(") || text.touch(*before, open));
        match text.bytes(open) {
            // `Option<String> =`, `Map<String, String> npsso =`, or `<b>npsso</b>: `
            b"<" if text.is(open + 1, "/") => self.behind_tag(close),
            b"<" => match word {
                Some(word) => self.assigned_word(word, sign),
                None => self.behind_tag(close),
            },
            // `npsso {.strdefine.}: string =`, a pragma of Nim
            b"{" if inner.starts_with('.') => {
                let marked = open.checked_sub(2).filter(|_| text.is(open - 1, "*"));
                match word.or(marked) {
                    Some(word) => self.assigned_word(word, sign),
                    None => self.grow(open),
                }
            }
            // `string Npsso { get; set; } =`, a property of C#
            b"{" if inner.trim_start().starts_with("get;") && open > 0 => {
                self.assigned_word(open - 1, sign)
            }
            b"[" | b"{" => {
                // `const [npsso, setNpsso] = useState("T")`: the first of them.
                if word.is_none() && text.is(open, "[") && inner.contains(',') {
                    let first = inner.split(',').next().unwrap_or("");
                    self.names.push(unquoted(first), How::Assigned);
                    self.first = open;
                    return true;
                }
                let is_index = !inner.is_empty()
                    && !inner.bytes().all(|byte| byte.is_ascii_digit())
                    && !(word.is_some_and(|word| self.is_type_of(word)))
                    && !inner.contains(';');
                if is_index {
                    // `os.environ["NPSSO"]`, `$conf['psn']['npsso']`, `$h{npsso}`, `psn[:npsso]`
                    let inner = inner.trim_start_matches([':', '$', '@', '-']);
                    if inner.starts_with('[') {
                        return self.grow(open);
                    }
                    self.names.push(unquoted(inner), How::Assigned);
                    self.first = open;
                    self.owner();
                    return true;
                }
                match word {
                    Some(word) => self.assigned_word(word, sign),
                    // `npsso: [u8; 64] =`
                    None => self.typed_before(open, sign),
                }
            }
            _ => {
                // `headers.get("x-key") ==`, `NPSSO (64 characters):`
                let quoted = text.string(close - 1).filter(|(at, _)| *at == open + 1);
                if let Some((_, string)) = quoted {
                    self.names.push(string, How::Assigned);
                }
                self.first = open;
                match word {
                    Some(_) => {
                        self.phrase(open);
                        // `SHA384 (file) =` is about a digest, whatever the file is called.
                        self.names.push(inner, How::Words);
                        true
                    }
                    None => {
                        self.names.push(inner, How::Words);
                        true
                    }
                }
            }
        }
    }

    /// The variable that an index or a key belongs to: `env` of `env["npsso"]`.
    fn owner(&mut self) {
        let text = self.text;
        while let Some(before) = self.first.checked_sub(1) {
            if !text.touch(before, self.first) {
                return;
            }
            match text.kind(before) {
                Kind::Closing => {
                    // `config["psn"]["npsso"]`
                    let Some(open) = text.mate(before) else {
                        return;
                    };
                    let inner = super::inside(text, open, before);
                    self.names.push(unquoted(&inner), How::Words);
                    self.first = open;
                }
                Kind::Word => {
                    if let Some((start, name)) = text.identifier(before) {
                        self.names.push(name, How::Words);
                        self.first = start;
                    }
                    self.string_prefix();
                    return;
                }
                Kind::Sign if text.is_one(before, &["$", "@", ".", "->"]) => self.first = before,
                _ => return,
            }
        }
    }

    /// A word before a sign: a variable, a key, or the type of one.
    fn assigned_word(&mut self, end: usize, sign: usize) -> bool {
        let text = self.text;
        let Some((start, name)) = text.identifier(end) else {
            return self.grow(end);
        };
        let assigns = text.bytes(sign).contains(&b'=') && !text.is(sign, "=>");
        if assigns {
            // `npsso: string =`, `let npsso: &'static str =`, `NPSSO::String =`
            if let Some(declared) = self.declared_by_type(start, sign) {
                return declared;
            }
        }
        // `NPSSO::String =`
        let name = match name.rsplit_once("::") {
            Some((own, of)) if assigns && vocabulary::is_type(of) => own.to_owned(),
            _ => name,
        };
        if name == "lambda" || name == "_" || is_token(&name) {
            // `get_npsso = lambda: …`
            return self.grow(start);
        }
        if !assigns && self.is_speaker(start, &name) {
            let line = text.line_start(start);
            self.first = line;
            self.asked(line);
            return false;
        }
        let spaced = text.token(sign).is_spaced;
        if assigns && spaced || text.is_one(sign, &[":=", "<-"]) {
            self.declaration(start, &name);
            return true;
        }
        if !assigns {
            let goes_on = self.labelled(start, end, &name);
            // "expired / admin key: T" names what is behind it, and what is before its
            // phrase has a value of its own.
            let is_spaced = next_is_spaced(text, sign);
            let is_line = text
                .parent(sign)
                .is_none_or(|open| text.kind(open) == Kind::Open);
            let before = text.before(self.first);
            let again = before.is_some_and(|before| text.is(before, ":"));
            return goes_on && !(is_spaced && is_line && again);
        }
        // `npsso token=`: the word before it belongs to it, further ones do not.
        let word = start
            .checked_sub(1)
            .filter(|word| text.kind(*word) == Kind::Word && text.token(start).is_spaced);
        self.names.push(&name, How::Assigned);
        self.first = start;
        self.prefix_of_name();
        if let Some(word) = word
            && vocabulary::is_generic(&name)
            && text
                .parent(start)
                .is_none_or(|open| text.kind(open) == Kind::Open)
        {
            self.names
                .push(format!("{} {name}", text.text(word, word)), How::Words);
            self.first = word;
            return text.kind(word.saturating_sub(1)) != Kind::Word;
        }
        true
    }

    /// The sign before a name that is part of it: `$npsso`, `@npsso`, `:npsso`, `--npsso`.
    pub fn prefix_of_name(&mut self) {
        let text = self.text;
        while let Some(before) = self.first.checked_sub(1) {
            let is_prefix = text.touch(before, self.first)
                && (text.is_one(before, &["$", "@", ":", "-", "--", "#", "?."])
                    // `*npsso =`, `%npsso =`, but not `x=1&npsso=`
                    || text.is_one(before, &["%", ".", "&", "*"])
                        && (text.token(before).is_spaced || text.begins_line(before)));
            if !is_prefix {
                return;
            }
            self.first = before;
        }
    }

    /// `npsso: `, `My NPSSO token: `: a label or a key, and the words before it.
    fn labelled(&mut self, start: usize, end: usize, name: &str) -> bool {
        let text = self.text;
        let limit = self.statement_start(start);
        // "today, 4. October: …"
        let is_day = |first: &usize| calendar::is_day(&text.text(*first, end));
        if let Some(day) = (limit.max(end.saturating_sub(DAY))..end).find(is_day) {
            return self.grow(day);
        }
        let mut first = start;
        while let Some(before) = first.checked_sub(1).filter(|before| *before >= limit) {
            let joins = match text.kind(before) {
                Kind::Word => !is_token(&text.text(before, before)),
                Kind::Sign => {
                    text.is_one(before, &["/", ",", ".", "'", "-", "+"])
                        && text.kind(before + 1) == Kind::Word
                        // A sentence ends there.
                        && !(text.is(before, ".") && text.token(before + 1).is_spaced)
                }
                _ => false,
            };
            if !joins {
                break;
            }
            first = before;
        }
        // A list of YAML begins with a sign that belongs to no word.
        while first < start && text.kind(first) == Kind::Sign {
            first += 1;
        }
        if first >= start {
            self.names.push(name, How::Assigned);
            self.first = start;
            self.prefix_of_name();
            // "change the password of the repository, old: …"
            if text.parent(start).is_none() && text.is_one(first.saturating_sub(1), &[","]) {
                let before = text.text(text.line_start(first), first.saturating_sub(2));
                self.names.push(super::tail(&before), How::Asked);
            }
            return true;
        }
        let phrase = text.text(first, end);
        let line = text.line_start(start).min(first);
        let words = text.text(line, start - 1);
        let count = words.split_whitespace().count();
        let is_plain = words
            .chars()
            .all(|c| c.is_alphabetic() || matches!(c, ' ' | '\'' | ',' | '.'));
        // The last word of a sentence is no name: `this is for the bot: …`
        if count < 2 || !is_plain {
            self.names.push(name, How::Assigned);
        }
        self.names.push(super::tail(&phrase), How::Words);
        self.first = first;
        true
    }

    /// `get("npsso") =`, `NPSSO (64 characters): `: the words before a bracket.
    fn phrase(&mut self, open: usize) {
        let text = self.text;
        let limit = self.statement_start(open);
        let mut first = open;
        while let Some(before) = first.checked_sub(1).filter(|before| *before >= limit) {
            if text.kind(before) != Kind::Word && !text.is_one(before, &[".", "-", "->", "*", "**"])
            {
                break;
            }
            first = before;
        }
        if first < open {
            let phrase = text.text(first, open - 1);
            self.names
                .push(super::tail(phrase.trim_matches('*')), How::Assigned);
            self.first = first;
        }
    }

    /// Where the statement, member or argument begins that a token belongs to.
    pub fn statement_start(&self, at: usize) -> usize {
        let text = self.text;
        let mut back = at;
        while let Some(before) = back.checked_sub(1) {
            match text.kind(before) {
                Kind::Closing | Kind::Close => match text.mate(before) {
                    Some(mate) => back = mate,
                    None if text.kind(before) == Kind::Close => return back,
                    None => back = before,
                },
                Kind::Open | Kind::Bracket | Kind::Line | Kind::Value => return back,
                Kind::Sign if text.is_one(before, &[",", ";"]) => return back,
                Kind::Sign | Kind::Word => back = before,
            }
        }
        back
    }

    /// The question mark of `ready ? a : b` before a colon.
    fn question(&self, sign: usize) -> Option<usize> {
        let text = self.text;
        if !text.token(sign).is_spaced && !self.ends_string(sign) {
            return None;
        }
        let mut at = sign;
        while let Some(before) = at.checked_sub(1) {
            match text.kind(before) {
                // Its signs begin the lines, or the question does not end one.
                Kind::Line if !text.is_one(before + 1, &["?", ":"]) => return None,
                Kind::Closing | Kind::Close => at = text.mate(before)?,
                Kind::Sign if text.is(before, "?") => {
                    return (text.token(before).is_spaced || next_is_spaced(text, before))
                        .then_some(before);
                }
                Kind::Open | Kind::Bracket | Kind::Value => return None,
                Kind::Sign if text.is_one(before, &[",", ";", "=", ":", "=>"]) => return None,
                _ => at = before,
            }
            if sign - at > 40 {
                return None;
            }
        }
        None
    }

    fn ends_string(&self, sign: usize) -> bool {
        sign.checked_sub(1)
            .is_some_and(|before| self.text.kind(before) == Kind::Close)
    }
}

pub fn next_is_spaced(text: &super::super::lexer::Text, at: usize) -> bool {
    at + 1 < text.len() && text.token(at + 1).is_spaced
}

/// A text without its quotes.
pub fn unquoted(text: &str) -> &str {
    text.trim_matches(|c: char| matches!(c, '"' | '\'' | '`' | ' ' | ':'))
}

#[cfg(test)]
mod tests {
    use super::super::testing::first_names;

    #[test]
    fn examples() {
        first_names(&[
            ("NPSSO=§", "NPSSO (key or variable)"),
            ("const npsso: string = \"§\";", "npsso (key or variable)"),
            ("let npsso: &'static str = \"§\"", "npsso (key or variable)"),
            (
                "const npsso: []const u8 = \"§\";",
                "npsso (key or variable)",
            ),
            ("const NPSSO::String = \"§\"", "NPSSO (key or variable)"),
            ("npsso: Final[str] = \"§\"", "npsso (key or variable)"),
            ("String npsso = \"§\";", "npsso (key or variable)"),
            (
                "string Npsso { get; private set; } = \"§\";",
                "Npsso (key or variable)",
            ),
            ("var npsso string = \"§\"", "npsso (key or variable)"),
            ("os.environ[\"NPSSO\"] = \"§\"", "NPSSO (key or variable)"),
            ("$h{npsso} = '§';", "npsso (key or variable)"),
            ("$env:NPSSO = \"§\"", "NPSSO (key or variable)"),
            ("**npsso**: §", "npsso (key or variable)"),
            ("{\"a\": 1, \"npsso\": \"§\"}", "npsso (key or variable)"),
            ("a = x.NPSSO || \"§\"", "NPSSO (its default)"),
            ("a = ENV['NPSSO'] || '§'", "NPSSO (its default)"),
            ("${NPSSO:-§}", "NPSSO (key or variable)"),
            ("ok ? env.NPSSO : \"§\"", "NPSSO (its default)"),
            ("const [npsso, set] = use(\"§\")", "use (call)"),
            ("Cookie: KP_uIDz-ssn=§", "KP_uIDz-ssn (key or variable)"),
            ("npsso = \"\" + \"§\"", "npsso (key or variable)"),
            ("4 October: §", ""),
            (
                "heute, 4. Oktober: §",
                "heute (argument or element before it)",
            ),
            ("key 4 October: §", "key (words beside it)"),
            ("4 discords: §", "discords (key or variable)"),
        ]);
    }
}
