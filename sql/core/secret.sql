-- Secrets of channels, and signatures of links.
--
-- The keys are the hub's, derived from betterstack_secret, and are in no table: its sessions begin
-- with them (betterstack.key_seal, betterstack.key_sign).  A dump or a replica alone opens nothing.

-- The session's key for a purpose; null if this session has none, as that of a psql.
create or replace function core.session_key(purpose text) returns text
language sql stable as $$
    select nullif(current_setting('betterstack.key_' || purpose, true), '')
$$;

create or replace function core.session_key_needed(purpose text) returns text
language plpgsql stable as $$
declare
    key text := core.session_key(purpose);
begin
    if key is null then
        raise exception 'this session has no key'
            using errcode = 'object_not_in_prerequisite_state',
                  hint = 'Secrets are written by the hub only, which needs betterstack_secret.';
    end if;
    return key;
end
$$;

-- The key is 256 random bits, so that nothing is won by stretching it.
create or replace function core.seal(content text) returns bytea
language sql volatile as $$
    select crypto.pgp_sym_encrypt(content, core.session_key_needed('seal'),
                                  'cipher-algo=aes256, s2k-mode=1, compress-algo=0')
$$;

-- Null if it was sealed with another key, or is damaged.
create or replace function core.unseal(sealed bytea) returns text
language plpgsql stable as $$
begin
    return crypto.pgp_sym_decrypt(sealed, core.session_key('seal'));
exception when external_routine_invocation_exception or data_exception then
    return null;
end
$$;

-- 64 hexadecimal digits.
create or replace function core.sign(content text) returns text
language sql stable as $$
    select encode(crypto.hmac(convert_to(content, 'UTF8'),
                              convert_to(core.session_key_needed('sign'), 'UTF8'), 'sha256'), 'hex')
$$;
