-- The newest result of a region, as API and live events show it.
create or replace function core.region_state_doc(slug text, status smallint, reason smallint,
    failure_text text, http_status integer, address text, checked_at timestamptz,
    slot timestamptz, total_us integer, expires_at timestamptz) returns text
language sql stable as $$
    select '{"region":"' || slug
        || '","status":"' || (array['unknown', 'up', 'degraded', 'down'])[status + 1]
        || '","failure_reason":' || case when reason = 0 then 'null'
                                         else core.json_text(core.reason_code(reason)) end
        || ',"failure_text":' || case when failure_text is null then 'null'
                                      else core.json_text(failure_text) end
        || ',"http_status":' || case when http_status > 0 then http_status::text else 'null' end
        || ',"address":' || case when address <> '' then core.json_text(address) else 'null' end
        || ',"checked_at":"' || core.iso(checked_at)
        || '","slot":"' || core.iso(slot)
        || '","response_time":' || case when total_us >= 0 then total_us::text else 'null' end
        || ',"expires_at":' || coalesce('"' || core.iso(expires_at) || '"}', 'null}')
$$;
