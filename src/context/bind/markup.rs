//! Tags, attributes and the text of elements.

use super::super::kinds;
use super::super::lexer::Kind;
use super::super::name::{Holding, How, Name, Role, is_name_of_secret};
use super::super::record;
use super::super::vocabulary;
use super::{Climb, short};
use crate::rule::words::List;

/// Tags of HTML that say how a text looks.
const FORMATTING: [&str; 18] = [
    "a", "b", "big", "code", "del", "em", "font", "i", "ins", "kbd", "mark", "s", "samp", "small",
    "span", "strong", "tt", "u",
];

/// Tags of HTML that say what a part of a page is for, and nothing of what is in it.
const BLOCKS: [&str; 24] = [
    "article",
    "blockquote",
    "body",
    "dd",
    "div",
    "dl",
    "dt",
    "footer",
    "h1",
    "h2",
    "h3",
    "header",
    "html",
    "li",
    "main",
    "ol",
    "p",
    "pre",
    "section",
    "table",
    "tbody",
    "td",
    "tr",
    "ul",
];

impl Climb<'_> {
    /// `<tag>T`, `<b>npsso</b> T`, `<key>npsso</key><string>T`: a tag before the expression.
    pub fn behind_tag(&mut self, close: usize) -> bool {
        let text = self.text;
        let Some(open) = text.mate(close) else {
            return self.grow(close);
        };
        if self.is_nick(open, close) {
            self.first = open;
            self.asked(text.line_start(open));
            return false;
        }
        self.first = open;
        if text.is_one(open + 1, &["/"]) {
            // The end of an element: its text is a name, `<b>NPSSO</b> value`.
            self.element_text();
            return true;
        }
        if text.is_one(open + 1, &["br", "BR"]) {
            return self.line_of_element(open);
        }
        if text.is_one(close - 1, &["/"]) || text.is(open + 1, "?") {
            // An element without content: the value is not in it.
            return true;
        }
        if text.is(open + 1, "!") {
            // `<![CDATA[`, `<!-- npsso -->`
            let inside = super::inside(text, open, close);
            if inside.starts_with("!--") {
                self.names.push(short(&inside), How::Comment);
            }
            return true;
        }
        let inside = super::inside(text, open, close);
        let tag: String = inside
            .chars()
            .take_while(|c| !c.is_whitespace() && *c != '/')
            .collect();
        let is_own = self.names.list.is_empty();
        let mut attributes = record::attribute_values(&inside);
        // What kind of secret an element holds says nothing of each part of it.
        let says_nothing =
            |name: &Name| vocabulary::is_generic(&name.text) || vocabulary::is_value(&name.text);
        if attributes.is_empty() && self.names.list.iter().all(says_nothing) {
            let (left, right) = text.sides();
            match kinds::of_record(left, right, (inside.as_bytes(), b"")) {
                Some(Holding::Ours(kind)) => attributes.push(kind),
                Some(Holding::Other(kind)) => self.names.push_as(kind, Role::Field, How::Record),
                None => {}
            }
        }
        let is_named = is_own && attributes.iter().any(|name| !vocabulary::is_generic(name));
        for attribute in attributes {
            self.names.push(attribute, How::Markup);
        }
        let formats = FORMATTING.contains(&tag.to_ascii_lowercase().as_str());
        if !formats {
            // What a paragraph says before the value, and nothing before the paragraph.
            if self.names.list.iter().any(|name| name.how == How::Words) {
                return false;
            }
            if !BLOCKS.contains(&tag.to_ascii_lowercase().as_str()) {
                self.names.push(tag, How::Markup);
            }
        }
        if is_named {
            // The element before it has a name of its own.
            return false;
        }
        if !formats && !is_named && !holds_any_value(&self.tag_of(open)) {
            // The elements before it have values of their own.
            return self.parent_element();
        }
        let is_own_element = (self.names.list.iter())
            .all(|name| name.how != How::Markup || vocabulary::is_generic(&name.text));
        if !is_own_element {
            return self.parent_element();
        }
        // `<b>npsso</b>: <code>`
        if let Some(before) = text.before_lines(self.first)
            && text.is_one(before, &[":", "="])
            && text
                .before_lines(before)
                .is_some_and(|tag| text.is(tag, ">"))
        {
            self.first = before;
        }
        let Some(before) = text.before_lines(self.first) else {
            return false;
        };
        if text.is(before, ">")
            && let Some(start) = text.mate(before)
            && text.is(start + 1, "/")
        {
            let is_key = text.is_one(start + 2, &["key", "dt", "name"]);
            self.first = start;
            self.element_text();
            if is_key {
                // The element before it belongs to another key.
                return false;
            }
        }
        // What is left may be the element around this one, and the next step reads it.
        self.skip_lines();
        true
    }

    /// `npsso:<br><code>T`: the end of a line of an element, and what stands on the line above.
    fn line_of_element(&mut self, open: usize) -> bool {
        let text = self.text;
        let Some(last) = text.before_lines(open) else {
            return false;
        };
        // A tag or a bracket before it says more.
        let is_open = self.names.list.is_empty();
        if is_open && text.kind(last) == Kind::Closing {
            return true;
        }
        let edge = |at: &usize| text.is_one(*at, &["<", ">"]) || text.kind(*at) == Kind::Line;
        let first = (0..last).rev().find(edge).map_or(0, |edge| edge + 1);
        let said = text.text(first, last);
        if is_open && said.chars().count() <= super::MAX_LABEL {
            self.names.push(short(&said), How::Above);
        }
        self.parent_element()
    }

    /// Whether an element is that of who wrote what follows: `<div class="from_name">`.
    fn is_author(&self, open: usize) -> bool {
        let text = self.text;
        let close = text.mate(open).unwrap_or(open);
        let class = (open..close).find(|at| text.is(*at, "class"));
        let value = class.map(|class| text.text(class + 1, close.saturating_sub(1)));
        value.is_some_and(|value| {
            let mut words = value.split(|c: char| !c.is_alphanumeric());
            words.any(|word| List::Author.has(word))
        })
    }

    /// The name of the tag that opens at a bracket.
    fn tag_of(&self, open: usize) -> String {
        tag_name(self.text, open + 1).unwrap_or_default()
    }

    /// Steps over the elements before the expression, to the tag of the one around it.
    fn parent_element(&mut self) -> bool {
        const SIBLINGS: usize = 400;
        let text = self.text;
        let mut closed = 0usize;
        let mut at = self.first;
        for _ in 0..SIBLINGS {
            let Some(before) = at.checked_sub(1) else {
                return false;
            };
            let open = match text.is(before, ">") {
                true => text.mate(before),
                false => None,
            };
            let Some(open) = open else {
                at = before;
                continue;
            };
            at = open;
            match () {
                () if text.is(open + 1, "/") => closed += 1,
                () if text.is(before - 1, "/") || text.is_one(open + 1, &["!", "?"]) => {}
                () if closed > 0 => closed -= 1,
                () => {
                    self.first = before + 1;
                    return true;
                }
            }
        }
        false
    }

    /// Steps over the ends of lines before an element.
    fn skip_lines(&mut self) {
        let text = self.text;
        if let Some(before) = text.before_lines(self.first)
            && text.is(before, ">")
        {
            self.first = before + 1;
        }
    }

    /// `<Okapi> T`: who speaks, at the beginning of a line or behind a time.
    fn is_nick(&self, open: usize, close: usize) -> bool {
        let text = self.text;
        let line = text.line_start(open);
        let is_word = close == open + 2 || close == open + 3 && !text.is_one(open + 1, &["/", "!"]);
        let spaced = text
            .after(close)
            .is_some_and(|next| text.token(next).is_spaced);
        let closes = (close..text.line_end(close)).any(|at| text.is(at, "/"));
        let before = text.text(line, open.saturating_sub(1).max(line));
        let is_time = open == line
            || before.chars().all(|c| {
                // A chat can stand in a comment, or be quoted.
                c.is_ascii_digit()
                    || matches!(c, '[' | ']' | ':' | ' ' | '-' | '/' | '.' | '*' | '#' | '|')
            });
        let only_said = self.names.list.iter().all(|name| name.how == How::Words);
        is_word && spaced && is_time && !closes && only_said
    }

    /// The value stands in a tag: `<add key="npsso" value="T"/>`.
    pub fn in_tag(&mut self, open: usize) -> bool {
        let text = self.text;
        if let Some(word) = text.after(open)
            && text.kind(word) == Kind::Word
            && let Some(name) = tag_name(text, word)
        {
            self.names.push(name, How::Encloses);
        }
        self.skip_lines();
        true
    }

    /// The text of the element that ended before the expression.
    fn element_text(&mut self) {
        let text = self.text;
        for _ in 0..3 {
            let Some(end) = text.before_lines(self.first) else {
                return;
            };
            if text.is(end, ">") {
                // Nested elements: </code></td>
                match text.mate(end) {
                    Some(open) => self.first = open,
                    None => return,
                }
                if !text.is(self.first + 1, "/") {
                    return;
                }
                continue;
            }
            let mut first = end;
            while let Some(before) = first.checked_sub(1) {
                if text.is(before, ">") || text.is(before, "<") {
                    break;
                }
                first = before;
            }
            let inside = text.text(first, end);
            self.first = first;
            if inside.chars().any(char::is_alphanumeric) {
                // Its own opening tag.
                let tag = text.before_lines(first).filter(|tag| text.is(*tag, ">"));
                let open = tag.and_then(|tag| text.mate(tag));
                self.first = open.unwrap_or(first);
                let is_author = open.is_some_and(|open| self.is_author(open));
                if is_author && !is_name_of_secret(&inside) {
                    self.ends = true;
                    return;
                }
                self.names.push(short(&inside), How::Markup);
                self.ends = !vocabulary::is_generic(&inside);
                return;
            }
        }
    }
}

