-- What agents say of themselves, and what came with the ticks of issue 3.

alter table betterstack.region_agent
    add column self jsonb;                  -- {"name": integer, ...} of its last report

alter table betterstack.tick
    add column flags smallint not null default 0;   -- bits of shared/bs_wire.h, BS_TICK_*

alter table betterstack.region_state
    add column expires_at timestamptz;      -- end of the certificate or domain last seen; null: none
