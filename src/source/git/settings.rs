//! The few settings of a repository that say how it is stored.

use std::fs;
use std::path::{Path, PathBuf};

use gix::hash::Kind;

use super::store::damaged_file;
use super::{is_git_name, path_of, reftable};
use crate::model::audit::{SkipReason, Skipped};
use crate::source::{files, regular};

/// The longest configuration that is read.
pub const LONGEST: u64 = 16 << 20;

/// How a repository is stored.
pub struct Settings {
    /// The hash by which objects are named.
    pub hash: Kind,
    /// Where the files of a work tree are, when they are not beside the git folder.
    pub work_tree: Option<PathBuf>,
    /// Whether it says that it has no work tree, or that it has one.
    pub is_bare: Option<bool>,
    /// How refs are stored.
    pub ref_storage: RefStorage,
}

/// How a repository stores its refs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefStorage {
    /// Each in a file, or all in one.
    Files,
    /// In a stack of tables.
    Tables,
    /// In a way that is not understood.
    Unknown,
}

impl Settings {
    /// Reads the configuration of a repository. What it says of its hash is
    /// compared with the names of its objects: a configuration can be lost.
    pub fn read(common_dir: &Path, skipped: &mut Vec<Skipped>) -> Settings {
        let file = common_dir.join("config");
        let mut settings = Settings {
            hash: Kind::Sha1,
            work_tree: None,
            is_bare: None,
            ref_storage: RefStorage::Files,
        };
        // Where the configuration is lost, what is there says it.
        if reftable::list(common_dir).is_file() {
            settings.ref_storage = RefStorage::Tables;
        }
        let mut whole = false;
        match regular::read(&file, LONGEST) {
            Ok(text) => match parsed(&text.unwrap_or_default()) {
                Ok(config) => {
                    whole = true;
                    settings.take(&config);
                }
                Err(why) => skipped.push(damaged_file(&file, &why)),
            },
            Err(why) => skipped.push(why),
        }
        let named = named_by(&common_dir.join("objects"));
        if let [one] = named[..]
            && one != settings.hash
        {
            if whole {
                let why = format!(
                    "it says that objects are named by {}, and they are named by {one}",
                    settings.hash
                );
                skipped.push(damaged_file(&file, &why));
            }
            settings.hash = one;
        }
        if settings.ref_storage == RefStorage::Unknown {
            skipped.push(Skipped {
                provenance: files::provenance(&file),
                reason: SkipReason::Unsupported,
                detail:
                    "refs are stored in a way of their own; which commits are in use cannot be told"
                        .to_owned(),
            });
        }
        settings
    }

    fn take(&mut self, config: &gix::config::File) {
        let text = |key: &str| config.string(key).map(|value| value.to_vec());
        if text("extensions.objectFormat").is_some_and(|name| name.eq_ignore_ascii_case(b"sha256"))
        {
            self.hash = Kind::Sha256;
        }
        self.work_tree = text("core.worktree").map(|path| path_of(&path));
        self.is_bare = config.boolean("core.bare").ok().flatten();
        if let Some(name) = text("extensions.refStorage") {
            self.ref_storage = match name.to_ascii_lowercase().as_slice() {
                b"files" => RefStorage::Files,
                b"reftable" => RefStorage::Tables,
                _ => RefStorage::Unknown,
            };
        }
    }
}

fn parsed(text: &[u8]) -> Result<gix::config::File, String> {
    let meta = gix::config::file::Metadata::from(gix::config::Source::Local);
    gix::config::File::from_bytes_no_includes(text, meta, Default::default())
        .map_err(|error| error.to_string())
}

/// The hashes whose length some names of objects have.
fn named_by(objects: &Path) -> Vec<Kind> {
    let names = |folder: PathBuf| {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        entries.filter_map(|entry| entry.file_name().into_string().ok())
    };
    let kind = |digits: usize| match digits {
        40 => Some(Kind::Sha1),
        64 => Some(Kind::Sha256),
        _ => None,
    };
    let mut kinds: Vec<Kind> = names(objects.join("pack"))
        .filter_map(|name| {
            let name = name.strip_prefix("pack-")?.strip_suffix(".idx")?;
            kind(name.len()).filter(|_| is_git_name(name))
        })
        .collect();
    if kinds.is_empty() {
        let folders = names(objects.to_path_buf()).filter(|name| name.len() == 2);
        // One folder that holds an object says it of all.
        kinds = folders
            .filter(|name| is_git_name(name))
            .map(|folder| {
                let names = names(objects.join(folder)).filter(|name| is_git_name(name));
                names.filter_map(|name| kind(name.len() + 2)).collect()
            })
            .find(|kinds: &Vec<Kind>| !kinds.is_empty())
            .unwrap_or_default();
    }
    kinds.sort();
    kinds.dedup();
    kinds
}
