-- How long each class of history is kept, and for whom; core/retention_step.sql lets go what is
-- older.  A day is kept while it is among the last so many whole days (UTC).

create or replace function core.retention_classes() returns text[]
language sql immutable parallel safe as $$ select '{ticks,hours,days,incidents}'::text[] $$;

-- Days; null: for ever.
create or replace function core.retention_installation(class text) returns integer
language sql stable as $$
    select case class when 'ticks' then n.tick_retention_days::integer
                      when 'hours' then n.hour_retention_days
                      when 'days' then n.day_retention_days
                      when 'incidents' then n.incident_retention_days end
      from betterstack.installation n
$$;

-- Of a team's own setting; null: it has none.
create or replace function core.retention_team(class text, team_id integer) returns integer
language sql stable as $$
    select case class when 'ticks' then t.ticks when 'hours' then t.hours
                      when 'days' then t.days when 'incidents' then t.incidents end
      from betterstack.team_retention t
     where t.team_id = retention_team.team_id
$$;

-- Whatever is of a day before this one goes; null: nothing does.
create or replace function core.retention_cutoff(class text, team_id integer, at timestamptz)
    returns date
language sql stable as $$
    select (at at time zone 'UTC')::date
           - coalesce(core.retention_team(class, team_id), core.retention_installation(class))
$$;

-- Nobody wants anything of the days before this one; null: somebody wants all.
create or replace function core.retention_cutoff_of_all(class text, at timestamptz) returns date
language sql stable as $$
    select (at at time zone 'UTC')::date - greatest(i.days, (
               select max(core.retention_team(class, t.team_id)) from betterstack.team_retention t))
      from (select core.retention_installation(class) as days) i
     where i.days is not null
$$;

create or replace function core.retention_bounds(class text, out lowest integer,
    out highest integer)
language sql immutable parallel safe as $$
    select case class when 'incidents' then 30 else 8 end,
           case class when 'ticks' then 3650 else 36500 end
$$;

create or replace function core.retention_body(team_id integer) returns text
language sql stable as $$
    select json_build_object('data', json_build_object(
        'id', team_id::text, 'type', 'retention', 'attributes', json_build_object(
            'installation', json_build_object(
                'ticks', core.retention_installation('ticks'),
                'hours', core.retention_installation('hours'),
                'days', core.retention_installation('days'),
                'incidents', core.retention_installation('incidents')),
            'team', json_build_object(
                'ticks', core.retention_team('ticks', team_id),
                'hours', core.retention_team('hours', team_id),
                'days', core.retention_team('days', team_id),
                'incidents', core.retention_team('incidents', team_id)))))::text
$$;

-- What is wrong with the part of that name.
create or replace function core.retention_part_errors(body jsonb, part text) returns jsonb
language plpgsql stable as $$
declare
    errors jsonb;
    class text;
    bound record;
begin
    if not body ? part then
        return '{}';
    elsif jsonb_typeof(body -> part) <> 'object' then
        return core.complain('{}', part, 'must be an object, like {"ticks": 30}');
    end if;
    select coalesce(jsonb_object_agg(part || '.' || e.key, e.value), '{}') into errors
      from jsonb_each(core.check_members(body -> part, core.retention_classes())) e;
    foreach class in array core.retention_classes() loop
        if jsonb_typeof(body -> part -> class) <> 'null' then
            bound := core.retention_bounds(class);
            if core.check_integer(body -> part -> class, bound.lowest, bound.highest) is not null
            then
                errors := core.complain(errors, part || '.' || class, format(
                    'must be a number of days from %s to %s, or null: %s', bound.lowest,
                    bound.highest, case part when 'team' then 'as the installation'
                                             else 'for ever' end));
            end if;
        end if;
    end loop;
    return errors;
end
$$;

-- Of an object: the member as a number, or what was there before if it is not given.
create or replace function core.retention_given(part jsonb, class text, held integer)
    returns integer
language sql immutable parallel safe as $$
    select case when part ? class then (part ->> class)::integer else held end
$$;

create or replace function core.retention_set_installation(part jsonb) returns void
language sql volatile as $$
    update betterstack.installation
       set tick_retention_days = core.retention_given(part, 'ticks', tick_retention_days),
           hour_retention_days = core.retention_given(part, 'hours', hour_retention_days),
           day_retention_days = core.retention_given(part, 'days', day_retention_days),
           incident_retention_days = core.retention_given(part, 'incidents',
                                                          incident_retention_days)
$$;

create or replace function core.retention_set_team(team_id integer, part jsonb) returns void
language plpgsql volatile as $$
begin
    insert into betterstack.team_retention as t (team_id, ticks, hours, days, incidents)
    values (retention_set_team.team_id, core.retention_given(part, 'ticks', null),
            core.retention_given(part, 'hours', null), core.retention_given(part, 'days', null),
            core.retention_given(part, 'incidents', null))
    on conflict on constraint team_retention_pkey do update
       set ticks = core.retention_given(part, 'ticks', t.ticks),
           hours = core.retention_given(part, 'hours', t.hours),
           days = core.retention_given(part, 'days', t.days),
           incidents = core.retention_given(part, 'incidents', t.incidents);
end
$$;

-- Settings have changed: passes begin anew, and with the next step.
create or replace function core.retention_renew() returns void
language sql volatile as $$
    update betterstack.retention_pass set next_id = -1, next_at = '-infinity'
$$;
