//! Apple's binary property lists.
//!
//! The format is described in `CFBinaryPList.c` of Apple's CoreFoundation
//! (<https://github.com/apple-oss-distributions/CF>): `bplist00`, objects, a table of
//! their places, and a trailer of 32 bytes. Objects refer to each other by number,
//! so that they can form cycles.
//!
//! The crate `plist` gives objects one by one only with a feature that may break with every
//! version of it. It ends at the first null, set or text in no UTF-8, doesn't see what nothing
//! refers to, and gives what is shared as often as something refers to it, so that a
//! hundred bytes are millions of objects.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Read;
use std::ops::ControlFlow;

use super::plist_objects::{LONGEST_KEY, List, MAGIC, MOST_KEYS, Object};
use crate::container::bytes::{Entries, read_all};
use crate::container::entry::{Container, Opens, Tells};
use crate::container::{Field, Limits, Members, Unread};

/// The most fields in one record; a larger collection is several records.
const MOST_FIELDS: usize = 1000;
/// A longer value is a member of its own, which nobody needs to hold whole.
const LONGEST_FIELD: usize = 1 << 20;
/// How many outer collections a name tells.
const DEEPEST_NAME: usize = 12;

/// A binary property list.
pub const CONTAINER: Container = Container {
    id: "binary-plist",
    tells: Tells::Head(is),
    opens: Opens::Stream(open),
    #[cfg(test)]
    samples: tests::samples,
    ..Container::BASE
};

/// Tells a binary property list by its magic and the kind of its first object.
pub fn is(head: &[u8]) -> bool {
    let first = head.strip_prefix(MAGIC).and_then(<[u8]>::first);
    first.is_some_and(|marker| {
        let (kind, info) = (marker >> 4, marker & 15);
        match kind {
            0 => matches!(info, 0 | 8 | 9),
            1 => info <= 4,
            2 => matches!(info, 2 | 3),
            3 => info == 3,
            4..=8 | 10..=13 => true,
            _ => false,
        }
    })
}

/// Gives each dictionary and array as a record of the plain values in it, named by
/// its place: `$.accounts.0`. Nested data are members with such a name.
pub fn open(input: &mut dyn Read, limits: &Limits, members: &mut dyn Members) -> ControlFlow<()> {
    let file = read_all(input, limits, members);
    let Some(list) = List::new(&file) else {
        let why = Unread::Damaged("it has no valid trailer".to_owned());
        members.unread(b"", why);
        return ControlFlow::Continue(());
    };
    if list.count > limits.memory / 2 / size_of::<(Parent, u32)>() {
        let why = format!("{} objects need too much memory", list.count);
        members.unread(b"", Unread::Limit(why));
        return ControlFlow::Continue(());
    }
    let mut walk = Walk {
        parents: vec![Parent::default(); list.count],
        waiting: Vec::new(),
        references_left: file.len() / list.reference_size,
        bytes_left: file.len(),
        is_overlap_told: false,
        given: BTreeSet::new(),
        entries: Entries::new(limits),
        is_over: false,
        damaged: 0,
        list,
        members,
    };
    let flow = walk.run();
    if walk.is_over {
        return ControlFlow::Continue(());
    }
    walk.entries.answer(flow)
}

/// The fields of records that are given as they fill up.
struct Record<'v> {
    name: String,
    /// Values with their names.
    fields: Vec<(String, Cow<'v, [u8]>)>,
    size: usize,
}

impl<'v> Record<'v> {
    fn new(name: String) -> Record<'v> {
        Record {
            name,
            fields: Vec::new(),
            size: 0,
        }
    }
}

/// Where an object was found first.
#[derive(Clone, Copy, Default)]
enum Parent {
    /// Nowhere up to now.
    #[default]
    Unseen,
    /// Nothing contains it.
    Nothing,
    /// At this position of that collection.
    Collection { number: u32, position: u32 },
}

