-- The ways by which a person is told.

-- What a contact is good for where its owner has not said it.
create or replace function core.contact_ways(kind text) returns text[]
language plpgsql immutable parallel safe as $$
begin
    return case kind when 'twilio_voice' then '{call}' when 'twilio_sms' then '{sms}'
                     when 'email' then '{email}' else '{push,critical_alert}' end::text[];
end
$$;

-- {"call": true, ...} as a list of those that are wanted.
create or replace function core.ways_wanted(ways jsonb) returns text[]
language plpgsql immutable parallel safe as $$
begin
    return array(select w from unnest(core.channel_ways()) w where ways -> w = 'true');
end
$$;

-- The person's contacts of the wanted ways.  If none of them fits, the mail of the account where
-- mail is wanted; else the oldest contact; who has none at all gets mail.  Mail only if there is a
-- mail server.  Where no way is wanted nobody is disturbed.
create or replace function core.person_channels(user_id integer, ways jsonb)
    returns setof betterstack.channel
language plpgsql stable rows 2 as $$
declare
    wanted text[] := core.ways_wanted(ways);
begin
    if wanted = '{}' then
        return;
    end if;
    return query
        select c.* from betterstack.channel c
         where c.user_id = person_channels.user_id and core.alert_wanted(c, 'started')
           and coalesce(nullif(c.ways, '{}'), core.contact_ways(c.kind)) && wanted
         order by c.id;
    if found then
        return;
    end if;
    if 'email' <> all (wanted) or not core.mail_is_set_up() then
        return query
            select c.* from betterstack.channel c
             where c.user_id = person_channels.user_id and c.enabled
             order by core.alert_wanted(c, 'started') desc, c.id limit 1;
    end if;
    if not found and core.mail_is_set_up() then
        return query select c.* from core.channel_of_person(user_id) c where c.user_id is not null;
    end if;
end
$$;
