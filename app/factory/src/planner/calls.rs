//! The server functions of the planner. Each reaches one service in one transaction.
use factory::{
    export::ExportFile,
    features::BulkResult,
    phases::{Phase, PhaseInput},
    planner::{Coverage, Covering, SavedView, SavedViewInput, Timeline},
    work_items::{WorkItem, WorkItemInput, WorkItemPatch, WorkItemStatus},
    work_orders::{
        BulkAction, Drop, PersonRef, WorkOrder, WorkOrderDetail, WorkOrderInput, WorkOrderPage, WorkOrderPatch, WorkOrderQuery,
        WorkOrderRef, WorkOrderStatus,
    },
};
use kit::{AppError, Client};
use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How the plan is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum View {
    #[default]
    Table,
    /// A board with a lane for each status.
    Status,
    /// A board with a lane for each phase.
    Phase,
    Timeline,
    Coverage,
}

impl View {
    pub const ALL: [Self; 5] = [Self::Table, Self::Status, Self::Phase, Self::Timeline, Self::Coverage];

    /// As the address says it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Status => "status",
            Self::Phase => "phase",
            Self::Timeline => "timeline",
            Self::Coverage => "coverage",
        }
    }

    pub fn parse(text: &str) -> Self {
        Self::ALL.into_iter().find(|v| v.as_str() == text).unwrap_or_default()
    }
}

/// What a work order can be put into and given to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sides {
    pub phases: Vec<Phase>,
    pub people: Vec<PersonRef>,
}

/// What the planner shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Shown {
    Table(WorkOrderPage),
    Board(View, WorkOrderPage),
    Timeline(Sides, Timeline),
    Coverage(Sides, Coverage),
}

/// The plan, looked at in one way.
#[server(client = Client, output = kit::Wire)]
pub async fn planner_show(project: String, view: View, #[server(default)] query: WorkOrderQuery) -> Result<Shown, AppError> {
    kit::call::read_tenant(async |tx| match view {
        View::Table => Ok(Shown::Table(factory::work_orders::page(tx, &project, &query).await?)),
        View::Status | View::Phase => Ok(Shown::Board(view, factory::work_orders::board(tx, &project, &query).await?)),
        View::Timeline => {
            let timeline = factory::planner::timeline(tx, &project).await?;
            let sides = Sides { phases: timeline.phases.clone(), people: factory::work_orders::people(tx).await? };
            Ok(Shown::Timeline(sides, timeline))
        }
        View::Coverage => {
            let after = Some(query.after.clone()).filter(|a| !a.is_empty());
            let page = kernel::record::PageRequest { after, limit: Some(50) };
            let matrix = factory::planner::coverage(tx, &project, &page).await?;
            let sides = Sides { phases: factory::phases::list(tx, &project).await?, people: factory::work_orders::people(tx).await? };
            Ok(Shown::Coverage(sides, matrix))
        }
    })
    .await
}

/// A work order with its surroundings.
#[server(client = Client, output = kit::Wire)]
pub async fn work_order_get(project: String, number: i32) -> Result<WorkOrderDetail, AppError> {
    kit::call::read_tenant(async |tx| factory::work_orders::by_number(tx, &project, number).await).await
}

/// Work orders whose title or number holds what was typed, for pickers.
#[server(client = Client, output = kit::Wire)]
pub async fn work_order_suggest(project: String, typed: String) -> Result<Vec<WorkOrderRef>, AppError> {
    let query = WorkOrderQuery { q: typed, limit: Some(10), ..Default::default() };
    kit::call::read_tenant(async |tx| {
        let page = factory::work_orders::page(tx, &project, &query).await?;
        Ok(page.rows.into_iter().map(|w| WorkOrderRef { id: w.id, number: w.number, title: w.title, status: w.status }).collect())
    })
    .await
}

/// Adds a work order.
#[server(client = Client, output = kit::Wire, input = Json)]
pub async fn work_order_create(project: String, input: WorkOrderInput) -> Result<WorkOrder, AppError> {
    kit::call::in_tenant(async |tx| factory::work_orders::create(tx, &project, &input).await).await
}

/// Changes some fields of a work order.
#[server(client = Client, output = kit::Wire, input = Json)]
pub async fn work_order_update(id: Uuid, rev: String, patch: WorkOrderPatch) -> Result<WorkOrder, AppError> {
    kit::call::in_tenant(async |tx| factory::work_orders::update(tx, id, &rev, &patch).await).await
}

/// Moves a work order to another status; `force` in spite of what stands in the way.
#[server(client = Client, output = kit::Wire)]
pub async fn work_order_move(
    id: Uuid,
    rev: String,
    status: WorkOrderStatus,
    #[server(default)] force: bool,
) -> Result<WorkOrder, AppError> {
    kit::call::in_tenant(async |tx| factory::work_orders::move_to(tx, id, &rev, status, force).await).await
}

/// Does what a drop on a board asks for.
#[server(client = Client, output = kit::Wire, input = Json)]
pub async fn work_order_carry(id: Uuid, rev: String, to: Drop) -> Result<WorkOrder, AppError> {
    kit::call::in_tenant(async |tx| factory::work_orders::carry(tx, id, &rev, &to).await).await
}

