//! Pictures that are put into texts.
use super::{
    MAX_PICTURE, Picture,
    store::{base_name, secure},
};
use crate::{documents::store, graph};
use bytes::Bytes;
use kernel::{Code, Fault, audit::Audit, db::TenantTx};
use std::collections::HashMap;
use uuid::Uuid;

/// Stores a picture of a document as an artifact of its project.
pub async fn add_picture(tx: &mut TenantTx, document: Uuid, name: &str, bytes: Vec<u8>) -> Result<Picture, Fault> {
    tx.require(kernel::Perm::FactoryWrite)?;
    if bytes.len() > MAX_PICTURE {
        return Err(Fault::new(Code::TooLarge, format!("A picture may have up to {} MB.", MAX_PICTURE / (1024 * 1024))));
    }
    let mime = kind(&bytes).ok_or_else(|| Fault::new(Code::UnsupportedMedia, "Use a PNG, JPEG, GIF or WebP picture."))?;
    // The bytes first: a row without its bytes would be a picture that never shows.
    let files = tx.app().files.clone();
    let size = bytes.len() as i64;
    let bytes = Bytes::from(bytes);
    let file = files.put(bytes.clone()).await?;
    let (project, _) = store::lock(tx, document).await?;
    secure(tx, &file, &bytes).await?;
    let file_name = base_name(name).unwrap_or_else(|| "picture".to_owned());
    let name: String = file_name.rsplit_once('.').map_or(file_name.as_str(), |(stem, _)| stem).chars().take(500).collect();
    let author = tx.actor().user;
    let id = sqlx::query_scalar!(
        r#"insert into factory.artifacts (project_id, name, file_name, mime_type, file_size, storage_key, content_hash, processing_status, uploaded_by)
           values ($1, $2, $3, $4, $5, $6, $6, 'completed', $7) returning id"#,
        project.id,
        name,
        file_name,
        mime,
        size,
        file.sha256,
        author
    )
    .fetch_one(tx.conn())
    .await?;
    graph::keep_artifacts(tx, &[id]).await?;
    tx.audit(Audit::new("artifact.create").target("artifact", id)).await?;
    Ok(Picture { artifact_id: id, alt: name })
}

/// The bytes of these pictures, as far as they are in the project.
pub(crate) async fn bytes_of(tx: &mut TenantTx, project: Uuid, pictures: &[Uuid]) -> Result<HashMap<Uuid, Vec<u8>>, Fault> {
    if pictures.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = sqlx::query!(
        "select id, storage_key from factory.artifacts where project_id = $1 and id = any ($2) and mime_type like 'image/%' and deleted_at is null",
        project,
        pictures
    )
    .fetch_all(tx.conn())
    .await?;
    let files = tx.app().files.clone();
    let mut found = HashMap::new();
    for row in rows {
        // A file that cannot be had is left out: the text says what it showed.
        if let Ok(bytes) = files.get(&row.storage_key).await {
            found.insert(row.id, bytes.to_vec());
        }
    }
    Ok(found)
}

/// What a picture is, by its first bytes: names and headers of uploads say anything.
fn kind(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_known_by_their_bytes() {
        assert_eq!(kind(b"GIF89a"), Some("image/gif"));
        assert_eq!(kind(b"<svg onload=alert(1)>"), None);
    }
}
