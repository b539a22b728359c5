-- The few look-ups needed before a person or tenant is known (chapter 10, section 3, "Tenant isolation").
-- They run as app_definer, with exactly the rights granted here, and answer only to app_user and app_admin.

grant select on core.identity_providers, core.mfa_factors, core.passkeys, core.invitations, core.accounts, core.one_time_tokens,
  core.api_keys, core.api_tokens, core.user_preferences, core.notifications, core.data_deletion_requests to app_definer;
grant select, insert on core.users, core.organizations, core.memberships to app_definer;
grant select, delete on core.sessions, core.one_time_tokens, core.tower_sessions, core.idempotency_keys to app_definer;
grant update (last_seen_at, last_org_id, revoked_at, updated_at) on core.sessions to app_definer;
grant update (last_used_at) on core.api_keys, core.api_tokens to app_definer;

create function core.member_grants(settings jsonb) returns jsonb language sql immutable parallel safe
  return case when jsonb_typeof(settings -> 'member_grants') = 'array' then settings -> 'member_grants' else '[]'::jsonb end;

-- One call answers every page of a signed-in person, so it is one statement that stays planned (0.2 ms).
-- Its JSON is kernel::access::Session.
create function core.session_open(session_token text, org_slug text, at timestamptz) returns json language plpgsql as $$
declare
  s record;
begin
  select x.id, x.created_at, x.last_seen_at, x.last_org_id, o.here_id, o.max_days, json_build_object(
      'id', x.id, 'user_id', x.user_id, 'email', u.email, 'name', u.name, 'avatar_url', u.avatar_url,
      'email_verified', u.email_verified, 'is_platform_admin', u.is_platform_admin,
      'interface_mode', coalesce((select p.interface_mode from core.user_preferences p
        where p.user_id = x.user_id and p.preference_category = 'general'), 'simple'),
      'has_mfa', exists (select from core.mfa_factors f where f.user_id = x.user_id and f.confirmed_at is not null)
        or exists (select from core.passkeys k where k.user_id = x.user_id),
      'mfa_at', x.mfa_at, 'reauth_at', x.reauth_at,
      'deletion_at', (select d.execute_after from core.data_deletion_requests d
        where d.user_id = x.user_id and d.status in ('pending', 'processing') and d.execute_after is not null),
      'organizations', coalesce(o.orgs, '[]'::json), 'org', o.here,
      'unread', (select count(*) from core.notifications n where n.user_id = x.user_id and n.read_at is null
        and n.channel = 'in_app' and (n.snoozed_until is null or n.snoozed_until <= at))) as answer
    into s
    from core.sessions x
      join core.users u on u.id = x.user_id
      cross join lateral (
        select
          json_agg(json_build_object('id', o.id, 'slug', o.slug, 'name', o.name, 'logo_url', o.logo_url, 'role', m.role)
            order by o.name, o.slug) as orgs,
          (array_agg(json_build_object('id', o.id, 'slug', o.slug, 'name', o.name, 'logo_url', o.logo_url, 'role', m.role,
            'member_grants', core.member_grants(o.settings),
            'mfa_required', coalesce(o.settings -> 'mfa_required' = 'true', false),
            'timezone', coalesce(o.settings ->> 'timezone', 'UTC'),
            'suspended', o.suspended_at is not null)) filter (where o.slug = org_slug))[1] as here,
          (array_agg(o.id) filter (where o.slug = org_slug))[1] as here_id,
          min(case when jsonb_typeof(o.settings -> 'session_max_days') = 'number'
            then (o.settings ->> 'session_max_days')::numeric::int end) filter (where o.slug = org_slug) as max_days
        from core.memberships m join core.organizations o on o.id = m.org_id
        where m.user_id = u.id and o.deleted_at is null
      ) o
    where x.token = session_token and x.revoked_at is null and x.expires_at > at and u.deleted_at is null
      and x.last_seen_at > at - interval '7 days' and x.created_at > at - interval '30 days';
  if not found or s.max_days is not null and s.created_at <= at - make_interval(days => s.max_days) then
    return null;
  end if;
  if s.last_seen_at < at - interval '1 minute' or s.here_id is not null and s.last_org_id is distinct from s.here_id then
    update core.sessions x
      set last_seen_at = greatest(x.last_seen_at, at), last_org_id = coalesce(s.here_id, x.last_org_id)
      where x.id = s.id;
  end if;
  return s.answer;
