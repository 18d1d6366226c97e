//! Zstandard: frames one after another that read as one, with others to skip
//! between them.

use std::io::{BufRead, Read};
use std::ops::ControlFlow;

use zstd::zstd_safe::{self, DCtx, DParameter, InBuffer, OutBuffer, ResetDirective};

use super::lz4;
use super::stream::{self, Codec, Intake, Next, Step};
use crate::container::bytes::Bytes;
use crate::container::entry::{Container, Holds, Opens, Tells};
use crate::container::{HEAD, Limits, Members, Unread};
use crate::system::memory::{self, Held};

const MAGIC: u32 = 0xfd2f_b528;
/// The largest window that the program `zstd` reads without being told to.
const USUAL_WINDOW: u64 = 128 << 20;
/// The largest header of a frame.
const HEADER: usize = 18;

/// Zstandard.
pub const CONTAINER: Container = Container {
    id: "zstd",
    tells: Tells::Head(is),
    opens: Opens::Stream(open),
    holds: Holds::OneFile,
    is_read_once: true,
    has_window: true,
    #[cfg(test)]
    samples: tests::samples,
    ..Container::BASE
};

/// Tells Zstandard by its first frame, also behind frames to skip. Where nothing else
/// stands in all that is looked at, one of LZ4 may follow.
pub fn is(head: &[u8]) -> bool {
    let rest = stream::behind_skippable(head);
    let goes_on = head.len() >= HEAD && rest.len() < HEADER.min(head.len());
    Frame::parse(rest).is_some() || goes_on && stream::skippable(head).is_some()
}

/// Gives what it holds as one member without a name. A frame with a wrong
/// checksum ends the member, and the frames after it are another one.
pub fn open(input: &mut dyn Read, limits: &Limits, members: &mut dyn Members) -> ControlFlow<()> {
    let mut input = Intake::new(input);
    if let Err(why) = stream::skip_frames(&mut input) {
        members.unread(b"", why);
        return ControlFlow::Continue(());
    }
    if input.peek(lz4::HEADER).is_ok_and(lz4::is) {
        return lz4::open(&mut input, limits, members);
    }
    match Unzstd::new(limits) {
        Ok(unzstd) => stream::open(&mut input, unzstd, stream::nameless, members),
        Err(why) => {
            members.unread(b"", why);
            ControlFlow::Continue(())
        }
    }
}

/// What the header of a frame says.
struct Frame {
    window: u64,
    /// How long its content is, where it says so.
    length: Option<u64>,
    dictionary: u32,
}

impl Frame {
    fn parse(head: &[u8]) -> Option<Frame> {
        let mut fields = Bytes(head);
        if fields.u32_le()? != MAGIC {
            return None;
        }
        let descriptor = fields.u8()?;
        if descriptor & 0b1000 != 0 {
            return None;
        }
        let single_segment = descriptor & 0b10_0000 != 0;
        let window = match single_segment {
            true => None,
            false => Some(window(fields.u8()?)),
        };
        let dictionary = match descriptor & 3 {
            0 => 0,
            1 => u32::from(fields.u8()?),
            2 => u32::from(fields.u16_le()?),
            _ => fields.u32_le()?,
        };
        let length = match descriptor >> 6 {
            0 if single_segment => Some(u64::from(fields.u8()?)),
            0 => None,
            1 => Some(u64::from(fields.u16_le()?) + 256),
            2 => Some(u64::from(fields.u32_le()?)),
            _ => Some(fields.u64_le()?),
        };
        Some(Frame {
            window: window.or(length)?,
            length,
            dictionary,
        })
    }
}

fn window(byte: u8) -> u64 {
    let base = 1_u64 << (10 + (byte >> 3));
    base + base / 8 * u64::from(byte & 7)
}

/// Undoes Zstandard.
pub struct Unzstd {
    context: DCtx<'static>,
    /// How much input it wants next.
    wanted: usize,
    memory: u64,
    window: u64,
    /// How much of a content may still come whose window is larger than the memory that may
    /// be used. The decoder asks for the whole window then, but uses as much of it as there
    /// is content.
    left: u64,
    held: Held,
}

impl Unzstd {
    /// A decoder for frames one after another.
    pub fn new(limits: &Limits) -> Result<Unzstd, Unread> {
        let no_memory = || Unread::Limit("there is no memory for a decoder".into());
        let mut context = DCtx::try_create().ok_or_else(no_memory)?;
        // The bound is held by the header, to the byte.
        let largest = if cfg!(target_pointer_width = "64") {
            31
        } else {
            30
        };
        context
            .set_parameter(DParameter::WindowLogMax(largest))
            .map_err(|_| no_memory())?;
        Ok(Unzstd {
            context,
            wanted: 1,
            memory: limits.memory as u64,
            window: 0,
            left: u64::MAX,
            held: Held::default(),
        })
    }
}

