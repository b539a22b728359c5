-- Uploaded files, and what search knows of everything (chapter 20, section 2.2).

create table factory.artifact_folders (
  id uuid primary key default gen_random_uuid(),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  organization_id uuid not null default core.tenant() references core.organizations on delete cascade,
  project_id uuid not null,
  parent_id uuid,
  name text not null check (name <> '' and char_length(name) <= 255),
  sort_order int not null default 0,
  check (parent_id <> id),
  foreign key (organization_id, project_id) references factory.projects (organization_id, id) on delete cascade,
  foreign key (organization_id, parent_id) references factory.artifact_folders (organization_id, id) on delete cascade,
  unique (organization_id, id)
);
create index idx_artifact_folders_project on factory.artifact_folders (project_id, parent_id, sort_order, id);
create index idx_artifact_folders_parent on factory.artifact_folders (parent_id) where parent_id is not null;
comment on table factory.artifact_folders is 'class=service';
select core.tenant_table('factory.artifact_folders');

create table factory.artifacts (
  id uuid primary key default gen_random_uuid(),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  organization_id uuid not null default core.tenant() references core.organizations on delete cascade,
  project_id uuid not null,
  folder_id uuid,
  name text not null check (name <> '' and char_length(name) <= 500),
  file_name text not null,
  mime_type text not null,
  file_size bigint not null check (file_size >= 0),
  storage_key text not null,
  content_hash text not null,
  processing_status text not null default 'pending' check (processing_status in ('pending', 'processing', 'completed', 'failed')),
  processing_error text,
  extracted_text text,
  uploaded_by uuid references core.users on delete set null,
  deleted_at timestamptz,
  foreign key (organization_id, project_id) references factory.projects (organization_id, id) on delete cascade,
  foreign key (organization_id, folder_id) references factory.artifact_folders (organization_id, id) on delete set null (folder_id),
  unique (organization_id, id)
);
create index idx_artifacts_project on factory.artifacts (project_id, created_at desc, id) where deleted_at is null;
create index idx_artifacts_folder on factory.artifacts (folder_id, created_at desc, id) where deleted_at is null;
create index idx_artifacts_deleted on factory.artifacts (deleted_at) where deleted_at is not null;
create index artifacts_uploaded_by_idx on factory.artifacts (uploaded_by) where uploaded_by is not null;
comment on table factory.artifacts is 'class=service; privacy:user=uploaded_by; erase=keep';
select core.tenant_table('factory.artifacts');

create table factory.search_entries (
  id uuid primary key default gen_random_uuid(),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  organization_id uuid not null default core.tenant() references core.organizations on delete cascade,
  project_id uuid not null,
  entity_type text not null,
  entity_id uuid not null,
  chunk_no int not null check (chunk_no >= 0),
  title text not null,
  body text not null,
  tsv tsvector not null generated always as
    (setweight(to_tsvector('simple', title), 'A') || setweight(to_tsvector('simple', body), 'B')) stored,
  embedding public.vector(1536),
  embedding_model text,
  foreign key (organization_id, project_id) references factory.projects (organization_id, id) on delete cascade,
  unique (organization_id, id),
  unique (entity_type, entity_id, chunk_no)
);
create index idx_search_entries_project on factory.search_entries (project_id, entity_type, id);
create index idx_search_entries_tsv on factory.search_entries using gin (tsv);
create index idx_search_entries_embedding on factory.search_entries using hnsw (embedding public.vector_cosine_ops);
comment on table factory.search_entries is 'class=internal';
select core.quiet_tenant_table('factory.search_entries');
