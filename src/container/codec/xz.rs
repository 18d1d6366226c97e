//! LZMA in its wrappings: xz, lzip, and the oldest one, which has a short header alone.
//!
//! The decoders are those of `lzma-rust2`, whose dictionary grows with what it holds. What
//! they decoded at once with damage behind it is lost, so they get small pieces.

use std::io::{self, BufRead, Read};
use std::ops::ControlFlow;

use lzma_rust2::{Action, LzipStream, Lzma2Stream, LzmaStream, Status, StreamResult, XzStream};

use super::stream::{self, Codec, Intake, Next, Step};
use crate::container::bytes::Bytes;
use crate::container::entry::{Container, Holds, Opens, Tells};
use crate::container::{Limits, Members, Unread};
use crate::system::memory::{self, Held};

const MAGIC: &[u8] = b"\xfd7zXZ\0";
const LZIP_MAGIC: &[u8] = b"LZIP\x01";

/// What a decoder needs beside its dictionary. `xz -9` has a dictionary of
/// 64 MiB, which should fit into a bound of 64 MiB.
const OVERHEAD: usize = 2 << 20;
/// Bytes of a usual dictionary. A decoder that needs more waits for its turn first.
const USUAL: usize = 9 << 20;
/// Bytes that a decoder is given at once, as long as there are more.
const PIECE: usize = 64;
/// Bytes that a decoder takes at most before it knows that they are its own.
const AHEAD: usize = 40;

/// xz.
pub const XZ: Container = Container {
    id: "xz",
    tells: Tells::Head(is),
    opens: Opens::Stream(open),
    holds: Holds::OneFile,
    is_read_once: true,
    has_window: true,
    #[cfg(test)]
    samples: tests::samples,
    ..Container::BASE
};

/// lzip.
pub const LZIP: Container = Container {
    id: "lzip",
    tells: Tells::Head(is_lzip),
    opens: Opens::Stream(open_lzip),
    holds: Holds::OneFile,
    is_read_once: true,
    has_window: true,
    #[cfg(test)]
    samples: tests::lzip_samples,
    ..Container::BASE
};

/// LZMA without a container of its own.
pub const LZMA: Container = Container {
    id: "lzma",
    tells: Tells::Head(is_lzma),
    opens: Opens::Stream(open_lzma),
    holds: Holds::OneFile,
    is_read_once: true,
    has_window: true,
    #[cfg(test)]
    samples: tests::lzma_samples,
    ..Container::BASE
};

/// Tells xz by the header of its first stream.
pub fn is(head: &[u8]) -> bool {
    let Some(mut fields) = head.strip_prefix(MAGIC).map(Bytes) else {
        return false;
    };
    let (Some(flags), Some(crc)) = (fields.array::<2>(), fields.u32_le()) else {
        return false;
    };
    let mut sum = flate2::Crc::new();
    sum.update(&flags);
    flags[0] == 0 && flags[1] & 0xf0 == 0 && sum.sum() == crc
}

/// Tells lzip by the header of its first member, whose last byte is the size of the
/// dictionary.
fn is_lzip(head: &[u8]) -> bool {
    let size = head.strip_prefix(LZIP_MAGIC).and_then(<[u8]>::first);
    size.is_some_and(|size| (12..=29).contains(&(size & 0x1f)))
}

/// Tells LZMA alone by its header, whose sizes are round, and by what follows.
pub fn is_lzma(head: &[u8]) -> bool {
    let mut fields = Bytes(head);
    let (Some(properties), Some(dictionary), Some(length), Some(0)) =
        (fields.u8(), fields.u32_le(), fields.u64_le(), fields.u8())
    else {
        return false;
    };
    // The encoders know powers of two, and one and a half of them.
    let round =
        dictionary.is_power_of_two() || dictionary % 3 == 0 && (dictionary / 3).is_power_of_two();
    // What everybody's encoder writes: three bits of literal context, two of position.
    let plausible = properties == 0x5d
        && dictionary >= 4096
        && round
        && (length == u64::MAX || length < 1 << 38 && length > 0);
    plausible && decodes(head)
}

