//! Where one token ends and the next begins, and which brackets and quotes belong together.

use super::{Kind, Token};

/// Signs of several characters, the longest first.
const SIGNS: [&[u8]; 38] = [
    b"===", b"!==", b"||=", b"&&=", b"??=", b"<<<", b"<=>", b"//=", b"...", b"=>", b"->", b"<-",
    b":=", b"==", b"!=", b"||", b"&&", b"??", b"?:", b"?.", b"::", b":-", b"//", b"/*", b"*/",
    b"--", b"+=", b".=", b"..", b"<<", b">>", b"|>", b"<>", b"~>", b"=~", b"<=", b">=", b"**",
];

/// How far the end of a tag is looked for.
const TAG: usize = 400;

/// The tokens of a text with a value in it, and the brackets and quotes that are open there.
pub fn tokens(bytes: &[u8], value: usize) -> (Vec<Token>, Vec<usize>) {
    let mut lexer = Lexer {
        bytes,
        tokens: Vec::with_capacity(bytes.len() / 3),
        open: Vec::new(),
        around: Vec::new(),
        value,
    };
    lexer.run();
    (lexer.tokens, lexer.around)
}

struct Lexer<'a> {
    bytes: &'a [u8],
    tokens: Vec<Token>,
    /// Brackets and quotes that are open, the innermost last.
    open: Vec<usize>,
    /// Those that are open at the value.
    around: Vec<usize>,
    /// Where the value stands.
    value: usize,
}

