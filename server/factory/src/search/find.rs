//! Finding: half by words, half by vectors, the best chunk of each entity.
use super::{LENGTH, LIMIT, MOST, SearchAnswer, SearchHit, SearchType, score};
use crate::{code, embedding, projects};
use indexing::embed;
use kernel::{Fault, Perm, db::TenantTx};
use uuid::Uuid;

/// Characters of a snippet.
const SNIPPET: usize = 160;

/// What of a project answers a question, best first. No types are all of them; the limit lies within 1 and 50.
pub async fn search(tx: &mut TenantTx, project: Uuid, q: &str, types: &[SearchType], limit: i64) -> Result<Vec<SearchHit>, Fault> {
    tx.require(Perm::FactoryRead)?;
    projects::get(tx, project).await?;
    let q = q.trim();
    let length = q.chars().count();
    if !LENGTH.contains(&length) {
        return Err(Fault::field("q", format!("has {length} characters; a search has 2 to 400")));
    }
    let types = if types.is_empty() { &SearchType::ALL[..] } else { types };
    let limit = limit.clamp(1, MOST);
    let words = code::words(q);
    // A text without a word has no direction: its vector is near to nothing.
    let vector = code::vector(tx, q).await?;
    let vector = Some(vector).filter(|vector| vector.iter().any(|number| *number != 0.0));
    let mut found = entries(tx, project, &words, vector.as_deref(), types, limit).await?;
    if types.contains(&SearchType::Code) {
        found.extend(in_code(tx, project, words, vector, limit).await?);
    }
    found.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.title.cmp(&b.title)).then_with(|| a.id.cmp(&b.id)));
    found.truncate(usize::try_from(limit).unwrap_or_default());
    Ok(found)
}

/// The same for screens and programs: with what is to be said beside it.
pub async fn answer(tx: &mut TenantTx, project: Uuid, q: &str, types: &[SearchType], limit: Option<i64>) -> Result<SearchAnswer, Fault> {
    let items = search(tx, project, q, types, limit.unwrap_or(LIMIT)).await?;
    let model = embedding::model(tx.app()).to_owned();
    let re_embedding = sqlx::query_scalar!(
        r#"select (exists (select from factory.search_entries where embedding_model < $2 and project_id = $1)
             or exists (select from factory.search_entries where embedding_model > $2 and project_id = $1)
             or exists (select from factory.search_entries where embedding_model is null and project_id = $1)) as "stale!""#,
        project,
        model
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(SearchAnswer { items, re_embedding })
}

async fn entries(
    tx: &mut TenantTx,
    project: Uuid,
    words: &[String],
    vector: Option<&[f32]>,
    types: &[SearchType],
    limit: i64,
) -> Result<Vec<SearchHit>, Fault> {
    let kinds: Vec<String> = types.iter().filter(|kind| **kind != SearchType::Code).map(|kind| kind.as_str().to_owned()).collect();
    if kinds.is_empty() {
        return Ok(Vec::new());
    }
    let model = embedding::model(tx.app()).to_owned();
    let rows = sqlx::query!(
        r#"select e.entity_type as "kind: SearchType", e.entity_id, e.title, e.body, h.lexical as "lexical!", h.cosine as "cosine!",
             case e.entity_type
               when 'document' then (select case when d.type in ('product_overview', 'feature_requirements', 'technical_requirements')
                   then '/refinery/' else '/foundry/' end || d.slug from factory.documents d where d.id = e.entity_id and d.deleted_at is null)
               when 'work_order' then (select '/planner/' || w.number from factory.work_orders w where w.id = e.entity_id and w.deleted_at is null)
               when 'feature' then (select '/features/' || f.feature_id from factory.features f where f.id = e.entity_id and f.deleted_at is null)
               when 'feedback_item' then (select '/validator/' || f.id from factory.feedback_items f where f.id = e.entity_id)
               when 'artifact' then (select '/artifacts?open=' || a.id from factory.artifacts a where a.id = e.entity_id and a.deleted_at is null)
             end as link
           from factory.search_hits($1, $2, $3, $4, $5, $6, $7, $8) h join factory.search_entries e on e.id = h.entry_id"#,
        project,
        &kinds,
        words,
        vector,
        vector.map(embed::sketch),
        model,
        embedding::threshold(&model),
        i32::try_from(limit).unwrap_or(i32::MAX)
    )
    .fetch_all(tx.conn())
    .await?;
    // What was deleted while its entry was written has no place to lead to.
    let live = rows.into_iter().filter_map(|row| {
        Some(SearchHit {
            kind: row.kind,
            id: row.entity_id,
            title: row.title,
            snippet: snippet(&row.body, words),
            score: score(row.lexical, row.cosine),
            link: row.link?,
        })
    });
    Ok(live.collect())
}

