//! All names of a value, in the order in which they say what it is.

use super::bind;
use super::lexer::Text;
use super::name::{Holding, How, Name, Names, Role, is_name_of_secret};
use super::{kinds, legend, lines, record, table, vocabulary};
use crate::rule::words::List;

/// Names that count.
const MAX_NAMES: usize = 24;

/// The names of the value between `left` and `right`, the closest first: its own, what
/// its record calls it, what it stands in, and what is written beside and above it.
pub fn read(text: &Text, left: &[u8], right: &[u8], head: &[u8]) -> Vec<Name> {
    let mut names = Names::default();
    for key in record::serialized_keys(left) {
        names.push(key, How::Assigned);
    }
    if let Some(part) = record::form_part(left) {
        names.push(part, How::Assigned);
    }
    if let Some(cookie) = record::jar_name(left) {
        names.push(cookie, How::Record);
        return names.list;
    }
    // What such a format calls a value is all that it goes by.
    if (names.list.iter()).any(|own| !vocabulary::is_generic(&own.text)) {
        return names.list;
    }
    let row = table::row(left, right, head);
    let brackets = record::bracketed(left, right);
    let mut bound = match row.is_none() && record::is_of_account(left) {
        true => bind::Bound::default(),
        false => bind::names(text, row.is_some()),
    };
    if let Some(argument) = lines::usage(left) {
        names.push(argument, How::Parameter);
    }
    names.list.append(&mut bound.names);
    if bind::is_echo(text, &names.list) {
        names.list.remove(0);
    }
    let mut marks: Vec<String> = names.list.iter().map(|name| name.text.clone()).collect();
    marks.extend(bind::beside(text));
    // The fields beside a value are closer to it than what the record stands in.
    let said = (names.list.iter().take_while(|name| name.how == How::Words)).count();
    let own = match names.list.get(said) {
        Some(own) if own.role == Role::Key => said + 1,
        _ => said,
    };
    let mut outer = names.list.split_off(own);
    // What a text is part of is not what it is about.
    let is_text = |name: &Name| name.role == Role::Key && vocabulary::is_text(&name.text);
    if let Some(text) = outer.iter().position(is_text) {
        outer.truncate(text + 1);
    } else if names.list.iter().any(is_text) {
        outer.clear();
    }
    for said in bind::said_before(text, &names.list) {
        names.push(said, How::Asked);
    }
    let is_row = row.is_some();
    if is_row {
        // What stands before the value in its row are other cells.
        let calls = names.list.drain(..).chain(outer.drain(..));
        outer = calls.filter(|name| name.role == Role::Call).collect();
    }
    for field in bound.fields {
        push_field(&mut names, &field);
    }
    if let Some(row) = row {
        names.push(row.column(), How::Column);
        if let Some(title) = &row.title {
            names.push(title, How::Record);
        }
        if let Some(other) = &row.other {
            names.push_as(other, Role::Field, How::Record);
        }
        for other in row.columns.iter().filter(|other| **other != row.column()) {
            push_field(&mut names, other);
        }
    } else if !is_called_value(&names.list) {
        let mut others = record::fields_in_brackets(brackets);
        if left.ends_with(b">") {
            others.extend(record::empty_elements(left));
        }
        for other in others {
            push_field(&mut names, &other);
        }
    }
    let mut titles = record::sibling_names(left, right, brackets);
    let own = names
        .list
        .iter()
        .chain(&outer)
        .take_while(|name| name.how != How::Section);
    let leaves_it_open = |name: &Name| {
        name.role == Role::Call
            || vocabulary::is_generic(&name.text)
            || vocabulary::is_value(&name.text)
    };
    let is_open = own.clone().next().is_none_or(leaves_it_open);
    if titles.is_empty() && is_open && own.clone().next().is_some() {
        titles = bind::titles_around(text);
    }
    let record = record::record_with(left, right, brackets);
    let mut others = Vec::new();
    // The elements around the text of one have said that of theirs.
    let is_record = is_open && !left.ends_with(b">");
    let kind = is_record.then(|| kinds::of_record(left, right, record));
    let legends = [legend::meaning(left, &marks), legend::numbered(left)];
    for holding in [kind.flatten()].into_iter().chain(legends) {
        match holding {
            Some(Holding::Ours(text)) => titles.push(text),
            Some(Holding::Other(text)) => others.push(text),
            None => {}
        }
    }
    let paired = names
        .list
        .first()
        .and_then(|own| record::paired_name(&own.text, left, right));
    titles.extend(paired);
    titles.extend(record::signed_in(left));
    if let Some(callee) = record::callee(left, right) {
        names.push(callee, How::Callee);
    }
    for name in titles {
        names.push(name, How::Record);
    }
    for other in others {
        names.push_as(other, Role::Field, How::Record);
    }
    names.list.append(&mut outer);
    if let Some(title) = record::element_title(left) {
        names.push(title, How::Record);
    }
    if let Some(name) = record::after(right) {
        names.push(name, How::Behind);
    }
    let answer = lines::answer(left, right);
    if let Some(answer) = answer.filter(|said| vocabulary::says_what_it_is(said)) {
        names.push(answer, How::Behind);
    }
    if let Some(said) = lines::pointing_up(left, right) {
        names.push(said, How::Behind);
    }
    if let Some(label) = lines::logged_above(left) {
        names.push(label, How::Above);
    }
    if let Some(entry) = lines::entry_above(left) {
        names.push(entry, How::Above);
    }
    if !is_row {
        for name in table::headers(left, right, head) {
            names.push(name, How::Column);
        }
    }
    for comment in record::comment_above(left) {
        names.push(comment, How::Comment);
    }
    for comment in record::comments_at_list(left) {
        names.push(comment, How::Comment);
    }
    if names.list.first().is_some_and(|own| own.role == Role::Key) {
        for comment in record::comments_at_lists_around(left) {
            names.push(comment, How::Comment);
        }
    }
    let comments = record::whole_comment_above(left);
    if vocabulary::denies(&comments) {
        names.push(comments, How::Comment);
    }
    if let Some(comment) = record::comment_below(right) {
        names.push(comment, How::Behind);
    }
    let section = match record::is_setting(left) {
        true => Role::Section,
        false => Role::Block,
    };
    for name in record::sections(left) {
        // The parameters of a function are those of its calls.
        let name = name.split('(').next().unwrap_or(&name);
        names.push_as(name, section, How::Section);
    }
    if let Some(name) = table::name(left) {
        names.push(name, How::Section);
    }
    names.list.truncate(MAX_NAMES);
    names.list
}

/// Takes the name of a field beside the value, when it is that of a secret.
fn push_field(names: &mut Names, field: &str) {
    if is_name_of_secret(field) {
        names.push_as(field, Role::Field, How::Record);
    }
}

/// Whether the value's own key leaves the naming to another one, as in
/// `{"npsso": true, "value": "…"}`.
fn is_called_value(names: &[Name]) -> bool {
    names.first().is_none_or(|own| {
        own.role != Role::Key || List::ValueKey.has(&own.text.to_ascii_lowercase())
    })
}
