-- What an agent is given to send, in the reply to its report.

create or replace function core.delivery_lease_max() returns integer
language sql immutable parallel safe as $$ select 20 $$;

create or replace function core.delivery_lease_for() returns interval
language sql immutable parallel safe as $$ select interval '60 seconds' $$;

-- Looked at for one reply, and under way at once to one receiver: a provider that hangs keeps no
-- agent from sending to others.
create or replace function core.delivery_candidates_max() returns integer
language sql immutable parallel safe as $$ select 500 $$;

-- After all hubs were away agents must first say what became of what they have.
create or replace function core.leases_honoured(at timestamptz) returns boolean
language plpgsql stable as $$
begin
    return (
        select coalesce(w.last_at < at - core.hub_gone_after()
                        or at < w.quiet_until - core.hub_quiet_for()
                                + core.delivery_lease_for(), false)
          from betterstack.sweep w);
end
$$;

-- An account of its own, or a server of its own to which that of the installation must not be told.
create or replace function core.channel_twilio_is_own(settings jsonb) returns boolean
language sql immutable parallel safe as $$
    select not (core.is_blank(settings -> 'account_sid') and core.is_blank(settings -> 'api_url'))
$$;

-- What the installation adds to the settings of a kind: {settings, problem}.
create or replace function core.channel_installation(kind text, settings jsonb) returns jsonb
language plpgsql stable as $$
declare
    n betterstack.installation;
    secrets jsonb;
begin
    if kind not in ('email', 'twilio_sms', 'twilio_voice') then
        return '{"settings": {}}';
    end if;
    select o.* into n from betterstack.installation o;
    if kind = 'email' then
        secrets := core.unseal(n.smtp_secrets)::jsonb;
        if n.smtp ->> 'host' is null then
            return '{"problem": "No mail server is set up for this installation"}';
        elsif n.smtp_secrets is not null and secrets is null then
            return jsonb_build_object('problem', core.secret_problem());
        end if;
        return jsonb_build_object('settings', jsonb_strip_nulls(jsonb_build_object(
            'smtp_host', n.smtp -> 'host', 'smtp_port', n.smtp -> 'port',
            'smtp_security', n.smtp -> 'security', 'smtp_username', n.smtp -> 'username',
            'smtp_password', secrets -> 'password', 'from', n.smtp -> 'from')));
    end if;
    if core.channel_twilio_is_own(settings) then
        return '{"settings": {}}';
    end if;
    secrets := core.unseal(n.twilio_secrets)::jsonb;
    if n.twilio ->> 'account_sid' is null then
        return '{"problem": "No Twilio account is set up for this installation"}';
    elsif n.twilio_secrets is not null and secrets is null then
        return jsonb_build_object('problem', core.secret_problem());
    end if;
    return jsonb_build_object('settings', jsonb_strip_nulls(
        n.twilio || jsonb_build_object('auth_token', secrets -> 'auth_token')));
end
$$;

create or replace function core.secret_problem() returns text
language sql immutable parallel safe as $$
    select 'The secret cannot be read: betterstack_secret has changed'
$$;

-- Who gets the message may acknowledge from it.
create or replace function core.delivery_message(d betterstack.delivery) returns jsonb
language plpgsql stable as $$
begin
    return d.message || case when d.incident_id is null or not core.delivery_disturbs(d.event)
                                  or core.session_key('sign') is null then '{}'
        else jsonb_strip_nulls(jsonb_build_object('acknowledge_url', core.public_link(
            '/acknowledge/' || core.acknowledge_token(d.incident_id, d.receiver,
                d.created_at + core.acknowledge_link_for())))) end;
end
$$;

-- A report is for the team; an alert is sent to whom it was meant for when it was written.
create or replace function core.delivery_has_left(d betterstack.delivery, c betterstack.channel)
    returns boolean
language plpgsql stable as $$
begin
    return d.event = 'report' and not core.alert_may_hear(c, d.team_id, d.event);
end
$$;

-- One element of shared/bs_wire.h's "deliveries", or what keeps it from being sent.
create or replace function core.delivery_packet(d betterstack.delivery, out packet bytea,
    out problem text)
language plpgsql stable as $$
declare
    c betterstack.channel := core.channel_of(d.receiver);
    secrets jsonb := case when c.secrets is null then '{}' else core.unseal(c.secrets) end;
    installed jsonb;
begin
    problem := case when c.kind is null then 'The channel was deleted'
                    when not c.enabled and d.event <> 'test' then 'The channel was turned off'
                    when core.delivery_has_left(d, c) then 'The receiver has left the team'
                    when secrets is null then core.secret_problem() end;
    if problem is null then
        installed := core.channel_installation(c.kind, c.settings);
        problem := installed ->> 'problem';
    end if;
    if problem is null then
        packet := '\x97'::bytea || core.msgpack_integer(d.id)
            || core.msgpack_integer(d.attempts + 1)
            || core.msgpack_string(d.key) || core.msgpack_string(c.kind)
            || core.msgpack_integer(core.ms(d.expires_at))
            || core.msgpack((installed -> 'settings') || c.settings || secrets)
            || core.msgpack(core.delivery_message(d));
    end if;
