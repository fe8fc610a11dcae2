-- What is told with an incident: how it was found out, and what each failing region saw.

-- Evidence as jsonb, which cannot hold \u0000; null if there is none.
create or replace function core.evidence_jsonb(evidence text) returns jsonb
language plpgsql stable parallel safe as $$
begin
    return replace(nullif(evidence, ''), '\u0000', '\ufffd')::jsonb;
exception when data_exception then
    return null;
end
$$;

-- The first failure: when it was due, when its probe began, when it was reported and suspected.
create or replace function core.detection_begin(v core.votes, at timestamptz) returns jsonb
language sql stable as $$
    select jsonb_build_object('slot', core.iso(v.newest_slot), 'checked_at', core.iso(v.failed_at),
                              'reported_at', core.iso(at), 'suspected_at', core.iso(at))
$$;

-- What the regions see now that fail.
create or replace function core.detection_regions(monitor_id integer, failing smallint[])
    returns jsonb
language plpgsql stable as $$
begin
    return (
        select coalesce(jsonb_agg(jsonb_build_object(
                   'region', r.slug, 'reason', core.reason_code(rs.reason),
                   'text', rs.failure_text, 'http_status', nullif(t.http_status, 0),
                   'address', nullif(t.address, ''), 'checked_at', core.iso(rs.checked_at),
                   'evidence', core.evidence_jsonb(t.evidence)) order by rs.slot desc, r.id), '[]')
          from betterstack.region_state rs
          join betterstack.region r on r.id = rs.region_id
          left join betterstack.tick t on t.monitor_id = rs.monitor_id
                                      and t.region_id = rs.region_id
                                      and betterstack.slot_hour(t.slot)
                                          = betterstack.slot_hour(rs.slot)
                                      and t.slot = rs.slot
         where rs.monitor_id = detection_regions.monitor_id and rs.region_id = any (failing));
end
$$;

create or replace function core.detection(s betterstack.monitor_state, v core.votes,
    confirmed_at timestamptz) returns jsonb
language plpgsql stable as $$
begin
    return coalesce(s.detection, '{}') || jsonb_build_object(
        'confirmed_at', core.iso(confirmed_at), 'reason', core.reason_code(s.reason),
        'text', s.failure_text,
        'regions', core.detection_regions(s.monitor_id, v.failing_all));
end
$$;
