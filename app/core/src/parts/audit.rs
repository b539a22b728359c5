//! The audit log on screen: filters in the address, the lines, one line, the check of the chain. For an organization and
//! for the whole installation.
use super::{Called, Side, day_filter, filters, pager, side, use_open_row, use_row_link};
use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use core_area::audit_view::{AuditQuery, AuditRow, ChainReport, RESULTS, SEVERITIES};
use kernel::{
    Fault,
    record::{PageRequest, Paged},
};
use kit::{
    Alert, Button, Card, Cell, Choice, CodeBlock, Column, DataTable, Empty, Fact, Facts, Icon, LinkButton, Loaded, Row, SearchField,
    SelectField, SkeletonTable, Status, Tone, fault_of,
    query::{self, use_query_param},
};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use serde::{Deserialize, Serialize};

/// The filter as the address has it: days, not moments.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AuditFilter {
    pub action: String,
    pub result: String,
    pub severity: String,
    pub from: String,
    pub to: String,
    pub after: String,
}

impl AuditFilter {
    /// The days as moments: from its first to after its last.
    pub(crate) fn query(&self) -> Result<AuditQuery, Fault> {
        let day = |name: &str, text: &str| match text {
            "" => Ok(None),
            text => text.parse::<NaiveDate>().map(Some).map_err(|_| Fault::field(name, "must be a day such as 2026-03-10")),
        };
        let start = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
        Ok(AuditQuery {
            actor: None,
            action: self.action.trim().to_owned(),
            result: self.result.clone(),
            severity: self.severity.clone(),
            from: day("from", &self.from)?.map(start),
            to: day("to", &self.to)?.and_then(|day| day.checked_add_days(Days::new(1))).map(start),
            page: PageRequest { after: Some(self.after.clone()).filter(|a| !a.is_empty()), limit: None },
        })
    }
}

/// What the page shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AuditView {
    pub log: Paged<AuditRow>,
    /// Members see what they did themselves.
    pub sees_all: bool,
}

/// What the page loads.
pub(crate) type Lines = kit::Data<AuditView>;

/// The keys of the filter in the address.
pub(crate) const KEYS: [&str; 5] = ["action", "result", "severity", "from", "to"];

/// The filter that the address names.
pub(crate) fn use_filter() -> impl Fn() -> AuditFilter + Copy + Send + Sync + 'static {
    let [action, result, severity, from, to] = KEYS.map(use_query_param);
    let after = use_query_param("after");
    move || AuditFilter {
        action: action.get(),
        result: result.get(),
        severity: severity.get(),
        from: from.get(),
        to: to.get(),
        after: after.get(),
    }
}

/// The card of the lines with its filters, and the drawer of the open one; `all`: of every organization.
pub(crate) fn lines(from: Lines, all: bool, acts: AnyView) -> AnyView {
    let drawer = Side { from, rows: |v: AuditView| v.log.rows, id: |row| row.id.to_string(), title: |row| row.action.clone() };
    view! {
        <Card flush=true class="list-card">
            {toolbar(acts)}
            <Loaded from=from skeleton=|| view! { <SkeletonTable rows=10 columns=4 /> } show=move |view| table(view, all) />
        </Card>
        {side(drawer, details)}
    }
    .into_any()
}

/// "Verify chain" and what it found.
pub(crate) fn chain(may: Signal<bool>, call: fn() -> Called<ChainReport>) -> AnyView {
    let verify = Action::new(move |(): &()| call());
    let fault = fault_of(verify);
    let said = move || match verify.value().get() {
        Some(Ok(report)) => {
            let (tone, title) = if report.ok { (Tone::Success, "The log is whole") } else { (Tone::Danger, "The log was tampered with") };
            view! { <Alert tone=tone title=title>{report.message}</Alert> }.into_any()
        }
        Some(Err(_)) => {
            view! { <Alert tone=Tone::Danger title="The check did not finish">{fault.get().map(|f| f.message)}</Alert> }.into_any()
        }
        None => view! { <p class="hint">"Every line carries the hash of the one before it, so that a change shows."</p> }.into_any(),
    };
    let bar = move || {
        may.get().then(|| {
            view! {
                <div class="chain" role="status">
                    <div class="grow">{said}</div>
                    <Button icon=Icon::ShieldCheck busy=verify.pending() on:click=move |_| { verify.dispatch(()); }>"Verify chain"</Button>
                </div>
            }
        })
    };
    view! { <Suspense>{bar}</Suspense> }.into_any()
}

/// The filters, and what stands beside them.
fn toolbar(acts: AnyView) -> AnyView {
    let [action, result, severity, ..] = KEYS.map(|key| use_query_param(key).get_untracked());
    let of = |values: &[&str]| values.iter().map(|v| Choice::new(*v, crate::parts::jobs::words(v))).collect::<Vec<_>>();
    let fields = view! {
        <SearchField name="action" label="Action, such as member." value=action />
        <SelectField name="result" label="Result" choices=of(RESULTS) value=result empty="Any result" quiet=true />
        <SelectField name="severity" label="Severity" choices=of(SEVERITIES) value=severity empty="Any severity" quiet=true />
        {day_filter("from", "From")}
        {day_filter("to", "To")}
    };
    filters(&KEYS, fields.into_any(), acts)
}

