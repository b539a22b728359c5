-- What the server keeps of the graph by itself (chapter 20, section 3 "Graph"): nodes of features in one statement, the
-- edges that follow from the data, walks over them, and the jobs of a project as its people see them.

-- The node of a deleted entity stays with its edges and comes back with it; walks and lists pass it by.
alter table factory.graph_nodes add column deleted_at timestamptz;
create index idx_graph_nodes_live on factory.graph_nodes (project_id, id) where deleted_at is null;
create index idx_graph_nodes_label on factory.graph_nodes (project_id, lower(label), id) where deleted_at is null;

-- The content hash of a feature: name, description and criteria, each as canonical JSON on a line.
create function factory.feature_hash(name text, description text, criteria jsonb) returns text language sql immutable parallel safe
  return encode(sha256(convert_to(
    to_jsonb(name)::text || E'\n' || coalesce(to_jsonb(description)::text, 'null') || E'\n' || coalesce(
      (select '[' || string_agg('{"id":' || to_jsonb(coalesce(c.value ->> 'id', ''))::text || ',"met":' || coalesce(c.value ->> 'met', 'false') || ',"text":'
         || to_jsonb(c.value ->> 'text')::text || '}', ',' order by c.n) || ']'
       from jsonb_array_elements(criteria) with ordinality c (value, n)), 'null'), 'UTF8')), 'hex');

-- Writes the nodes of features as the features are now. What did not change is not written.
create function factory.keep_feature_nodes(project uuid, ids uuid[]) returns void language sql
begin atomic
  insert into factory.graph_nodes as n (organization_id, project_id, entity_type, entity_id, label, metadata, content_hash, deleted_at)
    select f.organization_id, f.project_id, 'feature', f.id, f.name,
        jsonb_strip_nulls(jsonb_build_object('key', f.feature_id, 'status', f.status, 'priority', f.priority)),
        factory.feature_hash(f.name, f.description, f.criteria), f.deleted_at
      from factory.features f where f.project_id = project and f.id = any (ids)
    on conflict (project_id, entity_type, entity_id) do update
      set label = excluded.label, metadata = excluded.metadata, content_hash = excluded.content_hash, deleted_at = excluded.deleted_at
      where (n.label, n.metadata, n.content_hash, n.deleted_at)
        is distinct from (excluded.label, excluded.metadata, excluded.content_hash, excluded.deleted_at);
end;

-- The edges that follow from the data. Ends are entities; what is deleted has none.
create view factory.kept_edges with (security_invoker = true) as
  select f.project_id, 'feature' as source_type, f.parent_id as source_id, 'feature' as target_type, f.id as target_id, 'parent_of' as edge_type
    from factory.features f join factory.features p on p.id = f.parent_id where f.deleted_at is null and p.deleted_at is null
  union all
  select d.project_id, 'document', d.id, 'feature', d.feature_id, 'references'
    from factory.documents d join factory.features f on f.id = d.feature_id
    where d.type = 'feature_requirements' and d.deleted_at is null and f.deleted_at is null
  union all
  select b.project_id, 'document', b.id, 'document', r.id, 'derives_from'
    from factory.documents b join factory.documents r on r.feature_id = b.feature_id and r.type = 'feature_requirements' and r.deleted_at is null
    where b.type = 'feature_blueprint' and b.deleted_at is null
  union all
  select f.project_id, 'document', f.id, 'document', b.id, 'shared_context'
    from factory.documents f join factory.documents b on b.project_id = f.project_id and b.type = 'feature_blueprint' and b.deleted_at is null
    where f.type = 'foundation_blueprint' and f.deleted_at is null
  union all
  select w.project_id, 'work_order', w.id, 'document', b.id, 'derives_from'
    from factory.work_orders w join factory.documents b on b.feature_id = w.feature_id and b.type = 'feature_blueprint' and b.deleted_at is null
    where w.deleted_at is null
  union all
  select d.project_id, m.source_type, m.source_id, m.target_type, m.target_id, 'references'
    from factory.mentions m join factory.documents d on d.id = m.source_id and d.deleted_at is null
    where m.source_type = 'document' and m.target_type <> 'user' and m.target_id <> m.source_id
  union all
  select w.project_id, m.source_type, m.source_id, m.target_type, m.target_id, 'references'
    from factory.mentions m join factory.work_orders w on w.id = m.source_id and w.deleted_at is null
    where m.source_type = 'work_order' and m.target_type <> 'user' and m.target_id <> m.source_id
  union all
  select c.project_id, c.parent_type, c.parent_id, m.target_type, m.target_id, 'references'
    from factory.mentions m join factory.comments c on c.id = m.source_id and c.deleted_at is null
    where m.source_type = 'comment' and m.target_type <> 'user' and m.target_id <> c.parent_id;
