-- The plan and its proof: phases, work orders, work items, tests (chapter 20, section 2.2).

create table factory.phases (
  id uuid primary key default gen_random_uuid(),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  organization_id uuid not null default core.tenant() references core.organizations on delete cascade,
  project_id uuid not null,
  name text not null check (name <> '' and char_length(name) <= 255),
  description text check (char_length(description) <= 2000),
  sort_order int not null default 0,
  foreign key (organization_id, project_id) references factory.projects (organization_id, id) on delete cascade,
  unique (organization_id, id)
);
create index idx_phases_project on factory.phases (project_id, sort_order, id);
comment on table factory.phases is 'class=service';
select core.tenant_table('factory.phases');

create table factory.work_orders (
  id uuid primary key default gen_random_uuid(),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  organization_id uuid not null default core.tenant() references core.organizations on delete cascade,
  project_id uuid not null,
  number int not null check (number > 0),
  phase_id uuid,
  feature_id uuid,
  title text not null check (title <> '' and char_length(title) <= 500),
  status text not null default 'backlog' check (status in ('backlog', 'ready', 'in_progress', 'in_review', 'done')),
  description jsonb check (jsonb_typeof(description) = 'object'),
  acceptance_criteria jsonb check (jsonb_typeof(acceptance_criteria) = 'object'),
  out_of_scope jsonb check (jsonb_typeof(out_of_scope) = 'object'),
  implementation_plan jsonb check (jsonb_typeof(implementation_plan) = 'object'),
  assignee_ids uuid[] not null default '{}',
  sort_order int not null default 0,
  deliverable_type text check (char_length(deliverable_type) <= 100),
  created_by uuid references core.users on delete set null,
  deleted_at timestamptz,
  -- As lists sort: the order of work.
  status_order smallint not null generated always as (case status when 'backlog' then 0 when 'ready' then 1 when 'in_progress' then 2
    when 'in_review' then 3 else 4 end) stored,
  title_order text not null generated always as (lower(title)) stored,
  foreign key (organization_id, project_id) references factory.projects (organization_id, id) on delete cascade,
  foreign key (organization_id, phase_id) references factory.phases (organization_id, id) on delete set null (phase_id),
  foreign key (organization_id, feature_id) references factory.features (organization_id, id) on delete set null (feature_id),
  unique (organization_id, id),
  unique (project_id, number)
);
create index idx_work_orders_project on factory.work_orders (project_id, sort_order, id) where deleted_at is null;
create index idx_work_orders_phase on factory.work_orders (phase_id, sort_order, id) where deleted_at is null;
create index idx_work_orders_status on factory.work_orders (project_id, status, sort_order, id) where deleted_at is null;
create index idx_work_orders_feature on factory.work_orders (feature_id) where deleted_at is null;
create index idx_work_orders_assignees on factory.work_orders using gin (assignee_ids) where deleted_at is null;
create index work_orders_created_by_idx on factory.work_orders (created_by) where created_by is not null;
comment on table factory.work_orders is 'class=service; privacy:user=created_by; erase=keep';
select core.tenant_table('factory.work_orders');

create table factory.test_cases (
  id uuid primary key default gen_random_uuid(),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  organization_id uuid not null default core.tenant() references core.organizations on delete cascade,
  project_id uuid not null,
  feature_id uuid,
  code_path varchar(500),
  name varchar(255) not null check (name <> ''),
  description text,
  type text not null default 'unit' check (type in ('unit', 'integration', 'e2e', 'regression', 'smoke', 'performance', 'accessibility')),
  tool varchar(50),
  is_required bool not null default true,
  status text not null default 'pending' check (status in ('pending', 'passed', 'failed', 'skipped', 'error')),
  foreign key (organization_id, project_id) references factory.projects (organization_id, id) on delete cascade,
  foreign key (organization_id, feature_id) references factory.features (organization_id, id) on delete set null (feature_id),
  unique (organization_id, id)
);
create index idx_test_cases_project on factory.test_cases (project_id, name, id);
create index idx_test_cases_feature on factory.test_cases (feature_id);
create index idx_test_cases_path on factory.test_cases (project_id, code_path, name);
comment on table factory.test_cases is 'class=service';
select core.tenant_table('factory.test_cases');

create table factory.test_runs (
  id uuid primary key default gen_random_uuid(),
  created_at timestamptz not null default now(),
  organization_id uuid not null default core.tenant() references core.organizations on delete cascade,
  project_id uuid not null,
  commit_sha varchar(40),
  branch varchar(100),
  triggered_by text not null check (triggered_by in ('user', 'agent', 'ci', 'schedule')),
  agent_run_id uuid,
  status text not null default 'pending' check (status in ('pending', 'running', 'passed', 'failed', 'cancelled')),
  total_tests int not null default 0 check (total_tests >= 0),
  passed_tests int not null default 0 check (passed_tests >= 0),
  failed_tests int not null default 0 check (failed_tests >= 0),
  skipped_tests int not null default 0 check (skipped_tests >= 0),
  started_at timestamptz,
  finished_at timestamptz,
  foreign key (organization_id, project_id) references factory.projects (organization_id, id) on delete cascade,
  unique (organization_id, id)
);
create index idx_test_runs_project on factory.test_runs (project_id, created_at desc, id);
comment on table factory.test_runs is 'class=service';
select core.tenant_table('factory.test_runs');

