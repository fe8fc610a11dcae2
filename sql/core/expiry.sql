-- Certificates and domains that end soon: an incident so many days before as the monitor says.
--
-- Each monitor that wants to be told has a line (betterstack.expiry) that is looked at when it is
-- due: every hour, when its threshold comes, and at once when a report or a change of settings may
-- have changed something (core.expiry_heed, core.report_domains, core.expiry_watch).  Results of
-- monitors that stay up pay nothing for it.
--
-- The end that is believed is what as many regions see as decide about a failure
-- (core.quorum_needed): one edge of a CDN with another certificate neither opens an incident nor
-- resolves it.  Once told of, an end is not told of again, but for the thresholds that follow
-- (core.expiry_threshold).
--
-- The agent calls a monitor `degraded` within the same days (certificate_expiring; kind domain:
-- assertion_failed); a degraded monitor has no incident of its own, so this is the only one, and it
-- is up for availability.  A website whose domain ends is shown as it answers.  What has ended
-- already fails by itself where the certificate is verified, and for kind domain: that failure has
-- its own incident, and this one makes way (core.expiry_is_failure).

create or replace function core.expiry_days(m betterstack.monitor, kind text) returns integer
language sql immutable parallel safe as $$
    select case kind when 'domain_expiry' then m.domain_expiration else m.ssl_expiration end
$$;

-- Does the monitor fail by itself when the end has come?
create or replace function core.expiry_is_failure(m betterstack.monitor, kind text) returns boolean
language sql immutable parallel safe as $$
    select case kind when 'domain_expiry' then m.monitor_type = 'domain'
                     else coalesce(m.verify_ssl, true) end
$$;

create or replace function core.expiry_within(ends_at timestamptz, days integer, at timestamptz)
    returns boolean
language sql immutable parallel safe as $$
    select ends_at <= at + days * interval '24 hours'
$$;

-- The last threshold, in days, that has been passed: the setting, and 7, 3 and 1 below it.
create or replace function core.expiry_threshold(ends_at timestamptz, days integer,
    at timestamptz) returns smallint
language sql immutable parallel safe as $$
    select min(t)::smallint from unnest(array[days, 7, 3, 1]) t
     where t <= days and core.expiry_within(ends_at, t, at)
$$;

-- What regions see of the end.  Those that are to say something soon count as voters that see
-- nothing wrong: for a while after the settings changed, and after the hub was away.
create or replace function core.expiry_seen(m betterstack.monitor, s betterstack.monitor_state,
    e betterstack.expiry, days integer, at timestamptz) returns core.expiry_view
language plpgsql stable as $$
declare
    waits boolean := at < greatest(e.begun_at, (select w.quiet_until from betterstack.sweep w))
                          + core.fresh_for(m.check_frequency);
    of_domain boolean := e.kind = 'domain_expiry' and m.monitor_type <> 'domain';
    slugs text[];
    v core.expiry_view;
begin
    select coalesce(array_agg(r.ends_at order by r.slug) filter (where r.ends_at is not null),
                    '{}'),
           coalesce(array_agg(r.slug order by r.slug) filter (where r.ends_at is not null), '{}'),
           count(*) filter (where r.ends_at is not null or r.awaited and waits),
           count(*) filter (where r.believed and r.ends_at is null and r.status in (1, 2))
      into v.ends, slugs, v.voters, v.without
      from (select q.slug, q.status, q.believed, q.awaited,
                   case when q.believed then case when of_domain then rs.domain_expires_at
                                                  else rs.expires_at end end as ends_at
              from core.quorum_regions(m, s, at) q
              left join betterstack.region_state rs on rs.monitor_id = m.id
                                                   and rs.region_id = q.region_id) r;
    v.near := (select count(*) from unnest(v.ends) u (x) where core.expiry_within(u.x, days, at));
    select u.x, array_agg(u.slug) into v.ends_at, v.regions from unnest(v.ends, slugs) u (x, slug)
     where core.expiry_within(u.x, days, at) group by u.x order by count(*) desc, u.x limit 1;
    return v;
end
$$;

-- A monitor was made or its settings changed; the caller has locked its monitor_state.  The rest
-- is left to the next look, also the end of what is not wanted any more.
create or replace function core.expiry_watch(m betterstack.monitor, at timestamptz) returns void
language plpgsql volatile as $$
begin
    update betterstack.expiry e set due_at = at, begun_at = at where e.monitor_id = m.id;
    insert into betterstack.expiry (monitor_id, kind, due_at, begun_at)
    select m.id, k.kind, at, at from unnest('{certificate_expiry,domain_expiry}'::text[]) k (kind)
     where core.expiry_days(m, k.kind) is not null
    on conflict do nothing;
end
$$;

-- These monitors are decided about just now, so their monitor_state is locked: those of which this
-- region may have seen that an end is near, or is not any more, are looked at at once.
create or replace function core.expiry_heed(region_id smallint, monitor_ids integer[],
    at timestamptz) returns void
language plpgsql volatile as $$
begin
    if monitor_ids <> '{}' then
        update betterstack.expiry e set due_at = at from betterstack.region_state rs
         where e.monitor_id = any (monitor_ids) and e.due_at > at
           and rs.monitor_id = e.monitor_id and rs.region_id = expiry_heed.region_id
           and (rs.status = 2 or e.incident_id is not null and rs.status = 1);
    end if;
end
$$;