end
$$;

-- What agents know that do not say what they know: the first that could deliver.
create or replace function core.delivery_kinds_first() returns text[]
language sql immutable parallel safe as $$
    select '{alertmanager,discord,google_chat,gotify,matrix,mattermost,ntfy,opsgenie,pagerduty,
             pushover,slack,splunk_on_call,teams,telegram,twilio_sms,twilio_voice,webhook}'::text[]
$$;

create or replace function core.delivery_kinds(asking jsonb) returns text[]
language sql immutable parallel safe as $$
    select case when jsonb_typeof(asking -> 'kinds') = 'array'
                then array(select jsonb_array_elements_text(asking -> 'kinds'))
                else core.delivery_kinds_first() end
$$;

-- What this very process of an agent was given in an earlier reply and does not have in hand was
-- lost with that reply, and so was never begun: it is due again.
create or replace function core.delivery_lost(region_id smallint, agent text, asking jsonb,
    at timestamptz) returns void
language plpgsql volatile as $$
declare
    lost betterstack.delivery;
begin
    if jsonb_typeof(asking -> 'holds') is distinct from 'array' then
        return;
    end if;
    for lost in
        select d.* from betterstack.delivery d
         where d.state = 1 and d.leased_life = (asking ->> 'life')::bigint
           and d.leased_turn < (asking ->> 'turn')::bigint
           and d.leased_region = delivery_lost.region_id
           and d.leased_by = left(delivery_lost.agent, 128)
           and not asking -> 'holds' @> to_jsonb(d.id)
         order by d.id for no key update skip locked
    loop
        update betterstack.delivery d
           set state = 0, next_at = least(d.next_at, at)
         where d.id = lost.id;
        update betterstack.delivery_attempt a
           set detail = 'The reply with it did not reach the agent'
         where a.delivery_id = lost.id and a.attempt = lost.attempts and a.outcome is null;
    end loop;
end
$$;

-- Those that are due and of these kinds, of each receiver in turn; reports after all alerts.
create or replace function core.delivery_due(kinds text[], at timestamptz)
    returns setof betterstack.delivery
language plpgsql volatile as $$
declare
    honoured boolean := core.leases_honoured(at);
begin
    return query
        with candidate as materialized (
            select o.id, o.receiver, o.next_at, o.event = 'report' as can_wait
              from betterstack.delivery o
             where o.state in (0, 1) and o.next_at <= at and o.expires_at > at
               and not (o.state = 1 and honoured) and o.kind = any (kinds)
             order by o.next_at, o.id limit core.delivery_candidates_max()),
        busy as materialized (
            select l.receiver, count(*) as leases from betterstack.delivery l
             where l.state = 1 and l.next_at > at group by l.receiver),
        ranked as materialized (
            select c.id, c.next_at, c.can_wait, coalesce(b.leases, 0)
                   + row_number() over (partition by c.receiver
                                        order by c.can_wait, c.next_at, c.id) as place
              from candidate c left join busy b on b.receiver = c.receiver)
        select d.* from ranked r join betterstack.delivery d on d.id = r.id
         where r.place <= core.delivery_lease_max() and d.state in (0, 1) and d.next_at <= at
         order by r.can_wait, r.place, r.next_at, d.id limit core.delivery_lease_max()
           for no key update of d skip locked;
end
$$;

-- Packed deliveries for this agent.  What cannot be sent is left to core.alert_sweep, which has the
-- locks to tell others of it.  Two probes of indexes where nothing is due.  asking: {kinds, holds,
-- life, turn} of shared/bs_wire.h, each of them or none.
create or replace function core.delivery_lease(region_id smallint, agent text, at timestamptz,
    asking jsonb default null) returns setof bytea
language plpgsql volatile as $$
declare
    d betterstack.delivery;
    made record;
    until timestamptz := at + core.delivery_lease_for();
begin
    perform core.delivery_lost(region_id, agent, asking, at);
    if not exists (select from betterstack.delivery o
                    where o.state in (0, 1) and o.next_at <= at) then
        return;
    end if;
    for d in select o.* from core.delivery_due(core.delivery_kinds(asking), at) o loop
        made := core.delivery_packet(d);
        if made.packet is null then
            update betterstack.delivery t
               set state = 0, next_at = at, expires_at = at, last_error = made.problem
             where t.id = d.id;
            continue;
        end if;
        update betterstack.delivery t
           set state = 1, unsure = t.unsure or t.state = 1, attempts = t.attempts + 1,
               leased_until = until, next_at = until,
               leased_by = left(delivery_lease.agent, 128),
               leased_region = delivery_lease.region_id,
               leased_life = (asking ->> 'life')::bigint,
               leased_turn = (asking ->> 'turn')::bigint
         where t.id = d.id;
        insert into betterstack.delivery_attempt (delivery_id, attempt, at, agent, region_id)
        values (d.id, d.attempts + 1, at, left(delivery_lease.agent, 128),
                delivery_lease.region_id);
        return next made.packet;
    end loop;
end
$$;
