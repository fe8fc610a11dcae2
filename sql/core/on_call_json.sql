-- On-call calendars, their rotations, events and shifts as the API shows them.  Rotations and
-- events are documented as objects of their own, without "data" around them, with ids that are
-- numbers.

create or replace function core.on_call_feed_token(calendar betterstack.on_call) returns text
language plpgsql stable as $$
begin
    return core.sign(concat('on-call feed ', calendar.id, ' ', calendar.feed_number));
end
$$;

-- Absolute by the request's own scheme and host, as the addresses of heartbeats; null where nobody
-- can sign.
create or replace function core.on_call_feed_url(calendar betterstack.on_call, query jsonb)
    returns text
language plpgsql stable as $$
begin
    return case when core.session_key('sign') is not null then
        coalesce(substring(query ->> '_url' from '^https?://[^/]+'), '')
        || '/api/v1/on-calls/' || calendar.id || '/calendar.ics?token='
        || core.on_call_feed_token(calendar) end;
end
$$;

create or replace function core.on_call_emails(user_ids integer[], team_id integer) returns text[]
language sql stable as $$
    select array(select a.email from unnest(core.on_call_members(user_ids, team_id))
                        with ordinality u (id, place)
                   join betterstack.app_user a on a.id = u.id order by u.place)
$$;

create or replace function core.on_call_ids(user_ids integer[], team_id integer) returns text[]
language sql stable as $$
    select core.on_call_members(user_ids, team_id)::text[]
$$;

-- What a list has beside its data: the persons it names.
create or replace function core.on_call_included(user_ids integer[]) returns jsonb
language sql stable as $$
    select coalesce(jsonb_agg(jsonb_build_object('id', u.id::text, 'type', 'user', 'attributes',
               jsonb_build_object('name', u.name, 'first_name', split_part(u.name, ' ', 1),
                   'last_name', ltrim(substr(u.name, length(split_part(u.name, ' ', 1)) + 1)),
                   'email', u.email, 'phone_numbers', '[]'::jsonb)) order by u.id), '[]')
      from betterstack.app_user u where u.id = any (user_ids)
$$;

-- users: who is on call at the moment that was asked for.
create or replace function core.on_call_json(calendar betterstack.on_call, users integer[],
    query jsonb, at timestamptz) returns jsonb
language plpgsql stable as $$
begin
    return jsonb_build_object('id', calendar.id::text, 'type', 'on_call_calendar', 'attributes',
        jsonb_build_object('name', calendar.name, 'default_calendar', calendar.default_calendar,
            'team_name', (select t.name from betterstack.team t where t.id = calendar.team_id),
            'handover_notice', calendar.handover_notice, 'on_call_now', users::text[],
            'next_handover_at', core.iso(core.on_call_handover(calendar, at)),
            'feed_url', core.on_call_feed_url(calendar, query),
            'created_at', core.iso(calendar.created_at),
            'updated_at', core.iso(calendar.updated_at)),
        'relationships', jsonb_build_object('on_call_users', jsonb_build_object('data', (
            select coalesce(jsonb_agg(jsonb_build_object('id', u.id::text, 'type', 'user', 'meta',
                       jsonb_build_object('email', a.email)) order by u.place), '[]')
              from unnest(users) with ordinality u (id, place)
              join betterstack.app_user a on a.id = u.id))));
end
$$;

create or replace function core.on_call_body(calendar betterstack.on_call, query jsonb,
    at timestamptz) returns text
language plpgsql stable as $$
declare
    users integer[] := core.on_call_now(calendar, at);
begin
    return jsonb_build_object('data', core.on_call_json(calendar, users, query, at),
                              'included', core.on_call_included(users))::text;
end
$$;

create or replace function core.on_call_rotation_body(r betterstack.on_call_rotation,
    team_id integer) returns text
language sql stable as $$
    select json_build_object('rotation_length', r.length, 'rotation_interval', r.unit,
        'start_rotations_at', core.iso(r.starts_at), 'end_rotations_at', core.iso(r.ends_at),
        'timezone', r.timezone, 'effective_timezone', r.zone,
        'users', core.on_call_emails(r.user_ids, team_id),
        'user_ids', core.on_call_ids(r.user_ids, team_id))::text
$$;

create or replace function core.on_call_event_json(e betterstack.on_call_event, team_id integer)
    returns json
language sql stable as $$
    select json_build_object('id', e.id, 'users', core.on_call_emails(e.user_ids, team_id),
        'user_ids', core.on_call_ids(e.user_ids, team_id), 'starts_at', core.iso(e.starts_at),
        'ends_at', core.iso(e.ends_at), 'override', e.override)
$$;

create or replace function core.on_call_shifts_days_max() returns integer
language sql immutable parallel safe as $$ select 92 $$;

create or replace function core.on_call_shifts_errors(given jsonb, from_at timestamptz,
    to_at timestamptz) returns jsonb
language plpgsql stable as $$
declare
    no_time text := 'must be an ISO 8601 time, like 2026-03-01T09:00:00Z';
    errors jsonb := core.complain('{}', 'from', case when from_at is null then no_time end);
begin
    return core.complain(errors, 'to', case
        when to_at is null and from_at is not null then no_time
        when to_at <= from_at then 'must be after from'
        when to_at > from_at + core.on_call_shifts_days_max() * interval '1 day'
            then 'must be at most ' || core.on_call_shifts_days_max() || ' days after from' end);
end
$$;

-- truncated: there are more than an answer may have; what is left out is the end of the time.
create or replace function core.on_call_shifts_body(calendar betterstack.on_call,
    from_at timestamptz, to_at timestamptz) returns text
language plpgsql stable as $$
declare
    items json[];
    users integer[];
    rows_max integer := core.on_call_shifts_max();
begin
    with shift as (
        select s.*, row_number() over (order by s.starts_at, s.source, s.id) as place
          from core.on_call_shifts(calendar, from_at, to_at, rows_max + 1) s)
    select array_agg(json_build_object('id', s.id, 'type', 'on_call_shift', 'attributes',
               json_build_object('users', s.user_ids::text[], 'starts_at', core.iso(s.starts_at),
                   'ends_at', core.iso(s.ends_at), 'source', s.source)) order by s.place),
           (select array_agg(distinct u) from shift o, unnest(o.user_ids) u)
      into items, users from shift s;
    return json_build_object('data', coalesce(to_json(items[:rows_max]), '[]'),
        'included', core.on_call_included(users),
        'truncated', coalesce(cardinality(items), 0) > rows_max)::text;
end
$$;
