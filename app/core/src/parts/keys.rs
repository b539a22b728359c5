//! Keys as people see them: the form of a new one, the key shown once, the list. Organization keys and personal tokens
//! are the same to the eye.
use super::{Called, Question, ask, tell};
use crate::reauth::{guarded, guarded_fault};
use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use core_area::api_keys::{ApiKey, CreatedKey, KeyState, NewApiKey};
use kernel::access::KEY_SCOPES;
use kit::{
    Ago, Alert, Badge, Button, ButtonKind, Card, Checkbox, Choice, CodeBlock, CopyField, DateField, Dialog, Empty, FormAlert, FormScope,
    Icon, SelectField, Submit, TextArea, TextField, Tone, use_toasts,
};
use leptos::prelude::*;
use uuid::Uuid;

/// What a list of keys can do, and its words.
#[derive(Clone, Copy)]
pub(crate) struct KeyCalls {
    /// "API key", "token".
    pub noun: &'static str,
    pub create: fn(NewApiKey) -> Called<CreatedKey>,
    pub revoke: fn(Uuid) -> Called<()>,
    /// Told after each change.
    pub changed: Callback<()>,
    /// The key that is about to be revoked. The question stands outside of the list, which is drawn anew whenever a key
    /// is used.
    pub revoking: RwSignal<Option<(Uuid, String)>>,
}

/// Asks before a key is revoked.
fn revoke_dialog(calls: KeyCalls) -> AnyView {
    let toasts = use_toasts();
    let noun = calls.noun;
    let revoke = guarded(
        move |id: Uuid| (calls.revoke)(id),
        move |()| {
            toasts.success(format!("The {noun} is revoked"));
            calls.changed.run(());
        },
    );
    tell(revoke);
    let question = Question {
        title: |name| format!("Revoke {name}?"),
        text: "Its next call is refused. This cannot be undone; whatever uses it needs a new one.",
        verb: "Revoke",
    };
    ask(calls.revoking, question, move |id| {
        revoke.dispatch(id);
    })
}

/// What a scope allows, in words.
fn scope_words(scope: &str) -> &'static str {
    match scope {
        "org:read" => "View the organization and its members",
        "audit:read" => "Read the audit log",
        "mcp:read" => "Read software projects",
        "mcp:write" => "Read and change software projects",
        "tests:write" => "Report test results",
        "validator:write" => "Send feedback",
        "harness:read" => "View the harness",
        "harness:write" => "Start and stop the harness",
        "pct:*" => "Everything in ad testing",
        "pct:publish" => "Publish ads",
        "cf:*" => "Everything in content",
        "cf:publish" => "Publish content",
        "run:read" => "View playables and runs",
        "run:write" => "Change playables and runs",
        "growth:read" => "View growth data",
        "growth:write" => "Change leads, content and drafts",
        "growth:admin" => "Approve and send in growth",
        _ => "",
    }
}

fn state_tone(state: KeyState) -> Tone {
    match state {
        KeyState::Active => Tone::Success,
        KeyState::ExpiresSoon | KeyState::Unused => Tone::Warning,
        KeyState::Expired | KeyState::Revoked => Tone::Neutral,
    }
}

/// The card of the keys.
pub(crate) fn list(keys: Vec<ApiKey>, projects: Vec<(Uuid, String)>, calls: KeyCalls) -> AnyView {
    if keys.is_empty() {
        let title = format!("No {} yet", calls.noun);
        let text = "Programs call with it: scripts, integrations, agents. It is shown once, when you make it.";
        return view! { <Card flush=true><Empty icon=Icon::KeyRound title=title text=text /></Card> }.into_any();
    }
    let rows = keys.into_iter().map(|key| row(key, &projects, calls)).collect_view();
    view! { <Card flush=true><ul class="keys">{rows}</ul></Card> }.into_any()
}

