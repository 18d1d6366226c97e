//! The signs that tie a name to what stands behind it, one step to the left at a
//! time: operators, quotes, brackets, separators, tags, line ends and plain words.

use super::cursor::{is_identifier, is_quote};
use super::lossy;
use super::names::{BRACKET_REACH, Reader, Role, is_name_of_secret, is_quote_char, is_token};
use super::record;

/// Cells of a row that are read.
const MAX_CELLS: usize = 8;
/// A cell or label longer than this is prose.
const MAX_LABEL: usize = 80;

impl Reader<'_> {
    /// `npsso_T…`, `/npsso/T…`: a name that touches the value.
    pub fn glued(&mut self) {
        if !self
            .cursor
            .peek()
            .is_some_and(|byte| matches!(byte, b'_' | b'-' | b'/' | b'.') || is_letter(byte))
        {
            return;
        }
        let line_start = self
            .cursor
            .line()
            .iter()
            .all(|byte| matches!(byte, b'-' | b'+' | b'/' | b' ' | b'\t'));
        if line_start {
            return;
        }
        if self.cursor.peek() == Some(b'/') {
            return self.path_segments();
        }
        let glued = self.cursor.take_while(is_identifier);
        self.key(lossy(glued));
    }

    /// `https://host/npsso/T…`: the parts of the path before the value. The host
    /// says who answers, not what the value is: Sony's own image servers have
    /// files whose names are 64 letters and digits.
    fn path_segments(&mut self) {
        let path = self
            .cursor
            .take_while(|byte| is_identifier(byte) || matches!(byte, b'/' | b':' | b'%' | b'~'));
        let path = lossy(path);
        let url = path.split_once("://").map(|(_, rest)| rest);
        let path = match url {
            Some(rest) => rest.split_once('/').map_or("", |(_, path)| path),
            None => &path,
        };
        let segments: Vec<&str> = path
            .rsplit('/')
            .filter(|segment| !segment.is_empty())
            .take(2)
            .collect();
        if segments.is_empty() {
            // Right after a host, the value is the name of something on it.
            self.key("url");
        }
        for segment in segments {
            self.key(segment);
        }
        if url.is_some() {
            // What stands before a link is about where it leads.
            self.key("url");
        }
    }

    /// Reads one sign and the name that it points to. `false` ends the reading.
    pub fn step(&mut self) -> bool {
        self.cursor.take_while(|byte| byte == b' ');
        if self.cursor.line().iter().all(u8::is_ascii_whitespace) {
            // A tab is indentation here, and a separator anywhere else.
            self.cursor.skip_blanks();
        }
        let Some(sign) = self.cursor.peek() else {
            return false;
        };
        match sign {
            _ if is_quote(sign) => self.open_quote(),
            b'=' | b':' => self.operator(),
            b'(' => self.call(),
            b'[' => {
                self.cursor.skip(1);
                true
            }
            b'{' => self.block(),
            // "NPSSO not set, session id …": what a sentence said before.
            b',' if self
                .names
                .last()
                .is_some_and(|name| name.role == Role::Label && name.text.contains(' ')) =>
            {
                false
            }
            b',' | b';' | b'|' | b'\t' => self.cell(),
            b'>' if self.cursor.rest().ends_with(b"=>") => self.operator(),
            b'>' => self.tag(),
            b'\n' | b'\r' | 0 => self.line_before(),
            b'+' => self.plus(),
            b'<' | b'*' | b'#' | b'~' | b'\\' | b'-' | b'!' | b'?' | b'&' | b'$' | b'@' => {
                self.cursor.skip(1);
                true
            }
            b')' => self.closed_call(),
            _ if is_letter(sign) => self.words(),
            _ => {
                self.cursor.skip(1);
                true
            }
        }
    }

    /// `std::string() + "…"`: an empty string before the value says nothing.
    fn plus(&mut self) -> bool {
        self.cursor.skip(1);
        let mut before = self.cursor;
        before.skip_space();
        let is_empty = |inner: &[u8]| {
            inner
                .iter()
                .all(|byte| is_quote(*byte) || byte.is_ascii_whitespace())
        };
        if before.peek() == Some(b')') && before.group().is_some_and(is_empty) {
            let callee = before.take_while(|byte| {
                byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':' | b'.')
            });
            let class = callee.rsplit(|byte| matches!(byte, b':' | b'.')).next();
            let class = class.unwrap_or_default().to_ascii_lowercase();
            let is_string = [
                &b"string"[..],
                b"wstring",
                b"qstring",
                b"nsstring",
                b"cstring",
            ];
            if is_string.contains(&&class[..]) {
                self.cursor = before;
            }
        }
        true
    }

    fn open_quote(&mut self) -> bool {
        self.cursor.take_while(is_quote);
        // String prefixes: b"…", r#"…"#, @"…", $'…', L"…", u8"…"
        let before = self.cursor;
        let prefix = self
            .cursor
            .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'#' | b'@' | b'$'));
        if prefix.len() > 2
            || prefix
                .iter()
                .any(|byte| byte.is_ascii_digit() && *byte != b'8')
        {
            self.cursor = before;
        }
        true
    }

    /// `name = `, `name: type = `, `"name": `, `name["key"] = `, `name => `
    fn operator(&mut self) -> bool {
        let operator = self.cursor.take_while(|byte| {
            matches!(
                byte,
                b'=' | b':' | b'<' | b'>' | b'~' | b'!' | b'?' | b'+' | b'|' | b'&' | b'-'
            )
        });
        let assigns = operator.contains(&b'=');
        let is_spaced = self.cursor.peek() == Some(b' ');
        self.cursor.skip_space();
        let Some(sign) = self.cursor.peek() else {
            return false;
        };
        if is_quote(sign) {
            match self.cursor.quoted() {
                // `ready ? "…" : "…"`: the other one of two values.
                Some(name) if is_token(&name) => return true,
                Some(name) => self.key(name),
                None => self.cursor.skip(1),
            }
            return self.outwards();
        }
        match sign {
            b']' if assigns && self.typed_array() => {
                let declared = self.cursor.identifier();
                self.key(declared);
                return self.outwards();
            }
            b']' => {
                if let Some(index) = self.cursor.group() {
                    self.key(unquoted(index));
                }
                let owner = self.cursor.identifier();
                self.push(owner, Role::Label);
                return self.outwards();
            }
            b')' | b'*' => {
                // `get("npsso") =`, `NPSSO (64 characters):`, `**npsso**:`
                if sign == b'*' {
                    self.cursor.take_while(|byte| byte == b'*');
                    return self.phrase_key();
                }
                let inner = self.cursor.group();
                self.cursor.skip_blanks();
                if let Some((text, b"")) = inner.and_then(first_string) {
                    // `headers.get("x-key") ==`
                    self.key(text);
                }
                let goes_on = self.phrase_key();
                // `SHA384 (file) =` is about a digest, whatever the file is called.
                if let Some(inner) = inner {
                    self.push(short(inner), Role::Label);
                }
                return goes_on;
            }
            // `Option<String> =`, or the end of a tag: `<b>npsso</b>:`
            b'>' if !self.generic_type() => return true,
            _ => {}
        }
        let name = self.cursor.identifier();
        // `run: export NAME=`: what a shell sets is no type either.
        let is_set = self.cursor.rest().ends_with(b"export ");
        if assigns && !is_set && !is_constant(&name) && self.typed() {
            // `npsso: string =`, but also `$env:NPSSO =`
            let declared = self.cursor.identifier();
            // `NOTE:npsso=` has no type.
            let lower = name.to_ascii_lowercase();
            let is_type = !(lower.contains("npsso") || lower.contains("pdccws"));
            let (first, second) = if is_type {
                (declared, name)
            } else {
                (name, declared)
            };
            self.key(first);
            self.key(second);
            return self.outwards();
        }
        // `get_npsso = lambda: …`
        if name.is_empty() || name == "lambda" || name == "_" {
            return true;
        }
        if !assigns {
            // `the npsso from this url: …`: the sentence says more than its last word.
            self.rest_of_phrase(&name);
        }
        // The last word of a sentence is no name: `this is for the bot: …`
        let before = self.cursor.line();
        let words = before
            .split(|byte| *byte == b' ')
            .filter(|word| !word.is_empty());
        let is_sentence = !assigns
            && before.iter().all(|byte| {
                byte.is_ascii_alphabetic() || matches!(byte, b' ' | b'\'' | b',' | b'.')
            })
            && words.count() >= 4;
        let is_speaker =
            !assigns && record::is_speaker(self.cursor.line(), &name, self.cursor.rest());
        if !is_sentence && !is_speaker {
            self.key(name.clone());
        }
        // `[discord] token=`: who writes a line of a log.
        let mut tagged = self.cursor;
        tagged.skip_blanks();
        if tagged.peek() == Some(b']')
            && let Some(tag) = tagged.group()
        {
            self.push(format!("{} {name}", short(tag)), Role::Label);
        }
        if assigns && is_spaced {
            // `const char* npsso PROGMEM = `
            self.rest_of_phrase(&name);
        } else if assigns {
            // `steam key=`
            let mut before = self.cursor;
            before.skip_blanks();
            let both = format!("{} {name}", before.identifier());
            if super::is_foreign(&both) {
                self.push(both, Role::Label);
            }
        }
        // `NPSSOS=dad:…,nadia:…`
        self.outwards() || matches!(self.cursor.peek(), Some(b',' | b';'))
    }

    /// After a type: steps over the `:` that ties it to a name.
    fn typed(&mut self) -> bool {
        let before = self.cursor;
        self.cursor.take_while(|byte| {
            matches!(byte, b' ' | b'&' | b'*' | b'?' | b'\'' | b'[' | b'|')
                || byte.is_ascii_lowercase()
        });
        self.cursor.skip_blanks();
        if self.cursor.peek() == Some(b':') {
            self.cursor.skip(1);
            self.cursor.skip_blanks();
            return true;
        }
        self.cursor = before;
        false
    }

    /// After a type in brackets, as in `key: &[u8; 64] =`: steps over the `:`.
    fn typed_array(&mut self) -> bool {
        let before = self.cursor;
        let inner = self.cursor.group();
        let is_type = inner.is_some_and(|inner| inner.is_empty() || inner.contains(&b';')) && {
            self.cursor.take_while(|byte| matches!(byte, b'&' | b' '));
            self.cursor.peek() == Some(b':')
        };
        match is_type {
            true => self.cursor.skip(1),
            false => self.cursor = before,
        }
        is_type
    }

    fn generic_type(&mut self) -> bool {
        let line = self.cursor.line();
        let mut depth = 0usize;
        for (steps, byte) in line.iter().rev().enumerate().take(60) {
            match byte {
                b'>' => depth += 1,
                b'<' => {
                    depth -= 1;
                    if depth == 0 {
                        if line[line.len() - steps..].starts_with(b"/") {
                            return false;
                        }
                        self.cursor.skip(steps + 1);
                        return true;
                    }
                }
                _ => {}
            }
        }
        false
    }

    /// `My NPSSO token: `: the words before a sign, up to what separates them
    /// from something else.
    fn phrase_key(&mut self) -> bool {
        let phrase = self
            .cursor
            .take_while(|byte| is_identifier(byte) || matches!(byte, b' ' | b'*'));
        self.push(short(tail_of(phrase)), Role::Key);
        self.outwards()
    }

    fn rest_of_phrase(&mut self, last_word: &str) {
        self.cursor.skip_blanks();
        let before = self.cursor;
        let phrase = self.cursor.take_while(|byte| {
            is_identifier(byte) || matches!(byte, b' ' | b'\'' | b'/' | b'(' | b')' | b',')
        });
        // `{ a: 'x', token: …`: what stands before the quote is another value.
        let quote = memchr::memmem::rfind(phrase, b"',").map_or(0, |at| at + 2);
        let phrase = short(tail_of(&phrase[quote..]));
        if !phrase.is_empty() {
            self.push(format!("{phrase} {last_word}"), Role::Label);
        }
        self.cursor = before;
    }

    /// From a key to what it is a part of: the call that it is an argument of,
    /// or the key of the object that it stands in.
    fn outwards(&mut self) -> bool {
        let mut cursor = self.cursor;
        let Some(bracket) = cursor.enclosing(BRACKET_REACH) else {
            return false;
        };
        if bracket == b'(' {
            let arguments = &self.cursor.rest()[cursor.rest().len()..];
            if let Some(first) = first_quoted(arguments) {
                self.key(first);
            }
        }
        self.cursor = cursor;
        true
    }

    /// `callee(`
    fn call(&mut self) -> bool {
        self.cursor.skip(1);
        self.cursor.skip_blanks();
        if self.cursor.peek() == Some(b'>') && self.generic_type() {
            self.cursor.take_while(|byte| byte == b':');
        }
        let callee = self.cursor.take_while(|byte| {
            is_identifier(byte) || matches!(byte, b':' | b'>' | b'\\' | b'!' | b'?')
        });
        let callee = lossy(callee).into_owned();
        if callee.is_empty() {
            return true;
        }
        match setter(&callee) {
            Some(name) => self.key(name),
            None => self.push(callee, Role::Call),
        }
        true
    }

    /// `name {`, `name: {`, `name = {`: the key of the block.
    fn block(&mut self) -> bool {
        self.cursor.skip(1);
        self.cursor.skip_blanks();
        let mut above = self.cursor;
        above.skip_space();
        if above.peek() == Some(b')') {
            // The brace of a list stands on a line of its own.
            self.cursor = above;
        }
        if self.cursor.peek().is_some_and(is_letter) {
            // `std::string{…}`
            let name = self
                .cursor
                .take_while(|byte| is_identifier(byte) || byte == b':');
            self.push(short(name), Role::Block);
        }
        let rest = self.cursor.rest();
        if rest.ends_with(b")") {
            return self.created();
        }
        // The body of a function: what stands around that names no value in it.
        !rest.ends_with(b"=>")
    }

    /// `new() {`, `new Map(8) {`: steps over it, to what is created.
    fn created(&mut self) -> bool {
        let mut before = self.cursor;
        if before.group().is_none() {
            return false;
        }
        let line = before.line();
        let is_new = line.ends_with(b"new") || {
            before.identifier();
            before.skip_blanks();
            before.line().ends_with(b"new")
        };
        if is_new {
            self.cursor = before;
        }
        is_new
    }

    /// `f("name", `, `name,value`, `| name | value |`: the cells before, then
    /// what they stand in.
    fn cell(&mut self) -> bool {
        let separator = self.cursor.peek().expect("a cell begins at a separator");
        let mut cursor = self.cursor;
        // A variable among the arguments of a call is no name of the next one.
        let mut around = self.cursor;
        let in_call = around.enclosing(BRACKET_REACH) == Some(b'(');
        for _ in 0..MAX_CELLS {
            if cursor.peek() != Some(separator) {
                break;
            }
            cursor.skip(1);
            cursor.skip_blanks();
            if separator == b',' {
                cursor.skip_space();
            }
            let quoted = cursor.quoted();
            let mut bare = quoted.is_none();
            let text = match quoted {
                Some(text) => text,
                None => {
                    let cell = cursor.take_while(|byte| {
                        byte != separator
                            && !matches!(
                                byte,
                                b'\n' | b'\r' | b'(' | b'[' | b'{' | b'}' | b')' | b']' | b'"'
                            )
                    });
                    let cell = lossy(cell).trim().to_owned();
                    // `"npsso:%s" % user`
                    let format = cell.starts_with('%').then(|| cursor.quoted()).flatten();
                    bare = format.is_none();
                    format.unwrap_or_else(|| cell.trim_matches(is_quote_char).to_owned())
                }
            };
            let longest = MAX_LABEL + if text.contains(['=', ':']) { 64 } else { 0 };
            if text.chars().count() <= longest && !(bare && in_call && !text.contains(['=', ':'])) {
                // `key=value` cells name their own value, not this one.
                let is_pair =
                    text.contains('=') || text.contains(": ") || bare && text.contains(':');
                let own = is_pair && (!text.ends_with(['=', ':']) || bare && text.ends_with('='));
                let has_name = !self.names.is_empty();
                match text.rsplit_once(['=', ':']) {
                    // A list of values, `NPSSOS=…,…`, or of named ones, `NPSSOS=dad:…,nadia:…`
                    Some((key, value))
                        if is_token(value) && (!has_name || key.contains(['=', ':'])) =>
                    {
                        self.key(key.split(['=', ':']).next().unwrap_or(key));
                    }
                    None if is_token(&text) => {}
                    Some((key, value)) if own && is_naming_key(key) => {
                        self.key(value.trim_matches(|c| is_quote_char(c) || c == ' '))
                    }
                    _ if own => {}
                    _ => self.push(
                        text,
                        if separator == b';' {
                            Role::Label
                        } else {
                            Role::Key
                        },
                    ),
                }
            }
            cursor.skip_blanks();
        }
        let mut list = cursor;
        if self.outwards() {
            return true;
        }
        // `NPSSOS="dad=…;nadia=…"`: what the list in quotes is assigned to.
        let opened = !list.take_while(is_quote).is_empty();
        let is_assigned = opened && matches!(list.peek(), Some(b'=' | b':'));
        if is_assigned {
            self.cursor = list;
        }
        is_assigned
    }

    /// `<tag>`, `<tag name="x">`, `<key>x</key><tag>`
    fn tag(&mut self) -> bool {
        let line = self.cursor.line();
        if line.iter().all(|byte| matches!(byte, b'>' | b' ' | b'\t')) {
            // Quoted mail, a shell prompt, a Markdown quote.
            self.cursor.skip(line.len());
            return true;
        }
        self.cursor.skip(1);
        if self.cursor.rest().ends_with(b"![CDATA[") {
            self.cursor.skip(10);
            return true;
        }
        let window = &self.cursor.rest()[self.cursor.rest().len().saturating_sub(400)..];
        let Some(open) = memchr::memrchr(b'<', window) else {
            return true;
        };
        let inside = window[open + 1..].to_vec();
        self.cursor.skip(window.len() - open);
        if inside.first() == Some(&b'/') {
            // The end of an element: its text is a name, `<b>NPSSO</b> value`.
            self.element_text();
            return true;
        }
        if inside.last() == Some(&b'/') {
            // An element without content: the value is not in it.
            return true;
        }
        let text = lossy(&inside).into_owned();
        let tag: String = text
            .chars()
            .take_while(|c| !c.is_whitespace() && *c != '/')
            .collect();
        let attributes = record::attribute_values(&text);
        let is_own = self.names.is_empty();
        let is_named = is_own && attributes.iter().any(|name| !super::is_generic(name));
        for attribute in attributes {
            self.key(attribute);
        }
        self.key(tag);
        if is_named {
            // The element before it has a name of its own.
            return false;
        }
        self.cursor.skip_space();
        // `<b>npsso</b>: <code>`
        let mut before = self.cursor;
        before.take_while(|byte| matches!(byte, b':' | b'='));
        before.skip_space();
        if before.peek() == Some(b'>') {
            self.cursor = before;
        }
        let window = &self.cursor.rest()[self.cursor.rest().len().saturating_sub(200)..];
        if let Some(before) = window.strip_suffix(b">")
            && let Some(open) = memchr::memrchr(b'<', before)
            && before.get(open + 1) == Some(&b'/')
        {
            let is_key = matches!(&before[open + 1..], b"/key" | b"/dt" | b"/name");
            self.cursor.skip(window.len() - open);
            self.element_text();
            if is_key {
                // The element before it belongs to another key.
                return false;
            }
        }
        // What is left may be the element around this one, and the next step reads it.
        true
    }

    fn element_text(&mut self) {
        for _ in 0..3 {
            let text = self.cursor.take_while(|byte| byte != b'>' && byte != b'<');
            if text.iter().any(|byte| is_letter(*byte)) {
                self.key(short(text));
                return;
            }
            // Nested elements: </code></td>
            if self.cursor.peek() != Some(b'>') {
                return;
            }
            self.cursor.take_while(|byte| byte != b'<');
            self.cursor.skip(1);
        }
    }

    /// The value begins its line: what the line before says about it.
    fn line_before(&mut self) -> bool {
        if self.in_row {
            return false;
        }
        self.cursor.skip_space();
        let goes_on = matches!(
            self.cursor.peek(),
            Some(b':' | b'=' | b'(' | b'[' | b'{' | b',' | b'\\' | b'|' | b'>')
        );
        if !self.names.is_empty() && !goes_on {
            // Something else begins the line, and the line before is about that.
            return false;
        }
        for _ in 0..3 {
            let line = self.cursor.line();
            let text = trim(line);
            let decoration = !text.iter().any(|byte| is_letter(*byte))
                || text.starts_with(b"```")
                || text.starts_with(b"~~~");
            if !decoration {
                break;
            }
            // A line such as `  - ` or ``` or `>-` carries no name itself.
            if matches!(text.last(), Some(b'(' | b'[' | b'{' | b',' | b'=' | b':')) {
                return true;
            }
            self.cursor.skip(line.len());
            self.cursor.skip_space();
        }
        // YAML block scalars, line continuations
        self.cursor
            .take_while(|byte| matches!(byte, b'|' | b'>' | b'-' | b'+' | b'\\' | b' ' | b'^'));
        match self.cursor.peek() {
            None => false,
            Some(b':' | b'=' | b'(' | b'[' | b'{' | b',' | b'>') => true,
            Some(_) => {
                let line = self.cursor.line();
                if line.len() <= MAX_LABEL {
                    self.push(short(line), Role::Label);
                }
                false
            }
        }
    }

    /// `f(x)("value")`, `env("npsso") "value"`
    fn closed_call(&mut self) -> bool {
        let Some(inner) = self.cursor.group() else {
            return false;
        };
        let name = self.cursor.identifier();
        // `.npsso("…").sessionKey("…")`: each call gives something else.
        if is_name_of_secret(&name) {
            self.field(&name);
            return true;
        }
        // A list names many things, as in `(id, npsso) VALUES (1, …)`.
        if !inner.contains(&b',') {
            self.push(short(inner), Role::Label);
        }
        self.push(name, Role::Label);
        true
    }

    /// `npsso is `, `--npsso `, `return `: words before the value on its line.
    fn words(&mut self) -> bool {
        let mut ahead = self.cursor;
        let is_option = ahead.take_while(is_identifier).starts_with(b"-");
        let word = self.cursor.identifier();
        let role = match is_option && !super::is_generic(&word) {
            true => Role::Key,
            false => Role::Label,
        };
        self.push(word.clone(), role);
        if role == Role::Key {
            // What stands before another option is not about this one.
            return memchr::memmem::find(self.cursor.line(), b" -").is_none();
        }
        self.cursor.skip_blanks();
        if self
            .cursor
            .peek()
            .is_some_and(|byte| is_letter(byte) || is_quote(byte))
        {
            let mut ahead = self.cursor;
            let phrase = ahead.take_while(|byte| {
                is_identifier(byte) || matches!(byte, b' ' | b'\'' | b'"' | b'/' | b'\\')
            });
            // An option before it has a value of its own: `--npsso-file f --token …`
            if is_option && memchr::memmem::find(phrase, b" -").is_some() {
                return false;
            }
            // `cache key …`: the last word alone says less than both.
            self.push(format!("{} {word}", short(tail_of(phrase))), Role::Label);
            self.cursor = ahead;
        }
        true
    }
}

