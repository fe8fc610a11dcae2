-- Whom a member of a step means.  Members are {type, ...}:
--   current_on_call                id: a calendar (none: the team's default one)
--   entire_team
--   user                           id or email
--   incident_metadata              metadata_key: its values of the types User, Team, Schedule,
-- Policy
--                                  and of channels; a String may be the address of a member
--   all_slack_integrations, all_microsoft_teams_integrations, all_webhook_integrations,
--   all_splunk_on_call_integrations, all_channels
--   slack_integration, microsoft_teams_integration, webhook, pagerduty_integration, channel     id
--   policy                         id: it goes on there, after the others were told
-- and on_call_or_team, of who has no policy: the whole team where nobody is on call.

-- Told of one step at most; the rest is left out, and the timeline says so.
create or replace function core.escalation_receivers_max() returns integer
language sql immutable parallel safe as $$ select 200 $$;

create or replace function core.escalation_members_max() returns integer
language sql immutable parallel safe as $$ select 50 $$;

create or replace function core.reach_nobody(problem text default null)
    returns core.escalation_reach
language plpgsql immutable parallel safe as $$
begin
    return row('{}', '{}', null, case when problem is null then '{}' else array[problem] end
               )::core.escalation_reach;
end
$$;

create or replace function core.reach_people(user_ids integer[], problem text)
    returns core.escalation_reach
language plpgsql immutable parallel safe as $$
begin
    return row(coalesce(user_ids, '{}'), '{}', null,
               case when coalesce(user_ids, '{}') = '{}' then array[problem] else '{}' end
               )::core.escalation_reach;
end
$$;

create or replace function core.reach_channels(channel_ids integer[], problem text)
    returns core.escalation_reach
language plpgsql immutable parallel safe as $$
begin
    return row('{}', coalesce(channel_ids, '{}'), null,
               case when coalesce(channel_ids, '{}') = '{}' then array[problem] else '{}' end
               )::core.escalation_reach;
end
$$;

create or replace function core.reach_together(a core.escalation_reach, b core.escalation_reach)
    returns core.escalation_reach
language plpgsql immutable parallel safe as $$
begin
    return row(a.users || b.users, a.channels || b.channels, coalesce(a.policy, b.policy),
               a.problems || b.problems)::core.escalation_reach;
end
$$;

-- Everybody of the team; more than can be told in one step are not asked for.
create or replace function core.team_people(team_id integer) returns integer[]
language plpgsql stable as $$
begin
    return array(select m.user_id from betterstack.membership m
                  where m.team_id = team_people.team_id
                  order by m.user_id limit core.escalation_receivers_max() + 1);
end
$$;

-- Who is on call in a calendar of the team; calendar null: in its default one.
create or replace function core.team_on_call(team_id integer, calendar jsonb, at timestamptz)
    returns integer[]
language plpgsql stable as $$
declare
    wanted integer := case when core.is_blank(calendar) then core.on_call_default(team_id)
                           else core.json_integer(calendar) end;
begin
    if not exists (select from betterstack.on_call c
                    where c.id = wanted and c.team_id = team_on_call.team_id) then
        return '{}';
    end if;
    return core.on_call_members(core.on_call_now(wanted, at), team_id);
end
$$;

-- A member of the team by id or address.
create or replace function core.team_person(team_id integer, id jsonb, email text)
    returns integer[]
language plpgsql stable as $$
begin
    return array(select u.id from betterstack.app_user u
                   join betterstack.membership m on m.user_id = u.id
                  where m.team_id = team_person.team_id
                    and case when core.is_blank(team_person.id)
                             then u.email = core.email_normal(team_person.email)
                             else u.id = core.json_integer(team_person.id) end);
end
$$;

-- Channels of the team that are in use: one by its id, or all of a kind (null: of any).
create or replace function core.team_channels(team_id integer, id jsonb, kind text)
    returns integer[]
language plpgsql stable as $$
begin
    return array(select c.id from betterstack.channel c
                  where c.team_id = team_channels.team_id and c.user_id is null and c.enabled
                    and (team_channels.kind is null or c.kind = team_channels.kind)
                    and case when core.is_blank(team_channels.id)
                             then core.alert_wanted(c, 'started')
                             else c.id = core.json_integer(team_channels.id) end
                  order by c.id limit core.escalation_receivers_max() + 1);
end
$$;

-- The id of a policy of the team by its id or name.
create or replace function core.team_policy(team_id integer, id jsonb, name text default null)
    returns integer
language plpgsql stable as $$
begin
    return (select p.id from betterstack.policy p
             where p.team_id = team_policy.team_id
               and case when core.is_blank(team_policy.id) then p.name = team_policy.name
                        else p.id = core.json_integer(team_policy.id) end
             order by p.id limit 1);
end
$$;

create or replace function core.reach_policy(id integer) returns core.escalation_reach
language plpgsql immutable parallel safe as $$
begin
    return case when id is null then core.reach_nobody('a policy that is gone')
           else row('{}', '{}', id, '{}')::core.escalation_reach end;
end
$$;

-- The kind of channel that a documented type names.
create or replace function core.member_channel_kind(type text) returns text
language plpgsql immutable parallel safe as $$
begin
    return '{"all_slack_integrations": "slack", "slack_integration": "slack",
             "slackintegration": "slack", "all_microsoft_teams_integrations": "teams",
             "microsoft_teams_integration": "teams", "microsoftteamswebhook": "teams",
             "all_webhook_integrations": "webhook", "webhook": "webhook",
             "nativewebhook": "webhook", "all_splunk_on_call_integrations": "splunk_on_call",
             "pagerduty_integration": "pagerduty", "pagerdutywebhook": "pagerduty"
            }'::jsonb ->> type;
