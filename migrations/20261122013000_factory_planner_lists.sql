-- The planner's lists, saved views and coverage; who was told what lately.

-- The first row is the head (head is not null), the others are the page in its order. No row: no such project here.
create function factory.work_orders_page(
  project_slug text, typed text, statuses text[], phases text[], features text[], assignees text[], only_blocked bool, sort text, descending bool,
  after_key text, after_id uuid, page_size int)
returns table (head jsonb, id uuid, rev text, number int, title text, status text, phase_id uuid, feature_id uuid, feature_key text,
  deliverable_type text, assignee_ids uuid[], sort_order int, blocked bool, items_open int, items_total int, created_at timestamptz,
  updated_at timestamptz, sort_key text)
language plpgsql stable as $$
#variable_conflict use_column
declare
  p record;
  waiting uuid[];
  words text[] := array(select w from regexp_split_to_table(lower(coalesce(typed, '')), '\s+') w where w <> '');
  plain bool;
  counts jsonb;
  matching bigint;
  everything bigint;
  hits uuid[];
  col text;
  typ text;
begin
  select x.id, x.slug, x.name, x.status, x.xmin::text as rev into p
    from factory.projects x where x.slug = project_slug and x.organization_id = core.tenant();
  if not found then
    return;
  end if;
  -- What waits for something unfinished.
  waiting := array(
    select distinct t.entity_id
    from factory.graph_edges e
      join factory.graph_nodes s on s.id = e.source_node_id and s.entity_type = 'work_order'
      join factory.graph_nodes t on t.id = e.target_node_id and t.entity_type = 'work_order'
      join factory.work_orders w on w.id = s.entity_id and w.status <> 'done' and w.deleted_at is null
    where e.project_id = p.id and e.edge_type = 'blocks');
  plain := words = '{}' and statuses is null and phases is null and features is null and assignees is null and not only_blocked;
  -- Each count under the other filters.
  with base as materialized (
    select w.id, w.status, coalesce(w.phase_id::text, '') as phase, w.assignee_ids,
      statuses is null or w.status = any (statuses) as s,
      phases is null or coalesce(w.phase_id::text, '') = any (phases) as f,
      assignees is null or w.assignee_ids::text[] && assignees or w.assignee_ids = '{}' and '' = any (assignees) as a
    from factory.work_orders w
      left join factory.features x on features is not null and x.id = w.feature_id and x.deleted_at is null
    where w.project_id = p.id and w.deleted_at is null
      and (features is null or coalesce(x.feature_id, '') = any (features))
      and (not only_blocked or w.id = any (waiting) and w.status <> 'done')
      and (words = '{}' or not exists (
        select from unnest(words) word
        where strpos(w.title_order || ' wo-' || w.number || ' ' || lower(coalesce(w.deliverable_type, '')) || ' '
          || lower(jsonb_path_query_array(coalesce(w.description, '{}'), '$.**.text')::text), word) = 0))
  )
  select jsonb_build_object(
      'status', (select coalesce(jsonb_object_agg(y.status, y.n), '{}') from (select status, count(*) as n from base where f and a group by 1) y),
      'phase', (select coalesce(jsonb_object_agg(y.phase, y.n), '{}') from (select phase, count(*) as n from base where s and a group by 1) y),
      'assignee', (select coalesce(jsonb_object_agg(y.who, y.n), '{}') from (
        select coalesce(who::text, '') as who, count(*) as n from base left join lateral unnest(base.assignee_ids) who on true
        where s and f group by 1) y)),
    (select count(*) from base where s and f and a),
    case when not plain then (select coalesce(array_agg(base.id), '{}') from base where s and f and a) end
    into counts, matching, hits;
  everything := case when plain then matching
    else (select count(*) from factory.work_orders w where w.project_id = p.id and w.deleted_at is null) end;

  return query select jsonb_build_object(
      'project', jsonb_build_object('id', p.id, 'slug', p.slug, 'name', p.name, 'status', p.status, 'rev', p.rev),
      'counts', counts, 'matching', matching, 'everything', everything),
    null::uuid, null, null::int, null, null, null::uuid, null::uuid, null, null, null::uuid[], null::int, null::bool, null::int, null::int,
    null::timestamptz, null::timestamptz, null;

  col := case sort when 'number' then 'number' when 'title' then 'title_order' when 'status' then 'status_order'
    when 'updated' then 'updated_at' else 'sort_order' end;
  typ := case sort when 'title' then 'text' when 'status' then 'smallint' when 'updated' then 'timestamptz' else 'int' end;
  return query execute format(
    'select null::jsonb, w.id, w.xmin::text, w.number, w.title, w.status, w.phase_id, f.id, f.feature_id::text, w.deliverable_type, w.assignee_ids,
       w.sort_order, w.id = any ($2) and w.status <> ''done'', i.open, i.total, w.created_at, w.updated_at, w.%1$I::text
     from (
       select w.*, w.xmin from factory.work_orders w
       where w.project_id = $1 and w.deleted_at is null and ($3 or w.id = any ($4)) %2$s
       order by w.%1$I %3$s, w.id %3$s limit %4$s) w
       left join factory.features f on f.id = w.feature_id and f.deleted_at is null
       left join lateral (
         select count(*) filter (where i.status <> ''done'')::int as open, count(*)::int as total
         from factory.work_items i where i.work_order_id = w.id) i on true
     order by w.%1$I %3$s, w.id %3$s',
    col,
    case when after_id is null then '' else format('and (w.%I, w.id) %s ($5::%s, $6)', col, case when descending then '<' else '>' end, typ) end,
    case when descending then 'desc' else 'asc' end,
    page_size)
    using p.id, waiting, plain, hits, after_key, after_id;
