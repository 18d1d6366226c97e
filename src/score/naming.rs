//! What the names of a value come to.

use crate::context::{How, Name, Role, Surroundings, sentences, vocabulary};
use crate::model::finding::Confidence;
use crate::rule::{Rule, RuleSet};
use crate::words::List;

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
                    && !(is_said && vocabulary::names_a_credential(&name.text)) => {}
            // `("PS5 in the kitchen", "…")`: an argument is no name.
            Some(_) if name.how == How::Before && !is_identifier(&name.text) => {}
            Some(_) if name.how == How::Behind && name.text.starts_with(',') => {}
            Some(_) if name.how == How::Comment && !vocabulary::names_a_credential(&name.text) => {}
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

/// What stands behind a value and says that it is somebody else's, whatever stands before
/// it: "… is your new VPN key".
fn said_behind(names: &[Name]) -> Option<&Name> {
    names.iter().find(|name| {
        let clause = name.text.split([',', ';', '.']).next().unwrap_or("");
        name.how == How::Behind
            && vocabulary::begins_with_copula(clause)
            && !vocabulary::mentions_ours(clause)
            && (vocabulary::is_about_a_key(clause)
                || vocabulary::is_about_another_token(clause)
                || vocabulary::is_foreign_phrase(clause))
    })
}

/// What is said about a value and denies that it is a secret of ours, or a real one.
fn denied(names: &[Name]) -> Option<&Name> {
    names.iter().find(|name| {
        let is_said = matches!(
            name.how,
            How::Words | How::Comment | How::Above | How::Behind
        );
        is_said && vocabulary::denies(&name.text)
    })
}

/// Whether a name of PlayStation's is the end of words that deny it.
fn is_denied_origin(names: &[Name]) -> bool {
    let [name, others @ ..] = names else {
        return false;
    };
    let said = |said: &Name| said.how == How::Words && vocabulary::ends_as_not_sonys(&said.text);
    let phrase = others
        .first()
        .filter(|next| next.text.ends_with(&name.text));
    said(name) || phrase.is_some_and(said)
}

/// Whether words beside a value say that it is somebody else's secret.
fn is_about_another(name: &Name) -> bool {
    let text = &name.text;
    let is_own = name.how == How::Words;
    let is_beside = is_own || name.how == How::Behind;
    !vocabulary::mentions_ours(text)
        && (matches!(name.how, How::Above | How::Comment) && vocabulary::is_about_a_key(text)
            || is_own && (vocabulary::is_about_a_key(text) || vocabulary::is_foreign_subject(text))
            || is_beside && vocabulary::is_about_another_token(text)
            || name.how == How::Above && vocabulary::is_about_the_token_of_a_thing(text))
}

/// Whether a name is that of the header that cookies stand in.
fn is_cookie_header(name: &str) -> bool {
    let last = name.rsplit(char::is_whitespace).next().unwrap_or(name);
    ["cookie", "set-cookie", "cookies"]
        .iter()
        .any(|header| last.eq_ignore_ascii_case(header))
}

/// Whether a name is that of a place where something is kept.
fn is_place_name(name: &str) -> bool {
    List::PlaceName.has(&name.to_ascii_lowercase())
}

/// What the variable that holds the value is used for, when a rule knows that.
pub fn use_of(names: &[Name], around: &Surroundings, rules: &RuleSet) -> Option<Name> {
    // `FAKE = "…"`
    if names
        .first()
        .is_some_and(|own| vocabulary::is_fake(&own.text))
    {
        return None;
    }
    // `lock("psn-pool", token)`: a string beside it is a name of its own.
    let says = |name: &Name| match name.role {
        Role::Call => !vocabulary::gives_ours(&name.text),
        _ => vocabulary::says_only_ours(&name.text),
    };
    let known = |name: &Name| {
        best_named(name, rules)
            .is_some_and(|known| says(name) || known == Confidence::High && name.role != Role::Call)
            && !names_something_else(name)
    };
    let mut variables = variables(names);
    let own = variables
        .next()
        .map_or_else(Vec::new, |own| around.uses(own));
    own.into_iter().find(known).or_else(|| {
        // The lists and maps that it stands in.
        let key = names.first().map_or("", |own| own.text.as_str());
        let uses = variables.flat_map(|list| around.uses_of_each(list, key));
        uses.into_iter().find(known)
    })
}

/// What takes the variable that holds the value, where it is only handed to what takes
/// the secrets of something else: `jwt.sign(claims, secret)`.
pub fn foreign_use_of(names: &[Name], around: &Surroundings) -> Option<Name> {
    let own = variables(names).next()?;
    let takes = |name: &Name| name.role == Role::Call && names_something_else(name);
    let mut uses = around.uses(own);
    let are_foreign = uses.iter().all(takes);
    uses.truncate(1);
    uses.pop().filter(|_| are_foreign)
}

