//! `npsso-audit PATH…`: the audit itself.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use anyhow::{Context as _, bail};

use super::output::Output;
use super::progress::ProgressLine;
use super::{FAILED, complain, interrupt, style};
use crate::audit::{Audit, Outcome, Settings};
use crate::blob::Provenance;
use crate::cli::AuditArgs;
use crate::detect::Match;
use crate::finding::Exposure;
use crate::report::{self, Format, LineHashes, Style, human};
use crate::rule::RuleSet;
use crate::scan::{self, Progress};
use crate::source::{Files, Found, History, Source, Stdin, work_tree};

/// Audits what the arguments name, and writes the reports.
pub fn run(args: &AuditArgs) -> anyhow::Result<u8> {
    let rules = RuleSet::with_files(&args.rules)?;
    let outputs = outputs(args)?;
    let inputs = inputs(args);
    let threads = args.threads.map_or_else(default_threads, usize::from);
    let style = Style {
        verbose: args.verbose,
        quiet: args.quiet,
        ..style(args.color)
    };

    let progress = Arc::new(Progress::default());
    interrupt::install(&progress.stop).context("signal handlers")?;
    let line = ProgressLine::start(&progress, !args.quiet);
    let live = Live::new(&outputs);
    let sources = inputs.sources(threads, args);
    let announce = |hit: &Match, provenance: &Provenance| live.announce(hit, provenance);
    let gathered = scan::run(
        &sources,
        &rules,
        args.min_confidence.into(),
        &progress,
        &announce,
    );
    drop(line);

    let audit = Audit {
        findings: gathered.findings,
        skipped: gathered.skipped,
        notes: gathered.notes,
        totals: gathered.totals,
        settings: Settings {
            inputs: inputs.names(),
            min_confidence: args.min_confidence.into(),
            show_secrets: args.show_secrets,
            show_authors: args.show_authors,
            now: now(),
        },
        base: base(&inputs.paths),
    };
    if audit.outcome() == Outcome::Nothing {
        say_nothing_was_audited(&audit);
    }
    write_reports(&audit, &rules, &outputs, style)
}

/// What to audit.
struct Inputs {
    paths: Vec<PathBuf>,
    stdin: bool,
}

impl Inputs {
    fn names(&self) -> Vec<String> {
        let paths = self
            .paths
            .iter()
            .map(|path| path.to_string_lossy().into_owned());
        self.stdin
            .then(|| "-".to_owned())
            .into_iter()
            .chain(paths)
            .collect()
    }

    fn sources(&self, threads: usize, args: &AuditArgs) -> Vec<Box<dyn Source>> {
        let mut sources: Vec<Box<dyn Source>> = Vec::new();
        if !self.paths.is_empty() {
            let repositories = Found::default();
            sources.push(Box::new(Files {
                paths: self.paths.clone(),
                threads,
                repositories: (!args.no_history).then(|| repositories.clone()),
                history_only: args.history_only,
            }));
            sources.push(Box::new(History {
                repositories,
                threads,
            }));
        }
        if self.stdin {
            sources.push(Box::new(Stdin));
        }
        sources
    }
}

fn inputs(args: &AuditArgs) -> Inputs {
    let stdin = args.paths.iter().any(|path| path.as_os_str() == "-");
    let mut paths: Vec<PathBuf> = args
        .paths
        .iter()
        .filter(|path| path.as_os_str() != "-")
        .cloned()
        .collect();
    if paths.is_empty() && !stdin {
        paths.push(PathBuf::from("."));
    }
    Inputs {
        paths: without_overlap(paths),
        stdin,
    }
}

/// The paths without those that lie in another one: what is named twice is
/// audited once.
fn without_overlap(mut paths: Vec<PathBuf>) -> Vec<PathBuf> {
    paths.sort();
    paths.dedup();
    let real: Vec<Option<PathBuf>> = paths
        .iter()
        .map(|path| std::fs::canonicalize(path).ok())
        .collect();
    let covered = |index: usize| {
        let Some(own) = &real[index] else {
            return false;
        };
        real.iter().enumerate().any(|(other, path)| match path {
            Some(path) if path == own => other < index,
            Some(path) => own.starts_with(path),
            None => false,
        })
    };
    let kept: Vec<bool> = (0..paths.len()).map(|index| !covered(index)).collect();
    let mut kept = kept.into_iter();
    paths.retain(|_| kept.next().unwrap_or(true));
    paths
}