end $$;
select core.definer_function('core.session_open(text, text, timestamptz)');
comment on function core.session_open(text, text, timestamptz) is 'The live session of a token as JSON of kernel::access::Session, with the organization of the slug if the person is a member; null when it is over.';

create function core.session_revoke(session_token text, at timestamptz) returns bool language plpgsql as $$
begin
  update core.sessions x set revoked_at = at where x.token = session_token and x.revoked_at is null;
  return found;
end $$;
select core.definer_function('core.session_revoke(text, timestamptz)');
comment on function core.session_revoke(text, timestamptz) is 'Ends the session of a token (sign-out); false when it had ended.';

create function core.sessions_gc(at timestamptz) returns bigint language plpgsql as $$
declare
  n bigint;
  total bigint := 0;
begin
  delete from core.tower_sessions t where t.expiry_date < at;
  get diagnostics n = row_count; total := total + n;
  delete from core.sessions x where x.expires_at < at - interval '30 days' or x.revoked_at < at - interval '30 days';
  get diagnostics n = row_count; total := total + n;
  delete from core.one_time_tokens t where t.expires_at < at - interval '30 days';
  get diagnostics n = row_count; total := total + n;
  delete from core.idempotency_keys k where k.created_at < at - interval '24 hours';
  get diagnostics n = row_count; total := total + n;
  return total;
end $$;
select core.definer_function('core.sessions_gc(timestamptz)');
comment on function core.sessions_gc(timestamptz) is 'Drops expired visitors'' sessions, sessions and tokens that ended 30 days ago, and idempotency keys after 24 hours; returns how many.';

create function core.any_user() returns bool language sql stable
  begin atomic select exists (select from core.users); end;
select core.definer_function('core.any_user()');
comment on function core.any_user() is 'Is anybody signed up? While not, every page leads to the set-up.';

create function core.user_for_sign_in(address text) returns table (id uuid, email text, name text, password_hash text, email_verified bool,
  is_platform_admin bool, locked_until timestamptz, has_totp bool, has_passkey bool, deletion_at timestamptz, last_org_slug text)
language plpgsql stable as $$
begin
  return query
    select u.id, u.email::text, u.name::text, u.password_hash::text, u.email_verified, u.is_platform_admin, u.locked_until,
      exists (select from core.mfa_factors f where f.user_id = u.id and f.confirmed_at is not null),
      exists (select from core.passkeys k where k.user_id = u.id),
      (select d.execute_after from core.data_deletion_requests d where d.user_id = u.id and d.status in ('pending', 'processing')),
      coalesce(
        (select o.slug::text from core.sessions x join core.organizations o on o.id = x.last_org_id and o.deleted_at is null
           join core.memberships m on m.org_id = o.id and m.user_id = u.id
           where x.user_id = u.id order by x.last_seen_at desc limit 1),
        (select o.slug::text from core.memberships m join core.organizations o on o.id = m.org_id and o.deleted_at is null
           where m.user_id = u.id order by m.created_at limit 1))
    from core.users u where lower(u.email) = lower(address) and u.deleted_at is null;
end $$;
select core.definer_function('core.user_for_sign_in(text)');
comment on function core.user_for_sign_in(text) is 'The person of an address with what a sign-in checks and where it leads; no row for an unknown address.';

create function core.own_password_hash() returns text language plpgsql stable as $$
begin
  return (select u.password_hash from core.users u where u.id = core.actor());
end $$;
select core.definer_function('core.own_password_hash()');
comment on function core.own_password_hash() is 'The password hash of the acting person, to re-authenticate or change it.';

create function core.create_user(address text, full_name text, hash text, verified bool) returns uuid language plpgsql as $$
declare
  made uuid;
begin
  insert into core.users (email, name, password_hash, email_verified) values (address, full_name, hash, verified) returning id into made;
  return made;
end $$;
select core.definer_function('core.create_user(text, text, text, bool)');
comment on function core.create_user(text, text, text, bool) is 'Signs a person up: address, name, password hash (null: signs in elsewhere), address verified. A taken address breaks users_email_key.';

