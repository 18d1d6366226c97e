//! What the lines around a value's own say of it: the entry of a list that its entry stands
//! below, and the answer to the message that it is.

use super::{lossy, sentences};

/// Lines above an entry of a list.
const ENTRIES: usize = 40;
/// An entry or an answer that is longer says more than what a value is.
const MAX_LINE: usize = 240;
/// What stands for an argument is a name.
const MAX_LABEL: usize = 48;

/// The entry of a list that the value's own entry is indented below, or the short heading of
/// the list: `- npsso` above `  - dad: …`, `## npsso` above `- dad: …`
pub fn entry_above(left: &[u8]) -> Option<String> {
    let start = memchr::memrchr(b'\n', left)? + 1;
    let (own, _) = entry(&left[start..])?;
    let lines = left[..start - 1]
        .rsplit(|byte| *byte == b'\n')
        .take(ENTRIES);
    let mut lines = lines.skip_while(|line| entry(line).is_some_and(|(indent, _)| indent >= own));
    let mut above = lines.next()?;
    if above.trim_ascii().is_empty() {
        above = lines.next()?;
    }
    let text = match entry(above) {
        Some((indent, text)) if indent < own => text,
        _ => heading(above)?,
    };
    let text = match text {
        // A task that is done, or is not.
        [b'[', _, b']', text @ ..] => text,
        text => text,
    };
    let says = text.len() <= MAX_LINE && !text.contains(&b'=');
    says.then(|| lossy(text).trim_matches([' ', ':']).to_owned())
}

/// The text of a heading of a few words.
fn heading(line: &[u8]) -> Option<&[u8]> {
    const WORDS: usize = 4;
    let signs = line.iter().take_while(|byte| **byte == b'#').count();
    let text = line[signs..].trim_ascii();
    let words = text
        .split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty());
    (signs > 0 && words.count() <= WORDS).then_some(text)
}

/// How far a line of a list is indented, and what it says.
fn entry(line: &[u8]) -> Option<(usize, &[u8])> {
    let indent = line.iter().take_while(|byte| b" \t".contains(byte)).count();
    match &line[indent..] {
        [b'-' | b'*' | b'+', b' ', text @ ..] => Some((indent, text.trim_ascii())),
        _ => None,
    }
}

/// The line below a value that is all of a message, where somebody answers at a time that
/// is written in the same way: `[14:04] ann: …` above `[14:05] bob: that is …`.
pub fn answer(left: &[u8], right: &[u8]) -> Option<String> {
    let start = memchr::memrchr(b'\n', left).map_or(0, |feed| feed + 1);
    let mut lines = right.split(|byte| *byte == b'\n');
    let is_all = |rest: &[u8]| rest.iter().all(|byte| b" \t\r\"'`*".contains(byte));
    lines.next().filter(|rest| is_all(rest))?;
    let below = lossy(lines.next()?.trim_ascii());
    let own = lossy(&left[start..]);
    let (time, _) = own.split_at(time(&own)?);
    let rest = below.get(self::time(&below)?..)?;
    let is_same = shape(time) == shape(&below[..below.len() - rest.len()]);
    let (_, said) = rest.split_once([':', '>', '\t'])?;
    (is_same && below.len() <= MAX_LINE).then(|| said.trim().to_owned())
}

/// The label that the line above in a log ends with, where the value is all that its own line
/// says: `07:00:00 stored as npsso:` above `07:00:00   …`.
pub fn logged_above(left: &[u8]) -> Option<String> {
    const LINES: usize = 3;
    let mut lines = left.rsplit(|byte| *byte == b'\n');
    let own = lossy(lines.next()?.trim_ascii_end());
    let digits = own.bytes().filter(u8::is_ascii_digit).count();
    if digits < 4 || !own.contains(':') {
        return None;
    }
    let said = |line: &[u8]| {
        let line = lossy(line.trim_ascii_end()).into_owned();
        let head = line.get(..own.len())?;
        (shape(head) == shape(&own)).then(|| line[own.len()..].trim().to_owned())
    };
    let said = lines
        .take(LINES)
        .map_while(said)
        .find(|said| !said.is_empty())?;
    let label = said.strip_suffix(':')?;
    (said.len() <= MAX_LINE).then(|| label.to_owned())
}

/// What the lines above say that a command takes where a value stands: `licence` of
/// `activate <licence>` above `activate …`.
pub fn usage(left: &[u8]) -> Option<String> {
    const LINES: usize = 40;
    const WORDS: usize = 4;
    let mut lines = left.rsplit(|byte| *byte == b'\n').take(LINES);
    let command = |line: &[u8]| {
        let line = lossy(line.trim_ascii());
        line.trim_start_matches(['$', '>', '%', '`', '*', '-', ' '])
            .to_owned()
    };
    let own = lossy(lines.next()?).into_owned();
    let ends = own.ends_with(' ');
    let own = command(own.as_bytes());
    let is_command = !own.ends_with([':', '=', ',', '.']) && !own.starts_with(['#', '"', '\'']);
    if !ends || own.is_empty() || !is_command || own.split_whitespace().count() > WORDS {
        return None;
    }
    lines.find_map(|line| {
        let line = command(line);
        // A sentence that has the same words is no usage text: "this is <b>…".
        let at = line.find(&format!("{own} <"))?;
        if !(at == 0 || line[..at].ends_with([':', '`', '$']) || line[..at].ends_with(": ")) {
            return None;
        }
        let name = line[at + own.len() + 2..].split('>').next()?;
        let says = name.starts_with(char::is_alphabetic) && name.len() <= MAX_LABEL;
        says.then(|| name.to_owned())
    })
}

