//! The rows of a hex dump: where each begins, its bytes, and often what they
//! are as text: `00000010: 4e50 5353  NPSS`.

use std::ops::Range;

use super::word::hexadecimal;

/// The longest line of a dump.
const LONGEST_LINE: usize = 320;
/// How far into a line its offset may begin, behind the time in a log.
const PREFIX: usize = 96;
/// Bytes of one row.
const MOST_BYTES: usize = 64;
/// Rows before the first one that is known.
const BEFORE: usize = 1 << 12;
/// Rows that are read at once, and how many of them twice.
const MOST_ROWS: usize = 1 << 12;
const OVERLAP: usize = 16;

/// One row.
#[derive(Clone, Debug)]
struct Row {
    line: Range<usize>,
    /// The digits of its offset.
    offset: Range<usize>,
    /// Where its bytes begin.
    bytes: usize,
}

/// The bytes of a dump, with their places.
pub struct Dump {
    /// In the order in which they stand.
    pub bytes: Vec<(u8, Range<usize>)>,
    /// Digits of the words that the bytes stand in.
    pub width: usize,
    /// Where it begins, with the offset of its first row.
    pub start: usize,
    /// From where on nothing of it was read.
    pub end: usize,
}

impl Dump {
    /// Whether a row may begin with the digits at a place: a blank and bytes follow.
    pub fn may_begin(text: &[u8], at: usize) -> bool {
        let end = at + hex_length(&text[at..]);
        let after = &text[end..];
        if cell(after).is_some() {
            return true;
        }
        let after = &after[sign_length(after)..];
        let blanks = blanks(&after[..after.len().min(PREFIX)]);
        blanks > 0 && group(&after[blanks..]).is_some()
    }

    /// The dump that a line belongs to, from `begin` on. There are at least two rows.
    pub fn around(text: &[u8], at: usize, begin: usize) -> Option<Dump> {
        let seed = Row::of(text, line_at(text, at)?)?;
        let next = seed.next(text);
        let pair = match &next {
            Some(next) => (&seed, next),
            None => (&seed.previous(text, begin)?, &seed),
        };
        let radix = radix(text, pair.0, pair.1)?;
        let distance = |row: &Row, next: &Row| distance(text, row, next, radix);
        let mut rows = vec![seed.clone()];
        while rows.len() < BEFORE {
            let first = &rows[rows.len() - 1];
            match first.previous(text, begin) {
                Some(row) if distance(&row, first).is_some() => rows.push(row),
                _ => break,
            }
        }
        rows.reverse();
        while rows.len() < MOST_ROWS {
            let last = &rows[rows.len() - 1];
            match last.next(text) {
                Some(row) if distance(last, &row).is_some() => rows.push(row),
                _ => break,
            }
        }
        let mut bytes = Vec::new();
        let mut width = 0;
        let mut count = MOST_BYTES;
        for (index, row) in rows.iter().enumerate() {
            let known = rows.get(index + 1).and_then(|next| distance(row, next));
            count = known.unwrap_or(count);
            let (values, digits) = row.values(text, count, known.is_none());
            width = width.max(digits);
            bytes.extend(values);
        }
        let last = match rows.len() {
            MOST_ROWS.. => rows.len() - OVERLAP,
            length => length - 1,
        };
        let end = match rows.len() {
            MOST_ROWS.. => rows[last].offset.start,
            _ => rows[last].line.end,
        };
        let first = &rows[0].offset;
        let prefix = text[..first.start].ends_with(b"0x");
        Some(Dump {
            bytes,
            width,
            start: first.start - 2 * usize::from(prefix),
            end,
        })
    }

    /// The bytes with each two of them exchanged, as a dump of little-endian
    /// words of two bytes has them.
    pub fn exchanged(&self) -> Vec<(u8, Range<usize>)> {
        let mut bytes = self.bytes.clone();
        for pair in bytes.chunks_exact_mut(2) {
            let (first, second) = (pair[0].0, pair[1].0);
            (pair[0].0, pair[1].0) = (second, first);
        }
        bytes
    }
}

