//! Filters, order and page of a list live in the address.
use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate, use_query_map},
    params::ParamsMap,
};
use std::fmt::Write;

/// The query of an address with some keys changed (`None` or empty removes): `?status=open&sort=-name`, or `?` for none.
pub fn with(query: &ParamsMap, change: &[(&str, Option<&str>)]) -> String {
    let mut pairs: Vec<(String, String)> = query
        .clone()
        .into_iter()
        .filter(|(key, _)| !change.iter().any(|(k, _)| *k == key.as_ref()))
        .map(|(key, value)| (key.into_owned(), value))
        .collect();
    pairs.extend(change.iter().filter_map(|(k, v)| v.filter(|v| !v.is_empty()).map(|v| ((*k).to_owned(), v.to_owned()))));
    let mut out = String::from("?");
    for (i, (key, value)) in pairs.iter().enumerate() {
        if i > 0 {
            out.push('&');
        }
        push_part(&mut out, key);
        out.push('=');
        push_part(&mut out, value);
    }
    out
}

/// Percent-encoding, the same on the server and in the browser.
fn push_part(out: &mut String, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b':' | b',' => out.push(byte.into()),
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
}

/// A query with its question mark, or nothing.
pub fn question(search: &str) -> String {
    match search.trim_start_matches('?') {
        "" => String::new(),
        query => format!("?{query}"),
    }
}

/// One key of the query, empty when it is not there.
pub fn use_query_param(name: &'static str) -> Memo<String> {
    let query = use_query_map();
    Memo::new(move |_| query.with(|q| q.get_str(name).unwrap_or_default().to_owned()))
}

/// The `open` of a dialog that the address asks for: `?invite=1`. The key leaves the address again, so that links made from
/// it do not open the dialog once more, and asking a second time does.
pub fn opened_by(key: &'static str) -> RwSignal<bool> {
    let open = RwSignal::new(false);
    let (query, path, navigate) = (use_query_map(), use_location().pathname, use_navigate());
    let asked = Memo::new(move |_| query.with(|q| q.get_str(key).is_some()));
    // In the browser only: a dialog that the server drew open could not be closed without script.
    crate::effect(move || {
        if asked.get() {
            open.set(true);
            let to = format!("{}{}", path.get_untracked(), query.with_untracked(|q| with(q, &[(key, None)])).trim_end_matches('?'));
            navigate(&to, NavigateOptions { replace: true, scroll: false, ..Default::default() });
        }
    });
    open
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_keeps_what_is_not_changed() {
        let mut query = ParamsMap::new();
        query.insert("status", "open & new".to_owned());
        query.insert("after", "x".to_owned());
        let plain = with(&query, &[("sort", Some("-name")), ("after", None)]);
        assert_eq!(plain, "?status=open%20%26%20new&sort=-name");
        assert_eq!(with(&ParamsMap::new(), &[("a", None)]), "?");
    }
}
