//! Reading a compressed stream: its input, and what its frames hold as one member.

use std::io::{self, BufRead, Read};
use std::ops::ControlFlow;

use crate::container::bytes::Bytes;
use crate::container::{Members, Unread};

/// A decompressor that is fed piece by piece.
pub trait Codec {
    /// Turns a piece of `input` into a piece of `output`. Neither is empty, but
    /// `input` where nothing follows.
    fn step(&mut self, input: &[u8], output: &mut [u8]) -> Step;

    /// How many bytes it has to see at once, as far as there are so many.
    fn wants(&self) -> usize {
        1
    }

    /// Goes to the beginning of the next frame. `false` where none follows.
    fn begin(&mut self, _input: &mut Intake<'_>) -> Result<bool, Unread> {
        Ok(false)
    }
}

/// How far a [`Codec`] got.
pub struct Step {
    /// Bytes of input that are done.
    pub read: usize,
    /// Bytes that were put at the front of the output.
    pub written: usize,
    /// How it goes on after them.
    pub next: Next,
}

/// What follows a [`Step`].
pub enum Next {
    /// More of this frame.
    More,
    /// The frame is complete.
    End,
    /// The frame has ended, and its content isn't what it promised; the words
    /// say how.
    Mismatch(String),
    /// Nothing of this frame can be read any more.
    Fail(Unread),
}

impl Next {
    /// A frame that is damaged in its middle.
    pub fn damaged(words: &str) -> Next {
        Next::Fail(Unread::Damaged(words.into()))
    }
}

/// The input of a decoder, in large pieces.
pub struct Intake<'a> {
    input: Box<dyn Read + 'a>,
    buffer: Vec<u8>,
    /// Where the bytes that are still to be taken begin and end in the buffer.
    start: usize,
    end: usize,
    consumed: u64,
}

/// Large enough for the cost of a system call to vanish.
const PIECE: usize = 128 << 10;

impl<'a> Intake<'a> {
    /// An input from here on.
    pub fn new(input: impl Read + 'a) -> Intake<'a> {
        Intake::reusing(input, Vec::new())
    }

    /// An input from here on, with the buffer of another one.
    pub fn reusing(input: impl Read + 'a, mut buffer: Vec<u8>) -> Intake<'a> {
        if buffer.len() < PIECE {
            buffer = vec![0; PIECE];
        }
        Intake {
            input: Box::new(input),
            buffer,
            start: 0,
            end: 0,
            consumed: 0,
        }
    }

    /// The buffer, for another input.
    pub fn into_buffer(self) -> Vec<u8> {
        self.buffer
    }

    /// How many bytes were taken.
    pub fn consumed(&self) -> u64 {
        self.consumed
    }

    /// The next `length` bytes without taking them; fewer where the input ends.
    pub fn peek(&mut self, length: usize) -> io::Result<&[u8]> {
        while self.end - self.start < length && self.fill(length)? > 0 {}
        let available = &self.buffer[self.start..self.end];
        Ok(available.get(..length).unwrap_or(available))
    }

    /// Takes this many bytes unseen, and tells how many there were.
    pub fn skip(&mut self, length: u64) -> io::Result<u64> {
        let mut left = length;
        while left > 0 {
            let available = self.fill_buf()?.len();
            if available == 0 {
                break;
            }
            let taken = usize::try_from(left).map_or(available, |left| left.min(available));
            self.consume(taken);
            left -= taken as u64;
        }
        Ok(length - left)
    }

    /// Takes exactly this many bytes. `None` where the input ends before.
    pub fn take_vec(&mut self, length: usize) -> io::Result<Option<Vec<u8>>> {
        let mut bytes = Vec::new();
        self.take(length as u64).read_to_end(&mut bytes)?;
        Ok((bytes.len() == length).then_some(bytes))
    }

    /// Reads once, so that `wanted` bytes have room in the buffer.
    fn fill(&mut self, wanted: usize) -> io::Result<usize> {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        }
        if self.buffer.len() - self.start < wanted {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        if self.buffer.len() < wanted {
            self.buffer.resize(wanted, 0);
        }
        let room = &mut self.buffer[self.end..];
        let read = read_once(&mut self.input, room)?.min(room.len());
        self.end += read;
        Ok(read)
    }
}

/// Reads, and again where a signal came between.
fn read_once(input: &mut dyn Read, output: &mut [u8]) -> io::Result<usize> {
    loop {
        match input.read(output) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            done => return done,
        }
    }
}

impl Read for Intake<'_> {
    fn read(&mut self, output: &mut [u8]) -> io::Result<usize> {
        if self.start == self.end && output.len() >= PIECE {
            let read = read_once(&mut self.input, output)?;
            self.consumed += read as u64;
            return Ok(read);
        }
        let available = self.fill_buf()?;
        let taken = available.len().min(output.len());
        let (from, to) = (&available[..taken], &mut output[..taken]);
        to.copy_from_slice(from);
        self.consume(taken);
        Ok(taken)
    }
}