grant select on factory.kept_edges to app_user;

-- Brings the kept edges at these entities in line with the data. Edges made by people are left alone; an edge that
-- staleness flows along begins in sync. While one end is deleted its edges stay: they come back with it.
create function factory.keep_edges(project uuid, entities uuid[]) returns void language sql
begin atomic
  with wanted as (
    select k.source_type, k.source_id, k.target_type, k.target_id, k.edge_type
      from factory.kept_edges k where k.project_id = project and k.source_id = any (entities)
    union
    select k.source_type, k.source_id, k.target_type, k.target_id, k.edge_type
      from factory.kept_edges k where k.project_id = project and k.target_id = any (entities)
  ), ends as (
    select s.organization_id, s.id as source, t.id as target, w.edge_type,
        case w.edge_type when 'derives_from' then t.content_hash when 'shared_context' then s.content_hash end as upstream
      from wanted w
        join factory.graph_nodes s on s.project_id = project and s.entity_type = w.source_type and s.entity_id = w.source_id
        join factory.graph_nodes t on t.project_id = project and t.entity_type = w.target_type and t.entity_id = w.target_id
  ), touched as (
    select array(select n.id from factory.graph_nodes n
      where n.project_id = project and n.entity_id = any (entities) and n.deleted_at is null) as nodes
  ), gone as (
    delete from factory.graph_edges e using factory.graph_nodes s, factory.graph_nodes t
      where e.project_id = project and e.metadata @> '{"kept": true}'
        and (e.source_node_id = any ((select nodes from touched)::uuid[]) or e.target_node_id = any ((select nodes from touched)::uuid[]))
        and s.id = e.source_node_id and t.id = e.target_node_id and s.deleted_at is null and t.deleted_at is null
        and not exists (select from ends x where x.source = e.source_node_id and x.target = e.target_node_id and x.edge_type = e.edge_type)
  )
  insert into factory.graph_edges as e (organization_id, project_id, source_node_id, target_node_id, edge_type, metadata)
    select x.organization_id, project, x.source, x.target, x.edge_type,
        jsonb_strip_nulls(jsonb_build_object('kept', true, 'synced_hash', x.upstream))
      from ends x
    on conflict (source_node_id, target_node_id, edge_type) do update set metadata = e.metadata || '{"kept": true}'
      where not e.metadata @> '{"kept": true}';
end;

-- A walk in breadth: every node once, at its least distance, with the edge it was reached by. `forward` are the types
-- that lead from source to target, `backward` those that lead from target to source.
create function factory.graph_walk(start uuid[], depth int, forward text[], backward text[])
returns table (node_id uuid, hop int, via uuid, edge_type text) language plpgsql stable as $$
#variable_conflict use_column
declare
  seen uuid[] := start;
  edge uuid[] := start;
  nodes uuid[];
  vias uuid[];
  types text[];
