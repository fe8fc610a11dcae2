# The agent's own alert: when hub and Redis are both out of reach it is told
# once, on each way there is, and the end of it too.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib", "$FindBin::Bin/../observer/lib";

use BetterStack::Agent qw(wait_for free_port);
use BetterStack::Agent::Hub;
use BetterStack::Agent::Redis;
use BetterStack::Agent::Server qw(request answer);
use BetterStack::Observer::Msgpack qw(msgpack_job);
use File::Temp qw(tempdir);
use JSON::PP;
use MIME::Base64 qw(decode_base64);
use Test::More;
use Time::HiRes ();

my $dir = tempdir('bs-emergency-XXXXXX', DIR => '/tmp', CLEANUP => 1);
my $redis = BetterStack::Agent::Redis->new;
my $hub = BetterStack::Agent::Hub->new(region => 'test-a');

# ---- sinks ----

my $hook_status = "$dir/hook-status";
sub hook_answers { open my $out, '>', $hook_status or die; print $out $_[0]; close $out }
hook_answers(204);
my $hook = BetterStack::Agent::Server->new(sub {
    my ($head, $body) = request($_[0]);
    answer($_[0], BetterStack::Agent::slurp($hook_status), '');
});
sub hooked { return map { decode_json($_) } grep { /^\{/ } split /\n/, $hook->seen }

# A mail server that writes down what it is told.
my $mails = "$dir/mails";
sub smtp {
    my ($client) = @_;
    my $say = sub { syswrite $client, "$_[0]\r\n" };
    open my $out, '>>', $mails or die;
    $out->autoflush;
    $say->('220 sink ESMTP');
    my $rest = '';
    my $line = sub {
        until ($rest =~ /\r\n/) { sysread($client, $rest, 4096, length $rest) or return }
        (my $one, $rest) = split /\r\n/, $rest, 2;
        return $one;
    };
    while (defined(my $command = $line->())) {
        print $out "$command\n";
        if ($command =~ /^EHLO/i) { $say->("250-sink\r\n250-AUTH PLAIN\r\n250 8BITMIME") }
        elsif ($command =~ /^AUTH PLAIN$/i) { $say->('334 '); print $out 'AUTH ', decode_base64($line->()) =~ tr/\0/ /r, "\n"; $say->('235 fine') }
        elsif ($command =~ /^DATA/i) {
            $say->('354 go on');
            while (defined(my $text = $line->())) { last if $text eq '.'; print $out "> $text\n" }
            $say->('250 taken');
        }
        elsif ($command =~ /^QUIT/i) { $say->('221 bye'); last }
        else { $say->('250 fine') }
    }
}
my $smtp = BetterStack::Agent::Server->new(\&smtp);
sub mailed { return scalar(() = BetterStack::Agent::slurp($mails) =~ /^> Subject:/mg) }

my $told = "$dir/told";
my $command = qq(printf '%s|%s|%s|%s|%s|%s\\n' "\$BETTERSTACK_EVENT" "\$BETTERSTACK_AGENT" "\$BETTERSTACK_REGION")
    . qq( "\$BETTERSTACK_SINCE" "\$BETTERSTACK_TEXT" "\$BETTERSTACK_TOKEN" >> $told);
sub told { return split /\n/, BetterStack::Agent::slurp($told) }

sub events { return join ' ', map { $_->{event} } hooked() }

my @ways = ('--emergency-command', $command, '--emergency-webhook', $hook->url('/hook?key=1'),
    '--emergency-mail-server', 'smtp://me:secret@127.0.0.1:' . $smtp->port,
    '--emergency-mail-from', 'agent@example.org', '--emergency-mail-to', 'ops@example.org, two@example.org');

sub start {
    my (@args) = @_;
    my $agent = BetterStack::Agent->start(hub => $hub->url, redis => $redis->url, args => ['--emergency-after', 2, @args]);
    wait_for(sub { $agent->log =~ /reading/ && (() = $hub->reports) > 0 }, 20, 'the agent') or die $agent->log;
    return $agent;
}

# The hub goes; a result to report, and the agent knows it.
my $site = BetterStack::Agent::Server->new(sub { request($_[0]); answer($_[0], 200, 'ok') });
my $monitor = 0;
sub lose_hub {
    my ($agent) = @_;
    my $missed = () = $agent->log =~ /results are kept on disk/g;
    $hub->go;
    my $now = int(Time::HiRes::time() * 1000);
    $redis->command('SET', 'betterstack:scheduler:test-a', $now, 'PX', 10000);
    $redis->command('XADD', 'betterstack:jobs:test-a', '*', 'job',
        msgpack_job(++$monitor, $now, $now + 60000, BetterStack::Agent::Hub::spec($site->url)));
    return wait_for(sub { $missed < (() = $agent->log =~ /results are kept on disk/g) }, 40, 'the hub to be missed');
}

# ---- one of them is enough ----
my $agent = start(@ways);
{
    ok lose_hub($agent), 'the hub is out of reach';
    ok !wait_for(sub { told() || hooked() || mailed() }, 4), 'which is no emergency while Redis is there';
}

# ---- both are gone ----
{
    $redis->kill;
    ok wait_for(sub { told() == 1 && hooked() == 1 && mailed() == 1 }, 30, 'the alerts'), 'with Redis gone too there is an alert on each way';
    my @alert = split /\|/, (told())[0], -1;
    is_deeply [@alert[0 .. 2]], [qw(alert agent-1 test-a)], 'the command knows what and who';
    like $alert[3], qr/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, 'since when';
    like $alert[4], qr/agent-1 of region test-a has reached neither the hub http\S+ nor Redis since \Q$alert[3]\E/, 'in words';
    is $alert[5], '', 'and not the token';
    my ($json) = hooked();
    s/\(\d+ min \d+ s\)/(a while)/ for $json->{text}, $alert[4];
    is_deeply [@$json{qw(event agent region since text)}], [@alert[0 .. 4]], 'the webhook is told the same';
    like $hook->seen, qr{^POST /hook\?key=1 HTTP/1.1\r\n.*^Content-Type: application/json\r\n}ms, 'as JSON';
    my $mail = BetterStack::Agent::slurp($mails);
    like $mail, qr/^AUTH  me secret$/m, 'the mail server gets name and password';
    like $mail, qr/^MAIL FROM:<agent\@example\.org>.*^RCPT TO:<ops\@example\.org>.*^RCPT TO:<two\@example\.org>/ms, 'all recipients';
    like $mail, qr/^> Subject: \[BetterStack\] hub and Redis out of reach: agent agent-1$/m, 'a subject';
    like $mail, qr/^> Agent agent-1 of region test-a has reached neither/m, 'and the words';
    unlike $agent->log, qr/secret|key=1/, 'the log keeps no secret';
}

# ---- a restart is not a new outage ----
{
    wait_for(sub { 3 == (() = $agent->log =~ /the alert has gone out by/g) }, 20, 'all ways') or die $agent->log;
    $agent->kill;
    $agent->begin;
    ok wait_for(sub { $agent->log =~ /out of reach before this start/ }, 20, 'the words'), 'the next life knows of it';
    $agent->stop;
    $agent->begin;
    ok !wait_for(sub { told() > 1 || hooked() > 1 || mailed() > 1 }, 5), 'and alerts nobody again';
}

# ---- the end ----
{
    hook_answers(500);
    $redis->start;
    ok wait_for(sub { told() == 2 && mailed() == 2 && hooked() == 2 }, 30, 'the all-clear'), 'one of them is back: all is clear';
    like +(told())[1], qr/^clear\|agent-1\|test-a\|\S+\|Agent agent-1 of region test-a is in touch .* out of its reach from \S+ to \S+ \(\d+ min \d+ s\)/,
        'in words';
    ok -e $agent->state . '/emergency', 'who has not heard of it yet is not forgotten';
    like $agent->log, qr/the all-clear could not be sent by webhook \(try 1\): it answered 500/, 'the log tells';
    $agent->stop;
    hook_answers(200);
    $agent->begin;
    ok wait_for(sub { (() = events() =~ /clear/g) == 2 }, 30, 'the webhook'), 'not even by a restart';
    ok wait_for(sub { !-e $agent->state . '/emergency' }, 20, 'the file to go'), 'then it is over';
    is scalar(my @lines = told()), 2, 'the others hear nothing twice';
    $agent->stop;
    $hub->come;
}

# ---- a way that fails is tried again; one that hangs is ended ----
{
    unlink $told, $mails;
    my $sick = "$dir/sick";
    my $agent = start('--emergency-command', "test -e $sick && echo alert >> $told; sleep 120 & test -e $sick");
    lose_hub($agent);
    $redis->kill;
    ok wait_for(sub { $agent->log =~ /the alert could not be sent by command \(try 1\): it ended with 1/ }, 60, 'a failure'),
        'a command that fails is told';
    open my $out, '>', $sick or die;
    close $out;
    ok wait_for(sub { told() == 1 && $agent->log =~ /alert has gone out by command/ }, 40, 'the next try'), 'and tried again';
    is $agent->stop, 0, 'the agent ends well';
    $hub->come;
    $redis->start;
}

# ---- what was never told needs no all-clear ----
{
    unlink $told;
    my $agent = start('--emergency-command', "echo \$BETTERSTACK_EVENT >> $told; false");
    lose_hub($agent);
    $redis->kill;
    ok wait_for(sub { told() >= 1 }, 60, 'the command'), 'a command that always fails';
    $redis->start;
    $hub->come;
    ok wait_for(sub { $agent->log =~ /takes results again/ }, 60, 'the hub'), 'until the hub is back';
    ok wait_for(sub { !-e $agent->state . '/emergency' }, 20, 'the file to go'), 'the outage is over';
    unlike BetterStack::Agent::slurp($told), qr/clear/, 'and nobody is told of an end who did not hear of the beginning';
    $agent->stop;
}

# ---- what an earlier life saw may be over, which shows only after a moment ----
{
    unlink $told;
    my $agent = start('--emergency-command', "echo \$BETTERSTACK_EVENT >> $told", '--emergency-after', 4);
    $agent->stop;
    $hub->go;
    $redis->kill;
    open my $out, '>', $agent->state . '/emergency' or die;
    print $out 'since ', (time - 3600) * 1000, "\n";
    close $out;
    my $began = Time::HiRes::time();
    $agent->begin;
    ok wait_for(sub { told() >= 1 }, 60, 'the command'), 'an outage that goes on is told';
    cmp_ok Time::HiRes::time() - $began, '>', 3.5, 'but not before this life has looked for a while';
    $redis->start;
    $hub->come;
    ok wait_for(sub { told() >= 2 }, 20, 'the all-clear'), 'and its end';
    $agent->stop;
}

# ---- settings ----
for my $case ([['--emergency-webhook', 'ftp://x'], qr/emergency_webhook: must start with/],
    [['--emergency-mail-server', 'smtp://x'], qr/go together/],
    [['--emergency-mail-server', 'http://u:pw@x', '--emergency-mail-from', 'a', '--emergency-mail-to', 'b'],
        qr/emergency_mail_server: must be smtp/],
    [['--emergency-after', 0], qr/emergency_after = "0"/])
{
    my ($args, $like) = @$case;
    my $agent = BetterStack::Agent->start(hub => $hub->url, redis => $redis->url, args => $args);
    is $agent->wait_exit, 2, "@$args";
    like $agent->log, $like, 'is refused in words';
    unlike $agent->log, qr/pw/, 'without a password';
}

done_testing;
