-- One report's ticks, in the order that keeps reports and people from waiting for each other in a
-- circle: what is not steady, with the locks of its monitor_state; then the many that are; then what
-- turned out to be neither, if its locks are free.
--
-- Of one region one report is at work at a time, so that its rows of region_state are wanted by
-- nobody else but those who change or delete a monitor, and these have its monitor_state first.

-- The monitors that core.report_steady is not to touch: anything but up, here or altogether, or with
-- any other result among these.  In maintenance nothing is decided.
create or replace function core.report_unsteady(region_id smallint, monitor_ids integer[],
    statuses smallint[], reasons smallint[], evidences text[]) returns integer[]
language plpgsql stable set enable_seqscan = off as $$
declare
    monitors integer[] := array(
        select m.id from unnest(monitor_ids) as m (id)
         where m.id in (select s.monitor_id from betterstack.monitor_state s
                         where s.status not in (1, 4, 8))
            or m.id in (select rs.monitor_id from betterstack.region_state rs
                         where rs.region_id = report_unsteady.region_id and rs.status <> 1));
begin
    if 1 = all (statuses) and 0 = all (reasons) and array_to_string(evidences, '') = '' then
        return monitors;
    end if;
    return monitors || array(
        select t.monitor_id from unnest(monitor_ids, statuses, reasons, evidences)
               as t (monitor_id, status, reason, evidence)
         where t.monitor_id is not null
           and (t.status = 1 and t.reason = 0 and coalesce(t.evidence, '') = '') is not true);
end
$$;

-- The places of these monitors' ticks.
create or replace function core.report_places(monitor_ids integer[], monitors integer[])
    returns integer[]
language plpgsql immutable as $$
begin
    if monitors = '{}' then
        return monitors;
    end if;
    return array(select t.place from unnest(monitor_ids) with ordinality as t (monitor_id, place)
                  where t.monitor_id in (select m from unnest(monitors) m));
end
$$;

-- The places of those that are neither done already nor their region's newest result now.  late:
-- the monitors of which a newer result is known; only history is to be written of these.
create or replace function core.report_left(region_id smallint, monitor_ids integer[],
    slots bigint[], done integer[], out places integer[], out late integer[])
language plpgsql stable as $$
begin
    select coalesce(array_agg(t.place), '{}'),
           coalesce(array_agg(distinct t.monitor_id) filter (where t.last < t.newest), '{}')
      into places, late
      from (select u.monitor_id, u.slot, u.place, core.ms(rs.slot) as newest, rs.status,
                   max(u.slot) over (partition by u.monitor_id) as last
              from unnest(monitor_ids, slots) with ordinality as u (monitor_id, slot, place)
              left join betterstack.region_state rs
                     on rs.monitor_id = u.monitor_id and rs.region_id = report_left.region_id
             where u.place not in (select d from unnest(done) d)) t
     where (t.newest, t.status) is distinct from (t.slot, 1::smallint);
end
$$;

-- The ticks at these places.
create or replace function core.report_pick(places integer[],
    inout monitor_ids integer[], inout slots bigint[], inout checked_ats bigint[],
    inout statuses smallint[], inout reasons smallint[], inout attempts smallint[],
    inout http_statuses integer[], inout addresses text[], inout dns_us integer[],
    inout connect_us integer[], inout tls_us integer[], inout first_byte_us integer[],
    inout total_us integer[], inout evidences text[], inout flags smallint[],
    inout expires_ats bigint[])
language plpgsql immutable as $$
begin
    select array_agg(t.a), array_agg(t.b), array_agg(t.c), array_agg(t.d), array_agg(t.e),
           array_agg(t.f), array_agg(t.g), array_agg(t.h), array_agg(t.i), array_agg(t.j),
           array_agg(t.k), array_agg(t.l), array_agg(t.m), array_agg(t.n), array_agg(t.o),
           array_agg(t.p)
      into monitor_ids, slots, checked_ats, statuses, reasons, attempts, http_statuses, addresses,
           dns_us, connect_us, tls_us, first_byte_us, total_us, evidences, flags, expires_ats
      from unnest(monitor_ids, slots, checked_ats, statuses, reasons, attempts, http_statuses,
                  addresses, dns_us, connect_us, tls_us, first_byte_us, total_us, evidences, flags,
                  expires_ats) with ordinality
           as t (a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, place)
     where t.place in (select p from unnest(places) p);
end
$$;

-- Stores the ticks at these places as core.report_store does, and adds to what is known so far.
-- late: monitors whose locks are not needed.
create or replace function core.report_store_at(region_id smallint, places integer[],
    late integer[], monitor_ids integer[], slots bigint[], checked_ats bigint[], statuses smallint[],
    reasons smallint[], attempts smallint[], http_statuses integer[], addresses text[],
    dns_us integer[], connect_us integer[], tls_us integer[], first_byte_us integer[],
    total_us integer[], evidences text[], flags smallint[], expires_ats bigint[], at timestamptz,
    inout stored integer, inout valid integer, inout fresh integer[], inout odd integer[],
    inout failing integer)
