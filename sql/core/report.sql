-- The steps of ingest.report().

-- How far back an agent may report, and how far ahead its clock may be; partitions exist for this.
create or replace function core.report_slot_first(at timestamptz) returns bigint
language sql stable as $$
    select core.ms(at) - 8::bigint * 86400000
$$;

create or replace function core.report_slot_last(at timestamptz) returns bigint
language sql stable as $$
    select core.ms(at) + 300000
$$;

-- Numbers that a tick may hold; NULL or false if not.  What tells about the observer says nothing
-- about the target, so it goes with no status but unknown.
create or replace function core.tick_is_sound(checked_at bigint, status smallint, reason smallint,
    attempts smallint, http_status integer, observer boolean) returns boolean
language sql immutable parallel safe as $$
    select checked_at between 0 and 7258118400000       -- the year 2200
           and status between 0 and 3 and reason >= 0 and attempts >= 0
           and http_status between 0 and 999
           and (status = 0 or not coalesce(observer, false))
$$;

create or replace function core.phases_json(dns_us integer, connect_us integer, tls_us integer,
    first_byte_us integer, total_us integer) returns text
language sql stable as $$
    select '{"dns":' || coalesce(nullif(dns_us, -1)::text, 'null')
        || ',"connect":' || coalesce(nullif(connect_us, -1)::text, 'null')
        || ',"tls":' || coalesce(nullif(tls_us, -1)::text, 'null')
        || ',"first_byte":' || coalesce(nullif(first_byte_us, -1)::text, 'null')
        || ',"total":' || coalesce(nullif(total_us, -1)::text, 'null') || '}'
$$;

-- Live events about these monitors' newest results from one region: at most 100 monitors each.
create or replace function core.tick_events(region_id smallint, monitor_ids integer[],
    at timestamptz)
    returns table (team_id integer, event text)
language plpgsql stable as $$
begin
    return query
        select c.team_id, '{"type":"ticks","time":' || core.ms(at)
               || ',"monitors":[' || string_agg(c.monitor, ',') || ']}'
          from (select m.team_id,
                       (row_number() over (partition by m.team_id order by m.id) - 1) / 100
                           as chunk,
                       '{"id":"' || m.id || '",' || s.doc
                       || ',"last_checked_at":"' || core.iso(rs.checked_at)
                       || '","region":' || rs.doc || ',"phases":' || rs.phases || '}' as monitor
                  from unnest(tick_events.monitor_ids) as fresh (id)
                  join betterstack.monitor m on m.id = fresh.id
                  join betterstack.monitor_state s on s.monitor_id = m.id
                  join betterstack.region_state rs on rs.monitor_id = m.id
                                                  and rs.region_id = tick_events.region_id) c
         group by c.team_id, c.chunk;
end
$$;
