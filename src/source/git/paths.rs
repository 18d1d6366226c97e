//! The files of a repository that somebody names: paths, and patterns as git's
//! own commands take them.

use std::collections::HashMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use gix::bstr::BStr;
use gix_pathspec::{Defaults, MagicSignature, Pattern, Search, SearchMode};

use super::here::Here;
use super::real;
use crate::model::audit::{SkipReason, Skipped};
use crate::source::files::provenance;
use crate::system::path::without_dots;

/// What makes a pattern of a path.
const SIGNS: &[u8] = b"*?[\\";

/// Which files are meant; all, when nothing was named.
#[derive(Clone)]
pub struct Paths {
    /// Files and folders by their paths, of which a framework names thousands. The
    /// root has an empty one.
    plain: HashMap<Vec<u8>, Named>,
    /// Everything else that was named.
    patterns: Vec<(Search, Named)>,
    /// What is left out again.
    excluded: Search,
}

/// Something that was named.
#[derive(Clone)]
struct Named {
    /// As it was typed.
    typed: PathBuf,
    /// Whether there is such a file.
    is_found: bool,
}

impl Paths {
    /// Reads what was typed, which counts from the current folder.
    ///
    /// # Errors
    ///
    /// When git would not understand it, or when it lies outside of the repository.
    pub fn parse(typed: &[PathBuf], here: &Here) -> anyhow::Result<Paths> {
        let defaults = Defaults::from_environment(&mut |name| env::var_os(name))
            .map_err(|error| anyhow!("GIT_LITERAL_PATHSPECS and the like: {error}"))?;
        let root = here
            .work_tree()
            .with_context(|| here.repository.shown.display().to_string())?;
        let parser = Parser {
            git_dir: real(&here.repository.git_dir),
            folder: env::current_dir().map_or_else(|_| PathBuf::new(), |folder| real(&folder)),
            root,
            defaults,
        };
        let mut paths = Paths {
            plain: HashMap::new(),
            patterns: Vec::new(),
            excluded: parser.search(Vec::new())?,
        };
        let mut excluded = Vec::new();
        for path in typed {
            let in_context = || path.display().to_string();
            let pattern = parser.pattern(path).with_context(in_context)?;
            let whole = parser.normal(&pattern).with_context(in_context)?;
            let mut named = Named {
                typed: path.clone(),
                is_found: false,
            };
            if !pattern.attributes.is_empty() {
                bail!(
                    "{}: attributes of files are not read; name files and folders",
                    path.display()
                );
            } else if pattern.is_excluded() {
                excluded.push(pattern);
            } else if whole.always_matches() {
                // A repository without a file has its root, too.
                named.is_found = true;
                paths.plain.insert(Vec::new(), named);
            } else if is_plain(&whole) {
                paths.plain.insert(whole.path().to_vec(), named);
            } else {
                paths.patterns.push((parser.search(vec![pattern])?, named));
            }
        }
        paths.excluded = parser.search(excluded)?;
        Ok(paths)
    }

    /// Whether nothing was named, and so every file is meant.
    pub fn is_all(&self) -> bool {
        self.names_nothing() && self.excluded.patterns().next().is_none()
    }

    fn names_nothing(&self) -> bool {
        self.plain.is_empty() && self.patterns.is_empty()
    }

    /// Whether a file is meant, by its path from the root of the work tree.
    pub fn contain(&mut self, path: &[u8]) -> bool {
        let mut is_named = self.names_nothing();
        let folders = path.iter().enumerate().filter(|(_, byte)| **byte == b'/');
        for end in folders.map(|(at, _)| at).chain([0, path.len()]) {
            if let Some(named) = self.plain.get_mut(&path[..end]) {
                named.is_found = true;
                is_named = true;
            }
        }
        for (search, named) in &mut self.patterns {
            if matches(search, path) {
                named.is_found = true;
                is_named = true;
            }
        }
        is_named && matches(&mut self.excluded, path)
    }

    /// Whether a file is meant by its own path and not as one of many.
    pub fn name(&mut self, path: &[u8]) -> bool {
        self.plain.contains_key(path) && matches(&mut self.excluded, path)
    }

    /// Whether something was named that no file was found for so far.
    pub fn lack(&self) -> bool {
        self.named().any(|named| !named.is_found)
    }

    /// Whether no file was found for anything that was named.
    pub fn lack_all(&self) -> bool {
        !self.names_nothing() && self.named().all(|named| !named.is_found)
    }

