//! Asks the issuer whether a secret is still live: once a secret, one after the
//! other, seldom, and never unless `--verify` is given.

mod psn;
mod verdict;

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::model::audit::Verification;
use crate::model::finding::{Confidence, Finding};
use crate::model::liveness::{Liveness, Why};
use crate::model::secret::{Secret, SecretKind};

pub use psn::{Endpoints, Psn, Question};

/// Somebody who knows whether a secret is live.
pub trait Verifier {
    /// The host that secrets of this kind are sent to, for people.
    fn host(&self, kind: SecretKind) -> &str;

    /// Sends one request. It gives up when `stop` is set.
    fn ask(&mut self, kind: SecretKind, secret: &Secret, stop: &AtomicBool) -> Heard;
}

/// What came of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// An answer.
    Answer {
        /// Its status.
        status: u16,
        /// What it means.
        liveness: Liveness,
    },
    /// No answer, and asking again would not help.
    Nothing(Why),
    /// The connection broke before an answer, so the question may be put again.
    Broken,
}

/// How many requests are sent, and how fast.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Requests in all.
    pub limit: u32,
    /// From the end of one request to the beginning of the next. About 14
    /// requests in a row were enough to be blocked.
    pub spacing: Duration,
    /// Waits before a question is put again, at least.
    pub backoff: [Duration; 2],
}

impl Pace {
    /// The only pace at which a real issuer is asked.
    pub fn with_limit(limit: u32) -> Pace {
        Pace {
            limit,
            spacing: Duration::from_secs(1),
            backoff: [Duration::from_secs(1), Duration::from_secs(2)],
        }
    }
}

/// What is told of each request. None of it was sent by an issuer but the status.
#[derive(Clone, Copy, Debug)]
pub struct Answered<'a> {
    /// Who was asked.
    pub host: &'a str,
    /// About what.
    pub finding: &'a Finding,
    /// What came of it.
    pub heard: Heard,
}

/// The findings that can be asked about, in the order in which they are: the
/// surest first, and an account before a store session.
///
/// What is of low confidence may be a secret of somebody who has nothing to do
/// with PlayStation, and is not shown to a third party. What somebody said is known is
/// asked about only where that is wanted.
pub fn order(findings: &[Finding], asks_known: bool) -> Vec<usize> {
    let mut order: Vec<usize> = (0..findings.len())
        .filter(|at| findings[*at].confidence() >= Confidence::Medium)
        .filter(|at| asks_known || findings[*at].is_new())
        .collect();
    order.sort_by_key(|at| {
        let finding = &findings[*at];
        (std::cmp::Reverse(finding.confidence()), finding.kind)
    });
    order
}

/// Gives every finding its liveness.
pub fn run(
    findings: &mut [Finding],
    asks_known: bool,
    verifier: &mut dyn Verifier,
    pace: &Pace,
    stop: &AtomicBool,
    tell: &mut dyn FnMut(Answered),
) -> Verification {
    let wanted = |finding: &&mut Finding| asks_known || finding.is_new();
    for finding in findings.iter_mut().filter(wanted) {
        finding.liveness = Some(Liveness::unknown(Why::LowConfidence));
    }
    let mut inquiry = Inquiry {
        verifier,
        pace,
        stop,
        tell,
        requests: 0,
        last: None,
    };
    let mut asked = 0;
    let mut over = None;
    for at in order(findings, asks_known) {
        let finding = &mut findings[at];
        if over.is_none() {
            over = inquiry.may_not_ask();
        }
        let liveness = match over {
            Some(over) => over,
            None => {
                asked += 1;
                inquiry.ask(finding)
            }
        };
        finding.liveness = Some(liveness);
        if let Liveness::Unknown { why, retry_at } = liveness
            && let Some(why) = why.ends_verification()
        {
            over = Some(Liveness::Unknown { why, retry_at });
        }
    }
    Verification {
        requests: inquiry.requests,
        limit: pace.limit,
        asked,
    }
}

struct Inquiry<'a> {
    verifier: &'a mut dyn Verifier,
    pace: &'a Pace,
    stop: &'a AtomicBool,
    tell: &'a mut dyn FnMut(Answered),
    requests: u32,
    /// When the last request ended.
    last: Option<Instant>,
}

