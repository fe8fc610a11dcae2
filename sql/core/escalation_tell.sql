-- What the steps of a policy do.

-- The ways of an urgency of the team; null if there is none.
create or replace function core.urgency_ways(team_id integer, id jsonb) returns jsonb
language plpgsql stable as $$
begin
    if core.is_blank(id) then
        return null;
    end if;
    return (select core.escalation_ways(u.call, u.sms, u.email, u.push, u.critical_alert)
              from betterstack.urgency u
             where u.team_id = urgency_ways.team_id and u.id = core.json_integer(urgency_ways.id));
end
$$;

create or replace function core.each_once(ids integer[]) returns integer[]
language plpgsql immutable parallel safe as $$
begin
    return array(select u.id from unnest(ids) with ordinality u (id, place)
                  group by u.id order by min(u.place));
end
$$;

-- The receivers, persons first, and what to call each of them; and who cannot be reached.
create or replace function core.reach_receivers(reach core.escalation_reach, ways jsonb,
    out channels betterstack.channel[], out names text[], out problems text[])
language plpgsql stable as $$
declare
    c betterstack.channel;
    id integer;
    before integer;
    most integer := core.escalation_receivers_max();
begin
    channels := '{}';
    names := '{}';
    problems := reach.problems;
    foreach id in array core.each_once(reach.users) loop
        before := cardinality(channels);
        for c in select p.* from core.person_channels(id, ways) p loop
            channels := channels || c;
            names := names || core.caller_name(id);
        end loop;
        if cardinality(channels) = before then
            problems := problems || (core.caller_name(id) || ', who has no way to be told');
        end if;
        exit when cardinality(channels) > most;
    end loop;
    for c in select o.* from unnest(core.each_once(reach.channels)) with ordinality u (id, place)
               join betterstack.channel o on o.id = u.id order by u.place loop
        channels := channels || c;
        names := names || c.name;
    end loop;
    if cardinality(channels) > most then
        problems := problems || (cardinality(channels) - most || ' more, because a step tells '
                                 || most || ' at most');
        channels := channels[:most];
        names := names[:most];
    end if;
end
$$;

-- `started` to who has not heard of it, `escalated` to the others, unless only_new.  At one moment
-- nobody is told twice, but for what is critical when the first was not.  What was cancelled or
-- superseded (in quiet hours, say) nobody has heard.
create or replace function core.escalation_write(i betterstack.incident, team integer,
    channels betterstack.channel[], number integer, critical boolean, detail jsonb,
    only_new boolean, at timestamptz) returns void
language plpgsql volatile as $$
declare
    c betterstack.channel;
    began jsonb;
    goes_on jsonb;
    knows record;
begin
    foreach c in array channels loop
        if critical then
            perform core.delivery_wake(c, i.id, at);
        end if;
        select bool_or(d.event in ('started', 'reopened') and d.state not in (4, 6)) as began,
               1 + coalesce(max(d.number) filter (where d.event = 'started'), 0) as next,
               bool_or(d.created_at = at and (d.critical or not escalation_write.critical)
                       and d.state not in (4, 6)) as just_now
          into knows from betterstack.delivery d
         where d.incident_id = i.id and d.receiver = core.channel_receiver(c)
           and d.event in ('started', 'escalated', 'reopened');
        continue when knows.just_now or knows.began and only_new;
        if coalesce(knows.began, false) then
            goes_on := coalesce(goes_on, core.alert_message(i, 'escalated', detail, at));
            perform core.delivery_write(c, team, i.id, 'escalated', number, number::text, goes_on,
                                        critical, at);
        else
            began := coalesce(began, core.alert_message(i, 'started', detail, at));
            perform core.delivery_write(c, team, i.id, 'started', knows.next, knows.next::text,
                                        began, critical, at);
        end if;
    end loop;
end
$$;

-- Tells whom it reaches: their names, and what is wrong.
create or replace function core.escalation_tell(i betterstack.incident,
    e betterstack.escalation, team integer, reach core.escalation_reach, ways jsonb,
    only_new boolean, at timestamptz, out names text[], out problems text[])
language plpgsql volatile as $$
declare
    r record := core.reach_receivers(reach, ways);
begin
    perform core.escalation_write(i, team, r.channels, e.number,
        coalesce((ways ->> 'critical_alert')::boolean, false),
        jsonb_strip_nulls(jsonb_build_object('instructions', e.instructions)), only_new, at);
    names := array(select n from unnest(r.names) with ordinality t (n, place)
                    group by n order by min(place));
    problems := r.problems;
end
$$;

-- Only members that look for metadata need them.
create or replace function core.escalation_step_metadata(i betterstack.incident, step jsonb)
    returns jsonb
language plpgsql stable as $$
begin
    return case when step -> 'step_members' @> '[{"type": "incident_metadata"}]'
                then core.escalation_metadata(i) end;
end
$$;

