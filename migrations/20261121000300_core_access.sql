-- How people and programs prove who they are: sessions, logins, factors, tokens, keys, limits.

-- The store of tower-sessions, for anonymous visitors too. No row security: nothing here names a tenant.
create table core.tower_sessions (
  id text primary key,
  data bytea not null,
  expiry_date timestamptz not null
);
create index tower_sessions_expiry_date_idx on core.tower_sessions (expiry_date);
comment on table core.tower_sessions is 'class=internal';
grant select, insert, update, delete on core.tower_sessions to app_user;

create table core.sessions (
  id uuid primary key default gen_random_uuid(),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  user_id uuid not null references core.users on delete cascade,
  token text not null unique,
  expires_at timestamptz not null,
  ip_address text,
  user_agent text,
  last_seen_at timestamptz not null default now(),
  auth_methods text[] not null default '{}',
  mfa_at timestamptz,
  reauth_at timestamptz,
  last_org_id uuid references core.organizations on delete set null,
  revoked_at timestamptz
);
create index sessions_user_id_idx on core.sessions (user_id, last_seen_at desc);
create index sessions_expires_at_idx on core.sessions (expires_at);
comment on table core.sessions is 'class=service; privacy:user=user_id';
comment on column core.sessions.token is 'Hex SHA-256 of the session id of the cookie, never the id.';
select core.secure_table('core.sessions', 'user_id = core.actor()');
grant select, insert, update, delete on core.sessions to app_user;

-- Not core.live_table: every minute of use touches last_seen_at, and that is no news.
create function core.note_session() returns trigger language plpgsql as $$
begin
  perform pg_notify('millrace_live', jsonb_build_object('n', nextval('core.live_event_seq'), 'org', null, 'user', new.user_id,
    'topic', 'core.sessions', 'ids', jsonb_build_array(new.id))::text);
  return null;
end $$;
create trigger live_insert after insert on core.sessions for each row execute function core.note_session();
create trigger live_update after update of revoked_at on core.sessions
  for each row when (old.revoked_at is distinct from new.revoked_at) execute function core.note_session();

create table core.identity_providers (
  id uuid primary key default gen_random_uuid(),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  organization_id uuid default core.tenant() references core.organizations on delete cascade, -- null: for all
  kind text not null check (kind in ('oidc', 'github', 'google')),
  name text not null,
  issuer text,
  client_id text not null,
  client_secret_sealed text not null,
  scopes text[] not null default '{}',
  email_domains text[] not null default '{}',
  auto_join_role varchar(50) check (auto_join_role in ('admin', 'member')),
  enforce bool not null default false,
  enabled bool not null default true,
  unique (organization_id, id)
);
create index identity_providers_email_domains_idx on core.identity_providers using gin (email_domains);
comment on table core.identity_providers is 'class=service';
select core.tenant_table('core.identity_providers');

create table core.accounts (
  id uuid primary key default gen_random_uuid(),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  user_id uuid not null references core.users on delete cascade,
  provider text not null,
  provider_account_id text not null,
  access_token text,
  refresh_token text,
  expires_at timestamptz,
  identity_provider_id uuid references core.identity_providers on delete set null,
  unique (provider, provider_account_id)
);
create index accounts_user_id_idx on core.accounts (user_id);
comment on table core.accounts is 'class=service; privacy:user=user_id';
select core.personal_table('core.accounts');

create table core.mfa_factors (
  id uuid primary key default gen_random_uuid(),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  user_id uuid not null references core.users on delete cascade,
  kind text not null default 'totp' check (kind in ('totp')),
  secret_sealed text not null,
  confirmed_at timestamptz,
  last_used_step bigint
);
create unique index mfa_factors_user_id_confirmed_key on core.mfa_factors (user_id) where confirmed_at is not null;
comment on table core.mfa_factors is 'class=service; privacy:user=user_id';
select core.personal_table('core.mfa_factors');

create table core.mfa_recovery_codes (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references core.users on delete cascade,
  code_hash text not null unique,
  used_at timestamptz
);
create index mfa_recovery_codes_user_id_idx on core.mfa_recovery_codes (user_id);
comment on table core.mfa_recovery_codes is 'class=internal; privacy:user=user_id';
select core.personal_table('core.mfa_recovery_codes');

-- WebAuthn credentials: a second factor or the only login.
create table core.passkeys (
  id uuid primary key default gen_random_uuid(),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  user_id uuid not null references core.users on delete cascade,
  name text not null,
  credential_id text not null unique,
  credential jsonb not null,
  last_used_at timestamptz
);
create index passkeys_user_id_idx on core.passkeys (user_id);
comment on table core.passkeys is 'class=service; privacy:user=user_id';
select core.personal_table('core.passkeys');

