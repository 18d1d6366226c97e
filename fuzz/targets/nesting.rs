//! A secret is found behind any encodings inside of any containers: once, behind
//! the right layers, where the outermost text has it.

use std::fmt;
use std::ops::Range;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::audit::RULES;
use super::encode::{base64, base64_url, hex, quoted_printable, wrapped};
use crate::container::packing::Packing;
use crate::detect::Scanner;
use crate::encoding::MAX_DEPTH;
use crate::engine::Progress;
use crate::engine::blob::{Audited, BlobAudit, Content};
use crate::engine::budget::Bounds;
use crate::model::encoding::Encoding;
use crate::model::finding::Confidence;
use crate::model::layer::Layer;
use crate::rule::expand;

/// An encoding of text.
#[derive(Clone, Copy, Debug)]
enum Text {
    Base64,
    Base64Url,
    Base64Unpadded,
    Base64Wrapped(usize, &'static str),
    Hex,
    Percent,
    PercentTwice,
    Json,
    JsonNumbers,
    ListOf(fn(u8) -> String),
    Decimal,
    Hexadecimal,
    QuotedPrintable,
    Wide(fn(u32) -> Vec<u8>),
}

/// Every encoding.
const TEXTS: [Text; 21] = [
    Text::Base64,
    Text::Base64Url,
    Text::Base64Unpadded,
    Text::Base64Wrapped(64, "\n"),
    Text::Base64Wrapped(76, "\r\n"),
    Text::Base64Wrapped(60, "\n    "),
    Text::Hex,
    Text::Percent,
    Text::PercentTwice,
    Text::Json,
    Text::JsonNumbers,
    Text::ListOf(|byte| format!("{byte}, ")),
    Text::ListOf(|byte| format!("{byte:02x} ")),
    Text::ListOf(|byte| format!("0x{byte:02X},\n\t")),
    Text::Decimal,
    Text::Hexadecimal,
    Text::QuotedPrintable,
    Text::Wide(|letter| letter.to_le_bytes()[..2].to_vec()),
    Text::Wide(|letter| letter.to_be_bytes()[2..].to_vec()),
    Text::Wide(|letter| letter.to_le_bytes().to_vec()),
    Text::Wide(|letter| letter.to_be_bytes().to_vec()),
];

/// What stands before and after something that is encoded.
const FRAMES: [(&str, &str); 5] = [
    ("", ""),
    ("data: ", "\n"),
    ("x = \"", "\";\n"),
    ("<a title='", "'>\n"),
    ("the first line\n", "\n\nthe last line\n"),
];

/// What something is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Form {
    Text,
    WideText,
    Container,
}

/// A layer, and whether the secret can be read without undoing it.
type Expected = (Layer, bool);

/// A secret, and what was made of it so far.
#[derive(Clone)]
struct Nest {
    bytes: Vec<u8>,
    /// The outermost text, and where the secret stands in it.
    text: Vec<u8>,
    place: Range<usize>,
    /// Bytes for each character of it.
    width: usize,
    form: Form,
    layers: Vec<Expected>,
    /// Encodings since the last container, and containers.
    encodings: usize,
    containers: usize,
}

impl fmt::Debug for Nest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let layers: Vec<_> = self.layers.iter().map(|(layer, _)| layer.id()).collect();
        let text = &self.text[..self.text.len().min(3000)];
        write!(out, "{layers:?} b\"{}\"", text.escape_ascii())
    }
}

impl Nest {
    fn new(token: &str, before: &str, after: &str) -> Nest {
        let text = format!("{before}\nnpsso = \"{token}\"\n{after}\n");
        let start = text.find(token).expect("it is there");
        Nest {
            bytes: text.clone().into_bytes(),
            text: text.into_bytes(),
            place: start..start + token.len(),
            width: 1,
            form: Form::Text,
            layers: Vec::new(),
            encodings: 0,
            containers: 0,
        }
    }

