//! Words before a value on its line, the line above, and who says it.

use super::super::lexer::Kind;
use super::super::name::{How, is_token};
use super::super::vocabulary;
use super::Climb;

/// Lines of a chat that are read.
const SPEECH_LINES: usize = 8;
/// Entries of a list above a value.
const ENTRIES: usize = 12;
/// Lines above that only decorate.
const DECORATIONS: usize = 3;

/// A line of a chat.
struct Speech {
    speaker: String,
    /// Behind which it is said.
    colon: usize,
    /// How many words.
    words: usize,
}

impl Climb<'_> {
    /// `npsso is T`, `--npsso T`, `return T`: words before the value on its line.
    pub fn words(&mut self, word: usize) -> bool {
        let text = self.text;
        let Some((start, name)) = text.identifier(word) else {
            return self.grow(word);
        };
        match name.as_str() {
            "or" | "else" | "orelse" if self.is_code(start) => return self.operand(start),
            "await" | "new" | "yield" | "not" | "then" if self.names.list.is_empty() => {
                return self.grow(start);
            }
            "return" => {
                if let Some(function) = self.function(start) {
                    self.names.push(function, How::Encloses);
                }
                return false;
            }
            _ => {}
        }
        // `npsso accepted traceId=T`: the words before a pair are not about it.
        // "an NPSSO and a Discord token (mine: T)": brackets say more about what is before.
        let in_brackets = text.is(self.first, "(")
            && (self.names.list.iter()).all(|name| vocabulary::is_generic(&name.text));
        if self.has_own_name() && !in_brackets {
            return false;
        }
        let sign = start.checked_sub(1).filter(|sign| text.touch(*sign, start));
        // `{:npsso "T"}`, `[:npsso "T"]`
        let is_symbol = |sign: usize| {
            text.is(sign, ":")
                && sign.checked_sub(1).is_none_or(|before| {
                    text.kind(before) != Kind::Word || !text.touch(before, sign)
                })
        };
        if sign.is_some_and(is_symbol) && self.names.list.is_empty() {
            self.names.push(name, How::Assigned);
            self.first = start - 1;
            // What stands before it are other pairs.
            return match text.parent(start).filter(|open| text.is(*open, "{")) {
                Some(open) => self.begins_bracket(open),
                None => true,
            };
        }
        // `npsso: &anchor T`, `npsso: !secret T`
        if let Some(sign) = sign.filter(|sign| text.is_one(*sign, &["&", "!"]))
            && text
                .before(sign)
                .is_some_and(|key| text.is_one(key, &[":", "-", "=", "!"]))
        {
            return self.grow(sign);
        }
        let option = sign.filter(|sign| text.is_one(*sign, &["-", "--", "/"]));
        if let Some(sign) = option
            && (text.token(sign).is_spaced || text.begins_line(sign))
        {
            return self.option(sign, start, &name);
        }
        self.sentence(word)
    }

    /// `--npsso T`: an option, and the command that it is one of.
    fn option(&mut self, sign: usize, start: usize, name: &str) -> bool {
        let text = self.text;
        let line = text.line_start(start);
        let others = (line..sign).any(|at| {
            text.is_one(at, &["-", "--"]) && text.token(at).is_spaced && text.touch(at, at + 1)
        });
        self.first = sign;
        if !vocabulary::is_generic(name) {
            self.names.push(name, How::Assigned);
            return !others;
        }
        self.names.push(name, How::Words);
        // What stands before another option is not about this one.
        !others
    }

    /// The words before the value, as far as they belong together.
    fn sentence(&mut self, word: usize) -> bool {
        let text = self.text;
        let line = text.line_start(word);
        let mut first = word;
        while let Some(before) = first.checked_sub(1).filter(|before| *before >= line) {
            let belongs = match text.kind(before) {
                // Another value ends what is said about this one.
                Kind::Word => !is_token(&text.text(before, before)),
                Kind::Close => match text.mate(before) {
                    Some(mate) if mate >= line => {
                        first = mate;
                        continue;
                    }
                    _ => false,
                },
                Kind::Closing if text.is(before, ")") => match text.mate(before) {
                    // "the npsso (64 characters) is"
                    Some(mate) if mate >= line && text.token(mate).is_spaced => {
                        first = mate;
                        continue;
                    }
                    _ => false,
                },
                Kind::Sign => {
                    let inside = text.touch(before, first);
                    // An option before it has a value of its own: `--npsso-file f --token …`
                    text.is_one(
                        before,
                        &[
                            "/", "\\", "'", ".", "-", "@", "::", "*", "**", "#", "_", "&", "$",
                        ],
                    ) && inside
                        && !text.is_one(before, &["-", "--"])
                        || text.is_one(before, &["-", ".", "/", "::", "--"])
                            && inside
                            && before > line
                            && text.touch(before - 1, before)
                }
                _ => false,
            };
            if !belongs {
                break;
            }
            first = before;
        }
        // `SET psn:npsso:lock "T"`: a key of several parts.
        let key = start_of_key(text, word);
        if key < word && text.kind(key) == Kind::Word && self.names.list.is_empty() {
            let name = text.text(key, word);
            if name.contains(':') {
                self.names.push(name, How::Assigned);
                self.first = line;
                return false;
            }
        }
        // `#define NPSSO "T"`, `set -x NPSSO T`, `ENV NPSSO T`
        if let Some((start, name)) = text.identifier(word)
            && start > line
            && self.is_definition(line, start)
        {
            self.names.push(name, How::Assigned);
            let verb = text.text(line, line);
            if !vocabulary::defines(&verb) {
                self.names
                    .push(super::tail(&text.text(line, word)), How::Words);
            }
            self.first = line;
            return false;
        }
        let phrase = text.text(first, word);
        self.names.push(super::tail(&phrase), How::Words);
        self.first = first;
        true
    }

    /// Whether what stands before a name on its line says that it is defined there.
    fn is_definition(&self, line: usize, name: usize) -> bool {
        let text = self.text;
        let words: Vec<usize> = (line..name)
            .filter(|at| text.kind(*at) == Kind::Word)
            .collect();
        let [verb, options @ ..] = &words[..] else {
            return false;
        };
        let only_options = options
            .iter()
            .all(|word| text.is_one(word - 1, &["-", "--"]) && text.touch(word - 1, *word));
        // `proxy_set_header X-Origin "T"`: whatever the verb is, what it sets is written so.
        let is_written = |at: usize| {
            let (first, last) = (text.text(name, at), text.bytes(at));
            first.contains(['_', '-']) || last.iter().all(u8::is_ascii_uppercase) && last.len() > 2
        };
        let own = (name..text.len())
            .take_while(|at| text.kind(*at) != Kind::Line && *at < self.first)
            .filter(|at| text.kind(*at) == Kind::Word)
            .last()
            .unwrap_or(name);
        only_options
            && (vocabulary::defines(&text.text(*verb, *verb))
                || options.is_empty() && is_written(own) && text.kind(self.first) == Kind::Open)
    }

    /// Whether a word stands in code: an operand is before it.
    fn is_code(&self, word: usize) -> bool {
        let text = self.text;
        text.before_lines(word).is_some_and(|before| {
            matches!(text.kind(before), Kind::Closing | Kind::Close) && text.mate(before).is_some()
                || text.kind(before) == Kind::Word
                    && (text.line_start(word)..word).any(|at| text.is_one(at, &["=", ":", ":="]))
        })
    }

    /// The function that a value is returned from.
    fn function(&self, at: usize) -> Option<String> {
        const DECLARES: [&[u8]; 7] = [b"def", b"function", b"func", b"fun", b"fn", b"sub", b"defp"];
        let text = self.text;
        let declared = (at.saturating_sub(60)..at)
            .rev()
            .find(|at| DECLARES.contains(&text.bytes(*at)))?;
        let name = text.after(declared)?;
        (text.kind(name) == Kind::Word).then(|| text.text(name, name))
    }

    /// The expression begins its line: what the line before says about it.
    pub fn line_start(&mut self, line: usize) -> bool {
        let text = self.text;
        let Some(before) = text.before_lines(line) else {
            return self.heading(line);
        };
        // YAML block scalars, line continuations.
        let mut scalar = before;
        while text.is_one(scalar, &["|", ">", "-", "+", "\\", "^", "|>", "->"])
            && !text.begins_line(scalar)
        {
            match text.before(scalar) {
                Some(sign) if text.kind(sign) != Kind::Line => scalar = sign,
                _ => break,
            }
        }
        if scalar != before && text.is_one(scalar, &[":", "=", "=>"]) {
            return self.sign(scalar);
        }
        if text.is_one(before, &["\\", "^", "`"])
            && text.mate(before).is_none()
            && text.before(before).is_some()
        {
            return self.grow(before);
        }
        let parent = text.parent(self.first);
        // What has a name of its own is not what an empty assignment above goes on with.
        let is_named = self.names.list.iter().any(|name| name.how != How::Callee);
        let goes_on = match text.kind(before) {
            Kind::Open | Kind::Bracket => true,
            Kind::Sign if text.is_one(before, &["=", ":", "=>", ":=", "->", "<-", "::"]) => {
                !is_named
            }
            Kind::Sign => {
                text.is_one(before, &["||", "??", "?:", "+", "<<", ".."])
                    || text.is_one(before, &[",", "|"]) && parent.is_some()
            }
            // `x = cond\n ? "a"\n : "T"` and `.get("x")\n || "T"` begin with their sign.
            _ => false,
        };
        if goes_on {
            if text.kind(before) == Kind::Sign {
                return self.sign(before);
            }
            return match text.kind(before) {
                Kind::Open => self.begins_string(before),
                _ => self.begins_bracket(before),
            };
        }
        if text.is_one(before, &["or", "else", "return"]) {
            return self.words(before);
        }
        // A line of a string that has a value in each.
        if let Some(open) = parent.filter(|open| text.kind(*open) == Kind::Open)
            && (open + 1..self.first)
                .all(|at| text.kind(at) == Kind::Line || is_token(&text.text(at, at)))
        {
            return self.begins_string(open);
        }
        // An element of a list without separators: what holds all of them is further out.
        if !self.names.list.is_empty()
            && !self.is_row
            && let Some(open) = parent.filter(|open| text.kind(*open) == Kind::Bracket)
        {
            return self.begins_bracket(open);
        }
        self.heading(line)
    }

    /// What the line above says, where the value has a line of its own; comments and
    /// headings too.
    fn heading(&mut self, line: usize) -> bool {
        let text = self.text;
        // Where something else begins the line, the line before is about that.
        if self.is_row || !self.names.list.is_empty() {
            return false;
        }
        let Some(mut before) = text.written_before(line) else {
            return false;
        };
        // `- T` below `- T`: the entries of one list have one heading.
        for _ in 0..ENTRIES {
            let start = text.line_start(before);
            let is_value = |at: usize| text.kind(at) == Kind::Word && is_token(&text.text(at, at));
            let is_entry = text.bytes(start) == text.bytes(text.line_start(self.last))
                && matches!(text.kind(start), Kind::Sign)
                && (start..=before).take(3).any(is_value);
            match start
                .checked_sub(1)
                .and_then(|line| text.written_before(line + 1))
            {
                Some(above) if is_entry => before = above,
                _ => break,
            }
        }
        for _ in 0..DECORATIONS {
            let start = text.line_start(before);
            let end = text.line_end(before);
            let said = text.text(start, end.saturating_sub(1));
            let is_fence = said.starts_with("```") || said.starts_with("~~~");
            if said.chars().any(char::is_alphabetic) && !is_fence {
                break;
            }
            match start
                .checked_sub(1)
                .and_then(|line| text.written_before(line + 1))
            {
                Some(above) => before = above,
                None => return false,
            }
        }
        // `tokens:  # npsso, one each`
        let head = text.before_lines(before + 1).filter(|head| {
            text.line_start(*head) == text.line_start(before) && text.is_comment(before)
        });
        let before = head.unwrap_or(before);
        let goes_on = text.is_one(before, &[":", "=", "=>"]) || text.kind(before) == Kind::Bracket;
        if goes_on && !text.is_comment(before) {
            return match text.kind(before) {
                Kind::Bracket => self.begins_bracket(before),
                _ => self.sign(before),
            };
        }
        let start = text.line_start(before);
        let end = text.line_end(before);
        let said = text.text(start, end.saturating_sub(1));
        // Who speaks, and when: what was said before is further up.
        if speaks(&said) {
            self.asked(start);
        } else if said.chars().count() <= super::MAX_LABEL {
            self.names.push(super::short(&said), How::Above);
        }
        false
    }

    /// Whether a name before a colon is that of who speaks: a line before begins with it
    /// too, or somebody else spoke, as in `bot: send it` above `dad: …`. Times stand before it.
    pub fn is_speaker(&self, start: usize, name: &str) -> bool {
        let text = self.text;
        let line = text.line_start(start);
        // Nobody's speech is indented, or a list.
        let is_entry = |at: usize| text.begins_line(at) && text.is_one(at, &["-", "*", "+"]);
        if text.is_indented(line)
            || is_entry(line)
            || is_entry(self.first)
            || name.contains(['.', '/'])
            || name.contains('_') && line == start
            || !vocabulary::can_be_a_person(name)
            || !self.is_time(line, start)
        {
            return false;
        }
        let mut at = line;
        let mut others = 0;
        for _ in 0..SPEECH_LINES {
            let Some(above) = at.checked_sub(1) else {
                break;
            };
            let above = text.line_start(above);
            let end = at - 1;
            at = above;
            let Some(speech) = self.speech(above, end) else {
                continue;
            };
            if speech.speaker == name && speech.words >= 2 {
                return true;
            }
            others += usize::from(speech.words >= 2);
        }
        // A question is asked, and somebody answers.
        others >= 1 && self.asks(line)
    }

    /// What somebody says on a line, if somebody does.
    fn speech(&self, line: usize, end: usize) -> Option<Speech> {
        let text = self.text;
        let is_apart = |at: usize| {
            // Where no blanks stand between words, none stands behind a colon either. But
            // labels have no time before them.
            let is_joined = |word: usize| {
                word > line && text.kind(word) == Kind::Word && !text.bytes(word).is_ascii()
            };
            text.token(at + 1).is_spaced || at > line && is_joined(at - 1)
        };
        let colon = (line..end).find(|at| text.is(*at, ":") && at + 1 < end && is_apart(*at))?;
        // What stands in a column of its own is not said.
        if text.bytes_between(colon, colon + 1).len() > ": ".len() {
            return None;
        }
        let (start, name) = text.identifier(colon.checked_sub(1)?)?;
        let words = (colon + 1..end)
            .filter(|at| text.kind(*at) == Kind::Word)
            .count();
        (start >= line && self.is_time(line, start)).then_some(Speech {
            speaker: name,
            colon,
            words,
        })
    }

    /// Whether a line above is a question or a request, not a setting.
    fn asks(&self, line: usize) -> bool {
        let text = self.text;
        let mut at = line;
        for _ in 0..SPEECH_LINES {
            let Some(above) = at.checked_sub(1) else {
                return false;
            };
            let start = text.line_start(above);
            let end = at - 1;
            at = start;
            if let Some(speech) = self.speech(start, end)
                && speech.words >= 2
                && !(speech.colon..end)
                    .any(|at| text.is_one(at, &["=", "{", "[", "|"]) || text.kind(at) == Kind::Open)
            {
                return true;
            }
        }
        false
    }

    /// What a message said before its last sentence, where that says nothing of the value,
    /// and what was said before the message.
    pub fn said_in_message(&mut self, stop: usize) {
        let text = self.text;
        let line = text.line_start(stop);
        let is_open = (self.names.list.iter()).all(|name| vocabulary::is_generic(&name.text));
        let begins = text.text(line, stop);
        // When it was said, or who says it.
        let before = begins.split(char::is_alphabetic).next().unwrap_or("");
        let digits = before.bytes().filter(u8::is_ascii_digit).count();
        if is_open && (digits >= 3 || before.contains('<')) {
            self.names.push(super::tail(&begins), How::Asked);
            self.asked(line);
        }
    }

    /// What was said before the line of a value that somebody says: the closest messages.
    pub fn asked(&mut self, line: usize) {
        const MESSAGES: usize = 3;
        let text = self.text;
        let mut at = line;
        for _ in 0..MESSAGES {
            let Some(above) = at.checked_sub(1) else {
                return;
            };
            let start = text.line_start(above);
            let end = at - 1;
            at = start;
            let said = text.text(start, end.saturating_sub(1));
            self.names.push(&said, How::Asked);
            if vocabulary::mentions_ours(&said) {
                return;
            }
        }
    }

    /// Whether only a time, or nothing, stands before a token on its line.
    fn is_time(&self, line: usize, start: usize) -> bool {
        let text = self.text;
        let first = (line..start).find(|at| text.kind(*at) != Kind::Line);
        let Some(first) = first else { return true };
        let before = text.text(first, start - 1);
        // `12:03 <nick> you: …`: who speaks, and to whom.
        let before = match (before.find('<'), before.rfind('>')) {
            (Some(open), Some(close)) if open < close => {
                format!("{}{}", &before[..open], &before[close + 1..])
            }
            _ => before,
        };
        if before.is_empty() {
            return true;
        }
        // `12/4/26, 19:11 - Tia Rosa: …`: a name of several words.
        let before = match before.rfind([']', '-']) {
            Some(end) if before[end + 1..].split_whitespace().count() <= 2 => &before[..end],
            _ => &before,
        };
        // "Jan", "PM", "Uhr"
        let short = |word: &str| word.chars().count() <= 3;
        before.bytes().any(|byte| byte.is_ascii_digit())
            && before.split(|c: char| !c.is_alphabetic()).all(short)
            && !before.contains(['=', '{', '"', '\'', '<', '>'])
            || matches!(before, "@" | "<" | "*" | ">" | "-" | "[" | "")
    }
}

