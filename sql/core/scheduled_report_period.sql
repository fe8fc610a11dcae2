-- What a report is about: a week from Monday, or a month, by the clocks of the report's zone.  Days
-- are those of that zone; a period begins at the first moment of its first day, whatever clocks do.

create or replace function core.scheduled_report_first(period text, day date) returns date
language sql immutable parallel safe as $$
    select date_trunc(period, day::timestamp)::date
$$;

create or replace function core.scheduled_report_next(period text, first_day date) returns date
language sql immutable parallel safe as $$
    select (first_day + case period when 'week' then interval '7 days'
                                    else interval '1 month' end)::date
$$;

-- The period before.
create or replace function core.scheduled_report_before(period text, first_day date) returns date
language sql immutable parallel safe as $$
    select core.scheduled_report_first(period, first_day - 1)
$$;

-- When the day begins there.
create or replace function core.scheduled_report_moment(day date, timezone text)
    returns timestamptz
language plpgsql stable as $$
begin
    return core.zone_moment(day::timestamp, core.zone_name(timezone));
end
$$;

-- The day there is at that moment.
create or replace function core.scheduled_report_day(moment timestamptz, timezone text)
    returns date
language plpgsql stable as $$
begin
    return (moment at time zone core.zone_name(timezone))::date;
end
$$;

-- By then agents have told of nearly everything, and the day is fenced and sealed.
create or replace function core.scheduled_report_wait() returns interval
language sql immutable parallel safe as $$ select interval '7 hours' $$;

-- It is made then, sealed or not.
create or replace function core.scheduled_report_wait_max() returns interval
language sql immutable parallel safe as $$ select interval '36 hours' $$;

-- When it is looked at.
create or replace function core.scheduled_report_due(r betterstack.report) returns timestamptz
language plpgsql stable as $$
begin
    return case when r.enabled then core.scheduled_report_wait() + core.scheduled_report_moment(
        core.scheduled_report_next(r.period, r.next_on), r.timezone) end;
end
$$;

-- The first to be made of a report that begins now, or begins again: the period that is under way,
-- unless the one before is still to come.
create or replace function core.scheduled_report_begins(r betterstack.report, at timestamptz)
    returns date
language plpgsql stable as $$
declare
    current date := core.scheduled_report_first(r.period,
                        core.scheduled_report_day(at, r.timezone));
    before date := core.scheduled_report_before(r.period, current);
begin
    if r.next_on <= before and r.enabled
       and at < core.scheduled_report_wait_max()
                + core.scheduled_report_moment(current, r.timezone) then
        return before;
    end if;
    return current;
end
$$;
