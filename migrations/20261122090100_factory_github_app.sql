-- The GitHub App of an organization (chapter 20, section 7).

-- One app of each kind an organization; a repository names the installation that opens it by GitHub's number.
create unique index idx_git_providers_one on factory.git_providers (organization_id, provider);
create index idx_repos_installation on factory.repos (organization_id, installation_id) where installation_id is not null;
grant select, update, delete on factory.git_installations to app_definer;

-- GitHub reports what became of an installation, and not whose it is.
create function factory.installation_changed(number text, action text) returns boolean language plpgsql as $$
begin
  if action = 'deleted' then
    delete from factory.git_installations i where i.installation_id = number;
  elsif action = 'suspend' then
    update factory.git_installations i set suspended_at = coalesce(i.suspended_at, now()) where i.installation_id = number;
  elsif action = 'unsuspend' then
    update factory.git_installations i set suspended_at = null where i.installation_id = number;
  else
    return exists (select from factory.git_installations i where i.installation_id = number);
  end if;
  return found;
end $$;
select core.definer_function('factory.installation_changed(text, text)');
comment on function factory.installation_changed(text, text) is 'Deletes, suspends or lets in again an installation of a GitHub App; answers whether any organization knew it.';
