-- Recurrence rules: RFC 5545, as far as they say days.  Every occurrence is at the time of the day
-- at which the first may be, as the clocks of the zone show it.
--
-- A rule is a filter of days (core.recurrence_days), looked at year by year: whatever it says, the
-- work is bounded by core.recurrence_years_max().

create or replace function core.recurrence_years_max() returns integer
language sql immutable parallel safe as $$ select 40 $$;

create or replace function core.recurrence_count_max() returns integer
language sql immutable parallel safe as $$ select 1000 $$;

create or replace function core.recurrence_length_max() returns integer
language sql immutable parallel safe as $$ select 500 $$;

create or replace function core.recurrence_parts() returns text[]
language sql immutable parallel safe as $$
    select '{FREQ,INTERVAL,COUNT,UNTIL,BYDAY,BYMONTHDAY,BYMONTH,BYSETPOS,WKST}'::text[]
$$;

create or replace function core.recurrence_is_rule(recurrence text) returns boolean
language sql immutable parallel safe as $$
    select upper(recurrence) like 'RRULE:%'
$$;

-- The parts by their names.
create or replace function core.recurrence_given(recurrence text) returns jsonb
language sql immutable parallel safe as $$
    select coalesce(jsonb_object_agg(split_part(p.part, '=', 1),
                                     substr(p.part, strpos(p.part || '=', '=') + 1)), '{}')
      from string_to_table(upper(regexp_replace(substr(recurrence, 7), ';$', '')), ';') p (part)
$$;

create or replace function core.recurrence_numbers(list text) returns integer[]
language sql immutable parallel safe as $$
    select string_to_array(list, ',')::integer[]
$$;

-- A list of numbers between 1 and highest, or counted from the end with a minus before them.
create or replace function core.recurrence_list_error(name text, list text, highest integer,
    from_the_end boolean) returns text
language sql immutable parallel safe as $$
    select case
        when list is null then null
        when list !~ '^[+-]?[0-9]{1,3}(,[+-]?[0-9]{1,3}){0,63}$'
             or exists (select from unnest(string_to_array(list, ',')::integer[]) n
                         where abs(n) not between 1 and highest or n < 0 and not from_the_end)
            then 'has ' || name || ', which must be numbers from 1 to ' || highest
                 || case when from_the_end then ', or from -' || highest || ' to -1' else '' end
    end
$$;

create or replace function core.recurrence_until(given text, zone text) returns timestamptz
language plpgsql stable parallel safe as $$
begin
    if given ~ 'Z$' then
        return given::timestamptz;
    elsif length(given) = 8 then
        return core.zone_moment(given::date + time '23:59:59.999', zone);
    end if;
    return core.zone_moment(replace(given, 'T', ' ')::timestamp, zone);
end
$$;

create or replace function core.recurrence_until_error(given text) returns text
language plpgsql stable parallel safe as $$
begin
    if given !~ '^[0-9]{8}(T([01][0-9]|2[0-3])([0-5][0-9]){2}Z?)?$' then
        return 'has an UNTIL that is no time like 20261231 or 20261231T215900Z';
    end if;
    perform core.recurrence_until(given, 'UTC');
    return null;
exception when data_exception then
    return 'has an UNTIL that does not exist';
end
$$;

create or replace function core.recurrence_by_day_error(list text, freq text) returns text
language sql immutable parallel safe as $$
    select case
        when list || ',' !~ '^(([+-]?[0-9]{1,2})?(MO|TU|WE|TH|FR|SA|SU),){1,64}$'
            then 'has a BYDAY that is no list of days like MO,WE or 1MO,-1FR'
        when list ~ '[0-9]' and freq not in ('MONTHLY', 'YEARLY')
            then 'has numbers in BYDAY, which only FREQ=MONTHLY and FREQ=YEARLY take'
        when exists (select from regexp_matches(list, '[0-9]+', 'g') n
                      where n[1]::integer not between 1
                            and case freq when 'MONTHLY' then 5 else 53 end)
            then 'has a number in BYDAY that no '
                 || case freq when 'MONTHLY' then 'month' else 'year' end || ' has'
    end
$$;

-- What is wrong with one part, given the frequency.
create or replace function core.recurrence_part_error(name text, value text, freq text)
    returns text