end
$$;

-- One value of metadata.
create or replace function core.reach_value(team_id integer, value jsonb, at timestamptz)
    returns core.escalation_reach
language plpgsql stable as $$
declare
    type text := lower(coalesce(value ->> 'type', 'String'));
    word text := core.metadata_word(value);
    gone text := coalesce('“' || left(word, 80) || '”', 'a value') || ', which is nobody here';
begin
    if type = 'string' or type = 'user' then
        return core.reach_people(core.team_person(team_id, value -> 'item_id',
            case when type = 'user' then value ->> 'email' else word end), gone);
    elsif type = 'team' then
        return core.reach_people(case when exists (
            select from betterstack.team t where t.id = reach_value.team_id
               and (t.id = core.json_integer(value -> 'item_id')
                    or core.is_blank(value -> 'item_id') and t.name = word))
            then core.team_people(team_id) end, gone);
    elsif type = 'schedule' then
        return core.reach_people(core.team_on_call(team_id, coalesce(value -> 'item_id',
            (select to_jsonb(min(c.id)) from betterstack.on_call c
              where c.team_id = reach_value.team_id and c.name = word), '0'), at),
            'a calendar in which nobody is on call');
    elsif type = 'policy' then
        return core.reach_policy(core.team_policy(team_id, value -> 'item_id', word));
    elsif (type = 'channel' or core.member_channel_kind(type) is not null)
          and not core.is_blank(value -> 'item_id') then
        return core.reach_channels(core.team_channels(team_id, value -> 'item_id',
            core.member_channel_kind(type)), 'a channel that is gone or off');
    end if;
    return core.reach_nobody(gone);
end
$$;

create or replace function core.reach_values(team_id integer, key text, held jsonb, at timestamptz)
    returns core.escalation_reach
language plpgsql stable as $$
declare
    reach core.escalation_reach := core.reach_nobody();
    value jsonb;
begin
    if jsonb_typeof(held) is distinct from 'array' or held = '[]' then
        return core.reach_nobody(
            concat('“', left(key, 80), '”, of which the incident has no value'));
    end if;
    for value in select v from jsonb_array_elements(held) v limit core.escalation_members_max() loop
        reach := core.reach_together(reach, core.reach_value(team_id, value, at));
    end loop;
    return reach;
end
$$;

-- One member of a step.
create or replace function core.reach_member(team_id integer, member jsonb, metadata jsonb,
    at timestamptz) returns core.escalation_reach
language plpgsql stable as $$
declare
    type text := member ->> 'type';
    off text := 'a channel that is gone or off';
    users integer[];
begin
    case
    when type in ('current_on_call', 'on_call_or_team') then
        users := core.team_on_call(team_id, member -> 'id', at);
        if users = '{}' and type = 'on_call_or_team' then
            users := core.team_people(team_id);
        end if;
        return core.reach_people(users, 'who is on call, which is nobody');
    when type = 'entire_team' then
        return core.reach_people(core.team_people(team_id), 'the team, which is empty');
    when type = 'user' then
        return core.reach_people(core.team_person(team_id, member -> 'id', member ->> 'email'),
                                 'a person who is not in the team any more');
    when type = 'incident_metadata' then
        return core.reach_values(team_id, member ->> 'metadata_key',
                                 metadata -> (member ->> 'metadata_key'), at);
    when type = 'all_channels' then
        return core.reach_channels(core.team_channels(team_id, null, null),
                                   'all channels, of which there are none');
    when type like 'all\_%' and core.member_channel_kind(type) is not null then
        return core.reach_channels(
            core.team_channels(team_id, null, core.member_channel_kind(type)),
            'all of ' || core.channel_kind_title(core.member_channel_kind(type))
            || ', of which there is none');
    when type = 'channel' or core.member_channel_kind(type) is not null then
        return core.reach_channels(core.team_channels(team_id, coalesce(member -> 'id', '0'),
                                       core.member_channel_kind(type)), off);
    when type = 'policy' then
        return core.reach_policy(core.team_policy(team_id, coalesce(member -> 'id', '0')));
    else
        return core.reach_nobody('“' || left(coalesce(type, ''), 80) || '”, which means nobody');
    end case;
end
$$;

-- All members of a step.
create or replace function core.reach_step(team_id integer, step jsonb, metadata jsonb,
    at timestamptz) returns core.escalation_reach
language plpgsql stable as $$
declare
    reach core.escalation_reach := core.reach_nobody();
    member jsonb;
begin
    for member in
        select m from jsonb_array_elements(case when jsonb_typeof(step -> 'step_members') = 'array'
                                                then step -> 'step_members' else '[]' end) m
         limit core.escalation_members_max()
    loop
        reach := core.reach_together(reach, core.reach_member(team_id, member, metadata, at));
    end loop;
    return reach;
end
$$;
