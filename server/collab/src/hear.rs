//! The ear of a process: what other processes on the same database store and see.
use crate::{
    Collab,
    access::Recheck,
    awareness,
    awareness::Speaker,
    frame,
    notice::{self, Kind, Notice},
    room::Room,
    store,
};
use bytes::Bytes;
use futures::StreamExt;
use kernel::{Fault, live::LiveFilter, live_event::LiveEvent};
use sqlx::{Executor, postgres::PgListener};
use std::{sync::Arc, time::Duration};
use uuid::Uuid;

/// A connection that says nothing this long is asked whether it is still there.
const SILENCE: Duration = Duration::from_secs(20);

/// What ends somebody's right to edit, as live events tell it.
const RIGHTS: [&str; 5] = ["core.sessions", "core.memberships", "core.organizations", "factory.projects", "factory.documents"];

impl Collab {
    /// Listens until told to stop; comes back after 0.2 s, then ever more slowly up to 10 s.
    pub(crate) async fn keep_hearing(self) {
        let stop = self.0.stop.clone();
        let mut wait = Duration::from_millis(200);
        let listen = async {
            loop {
                if let Err(error) = self.listen(&mut wait).await {
                    tracing::warn!(error = &error as &dyn std::error::Error, "live editing does not hear other processes");
                }
                self.0.hears.send_replace(false);
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(Duration::from_secs(10));
            }
        };
        stop.run_until_cancelled(listen).await;
    }

    async fn listen(&self, wait: &mut Duration) -> Result<(), sqlx::Error> {
        let mut listener = PgListener::connect(&self.0.app.db.urls.app).await?;
        // A silent reconnection would hide what was missed.
        listener.eager_reconnect(false);
        listener.listen("millrace_collab").await?;
        self.0.hears.send_replace(true);
        *wait = Duration::from_millis(200);
        self.catch_up();
        let own = notice::name(self.0.process);
        loop {
            match tokio::time::timeout(SILENCE, listener.try_recv()).await {
                Ok(Ok(Some(heard))) => match notice::read(&own, heard.payload()) {
                    Ok(Some(notice)) => self.hear(notice),
                    Ok(None) => {}
                    Err(_) => tracing::error!("a notice of another process was not understood"),
                },
                Ok(Ok(None)) => return Ok(()),
                Ok(Err(error)) => return Err(error),
                Err(_) => {
                    let answer = tokio::time::timeout(Duration::from_secs(5), listener.execute("select 1")).await;
                    answer.map_err(|_| sqlx::Error::Io(std::io::ErrorKind::TimedOut.into()))??;
                }
            }
        }
    }

    /// Waits until this process hears the others.
    pub async fn hearing(&self) {
        // The sender lives as long as this.
        let _ = self.0.hears.subscribe().wait_for(|hears| *hears).await;
    }

    fn hear(&self, notice: Notice) {
        let Notice { sender, kind, records } = notice;
        for (document, content) in records {
            let Some(room) = self.room(document) else { continue };
            match kind {
                Kind::Updates => room.hear_update(content.into()),
                Kind::Row => {
                    let row = content.try_into().map(i64::from_be_bytes).unwrap_or_default();
                    self.spawn(|collab| async move { collab.fetch(&room, row).await });
                }
                Kind::Awareness => {
                    if let Ok(words) = awareness::read(&content) {
                        room.hear_awareness(words, Speaker::There(sender));
                        room.go();
                    }
                    room.meet(sender);
                }
                Kind::Open => {
                    room.meet(sender);
                    self.say(Kind::Here, document, Vec::new());
                    if let Some(here) = room.local_awareness() {
                        self.say(Kind::Awareness, document, here);
                    }
                }
                Kind::Here => {
                    room.meet(sender);
                }
                Kind::Closed => room.part(sender),
            }
        }
    }

