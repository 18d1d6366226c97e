//! `npsso-audit PATH…`: the audit itself.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use anyhow::{Context as _, bail};

use super::inputs::Inputs;
use super::output::Output;
use super::progress::ProgressLine;
use super::{FAILED, complain, interrupt, list, say, style, verify};
use crate::cli::{AuditArgs, ConfidenceArg, FailOnArg};
use crate::detect::Match;
use crate::engine;
use crate::engine::Progress;
use crate::model::audit::{Audit, Counted, Mode, Note, NoteKind, Outcome, Settings};
use crate::model::blob::Provenance;
use crate::model::date;
use crate::model::finding::Exposure;
use crate::model::layer::Layer;
use crate::report::redaction;
use crate::report::{self, LineHashes, ReportFormat, Style, human};
use crate::rule::RuleSet;
use crate::source::{Scope, work_tree};
use crate::suppress::Known;
use crate::system;
use crate::system::clock;
use crate::system::threads::Threads;

/// Audits what the arguments name, and writes the reports.
pub fn run(args: &AuditArgs) -> anyhow::Result<u8> {
    let done = audited(args)?;
    if done.audit.outcome() == Outcome::Nothing {
        let paths = done.listed.as_deref().unwrap_or(&args.paths);
        say_nothing_was_audited(&done.audit, args, paths);
    }
    let code = write_reports(&done.audit, &done.rules, &done.outputs, done.style)?;
    if let Some(purge) = &done.purge {
        write_purge_file(&done.audit, purge)?;
    }
    Ok(code)
}

/// An audit, and what is to become of it.
pub struct Done {
    /// What it came to.
    pub audit: Audit,
    /// What was audited, where a list names it.
    listed: Option<Vec<PathBuf>>,
    rules: RuleSet,
    outputs: Vec<Output>,
    purge: Option<Output>,
    style: Style,
}

/// Audits what the arguments name, and writes nothing yet.
///
/// # Errors
///
/// When an argument, a rule file or an entry that says what is known is wrong.
pub fn audited(args: &AuditArgs) -> anyhow::Result<Done> {
    let mut rules = RuleSet::with_files(&args.rules)?;
    rules.reasons = args.verbose > 1;
    rules.least = args.min_confidence.into();
    if args.fail_on == FailOnArg::Live && !args.verify {
        bail!("--fail-on live never fails without --verify, which nobody turned on");
    }
    let scope = Arc::new(Scope::new(&args.only, &args.exclude)?);
    let listed = Inputs::listed(args)?;
    let paths = listed.as_deref().unwrap_or(&args.paths);
    let outputs = outputs(args, paths)?;
    let purge = purge_output(args, paths, &outputs)?;
    let inputs = Inputs::of(args, paths)?;
    let mut verifier = verify::verifier(args)?;
    let now = now();
    let mut known = known(args, &inputs)?;
    scope.suppress(known.places(), known.accepts_paths());
    let threads = args.threads.map_or_else(default_threads, usize::from);
    let threads = Arc::new(Threads::new(system::with_open_files(threads)));
    let style = Style {
        verbose: args.verbose > 0,
        quiet: args.quiet,
        ..style(args.color)
    };

    let progress = Arc::new(Progress::default());
    interrupt::install(&progress.stop).context("signal handlers")?;
    let line = ProgressLine::start(&progress, !args.quiet);
    let live = Live::new(&outputs);
    let announce = |hit: &Match, provenance: &Provenance| live.announce(hit, provenance);
    let (mode, names, project) = (inputs.mode(), inputs.names(), inputs.project());
    let mut gathered = engine::run(
        &inputs.sources(&threads, args, &scope),
        &rules,
        &project,
        &crate::config::bounds(args),
        &threads,
        &progress,
        &announce,
    );
    drop(line);
    known.mark(&mut gathered.findings);
    let accepted = known.accept(&mut gathered.skipped, &mut gathered.notes);
    let is_whole = mode == Mode::Paths
        && scope.is_all()
        && !args.no_decode
        && !args.paths.iter().any(|path| path.as_os_str() == "-")
        && !args.no_history
        && gathered.skipped.is_empty()
        && args.min_confidence != ConfidenceArg::High;
    gathered
        .notes
        .extend(known.notes(&gathered.findings, is_whole));
    gathered.notes.sort();
    gathered.notes.dedup();
    let verification = verifier
        .as_mut()
        .map(|verifier| verify::run(&mut gathered.findings, verifier, args, &progress.stop));

    let audit = Audit {
        findings: gathered.findings,
        skipped: gathered.skipped,
        notes: gathered.notes,
        accepted,
        totals: gathered.totals,
        out_of_scope: scope.left_out(),
        verification,
        settings: Settings {
            mode,
            inputs: names,
            only: args.only.clone(),
            exclude: args.exclude.clone(),
            min_confidence: args.min_confidence.into(),
            show_secrets: args.show_secrets,
            show_authors: args.show_authors,
            strict: args.strict,
            fail_on: args.fail_on.into(),
            has_baseline: args.baseline.is_some(),
            now,
        },
        base: project.folder,
    };
    Ok(Done {
        audit,
        listed,
        rules,
        outputs,
        purge,
        style,
    })
}

