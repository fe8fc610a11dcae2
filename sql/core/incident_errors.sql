-- What is wrong with an incident that a person makes.

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
        'comments_count,escalation}') || core.alert_ways_errors(given - 'expiration_policy_id')
        || core.alert_ways_references(given -> 'policy_id', null, team_id);
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
    return core.complain(errors, 'metadata',
        (core.metadata_object(given -> 'metadata', team_id)).error);
end
$$;
