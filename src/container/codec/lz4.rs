//! LZ4: frames one after another that read as one, frames of the legacy format,
//! and others to skip between them.
//!
//! The frames are taken apart here, because `lz4_flex::frame` 0.14 takes one that is cut
//! between two blocks for whole, and can't read a block of the legacy format that got
//! longer by being compressed, or a frame behind such blocks.

use std::hash::Hasher;
use std::io::{BufRead, Read};
use std::ops::ControlFlow;

use lz4_flex::block::{decompress_into, decompress_into_with_dict};
use twox_hash::XxHash32;

use super::stream::{self, Codec, Intake, Next, Step};
use crate::container::bytes::Bytes;
use crate::container::entry::{Container, Holds, Opens, Tells};
use crate::container::{Limits, Members, Unread};

const MAGIC: u32 = 0x184d_2204;
const LEGACY: u32 = 0x184c_2102;

const LEGACY_BLOCK: usize = 8 << 20;
/// How far back a block refers to the blocks before it.
const WINDOW: usize = 64 << 10;
/// The largest header of a frame.
pub const HEADER: usize = 19;
/// The bit of a block's length that tells that it is stored as it is.
const STORED: u32 = 1 << 31;

/// LZ4 frames.
pub const CONTAINER: Container = Container {
    id: "lz4",
    tells: Tells::Head(is),
    opens: Opens::Stream(open),
    holds: Holds::OneFile,
    is_read_once: true,
    #[cfg(test)]
    samples: tests::samples,
    ..Container::BASE
};

/// Tells LZ4 by its first frame, also behind frames to skip.
pub fn is(head: &[u8]) -> bool {
    Frame::parse(stream::behind_skippable(head)).is_some()
}

/// Gives what it holds as one member without a name. A frame with a wrong
/// checksum ends the member, and the frames after it are another one.
pub fn open(input: &mut dyn Read, limits: &Limits, members: &mut dyn Members) -> ControlFlow<()> {
    stream::open(input, Unlz4::new(limits), stream::nameless, members)
}

/// What the header of a frame says.
#[derive(Clone, Copy)]
struct Frame {
    kind: Kind,
    /// How long the header is.
    header: usize,
    /// The longest content of a block.
    block: usize,
    block_checksums: bool,
    checksum: bool,
    length: Option<u64>,
    dictionary: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Independent,
    /// Blocks refer to the blocks before them.
    Linked,
    Legacy,
}

impl Frame {
    fn parse(head: &[u8]) -> Option<Frame> {
        let mut fields = Bytes(head);
        match fields.u32_le()? {
            MAGIC => Frame::parse_current(fields),
            // The legacy format has no header at all. Its first block has to be
            // as long as a block can be.
            LEGACY => {
                let first = fields.u32_le()? as usize;
                (1..=longest(LEGACY_BLOCK))
                    .contains(&first)
                    .then_some(Frame {
                        kind: Kind::Legacy,
                        header: 4,
                        block: LEGACY_BLOCK,
                        block_checksums: false,
                        checksum: false,
                        length: None,
                        dictionary: false,
                    })
            }
            _ => None,
        }
    }

    fn parse_current(mut fields: Bytes<'_>) -> Option<Frame> {
        let descriptor = fields.0;
        let [flags, block] = fields.array()?;
        let has = |bit: u8| flags & 1 << bit != 0;
        let size = block >> 4;
        let sound = flags >> 6 == 1 && !has(1) && block & 0x8f == 0 && (4..=7).contains(&size);
        let length = match has(3) {
            true => Some(fields.u64_le()?),
            false => None,
        };
        if has(0) {
            fields.u32_le()?;
        }
        let described = descriptor.len() - fields.0.len();
        let hash = XxHash32::oneshot(0, descriptor.get(..described)?);
        if !sound || fields.u8()? != hash.to_le_bytes()[1] {
            return None;
        }
        Some(Frame {
            kind: match has(5) {
                true => Kind::Independent,
                false => Kind::Linked,
            },
            header: 4 + described + 1,
            block: 1 << (2 * size + 8),
            block_checksums: has(4),
            checksum: has(2),
            length,
            dictionary: has(0),
        })
    }
}

/// How long a block can get that cannot be compressed.
fn longest(content: usize) -> usize {
    content + content / 255 + 16
}

