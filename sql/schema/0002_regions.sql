-- Where agents look from.  Regions belong to the installation, not to a team.

create table betterstack.region (
    id         smallint generated always as identity primary key,
    slug       text not null,               -- never changes: streams and agents are named after it
    name       text not null,
    created_at timestamptz not null default now(),
    constraint region_slug_unique unique (slug)
);

create table betterstack.region_token (
    id           integer generated always as identity primary key,
    region_id    smallint not null references betterstack.region on delete cascade,
    digest       bytea not null,
    name         text not null,
    prefix       text not null,
    created_at   timestamptz not null default now(),
    last_used_at timestamptz,
    constraint region_token_digest_unique unique (digest)
);
create index region_token_region on betterstack.region_token (region_id);

-- Agents that have reported, a bounded number a region (core.agent_seen).
create table betterstack.region_agent (
    region_id      smallint not null references betterstack.region on delete cascade,
    name           text not null,
    version        text not null,
    first_seen_at  timestamptz not null default now(),
    last_report_at timestamptz not null,
    primary key (region_id, name)
) with (fillfactor = 70);
