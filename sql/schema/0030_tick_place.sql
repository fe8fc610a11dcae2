-- Hot ticks are found by (monitor, region, hour) instead of by a unique key: an hour's ticks share one
-- entry of the index, which takes a quarter of the room.  That each is stored once is seen to by
-- core.report_store.  Whoever reads by time names the hours too: slot_hour(t.slot) >= slot_hour(...).

create function betterstack.slot_hour(slot timestamptz) returns timestamptz
language sql immutable parallel safe as $$
    select date_bin(interval '1 hour', slot, timestamptz '1970-01-01 00:00:00+00')
$$;

alter table betterstack.tick drop constraint tick_pkey;
create index tick_place on betterstack.tick
    (monitor_id, region_id, betterstack.slot_hour(slot));
