//! The writer: what is typed in all rooms becomes durable in one statement, at most every 250 ms.
use crate::{
    Collab,
    notice::{self, Kind},
    outbox::End,
    room::{Batch, Room},
};
use kernel::{Fault, telemetry};
use std::{
    mem::take,
    sync::{Arc, MutexGuard},
    time::{Duration, Instant},
};

/// After a quiet time the first update waits only so long for company.
const FIRST: Duration = Duration::from_millis(10);

/// Rooms that were stored together report one after the other.
const REPORT_SPREAD: Duration = Duration::from_millis(1);

/// What one statement carries.
const STATEMENT_MAX: usize = 8 * 1024 * 1024;

impl Collab {
    /// Something waits in this room, since now.
    pub(crate) fn to_save(&self, room: &Arc<Room>) {
        self.unsaved().push(room.clone());
        self.0.bell.notify_one();
    }

    fn unsaved(&self) -> MutexGuard<'_, Vec<Arc<Room>>> {
        self.0.unsaved.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Stores until told to stop; `stop` stores the rest.
    pub(crate) async fn keep_saving(self) {
        let mut last: Option<Instant> = None;
        let mut failed = Duration::ZERO;
        while self.0.stop.run_until_cancelled(self.0.bell.notified()).await.is_some() {
            let soonest = Instant::now() + FIRST;
            let due = last.map_or(soonest, |last| soonest.max(last + self.0.timing.store)) + failed;
            if self.0.stop.run_until_cancelled(tokio::time::sleep_until(due.into())).await.is_none() {
                return;
            }
            last = Some(Instant::now());
            failed = match self.save().await {
                Ok(()) => Duration::ZERO,
                Err(fault) => {
                    tracing::warn!(%fault, "what was typed waits in memory");
                    self.0.bell.notify_one();
                    (failed * 2).clamp(Duration::from_millis(250), Duration::from_secs(2))
                }
            };
        }
    }

    /// Stores what waits in all rooms, now.
    pub(crate) async fn save(&self) -> Result<(), Fault> {
        // Whoever comes while somebody stores waits, and stores what came meanwhile.
        let _one = self.0.saving.lock().await;
        let mut rooms = take(&mut *self.unsaved()).into_iter();
        loop {
            let (mut batch, mut size) = (Vec::new(), 0);
            while size < STATEMENT_MAX
                && let Some(room) = rooms.next()
            {
                let Some(taken) = room.take_unsaved() else { continue };
                size += taken.rows.iter().map(Vec::len).sum::<usize>();
                batch.push((room, taken));
            }
            if batch.is_empty() {
                return Ok(());
            }
            if let Err(fault) = self.store(&batch).await {
                let now = Instant::now();
                let mut waiting = self.unsaved();
                for room in batch.into_iter().map(|(room, _)| room).chain(rooms) {
                    if room.not_saved(now, self.0.timing.store_patience) > self.0.timing.keep {
                        room.give_up();
                    } else if !waiting.iter().any(|other| Arc::ptr_eq(other, &room)) {
                        waiting.push(room);
                    }
                }
                return Err(fault);
            }
        }
    }

    async fn store(&self, batch: &[(Arc<Room>, Batch)]) -> Result<(), Fault> {
        let rows = || batch.iter().flat_map(|(room, batch)| batch.rows.iter().map(|row| (room.document, row)));
        let (documents, updates): (Vec<_>, Vec<_>) = rows().map(|(document, row)| (document, row.clone())).unzip();
        if documents.is_empty() {
            // Frames that changed nothing wait for their report, too.
            batch.iter().for_each(|(room, batch)| room.saved(&batch.rows, Duration::ZERO));
            return Ok(());
        }
        let notices = notice::pack(self.0.process, Kind::Updates, rows().map(|(document, row)| (document, row.as_slice())));
        let stored = sqlx::query_scalar!(
            "select factory.collab_store($1, $2, $3, $4)",
            &documents,
            &updates,
            &notices,
            notice::name(self.0.process)
        )
        .fetch_one(self.0.app.db.pool());
        let gone = tokio::time::timeout(Duration::from_secs(10), stored)
            .await
            .map_err(|_| Fault::new(kernel::Code::Unavailable, "The database does not answer."))??
            .unwrap_or_default();
        let now = Instant::now();
        for (n, (room, batch)) in (0u32..).zip(batch) {
            metrics::histogram!(telemetry::COLLAB_STORE_LAG).record(now.duration_since(batch.since).as_secs_f64());
            // Reports to hundreds of editors at once would hold up what is typed meanwhile.
            room.saved(&batch.rows, (REPORT_SPREAD * n).min(self.0.timing.store));
            if gone.contains(&room.document) {
                room.end_all(End::Deleted);
            }
        }
        Ok(())
    }
}
