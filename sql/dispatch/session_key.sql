-- The hub's keys, told once by each of its connections: one for secrets, one for signatures.
create or replace function dispatch.session_key(seal text, sign text) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform set_config('betterstack.key_seal', seal, false),
            set_config('betterstack.key_sign', sign, false);
end
$$;
