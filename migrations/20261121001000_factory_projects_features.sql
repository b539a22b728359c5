-- Projects, features and their history (chapter 20, sections 2.2 and 2.3).
--
-- Keys and slugs compare byte by byte (collate "C"), so that ranges over them mean the same on every machine.
-- Columns named *_order are what lists sort by: plain columns, since a row-secured table keeps expressions with
-- functions away from its indexes.

-- "PCT-2" before "PCT-10": numbers padded to ten digits, all lower case.
create function factory.natural_key(key text) returns text language sql immutable parallel safe
  return regexp_replace(regexp_replace(lower(key), '(\d+)', '000000000\1', 'g'), '\d*(\d{10})(?!\d)', '\1', 'g');

-- The words of a text, as search knows them: runs of letters and digits, lower case, at most 40 characters.
create function factory.words(t text) returns text[] language sql immutable parallel safe
  return (select coalesce(array_agg(distinct left(w, 40)), '{}') from regexp_split_to_table(lower(t), '[^[:alnum:]]+') w where w <> '');

-- The same for what a feature waits for: ">" and the key.
create function factory.dependency_words(dependencies jsonb) returns text[] language sql immutable parallel safe
  return (select coalesce(array_agg(distinct '>' || left(d, 100)), '{}') from jsonb_array_elements_text(dependencies) d);

create table factory.projects (
  id uuid primary key default gen_random_uuid(),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  organization_id uuid not null default core.tenant() references core.organizations on delete cascade,
  name varchar(255) not null check (name <> ''),
  slug text not null collate "C" check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
  description text,
  settings jsonb not null default '{}' check (jsonb_typeof(settings) = 'object'),
  archived_at timestamptz,
  repo_url varchar(500),
  branch varchar(100) not null default 'main',
  status varchar(50) not null default 'active' check (status in ('draft', 'active', 'paused', 'archived', 'complete')),
  metadata jsonb not null default '{}' check (jsonb_typeof(metadata) = 'object'),
  name_order text not null generated always as (lower(name)) stored,
  check ((status = 'archived') = (archived_at is not null)),
  unique (organization_id, slug),
  unique (organization_id, id)
);
create index idx_projects_org on factory.projects (organization_id, name_order, id) where archived_at is null;
create index idx_projects_archived on factory.projects (organization_id, name_order, id) where archived_at is not null;
comment on table factory.projects is 'class=service';
select core.tenant_table('factory.projects');
-- Asked once a statement instead of once a row.
alter policy tenant on factory.projects using (organization_id = (select core.tenant()));

create table factory.features (
  id uuid primary key default gen_random_uuid(),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  organization_id uuid not null default core.tenant() references core.organizations on delete cascade,
  project_id uuid not null,
  parent_id uuid,
  feature_id varchar(100) not null collate "C" check (feature_id <> ''),
  name varchar(255) not null check (name <> ''),
  slug text not null collate "C",
  description text,
  category varchar(100),
  priority varchar(20) check (priority in ('P0', 'P1', 'P2', 'P3')),
  passes bool not null default false,
  status varchar(50) not null default 'pending' check (status in ('pending', 'in_progress', 'passing', 'failing', 'blocked')),
  criteria jsonb check (jsonb_typeof(criteria) = 'array'),
  effort varchar(20),
  dependencies jsonb not null default '[]' check (jsonb_typeof(dependencies) = 'array'),
  sort_order int not null default 0,
  deleted_at timestamptz,
  key_order text not null collate "C" generated always as (factory.natural_key(feature_id)) stored,
  name_order text not null generated always as (lower(name)) stored,
  -- The order of work, and of urgency; without a priority last.
  status_order smallint not null generated always as (case status when 'failing' then 0 when 'blocked' then 1 when 'in_progress' then 2
    when 'pending' then 3 else 4 end) stored,
  priority_order smallint not null generated always as (case priority when 'P0' then 0 when 'P1' then 1 when 'P2' then 2
    when 'P3' then 3 else 4 end) stored,
  criteria_total smallint not null generated always as (least(jsonb_array_length(coalesce(criteria, '[]')), 32767)) stored,
  criteria_met smallint not null generated always as
    (least(jsonb_array_length(jsonb_path_query_array(coalesce(criteria, '[]'), '$[*] ? (@.met == true)')), 32767)) stored,
  -- The first word names the project, so that the index answers for one project alone.
  search tsvector not null generated always as (array_to_tsvector(array['#' || project_id]
    || factory.words(feature_id || ' ' || name || ' ' || coalesce(category, '') || ' ' || coalesce(description, '')) || factory.dependency_words(dependencies))) stored,
  check (parent_id <> id),
  foreign key (organization_id, project_id) references factory.projects (organization_id, id) on delete cascade,
  foreign key (organization_id, parent_id) references factory.features (organization_id, id) on delete cascade,
  unique (organization_id, id),
  unique (organization_id, project_id, feature_id),
  unique (organization_id, project_id, slug)
);
-- One index per order of the list; the first three also serve the filters.
create index idx_features_project on factory.features (project_id, key_order, id) where deleted_at is null;
create index idx_features_status on factory.features (project_id, status_order, id) where deleted_at is null;
create index idx_features_priority on factory.features (project_id, priority_order, id) where deleted_at is null;
create index idx_features_name on factory.features (project_id, name_order, id) where deleted_at is null;
create index idx_features_updated on factory.features (project_id, updated_at, id) where deleted_at is null;
create index idx_features_sort on factory.features (project_id, sort_order, id) where deleted_at is null;
create index idx_features_category on factory.features (project_id, category, id) where deleted_at is null and category is not null;
create index idx_features_roots on factory.features (project_id, sort_order, id) where deleted_at is null and parent_id is null;
create index idx_features_parent on factory.features (parent_id, sort_order, id) where parent_id is not null;
create index idx_features_search on factory.features using gin (search);
comment on table factory.features is 'class=service';

-- A feature passes exactly when its status says so, whoever writes the row.
create function factory.keep_passes() returns trigger language plpgsql as $$
begin
  new.passes := new.status = 'passing';
  return new;
end $$;
create trigger keep_passes before insert or update on factory.features for each row execute function factory.keep_passes();
select core.tenant_table('factory.features');
alter policy tenant on factory.features using (organization_id = (select core.tenant()));

create table factory.activities (
  id uuid primary key default gen_random_uuid(),
  created_at timestamptz not null default now(),
  organization_id uuid not null default core.tenant() references core.organizations on delete cascade,
  project_id uuid not null,
  entity_type text not null,
  entity_id uuid not null,
  action text not null check (action in ('created', 'updated', 'deleted', 'restored', 'status_changed', 'comment_added', 'version_created',
    'drift_detected', 'suggestion_decided', 'indexed', 'exported')),
  changes jsonb check (jsonb_typeof(changes) = 'object'),
  metadata jsonb not null default '{}' check (jsonb_typeof(metadata) = 'object'),
  actor_id uuid references core.users on delete set null,
  actor_type text not null default 'user' check (actor_type in ('user', 'agent', 'system')),
  foreign key (organization_id, project_id) references factory.projects (organization_id, id) on delete cascade,
  unique (organization_id, id)
);
create index idx_activities_project on factory.activities (project_id, created_at desc, id);
create index idx_activities_entity on factory.activities (entity_type, entity_id, created_at desc, id);
create index idx_activities_actor on factory.activities (actor_id) where actor_id is not null;
comment on table factory.activities is 'class=service; privacy:user=actor_id; erase=keep';
select core.tenant_table('factory.activities');
alter policy tenant on factory.activities using (organization_id = (select core.tenant()));