    /// Encodes it, unless that would be something that nobody can undo.
    fn encode(&mut self, kind: Text, (before, after): (&str, &str)) {
        let is_whole = matches!(
            kind,
            Text::Base64
                | Text::Base64Url
                | Text::Base64Unpadded
                | Text::Base64Wrapped(..)
                | Text::Hex
        );
        // Escapes stand for the characters of a text, and what is wide or a
        // container has none.
        if self.form != Form::Text && !is_whole {
            return;
        }
        // A line that was broken is put together as far as 2 KiB around a break,
        // and escapes of escapes become long.
        let longest = match kind {
            Text::QuotedPrintable => 1500,
            _ => 30_000,
        };
        if self.bytes.len() > longest {
            return;
        }
        let (encodings, is_optional) = match kind {
            Text::PercentTwice => (vec![Encoding::Percent; 2], false),
            Text::Percent => (vec![Encoding::Percent], false),
            // It leaves most characters as they are.
            Text::Json => (vec![Encoding::Backslash], true),
            Text::JsonNumbers => (vec![Encoding::Backslash], false),
            Text::ListOf(_) => (vec![Encoding::Numbers], false),
            Text::Decimal | Text::Hexadecimal => (vec![Encoding::Entity], false),
            Text::QuotedPrintable => (vec![Encoding::QuotedPrintable], true),
            // The secret is read as it is, what is encoded is not.
            Text::Wide(unit) if unit(0).len() == 2 => (vec![Encoding::Utf16], true),
            Text::Wide(_) => (vec![Encoding::Utf32], true),
            Text::Hex => (vec![Encoding::Hex], false),
            _ => (vec![Encoding::Base64], false),
        };
        if self.encodings + encodings.len() > MAX_DEPTH || !self.takes(kind) {
            return;
        }
        self.encodings += encodings.len();
        let layers = encodings
            .into_iter()
            .map(|one| (Layer::Encoding(one), is_optional));
        self.layers.splice(0..0, layers);
        let whole = encoded(kind, &self.bytes);
        let place = match kind {
            _ if is_whole => 0..whole.len(),
            Text::QuotedPrintable => {
                // The line may be broken before its first character.
                let start = encoded(kind, &self.bytes[..=self.place.start]).len() - 1;
                start..whole.len()
            }
            _ => {
                let [start, end] = [self.place.start, self.place.end];
                encoded(kind, &self.bytes[..start]).len()..encoded(kind, &self.bytes[..end]).len()
            }
        };
        let (before, after, width) = match kind {
            Text::Wide(unit) => ("", "", unit(0).len()),
            _ => (before, after, 1),
        };
        self.width = width;
        self.form = if width > 1 {
            Form::WideText
        } else {
            Form::Text
        };
        self.place = place.start + before.len()..place.end + before.len();
        self.text = [before.as_bytes(), &whole, after.as_bytes()].concat();
        self.bytes = self.text.clone();
    }

    /// Whether what this makes of it can be undone.
    fn takes(&self, kind: Text) -> bool {
        let inner = &self.layers[..self.encodings];
        let innermost = inner.first().map(|(layer, _)| layer);
        let is = |encoding: Encoding| innermost == Some(&Layer::Encoding(encoding));
        match kind {
            // Nothing stands around broken lines but more of a mail.
            _ if is(Encoding::QuotedPrintable) => false,
            // In base64 it has so few small letters that it looks like a name.
            Text::Base64 | Text::Base64Url | Text::Base64Unpadded | Text::Base64Wrapped(..) => {
                !(self.form == Form::WideText && self.width == 4)
            }
            // Escapes that stand side by side are undone in one round, named after
            // the first. Lines that are indented are none in a string.
            Text::Json => {
                let is_escaped = [Encoding::Percent, Encoding::Backslash, Encoding::Entity];
                let is_indented = memchr::memmem::find(&self.bytes, b"\n    ").is_some();
                !is_escaped.into_iter().any(is) && !is_indented
            }
            // Of lines that were broken twice, each is put together once. Around a
            // container they are put together in two ways, of which one is longer.
            Text::QuotedPrintable => {
                let quoted = Layer::Encoding(Encoding::QuotedPrintable);
                let is_broken = self.bytes[self.place.clone()].contains(&b'\n');
                let is_quoted = inner.iter().any(|(layer, _)| *layer == quoted);
                self.containers == 0 && !is_quoted && !is_broken
            }
            _ => true,
        }
    }

