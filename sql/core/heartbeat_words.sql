-- What is wrong with a heartbeat, in words and as an incident keeps it.

-- '45 seconds', '10 minutes', '3 hours', '4 days'
create or replace function core.duration_in_words(length interval) returns text
language sql immutable parallel safe as $$
    select case when d.s < 120 then d.s || case d.s when 1 then ' second' else ' seconds' end
                when d.s < 7200 then d.s / 60 || ' minutes'
                when d.s < 172800 then d.s / 3600 || ' hours'
                else d.s / 86400 || ' days' end
      from (select greatest(extract(epoch from length), 0)::bigint as s) d
$$;

-- 'at 02:00', 'on 3 March at 02:00'; by its server's clock, and which that is unless it is UTC.
create or replace function core.heartbeat_clock(h betterstack.heartbeat, moment timestamptz,
    at timestamptz) returns text
language plpgsql stable as $$
declare
    zone text := core.heartbeat_zone(h);
    shown timestamp := moment at time zone zone;
begin
    return case when (at at time zone zone)::date <> shown::date
                then to_char(shown, '"on "FMDD FMMonth" at "') else 'at ' end
        || to_char(shown, case when h.period < 120 and h.cron is null then 'HH24:MI:SS'
                               else 'HH24:MI' end)
        || case when zone in ('UTC', 'GMT', 'Etc/UTC') then '' else ' (' || zone || ')' end;
end
$$;

create or replace function core.heartbeat_cause(h betterstack.heartbeat, at timestamptz)
    returns text
language sql stable as $$
    select h.name || case h.trouble
        when 'missed' then ' did not report: expected '
            || core.heartbeat_clock(h, h.expected_at, at) || ', '
            || core.duration_in_words(at - h.expected_at) || ' overdue'
        when 'overran' then ' has not finished: started '
            || core.heartbeat_clock(h, h.running_since, at) || ', runs longer than '
            || core.duration_in_words(h.max_runtime * interval '1 second')
        else coalesce(' failed with exit code ' || h.last_exit_code, ' reported a failure') end
$$;

-- The ping that told of the failure; none if it is not of a failure.
create or replace function core.heartbeat_failure(h betterstack.heartbeat)
    returns betterstack.heartbeat_ping
language sql stable as $$
    select p from betterstack.heartbeat_ping p
     where h.trouble = 'failed' and p.heartbeat_id = h.id and p.what = 'fail'
     order by p.at desc limit 1
$$;

-- Characters of an output that an incident keeps as evidence.
create or replace function core.heartbeat_evidence_max() returns integer
language sql immutable parallel safe as $$ select 1000 $$;

-- slot: the moment from which it could be known.
create or replace function core.heartbeat_detection(h betterstack.heartbeat, at timestamptz)
    returns jsonb
language plpgsql stable as $$
declare
    p betterstack.heartbeat_ping := core.heartbeat_failure(h);
    cause text := core.heartbeat_cause(h, at);
begin
    return jsonb_build_object(
        'heartbeat_id', h.id, 'team_id', h.team_id, 'name', h.name, 'url', null, 'text', cause,
        'slot', core.iso(case h.trouble when 'missed' then h.deadline_at else h.trouble_at end),
        'checked_at', core.iso(p.at), 'reported_at', core.iso(p.at),
        'suspected_at', core.iso(h.trouble_at), 'confirmed_at', core.iso(at),
        'regions', jsonb_build_array(jsonb_build_object(
            'text', cause, 'address', p.address, 'checked_at', core.iso(p.at),
            'evidence', jsonb_build_object('exit_code', p.exit_code, 'body',
                left(p.output, core.heartbeat_evidence_max())))));
end
$$;
