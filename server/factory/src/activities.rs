//! What happened to projects and features, field by field.
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use uuid::Uuid;

/// What an activity is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
pub enum Entity {
    Project,
    Feature,
    Document,
    WorkOrder,
    FeedbackItem,
    Phase,
    WorkItem,
    TestCase,
    TestRun,
    Artifact,
    Decision,
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
pub enum Action {
    Created,
    Updated,
    Deleted,
    Restored,
    StatusChanged,
    CommentAdded,
    VersionCreated,
    DriftDetected,
    SuggestionDecided,
    Indexed,
    Exported,
}

/// Who did it: a person, a program with a key, or the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
pub enum ActorType {
    User,
    Agent,
    System,
}

/// One field before and after.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    pub old: Value,
    pub new: Value,
}

/// The fields that changed: `{field: {old, new}}`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Changes(pub BTreeMap<String, Change>);

impl Changes {
    /// Notes a field if its values differ.
    pub fn note<T: Serialize + PartialEq>(&mut self, field: &str, old: &T, new: &T) {
        if old != new {
            let value = |v: &T| serde_json::to_value(v).unwrap_or(Value::Null);
            self.0.insert(field.to_owned(), Change { old: value(old), new: value(new) });
        }
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The names of the changed fields.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

/// One line of a history or feed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Activity {
    pub id: Uuid,
    pub at: DateTime<Utc>,
    pub entity: String,
    pub action: Action,
    /// Key and name of the feature or work order, or the name of the project, as they are now.
    pub key: Option<String>,
    pub name: Option<String>,
    pub actor: Option<String>,
    pub actor_type: ActorType,
    #[serde(default, skip_serializing_if = "Changes::is_empty")]
    pub changes: Changes,
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub metadata: Value,
}

impl Entity {
    pub const ALL: [Self; 11] = [
        Self::Project,
        Self::Document,
        Self::Decision,
        Self::Feature,
        Self::Phase,
        Self::WorkOrder,
        Self::WorkItem,
        Self::TestCase,
        Self::TestRun,
        Self::FeedbackItem,
        Self::Artifact,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Project => "project",
            Self::Feature => "feature",
            Self::Document => "document",
            Self::WorkOrder => "work_order",
            Self::FeedbackItem => "feedback_item",
            Self::Phase => "phase",
            Self::WorkItem => "work_item",
            Self::TestCase => "test_case",
            Self::TestRun => "test_run",
            Self::Artifact => "artifact",
            Self::Decision => "decision",
        }
    }

    /// The kind on screen, as the filter of a feed says it.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Project => "Project",
            Self::Feature => "Features",
            Self::Document => "Documents",
            Self::WorkOrder => "Work orders",
            Self::FeedbackItem => "Feedback",
            Self::Phase => "Phases",
            Self::WorkItem => "Work items",
            Self::TestCase => "Test cases",
            Self::TestRun => "Test runs",
            Self::Artifact => "Files",
            Self::Decision => "Decisions",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

#[cfg(feature = "ssr")]
pub use service::{count, count_of_work_order, of_entity, of_feature, of_work_order, recent, record, record_many};

#[cfg(feature = "ssr")]
mod service {
    use super::*;
    use kernel::{
        Fault, Perm,
        access::ActorKind,
        db::TenantTx,
        record::{Cursor, PageRequest, Paged},
    };
    use serde_json::json;
    use sqlx::types::Json;

    fn actor_type(tx: &TenantTx) -> ActorType {
        match tx.actor().kind {
            ActorKind::User | ActorKind::PlatformAdmin => ActorType::User,
            ActorKind::ApiKey | ActorKind::ApiToken => ActorType::Agent,
            ActorKind::System => ActorType::System,
        }
    }

    /// Writes one line in the transaction of the change.
    pub async fn record(
        tx: &mut TenantTx,
        project: Uuid,
        entity: Entity,
        id: Uuid,
        action: Action,
        changes: Changes,
        metadata: Value,
    ) -> Result<(), Fault> {
        record_many(tx, project, entity, vec![(id, action, changes, metadata)]).await
    }

    /// Writes many lines in one statement.
    pub async fn record_many(
        tx: &mut TenantTx,
        project: Uuid,
        entity: Entity,
        entries: Vec<(Uuid, Action, Changes, Value)>,
    ) -> Result<(), Fault> {
        if entries.is_empty() {
            return Ok(());
        }
        let (actor, kind) = (tx.actor().user, actor_type(tx));
        let entries: Vec<Value> = entries
            .into_iter()
            .map(|(id, action, changes, metadata)| json!({ "id": id, "action": action, "changes": (!changes.is_empty()).then_some(changes), "metadata": metadata }))
            .collect();
        sqlx::query!(
            r#"insert into factory.activities (project_id, entity_type, entity_id, action, changes, metadata, actor_id, actor_type)
               select $1, $2, x.id, x.action, nullif(x.changes, 'null'), x.metadata, $3, $4
               from jsonb_to_recordset($5) as x(id uuid, action text, changes jsonb, metadata jsonb)"#,
            project,
            entity as Entity,
            actor,
            kind as ActorType,
            Json(entries) as Json<Vec<Value>>
        )
        .execute(tx.conn())
        .await?;
        Ok(())
    }

