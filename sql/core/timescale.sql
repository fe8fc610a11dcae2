-- betterstack.tick as a hypertable of TimescaleDB with a chunk a day, where a site has that
-- extension: sql/migrate --timescaledb.  Only what its Apache edition (Debian's) has is used.  A
-- chunk is named as the partition of its day would be, and all else is as without the extension.

create or replace function core.tick_is_hypertable() returns boolean
language sql stable as $$
    select c.relkind = 'r' from pg_class c where c.oid = 'betterstack.tick'::regclass
$$;

-- The extension makes a chunk for any row that comes; it is emptied, and gets its day's name.
create or replace function core.tick_chunk_make(day date) returns void
language plpgsql volatile as $$
declare
    chunk oid;
begin
    perform set_config('betterstack.tick_chunk_making', 'yes', true);
    insert into betterstack.tick (slot, monitor_id, lateness_ms, dns_us, connect_us, tls_us,
        first_byte_us, total_us, region_id, http_status, status, reason, attempts, address,
        evidence)
    values (core.day_begin(day), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '', '')
    returning tableoid into chunk;
    perform set_config('betterstack.tick_chunk_making', '', true);
    execute format('truncate %s', chunk::regclass);
    execute format('alter table %s rename to %I', chunk::regclass, core.tick_partition_name(day));
end
$$;

-- After each statement that stores ticks: a day that has no chunk yet is as one without a
-- partition.
create or replace function core.tick_chunk_check() returns trigger
language plpgsql volatile as $$
begin
    if current_setting('betterstack.tick_chunk_making', true) = 'yes' then
        return null;
    end if;
    if exists (select from pg_inherits i join pg_class c on c.oid = i.inhrelid
                where i.inhparent = 'betterstack.tick'::regclass
                  and c.relname !~ '^tick_[0-9]{8}$') then
        raise exception 'there is no chunk of betterstack.tick for a day yet'
            using errcode = 'check_violation', schema = 'betterstack', table = 'tick';
    end if;
    return null;
end
$$;

-- One of the old table's days: its rows and its fence.
create or replace function core.tick_day_move(leaf text) returns void
language plpgsql volatile as $$
declare
    day date := to_date(right(leaf, 8), 'YYYYMMDD');
    fenced boolean := exists (select from pg_trigger g
                               where g.tgrelid = format('betterstack.%I', leaf)::regclass
                                 and g.tgname = 'divert');
begin
    execute format('alter table betterstack.tick_native detach partition betterstack.%I', leaf);
    execute format('alter table betterstack.%I rename to tick_native_day', leaf);
    perform core.tick_chunk_make(day);
    insert into betterstack.tick select * from betterstack.tick_native_day;
    if fenced and not core.day_fence(day) then
        raise exception 'the fence of % cannot be put up', day;
    end if;
    drop table betterstack.tick_native_day;
end
$$;

-- Once: the partitioned table becomes a hypertable, with all its rows; betterstack.tick_native is
-- left without any, for whoever can make again what depends on it.  False: it is one already.
create or replace function core.tick_hypertable_make() returns boolean
language plpgsql volatile as $$
declare
    home text := (select e.extnamespace::regnamespace::text from pg_extension e
                   where e.extname = 'timescaledb');
    leaf text;
begin
    if core.tick_is_hypertable() then
        return false;
    end if;
    alter table betterstack.tick rename to tick_native;
    create table betterstack.tick (like betterstack.tick_native including all);
    execute format('select %s.create_hypertable(''betterstack.tick'', ''slot'', '
                   'chunk_time_interval => interval ''1 day'', create_default_indexes => false, '
                   'associated_schema_name => ''betterstack'', '
                   'associated_table_prefix => ''tick_chunk'')', home);
    create trigger chunk_check after insert on betterstack.tick
        for each statement execute function core.tick_chunk_check();
    for leaf in select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
                 where i.inhparent = 'betterstack.tick_native'::regclass order by c.relname
    loop
        perform core.tick_day_move(leaf);
    end loop;
    return true;
end
$$;
