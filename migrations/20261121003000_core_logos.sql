-- Logos that organizations upload are served by the hash of their content, as pictures of people are.

create function core.logo_exists(url text) returns bool language plpgsql stable as $$
begin
  return exists (select from core.organizations o where o.logo_url = url and o.deleted_at is null);
end $$;
select core.definer_function('core.logo_exists(text)');
comment on function core.logo_exists(text) is 'Does any organization show this picture? Files that are no logo are not served as one.';
create index organizations_logo_url_idx on core.organizations (logo_url) where logo_url is not null;
