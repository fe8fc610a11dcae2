-- What the machine tells of incidents.

create or replace function core.verdict_incident_begin(c core.verdict, kind text,
    confirmed boolean) returns core.verdict
language plpgsql volatile as $$
begin
    c.s.incident_id := core.incident_begin((c.m).id, kind, c.at, confirmed,
        core.detection(c.s, c.v, case when confirmed then c.at end));
    return c;
end
$$;

create or replace function core.verdict_incident_end(c core.verdict, why text)
    returns core.verdict
language plpgsql volatile as $$
begin
    perform core.incident_end((c.s).incident_id, (c.m).id, c.at, why);
    c.s.incident_id := null;
    return c;
end
$$;

-- A maintenance window begins or ends for a monitor: what is measured in it decides nothing, and
-- afterwards only new results do.  A confirmed incident stays open meanwhile: it ends when the
-- monitor is found to be well afterwards.  A suspicion ends.  For several monitors the caller has
-- locked their monitor_state by id before.  Live events about it come with the next
-- core.verdict_changed().
create or replace function core.verdict_maintenance(monitor_id integer, active boolean,
    at timestamptz) returns void
language plpgsql volatile as $$
declare
    c core.verdict;
    before betterstack.monitor_state;
    stays boolean;
begin
    select s.* into before from betterstack.monitor_state s
     where s.monitor_id = verdict_maintenance.monitor_id for no key update;
    if not found or before.maintenance = active then
        return;
    end if;
    c.m := (select t from betterstack.monitor t where t.id = verdict_maintenance.monitor_id);
    c.s := before;
    c.at := at;
    c.news := '{}';
    c.s.maintenance := active;
    stays := (c.s).incident_id is not null and ((c.s).phase in (3, 6) or (c.s).flapping);
    if stays then
        perform core.incident_note((c.s).incident_id, (c.m).id, at, case when active
            then 'maintenance_began' else 'maintenance_ended' end, null);
    elsif (c.s).incident_id is not null then
        c := core.verdict_incident_end(c, 'maintenance');
    end if;
    c.s := (core.verdict_settled(c)).s;
    c.s.phase := case when stays then 3 else 0 end;
    c.s.detection := case when stays then before.detection end;
    c.s.flapping := false;
    c.s.flips := '{}';
    c.s.no_data := false;
    c.s.discounted := '{}';
    c.s.believe_after := greatest((c.s).believe_after, at);
    perform core.verdict_write(c, before);
    perform core.verdict_change((c.m).id);
end
$$;

-- Notes that dashboards are to be told of a monitor.
create or replace function core.verdict_change(monitor_id integer) returns void
language plpgsql volatile as $$
begin
    perform set_config('betterstack.verdict_changed', concat_ws(',',
        nullif(current_setting('betterstack.verdict_changed', true), ''), monitor_id), true);
end
$$;

-- The monitors of core.verdict_change in this transaction, once.
create or replace function core.verdict_changed() returns integer[]
language plpgsql volatile as $$
declare
    ids text := coalesce(current_setting('betterstack.verdict_changed', true), '');
begin
    if ids = '' then
        return '{}';
    end if;
    perform set_config('betterstack.verdict_changed', '', true);
    return array(select distinct i::integer from string_to_table(ids, ',') i order by 1);
end
$$;
