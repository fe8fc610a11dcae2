-- Hand-overs: who comes on call is told so, once.  A calendar is found by its next edge; what
-- happened while no hub looked is not told any more, only who is on call now.

create or replace function core.on_call_sweep_max() returns integer
language sql immutable parallel safe as $$ select 200 $$;

-- By the person's own push or mail, in this order, else by mail to the account.  Nobody is called
-- for it.
create or replace function core.on_call_contact(user_id integer) returns betterstack.channel
language plpgsql stable as $$
declare
    c betterstack.channel;
begin
    select o.* into c from betterstack.channel o
     where o.user_id = on_call_contact.user_id and o.enabled
       and o.kind not in ('twilio_voice', 'twilio_sms')
       and not core.channel_opens_and_closes(o.kind)
       and (o.ways = '{}' or o.ways && '{push,email}')
     order by o.kind = 'email', o.id limit 1;
    return case when c.id is null then core.channel_of_person(user_id) else c end;
end
$$;

-- 'Mon 23 Nov, 09:00 (Europe/Berlin)': as clocks show it where the rotation is.
create or replace function core.on_call_wall(calendar betterstack.on_call, moment timestamptz)
    returns text
language plpgsql stable as $$
declare
    zone text := coalesce((select r.zone from betterstack.on_call_rotation r
                            where r.on_call_id = calendar.id), 'UTC');
begin
    return to_char(moment at time zone zone, 'Dy FMDD Mon, HH24:MI') || ' (' || zone || ')';
end
$$;

create or replace function core.on_call_message(calendar betterstack.on_call,
    until_at timestamptz, at timestamptz) returns jsonb
language plpgsql stable as $$
declare
    later text := core.on_call_names(core.on_call_now(calendar, until_at));
begin
    return jsonb_strip_nulls(jsonb_build_object('event', 'on_call', 'severity', 'info',
        'title', 'You are on call for ' || core.on_call_title(calendar)
                 || coalesce(' until ' || core.on_call_wall(calendar, until_at), ''),
        'text', case when until_at is null then 'Alerts come to you.'
                     when later is null
                         then 'Alerts come to you until then. Nobody is on call afterwards.'
                     else 'Alerts come to you until then. Afterwards: ' || later || '.' end,
        'url', core.public_link('/on-call?calendar=' || calendar.id),
        'started_at', core.iso(at), 'started_ms', core.ms(at),
        'dedup_key', (select n.name from betterstack.installation n) || '-on-call-' || calendar.id,
        'team', (select t.name from betterstack.team t where t.id = calendar.team_id)));
end
$$;

-- Named by the shift, so that a clock which is set back tells nobody twice.  Of no use after it.
create or replace function core.on_call_tell(calendar betterstack.on_call, user_id integer,
    at timestamptz) returns void
language plpgsql volatile as $$
declare
    until_at timestamptz := core.on_call_leaves(calendar, user_id, at);
    since timestamptz := coalesce((
        select min(s.starts_at)
          from core.on_call_shifts(calendar, at, at + interval '1 millisecond',
                                   core.on_call_shifts_max()) s
         where user_id = any (s.user_ids)), at);
    made bigint;
begin
    made := core.delivery_write(core.on_call_contact(user_id), calendar.team_id, null, 'on_call',
        core.ms(since), concat_ws('-', calendar.id, core.ms(since)),
        core.on_call_message(calendar, until_at, at), false, at);
    update betterstack.delivery d set expires_at = least(d.expires_at, until_at) where d.id = made;
end
$$;

-- One that is due, and locked.
create or replace function core.on_call_look(calendar betterstack.on_call, at timestamptz)
    returns void
language plpgsql volatile as $$
declare
    users integer[] := core.on_call_now(calendar, at);
    user_id integer;
begin
    update betterstack.on_call o
       set present = users, decided_at = at, edge_at = core.on_call_edge(calendar, at)
     where o.id = calendar.id;
    if users @> calendar.present and users <@ calendar.present then
        return;
    end if;
    perform core.live_publish('on_call', calendar.team_id, 'changed', calendar.id);
    if calendar.handover_notice then
        perform core.incident_lock();
        foreach user_id in array users loop
            continue when user_id = any (calendar.present);
            perform core.on_call_tell(calendar, user_id, at);
        end loop;
    end if;
end
$$;

-- A look that is later than now: the clock was set back.  What cannot be decided waits for a
-- minute.
create or replace function core.on_call_sweep(at timestamptz) returns void
language plpgsql volatile as $$
declare
    ahead timestamptz := at + core.maintenance_set_back_by();
    calendar betterstack.on_call;
begin
    for calendar in
        select o.* from betterstack.on_call o where o.edge_at <= at or o.decided_at > ahead
         order by o.edge_at limit core.on_call_sweep_max() for update skip locked
    loop
        begin
            perform core.on_call_look(calendar, at);
        exception when data_exception or integrity_constraint_violation then
            raise warning 'on-call calendar % cannot be decided: %', calendar.id, sqlerrm;
            update betterstack.on_call o
               set edge_at = at + core.maintenance_again(), decided_at = least(o.decided_at, at)
             where o.id = calendar.id;
        end;
    end loop;
end
$$;
