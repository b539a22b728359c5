-- Search in everything of a project (chapter 20, section 3 "Search"): entries that are cut to words, found by words and
-- by vectors within one project, and the list of what is waiting to be read anew.

-- Words as the embedding cuts them: `resetPassword` and `reset_password` are two words each.
create function factory.search_words(text) returns text language sql immutable parallel safe
  return regexp_replace(regexp_replace(regexp_replace($1, '([a-z0-9])([A-Z])', '\1 \2', 'g'), '([A-Z])([A-Z][a-z])', '\1 \2', 'g'),
    '[!-/:-@\[-`{-~]+', ' ', 'g');

alter table factory.search_entries drop column tsv;
drop index factory.idx_search_entries_embedding;
alter table factory.search_entries
  -- The last word, "#" and the project, keeps the index to one project.
  add column tsv tsvector not null generated always as
    (setweight(to_tsvector('simple', factory.search_words(title)), 'A') || setweight(to_tsvector('simple', factory.search_words(body)), 'B')
      || array_to_tsvector(array['#' || project_id])) stored,
  -- The vector in 1,024 bits, as in factory.code_chunks: docs/decisions/0021-code-search.md.
  add column sketch bit(1024),
  add check ((embedding is null) = (sketch is null) and (embedding is null) = (embedding_model is null)),
  alter column embedding set storage main;
create index idx_search_entries_tsv on factory.search_entries using gin (tsv);
create index idx_search_entries_sketch on factory.search_entries (project_id) include (id, entity_type, embedding_model, sketch);
create index idx_search_entries_model on factory.search_entries (embedding_model, project_id);

-- What a job is on its way to read. Marked already, a change needs no second job; the job unmarks before it reads.
create table factory.search_pending (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null default core.tenant() references core.organizations on delete cascade,
  project_id uuid not null,
  entity_id uuid not null,
  queued_at timestamptz not null default now(),
  foreign key (organization_id, project_id) references factory.projects (organization_id, id) on delete cascade,
  unique (organization_id, id),
  unique (entity_id)
);
create index idx_search_pending_project on factory.search_pending (project_id);
create index idx_search_pending_queued on factory.search_pending (queued_at);
comment on table factory.search_pending is 'class=internal';
select core.quiet_tenant_table('factory.search_pending');

-- What was there before search was: nobody is on the way to it, so the sweep takes it up.
insert into factory.search_pending (organization_id, project_id, entity_id, queued_at)
  select n.organization_id, n.project_id, n.entity_id, '-infinity'
    from factory.graph_nodes n where n.entity_type <> 'codebase_file' and n.deleted_at is null
  on conflict do nothing;

grant select on factory.search_entries, factory.search_pending, factory.job_runs to app_definer;

-- The entries of a project that a question finds, the best of each entity, best first: half words, half vector (either
-- may be missing). The last word may be the beginning of one.
create function factory.search_hits(project uuid, kinds text[], words text[], asked real[], asked_sketch text, model text, threshold real, most int)
returns table (entry_id uuid, lexical real, cosine real) language plpgsql stable as $$
#variable_conflict use_column
declare
  tenant constant uuid := core.tenant();
  wide constant int := 2000; -- entries whose words are ranked, by all words and by any
  near constant int := 500; -- nearest sketches whose vectors are compared
  mine tsquery;
  every tsquery;
  any_word tsquery;
  ids uuid[] := '{}';
begin
  if cardinality(words) > 0 then
    mine := ('''#' || project || '''')::tsquery;
    select string_agg('''' || replace(w, '''', '') || '''' || case when n = cardinality(words) and length(w) > 1 then ':*' else '' end, ' & ' order by n)::tsquery,
           string_agg('''' || replace(w, '''', '') || '''' || case when n = cardinality(words) and length(w) > 1 then ':*' else '' end, ' | ' order by n)::tsquery
      into every, any_word from unnest(words) with ordinality u (w, n);
    ids := array(select e.id from factory.search_entries e
      where e.tsv @@ (mine && every) and e.organization_id = tenant and e.entity_type = any (kinds) limit wide);
    if cardinality(words) > 1 and cardinality(ids) < most then
      ids := ids || array(select e.id from factory.search_entries e
        where e.tsv @@ (mine && any_word) and e.organization_id = tenant and e.entity_type = any (kinds) limit wide);
    end if;
  end if;

  if asked is not null then
    ids := ids || array(select e.id from factory.search_entries e
      where e.project_id = project and e.embedding_model = model and e.entity_type = any (kinds)
      order by e.sketch operator(public.<~>) asked_sketch::bit(1024) limit near);
  end if;

  return query
    with scored as (
      select e.id, e.entity_type, e.entity_id,
             coalesce(case when any_word is not null
               then ts_rank_cd(e.tsv, any_word, 32) * case when e.tsv @@ every then 1 else 0.5 end end, 0)::real as lexical,
             coalesce(case when e.embedding_model = model
               then greatest(0, 1 - (e.embedding operator(public.<=>) asked::public.vector)) end, 0)::real as cosine
        from factory.search_entries e
        where e.id = any (ids) and e.project_id = project and e.organization_id = tenant),
    best as (
      select distinct on (s.entity_type, s.entity_id) s.id, s.lexical, s.cosine from scored s
        where s.lexical > 0 or s.cosine >= threshold
        order by s.entity_type, s.entity_id, s.lexical + s.cosine desc, s.id)
    select b.id, b.lexical, b.cosine from best b order by b.lexical + b.cosine desc, b.id limit most;
end $$;
select core.definer_function('factory.search_hits(uuid, text[], text[], real[], text, text, real, int)');
-- The arrays are known when a statement is planned, and words and sketches are read from their indexes.
alter function factory.search_hits(uuid, text[], text[], real[], text, text, real, int) set plan_cache_mode = force_custom_plan;
alter function factory.search_hits(uuid, text[], text[], real[], text, text, real, int) set enable_seqscan = off;
alter function factory.search_hits(uuid, text[], text[], real[], text, text, real, int) set jit = off;
comment on function factory.search_hits(uuid, text[], text[], real[], text, text, real, int) is 'The best entries of a project of the present tenant, one of each entity: ids, words'' part and vector''s part of their score.';

-- Projects in which something was left behind: marked long ago, or with the vectors of another model. What failed within
-- the hour waits.
create function factory.search_left(before timestamptz, model text) returns table (organization_id uuid, project_id uuid) language sql stable
begin atomic
  select p.organization_id, p.id from factory.projects p
    where p.id in (
        select w.project_id from factory.search_pending w where w.queued_at < before
        union select e.project_id from factory.search_entries e where e.embedding_model < model
        union select e.project_id from factory.search_entries e where e.embedding_model > model
        union select e.project_id from factory.search_entries e where e.embedding_model is null)
      and not exists (select from factory.job_runs r
        where r.project_id = p.id and r.job_type = 'embedding' and r.status = 'failed' and r.completed_at > now() - interval '1 hour');
end;
select core.definer_function('factory.search_left(timestamptz, text)');
comment on function factory.search_left(timestamptz, text) is 'Organization and id of every project whose search entries wait to be made anew.';
