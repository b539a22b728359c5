-- The audit log: security events of all areas. Rows of one organization form a chain: each carries the hash
-- of the one before, so that a changed, removed or inserted row is found by core.audit_verify.

create table core.audit_log (
  id bigint primary key generated always as identity,
  organization_id uuid default core.tenant(), -- no reference: outlives the organization
  actor_type text not null check (actor_type in ('user', 'api_key', 'api_token', 'system', 'platform_admin')),
  actor_id uuid,
  action text not null,
  target_type text,
  target_id text,
  result text not null default 'success' check (result in ('success', 'failure')),
  severity text not null default 'info' check (severity in ('info', 'warning', 'critical')),
  metadata jsonb not null default '{}',
  ip inet,
  user_agent text,
  request_id text,
  created_at timestamptz not null default now(),
  seq bigint not null,
  prev_hash bytea not null,
  hash bytea not null,
  unique nulls not distinct (organization_id, seq)
);
create index audit_log_organization_id_created_at_idx on core.audit_log (organization_id, created_at, id);
create index audit_log_actor_id_idx on core.audit_log (actor_id, created_at, id);
create index audit_log_created_at_idx on core.audit_log (created_at, id);
comment on table core.audit_log is 'class=service; privacy:user=actor_id; erase=keep';

-- Both ends of each chain. Events outside of any organization form the chain of the zero id. Only the
-- functions below write here, so rows cut from either end of the log are missed.
create table core.audit_chains (
  chain uuid primary key,
  first_seq bigint not null default 1, -- the oldest row kept, and the hash before it
  first_prev_hash bytea not null default '',
  last_seq bigint not null default 0,
  last_hash bytea not null default ''
);
comment on table core.audit_chains is 'class=internal';
select core.close_table('core.audit_chains');

create function core.audit_chain(org uuid) returns uuid language sql immutable parallel safe
  return coalesce(org, '00000000-0000-0000-0000-000000000000'::uuid);

