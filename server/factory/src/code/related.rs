//! Code that is near to something else of the project: a file, a document, a work order, a feature.
use super::{
    CodeHits, CodeQuery, RelatedTo,
    search::{self, Asked, stale, vector, words},
};
use crate::{embedding, projects};
use kernel::{Fault, db::TenantTx};
use uuid::Uuid;

/// Characters of a text that its vector is made of.
const MOST_CHARS: usize = 8_000;

/// The chunks nearest to something, best first; those of a file itself are left out.
pub async fn related(tx: &mut TenantTx, project: &str, to: &RelatedTo, limit: Option<u32>) -> Result<CodeHits, Fault> {
    let project = projects::by_slug(tx, project).await?;
    let limit = limit.unwrap_or(10).clamp(1, 50) as usize;
    let model = embedding::model(tx.app()).to_owned();
    let words_only = stale(tx, project.id).await?;
    let (words, found, own) = match to {
        RelatedTo::File(path) => {
            let (id, middle) = middle(tx, project.id, path, &model).await?;
            (Vec::new(), middle, Some(id))
        }
        other => {
            let text = text(tx, project.id, other).await?;
            let found = if words_only || text.trim().is_empty() { None } else { Some(vector(tx, &text).await?) };
            // The title says what it is about; all words of a document are words of everything.
            (words(text.lines().next().unwrap_or_default()), found, None)
        }
    };
    let asked = Asked { words, vector: found, query: &CodeQuery::default(), limit: if own.is_some() { 50 } else { limit } };
    let mut hits = search::hits(tx, project.id, asked).await?;
    hits.retain(|hit| Some(hit.file_id) != own);
    hits.truncate(limit);
    Ok(CodeHits { hits, model, words_only })
}

/// The mean of a file's vectors.
async fn middle(tx: &mut TenantTx, project: Uuid, path: &str, model: &str) -> Result<(Uuid, Option<Vec<f32>>), Fault> {
    let row = sqlx::query!(
        r#"select f.id, (select public.avg(k.embedding)::real[] from factory.code_chunks k where k.file_id = f.id and k.embedding_model = $3) as middle
           from factory.codebase_files f join factory.codebase_connections c on c.id = f.connection_id
           where c.project_id = $1 and f.file_path = $2 and not f.skipped"#,
        project,
        path,
        model
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| Fault::not_found("The file"))?;
    Ok((row.id, row.middle))
}

/// Title and text of an entity of the project: the first line is its title.
async fn text(tx: &mut TenantTx, project: Uuid, to: &RelatedTo) -> Result<String, Fault> {
    let (kind, id) = match to {
        RelatedTo::Document(id) => ("document", *id),
        RelatedTo::WorkOrder(id) => ("work_order", *id),
        RelatedTo::Feature(id) => ("feature", *id),
        RelatedTo::File(_) => return Ok(String::new()),
    };
    let found = sqlx::query_scalar!(
        r#"select left(t.title || E'\n' || coalesce(t.body, ''), $4) as "text!" from (
             select d.title, (select string_agg(x #>> '{}', ' ') from jsonb_path_query(d.content, 'strict $.**.text') x) as body
               from factory.documents d where $3 = 'document' and d.id = $2 and d.project_id = $1 and d.deleted_at is null
             union all
             select w.title, (select string_agg(x #>> '{}', ' ') from jsonb_path_query(
                 jsonb_build_array(w.description, w.acceptance_criteria, w.implementation_plan), 'strict $.**.text') x)
               from factory.work_orders w where $3 = 'work_order' and w.id = $2 and w.project_id = $1 and w.deleted_at is null
             union all
             select f.name, coalesce(f.description, '') || ' ' || coalesce((select string_agg(x ->> 'text', ' ') from jsonb_array_elements(f.criteria) x), '')
               from factory.features f where $3 = 'feature' and f.id = $2 and f.project_id = $1 and f.deleted_at is null) t"#,
        project,
        id,
        kind,
        MOST_CHARS as i32
    )
    .fetch_optional(tx.conn())
    .await?;
    found.ok_or_else(|| Fault::not_found("What the code is related to"))
}