create function core.free_org_slug(base text) returns text language plpgsql stable as $$
declare
  stem text := case when base ~ '^[a-z0-9](-?[a-z0-9]){1,62}$' then base else 'org-' || base end;
  n int := 1;
  candidate text;
begin
  loop
    candidate := case when n = 1 then stem else left(stem, 50) || '-' || n end;
    exit when not core.slug_is_reserved(candidate) and not exists (select from core.organizations o where o.slug = candidate);
    n := n + 1;
  end loop;
  return candidate;
end $$;
select core.definer_function('core.free_org_slug(text)');
comment on function core.free_org_slug(text) is 'The slug itself, or the first of slug-2, slug-3.. that no organization has and that is not reserved.';

create function core.create_organization(org_name text, org_slug text, owner uuid) returns uuid language plpgsql as $$
declare
  made uuid;
begin
  insert into core.organizations (name, slug) values (org_name, org_slug) returning id into made;
  insert into core.memberships (user_id, org_id, role) values (owner, made, 'owner');
  return made;
end $$;
select core.definer_function('core.create_organization(text, text, uuid)');
comment on function core.create_organization(text, text, uuid) is 'Creates an organization with its first owner: name, slug, person. A taken slug breaks organizations_slug_key, a bad one organizations_slug_check.';

create function core.first_admin(address text, full_name text, hash text) returns uuid language plpgsql as $$
declare
  made uuid;
begin
  -- Two people who found the set-up page at once: the second finds a user.
  perform pg_advisory_xact_lock(hashtextextended('core.first_admin', 0));
  if exists (select from core.users) then
    return null;
  end if;
  insert into core.users (email, name, password_hash, email_verified, is_platform_admin) values (address, full_name, hash, true, true)
    returning id into made;
  return made;
end $$;
select core.definer_function('core.first_admin(text, text, text)');
comment on function core.first_admin(text, text, text) is 'Set-up: the first person, verified and platform admin (address, name, password hash); null when somebody is there already.';

create function core.organization_by_slug(org_slug text) returns table (id uuid, slug text, name text, logo_url text, suspended bool)
language plpgsql stable as $$
begin
  return query select o.id, o.slug::text, o.name::text, o.logo_url, o.suspended_at is not null
    from core.organizations o where o.slug = org_slug and o.deleted_at is null;
end $$;
select core.definer_function('core.organization_by_slug(text)');
comment on function core.organization_by_slug(text) is 'The public face of an organization.';

create function core.account_user(via text, account_id text) returns uuid language plpgsql stable as $$
begin
  return (select a.user_id from core.accounts a join core.users u on u.id = a.user_id and u.deleted_at is null
    where a.provider = via and a.provider_account_id = account_id);
end $$;
select core.definer_function('core.account_user(text, text)');
comment on function core.account_user(text, text) is 'Who signs in with this linked login (provider, id there); null when nobody does.';

create function core.provider(provider_id uuid) returns setof core.identity_providers language plpgsql stable as $$
begin
  return query select * from core.identity_providers p where p.id = provider_id and p.enabled;
end $$;
select core.definer_function('core.provider(uuid)');
comment on function core.provider(uuid) is 'An enabled identity provider, for the sign-in it begins or ends.';

create function core.providers_for(domain text) returns setof core.identity_providers language plpgsql stable as $$
begin
  return query select * from core.identity_providers p
    where p.enabled and (p.organization_id is null and p.email_domains = '{}' or p.email_domains @> array[lower(domain)])
    order by p.enforce desc, p.name;
end $$;
select core.definer_function('core.providers_for(text)');
comment on function core.providers_for(text) is 'The identity providers offered to addresses of a mail domain (null: those for everybody); an enforcing one comes first.';

create function core.one_time_token(hash text) returns table (id uuid, user_id uuid, purpose text, payload jsonb, expires_at timestamptz,
  used_at timestamptz, email text, name text) language plpgsql stable as $$
begin
  return query select t.id, t.user_id, t.purpose, t.payload, t.expires_at, t.used_at, u.email::text, u.name::text
    from core.one_time_tokens t join core.users u on u.id = t.user_id and u.deleted_at is null where t.token_hash = hash;
end $$;
select core.definer_function('core.one_time_token(text)');
comment on function core.one_time_token(text) is 'A mailed link by the hash of its token, used and expired ones too. To use it, act as its person and update it where used_at is null.';

