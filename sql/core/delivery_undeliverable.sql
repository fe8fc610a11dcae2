-- What no provider takes: shown, and told once through another way.

create or replace function core.delivery_owners_max() returns integer
language sql immutable parallel safe as $$ select 20 $$;

create or replace function core.mail_is_set_up() returns boolean
language plpgsql stable as $$
begin
    return (select n.smtp ->> 'host' is not null from betterstack.installation n);
end
$$;

-- Who is told that `d` did not arrive: another way of the same person, the owners of the team by
-- mail, or another channel of the team: one that keeps alerts of its own open only if there is no
-- other, for nothing would close what tells of this.
create or replace function core.delivery_substitutes(d betterstack.delivery)
    returns setof betterstack.channel
language plpgsql stable as $$
declare
    person integer := d.user_id;
    user_id integer;
begin
    if person is not null then
        return query
            select c.* from betterstack.channel c
             where c.user_id = person and c.enabled and c.id is distinct from d.channel_id
             order by core.channel_opens_and_closes(c.kind), c.kind = d.kind, c.id limit 1;
        if found then
            return;
        end if;
    end if;
    if core.mail_is_set_up() and d.receiver not like 'u%' then
        for user_id in
            select m.user_id from betterstack.membership m
             where m.team_id = d.team_id and (person is null or m.user_id = person)
             order by m.user_id limit core.delivery_owners_max()
        loop
            return next core.channel_of_person(user_id);
        end loop;
    else
        return query
            select c.* from betterstack.channel c
             where c.team_id = d.team_id and c.user_id is null and c.enabled
               and c.id is distinct from d.channel_id
             order by core.channel_opens_and_closes(c.kind), c.kind = d.kind, not c.all_incidents,
                      c.id limit 1;
    end if;
end
$$;

create or replace function core.delivery_undeliverable(d betterstack.delivery, why text,
    at timestamptz) returns void
language plpgsql volatile as $$
declare
    told record;
    c betterstack.channel;
    reason text := coalesce(why, 'It was not sent in time');
    title text := 'Not delivered to ' || d.receiver_name || ': ' || (d.message ->> 'title');
begin
    update betterstack.delivery t set last_error = reason where t.id = d.id;
    for told in select t.* from core.delivery_tells(d) t loop
        perform core.delivery_enter(d, told.incident_id, told.event, 'alert_failed', reason, at);
    end loop;
    if d.event not in ('undeliverable', 'test', 'cancel', 'report') then
        for c in select s.* from core.delivery_substitutes(d) s loop
            perform core.delivery_write(c, d.team_id, d.incident_id, 'undeliverable', d.id,
                concat_ws('-', case when d.incident_id is null then d.id end, d.receiver),
                d.message || jsonb_build_object('event', 'undeliverable', 'title', title,
                    'text', reason || E'\n' || coalesce(d.message ->> 'text', ''),
                    'dedup_key', concat_ws('-', d.message ->> 'dedup_key', 'undeliverable',
                                           d.receiver)),
                d.critical, at);
        end loop;
    end if;
    perform core.delivery_finish(d, 3::smallint, at);
end
$$;

-- A person wants it tried again.
create or replace function core.delivery_retry(id bigint, at timestamptz) returns boolean
language plpgsql volatile as $$
begin
    update betterstack.delivery d
       set state = 0, waiting = false, held = false, next_at = at, finished_at = null,
           expires_at = at + core.delivery_ttl(d.event)
     where d.id = delivery_retry.id and d.state = 3;
    return found;
end
$$;
