//! An archive behind a program that unpacks it.

use std::io::{self, Read, Seek, SeekFrom};

use super::ReadSeek;

/// Where a program of the Executable and Linkable Format ends, by the table of its
/// sections, which is last: what comes after it was appended. `head` are its first
/// bytes; nothing when they tell no such program.
pub fn end_of_program(head: &[u8]) -> Option<u64> {
    // ELF-64 Object File Format, figure 3
    const LITTLE_64: &[u8] = b"\x7fELF\x02\x01";
    let at = |offset: usize| head.get(offset..);
    let u16_at = |offset: usize| Some(u16::from_le_bytes(*at(offset)?.first_chunk()?));
    if !head.starts_with(LITTLE_64) {
        return None;
    }
    let table = u64::from_le_bytes(*at(0x28)?.first_chunk()?);
    let size = u64::from(u16_at(0x3a)?) * u64::from(u16_at(0x3c)?);
    table.checked_add(size).filter(|end| *end > 0)
}

/// The rest of an input, which is read as if it began there.
pub struct Behind<'i> {
    input: &'i mut dyn ReadSeek,
    start: u64,
}

impl<'i> Behind<'i> {
    /// What begins at `start`.
    ///
    /// # Errors
    ///
    /// What the input answers.
    pub fn new(input: &'i mut dyn ReadSeek, start: u64) -> io::Result<Behind<'i>> {
        input.seek(SeekFrom::Start(start))?;
        Ok(Behind { input, start })
    }
}

impl Read for Behind<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.input.read(buffer)
    }
}

impl Seek for Behind<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let to = match to {
            SeekFrom::Start(at) => SeekFrom::Start(self.start.saturating_add(at)),
            other => other,
        };
        let at = self.input.seek(to)?;
        at.checked_sub(self.start)
            .ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    #[test]
    fn a_program_ends_with_its_table_of_sections() {
        let mut head = vec![0u8; 64];
        head[..6].copy_from_slice(b"\x7fELF\x02\x01");
        head[0x28..0x30].copy_from_slice(&1000u64.to_le_bytes());
        head[0x3a..0x3c].copy_from_slice(&64u16.to_le_bytes());
        head[0x3c..0x3e].copy_from_slice(&3u16.to_le_bytes());
        assert_eq!(end_of_program(&head), Some(1192));
        head[0x28..0x30].copy_from_slice(&u64::MAX.to_le_bytes());
        assert_eq!(end_of_program(&head), None);
        assert_eq!(end_of_program(&head[..20]), None);
        assert_eq!(end_of_program(b"MZ"), None);
    }

    #[test]
    fn the_rest_begins_where_it_does() {
        let mut input = Cursor::new(b"programrest".to_vec());
        let mut rest = Behind::new(&mut input, 7).expect("it is there");
        let mut text = String::new();
        rest.read_to_string(&mut text).expect("it is text");
        assert_eq!(text, "rest");
        assert_eq!(rest.seek(SeekFrom::Start(2)).ok(), Some(2));
        assert_eq!(rest.seek(SeekFrom::End(-1)).ok(), Some(3));
        assert!(rest.seek(SeekFrom::End(-5)).is_err());
    }
}
