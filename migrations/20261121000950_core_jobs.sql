-- Running jobs (chapter 10, section 6). core.jobs is the record and decides; graphile_worker only wakes a worker:
-- its one task `millrace` carries the id of a row. Claims are leases, so a worker killed in mid-job loses the job to
-- another, and every end of a run is fenced by worker and attempt, so that a run that lost its lease ends nothing.
-- `at` is null but in tests: leases go by the clock of the database, whatever the clocks of the workers say.

alter table core.jobs add column started_at timestamptz, add column progress jsonb;

alter table core.event_outbox
  add column attempts int not null default 0,
  add column next_at timestamptz not null default now(),
  add column last_error text;
drop index core.event_outbox_undispatched_idx;
create index event_outbox_undispatched_idx on core.event_outbox (next_at, seq) where dispatched_at is null;
-- The dispatcher locks and marks an event in a transaction of its organization.
grant update (dispatched_at, attempts, next_at, last_error) on core.event_outbox to app_user;

grant select (id, is_platform_admin, deleted_at) on core.users to app_definer;
grant select, update on core.job_schedules to app_definer;

-- Lets graphile_worker wake a worker for this job when it is due. Repeating it changes nothing but the time.
create function core.job_wake(job uuid, due timestamptz) returns void language plpgsql as $$
begin
  perform graphile_worker.add_job('millrace', json_build_object('id', j.id), run_at := due, job_key := j.id::text, priority := j.priority)
    from core.jobs j where j.id = job;
end $$;
select core.definer_function('core.job_wake(uuid, timestamptz)');
comment on function core.job_wake(uuid, timestamptz) is 'Wakes a worker for a queued job at the given time; what the worker then does is for job_claim to decide.';

-- Ends a run. One place for the state machine of running jobs.
create function core.job_end(job uuid, outcome text, error text, retry_at timestamptz, at timestamptz) returns void language plpgsql as $$
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
    insert into core.notifications (user_id, type, title, body, entity_type, entity_id, org_id, data, dedupe_key)
      select p.user_id, 'error', 'A background job gave up', format('%s failed %s times: %s', j.kind, j.attempts, shown), 'job', j.id,
             j.organization_id, jsonb_build_object('kind', j.kind, 'attempts', j.attempts), format('job-dead:%s:%s', j.id, extract(epoch from at))
      from (select m.user_id from core.memberships m where m.org_id = j.organization_id and m.role in ('owner', 'admin')
            union
            select u.id from core.users u where j.organization_id is null and u.is_platform_admin and u.deleted_at is null) p
      on conflict (user_id, dedupe_key) do nothing;
  end if;
  if j.unique_key like 'cron:%' then
    update core.job_schedules s
      set last_status = outcome, last_duration_ms = round(extract(epoch from at - j.started_at) * 1000)
      where 'cron:' || s.jobname = regexp_replace(j.unique_key, '@[^@]*$', '');
  end if;
end $$;
-- Not for the application: it has no fence. Only the functions below call it, as app_definer.
revoke all on function core.job_end(uuid, text, text, timestamptz, timestamptz) from public;
alter function core.job_end(uuid, text, text, timestamptz, timestamptz) set search_path = pg_catalog, pg_temp;
grant execute on function core.job_end(uuid, text, text, timestamptz, timestamptz) to app_definer;

create function core.job_claim(job uuid, worker text, lease_ms int, kinds jsonb, at timestamptz,
  out outcome text, out due timestamptz, out org uuid, out job_kind text, out job_payload jsonb, out attempt int, out attempts_allowed int,
  out made_by uuid) language plpgsql as $$
declare
  j core.jobs;
  most int;
begin
  outcome := 'gone';
  at := coalesce(at, now());
  select * into j from core.jobs t where t.id = job for update;
  if j.id is null or j.status not in ('queued', 'running') then
    return;
  end if;
  due := case j.status when 'queued' then j.run_at else j.locked_until end;
  if due > at then
    outcome := 'later';
    return;
  end if;
  if j.status = 'running' and j.attempts >= j.max_attempts then
    perform core.job_end(job, 'dead', 'The worker was lost while it ran this job.', null, at);
    return;
  end if;
  -- `kinds` is what the worker can run: of each kind the most that may run at once everywhere, and the attempts of a
  -- job that was queued with the usual number.
  if not kinds ? j.kind then
    outcome := 'later';
    due := at + interval '30 seconds';
    return;
  end if;
  most := kinds -> j.kind ->> 'most';
  if most is not null then
    perform pg_advisory_xact_lock(hashtext('millrace.job.kind'), hashtext(j.kind));
    if (select count(*) from core.jobs t where t.kind = j.kind and t.status = 'running' and t.locked_until > at) >= most then
      outcome := 'later';
      due := at + interval '2 seconds';
      return;
    end if;
  end if;
  update core.jobs t
    set status = 'running', attempts = t.attempts + 1, locked_by = worker, locked_until = at + lease_ms * interval '1 ms', started_at = at,
        progress = null, finished_at = null,
        max_attempts = case when t.attempts = 0 and t.max_attempts = 5 then coalesce((kinds -> t.kind ->> 'attempts')::int, 5)
                       else t.max_attempts end
    where t.id = job returning t.attempts, t.max_attempts into attempt, attempts_allowed;
  outcome := 'run';
  org := j.organization_id;
  job_kind := j.kind;
  job_payload := j.payload;
  made_by := j.created_by;
