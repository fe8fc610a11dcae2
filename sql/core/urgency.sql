-- Urgencies: by which ways a step tells people.

create or replace function core.urgencies_max() returns integer
language sql immutable parallel safe as $$ select 200 $$;

create or replace function core.urgency_defaults() returns jsonb
language sql immutable parallel safe as $$
    select '{"name": null, "urgency_group_id": null, "call": false, "sms": false, "email": true,
             "push": true, "critical_alert": false}'::jsonb
$$;

-- `u` with the members of the body put in; null puts the default back.  If errors is not '{}',
-- changed is not to be used.
create or replace function core.urgency_change(u betterstack.urgency, body jsonb, team_id integer,
    at timestamptz, out changed betterstack.urgency, out errors jsonb)
language plpgsql stable as $$
declare
    defaults jsonb := core.urgency_defaults();
    s jsonb := defaults || case when u.id is null then '{}' else to_jsonb(u) end
               || core.settings_given(body, defaults);
    name text;
begin
    errors := core.check_members(body,
        array(select jsonb_object_keys(defaults)) || '{team_name}'::text[],
        '{id,created_at,updated_at}');
    errors := core.complain(errors, 'name', core.check_required_text(s -> 'name', 255));
    foreach name in array '{call,sms,email,push,critical_alert}'::text[] loop
        errors := core.complain(errors, name, core.check_boolean(s -> name));
    end loop;
    errors := core.complain(errors, 'urgency_group_id', coalesce(
        core.check_optional_id(s -> 'urgency_group_id'),
        core.check_reference('urgency_group', body -> 'urgency_group_id', team_id)));
    errors := core.complain(errors, 'team_name',
                            core.check_team_name(body -> 'team_name', team_id));
    if errors = '{}' then
        changed := jsonb_populate_record(u, s);
        changed.name := btrim(changed.name);
        changed.team_id := urgency_change.team_id;
        changed.created_at := coalesce(u.created_at, at);
        changed.updated_at := at;
    end if;
end
$$;

-- What is given of what may be set; null is the default, and so is an id that is left blank.
create or replace function core.settings_given(body jsonb, defaults jsonb) returns jsonb
language sql stable parallel safe as $$
    select coalesce(jsonb_object_agg(g.key, case
               when g.value = 'null' or g.key like '%\_id' and core.is_blank(g.value)
                   then defaults -> g.key
               else g.value end), '{}')
      from jsonb_each(body) g where defaults ? g.key
$$;

create or replace function core.urgency_json(u betterstack.urgency) returns jsonb
language sql stable as $$
    select jsonb_build_object('id', u.id::text, 'type', 'urgency', 'attributes',
        jsonb_build_object(
            'id', u.id, 'name', u.name, 'urgency_group_id', u.urgency_group_id, 'call', u.call,
            'sms', u.sms, 'email', u.email, 'push', u.push, 'critical_alert', u.critical_alert,
            'team_name', (select t.name from betterstack.team t where t.id = u.team_id),
            'created_at', core.iso(u.created_at), 'updated_at', core.iso(u.updated_at)))
$$;
