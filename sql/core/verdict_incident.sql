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
-- afterwards only new results do.
create or replace function core.verdict_maintenance(monitor_id integer, active boolean,
    at timestamptz) returns setof core.news
language plpgsql volatile as $$
declare
    c core.verdict;
    before betterstack.monitor_state;
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
    if (c.s).incident_id is not null then
        c := core.verdict_incident_end(c, 'maintenance');
    end if;
    c := core.verdict_settled(c);
    c.s.maintenance := active;
    c.s.phase := 0;
    c.s.flapping := false;
    c.s.flips := '{}';
    c.s.no_data := false;
    c.s.discounted := '{}';
    c.s.believe_after := greatest((c.s).believe_after, at);
    perform core.verdict_write(c, before);
    return query select n.* from unnest(c.news) n;
end
$$;
