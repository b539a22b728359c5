//! What came in thirty days: a line by day, categories, tags, and the features users ask for most.
use super::Ctx;
use factory::feedback::{Category, FeaturePull, FeedbackStats};
use kit::{Card, ChartData, Donut, Hue, LineChart, Series, Slice};
use leptos::prelude::*;

const fn hue(category: Category) -> Hue {
    match category {
        Category::Bug => Hue::Danger,
        Category::FeatureRequest => Hue::Info,
        Category::Performance => Hue::Warning,
        Category::Other => Hue::Neutral,
    }
}

/// The cards below the inbox.
pub fn charts(ctx: Ctx, stats: &FeedbackStats, pulls: &[FeaturePull]) -> AnyView {
    if stats.total == 0 && pulls.is_empty() {
        return ().into_any();
    }
    let daily = ChartData {
        labels: stats.daily.iter().map(|d| kit::time::short_day(&d.day)).collect(),
        series: vec![Series::new("Received", stats.daily.iter().map(|d| d.count as f64)).hue(Hue::Accent)],
    };
    let slices = Category::ALL
        .into_iter()
        .filter_map(|c| {
            let n = stats.by_category.get(c.as_str()).copied().filter(|n| *n > 0)?;
            let slice = Slice::new(c.words(), n as f64).hue(hue(c));
            Some(Slice { href: Some(ctx.at(&[("category", Some(c.as_str())), ("tab", Some("all")), ("after", None)])), ..slice })
        })
        .collect::<Vec<_>>();
    let tags = stats
        .top_tags
        .iter()
        .map(|(tag, n)| {
            let href = ctx.at(&[("tag", Some(tag)), ("tab", Some("all")), ("after", None)]);
            view! { <a href=href data-noscroll=""><span class="grow">{tag.clone()}</span><span class="num">{kit::num::group(*n)}</span></a> }.into_any()
        })
        .collect_view();
    let base = ctx.base.get_untracked();
    let wanted = pulls
        .iter()
        .map(|p| {
            let href = format!("{base}/features/{}", p.feature.key);
            let items = kit::num::plural(p.items, "item", "items");
            view! {
                <a href=href><code class="text-xs">{p.feature.key.clone()}</code><span class="grow truncate">{p.feature.name.clone()}</span><small>{items}</small><span class="num">{format!("{:.2}", p.score)}</span></a>
            }
            .into_any()
        })
        .collect_view();
    let has_tags = !stats.top_tags.is_empty();
    let has_pulls = !pulls.is_empty();
    view! {
        <div class="cols-2 p-4">
            <Card title="Received in 30 days"><LineChart title="Feedback received by day" data=daily unit="items" area=true /></Card>
            <Card title="By category"><Donut title="Feedback by category" slices=slices unit="items" /></Card>
            {has_pulls.then(|| view! { <Card title="Most asked-for features" flush=true><div class="items">{wanted}</div></Card> })}
            {has_tags.then(|| view! { <Card title="Top tags" flush=true><div class="items">{tags}</div></Card> })}
        </div>
    }
    .into_any()
}
