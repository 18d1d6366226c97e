//! How the objects of a PDF document are written: section 7.2 and 7.3 of
//! ISO 32000-1:2008
//! (<https://opensource.adobe.com/dc-acrobat-sdk-docs/pdfstandards/PDF32000_2008.pdf>).

/// Of longer arrays only the beginning is taken.
const MOST_VALUES: usize = 4;

/// The last object that begins in some bytes: its number and generation, and what
/// follows `obj`.
pub fn last_object(bytes: &[u8]) -> Option<((u64, u64), &[u8])> {
    for place in memchr::memmem::rfind_iter(bytes, b"obj") {
        let (before, after) = bytes.split_at(place);
        let mut numbers = before.trim_ascii_end();
        let mut number = || {
            let digits = numbers
                .iter()
                .rev()
                .take_while(|byte| byte.is_ascii_digit());
            let (rest, number) = numbers.split_at(numbers.len() - digits.count());
            numbers = rest.trim_ascii_end();
            let number = std::str::from_utf8(number)
                .ok()
                .filter(|text| text.len() <= 10);
            number.and_then(|number| number.parse().ok())
        };
        if let (Some(generation), Some(object)) = (number(), number()) {
            return Some(((object, generation), &after[3..]));
        }
    }
    None
}

/// What stands in a dictionary, without its brackets.
pub fn inside(dictionary: &[u8]) -> &[u8] {
    let dictionary = dictionary.trim_ascii();
    dictionary.strip_prefix(b"<<").unwrap_or(dictionary)
}

/// A dictionary's entries as they are written (7.3.7).
pub struct Dictionary<'a>(pub &'a [u8]);

impl<'a> Dictionary<'a> {
    /// The value of a key as it is written.
    pub fn value(&self, key: &[u8]) -> Option<&'a [u8]> {
        let mut tokens = Tokens(self.0);
        loop {
            let name = tokens.next()?;
            let rest = tokens.0;
            let is_name = name.starts_with(b"/");
            if !is_name {
                // Not a dictionary as it should be; the next name is taken as a key.
                continue;
            }
            let value_end = tokens.skip_value();
            if name.get(1..) == Some(key) {
                return rest.get(..rest.len() - value_end).map(<[u8]>::trim_ascii);
            }
        }
    }

    /// The value of a key, if it is a number.
    pub fn number(&self, key: &[u8]) -> Option<u64> {
        std::str::from_utf8(self.value(key)?).ok()?.parse().ok()
    }

    /// Whether a key has this name as its value.
    pub fn is(&self, key: &[u8], name: &[u8]) -> bool {
        self.value(key).and_then(|value| value.strip_prefix(b"/")) == Some(name)
    }
}

/// The names in a value: itself, or those of an array.
pub fn names(value: &[u8]) -> Vec<&[u8]> {
    let tokens = std::iter::from_fn({
        let mut tokens = Tokens(value);
        move || tokens.next()
    });
    tokens
        .filter_map(|token| token.strip_prefix(b"/"))
        .collect()
}

/// The values in a value: itself, or those of an array.
pub fn each(value: &[u8]) -> Vec<&[u8]> {
    let Some(array) = value.trim_ascii().strip_prefix(b"[") else {
        return vec![value];
    };
    let mut tokens = Tokens(array);
    let mut values = Vec::new();
    while !tokens.0.is_empty() && values.len() < MOST_VALUES {
        let rest = tokens.0;
        let left = tokens.skip_value();
        if left == rest.len() {
            break;
        }
        values.push(&rest[..rest.len() - left]);
    }
    values
}

/// The tokens of a dictionary or a content stream: brackets, names, strings, and other words.
pub struct Tokens<'a>(pub &'a [u8]);

impl<'a> Tokens<'a> {
    pub fn next(&mut self) -> Option<&'a [u8]> {
        let blanks = self.0.iter().take_while(|byte| is_blank(**byte)).count();
        let text = &self.0[blanks..];
        let length = match text {
            [] => return None,
            [b'<', b'<', ..] | [b'>', b'>', ..] => 2,
            [b'(', ..] => string_length(text),
            [b'<', ..] => memchr::memchr(b'>', text).map_or(text.len(), |end| end + 1),
            // Two operators are no letters.
            [b'\'' | b'"', ..] => 1,
            [first, rest @ ..] if *first == b'/' || !is_delimiter(*first) => {
                let end = rest.iter().position(|byte| is_delimiter(*byte));
                end.map_or(text.len(), |end| end + 1)
            }
            _ => 1,
        };
        let (token, rest) = text.split_at(length);
        self.0 = rest;
        Some(token)
    }

    /// Goes over one value, which may hold others or be a reference. Gives how
    /// many bytes are left after it.
    pub fn skip_value(&mut self) -> usize {
        let mut depth = 0_usize;
        while let Some(token) = self.next() {
            match token {
                b"<<" | b"[" => depth += 1,
                b">>" | b"]" => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth > 0 {
                continue;
            }
            // `12 0 R` is one value.
            if token.iter().all(u8::is_ascii_digit) {
                let mut ahead = Tokens(self.0);
                let is_number = ahead
                    .next()
                    .is_some_and(|word| word.iter().all(u8::is_ascii_digit));
                if is_number && ahead.next() == Some(b"R") {
                    self.0 = ahead.0;
                }
            }
            break;
        }
        self.0.len()
    }
}

