-- The feed of an on-call calendar that other calendars subscribe to: RFC 5545.

-- Text as a property's value has it.  What no calendar could show is left out.
create or replace function core.ical_text(value text) returns text
language sql immutable parallel safe as $$
    select replace(regexp_replace(regexp_replace(value, '([\\;,])', '\\\1', 'g'),
                                  '[\u0001-\u0009\u000b-\u001f\u007f]', '', 'g'), E'\n', '\n')
$$;

create or replace function core.ical_time(moment timestamptz) returns text
language sql stable parallel safe as $$
    select to_char(moment at time zone 'UTC', 'YYYYMMDD"T"HH24MISS"Z"')
$$;

-- A content line has at most 75 octets; what is longer goes on in the next line, after a space, and
-- no character is torn.
create or replace function core.ical_line(content text) returns text
language plpgsql immutable parallel safe as $$
declare
    folded text := '';
    octets integer := 0;
    character text;
begin
    if octet_length(content) <= 75 then
        return content || E'\r\n';
    end if;
    foreach character in array regexp_split_to_array(content, '') loop
        if octets + octet_length(character) > 75 then
            folded := folded || E'\r\n ';
            octets := 1;
        end if;
        folded := folded || character;
        octets := octets + octet_length(character);
    end loop;
    return folded || E'\r\n';
end
$$;

create or replace function core.on_call_names(user_ids integer[]) returns text
language sql stable as $$
    select string_agg(a.name, ', ' order by u.place)
      from unnest(user_ids) with ordinality u (id, place)
      join betterstack.app_user a on a.id = u.id
$$;

-- How a person tells it from those of other teams: 'Shop', 'Tier 2 of Shop'.
create or replace function core.on_call_title(calendar betterstack.on_call) returns text
language sql stable as $$
    select case when calendar.default_calendar then '' else calendar.name || ' of ' end || t.name
      from betterstack.team t where t.id = calendar.team_id
$$;

-- A calendar has at least one component: an empty one has UTC.
create or replace function core.on_call_feed_empty() returns text
language sql immutable parallel safe as $$
    select string_agg(line, E'\r\n' order by place) || E'\r\n' from unnest(
        '{BEGIN:VTIMEZONE,TZID:UTC,BEGIN:STANDARD,DTSTART:19700101T000000,TZOFFSETFROM:+0000,
          TZOFFSETTO:+0000,END:STANDARD,END:VTIMEZONE}'::text[]) with ordinality l (line, place)
$$;

-- The last 30 days and the next 90, by whole days: the same text all day, unless something changes.
-- As the calendar is what is published, not a message, DTSTAMP is its last change.
create or replace function core.on_call_feed(calendar betterstack.on_call, at timestamptz)
    returns text
language plpgsql stable as $$
declare
    today timestamptz := date_trunc('day', at, 'UTC');
    host text := (select n.name from betterstack.installation n) || '.betterstack';
    title text := core.ical_text('On call: ' || core.on_call_title(calendar));
    shifts text;
begin
    select string_agg(concat(
            core.ical_line('BEGIN:VEVENT'),
            core.ical_line(concat('UID:on-call-', calendar.id, '-', s.id, '@', host)),
            core.ical_line('DTSTAMP:' || core.ical_time(calendar.updated_at)),
            core.ical_line('DTSTART:' || core.ical_time(s.starts_at)),
            core.ical_line('DTEND:' || core.ical_time(s.ends_at)),
            core.ical_line('SUMMARY:' || core.ical_text(core.on_call_names(s.user_ids))
                           || core.ical_text(' on call')),
            core.ical_line('DESCRIPTION:' || title),
            core.ical_line('TRANSP:TRANSPARENT'),
            core.ical_line('END:VEVENT')), '' order by s.starts_at, s.id)
      into shifts
      from core.on_call_shifts(calendar, today - interval '30 days', today + interval '91 days',
                               core.on_call_feed_max()) s;
    return concat(core.ical_line('BEGIN:VCALENDAR'), core.ical_line('VERSION:2.0'),
        core.ical_line('PRODID:-//BetterStack//On-call calendar//EN'),
        core.ical_line('CALSCALE:GREGORIAN'), core.ical_line('X-WR-CALNAME:' || title),
        core.ical_line('REFRESH-INTERVAL;VALUE=DURATION:PT1H'),
        core.ical_line('X-PUBLISHED-TTL:PT1H'), coalesce(shifts, core.on_call_feed_empty()),
        core.ical_line('END:VCALENDAR'));
end
$$;
