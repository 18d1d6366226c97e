//! What is typed, as the rest of the program takes it.

use std::time::Duration;

use crate::cli::{AuditArgs, ConfidenceArg, FailOnArg, FormatArg, KindArg};
use crate::engine::budget::Bounds;
use crate::model::audit::FailOn;
use crate::model::finding::Confidence;
use crate::model::secret::SecretKind;
use crate::report::ReportFormat;

/// How much may be unpacked and judged.
pub fn bounds(args: &AuditArgs) -> Bounds {
    /// More than any machine has, and little enough to be multiplied.
    const MOST: usize = usize::MAX >> 8;
    Bounds {
        decode: !args.no_decode,
        depth: usize::from(args.max_depth),
        bytes: args.max_unpacked,
        total: args.max_total,
        ratio: args.max_ratio,
        entries: args.max_entries,
        time: Duration::from_secs(args.max_time),
        memory: usize::try_from(args.max_memory).map_or(MOST, |memory| memory.min(MOST)),
    }
}

impl From<FormatArg> for ReportFormat {
    fn from(arg: FormatArg) -> ReportFormat {
        match arg {
            FormatArg::Human => ReportFormat::Human,
            FormatArg::Json => ReportFormat::Json,
            FormatArg::Sarif => ReportFormat::Sarif,
        }
    }
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

impl From<KindArg> for SecretKind {
    fn from(arg: KindArg) -> SecretKind {
        match arg {
            KindArg::Npsso => SecretKind::Npsso,
            KindArg::PdccwsP => SecretKind::PdccwsP,
        }
    }
}