fn outputs(args: &AuditArgs) -> anyhow::Result<Vec<Output>> {
    let to_stdout = |path: &Path| path.as_os_str() == "-";
    let mut outputs = vec![Output {
        format: args.format.into(),
        file: args.output.clone().filter(|path| !to_stdout(path)),
    }];
    for (format, file) in &args.reports {
        outputs.push(Output {
            format: (*format).into(),
            file: Some(file.clone()).filter(|path| !to_stdout(path)),
        });
    }
    for (number, output) in outputs.iter().enumerate() {
        let taken = outputs[..number]
            .iter()
            .any(|other| other.file == output.file);
        if taken {
            match &output.file {
                Some(file) => bail!(
                    "two reports go to {}; give each a file of its own",
                    file.display()
                ),
                None => bail!(
                    "two reports go to standard output; give one a file with -o or --report FORMAT=FILE"
                ),
            }
        }
        output.check()?;
    }
    Ok(outputs)
}

/// The time of the audit; `SOURCE_DATE_EPOCH` sets it for reports that have to
/// be the same twice.
fn now() -> i64 {
    let given = std::env::var("SOURCE_DATE_EPOCH")
        .ok()
        .and_then(|seconds| seconds.parse::<i64>().ok());
    given.unwrap_or_else(|| {
        SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .map_or(0, |since| since.as_secs() as i64)
    })
}

fn default_threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Findings in an input that goes on are shown at once, when the report on
/// standard output is one for people.
struct Live {
    out: Option<Mutex<io::Stdout>>,
}

impl Live {
    fn new(outputs: &[Output]) -> Live {
        let for_people = outputs
            .iter()
            .any(|output| output.file.is_none() && output.format == Format::Human);
        Live {
            out: for_people.then(|| Mutex::new(io::stdout())),
        }
    }

    fn announce(&self, hit: &Match, provenance: &Provenance) {
        let Some(out) = &self.out else { return };
        let Ok(mut out) = out.lock() else { return };
        let exposure = Exposure {
            provenance: provenance.clone(),
            location: hit.location,
            rule: hit.rule.id.clone(),
            confidence: hit.rule.confidence,
            history: None,
        };
        // The report at the end says it again, and says then what went wrong.
        let _ = human::write_live(&exposure, hit.rule.kind, &hit.secret, &mut *out)
            .and_then(|()| out.flush());
    }
}

/// Where relative URIs start: at the work tree that holds everything, because
/// that is where code scanning looks; else at the current folder; else at what
/// all paths have in common.
fn base(paths: &[PathBuf]) -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    let absolute: Vec<PathBuf> = paths
        .iter()
        .filter_map(|path| std::fs::canonicalize(path).ok())
        .collect();
    let Some(first) = absolute.first() else {
        return here;
    };
    if let Some(tree) = work_tree(first)
        && absolute.iter().all(|path| path.starts_with(&tree))
    {
        return tree;
    }
    if let Ok(here) = std::fs::canonicalize(&here)
        && absolute.iter().all(|path| path.starts_with(&here))
    {
        return here;
    }
    let folder = if first.is_dir() {
        first.as_path()
    } else {
        first.parent().unwrap_or(first)
    };
    let common = folder
        .ancestors()
        .find(|folder| absolute.iter().all(|path| path.starts_with(folder)));
    common.map_or(here, Path::to_path_buf)
}

fn say_nothing_was_audited(audit: &Audit) {
    let missing = audit.skipped.first().map(|skipped| {
        let name = report::terminal::escape_name(&skipped.provenance);
        format!("{name}: {}", skipped.reason.explain())
    });
    let why = missing.unwrap_or_else(|| match audit.settings.inputs.first().map(String::as_str) {
        Some("-") => "standard input was empty; did the command before the pipe fail?".to_owned(),
        _ => "there is no file in what was named".to_owned(),
    });
    eprintln!("npsso-audit: error: nothing was audited: {why}");
}

fn write_reports(
    audit: &Audit,
    rules: &RuleSet,
    outputs: &[Output],
    style: Style,
) -> anyhow::Result<u8> {
    let hashes = outputs
        .iter()
        .any(|output| output.format == Format::Sarif)
        .then(|| LineHashes::read(audit));
    let mut failed = false;
    let mut seen = false;
    for output in outputs {
        let style = if output.file.is_some() {
            Style {
                color: false,
                ..style
            }
        } else {
            style
        };
        let private = audit.settings.show_secrets;
        match output.write(private, |out| {
            report::write(output.format, audit, rules, hashes.as_ref(), style, out)
        }) {
            Ok(()) => seen |= output.file.is_none(),
            Err(error) => {
                complain(&error);
                failed = true;
            }
        }
    }
    if !failed {
        return Ok(audit.outcome().exit_code());
    }
    if !seen {
        // The audit may have taken long, so what it found is not lost with the report.
        let mut stderr = io::stderr().lock();
        human::write(
            audit,
            rules,
            Style {
                color: false,
                ..style
            },
            &mut stderr,
        )
        .context("standard error")?;
    }
    Ok(FAILED)
}
