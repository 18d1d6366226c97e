//! How a text stands for another one.

/// What was undone to read a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Encoding {
    /// Base64, with either alphabet, padded or not, on one line or on many.
    Base64,
    /// Two hexadecimal digits for each byte.
    Hex,
    /// `%41`, as in URLs and forms.
    Percent,
    /// `\u0041`, `\x41`, `\101`, `\/`: the escapes of JSON and programs.
    Backslash,
    /// `&#65;`, as in HTML and XML.
    Entity,
    /// `=41` and soft line breaks, as in mail.
    QuotedPrintable,
    /// `=?utf-8?B?…?=`, as in the headers of a mail.
    EncodedWord,
    /// `78, 80`, `0x4e, 0x50`, `4e 50`: bytes as numbers, in a list or the rows of a dump.
    Numbers,
    /// The output in a recording of a terminal.
    Asciicast,
    /// A string literal in several pieces.
    Concatenation,
    /// Tags, colours or characters without a width in the middle of a value.
    Markup,
    /// A line that goes on after a backslash or another sign at its end.
    ContinuedLine,
    /// A line that was broken at the width of a terminal, a mail or a file.
    LineWrap,
    /// Two bytes for each character.
    Utf16,
    /// Four bytes for each character.
    Utf32,
}

impl Encoding {
    /// The word used in reports.
    pub fn id(self) -> &'static str {
        match self {
            Encoding::Base64 => "base64",
            Encoding::Hex => "hex",
            Encoding::Percent => "percent",
            Encoding::Backslash => "backslash",
            Encoding::Entity => "entity",
            Encoding::QuotedPrintable => "quoted-printable",
            Encoding::EncodedWord => "encoded-word",
            Encoding::Numbers => "numbers",
            Encoding::Asciicast => "asciicast",
            Encoding::Concatenation => "concatenation",
            Encoding::Markup => "markup",
            Encoding::ContinuedLine => "continued-line",
            Encoding::LineWrap => "line-wrap",
            Encoding::Utf16 => "utf-16",
            Encoding::Utf32 => "utf-32",
        }
    }

    /// Whether undoing it can make a text that nobody wrote: two lines that end
    /// up as one need not have been one, nor need two texts in different colours.
    pub fn is_a_guess(self) -> bool {
        matches!(self, Encoding::LineWrap | Encoding::Markup)
    }
}
