//! Saved views: named filters, one's own or the team's.
use super::{
    Ctx,
    calls::{view_remove, view_save, views_list},
    question,
};
use factory::planner::{SavedView, SavedViewInput};
use kernel::Fault;
use kit::{
    AppError, Button, ButtonKind, Choice, Dialog, FormAlert, FormScope, Icon, Menu, MenuItem, MenuLine, MenuLink, MenuTitle, SelectField,
    Submit, TextField,
};
use leptos::{prelude::*, task::spawn_local};

/// The menu of the views.
pub fn menu(ctx: Ctx, saving: RwSignal<bool>) -> AnyView {
    let live = kit::use_live("factory.saved_views");
    let list = kit::LocalData::new(move || {
        let (project, _) = (ctx.project.get(), (live.get(), ctx.moves.version.get()));
        async move { views_list(project).await.unwrap_or_default() }
    });
    let items = move || {
        let views = list.get().unwrap_or_default();
        let (team, own): (Vec<SavedView>, Vec<SavedView>) = views.into_iter().partition(|v| v.shared);
        view! { {group(ctx, "Team", team)} {group(ctx, "Mine", own)} }.into_any()
    };
    view! {
        <Menu id="views" label="Views" icon=Icon::Star end=true>
            {items}
            <MenuItem icon=Icon::Plus on:click=move |_| saving.set(true)>"Save this view"</MenuItem>
        </Menu>
    }
    .into_any()
}

fn group(ctx: Ctx, title: &'static str, views: Vec<SavedView>) -> AnyView {
    if views.is_empty() {
        return ().into_any();
    }
    let items = views
        .into_iter()
        .map(|v| {
            let href = format!("{}{}", ctx.base.get_untracked(), question(&v.query));
            let gone = (v.id, v.name.clone());
            let remove = v.editable.then(|| {
                view! { <MenuItem icon=Icon::Trash2 on:click=move |_| remove(ctx, gone.0)>{format!("Delete {}", gone.1)}</MenuItem> }
                    .into_any()
            });
            view! { <MenuLink href=href>{v.name}</MenuLink> {remove} }.into_any()
        })
        .collect_view();
    view! { <MenuTitle text=title /> {items} <MenuLine /> }.into_any()
}

fn remove(ctx: Ctx, id: uuid::Uuid) {
    spawn_local(async move {
        match view_remove(id).await {
            Ok(()) => ctx.moves.toasts().success("View deleted"),
            Err(AppError(fault)) => ctx.moves.toasts().fault(&fault),
        }
        ctx.moves.again();
    });
}

/// The dialog that names the view in the address.
pub struct SaveViewDialog {
    pub ctx: Ctx,
    pub open: RwSignal<bool>,
}

impl kit::Part for SaveViewDialog {
    fn view(this: Self) -> AnyView {
        let Self { ctx, open } = this;
        let (name, whose) = (RwSignal::new(String::new()), RwSignal::new("mine".to_owned()));
        let (fault, busy) = (RwSignal::new(None::<Fault>), RwSignal::new(false));
        let send = move |event: leptos::ev::SubmitEvent| {
            event.prevent_default();
            let input =
                SavedViewInput { name: name.get_untracked(), query: ctx.search.get_untracked(), shared: whose.get_untracked() == "team" };
            busy.set(true);
            spawn_local(async move {
                match view_save(ctx.project.get_untracked(), input).await {
                    Ok(_) => {
                        fault.set(None);
                        open.set(false);
                        ctx.moves.toasts().success("View saved");
                        ctx.moves.again();
                    }
                    Err(AppError(f)) => fault.set(Some(f)),
                }
                busy.set(false);
            });
        };
        view! {
            <Dialog open=open title="Save this view">
                <FormScope fault=fault pending=busy>
                    <form class="form" on:submit=send>
                        <FormAlert />
                        <TextField name="name" label="Name" bind=name required=true maxlength=100 autofocus=true autocomplete="off" />
                        <SelectField name="whose" label="Who sees it" choices=vec![Choice::new("mine", "Only I"), Choice::new("team", "The team")] bind=whose />
                        <div class="form-foot">
                            <Button on:click=move |_| open.set(false)>"Cancel"</Button>
                            <Submit kind=ButtonKind::Primary>"Save view"</Submit>
                        </div>
                    </form>
                </FormScope>
            </Dialog>
        }
        .into_any()
    }
}
