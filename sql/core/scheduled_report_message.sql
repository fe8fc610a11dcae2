-- A report as a message.  What it says is decided here; agents put figures, sections and notices
-- into the form of a mail, with everything escaped there and nowhere else.  An agent that does not
-- know them yet sends title, text and link.

create or replace function core.scheduled_report_mail_monitors_max() returns integer
language sql immutable parallel safe as $$ select 20 $$;

create or replace function core.scheduled_report_mail_incidents_max() returns integer
language sql immutable parallel safe as $$ select 10 $$;

-- "3 incidents"
create or replace function core.count_in_words(n bigint, what text) returns text
language sql immutable parallel safe as $$
    select n || ' ' || what || case when n = 1 then '' else 's' end
$$;

create or replace function core.scheduled_report_text(content jsonb) returns text
language plpgsql stable as $$
declare
    s jsonb := content -> 'summary';
    incidents bigint := s -> 'incidents';
begin
    if s ->> 'availability' is null then
        return 'There were no results in this time.';
    end if;
    return core.percent_in_words((s -> 'availability')::numeric) || ' available'
        || case when s ->> 'previous_availability' is null then ''
                else ', ' || core.percent_in_words((s -> 'previous_availability')::numeric)
                     || ' the ' || (content ->> 'period') || ' before' end || '. '
        || case when incidents = 0 then 'No incidents.'
                else core.count_in_words(incidents, 'incident') || ', '
                     || core.length_in_words((s -> 'downtime')::numeric) || ' of downtime.' end;
end
$$;

create or replace function core.scheduled_report_figures(content jsonb) returns jsonb
language plpgsql stable as $$
declare
    s jsonb := content -> 'summary';
    acknowledge numeric := s ->> 'mean_time_to_acknowledge';
begin
    return jsonb_build_array(
        jsonb_build_object('label', 'Availability',
            'value', core.percent_in_words((s ->> 'availability')::numeric),
            'note', core.percent_in_words((s ->> 'previous_availability')::numeric) || ' before'),
        jsonb_build_object('label', 'Downtime',
            'value', core.length_in_words((s ->> 'downtime')::numeric),
            'note', core.length_in_words((s ->> 'previous_downtime')::numeric) || ' before'),
        jsonb_build_object('label', 'Incidents', 'value', s ->> 'incidents',
            'note', coalesce('longest ' || core.length_in_words(
                                 (s ->> 'longest_incident')::numeric), 'none')),
        jsonb_build_object('label', 'Acknowledged',
            'value', coalesce(core.length_in_words(acknowledge), '–'),
            'note', case when acknowledge is null then 'nothing to acknowledge'
                         else 'after, on average' end));
end
$$;

