//! The project as one file: what goes in, and the files of the last seven days.
use super::{
    Ctx,
    calls::{export_start, exports_list},
};
use factory::{
    documents::FileFormat,
    exports::{ExportRun, ExportScope},
    job_runs::JobStatus,
};
use kit::{AppError, Badge, Button, ButtonKind, Choice, Dialog, Icon, SelectField, Tone};
use leptos::{prelude::*, task::spawn_local};

/// The dialog of exports.
pub struct ExportDialog {
    pub ctx: Ctx,
    pub open: RwSignal<bool>,
}

impl kit::Part for ExportDialog {
    fn view(this: Self) -> AnyView {
        let ExportDialog { ctx, open } = this;
        let (scope, format) = (RwSignal::new(ExportScope::Project.as_str().to_owned()), RwSignal::new("docx".to_owned()));
        let (busy, version) = (RwSignal::new(false), RwSignal::new(0));
        let live = kit::use_live("factory.job_runs");
        let list = kit::LocalData::new(move || {
            let (wanted, project) = (open.get(), ctx.project.get_untracked());
            live.track();
            version.track();
            async move { if wanted { exports_list(project).await.unwrap_or_default() } else { Vec::new() } }
        });
        let begin = move |_| {
            let chosen = (ExportScope::parse(&scope.get_untracked()), FileFormat::parse(&format.get_untracked()));
            let (Some(scope), Some(format)) = chosen else { return };
            if busy.get_untracked() {
                return;
            }
            busy.set(true);
            spawn_local(async move {
                if let Err(AppError(fault)) = export_start(ctx.project.get_untracked(), scope, format).await {
                    ctx.toasts.fault(&fault);
                }
                busy.try_set(false);
                version.try_update(|n| *n += 1);
            });
        };
        let scopes = ExportScope::ALL.map(|s| Choice::new(s.as_str(), s.words())).to_vec();
        let formats = [FileFormat::Pdf, FileFormat::Docx, FileFormat::Md].map(|f| Choice::new(f.extension(), f.words())).to_vec();
        let rows = move || {
            let rows = list.get().unwrap_or_default();
            (!rows.is_empty()).then(|| {
                view! {
                    <h3 class="doc-side-title">"Files of the last seven days"</h3>
                    <ul class="docs-lines docs-files">{rows.into_iter().map(row).collect_view()}</ul>
                }
            })
        };
        let foot = move || {
            view! {
                <Button on:click=move |_| open.set(false)>"Close"</Button>
                <Button kind=ButtonKind::Primary busy=busy icon=Icon::Download on:click=begin>"Create the file"</Button>
            }
            .into_any()
        };
        view! {
            <Dialog open=open title="Export" foot=foot>
                <p class="mb-4">"One file with a cover, the contents and every document. It is made in the background and kept for seven days."</p>
                <div class="doc-compare-pick">
                    <SelectField name="scope" label="What" choices=scopes.clone() bind=scope />
                    <SelectField name="format" label="Format" choices=formats.clone() bind=format />
                </div>
                <div aria-live="polite">{rows}</div>
            </Dialog>
        }
        .into_any()
    }
}

fn row(run: ExportRun) -> AnyView {
    let about = format!("{} · {}", run.scope.words(), run.format.words());
    let end = match (run.file, run.status) {
        (Some(file), _) => {
            let size = kit::num::bytes(file.size);
            view! { <a class="btn btn-sm" href=file.href download=file.name rel="external">{kit::icon(Icon::Download)} <span>{format!("Download, {size}")}</span></a> }
                .into_any()
        }
        (None, JobStatus::Failed) => {
            let why = run.error.unwrap_or_else(|| "It failed.".to_owned());
            view! { <Badge text="Failed" tone=Tone::Danger /> <small>{why}</small> }.into_any()
        }
        (None, JobStatus::Completed) => view! { <Badge text="No longer kept" /> }.into_any(),
        (None, status) => view! { <Badge text=status.words() tone=Tone::Info /> }.into_any(),
    };
    view! { <li class="docs-line"><div><span>{about}</span> <small><kit::Ago at=run.created_at /></small></div> {end}</li> }.into_any()
}
