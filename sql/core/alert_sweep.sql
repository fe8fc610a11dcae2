-- What time alone decides about alerts: escalations, digests, reminders, and what was not sent
-- in time.

create or replace function core.alert_sweep_max() returns integer
language sql immutable parallel safe as $$ select 200 $$;

create or replace function core.digest_members_max() returns integer
language sql immutable parallel safe as $$ select 1000 $$;

create or replace function core.digest_items_max() returns integer
language sql immutable parallel safe as $$ select 20 $$;

-- '12 began, 3 were resolved'
create or replace function core.digest_text(ids bigint[]) returns text
language sql stable as $$
    select string_agg(n || ' ' || coalesce(words ->> event, event), ', ' order by n desc, event)
      from (select d.event, count(*) as n from betterstack.delivery d
             where d.id = any (ids) group by d.event) e
     cross join (select '{"started": "began", "resolved": "ended", "reopened": "were reopened",
         "acknowledged": "were acknowledged", "comment": "comments", "reminder": "still go on",
         "escalated": "were escalated", "undeliverable": "were not delivered elsewhere",
         "on_call": "are about being on call"
         }'::jsonb) w (words)
$$;

create or replace function core.digest_message(c betterstack.channel, team_id integer, ids bigint[],
    at timestamptz) returns jsonb
language plpgsql stable as $$
begin
    return jsonb_strip_nulls(jsonb_build_object(
        'event', 'digest', 'title', cardinality(ids) || ' alerts', 'text', core.digest_text(ids),
        'severity', (select min(d.message ->> 'severity')       -- critical, info, warning
                       from betterstack.delivery d where d.id = any (ids)),
        'state', 'started', 'url', core.public_link('/incidents'), 'started_at', core.iso(at),
        'started_ms', core.ms(at),
        'team', (select t.name from betterstack.team t where t.id = digest_message.team_id),
        'items', (select jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
                      'title', d.message -> 'title', 'text', d.message -> 'text',
                      'url', d.message -> 'url')) order by d.id)
                    from betterstack.delivery d
                   where d.id = any (ids[:core.digest_items_max()]))));
end
$$;

-- Everything that is held for a receiver becomes one message; a single one goes as it is.
create or replace function core.digest_fold(g betterstack.digest, at timestamptz) returns void
language plpgsql volatile as $$
declare
    c betterstack.channel := core.channel_of(g.receiver);
    ids bigint[];
    made bigint;
begin
    ids := array(select d.id from betterstack.delivery d
                  where d.receiver = g.receiver and d.team_id = g.team_id and d.held
                    and d.state = 0 and d.pace_at <= at
                  order by d.id limit core.digest_members_max() for no key update);
    if cardinality(ids) < 2 or c.kind is null or not c.enabled then
        update betterstack.delivery d
           set held = false, next_at = at, pace_at = at where d.id = any (ids);
    else
        made := core.delivery_write(c, g.team_id, null, 'digest', ids[1],
            concat(ids[1], '-', ids[cardinality(ids)]),
            core.digest_message(c, g.team_id, ids, at), false, at);
        update betterstack.delivery d
           set state = 5, digest_id = made, finished_at = at where d.id = any (ids);
    end if;
    delete from betterstack.digest o where o.receiver = g.receiver and o.team_id = g.team_id;
    insert into betterstack.digest (receiver, team_id, due_at)
    select g.receiver, g.team_id, greatest(min(d.pace_at), at + core.digest_gathers())
      from betterstack.delivery d
     where d.receiver = g.receiver and d.team_id = g.team_id and d.held and d.state = 0
    having count(*) > 0;
end
$$;

-- A reminder of what is still neither acknowledged nor over.
create or replace function core.alert_remind(d betterstack.delivery, at timestamptz) returns void
language plpgsql volatile as $$
declare
    i betterstack.incident;
    c betterstack.channel := core.channel_of(d.receiver);
    number bigint := case when d.event = 'reminder' then d.number + 1 else d.id * 100000 end;
    detail jsonb := (select jsonb_strip_nulls(jsonb_build_object('instructions', e.instructions))
                       from betterstack.escalation e where e.incident_id = d.incident_id);