    /// What was named and is nowhere.
    pub fn missing(&self) -> Vec<Skipped> {
        let mut missing: Vec<&Path> = self
            .named()
            .filter(|named| !named.is_found)
            .map(|named| named.typed.as_path())
            .collect();
        missing.sort();
        let skipped = |path: &Path| Skipped {
            provenance: provenance(path),
            reason: match fs::symlink_metadata(path) {
                Ok(_) => SkipReason::NotTracked,
                Err(_) => SkipReason::NotFound,
            },
            detail: String::new(),
        };
        missing.into_iter().map(skipped).collect()
    }

    fn named(&self) -> impl Iterator<Item = &Named> {
        let patterns = self.patterns.iter().map(|(_, named)| named);
        self.plain.values().chain(patterns)
    }
}

/// Whether the path of a pattern is all that there is to it.
fn is_plain(pattern: &Pattern) -> bool {
    let is_pattern = |byte| SIGNS.contains(byte) && pattern.search_mode != SearchMode::Literal;
    MagicSignature::TOP.contains(pattern.signature) && !pattern.path().iter().any(is_pattern)
}

/// Whether patterns of one sign match: some that include, or none that exclude.
fn matches(search: &mut Search, path: &[u8]) -> bool {
    let path: &BStr = path.into();
    search
        .pattern_matching_relative_path(path, Some(false), &mut |_, _, _, _| false)
        .is_some_and(|found| !found.pattern.is_excluded())
}

/// Knows where paths begin.
struct Parser {
    root: PathBuf,
    git_dir: PathBuf,
    /// The current folder.
    folder: PathBuf,
    defaults: Defaults,
}

impl Parser {
    /// The pattern that was typed.
    fn pattern(&self, typed: &Path) -> anyhow::Result<Pattern> {
        let bytes = bytes_of(typed);
        // A file that is there is meant, whatever signs are in its name.
        let has_signs = bytes.starts_with(b":") || bytes.iter().any(|byte| SIGNS.contains(byte));
        let is_literal =
            self.defaults.literal || (has_signs && fs::symlink_metadata(typed).is_ok());
        let is_magic = bytes.starts_with(b":") && !is_literal;
        let is_inside = self.folder.starts_with(&self.root) && typed.is_relative();
        if is_magic || (is_inside && !self.is_git_dir(typed)) {
            return self.parsed(&bytes, is_literal);
        }
        let whole = self.whole(typed);
        let Ok(inside) = whole.strip_prefix(&self.root) else {
            bail!(
                "lies outside of the repository {}; audit one repository after the other",
                self.root.display()
            );
        };
        let mut pattern = self.parsed(&[b"./", &bytes_of(inside)[..]].concat(), is_literal)?;
        pattern.signature |= MagicSignature::TOP;
        Ok(pattern)
    }

    fn parsed(&self, bytes: &[u8], is_literal: bool) -> anyhow::Result<Pattern> {
        if is_literal {
            return Ok(Pattern::from_literal(bytes, self.defaults.signature));
        }
        gix_pathspec::parse(bytes, self.defaults).map_err(|error| anyhow!("{error}"))
    }

    /// A pattern from the root of the work tree.
    fn normal(&self, pattern: &Pattern) -> anyhow::Result<Pattern> {
        let mut pattern = pattern.clone();
        pattern
            .normalize(self.prefix(), &self.root)
            .map_err(|error| anyhow!("{error}"))?;
        Ok(pattern)
    }

    fn search(&self, patterns: Vec<Pattern>) -> anyhow::Result<Search> {
        // Without a pattern, the folder would be one.
        let prefix = (!patterns.is_empty()).then(|| self.prefix());
        Search::from_specs(patterns, prefix, &self.root).map_err(|error| anyhow!("{error}"))
    }

    /// The current folder from the root of the work tree.
    fn prefix(&self) -> &Path {
        let inside = self.folder.strip_prefix(&self.root);
        inside.unwrap_or(Path::new(""))
    }

    fn is_git_dir(&self, typed: &Path) -> bool {
        typed.is_dir() && real(typed) == self.git_dir
    }

    /// A path from the root of the file system. What is there no more, or never
    /// was, has one too.
    fn whole(&self, typed: &Path) -> PathBuf {
        // The git folder stands for its work tree.
        if self.is_git_dir(typed) {
            return self.root.clone();
        }
        if typed.is_dir() {
            return real(typed);
        }
        let whole = without_dots(&self.folder.join(typed));
        match (whole.parent(), whole.file_name()) {
            (Some(folder), Some(name)) => real(folder).join(name),
            _ => whole,
        }
    }
}

fn bytes_of(path: &Path) -> Vec<u8> {
    let bytes = gix::path::into_bstr(path).unwrap_or_default();
    gix::path::to_unix_separators_on_windows(bytes).to_vec()
}
