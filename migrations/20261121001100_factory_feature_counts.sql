-- How many features a project has of each kind: kept up to date by the statements that change features, so that
-- no page has to count them.

create table factory.feature_counts (
  organization_id uuid not null,
  project_id uuid not null,
  status varchar(50) not null,
  priority varchar(20) not null default '', -- '' = none
  category varchar(100) not null default '', -- '' = none
  n int not null,
  primary key (project_id, status, priority, category),
  foreign key (organization_id, project_id) references factory.projects (organization_id, id) on delete cascade
);
comment on table factory.feature_counts is 'class=internal';

-- Where a project stood at the end of each day (UTC) on which something changed; days without a row are like the day before.
create table factory.feature_daily_counts (
  organization_id uuid not null,
  project_id uuid not null,
  day date not null,
  pending int not null default 0,
  in_progress int not null default 0,
  passing int not null default 0,
  failing int not null default 0,
  blocked int not null default 0,
  primary key (project_id, day),
  foreign key (organization_id, project_id) references factory.projects (organization_id, id) on delete cascade
);
comment on table factory.feature_daily_counts is 'class=internal';

-- The counts of a project as its unfiltered list shows them: one row to read instead of hundreds to add.
create table factory.feature_facets (
  organization_id uuid not null,
  project_id uuid primary key,
  everything int not null,
  facets jsonb not null,
  foreign key (organization_id, project_id) references factory.projects (organization_id, id) on delete cascade
);
comment on table factory.feature_facets is 'class=internal';

select core.secure_table('factory.feature_counts', 'organization_id = (select core.tenant())');
select core.secure_table('factory.feature_daily_counts', 'organization_id = (select core.tenant())');
select core.secure_table('factory.feature_facets', 'organization_id = (select core.tenant())');
grant select on factory.feature_counts, factory.feature_daily_counts, factory.feature_facets to app_user;
grant select, insert, update, delete on factory.feature_counts, factory.feature_daily_counts, factory.feature_facets to app_definer;
grant select on factory.projects, factory.features, factory.activities to app_definer;

create function factory.note_project(projects uuid[]) returns void language plpgsql as $$
begin
  insert into factory.feature_daily_counts as d (organization_id, project_id, day, pending, in_progress, passing, failing, blocked)
  select p.organization_id, p.id, (now() at time zone 'UTC')::date,
         coalesce(sum(c.n) filter (where c.status = 'pending'), 0),
         coalesce(sum(c.n) filter (where c.status = 'in_progress'), 0),
         coalesce(sum(c.n) filter (where c.status = 'passing'), 0),
         coalesce(sum(c.n) filter (where c.status = 'failing'), 0),
         coalesce(sum(c.n) filter (where c.status = 'blocked'), 0)
    from factory.projects p left join factory.feature_counts c on c.project_id = p.id
    where p.id = any (projects)
    group by p.id
    order by p.id
  on conflict (project_id, day) do update
    set pending = excluded.pending, in_progress = excluded.in_progress, passing = excluded.passing, failing = excluded.failing,
        blocked = excluded.blocked;
  insert into factory.feature_facets as f (organization_id, project_id, everything, facets)
  select p.organization_id, p.id,
         coalesce((select sum(c.n) from factory.feature_counts c where c.project_id = p.id), 0),
         jsonb_build_object(
           'status', (select coalesce(jsonb_object_agg(y.status, y.n), '{}')
             from (select c.status, sum(c.n) as n from factory.feature_counts c where c.project_id = p.id group by 1) y),
           'priority', (select coalesce(jsonb_object_agg(y.priority, y.n), '{}')
             from (select c.priority, sum(c.n) as n from factory.feature_counts c where c.project_id = p.id group by 1) y),
           'category', (select coalesce(jsonb_object_agg(y.category, y.n), '{}')
             from (select c.category, sum(c.n) as n from factory.feature_counts c where c.project_id = p.id
                   group by 1 order by 2 desc, 1 limit 200) y))
    from factory.projects p where p.id = any (projects) order by p.id
  on conflict (project_id) do update set everything = excluded.everything, facets = excluded.facets;
end $$;

-- Statement trigger: `gone` are the rows before, `come` the rows after. Groups are written in one order, and writers of
-- one project queue for its row before (factory::projects::lock), so two of them never wait for each other.
create function factory.count_features() returns trigger language plpgsql as $$
declare
  touched uuid[];
