//! What the frame links to: the areas that exist, by the rights of the person.
use kernel::access::{Perm, Session};
use kit::Icon;

/// One link of the sidebar and of the command palette.
#[derive(Clone, Debug, PartialEq)]
pub struct NavLink {
    pub label: &'static str,
    pub href: String,
    pub icon: Icon,
    /// `a-factory` and its kin: the muted hue of the area.
    pub area: &'static str,
    /// The keys that go there, such as `g f`.
    pub keys: Option<&'static str>,
}

impl NavLink {
    fn new(label: &'static str, href: String, icon: Icon) -> Self {
        Self { label, href, icon, area: "", keys: None }
    }

    fn area(mut self, area: &'static str) -> Self {
        self.area = area;
        self
    }

    fn keys(mut self, keys: &'static str) -> Self {
        self.keys = Some(keys);
        self
    }
}

/// A titled group of links; the first of a frame has no title.
pub struct NavGroup {
    pub title: &'static str,
    pub links: Vec<NavLink>,
}

/// The groups of an organization's frame.
pub fn org_nav(session: &Session, slug: &str) -> Vec<NavGroup> {
    let at = |rest: &str| format!("/o/{slug}{rest}");
    let mut settings = vec![NavLink::new("Settings", at("/settings/general"), Icon::Settings).keys("g s")];
    settings.push(NavLink::new("Members", at("/settings/members"), Icon::Users).keys("g m"));
    if session.may(Perm::OrgKeys) {
        settings.push(NavLink::new("API keys", at("/settings/keys"), Icon::KeyRound));
    }
    settings.push(NavLink::new("Audit log", at("/settings/audit"), Icon::ShieldCheck));
    settings.push(NavLink::new("Jobs", at("/settings/jobs"), Icon::Activity));
    vec![
        NavGroup { title: "", links: vec![NavLink::new("Home", at(""), Icon::House).keys("g h")] },
        NavGroup { title: "Build", links: vec![NavLink::new("Software", at("/factory"), Icon::Factory).area("a-factory").keys("g p")] },
        NavGroup { title: "Organization", links: settings },
    ]
}

/// The project that a path is in: `/o/{org}/factory/{project}/..`.
pub fn project_of(path: &str) -> Option<String> {
    let mut parts = path.trim_start_matches('/').split('/');
    match (parts.next(), parts.nth(1), parts.next()) {
        (Some("o"), Some("factory"), Some(project)) if !project.is_empty() => Some(project.to_owned()),
        _ => None,
    }
}

/// The pages of the project one is in.
pub fn project_nav(slug: &str, project: &str) -> NavGroup {
    let links = app_factory::PAGES
        .iter()
        .map(|page| NavLink { keys: page.keys, ..NavLink::new(page.label, format!("/o/{slug}/factory/{project}{}", page.rest), page.icon) })
        .collect();
    NavGroup { title: "Project", links }
}

/// The groups of the frame around a person's own pages.
pub fn account_nav(session: &Session) -> Vec<NavGroup> {
    let link = |label, href: &str, icon| NavLink::new(label, href.to_owned(), icon);
    let mut groups = vec![NavGroup {
        title: "Account",
        links: vec![
            link("Profile", "/account", Icon::User),
            link("Security", "/account/security", Icon::Shield),
            link("Notifications", "/account/notifications", Icon::Bell),
            link("Privacy", "/account/privacy", Icon::Lock),
            link("Organizations", "/orgs", Icon::Building2),
        ],
    }];
    if session.is_platform_admin {
        groups.push(NavGroup {
            title: "Installation",
            links: vec![
                link("Users", "/admin/users", Icon::Users),
                link("Organizations", "/admin/orgs", Icon::Building2),
                link("Sign-in", "/admin/identity", Icon::LogIn),
                link("Audit log", "/admin/audit", Icon::ShieldCheck),
                link("Jobs", "/admin/jobs", Icon::Activity),
                link("Schedules", "/admin/cron", Icon::Clock),
                link("Mailbox", "/admin/mailbox", Icon::Mail),
                link("Health", "/admin/health", Icon::Server),
            ],
        });
    }
    groups
}

/// The trail of a path inside an organization: label and address of each step.
pub fn crumbs(path: &str) -> Vec<(String, String)> {
    let mut trail = Vec::new();
    let mut href = String::new();
    for (depth, segment) in path.split('/').filter(|s| !s.is_empty()).enumerate() {
        href.push('/');
        href.push_str(segment);
        // "/o/acme" is the organization itself: the switcher shows it.
        if path.starts_with("/o/") && depth < 2 {
            continue;
        }
        // An id tells nobody where they are.
        if is_id(segment) {
            continue;
        }
        // The settings of a project have pages, and are none.
        if segment == "settings" && depth > 2 {
            continue;
        }
        let name = match trail.last() {
            Some((before, _)) if before == "Planner" && segment.bytes().all(|b| b.is_ascii_digit()) => format!("WO-{segment}"),
            _ => words(segment),
        };
        trail.push((name, href.clone()));
    }
    trail
}

fn is_id(segment: &str) -> bool {
    segment.len() == 36 && segment.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit())
}

fn words(segment: &str) -> String {
    match segment {
        "factory" => "Software".to_owned(),
        "chat" => "Assistant".to_owned(),
        "orgs" => "Organizations".to_owned(),
        "cron" => "Schedules".to_owned(),
        "keys" => "API keys".to_owned(),
        "audit" => "Audit log".to_owned(),
        "identity" => "Sign-in".to_owned(),
        // Keys of features are shown as they are.
        key if key.bytes().any(|b| b.is_ascii_uppercase()) => key.to_owned(),
        other => {
            let text = other.replace('-', " ");
            let mut chars = text.chars();
            chars.next().map(|c| c.to_uppercase().collect::<String>() + chars.as_str()).unwrap_or_default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crumbs_leave_out_the_organization() {
        let labels: Vec<_> = crumbs("/o/acme/factory/big-shop/features/F-12").into_iter().map(|c| c.0).collect();
        assert_eq!(labels, ["Software", "Big shop", "Features", "F-12"]);
        assert_eq!(crumbs("/account/security")[1].1, "/account/security");
        assert_eq!(crumbs("/o/acme/factory/shop/validator/64fcc8a1-27bc-4284-a42c-76cb415dd66d").len(), 3);
        assert_eq!(crumbs("/o/acme/factory/shop/planner/12").last().unwrap().0, "WO-12");
        assert_eq!(crumbs("/o/acme/factory/shop/settings/templates").len(), 3);
        assert_eq!(crumbs("/o/acme/settings/members").len(), 2);
        assert!(crumbs("/o/acme").is_empty());
    }

    #[test]
    fn a_project_shows_its_pages() {
        assert_eq!(project_of("/o/acme/factory/shop/planner/12").as_deref(), Some("shop"));
        assert_eq!((project_of("/o/acme/factory"), project_of("/o/acme/factory/"), project_of("/account")), (None, None, None));
        let links = project_nav("acme", "shop").links;
        let planner = links.iter().find(|link| link.label == "Planner").unwrap();
        assert_eq!((planner.href.as_str(), planner.keys), ("/o/acme/factory/shop/planner", Some("g p")));
    }
}