-- Browsers a person has signed in from: a sign-in from another one is mailed.
create table core.known_devices (
  user_id uuid not null references core.users on delete cascade,
  device_hash text not null,
  first_seen_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  ip_address text,
  user_agent text,
  primary key (user_id, device_hash)
);
comment on table core.known_devices is 'class=internal; privacy:user=user_id';
select core.secure_table('core.known_devices', 'user_id = core.actor()');
grant select, insert, update, delete on core.known_devices to app_user;

create table core.one_time_tokens (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references core.users on delete cascade,
  purpose text not null check (purpose in ('email_verify', 'password_reset', 'email_change', 'account_deletion')),
  token_hash text not null unique,
  payload jsonb not null default '{}',
  expires_at timestamptz not null,
  used_at timestamptz
);
create index one_time_tokens_user_id_idx on core.one_time_tokens (user_id, purpose);
create index one_time_tokens_expires_at_idx on core.one_time_tokens (expires_at);
comment on table core.one_time_tokens is 'class=internal; privacy:user=user_id';
select core.secure_table('core.one_time_tokens', 'user_id = core.actor()');
grant select, insert, update, delete on core.one_time_tokens to app_user;

-- Failures per address, whether or not anybody has it. No row security: nobody is signed in yet.
create table core.login_attempts (
  email varchar(255) primary key,
  attempts int not null default 0,
  last_attempt_at timestamptz,
  locked_until timestamptz,
  locks int not null default 0, -- within 24 hours: each doubles the time of the next
  last_lock_at timestamptz
);
comment on table core.login_attempts is 'class=internal; privacy:email=email';
grant select, insert, update, delete on core.login_attempts to app_user;

create table core.api_tokens (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references core.users on delete cascade,
  name text not null,
  token_hash text not null,
  scopes jsonb not null default '[]' check (jsonb_typeof(scopes) = 'array'),
  last_used_at timestamptz,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  token_prefix char(8) not null unique,
  revoked_at timestamptz,
  rate_limit_per_min int not null default 200 check (rate_limit_per_min > 0),
  ip_allow cidr[] not null default '{}', -- empty: from anywhere
  warned_at timestamptz -- last warned of disuse or expiry
);
create index api_tokens_user_id_idx on core.api_tokens (user_id, created_at);
comment on table core.api_tokens is 'class=service; privacy:user=user_id';
select core.personal_table('core.api_tokens');

create table core.api_keys (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null default core.tenant() references core.organizations on delete cascade,
  project_id uuid,
  user_id uuid not null references core.users on delete cascade,
  name text not null,
  key_prefix text not null,
  key_hash text not null,
  scopes text[] not null default '{}',
  last_used_at timestamptz,
  expires_at timestamptz,
  created_at timestamptz not null default now(),
  revoked_at timestamptz,
  rate_limit_per_min int not null default 100 check (rate_limit_per_min > 0),
  ip_allow cidr[] not null default '{}',
  warned_at timestamptz,
  unique (organization_id, id)
);
create index api_keys_key_prefix_idx on core.api_keys (key_prefix);
create index api_keys_organization_id_created_at_idx on core.api_keys (organization_id, created_at, id);
create index api_keys_user_id_idx on core.api_keys (user_id);
-- A key belongs to its organization and stops when its creator leaves; it is no personal data to erase.
comment on table core.api_keys is 'class=service; privacy:user=user_id; erase=keep';
select core.tenant_table('core.api_keys');

-- Token buckets. Lost at a crash, which only refills them.
create unlogged table core.rate_limits (
  key text primary key,
  tokens double precision not null,
  updated_at timestamptz not null default now()
);
create index rate_limits_updated_at_idx on core.rate_limits (updated_at);
comment on table core.rate_limits is 'class=internal';
grant select, insert, update, delete on core.rate_limits to app_user;

-- Answers to writes that carried an Idempotency-Key, for 24 hours.
create table core.idempotency_keys (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid default core.tenant() references core.organizations on delete cascade,
  actor_id uuid not null, -- person, key or token
  key text not null check (length(key) between 1 and 255),
  path_hash text not null, -- of method and path
  body_hash text not null,
  status int, -- null while the first call runs
  response jsonb,
  created_at timestamptz not null default now(),
  unique nulls not distinct (organization_id, actor_id, key)
);
create index idempotency_keys_created_at_idx on core.idempotency_keys (created_at);
comment on table core.idempotency_keys is 'class=internal; privacy:user=actor_id';
select core.secure_table('core.idempotency_keys',
  'organization_id = core.tenant() or organization_id is null and core.tenant() is null and actor_id = core.actor()');
grant select, insert, update, delete on core.idempotency_keys to app_user;
