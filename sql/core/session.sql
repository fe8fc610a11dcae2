-- Sessions and the person behind them.

-- The oldest go when a person has more than this.
create or replace function core.sessions_max() returns integer
language sql immutable parallel safe as $$ select 50 $$;

create or replace function core.session_create(user_id integer, team_id integer,
    session_digest bytea, user_agent text, address text) returns void
language plpgsql volatile as $$
begin
    delete from betterstack.credential c
     where c.id in (select o.id from betterstack.credential o
                     where o.user_id = session_create.user_id and o.kind = 'session'
                     order by coalesce(o.last_used_at, o.created_at) desc, o.id desc
                    offset core.sessions_max() - 1);
    insert into betterstack.credential
           (digest, user_id, team_id, kind, user_agent, address, last_used_at, expires_at)
    values (session_digest, session_create.user_id, session_create.team_id, 'session',
            left(coalesce(session_create.user_agent, ''), 255),
            left(coalesce(session_create.address, ''), 64), now(), now() + core.session_lifetime());
end
$$;

create or replace function core.me_body(user_id integer, team_id integer) returns text
language sql stable as $$
    select json_build_object('data', json_build_object('id', u.id::text, 'type', 'user',
               'attributes', json_build_object(
                   'email', u.email, 'name', u.name, 'administrator', u.administrator,
                   'created_at', core.iso(u.created_at),
                   'team', json_build_object('id', t.id::text, 'name', t.name,
                                             'role', m.role))))::text
      from betterstack.app_user u
      join betterstack.membership m on m.user_id = u.id and m.team_id = me_body.team_id
      join betterstack.team t on t.id = m.team_id
     where u.id = me_body.user_id
$$;
