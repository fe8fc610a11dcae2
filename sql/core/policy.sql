-- A policy: from a request's body to what is kept, what it refers to, and its JSON.

create or replace function core.policies_max() returns integer
language sql immutable parallel safe as $$ select 500 $$;

create or replace function core.policy_defaults() returns jsonb
language sql immutable parallel safe as $$
    select '{"name": null, "policy_group_id": null, "repeat_count": 0, "repeat_delay": 0,
             "fallback_policy_id": null, "steps": []}'::jsonb
$$;

create or replace function core.policy_errors(s jsonb, body jsonb, team_id integer) returns jsonb
language plpgsql stable as $$
declare
    errors jsonb := core.check_members(body,
        array(select jsonb_object_keys(core.policy_defaults())) || '{team_name}'::text[],
        '{id,incident_token,created_at,updated_at}');
begin
    errors := core.complain(errors, 'name', core.check_required_text(s -> 'name', 255));
    errors := core.complain(errors, 'repeat_count',
        core.check_integer(s -> 'repeat_count', 0, 100));
    errors := core.complain(errors, 'repeat_delay',
        core.check_integer(s -> 'repeat_delay', 0, core.policy_wait_max()));
    errors := core.complain(errors, 'policy_group_id', coalesce(
        core.check_optional_id(s -> 'policy_group_id'),
        core.check_reference('policy_group', body -> 'policy_group_id', team_id)));
    errors := core.complain(errors, 'fallback_policy_id', coalesce(
        core.check_optional_id(s -> 'fallback_policy_id'),
        core.check_reference('policy', body -> 'fallback_policy_id', team_id)));
    errors := core.complain(errors, 'team_name',
                            core.check_team_name(body -> 'team_name', team_id));
    return errors || case when body ? 'steps' then core.policy_errors_steps(s -> 'steps')
                          else '{}' end;
end
$$;

-- `p` with the members of the body put in; null puts the default back.  Steps are given all or not
-- at all, and null is not at all: Terraform says that of steps which have not changed, and a policy
-- that is to be silent says [].  If errors is not '{}', changed is not to be used.
create or replace function core.policy_change(p betterstack.policy, body jsonb, team_id integer,
    at timestamptz, out changed betterstack.policy, out errors jsonb)
language plpgsql stable as $$
declare
    defaults jsonb := core.policy_defaults();
    s jsonb := defaults || case when p.id is null then '{}' else to_jsonb(p) end;
    steps record;
begin
    if body -> 'steps' = 'null' then
        body := body - 'steps';
    end if;
    s := s || core.settings_given(body, defaults);
    errors := core.policy_errors(s, body, team_id);
    if errors = '{}' and body ? 'steps' then
        steps := core.policy_steps_kept(s -> 'steps', team_id);
        errors := steps.errors;
        s := s || jsonb_build_object('steps', steps.kept);
    end if;
    if errors = '{}' and p.id is not null then
        errors := core.policy_errors_circle(p.id, s -> 'steps',
                                            (s ->> 'fallback_policy_id')::integer);
    end if;
    if errors = '{}' then
        changed := jsonb_populate_record(p, s);
        changed.name := btrim(changed.name);
        changed.team_id := policy_change.team_id;
        changed.created_at := coalesce(p.created_at, at);
        changed.updated_at := at;
    end if;
end
$$;

-- Of a person the address too, as long as he is a member of the team.
create or replace function core.policy_member_json(m jsonb, team_id integer) returns jsonb
language sql stable as $$
    select case when m -> 'type' <> '"user"' then m
                else m || coalesce((select jsonb_build_object('email', u.email)
                                      from betterstack.app_user u
                                      join betterstack.membership s on s.user_id = u.id
                                     where u.id = (m ->> 'id')::integer
                                       and s.team_id = policy_member_json.team_id), '{}') end
$$;

-- A step as it is shown: of persons their addresses; urgencies and policies that are gone are none.
create or replace function core.policy_step_json(s jsonb, team_id integer) returns jsonb
language plpgsql stable as $$
begin
    return s
        || case when core.check_reference('urgency', s -> 'urgency_id', team_id) is not null
                then '{"urgency_id":null}'::jsonb else '{}' end
        || case when core.check_reference('policy', s -> 'policy_id', team_id) is not null
                then '{"policy_id":null}'::jsonb else '{}' end
        || case when not s ? 'step_members' then '{}' else jsonb_build_object('step_members', (
               select coalesce(jsonb_agg(core.policy_member_json(m, team_id) order by place),
                               '[]')
                 from jsonb_array_elements(s -> 'step_members') with ordinality t (m, place))) end;
end
$$;

create or replace function core.policy_json(p betterstack.policy) returns jsonb
language sql stable as $$
    select jsonb_build_object('id', p.id::text, 'type', 'policy', 'attributes',
        jsonb_build_object(
            'id', p.id, 'name', p.name, 'repeat_count', p.repeat_count,
            'repeat_delay', p.repeat_delay, 'fallback_policy_id', p.fallback_policy_id,
            'policy_group_id', p.policy_group_id, 'incident_token', null,
            'steps', (select coalesce(jsonb_agg(core.policy_step_json(s, p.team_id)
                                                order by place), '[]')
                        from jsonb_array_elements(p.steps) with ordinality t (s, place)),
            'team_name', (select t.name from betterstack.team t where t.id = p.team_id),
            'created_at', core.iso(p.created_at), 'updated_at', core.iso(p.updated_at)))
$$;
