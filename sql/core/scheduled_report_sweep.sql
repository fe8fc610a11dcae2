-- Reports that are due: made, and then sent.
--
-- Making takes long (a second, where there are very many monitors), so it is the first that a sweep
-- does, one report each time, with no lock but that report's own.  Sending writes deliveries, and
-- is the last, under core.incident_lock().  What is made is kept together with the day on which the
-- next begins, so each is made once; what is sent is named by run and receiver.

create or replace function core.scheduled_report_again() returns interval
language sql immutable parallel safe as $$ select interval '10 minutes' $$;

-- Of a report; the oldest go.
create or replace function core.scheduled_report_runs_max() returns integer
language sql immutable parallel safe as $$ select 200 $$;

-- Periods that nobody made because all hubs were away: so many are made afterwards.
create or replace function core.scheduled_report_missed_max() returns integer
language sql immutable parallel safe as $$ select 4 $$;

-- What is made later than this after its end is kept, and not sent: it is no news any more.
create or replace function core.scheduled_report_news_for() returns interval
language sql immutable parallel safe as $$ select interval '8 days' $$;

create or replace function core.scheduled_report_sends_max() returns integer
language sql immutable parallel safe as $$ select 5 $$;

-- Mails of reports that wait at once: alerts do not queue behind more.
create or replace function core.scheduled_report_waiting_max() returns integer
language sql immutable parallel safe as $$ select 100 $$;

-- Is all that agents told of the period where response times are read from?
create or replace function core.scheduled_report_ready(r betterstack.report, last_day date,
    at timestamptz) returns boolean
language plpgsql stable as $$
begin
    return at >= core.scheduled_report_moment(last_day + 1, r.timezone)
                 + core.scheduled_report_wait_max()
        or not exists (select from betterstack.day d where d.day = last_day and d.state < 2);
end
$$;

-- Null if it was made before.
create or replace function core.scheduled_report_make(r betterstack.report, first_day date,
    asked_by text, to_send boolean, at timestamptz) returns betterstack.report_run
language plpgsql volatile as $$
declare
    ends_on date := core.scheduled_report_next(r.period, first_day) - 1;
    content jsonb;
    made betterstack.report_run;
begin
    if asked_by is null and exists (
            select from betterstack.report_run n
             where n.report_id = r.id and n.first_day = scheduled_report_make.first_day
               and n.last_day = ends_on and n.asked_by is null) then
        return null;
    end if;
    content := core.scheduled_report_content(r, first_day, ends_on, at);
    insert into betterstack.report_run (report_id, period_from, period_until, first_day,
        last_day, asked_by, to_send, made_at, summary, content)
    values (r.id, (content ->> 'from')::timestamptz, (content ->> 'until')::timestamptz, first_day,
        ends_on, asked_by, to_send, at, content -> 'summary', content)
    returning * into made;
    delete from betterstack.report_run n
     where n.report_id = r.id and n.id <= (
        select o.id from betterstack.report_run o where o.report_id = r.id
         order by o.id desc offset core.scheduled_report_runs_max() limit 1);
    return made;
end
$$;

-- The first day of what is to be made now: not all that was missed, if that was very much.
create or replace function core.scheduled_report_first_missed(r betterstack.report,
    at timestamptz) returns date
language plpgsql stable as $$
declare
    first date := core.scheduled_report_first(r.period, core.scheduled_report_day(at, r.timezone));
begin
    for n in 1 .. core.scheduled_report_missed_max() loop
        first := core.scheduled_report_before(r.period, first);
    end loop;
    return greatest(r.next_on, first);
end
$$;

-- One that is due, and locked.
create or replace function core.scheduled_report_look(r betterstack.report, at timestamptz)
    returns void
language plpgsql volatile as $$
declare
    first date := core.scheduled_report_first_missed(r, at);
    next date := core.scheduled_report_next(r.period, first);
    until timestamptz := core.scheduled_report_moment(next, r.timezone);