impl Lexer<'_> {
    fn run(&mut self) {
        let mut at = 0;
        let mut is_spaced = false;
        while at < self.bytes.len() {
            let byte = self.bytes[at];
            let length = match byte {
                _ if at == self.value => {
                    self.around = self.open.clone();
                    self.push(Kind::Value, at, 1, is_spaced)
                }
                b' ' | b'\t' => {
                    is_spaced = true;
                    at += 1;
                    continue;
                }
                b'\r' | b'\n' | 0 => {
                    let length = 1 + usize::from(self.bytes[at..].starts_with(b"\r\n"));
                    self.push(Kind::Line, at, length, is_spaced);
                    self.end_line();
                    length
                }
                b'"' | b'\'' | b'`' => self.quote(at, is_spaced),
                // `{|` begins a table of a wiki, whose end may be far away.
                b'{' if self.begins_line(at) && self.bytes.get(at + 1) == Some(&b'|') => {
                    self.sign(at, is_spaced)
                }
                b'(' | b'[' | b'{' => self.open_bracket(at, is_spaced),
                b'<' if self.opens_tag(at) => self.open_bracket(at, is_spaced),
                b')' | b']' | b'}' | b'>' => self.close_bracket(at, is_spaced),
                _ if is_word(byte) => {
                    let end = self.value.max(at);
                    let reach = if at < self.value {
                        end
                    } else {
                        self.bytes.len()
                    };
                    let length = self.bytes[at..reach]
                        .iter()
                        .enumerate()
                        .take_while(|(ahead, byte)| {
                            is_word(**byte) || self.is_apostrophe(at + ahead)
                        })
                        .count();
                    self.push(Kind::Word, at, length, is_spaced)
                }
                _ => self.sign(at, is_spaced),
            };
            is_spaced = false;
            at += length;
        }
    }

    /// Takes the longest sign at a place; gives its length.
    fn sign(&mut self, at: usize, is_spaced: bool) -> usize {
        let rest = &self.bytes[at..];
        let length = SIGNS
            .iter()
            .find(|sign| rest.starts_with(sign))
            .map_or(1, |sign| sign.len());
        self.push(Kind::Sign, at, length, is_spaced)
    }

    fn push(&mut self, kind: Kind, start: usize, length: usize, is_spaced: bool) -> usize {
        self.tokens.push(Token {
            kind,
            start: start as u32,
            end: (start + length) as u32,
            mate: None,
            is_spaced,
            is_comment: false,
        });
        length
    }

    /// `don't`: no quote.
    fn is_apostrophe(&self, at: usize) -> bool {
        self.bytes[at] == b'\''
            && at > 0
            && self.bytes[at - 1].is_ascii_alphabetic()
            && self.bytes.get(at + 1).is_some_and(u8::is_ascii_alphabetic)
            && at != self.value
            && !self.is_prefix_before(at)
    }

    /// Whether a quote stands behind the prefix of a string, as in `b"…"` or `r#"…"#`. In
    /// `l'npsso` it is an apostrophe.
    fn is_prefix_before(&self, at: usize) -> bool {
        let before = &self.bytes[..at];
        let hashes = before
            .iter()
            .rev()
            .take_while(|byte| **byte == b'#')
            .count();
        let before = &before[..before.len() - hashes];
        let length = before
            .iter()
            .rev()
            .take_while(|byte| byte.is_ascii_alphanumeric() || **byte >= 0x80)
            .count();
        is_string_prefix(&before[before.len() - length..], self.bytes[at])
    }

    fn quote(&mut self, at: usize, is_spaced: bool) -> usize {
        let quote = self.bytes[at];
        let row = self.bytes[at..]
            .iter()
            .enumerate()
            .take_while(|(ahead, byte)| **byte == quote && at + ahead != self.value)
            .count();
        let length = if row >= 3 { 3 } else { 1 };
        let text = &self.bytes[at..at + length];
        let before = at.checked_sub(1).map(|at| self.bytes[at]);
        let after = self.bytes.get(at + length).copied();
        let behind_value = at > 0 && at - 1 == self.value;
        let before_value = at + length == self.value;
        let touches_quote = self
            .tokens
            .last()
            .is_some_and(|last| last.kind == Kind::Open && !is_spaced);
        let can_open = !behind_value
            && (before.is_none_or(|byte| {
                byte.is_ascii_whitespace() || b"([{<=:,;!?&|+-*/%~^@$#.>\\\0".contains(&byte)
            }) || touches_quote
                || self.is_prefix_before(at));
        let can_close = !before_value
            && after.is_none_or(|byte| {
                byte.is_ascii_whitespace() || b")]},;:.=<>!?&|+-*/%~^\\#@\0\"'`".contains(&byte)
            });
        let opened = self.open.iter().rposition(|open| {
            let token = &self.tokens[*open];
            token.kind == Kind::Open
                && self.bytes[token.start as usize..token.end as usize] == *text
        });
        // `""` before a separator is an empty string, whatever is open.
        let is_empty = row == 2
            && can_open
            && before.is_some_and(|byte| b"([{=:, +".contains(&byte))
            && self
                .bytes
                .get(at + 2)
                .is_none_or(|byte| b")]},;:\n\r+".contains(byte));
        let token = self.tokens.len();
        // `&'static str`, `dads'`: what nothing closes on its line opens nothing.
        let is_alone = text == b"'"
            && after.is_some_and(|byte| byte.is_ascii_alphabetic())
            && !self.bytes[at + 1..]
                .iter()
                .take_while(|byte| **byte != b'\n')
                .any(|byte| *byte == b'\'');
        match opened {
            None if is_alone => {
                self.push(Kind::Sign, at, length, is_spaced);
            }
            Some(place) if can_close && !is_empty => {
                self.push(Kind::Close, at, length, is_spaced);
                let open = self.open[place];
                self.open.truncate(place);
                self.pair(open, token);
            }
            _ if can_open => {
                self.push(Kind::Open, at, length, is_spaced);
                self.open.push(token);
            }
            _ => {
                // It closes a string that began on another line, or nothing.
                self.push(Kind::Close, at, length, is_spaced);
            }
        }
        length
    }

    fn pair(&mut self, open: usize, close: usize) {
        self.tokens[open].mate = Some(close as u32);
        self.tokens[close].mate = Some(open as u32);
    }

    /// Strings in plain quotes end with their line.
    fn end_line(&mut self) {
        let (bytes, tokens) = (self.bytes, &self.tokens);
        self.open.retain(|open| {
            let token = &tokens[*open];
            token.kind != Kind::Open
                || token.end - token.start == 3
                || bytes[token.start as usize] == b'`'
        });
    }

    fn begins_line(&self, at: usize) -> bool {
        at.checked_sub(1)
            .is_none_or(|before| self.bytes[before] == b'\n')
    }

    fn open_bracket(&mut self, at: usize, is_spaced: bool) -> usize {
        self.open.push(self.tokens.len());
        self.push(Kind::Bracket, at, 1, is_spaced)
    }

    /// Whether a `<` opens a tag, or the types of a type.
    fn opens_tag(&self, at: usize) -> bool {
        let next = self.bytes.get(at + 1).copied().unwrap_or(b' ');
        let begins = next.is_ascii_alphabetic() || matches!(next, b'/' | b'!' | b'?');
        let end = self.bytes.len().min(at + TAG);
        begins
            && self.bytes[at + 1..end]
                .iter()
                .find(|byte| matches!(byte, b'<' | b'>'))
                .is_some_and(|byte| *byte == b'>' || at + 1 < self.value)
    }

    fn close_bracket(&mut self, at: usize, is_spaced: bool) -> usize {
        let opening = match self.bytes[at] {
            b')' => b'(',
            b']' => b'[',
            b'}' => b'{',
            _ => b'<',
        };
        let tokens = &self.tokens;
        let place = self
            .open
            .iter()
            .rposition(|open| self.bytes[tokens[*open].start as usize] == opening)
            // A tag is closed in the string that it is opened in, and nothing around it is.
            .filter(|place| {
                opening != b'<'
                    || self.open[*place..].iter().all(|open| {
                        let token = &tokens[*open];
                        token.kind == Kind::Open || self.bytes[token.start as usize] == b'<'
                    })
            })
            // Nor does a bracket in a string close one around it.
            .filter(|place| {
                self.open[*place..].iter().all(|open| {
                    let token = &tokens[*open];
                    token.kind != Kind::Open || opening == b'<'
                })
            });
        let token = self.tokens.len();
        match place {
            Some(place) => {
                self.push(Kind::Closing, at, 1, is_spaced);
                let open = self.open[place];
                self.open.truncate(place);
                self.pair(open, token);
                1
            }
            None if opening == b'<' => self.sign(at, is_spaced),
            None => self.push(Kind::Closing, at, 1, is_spaced),
        }
    }
}

/// Whether a word before a quote is the prefix of a string in some language. Before a
/// single quote, `l` and the like are words of people: `l'npsso`.
pub fn is_string_prefix(word: &[u8], quote: u8) -> bool {
    let is_python = matches!(
        word,
        b"b" | b"r" | b"f" | b"u" | b"br" | b"rb" | b"fr" | b"rf"
    );
    let is_other = matches!(
        word,
        b"L" | b"N" | b"E" | b"B" | b"R" | b"F" | b"U" | b"X" | b"Rb" | b"BR" | b"u8" | b"raw"
    );
    let is_double =
        matches!(word, b"s" | b"c" | b"cr" | b"q" | b"l" | b"n" | b"e") && quote == b'"';
    is_python || is_other || is_double
}

/// Whether a byte can be part of a word.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}
