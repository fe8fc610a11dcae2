-- The machine: what a monitor is, decided anew whenever a result may change it and when a period is
-- over.  Phases: 0 pending, 1 up, 2 degraded, 3 down, 5 suspect, 6 recovering.
--
--   up ──failure──> suspect ──enough regions agree──> down ──most see it up──> recovering ──> up
--    ^                 │ nobody else sees it            ^                           │
--    └─────────────────┘                                └──────────failure──────────┘
--
-- A monitor that is plainly up and stays so never comes here (core.report_store).  The caller holds
-- no locks but of monitor_state rows, by id; time is its `at`, in whole milliseconds.

create or replace function core.verdict_step(monitor_id integer, at timestamptz)
    returns setof core.news
language plpgsql volatile as $$
declare
    before betterstack.monitor_state;
    c core.verdict;
begin
    select s.* into before from betterstack.monitor_state s
     where s.monitor_id = verdict_step.monitor_id for no key update;
    c.s := before;
    c.m := (select t from betterstack.monitor t where t.id = verdict_step.monitor_id);
    if (c.m).id is null or (c.m).paused or before.maintenance then
        return;
    end if;
    c.at := at;
    c.news := '{}';
    c.s.discounted := core.still_discounted(c.s);
    c.v := core.quorum_votes(c.m, c.s, at);
    if (c.v).measured > 0 then
        c.s.no_data := false;
    end if;
    if (c.s).phase = 6 then
        c := core.verdict_recovering(c);
    elsif (c.s).phase = 3 then
        c := core.verdict_is_down(c);
    elsif (c.s).phase < 3 then
        c := core.verdict_steady(c);
    end if;
    if (c.s).phase = 5 then
        c := core.verdict_suspect(c);
    end if;
    c := core.verdict_flap(c);
    perform core.verdict_write(c, before);
    return query select n.* from unnest(c.news) n;
end
$$;

-- pending, up, degraded.
create or replace function core.verdict_steady(c core.verdict) returns core.verdict
language plpgsql volatile as $$
begin
    if (c.v).failing <> '{}' or (c.v).confirmed then
        c.s.was := (c.s).phase;
        c.s.phase := 5;
        c.s.suspect_since := c.at;
        c.s.suspected := (c.v).failing_all;
        c.s.detection := core.detection_begin(c.v, c.at);
        c.s.asked_at := null;
        c.s.asks := 0;
        c.v := core.quorum_votes(c.m, c.s, c.at);
    elsif (c.v).up > 0 then
        c.s.phase := core.verdict_of_up(c.v);
    end if;
    return c;
end
$$;

-- Up, or degraded where a strict majority says so.
create or replace function core.verdict_of_up(v core.votes) returns smallint
language sql immutable parallel safe as $$
    select case when 2 * v.degraded > cardinality(v.voters) then 2 else 1 end::smallint
$$;

-- A discounted region that says up is trusted again.
create or replace function core.still_discounted(s betterstack.monitor_state) returns smallint[]
language plpgsql stable as $$
begin
    if s.discounted = '{}' then
        return s.discounted;
    end if;
    return array(select d.id from unnest(s.discounted) as d (id)
                  where not exists (select from betterstack.region_state rs
                                     where rs.monitor_id = s.monitor_id and rs.region_id = d.id
                                       and rs.status in (1, 2)));
end
$$;

create or replace function core.verdict_second_look_for() returns interval
language sql immutable parallel safe as $$ select interval '30 seconds' $$;

create or replace function core.verdict_suspect(c core.verdict) returns core.verdict
language plpgsql volatile as $$
begin
    if (c.s).look_after between '0001-01-01' and c.at - core.verdict_second_look_for() then
        c.s.look_after := '-infinity';  -- whoever has not looked again is taken by its word
        c.v := core.quorum_votes(c.m, c.s, c.at);
    end if;
    if (c.v).confirmed then
        return core.verdict_confirmed(c);
    elsif (c.v).unanswered = 0 and (c.v).voters <> '{}' then
        c.s.discounted := core.union_of((c.s).discounted, (c.v).failing);
        c.s.false_alarms := (c.s).false_alarms + 1;
        return core.verdict_cleared(c, 'false_alarm');
    elsif (c.v).failing = '{}' and (c.v).up > 0
          and coalesce((c.s).look_after, '-infinity') = '-infinity' then
        return core.verdict_cleared(c, 'recovered');
    end if;
    return core.verdict_look(c);
