//! Types and other words around the name of what is declared.

use super::super::lexer::Kind;
use super::super::name::How;
use super::super::vocabulary;
use super::Climb;
use super::assignment::next_is_spaced;
use crate::rule::words::List;

/// Words that stand before a name in a declaration or a statement.
const STATEMENTS: [&str; 12] = [
    "export", "set", "setenv", "let", "var", "const", "local", "my", "our", "global", "declare",
    "env",
];

impl Climb<'_> {
    /// `const npsso =`, `String npsso =`, `var npsso string =`, `char npsso[65] PROGMEM =`: the
    /// name, and the words that declare it.
    pub fn declaration(&mut self, start: usize, name: &str) {
        let text = self.text;
        let limit = self.statement_start(start);
        let mut name = name.to_owned();
        let mut start = start;
        // A type behind the name says nothing: `var npsso string =`, `@npsso NVARCHAR(64) =`.
        while vocabulary::is_type(&name) && start > limit {
            let word = start - 1;
            let Some((before, declared)) = text.identifier(word).filter(|_| word >= limit) else {
                break;
            };
            if text.is(word, "as") || STATEMENTS.contains(&declared.as_str()) {
                break;
            }
            (start, name) = (before, declared);
        }
        self.names.push(&name, How::Assigned);
        self.first = start;
        self.prefix_of_name();
        let before = self.first;
        if before > limit {
            let phrase = text.text(limit, before - 1);
            let words = phrase.split_whitespace().count();
            let plain = !phrase.contains(['(', '{', '"', '\'', '=', ',', ';']);
            if plain && words <= 6 && !STATEMENTS.contains(&phrase.trim()) {
                self.names
                    .push(format!("{} {name}", phrase.trim()), How::Words);
            }
            self.first = limit;
            // `[discord] token = `: who writes a line of a log.
            if text.is_one(before - 1, &["]"]) {
                self.first = before;
            }
        }
    }

    /// The name of `name: type =`, when the words before a sign are a type.
    pub fn declared_by_type(&mut self, end: usize, sign: usize) -> Option<bool> {
        let text = self.text;
        let limit = self.statement_start(end);
        let mut at = end;
        while at > limit {
            at -= 1;
            match text.kind(at) {
                Kind::Closing => at = text.mate(at)?,
                Kind::Word => {}
                Kind::Sign if text.is_one(at, &[":", "::"]) => {
                    // `std::string npsso`: two words with nothing between them.
                    let name = text.before(at).filter(|word| *word >= limit)?;
                    let next = text.after(at)?;
                    let is_path = text.is(at, "::")
                        && (text.kind(next) == Kind::Word && text.touch(at, next))
                        && self.goes_on_as_name(next, end);
                    if is_path {
                        return None;
                    }
                    let (start, declared) = match text.kind(name) {
                        Kind::Word => text.identifier(name)?,
                        Kind::Sign if text.is(name, "?") => text.identifier(text.before(name)?)?,
                        // `npsso[65]: char =`
                        Kind::Closing => {
                            let open = text.mate(name)?;
                            text.identifier(open.checked_sub(1)?)?
                        }
                        _ => return None,
                    };
                    let given = text.text(end, end);
                    // `$env:NPSSO =`, `NOTE:npsso=`, `run: export NAME=` are no types.
                    let is_type = text.token(sign).is_spaced
                        && (text.token(at).is_spaced || next_is_spaced(text, at))
                        || text.is(at, "::");
                    let own = given.to_ascii_lowercase();
                    let is_secret = List::SecretName.is_in(&own);
                    let is_constant = given.contains('_') && !given.contains(char::is_lowercase);
                    let is_set = end
                        .checked_sub(1)
                        .is_some_and(|before| text.is(before, "export"));
                    if is_secret
                        || is_constant
                        || is_set
                        || !is_type && !vocabulary::is_type(&given)
                    {
                        return None;
                    }
                    self.names.push(declared, How::Assigned);
                    self.first = start;
                    self.prefix_of_name();
                    if self.first > limit {
                        self.first = limit;
                    }
                    return Some(true);
                }
                Kind::Sign
                    if text.is_one(
                        at,
                        &["&", "*", "?", "|", "'", "-", ".", "->", "@", "$", "!"],
                    ) => {}
                Kind::Open
                | Kind::Close
                | Kind::Bracket
                | Kind::Value
                | Kind::Sign
                | Kind::Line => {
                    return None;
                }
            }
        }
        None
    }

    /// Whether a name follows the path of a type: `std::string npsso`.
    fn goes_on_as_name(&self, word: usize, end: usize) -> bool {
        word < end || !vocabulary::is_type(&self.text.text(word, word))
    }

    /// `npsso: [u8; 64] =`, `npsso: []const u8 =`: a type that begins with a bracket.
    pub fn typed_before(&mut self, open: usize, sign: usize) -> bool {
        match self.declared_by_type(open, sign) {
            Some(goes_on) => goes_on,
            None => self.grow(open),
        }
    }

    /// Whether the word before an index is the type of what is declared: `String[] npsso`,
    /// `char[65]`.
    pub fn is_type_of(&self, word: usize) -> bool {
        vocabulary::is_type(&self.text.text(word, word))
    }
}