/// Whether a token is a string.
pub fn is_string(token: &[u8]) -> bool {
    token.starts_with(b"(") || token.starts_with(b"<") && token != b"<<"
}

/// The bytes that a string stands for (7.3.4).
pub fn string(token: &[u8]) -> Vec<u8> {
    let Some(literal) = token.strip_prefix(b"(") else {
        return hexadecimal(token);
    };
    let literal = literal.strip_suffix(b")").unwrap_or(literal);
    let mut string = Vec::new();
    let mut rest = literal.iter().copied().peekable();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            string.push(byte);
            continue;
        }
        match rest.next() {
            Some(b'n') => string.push(b'\n'),
            Some(b'r') => string.push(b'\r'),
            Some(b't') => string.push(b'\t'),
            Some(b'b') => string.push(8),
            Some(b'f') => string.push(12),
            // The string goes on after a line end that is escaped.
            Some(b'\r') => drop(rest.next_if_eq(&b'\n')),
            Some(b'\n') | None => {}
            Some(digit @ b'0'..=b'7') => {
                let mut value = digit - b'0';
                for _ in 0..2 {
                    let digit = rest.next_if(|digit| (b'0'..=b'7').contains(digit));
                    value = digit.map_or(value, |digit| value << 3 | (digit - b'0'));
                }
                string.push(value);
            }
            Some(other) => string.push(other),
        }
    }
    string
}

/// The bytes of hexadecimal digits; what else stands there is left out.
pub fn hexadecimal(digits: &[u8]) -> Vec<u8> {
    let digits = digits
        .iter()
        .filter_map(|byte| char::from(*byte).to_digit(16));
    let digits: Vec<u8> = digits.map(|digit| digit as u8).collect();
    let pair = |pair: &[u8]| pair[0] << 4 | pair.get(1).copied().unwrap_or(0);
    digits.chunks(2).map(pair).collect()
}

/// How long the string is that text begins with (7.3.4.2).
fn string_length(text: &[u8]) -> usize {
    let mut depth = 0_usize;
    let mut escaped = false;
    for (place, byte) in text.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'(' => depth += 1,
            b')' if depth <= 1 => return place + 1,
            b')' => depth -= 1,
            _ => {}
        }
    }
    text.len()
}

fn is_blank(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte == 0
}

/// Whether a byte ends a name or another word (7.2.2).
fn is_delimiter(byte: u8) -> bool {
    is_blank(byte) || b"()<>[]{}/%".contains(&byte)
}

/// The numbers of the objects that a value refers to.
pub fn references(value: &[u8]) -> impl Iterator<Item = u64> {
    let mut tokens = Tokens(value);
    let mut last = [None; 2];
    std::iter::from_fn(move || {
        loop {
            let token = tokens.next()?;
            let [first, second] = last;
            let number = std::str::from_utf8(token).ok();
            last = [second, number.and_then(|number| number.parse().ok())];
            if let (b"R", Some(object), Some(_)) = (token, first, second) {
                return Some(object);
            }
        }
    })
}

/// The objects that an object stream holds (7.5.7), with their numbers.
pub fn packed_objects<'a>(
    dictionary: &Dictionary<'_>,
    content: &'a [u8],
) -> impl Iterator<Item = (u64, &'a [u8])> {
    let first = dictionary.number(b"First").unwrap_or_default();
    let first = usize::try_from(first)
        .unwrap_or(usize::MAX)
        .min(content.len());
    let (head, objects) = content.split_at(first);
    let mut tokens = Tokens(head);
    let mut number = move || {
        std::str::from_utf8(tokens.next()?)
            .ok()?
            .parse::<u64>()
            .ok()
    };
    let pairs = std::iter::from_fn(move || Some((number()?, number()?)));
    let places =
        pairs.map(|(number, place)| (number, usize::try_from(place).unwrap_or(usize::MAX)));
    let places: Vec<(u64, usize)> = places.collect();
    let ends: Vec<usize> = places.iter().skip(1).map(|(_, place)| *place).collect();
    let ends = ends.into_iter().chain([usize::MAX]);
    places
        .into_iter()
        .zip(ends)
        .filter_map(move |((number, place), end)| {
            let object = objects.get(place..end.min(objects.len()))?;
            Some((number, object.trim_ascii_start()))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_bytes() {
        let literal = b"(a\\(b)\\)\\\\\\n\\\r\nc\\\nd\\101\\7x\\777)";
        assert_eq!(string(literal), b"a(b))\\\ncdA\x07x\xff");
        assert_eq!(string(b"<61 6>"), b"a`");
        assert!(is_string(b"<61>") && is_string(b"(") && !is_string(b"<<"));
    }
}