    /// Packs it, with something else beside it.
    fn pack(&mut self, packing: Packing, other: &str) {
        // A row is one text, of which the value of a column cannot be wide alone.
        let is_wide = self.form == Form::WideText;
        if self.containers == Bounds::default().depth || packing == Packing::Sqlite && is_wide {
            return;
        }
        let other = other.as_bytes();
        let (bytes, format, name) = packing.pack(&self.bytes, [other, other]);
        let name = name.to_owned();
        self.layers.insert(
            0,
            (
                Layer::Member {
                    format: format.id(),
                    name: name.into(),
                },
                false,
            ),
        );
        self.bytes = bytes;
        self.form = Form::Container;
        self.containers += 1;
        self.encodings = 0;
    }

    /// Puts text around it.
    fn surround(&mut self, before: &str, after: &str) {
        if self.form != Form::Text {
            return;
        }
        let text = [
            before.as_bytes(),
            b"\n",
            &self.bytes,
            b"\n",
            after.as_bytes(),
        ]
        .concat();
        let moved = before.len() + 1;
        self.place = self.place.start + moved..self.place.end + moved;
        self.text = text.clone();
        self.bytes = text;
    }

    /// Line and column, as an editor counts.
    fn line_and_column(&self) -> (u64, u64) {
        let before = &self.text[..self.place.start];
        let before: String = match self.width {
            1 => String::from_utf8_lossy(before).into_owned(),
            // Which byte of a character is its lowest makes no difference here.
            width => {
                let sum = |unit: &[u8]| char::from(unit.iter().fold(0, |all, byte| all | byte));
                before.chunks(width).map(sum).collect()
            }
        };
        let before = before.replace("\r\n", "\n");
        let line = before.matches('\n').count() as u64 + 1;
        let column = before
            .chars()
            .rev()
            .take_while(|letter| *letter != '\n')
            .count();
        (line, column as u64 + 1)
    }
}

fn encoded(kind: Text, bytes: &[u8]) -> Vec<u8> {
    let each = |escape: &dyn Fn(u8) -> String| -> Vec<u8> {
        bytes
            .iter()
            .flat_map(|byte| escape(*byte).into_bytes())
            .collect()
    };
    match kind {
        Text::Base64 => base64(bytes).into(),
        Text::Base64Url => base64_url(bytes).into(),
        Text::Base64Unpadded => base64(bytes).replace('=', "").into(),
        Text::Base64Wrapped(columns, end) => wrapped(&base64(bytes), columns, end).into(),
        Text::Hex => hex(bytes).into(),
        Text::Percent => each(&|byte| format!("%{byte:02X}")),
        Text::PercentTwice => each(&|byte| format!("%25{byte:02x}")),
        Text::Json => each(&|byte| match byte {
            b'"' | b'\\' | b'/' => format!("\\{}", char::from(byte)),
            b'\n' => "\\n".to_owned(),
            b'\r' => "\\r".to_owned(),
            byte => char::from(byte).to_string(),
        }),
        Text::JsonNumbers => each(&|byte| format!("\\u{byte:04x}")),
        Text::ListOf(number) => each(&number),
        Text::Decimal => each(&|byte| format!("&#{byte};")),
        Text::Hexadecimal => each(&|byte| format!("&#x{byte:x};")),
        Text::QuotedPrintable => quoted_printable(bytes).into(),
        Text::Wide(unit) => {
            let text = String::from_utf8_lossy(bytes);
            text.chars()
                .flat_map(|letter| unit(letter as u32))
                .collect()
        }
    }
}

