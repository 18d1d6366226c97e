//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

use crate::engine::budget::Bounds;
use crate::model::audit::FailOn;
use crate::model::finding::Confidence;
use crate::model::secret::SecretKind;
use crate::report::Format;

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

/// A hook of git by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum HookArg {
    /// Audits what is staged
    PreCommit,
    /// Audits the message of the commit
    CommitMsg,
    /// Audits what a push sends
    PrePush,
    /// Audits what a server is sent
    PreReceive,
}

/// What to do with the rules.
#[derive(Debug, Subcommand)]
pub enum RulesCommand {
    /// Run the examples and counterexamples that the rules carry
    Check {
        /// A rule file to check alone; the rules in use without it
        file: Option<PathBuf>,
    },
    /// Explain one rule
    Show {
        /// The rule's id
        id: String,
    },
}

/// Options of an audit.
#[derive(Clone, Debug, Args)]
pub struct AuditArgs {
    /// Files and folders to audit, or - for standard input [default: ., unless
    /// something is piped in]; with
    /// --staged, --range and the like, what to leave it at, as git takes it:
    /// src, '*.env', ':!fixtures'. The first one can lead to another repository
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// Audit the paths in this list, or with - in the one on standard input
    ///
    /// The list takes the place of PATH. It has one path a line, or NUL bytes
    /// between them; they count from the current folder. For example:
    /// git ls-files -z | npsso-audit --files-from -
    #[arg(long, value_name = "FILE", conflicts_with_all = ["paths", "explain"])]
    pub files_from: Option<PathBuf>,

    /// Audit nothing but what this glob matches, as in a .gitignore; can be
    /// given several times
    ///
    /// A folder stands for everything in it. Paths count from the PATH that was
    /// named; with --staged, --range and in a history, from the root of the work
    /// tree. An object of a history is audited when any of its paths is meant;
    /// messages are no files and always audited. For example:
    /// npsso-audit . --only '*.env' --only config/
    #[arg(long, value_name = "GLOB")]
    pub only: Vec<String>,

    /// Leave out what this glob matches, as in a .gitignore; can be given
    /// several times
    ///
    /// It is read as with --only, and wins over it. What is left out is counted.
    /// A later glob with a ! takes back what it matches, also from a folder that
    /// is left out. For example:
    /// npsso-audit . --exclude vendor/ --exclude '!vendor/keep/'
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,

    /// Audit what the next commit would add, read from the index
    #[arg(long)]
    pub staged: bool,

    /// Audit a commit message, as a commit-msg hook gets it; can be combined
    /// with --staged
    #[arg(long, value_name = "FILE")]
    pub message: Option<PathBuf>,

    /// Audit what these commits add: A..B, A...B, B, "B --not --remotes"
    #[arg(long, value_name = "REVS", allow_hyphen_values = true, conflicts_with_all = ["staged", "message"])]
    pub range: Option<String>,

    /// Audit what this CI run adds, as GitHub Actions or GitLab CI say in the
    /// environment: the commits of a push, a pull request, a merge request or a
    /// merge group; on a schedule, for a tag and in other systems everything.
    /// Says on standard error what it chose
    #[arg(long, conflicts_with_all = ["staged", "message", "range"])]
    pub ci: bool,

    /// Audit what a push would send, as git or pre-commit tells a pre-push hook
    #[arg(long, value_name = "REMOTE", num_args = 0..=1, require_equals = true, conflicts_with_all = ["staged", "message", "range", "ci"])]
    pub pre_push: Option<Option<String>>,

    /// Audit what a server would take, as git tells a pre-receive hook
    #[arg(long, conflicts_with_all = ["staged", "message", "range", "ci", "pre_push"])]
    pub pre_receive: bool,

    /// Say why what stands on a line of a file is reported, or is not
    #[arg(long, value_name = "FILE:LINE", conflicts_with_all = ["paths", "staged", "message", "range", "ci", "pre_push", "pre_receive"])]
    pub explain: Option<OsString>,

    /// Format of the report
    #[arg(short, long, value_enum, default_value_t = FormatArg::Human)]
    pub format: FormatArg,

    /// Write the report to a file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Write one more report; can be given several times
    #[arg(long = "report", value_name = "FORMAT=FILE", value_parser = report_arg)]
    pub reports: Vec<(FormatArg, PathBuf)>,

    /// Leave out findings that are less sure than this
    #[arg(long, value_enum, default_value_t = ConfidenceArg::Medium)]
    pub min_confidence: ConfidenceArg,

    /// Rule files to use besides the built-in rules; can be given several times
    #[arg(long = "rules", value_name = "FILE")]
    pub rules: Vec<PathBuf>,

    /// Do not audit the history of git repositories
    #[arg(long)]
    pub no_history: bool,

    /// Audit nothing but the history of the git repositories in these paths
    #[arg(long, conflicts_with = "no_history")]
    pub history_only: bool,

