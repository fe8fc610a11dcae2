-- What was made, as the API shows it, and what a person who wants one now may ask for.

-- Of a team: each may take a second.
create or replace function core.scheduled_reports_an_hour_max() returns integer
language sql immutable parallel safe as $$ select 30 $$;

-- What became of its mails.
create or replace function core.scheduled_report_deliveries(run_id bigint) returns jsonb
language plpgsql stable as $$
begin
    return (
        select jsonb_build_object('waiting', count(*) filter (where d.state in (0, 1)),
                   'sent', count(*) filter (where d.state = 2),
                   'failed', count(*) filter (where d.state = 3))
          from betterstack.delivery d where d.event = 'report' and d.number = run_id);
end
$$;

create or replace function core.scheduled_report_run_json(r betterstack.report,
    n betterstack.report_run, single boolean) returns jsonb
language plpgsql stable as $$
begin
    return jsonb_build_object('id', n.id::text, 'type', 'report_run', 'attributes',
        jsonb_build_object('report_id', r.id::text, 'name', n.content -> 'name',
            'period', n.content -> 'period', 'timezone', n.content -> 'timezone',
            'first_day', n.first_day, 'last_day', n.last_day, 'from', core.iso(n.period_from),
            'until', core.iso(n.period_until), 'is_over', n.content -> 'is_over',
            'asked_by', n.asked_by, 'made_at', core.iso(n.made_at), 'summary', n.summary,
            'deliveries', core.scheduled_report_deliveries(n.id)
                || jsonb_build_object('to_send', n.to_send))
        || case when single then jsonb_build_object('content', n.content) else '{}' end);
end
$$;

-- {period: "last" (default) or "current"} or {day: any day of the period}, and send.
create or replace function core.scheduled_report_asked(r betterstack.report, given jsonb,
    at timestamptz, out first_day date, out errors jsonb)
language plpgsql stable as $$
declare
    today date := core.scheduled_report_day(at, r.timezone);
begin
    errors := core.check_members(given, '{period,day,send}');
    errors := core.complain(errors, 'send', case when given ? 'send'
                                then core.check_boolean(given -> 'send') end);
    errors := core.complain(errors, 'period', case
        when given ? 'period' and given ? 'day' then 'cannot be given together with day'
        when given ? 'period' then core.check_choice(given -> 'period', '{last,current}') end);
    first_day := case when given ->> 'period' = 'current' then today
                      else core.scheduled_report_before(r.period,
                               core.scheduled_report_first(r.period, today)) end;
    if given ? 'day' then
        begin
            first_day := case when given ->> 'day' ~ '^\d{4}-\d\d-\d\d$'
                              then (given ->> 'day')::date end;
        exception when data_exception then
            first_day := null;  -- the 30th of February
        end;
        errors := core.complain(errors, 'day', case
            when first_day is null or jsonb_typeof(given -> 'day') <> 'string'
                then 'must be a day, like 2026-03-01'
            when first_day > today then 'must not be in the future'
            when first_day < '2000-01-01' then 'must be 2000-01-01 or later' end);
    end if;
    first_day := core.scheduled_report_first(r.period, first_day);
end
$$;
