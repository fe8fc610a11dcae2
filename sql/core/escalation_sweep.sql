-- What time alone decides about escalations.  Called by core.alert_sweep, which has the lock of
-- incidents.

create or replace function core.escalation_sweep_max() returns integer
language sql immutable parallel safe as $$ select 200 $$;

-- Probes of indexes: of the first of each, because a plan that does not know `at` takes a third of
-- all rows to be due, and looks for one of them through the whole table.
create or replace function core.escalation_sweep_idle(at timestamptz) returns boolean
language sql stable as $$
    select ((select min(e.next_at) from betterstack.escalation e) <= at) is not true
       and ((select min(e.remind_at) from betterstack.escalation e) <= at) is not true
       and ((select min(e.update_at) from betterstack.escalation e) <= at) is not true
$$;

-- The instructions once more, to those who were told, as long as it is not over.
create or replace function core.escalation_remind(i betterstack.incident,
    e betterstack.escalation, at timestamptz) returns void
language plpgsql volatile as $$
declare
    c betterstack.channel;
    told text;
    team integer := core.alert_team(i);
    number bigint := floor(extract(epoch from at));
    message jsonb := core.alert_message(i, 'reminder',
                         jsonb_build_object('instructions', e.instructions), at);
begin
    for told in select t from core.alert_told(i, team) t loop
        c := core.channel_of(told);
        continue when not core.alert_wanted(c, 'reminder')
                      or not core.alert_may_hear(c, team, 'reminder');
        perform core.delivery_write(c, team, i.id, 'reminder', number, 'instructions-' || number,
            message, core.alert_is_critical(i.id, told), at);
    end loop;
end
$$;

create or replace function core.escalation_look(e betterstack.escalation, at timestamptz)
    returns void
language plpgsql volatile as $$
declare
    i betterstack.incident;
begin
    select o.* into i from betterstack.incident o where o.id = e.incident_id;
    if i.resolved_at is not null then
        perform core.escalation_stop(i.id, true, at);
        return;
    end if;
    if e.update_at <= at then
        perform core.escalation_update(i, at);
        update betterstack.escalation o set update_at = null where o.incident_id = i.id;
        e.update_at := null;
    end if;
    if e.remind_at <= at then
        perform core.escalation_remind(i, e, at);
        e.remind_at := at + e.remind_every * interval '1 second';
        update betterstack.escalation o set remind_at = e.remind_at where o.incident_id = i.id;
    end if;
    if e.next_at <= at then
        perform core.escalation_run(i, e, core.alert_team(i), at);
    end if;
    perform core.incident_publish(i.team_id, 'changed', i.id);
end
$$;

-- Of each kind as many as one sweep looks at, by its index.
create or replace function core.escalation_due_ids(at timestamptz) returns bigint[]
language plpgsql stable as $$
begin
    return array(
        (select e.incident_id from betterstack.escalation e where e.next_at <= at
          order by e.next_at limit core.escalation_sweep_max())
        union
        (select e.incident_id from betterstack.escalation e where e.remind_at <= at
          order by e.remind_at limit core.escalation_sweep_max())
        union
        (select e.incident_id from betterstack.escalation e where e.update_at <= at
          order by e.update_at limit core.escalation_sweep_max()));
end
$$;

-- Returns how many were looked at.
create or replace function core.escalation_sweep(at timestamptz) returns integer
language plpgsql volatile as $$
declare
    e betterstack.escalation;
    done integer := 0;
begin
    for e in
        select o.* from betterstack.escalation o
         where o.incident_id = any (core.escalation_due_ids(at))
         order by least(o.next_at, o.remind_at, o.update_at), o.incident_id
         limit core.escalation_sweep_max() for no key update skip locked
    loop
        begin
            perform core.escalation_look(e, at);
        exception when data_exception or integrity_constraint_violation then
            raise warning 'the escalation of incident % fails: %', e.incident_id, sqlerrm;
            update betterstack.escalation t
               set next_at = case when t.next_at <= at then at + core.alert_sweep_again()
                                  else t.next_at end,
                   remind_at = case when t.remind_at <= at then at + core.alert_sweep_again()
                                    else t.remind_at end,
                   update_at = case when t.update_at <= at then at + core.alert_sweep_again()
                                    else t.update_at end
             where t.incident_id = e.incident_id;
        end;
        done := done + 1;
    end loop;
    return done;
end
$$;
