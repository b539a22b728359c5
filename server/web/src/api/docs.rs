//! `/api/docs`: the API to be read. A page without any script, in the site's own style.
use super::openapi::Doc;
use axum::{
    http::{HeaderValue, header},
    response::{Html, IntoResponse, Response},
};
use serde_json::Value;
use std::{collections::BTreeMap, fmt::Write};

/// Our own style and fonts, and nothing that runs.
const POLICY: &str = "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// The page, with what contains all words of `asked`. `style` is the address of the site's style sheet.
pub fn page(style: &str, asked: &str) -> Response {
    let mut response = Html(html(style, asked)).into_response();
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    response
}

fn html(style: &str, asked: &str) -> String {
    let words: Vec<String> = asked.to_lowercase().split_whitespace().map(str::to_owned).collect();
    let mut groups: BTreeMap<&str, Vec<&Doc>> = BTreeMap::new();
    for doc in super::docs() {
        let text = format!("{} {} {}", doc.endpoint, doc.summary, doc.group()).to_lowercase();
        if words.iter().all(|word| text.contains(word)) {
            groups.entry(doc.group()).or_default().push(doc);
        }
    }
    let found: usize = groups.values().map(Vec::len).sum();
    let mut out = String::with_capacity(200_000);
    let _ = write!(
        out,
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta name=\"color-scheme\" content=\"light dark\">\
         <title>API · Millrace</title><link rel=\"icon\" href=\"/favicon.svg\" type=\"image/svg+xml\">\
         <link rel=\"stylesheet\" href=\"{}\"></head><body><div class=\"api-docs\"><header><h1>API</h1>\
         <p>People call with their session cookie and the <code>Origin</code> of this installation, programs with a key: \
         <code>Authorization: Bearer of-key-…</code> for one project, <code>okey_…</code> for an organization. \
         Lists answer <code>items</code>, <code>nextCursor</code> and <code>totalCount</code>; refusals answer \
         <code>error</code> with <code>code</code>, <code>message</code> and <code>details</code>. A change names the \
         <code>rev</code> it was made on: 409 <code>stale</code> carries what is there now.</p>\
         <p><a href=\"/api/openapi.json\">OpenAPI 3.1</a> · <a href=\"/\">Millrace</a></p>\
         <form role=\"search\" action=\"/api/docs\"><label for=\"q\">Search the endpoints</label>\
         <input class=\"input\" id=\"q\" name=\"q\" type=\"search\" value=\"{}\"> <button class=\"btn\">Search</button></form>\
         </header><nav aria-label=\"Groups\"><ul>",
        escape(style),
        escape(asked)
    );
    for (group, docs) in &groups {
        let _ = write!(out, "<li><a href=\"#{}\">{}</a> <small>{}</small></li>", anchor(group), escape(group), docs.len());
    }
    out.push_str("</ul></nav><main>");
    if found == 0 {
        let _ =
            write!(out, "<p role=\"status\">Nothing of the API contains “{}”. <a href=\"/api/docs\">Show all of it</a></p>", escape(asked));
    }
    for (group, docs) in &groups {
        let _ =
            write!(out, "<section id=\"{0}\" aria-labelledby=\"{0}-title\"><h2 id=\"{0}-title\">{1}</h2>", anchor(group), escape(group));
        docs.iter().for_each(|doc| endpoint(&mut out, doc));
        out.push_str("</section>");
    }
    out.push_str("</main></div></body></html>");
    out
}

fn endpoint(out: &mut String, doc: &Doc) {
    let (method, path) = (doc.method(), doc.path());
    let _ = write!(
        out,
        "<details><summary><span class=\"method method-{}\">{method}</span> <code>{}</code> <span>{}</span></summary><p>{}</p><dl>",
        method.to_lowercase(),
        escape(path),
        escape(doc.summary),
        escape(&doc.access())
    );
    for (name, shape) in [("Parameters", doc.query), ("Body", doc.body), ("Answer", doc.answer)] {
        if !shape.is_empty() {
            let _ = write!(out, "<dt>{name}</dt><dd><code>{}</code></dd>", escape(shape));
        }
    }
    let _ = write!(out, "</dl><pre tabindex=\"0\" aria-label=\"curl\"><code>{}</code></pre>", escape(&curl(doc)));
    for (name, text) in super::shapes::SHAPES {
        if mentions(doc, name) {
            let _ = write!(out, "<p class=\"shape\"><b>{name}</b> <code>{}</code></p>", escape(text));
        }
    }
    out.push_str("</details>");
}

/// Does the endpoint name this shape?
fn mentions(doc: &Doc, name: &str) -> bool {
    let whole = |text: &str| text.split(|c: char| !c.is_alphanumeric()).any(|word| word == name);
    whole(doc.query) || whole(doc.body) || whole(doc.answer)
}

/// A call to copy.
fn curl(doc: &Doc) -> String {
    let mut call = match doc.method() {
        "GET" => "curl".to_owned(),
        method => format!("curl -X {method}"),
    };
    let _ = write!(call, " \"$MILLRACE{}\" \\\n  -H \"Authorization: Bearer $KEY\"", doc.path());
    match (doc.body, doc.sample()) {
        ("", _) => {}
        ("file", _) => call.push_str(" \\\n  -F file=@document.md"),
        (_, sample) => {
            let sample = sample.and_then(|text| serde_json::from_str::<Value>(text).ok()).unwrap_or_default();
            let _ = write!(call, " \\\n  -H \"Content-Type: application/json\" \\\n  -d '{sample}'");
        }
    }
    call
}

fn anchor(group: &str) -> String {
    group.to_lowercase().replace(' ', "-")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_shows_every_endpoint_and_search_narrows_it() {
        let all = html("/pkg/x.css", "");
        assert_eq!(all.matches("<details>").count(), super::super::docs().count());
        assert!(!all.contains("<script") && all.contains("href=\"/pkg/x.css\""));
        let some = html("/pkg/x.css", "work-orders reorder");
        assert_eq!(some.matches("<details>").count(), 1);
        let none = html("/pkg/x.css", "<script>x");
        assert!(none.contains("Nothing of the API contains “&lt;script&gt;x”") && !none.contains("<script"));
    }
}
