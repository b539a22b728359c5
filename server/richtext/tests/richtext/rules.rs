//! Review, extraction and suggestions: rules over text.
use crate::arbitrary;
use proptest::prelude::*;
use richtext::extract::{Source, assign, bucket_of, extract};
use richtext::model::*;
use richtext::review::{Expected, criteria, review};
use richtext::suggest::{SectionEdit, apply, section_markdown};
use richtext::wire::{Anchor, Bucket, FindingKind, Operation, Strategy};
use richtext::{Doc, Error, anchor, markdown};

fn doc(text: &str) -> Doc {
    markdown::parse(text).unwrap()
}

/// Kind and quote of what a review finds.
fn found(text: &str) -> Vec<(FindingKind, String)> {
    let findings = review(&doc(text), &[], false);
    findings.into_iter().map(|f| (f.kind, f.anchor.map(|a| a.quote).unwrap_or_default())).collect()
}

fn expected(heading: &str, required: bool, body: &str) -> Expected {
    Expected { heading: heading.into(), required, body: body.into() }
}

#[test]
fn words_nobody_can_test_are_ambiguous() {
    use FindingKind::Ambiguity;
    assert_eq!(
        found("The page loads fast. Search is easy, sorting etc. works. Limits: TBD. Reply as soon as possible."),
        ["fast", "easy", "etc", "TBD", "as soon as possible"].map(|word| (Ambiguity, word.to_owned()))
    );
    assert_eq!(found("The page loads fast: in 200 ms."), [], "a number settles it");
    assert_eq!(found("Breakfast at Fastly, `fast` mode."), [], "only whole words, and no code");
    assert_eq!(found("It should work."), [], "outside of criteria \"should\" is fine");
    assert_eq!(found("# Acceptance criteria\n\n- The list should update.\n"), [(Ambiguity, "should".to_owned())]);
}

#[test]
fn missing_and_empty_sections_and_missing_criteria_are_gaps() {
    let text = doc("# Problem\n\nSomething hurts.\n\n# Users\n\nDescribe the users.\n\n# Notes\n");
    let template = [
        expected("Problem", true, ""),
        expected("users", true, "Describe the users."),
        expected("Outcome", true, ""),
        expected("Extra", false, ""),
    ];
    let messages: Vec<String> = review(&text, &template, true).into_iter().map(|f| f.message).collect();
    assert_eq!(
        messages,
        [
            "The section \"Outcome\" is missing.",
            "There are no acceptance criteria: nobody can say when it is done.",
            "The section \"Users\" says nothing yet.",
        ]
    );
    let anchors: Vec<_> = review(&text, &[], false).into_iter().map(|f| f.anchor.unwrap().section_id).collect();
    assert_eq!(anchors, ["notes"], "without a template every empty section is a gap");
    assert!(review(&doc("# Acceptance criteria\n\n- The list updates."), &[], true).is_empty());
}

#[test]
fn the_same_subject_with_another_number_is_a_conflict() {
    use FindingKind::Conflict;
    let text = "Sessions expire after 30 minutes.\n\nA session expires after 1 hour of inactivity.";
    let findings = review(&doc(text), &[], false);
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].kind, Conflict);
    assert_eq!(findings[0].other.as_ref().unwrap().quote, "Sessions expire after 30 minutes.");
    assert_eq!(found("Sessions expire after 60 minutes. A session expires after 1 hour of inactivity."), [], "60 minutes are an hour");
    assert_eq!(found("Step 1 takes 5 minutes. Step 2 takes 7 minutes."), [], "other steps, other numbers");
    assert_eq!(found("Users may upload 5 files at once. Users may upload 10 files at once.").len(), 1);
    assert_eq!(found("Prices rise 5% in May. Prices rise 5 percent in May.")[0].0, FindingKind::Duplication);
}

