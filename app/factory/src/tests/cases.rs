//! The test cases by feature, and the form of one.
use super::{
    Ctx,
    calls::{test_case_create, test_case_remove, test_case_update},
};
use crate::{planner::feature_of, planner::words::test_tone};
use factory::tests::{TestCase, TestCaseInput, TestCasePatch, TestType};
use kernel::{Fault, record::Paged};
use kit::{
    AppError, Badge, Button, ButtonKind, Checkbox, Choice, Dialog, Empty, FormAlert, FormScope, Icon, IconButton, Pager, SelectField, Size,
    Status, Submit, TextArea, TextField, Tone, use_toasts,
};
use leptos::{prelude::*, task::spawn_local};

/// A page of the cases.
pub fn list(ctx: Ctx, page: Paged<TestCase>) -> AnyView {
    if page.rows.is_empty() {
        return view! {
            <Empty
                icon=Icon::ListChecks title="No test cases" text="A required test case decides whether its feature passes."
                acts=move || view! { <Button kind=ButtonKind::Primary icon=Icon::Plus on:click=move |_| ctx.editing.set(Some(None))>"New test case"</Button> }
            />
        }
        .into_any();
    }
    let next = page.next.as_ref().map(|c| format!("{}?view=cases&after={c}", ctx.base.get_untracked()));
    let mut rows = Vec::new();
    let mut before: Option<&Option<String>> = None;
    for case in &page.rows {
        if before != Some(&case.feature) {
            let name = case.feature.clone().unwrap_or_else(|| "No feature".to_owned());
            rows.push(view! { <tr class="group"><th scope="rowgroup" colspan="5"><code>{name}</code></th></tr> }.into_any());
            before = Some(&case.feature);
        }
        rows.push(row(ctx, case));
    }
    view! {
        <div class="tbl-scroll"><table class="plain">
            <thead><tr><th scope="col">"Test case"</th><th scope="col">"Last result"</th><th scope="col" class="p2">"Type"</th><th scope="col" class="p2">"Ran"</th><th scope="col"><span class="sr">"Change"</span></th></tr></thead>
            <tbody>{rows}</tbody>
        </table></div>
        <Pager previous={None::<String>} next=next text=String::new() />
    }
    .into_any()
}

fn row(ctx: Ctx, case: &TestCase) -> AnyView {
    let edit = case.clone();
    let flaky = case.flaky.then(|| view! { <span title="One commit, different outcomes"><Badge text="Flaky" tone=Tone::Warning /></span> });
    let optional = (!case.is_required).then(|| view! { <span class="hint">"optional"</span> });
    let path = case.code_path.clone().map(|path| view! { <code class="hint">{path}</code> });
    let ran = case.last_run_at.map(|at| view! { <kit::Ago at=at /> }.into_any()).unwrap_or_else(|| "Never".into_any());
    let label = format!("Edit {}", case.name);
    view! {
        <tr>
            <td>{case.name.clone()} " " {optional} " " {path}</td>
            <td><Status text=case.status.words() tone=test_tone(case.status) /> " " {flaky}</td>
            <td class="p2">{case.kind.words()}</td>
            <td class="p2">{ran}</td>
            <td><IconButton icon=Icon::Pencil label=label size=Size::Sm tip_at="left" on:click=move |_| ctx.editing.set(Some(Some(edit.clone()))) /></td>
        </tr>
    }
    .into_any()
}

/// The form of a new or known case.
pub struct CaseDialog(pub Ctx);

impl kit::Part for CaseDialog {
    fn view(this: Self) -> AnyView {
        let ctx = this.0;
        let open = kit::open_while(ctx.editing);
        let title = Signal::derive(move || {
            if ctx.editing.with(|e| matches!(e, Some(Some(_)))) { "Edit test case" } else { "New test case" }.to_owned()
        });
        view! { <Dialog open=open title=title wide=true>{move || ctx.editing.get().map(|case| form(ctx, open, case))}</Dialog> }.into_any()
    }
}