/// What is known before the audit begins: by the tree that is audited, and by a baseline.
fn known(args: &AuditArgs, inputs: &Inputs) -> anyhow::Result<Known> {
    let mut known = Known::on(today());
    known.honours_foreign_pragmas = args.honour_foreign_pragmas;
    inputs.say_what_is_known(&mut known, args)?;
    Ok(known)
}

/// Writes what git filter-repo needs, unless there is nothing to purge.
fn write_purge_file(audit: &Audit, purge: &Output) -> anyhow::Result<()> {
    let Some(file) = &purge.file else {
        return Ok(());
    };
    let name = report::terminal::escape_name(&Provenance::File(file.clone()));
    if audit.findings.is_empty() {
        if file.exists() {
            say(&format!(
                "npsso-audit: nothing to purge was found; {name} is left as it was, with what an earlier audit found"
            ));
        }
        return Ok(());
    }
    purge.write(true, |out| report::purge::write(audit, out))?;
    let whole = Provenance::File(resolved(file));
    say(&format!(
        "npsso-audit: {name} holds the secrets; to purge the history, type in the repository:"
    ));
    let recipe = report::purge::recipe(&report::terminal::escape_name(&whole));
    say(&format!("  {recipe}"));
    say(&format!("npsso-audit: {}", report::purge::WITHOUT_REMOTE));
    for sentence in report::purge::beyond(audit) {
        say(&format!("npsso-audit: {sentence}"));
    }
    Ok(())
}

fn outputs(args: &AuditArgs, paths: &[PathBuf]) -> anyhow::Result<Vec<Output>> {
    let to_stdout = |path: &Path| {
        ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"]
            .iter()
            .any(|name| path.as_os_str() == *name)
    };
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
    let places: Vec<Option<PathBuf>> = outputs
        .iter()
        .map(|output| output.file.as_deref().map(resolved))
        .collect();
    for (number, output) in outputs.iter().enumerate() {
        let taken = places[..number].contains(&places[number]);
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
        refuse_input(output, args, paths)?;
    }
    Ok(outputs)
}

/// A report never takes the place of what is audited.
fn refuse_input(output: &Output, args: &AuditArgs, paths: &[PathBuf]) -> anyhow::Result<()> {
    let Some(file) = &output.file else {
        return Ok(());
    };
    let lists = args.files_from.iter().chain(&args.message);
    let mut inputs = paths.iter().chain(lists).chain(&args.rules);
    let whole = resolved(file);
    let is_input = |input: &PathBuf| input.is_file() && resolved(input) == whole;
    if inputs.any(is_input) {
        bail!(
            "report {} would take the place of what is audited; choose another file",
            file.display()
        );
    }
    Ok(())
}