/// The same lines as a file at this address; the moments of its days are worked out as for the list.
pub(crate) fn csv_link(address: impl Fn() -> Option<String> + Copy + Send + Sync + 'static) -> AnyView {
    let query = use_query_map();
    let filter = move || {
        let get = |key: &str| query.with(|q| q.get_str(key).unwrap_or_default().to_owned());
        let filter = AuditFilter { from: get("from"), to: get("to"), ..AuditFilter::default() };
        let moments = filter.query().unwrap_or_default();
        let text = |at: Option<DateTime<Utc>>| at.map(kit::time::stamp).unwrap_or_default();
        let (from, to) = (text(moments.from), text(moments.to));
        let change = [("from", Some(from.as_str())), ("to", Some(&to)), ("after", None), ("back", None), ("row", None)];
        query.with(|q| query::with(q, &change))
    };
    let link = move || {
        address().map(|address| {
            let href = format!("{address}{}", filter());
            view! { <LinkButton href=href icon=Icon::Download external=true attr:download="">"CSV"</LinkButton> }
        })
    };
    view! { <Suspense>{link}</Suspense> }.into_any()
}

static COLUMNS: [Column; 5] = [
    Column::new("action", "Action").grow(),
    Column::new("actor", "Who"),
    Column::new("target", "What").from_desktop(),
    Column::new("result", "Result").fit().from_tablet(),
    Column::new("created_at", "When").number(),
];

static COLUMNS_OF_ALL: [Column; 6] = [
    Column::new("action", "Action").grow(),
    Column::new("actor", "Who"),
    Column::new("organization", "Organization").from_tablet(),
    Column::new("target", "What").from_desktop(),
    Column::new("result", "Result").fit().from_tablet(),
    Column::new("created_at", "When").number(),
];

/// Who acted, in words.
fn who(row: &AuditRow) -> String {
    let kind = match row.actor_type.as_str() {
        "system" => return "Millrace".to_owned(),
        "api_key" => "Key",
        "api_token" => "Token",
        "platform_admin" => "Administrator",
        _ => "Person",
    };
    match &row.actor {
        Some(name) if matches!(row.actor_type.as_str(), "api_key" | "api_token") => {
            format!("{kind} {name}")
        }
        Some(name) => name.clone(),
        None => kind.to_owned(),
    }
}

fn outcome(row: &AuditRow) -> (&'static str, Tone) {
    match (row.result.as_str(), row.severity.as_str()) {
        ("failure", _) => ("Refused", Tone::Danger),
        (_, "critical") => ("Critical", Tone::Danger),
        (_, "warning") => ("Noted", Tone::Warning),
        _ => ("Done", Tone::Success),
    }
}

/// The lines; `all`: of every organization.
fn table(view: AuditView, all: bool) -> AnyView {
    let link = use_row_link();
    let now = kit::time::now();
    let note = if view.sees_all { "" } else { "You see what you did yourself." };
    if view.log.rows.is_empty() {
        let filtered = KEYS.iter().any(|key| !use_query_param(key).get_untracked().is_empty());
        let (title, text) = match filtered {
            true => ("No line matches", "Widen the filter to see more of the log."),
            false => ("Nothing yet", "Every change of members, keys, secrets and settings leaves a line here."),
        };
        return view! { <Empty icon=Icon::ShieldCheck title=title text=text /> {pager(None, note)} }.into_any();
    }
    let rows = view
        .log
        .rows
        .iter()
        .map(|row| {
            let (words, tone) = outcome(row);
            let mut cells = vec![Cell::title(&row.action), Cell::text(&who(row))];
            if all {
                cells.push(Cell::maybe(row.organization.as_deref()));
            }
            cells.extend([
                Cell::maybe(row.target_type.as_deref().map(|t| t.replace('_', " ")).as_deref()),
                Cell::status(words, tone),
                Cell::ago(row.created_at, now),
            ]);
            Row::new(row.id.to_string(), cells).href(link(&row.id.to_string()))
        })
        .collect();
    let columns: &'static [Column] = if all { &COLUMNS_OF_ALL } else { &COLUMNS };
    view! {
        <DataTable columns=columns rows=rows label="Audit log" open=use_open_row() />
        {pager(view.log.next, note)}
    }
    .into_any()
}

/// The drawer of a line.
fn details(row: AuditRow) -> AnyView {
    let (words, tone) = outcome(&row);
    let target = row.target_type.as_ref().map(|kind| format!("{} {}", kind.replace('_', " "), row.target_id.clone().unwrap_or_default()));
    let meta = row.metadata.as_object().filter(|m| !m.is_empty()).and_then(|m| serde_json::to_string_pretty(m).ok());
    let fact =
        |name: &'static str, value: Option<String>| value.map(|value| view! { <Fact name=name><span class="wrap">{value}</span></Fact> });
    let facts = [
        ("When", Some(kit::time::exact_text(row.created_at))),
        ("Who", Some(who(&row))),
        ("Severity", Some(crate::parts::jobs::words(&row.severity))),
        ("What", target),
        ("Organization", row.organization),
        ("Address", row.ip),
        ("Browser", row.user_agent),
        ("Request", row.request_id),
        ("Line", Some(row.id.to_string())),
    ];
    let facts = facts.into_iter().map(|(name, value)| fact(name, value)).collect_view();
    view! {
        <div class="stack">
            <Facts>
                <Fact name="Result"><Status text=words tone=tone /></Fact>
                {facts}
            </Facts>
            {meta.map(|meta| view! { <CodeBlock code=meta name="Details" /> })}
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_become_moments_and_the_last_day_counts_whole() {
        let filter = AuditFilter { from: "2026-03-10".into(), to: "2026-03-10".into(), ..AuditFilter::default() };
        let query = filter.query().unwrap();
        assert_eq!(query.from.unwrap().to_rfc3339(), "2026-03-10T00:00:00+00:00");
        assert_eq!(query.to.unwrap().to_rfc3339(), "2026-03-11T00:00:00+00:00");
        let fault = AuditFilter { from: "yesterday".into(), ..AuditFilter::default() }.query().unwrap_err();
        assert!(fault.fields.contains_key("from"));
    }
}
