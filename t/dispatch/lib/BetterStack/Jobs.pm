package BetterStack::Jobs;

# The streams of jobs as an outsider sees them.  No agent runs, so a stream
# keeps all that was ever published; what counts is which slots are in it.

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use IO::Socket::UNIX;
use Time::HiRes ();

use lib abs_path(dirname(__FILE__) . '/../../../lib'), abs_path(dirname(__FILE__) . '/../../../observer/lib');

use BetterStack::Observer::Msgpack qw(msgpack_decode);
use BetterStack::Stack qw(wait_for);

sub new {
    my ($class, $stack) = @_;
    return bless {stack => $stack, seen => {}, last => {}}, $class;
}

# Jobs are published this much before their slot (ngx_bs_publish.h).
use constant LEAD_MS => 300;

# Redis' clock of an entry may be a turn of its loop behind.
use constant EARLY_MS => LEAD_MS + 10;

sub now_ms { return int(Time::HiRes::time() * 1000) }

# ---- Redis ----

# The answer to one command, on a connection of its own.
sub redis {
    my ($self, @command) = @_;
    my $socket = IO::Socket::UNIX->new(Peer => $self->{stack}->sockets . '/redis.sock')
        or die "redis: $!\n";
    binmode $socket;
    $socket->print('*' . @command . "\r\n" . join '', map { '$' . length($_) . "\r\n$_\r\n" } @command);
    $socket->flush;
    return answer($socket);
}

sub answer {
    my ($socket) = @_;
    my $line = readline($socket) // die "redis: closed\n";
    $line =~ s/\r\n$//;
    my ($kind, $rest) = (substr($line, 0, 1), substr $line, 1);
    die "redis: $rest\n" if $kind eq '-';
    return $rest if $kind eq '+' || $kind eq ':';
    return undef if $rest < 0;
    return [map { answer($socket) } 1 .. $rest] if $kind eq '*';
    my ($bytes, $wanted) = ('', $rest + 2);
    while (length $bytes < $wanted) {
        read($socket, $bytes, $wanted - length $bytes, length $bytes) or die "redis: cut short\n";
    }
    return substr $bytes, 0, $rest;
}

# ---- streams ----

# Every job of a region since the last call, oldest first, in addition to
# what earlier calls have seen: [{monitor, slot, expires, spec, at}].
sub jobs {
    my ($self, $region) = @_;
    my $seen = $self->{seen}{$region} //= [];
    my $last = $self->{last}{$region};
    my $entries = $self->redis('XRANGE', "betterstack:jobs:$region", $last ? "($last" : '-', '+');
    for my $entry (@$entries) {
        my ($id, $fields) = @$entry;
        my %field = @$fields;
        my $job = msgpack_decode($field{job});
        ($job->{at}) = $id =~ /^(\d+)-/;
        $self->{last}{$region} = $id;
        push @$seen, $job;
    }
    return $seen;
}

# The stream is not what it was: its data was deleted.
sub forget { my ($self) = @_; $self->{last} = {} }

# How often each slot of a (monitor, region) was published: {slot => times}.
sub slots {
    my ($self, $region, $monitor) = @_;
    my %times;
    $times{$_->{slot}}++ for grep { $_->{monitor} == $monitor } @{$self->jobs($region)};
    return \%times;
}

# Slots between the first and the last that are not there.
sub missing {
    my ($slots, $interval, $from) = @_;
    my @there = sort { $a <=> $b } keys %$slots;
    return () if !@there;
    my @missing;
    for (my $slot = $from // $there[0]; $slot < $there[-1]; $slot += $interval) {
        push @missing, $slot if !$slots->{$slot};
    }
    return @missing;
}

sub doubled {
    my ($slots) = @_;
    return grep { $slots->{$_} > 1 } sort { $a <=> $b } keys %$slots;
}

# Waits until every (monitor, region) has a slot after `after`.
sub wait_after {
    my ($self, $after, $regions, $monitors, $seconds, $what) = @_;
    return wait_for(sub {
        for my $region (@$regions) {
            my %newest;
            for my $job (@{$self->jobs($region)}) {
                $newest{$job->{monitor}} = $job->{slot} if $job->{slot} > ($newest{$job->{monitor}} // 0);
            }
            return 0 if grep { ($newest{$_} // 0) <= $after } @$monitors;
        }
        return 1;
    }, $seconds // 20, $what // "a slot after $after");
}

# The process that holds the lease, or undef.
sub holder {
    my ($self) = @_;
    my $token = $self->redis('GET', 'betterstack:scheduler') // return undef;
    return $token =~ /:(\d+):[0-9a-f]{16}$/ ? $1 : undef;
}

# ---- monitors, through the API ----

sub add {
    my ($self, %attributes) = @_;
    my ($status, $body) = $self->{stack}->api('POST', '/api/v2/monitors',
        {url => 'http://127.0.0.1:1/', monitor_type => 'status', check_frequency => 1, %attributes});
    die "adding a monitor: $status\n" if $status != 201;
    return $body->{data}{id};
}

sub change {
    my ($self, $id, %attributes) = @_;
    my ($status) = $self->{stack}->api('PATCH', "/api/v2/monitors/$id", \%attributes);
    die "changing monitor $id: $status\n" if $status != 200;
}

sub delete {
    my ($self, $id) = @_;
    my ($status) = $self->{stack}->api('DELETE', "/api/v2/monitors/$id");
    die "deleting monitor $id: $status\n" if $status != 204;
}

1;
