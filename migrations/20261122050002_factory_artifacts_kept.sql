-- Artifacts as people keep them (chapter 20, sections 2.2 and 6): lists of unfiled ones, what becomes of a reader that
-- was lost, and bytes that nobody names any more.

create index idx_artifacts_unfiled on factory.artifacts (project_id, created_at desc, id) where deleted_at is null and folder_id is null;

-- A file whose reader is given up by the queue has failed; the reason is that of the job.
grant select, update on factory.artifacts to app_definer;
create function factory.artifact_reader_lost() returns trigger language plpgsql as $$
begin
  update factory.artifacts a
    set processing_status = 'failed', processing_error = coalesce(new.error, 'The job that read the file was lost.')
    where a.id = (new.input ->> 'artifact')::uuid and a.organization_id = new.organization_id
      and a.processing_status in ('pending', 'processing');
  return null;
end $$;
select core.definer_function('factory.artifact_reader_lost()');
comment on function factory.artifact_reader_lost() is 'Trigger: the artifact of a failed job "artifact_extract" has failed.';
create trigger artifact_reader_lost after update on factory.job_runs for each row
  when (new.job_type = 'artifact_extract' and new.status = 'failed' and old.status <> 'failed')
  execute function factory.artifact_reader_lost();

-- Would `parent` be below `folder`, or be it?
create function factory.folder_is_below(folder uuid, parent uuid) returns bool language sql stable
  return (
    with recursive up as (
      select f.id, f.parent_id from factory.artifact_folders f where f.id = parent
      union
      select f.id, f.parent_id from factory.artifact_folders f join up on f.id = up.parent_id
    )
    select exists (select from up where up.id = folder));

-- Which organizations have artifacts that were deleted so long ago that their bytes go.
create function factory.artifacts_to_clean(before timestamptz) returns table (organization_id uuid) language sql stable
begin atomic
  select distinct a.organization_id from factory.artifacts a where a.deleted_at < before;
end;
select core.definer_function('factory.artifacts_to_clean(timestamptz)');
comment on function factory.artifacts_to_clean(timestamptz) is 'Organizations with artifacts that were deleted before this time.';
