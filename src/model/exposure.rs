//! The data-exposure table: what a leaked secret lets its holder read or do.
//!
//! The table is compiled in and never fetched: asking Sony for any of this
//! with somebody's token would itself be the intrusion. The published rows are
//! those of the guide that this project started from, which took them from the
//! privacy policy of psntools.com; the additions come from public client
//! libraries and recorded exchanges. Every wording says what a holder *can* do,
//! never what somebody did.

use crate::model::liveness::Liveness;
use crate::model::secret::SecretKind;

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct DataPoint {
    /// What it is about.
    pub name: &'static str,
    /// Whether the published table has this row, or public evidence adds it.
    pub origin: Origin,
    /// How bad it is when somebody else has it.
    pub severity: Severity,
    npsso: Reach,
    pdccws_p: Reach,
}

/// Where a row comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The published table says that it is exposed.
    PublishedYes,
    /// The published table says that it is not exposed.
    PublishedNo,
    /// Public evidence adds it.
    Addition,
}

impl Origin {
    /// The word used in reports.
    pub fn id(self) -> &'static str {
        match self {
            Origin::PublishedYes => "published-exposed",
            Origin::PublishedNo => "published-not-exposed",
            Origin::Addition => "addition",
        }
    }
}

/// How bad an exposed data point is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Says little about a person.
    Low,
    /// Says something private.
    Medium,
    /// Identifies a person, or costs money.
    High,
    /// Leads to the loss of the account.
    Critical,
}

impl Severity {
    /// The word used in reports.
    pub fn id(self) -> &'static str {
        match self {
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
            Severity::Critical => "critical",
        }
    }
}

/// How far a kind of secret reaches, and in which words to say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reach {
    /// Whether the holder gets at it.
    pub access: Access,
    /// The whole statement, for people.
    pub wording: &'static str,
}

/// Whether a holder gets at a data point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Yes.
    Exposed,
    /// Only in part or masked.
    Partial,
    /// No public evidence that it is.
    NoEvidence,
    /// No.
    NotExposed,
}

impl Access {
    /// The word used in reports.
    pub fn id(self) -> &'static str {
        match self {
            Access::Exposed => "exposed",
            Access::Partial => "partial",
            Access::NoEvidence => "no-evidence",
            Access::NotExposed => "not-exposed",
        }
    }
}

impl DataPoint {
    /// How far this kind of secret reaches.
    pub fn reach(&self, kind: SecretKind) -> Reach {
        match kind {
            SecretKind::Npsso => self.npsso,
            SecretKind::PdccwsP => self.pdccws_p,
        }
    }
}

/// Why a leak matters even without the password.
pub const SOCIAL_ENGINEERING: &str = "With the transaction numbers, a holder can pass the ownership check of \
     Sony's support and take over the account by social engineering, without ever having the password.";

/// What the owner of a leaked secret does now, in this order.
pub fn remedy(kind: SecretKind) -> &'static [&'static str] {
    match kind {
        SecretKind::Npsso => &[
            "Sign out of the browser session that the NPSSO was read from. Clearing cookies locally does not revoke it.",
            "Change the password of the account.",
            "Use \"Sign Out on All Devices\" in the account's security settings, and renew the two-step backup codes.",
            "Treat tokens as alive that were already minted from it: access and refresh tokens outlive the NPSSO. \
             Check devices, transactions and messages in the coming weeks.",
            "Then remove it from the place where it was found, and purge it from git history, logs, artifacts and \
             backups. Removing it alone revokes nothing: an NPSSO lives for up to 60 days.",
        ],
        SecretKind::PdccwsP => &[
            "Sign out of the PlayStation web store in the browser session that the cookie was read from.",
            "Change the password of the account.",
            "Use \"Sign Out on All Devices\" in the account's security settings.",
            "Check transactions, the wallet and the cart: a session that was already copied may live on for hours to days.",
            "Then remove it from the place where it was found, and purge it from git history, logs, artifacts and backups.",
        ],
    }
}