/// The name in `setNpsso(`, `.npsso(`, `with_npsso(`: calls that do nothing but
/// give a thing its value.
fn setter(callee: &str) -> Option<&str> {
    let last = callee.rsplit(['.', ':', '>']).next().unwrap_or(callee);
    let bare = [
        "set_", "set", "with_", "with", "add_", "add", "put_", "put", "Set", "With", "Add",
    ]
    .iter()
    .find_map(|prefix| last.strip_prefix(prefix))
    .unwrap_or(last);
    is_name_of_secret(bare).then_some(bare)
}

/// Whether a name is one of a constant or of the environment: no type is called so.
fn is_constant(name: &str) -> bool {
    name.contains('_') && !name.contains(char::is_lowercase)
}

/// The first argument of a call, when it is a string and others follow:
/// `add_argument("--npsso", default=…`
fn first_quoted(arguments: &[u8]) -> Option<String> {
    let (text, rest) = first_string(arguments.trim_ascii_start())?;
    rest.trim_ascii_start().starts_with(b",").then_some(text)
}

/// The string that a text begins with, and what follows it.
fn first_string(text: &[u8]) -> Option<(String, &[u8])> {
    let quote = *text.first().filter(|byte| is_quote(**byte))?;
    let length = text[1..]
        .iter()
        .take(MAX_LABEL)
        .position(|byte| *byte == quote)?;
    let string = lossy(&text[1..=length]).into_owned();
    Some((string, &text[length + 2..]))
}

/// Whether a key says how its object is called: `name="npsso", value="…"`.
fn is_naming_key(key: &str) -> bool {
    let key = key.trim_matches(|c: char| !c.is_alphanumeric());
    record::NAMING_KEYS
        .iter()
        .any(|naming| key.eq_ignore_ascii_case(naming))
}

fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80 || byte == b'_'
}

fn trim(text: &[u8]) -> &[u8] {
    text.trim_ascii()
}

/// A text as a label: without decoration, and only its end when it is long.
fn short(text: &[u8]) -> String {
    let text = lossy(text);
    let text = text.trim_matches(|c: char| c.is_whitespace() || "\"'`*_#<>|:=-([{".contains(c));
    let skip = text.chars().count().saturating_sub(MAX_LABEL);
    text.chars().skip(skip).collect()
}

fn tail_of(text: &[u8]) -> &[u8] {
    &text[text.len().saturating_sub(MAX_LABEL)..]
}

fn unquoted(text: &[u8]) -> String {
    lossy(text)
        .trim_matches(|c: char| is_quote_char(c) || c == ' ' || c == ':')
        .to_owned()
}