    /// Tells other processes something about a document; lost words do no harm.
    pub(crate) fn say(&self, kind: Kind, document: Uuid, content: Vec<u8>) {
        self.say_all(kind, vec![(document, content)]);
    }

    pub(crate) fn say_all(&self, kind: Kind, records: Vec<(Uuid, Vec<u8>)>) {
        let notices = notice::pack(self.0.process, kind, records.iter().map(|(document, content)| (*document, content.as_slice())));
        if notices.is_empty() {
            return;
        }
        self.spawn(|collab| async move {
            let told = sqlx::query!("select pg_notify('millrace_collab', notice) from unnest($1::text[]) notice", &notices)
                .execute(collab.0.app.db.pool())
                .await;
            Ok(told.map(drop)?)
        });
    }

    /// An update too long for a notice.
    async fn fetch(&self, room: &Arc<Room>, row: i64) -> Result<(), Fault> {
        match store::rows(&self.0.app, room.org, &[row]).await?.pop() {
            Some(update) => {
                room.hear_update(update.into());
                Ok(())
            }
            // Folded into the state meanwhile.
            None => self.refill(room).await,
        }
    }

    /// Whatever was said while nobody listened: all open rooms hear it now.
    fn catch_up(&self) {
        let rooms = self.all_rooms();
        self.say_all(Kind::Open, rooms.iter().map(|room| (room.document, Vec::new())).collect());
        for room in rooms {
            self.spawn(|collab| async move { collab.refill(&room).await });
        }
    }

    /// Sends everything stored to everybody here; Yjs passes over what it knows.
    async fn refill(&self, room: &Arc<Room>) -> Result<(), Fault> {
        let mut tx = store::begin(&self.0.app, room.org).await?;
        let stored = store::load(&mut tx, room.document).await?;
        let frames: Vec<Bytes> = stored.updates(&[]).iter().map(|update| frame::update(update)).collect();
        room.send_all(&frames);
        Ok(())
    }

    /// Runs something beside, and logs its failure.
    pub(crate) fn spawn<F>(&self, work: impl FnOnce(Self) -> F)
    where
        F: Future<Output = Result<(), Fault>> + Send + 'static,
    {
        let work = work(self.clone());
        self.0.tasks.spawn(async move {
            if let Err(fault) = work.await {
                tracing::warn!(%fault, "live editing");
            }
        });
    }

    /// Passes on which sessions, memberships, projects and documents changed, so that rights are checked at once.
    pub(crate) async fn keep_watching_rights(self) {
        let events = self.0.app.live.subscribe(LiveFilter::server(RIGHTS), None);
        let stop = self.0.stop.clone();
        let watch = events.for_each(|event| {
            match event {
                LiveEvent::Change { topic, ids, .. } => self.rights_changed(&topic, ids),
                LiveEvent::Reset { .. } => self.recheck(Recheck::All),
                LiveEvent::Beat { .. } => {}
            }
            std::future::ready(())
        });
        stop.run_until_cancelled(watch).await;
    }

    fn rights_changed(&self, topic: &str, ids: Option<Vec<String>>) {
        let ids: Option<Vec<Uuid>> = ids.map(|ids| ids.iter().filter_map(|id| id.parse().ok()).collect());
        match (topic, ids) {
            ("core.sessions", Some(ids)) => ids.into_iter().for_each(|id| self.recheck(Recheck::Session(id))),
            ("factory.documents", Some(ids)) => {
                for room in ids.into_iter().filter_map(|id| self.room(id)) {
                    // Most of these events tell that this process itself showed what was typed.
                    if room.times().written.is_none_or(|at| at.elapsed() > Duration::from_secs(1)) {
                        self.recheck(Recheck::Document(room.document));
                    }
                }
            }
            _ => self.recheck(Recheck::All),
        }
    }

    fn recheck(&self, whom: Recheck) {
        // Nobody is connected: nobody needs to hear it.
        let _ = self.0.rechecks.send(whom);
    }
}