begin
    update betterstack.delivery t set remind_at = null where t.id = d.id;
    select o.* into i from betterstack.incident o where o.id = d.incident_id;
    if i.id is not null and i.resolved_at is null and i.acknowledged_at is null
       and c.repeat_every is not null and core.alert_wanted(c, 'reminder')
       and core.alert_may_hear(c, d.team_id, 'reminder') then
        perform core.delivery_write(c, d.team_id, i.id, 'reminder', number, number::text,
            core.alert_message(i, 'reminder', detail, at),
            core.alert_is_critical(i.id, d.receiver), at);
    end if;
end
$$;

-- Over its time, or not to be sent at all.  Where the channel is gone or off, nobody misses it; nor
-- news of a shift that is over.
create or replace function core.alert_expire(d betterstack.delivery, at timestamptz) returns void
language plpgsql volatile as $$
declare
    c betterstack.channel := core.channel_of(d.receiver);
begin
    if d.event <> 'on_call' and coalesce(c.enabled, false) and not core.delivery_has_left(d, c)
       or d.event = 'test' and c.kind is not null then
        perform core.delivery_undeliverable(d, d.last_error, at);
    else
        perform core.delivery_finish(d, 6::smallint, at);
    end if;
end
$$;

-- A few probes of indexes where nothing is to be done.
create or replace function core.alert_sweep_idle(at timestamptz) returns boolean
language plpgsql stable as $$
begin
    return ((select min(g.due_at) from betterstack.digest g) <= at) is not true
       and ((select min(d.remind_at) from betterstack.delivery d) <= at) is not true
       and not exists (select from betterstack.delivery d
                        where d.state in (0, 1) and d.next_at <= at and d.expires_at <= at)
       and core.escalation_sweep_idle(at);
end
$$;

-- What cannot be done keeps nothing else from being told: it is tried again so much later.
create or replace function core.alert_sweep_again() returns interval
language sql immutable parallel safe as $$ select interval '1 minute' $$;

create or replace function core.alert_sweep_expired(at timestamptz) returns integer
language plpgsql volatile as $$
declare
    d betterstack.delivery;
    done integer := 0;
    honoured boolean := core.leases_honoured(at);
begin
    for d in select o.* from betterstack.delivery o
              where o.state in (0, 1) and o.next_at <= at and o.expires_at <= at
                and not (o.state = 1 and honoured)
              order by o.id limit core.alert_sweep_max() for no key update skip locked loop
        begin
            perform core.alert_expire(d, at);
        exception when data_exception or integrity_constraint_violation then
            raise warning 'delivery % cannot be given up: %', d.id, sqlerrm;
            update betterstack.delivery t set next_at = at + core.alert_sweep_again()
             where t.id = d.id;
        end;
        done := done + 1;
    end loop;
    return done;
end
$$;

create or replace function core.alert_sweep_digests(at timestamptz) returns integer
language plpgsql volatile as $$
declare
    g betterstack.digest;
    done integer := 0;
begin
    for g in select o.* from betterstack.digest o where o.due_at <= at
              order by o.due_at limit core.alert_sweep_max() for update skip locked loop
        begin
            perform core.digest_fold(g, at);
        exception when data_exception or integrity_constraint_violation then
            raise warning 'the digest of % cannot be made: %', g.receiver, sqlerrm;
            update betterstack.digest t set due_at = at + core.alert_sweep_again()
             where t.receiver = g.receiver and t.team_id = g.team_id;
        end;
        done := done + 1;
    end loop;
    return done;
end
$$;

create or replace function core.alert_sweep_reminders(at timestamptz) returns integer
language plpgsql volatile as $$
declare
    d betterstack.delivery;
    done integer := 0;
begin
    for d in select o.* from betterstack.delivery o where o.remind_at <= at
              order by o.remind_at limit core.alert_sweep_max() for no key update skip locked loop
        begin
            perform core.alert_remind(d, at);
        exception when data_exception or integrity_constraint_violation then
            raise warning 'nobody can be reminded of delivery %: %', d.id, sqlerrm;
            update betterstack.delivery t set remind_at = at + core.alert_sweep_again()
             where t.id = d.id;
        end;
        done := done + 1;
    end loop;
    return done;
end
$$;

-- Returns how much was done.
create or replace function core.alert_sweep(at timestamptz) returns integer
language plpgsql volatile as $$
begin
    if core.alert_sweep_idle(at) then
        return 0;
    end if;
    perform core.incident_lock();
    return core.escalation_sweep(at) + core.alert_sweep_expired(at)
           + core.alert_sweep_digests(at) + core.alert_sweep_reminders(at);
end
$$;
