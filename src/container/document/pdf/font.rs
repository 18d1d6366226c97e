//! The fonts of a PDF document: which characters the codes of a string stand for, and
//! how wide they are.
//!
//! Simple fonts have codes of one byte (9.6 of ISO 32000-1:2008), composite ones mostly
//! of two (9.7). What they mean in Unicode says a CMap (9.10.3).

use super::syntax::{Dictionary, Tokens, hexadecimal};

/// Codes of a CMap, and widths of a font, of which an honest one has 65536 at most.
const MOST_ENTRIES: usize = 1 << 16;
/// UTF-16 units that one code stands for.
const MOST_UNITS: usize = 32;
/// Code spaces of a CMap.
const MOST_SPACES: usize = 64;

/// What must be known of a font to read the strings that are shown in it.
#[derive(Default)]
pub struct Font {
    /// Codes have as many bytes as the CMap says, or two.
    is_composite: bool,
    /// Codes have two bytes, whatever the CMap says.
    is_identity: bool,
    characters: Option<CMap>,
    /// First and last code, and their width in thousandths of the font's size.
    widths: Vec<(u32, u32, f64)>,
    other_width: Option<f64>,
}

/// How much room a string takes.
#[derive(Clone, Copy, Default)]
pub struct Extent {
    /// The widths of its codes, in thousandths of the font's size.
    pub width: f64,
    /// How many codes it has.
    pub codes: u32,
    /// How many of them are the byte of a blank.
    pub blanks: u32,
    /// Some width is not known.
    pub is_guess: bool,
}

impl Font {
    /// The font that a dictionary describes, without its CMap. `part` is the font
    /// that a composite one is made of, `widths` the array of widths of either.
    pub fn new(font: &Dictionary<'_>, part: Option<&Dictionary<'_>>, widths: &[u8]) -> Font {
        let is_composite = font.is(b"Subtype", b"Type0");
        let encoding = font.value(b"Encoding").unwrap_or_default();
        let default_width = part.map(|part| part.number(b"DW").unwrap_or(1000) as f64);
        // Codes are narrower than the em in all but such fonts as draw themselves.
        let draws_itself = font.is(b"Subtype", b"Type3");
        Font {
            is_composite,
            is_identity: is_composite && encoding.starts_with(b"/Identity"),
            characters: None,
            widths: match (is_composite, draws_itself) {
                (true, _) => composite_widths(widths),
                (false, false) => {
                    simple_widths(widths, font.number(b"FirstChar").unwrap_or_default())
                }
                (false, true) => Vec::new(),
            },
            other_width: default_width.filter(|_| is_composite),
        }
    }

    /// The font with what its codes stand for.
    pub fn with_characters(mut self, characters: CMap) -> Font {
        self.characters = Some(characters);
        self
    }

    /// Bytes of memory that it takes, about.
    pub fn size(&self) -> usize {
        let characters = self.characters.as_ref().map_or(0, |map| {
            map.entries.len() * (size_of::<(u32, u32, Vec<u16>)>() + 8)
        });
        characters + self.widths.len() * size_of::<(u32, u32, f64)>() + size_of::<Font>()
    }

    /// Adds what a string shows. A code of a simple font that the CMap doesn't know is
    /// taken as it is; another one is a character that nobody knows.
    pub fn read(&self, mut string: &[u8], out: &mut Vec<u8>) -> Extent {
        let mut extent = Extent::default();
        while !string.is_empty() {
            let length = self.code_length(string).min(string.len());
            let (code, rest) = string.split_at(length);
            string = rest;
            extent.codes += 1;
            extent.blanks += u32::from(code == b" ");
            let number = big_endian(code);
            match self.width(number) {
                Some(width) => extent.width += width,
                None => extent.is_guess = true,
            }
            let units = self.characters.as_ref().map(|map| map.units(number));
            match units {
                Some(Some(units)) => {
                    let characters = char::decode_utf16(units);
                    let text: String = characters
                        .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
                        .collect();
                    out.extend(text.bytes());
                }
                Some(None) if self.is_composite => out.extend("\u{fffd}".bytes()),
                _ => out.extend(code),
            }
        }
        extent
    }

    fn code_length(&self, string: &[u8]) -> usize {
        if !self.is_composite {
            return 1;
        }
        let map = self.characters.as_ref().filter(|_| !self.is_identity);
        map.and_then(|map| map.code_length(string)).unwrap_or(2)
    }

