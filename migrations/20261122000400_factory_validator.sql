-- What users say, where it goes on, and the jobs of a project as its people see them (chapter 20, section 2.2).

create table factory.feedback_items (
  id uuid primary key default gen_random_uuid(),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  organization_id uuid not null default core.tenant() references core.organizations on delete cascade,
  project_id uuid not null,
  title text check (char_length(title) <= 500),
  description text not null check (char_length(description) between 1 and 10000),
  category text check (category in ('bug', 'feature_request', 'performance', 'other')),
  priority_score real check (priority_score between 0 and 1),
  status text not null default 'new' check (status in ('new', 'triaged', 'in_progress', 'resolved', 'dismissed')),
  browser_info jsonb,
  device_info jsonb,
  session_data jsonb,
  source_app_key_id uuid,
  external_user_id text check (char_length(external_user_id) <= 255),
  generated_issue_url text,
  generated_issue_id text,
  tags text[] not null default '{}' check (cardinality(tags) <= 20),
  idempotency_key text check (char_length(idempotency_key) <= 255),
  foreign key (organization_id, project_id) references factory.projects (organization_id, id) on delete cascade,
  foreign key (organization_id, source_app_key_id) references core.api_keys (organization_id, id) on delete set null (source_app_key_id),
  unique (organization_id, id),
  unique (source_app_key_id, idempotency_key)
);
create index idx_feedback_project on factory.feedback_items (project_id, created_at desc, id);
create index idx_feedback_status on factory.feedback_items (project_id, status, created_at desc, id);
create index idx_feedback_category on factory.feedback_items (project_id, category, created_at desc, id);
create index idx_feedback_tags on factory.feedback_items using gin (tags);
comment on table factory.feedback_items is 'class=service';
select core.tenant_table('factory.feedback_items');

create table factory.integration_configs (
  id uuid primary key default gen_random_uuid(),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  organization_id uuid not null default core.tenant() references core.organizations on delete cascade,
  project_id uuid not null,
  type text not null check (type in ('slack', 'github_issues', 'jira')),
  config jsonb not null check (jsonb_typeof(config) = 'object'),
  enabled bool not null default true,
  foreign key (organization_id, project_id) references factory.projects (organization_id, id) on delete cascade,
  unique (organization_id, id),
  unique (project_id, type)
);
comment on table factory.integration_configs is 'class=service';
select core.tenant_table('factory.integration_configs');

create table factory.job_runs (
  id uuid primary key default gen_random_uuid(),
  created_at timestamptz not null default now(),
  organization_id uuid not null default core.tenant() references core.organizations on delete cascade,
  project_id uuid not null,
  job_type text not null,
  status text not null default 'pending' check (status in ('pending', 'running', 'completed', 'failed')),
  input jsonb,
  output jsonb,
  error text,
  started_at timestamptz,
  completed_at timestamptz,
  core_job_id uuid,
  attempts int not null default 0 check (attempts >= 0),
  progress smallint not null default 0 check (progress between 0 and 100), -- percent
  foreign key (organization_id, project_id) references factory.projects (organization_id, id) on delete cascade,
  unique (organization_id, id)
);
create index idx_job_runs_project on factory.job_runs (project_id, created_at desc, id);
create index idx_job_runs_status on factory.job_runs (status) where status in ('pending', 'running');
create index idx_job_runs_job on factory.job_runs (core_job_id) where core_job_id is not null;
comment on table factory.job_runs is 'class=service';
select core.tenant_table('factory.job_runs');

-- Deliveries of webhooks, each taken once. Which project it is for is known only after its signature was checked.
create table factory.webhook_deliveries (
  delivery_id text primary key check (char_length(delivery_id) <= 255),
  event text not null,
  organization_id uuid references core.organizations on delete cascade,
  project_id uuid,
  received_at timestamptz not null default now(),
  outcome text not null,
  foreign key (organization_id, project_id) references factory.projects (organization_id, id) on delete cascade
);
create index webhook_deliveries_received_at_idx on factory.webhook_deliveries (received_at);
create index webhook_deliveries_project_idx on factory.webhook_deliveries (organization_id, project_id, received_at desc);
comment on table factory.webhook_deliveries is 'class=internal';
select core.quiet_tenant_table('factory.webhook_deliveries');

-- Notices of a project go with it.
alter table core.notifications no force row level security;
delete from core.notifications n
  where n.project_id is not null and not exists (select from factory.projects p where p.organization_id = n.org_id and p.id = n.project_id);
alter table core.notifications force row level security;
alter table core.notifications add constraint notifications_project_id_fkey
  foreign key (org_id, project_id) references factory.projects (organization_id, id) on delete cascade;
