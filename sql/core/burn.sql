-- Burn alerts as in the SRE workbook, chapter 5: a rule holds if the error budget is used at its
-- rate over a long window, so that something has been used up, and over a short one, so that it
-- goes on.

-- Seconds, shortest first; the names are those of the API.
create or replace function core.burn_windows() returns integer[]
language sql immutable parallel safe as $$
    select '{300,1800,3600,7200,21600,86400,259200}'::integer[]
$$;

create or replace function core.burn_window_names() returns text[]
language sql immutable parallel safe as $$
    select '{5m,30m,1h,2h,6h,1d,3d}'::text[]
$$;

create or replace function core.slo_budget_share(target numeric) returns double precision
language sql immutable parallel safe as $$
    select ((100 - target) / 100)::double precision
$$;

-- down: of each of core.burn_windows.  Null where nothing was measured.
create or replace function core.burn_rates(target numeric, down double precision[],
    counted double precision[]) returns double precision[]
language sql immutable parallel safe as $$
    select array_agg(d / nullif(c, 0) / core.slo_budget_share(target) order by place)
      from unnest(down, counted) with ordinality u (d, c, place)
$$;

-- rate: of core.burn_rates; long and short: seconds, of core.burn_windows.  The worst first.
create or replace function core.burn_rules()
    returns table (rule smallint, rate double precision, long integer, short integer,
                   critical boolean)
language sql immutable parallel safe rows 4 as $$
    values (1::smallint, 14.4::double precision, 3600, 300, true),
           (2::smallint, 6, 21600, 1800, true),
           (3::smallint, 3, 86400, 7200, false),
           (4::smallint, 1, 259200, 21600, false)
$$;

create or replace function core.burn_is_critical(rule smallint) returns boolean
language sql immutable parallel safe as $$
    select coalesce((select r.critical from core.burn_rules() r
                      where r.rule = burn_is_critical.rule), false)
$$;

create or replace function core.burn_place(seconds integer) returns integer
language sql immutable parallel safe as $$
    select array_position(core.burn_windows(), seconds)
$$;

-- The worst rule that holds; null: none.  Where nothing was measured lately, whether it goes on is
-- not known: nothing begins, and (unknown_goes_on) nothing ends by that.
create or replace function core.burn_rule(rates double precision[], unknown_goes_on boolean)
    returns smallint
language sql immutable parallel safe as $$
    select min(r.rule) from core.burn_rules() r
     where rates[core.burn_place(r.long)] >= r.rate
       and coalesce(rates[core.burn_place(r.short)] >= r.rate, unknown_goes_on)
$$;

-- '2.1', '154', '0.31'
create or replace function core.burn_number(value double precision) returns text
language sql immutable parallel safe as $$
    select trim_scale(round(value::numeric, case when value >= 100 then 0 when value >= 1 then 1
                                                 else 2 end))::text
$$;

create or replace function core.slo_window_words(period text) returns text
language sql immutable parallel safe as $$
    select case when period = 'month' then 'monthly' else period || '-day' end
$$;

-- 'hour', '6 hours'
create or replace function core.burn_window_words(seconds integer) returns text
language sql immutable parallel safe as $$
    select case seconds when 3600 then 'hour' when 86400 then '24 hours'
                        when 259200 then '3 days'
                        else seconds / 3600 || ' hours' end
$$;

-- 'The SLO Checkout has used 2 % of its monthly error budget in the last hour, ...'  f: a row of
-- core.slo_figures.
create or replace function core.burn_text(s betterstack.slo, f record, rule smallint) returns text
language plpgsql stable as $$
declare
    r record;
    place integer;
    remaining double precision := 100 * (1 - f.down_s / nullif(f.budget_s, 0));
begin
    select o.* into r from core.burn_rules() o where o.rule = burn_text.rule;
    place := core.burn_place(r.long);
    return concat('The SLO ', s.name, ' has used ',
        core.burn_number(100 * f.burn_down_s[place] / nullif(f.budget_s, 0)), ' % of its ',
        core.slo_window_words(s.period), ' error budget in the last ',
        core.burn_window_words(r.long), ', ',
        core.burn_number((core.burn_rates(s.target, f.burn_down_s, f.burn_counted_s))[place]),
        ' times as fast as its target of ', s.target, ' % allows. ',
        case when remaining > 0 then core.burn_number(remaining) || ' % of the budget is left.'
             else 'Nothing of the budget is left.' end);
end
$$;
