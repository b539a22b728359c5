//! Commits and what each changed.
use super::unreadable;
use crate::source::{Commit, History, SourceFault};
use chrono::DateTime;
use gix::{
    ObjectId, Repository,
    diff::tree::{Recorder, recorder::Change},
    objs::tree::EntryMode,
    revision::walk::Sorting,
    traverse::commit::simple::CommitTimeOrder,
};
use imara_diff::{Algorithm, Diff, InternedInput};
use rayon::prelude::*;
use std::collections::HashMap;

/// Of a commit that touches more files than this (an import, a move of everything) only the files are counted.
const MOST_DIFFED: usize = 2_000;
/// Longer files, and binary ones, count as files without lines.
const MOST_BYTES: u64 = 1024 * 1024;

pub(super) fn read(repository: &Repository, head: ObjectId, since: Option<ObjectId>, most: usize) -> Result<History, SourceFault> {
    let known = since.filter(|since| repository.has_object(since));
    let rewritten = match (since, known) {
        (None, _) => false,
        (Some(_), None) => true,
        // What the old head has and the new one has not was left behind.
        (Some(_), Some(known)) => walk(repository, known, Some(head))?.next().is_some(),
    };
    let ids: Vec<ObjectId> = walk(repository, head, known)?.take(most).collect::<Result<_, _>>()?;
    let shared = repository.clone().into_sync();
    let commits =
        ids.into_par_iter().map_init(|| shared.to_thread_local(), |repository, id| commit(repository, id)).collect::<Result<_, _>>()?;
    Ok(History { commits, rewritten })
}

fn walk<'a>(
    repository: &'a Repository,
    tip: ObjectId,
    hidden: Option<ObjectId>,
) -> Result<impl Iterator<Item = Result<ObjectId, SourceFault>> + 'a, SourceFault> {
    let walk = repository
        .rev_walk([tip])
        .sorting(Sorting::ByCommitTime(CommitTimeOrder::NewestFirst))
        .with_hidden(hidden)
        .all()
        .map_err(unreadable)?;
    Ok(walk.map(|info| info.map(|info| info.id).map_err(unreadable)))
}

fn commit(repository: &Repository, id: ObjectId) -> Result<Commit, SourceFault> {
    let found = repository.find_commit(id).map_err(unreadable)?;
    let (author, email, seconds) = {
        let author = found.author().map_err(unreadable)?;
        let committed = found.time().map_err(unreadable)?;
        (author.name.to_string(), author.email.to_string(), committed.seconds)
    };
    let (files_changed, additions, deletions) = changes(repository, &found)?;
    Ok(Commit {
        sha: id.to_string(),
        message: found.message_raw_sloppy().to_string().trim_end().to_owned(),
        author,
        author_email: email,
        time: DateTime::from_timestamp(seconds, 0).unwrap_or_default(),
        files_changed,
        additions,
        deletions,
    })
}

/// Files, added and removed lines against the first parent (of which a shallow clone may know nothing).
fn changes(repository: &Repository, commit: &gix::Commit<'_>) -> Result<(u32, u32, u32), SourceFault> {
    let tree = commit.tree().map_err(unreadable)?;
    let parent = commit.parent_ids().next().and_then(|id| repository.find_commit(id.detach()).ok());
    let before = match &parent {
        Some(parent) => parent.tree().map_err(unreadable)?,
        None => repository.empty_tree(),
    };
    let mut recorder = Recorder::default();
    gix::diff::tree(
        gix::objs::TreeRefIter::from_bytes(&before.data, before.id.kind()),
        gix::objs::TreeRefIter::from_bytes(&tree.data, tree.id.kind()),
        gix::diff::tree::State::default(),
        &repository.objects,
        &mut recorder,
    )
    .map_err(unreadable)?;
    let pairs = pairs(recorder.records);
    let files = u32::try_from(pairs.len()).unwrap_or(u32::MAX);
    if pairs.len() > MOST_DIFFED {
        return Ok((files, 0, 0));
    }
    let (mut additions, mut deletions) = (0, 0);
    for (before, after) in pairs {
        let (Some(before), Some(after)) = (text(repository, before), text(repository, after)) else { continue };
        let diff = Diff::compute(Algorithm::Histogram, &InternedInput::new(&before[..], &after[..]));
        additions += diff.count_additions();
        deletions += diff.count_removals();
    }
    Ok((files, additions, deletions))
}

/// Each changed file with what it was and is. A file that only moved is one change without lines.
fn pairs(records: Vec<Change>) -> Vec<(Option<ObjectId>, Option<ObjectId>)> {
    let is_file = |mode: EntryMode| !mode.is_tree();
    let (mut pairs, mut added) = (Vec::new(), Vec::new());
    let mut removed: HashMap<ObjectId, usize> = HashMap::new();
    for record in records {
        match record {
            Change::Modification { previous_oid, oid, entry_mode, .. } if is_file(entry_mode) => {
                pairs.push((Some(previous_oid), Some(oid)))
            }
            Change::Addition { oid, entry_mode, .. } if is_file(entry_mode) => added.push(oid),
            Change::Deletion { oid, entry_mode, .. } if is_file(entry_mode) => *removed.entry(oid).or_default() += 1,
            _ => {}
        }
    }
    for oid in added {
        match removed.get_mut(&oid) {
            Some(left @ 1..) => {
                *left -= 1;
                pairs.push((Some(oid), Some(oid)));
            }
            _ => pairs.push((None, Some(oid))),
        }
    }
    pairs.extend(removed.into_iter().flat_map(|(oid, left)| std::iter::repeat_n((Some(oid), None), left)));
    pairs
}

/// The bytes of a text; nothing for no file, `None` for what has no lines to count.
fn text(repository: &Repository, id: Option<ObjectId>) -> Option<Vec<u8>> {
    let Some(id) = id else { return Some(Vec::new()) };
    let header = repository.find_header(id).ok()?;
    if header.kind() != gix::objs::Kind::Blob || header.size() > MOST_BYTES {
        return None;
    }
    let bytes = repository.find_blob(id).ok()?.take_data();
    (!bytes[..bytes.len().min(8000)].contains(&0)).then_some(bytes)
}
