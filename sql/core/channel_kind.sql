-- The kinds of channels, and what each of them takes.  Agents get settings and secrets as one map,
-- under these names; what was not given is not in it.

-- Of a rule: type, required, min and max (of numbers; max of characters otherwise), choices.
create or replace function core.channel_kinds() returns jsonb
language sql immutable parallel safe as $$
    select '{
  "email": {"settings": {"to": {"type": "emails", "required": true}}},
  "webhook": {
    "settings": {"url": {"type": "url", "required": true},
                 "method": {"type": "choice",
                            "choices": ["POST", "PUT", "PATCH", "GET", "DELETE", "HEAD"]},
                 "template": {"type": "lines", "max": 16384},
                 "content_type": {"type": "text", "max": 255},
                 "username": {"type": "text", "max": 255}, "verify_tls": {"type": "boolean"}},
    "secrets": {"headers": {"type": "headers"},
                "password": {"type": "text", "max": 1024},
                "signing_secret": {"type": "text", "max": 255}}},
  "slack": {"secrets": {"url": {"type": "url", "required": true}}},
  "teams": {"secrets": {"url": {"type": "url", "required": true}}},
  "discord": {"secrets": {"url": {"type": "url", "required": true}}},
  "telegram": {
    "settings": {"chat_id": {"type": "text", "max": 64, "required": true},
                 "thread_id": {"type": "integer", "min": 1, "max": 999999999},
                 "api_url": {"type": "url"}},
    "secrets": {"token": {"type": "token", "required": true}}},
  "mattermost": {
    "settings": {"channel": {"type": "text", "max": 64}, "username": {"type": "text", "max": 64}},
    "secrets": {"url": {"type": "url", "required": true}}},
  "google_chat": {"secrets": {"url": {"type": "url", "required": true}}},
  "pagerduty": {
    "settings": {"severity": {"type": "choice",
                              "choices": ["critical", "error", "warning", "info"]},
                 "api_url": {"type": "url"}},
    "secrets": {"routing_key": {"type": "token", "required": true}}},
  "opsgenie": {
    "settings": {"priority": {"type": "choice", "choices": ["P1", "P2", "P3", "P4", "P5"]},
                 "tags": {"type": "words"}, "api_url": {"type": "url"}},
    "secrets": {"api_key": {"type": "token", "required": true}}},
  "splunk_on_call": {
    "settings": {"routing_key": {"type": "token", "required": true}, "api_url": {"type": "url"}},
    "secrets": {"api_key": {"type": "token", "required": true}}},
  "alertmanager": {
    "settings": {"url": {"type": "url", "required": true}, "labels": {"type": "labels"},
                 "username": {"type": "text", "max": 255}},
    "secrets": {"password": {"type": "text", "max": 1024}, "token": {"type": "token"}}},
  "ntfy": {
    "settings": {"url": {"type": "url"}, "topic": {"type": "topic", "required": true},
                 "priority": {"type": "integer", "min": 1, "max": 5},
                 "username": {"type": "text", "max": 255}},
    "secrets": {"password": {"type": "text", "max": 1024}, "token": {"type": "token"}}},
  "gotify": {
    "settings": {"url": {"type": "url", "required": true},
                 "priority": {"type": "integer", "min": 0, "max": 10}},
    "secrets": {"token": {"type": "token", "required": true}}},
  "pushover": {
    "settings": {"device": {"type": "text", "max": 255}, "sound": {"type": "text", "max": 64},
                 "priority": {"type": "integer", "min": -2, "max": 2}, "api_url": {"type": "url"}},
    "secrets": {"token": {"type": "token", "required": true},
                "user_key": {"type": "token", "required": true}}},
  "matrix": {
    "settings": {"url": {"type": "url", "required": true},
                 "room_id": {"type": "room", "required": true}},
    "secrets": {"token": {"type": "token", "required": true}}},
  "twilio_sms": {
    "settings": {"to": {"type": "phone", "required": true}, "from": {"type": "text", "max": 64},
                 "account_sid": {"type": "token"}, "api_url": {"type": "url"}},
    "secrets": {"auth_token": {"type": "token"}}},
  "twilio_voice": {
    "settings": {"to": {"type": "phone", "required": true}, "from": {"type": "phone"},
                 "account_sid": {"type": "token"}, "api_url": {"type": "url"}},
    "secrets": {"auth_token": {"type": "token"}}}
}'::jsonb
$$;

create or replace function core.channel_rules(kind text, part text) returns jsonb
language sql immutable parallel safe as $$
    select coalesce(core.channel_kinds() -> kind -> part, '{}')
$$;

-- In the order of the alphabet; 'email' first, because everybody has that.
create or replace function core.channel_kind_names() returns text[]
language sql immutable parallel safe as $$
    select array_agg(name order by name <> 'email', name)
      from jsonb_object_keys(core.channel_kinds()) name
$$;

-- As people call it.
create or replace function core.channel_kind_title(kind text) returns text
language sql immutable parallel safe as $$
    select coalesce('{"email": "E-mail", "webhook": "Webhook", "slack": "Slack",
        "teams": "Microsoft Teams", "discord": "Discord", "telegram": "Telegram",
        "mattermost": "Mattermost", "google_chat": "Google Chat", "pagerduty": "PagerDuty",
        "opsgenie": "Opsgenie", "splunk_on_call": "Splunk On-Call", "alertmanager": "Alertmanager",
        "ntfy": "ntfy", "gotify": "Gotify", "pushover": "Pushover", "matrix": "Matrix",
        "twilio_sms": "SMS", "twilio_voice": "Phone call"}'::jsonb ->> kind, kind)
$$;

-- Those that keep an alert of their own open until they are told that it is over: they get every
-- event, and no digest.
create or replace function core.channel_opens_and_closes(kind text) returns boolean
language sql immutable parallel safe as $$
    select kind in ('pagerduty', 'opsgenie', 'splunk_on_call', 'alertmanager')
$$;
