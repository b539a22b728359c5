//! What a run writes.
use super::{
    prepare::{Batch, Known},
    run::Task,
    start,
};
use crate::{
    activities::{self, Action, Changes, Entity},
    code::{IndexReport, source},
    embedding, graph, job_runs,
};
use indexing::embed::DIMENSIONS;
use kernel::{Fault, db::TenantTx, jobs::JobCtx};
use std::collections::HashMap;
use uuid::Uuid;

/// Chunks of one statement: their vectors are 3 MB.
const ROWS: usize = 500;

/// Marks the connection as being indexed; `None` when it is no longer there.
pub(super) async fn begin(ctx: &JobCtx, connection: Uuid) -> Result<Option<Task>, Fault> {
    let mut tx = ctx.tx().await?;
    let row = sqlx::query!(
        r#"update factory.codebase_connections c set index_status = 'indexing', index_wanted = false
           from factory.repos r where c.id = $1 and r.id = c.repo_id
           returning c.project_id, c.default_branch, c.last_indexed_commit, c.accept_rewritten, c.embedding_model"#,
        connection
    )
    .fetch_optional(tx.conn())
    .await?;
    let repo = source::of_connection(&mut tx, connection).await?;
    tx.commit().await?;
    Ok(row.zip(repo).map(|(row, repo)| Task {
        connection,
        project: row.project_id,
        repo,
        branch: row.default_branch,
        last_commit: row.last_indexed_commit,
        accept_rewritten: row.accept_rewritten,
        model: row.embedding_model,
    }))
}

/// The files as the last run left them.
pub(super) async fn known(ctx: &JobCtx, connection: Uuid) -> Result<Vec<Known>, Fault> {
    let mut tx = ctx.tx().await?;
    Ok(sqlx::query_as!(
        Known,
        "select id, file_path as path, file_hash as hash, skipped from factory.codebase_files where connection_id = $1",
        connection
    )
    .fetch_all(tx.conn())
    .await?)
}

/// Writes files with their chunks in place of what was there; false when the connection is no longer there.
pub(super) async fn batch(ctx: &JobCtx, task: &Task, batch: Batch) -> Result<bool, Fault> {
    let mut tx = ctx.tx().await?;
    let there = sqlx::query_scalar!("select id from factory.codebase_connections where id = $1 for key share", task.connection)
        .fetch_optional(tx.conn())
        .await?;
    if there.is_none() {
        return Ok(false);
    }
    let ids = files(&mut tx, task, &batch).await?;
    let written: Vec<Uuid> = ids.values().copied().collect();
    sqlx::query!("delete from factory.code_chunks where file_id = any ($1)", &written).execute(tx.conn()).await?;
    chunks(&mut tx, task, &batch, &ids).await?;
    graph::keep_files(&mut tx, task.project, &written).await?;
    tx.commit().await?;
    Ok(true)
}

async fn files(tx: &mut TenantTx, task: &Task, batch: &Batch) -> Result<HashMap<String, Uuid>, Fault> {
    let now = tx.now();
    let paths: Vec<&str> = batch.files.iter().map(|file| file.path.as_str()).collect();
    let languages: Vec<Option<&str>> = batch.files.iter().map(|file| file.language).collect();
    let hashes: Vec<&str> = batch.files.iter().map(|file| file.hash.as_str()).collect();
    let skipped: Vec<bool> = batch.files.iter().map(|file| file.skipped).collect();
    let rows = sqlx::query!(
        r#"insert into factory.codebase_files (connection_id, file_path, language, file_hash, skipped, last_modified)
           select $1, f.path, f.language, f.hash, f.skipped, $2 from unnest($3::text[], $4::text[], $5::text[], $6::bool[]) f (path, language, hash, skipped)
           on conflict (connection_id, file_path) do update
             set language = excluded.language, file_hash = excluded.file_hash, skipped = excluded.skipped, last_modified = excluded.last_modified
           returning id, file_path"#,
        task.connection,
        now,
        &paths as _,
        &languages as _,
        &hashes as _,
        &skipped
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.file_path, row.id)).collect())
}