impl Row {
    /// The row in a line: an offset of at least four digits, a blank, and bytes.
    fn of(text: &[u8], line: Range<usize>) -> Option<Row> {
        let mut at = line.start;
        let reach = line.end.min(line.start + PREFIX);
        while at < reach {
            let length = hex_length(&text[at..line.end]);
            let is_begin = at == line.start || !text[at - 1].is_ascii_alphanumeric();
            let prefix = match &text[at..line.end] {
                [b'0', b'x' | b'X', ..] => 2,
                _ => 0,
            };
            let digits = match prefix {
                0 => length,
                _ => hex_length(&text[at + 2..line.end]),
            };
            let end = at + prefix + digits;
            if is_begin && (4..=16).contains(&digits) {
                let sign = sign_length(&text[end..line.end]);
                let after = &text[end + sign..line.end];
                let blanks = blanks(after);
                let bytes = end + sign + blanks;
                let is_group = || group(&text[bytes..line.end]).is_some();
                if blanks > 0 && (is_group() || cell(after.get(sign..).unwrap_or(&[])).is_some()) {
                    return Some(Row {
                        offset: at + prefix..end,
                        bytes,
                        line,
                    });
                }
            }
            at += length.max(1);
        }
        None
    }

    /// The row on the next line.
    fn next(&self, text: &[u8]) -> Option<Row> {
        let start = self.line.end + line_end(&text[self.line.end..])?;
        let end = start + line_length(&text[start..])?;
        self.beside(text, start..end)
    }

    /// The row on the line before.
    fn previous(&self, text: &[u8], begin: usize) -> Option<Row> {
        let end = line_end_before(text, self.line.start)?;
        let line = line_at(text, end.checked_sub(1)?)?;
        (line.start >= begin)
            .then(|| self.beside(text, line.start..end))
            .flatten()
    }

    /// The row in another line of the same dump, in the same columns.
    fn beside(&self, text: &[u8], line: Range<usize>) -> Option<Row> {
        let row = Row::of(text, line)?;
        let column = |row: &Row| row.offset.start - row.line.start;
        (column(&row) == column(self) && row.offset.len() == self.offset.len()).then_some(row)
    }

    /// The first bytes of the row with their places, and the digits of its words.
    /// The last row may have fewer than the others, and text behind them.
    fn values(&self, text: &[u8], count: usize, is_last: bool) -> (Vec<(u8, Range<usize>)>, usize) {
        let cells = self.cells(text);
        if cells.len() == count || is_last && !cells.is_empty() {
            return (cells, 1);
        }
        let mut values = Vec::new();
        let mut width = 0;
        let mut at = self.bytes;
        while values.len() < count {
            let Some((skipped, digits)) = group(&text[at..self.line.end]) else {
                break;
            };
            let first = at + skipped;
            width = width.max(digits);
            for place in (first..first + digits)
                .step_by(2)
                .take(count - values.len())
            {
                let value = hexadecimal(&text[place..place + 2]).unwrap_or(0);
                // With its `0x`
                let start = if place == first { at } else { place };
                values.push((value, start..place + 2));
            }
            at = first + digits;
            let gap = blanks(&text[at..self.line.end]);
            // Many dumps have a gap in the middle of a row.
            let is_middle = values.len() * 2 == count || width == 2 && values.len() == 8;
            if is_last && gap > 1 && !is_middle {
                break;
            }
            let dash = gap == 0 && text[at..self.line.end].starts_with(b"-");
            at += gap + usize::from(dash);
            if gap == 0 && !dash {
                break;
            }
        }
        (values, width)
    }
}

impl Row {
    /// The bytes of a row as `od -c` prints it: each in four columns, as a character,
    /// an escape or three octal digits. None when it has anything else.
    fn cells(&self, text: &[u8]) -> Vec<(u8, Range<usize>)> {
        let line = &text[..self.line.end];
        let cells = self::cells(line, self.offset.end);
        if !cells.is_empty() {
            return cells;
        }
        // BSD's begin one column further, and fill the last row with blanks.
        let line = line.trim_ascii_end();
        match line.get(self.offset.end) {
            Some(b' ') => self::cells(line, self.offset.end + 1),
            _ => Vec::new(),
        }
    }
}

/// The bytes in the cells from a place on to the end of a line.
fn cells(line: &[u8], mut at: usize) -> Vec<(u8, Range<usize>)> {
    let mut cells = Vec::new();
    while at < line.len() {
        let Some(value) = cell(&line[at..]) else {
            return Vec::new();
        };
        at += CELL;
        cells.push((value, at - 1..at));
    }
    cells
}

/// Columns of a byte in the rows of `od -c`.
const CELL: usize = 4;