/// A walk over all objects, each taken once however often it is referred to.
struct Walk<'a> {
    list: List<'a>,
    parents: Vec<Parent>,
    /// Collections and data that were seen and not yet read.
    waiting: Vec<u32>,
    /// References that may still be read: as many as fit into the file. More than
    /// that come only out of collections that lie over each other.
    references_left: usize,
    /// Bytes of long values that may still be given: as many as the file has. More come
    /// only out of values that lie over each other.
    bytes_left: usize,
    is_overlap_told: bool,
    /// Texts of an archive that were given where another object refers to them.
    given: BTreeSet<u64>,
    entries: Entries,
    /// There were more references than may be.
    is_over: bool,
    damaged: u64,
    members: &'a mut dyn Members,
}

impl<'a> Walk<'a> {
    fn run(&mut self) -> ControlFlow<()> {
        self.read_from(self.list.top)?;
        self.rest_of_archive()?;
        // What nothing refers to any more is there nevertheless.
        for number in 0..self.list.count {
            if matches!(self.parents.get(number), Some(Parent::Unseen)) {
                self.read_from(number)?;
            }
        }
        if self.damaged > 0 {
            let why = format!("{} objects can't be read", self.damaged);
            self.members.unread(b"", Unread::Damaged(why));
        }
        ControlFlow::Continue(())
    }

    /// Gives the texts of an archive that no other object refers to.
    fn rest_of_archive(&mut self) -> ControlFlow<()> {
        let count = self.list.archived.len() / self.list.reference_size;
        let mut record = Record::new("$.$objects".to_owned());
        for position in 0..count {
            let uid = position as u64;
            if self.given.contains(&uid) {
                continue;
            }
            if let Some(text) = self.list.archived_text(uid).and_then(|text| text.text()) {
                self.add(&mut record, position.to_string(), text)?;
            }
        }
        self.give(&mut record)
    }

    /// Gives a dictionary of an archive, whose keys and values are two lists.
    fn archived_dictionary(&mut self, name: &str, keys: &[u8], values: &[u8]) -> ControlFlow<()> {
        let list = |wanted: &str| {
            let count = (values.len() / self.list.reference_size).min(MOST_KEYS);
            let position = (0..count).find(|at| self.list.key(keys, *at) == wanted)?;
            match self.list.object(self.list.reference(values, position)?)? {
                Object::Array(list) => Some(list),
                _ => None,
            }
        };
        let (Some(keys), Some(values)) = (list("NS.keys"), list("NS.objects")) else {
            return ControlFlow::Continue(());
        };
        let count = keys.len().min(values.len()) / self.list.reference_size;
        let Some(left) = self.references_left.checked_sub(2 * count) else {
            return ControlFlow::Continue(());
        };
        self.references_left = left;
        let mut record = Record::new(name.to_owned());
        for position in 0..count {
            let uid = |list: &[u8]| match self.list.object(self.list.reference(list, position)?)? {
                Object::Uid(uid) => Some(uid),
                _ => None,
            };
            let (Some(key), Some(value)) = (uid(keys), uid(values)) else {
                continue;
            };
            let text = |uid: u64| self.list.archived_text(uid)?.text();
            let (Some(label), Some(text)) = (text(key), text(value)) else {
                continue;
            };
            self.given.extend([key, value]);
            let label = label.get(..LONGEST_KEY).unwrap_or(&label);
            let label = String::from_utf8_lossy(label).into_owned();
            self.add(&mut record, label, text)?;
        }
        self.give(&mut record)
    }

    fn read_from(&mut self, root: usize) -> ControlFlow<()> {
        if let Some(parent) = self.parents.get_mut(root) {
            *parent = Parent::Nothing;
        }
        match self.list.object(root) {
            Some(Object::Array(_) | Object::Dictionary { .. } | Object::Data(_)) => {
                self.waiting.extend(u32::try_from(root));
            }
            Some(plain) if self.affords(&plain) => {
                let mut record = Record::new(self.name(root));
                let value = plain.text().unwrap_or_default();
                self.add(&mut record, "value".to_owned(), value)?;
                self.give(&mut record)?;
            }
            Some(_) => {}
            None => self.damaged += 1,
        }
        while let Some(number) = self.waiting.pop() {
            self.read(number)?;
        }
        ControlFlow::Continue(())
    }

