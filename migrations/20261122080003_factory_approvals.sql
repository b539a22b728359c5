-- Approvals of a version by named members (chapter 20, section 10.9): each of them says yes or no, with a word.

create table factory.version_approvals (
  id uuid primary key default gen_random_uuid(),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  organization_id uuid not null default core.tenant() references core.organizations on delete cascade,
  project_id uuid not null,
  document_id uuid not null,
  version_id uuid not null,
  -- Who is asked.
  approver_id uuid not null references core.users on delete cascade,
  asked_by uuid references core.users on delete set null,
  status text not null default 'waiting' check (status in ('waiting', 'approved', 'declined')),
  note text check (char_length(note) <= 1000),
  decided_at timestamptz,
  check ((status = 'waiting') = (decided_at is null)),
  foreign key (organization_id, project_id) references factory.projects (organization_id, id) on delete cascade,
  foreign key (organization_id, document_id) references factory.documents (organization_id, id) on delete cascade,
  foreign key (organization_id, version_id) references factory.document_versions (organization_id, id) on delete cascade,
  unique (organization_id, id),
  unique (version_id, approver_id)
);
create index idx_version_approvals_document on factory.version_approvals (document_id, created_at desc, id);
create index idx_version_approvals_project on factory.version_approvals (project_id);
create index version_approvals_approver_id_idx on factory.version_approvals (approver_id);
create index version_approvals_asked_by_idx on factory.version_approvals (asked_by) where asked_by is not null;
comment on table factory.version_approvals is 'class=service; privacy:user=approver_id; erase=keep';
select core.tenant_table('factory.version_approvals');
