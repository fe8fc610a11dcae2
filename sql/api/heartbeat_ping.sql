-- A ping of a heartbeat.  what: success | fail | start; exit_code, output and address may be null.
-- at is when the hub heard it, to the microsecond, and names the ping: the hub sends it again when
-- it does not know whether it was stored, later and by another hub, so the same (token, at, what)
-- is stored once, and one that comes after a newer one only completes the history.
create or replace function api.heartbeat_ping(token_digest bytea, what text, exit_code integer,
    output text, address text, at timestamptz) returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
    if coalesce(what, '') not in ('success', 'fail', 'start') or not isfinite(at) then
        return core.reply_error(400, 'A ping is a success, a fail or a start, at a moment');
    end if;
    -- Who waited for his turn looks at the clock after that, or a newer ping would seem of the future.
    perform from betterstack.heartbeat h where h.token_digest = heartbeat_ping.token_digest
        for no key update;
    return core.heartbeat_ping(token_digest, what, exit_code, output, address,
                               coalesce(at, clock_timestamp()), clock_timestamp());
end
$$;
