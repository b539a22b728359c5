-- What a suggestion made: a proposed work order that was taken is found again, so that what is taken later waits for it.

alter table factory.agent_suggestions add column made jsonb not null default '{}' check (jsonb_typeof(made) = 'object');
