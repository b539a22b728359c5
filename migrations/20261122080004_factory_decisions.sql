-- The decision log of a project (chapter 20, section 10.10): what was decided, between what, why and when; the graph says what
-- follows from it.

create table factory.decisions (
  id uuid primary key default gen_random_uuid(),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  organization_id uuid not null default core.tenant() references core.organizations on delete cascade,
  project_id uuid not null,
  number int not null check (number > 0),
  title text not null check (title <> '' and char_length(title) <= 500),
  context text check (char_length(context) <= 10000),
  -- What there was to choose from, each a line.
  options text[] not null default '{}' check (cardinality(options) <= 20),
  choice text not null check (choice <> '' and char_length(choice) <= 10000),
  decided_on date not null,
  created_by uuid references core.users on delete set null,
  deleted_at timestamptz,
  foreign key (organization_id, project_id) references factory.projects (organization_id, id) on delete cascade,
  unique (organization_id, id),
  unique (project_id, number)
);
create index idx_decisions_project on factory.decisions (project_id, decided_on desc, number desc) where deleted_at is null;
create index decisions_created_by_idx on factory.decisions (created_by) where created_by is not null;
comment on table factory.decisions is 'class=service; privacy:user=created_by; erase=keep';
select core.tenant_table('factory.decisions');

alter table factory.graph_nodes drop constraint graph_nodes_entity_type_check;
alter table factory.graph_nodes add constraint graph_nodes_entity_type_check
  check (entity_type in ('document', 'work_order', 'feature', 'feedback_item', 'artifact', 'codebase_file', 'decision'));
