-- Another monitor joins an incident of which people were told: it may be the business of others,
-- too.
-- What an incident costs does not grow with monitors of the same policy or ways: they are known by
-- their signature.

create or replace function core.escalation_joined_max() returns integer
language sql immutable parallel safe as $$ select 50 $$;

-- Joining monitors are told together.
create or replace function core.escalation_update_gathers() returns interval
language sql immutable parallel safe as $$ select interval '30 seconds' $$;

-- Whom a policy tells first: its steps up to the first that reaches somebody, whatever they wait
-- for, and those that come at once after it.
create or replace function core.escalation_join_tell(i betterstack.incident,
    e betterstack.escalation, team integer, at timestamptz) returns text[]
language plpgsql volatile as $$
declare
    step jsonb;
    reach core.escalation_reach;
    names text[] := '{}';
    policy integer;
    p betterstack.policy;
begin
    for n in 1 .. core.escalation_steps_at_once_max() loop
        step := e.steps -> e.position;
        exit when step is null or names <> '{}' and core.escalation_due(step, at) > at;
        e.position := e.position + 1;
        policy := null;
        if step ->> 'type' = 'escalation' then
            reach := core.reach_step(team, step, core.escalation_step_metadata(i, step), at);
            names := names || (core.escalation_tell(i, e, team, reach,
                coalesce(core.urgency_ways(team, step -> 'urgency_id'), e.ways), true, at)).names;
            policy := reach.policy;
        elsif step ->> 'type' like '%\_branching' and core.escalation_branches(i, step, at) then
            policy := core.escalation_branch_policy(i, team, step);
        end if;
        select o.* into p from betterstack.policy o where o.id = policy and o.team_id = team;
        if p.id is not null then
            e := core.escalation_load(e, p, at);
        end if;
    end loop;
    return names;
end
$$;

create or replace function core.escalation_join(i betterstack.incident, monitor_id integer,
    at timestamptz) returns void
language plpgsql volatile as $$
declare
    team integer := core.alert_team(i);
    s record := core.escalation_source(i, monitor_id);
    signature text := core.escalation_signature(s.policy, s.ways, s.team_wait);
    e betterstack.escalation;
    its betterstack.escalation;
    names text[];
begin
    select o.* into e from betterstack.escalation o where o.incident_id = i.id;
    if e.incident_id is null then
        return;
    end if;
    if e.update_at is null then
        update betterstack.escalation o set update_at = at + core.escalation_update_gathers()
         where o.incident_id = i.id;
    end if;
    if signature = any (e.joined) or cardinality(e.joined) >= core.escalation_joined_max() then
        return;
    end if;
    update betterstack.escalation o set joined = o.joined || signature where o.incident_id = i.id;
    its := core.escalation_new(i, team, monitor_id, e.number, at);
    if core.escalation_is_silent(its) then
        return;
    end if;
    its.instructions := e.instructions;
    if core.escalation_is_silent(e) then
        perform core.alert_everywhere(i, team, its, '{}', at);
    end if;
    names := core.escalation_join_tell(i, its, team, at);
    if names <> '{}' then
        perform core.incident_enter(i.id, monitor_id, at, 'escalated', jsonb_strip_nulls(
            jsonb_build_object('policy', its.policy_name,
                'receivers', core.names_in_words(names),
                'text', 'Because of ' || core.incident_subject(i, monitor_id))));
    end if;
end
$$;

-- What keeps an alert open elsewhere hears of those that have joined: the same alert, with more
-- in it.
create or replace function core.escalation_update(i betterstack.incident, at timestamptz)
    returns void
language plpgsql volatile as $$
declare
    r record;
    message jsonb;
begin
    for r in
        select d.receiver, max(d.number) filter (where d.event = 'started') as number,
               bool_or(d.critical) as critical
          from betterstack.delivery d
         where d.incident_id = i.id and core.channel_opens_and_closes(d.kind)
           and d.event in ('started', 'escalated', 'reopened')
         group by d.receiver order by min(d.id)
    loop
        continue when (core.channel_of(r.receiver)).kind is null;
        message := coalesce(message, core.alert_message(i, 'started', '{}', at));
        perform core.delivery_write(core.channel_of(r.receiver), core.alert_team(i), i.id,
            'started', coalesce(r.number, 0) + 1, (coalesce(r.number, 0) + 1)::text, message,
            r.critical, at);
    end loop;
end
$$;