impl Inquiry<'_> {
    /// Waits for the next request to be due, and says why there can be none.
    fn may_not_ask(&mut self) -> Option<Liveness> {
        self.wait(self.pace.spacing);
        let why = match () {
            () if self.stop.load(Ordering::Relaxed) => Why::Interrupted,
            () if self.requests >= self.pace.limit => Why::LimitReached,
            () => return None,
        };
        Some(Liveness::unknown(why))
    }

    /// Puts the question, and puts it again only when the connection broke
    /// before there was an answer.
    fn ask(&mut self, finding: &Finding) -> Liveness {
        let mut waits = self.pace.backoff.iter();
        loop {
            self.requests += 1;
            let heard = self.verifier.ask(finding.kind, &finding.secret, self.stop);
            self.last = Some(Instant::now());
            (self.tell)(Answered {
                host: self.verifier.host(finding.kind),
                finding,
                heard,
            });
            match heard {
                Heard::Answer { liveness, .. } => return liveness,
                Heard::Nothing(why) => return Liveness::unknown(why),
                Heard::Broken => {}
            }
            let broken = Liveness::unknown(Why::BrokenConnection);
            let Some(wait) = waits.next() else {
                return broken;
            };
            if self.requests >= self.pace.limit {
                return broken;
            }
            self.wait(*wait);
            if let Some(interrupted) = self.may_not_ask() {
                return interrupted;
            }
        }
    }

    /// Lets this much time pass since the last request, or less when stopped.
    fn wait(&self, time: Duration) {
        const TICK: Duration = Duration::from_millis(20);
        let Some(last) = self.last else { return };
        let is_over = self.requests >= self.pace.limit;
        while !is_over && !self.stop.load(Ordering::Relaxed) {
            match time.checked_sub(last.elapsed()) {
                Some(rest) if !rest.is_zero() => thread::sleep(rest.min(TICK)),
                _ => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::model::blob::Provenance;
    use crate::model::finding::Exposure;
    use crate::model::location::Location;

    /// Answers with what was prepared, then with live.
    #[derive(Default)]
    struct Script {
        answers: Vec<Heard>,
        asked: Vec<(SecretKind, String, Instant)>,
        stop_after: Option<usize>,
    }

    impl Verifier for Script {
        fn host(&self, _: SecretKind) -> &str {
            "issuer.example"
        }

        fn ask(&mut self, kind: SecretKind, secret: &Secret, stop: &AtomicBool) -> Heard {
            let number = self.asked.len();
            self.asked
                .push((kind, secret.expose().to_owned(), Instant::now()));
            if self.stop_after == Some(number + 1) {
                stop.store(true, Ordering::Relaxed);
            }
            self.answers.get(number).copied().unwrap_or(LIVE)
        }
    }

    const LIVE: Heard = Heard::Answer {
        status: 302,
        liveness: Liveness::Live { expires: None },
    };
    const RATE_LIMITED: Heard = Heard::Answer {
        status: 429,
        liveness: Liveness::Unknown {
            why: Why::RateLimited,
            retry_at: Some(7),
        },
    };
    const FAST: Pace = Pace {
        limit: 10,
        spacing: Duration::ZERO,
        backoff: [Duration::ZERO; 2],
    };

    fn finding(kind: SecretKind, value: &str, confidence: Confidence) -> Finding {
        let secret = Secret::new(value);
        Finding {
            kind,
            fingerprint: secret.fingerprint(kind),
            spellings: vec![secret.clone()],
            secret,
            exposures: vec![Exposure {
                provenance: Provenance::File(PathBuf::from("a")).into(),
                inside: Vec::new(),
                location: Location {
                    line: 1,
                    column: 1,
                    end_line: 1,
                    end_column: 2,
                    byte_offset: 0,
                    byte_length: 1,
                },
                encoded_at: None,
                rule: "r".into(),
                confidence,
                history: None,
                cookie: None,
                why: None,
                pragmas: Box::default(),
                suppression: None,
            }],
            liveness: None,
        }
    }

    fn tokens(count: usize) -> Vec<Finding> {
        let one = |n| finding(SecretKind::Npsso, &format!("t{n}"), Confidence::High);
        (0..count).map(one).collect()
    }

    fn verify(findings: &mut [Finding], script: &mut Script, pace: &Pace) -> Verification {
        run(
            findings,
            false,
            script,
            pace,
            &AtomicBool::new(false),
            &mut |_| {},
        )
    }

    fn whys(findings: &[Finding]) -> Vec<&'static str> {
        let of = |finding: &Finding| {
            let liveness = finding.liveness.expect("each has one");
            liveness.why().unwrap_or(liveness.id())
        };
        findings.iter().map(of).collect()
    }

    #[test]
    fn each_secret_is_asked_about_once_up_to_the_limit() {
        let mut findings = tokens(10_000);
        let mut script = Script::default();
        let verification = verify(&mut findings, &mut script, &FAST);
        assert_eq!((verification.requests, verification.asked), (10, 10));
        assert_eq!(script.asked.len(), 10);
        assert_eq!(
            whys(&findings)[8..12],
            ["live", "live", "limit-reached", "limit-reached"]
        );
    }

    #[test]
    fn the_surest_are_asked_about_first_and_the_unsure_never() {
        let mut findings = vec![
            finding(SecretKind::Npsso, "low", Confidence::Low),
            finding(SecretKind::PdccwsP, "store", Confidence::High),
            finding(SecretKind::Npsso, "medium", Confidence::Medium),
            finding(SecretKind::Npsso, "high", Confidence::High),
        ];
        let mut script = Script::default();
        verify(&mut findings, &mut script, &FAST);
        let asked: Vec<&str> = script
            .asked
            .iter()
            .map(|(_, value, _)| value.as_str())
            .collect();
        assert_eq!(asked, ["high", "store", "medium"]);
        assert_eq!(whys(&findings), ["low-confidence", "live", "live", "live"]);
    }

    #[test]
    fn a_block_or_a_pause_ends_everything() {
        let mut findings = tokens(4);
        let mut script = Script {
            answers: vec![LIVE, RATE_LIMITED],
            ..Script::default()
        };
        verify(&mut findings, &mut script, &FAST);
        assert_eq!(script.asked.len(), 2);
        let rest = ["stopped-by-rate-limit"; 2];
        assert_eq!(whys(&findings), ["live", "rate-limited", rest[0], rest[1]]);
        assert!(matches!(
            findings[3].liveness,
            Some(Liveness::Unknown {
                retry_at: Some(7),
                ..
            })
        ));
    }

    #[test]
    fn only_a_broken_connection_is_tried_again_and_each_try_counts() {
        let nothing = Heard::Nothing(Why::TimedOut);
        let broken = Heard::Broken;
        let mut findings = tokens(4);
        let mut script = Script {
            answers: vec![
                broken, broken, LIVE, nothing, broken, broken, broken, broken,
            ],
            ..Script::default()
        };
        let pace = Pace { limit: 8, ..FAST };
        let verification = verify(&mut findings, &mut script, &pace);
        assert_eq!(verification.requests, 8);
        let expected = [
            "live",
            "timed-out",
            "broken-connection",
            "broken-connection",
        ];
        assert_eq!(whys(&findings), expected);
    }

    #[test]
    fn after_an_interrupt_the_rest_is_unknown() {
        let mut findings = tokens(3);
        let mut script = Script {
            stop_after: Some(1),
            ..Script::default()
        };
        verify(&mut findings, &mut script, &Pace::with_limit(10));
        assert_eq!(whys(&findings), ["live", "interrupted", "interrupted"]);
        assert_eq!(script.asked.len(), 1);
    }

    #[test]
    fn requests_are_spaced_even_when_one_is_tried_again() {
        let mut findings = tokens(2);
        let mut script = Script {
            answers: vec![Heard::Broken],
            ..Script::default()
        };
        let pace = Pace {
            spacing: Duration::from_millis(60),
            backoff: [Duration::from_millis(10); 2],
            limit: 10,
        };
        verify(&mut findings, &mut script, &pace);
        assert_eq!(script.asked.len(), 3);
        for pair in script.asked.windows(2) {
            assert!(pair[1].2 - pair[0].2 >= pace.spacing);
        }
    }

    #[test]
    fn the_pace_of_the_program_spares_the_issuer() {
        let pace = Pace::with_limit(10);
        let waits = pace.backoff.iter().chain([&pace.spacing]);
        assert!(
            waits
                .into_iter()
                .all(|wait| *wait >= Duration::from_secs(1))
        );
    }
}
