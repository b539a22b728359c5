//! What is searched of each entity: a title and a text, cut into chunks.
use super::SearchType;
use crate::graph::hash;
use kernel::{Fault, db::TenantTx};
use serde_json::Value;
use uuid::Uuid;

/// Characters of a chunk, and how many chunks a text has at most: of a longer one each is longer.
const CHUNK: usize = 1_500;
const CHUNKS: usize = 1_000;

/// A live entity as search reads it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Text {
    pub kind: SearchType,
    pub id: Uuid,
    pub title: String,
    pub body: String,
}

impl Text {
    /// The body in pieces that end where lines end, as far as they do; one empty piece for no body.
    pub fn chunks(&self) -> Vec<String> {
        let most = CHUNK.max(self.body.chars().count().div_ceil(CHUNKS));
        let mut chunks = vec![String::new()];
        let mut length = 0;
        for line in self.body.split_inclusive('\n') {
            let mut rest: Vec<char> = line.chars().collect();
            while !rest.is_empty() {
                if length > 0 && length + rest.len() > most {
                    chunks.push(String::new());
                    length = 0;
                }
                // A line that is too long by itself ends after a word, if it has one.
                let take = match rest.len() {
                    n if n <= most => n,
                    _ => rest[..most].iter().rposition(|c| c.is_whitespace()).map_or(most, |at| at + 1),
                };
                let part: String = rest.drain(..take).collect();
                length += take;
                if let Some(last) = chunks.last_mut() {
                    last.push_str(&part);
                }
            }
        }
        chunks.iter().map(|chunk| chunk.trim().to_owned()).enumerate().filter(|(n, chunk)| *n == 0 || !chunk.is_empty()).map(|(_, c)| c).collect()
    }
}

/// The live ones of these entities, of whatever kind.
pub(super) async fn of(tx: &mut TenantTx, project: Uuid, ids: &[Uuid]) -> Result<Vec<Text>, Fault> {
    let mut texts = Vec::new();
    let rows = sqlx::query!(
        "select id, title, content, diagram_source from factory.documents where project_id = $1 and id = any ($2) and deleted_at is null",
        project,
        ids
    )
    .fetch_all(tx.conn())
    .await?;
    texts.extend(rows.into_iter().map(|r| {
        let body = lines([rich(r.content.as_ref()), r.diagram_source.unwrap_or_default()]);
        Text { kind: SearchType::Document, id: r.id, title: r.title, body }
    }));
    let rows = sqlx::query!(
        "select id, number, title, description, acceptance_criteria, out_of_scope, implementation_plan from factory.work_orders
         where project_id = $1 and id = any ($2) and deleted_at is null",
        project,
        ids
    )
    .fetch_all(tx.conn())
    .await?;
    texts.extend(rows.into_iter().map(|r| {
        let parts = [&r.description, &r.acceptance_criteria, &r.out_of_scope, &r.implementation_plan].map(|part| rich(part.as_ref()));
        let body = lines([format!("WO-{}", r.number)].into_iter().chain(parts));
        Text { kind: SearchType::WorkOrder, id: r.id, title: r.title, body }
    }));
    let rows = sqlx::query!(
        r#"select id, feature_id, name, description, category,
             (select string_agg(c ->> 'text', E'\n') from jsonb_array_elements(criteria) c) as criteria
           from factory.features where project_id = $1 and id = any ($2) and deleted_at is null"#,
        project,
        ids
    )
    .fetch_all(tx.conn())
    .await?;
    texts.extend(rows.into_iter().map(|r| {
        let body = lines([r.feature_id].into_iter().chain([r.category, r.description, r.criteria].into_iter().flatten()));
        Text { kind: SearchType::Feature, id: r.id, title: r.name, body }
    }));
    let rows = sqlx::query!(
        r#"select id, coalesce(nullif(title, ''), left(description, 120)) as "title!", description, category, array_to_string(tags, ' ') as "tags!"
           from factory.feedback_items where project_id = $1 and id = any ($2)"#,
        project,
        ids
    )
    .fetch_all(tx.conn())
    .await?;
    texts.extend(rows.into_iter().map(|r| {
        let body = lines([r.description, r.category.unwrap_or_default().replace('_', " "), r.tags]);
        Text { kind: SearchType::FeedbackItem, id: r.id, title: r.title, body }
    }));
    let rows = sqlx::query!(
        "select id, name, file_name, extracted_text from factory.artifacts where project_id = $1 and id = any ($2) and deleted_at is null",
        project,
        ids
    )
    .fetch_all(tx.conn())
    .await?;
    texts.extend(rows.into_iter().map(|r| {
        let body = lines([r.file_name, r.extracted_text.unwrap_or_default()]);
        Text { kind: SearchType::Artifact, id: r.id, title: r.name, body }
    }));
    Ok(texts)
}

fn rich(value: Option<&Value>) -> String {
    value.map(|value| hash::read(value).plain_text()).unwrap_or_default()
}

fn lines(parts: impl IntoIterator<Item = String>) -> String {
    parts.into_iter().filter(|part| !part.trim().is_empty()).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(body: &str) -> Text {
        Text { kind: SearchType::Document, id: Uuid::nil(), title: "T".into(), body: body.into() }
    }

    #[test]
    fn texts_are_cut_where_lines_end() {
        assert_eq!(text("").chunks(), [""]);
        assert_eq!(text("one\ntwo").chunks(), ["one\ntwo"]);
        let line = "word ".repeat(200);
        let chunks = text(&format!("{line}\n{line}\n{line}")).chunks();
        assert_eq!(chunks.len(), 3);
        assert!(chunks.iter().all(|chunk| chunk.len() == 999));
    }

    #[test]
    fn a_line_without_end_is_cut_after_words_and_loses_nothing() {
        let words: Vec<String> = (0..2_000).map(|n| format!("w{n}")).collect();
        let chunks = text(&words.join(" ")).chunks();
        assert!(chunks.iter().all(|chunk| chunk.chars().count() <= CHUNK));
        assert_eq!(chunks.iter().flat_map(|chunk| chunk.split(' ')).collect::<Vec<_>>(), words);
        assert_eq!(text(&"x".repeat(4_000)).chunks().concat().len(), 4_000);
    }

    #[test]
    fn the_longest_text_has_a_thousand_chunks() {
        let chunks = text(&"a b c d \n".repeat(600_000)).chunks();
        assert!(chunks.len() <= CHUNKS + 10, "{}", chunks.len());
    }
}
