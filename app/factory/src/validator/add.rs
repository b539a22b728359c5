//! Noting feedback by hand: from a call, a mail, a visit.
use super::{Ctx, calls::feedback_add};
use factory::feedback::{Category, FeedbackInput};
use kernel::Fault;
use kit::{AppError, Button, ButtonKind, Choice, Dialog, FormAlert, FormScope, SelectField, Submit, TextArea, TextField};
use leptos::{prelude::*, task::spawn_local};
use leptos_router::{NavigateOptions, hooks::use_navigate};

/// The dialog of a new item; afterwards it opens beside the inbox.
pub struct AddDialog {
    pub ctx: Ctx,
    pub open: RwSignal<bool>,
}

impl kit::Part for AddDialog {
    fn view(this: Self) -> AnyView {
        let Self { ctx, open } = this;
        let text = || RwSignal::new(String::new());
        let (title, description, category, user, tags) = (text(), text(), text(), text(), text());
        let fields = [title, description, category, user, tags];
        let (fault, busy) = (RwSignal::new(None::<Fault>), RwSignal::new(false));
        let navigate = use_navigate();
        let send = Callback::new(move |()| {
            if busy.get_untracked() {
                return;
            }
            let some = |text: String| Some(text).filter(|t| !t.trim().is_empty());
            let [title, description, category, user, tags] = fields.map(|f| f.get_untracked());
            let input = FeedbackInput {
                title: some(title),
                description,
                category: some(category),
                external_user_id: some(user),
                tags: tags.split(',').map(|t| t.trim().to_owned()).filter(|t| !t.is_empty()).collect(),
                ..Default::default()
            };
            let navigate = navigate.clone();
            busy.set(true);
            spawn_local(async move {
                match feedback_add(ctx.project.get_untracked(), input).await {
                    Ok(receipt) => {
                        fault.set(None);
                        fields.iter().for_each(|f| f.set(String::new()));
                        open.set(false);
                        ctx.version.update(|n| *n += 1);
                        navigate(&ctx.item(&receipt.id.to_string()), NavigateOptions { scroll: false, ..Default::default() });
                    }
                    Err(AppError(f)) => fault.set(Some(f)),
                }
                busy.set(false);
            });
        });
        let categories = || Category::ALL.into_iter().map(|c| Choice::new(c.as_str(), c.words())).collect::<Vec<_>>();
        view! {
            <Dialog open=open title="Add feedback" wide=true>
                <FormScope fault=fault pending=busy>
                    <form class="form form-wide" on:submit=move |event| { event.prevent_default(); send.run(()) }>
                        <div class="form-all"><FormAlert /></div>
                        <TextField name="title" label="Title" note="optional" bind=title maxlength=500 autofocus=true autocomplete="off" class="form-all" />
                        <TextArea name="description" label="What was said" bind=description required=true rows=6 class="form-all" />
                        <SelectField name="category" label="Category" choices=categories() empty="Found by triage" bind=category />
                        <TextField name="externalUserId" label="Who said it" note="optional" bind=user maxlength=255 hint="Different people raise the priority." />
                        <TextField name="tags" label="Tags" note="optional" bind=tags placeholder="billing, mobile" class="form-all" />
                        <div class="form-foot form-all">
                            <Button on:click=move |_| open.set(false)>"Cancel"</Button>
                            <Submit kind=ButtonKind::Primary>"Add feedback"</Submit>
                        </div>
                    </form>
                </FormScope>
            </Dialog>
        }
        .into_any()
    }
}
