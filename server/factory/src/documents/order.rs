//! Where a document stands among those of its type.
use super::{Document, DocumentType, store};
use kernel::{Fault, db::TenantTx};
use uuid::Uuid;

/// Puts a document after another of its type (`None`: first).
pub async fn place(tx: &mut TenantTx, id: Uuid, rev: &str, after: Option<Uuid>) -> Result<Document, Fault> {
    let (project, now) = store::lock(tx, id).await?;
    store::check_rev(&now, rev)?;
    let mut ids = sqlx::query_scalar!(
        "select id from factory.documents where project_id = $1 and type = $2 and deleted_at is null and id <> $3 order by sort_order, id",
        project.id,
        now.kind as DocumentType,
        id
    )
    .fetch_all(tx.conn())
    .await?;
    let at = match after {
        Some(after) => {
            1 + ids.iter().position(|other| *other == after).ok_or_else(|| Fault::field("after", "is no document of this type"))?
        }
        None => 0,
    };
    ids.insert(at, id);
    sqlx::query!(
        "update factory.documents d set sort_order = x.n::int
         from unnest($1::uuid[]) with ordinality x (id, n) where d.id = x.id and d.sort_order <> x.n::int",
        &ids
    )
    .execute(tx.conn())
    .await?;
    store::find(tx, id).await?.ok_or_else(store::missing)
}
