//! The filters of 7z that make machine code and tables compress better.

use std::io::{self, BufRead, Read};

use crate::container::codec::stream::Intake;

/// Which filter it is.
#[derive(Clone, Copy)]
pub enum Kind {
    /// Differences to the byte so far before, less one.
    Delta(u8),
    /// Calls and jumps of x86.
    X86,
    /// Calls of PowerPC.
    PowerPc,
    /// Calls of ARM.
    Arm,
    /// Calls of Thumb.
    ArmThumb,
    /// Calls of SPARC.
    Sparc,
    /// Calls and addresses of ARM64.
    Arm64,
}

/// Undoes a filter that has one input.
pub struct Filter<'a> {
    input: Box<dyn Read + 'a>,
    kind: Kind,
    buffer: Vec<u8>,
    /// Where the bytes begin and end that are done.
    start: usize,
    done: usize,
    /// Where the bytes end that were read.
    end: usize,
    ended: bool,
    /// Where the first byte stands that isn't done.
    place: u32,
    x86: X86,
    history: Vec<u8>,
    distance: usize,
}

/// What the filter for x86 remembers.
struct X86 {
    mask: u32,
    place: u32,
}

const PIECE: usize = 32 << 10;

impl<'a> Filter<'a> {
    /// Undoes a filter on this input.
    pub fn new(input: Box<dyn Read + 'a>, kind: Kind) -> Filter<'a> {
        Filter {
            input,
            kind,
            buffer: vec![0; PIECE],
            start: 0,
            done: 0,
            end: 0,
            ended: false,
            place: 0,
            x86: X86 {
                mask: 0,
                place: 5_u32.wrapping_neg(),
            },
            history: vec![0; 256],
            distance: 0,
        }
    }

    /// Reads on and undoes what can be undone.
    fn fill(&mut self) -> io::Result<()> {
        self.buffer.copy_within(self.done..self.end, 0);
        (self.start, self.done, self.end) = (0, 0, self.end - self.done);
        while !self.ended && self.end < self.buffer.len() {
            match self
                .input
                .read(self.buffer.get_mut(self.end..).unwrap_or_default())?
            {
                0 => self.ended = true,
                read => self.end += read,
            }
        }
        let done = self.undo();
        self.place = self.place.wrapping_add(done as u32);
        // The last bytes are too few for an instruction.
        self.done = if self.ended { self.end } else { done };
        Ok(())
    }

    /// Undoes the filter, and tells for how many bytes.
    fn undo(&mut self) -> usize {
        let place = self.place;
        let bytes = self.buffer.get_mut(..self.end).unwrap_or_default();
        match self.kind {
            Kind::Delta(distance) => {
                self.history.resize(usize::from(distance) + 1, 0);
                for byte in bytes.iter_mut() {
                    if let Some(before) = self.history.get_mut(self.distance) {
                        *byte = byte.wrapping_add(*before);
                        *before = *byte;
                    }
                    self.distance = (self.distance + 1) % self.history.len();
                }
                bytes.len()
            }
            Kind::X86 => self.x86.undo(bytes, place),
            Kind::PowerPc => words(bytes, place, |word, place| {
                let word = word.swap_bytes();
                let call = word & 0xfc00_0003 == 0x4800_0001;
                let target = (word & 0x03ff_fffc).wrapping_sub(place);
                call.then(|| (0x4800_0001 | target & 0x03ff_fffc).swap_bytes())
            }),
            Kind::Arm => words(bytes, place, |word, place| {
                let call = word >> 24 == 0xeb;
                let target = (word << 2).wrapping_sub(place.wrapping_add(8)) >> 2;
                call.then_some(0xeb00_0000 | target & 0x00ff_ffff)
            }),
            Kind::Sparc => words(bytes, place, |word, place| {
                let word = word.swap_bytes();
                let call = word >> 22 == 0x100 || word >> 22 == 0x1ff;
                let target = (word << 2).wrapping_sub(place) >> 2;
                let sign = 0_u32.wrapping_sub(target >> 22 & 1) << 22 & 0x3fff_ffff;
                call.then(|| (sign | target & 0x003f_ffff | 0x4000_0000).swap_bytes())
            }),
            Kind::Arm64 => words(bytes, place, arm64),
            Kind::ArmThumb => arm_thumb(bytes, place),
        }
    }
}

/// Changes words of four bytes.
fn words(bytes: &mut [u8], place: u32, undo: fn(u32, u32) -> Option<u32>) -> usize {
    let (words, _) = bytes.as_chunks_mut::<4>();
    let mut at = place;
    for word in words.iter_mut() {
        if let Some(undone) = undo(u32::from_le_bytes(*word), at) {
            *word = undone.to_le_bytes();
        }
        at = at.wrapping_add(4);
    }
    4 * words.len()
}

fn arm64(word: u32, place: u32) -> Option<u32> {
    if word >> 26 == 0x25 {
        let target = word.wrapping_sub(place >> 2);
        return Some(0x9400_0000 | target & 0x03ff_ffff);
    }
    if word & 0x9f00_0000 != 0x9000_0000 {
        return None;
    }
    let source = word >> 29 & 3 | word >> 3 & 0x001f_fffc;
    if source.wrapping_add(0x0002_0000) & 0x001c_0000 != 0 {
        return None;
    }
    let target = source.wrapping_sub(place >> 12);
    let sign = 0_u32.wrapping_sub(target & 0x0002_0000) & 0x00e0_0000;
    let kept = word & 0x9000_001f;
    Some(kept | (target & 3) << 29 | (target & 0x0003_fffc) << 3 | sign)
}

fn arm_thumb(bytes: &mut [u8], place: u32) -> usize {
    let mut at = 0;
    while let Some([a, b, c, d]) = bytes.get_mut(at..).and_then(|rest| rest.first_chunk_mut()) {
        if *b & 0xf8 != 0xf0 || *d & 0xf8 != 0xf8 {
            at += 2;
            continue;
        }
        let source =
            u32::from(*b & 7) << 19 | u32::from(*a) << 11 | u32::from(*d & 7) << 8 | u32::from(*c);
        let here = place.wrapping_add(at as u32).wrapping_add(4);
        let target = (source << 1).wrapping_sub(here) >> 1;
        [*a, *b] = [(target >> 11) as u8, 0xf0 | (target >> 19 & 7) as u8];
        [*c, *d] = [target as u8, 0xf8 | (target >> 8 & 7) as u8];
        at += 4;
    }
    at
}

impl X86 {
    /// Undoes the filter as far as five bytes stand together.
    fn undo(&mut self, bytes: &mut [u8], place: u32) -> usize {
        if bytes.len() < 5 {
            return 0;
        }
        if place.wrapping_sub(self.place) > 5 {
            self.place = place.wrapping_sub(5);
        }
        let mut at = 0;
        while let Some(rest) = bytes.get_mut(at..) {
            let Some([opcode, address @ ..]) = rest.first_chunk_mut::<5>() else {
                break;
            };
            if *opcode & 0xfe != 0xe8 {
                at += 1;
                continue;
            }
            let here = place.wrapping_add(at as u32);
            self.move_to(here);
            at += match self.target(*address, here) {
                Some(target) => {
                    *address = target;
                    self.mask = 0;
                    5
                }
                None => {
                    self.mask |= if is_sign(address[3]) { 0x11 } else { 1 };
                    1
                }
            };
        }
        at
    }

