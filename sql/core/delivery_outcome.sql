-- What agents say became of what they sent.

create or replace function core.delivery_outcomes_max() returns integer
language sql immutable parallel safe as $$ select 100 $$;

-- -1 to 1, the same for the same try: receivers do not try again in step, and a test can say when.
create or replace function core.delivery_jitter(key text, attempt integer) returns float8
language sql immutable parallel safe as $$
    select (hashtextextended(key, attempt) % 1000) / 1000.0
$$;

-- 5 s, 15 s, 45 s, 2 minutes, then 5 minutes, a fifth more or less.  The provider's own wish goes
-- before; one that never wants to wait gets no more than one try a minute in the end.
create or replace function core.delivery_retry_in(attempt integer, retry_after integer,
    jitter float8) returns interval
language sql immutable parallel safe as $$
    select interval '1 second' * case
        when retry_after > 0
            then least(greatest(retry_after, case when attempt > 100 then 60 else 1 end), 3600)
        else ('{5,15,45,120,300}'::integer[])[least(greatest(attempt, 1), 5)]
             * (1 + 0.2 * jitter) end
$$;

-- What the timeline tells of.
create or replace function core.delivery_is_told(event text) returns boolean
language sql immutable parallel safe as $$
    select event in ('started', 'escalated', 'reopened', 'undeliverable')
$$;

create or replace function core.delivery_enter(d betterstack.delivery, incident_id bigint,
    event text, what text, content text, at timestamptz) returns void
language plpgsql volatile as $$
begin
    perform core.incident_enter(incident_id, null, at, what, jsonb_strip_nulls(jsonb_build_object(
        'receiver', d.receiver_name, 'kind', d.kind, 'event', delivery_enter.event,
        'delivery_id', d.id::text, 'text', content)));
    perform core.incident_publish(d.team_id, 'changed', incident_id);
end
$$;

-- The incidents that a delivery tells of, with the event of each: its own, or those of its digest.
create or replace function core.delivery_tells(d betterstack.delivery)
    returns table (incident_id bigint, event text)
language sql stable as $$
    select d.incident_id, d.event where d.incident_id is not null
    union all
    select * from (
        select m.incident_id, m.event from betterstack.delivery m
         where m.digest_id = d.id and m.incident_id is not null order by m.id) members
$$;

-- The members of a digest are reminded of one by one: what goes on then may be less.
create or replace function core.digest_sent(g betterstack.delivery, repeat_every integer,
    at timestamptz) returns void
language plpgsql volatile as $$
begin
    update betterstack.delivery t set remind_at = null
      from betterstack.delivery m
     where m.digest_id = g.id and core.delivery_disturbs(m.event)
       and t.incident_id = m.incident_id and t.receiver = m.receiver and t.id <> m.id
       and t.remind_at is not null;
    update betterstack.delivery m set remind_at = at + repeat_every * interval '1 second'
     where m.digest_id = g.id and m.incident_id is not null and core.delivery_disturbs(m.event);
end
$$;

-- The provider has it.
create or replace function core.delivery_sent(d betterstack.delivery, provider_ref text,
    at timestamptz) returns void
language plpgsql volatile as $$
declare
    told record;
    repeat_every integer := (core.channel_of(d.receiver)).repeat_every;
begin
    update betterstack.delivery t
       set sent_at = at, last_error = null,
           provider_ref = nullif(left(delivery_sent.provider_ref, 200), ''),
           remind_at = case when d.incident_id is not null and core.delivery_disturbs(d.event)
                            then at + repeat_every * interval '1 second' end
     where t.id = d.id;
    -- What it was reminded of before, it was told now.
    update betterstack.delivery t set remind_at = null
     where t.incident_id = d.incident_id and t.receiver = d.receiver and t.id <> d.id
       and t.remind_at is not null and core.delivery_disturbs(d.event);
    if d.event = 'digest' and repeat_every is not null then
        perform core.digest_sent(d, repeat_every, at);
    end if;
    for told in select t.* from core.delivery_tells(d) t loop
        update betterstack.incident i set first_alert_at = at
         where i.id = told.incident_id and i.first_alert_at is null;
        if core.delivery_is_told(told.event) then
            perform core.delivery_enter(d, told.incident_id, told.event, 'alerted', null, at);
        end if;
    end loop;
    perform core.delivery_finish(d, 2::smallint, at);
end
$$;

-- It is over, and nobody had heard that it began: what waits says both.
create or replace function core.delivery_overtaken(d betterstack.delivery, at timestamptz)
    returns boolean
language plpgsql volatile as $$
begin
    if d.unsure or core.channel_opens_and_closes(d.kind) or not exists (
            select from betterstack.delivery o
             where o.thread = d.thread and o.receiver = d.receiver and o.id > d.id
               and o.event = 'resolved' and o.state = 0) then
        return false;
    end if;
    perform core.delivery_unheard(d.thread, d.receiver, at);
    perform core.delivery_finish(d, 4::smallint, at);
    return true;
end
$$;

-- The recovery that waits is the first that the receiver hears, unless something was sent before.
create or replace function core.delivery_unheard(thread bigint, receiver text, at timestamptz)
    returns void
language plpgsql volatile as $$
declare
    i betterstack.incident;
begin
    if exists (select from betterstack.delivery d
                where d.thread = delivery_unheard.thread
                  and d.receiver = delivery_unheard.receiver
                  and (d.state in (2, 5) or d.unsure)) then
        return;
    end if;
    select o.* into i from betterstack.incident o where o.id = delivery_unheard.thread;
    if i.id is null then
        return;         -- deleted, and the message says so
    end if;
    update betterstack.delivery d
       set message = d.message || jsonb_build_object('title',
               core.alert_title(i, 'resolved', '{}', true, at))
     where d.incident_id = i.id and d.receiver = delivery_unheard.receiver
       and d.event = 'resolved' and d.state = 0;