    /// Print the secrets themselves (never in SARIF)
    #[arg(long)]
    pub show_secrets: bool,

    /// Print who wrote the commits that hold a secret
    #[arg(long)]
    pub show_authors: bool,

    /// Take the secrets in this baseline for known: they are counted, and only
    /// others are new; `npsso-audit baseline create FILE` writes one
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,

    /// Let comments of gitleaks, betterleaks, kingfisher, detect-secrets and trufflehog
    /// count as well (`gitleaks:allow`): they name no secret, so they hide whatever
    /// stands there
    #[arg(long)]
    pub honour_foreign_pragmas: bool,

    /// Take preferences from this file instead of the user's own; `npsso-audit config
    /// show` says which are in force
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    pub config: Option<PathBuf>,

    /// Take preferences from the command line alone
    #[arg(long)]
    pub no_config: bool,

    /// Take what a baseline knows for new where it stands in a file that was not there
    /// before
    #[arg(long, requires = "baseline")]
    pub strict_baseline: bool,

    /// What makes the exit code 1; everything is reported all the same
    #[arg(long, value_enum, default_value_t = FailOnArg::New, value_name = "WHAT")]
    pub fail_on: FailOnArg,

    /// Write what `git filter-repo` needs for --replace-text and
    /// --replace-message to purge the secrets found, and say what to type; the
    /// file holds them, is for its owner only and lies in no work tree
    #[arg(long, value_name = "FILE")]
    pub purge_file: Option<PathBuf>,

    /// Let what is only noted otherwise make the audit incomplete, too (exit code
    /// 4): what is encrypted, damaged or of a kind that is not opened, pictures,
    /// and what was not followed; not what --only and --exclude leave out
    #[arg(long)]
    pub strict: bool,

    /// Read everything as it stands: look neither into encodings (base64, hex,
    /// escapes, broken lines) nor into containers (archives, compressed files,
    /// databases, mail)
    #[arg(long)]
    pub no_decode: bool,

    /// Containers inside of each other that are opened
    #[arg(long, value_name = "N", default_value_t = 8, help_heading = "Bounds")]
    pub max_depth: u8,

    /// What one input may be unpacked to; a member of it that needs more than half
    /// of what is left is not read to its end, and its siblings are. A stretch of
    /// zeros counts for a sixteenth
    #[arg(long, value_name = "SIZE", default_value = "32G", value_parser = size_arg, help_heading = "Bounds")]
    pub max_unpacked: u64,

    /// What all inputs together may be unpacked to
    #[arg(long, value_name = "SIZE", default_value = "1T", value_parser = size_arg, help_heading = "Bounds")]
    pub max_total: u64,

    /// How many times its own length an input may be unpacked to, once that is
    /// more than 2 GiB
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u64).range(1..), help_heading = "Bounds")]
    pub max_ratio: u64,

    /// Members of one container; of one inside of another one, half of what others
    /// inside of it have left
    #[arg(
        long,
        value_name = "N",
        default_value_t = 1_000_000,
        help_heading = "Bounds"
    )]
    pub max_entries: u64,

    /// How long unpacking and judging one input may take
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 600,
        help_heading = "Bounds"
    )]
    pub max_time: u64,

    /// What one decoder may hold in memory: dictionaries, databases, archives
    /// inside of others; half of it for containers in encoded texts, a quarter
    /// for an encoded text. What is found may take as much: further places of
    /// secrets that do not fit, as after some 100,000, are counted and not listed.
    /// The first places of 100,000 secrets are always listed
    #[arg(long, value_name = "SIZE", default_value = "64M", value_parser = size_arg, help_heading = "Bounds")]
    pub max_memory: u64,

    /// How many threads to use [default: as many as there are cores]
    #[arg(short = 'j', long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub threads: Option<u16>,

    /// When to use colour
    #[arg(long, value_enum, default_value_t = ColorArg::Auto)]
    pub color: ColorArg,

    /// Say only what was found and what went wrong
    #[arg(short, long, conflicts_with = "verbose")]
    pub quiet: bool,

    /// List every place, and everything that could not be read, and say what
    /// each request of --verify came to; twice: say of each place which name
    /// bound the value
    #[arg(short, long, action = ArgAction::Count)]
    pub verbose: u8,

    /// Ask Sony whether the secrets found are still live: sends each of them,
    /// once, to the host that issued it. Nothing else reaches the network
    #[arg(long, help_heading = "Verification")]
    pub verify: bool,

    /// Ask about secrets too that are known by an entry or a baseline
    #[arg(long, requires = "verify", help_heading = "Verification")]
    pub verify_suppressed: bool,

    /// Requests that --verify may send in all [default: 10]; more than a dozen
    /// can get an address blocked
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), help_heading = "Verification")]
    pub verify_limit: Option<u32>,

    /// How --verify asks about an NPSSO [default: authorize]
    #[arg(long, value_enum, value_name = "HOW", help_heading = "Verification")]
    pub verify_with: Option<VerifyWithArg>,

    /// Ask this host about an NPSSO instead of ca.account.sony.com
    #[arg(long, value_name = "URL", help_heading = "Verification")]
    pub issuer_url: Option<String>,

    /// Ask this host about a pdccws_p instead of web.np.playstation.com
    #[arg(long, value_name = "URL", help_heading = "Verification")]
    pub store_url: Option<String>,

    /// Trust these certificates too (PEM), as those of a company's proxy
    #[arg(long, value_name = "FILE", help_heading = "Verification")]
    pub ca_cert: Option<PathBuf>,
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

