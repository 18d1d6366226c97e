//! What a value is the default of, or is joined to.

use super::super::lexer::Kind;
use super::super::name::{How, is_token};
use super::Climb;

impl Climb<'_> {
    /// Whether a dash is that of `${NPSSO-T}`.
    pub fn is_shell_default(&self, sign: usize) -> bool {
        let text = self.text;
        sign.checked_sub(3).is_some_and(|dollar| {
            text.is(dollar, "$") && text.is(dollar + 1, "{") && text.kind(dollar + 2) == Kind::Word
        })
    }

    /// `x.NPSSO || "T"`, `os.getenv("NPSSO") or "T"`: what the value is the default of.
    pub fn fallback(&mut self, sign: usize) -> bool {
        if self.text.is(sign, "//") && self.text.begins_line(sign) {
            return self.grow(sign);
        }
        self.operand(sign)
    }

    /// Takes the name of the operand before a sign, and steps over it.
    pub fn operand(&mut self, sign: usize) -> bool {
        let text = self.text;
        let Some(mut at) = text.before_lines(sign) else {
            return self.grow(sign);
        };
        self.first = sign;
        // `ENV["NPSSO"]?`, `x!`
        while text.is_one(at, &["?", "!"]) {
            match text.before(at) {
                Some(before) => at = before,
                None => return true,
            }
        }
        let mut taken = 0;
        loop {
            match text.kind(at) {
                Kind::Closing => {
                    let Some(open) = text.mate(at) else {
                        return self.grow(at);
                    };
                    // The last string in an index or a call is the name: `get("psn", "npsso")`.
                    let string = (open..at)
                        .rev()
                        .find_map(|end| text.string(end))
                        .map(|(_, string)| string);
                    let bare = super::inside(text, open, at);
                    match string {
                        Some(string) => {
                            self.names.push(string, How::Default);
                            taken += 1;
                        }
                        None if !text.is(open, "(") || taken == 0 => {
                            self.names
                                .push(bare.trim_start_matches([':', '$', '@']), How::Default);
                            taken += 1;
                        }
                        None => {}
                    }
                    self.first = open;
                    match open.checked_sub(1).filter(|before| {
                        text.touch(*before, open) || text.kind(*before) == Kind::Word
                    }) {
                        Some(before) if text.touch(before, open) => at = before,
                        _ => return true,
                    }
                }
                Kind::Close => {
                    let Some((open, string)) = text.string(at) else {
                        return self.grow(at);
                    };
                    if !is_token(&string) {
                        self.names.push(string, How::Default);
                    }
                    return self.grow(open);
                }
                Kind::Word => {
                    let Some((start, name)) = text.identifier(at) else {
                        return self.grow(at);
                    };
                    self.first = start;
                    let last = name
                        .rsplit(['.', ':', '>'])
                        .next()
                        .unwrap_or(&name)
                        .to_owned();
                    if taken == 0 {
                        self.names.push(last, How::Default);
                    } else {
                        self.names.push(name, How::Words);
                    }
                    self.prefix_of_name();
                    return true;
                }
                Kind::Sign if text.is_one(at, &[".", "?.", "->", "::", "?", "!"]) => {
                    self.first = at;
                    match text.before(at) {
                        Some(before) => at = before,
                        None => return true,
                    }
                }
                _ => return self.grow(at),
            }
        }
    }

    /// `"" + "T"`, `std::string() + "T"`: an empty string says nothing, and so does
    /// what a value is appended to.
    pub fn joined(&mut self, sign: usize) -> bool {
        let text = self.text;
        self.first = sign;
        let Some(before) = text.before_lines(sign) else {
            return true;
        };
        match text.kind(before) {
            Kind::Closing if text.is(before, ")") => {
                let Some(open) = text.mate(before) else {
                    return true;
                };
                let is_empty =
                    (open + 1..before).all(|at| matches!(text.kind(at), Kind::Open | Kind::Close));
                if is_empty
                    && let Some((start, name)) =
                        open.checked_sub(1).and_then(|at| text.identifier(at))
                {
                    let class = name
                        .rsplit([':', '.'])
                        .next()
                        .unwrap_or("")
                        .to_ascii_lowercase();
                    if ["string", "wstring", "qstring", "nsstring", "cstring"]
                        .contains(&class.as_str())
                    {
                        self.first = start;
                    }
                }
                true
            }
            Kind::Close if text.is(sign, "+") || text.is(sign, "..") || text.is(sign, ".") => {
                // `"Cookie: npsso=" + "T"`: the string goes on.
                let Some((open, string)) = text.string(before) else {
                    return true;
                };
                self.first = open;
                let string = string.trim_end_matches([' ', '"', '\'']);
                if let Some(pair) = string.strip_suffix(['=', ':']) {
                    let name = pair.rsplit([' ', ';', '&', '?', '"', '\'', ',']).next();
                    self.names.push(name.unwrap_or(pair), How::Assigned);
                }
                true
            }
            _ => true,
        }
    }
}
