//! A rule stands in the way: what it says, and going on in spite of it.
use super::{
    calls::work_order_carry,
    moves::{Moves, Stopped},
};
use factory::work_orders::Drop;
use kit::{AppError, Button, ButtonKind, Dialog};
use leptos::{prelude::*, task::spawn_local};

/// The dialog, while a move is stopped.
pub struct ForceDialog(pub Moves);

impl kit::Part for ForceDialog {
    fn view(this: Self) -> AnyView {
        dialog(this.0)
    }
}

fn dialog(moves: Moves) -> AnyView {
    let open = kit::open_while(moves.stopped);
    let go = move |_| {
        let Some(Stopped { id, rev, to, .. }) = moves.stopped.get_untracked() else { return };
        open.set(false);
        spawn_local(async move {
            if let Err(AppError(fault)) = work_order_carry(id, rev, Drop { force: true, ..to }).await {
                moves.toasts().fault(&fault);
            }
            moves.again();
        });
    };
    let foot = move || {
        view! {
            <Button on:click=move |_| open.set(false)>"Leave it"</Button>
            <Button kind=ButtonKind::Primary on:click=go>"Go on anyway"</Button>
        }
        .into_any()
    };
    view! {
        <Dialog open=open title="Something stands in the way" foot=foot>
            {move || moves.stopped.get().map(|s| view! { <p>{s.fault.message}</p><p class="hint">"Going on is written into its history, with your name."</p> })}
        </Dialog>
    }
    .into_any()
}
