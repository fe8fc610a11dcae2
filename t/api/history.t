# Results of several days: the same answers while they are hot, when they are sealed, and with late
# ticks; and what happens when what was sealed is damaged.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use BetterStack::Client;
use BetterStack::Stack;

my $stack = BetterStack::Stack->new(agents => 0, regions => 'east north west');
my $ann = BetterStack::Client->new($stack)->sign_up('ann@example.com', 'Ann')->program;
my (undef, $made) = $ann->post('/api/v2/monitors',
    {url => 'http://127.0.0.1:8081/', monitor_type => 'status', check_frequency => 60});
my $monitor = $made->{data}{id};
my $path = "/api/v2/monitors/$monitor";

# No day is closed before the test says so; those that are closed already are opened again.
my $today = $stack->sql("select to_char(now() at time zone 'UTC', 'YYYY-MM-DD')");
$stack->sql("begin; delete from betterstack.day;
    insert into betterstack.day (day, trouble) select date '$today' + i, 'held by a test' from generate_series(-8, 0) i;
    do \$\$ declare leaf regclass; begin
        for leaf in select t.tgrelid from pg_trigger t where t.tgname = 'divert' loop
            execute format('drop trigger divert on %s', leaf);
        end loop; end \$\$; commit");
my $first = $stack->sql("select (extract(epoch from date '$today' - 4) * 1000)::bigint");
my $day = 86_400_000;
my $end = $first + 3 * $day;         # three whole days: closed at any hour of today

# A minute apart, by arithmetic: a bad hour each day, some that were not measured, evidence of failures;
# n: minutes since the beginning; the regions are twenty seconds apart.
sub rows_sql {
    my ($table, $from, $to) = @_;
    return <<"SQL";
insert into betterstack.$table (slot, monitor_id, lateness_ms, dns_us, connect_us, tls_us, first_byte_us, total_us,
    region_id, http_status, status, reason, attempts, address, evidence, flags)
select to_timestamp(($first + n * 60000 + (r.id - 1) * 20000) / 1000.0), $monitor, n % 40, 300 + n % 97,
       12000 + n % 1009 * 3, -1, case when s.up then 30000 + n * r.id % 7919 else -1 end,
       case when s.unknown then -1 when s.up then 43000 + n * r.id % 20011 else 300 + n % 97 end, r.id,
       case when s.up then 200 else 0 end, case when s.unknown then 0 when s.up then 1 + (n % 211 = 0)::int else 3 end,
       case when s.unknown then 66 when s.up then 0 else 10 end, case when s.up then 1 else 2 end,
       case when s.up then '127.0.0.' || n / 1000 + 1 else '127.0.0.1' end,
       case when not s.up and not s.unknown then json_build_object('error', 'refused', 'n', n)::text else '' end, 0
  from betterstack.region r, generate_series($from, $to - 1) n,
       lateral (select n % 1440 not between 600 and 640 and n % 501 <> 7 as up, n % 501 = 7 as unknown) s
SQL
}
$stack->sql(rows_sql('tick', 0, 3 * 1440));
is $stack->sql('select count(*) from betterstack.tick'), 3 * 4320, 'there are hot ticks';

my %question = (
    'three days of ticks'  => "ticks?from=$first&to=@{[$end - 1]}&limit=20000",
    'the newest of them'   => "ticks?from=$first&to=@{[$end - 1]}&limit=777",
    'one region, in part'  => "ticks?from=@{[$first + 1000 * 60_000]}&to=@{[$first + 2000 * 60_000]}&region=west&limit=20000",
    'with evidence'        => "ticks?from=@{[$first + 590 * 60_000]}&to=@{[$first + 650 * 60_000]}&evidence=true",
    'response times'       => "response-times?from=@{[$first + 1000 * 60_000]}&to=@{[$first + 2000 * 60_000]}",
    'means of hours'       => "response-times?from=$first&to=@{[$end]}&step=3600",
    'means of days'        => "response-times?from=$first&to=@{[$end]}&step=86400",
    'percentiles by day'   => "percentiles?from=$first&to=@{[$end]}&step=86400",
    'by hour'              => "percentiles?from=$first&to=@{[$end]}&step=3600",
    'by six hours'         => "percentiles?from=@{[$first + 5 * 3_600_000]}&to=@{[$end]}&step=21600",
    'by five minutes'      => "percentiles?from=@{[$first + $day]}&to=@{[$first + 2 * $day]}&step=300",
    'connecting, by hour'  => "percentiles?from=$first&to=@{[$end]}&step=3600&phase=connect",
    'first bytes, by day'  => "percentiles?from=$first&to=@{[$end]}&step=86400&phase=first_byte",
    'regions side by side' => "regions?from=$first&to=@{[$end]}",
    'regions, some hours'  => "regions?from=@{[$first + 5 * 3_600_000]}&to=@{[$first + 40 * 3_600_000]}",
);

sub ask {
    my ($query) = @_;
    my ($status, $data) = $ann->get("$path/$query");
    is $status, 200, $query if $status != 200;
    return $data->{data}{attributes};
}

sub export {
    my ($query) = @_;
    my $reply = ($ann->get("$path/export.csv?$query"))[2];
    return {head => $reply->{headers}, body => $reply->{content}};
}

my %hot = map { $_ => ask($question{$_}) } sort keys %question;

subtest 'hot' => sub {
    my $all = $hot{'three days of ticks'};
    is scalar @{$all->{regions}[0]{slot}}, 4320;
    ok !$all->{truncated};
    ok !exists $all->{damaged};
    my $newest = $hot{'the newest of them'};
    ok $newest->{truncated};
    is @{$newest->{regions}[0]{slot}} + @{$newest->{regions}[1]{slot}} + @{$newest->{regions}[2]{slot}}, 777;
    is $newest->{regions}[2]{slot}[-1], $end - 20_000;
    my ($east) = grep { $_->{region} eq 'east' } @{$hot{'with evidence'}{regions}};
    is_deeply $east->{evidence}[10], {error => 'refused', n => 600};
    is $east->{evidence}[9], undef;
    like $east->{text}[10], qr/refused/;

    my $days = $hot{'percentiles by day'};
    is_deeply $days->{all}{at}, [map { $first + $_ * $day } 0 .. 2];
    my %exact = map { my @row = split /\|/; ($row[0] => \@row) } split /\n/, $stack->sql(
        "select r.slug, count(*) filter (where status = 1), count(*) filter (where status = 2), count(*) filter (where status = 3),
            count(*) filter (where status = 0), (avg(total_us) filter (where status in (1, 2)))::integer,
            percentile_disc(0.5) within group (order by total_us) filter (where status in (1, 2)),
            percentile_disc(0.99) within group (order by total_us) filter (where status in (1, 2))
       from betterstack.tick t join betterstack.region r on r.id = t.region_id
      where t.monitor_id = $monitor and slot < to_timestamp(($first + $day) / 1000.0) group by 1");
    for my $region (@{$days->{regions}}) {
        my $exact = $exact{$region->{region}};
        is_deeply [map { $region->{$_}[0] } qw(up degraded down unknown mean)], [@$exact[1 .. 5]],
            "counts of $region->{region}";
        near($region->{p50}[0], $exact->[6], 0.021, 'p50');
        near($region->{p99}[0], $exact->[7], 0.021, 'p99');
    }
    my ($one) = @{$hot{'regions side by side'}{regions}};
    is $one->{checks}, $one->{up} + $one->{degraded} + $one->{down};
    near($one->{success_rate}, ($one->{up} + $one->{degraded}) / $one->{checks}, 1e-5, 'success rate');
};

sub near {
    my ($got, $expected, $share, $name) = @_;
    my $ok = defined $got == defined $expected && (!defined $got || abs($got - $expected) <= $share * abs($expected) + 1e-9);
    ok $ok, $name if !$ok || $name !~ /^=/;
    diag "$name: ", $got // 'null', ' instead of ', $expected // 'null' if !$ok;
    return;
}

# The same, but for quantiles, which may be two percent apart.
sub alike {
    my ($got, $expected, $place) = @_;
    if (ref $expected eq 'HASH') {
        is_deeply [sort keys %$got], [sort keys %$expected], "$place: members" if join(' ', sort keys %$got) ne join ' ', sort keys %$expected;
        alike($got->{$_}, $expected->{$_}, "$place.$_") for sort keys %$expected;
    } elsif (ref $expected eq 'ARRAY') {
        is scalar @$got, scalar @$expected, "$place: length" if @$got != @$expected;
        alike($got->[$_], $expected->[$_], $place =~ s/\[\d+\]$//r . "[$_]") for 0 .. $#$expected;
    } elsif ($place =~ /p\d\d(\[\d+\])?$/) {
        near($got, $expected, 0.02, "=$place");
    } elsif (($got // 'null') ne ($expected // 'null')) {
        is $got, $expected, $place;
    }
    return;
}

sub same_answers {
    my ($tier, $but) = @_;
    for my $name (sort keys %question) {
        subtest "$tier: $name" => sub {
            alike(ask($question{$name}), $hot{$name}, $name);
            pass 'asked';
        };
    }
    return;
}

my $exported = export("from=$first&to=@{[$end - 1]}");
like $exported->{head}{'content-type'}, qr{^text/csv}, 'a file';
like $exported->{head}{'content-disposition'}, qr/filename="monitor-$monitor\.csv"/;
is scalar(split /\n/, $exported->{body}), 1 + 3 * 4320, 'of all results';
ok !exists $exported->{head}{$_}, "whole: no $_" for qw(link x-truncated);

# ---- sealed ----

$stack->sql("update betterstack.day set trouble = null where day >= date '$today' - 4 and day < date '$today' - 1");
ok BetterStack::Stack::wait_for(sub {
    $stack->sql("select count(*) from betterstack.tick_sealed where monitor_id = $monitor") == 9
}, 60), 'three days are sealed' or diag $stack->sql('select * from betterstack.day order by 1');
$stack->sql("delete from betterstack.tick where monitor_id = $monitor");       # nothing is read from there now
same_answers('sealed');
is export("from=$first&to=@{[$end - 1]}")->{body}, $exported->{body}, 'the file is the same';

subtest 'the file in parts' => sub {
    my ($query, $body, $parts) = ("from=$first&to=@{[$end - 1]}&limit=1000", '', 0);
    while ($query && $parts < 20) {
        my $part = export($query);
        my ($head, @lines) = split /(?<=\n)/, $part->{body};
        $body .= join '', $parts++ ? () : $head, @lines;
        ($query) = ($part->{head}{link} // '') =~ /^<[^?>]*\?([^>]*)>; rel="next"$/;
        $query .= '&limit=1000' if $query;
    }
    is $parts, 13;
    is $body, $exported->{body}, 'together it is whole';
};

# ---- late ----

subtest 'late ticks' => sub {
    # One that is news, one that was not measured before, and one that is there already.
    my $new = $first + $day + 12_345;
    my $unknown = $first + 508 * 60_000;
    my $known = $first + 100 * 60_000;
    $stack->sql("insert into betterstack.tick_late (slot, monitor_id, lateness_ms, dns_us, connect_us, tls_us,
        first_byte_us, total_us, region_id, http_status, status, reason, attempts, address, evidence, flags)
        select to_timestamp(ms / 1000.0), $monitor, 1, 2, 3, 4, 5, 999999, 1, 200, 1, 0, 1, '10.0.0.9', '', 0
        from unnest(array[$new, $unknown, $known]::bigint[]) ms");
    my $after = ask($question{'three days of ticks'});
    my ($east) = grep { $_->{region} eq 'east' } @{$after->{regions}};
    my %at = map { $east->{slot}[$_] => $_ } 0 .. $#{$east->{slot}};
    is scalar @{$east->{slot}}, 4321, 'one more';
    is_deeply $east->{slot}, [sort { $a <=> $b } @{$east->{slot}}], 'in order';
    is $east->{total}[$at{$new}], 999999;
    is $east->{status}[$at{$unknown}], 'up', 'measured after all';
    isnt $east->{total}[$at{$known}], 999999, 'the first one stays';
    my $days = ask($question{'percentiles by day'});
    my ($was, $is) = map { my $answer = $_; grep { $_->{region} eq 'east' } @{$answer->{regions}} } $hot{'percentiles by day'}, $days;
    is $is->{unknown}[0], $was->{unknown}[0] - 1, 'in the sums, too';
    is $is->{up}[1], $was->{up}[1] + 1;
    is $is->{max}[1], 999999;
    ok BetterStack::Stack::wait_for(sub { $stack->sql('select count(*) from betterstack.tick_late') == 0 }, 120), 'merged';
    alike(ask($question{$_}), $_ eq 'three days of ticks' ? $after : $days, $_) for 'three days of ticks', 'percentiles by day';
};

# ---- damaged ----

subtest 'damaged' => sub {
    my $kept = $stack->sql("select encode(packed, 'hex') from betterstack.tick_sealed
        where monitor_id = $monitor and region_id = 1 and day = date '$today' - 4");
    my $quiet = ask($question{'three days of ticks'});
    srand 20261122;
    for my $round (1 .. 12) {
        my $bytes = pack 'H*', $kept;
        substr($bytes, int rand length $bytes, 1) ^= chr(1 + int rand 255) for 1 .. $round;
        $bytes = substr $bytes, 0, rand length $bytes if $round % 4 == 0;
        $stack->sql("update betterstack.tick_sealed set packed = '\\x" . unpack('H*', $bytes) . "'
            where monitor_id = $monitor and region_id = 1 and day = date '$today' - 4");
        my $answer = ask($question{'three days of ticks'});
        ok $answer->{damaged}, "round $round: it says so";
        my ($east, $north) = @{$answer->{regions}};
        is_deeply $north, $quiet->{regions}[1], 'the others are there';
        is $east->{slot}[0], $first + $day, 'and the other days';
        ok ask($question{'connecting, by hour'})->{damaged};
    }
    $stack->sql("update betterstack.tick_sealed set packed = '\\x$kept'
        where monitor_id = $monitor and region_id = 1 and day = date '$today' - 4");
    my ($rollup, $hours) = split /\|/, $stack->sql("select encode(rollup, 'hex'), encode(hours, 'hex') from betterstack.tick_day
        where monitor_id = $monitor and region_id = 1 and day = date '$today' - 4");
    for my $round (1 .. 12) {
        my ($r, $h) = map { pack 'H*', $_ } $rollup, $hours;
        substr($_, int rand length $_, 1) ^= chr(1 + int rand 255) for $r, $h;
        $stack->sql("update betterstack.tick_day set rollup = '\\x" . unpack('H*', $r) . "', hours = '\\x" . unpack('H*', $h)
            . "' where monitor_id = $monitor and region_id = 1 and day = date '$today' - 4");
        my $answer = ask($question{$round % 2 ? 'percentiles by day' : 'by hour'});
        ok $answer->{damaged}, 'damaged sums';
        is $answer->{regions}[0]{up}[0], 0, 'are left out';
    }
    my @said = $stack->log_text('nginx-error') =~ /\d+ rows of the history of monitor $monitor are damaged/g;
    cmp_ok scalar @said, '>=', 24, 'the log has it';
    my $metrics = $stack->request(GET => '/metrics')->{content};
    like $metrics, qr/^betterstack_history_damaged_total [1-9]/m, 'it is counted';
    cmp_ok +($metrics =~ /^betterstack_history_threads_total (\d+)/m)[0] // 0, '>', 0, 'threads were at work';
};

# ---- clients that leave ----

subtest 'gone in the middle' => sub {
    for my $round (1 .. 40) {
        my $socket = $ann->socket;
        my $query = $round % 2 ? "export.csv?from=$first&to=$end" : $question{'connecting, by hour'};
        print {$socket} "GET $path/$query HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer $ann->{token}\r\n\r\n";
        select undef, undef, undef, $round / 2000;
        close $socket;
    }
    is scalar(split /\n/, export("from=$first&to=@{[$end - 1]}")->{body}), 1 + 3 * 4320 + 1, 'the hub goes on';
};

subtest 'what is refused' => sub {
    for (['percentiles', 'from=yesterday', 'from'], ['percentiles', 'to=x', 'to'], ['percentiles', 'step=7', 'step'],
        ['percentiles', 'phase=sleep', 'phase'], ['percentiles', 'region=nowhere', 'region'],
        ['percentiles', 'from=2001-01-01&step=60', 'step'], ['regions', 'from=2030-01-01&to=2029-01-01', 'from'],
        ['response-times', 'region=nowhere', 'region'], ['response-times', 'step=5', 'step'],
        ['export.csv', 'limit=100001', 'limit'], ['export.csv', 'region=nowhere', 'region'])
    {
        my ($what, $query, $field) = @$_;
        my ($status, $refused) = $ann->get("$path/$what?$query");
        is $status, 422, "$what?$query";
        is_deeply [keys %{$refused->{errors}}], [$field];
    }
    is_deeply ask('percentiles?from=2001-01-01&to=2001-02-01')->{regions}, [], 'nothing was there then';
    is +($ann->get('/api/v2/monitors/999999/percentiles'))[0], 404;
};

is_deeply [$stack->bad_log_lines], [], 'a quiet error log but for that';

done_testing;
