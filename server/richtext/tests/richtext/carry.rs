//! What a change upstream asks of a text that rests on it.
use crate::arbitrary;
use proptest::prelude::*;
use richtext::carry::{Carried, carry};
use richtext::suggest::{SectionEdit, apply};
use richtext::wire::Operation;
use richtext::{Doc, markdown};

fn doc(text: &str) -> Doc {
    markdown::parse(text).unwrap()
}

const BLUEPRINT: &str = "# Sign-in\n\nUsers sign in with email and password.\n\n# Reset\n\n- A **reset mail** arrives within 60 seconds.\n- The link works once.\n\n## Limits\n\nThree mails an hour.\n\n# Storage\n\nPasswords are hashed with argon2.\n";

fn carried(before: &str, after: &str) -> Vec<Carried> {
    carry(&doc(before), &doc(after), &doc(BLUEPRINT))
}

/// The blueprint with every part taken.
fn taken(parts: &[Carried]) -> String {
    let mut now = doc(BLUEPRINT);
    for part in parts {
        let edit = SectionEdit { section_id: &part.section_id, operation: Operation::Replace, old: &part.old, new: &part.new };
        now = apply(&now, &edit, false).unwrap();
    }
    markdown::document(&now)
}

#[test]
fn a_line_that_says_the_same_is_changed_the_same_way_and_keeps_its_look() {
    let found = carried(
        "- Users sign in with email and password.\n- A reset mail arrives within 60 seconds.\n",
        "- Users sign in with email or passkey.\n- A reset mail arrives within 30 seconds.\n",
    );
    assert_eq!(found.iter().map(|c| c.section_id.as_str()).collect::<Vec<_>>(), ["sign-in", "reset"]);
    let text = taken(&found);
    assert!(text.contains("Users sign in with email or passkey."), "{text}");
    assert!(text.contains("A **reset mail** arrives within 30 seconds."), "{text}");
    assert_eq!(found[1].why, ["“A reset mail arrives within 60 seconds.” became “A reset mail arrives within 30 seconds.”."]);
}

#[test]
fn only_the_words_that_changed_are_carried_into_a_line_of_its_own_wording() {
    let found =
        carried("Reset mails must arrive within 60 seconds of the request.", "Reset mails must arrive within 20 seconds of the request.");
    assert!(taken(&found).contains("A **reset mail** arrives within 20 seconds."), "{found:?}");
}

#[test]
fn a_new_line_goes_where_its_subject_is_and_one_that_went_is_taken_out() {
    let found = carried("# Reset\n\n- The link works once.\n", "# Reset\n\n- The reset mail names the device.\n");
    assert_eq!(found.len(), 1);
    let text = taken(&found);
    assert!(text.contains("- The reset mail names the device."), "{text}");
    assert!(!text.contains("The link works once"), "{text}");
    let nowhere = carried("Hello", "Hello\n\nQuarterly invoices are numbered.");
    assert_eq!(nowhere[0].section_id, "storage", "what fits nowhere comes at the end");
}

#[test]
fn a_change_inside_a_section_below_one_that_changes_too_is_part_of_it() {
    let before = "- The link works once.\n- Three mails an hour.\n";
    let found = carried(before, "- The link works twice.\n- Five mails an hour.\n");
    assert_eq!(found.iter().map(|c| c.section_id.as_str()).collect::<Vec<_>>(), ["reset"]);
    assert_eq!(found[0].why.len(), 2);
    let text = taken(&found);
    assert!(text.contains("works twice") && text.contains("Five mails an hour"), "{text}");
}

#[test]
fn what_the_text_says_already_asks_for_nothing() {
    assert_eq!(carried("x", "x\n\nPasswords are hashed with argon2."), []);
    assert_eq!(carried("- Something nobody mentions here.\n", ""), []);
    assert_eq!(carried(BLUEPRINT, BLUEPRINT), []);
    let before = "A reset mail comes within 90 seconds.";
    assert_eq!(carried(before, "A reset mail comes within 60 seconds."), [], "in its own words it says so");
}

proptest! {
    #[test]
    fn every_part_fits_the_text_it_was_made_for(before in arbitrary::doc(), after in arbitrary::doc(), target in arbitrary::doc()) {
        for part in carry(&before, &after, &target) {
            prop_assert!(part.old != part.new && !part.why.is_empty());
            prop_assert!(target.section(&part.section_id).is_some());
        }
    }
}
