//! Keeping the entries of search: a change marks and queues in its transaction, the job `embedding` reads anew.
use super::{SearchType, sweep, texts};
use crate::{
    embedding,
    job_runs::{self, NewRun},
};
use indexing::embed::{self, DIMENSIONS, PAUSE};
use kernel::{
    Fault,
    db::TenantTx,
    jobs::{self, JobCtx, JobOptions, JobRegistry, NewJob},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::HashMap;
use uuid::Uuid;

const EMBEDDING: &str = "embedding";
const KIND: &str = "factory.embedding";
/// Entities of one job, and of one step of a job for a whole project.
const BATCH: usize = 100;

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Payload {
    project: Uuid,
    /// None: everything of the project.
    #[serde(default)]
    ids: Vec<Uuid>,
}

/// The jobs of search.
pub fn register(registry: &mut JobRegistry) {
    registry.add(KIND, JobOptions::timeout(10 * 60), run);
    sweep::register(registry);
}

/// Call it after a change of these entities, once their nodes of the graph are kept: entries of what is deleted go, the
/// others are made anew soon.
pub(crate) async fn changed(tx: &mut TenantTx, project: Uuid, ids: &[Uuid]) -> Result<(), Fault> {
    if ids.is_empty() {
        return Ok(());
    }
    let queue = sqlx::query_scalar!(
        r#"with gone as (
             select n.entity_type, n.entity_id from factory.graph_nodes n
             where n.project_id = $1 and n.entity_id = any ($2) and n.deleted_at is not null
           ), cleared as (
             delete from factory.search_entries e using gone g where e.entity_type = g.entity_type and e.entity_id = g.entity_id
           ), unmarked as (
             delete from factory.search_pending p using gone g where p.entity_id = g.entity_id
           )
           insert into factory.search_pending as p (project_id, entity_id)
             select $1, i.id from (select distinct u.id from unnest($2::uuid[]) u (id) order by u.id) i
             where not exists (select from gone g where g.entity_id = i.id)
           on conflict (entity_id) do update set queued_at = now() where p.queued_at < now() - interval '10 minutes'
           returning entity_id"#,
        project,
        ids
    )
    .fetch_all(tx.conn())
    .await?;
    for ids in queue.chunks(BATCH) {
        // After what people wait for.
        let job = NewJob::new(KIND, Payload { project, ids: ids.to_vec() }).priority(10);
        jobs::enqueue(tx.conn(), job).await?;
    }
    Ok(())
}

/// Queues everything of a project.
pub(super) async fn everything(tx: &mut TenantTx, project: Uuid) -> Result<(), Fault> {
    let run = NewRun::new(project, EMBEDDING, Payload { project, ids: Vec::new() }).unique(format!("embedding:{project}"));
    job_runs::start(tx, run).await?;
    Ok(())
}

async fn run(ctx: JobCtx, payload: Payload) -> Result<(), Fault> {
    let Payload { project, ids } = payload;
    if !ids.is_empty() {
        return batch(&ctx, project, &ids).await.map(drop);
    }
    let (mut after, mut done, mut made) = (Uuid::nil(), 0, 0);
    let mut tx = ctx.tx().await?;
    let total = sqlx::query_scalar!(
        r#"select count(*) as "n!" from factory.graph_nodes where project_id = $1 and entity_type <> 'codebase_file' and deleted_at is null"#,
        project
    )
    .fetch_one(tx.conn())
    .await?;
    drop(tx);
    loop {
        let mut tx = ctx.tx().await?;
        let ids = sqlx::query_scalar!(
            "select entity_id from factory.graph_nodes
             where project_id = $1 and entity_type <> 'codebase_file' and deleted_at is null and entity_id > $2 order by entity_id limit $3",
            project,
            after,
            BATCH as i64
        )
        .fetch_all(tx.conn())
        .await?;
        drop(tx);
        let Some(last) = ids.last() else { break };
        after = *last;
        made += batch(&ctx, project, &ids).await?;
        done += ids.len() as u64;
        ctx.progress(done, u64::try_from(total).unwrap_or(done).max(done), "").await?;
        if ctx.cancelled() {
            return Err(Fault::new(kernel::Code::Unavailable, "The server stops; this goes on after it."));
        }
    }
    let mut tx = ctx.tx().await?;
    job_runs::finish(&mut tx, &ctx, json!({ "entities": done, "chunks": made })).await?;
    tx.commit().await
}

/// A chunk of a text as it is to be stored.
struct Chunk {
    kind: SearchType,
    entity: Uuid,
    no: i32,
    title: String,
    body: String,
}

