//! Cards that are moved: shown at once, sent one after the other with the version the server answered last. What is
//! refused goes back where it was, with the reason.
use super::calls::work_order_carry;
use factory::work_orders::{Drop, WorkOrder, WorkOrderRow, WorkOrderStatus};
use kernel::{Code, Fault};
use kit::{AppError, Toasts, use_toasts};
use leptos::{prelude::*, task::spawn_local};
use std::collections::{BTreeMap, VecDeque};
use uuid::Uuid;

/// A move that a rule stops and a person may go on with.
#[derive(Clone, Debug, PartialEq)]
pub struct Stopped {
    pub id: Uuid,
    pub rev: String,
    pub to: Drop,
    pub fault: Fault,
}

/// Where a card was before it was taken up.
pub type Origin = (WorkOrderStatus, Option<Uuid>, usize);

/// The rows of the page, with the moves that are under way.
#[derive(Clone, Copy)]
pub struct Moves {
    /// The rows on show.
    pub rows: RwSignal<Vec<WorkOrderRow>>,
    /// Rises with each own change: the page reads again.
    pub version: RwSignal<u64>,
    pub stopped: RwSignal<Option<Stopped>>,
    waiting: StoredValue<VecDeque<(Uuid, WorkOrderStatus, Drop)>>,
    sending: StoredValue<bool>,
    /// A card that is carried by keyboard, and where it was: status, phase and place among the rows.
    held: StoredValue<Option<(Uuid, Origin)>>,
    /// The versions answered since the rows were read.
    revs: StoredValue<BTreeMap<Uuid, String>>,
    toasts: StoredValue<Option<Toasts>>,
}

impl Moves {
    pub fn new() -> Self {
        Self {
            rows: RwSignal::default(),
            version: RwSignal::new(0),
            stopped: RwSignal::new(None),
            waiting: StoredValue::default(),
            sending: StoredValue::new(false),
            held: StoredValue::new(None),
            revs: StoredValue::default(),
            toasts: StoredValue::new(use_context::<Toasts>()),
        }
    }

    pub fn toasts(self) -> Toasts {
        self.toasts.get_value().unwrap_or_else(use_toasts)
    }

    /// Where a card was when it was taken up, if it was.
    pub fn origin(self, id: Uuid) -> Option<Origin> {
        self.held.get_value().filter(|(held, _)| *held == id).map(|(_, origin)| origin)
    }

    /// Keeps where a card was while it is carried; `None` when it is put down.
    pub fn hold(self, card: Option<(Uuid, Origin)>) {
        self.held.set_value(card);
    }

    /// Fresh rows are here. While moves are under way the rows on show are newer.
    pub fn take(self, rows: Vec<WorkOrderRow>) {
        if !self.sending.get_value() && self.held.with_value(Option::is_none) {
            self.revs.update_value(BTreeMap::clear);
            self.rows.set(rows);
        }
    }

    /// Reads the page again.
    pub fn again(self) {
        self.version.update(|n| *n += 1);
    }

    /// Sends a move that is on show already; `saw` is the status it was in.
    pub fn send(self, id: Uuid, saw: WorkOrderStatus, to: Drop) {
        self.waiting.update_value(|queue| queue.push_back((id, saw, to)));
        if self.sending.get_value() {
            return;
        }
        self.sending.set_value(true);
        spawn_local(async move {
            while let Some((id, saw, to)) = self.waiting.try_update_value(VecDeque::pop_front).flatten() {
                if !self.carry(id, saw, to).await {
                    // What waits was made on what is not there.
                    self.waiting.update_value(VecDeque::clear);
                }
            }
            self.sending.set_value(false);
            self.again();
        });
    }

    fn rev(self, id: Uuid) -> String {
        let answered = self.revs.with_value(|revs| revs.get(&id).cloned());
        answered
            .unwrap_or_else(|| self.rows.with_untracked(|rows| rows.iter().find(|r| r.id == id).map(|r| r.rev.clone()).unwrap_or_default()))
    }

    async fn carry(self, id: Uuid, saw: WorkOrderStatus, to: Drop) -> bool {
        let mut rev = self.rev(id);
        // Somebody who edits the text meanwhile is no conflict: the same move goes on the new version.
        for _ in 0..3 {
            let fault = match work_order_carry(id, rev.clone(), to.clone()).await {
                Ok(order) => {
                    self.revs.update_value(|revs| drop(revs.insert(id, order.rev)));
                    return true;
                }
                Err(AppError(fault)) => fault,
            };
            let current = fault.details.as_ref().filter(|_| fault.code == Code::Stale).and_then(|d| d.get("current")).cloned();
            match current.and_then(|now| kit::wire::from_value::<WorkOrder>(now).ok()) {
                Some(now) if now.status == saw => rev = now.rev,
                _ => {
                    match fault.code {
                        Code::Blocked | Code::OpenWorkItems => self.stopped.set(Some(Stopped { id, rev, to, fault })),
                        _ => self.toasts().fault(&fault),
                    }
                    return false;
                }
            }
        }
        self.toasts().info("This work order changes too quickly. Try again.");
        false
    }
}
