-- What happens across tenants: queueing, claiming, telling people. As app_definer, like the look-ups.

grant select, insert, update on core.jobs to app_definer;
grant select on core.event_outbox to app_definer;
grant insert on core.notifications, core.mail_queue to app_definer;

-- core.job_wake comes with the rest of the queue, graphile_worker after the migrations; bodies find both when they run.
create function core.enqueue(org uuid, job_kind text, job_payload jsonb, job_unique_key text, due timestamptz, attempts_allowed int,
  job_priority int) returns uuid language plpgsql as $$
declare
  made uuid;
begin
  if core.tenant() is not null and org is distinct from core.tenant() and org is not null then
    raise exception 'A job of another organization.' using errcode = 'insufficient_privilege';
  end if;
  loop
    insert into core.jobs (organization_id, kind, payload, unique_key, run_at, max_attempts, priority)
      values (org, job_kind, coalesce(job_payload, '{}'), job_unique_key, coalesce(due, now()), coalesce(attempts_allowed, 5),
        coalesce(job_priority, 0)::smallint)
      on conflict (kind, unique_key) where status in ('queued', 'running') do nothing
      returning id into made;
    exit when made is not null;
    select j.id into made from core.jobs j
      where j.kind = job_kind and j.unique_key = job_unique_key and j.status in ('queued', 'running');
    if made is not null then
      return made;
    end if;
    -- It ended between the two statements: try again.
  end loop;
  perform core.job_wake(made, coalesce(due, now()));
  return made;
end $$;
select core.definer_function('core.enqueue(uuid, text, jsonb, text, timestamptz, int, int)');
comment on function core.enqueue(uuid, text, jsonb, text, timestamptz, int, int) is 'Puts a job into the queue (organization, kind, payload, unique key, due, attempts, priority) in this transaction; returns its id, or that of the waiting or running job of the same key.';

-- Claiming and ending jobs and reading the outbox: 20261121000950_core_jobs.sql.

create function core.notify(recipient uuid, notice_type text, notice_title text, notice_body text, about_type text, about_id uuid,
  about_project uuid, notice_data jsonb, dedupe text) returns uuid language plpgsql as $$
declare
  made uuid;
begin
  -- In an organization only its members are told things; outside, the server tells the person concerned.
  if core.tenant() is not null and not exists (select from core.memberships m where m.org_id = core.tenant() and m.user_id = recipient) then
    return null;
  end if;
  insert into core.notifications (user_id, project_id, type, title, body, entity_type, entity_id, org_id, data, dedupe_key)
    values (recipient, about_project, notice_type, notice_title, notice_body, about_type, about_id, core.tenant(), notice_data, dedupe)
    on conflict (user_id, dedupe_key) do nothing
    returning id into made;
  return made;
end $$;
select core.definer_function('core.notify(uuid, text, text, text, text, uuid, uuid, jsonb, text)');
comment on function core.notify(uuid, text, text, text, text, uuid, uuid, jsonb, text) is 'An in-app notice for one person (type, title, body, entity type, entity id, project, data, dedupe key); null when the key was used or the person is no member.';

create function core.queue_mail(mail_id uuid, recipient text, mail_template text, mail_data jsonb, mail_subject text, plain text, html text)
returns uuid language plpgsql as $$
begin
  mail_id := coalesce(mail_id, gen_random_uuid());
  insert into core.mail_queue (id, organization_id, to_email, template, data, subject, text_body, html_body)
    values (mail_id, core.tenant(), recipient, mail_template, coalesce(mail_data, '{}'), mail_subject, plain, html);
  return mail_id;
end $$;
select core.definer_function('core.queue_mail(uuid, text, text, jsonb, text, text, text)');
comment on function core.queue_mail(uuid, text, text, jsonb, text, text, text) is 'Queues a mail in this transaction (id or null, address, template, data, subject, text, HTML or null); the caller enqueues its mail.send.';

create function core.deletions_due(at timestamptz) returns table (id uuid, user_id uuid) language plpgsql stable as $$
begin
  return query select d.id, d.user_id from core.data_deletion_requests d
    where d.status in ('pending', 'processing') and d.confirmed_at is not null and d.execute_after <= at order by d.execute_after;
end $$;
select core.definer_function('core.deletions_due(timestamptz)');
comment on function core.deletions_due(timestamptz) is 'Confirmed account deletions whose waiting time is over, unfinished ones too.';

-- What the comments of the tables say about people, for export and deletion.
create function core.privacy_tables() returns table (table_name text, user_column text, email_column text, keep bool)
language sql stable begin atomic
  select n.nspname || '.' || c.relname, substring(d.description from 'privacy:user=([a-z_]+)'),
         substring(d.description from 'privacy:email=([a-z_]+)'), d.description ~ 'erase=keep'
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
    join pg_description d on d.objoid = c.oid and d.classoid = 'pg_class'::regclass and d.objsubid = 0
  where c.relkind in ('r', 'p') and d.description ~ 'privacy:(user|email)='
  order by 1;
end;
comment on function core.privacy_tables() is 'Tables that hold rows of a person: the column of the person''s id or address, and whether the rows outlive the account.';
