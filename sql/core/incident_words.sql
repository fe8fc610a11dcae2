-- The timeline in words.

-- Why a monitor has left, as the half of a sentence after its name.
create or replace function core.incident_why(why text) returns text
language sql immutable parallel safe as $$
    select case why
        when 'recovered' then 'is up again'
        when 'false_alarm' then 'works as other regions see it'
        when 'suppressed' then 'fails because something it depends on does'
        when 'maintenance' then 'is in maintenance'
        when 'no_data' then 'is not measured any more'
        when 'paused' then 'was paused'
        when 'deleted' then 'was deleted'
        when 'certificate_expiry_renewed' then 'has a new certificate'
        when 'domain_expiry_renewed' then 'has its domain renewed'
        when 'no_certificate' then 'shows no certificate any more'
        when 'moved' then 'has another address now'
        when 'expired' then 'fails because it has expired, which is an incident of its own'
        when 'expiry_off' then 'is not to be told of before it expires any more'
        when 'expiry_later' then 'is to be told of later'
        when 'burn_over' then 'uses its error budget no faster than its target allows'
        when 'burn_off' then 'is not to be told of any more'
        else why end
$$;

create or replace function core.incident_entry_title(what text, subject text, who text,
    detail jsonb) returns text
language sql immutable parallel safe as $$
    select case what
        when 'opened' then subject || ' fails'
        when 'created' then 'Created by ' || who
        when 'confirmed' then 'The incident is confirmed'
        when 'monitor_joined' then subject || ' fails of the same cause'
        when 'monitor_confirmed' then 'The failure of ' || subject || ' is confirmed'
        when 'monitor_ended' then subject || ' ' || core.incident_why(detail ->> 'why')
        when 'recovering' then subject || ' is up again, and is watched for a while'
        when 'failed_again' then subject || ' has failed again before it had recovered'
        when 'burns_faster' then 'The error budget is used faster now'
        when 'flapping' then subject || ' goes up and down again and again'
        when 'maintenance_began' then subject || ' is in maintenance: whether it fails is decided '
                                      'when that ends'
        when 'maintenance_ended' then 'The maintenance of ' || subject || ' has ended'
        when 'dependent_failed' then subject || ', which depends on this, fails too'
        when 'false_alarm' then 'It was not confirmed'
        when 'acknowledged' then 'Acknowledged by ' || who
        when 'unacknowledged' then 'The acknowledgement' || coalesce(
            ' of ' || (detail ->> 'by'), '') || ' was taken back' || coalesce(' by ' || who, '')
        when 'resolved' then 'Resolved' || coalesce(' by ' || who, '')
        when 'reopened' then 'Reopened by ' || who
        when 'alerted' then case when detail ->> 'event' = 'undeliverable' then 'Told instead: '
                                 else 'Told ' end || (detail ->> 'receiver')
        when 'alert_failed' then 'Could not tell ' || (detail ->> 'receiver')
        when 'escalated' then coalesce('Escalated to ' || (detail ->> 'receivers'),
                                       'Nobody was reached') || coalesce(' by ' || who, '')
        when 'escalation_policy' then case when who is null then 'It goes on with'
                                      else 'Escalated by ' || who || ' to' end
                                      || ' the policy “' || (detail ->> 'policy') || '”'
        when 'escalation_silent' then 'Nobody is told: the policy “' || (detail ->> 'policy')
                                      || '” is silent'
        when 'escalation_skipped' then 'A step was left out'
        when 'escalation_ended' then 'The policy “' || (detail ->> 'policy')
                                     || '” has come to its end'
        else upper(left(what, 1)) || replace(substr(what, 2), '_', ' ')
            || coalesce(': ' || subject, '') end
$$;

-- Where nothing fails, or not just now: the end of a certificate or domain, an error budget.
create or replace function core.incident_expiry_title(kind text, what text, subject text)
    returns text
language sql immutable parallel safe as $$
    select case when kind = 'burn' and what = 'opened'
                    then subject || ' uses its error budget too fast'
                when kind in ('certificate_expiry', 'domain_expiry') then case what
        when 'opened' then o.owner || subject || ' expires soon'
        when 'monitor_joined' then subject || ' has the same ' || o.thing
        when 'monitor_confirmed' then 'This concerns ' || subject
        when 'expires_soon' then o.owner || subject || ' has still not been renewed' end end
      from (select case kind when 'domain_expiry' then 'domain' else 'certificate' end) t (thing),
           lateral (select t.thing, 'The ' || t.thing || ' of ' as owner) o
$$;

create or replace function core.incident_entry_content(what text, monitor text, detail jsonb)
    returns text
