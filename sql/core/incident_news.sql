-- Live events about incidents, and what else changes by itself: gathered while a transaction goes
-- on, taken by whoever answers the hub, once.  Nothing is stored, and nothing costs where nothing
-- happened.

-- A line for each: team (none: the installation's), kind, action, id.
create or replace function core.incident_news_max() returns integer
language sql immutable parallel safe as $$ select 16384 $$;

-- Of more than that many bytes the rest is left out: a dashboard asks for the whole list after any.
create or replace function core.live_publish(kind text, team_id integer, action text, id bigint)
    returns void
language plpgsql volatile as $$
declare
    news text := coalesce(current_setting('betterstack.incident_news', true), '');
    line text := concat(team_id, ' ', kind, ' ', action, ' ', id, E'\n');
begin
    if length(news) < core.incident_news_max() and position(line in news) = 0 then
        perform set_config('betterstack.incident_news', news || line, true);
    end if;
end
$$;

create or replace function core.incident_publish(team_id integer, action text, id bigint)
    returns void
language plpgsql volatile as $$
begin
    perform core.live_publish('incident', team_id, action, id);
end
$$;

create or replace function core.incident_news_teams_max() returns integer
language sql immutable parallel safe as $$ select 1000 $$;

-- What concerns the installation is told to every team.
create or replace function core.incident_news() returns table (team_id integer, event text)
language plpgsql volatile as $$
declare
    news text := current_setting('betterstack.incident_news', true);
begin
    if coalesce(news, '') = '' then
        return;
    end if;
    perform set_config('betterstack.incident_news', '', true);
    return query
        select t.id, core.event(split_part(n.line, ' ', 2), split_part(n.line, ' ', 3),
                          split_part(n.line, ' ', 4))
          from string_to_table(rtrim(news, E'\n'), E'\n') with ordinality n (line, place)
         cross join lateral (
               select split_part(n.line, ' ', 1)::integer as id where n.line !~ '^ '
                union all
               (select o.id from betterstack.team o where n.line ~ '^ '
                 order by o.id limit core.incident_news_teams_max())) t
         order by n.place;
end
$$;
