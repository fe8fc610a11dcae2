-- The outbox: one row for each event and receiver, written once, and what becomes of it.
--
-- Order of locks: core.incident_lock(), then rows of deliveries by id.  Who leases has no lock of
-- incidents, takes rows with `skip locked`, and waits for nothing afterwards.

create or replace function core.delivery_state_word(state smallint) returns text
language sql immutable parallel safe as $$
    select ('{due,leased,sent,undeliverable,superseded,digested,cancelled}'::text[])[state + 1]
$$;

-- Of no use afterwards.
create or replace function core.delivery_ttl(event text) returns interval
language sql immutable parallel safe as $$
    select case when event in ('started', 'escalated', 'reopened') then interval '24 hours'
                when event = 'report' then interval '3 days'
                else interval '6 hours' end
$$;

-- What asks for somebody: it waits for the end of quiet hours.
create or replace function core.delivery_disturbs(event text) returns boolean
language sql immutable parallel safe as $$
    select event in ('started', 'escalated', 'reopened', 'reminder', 'on_call')
$$;

-- `what` tells the events of one incident and one kind apart.
create or replace function core.delivery_key(incident_id bigint, event text, what text,
    receiver text) returns text
language plpgsql stable as $$
begin
    return (
        select concat_ws('-', n.name, coalesce(incident_id, 0), event, what, receiver)
          from betterstack.installation n);
end
$$;

-- A person who has set up nothing is told by mail.
create or replace function core.channel_of_person(user_id integer) returns betterstack.channel
language plpgsql stable as $$
declare
    c betterstack.channel;
begin
    select u.id, u.email, 'email', jsonb_build_object('to', jsonb_build_array(u.email)), true,
           core.channel_events() || '{escalated}'::text[], 30
      into c.user_id, c.name, c.kind, c.settings, c.enabled, c.events, c.rate_limit
      from betterstack.app_user u where u.id = channel_of_person.user_id;
    return c;
end
$$;

-- 'c5' is channel 5, 'u7' the mail of user 7; all null if it is gone.
create or replace function core.channel_of(receiver text) returns betterstack.channel
language plpgsql stable as $$
declare
    c betterstack.channel;
begin
    if receiver like 'u%' then
        return core.channel_of_person(substr(receiver, 2)::integer);
    end if;
    select o.* into c from betterstack.channel o where o.id = substr(receiver, 2)::integer;
    return c;
end
$$;

create or replace function core.channel_receiver(c betterstack.channel) returns text
language plpgsql immutable parallel safe as $$
begin
    return case when c.id is null then 'u' || c.user_id else 'c' || c.id end;
end
$$;

-- What to call it: of a person's own way also whose it is, because the team reads that.
create or replace function core.channel_receiver_name(c betterstack.channel) returns text
language plpgsql stable as $$
begin
    return case when c.id is null or c.user_id is null then c.name
                else concat(core.caller_name(c.user_id), ' (', c.name, ')') end;
end
$$;

-- How long a digest gathers at least.
create or replace function core.digest_gathers() returns interval
language sql immutable parallel safe as $$ select interval '10 seconds' $$;

-- When the receiver can take one more: now, after its quiet hours, or in a digest.  What opens
-- and closes alerts elsewhere comes in no digest: it is spread over the minutes, and what need not
-- wait for the end of quiet hours does not come behind what does.
create or replace function core.delivery_admit(c betterstack.channel, team_id integer, event text,
    critical boolean, at timestamptz, out pace_at timestamptz, out next_at timestamptz,
    out held boolean)
language plpgsql volatile as $$
declare
    whom text := core.channel_receiver(c);
    minute interval := interval '1 minute';
    full_at timestamptz;
    quiet_until timestamptz := core.quiet_end(c.quiet_from, c.quiet_to, c.quiet_timezone,
                                              c.quiet_days, at);
begin
    pace_at := at;
    held := false;
    if not critical and core.delivery_disturbs(event) then
        pace_at := coalesce(quiet_until, at);
    end if;
    if core.channel_opens_and_closes(c.kind) then
        select d.pace_at into full_at from betterstack.delivery d
         where d.receiver = whom and not d.held
           and d.pace_at < case when delivery_admit.pace_at < quiet_until then quiet_until
                                else 'infinity' end
         order by d.pace_at desc offset c.rate_limit - 1 limit 1;
        pace_at := greatest(pace_at, full_at + minute);
    elsif event not in ('test', 'digest', 'cancel', 'report') then
        select d.pace_at into full_at from betterstack.delivery d
         where d.receiver = whom and not d.held and d.event <> 'report'
           and d.pace_at <= delivery_admit.pace_at
         order by d.pace_at desc offset c.rate_limit - 1 limit 1;
        held := coalesce(full_at > pace_at - minute, false) or exists (
            select from betterstack.digest g
             where g.receiver = whom and g.team_id = delivery_admit.team_id
               and g.due_at <= delivery_admit.pace_at + minute);
    end if;
    next_at := case when held then 'infinity' else pace_at end;
    if held then
        insert into betterstack.digest as g (receiver, team_id, due_at)
        values (whom, delivery_admit.team_id,
                greatest(full_at + minute, pace_at + core.digest_gathers()))
        on conflict on constraint digest_pkey do update
           set due_at = least(g.due_at, excluded.due_at) where g.due_at > excluded.due_at;
    end if;
end
$$;

-- The oldest that is not done yet: what comes after it waits.  A thread is an incident's id, also
-- when the incident is gone.
create or replace function core.delivery_first(thread bigint, receiver text)
    returns betterstack.delivery
