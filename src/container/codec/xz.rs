//! LZMA in its two wrappings: xz, and the older one of LZMA alone.

use std::io::{BufRead, Read};
use std::ops::ControlFlow;

use liblzma::stream::{Action, Error, Status, Stream};

use super::stream::{self, Codec, Intake, Next, Step};
use crate::container::entry::{Container, Holds, Opens, Tells};
use crate::container::fields::Fields;
use crate::container::{Limits, Members, Unread};
use crate::system::memory::{self, Held};

const MAGIC: &[u8] = b"\xfd7zXZ\0";

/// What a decoder needs beside its dictionary. `xz -9` has a dictionary of
/// 64 MiB, which should fit into a bound of 64 MiB.
const OVERHEAD: u64 = 2 << 20;

/// xz.
pub const XZ: Container = Container {
    id: "xz",
    tells: Tells::Head(is),
    opens: Opens::Stream(open),
    holds: Holds::OneFile,
    is_read_once: true,
    has_window: true,
    behind: None,
    opens_large: None,
    #[cfg(test)]
    samples: tests::samples,
};

/// LZMA without a container of its own.
pub const LZMA: Container = Container {
    id: "lzma",
    tells: Tells::Head(is_lzma),
    opens: Opens::Stream(open_lzma),
    holds: Holds::OneFile,
    is_read_once: true,
    has_window: true,
    behind: None,
    opens_large: None,
    #[cfg(test)]
    samples: tests::lzma_samples,
};

/// Tells xz by the header of its first stream.
pub fn is(head: &[u8]) -> bool {
    let Some(mut fields) = head.strip_prefix(MAGIC).map(Fields) else {
        return false;
    };
    let (Some(flags), Some(crc)) = (fields.array::<2>(), fields.u32()) else {
        return false;
    };
    let mut sum = flate2::Crc::new();
    sum.update(&flags);
    flags[0] == 0 && flags[1] & 0xf0 == 0 && sum.sum() == crc
}

/// Tells LZMA alone by its header, whose sizes are round, and by what follows.
pub fn is_lzma(head: &[u8]) -> bool {
    let mut fields = Fields(head);
    let (Some(properties), Some(dictionary), Some(length), Some(0)) =
        (fields.u8(), fields.u32(), fields.u64(), fields.u8())
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
    let Ok(mut stream) = Lzma::alone(USUAL) else {
        return false;
    };
    // A dictionary that is larger is none of an accident, and not needed to know that.
    stream.held = Some(Held::default());
    let mut output = vec![0; 32 << 10];
    let mut written = 0;
    loop {
        let step = stream.step(head, &mut output);
        head = head.get(step.read..).unwrap_or_default();
        written += step.written;
        match step.next {
            // Dictionaries beyond the bound are none of an accident.
            Next::End | Next::Fail(Unread::Limit(_)) => return true,
            Next::More if head.is_empty() => return written > 0,
            Next::More if step.read > 0 || step.written > 0 => {}
            _ => return false,
        }
    }
}

/// Gives what xz holds as one member without a name.
pub fn open(input: &mut dyn Read, limits: &Limits, members: &mut dyn Members) -> ControlFlow<()> {
    stream::open(input, Xz::new(limits), stream::nameless, members)
}

/// Gives what LZMA alone holds as one member without a name.
pub fn open_lzma(
    input: &mut dyn Read,
    limits: &Limits,
    members: &mut dyn Members,
) -> ControlFlow<()> {
    stream::open(input, Alone::new(limits), stream::nameless, members)
}

/// Undoes LZMA as liblzma does.
pub struct Lzma {
    stream: Stream,
    memory: usize,
    held: Option<Held>,
}

/// Bytes of a usual dictionary. A decoder that needs more waits for its turn first.
const USUAL: usize = 9 << 20;

impl Lzma {
    /// A decoder for LZMA alone.
    pub fn alone(memory: usize) -> Result<Lzma, Unread> {
        let first = with_overhead(memory.min(USUAL));
        Lzma::new(Stream::new_lzma_decoder(first), memory, None)
    }

