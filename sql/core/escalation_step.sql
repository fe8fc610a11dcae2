-- What a policy's step is: when it is due, and what it looks like in words.
--
-- A policy's `steps` are at most 50 objects.  Each has `type`, and may have
--   wait_before            s after the step before (the first: after the incident's
-- confirmation), or
--   wait_until_time        'HH:MM', the next moment when clocks in
--   wait_until_timezone    (IANA or Rails; none: UTC) show it: while they do, it is at once.
-- By type:
--   escalation             urgency_id (none, or gone: the ways of the monitor), step_members: at
-- most
--                          50 objects, see core/escalation_member.sql
--   instructions           instructions_comment, with {key} for what the metadata hold,
--                          instructions_reminder_enabled, instructions_reminder_interval_hours
--   time_branching         days ['mon', ...], time_from, time_to ('HH:MM'; over midnight they
-- belong
--                          to the day on which they begin), timezone
--   metadata_branching     metadata_key, metadata_values [{type, value, item_id, name, email}];
-- the type
--                          or the value 'no_value' is right where there is none
-- Both branchings go on with policy_id, or with the policy that policy_metadata_key names,
-- instead of
-- the rest, if they are right; else with the next step.  Ids come as they were given, numbers or
-- strings; what is gone, or of another team, is skipped, and the timeline says so.
--
-- api/policy.sql looks at steps before they are kept.  Here nothing raises, whatever they hold.

create or replace function core.escalation_wait_max() returns integer
language sql immutable parallel safe as $$ select 604800 $$;   -- s, a week

-- The next moment when clocks show `wall`.  The minute in which they do lasts to its end, so that
-- two steps that wait for the same time are done together.
create or replace function core.escalation_wall(wall text, timezone text, at timestamptz)
    returns timestamptz
language plpgsql stable as $$
declare
    zone text := coalesce(core.zone_name(timezone), 'UTC');
    today date := (at at time zone zone)::date;
    moment timestamptz;
begin
    if wall !~ '^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$' then
        return at;
    end if;
    for days in -1 .. 2 loop
        moment := core.zone_moment(today + days + wall::time, zone);
        if moment > at - interval '1 minute' then
            return greatest(moment, at);
        end if;
    end loop;
    return at;
end
$$;

-- When the step is due if the one before was done `at`.
create or replace function core.escalation_due(step jsonb, at timestamptz) returns timestamptz
language plpgsql stable as $$
begin
    if not core.is_blank(step -> 'wait_until_time') then
        return core.escalation_wall(step ->> 'wait_until_time', step ->> 'wait_until_timezone', at);
    end if;
    return at + interval '1 second' * greatest(0, least(core.escalation_wait_max(),
                    coalesce(core.json_integer(step -> 'wait_before'), 0)));
end
$$;

-- The same of another round: the minute in which the one before may have begun does not come twice.
create or replace function core.escalation_due_again(step jsonb, at timestamptz)
    returns timestamptz
language plpgsql stable as $$
begin
    return core.escalation_due(step, case when core.is_blank(step -> 'wait_until_time') then at
                                          else at + interval '1 minute' end);
end
$$;

-- Is it one of these days, at one of these times?
create or replace function core.escalation_is_time(step jsonb, at timestamptz) returns boolean
language plpgsql stable as $$
declare
    zone text := coalesce(core.zone_name(step ->> 'timezone'), 'UTC');
    pattern text := '^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$';
    days text[] := case when jsonb_typeof(step -> 'days') = 'array' and step -> 'days' <> '[]'
                        then array(select jsonb_array_elements_text(step -> 'days'))
                        else core.week_days() end;
    time_from time := case when step ->> 'time_from' ~ pattern then step ->> 'time_from'
                           else '00:00' end;
    time_to time := case when step ->> 'time_to' ~ pattern then step ->> 'time_to'
                         else '00:00' end;
begin
    return core.quiet_end(time_from, time_to, zone, days, at) is not null;
end
$$;

-- One value of metadata is another.
create or replace function core.metadata_same(a jsonb, b jsonb) returns boolean
language sql immutable parallel safe as $$
    select coalesce(lower(a ->> 'type'), 'string') = coalesce(lower(b ->> 'type'), 'string')
       and case when not core.is_blank(a -> 'item_id') and not core.is_blank(b -> 'item_id')
                    then a ->> 'item_id' = b ->> 'item_id'
                when coalesce(lower(a ->> 'type'), 'string') = 'string'
                    then coalesce(a ->> 'value', '') = coalesce(b ->> 'value', '')
                else coalesce(lower(a ->> 'email'), a ->> 'name', a ->> 'value')
                   = coalesce(lower(b ->> 'email'), b ->> 'name', b ->> 'value') end
$$;

-- Does the key hold one of the values?
create or replace function core.escalation_is_value(step jsonb, held jsonb) returns boolean
language sql stable parallel safe as $$
    select coalesce(bool_or(case
               when lower(v ->> 'type') in ('no_value', 'novalue') or v ->> 'value' = 'no_value'
                   then coalesce(held, '[]') = '[]'
               else exists (select from jsonb_array_elements(coalesce(held, '[]')) h
                             where core.metadata_same(h, v)) end), false)
      from jsonb_array_elements(case when jsonb_typeof(step -> 'metadata_values') = 'array'
                                     then step -> 'metadata_values' else '[]' end) v
$$;

-- 'Ann, Bob and 3 more'
create or replace function core.names_in_words(names text[]) returns text
language plpgsql immutable parallel safe as $$
begin
    return case when cardinality(names) > 6
                then array_to_string(names[:5], ', ') || ' and '
                     || cardinality(names) - 5 || ' more'
                when cardinality(names) > 1
                then array_to_string(names[:cardinality(names) - 1], ', ') || ' and '
                     || names[cardinality(names)]
                else names[1] end;
end
$$;