    fn move_to(&mut self, here: u32) {
        let offset = here.wrapping_sub(self.place);
        self.place = here;
        self.mask = match offset {
            0..=5 => (0..offset).fold(self.mask, |mask, _| (mask & 0x77) << 1),
            _ => 0,
        };
    }

    fn target(&self, address: [u8; 4], here: u32) -> Option<[u8; 4]> {
        let allowed = matches!(self.mask >> 1 & 7, 0 | 1 | 2 | 4) && self.mask >> 1 < 0x10;
        if !is_sign(address[3]) || !allowed {
            return None;
        }
        let mut source = u32::from_le_bytes(address);
        let target = loop {
            let target = source.wrapping_sub(here.wrapping_add(5));
            let bits = match self.mask >> 1 {
                _ if self.mask == 0 => break target,
                0 => 0,
                1 => 8,
                2 | 3 => 16,
                _ => 24,
            };
            if !is_sign((target >> (24 - bits)) as u8) {
                break target;
            }
            let flipped = target ^ ((1_u64 << (32 - bits)) - 1) as u32;
            // It would go in circles.
            if flipped == source {
                break target;
            }
            source = flipped;
        };
        let sign = 0_u32.wrapping_sub(target >> 24 & 1);
        Some((target & 0x00ff_ffff | sign << 24).to_le_bytes())
    }
}

/// Whether a byte can be the highest one of a small number.
fn is_sign(byte: u8) -> bool {
    byte == 0 || byte == 0xff
}

impl Read for Filter<'_> {
    fn read(&mut self, output: &mut [u8]) -> io::Result<usize> {
        if self.start == self.done && !(self.ended && self.done == self.end) {
            self.fill()?;
        }
        let available = self.buffer.get(self.start..self.done).unwrap_or_default();
        let length = available.len().min(output.len());
        if let (Some(to), Some(from)) = (output.get_mut(..length), available.get(..length)) {
            to.copy_from_slice(from);
        }
        self.start += length;
        Ok(length)
    }
}

