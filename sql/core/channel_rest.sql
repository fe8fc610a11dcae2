-- What may be done with channels over the API: the same for a team's (person is null) and for a
-- person's own.  Everybody in a team sees and changes its channels, as its monitors; a person's own
-- are nobody else's business.

create or replace function core.channels_max(person integer) returns integer
language sql immutable parallel safe as $$ select case when person is null then 100 else 20 end $$;

create or replace function core.channel_tests_a_minute_max() returns integer
language sql immutable parallel safe as $$ select 10 $$;

create or replace function core.channels_of(team_id integer, person integer)
    returns setof betterstack.channel
language plpgsql stable as $$
begin
    if person is null then
        return query select c.* from betterstack.channel c
                      where c.team_id = channels_of.team_id and c.user_id is null;
    else
        return query select c.* from betterstack.channel c where c.user_id = person;
    end if;
end
$$;

-- The channel, if it is the caller's to act on; nobody changes it meanwhile.
create or replace function core.channel_take(team_id integer, person integer, id bigint)
    returns betterstack.channel
language plpgsql volatile as $$
declare
    c betterstack.channel;
begin
    select o.* into c from betterstack.channel o
     where o.id = channel_take.id and case when person is null
               then o.team_id = channel_take.team_id and o.user_id is null
               else o.user_id = person end
       for no key update;
    return c;
end
$$;

create or replace function core.channel_list(caller core.caller, person integer, query jsonb)
    returns api.reply
language plpgsql stable as $$
declare
    given jsonb := core.body_object(query);
    wanted record := core.page_request(given);
    path text := case when person is null then '/api/v2/channels' else '/api/v2/me/contacts' end;
    items text;
    total integer;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    if given ? 'kind' then
        wanted.errors := core.complain(wanted.errors, 'kind',
            core.check_choice(given -> 'kind', core.channel_kind_names()));
    end if;
    if wanted.errors <> '{}' then
        return core.reply_invalid(wanted.errors);
    end if;
    select count(*) into total from core.channels_of(caller.team_id, person) c
     where c.kind = coalesce(given ->> 'kind', c.kind);
    select string_agg(core.channel_json(p.c)::text, ',' order by (p.c).id) into items
      from (select c from core.channels_of(caller.team_id, person) c
             where (c).kind = coalesce(given ->> 'kind', (c).kind) order by (c).id
            offset (wanted.page - 1) * wanted.per_page limit wanted.per_page) p;
    return core.reply(200, concat('{"data":[', items, '],"pagination":', core.pagination(path,
        given, '{kind,per_page}', wanted.page,
        (total + wanted.per_page - 1) / wanted.per_page), '}'));
end
$$;

create or replace function core.channel_get(caller core.caller, person integer, id bigint)
    returns api.reply
language plpgsql stable as $$
declare
    c betterstack.channel;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    select o.* into c from core.channels_of(caller.team_id, person) o where o.id = channel_get.id;
    if c.id is null then
        return core.reply_not_found();
    end if;
    return core.reply(200, core.channel_body(c));
end
$$;

-- What means something only to the other of the two.
create or replace function core.channel_misplaced(body jsonb, person integer) returns jsonb
language sql stable as $$
    select case
        when person is null and body ? 'ways'
            then '{"ways": ["belongs to a person''s own contacts (/api/v2/me/contacts)"]}'
        when person is not null and body ? 'all_incidents'
            then '{"all_incidents": ["belongs to a team''s channels: policies tell a person"]}'
        else '{}' end::jsonb
$$;

create or replace function core.channel_create(caller core.caller, person integer, body jsonb)
    returns api.reply