begin
  if tg_op = 'INSERT' then
    with delta as (
      select organization_id, project_id, status, coalesce(priority, '') as priority, coalesce(category, '') as category, count(*) as n
        from come where deleted_at is null group by 1, 2, 3, 4, 5
    ), kept as (
      insert into factory.feature_counts as c (organization_id, project_id, status, priority, category, n)
        select * from delta order by 2, 3, 4, 5
        on conflict (project_id, status, priority, category) do update set n = c.n + excluded.n
        returning c.project_id
    )
    select array_agg(distinct project_id) into touched from kept;
  else
    if tg_op = 'UPDATE' then
      with delta as (
        select organization_id, project_id, status, priority, category, sum(d) as n from (
          select organization_id, project_id, status, coalesce(priority, '') as priority, coalesce(category, '') as category, 1 as d
            from come where deleted_at is null
          union all
          select organization_id, project_id, status, coalesce(priority, ''), coalesce(category, ''), -1
            from gone where deleted_at is null
        ) x group by 1, 2, 3, 4, 5 having sum(d) <> 0
      ), kept as (
        insert into factory.feature_counts as c (organization_id, project_id, status, priority, category, n)
          select * from delta order by 2, 3, 4, 5
          on conflict (project_id, status, priority, category) do update set n = c.n + excluded.n
          returning c.project_id
      )
      select array_agg(distinct project_id) into touched from kept;
    else
      -- A project that goes takes its counts along: then there is nothing left to lower.
      with delta as (
        select project_id, status, coalesce(priority, '') as priority, coalesce(category, '') as category, count(*) as n
          from gone where deleted_at is null group by 1, 2, 3, 4
      ), kept as (
        update factory.feature_counts c set n = c.n - d.n
          from delta d
          where c.project_id = d.project_id and c.status = d.status and c.priority = d.priority and c.category = d.category
          returning c.project_id
      )
      select array_agg(distinct project_id) into touched from kept;
    end if;
    if touched is not null then
      delete from factory.feature_counts where project_id = any (touched) and n = 0;
    end if;
  end if;
  if touched is not null then
    perform factory.note_project(touched);
  end if;
  return null;
end $$;
select core.definer_function('factory.note_project(uuid[])');
comment on function factory.note_project(uuid[]) is 'Writes today''s counts of these projects; only the counting triggers call it.';
revoke execute on function factory.note_project(uuid[]) from app_user, app_admin;
select core.definer_function('factory.count_features()');

create trigger count_insert after insert on factory.features referencing new table as come
  for each statement execute function factory.count_features();
create trigger count_update after update on factory.features referencing old table as gone new table as come
  for each statement execute function factory.count_features();
create trigger count_delete after delete on factory.features referencing old table as gone
  for each statement execute function factory.count_features();

-- Works out the days of a project anew from its history: for demo data, and after a repair.
create function factory.rebuild_days(project uuid) returns void language plpgsql as $$
begin
  if not exists (select from factory.projects p where p.id = project and p.organization_id = core.tenant()) then
    return;
  end if;
  delete from factory.feature_daily_counts d where d.project_id = project;
  insert into factory.feature_daily_counts (organization_id, project_id, day, pending, in_progress, passing, failing, blocked)
  with moved as (
    select a.entity_id, a.created_at, a.changes -> 'status' ->> 'old' as was, a.changes -> 'status' ->> 'new' as became
      from factory.activities a
      where a.project_id = project and a.entity_type = 'feature' and a.changes ? 'status' and a.action <> 'created'
  ), first as (
    select distinct on (entity_id) entity_id, was from moved order by entity_id, created_at
  ), step as (
    select f.created_at as at, coalesce(first.was, f.status) as status, 1 as d
      from factory.features f left join first on first.entity_id = f.id where f.project_id = project
    union all select created_at, was, -1 from moved
    union all select created_at, became, 1 from moved
    union all select f.deleted_at, f.status, -1 from factory.features f where f.project_id = project and f.deleted_at is not null
  ), daily as (
    select (at at time zone 'UTC')::date as day,
           coalesce(sum(d) filter (where status = 'pending'), 0) as pending,
           coalesce(sum(d) filter (where status = 'in_progress'), 0) as in_progress,
           coalesce(sum(d) filter (where status = 'passing'), 0) as passing,
           coalesce(sum(d) filter (where status = 'failing'), 0) as failing,
           coalesce(sum(d) filter (where status = 'blocked'), 0) as blocked
      from step group by 1
  )
  select core.tenant(), project, day, sum(pending) over w, sum(in_progress) over w, sum(passing) over w, sum(failing) over w,
         sum(blocked) over w
    from daily window w as (order by day);
end $$;
select core.definer_function('factory.rebuild_days(uuid)');
comment on function factory.rebuild_days(uuid) is 'Counts the days of a project of the present organization anew from its history.';
