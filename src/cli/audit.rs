//! The options of an audit.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{ArgAction, Args, ValueEnum as _};

use super::words::{ColorArg, ConfidenceArg, FailOnArg, FormatArg, VerifyWithArg};

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