/// Undoes the filter for x86 that keeps the targets of calls and of jumps apart,
/// and a range coder tells which are in there.
pub struct Bcj2<'a> {
    main: Intake<'a>,
    calls: Intake<'a>,
    jumps: Intake<'a>,
    coder: RangeCoder<'a>,
    before: u8,
    place: u32,
    /// The bytes of a target that are still to be given.
    target: [u8; 4],
    left: usize,
}

struct RangeCoder<'a> {
    input: Intake<'a>,
    range: u32,
    code: u32,
    begun: bool,
    chances: Vec<u16>,
}

impl<'a> Bcj2<'a> {
    /// Undoes it on its four inputs.
    pub fn new(main: Box<dyn Read + 'a>, others: Vec<Box<dyn Read + 'a>>) -> Option<Bcj2<'a>> {
        let [calls, jumps, coder] = others.try_into().ok()?;
        Some(Bcj2 {
            main: Intake::new(main),
            calls: Intake::new(calls),
            jumps: Intake::new(jumps),
            coder: RangeCoder {
                input: Intake::new(coder),
                range: u32::MAX,
                code: 0,
                begun: false,
                chances: vec![1024; 258],
            },
            before: 0,
            place: 0,
            target: [0; 4],
            left: 0,
        })
    }

    /// Copies bytes up to the next instruction that may have a target.
    fn copy(&mut self, output: &mut [u8]) -> io::Result<usize> {
        let available = self.main.fill_buf()?;
        let mut copied = 0;
        let mut found = None;
        for (to, byte) in output.iter_mut().zip(available) {
            *to = *byte;
            copied += 1;
            if *byte & 0xfe == 0xe8 || self.before == 0x0f && *byte & 0xf0 == 0x80 {
                found = Some(*byte);
                break;
            }
            self.before = *byte;
        }
        self.main.consume(copied);
        self.place = self.place.wrapping_add(copied as u32);
        if let Some(opcode) = found {
            self.instruction(opcode)?;
        }
        Ok(copied)
    }

    fn instruction(&mut self, opcode: u8) -> io::Result<()> {
        let chance = match opcode {
            0xe8 => usize::from(self.before),
            0xe9 => 256,
            _ => 257,
        };
        self.before = opcode;
        if !self.coder.bit(chance)? {
            return Ok(());
        }
        let input = if opcode == 0xe8 {
            &mut self.calls
        } else {
            &mut self.jumps
        };
        let mut address = [0; 4];
        input.read_exact(&mut address)?;
        self.place = self.place.wrapping_add(4);
        self.target = u32::from_be_bytes(address)
            .wrapping_sub(self.place)
            .to_le_bytes();
        self.left = 4;
        self.before = self.target[3];
        Ok(())
    }
}

