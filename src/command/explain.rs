//! `npsso-audit --explain FILE:LINE`: why a value is reported, or is not.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail};

use super::{audit, inputs, unless_closed};
use crate::cli::AuditArgs;
use crate::detect::{Explained, explain};
use crate::model::blob::Provenance;
use crate::model::finding::Exposure;
use crate::model::location::Location;
use crate::model::suppression::Suppression;
use crate::report::human;
use crate::report::redaction;
use crate::report::terminal::{escape, escape_name};
use crate::rule::RuleSet;
use crate::suppress::Known;

/// Bytes of a file that are explained.
const MAX_FILE: u64 = 256 << 20;

/// Explains what stands on a line of a file. The exit code is 0 whatever is said:
/// nothing is audited.
pub fn run(place: &OsStr, args: &AuditArgs) -> anyhow::Result<u8> {
    let (path, line) = split(place)?;
    let rules = RuleSet::with_files(&args.rules)?;
    let name = escape_name(&Provenance::File(path.clone()));
    if !fs::metadata(&path).with_context(|| name.clone())?.is_file() {
        bail!("{name}: not a file; name the file and the line of a place, as in a report");
    }
    let mut bytes = Vec::new();
    let file = fs::File::open(&path).with_context(|| name.clone())?;
    let mut file = file.take(MAX_FILE + 1);
    file.read_to_end(&mut bytes).with_context(|| name.clone())?;
    if bytes.len() as u64 > MAX_FILE {
        bail!("{name}: more than 256 MiB; cut the file around the line, and explain that");
    }
    let lines = 1 + memchr::memchr_iter(b'\n', &bytes).count() as u64;
    if line == 0 || line > lines {
        bail!("{name}: there is no line {line}; it has {lines}");
    }
    let project = inputs::project(std::slice::from_ref(&path));
    let explained = explain(&bytes, Some(&project.path_of(&path)), line, &rules);
    let mut known = Known::on(audit::today());
    known.honours_foreign_pragmas = args.honour_foreign_pragmas;
    known.add_tree_of(&path)?;
    if let Some(baseline) = &args.baseline {
        known.add_baseline(baseline)?;
    }
    let mut out = BufWriter::new(io::stdout().lock());
    let written = match explained.is_empty() {
        true => writeln!(
            out,
            "{name}:{line}: nothing here has the shape of an NPSSO or a pdccws_p; what is encoded is not looked into"
        ),
        false => explained.iter().try_for_each(|value| {
            write_value(value, &name, &mut out)?;
            let suppression = suppression(value, &path, &known);
            match suppression {
                Some(it) => writeln!(out, "  {}", human::suppressed(&it)),
                None => Ok(()),
            }
        }),
    };
    unless_closed(written.and_then(|()| out.flush())).context("standard output")?;
    Ok(0)
}

/// What says of a reported value that it is known.
fn suppression(explained: &Explained, path: &Path, known: &Known) -> Option<Suppression> {
    let (secret, judgement) = explained.value.as_ref()?;
    let rule = judgement.rule?;
    let exposure = Exposure {
        provenance: Arc::new(Provenance::File(path.to_path_buf())),
        inside: Vec::new(),
        location: Location {
            line: explained.line,
            column: explained.column,
            end_line: explained.line,
            end_column: explained.column,
            byte_offset: 0,
            byte_length: 0,
        },
        encoded_at: None,
        rule: Arc::clone(&rule.id),
        confidence: rule.confidence,
        history: None,
        cookie: None,
        why: None,
        pragmas: explained.pragmas.clone(),
        suppression: None,
    };
    known.at(&secret.fingerprint(rule.kind), &exposure)
}

/// `FILE:LINE`, as reports write a place; a column behind it is left out.
fn split(place: &OsStr) -> anyhow::Result<(PathBuf, u64)> {
    let usage = "write it as FILE:LINE, for example --explain bot/.env:3";
    let Some(text) = place.to_str() else {
        bail!("{usage}; the name of the file has to be UTF-8");
    };
    let mut parts = text.rsplitn(2, ':');
    let (last, rest) = (parts.next().unwrap_or(""), parts.next());
    let (Some(rest), Ok(number)) = (rest, last.parse::<u64>()) else {
        bail!("{usage}, not `{}`", escape(text));
    };
    // `FILE:LINE:COLUMN`, unless the file is really called so.
    if !Path::new(rest).exists()
        && let Some((file, line)) = rest.rsplit_once(':')
        && let Ok(line) = line.parse::<u64>()
    {
        return Ok((file.into(), line));
    }
    Ok((rest.into(), number))
}

fn write_value(explained: &Explained, file: &str, out: &mut dyn Write) -> io::Result<()> {
    let Explained {
        line,
        column,
        value,
        ..
    } = explained;
    let Some((secret, judgement)) = value else {
        return writeln!(
            out,
            "{file}:{line}:{column}: not reported as it stands\n  its own letters: a digest, a placeholder, text, or a part of something longer; what is encoded is not looked into"
        );
    };
    let verdict = match judgement.rule {
        Some(rule) => format!("{}, {}", rule.confidence.id(), rule.id),
        None => "not reported".to_owned(),
    };
    writeln!(
        out,
        "{file}:{line}:{column}: {}  {verdict}",
        secret.redacted()
    )?;
    writeln!(
        out,
        "  {}",
        escape(&redaction::without_values(&judgement.reason()))
    )?;
    if !judgement.names.is_empty() {
        writeln!(out, "  its names, the closest first:")?;
    }
    for own in &judgement.names {
        let text = escape(&redaction::without_values(&own.text));
        writeln!(out, "    {text}  ({})", own.how.in_words())?;
    }
    Ok(())
}