begin
  for n in 1 .. depth loop
    exit when edge is null;
    select array_agg(s.node), array_agg(s.via), array_agg(s.edge_type) into nodes, vias, types
      from (
        select distinct on (x.node) x.node, x.via, x.edge_type
          from (
            select e.target_node_id as node, e.source_node_id as via, e.edge_type from factory.graph_edges e
              where e.source_node_id = any (edge) and e.edge_type = any (forward)
            union all
            select e.source_node_id, e.target_node_id, e.edge_type from factory.graph_edges e
              where e.target_node_id = any (edge) and e.edge_type = any (backward)
          ) x
          where x.node <> all (seen)
          order by x.node, x.edge_type, x.via
      ) s join factory.graph_nodes g on g.id = s.node and g.deleted_at is null;
    exit when nodes is null;
    return query select u.node, n, u.via, u.edge_type from unnest(nodes, vias, types) as u (node, via, edge_type);
    seen := seen || nodes;
    edge := nodes;
  end loop;
end $$;
comment on function factory.graph_walk(uuid[], int, text[], text[]) is 'The live nodes within so many steps of the given ones, each with its distance and the edge it was reached by.';

-- What was there before the graph was.
insert into factory.graph_nodes (organization_id, project_id, entity_type, entity_id, label, metadata, content_hash, deleted_at)
  select f.organization_id, f.project_id, 'feature', f.id, f.name,
      jsonb_strip_nulls(jsonb_build_object('key', f.feature_id, 'status', f.status, 'priority', f.priority)),
      factory.feature_hash(f.name, f.description, f.criteria), f.deleted_at
    from factory.features f;
insert into factory.graph_edges (organization_id, project_id, source_node_id, target_node_id, edge_type, metadata)
  select s.organization_id, s.project_id, s.id, t.id, k.edge_type, '{"kept": true}'
    from factory.kept_edges k
      join factory.graph_nodes s on s.project_id = k.project_id and s.entity_type = k.source_type and s.entity_id = k.source_id
      join factory.graph_nodes t on t.project_id = k.project_id and t.entity_type = k.target_type and t.entity_id = k.target_id;

-- The jobs of a project follow the record of the queue, whoever runs, retries or loses them.
alter table factory.job_runs add column unique_key text;
grant select, update on factory.job_runs to app_definer;
create function factory.follow_job() returns trigger language plpgsql as $$
begin
  update factory.job_runs r
    set status = case new.status when 'queued' then 'pending' when 'running' then 'running' when 'succeeded' then 'completed' else 'failed' end,
        attempts = new.attempts,
        error = case new.status when 'succeeded' then null when 'cancelled' then coalesce(new.last_error, 'Cancelled.') else new.last_error end,
        started_at = coalesce(new.started_at, r.started_at),
        completed_at = case when new.status in ('queued', 'running') then null else coalesce(new.finished_at, now()) end,
        progress = case
          when new.status = 'succeeded' then 100
          when (new.progress ->> 'total')::numeric > 0
            then least(100, greatest(0, round(100 * (new.progress ->> 'done')::numeric / (new.progress ->> 'total')::numeric)))
          else 0 end
    where r.core_job_id = new.id and r.organization_id = new.organization_id;
  return null;
end $$;
select core.definer_function('factory.follow_job()');
comment on function factory.follow_job() is 'Trigger: carries status, attempts, progress and error of a job over to the project''s record of it.';
create trigger follow_job after update on core.jobs for each row when (new.organization_id is not null)
  execute function factory.follow_job();

-- Which projects the nightly scan goes through: those that are at work and have edges that staleness flows along.
grant select on factory.projects, factory.graph_edges to app_definer;
create function factory.projects_to_scan() returns table (organization_id uuid, project_id uuid) language plpgsql stable as $$
#variable_conflict use_column
begin
  return query select p.organization_id, p.id from factory.projects p
    where p.archived_at is null
      and exists (select from factory.graph_edges e where e.project_id = p.id and e.edge_type in ('derives_from', 'shared_context', 'implements'));
end $$;
select core.definer_function('factory.projects_to_scan()');
comment on function factory.projects_to_scan() is 'Organization and id of every project that the nightly drift scan goes through.';
