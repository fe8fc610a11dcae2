-- Values of metadata: {type, value} of a text, {type, item_id, name, email} of what is referred to,
-- with its name as it was then.

create or replace function core.metadata_keys_max() returns integer
language sql immutable parallel safe as $$ select 50 $$;

create or replace function core.metadata_values_max() returns integer
language sql immutable parallel safe as $$ select 50 $$;

create or replace function core.metadata_text_max() returns integer
language sql immutable parallel safe as $$ select 1000 $$;

create or replace function core.metadata_types() returns text[]
language sql immutable parallel safe as $$
    select '{String,User,Team,Policy,Schedule,Channel,SlackIntegration,MicrosoftTeamsWebhook,
             NativeWebhook,PagerDutyWebhook}'::text[]
$$;

-- The kind, as core.reference_name knows it, of what a type refers to.
create or replace function core.metadata_kind(type text) returns text
language sql immutable parallel safe as $$
    select case type when 'User' then 'user' when 'Team' then 'team' when 'Policy' then 'policy'
                     when 'Schedule' then 'on_call' when 'Channel' then 'channel'
                     when 'SlackIntegration' then 'slack_integration'
                     when 'MicrosoftTeamsWebhook' then 'microsoft_teams_integration'
                     when 'NativeWebhook' then 'webhook'
                     when 'PagerDutyWebhook' then 'pagerduty_integration' end
$$;

-- A value may be given as it is; t12 is how the documented API writes a team.
create or replace function core.metadata_value_normal(given jsonb) returns jsonb
language sql immutable parallel safe as $$
    select case
        when jsonb_typeof(given) <> 'object'
            then jsonb_build_object('type', 'String', 'value', given)
        when core.is_blank(given -> 'type') then given || '{"type":"String"}'
        when given -> 'type' = '"Team"' and given ->> 'item_id' ~ '^t[0-9]+$'
            then given || jsonb_build_object('item_id', substr(given ->> 'item_id', 2))
        else given end
$$;

-- One of the team's by its name; NULL if none or several have it.
create or replace function core.metadata_by_name(kind text, name text, team_id integer)
    returns integer
language plpgsql stable as $$
declare
    team integer := team_id;
    wanted text := btrim(name);
    ids integer[];
begin
    if kind = 'team' then
        select array_agg(t.id) into ids from betterstack.team t
         where t.id = team and t.name = wanted;
    elsif kind = 'policy' then
        select array_agg(p.id) into ids from betterstack.policy p
         where p.team_id = team and p.name = wanted;
    elsif kind = 'on_call' then
        select array_agg(c.id) into ids from betterstack.on_call c
         where c.team_id = team and c.name = wanted;
    elsif kind <> 'user' then
        select array_agg(c.id) into ids from betterstack.channel c
         where c.team_id = team and c.user_id is null and c.name = wanted
           and (metadata_by_name.kind = 'channel'
                or c.kind = core.reference_channel_kind(metadata_by_name.kind));
    end if;
    return case when cardinality(ids) = 1 then ids[1] end;
end
$$;

-- What a value that is no text refers to: by its id, a person's address, or a name.
create or replace function core.metadata_refer(given jsonb, team_id integer, out value jsonb,
    out error text)
language plpgsql stable as $$
declare
    kind text := core.metadata_kind(given ->> 'type');
    wanted integer := core.id_given(given -> 'item_id');
begin
    if core.is_blank(given -> 'item_id') then
        if kind = 'user' and jsonb_typeof(given -> 'email') = 'string' then
            wanted := core.member_by_email(given ->> 'email', team_id);
        elsif jsonb_typeof(given -> 'name') = 'string' then
            wanted := core.metadata_by_name(kind, given ->> 'name', team_id);
        else
            error := 'must have an item_id'
                     || case kind when 'user' then ' or an email' else ' or a name' end;
            return;
        end if;
    elsif wanted is null then
        error := 'must have an item_id that is an id';
        return;
    end if;
    if wanted is null or core.reference_name(kind, wanted, team_id) is null then
        error := 'does not know the ' || core.reference_word(kind) || ' ' || left(coalesce(
            nullif(given ->> 'item_id', ''), given ->> 'email', given ->> 'name'), 255);
        return;
    end if;
    value := jsonb_build_object('type', given -> 'type', 'item_id', wanted,
                                'name', core.reference_name(kind, wanted, team_id));
    if kind = 'user' then
        value := value || (select jsonb_build_object('email', u.email)
                             from betterstack.app_user u where u.id = wanted);
    end if;
end
$$;

-- One value as it is kept; error is NULL if all is well.
create or replace function core.metadata_value(given jsonb, team_id integer, out value jsonb,
    out error text)
language plpgsql stable as $$
declare
    normal jsonb := core.metadata_value_normal(given);
    referred record;
begin
    if (select count(*) from jsonb_object_keys(normal)) > 10
       or exists (select from jsonb_object_keys(normal) k
                   where k <> all ('{type,value,item_id,name,email}'))
    then
        error := 'may only hold values of type, value, item_id, name and email';
    elsif jsonb_typeof(normal -> 'type') <> 'string'
          or normal ->> 'type' <> all (core.metadata_types())
    then
        error := 'may only hold values of the types '
                 || array_to_string(core.metadata_types(), ', ');
    elsif normal ->> 'type' <> 'String' then
        referred := core.metadata_refer(normal, team_id);
        value := referred.value;
        error := referred.error;
    elsif coalesce(jsonb_typeof(normal -> 'value'), 'null')
          not in ('string', 'number', 'boolean')
    then
        error := 'must hold strings';
    elsif length(normal ->> 'value') > core.metadata_text_max() then
        error := 'must hold values of at most ' || core.metadata_text_max() || ' characters';
    else
        value := jsonb_build_object('type', 'String', 'value', normal ->> 'value');
    end if;
end
$$;

-- All values of a key, given as a list or as one; the first thing that is wrong with them.
create or replace function core.metadata_values(given jsonb, team_id integer, out kept jsonb,
    out error text)
language plpgsql stable as $$
declare
    item jsonb;
    one record;
begin
    kept := '[]';
    if jsonb_typeof(given) <> 'array' then
        given := jsonb_build_array(given);
    elsif jsonb_array_length(given) > core.metadata_values_max() then
        error := 'must hold at most ' || core.metadata_values_max() || ' values a key';
        return;
    end if;
    for item in select e from jsonb_array_elements(given) with ordinality t (e, place)
                 order by place loop
        one := core.metadata_value(item, team_id);
        error := one.error;
        exit when error is not null;
        kept := kept || jsonb_build_array(one.value);
    end loop;
end
$$;
