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

-- How long a team counts as watching after a dashboard was opened; streams end before, and are
-- opened again.
create or replace function core.audience_for() returns interval
language sql immutable parallel safe as $$ select interval '15 minutes' $$;

create or replace function core.audience_note(team_id integer, at timestamptz) returns void
language plpgsql volatile as $$
begin
    insert into betterstack.audience as a (team_id, until)
    values (audience_note.team_id, at + core.audience_for())
    on conflict on constraint audience_pkey do update set until = excluded.until
     where a.until < excluded.until - interval '1 minute';
end
$$;

-- Those of these monitors of whose results somebody wants to hear.
create or replace function core.watched(monitor_ids integer[], at timestamptz) returns integer[]
language plpgsql stable as $$
begin
    if not exists (select from betterstack.audience a where a.until > at) then
        return '{}';
    end if;
    return array(select m.id from betterstack.monitor m
                   join betterstack.audience a on a.team_id = m.team_id and a.until > at
                  where m.id = any (monitor_ids));
end
$$;

-- Whom to tell about: what has changed, and what is watched of the rest.
create or replace function core.report_told(fresh integer[], monitor_ids integer[],
    at timestamptz) returns integer[]
language plpgsql stable as $$
declare
    watched integer[] := core.watched(monitor_ids, at);
begin
    if watched = '{}' then
        return fresh;
    end if;
    return array(select unnest(fresh) union select unnest(watched));
end
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
                       || '","region":' || core.region_state_doc(r.slug, rs) || ',"phases":'
                       || core.phases_json(t.dns_us, t.connect_us, t.tls_us, t.first_byte_us,
                                           rs.total_us) || '}' as monitor
                  from unnest(tick_events.monitor_ids) as fresh (id)
                  join betterstack.monitor m on m.id = fresh.id
                  join betterstack.monitor_state s on s.monitor_id = m.id
                  join betterstack.region_state rs on rs.monitor_id = m.id
                                                  and rs.region_id = tick_events.region_id
                  join betterstack.region r on r.id = rs.region_id
                  left join betterstack.tick t on t.monitor_id = rs.monitor_id
                                              and t.region_id = rs.region_id
                                              and betterstack.slot_hour(t.slot)
                                                  = betterstack.slot_hour(rs.slot)
                                              and t.slot = rs.slot) c
         group by c.team_id, c.chunk;
end
$$;
