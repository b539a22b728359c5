-- The feed of a project, narrowed to a kind or to a person (chapter 20, section 4, `/activity`).

create index idx_activities_project_kind on factory.activities (project_id, entity_type, created_at desc, id);
create index idx_activities_project_actor on factory.activities (project_id, actor_id, created_at desc, id);
