//! What is asked of the built-in assistant: an interview.
use super::{Ctx, calls::interview_start};
use factory::review::Answers;
use kernel::Fault;
use kit::{AppError, Button, ButtonKind, Dialog, FormAlert, FormScope, Submit, TextArea};
use leptos::{prelude::*, task::spawn_local};
use leptos_router::{NavigateOptions, hooks::use_navigate};

/// "Start with questions": four answers become a draft of the overview and proposed features.
pub struct InterviewDialog {
    pub ctx: Ctx,
    pub open: RwSignal<bool>,
}

impl kit::Part for InterviewDialog {
    fn view(this: Self) -> AnyView {
        let InterviewDialog { ctx, open } = this;
        let text = || RwSignal::new(String::new());
        let (problem, current, outcome, users) = (text(), text(), text(), text());
        let (fault, busy) = (RwSignal::new(None::<Fault>), RwSignal::new(false));
        let navigate = use_navigate();
        let send = move || {
            if busy.get_untracked() {
                return;
            }
            let answers = Answers {
                problem: problem.get_untracked(),
                current_solution: current.get_untracked(),
                outcome: outcome.get_untracked(),
                users: users.get_untracked(),
            };
            let navigate = navigate.clone();
            busy.set(true);
            spawn_local(async move {
                match interview_start(ctx.project.get_untracked(), answers).await {
                    Ok(made) => {
                        open.set(false);
                        ctx.changed();
                        navigate(
                            &format!("{}{}?show=suggestions", ctx.home.get_untracked(), made.document.path()),
                            NavigateOptions::default(),
                        );
                    }
                    Err(AppError(f)) => fault.set(Some(f)),
                }
                busy.set(false);
            });
        };
        let send = Callback::new(move |()| send());
        view! {
            <Dialog open=open title="Start with questions" wide=true>
                <FormScope fault=fault pending=busy>
                    <form class="form form-wide" on:submit=move |event| { event.prevent_default(); send.run(()) }>
                        <div class="form-all"><FormAlert /></div>
                        <TextArea name="problem" label="Which problem is to be solved?" bind=problem rows=4 maxlength=5000 required=true class="form-all" />
                        <TextArea name="current_solution" label="What do people do instead today?" bind=current rows=3 maxlength=5000 required=true class="form-all" />
                        <TextArea name="outcome" label="What is different once it exists?" hint="One outcome a line: each becomes a proposed feature." bind=outcome rows=5 maxlength=5000 required=true class="form-all" />
                        <TextArea name="users" label="Who is it for?" bind=users rows=3 maxlength=5000 required=true class="form-all" />
                        <p class="hint form-all">"The built-in assistant writes a draft of the overview and proposes features. Nothing is changed before you accept it."</p>
                        <div class="form-foot form-all">
                            <Button on:click=move |_| open.set(false)>"Cancel"</Button>
                            <Submit kind=ButtonKind::Primary>"Write the draft"</Submit>
                        </div>
                    </form>
                </FormScope>
            </Dialog>
        }
        .into_any()
    }
}
