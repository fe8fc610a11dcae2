-- The quiet hours of a channel.  Those over midnight belong to the day on which they begin.

-- When the quiet that covers `at` ends; null: it is not quiet.
create or replace function core.quiet_end(quiet_from time, quiet_to time, zone text, days text[],
    at timestamptz) returns timestamptz
language plpgsql stable as $$
declare
    today date := (at at time zone zone)::date;
    day date;
    until timestamptz;
begin
    if quiet_from is null or quiet_to is null then
        return null;
    end if;
    foreach day in array array[today - 1, today] loop
        continue when (core.week_days())[date_part('isodow', day)::integer] <> all (days);
        until := core.zone_moment(day + (quiet_to <= quiet_from)::integer + quiet_to, zone);
        if at >= core.zone_moment(day + quiet_from, zone) and at < until then
            return until;
        end if;
    end loop;
    return null;
end
$$;