/// The variables that hold a value: its own, and the lists and maps that it stands in.
fn variables(names: &[Name]) -> impl Iterator<Item = &str> {
    const MOST: usize = 3;
    // `ref("…")`, `String.from("…")`: what a plain function gives is used like the value.
    let is_plain = |name: &&Name| name.how == How::Callee && !is_constructor(&name.text);
    let named = names.iter().skip_while(is_plain);
    let held = named.take_while(|name| {
        matches!(
            name.how,
            How::Assigned | How::Encloses | How::Parameter | How::Section
        )
    });
    let is_plain = |name: &Name| name.how != How::Section && !name.text.contains([':', '/', ' ']);
    held.filter_map(move |name| match is_plain(name) {
        true => Some(name.text.as_str()),
        false => declared(&name.text),
    })
    .take(MOST)
}

/// The variable that a declaration with a type declares: `const sessions: Record<…>`.
fn declared(text: &str) -> Option<&str> {
    const BEGINS: [&str; 9] = [
        "const", "export", "final", "let", "private", "readonly", "static", "val", "var",
    ];
    let (words, _) = text.split_once(':')?;
    let mut words = words.split(' ');
    let is_declaration = words.next().is_some_and(|first| BEGINS.contains(&first));
    let variable = words.next_back().filter(|_| is_declaration)?;
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    (!variable.is_empty() && variable.chars().all(is_word)).then_some(variable)
}

/// The file that is named after a secret, for a value that goes by a name of
/// its own in it: somebody's.
pub fn file_of(names: &[Name], around: &Surroundings, rules: &RuleSet) -> Option<Name> {
    let is_own_secret = |name: &Name| vocabulary::names_own_secret(&name.text);
    let is_titled = names.iter().any(|name| name.role == Role::Sibling);
    let is_generic = |name: &Name| vocabulary::is_generic(&name.text);
    if names.first().is_some_and(is_own_secret)
        || names.first().is_none_or(is_generic)
        || is_titled
        || names.len() > 2
        || around.is_in_log()
    {
        return None;
    }
    let path = around.path();
    let file = path.rsplit('/').next().unwrap_or("");
    let name = Name {
        role: Role::Label,
        ..Name::new(file, How::File)
    };
    let known = best_named(&name, rules);
    let (stem, _) = file.rsplit_once('.').unwrap_or((file, ""));
    let says = match known {
        // `npsso-explained.md` is about it.
        Some(Confidence::High) => {
            vocabulary::says_only_ours(stem) || vocabulary::is_collection(file)
        }
        Some(_) => vocabulary::is_collection(file),
        None => false,
    };
    says.then_some(Name {
        role: Role::Call,
        ..name
    })
}

/// Whether a name belongs to something else. Of the words before a value only
/// the last two are about it: `aws ssm put-parameter --value …`
fn names_something_else(name: &Name) -> bool {
    // `app.sid`: the session of whoever calls it so.
    if name.text.to_ascii_lowercase().ends_with(".sid") {
        return true;
    }
    if matches!(name.role, Role::Key | Role::Sibling | Role::Section) {
        return vocabulary::is_foreign(&name.text);
    }
    if name.role == Role::Call {
        return vocabulary::is_other_callee(&name.text);
    }
    // The last part of a module's path: `homeassistant.components.playstation_network`
    let text = match name.text.rsplit('.').collect::<Vec<_>>()[..] {
        [last, _, _, ..] if !name.text.contains(char::is_whitespace) => last,
        _ => &name.text,
    };
    let mut words = text.rsplit(char::is_whitespace);
    let (last, before) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
    // "my token in the video"
    let is_place = matches!(words.next(), Some("in" | "on" | "at" | "from"));
    !is_place && vocabulary::is_foreign(&format!("{before} {last}"))
        || vocabulary::is_foreign_phrase(text)
}

/// Whether a name that holds the name of a secret means something made of it,
/// or something that only goes with it: `npsso_sha256`, `NPSSO_SALT`.
fn says_derived(name: &Name) -> bool {
    match name.role {
        // A sentence may say both: "set NPSSO, then set CRON_SECRET to".
        Role::Label => {
            vocabulary::mentions_otherwise(&name.text)
                || is_identifier(&name.text) && vocabulary::derived(&name.text)
                || vocabulary::own_identifier(&name.text).is_some_and(|own| {
                    let plain = own.to_ascii_lowercase();
                    !plain.contains("sso") && !plain.contains("pdc") || vocabulary::derived(own)
                })
        }
        _ => {
            vocabulary::derived(&name.text)
                || name.text.contains(' ') && vocabulary::mentions_otherwise(&name.text)
        }
    }
}

/// Whether a name is the last of several words that name one of our secrets.
fn is_end_of_ours(name: &Name, next: Option<&Name>, rules: &RuleSet) -> bool {
    next.is_some_and(|next| {
        next.how == How::Words
            && next.text.ends_with(&name.text)
            && best_named(next, rules) == Some(Confidence::High)
            && !says_derived(next)
            && !turns_foreign(next)
    })
}

