//! The tree of an area: a branch for each type of document; documents of features stand where their features do.
use super::{Ctx, Making, calls::document_place};
use crate::calls::feature_place;
use factory::documents::{DocumentArea, DocumentRow, DocumentTree, DocumentType, TreeFeature};
use kit::{Alert, AppError, Button, ButtonKind, Icon, Size, Tone, Tree, TreeMove, TreeNode, TreePlace};
use leptos::{prelude::*, task::spawn_local};
use std::collections::HashMap;
use uuid::Uuid;

/// The id of the branch of a type.
pub fn group_id(kind: DocumentType) -> String {
    format!("g:{}", kind.as_str())
}

/// The tree with what can be done below it.
pub fn tree(ctx: Ctx, tree: DocumentTree, deleted: RwSignal<bool>, initialising: RwSignal<bool>) -> AnyView {
    let slug = kit::use_text_param("slug");
    ctx.rows.set(tree.documents.clone());
    ctx.shown.set_value(Some(tree.clone()));
    let empty = tree.documents.is_empty() && tree.features.is_empty();
    let (area, gone, cut) = (tree.area, tree.deleted, tree.cut);
    let tree = StoredValue::new(tree);
    let nodes = tree.with_value(|t| branches(ctx, t));
    let current = Signal::derive(move || {
        let slug = slug.get();
        tree.with_value(|t| t.documents.iter().find(|d| d.slug == slug).map(node_id).unwrap_or_default())
    });
    // What is open is in sight.
    kit::effect(move || {
        let id = current.get();
        let above = tree.with_value(|t| above(t, &id));
        if ctx.open.with_untracked(|open| above.iter().any(|a| !open.contains(a))) {
            ctx.open.update(|open| open.extend(above));
        }
    });
    let on_move = Callback::new(move |step: TreeMove| tree.with_value(|t| place(ctx, t, &step)));
    view! {
        {cut.then(|| view! { <Alert tone=Tone::Info>"Only the first 1,000 features are drawn."</Alert> })}
        <Tree label="Documents" nodes=nodes open=ctx.open current=current on_move=on_move />
        {empty.then(|| view! { <p class="hint docs-hint">{if area == DocumentArea::Refinery { "Begin with a product overview." } else { "Begin with the foundations of a template." }}</p> })}
        {(empty && area == DocumentArea::Foundry).then(|| view! {
            <Button size=Size::Sm icon=Icon::Layers on:click=move |_| initialising.set(true)>"Initialise from template"</Button>
        })}
        {(gone > 0).then(|| view! {
            <Button size=Size::Sm kind=ButtonKind::Ghost icon=Icon::Trash2 on:click=move |_| deleted.set(true)>{format!("Deleted documents ({gone})")}</Button>
        })}
    }
    .into_any()
}

/// Documents of features go by their feature.
fn node_id(row: &DocumentRow) -> String {
    match row.feature_id {
        Some(feature) if row.kind.of_feature() => format!("f:{feature}"),
        _ => format!("d:{}", row.id),
    }
}

fn meta(row: &DocumentRow) -> String {
    let waiting = (row.suggestions > 0).then(|| format!("{} to decide", row.suggestions));
    let drifted = row.drifted.then(|| "drift".to_owned());
    [drifted, waiting].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

fn branches(ctx: Ctx, tree: &DocumentTree) -> Vec<TreeNode> {
    let base = format!("{}/{}", ctx.home.get_untracked(), tree.area.as_str());
    let document = |row: &DocumentRow| TreeNode {
        id: node_id(row),
        label: row.title.clone(),
        href: Some(format!("{base}/{}", row.slug)),
        meta: meta(row),
        status: row.drifted.then(|| (Tone::Warning, "Something it builds on changed".to_owned())),
        children: Vec::new(),
    };
    let mut below: HashMap<Option<Uuid>, Vec<&TreeFeature>> = HashMap::new();
    for feature in &tree.features {
        below.entry(feature.parent_id).or_default().push(feature);
    }
    tree.area
        .types()
        .into_iter()
        .map(|kind| {
            let of_kind = || tree.documents.iter().filter(move |d| d.kind == kind);
            let children = if kind.of_feature() {
                let mut nodes = features(tree, &below, None, &base, 0);
                // Those whose feature was deleted.
                nodes.extend(of_kind().filter(|d| d.feature_id.is_none()).map(document));
                nodes
            } else {
                of_kind().map(document).collect()
            };
            let (written, all) = (of_kind().count(), tree.features.len());
            let meta = if kind.of_feature() { format!("{written}/{all}") } else { written.to_string() };
            TreeNode { id: group_id(kind), label: plural(kind).to_owned(), href: None, meta, status: None, children }
        })
        .collect()
}

/// The features of a level, each leading to its document or to a new one.
fn features(
    tree: &DocumentTree,
    below: &HashMap<Option<Uuid>, Vec<&TreeFeature>>,
    parent: Option<Uuid>,
    base: &str,
    depth: u8,
) -> Vec<TreeNode> {
    if depth > 8 {
        return Vec::new();
    }
    let level = below.get(&parent).into_iter().flatten();
    level
        .map(|feature| {
            let row = tree.documents.iter().find(|d| d.kind.of_feature() && d.feature_id == Some(feature.id));
            TreeNode {
                id: format!("f:{}", feature.id),
                label: feature.name.clone(),
                href: Some(row.map_or_else(|| format!("{base}?for={}", feature.id), |row| format!("{base}/{}", row.slug))),
                meta: row.map_or_else(|| "not written".to_owned(), meta),
                status: row.filter(|row| row.drifted).map(|_| (Tone::Warning, "Something it builds on changed".to_owned())),
                children: features(tree, below, Some(feature.id), base, depth + 1),
            }
        })
        .collect()
}

pub const fn plural(kind: DocumentType) -> &'static str {
    match kind {
        DocumentType::ProductOverview => "Product overview",
        DocumentType::TechnicalRequirements => "Technical requirements",
        DocumentType::FeatureRequirements => "Features",
        DocumentType::FoundationBlueprint => "Foundations",
        DocumentType::SystemDiagram => "System diagrams",
        DocumentType::FeatureBlueprint => "Feature blueprints",
    }
}

