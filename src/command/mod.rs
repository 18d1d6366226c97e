//! What the program can be told to do; this is where the parts are wired.

mod allow;
mod audit;
mod baseline;
mod ci;
mod config;
mod explain;
mod exposure;
mod hook;
mod inputs;
mod interrupt;
mod list;
mod mistake;
mod output;
mod progress;
mod rules;
mod self_test;
mod verify;

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write as _};
use std::process::ExitCode;

use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory as _, FromArgMatches as _};

use crate::cli::{BaselineCommand, Cli, ColorArg, Command, ConfigCommand};
use crate::config::Origins;
use crate::report::redaction;
use crate::report::{Style, terminal};

/// The exit code of a wrong command line or rule file, and of a report that
/// could not be written.
const FAILED: u8 = 2;
/// Characters of an error.
const LONGEST_ERROR: usize = 2000;

/// Runs the program with the arguments that it was started with.
pub fn run() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let matches = Cli::command().try_get_matches();
    let given = matches.as_ref().map(given).unwrap_or_default();
    let cli = matches.and_then(|matches| Cli::from_arg_matches(&matches));
    // Whoever types nothing but a name, or nothing that fits a command, can mean a file.
    if let Some(name) = arguments.first()
        && (arguments.len() == 1 || cli.as_ref().is_err_and(clap::Error::use_stderr))
        && let Some(answer) = mistake::namesake(name)
    {
        say(&format!("npsso-audit: {}", terminal::escape(&answer)));
    }
    let mut cli = match cli {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() => {
            if let Some(answer) = mistake::option(&error) {
                complain(&anyhow::Error::msg(answer));
                return ExitCode::from(FAILED);
            }
            // The message repeats the argument, and an argument can hold anything.
            let text = redaction::text(&error.render().to_string());
            say(terminal::escape_lines(&text).trim_end());
            return ExitCode::from(FAILED);
        }
        // Help and version
        Err(text) => text.exit(),
    };
    // What the user's file has no say in there: the baseline is the file that is named, and one that is
    // written takes the place of a report.
    let is_hook = cli.audit.staged
        || cli.audit.message.is_some()
        || cli.audit.pre_push.is_some()
        || cli.audit.pre_receive;
    let fixed: &[&str] = match &cli.command {
        Some(Command::Baseline {
            action: BaselineCommand::Check { .. },
        }) => &["baseline"],
        Some(Command::Baseline { .. }) => &["baseline", "format"],
        // Git shows what a hook says to people.
        None if is_hook => &["format"],
        _ => &[],
    };
    let is_given = |name: &str| given.iter().any(|given| given == name) || fixed.contains(&name);
    let origins = match cli.audit_args() {
        Some(args) => crate::config::apply(args, is_given),
        None => Ok(Origins::default()),
    };
    let origins = match origins {
        Ok(origins) => origins,
        Err(error) => {
            complain(&error);
            return ExitCode::from(FAILED);
        }
    };
    if let Some(file) = &origins.audited {
        let file = terminal::escape(&redaction::text(&file.display().to_string()));
        say(&format!(
            "npsso-audit: {file} is a part of what is audited, so it sets no preferences; --config names it all the same"
        ));
    }
    let result = match &cli.command {
        None => match &cli.audit.explain {
            Some(place) => explain::run(place, &cli.audit),
            None => audit::run(&cli.audit),
        },
        Some(Command::Allow {
            fingerprints,
            reason,
            until,
            paths,
        }) => allow::run(fingerprints, reason, until.as_deref(), paths),
        Some(Command::Config {
            action: ConfigCommand::Show { audit },
        }) => config::show(audit, &origins, is_given),
        Some(Command::Baseline { action }) => baseline::run(action),
        Some(Command::Hook { action }) => hook::run(action),
        Some(Command::Rules { files, action }) => rules::run(files, action.as_ref()),
        Some(Command::Exposure { kind, color }) => exposure::table(*kind, style(*color)),
        Some(Command::Remedy { kind, color }) => exposure::remedies(*kind, style(*color)),
    };
    match result {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            complain(&error);
            ExitCode::from(FAILED)
        }
    }
}

/// The names of the options that the command line gives.
fn given(matches: &ArgMatches) -> Vec<String> {
    let innermost = std::iter::successors(Some(matches), |it| Some(it.subcommand()?.1)).last();
    let Some(matches) = innermost else {
        return Vec::new();
    };
    let names = matches.ids().map(|id| id.as_str());
    let is_given = |name: &&str| {
        let is_value = matches.try_contains_id(name).unwrap_or(false);
        is_value && matches.value_source(name) == Some(ValueSource::CommandLine)
    };
    names.filter(is_given).map(str::to_owned).collect()
}

/// Says on standard error what went wrong, with its causes.
fn complain(error: &anyhow::Error) {
    let text = redaction::text(&format!("{error:#}"));
    let mut text = terminal::escape(&text);
    // What is wrong can be as long as it likes.
    if let Some((at, _)) = text.char_indices().nth(LONGEST_ERROR) {
        text.replace_range(at.., "…");
    }
    say(&format!("npsso-audit: error: {text}"));
}

/// Writes a line to standard error. Where that cannot be written, nobody is
/// left to tell, and the exit code says it.
fn say(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// How to write for people on standard output.
fn style(color: ColorArg) -> Style {
    let color = match color {
        ColorArg::Always => true,
        ColorArg::Never => false,
        ColorArg::Auto => {
            let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
            let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
            !refused && !dumb && io::stdout().is_terminal()
        }
    };
    let columns = std::env::var("COLUMNS")
        .ok()
        .and_then(|columns| columns.parse::<usize>().ok());
    let columns =
        columns.or_else(|| terminal_size::terminal_size().map(|(width, _)| usize::from(width.0)));
    Style {
        color,
        verbose: false,
        quiet: false,
        width: columns.unwrap_or(100).clamp(60, 160),
    }
}

/// A closed standard output, as with `| head`, ends the writing and is no error.
fn unless_closed(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}
