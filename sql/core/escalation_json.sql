-- An escalation as the API shows it: attribute `escalation` of an incident.

-- The name of a thing of the team, or what to say where it is gone.
create or replace function core.member_name(team_id integer, member jsonb) returns text
language plpgsql stable as $$
declare
    type text := member ->> 'type';
    wanted integer := core.json_integer(member -> 'id');
begin
    return case
        when type in ('current_on_call', 'on_call_or_team') then 'who is on call'
        when type = 'entire_team' then 'the whole team'
        when type = 'all_channels' then 'all channels'
        when type = 'incident_metadata'
            then 'who is named by “' || left(member ->> 'metadata_key', 80) || '”'
        when type = 'user' then coalesce(
            (select core.caller_name(u) from unnest(core.team_person(team_id, member -> 'id',
                                                        member ->> 'email')) u), 'somebody who left')
        when type = 'policy' then coalesce('the policy “' || (
            select p.name from betterstack.policy p
             where p.id = wanted and p.team_id = member_name.team_id) || '”',
            'a policy that is gone')
        when type like 'all\_%'
            then 'all of ' || core.channel_kind_title(core.member_channel_kind(type))
        else coalesce((select c.name from betterstack.channel c
                        where c.id = wanted and c.team_id = member_name.team_id),
                      'a channel that is gone') end;
end
$$;

-- What the next step does, in words: 'The whole team', 'Ann and who is on call'.
create or replace function core.escalation_next_words(e betterstack.escalation, team_id integer)
    returns text
language plpgsql stable as $$
declare
    step jsonb := e.steps -> e.position;
    words text;
begin
    words := case
        when e.next_at is null then null
        when step is null then 'the policy begins anew'
        when step ->> 'type' = 'instructions' then 'instructions'
        when step ->> 'type' = 'time_branching' then 'what is done depends on the time'
        when step ->> 'type' = 'metadata_branching' then 'what is done depends on metadata'
        else core.names_in_words(array(
            select core.member_name(escalation_next_words.team_id, m)
              from jsonb_array_elements(case when jsonb_typeof(step -> 'step_members') = 'array'
                                             then step -> 'step_members' else '[]' end)
                   with ordinality t (m, place)
             order by place limit core.escalation_members_max())) end;
    return upper(left(words, 1)) || substr(words, 2);
end
$$;

create or replace function core.escalation_json(i betterstack.incident) returns jsonb
language plpgsql stable as $$
declare
    e betterstack.escalation;
    steps integer;
begin
    select o.* into e from betterstack.escalation o where o.incident_id = i.id;
    if e.incident_id is null then
        return null;
    end if;
    steps := jsonb_array_length(e.steps);
    return jsonb_build_object(
        'policy_id', (select p.id::text from betterstack.policy p where p.id = e.policy_id),
        'policy_name', e.policy_name, 'step', least(e.position + 1, steps),
        'steps_count', steps, 'repeats_done', e.repeats_done, 'next_at', core.iso(e.next_at),
        'next', core.escalation_next_words(e, core.alert_team(i)),
        'instructions', e.instructions,
        'began_at', core.iso(e.began_at), 'stopped_at', core.iso(e.stopped_at));
end
$$;