    /// The history of one feature, newest first.
    pub async fn of_feature(tx: &mut TenantTx, feature: Uuid, page: &PageRequest) -> Result<Paged<Activity>, Fault> {
        tx.require(Perm::FactoryRead)?;
        let after = Cursor::<DateTime<Utc>>::of(page)?;
        let rows = sqlx::query_as!(
            Activity,
            r#"select a.id, a.created_at as at, a.entity_type as entity, a.action as "action: Action", f.feature_id as "key?", f.name as "name?",
                 u.name as "actor?", a.actor_type as "actor_type: ActorType", coalesce(a.changes, '{}') as "changes!: Json<Changes>",
                 a.metadata as "metadata!: Value"
               from factory.activities a
                 left join factory.features f on f.id = a.entity_id
                 left join core.users u on u.id = a.actor_id
               where a.entity_type = 'feature' and a.entity_id = $1
                 and ($3::uuid is null or a.created_at < $2 or a.created_at = $2 and a.id > $3)
               order by a.created_at desc, a.id limit $4"#,
            feature,
            after.as_ref().map(|c| c.key),
            after.as_ref().map(|c| c.id),
            page.fetch()
        )
        .fetch_all(tx.conn())
        .await?;
        Ok(Paged::cut(rows, page, |a| Cursor::new(a.at, a.id)))
    }

    /// The history of one work order, newest first.
    pub async fn of_work_order(tx: &mut TenantTx, order: Uuid, page: &PageRequest) -> Result<Paged<Activity>, Fault> {
        tx.require(Perm::FactoryRead)?;
        let after = Cursor::<DateTime<Utc>>::of(page)?;
        let rows = sqlx::query_as!(
            Activity,
            r#"select a.id, a.created_at as at, a.entity_type as entity, a.action as "action: Action", 'WO-' || w.number as "key?",
                 w.title as "name?", u.name as "actor?", a.actor_type as "actor_type: ActorType", coalesce(a.changes, '{}') as "changes!: Json<Changes>",
                 a.metadata as "metadata!: Value"
               from factory.activities a
                 left join factory.work_orders w on w.id = a.entity_id
                 left join core.users u on u.id = a.actor_id
               where a.entity_type = 'work_order' and a.entity_id = $1
                 and ($3::uuid is null or a.created_at < $2 or a.created_at = $2 and a.id > $3)
               order by a.created_at desc, a.id limit $4"#,
            order,
            after.as_ref().map(|c| c.key),
            after.as_ref().map(|c| c.id),
            page.fetch()
        )
        .fetch_all(tx.conn())
        .await?;
        Ok(Paged::cut(rows, page, |a| Cursor::new(a.at, a.id)))
    }

    /// How long the history of a work order is.
    pub async fn count_of_work_order(tx: &mut TenantTx, order: Uuid) -> Result<i64, Fault> {
        tx.require(Perm::FactoryRead)?;
        let count = sqlx::query_scalar!(
            r#"select count(*) as "n!" from factory.activities where entity_type = 'work_order' and entity_id = $1"#,
            order
        );
        Ok(count.fetch_one(tx.conn()).await?)
    }

    /// How much happened in a project.
    pub async fn count(tx: &mut TenantTx, project: Uuid) -> Result<i64, Fault> {
        tx.require(Perm::FactoryRead)?;
        let count = sqlx::query_scalar!(r#"select count(*) as "n!" from factory.activities where project_id = $1"#, project);
        Ok(count.fetch_one(tx.conn()).await?)
    }

    /// The history of one entity that is neither project nor feature, newest first.
    pub async fn of_entity(tx: &mut TenantTx, kind: Entity, id: Uuid, most: i64) -> Result<Vec<Activity>, Fault> {
        tx.require(Perm::FactoryRead)?;
        Ok(sqlx::query_as!(
            Activity,
            r#"select a.id, a.created_at as at, a.entity_type as entity, a.action as "action: Action", null::text as key, null::text as name,
                 u.name as "actor?", a.actor_type as "actor_type: ActorType", coalesce(a.changes, '{}') as "changes!: Json<Changes>",
                 a.metadata as "metadata!: Value"
               from factory.activities a left join core.users u on u.id = a.actor_id
               where a.entity_type = $1 and a.entity_id = $2 order by a.created_at desc, a.id limit $3"#,
            kind as Entity,
            id,
            most
        )
        .fetch_all(tx.conn())
        .await?)
    }

    /// What happened lately in a project, newest first.
    pub async fn recent(tx: &mut TenantTx, project: Uuid, page: &PageRequest) -> Result<Paged<Activity>, Fault> {
        tx.require(Perm::FactoryRead)?;
        let after = Cursor::<DateTime<Utc>>::of(page)?;
        let rows = sqlx::query_as!(
            Activity,
            r#"select a.id, a.created_at as at, a.entity_type as entity, a.action as "action: Action",
                 coalesce(f.feature_id, 'WO-' || w.number) as "key?", coalesce(f.name, w.title, i.title, a.metadata ->> 'name', a.metadata ->> 'title', p.name) as "name?", u.name as "actor?", a.actor_type as "actor_type: ActorType",
                 coalesce(a.changes, '{}') as "changes!: Json<Changes>", a.metadata as "metadata!: Value"
               from factory.activities a
                 join factory.projects p on p.id = a.project_id
                 left join factory.features f on a.entity_type = 'feature' and f.id = a.entity_id
                 left join factory.work_orders w on a.entity_type = 'work_order' and w.id = a.entity_id
                 left join factory.work_items i on a.entity_type = 'work_item' and i.id = a.entity_id
                 left join core.users u on u.id = a.actor_id
               where a.project_id = $1
                 and ($3::uuid is null or a.created_at < $2 or a.created_at = $2 and a.id > $3)
               order by a.created_at desc, a.id limit $4"#,
            project,
            after.as_ref().map(|c| c.key),
            after.as_ref().map(|c| c.id),
            page.fetch()
        )
        .fetch_all(tx.conn())
        .await?;
        Ok(Paged::cut(rows, page, |a| Cursor::new(a.at, a.id)))
    }

    impl From<Json<Changes>> for Changes {
        fn from(json: Json<Changes>) -> Self {
            json.0
        }
    }
}