language plpgsql stable as $$
declare
    first betterstack.delivery;
begin
    select d.* into first
      from betterstack.delivery d
      left join betterstack.delivery g on g.id = d.digest_id
     where d.thread = delivery_first.thread
       and d.receiver = delivery_first.receiver
       and (d.state in (0, 1) or d.state = 5 and g.state in (0, 1))
     order by d.id limit 1;
    return first;
end
$$;

-- What is critical comes in quiet hours, too: what else of the thread waits for their end does not
-- keep it waiting, it says the same.
create or replace function core.delivery_wake(c betterstack.channel, thread bigint,
    at timestamptz) returns void
language plpgsql volatile as $$
declare
    whom text := core.channel_receiver(c);
begin
    if coalesce((core.delivery_first(thread, whom)).pace_at, at) <= at
       or core.quiet_end(c.quiet_from, c.quiet_to, c.quiet_timezone, c.quiet_days, at) is null then
        return;
    end if;
    update betterstack.delivery d
       set state = 4, finished_at = at, next_at = 'infinity', waiting = false
     where d.thread = delivery_wake.thread and d.receiver = whom and d.state = 0
       and not d.unsure and not d.critical and core.delivery_disturbs(d.event);
    perform core.delivery_release(thread, whom, at);
end
$$;

-- Its id; null if it was written before: doing a thing twice tells it once.  thread: of what
-- belongs to no incident, and yet is to be sent in order.
create or replace function core.delivery_write(c betterstack.channel, team_id integer,
    incident_id bigint, event text, number bigint, what text, message jsonb, critical boolean,
    at timestamptz, thread bigint default null) returns bigint
language plpgsql volatile as $$
declare
    whom text := core.channel_receiver(c);
    its_key text := core.delivery_key(incident_id, event, what, whom);
    waits boolean;
    admitted record;
    made betterstack.delivery;
begin
    if exists (select from betterstack.delivery d where d.key = its_key) then
        return null;
    end if;
    thread := coalesce(incident_id, thread);
    if critical and thread is not null then
        perform core.delivery_wake(c, thread, at);
    end if;
    waits := thread is not null and (core.delivery_first(thread, whom)).id is not null;
    if waits then
        select at as pace_at, timestamptz 'infinity' as next_at, false as held into admitted;
    else
        admitted := core.delivery_admit(c, team_id, event, critical, at);
    end if;
    insert into betterstack.delivery (key, team_id, incident_id, thread, channel_id, user_id,
        receiver, receiver_name, kind, event, number, message, critical, waiting, held, next_at,
        pace_at, expires_at, created_at)
    values (its_key, delivery_write.team_id, delivery_write.incident_id, delivery_write.thread,
        c.id, c.user_id, whom, core.channel_receiver_name(c), c.kind, event, number,
        message || jsonb_build_object('critical', critical), critical, waits, admitted.held,
        admitted.next_at, admitted.pace_at, admitted.pace_at + core.delivery_ttl(event), at)
    on conflict on constraint delivery_key_unique do nothing
    returning * into made;
    if made.id is not null then
        perform core.delivery_follow(c, made, what, at);
    end if;
    return made.id;
end
$$;

-- What has waited for an earlier one goes now, if none is left before it; in quiet hours, too, if
-- something critical comes behind it.
create or replace function core.delivery_release(thread bigint, receiver text, at timestamptz)
    returns void
language plpgsql volatile as $$
declare
    d betterstack.delivery := core.delivery_first(thread, receiver);
    c betterstack.channel;
    admitted record;
begin
    if d.id is null or not d.waiting then
        return;
    end if;
    c := core.channel_of(receiver);
    if c.kind is null then
        select at as pace_at, at as next_at, false as held into admitted;
    else
        admitted := core.delivery_admit(c, d.team_id, d.event, d.critical or exists (
            select from betterstack.delivery o
             where o.thread = d.thread and o.receiver = d.receiver and o.id > d.id
               and o.state = 0 and o.critical), at);
    end if;
    update betterstack.delivery t
       set waiting = false, held = admitted.held, next_at = admitted.next_at,
           pace_at = admitted.pace_at,
           expires_at = admitted.pace_at + core.delivery_ttl(d.event)
     where t.id = d.id;
end
$$;

-- Done, in whatever way.
create or replace function core.delivery_finish(d betterstack.delivery, state smallint,
    at timestamptz) returns void
language plpgsql volatile as $$
begin
    update betterstack.delivery t
       set state = delivery_finish.state, finished_at = at, next_at = 'infinity',
           leased_until = null
     where t.id = d.id;
    perform core.delivery_release(d.thread, d.receiver, at);
    if d.event = 'digest' then
        perform core.delivery_release(m.thread, m.receiver, at)
           from betterstack.delivery m where m.digest_id = d.id order by m.id;
    end if;
end
$$;

-- The log of what was sent is kept for so long.
create or replace function core.delivery_kept_for() returns interval
language sql immutable parallel safe as $$ select interval '90 days' $$;

create or replace function core.deliveries_expire_max() returns integer
language sql immutable parallel safe as $$ select 1000 $$;

-- The oldest of those that are done, some each time.
create or replace function core.deliveries_expire(at timestamptz) returns void
language plpgsql volatile as $$
begin
    delete from betterstack.delivery d
     where d.id in (select o.id from (select t.id, t.finished_at from betterstack.delivery t
                                       order by t.id limit core.deliveries_expire_max()) o
                     where o.finished_at < at - core.delivery_kept_for());
end
$$;
