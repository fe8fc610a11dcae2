-- By which policy, or else by which ways, is told of a monitor, a heartbeat or an incident that
-- somebody opens: policy_id, call, sms, email, push, critical_alert, team_wait.

-- Four weeks.
create or replace function core.team_wait_max() returns integer
language sql immutable parallel safe as $$ select 28 * 86400 $$;

-- An id that is a text, as the API gives it, is a number here; a blank one is none.
create or replace function core.alert_ways_normal(s jsonb) returns jsonb
language plpgsql stable as $$
declare
    name text;
begin
    foreach name in array '{policy_id,expiration_policy_id}'::text[] loop
        if s ? name and s -> name <> 'null'
           and (core.is_blank(s -> name) or core.id_given(s -> name) is not null)
        then
            s := jsonb_set(s, array[name], coalesce(to_jsonb(core.id_given(s -> name)), 'null'));
        end if;
    end loop;
    return s;
end
$$;

-- What is wrong with the shape of them in whole settings; null is the default.
create or replace function core.alert_ways_errors(s jsonb) returns jsonb
language plpgsql stable as $$
declare
    errors jsonb := '{}';
    name text;
begin
    foreach name in array '{call,sms,email,push,critical_alert}'::text[] loop
        if s ? name and s -> name <> 'null' then
            errors := core.complain(errors, name, core.check_boolean(s -> name));
        end if;
    end loop;
    errors := core.complain(errors, 'team_wait',
        core.check_optional_integer(s -> 'team_wait', 0, core.team_wait_max()));
    errors := core.complain(errors, 'policy_id', core.check_optional_id(s -> 'policy_id'));
    return core.complain(errors, 'expiration_policy_id',
                         core.check_optional_id(s -> 'expiration_policy_id'));
end
$$;

-- Whether the policies are the team's.
create or replace function core.alert_ways_references(policy_id jsonb, expiration_policy_id jsonb,
    team_id integer) returns jsonb
language plpgsql stable as $$
declare
    errors jsonb := '{}';
begin
    errors := core.complain(errors, 'policy_id',
                            core.check_reference('policy', policy_id, team_id));
    return core.complain(errors, 'expiration_policy_id',
                         core.check_reference('policy', expiration_policy_id, team_id));
end
$$;

create or replace function core.alert_ways_json(policy_id integer, call boolean, sms boolean,
    email boolean, push boolean, critical_alert boolean, team_wait integer) returns jsonb
language sql immutable parallel safe as $$
    select jsonb_build_object(
        'policy_id', policy_id::text, 'call', coalesce(call, false), 'sms', coalesce(sms, false),
        'email', coalesce(email, true), 'push', coalesce(push, true),
        'critical_alert', coalesce(critical_alert, false), 'team_wait', team_wait)
$$;

-- Before the monitor or heartbeat that is to refer to it: who deletes a policy has it first, too.
create or replace function core.alert_ways_hold(given jsonb, team_id integer) returns void
language plpgsql volatile as $$
begin
    perform from betterstack.policy p
      where p.team_id = alert_ways_hold.team_id
        and p.id in (core.id_given(given -> 'policy_id'),
                     core.id_given(given -> 'expiration_policy_id'))
      order by p.id for key share;
end
$$;