/// Brings the entries of these entities in line with their texts; answers how many chunks were made. A model that does
/// not answer leaves entries that are found by their words, and the fault that makes the job come back.
async fn batch(ctx: &JobCtx, project: Uuid, ids: &[Uuid]) -> Result<usize, Fault> {
    let model = embedding::model(&ctx.app).to_owned();
    let mut tx = ctx.tx().await?;
    // First of all: what changes from here on is marked again and has a job of its own.
    sqlx::query!("delete from factory.search_pending where project_id = $1 and entity_id = any ($2)", project, ids)
        .execute(tx.conn())
        .await?;
    let read = texts::of(&mut tx, project, ids).await?;
    let stored = stored(&mut tx, project, ids, &model).await?;
    tx.commit().await?;

    let mut chunks = Vec::new();
    for text in &read {
        for (no, body) in (0..).zip(text.chunks()) {
            if stored.get(&(text.id, no)).is_some_and(|(title, old)| *title == text.title && *old == body) {
                continue;
            }
            chunks.push(Chunk { kind: text.kind, entity: text.id, no, title: text.title.clone(), body });
        }
    }
    let (vectors, failed) = match vectors(ctx, &chunks).await {
        Ok(vectors) => (Some(vectors), None),
        Err(fault) => (None, Some(fault)),
    };

    let mut tx = ctx.tx().await?;
    // One writer of an entity at a time. What changed since it was read is left to the job that this change has queued.
    sqlx::query!(
        "select pg_advisory_xact_lock(hashtextextended(i.id::text, 20)) from (select u.id from unnest($1::uuid[]) u (id) order by u.id) i",
        ids
    )
    .execute(tx.conn())
    .await?;
    let now: HashMap<Uuid, texts::Text> = texts::of(&mut tx, project, ids).await?.into_iter().map(|text| (text.id, text)).collect();
    let same: HashMap<Uuid, i32> = read
        .iter()
        .filter(|text| now.get(&text.id) == Some(text))
        .map(|text| (text.id, i32::try_from(text.chunks().len()).unwrap_or(i32::MAX)))
        .collect();
    let (mut keep, mut lengths) = (Vec::new(), Vec::new());
    for id in ids {
        match same.get(id) {
            Some(length) => (keep.push(*id), lengths.push(*length)),
            None if now.contains_key(id) => continue,
            None => (keep.push(*id), lengths.push(0)),
        };
    }
    sqlx::query!(
        "delete from factory.search_entries e using unnest($2::uuid[], $3::int[]) k (id, length)
         where e.project_id = $1 and e.entity_type = any ($4) and e.entity_id = k.id and e.chunk_no >= k.length",
        project,
        &keep,
        &lengths,
        &SearchType::ALL.map(|kind| kind.as_str().to_owned())
    )
    .execute(tx.conn())
    .await?;
    let mut vectors = vectors.map(|vectors| vectors.into_iter());
    let fresh: Vec<(Chunk, Option<Vec<f32>>)> = chunks
        .into_iter()
        .map(|chunk| (chunk, vectors.as_mut().and_then(Iterator::next)))
        .filter(|(chunk, _)| same.contains_key(&chunk.entity))
        .collect();
    for rows in fresh.chunks(500) {
        write(&mut tx, project, &model, rows).await?;
    }
    tx.commit().await?;
    match failed {
        Some(fault) => Err(fault),
        None => Ok(fresh.len()),
    }
}

/// The entries there are, with vectors of this model.
async fn stored(tx: &mut TenantTx, project: Uuid, ids: &[Uuid], model: &str) -> Result<HashMap<(Uuid, i32), (String, String)>, Fault> {
    let rows = sqlx::query!(
        "select entity_id, chunk_no, title, body from factory.search_entries
         where project_id = $1 and entity_type = any ($4) and entity_id = any ($2) and embedding_model = $3",
        project,
        ids,
        model,
        &SearchType::ALL.map(|kind| kind.as_str().to_owned())
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|r| ((r.entity_id, r.chunk_no), (r.title, r.body))).collect())
}

async fn vectors(ctx: &JobCtx, chunks: &[Chunk]) -> Result<Vec<Vec<f32>>, Fault> {
    let embedder = embedding::embedder(&ctx.app);
    let texts: Vec<String> = chunks.iter().map(|chunk| format!("{}\n{}", chunk.title, chunk.body)).collect();
    let mut vectors = Vec::with_capacity(texts.len());
    for (n, texts) in texts.chunks(embed::BATCH).enumerate() {
        if n > 0 && embedder.model() != embed::BUILTIN {
            tokio::time::sleep(PAUSE).await;
        }
        vectors.extend(embedder.embed(texts).await.map_err(embedding::fault)?);
    }
    Ok(vectors)
}

async fn write(tx: &mut TenantTx, project: Uuid, model: &str, rows: &[(Chunk, Option<Vec<f32>>)]) -> Result<(), Fault> {
    let kinds: Vec<&str> = rows.iter().map(|(c, _)| c.kind.as_str()).collect();
    let ids: Vec<Uuid> = rows.iter().map(|(c, _)| c.entity).collect();
    let numbers: Vec<i32> = rows.iter().map(|(c, _)| c.no).collect();
    let titles: Vec<&str> = rows.iter().map(|(c, _)| c.title.as_str()).collect();
    let bodies: Vec<&str> = rows.iter().map(|(c, _)| c.body.as_str()).collect();
    let sketches: Vec<Option<String>> = rows.iter().map(|(_, v)| v.as_deref().map(embed::sketch)).collect();
    // All vectors in one array, of which each row takes its part.
    let mut all: Vec<f32> = Vec::with_capacity(rows.len() * DIMENSIONS);
    for (_, vector) in rows {
        match vector {
            Some(vector) => all.extend(vector),
            None => all.resize(all.len() + DIMENSIONS, 0.0),
        }
    }
    sqlx::query!(
        r#"insert into factory.search_entries (project_id, entity_type, entity_id, chunk_no, title, body, embedding, sketch, embedding_model)
           select $1, c.kind, c.entity, c.no, c.title, c.body,
             case when c.sketch is not null then ($8::real[])[(c.n - 1) * $9::int + 1 : c.n * $9::int]::public.vector end,
             c.sketch::bit(1024), case when c.sketch is not null then $10 end
           from unnest($2::text[], $3::uuid[], $4::int[], $5::text[], $6::text[], $7::text[]) with ordinality c (kind, entity, no, title, body, sketch, n)
           on conflict (entity_type, entity_id, chunk_no) do update
             set title = excluded.title, body = excluded.body, embedding = excluded.embedding, sketch = excluded.sketch,
               embedding_model = excluded.embedding_model, updated_at = now()"#,
        project,
        &kinds as _,
        &ids,
        &numbers,
        &titles as _,
        &bodies as _,
        &sketches as _,
        &all,
        DIMENSIONS as i32,
        model
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
