-- An incident's policy, as it runs: begun with its first alert, stopped by who acknowledges or
-- resolves it, begun anew when it is reopened, driven by core.escalation_sweep.
--
-- betterstack.escalation keeps the steps as they were when it began: who changes or deletes a
-- policy changes what later incidents do, and what a running one goes on with after a hand-over.
-- It is read and written under core.incident_lock() only, so a step is done once, however many
-- sweep.  What comes late is done when it comes, once, and what is next waits from then on.

create or replace function core.escalation_hops_max() returns integer
language sql immutable parallel safe as $$ select 10 $$;

-- Of one incident at one moment; the rest is for the next sweep.
create or replace function core.escalation_steps_at_once_max() returns integer
language sql immutable parallel safe as $$ select 50 $$;

create or replace function core.escalation_ways(call boolean, sms boolean, email boolean,
    push boolean, critical_alert boolean) returns jsonb
language plpgsql immutable parallel safe as $$
begin
    return jsonb_build_object('call', coalesce(call, false), 'sms', coalesce(sms, false),
        'email', coalesce(email, true), 'push', coalesce(push, true),
        'critical_alert', coalesce(critical_alert, false));
end
$$;

create or replace function core.incident_is_expiry(kind text) returns boolean
language sql immutable parallel safe as $$
    select kind in ('certificate_expiry', 'domain_expiry')
$$;

-- What the incident says itself, then the monitor, heartbeat or SLO that it is about.
create or replace function core.escalation_source(i betterstack.incident, monitor_id integer,
    out policy integer, out ways jsonb, out team_wait integer)
language plpgsql stable as $$
declare
    o record;
begin
    if i.slo_id is not null then
        select s.policy_id, null::boolean as call, null::boolean as sms, null::boolean as email,
               null::boolean as push, null::boolean as critical_alert, null::integer as team_wait
          into o from betterstack.slo s where s.id = i.slo_id;
    elsif monitor_id is not null then
        select case when core.incident_is_expiry(i.kind) then m.expiration_policy_id
                    else m.policy_id end as policy_id,
               m.call, m.sms, m.email, m.push, m.critical_alert, m.team_wait into o
          from betterstack.monitor m where m.id = escalation_source.monitor_id;
    else
        select h.policy_id, h.call, h.sms, h.email, h.push, h.critical_alert, h.team_wait into o
          from betterstack.heartbeat h where h.id = i.heartbeat_id;
    end if;
    policy := coalesce(i.policy_id, o.policy_id);
    ways := core.escalation_ways(coalesce(i.call, o.call), coalesce(i.sms, o.sms),
        coalesce(i.email, o.email), coalesce(i.push, o.push),
        coalesce(i.critical_alert, o.critical_alert));
    team_wait := coalesce(i.team_wait, o.team_wait);
end
$$;

-- What is the same for monitors whose incidents tell the same people.
create or replace function core.escalation_signature(policy integer, ways jsonb, team_wait integer)
    returns text
language plpgsql immutable parallel safe as $$
begin
    return case when policy is not null then 'policy ' || policy
                else concat_ws(' ', array_to_string(core.ways_wanted(ways), ','), team_wait) end;
end
$$;

-- The steps of who has no policy: who is on call, and after a while everybody.  Ends of
-- certificates and domains are mailed to the team.
create or replace function core.escalation_implicit(kind text, team_wait integer) returns jsonb
language plpgsql immutable parallel safe as $$
begin
    return case when core.incident_is_expiry(kind)
        then '[{"type": "escalation", "step_members": [{"type": "entire_team"}]}]'::jsonb
        else '[{"type": "escalation", "step_members": [{"type": "on_call_or_team"}]}]'::jsonb
             || case when team_wait is null then '[]' else jsonb_build_array(jsonb_build_object(
                    'type', 'escalation', 'wait_before', team_wait,
                    'step_members', '[{"type": "entire_team"}]'::jsonb)) end end;
end
$$;

create or replace function core.escalation_load(e betterstack.escalation, p betterstack.policy,
    at timestamptz) returns betterstack.escalation