impl RangeCoder<'_> {
    fn byte(&mut self) -> io::Result<u32> {
        let mut byte = [0];
        self.input.read_exact(&mut byte)?;
        Ok(u32::from(byte[0]))
    }

    fn bit(&mut self, chance: usize) -> io::Result<bool> {
        if !std::mem::replace(&mut self.begun, true) {
            for _ in 0..5 {
                self.code = self.code << 8 | self.byte()?;
            }
        }
        if self.range < 1 << 24 {
            self.range <<= 8;
            self.code = self.code << 8 | self.byte()?;
        }
        let mut none = 1024;
        let chance = self.chances.get_mut(chance).unwrap_or(&mut none);
        let bound = (self.range >> 11) * u32::from(*chance);
        if self.code < bound {
            self.range = bound;
            *chance += (2048 - *chance) >> 5;
            return Ok(false);
        }
        self.range -= bound;
        self.code -= bound;
        *chance -= *chance >> 5;
        Ok(true)
    }
}

impl Read for Bcj2<'_> {
    fn read(&mut self, output: &mut [u8]) -> io::Result<usize> {
        if output.is_empty() {
            return Ok(0);
        }
        if self.left == 0 {
            // An end of an input that is too early is damage.
            return self.copy(output).map_err(|error| match error.kind() {
                io::ErrorKind::UnexpectedEof => {
                    io::Error::new(io::ErrorKind::InvalidData, "it ends in the middle")
                }
                _ => error,
            });
        }
        let target = self.target.iter().skip(4 - self.left);
        let mut given = 0;
        for (to, byte) in output.iter_mut().zip(target) {
            *to = *byte;
            given += 1;
        }
        self.left -= given;
        Ok(given)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn undone(kind: Kind, bytes: &[u8]) -> Vec<u8> {
        let mut output = Vec::new();
        let read = Filter::new(Box::new(bytes), kind).read_to_end(&mut output);
        assert_eq!(read.ok(), Some(bytes.len()));
        output
    }

    #[test]
    fn differences_are_added_up() {
        assert_eq!(undone(Kind::Delta(0), &[1, 1, 1, 255]), [1, 2, 3, 2]);
        assert_eq!(undone(Kind::Delta(1), &[1, 10, 1, 1]), [1, 10, 2, 11]);
    }

    #[test]
    fn calls_are_relative_again() {
        // Each calls its own address, at a place of 8.
        let before = [0x90; 8];
        let x86 = [&before[..], &[0xe8, 0x0d, 0, 0, 0]].concat();
        assert_eq!(undone(Kind::X86, &x86)[8..], [0xe8, 0, 0, 0, 0]);
        let arm = [&before[..], &[0x04, 0, 0, 0xeb]].concat();
        assert_eq!(undone(Kind::Arm, &arm)[8..], [0, 0, 0, 0xeb]);
        let power = [&before[..], &[0x48, 0, 0, 0x09]].concat();
        assert_eq!(undone(Kind::PowerPc, &power)[8..], [0x48, 0, 0, 1]);
        let arm64 = [&before[..], &[2, 0, 0, 0x94]].concat();
        assert_eq!(undone(Kind::Arm64, &arm64)[8..], [0, 0, 0, 0x94]);
    }

    #[test]
    fn text_stays_as_it_is() {
        let text = "a line of text, with nothing to undo in it\n".repeat(2000);
        let kinds = [
            Kind::X86,
            Kind::PowerPc,
            Kind::Arm,
            Kind::ArmThumb,
            Kind::Sparc,
            Kind::Arm64,
        ];
        for kind in kinds {
            assert!(undone(kind, text.as_bytes()) == text.as_bytes());
        }
    }

    proptest::proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes: Vec<u8>, coder: Vec<u8>, distance: u8) {
            let kinds = [
                Kind::Delta(distance),
                Kind::X86,
                Kind::PowerPc,
                Kind::Arm,
                Kind::ArmThumb,
                Kind::Sparc,
                Kind::Arm64,
            ];
            for kind in kinds {
                undone(kind, &bytes);
            }
            let calls: Vec<u8> = bytes.iter().map(|byte| byte | 0xe8).collect();
            let inputs: Vec<Box<dyn Read + '_>> =
                vec![Box::new(&bytes[..]), Box::new(&bytes[..]), Box::new(&coder[..])];
            let bcj2 = Bcj2::new(Box::new(&calls[..]), inputs);
            let _ = bcj2.map(|mut bcj2| bcj2.read_to_end(&mut Vec::new()));
        }
    }
}
