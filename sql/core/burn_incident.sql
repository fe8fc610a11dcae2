-- The incident of an SLO that uses up its error budget too fast: one at a time.
--
-- It begins when a rule holds (core.burn_rules), and gets worse, but never better, until nothing as
-- bad as it holds any more: none of the critical rules if it is critical, else none at all.
-- Then it is over, and what was down until then has been told of: the next one needs that much down anew.
-- Resolved or deleted by a person, it begins again only when it becomes critical, or has been over.

create or replace function core.burn_detection(s betterstack.slo, f record, rule smallint)
    returns jsonb
language plpgsql stable as $$
begin
    return jsonb_build_object('slo_id', s.id, 'team_id', s.team_id,
        'name', 'SLO ' || left(s.name, 251), 'burn_rule', rule,
        'critical_alert', core.burn_is_critical(rule), 'text', core.burn_text(s, f, rule));
end
$$;

create or replace function core.burn_begins(w betterstack.slo_watch, s betterstack.slo, f record,
    rule smallint, at timestamptz) returns betterstack.slo_watch
language plpgsql volatile as $$
begin
    w.rule := rule;
    w.incident_id := core.incident_begin(null, 'burn', at, true, core.burn_detection(s, f, rule));
    return w;
end
$$;

-- All who hear of all incidents, and its policy from its first step on; who has acknowledged what
-- was less does not keep others from being told.
create or replace function core.burn_tells_again(i betterstack.incident, at timestamptz)
    returns void
language plpgsql volatile as $$
declare
    team integer := core.alert_team(i);
    e betterstack.escalation := core.escalation_of(i, at);
    channels betterstack.channel[] := array(
        select c from betterstack.channel c
         where c.team_id = team and c.user_id is null and c.all_incidents
           and core.alert_wanted(c, 'started') order by c.id);
begin
    if i.acknowledged_at is not null then
        perform core.escalate_take_back(i, null, at);
        i.acknowledged_at := null;
        i.acknowledged_by := null;
    end if;
    if not core.escalation_is_silent(e) then
        perform core.escalation_write(i, team, channels, e.number + 1, true, '{}', false, at);
    end if;
    perform core.alert_started(i, '{}', true, at);
end
$$;

-- The budget is used faster.
create or replace function core.burn_worse(id bigint, was smallint, s betterstack.slo, f record,
    rule smallint, at timestamptz) returns void
language plpgsql volatile as $$
declare
    i betterstack.incident;
    words text := core.burn_text(s, f, rule);
begin
    update betterstack.incident t
       set cause = left(words, 500), burn_rule = rule, critical_alert = core.burn_is_critical(rule)
     where t.id = burn_worse.id
    returning t.* into i;
    perform core.incident_enter(i.id, null, at, 'burns_faster', jsonb_build_object('text', words));
    perform core.incident_publish(i.team_id, 'changed', i.id);
    if core.burn_is_critical(rule) and not core.burn_is_critical(was) then
        perform core.burn_tells_again(i, at);
    end if;
end
$$;

-- What goes on has become of this rule by now.
create or replace function core.burn_goes_on(w betterstack.slo_watch, s betterstack.slo, f record,
    rule smallint, at timestamptz) returns betterstack.slo_watch
language plpgsql volatile as $$
declare
    i betterstack.incident;
begin
    if rule is null or rule >= w.rule then
        return w;
    end if;
    i := core.incident_take(w.incident_id);
    if i.id is not null and i.resolved_at is null then
        perform core.burn_worse(i.id, w.rule, s, f, rule, at);
    elsif core.burn_is_critical(rule) and not core.burn_is_critical(w.rule) then
        return core.burn_begins(w, s, f, rule, at);
    end if;
    w.rule := rule;
    return w;
end
$$;

-- It is over: why.  The caller has the row of the SLO's watch.
create or replace function core.burn_ends(w betterstack.slo_watch, why text, at timestamptz)
    returns betterstack.slo_watch
language plpgsql volatile as $$
begin
    perform core.incident_end(w.incident_id, null, at, why);
    if w.rule is not null then
        w.told_until := at;
    end if;
    w.rule := null;
    w.incident_id := null;
    return w;
end
$$;
