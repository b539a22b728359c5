-- Repositories, their commits and the index of their code (chapter 20, section 2.2).

create table factory.repos (
  id uuid primary key default gen_random_uuid(),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  organization_id uuid not null default core.tenant() references core.organizations on delete cascade,
  project_id uuid not null,
  provider text not null default 'github' check (provider in ('github', 'gitlab', 'bitbucket', 'local')),
  repo_url varchar(500) not null check (repo_url <> ''),
  default_branch text not null default 'main',
  installation_id text,
  access_token_encrypted text,
  workspace_path text,
  foreign key (organization_id, project_id) references factory.projects (organization_id, id) on delete cascade,
  unique (organization_id, id)
);
create index idx_repos_project on factory.repos (project_id, created_at, id);
comment on table factory.repos is 'class=service';
select core.tenant_table('factory.repos');

create table factory.git_providers (
  id uuid primary key default gen_random_uuid(),
  created_at timestamptz not null default now(),
  organization_id uuid not null default core.tenant() references core.organizations on delete cascade,
  provider varchar(50) not null check (provider in ('github', 'gitlab')),
  app_id varchar(255) not null,
  name text not null,
  api_base_url text,
  private_key_encrypted text,
  unique (organization_id, id),
  unique (organization_id, provider, app_id)
);
comment on table factory.git_providers is 'class=service';
select core.tenant_table('factory.git_providers');

create table factory.git_installations (
  id uuid primary key default gen_random_uuid(),
  created_at timestamptz not null default now(),
  organization_id uuid not null default core.tenant() references core.organizations on delete cascade,
  user_id uuid not null references core.users on delete cascade,
  provider_id uuid not null,
  installation_id varchar(255) not null,
  access_token text not null, -- sealed
  account_name text,
  account_type text,
  permissions jsonb,
  suspended_at timestamptz,
  foreign key (organization_id, provider_id) references factory.git_providers (organization_id, id) on delete cascade,
  unique (organization_id, id),
  unique (provider_id, installation_id)
);
create index git_installations_user_id_idx on factory.git_installations (user_id);
comment on table factory.git_installations is 'class=service; privacy:user=user_id; erase=keep';
select core.tenant_table('factory.git_installations');

create table factory.commits (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null default core.tenant() references core.organizations on delete cascade,
  project_id uuid not null,
  sha varchar(40) not null,
  message text not null,
  author varchar(255) not null,
  "timestamp" timestamptz not null,
  files_changed int not null default 0 check (files_changed >= 0),
  additions int not null default 0 check (additions >= 0),
  deletions int not null default 0 check (deletions >= 0),
  metadata jsonb not null default '{}' check (jsonb_typeof(metadata) = 'object'),
  foreign key (organization_id, project_id) references factory.projects (organization_id, id) on delete cascade,
  unique (organization_id, id),
  unique (project_id, sha)
);
create index idx_commits_project on factory.commits (project_id, "timestamp" desc, id);
comment on table factory.commits is 'class=service';
select core.tenant_table('factory.commits');

create table factory.codebase_connections (
  id uuid primary key default gen_random_uuid(),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  organization_id uuid not null default core.tenant() references core.organizations on delete cascade,
  project_id uuid not null unique,
  repo_id uuid,
  github_installation_id bigint not null, -- 0 = none
  repository_url text not null,
  repository_owner text not null,
  repository_name text not null,
  default_branch text not null default 'main',
  webhook_id bigint,
  webhook_secret text, -- sealed
  index_status text not null default 'pending' check (index_status in ('pending', 'indexing', 'completed', 'failed')),
  last_indexed_at timestamptz,
  last_indexed_commit text,
  file_count int default 0 check (file_count >= 0),
  last_error text,
  foreign key (organization_id, project_id) references factory.projects (organization_id, id) on delete cascade,
  foreign key (organization_id, repo_id) references factory.repos (organization_id, id) on delete set null (repo_id),
  unique (organization_id, id)
);
comment on table factory.codebase_connections is 'class=service';
select core.tenant_table('factory.codebase_connections');

create table factory.codebase_files (
  id uuid primary key default gen_random_uuid(),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  organization_id uuid not null default core.tenant() references core.organizations on delete cascade,
  connection_id uuid not null,
  file_path text not null collate "C",
  language text,
  file_hash text not null,
  last_modified timestamptz,
  foreign key (organization_id, connection_id) references factory.codebase_connections (organization_id, id) on delete cascade,
  unique (organization_id, id),
  unique (connection_id, file_path)
);
create index idx_codebase_files_conn on factory.codebase_files (connection_id);
create index idx_codebase_files_path on factory.codebase_files (connection_id, file_path);
comment on table factory.codebase_files is 'class=service';
select core.quiet_tenant_table('factory.codebase_files');

create table factory.code_chunks (
  id uuid primary key default gen_random_uuid(),
  created_at timestamptz not null default now(),
  organization_id uuid not null default core.tenant() references core.organizations on delete cascade,
  file_id uuid not null,
  chunk_type text not null check (chunk_type in ('function', 'class', 'method', 'interface', 'type_alias', 'enum', 'import', 'block')),
  name text,
  start_line int not null check (start_line > 0),
  end_line int not null,
  content text not null,
  embedding public.vector(1536),
  embedding_model text,
  check (end_line >= start_line),
  foreign key (organization_id, file_id) references factory.codebase_files (organization_id, id) on delete cascade,
  unique (organization_id, id)
);
create index idx_code_chunks_file on factory.code_chunks (file_id, start_line);
create index idx_code_chunks_embedding on factory.code_chunks using hnsw (embedding public.vector_cosine_ops);
comment on table factory.code_chunks is 'class=internal';
select core.quiet_tenant_table('factory.code_chunks');

select core.sealed_column('factory.repos', 'factory.repos', 'access_token_encrypted', null, null, null, 't.organization_id', 't.id::text');
select core.sealed_column('factory.git_providers', 'factory.git_providers', 'private_key_encrypted', null, null, null, 't.organization_id', 't.id::text');
select core.sealed_column('factory.git_installations', 'factory.git_installations', 'access_token', null, null, null, 't.organization_id', 't.id::text');
select core.sealed_column('factory.codebase_connections', 'factory.codebase_connections', 'webhook_secret', null, null, null, 't.organization_id', 't.id::text');