impl Codec for Unzstd {
    fn begin(&mut self, input: &mut Intake<'_>) -> Result<bool, Unread> {
        stream::skip_frames(input)?;
        let head = input.peek(HEADER).map_err(stream::damaged)?;
        let Some(frame) = Frame::parse(head) else {
            // A frame that is cut off in its header is no garbage.
            return match input.fill_buf().map_err(stream::damaged)? {
                [0x28, 0xb5, 0x2f, 0xfd, ..] => Err(Unread::Damaged("its header is broken".into())),
                _ => Ok(false),
            };
        };
        // No decoder needs a window that is longer than the content.
        let needed = frame.window.min(frame.length.unwrap_or(u64::MAX));
        self.window = frame.window;
        self.left = if needed <= self.memory {
            u64::MAX
        } else if frame.window <= USUAL_WINDOW.min(2 * self.memory) {
            self.memory
        } else {
            return Err(stream::too_much_memory(needed));
        };
        if frame.dictionary != 0 {
            return Err(Unread::Unsupported("Zstandard with a dictionary".into()));
        }
        // The window of the last frame is free by now.
        self.held = Held::default();
        self.held = memory::hold(needed.min(self.memory) as usize);
        let reset = self.context.reset(ResetDirective::SessionOnly);
        reset.map_err(|_| Unread::Damaged("its decoder is broken".into()))?;
        self.wanted = 5;
        Ok(true)
    }

    fn step(&mut self, input: &[u8], output: &mut [u8]) -> Step {
        // After an error the decoder doesn't tell what it wrote. So it gets no
        // more than one block at a time, without the header of the next one,
        // whose three bytes are in its wish.
        let most = match self.wanted {
            wanted @ 0..=3 => wanted.max(1),
            wanted => wanted - 3,
        };
        let piece = input.get(..most).unwrap_or(input);
        let mut from = InBuffer::around(piece);
        let mut to = OutBuffer::around(output);
        let result = self.context.decompress_stream(&mut to, &mut from);
        let (read, written) = (from.pos(), to.pos());
        let next = match result {
            Ok(0) => Next::End,
            Ok(wanted) => {
                self.wanted = wanted;
                match self.left.checked_sub(written as u64) {
                    Some(left) => {
                        self.left = left;
                        Next::More
                    }
                    None => Next::Fail(stream::too_much_memory(self.window)),
                }
            }
            Err(code) => {
                return Step {
                    read: piece.len(),
                    written: 0,
                    next: failure(code),
                };
            }
        };
        Step {
            read,
            written,
            next,
        }
    }
}