/// The one spelling of a path, whether the file is there or not.
fn resolved(file: &Path) -> PathBuf {
    if let Ok(whole) = std::fs::canonicalize(file) {
        return whole;
    }
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    match (std::fs::canonicalize(folder), file.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => file.to_path_buf(),
    }
}

/// The file for git filter-repo.
fn purge_output(
    args: &AuditArgs,
    paths: &[PathBuf],
    outputs: &[Output],
) -> anyhow::Result<Option<Output>> {
    let Some(file) = &args.purge_file else {
        return Ok(None);
    };
    if outputs
        .iter()
        .any(|output| output.file.as_ref() == Some(file))
    {
        bail!(
            "a report goes to {} too; give each a file of its own",
            file.display()
        );
    }
    let output = Output {
        format: ReportFormat::Human,
        file: Some(file.clone()),
    };
    refuse_work_tree(file)?;
    output.check()?;
    refuse_input(&output, args, paths)?;
    Ok(Some(output))
}

/// What lies in a work tree can be committed, and this file holds the secrets.
fn refuse_work_tree(file: &Path) -> anyhow::Result<()> {
    let whole = resolved(file);
    let tree_of = |path: &Path| path.parent().and_then(work_tree);
    let Some(tree) = tree_of(&whole) else {
        return Ok(());
    };
    let outermost = std::iter::successors(Some(tree.clone()), |tree| tree_of(tree)).last();
    let outside = outermost.as_deref().and_then(Path::parent);
    let name = whole.file_name().unwrap_or_default();
    bail!(
        "purge file {}: would lie in the work tree {}, where the secrets in it could be committed; \
         name one outside of it: --purge-file {}",
        file.display(),
        tree.display(),
        outside
            .map_or_else(std::env::temp_dir, Path::to_path_buf)
            .join(name)
            .display()
    );
}

/// The day on which an entry has to hold. What makes reports the same twice brings back
/// none that has expired.
pub fn today() -> String {
    day(now().max(clock::now()))
}

fn day(seconds: i64) -> String {
    date::rfc3339(seconds).map_or_else(String::new, |date| date[..10].to_owned())
}

/// The time of the audit; `SOURCE_DATE_EPOCH` sets it for reports that have to
/// be the same twice.
fn now() -> i64 {
    let given = std::env::var("SOURCE_DATE_EPOCH")
        .ok()
        .and_then(|seconds| seconds.parse::<i64>().ok());
    given.unwrap_or_else(clock::now)
}

fn default_threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Findings in an input that goes on are shown at once: on standard output when
/// its report is one for people, else on standard error.
struct Live {
    out: Mutex<Box<dyn Write + Send>>,
}

impl Live {
    fn new(outputs: &[Output]) -> Live {
        let for_people = outputs
            .iter()
            .any(|output| output.file.is_none() && output.format == ReportFormat::Human);
        let out: Box<dyn Write + Send> = match for_people {
            true => Box::new(io::stdout()),
            false => Box::new(io::stderr()),
        };
        Live {
            out: Mutex::new(out),
        }
    }

    fn announce(&self, hit: &Match, provenance: &Provenance) {
        let Ok(mut out) = self.out.lock() else { return };
        let exposure = Exposure {
            provenance: Arc::new(provenance.clone()),
            inside: hit.encodings.iter().copied().map(Layer::Encoding).collect(),
            location: hit.location,
            encoded_at: None,
            rule: hit.rule.id.clone(),
            confidence: hit.rule.confidence,
            history: None,
            cookie: hit.cookie.clone(),
            why: None,
            pragmas: Box::default(),
            suppression: None,
        };
        // The report at the end says it again, and says then what went wrong.
        let _ = human::write_live(&exposure, hit.rule.kind, &hit.secret, &mut *out)
            .and_then(|()| out.flush());
    }
}

