-- Channels and kinds of channels as the API shows them.  Secrets are never among it.

-- By what a person is told, who has not said it otherwise.
create or replace function core.channel_kind_ways(kind text) returns text[]
language sql immutable parallel safe as $$
    select case kind when 'twilio_voice' then '{call}' when 'twilio_sms' then '{sms}'
                     when 'email' then '{email}' else '{push}' end::text[]
$$;

create or replace function core.channel_kind_json(kind text) returns jsonb
language plpgsql stable as $$
declare
    problem text := core.channel_installation(kind, '{}') ->> 'problem';
begin
    return jsonb_build_object('id', kind, 'type', 'channel_kind', 'attributes', jsonb_build_object(
        'title', core.channel_kind_title(kind), 'ways', core.channel_kind_ways(kind),
        'settings', core.channel_rules(kind, 'settings'),
        'secrets', core.channel_rules(kind, 'secrets'),
        'available', problem is null, 'problem', problem));
end
$$;

-- What keeps it from being sent to, as far as is known before.
create or replace function core.channel_problem(c betterstack.channel) returns text
language plpgsql stable as $$
begin
    return case when c.secrets is not null and core.unseal(c.secrets) is null
                then core.secret_problem()
                else core.channel_installation(c.kind, c.settings) ->> 'problem' end;
end
$$;

-- A few probes of indexes.  Failing: the newest that is done did not arrive, or one under way has
-- failed at least three times.  What went wrong last: one that did not arrive, or one under way
-- that has failed once, whichever is newer.
create or replace function core.channel_health(channel_id integer) returns jsonb
language plpgsql stable as $$
declare
    sent betterstack.delivery;
    lost betterstack.delivery;
    stuck record;
begin
    select d.* into sent from betterstack.delivery d
     where d.channel_id = channel_health.channel_id and d.state = 2
     order by d.finished_at desc limit 1;
    select d.* into lost from betterstack.delivery d
     where d.channel_id = channel_health.channel_id and d.state = 3
     order by d.finished_at desc limit 1;
    select max(d.attempts - (d.state = 1)::integer) as failures, max(t.told_at) as told_at,
           (array_agg(d.last_error order by t.told_at desc)
                filter (where t.told_at is not null))[1] as error into stuck
      from betterstack.delivery d left join lateral (
               select max(a.told_at) as told_at from betterstack.delivery_attempt a
                where a.delivery_id = d.id and d.last_error is not null) t on true
     where d.channel_id = channel_health.channel_id and d.state in (0, 1) and d.attempts >= 1;
    return jsonb_build_object('last_sent_at', core.iso(sent.sent_at),
        'failing', coalesce(stuck.failures >= 3, false)
                   or coalesce(lost.finished_at > coalesce(sent.finished_at, '-infinity'), false),
        'last_error', case when stuck.told_at >= coalesce(lost.finished_at, '-infinity')
                           then stuck.error else lost.last_error end,
        'last_error_at', core.iso(greatest(stuck.told_at, lost.finished_at)));
end
$$;

-- 'channel', or 'contact': a person's own.
create or replace function core.channel_type(c betterstack.channel) returns text
language sql immutable parallel safe as $$
    select case when c.user_id is null then 'channel' else 'contact' end
$$;

create or replace function core.channel_json(c betterstack.channel) returns jsonb
language plpgsql stable as $$
begin
    return jsonb_build_object('id', c.id::text, 'type', core.channel_type(c), 'attributes',
        jsonb_build_object('name', c.name, 'kind', c.kind,
            'kind_title', core.channel_kind_title(c.kind), 'settings', c.settings,
            'secrets_set', c.secrets_set, 'enabled', c.enabled, 'events', c.events,
            'repeat_every', c.repeat_every, 'rate_limit', c.rate_limit,
            'quiet_from', c.quiet_from, 'quiet_to', c.quiet_to,
            'quiet_timezone', c.quiet_timezone, 'quiet_days', c.quiet_days,
            'health', core.channel_health(c.id), 'problem', core.channel_problem(c),
            'created_at', core.iso(c.created_at), 'updated_at', core.iso(c.updated_at),
            'team_name', (select t.name from betterstack.team t where t.id = c.team_id))
        || case when c.user_id is null then jsonb_build_object('all_incidents', c.all_incidents)
                else jsonb_build_object('ways', c.ways) end);
end
$$;

create or replace function core.channel_body(c betterstack.channel) returns text
language plpgsql stable as $$
begin
    return jsonb_build_object('data', core.channel_json(c))::text;
end
$$;
