-- What is wrong with an incident that a person makes.

create or replace function core.incident_metadata_max() returns integer
language sql immutable parallel safe as $$ select 50 $$;

-- {key: [{type, value}]}; a value may also be given as it is, or a list of them.
create or replace function core.incident_metadata(given jsonb) returns jsonb
language sql stable as $$
    select coalesce(jsonb_object_agg(m.key, (
               select jsonb_agg(jsonb_build_object('type', 'String', 'value',
                          case when jsonb_typeof(v) = 'object' then v ->> 'value'
                               else v #>> '{}' end))
                 from jsonb_array_elements(case when jsonb_typeof(m.value) = 'array' then m.value
                                                else jsonb_build_array(m.value) end) v)), '{}')
      from jsonb_each(core.body_object(given)) m
     where m.value not in ('null', '[]')
$$;

create or replace function core.check_metadata_value(value jsonb) returns text
language sql stable as $$
    select case
        when jsonb_typeof(value) = 'object' and coalesce(value ->> 'type', 'String') <> 'String'
            then 'may only hold values of the type String'
        when coalesce(jsonb_typeof(case when jsonb_typeof(value) = 'object' then value -> 'value'
                                        else value end), 'null')
             not in ('string', 'number', 'boolean')
            then 'must hold strings'
        when length(case when jsonb_typeof(value) = 'object' then value ->> 'value'
                         else value #>> '{}' end) > 1000
            then 'must hold values of at most 1000 characters'
    end
$$;

create or replace function core.check_metadata(given jsonb) returns text
language plpgsql stable as $$
begin
    if given is null or given = 'null' then
        return null;
    elsif jsonb_typeof(given) <> 'object' then
        return 'must be an object';
    elsif (select count(*) > core.incident_metadata_max() or max(length(k)) > 255
                  or bool_or(btrim(k) = '') from jsonb_object_keys(given) k) then
        return 'must have at most ' || core.incident_metadata_max()
            || ' keys of 1 to 255 characters';
    end if;
    return (
        select coalesce(case when jsonb_typeof(m.value) = 'array'
                                  and jsonb_array_length(m.value) > core.incident_metadata_max()
                             then 'must hold at most ' || core.incident_metadata_max()
                                  || ' values a key' end,
                        core.check_metadata_value(v.item))
          from jsonb_each(given) m
         cross join lateral jsonb_array_elements(
               case when jsonb_typeof(m.value) = 'array' then m.value
                    else jsonb_build_array(m.value) end) v (item)
         where m.value <> 'null'
           and (jsonb_typeof(m.value) = 'array'
                and jsonb_array_length(m.value) > core.incident_metadata_max()
                or core.check_metadata_value(v.item) is not null)
         limit 1);
end
$$;

-- What alerts would be sent by; not built, and so only "no" is taken.
create or replace function core.incident_errors_unbuilt(given jsonb) returns jsonb
language sql stable as $$
    select coalesce(jsonb_object_agg(g.key, jsonb_build_array('is not supported yet')), '{}')
      from jsonb_each(given) g
     where g.key in ('call', 'sms', 'email', 'push', 'critical_alert', 'team_wait', 'policy_id')
       and g.value not in ('false', 'null')
$$;

create or replace function core.incident_errors(given jsonb, team_id integer) returns jsonb
language plpgsql stable as $$
declare
    errors jsonb := core.check_members(given,
        '{requester_email,summary,name,description,metadata,team_name,'
        'call,sms,email,push,critical_alert,team_wait,policy_id}',
        '{id,url,http_method,cause,incident_group_id,started_at,acknowledged_at,acknowledged_by,'
        'resolved_at,resolved_by,status,response_content,response_url,response_options,regions,'
        'screenshot_url,origin_url,escalation_policy_id,ssl_certificate_expires_at,'
        'domain_expires_at,state,kind,confirmed_at,detection,monitors,monitors_count,evidence,'
        'comments_count}') || core.incident_errors_unbuilt(given);
begin
    errors := core.complain(errors, 'summary', core.check_required_text(given -> 'summary', 500));
    errors := core.complain(errors, 'name', core.check_text(given -> 'name', 255));
    errors := core.complain(errors, 'description',
        core.check_text(given -> 'description', 10000, one_line => false));
    if not core.is_blank(given -> 'requester_email') then
        errors := core.complain(errors, 'requester_email',
                                core.check_email(given -> 'requester_email'));
    end if;
    if not core.is_blank(given -> 'team_name') and not exists (
            select from betterstack.team t
             where t.id = incident_errors.team_id and t.name = given ->> 'team_name') then
        errors := core.complain(errors, 'team_name', 'is not your team');
    end if;
    return core.complain(errors, 'metadata', core.check_metadata(given -> 'metadata'));
end
$$;