-- What is hashed: the same bytes whatever the time zone or version of the server.
create function core.audit_text(r core.audit_log) returns bytea language sql immutable parallel safe
  return convert_to(jsonb_build_array(r.id, r.seq, r.organization_id, r.actor_type, r.actor_id, r.action, r.target_type, r.target_id,
    r.result, r.severity, r.metadata, host(r.ip), r.user_agent, r.request_id,
    to_char(r.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'))::text, 'UTF8');

-- Writers of one organization take turns from here until their transaction ends: audit last.
create function core.audit_append() returns trigger language plpgsql as $$
declare
  own_chain uuid := core.audit_chain(new.organization_id);
begin
  perform pg_advisory_xact_lock(hashtextextended('core.audit:' || own_chain, 0));
  insert into core.audit_chains as c (chain) values (own_chain) on conflict do nothing;
  select c.last_seq + 1, c.last_hash into new.seq, new.prev_hash from core.audit_chains c where c.chain = own_chain;
  new.hash := sha256(new.prev_hash || core.audit_text(new));
  update core.audit_chains c set last_seq = new.seq, last_hash = new.hash where c.chain = own_chain;
  return new;
end $$;
grant select, insert, update on core.audit_chains to app_definer;
grant select, delete on core.audit_log to app_definer;
select core.definer_function('core.audit_append()');
create trigger audit_append before insert on core.audit_log for each row execute function core.audit_append();

-- Not even the owner of the table changes history; old rows go through core.audit_purge alone.
create function core.audit_refuse() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' and current_user = 'app_definer' then
    return old;
  end if;
  raise exception 'The audit log is append-only.' using errcode = 'insufficient_privilege';
end $$;
create trigger audit_refuse before update or delete on core.audit_log for each row execute function core.audit_refuse();
create trigger audit_refuse_truncate before truncate on core.audit_log for each statement execute function core.audit_refuse();

-- The first sequence number where the chain of an organization (null: of the installation) does not hold.
create function core.audit_verify(org uuid) returns bigint language plpgsql stable as $$
declare
  ends core.audit_chains;
  broken bigint;
  newest bigint;
  newest_hash bytea;
begin
  -- A request sees its own organization; the pages of the platform admin see all.
  if session_user = 'app_user' and org is distinct from core.tenant() then
    raise exception 'Not the present organization.' using errcode = 'insufficient_privilege';
  end if;
  select * into ends from core.audit_chains c where c.chain = core.audit_chain(org);
  if not found then
    return (select min(l.seq) from core.audit_log l where l.organization_id is not distinct from org);
  end if;
  -- Written twice: "is not distinct from" would not use the index.
  if org is null then
    select min(v.expected) into broken from (
      select ends.first_seq + row_number() over w - 1 as expected, l.seq, l.prev_hash, l.hash,
             lag(l.hash, 1, ends.first_prev_hash) over w as before, sha256(l.prev_hash || core.audit_text(l)) as made
      from core.audit_log l where l.organization_id is null window w as (order by l.seq)
    ) v where v.seq <> v.expected or v.prev_hash <> v.before or v.hash <> v.made;
    select l.seq, l.hash into newest, newest_hash from core.audit_log l where l.organization_id is null order by l.seq desc limit 1;
  else
    select min(v.expected) into broken from (
      select ends.first_seq + row_number() over w - 1 as expected, l.seq, l.prev_hash, l.hash,
             lag(l.hash, 1, ends.first_prev_hash) over w as before, sha256(l.prev_hash || core.audit_text(l)) as made
      from core.audit_log l where l.organization_id = org window w as (order by l.seq)
    ) v where v.seq <> v.expected or v.prev_hash <> v.before or v.hash <> v.made;
    select l.seq, l.hash into newest, newest_hash from core.audit_log l where l.organization_id = org order by l.seq desc limit 1;
  end if;
  if broken is null and (coalesce(newest, ends.first_seq - 1), coalesce(newest_hash, ends.first_prev_hash)) <> (ends.last_seq, ends.last_hash) then
    broken := least(coalesce(newest, ends.first_seq - 1), ends.last_seq) + 1;
  end if;
  return broken;
end $$;
select core.definer_function('core.audit_verify(uuid)');
comment on function core.audit_verify(uuid) is 'First broken sequence number of the audit chain of an organization (null: of the installation); null when it holds.';

-- Removes rows older than the given time, at least a year back, from the old end of each chain. Returns how many.
create function core.audit_purge(before timestamptz) returns bigint language plpgsql as $$
declare
  ends core.audit_chains;
  org uuid;
  keep_from bigint;
  last_gone core.audit_log;
  gone bigint;
  total bigint := 0;
begin
  if before > now() - interval '365 days' then
    raise exception 'The audit log keeps twelve months.' using errcode = 'insufficient_privilege';
  end if;
  for ends in select * from core.audit_chains c order by c.chain loop
    perform pg_advisory_xact_lock(hashtextextended('core.audit:' || ends.chain, 0));
    org := nullif(ends.chain, core.audit_chain(null));
    -- Rows carry the start of their transaction, so a later row may be older: only a whole prefix goes.
    select coalesce(min(l.seq), (select c.last_seq + 1 from core.audit_chains c where c.chain = ends.chain)) into keep_from
      from core.audit_log l where l.organization_id is not distinct from org and l.created_at >= before;
    select * into last_gone from core.audit_log l
      where l.organization_id is not distinct from org and l.seq < keep_from order by l.seq desc limit 1;
    continue when not found;
    delete from core.audit_log l where l.organization_id is not distinct from org and l.seq < keep_from;
    get diagnostics gone = row_count;
    total := total + gone;
    update core.audit_chains c set first_seq = keep_from, first_prev_hash = last_gone.hash where c.chain = ends.chain;
  end loop;
  return total;
end $$;
select core.definer_function('core.audit_purge(timestamptz)');
comment on function core.audit_purge(timestamptz) is 'Deletes audit rows older than the time (at least 365 days ago), keeping every chain verifiable; returns their number.';

-- A line is written for the present organization, or outside of any (sign-in). Members read what they did.
select core.close_table('core.audit_log');
create policy tenant_insert on core.audit_log for insert to app_user
  with check (organization_id is not distinct from core.tenant());
create policy tenant_read on core.audit_log for select to app_user
  using (organization_id = core.tenant() and core.manages() or actor_id = core.actor()
    and (organization_id = core.tenant() or organization_id is null or core.tenant() is null));
grant select on core.audit_log to app_user;
grant insert (organization_id, actor_type, actor_id, action, target_type, target_id, result, severity, metadata, ip, user_agent, request_id)
  on core.audit_log to app_user;
select core.live_table('core.audit_log', 'organization_id', '', 'id');
drop trigger live_update on core.audit_log;
drop trigger live_delete on core.audit_log;