end
$$;

-- Asks the other regions, and again when they have not answered in time.
create or replace function core.verdict_look(c core.verdict) returns core.verdict
language plpgsql volatile as $$
begin
    if (c.s).asked_at > c.at - core.answer_within(c.m) or (c.s).asks >= core.verdict_asks_max() then
        return c;
    end if;
    c.news := c.news || core.verdict_ask(c.m, c.s, c.v, c.at);
    if (c.s).asks = 0 then
        c.news := c.news || core.verdict_ask_parents(c.m, c.s, c.v, c.at);
    end if;
    c.s.asked_at := c.at;
    c.s.asks := (c.s).asks + 1;
    return c;
end
$$;

create or replace function core.union_of(a smallint[], b smallint[]) returns smallint[]
language sql immutable parallel safe as $$
    select array(select unnest(a) union select unnest(b) order by 1)
$$;

-- Enough regions say so.  Before it is down: does something else explain it, do most monitors
-- fail together, and has it lasted for as long as was asked?  That long ago everybody saw it fail;
-- whether it still does is looked at once more.
create or replace function core.verdict_confirmed(c core.verdict) returns core.verdict
language plpgsql volatile as $$
declare
    parent integer := core.verdict_parent_in_trouble(c.m, c.at);
begin
    c := core.verdict_words(c);
    if parent is not null then
        if (c.s).incident_id is not null then
            c := core.verdict_incident_end(c, 'suppressed');
        end if;
        c.s.suppressed_by := parent;
        return core.verdict_down(c);
    elsif core.verdict_parent_awaited(c.m, c.s, c.at) then
        return core.verdict_look(c);
    elsif not (c.s).held and core.mass_begins((c.m).team_id, c.at) then
        c.s.held := true;
        if (c.s).incident_id is null then
            c := core.verdict_incident_begin(c, 'mass', false);
        end if;
        return core.verdict_look_again(c);
    elsif c.at < (c.s).suspect_since
                 + coalesce((c.m).confirmation_period, 0) * interval '1 second' then
        if (c.s).incident_id is null then
            c := core.verdict_incident_begin(c, 'failure', false);
        end if;
        c.s.look_after := null;
        return c;
    elsif coalesce((c.m).confirmation_period, 0) > 0 and (c.s).look_after is null then
        return core.verdict_look_again(c);
    end if;
    return core.verdict_down(c);
end
$$;

-- From everywhere: what was seen before counts only where nobody answers in time.
create or replace function core.verdict_look_again(c core.verdict) returns core.verdict
language plpgsql volatile as $$
begin
    c.s.look_after := c.at;
    c.s.asks := 0;
    c.s.asked_at := null;
    c.v := core.quorum_votes(c.m, c.s, c.at);
    return core.verdict_look(c);
end
$$;

create or replace function core.verdict_down(c core.verdict) returns core.verdict
language plpgsql volatile as $$
begin
    c.s.phase := 3;
    c.s.look_after := null;
    c.s.held := false;
    c.s.flips := core.flap_add((c.s).flips, c.at);
    if (c.s).suppressed_by is not null then
        perform core.incident_note(p.incident_id, (c.m).id, c.at, 'dependent_failed',
                                   core.detection(c.s, c.v, c.at))
           from betterstack.monitor_state p
          where p.monitor_id = (c.s).suppressed_by and p.incident_id is not null;
    elsif (c.s).incident_id is null then
        c := core.verdict_incident_begin(c, 'failure', true);
    elsif not (c.s).flapping then
        perform core.incident_confirm((c.s).incident_id, (c.m).id, c.at,
                                      core.detection(c.s, c.v, c.at));
    end if;
    return c;
end
$$;