/// Whether these bytes are the beginning of LZMA alone.
fn decodes(mut head: &[u8]) -> bool {
    let mut stream = LzmaStream::new_mem_limit(kibibytes(USUAL), None);
    let mut output = vec![0; 32 << 10];
    loop {
        match stream.process(head, &mut output, Action::Run) {
            // Dictionaries beyond the bound are none of an accident.
            Err(error) => return error.kind() == io::ErrorKind::OutOfMemory,
            Ok(done) if done.status == Status::StreamEnd => return true,
            Ok(done) if done.bytes_consumed == 0 && done.bytes_produced == 0 => {
                return stream.total_out() > 0;
            }
            Ok(done) => head = head.get(done.bytes_consumed..).unwrap_or_default(),
        }
    }
}

/// Gives what xz holds as one member without a name.
fn open(input: &mut dyn Read, limits: &Limits, members: &mut dyn Members) -> ControlFlow<()> {
    stream::open(input, Unlzma::xz(limits), stream::nameless, members)
}

/// Gives what lzip holds as one member without a name.
fn open_lzip(input: &mut dyn Read, limits: &Limits, members: &mut dyn Members) -> ControlFlow<()> {
    let codec = Unlzma::new(Wrapping::Lzip, limits);
    stream::open(input, codec, stream::nameless, members)
}

/// Gives what LZMA alone holds as one member without a name.
fn open_lzma(input: &mut dyn Read, limits: &Limits, members: &mut dyn Members) -> ControlFlow<()> {
    let codec = Unlzma::new(Wrapping::Alone, limits);
    stream::open(input, codec, stream::nameless, members)
}

/// Undoes LZMA in a wrapping, stream after stream.
pub struct Unlzma {
    wrapping: Wrapping,
    stream: Option<Lzma>,
    memory: usize,
}

#[derive(Clone, Copy)]
enum Wrapping {
    Xz,
    Lzip,
    Alone,
}

impl Unlzma {
    /// A decoder for streams of xz one after another.
    pub fn xz(limits: &Limits) -> Unlzma {
        Unlzma::new(Wrapping::Xz, limits)
    }

    fn new(wrapping: Wrapping, limits: &Limits) -> Unlzma {
        Unlzma {
            wrapping,
            stream: None,
            memory: limits.memory,
        }
    }
}

impl Codec for Unlzma {
    fn begin(&mut self, input: &mut Intake<'_>) -> Result<bool, Unread> {
        let begins = match self.wrapping {
            Wrapping::Alone => self.stream.is_none(),
            Wrapping::Lzip => is_lzip(input.peek(6).map_err(stream::damaged)?),
            Wrapping::Xz => {
                // Zeros stand between the streams, four by four.
                while self.stream.is_some() && input.peek(4).map_err(stream::damaged)? == [0; 4] {
                    input.consume(4);
                }
                is(input.peek(12).map_err(stream::damaged)?)
            }
        };
        if begins {
            let most = kibibytes(self.memory.min(USUAL));
            let stream = match self.wrapping {
                Wrapping::Xz => Stream::Xz(XzStream::new_mem_limit(false, most)),
                Wrapping::Lzip => Stream::Lzip(LzipStream::new_mem_limit(false, most)),
                Wrapping::Alone => Stream::Lzma(LzmaStream::new_mem_limit(most, None)),
            };
            self.stream = Some(Lzma::new(stream, self.memory, None));
        }
        Ok(begins)
    }

    fn wants(&self) -> usize {
        self.stream.as_ref().map_or(1, Codec::wants)
    }

    fn step(&mut self, input: &[u8], output: &mut [u8]) -> Step {
        match &mut self.stream {
            Some(stream) => stream.step(input, output),
            None => Step {
                read: 0,
                written: 0,
                next: Next::damaged("it has not begun"),
            },
        }
    }
}

