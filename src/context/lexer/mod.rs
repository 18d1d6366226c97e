//! Cuts the text around a value into words, signs, quotes and brackets.
//!
//! There is no grammar of any language here, and nothing is an error: a quote or a
//! bracket that nothing belongs to is a sign like any other. What languages and
//! formats have in common is enough to say which name a value has.

mod cut;

use super::lossy;

pub use cut::is_string_prefix;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Letters, digits and `_`, and what is not ASCII.
    Word,
    /// The value.
    Value,
    /// A quote that opens a string, of one character or three.
    Open,
    /// A quote that closes one.
    Close,
    /// `(`, `[`, `{`, or the `<` of a tag or of types.
    Bracket,
    /// `)`, `]`, `}` or `>`.
    Closing,
    /// One operator or separator, of one character or more.
    Sign,
    /// The end of a line.
    Line,
}

/// One token.
#[derive(Clone, Copy, Debug)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    start: u32,
    end: u32,
    /// The other one of a pair of brackets or quotes.
    mate: Option<u32>,
    /// Whether a blank stands before it.
    pub is_spaced: bool,
    /// Whether it stands in a comment, and the value does not.
    is_comment: bool,
}

/// The text around a value, as tokens.
pub struct Text {
    bytes: Vec<u8>,
    tokens: Vec<Token>,
    /// The place of the value among the tokens.
    pub value: usize,
    /// The brackets and quotes around the value, the innermost last.
    pub around: Vec<usize>,
}

/// What a comment begins with, behind a blank or at the beginning of a line.
const COMMENTS: [&[u8]; 4] = [b"#", b"//", b"--", b"/*"];

impl Text {
    /// Reads what stands on the two sides of a value.
    pub fn read(left: &[u8], right: &[u8]) -> Text {
        let at = left.len();
        let mut bytes = Vec::with_capacity(at + 1 + right.len());
        bytes.extend(left);
        bytes.push(1);
        bytes.extend(right);
        let (mut tokens, around) = cut::tokens(&bytes, at);
        let value = tokens
            .iter()
            .position(|token| token.kind == Kind::Value)
            .expect("the value is one of the tokens");
        mark_comments(&bytes, &mut tokens, value);
        let around = around
            .into_iter()
            .filter(|at| is_around(&tokens, *at, value))
            .collect();
        Text {
            bytes,
            tokens,
            value,
            around,
        }
    }

    /// The bytes on the two sides of the value.
    pub fn sides(&self) -> (&[u8], &[u8]) {
        let value = &self.tokens[self.value];
        let (start, end) = (value.start as usize, value.end as usize);
        (&self.bytes[..start], &self.bytes[end..])
    }

    /// The number of tokens.
    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    /// A token by its place.
    pub fn token(&self, at: usize) -> &Token {
        &self.tokens[at]
    }

    /// What a token is, or the end of a line where there is none.
    pub fn kind(&self, at: usize) -> Kind {
        self.tokens.get(at).map_or(Kind::Line, |token| token.kind)
    }

    /// The bytes of a token.
    pub fn bytes(&self, at: usize) -> &[u8] {
        self.tokens.get(at).map_or(b"", |token| {
            &self.bytes[token.start as usize..token.end as usize]
        })
    }

    /// Whether a token is this sign, quote or bracket.
    pub fn is(&self, at: usize, sign: &str) -> bool {
        self.bytes(at) == sign.as_bytes()
    }

    /// Whether a token is one of these signs, quotes or brackets.
    pub fn is_one(&self, at: usize, signs: &[&str]) -> bool {
        signs.iter().any(|sign| self.is(at, sign))
    }

    /// The text of several tokens with what stands between them.
    pub fn text(&self, from: usize, to: usize) -> String {
        match (self.tokens.get(from), self.tokens.get(to)) {
            (Some(first), Some(last)) if from <= to => {
                lossy(&self.bytes[first.start as usize..last.end as usize]).into_owned()
            }
            _ => String::new(),
        }
    }

