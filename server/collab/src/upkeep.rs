//! What happens by itself: rows are folded, documents shown, silent editors dropped, rooms unloaded.
use crate::{Collab, fold::Wanted, notice::Kind, room::Room, room::Times};
use kernel::Fault;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// How often all rooms are looked at.
const TICK: Duration = Duration::from_millis(100);

/// How many left documents one round of the sweep takes.
const SWEEP_MAX: i32 = 200;

impl Collab {
    pub(crate) async fn keep_up(self) {
        let stop = self.0.stop.clone();
        let mut tick = tokio::time::interval(TICK);
        let mut swept = Instant::now();
        while stop.run_until_cancelled(tick.tick()).await.is_some() {
            let now = Instant::now();
            let mut words = Vec::new();
            for room in self.all_rooms() {
                room.drop_silent(now, self.0.timing.silence);
                words.extend(room.awareness_for_others().map(|news| (room.document, news)));
                self.look_after(&room, now);
            }
            self.say_all(Kind::Awareness, words);
            if now.duration_since(swept) >= self.0.timing.sweep {
                swept = now;
                self.spawn(|collab| async move { collab.sweep().await });
            }
        }
    }

    fn look_after(&self, room: &Arc<Room>, now: Instant) {
        let times = room.times();
        // What waits to be stored comes with the next round, except that nothing may be missing when a version is saved.
        if let Some(wanted) = self.wanted(&times, now)
            && !(wanted.settle && room.has_unsaved())
        {
            room.set_times(|times| times.busy = true);
            let room = room.clone();
            self.spawn(|collab| async move { collab.tend(&room, &times, wanted).await });
        } else if !times.busy && times.empty.is_some_and(|since| now.duration_since(since) >= self.0.timing.unload_after) {
            self.unload(room);
        }
    }

    /// What a room's document needs by now.
    fn wanted(&self, times: &Times, now: Instant) -> Option<Wanted> {
        let timing = &self.0.timing;
        let past = |at: Option<Instant>, time: Duration| at.is_some_and(|at| now.duration_since(at) >= time);
        let left = past(times.empty, timing.fold_after);
        let fold = times.rows >= timing.fold_rows || times.bytes >= timing.fold_bytes || left && times.rows > 0;
        let settle = times.unsettled && (left || past(times.edited, timing.settle_after));
        // Documents that were opened together are not built together.
        let show =
            times.unshown.is_some() && past(times.edited, timing.show) || past(times.unshown, timing.show_latest.mul_f64(times.haste));
        (!times.busy && (fold || settle || show)).then_some(Wanted { fold, settle })
    }

    async fn tend(&self, room: &Room, before: &Times, wanted: Wanted) -> Result<(), Fault> {
        let _one_of_few = self.0.builders.acquire().await;
        let unsaved = room.has_unsaved().then(Instant::now);
        room.set_times(|times| {
            times.unshown = unsaved;
            times.written = Some(Instant::now());
            if wanted.fold {
                (times.rows, times.bytes) = (0, 0);
            }
            times.unsettled &= !wanted.settle;
            if wanted.settle {
                times.writers.clear();
            }
        });
        let by: Vec<_> = before.writers.iter().copied().collect();
        let done = self.work(room.org, room.document, wanted, &by).await;
        if done.is_err() {
            // Not at once again: a document that cannot be worked on must not keep the process busy.
            tokio::time::sleep(self.0.timing.show).await;
        }
        room.set_times(|times| {
            times.busy = false;
            times.written = Some(Instant::now());
            if done.is_err() {
                times.rows += before.rows;
                times.bytes += before.bytes;
                times.unshown = times.unshown.or(before.unshown);
                times.unsettled |= before.unsettled;
                times.writers.extend(&before.writers);
            }
        });
        done
    }

    fn unload(&self, room: &Arc<Room>) {
        let mut rooms = self.rooms();
        if room.close() {
            rooms.remove(&room.document);
            drop(rooms);
            self.unloaded(room);
            self.say(Kind::Closed, room.document, Vec::new());
        }
    }

    /// Folds what killed processes left behind, and what lies under an editor that is open and idle.
    async fn sweep(&self) -> Result<(), Fault> {
        let wait = chrono::TimeDelta::from_std(self.0.timing.sweep).unwrap_or_default();
        let before = chrono::Utc::now() - wait;
        let left = sqlx::query!(
            r#"select organization_id as "org!", document_id as "document!" from factory.collab_left($1, $2)"#,
            before,
            SWEEP_MAX
        )
        .fetch_all(self.0.app.db.pool())
        .await?;
        for row in left {
            let settle = self.room(row.document).is_none();
            let _one_of_few = self.0.builders.acquire().await;
            if let Err(fault) = self.work(row.org, row.document, Wanted { fold: true, settle }, &[]).await {
                tracing::warn!(%fault, document = %row.document, "updates cannot be folded");
            }
        }
        Ok(())
    }
}
