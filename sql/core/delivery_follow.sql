-- What takes a second request: a message goes in one, and some providers keep ringing or keep an
-- alert open until they get another.  It is a delivery of its own, behind the first.

-- Pushover repeats an emergency until it is cancelled, and no message cancels one.
create or replace function core.delivery_rings(c betterstack.channel, thread bigint)
    returns boolean
language plpgsql stable as $$
begin
    return c.kind = 'pushover' and (c.settings ->> 'priority' = '2' or exists (
        select from betterstack.delivery d
         where d.thread = delivery_rings.thread and d.receiver = core.channel_receiver(c)
           and d.critical));
end
$$;

-- Behind `d`, which was just written; `what` is that of its key.
create or replace function core.delivery_follow(c betterstack.channel, d betterstack.delivery,
    what text, at timestamptz) returns void
language plpgsql volatile as $$
begin
    if d.event = 'test' and core.channel_opens_and_closes(c.kind)
       and d.message ->> 'event' = 'test' then
        perform core.delivery_write(c, d.team_id, null, 'test', d.number, what || '-end',
            d.message || '{"event": "resolved", "text": "The test is over."}', false, at, d.thread);
    elsif d.event = 'resolved' and core.delivery_rings(c, d.thread) then
        perform core.delivery_write(c, d.team_id, d.incident_id, 'cancel', d.number, what,
            d.message || '{"event": "cancel"}', false, at, d.thread);
    end if;
end
$$;