/// What the owner of a secret does now that was asked about: how urgent it is,
/// then the steps in their order.
pub fn remedy_for(kind: SecretKind, liveness: Liveness) -> (&'static str, &'static [&'static str]) {
    match (liveness, kind) {
        (Liveness::Live { .. }, _) => (
            "It is live: whoever has it is signed in. Do this now, in this order.",
            remedy(kind),
        ),
        (Liveness::Unknown { .. }, _) => (
            "Whether it is live is not known: treat it as live. Do this now, in this order.",
            remedy(kind),
        ),
        (Liveness::Rejected { .. }, SecretKind::Npsso) => (
            "The issuer does not accept it any more, but tokens that were minted from it may still be valid.",
            &[
                "Use \"Sign Out on All Devices\" in the account's security settings and change the password, unless \
                 you did so after the leak: access and refresh tokens outlive the NPSSO that they were minted from.",
                "Renew the two-step backup codes: they could be read while it was live.",
                "Check devices, transactions and messages for what you did not do.",
                "Then remove it from the place where it was found, so that nobody has to ask again.",
            ],
        ),
        (Liveness::Rejected { .. }, SecretKind::PdccwsP) => (
            "The store does not accept it any more, or never did, but a session that was copied elsewhere may still be \
             valid.",
            &[
                "Use \"Sign Out on All Devices\" in the account's security settings, unless you did so after the leak.",
                "Check transactions, the wallet and the cart for what you did not do.",
                "Then remove it from the place where it was found, so that nobody has to ask again.",
            ],
        ),
    }
}

const fn can(wording: &'static str) -> Reach {
    Reach {
        access: Access::Exposed,
        wording,
    }
}

const fn partly(wording: &'static str) -> Reach {
    Reach {
        access: Access::Partial,
        wording,
    }
}

const fn cannot(wording: &'static str) -> Reach {
    Reach {
        access: Access::NotExposed,
        wording,
    }
}

const UNSEEN: Reach = Reach {
    access: Access::NoEvidence,
    wording: "no evidence",
};

const fn row(
    name: &'static str,
    origin: Origin,
    severity: Severity,
    npsso: Reach,
    pdccws_p: Reach,
) -> DataPoint {
    DataPoint {
        name,
        origin,
        severity,
        npsso,
        pdccws_p,
    }
}

use Origin::{Addition, PublishedNo, PublishedYes};
use Severity::{Critical, High, Low, Medium};

/// The table: published rows first, in their published order, then additions.
///
/// An NPSSO can mint a web-store session, so what a `pdccws_p` reaches, an
/// NPSSO reaches too.
pub const TABLE: &[DataPoint] = &[
    row(
        "Account/Login Email",
        PublishedYes,
        High,
        can("can read"),
        UNSEEN,
    ),
    row(
        "Account/Login Password",
        PublishedNo,
        Critical,
        cannot("cannot read"),
        cannot("cannot read"),
    ),
    row(
        "Personal Profile Picture",
        PublishedYes,
        Low,
        can("can read"),
        can("can read"),
    ),
    row(
        "Real Name",
        PublishedYes,
        High,
        can("can read"),
        can("can read"),
    ),
    row(
        "Account Devices",
        PublishedYes,
        Medium,
        can("can read"),
        can("can read"),
    ),
    row(
        "Credit Cards / Payment Details",
        PublishedNo,
        High,
        partly("masked at most: brand, expiry, last four digits"),
        partly("masked at most: brand, expiry, last four digits"),
    ),
    row(
        "All Transactions History",
        PublishedYes,
        Critical,
        can("can read (through the web-store session)"),
        can("can read"),
    ),
    row(
        "2-Step Verification Phone Number",
        PublishedNo,
        High,
        partly("masked at most, unconfirmed"),
        UNSEEN,
    ),
    row(
        "Exact Date of Birth",
        PublishedYes,
        High,
        can("published as readable; only the age is confirmed in public"),
        partly("age only"),
    ),
    row(
        "Verification Status",
        PublishedYes,
        Low,
        can("can read"),
        can("can read"),
    ),
    row(
        "Cart Items",
        PublishedYes,
        Low,
        can("can read and change"),
        can("can change; the answers show the cart"),
    ),
    row(
        "Two-step backup codes",
        Addition,
        Critical,
        can("reachable with the account-site session: account takeover"),
        cannot("cannot read"),
    ),
    row("Postal address", Addition, High, can("can read"), UNSEEN),
    row(
        "Messages and groups",
        Addition,
        High,
        can("can read"),
        cannot("cannot read"),
    ),
    row(
        "Voucher codes and billing info in transactions",
        Addition,
        High,
        can("can read (through the web-store session)"),
        can("can read"),
    ),
    row(
        "Wallet balance",
        Addition,
        Medium,
        can("can read (through the web-store session)"),
        can("can read"),
    ),
    row(
        "Friends, requests, block list",
        Addition,
        Medium,
        can("can read"),
        cannot("cannot read"),
    ),
    row(
        "Presence, last online, console in use",
        Addition,
        Medium,
        can("can read"),
        cannot("cannot read"),
    ),
    row(
        "Captures (screenshots, videos)",
        Addition,
        Medium,
        can("can read"),
        cannot("cannot read"),
    ),
    row(
        "Age, sub-account",
        Addition,
        Medium,
        can("can read (minors)"),
        can("can read (minors)"),
    ),
    row(
        "Purchases, entitlements, subscription tier",
        Addition,
        Low,
        can("can read"),
        can("can read"),
    ),
    row(
        "Trophies, played titles, play time",
        Addition,
        Low,
        can("can read"),
        cannot("cannot read"),
    ),
    row(
        "Language, locale, country",
        Addition,
        Low,
        can("can read"),
        can("can read"),
    ),
    row(
        "Write powers",
        Addition,
        High,
        can("can act: send messages, add and remove friends, change the cart, start the console"),
        partly("can change the cart only"),
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_rows_come_first() {
        let first_addition = TABLE
            .iter()
            .position(|row| row.origin == Addition)
            .expect("there are additions");
        assert_eq!(first_addition, 11);
        assert!(
            TABLE[first_addition..]
                .iter()
                .all(|row| row.origin == Addition)
        );
    }

    #[test]
    fn an_npsso_reaches_whatever_the_web_store_session_reaches() {
        for row in TABLE {
            if row.reach(SecretKind::PdccwsP).access == Access::Exposed {
                assert_eq!(
                    row.reach(SecretKind::Npsso).access,
                    Access::Exposed,
                    "{}",
                    row.name
                );
            }
        }
    }
}