-- "Down for 12 min, 2 incidents, 95% of checks within 142 ms"
create or replace function core.scheduled_report_monitor_text(m jsonb) returns text
language plpgsql stable as $$
begin
    return concat_ws(', ',
        case when (m ->> 'downtime')::numeric > 0
             then 'down for ' || core.length_in_words((m ->> 'downtime')::numeric) end,
        case when (m ->> 'incidents')::bigint > 0
             then core.count_in_words((m ->> 'incidents')::bigint, 'incident') end,
        '95% of checks within ' || core.micros_in_words((m #>> '{response,p95}')::numeric));
end
$$;

create or replace function core.scheduled_report_monitors_section(content jsonb) returns jsonb
language plpgsql stable as $$
declare
    most integer := core.scheduled_report_mail_monitors_max();
    more integer := (content #>> '{summary,monitors}')::integer - most;
begin
    return (
        select jsonb_build_object('title', 'Availability of each monitor',
                   'items', jsonb_agg(jsonb_build_object('title', m -> 'name',
                       'value', core.percent_in_words((m ->> 'availability')::numeric),
                       'text', core.scheduled_report_monitor_text(m),
                       'url', core.public_link('/monitors/' || (m ->> 'id'))) order by place),
                   'more', case when more > 0 then 'and ' || more || ' more in the report' end)
          from jsonb_array_elements(content -> 'monitors') with ordinality t (m, place)
         where place <= most having count(*) > 0);
end
$$;

-- The longest first.
create or replace function core.scheduled_report_incidents_section(content jsonb) returns jsonb
language plpgsql stable as $$
declare
    zone text := core.zone_name(content ->> 'timezone');
    most integer := core.scheduled_report_mail_incidents_max();
    more integer := (content #>> '{summary,incidents}')::integer - most;
begin
    return (
        with longest as (
            select i, row_number() over (order by (i ->> 'duration')::numeric desc, place) as place
              from jsonb_array_elements(content -> 'incidents') with ordinality t (i, place))
        select jsonb_build_object('title', case when more > 0 then 'The longest incidents'
                                                else 'Incidents' end,
                   'items', jsonb_agg(jsonb_build_object('title', i -> 'name',
                       'value', core.length_in_words((i ->> 'duration')::numeric),
                       'text', to_char((i ->> 'started_at')::timestamptz at time zone zone,
                                       'Dy FMDD Mon, HH24:MI')
                           || case when i ->> 'ended_at' is null then ', not over' else '' end
                           || ': ' || left(i ->> 'cause', 160),
                       'url', core.public_link('/incidents/' || (i ->> 'id'))) order by place),
                   'more', case when more > 0 then 'and ' || more || ' more in the report' end)
          from longest where place <= most having count(*) > 0);
end
$$;

create or replace function core.scheduled_report_mail_slos_max() returns integer
language sql immutable parallel safe as $$ select 5 $$;

-- Those that were missed first.
create or replace function core.scheduled_report_slos_section(content jsonb) returns jsonb
language plpgsql stable as $$
declare
    most integer := core.scheduled_report_mail_slos_max();
    more integer := jsonb_array_length(content -> 'slos') - most;
begin
    return (
        with ranked as (
            select s, row_number() over (order by coalesce((s ->> 'met')::boolean, true), place)
                      as place
              from jsonb_array_elements(content -> 'slos') with ordinality t (s, place))
        select jsonb_build_object('title', 'Service levels',
                   'items', jsonb_agg(jsonb_build_object('title', s -> 'name',
                       'value', core.percent_in_words((s ->> 'availability')::numeric),
                       'text', 'target ' || (s ->> 'target') || '%: '
                           || case s ->> 'met' when 'true' then 'met' when 'false' then 'missed'
                                               else 'no data' end,
                       'url', core.public_link('/slos/' || (s ->> 'id'))) order by place),
                   'more', case when more > 0 then 'and ' || more || ' more in the report' end)
          from ranked where place <= most having count(*) > 0);
end
$$;

create or replace function core.scheduled_report_message(r betterstack.report,
    n betterstack.report_run, at timestamptz) returns jsonb
language plpgsql stable as $$
declare
    content jsonb := n.content;
begin
    return jsonb_strip_nulls(jsonb_build_object('event', 'report', 'severity', 'info',
        'title', (content ->> 'name') || ': ' || core.days_in_words(n.first_day, n.last_day),
        'word', case content ->> 'period' when 'week' then 'Weekly report'
                                          else 'Monthly report' end,
        'text', core.scheduled_report_text(content),
        'url', core.public_link('/reports/' || r.id || '/runs/' || n.id),
        'started_at', core.iso(at), 'started_ms', core.ms(at), 'team', content -> 'team',
        'dedup_key', (select i.name from betterstack.installation i) || '-report-' || n.id,
        'figures', core.scheduled_report_figures(content),
        'sections', to_jsonb(array_remove(array[core.scheduled_report_monitors_section(content),
                                core.scheduled_report_slos_section(content),
                                core.scheduled_report_incidents_section(content)], null)),
        'notices', content -> 'notices'));
end
$$;