    fn read(&mut self, number: u32) -> ControlFlow<()> {
        match self.list.object(number as usize) {
            Some(Object::Array(values)) => self.read_collection(number, None, values),
            Some(Object::Dictionary { keys, values }) => {
                self.read_collection(number, Some(keys), values)
            }
            Some(Object::Data(data)) if !self.affords(&Object::Data(data)) => {
                ControlFlow::Continue(())
            }
            Some(Object::Data(mut data)) => {
                self.entries.count(self.members)?;
                let name = self.name(number as usize);
                self.members.member(name.as_bytes(), &mut data)
            }
            _ => ControlFlow::Continue(()),
        }
    }

    fn read_collection(
        &mut self,
        number: u32,
        keys: Option<&[u8]>,
        values: &[u8],
    ) -> ControlFlow<()> {
        let name = self.name(number as usize);
        let count = values.len() / self.list.reference_size;
        let sides = if keys.is_some() { 2 } else { 1 };
        let Some(left) = self.references_left.checked_sub(sides * count) else {
            let why = "more references than fit into it".to_owned();
            self.members.unread(name.as_bytes(), Unread::Damaged(why));
            self.is_over = true;
            return ControlFlow::Break(());
        };
        self.references_left = left;
        if let Some(keys) = keys.filter(|_| !self.list.archived.is_empty()) {
            self.archived_dictionary(&name, keys, values)?;
        }
        let is_archive = !values.is_empty() && std::ptr::eq(values, self.list.archived);
        let first_waiting = self.waiting.len();
        let mut record = Record::new(name);
        for position in 0..count {
            let key = keys.and_then(|keys| self.list.reference(keys, position));
            if let Some(Parent::Unseen) = key.and_then(|key| self.parents.get(key)) {
                self.see(key, number, position);
            }
            let child = self.list.reference(values, position);
            let Some(object) = child.and_then(|child| self.list.object(child)) else {
                self.damaged += 1;
                continue;
            };
            let is_new = self.see(child, number, position);
            if object.is_read_alone() {
                let child = child.filter(|_| is_new);
                self.waiting
                    .extend(child.and_then(|child| u32::try_from(child).ok()));
                continue;
            }
            // A text of an archive is given where something refers to it.
            let is_given_there = is_archive && object.long().is_none() && object.is_text();
            let is_repeat = object.long().is_some() && !is_new;
            if is_repeat || !self.affords(&object) || is_given_there {
                continue;
            }
            let object = self.referred_to(object, keys.is_some());
            let Some(value) = object.text() else { continue };
            let label = match keys {
                Some(keys) => self.list.key(keys, position),
                None => position.to_string(),
            };
            self.add(&mut record, label, value)?;
        }
        if let Some(added) = self.waiting.get_mut(first_waiting..) {
            added.reverse();
        }
        self.give(&mut record)
    }

    /// The text of an archive that an object refers to; else the object itself. In a list,
    /// a text that was given already, with a name, is not given again.
    fn referred_to(&mut self, object: Object<'a>, is_named: bool) -> Object<'a> {
        let Object::Uid(uid) = object else {
            return object;
        };
        if !is_named && self.given.contains(&uid) {
            return object;
        }
        match self.list.archived_text(uid) {
            Some(text) => {
                self.given.insert(uid);
                text
            }
            None => object,
        }
    }

    /// Takes the bytes of a long value from those that may be given.
    fn affords(&mut self, object: &Object<'_>) -> bool {
        let Some(length) = object.long() else {
            return true;
        };
        if let Some(left) = self.bytes_left.checked_sub(length) {
            self.bytes_left = left;
            return true;
        }
        if !std::mem::replace(&mut self.is_overlap_told, true) {
            let why = "values that lie over each other have more bytes than it".to_owned();
            self.members.unread(b"", Unread::Limit(why));
        }
        false
    }

    /// Adds a value to a record, which is given when it is full. One that doesn't fit into
    /// any is given as a member.
    fn add<'v>(
        &mut self,
        record: &mut Record<'v>,
        label: String,
        value: Cow<'v, [u8]>,
    ) -> ControlFlow<()> {
        if value.len() > LONGEST_FIELD {
            self.entries.count(self.members)?;
            let name = format!("{}.{label}", record.name);
            return self.members.member(name.as_bytes(), &mut &value[..]);
        }
        record.size += value.len();
        record.fields.push((label, value));
        if record.fields.len() == MOST_FIELDS || record.size > LONGEST_FIELD {
            return self.give(record);
        }
        ControlFlow::Continue(())
    }