fn say_nothing_was_audited(audit: &Audit, args: &AuditArgs, paths: &[PathBuf]) {
    let history_only = args.history_only;
    let is_part = |note: &Note| note.kind == NoteKind::HistoryAbove;
    let mut missing: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for skipped in &audit.skipped {
        let name = report::terminal::escape_name(&skipped.provenance);
        missing
            .entry(skipped.reason.explain())
            .or_default()
            .push(name);
    }
    let empty = audit.notes.iter();
    for note in empty.filter(|note| note.kind == NoteKind::Empty) {
        let name = report::terminal::escape_name(&note.provenance);
        missing.entry(note.kind.explain()).or_default().push(name);
    }
    let missing = missing.into_iter();
    let missing: Vec<String> = missing
        .map(|(why, names)| format!("{}: {why}", some_of(&names)))
        .collect();
    let why = (!missing.is_empty()).then(|| missing.join("; "));
    let list = args.files_from.as_deref().filter(|_| paths.is_empty());
    let why = why.or_else(|| list.map(|list| format!("no path is listed in {}", list::name(list))));
    let why = why.or_else(|| out_of_scope(audit));
    let why = why.unwrap_or_else(|| match audit.settings.inputs.first().map(String::as_str) {
        _ if audit.settings.mode == Mode::Range => "there is no commit in this range".to_owned(),
        _ if history_only && audit.notes.iter().any(is_part) => {
            NoteKind::HistoryAbove.explain().to_owned()
        }
        _ if history_only => "there is no history in what was named".to_owned(),
        Some("-") => "standard input was empty; did the command before the pipe fail?".to_owned(),
        _ => "there is no file in what was named".to_owned(),
    });
    say(&format!("npsso-audit: error: nothing was audited: {why}"));
}

/// The first of many names, and how many more there are.
fn some_of(names: &[String]) -> String {
    const SHOWN: usize = 20;
    let shown = names[..names.len().min(SHOWN)].join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// Says which option left nothing to audit.
fn out_of_scope(audit: &Audit) -> Option<String> {
    let globs = |option: &str, globs: &[String]| {
        let globs = globs.iter().map(|glob| format!("{option} '{glob}'"));
        let globs: Vec<String> = globs.collect();
        report::terminal::escape(&redaction::text(&some_of(&globs)))
    };
    let settings = &audit.settings;
    if audit.out_of_scope.only_matches_nothing {
        let only = globs("--only", &settings.only);
        return Some(match settings.exclude.is_empty() {
            true => format!("{only} matches nothing"),
            false => format!("{only} matches nothing that --exclude leaves"),
        });
    }
    let is_excluded = audit.out_of_scope.exclude != Counted::default();
    is_excluded.then(|| {
        let exclude = globs("--exclude", &settings.exclude);
        format!("{exclude} leaves nothing of what was named")
    })
}

fn write_reports(
    audit: &Audit,
    rules: &RuleSet,
    outputs: &[Output],
    style: Style,
) -> anyhow::Result<u8> {
    let hashes = outputs
        .iter()
        .any(|output| output.format == ReportFormat::Sarif)
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
        // Standard error said already why nothing was audited.
        let is_said = audit.outcome() == Outcome::Nothing
            && output.format == ReportFormat::Human
            && output.file.is_none();
        match output.write(private, |out| match is_said {
            true => {
                let notes = audit.notes.iter();
                human::write_notes(
                    notes.filter(|note| note.kind != NoteKind::Empty),
                    style,
                    out,
                )
            }
            false => report::write(output.format, audit, rules, hashes.as_ref(), style, out),
        }) {
            Ok(()) => seen |= output.file.is_none(),
            Err(error) => {
                complain(&error);
                failed = true;
            }
        }
    }
    if !failed {
        return Ok(audit.exit_code());
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
