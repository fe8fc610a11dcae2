package BetterStack::Agent::Hub;

# A hub in a few lines: hands out a schedule, takes reports, and answers what
# the test tells it to.  What it has answered 200 to is what it has "committed".
#
#   my $hub = BetterStack::Agent::Hub->new(region => 'test-a', monitors => [...]);
#   $hub->mode(report => {status => 503, headers => {'Retry-After' => 2}});
#   $hub->mode(report => {});                     # well again
#   $hub->ticks                                   # committed, in order
#   $hub->calls('report')                         # [{time, status, authorization, ...}, ...]

use strict;
use warnings;

use BetterStack::Agent::Server qw(reply);
use BetterStack::Observer::Msgpack qw(msgpack_decode);
use BetterStack::Wire qw(pack_value);
use Digest::MD5 qw(md5_hex);
use Fcntl qw(:flock);
use File::Temp qw(tempdir);
use JSON::PP;
use Time::HiRes qw(sleep time);

my @fields = qw(monitor slot checked_at status reason attempts http_status address dns connect tls first_byte
    total evidence flags expires_at domain_expires_at);

sub new {
    my ($class, %how) = @_;
    my $self = bless {dir => tempdir('bs-hub-XXXXXX', DIR => '/tmp', CLEANUP => 1),
        region => $how{region} // 'test-a'}, $class;
    $self->schedule(@{$how{monitors} // []});
    $self->{server} = BetterStack::Agent::Server->new(sub { $self->converse($_[0]) }, port => $how{port},
        host => $how{host});
    return $self;
}

sub url { my ($self) = @_; return $self->{server}->url('') }
sub port { $_[0]{server}->port }

# Gone, as a machine that was switched off; come() brings it back to the same port.
sub go { my ($self) = @_; $self->{port} = $self->port; delete $self->{server} }

sub come {
    my ($self) = @_;
    $self->{server} = BetterStack::Agent::Server->new(sub { $self->converse($_[0]) }, port => $self->{port});
}

sub write_file {
    my ($self, $name, $bytes) = @_;
    open my $out, '>:raw', "$self->{dir}/.$name.$$" or die "$name: $!\n";
    print $out $bytes;
    close $out;
    rename "$self->{dir}/.$name.$$", "$self->{dir}/$name" or die "$name: $!\n";
}

sub read_file { my ($self, $name) = @_; return BetterStack::Agent::slurp("$self->{dir}/$name") }

# Monitors as [id, interval ms, phase ms, packed SPEC].
sub schedule {
    my ($self, @monitors) = @_;
    $self->write_file('schedule', pack_value({v => 1, region => $self->{region},
        monitors => [map { [@$_[0 .. 2], \$_->[3]] } @monitors]}));
}

# The SPEC of a URL, packed; anything may be given.
sub spec {
    my ($url, %other) = @_;
    return pack_value({type => 'status', url => $url, timeout => 2000, interval => 10000, method => 'get',
        headers => [], body => undef, username => undef, password => undef, expected => [], keyword => undef,
        redirects => \"\xc3", verify => \"\xc3", ip => 0, %other});
}

# {status, headers, body, delay, drop, ahead} for calls of this kind: report or schedule.  Of a report also {bad}:
# the monitors whose ticks make it malformed, and {agents}: who works in the region.
sub mode {
    my ($self, $kind, $mode) = @_;
    $self->write_file("mode-$kind", encode_json($mode));
}

sub calls {
    my ($self, $kind) = @_;
    return grep { !$kind || $_->{kind} eq $kind } map { decode_json($_) } split /\n/, $self->read_file('calls');
}

# Committed, in order, as they came.
sub reports {
    my ($self) = @_;
    return map { msgpack_decode(BetterStack::Agent::slurp($_)) } sort glob "$self->{dir}/batch-*";
}

# Deliveries as BetterStack::Agent::Channel::pack_delivery makes them, each for whoever reports next.
sub deliver {
    my ($self, @deliveries) = @_;
    $self->locked(sub {
        for my $delivery (@deliveries) {
            my $count = () = glob "$self->{dir}/given-* $self->{dir}/due-*";
            $self->write_file(sprintf('due-%06d', $count + 1), pack_value($delivery));
        }
    });
}

# What became of them, in order, each as often as it was said.
sub outcomes {
    my ($self) = @_;
    my @names = qw(id attempt outcome http_status retry_after duration detail provider_ref);
    return map { my %outcome; @outcome{@names} = @$_; \%outcome } map { @{$_->{deliveries}} } $self->reports;
}

# Committed, in order, as hashes.
sub ticks {
    my ($self) = @_;
    my @ticks;
    for my $report ($self->reports) {
        for my $tick (@{$report->{ticks}}) {
            my %tick;
            @tick{@fields} = @$tick;
            push @ticks, {%tick, agent => $report->{agent}};
        }
    }
    return @ticks;
}

# ---- in the server's process ----

sub converse {
    my ($self, $client) = @_;
    while (my ($head, $body) = BetterStack::Agent::Server::request($client)) {
        last if !defined $head;
        my ($path) = $head =~ m{^\S+ (\S+)};
        my $kind = $path =~ /report/ ? 'report' : 'schedule';
        my $mode = decode_json($self->read_file("mode-$kind") || '{}');
        sleep $mode->{delay} if $mode->{delay};
        my ($status, $headers, $answer) = $self->answer($kind, $mode, $head, $body);
        $self->note($kind, $status, $head, $body);
        last if $mode->{drop};
        reply($client, join "\r\n", "HTTP/1.1 $status Answer", 'Content-Length: ' . length $answer,
            (map { "$_: $headers->{$_}" } sort keys %$headers), '', $answer) or last;
    }
}

sub answer {
    my ($self, $kind, $mode, $head, $body) = @_;
    my $status = $mode->{status} // 200;
    $status = 413 if $mode->{bytes_max} && length $body > $mode->{bytes_max};
    return ($status, $mode->{headers} // {}, $mode->{body} // 'no') if $status != 200 || defined $mode->{body};
    return $self->answer_schedule($head) if $kind eq 'schedule';
    my $report = msgpack_decode($body);
    my %bad = map { $_ => 1 } @{$mode->{bad} // []};
    return (400, {}, 'no sense') if grep { $bad{$_->[0]} } @{$report->{ticks}};
    $self->commit($body);
    return (200, {'Content-Type' => 'application/msgpack'}, pack_value({v => 1, time => int((time + ($mode->{ahead} // 0)) * 1000),
        stored => scalar @{$report->{ticks}}, refused => 0, deliveries => $self->lease($report), agents => $mode->{agents} // []}));
}

# At most 20 for an agent that delivers.
sub lease {
    my ($self, $report) = @_;
    my @leased;
    return \@leased if !$report->{deliver};
    $self->locked(sub {
        for my $file (grep { defined } (sort glob "$self->{dir}/due-*")[0 .. 19]) {
            push @leased, \(my $packed = BetterStack::Agent::slurp($file));
            rename $file, $file =~ s/due-(?=\d+$)/given-/r or die "$file: $!\n";
        }
    });
    return \@leased;
}

sub answer_schedule {
    my ($self, $head) = @_;
    my $schedule = $self->read_file('schedule');
    my $etag = '"' . md5_hex($schedule) . '"';
    return (304, {ETag => $etag}, '') if $head =~ /^If-None-Match: \Q$etag\E\r?$/mi;
    return (200, {ETag => $etag, 'Content-Type' => 'application/msgpack'}, $schedule);
}

sub locked {
    my ($self, $do) = @_;
    open my $lock, '>>', "$self->{dir}/lock" or die "lock: $!\n";
    flock $lock, LOCK_EX;
    return $do->();
}

sub commit {
    my ($self, $body) = @_;
    $self->locked(sub {
        my $count = () = glob "$self->{dir}/batch-*";
        $self->write_file(sprintf('batch-%06d', $count + 1), $body);
    });
}

sub note {
    my ($self, $kind, $status, $head, $body) = @_;
    my %header = map { /^([^:]+): (.*?)\r?$/ ? (lc $1 => $2) : () } split /\n/, $head;
    $self->locked(sub {
        open my $out, '>>', "$self->{dir}/calls" or return;
        print $out encode_json({kind => $kind, status => $status, time => time, length => length $body,
            authorization => $header{authorization}, type => $header{'content-type'},
            etag => $header{'if-none-match'}}), "\n";
    });
}

1;
