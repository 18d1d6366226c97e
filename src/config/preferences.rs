//! The user's own preferences, in a file of the user's own: never one of the tree that is
//! audited. What the command line says comes first.
//!
//! Hosts, `--verify` and `--show-secrets` are no preferences: they are for the command
//! line alone.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use clap::{Args as _, ValueEnum};
use toml::Value;
use toml::de::DeTable;

use crate::cli::{AuditArgs, size_arg};
use crate::source::{read_text, work_tree};

/// Bytes of the file.
const LONGEST: u64 = 1 << 20;
/// How alike a name has to be to one that is meant, from 0 to 1.
const ALIKE: f64 = 0.7;

/// One preference.
struct Key {
    name: &'static str,
    set: fn(&mut AuditArgs, &Value, &Path) -> Result<(), String>,
    /// The value, or what holds without one.
    get: fn(&AuditArgs) -> Result<toml_edit::Value, &'static str>,
}

const KEYS: [Key; 15] = [
    Key {
        name: "format",
        set: |args, value, _| put(&mut args.format, word(value)?),
        get: |args| named(args.format),
    },
    Key {
        name: "color",
        set: |args, value, _| put(&mut args.color, word(value)?),
        get: |args| named(args.color),
    },
    Key {
        name: "min-confidence",
        set: |args, value, _| put(&mut args.min_confidence, word(value)?),
        get: |args| named(args.min_confidence),
    },
    Key {
        name: "fail-on",
        set: |args, value, _| put(&mut args.fail_on, word(value)?),
        get: |args| named(args.fail_on),
    },
    Key {
        name: "strict",
        set: |args, value, _| {
            put(
                &mut args.strict,
                value.as_bool().ok_or("it is true or false")?,
            )
        },
        get: |args| Ok(args.strict.into()),
    },
    Key {
        name: "threads",
        set: |args, value, _| put(&mut args.threads, Some(number(value, 1, 256)? as u16)),
        get: |args| {
            let threads = args.threads.map(|threads| i64::from(threads).into());
            threads.ok_or("as many as there are cores")
        },
    },
    Key {
        name: "rules",
        set: |args, value, folder| put(&mut args.rules, paths(value, folder)?),
        get: |args| Ok(args.rules.iter().map(|path| shown(path)).collect()),
    },
    Key {
        name: "baseline",
        set: |args, value, folder| put(&mut args.baseline, paths(value, folder)?.pop()),
        get: |args| args.baseline.as_deref().map(shown).ok_or("none"),
    },
    Key {
        name: "max-depth",
        set: |args, value, _| put(&mut args.max_depth, number(value, 0, 255)? as u8),
        get: |args| counted(args.max_depth.into()),
    },
    Key {
        name: "max-unpacked",
        set: |args, value, _| put(&mut args.max_unpacked, size(value)?),
        get: |args| counted(args.max_unpacked),
    },
    Key {
        name: "max-total",
        set: |args, value, _| put(&mut args.max_total, size(value)?),
        get: |args| counted(args.max_total),
    },
    Key {
        name: "max-ratio",
        set: |args, value, _| put(&mut args.max_ratio, number(value, 1, i64::MAX)? as u64),
        get: |args| counted(args.max_ratio),
    },
    Key {
        name: "max-entries",
        set: |args, value, _| put(&mut args.max_entries, number(value, 0, i64::MAX)? as u64),
        get: |args| counted(args.max_entries),
    },
    Key {
        name: "max-time",
        set: |args, value, _| put(&mut args.max_time, number(value, 0, i64::MAX)? as u64),
        get: |args| counted(args.max_time),
    },
    Key {
        name: "max-memory",
        set: |args, value, _| put(&mut args.max_memory, size(value)?),
        get: |args| counted(args.max_memory),
    },
];

