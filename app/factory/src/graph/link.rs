//! Linking a node with another.
use super::{
    Ctx,
    calls::{graph_link, graph_suggest},
    kind_icon,
};
use factory::graph::{EdgeType, Node};
use kernel::Fault;
use kit::{AppError, Button, ButtonKind, Choice, Combobox, Dialog, FormAlert, FormScope, SelectField, Submit};
use leptos::{prelude::*, task::spawn_local};

/// The dialog of a new link.
pub struct LinkDialog(pub Ctx);

impl kit::Part for LinkDialog {
    fn view(this: Self) -> AnyView {
        let ctx = this.0;
        let open = kit::open_while(ctx.linking);
        let title = Signal::derive(move || ctx.linking.with(|n| n.as_ref().map_or_else(String::new, |n| format!("Link {}", n.label))));
        view! { <Dialog open=open title=title>{move || ctx.linking.get().map(|node| form(ctx, open, &node))}</Dialog> }.into_any()
    }
}

fn form(ctx: Ctx, open: RwSignal<bool>, node: &Node) -> AnyView {
    let (kind, picked) = (RwSignal::new(EdgeType::RelatedTo.as_str().to_owned()), RwSignal::new(Vec::<Choice>::new()));
    let (typed, fault, busy) = (RwSignal::new(String::new()), RwSignal::new(None::<Fault>), RwSignal::new(false));
    let source = node.id;
    let found = kit::LocalData::new(move || {
        let (project, typed) = (ctx.project.get(), typed.get());
        async move { graph_suggest(project, typed).await.unwrap_or_default() }
    });
    let choices = Signal::derive(move || {
        let nodes = found.get().unwrap_or_default();
        nodes
            .into_iter()
            .filter(|n| n.id != source)
            .map(|n| {
                let label = match n.meta("key") {
                    Some(key) => format!("{key} {}", n.label),
                    None => n.label.clone(),
                };
                Choice::new(n.id.to_string(), label).hint(n.kind.words()).icon(kind_icon(n.kind))
            })
            .collect::<Vec<_>>()
    });
    let types = EdgeType::ALL.into_iter().map(|t| Choice::new(t.as_str(), t.words())).collect::<Vec<_>>();
    let send = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let target = picked.with_untracked(|p| p.first().and_then(|c| c.value.parse().ok()));
        let (Some(target), Some(kind)) = (target, EdgeType::parse(&kind.get_untracked())) else {
            fault.set(Some(Fault::field("target", "is required")));
            return;
        };
        let (project, toasts) = (ctx.project.get_untracked(), ctx.toasts);
        busy.set(true);
        spawn_local(async move {
            match graph_link(project, source, kind, target).await {
                Ok(_) => {
                    toasts.success("Linked");
                    open.set(false);
                    ctx.version.update(|n| *n += 1);
                }
                Err(AppError(f)) => fault.set(Some(f)),
            }
            busy.set(false);
        });
    };
    view! {
        <FormScope fault=fault pending=busy>
            <form class="form" on:submit=send>
                <FormAlert />
                <SelectField name="kind" label="How" choices=types bind=kind hint="Reads from this one to the other." />
                <Combobox name="target" label="With" choices=choices picked=picked on_query=Callback::new(move |q: String| typed.set(q)) placeholder="Name or key" />
                <div class="form-foot">
                    <Button on:click=move |_| open.set(false)>"Cancel"</Button>
                    <Submit kind=ButtonKind::Primary>"Link"</Submit>
                </div>
            </form>
        </FormScope>
    }
    .into_any()
}
