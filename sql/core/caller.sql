-- Who asks.  A session lives for 30 days after its last use; use is written down at most once a
-- minute, and only by statements that may write, so that reads stay reads.

create or replace function core.session_lifetime() returns interval
language sql immutable parallel safe as $$
    select interval '30 days'
$$;

-- All fields NULL if the credential is missing, unknown or expired.
create or replace function core.caller(credential bytea) returns core.caller
language plpgsql stable as $$
declare
    found core.caller;
begin
    select c.id, c.user_id, c.team_id, c.kind, u.administrator
      into found
      from betterstack.credential c
      join betterstack.app_user u on u.id = c.user_id
     where c.digest = credential and c.expires_at > now();
    return found;
end
$$;

-- The same, for a statement that may write.
create or replace function core.caller_active(credential bytea) returns core.caller
language plpgsql volatile as $$
declare
    found core.caller := core.caller(credential);
begin
    update betterstack.credential c
       set last_used_at = now(),
           expires_at = case c.kind when 'session' then now() + core.session_lifetime()
                        else c.expires_at end
     where c.id = found.credential_id
       and (c.last_used_at is null or c.last_used_at < now() - interval '1 minute');
    return found;
end
$$;
