-- Look-ups and sweeps of the organization half of chapter 10 that cross tenants. They run as app_definer,
-- with exactly the rights granted here.

grant update (revoked_at) on core.api_keys, core.api_tokens to app_definer;
grant update (status, updated_at) on core.invitations to app_definer;
grant update (warned_at) on core.api_keys, core.api_tokens to app_definer;
grant select, delete on core.notifications to app_definer;
grant delete on core.organizations, core.audit_chains to app_definer;
grant select on core.notification_preferences, core.user_privacy_settings, core.data_export_requests to app_definer;
-- A soft-deleted organization frees its slug.
create index organizations_deleted_at_idx on core.organizations (deleted_at) where deleted_at is not null;

create function core.my_organizations() returns table (id uuid, slug text, name text, logo_url text, role varchar, suspended bool,
  members bigint, owners bigint) language plpgsql stable as $$
begin
  return query
    select o.id, o.slug::text, o.name::text, o.logo_url, m.role, o.suspended_at is not null,
      (select count(*) from core.memberships x where x.org_id = o.id),
      (select count(*) from core.memberships x where x.org_id = o.id and x.role = 'owner')
    from core.memberships m join core.organizations o on o.id = m.org_id and o.deleted_at is null
    where m.user_id = core.actor() order by o.name, o.slug;
end $$;
select core.definer_function('core.my_organizations()');
comment on function core.my_organizations() is 'The organizations of the acting person with how many members and owners each has.';

create function core.member_security() returns table (user_id uuid, has_mfa bool, last_seen_at timestamptz) language plpgsql stable as $$
begin
  if not core.manages() then
    return;
  end if;
  return query
    select m.user_id,
      exists (select from core.mfa_factors f where f.user_id = m.user_id and f.confirmed_at is not null)
        or exists (select from core.passkeys k where k.user_id = m.user_id),
      (select max(s.last_seen_at) from core.sessions s where s.user_id = m.user_id)
    from core.memberships m where m.org_id = core.tenant();
end $$;
select core.definer_function('core.member_security()');
comment on function core.member_security() is 'Who of the present organization has a second factor and when each was last seen; for owners and admins.';

create function core.has_mfa(person uuid) returns bool language plpgsql stable as $$
begin
  return exists (select from core.mfa_factors f where f.user_id = person and f.confirmed_at is not null)
    or exists (select from core.passkeys k where k.user_id = person);
end $$;
select core.definer_function('core.has_mfa(uuid)');
revoke execute on function core.has_mfa(uuid) from app_user;
comment on function core.has_mfa(uuid) is 'Has this person a second factor? For the pages of the platform admin.';

create function core.invitations_expire(at timestamptz) returns bigint language plpgsql as $$
declare
  n bigint;
begin
  update core.invitations i set status = 'expired' where i.status = 'pending' and i.expires_at <= at;
  get diagnostics n = row_count;
  return n;
end $$;
select core.definer_function('core.invitations_expire(timestamptz)');
comment on function core.invitations_expire(timestamptz) is 'Marks invitations whose seven days are over; returns how many.';

create function core.inviter(hash text) returns table (user_id uuid, organization_id uuid, invitation_id uuid) language plpgsql stable as $$
begin
  return query select i.invited_by, i.organization_id, i.id from core.invitations i
    join core.memberships m on m.org_id = i.organization_id and m.user_id = i.invited_by where i.token_hash = hash;
end $$;
select core.definer_function('core.inviter(text)');
comment on function core.inviter(text) is 'Who sent the invitation with this link, if still a member: asked for a new one.';

create function core.notice_rules(recipient uuid, notice_kind text) returns table (email text, name text, by_email bool, in_app bool,
  frequency text, times jsonb) language plpgsql stable as $$
begin
  return query
    select u.email::text, u.name::text, p.email, p.in_app, p.frequency,
      (select x.preference_data from core.user_preferences x where x.user_id = u.id and x.preference_category = 'notifications')
    from core.users u left join core.notification_preferences p on p.user_id = u.id and p.type = notice_kind
    where u.id = recipient and u.deleted_at is null;
end $$;
select core.definer_function('core.notice_rules(uuid, text)');
comment on function core.notice_rules(uuid, text) is 'How a person wants to be told of a kind of notice; null columns where the default holds. No row for a person who is gone.';

create function core.digests_due(at timestamptz) returns table (user_id uuid) language plpgsql stable as $$
begin
  return query select distinct n.user_id from core.notifications n
    where n.data ? 'mail_at' and (n.data ->> 'mail_at')::timestamptz <= at;
end $$;
create index notifications_mail_at_idx on core.notifications (user_id) where data ? 'mail_at';
select core.definer_function('core.digests_due(timestamptz)');
comment on function core.digests_due(timestamptz) is 'People with notices that wait for their digest mail.';

create function core.deliver_notice(recipient uuid, notice_type text, notice_title text, notice_body text, about_type text, about_id uuid,
  about_project uuid, notice_data jsonb, dedupe text, via text, shown_from timestamptz, at timestamptz) returns uuid language plpgsql as $$
declare
  made uuid;