-- The suspicion was nothing, or is over before it became a failure.
create or replace function core.verdict_cleared(c core.verdict, why text) returns core.verdict
language plpgsql volatile as $$
begin
    if (c.s).incident_id is not null and not (c.s).flapping then
        c := core.verdict_incident_end(c, why);
    end if;
    c.s.phase := case when (c.v).up > 0 then core.verdict_of_up(c.v) else (c.s).was end;
    return core.verdict_settled(c);
end
$$;

-- Forgets what belongs to a failure.
create or replace function core.verdict_settled(c core.verdict) returns core.verdict
language plpgsql volatile as $$
begin
    c.s.suspect_since := null;
    c.s.suspected := '{}';
    c.s.look_after := null;
    c.s.held := false;
    c.s.asked_at := null;
    c.s.asks := 0;
    c.s.recovering_since := null;
    c.s.suppressed_by := null;
    c.s.detection := null;
    return c;
end
$$;

-- down: goes on, is over, or was explained by a parent that is well again.
create or replace function core.verdict_is_down(c core.verdict) returns core.verdict
language plpgsql volatile as $$
begin
    if (c.v).up > 0 and not (c.v).confirmed
       and ((c.v).failing = '{}' or 2 * (c.v).up > cardinality((c.v).voters)) then
        c.s.discounted := core.union_of((c.s).discounted, (c.v).failing);
        if coalesce((c.m).recovery_period, 0) = 0 then
            return core.verdict_up(c);
        end if;
        c.s.phase := 6;
        c.s.recovering_since := c.at;
        if (c.s).incident_id is not null then
            perform core.incident_note((c.s).incident_id, (c.m).id, c.at, 'recovering', null);
        end if;
    elsif (c.s).suppressed_by is not null and core.verdict_parent_in_trouble(c.m, c.at) is null then
        c.s.suppressed_by := null;
        c.s.phase := 5;
        c.s.was := 1;
        c.s.suspect_since := c.at;
        c.s.suspected := '{}';
        c.s.look_after := c.at;
        c.s.asked_at := null;
        c.s.asks := 0;
        c.v := core.quorum_votes(c.m, c.s, c.at);
    end if;
    return c;
end
$$;

-- recovering: a failure that is newer than its beginning resets it.
create or replace function core.verdict_recovering(c core.verdict) returns core.verdict
language plpgsql volatile as $$
begin
    if (c.v).confirmed or (c.v).failing <> '{}' and (c.v).newest_slot >= (c.s).recovering_since then
        c.s.phase := 3;
        c.s.recovering_since := null;
        if (c.s).incident_id is not null then
            perform core.incident_again((c.s).incident_id, (c.m).id, c.at);
        end if;
    elsif (c.v).failing = '{}' and (c.v).up > 0 and c.at >= (c.s).recovering_since
                                        + coalesce((c.m).recovery_period, 0) * interval '1 second'
    then
        return core.verdict_up(c);
    end if;
    return c;
end
$$;

create or replace function core.verdict_up(c core.verdict) returns core.verdict
language plpgsql volatile as $$
begin
    c.s.phase := core.verdict_of_up(c.v);
    c.s.flips := core.flap_add((c.s).flips, c.at);
    c := core.verdict_flap(c);
    if (c.s).incident_id is not null and not (c.s).flapping then
        c := core.verdict_incident_end(c, 'recovered');
    end if;
    return core.verdict_settled(c);
end
$$;

-- Flapping is shown instead of up and down, and keeps its one incident until it ends.
create or replace function core.verdict_flap(c core.verdict) returns core.verdict
language plpgsql volatile as $$
declare
    value numeric;
begin
    if (c.s).flips = '{}' then
        return c;
    end if;
    value := core.flap_value((c.s).flips, c.at, core.flap_round((c.m).check_frequency));
    if not (c.s).flapping and value > core.flap_begins() then
        c.s.flapping := true;
        if (c.s).incident_id is not null then
            perform core.incident_note((c.s).incident_id, (c.m).id, c.at, 'flapping',
                                       jsonb_build_object('percent', round(value, 1)));
        end if;
    elsif (c.s).flapping and value < core.flap_ends() then
        c.s.flapping := false;
        if (c.s).incident_id is not null and (c.s).phase < 3 then
            c := core.verdict_incident_end(c, 'recovered');
        end if;
    end if;
    return c;
end
$$;