/// Undoes one stream of LZMA.
pub struct Lzma {
    stream: Stream,
    memory: usize,
    held: Option<Held>,
    /// Bytes that the decoder has taken and that are still to be consumed.
    ahead: usize,
}

enum Stream {
    Xz(XzStream),
    Lzip(LzipStream),
    Lzma(LzmaStream),
    Lzma2(Lzma2Stream),
}

/// Does the same with whichever stream it is.
macro_rules! with {
    ($stream:expr, $inner:ident => $does:expr) => {
        match $stream {
            Stream::Xz($inner) => $does,
            Stream::Lzip($inner) => $does,
            Stream::Lzma($inner) => $does,
            Stream::Lzma2($inner) => $does,
        }
    };
}

impl Lzma {
    /// A decoder for LZMA whose properties stand elsewhere. The content ends at
    /// this length, or where its end is marked.
    pub fn raw1(properties: [u8; 5], length: Option<u64>, memory: usize) -> Result<Lzma, Unread> {
        let [first, dictionary @ ..] = properties;
        // A dictionary beyond the whole content is never filled.
        let content = length.map_or(u32::MAX, |length| u32::try_from(length).unwrap_or(u32::MAX));
        let dictionary = u32::from_le_bytes(dictionary).min(content).max(4096);
        let held = hold(dictionary, memory)?;
        let length = length.unwrap_or(u64::MAX);
        let stream = LzmaStream::new_with_props(length, first, dictionary, None);
        let stream = stream.map_err(|error| why(&error, memory))?;
        Ok(Lzma::new(Stream::Lzma(stream), memory, Some(held)))
    }

    /// A decoder for LZMA2 without a header.
    pub fn raw2(dictionary: u32, memory: usize) -> Result<Lzma, Unread> {
        let held = hold(dictionary, memory)?;
        let stream = Lzma2Stream::new(dictionary);
        Ok(Lzma::new(Stream::Lzma2(stream), memory, Some(held)))
    }

    fn new(stream: Stream, memory: usize, held: Option<Held>) -> Lzma {
        Lzma {
            stream,
            memory,
            held,
            ahead: 0,
        }
    }

    /// How many bytes went in and came out.
    fn totals(&self) -> (u64, u64) {
        with!(&self.stream, stream => (stream.total_in(), stream.total_out()))
    }

    fn process(&mut self, input: &[u8], output: &mut [u8]) -> io::Result<StreamResult> {
        let action = match input {
            [] => Action::Finish,
            _ => Action::Run,
        };
        let (before, _) = self.totals();
        let result = with!(&mut self.stream, stream => stream.process(input, output, action));
        let is_full = |error: &io::Error| error.kind() == io::ErrorKind::OutOfMemory;
        if !result.as_ref().is_err_and(is_full) || !self.widen() {
            return result;
        }
        // The decoder goes on where it was, and had no output yet.
        let read = (self.totals().0 - before) as usize;
        let rest = input.get(read..).unwrap_or_default();
        with!(&mut self.stream, stream => stream.process(rest, output, action))
    }

    /// Takes all the memory that a dictionary may need, where it was not taken yet.
    fn widen(&mut self) -> bool {
        if self.held.is_some() {
            return false;
        }
        self.held = Some(memory::hold(self.memory));
        let most = kibibytes(self.memory);
        with!(&mut self.stream, stream => stream.set_mem_limit(most));
        true
    }

    /// How many of the bytes that the decoder has taken may not be its own.
    fn doubtful(&self, is_at_end: bool) -> usize {
        match &self.stream {
            Stream::Xz(_) | Stream::Lzma2(_) => 0,
            Stream::Lzma(stream) if is_at_end => stream.unused_input().len(),
            Stream::Lzip(stream) if is_at_end => stream.unused_input().len(),
            Stream::Lzma(_) | Stream::Lzip(_) => AHEAD,
        }
    }