/// Where a key of several parts begins that ends at a word: `psn:npsso:42`.
fn start_of_key(text: &super::super::lexer::Text, word: usize) -> usize {
    let mut first = word;
    while let Some(sign) = first.checked_sub(1) {
        let joins = text.is_one(sign, &[":", ".", "-", "/", "::"])
            && text.touch(sign, first)
            && sign
                .checked_sub(1)
                .is_some_and(|word| text.kind(word) == Kind::Word && text.touch(word, sign));
        if !joins {
            break;
        }
        first = sign - 1;
    }
    first
}

/// Whether a line says who speaks, and when: a name and a time, and little else.
fn speaks(line: &str) -> bool {
    let begins = line.starts_with(['[', '<']) || line.starts_with("**");
    let has_time = line
        .split(|c: char| !c.is_ascii_digit() && c != ':')
        .any(|piece| {
            let parts: Vec<&str> = piece.split(':').collect();
            matches!(parts[..], [hour, minute, ..] if (1..=2).contains(&hour.len()) && minute.len() == 2)
        });
    let has_digit = line.bytes().any(|byte| byte.is_ascii_digit());
    let words = line.split_whitespace().count();
    (begins && has_digit || has_time) && words <= 6 && !line.contains('=')
}

#[cfg(test)]
mod tests {
    use super::super::testing::first_names;

    #[test]
    fn examples() {
        first_names(&[
            ("my npsso is §", "my npsso is (words beside it)"),
            ("psn --npsso §", "npsso (key or variable)"),
            ("#define NPSSO \"§\"", "NPSSO (key or variable)"),
            ("set -x NPSSO §", "NPSSO (key or variable)"),
            ("SET psn:npsso:dad \"§\"", "psn:npsso:dad (key or variable)"),
            ("(def npsso \"§\")", "npsso (key or variable)"),
            ("{:npsso \"§\"}", "npsso (key or variable)"),
            ("# NPSSO\n\n§", "NPSSO (line above)"),
            ("npsso: >-\n  §", "npsso (key or variable)"),
            ("npsso: &dad §", "npsso (key or variable)"),
            (
                "bot: send npsso please\ndad: §",
                "bot: send npsso please (said before it)",
            ),
            (
                "def npsso():\n    return \"§\"",
                "npsso (what it stands in)",
            ),
        ]);
    }
}
