-- Roles and rights that must exist before the first migration (chapter 10, section 3).
-- Runs as the administrator of the database at every `migrate`; safe to repeat.
do $$
declare r text;
begin
  -- Roles belong to the whole cluster: two databases may be migrated at once.
  perform pg_advisory_xact_lock(hashtext('millrace.roles'));
  foreach r in array array['app_owner', 'app_definer'] loop
    if not exists (select from pg_roles where rolname = r) then
      execute format('create role %I nologin nosuperuser nobypassrls nocreatedb nocreaterole', r);
    end if;
  end loop;
  foreach r in array array['app_user', 'app_admin'] loop
    if not exists (select from pg_roles where rolname = r) then
      execute format('create role %I login nosuperuser nobypassrls nocreatedb nocreaterole', r);
    end if;
  end loop;
  execute format('grant app_owner to %I with set true', current_user);
  grant app_definer to app_owner with set true;
  execute format('grant create, connect, temporary on database %I to app_owner', current_database());
  execute format('grant connect on database %I to app_user, app_admin', current_database());
end $$;

revoke create on schema public from public;
grant usage, create on schema public to app_owner;
grant usage on schema public to app_user, app_admin, app_definer;
create extension if not exists vector with schema public;
