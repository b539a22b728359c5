//! Two people changed one field: both values side by side, and whose stays.
use super::edit::{Change, Conflict, Editor, To};
use crate::words::field_words;
use factory::features::{Criterion, Feature};
use kit::{Button, ButtonKind, Dialog};
use leptos::prelude::*;
use serde_json::Value;

/// The dialog, while there is a conflict.
pub struct ConflictDialog(pub Editor);

impl kit::Part for ConflictDialog {
    fn view(this: Self) -> AnyView {
        dialog(this.0)
    }
}

fn dialog(editor: Editor) -> AnyView {
    let open = kit::open_while(editor.conflict);
    let foot = move || {
        view! {
            <Button on:click=move |_| open.set(false)>"Keep theirs"</Button>
            <Button
                kind=ButtonKind::Primary
                on:click=move |_| {
                    if let Some(Conflict { current, mine }) = editor.conflict.get_untracked() {
                        // On their version, having seen what they wrote.
                        let saw = mine.saw.keys().map(|field| (field.clone(), field_of(&current, field))).collect();
                        editor.send(Change { rev: current.rev.clone(), saw, ..mine }, || {});
                    }
                    open.set(false);
                }
            >
                "Keep mine"
            </Button>
        }
        .into_any()
    };
    view! {
        <Dialog open=open title="Someone else changed this feature" foot=foot>
            {move || editor.conflict.get().map(|conflict| sides(&conflict))}
        </Dialog>
    }
    .into_any()
}

fn sides(conflict: &Conflict) -> AnyView {
    let Conflict { current, mine } = conflict;
    let name = format!("{} {}", current.key, current.name);
    let fields = mine
        .saw
        .iter()
        .filter(|(field, value)| field_of(current, field) != **value)
        .map(|(field, _)| {
            let label = field_words(field).to_owned();
            view! {
                <div class="conflict">
                    <div><small>{format!("{label}: theirs")}</small>{shown(&field_of(current, field))}</div>
                    <div><small>{format!("{label}: mine")}</small>{wanted(&mine.to, field)}</div>
                </div>
            }
        })
        .collect_view();
    view! { <p>"While you were editing " <b>{name}</b> ", the same was changed. Nothing of yours is stored yet."</p> {fields} }.into_any()
}

fn field_of(feature: &Feature, field: &str) -> Value {
    serde_json::to_value(feature).ok().and_then(|v| v.get(field).cloned()).unwrap_or_default()
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "–".to_owned(),
        Value::String(s) if s.is_empty() => "–".to_owned(),
        Value::String(s) => s.replace('_', " "),
        Value::Array(items) => items
            .iter()
            .map(|item| match kit::wire::from_value::<Criterion>(item.clone()) {
                Ok(c) => format!("{} {}", if c.met { "☑" } else { "☐" }, c.text),
                Err(_) => shown(item),
            })
            .collect::<Vec<_>>()
            .join("\n"),
        other => other.to_string(),
    }
}

fn wanted(to: &To, field: &str) -> String {
    match to {
        To::Status(status) => status.words().to_lowercase(),
        To::Pass(_) => "passing".to_owned(),
        To::Patch(patch) => serde_json::to_value(patch).ok().and_then(|v| v.get(field).map(shown)).unwrap_or_default(),
    }
}