/// Whether a tag is one of values of any kind, which another element beside it names.
fn holds_any_value(tag: &str) -> bool {
    const OF_ANY: [&str; 16] = [
        "val", "value", "string", "str", "text", "data", "v", "s", "cell", "content", "item", "th",
        "code", "col", "var", "output",
    ];
    let lower = tag.to_ascii_lowercase();
    OF_ANY.contains(&lower.as_str()) || BLOCKS.contains(&lower.as_str())
}

/// The name of a tag, with its prefix.
fn tag_name(text: &super::super::lexer::Text, word: usize) -> Option<String> {
    let mut end = word;
    while text.is_one(end + 1, &["-", ":", "."]) && text.touch(end, end + 1) {
        end += 2;
    }
    (end < text.len()).then(|| text.text(word, end))
}

#[cfg(test)]
mod tests {
    use super::super::testing::first_names;

    #[test]
    fn examples() {
        first_names(&[
            ("<npsso>§</npsso>", "npsso (tag or attribute)"),
            (
                "<string name=\"npsso\">§</string>",
                "npsso (tag or attribute)",
            ),
            (
                "<key>npsso</key>\n<string>§</string>",
                "string (tag or attribute)",
            ),
            ("<b>npsso</b>: <code>§</code>", "npsso (tag or attribute)"),
            ("<td>npsso</td><td>§</td>", "npsso (tag or attribute)"),
            ("[21:04] <dad> §", ""),
            (
                "<p>cookie npsso:<br><b>§</b></p>",
                "cookie npsso (line above)",
            ),
            ("<p>npsso:<br/>x<br/>key: §</p>", "key (key or variable)"),
            ("<b class=\"from_name\">key shop</b>\n<i>§</i>", ""),
            (
                "<b class=\"user\">npsso</b>\n<i>§</i>",
                "npsso (tag or attribute)",
            ),
            (
                "<b class=\"label\">key</b>\n<i>§</i>",
                "key (tag or attribute)",
            ),
        ]);
    }
}
