//! What the database holds of a document: its state, and the updates since.
use crate::{
    Documents,
    update::{Clocks, Deleted, NOTHING, Update, join},
};
use kernel::{Fault, access::Actor, app::App, db::TenantTx};
use serde_json::Value;
use uuid::Uuid;
use yrs::{ReadTxn, StateVector, Transact, updates::encoder::Encode};

/// State and updates as they lie in the tables.
#[derive(Clone, Debug, Default)]
pub struct Stored {
    pub document: Uuid,
    pub state: Option<Vec<u8>>,
    clocks: Option<Vec<u8>>,
    /// With the ids of their rows.
    pub rows: Vec<(i64, Vec<u8>)>,
}

impl Stored {
    /// Everything as updates, as few as they can be; the state goes as it is.
    pub fn updates(&self, and: &[bytes::Bytes]) -> Vec<Vec<u8>> {
        let rest = self.rows.iter().map(|(_, row)| row.as_slice()).chain(and.iter().map(AsRef::as_ref));
        let mut updates = join(rest);
        // A short state joins with the rest; a long one is not worth reading.
        match &self.state {
            Some(state) if state.len() < 64 * 1024 => {
                updates = join([state.as_slice()].into_iter().chain(updates.iter().map(Vec::as_slice)));
            }
            Some(state) => updates.push(state.clone()),
            None => {}
        }
        updates
    }

    /// How far the clocks of its clients are.
    pub fn clocks(&self, and: &[bytes::Bytes]) -> Clocks {
        let known = self.clocks.as_deref().and_then(|clocks| Clocks::read(clocks).ok());
        let state = if known.is_some() { None } else { self.state.as_deref() };
        let mut clocks = known.unwrap_or_default();
        let rest = self.rows.iter().map(|(_, row)| row.as_slice()).chain(and.iter().map(AsRef::as_ref));
        clocks.extend(state.into_iter().chain(rest).filter_map(|update| Update::read(update).ok()).flat_map(|u| u.inserts()).collect());
        clocks
    }

    /// What of an update is not here yet.
    pub fn lacks(&self, update: &Update, and: &[bytes::Bytes]) -> Option<Vec<u8>> {
        let all = || {
            let rest = self.rows.iter().map(|(_, row)| row.as_slice()).chain(and.iter().map(AsRef::as_ref));
            self.state.as_deref().into_iter().chain(rest)
        };
        let deleted = match update.deletes() {
            [] => Vec::new(),
            _ => all().filter_map(|known| Update::read(known).ok()).flat_map(|known| known.deletes().to_vec()).collect(),
        };
        update.without(&self.clocks(and), &Deleted::new(deleted))
    }

    pub fn is_blank(&self) -> bool {
        self.state.is_none() && self.rows.is_empty()
    }

    fn bytes(&self) -> usize {
        self.rows.iter().map(|(_, row)| row.len()).sum()
    }

    /// How many rows, and bytes in them, wait to be folded into the state.
    pub fn waiting(&self) -> (usize, usize) {
        (self.rows.len(), self.bytes())
    }
}

/// A transaction of the server in one organization.
pub async fn begin(app: &App, org: Uuid) -> Result<TenantTx, Fault> {
    TenantTx::begin(app, Actor::system(Some(org))).await
}

/// Reads a document: in one statement, so that no compaction falls between state and updates.
pub async fn load(tx: &mut TenantTx, document: Uuid) -> Result<Stored, Fault> {
    let rows = sqlx::query!(
        r#"select 0::bigint as "id!", state as "data!", state_vector from factory.yjs_documents where document_id = $1
           union all select id, update_data, null from factory.yjs_updates where document_id = $1 order by 1"#,
        document
    )
    .fetch_all(tx.conn())
    .await?;
    let mut stored = Stored { document, ..Stored::default() };
    for row in rows {
        match row.id {
            0 => (stored.state, stored.clocks) = (Some(row.data), row.state_vector),
            id => stored.rows.push((id, row.data)),
        }
    }
    Ok(stored)
}

/// Reads a document that may have been written before anybody opened it in an editor: then its text becomes its first state.
pub async fn load_or_seed(app: &App, org: Uuid, document: Uuid, documents: &dyn Documents) -> Result<Stored, Fault> {
    let mut tx = TenantTx::read(app, Actor::system(Some(org))).await?;
    let stored = load(&mut tx, document).await?;
    if !stored.is_blank() || written(&mut tx, document).await?.is_none() {
        return Ok(stored);
    }
    drop(tx);
    let mut tx = begin(app, org).await?;
    // Somebody else may be faster: theirs counts, or the text would stand there twice.
    wait_for_claim(&mut tx, document).await?;
    let stored = load_or_seed_in(&mut tx, document, documents).await?;
    tx.commit().await?;
    Ok(stored)
}

