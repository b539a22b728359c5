-- What the pages of the platform admin (role app_admin) reach: these tables and columns, across organizations,
-- without the contents of any organization and without secrets.

create function core.platform_table(t regclass, test text default 'true') returns void language plpgsql as $$
begin
  execute format('create policy platform on %s to app_admin using (%s) with check (%s)', t, test, test);
end $$;

select core.platform_table('core.organizations');
grant select on core.organizations to app_admin;
grant update (plan, suspended_at, deleted_at) on core.organizations to app_admin;

select core.platform_table('core.users');
grant select (xmin, id, created_at, updated_at, email, name, avatar_url, email_verified, is_platform_admin, locked_until, last_login_at,
  deleted_at) on core.users to app_admin;
grant update (email_verified, is_platform_admin, locked_until, deleted_at) on core.users to app_admin;

select core.platform_table('core.memberships');
grant select on core.memberships to app_admin;

select core.platform_table('core.sessions');
grant select (id, created_at, user_id, expires_at, ip_address, user_agent, last_seen_at, auth_methods, mfa_at, last_org_id, revoked_at)
  on core.sessions to app_admin;
grant update (revoked_at) on core.sessions to app_admin;

select core.platform_table('core.api_keys');
grant select (id, organization_id, project_id, user_id, name, key_prefix, scopes, last_used_at, expires_at, created_at, revoked_at)
  on core.api_keys to app_admin;
grant update (revoked_at) on core.api_keys to app_admin;

select core.platform_table('core.api_tokens');
grant select (id, user_id, name, token_prefix, scopes, last_used_at, expires_at, created_at, revoked_at) on core.api_tokens to app_admin;
grant update (revoked_at) on core.api_tokens to app_admin;

-- Identity providers of the whole installation; those of an organization are its own.
select core.platform_table('core.identity_providers', 'organization_id is null');
grant select, insert, update, delete on core.identity_providers to app_admin;

select core.platform_table('core.jobs');
grant select, update, delete on core.jobs to app_admin;
grant select, insert, update, delete on core.job_schedules to app_admin;
grant usage on sequence core.job_schedules_jobid_seq to app_admin;

select core.platform_table('core.mail_queue');
grant select, update, delete on core.mail_queue to app_admin;

select core.platform_table('core.event_outbox');
grant select, delete on core.event_outbox to app_admin;

create policy platform_read on core.audit_log for select to app_admin using (true);
create policy platform_insert on core.audit_log for insert to app_admin with check (actor_type in ('platform_admin', 'system'));
grant select on core.audit_log to app_admin;
grant insert (organization_id, actor_type, actor_id, action, target_type, target_id, result, severity, metadata, ip, user_agent, request_id)
  on core.audit_log to app_admin;

grant select, delete on core.login_attempts, core.rate_limits to app_admin;
