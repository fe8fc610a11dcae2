-- Live events about incidents: gathered while a transaction goes on, taken by whoever answers the
-- hub, once.  Nothing is stored, and nothing costs where nothing happened.

create or replace function core.incident_news_max() returns integer
language sql immutable parallel safe as $$ select 500 $$;

-- Of more than that many the rest is left out: a dashboard asks for the whole list after any.
create or replace function core.incident_publish(team_id integer, action text, id bigint)
    returns void
language plpgsql volatile as $$
declare
    news jsonb := coalesce(nullif(current_setting('betterstack.incident_news', true), ''), '[]');
    item jsonb := jsonb_build_array(team_id, action, id::text);
begin
    if jsonb_array_length(news) < core.incident_news_max() and not news @> jsonb_build_array(item) then
        perform set_config('betterstack.incident_news', (news || jsonb_build_array(item))::text, true);
    end if;
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
        select t.id, core.event('incident', n.item ->> 1, n.item ->> 2)
          from jsonb_array_elements(news::jsonb) with ordinality n (item, place)
         cross join lateral (
               select (n.item ->> 0)::integer as id where n.item ->> 0 is not null
                union all
               (select o.id from betterstack.team o where n.item ->> 0 is null
                 order by o.id limit core.incident_news_teams_max())) t
         order by n.place;
end
$$;
