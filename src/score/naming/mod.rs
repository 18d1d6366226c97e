//! What the names of a value come to.

mod said;
mod uses;

use crate::context::{How, Name, Role, vocabulary};
use crate::model::finding::Confidence;
use crate::rule::RuleSet;

use said::*;
pub use said::{best_named, named};
pub use uses::{file_of, foreign_use_of, use_of};

/// What the names of a value say about it.
pub enum Naming<'a> {
    /// A rule knows this name.
    Known(&'a Name),
    /// It is called something else: another vendor's key, a digest.
    Foreign(Option<&'a Name>),
    /// It has a name that says nothing known, such as `acmeToken`.
    Unknown(&'a Name),
    /// It has the name of something else, such as `api_key`, unless it is used for
    /// something of PlayStation's.
    Alone(&'a Name),
    /// It has no name, or one that fits anything, and stands in a section that
    /// has nothing to do with PlayStation.
    Section(&'a Name),
    /// It has no name, or one that fits anything.
    Open,
}

/// What the names of a value say, the closest first: only the closest name that says
/// anything counts. In `{"npsso": {"discord_token": …}}` the value is no NPSSO.
pub fn naming<'a>(names: &'a [Name], rules: &RuleSet) -> Naming<'a> {
    let mut so_far = Naming::Open;
    // `smtpPassword` is a secret of its own kind, whatever it stands in.
    let mut is_closed = false;
    // `access_token` is one too, unless it stands in something of PlayStation's.
    let mut alone: Option<&Name> = None;
    let mut password: Option<&Name> = None;
    // What a record calls itself is nobody's name.
    let mut is_titled = false;
    // Cookies have short names, which say all the same that they are not another one.
    let is_cookie = names.iter().any(|name| is_cookie_header(&name.text));
    if let Some(name) = said_behind(names) {
        return Naming::Foreign(Some(name));
    }
    let denial = denied(names);
    for (at, name) in names.iter().enumerate() {
        if name.role == Role::Field {
            return Naming::Foreign(Some(name));
        }
        // "npsso expired: …" is about the secret itself.
        let goes_on = names.get(at + 1).is_some_and(|next| {
            next.how == How::Words && best_named(next, rules) == Some(Confidence::High)
        });
        // `{"npsso": {"ct": "…", "mac": "…"}}`
        if at == 0 && name.role == Role::Key && vocabulary::is_reference(&name.text) && !goes_on {
            return Naming::Alone(name);
        }
        // `if ($http_x_secret != "…")`: a header that a server asks for (RFC 3875, 4.1.18).
        if at == 0 && name.role == Role::Key && is_request_header(&name.text) {
            return Naming::Foreign(Some(name));
        }
        // `encryption: { npsso: { key: "…" } }`
        if at == 0 && name.role == Role::Key && is_key_of_cipher(name, &names[1..]) {
            return Naming::Foreign(Some(name));
        }
        // "request …", "run …"
        let is_first = at == 0
            || at == 1 && names[0].role == Role::Key && vocabulary::is_generic(&names[0].text);
        if is_first
            && name.how == How::Words
            && vocabulary::refers(&name.text)
            && !vocabulary::mentions_ours(&name.text)
        {
            return Naming::Foreign(Some(name));
        }
        // "Vorgangsnummer für Rückfragen: …"
        if name.how == How::Words && vocabulary::is_about_a_number(&name.text) {
            return Naming::Foreign(Some(name));
        }
        // "PSN 20USD …"
        if name.how == How::Words && vocabulary::is_bought(&name.text) {
            return Naming::Foreign(Some(name));
        }
        // "state" above it
        if at == 0
            && name.how == How::Above
            && is_identifier(&name.text)
            && vocabulary::refers(&name.text)
        {
            return Naming::Foreign(Some(name));
        }
        // `key: npsso-…`: what is stored under that name, not what it is.
        if name.how == How::Glued
            && names[at + 1..]
                .iter()
                .find(|next| next.how == How::Assigned)
                .is_some_and(|next| is_place_name(&next.text))
        {
            return Naming::Foreign(Some(name));
        }
        if name.how == How::Asked {
            if asks_for_another(&name.text) {
                return Naming::Foreign(Some(name));
            }
            continue;
        }
        // "npsso (for the discord bot): …": what it is for.
        if name.how == How::Words
            && vocabulary::is_purpose(&name.text)
            && names.get(at + 1).is_some_and(|next| {
                next.how == How::Words && best_named(next, rules) == Some(Confidence::High)
            })
        {
            continue;
        }
        // "what its ssocookie page shows today: …": the last word of a sentence.
        if name.how == How::Assigned && is_end_of_sentence(name, &names[at + 1..], rules) {
            continue;
        }
        // `Map.of("key", "…", "npsso", …)`: the next argument belongs to the one behind it.
        let is_named = names[..at]
            .iter()
            .any(|name| !matches!(name.how, How::Callee | How::Words));
        if name.how == How::Behind && name.text.starts_with(',') && is_named {
            continue;
        }
        // `f("apiKey", "…")` with other pairs before it.
        if name.how == How::Before && (is_closed || alone.is_some() || password.is_some()) {
            continue;
        }
        if name.how == How::Behind && !vocabulary::names_from_behind(&name.text) {
            // `create_secret("…", "cron_secret")`
            let next = name.text.trim_start_matches([',', ' ', '"', '\'']);
            let next = next.split(['"', '\'', ' ']).next().unwrap_or("");
            if name.text.starts_with(',')
                && !is_named
                && is_identifier(next)
                && vocabulary::names_own_secret(next)
            {
                return Naming::Foreign(Some(name));
            }
            if matches!(so_far, Naming::Open) && is_note_of_another(&name.text) {
                so_far = Naming::Unknown(name);
                is_closed = true;
            }
            continue;
        }
        let is_said = matches!(
            name.how,
            How::Comment | How::Above | How::Behind | How::Section
        );
        match best_named(name, rules) {
            // A test's name, a comment: what is said of the value itself counts more.
            Some(_) if denial.is_some() && name.how.is_outside() => {
                return Naming::Foreign(denial);
            }
            // What somebody writes beside it does not rename `metricsToken`.
            Some(_) if is_closed && is_said => return alone.map_or(so_far, Naming::Alone),
            Some(_) if alone.is_some() && name.how == How::Comment => {}
            // `npsso = get_npsso("…")`: it is what finds one.
            Some(_) if name.role == Role::Call && vocabulary::gives_ours(&name.text) => {
                return Naming::Unknown(name);
            }
            // "key used to encrypt the npsso"
            Some(_) if name.how.is_outside() && vocabulary::is_key_for_ours(&name.text) => {
                return Naming::Foreign(Some(name));
            }
            // `fakeNpsso` below "never a real one"
            Some(Confidence::High) if denial.is_some() && vocabulary::is_fake(&name.text) => {
                return Naming::Foreign(denial);
            }
            Some(Confidence::High) if says_derived(name) || turns_foreign(name) => {
                return Naming::Foreign(Some(name));
            }
            // What a record around it is called is not what its key is.
            Some(Confidence::High)
                if name.role == Role::Sibling
                    && (at > 1 && (alone.is_some() || is_closed)
                        || vocabulary::is_sentence(&name.text)) => {}
            // The parameters of a function, and its class, say nothing of a name in it.
            Some(Confidence::High)
                if name.role == Role::Block && !matches!(so_far, Naming::Open) => {}
            Some(Confidence::High)
                if name.how == How::Comment && !vocabulary::names_from_behind(&name.text) => {}
            Some(Confidence::High) if is_made_of(name, &names[at + 1..]) => {
                return Naming::Foreign(Some(name));
            }
            Some(Confidence::High) => return Naming::Known(name),
            // A password of PlayStation's is typed, and is no token.
            Some(_) if password.is_some() || vocabulary::is_password(&name.text) => {
                return Naming::Alone(password.unwrap_or(name));
            }
            Some(_) if alone.is_some() && name.role == Role::Sibling => {
                return Naming::Foreign(alone);
            }
            // `MOCK_PSN_TOKEN`
            Some(_) if name.role == Role::Key && vocabulary::is_fake(&name.text) => {
                return Naming::Foreign(Some(name));
            }
            // A platform or a service beside it says less than a name of its own.
            Some(_) if name.role == Role::Sibling && !matches!(so_far, Naming::Open) => {
                return so_far;
            }
            Some(_) if is_closed && !vocabulary::is_collection(&name.text) => return so_far,
            // A class says less than a name that somebody gave.
            Some(_)
                if name.role == Role::Block
                    && (alone.is_some() || matches!(so_far, Naming::Unknown(_))) =>
            {
                return alone.map_or(so_far, Naming::Alone);
            }
            // Words beside it say less than a name of its own, unless they are about secrets.
            Some(_)
                if name.role == Role::Label
                    && matches!(so_far, Naming::Unknown(_))
                    && !(is_said && is_about_credentials(&name.text)) => {}
            // `("PS5 in the kitchen", "…")`: an argument is no name.
            Some(_) if name.how == How::Before && !is_identifier(&name.text) => {}
            Some(_) if name.how == How::Behind && name.text.starts_with(',') => {}
            Some(_) if name.how == How::Comment && !is_about_credentials(&name.text) => {}
            // "không phải của Sony: …"
            Some(_) if is_denied_origin(&names[at..]) => return Naming::Foreign(Some(name)),
            // "NPSSO of the family's PS5: …"
            Some(_) if is_end_of_ours(name, names.get(at + 1), rules) => {
                return Naming::Known(&names[at + 1]);
            }
            // `[psn]`, but not `[Software\PsnTray]`
            Some(_)
                if matches!(name.role, Role::Section | Role::Block)
                    && !vocabulary::says_only_ours(last_part(&name.text)) => {}
            Some(_) if name.how == How::Glued && !vocabulary::says_only_ours(&name.text) => {
                so_far = Naming::Unknown(name);
            }
            Some(_)
                if matches!(name.how, How::Record | How::Before)
                    && vocabulary::is_part(&name.text)
                    || names_something_else(name)
                    || name.role == Role::Label && vocabulary::is_foreign_subject(&name.text)
                    || vocabulary::is_component(&name.text)
                    || vocabulary::is_file_name(&name.text)
                    || name.role != Role::Call && vocabulary::ends_as_reference(&name.text) =>
            {
                return Naming::Foreign(Some(name));
            }
            Some(_) => return Naming::Known(name),
            None if names_something_else(name) => return Naming::Foreign(Some(name)),
            None => {}
        }
        if name.role == Role::Call && at > 0 && makes_foreign(name, &names[at - 1]) {
            return Naming::Foreign(Some(name));
        }
        let is_own = matches!(
            name.role,
            Role::Key | Role::Label | Role::Sibling | Role::Section
        );
        if is_own && vocabulary::is_foreign_alone(&name.text) {
            alone.get_or_insert(name);
        }
        if matches!(name.role, Role::Key | Role::Label | Role::Sibling)
            && vocabulary::is_password(&name.text)
        {
            password.get_or_insert(name);
        }
        let is_peoples = name.role != Role::Block && !is_titled;
        let is_direct = at == 1 || at == 2 && names[1].how == How::Words;
        let is_free = matches!(so_far, Naming::Open) || is_direct && !is_closed;
        if is_peoples
            && is_free
            && vocabulary::is_collection(&name.text)
            && vocabulary::is_generic(&name.text)
        {
            // `tokens = {"bob": …}`: the unknown name was somebody's.
            so_far = Naming::Open;
        }
        match name.role {
            Role::Sibling if !vocabulary::is_generic_title(&name.text) => {
                so_far = Naming::Unknown(name);
                is_titled = true;
                is_closed |= vocabulary::names_own_secret(&name.text);
            }
            Role::Key
                if !vocabulary::is_generic(&name.text)
                    || is_cookie && at == 0 && !vocabulary::is_generic_title(&name.text) =>
            {
                so_far = match so_far {
                    // The closest one is its own.
                    Naming::Unknown(own) => Naming::Unknown(own),
                    _ => Naming::Unknown(name),
                };
                is_closed |= vocabulary::names_own_secret(&name.text);
            }
            Role::Label
                if is_first && name.how == How::Words && vocabulary::says_something(&name.text) =>
            {
                so_far = Naming::Unknown(name);
            }
            Role::Label if is_about_another(name) && matches!(so_far, Naming::Open) => {
                so_far = Naming::Unknown(name);
                is_closed = true;
            }
            Role::Label if ends_as_identifier(name) => {
                so_far = Naming::Unknown(name);
                is_closed = true;
            }
            Role::Call if is_constructor(&name.text) => so_far = Naming::Unknown(name),
            // `resource "secret" "web_session_key" { value = "…" }`
            Role::Section | Role::Block
                if matches!(so_far, Naming::Open)
                    && is_identifier(&name.text)
                    && vocabulary::is_own_credential(&name.text) =>
            {
                so_far = Naming::Unknown(name);
                is_closed = true;
            }
            Role::Section
                if vocabulary::is_opaque_section(&name.text) && matches!(so_far, Naming::Open) =>
            {
                so_far = Naming::Section(name);
            }
            _ => {}
        }
    }
    if denial.is_some() && !matches!(so_far, Naming::Section(_)) {
        return Naming::Foreign(denial);
    }
    alone.or(password).map_or(so_far, Naming::Alone)
}

/// Whether what is said of a value is about credentials, or about the page that shows one.
fn is_about_credentials(text: &str) -> bool {
    vocabulary::names_a_credential(text) || vocabulary::is_about_its_page(text)
}

/// Whether a variable holds a header of a request that is none of ours.
fn is_request_header(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.starts_with("http_x_") && !vocabulary::mentions_ours(&name)
}

/// Whether a key of a record or a setting is that of a cipher, by what it stands in.
fn is_key_of_cipher(own: &Name, outer: &[Name]) -> bool {
    let is_around = |name: &&Name| matches!(name.role, Role::Block | Role::Section | Role::Key);
    vocabulary::names_a_key(&own.text)
        && (outer.iter().filter(is_around)).any(|name| vocabulary::is_about_encrypting(&name.text))
}

/// Whether a value is called a credential of some kind, or is handed to something. Where
/// a text has a place for an NPSSO by its name, `token` or `password` is something else.
pub fn is_named_otherwise(names: &[Name]) -> bool {
    // `<input name="_token" value="…">`
    let own = match names {
        [value, title, ..]
            if title.role == Role::Sibling && value.text.eq_ignore_ascii_case("value") =>
        {
            Some(title)
        }
        _ => names.first(),
    };
    own.is_some_and(|own| {
        let last = own.text.rsplit(['.', ':', '>']).next().unwrap_or("");
        own.how == How::Callee
            || own.how != How::Asked
                && matches!(
                    own.role,
                    Role::Key | Role::Label | Role::Call | Role::Sibling
                )
                && vocabulary::names_a_credential(last)
    })
}
