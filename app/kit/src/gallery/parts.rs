//! Marks, tiles, states, tree, board, timeline, layout.
use super::part;
use crate::*;
use chrono::TimeDelta;
use kernel::{Code, Fault};
use leptos::prelude::*;
use std::collections::BTreeSet;

pub fn marks() -> AnyView {
    let body = view! {
        <div class="row">
            <Badge text="P0" tone=Tone::Danger /> <Badge text="P1" tone=Tone::Warning /> <Badge text="Built-in" line=true icon=Icon::Cpu />
            <Badge text="Accent" tone=Tone::Accent /> <Badge text="Info" tone=Tone::Info /> <Badge text="Violet" tone=Tone::Violet />
            <Badge text="Done" tone=Tone::Success icon=Icon::Check /> <Badge text="Neutral" />
        </div>
        <div class="row gap-5">
            <Status text="Pending" /> <Status text="In progress" tone=Tone::Info /> <Status text="Passing" tone=Tone::Success />
            <Status text="Failing" tone=Tone::Danger /> <Status text="Blocked" tone=Tone::Warning /> <Status text="In review" tone=Tone::Violet />
            <Status text="Running" tone=Tone::Accent busy=true />
        </div>
        <div class="row gap-5">
            <Avatar name="Ada Lovelace" size=Size::Lg /> <Avatar name="Grace Hopper" /> <Avatar name="Acme" square=true size=Size::Sm />
            <Avatars names=["Ada Lovelace", "Grace Hopper", "Katherine Johnson", "Margaret Hamilton", "Radia Perlman", "Barbara Liskov"].map(str::to_owned).to_vec() />
            <Person name="Katherine Johnson" />
            <Delta text="12 %" up=true /> <Delta text="3 days" up=true up_is_good=false /> <Ago at=time::now() - TimeDelta::minutes(5) />
            <Tooltip text="Only words; anything to press belongs in a popover">"Point here"</Tooltip> <Help text="What a term means" />
            <kbd>"Ctrl"</kbd><kbd>"K"</kbd> <span class="live">"Live"</span> <span class="live connecting">"Connecting"</span> <span class="live offline">"Offline"</span>
        </div>
    };
    part("marks", "Badges, states, people", body.into_any())
}

pub fn tiles() -> AnyView {
    let body = view! {
        <div class="tiles">
            <Tile label="Features passing" value="184" unit="of 300" icon=Icon::CircleCheck area="a-factory" href="#tiles" trend=vec![12.0, 30.0, 44.0, 41.0, 80.0, 120.0, 150.0, 184.0]
                note=|| view! { <Delta text="18" up=true /> " this week" } />
            <Tile label="Median cycle time" value="2.4" unit="days" icon=Icon::Timer trend=vec![4.0, 3.8, 3.9, 3.0, 2.8, 2.9, 2.4] note=|| view! { <Delta text="0.6 days" up=false up_is_good=false /> " this month" } />
            <Tile label="Open alerts" value="7" icon=Icon::TriangleAlert note=|| "2 of them high" />
            <Tile label="Spend today" value="38.20" unit="USD" icon=Icon::CreditCard note=|| view! { <div class="w-full pt-1"><Progress label="Of the budget" value=64.0 /></div> } />
        </div>
        <div class="cols-3">
            <Card title="Progress"><div class="stack"><Progress label="Import" value=40.0 /><Progress label="Passed" value=90.0 tone=Tone::Success /><Progress label="Working" /></div></Card>
            <Card title="Facts" acts=|| view! { <IconButton icon=Icon::Pencil label="Edit" size=Size::Sm /> } foot=|| "Updated 5 min ago">
                <Facts><Fact name="Status"><Status text="Passing" tone=Tone::Success /></Fact><Fact name="Owner"><Person name="Ada Lovelace" /></Fact><Fact name="Branch"><code>"main"</code></Fact></Facts>
            </Card>
            <CodeBlock name="request.sh" code="curl -H 'Authorization: Bearer okey_…' \\\n  https://millrace.example/api/organizations" />
        </div>
    };
    part("tiles", "Tiles, cards, code", body.into_any())
}

pub fn states() -> AnyView {
    let broken = Fault {
        request_id: Some("01JD3S6Q4T".to_owned()),
        ..Fault::new(Code::Internal, "The features could not be read. Try again; if it stays, tell your admin the request id.")
    };
    let forbidden =
        Fault::new(Code::Forbidden, "You need the permission to read the audit log. An owner or admin of the organization can grant it.")
            .with_details(serde_json::json!({ "permission": "audit:read" }));
    let stale = RwSignal::new(true);
    let body = view! {
        <div class="cols-3">
            <Card flush=true><Empty icon=Icon::ListChecks title="No features yet" text="Import a feature list, or write the first one." acts=|| view! { <Button kind=ButtonKind::Primary icon=Icon::Upload>"Import features"</Button> <Button>"New feature"</Button> } /></Card>
            <Card flush=true>{fault_panel(broken)}</Card>
            <Card flush=true>{fault_panel(forbidden)}</Card>
            <Card title="Loading"><Skeleton lines=5 /></Card>
            <Card flush=true><SkeletonTable rows=5 columns=3 /></Card>
            <Card title="New data is there"><StalePill show=stale text="3 new features" on_load=move |()| stale.set(false) /></Card>
        </div>
        <SkeletonTiles count=3 />
        <div class="cols-2">
            <Alert title="Read-only.">"This organization is suspended; an admin of the installation can lift it."</Alert>
            <Alert tone=Tone::Success>"12 features created, 3 updated, 285 unchanged."</Alert>
            <Alert tone=Tone::Warning title="Key expires in 3 days." acts=|| view! { <Button size=Size::Sm>"Renew"</Button> }>"Calls with it will be refused after that."</Alert>
            <Alert tone=Tone::Danger title="Not saved.">"Bea changed the same feature a moment ago."</Alert>
        </div>
    };
    part("states", "States", body.into_any())
}

