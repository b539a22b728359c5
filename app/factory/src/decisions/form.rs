//! Writing a decision.
use super::{
    Desk,
    calls::{decision_create, decision_update},
};
use crate::graph::{calls::graph_suggest, kind_icon};
use factory::{
    decisions::{Decision, DecisionInput, LINKED},
    graph::{EntityKind, EntityRef},
};
use kernel::Fault;
use kit::{AppError, Button, ButtonKind, Choice, Combobox, DateField, Dialog, FormAlert, FormScope, Submit, TextArea, TextField};
use leptos::{prelude::*, task::spawn_local};

/// The dialog of one decision, new or not.
pub struct DecisionDialog(pub Desk);

impl kit::Part for DecisionDialog {
    fn view(this: Self) -> AnyView {
        let desk = this.0;
        let open = kit::open_while(desk.editing);
        let title = Signal::derive(move || match desk.editing.get() {
            Some(Some(d)) => format!("Change {}", d.key()),
            _ => "New decision".to_owned(),
        });
        view! { <Dialog open=open title=title wide=true>{move || desk.editing.get().map(|of| form(desk, of))}</Dialog> }.into_any()
    }
}

/// An entity as the picker holds it: `feature:<id>`.
fn value(entity: EntityRef) -> String {
    format!("{}:{}", entity.kind.as_str(), entity.id)
}

fn entity(value: &str) -> Option<EntityRef> {
    let (kind, id) = value.split_once(':')?;
    Some(EntityRef::new(EntityKind::parse(kind)?, id.parse().ok()?))
}

fn form(desk: Desk, of: Option<Decision>) -> AnyView {
    let text = |value: Option<String>| RwSignal::new(value.unwrap_or_default());
    let before = of.as_ref();
    let (title, context) = (text(before.map(|d| d.title.clone())), text(before.and_then(|d| d.context.clone())));
    let (options, choice) = (text(before.map(|d| d.options.join("\n"))), text(before.map(|d| d.choice.clone())));
    let date = text(Some(before.map_or_else(|| kit::time::now().date_naive(), |d| d.decided_on).to_string()));
    let links = before.map(|d| d.links.clone()).unwrap_or_default();
    let picked =
        RwSignal::new(links.into_iter().map(|l| Choice::new(value(l.entity), l.label).icon(kind_icon(l.entity.kind))).collect::<Vec<_>>());
    let (typed, fault, busy) = (RwSignal::new(String::new()), RwSignal::new(None::<Fault>), RwSignal::new(false));
    let found = kit::LocalData::new(move || {
        let (project, typed) = (desk.project.get(), typed.get());
        async move { graph_suggest(project, typed).await.unwrap_or_default() }
    });
    let choices = Signal::derive(move || {
        let nodes = found.get().unwrap_or_default().into_iter().filter(|n| LINKED.contains(&n.kind));
        nodes
            .map(|n| {
                let label = n.meta("key").map_or_else(|| n.label.clone(), |key| format!("{key} {}", n.label));
                Choice::new(value(EntityRef::new(n.kind, n.entity_id)), label).hint(n.kind.words()).icon(kind_icon(n.kind))
            })
            .collect::<Vec<_>>()
    });
    let of = StoredValue::new(of.map(|d| (d.id, d.rev)));
    let send = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        let input = DecisionInput {
            title: title.get_untracked(),
            context: context.get_untracked(),
            options: options.get_untracked().lines().map(str::to_owned).collect(),
            choice: choice.get_untracked(),
            decided_on: date.get_untracked().parse().ok(),
            links: picked.with_untracked(|p| p.iter().filter_map(|c| entity(&c.value)).collect()),
        };
        let project = desk.project.get_untracked();
        busy.set(true);
        spawn_local(async move {
            let answer = match of.get_value() {
                Some((id, rev)) => decision_update(id, rev, input).await,
                None => decision_create(project, input).await,
            };
            match answer {
                Ok(_) => {
                    desk.editing.try_set(None);
                    desk.version.try_update(|n| *n += 1);
                }
                Err(AppError(f)) => drop(fault.try_set(Some(f))),
            }
            busy.try_set(false);
        });
    };
    view! {
        <FormScope fault=fault pending=busy>
            <form class="form form-wide" on:submit=send>
                <div class="form-all"><FormAlert /></div>
                <TextField name="title" label="What was decided" bind=title required=true maxlength=500 autofocus=true autocomplete="off" class="form-all" />
                <TextArea name="context" label="Context" note="optional" bind=context rows=3 maxlength=10000 class="form-all" />
                <TextArea name="options" label="Options" note="one a line, optional" bind=options rows=3 class="form-all" />
                <TextArea name="choice" label="Choice, and why" bind=choice rows=3 required=true maxlength=10000 class="form-all" />
                <DateField name="decided_on" label="Date" bind=date required=true />
                <div class="form-all">
                    <Combobox
                        name="links" label="Linked onward to" choices=choices picked=picked many=true placeholder="Document, feature or work order"
                        on_query=Callback::new(move |q: String| typed.set(q))
                    />
                </div>
                <div class="form-foot form-all">
                    <Button on:click=move |_| desk.editing.set(None)>"Cancel"</Button>
                    <Submit kind=ButtonKind::Primary>"Save decision"</Submit>
                </div>
            </form>
        </FormScope>
    }
    .into_any()
}