    /// A decoder for LZMA whose properties stand elsewhere. The content ends at
    /// this length, or where its end is marked.
    pub fn raw1(properties: [u8; 5], length: Option<u64>, memory: usize) -> Result<Lzma, Unread> {
        let [first, dictionary @ ..] = properties;
        // A dictionary beyond the whole content is never filled.
        let content = length.map_or(u32::MAX, |length| u32::try_from(length).unwrap_or(u32::MAX));
        let dictionary = u32::from_le_bytes(dictionary).min(content).max(4096);
        let mut header = vec![first];
        header.extend(dictionary.to_le_bytes());
        header.extend(length.unwrap_or(u64::MAX).to_le_bytes());
        let mut lzma = Lzma::alone(memory)?;
        match lzma.step(&header, &mut [0]).next {
            Next::Fail(why) => Err(why),
            _ => Ok(lzma),
        }
    }

    /// A decoder for a stream of xz.
    fn xz(memory: usize) -> Result<Lzma, Unread> {
        let first = with_overhead(memory.min(USUAL));
        Lzma::new(Stream::new_stream_decoder(first, 0), memory, None)
    }

    /// A decoder for LZMA2 without a header.
    pub fn raw2(dictionary: u32, memory: usize) -> Result<Lzma, Unread> {
        if u64::from(dictionary) > memory as u64 {
            return Err(stream::too_much_memory(u64::from(dictionary)));
        }
        let held = memory::hold(dictionary as usize);
        let mut filters = liblzma::stream::Filters::new();
        filters
            .lzma2_properties(&[dictionary_code(dictionary)])
            .map_err(|error| why(&error, memory))?;
        Lzma::new(Stream::new_raw_decoder(&filters), memory, Some(held))
    }

    fn new(
        stream: Result<Stream, Error>,
        memory: usize,
        held: Option<Held>,
    ) -> Result<Lzma, Unread> {
        match stream {
            Ok(stream) => Ok(Lzma {
                stream,
                memory,
                held,
            }),
            Err(error) => Err(why(&error, memory)),
        }
    }

    /// Takes all the memory that a dictionary may need, where it was not taken yet.
    fn widen(&mut self) -> bool {
        if self.held.is_some() {
            return false;
        }
        self.held = Some(memory::hold(self.memory));
        let most = with_overhead(self.memory);
        self.stream.set_memlimit(most).is_ok()
    }
}

fn with_overhead(memory: usize) -> u64 {
    (memory as u64).saturating_add(OVERHEAD)
}

/// How LZMA2 writes the smallest dictionary that is at least this large.
fn dictionary_code(dictionary: u32) -> u8 {
    (0..40)
        .find(|code| dictionary_size(*code).is_some_and(|size| size >= dictionary))
        .unwrap_or(40)
}

/// How large a dictionary is that LZMA2 writes in this way.
pub fn dictionary_size(code: u8) -> Option<u32> {
    match code {
        0..40 => Some((2 | u32::from(code & 1)) << (code / 2 + 11)),
        40 => Some(u32::MAX),
        _ => None,
    }
}

fn why(error: &Error, memory: usize) -> Unread {
    match error {
        Error::MemLimit => {
            let memory = memory::in_words(memory);
            Unread::Limit(format!("needs more than {memory} of memory"))
        }
        Error::Mem => Unread::Limit("there is no memory for its dictionary".into()),
        Error::Options => Unread::Unsupported("a filter of LZMA".into()),
        _ => Unread::Damaged("its LZMA stream is broken".into()),
    }
}

impl Codec for Lzma {
    fn step(&mut self, input: &[u8], output: &mut [u8]) -> Step {
        let action = match input {
            [] => Action::Finish,
            _ => Action::Run,
        };
        let (before_in, before_out) = (self.stream.total_in(), self.stream.total_out());
        let mut status = self.stream.process(input, output, action);
        if matches!(status, Err(Error::MemLimit)) && self.widen() {
            // The decoder goes on where it was.
            let read = (self.stream.total_in() - before_in) as usize;
            let rest = input.get(read..).unwrap_or_default();
            status = self.stream.process(rest, output, action);
        }
        Step {
            read: (self.stream.total_in() - before_in) as usize,
            written: (self.stream.total_out() - before_out) as usize,
            next: match status {
                Ok(Status::StreamEnd) => Next::End,
                Ok(_) => Next::More,
                Err(error) => Next::Fail(why(&error, self.memory)),
            },
        }
    }
}

/// Undoes xz, stream after stream.
pub struct Xz {
    stream: Option<Lzma>,
    memory: usize,
}