begin
  if core.tenant() is not null and not exists (select from core.memberships m where m.org_id = core.tenant() and m.user_id = recipient) then
    return null;
  end if;
  insert into core.notifications (user_id, project_id, type, title, body, entity_type, entity_id, org_id, data, dedupe_key, channel,
      snoozed_until, created_at)
    values (recipient, about_project, notice_type, notice_title, notice_body, about_type, about_id, core.tenant(), notice_data, dedupe, via,
      shown_from, at)
    on conflict (user_id, dedupe_key) do nothing
    returning id into made;
  return made;
end $$;
select core.definer_function('core.deliver_notice(uuid, text, text, text, text, uuid, uuid, jsonb, text, text, timestamptz, timestamptz)');
comment on function core.deliver_notice(uuid, text, text, text, text, uuid, uuid, jsonb, text, text, timestamptz, timestamptz) is 'core.notify with the way a person chose: channel, and from when it is shown.';

create function core.end_keys(at timestamptz) returns table (tokens bigint, keys bigint) language plpgsql as $$
begin
  update core.api_tokens t set revoked_at = at where t.user_id = core.actor() and t.revoked_at is null;
  get diagnostics tokens = row_count;
  update core.api_keys k set revoked_at = at where k.user_id = core.actor() and k.revoked_at is null;
  get diagnostics keys = row_count;
  return next;
end $$;
select core.definer_function('core.end_keys(timestamptz)');
comment on function core.end_keys(timestamptz) is 'Revokes every token and organization key the acting person made, in all organizations.';

create function core.keys_to_warn(at timestamptz) returns table (id uuid, personal bool, organization_id uuid, user_id uuid, name text,
  reason text, expires_at timestamptz, last_used_at timestamptz) language plpgsql stable as $$
begin
  return query
    select k.id, k.personal, k.organization_id, k.user_id, k.name,
      case when k.expires_at <= at + interval '7 days' then 'expires' else 'unused' end, k.expires_at, k.last_used_at
    from (select a.id, false as personal, a.organization_id, a.user_id, a.name, a.expires_at, a.last_used_at, a.created_at, a.revoked_at, a.warned_at
          from core.api_keys a join core.organizations o on o.id = a.organization_id and o.deleted_at is null
          union all
          select t.id, true, null, t.user_id, t.name, t.expires_at, t.last_used_at, t.created_at, t.revoked_at, t.warned_at
          from core.api_tokens t join core.users u on u.id = t.user_id and u.deleted_at is null) k
    where k.revoked_at is null and (k.expires_at is null or k.expires_at > at)
      and (k.expires_at <= at + interval '7 days' and (k.warned_at is null or k.warned_at < k.expires_at - interval '7 days')
        or coalesce(k.last_used_at, k.created_at) < at - interval '90 days' and (k.warned_at is null or k.warned_at < at - interval '90 days'))
    order by k.id;
end $$;
select core.definer_function('core.keys_to_warn(timestamptz)');
comment on function core.keys_to_warn(timestamptz) is 'Keys and tokens unused for 90 days or with 7 days or less to live, of which nobody was told yet.';

create function core.key_warned(key_id uuid, at timestamptz) returns void language plpgsql as $$
begin
  update core.api_keys k set warned_at = at where k.id = key_id;
  if not found then
    update core.api_tokens t set warned_at = at where t.id = key_id;
  end if;
end $$;
select core.definer_function('core.key_warned(uuid, timestamptz)');
comment on function core.key_warned(uuid, timestamptz) is 'Notes that people were told about this key.';

create function core.organization_ids(after uuid, most int) returns setof uuid language plpgsql stable as $$
begin
  return query select o.id from core.organizations o where after is null or o.id > after order by o.id limit most;
end $$;
select core.definer_function('core.organization_ids(uuid, int)');
comment on function core.organization_ids(uuid, int) is 'The ids of all organizations in order, deleted ones too: for sweeps that visit each.';

create function core.purge_organization(gone uuid, before timestamptz) returns bool language plpgsql as $$
begin
  -- Either deleted long ago, or a person who goes was alone in it.
  if not exists (select from core.organizations o where o.id = gone and (o.deleted_at <= before
       or core.actor() is not null and core.actor_role() = 'system'
          and not exists (select from core.memberships m where m.org_id = o.id and m.user_id <> core.actor()))) then
    return false;
  end if;
  delete from core.organizations o where o.id = gone;
  return found;
end $$;
select core.definer_function('core.purge_organization(uuid, timestamptz)');
comment on function core.purge_organization(uuid, timestamptz) is 'Removes an organization and all it holds when it was deleted before the time, or when the acting person (in a job of the server) is its only member.';

create function core.organizations_to_purge(before timestamptz) returns setof uuid language plpgsql stable as $$
begin
  return query select o.id from core.organizations o where o.deleted_at <= before order by o.id;
end $$;
select core.definer_function('core.organizations_to_purge(timestamptz)');
comment on function core.organizations_to_purge(timestamptz) is 'Organizations deleted before the time.';

create function core.notices_purge(at timestamptz) returns bigint language plpgsql as $$
declare
  n bigint;
