-- The list of features, in one round trip: the project, the counts for its filters, and one page of rows.

-- What a person typed, as a query: every word begins a word of the feature, in this project. Null without a word.
create function factory.feature_query(project uuid, typed text) returns tsquery language sql immutable parallel safe
  return (select ('''#' || project || ''' & ' || string_agg('''' || w || ''':*', ' & '))::tsquery from unnest(factory.words(typed)) w);

-- Full text does not reach its index behind row security: this function does, bound to the tenant of the transaction.
create function factory.feature_hits(project uuid, typed text, most int) returns uuid[] language plpgsql stable as $$
begin
  return (select coalesce(array_agg(hit.id), '{}') from (
    select f.id from factory.features f
      where f.search @@ factory.feature_query(project, typed) and f.project_id = project and f.organization_id = core.tenant()
        and f.deleted_at is null
      limit most) hit);
end $$;
select core.definer_function('factory.feature_hits(uuid, text, int)');
comment on function factory.feature_hits(uuid, text, int) is 'The ids of at most so many features of a project of the present tenant that contain all words.';

-- Who waits for the feature of this key.
create function factory.feature_dependents(project uuid, key text, most int) returns uuid[] language plpgsql stable as $$
begin
  return (select coalesce(array_agg(hit.id), '{}') from (
    select f.id from factory.features f
      where f.search @@ ('''#' || project || ''' & ''>' || replace(replace(left(key, 100), '\', '\\'), '''', '''''') || '''')::tsquery
        and f.project_id = project and f.organization_id = core.tenant() and f.deleted_at is null
      limit most) hit);
end $$;
select core.definer_function('factory.feature_dependents(uuid, text, int)');
comment on function factory.feature_dependents(uuid, text, int) is 'The ids of at most so many features of a project of the present tenant that wait for the key.';

-- The first row is the head (head is not null), the others are the page in its order. No row: no such project here.
--
-- How a page is found depends on how many rows match, which the counts tell without looking at a feature:
-- many matches, walk the index of the order until the page is full; few, fetch them and sort.
create function factory.features_page(
  project_slug text, typed text, statuses text[], priorities text[], categories text[], parent uuid, sort text, descending bool,
  after_key text, after_id uuid, page_size int)
returns table (head jsonb, id uuid, rev text, feature_id text, name text, status text, priority text, category text, parent_id uuid,
  sort_order int, criteria_met smallint, criteria_total smallint, depends int, updated_at timestamptz, sort_key text)
language plpgsql stable as $$
#variable_conflict use_column
declare
  most constant int := 2000; -- so many hits of a search are counted and sorted; of more, the order's index is walked
  p record;
  facets jsonb;
  matching bigint;
  everything bigint;
  hits uuid[];
  narrow bool;
  plain bool := statuses is null and priorities is null and categories is null and parent is null;
  status_orders smallint[];
  priority_orders smallint[];
  col text;
  typ text;
  filter text := '';
begin
  select x.id, x.slug, x.name, x.status, x.xmin::text as rev, coalesce(f.everything, 0) as everything,
         coalesce(f.facets, '{"status": {}, "priority": {}, "category": {}}') as facets
    into p
    from factory.projects x left join factory.feature_facets f on f.project_id = x.id
    where x.slug = project_slug and x.organization_id = core.tenant();
  if not found then
    return;
  end if;
  everything := p.everything;
  typed := nullif(typed, '');
  if typed is not null and factory.words(typed) <> '{}' then
    plain := false;
    hits := factory.feature_hits(p.id, typed, most + 1);
    filter := ' and f.search @@ factory.feature_query($1, $2)';
  end if;

  if plain then
    facets := p.facets;
    matching := everything;
  else
    if parent is not null then
      if hits is null or cardinality(hits) > most then
        hits := array(select f.id from factory.features f where f.parent_id = parent and f.project_id = p.id and f.deleted_at is null limit most + 1);
      end if;
      filter := filter || ' and f.parent_id = $6';
    end if;
    narrow := cardinality(hits) <= most;
    -- Each facet counts under the other filters.
    with g as (
      select x.status, x.priority, x.category, x.n from factory.feature_counts x where x.project_id = p.id and narrow is null
      union all
      select f.status, coalesce(f.priority, ''), coalesce(f.category, ''), 1 from factory.features f
        where narrow and f.id = any (hits) and f.project_id = p.id and f.deleted_at is null and (parent is null or f.parent_id = parent)
    ), c as materialized (
      select g.status, g.priority, g.category, g.n,
             statuses is null or g.status = any (statuses) as s,
             priorities is null or g.priority = any (priorities) as q,
             categories is null or g.category = any (categories) as k
        from g
    )
    select jsonb_build_object(
             'status', (select coalesce(jsonb_object_agg(y.status, y.n), '{}')
               from (select c.status, sum(c.n) as n from c where c.q and c.k group by 1) y),
             'priority', (select coalesce(jsonb_object_agg(y.priority, y.n), '{}')
               from (select c.priority, sum(c.n) as n from c where c.s and c.k group by 1) y),
             'category', (select coalesce(jsonb_object_agg(y.category, y.n), '{}')
               from (select c.category, sum(c.n) as n from c where c.s and c.q group by 1 order by 2 desc, 1 limit 200) y)),
           coalesce((select sum(c.n) from c where c.s and c.q and c.k), 0)
      into facets, matching;
  end if;

  return query select jsonb_build_object(
      'project', jsonb_build_object('id', p.id, 'slug', p.slug, 'name', p.name, 'status', p.status, 'rev', p.rev),
      'facets', facets,
      'matching', case when cardinality(hits) > most then null else matching end,
      'everything', everything),
    null::uuid, null, null, null, null, null, null, null::uuid, null::int, null::smallint, null::smallint, null::int, null::timestamptz, null;

  -- The page most people open, with a plan that is kept.
  if plain and after_id is null and not descending and page_size = 51 and coalesce(sort, 'key') = 'key' then
    return query select null::jsonb, f.id, f.xmin::text, f.feature_id::text, f.name::text, f.status::text, f.priority::text, f.category::text,
        f.parent_id, f.sort_order, f.criteria_met, f.criteria_total, jsonb_array_length(f.dependencies), f.updated_at, f.key_order
      from factory.features f where f.project_id = p.id and f.deleted_at is null
      order by f.key_order, f.id limit 51;
    return;
  end if;

  col := case sort when 'name' then 'name_order' when 'status' then 'status_order' when 'priority' then 'priority_order'
    when 'updated' then 'updated_at' when 'order' then 'sort_order' else 'key_order' end;
  typ := case sort when 'status' then 'smallint' when 'priority' then 'smallint' when 'updated' then 'timestamptz'
    when 'order' then 'int' else 'text' end;
  -- By the order columns, whose values the planner knows how often they occur.
  if statuses is not null then
    status_orders := array(select case s when 'failing' then 0 when 'blocked' then 1 when 'in_progress' then 2 when 'pending' then 3 else 4 end
      from unnest(statuses) s);
    filter := filter || ' and f.status_order = any ($3)';
  end if;
  if priorities is not null then
    priority_orders := array(select case q when 'P0' then 0 when 'P1' then 1 when 'P2' then 2 when 'P3' then 3 else 4 end
      from unnest(priorities) q);
    filter := filter || ' and f.priority_order = any ($4)';
  end if;
  if categories is not null then
    filter := filter || case when '' = any (categories) then ' and (f.category is null or f.category = any ($5))' else ' and f.category = any ($5)' end;
  end if;
  if narrow then
    filter := ' and f.id = any ($7)' || filter;
  elsif narrow is null and not plain then
    narrow := matching * matching < 60 * everything;
  else
    narrow := false;
  end if;
  if after_id is not null then
    filter := filter || format(' and (f.%I, f.id) %s ($8::%s, $9)', col, case when descending then '<' else '>' end, typ);
  end if;
  return query execute format(
    'select null::jsonb, f.id, f.rev, f.feature_id, f.name, f.status, f.priority, f.category, f.parent_id, f.sort_order,
       f.criteria_met, f.criteria_total, f.depends, f.updated_at, f.%1$I::text
     from (select f.id, f.xmin::text as rev, f.feature_id::text, f.name::text, f.status::text, f.priority::text, f.category::text, f.parent_id,
         f.sort_order, f.criteria_met, f.criteria_total, jsonb_array_length(f.dependencies) as depends, f.updated_at, f.key_order,
         f.name_order, f.status_order, f.priority_order
       from factory.features f where f.project_id = $1 and f.deleted_at is null%2$s%3$s) f
     order by f.%1$I %4$s, f.id %4$s limit %5$s',
    -- "offset 0" keeps the planner from walking the index of the order where few rows match.
    col, filter, case when narrow then ' offset 0' else '' end, case when descending then 'desc' else 'asc' end, page_size)
    using p.id, typed, status_orders, priority_orders, categories, parent, hits, after_key, after_id;
end $$;
grant execute on function factory.features_page(text, text, text[], text[], text[], uuid, text, bool, text, uuid, int) to app_user;
