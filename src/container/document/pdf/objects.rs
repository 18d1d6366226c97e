//! The objects of a PDF document by their numbers, and the fonts that its pages have.
//!
//! Pages name their fonts in their resources (7.8.3 of ISO 32000-1:2008), which they
//! may have from the nodes above them. A content stream that no page claims, as in a
//! damaged document, has the fonts that any page names.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use super::font::{CMap, Font};
use super::syntax::{Dictionary, Tokens, inside, references};
use super::text::Fonts;

/// An object has so many bytes, or nobody looks at it.
pub const LONGEST: usize = 64 << 10;
/// Nodes above a page.
const MOST_NODES: usize = 32;
/// Fonts of one page, and of a document without pages.
const MOST_FONTS: usize = 256;
/// Objects that name no fonts.
const OTHERS: [&[u8]; 6] = [
    b"StructElem",
    b"OBJR",
    b"Annot",
    b"Filespec",
    b"ExtGState",
    b"FontDescriptor",
];
/// What the map of an object costs.
const OVERHEAD: usize = 64;

/// What is known of the objects of a document.
#[derive(Default)]
pub struct Objects {
    /// Dictionaries and arrays, as they are written.
    values: BTreeMap<u64, Rc<[u8]>>,
    /// Where the streams begin, and where they have their keywords.
    streams: HashMap<u64, (u64, u64)>,
    /// The page of a content stream.
    pages: HashMap<u64, u64>,
    /// Fonts by the object that describes them.
    fonts: HashMap<u64, Option<Rc<Font>>>,
    /// The fonts that an object names: a page, a node above it, or resources.
    named: HashMap<u64, Rc<Fonts>>,
    any: Option<Rc<Fonts>>,
    /// Bytes of memory that are left for objects.
    left: usize,
    /// Bytes of memory that are left for fonts, and for reading them.
    left_for_fonts: usize,
    is_full: bool,
}

impl Objects {
    /// Room for objects of so many bytes.
    pub fn new(memory: usize) -> Objects {
        Objects {
            left: memory,
            left_for_fonts: memory,
            ..Objects::default()
        }
    }

    /// Whether there was no room for some object.
    pub fn is_full(&self) -> bool {
        self.is_full
    }

    /// Remembers an object.
    pub fn add(&mut self, number: u64, value: &[u8]) {
        if !value.starts_with(b"<<") && !value.starts_with(b"[") {
            return;
        }
        // Some documents have very many objects that have nothing to do with fonts.
        let object = Dictionary(inside(value));
        if OTHERS.iter().any(|kind| object.is(b"Type", kind)) {
            return;
        }
        if self.spend(value.len() + OVERHEAD) {
            self.values.insert(number, value.into());
        }
    }

    /// Remembers where a stream is.
    pub fn add_stream(&mut self, number: u64, start: u64, keyword: u64) {
        if self.spend(OVERHEAD) {
            self.streams.insert(number, (start, keyword));
        }
    }

    fn spend(&mut self, size: usize) -> bool {
        let left = self.left.checked_sub(size);
        self.is_full |= left.is_none();
        self.left = left.unwrap_or(self.left);
        left.is_some()
    }

    /// Finds out which pages there are, once all objects are known.
    pub fn find_pages(&mut self) {
        for (number, value) in &self.values {
            if memchr::memmem::find(value, b"/Contents").is_none() {
                continue;
            }
            let page = Dictionary(inside(value));
            let Some(contents) = page.value(b"Contents") else {
                continue;
            };
            for content in references(contents) {
                self.pages.insert(content, *number);
                if let Some(array) = self.values.get(&content) {
                    let contents = references(array).map(|content| (content, *number));
                    self.pages.extend(contents);
                }
            }
        }
    }

    /// The fonts of a stream: those of its own resources, of its page, or of any page.
    pub fn fonts(
        &mut self,
        stream: Option<u64>,
        dictionary: &Dictionary<'_>,
        read: &mut Reader<'_>,
    ) -> Rc<Fonts> {
        if dictionary.value(b"Resources").is_some() {
            let fonts = self.named_by(dictionary, read);
            if !fonts.is_empty() {
                return fonts;
            }
        }
        let page = stream.and_then(|stream| self.pages.get(&stream).copied());
        let fonts = page.map(|page| self.of_node(page, MOST_NODES, read));
        match fonts {
            Some(fonts) if !fonts.is_empty() => fonts,
            _ => self.any(read),
        }
    }