    /// The decoder for xz remembers the length of each block until the last one, and a
    /// block may be empty.
    fn has_too_many_blocks(&self) -> bool {
        let (read, written) = self.totals();
        matches!(self.stream, Stream::Xz(_))
            && read > self.memory as u64
            && read > written + written / 8
    }
}

impl Codec for Lzma {
    fn wants(&self) -> usize {
        AHEAD + PIECE
    }

    fn step(&mut self, input: &[u8], output: &mut [u8]) -> Step {
        let (before_in, before_out) = self.totals();
        let before = before_in - self.ahead as u64;
        loop {
            let fresh = input.get(self.ahead..).unwrap_or_default();
            let fresh = fresh.get(..PIECE).unwrap_or(fresh);
            let is_last = fresh.is_empty();
            let result = self.process(fresh, output);
            let (total_in, total_out) = self.totals();
            let taken = (total_in - before) as usize;
            let (kept, next) = match result {
                Ok(done) if done.status == Status::StreamEnd => (self.doubtful(true), Next::End),
                Ok(_) if self.has_too_many_blocks() => {
                    let words = "more blocks than its content needs".to_owned();
                    (0, Next::Fail(Unread::Limit(words)))
                }
                Ok(_) => (self.doubtful(false), Next::More),
                Err(error) => (0, Next::Fail(why(&error, self.memory))),
            };
            let step = Step {
                read: taken.saturating_sub(kept),
                written: (total_out - before_out) as usize,
                next,
            };
            self.ahead = taken - step.read;
            let is_idle = step.read == 0 && step.written == 0 && matches!(step.next, Next::More);
            if !is_idle || is_last {
                return step;
            }
        }
    }
}

/// Takes memory for a dictionary.
fn hold(dictionary: u32, memory: usize) -> Result<Held, Unread> {
    if u64::from(dictionary) > memory as u64 {
        return Err(stream::too_much_memory(u64::from(dictionary)));
    }
    Ok(memory::hold(dictionary as usize))
}

/// A bound in the unit of the decoders. Their largest number is no bound at all.
fn kibibytes(memory: usize) -> u32 {
    let kibibytes = memory.saturating_add(OVERHEAD) >> 10;
    u32::try_from(kibibytes).unwrap_or(u32::MAX - 1)
}

/// How large a dictionary is that LZMA2 writes in this way.
pub fn dictionary_size(code: u8) -> Option<u32> {
    match code {
        0..40 => Some((2 | u32::from(code & 1)) << (code / 2 + 11)),
        40 => Some(u32::MAX),
        _ => None,
    }
}

