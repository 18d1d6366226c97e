//! The command line: what can be typed. What it means is for [`config`](crate::config).

mod audit;
mod words;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

pub use audit::{AuditArgs, size_arg};
pub use words::{ColorArg, ConfidenceArg, FailOnArg, FormatArg, HookArg, KindArg, VerifyWithArg};

const EXAMPLES: &str = "\
Examples:
  npsso-audit .                                audit this folder
  npsso-audit ~/.homeassistant /var/log        audit several folders
  npsso-audit ~/Downloads/backup.zip           audit an archive, and everything in it
  journalctl -f | npsso-audit -                watch a log; findings show as they appear
  npsso-audit . --report sarif=npsso.sarif     a report for people, and one for code scanning
  npsso-audit --staged                         audit what the next commit would add
  npsso-audit --range origin/main..HEAD        audit what these commits add
  npsso-audit --ci                             audit what this CI run adds
  npsso-audit . --exclude vendor/              leave a folder out, wherever it is
  npsso-audit . --only '*.env'                 audit these files alone
  npsso-audit --files-from paths.txt           audit what is listed
  npsso-audit . -f json -o report.json         a report for programs
  npsso-audit . --verify                       ask Sony whether what was found is still live
  npsso-audit exposure npsso                   what a leaked NPSSO gives away
  npsso-audit remedy npsso                     what to do about it, step by step
  npsso-audit allow v1:44664f2ed8d7 --reason revoked    say that this one is known
  npsso-audit baseline create known.txt        say that all that is found today is known
  npsso-audit . --baseline known.txt           report only what is new
  npsso-audit rules show npsso-named           what a rule finds, and why
  npsso-audit --explain bot/.env:3             why a value is reported, or is not

Exit codes:
  0  nothing new was found; the last line says what nobody could have read
  1  leaks were found that nobody said are known (--fail-on says what counts)
  2  the command line or a rule file is wrong, or a report could not be written
  3  nothing was audited: no such path, an empty folder, an empty input
  4  nothing was found, but something could not be read (with --strict also what
     nobody could have read), or the audit was interrupted
  5  a secret was found that is still live (--verify)";

/// Finds leaked PlayStation session secrets: the NPSSO token and the pdccws_p cookie.
///
/// Reads files (hidden and git-ignored ones too) and standard input. Works
/// offline unless --verify is given, never writes to what it audits, and never prints a secret unless
/// --show-secrets is given.
#[derive(Debug, Parser)]
#[command(name = "npsso-audit", version, after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
pub struct Cli {
    /// What to do instead of an audit.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// What to audit.
    #[command(flatten)]
    pub audit: AuditArgs,
}

/// Commands other than an audit.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List, explain or self-test the rules
    Rules {
        /// Rule files to use besides the built-in rules
        #[arg(long = "rules", value_name = "FILE", global = true)]
        files: Vec<PathBuf>,
        /// What to do with the rules; without it they are listed
        #[command(subcommand)]
        action: Option<RulesCommand>,
    },
    /// Have git run an audit before each commit and push
    Hook {
        /// What to do
        #[command(subcommand)]
        action: HookCommand,
    },
    /// Say of a secret that it is known: writes an entry to .npsso-audit.toml
    #[command(after_help = ALLOW_EXAMPLES)]
    Allow {
        /// The secret's fingerprint, as the report has it, or at least 12 digits of it;
        /// several make one entry
        #[arg(value_name = "FINGERPRINT", required = true)]
        fingerprints: Vec<String>,
        /// Why it is no danger: revoked, synthetic …
        #[arg(long)]
        reason: String,
        /// The last day on which this holds, as 2027-01-31 [default: for ever]
        #[arg(long, value_name = "DATE")]
        until: Option<String>,
        /// Only where it stands in these files, as .gitignore has them; can be given
        /// several times
        #[arg(long = "path", value_name = "GLOB")]
        paths: Vec<String>,
    },
    /// Write down what is known, so that later audits report only what is new
    #[command(after_help = BASELINE_EXAMPLES)]
    Baseline {
        /// What to do with it
        #[command(subcommand)]
        action: BaselineCommand,
    },
    /// Say which preferences are in force, and where they come from
    Config {
        /// What to do
        #[command(subcommand)]
        action: ConfigCommand,
    },
    /// Print what a leaked secret gives away
    Exposure {
        /// One kind of secret; both without it
        kind: Option<KindArg>,
        /// When to use colour
        #[arg(long, value_enum, default_value_t = ColorArg::Auto)]
        color: ColorArg,
    },
    /// Print what to do about a leaked secret, step by step
    Remedy {
        /// One kind of secret; both without it
        kind: Option<KindArg>,
        /// When to use colour
        #[arg(long, value_enum, default_value_t = ColorArg::Auto)]
        color: ColorArg,
    },
}

