-- The notice of a job that gave up is named after its area, knows its kind and where it leads, and obeys its reader's
-- choice of bell and mail, as all others do.
create or replace function core.job_end(job uuid, outcome text, error text, retry_at timestamptz, at timestamptz) returns void language plpgsql as $$
declare
  j core.jobs;
  shown text := left(coalesce(error, 'The worker was lost.'), 300);
begin
  update core.jobs t
    set status = outcome, last_error = case when outcome = 'succeeded' then null else coalesce(error, t.last_error) end,
        locked_by = null, locked_until = null, run_at = coalesce(retry_at, t.run_at),
        finished_at = case when outcome = 'queued' then null else at end
    where t.id = job returning * into j;
  if outcome = 'queued' then
    perform core.job_wake(job, j.run_at);
  end if;
  if outcome = 'dead' then
    insert into core.notifications (user_id, type, title, body, entity_type, entity_id, org_id, channel, data, dedupe_key)
      select p.user_id, 'core.job_dead', 'A background job gave up', format('%s failed %s times: %s', j.kind, j.attempts, shown), 'job', j.id,
             j.organization_id, case when coalesce(n.in_app, true) then 'in_app' else 'email' end,
             jsonb_strip_nulls(jsonb_build_object('kind', 'error', 'job_kind', j.kind, 'attempts', j.attempts,
               'href', case when j.organization_id is null then '/admin/jobs' else '/settings/jobs' end || '?status=dead',
               -- Mailed with the next digest: whatever killed the job may kill mails too.
               'mail_at', case when coalesce(n.email, true) then at end)),
             format('job-dead:%s:%s', j.id, extract(epoch from at))
      from (select m.user_id from core.memberships m where m.org_id = j.organization_id and m.role in ('owner', 'admin')
            union
            select u.id from core.users u where j.organization_id is null and u.is_platform_admin and u.deleted_at is null) p
      left join core.notification_preferences n on n.user_id = p.user_id and n.type = 'error'
      where coalesce(n.frequency, 'instant') <> 'never' and (coalesce(n.in_app, true) or coalesce(n.email, true))
      on conflict (user_id, dedupe_key) do nothing;
  end if;
  if j.unique_key like 'cron:%' then
    update core.job_schedules s
      set last_status = outcome, last_duration_ms = round(extract(epoch from at - j.started_at) * 1000)
      where 'cron:' || s.jobname = regexp_replace(j.unique_key, '@[^@]*$', '');
  end if;
end $$;
alter function core.job_end(uuid, text, text, timestamptz, timestamptz) set search_path = pg_catalog, pg_temp;

-- Row security is meant for services: what is written already is put right without it.
alter table core.notifications no force row level security;
update core.notifications set type = 'core.job_dead', data = data - 'kind' || jsonb_build_object('kind', 'error', 'job_kind', data -> 'kind')
  where type = 'error' and entity_type = 'job';
alter table core.notifications force row level security;
