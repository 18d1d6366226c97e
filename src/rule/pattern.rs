//! Regular expressions that are compiled when they are needed: most audits meet
//! nothing that a rule has to look at, and compiling takes longer than reading
//! a few files.

use std::ops::Range;
use std::sync::OnceLock;

use regex::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};
use regex_syntax::hir::HirKind;

/// Bytes that a compiled pattern may take. Patterns work on bytes that were
/// turned into text, so their size is bounded rather than trusted: a rule file
/// may come from somebody else.
const MAX_SIZE: usize = 1 << 20;

/// Bytes of a pattern as it is written. A longer one is refused before it is
/// compiled, which would take seconds.
const MAX_SOURCE: usize = 32 << 10;

/// One pattern, which minds the case.
#[derive(Debug)]
pub struct Pattern {
    source: String,
    regex: OnceLock<Regex>,
    /// How long a secret is, where the pattern is that of a secret and no more.
    length: OnceLock<Option<usize>>,
}

impl Pattern {
    /// Takes a pattern as it is.
    pub fn new(source: String) -> Pattern {
        Pattern {
            source,
            regex: OnceLock::new(),
            length: OnceLock::new(),
        }
    }

    /// Whether a secret stands at a range of a text, wherever else in it one does.
    pub fn is_secret_at(&self, text: &str, range: Range<usize>) -> bool {
        let secrets = self.regex().captures_iter(text);
        let mut secrets = secrets.filter_map(|captures| captures.name("secret"));
        secrets.any(|secret| secret.range() == range)
    }

    /// Whether a value is a secret, where what stands around it doesn't matter; `None`
    /// where it does.
    pub fn is_secret(&self, value: &str) -> Option<bool> {
        let length = self.length.get_or_init(|| length_of_secret(&self.source));
        length.map(|length| value.len() == length && self.regex().is_match(value))
    }

    /// Compiles it, so that it can be used without a panic.
    ///
    /// # Errors
    ///
    /// When it is no regular expression, or too large a one.
    pub fn check(&self) -> Result<&Regex, regex::Error> {
        if let Some(regex) = self.regex.get() {
            return Ok(regex);
        }
        let regex = compile(&self.source, false)?;
        Ok(self.regex.get_or_init(|| regex))
    }

    /// The compiled pattern.
    pub fn regex(&self) -> &Regex {
        self.check()
            .expect("patterns of rule files are checked, and the built-in ones tested")
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.source
    }
}

/// Several patterns, in any case, of which one has to match.
#[derive(Debug, Default)]
pub struct Patterns {
    sources: Vec<String>,
    set: OnceLock<RegexSet>,
}

impl Patterns {
    /// Takes patterns as they are.
    pub fn new(sources: Vec<String>) -> Patterns {
        Patterns {
            sources,
            set: OnceLock::new(),
        }
    }

    /// Compiles them, so that they can be used without a panic.
    ///
    /// # Errors
    ///
    /// When one of them is no regular expression; the error is about the first one.
    pub fn check(&self) -> Result<(), regex::Error> {
        for source in &self.sources {
            compile(source, true)?;
        }
        self.compiled().map(|_| ())
    }

    fn compiled(&self) -> Result<&RegexSet, regex::Error> {
        if let Some(set) = self.set.get() {
            return Ok(set);
        }
        let set = RegexSetBuilder::new(&self.sources)
            .case_insensitive(true)
            .size_limit(MAX_SIZE)
            .build()?;
        Ok(self.set.get_or_init(|| set))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.sources.is_empty()
    }

    /// The patterns as they were written.
    pub fn patterns(&self) -> &[String] {
        &self.sources
    }

    /// Whether one of them matches.
    pub fn is_match(&self, text: &str) -> bool {
        self.compiled()
            .expect("patterns of rule files are checked, and the built-in ones tested")
            .is_match(text)
    }
}

/// The length of what a pattern matches, where it is all of a secret, always as long, and
/// asks for nothing around it.
fn length_of_secret(pattern: &str) -> Option<usize> {
    let hir = regex_syntax::parse(pattern).ok()?;
    let properties = hir.properties();
    let is_bound = !properties.look_set().is_empty();
    let longest = properties.maximum_len();
    let HirKind::Capture(capture) = hir.kind() else {
        return None;
    };
    let is_all = capture.name.as_deref() == Some("secret") && !is_bound;
    longest.filter(|longest| is_all && properties.minimum_len() == Some(*longest))
}

fn compile(pattern: &str, ignore_case: bool) -> Result<Regex, regex::Error> {
    if pattern.len() > MAX_SOURCE {
        return Err(regex::Error::CompiledTooBig(MAX_SIZE));
    }
    RegexBuilder::new(pattern)
        .case_insensitive(ignore_case)
        .size_limit(MAX_SIZE)
        .unicode(true)
        .build()
}
