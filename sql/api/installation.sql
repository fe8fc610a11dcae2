-- What holds for the whole installation.  Its administrators see and change it.

create or replace function api.installation_get(credential bytea) returns api.reply
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller(credential);
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    elsif not caller.administrator then
        return core.reply_not_administrator();
    end if;
    return core.reply(200, core.installation_body());
end
$$;

create or replace function api.installation_update(credential bytea, body jsonb)
    returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller_active(credential);
    n betterstack.installation;
    change record;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    elsif not caller.administrator then
        return core.reply_not_administrator();
    end if;
    select o.* into n from betterstack.installation o for no key update;
    change := core.installation_change(n, core.body_object(body));
    if change.errors <> '{}' then
        return core.reply_invalid(change.errors);
    end if;
    n := change.changed;
    update betterstack.installation
       set public_url = n.public_url, smtp = n.smtp, smtp_secrets = n.smtp_secrets,
           twilio = n.twilio, twilio_secrets = n.twilio_secrets;
    return core.reply(200, core.installation_body());
end
$$;

-- To the address of whoever asks; GET of the delivery tells what the server said.
create or replace function api.installation_test_mail(credential bytea) returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller_active(credential);
    problem text := core.channel_installation('email', '{}') ->> 'problem';
    c betterstack.channel;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    elsif not caller.administrator then
        return core.reply_not_administrator();
    elsif problem is not null then
        return core.reply_invalid(jsonb_build_object('smtp', jsonb_build_array(problem)));
    end if;
    perform from betterstack.app_user u where u.id = caller.user_id for no key update;
    c := core.channel_of_person(caller.user_id);
    c.team_id := caller.team_id;
    return core.channel_test_send(c, clock_timestamp());
end
$$;
