-- A report as CSV, one table at a time: its monitors, their regions, or incidents.

create or replace function core.scheduled_report_tables() returns text[]
language sql immutable parallel safe as $$ select '{monitors,regions,incidents}'::text[] $$;

-- The columns: [name, member of the row, what it is].  us: microseconds, which are shown in ms.
create or replace function core.scheduled_report_columns(what text) returns jsonb
language sql immutable parallel safe as $$
    select '{
        "monitors": [["monitor_id", "id", "number"], ["monitor", "name", "text"],
            ["url", "url", "text"], ["availability_percent", "availability", "number"],
            ["previous_availability_percent", "previous_availability", "number"],
            ["downtime_s", "downtime", "number"],
            ["previous_downtime_s", "previous_downtime", "number"],
            ["incidents", "incidents", "number"],
            ["longest_incident_s", "longest_incident", "number"],
            ["average_incident_s", "average_incident", "number"],
            ["mean_time_to_acknowledge_s", "mean_time_to_acknowledge", "number"],
            ["mean_time_to_resolve_s", "mean_time_to_resolve", "number"],
            ["maintenance_s", "maintenance", "number"], ["paused_s", "paused", "number"],
            ["no_data_s", "no_data", "number"], ["checks", "checks", "number"],
            ["failed_checks", "failed", "number"], ["mean_ms", "mean", "us"],
            ["p50_ms", "p50", "us"], ["p95_ms", "p95", "us"], ["p99_ms", "p99", "us"]],
        "regions": [["monitor_id", "id", "number"], ["monitor", "monitor", "text"],
            ["region", "region", "text"], ["region_name", "name", "text"],
            ["checks", "checks", "number"], ["failed_checks", "failed", "number"],
            ["mean_ms", "mean", "us"], ["p50_ms", "p50", "us"], ["p95_ms", "p95", "us"],
            ["p99_ms", "p99", "us"]],
        "incidents": [["incident_id", "id", "number"], ["name", "name", "text"],
            ["cause", "cause", "text"], ["monitors", "monitors_count", "number"],
            ["started_at", "started_at", "text"], ["ended_at", "ended_at", "text"],
            ["duration_s", "duration", "number"], ["acknowledged_at", "acknowledged_at", "text"],
            ["acknowledged_by", "acknowledged_by", "text"]]
    }'::jsonb -> what
$$;

-- The rows: objects whose members the columns name.
create or replace function core.scheduled_report_table(content jsonb, what text)
    returns setof jsonb
language plpgsql stable as $$
begin
    if what = 'incidents' then
        return query select i from jsonb_array_elements(content -> 'incidents') i;
    elsif what = 'monitors' then
        return query select coalesce(nullif(m -> 'response', 'null'), '{}') || m
                       from jsonb_array_elements(content -> 'monitors') m;
    else
        return query select r || jsonb_build_object('id', m -> 'id', 'monitor', m -> 'name')
                       from jsonb_array_elements(content -> 'monitors') m,
                            jsonb_array_elements(m -> 'regions') r;
    end if;
end
$$;

create or replace function core.scheduled_report_field(said text, is_a text) returns text
language sql immutable parallel safe as $$
    select case is_a when 'text' then core.csv_text(said)
                     when 'us' then case when said ~ '^[0-9]+(\.[0-9]+)?$'
                         then round(said::numeric / 1000, 3)::text else '' end
                     else core.csv_number(said) end
$$;

create or replace function core.scheduled_report_csv(content jsonb, what text) returns text
language plpgsql stable as $$
declare
    columns jsonb := core.scheduled_report_columns(what);
begin
    return (select core.csv_line(array_agg(c ->> 0 order by place))
              from jsonb_array_elements(columns) with ordinality t (c, place))
        || coalesce((
        select string_agg(core.csv_line(array(
                   select core.scheduled_report_field(w.line ->> (c ->> 1), c ->> 2)
                     from jsonb_array_elements(columns) with ordinality t (c, place)
                    order by place)), '' order by w.place)
          from core.scheduled_report_table(content, what) with ordinality w (line, place)), '');
end
$$;
