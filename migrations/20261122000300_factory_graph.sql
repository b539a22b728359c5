-- The knowledge graph: an overlay on everything, and what it found stale (chapter 20, section 2.2).

create table factory.graph_nodes (
  id uuid primary key default gen_random_uuid(),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  organization_id uuid not null default core.tenant() references core.organizations on delete cascade,
  project_id uuid not null,
  entity_type text not null check (entity_type in ('document', 'work_order', 'feature', 'feedback_item', 'artifact', 'codebase_file')),
  entity_id uuid not null,
  label text not null,
  metadata jsonb not null default '{}' check (jsonb_typeof(metadata) = 'object'),
  content_hash text,
  last_synced_at timestamptz,
  foreign key (organization_id, project_id) references factory.projects (organization_id, id) on delete cascade,
  unique (organization_id, id),
  unique (organization_id, project_id, id),
  unique (project_id, entity_type, entity_id)
);
create index idx_graph_nodes_project on factory.graph_nodes (project_id, entity_type, id);
create index idx_graph_nodes_entity on factory.graph_nodes (entity_type, entity_id);
comment on table factory.graph_nodes is 'class=service';
select core.tenant_table('factory.graph_nodes');

-- Both ends are of the edge's own project.
create table factory.graph_edges (
  id uuid primary key default gen_random_uuid(),
  created_at timestamptz not null default now(),
  organization_id uuid not null default core.tenant() references core.organizations on delete cascade,
  project_id uuid not null,
  source_node_id uuid not null,
  target_node_id uuid not null,
  edge_type text not null check (edge_type in ('derives_from', 'shared_context', 'implements', 'feedback_on', 'parent_of', 'references',
    'blocks', 'related_to')),
  metadata jsonb not null default '{}' check (jsonb_typeof(metadata) = 'object'),
  check (source_node_id <> target_node_id),
  foreign key (organization_id, project_id) references factory.projects (organization_id, id) on delete cascade,
  foreign key (organization_id, project_id, source_node_id) references factory.graph_nodes (organization_id, project_id, id) on delete cascade,
  foreign key (organization_id, project_id, target_node_id) references factory.graph_nodes (organization_id, project_id, id) on delete cascade,
  unique (organization_id, id),
  unique (source_node_id, target_node_id, edge_type)
);
create index idx_graph_edges_source on factory.graph_edges (source_node_id);
create index idx_graph_edges_target on factory.graph_edges (target_node_id);
create index idx_graph_edges_project on factory.graph_edges (project_id, created_at, id);
create index idx_graph_edges_type on factory.graph_edges (project_id, edge_type);
comment on table factory.graph_edges is 'class=service';
select core.tenant_table('factory.graph_edges');

create table factory.drift_alerts (
  id uuid primary key default gen_random_uuid(),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  organization_id uuid not null default core.tenant() references core.organizations on delete cascade,
  project_id uuid not null,
  source_node_id uuid not null, -- changed
  target_node_id uuid, -- maybe stale
  drift_type text not null check (drift_type in ('code_drift', 'requirements_drift', 'foundation_drift', 'work_order_drift')),
  description text not null,
  severity text not null default 'medium' check (severity in ('low', 'medium', 'high')),
  status text not null default 'open' check (status in ('open', 'acknowledged', 'resolved', 'dismissed')),
  resolved_at timestamptz,
  resolved_by uuid references core.users on delete set null,
  foreign key (organization_id, project_id) references factory.projects (organization_id, id) on delete cascade,
  foreign key (organization_id, source_node_id) references factory.graph_nodes (organization_id, id) on delete cascade,
  foreign key (organization_id, target_node_id) references factory.graph_nodes (organization_id, id) on delete cascade,
  unique (organization_id, id)
);
create index idx_drift_alerts_project on factory.drift_alerts (project_id, status, created_at desc, id);
create index idx_drift_alerts_source on factory.drift_alerts (source_node_id);
create index idx_drift_alerts_target on factory.drift_alerts (target_node_id);
create unique index drift_alerts_live_key on factory.drift_alerts (source_node_id, target_node_id, drift_type) nulls not distinct
  where status in ('open', 'acknowledged');
create index drift_alerts_resolved_by_idx on factory.drift_alerts (resolved_by) where resolved_by is not null;
comment on table factory.drift_alerts is 'class=service; privacy:user=resolved_by; erase=keep';
select core.tenant_table('factory.drift_alerts');
