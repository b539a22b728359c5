//! The matrix of coverage: each criterion with what delivers and what proves it; gaps are red.
use super::{
    Ctx,
    calls::{coverage_export, criterion_cover},
    question,
    words::{test_tone, tone},
};
use factory::{
    planner::{Cell, Coverage, CoverageFeature, CoverageRow, Covering},
    work_orders::key,
};
use kit::{AppError, Badge, Button, Empty, Icon, Menu, MenuItem, Pager, Size, Tone};
use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;

/// A page of the matrix.
pub fn show(ctx: Ctx, matrix: Coverage) -> AnyView {
    if matrix.features.is_empty() {
        return view! { <Empty icon=Icon::Table2 title="No criteria yet" text="Write acceptance criteria into features: each gets a line here, with the work orders and tests that cover it." /> }
            .into_any();
    }
    let (criteria, gaps) = matrix.totals();
    let next = matrix.next.as_ref().map(|c| format!("{}{}", ctx.base.get_untracked(), question(&format!("view=coverage&after={c}"))));
    let groups = matrix.features.iter().map(|f| feature(ctx, f)).collect_view();
    let save = move |_| {
        spawn_local(async move {
            match coverage_export(ctx.project.get_untracked()).await {
                Ok(file) => {
                    if crate::features::hand_over(&file.name, &file.media_type, &file.text).is_none() {
                        ctx.moves.toasts().info("The browser did not take the file.");
                    }
                }
                Err(AppError(fault)) => ctx.moves.toasts().fault(&fault),
            }
        });
    };
    let text = match gaps {
        0 => format!("All {} are covered", kit::num::plural(criteria as i64, "criterion", "criteria")),
        n => format!(
            "{} of {} without a work order or a test",
            kit::num::group(n as i64),
            kit::num::plural(criteria as i64, "criterion", "criteria")
        ),
    };
    view! {
        <div class="facets"><span role="status">{text.clone()}</span><span class="grow"></span><Button size=Size::Sm icon=Icon::Download on:click=save>"CSV"</Button></div>
        <div class="tbl-scroll"><table class="plain matrix">
            <thead><tr><th scope="col">"Criterion"</th><th scope="col">"Work orders"</th><th scope="col">"Tests"</th></tr></thead>
            {groups}
        </table></div>
        <Pager previous={None::<String>} next=next text=text />
    }
    .into_any()
}

fn feature(ctx: Ctx, f: &CoverageFeature) -> AnyView {
    let base = ctx.base.get_untracked();
    let href = format!("{}/features/{}", base.trim_end_matches("/planner"), f.key);
    let rows = f.rows.iter().enumerate().map(|(n, r)| row(ctx, f, r, n)).collect_view();
    view! {
        <tbody>
            <tr class="group"><th scope="rowgroup" colspan="3"><a href=href><code>{f.key.clone()}</code> " " {f.name.clone()}</a></th></tr>
            {rows}
        </tbody>
    }
    .into_any()
}

fn row(ctx: Ctx, f: &CoverageFeature, r: &CoverageRow, n: usize) -> AnyView {
    let orders = r
        .orders
        .iter()
        .filter_map(|cell| f.orders.iter().find(|w| w.id == cell.id).map(|w| (cell, w)))
        .map(|(cell, w)| {
            let hint = format!("{}: {}{}", w.title, w.status.words(), said(cell));
            view! { <a href=ctx.href(w.number) title=hint><Badge text=key(w.number) tone=tone(w.status) /></a> " " }.into_any()
        })
        .collect_view();
    let tests = r
        .tests
        .iter()
        .filter_map(|cell| f.tests.iter().find(|t| t.id == cell.id).map(|t| (cell, t)))
        .map(|(cell, t)| view! { <span title=format!("{}{}", t.status.words(), said(cell))><Badge text=t.name.clone() tone=test_tone(t.status) /></span> " " }.into_any())
        .collect_view();
    let mark = if r.met { Icon::CircleCheck } else { Icon::Circle };
    let gap = |empty: bool, words: &'static str| empty.then(|| view! { <Badge text=words tone=Tone::Danger icon=Icon::TriangleAlert /> });
    view! {
        <tr class:gap=r.is_gap()>
            <td><span class="met" aria-hidden="true">{kit::icon(mark)}</span> {r.text.clone()} <span class="sr">{if r.met { "met" } else { "not met" }}</span></td>
            <td>{orders} {gap(r.orders.is_empty(), "No work order")} {decide(ctx, f, r, n, true)}</td>
            <td>{tests} {gap(r.tests.is_empty(), "No test")} {decide(ctx, f, r, n, false)}</td>
        </tr>
    }
    .into_any()
}

fn said(cell: &Cell) -> &'static str {
    if cell.by_person { "" } else { " (by its words)" }
}

/// The menu by which a person says what covers a criterion.
fn decide(ctx: Ctx, f: &CoverageFeature, r: &CoverageRow, n: usize, of_orders: bool) -> AnyView {
    let all: Vec<(Uuid, String)> = match of_orders {
        true => f.orders.iter().map(|w| (w.id, format!("{} {}", key(w.number), w.title))).collect(),
        false => f.tests.iter().map(|t| (t.id, t.name.clone())).collect(),
    };
    if all.is_empty() {
        return ().into_any();
    }
    let cells = if of_orders { &r.orders } else { &r.tests };
    let items = all
        .into_iter()
        .map(|(id, words)| {
            let on = cells.iter().any(|c| c.id == id);
            let (feature, criterion) = (f.id, r.criterion_id.clone());
            let what = if of_orders { Covering::WorkOrder(id) } else { Covering::TestCase(id) };
            let press = move |_| {
                let criterion = criterion.clone();
                spawn_local(async move {
                    if let Err(AppError(fault)) = criterion_cover(feature, criterion, what, Some(!on)).await {
                        ctx.moves.toasts().fault(&fault);
                    }
                    ctx.moves.again();
                });
            };
            view! { <MenuItem icon=if on { Icon::Check } else { Icon::Square } on:click=press>{words}</MenuItem> }.into_any()
        })
        .collect_view();
    let (id, label) = match of_orders {
        true => (format!("cover-w-{}-{n}", f.key), "Say which work orders cover it"),
        false => (format!("cover-t-{}-{n}", f.key), "Say which tests cover it"),
    };
    view! { <Menu id=id label=label icon=Icon::Pencil compact=true size=Size::Sm>{items}</Menu> }.into_any()
}
