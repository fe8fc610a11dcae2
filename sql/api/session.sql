-- Sign-up, sign-in, sign-out.  Passwords are hashed and compared by the hub; here they are opaque.

-- The first user of an installation is its administrator, and where that page came from (`origin`,
-- which the hub has compared with its own name) is where people reach it.  A race for the e-mail
-- address ends in the constraint user_email_unique.
create or replace function api.sign_up(email text, name text, password_hash text,
    session_digest bytea, user_agent text, address text, origin text default null)
    returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    errors jsonb := '{}';
    given_name text := coalesce(nullif(btrim(name), ''), split_part(btrim(email), '@', 1));
    new_user integer;
    new_team integer;
    first boolean;
begin
    errors := core.complain(errors, 'email', core.check_email(to_jsonb(email)));
    errors := core.complain(errors, 'name', core.check_text(to_jsonb(given_name), 100));
    if errors = '{}' and exists (select from betterstack.app_user u
                                  where u.email = core.email_normal(sign_up.email)) then
        errors := core.complain(errors, 'email', 'has already been taken');
    end if;
    if errors <> '{}' then
        return core.reply_invalid(errors);
    end if;

    first := not exists (select from betterstack.app_user);
    if first then       -- two at once must not both be the first
        perform from betterstack.installation for update;
        first := not exists (select from betterstack.app_user);
    end if;
    insert into betterstack.app_user as u (email, name, password_hash, administrator)
    values (core.email_normal(sign_up.email), given_name, sign_up.password_hash, first)
    returning u.id into new_user;
    insert into betterstack.team as t (name) values (given_name) returning t.id into new_team;
    insert into betterstack.membership (user_id, team_id, role)
    values (new_user, new_team, 'owner');
    if first then
        update betterstack.installation n set public_url = core.origin_normal(sign_up.origin)
         where n.public_url is null;
    end if;
    perform core.session_create(new_user, new_team, session_digest, user_agent, address);
    return core.reply(201, core.me_body(new_user, new_team));
end
$$;

create or replace function api.sign_in_lookup(email text)
    returns table (user_id integer, password_hash text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return query select u.id, u.password_hash from betterstack.app_user u
                  where u.email = core.email_normal(sign_in_lookup.email);
end
$$;

-- The same password, hashed anew with today's cost.  False if the hash has changed meanwhile: then
-- the sign-in that follows fails.
create or replace function api.password_rehash(user_id integer, password_hash text, new_hash text)
    returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
    update betterstack.app_user u set password_hash = new_hash
     where u.id = password_rehash.user_id and u.password_hash = password_rehash.password_hash;
    return found;
end
$$;

-- The hub has compared the password with this hash; it may have changed since.
create or replace function api.sign_in(user_id integer, password_hash text, session_digest bytea,
    user_agent text, address text) returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    team integer;
begin
    select m.team_id into team
      from betterstack.app_user u
      join betterstack.membership m on m.user_id = u.id
     where u.id = sign_in.user_id and u.password_hash = sign_in.password_hash
     order by m.team_id limit 1
       for share of u;
    if team is null then
        return core.reply_error(401, 'E-mail or password is wrong');
    end if;
    perform core.session_create(user_id, team, session_digest, user_agent, address);
    return core.reply(200, core.me_body(user_id, team));
end
$$;

-- An unknown session is as signed out as can be.
create or replace function api.sign_out(credential bytea) returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
    delete from betterstack.credential c
     where c.digest = sign_out.credential and c.kind = 'session';
    return core.reply(204, null);
end
$$;

-- May this credential watch the live events of its team?
create or replace function api.events_open(credential bytea) returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller_active(credential);
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    perform core.audience_note(caller.team_id, clock_timestamp());
    return core.reply(200, null, caller.team_id);
end
$$;
