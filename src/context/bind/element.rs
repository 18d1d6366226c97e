//! A value behind a comma: an argument, an element of a list, a cell of a line.

use super::super::lexer::Kind;
use super::super::name::{How, Name, is_token};
use super::super::vocabulary;
use super::Climb;

/// Elements before a value that are read.
const MAX_ELEMENTS: usize = 40;
/// Those that can name it.
const MAX_CELLS: usize = 8;

impl Climb<'_> {
    /// The expression stands behind a separator: what it is one of.
    pub fn element(&mut self, separator: usize) -> bool {
        let text = self.text;
        // "NPSSO not set, session id …": what a sentence said before.
        let said = (self.names.list.last()).filter(|name| name.how == How::Words);
        let is_sentence = said.is_some();
        let parent = text.parent(self.first);
        // Its own name has been found: further out is what holds all elements.
        let is_named = self.has_own_name();
        if is_sentence && !is_named && parent.is_none_or(|open| text.kind(open) == Kind::Open) {
            // "my npsso, the new one, is …": what was said before, where this says nothing.
            let is_open = said.is_some_and(|name| vocabulary::is_generic(&name.text));
            let before = text.text(text.line_start(separator), separator.saturating_sub(1));
            // "hier mein NPSSO, damit du lesen kannst": that names nothing.
            let explains = |name: &mut Name| vocabulary::explains(&name.text);
            let mut words = before.split_whitespace().rev();
            let last = words.find(|word| {
                !vocabulary::names_a_credential(word) || vocabulary::mentions_ours(word)
            });
            let explained = last.is_some_and(vocabulary::mentions_ours)
                && self.names.list.pop_if(explains).is_some();
            let how = match is_open || explained {
                true => How::Words,
                false => How::Asked,
            };
            self.names.push(super::tail(&before), how);
            return false;
        }
        let elements = self.elements_before(separator);
        let Some(open) = parent else {
            return self.cells(separator, &elements, is_named);
        };
        if text.kind(open) == Kind::Open {
            return self.in_string(open, separator, &elements, is_named);
        }
        if text.is(open, "<") {
            return self.begins_bracket(open);
        }
        if is_named && text.is(open, "(") {
            // `add_argument("--npsso", default="T")`: the first argument says what it is about.
            if let Some(&(first, last)) = elements.first()
                && let Some(string) = self.text_of_string(first, last)
            {
                self.names.push(string, How::Before);
            }
            return self.begins_bracket(open);
        }
        if is_named {
            // `["my npsso: ", {"type": "code", "text": "T"}]`: pieces of one sentence.
            let before = elements.last().filter(|_| {
                let names = &self.names.list;
                text.is(open, "[") && names.iter().all(|name| vocabulary::is_text(&name.text))
            });
            let piece = before.and_then(|(first, last)| self.text_of_string(*first, *last));
            if let Some(piece) = piece.filter(|piece| piece.contains(' ')) {
                self.names.push(super::tail(&piece), How::Words);
            }
            return self.begins_bracket(open);
        }
        let near = &elements[elements.len().saturating_sub(MAX_CELLS)..];
        if text.is(open, "(") {
            return self.argument(open, near);
        }
        for &(first, last) in near.iter().rev() {
            let wrapped = self.text_of_wrapped(first, last);
            match wrapped.or_else(|| self.text_of_string(first, last)) {
                Some(string) => self.names.push(string, How::Before),
                // `{npsso, "T"}`
                None if first == last && text.kind(first) == Kind::Word => {
                    self.names.push(text.text(first, last), How::Before);
                }
                None if first + 1 == last && text.is_one(first, &[":", "$", "@", "'"]) => {
                    self.names.push(text.text(last, last), How::Before);
                }
                None => {}
            }
        }
        self.begins_bracket(open)
    }

    /// The elements before a separator, from the first one on: each its first and last token.
    pub fn elements_before(&self, separator: usize) -> Vec<(usize, usize)> {
        let text = self.text;
        let sign = text.text(separator, separator);
        let in_bracket = text
            .parent(self.first)
            .is_some_and(|open| text.kind(open) == Kind::Bracket);
        let in_block = text
            .parent(self.first)
            .is_some_and(|open| text.is(open, "{"));
        let mut elements = Vec::new();
        let mut end = separator;
        let mut back = separator;
        while let Some(before) = back.checked_sub(1) {
            let mut is_end = false;
            match text.kind(before) {
                Kind::Closing | Kind::Close => match text.mate(before) {
                    Some(mate) => back = mate,
                    None => back = before,
                },
                Kind::Open | Kind::Bracket
                    if text.mate(before).is_none_or(|mate| mate > separator) =>
                {
                    is_end = true;
                }
                // In a block of a program, a line that does not go on ends a statement.
                Kind::Line if !in_bracket || in_block && !self.goes_on(before) => is_end = true,
                Kind::Sign if text.is(before, &sign) => {
                    elements.push((back, end));
                    end = before;
                    back = before;
                }
                Kind::Value | Kind::Open | Kind::Bracket | Kind::Sign | Kind::Word | Kind::Line => {
                    back = before;
                }
            }
            if is_end || elements.len() >= MAX_ELEMENTS {
                break;
            }
        }
        elements.push((back, end));
        elements.reverse();
        elements
            .into_iter()
            .filter_map(|(first, end)| {
                let first = (first..end).find(|at| text.kind(*at) != Kind::Line)?;
                let last = (first..end).rev().find(|at| text.kind(*at) != Kind::Line)?;
                Some((first, last))
            })
            .collect()
    }

    /// Whether what stands before the end of a line goes on behind it.
    fn goes_on(&self, line: usize) -> bool {
        let text = self.text;
        text.before_lines(line).is_none_or(|before| {
            matches!(text.kind(before), Kind::Open | Kind::Bracket)
                || text.is_one(
                    before,
                    &[",", "=", ":", "=>", "+", "|", "||", "??", "(", "\\"],
                )
        })
    }

    /// `a=1; npsso=T`, `dad=T;nadia=T` in a string: what the string is, and what it is
    /// assigned to.
    fn in_string(
        &mut self,
        open: usize,
        separator: usize,
        elements: &[(usize, usize)],
        is_named: bool,
    ) -> bool {
        self.cells(separator, elements, is_named);
        self.grow_around(open);
        self.string_prefix();
        true
    }

    /// Cells of a line: `name,value`, `npsso=…; dars=…`, `NPSSOS=dad:…,nadia:…`.
    fn cells(&mut self, separator: usize, elements: &[(usize, usize)], is_named: bool) -> bool {
        let text = self.text;
        let is_semicolon = text.is(separator, ";");
        for &(first, last) in elements.iter().rev().take(MAX_CELLS) {
            // `set :session_secret, "T"`
            if text.kind(last) == Kind::Word
                && last > first
                && text.is(last - 1, ":")
                && text.touch(last - 1, last)
                && text.token(last - 1).is_spaced
            {
                self.names.push(text.text(last, last), How::Before);
                continue;
            }
            let cell = text.text(first, last);
            if cell.chars().count() > super::MAX_LABEL + 64 {
                continue;
            }
            let cell = cell.trim_matches(|c: char| matches!(c, '"' | '\'' | '`' | ' '));
            match cell.rsplit_once(['=', ':']) {
                // A list of values, `NPSSOS=…,…`, or of named ones, `NPSSOS=dad:…,nadia:…`
                Some((key, value))
                    if is_token(value) && (!is_named || key.contains(['=', ':'])) =>
                {
                    let key = key.split(['=', ':']).next().unwrap_or(key);
                    self.names
                        .push(key.trim_matches(['"', '\'']), How::Encloses);
                }
                None if is_token(cell) => {}
                // `name=npsso; value=…`
                Some((key, value)) if !is_named && vocabulary::is_naming_key(key.trim()) => {
                    self.names
                        .push(value.trim_matches(['"', '\'', ' ']), How::Before);
                }
                // `Cookie: npsso=; trackingId=…`: a pair names its own value.
                Some(_) => {}
                None if is_named => {}
                None if is_semicolon => self.names.push(cell, How::Words),
                None => self.names.push(cell, How::Before),
            }
        }
        // `Cookie: a=1; b=T`: the header that all of them stand in.
        if let Some(&(first, _)) = elements.first() {
            let sign = (first..separator).find(|at| text.is(*at, ":"));
            let header = sign.map_or(String::new(), |sign| text.text(first, sign - 1));
            if ["cookie", "set-cookie"].contains(&header.to_lowercase().as_str()) {
                self.names.push("Cookie", How::Encloses);
            }
        }
        // `NPSSOS = "dad=…` goes on with what the list is assigned to.
        let list = elements.first().map_or(separator, |(first, _)| *first);
        self.first = list;
        false
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::first_names;

    #[test]
    fn examples() {
        first_names(&[
            (
                "('psn_npsso', '§')",
                "psn_npsso (argument or element before it)",
            ),
            ("{npsso, \"§\"}", "npsso (argument or element before it)"),
            ("Cookie: a=1; npsso=§", "npsso (key or variable)"),
            ("NPSSOS=dad:§", "dad (key or variable)"),
            ("set :npsso, \"§\"", "npsso (argument or element before it)"),
        ]);
    }
}
