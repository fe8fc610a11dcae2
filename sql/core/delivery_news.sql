-- Live events about deliveries: gathered while a transaction goes on, as those of incidents are,
-- and apart from them: a hundred messages never hide an incident.  A dashboard that misses one sees
-- it at its next look.

create or replace function core.delivery_news_max() returns integer
language sql immutable parallel safe as $$ select 16384 $$;

create or replace function core.delivery_event(id bigint, incident_id bigint, channel_id integer,
    state smallint) returns text
language plpgsql immutable parallel safe as $$
begin
    return json_build_object('type', 'delivery', 'id', id::text, 'incident_id', incident_id::text,
        'channel_id', channel_id::text, 'state', core.delivery_state_word(state))::text;
end
$$;

-- Called for every delivery that is new or in another state; beyond the limit nothing is added.
create or replace function core.delivery_publish(d betterstack.delivery) returns void
language plpgsql volatile as $$
declare
    news text := coalesce(current_setting('betterstack.delivery_news', true), '');
begin
    if d.team_id is not null and length(news) < core.delivery_news_max() then
        perform set_config('betterstack.delivery_news', concat(news, d.team_id, ' ', d.id, ' ',
            d.incident_id, ' ', d.channel_id, ' ', d.state, E'\n'), true);
    end if;
end
$$;

-- Once, to teams of which somebody watches.
create or replace function core.delivery_news(at timestamptz)
    returns table (team_id integer, event text)
language plpgsql volatile as $$
declare
    news text := current_setting('betterstack.delivery_news', true);
begin
    if coalesce(news, '') = '' then
        return;
    end if;
    perform set_config('betterstack.delivery_news', '', true);
    return query
        select a.team_id, core.delivery_event(split_part(n.line, ' ', 2)::bigint,
                   nullif(split_part(n.line, ' ', 3), '')::bigint,
                   nullif(split_part(n.line, ' ', 4), '')::integer,
                   split_part(n.line, ' ', 5)::smallint)
          from string_to_table(rtrim(news, E'\n'), E'\n') with ordinality n (line, place)
          join betterstack.audience a
            on a.team_id = split_part(n.line, ' ', 1)::integer and a.until > at
         order by n.place;
end
$$;

create or replace function core.delivery_events_max() returns integer
language sql immutable parallel safe as $$ select 200 $$;

-- The event of a request that alerts, and under it, one a line, those of what it wrote for the
-- team.
create or replace function core.event_with_deliveries(event text, team_id integer) returns text
language plpgsql volatile as $$
begin
    return concat_ws(E'\n', event, (
        select string_agg(n.event, E'\n' order by n.place)
          from core.delivery_news(clock_timestamp()) with ordinality n (team_id, event, place)
         where n.team_id = event_with_deliveries.team_id
           and n.place <= core.delivery_events_max()));
end
$$;