#[test]
fn what_was_said_before_is_a_duplication() {
    let findings = review(
        &doc("# A\n\nUsers sign in with email and password.\n\n# B\n\n- Users sign in with their email and password.\n"),
        &[],
        false,
    );
    assert_eq!(findings.len(), 1);
    let (anchor, other) = (findings[0].anchor.as_ref().unwrap(), findings[0].other.as_ref().unwrap());
    assert_eq!((findings[0].kind, anchor.section_id.as_str(), other.section_id.as_str()), (FindingKind::Duplication, "b", "a"));
    assert_eq!(found("Short one. Short one."), [], "three words say nothing");
}

#[test]
fn a_comment_is_put_on_the_words_a_finding_is_about() {
    let text = Doc::new(vec![Block::BulletList(vec![Item {
        blocks: vec![Block::Paragraph(vec![
            Inline::Mention(Mention { id: uuid::Uuid::nil(), label: "Ann".into(), target: Target::User }),
            Inline::text(" wants ä fa"),
            Inline::marked("st page", vec![Mark::Bold]),
        ])],
    }])]);
    let finding = review(&text, &[], false).remove(0);
    let anchor = finding.anchor.unwrap();
    let mark = Mark::Comment { id: "c".into() };
    let marked = anchor::with_mark(&text, &anchor, &mark);
    let Block::BulletList(items) = &marked.blocks[0] else { panic!() };
    let Block::Paragraph(line) = &items[0].blocks[0] else { panic!() };
    assert_eq!(line[2], Inline::marked("fa", vec![mark.clone()]));
    assert_eq!(line[3], Inline::marked("st", vec![Mark::Bold, mark.clone()]));
    assert_eq!(marked.without_annotations(), text);
    let moved = Anchor { from: anchor.from + 1, to: anchor.to + 1, ..anchor };
    assert_eq!(anchor::with_mark(&text, &moved, &mark), text, "where the words are gone nothing changes");
}

#[test]
fn criteria_are_items_below_their_heading_or_given_lines() {
    let text = doc(
        "# Goal\n\n- no\n\n# Acceptance criteria\n\nIntro\n\n- Ends with `204`.\n  - detail\n\n# More\n\nGiven a user, when she leaves, then she is gone.\n",
    );
    assert_eq!(criteria(&text), ["Ends with 204.", "detail", "Given a user, when she leaves, then she is gone."]);
}

#[test]
fn the_chapters_criterion_is_attached_with_0_375() {
    let slices = [vec!["User resets password by email link".to_owned()], vec!["Admin exports the audit log".to_owned()]];
    let attached = "Password reset email arrives within 60 seconds".to_owned();
    let loose = "Nothing is lost on a crash".to_owned();
    assert_eq!(assign(&[attached.clone(), loose.clone()], &slices), [vec![attached], vec![loose]], "what fits nowhere goes to the last");
}

#[test]
fn headings_name_their_specialist_by_their_last_word() {
    use Bucket::*;
    for (title, bucket) in [
        ("Data model", Some(Data)),
        ("API", Some(Api)),
        ("Screens", Some(Ui)),
        ("Tests", Some(Test)),
        ("Test data", Some(Data)),
        ("API tests", Some(Test)),
        ("Deployment and monitoring", Some(Ops)),
        ("Server endpoints", Some(Api)),
        ("Overview", None),
        ("Acceptance criteria", Some(Test)),
        ("Database migrations", Some(Data)),
        ("UI components", Some(Ui)),
    ] {
        assert_eq!(bucket_of(title), bucket, "{title}");
    }
}

const BLUEPRINT: &str = "# Password reset\n\nIntro.\n\n## Data model\n\nTable `reset_tokens` with user and expiry.\n\n### Retention\n\nRows go after a week.\n\n\
    ## API\n\n- POST /reset sends the email\n- POST /reset/{token} sets the password\n\n## Screens\n\nA form for the new password.\n\n\
    ## Tests\n\nExpired links are refused.\n\n## Security\n\n## Out of scope\n\nSMS.\n";