impl Xz {
    /// A decoder for streams one after another.
    pub fn new(limits: &Limits) -> Xz {
        Xz {
            stream: None,
            memory: limits.memory,
        }
    }
}

impl Codec for Xz {
    fn begin(&mut self, input: &mut Intake<'_>) -> Result<bool, Unread> {
        // Zeros stand between the streams, four by four.
        while self.stream.is_some() && input.peek(4).map_err(stream::damaged)? == [0; 4] {
            input.consume(4);
        }
        if !is(input.peek(12).map_err(stream::damaged)?) {
            return Ok(false);
        }
        self.stream = Some(Lzma::xz(self.memory)?);
        Ok(true)
    }

    fn step(&mut self, input: &[u8], output: &mut [u8]) -> Step {
        step(&mut self.stream, input, output)
    }
}

/// Undoes LZMA alone, once.
struct Alone {
    stream: Option<Lzma>,
    memory: usize,
}

impl Alone {
    fn new(limits: &Limits) -> Alone {
        Alone {
            stream: None,
            memory: limits.memory,
        }
    }
}

impl Codec for Alone {
    fn begin(&mut self, _input: &mut Intake<'_>) -> Result<bool, Unread> {
        if self.stream.is_some() {
            return Ok(false);
        }
        self.stream = Some(Lzma::alone(self.memory)?);
        Ok(true)
    }

    fn step(&mut self, input: &[u8], output: &mut [u8]) -> Step {
        step(&mut self.stream, input, output)
    }
}

fn step(stream: &mut Option<Lzma>, input: &[u8], output: &mut [u8]) -> Step {
    match stream {
        Some(stream) => stream.step(input, output),
        None => Step {
            read: 0,
            written: 0,
            next: Next::damaged("it has not begun"),
        },
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::container::testing::{Kept, damaged};
    use liblzma::stream::{Check, Filters, LzmaOptions};
    use std::io::Write;

    fn encoded(text: &[u8], stream: Result<Stream, Error>) -> Vec<u8> {
        let stream = stream.expect("the options are sound");
        let mut encoder = liblzma::write::XzEncoder::new_stream(Vec::new(), stream);
        let written = encoder.write_all(text);
        written
            .and_then(|()| encoder.finish())
            .expect("memory takes it")
    }

    pub fn xz(text: &[u8], dictionary: u32) -> Vec<u8> {
        let mut filters = Filters::new();
        filters.lzma2(options().dict_size(dictionary));
        encoded(text, Stream::new_stream_encoder(&filters, Check::Crc64))
    }

    fn lzma(text: &[u8], dictionary: u32) -> Vec<u8> {
        encoded(
            text,
            Stream::new_lzma_encoder(options().dict_size(dictionary)),
        )
    }

    fn options() -> LzmaOptions {
        LzmaOptions::new_preset(0).expect("the preset exists")
    }

    fn read(bytes: &[u8]) -> Kept {
        let mut kept = Kept::default();
        let limits = Limits {
            memory: 4 << 20,
            ..Limits::default()
        };
        let _ = match is(bytes) {
            true => open(&mut &bytes[..], &limits, &mut kept),
            false => open_lzma(&mut &bytes[..], &limits, &mut kept),
        };
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
        for bytes in [xz(b"one\n", 8 << 20), lzma(b"one\n", 8 << 20)] {
            assert!(is(&bytes) || is_lzma(&bytes));
            let kept = read(&bytes);
            assert_eq!(kept.reports, [": limit: needs more than 4 MiB of memory"]);
        }
    }

    #[test]
    fn dictionaries_have_a_code() {
        assert_eq!(dictionary_size(0), Some(4096));
        assert_eq!(dictionary_size(24), Some(16 << 20));
        assert_eq!(dictionary_size(41), None);
        assert_eq!(dictionary_code(1), 0);
        assert_eq!(dictionary_code(4097), 1);
        assert_eq!(dictionary_code(16 << 20), 24);
        assert_eq!(dictionary_code(u32::MAX), 40);
    }

    #[test]
    fn every_damage_is_told() {
        let text = b"0123456789 abcdefghij 0123456789";
        for bytes in damaged(&xz(text, 4096)).filter(|bytes| is(bytes)) {
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
            read(&[b"]\0\0\x01\0\xff\xff\xff\xff\xff\xff\xff\xff\0", &bytes[..]].concat());
        }
    }
}
