//! Takes the members of a container, and audits each as everything else.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::{self, Read};
use std::ops::{ControlFlow, Range};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::BlobAudit;
use super::raw::Inside;
use crate::container::{Field, Format, Members, Unread};
use crate::detect::Seen;
use crate::engine::budget::{Siblings, Spending};
use crate::engine::sightings::Sightings;
use crate::engine::tee::Covered;
use crate::model::cookie::{self, Cookie};
use crate::model::layer::Layer;
use crate::model::location::Location;

/// Bytes of a member from which on it costs less to leave them out of the scan of the
/// container than to scan them twice.
const LEAST_COVERED: u64 = 16 << 10;

/// Bytes of a field that is read together with its record. A longer one is a member of its
/// own.
const LONGEST_FIELD: usize = 1 << 20;

/// Bytes of a member's name that are kept; longer than any path that a program makes.
const LONGEST_NAME: usize = 1024;

/// Takes the members of one container.
pub struct Taker<'t, 'u, 'r> {
    pub audit: &'t mut BlobAudit<'u, 'r>,
    pub format: Format,
    /// The name of the container, for a member that has none.
    pub outer: Option<&'t Path>,
    /// Takes what of the container is audited as content of a member.
    pub covered: Option<&'t Covered>,
    /// Whether it is inside of another container.
    pub is_nested: bool,
    /// How many members it may have, and how many may still come.
    pub members: u64,
    pub left: u64,
}

impl<'t, 'u, 'r> Taker<'t, 'u, 'r> {
    fn enter(&mut self, name: &str) {
        self.audit.inside.push(Layer::Member {
            format: self.format.id(),
            name: shortened(name).into(),
        });
    }

    fn leave(&mut self) -> ControlFlow<()> {
        self.audit.inside.pop();
        match self.audit.is_over() {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }

    /// Counts a member. `Break` when there may be no more.
    fn count(&mut self) -> ControlFlow<()> {
        let audit = &mut *self.audit;
        if self.is_nested {
            audit.budget.count_nested();
        }
        let bound = match self.left.checked_sub(1) {
            Some(left) => {
                self.left = left;
                audit.budget.exceeded(audit.share())
            }
            None => Some(format!(
                "it has more than {} members, its share of --max-entries",
                self.members
            )),
        };
        let within = bound.is_none();
        audit.limit(bound);
        match within && !audit.is_over() {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break(()),
        }
    }

    /// Audits a member, whose content begins here in the container, if it stands there
    /// as it is.
    fn take(&mut self, name: &[u8], content: &mut dyn Read, at: Option<u64>) -> ControlFlow<()> {
        self.count()?;
        let text = String::from_utf8_lossy(name).into_owned();
        let path = match name.is_empty() {
            // app.log.gz holds app.log
            true => self.outer.map(without_extension),
            false => Some(PathBuf::from(path_of(name))),
        };
        self.enter(&text);
        let audit = &mut *self.audit;
        let around = audit.enter_share(match self.format.is_one_file() {
            true => Siblings::None,
            false => Siblings::Some,
        });
        let mut reader = Spending::new(
            content,
            Rc::clone(&audit.budget),
            audit.share(),
            self.covered.zip(at),
        );
        let result = audit.stream(&mut reader, path.as_deref());
        // Where the input is left as a whole, no bound of the member was hit.
        let bound = reader.finish().filter(|_| !audit.scanner.time.has_ended());
        audit.share = around;
        if let Err(error) = result {
            audit.problem(Unread::Damaged(error.to_string()));
        }
        audit.limit(bound);
        self.leave()
    }
}

impl<'r> Members for Taker<'_, '_, 'r> {
    fn member(&mut self, name: &[u8], content: &mut dyn Read) -> ControlFlow<()> {
        self.take(name, content, None)
    }

    fn stored(
        &mut self,
        name: &[u8],
        place: Range<u64>,
        content: &mut dyn Read,
    ) -> ControlFlow<()> {
        let is_worth_it = place.end - place.start >= LEAST_COVERED;
        self.take(name, content, is_worth_it.then_some(place.start))
    }

    fn encoded(
        &mut self,
        name: &[u8],
        place: &Cell<Option<Location>>,
        content: &mut dyn Read,
    ) -> ControlFlow<()> {
        let is_outermost = self.audit.inside.is_empty();
        let first = self.audit.out.hits.len();
        let flow = self.take(name, content, None);
        if is_outermost {
            for hit in &mut self.audit.out.hits[first..] {
                hit.encoded_at = place.get().map(Box::new);
            }
        }
        flow
    }

