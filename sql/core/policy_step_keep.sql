-- A policy's steps as they are kept, once their shape is right (core/policy_step.sql): what means
-- something to their type, ids as numbers; and whether what they refer to is the team's.

-- No value at all is one that a branch may ask for.
create or replace function core.policy_metadata_values(given jsonb, place text, team_id integer,
    out kept jsonb, out errors jsonb)
language plpgsql stable as $$
declare
    number integer;
    one record;
begin
    kept := '[]';
    errors := '{}';
    for number in 0 .. jsonb_array_length(given) - 1 loop
        if given #>> array[number::text, 'type'] = 'no_value' then
            kept := kept || '[{"type":"no_value"}]';
            continue;
        end if;
        one := core.metadata_value(given -> number, team_id);
        errors := core.complain(errors, place || '.metadata_values[' || number || ']', one.error);
        kept := kept || jsonb_build_array(one.value);
    end loop;
end
$$;

-- A member as it is kept: ids are numbers, a person's address becomes the person.
create or replace function core.policy_member_kept(m jsonb, team_id integer) returns jsonb
language plpgsql stable as $$
begin
    return (select jsonb_strip_nulls(jsonb_build_object('type', m -> 'type')
        || case when 'metadata_key' = any (takes)
                then jsonb_build_object('metadata_key', btrim(m ->> 'metadata_key')) else '{}' end
        || case when 'team_id' = any (takes)
                then jsonb_build_object('team_id', core.id_given(m -> 'team_id')) else '{}' end
        || case when 'id' = any (takes)
                then jsonb_build_object('id', case
                    when m -> 'type' = '"user"' and not core.is_blank(m -> 'email')
                        then core.member_by_email(m ->> 'email', team_id)
                    else core.id_given(m -> 'id') end) else '{}' end)
      from (select core.policy_member_takes(m ->> 'type') as takes) t);
end
$$;

create or replace function core.policy_errors_person(m jsonb, place text, team_id integer)
    returns jsonb
language plpgsql stable as $$
declare
    found integer := core.member_by_email(m ->> 'email', team_id);
begin
    if found is null then
        return jsonb_build_object(place || '.email', jsonb_build_array(
            'does not know ' || left(btrim(m ->> 'email'), 254) || ' as a member of the team'));
    elsif not core.is_blank(m -> 'id') and core.id_given(m -> 'id') <> found then
        return jsonb_build_object(place || '.email', '["is not the address of id"]'::jsonb);
    end if;
    return '{}';
end
$$;

create or replace function core.policy_errors_reference(m jsonb, place text, team_id integer)
    returns jsonb
language plpgsql stable as $$
declare
    type text := m ->> 'type';
    errors jsonb := '{}';
begin
    if type = 'user' and not core.is_blank(m -> 'email') then
        return core.policy_errors_person(m, place, team_id);
    elsif type = 'entire_team' then
        errors := core.complain(errors, place || '.team_id',
                                core.check_reference('team', m -> 'team_id', team_id));
        type := 'team';
    elsif type = 'current_on_call' then
        type := 'on_call';
    end if;
    return core.complain(errors, place || '.id', core.check_reference(type, m -> 'id', team_id));
end
$$;

-- The members of a step, each with what is wrong with it.
create or replace function core.policy_members_kept(members jsonb, place text, team_id integer,
    out kept jsonb, out errors jsonb)
language plpgsql stable as $$
declare
    number integer;
begin
    kept := '[]';
    errors := '{}';
    for number in 0 .. jsonb_array_length(members) - 1 loop
        errors := errors || core.policy_errors_reference(
            members -> number, place || '.step_members[' || number || ']', team_id);
        kept := kept || jsonb_build_array(core.policy_member_kept(members -> number, team_id));
    end loop;
end
$$;

-- Texts without the blanks around them, ids as numbers, nothing that is blank.
create or replace function core.policy_attributes_kept(s jsonb) returns jsonb
language plpgsql stable as $$
begin
    return (select jsonb_object_agg(g.key, case
               when g.key in ('urgency_id', 'policy_id') then to_jsonb(core.id_given(g.value))
               when g.key in ('metadata_key', 'policy_metadata_key')
                   then to_jsonb(btrim(g.value #>> '{}'))
               else g.value end)
      from jsonb_each(s) g
     where g.key = any (core.policy_step_takes(s ->> 'type')) and not core.is_blank(g.value)
       and g.value <> '[]');
end
$$;

create or replace function core.policy_step_kept(s jsonb, place text, team_id integer,
    out kept jsonb, out errors jsonb)
language plpgsql stable as $$
declare
    list record;
begin
    errors := core.complain('{}', place || '.urgency_id',
                            core.check_reference('urgency', s -> 'urgency_id', team_id));
    errors := core.complain(errors, place || '.policy_id',
                            core.check_reference('policy', s -> 'policy_id', team_id));
    kept := core.policy_attributes_kept(s);
    kept := case when kept ? 'wait_until_time' then kept - 'wait_before'
                 else '{"wait_before":0}' || kept end;
    if s ->> 'type' = 'escalation' then
        list := core.policy_members_kept(s -> 'step_members', place, team_id);
        kept := kept || jsonb_build_object('step_members', list.kept);
        errors := errors || list.errors;
    elsif s ->> 'type' = 'metadata_branching' then
        list := core.policy_metadata_values(s -> 'metadata_values', place, team_id);
        kept := kept || jsonb_build_object('metadata_values', list.kept);
        errors := errors || list.errors;
    elsif s ->> 'type' = 'instructions' then
        kept := '{"instructions_reminder_enabled":false,"instructions_reminder_interval_hours":1}'
                || kept;
    end if;
end
$$;

create or replace function core.policy_steps_kept(steps jsonb, team_id integer,
    out kept jsonb, out errors jsonb)
language plpgsql stable as $$
declare
    number integer;
    one record;
begin
    kept := '[]';
    errors := '{}';
    for number in 0 .. jsonb_array_length(steps) - 1 loop
        one := core.policy_step_kept(steps -> number, 'steps[' || number || ']', team_id);
        kept := kept || jsonb_build_array(one.kept);
        errors := errors || one.errors;
    end loop;
end
$$;

-- Circles of policies end after some hops; one that hands to itself at once is a mistake that can
-- be seen here.
create or replace function core.policy_errors_circle(policy_id integer, steps jsonb,
    fallback_policy_id integer) returns jsonb
language plpgsql stable as $$
declare
    errors jsonb := '{}';
    message text := 'must not be this policy itself without a wait before it';
    place text;
    s jsonb;
    number integer;
    member integer;
begin
    for number in 0 .. jsonb_array_length(steps) - 1 loop
        s := steps -> number;
        place := 'steps[' || number || ']';
        if s ? 'wait_until_time' or s -> 'wait_before' <> '0' then
            return errors;
        end if;
        if (s ->> 'policy_id')::integer = policy_id then
            errors := core.complain(errors, place || '.policy_id', message);
        end if;
        for member in 0 .. coalesce(jsonb_array_length(s -> 'step_members'), 0) - 1 loop
            if s #> array['step_members', member::text]
               @> jsonb_build_object('type', 'policy', 'id', policy_id)
            then
                errors := core.complain(errors, place || '.step_members[' || member || '].id',
                                        message);
            end if;
        end loop;
    end loop;
    return core.complain(errors, 'fallback_policy_id', case
        when fallback_policy_id = policy_id then message || '; take repeat_count' end);
end
$$;
