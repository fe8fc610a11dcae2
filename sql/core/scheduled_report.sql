-- A scheduled report as its settings: what is wrong with them, and the API's JSON.  Reports of
-- agents are core.report; these are for people.

-- Of a team.
create or replace function core.scheduled_reports_max() returns integer
language sql immutable parallel safe as $$ select 50 $$;

create or replace function core.scheduled_report_people_max() returns integer
language sql immutable parallel safe as $$ select 50 $$;

create or replace function core.scheduled_report_channels_max() returns integer
language sql immutable parallel safe as $$ select 20 $$;

create or replace function core.scheduled_report_defaults() returns jsonb
language sql immutable parallel safe as $$
    select '{"name": null, "period": "month", "timezone": "UTC", "all_monitors": true,
             "monitor_ids": [], "user_ids": [], "channel_ids": [], "enabled": true}'::jsonb
$$;

-- The ids of the members with these addresses; unknown: the first address that is nobody's.
create or replace function core.scheduled_report_members(emails jsonb, team_id integer,
    out user_ids integer[], out unknown text)
language plpgsql stable as $$
begin
    select array_agg(e.user_id order by e.place), min(e.email) filter (where e.user_id is null)
      into user_ids, unknown
      from (select t.email, t.place,
                   core.member_by_email(t.email, scheduled_report_members.team_id) as user_id
              from jsonb_array_elements_text(emails) with ordinality t (email, place)) e;
end
$$;

create or replace function core.check_emails(value jsonb, most integer) returns text
language sql stable parallel safe as $$
    select case
        when coalesce(jsonb_typeof(value), '') <> 'array'
             or exists (select from jsonb_array_elements(value) e
                         where core.check_email(e) is not null)
            then 'must be a list of e-mail addresses'
        when jsonb_array_length(value) > most then 'must have at most ' || most || ' entries'
    end
$$;

-- The settings that result: the defaults, over them what `r` has, over that what is given, where
-- null means the default.  Who names monitors does not mean all of them.
create or replace function core.scheduled_report_merge(r betterstack.report, given jsonb)
    returns jsonb
language plpgsql stable as $$
declare
    defaults jsonb := core.scheduled_report_defaults();
begin
    if not given ? 'all_monitors' and jsonb_typeof(given -> 'monitor_ids') = 'array'
       and given -> 'monitor_ids' <> '[]' then
        given := given || '{"all_monitors": false}';
    end if;
    return defaults || case when r.id is null then '{}' else jsonb_strip_nulls(to_jsonb(r)) end
           || core.settings_given(given, defaults);
end
$$;

-- Only what is given is looked up: what has gone since is no mistake of now.
create or replace function core.scheduled_report_errors_monitors(s jsonb, given jsonb,
    team_id integer) returns jsonb
language plpgsql stable as $$
declare
    errors jsonb := '{}';
    unknown integer;
begin
    errors := core.complain(errors, 'all_monitors', core.check_boolean(s -> 'all_monitors'));
    errors := core.complain(errors, 'monitor_ids',
        core.check_ids(s -> 'monitor_ids', 'monitors', core.maintenance_ids_max()));
    if errors <> '{}' then
        return errors;
    end if;
    if given ? 'monitor_ids' then
        select i into unknown from unnest(core.json_ids(s -> 'monitor_ids')) i
         where not exists (
            select from betterstack.monitor m
             where m.id = i and m.team_id = scheduled_report_errors_monitors.team_id) limit 1;
        errors := core.complain(errors, 'monitor_ids', 'does not know the monitor ' || unknown);
    end if;
    if errors = '{}' and s -> 'all_monitors' = 'false' and s -> 'monitor_ids' = '[]' then
        errors := core.complain(errors, 'monitor_ids',
            'must name at least one monitor, unless all_monitors is true');
    end if;
    return errors;
end
$$;

create or replace function core.scheduled_report_errors_people(s jsonb, given jsonb,
    team_id integer) returns jsonb
language plpgsql stable as $$
declare
    most integer := core.scheduled_report_people_max();
    errors jsonb := core.complain(core.complain('{}',
        'user_ids', core.check_ids(s -> 'user_ids', 'members of the team', most)),
        'emails', case when given ? 'emails'
                       then core.check_emails(given -> 'emails', most) end);
    unknown text;
begin
    if errors <> '{}' then
        return errors;
    end if;
    if given ? 'user_ids' then
        select min(i) into unknown from unnest(core.json_ids(s -> 'user_ids')) i
         where core.reference_name('user', i, team_id) is null;
        errors := core.complain(errors, 'user_ids', 'does not know the user ' || unknown);
    end if;
    if given ? 'emails' then
        unknown := (core.scheduled_report_members(given -> 'emails', team_id)).unknown;
        errors := core.complain(errors, 'emails', 'knows no member of your team with the address '
            || unknown || ': add an e-mail channel for people outside of it');
    end if;
    return errors;
end
$$;

create or replace function core.scheduled_report_errors_channels(s jsonb, given jsonb,
    team_id integer) returns jsonb
language plpgsql stable as $$
declare
    errors jsonb := core.complain('{}', 'channel_ids', core.check_ids(s -> 'channel_ids',
        'e-mail channels', core.scheduled_report_channels_max()));
    unknown integer;
begin
    if errors = '{}' and given ? 'channel_ids' then
        select min(i) into unknown from unnest(core.json_ids(s -> 'channel_ids')) i
         where not exists (
            select from betterstack.channel c
             where c.id = i and c.team_id = scheduled_report_errors_channels.team_id
               and c.user_id is null and c.kind = 'email');
        errors := core.complain(errors, 'channel_ids',
                                'does not know the e-mail channel ' || unknown);
    end if;
    return errors;
