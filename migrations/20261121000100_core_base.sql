-- What every table of every area stands on: the settings of a transaction, row security, change notices.

create schema core;
create schema factory;
create schema growth;
grant usage on schema core, factory, growth to app_user, app_admin, app_definer;
-- Needed to hand a function over to app_definer; it owns nothing else.
grant create on schema core, factory, growth to app_definer;

-- The three settings of a tenant transaction. Unset means no tenant, hence no rows.
create function core.tenant() returns uuid language sql stable parallel safe
  return nullif(current_setting('app.current_tenant_id', true), '')::uuid;
create function core.actor() returns uuid language sql stable parallel safe
  return nullif(current_setting('app.current_user_id', true), '')::uuid;
create function core.actor_role() returns text language sql stable parallel safe
  return nullif(current_setting('app.current_role', true), '');

-- Owners, admins and the server itself; row rules that are not for every member ask this.
create function core.manages() returns bool language sql stable parallel safe
  return coalesce(core.actor_role() in ('owner', 'admin', 'system'), false);

create function core.touch_updated_at() returns trigger language plpgsql as $$
begin
  new.updated_at := now();
  return new;
end $$;

-- Numbers live events: the same event carries the same number in every process, so a browser can
-- reconnect to another one and go on where it stopped.
create sequence core.live_event_seq;

-- Statement trigger: tells every process what changed. Arguments: topic, tenant column ('' = none),
-- user column ('' = none), id column ('' = none). Notices go out when the transaction commits.
create function core.note_change() returns trigger language plpgsql as $$
declare
  topic text := tg_argv[0];
  org_expr text := case when tg_argv[1] = '' then 'null::uuid' else format('%I::uuid', tg_argv[1]) end;
  user_expr text := case when tg_argv[2] = '' then 'null::uuid' else format('%I::uuid', tg_argv[2]) end;
  id_expr text := case when tg_argv[3] = '' then 'null::text' else format('%I::text', tg_argv[3]) end;
  r record;
begin
  for r in execute format(
    'select %s as org, %s as usr, count(*) as n, (array_agg(distinct %s))[1:20] as ids from changed group by 1, 2',
    org_expr, user_expr, id_expr)
  loop
    perform pg_notify('millrace_live', jsonb_build_object(
      'n', nextval('core.live_event_seq'), 'org', r.org, 'user', r.usr, 'topic', topic,
      'ids', case when r.n <= 20 then to_jsonb(r.ids) end)::text);
  end loop;
  return null;
end $$;
grant usage on sequence core.live_event_seq to app_user, app_admin, app_definer;

-- The name of a table as topics carry it: always with its schema, whatever the search path.
create function core.topic(t regclass) returns text language sql stable
  return (select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = t);

create function core.live_table(t regclass, org_col text, user_col text, id_col text) returns void language plpgsql as $$
declare
  step record;
begin
  for step in select * from (values ('insert', 'new'), ('update', 'new'), ('delete', 'old')) as v (verb, side) loop
    execute format(
      'create trigger live_%1$s after %1$s on %2$s referencing %3$s table as changed
         for each statement execute function core.note_change(%4$L, %5$L, %6$L, %7$L)',
      step.verb, t, step.side, core.topic(t), org_col, user_col, id_col);
  end loop;
end $$;

create function core.has_column(t regclass, col text) returns bool language sql stable
  return exists (select from pg_attribute where attrelid = t and attname = col and not attisdropped);

-- Forced row security that lets nobody of the application in yet. app_owner (migrations) and app_definer
-- (the few look-ups of chapter 10, section 3) see all rows of the tables they hold rights on.
create function core.close_table(t regclass) returns void language plpgsql as $$
begin
  execute format('alter table %s enable row level security', t);
  execute format('alter table %s force row level security', t);
  execute format('create policy owner on %s to app_owner using (true) with check (true)', t);
  execute format('create policy definer on %s to app_definer using (true) with check (true)', t);
  if core.has_column(t, 'updated_at') then
    execute format('create trigger touch_updated_at before update on %s for each row execute function core.touch_updated_at()', t);
  end if;
end $$;

-- The same, and app_user sees and writes the rows that pass the test. Grants are the caller's.
create function core.secure_table(t regclass, test text) returns void language plpgsql as $$
begin
  perform core.close_table(t);
  execute format('create policy tenant on %s to app_user using (%s) with check (%s)', t, test, test);
end $$;

-- A table with its own tenant column.
create function core.tenant_table(t regclass, org_col text default 'organization_id') returns void language plpgsql as $$
begin
  perform core.secure_table(t, format('%I = core.tenant()', org_col));
  execute format('grant select, insert, update, delete on %s to app_user', t);
  perform core.live_table(t, org_col, '', case when core.has_column(t, 'id') then 'id' else '' end);
end $$;

-- A table that belongs to one person, in every organization.
create function core.personal_table(t regclass, user_col text default 'user_id') returns void language plpgsql as $$
begin
  perform core.secure_table(t, format('%I = core.actor()', user_col));
  execute format('grant select, insert, update, delete on %s to app_user', t);
  perform core.live_table(t, '', user_col, case when core.has_column(t, 'id') then 'id' else '' end);
end $$;

-- A table whose rows belong to the tenant of their parent and have no tenant column of their own.
create function core.child_table(t regclass, fk text, parent regclass) returns void language plpgsql as $$
begin
  perform core.secure_table(t, format('exists (select from %s parent where parent.id = %I)', parent, fk));
  execute format('grant select, insert, update, delete on %s to app_user', t);
end $$;

-- Hands a definer function to app_definer with a pinned search path, callable by app_user and app_admin.
create function core.definer_function(f regprocedure) returns void language plpgsql as $$
begin
  execute format('alter function %s security definer', f);
  execute format('alter function %s set search_path = pg_catalog, pg_temp', f);
  execute format('revoke all on function %s from public', f);
  execute format('grant execute on function %s to app_user, app_admin', f);
  execute format('alter function %s owner to app_definer', f);
end $$;