impl AuditArgs {
    /// How much may be unpacked.
    pub fn bounds(&self) -> Bounds {
        /// More than any machine has, and little enough to be multiplied.
        const MOST: usize = usize::MAX >> 8;
        Bounds {
            decode: !self.no_decode,
            depth: usize::from(self.max_depth),
            bytes: self.max_unpacked,
            total: self.max_total,
            ratio: self.max_ratio,
            entries: self.max_entries,
            time: Duration::from_secs(self.max_time),
            memory: usize::try_from(self.max_memory).map_or(MOST, |memory| memory.min(MOST)),
        }
    }
}

/// A number of bytes: `65536`, `64k`, `10M`, `2G`, `1T`.
pub fn size_arg(text: &str) -> Result<u64, String> {
    let wrong =
        || format!("write it as a number of bytes, or with k, M, G or T: 64M, not `{text}`");
    let number = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let power = match text[number.len()..]
        .to_ascii_lowercase()
        .trim_end_matches("ib")
        .trim_end_matches('b')
    {
        "" => 0,
        "k" => 10,
        "m" => 20,
        "g" => 30,
        "t" => 40,
        _ => return Err(wrong()),
    };
    let number: u64 = number.parse().map_err(|_| wrong())?;
    number.checked_mul(1 << power).ok_or_else(wrong)
}

fn report_arg(text: &str) -> Result<(FormatArg, PathBuf), String> {
    let (format, file) = text
        .split_once('=')
        .ok_or_else(|| "write it as FORMAT=FILE, for example sarif=npsso.sarif".to_owned())?;
    if file.is_empty() {
        return Err(format!("no file after `{format}=`"));
    }
    Ok((
        FormatArg::from_str(format, false)
            .map_err(|_| format!("no format `{format}`; use human, json or sarif"))?,
        file.into(),
    ))
}

/// A report format by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FormatArg {
    /// For people
    Human,
    /// For programs; documented in docs/reports.md
    Json,
    /// For code scanning, SARIF 2.1.0
    Sarif,
}

impl From<FormatArg> for Format {
    fn from(arg: FormatArg) -> Format {
        match arg {
            FormatArg::Human => Format::Human,
            FormatArg::Json => Format::Json,
            FormatArg::Sarif => Format::Sarif,
        }
    }
}

/// A confidence by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ConfidenceArg {
    /// The right shape, but nothing says what it is
    Low,
    /// Something about PlayStation stands around it
    Medium,
    /// It stands under its own name
    High,
}

impl From<ConfidenceArg> for Confidence {
    fn from(arg: ConfidenceArg) -> Confidence {
        match arg {
            ConfidenceArg::Low => Confidence::Low,
            ConfidenceArg::Medium => Confidence::Medium,
            ConfidenceArg::High => Confidence::High,
        }
    }
}

/// What makes an audit fail, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FailOnArg {
    /// A secret that nobody said is known
    New,
    /// The same, where a file, the index or HEAD holds it
    Current,
    /// A secret that is still live (with --verify)
    Live,
    /// Any secret, known or not
    Any,
}

impl From<FailOnArg> for FailOn {
    fn from(arg: FailOnArg) -> FailOn {
        match arg {
            FailOnArg::New => FailOn::New,
            FailOnArg::Current => FailOn::Current,
            FailOnArg::Live => FailOn::Live,
            FailOnArg::Any => FailOn::Any,
        }
    }
}

/// A kind of secret by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum KindArg {
    /// The sign-in token
    Npsso,
    /// The web-store session cookie
    #[value(name = "pdccws_p", alias = "pdccws_P", alias = "pdccws-p")]
    PdccwsP,
}

impl From<KindArg> for SecretKind {
    fn from(arg: KindArg) -> SecretKind {
        match arg {
            KindArg::Npsso => SecretKind::Npsso,
            KindArg::PdccwsP => SecretKind::PdccwsP,
        }
    }
}

/// How an NPSSO is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum VerifyWithArg {
    /// As the app signs in: both answers are well known; mints a code, which is dropped
    Authorize,
    /// As the account site does: mints nothing, tells when a live one expires;
    /// what a dead one answers is less sure
    Ssocookie,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ColorArg {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}
