-- The months of sealed history: partitions of tick_sealed, tick_evidence and tick_day, made ahead.

create or replace function core.history_partition_name(relation text, month date) returns text
language sql immutable parallel safe as $$
    select relation || '_' || to_char(month, 'YYYYMM')
$$;

-- As core.tick_partition_make: whoever reads and writes goes on meanwhile.
create or replace function core.history_partition_make(relation text, month date) returns void
language plpgsql volatile as $$
declare
    name text := core.history_partition_name(relation, month);
begin
    execute format('create table betterstack.%I (like betterstack.%I including all)', name,
                   relation);
    execute format('alter table betterstack.%I attach partition betterstack.%I '
                   'for values from (%L) to (%L)',
                   relation, name, month, (month + interval '1 month')::date);
end
$$;

-- From the month of the oldest hot day to the next month.  Returns how many were made.
create or replace function core.history_partitions_make(at timestamptz) returns integer
language plpgsql volatile as $$
declare
    today date := (at at time zone 'UTC')::date;
    first date := date_trunc('month', least(core.tick_partition_oldest(), today - 8))::date;
    missing record;
    made integer := 0;
begin
    for missing in
        select r.relation, m.month::date as month
          from unnest(array['tick_sealed', 'tick_evidence', 'tick_day']) as r (relation),
               generate_series(first, today + interval '1 month', interval '1 month') as m (month)
         where to_regclass('betterstack.' || core.history_partition_name(r.relation, m.month::date))
               is null
         order by r.relation, m.month
    loop
        perform core.history_partition_make(missing.relation, missing.month);
        made := made + 1;
    end loop;
    return made;
end
$$;