async fn chunks(tx: &mut TenantTx, task: &Task, batch: &Batch, ids: &HashMap<String, Uuid>) -> Result<(), Fault> {
    let all: Vec<_> = batch
        .files
        .iter()
        .filter_map(|file| Some((*ids.get(&file.path)?, file)))
        .flat_map(|(id, file)| file.chunks.iter().map(move |chunk| (id, chunk)))
        .collect();
    for rows in all.chunks(ROWS) {
        let files: Vec<Uuid> = rows.iter().map(|(id, _)| *id).collect();
        let kinds: Vec<&str> = rows.iter().map(|(_, c)| c.chunk.kind.as_str()).collect();
        let names: Vec<Option<&str>> = rows.iter().map(|(_, c)| c.chunk.name.as_deref()).collect();
        let starts: Vec<i32> = rows.iter().map(|(_, c)| line(c.chunk.start_line)).collect();
        let ends: Vec<i32> = rows.iter().map(|(_, c)| line(c.chunk.end_line)).collect();
        let contents: Vec<&str> = rows.iter().map(|(_, c)| c.chunk.content.as_str()).collect();
        let titles: Vec<&str> = rows.iter().map(|(_, c)| c.title.as_str()).collect();
        let bodies: Vec<&str> = rows.iter().map(|(_, c)| c.body.as_str()).collect();
        let sketches: Vec<&str> = rows.iter().map(|(_, c)| c.sketch.as_str()).collect();
        // All vectors in one array, of which each row takes its part.
        let mut numbers: Vec<f32> = Vec::with_capacity(rows.len() * DIMENSIONS);
        rows.iter().for_each(|(_, c)| numbers.extend(&c.vector));
        sqlx::query!(
            r#"insert into factory.code_chunks (connection_id, file_id, chunk_type, name, start_line, end_line, content, tsv, embedding, sketch, embedding_model)
               select $1, c.file, c.kind, c.name, c.first, c.last, c.content,
                 setweight(to_tsvector('simple', c.title), 'A') || setweight(to_tsvector('simple', c.body), 'B') || array_to_tsvector(array['#' || $1::uuid]),
                 ($11::real[])[(c.n - 1) * $12::int + 1 : c.n * $12::int]::public.vector, c.sketch::bit(1024), $13
               from unnest($2::uuid[], $3::text[], $4::text[], $5::int[], $6::int[], $7::text[], $8::text[], $9::text[], $10::text[])
                 with ordinality c (file, kind, name, first, last, content, title, body, sketch, n)"#,
            task.connection,
            &files,
            &kinds as _,
            &names as _,
            &starts,
            &ends,
            &contents as _,
            &titles as _,
            &bodies as _,
            &sketches as _,
            &numbers,
            DIMENSIONS as i32,
            batch.model
        )
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}

fn line(n: usize) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

/// Files that are no longer in the tree go, their nodes of the graph say so.
pub(super) async fn remove(ctx: &JobCtx, task: &Task, files: &[Uuid]) -> Result<(), Fault> {
    for ids in files.chunks(1_000) {
        let mut tx = ctx.tx().await?;
        sqlx::query!("delete from factory.codebase_files where connection_id = $1 and id = any ($2)", task.connection, ids)
            .execute(tx.conn())
            .await?;
        graph::keep_files(&mut tx, task.project, ids).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// The index stands at the head: says so, and begins again where that was asked for meanwhile.
pub(super) async fn finish(ctx: &JobCtx, task: &Task, head: Option<&str>, mut report: IndexReport) -> Result<(), Fault> {
    let mut tx = ctx.tx().await?;
    let counts = sqlx::query!(
        r#"select (select count(*) from factory.codebase_files where connection_id = $1 and not skipped) as "files!",
             (select count(*) from factory.code_chunks where connection_id = $1) as "chunks!""#,
        task.connection
    )
    .fetch_one(tx.conn())
    .await?;
    (report.files, report.chunks) = (counts.files, counts.chunks);
    let (now, model) = (tx.now(), embedding::model(&ctx.app));
    let row = sqlx::query!(
        r#"update factory.codebase_connections
           set index_status = 'completed', last_error = null, last_indexed_at = $2, last_indexed_commit = $3, file_count = $4, chunk_count = $5,
             embedding_model = $6, accept_rewritten = false, index_run = index_run + 1
           where id = $1 returning index_run, index_wanted"#,
        task.connection,
        now,
        head,
        counts.files as i32,
        counts.chunks as i32,
        model
    )
    .fetch_optional(tx.conn())
    .await?;
    if report.processed + report.removed > 0 {
        let metadata = serde_json::to_value(&report).unwrap_or_default();
        activities::record(&mut tx, task.project, Entity::Project, task.project, Action::Indexed, Changes::default(), metadata).await?;
    }
    job_runs::finish(&mut tx, ctx, &report).await?;
    if let Some(row) = row.filter(|row| row.index_wanted) {
        start(&mut tx, task.project, task.connection, row.index_run).await?;
    }
    tx.commit().await
}

/// The run failed for good; what was indexed before stays.
pub(super) async fn fail(ctx: &JobCtx, task: &Task, why: &str) -> Result<(), Fault> {
    let mut tx = ctx.tx().await?;
    let row = sqlx::query!(
        r#"update factory.codebase_connections
           set index_status = 'failed', last_error = $2, index_run = index_run + 1
           where id = $1 returning index_run, index_wanted"#,
        task.connection,
        why
    )
    .fetch_optional(tx.conn())
    .await?;
    if let Some(row) = row.filter(|row| row.index_wanted) {
        start(&mut tx, task.project, task.connection, row.index_run).await?;
    }
    tx.commit().await
}