/// The same for whoever has the claim.
pub async fn load_or_seed_in(tx: &mut TenantTx, document: Uuid, documents: &dyn Documents) -> Result<Stored, Fault> {
    let stored = load(tx, document).await?;
    if !stored.is_blank() {
        return Ok(stored);
    }
    let Some((content, diagram)) = written(tx, document).await? else { return Ok(stored) };
    let Some(state) = documents.first_state(content.as_ref(), diagram.as_deref())? else { return Ok(stored) };
    let mut clocks = Clocks::default();
    clocks.extend(Update::read(&state).map_err(|_| Fault::internal())?.inserts());
    let folded = Folded { document, state, clocks: clocks.write(), rows: Vec::new() };
    fold(tx, &folded).await?;
    Ok(Stored { document, state: Some(folded.state), clocks: Some(folded.clocks), rows: Vec::new() })
}

/// What the document's row says, if it says anything.
async fn written(tx: &mut TenantTx, document: Uuid) -> Result<Option<(Option<Value>, Option<String>)>, Fault> {
    let row = sqlx::query!(
        "select content, diagram_source from factory.documents where id = $1 and (content is not null or diagram_source is not null)",
        document
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| (row.content, row.diagram_source)))
}

/// The rows of these ids, as far as they are still there.
pub async fn rows(app: &App, org: Uuid, ids: &[i64]) -> Result<Vec<Vec<u8>>, Fault> {
    let mut tx = TenantTx::read(app, Actor::system(Some(org))).await?;
    Ok(sqlx::query_scalar!("select update_data from factory.yjs_updates where id = any ($1) order by id", ids).fetch_all(tx.conn()).await?)
}

/// One process at a time folds or edits a document; `false`: another one is at it.
pub async fn claim(tx: &mut TenantTx, document: Uuid) -> Result<bool, Fault> {
    Ok(sqlx::query_scalar!(r#"select pg_try_advisory_xact_lock(hashtextextended('collab:' || $1::uuid, 0)) as "claimed!""#, document)
        .fetch_one(tx.conn())
        .await?)
}

/// The same, but waits for its turn.
pub async fn wait_for_claim(tx: &mut TenantTx, document: Uuid) -> Result<(), Fault> {
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended('collab:' || $1::uuid, 0))", document).execute(tx.conn()).await?;
    Ok(())
}

/// State and clocks of a document, as they are written back.
pub fn encode(doc: &yrs::Doc) -> (Vec<u8>, Vec<u8>) {
    let txn = doc.transact();
    (txn.encode_state_as_update_v1(&StateVector::default()), txn.state_vector().encode_v1())
}

/// Replaces state and rows by the state that holds both.
pub async fn fold(tx: &mut TenantTx, stored: &Folded) -> Result<(), Fault> {
    sqlx::query!(
        "with folded as (delete from factory.yjs_updates where document_id = $1 and id = any ($4))
         insert into factory.yjs_documents (document_id, state, state_vector) values ($1, $2, $3)
         on conflict (document_id) do update set state = excluded.state, state_vector = excluded.state_vector, updated_at = now()",
        stored.document,
        stored.state,
        stored.clocks,
        &stored.rows
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// A state that replaces rows.
pub struct Folded {
    pub document: Uuid,
    pub state: Vec<u8>,
    pub clocks: Vec<u8>,
    pub rows: Vec<i64>,
}

/// Writes what the document says into its row; answers whether that is news.
pub async fn write_content(tx: &mut TenantTx, document: Uuid, content: &Value, diagram: Option<&str>) -> Result<bool, Fault> {
    let written = sqlx::query!(
        "update factory.documents set content = $2, diagram_source = $3
         where id = $1 and (content is distinct from $2 or diagram_source is distinct from $3)",
        document,
        content,
        diagram
    )
    .execute(tx.conn())
    .await?;
    Ok(written.rows_affected() > 0)
}

/// Adds one update that the server made, and tells every process, this one too.
pub async fn append(tx: &mut TenantTx, document: Uuid, update: &[u8]) -> Result<(), Fault> {
    debug_assert!(update != NOTHING);
    let id =
        sqlx::query_scalar!("insert into factory.yjs_updates (document_id, update_data) values ($1, $2) returning id", document, update)
            .fetch_one(tx.conn())
            .await?;
    let notice = crate::notice::of_row(document, id, update);
    sqlx::query!("select pg_notify('millrace_collab', $1)", notice).execute(tx.conn()).await?;
    Ok(())
}
