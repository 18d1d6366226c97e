//! One reading of a text, with the way back to where it stands.

use std::borrow::Cow;
use std::ops::Range;

use crate::model::encoding::Encoding;

/// How much of what stands around a decoded stretch is kept as its context.
const CONTEXT: usize = 1536;

/// Parts of a text whose places are known. One that has more knows them less exactly.
const MAX_SPANS: usize = 1 << 19;

/// A text as it reads once something was undone, between what stands around it.
pub struct Reading<'o> {
    /// The text, with its context.
    pub text: Cow<'o, [u8]>,
    /// The part of the text that was decoded. What lies before and after is context.
    pub region: Range<usize>,
    /// Whether this is only a step: what stands in one line here does so in the outer
    /// text, too, and is read there.
    pub is_step: bool,
    /// What was undone last. Nothing for the input itself.
    encoding: Option<Encoding>,
    /// The text that this one was decoded from.
    outer: Option<&'o Reading<'o>>,
    /// Where the parts of the text come from, in order and without gaps.
    spans: Vec<Span>,
}

/// A part of a text, up to where the next one begins. Small, because a text can
/// have one for every few bytes; a text is at most 4 GiB long.
#[derive(Clone, Copy, Debug)]
struct Span {
    /// Where it begins in the text.
    at: u32,
    /// Where it stands in the outer text.
    start: u32,
    end: u32,
    /// Bytes of the outer text for each byte of this one. Zero when the part was
    /// decoded as a whole, so that its bytes have no place of their own.
    step: u32,
}

impl Span {
    fn new(at: usize, outer: Range<usize>, step: usize) -> Span {
        let short = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Span {
            at: short(at),
            start: short(outer.start),
            end: short(outer.end),
            step: short(step),
        }
    }

    /// Where a byte of the text, counted from the beginning of the text, begins
    /// in the outer text.
    fn place(&self, at: usize) -> usize {
        self.start as usize + (at - self.at as usize) * self.step as usize
    }
}

impl<'o> Reading<'o> {
    /// The bytes of an input themselves; `region` of them is to be looked at.
    pub fn plain(bytes: &'o [u8], region: Range<usize>) -> Reading<'o> {
        Reading {
            text: Cow::Borrowed(bytes),
            region,
            is_step: false,
            encoding: None,
            outer: None,
            spans: Vec::new(),
        }
    }

    /// Whether it is the input itself, as it stands.
    pub fn is_input(&self) -> bool {
        self.outer.is_none()
    }

    /// Where what begins in the region can stand: what was decoded is not connected to
    /// its context, and the input goes on behind the region.
    pub fn reach(&self) -> Range<usize> {
        match self.outer {
            None => 0..self.text.len(),
            Some(_) => self.region.clone(),
        }
    }

    /// What was undone, the outermost first.
    pub fn encodings(&self) -> Vec<Encoding> {
        let mut encodings = self.outer.map_or_else(Vec::new, Reading::encodings);
        encodings.extend(self.encoding);
        encodings
    }

    /// How many encodings were undone, without steps.
    pub fn depth(&self) -> usize {
        let outer = self.outer.map_or(0, Reading::depth);
        outer + usize::from(self.outer.is_some() && !self.is_step)
    }

    /// Steps on the way to this text, and it.
    pub fn steps(&self) -> usize {
        self.outer.map_or(0, Reading::steps) + usize::from(self.is_step)
    }

    /// Where a part of the text stands in the input. What has no place of its
    /// own stands where the encoded text does.
    pub fn place(&self, part: Range<usize>) -> Range<usize> {
        let Some(outer) = self.outer else { return part };
        let first = self.span(part.start);
        let last = self.span(part.end.saturating_sub(1).max(part.start));
        let start = first.place(part.start);
        let end = match last.step {
            0 => last.end as usize,
            _ => last.place(part.end),
        };
        outer.place(start..end.max(start))
    }

    fn span(&self, at: usize) -> &Span {
        let after = self.spans.partition_point(|span| span.at as usize <= at);
        &self.spans[after.saturating_sub(1)]
    }
}

/// Collects what a stretch of an outer text reads like.
#[derive(Default)]
pub struct Decoded {
    text: Vec<u8>,
    spans: Vec<Span>,
}

impl Decoded {
    /// The text so far.
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// Adds bytes that stand in the outer text as they are.
    pub fn copy(&mut self, outer: &[u8], range: Range<usize>) {
        if range.is_empty() {
            return;
        }
        self.span(range.clone(), range.len(), 1);
        self.text.extend(&outer[range]);
        self.bound_spans();
    }

    /// Adds what a range of the outer text stands for as a whole.
    pub fn put(&mut self, decoded: &[u8], range: Range<usize>) {
        if decoded.is_empty() {
            return;
        }
        // One byte has a place of its own.
        let step = if decoded.len() == 1 { range.len() } else { 0 };
        self.span(range, decoded.len(), step);
        self.text.extend(decoded);
        self.bound_spans();
    }

    /// Says where the next bytes come from.
    fn span(&mut self, outer: Range<usize>, length: usize, step: usize) {
        let next = Span::new(self.text.len(), outer, step);
        match self.spans.last_mut() {
            // A part that goes on where the last one ends is one with it.
            Some(last) if step > 0 && last.step == next.step && last.end == next.start => {
                last.end = next.end;
            }
            _ if length > 0 => self.spans.push(next),
            _ => {}
        }
    }

    /// Makes one part of every two, in which nothing has a place of its own, where there
    /// are too many.
    fn bound_spans(&mut self) {
        if self.spans.len() < MAX_SPANS {
            return;
        }
        let joined = self.spans.chunks(2).map(|parts| match parts {
            [first, second] => Span {
                end: second.end,
                step: 0,
                ..*first
            },
            _ => parts[0],
        });
        self.spans = joined.collect();
    }

    /// Adds characters that take `step` bytes each in the outer text, from `start` on.
    pub fn spread(&mut self, characters: &[u8], start: usize, step: usize) {
        if characters.is_empty() {
            return;
        }
        let range = start..start + characters.len() * step;
        self.span(range, characters.len(), step);
        self.text.extend(characters);
    }

    /// The reading in which this stands in the place of a range of the outer text.
    pub fn within<'o>(
        self,
        outer: &'o Reading<'o>,
        range: Range<usize>,
        encoding: Encoding,
    ) -> Reading<'o> {
        let before = range.start.saturating_sub(CONTEXT)..range.start;
        let after = range.end..outer.text.len().min(range.end + CONTEXT);
        let start = before.len();
        let end = start + self.text.len();
        let mut whole = self;
        whole
            .text
            .splice(0..0, outer.text[before.clone()].iter().copied());
        for span in &mut whole.spans {
            span.at += start as u32;
        }
        if !before.is_empty() {
            whole.spans.insert(0, Span::new(0, before, 1));
        }
        // The context is no part of what was decoded, and stays one of its own.
        whole.span(after.clone(), after.len(), 1);
        whole.text.extend(&outer.text[after]);
        Reading {
            text: Cow::Owned(whole.text),
            region: start..end,
            is_step: false,
            encoding: Some(encoding),
            outer: Some(outer),
            spans: whole.spans,
        }
    }
}
