# On-call calendars over HTTP: documented shapes, what changes them, shifts, who is told, and the feed
# that other calendars subscribe to, read by a parser of RFC 5545.

use strict;
use warnings;
use utf8;

use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP;
use POSIX qw(strftime);
use Test::More;

use BetterStack::Client;
use BetterStack::Stack;

binmode Test::More->builder->$_, ':encoding(UTF-8)' for qw(output failure_output);
my $stack = BetterStack::Stack->new(regions => 'local-a', agents => 0);
my $name = 'Ann; of "Berlin", ' . 'Zürich ' x 5 . 'end';
my $ann = BetterStack::Client->new($stack)->sign_up('ann@example.com', $name);
my $bob = BetterStack::Client->new($stack)->sign_up('bob@example.com', 'Bob');
my $eve = BetterStack::Client->new($stack)->sign_up('eve@example.com', 'Eve');
my ($one_id, $two_id, $team) =
    map { $stack->sql($_) } (map { "select id from betterstack.app_user where email = '$_\@example.com'" } qw(ann bob)),
    q{select team_id from betterstack.membership join betterstack.app_user on user_id = id where email = 'ann@example.com'};
my $default = $stack->sql("select core.on_call_default($team)");
$stack->sql("insert into betterstack.membership values ($two_id, $team, 'owner')");       # Bob is in Ann's team, too
my $base = '/api/v2/on-calls';
my ($true, $false) = (JSON::PP::true, JSON::PP::false);
my $iso = qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

sub in { return strftime '%Y-%m-%dT%H:%M:%S.000Z', gmtime(time + $_[0]) }
sub told { return $stack->sql(q{select coalesce(string_agg(receiver || ' ' || event, ' ' order by id), 'nobody')
    from betterstack.delivery where event = 'on_call'}) }
sub is_told {
    my ($who, $text) = @_;
    ok BetterStack::Stack::wait_for(sub { told() eq $who }, 20, $text), $text or diag told();
}

subtest 'the default calendar' => sub {
    my ($status, $data) = $ann->get($base);
    is $status, 200;
    is scalar @{$data->{data}}, 1, 'every team has one';
    my $one = $data->{data}[0];
    is $one->{type}, 'on_call_calendar';
    my %got = %{$one->{attributes}};
    like delete $got{$_}, $iso, $_ for qw(created_at updated_at);
    like delete $got{feed_url},
        qr{^\Q@{[$stack->url]}\E/api/v1/on-calls/$one->{id}/calendar\.ics\?token=[0-9a-f]{64}$},
        'its feed';
    is_deeply \%got, {name => 'On call', default_calendar => $true, team_name => $name,
        handover_notice => $true,
        on_call_now => [], next_handover_at => undef}, 'its shape';
    is_deeply $one->{relationships}, {on_call_users => {data => []}}, 'nobody is on call';
    is_deeply $data->{included}, [];
    like $data->{pagination}{first}, qr{/api/v2/on-calls\?page=1$};
    is_deeply +($ann->get("$base/default"))[1]{data}, $one, 'by its name';
    is_deeply +($ann->get("$base/$one->{id}"))[1]{data}, $one, 'by its id';
    is +($ann->delete("$base/default"))[0], 409, 'it stays';
    is +($ann->get("$base/defaults"))[0], 404;
    is +($ann->get("$base/default/default"))[0], 404;
    is +($ann->get("$base/0"))[0], 404;
    is scalar @{($ann->get("$base?team_name=x"))[1]{data}}, 0, 'of another name there is none';
};