/// Where preferences come from that the command line doesn't give.
#[derive(Debug, Default)]
pub struct Origins {
    /// A file that is a part of what is audited, so that it has no say.
    pub audited: Option<PathBuf>,
    file: PathBuf,
    /// The names that the file gives, with their lines.
    lines: Vec<(&'static str, usize)>,
}

/// Takes over what the user's file says and the command line doesn't. `is_given` tells what
/// the command line gives, by its name.
///
/// # Errors
///
/// When the file cannot be read or says something that is no preference; the error names
/// the file, the line, and the nearest name that there is.
pub fn apply(args: &mut AuditArgs, is_given: impl Fn(&str) -> bool) -> anyhow::Result<Origins> {
    let Some(file) = (match &args.config {
        Some(file) => Some(file.clone()),
        None if args.no_config => None,
        None => file(),
    }) else {
        return Ok(Origins::default());
    };
    if args.config.is_none() && is_audited(&file, args) {
        return Ok(Origins {
            audited: Some(file),
            ..Origins::default()
        });
    }
    let read = read_text(&file, LONGEST).with_context(|| file.display().to_string())?;
    let Some(text) = read else {
        if args.config.is_some() {
            bail!("{}: there is no such file (--config)", file.display());
        }
        return Ok(Origins::default());
    };
    let line = |at: usize| 1 + text[..at].matches('\n').count();
    let table = DeTable::parse(&text).map_err(|error| {
        let line = error.span().map_or(1, |span| line(span.start));
        anyhow!("{}: line {line}: {}", file.display(), error.message())
    })?;
    let values: toml::Table = toml::from_str(&text).with_context(|| file.display().to_string())?;
    let folder = file.parent().unwrap_or(Path::new(""));
    let mut lines = Vec::new();
    for name in table.get_ref().keys() {
        let line = line(name.span().start);
        let name = name.get_ref().as_ref();
        let key = KEYS.iter().find(|key| key.name == name);
        let key =
            key.ok_or_else(|| anyhow!("{}: line {line}: {}", file.display(), unknown(name)))?;
        lines.push((key.name, line));
        if is_given(&name.replace('-', "_")) {
            continue;
        }
        (key.set)(args, &values[name], folder)
            .map_err(|why| anyhow!("{}: line {line}: `{name}`: {why}", file.display()))?;
    }
    Ok(Origins {
        audited: None,
        file,
        lines,
    })
}

/// What every preference is, and where that comes from.
pub fn show(args: &AuditArgs, origins: &Origins, is_given: impl Fn(&str) -> bool) -> String {
    let mut out = String::new();
    for key in &KEYS {
        let line = origins.lines.iter().find(|(name, _)| *name == key.name);
        let origin = match line {
            _ if is_given(&key.name.replace('-', "_")) => "the command line".to_owned(),
            Some((_, line)) => format!("{}:{line}", origins.file.display()),
            None => "default".to_owned(),
        };
        let _ = match (key.get)(args) {
            Ok(value) => writeln!(out, "{} = {value}  # {origin}", key.name),
            Err(without) => writeln!(out, "# {}: {without}", key.name),
        };
    }
    out
}

/// Why a name is none, and which one is meant.
fn unknown(name: &str) -> String {
    const NEVER: [&str; 8] = [
        "verify",
        "verify-limit",
        "verify-with",
        "verify-suppressed",
        "issuer-url",
        "store-url",
        "ca-cert",
        "show-secrets",
    ];
    if NEVER.contains(&name.replace('_', "-").as_str()) {
        return format!("`{name}` is for the command line alone, so that no file can turn it on");
    }
    let options = AuditArgs::augment_args(clap::Command::default());
    let is_option = |own: &clap::Arg| own.get_long() == Some(name.replace('_', "-").as_str());
    let is_key = |own: &Key| own.name == name.replace('_', "-");
    if options.get_arguments().any(is_option) && !KEYS.iter().any(is_key) {
        return format!("`{name}` is no preference; it goes on the command line");
    }
    let near = KEYS
        .iter()
        .map(|key| (strsim::jaro_winkler(name, key.name), key.name));
    let near = near
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .filter(|(alike, _)| *alike >= ALIKE);
    match near {
        Some((_, meant)) => format!("there is no preference `{name}`; do you mean `{meant}`?"),
        None => {
            let names: Vec<&str> = KEYS.iter().map(|key| key.name).collect();
            format!(
                "there is no preference `{name}`; there are {}",
                names.join(", ")
            )
        }
    }
}

fn put<T>(field: &mut T, value: T) -> Result<(), String> {
    *field = value;
    Ok(())
}

fn word<T: ValueEnum>(value: &Value) -> Result<T, String> {
    let word = value.as_str().unwrap_or_default();
    T::from_str(word, false).map_err(|_| {
        let words = T::value_variants().iter();
        let words: Vec<String> = words.map(|word| name(word.clone())).collect();
        format!("it is one of {}", words.join(", "))
    })
}

/// A word as it is written in the file.
fn name<T: ValueEnum>(word: T) -> String {
    let value = word.to_possible_value();
    value.map_or_else(String::new, |value| value.get_name().to_owned())
}

fn named<T: ValueEnum>(word: T) -> Result<toml_edit::Value, &'static str> {
    Ok(name(word).into())
}

fn counted(number: u64) -> Result<toml_edit::Value, &'static str> {
    Ok(i64::try_from(number).unwrap_or(i64::MAX).into())
}

fn shown(path: &Path) -> toml_edit::Value {
    path.display().to_string().into()
}

fn number(value: &Value, least: i64, most: i64) -> Result<i64, String> {
    let number = value
        .as_integer()
        .filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| match most {
        i64::MAX => format!("it is a number from {least} on"),
        _ => format!("it is a number from {least} to {most}"),
    })
}

fn size(value: &Value) -> Result<u64, String> {
    match value {
        Value::Integer(bytes) => {
            u64::try_from(*bytes).map_err(|_| "it is a number of bytes".into())
        }
        Value::String(text) => size_arg(text),
        _ => Err("it is a number of bytes, or a text as \"64M\"".to_owned()),
    }
}

/// Paths, as they are seen from the folder of the file.
fn paths(value: &Value, folder: &Path) -> Result<Vec<PathBuf>, String> {
    let list = match value {
        Value::Array(list) => &list[..],
        one => std::slice::from_ref(one),
    };
    let paths = list
        .iter()
        .map(|path| path.as_str().map(|path| folder.join(path)));
    paths
        .collect::<Option<_>>()
        .ok_or_else(|| "it is a path".to_owned())
}

/// Whether the file lies in a work tree that is audited, as where a CI system takes the
/// checkout for the home folder: then whoever changes the tree would set preferences.
fn is_audited(file: &Path, args: &AuditArgs) -> bool {
    let Ok(whole) = fs::canonicalize(file) else {
        return false;
    };
    let named = args.paths.iter().map(PathBuf::as_path);
    let mut trees = named.chain([Path::new(".")]).filter_map(work_tree);
    trees.any(|tree| whole.starts_with(tree))
}

/// Where the file of this user is, if there is a place for one.
fn file() -> Option<PathBuf> {
    let variable = |name| {
        // One that begins at the current folder leads into what is audited.
        env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let folder = match () {
        () if cfg!(windows) => variable("APPDATA"),
        () if cfg!(target_os = "macos") => {
            variable("HOME").map(|home| home.join("Library/Application Support"))
        }
        () => variable("XDG_CONFIG_HOME")
            .or_else(|| variable("HOME").map(|home| home.join(".config"))),
    };
    folder.map(|folder| folder.join("npsso-audit").join("config.toml"))
}