/// Undoes LZ4.
struct Unlz4 {
    frame: Option<Frame>,
    /// What is read next.
    part: Part,
    /// The part of it that was read.
    read: Vec<u8>,
    /// The end of what came before, then the content of a block.
    content: Vec<u8>,
    /// Where in it the bytes to give out begin and end.
    start: usize,
    end: usize,
    hash: XxHash32,
    length: u64,
    memory: usize,
}

#[derive(Clone, Copy)]
enum Part {
    BlockLength,
    Block { length: usize, stored: bool },
    Checksum,
}

impl Unlz4 {
    fn new(limits: &Limits) -> Unlz4 {
        Unlz4 {
            frame: None,
            part: Part::BlockLength,
            read: Vec::new(),
            content: Vec::new(),
            start: 0,
            end: 0,
            hash: XxHash32::with_seed(0),
            length: 0,
            memory: limits.memory,
        }
    }

    /// How long the next part is.
    fn wanted(&self, frame: Frame) -> usize {
        match self.part {
            Part::BlockLength | Part::Checksum => 4,
            Part::Block { length, .. } => length + if frame.block_checksums { 4 } else { 0 },
        }
    }

    /// Deals with a part that is complete.
    fn complete(&mut self, frame: Frame) -> Next {
        match self.part {
            Part::BlockLength => {
                let length = Bytes(&self.read).u32_le().unwrap_or_default();
                self.read.clear();
                self.block(frame, length)
            }
            Part::Block { length, stored } => {
                let next = self.decode(frame, length, stored);
                self.read.clear();
                self.part = Part::BlockLength;
                next
            }
            Part::Checksum => {
                let expected = Bytes(&self.read).u32_le();
                self.read.clear();
                match expected == Some(self.hash.finish_32()) {
                    true => Next::End,
                    false => Next::Mismatch("its checksum does not match".into()),
                }
            }
        }
    }

    fn block(&mut self, frame: Frame, field: u32) -> Next {
        let legacy = frame.kind == Kind::Legacy;
        if field == 0 && !legacy {
            return self.finish(frame);
        }
        let stored = field & STORED != 0 && !legacy;
        let length = (field & if legacy { u32::MAX } else { !STORED }) as usize;
        let bound = match stored {
            true => frame.block,
            false => longest(frame.block),
        };
        if length > bound {
            return Next::damaged("a block of it is too long");
        }
        self.part = Part::Block { length, stored };
        Next::More
    }

    fn finish(&mut self, frame: Frame) -> Next {
        if frame.length.is_some_and(|length| length != self.length) {
            return Next::Mismatch("its length does not match".into());
        }
        if !frame.checksum {
            return Next::End;
        }
        self.part = Part::Checksum;
        Next::More
    }

    fn decode(&mut self, frame: Frame, length: usize, stored: bool) -> Next {
        let (block, checksum) = self.read.split_at(length.min(self.read.len()));
        if frame.block_checksums && Bytes(checksum).u32_le() != Some(XxHash32::oneshot(0, block)) {
            return Next::damaged("the checksum of a block does not match");
        }
        let Some((before, after)) = self.content.split_at_mut_checked(WINDOW) else {
            return Next::damaged("it has not begun");
        };
        let known = match frame.kind {
            Kind::Linked => self.length.min(WINDOW as u64) as usize,
            _ => 0,
        };
        let window = before.get(WINDOW - known..).unwrap_or_default();
        let written = match (stored, after.get_mut(..block.len())) {
            (true, Some(room)) => {
                room.copy_from_slice(block);
                Some(block.len())
            }
            (true, None) => None,
            _ if window.is_empty() => decompress_into(block, after).ok(),
            _ => decompress_into_with_dict(block, after, window).ok(),
        };
        let Some(written) = written else {
            return Next::damaged("its LZ4 stream is broken");
        };
        if frame.checksum {
            self.hash.write(after.get(..written).unwrap_or_default());
        }
        self.length += written as u64;
        (self.start, self.end) = (WINDOW, WINDOW + written);
        Next::More
    }

    /// Gives out what a block holds. When all is given, its end is what the next
    /// block can refer to.
    fn give(&mut self, output: &mut [u8]) -> usize {
        let available = self.content.get(self.start..self.end).unwrap_or_default();
        let given = available.len().min(output.len());
        if let (Some(to), Some(from)) = (output.get_mut(..given), available.get(..given)) {
            to.copy_from_slice(from);
        }
        self.start += given;
        if self.start == self.end && given > 0 && self.end >= WINDOW {
            self.content.copy_within(self.end - WINDOW..self.end, 0);
            (self.start, self.end) = (0, 0);
        }
        given
    }
}

