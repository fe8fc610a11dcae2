-- What a message says, the same for every kind of channel: agents put it into the form of each.

-- '2 minutes'
create or replace function core.duration_in_words(seconds numeric) returns text
language plpgsql immutable parallel safe as $$
declare
    unit text := case when seconds < 90 then 'second' when seconds < 5400 then 'minute'
                      when seconds < 172800 then 'hour' else 'day' end;
    n numeric := case unit when 'second' then floor(greatest(seconds, 0))
                           when 'minute' then round(seconds / 60)
                           when 'hour' then round(seconds / 3600)
                           else floor(seconds / 86400) end;
begin
    return n || ' ' || unit || case when n = 1 then '' else 's' end;
end
$$;

-- Its first monitor, and how many more.
create or replace function core.incident_full_name(i betterstack.incident) returns text
language plpgsql stable as $$
begin
    return i.name || case when i.kind <> 'mass' and i.monitors_count > 1
                          then ' and ' || i.monitors_count - 1 || ' more' else '' end;
end
$$;

-- 'example.com and 2 more are down'
create or replace function core.alert_subject(i betterstack.incident, past boolean) returns text
language plpgsql stable as $$
begin
    return core.incident_full_name(i) || coalesce(case
        when i.kind = 'mass' then case when past then ' were down' else ' are down' end
        when i.kind = 'failure' then case
            when i.monitors_count > 1 then case when past then ' were down' else ' are down' end
            else case when past then ' was down' else ' is down' end end
        when i.kind = 'heartbeat' then case when past then ' failed' else ' fails' end
        when i.kind = 'burn' then case when past then ' used' else ' uses' end
                                  || ' its error budget too fast'
        when i.kind = 'certificate_expiry' then ': the certificate expires soon'
        when i.kind = 'domain_expiry' then ': the domain expires soon' end, '');
end
$$;

-- unheard: this is the first that the receiver hears of it.
create or replace function core.alert_title(i betterstack.incident, event text, detail jsonb,
    unheard boolean, at timestamptz) returns text
language plpgsql stable as $$
declare
    subject text := core.alert_subject(i, false);
    duration text := core.duration_in_words(extract(
        epoch from coalesce(i.resolved_at, at) - i.started_at));
begin
    return case event
        when 'acknowledged' then 'Acknowledged by ' || coalesce(i.acknowledged_by, 'somebody')
                                 || ': ' || subject
        when 'resolved' then core.alert_title_resolved(i, subject, duration, unheard)
        when 'reopened' then 'Reopened: ' || subject
        when 'comment' then coalesce(detail ->> 'author', 'Somebody') || ' commented: ' || subject
        when 'reminder' then 'Still, after ' || duration || ': ' || subject
        when 'escalated' then 'Escalated: ' || subject
        else subject end;
end
$$;

create or replace function core.alert_title_resolved(i betterstack.incident, subject text,
    duration text, unheard boolean) returns text
language plpgsql stable as $$
begin
    return case
        when i.kind not in ('failure', 'mass', 'heartbeat') then 'Resolved: ' || subject
        when unheard then core.alert_subject(i, true) || ' for ' || duration
        when i.kind = 'heartbeat' then i.name || ' works again after ' || duration
        else core.incident_full_name(i)
             || case when i.kind = 'mass' or i.monitors_count > 1 then ' are' else ' is' end
             || ' up again after ' || duration end;
end
$$;

create or replace function core.alert_severity(i betterstack.incident, event text) returns text
language plpgsql immutable parallel safe as $$
begin
    return case when event in ('acknowledged', 'resolved', 'comment') then 'info'
                when i.kind in ('failure', 'mass', 'heartbeat', 'manual')
                     or core.burn_is_critical(i.burn_rule) then 'critical'
                else 'warning' end;
end
$$;

create or replace function core.alert_monitors_max() returns integer
language sql immutable parallel safe as $$ select 20 $$;

create or replace function core.alert_monitors(i betterstack.incident) returns jsonb
language plpgsql stable as $$
begin
    return (
        select jsonb_agg(jsonb_build_object('name', m.name, 'url', m.url)
                         order by m.started_at, m.monitor_id)
          from (select im.* from betterstack.incident_monitor im where im.incident_id = i.id
                 order by im.started_at, im.monitor_id limit core.alert_monitors_max()) m);
end
$$;

create or replace function core.alert_regions(i betterstack.incident) returns jsonb
language plpgsql stable as $$
begin
    return (
        select to_jsonb(array_agg(distinct r order by r))
          from betterstack.incident_monitor im, unnest(im.regions) r where im.incident_id = i.id);
end
$$;

-- The same for every event of an incident, so that what opens an alert elsewhere is closed there.
create or replace function core.alert_dedup_key(incident_id bigint) returns text
language plpgsql stable as $$
begin
    return n.name || '-' || incident_id from betterstack.installation n;
end
$$;

create or replace function core.alert_message(i betterstack.incident, event text, detail jsonb,
    at timestamptz) returns jsonb
language plpgsql stable as $$
declare
    seconds bigint := greatest(extract(epoch from coalesce(i.resolved_at, at) - i.started_at), 0);
begin
    return jsonb_strip_nulls(jsonb_build_object(
        'event', event, 'title', core.alert_title(i, event, detail, false, at), 'text', i.cause,
        'severity', core.alert_severity(i, event),
        'state', case when i.resolved_at is not null then 'resolved'
                      when i.acknowledged_at is not null then 'acknowledged' else 'started' end,
        'incident_id', i.id::text, 'kind', i.kind, 'dedup_key', core.alert_dedup_key(i.id),
        'url', core.public_link('/incidents/' || i.id), 'monitors', core.alert_monitors(i),
        'monitors_count', i.monitors_count, 'regions', core.alert_regions(i),
        'started_at', core.iso(i.started_at), 'started_ms', core.ms(i.started_at),
        'acknowledged_at', core.iso(i.acknowledged_at), 'acknowledged_by', i.acknowledged_by,
        'resolved_at', core.iso(i.resolved_at), 'duration_s', seconds,
        'duration_text', core.duration_in_words(seconds),
        'team', (select t.name from betterstack.team t where t.id = i.team_id),
        'comment', left(detail ->> 'comment', 10000), 'author', detail ->> 'author',
        'instructions', left(detail ->> 'instructions', 10000)));
end
$$;
