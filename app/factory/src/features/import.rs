//! Importing a feature list: take a file or a text, see what it would do line by line, then do it.
use super::Ctx;
use crate::calls::{import_apply, import_preview};
use factory::import::{MAX_BYTES, Outcome, Report, ReportLine};
use kernel::Fault;
use kit::{Alert, AppError, Button, ButtonKind, Cell, Column, DataTable, Dialog, FileDrop, FormAlert, FormScope, TextArea, Tone};
use leptos::{prelude::*, task::spawn_local, web_sys};

static COLUMNS: [Column; 5] = [
    Column::new("line", "Line").number(),
    Column::new("outcome", "Result").fit(),
    Column::new("key", "Key").fit(),
    Column::new("name", "Name").grow(),
    Column::new("notes", "What to know").from_tablet(),
];

#[derive(Clone, Copy)]
struct Import {
    ctx: Ctx,
    open: RwSignal<bool>,
    text: RwSignal<String>,
    /// What it would do, or did.
    report: RwSignal<Option<Report>>,
    done: RwSignal<bool>,
    busy: RwSignal<bool>,
    fault: RwSignal<Option<Fault>>,
    only: RwSignal<Option<Outcome>>,
}

/// The dialog of an import.
pub struct ImportDialog {
    pub ctx: Ctx,
    pub open: RwSignal<bool>,
}

impl kit::Part for ImportDialog {
    fn view(this: Self) -> AnyView {
        dialog(this.ctx, this.open)
    }
}

fn dialog(ctx: Ctx, open: RwSignal<bool>) -> AnyView {
    let state = Import {
        ctx,
        open,
        text: RwSignal::new(String::new()),
        report: RwSignal::new(None),
        done: RwSignal::new(false),
        busy: RwSignal::new(false),
        fault: RwSignal::new(None),
        only: RwSignal::new(None),
    };
    kit::effect(move || {
        if !open.get() {
            state.back();
            state.text.set(String::new());
        }
    });
    view! {
        <Dialog open=open title="Import features" wide=true foot=move || state.foot()>
            {move || match state.report.get() {
                None => state.source(),
                Some(report) => state.table(report),
            }}
        </Dialog>
    }
    .into_any()
}

impl Import {
    /// Back to the file, with the text as it was.
    fn back(self) {
        self.report.set(None);
        self.done.set(false);
        self.fault.set(None);
        self.only.set(None);
    }

    fn source(self) -> AnyView {
        let on_files = Callback::new(move |files: Vec<web_sys::File>| {
            let Some(file) = files.into_iter().next() else {
                return;
            };
            spawn_local(async move {
                match kit::read_text(&file).await {
                    Some(text) => {
                        self.text.set(text);
                        self.preview();
                    }
                    None => self.fault.set(Some(Fault::field("text", "could not be read from this file"))),
                }
            });
        });
        view! {
            <FormScope fault=self.fault pending=self.busy>
                <div class="form">
                    <FormAlert />
                    <FileDrop name="file" label="Drop a feature list here" hint="JSON or JSON lines, up to 5 MB" accept=".json,.jsonl,.ndjson,.txt,application/json" max_bytes=MAX_BYTES as u64 on_files=on_files />
                    <TextArea name="text" label="Or paste it" bind=self.text rows=8 mono=true hint="Known features are updated by key, nothing is deleted. You see what would happen before anything does." />
                </div>
            </FormScope>
        }
        .into_any()
    }

    fn foot(self) -> AnyView {
        // Three groups that come and go, not one whose buttons change: a button that is drawn over another keeps its
        // listener beside the new one.
        let source = move || self.report.with(Option::is_none).then(|| self.source_foot());
        let plan = move || {
            let n = self.report.with(|r| r.as_ref().map(|r| r.created + r.updated))?;
            (!self.done.get()).then(|| self.plan_foot(n))
        };
        let done = move || {
            self.done.get().then(|| {
                view! {
                    <Button kind=ButtonKind::Primary on:click=move |_| self.open.set(false)>
                        "Done"
                    </Button>
                }
                .into_any()
            })
        };
        view! { {source} {plan} {done} }.into_any()
    }