impl Codec for Unlz4 {
    fn begin(&mut self, input: &mut Intake<'_>) -> Result<bool, Unread> {
        stream::skip_frames(input)?;
        let frame = Frame::parse(input.peek(HEADER).map_err(stream::damaged)?);
        let Some(frame) = frame else {
            // A frame with a broken header is no garbage.
            return match input.fill_buf().map_err(stream::damaged)? {
                [0x04, 0x22, 0x4d, 0x18, ..] => Err(Unread::Damaged("its header is broken".into())),
                _ => Ok(false),
            };
        };
        if frame.dictionary {
            return Err(Unread::Unsupported("LZ4 with a dictionary".into()));
        }
        let needed = WINDOW + frame.block + longest(frame.block);
        if needed > self.memory {
            return Err(stream::too_much_memory(needed as u64));
        }
        input.consume(frame.header);
        if self.content.len() != WINDOW + frame.block {
            self.content = vec![0; WINDOW + frame.block];
        }
        self.frame = Some(frame);
        self.part = Part::BlockLength;
        self.read.clear();
        self.hash = XxHash32::with_seed(0);
        self.length = 0;
        (self.start, self.end) = (0, 0);
        Ok(true)
    }

    /// The length of a block, which may be the beginning of the next frame instead.
    fn wants(&self) -> usize {
        match self.part {
            Part::BlockLength => 4,
            _ => 1,
        }
    }

