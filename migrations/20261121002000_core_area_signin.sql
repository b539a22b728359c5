-- What the identity half of the core area needs besides the tables: the one-time set-up token, who owns a
-- mail domain's provider, who was invited.

-- First run: tokens printed to the server log, as SHA-256. Gone once somebody is there.
create table core.setup_tokens (
  token_hash text primary key,
  created_at timestamptz not null default now()
);
comment on table core.setup_tokens is 'class=internal';
select core.close_table('core.setup_tokens');
grant select, insert, delete on core.setup_tokens to app_definer;

create function core.setup_offer(hash text, at timestamptz) returns bool language plpgsql as $$
begin
  if exists (select from core.users) then
    delete from core.setup_tokens;
    return false;
  end if;
  insert into core.setup_tokens (token_hash, created_at) values (hash, at) on conflict do nothing;
  -- Each start prints one; only the latest few stay good.
  delete from core.setup_tokens s where s.token_hash not in (
    select t.token_hash from core.setup_tokens t order by t.created_at desc, t.token_hash limit 5);
  return true;
end $$;
select core.definer_function('core.setup_offer(text, timestamptz)');
comment on function core.setup_offer(text, timestamptz) is 'Keeps the hash of a set-up token while nobody is signed up; false when somebody is.';

create function core.setup_check(hash text) returns bool language plpgsql stable as $$
begin
  return exists (select from core.setup_tokens s where s.token_hash = hash) and not exists (select from core.users);
end $$;
select core.definer_function('core.setup_check(text)');
comment on function core.setup_check(text) is 'Is this the hash of a set-up token, while nobody is signed up?';

create function core.setup_done() returns void language plpgsql as $$
begin
  delete from core.setup_tokens;
end $$;
select core.definer_function('core.setup_done()');
comment on function core.setup_done() is 'Forgets the set-up tokens.';

-- May somebody with this address come in although sign-up is closed?
create function core.is_invited(address text, at timestamptz) returns bool language plpgsql stable as $$
begin
  return exists (select from core.invitations i where lower(i.email) = lower(address) and i.status = 'pending' and i.expires_at > at);
end $$;
select core.definer_function('core.is_invited(text, timestamptz)');
comment on function core.is_invited(text, timestamptz) is 'Does an invitation wait for this address?';

-- What a sign-in through another service must know of a person: is the address confirmed here, and does the
-- person belong to other organizations than the provider's?
create function core.person_for_login(person uuid, provider_org uuid) returns table (email text, name text, email_verified bool,
  has_totp bool, has_passkey bool, elsewhere bool, member bool) language plpgsql stable as $$
begin
  return query select u.email::text, u.name::text, u.email_verified,
      exists (select from core.mfa_factors f where f.user_id = u.id and f.confirmed_at is not null),
      exists (select from core.passkeys k where k.user_id = u.id),
      exists (select from core.memberships m where m.user_id = u.id and m.org_id is distinct from provider_org),
      exists (select from core.memberships m where m.user_id = u.id and m.org_id = provider_org)
    from core.users u where u.id = person and u.deleted_at is null;
end $$;
select core.definer_function('core.person_for_login(uuid, uuid)');
comment on function core.person_for_login(uuid, uuid) is 'A person as a sign-in by id (passkey, other service) needs it, and whether they belong to the provider''s organization and to others.';

create function core.avatar_exists(url text) returns bool language plpgsql stable as $$
begin
  return exists (select from core.users u where u.avatar_url = url and u.deleted_at is null);
end $$;
select core.definer_function('core.avatar_exists(text)');
comment on function core.avatar_exists(text) is 'Does anybody show this picture? Files that are no picture of a person are not served as one.';
create index users_avatar_url_idx on core.users (avatar_url) where avatar_url is not null;