    /// The bytes from the beginning of a token to that of another.
    pub fn bytes_between(&self, from: usize, to: usize) -> &[u8] {
        match (self.tokens.get(from), self.tokens.get(to)) {
            (Some(first), Some(last)) if from <= to => {
                &self.bytes[first.start as usize..last.start as usize]
            }
            _ => b"",
        }
    }

    /// The other one of a pair of brackets or quotes.
    pub fn mate(&self, at: usize) -> Option<usize> {
        self.tokens.get(at)?.mate.map(|mate| mate as usize)
    }

    /// The token before one, but for comments; the ends of lines are tokens.
    pub fn before(&self, at: usize) -> Option<usize> {
        (0..at).rev().find(|at| !self.tokens[*at].is_comment)
    }

    /// The token after one, but for comments.
    pub fn after(&self, at: usize) -> Option<usize> {
        (at + 1..self.tokens.len()).find(|at| !self.tokens[*at].is_comment)
    }

    /// The token before one, on whatever line.
    pub fn before_lines(&self, at: usize) -> Option<usize> {
        (0..at)
            .rev()
            .find(|at| !self.tokens[*at].is_comment && self.tokens[*at].kind != Kind::Line)
    }

    /// The token before one, on whatever line and in comments too.
    pub fn written_before(&self, at: usize) -> Option<usize> {
        (0..at).rev().find(|at| self.tokens[*at].kind != Kind::Line)
    }

    /// The token after one, on whatever line.
    pub fn after_lines(&self, at: usize) -> Option<usize> {
        (at + 1..self.tokens.len())
            .find(|at| !self.tokens[*at].is_comment && self.tokens[*at].kind != Kind::Line)
    }

    /// Whether two tokens touch.
    pub fn touch(&self, first: usize, second: usize) -> bool {
        let token = self.tokens.get(second);
        first + 1 == second && token.is_some_and(|token| !token.is_spaced)
    }

    /// Whether only blanks stand before a token on its line.
    pub fn begins_line(&self, at: usize) -> bool {
        self.before(at)
            .is_none_or(|before| self.kind(before) == Kind::Line)
    }

    /// The first token of the line of one.
    pub fn line_start(&self, at: usize) -> usize {
        (0..at)
            .rev()
            .find(|at| self.tokens[*at].kind == Kind::Line)
            .map_or(0, |line| line + 1)
    }

    /// The token behind the last one of the line of one.
    pub fn line_end(&self, at: usize) -> usize {
        (at..self.tokens.len())
            .find(|at| self.tokens[*at].kind == Kind::Line)
            .unwrap_or(self.tokens.len())
    }

    /// Whether a token stands in a comment that the value does not stand in.
    pub fn is_comment(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(|token| token.is_comment)
    }

    /// Whether blanks stand before the first token of a line.
    pub fn is_indented(&self, first: usize) -> bool {
        self.tokens.get(first).is_some_and(|token| token.is_spaced)
    }

    /// The innermost bracket or quote around a token.
    pub fn parent(&self, at: usize) -> Option<usize> {
        let mut back = at;
        while let Some(before) = back.checked_sub(1) {
            let token = &self.tokens[before];
            match (token.kind, token.mate) {
                (Kind::Closing | Kind::Close, Some(mate)) => back = mate as usize,
                (Kind::Bracket | Kind::Open, Some(mate)) if mate as usize >= at => {
                    return Some(before);
                }
                (Kind::Bracket, None) if self.around.contains(&before) => return Some(before),
                _ => back = before,
            }
        }
        None
    }

    /// The string that ends at a closing quote: where it opens, and what is in it.
    pub fn string(&self, close: usize) -> Option<(usize, String)> {
        if self.kind(close) != Kind::Close {
            return None;
        }
        let open = self.mate(close)?;
        let text = match open + 1 == close {
            true => String::new(),
            false => self.text(open + 1, close - 1),
        };
        Some((open, text))
    }

