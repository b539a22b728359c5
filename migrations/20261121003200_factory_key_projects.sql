-- A key that is bound to a project goes with it: without its bound it would reach everything.
alter table core.api_keys no force row level security;
delete from core.api_keys k
  where k.project_id is not null
    and not exists (select from factory.projects p where p.organization_id = k.organization_id and p.id = k.project_id);
alter table core.api_keys force row level security;
alter table core.api_keys add constraint api_keys_project_id_fkey
  foreign key (organization_id, project_id) references factory.projects (organization_id, id) on delete cascade;
create index api_keys_project_id_idx on core.api_keys (organization_id, project_id) where project_id is not null;
