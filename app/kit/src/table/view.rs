//! The table on screen.
use super::{Column, Row, keys, window};
use crate::{Icon, IconButton, html::classes, icon};
use leptos::{html, prelude::*};
use leptos_router::hooks::use_location;
use std::{collections::BTreeSet, sync::Arc};

/// A table. Sorting is a link that changes `?sort=`; selection and the open row are the caller's signals.
#[component]
pub fn DataTable(
    columns: &'static [Column],
    rows: Vec<Row>,
    /// Read aloud as the table's name.
    #[prop(into)]
    label: String,
    /// The present order as in the address: `name`, or `-name` for descending.
    #[prop(optional, into)]
    sort: Option<Signal<String>>,
    /// Gives each row a box; the ids of the ticked rows.
    #[prop(optional)]
    selected: Option<RwSignal<BTreeSet<String>>>,
    /// The id of the row whose drawer is open.
    #[prop(optional, into)]
    open: Signal<String>,
    /// The keys of columns that are not shown.
    #[prop(optional, into)]
    hidden: Signal<Vec<String>>,
    #[prop(optional)] dense: bool,
) -> impl IntoView {
    // While a page is drawn anew its old view lives on for a moment, without the signals that were made for it: a table that
    // is drawn there once more must not fall over them.
    let alive = |signal: Signal<String>| Signal::derive(move || signal.try_get().unwrap_or_default());
    let (open, sort) = (alive(open), sort.map(alive));
    let body = NodeRef::<html::Tbody>::new();
    let scroll = NodeRef::<html::Div>::new();
    let count = rows.len();
    let long = count > window::LONG && rows.iter().all(Row::is_markup);
    let ids: Arc<[String]> = rows.iter().map(|r| r.id.clone()).collect();
    let leads = rows.iter().any(|r| r.href.is_some());
    let pick = selected.is_some();
    let sight = RwSignal::new((0, if long { window::FIRST } else { count }));
    // What the style sheet says until a row can be measured: a coarse pointer's rows are taller.
    let row_height = RwSignal::new(if dense { 30.0 } else { 36.0 });

    // Boxes and the open row follow their signals in the page itself: no signal per row.
    crate::effect(move || {
        sight.track();
        let open = open.get();
        let picked = selected.map(|s| s.get());
        if let Some(body) = body.get() {
            keys::sync(&body, picked.as_ref(), &open);
        }
    });
    keys::keep_focus(body, &label);
    let anchor = StoredValue::new(None);
    let hide = move || {
        let mut class = classes(&["tbl", if leads { "tbl-open" } else { "" }, if dense { "tbl-dense" } else { "" }]);
        hidden.with(|hidden| {
            for (at, column) in columns.iter().enumerate() {
                if hidden.iter().any(|h| h == column.key) {
                    class.push_str(&format!(" hc{}", at + 1 + usize::from(pick)));
                }
            }
        });
        class
    };
    let on_scroll = move || {
        if let Some(area) = scroll.get_untracked().filter(|_| long) {
            let measured =
                body.get_untracked().and_then(|b| crate::dom::first(&b, "tr[data-id]")).map(|r| r.get_bounding_client_rect().height());
            let row = measured.filter(|h| *h > 0.0).unwrap_or_else(|| row_height.get_untracked());
            if row_height.get_untracked() != row {
                row_height.set(row);
            }
            let now = window::in_sight(area.scroll_top().into(), area.client_height().into(), row, count);
            if sight.get_untracked() != now {
                sight.set(now);
            }
        }
    };
    let content = if long { long_rows(columns, rows, selected, sight, row_height) } else { short_rows(columns, rows, selected, open) };
    view! {
        <div node_ref=scroll class=if long { "tbl-scroll tbl-long" } else { "tbl-scroll" } on:scroll=move |_| on_scroll()>
            <table class=hide aria-label=label aria-rowcount=long.then_some(count)>
                <thead>
                    <tr>
                        {selected.map(|s| pick_all(s, ids.clone()))}
                        {columns.iter().map(|c| head_cell(c, sort)).collect_view()}
                    </tr>
                </thead>
                <tbody
                    node_ref=body
                    on:keydown=move |event| if let Some(body) = body.get_untracked() { keys::on_key(&event, &body) }
                    on:click=move |event| {
                        keys::on_press(&event);
                        if let (Some(body), Some(selected)) = (body.get_untracked(), selected) { keys::on_pick(&event, &body, selected, anchor) }
                    }
                >
                    {content}
                </tbody>
            </table>
        </div>
    }
    .into_any()
}

