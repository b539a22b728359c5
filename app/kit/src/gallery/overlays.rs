//! What opens over the page.
use super::part;
use crate::*;
use kernel::{Code, Fault};
use leptos::prelude::*;

pub fn overlays() -> AnyView {
    let dialog = RwSignal::new(false);
    let confirm = RwSignal::new(false);
    let palette = RwSignal::new(false);
    let help = RwSignal::new(false);
    let drawer = RwSignal::new(false);
    let typed = RwSignal::new(String::new());
    let live = RwSignal::new(true);
    let toasts = use_toasts();
    use_shortcut("mod+k", "Everywhere", "Command palette", move || palette.set(true));
    use_shortcut("?", "Everywhere", "This help", move || help.set(true));
    use_shortcut("g f", "Go to", "Features", move || toasts.info("Features"));
    let commands = vec![
        Command::new("f", "Go to", "Features").icon(Icon::ListChecks).keys("g f").hint("Software"),
        Command::new("p", "Go to", "Projects").icon(Icon::FolderKanban).keys("g p").hint("Software"),
        Command::new("m", "Go to", "Members").icon(Icon::Users).hint("Settings"),
        Command::new("np", "Create", "New project").icon(Icon::Plus),
        Command::new("nf", "Create", "New feature").icon(Icon::Plus).keys("c"),
        Command::new("t", "Do", "Switch theme").icon(Icon::SunMoon),
    ];
    let body = view! {
        <div class="row">
            <Button on:click=move |_| dialog.set(true)>"Dialog"</Button>
            <Button on:click=move |_| confirm.set(true) kind=ButtonKind::Danger>"Delete project"</Button>
            <Button on:click=move |_| drawer.update(|d| *d = !*d)>"Drawer"</Button>
            <Button on:click=move |_| palette.set(true) icon=Icon::Command>"Palette"</Button>
            <Button on:click=move |_| help.set(true) icon=Icon::Keyboard>"Shortcuts"</Button>
            <Menu id="sample-menu" label="Project">
                <MenuTitle text="Acme app" />
                <MenuItem icon=Icon::Pencil keys="E" on:click=move |_| toasts.info("Rename")>"Rename"</MenuItem>
                <MenuLink icon=Icon::Settings href="#overlays">"Settings"</MenuLink>
                <MenuItem checked=live on:click=move |_| live.update(|l| *l = !*l)>"Live changes"</MenuItem>
                <MenuItem icon=Icon::Archive disabled=true>"Archive"</MenuItem>
                <MenuLine />
                <MenuItem icon=Icon::Trash2 danger=true on:click=move |_| confirm.set(true)>"Delete…"</MenuItem>
            </Menu>
            <Popover id="sample-pop" label="Filters" icon=Icon::ListFilter>
                <div class="form p-3"><Checkbox name="x" label="Only mine" /><Checkbox name="y" label="With failures" /></div>
            </Popover>
            <Button on:click=move |_| toasts.success("Project created")>"Toast"</Button>
            <Button on:click=move |_| toasts.undo("Feature archived", move || toasts.info("Back again"))>"Toast with undo"</Button>
            <Button on:click=move |_| toasts.fault(&Fault { request_id: Some("01JD3S6Q4T".into()), ..Fault::new(Code::Internal, "The feature was not saved.") })>"Fault"</Button>
        </div>
        <Dialog open=dialog title="New project" foot=move || view! { <Button on:click=move |_| dialog.set(false)>"Cancel"</Button><Button kind=ButtonKind::Primary>"Create project"</Button> }>
            <div class="form pt-2">
                <TextField name="project" label="Name" autofocus=true />
                <TextArea name="about" label="What it is for" note="optional" />
            </div>
        </Dialog>
        <Confirm open=confirm title="Delete “Acme app”?" text="Its 300 features, documents and history go. This cannot be undone." verb="Delete project" typed="Acme app" on_confirm=move |()| confirm.set(false) />
        <Palette open=palette typed=typed commands=commands on_pick=move |c: Command| toasts.info(c.label) />
        <ShortcutHelp open=help />
        {move || drawer.get().then(|| view! {
            <Drawer title="F-012 Import a feature list" close="#overlays" next=Some("#next".to_owned()) foot=move || view! { <Button kind=ButtonKind::Primary on:click=move |_| drawer.set(false)>"Save changes"</Button> }>
                <Facts><Fact name="Status"><Status text="Passing" tone=Tone::Success /></Fact><Fact name="Owner"><Person name="Ada Lovelace" /></Fact></Facts>
            </Drawer>
        })}
    };
    part("overlays", "Dialogs, drawer, menus, toasts, palette", body.into_any())
}
