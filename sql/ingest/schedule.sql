-- A region's whole schedule, for agents that cannot reach Redis: the msgpack of shared/bs_wire.h.

-- Changes whenever the answer would: which regions there are, and the hash of each monitor's entry.
create or replace function core.schedule_etag(region_id smallint) returns text
language plpgsql stable as $$
declare
    regions text := (select string_agg(r.id || '=' || r.slug, ',' order by r.id)
                       from betterstack.region r);
    monitors text;
begin
    select count(*) || '.' || coalesce(bit_xor(m.schedule_hash), 0) into monitors
      from betterstack.monitor m
     where not m.paused
       and (m.region_ids is null or schedule_etag.region_id = any (m.region_ids));
    return encode(substr(sha256(convert_to(region_id || ' ' || regions || ' ' || monitors, 'UTF8')),
                         1, 16), 'hex');
end
$$;

create or replace function core.schedule_body(region_id smallint, slug text) returns bytea
language plpgsql stable as $$
declare
    entries bytea;
    count integer;
begin
    select coalesce(string_agg('\x94'::bytea || core.msgpack_integer(m.id)
               || core.msgpack_integer(m.check_frequency * 1000)
               || core.msgpack_integer(core.phase_ms(m.id, m.check_frequency * 1000,
                                                     p.rank, p.count))
               || m.spec, ''::bytea order by m.id), ''), count(*)
      into entries, count
      from betterstack.monitor m
     cross join lateral (
           select (count(*) filter (where r.id < schedule_body.region_id))::integer as rank,
                  count(*)::integer as count
             from betterstack.region r
            where m.region_ids is null or r.id = any (m.region_ids)) p
     where not m.paused
       and (m.region_ids is null or schedule_body.region_id = any (m.region_ids));
    return core.msgpack_map_head(3)
        || core.msgpack_string('v') || core.msgpack_integer(1)
        || core.msgpack_string('region') || core.msgpack_string(slug)
        || core.msgpack_string('monitors') || core.msgpack_array_head(count) || entries;
end
$$;


create or replace function ingest.schedule(token_digest bytea, known_etag text)
    returns table (status smallint, etag text, body bytea)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    region betterstack.region;
begin
    select r.* into region
      from betterstack.region_token t
      join betterstack.region r on r.id = t.region_id
     where t.digest = token_digest;
    if not found then
        status := 401;
    else
        etag := core.schedule_etag(region.id);
        if etag = known_etag then
            status := 304;
        else
            status := 200;
            body := core.schedule_body(region.id, region.slug);
        end if;
    end if;
    return next;
end
$$;
