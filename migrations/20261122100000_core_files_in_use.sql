-- Files are named by their content, and anybody may bring the same content: before the bytes go, nobody may name them any
-- more, in whatever area. Each area that names files says so in a function `names_file` of its schema.

create function core.names_file(sha256 text) returns bool language sql stable
  return exists (select from core.users u where u.avatar_url = '/api/avatars/' || sha256)
      or exists (select from core.organizations o where o.logo_url = '/api/logos/' || sha256)
      or exists (select from core.data_export_requests e where e.file_sha256 = sha256);
select core.definer_function('core.names_file(text)');
comment on function core.names_file(text) is 'Does a row of this area name the file of this hash?';

alter function factory.file_in_use(text) rename to names_file;
comment on function factory.names_file(text) is 'Does a row of this area name the file of this hash?';

create function core.file_in_use(sha256 text) returns bool language plpgsql stable as $$
declare
  area name;
  named bool;
begin
  for area in
    select n.nspname from pg_proc p join pg_namespace n on n.oid = p.pronamespace where p.proname = 'names_file' order by 1
  loop
    execute format('select %I.names_file($1)', area) into named using sha256;
    if named then
      return true;
    end if;
  end loop;
  return false;
end $$;
select core.definer_function('core.file_in_use(text)');
comment on function core.file_in_use(text) is 'Does anything still name the file of this hash?';