/// The byte in a cell.
fn cell(text: &[u8]) -> Option<u8> {
    Some(match text.get(..CELL)? {
        [b' ', b' ', b' ', character @ b' '..=b'~'] => *character,
        [b' ', b' ', b'\\', escape] => match escape {
            b'n' => b'\n',
            b't' => b'\t',
            b'r' => b'\r',
            b'0' => 0,
            b'a' => 7,
            b'b' => 8,
            b'f' => 12,
            b'v' => 11,
            _ => return None,
        },
        [b' ', digits @ ..] if digits.iter().all(|digit| (b'0'..=b'7').contains(digit)) => {
            let value = digits
                .iter()
                .fold(0u16, |sum, digit| sum * 8 + u16::from(digit - b'0'));
            u8::try_from(value).ok()?
        }
        _ => return None,
    })
}

/// The radix of the offsets: the one in which the first row has as many bytes
/// as lie between it and the next.
fn radix(text: &[u8], row: &Row, next: &Row) -> Option<u32> {
    [16, 10, 8].into_iter().find(|radix| {
        distance(text, row, next, *radix)
            .is_some_and(|count| row.values(text, count, false).0.len() == count)
    })
}

/// How many bytes lie between the beginnings of two rows.
fn distance(text: &[u8], row: &Row, next: &Row, radix: u32) -> Option<usize> {
    let offset = |row: &Row| {
        let digits = std::str::from_utf8(&text[row.offset.clone()]).ok()?;
        u64::from_str_radix(digits, radix).ok()
    };
    let distance = usize::try_from(offset(next)?.checked_sub(offset(row)?)?).ok()?;
    (1..=MOST_BYTES).contains(&distance).then_some(distance)
}

/// The length of what stands between an offset and its bytes: a colon, behind the name
/// of what is there in a debugger, `<npsso+8>:`.
fn sign_length(text: &[u8]) -> usize {
    let name = match text {
        [b' ', b'<', ..] => memchr::memchr(b'>', &text[..text.len().min(PREFIX)]),
        _ => None,
    };
    let name = name.map_or(0, |end| end + 1);
    name + usize::from(text.get(name) == Some(&b':'))
}

/// Hexadecimal digits of whole bytes at the beginning of a text, with what stands
/// before them, and how many they are.
fn group(text: &[u8]) -> Option<(usize, usize)> {
    let prefix = match text {
        [b'0', b'x' | b'X', ..] => 2,
        _ => 0,
    };
    let digits = hex_length(&text[prefix..]);
    let ends = text
        .get(prefix + digits)
        .is_none_or(|byte| matches!(byte, b' ' | b'\t' | b'-' | b'\r' | b'\\'));
    (ends && digits.is_multiple_of(2) && (2..=16).contains(&digits)).then_some((prefix, digits))
}

fn hex_length(text: &[u8]) -> usize {
    text.iter()
        .take(20)
        .take_while(|byte| byte.is_ascii_hexdigit())
        .count()
}

fn blanks(text: &[u8]) -> usize {
    text.iter()
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .count()
}

/// The length of a line end, as it is or escaped in a string.
fn line_end(text: &[u8]) -> Option<usize> {
    match text {
        [b'\n', ..] => Some(1),
        [b'\r', b'\n', ..] => Some(2),
        [b'\\', b'n', ..] => Some(2),
        [b'\\', b'r', b'\\', b'n', ..] => Some(4),
        _ => None,
    }
}

/// Where the line before ends, when one begins here.
fn line_end_before(text: &[u8], start: usize) -> Option<usize> {
    let before = &text[..start];
    [&b"\r\n"[..], b"\n", b"\\r\\n", b"\\n"]
        .iter()
        .find(|end| before.ends_with(end))
        .map(|end| start - end.len())
        .filter(|end| !is_cell(text, *end))
}

/// Whether an escaped line end at a place is a byte in a row of `od -c`.
fn is_cell(text: &[u8], at: usize) -> bool {
    text.get(at) == Some(&b'\\') && text[..at].ends_with(b" ")
}

/// The length of the line that begins here, when it is short enough.
fn line_length(text: &[u8]) -> Option<usize> {
    let reach = &text[..text.len().min(LONGEST_LINE)];
    let is_end = |at: &usize| {
        matches!(reach[*at], b'\n' | b'\r' | b'\\')
            && line_end(&text[*at..]).is_some()
            && !is_cell(text, *at)
    };
    let end = (0..reach.len()).find(is_end);
    end.or_else(|| (reach.len() == text.len()).then_some(reach.len()))
}

/// The line around a place, when it is short enough.
fn line_at(text: &[u8], at: usize) -> Option<Range<usize>> {
    let low = at.saturating_sub(LONGEST_LINE);
    let start = (low..=at)
        .rev()
        .find(|start| *start == 0 || line_end_before(text, *start).is_some())?;
    let end = start + line_length(&text[start..])?;
    (end >= at).then_some(start..end)
}