begin
  delete from core.notifications n1 using core.users u left join core.user_privacy_settings p on p.user_id = u.id
    where n1.user_id = u.id and n1.created_at < at - make_interval(days => coalesce(p.data_retention_days, 730));
  get diagnostics n = row_count;
  return n;
end $$;
select core.definer_function('core.notices_purge(timestamptz)');
comment on function core.notices_purge(timestamptz) is 'Drops notices older than what each person chose to keep.';

create function core.exports_expired(at timestamptz) returns table (id uuid, user_id uuid, file_sha256 text) language plpgsql stable as $$
begin
  return query select e.id, e.user_id, e.file_sha256 from core.data_export_requests e
    where e.file_sha256 is not null and e.expires_at <= at;
end $$;
select core.definer_function('core.exports_expired(timestamptz)');
comment on function core.exports_expired(timestamptz) is 'Exports whose seven days are over and whose file still lies there.';

-- What export and deletion do in one table. They run as their caller, under row security.

-- Columns that are written to an export: readable, and neither a secret nor the hash of one.
create function core.privacy_columns(t regclass) returns text[] language sql stable
  return (select array_agg(a.attname::text order by a.attnum) from pg_attribute a
    where a.attrelid = t and a.attnum > 0 and not a.attisdropped
      and has_column_privilege(a.attrelid, a.attnum, 'select')
      and a.attname !~ '(_hash|_sealed|_token)$|^(token|hash|credential|encrypted_value|initialization_vector)$');

create function core.privacy_rows(t regclass, user_column text, email_column text, person uuid, address text) returns setof jsonb
language plpgsql stable as $$
declare
  picked text := (select string_agg(format('%I', c), ', ') from unnest(core.privacy_columns(t)) c);
begin
  if user_column is not null then
    return query execute format('select to_jsonb(x) from (select %s from %s where %I = $1) x', picked, t, user_column) using person;
  else
    return query execute format('select to_jsonb(x) from (select %s from %s where lower(%I) = lower($1)) x', picked, t, email_column) using address;
  end if;
end $$;

create function core.privacy_count(t regclass, user_column text, email_column text, person uuid, address text) returns bigint
language plpgsql stable as $$
declare
  n bigint;
begin
  if user_column is not null then
    execute format('select count(*) from %s where %I = $1', t, user_column) into n using person;
  else
    execute format('select count(*) from %s where lower(%I) = lower($1)', t, email_column) into n using address;
  end if;
  return n;
end $$;

-- Does a table show the same rows of a person in every organization? Its policies then do not ask for the tenant.
create function core.privacy_everywhere(t regclass) returns bool language sql stable
  return not exists (select from pg_policy p
    where p.polrelid = t and pg_get_expr(p.polqual, p.polrelid) ~ '(core\.tenant\(\)|parent)');

-- Deletes the rows of a person from one table; where nothing may be deleted, there is nothing personal to delete.
create function core.privacy_erase(t regclass, user_column text, email_column text, person uuid, address text) returns bigint
language plpgsql as $$
declare
  n bigint;
begin
  if user_column is not null then
    execute format('delete from %s where %I = $1', t, user_column) using person;
  else
    execute format('delete from %s where lower(%I) = lower($1)', t, email_column) using address;
  end if;
  get diagnostics n = row_count;
  return n;
end $$;

-- Every column that may forget who wrote a row: it references people, may be null, may be updated, and its
-- rows are not deleted as a whole. Columns that may not be null keep the id of a person without a name.
create function core.privacy_authors() returns table (table_name text, column_name text) language sql stable
begin atomic
  select core.topic(f.conrelid), a.attname::text
  from pg_constraint f join pg_attribute a on a.attrelid = f.conrelid and a.attnum = any (f.conkey)
  where f.contype = 'f' and f.confrelid = 'core.users'::regclass and not a.attnotnull
    and has_column_privilege(f.conrelid, a.attnum, 'update')
    and not exists (select from core.privacy_tables() p
      where p.table_name = core.topic(f.conrelid) and p.user_column = a.attname and not p.keep)
  order by 1, 2;
end;

create function core.privacy_blank(t regclass, author text, person uuid) returns bigint language plpgsql as $$
declare
  n bigint;
begin
  execute format('update %s set %I = null where %I = $1', t, author, author) using person;
  get diagnostics n = row_count;
  return n;
end $$;

-- Tables that hold a person (a reference to core.users, or a column that names an address) and say nothing
-- about privacy. A test keeps this list empty.
create function core.privacy_unmarked() returns table (table_name text, column_name text) language sql stable
begin atomic
  select core.topic(c.oid), a.attname::text
  from pg_class c join pg_namespace n on n.oid = c.relnamespace and n.nspname not in ('pg_catalog', 'information_schema', 'graphile_worker')
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  where c.relkind in ('r', 'p')
    and (a.attname in ('user_id', 'email', 'to_email') or a.attnotnull and exists (select from pg_constraint f
           where f.conrelid = c.oid and f.contype = 'f' and f.confrelid = 'core.users'::regclass and a.attnum = any (f.conkey)))
    and not exists (select from core.privacy_tables() p where p.table_name = core.topic(c.oid))
  order by 1, 2;
end;
