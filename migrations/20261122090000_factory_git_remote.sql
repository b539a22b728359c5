-- Repositories of GitHub and GitLab, and what they report by webhook (chapter 20, section 7).

alter table factory.repos add column token_hint text; -- the last characters of the token, to tell tokens apart

drop function factory.local_connections();
-- The connections of every organization that are looked at every five minutes: for the poll alone.
create function factory.polled_connections() returns table (organization_id uuid, connection_id uuid) language sql stable
begin atomic
  select c.organization_id, c.id from factory.codebase_connections c
    join factory.repos r on r.id = c.repo_id join factory.projects p on p.id = c.project_id
    where p.archived_at is null;
end;
select core.definer_function('factory.polled_connections()');
comment on function factory.polled_connections() is 'Organization and id of every connection to a repository whose project is live.';

grant insert on factory.webhook_deliveries to app_definer;
grant select on factory.webhook_deliveries to app_definer;
create index idx_codebase_connections_github on factory.codebase_connections (lower(repository_owner || '/' || repository_name));

-- Which connections a webhook may be for; its signature decides which of them it is for.
create function factory.webhook_targets(repository text)
returns table (organization_id uuid, connection_id uuid, project_id uuid, branch text, secret text) language sql stable
begin atomic
  select c.organization_id, c.id, c.project_id, c.default_branch, c.webhook_secret from factory.codebase_connections c
    join factory.repos r on r.id = c.repo_id join factory.projects p on p.id = c.project_id
    where lower(c.repository_owner || '/' || c.repository_name) = lower(webhook_targets.repository)
      and r.provider = 'github' and p.archived_at is null;
end;
select core.definer_function('factory.webhook_targets(text)');
comment on function factory.webhook_targets(text) is 'The connections of all organizations to a GitHub repository, with their sealed webhook secrets.';

-- Takes a delivery once: false when it was taken before.
create function factory.webhook_take(delivery text, event text, organization uuid, project uuid, outcome text) returns boolean
language plpgsql as $$
begin
  insert into factory.webhook_deliveries (delivery_id, event, organization_id, project_id, outcome)
    values (delivery, webhook_take.event, organization, project, webhook_take.outcome) on conflict (delivery_id) do nothing;
  return found;
end $$;
select core.definer_function('factory.webhook_take(text, text, uuid, uuid, text)');
comment on function factory.webhook_take(text, text, uuid, uuid, text) is 'Notes a delivery of a webhook whose signature was checked; false when it was there already.';
