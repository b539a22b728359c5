//! One run.
use super::{
    Payload,
    prepare::{Known, Plan, prepare},
    write,
};
use crate::{
    code::{IndexReport, RepoProvider, commits, source},
    embedding,
};
use futures::{FutureExt, StreamExt, stream};
use indexing::{Source, SourceFault, TreeFile, source::History};
use kernel::{Code, Fault, jobs::JobCtx};
use std::{collections::HashMap, sync::Arc};
use uuid::Uuid;

/// Files that are read and written together.
const BATCH: usize = 64;
/// Batches that are read while one is written.
const AHEAD: usize = 2;
/// Commits that are kept of a history that was not known before.
const MOST_COMMITS: usize = 1_000;

/// What a run works on.
pub(super) struct Task {
    pub connection: Uuid,
    pub project: Uuid,
    pub repo: source::Repo,
    pub branch: String,
    pub last_commit: Option<String>,
    pub accept_rewritten: bool,
    pub model: Option<String>,
}

/// Why a run ends without an index.
enum Stop {
    /// Trying again would end the same.
    Hopeless(String),
    Fault(Fault),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<sqlx::Error> for Stop {
    fn from(error: sqlx::Error) -> Self {
        Self::Fault(error.into())
    }
}

impl From<SourceFault> for Stop {
    fn from(fault: SourceFault) -> Self {
        if fault.may_pass() { Self::Fault(source::fault(fault)) } else { Self::Hopeless(said(&fault)) }
    }
}

fn said(fault: &SourceFault) -> String {
    match fault {
        SourceFault::NoBranch { branches, .. } => format!("{fault} There are: {}.", branches.join(", ")),
        fault => fault.to_string(),
    }
}

/// The handler.
pub async fn run(ctx: JobCtx, payload: Payload) -> Result<(), Fault> {
    let Some(task) = write::begin(&ctx, payload.connection).await? else { return Ok(()) };
    let (fault, hopeless) = match work(&ctx, &task).await {
        Ok(()) => return Ok(()),
        Err(Stop::Hopeless(message)) => (kernel::jobs::give_up(message), true),
        Err(Stop::Fault(fault)) => (fault, false),
    };
    // A run that was stopped goes on elsewhere; one that will be tried again is not over.
    if !ctx.cancelled() && (hopeless || ctx.attempt >= ctx.max_attempts) {
        write::fail(&ctx, &task, &fault.message).await?;
    }
    Err(fault)
}

async fn work(ctx: &JobCtx, task: &Task) -> Result<(), Stop> {
    let source = source::open(&ctx.app, &task.repo).await?;
    let head = source.head(&task.branch).await?;
    let history = history(source.as_ref(), task, head.as_deref()).await?;
    let tree = match &head {
        Some(head) => source.tree(head).await?,
        None => Vec::new(),
    };
    let known = write::known(ctx, task.connection).await?;
    // Vectors of another model are of no use: every file is read again.
    let anew = task.model.as_deref().is_some_and(|of| of != embedding::model(&ctx.app));
    let plan = plan(tree, known, anew);
    let mut report = IndexReport { removed: plan.removed.len(), ..IndexReport::default() };
    read(ctx, task, source, &plan, &mut report).await?;
    if report.failed * 10 > plan.changed.len() {
        return Err(Stop::Fault(Fault::new(
            Code::Upstream,
            format!("{} of {} changed files could not be read. The index before is kept.", report.failed, plan.changed.len()),
        )));
    }
    write::remove(ctx, task, &plan.removed).await?;
    report.commits = commits::keep(ctx, task.project, &task.branch, &history.commits).await?;
    Ok(write::finish(ctx, task, head.as_deref(), report).await?)
}

/// The commits since the last run. A history that was rewritten is only followed when a person asks for it.
async fn history(source: &dyn Source, task: &Task, head: Option<&str>) -> Result<History, Stop> {
    let rewritten = |last: &str| {
        Stop::Hopeless(format!(
            "The history of {} was rewritten: {} is no longer part of it. The index before is kept; index again to take the new history.",
            task.branch,
            &last[..last.len().min(8)]
        ))
    };
    let last = task.last_commit.as_deref();
    match (head, last) {
        (None, Some(last)) if !task.accept_rewritten => Err(rewritten(last)),
        (None, _) => Ok(History::default()),
        (Some(head), last) => {
            let history = source.commits(head, last, MOST_COMMITS).await?;
            match last {
                Some(last) if history.rewritten && !task.accept_rewritten => Err(rewritten(last)),
                _ => Ok(history),
            }
        }
    }
}

fn plan(tree: Vec<TreeFile>, known: Vec<Known>, anew: bool) -> Plan {
    let mut known: HashMap<String, Known> = known.into_iter().map(|file| (file.path.clone(), file)).collect();
    let changed = tree
        .into_iter()
        .filter(|file| known.remove(&file.path).is_none_or(|known| known.hash != file.blob || anew && !known.skipped))
        .collect();
    Plan { changed, removed: known.into_values().map(|file| file.id).collect() }
}

/// Reads and writes what changed; while a batch is written, the next ones are read.
async fn read(ctx: &JobCtx, task: &Task, source: Arc<dyn Source>, plan: &Plan, report: &mut IndexReport) -> Result<(), Stop> {
    let embedder = embedding::embedder(&ctx.app);
    let total = plan.changed.len();
    let batches: Vec<Vec<TreeFile>> = plan.changed.chunks(BATCH).map(<[_]>::to_vec).collect();
    let ahead = if task.repo.provider == RepoProvider::Local { AHEAD } else { 1 };
    let mut prepared = stream::iter(batches).map(move |files| prepare(source.clone(), embedder.clone(), files).boxed()).buffered(ahead);
    while let Some(batch) = prepared.next().await {
        if ctx.cancelled() {
            return Err(Stop::Fault(Fault::new(Code::Unavailable, "The server stops; the index goes on when it is back.")));
        }
        let batch = batch.map_err(|fault| Stop::Fault(embedding::fault(fault)))?;
        report.processed += batch.files.len();
        report.skipped += batch.files.iter().filter(|file| file.skipped).count();
        report.failed += batch.failed;
        if !write::batch(ctx, task, batch).await? {
            return Err(Stop::Hopeless("The connection was ended.".to_owned()));
        }
        let done = report.processed + report.failed;
        ctx.progress(done as u64, total as u64, &format!("{done} of {total} files")).await?;
    }
    Ok(())
}