fn audited(nest: &Nest, content: Content<'_>) -> Result<(), String> {
    let mut scanner = Scanner::new(&RULES);
    let (bounds, progress) = (Bounds::default(), Progress::default());
    // What looks like a secret in a line of base64 is not sure enough for a report.
    let Audited { hits, .. } = BlobAudit::new(&mut scanner, &bounds, &progress).run(content, None);
    let found: Vec<_> = hits
        .iter()
        .filter(|hit| hit.found.rule.confidence > Confidence::Low)
        .map(|hit| {
            (
                (hit.found.location.line, hit.found.location.column),
                &hit.inside,
            )
        })
        .collect();
    let [(place, inside)] = &found[..] else {
        return Err(format!("found {} times: {found:?}", found.len()));
    };
    if *place != nest.line_and_column() {
        return Err(format!("at {place:?}, not {:?}", nest.line_and_column()));
    }
    match is_as_expected(inside, &nest.layers) {
        true => Ok(()),
        false => Err(format!("behind {inside:?}")),
    }
}

/// Whether layers are those expected. Lines that were broken may be put together
/// before or after what stands on them is decoded.
fn is_as_expected(found: &[Layer], expected: &[Expected]) -> bool {
    match (found, expected) {
        ([], rest) => rest.iter().all(|(_, is_optional)| *is_optional),
        ([Layer::Encoding(Encoding::QuotedPrintable), found @ ..], _)
            if is_as_expected(found, expected) =>
        {
            true
        }
        (_, []) => false,
        ([layer, found @ ..], [(wanted, is_optional), rest @ ..]) => {
            layer == wanted && is_as_expected(found, rest)
                || *is_optional
                    && is_as_expected(&[std::slice::from_ref(layer), found].concat(), rest)
        }
    }
}

/// Words that mean nothing.
fn filler(most: usize) -> impl Strategy<Value = String> {
    const WORDS: [&str; 10] = [
        "some ", "words, ", "of no ", "use ", "12 ", "(été) ", "😀 ", "end.\n", "\r\n", "- ",
    ];
    prop::collection::vec(prop::sample::select(&WORDS[..]), 0..most)
        .prop_map(|words| words.concat())
}

/// Much text, longer than any buffer in which it is read, in one case of many.
fn much_filler() -> impl Strategy<Value = String> {
    let long = (240_000..270_000usize).prop_map(|length| {
        let line = "an ordinary line of a log, in which there is nothing to see\n";
        line.chars().cycle().take(length).collect()
    });
    prop_oneof![7 => filler(60), 1 => long]
}

fn encodings(most: usize) -> impl Strategy<Value = Vec<(Text, (&'static str, &'static str))>> {
    let one = (
        prop::sample::select(&TEXTS[..]),
        prop::sample::select(&FRAMES[..]),
    );
    prop::collection::vec(one, 0..=most)
}

fn nest() -> impl Strategy<Value = Nest> {
    let packings = || prop::collection::vec(prop::sample::select(&Packing::ALL[..]), 0..=4);
    (
        any::<u32>(),
        [filler(12), filler(12), filler(12)],
        [much_filler(), much_filler()],
        encodings(5),
        packings(),
        encodings(2),
        packings(),
    )
        .prop_map(
            |(seed, [before, after, other], around, inner, first, outer, second)| {
                let token = expand(&format!("{{{{npsso:{seed}}}}}"));
                let mut nest = Nest::new(&token, &before, &after);
                for (kind, frame) in inner {
                    nest.encode(kind, frame);
                }
                nest.surround(&around[0], &around[1]);
                for packing in first {
                    nest.pack(packing, &other);
                }
                for (kind, frame) in outer {
                    nest.encode(kind, frame);
                }
                for packing in second {
                    nest.pack(packing, &other);
                }
                nest
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(1),
        max_shrink_iters: 2000,
        ..ProptestConfig::with_cases(64)
    })]

    #[test]
    fn a_secret_is_found_behind_any_nesting(nest in nest()) {
        audited(&nest, Content::Bytes(&nest.bytes))
            .map_err(|why| TestCaseError::fail(format!("as a whole: {why}")))?;
        audited(&nest, Content::Stream(&mut &nest.bytes[..]))
            .map_err(|why| TestCaseError::fail(format!("as a stream: {why}")))?;
    }
}
