//! What passes by hand says why: no test does.
use super::{
    Ctx, bulk,
    edit::{Change, Passing, To},
};
use factory::features::BulkAction;
use kit::{Button, ButtonKind, Dialog, TextArea};
use leptos::prelude::*;

/// The dialog, while something is about to be marked as passing.
pub struct PassDialog(pub Ctx);

impl kit::Part for PassDialog {
    fn view(this: Self) -> AnyView {
        let ctx = this.0;
        let open = kit::open_while(ctx.editor.passing);
        let note = RwSignal::new(String::new());
        let send = move |event: leptos::ev::SubmitEvent| {
            event.prevent_default();
            let (Some(what), note_now) = (ctx.editor.passing.get_untracked(), note.get_untracked()) else { return };
            open.set(false);
            note.set(String::new());
            match what {
                Passing::Row(row) => ctx.editor.row(&row, To::Pass(note_now)),
                Passing::Feature(change, done) => ctx.editor.send(Change { to: To::Pass(note_now), ..change }, move || done.run(())),
                Passing::Ticked(_) => bulk::run(ctx, BulkAction::Pass(note_now)),
            }
        };
        let what = move || {
            ctx.editor.passing.with(|what| match what {
                Some(Passing::Row(row)) => format!("{} {}", row.key, row.name),
                Some(Passing::Ticked(n)) => kit::num::plural(*n as i64, "feature", "features"),
                _ => "This feature".to_owned(),
            })
        };
        view! {
            <Dialog open=open title="Mark as passing">
                <form class="form" on:submit=send>
                    <p>{what} ": no test proves it, so its history says why it passes."</p>
                    <TextArea name="pass-note" label="Why it passes" bind=note required=true maxlength=1000 rows=3 />
                    <div class="form-foot">
                        <Button on:click=move |_| open.set(false)>"Cancel"</Button>
                        <Button kind=ButtonKind::Primary submit=true>"Mark as passing"</Button>
                    </div>
                </form>
            </Dialog>
        }
        .into_any()
    }
}