subtest 'calendars' => sub {
    my $events = $ann->events;
    $events->next('hello');
    my ($status, $data) = $ann->post($base, {name => ' Tier 2 ', handover_notice => $false});
    is $status, 201 or diag explain $data;
    my $id = $data->{data}{id};
    is_deeply [@{$data->{data}{attributes}}{qw(name default_calendar handover_notice)}],
        ['Tier 2', $false, $false];
    is_deeply $events->next('change')->{data}, {type => 'on_call', action => 'created', id => $id},
        'dashboards are told';
    ($status, $data) = $ann->patch("$base/$id", {name => 'Second line', default_calendar => $true});
    is $status, 200;
    is_deeply [map { "$_->{attributes}{name} $_->{attributes}{default_calendar}" } @{($ann->get($base))[1]{data}}],
        ['On call 0', 'Second line 1'], 'another default';
    is +($ann->patch("$base/$id", {default_calendar => $false}))[0], 422, 'there is one always';
    is +($ann->patch("$base/$default", {default_calendar => $true}))[0], 200;
    is +($ann->delete("$base/$id"))[0], 204;
    is +($ann->get("$base/$id"))[0], 404;
    for my $wrong ([{}, 'name'], [{name => 'x', colour => 1}, 'colour'], [{name => "\n"}, 'name'],
        [{name => 'x', on_call_now => []}, 'on_call_now'], [{name => 'x', team_name => 'y'},
            'team_name'],
        [{name => 'x', default_calendar => 1}, 'default_calendar'],
        [{name => 'x', handover_notice => 'no'}, 'handover_notice']) {
        ($status, $data) = $ann->post($base, $wrong->[0]);
        is_deeply [$status, keys %{$data->{errors}}], [422, $wrong->[1]], "$wrong->[1] is wrong";
    }
    is +($ann->post($base, {name => 'x', team_name => $name}))[0], 201, 'the own team may be named';
};

my %turns = (users => ['Ann@example.com', 'bob@example.com'], rotation_length => 1,
    rotation_interval => 'day',
    start_rotations_at => in(-3600), end_rotations_at => in(30 * 86400));
subtest 'a rotation' => sub {
    is +($ann->get("$base/default/rotation"))[0], 404, 'there is none';
    my ($status, $data) = $ann->post("$base/default/rotation",
        {%turns, timezone => 'Eastern Time (US & Canada)'});
    is $status, 201 or diag explain $data;
    is_deeply $data, {%turns, users => ['ann@example.com', 'bob@example.com'], user_ids => [$one_id,
        $two_id],
        timezone => 'Eastern Time (US & Canada)', effective_timezone => 'America/New_York'},
    'as documented';
    is_deeply +($ann->get("$base/$default/rotation"))[1], $data, 'and so it is';
    my $calendar = ($ann->get("$base/default"))[1];
    is_deeply $calendar->{data}{attributes}{on_call_now}, [$one_id], 'one is on call';
    is_deeply $calendar->{data}{relationships}{on_call_users}{data},
        [{id => $one_id, type => 'user', meta => {email => 'ann@example.com'}}];
    is_deeply $calendar->{included}[0]{attributes}, {name => $name, first_name => 'Ann;',
        last_name => substr($name, 5),
        email => 'ann@example.com', phone_numbers => []}, 'who that is';
    like $calendar->{data}{attributes}{next_handover_at}, $iso;
    is_deeply +($ann->get("$base/default?date=" . in(86400)))[1]{data}{attributes}{on_call_now},
        [$two_id], 'tomorrow the other one';
    is +($ann->get("$base/default?date=soon"))[0], 422;
    is_told("u$one_id on_call", 'who comes on is told');
    my ($title) = $stack->sql("select message ->> 'title' from betterstack.delivery");
    like $title, qr/^You are on call for Ann; .* until \w{3} \d+ \w{3}, \d\d:\d\d \(America\/New_York\)$/, 'until when';
    is $stack->sql("select expires_at <= created_at + interval '6 hours' and team_id = $team from betterstack.delivery"), 't';

    for my $wrong ([users => []], [users => ['eve@example.com']], [users => 'ann@example.com'],
        [users => [[]]], [rotation_length => 0],
        [rotation_length => 367], [rotation_interval => 'month'], [start_rotations_at => 'now'],
        [start_rotations_at => undef],
        [end_rotations_at => in(-7200)], [timezone => 'Nowhere'],
        [working_hours => [{day => 'monday'}]], [effective_timezone => 'UTC'],
        [colour => 1]) {
        ($status, $data) = $ann->post("$base/default/rotation",
            {%turns, $wrong->[0] => $wrong->[1]});
        is_deeply [$status, keys %{$data->{errors}}], [422, $wrong->[0]], "$wrong->[0] is wrong";
    }
    my %other = %turns;
    delete $other{rotation_interval};
    ($status, $data) = $ann->post("$base/default/rotation", {%other, rotation_period => 'week',
        end_rotations_at => undef,
        users => [$two_id + 0, $one_id], working_hours => []});
    is_deeply [$status, @{$data}{qw(rotation_interval end_rotations_at timezone)}, $data->{users}],
        [201, 'week', undef, 'UTC', ['bob@example.com', 'ann@example.com']],
        'other spellings, and no end';
    is_told("u$one_id on_call u$two_id on_call", 'now it is the other one');
};

