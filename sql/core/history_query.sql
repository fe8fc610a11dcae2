-- What a question about results asks for: times, region, limit, phase and step, or what is wrong.

-- How many ticks at once.  Evidence is up to 4 KiB a failure.
create or replace function core.ticks_limit(evidence boolean) returns integer
language sql immutable parallel safe as $$
    select case when evidence then 1000 else 20000 end
$$;

-- A file for a program; what is more says where to go on.
create or replace function core.export_limit() returns integer
language sql immutable parallel safe as $$ select 100000 $$;

-- Of one region, in the documented shape; beyond, means of steps.
create or replace function core.response_times_limit() returns integer
language sql immutable parallel safe as $$ select 5000 $$;

-- As many points as any chart has.
create or replace function core.history_steps_limit() returns integer
language sql immutable parallel safe as $$ select 1000 $$;

-- Seconds, ascending.  All but the week divide a day; weeks begin on Monday, all in UTC.
create or replace function core.history_steps() returns integer[]
language sql immutable parallel safe as $$
    select array[60, 300, 900, 1800, 3600, 10800, 21600, 43200, 86400, 604800]
$$;

-- The bs_rollup_phase_t of a name; null: there is none.
create or replace function core.history_phase(name text) returns integer
language sql immutable parallel safe as $$
    select array_position(array['dns', 'connect', 'tls', 'first_byte', 'total'], name) - 1
$$;

-- from and to, `back` long unless told.  Nothing is later than `at`.
create or replace function core.history_times(query jsonb, at timestamptz, back interval,
    out since timestamptz, out until timestamptz, out errors jsonb)
language plpgsql stable as $$
begin
    errors := '{}';
    until := coalesce(core.parse_time(query ->> 'to'), at);
    since := coalesce(core.parse_time(query ->> 'from'), until - back);
    if query ? 'to' and core.parse_time(query ->> 'to') is null then
        errors := core.complain(errors, 'to', 'must be an ISO 8601 time, or milliseconds');
    end if;
    if query ? 'from' and core.parse_time(query ->> 'from') is null then
        errors := core.complain(errors, 'from', 'must be an ISO 8601 time, or milliseconds');
    elsif since > until then
        errors := core.complain(errors, 'from', 'must not be later than to');
    end if;
    until := greatest(since, least(until, at));
end
$$;

create or replace function core.history_limit(query jsonb, usual integer, most integer,
    inout errors jsonb, out wanted integer)
language plpgsql stable as $$
begin
    wanted := usual;
    if query ->> 'limit' ~ '^[0-9]{1,6}$' and (query ->> 'limit')::integer between 1 and most then
        wanted := query ->> 'limit';
    elsif query ? 'limit' then
        errors := core.complain(errors, 'limit', 'must be between 1 and ' || most);
    end if;
end
$$;

-- Null: all regions.
create or replace function core.history_region(query jsonb, errors jsonb) returns jsonb
language sql stable as $$
    select case when query ? 'region' and not exists (select from betterstack.region r
                                                       where r.slug = query ->> 'region')
           then core.complain(errors, 'region', 'must be the name of a region') else errors end
$$;

create or replace function core.history_step(query jsonb, inout errors jsonb, out step integer)
language plpgsql stable as $$
begin
    if query ->> 'step' ~ '^[0-9]{1,6}$'
       and (query ->> 'step')::integer = any(core.history_steps()) then
        step := query ->> 'step';
    elsif query ? 'step' then
        errors := core.complain(errors, 'step', 'must be one of '
            || core.list_in_words(core.history_steps()::text[], 'or') || ' seconds');
    end if;
end
$$;

-- The beginning of the step that a time is in; of a week, Monday.
create or replace function core.history_floor(moment timestamptz, step integer) returns timestamptz
language sql immutable parallel safe as $$
    select date_bin(make_interval(secs => step), moment, '2001-01-01 00:00:00+00')
$$;

-- Whole steps that hold these times.
create or replace function core.history_widen(step integer, inout since timestamptz,
    inout until timestamptz, inout errors jsonb)
language plpgsql stable as $$
declare
    width interval := make_interval(secs => step);
begin
    since := core.history_floor(since, step);
    if until > core.history_floor(until, step) or until = since then
        until := core.history_floor(until, step) + width;
    end if;
    if until - since > width * core.history_steps_limit() then
        errors := core.complain(errors, 'step', 'must be longer for this range: there may be '
                                || core.history_steps_limit() || ' steps');
    end if;