#[test]
fn a20_08_specialist_extraction_gives_four_proposals_and_three_edges() {
    let blueprint = doc(BLUEPRINT);
    let criteria = ["The reset form accepts a new password".to_owned(), "Old rows of reset tokens go".to_owned()];
    let existing = [("wo-7".to_owned(), "Reset: Screens".to_owned())];
    let source = Source { title: "Reset", blueprint: &blueprint, criteria: &criteria, existing: &existing, title_pattern: None };
    let proposals = extract(&source, Strategy::Specialist);
    let titles: Vec<&str> = proposals.iter().map(|p| p.title.as_str()).collect();
    assert_eq!(titles, ["Reset: Data model", "Reset: API", "Reset: Screens", "Reset: Tests"], "an empty section is no work");
    assert_eq!(proposals.iter().map(|p| p.blocks).collect::<Vec<_>>(), [Some(1), Some(2), Some(3), None]);
    assert_eq!(proposals[0].section_ids, ["data-model", "retention"], "what stands below belongs to it");
    assert!(proposals[0].description.contains("### Retention"));
    assert_eq!(proposals[2].acceptance_criteria, [criteria[0].clone()]);
    assert_eq!(proposals[2].updates.as_deref(), Some("wo-7"));
    assert_eq!(proposals[0].out_of_scope, "SMS.");
    assert_eq!(proposals[0].updates, None);
}

#[test]
fn feature_slices_are_the_items_of_stories_or_else_screens_and_api() {
    let titles = |text: &str| {
        let blueprint = doc(text);
        let source = Source { title: "Whole", blueprint: &blueprint, criteria: &[], existing: &[], title_pattern: None };
        let proposals = extract(&source, Strategy::FeatureSlice);
        assert!(proposals.iter().all(|p| p.blocks.is_none()));
        proposals.into_iter().map(|p| (p.title, p.acceptance_criteria.len())).collect::<Vec<_>>()
    };
    let stories = "# User stories\n\n- User resets password by email link.\n  More about it.\n- Admin exports the log\n\n\
        # Acceptance criteria\n\n- Password reset email arrives within 60 seconds\n- Unrelated matter\n";
    assert_eq!(titles(stories), [("User resets password by email link".to_owned(), 1), ("Admin exports the log".to_owned(), 1)]);
    assert_eq!(
        titles("# Flows\n\n## Sign in\n\nText.\n\n## Sign out\n\nText.\n\n# Screens\n\nx\n"),
        [("Sign in".to_owned(), 0), ("Sign out".to_owned(), 0)]
    );
    assert_eq!(titles("# Behaviour\n\nOne paragraph only.\n"), [("Behaviour".to_owned(), 0)]);
    assert_eq!(titles(BLUEPRINT), [("API".to_owned(), 0), ("Screens".to_owned(), 0)]);
    assert_eq!(titles("Just text.\n"), [("Whole".to_owned(), 0)]);
    assert_eq!(titles(""), []);
}

fn edit<'a>(section_id: &'a str, operation: Operation, old: &'a str, new: &'a str) -> SectionEdit<'a> {
    SectionEdit { section_id, operation, old, new }
}

#[test]
fn a_suggestion_changes_its_section_and_nothing_else() {
    let mut text = doc("Intro.\n\n# Goal\n\nOld text.\n\n## Detail\n\nKept id.\n\n# Next\n\nEnd.\n");
    text.name_sections();
    assert_eq!(section_markdown(&text, "goal").unwrap(), "# Goal\n\nOld text.\n\n## Detail\n\nKept id.\n");
    let replace = edit(
        "goal",
        Operation::Replace,
        "# Goal\n\nOld   text.\n\n## Detail\n\nKept id.",
        "# Purpose\n\nNew text.\n\n## Detail\n\nMore.\n",
    );
    let changed = apply(&text, &replace, false).unwrap();
    assert_eq!(markdown::document(&changed), "Intro.\n\n# Purpose\n\nNew text.\n\n## Detail\n\nMore.\n\n# Next\n\nEnd.\n");
    let ids: Vec<String> = changed.sections().into_iter().map(|s| s.id).collect();
    assert_eq!(ids, ["root", "goal", "detail", "next"], "sections keep their ids through a rewrite");

    let inserted = apply(&text, &edit("goal", Operation::Insert, "", "# Between\n\nx\n"), false).unwrap();
    assert!(markdown::document(&inserted).contains("Kept id.\n\n# Between\n\nx\n\n# Next"));
    let deleted = apply(&text, &edit("next", Operation::Delete, "# Next\n\nEnd.", ""), false).unwrap();
    assert!(!markdown::document(&deleted).contains("End."));
    let root = apply(&text, &edit("root", Operation::Replace, "Intro.", "Hello."), false).unwrap();
    assert!(markdown::document(&root).starts_with("Hello.\n\n# Goal"));
}

