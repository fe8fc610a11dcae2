use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP;
use POSIX qw(strftime);
use Test::More;
use BetterStack::Verdict;

# Certificates and domains that end soon: one incident, so many days before as the monitor says, until
# it is renewed.

my $DAY = 86400;
my $EXPIRING = 44;
my $world = BetterStack::Verdict->new(qw(as eu us za));
my $root = $world->root;
my @all = qw(as eu us za);
my $host = 0;
my $EXPIRED = $root->value("select id from betterstack.failure_reason where code = 'tls_expired'");

sub site { my (%with) = @_; return $world->monitor(url => 'https://h' . ++$host . '.example/', %with) }

# An end so many days from now, in whole seconds.
sub in_days { return int($world->now / 1000 + $_[0] * $DAY) }

# What all regions, or these, see of it: {region => end}, or one end for all.  Agents call it degraded
# within the days of the monitor.
sub see {
    my ($id, $seen, %with) = @_;
    my %end = ref $seen ? %$seen : map { $_ => $seen } @all;
    my ($days) = $root->value("select coalesce(ssl_expiration, 0) from betterstack.monitor where id = $id");
    for my $region (sort keys %end) {
        my $near = $end{$region} && $end{$region} < in_days($days);
        $world->batch($region, {monitor => $id, expires_at => $end{$region} // 0,
            ($near ? (what => 'degraded', reason => $EXPIRING) : ()), %with});
    }
}

# The same seen again so much later, and looked at.
sub later {
    my ($days, $id, $seen, %with) = @_;
    $world->pass($days * $DAY)->alive;
    see($id, $seen, %with);
    $world->sweep;
}

# Until nothing is due any more; how many sweeps that took.
sub settle {
    my $due = $root->value("select count(*) from betterstack.expiry where due_at <= @{[$world->at]}");
    my $sweeps = 0;
    while ($due && ++$sweeps < 100) {
        $world->sweep;
        $due = $root->value("select count(*) from betterstack.expiry where due_at <= @{[$world->at]}");
    }
    return $sweeps;
}