impl BufRead for Intake<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.start == self.end {
            self.fill(1)?;
        }
        Ok(&self.buffer[self.start..self.end])
    }

    fn consume(&mut self, amount: usize) {
        let amount = amount.min(self.end - self.start);
        self.start += amount;
        self.consumed += amount as u64;
    }
}

/// How frames to skip begin, which LZ4 and Zstandard have.
pub const SKIPPABLE: std::ops::RangeInclusive<u32> = 0x184d_2a50..=0x184d_2a5f;

/// How long the frame to skip is with which these bytes begin.
pub fn skippable(head: &[u8]) -> Option<u64> {
    let mut fields = Bytes(head);
    let (magic, length) = (fields.u32_le()?, fields.u32_le()?);
    SKIPPABLE.contains(&magic).then_some(8 + u64::from(length))
}

/// The bytes behind frames to skip, as far as they are there.
pub fn behind_skippable(mut head: &[u8]) -> &[u8] {
    while let Some(length) = skippable(head) {
        head = head.get(length as usize..).unwrap_or_default();
    }
    head
}

/// Goes over frames to skip.
pub fn skip_frames(input: &mut Intake<'_>) -> Result<(), Unread> {
    while let Some(length) = skippable(input.peek(8).map_err(damaged)?) {
        if input.skip(length).map_err(damaged)? < length {
            return Err(Unread::Damaged("it ends in a frame to skip".into()));
        }
    }
    Ok(())
}

/// What the frames of a stream hold.
pub struct Content<'a, 'b, C: ?Sized> {
    input: &'a mut Intake<'b>,
    codec: &'a mut C,
    reading: Reading,
}

/// How far the reading of a stream got.
pub struct Reading {
    state: State,
    /// Frames without content since the last byte of content.
    empty: u32,
}

/// As many frames in a row may be empty. The one who reads hears nothing meanwhile, and
/// couldn't stop.
const MOST_EMPTY: u32 = 10_000;

enum State {
    Open,
    Ended,
    /// The frame has ended with an error, and another one may follow.
    Mismatch(String),
    Failed(Failure),
    /// It can't be read on, and the taker doesn't know.
    Left(Unread),
}

/// An error that is given again whenever somebody reads on after it.
struct Failure {
    kind: io::ErrorKind,
    words: String,
}

impl From<Unread> for State {
    fn from(why: Unread) -> State {
        match why {
            Unread::Damaged(words) => State::Failed(Failure {
                kind: io::ErrorKind::InvalidData,
                words,
            }),
            why => State::Left(why),
        }
    }
}

impl<'a, 'b, C: Codec + ?Sized> Content<'a, 'b, C> {
    /// What follows in a frame that has begun.
    pub fn new(input: &'a mut Intake<'b>, codec: &'a mut C) -> Content<'a, 'b, C> {
        Content {
            input,
            codec,
            reading: Reading::start(),
        }
    }

    /// Whether it was read to its end, and that was a good one.
    pub fn ended(&self) -> bool {
        matches!(self.reading.state, State::Ended)
    }

    /// Why it ended early, if the one who read it was given no error.
    pub fn left(self) -> Option<Unread> {
        match self.reading.state {
            State::Left(why) => Some(why),
            _ => None,
        }
    }
}

impl<C: Codec + ?Sized> Read for Content<'_, '_, C> {
    fn read(&mut self, output: &mut [u8]) -> io::Result<usize> {
        self.reading.read(self.input, self.codec, output)
    }
}

impl Reading {
    /// The reading of a frame that has begun.
    pub fn start() -> Reading {
        Reading {
            state: State::Open,
            empty: 0,
        }
    }

