-- Exports of a project keep their file for seven days (chapter 20, section 6). Files are named by their content: before
-- one is removed, nobody may name it any more, in whatever organization.

create index artifacts_storage_key_idx on factory.artifacts (storage_key);
create index job_runs_file_idx on factory.job_runs ((output ->> 'sha256')) where job_type = 'export';

grant select on factory.artifacts, factory.job_runs to app_definer;
create function factory.file_in_use(sha256 text) returns bool language sql stable
  return exists (select from factory.artifacts a where a.storage_key = sha256)
      or exists (select from factory.job_runs r where r.job_type = 'export' and r.output ->> 'sha256' = sha256);
select core.definer_function('factory.file_in_use(text)');
comment on function factory.file_in_use(text) is 'Does anything still name the file of this hash?';