subtest 'events and shifts' => sub {
    my $url = "$base/default/events";
    my %given = (users => ['ann@example.com', 'bob@example.com', 'ann@example.com'],
        starts_at => in(-60), ends_at => in(3600));
    my ($status, $data) = $ann->post($url, {%given, override => $true});
    is $status, 201 or diag explain $data;
    my $id = $data->{id};
    is_deeply $data, {%given, id => $id, override => $true, users => ['ann@example.com',
        'bob@example.com'], user_ids => [$one_id, $two_id]},
        'as documented';
    is_deeply +($ann->get("$url/$id"))[1], $data;
    is_deeply +($ann->get($url))[1], {events => [$data]}, 'all of them';
    is_deeply +($ann->get("$base/default"))[1]{data}{attributes}{on_call_now}, [$one_id, $two_id],
        'both';
    ($status, $data) = $ann->get("$base/default/shifts?from=" . in(-600) . '&to=' . in(20 * 86400));
    is $status, 200;
    is $data->{truncated}, $false;
    is_deeply [map { [$_->{type}, @{$_->{attributes}}{qw(source users)}] } @{$data->{data}}],
        [map { ['on_call_shift', @$_] } [rotation => [$two_id]], [override => [$one_id, $two_id]],
            [rotation => [$two_id]], [rotation => [$one_id]],
            [rotation => [$two_id]]], 'what a calendar draws';
    is_deeply [map { $_->{attributes}{starts_at} } @{$data->{data}}[1, 2]],
        [@given{qw(starts_at ends_at)}];
    is_deeply [map { $_->{id} } @{$data->{included}}], [$one_id, $two_id];
    is +($ann->get("$base/default/shifts?$_"))[0], 422, $_
        for 'from=x', 'to=x', 'from=2026-01-01&to=2026-04-04', 'from=2026-01-02&to=2026-01-01';

    ($status, $data) = $ann->patch("$url/$id", {override => $false, users => [$one_id]});
    is_deeply [$status, $data->{override}, $data->{users}], [200, $false, ['ann@example.com']],
        'changed';
    is_deeply +($ann->get("$base/default"))[1]{data}{attributes}{on_call_now}, [$two_id, $one_id],
        'beside the rotation';
    for my $wrong ([users => ['eve@example.com']], [starts_at => undef], [ends_at => in(-120)],
        [ends_at => in(400 * 86400)],
        [override => 1], [colour => 1], [id => 1]) {
        ($status, $data) = $ann->patch("$url/$id", {$wrong->[0] => $wrong->[1]});
        is_deeply [$status, keys %{$data->{errors}}], [422, $wrong->[0]], "$wrong->[0] is wrong";
    }
    is +($ann->delete("$url/$id"))[0], 204;
    is +($ann->get("$url/$id"))[0], 404;
    is +($ann->delete("$url/$id"))[0], 404;
};

