-- Why there is an incident: in words for people, in keys for what else fails of the same cause.

-- 'expired 3 hours ago', 'expires in 12 days'
create or replace function core.expiry_in_words(moment timestamptz, at timestamptz) returns text
language sql stable parallel safe as $$
    select case when moment <= at then 'expired ' else 'expires in ' end || case
               when d.s < 90 then 'less than two minutes'
               when d.s < 5400 then round(d.s / 60) || ' minutes'
               when d.s < 172800 then round(d.s / 3600) || ' hours'
               else floor(d.s / 86400) || ' days' end
           || case when moment <= at then ' ago' else '' end
      from (select abs(extract(epoch from moment - at)) as s) d
$$;

-- The host that failed, where a redirect led elsewhere that one.
create or replace function core.incident_host(m betterstack.monitor, facts jsonb) returns text
language sql stable as $$
    select coalesce(core.failure_places(m, 0, coalesce(facts #>> '{main,address}', ''),
                                        facts #>> '{main,evidence}') ->> 'host', m.url)
$$;

-- The end of the certificate or domain that it is about.
create or replace function core.incident_expiry(kind text, facts jsonb) returns timestamptz
language plpgsql stable as $$
begin
    if kind in ('certificate_expiry', 'domain_expiry') and facts ->> 'expires_at' is not null then
        return core.parse_time(facts ->> 'expires_at');
    elsif facts ->> 'reason' in ('tls_expired', 'certificate_expiring') then
        return core.parse_time(core.incident_main_evidence(facts) #>> '{certificate,not_after}');
    end if;
    return null;
exception when data_exception then
    return null;
end
$$;

-- What failed, without from where.
create or replace function core.incident_failure(m betterstack.monitor, kind text, facts jsonb,
    at timestamptz) returns text
language plpgsql stable as $$
declare
    expiry timestamptz := core.incident_expiry(kind, facts);
begin
    if m.id is not null and expiry is not null then
        return case when kind = 'domain_expiry'
                        then 'The domain ' || core.registrable_name(core.incident_host(m, facts))
                    when m.monitor_type = 'domain' then 'The domain ' || core.incident_host(m, facts)
                    when kind = 'certificate_expiry'
                        then 'The TLS certificate of ' || core.incident_host(m, facts)
                    else 'TLS certificate of ' || core.incident_host(m, facts) end
            || ' ' || core.expiry_in_words(expiry, at);
    end if;
    return coalesce(facts #>> '{main,text}', left(facts ->> 'text', 500), case kind
        when 'failure' then 'It does not work'
        when 'mass' then 'Many monitors failed at once'
        when 'certificate_expiry' then 'The TLS certificate expires soon'
        when 'domain_expiry' then 'The domain expires soon'
        when 'heartbeat' then 'No heartbeat came in time'
        when 'burn' then 'The error budget is used too fast'
        when 'region_silent' then 'No agent of this region reports'
        when 'scheduler_silent' then 'No hub schedules checks'
        when 'region_quarantined' then 'What this region reports is not believed: others see the same targets up'
        else kind end);
end
$$;

-- How many regions have an opinion of the monitor now.
create or replace function core.incident_watching(m betterstack.monitor, at timestamptz)
    returns integer
language sql stable as $$
    select count(*)::integer from betterstack.region_state rs
     where rs.monitor_id = m.id and rs.status <> 0
       and (m.region_ids is null or rs.region_id = any (m.region_ids))
       and rs.slot > at - greatest(3 * m.check_frequency, 300) * interval '1 second'
$$;

-- ', seen from 3 of 4 regions'; by name where there are no more than two.
create or replace function core.incident_seen_from(m betterstack.monitor, facts jsonb,
    at timestamptz) returns text
language plpgsql stable as $$
declare
    alike text[] := array(select r ->> 'region' from jsonb_array_elements(facts -> 'regions') r
                           where r -> 'reason' is not distinct from facts #> '{main,reason}'
                             and r ->> 'region' is not null order by r ->> 'region');
    failing integer := jsonb_array_length(facts -> 'regions');
    watching integer := greatest(core.incident_watching(m, at), failing);
begin
    if cardinality(alike) = 0 then
        return '';
    end if;
    return ', seen from ' || case
        when watching <= 2 then core.list_in_words(alike, 'and')
        when cardinality(alike) = watching then 'all ' || watching || ' regions'
        else cardinality(alike) || ' of ' || watching || ' regions' end
        || case when failing > cardinality(alike)
                then '; ' || failing - cardinality(alike) || ' more saw it fail otherwise' else '' end;
end
$$;

create or replace function core.incident_cause(m betterstack.monitor, kind text, facts jsonb,
    at timestamptz) returns text
language plpgsql stable as $$
begin
    return core.incident_failure(m, kind, facts, at)
        || case when m.id is not null and kind in ('failure', 'mass', 'certificate_expiry')
                then core.incident_seen_from(m, facts, at) else '' end;
end
$$;

-- The same for the incident as a whole.
create or replace function core.incident_summary(m betterstack.monitor, kind text, facts jsonb,
    at timestamptz) returns text
language sql stable as $$
    select case when kind = 'mass' and m.id is not null then 'Many monitors fail at once; the first: '
                else '' end || core.incident_cause(m, kind, facts, at)
$$;

-- The region that an incident of the installation is about.
create or replace function core.incident_about(facts jsonb) returns text
language sql immutable parallel safe as $$
    select coalesce(left(facts ->> 'region', 64), facts #>> '{regions,0,region}', '')
$$;

create or replace function core.incident_name(m betterstack.monitor, kind text, facts jsonb)
    returns text
language sql stable as $$
    select coalesce(
        case when kind = 'mass' then 'Many monitors' end,
        m.pronounceable_name, left(facts ->> 'name', 255),
        case kind when 'region_silent' then 'Region ' || core.incident_about(facts) || ' is silent'
                  when 'region_quarantined'
                      then 'Region ' || core.incident_about(facts) || ' is not believed'
                  when 'scheduler_silent' then 'The scheduler is silent'
                  when 'heartbeat' then 'A heartbeat'
                  else kind end)
$$;

-- 'example.co.uk' of 'www.shop.example.co.uk'.  Second levels that are registries' own are those in
-- wide use; a mistake joins or parts two incidents, no more.
create or replace function core.registrable_name(host text) returns text
language sql immutable parallel safe as $$
    select case when p.labels[n - 1] ~ '^(ac|co|com|edu|gob|gov|gv|ltd|me|mil|ne|net|nom|or|org|sch)$'
                     and length(p.labels[n]) = 2 and n > 2
                then array_to_string(p.labels[n - 2:], '.')
                else array_to_string(p.labels[greatest(n - 1, 1):], '.') end
      from (select string_to_array(lower(rtrim(host, '.')), '.') as labels) p,
           lateral cardinality(p.labels) n
$$;

-- The causes that can be seen in what one region saw.  A service that refuses is one address and
-- port; a host that does not answer is an address.
create or replace function core.incident_region_keys(m betterstack.monitor, region jsonb)
    returns text[]
language plpgsql stable as $$
declare
    reason text := region ->> 'reason';
    address text := region ->> 'address';
    places jsonb;
    certificate text;
begin
    if reason in ('connect_timeout', 'connect_unreachable') and address is not null then
        return array['address ' || address || ' ' || reason];
    elsif reason !~ '^(connect_(refused|reset)|tls_|dns_)' then
        return '{}';
    end if;
    places := core.failure_places(m, 0, coalesce(address, ''), region ->> 'evidence');
    if reason ~ '^dns_' then
        return array['name ' || core.registrable_name(places ->> 'host') || ' ' || reason];
    elsif reason ~ '^connect_' or reason = 'tls_handshake' then
        return case when address is null then '{}'
                    else array['address ' || (places ->> 'address') || ' ' || reason] end;
    end if;
    certificate := (region ->> 'evidence')::json ->> 'certificate';
    return case when certificate is null then '{}' else array['certificate ' || md5(certificate)] end;
exception when data_exception then      -- evidence that is no JSON, or holds a zero byte
    return '{}';
end
$$;

-- A monitor on which this one depends, and which fails or has only just recovered, explains it.
create or replace function core.incident_parent_keys(m betterstack.monitor, at timestamptz)
    returns text[]
language plpgsql stable as $$
begin
    if coalesce(m.depends_on, '{}') = '{}' then
        return '{}';
    end if;
    return array(
        select 'dependency ' || s.monitor_id from betterstack.monitor_state s
         where s.monitor_id = any (m.depends_on)
           and (s.status in (3, 5, 6, 7, 8) or s.since > at - 2 * core.incident_window()));
end
$$;

-- All keys of a new incident; one that is open and has any of them is the same.
create or replace function core.incident_keys(m betterstack.monitor, kind text, facts jsonb,
    at timestamptz) returns text[]
language plpgsql stable as $$
begin
    return case
        when kind = 'failure' then array(
            select distinct 'failure ' || k.key
              from (select unnest(core.incident_region_keys(m, r)) as key
                      from jsonb_array_elements(facts -> 'regions') r
                     union all
                    select unnest(core.incident_parent_keys(m, at))) k
             where k.key is not null order by 1)
        when kind = 'certificate_expiry' and facts ->> 'expires_at' is not null
            then array[kind || ' ' || (facts ->> 'expires_at')]
        when kind = 'domain_expiry'
            then array[kind || ' ' || core.registrable_name((core.url_parts(m.url)).host)]
        when kind in ('region_silent', 'region_quarantined')
            then array[kind || ' ' || core.incident_about(facts)]
        when kind = 'heartbeat' and facts ->> 'heartbeat_id' is not null
            then array[kind || ' ' || (facts ->> 'heartbeat_id')]
        when kind = 'burn' then array[kind || ' ' || (facts ->> 'slo_id')]
        when kind in ('mass', 'scheduler_silent') then array[kind]
        else '{}' end;
end
$$;
