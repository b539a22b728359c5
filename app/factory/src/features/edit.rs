//! Changes of single features: shown at once, sent with the version they were made on, and when somebody else was
//! faster, resolved field by field.
use crate::calls::{feature_move, feature_pass, feature_update};
use factory::features::{Feature, FeaturePatch, FeatureRow, FeatureStatus, Priority};
use kit::{AppError, Toasts, use_toasts};
use leptos::{prelude::*, task::spawn_local};
use serde_json::Value;
use std::collections::BTreeMap;
use uuid::Uuid;

/// What a change is to do.
#[derive(Clone, Debug, PartialEq)]
pub enum To {
    Status(FeatureStatus),
    /// To passing by hand, with the note that says why.
    Pass(String),
    Patch(FeaturePatch),
}

/// One change: the feature, the version it was made on, and what the person saw in the fields they change.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    pub id: Uuid,
    pub rev: String,
    pub to: To,
    pub saw: BTreeMap<String, Value>,
}

/// Two people changed the same field: what is there now, and what was wanted.
#[derive(Clone, Debug, PartialEq)]
pub struct Conflict {
    pub current: Feature,
    pub mine: Change,
}

/// What is about to be marked as passing.
#[derive(Clone)]
pub enum Passing {
    Row(FeatureRow),
    Feature(Change, Callback<()>),
    /// As many as are ticked.
    Ticked(usize),
}

/// The changes of a page that are under way.
#[derive(Clone, Copy)]
pub struct Editor {
    /// Rises with each own change: resources read again.
    pub version: RwSignal<u64>,
    pub conflict: RwSignal<Option<Conflict>>,
    /// What passes by hand says why first.
    pub passing: RwSignal<Option<Passing>>,
    /// Rows as they will be, until the server has answered and the list was read again.
    under_way: RwSignal<BTreeMap<Uuid, FeatureRow>>,
    /// Those the server has answered: the next page has them.
    answered: StoredValue<Vec<Uuid>>,
    toasts: StoredValue<Option<Toasts>>,
}

impl Editor {
    pub fn new() -> Self {
        Self {
            version: RwSignal::new(0),
            conflict: RwSignal::new(None),
            passing: RwSignal::new(None),
            under_way: RwSignal::default(),
            answered: StoredValue::default(),
            toasts: StoredValue::new(use_context::<Toasts>()),
        }
    }

    pub fn toasts(self) -> Toasts {
        self.toasts.get_value().unwrap_or_else(use_toasts)
    }

    /// Rows with the changes that are under way.
    pub fn merged(self, mut rows: Vec<FeatureRow>) -> Vec<FeatureRow> {
        self.under_way.with(|changes| {
            for row in &mut rows {
                if let Some(changed) = changes.get(&row.id) {
                    *row = changed.clone();
                }
            }
        });
        rows
    }

    /// A fresh page is here: it carries what was answered.
    pub fn settle(self) {
        let done = self.answered.get_value();
        if !done.is_empty() {
            self.answered.set_value(Vec::new());
            self.under_way.update_untracked(|changes| changes.retain(|id, _| !done.contains(id)));
        }
    }

    /// Shows the change at once and sends it.
    pub fn row(self, row: &FeatureRow, to: To) {
        let field = match &to {
            To::Status(FeatureStatus::Passing) => return self.passing.set(Some(Passing::Row(row.clone()))),
            To::Status(_) | To::Pass(_) => ("status", serde_json::to_value(row.status)),
            To::Patch(FeaturePatch { priority: Some(_), .. }) => ("priority", serde_json::to_value(row.priority)),
            To::Patch(_) => ("name", serde_json::to_value(&row.name)),
        };
        let saw = BTreeMap::from([(field.0.to_owned(), field.1.unwrap_or_default())]);
        let mut next = row.clone();
        match &to {
            To::Status(status) => next.status = *status,
            To::Pass(_) => next.status = FeatureStatus::Passing,
            To::Patch(patch) => {
                if let Some(name) = &patch.name {
                    next.name.clone_from(name);
                }
                if let Some(priority) = &patch.priority {
                    next.priority = Priority::parse(priority);
                }
            }
        }
        self.under_way.update(|changes| drop(changes.insert(row.id, next)));
        self.send(Change { id: row.id, rev: row.rev.clone(), to, saw }, || {});
    }

    /// Sends a change; `done` runs when it is stored.
    pub fn send(self, change: Change, done: impl FnOnce() + 'static) {
        spawn_local(async move {
            match self.try_send(change).await {
                Ok(id) => {
                    self.answered.update_value(|ids| ids.push(id));
                    done();
                }
                Err(id) => self.under_way.update(|changes| drop(changes.remove(&id))),
            }
            self.version.update(|n| *n += 1);
        });
    }

    async fn try_send(self, mut change: Change) -> Result<Uuid, Uuid> {
        let id = change.id;
        // Somebody who changes other fields at the same time is no conflict: the same change goes on the new version.
        for _ in 0..3 {
            let answer = match change.to.clone() {
                To::Status(status) => feature_move(id, change.rev.clone(), status).await,
                To::Pass(note) => feature_pass(id, change.rev.clone(), note).await,
                To::Patch(patch) => feature_update(id, change.rev.clone(), patch).await,
            };
            let fault = match answer {
                Ok(_) => return Ok(id),
                Err(AppError(fault)) => fault,
            };
            let (Some(current), Some(feature)) = (kit::theirs::<Value>(&fault), kit::theirs::<Feature>(&fault)) else {
                self.toasts().fault(&fault);
                return Err(id);
            };
            if change.saw.iter().all(|(field, value)| current.get(field) == Some(value)) {
                change.rev = feature.rev;
                continue;
            }
            self.conflict.set(Some(Conflict { current: feature, mine: change }));
            return Err(id);
        }
        self.toasts().info("This feature changes too quickly. Try again.");
        Err(id)
    }
}