# Content lines, unfolded: {name, value}; dies of what RFC 5545 forbids.
sub lines_of {
    my ($bytes) = @_;
    $bytes =~ /\A(?:[^\r\n]*\r\n)*\z/ or die 'a line does not end with CRLF';
    length > 75 and die "too long: $_" for split /\r\n/, $bytes;
    utf8::decode(my $part = $_) or die "a character is torn: $_" for split /\r\n/, $bytes;
    (my $whole = $bytes) =~ s/\r\n //g;
    utf8::decode($whole);
    return map { /^([A-Z-]+)(?:;[^:]*)?:(.*)$/ or die "no content line: $_";
        {name => $1, value => $2} } split /\r\n/, $whole;
}

# {properties of the calendar, events => [{...}, ...]}
sub parse_calendar {
    my ($bytes) = @_;
    my (@open, %calendar, $event);
    for my $line (lines_of($bytes)) {
        my ($key, $value) = @{$line}{qw(name value)};
        if ($key eq 'BEGIN') {
            push @open, $value;
            push @{$calendar{events}}, $event = {} if $value eq 'VEVENT';
            $calendar{zones}++ if $value eq 'VTIMEZONE';
        } elsif ($key eq 'END') {
            pop @open eq $value or die "END of $value";
        } elsif (@open) {
            my $into = $open[-1] eq 'VEVENT' ? $event : @open == 1 ? \%calendar : {};
            exists $into->{$key} and die "twice: $key";
            $value =~ s/\\([\\;,n])/$1 eq 'n' ? "\n" : $1/ge
                if $key =~ /^(SUMMARY|DESCRIPTION|X-WR-CALNAME)$/;
            $into->{$key} = $value;
        } else {
            die "outside: $key";
        }
    }
    return \%calendar;
}