-- The line of the timeline about a step.  Who has no policy, and nobody to tell, has no line.
create or replace function core.escalation_enter(e betterstack.escalation, names text[],
    problems text[], at timestamptz) returns void
language plpgsql volatile as $$
declare
    steps integer := jsonb_array_length(e.steps);
    content text := concat_ws('. ',
        case when e.policy_name is not null
             then concat('Step ', e.position + 1, ' of ', steps, ' of the policy “',
                         e.policy_name, '”',
                         case when e.repeats_done > 0 then ', round ' || e.repeats_done + 1 end)
             when e.position > 0 then 'Nobody has acknowledged it yet' end,
        case when problems <> '{}' then 'Left out: ' || core.names_in_words(problems) end);
begin
    if e.policy_name is not null or names <> '{}' then
        perform core.incident_enter(e.incident_id, null, at, 'escalated', jsonb_strip_nulls(
            jsonb_build_object('policy', e.policy_name, 'step', e.position + 1,
                'receivers', core.names_in_words(names),
                'text', nullif(left(content, 2000), ''))));
    end if;
end
$$;

create or replace function core.escalation_step_tell(i betterstack.incident,
    e betterstack.escalation, team integer, step jsonb, at timestamptz)
    returns betterstack.escalation
language plpgsql volatile as $$
declare
    reach core.escalation_reach := core.reach_step(team, step,
        core.escalation_step_metadata(i, step), at);
    told record;
    other betterstack.escalation;
begin
    told := core.escalation_tell(i, e, team, reach,
        coalesce(core.urgency_ways(team, step -> 'urgency_id'), e.ways), false, at);
    if told.names <> '{}' or reach.policy is null then
        perform core.escalation_enter(e, told.names, told.problems, at);
    end if;
    if reach.policy is not null then
        other := core.escalation_hand_over(e, team, reach.policy, false, at);
        if other.incident_id is not null then
            return other;
        end if;
    end if;
    return core.escalation_advance(e, team, told.names = '{}', at);
end
$$;

create or replace function core.escalation_reminder_hours_max() returns integer
language sql immutable parallel safe as $$ select 720 $$;

-- Into the timeline as a comment, where boxes can be ticked, and into what is told from now on.
create or replace function core.escalation_step_instruct(i betterstack.incident,
    e betterstack.escalation, team integer, step jsonb, at timestamptz)
    returns betterstack.escalation
language plpgsql volatile as $$
declare
    content text := left(core.metadata_fill(step ->> 'instructions_comment',
                                            core.escalation_metadata(i)), 10000);
    hours integer := core.json_integer(step -> 'instructions_reminder_interval_hours');
begin
    if content <> '' then
        e.instructions := content;
        e.remind_every := case when step -> 'instructions_reminder_enabled' = 'true' and hours > 0
            then 3600 * least(hours, core.escalation_reminder_hours_max()) end;
        e.remind_at := at + e.remind_every * interval '1 second';
        insert into betterstack.incident_comment
               (incident_id, user_name, user_email, content, created_at, updated_at)
        select i.id, coalesce(e.policy_name, 'Policy'), '', content, at, at
         where core.incident_comments_max() > (
                   select count(*) from betterstack.incident_comment c where c.incident_id = i.id);
    end if;
    return core.escalation_advance(e, team, false, at);
end
$$;

-- The policy that a branching leads to: null if it is gone.
create or replace function core.escalation_branch_policy(i betterstack.incident, team integer,
    step jsonb) returns integer
language plpgsql stable as $$
declare
    value jsonb;
begin
    if not core.is_blank(step -> 'policy_id') then
        return core.team_policy(team, step -> 'policy_id');
    end if;
    select v into value
      from jsonb_array_elements(coalesce(
               core.escalation_metadata(i) -> (step ->> 'policy_metadata_key'), '[]')) v
     where lower(v ->> 'type') = 'policy' limit 1;
    return core.team_policy(team, value -> 'item_id', core.metadata_word(value));
end
$$;

create or replace function core.escalation_branches(i betterstack.incident, step jsonb,
    at timestamptz) returns boolean
language plpgsql stable as $$
begin
    return case when step ->> 'type' = 'time_branching' then core.escalation_is_time(step, at)
                else core.escalation_is_value(step,
                         core.escalation_metadata(i) -> (step ->> 'metadata_key')) end;
end
$$;

create or replace function core.escalation_step_branch(i betterstack.incident,
    e betterstack.escalation, team integer, step jsonb, at timestamptz)
    returns betterstack.escalation
language plpgsql volatile as $$
declare
    other betterstack.escalation;
begin
    if core.escalation_branches(i, step, at) then
        other := core.escalation_hand_over(e, team,
            core.escalation_branch_policy(i, team, step), false, at);
        if other.incident_id is not null then
            return other;
        end if;
        perform core.escalation_note(e, 'escalation_skipped', 'a policy that is gone', at);
    end if;
    return core.escalation_advance(e, team, false, at);
end
$$;