end
$$;

-- The steps of a chart whose reader has not said any.
create or replace function core.history_step_usual(range interval) returns integer
language sql immutable parallel safe as $$
    select case when range <= interval '3 hours' then 300
                when range <= interval '48 hours' then 3600
                when range <= interval '14 days' then 21600
                when range <= interval '1000 days' then 86400
                else 604800 end
$$;

-- What the hub has to know beside the rows.  Times in milliseconds hold what is asked for exactly;
-- with the fact "open": 1 the end is not in it.
create or replace function core.history_head(m betterstack.monitor, since timestamptz,
    until timestamptz, region text, facts jsonb) returns text
language sql stable as $$
    select (facts || jsonb_build_object('id', m.id::text,
        'from', core.iso(since), 'to', core.iso(until),
        'since', ceil(extract(epoch from since) * 1000)::bigint,
        'until', floor(extract(epoch from until) * 1000)::bigint
                 - coalesce((facts ->> 'open')::integer, 0),
        'regions', (select coalesce(jsonb_agg(jsonb_build_array(r.id, r.slug, r.name)
                                              order by r.id), '[]')
                      from betterstack.region r
                     where history_head.region is null or r.slug = history_head.region)))::text
$$;

create or replace function core.history_regions(region text) returns smallint[]
language sql stable as $$
    select coalesce(array_agg(r.id order by r.id), '{}') from betterstack.region r
     where history_regions.region is null or r.slug = history_regions.region
$$;

-- Whole hours, or of more than eight days whole days: a range without steps.
create or replace function core.history_widen_range(inout since timestamptz,
    inout until timestamptz)
language plpgsql immutable as $$
declare
    width interval := case when until - since > interval '8 days' then '1 day' else '1 hour' end;
    step integer := extract(epoch from width);
begin
    since := core.history_floor(since, step);
    if until > core.history_floor(until, step) or until = since then
        until := core.history_floor(until, step) + width;
    end if;
end
$$;

-- What core.history_rollups reads: hours have the percentiles of total only.
create or replace function core.history_grain(step integer, phase integer) returns text
language sql immutable parallel safe as $$
    select case when step >= 86400 then 'day'
                when step >= 3600 and phase = core.history_phase('total') then 'hour'
                else 'tick' end
$$;

-- How many ticks are looked at one by one for one answer.
create or replace function core.history_ticks_max() returns integer
language sql immutable parallel safe as $$ select 1000000 $$;

create or replace function core.history_too_many(monitor_id integer, since timestamptz,
    until timestamptz, grain text, errors jsonb) returns jsonb
language plpgsql stable as $$
begin
    if grain = 'tick' and (
            select sum(s.ticks) > core.history_ticks_max() from betterstack.tick_sealed s
             where s.monitor_id = history_too_many.monitor_id
               and s.day >= (since at time zone 'UTC')::date
               and s.day <= (until at time zone 'UTC')::date) then
        errors := core.complain(errors, 'step', 'must be a day for this phase and range, or an '
                                || 'hour for total: there are too many results');
    end if;
    return errors;
end
$$;

-- The caller's own monitor, or the reply that refuses.
create or replace function core.history_monitor(credential bytea, id bigint,
    out m betterstack.monitor, out refused api.reply)
language plpgsql stable as $$
declare
    caller core.caller := core.caller(credential);
begin
    if caller.user_id is null then
        refused := core.reply_unauthorized();
        return;
    end if;
    select t.* into m from betterstack.monitor t
     where t.id = history_monitor.id and t.team_id = caller.team_id;
    if not found then
        refused := core.reply_not_found();
    end if;
end
$$;

-- Null: nothing is wrong.
create or replace function core.history_refused(errors jsonb) returns api.reply
language plpgsql stable as $$
begin
    return case when errors <> '{}' then core.reply_invalid(errors) end;
end
$$;

-- The first row of the answer.
create or replace function core.history_first(status smallint, body text)
    returns table (status_of smallint, body_of text, team_id integer, event text, kind smallint,
                   region smallint, at bigint, ticks integer, data bytea)
language sql immutable parallel safe as $$
    select status, body, null::integer, null::text, 0::smallint, null::smallint, null::bigint,
           null::integer, null::bytea
$$;
