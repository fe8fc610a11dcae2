-- SLOs: list, get, create, change, delete, and what has become of the error budget day by day.

create or replace function api.slo_list(credential bytea, query jsonb) returns api.reply
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller(credential);
    given jsonb := core.body_object(query);
    wanted record := core.page_request(given);
    ids integer[];
    total bigint;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    elsif wanted.errors <> '{}' then
        return core.reply_invalid(wanted.errors);
    end if;
    select count(*) into total from betterstack.slo s where s.team_id = caller.team_id;
    ids := array(select s.id from betterstack.slo s
                  where s.team_id = caller.team_id order by s.id
                 offset (wanted.page - 1) * wanted.per_page limit wanted.per_page);
    return core.reply(200, concat('{"data":[', core.slos_json(ids, clock_timestamp()),
        '],"pagination":', core.pagination('/api/v2/slos', given, '{per_page}', wanted.page,
            ((total + wanted.per_page - 1) / wanted.per_page)::integer), '}'));
end
$$;

create or replace function api.slo_get(credential bytea, id bigint) returns api.reply
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller(credential);
    s betterstack.slo;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    s := core.slo_of_team(caller.team_id, id);
    if s.id is null then
        return core.reply_not_found();
    end if;
    return core.reply(200, core.slo_body(s.id, clock_timestamp()));
end
$$;

create or replace function core.slo_of_team(team_id integer, id bigint) returns betterstack.slo
language plpgsql stable as $$
declare
    s betterstack.slo;
begin
    select o.* into s from betterstack.slo o
     where o.id = slo_of_team.id and o.team_id = slo_of_team.team_id;
    return s;
end
$$;

-- The team's row is locked, so that two at once do not go over its limit.
create or replace function api.slo_create(credential bytea, body jsonb) returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller_active(credential);
    given jsonb := core.body_object(body);
    at timestamptz := date_trunc('milliseconds', clock_timestamp());
    change record;
    s betterstack.slo;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    perform from betterstack.team t where t.id = caller.team_id for no key update;
    perform core.alert_ways_hold(given, caller.team_id);
    change := core.slo_change(null, given, caller.team_id, at);
    if (select count(*) from betterstack.slo o where o.team_id = caller.team_id)
       >= core.slos_max() then
        change.errors := core.complain(change.errors, 'name', 'cannot be added: a team has at most '
            || core.slos_max() || ' SLOs; delete some first');
    end if;
    if change.errors <> '{}' then
        return core.reply_invalid(change.errors);
    end if;
    s := change.changed;
    s.id := nextval(pg_get_serial_sequence('betterstack.slo', 'id'));
    insert into betterstack.slo overriding system value select s.*;
    perform core.slo_watch_set(s, at);
    return core.reply(201, core.slo_body(s.id, at), caller.team_id,
                      core.event('slo', 'created', s.id::text));
end
$$;

-- It is looked at within a second, and then every minute; or not at all, and then nothing is told
-- of it any more.  The caller has the row of the SLO.
create or replace function core.slo_watch_set(s betterstack.slo, at timestamptz) returns void
language plpgsql volatile as $$
declare
    w betterstack.slo_watch;
begin
    select o.* into w from betterstack.slo_watch o where o.slo_id = s.id for no key update;
    if w.slo_id is null then
        insert into betterstack.slo_watch (slo_id, due_at)
        values (s.id, case when s.burn_alerts then at else 'infinity' end);
        return;
    elsif not s.burn_alerts then
        w := core.burn_ends(w, 'burn_off', at);
    end if;
    update betterstack.slo_watch o
       set due_at = case when s.burn_alerts then at else 'infinity' end, rule = w.rule,
           incident_id = w.incident_id, told_until = w.told_until
     where o.slo_id = s.id;
end
$$;

create or replace function api.slo_update(credential bytea, id bigint, body jsonb)
    returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller_active(credential);
    given jsonb := core.body_object(body);
    at timestamptz := date_trunc('milliseconds', clock_timestamp());
    change record;
    s betterstack.slo;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    perform core.alert_ways_hold(given, caller.team_id);
    select o.* into s from betterstack.slo o
     where o.id = slo_update.id and o.team_id = caller.team_id for update;
    if not found then
        return core.reply_not_found();
    end if;
    change := core.slo_change(s, given, caller.team_id, at);
    if change.errors <> '{}' then
        return core.reply_invalid(change.errors);
    end if;
    s := change.changed;
    update betterstack.slo o
       set name = s.name, target = s.target, period = s.period, timezone = s.timezone,
           all_monitors = s.all_monitors, monitor_ids = s.monitor_ids,
           burn_alerts = s.burn_alerts, policy_id = s.policy_id, updated_at = s.updated_at
     where o.id = s.id;
    perform core.slo_watch_set(s, at);
    return core.reply(200, core.slo_body(s.id, at), caller.team_id,
        core.event_with_deliveries(core.event('slo', 'updated', s.id::text), caller.team_id));
end
$$;

create or replace function api.slo_delete(credential bytea, id bigint) returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller_active(credential);
    w betterstack.slo_watch;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    perform from betterstack.slo o
      where o.id = slo_delete.id and o.team_id = caller.team_id for update;
    if not found then
        return core.reply_not_found();
    end if;
    select o.* into w from betterstack.slo_watch o where o.slo_id = slo_delete.id
       for no key update;
    w := core.burn_ends(w, 'deleted', clock_timestamp());
    delete from betterstack.slo o where o.id = slo_delete.id;
    return core.reply(204, null, caller.team_id, core.event_with_deliveries(
        core.event('slo', 'deleted', slo_delete.id::text), caller.team_id));
end
$$;

create or replace function api.slo_history(credential bytea, id bigint, query jsonb)
    returns api.reply
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller(credential);
    at timestamptz := clock_timestamp();
    asked record;
    s betterstack.slo;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    s := core.slo_of_team(caller.team_id, id);
    if s.id is null then
        return core.reply_not_found();
    end if;
    asked := core.slo_history_asked(s, core.body_object(query), at);
    if asked.errors <> '{}' then
        return core.reply_invalid(asked.errors);
    end if;
    return core.reply(200, core.slo_history_body(s, asked.first, asked.last, at));
end
$$;