fn short_rows(columns: &'static [Column], rows: Vec<Row>, selected: Option<RwSignal<BTreeSet<String>>>, open: Signal<String>) -> AnyView {
    let picked = selected.map(|s| s.get_untracked()).unwrap_or_default();
    let open = open.get_untracked();
    rows.into_iter()
        .map(|row| {
            let current = (!open.is_empty() && row.id == open).then_some("true");
            let is_picked = picked.contains(&row.id);
            let id = row.id.clone();
            let class = row.fresh.then_some("new");
            if row.is_markup() {
                let inner = row.markup(columns, selected.is_some(), is_picked);
                view! { <tr data-id=id class=class aria-current=current inner_html=inner></tr> }.into_any()
            } else {
                let cells = row.into_views(columns, selected.is_some(), is_picked);
                view! { <tr data-id=id class=class aria-current=current>{cells}</tr> }.into_any()
            }
        })
        .collect_view()
        .into_any()
}

fn long_rows(
    columns: &'static [Column],
    rows: Vec<Row>,
    selected: Option<RwSignal<BTreeSet<String>>>,
    sight: RwSignal<(usize, usize)>,
    row_height: RwSignal<f64>,
) -> AnyView {
    let count = rows.len();
    let span = columns.len() + usize::from(selected.is_some());
    let pick = selected.is_some();
    // Written once as text; only the part in sight is in the page.
    let written: Arc<[(String, String)]> = rows.iter().map(|r| (r.id.clone(), r.markup(columns, pick, false))).collect();
    let drawn = move || {
        let (start, end) = sight.get();
        written[start..end.min(count)]
            .iter()
            .zip(start + 2..)
            .map(|((id, inner), at)| view! { <tr data-id=id.clone() aria-rowindex=at inner_html=inner.clone()></tr> }.into_any())
            .collect_view()
    };
    // The height of what is not drawn.
    let space = move |rows: usize| {
        let height = move || (rows as f64 * row_height.get()).round();
        view! { <tr aria-hidden="true"><td class="gap" colspan=span><svg width="1" height=height></svg></td></tr> }
    };
    view! {
        {move || (sight.get().0 > 0).then(|| space(sight.get().0))}
        {drawn}
        {move || (sight.get().1 < count).then(|| space(count - sight.get().1))}
    }
    .into_any()
}

fn pick_all(selected: RwSignal<BTreeSet<String>>, ids: Arc<[String]>) -> AnyView {
    let (all, some) = (ids.clone(), ids.clone());
    let every = move || selected.with(|s| !all.is_empty() && all.iter().all(|id| s.contains(id)));
    let part = {
        let every = every.clone();
        move || !every() && selected.with(|s| some.iter().any(|id| s.contains(id)))
    };
    view! {
        <th class="pick" scope="col">
            <input
                type="checkbox" class="box" aria-label="Select all rows" prop:checked=every prop:indeterminate=part
                on:change:target=move |event| {
                    let on = event.target().checked();
                    selected.update(|set| for id in ids.iter() {
                        if on { set.insert(id.clone()); } else { set.remove(id); }
                    });
                }
            />
        </th>
    }
    .into_any()
}