    /// The identifier that ends at a word: where it begins, and its text. Dots, dashes
    /// and the like inside of it belong to it.
    pub fn identifier(&self, end: usize) -> Option<(usize, String)> {
        if self.kind(end) != Kind::Word {
            return None;
        }
        let mut start = end;
        while let Some(sign) = start.checked_sub(1) {
            let joins = self.is_one(sign, &[".", "-", "::", "->", "?.", "/", "--"])
                && self.touch(sign, start)
                && sign
                    .checked_sub(1)
                    .is_some_and(|word| self.kind(word) == Kind::Word && self.touch(word, sign));
            if !joins || self.tokens[sign].is_comment {
                break;
            }
            start = sign - 1;
        }
        // `this.#npsso`, `$env`, `@npsso`, `:npsso` begin with a sign that is no part of the name.
        Some((start, self.text(start, end)))
    }
}

/// What is still open at the value is around it when it is closed behind it, or when
/// nothing but it could be meant: it ends its line.
fn is_around(tokens: &[Token], at: usize, value: usize) -> bool {
    match tokens[at].mate {
        Some(mate) => mate as usize > value,
        None => {
            let same_line = !tokens[at..value]
                .iter()
                .any(|token| token.kind == Kind::Line);
            let ends_line = tokens
                .get(at + 1)
                .is_some_and(|next| next.kind == Kind::Line);
            same_line || ends_line
        }
    }
}

/// Comments are passed over, unless the value stands in one.
fn mark_comments(bytes: &[u8], tokens: &mut [Token], value: usize) {
    let mut comment = false;
    for at in 0..tokens.len() {
        let token = tokens[at];
        if token.kind == Kind::Line {
            comment = false;
            continue;
        }
        let text = &bytes[token.start as usize..token.end as usize];
        let begins = at == 0 || tokens[at - 1].kind == Kind::Line;
        let is_sign = token.kind == Kind::Sign && COMMENTS.contains(&text);
        // `#npsso` and `--npsso` are names.
        let apart = tokens
            .get(at + 1)
            .is_some_and(|next| next.is_spaced || next.kind == Kind::Line)
            || matches!(text, b"//" | b"/*");
        if is_sign && (begins || token.is_spaced) && apart && !comment {
            let end = (at..tokens.len())
                .find(|at| tokens[*at].kind == Kind::Line)
                .unwrap_or(tokens.len());
            comment = !(at..end).contains(&value);
        }
        tokens[at].is_comment = comment;
        if comment && text == b"*/" {
            comment = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(left: &str, right: &str) -> Vec<String> {
        let text = Text::read(left.as_bytes(), right.as_bytes());
        (0..text.len())
            .map(|at| match text.kind(at) {
                Kind::Value => "T".to_owned(),
                Kind::Line => "/".to_owned(),
                _ => text.text(at, at),
            })
            .collect()
    }

    fn around(left: &str, right: &str) -> String {
        let text = Text::read(left.as_bytes(), right.as_bytes());
        text.around.iter().map(|at| text.text(*at, *at)).collect()
    }

    #[test]
    fn nothing_touches_the_last_token() {
        let text = Text::read(b"npsso ", b"");
        assert!(!text.touch(text.value, text.value + 1));
    }

    #[test]
    fn a_text_is_cut_into_words_and_signs() {
        assert_eq!(
            tokens("const npsso = x ?? \"", "\";"),
            ["const", "npsso", "=", "x", "??", "\"", "T", "\"", ";"]
        );
        assert_eq!(tokens("it's dad's: ", ""), ["it's", "dad's", ":", "T"]);
    }

    #[test]
    fn brackets_and_quotes_around_the_value_are_known() {
        assert_eq!(around("f({a: [\"", "\"]})"), "({[\"");
        assert_eq!(around("\"{\"npsso\":\"", "\"}\""), "\"{\"");
        assert_eq!(around("{\"a\":\"\",\"b\":\"", "\"}"), "{\"");
        assert_eq!(around("a :( b\nnpsso: ", ""), "");
        assert_eq!(around("f(\n  '", "',\n)"), "('");
        assert_eq!(around("<a b=\"", "\">"), "<\"");
        assert_eq!(around("print(b'", "')"), "('");
    }
}
