//! Who and what the demo organization consists of: people, notices, and what the audit log tells. Days count back from
//! the moment of loading.

/// The address of the organization, and how it is recognized as the demo.
pub const SLUG: &str = "northwind-labs";
pub const NAME: &str = "Northwind Labs";
pub const PLAN: &str = "demo";

/// The password of everybody below. It is public: the demo is for looking around.
pub const PASSWORD: &str = "walk-along-the-millrace";

/// First name, full name, role, days since joining, days since the last sign-in. Addresses are of a domain that never exists.
pub const PEOPLE: [(&str, &str, &str, i64, i64); 6] = [
    ("ingrid", "Ingrid Solberg", "owner", 92, 0),
    ("marcus", "Marcus Webb", "admin", 90, 1),
    ("priya", "Priya Raman", "admin", 74, 0),
    ("tomas", "Tomás Herrera", "member", 71, 2),
    ("lena", "Lena Vogt", "member", 38, 1),
    ("kenji", "Kenji Watanabe", "member", 12, 3),
];

pub const DOMAIN: &str = "northwind.example";

/// First name of the invited, role, days until the invitation ends (negative: it ended), status.
pub const INVITATIONS: [(&str, &str, i64, &str); 8] = [
    ("marcus", "admin", -84, "accepted"),
    ("priya", "admin", -68, "accepted"),
    ("tomas", "member", -65, "accepted"),
    ("lena", "member", -33, "accepted"),
    ("kenji", "member", -6, "accepted"),
    ("amara.okafor", "member", 5, "pending"),
    ("jonas.lindqvist", "admin", 2, "pending"),
    ("dana.whitfield", "member", -20, "expired"),
];

/// A key of the demo, as the line before its list says.
pub type DemoKey = (&'static str, &'static [&'static str], &'static str, i64, i64, i64);

/// Name, scopes, maker, days since it was made, days until it ends (0: never), days since its last use (-1: never used).
pub const KEYS: [DemoKey; 3] = [
    ("Build server", &["mcp:read", "tests:write"], "marcus", 68, 297, 0),
    ("Weekly report", &["org:read", "audit:read"], "priya", 40, 6, 4),
    ("Old importer", &["mcp:write"], "ingrid", 85, 0, -1),
];

/// Reader, kind, topic, title, body, where it leads, hours ago, read.
pub type Notice = (&'static str, &'static str, &'static str, &'static str, &'static str, &'static str, i64, bool);
pub const NOTICES: [Notice; 9] = [
    (
        "ingrid",
        "system",
        "core.joined",
        "Kenji Watanabe joined",
        "As a member, by invitation of Marcus Webb.",
        "/settings/members",
        288,
        true,
    ),
    (
        "ingrid",
        "warning",
        "core.key_expires",
        "The key “Weekly report” ends in 6 days",
        "Make a new one before, and give it to whoever uses this one.",
        "/settings/keys",
        5,
        false,
    ),
    (
        "ingrid",
        "warning",
        "core.key_unused",
        "The key “Old importer” was never used",
        "Revoke it if nobody needs it.",
        "/settings/keys",
        29,
        false,
    ),
    (
        "ingrid",
        "milestone",
        "factory.milestone",
        "More than half of the features pass",
        "Across the three projects of Northwind Labs.",
        "/factory",
        52,
        false,
    ),
    ("marcus", "system", "core.joined", "Kenji Watanabe joined", "As a member, by your invitation.", "/settings/members", 288, true),
    (
        "marcus",
        "info",
        "core.invite_again",
        "Dana Whitfield asks for a new link",
        "The invitation ended before it was accepted.",
        "/settings/members",
        20,
        false,
    ),
    ("priya", "system", "core.role", "You are an admin now", "Ingrid Solberg changed your role.", "/settings/members", 480, true),
    (
        "lena",
        "milestone",
        "factory.milestone",
        "More than half of the features pass",
        "Across the three projects of Northwind Labs.",
        "/factory",
        52,
        false,
    ),
    (
        "kenji",
        "system",
        "core.joined",
        "Welcome to Northwind Labs",
        "Your colleagues are on the members page.",
        "/settings/members",
        288,
        false,
    ),
];

/// Who, what, of which kind, about whom or what (by the name that leads to its id), severity, days ago.
pub type Line = (&'static str, &'static str, &'static str, &'static str, &'static str, i64);
pub const HISTORY: [Line; 22] = [
    ("ingrid", "organization.create", "organization", SLUG, "info", 92),
    ("ingrid", "member.invite", "invitation", "marcus", "info", 91),
    ("marcus", "member.join", "user", "marcus", "info", 90),
    ("ingrid", "mfa.enable", "user", "ingrid", "warning", 88),
    ("ingrid", "api_key.create", "api_key", "Old importer", "warning", 85),
    ("marcus", "member.invite", "invitation", "priya", "info", 75),
    ("priya", "member.join", "user", "priya", "info", 74),
    ("marcus", "member.invite", "invitation", "tomas", "info", 72),
    ("tomas", "member.join", "user", "tomas", "info", 71),
    ("marcus", "api_key.create", "api_key", "Build server", "warning", 68),
    ("priya", "project.create", "project", "harbour-checkout", "info", 60),
    ("tomas", "project.create", "project", "lighthouse-support-desk", "info", 60),
    ("marcus", "member.invite", "invitation", "lena", "info", 40),
    ("priya", "api_key.create", "api_key", "Weekly report", "warning", 40),
    ("lena", "member.join", "user", "lena", "info", 38),
    ("marcus", "member.invite", "invitation", "dana.whitfield", "info", 27),
    ("ingrid", "member.role", "user", "priya", "warning", 20),
    ("marcus", "member.invite", "invitation", "kenji", "info", 13),
    ("kenji", "member.join", "user", "kenji", "info", 12),
    ("ingrid", "audit.export", "", "", "info", 9),
    ("marcus", "member.invite", "invitation", "jonas.lindqvist", "info", 5),
    ("priya", "member.invite", "invitation", "amara.okafor", "info", 2),
];