begin
    if not core.scheduled_report_ready(r, next - 1, at) then
        update betterstack.report o set due_at = at + core.scheduled_report_again()
         where o.id = r.id;
        return;
    end if;
    perform core.scheduled_report_make(r, first, null,
                                       at < until + core.scheduled_report_news_for(), at);
    r.next_on := next;
    update betterstack.report o
       set next_on = next, due_at = core.scheduled_report_due(r) where o.id = r.id;
    perform core.live_publish('report', r.team_id, 'made', r.id);
end
$$;

create or replace function core.scheduled_report_sweep(at timestamptz) returns void
language plpgsql volatile as $$
declare
    r betterstack.report;
begin
    select o.* into r from betterstack.report o where o.due_at <= at
     order by o.due_at limit 1 for update skip locked;
    if r.id is not null then
        -- One that takes longer than a statement may is put off, too: or no sweep would ever come
        -- to an end again.
        begin
            perform core.scheduled_report_look(r, at);
        exception when data_exception or integrity_constraint_violation or query_canceled then
            raise warning 'report % cannot be made: %', r.id, sqlerrm;
            update betterstack.report o set due_at = at + core.scheduled_report_again()
             where o.id = r.id;
        end;
    end if;
end
$$;

-- Members of the team by the mail of their account, and e-mail channels: each address once.
create or replace function core.scheduled_report_receivers(r betterstack.report)
    returns setof betterstack.channel
language plpgsql stable as $$
begin
    return query
        select c.* from betterstack.channel c
         where c.id = any (r.channel_ids) and c.team_id = r.team_id and c.user_id is null
           and c.kind = 'email' and c.enabled order by c.id;
    return query
        select p.* from betterstack.membership m
          join betterstack.app_user u on u.id = m.user_id
         cross join lateral core.channel_of_person(u.id) p
         where m.team_id = r.team_id and m.user_id = any (r.user_ids)
           and not exists (
            select from betterstack.channel c, jsonb_array_elements_text(c.settings -> 'to') a
             where c.id = any (r.channel_ids) and c.team_id = r.team_id and c.user_id is null
               and c.kind = 'email' and c.enabled and core.email_normal(a) = u.email)
         order by m.user_id;
end
$$;

-- To those who do not have it yet; returns how many that are.  The caller has
-- core.incident_lock().
create or replace function core.scheduled_report_send(n betterstack.report_run, at timestamptz)
    returns integer
language plpgsql volatile as $$
declare
    r betterstack.report;
    c betterstack.channel;
    message jsonb;
    sent integer := 0;
begin
    select o.* into r from betterstack.report o where o.id = n.report_id;
    message := core.scheduled_report_message(r, n, at);
    if core.mail_is_set_up() then
        for c in select o.* from core.scheduled_report_receivers(r) o loop
            sent := sent + (core.delivery_write(c, r.team_id, null, 'report', n.id, n.id::text,
                                                message, false, at) is not null)::integer;
        end loop;
    end if;
    update betterstack.report_run o set to_send = false where o.id = n.id and o.to_send;
    return sent;
end
$$;

create or replace function core.scheduled_report_sends(at timestamptz) returns void
language plpgsql volatile as $$
declare
    n betterstack.report_run;
begin
    if not exists (select from betterstack.report_run o where o.to_send)
       or (select count(*) from (select from betterstack.delivery d
                where d.event = 'report' and d.state = 0 and d.attempts = 0
                limit core.scheduled_report_waiting_max()) w)
          >= core.scheduled_report_waiting_max() then
        return;
    end if;
    perform core.incident_lock();
    for n in select o.* from betterstack.report_run o where o.to_send
              order by o.id limit core.scheduled_report_sends_max() for update skip locked loop
        begin
            perform core.scheduled_report_send(n, at);
        exception when data_exception or integrity_constraint_violation then
            raise warning 'report run % cannot be sent: %', n.id, sqlerrm;
            update betterstack.report_run o set to_send = false where o.id = n.id;
        end;
    end loop;
end
$$;
