-- Searching the index of code (chapter 20, section 3 "Search"), and what a run of the index leaves behind.

alter table factory.codebase_connections
  add column chunk_count int not null default 0 check (chunk_count >= 0),
  -- Counts the runs that ended. Asked for anew while a run works, the index runs once more after it.
  add column index_run int not null default 0,
  add column index_wanted bool not null default false,
  -- A person asked for the index after its history was rewritten.
  add column accept_rewritten bool not null default false,
  add column embedding_model text;

alter table factory.codebase_files
  -- Binary or too large: known, so that it is not read again, and shown nowhere.
  add column skipped bool not null default false,
  add unique (organization_id, connection_id, id);

-- A chunk knows its connection, so that search begins with it.
alter table factory.code_chunks
  add column connection_id uuid not null,
  -- Words of name and path (A) and text (B); the first, "#" and the connection, keeps the index to one connection.
  add column tsv tsvector not null,
  -- The vector in 1,024 bits: sides of fixed planes. Near vectors differ in few.
  add column sketch bit(1024),
  add check ((embedding is null) = (sketch is null)),
  drop constraint code_chunks_organization_id_file_id_fkey,
  add foreign key (organization_id, connection_id, file_id) references factory.codebase_files (organization_id, connection_id, id) on delete cascade,
  -- 6 kB that are read whole: beside the row instead of in pieces elsewhere.
  alter column embedding set storage main;
create index idx_code_chunks_tsv on factory.code_chunks using gin (tsv);
-- Docs: docs/decisions/0021-code-search.md. All sketches of a connection lie side by side here.
drop index factory.idx_code_chunks_embedding;
create index idx_code_chunks_sketch on factory.code_chunks (connection_id) include (id, embedding_model, sketch);

grant select on factory.code_chunks, factory.codebase_files, factory.codebase_connections, factory.repos, factory.projects to app_definer;

-- The chunks of a project's code that a question finds, best first: half words, half vector (either may be missing).
-- Filters come first: a path (regular expression), a language, a symbol (a name or the last part of one).
create function factory.code_hits(project uuid, words text[], asked real[], asked_sketch text, model text, threshold real, pattern text, lang text,
  symbol text, most int)
returns table (chunk_id uuid, lexical real, cosine real) language plpgsql stable as $$
#variable_conflict use_column
declare
  tenant constant uuid := core.tenant();
  wide constant int := 300; -- chunks whose words are ranked, by all words and by any
  near constant int := 500; -- nearest sketches whose vectors are compared
  conn uuid;
  files uuid[];
  narrow uuid[];
  mine text;
  every tsquery;
  any_word tsquery;
  ids uuid[] := '{}';
begin
  select c.id into conn from factory.codebase_connections c where c.project_id = project and c.organization_id = tenant;
  if not found then
    return;
  end if;
  if pattern is not null or lang is not null or symbol is not null then
    files := array(select f.id from factory.codebase_files f
      where f.connection_id = conn and f.organization_id = tenant and (pattern is null or f.file_path ~ pattern) and (lang is null or f.language = lang));
    narrow := array(select k.id from factory.code_chunks k
      where k.connection_id = conn and k.organization_id = tenant and k.file_id = any (files)
        and (symbol is null or lower(k.name) = lower(symbol) or right(lower(k.name), length(symbol) + 1) = '.' || lower(symbol)));
  end if;

  if cardinality(words) > 0 then
    mine := '''#' || conn || '''';
    every := (select (mine || string_agg(' & ''' || replace(w, '''', '') || '''', ''))::tsquery from unnest(words) w);
    any_word := (select string_agg('''' || replace(w, '''', '') || '''', ' | ')::tsquery from unnest(words) w);
    ids := array(select k.id from factory.code_chunks k
      where k.tsv @@ every and k.organization_id = tenant and (narrow is null or k.id = any (narrow)) limit wide);
    if cardinality(ids) < most then
      ids := ids || array(select k.id from factory.code_chunks k
        where k.tsv @@ (mine::tsquery && any_word) and k.organization_id = tenant and (narrow is null or k.id = any (narrow)) limit wide);
    end if;
  end if;

  if asked is not null then
    if narrow is not null and cardinality(narrow) <= near then
      ids := ids || narrow;
    else
      ids := ids || array(select k.id from factory.code_chunks k
        where k.connection_id = conn and k.embedding_model = model and (narrow is null or k.id = any (narrow))
        order by k.sketch operator(public.<~>) asked_sketch::bit(1024) limit near);
    end if;
  end if;

  return query
    with scored as (
      select k.id, coalesce(case when any_word is not null
               then ts_rank_cd(k.tsv, any_word, 32) * case when k.tsv @@ every then 1 else 0.5 end end, 0)::real as lexical,
             coalesce(case when k.embedding_model = model
               then greatest(0, 1 - (k.embedding operator(public.<=>) asked::public.vector)) end, 0)::real as cosine
        from factory.code_chunks k
        where k.id = any (ids) and k.connection_id = conn and k.organization_id = tenant)
    select s.id, s.lexical, s.cosine from scored s
      where s.lexical > 0 or s.cosine >= threshold
      order by 0.5 * s.lexical + 0.5 * s.cosine desc, s.id limit most;
end $$;
select core.definer_function('factory.code_hits(uuid, text[], real[], text, text, real, text, text, text, int)');
-- The arrays are known when a statement is planned, and the sketches are read from their index.
alter function factory.code_hits(uuid, text[], real[], text, text, real, text, text, text, int) set plan_cache_mode = force_custom_plan;
alter function factory.code_hits(uuid, text[], real[], text, text, real, text, text, text, int) set enable_seqscan = off;
alter function factory.code_hits(uuid, text[], real[], text, text, real, text, text, text, int) set jit = off;
comment on function factory.code_hits(uuid, text[], real[], text, text, real, text, text, text, int) is 'The best chunks of a project of the present tenant: ids, words'' part and vector''s part of their score.';

-- The connections of every organization that are read from this machine: for the poll alone.
create function factory.local_connections() returns table (organization_id uuid, connection_id uuid) language sql stable
begin atomic
  select c.organization_id, c.id from factory.codebase_connections c
    join factory.repos r on r.id = c.repo_id join factory.projects p on p.id = c.project_id
    where r.provider = 'local' and p.archived_at is null;
end;
select core.definer_function('factory.local_connections()');
comment on function factory.local_connections() is 'Organization and id of every connection to a repository on this machine whose project is live.';

-- The chunks of a project's code that hold all words of a name.
create function factory.code_named(project uuid, words text[], most int) returns table (chunk_id uuid) language plpgsql stable as $$
#variable_conflict use_column
declare
  tenant constant uuid := core.tenant();
  conn uuid;
begin
  select c.id into conn from factory.codebase_connections c where c.project_id = project and c.organization_id = tenant;
  if found and cardinality(words) > 0 then
    return query select k.id from factory.code_chunks k
      where k.tsv @@ (select ('''#' || conn || '''' || string_agg(' & ''' || replace(w, '''', '') || '''', ''))::tsquery from unnest(words) w)
        and k.organization_id = tenant
      limit most;
  end if;
end $$;
select core.definer_function('factory.code_named(uuid, text[], int)');
comment on function factory.code_named(uuid, text[], int) is 'Ids of at most so many chunks of a project of the present tenant that hold all words.';