end
$$;

create or replace function core.scheduled_report_errors(s jsonb, given jsonb, team_id integer)
    returns jsonb
language plpgsql stable as $$
declare
    errors jsonb := core.check_members(given,
        array(select jsonb_object_keys(core.scheduled_report_defaults()))
            || '{emails,team_name}'::text[],
        '{id,timezone_iana,next_run_at,next_from,next_until,last_run,created_at,updated_at}');
begin
    errors := core.complain(errors, 'name', core.check_required_text(s -> 'name', 255));
    errors := core.complain(errors, 'period', core.check_choice(s -> 'period', '{week,month}'));
    errors := core.complain(errors, 'timezone', core.check_zone(s -> 'timezone'));
    errors := core.complain(errors, 'enabled', core.check_boolean(s -> 'enabled'));
    errors := core.complain(errors, 'team_name',
                            core.check_team_name(given -> 'team_name', team_id));
    return errors || core.scheduled_report_errors_monitors(s, given, team_id)
           || core.scheduled_report_errors_people(s, given, team_id)
           || core.scheduled_report_errors_channels(s, given, team_id);
end
$$;

-- Whom it goes to: who gives ids or addresses means those, who gives both means all of them.
create or replace function core.scheduled_report_people(s jsonb, given jsonb, team_id integer)
    returns integer[]
language plpgsql stable as $$
declare
    ids integer[] := case when given ? 'user_ids' or not given ? 'emails'
                          then core.json_ids(s -> 'user_ids') else '{}' end;
begin
    if given ? 'emails' then
        ids := ids || (core.scheduled_report_members(given -> 'emails', team_id)).user_ids;
    end if;
    return array(select distinct i from unnest(ids) i order by i);
end
$$;

-- `r` with the members of the body put in.  If errors is not '{}', changed is not to be used.
create or replace function core.scheduled_report_change(r betterstack.report, given jsonb,
    team_id integer, at timestamptz, out changed betterstack.report, out errors jsonb)
language plpgsql stable as $$
declare
    s jsonb := core.scheduled_report_merge(r, given);
begin
    errors := core.scheduled_report_errors(s, given, team_id);
    if errors <> '{}' then
        return;
    end if;
    changed := r;
    changed.team_id := scheduled_report_change.team_id;
    changed.name := btrim(s ->> 'name');
    changed.period := s ->> 'period';
    changed.timezone := s ->> 'timezone';
    changed.all_monitors := s -> 'all_monitors';
    changed.monitor_ids := core.json_ids(s -> 'monitor_ids');
    changed.user_ids := core.scheduled_report_people(s, given, team_id);
    changed.channel_ids := core.json_ids(s -> 'channel_ids');
    changed.enabled := s -> 'enabled';
    if r.id is null or r.period <> changed.period or changed.enabled and not r.enabled then
        changed.next_on := core.scheduled_report_begins(changed, at);
    end if;
    changed.due_at := core.scheduled_report_due(changed);
    changed.created_at := coalesce(r.created_at, at);
    changed.updated_at := at;
end
$$;

-- Receivers who are still there, as a client sees ids.
create or replace function core.scheduled_report_receivers_shown(r betterstack.report)
    returns jsonb
language plpgsql stable as $$
begin
    return (
        select jsonb_build_object('user_ids', coalesce(jsonb_agg(u.id::text order by u.id), '[]'),
                   'emails', coalesce(jsonb_agg(u.email order by u.id), '[]'))
          from betterstack.membership m join betterstack.app_user u on u.id = m.user_id
         where m.team_id = r.team_id and m.user_id = any (r.user_ids))
        || jsonb_build_object('channel_ids', array(
            select c.id::text from betterstack.channel c
             where c.id = any (r.channel_ids) order by c.id));
end
$$;

create or replace function core.scheduled_report_last(report_id integer) returns jsonb
language plpgsql stable as $$
begin
    return (
        select jsonb_build_object('id', n.id::text, 'from', core.iso(n.period_from),
                   'until', core.iso(n.period_until), 'made_at', core.iso(n.made_at),
                   'summary', n.summary)
          from betterstack.report_run n where n.report_id = scheduled_report_last.report_id
         order by n.id desc limit 1);
end
$$;

create or replace function core.scheduled_report_json(r betterstack.report) returns jsonb
language plpgsql stable as $$
begin
    return jsonb_build_object('id', r.id::text, 'type', 'report', 'attributes',
        jsonb_build_object('name', r.name, 'period', r.period, 'timezone', r.timezone,
            'timezone_iana', core.zone_name(r.timezone), 'all_monitors', r.all_monitors,
            'monitor_ids', array(select m.id::text from betterstack.monitor m
                                  where m.id = any (r.monitor_ids) order by m.id),
            'enabled', r.enabled, 'next_run_at', core.iso(r.due_at),
            'next_from', case when r.enabled then
                core.iso(core.scheduled_report_moment(r.next_on, r.timezone)) end,
            'next_until', case when r.enabled then
                core.iso(core.scheduled_report_moment(
                    core.scheduled_report_next(r.period, r.next_on), r.timezone)) end,
            'last_run', core.scheduled_report_last(r.id),
            'team_name', (select t.name from betterstack.team t where t.id = r.team_id),
            'created_at', core.iso(r.created_at), 'updated_at', core.iso(r.updated_at))
        || core.scheduled_report_receivers_shown(r));
end
$$;
