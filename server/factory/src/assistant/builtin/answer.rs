//! What was found or prepared, in words with links.
use crate::assistant::{CallStatus, ToolCall};
use serde_json::Value;
use std::fmt::Write;

/// Items a list shows.
const SHOWN: usize = 12;

type Heard = (ToolCall, Value);

/// The only item of a look-up; else what to say.
pub fn only(heard: &[Heard]) -> Result<String, String> {
    let items = heard.last().map(|(_, data)| items(data)).unwrap_or_default();
    match items {
        [one] => Ok(word(one, "id").to_owned()),
        [] => Err("I find no feedback with these words.".to_owned()),
        many => Err(format!("There are several; say it so that only one is meant:\n{}", list(many, "headline"))),
    }
}

/// The answer to what was heard last.
pub fn answer(message: &str, base: &str, heard: &[Heard]) -> String {
    let Some((call, data)) = heard.last() else {
        return "I do not know what to do with that.".to_owned();
    };
    match call.status {
        CallStatus::Failed => format!("That did not work: {}", plain(call.error.as_deref().unwrap_or("it failed"))),
        CallStatus::AwaitingConfirmation => {
            format!("I have prepared it: {}. Nothing is changed before you approve it.", plain(&lower_first(&call.title)))
        }
        _ => found(message, base, &call.name, data),
    }
}

fn found(message: &str, base: &str, name: &str, data: &Value) -> String {
    let items = items(data);
    match name {
        "searchDocuments" if items.is_empty() => format!(
            "I find nothing about “{}” in this project. Try other words, or look through the [Refinery]({base}/refinery).",
            plain(&message.chars().take(120).collect::<String>())
        ),
        "searchDocuments" => {
            let mut text = "The best passages:\n".to_owned();
            for item in items {
                put(&mut text, &link(item, "title"), word(item, "passage"));
            }
            text
        }
        "searchCode" if items.is_empty() => format!("I find nothing in the code. Is it [connected]({base}/code)?"),
        "searchCode" => {
            let mut text = "In the code:\n".to_owned();
            for item in items {
                let lines = format!("lines {}–{}", item["startLine"], item["endLine"]);
                put(&mut text, &link(item, "path"), &[word(item, "name"), &lines].join(" "));
            }
            text
        }
        "getDriftAlerts" if items.is_empty() => "No drift alert is open: everything was confirmed since it changed.".to_owned(),
        "getDriftAlerts" => {
            let mut text = format!("{}:\n", plural(items.len(), "drift alert", "drift alerts"));
            for item in items.iter().take(SHOWN) {
                let stale = if item["stale"].is_object() { link(&item["stale"], "name") } else { link(&item["changed"], "name") };
                put(&mut text, &stale, &format!("{}: {}", word(item, "severity"), word(item, "description")));
            }
            let _ = write!(text, "\n[All of them]({})", word(data, "link"));
            text
        }
        "reviewDocument" if items.is_empty() => format!("The rules find nothing to say about {}.", link(data, "title")),
        "reviewDocument" => {
            let mut text = format!("{} in {}:\n", plural(items.len(), "finding", "findings"), link(data, "title"));
            for item in items.iter().take(SHOWN) {
                let _ = write!(text, "\n- **{}** {}", plain(word(item, "kind")), plain(word(item, "message")));
            }
            more(&mut text, items.len());
            text.push_str("\n\nPress Review beside the document to have them as comments.");
            text
        }
        "suggestEdits" | "draftSections" | "extractWorkOrders" | "interview" => format!(
            "{} in [{}]({}). Accept or reject each beside the document; nothing is applied yet.",
            match data["parts"].as_u64() {
                Some(1) => "One change waits for you".to_owned(),
                n => format!("{} changes wait for you", n.unwrap_or_default()),
            },
            plain(word(data, "document")),
            word(data, "link")
        ),
        _ if items.is_empty() => "There is none yet.".to_owned(),
        _ => {
            let field = ["title", "headline", "name"].into_iter().find(|f| items[0][f].is_string()).unwrap_or("name");
            format!(
                "There {}:\n{}",
                if items.len() == 1 { "is one".to_owned() } else { format!("are {}", items.len()) },
                list(items, field)
            )
        }
    }
}

fn items(data: &Value) -> &[Value] {
    data["items"].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn word<'a>(item: &'a Value, field: &str) -> &'a str {
    item[field].as_str().unwrap_or_default()
}

fn list(items: &[Value], field: &str) -> String {
    let mut text = String::new();
    for item in items.iter().take(SHOWN) {
        let facts: Vec<String> =
            ["status", "category", "severity"].into_iter().map(|f| word(item, f).replace('_', " ")).filter(|f| !f.is_empty()).collect();
        let name = match word(item, "key") {
            "" => link(item, field),
            key => format!("{} {}", plain(key), link(item, field)),
        };
        put(&mut text, &name, &facts.join(", "));
    }
    more(&mut text, items.len());
    text
}

fn more(text: &mut String, n: usize) {
    if n > SHOWN {
        let _ = write!(text, "\n- and {} more", n - SHOWN);
    }
}

/// One item: what it is, and what is said of it.
fn put(text: &mut String, what: &str, of: &str) {
    // Writing to a string cannot fail.
    let _ = match of.trim() {
        "" => write!(text, "\n- {what}"),
        of => write!(text, "\n- {what}: {}", plain(of)),
    };
}

/// A name that leads to what it names.
fn link(item: &Value, field: &str) -> String {
    let name = plain(word(item, field));
    match word(item, "link") {
        "" => name,
        link => format!("[{name}]({})", link.replace(['(', ')', ' '], "")),
    }
}

/// Text of the project as text: nothing of it is Markdown, and it stays on its line.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.split_whitespace().collect::<Vec<_>>().join(" ").chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '!' | '&') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|c| c.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

fn plural(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn heard(name: &str, data: Value) -> Vec<Heard> {
        let call = ToolCall {
            id: "a".into(),
            name: name.into(),
            arguments: json!({}),
            status: CallStatus::Done,
            title: "Did it".into(),
            link: None,
            changes: vec![],
            targets: vec![],
            result: String::new(),
            error: None,
        };
        vec![(call, data)]
    }

    #[test]
    fn passages_are_cited_with_links_and_stay_text() {
        let hit =
            json!({ "title": "Sign [in]", "passage": "**Users** sign in\nwith <b>email</b>", "link": "/o/a/factory/s/refinery/sign-in" });
        let text = answer("sign-in", "/o/a/factory/s", &heard("searchDocuments", json!({ "items": [hit] })));
        assert!(text.contains(r"- [Sign \[in\]](/o/a/factory/s/refinery/sign-in): \*\*Users\*\* sign in with \<b\>email\</b\>"), "{text}");
        assert!(answer("x", "/b", &heard("searchDocuments", json!({ "items": [] }))).contains("nothing about “x”"));
    }

    #[test]
    fn a_proposal_says_that_nothing_is_changed() {
        let mut heard = heard("createWorkOrder", Value::Null);
        heard[0].0.status = CallStatus::AwaitingConfirmation;
        heard[0].0.title = "Create work order “X”".into();
        assert_eq!(answer("", "", &heard), "I have prepared it: create work order “X”. Nothing is changed before you approve it.");
    }
}