language plpgsql stable as $$
begin
    e.policy_id := p.id;
    e.policy_name := p.name;
    e.repeat_count := p.repeat_count;
    e.repeat_delay := p.repeat_delay;
    e.fallback_policy_id := p.fallback_policy_id;
    e.steps := case when jsonb_typeof(p.steps) = 'array' then p.steps else '[]' end;
    e.position := 0;
    e.repeats_done := 0;
    e.next_at := case when e.steps <> '[]' then core.escalation_due(e.steps -> 0, at) end;
    return e;
end
$$;

-- A beginning, not written yet.  number goes on where another beginning left it.
create or replace function core.escalation_new(i betterstack.incident, team integer,
    monitor_id integer, number integer, at timestamptz) returns betterstack.escalation
language plpgsql stable as $$
declare
    e betterstack.escalation;
    s record := core.escalation_source(i, monitor_id);
    p betterstack.policy;
begin
    e.incident_id := i.id;
    e.ways := s.ways;
    e.hops := 0;
    e.number := coalesce(escalation_new.number, 0);
    e.began_at := at;
    e.joined := array[core.escalation_signature(s.policy, s.ways, s.team_wait)];
    if s.policy is not null then
        select o.* into p from betterstack.policy o where o.id = s.policy and o.team_id = team;
    end if;
    if p.id is null then
        p.repeat_count := 0;
        p.repeat_delay := 0;
        p.steps := core.escalation_implicit(i.kind, s.team_wait);
        if core.incident_is_expiry(i.kind) then
            e.ways := core.escalation_ways(false, false, true, false, false);
        end if;
    end if;
    return core.escalation_load(e, p, at);
end
$$;

-- Nobody is told: not even the channels that hear of all incidents.
create or replace function core.escalation_is_silent(e betterstack.escalation) returns boolean
language plpgsql immutable parallel safe as $$
begin
    return e.steps = '[]' and e.hops = 0;
end
$$;

create or replace function core.escalation_save(e betterstack.escalation) returns void
language plpgsql volatile as $$
begin
    insert into betterstack.escalation select e.*
    on conflict on constraint escalation_pkey do update
       set (policy_id, policy_name, repeat_count, repeat_delay, fallback_policy_id, steps, ways,
            position, repeats_done, hops, number, next_at, instructions, remind_every, remind_at,
            joined, update_at, began_at, stopped_at)
         = (excluded.policy_id, excluded.policy_name, excluded.repeat_count,
            excluded.repeat_delay, excluded.fallback_policy_id, excluded.steps, excluded.ways,
            excluded.position, excluded.repeats_done, excluded.hops, excluded.number,
            excluded.next_at, excluded.instructions, excluded.remind_every, excluded.remind_at,
            excluded.joined, excluded.update_at, excluded.began_at, excluded.stopped_at);
end
$$;

-- A line of the timeline about the policy.
create or replace function core.escalation_note(e betterstack.escalation, what text, content text,
    at timestamptz, who text default null) returns void
language plpgsql volatile as $$
begin
    perform core.incident_enter(e.incident_id, null, at, what, jsonb_strip_nulls(
        jsonb_build_object('policy', e.policy_name, 'text', left(content, 1000))), who);
end
$$;

-- Goes on in another policy; a null row if that is gone.  once: through its steps, and no more.
create or replace function core.escalation_hand_over(e betterstack.escalation, team integer,
    policy_id integer, once boolean, at timestamptz, who text default null)
    returns betterstack.escalation
language plpgsql volatile as $$
declare
    p betterstack.policy;
begin
    select o.* into p from betterstack.policy o
     where o.id = escalation_hand_over.policy_id and o.team_id = team;
    if p.id is null then
        return null;
    elsif e.hops >= core.escalation_hops_max() then
        perform core.escalation_note(e, 'escalation_ended', 'It was handed over '
            || core.escalation_hops_max() || ' times, from policy to policy: that is enough', at);
        e.next_at := null;
        return e;
    end if;
    e := core.escalation_load(e, p, at);
    e.hops := e.hops + 1;
    if once then
        e.repeat_count := 0;
    end if;
    perform core.escalation_note(e, case when e.steps = '[]' then 'escalation_silent'
                                         else 'escalation_policy' end, null, at, who);
    return e;