fn head_cell(column: &'static Column, sort: Option<Signal<String>>) -> AnyView {
    let class = column.class();
    let words = if column.quiet { view! { <span class="sr">{column.label}</span> }.into_any() } else { column.label.into_any() };
    let Some(sort) = sort.filter(|_| column.sort) else {
        return view! { <th scope="col" class=class>{words}</th> }.into_any();
    };
    let order = Signal::derive(move || {
        sort.with(|s| {
            if s == column.key {
                1
            } else if s.strip_prefix('-') == Some(column.key) {
                -1
            } else {
                0
            }
        })
    });
    let location = use_location();
    // Up first, then down; numbers and dates of a new column start with the largest by their caller's default.
    let href = move || {
        let value = if order.get() == 1 { format!("-{}", column.key) } else { column.key.to_owned() };
        location.query.with(|q| crate::query::with(q, &[("sort", Some(&value)), ("after", None), ("before", None)]))
    };
    let said = move || match order.get() {
        1 => "ascending",
        -1 => "descending",
        _ => "none",
    };
    let mark = move || icon(if order.get() == -1 { Icon::ArrowDown } else { Icon::ArrowUp });
    view! { <th scope="col" class=class aria-sort=said><a class="sort" href=href data-noscroll="">{words} {mark}</a></th> }.into_any()
}

/// What stands above a table: search, filters, and at the end actions.
#[component]
pub fn Toolbar(#[prop(optional, into)] acts: ViewFnOnce, children: Children) -> impl IntoView {
    view! { <div class="toolbar">{children()} <span class="grow"></span> {acts.run()}</div> }.into_any()
}

/// The pages of a list, by key: links, so that they work without script and in a new tab.
#[component]
pub fn Pager(
    #[prop(into)] previous: Option<String>,
    #[prop(into)] next: Option<String>,
    /// "50 of 10,000 features".
    #[prop(optional, into)]
    text: String,
) -> impl IntoView {
    let step = |href: Option<String>, rel: &'static str| {
        let words = match rel {
            "prev" => view! { {icon(Icon::ChevronLeft)} <span>"Previous"</span> }.into_any(),
            _ => view! { <span>"Next"</span> {icon(Icon::ChevronRight)} }.into_any(),
        };
        match href {
            Some(href) => view! { <a class="btn btn-sm" rel=rel href=href>{words}</a> }.into_any(),
            None => view! { <span class="btn btn-sm" aria-disabled="true">{words}</span> }.into_any(),
        }
    };
    view! {
        <nav class="pager" aria-label="Pages">
            <span class="num">{text}</span>
            <div>{step(previous, "prev")} {step(next, "next")}</div>
        </nav>
    }
    .into_any()
}

/// Which columns are shown.
#[component]
pub fn ColumnChooser(columns: &'static [Column], hidden: RwSignal<Vec<String>>) -> impl IntoView {
    let boxes = columns
        .iter()
        .skip(1)
        .filter(|c| !c.quiet)
        .map(|column| {
            let shown = Signal::derive(move || hidden.with(|h| !h.iter().any(|k| k == column.key)));
            view! {
                <crate::MenuItem
                    checked=shown
                    on:click=move |event| {
                        // Several can be chosen before the menu closes.
                        event.stop_propagation();
                        hidden.update(|h| if h.iter().any(|k| k == column.key) { h.retain(|k| k != column.key) } else { h.push(column.key.to_owned()) });
                    }
                >
                    {column.label}
                </crate::MenuItem>
            }
            .into_any()
        })
        .collect_view();
    view! { <crate::Menu id="columns" label="Columns" icon=Icon::Columns3 compact=true end=true>{boxes}</crate::Menu> }.into_any()
}

/// What can be done with the ticked rows; rises when there are any.
#[component]
pub fn BulkBar(selected: RwSignal<BTreeSet<String>>, children: ChildrenFn) -> impl IntoView {
    let bar = move || {
        let count = selected.with(BTreeSet::len);
        (count > 0).then(|| {
            view! {
                <div class="bulk" role="region" aria-label="Selected rows">
                    <b class="num">{format!("{count} selected")}</b>
                    {children()}
                    <IconButton icon=Icon::X label="Clear selection" size=crate::Size::Sm on:click=move |_| selected.set(BTreeSet::new()) />
                </div>
            }
        })
    };
    view! { {bar} }.into_any()
}
