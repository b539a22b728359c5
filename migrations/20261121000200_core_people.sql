-- Organizations (= tenants), people, who belongs where (chapter 10, section 2.2).
--
-- The comment of a table says its class (plain, service, internal) and, where it holds rows of a person,
-- which column names the person: `privacy:user=` an id, `privacy:email=` an address. `erase=keep` marks
-- what outlives the account. Export and deletion read these comments through core.privacy_tables().

create function core.slug_is_reserved(slug text) returns bool language sql immutable parallel safe
  return slug in ('account', 'admin', 'api', 'app', 'assets', 'auth', 'demo', 'forgot', 'health', 'healthz', 'help', 'home',
    'invite', 'kit', 'login', 'logout', 'metrics', 'millrace', 'new', 'org', 'orgs', 'pkg', 'public', 'readyz', 'reset', 'root',
    'settings', 'setup', 'signin', 'signout', 'signup', 'static', 'status', 'support', 'system', 'verify', 'www');

create table core.organizations (
  id uuid primary key default gen_random_uuid(),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  name varchar(255) not null check (name <> ''),
  slug varchar(100) not null unique check (slug ~ '^[a-z0-9](-?[a-z0-9]){1,62}$' and not core.slug_is_reserved(slug)),
  logo_url text,
  plan varchar(50) not null default 'free',
  settings jsonb not null default '{}' check (jsonb_typeof(settings) = 'object'),
  deleted_at timestamptz,
  suspended_at timestamptz
);
comment on table core.organizations is 'class=service';

create table core.users (
  id uuid primary key default gen_random_uuid(),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  email varchar(255) not null,
  name varchar(255) not null,
  password_hash varchar(255),
  avatar_url varchar(500),
  email_verified bool not null default false,
  is_platform_admin bool not null default false,
  locked_until timestamptz,
  last_login_at timestamptz,
  deleted_at timestamptz
);
create unique index users_email_key on core.users (lower(email));
-- The row stays when an account goes: its name and address are replaced.
comment on table core.users is 'class=service; privacy:user=id; erase=keep';

create table core.memberships (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references core.users on delete cascade,
  org_id uuid not null default core.tenant() references core.organizations on delete cascade,
  role varchar(50) not null default 'member' check (role in ('owner', 'admin', 'member')),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (user_id, org_id),
  unique (org_id, id)
);
create index memberships_org_id_idx on core.memberships (org_id, role, user_id);
comment on table core.memberships is 'class=service; privacy:user=user_id';

-- One owner always remains. An owner who goes and another who goes at the same moment queue here, so the
-- second one sees what the first did.
create function core.keep_an_owner() returns trigger language plpgsql as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('core.owner:' || old.org_id, 0));
  if exists (select from core.organizations o where o.id = old.org_id)
     and not exists (select from core.memberships m where m.org_id = old.org_id and m.role = 'owner') then
    raise exception 'An organization keeps at least one owner.'
      using errcode = 'check_violation', constraint = 'last_owner', schema = 'core', table = 'memberships';
  end if;
  return null;
end $$;
grant select on core.organizations, core.memberships to app_definer;
select core.definer_function('core.keep_an_owner()');
create trigger keep_an_owner_update after update of role, org_id on core.memberships
  for each row when (old.role = 'owner') execute function core.keep_an_owner();
create trigger keep_an_owner_delete after delete on core.memberships
  for each row when (old.role = 'owner') execute function core.keep_an_owner();

create table core.invitations (
  id uuid primary key default gen_random_uuid(),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  organization_id uuid not null default core.tenant() references core.organizations on delete cascade,
  email varchar(255) not null,
  role varchar(50) not null check (role in ('admin', 'member')),
  token_hash text not null unique,
  invited_by uuid not null references core.users on delete cascade,
  status text not null default 'pending' check (status in ('pending', 'accepted', 'revoked', 'expired')),
  expires_at timestamptz not null,
  accepted_by uuid references core.users on delete set null,
  accepted_at timestamptz,
  unique (organization_id, id)
);
create unique index invitations_organization_id_email_key on core.invitations (organization_id, lower(email)) where status = 'pending';
create index invitations_organization_id_created_at_idx on core.invitations (organization_id, created_at, id);
comment on table core.invitations is 'class=service; privacy:email=email';
select core.tenant_table('core.invitations');

-- Organizations: the present one, and those the person belongs to (for the switcher). They are made by
-- core.create_organization and never deleted by a request.
select core.close_table('core.organizations');
create policy tenant_read on core.organizations for select to app_user
  using (id = core.tenant() or id in (select m.org_id from core.memberships m where m.user_id = core.actor()));
create policy tenant_update on core.organizations for update to app_user
  using (id = core.tenant() and core.manages()) with check (id = core.tenant());
grant select on core.organizations to app_user;
grant update (name, slug, logo_url, settings, deleted_at) on core.organizations to app_user;
select core.live_table('core.organizations', 'id', '', 'id');

-- People: oneself, and the members of the present organization. The password hash is not readable: see
-- core.user_for_sign_in and core.own_password_hash.
select core.close_table('core.users');
create policy tenant_read on core.users for select to app_user
  using (id = core.actor() or id in (select m.user_id from core.memberships m where m.org_id = core.tenant()));
create policy own_update on core.users for update to app_user
  using (id = core.actor()) with check (id = core.actor());
grant select (xmin, id, created_at, updated_at, email, name, avatar_url, email_verified, is_platform_admin, locked_until,
  last_login_at, deleted_at) on core.users to app_user;
grant update (email, name, password_hash, avatar_url, email_verified, locked_until, last_login_at, deleted_at) on core.users to app_user;
select core.live_table('core.users', '', 'id', 'id');

-- Memberships: those of the present organization, and one's own. Only owners touch owners; anybody may leave.
select core.close_table('core.memberships');
create policy tenant_read on core.memberships for select to app_user
  using (org_id = core.tenant() or user_id = core.actor());
create policy tenant_insert on core.memberships for insert to app_user
  with check (org_id = core.tenant() and core.manages() and (role <> 'owner' or core.actor_role() in ('owner', 'system')));
create policy tenant_update on core.memberships for update to app_user
  using (org_id = core.tenant() and core.manages() and (role <> 'owner' or core.actor_role() in ('owner', 'system')))
  with check (org_id = core.tenant() and (role <> 'owner' or core.actor_role() in ('owner', 'system')));
create policy tenant_delete on core.memberships for delete to app_user
  using (org_id = core.tenant()
    and (user_id = core.actor() or core.manages() and (role <> 'owner' or core.actor_role() in ('owner', 'system'))));
grant select, insert, delete on core.memberships to app_user;
grant update (role) on core.memberships to app_user;
select core.live_table('core.memberships', 'org_id', '', 'id');

-- The names of seed 002; an owner shows as admin there.
create view core.organization_members with (security_invoker = true) as
  select id, org_id as organization_id, user_id, case role when 'owner' then 'admin' else role end::text as role, created_at, updated_at
  from core.memberships;
grant select on core.organization_members to app_user, app_admin;

-- Does the present organization keep work private to its author (settings.sharing = private)?
create function core.sharing_is_private() returns bool language sql stable
  return coalesce((select o.settings ->> 'sharing' = 'private' from core.organizations o where o.id = core.tenant()), false);

-- In organizations with private sharing, a row of this table is for its owner and for owners and admins.
create function core.private_table(t regclass, owner_col text) returns void language plpgsql as $$
begin
  execute format('create policy private on %s as restrictive to app_user using (not (select core.sharing_is_private()) or %I = core.actor() or core.manages())', t, owner_col);
end $$;
