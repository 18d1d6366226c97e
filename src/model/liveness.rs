//! Whether a secret still opens an account: what its issuer says, or why nothing
//! is known.
//!
//! Every text here is our own. Nothing that an issuer sends is repeated.

/// What was learned about a secret by asking its issuer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Liveness {
    /// The issuer accepted it.
    Live {
        /// When it expires, in seconds since 1970, where the issuer says so.
        expires: Option<i64>,
    },
    /// The issuer turned it down, in words that it was recorded to use for that.
    Rejected {
        /// In which words.
        how: Rejection,
    },
    /// Anything else.
    Unknown {
        /// What happened instead of a verdict.
        why: Why,
        /// When to ask again, in seconds since 1970, where the issuer says so.
        retry_at: Option<i64>,
    },
}

impl Liveness {
    /// Nothing was learned, and nobody said when to try again.
    pub fn unknown(why: Why) -> Liveness {
        Liveness::Unknown {
            why,
            retry_at: None,
        }
    }

    /// The word used in reports.
    pub fn id(self) -> &'static str {
        match self {
            Liveness::Live { .. } => "live",
            Liveness::Rejected { .. } => "rejected",
            Liveness::Unknown { .. } => "unknown",
        }
    }

    /// The word that reports use for the reason, where there is one to tell.
    pub fn why(self) -> Option<&'static str> {
        match self {
            Liveness::Live { .. } => None,
            Liveness::Rejected { how } => Some(how.id()),
            Liveness::Unknown { why, .. } => Some(why.id()),
        }
    }

    /// The reason in a sentence for people.
    pub fn explain(self) -> &'static str {
        match self {
            Liveness::Live { .. } => "the issuer accepts it",
            Liveness::Rejected { how } => how.explain(),
            Liveness::Unknown { why, .. } => why.explain(),
        }
    }

    /// Whether the issuer accepted it.
    pub fn is_live(self) -> bool {
        matches!(self, Liveness::Live { .. })
    }

    /// Whether the issuer turned it down.
    pub fn is_rejected(self) -> bool {
        matches!(self, Liveness::Rejected { .. })
    }
}

/// How an issuer turns a secret down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// It asks to sign in.
    SignInRequired,
    /// It sends back to the app with an error instead of a code.
    SentBack,
    /// It calls the sign-in invalid.
    InvalidLogin,
    /// It calls the session not authorised.
    NotSignedIn,
}

impl Rejection {
    /// The word used in reports.
    pub fn id(self) -> &'static str {
        match self {
            Rejection::SignInRequired => "sign-in-required",
            Rejection::SentBack => "sent-back",
            Rejection::InvalidLogin => "invalid-login",
            Rejection::NotSignedIn => "not-signed-in",
        }
    }

    /// A sentence for people.
    pub fn explain(self) -> &'static str {
        match self {
            Rejection::SignInRequired => "the issuer asks to sign in",
            Rejection::SentBack => "the issuer answers with an error instead of a code",
            Rejection::InvalidLogin => {
                "the issuer calls the sign-in invalid; it has said so of good tokens during faults of its own"
            }
            Rejection::NotSignedIn => {
                "the store does not take it for a signed-in session; perhaps it never was one"
            }
        }
    }
}

/// Why nothing was learned about a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// As many requests were sent as are allowed.
    LimitReached,
    /// It may be somebody else's secret.
    LowConfidence,
    /// The verification was stopped by the user.
    Interrupted,
    /// It was not asked, because the issuer had blocked this address before.
    StoppedByBlock,
    /// It was not asked, because the issuer had asked for a pause before.
    StoppedByRateLimit,
    /// The issuer blocks this address.
    Blocked,
    /// The issuer asks for a pause.
    RateLimited,
    /// No answer in time.
    TimedOut,
    /// An answer began and did not end in time.
    TooSlow,
    /// The name of the host was not resolved.
    Dns,
    /// No certificate that is trusted, or no TLS.
    Tls,
    /// There is no certificate that could be trusted.
    NoRoots,
    /// The proxy made no connection.
    Proxy,
    /// No connection, or one that broke before an answer.
    BrokenConnection,
    /// The answer is no HTTP.
    NotHttp,
    /// The connection broke in the middle of an answer.
    Truncated,
    /// The answer is longer than any that was recorded.
    TooLarge,
    /// A page for people: a captive portal, a challenge, a maintenance notice.
    Page,
    /// Another content type than recorded.
    ContentType,
    /// A content encoding that was not asked for.
    Encoded,
    /// A redirect to somewhere else.
    Elsewhere,
    /// A redirect that says neither or both.
    UnclearRedirect,
    /// The issuer names a fault of its own.
    TemporaryError,
    /// The issuer names an error that is not about the session.
    OtherError,
    /// The store did not say whether the session is good.
    Refused,
    /// The store does not know the question any more.
    QueryOutdated,
    /// A status in 500 to 599.
    ServerError,
    /// Another status than recorded.
    Status,
    /// Another answer than recorded.
    Unexpected,
}