    /// The fonts of a page or of a node above it.
    fn of_node(&mut self, number: u64, depth: usize, read: &mut Reader<'_>) -> Rc<Fonts> {
        if let Some(fonts) = self.named.get(&number) {
            return Rc::clone(fonts);
        }
        let value = self.values.get(&number).cloned();
        let node = Dictionary(inside(value.as_deref().unwrap_or_default()));
        let parent = node
            .value(b"Parent")
            .and_then(|value| references(value).next());
        let fonts = match (node.value(b"Resources"), parent) {
            (None, Some(parent)) if depth > 0 => self.of_node(parent, depth - 1, read),
            _ => self.named_by(&node, read),
        };
        self.named.insert(number, Rc::clone(&fonts));
        fonts
    }

    /// The fonts that the resources of an object name.
    fn named_by(&mut self, object: &Dictionary<'_>, read: &mut Reader<'_>) -> Rc<Fonts> {
        let Some(resources) = object.value(b"Resources") else {
            return Rc::default();
        };
        match references(resources)
            .next()
            .filter(|_| !resources.starts_with(b"<<"))
        {
            None => self.in_resources(&Dictionary(inside(resources)), read),
            Some(number) => self.in_object(number, read, |objects, resources, read| {
                objects.in_resources(resources, read)
            }),
        }
    }

    fn in_resources(&mut self, resources: &Dictionary<'_>, read: &mut Reader<'_>) -> Rc<Fonts> {
        let Some(fonts) = resources.value(b"Font") else {
            return Rc::default();
        };
        match references(fonts)
            .next()
            .filter(|_| !fonts.starts_with(b"<<"))
        {
            None => self.list(fonts, read),
            Some(number) => self.in_object(number, read, |objects, fonts, read| {
                objects.list(fonts.0, read)
            }),
        }
    }

    /// What the dictionary of this number names, which is found out once.
    fn in_object(
        &mut self,
        number: u64,
        read: &mut Reader<'_>,
        find: fn(&mut Objects, &Dictionary<'_>, &mut Reader<'_>) -> Rc<Fonts>,
    ) -> Rc<Fonts> {
        if let Some(fonts) = self.named.get(&number) {
            return Rc::clone(fonts);
        }
        let Some(value) = self.values.get(&number).cloned() else {
            return Rc::default();
        };
        let fonts = find(self, &Dictionary(inside(&value)), read);
        self.named.insert(number, Rc::clone(&fonts));
        fonts
    }

    /// The fonts of `/F1 9 0 R /F2 10 0 R`.
    fn list(&mut self, names: &[u8], read: &mut Reader<'_>) -> Rc<Fonts> {
        let mut fonts = Fonts::new();
        for (name, number) in named_references(names).take(MOST_FONTS) {
            if let Some(font) = self.font(number, read) {
                fonts.insert(name.to_vec(), font);
            }
        }
        Rc::new(fonts)
    }

    fn any(&mut self, read: &mut Reader<'_>) -> Rc<Fonts> {
        if let Some(any) = &self.any {
            return Rc::clone(any);
        }
        let mut any = Fonts::new();
        let is_font = |value: &Rc<[u8]>| Dictionary(inside(value)).is(b"Type", b"Font");
        let described = self.values.iter().filter(|(_, value)| is_font(value));
        let described: BTreeSet<u64> = described.map(|(number, _)| *number).collect();
        let values: Vec<_> = self.values.values().cloned().collect();
        for value in values {
            for (name, number) in named_references(&value) {
                let is_new = described.contains(&number) && !any.contains_key(name);
                if is_new && any.len() < MOST_FONTS {
                    let font = self.font(number, read);
                    any.extend(font.map(|font| (name.to_vec(), font)));
                }
            }
        }
        let any = Rc::new(any);
        self.any = Some(Rc::clone(&any));
        any
    }

