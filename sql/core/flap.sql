-- Flapping, by the scheme that Icinga publishes: of the last twenty rounds of checks those in which
-- the state changed count, the oldest 0.8 and the newest 1.2; above 30 % flapping begins, below 25 %
-- it ends.  Rounds are reckoned from the times of the changes, so that a monitor that stays as it
-- is costs nothing.

create or replace function core.flap_rounds() returns integer
language sql immutable parallel safe as $$ select 20 $$;

-- A round is an interval; for very short ones half a minute, or a restart would be flapping.
create or replace function core.flap_round(check_frequency integer) returns interval
language sql immutable parallel safe as $$
    select greatest(check_frequency, 30) * interval '1 second'
$$;

-- Percent.
create or replace function core.flap_value(flips timestamptz[], at timestamptz, round interval)
    returns numeric
language plpgsql stable parallel safe as $$
begin
    return (
        select coalesce(sum(1.2 - 0.4 * c.age / (core.flap_rounds() - 1)), 0) * 100
               / core.flap_rounds()
          from (select distinct floor(extract(epoch from at - f.flip)
                                      / extract(epoch from round))::integer as age
                  from unnest(flips) as f (flip)
                 where f.flip <= at) c
         where c.age between 0 and core.flap_rounds() - 1);
end
$$;

create or replace function core.flap_begins() returns numeric
language sql immutable parallel safe as $$ select 30.0 $$;

create or replace function core.flap_ends() returns numeric
language sql immutable parallel safe as $$ select 25.0 $$;

-- The changes with this one, as many as there are rounds.
create or replace function core.flap_add(flips timestamptz[], at timestamptz)
    returns timestamptz[]
language sql immutable parallel safe as $$
    select (flips || at)[greatest(1, cardinality(flips) + 2 - core.flap_rounds()):]
$$;
