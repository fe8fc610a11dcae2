-- Steps of a policy: which members mean something to which type, what is wrong with them, and how
-- they are kept.  Fields are named by their place, like steps[0].step_members[1].id.

create or replace function core.policy_steps_max() returns integer
language sql immutable parallel safe as $$ select 50 $$;

create or replace function core.policy_step_members_max() returns integer
language sql immutable parallel safe as $$ select 50 $$;

create or replace function core.policy_step_attributes_max() returns integer
language sql immutable parallel safe as $$ select 40 $$;

-- A week.
create or replace function core.policy_wait_max() returns integer
language sql immutable parallel safe as $$ select 7 * 86400 $$;

create or replace function core.policy_step_types() returns text[]
language sql immutable parallel safe as $$
    select '{escalation,time_branching,metadata_branching,instructions}'::text[]
$$;

-- What each type has besides its wait.
create or replace function core.policy_step_takes(type text) returns text[]
language sql immutable parallel safe as $$
    select '{type,wait_before,wait_until_time,wait_until_timezone}'::text[] || case type
        when 'escalation' then '{urgency_id,step_members}'::text[]
        when 'time_branching'
            then '{days,time_from,time_to,timezone,policy_id,policy_metadata_key,action_type}'
        when 'metadata_branching'
            then '{metadata_key,metadata_values,policy_id,policy_metadata_key,action_type}'
        when 'instructions' then '{instructions_comment,instructions_reminder_enabled,
                                   instructions_reminder_interval_hours}'
    end
$$;

create or replace function core.policy_member_types() returns text[]
language sql immutable parallel safe as $$
    select '{current_on_call,entire_team,user,policy,channel,all_channels,incident_metadata,
             webhook,slack_integration,microsoft_teams_integration,pagerduty_integration,
             all_webhook_integrations,all_slack_integrations,all_microsoft_teams_integrations,
             all_splunk_on_call_integrations}'::text[]
$$;

create or replace function core.policy_member_takes(type text) returns text[]
language sql immutable parallel safe as $$
    select '{type}'::text[] || case
        when type = 'entire_team' then '{id,team_id}'::text[]
        when type = 'user' then '{id,email}'
        when type = 'incident_metadata' then '{metadata_key}'
        when type in ('current_on_call', 'policy', 'channel', 'webhook', 'slack_integration',
                      'microsoft_teams_integration', 'pagerduty_integration') then '{id}'
        else '{}' end
$$;

-- Terraform sends every attribute that it knows: those without a meaning are blank.
create or replace function core.is_nothing(value jsonb) returns boolean
language sql immutable parallel safe as $$
    select core.is_blank(value) or value in ('[]', 'false')
$$;

-- Names what the type does not have.
create or replace function core.policy_errors_foreign(given jsonb, place text, takes text[],
    others text[], what text) returns jsonb
language sql stable as $$
    select coalesce(jsonb_object_agg(place || '.' || left(g.key, 64), jsonb_build_array(
               case when g.key = any (others) then 'has no meaning for ' || what
                    else 'is not a known attribute' end)), '{}')
      from jsonb_each(given) g
     where g.key <> all (takes)
       and not (g.key = any (others) and core.is_nothing(g.value))
$$;

-- The attributes of all types of steps.
create or replace function core.policy_step_all() returns text[]
language sql immutable parallel safe as $$
    select array_agg(distinct a) from unnest(core.policy_step_types()) t,
           unnest(core.policy_step_takes(t)) a
$$;

-- Looked at before anything else: so much is worked through at most.
create or replace function core.policy_errors_object(given jsonb, place text) returns jsonb
language plpgsql stable as $$
begin
    if jsonb_typeof(given) <> 'object' then
        return jsonb_build_object(place, jsonb_build_array('must be an object'));
    elsif (select count(*) from jsonb_object_keys(given)) > core.policy_step_attributes_max() then
        return jsonb_build_object(place, jsonb_build_array('must have at most '
            || core.policy_step_attributes_max() || ' attributes'));
    end if;
    return '{}';
end
$$;

create or replace function core.policy_errors_wait(s jsonb, place text) returns jsonb
language plpgsql stable as $$
declare
    errors jsonb := '{}';
    timed boolean := not core.is_blank(s -> 'wait_until_time');
begin
    if not core.is_blank(s -> 'wait_before') then
        errors := core.complain(errors, place || '.wait_before', coalesce(
            core.check_integer(s -> 'wait_before', 0, core.policy_wait_max()),
            case when timed and s -> 'wait_before' <> '0'
                 then 'cannot be combined with wait_until_time' end));
    end if;
    if timed then
        errors := core.complain(errors, place || '.wait_until_time',
                                core.check_minute_of_day(s -> 'wait_until_time'));
    end if;
    return core.complain(errors, place || '.wait_until_timezone', case
        when core.is_blank(s -> 'wait_until_timezone') then null
        when not timed then 'has no meaning without wait_until_time'
        else core.check_zone(s -> 'wait_until_timezone') end);
