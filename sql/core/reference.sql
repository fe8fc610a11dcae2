-- What settings, steps and metadata refer to by id: of the same team, or not known at all.

-- Ids come as numbers (Terraform) or as strings, as the API itself gives them.  NULL: it is none.
create or replace function core.id_given(value jsonb) returns integer
language sql immutable parallel safe as $$
    select case when jsonb_typeof(value) in ('number', 'string')
                     and value #>> '{}' ~ '^[1-9][0-9]{0,8}$'
           then (value #>> '{}')::integer end
$$;

create or replace function core.check_id(value jsonb) returns text
language sql immutable parallel safe as $$
    select case when core.id_given(value) is null then 'must be an id' end
$$;

create or replace function core.check_optional_id(value jsonb) returns text
language sql immutable parallel safe as $$
    select case when not core.is_blank(value) and core.id_given(value) is null
           then 'must be an id, or null' end
$$;

-- The words by which an error names what is referred to.
create or replace function core.reference_word(kind text) returns text
language sql immutable parallel safe as $$
    select case kind when 'on_call' then 'on-call calendar'
                     when 'policy_group' then 'policy group'
                     when 'urgency_group' then 'urgency group'
                     when 'microsoft_teams_integration' then 'Microsoft Teams channel'
                     when 'slack_integration' then 'Slack channel'
                     when 'pagerduty_integration' then 'PagerDuty channel'
                     else kind end
$$;

-- The kind of channel that a documented integration is here.
create or replace function core.reference_channel_kind(kind text) returns text
language sql immutable parallel safe as $$
    select case kind when 'webhook' then 'webhook' when 'slack_integration' then 'slack'
                     when 'microsoft_teams_integration' then 'teams'
                     when 'pagerduty_integration' then 'pagerduty' end
$$;

-- The name of what is referred to; NULL if the team has no such thing.
create or replace function core.reference_name(kind text, id integer, team_id integer) returns text
language plpgsql stable as $$
declare
    team integer := team_id;
    wanted integer := id;
begin
    return case kind
        when 'policy' then (select p.name from betterstack.policy p
                             where p.id = wanted and p.team_id = team)
        when 'policy_group' then (select g.name from betterstack.policy_group g
                                   where g.id = wanted and g.team_id = team)
        when 'urgency' then (select u.name from betterstack.urgency u
                              where u.id = wanted and u.team_id = team)
        when 'urgency_group' then (select g.name from betterstack.urgency_group g
                                    where g.id = wanted and g.team_id = team)
        when 'user' then (select coalesce(nullif(u.name, ''), u.email)
                            from betterstack.membership m
                            join betterstack.app_user u on u.id = m.user_id
                           where m.user_id = wanted and m.team_id = team)
        when 'team' then (select t.name from betterstack.team t where t.id = wanted and t.id = team)
        when 'on_call' then (select c.name from betterstack.on_call c
                              where c.id = wanted and c.team_id = team)
        else (select c.name from betterstack.channel c
               where c.id = wanted and c.team_id = team and c.user_id is null
                 and (reference_name.kind = 'channel'
                      or c.kind = core.reference_channel_kind(reference_name.kind)))
    end;
end
$$;

-- A message, or NULL; of what is no id another check tells.
create or replace function core.check_reference(kind text, value jsonb, team_id integer)
    returns text
language plpgsql stable as $$
begin
    if core.id_given(value) is null
       or core.reference_name(kind, core.id_given(value), team_id) is not null
    then
        return null;
    end if;
    return 'does not know the ' || core.reference_word(kind) || ' ' || core.id_given(value);
end
$$;

-- The member of the team with this address.
create or replace function core.member_by_email(email text, team_id integer) returns integer
language sql stable as $$
    select m.user_id from betterstack.app_user u
      join betterstack.membership m on m.user_id = u.id
     where u.email = core.email_normal(member_by_email.email)
       and m.team_id = member_by_email.team_id
$$;

-- Optional: only a token of all teams needs it, and there is none.
create or replace function core.check_team_name(value jsonb, team_id integer) returns text
language sql stable as $$
    select case when not core.is_blank(value) and not exists (
                select from betterstack.team t
                 where t.id = check_team_name.team_id and to_jsonb(t.name) = value)
           then 'is not your team' end
$$;