    fn width(&self, code: u32) -> Option<f64> {
        let after = self.widths.partition_point(|(first, _, _)| *first <= code);
        let found = after.checked_sub(1).and_then(|at| self.widths.get(at));
        match found {
            Some((_, last, width)) if code <= *last => Some(*width),
            _ => self.other_width,
        }
    }
}

/// `[600 600 610]`
fn simple_widths(array: &[u8], first: u64) -> Vec<(u32, u32, f64)> {
    let codes = u32::try_from(first).unwrap_or(u32::MAX)..=255;
    let numbers = words(array).filter_map(number);
    let widths = codes.zip(numbers);
    widths.map(|(code, width)| (code, code, width)).collect()
}

/// `[120 [400 325] 7080 8032 1000]` (9.7.4.3)
fn composite_widths(array: &[u8]) -> Vec<(u32, u32, f64)> {
    let mut widths = Vec::new();
    let mut codes: Vec<f64> = Vec::new();
    let mut listed = None;
    for word in words(array).skip(1) {
        if widths.len() >= MOST_ENTRIES {
            break;
        }
        match word {
            b"[" => listed = codes.pop().map(|code| code as u32),
            b"]" => {
                listed = None;
                codes.clear();
            }
            word => match (number(word), listed, &codes[..]) {
                (Some(width), Some(code), _) => {
                    widths.push((code, code, width));
                    listed = code.checked_add(1);
                }
                (Some(width), None, [first, last]) => {
                    widths.push((*first as u32, *last as u32, width));
                    codes.clear();
                }
                (Some(code), None, _) => codes.push(code),
                (None, _, _) => {}
            },
        }
    }
    widths.sort_by_key(|(first, _, _)| *first);
    widths
}

fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut tokens = Tokens(text);
    std::iter::from_fn(move || tokens.next())
}

fn number(word: &[u8]) -> Option<f64> {
    let number: f64 = std::str::from_utf8(word).ok()?.parse().ok()?;
    number.is_finite().then_some(number)
}

fn big_endian(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .fold(0, |code, byte| code << 8 | u32::from(*byte))
}

/// What codes stand for.
#[derive(Default)]
pub struct CMap {
    /// The lengths of codes, with the first and last code of such a length.
    spaces: Vec<(usize, Vec<u8>, Vec<u8>)>,
    /// First and last code, and the UTF-16 of the first.
    entries: Vec<(u32, u32, Vec<u16>)>,
}

impl CMap {
    /// The CMap that a stream holds.
    pub fn new(content: &[u8]) -> CMap {
        let mut map = CMap::default();
        let mut words = words(content);
        while let Some(word) = words.next() {
            match word {
                b"begincodespacerange" => map.add_spaces(&mut words),
                b"beginbfchar" => map.add_characters(&mut words),
                b"beginbfrange" => map.add_ranges(&mut words),
                _ => {}
            }
        }
        map.entries.sort_by_key(|(first, _, _)| *first);
        map
    }