end
$$;

create or replace function core.check_minute_of_day(value jsonb) returns text
language sql immutable parallel safe as $$
    select case when coalesce(jsonb_typeof(value), '') <> 'string'
                     or value #>> '{}' !~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'
           then 'must be a time of the day, like 22:30' end
$$;

create or replace function core.check_metadata_key(value jsonb) returns text
language sql stable parallel safe as $$
    select core.check_required_text(value, 255)
$$;

-- Where a branch goes on.
create or replace function core.policy_errors_target(s jsonb, place text) returns jsonb
language plpgsql stable as $$
declare
    errors jsonb := '{}';
begin
    if core.is_blank(s -> 'policy_id') and core.is_blank(s -> 'policy_metadata_key') then
        errors := core.complain(errors, place || '.policy_id',
                                'is required, or policy_metadata_key');
    elsif not core.is_blank(s -> 'policy_id') and not core.is_blank(s -> 'policy_metadata_key') then
        errors := core.complain(errors, place || '.policy_metadata_key',
                                'cannot be combined with policy_id');
    end if;
    errors := core.complain(errors, place || '.policy_id',
                            core.check_optional_id(s -> 'policy_id'));
    errors := core.complain(errors, place || '.policy_metadata_key',
                            core.check_text(s -> 'policy_metadata_key', 255));
    return core.complain(errors, place || '.action_type', case
        when not core.is_blank(s -> 'action_type') and s -> 'action_type' <> '"escalate_to_policy"'
            then 'must be escalate_to_policy: nothing else is supported' end);
end
$$;

create or replace function core.policy_errors_time_branching(s jsonb, place text) returns jsonb
language plpgsql stable as $$
declare
    errors jsonb := core.policy_errors_target(s, place);
    starts boolean := not core.is_blank(s -> 'time_from');
    ends boolean := not core.is_blank(s -> 'time_to');
begin
    if not coalesce(s -> 'days', 'null') in ('null', '[]') then
        errors := core.complain(errors, place || '.days', core.check_week_days(s -> 'days'));
    elsif not starts and not ends then
        errors := core.complain(errors, place || '.days', 'is required, or time_from and time_to');
    end if;
    errors := core.complain(errors, place || '.time_from', case
        when starts then core.check_minute_of_day(s -> 'time_from')
        when ends then 'is required together with time_to' end);
    errors := core.complain(errors, place || '.time_to', case
        when starts and not ends then 'is required together with time_from'
        when ends then coalesce(core.check_minute_of_day(s -> 'time_to'),
            case when s -> 'time_to' = s -> 'time_from' then 'must differ from time_from' end) end);
    return core.complain(errors, place || '.timezone', case
        when not core.is_blank(s -> 'timezone') then core.check_zone(s -> 'timezone') end);
end
$$;

create or replace function core.policy_errors_metadata(s jsonb, place text) returns jsonb
language plpgsql stable as $$
declare
    errors jsonb := '{}';
    given jsonb := s -> 'metadata_values';
begin
    errors := core.complain(errors, place || '.metadata_key',
                            core.check_metadata_key(s -> 'metadata_key'));
    return core.complain(errors, place || '.metadata_values', case
        when core.is_blank(given) or given = '[]' then 'must hold at least one value'
        when jsonb_typeof(given) <> 'array' then 'must be a list of values'
        when jsonb_array_length(given) > core.metadata_values_max()
            then 'must hold at most ' || core.metadata_values_max() || ' values' end);
end
$$;

create or replace function core.policy_errors_instructions(s jsonb, place text) returns jsonb
language plpgsql stable as $$
declare
    errors jsonb := '{}';
begin
    errors := core.complain(errors, place || '.instructions_comment', case
        when core.is_blank(s -> 'instructions_comment') then 'is required'
        else core.check_text(s -> 'instructions_comment', 10000, one_line => false) end);
    if not core.is_blank(s -> 'instructions_reminder_enabled') then
        errors := core.complain(errors, place || '.instructions_reminder_enabled',
                                core.check_boolean(s -> 'instructions_reminder_enabled'));
    end if;
    if not core.is_blank(s -> 'instructions_reminder_interval_hours') then
        errors := core.complain(errors, place || '.instructions_reminder_interval_hours',
            core.check_integer(s -> 'instructions_reminder_interval_hours', 1, 168));
    end if;
    return errors;