const ALLOW_EXAMPLES: &str = "\
Examples:
  npsso-audit allow v1:44664f2ed8d7 --reason 'revoked 2026-11-30'
  npsso-audit allow v1:44664f2ed8d7 --reason 'test account' --until 2027-01-31
  npsso-audit allow v1:44664f2ed8d7 --reason synthetic --path 'fixtures/'

The entry goes to .npsso-audit.toml at the root of the work tree, or in this folder.
It names the secret, so it hides no other one. `git commit` it.";

const BASELINE_EXAMPLES: &str = "\
Examples:
  npsso-audit baseline create .npsso-baseline        everything that is found today is known
  npsso-audit . --baseline .npsso-baseline           what is not in it is new
  npsso-audit baseline update .npsso-baseline        add what is found today
  npsso-audit baseline update .npsso-baseline --prune  and drop what is not found any more
  npsso-audit baseline check .npsso-baseline         the same audit, and which lines are out of date

Revoke first: a baseline hides nothing from whoever can read the repository.";

/// Hides the options that say how to report, where nothing is reported.
fn hide_what_reports(arg: clap::Arg) -> clap::Arg {
    const OPTIONS: [&str; 12] = [
        "explain",
        "format",
        "output",
        "reports",
        "show_secrets",
        "show_authors",
        "baseline",
        "strict_baseline",
        "fail_on",
        "purge_file",
        "verbose",
        "strict",
    ];
    let id = arg.get_id().as_str();
    let is_idle = OPTIONS.contains(&id) || arg.get_help_heading() == Some("Verification");
    arg.hide(is_idle)
}

/// What to do with a baseline.
#[derive(Debug, Subcommand)]
pub enum BaselineCommand {
    /// Audit, and write every secret that is found to a new baseline
    #[command(mut_args(hide_what_reports))]
    Create {
        /// The baseline
        file: PathBuf,
        /// What to audit, and how
        #[command(flatten)]
        audit: Box<AuditArgs>,
    },
    /// Audit, and add every secret that is found and is not in it
    #[command(mut_args(hide_what_reports))]
    Update {
        /// The baseline
        file: PathBuf,
        /// Drop those that are not found any more
        #[arg(long)]
        prune: bool,
        /// What to audit, and how
        #[command(flatten)]
        audit: Box<AuditArgs>,
    },
    /// Audit with it, and say what is new and which of its lines are out of date
    Check {
        /// The baseline
        file: PathBuf,
        /// What to audit, and how
        #[command(flatten)]
        audit: Box<AuditArgs>,
    },
}

/// What to do with the preferences.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print every value, and where it comes from: the command line, the user's file,
    /// or the program
    Show {
        /// Options of an audit, as they would be given to it
        #[command(flatten)]
        audit: Box<AuditArgs>,
    },
}

/// What to do with git's hooks.
#[derive(Debug, Subcommand)]
pub enum HookCommand {
    /// Install hooks; one that is not ours is never overwritten
    Install {
        /// Which ones [default: pre-commit, commit-msg and pre-push; in a bare repository
        /// pre-receive]
        #[arg(value_enum)]
        hooks: Vec<HookArg>,
        /// Take what this baseline knows for known; it is named as it is, from the root of
        /// the work tree
        #[arg(long, value_name = "FILE")]
        baseline: Option<PathBuf>,
        /// A folder in the repository
        #[arg(long, value_name = "PATH", default_value = ".")]
        repository: PathBuf,
    },
    /// Remove the hooks that were installed
    Uninstall {
        /// Which ones [default: all]
        #[arg(value_enum)]
        hooks: Vec<HookArg>,
        /// A folder in the repository
        #[arg(long, value_name = "PATH", default_value = ".")]
        repository: PathBuf,
    },
}

/// What to do with the rules.
#[derive(Debug, Subcommand)]
pub enum RulesCommand {
    /// Run the examples and counterexamples that the rules carry, and check the lists of words
    Check {
        /// A rule file to check alone; the rules in use without it
        file: Option<PathBuf>,
    },
    /// Explain one rule, or the lists of words that names are judged by
    Show {
        /// The rule's id, or words
        id: String,
    },
}

impl Cli {
    /// The options of the audit that it asks for, if it does.
    pub fn audit_args(&mut self) -> Option<&mut AuditArgs> {
        match &mut self.command {
            None => Some(&mut self.audit),
            Some(Command::Config {
                action: ConfigCommand::Show { audit },
            }) => Some(audit),
            Some(Command::Baseline { action }) => Some(match action {
                BaselineCommand::Create { audit, .. }
                | BaselineCommand::Update { audit, .. }
                | BaselineCommand::Check { audit, .. } => audit,
            }),
            Some(_) => None,
        }
    }
}
