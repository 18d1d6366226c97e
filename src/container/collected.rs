//! What a decoder gave, for the tests of the formats.

use std::io::Read;
use std::ops::ControlFlow;

use super::{Field, Limits, Members, Unread};

/// Bounds for tests: small, so that damaged inputs are cheap.
pub const LIMITS: Limits = Limits {
    entries: 10_000,
    memory: 4 << 20,
};

/// Names and values of fields.
pub type Fields = Vec<(String, Vec<u8>)>;

/// Everything a decoder gave. It has enough after 4 MiB or 20000 members.
#[derive(Default)]
pub struct Collected {
    /// Names and contents of members.
    pub members: Vec<(String, Vec<u8>)>,
    /// Names and fields of records.
    pub records: Vec<(String, Fields)>,
    /// What was not read, as `name: why: words`; also members whose content
    /// gave an error.
    pub unread: Vec<String>,
    bytes: usize,
}

impl Collected {
    /// The content of a member.
    pub fn content(&self, name: &str) -> &[u8] {
        let member = self.members.iter().find(|member| member.0 == name);
        let Some(member) = member else {
            panic!("no member {name} in {:?}", self.names())
        };
        &member.1
    }

    /// The names of all members.
    pub fn names(&self) -> Vec<&str> {
        self.members.iter().map(|(name, _)| &name[..]).collect()
    }

    /// A field of a record, as text.
    pub fn field(&self, record: &str, field: &str) -> String {
        let fields = self.records.iter().find(|found| found.0 == record);
        let Some((_, fields)) = fields else {
            let names: Vec<_> = self.records.iter().map(|record| &record.0).collect();
            panic!("no record {record} in {names:?}")
        };
        let value = fields.iter().find(|found| found.0 == field);
        let Some((_, value)) = value else {
            let names: Vec<_> = fields.iter().map(|field| &field.0).collect();
            panic!("no field {field} in {names:?}")
        };
        String::from_utf8_lossy(value).into_owned()
    }

    /// Whether a value or a content holds this text.
    pub fn holds(&self, text: &[u8]) -> bool {
        let fields = self.records.iter().flat_map(|(_, fields)| fields);
        let mut all = fields.chain(&self.members);
        all.any(|(_, value)| memchr::memmem::find(value, text).is_some())
    }

    fn answer(&self) -> ControlFlow<()> {
        let count = self.members.len() + self.records.len();
        if self.bytes > 4 << 20 || count > 20_000 {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }
}

impl Members for Collected {
    fn member(&mut self, name: &[u8], content: &mut dyn Read) -> ControlFlow<()> {
        let name = String::from_utf8_lossy(name).into_owned();
        let mut bytes = Vec::new();
        if let Err(error) = content.take(1 << 20).read_to_end(&mut bytes) {
            self.unread.push(format!("{name}: content: {error}"));
        }
        self.bytes += bytes.len();
        self.members.push((name, bytes));
        self.answer()
    }

    fn record(&mut self, name: &str, fields: &[Field<'_>]) -> ControlFlow<()> {
        let fields: Vec<_> = fields
            .iter()
            .map(|field| (field.name.to_owned(), field.value.to_vec()))
            .collect();
        self.bytes += fields.iter().map(|field| field.1.len()).sum::<usize>();
        self.records.push((name.to_owned(), fields));
        self.answer()
    }

    fn unread(&mut self, name: &[u8], why: Unread) {
        let name = String::from_utf8_lossy(name);
        let why = match why {
            Unread::Encrypted => "encrypted".to_owned(),
            Unread::Damaged(words) => format!("damaged: {words}"),
            Unread::Unsupported(words) => format!("unsupported: {words}"),
            Unread::Limit(words) => format!("limit: {words}"),
        };
        self.unread.push(format!("{name}: {why}"));
    }
}
