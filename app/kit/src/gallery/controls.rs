//! Buttons, fields, choices.
use super::part;
use crate::*;
use kernel::Fault;
use leptos::prelude::*;

pub fn buttons() -> AnyView {
    let toasts = use_toasts();
    // Drawn anew in place: each button must do what it says now, not what the one before it there did.
    let turned = RwSignal::new(vec!["First", "Second", "Third"]);
    let row = move || {
        let button = |word: &'static str| view! { <Button on:click=move |_| toasts.info(format!("{word} pressed"))>{word}</Button> };
        turned.get().into_iter().map(button).collect_view()
    };
    let view_as = RwSignal::new("list".to_owned());
    let segments = vec![
        Segment { value: "list".into(), label: "List".into(), icon: Some(Icon::List) },
        Segment { value: "board".into(), label: "Board".into(), icon: Some(Icon::Kanban) },
        Segment { value: "tree".into(), label: "Tree".into(), icon: Some(Icon::ListTree) },
    ];
    let body = view! {
        <div class="row">
            <Button kind=ButtonKind::Primary>"Create project"</Button>
            <Button>"Cancel"</Button>
            <Button icon=Icon::Upload>"Import"</Button>
            <Button kind=ButtonKind::Ghost icon=Icon::ListFilter>"Filter"</Button>
            <Button kind=ButtonKind::Danger icon=Icon::Trash2>"Delete project"</Button>
            <IconButton icon=Icon::Settings label="Settings" />
            <IconButton icon=Icon::Ellipsis label="More" kind=ButtonKind::Plain />
            <LinkButton href="#buttons" icon=Icon::ExternalLink>"Open"</LinkButton>
        </div>
        <div class="row">
            <Button kind=ButtonKind::Primary size=Size::Sm>"Small"</Button>
            <Button size=Size::Sm>"Small"</Button>
            <Button kind=ButtonKind::Primary size=Size::Lg>"Large"</Button>
            <Button disabled=true>"Disabled"</Button>
            <Button kind=ButtonKind::Primary disabled=true>"Disabled"</Button>
            <Button busy=true>"Saving changes"</Button>
            <Button kind=ButtonKind::Primary busy=true>"Create project"</Button>
            <Segments label="View" items=segments value=view_as />
        </div>
        <div class="row" id="turned">
            {row}
            <Button icon=Icon::ArrowDownUp kind=ButtonKind::Ghost on:click=move |_| turned.update(|words| words.rotate_left(1))>"Turn around"</Button>
        </div>
    };
    part("buttons", "Buttons", body.into_any())
}

pub fn fields() -> AnyView {
    let fault = Fault::field("email", "is already a member of this organization").keeping([("name", "Ada Lovelace")]);
    let fault = RwSignal::new(Some(fault));
    let pending = RwSignal::new(false);
    let body = view! {
        <div class="cols-2">
            <Card title="Invite a colleague">
                <FormScope fault=fault pending=pending>
                    <form class="form" on:submit=move |event| { event.prevent_default(); pending.set(true); set_timeout(move || pending.set(false), std::time::Duration::from_secs(2)) }>
                        <FormAlert />
                        <TextField name="name" label="Name" autocomplete="off" />
                        <TextField name="email" label="Mail address" kind="email" value="bea@x.io" autocomplete="off" hint="They get a link that is good for 7 days." />
                        <SelectField name="role" label="Role" value="member" choices=vec![Choice::new("admin", "Admin"), Choice::new("member", "Member")] />
                        <TextArea name="note" label="Message" note="optional" placeholder="What they will work on" />
                        <div class="form-foot"><Submit>"Send invitation"</Submit><Button kind=ButtonKind::Ghost>"Cancel"</Button></div>
                    </form>
                </FormScope>
            </Card>
            <Card title="Kinds of fields">
                <div class="form">
                    <SearchField name="q" label="Search features" key_hint="/" />
                    <TextField name="site" label="Address" kind="url" icon=Icon::Globe placeholder="https://" />
                    <DateField name="due" label="Due" value="2026-03-10" />
                    <PasswordField name="pw" label="Password" autocomplete="new-password" hint="At least 10 characters." />
                    <TextField name="locked" label="Identifier" value="F-012" readonly=true />
                    <TextField name="off" label="Not now" value="Disabled" disabled=true />
                    <CopyField label="API key" value="okey_3fK9aQ2x_p7Wm0dY5" hint="Copy it now: it is shown only once." />
                </div>
            </Card>
        </div>
    };
    part("fields", "Fields and forms", body.into_any())
}

pub fn choices() -> AnyView {
    let plan = RwSignal::new("new".to_owned());
    let people = ["Ada Lovelace", "Grace Hopper", "Katherine Johnson", "Margaret Hamilton", "Radia Perlman", "Barbara Liskov"];
    let picked = RwSignal::new(vec![Choice::new("Ada Lovelace", "Ada Lovelace")]);
    let one = RwSignal::new(Vec::new());
    let choices: Vec<Choice> = people.iter().map(|p| Choice::new(*p, *p).icon(Icon::User)).collect();
    let again = choices.clone();
    let body = view! {
        <div class="cols-3">
            <Card title="Check and switch">
                <div class="stack">
                    <Checkbox name="a" label="Mail me about failures" checked=true hint="At most one mail an hour." />
                    <Checkbox name="b" label="Weekly summary" />
                    <Checkbox name="c" label="Cannot be changed here" checked=true disabled=true />
                    <Switch name="d" label="Require two factors" checked=true />
                    <Switch name="e" label="Open sign-up" hint="Anyone with a link may join." />
                </div>
            </Card>
            <Card title="One of several">
                <RadioGroup
                    name="mode" label="How to import" bind=plan cards=true
                    choices=vec![
                        Choice::new("new", "Only new features").hint("What is here stays as it is."),
                        Choice::new("all", "New and changed").hint("Names, criteria and priorities follow the file."),
                    ]
                />
            </Card>
            <Card title="Combobox and files">
                <div class="form">
                    <Combobox name="assignees" label="Assignees" choices=choices picked=picked many=true placeholder="Add people" />
                    <Combobox name="owner" label="Owner" choices=again picked=one placeholder="Find a person" />
                    <FileDrop name="file" label="Feature list" hint="JSON, up to 20 MB" accept=".json,application/json" max_bytes=20_000_000 />
                </div>
            </Card>
        </div>
    };
    part("choices", "Choices", body.into_any())
}
