//! Tables.
use super::part;
use crate::*;
use chrono::TimeDelta;
use leptos::prelude::*;
use std::collections::BTreeSet;

static COLUMNS: [Column; 7] = [
    Column::new("key", "Key").fit(),
    Column::new("name", "Feature").grow().sort(),
    Column::new("status", "Status").fit().sort(),
    Column::new("priority", "Priority").fit().from_tablet(),
    Column::new("owner", "Owner").fit().from_desktop(),
    Column::new("criteria", "Criteria").number().from_tablet(),
    Column::new("updated_at", "Updated").number().sort(),
];

const NAMES: [&str; 10] = [
    "Sign in with a password and a second factor",
    "Import a feature list by upload or paste",
    "Switch between organizations",
    "Reset a forgotten password by a mailed link that works once",
    "Invite a colleague by mail",
    "Bulk edit of status and priority",
    "Burn-up of passing features over time",
    "Export as JSON in the order of the tree",
    "Live changes from other people within two seconds",
    "Dependencies without cycles",
];
const STATES: [(&str, Tone); 5] = [
    ("Passing", Tone::Success),
    ("In progress", Tone::Info),
    ("Pending", Tone::Neutral),
    ("Failing", Tone::Danger),
    ("Blocked", Tone::Warning),
];
const PEOPLE: [&str; 4] = ["Ada Lovelace", "Grace Hopper", "Katherine Johnson", "Margaret Hamilton"];

fn row(i: usize) -> Row {
    let (status, tone) = STATES[i * 7 % 5];
    let now = time::now();
    let cells = vec![
        Cell::code(&format!("F-{:03}", i + 1)),
        Cell::title(NAMES[i % 10]),
        Cell::status(status, tone),
        Cell::badge(["P0", "P1", "P2", "P3"][i * 3 % 4], if (i * 3).is_multiple_of(4) { Tone::Danger } else { Tone::Neutral }),
        Cell::person(PEOPLE[i * 5 % 4]),
        Cell::text(&format!("{}/{}", i % 4, 4 + i % 3)),
        Cell::ago(now - TimeDelta::minutes((i * i * 37) as i64), now),
    ];
    Row::new(format!("row-{i}"), cells).href(format!("#feature-{i}"))
}

pub fn table() -> AnyView {
    let selected = RwSignal::new(BTreeSet::from(["row-1".to_owned()]));
    let hidden = RwSignal::new(Vec::new());
    let status = RwSignal::new(String::new());
    let sort = Signal::stored("-updated_at".to_owned());
    let rows = (0..12).map(row).collect::<Vec<_>>();
    let body = view! {
        <div class="card">
            <Toolbar acts=move || view! { <ColumnChooser columns=&COLUMNS hidden=hidden /> <Button icon=Icon::Upload>"Import"</Button> }>
                <SearchField name="find" label="Search features" />
                <SelectField quiet=true name="status" label="Status" empty="Any status" bind=status choices=STATES.iter().map(|(s, _)| Choice::new(*s, *s)).collect() />
                <button type="button" class="pill" aria-pressed="true">"Passing " <b>"84"</b></button>
                <button type="button" class="pill">"Failing " <b>"12"</b></button>
            </Toolbar>
            <DataTable columns=&COLUMNS rows=rows label="Features" sort=sort selected=selected open="row-3" hidden=hidden />
            <Pager previous=None next=Some("?after=x".to_owned()) text="1–12 of 10,000 features" />
        </div>
        <BulkBar selected=selected>
            <Button size=Size::Sm>"Set status"</Button>
            <Button size=Size::Sm>"Set priority"</Button>
        </BulkBar>
    };
    part("table", "Table", body.into_any())
}

pub fn long_table() -> AnyView {
    let rows = (0..5000).map(row).collect::<Vec<_>>();
    let body = view! { <div class="card"><DataTable columns=&COLUMNS rows=rows label="Five thousand features" dense=true /></div> };
    part("long", "Long table: 5,000 rows, only those in sight are drawn", body.into_any())
}
