-- What is asked about channels: how they are, and how often they were tried; and live events of
-- deliveries.

create index delivery_finished on betterstack.delivery (channel_id, state, finished_at desc)
    where state in (2, 3);
create index delivery_struggling on betterstack.delivery (channel_id)
    where state in (0, 1) and attempts >= 1;
create index delivery_tests on betterstack.delivery (receiver, created_at) where event = 'test';

-- Whoever changes a delivery need not think of those who watch.
create function betterstack.delivery_changed() returns trigger
language plpgsql as $$
begin
    perform core.delivery_publish(new);
    return null;
end
$$;
create trigger delivery_made after insert on betterstack.delivery
    for each row execute function betterstack.delivery_changed();
create trigger delivery_changed after update of state on betterstack.delivery
    for each row when (old.state <> new.state) execute function betterstack.delivery_changed();

-- This one takes the page's origin now.
drop function if exists api.sign_up(text, text, text, bytea, text, text);
