//! The tree: levels come when they are opened, branches move by drag or keyboard.
use super::{Ctx, question};
use crate::{calls::feature_place, words::status_tone};
use factory::features::{FeatureTree, TreeNode as Node};
use kit::{Alert, AppError, Button, ButtonKind, Empty, Icon, Tone, Tree, TreeMove, TreeNode, TreePlace};
use leptos::{prelude::*, task::spawn_local};
use std::collections::HashMap;
use uuid::Uuid;

/// The open part of the tree.
pub fn tree(ctx: Ctx, tree: FeatureTree, creating: RwSignal<bool>, importing: RwSignal<bool>) -> AnyView {
    if tree.nodes.is_empty() {
        return view! {
            <Empty
                icon=Icon::ListTree title="No features yet" text="Import a feature list from a file, or write the first feature."
                acts=move || view! {
                    <Button kind=ButtonKind::Primary icon=Icon::FileUp on:click=move |_| importing.set(true)>"Import features"</Button>
                    <Button icon=Icon::Plus on:click=move |_| creating.set(true)>"New feature"</Button>
                }
            />
        }
        .into_any();
    }
    let key = kit::use_text_param("key");
    let nodes = StoredValue::new(tree.nodes);
    let current = Signal::derive(move || {
        let key = key.get();
        nodes.with_value(|n| n.iter().find(|n| n.row.key == key).map(|n| n.row.id.to_string()).unwrap_or_default())
    });
    let shown = nodes.with_value(|n| branches(ctx, n));
    let on_move = Callback::new(move |step: TreeMove| nodes.with_value(|n| place(ctx, n, &step)));
    view! {
        {tree.cut.then(|| view! { <Alert tone=Tone::Info>"Only the first 1,000 features are drawn. The list shows all of them."</Alert> })}
        <div class="p-3">
            <Tree label="Features" nodes=shown open=ctx.open_nodes current=current on_move=on_move />
        </div>
    }
    .into_any()
}

/// The flat answer as branches. A closed branch gets one child that stands for those not read yet.
fn branches(ctx: Ctx, nodes: &[Node]) -> Vec<TreeNode> {
    let mut below: HashMap<Option<Uuid>, Vec<&Node>> = HashMap::new();
    for node in nodes {
        below.entry(node.parent_id).or_default().push(node);
    }
    let search = question(&ctx.search.get_untracked());
    let base = ctx.base.get_untracked();
    fn level(below: &HashMap<Option<Uuid>, Vec<&Node>>, parent: Option<Uuid>, base: &str, search: &str, depth: u8) -> Vec<TreeNode> {
        if depth > 8 {
            return Vec::new();
        }
        below
            .get(&parent)
            .into_iter()
            .flatten()
            .map(|node| {
                let mut children = level(below, Some(node.row.id), base, search, depth + 1);
                if children.is_empty() && node.children > 0 {
                    children.push(TreeNode { id: format!("{}-below", node.row.id), label: "Loading…".to_owned(), ..Default::default() });
                }
                let meta = [
                    (node.row.criteria_total > 0).then(|| format!("{}/{}", node.row.criteria_met, node.row.criteria_total)),
                    node.row.priority.map(|p| p.as_str().to_owned()),
                ];
                TreeNode {
                    id: node.row.id.to_string(),
                    label: format!("{} {}", node.row.key, node.row.name),
                    href: Some(format!("{base}/{}{search}", node.row.key)),
                    meta: meta.into_iter().flatten().collect::<Vec<_>>().join(" · "),
                    status: Some((status_tone(node.row.status), node.row.status.words().to_owned())),
                    children,
                }
            })
            .collect()
    }
    level(&below, None, &base, &search, 0)
}

fn place(ctx: Ctx, nodes: &[Node], step: &TreeMove) {
    let find = |id: &str| nodes.iter().find(|n| n.row.id.to_string() == id);
    let Some(moved) = find(&step.id) else { return };
    let (parent, after) = match &step.place {
        TreePlace::Into(id) => match find(id) {
            // Behind the last child that is known.
            Some(target) => (
                Some(target.row.id),
                nodes.iter().rfind(|n| n.parent_id == Some(target.row.id) && n.row.id != moved.row.id).map(|n| n.row.id),
            ),
            None => return,
        },
        TreePlace::After(id) => match find(id) {
            Some(target) => (target.parent_id, Some(target.row.id)),
            None => return,
        },
        TreePlace::Before(id) => match find(id) {
            Some(target) => {
                let siblings: Vec<&Node> = nodes.iter().filter(|n| n.parent_id == target.parent_id && n.row.id != moved.row.id).collect();
                let at = siblings.iter().position(|n| n.row.id == target.row.id).unwrap_or(0);
                (target.parent_id, at.checked_sub(1).map(|at| siblings[at].row.id))
            }
            None => return,
        },
    };
    let (id, rev, toasts) = (moved.row.id, moved.row.rev.clone(), ctx.editor.toasts());
    spawn_local(async move {
        if let Err(AppError(fault)) = feature_place(id, rev, parent, after).await {
            // A circle or a sixth level is refused where it was tried.
            toasts.fault(&fault);
        }
        ctx.editor.version.update(|n| *n += 1);
    });
}
