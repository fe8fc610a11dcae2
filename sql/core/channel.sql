-- Channels: what may be set, and what is wrong with it.

create or replace function core.channel_defaults() returns jsonb
language sql immutable parallel safe as $$
    select '{"enabled": true, "all_incidents": true,
             "events": ["started", "acknowledged", "resolved", "reopened", "reminder"],
             "repeat_every": null, "rate_limit": 30, "quiet_from": null, "quiet_to": null,
             "quiet_timezone": "UTC",
             "quiet_days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "ways": []}'::jsonb
$$;

create or replace function core.channel_events() returns text[]
language sql immutable parallel safe as $$
    select '{started,acknowledged,resolved,reopened,comment,reminder}'::text[]
$$;

create or replace function core.channel_ways() returns text[]
language sql immutable parallel safe as $$
    select '{call,sms,email,push,critical_alert}'::text[]
$$;

-- Each of `allowed` at most once.
create or replace function core.check_choices(value jsonb, allowed text[]) returns text
language sql immutable parallel safe as $$
    select case when jsonb_typeof(value) <> 'array'
                     or exists (select from jsonb_array_elements(value) e
                                 where jsonb_typeof(e) <> 'string' or e #>> '{}' <> all (allowed))
                     or jsonb_array_length(value)
                        <> (select count(distinct e) from jsonb_array_elements(value) e)
           then 'must be a list of ' || array_to_string(allowed, ', ') end
$$;

-- Who names an account, or a server, of his own gives its token, too: the installation's goes to
-- Twilio and nowhere else.
create or replace function core.channel_twilio_errors(s jsonb, secrets_set text[]) returns jsonb
language plpgsql immutable parallel safe as $$
declare
    errors jsonb := '{}';
    own_token boolean := not core.is_blank(s -> 'secrets' -> 'auth_token')
        or 'auth_token' = any (secrets_set) and not coalesce(s -> 'secrets' ? 'auth_token', false);
begin
    if s ->> 'kind' not in ('twilio_sms', 'twilio_voice')
       or not (own_token or core.channel_twilio_is_own(s -> 'settings')) then
        return errors;
    end if;
    errors := core.complain(errors, 'settings.account_sid', case
        when core.is_blank(s -> 'settings' -> 'account_sid')
            then 'is required for an account of its own' end);
    errors := core.complain(errors, 'settings.from', case
        when core.is_blank(s -> 'settings' -> 'from')
            then 'is required for an account of its own' end);
    return core.complain(errors, 'secrets.auth_token', case when not own_token
        then 'is required for an account of its own' end);
end
$$;

-- Where its secrets go: who may not read them cannot have them sent elsewhere either.
create or replace function core.channel_moved_errors(c betterstack.channel, s jsonb) returns jsonb
language plpgsql stable as $$
declare
    origin text := '^[a-z]+://[^/?#]*';
    errors jsonb := '{}';
    place text;
    name text;
begin
    foreach place in array '{url,api_url}'::text[] loop
        continue when substring(lower(c.settings ->> place) from origin)
            is not distinct from substring(lower(s -> 'settings' ->> place) from origin);
        for name in select n from unnest(c.secrets_set) n where not s -> 'secrets' ? n loop
            errors := core.complain(errors, 'secrets.' || name,
                'is to be given again, because settings.' || place || ' changes');
        end loop;
    end loop;
    return errors;
end
$$;

-- What is wrong with whole settings: all members present.
create or replace function core.channel_errors(s jsonb, secrets_set text[]) returns jsonb
language plpgsql stable as $$
declare
    errors jsonb := '{}';
    quiet text := 'is required together with ';
begin
    errors := core.complain(errors, 'name', core.check_required_text(s -> 'name', 255));
    errors := core.complain(errors, 'kind',
        core.check_choice(s -> 'kind', core.channel_kind_names()));
    if errors ? 'kind' then
        return errors;
    end if;
    errors := errors
        || core.check_channel_part(core.channel_rules(s ->> 'kind', 'settings'),
               s -> 'settings', 'settings', '{}')
        || core.check_channel_part(core.channel_rules(s ->> 'kind', 'secrets'),
               s -> 'secrets', 'secrets', secrets_set)
        || core.channel_twilio_errors(s, secrets_set);
    errors := core.complain(errors, 'enabled', core.check_boolean(s -> 'enabled'));
    errors := core.complain(errors, 'all_incidents', core.check_boolean(s -> 'all_incidents'));
    errors := core.complain(errors, 'events',
        core.check_choices(s -> 'events', core.channel_events()));
    errors := core.complain(errors, 'repeat_every',
        core.check_optional_integer(s -> 'repeat_every', 60, 604800));
    errors := core.complain(errors, 'rate_limit', core.check_integer(s -> 'rate_limit', 1, 600));
    errors := core.complain(errors, 'quiet_from', coalesce(
        core.check_time_of_day(s -> 'quiet_from', null),
        case when core.is_blank(s -> 'quiet_from') and not core.is_blank(s -> 'quiet_to')
             then quiet || 'quiet_to'
             when s -> 'quiet_from' = s -> 'quiet_to' and not core.is_blank(s -> 'quiet_to')
             then 'must be another time than quiet_to' end));
    errors := core.complain(errors, 'quiet_to', coalesce(
        core.check_time_of_day(s -> 'quiet_to', null),
        case when core.is_blank(s -> 'quiet_to') and not core.is_blank(s -> 'quiet_from')
             then quiet || 'quiet_from' end));
    errors := core.complain(errors, 'quiet_timezone', core.check_zone(s -> 'quiet_timezone'));
    errors := core.complain(errors, 'quiet_days',
        core.check_choices(s -> 'quiet_days', core.week_days()));
    return core.complain(errors, 'ways', core.check_choices(s -> 'ways', core.channel_ways()));
end
$$;

-- A form sends what was left empty as well: that is not given.
create or replace function core.channel_filled(part jsonb) returns jsonb
language plpgsql stable parallel safe as $$
begin
    return (select coalesce(jsonb_object_agg(e.key, e.value), '{}')
              from jsonb_each(part) e where not core.is_blank(e.value));
end
$$;

-- Secrets after the given ones are put in: null, or nothing, takes one away, what is not named
-- stays.
create or replace function core.channel_secrets_merge(c betterstack.channel, given jsonb)
    returns betterstack.channel
language plpgsql volatile as $$
declare
    secrets jsonb;
begin
    if coalesce(given, '{}') <> '{}' then
        secrets := core.channel_filled(coalesce(core.unseal(c.secrets)::jsonb, '{}') || given);
        c.secrets_set := array(select k from jsonb_object_keys(secrets) k order by k);
        c.secrets := case when secrets <> '{}' then core.seal(secrets::text) end;
    end if;
    return c;
end
$$;

-- `c` (a new one has no kind) with the members of the body put in.  If errors is not '{}', changed
-- is not to be used.  Secrets that another key has sealed are to be given anew.
create or replace function core.channel_change(c betterstack.channel, body jsonb, at timestamptz,
    out changed betterstack.channel, out errors jsonb)
language plpgsql volatile as $$
declare
    own text[] := '{name,kind,settings,secrets}'
                  || array(select jsonb_object_keys(core.channel_defaults()));
    settings jsonb;
begin
    select jsonb_object_agg(k.name, case
               when k.name = 'secrets' then coalesce(nullif(body -> 'secrets', 'null'), '{}')
               when body ? k.name and (body -> k.name <> 'null' or k.name in ('name', 'kind'))
                   then body -> k.name
               when body ? k.name or c.kind is null
                   then coalesce(core.channel_defaults() -> k.name,
                                 case when k.name = 'settings' then '{}' else 'null' end::jsonb)
               else to_jsonb(c) -> k.name end)
      into settings from unnest(own) k (name);
    errors := core.check_members(body, own,
        '{id,team_name,user_id,secrets_set,created_at,updated_at}');
    if c.kind is not null and settings ->> 'kind' <> c.kind then
        errors := core.complain(errors, 'kind', 'cannot be changed: make another channel');
    end if;
    errors := errors || core.channel_errors(settings, case
        when c.secrets is null or core.unseal(c.secrets) is not null
            then coalesce(c.secrets_set, '{}') else '{}' end);
    if errors = '{}' and c.kind is not null then
        errors := core.channel_moved_errors(c, settings);
    end if;
    if errors = '{}' then
        changed := jsonb_populate_record(c, settings - 'secrets' || jsonb_build_object('settings',
            core.channel_filled(settings -> 'settings')));
        changed.quiet_timezone := core.zone_name(changed.quiet_timezone);
        changed := core.channel_secrets_merge(changed, settings -> 'secrets');
        changed.secrets_set := coalesce(changed.secrets_set, '{}');
        changed.created_at := coalesce(c.created_at, at);
        changed.updated_at := at;
    end if;
end
$$;
