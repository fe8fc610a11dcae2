-- Whether SLOs use up their error budget too fast: each is looked at once a minute.  Where no
-- monitor was down in the longest window and nothing goes on, that is a look into an index.

create or replace function core.slo_looks_again() returns interval
language sql immutable parallel safe as $$ select interval '1 minute' $$;

-- In one sweep: of those that are due; and of these, which are computed.
create or replace function core.slo_looks_max() returns integer
language sql immutable parallel safe as $$ select 500 $$;

create or replace function core.slo_computes_max() returns integer
language sql immutable parallel safe as $$ select 20 $$;

-- Those of them that go on, or one of whose monitors was down lately.
create or replace function core.slo_suspects(ids integer[], at timestamptz) returns integer[]
language plpgsql stable as $$
declare
    failed integer[] := array(
        select distinct im.monitor_id from betterstack.incident_monitor im
         where coalesce(im.ended_at, 'infinity') > at - (
                   select max(w) from unnest(core.burn_windows()) w) * interval '1 second'
           and im.confirmed_at is not null);
begin
    return array(
        select w.slo_id from betterstack.slo_watch w
         where w.slo_id = any (ids) and w.rule is not null
         union
        select s.id from betterstack.slo s
         cross join unnest(s.monitor_ids) u (id)
          join unnest(failed) f (id) on f.id = u.id
         where s.id = any (ids) and not s.all_monitors
         union
        select s.id from betterstack.slo s
          join betterstack.monitor m on m.team_id = s.team_id and m.id = any (failed)
         where s.id = any (ids) and s.all_monitors);
end
$$;

-- The rates without what was told of before.
create or replace function core.slo_rates_untold(target numeric, f record)
    returns double precision[]
language plpgsql stable as $$
begin
    return core.burn_rates(target, array(
               select least(d, f.untold_s)      -- null: all of it is
                 from unnest(f.burn_down_s) with ordinality u (d, place) order by place),
               f.burn_counted_s);
end
$$;

-- The caller has locked the row.  f: its row of core.slo_figures.
create or replace function core.slo_look(w betterstack.slo_watch, f record, at timestamptz)
    returns betterstack.slo_watch
language plpgsql volatile as $$
declare
    s betterstack.slo;
    rates double precision[];
    worst smallint;
begin
    select o.* into s from betterstack.slo o where o.id = w.slo_id;
    if s.id is null or f is null then       -- deleted just now
        return w;
    end if;
    rates := core.slo_rates_untold(s.target, f);
    worst := core.burn_rule(rates, w.rule is not null);
    if w.rule is null and worst is null then
        return w;
    elsif w.rule is null then
        w := core.burn_begins(w, s, f, worst, at);
    elsif worst is null or core.burn_is_critical(w.rule) and not core.burn_is_critical(worst) then
        w := core.burn_ends(w, 'burn_over', at);
    else
        return core.burn_goes_on(w, s, f, core.burn_rule(rates, false), at);
    end if;
    perform core.live_publish('slo', s.team_id, 'changed', s.id);
    return w;
end
$$;

-- Their figures are made for all of them at once: those with the same monitors share them.
create or replace function core.slo_sweep_some(ids integer[], at timestamptz) returns void
language plpgsql volatile as $$
declare
    found record;
    w betterstack.slo_watch;
begin
    for found in select o as watch, f as figures
                   from betterstack.slo_watch o
                   left join core.slo_figures(ids, at) f on f.slo_id = o.slo_id
                  where o.slo_id = any (ids)
                  order by o.slo_id for no key update of o
    loop
        begin
            w := core.slo_look(found.watch, found.figures, at);
            update betterstack.slo_watch o
               set rule = w.rule, incident_id = w.incident_id, told_until = w.told_until
             where o.slo_id = w.slo_id;
        exception when data_exception or integrity_constraint_violation then
            raise warning 'SLO % cannot be decided: %', (found.watch).slo_id, sqlerrm;
        end;
    end loop;
end
$$;

-- Returns how many were looked at.  Also what a clock that was set back would make wait for long.
-- After our absence nothing is decided until quiet_until: what was down then may be up by now.
create or replace function core.slo_sweep(at timestamptz) returns integer
language plpgsql volatile as $$
declare
    due integer[];
    suspects integer[];
begin
    if at < (select w.quiet_until from betterstack.sweep w) then
        return 0;
    end if;
    due := array(
        select w.slo_id from betterstack.slo_watch w
         where w.due_at <= at or w.due_at > at + 2 * core.slo_looks_again()
                                 and w.due_at < 'infinity'
         order by w.due_at limit core.slo_looks_max() for no key update skip locked);
    if due = '{}' then
        return 0;
    end if;
    suspects := core.slo_suspects(due, at);
    due := array(select d from unnest(due) with ordinality u (d, place)
                  where d <> all (suspects)
                     or d = any (suspects[:core.slo_computes_max()]));
    update betterstack.slo_watch w set due_at = at + core.slo_looks_again()
     where w.slo_id = any (due);
    perform core.slo_sweep_some(suspects[:core.slo_computes_max()], at);
    return cardinality(due);
end
$$;