    fn source_foot(self) -> AnyView {
        let nothing = Signal::derive(move || self.text.with(|t| t.trim().is_empty()));
        view! {
            <Button on:click=move |_| self.open.set(false)>"Cancel"</Button>
            <Button
                kind=ButtonKind::Primary
                busy=self.busy
                disabled=nothing
                on:click=move |_| self.preview()
            >
                "Preview"
            </Button>
        }
        .into_any()
    }

    fn plan_foot(self, n: usize) -> AnyView {
        let words = format!("Import {}", kit::num::plural(n as i64, "feature", "features"));
        view! {
            <Button on:click=move |_| self.back()>"Back"</Button>
            <Button
                kind=ButtonKind::Primary
                busy=self.busy
                disabled={n == 0}
                on:click=move |_| self.apply()
            >
                {words}
            </Button>
        }
        .into_any()
    }

    fn preview(self) {
        self.run(false);
    }

    fn apply(self) {
        self.run(true);
    }

    fn run(self, apply: bool) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        let (project, text) = (self.ctx.project.get_untracked(), self.text.get_untracked());
        spawn_local(async move {
            let answer = if apply { import_apply(project, text).await } else { import_preview(project, text).await };
            match answer {
                Ok(report) => {
                    self.fault.set(None);
                    self.report.set(Some(report));
                    self.done.set(apply);
                    if apply {
                        self.ctx.editor.version.update(|n| *n += 1);
                    }
                }
                Err(AppError(fault)) => {
                    self.report.set(None);
                    self.fault.set(Some(fault));
                }
            }
            self.busy.set(false);
        });
    }

    fn table(self, report: Report) -> AnyView {
        let summary = match (self.done.get_untracked(), report.rejected) {
            (true, 0) => view! { <Alert tone=Tone::Success title="Imported.">"Every entry of the file was taken."</Alert> }.into_any(),
            (true, n) => view! { <Alert tone=Tone::Warning title="Imported.">{format!("{} left out; the reasons stand below.", kit::num::plural(n as i64, "entry was", "entries were"))}</Alert> }.into_any(),
            (false, _) => view! { <p class="hint">"Nothing has been changed yet. This is what the file would do."</p> }.into_any(),
        };
        let outcomes = Outcome::ALL
            .into_iter()
            .map(|outcome| {
                let n = report.count(outcome);
                let pressed = move || (self.only.get() == Some(outcome)).to_string();
                view! {
                    <button type="button" class="pill" aria-pressed=pressed disabled={n == 0} on:click=move |_| {
                        self.only.update(|only| *only = if *only == Some(outcome) { None } else { Some(outcome) });
                    }>
                        {outcome.words()} " " <b>{kit::num::group(n as i64)}</b>
                    </button>
                }
                .into_any()
            })
            .collect_view();
        let notes = report.notes.iter().map(|n| view! { <p class="hint">{n.clone()}</p> }).collect_view();
        let lines = report.lines;
        let rows = move || {
            let only = self.only.get();
            let rows =
                lines.iter().enumerate().filter(|(_, l)| only.is_none_or(|o| o == l.outcome)).map(|(i, l)| row(i, l)).collect::<Vec<_>>();
            view! { <DataTable columns=&COLUMNS rows=rows label="Entries of the file" dense=true /> }
        };
        view! { {summary} <div class="outcomes mt-3">{outcomes}</div> {notes} {rows} }.into_any()
    }
}

fn row(at: usize, line: &ReportLine) -> kit::Row {
    let tone = match line.outcome {
        Outcome::Created => Tone::Success,
        Outcome::Updated => Tone::Info,
        Outcome::Unchanged => Tone::Neutral,
        Outcome::Rejected => Tone::Danger,
    };
    let mut said: Vec<String> = line.reason.iter().cloned().collect();
    said.extend(line.notes.iter().cloned());
    if !line.changed.is_empty() {
        said.insert(
            0,
            format!("Changes {}", line.changed.iter().map(|f| crate::words::field_words(f).to_lowercase()).collect::<Vec<_>>().join(", ")),
        );
    }
    kit::Row::new(
        at.to_string(),
        vec![
            Cell::number(line.line as i64),
            Cell::badge(line.outcome.words(), tone),
            Cell::code(&line.key),
            Cell::text(&line.name),
            Cell::maybe(Some(said.join("; ").as_str())),
        ],
    )
}