end $$;
select core.definer_function('core.job_claim(uuid, text, int, jsonb, timestamptz)');
comment on function core.job_claim(uuid, text, int, jsonb, timestamptz) is 'Leases a due job to a worker (job, worker, lease, kinds with their limits, now): outcome run with what is to be done, later with the time to try again, or gone.';

create function core.job_renew(job uuid, worker text, attempt int, lease_ms int, at timestamptz) returns bool language plpgsql as $$
begin
  update core.jobs j set locked_until = coalesce(at, now()) + lease_ms * interval '1 ms'
    where j.id = job and j.status = 'running' and j.locked_by = worker and j.attempts = attempt;
  return found;
end $$;
select core.definer_function('core.job_renew(uuid, text, int, int, timestamptz)');
comment on function core.job_renew(uuid, text, int, int, timestamptz) is 'Extends the lease of a running job; false when the worker has lost it.';

create function core.job_progress(job uuid, worker text, attempt int, state jsonb) returns bool language plpgsql as $$
begin
  update core.jobs j set progress = state where j.id = job and j.status = 'running' and j.locked_by = worker and j.attempts = attempt;
  return found;
end $$;
select core.definer_function('core.job_progress(uuid, text, int, jsonb)');
comment on function core.job_progress(uuid, text, int, jsonb) is 'Shows how far a running job is; false when the worker has lost it.';

create function core.job_finish(job uuid, worker text, attempt int, result text, error text, retry_ms int, at timestamptz) returns text
language plpgsql as $$
declare
  j core.jobs;
  outcome text;
begin
  select * into j from core.jobs t where t.id = job and t.status = 'running' and t.locked_by = worker and t.attempts = attempt for update;
  if j.id is null then
    return 'lost';
  end if;
  at := coalesce(at, now());
  outcome := case
    when result = 'done' then 'succeeded'
    when result = 'released' then 'queued'
    when result = 'failed' and j.attempts < j.max_attempts then 'queued'
    else 'dead' end;
  if result = 'released' then
    -- The process stopped: the attempt does not count.
    update core.jobs t set attempts = t.attempts - 1 where t.id = job;
  end if;
  perform core.job_end(job, outcome, error, case when outcome = 'queued' then at + retry_ms * interval '1 ms' end, at);
  return outcome;
end $$;
select core.definer_function('core.job_finish(uuid, text, int, text, text, int, timestamptz)');
comment on function core.job_finish(uuid, text, int, text, text, int, timestamptz) is 'Ends a run (done, failed with the wait before the retry, hopeless, released); returns succeeded, queued or dead, or lost when another worker has taken the job.';

create function core.jobs_due(at timestamptz, most int) returns setof uuid language plpgsql stable as $$
begin
  return query select j.id from core.jobs j
    where j.status = 'queued' and j.run_at <= coalesce(at, now()) or j.status = 'running' and j.locked_until <= coalesce(at, now())
    order by j.priority, j.run_at, j.created_at limit most;
end $$;
select core.definer_function('core.jobs_due(timestamptz, int)');
comment on function core.jobs_due(timestamptz, int) is 'Jobs that wait for a worker now, of every organization.';

-- The net below graphile_worker: leases that ended, and jobs nobody woke a worker for.
create function core.jobs_sweep(at timestamptz) returns int language plpgsql as $$
declare
  job uuid;
  woken int := 0;
begin
  at := coalesce(at, now());
  for job in
    select j.id from core.jobs j
      where (j.status = 'queued' and j.run_at < at - interval '30 seconds' or j.status = 'running' and j.locked_until < at)
        and not exists (select from graphile_worker.jobs g
          where g.key = j.id::text and g.locked_at is null and g.attempts < g.max_attempts and g.run_at < at + interval '60 seconds')
      order by j.run_at limit 500
  loop
    perform core.job_wake(job, at);
    woken := woken + 1;
  end loop;
  -- What such wakings replaced, once its worker is known to be gone.
  perform graphile_worker.complete_jobs(array(
    select g.id from graphile_worker.jobs g
      where g.task_identifier = 'millrace' and g.key is null and g.locked_at is null and g.attempts >= g.max_attempts));
  return woken;
end $$;
select core.definer_function('core.jobs_sweep(timestamptz)');
comment on function core.jobs_sweep(timestamptz) is 'Wakes workers for jobs whose lease has ended and for overdue ones; returns how many.';

create function core.outbox_due(at timestamptz, most int) returns table (id uuid, organization_id uuid) language plpgsql stable as $$
begin
  return query select e.id, e.organization_id from core.event_outbox e
    where e.dispatched_at is null and e.next_at <= coalesce(at, now()) order by e.next_at, e.seq limit most;
end $$;
select core.definer_function('core.outbox_due(timestamptz, int)');
comment on function core.outbox_due(timestamptz, int) is 'The oldest events to be dispatched, of every organization. Each is then locked and marked in a transaction of its organization.';