fn failure(code: usize) -> Next {
    use zstd_safe::zstd_sys::ZSTD_ErrorCode;
    match zstd_safe::is_error_kind(code, ZSTD_ErrorCode::ZSTD_error_checksum_wrong) {
        true => Next::Mismatch("its checksum does not match".into()),
        false => Next::damaged("its Zstandard stream is broken"),
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::container::testing::{Kept, damaged};
    use std::io::Write;

    pub fn packed(text: &[u8]) -> Vec<u8> {
        let mut encoder = zstd::Encoder::new(Vec::new(), 1).expect("the level exists");
        let written = encoder
            .include_checksum(true)
            .and_then(|()| encoder.write_all(text));
        written
            .and_then(|()| encoder.finish())
            .expect("memory takes it")
    }

    fn read(bytes: &[u8]) -> Kept {
        let mut kept = Kept::default();
        let _ = open(&mut &bytes[..], &Limits::default(), &mut kept);
        kept
    }

    #[test]
    fn frames_to_skip_may_be_many() {
        let skipped = b"\x50\x2a\x4d\x18\x01\0\0\0x".repeat(20_000);
        let lz4 = lz4::tests::samples().concat();
        for (frame, expected) in [(packed(b"one\n"), "one\n"), (lz4, "one one one one\ntwo\n")] {
            let bytes = [&skipped[..], &frame].concat();
            assert!(is(&bytes[..HEAD]));
            let kept = read(&bytes);
            assert!(kept.texts()[0].1.starts_with(expected));
            assert!(kept.reports.is_empty());
        }
        assert!(!is(&b"\x50\x2a\x4d\x18\x01\0\0\0xabcdefghijklmnopqrs"[..]));
    }

    const SKIPPED: &[u8] = b"\x5e\x2a\x4d\x18\x03\0\0\0abc";

    /// Small inputs that are read to their end.
    pub fn samples() -> Vec<Vec<u8>> {
        vec![
            [
                SKIPPED,
                &packed(b"one\n"),
                &packed(b"0123456789 0123456789"),
            ]
            .concat(),
        ]
    }

    #[test]
    fn frames_read_as_one_with_others_to_skip_and_garbage() {
        let bytes = [
            SKIPPED,
            &packed(b"one\n"),
            SKIPPED,
            &packed(b""),
            &packed(b"two\n"),
            b"garbage",
        ]
        .concat();
        assert!(is(&bytes));
        assert!(!is(SKIPPED));
        let kept = read(&bytes);
        assert_eq!(kept.texts(), [("", "one\ntwo\n")]);
        assert!(kept.reports.is_empty());
    }

    #[test]
    fn a_long_content_is_whole() {
        let text: Vec<u8> = (0..200_000u32)
            .flat_map(|n| (n % 7919).to_le_bytes())
            .collect();
        assert!(read(&packed(&text)).members[0].1 == text);
    }

    #[test]
    fn after_a_wrong_checksum_the_next_frame_is_read() {
        let mut first = packed(b"one\n");
        if let Some(last) = first.last_mut() {
            *last ^= 1;
        }
        let kept = read(&[first, packed(b"two\n")].concat());
        assert_eq!(kept.texts(), [("", "one\n"), ("", "two\n")]);
        assert_eq!(kept.reports, [": its checksum does not match"]);
    }

    #[test]
    fn a_checksum_may_come_in_parts() {
        let mut first = packed(b"one\n");
        if let Some(last) = first.last_mut() {
            *last ^= 1;
        }
        let bytes = [first.clone(), packed(b"two\n")].concat();
        for cut in first.len() - 5..first.len() {
            let (before, after) = bytes.split_at(cut);
            let mut kept = Kept::default();
            let _ = open(&mut before.chain(after), &Limits::default(), &mut kept);
            assert_eq!(kept.texts(), [("", "one\n"), ("", "two\n")]);
        }
    }

    #[test]
    fn what_stands_before_damage_is_given() {
        let mut state = 1_u32;
        let text: Vec<u8> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        })
        .take(400_000)
        .collect();
        let bytes = packed(&text);
        let kept = read(&bytes[..bytes.len() - 100_000]);
        assert!(kept.members[0].1.len() >= 200_000);
        assert!(text.starts_with(&kept.members[0].1));
        assert_eq!(kept.reports, [": it ends in the middle"]);
    }

    #[test]
    fn a_window_beyond_the_bound_is_not_allocated() {
        let bytes = [&MAGIC.to_le_bytes()[..], &[0x00, 0xa0, 0x01, 0, 0]].concat();
        assert!(is(&bytes));
        assert_eq!(read(&bytes).reports, [": limit: needs 1024 MiB of memory"]);
        let bytes = [&MAGIC.to_le_bytes()[..], &[0x01, 0x00, 0x07, 0x01, 0, 0]].concat();
        assert_eq!(
            read(&bytes).reports,
            [": unsupported: Zstandard with a dictionary"]
        );
    }

    #[test]
    fn a_large_window_may_have_a_small_content() {
        let with_window = |text: &[u8], log, length: Option<u64>| {
            let mut encoder = zstd::Encoder::new(Vec::new(), 1).expect("the level exists");
            let set = encoder.window_log(log);
            let set = set.and_then(|()| encoder.set_pledged_src_size(length));
            set.and_then(|()| encoder.write_all(text))
                .and_then(|()| encoder.finish())
                .expect("memory takes it")
        };
        let within = |memory, bytes: &[u8]| {
            let mut kept = Kept::default();
            let limits = Limits {
                memory,
                ..Limits::default()
            };
            let _ = open(&mut &bytes[..], &limits, &mut kept);
            kept
        };
        let text = b"0123456789 abcdef".repeat(20_000);
        let bytes = with_window(&text, 27, None);
        assert_eq!(bytes[5] >> 3, 17);
        let kept = read(&bytes);
        assert!(kept.members[0].1 == text && kept.reports.is_empty());
        // What says how long it is needs no more than that.
        let mut header = bytes.clone();
        header[4] |= 2 << 6;
        let length = (text.len() as u32).to_le_bytes();
        header.splice(6..6, length);
        let kept = within(1 << 20, &header);
        assert!(kept.members[0].1 == text && kept.reports.is_empty());
        // What doesn't is given as far as the memory goes.
        let kept = within(200_000, &with_window(&text, 18, None));
        assert!(text.starts_with(&kept.members[0].1) && kept.members[0].1.len() >= 200_000);
        assert_eq!(kept.reports, [": limit: needs 1 MiB of memory"]);
    }

    #[test]
    fn every_damage_is_told() {
        let text = b"0123456789 abcdefghij 0123456789 abcdefghij";
        for bytes in damaged(&packed(text)).filter(|bytes| is(bytes)) {
            let kept = read(&bytes);
            assert!(!kept.reports.is_empty() || kept.members[0].1 == text);
        }
    }

    proptest::proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
            is(&bytes);
            read(&[&MAGIC.to_le_bytes()[..], &bytes[..]].concat());
        }
    }
}
