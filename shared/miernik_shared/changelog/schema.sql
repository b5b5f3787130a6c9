-- The change log of one service, version 1. Applied by the first migration of every service inside its own schema.
create table head (
    single_row boolean primary key default true,
    position bigint not null,
    at timestamptz not null,
    hash bytea not null,
    constraint head_is_one_row check (single_row)
);
create table change (
    position bigint primary key,
    at timestamptz not null,
    actor text not null,
    request_id text not null,
    action text not null,
    subject text not null,
    event jsonb not null,
    before jsonb,
    after jsonb,
    hash bytea not null
);
create index change_at on change (at);
create index change_subject on change (subject, position);
create table follower_cursor (
    projection text,
    source text,
    position bigint not null,
    failed_position bigint,
    failure text,
    primary key (projection, source)
);
create table idempotency_key (
    client text,
    key text,
    fingerprint bytea not null,
    status integer not null,
    headers jsonb not null,
    body bytea not null,
    expires_at timestamptz not null,
    primary key (client, key)
);
create index idempotency_key_expires_at on idempotency_key (expires_at);
create table external_identifier (
    entity text,
    system text,
    value text,
    entity_id uuid not null,
    primary key (entity, system, value)
);
create index external_identifier_entity_id on external_identifier (entity_id);
insert into head (position, at, hash)
    values (0, clock_timestamp(), sha256(convert_to('miernik/' || current_schema(), 'UTF8')));

-- The digest of one change in the hash chain; append_change and the verification both use it.
create function change_digest(previous bytea, "position" bigint, at timestamptz, actor text, request_id text,
    action text, subject text, event jsonb, before jsonb, after jsonb) returns bytea
    language sql immutable as $$
    select sha256(previous || convert_to(jsonb_build_array("position",
        (extract(epoch from at) * 1000000)::bigint, actor, request_id, action, subject, event, before, after)::text,
        'UTF8'))
$$;

-- The only writer of changes. It locks the head row until the end of the transaction, so positions are dense and in
-- commit order; the clock is read after the lock is taken, so times never run backwards along the log.
-- It runs with its owner's rights: the service's own role can neither update the head nor insert a change itself.
create function append_change(actor text, request_id text, action text, subject text, event jsonb,
    before jsonb, after jsonb, out "position" bigint, out at timestamptz)
    language plpgsql volatile security definer set search_path from current as $$
declare
    last record;
    digest bytea;
begin
    select * into strict last from head for update;
    "position" := last.position + 1;
    at := greatest(clock_timestamp(), last.at);
    digest := change_digest(last.hash, "position", at, actor, request_id, action, subject, event, before, after);
    update head set position = append_change."position", at = append_change.at, hash = digest;
    insert into change values ("position", at, actor, request_id, action, subject, event, before, after, digest);
end
$$;

-- Waits for the writer that holds the head row, so that no later commit can carry a time before now.
create function settle_head() returns bigint language sql volatile security definer set search_path from current as $$
    select position from head for share
$$;