fn row(key: ApiKey, projects: &[(Uuid, String)], calls: KeyCalls) -> AnyView {
    let over = matches!(key.state, KeyState::Revoked | KeyState::Expired);
    let used = match key.last_used_at {
        Some(at) => view! { "Used " <Ago at=at /> }.into_any(),
        None => "Never used".into_any(),
    };
    let until = key.expires_at.filter(|_| !over).map(|at| format!(" · until {}", kit::time::day_text(at)));
    let by = key.created_by.clone().map(|name| format!(" · by {name}"));
    let project = key.project_id.map(|id| {
        let name = projects.iter().find(|p| p.0 == id).map_or_else(|| "one project".to_owned(), |p| p.1.clone());
        format!(" · only {name}")
    });
    let ips = (!key.allowed_ips.is_empty()).then(|| format!(" · from {}", key.allowed_ips.join(", ")));
    let words = key.words(kit::time::now());
    let (id, named) = (key.id, key.name.clone());
    view! {
        <li class="set-row" class:over=over data-key=key.prefix.clone()>
            <div>
                <span class="row"><b class="strong">{key.name.clone()}</b> <Badge text=words tone=state_tone(key.state) /></span>
                <small><code>{key.prefix.clone()} "…"</code> " · " {used} {until} {by} {project} {ips}</small>
                <small class="scopes">{key.scopes.join("  ")} " · " {format!("{} calls a minute", key.rate_limit_per_min)}</small>
            </div>
            {(key.state != KeyState::Revoked).then(|| view! {
                <Button size=kit::Size::Sm attr:aria-label=format!("Revoke {}", key.name) on:click=move |_| calls.revoking.set(Some((id, named.clone())))>"Revoke"</Button>
            })}
        </li>
    }
    .into_any()
}

/// What is typed into the form of a new key.
#[derive(Clone, Copy)]
struct Fields {
    name: RwSignal<String>,
    scopes: [RwSignal<bool>; KEY_SCOPES.len()],
    expiry: RwSignal<String>,
    day: RwSignal<String>,
    project: RwSignal<String>,
    ips: RwSignal<String>,
    rate: RwSignal<String>,
}

impl Fields {
    fn new() -> Self {
        Self {
            name: RwSignal::new(String::new()),
            scopes: std::array::from_fn(|_| RwSignal::new(false)),
            expiry: RwSignal::new("90".to_owned()),
            day: RwSignal::new(String::new()),
            project: RwSignal::new(String::new()),
            ips: RwSignal::new(String::new()),
            rate: RwSignal::new(String::new()),
        }
    }

    fn expires_at(self) -> Option<DateTime<Utc>> {
        match self.expiry.get_untracked().as_str() {
            "never" => None,
            // The chosen day counts whole.
            "day" => self
                .day
                .get_untracked()
                .parse::<NaiveDate>()
                .ok()?
                .checked_add_days(Days::new(1))
                .map(|d| d.and_time(NaiveTime::MIN).and_utc()),
            days => kit::time::now().checked_add_days(Days::new(days.parse().ok()?)),
        }
    }

    fn input(self) -> NewApiKey {
        NewApiKey {
            name: self.name.get_untracked(),
            scopes: KEY_SCOPES.iter().zip(self.scopes).filter(|(_, on)| on.get_untracked()).map(|(s, _)| (*s).to_owned()).collect(),
            project_id: self.project.with_untracked(|p| p.parse().ok()),
            expires_at: self.expires_at(),
            allowed_ips: self.ips.with_untracked(|t| t.split([',', ' ', '\n']).filter(|t| !t.is_empty()).map(str::to_owned).collect()),
            rate_limit_per_min: self.rate.with_untracked(|r| r.trim().parse().ok()),
        }
    }
}

/// The dialog of a new key; once made, it shows the key.
pub(crate) fn create_dialog(open: RwSignal<bool>, projects: Signal<Vec<(Uuid, String)>>, calls: KeyCalls) -> AnyView {
    let made = RwSignal::new(None::<CreatedKey>);
    // The next opening begins with an empty form.
    kit::effect(move || {
        if !open.get() {
            made.set(None);
        }
    });
    view! {
        <Dialog open=open title=format!("Create {} {}", if calls.noun.starts_with('A') { "an" } else { "a" }, calls.noun) wide=true>
            {move || match made.get() {
                Some(key) => shown_once(key, open),
                None => form(made, projects, calls),
            }}
        </Dialog>
        {revoke_dialog(calls)}
    }
    .into_any()
}