    /// Notes where an object is; tells whether it is new.
    fn see(&mut self, object: Option<usize>, number: u32, position: usize) -> bool {
        let parent = object.and_then(|object| self.parents.get_mut(object));
        let (Some(parent @ Parent::Unseen), Ok(position)) = (parent, u32::try_from(position))
        else {
            return false;
        };
        *parent = Parent::Collection { number, position };
        true
    }

    /// Gives what a record has, if it has something.
    fn give(&mut self, record: &mut Record<'_>) -> ControlFlow<()> {
        if record.fields.is_empty() {
            return ControlFlow::Continue(());
        }
        self.entries.count(self.members)?;
        let fields = record.fields.iter();
        let fields: Vec<_> = fields.map(|(name, value)| Field { name, value }).collect();
        let flow = self.members.record(&record.name, &fields);
        record.fields.clear();
        record.size = 0;
        flow
    }

    /// The place of an object, from the outermost collection on: `$.accounts.0`.
    fn name(&self, number: usize) -> String {
        let mut steps = Vec::new();
        let mut at = number;
        while let Some(Parent::Collection { number, position }) = self.parents.get(at) {
            if steps.len() == DEEPEST_NAME {
                steps.push("…".to_owned());
                break;
            }
            at = *number as usize;
            steps.push(match self.list.object(at) {
                Some(Object::Dictionary { keys, .. }) => self.list.key(keys, *position as usize),
                _ => position.to_string(),
            });
        }
        let mut name = "$".to_owned();
        if at != self.list.top && steps.len() <= DEEPEST_NAME {
            name = format!("object {at}");
        }
        for step in steps.iter().rev() {
            // A `String` takes every write.
            let _ = write!(name, ".{step}");
        }
        name
    }
}

