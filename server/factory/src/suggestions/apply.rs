//! One suggested edit applied to a text.
use super::SuggestedDiff;
use crate::documents::text::refused;
use kernel::{Code, Fault};
use richtext::{Doc, Error, suggest};
use serde_json::json;

/// The text with the edit in it. 409 `section_changed` with both texts when the section is not (or no longer) what the
/// suggestion was made for; with `force` it is replaced all the same, and what was deleted meanwhile comes at the end.
pub fn applied(doc: &Doc, diff: &SuggestedDiff, force: bool) -> Result<Doc, Fault> {
    let SuggestedDiff { section_id, operation, old_content, new_content, .. } = diff;
    let edit = suggest::SectionEdit { section_id, operation: *operation, old: old_content, new: new_content };
    let mut doc = suggest::apply(doc, &edit, force).map_err(|error| match error {
        Error::SectionChanged { expected, found } => changed(diff, &expected, &found),
        Error::NoSection(_) => changed(diff, old_content, ""),
        other => refused(other),
    })?;
    doc.name_sections();
    Ok(doc)
}

fn changed(diff: &SuggestedDiff, expected: &str, found: &str) -> Fault {
    let message = "This section was changed since the suggestion was made.";
    Fault::new(Code::SectionChanged, message).with_details(json!({
        "id": diff.id, "sectionId": diff.section_id, "expected": expected, "found": found, "suggested": diff.new_content,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use richtext::{markdown, wire::Operation};

    fn diff(section_id: &str, old: &str, new: &str) -> SuggestedDiff {
        SuggestedDiff {
            section_id: section_id.into(),
            operation: Operation::Replace,
            old_content: old.into(),
            new_content: new.into(),
            ..Default::default()
        }
    }

    #[test]
    fn a_changed_section_is_refused_unless_it_is_to_be_replaced_anyway() {
        let doc = markdown::parse("Intro\n\n# Goal\n\nFast\n\n# End\n\nBye").unwrap();
        let after = applied(&doc, &diff("goal", "#  Goal\nFast", "# Goal\n\nFaster"), false).unwrap();
        assert_eq!(after.plain_text(), "Intro\nGoal\nFaster\nEnd\nBye");
        let wrong = diff("end", "# End\n\nHello", "# End\n\nFarewell");
        let fault = applied(&doc, &wrong, false).unwrap_err();
        assert_eq!(fault.code, Code::SectionChanged);
        assert_eq!(fault.details.unwrap()["expected"], "# End\n\nHello");
        assert!(applied(&doc, &wrong, true).unwrap().plain_text().ends_with("End\nFarewell"));
        let gone = diff("nowhere", "x", "Late");
        assert_eq!(applied(&doc, &gone, false).unwrap_err().code, Code::SectionChanged);
        assert!(applied(&doc, &gone, true).unwrap().plain_text().ends_with("Bye\nLate"));
    }
}
