-- The voting page of a project (chapter 20, section 10.4): which features stand on it, under an address nobody can guess.

create table factory.voting_pages (
  id uuid primary key default gen_random_uuid(),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  organization_id uuid not null default core.tenant() references core.organizations on delete cascade,
  project_id uuid not null,
  token text not null unique check (char_length(token) between 20 and 64),
  enabled bool not null default true,
  intro text check (char_length(intro) <= 1000),
  foreign key (organization_id, project_id) references factory.projects (organization_id, id) on delete cascade,
  unique (organization_id, id),
  unique (project_id)
);
comment on table factory.voting_pages is 'class=service';
select core.tenant_table('factory.voting_pages');

create table factory.voting_features (
  id uuid primary key default gen_random_uuid(),
  created_at timestamptz not null default now(),
  organization_id uuid not null default core.tenant() references core.organizations on delete cascade,
  project_id uuid not null,
  feature_id uuid not null,
  -- When it was first seen to pass.
  shipped_at timestamptz,
  foreign key (organization_id, project_id) references factory.projects (organization_id, id) on delete cascade,
  foreign key (organization_id, feature_id) references factory.features (organization_id, id) on delete cascade,
  unique (organization_id, id),
  unique (feature_id)
);
create index idx_voting_features_project on factory.voting_features (project_id, created_at, id);
comment on table factory.voting_features is 'class=service';
select core.tenant_table('factory.voting_features');

-- Visitors name a page and no organization.
grant select on factory.voting_pages, factory.voting_features, factory.features to app_definer;
create function factory.voting_page(token text) returns table (organization_id uuid, project_id uuid) language plpgsql stable as $$
#variable_conflict use_column
begin
  return query select v.organization_id, v.project_id from factory.voting_pages v
    join factory.projects p on p.id = v.project_id
    where v.token = voting_page.token and v.enabled and p.archived_at is null;
end $$;
select core.definer_function('factory.voting_page(text)');
comment on function factory.voting_page(text) is 'The project of a voting page that is open, before a tenant is known.';

-- Features that shipped since they stand on the page: their voters are told by a job that runs every few minutes.
create function factory.voting_shipped() returns table (organization_id uuid, project_id uuid) language plpgsql stable as $$
#variable_conflict use_column
begin
  return query select distinct v.organization_id, v.project_id from factory.voting_features v
    join factory.features f on f.id = v.feature_id
    where v.shipped_at is null and f.status = 'passing' and f.deleted_at is null;
end $$;
select core.definer_function('factory.voting_shipped()');
comment on function factory.voting_shipped() is 'The projects with features on a voting page that pass and were not announced.';