subtest 'the feed' => sub {
    my ($path) = ($ann->get("$base/default"))[1]{data}{attributes}{feed_url} =~ m{(/api/v1/.*)};
    my $nobody = BetterStack::Client->new($stack);
    my ($status, $text, $reply) = $nobody->get($path);
    is $status, 200, 'public';
    is $reply->{headers}{'content-type'}, 'text/calendar; charset=utf-8';
    is $reply->{headers}{'cache-control'}, 'private, no-cache';
    is $reply->{headers}{'x-content-type-options'}, 'nosniff';
    my $etag = $reply->{headers}{etag};
    like $etag, qr/^"[0-9a-f]{32}"$/;
    my ($again, $none) = $nobody->send('GET', $path, undef, {'If-None-Match' => $etag});
    is $again, 304, 'nothing new';
    is $none // '', '';
    my ($head, $nothing, $headers) = $nobody->send('HEAD', $path);
    is_deeply [$head, $nothing // '', $headers->{headers}{etag}], [200, '', $etag], 'HEAD';

    my $calendar = parse_calendar($reply->{content});
    is $calendar->{VERSION}, '2.0';
    is $calendar->{'X-WR-CALNAME'}, "On call: $name", 'escaped and folded';
    my @events = @{$calendar->{events}};
    ok @events > 10, 'the weeks to come';
    is_deeply [map { $_->{SUMMARY} } @events[0, 1]], ['Bob on call', "$name on call"];
    my %uids = map { $_->{UID} => 1 } @events;
    is scalar(keys %uids), scalar @events, 'every one has a UID of its own';
    for my $property (qw(DTSTAMP DTSTART DTEND)) {
        is scalar(grep { $_->{$property} !~ /^\d{8}T\d{6}Z$/ } @events), 0, $property;
    }
    is scalar(grep { $events[$_]{DTSTART} ne $events[$_ - 1]{DTEND} } 1 .. $#events), 0,
        'without gaps';
    ok $events[-1]{DTSTART} lt strftime('%Y%m%dT', gmtime(time + 92 * 86400)),
        'and no further than 90 days';
    ok $events[-1]{DTEND} gt strftime('%Y%m%dT', gmtime(time + 89 * 86400));

    $ann->post("$base/default/events", {users => ['ann@example.com'], starts_at => in(3600),
        ends_at => in(7200), override => $true});
    ($status, $text, $reply) = $nobody->send('GET', $path, undef, {'If-None-Match' => $etag});
    is $status, 200, 'an override is news';
    my %later = map { $_->{UID} => $_ } @{parse_calendar($reply->{content})->{events}};
    is scalar(grep { !$later{$_} } keys %uids), 0, 'those that were there keep their UIDs';
    is scalar(keys %later), @events + 2, 'one is cut in two';

    is +($nobody->get($_))[0], 404, $_ for "/api/v1/on-calls/$default/calendar.ics",
        "/api/v1/on-calls/$default/calendar.ics?token=x",
        $path =~ s/.$/'x'/er, $path =~ s{on-calls/\d+}{on-calls/1}r,
        $path =~ s{on-calls/\d+}{on-calls/default}r, $path =~ s{v1}{v2}r,
        '/api/v1/on-calls', '/api/v1/me';
    is +($nobody->post($path, {}))[0], 405;
    is +($ann->post("$base/default/rotate-feed"))[0], 200;
    is +($nobody->get($path))[0], 404, 'the old address is over';
    my ($other) = ($ann->get("$base/default"))[1]{data}{attributes}{feed_url} =~ m{(/api/v1/.*)};
    is +($nobody->get($other))[0], 200, 'the new one works';
    my ($empty) = ($eve->get("$base/default"))[1]{data}{attributes}{feed_url} =~ m{(/api/v1/.*)};
    ($status, $text, $reply) = $nobody->get($empty);
    my $got = parse_calendar($reply->{content});
    is_deeply [$status, $got->{events}, $got->{zones}], [200, undef, 1],
        'one without shifts is a calendar, too';
};

subtest 'others' => sub {
    my ($event) = @{($ann->get("$base/default/events"))[1]{events}};
    is +($eve->get("$base/$default$_"))[0], 404, "GET $_" for '', qw(/rotation /events /shifts),
        "/events/$event->{id}";
    is +($eve->post("$base/$default$_->[0]", $_->[1]))[0], 404, "POST $_->[0]" for ['/rotation',
        \%turns], ['/rotate-feed'],
        ['/events', {users => ['eve@example.com'], starts_at => in(0), ends_at => in(60)}];
    is +($eve->patch("$base/$default$_", {}))[0], 404, "PATCH $_" for '', "/events/$event->{id}";
    is +($eve->delete("$base/$default$_"))[0], 404, "DELETE $_" for '', '/rotation',
        "/events/$event->{id}";
    is +($eve->get("$base/default/events/$event->{id}"))[0], 404, 'an event of another calendar';
    is_deeply [map { $_->{attributes}{team_name} } @{($eve->get($base))[1]{data}}], ['Eve'],
        'a list has the own team\'s only';
    is +(BetterStack::Client->new($stack)->get("$base$_"))[0], 401, "nobody gets $_" for '',
        '/default', '/1/events', '/default/shifts';
    my $program = $ann->program;
    is +($program->get("$base/default"))[0], 200, 'a program may';
    $stack->sql("delete from betterstack.membership where user_id = $two_id and team_id = $team");
    is_deeply +($ann->get("$base/default/rotation"))[1]{users}, ['ann@example.com'],
        'who has left is not named';
    is_deeply +($ann->get("$base/default"))[1]{data}{attributes}{on_call_now}, [$one_id],
        'and another one takes the turn';
    is +($ann->delete("$base/default/rotation"))[0], 204;
    is +($ann->delete("$base/default/rotation"))[0], 404;
};

unlike $stack->log_text('nginx-access'), qr{/api/v1/on-calls}, 'no address of a feed is in a log';
is_deeply [$stack->bad_log_lines], [], 'nothing bad in the logs';
done_testing;