/// Whether a text has the middle of the name of a secret: `npsso`, `ssocookie`.
fn says_sso(text: &str) -> bool {
    text.to_ascii_lowercase().contains("sso")
}

/// Whether a name is no more than the last word of a sentence that is about our secrets.
fn is_end_of_sentence(name: &Name, others: &[Name], rules: &RuleSet) -> bool {
    const SHORTEST: usize = 4;
    let sentence = others.iter().find(|next| next.how == How::Words);
    sentence.is_some_and(|sentence| {
        sentence.text.split_whitespace().count() >= SHORTEST
            && sentence.text.ends_with(&name.text)
            && best_named(sentence, rules).is_some()
            && says_sso(&sentence.text)
            && !vocabulary::is_foreign_alone(&name.text)
            && !vocabulary::names_own_secret(&name.text)
            && ![name, sentence]
                .iter()
                .any(|said| names_something_else(said) || says_derived(said) || turns_foreign(said))
    })
}

/// Whether the words in front of a name say that the value is made of it: "digest of
/// npsso = …".
fn is_made_of(name: &Name, others: &[Name]) -> bool {
    others.iter().any(|next| {
        name.how == How::Assigned
            && next.how == How::Words
            && next.text.ends_with(&name.text)
            && vocabulary::mentions_otherwise(&next.text)
    })
}

/// Whether a comment behind a value, an arrow from it or a sentence about it says that it
/// is somebody else's.
fn is_note_of_another(text: &str) -> bool {
    let is_note = !text
        .trim_start()
        .starts_with(|c: char| c.is_alphanumeric() || c == ',');
    let (is_note, text) = match vocabulary::says_what_it_is(text) || sentences::presents(text) {
        true => (true, text.split([',', ';', '.']).next().unwrap_or(text)),
        false => (is_note, text),
    };
    sentences::comes_from_another(text)
        || is_note
            && !vocabulary::mentions_ours(text)
            && (vocabulary::is_about_a_key(text)
                || vocabulary::is_about_another_token(text)
                || vocabulary::is_foreign_phrase(text))
}

/// Whether a sentence goes on to somebody else's secret: "Needs an NPSSO. The
/// Discord token is …"
fn turns_foreign(name: &Name) -> bool {
    let lower = name.text.to_ascii_lowercase();
    let after = lower.rfind("sso").map_or("", |at| &lower[at + 3..]);
    name.role == Role::Label && vocabulary::is_foreign_phrase(after)
}

/// Whether words before a value end with what is written like the name of a secret in
/// a program.
fn ends_as_identifier(name: &Name) -> bool {
    let last = name.text.rsplit(char::is_whitespace).next();
    vocabulary::own_identifier(&name.text)
        .is_some_and(|own| last.is_some_and(|last| last.ends_with(own)))
}

/// Whether a text is written like a name in a program.
fn is_identifier(text: &str) -> bool {
    !text.contains(|c: char| c.is_whitespace() || matches!(c, '@' | '!' | '?' | ','))
}

/// Whether what was said before a value asks for somebody else's secret, or is about it.
fn asks_for_another(text: &str) -> bool {
    // What was said last counts: "npsso is linked. And the pairing key?"
    let sentences = text.rsplit(['.', '!', '?', ',', ';']);
    let last = sentences.clone().find(|said| !said.trim().is_empty());
    let last = last.unwrap_or(text);
    let is_about = vocabulary::is_foreign_phrase(text) || vocabulary::is_foreign(text);
    vocabulary::is_about_a_key(last) && !vocabulary::mentions_ours(last)
        || (is_about || vocabulary::is_about_a_key(text)) && !vocabulary::mentions_ours(text)
}

/// The last part of the name of a section.
fn last_part(section: &str) -> &str {
    section.rsplit(['\\', '/', '.']).next().unwrap_or(section)
}

/// Whether a call says what its argument is: `session({secret: …})`.
fn makes_foreign(call: &Name, argument: &Name) -> bool {
    argument.role == Role::Key
        && vocabulary::is_foreign(&format!("{} {}", call.text, argument.text))
}

/// Whether a callee is a type of something else: `OpenAI("…")`, but not `Client("…")`.
fn is_constructor(callee: &str) -> bool {
    let last = callee
        .rsplit(['.', ':', '>', '\\'])
        .next()
        .unwrap_or(callee);
    last.starts_with(|first: char| first.is_uppercase()) && !vocabulary::is_generic_callee(last)
}

/// The confidence of the best rule that knows a name.
pub fn best_named(name: &Name, rules: &RuleSet) -> Option<Confidence> {
    rules
        .iter()
        .filter(|rule| named(rule, name))
        .map(|rule| rule.confidence)
        .max()
}

/// Whether a rule knows a name.
pub fn named(rule: &Rule, name: &Name) -> bool {
    let list = match name.role {
        Role::Key | Role::Sibling | Role::Label | Role::Section | Role::Block | Role::Field => {
            &rule.context.name
        }
        Role::Call => &rule.context.call,
    };
    list.is_match(&name.text)
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
