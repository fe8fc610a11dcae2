-- The newest result of a region, as API and live events show it.
create or replace function core.region_state_doc(slug text, rs betterstack.region_state)
    returns text
language sql stable as $$
    select '{"region":"' || slug
        || '","status":"' || (array['unknown', 'up', 'degraded', 'down'])[rs.status + 1]
        || '","failure_reason":' || case when rs.reason = 0 then 'null'
                                         else core.json_text(core.reason_code(rs.reason)) end
        || ',"failure_text":' || case when rs.failure_text is null then 'null'
                                      else core.json_text(rs.failure_text) end
        || ',"http_status":' || case when rs.http_status > 0 then rs.http_status::text
                                     else 'null' end
        || ',"address":' || case when rs.address <> '' then core.json_text(rs.address)
                                 else 'null' end
        || ',"checked_at":"' || core.iso(rs.checked_at)
        || '","slot":"' || core.iso(rs.slot)
        || '","response_time":' || case when rs.total_us >= 0 then rs.total_us::text
                                        else 'null' end
        || ',"expires_at":' || coalesce('"' || core.iso(rs.expires_at) || '"}', 'null}')
$$;
