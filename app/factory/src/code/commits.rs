//! The commits, with the work orders and features they name.
use super::{Ctx, calls::code_commits};
use factory::code::CommitRow;
use kernel::record::Paged;
use kit::{Empty, Icon, Loaded, Pager, SkeletonTable};
use leptos::prelude::*;

/// The commits while they are on show.
#[derive(Clone, Copy)]
pub struct Commits(kit::Data<Option<Paged<CommitRow>>>);

impl Commits {
    pub fn new(ctx: Ctx) -> Self {
        let key = move || {
            let asked = ctx.query.with(|q| (q.get_str("view") == Some("commits")).then(|| q.get("after")));
            (ctx.project.get(), asked, ctx.index.get())
        };
        Self(kit::Data::new(key, |(project, asked, _)| async move {
            match asked {
                Some(after) => code_commits(project, after).await.map(Some),
                None => Ok(None),
            }
        }))
    }
}

pub fn view(ctx: Ctx, commits: Commits) -> AnyView {
    view! {
        <Loaded from=commits.0 skeleton=|| view! { <SkeletonTable rows=10 columns=3 /> } show={move |page: Option<Paged<CommitRow>>| match page {
            Some(page) => list(ctx, page),
            None => ().into_any(),
        }} />
    }
    .into_any()
}

fn list(ctx: Ctx, page: Paged<CommitRow>) -> AnyView {
    if page.rows.is_empty() {
        return view! { <Empty icon=Icon::GitCommitHorizontal title="No commits yet" text="Commits of the branch appear here with the next run of the index." /> }.into_any();
    }
    let items = page.rows.into_iter().map(|c| item(ctx, c)).collect_view();
    let next = page.next.map(|cursor| ctx.at(&[("after", Some(&cursor))]));
    view! { <ol class="commits">{items}</ol> <Pager previous={None::<String>} next=next text=String::new() /> }.into_any()
}

fn item(ctx: Ctx, c: CommitRow) -> AnyView {
    let (subject, body) = c.message.split_once('\n').unwrap_or((&c.message, ""));
    let body = body.trim().to_owned();
    let more = (!body.is_empty()).then(|| view! { <details><summary>"More"</summary><pre tabindex="0">{body}</pre></details> });
    let linked = !c.work_order_ids.is_empty() || !c.feature_ids.is_empty();
    let subject = if linked { with_links(&ctx.base.get_untracked(), subject) } else { subject.to_owned().into_any() };
    let changed = format!("{}, +{} −{}", kit::num::plural(c.files_changed.into(), "file", "files"), c.additions, c.deletions);
    view! {
        <li>
            <p class="commit-subject">{subject}</p>
            <p class="hint"><code>{c.sha[..c.sha.len().min(8)].to_owned()}</code> " · " {c.author} " · " <kit::Ago at=c.at /> " · " <span class="num">{changed}</span></p>
            {more}
        </li>
    }
    .into_any()
}

/// A message whose keys lead to what they name.
fn with_links(base: &str, text: &str) -> AnyView {
    let mut parts: Vec<AnyView> = Vec::new();
    for part in text.split_inclusive(|c: char| !(c.is_alphanumeric() || c == '-' || c == '_')) {
        let word = part.trim_end_matches(|c: char| !(c.is_alphanumeric() || c == '-' || c == '_'));
        let rest = part[word.len()..].to_owned();
        match href(base, word) {
            Some(href) => {
                let word = word.to_owned();
                parts.push(view! { <a class="link" href=href>{word}</a> {rest} }.into_any());
            }
            None => parts.push(part.to_owned().into_any()),
        }
    }
    parts.into_any()
}

fn href(base: &str, word: &str) -> Option<String> {
    let (name, number) = word.rsplit_once('-')?;
    if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) || !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    match name.eq_ignore_ascii_case("wo") {
        true => Some(format!("{base}/planner/{}", number.parse::<u32>().ok()?)),
        false => Some(format!("{base}/features/{}", word.to_uppercase())),
    }
}

#[cfg(test)]
mod tests {
    use super::href;

    #[test]
    fn keys_lead_to_what_they_name() {
        assert_eq!(href("/b", "WO-012").as_deref(), Some("/b/planner/12"));
        assert_eq!(href("/b", "f-7").as_deref(), Some("/b/features/F-7"));
        assert_eq!(href("/b", "well-known"), None);
        assert_eq!(href("/b", "-7"), None);
    }
}