/// The branches above a node.
fn above(tree: &DocumentTree, id: &str) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(feature) = id.strip_prefix("f:").and_then(|id| id.parse::<Uuid>().ok()) {
        found.push(group_id(tree.area.types()[2]));
        let mut next = tree.features.iter().find(|f| f.id == feature).and_then(|f| f.parent_id);
        while let Some(parent) = next.filter(|_| found.len() < 10) {
            found.push(format!("f:{parent}"));
            next = tree.features.iter().find(|f| f.id == parent).and_then(|f| f.parent_id);
        }
    } else if let Some(row) = tree.documents.iter().find(|d| node_id(d) == id) {
        found.push(group_id(row.kind));
    }
    found
}

/// A branch was dragged or moved by keys: documents among those of their type, features in the tree of features.
fn place(ctx: Ctx, tree: &DocumentTree, step: &TreeMove) {
    if let Some(id) = step.id.strip_prefix("f:") {
        return place_feature(ctx, tree, id, &step.place);
    }
    let Some(moved) = tree.documents.iter().find(|d| node_id(d) == step.id) else { return };
    let siblings: Vec<&DocumentRow> = tree.documents.iter().filter(|d| d.kind == moved.kind && d.id != moved.id).collect();
    let at = |id: &str| siblings.iter().position(|d| node_id(d) == id);
    let after = match &step.place {
        TreePlace::Into(id) if *id == group_id(moved.kind) => siblings.last().map(|d| d.id),
        TreePlace::Into(id) | TreePlace::After(id) => match at(id) {
            Some(at) => Some(siblings[at].id),
            None => return refuse(ctx, moved.kind),
        },
        TreePlace::Before(id) => match at(id) {
            Some(at) => at.checked_sub(1).map(|at| siblings[at].id),
            None => return refuse(ctx, moved.kind),
        },
    };
    let (id, rev) = (moved.id, moved.rev.clone());
    spawn_local(async move {
        if let Err(AppError(fault)) = document_place(id, rev, after).await {
            ctx.toasts.fault(&fault);
        }
        ctx.changed();
    });
}

fn refuse(ctx: Ctx, kind: DocumentType) {
    ctx.toasts.info(format!("It stays among the documents under “{}”.", plural(kind)));
}

fn place_feature(ctx: Ctx, tree: &DocumentTree, id: &str, place: &TreePlace) {
    let find = |id: &str| {
        let id = id.strip_prefix("f:")?.parse::<Uuid>().ok()?;
        tree.features.iter().find(|f| f.id == id)
    };
    let Some(moved) = id.parse::<Uuid>().ok().and_then(|id| tree.features.iter().find(|f| f.id == id)) else { return };
    let last_in = |parent: Option<Uuid>| tree.features.iter().rfind(|f| f.parent_id == parent && f.id != moved.id).map(|f| f.id);
    let (parent, after) = match place {
        TreePlace::Into(id) if id.starts_with("g:") => (None, last_in(None)),
        TreePlace::Into(id) => match find(id) {
            Some(target) => (Some(target.id), last_in(Some(target.id))),
            None => return,
        },
        TreePlace::After(id) => match find(id) {
            Some(target) => (target.parent_id, Some(target.id)),
            None => return,
        },
        TreePlace::Before(id) => match find(id) {
            Some(target) => {
                let siblings: Vec<&TreeFeature> =
                    tree.features.iter().filter(|f| f.parent_id == target.parent_id && f.id != moved.id).collect();
                let at = siblings.iter().position(|f| f.id == target.id).unwrap_or(0);
                (target.parent_id, at.checked_sub(1).map(|at| siblings[at].id))
            }
            None => return,
        },
    };
    let (id, rev) = (moved.id, moved.rev.clone());
    spawn_local(async move {
        if let Err(AppError(fault)) = feature_place(id, rev, parent, after).await {
            // A circle or a sixth level is refused where it was tried.
            ctx.toasts.fault(&fault);
        }
        ctx.changed();
    });
}

/// `?for={feature}`: the tree asks for the document a feature does not have yet.
pub fn begin_for(ctx: Ctx, feature: &str) {
    if let Ok(feature) = feature.parse() {
        ctx.making.set(Some(Making { kind: Some(ctx.area.get_untracked().types()[2]), feature: Some(feature) }));
    }
}
