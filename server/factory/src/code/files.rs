//! The files of an index: folders, one file with its symbols, and where a name is used.
use super::{CodeFile, FolderEntry, Reference, RepoProvider, Symbol, source};
use crate::projects;
use indexing::{embed, paint, skip, symbols};
use kernel::{Fault, db::TenantTx};
use uuid::Uuid;

/// Chunks that are looked through for a name.
const MOST_CHUNKS: i64 = 300;
/// Lines that are shown of them.
const MOST_LINES: usize = 200;

/// What a folder holds, folders first; the folder of the repository is empty. Of a folder that is not there, nothing.
pub async fn folder(tx: &mut TenantTx, project: &str, path: &str) -> Result<Vec<FolderEntry>, Fault> {
    let project = projects::by_slug(tx, project).await?;
    let path = path.trim_matches('/');
    let prefix = if path.is_empty() { String::new() } else { format!("{path}/") };
    // After "/" comes "0": all that begins with the prefix, by the index.
    let end = (!path.is_empty()).then(|| format!("{path}0"));
    let rows = sqlx::query!(
        r#"select split_part(substr(f.file_path, char_length($2) + 1), '/', 1) as "name!", strpos(substr(f.file_path, char_length($2) + 1), '/') > 0 as "is_folder!",
             count(*) as "files!", min(f.language) as language
           from factory.codebase_files f join factory.codebase_connections c on c.id = f.connection_id
           where c.project_id = $1 and not f.skipped and f.file_path >= $2 and ($3::text is null or f.file_path < $3)
           group by 1, 2 order by 2 desc, 1"#,
        project.id,
        prefix,
        end
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| FolderEntry {
            path: format!("{prefix}{}", row.name),
            name: row.name,
            files: row.is_folder.then_some(row.files),
            language: row.language.filter(|_| !row.is_folder),
        })
        .collect())
}

/// One file as it is indexed. Its text comes from the repository; where that cannot be read, from the index.
pub async fn file(tx: &mut TenantTx, project: &str, path: &str) -> Result<CodeFile, Fault> {
    let project = projects::by_slug(tx, project).await?;
    let row = sqlx::query!(
        r#"select f.id, f.file_path, f.language, f.file_hash, r.provider as "provider: RepoProvider", c.id as connection
           from factory.codebase_files f join factory.codebase_connections c on c.id = f.connection_id join factory.repos r on r.id = c.repo_id
           where c.project_id = $1 and f.file_path = $2 and not f.skipped"#,
        project.id,
        path
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| Fault::not_found("The file"))?;
    let read = match row.provider {
        RepoProvider::Local => read(tx, row.connection, &row.file_hash).await,
        // What lies elsewhere is not asked for while a transaction is open.
        _ => None,
    };
    let from_index = read.is_none();
    let text = match read {
        Some(text) => text,
        None => indexed(tx, row.id).await?,
    };
    let symbols = symbols::symbols(&row.file_path, &text)
        .into_iter()
        .map(|s| Symbol { kind: s.kind.as_str().to_owned(), name: s.name, start_line: s.start_line, end_line: s.end_line })
        .collect();
    let paint = paint::paint(&row.file_path, &text).unwrap_or_default();
    Ok(CodeFile { id: row.id, path: row.file_path, language: row.language, hash: row.file_hash, text, symbols, paint, from_index })
}

async fn read(tx: &mut TenantTx, connection: Uuid, hash: &str) -> Option<String> {
    let repo = source::of_connection(tx, connection).await.ok()??;
    let source = source::open(tx.app(), &repo).await.ok()?;
    let bytes = source.blobs(&[hash.to_owned()]).await.ok()?.pop()?.ok()??;
    (!skip::binary(&bytes)).then(|| String::from_utf8_lossy(&bytes).into_owned())
}

/// The chunks of a file put together by their lines; lines that no chunk holds are empty.
async fn indexed(tx: &mut TenantTx, file: Uuid) -> Result<String, Fault> {
    let rows = sqlx::query!(
        "select start_line, end_line, content from factory.code_chunks where file_id = $1 order by start_line, end_line",
        file
    )
    .fetch_all(tx.conn())
    .await?;
    let most = rows.iter().map(|row| row.end_line as usize).max().unwrap_or(0);
    let mut lines = vec![String::new(); most];
    for row in rows {
        for (line, text) in lines.iter_mut().skip(row.start_line as usize - 1).zip(row.content.lines()) {
            if line.is_empty() {
                text.clone_into(line);
            }
        }
    }
    Ok(lines.join("\n"))
}

/// Where a name is used or defined, file by file.
pub async fn references(tx: &mut TenantTx, project: &str, symbol: &str) -> Result<Vec<Reference>, Fault> {
    let project = projects::by_slug(tx, project).await?;
    let name = symbol.trim().rsplit('.').next().unwrap_or_default();
    let words = embed::tokens(name);
    if words.is_empty() || words.len() > 20 {
        return Ok(Vec::new());
    }
    let rows = sqlx::query!(
        r#"select f.file_path, k.start_line, k.content from factory.code_named($1, $2, $3) n
             join factory.code_chunks k on k.id = n.chunk_id join factory.codebase_files f on f.id = k.file_id
           order by f.file_path, k.start_line"#,
        project.id,
        &words,
        MOST_CHUNKS as i32
    )
    .fetch_all(tx.conn())
    .await?;
    let mut found: Vec<Reference> = Vec::new();
    for row in rows {
        let lines: Vec<&str> = row.content.lines().collect();
        for at in symbols::references(&row.file_path, &row.content, name) {
            let line = row.start_line + i32::try_from(at).unwrap_or(i32::MAX) - 1;
            let text = lines.get(at - 1).copied().unwrap_or_default().trim().chars().take(300).collect();
            let reference = Reference { path: row.file_path.clone(), line, text };
            // Windows overlap.
            if !found.contains(&reference) {
                found.push(reference);
            }
        }
    }
    found.truncate(MOST_LINES);
    Ok(found)
}