# Expiry incidents of a monitor, oldest first: 'open' or 'resolved'.
sub incidents {
    my ($id, $kind) = @_;
    return map { $_->[0] } @{$root->rows("select case when i.resolved_at is null then 'open' else 'resolved' end
        from betterstack.incident i join betterstack.incident_monitor im on im.incident_id = i.id
        where im.monitor_id = $id and i.kind = '" . ($kind // 'certificate_expiry') . "' order by i.id")};
}
sub newest {
    my ($id) = @_;
    return $root->value("select max(incident_id) from betterstack.incident_monitor where monitor_id = $id");
}
sub shown { return ($root->call('incident_get', $world->{ann}, newest($_[0])))[1]{data}{attributes} }
sub told {
    my ($id) = @_;
    my ($status, $body) = $root->call('incident_timeline', $world->{ann}, newest($id));
    return map { $_->{attributes} } reverse @{$body->{data} // []};
}
sub titles { return map { $_->{data}{title} } told($_[0]) }

$root->rows('create table betterstack.tick_of_any_day partition of betterstack.tick default');
$world->sweep;
$world->pass(400)->alive;    # the hub has been there for a while
$world->sweep;

# ---- every documented value: not before, then once ----
for my $days (1, 2, 3, 7, 14, 30, 60) {
    my $id = site(ssl_expiration => $days);
    my $end = in_days($days + 1);
    see($id, $end);
    $world->sweep;
    is_deeply([incidents($id)], [], "$days days: not a day before that");
    later(0.9, $id, $end);
    is_deeply([incidents($id)], [], "$days days: not two hours before");
    later(0.2, $id, $end);
    is_deeply([incidents($id)], ['open'], "$days days: then");
    is($world->state($id), 'degraded', "$days days: it is not down");
    later(0.001, $id, $end) for 1 .. 3;
    is_deeply([incidents($id)], ['open'], "$days days: once");
    is_deeply([$world->incidents($id)], [], "$days days: nothing fails");
    $root->call('monitor_delete', $world->{ann}, $id);
    is_deeply([incidents($id)], ['resolved'], "$days days: a monitor that is deleted");
    $world->sweep;
    is($root->value("select count(*) from betterstack.expiry where monitor_id = $id"), 0, "$days days: nothing is left of it");
}
{
    my $id = site();
    see($id, in_days(0.5));
    settle();
    is_deeply([incidents($id)], [], 'whoever does not ask is not told');
}

# ---- at once, in words; thresholds; renewal ----
{
    my $id = site(ssl_expiration => 14, url => 'https://example.com/', pronounceable_name => 'Shop');
    my $end = in_days(12.1);
    see($id, in_days(300));
    settle();
    $world->pass(30)->alive;
    see($id, {%{{map { $_ => $end } qw(as eu us)}}, za => in_days(300)});
    $world->sweep;
    is_deeply([incidents($id)], ['open'], 'an end that is near is told within a second of being seen');
    my $incident = shown($id);
    is($incident->{cause}, 'The TLS certificate of example.com expires in 12 days, seen from 3 of 4 regions', 'in words');
    is($incident->{ssl_certificate_expires_at}, strftime('%Y-%m-%dT%H:%M:%S.000Z', gmtime $end), 'when');
    is($incident->{status}, 'Started', 'it is confirmed');
    is_deeply($incident->{regions}, [qw(as eu us)], 'who sees it');
    is((grep { $_->{type} eq 'incident' } @{$world->{events}})[0]{action}, 'opened', 'dashboards hear of it');
    later(1, $id, $end);
    is(shown($id)->{cause}, 'The TLS certificate of example.com expires in 11 days, seen from all 4 regions', 'the words follow');
    later(1, $id, $end) for 1 .. 9;
    my @titles = titles($id);
    is(scalar(grep { $_ eq 'The certificate of Shop has still not been renewed' } @titles), 2, 'told again at 7 and 3 days')
        or diag explain \@titles;
    is($titles[0], 'The certificate of Shop expires soon', 'what it began with');
    later(1.5, $id, $end);
    is(scalar(grep { /still/ } titles($id)), 3, 'and at the last day');
    is(shown($id)->{cause}, 'The TLS certificate of example.com expires in 14 hours, seen from all 4 regions', 'in hours');
    later(0.01, $id, in_days(90));
    is_deeply([incidents($id)], ['resolved'], 'a new certificate everywhere ends it at once');
    is((told($id))[-1]{data}{content}, 'Shop has a new certificate', 'and says so');
    is($world->state($id), 'up', 'up again');
    is_deeply([incidents($id)], ['resolved'], 'one in all');
}

# ---- one odd region ----
{
    my $id = site(ssl_expiration => 14);
    my ($near, $far) = (in_days(10), in_days(80));
    my %edge = (as => $far, eu => $far, us => $far, za => $near);
    see($id, \%edge);
    settle();
    later(0.1, $id, \%edge) for 1 .. 5;
    is_deeply([incidents($id)], [], 'one edge with an old certificate opens nothing');
    later(0.1, $id, {%edge, eu => $near});
    is_deeply([incidents($id)], ['open'], 'two do, as with failures');
    for (1 .. 4) {
        later(0.05, $id, {as => $near, eu => $near, us => $near, za => $far});
        later(0.05, $id, {as => $near, eu => $near, us => $far, za => $far});
    }
    is_deeply([incidents($id)], ['open'], 'one region with another certificate resolves nothing');
    later(0.05, $id, \%edge);
    is_deeply([incidents($id)], ['resolved'], 'most with a newer one do');
    later(0.05, $id, {%edge, eu => $near});
    later(0.05, $id, $near);
    is_deeply([incidents($id)], ['resolved'], 'the same certificate is not told of again at the same threshold');
    later(4, $id, $near);
    is_deeply([incidents($id)], ['resolved', 'open'], 'but at the next, when it came back');
    later(0.1, $id, in_days(9));
    is_deeply([incidents($id)], ['resolved', 'resolved', 'open'], 'a new one that ends soon, too, is another');
}
{
    my $id = site(ssl_expiration => 14, regions => ['eu', 'us']);
    see($id, {eu => in_days(5), us => in_days(50)});
    settle();
    is_deeply([incidents($id)], [], 'of two regions both must see it');
    later(0.1, $id, {eu => in_days(5), us => in_days(5)});
    is_deeply([incidents($id)], ['open'], 'both');
    my $alone = site(ssl_expiration => 14, regions => ['eu']);
    see($alone, {eu => in_days(5)});
    settle();
    is_deeply([incidents($alone)], ['open'], 'one alone decides');
    my $new = site(ssl_expiration => 14);
    see($new, {eu => in_days(5)});
    settle();
    is_deeply([incidents($new)], [], 'the first region does not decide before the others have had their time');
    see($new, {us => in_days(5)});
    $world->sweep;
    is_deeply([incidents($new)], ['open'], 'the second does');
}

# ---- settings ----
{
    my $id = site(ssl_expiration => 30, pronounceable_name => 'Set');
    my $end = in_days(12);
    see($id, $end);
    settle();
    is_deeply([incidents($id)], ['open'], 'told');
    $world->update($id, ssl_expiration => 60);
    later(0.001, $id, $end);
    is_deeply([incidents($id)], ['open'], 'earlier: it goes on');
    $world->update($id, ssl_expiration => 7);
    later(0.001, $id, $end);
    is_deeply([incidents($id)], ['resolved'], 'later: not yet');
    later(5.5, $id, $end);
    is_deeply([incidents($id)], ['resolved', 'open'], 'but then');
    $world->update($id, ssl_expiration => undef);
    later(0.001, $id, $end);
    is_deeply([incidents($id)], ['resolved', 'resolved'], 'removed');
    is((told($id))[-1]{data}{content}, 'Set is not to be told of before it expires any more', 'in words');
    is($root->value("select count(*) from betterstack.expiry where monitor_id = $id"), 0, 'nothing is left');
    $world->update($id, ssl_expiration => 7);
    later(0.001, $id, $end);
    is(scalar(incidents($id)), 3, 'set again');
    $world->update($id, paused => JSON::PP::true);
    is((incidents($id))[-1], 'resolved', 'paused');
    $world->pass(3600)->alive;
    $world->sweep;
    is(scalar(incidents($id)), 3, 'nothing while it is paused');
    $world->update($id, paused => JSON::PP::false);
    later(0.01, $id, $end);
    is((incidents($id))[-1], 'open', 'resumed');
    $world->update($id, url => 'https://elsewhere.example/');
    $world->pass(2)->alive;
    $world->sweep;
    is((incidents($id))[-1], 'resolved', 'another address');
    later(0.01, $id, in_days(300));
    is(scalar(grep { $_ eq 'open' } incidents($id)), 0, 'whose certificate is good');
}

# ---- what a person resolved stays so, until there is another certificate ----
{
    my $id = site(ssl_expiration => 14);
    my $end = in_days(10);
    see($id, $end);
    settle();
    $root->call('incident_resolve', $world->{ann}, newest($id), '{}');
    is_deeply([incidents($id)], ['resolved'], 'resolved by hand');
    later(1, $id, $end) for 1 .. 8;
    is_deeply([incidents($id)], ['resolved'], 'not told again');
    later(0.1, $id, in_days(13));
    is_deeply([incidents($id)], ['resolved', 'open'], 'a new certificate is another matter');
    $root->call('incident_delete', $world->{ann}, newest($id));
    later(1, $id, in_days(12));
    is(scalar(incidents($id)), 1, 'what was deleted does not come back');
}

# ---- the end has come: a failure, and no double ----
{
    my $id = site(ssl_expiration => 7);
    my $end = in_days(1);
    see($id, $end);
    settle();
    $world->pass(23 * 3600)->alive;
    see($id, $end);
    $world->sweep;
    is_deeply([incidents($id)], ['open'], 'an hour left');
    $world->pass(3700)->alive;
    my @expired = (what => 'down', reason => $EXPIRED, expires_at => $end);
    $world->batch($_, {monitor => $id, @expired}) for @all;
    $world->sweep;
    $world->pass(61)->alive;
    $world->sweep;
    is($world->state($id), 'down', 'it fails now');
    is_deeply([$world->incidents($id)], ['open'], 'an incident of its own');
    is_deeply([incidents($id)], ['resolved'], 'in whose place the other makes way');
    is((told($id))[-1]{data}{title} // '', (told($id))[-1]{data}{title}, 'told');
    later(0.1, $id, in_days(90), what => 'up', reason => 0);
    is_deeply([[$world->incidents($id)], [incidents($id)]], [['resolved'], ['resolved']], 'a new certificate ends both');
    my $late = site(ssl_expiration => 7);
    my $past = in_days(-1);
    $world->batch($_, {monitor => $late, what => 'down', reason => $EXPIRED, expires_at => $past}) for @all;
    settle();
    is_deeply([incidents($late)], [], 'what has ended before anybody looked has one incident:');
    is_deeply([$world->incidents($late)], ['open'], 'the failure');
    my $lax = site(ssl_expiration => 7, verify_ssl => JSON::PP::false);
    see($lax, $past);
    settle();
    is_deeply([incidents($lax)], ['open'], 'where it is not verified nothing fails, so it is told');
    like(shown($lax)->{cause}, qr/expired 24 hours ago/, 'in words');
}

# ---- no certificate any more, nothing heard, a clock that is set back, a hub that was away ----
{
    my $id = site(ssl_expiration => 14);
    my $end = in_days(10);
    see($id, $end);
    settle();
    $world->pass(3 * 3600)->alive;
    $world->sweep;
    is_deeply([incidents($id)], ['open'], 'silence resolves nothing');
    see($id, $end);
    $world->pass(-5 * 3600);
    $world->sweep;
    is_deeply([incidents($id)], ['open'], 'nor does a clock that is set back');
    cmp_ok($root->value("select extract(epoch from max(due_at) - @{[$world->at]}) from betterstack.expiry
        where monitor_id = $id"), '<=', 7200, 'which is looked at in its own time');
    $world->pass(5 * 3600 + 60)->alive;
    see($id, 0);
    $world->sweep for 1 .. 2;
    is_deeply([incidents($id)], ['resolved'], 'no certificate at all does');
}
{
    my $id = site(ssl_expiration => 14, check_frequency => 60);
    see($id, in_days(100));
    settle();
    $world->pass(7200);
    $world->sweep;
    see($id, {za => in_days(3)});
    $world->sweep;
    $world->pass(10);
    $world->sweep;
    is_deeply([incidents($id)], [], 'the first region that comes back does not decide alone');
}

# ---- somebody else decides about a monitor: nobody waits in a circle ----
{
    my ($first, $second) = map { site(ssl_expiration => 14) } 1, 2;
    see($second, in_days(5));
    $root->rows("update betterstack.expiry set due_at = @{[$world->at]} where monitor_id in ($first, $second)");
    my ($person, $sweep) = map { $world->{db}->session } 1, 2;
    # As who pauses a monitor that is in an incident.
    $person->rows('begin');
    $person->rows("select from betterstack.monitor_state where monitor_id = $first for no key update");
    $person->rows('select core.incident_lock()');
    $person->rows("set local lock_timeout = '300ms'");
    $sweep->pid;
    $sweep->start("select core.expiry_sweep(@{[$world->at]})");
    $sweep->wait_blocked($root);
    is(eval { $person->rows("update betterstack.expiry set due_at = due_at where monitor_id = $first returning monitor_id")
        ->[0][0] }, $first, 'a look holds nothing of a monitor that it leaves alone') or diag $@;
    eval { $person->rows('commit') };
    $sweep->finish;
    is_deeply([incidents($second)], ['open'], 'and looks at the others');
}

# ---- one certificate, many monitors: one incident, in bounded work ----
{
    my $many = 250;
    my @ids = map { site(ssl_expiration => 14, regions => ['eu', 'us']) } 1 .. $many;
    my $end = in_days(9);
    for my $region (qw(eu us)) {
        $world->batch($region, map { +{monitor => $_, expires_at => $end, what => 'degraded', reason => $EXPIRING} } @ids);
    }
    my $before = $root->value("select count(*) from betterstack.incident where kind = 'certificate_expiry'");
    my $most = 0;
    my $looks;
    do {
        $looks = $root->value("select core.expiry_sweep(@{[$world->at]})");
        $most = $looks if $looks > $most;
    } while ($looks);
    cmp_ok($most, '<=', 50, 'a bounded number of looks at a time');
    is($root->value("select count(*) from betterstack.incident where kind = 'certificate_expiry'") - $before, 1, 'one incident');
    my $incident = shown($ids[-1]);
    is($incident->{monitors_count}, $many, 'with all of them');
    later(2.5, $ids[0], {eu => $end, us => $end});
    settle();
    is(scalar(grep { /still/ } titles($ids[0])), 1, 'its timeline tells of the next threshold once');
    my $new = in_days(90);
    for my $region (qw(eu us)) {
        $world->batch($region, map { +{monitor => $_, expires_at => $new} } @ids[1 .. $#ids]);
    }
    settle();
    is((incidents($ids[1]))[0], 'open', 'open while one has the old one');
    later(0.01, $ids[0], {eu => $new, us => $new});
    settle();
    is((incidents($ids[1]))[0], 'resolved', 'resolved with the last');
}

# ---- domains ----
sub domain_seen {
    my ($id, %end) = @_;
    $world->batch($_, {monitor => $id, domain_expires_at => $end{$_} // 0}) for sort keys %end;
}
sub domain_end { return ($root->call('monitor_get', $world->{ann}, $_[0]))[1]{data}{attributes}{domain_expires_at} }
sub iso { return strftime('%Y-%m-%dT%H:%M:%S.000Z', gmtime $_[0]) }
{
    my $id = site(domain_expiration => 14, url => 'https://www.shop.example.co.uk/buy', pronounceable_name => 'Buy');
    my $more = site(domain_expiration => 7, url => 'http://example.co.uk:8080/');
    my ($near, $far) = (in_days(10.5), in_days(200));
    domain_seen($id, map { $_ => 0 } @all);
    settle();
    is(domain_end($id), undef, 'nothing is known before the registry has answered');
    $world->pass(30)->alive;
    domain_seen($id, as => $far, eu => $near);
    $world->sweep;
    is_deeply([incidents($id, 'domain_expiry')], [], 'one region alone');
    is(domain_end($id), iso($far), 'what is known is shown: the latest');
    $world->pass(30)->alive;
    domain_seen($id, as => $far, eu => $near, us => $near, za => $near);
    $world->sweep;
    is_deeply([incidents($id, 'domain_expiry')], ['open'], 'most of them: at once');
    is(shown($id)->{cause}, 'The domain example.co.uk expires in 10 days', 'the domain, not the host, in words');
    is_deeply([@{shown($id)}{qw(domain_expires_at ssl_certificate_expires_at)}], [iso($near), undef], 'when');
    is($world->state($id), 'up', 'the monitor is what its probes say');
    is_deeply([incidents($id)], [], 'nothing about a certificate');
    $world->pass(30)->alive;
    domain_seen($id, as => 0, eu => $near, us => $near, za => 0);
    $world->sweep;
    is_deeply([incidents($id, 'domain_expiry')], ['open'], 'an agent that does not know says nothing');
    $world->pass(4 * $DAY)->alive;
    domain_seen($_, map { $_ => $near } @all) for $id, $more;
    settle();
    is_deeply([incidents($more, 'domain_expiry')], ['open'], 'another monitor of the domain');
    is(newest($more), newest($id), 'is in the same incident');
    like(join(' | ', titles($id)), qr/The domain of Buy expires soon.*example\.co\.uk has the same domain/, 'told');
    $world->pass(30)->alive;
    domain_seen($id, map { $_ => in_days(-3) } 'as');
    $root->rows("update betterstack.region_state set slot = slot + interval '1 hour' where monitor_id = $id and region_id = 1");
    domain_seen($id, as => $far);
    is(domain_end($id), iso($near), 'a late result brings nothing back');
    $root->rows("update betterstack.region_state set slot = slot - interval '1 hour' where monitor_id = $id and region_id = 1");
    $world->pass(30)->alive;
    my $renewed = $near + 365 * $DAY;
    domain_seen($_, eu => $renewed, us => $renewed, za => $renewed) for $id, $more;
    $world->sweep;
    is_deeply([incidents($id, 'domain_expiry')], ['resolved'], 'renewed, as most agents know, others from hours ago');
    domain_seen($_, as => $near, eu => $near, us => $renewed, za => $renewed) for $id, $more;
    settle();
    is_deeply([incidents($id, 'domain_expiry')], ['resolved'], 'two agents of a region that know differently raise nothing');
    $world->update($id, domain_expiration => undef);
    is(domain_end($id), undef, 'nobody looks any more, nothing is shown');
    $world->pass(30)->alive;
    domain_seen($id, eu => $renewed);
    is(domain_end($id), undef, 'nor from results of before');
}
{
    my $id = $world->monitor(monitor_type => 'domain', url => 'own.example', domain_expiration => 30);
    my $end = in_days(20);
    $world->batch($_, {monitor => $id, what => 'degraded', reason => 43, expires_at => $end}) for @all;
    settle();
    is_deeply([incidents($id, 'domain_expiry')], ['open'], 'kind domain');
    is(shown($id)->{cause}, 'The domain own.example expires in 20 days', 'in words');
    is($world->state($id), 'degraded', 'degraded');
    is_deeply([$world->incidents($id)], [], 'of which there is no second incident');
}

done_testing;