    /// Reads on.
    pub fn read<C: Codec + ?Sized>(
        &mut self,
        input: &mut Intake<'_>,
        codec: &mut C,
        output: &mut [u8],
    ) -> io::Result<usize> {
        if output.is_empty() {
            return Ok(0);
        }
        loop {
            match &self.state {
                State::Open => {}
                State::Ended | State::Left(_) => return Ok(0),
                State::Mismatch(words) => {
                    return Err(io::Error::new(io::ErrorKind::InvalidData, words.clone()));
                }
                State::Failed(failure) => {
                    return Err(io::Error::new(failure.kind, failure.words.clone()));
                }
            }
            let step = match advance(input, codec, output) {
                Ok(step) => step,
                Err(error) => {
                    self.state = State::Failed(Failure {
                        kind: error.kind(),
                        words: error.to_string(),
                    });
                    return Err(error);
                }
            };
            self.state = after(step.next, input, codec);
            if step.written > 0 {
                self.empty = 0;
                return Ok(step.written);
            }
            self.empty += 1;
            if self.empty > MOST_EMPTY && matches!(self.state, State::Open) {
                let why = format!("more than {MOST_EMPTY} empty streams in a row");
                self.state = State::Left(Unread::Limit(why));
            }
        }
    }
}

/// Steps until there is output or the frame ends.
fn advance<C: Codec + ?Sized>(
    input: &mut Intake<'_>,
    codec: &mut C,
    output: &mut [u8],
) -> io::Result<Step> {
    loop {
        input.peek(codec.wants())?;
        let available = input.fill_buf()?;
        let last = available.is_empty();
        let mut step = codec.step(available, output);
        input.consume(step.read);
        if step.read == 0 && step.written == 0 && matches!(step.next, Next::More) {
            step.next = Next::damaged(match last {
                true => "it ends in the middle",
                false => "it is broken",
            });
        }
        if step.written > 0 || !matches!(step.next, Next::More) {
            return Ok(step);
        }
    }
}

fn after<C: Codec + ?Sized>(next: Next, input: &mut Intake<'_>, codec: &mut C) -> State {
    match next {
        Next::More => State::Open,
        Next::Mismatch(words) => State::Mismatch(words),
        Next::Fail(why) => State::from(why),
        Next::End => match codec.begin(input) {
            Ok(true) => State::Open,
            Ok(false) => State::Ended,
            Err(why) => State::from(why),
        },
    }
}

/// Gives the frames of a stream as one member. A frame whose content isn't what
/// it promised ends the member, and the frames after it are another one.
pub fn open<C: Codec>(
    input: &mut dyn Read,
    mut codec: C,
    name: fn(&C) -> &[u8],
    members: &mut dyn Members,
) -> ControlFlow<()> {
    let mut input = Intake::new(input);
    loop {
        match codec.begin(&mut input) {
            Ok(true) => {}
            Ok(false) => return ControlFlow::Continue(()),
            Err(why) => {
                members.unread(name(&codec), why);
                return ControlFlow::Continue(());
            }
        }
        let this = name(&codec).to_vec();
        let mut content = Content::new(&mut input, &mut codec);
        members.member(&this, &mut content)?;
        match content.reading.state {
            State::Mismatch(_) => {}
            State::Left(why) => {
                members.unread(&this, why);
                return ControlFlow::Continue(());
            }
            _ => return ControlFlow::Continue(()),
        }
    }
}

/// The name of a member that has none.
pub fn nameless<C>(_codec: &C) -> &[u8] {
    b""
}

/// So many bytes of an input, as the content of a member.
pub struct Part<'a, 'b> {
    input: &'a mut Intake<'b>,
    left: u64,
    /// The one who reads knows that it is damaged.
    told: bool,
}

impl<'a, 'b> Part<'a, 'b> {
    /// The next `length` bytes.
    pub fn new(input: &'a mut Intake<'b>, length: u64) -> Part<'a, 'b> {
        Part {
            input,
            left: length,
            told: false,
        }
    }

    /// How many bytes were not read, and whether the reader was given an error.
    pub fn finish(self) -> (u64, bool) {
        (self.left, self.told)
    }
}