    fn add_spaces<'a>(&mut self, words: &mut impl Iterator<Item = &'a [u8]>) {
        while let (Some(first), Some(last)) = (next_code(words), next_code(words)) {
            let is_one = (1..=4).contains(&first.len()) && first.len() == last.len();
            if is_one && self.spaces.len() < MOST_SPACES {
                self.spaces.push((first.len(), first, last));
            }
        }
    }

    fn add_characters<'a>(&mut self, words: &mut impl Iterator<Item = &'a [u8]>) {
        while let (Some(code), Some(text)) = (next_code(words), next_code(words)) {
            let code = big_endian(&code);
            self.add(code, code, &text);
        }
    }

    fn add_ranges<'a>(&mut self, words: &mut impl Iterator<Item = &'a [u8]>) {
        while let (Some(first), Some(last)) = (next_code(words), next_code(words)) {
            let (first, last) = (big_endian(&first), big_endian(&last));
            match words.next() {
                Some(b"[") => {
                    for code in first.. {
                        let Some(text) = next_code(words) else { break };
                        if code <= last {
                            self.add(code, code, &text);
                        }
                    }
                }
                word => match word.and_then(code) {
                    Some(text) => self.add(first, last, &text),
                    None => return,
                },
            }
        }
    }

    fn add(&mut self, first: u32, last: u32, text: &[u8]) {
        let units = match text {
            [byte] => vec![u16::from(*byte)],
            text => text
                .chunks_exact(2)
                .take(MOST_UNITS)
                .map(|pair| u16::from(pair[0]) << 8 | u16::from(pair[1]))
                .collect(),
        };
        if first <= last && self.entries.len() < MOST_ENTRIES {
            self.entries.push((first, last, units));
        }
    }

    fn code_length(&self, string: &[u8]) -> Option<usize> {
        let holds = |(length, first, last): &&(usize, Vec<u8>, Vec<u8>)| {
            let code = string.get(..*length).unwrap_or_default();
            let mut bytes = code.iter().zip(first).zip(last);
            code.len() == *length
                && bytes.all(|((byte, first), last)| first <= byte && byte <= last)
        };
        let space = self.spaces.iter().find(holds);
        space.or(self.spaces.first()).map(|(length, _, _)| *length)
    }

    fn units(&self, code: u32) -> Option<impl Iterator<Item = u16>> {
        let after = self.entries.partition_point(|(first, _, _)| *first <= code);
        let (first, last, units) = self.entries.get(after.checked_sub(1)?)?;
        let last_unit = units.len().saturating_sub(1);
        let step = (code - first) as u16;
        (code <= *last).then(|| {
            let units = units.iter().enumerate();
            units.map(move |(place, unit)| match place == last_unit {
                true => unit.wrapping_add(step),
                false => *unit,
            })
        })
    }
}

/// The next word, if it is a code as hexadecimal digits.
fn next_code<'a>(words: &mut impl Iterator<Item = &'a [u8]>) -> Option<Vec<u8>> {
    code(words.next()?)
}

fn code(word: &[u8]) -> Option<Vec<u8>> {
    let digits = word.strip_prefix(b"<")?.strip_suffix(b">")?;
    Some(hexadecimal(digits))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CMAP: &[u8] = b"1 begincodespacerange <00> <7f> <8000> <ffff> endcodespacerange\n\
        2 beginbfchar <01> <004E> <02> <00660069> endbfchar\n\
        2 beginbfrange <8041> <8043> <0061> <10> <11> [<0078> <0079>] endbfrange\n\
        1 beginbfchar <12> <D83DDE00> endbfchar";

    fn shown(font: &str, string: &[u8]) -> String {
        let font = Font::new(&Dictionary(font.as_bytes()), None, b"");
        let mut text = Vec::new();
        font.with_characters(CMap::new(CMAP))
            .read(string, &mut text);
        String::from_utf8_lossy(&text).into_owned()
    }

    #[test]
    fn codes_are_characters_by_their_cmap() {
        let string = b"\x01\x80\x42\x10\x11\x02\x12\x80\x43\x20";
        assert_eq!(shown("/Subtype /Type0", string), "Nbxyfi\u{1f600}c\u{fffd}");
        assert_eq!(shown("/Subtype /TrueType", b"\x01\x20a\x10"), "N ax");
        let identity = "/Subtype /Type0 /Encoding /Identity-H";
        assert_eq!(shown(identity, b"\0\x01\x80\x41\0"), "Na\u{fffd}");
    }

    #[test]
    fn widths_are_known() {
        let font = Font::new(&Dictionary(b"/FirstChar 65"), None, b"[100 200.5]");
        assert_eq!(font.read(b"AAB", &mut Vec::new()).width, 400.5);
        assert!(font.read(b"C", &mut Vec::new()).is_guess);
        let part = Dictionary(b"/DW 7");
        let composite = Dictionary(b"/Subtype/Type0/Encoding/Identity-H");
        let font = Font::new(&composite, Some(&part), b"[1 [10 20] 5 6 30]");
        let string = [0, 1, 0, 2, 0, 5, 0, 6, 0, 9];
        assert_eq!(font.read(&string, &mut Vec::new()).width, 97.0);
    }

    proptest! {
        #[test]
        fn arbitrary_words_are_survived(
            map in "(begin|end)?(bfchar|bfrange|codespacerange)([ <>0-9a-f\\[]{0,9}){0,9}",
            string in prop::collection::vec(any::<u8>(), 0..30),
        ) {
            let font = Font { is_composite: true, ..Font::default() };
            let font = font.with_characters(CMap::new(map.as_bytes()));
            font.read(&string, &mut Vec::new());
            composite_widths(map.as_bytes());
        }
    }
}
