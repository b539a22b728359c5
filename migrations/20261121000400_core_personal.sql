-- What a person keeps: preferences, secrets, privacy. Secrets of an organization stand beside them.

create table core.user_preferences (
  id uuid primary key default gen_random_uuid(),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  user_id uuid not null references core.users on delete cascade,
  preference_category text not null,
  preference_data jsonb not null default '{}',
  interface_mode text not null default 'simple' check (interface_mode in ('simple', 'advanced')),
  unique (user_id, preference_category)
);
comment on table core.user_preferences is 'class=service; privacy:user=user_id';
comment on column core.user_preferences.interface_mode is 'That of category ''general'' is what screens follow.';
select core.personal_table('core.user_preferences');

create table core.user_secrets (
  id uuid primary key default gen_random_uuid(),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  user_id uuid not null references core.users on delete cascade,
  service_name text not null,
  encrypted_value text not null,
  initialization_vector text not null,
  is_active bool not null default true,
  last_used_at timestamptz,
  metadata jsonb not null default '{}',
  key_id text not null,
  unique (user_id, service_name)
);
create index user_secrets_key_id_idx on core.user_secrets (key_id);
comment on table core.user_secrets is 'class=service; privacy:user=user_id';
select core.personal_table('core.user_secrets');

create table core.org_secrets (
  id uuid primary key default gen_random_uuid(),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  organization_id uuid not null default core.tenant() references core.organizations on delete cascade,
  set_by uuid references core.users on delete set null,
  service_name text not null,
  encrypted_value text not null,
  initialization_vector text not null,
  is_active bool not null default true,
  last_used_at timestamptz,
  metadata jsonb not null default '{}',
  key_id text not null,
  unique (organization_id, service_name),
  unique (organization_id, id)
);
create index org_secrets_key_id_idx on core.org_secrets (key_id);
comment on table core.org_secrets is 'class=service';
select core.tenant_table('core.org_secrets');

create table core.secret_audit_logs (
  id uuid primary key default gen_random_uuid(),
  user_id uuid references core.users on delete set null,
  organization_id uuid default core.tenant() references core.organizations on delete cascade,
  service_name text not null,
  operation text not null check (operation in ('create', 'read', 'update', 'delete')),
  ip_address inet,
  user_agent text,
  success bool not null,
  error_message text,
  created_at timestamptz not null default now()
);
create index secret_audit_logs_organization_id_idx on core.secret_audit_logs (organization_id, created_at, id);
create index secret_audit_logs_user_id_idx on core.secret_audit_logs (user_id, created_at, id);
comment on table core.secret_audit_logs is 'class=service; privacy:user=user_id; erase=keep';
select core.close_table('core.secret_audit_logs');
create policy tenant_read on core.secret_audit_logs for select to app_user
  using (user_id = core.actor() or organization_id = core.tenant() and core.manages());
create policy tenant_insert on core.secret_audit_logs for insert to app_user
  with check (user_id = core.actor() or organization_id = core.tenant());
grant select, insert on core.secret_audit_logs to app_user;

create table core.user_privacy_settings (
  id uuid primary key default gen_random_uuid(),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  user_id uuid not null unique references core.users on delete cascade,
  data_processing_consent bool not null default false,
  marketing_consent bool not null default false,
  analytics_consent bool not null default false,
  third_party_consent bool not null default false,
  data_retention_days int not null default 730 check (data_retention_days between 30 and 3650),
  right_to_be_deleted_requested bool not null default false
);
comment on table core.user_privacy_settings is 'class=service; privacy:user=user_id';
select core.personal_table('core.user_privacy_settings');

create table core.data_export_requests (
  id uuid primary key default gen_random_uuid(),
  request_id uuid not null unique default gen_random_uuid(),
  user_id uuid not null references core.users on delete cascade,
  status text not null default 'pending' check (status in ('pending', 'processing', 'completed', 'failed')),
  requested_at timestamptz not null default now(),
  completed_at timestamptz,
  download_url text,
  created_at timestamptz not null default now(),
  file_sha256 text,
  expires_at timestamptz,
  error text
);
create index data_export_requests_user_id_idx on core.data_export_requests (user_id, requested_at);
comment on table core.data_export_requests is 'class=service; privacy:user=user_id';
select core.personal_table('core.data_export_requests');

create table core.data_deletion_requests (
  id uuid primary key default gen_random_uuid(),
  request_id uuid not null unique default gen_random_uuid(),
  user_id uuid not null references core.users on delete cascade,
  status text not null default 'pending' check (status in ('pending', 'processing', 'completed', 'failed', 'cancelled')),
  requested_at timestamptz not null default now(),
  completed_at timestamptz,
  confirmation_required bool not null default true,
  created_at timestamptz not null default now(),
  confirmed_at timestamptz,
  execute_after timestamptz,
  result jsonb
);
create unique index data_deletion_requests_user_id_open_key on core.data_deletion_requests (user_id) where status in ('pending', 'processing');
create index data_deletion_requests_execute_after_idx on core.data_deletion_requests (execute_after) where status in ('pending', 'processing');
-- The proof of the deletion stays; it holds counts only.
comment on table core.data_deletion_requests is 'class=service; privacy:user=user_id; erase=keep';
select core.personal_table('core.data_deletion_requests');

create table core.privacy_audit_log (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null, -- no reference: outlives the person
  event_type text not null,
  details jsonb not null default '{}',
  ip_address inet,
  user_agent text,
  "timestamp" timestamptz not null default now(),
  created_at timestamptz not null default now()
);
create index privacy_audit_log_user_id_idx on core.privacy_audit_log (user_id, "timestamp");
comment on table core.privacy_audit_log is 'class=service; privacy:user=user_id; erase=keep';
select core.close_table('core.privacy_audit_log');
create policy own_read on core.privacy_audit_log for select to app_user using (user_id = core.actor());
create policy own_insert on core.privacy_audit_log for insert to app_user with check (user_id = core.actor());
grant select, insert on core.privacy_audit_log to app_user;