    fn font(&mut self, number: u64, read: &mut Reader<'_>) -> Option<Rc<Font>> {
        if let Some(font) = self.fonts.get(&number) {
            return font.clone();
        }
        let (font, read_bytes) = match self.left_for_fonts {
            0 => (None, 0),
            _ => self.new_font(number, read),
        };
        let size = font.as_ref().map_or(OVERHEAD, Font::size) + read_bytes;
        let left = self.left_for_fonts.checked_sub(size);
        self.is_full |= left.is_none();
        self.left_for_fonts = left.unwrap_or(0);
        let font = font.filter(|_| left.is_some()).map(Rc::new);
        self.fonts.insert(number, font.clone());
        font
    }

    /// A font, and how many bytes were read to know it.
    fn new_font(&self, number: u64, read: &mut Reader<'_>) -> (Option<Font>, usize) {
        let Some(value) = self.values.get(&number) else {
            return (None, 0);
        };
        let font = Dictionary(inside(value));
        let part = font.value(b"DescendantFonts").and_then(|parts| {
            let part = references(parts).next()?;
            let part = self.values.get(&part)?;
            // The array may be an object of its own.
            let inner = references(part).next().filter(|_| part.starts_with(b"["));
            inner.map_or(Some(part), |inner| self.values.get(&inner))
        });
        let part_length = part.map_or(0, |part| part.len());
        let part = part.map(|part| Dictionary(inside(part)));
        let widths = match &part {
            Some(part) => part.value(b"W"),
            None => font.value(b"Widths"),
        };
        let widths = widths.unwrap_or_default();
        let widths = match references(widths)
            .next()
            .filter(|_| !widths.starts_with(b"["))
        {
            Some(number) => self.values.get(&number).map_or(&b""[..], |value| value),
            None => widths,
        };
        let new = Font::new(&font, part.as_ref(), widths);
        let map = font
            .value(b"ToUnicode")
            .and_then(|map| references(map).next());
        let place = map.and_then(|map| self.streams.get(&map));
        let read_bytes = value.len() + part_length + widths.len();
        let new = match place.map(|(start, keyword)| read(*start, *keyword)) {
            Some(map) => new.with_characters(CMap::new(&map)),
            None => new,
        };
        (Some(new), read_bytes)
    }
}

/// Gives what the stream holds that begins and has its keyword there.
pub type Reader<'r> = dyn FnMut(u64, u64) -> Vec<u8> + 'r;

/// Each `/F1 9 0 R`.
fn named_references(text: &[u8]) -> impl Iterator<Item = (&[u8], u64)> {
    let mut tokens = Tokens(text);
    std::iter::from_fn(move || {
        loop {
            let name = tokens.next()?.strip_prefix(b"/");
            let mut ahead = Tokens(tokens.0);
            let number = ahead.next().and_then(|word| std::str::from_utf8(word).ok());
            let number = number.and_then(|number| number.parse().ok());
            let is_reference = ahead.next().is_some() && ahead.next() == Some(b"R");
            if let (Some(name), Some(number), true) = (name, number, is_reference) {
                return Some((name, number));
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten fonts that are made of one part, in these resources.
    fn objects(memory: usize, part: &str) -> (Objects, Rc<Fonts>) {
        let mut objects = Objects::new(memory);
        let mut names = String::new();
        objects.add(1, part.as_bytes());
        for number in 10..20 {
            let font = "<</Type/Font/Subtype/Type0/DescendantFonts[1 0 R]>>";
            objects.add(number, font.as_bytes());
            names += &format!("/F{number} {number} 0 R ");
        }
        objects.add(2, format!("<</Font<<{names}>>>>").as_bytes());
        let form = Dictionary(b"/Resources 2 0 R");
        let fonts = objects.fonts(None, &form, &mut |_, _| Vec::new());
        (objects, fonts)
    }

    #[test]
    fn fonts_are_read_within_bounds() {
        let (known, fonts) = objects(1 << 20, "<</DW 500>>");
        assert!(fonts.len() == 10 && !known.is_full());
        let long = format!("<</A({}) /DW 500>>", "x".repeat(50_000));
        let (known, fonts) = objects(120_000, &long);
        assert!(fonts.len() == 2 && known.is_full(), "{}", fonts.len());
    }
}