    fn record(&mut self, name: &str, fields: &[Field<'_>]) -> ControlFlow<()> {
        self.count()?;
        // A long value is counted as a member.
        let length: usize = fields
            .iter()
            .map(|field| match field.value.len() {
                value @ ..=LONGEST_FIELD => field.name.len() + value,
                _ => field.name.len(),
            })
            .sum();
        if !self.audit.spend(length as u64) {
            return ControlFlow::Break(());
        }
        // A long value is no other one's context.
        let mut short: Vec<Field<'_>> = Vec::new();
        for field in fields {
            self.audit.in_record(field.value);
            let mut value = field.value;
            if value.len() > LONGEST_FIELD {
                let name = format!("{name} column {}", field.name);
                self.member(name.as_bytes(), &mut value)?;
                value = b"";
            }
            short.push(Field {
                name: field.name,
                value,
            });
        }
        let fields = &short[..];
        let mut text = b"{".to_vec();
        let mut values = Vec::new();
        for field in fields {
            text.extend(format!("\"{}\": \"", field.name).as_bytes());
            let start = text.len();
            text.extend(field.value);
            values.push(start..text.len());
            text.extend(b"\", ");
        }
        text.push(b'}');
        // A container in a field stands in the text of the record, too.
        let mut inside: Vec<Inside> = Vec::new();
        inside.resize_with(fields.len(), Inside::default);
        for ((field, value), inside) in fields.iter().zip(&values).zip(&mut inside) {
            if Format::tell(&text[value.clone()], None).is_some() {
                let before = self.audit.out.hits.len();
                self.enter(&format!("{name} column {}", field.name));
                self.audit.bytes(&text[value.clone()], None);
                self.audit.inside.pop();
                inside.hits = before..self.audit.out.hits.len();
            }
        }
        let mut seen = Sightings::new(&self.audit.budget);
        self.audit
            .scanner
            .scan_bytes(&text, None, &mut |one| seen.push(one));
        // Each finding stands in a field; its place is counted from there.
        let mut of_fields: BTreeMap<Option<usize>, Vec<Seen<'r>>> = BTreeMap::new();
        for mut one in seen.into_list() {
            let at = match &one {
                Seen::Secret(hit) => hit.location.byte_offset as usize,
                Seen::Packed(packed) => packed.location.byte_offset as usize,
                Seen::Bound(_) => 0,
            };
            let field = values.iter().position(|value| value.contains(&at));
            let start = field.map_or(0, |field| values[field].start);
            if let (Seen::Secret(hit), Some(field)) = (&mut one, field)
                && hit.location.byte_length as usize == values[field].len()
            {
                hit.cookie = said(fields, field).map(Box::new);
            }
            let one = counted_from(one, &text, start);
            of_fields.entry(field).or_default().push(one);
        }
        for (field, seen) in of_fields {
            let column = field.map_or_else(String::new, |field| {
                format!(" column {}", fields[field].name)
            });
            self.enter(&format!("{name}{column}"));
            let inside =
                field.map_or_else(Inside::default, |field| std::mem::take(&mut inside[field]));
            self.audit.take_raw(seen, inside);
            self.audit.inside.pop();
        }
        match self.audit.is_over() {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }

    fn unread(&mut self, name: &[u8], why: Unread) {
        let text = String::from_utf8_lossy(name).into_owned();
        self.enter(&text);
        self.audit.problem(why);
        self.audit.inside.pop();
    }

    fn pass(&mut self, content: &mut dyn Read) -> io::Result<ControlFlow<()>> {
        let audit = &mut *self.audit;
        let share = audit.budget.share(audit.share(), Siblings::Some);
        let mut reader = Spending::new(content, Rc::clone(&audit.budget), share, None);
        io::copy(&mut reader, &mut io::sink())?;
        let bound = reader.finish();
        let within = bound.is_none();
        audit.limit(bound);
        Ok(match within {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break(()),
        })
    }
}

/// What a record says of the cookie whose value is one of its fields.
fn said(fields: &[Field<'_>], value: usize) -> Option<Cookie> {
    if !cookie::is_value(fields[value].name) {
        return None;
    }
    let texts = fields
        .iter()
        .map(|field| (field.name, String::from_utf8_lossy(field.value)));
    let texts: Vec<_> = texts.collect();
    cookie::of_record(texts.iter().map(|(name, value)| (*name, &**value)))
}

/// A location counted from the beginning of a field instead of its record.
fn counted_from<'r>(mut seen: Seen<'r>, text: &[u8], start: usize) -> Seen<'r> {
    let location = match &mut seen {
        Seen::Secret(hit) => &mut hit.location,
        Seen::Packed(packed) => &mut packed.location,
        Seen::Bound(_) => return seen,
    };
    let feed = memchr::memrchr2(b'\n', b'\r', &text[..start]);
    let lines = memchr::memchr_iter(b'\n', &text[..start]).count() as u64;
    let line = location.line.saturating_sub(lines);
    if line == 1 {
        let before = String::from_utf8_lossy(&text[feed.map_or(0, |feed| feed + 1)..start]);
        let columns = before.chars().count() as u64;
        location.column = location.column.saturating_sub(columns).max(1);
        if location.end_line == location.line {
            location.end_column = location.end_column.saturating_sub(columns).max(1);
        }
    }
    location.end_line = location.end_line.saturating_sub(lines).max(1);
    location.line = line.max(1);
    location.byte_offset = location.byte_offset.saturating_sub(start as u64);
    seen
}

fn without_extension(path: &Path) -> PathBuf {
    path.with_extension("")
}

/// A name in an archive, for reading what it says. It is never opened.
#[cfg(unix)]
fn path_of(name: &[u8]) -> &OsStr {
    use std::os::unix::ffi::OsStrExt;
    OsStr::from_bytes(name)
}

#[cfg(not(unix))]
fn path_of(name: &[u8]) -> &OsStr {
    OsStr::new(std::str::from_utf8(name).unwrap_or(""))
}

/// A name as it is kept.
fn shortened(name: &str) -> Cow<'_, str> {
    match name.len() {
        ..=LONGEST_NAME => Cow::Borrowed(name),
        _ => {
            let end = (0..=LONGEST_NAME).rfind(|at| name.is_char_boundary(*at));
            Cow::Owned(format!("{}…", &name[..end.unwrap_or(0)]))
        }
    }
}