/// The best chunk of each file.
async fn in_code(
    tx: &mut TenantTx,
    project: Uuid,
    words: Vec<String>,
    vector: Option<Vec<f32>>,
    limit: i64,
) -> Result<Vec<SearchHit>, Fault> {
    let hits = code::nearest(tx, project, words.clone(), vector, usize::try_from(limit).unwrap_or_default()).await?;
    let mut found: Vec<SearchHit> = Vec::new();
    for hit in hits {
        if found.iter().any(|known| known.id == hit.file_id) {
            continue;
        }
        let path: String = url::form_urlencoded::byte_serialize(hit.path.as_bytes()).collect::<String>().replace('+', "%20");
        let name = hit.name.map(|name| format!("{name}: ")).unwrap_or_default();
        found.push(SearchHit {
            kind: SearchType::Code,
            id: hit.file_id,
            snippet: format!("{name}{}", snippet(&hit.content, &words)),
            score: score(hit.lexical, hit.cosine),
            link: format!("/code?path={path}&line={}", hit.start_line),
            title: hit.path,
        });
    }
    Ok(found)
}

/// The place of a text where most words of the question stand together, or its beginning; on one line.
fn snippet(body: &str, words: &[String]) -> String {
    let parts: Vec<&str> = body.split_whitespace().collect();
    let asked = |part: &str| {
        let lower = part.to_lowercase();
        words.iter().position(|word| lower.contains(word.as_str()))
    };
    let marks: Vec<(usize, usize)> = parts.iter().enumerate().filter_map(|(n, part)| Some((n, asked(part)?))).collect();
    // Some twenty words fit.
    let together = |from: usize| {
        let mut seen: Vec<usize> = marks.iter().filter(|(n, _)| (from..from + 20).contains(n)).map(|(_, word)| *word).collect();
        seen.sort_unstable();
        seen.dedup();
        seen.len()
    };
    // The first of the best.
    let best = marks.iter().take(200).map(|(n, _)| *n).max_by_key(|n| (together(*n), std::cmp::Reverse(*n))).unwrap_or(0);
    let start = if best <= 4 { 0 } else { best - 3 };
    let mut text = if start > 0 { "… ".to_owned() } else { String::new() };
    for (n, part) in parts.iter().enumerate().skip(start) {
        if n > start {
            text.push(' ');
        }
        text.push_str(part);
        if text.chars().count() > SNIPPET {
            return text.chars().take(SNIPPET).chain(['…']).collect();
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::snippet;

    #[test]
    fn a_snippet_shows_where_the_words_stand_together() {
        let words = ["refund".to_owned(), "days".to_owned()];
        assert_eq!(snippet("Short text.", &words), "Short text.");
        let body = format!("refund {} a refund within\n14 days after payment", "filler ".repeat(60));
        assert_eq!(snippet(&body, &words), "… filler filler a refund within 14 days after payment");
        let long = snippet(&"many words ".repeat(100), &words);
        assert!(long.ends_with('…') && long.chars().count() == 161, "{long}");
        assert_eq!(snippet("", &words), "");
    }
}
