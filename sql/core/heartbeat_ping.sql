-- Pings: kept once, in any order, and what the newest says.

-- Bytes; the hub sends more.
create or replace function core.heartbeat_output_max() returns integer
language sql immutable parallel safe as $$ select 10240 $$;

-- So many are kept, and for so long; they are trimmed in steps.
create or replace function core.heartbeat_pings_max() returns integer
language sql immutable parallel safe as $$ select 1000 $$;

create or replace function core.heartbeat_pings_step() returns integer
language sql immutable parallel safe as $$ select 100 $$;

create or replace function core.heartbeat_pings_age() returns interval
language sql immutable parallel safe as $$ select interval '90 days' $$;

-- A ping that is older than this when it is stored has waited somewhere, and others with it.
create or replace function core.heartbeat_ping_fresh() returns interval
language sql immutable parallel safe as $$ select interval '30 seconds' $$;

-- So long no incident begins or ends after such a one.
create or replace function core.heartbeat_settle() returns interval
language sql immutable parallel safe as $$ select interval '15 seconds' $$;

-- The beginning, in whole characters.
create or replace function core.text_head(given text, bytes_max integer) returns text
language plpgsql immutable parallel safe as $$
begin
    given := left(given, bytes_max);
    while octet_length(given) > bytes_max loop
        given := left(given, least(length(given) - 1,
                                   length(given) - (octet_length(given) - bytes_max) / 4));
    end loop;
    return given;
end
$$;

-- Whether it was new.
create or replace function core.heartbeat_ping_keep(h betterstack.heartbeat, what text,
    exit_code integer, output text, address text, at timestamptz) returns boolean
language plpgsql volatile as $$
begin
    insert into betterstack.heartbeat_ping (heartbeat_id, at, what, exit_code, output, address)
    values (h.id, at, what, exit_code,
            nullif(core.text_head(output, core.heartbeat_output_max()), ''), left(address, 64))
    on conflict on constraint heartbeat_ping_pkey do nothing;
    return found;
end
$$;

-- Those over the limit; returns how many there are.  What age has removed is not counted before.
create or replace function core.heartbeat_pings_trim(h betterstack.heartbeat) returns integer
language plpgsql volatile as $$
begin
    if h.pings_count < core.heartbeat_pings_max() + core.heartbeat_pings_step() then
        return h.pings_count;
    end if;
    delete from betterstack.heartbeat_ping p
     where p.heartbeat_id = h.id
       and p.at <= (select o.at from betterstack.heartbeat_ping o where o.heartbeat_id = h.id
                     order by o.at desc offset core.heartbeat_pings_max() limit 1);
    return (select count(*) from betterstack.heartbeat_ping p where p.heartbeat_id = h.id);
end
$$;

-- From a ping on it is waited for, but not from before what it is waited for since (it was resumed,
-- its schedule is another one).  A run that was started for a time has been, though it ends before.
create or replace function core.heartbeat_arm_heard(h betterstack.heartbeat,
    ran_since timestamptz, heard timestamptz, at timestamptz) returns betterstack.heartbeat
language plpgsql stable as $$
begin
    if heard < h.anchor_at and h.anchor_at <= at then
        return core.heartbeat_arm(h, h.anchor_at, core.heartbeat_next(h, h.anchor_at));
    elsif ran_since is null then
        return core.heartbeat_arm(h, heard, core.heartbeat_expected(h, heard));
    end if;
    return core.heartbeat_arm(h, heard, greatest(h.expected_at, core.heartbeat_next(h, heard)));
end
$$;

-- What a ping says that is newer than all others.
create or replace function core.heartbeat_hear(h betterstack.heartbeat, what text,
    exit_code integer, heard timestamptz, at timestamptz) returns betterstack.heartbeat
language plpgsql stable as $$
declare
    ran_since timestamptz := case when h.running_since <= heard then h.running_since end;
    in_time boolean := coalesce(heard <= h.deadline_at, false);
begin
    h.last_ping_at := heard;
    h.last_ping := what;
    h.running_since := case when what = 'start' and not h.paused then heard end;
    if what <> 'start' then
        h.last_exit_code := exit_code;
        h.last_duration_ms := core.ms_between(ran_since, heard);
    end if;
    if h.paused then
        return h;
    end if;
    if heard < at - core.heartbeat_ping_fresh() then
        h.settle_until := at + core.heartbeat_settle();
    end if;
    h.heard := true;
    if what = 'fail' then
        h.trouble := 'failed';
        h.trouble_at := heard;
    elsif what = 'success' or h.trouble = 'missed' and in_time then
        h.trouble := null;
    end if;
    return core.heartbeat_arm_heard(h, ran_since, heard, at);
end
$$;

-- A ping of our future is from before the clock was set back: what comes now is newer.
create or replace function core.heartbeat_is_newest(h betterstack.heartbeat, ping timestamptz,
    at timestamptz) returns boolean
language sql immutable parallel safe as $$
    select h.last_ping_at is null or ping > h.last_ping_at or h.last_ping_at > at
$$;

-- Stores a ping that was heard at `ping`, by the clock of its hub; `at` is the database's.
create or replace function core.heartbeat_ping(token_digest bytea, what text, exit_code integer,
    output text, address text, ping timestamptz, at timestamptz) returns api.reply
language plpgsql volatile as $$
declare
    h betterstack.heartbeat;
    before text;
begin
    select t.* into h from betterstack.heartbeat t
     where t.token_digest = heartbeat_ping.token_digest
       for no key update;
    if not found then
        return core.reply_not_found();
    end if;
    if core.heartbeat_ping_keep(h, what, exit_code, output, address, ping) then
        h.pings_count := h.pings_count + 1;
        h.pings_count := core.heartbeat_pings_trim(h);
        before := h.state;
        if core.heartbeat_is_newest(h, least(ping, at), at) then
            h := core.heartbeat_judge(core.heartbeat_hear(h, what, exit_code, least(ping, at), at),
                                      at, false);
        end if;
        perform core.heartbeat_write(h);
    end if;
    return core.reply(200, '{"ok":true}', h.team_id,
        case when h.state <> before or exists (
                select from betterstack.audience a where a.team_id = h.team_id and a.until > at)
             then core.event('heartbeat', 'changed', h.id::text) end);
end
$$;

create or replace function core.heartbeat_pings_expire_max() returns integer
language sql immutable parallel safe as $$ select 1000 $$;

-- Forgets the oldest of all; called by housekeeping.  Takes no lock of heartbeats: who deletes one
-- holds that first.
create or replace function core.heartbeat_pings_expire(at timestamptz) returns integer
language plpgsql volatile as $$
declare
    removed integer;
begin
    delete from betterstack.heartbeat_ping p
     where (p.heartbeat_id, p.at, p.what) in (
           select o.heartbeat_id, o.at, o.what from betterstack.heartbeat_ping o
            where o.at < heartbeat_pings_expire.at - core.heartbeat_pings_age()
            order by o.at limit core.heartbeat_pings_expire_max() for update skip locked);
    get diagnostics removed = row_count;
    return removed;
end
$$;