language plpgsql volatile as $$
declare
    given jsonb := core.body_object(body);
    c betterstack.channel;
    change record;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    perform from betterstack.team t where t.id = caller.team_id for no key update;
    c.team_id := caller.team_id;
    c.user_id := person;
    change := core.channel_change(c, given, clock_timestamp());
    change.errors := change.errors || core.channel_misplaced(given, person);
    if (select count(*) from core.channels_of(caller.team_id, person))
       >= core.channels_max(person) then
        change.errors := core.complain(change.errors, 'name', 'cannot be added: '
            || case when person is null then 'a team has at most ' else 'a person has at most ' end
            || core.channels_max(person) || case when person is null then ' channels'
                                                 else ' contacts' end || '; delete some first');
    end if;
    if change.errors <> '{}' then
        return core.reply_invalid(change.errors);
    end if;
    c := change.changed;
    c.id := nextval(pg_get_serial_sequence('betterstack.channel', 'id'));
    insert into betterstack.channel overriding system value select c.*;
    return core.reply(201, core.channel_body(c), c.team_id,
                      core.event(core.channel_type(c), 'created', c.id::text));
end
$$;

create or replace function core.channel_update(caller core.caller, person integer, id bigint,
    body jsonb) returns api.reply
language plpgsql volatile as $$
declare
    given jsonb := core.body_object(body);
    c betterstack.channel := core.channel_take(caller.team_id, person, id);
    change record;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    elsif c.id is null then
        return core.reply_not_found();
    end if;
    change := core.channel_change(c, given, clock_timestamp());
    change.errors := change.errors || core.channel_misplaced(given, person);
    if change.errors <> '{}' then
        return core.reply_invalid(change.errors);
    end if;
    c := change.changed;
    update betterstack.channel t
       set (name, settings, secrets, secrets_set, enabled, all_incidents, events, repeat_every,
            rate_limit, quiet_from, quiet_to, quiet_timezone, quiet_days, ways, updated_at)
         = (c.name, c.settings, c.secrets, c.secrets_set, c.enabled, c.all_incidents, c.events,
            c.repeat_every, c.rate_limit, c.quiet_from, c.quiet_to, c.quiet_timezone, c.quiet_days,
            c.ways, c.updated_at)
     where t.id = c.id;
    return core.reply(200, core.channel_body(c), c.team_id,
                      core.event(core.channel_type(c), 'changed', c.id::text));
end
$$;

-- What is under way to it is cancelled by core.alert_sweep; what was sent stays in the log, which
-- nobody need touch.
create or replace function core.channel_delete(caller core.caller, person integer, id bigint)
    returns api.reply
language plpgsql volatile as $$
declare
    c betterstack.channel;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    c := core.channel_take(caller.team_id, person, id);
    if c.id is null then
        return core.reply_not_found();
    end if;
    delete from betterstack.channel t where t.id = c.id;
    return core.reply(204, null, c.team_id,
                      core.event(core.channel_type(c), 'deleted', c.id::text));
end
$$;

create or replace function core.channel_tests_left(receiver text, at timestamptz) returns boolean
language plpgsql stable as $$
begin
    return core.channel_tests_a_minute_max() > (
        select count(*) from betterstack.delivery d
         where d.receiver = channel_tests_left.receiver and d.event = 'test'
           and d.created_at > at - interval '1 minute');
end
$$;

-- A message to try it with; whoever calls has a lock that keeps others from counting meanwhile.
create or replace function core.channel_test_send(c betterstack.channel, at timestamptz)
    returns api.reply
language plpgsql volatile as $$
declare
    d betterstack.delivery;
    made bigint;
begin
    if core.channel_tests_left(core.channel_receiver(c), at) then
        made := core.alert_test(c, at);
    end if;
    select o.* into d from betterstack.delivery o where o.id = made;
    if d.id is null then
        return core.reply_error(429, 'At most ' || core.channel_tests_a_minute_max()
            || ' tests a minute can be sent: wait a little');
    end if;
    return core.reply(202, core.delivery_body(d), d.team_id,
        core.delivery_event(d.id, d.incident_id, d.channel_id, d.state));
end
$$;

create or replace function core.channel_test(caller core.caller, person integer, id bigint,
    body jsonb) returns api.reply
language plpgsql volatile as $$
declare
    c betterstack.channel := core.channel_take(caller.team_id, person, id);
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    elsif c.id is null then
        return core.reply_not_found();
    elsif core.body_object(body) <> '{}' then
        return core.reply_invalid(core.check_members(body, '{}'));
    end if;
    return core.channel_test_send(c, clock_timestamp());
end
$$;
