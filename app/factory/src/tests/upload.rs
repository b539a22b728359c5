//! Uploading a report: JUnit XML or JSON, by file, drop or paste.
use super::{Ctx, calls::import_test_run};
use factory::tests::{MAX_BYTES, Uploaded};
use kernel::Fault;
use kit::{Alert, AppError, Button, ButtonKind, Dialog, FileDrop, FormAlert, FormScope, Submit, TextArea, TextField, Tone};
use leptos::{prelude::*, task::spawn_local, web_sys};

/// The dialog of an upload.
pub struct UploadDialog {
    pub ctx: Ctx,
    pub open: RwSignal<bool>,
}

impl kit::Part for UploadDialog {
    fn view(this: Self) -> AnyView {
        dialog(this.ctx, this.open)
    }
}

fn dialog(ctx: Ctx, open: RwSignal<bool>) -> AnyView {
    let text = || RwSignal::new(String::new());
    let (report, commit, branch) = (text(), text(), text());
    let (fault, busy, done) = (RwSignal::new(None::<Fault>), RwSignal::new(false), RwSignal::new(None::<Uploaded>));
    kit::effect(move || {
        if !open.get() {
            report.set(String::new());
            fault.set(None);
            done.set(None);
        }
    });
    let send = move || {
        if busy.get_untracked() || report.with_untracked(|r| r.trim().is_empty()) {
            return;
        }
        busy.set(true);
        spawn_local(async move {
            let sent =
                import_test_run(ctx.project.get_untracked(), report.get_untracked(), commit.get_untracked(), branch.get_untracked()).await;
            match sent {
                Ok(uploaded) => {
                    fault.set(None);
                    done.set(Some(uploaded));
                    ctx.version.update(|n| *n += 1);
                }
                Err(AppError(f)) => fault.set(Some(f)),
            }
            busy.set(false);
        });
    };
    let on_files = Callback::new(move |files: Vec<web_sys::File>| {
        let Some(file) = files.into_iter().next() else { return };
        spawn_local(async move {
            match kit::read_text(&file).await {
                Some(text) => {
                    report.set(text);
                    send();
                }
                None => fault.set(Some(Fault::field("file", "could not be read"))),
            }
        });
    });
    let form = move || {
        view! {
            <FormScope fault=fault pending=busy>
                <form class="form form-wide" on:submit=move |event| { event.prevent_default(); send() }>
                    <div class="form-all"><FormAlert /></div>
                    <TextField name="commit" label="Commit" note="optional" bind=commit maxlength=40 autocomplete="off" />
                    <TextField name="branch" label="Branch" note="optional" bind=branch maxlength=100 autocomplete="off" />
                    <div class="form-all">
                        <FileDrop name="file" label="Drop a report here" hint="JUnit XML or JSON, up to 20 MB" accept=".xml,.json,application/xml,text/xml,application/json" max_bytes=MAX_BYTES as u64 on_files=on_files />
                    </div>
                    <TextArea name="report" label="Or paste it" bind=report rows=6 mono=true class="form-all" />
                    <div class="form-foot form-all">
                        <Button on:click=move |_| open.set(false)>"Cancel"</Button>
                        <Submit kind=ButtonKind::Primary>"Upload results"</Submit>
                    </div>
                </form>
            </FormScope>
        }
        .into_any()
    };
    view! {
        <Dialog open=open title="Upload results" wide=true>
            {move || match done.get() {
                Some(uploaded) => summary(open, &uploaded),
                None => form(),
            }}
        </Dialog>
    }
    .into_any()
}

/// What it brought.
fn summary(open: RwSignal<bool>, up: &Uploaded) -> AnyView {
    let tone = if up.run.failed_tests > 0 { Tone::Danger } else { Tone::Success };
    let rate = up.pass_rate.map_or_else(|| "Nothing ran".to_owned(), |rate| format!("{rate} % passed"));
    let counts = format!("{} passed, {} failed, {} skipped.", up.run.passed_tests, up.run.failed_tests, up.run.skipped_tests);
    let linked = match up.unlinked {
        0 => "Every result belongs to a test case.".to_owned(),
        n => format!("{} belong to no test case yet: the run lists them.", kit::num::plural(n as i64, "result", "results")),
    };
    let moved = (!up.features.is_empty()).then(|| format!("Moved: {}.", up.features.join(", ")));
    let bugs = (!up.bugs.is_empty()).then(|| format!("{} opened.", kit::num::plural(up.bugs.len() as i64, "bug", "bugs")));
    view! {
        <Alert tone=tone title=rate><p>{counts}</p><p>{linked}</p><p>{moved} " " {bugs}</p></Alert>
        <div class="form-foot"><Button kind=ButtonKind::Primary on:click=move |_| open.set(false)>"Done"</Button></div>
    }
    .into_any()
}