fn why(error: &io::Error, memory: usize) -> Unread {
    match error.kind() {
        io::ErrorKind::OutOfMemory => {
            let memory = memory::in_words(memory);
            Unread::Limit(format!("needs more than {memory} of memory"))
        }
        io::ErrorKind::Unsupported => Unread::Unsupported("a filter of LZMA".into()),
        // The decoder knows no kind for it.
        _ if error.to_string().contains("not supported") => {
            Unread::Unsupported("filters of LZMA one after the other".into())
        }
        io::ErrorKind::UnexpectedEof => Unread::Damaged("it ends in the middle".into()),
        _ => Unread::Damaged("its LZMA stream is broken".into()),
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::container::testing::Drip;
    use crate::container::testing::{Kept, damaged};
    use lzma_rust2::{LzipOptions, LzipWriter, LzmaOptions, LzmaWriter, XzOptions, XzWriter};
    use std::io::Write;

    /// What an encoder makes of a text.
    macro_rules! encoded {
        ($encoder:expr, $text:expr) => {{
            let mut encoder = $encoder.expect("the options are sound");
            encoder.write_all($text).expect("memory takes it");
            encoder.finish().expect("memory takes it")
        }};
    }

    pub fn xz(text: &[u8], dictionary: u32) -> Vec<u8> {
        let mut options = XzOptions::with_preset(0);
        options.lzma_options.dict_size = dictionary;
        encoded!(XzWriter::new(Vec::new(), options), text)
    }

    fn lzip(text: &[u8], dictionary: u32) -> Vec<u8> {
        let mut options = LzipOptions::with_preset(0);
        options.lzma_options.dict_size = dictionary;
        encoded!(Ok::<_, ()>(LzipWriter::new(Vec::new(), options)), text)
    }

    fn lzma(text: &[u8], dictionary: u32) -> Vec<u8> {
        let mut options = LzmaOptions::with_preset(0);
        options.dict_size = dictionary;
        encoded!(LzmaWriter::new_use_header(Vec::new(), &options, None), text)
    }

    /// `printf 'one one one one\n' | lzip`
    const BY_LZIP: &[u8] =
        b"\x4c\x5a\x49\x50\x01\x0c\x00\x37\x9b\x88\xce\x7e\x0e\x32\xcf\x94\x37\xff\xff\xef\
        \x9c\x80\x00\xde\x16\xef\x30\x10\x00\x00\x00\x00\x00\x00\x00\x2b\x00\x00\x00\x00\
        \x00\x00\x00";

    fn read(bytes: &[u8]) -> Kept {
        let mut kept = Kept::default();
        let limits = Limits {
            memory: 4 << 20,
            ..Limits::default()
        };
        let open = match bytes {
            _ if is(bytes) => open,
            _ if is_lzip(bytes) => open_lzip,
            _ => open_lzma,
        };
        let _ = open(&mut Drip(bytes), &limits, &mut kept);
        kept
    }

    /// Small inputs that are read to their end.
    pub fn samples() -> Vec<Vec<u8>> {
        vec![[xz(b"one one one\n", 4096), vec![0; 8], xz(b"two\n", 4096)].concat()]
    }

    /// The same without a container.
    pub fn lzma_samples() -> Vec<Vec<u8>> {
        vec![lzma(b"one one one one\n", 4096)]
    }

    /// The same of lzip, several members one after another.
    pub fn lzip_samples() -> Vec<Vec<u8>> {
        vec![[BY_LZIP, &lzip(b"two\n", 4096)].concat()]
    }

    #[test]
    fn members_of_lzip_read_as_one_with_garbage_behind_them() {
        let text = b"0123456789 abcdefghij\n".repeat(100);
        let bytes = [BY_LZIP, &lzip(&text, 4096), BY_LZIP, b"garbage"].concat();
        assert!(is_lzip(&bytes) && !is(&bytes) && !is_lzma(&bytes));
        let line = "one one one one\n";
        let whole = [line, &String::from_utf8_lossy(&text), line].concat();
        let kept = read(&bytes);
        assert_eq!(kept.texts(), [("", &whole[..])]);
        assert!(kept.reports.is_empty(), "{:?}", kept.reports);
        let mut wrong = BY_LZIP.to_vec();
        let length = wrong.len();
        wrong[length - 20] ^= 1;
        let kept = read(&wrong);
        assert_eq!(kept.texts(), [("", line)]);
        assert_eq!(kept.reports, [": its LZMA stream is broken"]);
    }

    #[test]
    fn what_stands_before_damage_is_given() {
        let lines: Vec<String> = (0..20_000).map(|n| format!("{}\n", n * 7919)).collect();
        let text = lines.concat();
        for whole in [
            xz(text.as_bytes(), 1 << 16),
            lzip(text.as_bytes(), 1 << 16),
            lzma(text.as_bytes(), 1 << 16),
        ] {
            let middle = whole.len() / 2;
            let mut flipped = whole.clone();
            flipped[middle..middle + 64].fill(0xff);
            for (bytes, lost) in [(&whole[..middle], 256), (&flipped, 8 << 10)] {
                let kept = read(bytes);
                let [(_, given)] = &kept.members[..] else {
                    panic!("{:?}", kept.reports)
                };
                let common = given.iter().zip(text.as_bytes());
                let common = common.take_while(|(a, b)| a == b).count();
                let expected = read(&whole[..middle + 2048]).members[0].1.len();
                assert!(common + lost + 16384 > expected, "{common} {expected}");
                assert_eq!(kept.reports.len(), 1);
            }
        }
    }

    #[test]
    fn blocks_without_content_end() {
        let one = xz(b"", 4096);
        // A block that is empty, between the header of a stream and its index.
        let mut header = vec![2, 0, 0x21, 1, 0, 0, 0, 0];
        let mut sum = flate2::Crc::new();
        sum.update(&header);
        header.extend(sum.sum().to_le_bytes());
        let block = [&header[..], &[0; 4], &[0; 8]].concat();
        let bytes = [&one[..12], &block.repeat(100_000)].concat();
        let kept = read(&bytes[..1 << 20]);
        assert_eq!(kept.reports, [": it ends in the middle"]);
        let mut kept = Kept::default();
        let limits = Limits {
            memory: 1 << 20,
            ..Limits::default()
        };
        let _ = open(&mut &bytes[..], &limits, &mut kept);
        assert_eq!(
            kept.reports,
            [": limit: more blocks than its content needs"]
        );
    }

    #[test]
    fn streams_read_as_one_with_padding_and_garbage() {
        let bytes = [
            xz(b"one\n", 1 << 16),
            vec![0; 8],
            xz(b"two\n", 4 << 20),
            b"garbage".to_vec(),
        ]
        .concat();
        assert!(is(&bytes) && !is_lzma(&bytes));
        let kept = read(&bytes);
        assert_eq!(kept.texts(), [("", "one\ntwo\n")]);
        assert!(kept.reports.is_empty());
    }

    #[test]
    fn lzma_alone_is_told_by_its_header() {
        let bytes = lzma(b"one\n", 1 << 16);
        assert!(is_lzma(&bytes) && !is(&bytes));
        assert_eq!(read(&bytes).texts(), [("", "one\n")]);
        assert!(!is_lzma(&[0; 4096]));
        assert!(!is_lzma(
            b"\0\0\x10\0\0\x01\0\0\0\0\0\0\0\0\x02\x03\x04\x05\x06\x07\x08"
        ));
        assert!(!is_lzma(
            b"]\0\0\x01\0 is no LZMA, only text that begins so"
        ));
    }

    #[test]
    fn a_dictionary_beyond_the_bound_is_not_allocated() {
        for bytes in [
            xz(b"one\n", 8 << 20),
            lzip(b"one\n", 8 << 20),
            lzma(b"one\n", 8 << 20),
        ] {
            assert!(is(&bytes) || is_lzip(&bytes) || is_lzma(&bytes));
            let kept = read(&bytes);
            assert_eq!(kept.reports, [": limit: needs more than 4 MiB of memory"]);
        }
    }

    #[test]
    fn dictionaries_have_a_code() {
        assert_eq!(dictionary_size(0), Some(4096));
        assert_eq!(dictionary_size(24), Some(16 << 20));
        assert_eq!(dictionary_size(41), None);
    }

    #[test]
    fn every_damage_is_told() {
        let text = b"0123456789 abcdefghij 0123456789";
        for bytes in damaged(&xz(text, 4096)).filter(|bytes| is(bytes)) {
            let kept = read(&bytes);
            assert!(!kept.reports.is_empty() || kept.members[0].1 == text);
        }
        for bytes in damaged(&lzip(text, 4096)).filter(|bytes| is_lzip(bytes)) {
            let kept = read(&bytes);
            assert!(!kept.reports.is_empty() || kept.members[0].1 == text);
        }
        for bytes in damaged(&lzma(text, 4096)) {
            read(&bytes);
            is_lzma(&bytes);
        }
    }

    proptest::proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
            let start = &xz(b"text", 4096)[..24];
            read(&[start, &bytes[..]].concat());
            read(&[b"LZIP\x01\x0c", &bytes[..]].concat());
            read(&[b"]\0\0\x01\0\xff\xff\xff\xff\xff\xff\xff\xff\0", &bytes[..]].concat());
        }
    }
}
