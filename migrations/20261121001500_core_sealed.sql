-- Which columns hold sealed secrets, for start-up checks and for rotation: an area that seals a column adds
-- it here (core.sealed_column), else its old key could never be taken away.

create table core.sealed_columns (
  source text collate "C" primary key, -- table, or table and column where a table has several
  tbl text not null,
  value_column text not null,
  nonce_column text, -- null: the value is one string, v1.kid.nonce.ciphertext
  key_column text,
  person text, -- SQL expressions over row t
  organization text,
  service text not null
);
comment on table core.sealed_columns is 'class=internal';
select core.close_table('core.sealed_columns');
grant select on core.sealed_columns to app_definer;

-- The associated data of a value is `table|owner|service`; the owner is the person, the organization or 'installation'.
create function core.sealed_column(source text, tbl text, value_column text, nonce_column text, key_column text,
  person text, organization text, service text) returns void language plpgsql as $$
begin
  insert into core.sealed_columns values (source, tbl, value_column, nonce_column, key_column, person, organization, service);
  execute format('grant select on %s to app_definer', tbl);
  execute format('grant update (%s) on %s to app_definer', concat_ws(', ', value_column, nonce_column, key_column), tbl);
end $$;

select core.sealed_column('core.user_secrets', 'core.user_secrets', 'encrypted_value', 'initialization_vector', 'key_id',
  't.user_id', null, 't.service_name');
select core.sealed_column('core.org_secrets', 'core.org_secrets', 'encrypted_value', 'initialization_vector', 'key_id',
  null, 't.organization_id', 't.service_name');
select core.sealed_column('core.accounts.access_token', 'core.accounts', 'access_token', null, null,
  't.user_id', null, 't.provider || ''.access_token''');
select core.sealed_column('core.accounts.refresh_token', 'core.accounts', 'refresh_token', null, null,
  't.user_id', null, 't.provider || ''.refresh_token''');
select core.sealed_column('core.identity_providers', 'core.identity_providers', 'client_secret_sealed', null, null,
  null, 't.organization_id', 't.id::text');
select core.sealed_column('core.mfa_factors', 'core.mfa_factors', 'secret_sealed', null, null,
  't.user_id', null, '''totp''');

create function core.sealed_keys() returns table (key_id text, source text, service text, items bigint) language plpgsql stable as $$
declare
  c core.sealed_columns;
begin
  for c in select * from core.sealed_columns s order by s.source loop
    return query execute format('select %1$s, %2$L::text, (%3$s)::text, count(*) from %4$s t where t.%5$I is not null group by 1, 2, 3',
      coalesce('t.' || quote_ident(c.key_column), format('split_part(t.%I, ''.'', 2)', c.value_column)),
      c.source, c.service, c.tbl, c.value_column);
  end loop;
end $$;
select core.definer_function('core.sealed_keys()');
comment on function core.sealed_keys() is 'How many secrets of which service each key seals, for start-up checks.';

create function core.sealed_batch(current_key text, after_source text, after_id uuid, many int)
returns table (source text, id uuid, aad text, key_id text, nonce text, value text) language plpgsql stable as $$
declare
  c core.sealed_columns;
  found_now int;
  wanted int := many;
begin
  for c in select * from core.sealed_columns s where s.source >= after_source collate "C" order by s.source loop
    return query execute format(
      'select %1$L::text, t.id, %2$L || ''|'' || coalesce((%3$s)::text, (%4$s)::text, ''installation'') || ''|'' || (%5$s)::text,
              %6$s::text, %7$s::text, t.%8$I::text
       from %2$s t where t.%8$I is not null and %6$s <> $1 and ($2 is null or t.id > $2) order by t.id limit $3',
      c.source, c.tbl, coalesce(c.person, 'null'), coalesce(c.organization, 'null'), c.service,
      coalesce('t.' || quote_ident(c.key_column), format('split_part(t.%I, ''.'', 2)', c.value_column)),
      coalesce('t.' || quote_ident(c.nonce_column), 'null'), c.value_column)
      using current_key, case when c.source = after_source then after_id end, wanted;
    get diagnostics found_now = row_count;
    wanted := wanted - found_now;
    exit when wanted <= 0;
  end loop;
end $$;
select core.definer_function('core.sealed_batch(text, text, uuid, int)');
comment on function core.sealed_batch(text, text, uuid, int) is 'The next secrets that another key than the given one seals, after a source and id, in that order.';

create function core.reseal(which text, row_id uuid, before text, new_key text, new_nonce text, new_value text, failure text)
returns bool language plpgsql as $$
declare
  c core.sealed_columns;
  person uuid;
  org uuid;
  what text;
begin
  select * into strict c from core.sealed_columns s where s.source = which;
  execute format('select %s::uuid, %s::uuid, (%s)::text from %s t where t.id = $1 and t.%I = $2 for no key update',
      coalesce(c.person, 'null'), coalesce(c.organization, 'null'), c.service, c.tbl, c.value_column)
    into person, org, what using row_id, before;
  if what is null then
    return false; -- changed or deleted in the meantime
  end if;
  if failure is null then
    execute format('update %s set %I = $1%s%s where id = $2', c.tbl, c.value_column,
        coalesce(', ' || quote_ident(c.nonce_column) || ' = $3', ''), coalesce(', ' || quote_ident(c.key_column) || ' = $4', ''))
      using new_value, row_id, new_nonce, new_key;
  end if;
  insert into core.secret_audit_logs (user_id, organization_id, service_name, operation, success, error_message)
    values (person, org, what, 'update', failure is null, failure);
  return failure is null;
end $$;
grant insert on core.secret_audit_logs to app_definer;
select core.definer_function('core.reseal(text, uuid, text, text, text, text, text)');
comment on function core.reseal(text, uuid, text, text, text, text, text) is 'Replaces a sealed value that is still the given one and logs it; with a failure only logs that.';