fn form(made: RwSignal<Option<CreatedKey>>, projects: Signal<Vec<(Uuid, String)>>, calls: KeyCalls) -> AnyView {
    let fields = Fields::new();
    let create = guarded(
        move |input: NewApiKey| (calls.create)(input),
        move |key: &CreatedKey| {
            made.set(Some(key.clone()));
            calls.changed.run(());
        },
    );
    let fault = guarded_fault(create);
    let scopes = KEY_SCOPES
        .iter()
        .zip(fields.scopes)
        .map(|(scope, bind)| view! { <Checkbox name=format!("scope-{scope}") label=*scope hint=scope_words(scope) bind=bind /> })
        .collect_view();
    let scopes_error = move || fault.with(|f| f.as_ref()?.fields.get("scopes").cloned());
    let expiries = vec![
        Choice::new("7", "In 7 days"),
        Choice::new("30", "In 30 days"),
        Choice::new("90", "In 90 days"),
        Choice::new("365", "In a year"),
        Choice::new("day", "On a day"),
        Choice::new("never", "Never"),
    ];
    let project = move || {
        let choices: Vec<_> = projects.get().into_iter().map(|(id, name)| Choice::new(id.to_string(), name)).collect();
        (!choices.is_empty())
            .then(|| view! { <SelectField name="project_id" label="Project" choices=choices bind=fields.project empty="All projects" /> })
    };
    view! {
        <form class="form" on:submit=move |event| { event.prevent_default(); create.dispatch(fields.input()); }>
            <FormScope fault=fault pending=create.pending()>
                <FormAlert />
                <TextField name="name" label="Name" bind=fields.name required=true maxlength=100 autofocus=true hint="What uses it, so that you know it later." />
                <fieldset class="field scope-set" aria-invalid=move || scopes_error().map(|_| "true")>
                    <legend class="label">"Scopes"</legend>
                    <div class="scope-grid">{scopes}</div>
                    {move || scopes_error().map(|e| view! { <p class="err" role="alert">{e}</p> })}
                </fieldset>
                <div class="form form-wide">
                    <SelectField name="expires_at" label="Expires" choices=expiries bind=fields.expiry />
                    {move || (fields.expiry.get() == "day").then(|| view! { <DateField name="expires_day" label="Last day" bind=fields.day required=true /> })}
                    {project}
                    <TextField name="rate_limit_per_min" label="Calls a minute" note="optional" kind="number" min="1" max="10000" bind=fields.rate />
                </div>
                <TextArea name="allowed_ips" label="Allowed addresses" note="optional" rows=2 mono=true bind=fields.ips hint="Addresses or ranges such as 10.0.0.0/8, one a line. Empty allows all." />
                <div class="form-foot"><Submit>{format!("Create {}", calls.noun)}</Submit></div>
            </FormScope>
        </form>
    }
    .into_any()
}

fn shown_once(made: CreatedKey, open: RwSignal<bool>) -> AnyView {
    let origin = window().location().origin().unwrap_or_default();
    // A token acts in every organization of its person: they put one in.
    let here = kit::use_org().get_untracked();
    let (slug, id) = match here {
        Some(org) => (org.org.slug, org.org.id.to_string()),
        None => ("SLUG".to_owned(), "ID".to_owned()),
    };
    let call = format!("curl -H \"Authorization: Bearer {}\" -H \"X-Organization: {slug}\" {origin}/api/organizations/{id}", made.secret);
    view! {
        <div class="stack">
            <Alert tone=Tone::Warning title="Copy it now.">"It is shown only this once; here is kept only what is needed to recognise it."</Alert>
            <CopyField label=made.key.name.clone() value=made.secret />
            <CodeBlock code=call name="Try it" />
            <div class="form-foot"><Button kind=ButtonKind::Primary on:click=move |_| open.set(false)>"Done"</Button></div>
        </div>
    }
    .into_any()
}

/// Where the projects that a key can be bound to come from. The factory's screens provide it: this area knows no projects.
#[derive(Clone, Copy)]
pub struct ProjectChoices(pub fn() -> Called<Vec<(Uuid, String)>>);

/// The projects of the organization; none where nobody provides them.
pub(crate) fn use_projects() -> Signal<Vec<(Uuid, String)>> {
    let load = use_context::<ProjectChoices>();
    let found = kit::LocalData::new(move || async move {
        match load {
            Some(ProjectChoices(load)) => load().await.unwrap_or_default(),
            None => Vec::new(),
        }
    });
    Signal::derive(move || found.get().unwrap_or_default())
}