create function core.invitation(hash text) returns table (id uuid, organization_id uuid, organization_name text, organization_slug text,
  logo_url text, email text, role varchar, status text, expires_at timestamptz, inviter_name text, has_account bool)
language plpgsql stable as $$
begin
  return query select i.id, i.organization_id, o.name::text, o.slug::text, o.logo_url, i.email::text, i.role, i.status, i.expires_at, u.name::text,
      exists (select from core.users k where lower(k.email) = lower(i.email) and k.deleted_at is null)
    from core.invitations i join core.organizations o on o.id = i.organization_id and o.deleted_at is null
      join core.users u on u.id = i.invited_by
    where i.token_hash = hash;
end $$;
select core.definer_function('core.invitation(text)');
comment on function core.invitation(text) is 'An invitation by the hash of its token, in any state. To accept it, act as the system of its organization.';

create function core.passkey_owner(credential text) returns table (id uuid, user_id uuid, credential_json jsonb) language plpgsql stable as $$
begin
  return query select k.id, k.user_id, k.credential from core.passkeys k join core.users u on u.id = k.user_id and u.deleted_at is null
    where k.credential_id = passkey_owner.credential;
end $$;
select core.definer_function('core.passkey_owner(text)');
comment on function core.passkey_owner(text) is 'Whose passkey this credential id is, for signing in with nothing else.';

create function core.key_open(prefix text) returns table (id uuid, organization_id uuid, slug text, suspended bool, project_id uuid,
  user_id uuid, key_hash text, scopes text[], expires_at timestamptz, revoked_at timestamptz, rate_limit_per_min int, ip_allow text[],
  last_used_at timestamptz, creator_role varchar) language plpgsql stable as $$
begin
  return query select k.id, k.organization_id, o.slug::text, o.suspended_at is not null, k.project_id, k.user_id, k.key_hash, k.scopes,
      k.expires_at, k.revoked_at, k.rate_limit_per_min, k.ip_allow::text[], k.last_used_at, m.role
    from core.api_keys k join core.organizations o on o.id = k.organization_id and o.deleted_at is null
      left join core.memberships m on m.org_id = k.organization_id and m.user_id = k.user_id
    where k.key_prefix = prefix;
end $$;
select core.definer_function('core.key_open(text)');
comment on function core.key_open(text) is 'The organization keys of a prefix (compare the hash), revoked and expired ones too; creator_role is null when the creator has left.';

create function core.token_open(prefix text, org_slug text) returns table (id uuid, user_id uuid, token_hash text, scopes text[],
  expires_at timestamptz, revoked_at timestamptz, rate_limit_per_min int, ip_allow text[], last_used_at timestamptz, organization_id uuid,
  suspended bool, role varchar, member_grants text[]) language plpgsql stable as $$
begin
  return query select t.id, t.user_id, t.token_hash, array(select jsonb_array_elements_text(t.scopes)), t.expires_at, t.revoked_at,
      t.rate_limit_per_min, t.ip_allow::text[], t.last_used_at, o.id, o.suspended_at is not null, m.role,
      array(select jsonb_array_elements_text(core.member_grants(o.settings)))
    from core.api_tokens t join core.users u on u.id = t.user_id and u.deleted_at is null
      left join (core.memberships m join core.organizations o on o.id = m.org_id and o.deleted_at is null and o.slug = org_slug)
        on m.user_id = t.user_id
    where t.token_prefix = prefix;
end $$;
select core.definer_function('core.token_open(text, text)');
comment on function core.token_open(text, text) is 'The personal token of a prefix (compare the hash) in the organization of the slug; organization_id and role are null when its person is no member.';

create function core.key_used(key_id uuid, at timestamptz) returns void language plpgsql as $$
begin
  update core.api_keys k set last_used_at = at where k.id = key_id and (k.last_used_at is null or k.last_used_at < at - interval '1 minute');
  if not found then
    update core.api_tokens t set last_used_at = at where t.id = key_id and (t.last_used_at is null or t.last_used_at < at - interval '1 minute');
  end if;
end $$;
select core.definer_function('core.key_used(uuid, timestamptz)');
comment on function core.key_used(uuid, timestamptz) is 'Notes the use of a key or token, at most once a minute.';