language plpgsql volatile as $$
#variable_conflict use_variable
declare
    t record;
    r record;
    locked integer[];
begin
    if places = '{}' then
        return;
    end if;
    t := core.report_pick(places, monitor_ids, slots, checked_ats, statuses, reasons, attempts,
        http_statuses, addresses, dns_us, connect_us, tls_us, first_byte_us, total_us, evidences,
        flags, expires_ats);
    locked := array(select s.monitor_id from betterstack.monitor_state s
                     where s.monitor_id = any (t.monitor_ids) and s.monitor_id <> all (late)
                     order by s.monitor_id for no key update);
    r := core.report_store(region_id, locked || late, t.monitor_ids, t.slots, t.checked_ats,
        t.statuses, t.reasons, t.attempts, t.http_statuses, t.addresses, t.dns_us, t.connect_us,
        t.tls_us, t.first_byte_us, t.total_us, t.evidences, t.flags, t.expires_ats, at);
    stored := stored + r.stored;
    valid := valid + r.valid;
    fresh := fresh || r.fresh;
    odd := odd || r.odd;
    failing := failing + r.failing;
end
$$;

-- Locks of monitor_state for these places, out of the order of ids with those that the report has
-- by now: so nobody is waited for, or reports of two regions could wait for each other.  Where
-- somebody else has one of them lock_not_available is raised, and the whole report takes the other
-- way.  A region that has not looked at a monitor yet, or does not watch it any more, leads here.
create or replace function core.report_lock_left(monitor_ids integer[], places integer[],
    late integer[]) returns void
language plpgsql volatile as $$
declare
    wanted integer[] := array(
        select t.monitor_id from unnest(monitor_ids) with ordinality as t (monitor_id, place)
         where t.place in (select p from unnest(places) p));
begin
    perform from betterstack.monitor_state s
      where s.monitor_id = any (wanted) and s.monitor_id <> all (late)
      order by s.monitor_id for no key update nowait;
end
$$;

-- stored: new ticks.  valid: those that were taken, new or not.  fresh: the monitors whose newest
-- result of this region is among them, the steady ones left out.  odd: those of them to be decided
-- about.  failing: how many have begun to fail here.  Unless optimistic, nothing is steady.
create or replace function core.report_take(region_id smallint, monitor_ids integer[], slots bigint[], checked_ats bigint[], statuses smallint[],
    reasons smallint[], attempts smallint[], http_statuses integer[], addresses text[],
    dns_us integer[], connect_us integer[], tls_us integer[], first_byte_us integer[],
    total_us integer[], evidences text[], flags smallint[], expires_ats bigint[], at timestamptz,
    optimistic boolean, out stored integer, out valid integer, out fresh integer[],
    out odd integer[], out failing integer)
language plpgsql volatile as $$
#variable_conflict use_variable
declare
    count integer := coalesce(cardinality(monitor_ids), 0);
    monitors integer[] := case when optimistic
        then core.report_unsteady(region_id, monitor_ids, statuses, reasons, evidences)
        else monitor_ids end;
    unsteady integer[] := core.report_places(monitor_ids, monitors);
    steady integer;
    rest record;
    r record;
begin
    r := core.report_store_at(region_id, unsteady, '{}', monitor_ids, slots, checked_ats,
        statuses, reasons, attempts, http_statuses, addresses, dns_us, connect_us, tls_us,
        first_byte_us, total_us, evidences, flags, expires_ats, at, 0, 0, '{}', '{}', 0);
    if cardinality(unsteady) < count then
        steady := core.report_steady(region_id, monitor_ids, slots, checked_ats, statuses,
            reasons, attempts, http_statuses, addresses, dns_us, connect_us, tls_us,
            first_byte_us, total_us, evidences, flags, expires_ats, monitors, at);
        r.stored := r.stored + steady;
        r.valid := r.valid + steady;
        if cardinality(unsteady) + steady < count then
            rest := core.report_left(region_id, monitor_ids, slots, unsteady);
            perform core.report_lock_left(monitor_ids, rest.places, rest.late);
            r.valid := r.valid - steady + count - cardinality(unsteady) - cardinality(rest.places);
            r := core.report_store_at(region_id, rest.places, rest.late, monitor_ids, slots,
                checked_ats, statuses, reasons, attempts, http_statuses, addresses, dns_us,
                connect_us, tls_us, first_byte_us, total_us, evidences, flags, expires_ats, at,
                r.stored, r.valid, r.fresh, r.odd, r.failing);
        end if;
    end if;
    stored := r.stored;
    valid := r.valid;
    fresh := r.fresh;
    odd := array(select distinct d from unnest(r.odd) as d order by d);
    failing := r.failing;
end
$$;
