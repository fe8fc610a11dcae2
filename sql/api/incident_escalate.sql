-- A person wants others to be told, now: a person, the team, who is on call, or what a policy says
-- from its first step on.

create or replace function core.escalate_types() returns text[]
language sql immutable parallel safe as $$
    select '{User,Team,Schedule,Policy,Organization}'::text[]
$$;

-- The members that say whom, of each type.
create or replace function core.escalate_members(type text) returns text[]
language sql immutable parallel safe as $$
    select case type when 'User' then '{user_id,user_email}' when 'Team' then '{team_id,team_name}'
                     when 'Schedule' then '{schedule_id}' when 'Policy' then '{policy_id}'
                     else '{}' end::text[]
$$;

-- What is wrong with the form of it.
create or replace function core.escalate_errors(given jsonb) returns jsonb
language plpgsql stable as $$
declare
    type text := given ->> 'escalation_type';
    errors jsonb := core.check_members(given, '{escalation_type}' || core.channel_ways()
        || core.escalate_members(type), '{}', '{}');
    way text;
begin
    errors := core.complain(errors, 'escalation_type',
        core.check_choice(given -> 'escalation_type', core.escalate_types()));
    foreach way in array core.channel_ways() loop
        if given ? way and given -> way <> 'null' then
            errors := core.complain(errors, way, core.check_boolean(given -> way));
        end if;
    end loop;
    if type = 'User' and core.is_blank(given -> 'user_id')
       and core.is_blank(given -> 'user_email') then
        errors := core.complain(errors, 'user_id', 'is required, or user_email');
    elsif type = 'Schedule' and core.is_blank(given -> 'schedule_id') then
        errors := core.complain(errors, 'schedule_id', 'is required');
    elsif type = 'Policy' and core.is_blank(given -> 'policy_id') then
        errors := core.complain(errors, 'policy_id', 'is required');
    end if;
    return errors;
end
$$;

-- Whom it means; problems say what is wrong.
create or replace function core.escalate_reach(team integer, given jsonb, at timestamptz)
    returns core.escalation_reach
language plpgsql stable as $$
declare
    name text;
    policy integer;
begin
    case given ->> 'escalation_type'
    when 'User' then
        return core.reach_people(core.team_person(team, given -> 'user_id',
            given ->> 'user_email'), 'is not a member of your team');
    when 'Schedule' then
        return core.reach_people(core.team_on_call(team, given -> 'schedule_id', at),
            'is not a calendar of your team in which somebody is on call now');
    when 'Policy' then
        policy := core.team_policy(team, given -> 'policy_id');
        return case when policy is null then core.reach_nobody('is not a policy of your team')
                    else core.reach_policy(policy) end;
    else
        select t.name into name from betterstack.team t where t.id = team;
        if not core.is_blank(given -> 'team_id') and core.json_integer(given -> 'team_id')
               is distinct from team
           or not core.is_blank(given -> 'team_name') and given ->> 'team_name' <> name then
            return core.reach_nobody('is not your team');
        end if;
        return core.reach_people(core.team_people(team), 'reaches nobody: the team is empty');
    end case;
end
$$;

-- The escalation as it is, or one at its end where nobody was ever told.
create or replace function core.escalation_of(i betterstack.incident, at timestamptz)
    returns betterstack.escalation
language plpgsql stable as $$
declare
    e betterstack.escalation;
begin
    select o.* into e from betterstack.escalation o where o.incident_id = i.id;
    if e.incident_id is null then
        e := core.escalation_new(i, core.alert_team(i), core.escalation_monitor(i), 0, at);
        e.next_at := null;
    end if;
    return e;
end
$$;

-- Others are asked, so nobody has it any more: whoever comes can acknowledge it, and a policy that
-- runs stops then.
create or replace function core.escalate_take_back(i betterstack.incident, who text,
    at timestamptz) returns void
language plpgsql volatile as $$
begin
    if i.acknowledged_at is not null then
        update betterstack.incident t set acknowledged_at = null, acknowledged_by = null
         where t.id = i.id;
        perform core.incident_enter(i.id, null, at, 'unacknowledged',
            jsonb_strip_nulls(jsonb_build_object('by', i.acknowledged_by)), who);
    end if;
end
$$;

-- Does it; returns what was wrong: nobody could be told.
create or replace function core.escalate(i betterstack.incident, team integer,
    reach core.escalation_reach, given jsonb, who text, at timestamptz) returns text
language plpgsql volatile as $$
declare
    e betterstack.escalation := core.escalation_of(i, at);
    ways jsonb := e.ways || (select coalesce(jsonb_object_agg(w, given -> w), '{}')
                               from unnest(core.channel_ways()) w
                              where jsonb_typeof(given -> w) = 'boolean');
    was betterstack.incident := i;
    told record;
begin
    i.acknowledged_at := null;
    i.acknowledged_by := null;
    e.number := e.number + 1;
    if reach.policy is not null then
        e.hops := 0;
        e.began_at := at;
        e.stopped_at := null;
        e.ways := ways;
        e := core.escalation_hand_over(e, team, reach.policy, false, at, who);
        if e.steps <> '[]' then
            perform core.escalate_take_back(was, who, at);
        end if;
        perform core.escalation_run(i, e, team, at);
        return null;
    end if;
    told := core.escalation_tell(i, e, team, reach, ways, false, at);
    if told.names = '{}' then
        return 'reaches nobody: ' || coalesce(core.names_in_words(told.problems),
                                              'no way is switched on');
    end if;
    perform core.escalation_save(e);
    perform core.escalate_take_back(was, who, at);
    perform core.incident_enter(i.id, null, at, 'escalated', jsonb_strip_nulls(jsonb_build_object(
        'receivers', core.names_in_words(told.names),
        'text', 'Left out: ' || core.names_in_words(told.problems))), who);
    return null;
end
$$;

create or replace function core.escalate_conflict(i betterstack.incident) returns text
language sql immutable parallel safe as $$
    select case when i.resolved_at is not null then 'This incident has already been resolved'
                when i.confirmed_at is null then 'This incident is not confirmed yet: nobody is '
                                                 'told of it '
                                                 'before it is' end
$$;

create or replace function api.incident_escalate(credential bytea, id bigint, body jsonb)
    returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller_active(credential);
    given jsonb := core.body_object(body);
    errors jsonb := core.escalate_errors(given);
    i betterstack.incident;
    at timestamptz;
    reach core.escalation_reach;
    problem text;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    perform core.incident_lock();
    at := clock_timestamp();
    i := core.incident_seen(caller.team_id, incident_escalate.id);
    if i.id is null then
        return core.reply_not_found();
    elsif core.incident_forbidden(caller, i) then
        return core.reply_not_administrator();
    elsif errors <> '{}' then
        return core.reply_invalid(errors);
    elsif core.escalate_conflict(i) is not null then
        return core.reply_conflict(core.escalate_conflict(i));
    end if;
    reach := core.escalate_reach(core.alert_team(i), given, at);
    problem := coalesce(reach.problems[1], core.escalate(i, core.alert_team(i), reach, given,
                                                 core.caller_name(caller.user_id), at));
    if problem is not null then
        return core.reply_invalid(core.complain('{}', coalesce(
            (select f from unnest(core.escalate_members(given ->> 'escalation_type')) f
              where not core.is_blank(given -> f) limit 1), 'escalation_type'), problem));
    end if;
    return core.reply(200, core.incident_body(i.id), caller.team_id,
                      core.event_with_deliveries(core.event('incident', 'escalated', i.id::text),
                                                 caller.team_id));
end
$$;