impl Why {
    /// The word used in reports.
    pub fn id(self) -> &'static str {
        match self {
            Why::LimitReached => "limit-reached",
            Why::LowConfidence => "low-confidence",
            Why::Interrupted => "interrupted",
            Why::StoppedByBlock => "stopped-by-block",
            Why::StoppedByRateLimit => "stopped-by-rate-limit",
            Why::Blocked => "blocked",
            Why::RateLimited => "rate-limited",
            Why::TimedOut => "timed-out",
            Why::TooSlow => "too-slow",
            Why::Dns => "dns",
            Why::Tls => "tls",
            Why::NoRoots => "no-roots",
            Why::Proxy => "proxy",
            Why::BrokenConnection => "broken-connection",
            Why::NotHttp => "not-http",
            Why::Truncated => "truncated",
            Why::TooLarge => "too-large",
            Why::Page => "page",
            Why::ContentType => "content-type",
            Why::Encoded => "encoded",
            Why::Elsewhere => "redirect-elsewhere",
            Why::UnclearRedirect => "unclear-redirect",
            Why::TemporaryError => "temporary-error",
            Why::OtherError => "other-error",
            Why::Refused => "refused",
            Why::QueryOutdated => "query-outdated",
            Why::ServerError => "server-error",
            Why::Status => "status",
            Why::Unexpected => "unexpected-answer",
        }
    }

    /// A sentence for people.
    pub fn explain(self) -> &'static str {
        match self {
            Why::LimitReached => {
                "not asked: the limit of requests was reached; --verify-limit raises it"
            }
            Why::LowConfidence => {
                "not asked: of low confidence, so it may be somebody else's secret"
            }
            Why::Interrupted => "not asked, or not to the end: the verification was stopped",
            Why::StoppedByBlock => "not asked: the issuer blocks this address",
            Why::StoppedByRateLimit => "not asked: the issuer asks for a pause",
            Why::Blocked => {
                "the issuer blocks this address, for some two hours as a rule, sometimes for a week; ask again later"
            }
            Why::RateLimited => "the issuer asks for a pause; ask again later",
            Why::TimedOut => "no answer in time",
            Why::TooSlow => "the answer did not end in time",
            Why::Dns => "the host's name could not be resolved",
            Why::Tls => "no trusted TLS connection; --ca-cert adds the root of a company's proxy",
            Why::NoRoots => "this system has no root certificates; --ca-cert adds some",
            Why::Proxy => "the proxy that HTTPS_PROXY or ALL_PROXY names made no connection",
            Why::BrokenConnection => "no connection, or it broke before an answer",
            Why::NotHttp => "the answer is no HTTP",
            Why::Truncated => "the connection broke in the middle of the answer",
            Why::TooLarge => "the answer is longer than any that the issuer gives",
            Why::Page => {
                "a web page instead of an answer: a captive portal, a challenge or maintenance"
            }
            Why::ContentType => "the answer has another content type than the issuer's",
            Why::Encoded => "the answer is in an encoding that was not asked for",
            Why::Elsewhere => "a redirect to somewhere that the issuer does not send to",
            Why::UnclearRedirect => {
                "a redirect that says neither that it is accepted nor that it is not"
            }
            Why::TemporaryError => "the issuer has a fault of its own; ask again later",
            Why::OtherError => {
                "the issuer names an error that says nothing about the session: terms to accept, a profile to complete"
            }
            Why::Refused => "the store refused to answer, which it does to good sessions too",
            Why::QueryOutdated => {
                "the store does not know the question any more; a newer npsso-audit may"
            }
            Why::ServerError => "the issuer has a fault of its own; ask again later",
            Why::Status => "the answer has a status that the issuer was never seen to give",
            Why::Unexpected => "the answer is none that the issuer was ever seen to give",
        }
    }

    /// Whether the issuer wants no more requests.
    pub fn ends_verification(self) -> Option<Why> {
        match self {
            Why::Blocked => Some(Why::StoppedByBlock),
            Why::RateLimited => Some(Why::StoppedByRateLimit),
            _ => None,
        }
    }
}
