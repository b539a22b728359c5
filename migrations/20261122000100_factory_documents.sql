-- Documents, what is said about them and what is suggested for them (chapter 20, section 2.2).

-- From here on a policy asks for the tenant once a statement instead of once a row.
create or replace function core.tenant_table(t regclass, org_col text default 'organization_id') returns void language plpgsql as $$
begin
  perform core.secure_table(t, format('%I = (select core.tenant())', org_col));
  execute format('grant select, insert, update, delete on %s to app_user', t);
  perform core.live_table(t, org_col, '', case when core.has_column(t, 'id') then 'id' else '' end);
end $$;

-- The same without change notices: what machines write by the thousand and no page shows as it stands.
create function core.quiet_tenant_table(t regclass, org_col text default 'organization_id') returns void language plpgsql as $$
begin
  perform core.secure_table(t, format('%I = (select core.tenant())', org_col));
  execute format('grant select, insert, update, delete on %s to app_user', t);
end $$;

create table factory.documents (
  id uuid primary key default gen_random_uuid(),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  organization_id uuid not null default core.tenant() references core.organizations on delete cascade,
  project_id uuid not null,
  feature_id uuid,
  type text not null check (type in ('product_overview', 'feature_requirements', 'technical_requirements', 'foundation_blueprint',
    'system_diagram', 'feature_blueprint')),
  title text not null check (title <> '' and char_length(title) <= 500),
  slug text not null collate "C",
  content jsonb check (jsonb_typeof(content) = 'object'),
  diagram_source text,
  template_id uuid,
  sort_order int not null default 0,
  created_by uuid references core.users on delete set null,
  deleted_at timestamptz,
  foreign key (organization_id, project_id) references factory.projects (organization_id, id) on delete cascade,
  foreign key (organization_id, feature_id) references factory.features (organization_id, id) on delete set null (feature_id),
  unique (organization_id, id),
  unique (project_id, type, slug)
);
create index idx_documents_project_type on factory.documents (project_id, type, sort_order, id) where deleted_at is null;
create index idx_documents_feature on factory.documents (feature_id) where deleted_at is null;
create unique index documents_feature_id_type_key on factory.documents (feature_id, type) where deleted_at is null and feature_id is not null;
create index documents_created_by_idx on factory.documents (created_by) where created_by is not null;
comment on table factory.documents is 'class=service; privacy:user=created_by; erase=keep';
select core.tenant_table('factory.documents');

create table factory.document_versions (
  id uuid primary key default gen_random_uuid(),
  created_at timestamptz not null default now(),
  organization_id uuid not null default core.tenant() references core.organizations on delete cascade,
  document_id uuid not null,
  version_number int not null check (version_number > 0),
  content jsonb not null check (jsonb_typeof(content) = 'object'),
  diagram_source text,
  change_summary text check (char_length(change_summary) <= 1000),
  created_by uuid references core.users on delete set null,
  foreign key (organization_id, document_id) references factory.documents (organization_id, id) on delete cascade,
  unique (organization_id, id),
  unique (document_id, version_number)
);
create index idx_doc_versions_document on factory.document_versions (document_id, version_number desc);
create index document_versions_created_by_idx on factory.document_versions (created_by) where created_by is not null;
comment on table factory.document_versions is 'class=service; privacy:user=created_by; erase=keep';
select core.tenant_table('factory.document_versions');
-- What was saved stays as it was.
revoke update on factory.document_versions from app_user;

create table factory.yjs_documents (
  document_id uuid primary key,
  organization_id uuid not null default core.tenant() references core.organizations on delete cascade,
  state bytea not null,
  state_vector bytea,
  updated_at timestamptz not null default now(),
  foreign key (organization_id, document_id) references factory.documents (organization_id, id) on delete cascade
);
create index yjs_documents_organization_id_idx on factory.yjs_documents (organization_id, document_id);
comment on table factory.yjs_documents is 'class=internal';
select core.quiet_tenant_table('factory.yjs_documents');

create table factory.yjs_updates (
  id bigserial primary key,
  organization_id uuid not null default core.tenant() references core.organizations on delete cascade,
  document_id uuid not null,
  update_data bytea not null,
  created_at timestamptz not null default now(),
  foreign key (organization_id, document_id) references factory.documents (organization_id, id) on delete cascade
);
create index idx_yjs_updates_document on factory.yjs_updates (document_id, id);
comment on table factory.yjs_updates is 'class=internal';
select core.quiet_tenant_table('factory.yjs_updates');
grant usage on sequence factory.yjs_updates_id_seq to app_user, app_definer;

-- Without an organization: ships with Millrace, everybody reads it and nobody writes it.
create table factory.templates (
  id uuid primary key default gen_random_uuid(),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  organization_id uuid default core.tenant() references core.organizations on delete cascade,
  project_id uuid,
  type text not null check (type in ('refinery', 'foundry', 'planner_extraction', 'planner_work_order', 'planner_phase')),
  name text not null check (name <> '' and char_length(name) <= 255),
  description text,
  content jsonb not null check (jsonb_typeof(content) = 'object'),
  is_default bool not null default false,
  created_by uuid references core.users on delete set null,
  check (organization_id is not null or project_id is null),
  foreign key (organization_id, project_id) references factory.projects (organization_id, id) on delete cascade,
  unique (organization_id, id)
);
create index idx_templates_org on factory.templates (organization_id, type);
create index idx_templates_project on factory.templates (project_id, type);
create unique index templates_default_key on factory.templates (organization_id, project_id, type) nulls not distinct where is_default;
create index templates_created_by_idx on factory.templates (created_by) where created_by is not null;
comment on table factory.templates is 'class=service; privacy:user=created_by; erase=keep';
select core.tenant_table('factory.templates');
create policy system_read on factory.templates for select to app_user using (organization_id is null);