end
$$;

create or replace function core.policy_errors_member(m jsonb, place text) returns jsonb
language plpgsql stable as $$
declare
    type text := case when jsonb_typeof(m -> 'type') = 'string' then m ->> 'type' end;
    takes text[] := core.policy_member_takes(type);
    errors jsonb := core.policy_errors_object(m, place);
begin
    if errors <> '{}' then
        return errors;
    elsif type in ('all_zapier_integrations', 'zapier_webhook') then
        return jsonb_build_object(place || '.type',
                                  jsonb_build_array('is not supported: use a webhook'));
    elsif coalesce(type <> all (core.policy_member_types()), true) then
        return jsonb_build_object(place || '.type', jsonb_build_array(
            'must be one of ' || array_to_string(core.policy_member_types(), ', ')));
    end if;
    errors := core.policy_errors_foreign(m, place, takes, '{type,id,email,metadata_key,team_id}',
                                         'a member of the type ' || type);
    errors := core.complain(errors, place || '.id', case
        when not 'id' = any (takes) then null
        when not core.is_blank(m -> 'id') then core.check_id(m -> 'id')
        when type = 'user' and core.is_blank(m -> 'email') then 'is required, or email'
        when type not in ('user', 'current_on_call', 'entire_team') then 'is required' end);
    if type = 'entire_team' then
        errors := core.complain(errors, place || '.team_id',
                                core.check_optional_id(m -> 'team_id'));
    elsif type = 'incident_metadata' then
        errors := core.complain(errors, place || '.metadata_key',
                                core.check_metadata_key(m -> 'metadata_key'));
    elsif type = 'user' and not core.is_blank(m -> 'email') then
        errors := core.complain(errors, place || '.email', core.check_email(m -> 'email'));
    end if;
    return errors;
end
$$;

create or replace function core.policy_errors_members(s jsonb, place text) returns jsonb
language plpgsql stable as $$
declare
    members jsonb := s -> 'step_members';
    errors jsonb := '{}';
    number integer;
begin
    errors := core.complain(errors, place || '.urgency_id',
                            core.check_optional_id(s -> 'urgency_id'));
    place := place || '.step_members';
    if core.is_blank(members) or members = '[]' then
        return core.complain(errors, place, 'must name at least one whom this step tells');
    elsif jsonb_typeof(members) <> 'array' then
        return core.complain(errors, place, 'must be a list of objects');
    elsif jsonb_array_length(members) > core.policy_step_members_max() then
        return core.complain(errors, place,
            'must have at most ' || core.policy_step_members_max() || ' entries');
    end if;
    for number in 0 .. jsonb_array_length(members) - 1 loop
        errors := errors || core.policy_errors_member(members -> number,
                                                      place || '[' || number || ']');
    end loop;
    return errors;
end
$$;

create or replace function core.policy_errors_step(s jsonb, place text) returns jsonb
language plpgsql stable as $$
declare
    type text := case when jsonb_typeof(s -> 'type') = 'string' then s ->> 'type' end;
    errors jsonb := core.policy_errors_object(s, place);
begin
    if errors <> '{}' then
        return errors;
    elsif coalesce(type <> all (core.policy_step_types()), true) then
        return jsonb_build_object(place || '.type', jsonb_build_array(
            'must be one of ' || array_to_string(core.policy_step_types(), ', ')));
    end if;
    errors := core.policy_errors_foreign(s, place, core.policy_step_takes(type),
                                         core.policy_step_all(), 'a step of the type ' || type)
              || core.policy_errors_wait(s, place);
    return errors || case type
        when 'escalation' then core.policy_errors_members(s, place)
        when 'time_branching' then core.policy_errors_time_branching(s, place)
        when 'metadata_branching' then core.policy_errors_target(s, place)
            || core.policy_errors_metadata(s, place)
        else core.policy_errors_instructions(s, place) end;
end
$$;

-- The shape of all steps; whether what they refer to is there, core.policy_errors_references tells.
create or replace function core.policy_errors_steps(steps jsonb) returns jsonb
language plpgsql stable as $$
declare
    errors jsonb := '{}';
    number integer;
begin
    if jsonb_typeof(steps) <> 'array' then
        return '{"steps":["must be a list of objects"]}';
    elsif jsonb_array_length(steps) > core.policy_steps_max() then
        return jsonb_build_object('steps', jsonb_build_array(
            'must have at most ' || core.policy_steps_max() || ' entries'));
    end if;
    for number in 0 .. jsonb_array_length(steps) - 1 loop
        errors := errors || core.policy_errors_step(steps -> number, 'steps[' || number || ']');
    end loop;
    return errors;
end
$$;