language sql stable as $$
    select case
        when what in ('resolved', 'false_alarm') and detail ->> 'why' is not null
            then case when monitor is not null
                      then monitor || ' ' || core.incident_why(detail ->> 'why')
                      when detail ->> 'why' = 'recovered' then 'It is over'
                      else 'It ' || core.incident_why(detail ->> 'why') end
        when detail ->> 'text' is null then null
        when jsonb_typeof(detail -> 'regions') = 'array' and detail -> 'regions' <> '[]'
             and detail ->> 'text' !~ ', seen from '
            then core.failure_seen_from(detail ->> 'text', array(
                     select case jsonb_typeof(r) when 'object' then r ->> 'region'
                                                 else r #>> '{}' end
                       from jsonb_array_elements(detail -> 'regions') r limit 16))
        else detail ->> 'text' end
$$;

-- Whom a line is about.
create or replace function core.incident_subject(i betterstack.incident, monitor_id integer)
    returns text
language sql stable as $$
    select case when incident_subject.monitor_id is null then i.name else coalesce(
        (select im.name from betterstack.incident_monitor im
          where im.incident_id = i.id and im.monitor_id = incident_subject.monitor_id
          order by im.started_at desc limit 1),
        (select m.pronounceable_name from betterstack.monitor m
          where m.id = incident_subject.monitor_id and m.team_id = i.team_id),
        'A monitor') end
$$;

create or replace function core.timeline_item(id text, kind text, at timestamptz, data jsonb,
    ours jsonb) returns jsonb
language sql stable as $$
    select jsonb_build_object('id', id, 'type', 'timeline_item', 'attributes',
        jsonb_build_object('item_type', kind, 'at', core.iso(at), 'data', data) || ours)
$$;

create or replace function core.incident_entry_item(i betterstack.incident,
    e betterstack.incident_entry) returns jsonb
language plpgsql stable as $$
declare
    subject text := core.incident_subject(i, e.monitor_id);
    content text := core.incident_entry_content(e.what,
        case when e.monitor_id is not null then subject end, e.detail);
begin
    return core.timeline_item(e.id::text, case when content is null then 'generic'
                                               else 'generic_card' end, e.at,
        jsonb_build_object('title', coalesce(
                core.incident_expiry_title(i.kind, e.what, subject),
                case when e.what = 'opened' and i.kind in ('region_silent', 'region_quarantined',
                                                           'scheduler_silent')
                     then i.name end,       -- says it all
                core.incident_entry_title(e.what, subject, e.who, e.detail)),
                           'content', content),
        jsonb_build_object('what', e.what, 'monitor_id', e.monitor_id::text, 'who', e.who));
end
$$;

create or replace function core.incident_comment_item(c betterstack.incident_comment)
    returns jsonb
language sql stable as $$
    select core.timeline_item('comment-' || c.id, 'comment', c.created_at,
        jsonb_build_object('title', null, 'attachments', '[]'::jsonb, 'content',
            jsonb_build_object('text', c.content, 'user',
                               jsonb_build_object('id', c.user_id, 'name', c.user_name))),
        jsonb_build_object('what', 'comment', 'monitor_id', null, 'who', c.user_name))
$$;

create or replace function core.incident_timeline_max() returns integer
language sql immutable parallel safe as $$ select 500 $$;

-- Newest first, as documented.  Of too many, what people did and the turning points are told, and
-- the newest of the rest.
create or replace function core.incident_timeline(i betterstack.incident) returns jsonb
language plpgsql stable as $$
declare
    items jsonb;
    shown bigint;
    total bigint;
begin
    select i.entries_count + count(*) into total
      from betterstack.incident_comment c where c.incident_id = i.id;
    select jsonb_agg(case when t.id is not null then core.incident_entry_item(i, t.e)
                          else core.incident_comment_item(t.c) end
                     order by t.at desc, t.id desc nulls first), count(*)
      into items, shown
      from (select e.who is null and e.what not in ('opened', 'confirmed', 'resolved',
                                                    'false_alarm') as minor,
                   e.at, e.id, e, null::betterstack.incident_comment as c
              from betterstack.incident_entry e where e.incident_id = i.id
             union all
            select false, c.created_at, null, null, c
              from betterstack.incident_comment c where c.incident_id = i.id
             order by 1, 2 desc, 3 desc nulls first limit core.incident_timeline_max()) t;
    return coalesce(items, '[]')
        || case when i.response_content is null then '[]' else jsonb_build_array(
               core.timeline_item(i.id || '-content-response', 'response_item', i.started_at,
                   jsonb_build_object('title', case when i.heartbeat_id is null then 'Page response'
                                                   else 'Output' end,
                                      'content', i.response_content),
                   jsonb_build_object('what', 'response', 'monitor_id', null, 'who', null))) end
        || case when total <= shown then '[]' else jsonb_build_array(
               core.timeline_item(i.id || '-truncated', 'timeline_truncated', i.started_at,
                   jsonb_build_object('title', 'Skipping ' || total - shown || ' timeline events'),
                   jsonb_build_object('what', 'truncated', 'monitor_id', null, 'who', null))) end;
end
$$;
