-- What the server does later or tells people: notices, outbox, jobs, schedules, mail.

create table core.notifications (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references core.users on delete cascade,
  project_id uuid,
  type text not null,
  title text not null,
  body text,
  entity_type text,
  entity_id uuid,
  read_at timestamptz,
  created_at timestamptz not null default now(),
  org_id uuid default core.tenant() references core.organizations on delete cascade,
  channel text not null default 'in_app' check (channel in ('in_app', 'email', 'slack', 'webhook')),
  data jsonb,
  snoozed_until timestamptz,
  dedupe_key text,
  unique (user_id, dedupe_key)
);
create index notifications_user_id_idx on core.notifications (user_id, created_at, id);
create index notifications_user_id_unread_idx on core.notifications (user_id) where read_at is null;
create index notifications_project_id_idx on core.notifications (project_id);
comment on table core.notifications is 'class=service; privacy:user=user_id';
select core.close_table('core.notifications');
create policy own on core.notifications for all to app_user using (user_id = core.actor()) with check (user_id = core.actor());
-- Telling a colleague something; core.notify does so and keeps to dedupe_key.
create policy tenant_insert on core.notifications for insert to app_user
  with check (org_id = core.tenant() and user_id in (select m.user_id from core.memberships m where m.org_id = core.tenant()));
grant select, insert, update, delete on core.notifications to app_user;
select core.live_table('core.notifications', '', 'user_id', 'id');

create table core.notification_preferences (
  user_id uuid not null references core.users on delete cascade,
  type text not null check (type in ('system', 'feature_update', 'approval_request', 'approval_resolved', 'test_result', 'milestone',
    'error', 'warning', 'info')),
  email bool not null,
  in_app bool not null,
  frequency text not null check (frequency in ('instant', 'hourly', 'daily', 'weekly', 'never')),
  primary key (user_id, type)
);
comment on table core.notification_preferences is 'class=service; privacy:user=user_id';
select core.personal_table('core.notification_preferences');

create table core.event_outbox (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null default core.tenant() references core.organizations on delete cascade,
  topic text not null,
  payload jsonb not null,
  created_at timestamptz not null default now(),
  dispatched_at timestamptz,
  seq bigint not null generated always as identity, -- order of writing
  unique (organization_id, id)
);
create index event_outbox_undispatched_idx on core.event_outbox (seq) where dispatched_at is null;
create index event_outbox_organization_id_idx on core.event_outbox (organization_id, created_at);
comment on table core.event_outbox is 'class=internal';
select core.secure_table('core.event_outbox', 'organization_id = core.tenant()');
grant select, insert, delete on core.event_outbox to app_user;
grant update (dispatched_at) on core.event_outbox to app_user;

-- Wakes the dispatcher when the writing transaction commits.
create function core.note_outbox() returns trigger language plpgsql as $$
begin
  perform pg_notify('millrace_outbox', '');
  return null;
end $$;
create trigger wake after insert on core.event_outbox for each statement execute function core.note_outbox();

-- The record of every job. graphile_worker runs them; pages and the API read and steer this table.
create table core.jobs (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid references core.organizations on delete cascade,
  kind text not null,
  payload jsonb not null default '{}',
  unique_key text,
  status text not null default 'queued' check (status in ('queued', 'running', 'succeeded', 'failed', 'dead', 'cancelled')),
  priority smallint not null default 0,
  run_at timestamptz not null default now(),
  attempts int not null default 0,
  max_attempts int not null default 5 check (max_attempts > 0),
  locked_by text,
  locked_until timestamptz,
  last_error text,
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  created_by uuid default core.actor() references core.users on delete set null -- members see their own
);
create unique index jobs_kind_unique_key_key on core.jobs (kind, unique_key) where status in ('queued', 'running');
create index jobs_organization_id_created_at_idx on core.jobs (organization_id, created_at, id);
create index jobs_created_at_idx on core.jobs (created_at, id);
create index jobs_status_run_at_idx on core.jobs (status, run_at) where status in ('queued', 'running');
comment on table core.jobs is 'class=service; privacy:user=created_by; erase=keep';
select core.close_table('core.jobs');
-- Jobs of no organization are for the server itself.
create policy tenant_read on core.jobs for select to app_user
  using (organization_id = core.tenant() and (core.manages() or created_by = core.actor())
    or organization_id is null and core.tenant() is null and core.actor_role() = 'system');
create policy tenant_update on core.jobs for update to app_user
  using (organization_id = core.tenant() and core.manages()
    or organization_id is null and core.tenant() is null and core.actor_role() = 'system');
grant select on core.jobs to app_user;
grant update (status, priority, run_at, attempts, max_attempts, locked_by, locked_until, last_error, finished_at)
  on core.jobs to app_user;
select core.live_table('core.jobs', 'organization_id', '', 'id');

-- Cron of the installation, in UTC. No row security: no tenant.
create table core.job_schedules (
  jobid serial primary key,
  jobname text not null unique,
  schedule text not null,
  kind text not null,
  active bool not null default true,
  last_due_at timestamptz,
  last_status text,
  last_duration_ms int,
  next_due_at timestamptz not null
);
comment on table core.job_schedules is 'class=service';
grant select, insert, update, delete on core.job_schedules to app_user;
grant usage on sequence core.job_schedules_jobid_seq to app_user;
select core.live_table('core.job_schedules', '', '', 'jobid');

-- The columns of pg_cron, as seed 004 has them.
create view growth.autopilot_cron_monitor with (security_invoker = true) as
  select jobid, schedule, kind as command, 'localhost'::text as nodename, current_setting('port')::int as nodeport,
         current_database()::text as database, 'app_user'::text as username, active, jobname
  from core.job_schedules where jobname like 'autopilot-%';
grant select on growth.autopilot_cron_monitor to app_user, app_admin;

create table core.mail_queue (
  id uuid primary key default gen_random_uuid(),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  organization_id uuid default core.tenant() references core.organizations on delete cascade,
  to_email varchar(255) not null,
  template text not null,
  data jsonb not null default '{}',
  subject text not null,
  text_body text not null,
  html_body text,
  status text not null default 'queued' check (status in ('queued', 'sent', 'failed')),
  attempts int not null default 0,
  last_error text,
  sent_at timestamptz,
  provider text not null default 'builtin' check (provider in ('builtin', 'smtp'))
);
create index mail_queue_created_at_idx on core.mail_queue (created_at, id);
create index mail_queue_organization_id_idx on core.mail_queue (organization_id);
create index mail_queue_to_email_idx on core.mail_queue (lower(to_email));
comment on table core.mail_queue is 'class=service; privacy:email=to_email';
-- Only the server reads mail: it carries links that sign people in. Everybody queues it by core.queue_mail.
select core.secure_table('core.mail_queue',
  'core.actor_role() = ''system'' and organization_id is not distinct from core.tenant()');
grant select, insert, update, delete on core.mail_queue to app_user;
select core.live_table('core.mail_queue', '', '', 'id');
