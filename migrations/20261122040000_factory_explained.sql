-- Templates that ship with Millrace are read by every organization, and by nobody who is in none.
alter policy system_read on factory.templates using (organization_id is null and (select core.tenant()) is not null);

comment on function factory.collab_home(uuid) is 'Live editing: whose document this is, before anybody''s rights are known.';
comment on function factory.collab_store(uuid[], bytea[], text[], text) is 'Live editing: stores what was typed in the documents of all organizations, and tells the other processes.';
comment on function factory.collab_left(timestamptz, int) is 'Live editing: documents whose updates nobody has folded for a while.';

-- Who votes gives an address to hear when it shipped: it leaves with the person.
comment on table factory.feature_votes is 'class=service; privacy:email=email';