language plpgsql stable parallel safe as $$
begin
    case name
    when 'FREQ' then
        return case when value <> all ('{DAILY,WEEKLY,MONTHLY,YEARLY}') then
            'must have a FREQ of DAILY, WEEKLY, MONTHLY or YEARLY' end;
    when 'INTERVAL' then
        return case when value !~ '^[0-9]{1,4}$' or value::integer not between 1 and 1000
            then 'has an INTERVAL that is not between 1 and 1000' end;
    when 'COUNT' then
        return case when value !~ '^[0-9]{1,5}$'
                         or value::integer not between 1 and core.recurrence_count_max()
            then 'has a COUNT that is not between 1 and ' || core.recurrence_count_max() end;
    when 'UNTIL' then
        return core.recurrence_until_error(value);
    when 'BYDAY' then
        return core.recurrence_by_day_error(value, freq);
    when 'BYMONTHDAY' then
        return coalesce(core.recurrence_list_error(name, value, 31, true),
            case when freq = 'WEEKLY' then 'has BYMONTHDAY, which FREQ=WEEKLY does not take' end);
    when 'BYMONTH' then
        return core.recurrence_list_error(name, value, 12, false);
    when 'BYSETPOS' then
        return core.recurrence_list_error(name, value, 366, true);
    when 'WKST' then
        return case when value <> all ('{MO,TU,WE,TH,FR,SA,SU}')
            then 'has a WKST that is no day like MO' end;
    else
        return 'has “' || left(name, 32) || '”; what it may have is '
            || array_to_string(core.recurrence_parts(), ', ');
    end case;
end
$$;

-- What is wrong with a rule; NULL if nothing is.
create or replace function core.recurrence_rule_error(rule text) returns text
language plpgsql stable parallel safe as $$
declare
    given jsonb := core.recurrence_given(rule);
    error text;
begin
    if length(rule) > core.recurrence_length_max() then
        return 'must be at most ' || core.recurrence_length_max() || ' characters long';
    elsif not given ? 'FREQ' then
        return 'must have a FREQ of DAILY, WEEKLY, MONTHLY or YEARLY';
    elsif given ? 'COUNT' and given ? 'UNTIL' then
        return 'must have COUNT or UNTIL, not both';
    end if;
    select core.recurrence_part_error(p.key, p.value, given ->> 'FREQ') into error
      from jsonb_each_text(given) p
     where core.recurrence_part_error(p.key, p.value, given ->> 'FREQ') is not null
     order by array_position(core.recurrence_parts(), p.key) limit 1;
    return coalesce(error,
        case when (select count(*) from regexp_matches(rule, '=', 'g'))
                  <> (select count(*) from jsonb_object_keys(given))
             then 'must have each part once, like FREQ=WEEKLY;BYDAY=MO'
             when given ? 'BYSETPOS' and not given ?| '{BYDAY,BYMONTHDAY,BYMONTH}'
             then 'has BYSETPOS, which needs BYDAY, BYMONTHDAY or BYMONTH beside it' end);
end
$$;

-- The same of a rule or a cron expression.
create or replace function core.recurrence_error(recurrence text) returns text
language plpgsql stable parallel safe as $$
begin
    if core.recurrence_is_rule(recurrence) then
        return core.recurrence_rule_error(recurrence);
    end if;
    return core.cron_error(recurrence);
end
$$;

-- The first day of the week that a day belongs to.  week_start: MO ... SU.
create or replace function core.recurrence_week(day date, week_start text) returns date
language sql immutable parallel safe as $$
    select day - (date_part('isodow', day)::integer + 7
                  - array_position('{MO,TU,WE,TH,FR,SA,SU}', week_start)) % 7
$$;

-- A rule with what the day of its start says about it.
create or replace function core.recurrence_complete(given jsonb, start date) returns jsonb
language sql immutable parallel safe as $$
    select '{"INTERVAL": "1", "WKST": "MO"}'::jsonb || case
        when given ?| '{BYDAY,BYMONTHDAY}' or given ->> 'FREQ' = 'DAILY' then '{}'
        when given ->> 'FREQ' = 'WEEKLY' then jsonb_build_object('BYDAY',
            ('{MO,TU,WE,TH,FR,SA,SU}'::text[])[date_part('isodow', start)])
        when given ->> 'FREQ' = 'YEARLY' and not given ? 'BYMONTH' then jsonb_build_object(
            'BYMONTH', date_part('month', start)::text,
            'BYMONTHDAY', date_part('day', start)::text)
        else jsonb_build_object('BYMONTHDAY', date_part('day', start)::text) end
        || given
$$;

-- A day's names in BYDAY: MO, and the second and last but two Monday of what it is counted in.
create or replace function core.recurrence_day_names(day date, first date, last date) returns text[]
language sql immutable parallel safe as $$
    select array[name, (day - first) / 7 + 1 || name, -((last - day) / 7 + 1) || name]
      from (select ('{MO,TU,WE,TH,FR,SA,SU}'::text[])[date_part('isodow', day)] as name) n
$$;

-- The days of a complete rule from `since` to before `till`, which are ends of its periods.
create or replace function core.recurrence_days(rule jsonb, start date, since date, till date)
    returns date[]