#[cfg(test)]
pub mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::container::collected::{Collected, LIMITS};

    /// A file of these objects, the first of them the top one.
    fn file(objects: &[&[u8]]) -> Vec<u8> {
        let mut file = MAGIC.to_vec();
        let mut offsets = Vec::new();
        for object in objects {
            offsets.extend((file.len() as u16).to_be_bytes());
            file.extend_from_slice(object);
        }
        let table = file.len() as u64;
        file.extend(offsets);
        file.extend([0, 0, 0, 0, 0, 0, 2, 1]);
        for number in [objects.len() as u64, 0, table] {
            file.extend(number.to_be_bytes());
        }
        file
    }

    fn small() -> Vec<u8> {
        let date = [&[0x33], &730_944_000_f64.to_be_bytes()[..]].concat();
        file(&[
            b"\xd3\x01\x02\x03\x04\x05\x06",
            b"\x51a",
            b"\x54list",
            b"\x64\0d\0\xe4\0t\0a",
            b"\x5f\x10\x10the first string",
            b"\xa4\x04\x07\x08\x00",
            b"\x44\xff\x00xy",
            b"\x13\xff\xff\xff\xff\xff\xff\xff\xfe",
            &date,
            b"\x57nowhere",
        ])
    }

    fn read(mut file: &[u8]) -> Collected {
        let mut collected = Collected::default();
        let _ = open(&mut file, &LIMITS, &mut collected);
        collected
    }

    /// Small inputs that are read to their end.
    pub fn samples() -> Vec<Vec<u8>> {
        vec![small()]
    }

    #[test]
    fn objects_of_an_archive_have_the_texts_that_they_refer_to() {
        // {"$archiver": …, "$objects": ["$null", {"npsso": UID 3}, {NS.keys, NS.objects}, …]}
        let archive = |archiver: &[u8]| {
            let name = [&[0x5f, 0x10, archiver.len() as u8], archiver].concat();
            file(&[
                b"\xd2\x01\x02\x03\x04",
                b"\x59$archiver",
                b"\x58$objects",
                &name,
                b"\xa7\x05\x06\x07\x08\x09\x0a\x0b",
                b"\x55$null",
                b"\xd1\x0c\x0d",
                b"\xd2\x0e\x0f\x10\x11",
                b"\x59the value",
                b"\x53key",
                b"\x5e another value",
                b"\x54left",
                b"\x55npsso",
                b"\x80\x03",
                b"\x57NS.keys",
                b"\x5aNS.objects",
                b"\xa1\x12",
                b"\xa1\x13",
                b"\x80\x04",
                b"\x80\x05",
            ])
        };
        let found = read(&archive(b"NSKeyedArchiver"));
        assert!(found.unread.is_empty(), "{:?}", found.unread);
        assert_eq!(found.field("$.$objects.1", "npsso"), "the value");
        assert_eq!(found.field("$.$objects.2", "key"), " another value");
        assert_eq!(found.field("$.$objects", "6"), "left");
        // Each of them once
        for value in [&b"the value"[..], b" another value", b"key", b"left"] {
            let fields = found.records.iter().flat_map(|(_, fields)| fields);
            let count = fields.filter(|(_, field)| field == value).count();
            assert_eq!(count, usize::from(value != b"key"), "{value:?}");
        }
        // Another archiver may mean something else.
        let found = read(&archive(b"OtherArchiver.."));
        assert_eq!(found.field("$.$objects.1", "npsso"), "3");
        assert_eq!(found.field("$.$objects", "3"), "the value");
    }

    #[test]
    fn collections_are_records_and_data_are_members() {
        assert!(is(&small()));
        let found = read(&small());
        assert!(found.unread.is_empty(), "{:?}", found.unread);
        assert_eq!(found.field("$", "a"), "the first string");
        assert_eq!(found.field("$.list", "0"), "the first string");
        assert_eq!(found.field("$.list", "1"), "-2");
        assert_eq!(found.field("$.list", "2"), "2024-03-01T00:00:00Z");
        assert_eq!(found.content("$.däta"), b"\xff\x00xy");
        assert_eq!(found.field("object 9", "value"), "nowhere");
    }

    #[test]
    fn cycles_end() {
        let found = read(&file(&[b"\xa2\x00\x01", b"\xd1\x02\x00", b"\x51k"]));
        assert!(found.unread.is_empty() && found.records.is_empty());
        // Many numbers for one array that holds them all.
        let array: Vec<u8> = [&b"\xaf\x10\xff"[..], &(0..255).collect::<Vec<_>>()].concat();
        let mut bytes = file(&[&array]);
        let table = 8 + array.len();
        bytes.truncate(table);
        bytes.extend([0, 8].repeat(255));
        bytes.extend([0, 0, 0, 0, 0, 0, 2, 1]);
        for number in [255, 0, table as u64] {
            bytes.extend(number.to_be_bytes());
        }
        assert!(read(&bytes).unread[0].contains("more references"));
    }

    #[test]
    fn what_is_shared_is_given_once() {
        // Each of twenty arrays holds the next one ten times.
        let mut objects: Vec<Vec<u8>> = (1..=20)
            .map(|next| [&[0xaa][..], &[next; 10]].concat())
            .collect();
        objects.push(b"\x54last".to_vec());
        let objects: Vec<&[u8]> = objects.iter().map(|object| &object[..]).collect();
        let found = read(&file(&objects));
        assert!(found.unread.is_empty(), "{:?}", found.unread);
        assert_eq!(found.records.len(), 1);
        assert_eq!(found.records[0].1.len(), 10);
    }

    #[test]
    fn an_object_that_cannot_be_read_does_not_hide_the_next() {
        for object in [&b"\x00"[..], b"\xc1\x01", b"\x52\xff\xfe", b"\x3f", b"\x5f"] {
            let found = read(&file(&[b"\xa3\x01\x02\x03", b"\x51a", object, b"\x51b"]));
            assert_eq!(found.field("$", "0"), "a");
            assert_eq!(found.field("$", "2"), "b");
        }
    }

    /// Counts the bytes that are given at once, and at all.
    #[derive(Default)]
    struct Counted {
        largest_record: usize,
        bytes: usize,
        told: Vec<Unread>,
    }

    impl Members for Counted {
        fn member(&mut self, _name: &[u8], content: &mut dyn Read) -> ControlFlow<()> {
            let read = std::io::copy(content, &mut std::io::sink());
            self.bytes += read.expect("it can be read") as usize;
            ControlFlow::Continue(())
        }

        fn record(&mut self, _name: &str, fields: &[Field<'_>]) -> ControlFlow<()> {
            let size = fields.iter().map(|field| field.value.len()).sum();
            self.largest_record = self.largest_record.max(size);
            self.bytes += size;
            ControlFlow::Continue(())
        }

        fn unread(&mut self, _name: &[u8], why: Unread) {
            self.told.push(why);
        }
    }

    #[test]
    fn values_over_each_other_are_given_as_often_as_they_fit() {
        const LONG: usize = 3 << 20;
        const MIDDLE: usize = 5000;
        for (length, is_data) in [(LONG, false), (LONG, true), (MIDDLE, false)] {
            // Each text begins a few bytes before the next one.
            let kind = if is_data { 0x4f } else { 0x5f };
            let mut object = [kind, 0x12].to_vec();
            object.extend((length as u32).to_be_bytes());
            let texts = object.repeat(200);
            let array: Vec<u8> = [&b"\xaf\x10\xc8"[..], &(1..201).collect::<Vec<_>>()].concat();
            let mut bytes = [&MAGIC[..], &array, &texts, &vec![b'x'; length]].concat();
            let table = bytes.len() as u64;
            let offsets = (0..200).map(|number| 8 + array.len() + 6 * number);
            bytes.extend([0, 8]);
            bytes.extend(offsets.flat_map(|offset| (offset as u16).to_be_bytes()));
            bytes.extend([0, 0, 0, 0, 0, 0, 2, 1]);
            for number in [201, 0, table] {
                bytes.extend(number.to_be_bytes());
            }
            let mut counted = Counted::default();
            let _ = open(&mut &bytes[..], &Limits::default(), &mut counted);
            assert!(counted.bytes <= bytes.len() + MIDDLE && counted.bytes >= length);
            assert!(counted.largest_record <= 2 * LONGEST_FIELD);
            assert!(
                matches!(&counted.told[..], [Unread::Limit(_)]),
                "{:?}",
                counted.told
            );
        }
    }

    #[test]
    fn deep_nesting_is_no_recursion() {
        let mut objects: Vec<Vec<u8>> = (1..=250).map(|next| vec![0xa1, next]).collect();
        objects.push(b"\x54deep".to_vec());
        let objects: Vec<&[u8]> = objects.iter().map(|object| &object[..]).collect();
        let found = read(&file(&objects));
        assert!(found.holds(b"deep") && found.records[0].0.starts_with("$.…"));
    }

    #[test]
    fn damage_anywhere_is_survived() {
        let file = small();
        for place in 0..file.len() {
            read(&file[..place]);
            for bits in [1, 0x10, 0xff] {
                let mut file = file.clone();
                file[place] ^= bits;
                read(&file);
            }
        }
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            is(&bytes);
            read(&bytes);
            read(&file(&[b"\xa3\x01\x02\x03", &bytes, b"\x51a"]));
        }
    }
}
