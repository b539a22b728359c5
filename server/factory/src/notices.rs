//! Telling people what happened in a project: once per person, kind and entity in five minutes (chapter 20, "Notify").
use chrono::Duration;
use core_area::notifications::{self, NewNotice};
use kernel::{Fault, access::ActorKind, db::TenantTx};
use uuid::Uuid;

/// Tells these people, each once and nobody what they did themselves; answers how many were told.
pub async fn tell(tx: &mut TenantTx, people: &[Uuid], notice: &NewNotice) -> Result<usize, Fault> {
    let acting = tx.actor().user.filter(|_| tx.actor().kind == ActorKind::User);
    let mut people: Vec<Uuid> = people.iter().copied().filter(|id| Some(*id) != acting).collect();
    people.sort_unstable();
    people.dedup();
    if people.is_empty() {
        return Ok(0);
    }
    let since = tx.now() - Duration::minutes(5);
    let told =
        sqlx::query_scalar!(r#"select factory.told_since($1, $2, $3, $4) as "told!""#, &people, notice.topic, notice.entity_id, since)
            .fetch_one(tx.conn())
            .await?;
    let mut sent = 0;
    for user_id in people.into_iter().filter(|id| !told.contains(id)) {
        sent += usize::from(notifications::notify(tx, NewNotice { user_id, ..notice.clone() }).await?.is_some());
    }
    Ok(sent)
}