create table factory.comments (
  id uuid primary key default gen_random_uuid(),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  organization_id uuid not null default core.tenant() references core.organizations on delete cascade,
  project_id uuid not null,
  parent_type text not null check (parent_type in ('document', 'work_order', 'feedback_item')),
  parent_id uuid not null,
  thread_id uuid,
  content jsonb not null check (jsonb_typeof(content) = 'object'),
  anchor_data jsonb,
  is_agent bool not null default false,
  agent_type text check (agent_type in ('review', 'suggestion', 'drift_alert')),
  resolved bool not null default false,
  resolved_by uuid references core.users on delete set null,
  resolved_at timestamptz,
  created_by uuid references core.users on delete set null,
  deleted_at timestamptz,
  check (thread_id <> id),
  foreign key (organization_id, project_id) references factory.projects (organization_id, id) on delete cascade,
  foreign key (organization_id, thread_id) references factory.comments (organization_id, id) on delete cascade,
  unique (organization_id, id)
);
create index idx_comments_parent on factory.comments (parent_type, parent_id, created_at, id) where deleted_at is null;
create index idx_comments_thread on factory.comments (thread_id, created_at, id) where deleted_at is null;
create index idx_comments_project on factory.comments (project_id, created_at, id) where deleted_at is null;
create index comments_created_by_idx on factory.comments (created_by) where created_by is not null;
create index comments_resolved_by_idx on factory.comments (resolved_by) where resolved_by is not null;
comment on table factory.comments is 'class=service; privacy:user=created_by; erase=keep';
select core.tenant_table('factory.comments');

create table factory.mentions (
  id uuid primary key default gen_random_uuid(),
  created_at timestamptz not null default now(),
  organization_id uuid not null default core.tenant() references core.organizations on delete cascade,
  source_type text not null check (source_type in ('document', 'work_order', 'comment')),
  source_id uuid not null,
  target_type text not null check (target_type in ('user', 'artifact', 'document', 'work_order', 'feature')),
  target_id uuid not null,
  unique (organization_id, id),
  unique (source_type, source_id, target_type, target_id)
);
create index idx_mentions_source on factory.mentions (source_type, source_id);
create index idx_mentions_target on factory.mentions (target_type, target_id);
comment on table factory.mentions is 'class=internal';
select core.tenant_table('factory.mentions');

create table factory.agent_conversations (
  id uuid primary key default gen_random_uuid(),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  organization_id uuid not null default core.tenant() references core.organizations on delete cascade,
  project_id uuid not null,
  user_id uuid not null references core.users on delete cascade,
  agent_type text not null check (agent_type in ('refinery', 'foundry', 'planner', 'validator')),
  context_type text,
  context_id uuid,
  title text,
  foreign key (organization_id, project_id) references factory.projects (organization_id, id) on delete cascade,
  unique (organization_id, id)
);
create index idx_conversations_project on factory.agent_conversations (project_id, updated_at desc, id);
create index idx_conversations_user on factory.agent_conversations (user_id, updated_at desc, id);
comment on table factory.agent_conversations is 'class=service; privacy:user=user_id';
select core.tenant_table('factory.agent_conversations');

create table factory.agent_messages (
  id uuid primary key default gen_random_uuid(),
  created_at timestamptz not null default now(),
  organization_id uuid not null default core.tenant() references core.organizations on delete cascade,
  conversation_id uuid not null,
  role text not null check (role in ('user', 'assistant', 'system')),
  content text not null,
  tool_calls jsonb,
  attachments jsonb,
  input_tokens int check (input_tokens >= 0),
  output_tokens int check (output_tokens >= 0),
  model text,
  foreign key (organization_id, conversation_id) references factory.agent_conversations (organization_id, id) on delete cascade,
  unique (organization_id, id)
);
create index idx_agent_messages_conv on factory.agent_messages (conversation_id, created_at, id);
comment on table factory.agent_messages is 'class=service';
select core.tenant_table('factory.agent_messages');

create table factory.agent_suggestions (
  id uuid primary key default gen_random_uuid(),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  organization_id uuid not null default core.tenant() references core.organizations on delete cascade,
  project_id uuid not null,
  document_id uuid not null,
  agent_type text not null check (agent_type in ('refinery', 'foundry', 'planner', 'validator')),
  diffs jsonb not null check (jsonb_typeof(diffs) = 'array'),
  status text not null default 'pending' check (status in ('pending', 'accepted', 'rejected', 'partially_accepted')),
  accepted_diffs uuid[] not null default '{}',
  rejected_diffs uuid[] not null default '{}',
  context_summary text,
  conversation_id uuid,
  check (not accepted_diffs && rejected_diffs),
  foreign key (organization_id, project_id) references factory.projects (organization_id, id) on delete cascade,
  foreign key (organization_id, document_id) references factory.documents (organization_id, id) on delete cascade,
  unique (organization_id, id)
);
create index idx_suggestions_document on factory.agent_suggestions (document_id, created_at desc, id);
create index idx_suggestions_status on factory.agent_suggestions (project_id, status, created_at desc, id);
comment on table factory.agent_suggestions is 'class=service';
select core.tenant_table('factory.agent_suggestions');