fn node(id: &str, label: &str, meta: &str, status: (Tone, &str), children: Vec<TreeNode>) -> TreeNode {
    TreeNode {
        id: id.into(),
        label: label.into(),
        href: Some(format!("#{id}")),
        meta: meta.into(),
        status: Some((status.0, status.1.into())),
        children,
    }
}

pub fn work() -> AnyView {
    let done = (Tone::Success, "Passing");
    let going = (Tone::Info, "In progress");
    let open = (Tone::Neutral, "Pending");
    let nodes = vec![
        node(
            "t1",
            "Sign-up and sign-in",
            "12/20",
            going,
            vec![
                node(
                    "t2",
                    "Password",
                    "8/8",
                    done,
                    vec![node("t3", "Strength meter", "", done, vec![]), node("t4", "Reset by mail", "", done, vec![])],
                ),
                node("t5", "Second factor", "4/12", going, vec![node("t6", "Recovery codes", "", open, vec![])]),
            ],
        ),
        node("t7", "Projects", "0/6", open, vec![node("t8", "Archive", "", open, vec![])]),
        node("t9", "Billing", "0/3", (Tone::Warning, "Blocked"), vec![]),
    ];
    let opened = RwSignal::new(BTreeSet::from(["t1", "t2"].map(str::to_owned)));
    let toasts = use_toasts();
    let now = time::now();
    let lanes = RwSignal::new(vec![
        Lane::new("ready", "Ready", vec![sample_card("w1", "WO-12 Sign-up form"), sample_card("w2", "WO-13 Verification mail")]),
        Lane::new("doing", "In progress", vec![sample_card("w3", "WO-9 Session list")]),
        Lane::new("review", "In review", vec![]),
        Lane::new("done", "Done", vec![sample_card("w4", "WO-2 Password rules"), sample_card("w5", "WO-3 Lockout")]),
    ]);
    let moved = move |m: CardMove| {
        lanes.update(|lanes| move_card(lanes, &m));
    };
    let entries = vec![
        Entry::new(now - TimeDelta::minutes(4), Icon::CircleCheck, "Ada Lovelace", "set the status to Passing").tone(Tone::Success),
        Entry::new(now - TimeDelta::hours(3), Icon::Pencil, "Grace Hopper", "changed the criteria"),
        Entry::new(now - TimeDelta::days(2), Icon::Upload, "Ada Lovelace", "imported 300 features").tone(Tone::Info),
    ];
    let body = view! {
        <div class="cols-2">
            <Card title="Tree" flush=true>
                <div class="p-2"><Tree label="Features" nodes=nodes open=opened current="t4" on_move=move |m: TreeMove| toasts.info(format!("Move {} to {:?}", m.id, m.place)) /></div>
            </Card>
            <Card title="History"><Timeline entries=entries /></Card>
        </div>
        <Board label="Work orders" lanes=lanes on_move=moved />
        <Card title="What changed" flush=true>
            <DiffView lines=vec![
                DiffLine::same("Sign-in"),
                DiffLine::changed(vec![DiffSpan::same("Users sign in with email "), DiffSpan::removed("and"), DiffSpan::same(" password.")], vec![DiffSpan::same("Users sign in with email "), DiffSpan::added("or"), DiffSpan::same(" passkey.")]),
                DiffLine::removed("Sessions last 30 days."),
                DiffLine::added("Sessions last 30 days, or less where the organization says so."),
                DiffLine::gap("12 unchanged lines"),
            ] />
        </Card>
    };
    part("work", "Tree, timeline, board, diff", body.into_any())
}

fn sample_card(id: &str, title: &str) -> BoardCard {
    BoardCard {
        id: id.into(),
        title: title.into(),
        href: Some(format!("#{id}")),
        meta: "F-12".into(),
        people: vec!["Ada Lovelace".into()],
        badge: Some((Tone::Info, "P1".into())),
    }
}

pub fn layout() -> AnyView {
    let typed = RwSignal::new(true);
    let tab = RwSignal::new("overview");
    let body = view! {
        <Tabs label="Parts of a feature" tabs=vec![Tab::new("overview", "Overview"), Tab::new("criteria", "Criteria").count(4), Tab::new("history", "History")] active=tab />
        <TabPanel key="overview" active=tab><p class="text-soft">"What it is for."</p></TabPanel>
        <TabPanel key="criteria" active=tab><p class="text-soft">"When it counts as done."</p></TabPanel>
        <TabPanel key="history" active=tab><p class="text-soft">"Who changed what."</p></TabPanel>
        <Card flush=true>
            <SettingsRow title="Two factors for everyone" text="Members without one are asked at their next sign-in."><Switch name="mfa" label="Two factors for everyone" bind=typed quiet=true /></SettingsRow>
            <SettingsRow title="Longest session" text="After that everyone signs in again."><Button>"30 days"</Button></SettingsRow>
        </Card>
        <ol class="steps"><li class="done"><span>"File"</span></li><li aria-current="step"><span>"Preview"</span></li><li><span>"Result"</span></li></ol>
    };
    part("layout", "Settings, tabs, wizard steps", body.into_any())
}