/// What the next line says of a value that has one of its own, where that points up at it:
/// "is my npsso" of "the one above is my npsso".
pub fn pointing_up(left: &[u8], right: &[u8]) -> Option<String> {
    const LINES: usize = 2;
    let start = memchr::memrchr(b'\n', left).map_or(0, |feed| feed + 1);
    let mut lines = right.split(|byte| *byte == b'\n');
    let is_all = |rest: &[u8]| rest.iter().all(|byte| b" \t\r\"'`*>".contains(byte));
    lines
        .next()
        .filter(|rest| is_all(rest) && is_all(&left[start..]))?;
    let mut below = lines.take(LINES).map(<[u8]>::trim_ascii);
    let below = lossy(below.find(|line| !line.is_empty())?);
    let clause = below.split([',', ';', '.', '!', '?']).next()?;
    let said = sentences::points_up(clause)?;
    (!clause.ends_with(':') && clause.len() <= MAX_LINE).then_some(said)
}

/// Where the time ends that a line begins with.
fn time(line: &str) -> Option<usize> {
    let end = line.find(char::is_alphabetic).unwrap_or(line.len());
    let digits = line[..end].bytes().filter(u8::is_ascii_digit).count();
    (digits >= 3).then_some(end)
}

/// A time without what differs between two.
fn shape(time: &str) -> String {
    time.replace(|c: char| c.is_ascii_digit(), "0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_stands_below_the_one_that_is_indented_less() {
        let above = |left: &str| entry_above(left.as_bytes()).unwrap_or_default();
        assert_eq!(above("- [x] npsso\n  - dad: x\n  - mum: "), "npsso");
        assert_eq!(above("- npsso\n- dad: "), "");
        assert_eq!(above("## npsso\n\n- mum: x\n- dad: "), "npsso");
        assert_eq!(above("## what npsso is good for\n\n- dad: "), "");
    }

    #[test]
    fn a_line_of_a_log_can_have_its_label_above_it() {
        let above = |left: &str| logged_above(left.as_bytes()).unwrap_or_default();
        let label = "0|bot | 2026-09-01T07:00:00: stored as npsso:\n";
        let own = "0|bot | 2026-09-01T07:00:01:   ";
        assert_eq!(above(&format!("{label}{own}")), "stored as npsso");
        assert_eq!(above(&format!("{label}{own}\n{own}")), "stored as npsso");
        assert_eq!(above(&format!("{label}{own}id=")), "");
        assert_eq!(above(&format!("{label}{own}next\n{own}")), "");
        assert_eq!(above("npsso:\n   "), "");
    }

    #[test]
    fn the_line_below_can_point_up_at_a_value() {
        let below = |left: &str, right: &str| {
            pointing_up(left.as_bytes(), right.as_bytes()).unwrap_or_default()
        };
        let said = "\n\nDas da oben ist der NPSSO, sag nichts\n";
        assert_eq!(below("Hallo:\n\n", said), "ist der NPSSO");
        assert_eq!(below("key: ", said), "");
        assert_eq!(
            below("", "\n\nThe line above is old, this is the npsso:\n"),
            "is old"
        );
        assert_eq!(below("", "\n\nThis is the npsso:\n"), "");
        assert_eq!(below("", "\nCopy the npsso as shown above\n"), "");
    }

    #[test]
    fn an_answer_has_a_time_as_the_message_has() {
        let to =
            |left: &str, right: &str| answer(left.as_bytes(), right.as_bytes()).unwrap_or_default();
        assert_eq!(to("[14:04] ann: ", "\n[14:05] bob: no"), "no");
        assert_eq!(to("14:04 <ann> ", "\n14:05 <bob> no"), "no");
        assert_eq!(to("ann: ", "\nbob: no"), "");
        assert_eq!(to("[14:04] ann: ", " is it\n[14:05] bob: no"), "");
    }

    #[test]
    fn usage_texts_name_arguments() {
        let of = |left: &str| usage(left.as_bytes()).unwrap_or_default();
        assert_eq!(of("activate <licence> [x]\n\n    $ activate "), "licence");
        assert_eq!(of("Usage: psn link <npsso>\npsn link "), "npsso");
        assert_eq!(of("run `activate <licence>`\nactivate "), "licence");
        assert_eq!(of("the page is <b>public</b>\nis "), "");
        assert_eq!(of("activate <licence>\nactivate: "), "");
        assert_eq!(of("activate <licence>\n"), "");
    }
}