#[test]
fn a20_09_a_suggestion_on_an_edited_section_is_refused_with_both_texts_unless_forced() {
    let text = doc("# Goal\n\nEdited meanwhile.\n");
    let replace = edit("goal", Operation::Replace, "# Goal\n\nOld text.\n", "# Goal\n\nNew text.\n");
    let refused = apply(&text, &replace, false).unwrap_err();
    assert_eq!(refused, Error::SectionChanged { expected: "# Goal\n\nOld text.\n".into(), found: "# Goal\n\nEdited meanwhile.\n".into() });
    assert_eq!(markdown::document(&apply(&text, &replace, true).unwrap()), "# Goal\n\nNew text.\n");
    let gone = edit("lost", Operation::Replace, "x", "# Lost\n\ny\n");
    assert_eq!(apply(&text, &gone, false).unwrap_err(), Error::NoSection("lost".into()));
    assert!(markdown::document(&apply(&text, &gone, true).unwrap()).ends_with("# Lost\n\ny\n"));
}

#[test]
fn suggested_text_is_taken_over_or_dropped() {
    let text = Doc::new(vec![Block::Paragraph(vec![
        Inline::text("with "),
        Inline::marked("password", vec![Mark::SuggestionDelete { id: "s".into() }]),
        Inline::marked("passkey", vec![Mark::SuggestionAdd { id: "s".into() }]),
        Inline::marked("!", vec![Mark::SuggestionAdd { id: "t".into() }]),
    ])]);
    let only_s = |accept: bool| text.with_suggestions(&|id| (id == "s").then_some(accept)).plain_text();
    assert_eq!((only_s(true).as_str(), only_s(false).as_str()), ("with passkey!", "with password!"));
    assert_eq!(text.settled().plain_text(), "with password");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn rules_read_any_document(doc in arbitrary::doc()) {
        for finding in review(&doc, &[], true) {
            let words = |anchor: &&Anchor| anchor.quote.chars().any(char::is_alphanumeric);
            for anchor in finding.anchor.iter().chain(&finding.other).filter(words) {
                let marked = anchor::with_mark(&doc, anchor, &Mark::Comment { id: "new".into() });
                prop_assert_ne!(&marked, &doc);
                prop_assert_eq!(marked.without_annotations(), doc.without_annotations());
            }
        }
        let source = Source { title: "T", blueprint: &doc, criteria: &["a b".to_owned()], existing: &[], title_pattern: None };
        for strategy in [Strategy::FeatureSlice, Strategy::Specialist] {
            let proposals = extract(&source, strategy);
            prop_assert_eq!(proposals.iter().map(|p| p.acceptance_criteria.len()).sum::<usize>(), usize::from(!proposals.is_empty()));
        }
    }

    #[test]
    fn every_section_can_be_replaced_by_itself(doc in arbitrary::doc()) {
        for section in doc.sections() {
            let now = section_markdown(&doc, &section.id).unwrap();
            let same = SectionEdit { section_id: &section.id, operation: Operation::Replace, old: &now, new: &now };
            prop_assert!(apply(&doc, &same, false).is_ok());
        }
    }
}
