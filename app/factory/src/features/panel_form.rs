//! The form of a feature in the drawer. What is typed stays while others change things; only changed fields are sent.
use super::{
    Ctx,
    create::priorities,
    edit::{Change, To},
};
use factory::features::{Feature, FeaturePatch, Priority};
use kit::{Button, ButtonKind, SelectField, TextArea, TextField};
use leptos::prelude::*;
use std::collections::BTreeMap;

/// The fields, and the feature as it was when the form opened.
#[derive(Clone, Copy)]
pub struct Form {
    pub editing: RwSignal<Option<Feature>>,
    name: RwSignal<String>,
    description: RwSignal<String>,
    category: RwSignal<String>,
    priority: RwSignal<String>,
    effort: RwSignal<String>,
    criteria: RwSignal<String>,
    dependencies: RwSignal<String>,
}

impl Form {
    pub fn new() -> Self {
        let text = || RwSignal::new(String::new());
        Self {
            editing: RwSignal::new(None),
            name: text(),
            description: text(),
            category: text(),
            priority: text(),
            effort: text(),
            criteria: text(),
            dependencies: text(),
        }
    }

    /// Opens the form on a feature.
    pub fn begin(self, f: &Feature) {
        for (signal, value) in self.fields().into_iter().zip(texts(f)) {
            signal.set(value);
        }
        self.editing.set(Some(f.clone()));
    }

    fn fields(self) -> [RwSignal<String>; 7] {
        [self.name, self.description, self.category, self.priority, self.effort, self.criteria, self.dependencies]
    }

    /// What differs from the feature as it was, and what was seen there.
    fn change(self, f: &Feature) -> Option<Change> {
        const NAMES: [&str; 7] = ["name", "description", "category", "priority", "effort", "criteria", "dependencies"];
        let seen = serde_json::to_value(f).ok()?;
        let mut patch = serde_json::Map::new();
        let mut saw = BTreeMap::new();
        for ((name, signal), before) in NAMES.into_iter().zip(self.fields()).zip(texts(f)) {
            let now = signal.get_untracked();
            if now.trim() != before.trim() {
                patch.insert(name.to_owned(), now.into());
                saw.insert(name.to_owned(), seen.get(name).cloned().unwrap_or_default());
            }
        }
        if patch.is_empty() {
            return None;
        }
        let patch: FeaturePatch = kit::wire::from_value(patch.into()).ok()?;
        Some(Change { id: f.id, rev: f.rev.clone(), to: To::Patch(patch), saw })
    }
}

/// The fields of a feature as the form shows them.
fn texts(f: &Feature) -> [String; 7] {
    [
        f.name.clone(),
        f.description.clone().unwrap_or_default(),
        f.category.clone().unwrap_or_default(),
        f.priority.map_or("", Priority::as_str).to_owned(),
        f.effort.clone().unwrap_or_default(),
        f.criteria.iter().map(|c| c.text.as_str()).collect::<Vec<_>>().join("\n"),
        f.dependencies.join(", "),
    ]
}

/// The form; it closes when it was saved or left.
pub fn form(ctx: Ctx, form: Form, version: RwSignal<u64>) -> AnyView {
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Some(before) = form.editing.get_untracked() else {
            return;
        };
        match form.change(&before) {
            None => form.editing.set(None),
            Some(change) => ctx.editor.send(change, move || {
                form.editing.set(None);
                version.update(|n| *n += 1);
            }),
        }
    };
    view! {
        <form class="form form-wide" on:submit=save>
            <TextField name="edit-name" label="Name" bind=form.name required=true maxlength=255 autofocus=true class="form-all" />
            <TextArea name="edit-description" label="Description" bind=form.description rows=5 class="form-all" />
            <TextField name="edit-category" label="Category" bind=form.category maxlength=100 />
            <SelectField name="edit-priority" label="Priority" choices=priorities() empty="No priority" bind=form.priority />
            <TextField name="edit-effort" label="Effort" bind=form.effort maxlength=20 placeholder="4h" />
            <TextField name="edit-dependencies" label="Waits for" bind=form.dependencies placeholder="F-001, F-002" />
            <TextArea name="edit-criteria" label="Acceptance criteria" note="one a line" bind=form.criteria rows=6 class="form-all" hint="A line that stays keeps its tick." />
            <div class="form-foot form-all">
                <Button on:click=move |_| form.editing.set(None)>"Cancel"</Button>
                <Button kind=ButtonKind::Primary submit=true>"Save"</Button>
            </div>
        </form>
    }
    .into_any()
}
