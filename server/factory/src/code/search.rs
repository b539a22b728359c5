//! Search in code: half by words, half by vectors (chapter 20, "Search").
use super::{CodeHit, CodeHits, CodeQuery, glob};
use crate::{embedding, projects};
use indexing::embed;
use kernel::{Fault, Perm, db::TenantTx};
use std::collections::HashSet;
use uuid::Uuid;

/// Words of a question that count.
const MOST_WORDS: usize = 24;
/// Words that are in every text and say nothing.
const STOP: [&str; 36] = [
    "a", "an", "and", "are", "as", "at", "be", "by", "can", "do", "does", "for", "from", "how", "i", "in", "is", "it", "me", "my", "of",
    "on", "or", "that", "the", "this", "to", "was", "we", "what", "when", "where", "which", "who", "why", "with",
];

/// What is asked of `factory.code_hits`.
pub(super) struct Asked<'a> {
    pub words: Vec<String>,
    pub vector: Option<Vec<f32>>,
    pub query: &'a CodeQuery,
    pub limit: usize,
}

/// The chunks of a project's code that answer a question, best first.
pub async fn search(tx: &mut TenantTx, project: &str, query: &CodeQuery) -> Result<CodeHits, Fault> {
    tx.require(Perm::FactoryRead)?;
    let project = projects::by_slug(tx, project).await?;
    let q = query.q.trim();
    match q.chars().count() {
        2..=400 => {}
        n => return Err(Fault::field("q", format!("has {n} characters; a search has 2 to 400"))),
    }
    let stale = stale(tx, project.id).await?;
    let vector = if stale { None } else { Some(vector(tx, q).await?) };
    let limit = query.limit.unwrap_or(10).clamp(1, 50) as usize;
    let hits = hits(tx, project.id, Asked { words: words(q), vector, query, limit }).await?;
    Ok(CodeHits { hits, model: embedding::model(tx.app()).to_owned(), words_only: stale })
}

/// Are the vectors of the index those of another model?
pub(super) async fn stale(tx: &mut TenantTx, project: Uuid) -> Result<bool, Fault> {
    let of = sqlx::query_scalar!("select embedding_model from factory.codebase_connections where project_id = $1", project)
        .fetch_optional(tx.conn())
        .await?;
    Ok(of.flatten().is_some_and(|of| of != embedding::model(tx.app())))
}

/// The vector of a question.
pub(crate) async fn vector(tx: &TenantTx, text: &str) -> Result<Vec<f32>, Fault> {
    let vectors = embedding::embedder(tx.app()).embed(&[text.to_owned()]).await.map_err(embedding::fault)?;
    vectors.into_iter().next().ok_or_else(Fault::internal)
}

/// The words of a question, each once; those that say nothing only where there are no others.
pub(crate) fn words(q: &str) -> Vec<String> {
    let all = embed::tokens(q);
    let mut seen = HashSet::new();
    let mut words: Vec<String> = all.iter().filter(|word| !STOP.contains(&word.as_str())).cloned().collect();
    if words.is_empty() {
        words = all;
    }
    words.retain(|word| word.len() <= 100 && seen.insert(word.clone()));
    words.truncate(MOST_WORDS);
    words
}

/// The best chunks of a project for a question that is words and a vector already.
pub(crate) async fn nearest(
    tx: &mut TenantTx,
    project: Uuid,
    words: Vec<String>,
    vector: Option<Vec<f32>>,
    limit: usize,
) -> Result<Vec<CodeHit>, Fault> {
    hits(tx, project, Asked { words, vector, query: &CodeQuery::default(), limit }).await
}

/// The best chunks with their texts.
pub(super) async fn hits(tx: &mut TenantTx, project: Uuid, asked: Asked<'_>) -> Result<Vec<CodeHit>, Fault> {
    let Asked { words, vector, query, limit } = asked;
    let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let model = embedding::model(tx.app()).to_owned();
    let sketch = vector.as_deref().map(embed::sketch);
    // A text without a word has no direction: its vector is near to nothing.
    let vector = vector.filter(|vector| vector.iter().any(|number| *number != 0.0));
    let rows = sqlx::query!(
        r#"select f.id as file_id, f.file_path, f.language, k.chunk_type, k.name, k.start_line, k.end_line, k.content,
             h.lexical as "lexical!", h.cosine as "cosine!"
           from factory.code_hits($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) h
             join factory.code_chunks k on k.id = h.chunk_id join factory.codebase_files f on f.id = k.file_id
           order by h.lexical + h.cosine desc, f.file_path, k.start_line"#,
        project,
        &words,
        vector.as_deref() as Option<&[f32]>,
        sketch.filter(|_| vector.is_some()),
        model,
        embedding::threshold(&model),
        given(&query.glob).map(|pattern| glob::regex(&pattern)),
        given(&query.language).map(|language| language.to_lowercase()),
        given(&query.symbol),
        i32::try_from(limit * 3).unwrap_or(i32::MAX)
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .take(limit)
        .map(|row| CodeHit {
            file_id: row.file_id,
            path: row.file_path,
            language: row.language,
            kind: row.chunk_type,
            name: row.name,
            start_line: row.start_line,
            end_line: row.end_line,
            content: row.content,
            score: (row.lexical + row.cosine) / 2.0,
            lexical: row.lexical,
            cosine: row.cosine,
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn a_question_is_its_words() {
        assert_eq!(words("Where do we resetPassword by e-mail?"), ["reset", "password", "e", "mail"]);
        assert_eq!(words("how to"), ["how", "to"]);
        assert_eq!(words("?!"), [] as [&str; 0]);
    }
}
