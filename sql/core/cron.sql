-- Cron expressions: what is wrong with one, and when it is due next.
--
-- Five fields: minute, hour, day of month, month, day of week (0 and 7 are Sunday); lists, ranges,
-- steps, English names of three letters; or @hourly and its like.  Where both day of month and day
-- of week are given, either will do; one that begins with * does not count as given (Vixie's rule).
--
-- When clocks change it is as with cron(8) of Debian: an expression of fixed times, with no * at the
-- beginning of minute or hour, runs at the moment of the jump for a time that the jump skips, and
-- once for a time that comes twice.  Any other follows the new time at once.

create or replace function core.cron_length_max() returns integer
language sql immutable parallel safe as $$ select 255 $$;

-- Who is due next never is looked for further ahead.
create or replace function core.cron_horizon() returns interval
language sql immutable parallel safe as $$ select interval '5 years' $$;

-- The five fields that a nickname stands for; anything else is itself.
create or replace function core.cron_nickname(expression text) returns text
language sql immutable parallel safe as $$
    select case lower(btrim(expression, E' \t'))
        when '@yearly' then '0 0 1 1 *'
        when '@annually' then '0 0 1 1 *'
        when '@monthly' then '0 0 1 * *'
        when '@weekly' then '0 0 * * 0'
        when '@daily' then '0 0 * * *'
        when '@midnight' then '0 0 * * *'
        when '@hourly' then '0 * * * *'
        else lower(btrim(expression, E' \t')) end
$$;

-- A number or a name; null if it is neither.  The first of the names is the lowest number.
create or replace function core.cron_number(given text, names text[], lowest integer)
    returns integer
language sql immutable parallel safe as $$
    select case when given ~ '^[0-9]{1,3}$' then given::integer
                else array_position(names, given) - 1 + lowest end
$$;

-- One member of a list: *, a number or a range, and a step after * or a range.  members is null
-- if there is an error.
create or replace function core.cron_part(part text, what text, lowest integer, highest integer,
    names text[], out members integer[], out error text)
language plpgsql immutable parallel safe as $$
declare
    piece text[] := regexp_match(part, '^(\*|([0-9a-z]+)(-([0-9a-z]+))?)(/([0-9]{1,3}))?$');
    first integer := core.cron_number(piece[2], names, lowest);
    last integer := core.cron_number(coalesce(piece[4], piece[2]), names, lowest);
    step integer := coalesce(piece[6]::integer, 1);
    shown text := '“' || left(part, 32) || '”';
begin
    if piece[1] = '*' then
        first := lowest;
        last := highest;
    elsif piece[4] = 'sun' then
        last := 7;                  -- fri-sun
    end if;
    if first is null or last is null then
        error := 'has ' || shown || ' as ' || what || ', which is not a number'
              || case when names is null then '' else ', a name like ' || upper(names[1]) end
              || ', a range like 1-5 or a step like */5';
    elsif first not between lowest and highest or last not between lowest and highest then
        error := 'has ' || shown || ' as ' || what || ', which must be between '
              || lowest || ' and ' || highest;
    elsif first > last then
        error := 'has ' || shown || ' as ' || what || ', a range that ends before it begins';
    elsif step = 0 then
        error := 'has ' || shown || ' as ' || what || ', a step that must be 1 or more';
    elsif piece[5] is not null and piece[1] <> '*' and piece[3] is null then
        error := 'has ' || shown || ' as ' || what || ': write ' || first || '-' || highest
              || piece[5] || ' for a step from there on';
    else
        members := array(select generate_series(first, last, step));
    end if;
end
$$;

-- One field: a list.
create or replace function core.cron_field(field text, what text, lowest integer, highest integer,
    names text[], out members integer[], out error text)
language plpgsql immutable parallel safe as $$
declare
    part text;
    found record;
begin
    members := '{}';
    foreach part in array string_to_array(field, ',') loop
        found := core.cron_part(part, what, lowest, highest, names);
        if found.error is not null then
            members := null;
            error := found.error;
            return;
        end if;
        members := members || found.members;
    end loop;
    members := array(select distinct m from unnest(members) m order by 1);
end
$$;

-- The expression in parts.  either: day of month or day of week will do; fixed: of fixed times.
create or replace function core.cron_parse(expression text, out minutes integer[],
    out hours integer[], out days integer[], out months integer[], out weekdays integer[],
    out either boolean, out fixed boolean, out error text)
language plpgsql immutable parallel safe as $$
declare
    fields text[] := regexp_split_to_array(core.cron_nickname(left(expression,
                         core.cron_length_max() + 1)), '[ \t]+');
    found record;
begin
    if length(expression) > core.cron_length_max() then
        error := 'must be at most ' || core.cron_length_max() || ' characters long';
        return;
    elsif fields[1] = '@reboot' then
        error := 'must name times: @reboot is none';
        return;
    elsif coalesce(cardinality(fields), 0) <> 5 then
        error := 'must have five fields: minute, hour, day of month, month and day of week, '
                 'like 0 2 * * *';
        return;
    end if;
    found := core.cron_field(fields[1], 'minute', 0, 59, null);
    minutes := found.members;
    error := found.error;
    found := core.cron_field(fields[2], 'hour', 0, 23, null);
    hours := found.members;
    error := coalesce(error, found.error);
    found := core.cron_field(fields[3], 'day of month', 1, 31, null);
    days := found.members;
    error := coalesce(error, found.error);
    found := core.cron_field(fields[4], 'month', 1, 12,
                             '{jan,feb,mar,apr,may,jun,jul,aug,sep,oct,nov,dec}');
    months := found.members;
    error := coalesce(error, found.error);
    found := core.cron_field(fields[5], 'day of week', 0, 7, '{sun,mon,tue,wed,thu,fri,sat}');
    weekdays := array(select distinct w % 7 from unnest(found.members) w);
    error := coalesce(error, found.error);
    either := fields[3] !~ '^\*' and fields[5] !~ '^\*';
    fixed := fields[1] !~ '^\*' and fields[2] !~ '^\*';
    if error is null and not either and days[1] > (
           select max(case when m = 2 then 29 when m in (4, 6, 9, 11) then 30 else 31 end)
             from unnest(months) m)
    then
        error := 'names a day of the month that none of its months has';
    end if;
end
$$;

-- What is wrong with it, as a 422 says it; null if it is fine.  Even a fine one may be due in more
-- than five years only: then core.cron_next is null.
create or replace function core.cron_error(expression text) returns text
language plpgsql immutable parallel safe as $$
declare
    parsed record;
begin
    if expression is null then
        return 'is required';
    end if;
    parsed := core.cron_parse(expression);
    return parsed.error;
end
$$;

-- All moments at which clocks of the zone show this: none in a jump, two where they are put back.
create or replace function core.wall_moments(local timestamp, zone text) returns timestamptz[]
language sql stable parallel safe as $$
    select coalesce(array_agg(distinct c.moment order by c.moment), '{}')
      from (select local at time zone 'UTC' - ((near at time zone zone)
                                               - (near at time zone 'UTC')) as moment
              from (select (local at time zone zone) + shift as near
                      from unnest('{-1 day,1 day}'::interval[]) shift) n) c
     where c.moment at time zone zone = local
$$;

-- The moment of the jump that skips this time, found by halving the two days around it.
create or replace function core.wall_jump(local timestamp, zone text) returns timestamptz
language plpgsql stable parallel safe as $$
declare
    early timestamptz := (local at time zone zone) - interval '1 day';
    late timestamptz := early + interval '2 days';
    middle timestamptz;
begin
    while late - early > interval '1 second' loop
        middle := date_trunc('second', early + (late - early) / 2);
        exit when middle <= early;
        if middle at time zone zone < local then
            early := middle;
        else
            late := middle;
        end if;
    end loop;
    return late;
end
$$;

-- Candidates of a day on which clocks may change: the first that are shown soon after, or twice.
create or replace function core.cron_candidates_max() returns integer
language sql immutable parallel safe as $$ select 400 $$;

-- The first time of a local day that is after `after`.
create or replace function core.cron_of_day(minutes integer[], hours integer[], fixed boolean,
    day date, zone text, after timestamptz) returns timestamptz
language plpgsql stable parallel safe as $$
declare
    shown integer := floor(extract(epoch from (after at time zone zone) - day) / 60);
    minute integer;
    moment timestamptz;
begin
    if (day + 2)::timestamp at time zone zone - (day - 1)::timestamp at time zone zone
       = interval '3 days'
    then                            -- clocks go on evenly
        select min(h * 60 + m) into minute from unnest(hours) h, unnest(minutes) m
         where h * 60 + m > shown;
        return (day + minute * interval '1 minute') at time zone zone;
    end if;
    select min(t.moment) into moment
      from (select day + c.minute * interval '1 minute' as local
              from (select h * 60 + m as minute from unnest(hours) h, unnest(minutes) m
                     where h * 60 + m > shown - 120
                     order by 1 limit core.cron_candidates_max()) c) l
     cross join lateral (select core.wall_moments(l.local, zone) as moments) w
     cross join lateral unnest(case when not fixed then w.moments
                                    when w.moments <> '{}' then w.moments[1:1]
                                    else array[core.wall_jump(l.local, zone)] end) as t (moment)
     where t.moment > after;
    return moment;
end
$$;

-- The first moment after `after` at which it is due; null if there is none within five years, or
-- the expression or the zone is not valid.
create or replace function core.cron_next(expression text, zone text, after timestamptz)
    returns timestamptz
language plpgsql stable parallel safe as $$
declare
    c record := core.cron_parse(expression);
    day date;
    last date;
    on_day boolean;
    on_weekday boolean;
    moment timestamptz;
begin
    if expression is null or c.error is not null or not isfinite(after)
       or after not between '1980-01-01Z' and '9999-01-01Z'
    then
        return null;
    end if;
    day := (after at time zone zone)::date - 1;     -- clocks may be put back over midnight
    last := ((after + core.cron_horizon()) at time zone zone)::date;
    while day <= last loop
        if extract(month from day)::integer <> all (c.months) then
            day := date_trunc('month', day)::date + interval '1 month';
            continue;
        end if;
        on_day := extract(day from day)::integer = any (c.days);
        on_weekday := extract(dow from day)::integer = any (c.weekdays);
        if on_day and on_weekday or c.either and (on_day or on_weekday) then
            moment := core.cron_of_day(c.minutes, c.hours, c.fixed, day, zone, after);
            if moment is not null then
                return moment;
            end if;
        end if;
        day := day + 1;
    end loop;
    return null;
exception when invalid_parameter_value then
    return null;                    -- no such zone
end
$$;
