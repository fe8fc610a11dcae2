use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use BetterStack::Postgres;

# Every function that the hub may call, for every kind of caller.  The list
# comes from the catalog: a function without a row here fails.

my $db = BetterStack::Postgres->new;
my $root = $db->session;
my $hub = $db->session('betterstack');
my $ann = $root->person('ann');      # administrator
my $bob = $root->person('bob');
my $eve = $root->person('eve');      # a member of nothing that the others have
my $digest = $root->region($ann, 'local-a');
my $monitor = $root->monitor($bob);
my $token = ($root->call('api_token_create', $bob, '{"name":"ci"}'))[1]{data}{id};
my $incident = ($root->call('incident_create', $bob, '{"summary":"x"}'))[1]{data}{id};
my $comment = ($root->call('incident_comment_create', $bob, $incident, '{"content":"x"}'))[1]{data}{id};
my $heartbeat = ($root->call('heartbeat_create', $bob, '{}', '{"name":"x","period":60,"grace":0}'))[1]{data}{id};
my $window = ($root->call('maintenance_window_create', $bob, qq({"name":"x","starts_at":"2101-01-01","ends_at":"2101-01-02",
    "monitor_ids":[$monitor]})))[1]{data}{id};
my $channel = $root->value("insert into betterstack.channel (team_id, name, kind) select m.team_id, 'ops', 'ntfy'
    from betterstack.membership m join betterstack.app_user u on u.id = m.user_id where u.name = 'bob' returning id");
my $contact = $root->value("insert into betterstack.channel (team_id, user_id, name, kind) select m.team_id, u.id, 'bob', 'ntfy'
    from betterstack.membership m join betterstack.app_user u on u.id = m.user_id where u.name = 'bob' returning id");
my $delivery = ($root->call('channel_test', $bob, $channel, '{}'))[1]{data}{id};
my $calendar = ($root->call('on_call_create', $bob, '{}', '{"name":"x"}'))[1]{data}{id};
my $turns = '{"users":["bob@example.com"],"rotation_length":1,"rotation_interval":"day","start_rotations_at":"2026-01-01"}';
$root->call('on_call_rotation_set', $bob, $calendar, $turns);
my $duty = '{"users":["bob@example.com"],"starts_at":"2101-01-01","ends_at":"2101-01-02"}';
my $event = ($root->call('on_call_event_create', $bob, $calendar, $duty))[1]{id};
my ($policy, $policy_group, $urgency, $urgency_group) = map { ($root->call("${_}_create", $bob, '{"name":"x"}'))[1]{data}{id} }
    qw(policy policy_group urgency urgency_group);
my $slo = ($root->call('slo_create', $bob, qq({"name":"x","target":99,"monitor_ids":[$monitor]})))[1]{data}{id};
my $report = ($root->call('report_create', $bob, '{"name":"x"}'))[1]{data}{id};
my $run = ($root->call('report_run_create', $bob, $report, '{}'))[1]{data}{id};
my $region = $root->value('select id from betterstack.region');
my $region_token = $root->value('select id from betterstack.region_token');

# function => [arguments after the credential, status for another team's or an ordinary user]
my %owned = (
    monitor_get            => [[$monitor], 404],
    monitor_update         => [[$monitor, '{"paused":true}'], 404],
    monitor_delete         => [[$monitor], 404],
    monitor_ticks          => [[$monitor, '{}'], 404],
    monitor_response_times => [[$monitor], 404],
    monitor_sla            => [[$monitor, '{}'], 404],
    monitor_calendar       => [[$monitor, '{}'], 404],
    heartbeat_sla          => [[$heartbeat, '{}'], 404],
    (map { ("history_$_" => [[$monitor, '{}'], 404]) } qw(ticks export response_times percentiles regions)),
    maintenance_window_get    => [[$window], 404],
    maintenance_window_update => [[$window, '{"name":"y"}'], 404],
    maintenance_window_delete => [[$window], 404],
    maintenance_window_end    => [[$window, '{}'], 404],
    (map { my ($of, $id) = @$_; ("${of}_get" => [[$id], 404], "${of}_update" => [[$id, '{"name":"y"}'], 404], "${of}_delete" => [[$id], 404]) }
        [policy => $policy], [policy_group => $policy_group], [urgency => $urgency], [urgency_group => $urgency_group]),
    slo_get                => [[$slo], 404],
    slo_update             => [[$slo, '{"name":"y"}'], 404],
    slo_delete             => [[$slo], 404],
    slo_history            => [[$slo, '{}'], 404],
    metadata_set           => [[qq({"owner_type":"Monitor","owner_id":"$monitor","key":"k","values":["x"]})], 404],
    api_token_delete       => [[$token], 404],
    region_create          => [['{"slug":"x"}'], 403],
    region_update          => [[$region, '{"name":"x"}'], 403],
    region_delete          => [[$region], 403],
    region_token_list      => [[$region], 403],
    region_token_create    => [[$region, '{}'], 403],
    region_token_delete    => [[$region_token], 403],
    heartbeat_get          => [[$heartbeat, '{}'], 404],
    heartbeat_update       => [[$heartbeat, '{}', '{"paused":true}'], 404],
    heartbeat_delete       => [[$heartbeat], 404],
    heartbeat_rotate_token => [[$heartbeat, '{}'], 404],
    heartbeat_pings        => [[$heartbeat, '{}'], 404],
    on_call_get             => [[$calendar, '{}'], 404],
    on_call_update          => [[$calendar, '{}', '{"name":"y"}'], 404],
    on_call_delete          => [[$calendar], 404],
    on_call_rotate_feed     => [[$calendar, '{}'], 404],
    on_call_shifts          => [[$calendar, '{}'], 404],
    on_call_rotation_get    => [[$calendar], 404],
    on_call_rotation_set    => [[$calendar, $turns], 404],
    on_call_rotation_delete => [[$calendar], 404],
    on_call_event_list      => [[$calendar], 404],
    on_call_event_create    => [[$calendar, $duty], 404],
    on_call_event_get       => [[$calendar, $event], 404],
    on_call_event_update    => [[$calendar, $event, '{}'], 404],
    on_call_event_delete    => [[$calendar, $event], 404],
    incident_get           => [[$incident], 404],
    incident_delete        => [[$incident], 404],
    incident_timeline      => [[$incident], 404],
    (map { ("incident_$_" => [[$incident, '{}'], 404]) } qw(acknowledge resolve reopen escalate)),
    incident_comment_list   => [[$incident, '{}'], 404],
    incident_comment_create => [[$incident, '{"content":"x"}'], 404],
    incident_comment_get    => [[$incident, $comment], 404],
    incident_comment_update => [[$incident, $comment, '{"content":"x"}'], 404],
    incident_comment_delete => [[$incident, $comment], 404],
    channel_get    => [[$channel], 404],
    channel_update => [[$channel, '{"name":"y"}'], 404],
    channel_delete => [[$channel], 404],
    channel_test   => [[$channel, '{}'], 404],
    contact_get    => [[$contact], 404],
    contact_update => [[$contact, '{"name":"y"}'], 404],
    contact_delete => [[$contact], 404],
    contact_test   => [[$contact, '{}'], 404],
    installation_get       => [[], 403],
    installation_update    => [['{}'], 403],
    installation_test_mail => [[], 403],
    delivery_get   => [[$delivery], 404],
    report_get        => [[$report], 404],
    report_update     => [[$report, '{"name":"y"}'], 404],
    report_delete     => [[$report], 404],
    report_run_list   => [[$report, '{}'], 404],
    report_run_create => [[$report, '{}'], 404],
    report_run_get    => [[$report, $run], 404],
    report_run_send   => [[$report, $run], 404],
    report_run_export => [[$report, $run, '{}'], 404],
    delivery_retry => [[$delivery, '{}'], 404],
);
# Answer everyone signed in about what is his.
my %own = (
    me_get => [], me_update => ['{}'], api_token_list => [], region_list => [],
    api_token_create => ['{"name":"x"}'], region_get => [$region], monitor_list => ['{}'],
    monitor_create => ['{"url":"http://a/","monitor_type":"status"}'], events_open => [],
    maintenance_window_list => ['{}'], team_member_list => ['{}'],
    maintenance_window_create => ['{"name":"x","starts_at":"2101-01-01","ends_at":"2101-01-02","all_monitors":true}'],
    channel_list => ['{}'], channel_create => ['{"name":"x","kind":"ntfy","settings":{"topic":"x"}}'],
    contact_list => ['{}'], contact_create => ['{"name":"x","kind":"ntfy","settings":{"topic":"x"}}'],
    channel_kind_list => [], delivery_list => ['{}'],
    on_call_list => ['{}'], on_call_create => ['{}', '{"name":"x"}'],
    (map { ("${_}_list" => ['{}'], "${_}_create" => ['{"name":"x"}']) } qw(policy policy_group urgency urgency_group)),
    retention_get => [], retention_update => ['{"team":{"ticks":90}}'],
    metadata_list => ['{}'], sla_list => ['{}'], monitor_overview => ['{}'], slo_list => ['{}'],
    slo_create => ['{"name":"x","target":99,"all_monitors":true}'],
    report_list => ['{}'], report_create => ['{"name":"x"}'],
    incident_list => ['{}'], incident_create => ['{"summary":"x"}'],
    heartbeat_list => ['{}'], heartbeat_create => ['{}', '{"name":"x","period":60,"grace":0}'],
);
# Take no credential, or one of their own.
my %open = map { $_ => 1 } qw(sign_up sign_in_lookup sign_in sign_out password_rehash heartbeat_ping on_call_feed
    acknowledge acknowledge_get);

my @functions = map { $_->[0] } @{$root->rows("select distinct p.proname from pg_proc p
    where p.pronamespace = 'api'::regnamespace order by 1")};
is_deeply([grep { !$owned{$_} && !exists $own{$_} && !$open{$_} } @functions], [],
    'every function of api has its row');
my %there = map { $_ => 1 } @functions;
is_deeply([grep { !$there{$_} } sort keys %owned, keys %own, keys %open], [], 'and every row its function');

for my $function (sort keys %owned) {
    my ($arguments, $expected) = @{$owned{$function}};
    is(($hub->call($function, $eve, @$arguments))[0], $expected, "$function: a stranger gets $expected");
}
for my $function (sort keys %owned, keys %own) {
    my $arguments = $owned{$function} ? $owned{$function}[0] : $own{$function};
    is(($hub->call($function, $_, @$arguments))[0], 401, "$function: 401 for " . ($_ // 'nobody'))
        for undef, '\x', '\xffff', $digest;
}
is(($hub->call($_, $eve, @{$own{$_}}))[0] =~ /^20[01]$/, 1, "$_: answers everyone about what is his")
    for sort keys %own;

# A ping wants the token of a heartbeat; nothing else will do, and nobody learns what it was instead.
is($hub->value("select status from api.heartbeat_ping($_, 'success', null, null, null, now())"), 404,
    "heartbeat_ping: 404 for $_") for 'null', "'\\x'", "'$ann'", "'$digest'";

# What is listed to a stranger has nothing of others in it.
my $name = ($hub->call('monitor_list', $eve, '{}'))[1]{data};
is(scalar(grep { $_->{id} eq $monitor } @$name), 0, 'no monitor of another team is listed');
is(scalar(grep { $_->{id} eq $monitor } @{($hub->call($_, $eve, '{}'))[1]{data}}), 0, "nor by $_")
    for qw(sla_list monitor_overview);
is(($hub->call('sla_list', $eve, '{}'))[1]{summary}{monitors}, scalar @$name,
    'and the summary is of the own monitors');
is(scalar(grep { $_->{id} eq $incident } @{($hub->call('incident_list', $eve, '{}'))[1]{data}}), 0, 'nor an incident');
is(scalar(grep { $_->{id} eq $heartbeat } @{($hub->call('heartbeat_list', $eve, '{}'))[1]{data}}), 0, 'nor a heartbeat');
is(($hub->call('monitor_create', $eve, qq({"url":"http://a/","monitor_type":"status","depends_on":["$monitor"]})))[0],
    422, 'and nobody depends on another team\'s monitor');
is(scalar(grep { $_->{id} eq $channel } @{($hub->call('channel_list', $eve, '{}'))[1]{data}}), 0, 'nor a channel');
is(scalar(grep { $_->{id} eq $contact } @{($hub->call('contact_list', $eve, '{}'))[1]{data}}), 0, 'nor a contact');
is_deeply([($hub->call('delivery_list', $eve, qq({"channel_id":"$channel"})))[1]{data}], [[]], 'nor a delivery');
is(scalar(grep { $_->{id} eq $calendar } @{($hub->call('on_call_list', $eve, '{}'))[1]{data}}), 0, 'nor a calendar');
is(($hub->call('on_call_rotation_set', $eve, 0, $turns))[0], 422, 'and nobody puts others into a rotation');
is(($hub->call('on_call_event_create', $eve, 0, $duty))[0], 422, 'nor into an event');
is(scalar(grep { $_->{id} eq $window } @{($hub->call('maintenance_window_list', $eve, '{}'))[1]{data}}), 0, 'no window either');
is(($hub->call('maintenance_window_create', $eve, qq({"name":"x","starts_at":"2101-01-01","ends_at":"2101-01-02",
    "monitor_ids":[$monitor]})))[0], 422, 'nor can one be made for it');
is(($hub->call('region_get', $eve, $region))[1]{data}{attributes}{monitors_count}, 1,
    'and a region counts the own team\'s monitors only');

is($root->value('select count(*) from betterstack.heartbeat_ping'), 0, 'no ping of nobody is kept');

# An agent's functions want an agent's token; nothing else will do.
is($hub->value("select status from ingest.schedule($_, '')"), 401, "ingest.schedule: 401 for $_")
    for 'null', "'\\x'", "'$ann'";
is(($hub->report('\x', {monitor => $monitor, slot => 1}))[0], 401, 'ingest.report: 401 for no token');
is(($hub->report($ann, {monitor => $monitor, slot => 1}))[0], 401, 'nor for a session');

# The functions of ingest and dispatch take no user's id, or are told here.
is($root->value("select string_agg(distinct n.nspname || '.' || p.proname, ' ' order by n.nspname || '.' || p.proname)
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname in ('ingest', 'dispatch')"),
    'dispatch.hour_store dispatch.hour_take dispatch.housekeeping dispatch.monitors dispatch.monitors_changed '
    . 'dispatch.region_slugs dispatch.retention dispatch.schema_version dispatch.seal_keep dispatch.seal_store '
    . 'dispatch.seal_take dispatch.seal_trouble dispatch.sweep ingest.report ingest.schedule', 'no other function is callable');

done_testing;