fn form(ctx: Ctx, open: RwSignal<bool>, case: Option<TestCase>) -> AnyView {
    let text = |value: Option<&str>| RwSignal::new(value.unwrap_or_default().to_owned());
    let c = case.as_ref();
    let name = text(c.map(|c| c.name.as_str()));
    let path = text(c.and_then(|c| c.code_path.as_deref()));
    let feature = text(c.and_then(|c| c.feature.as_deref()));
    let tool = text(c.and_then(|c| c.tool.as_deref()));
    let about = text(c.and_then(|c| c.description.as_deref()));
    let kind = text(Some(c.map_or(TestType::Unit, |c| c.kind).as_str()));
    let required = RwSignal::new(c.is_none_or(|c| c.is_required));
    let (fault, busy) = (RwSignal::new(None::<Fault>), RwSignal::new(false));
    let known = StoredValue::new(case.clone());
    let send = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        let kind = TestType::ALL.into_iter().find(|k| k.as_str() == kind.get_untracked()).unwrap_or_default();
        spawn_local(async move {
            let project = ctx.project.get_untracked();
            let saved = match feature_of(project.clone(), &feature.get_untracked()).await {
                Err(fault) => Err(fault),
                Ok(feature_id) => {
                    let (name, code_path, description, tool) =
                        (name.get_untracked(), path.get_untracked(), about.get_untracked(), tool.get_untracked());
                    let is_required = required.get_untracked();
                    let answer = match known.get_value() {
                        None => {
                            test_case_create(project, TestCaseInput { name, code_path, description, kind, tool, is_required, feature_id })
                                .await
                        }
                        Some(c) => {
                            let patch = TestCasePatch {
                                name: Some(name),
                                code_path: Some(code_path),
                                description: Some(description),
                                kind: Some(kind),
                                tool: Some(tool),
                                is_required: Some(is_required),
                                feature_id: Some(feature_id),
                            };
                            test_case_update(c.id, c.rev, patch).await
                        }
                    };
                    answer.map_err(|AppError(fault)| fault)
                }
            };
            match saved {
                Ok(_) => {
                    open.set(false);
                    ctx.version.update(|n| *n += 1);
                }
                Err(f) => fault.set(Some(f)),
            }
            busy.set(false);
        });
    };
    let toasts = use_toasts();
    let remove = case.map(|c| {
        let press = move |_| {
            let c = c.clone();
            spawn_local(async move {
                match test_case_remove(c.id, c.rev).await {
                    Ok(()) => toasts.success("Test case deleted"),
                    Err(AppError(fault)) => toasts.fault(&fault),
                }
                open.set(false);
                ctx.version.update(|n| *n += 1);
            });
        };
        view! { <Button kind=ButtonKind::Danger on:click=press>"Delete test case"</Button> <span class="grow"></span> }
    });
    let kinds = TestType::ALL.into_iter().map(|k| Choice::new(k.as_str(), k.words())).collect::<Vec<_>>();
    view! {
        <FormScope fault=fault pending=busy>
            <form class="form form-wide" on:submit=send>
                <div class="form-all"><FormAlert /></div>
                <TextField name="name" label="Name" bind=name required=true maxlength=255 autofocus=true autocomplete="off" class="form-all" hint="As the report names it." />
                <TextField name="code_path" label="Path" note="optional" bind=path maxlength=500 placeholder="tests/login.rs" />
                <TextField name="feature" label="Feature" note="its key, optional" bind=feature placeholder="F-001" />
                <SelectField name="type" label="Type" choices=kinds bind=kind />
                <TextField name="tool" label="Tool" note="optional" bind=tool maxlength=50 placeholder="Playwright" />
                <TextArea name="description" label="Description" note="optional" bind=about rows=3 class="form-all" />
                <div class="form-all"><Checkbox name="is_required" label="Required" hint="The feature passes only when this does." bind=required /></div>
                <div class="form-foot form-all">
                    {remove}
                    <Button on:click=move |_| open.set(false)>"Cancel"</Button>
                    <Submit kind=ButtonKind::Primary>"Save test case"</Submit>
                </div>
            </form>
        </FormScope>
    }
    .into_any()
}
