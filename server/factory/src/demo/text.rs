//! The words of the demo.

/// A project, and what it is about. 23 subjects of 13 features each, and one of one: 300.
pub struct ProjectText {
    pub name: &'static str,
    pub slug: &'static str,
    pub prefix: &'static str,
    pub description: &'static str,
    /// A feature that belongs to none of the subjects.
    pub last: Option<&'static str>,
    /// Category and subject.
    pub subjects: &'static [(&'static str, &'static str)],
}

pub const PROJECTS: [ProjectText; 3] = [
    ProjectText {
        name: "Harbour checkout",
        slug: "harbour-checkout",
        prefix: "HC",
        description: "The new checkout of the Harbour shops: carts, payments, delivery and returns on one page.",
        last: Some("Switch the old checkout off"),
        subjects: &[
            ("cart", "carts"),
            ("payments", "card payments"),
            ("payments", "invoices"),
            ("delivery", "delivery slots"),
            ("delivery", "parcel tracking"),
            ("returns", "returns"),
            ("pricing", "vouchers"),
            ("pricing", "price rules"),
            ("accounts", "guest accounts"),
            ("accounts", "saved addresses"),
        ],
    },
    ProjectText {
        name: "Lighthouse support desk",
        slug: "lighthouse-support-desk",
        prefix: "LS",
        description: "One inbox for mail, chat and phone notes, with answers the team can reuse.",
        last: None,
        subjects: &[
            ("inbox", "conversations"),
            ("inbox", "assignments"),
            ("knowledge", "help articles"),
            ("knowledge", "saved replies"),
            ("quality", "service levels"),
            ("quality", "satisfaction surveys"),
            ("people", "teams and shifts"),
            ("reports", "weekly reports"),
        ],
    },
    ProjectText {
        name: "Tideline field app",
        slug: "tideline-field-app",
        prefix: "TF",
        description: "Inspections on the shore: works without a connection, syncs when there is one.",
        last: None,
        subjects: &[
            ("visits", "site visits"),
            ("visits", "checklists"),
            ("media", "photos and sketches"),
            ("sync", "offline changes"),
            ("maps", "map layers"),
        ],
    },
];

/// One side of a subject. `{s}` is the subject, `{S}` the same with a capital.
pub struct Aspect {
    pub name: &'static str,
    pub description: &'static str,
    pub criteria: &'static [&'static str],
    pub effort: &'static str,
}

pub const ASPECTS: [Aspect; 12] = [
    Aspect {
        name: "{S} as a list with search and filters",
        description: "People find {s} by typing part of a name, narrow the list by state, and come back to the same view by its address.",
        criteria: &["Search answers within a second", "Filters stand in the address", "The list says so when nothing matches"],
        effort: "3d",
    },
    Aspect {
        name: "Create and edit {s}",
        description: "A short form with the fields that matter first. What was typed survives a mistake.",
        criteria: &["Required fields are marked", "Mistakes are named beside the field", "Saving twice makes one entry"],
        effort: "3d",
    },
    Aspect {
        name: "{S} in detail",
        description: "Everything known about one entry on one page, the most important at the top.",
        criteria: &["Opens within a second", "Links lead to what belongs to it"],
        effort: "2d",
    },
    Aspect {
        name: "History of {s}",
        description: "Who changed what and when, in words, newest first.",
        criteria: &["Each change names the person", "Old and new value are both shown", "Nothing can be removed from it"],
        effort: "2d",
    },
    Aspect {
        name: "Change many {s} at once",
        description: "Tick several rows and change them together; what failed is said for each.",
        criteria: &["A result for every row", "Rows that failed stay ticked"],
        effort: "2d",
    },
    Aspect {
        name: "Import {s} from a spreadsheet",
        description: "Upload a file, see what would happen line by line, then import.",
        criteria: &["A preview before anything is written", "Rejected lines say why", "The same file twice changes nothing"],
        effort: "4d",
    },
    Aspect {
        name: "Export {s}",
        description: "Everything in the present filter as a file that opens in a spreadsheet.",
        criteria: &["Numbers stay numbers", "Ten thousand rows in under ten seconds"],
        effort: "1d",
    },
    Aspect {
        name: "Notices about {s}",
        description: "People hear about what concerns them, once, where they want to hear it.",
        criteria: &["One notice per event", "Each kind can be switched off", "The mail links to the entry"],
        effort: "2d",
    },
    Aspect {
        name: "Who may see and change {s}",
        description: "Members, leads and guests see what their role allows, in lists, search and exports alike.",
        criteria: &["A guest finds nothing by guessing addresses", "Refusals name who can grant access"],
        effort: "3d",
    },
    Aspect {
        name: "{S} on the phone",
        description: "The same work with a thumb: no sideways scrolling, targets large enough.",
        criteria: &["Usable at 360 pixels", "Works by touch and by keyboard"],
        effort: "2d",
    },
    Aspect {
        name: "Archive and restore {s}",
        description: "What is done with goes out of the way and can come back.",
        criteria: &["Undo for ten seconds", "Archived entries are found by search"],
        effort: "1d",
    },
    Aspect {
        name: "Figures about {s}",
        description: "How many, how fast, and how that changed over the last weeks.",
        criteria: &["Figures agree with the list", "A table stands beside each chart"],
        effort: "3d",
    },
];