    fn step(&mut self, input: &[u8], output: &mut [u8]) -> Step {
        let written = self.give(output);
        let mut step = Step {
            read: 0,
            written,
            next: Next::More,
        };
        let Some(frame) = self.frame else {
            step.next = Next::damaged("it has not begun");
            return step;
        };
        if written > 0 {
            return step;
        }
        // The legacy format ends where the input does, or the next frame begins.
        let ends = frame.kind == Kind::Legacy && self.read.is_empty() && {
            let between = matches!(self.part, Part::BlockLength);
            let next = Bytes(input).u32_le();
            between
                && (input.is_empty()
                    || next.is_some_and(|magic| {
                        magic == MAGIC || magic == LEGACY || stream::SKIPPABLE.contains(&magic)
                    }))
        };
        if ends {
            step.next = Next::End;
            return step;
        }
        let missing = self.wanted(frame).saturating_sub(self.read.len());
        step.read = missing.min(input.len());
        self.read.extend(input.iter().take(step.read));
        if step.read == missing && (missing > 0 || !input.is_empty()) {
            step.next = self.complete(frame);
        }
        step
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::container::testing::{Drip, Kept, damaged};

    /// A frame with checksums, whose blocks stand alone.
    pub fn packed(blocks: &[&[u8]]) -> Vec<u8> {
        let whole = blocks.concat();
        let descriptor = [
            &[0b0111_1100, 0x40][..],
            &(whole.len() as u64).to_le_bytes(),
        ]
        .concat();
        let mut bytes = MAGIC.to_le_bytes().to_vec();
        bytes.extend(&descriptor);
        bytes.push(XxHash32::oneshot(0, &descriptor).to_le_bytes()[1]);
        for block in blocks {
            let block = lz4_flex::block::compress(block);
            bytes.extend((block.len() as u32).to_le_bytes());
            bytes.extend(&block);
            bytes.extend(XxHash32::oneshot(0, &block).to_le_bytes());
        }
        bytes.extend([0; 4]);
        bytes.extend(XxHash32::oneshot(0, &whole).to_le_bytes());
        bytes
    }

    fn legacy(text: &[u8]) -> Vec<u8> {
        let block = lz4_flex::block::compress(text);
        [
            &LEGACY.to_le_bytes()[..],
            &(block.len() as u32).to_le_bytes(),
            &block,
        ]
        .concat()
    }

    fn read(bytes: &[u8]) -> Kept {
        let mut kept = Kept::default();
        let _ = open(&mut &bytes[..], &Limits::default(), &mut kept);
        kept
    }

    const SKIPPED: &[u8] = b"\x5e\x2a\x4d\x18\x03\0\0\0abc";

    /// `printf 'hello from lz4\n' | lz4`
    const BY_LZ4: &[u8] = b"\x04\x22\x4d\x18\x64\x40\xa7\x0f\0\0\x80hello from lz4\n\0\0\0\0\
        \x43\x98\xcd\xd3";

    /// Small inputs that are read to their end.
    pub fn samples() -> Vec<Vec<u8>> {
        vec![
            [SKIPPED, &packed(&[b"one one one one\n", b"two\n"])].concat(),
            BY_LZ4.to_vec(),
            legacy(b"0123456789 0123456789"),
        ]
    }

    #[test]
    fn frames_read_as_one_with_others_to_skip_and_garbage() {
        let text = b"0123456789 0123456789 0123456789\n";
        let bytes = [
            SKIPPED,
            &packed(&[text, b"two\n"]),
            SKIPPED,
            &packed(&[]),
            &packed(&[b"three\n"]),
            b"garbage",
        ]
        .concat();
        assert!(is(&bytes) && !is(SKIPPED));
        let kept = read(&bytes);
        let whole = "0123456789 0123456789 0123456789\ntwo\nthree\n";
        assert_eq!(kept.texts(), [("", whole)]);
        assert!(kept.reports.is_empty());
    }

    #[test]
    fn what_lz4_wrote_is_read() {
        assert!(is(BY_LZ4));
        let kept = read(BY_LZ4);
        assert_eq!(kept.texts(), [("", "hello from lz4\n")]);
        assert!(kept.reports.is_empty());
    }

    #[test]
    fn legacy_frames_end_with_the_input_or_the_next_frame() {
        let bytes = [legacy(b"one\n"), legacy(b"two\n"), packed(&[b"three\n"])].concat();
        assert!(is(&bytes));
        let kept = read(&bytes);
        assert_eq!(kept.texts(), [("", "one\ntwo\nthree\n")]);
        assert!(kept.reports.is_empty());
        assert_eq!(read(&legacy(b"one\n")).texts(), [("", "one\n")]);
        // Whatever pieces it comes in
        let bytes = [
            legacy(&[b'x'; 99]),
            legacy(&[b'y'; 99]),
            packed(&[b"three\n"]),
        ]
        .concat();
        let mut kept = Kept::default();
        let _ = open(&mut Drip(&bytes), &Limits::default(), &mut kept);
        assert_eq!(kept.texts(), read(&bytes).texts());
        assert_eq!(kept.reports, read(&bytes).reports);
    }

    #[test]
    fn blocks_refer_to_the_blocks_before_them() {
        let descriptor = [0b0100_0000, 0x40];
        let mut bytes = MAGIC.to_le_bytes().to_vec();
        bytes.extend(descriptor);
        bytes.push(XxHash32::oneshot(0, &descriptor).to_le_bytes()[1]);
        let first = vec![b'a'; 50_000];
        let second = vec![b'b'; 40_000];
        for block in [&first, &second] {
            bytes.extend((block.len() as u32 | STORED).to_le_bytes());
            bytes.extend(block);
        }
        // No literal, four bytes from 40000 before: the last a's and the first b's
        // are 40002 back; then five literals, as the format asks for.
        let block = [&[0x00][..], &40_002_u16.to_le_bytes(), b"\x50-----"].concat();
        bytes.extend((block.len() as u32).to_le_bytes());
        bytes.extend(block);
        bytes.extend([0; 4]);
        let kept = read(&bytes);
        assert!(kept.reports.is_empty(), "{:?}", kept.reports);
        assert!(kept.members[0].1.ends_with(b"baabb-----"));
    }

    #[test]
    fn after_a_wrong_checksum_the_next_frame_is_read() {
        let mut first = packed(&[b"one\n"]);
        if let Some(last) = first.last_mut() {
            *last ^= 1;
        }
        let kept = read(&[first, packed(&[b"two\n"])].concat());
        assert_eq!(kept.texts(), [("", "one\n"), ("", "two\n")]);
        assert_eq!(kept.reports, [": its checksum does not match"]);
    }

    #[test]
    fn every_damage_is_told() {
        let text = b"0123456789 0123456789 0123456789\n";
        for bytes in damaged(&packed(&[text])).filter(|bytes| is(bytes)) {
            let kept = read(&bytes);
            assert!(!kept.reports.is_empty() || kept.members[0].1 == text);
        }
        for bytes in damaged(&legacy(b"text")) {
            read(&bytes);
        }
    }

    proptest::proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
            is(&bytes);
            read(&[&LEGACY.to_le_bytes()[..], &bytes[..]].concat());
            read(&[&packed(&[])[..15], &bytes[..]].concat());
        }
    }
}