language plpgsql immutable parallel safe as $$
declare
    freq text := rule ->> 'FREQ';
    every integer := rule ->> 'INTERVAL';
    first_week date := core.recurrence_week(start, rule ->> 'WKST');
    first_month integer := date_part('year', start) * 12 + date_part('month', start);
    by_day text[] := string_to_array(replace(rule ->> 'BYDAY', '+', ''), ',');
    by_month_day integer[] := core.recurrence_numbers(rule ->> 'BYMONTHDAY');
    by_month integer[] := core.recurrence_numbers(rule ->> 'BYMONTH');
    positions integer[] := core.recurrence_numbers(rule ->> 'BYSETPOS');
    in_year boolean := freq = 'YEARLY' and by_month is null;
begin
    by_day := array(select regexp_replace(d, '^(-?)0+', '\1') from unnest(by_day) d);
    return array(
        select p.day from (
            select c.day, row_number() over w as place, count(*) over (partition by c.period) as of
              from (select d.day, d.month, d.month_ends, case freq
                           when 'DAILY' then d.day - start
                           when 'WEEKLY' then (d.day - first_week + 7) / 7 - 1
                           when 'MONTHLY' then date_part('year', d.day)::integer * 12
                                               + date_part('month', d.day)::integer - first_month
                           else (date_part('year', d.day) - date_part('year', start))::integer
                           end as period
                      from (select o.day, date_trunc('month', o.day::timestamp)::date as month,
                                   (date_trunc('month', o.day::timestamp)
                                    + interval '1 month')::date - 1 as month_ends
                              from (select since + n as day
                                      from generate_series(0, till - since - 1) n) o) d) c
             where c.period >= 0 and c.period % every = 0
               and (by_month is null or date_part('month', c.day)::integer = any (by_month))
               and (by_month_day is null or date_part('day', c.day)::integer = any (by_month_day)
                    or c.day - c.month_ends - 1 = any (by_month_day))
               and (by_day = '{}' or by_day && core.recurrence_day_names(c.day,
                        case when in_year then date_trunc('year', c.day::timestamp)::date
                             else c.month end,
                        case when in_year then make_date(date_part('year', c.day)::integer, 12, 31)
                             else c.month_ends end))
            window w as (partition by c.period order by c.day)) p
         where p.day >= start
           and (positions is null or p.place = any (positions)
                or p.place - p.of - 1 = any (positions))
         order by p.day);
end
$$;

-- Where the n-th year of looking begins.
create or replace function core.recurrence_year(rule jsonb, start date, n integer) returns date
language sql immutable parallel safe as $$
    select case when rule ->> 'FREQ' = 'WEEKLY'
                then core.recurrence_week(start, rule ->> 'WKST') + 364 * n
                else make_date(date_part('year', start)::integer + n, 1, 1) end
$$;

-- In which year of looking a day is.
create or replace function core.recurrence_year_of(rule jsonb, start date, day date) returns integer
language sql immutable parallel safe as $$
    select case when rule ->> 'FREQ' = 'WEEKLY'
                then (day - core.recurrence_week(start, rule ->> 'WKST')) / 364
                else (date_part('year', day) - date_part('year', start))::integer end
$$;

-- The first occurrence after a moment; NULL if there is none, or none within
-- core.recurrence_years_max().
create or replace function core.recurrence_rule_next(recurrence text, starts_at timestamptz,
    zone text, after timestamptz) returns timestamptz
language plpgsql stable parallel safe as $$
declare
    wall timestamp := starts_at at time zone zone;
    rule jsonb := core.recurrence_complete(core.recurrence_given(recurrence), wall::date);
    until timestamptz := core.recurrence_until(rule ->> 'UNTIL', zone);
    remaining integer := rule ->> 'COUNT';
    near date := (greatest(after, starts_at) at time zone zone)::date - 2;
    reached integer := greatest(core.recurrence_year_of(rule, wall::date, near), 0);
    last integer := reached + core.recurrence_years_max();
    n integer := case when remaining is null then reached else 0 end;
    day date;
    moment timestamptz;
begin
    while n <= last loop
        foreach day in array core.recurrence_days(rule, wall::date,
            core.recurrence_year(rule, wall::date, n),
            core.recurrence_year(rule, wall::date, n + 1))
        loop
            remaining := remaining - 1;
            if remaining < 0 then
                return null;
            end if;
            continue when day < near;
            moment := case when day = wall::date then starts_at
                           else core.zone_moment(day + wall::time, zone) end;
            if moment > until then
                return null;
            elsif moment > after then
                return moment;
            end if;
        end loop;
        n := n + 1;
    end loop;
    return null;
end
$$;

-- The same for rules and cron expressions; never before starts_at.  zone: an IANA name.
create or replace function core.recurrence_next(recurrence text, starts_at timestamptz, zone text,
    after timestamptz) returns timestamptz
language plpgsql stable parallel safe as $$
begin
    if core.recurrence_is_rule(recurrence) then
        return core.recurrence_rule_next(recurrence, starts_at, zone,
                                         greatest(after, starts_at - interval '1 ms'));
    end if;
    return core.cron_next(recurrence, zone, greatest(after, starts_at - interval '1 ms'));
end
$$;