impl Read for Part<'_, '_> {
    fn read(&mut self, output: &mut [u8]) -> io::Result<usize> {
        let length = usize::try_from(self.left).map_or(output.len(), |left| left.min(output.len()));
        let room = output.get_mut(..length).unwrap_or_default();
        if room.is_empty() {
            return Ok(0);
        }
        let read = self.input.read(room).inspect_err(|_| self.told = true)?;
        if read == 0 {
            self.told = true;
            let words = "the archive ends in it";
            return Err(io::Error::new(io::ErrorKind::InvalidData, words));
        }
        self.left -= read as u64;
        Ok(read)
    }
}

/// A content whose length and CRC-32 are known before it is read. Where they
/// don't hold, all bytes are given, and an error after them.
pub struct Checked<R> {
    content: R,
    crc: flate2::Crc,
    length: u64,
    expected: Expected,
}

/// What a content should be.
#[derive(Clone, Copy, Default)]
pub struct Expected {
    /// How long it is.
    pub length: Option<u64>,
    /// Its CRC-32.
    pub crc: Option<u32>,
}

impl<R: Read> Checked<R> {
    /// A content that should be as expected.
    pub fn new(content: R, expected: Expected) -> Checked<R> {
        Checked {
            content,
            crc: flate2::Crc::new(),
            length: 0,
            expected,
        }
    }

    /// The content without the check.
    pub fn into_inner(self) -> R {
        self.content
    }

    fn check(&self) -> io::Result<usize> {
        let words = match self.expected {
            Expected {
                length: Some(length),
                ..
            } if length != self.length => {
                format!("it has {} bytes, not the promised {length}", self.length)
            }
            Expected { crc: Some(crc), .. } if crc != self.crc.sum() => {
                "its CRC-32 does not match".into()
            }
            _ => return Ok(0),
        };
        Err(io::Error::new(io::ErrorKind::InvalidData, words))
    }
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, output: &mut [u8]) -> io::Result<usize> {
        if output.is_empty() {
            return Ok(0);
        }
        let read = self.content.read(output)?;
        if read == 0 {
            return self.check();
        }
        self.length += read as u64;
        self.crc.update(output.get(..read).unwrap_or(output));
        Ok(read)
    }
}

/// An input that could not be read, as a container reports it.
pub fn damaged(error: io::Error) -> Unread {
    Unread::Damaged(error.to_string())
}

/// A dictionary or table that is larger than the bound.
pub fn too_much_memory(bytes: u64) -> Unread {
    Unread::Limit(format!("needs {} MiB of memory", bytes.div_ceil(1 << 20)))
}

/// More members than the bound.
pub fn too_many_entries(entries: u64) -> Unread {
    Unread::Limit(format!("more than {entries} entries"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::container::codec::bought::ByteByByte;
    use crate::container::testing::Drip;

    /// Gives four bytes, and none of them with an error behind.
    struct Brittle(usize);

    impl Read for Brittle {
        fn read(&mut self, output: &mut [u8]) -> io::Result<usize> {
            let left = 4 - self.0;
            if output.len() > left {
                return Err(io::Error::other("broken"));
            }
            output.fill(b'x');
            self.0 += output.len();
            Ok(output.len())
        }
    }

    #[test]
    fn byte_by_byte_everything_before_an_error_is_given() {
        let mut content = ByteByByte::new(Brittle(0));
        let mut bytes = Vec::new();
        let error = content
            .read_to_end(&mut bytes)
            .map_err(|error| error.kind());
        assert_eq!(
            (&bytes[..], error),
            (&b"xxxx"[..], Err(io::ErrorKind::InvalidData))
        );
        assert!(content.read(&mut [0]).is_err());
    }

    #[test]
    fn an_intake_gives_every_byte_once() -> io::Result<()> {
        let bytes: Vec<u8> = (0..400_000u32).map(|number| (number % 251) as u8).collect();
        let mut drip = Drip(&bytes);
        let mut intake = Intake::new(&mut drip);
        assert_eq!(intake.peek(3)?, &bytes[..3]);
        assert_eq!(intake.skip(1000)?, 1000);
        assert_eq!(intake.peek(200_000)?, &bytes[1000..201_000]);
        assert_eq!(intake.take_vec(5)?, Some(bytes[1000..1005].to_vec()));
        let mut rest = Vec::new();
        intake.read_to_end(&mut rest)?;
        assert_eq!(rest, &bytes[1005..]);
        assert_eq!(intake.consumed(), 400_000);
        assert_eq!(intake.skip(1)?, 0);
        assert!(intake.peek(1)?.is_empty());
        Ok(())
    }
}
