//! The feed of a project: who did what, when, and where it leads.
use crate::activities::{Activity, Entity};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Whose lines of a feed are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    Person(Uuid),
    /// Programs with a key.
    Programs,
    /// What the server did by itself.
    Server,
}

/// What a feed is narrowed to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FeedQuery {
    pub kind: Option<Entity>,
    pub who: Option<Who>,
}

/// A line of a feed, and where it leads below the project's address.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FeedRow {
    #[serde(flatten)]
    pub activity: Activity,
    pub path: Option<String>,
}

#[cfg(feature = "ssr")]
pub use service::feed;

#[cfg(feature = "ssr")]
mod service {
    use super::*;
    use crate::activities::{Action, ActorType, Changes};
    use chrono::{DateTime, Utc};
    use kernel::{
        Fault,
        db::TenantTx,
        record::{Cursor, PageRequest, Paged},
    };
    use serde_json::Value;
    use sqlx::types::Json;

    /// All that happened in a project, newest first, each line with the way to what it is about as long as that is there.
    pub async fn feed(tx: &mut TenantTx, project: &str, query: &FeedQuery, page: &PageRequest) -> Result<Paged<FeedRow>, Fault> {
        let project = crate::projects::by_slug(tx, project).await?.id;
        let after = Cursor::<DateTime<Utc>>::of(page)?;
        let (person, actor) = match query.who {
            Some(Who::Person(id)) => (Some(id), None),
            Some(Who::Programs) => (None, Some(ActorType::Agent)),
            Some(Who::Server) => (None, Some(ActorType::System)),
            None => (None, None),
        };
        let rows = sqlx::query!(
            r#"select a.id, a.created_at as at, a.entity_type as entity, a.action as "action: Action",
                 coalesce(f.feature_id, 'WO-' || w.number) as "key?",
                 coalesce(f.name, w.title, i.title, d.title, t.name, b.title, left(b.description, 80), h.name, a.metadata ->> 'name',
                   a.metadata ->> 'title', p.name) as "name?",
                 u.name as "actor?", a.actor_type as "actor_type: ActorType", coalesce(a.changes, '{}') as "changes!: Json<Changes>",
                 a.metadata as "metadata!: Value",
                 case a.entity_type
                   when 'project' then ''
                   when 'feature' then '/features/' || case when f.deleted_at is null then f.feature_id end
                   when 'work_order' then '/planner/' || case when w.deleted_at is null then w.number end
                   when 'document' then case when d.type in ('foundation_blueprint', 'system_diagram', 'feature_blueprint') then '/foundry/' else '/refinery/' end || d.slug
                   when 'feedback_item' then '/validator/' || b.id
                   when 'decision' then '/decisions'
                   when 'artifact' then case
                     when x.id is not null then '/artifacts?open=' || x.id when y.id is not null then '/artifacts/' || y.id end
                   when 'phase' then '/planner?view=phase'
                   when 'work_item' then '/planner/' || o.number
                   when 'test_case' then '/tests?view=cases'
                   when 'test_run' then '/tests/' || r.id
                 end as "path?"
               from factory.activities a
                 join factory.projects p on p.id = a.project_id
                 left join factory.features f on a.entity_type = 'feature' and f.id = a.entity_id
                 left join factory.work_orders w on a.entity_type = 'work_order' and w.id = a.entity_id
                 left join factory.work_items i on a.entity_type = 'work_item' and i.id = a.entity_id
                 left join factory.work_orders o on o.id = i.work_order_id and o.deleted_at is null
                 left join factory.documents d on a.entity_type = 'document' and d.id = a.entity_id
                 left join factory.feedback_items b on a.entity_type = 'feedback_item' and b.id = a.entity_id
                 left join factory.phases h on a.entity_type = 'phase' and h.id = a.entity_id
                 left join factory.test_cases t on a.entity_type = 'test_case' and t.id = a.entity_id
                 left join factory.test_runs r on a.entity_type = 'test_run' and r.id = a.entity_id
                 left join factory.artifacts x on a.entity_type = 'artifact' and x.id = a.entity_id and x.deleted_at is null
                 left join factory.artifact_folders y on a.entity_type = 'artifact' and y.id = a.entity_id
                 left join core.users u on u.id = a.actor_id
               where a.project_id = $1
                 and ($3::uuid is null or a.created_at < $2 or a.created_at = $2 and a.id > $3)
                 and ($5::text is null or a.entity_type = $5)
                 and ($6::uuid is null or a.actor_id = $6)
                 and ($7::text is null or a.actor_type = $7)
               order by a.created_at desc, a.id limit $4"#,
            project,
            after.as_ref().map(|c| c.key),
            after.as_ref().map(|c| c.id),
            page.fetch(),
            query.kind.map(Entity::as_str),
            person,
            actor as Option<ActorType>
        )
        .fetch_all(tx.conn())
        .await?;
        let rows = rows
            .into_iter()
            .map(|r| FeedRow {
                activity: Activity {
                    id: r.id,
                    at: r.at,
                    entity: r.entity,
                    action: r.action,
                    key: r.key,
                    name: r.name,
                    actor: r.actor,
                    actor_type: r.actor_type,
                    changes: r.changes.0,
                    metadata: r.metadata,
                },
                path: r.path,
            })
            .collect();
        Ok(Paged::cut(rows, page, |a: &FeedRow| Cursor::new(a.activity.at, a.activity.id)))
    }
}