end $$;
grant execute on function factory.work_orders_page(text, text, text[], text[], text[], text[], bool, text, bool, text, uuid, int) to app_user;

create index idx_work_orders_number on factory.work_orders (project_id, number, id) where deleted_at is null;
create index idx_work_orders_title on factory.work_orders (project_id, title_order, id) where deleted_at is null;
create index idx_work_orders_status_order on factory.work_orders (project_id, status_order, id) where deleted_at is null;
create index idx_work_orders_updated on factory.work_orders (project_id, updated_at, id) where deleted_at is null;

-- Named filters of a page: a person's own, or the team's.
create table factory.saved_views (
  id uuid primary key default gen_random_uuid(),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  organization_id uuid not null default core.tenant() references core.organizations on delete cascade,
  project_id uuid not null,
  name text not null check (name <> '' and char_length(name) <= 100),
  query text not null check (char_length(query) <= 2000), -- the part of the address behind "?"
  shared bool not null default false,
  created_by uuid references core.users on delete cascade,
  foreign key (organization_id, project_id) references factory.projects (organization_id, id) on delete cascade,
  unique (organization_id, id)
);
create unique index saved_views_team_key on factory.saved_views (project_id, lower(name)) where shared;
create unique index saved_views_own_key on factory.saved_views (project_id, created_by, lower(name)) where not shared;
create index idx_saved_views_created_by on factory.saved_views (created_by);
comment on table factory.saved_views is 'class=service; privacy:user=created_by';
select core.secure_table('factory.saved_views', 'organization_id = core.tenant() and (shared or created_by = core.actor())');
grant select, insert, update, delete on factory.saved_views to app_user;
select core.live_table('factory.saved_views', 'organization_id', '', 'id');

-- What a person said about the matrix of criteria: this work order or test is (or is not) about that criterion. It beats
-- what the words of both suggest.
create table factory.criterion_links (
  id uuid primary key default gen_random_uuid(),
  created_at timestamptz not null default now(),
  organization_id uuid not null default core.tenant() references core.organizations on delete cascade,
  feature_id uuid not null,
  criterion_id text not null check (criterion_id <> '' and char_length(criterion_id) <= 100),
  work_order_id uuid,
  test_case_id uuid,
  covers bool not null,
  created_by uuid references core.users on delete set null,
  check (num_nonnulls(work_order_id, test_case_id) = 1),
  foreign key (organization_id, feature_id) references factory.features (organization_id, id) on delete cascade,
  foreign key (organization_id, work_order_id) references factory.work_orders (organization_id, id) on delete cascade,
  foreign key (organization_id, test_case_id) references factory.test_cases (organization_id, id) on delete cascade,
  unique (organization_id, id),
  unique nulls not distinct (feature_id, criterion_id, work_order_id, test_case_id)
);
create index idx_criterion_links_work_order on factory.criterion_links (work_order_id) where work_order_id is not null;
create index idx_criterion_links_test_case on factory.criterion_links (test_case_id) where test_case_id is not null;
create index idx_criterion_links_created_by on factory.criterion_links (created_by) where created_by is not null;
comment on table factory.criterion_links is 'class=service; privacy:user=created_by; erase=keep';
select core.tenant_table('factory.criterion_links');

-- How fast work gets done is read from the history.
create index idx_activities_done on factory.activities (project_id, created_at)
  where entity_type = 'work_order' and action = 'status_changed';

-- Once per person, kind and entity in five minutes: a sender cannot see what others were told.
create function factory.told_since(people uuid[], notice_type text, about uuid, since timestamptz) returns uuid[] language plpgsql stable as $$
begin
  return array(
    select distinct n.user_id from core.notifications n
    where n.user_id = any (people) and n.created_at > since and n.type = notice_type and n.entity_id = about and n.org_id = core.tenant());
end $$;
select core.definer_function('factory.told_since(uuid[], text, uuid, timestamptz)');
comment on function factory.told_since(uuid[], text, uuid, timestamptz) is 'Who of these was told this about that entity of the present tenant since then.';

-- One commit, different outcomes: among its last fifty results the case passed and failed on the same code.
create function factory.is_flaky(test_case uuid) returns bool language sql stable
  return exists (
    select from (
      select t.commit_sha, r.status from factory.test_run_results r join factory.test_runs t on t.id = r.test_run_id
      where r.test_case_id = test_case and r.status <> 'skipped' and t.commit_sha is not null
      order by r.created_at desc limit 50) recent
    group by recent.commit_sha
    having bool_or(recent.status = 'passed') and bool_or(recent.status <> 'passed'));
grant execute on function factory.is_flaky(uuid) to app_user;