create table factory.test_run_results (
  id uuid primary key default gen_random_uuid(),
  created_at timestamptz not null default now(),
  organization_id uuid not null default core.tenant() references core.organizations on delete cascade,
  test_run_id uuid not null,
  test_case_id uuid,
  test_name varchar(255),
  status text not null check (status in ('passed', 'failed', 'skipped', 'error')),
  duration_ms int check (duration_ms >= 0),
  error_output text,
  stack_trace text,
  foreign key (organization_id, test_run_id) references factory.test_runs (organization_id, id) on delete cascade,
  foreign key (organization_id, test_case_id) references factory.test_cases (organization_id, id) on delete set null (test_case_id),
  unique (organization_id, id)
);
create index idx_test_run_results_run on factory.test_run_results (test_run_id, status, id);
create index idx_test_run_results_case on factory.test_run_results (test_case_id, created_at desc, id);
comment on table factory.test_run_results is 'class=service';
select core.quiet_tenant_table('factory.test_run_results');

create table factory.work_items (
  id uuid primary key default gen_random_uuid(),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  organization_id uuid not null default core.tenant() references core.organizations on delete cascade,
  project_id uuid not null,
  feature_id uuid,
  title varchar(255) not null check (title <> ''),
  description text,
  type varchar(50) not null check (type in ('task', 'bug', 'enhancement')),
  status varchar(50) not null default 'todo' check (status in ('todo', 'in_progress', 'done')),
  priority varchar(20) check (priority in ('P0', 'P1', 'P2', 'P3')),
  assignee_id uuid references core.users on delete set null,
  effort int check (effort >= 0),
  metadata jsonb not null default '{}' check (jsonb_typeof(metadata) = 'object'),
  work_order_id uuid,
  test_run_result_id uuid,
  foreign key (organization_id, project_id) references factory.projects (organization_id, id) on delete cascade,
  foreign key (organization_id, feature_id) references factory.features (organization_id, id) on delete set null (feature_id),
  foreign key (organization_id, work_order_id) references factory.work_orders (organization_id, id) on delete set null (work_order_id),
  foreign key (organization_id, test_run_result_id) references factory.test_run_results (organization_id, id)
    on delete set null (test_run_result_id),
  unique (organization_id, id)
);
create index idx_work_items_project on factory.work_items (project_id, created_at, id);
create index idx_work_items_status on factory.work_items (project_id, status, created_at, id);
create index idx_work_items_feature on factory.work_items (feature_id) where feature_id is not null;
create index idx_work_items_work_order on factory.work_items (work_order_id, created_at, id) where work_order_id is not null;
create index idx_work_items_assignee on factory.work_items (assignee_id) where assignee_id is not null;
create index idx_work_items_result on factory.work_items (test_run_result_id) where test_run_result_id is not null;
comment on table factory.work_items is 'class=service; privacy:user=assignee_id; erase=keep';
select core.tenant_table('factory.work_items');

-- is_blocked_by is kept as blocks, the other way round.
create table factory.work_item_links (
  id uuid primary key default gen_random_uuid(),
  created_at timestamptz not null default now(),
  organization_id uuid not null default core.tenant() references core.organizations on delete cascade,
  source_id uuid not null,
  target_id uuid not null,
  link_type text not null check (link_type in ('blocks', 'is_blocked_by', 'relates_to', 'tests', 'duplicates')),
  check (source_id <> target_id),
  check (link_type <> 'is_blocked_by'),
  foreign key (organization_id, source_id) references factory.work_items (organization_id, id) on delete cascade,
  foreign key (organization_id, target_id) references factory.work_items (organization_id, id) on delete cascade,
  unique (organization_id, id),
  unique (source_id, target_id, link_type)
);
create index idx_work_item_links_target on factory.work_item_links (target_id, link_type);
comment on table factory.work_item_links is 'class=service';
select core.tenant_table('factory.work_item_links');

create table factory.project_specs (
  id uuid primary key default gen_random_uuid(),
  created_at timestamptz not null default now(),
  organization_id uuid not null default core.tenant() references core.organizations on delete cascade,
  project_id uuid not null,
  version int not null default 1 check (version > 0),
  content text not null,
  created_by uuid references core.users on delete set null,
  foreign key (organization_id, project_id) references factory.projects (organization_id, id) on delete cascade,
  unique (organization_id, id),
  unique (project_id, version)
);
create index project_specs_created_by_idx on factory.project_specs (created_by) where created_by is not null;
comment on table factory.project_specs is 'class=service; privacy:user=created_by; erase=keep';
select core.tenant_table('factory.project_specs');
