-- What triage finds, and what is told outside (chapter 20, sections 3 "Triage" and 7).

alter table factory.feedback_items
  -- A person's score is never overwritten by triage.
  add column scored_by_person bool not null default false,
  -- What the score is made of: severity, frequency, reach, alignment, similar, users.
  add column triage jsonb check (jsonb_typeof(triage) = 'object'),
  add column triaged_at timestamptz,
  -- What it was found to repeat: the other item stands for both.
  add column merged_into uuid,
  add column embedding public.vector(1536),
  add column issue_provider text check (issue_provider in ('builtin', 'github', 'gitlab', 'jira')),
  add column search_order text not null generated always as (lower(coalesce(title, '') || ' ' || description)) stored,
  add check (merged_into <> id),
  add foreign key (organization_id, merged_into) references factory.feedback_items (organization_id, id) on delete set null (merged_into);
create index idx_feedback_merged on factory.feedback_items (merged_into) where merged_into is not null;
create index idx_feedback_score on factory.feedback_items (project_id, priority_score desc nulls last, id);
create index idx_feedback_key on factory.feedback_items (source_app_key_id) where source_app_key_id is not null;

-- The secret of an integration (a webhook's address, a token), sealed; `config` holds the rest.
alter table factory.integration_configs add column secret_sealed text, add column last_error text, add column tested_at timestamptz;
select core.sealed_column('factory.integration_configs', 'factory.integration_configs', 'secret_sealed', null, null, null, 't.organization_id', 't.id::text');

-- What Millrace says outside, whether or not somebody listens there.
create table factory.outbox_messages (
  id uuid primary key default gen_random_uuid(),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  organization_id uuid not null default core.tenant() references core.organizations on delete cascade,
  project_id uuid not null,
  type text not null check (type in ('critical_feedback', 'drift_detected', 'work_order_status_changed', 'test')),
  text text not null,
  href text,
  -- `recorded`: nothing is connected, this page is where it is read. `unsure`: sent, but no answer came.
  status text not null default 'queued' check (status in ('queued', 'sending', 'sent', 'recorded', 'failed', 'unsure')),
  error text,
  sent_at timestamptz,
  -- Messages of one post carry the same number.
  post uuid,
  foreign key (organization_id, project_id) references factory.projects (organization_id, id) on delete cascade,
  unique (organization_id, id)
);
create index idx_outbox_project on factory.outbox_messages (project_id, created_at desc, id);
create index idx_outbox_waiting on factory.outbox_messages (project_id, created_at, id) where status in ('queued', 'sending');
create index idx_outbox_sent on factory.outbox_messages (project_id, sent_at) where sent_at is not null;
comment on table factory.outbox_messages is 'class=service';
select core.tenant_table('factory.outbox_messages');

-- The public voting page: who voted for what. People are known by a random number of their browser's cookie; an
-- address is kept only to tell them once that it shipped.
create table factory.feature_votes (
  id uuid primary key default gen_random_uuid(),
  created_at timestamptz not null default now(),
  organization_id uuid not null default core.tenant() references core.organizations on delete cascade,
  project_id uuid not null,
  feature_id uuid not null,
  voter text not null check (char_length(voter) <= 64),
  email text check (char_length(email) <= 255),
  told_at timestamptz,
  foreign key (organization_id, project_id) references factory.projects (organization_id, id) on delete cascade,
  foreign key (organization_id, feature_id) references factory.features (organization_id, id) on delete cascade,
  unique (organization_id, id),
  unique (feature_id, voter)
);
create index idx_feature_votes_project on factory.feature_votes (project_id, feature_id);
comment on table factory.feature_votes is 'class=service';
select core.tenant_table('factory.feature_votes');

-- Calls of the API name a project and no organization: which one is it of? Whether the caller belongs there is asked next.
create function factory.project_org(project uuid) returns uuid language plpgsql stable as $$
begin
  return (select p.organization_id from factory.projects p where p.id = project);
end $$;
select core.definer_function('factory.project_org(uuid)');
comment on function factory.project_org(uuid) is 'The organization of a project, before a tenant is known; membership is checked by the caller.';

-- Walks again: of a large graph every step looks edges up instead of reading all of them, and what was seen is joined
-- instead of compared with.
create or replace function factory.graph_walk(start uuid[], depth int, forward text[], backward text[])
returns table (node_id uuid, hop int, via uuid, edge_type text) language plpgsql stable set enable_seqscan = off as $$
#variable_conflict use_column
declare
  seen uuid[] := start;
  edge uuid[] := start;
  nodes uuid[];
  vias uuid[];
  types text[];
begin
  for n in 1 .. depth loop
    -- What was seen is joined, not compared with an array: of ten thousand nodes that would be a hundred million comparisons.
    select array_agg(s.node), array_agg(s.via), array_agg(s.edge_type) into nodes, vias, types
      from (
        select distinct on (x.node) x.node, x.via, x.edge_type
          from (
            select e.target_node_id as node, e.source_node_id as via, e.edge_type
              from factory.graph_edges e where e.source_node_id = any (edge) and e.edge_type = any (forward)
            union all
            select e.source_node_id, e.target_node_id, e.edge_type
              from factory.graph_edges e where e.target_node_id = any (edge) and e.edge_type = any (backward)
          ) x left join unnest(seen) p (id) on p.id = x.node
          where p.id is null
          order by x.node, x.edge_type, x.via
      ) s join factory.graph_nodes g on g.id = s.node and g.deleted_at is null;
    exit when nodes is null;
    return query select u.node, n, u.via, u.edge_type from unnest(nodes, vias, types) as u (node, via, edge_type);
    seen := seen || nodes;
    edge := nodes;
  end loop;
end $$;