end
$$;

create or replace function core.delivery_failed(d betterstack.delivery, retry_after integer,
    at timestamptz) returns void
language plpgsql volatile as $$
declare
    again_at timestamptz := at + core.delivery_retry_in(d.attempts, retry_after,
                                     core.delivery_jitter(d.key, d.attempts));
begin
    if core.delivery_overtaken(d, at) then
        return;
    elsif again_at >= d.expires_at then
        perform core.delivery_undeliverable(d, d.last_error, at);
    else
        update betterstack.delivery t
           set state = 0, next_at = again_at, leased_until = null
         where t.id = d.id;
    end if;
end
$$;

-- One outcome: what an older try says late matters only if it was sent.
create or replace function core.delivery_outcome(d betterstack.delivery, attempt integer,
    outcome text, retry_after integer, provider_ref text, at timestamptz) returns void
language plpgsql volatile as $$
begin
    if outcome = 'sent' then
        if d.state in (0, 1, 3) then
            perform core.delivery_sent(d, provider_ref, at);
        end if;
    elsif d.state = 1 and d.attempts = attempt then
        if outcome = 'failed' then
            perform core.delivery_failed(d, retry_after, at);
        else
            perform core.delivery_undeliverable(d, d.last_error, at);
        end if;
    end if;
end
$$;

-- Where a person's own contact leads to: numbers, addresses, topics, servers.
create or replace function core.contact_hidden(c betterstack.channel) returns setof text
language plpgsql stable as $$
begin
    return query
        with said as (
            select v #>> '{}' as word from jsonb_each(c.settings) s,
                   jsonb_path_query(s.value, 'lax $[*] ? (@.type() == "string")') v
             where core.channel_rules(c.kind, 'settings') -> s.key ->> 'type'
                   not in ('choice', 'lines'))
        select w from (select word from said
                       union select substring(word from '://([^/:?#]+)') from said) o (w)
         where length(w) > 3 order by length(w) desc;
end
$$;

-- A provider names what it was given; the whole team sees what it said.
create or replace function core.delivery_said(delivery_id bigint, said text) returns text
language plpgsql stable as $$
declare
    c betterstack.channel;
    hidden text;
begin
    select o.* into c from betterstack.channel o join betterstack.delivery d on d.channel_id = o.id
     where d.id = delivery_said.delivery_id and o.user_id is not null;
    if c.id is null or said is null then
        return said;
    end if;
    for hidden in select h from core.contact_hidden(c) h loop
        said := regexp_replace(said, '***=' || hidden, '***', 'gi');
    end loop;
    return said;
end
$$;

-- One line of core.delivery_outcomes.
create or replace function core.delivery_outcome_take(e jsonb, region_id smallint, at timestamptz)
    returns void
language plpgsql volatile as $$
declare
    d betterstack.delivery;
    word text := ('{sent,failed,refused,failed}'::text[])[(e ->> 2)::integer + 1];
    said text := core.delivery_said((e ->> 0)::bigint, nullif(left(e ->> 6, 500), ''));
    code integer := core.json_integer(e -> 3);
begin
    code := case when code between 1 and 999 then code end;
    update betterstack.delivery_attempt a
       set outcome = word, told_at = delivery_outcome_take.at, detail = said,
           http_status = code, duration_ms = core.json_integer(e -> 5)
     where a.delivery_id = (e ->> 0)::bigint and a.attempt = (e ->> 1)::integer
       and a.outcome is null
       and a.region_id = coalesce(delivery_outcome_take.region_id, a.region_id);
    if found then
        update betterstack.delivery t
           set last_error = case when word = 'sent' then t.last_error
                                 else coalesce(said, 'HTTP ' || code) end,
               unsure = t.unsure or e ->> 2 = '3'
         where t.id = (e ->> 0)::bigint returning t.* into d;
        perform core.delivery_outcome(d, (e ->> 1)::integer, word, core.json_integer(e -> 4),
                                      e ->> 7, at);
    end if;
end
$$;

-- outcomes: [[delivery, attempt, 0 sent 1 failed 2 refused 3 failed but perhaps there all the same,
-- HTTP status, Retry-After in s, ms, detail, provider's reference], ...].  The same again, or what
-- was leased to nobody in this region, changes nothing.  One that cannot be taken costs no other,
-- and no report: its agent would set the ticks aside that came with it.
create or replace function core.delivery_outcomes(outcomes jsonb, at timestamptz,
    region_id smallint default null) returns void
language plpgsql volatile as $$
declare
    e jsonb;
begin
    if jsonb_typeof(outcomes) is distinct from 'array' or outcomes = '[]' then
        return;
    end if;
    perform core.incident_lock();
    for e in
        select o.e from (select t.e from jsonb_array_elements(outcomes) t (e)
                          limit core.delivery_outcomes_max()) o
         where o.e ->> 0 ~ '^[0-9]{1,18}$' and o.e ->> 1 ~ '^[0-9]{1,4}$|^[1-2][0-9]{4}$'
           and o.e ->> 2 ~ '^[0-3]$'
         order by (o.e ->> 0)::bigint, (o.e ->> 1)::integer
    loop
        begin
            perform core.delivery_outcome_take(e, region_id, at);
        exception when data_exception or integrity_constraint_violation then
            raise warning 'the outcome of delivery % cannot be taken: %', e ->> 0, sqlerrm;
        end;
    end loop;
end
$$;
