-- The log of what was sent to whom: list, get, try again.

-- A list says how many pages there are up to so many rows; who wants what is older asks for less.
create or replace function core.deliveries_counted_max() returns integer
language sql immutable parallel safe as $$ select 100000 $$;

create or replace function core.delivery_filter(query jsonb, out page integer, out per_page integer,
    out incident_id bigint, out channel_id integer, out state smallint, out event text,
    out errors jsonb)
language plpgsql stable as $$
declare
    wanted record := core.page_request(query);
    name text;
    word text;
begin
    page := wanted.page;
    per_page := wanted.per_page;
    errors := wanted.errors;
    foreach name in array '{incident_id,channel_id,contact_id}'::text[] loop
        errors := core.complain(errors, name, core.check_id_word(query ->> name));
    end loop;
    if query ? 'channel_id' and query ? 'contact_id' then
        errors := core.complain(errors, 'contact_id', 'cannot be given together with channel_id');
    end if;
    state := array_position(core.delivery_state_words(), query ->> 'state') - 1;
    if query ? 'state' and state is null then
        errors := core.complain(errors, 'state', 'must be one of '
                                || array_to_string(core.delivery_state_words(), ', '));
    end if;
    event := query ->> 'event';
    if event <> all (core.delivery_events()) then
        errors := core.complain(errors, 'event', 'must be one of '
                                || array_to_string(core.delivery_events(), ', '));
    end if;
    if errors = '{}' then
        incident_id := query ->> 'incident_id';
        channel_id := coalesce(query ->> 'channel_id', query ->> 'contact_id');
    end if;
end
$$;

create or replace function core.delivery_state_words() returns text[]
language plpgsql stable as $$
begin
    return array(select core.delivery_state_word(s::smallint) from generate_series(0, 6) s);
end
$$;

create or replace function core.delivery_events() returns text[]
language plpgsql stable as $$
begin
    return core.channel_events() || '{escalated,undeliverable,digest,test,on_call,report}'::text[];
end
$$;

-- One page, newest first, and how many there are.  Statements are made for what is asked: only the
-- wanted rows are fetched, in the order of an index.
create or replace function core.delivery_page(team_id integer, f record, out items text,
    out total bigint)
language plpgsql stable as $$
declare
    d betterstack.delivery;
    texts text[] := '{}';
    condition text := 'd.team_id = $1';
begin
    condition := condition
        || case when f.incident_id is not null then ' and d.incident_id = $2' else '' end
        || case when f.channel_id is not null then ' and d.channel_id = $3' else '' end
        || case when f.state is not null then ' and d.state = $4' else '' end
        || case when f.event is not null then ' and d.event = $5' else '' end;
    execute 'select count(*) from (select from betterstack.delivery d where ' || condition
            || ' limit $6) n'
       into total using team_id, f.incident_id, f.channel_id, f.state, f.event,
                        core.deliveries_counted_max();
    for d in execute 'select d.* from betterstack.delivery d where ' || condition
                     || ' order by d.id desc offset $6 limit $7'
             using team_id, f.incident_id, f.channel_id, f.state, f.event,
                   (f.page - 1) * f.per_page, f.per_page loop
        texts := texts || core.delivery_json(d, false)::text;
    end loop;
    items := array_to_string(texts, ',');
end
$$;

create or replace function api.delivery_list(credential bytea, query jsonb) returns api.reply
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller(credential);
    given jsonb := core.body_object(query);
    filter record := core.delivery_filter(given);
    found record;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    elsif filter.errors <> '{}' then
        return core.reply_invalid(filter.errors);
    end if;
    found := core.delivery_page(caller.team_id, filter);
    return core.reply(200, concat('{"data":[', found.items, '],"pagination":', core.pagination(
        '/api/v2/deliveries', given, '{incident_id,channel_id,contact_id,state,event,per_page}',
        filter.page, ((found.total + filter.per_page - 1) / filter.per_page)::integer), '}'));
end
$$;

create or replace function core.delivery_seen(team_id integer, id bigint)
    returns betterstack.delivery
language plpgsql stable as $$
declare
    d betterstack.delivery;
begin
    select o.* into d from betterstack.delivery o
     where o.id = delivery_seen.id and o.team_id = delivery_seen.team_id;
    return d;
end
$$;

create or replace function api.delivery_get(credential bytea, id bigint) returns api.reply
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller(credential);
    d betterstack.delivery;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    d := core.delivery_seen(caller.team_id, id);
    if d.id is null then
        return core.reply_not_found();
    end if;
    return core.reply(200, core.delivery_body(d));
end
$$;

-- What has become of its incident, or of its test, since: to say now that it began would wake people
-- for what is over and open again what a later message has closed elsewhere; to say that it ended
-- would close what was opened again.
create or replace function core.delivery_outdated(d betterstack.delivery) returns boolean
language plpgsql stable as $$
begin
    return case
        when d.event in ('started', 'escalated', 'reopened', 'reminder') then not exists (
            select from betterstack.incident i where i.id = d.thread and i.resolved_at is null)
        else exists (
            select from betterstack.delivery o
             where o.thread = d.thread and o.receiver = d.receiver and o.id > d.id
               and case when d.event = 'test' then o.event = 'test'
                        else d.event in ('resolved', 'cancel')
                             and o.event in ('started', 'escalated', 'reopened') end) end;
end
$$;

-- Why it cannot be tried again.
create or replace function core.delivery_conflict(d betterstack.delivery) returns text
language plpgsql stable as $$
begin
    return case when d.state <> 3 then 'Only what could not be delivered can be sent again'
                when (core.channel_of(d.receiver)).kind is null then 'Its receiver was deleted'
                when core.delivery_outdated(d) then 'This is not so any more: sent now, it would '
                    'open an alert for what is over, or close one that goes on' end;
end
$$;

-- Its body has no members.
create or replace function api.delivery_retry(credential bytea, id bigint, body jsonb)
    returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller_active(credential);
    d betterstack.delivery;
    conflict text;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    elsif core.body_object(body) <> '{}' then
        return core.reply_invalid(core.check_members(body, '{}'));
    end if;
    perform core.incident_lock();
    d := core.delivery_seen(caller.team_id, id);
    if d.id is null then
        return core.reply_not_found();
    end if;
    conflict := core.delivery_conflict(d);
    if conflict is not null then
        return core.reply_conflict(conflict);
    end if;
    perform core.delivery_retry(d.id, clock_timestamp());
    d := core.delivery_seen(caller.team_id, id);
    return core.reply(200, core.delivery_body(d), d.team_id,
        core.delivery_event(d.id, d.incident_id, d.channel_id, d.state));
end
$$;
