//! "Start with questions": four answers become a draft of the overview and proposed features. Nothing of it is in the
//! project before somebody accepts it.
use super::{Answers, Suggested};
use crate::{
    documents::{self, DocumentInput, DocumentRef, DocumentType, text},
    features::store::text as checked,
    projects,
    suggestions::{self, AgentType, DiffKind, Operation, Proposal, SuggestedDiff},
};
use kernel::{Fault, db::TenantTx};
use richtext::{Doc, markdown, suggest};

/// Features proposed at most.
const MOST: usize = 20;

/// Makes the suggestion; without an overview one is created from the template first.
pub async fn interview(tx: &mut TenantTx, project: &str, answers: &Answers) -> Result<Suggested, Fault> {
    let project = projects::lock(tx, project).await?;
    let Answers { problem, current_solution, outcome, users } = answers;
    let mut given = Vec::new();
    for (field, title, answer) in [
        ("problem", "Problem", problem),
        ("current_solution", "Current solution", current_solution),
        ("outcome", "Desired outcome", outcome),
        ("users", "Target users", users),
    ] {
        let answer = checked(field, answer, 5000)?.ok_or_else(|| Fault::field(field, "is required"))?;
        given.push((title, answer));
    }
    let found = sqlx::query_as!(
        DocumentRef,
        r#"select id, type as "kind: DocumentType", title, slug from factory.documents
           where project_id = $1 and type = 'product_overview' and deleted_at is null order by sort_order, id limit 1"#,
        project.id
    )
    .fetch_optional(tx.conn())
    .await?;
    let overview = match found {
        Some(found) => found,
        None => {
            let input = DocumentInput {
                kind: DocumentType::ProductOverview,
                title: "Product overview".to_owned(),
                feature_id: None,
                template_id: None,
                blank: false,
            };
            let made = documents::create(tx, &project.slug, &input).await?;
            DocumentRef { id: made.id, kind: made.kind, title: made.title, slug: made.slug }
        }
    };
    let now = text::current(tx, overview.id).await?;
    let mut diffs: Vec<SuggestedDiff> = given.iter().map(|(title, answer)| draft(&now.doc, title, answer)).collect();
    diffs.extend(features(outcome));
    let parts = diffs.len();
    let made = suggestions::make(tx, overview.id, AgentType::Refinery, "Draft from your answers", diffs, None).await?;
    Ok(Suggested { document: overview, suggestion: made.id, parts })
}

/// The answer under its heading, in place of the section of that name or as a new one.
fn draft(doc: &Doc, title: &str, answer: &str) -> SuggestedDiff {
    let section = doc.sections().into_iter().find(|s| s.title.eq_ignore_ascii_case(title));
    let level = section.as_ref().map_or(1, |s| s.level.max(1));
    let new_content = format!("{} {title}\n\n{answer}", "#".repeat(level.into()));
    let explanation = format!("{title}, as you answered");
    match section {
        Some(section) => SuggestedDiff {
            old_content: suggest::section_markdown(doc, &section.id).unwrap_or_default(),
            section_id: section.id,
            operation: Operation::Replace,
            new_content,
            explanation,
            ..SuggestedDiff::default()
        },
        None => {
            let last = doc.sections().pop().map(|s| s.id).unwrap_or_else(|| richtext::section::ROOT.to_owned());
            SuggestedDiff { section_id: last, operation: Operation::Insert, new_content, explanation, ..SuggestedDiff::default() }
        }
    }
}

/// One feature for each outcome: an item or a line, else a sentence.
fn features(outcome: &str) -> Vec<SuggestedDiff> {
    let plain = markdown::parse(outcome).map(|doc| doc.plain_text()).unwrap_or_else(|_| outcome.to_owned());
    let lines: Vec<&str> = plain.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
    let parts: Vec<String> = if lines.len() > 1 {
        lines.into_iter().map(str::to_owned).collect()
    } else {
        plain.split_inclusive(['.', '!', ';']).map(|s| s.trim().trim_end_matches(['.', '!', ';']).to_owned()).collect()
    };
    parts
        .into_iter()
        .filter(|p| p.split_whitespace().count() >= 2)
        .take(MOST)
        .map(|part| {
            let title = title_of(&part);
            SuggestedDiff {
                kind: DiffKind::Feature,
                explanation: format!("Feature: {title}"),
                proposal: Some(Proposal { title, description: part.clone(), criteria: vec![part], ..Proposal::default() }),
                ..SuggestedDiff::default()
            }
        })
        .collect()
}

/// The first words of a sentence, as a name.
fn title_of(sentence: &str) -> String {
    let mut title = String::new();
    for word in sentence.split_whitespace() {
        if !title.is_empty() && title.chars().count() + word.chars().count() > 80 {
            break;
        }
        if !title.is_empty() {
            title.push(' ');
        }
        title.push_str(word);
    }
    let mut chars = title.trim_end_matches([',', ':']).chars();
    chars.next().map(|c| c.to_uppercase().chain(chars).take(255).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_become_features() {
        let titles = |text: &str| features(text).into_iter().filter_map(|d| d.proposal).map(|p| p.title).collect::<Vec<_>>();
        assert_eq!(
            titles("- people sign in with a passkey\n- orders ship within a day"),
            ["People sign in with a passkey", "Orders ship within a day"]
        );
        assert_eq!(titles("Orders ship faster. Nobody types twice!"), ["Orders ship faster", "Nobody types twice"]);
        assert!(titles("Faster").is_empty());
    }
}
