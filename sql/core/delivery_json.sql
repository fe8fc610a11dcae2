-- Deliveries as the API shows them: to the whole team, so nothing of the receiver's settings.

create or replace function core.delivery_moment(moment timestamptz) returns text
language plpgsql stable as $$
begin
    return case when isfinite(moment) then core.iso(moment) end;
end
$$;

create or replace function core.delivery_tries(delivery_id bigint) returns jsonb
language plpgsql stable as $$
begin
    return coalesce((
        select jsonb_agg(jsonb_build_object('attempt', a.attempt, 'at', core.iso(a.at),
                   'agent', a.agent, 'region', r.slug, 'outcome', a.outcome,
                   'http_status', a.http_status, 'detail', a.detail,
                   'duration_ms', a.duration_ms) order by a.attempt)
          from (select t.* from betterstack.delivery_attempt t
                 where t.delivery_id = delivery_tries.delivery_id
                 order by t.attempt desc limit core.delivery_tries_max()) a
          left join betterstack.region r on r.id = a.region_id), '[]');
end
$$;

-- The newest.
create or replace function core.delivery_tries_max() returns integer
language sql immutable parallel safe as $$ select 500 $$;

create or replace function core.delivery_json(d betterstack.delivery, single boolean)
    returns jsonb
language plpgsql stable as $$
begin
    return jsonb_build_object('id', d.id::text, 'type', 'delivery', 'attributes',
        jsonb_build_object('event', d.event, 'number', d.number, 'title', d.message -> 'title',
            'text', d.message -> 'text', 'state', core.delivery_state_word(d.state),
            'receiver_name', d.receiver_name, 'kind', d.kind,
            'kind_title', core.channel_kind_title(d.kind), 'channel_id', (
                select c.id::text from betterstack.channel c where c.id = d.channel_id),
            'user_id', d.user_id::text, 'incident_id', d.incident_id::text,
            'critical', d.critical, 'held', d.held, 'attempts', d.attempts,
            'next_at', core.delivery_moment(d.next_at), 'expires_at', core.iso(d.expires_at),
            'created_at', core.iso(d.created_at))
        || jsonb_build_object('sent_at', core.iso(d.sent_at),
            'finished_at', core.iso(d.finished_at), 'last_error', d.last_error,
            'provider_ref', d.provider_ref, 'digest_id', d.digest_id::text, 'key', d.key)
        || case when single then jsonb_build_object('tries', core.delivery_tries(d.id))
                else '{}' end);
end
$$;

create or replace function core.delivery_body(d betterstack.delivery) returns text
language plpgsql stable as $$
begin
    return jsonb_build_object('data', core.delivery_json(d, true))::text;
end
$$;
