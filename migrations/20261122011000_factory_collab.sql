-- What live editing asks of the database beside the tables of documents (chapter 20, section 3 "Live editing").

grant select on factory.documents to app_definer;
grant select, insert on factory.yjs_updates to app_definer;

-- Whose document this is, before anybody's rights are known.
create function factory.collab_home(document uuid) returns uuid language sql stable
  return (select d.organization_id from factory.documents d where d.id = document);
select core.definer_function('factory.collab_home(uuid)');

-- Stores what was typed in the documents of all organizations since the last time, and tells the other processes in the
-- same transaction: small updates travel in the notices, large ones by the id of their row (kind R). Answers the
-- documents that are gone.
create function factory.collab_store(documents uuid[], updates bytea[], notices text[], sender text) returns uuid[] language plpgsql as $$
declare
  r record;
  notice text;
begin
  for r in
    insert into factory.yjs_updates (organization_id, document_id, update_data)
    select d.organization_id, d.id, w.update_data
    from unnest(documents, updates) with ordinality as w (document_id, update_data, n) join factory.documents d on d.id = w.document_id
    order by w.n
    returning id, document_id, octet_length(update_data) as size
  loop
    if r.size > 5000 then
      perform pg_notify('millrace_collab', sender || 'R' || encode(uuid_send(r.document_id) || int8send(r.id), 'base64'));
    end if;
  end loop;
  foreach notice in array notices loop
    perform pg_notify('millrace_collab', notice);
  end loop;
  return (select array_agg(distinct w.id) from unnest(documents) as w (id) where not exists (select from factory.documents d where d.id = w.id));
end $$;
select core.definer_function('factory.collab_store(uuid[], bytea[], text[], text)');

-- Documents whose updates nobody has folded into their state for a while: their process was killed, or an editor is open
-- and idle.
create function factory.collab_left(before timestamptz, most int) returns table (organization_id uuid, document_id uuid) language sql stable
begin atomic
  select u.organization_id, u.document_id from factory.yjs_updates u
  group by u.organization_id, u.document_id having max(u.created_at) < before limit most;
end;
select core.definer_function('factory.collab_left(timestamptz, int)');