end
$$;

-- After the last step: once more, or the policy to fall back to, or nothing.
create or replace function core.escalation_turn(e betterstack.escalation, team integer,
    at timestamptz) returns betterstack.escalation
language plpgsql volatile as $$
declare
    other betterstack.escalation;
begin
    if e.repeats_done < e.repeat_count then
        e.next_at := at + interval '1 second' * greatest(0, e.repeat_delay);
        return e;
    end if;
    if e.fallback_policy_id is not null then
        other := core.escalation_hand_over(e, team, e.fallback_policy_id, true, at);
        if other.incident_id is not null then
            return other;
        end if;
        perform core.escalation_note(e, 'escalation_skipped',
                                     'the policy to fall back to, which is gone',
                                     at);
    end if;
    e.next_at := null;
    if e.policy_name is not null then
        perform core.escalation_note(e, 'escalation_ended', null, at);
    end if;
    return e;
end
$$;

-- To the next step.  at_once: nobody was reached, so nobody waits; but what is meant for a time of
-- the day is not for another.
create or replace function core.escalation_advance(e betterstack.escalation, team integer,
    at_once boolean, at timestamptz) returns betterstack.escalation
language plpgsql volatile as $$
declare
    next jsonb;
begin
    e.position := e.position + 1;
    if e.position >= jsonb_array_length(e.steps) then
        return core.escalation_turn(e, team, at);
    end if;
    next := e.steps -> e.position;
    e.next_at := case when at_once and core.is_blank(next -> 'wait_until_time') then at
                      else core.escalation_due(next, at) end;
    return e;
end
$$;

-- What is due now: one step, or the beginning of another round.
create or replace function core.escalation_step(i betterstack.incident,
    e betterstack.escalation, team integer, at timestamptz) returns betterstack.escalation
language plpgsql volatile as $$
declare
    step jsonb := e.steps -> e.position;
begin
    if step is null then
        e.position := 0;
        e.repeats_done := e.repeats_done + 1;
        e.next_at := core.escalation_due_again(e.steps -> 0, at);
        return e;
    end if;
    e.number := e.number + 1;
    case step ->> 'type'
    when 'escalation' then
        return core.escalation_step_tell(i, e, team, step, at);
    when 'instructions' then
        return core.escalation_step_instruct(i, e, team, step, at);
    when 'time_branching', 'metadata_branching' then
        return core.escalation_step_branch(i, e, team, step, at);
    else
        return core.escalation_advance(e, team, true, at);
    end case;
end
$$;

-- Does everything that is due, and writes how far it has come.  What cannot be done does not keep
-- the incident from being told elsewhere: it is tried again soon.
create or replace function core.escalation_run(i betterstack.incident, e betterstack.escalation,
    team integer, at timestamptz) returns void
language plpgsql volatile as $$
declare
    done betterstack.escalation := e;
    steps integer := 0;
begin
    begin
        while done.next_at <= at and steps < core.escalation_steps_at_once_max() loop
            done := core.escalation_step(i, done, team, at);
            steps := steps + 1;
        end loop;
    exception when data_exception or integrity_constraint_violation then
        raise warning 'the escalation of incident % fails: %', i.id, sqlerrm;
        done := e;
        done.next_at := at + interval '10 seconds';
    end;
    perform core.escalation_save(done);
end
$$;

-- Somebody is at it, or it is over.
create or replace function core.escalation_stop(incident_id bigint, over boolean, at timestamptz)
    returns void
language plpgsql volatile as $$
begin
    update betterstack.escalation e
       set stopped_at = case when e.next_at is not null then at else e.stopped_at end,
           next_at = null, remind_at = case when not over then e.remind_at end,
           update_at = case when not over then e.update_at end
     where e.incident_id = escalation_stop.incident_id;
end
$$;