/// Says that a work order waits for another, or no longer.
#[server(client = Client, output = kit::Wire)]
pub async fn work_order_block(id: Uuid, by: Uuid, waits: bool) -> Result<(), AppError> {
    kit::call::in_tenant(async |tx| match waits {
        true => factory::work_orders::block(tx, id, by).await,
        false => factory::work_orders::unblock(tx, id, by).await,
    })
    .await
}

/// Deletes a work order.
#[server(client = Client, output = kit::Wire)]
pub async fn work_order_remove(id: Uuid, rev: String) -> Result<WorkOrder, AppError> {
    kit::call::in_tenant(async |tx| factory::work_orders::remove(tx, id, &rev).await).await
}

/// Brings deleted work orders back.
#[server(client = Client, output = kit::Wire, input = Json)]
pub async fn work_orders_restore(ids: Vec<Uuid>) -> Result<usize, AppError> {
    kit::call::in_tenant(async |tx| {
        for id in &ids {
            factory::work_orders::restore(tx, *id).await?;
        }
        Ok(ids.len())
    })
    .await
}

/// One change for up to 100 work orders.
#[server(client = Client, output = kit::Wire, input = Json)]
pub async fn work_orders_bulk(project: String, ids: Vec<Uuid>, action: BulkAction) -> Result<Vec<BulkResult>, AppError> {
    kit::call::in_tenant(async |tx| factory::work_orders::bulk(tx, &project, &ids, &action).await).await
}

/// Adds a phase.
#[server(client = Client, output = kit::Wire, input = Json)]
pub async fn phase_create(project: String, input: PhaseInput) -> Result<Phase, AppError> {
    kit::call::in_tenant(async |tx| factory::phases::create(tx, &project, &input).await).await
}

/// Changes name and description of a phase.
#[server(client = Client, output = kit::Wire, input = Json)]
pub async fn phase_update(id: Uuid, rev: String, input: PhaseInput) -> Result<Phase, AppError> {
    kit::call::in_tenant(async |tx| factory::phases::update(tx, id, &rev, &input).await).await
}

/// Puts a phase behind another; without one, first.
#[server(client = Client, output = kit::Wire)]
pub async fn phase_place(id: Uuid, after: Option<Uuid>) -> Result<Vec<Phase>, AppError> {
    kit::call::in_tenant(async |tx| factory::phases::place(tx, id, after).await).await
}

/// Takes a phase away.
#[server(client = Client, output = kit::Wire)]
pub async fn phase_remove(id: Uuid, rev: String) -> Result<(), AppError> {
    kit::call::in_tenant(async |tx| factory::phases::remove(tx, id, &rev).await).await
}

/// Adds a work item.
#[server(client = Client, output = kit::Wire, input = Json)]
pub async fn work_item_create(project: String, input: WorkItemInput) -> Result<WorkItem, AppError> {
    kit::call::in_tenant(async |tx| factory::work_items::create(tx, &project, &input).await).await
}

/// Changes some fields of a work item.
#[server(client = Client, output = kit::Wire, input = Json)]
pub async fn work_item_update(id: Uuid, rev: String, patch: WorkItemPatch) -> Result<WorkItem, AppError> {
    kit::call::in_tenant(async |tx| factory::work_items::update(tx, id, &rev, &patch).await).await
}

/// Moves a work item to another status.
#[server(client = Client, output = kit::Wire)]
pub async fn work_item_move(id: Uuid, rev: String, status: WorkItemStatus) -> Result<WorkItem, AppError> {
    kit::call::in_tenant(async |tx| factory::work_items::move_to(tx, id, &rev, status).await).await
}

/// Takes a work item away.
#[server(client = Client, output = kit::Wire)]
pub async fn work_item_remove(id: Uuid, rev: String) -> Result<(), AppError> {
    kit::call::in_tenant(async |tx| factory::work_items::remove(tx, id, &rev).await).await
}

/// The saved views of a project: the team's and one's own.
#[server(client = Client, output = kit::Wire)]
pub async fn views_list(project: String) -> Result<Vec<SavedView>, AppError> {
    kit::call::read_tenant(async |tx| factory::planner::views(tx, &project).await).await
}

/// Keeps a view under its name.
#[server(client = Client, output = kit::Wire, input = Json)]
pub async fn view_save(project: String, input: SavedViewInput) -> Result<Vec<SavedView>, AppError> {
    kit::call::in_tenant(async |tx| factory::planner::save_view(tx, &project, &input).await).await
}

/// Takes a saved view away.
#[server(client = Client, output = kit::Wire)]
pub async fn view_remove(id: Uuid) -> Result<(), AppError> {
    kit::call::in_tenant(async |tx| factory::planner::remove_view(tx, id).await).await
}

/// Says that something covers a criterion, or does not; `None` leaves it to the words again.
#[server(client = Client, output = kit::Wire, input = Json)]
pub async fn criterion_cover(feature: Uuid, criterion: String, what: Covering, covers: Option<bool>) -> Result<(), AppError> {
    kit::call::in_tenant(async |tx| factory::planner::cover(tx, feature, &criterion, what, covers).await).await
}

/// The matrix of coverage as a file.
#[server(client = Client, output = kit::Wire)]
pub async fn coverage_export(project: String) -> Result<ExportFile, AppError> {
    kit::call::read_tenant(async |tx| factory::planner::coverage_csv(tx, &project).await).await
}
