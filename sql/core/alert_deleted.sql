-- An incident that is deleted while it goes on: whoever was told that it began is told that it is
-- over, so that no alert of it stays open anywhere.

create or replace function core.alert_deleted_message(i betterstack.incident, at timestamptz)
    returns jsonb
language plpgsql stable as $$
begin
    return core.alert_message(i, 'resolved', '{}', at) - 'url' || jsonb_build_object(
        'title', 'Deleted: ' || core.alert_subject(i, false), 'text', 'This incident was deleted');
end
$$;

-- Before it goes, by whoever has the lock of incidents.
create or replace function core.alert_deleted(i betterstack.incident, at timestamptz) returns void
language plpgsql volatile as $$
declare
    c betterstack.channel;
    told text;
    message jsonb;
    number bigint := 1 + (select count(distinct d.number) from betterstack.delivery d
                           where d.incident_id = i.id and d.event = 'resolved');
begin
    if i.resolved_at is not null then
        return;
    end if;
    i.resolved_at := at;
    message := core.alert_deleted_message(i, at);
    for told in select d.receiver from betterstack.delivery d where d.incident_id = i.id
                 group by d.receiver order by min(d.id) loop
        c := core.channel_of(told);
        continue when c.kind is null;
        continue when core.alert_supersede(c, i.id, at) is distinct from 'told'
                      or not core.alert_wanted(c, 'resolved')
                      or not core.alert_may_hear(c, core.alert_team(i), 'resolved');
        perform core.delivery_write(c, core.alert_team(i), i.id, 'resolved', number,
            number::text, message, false, at);
    end loop;
end
$$;
