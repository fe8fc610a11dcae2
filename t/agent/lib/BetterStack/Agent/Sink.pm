package BetterStack::Agent::Sink;

# A provider's end of an alert: writes down every request byte for byte and
# answers what the test says.
#
#   my $sink = BetterStack::Agent::Sink->new;
#   $sink->url('/hook');
#   $sink->answers({status => 503, headers => {'Retry-After' => 1}, body => '', delay => 0}, {});
#       # one after the other, the last for all that follow; {reset => 1}, {hang => 1},
#       # {drop => 1}: accepted and written down, but closed without an answer; {cut => 1}: closed in
#       # the middle of the answer; {stall => 1}: hangs there
#   $sink->answers_at('/path', {...});    # always this, at this path
#   $sink->requests   # [{time, method, path, headers => {lower case}, header_lines, body, status}, ...]
#       # status: what it was answered, 0 for none

use strict;
use warnings;

use BetterStack::Agent::Server qw(reply hold reset_connection);
use Fcntl qw(:flock);
use File::Temp qw(tempdir);
use JSON::PP;
use Time::HiRes qw(sleep time);

my $latin = JSON::PP->new->latin1;

sub new {
    my ($class, %how) = @_;
    my $self = bless {dir => tempdir('bs-sink-XXXXXX', DIR => '/tmp', CLEANUP => 1)}, $class;
    $self->answers({});
    $self->{server} = BetterStack::Agent::Server->new(sub { $self->converse($_[0]) }, %how);
    return $self;
}

sub port { $_[0]{server}->port }
sub url { my ($self, $path) = @_; return $self->{server}->url($path) }

sub answers {
    my ($self, @answers) = @_;
    $self->locked(sub { $self->keep('answers', \@answers) });
}

sub answers_at {
    my ($self, $path, $answer) = @_;
    $self->locked(sub { $self->keep('paths', {%{$self->kept('paths') // {}}, $path => $answer}) });
}

sub keep {
    my ($self, $name, $value) = @_;
    open my $out, '>:raw', "$self->{dir}/$name" or die "$name: $!\n";
    print $out encode_json($value);
}

sub kept {
    my ($self, $name) = @_;
    my $json = BetterStack::Agent::slurp("$self->{dir}/$name");
    return $json eq '' ? undef : decode_json($json);
}

sub requests {
    my ($self) = @_;
    return map { $latin->decode($_) } split /\n/,
        BetterStack::Agent::slurp("$self->{dir}/requests");
}

# ---- in the server's process ----

sub locked {
    my ($self, $do) = @_;
    open my $lock, '>>', "$self->{dir}/lock" or die "lock: $!\n";
    flock $lock, LOCK_EX;
    return $do->();
}

sub next_answer {
    my ($self, $path) = @_;
    my $paths = $self->kept('paths') // {};
    return $paths->{$path} if $paths->{$path};
    my $answers = $self->kept('answers');
    my $answer = @$answers > 1 ? shift @$answers : $answers->[0];
    $self->keep('answers', $answers);
    return $answer // {};
}

sub record {
    my ($self, $head, $body, $answer) = @_;
    my ($line, @headers) = split /\r\n/, $head;
    my ($method, $path) = $line =~ /^(\S+) (\S+)/;
    my %headers = map { /^([^:]+): ?(.*)$/ ? (lc $1 => $2) : () } @headers;
    open my $out, '>>:raw', "$self->{dir}/requests" or die "requests: $!\n";
    syswrite $out, $latin->encode({time => time, method => $method, path => $path,
        headers => \%headers,
        header_lines => \@headers, body => $body,
        status => $answer->{reset} || $answer->{drop} || $answer->{hang} ? 0 : $answer->{status}
        // 200}) . "\n";
}

sub converse {
    my ($self, $client) = @_;
    while (my ($head, $body) = BetterStack::Agent::Server::request($client)) {
        last if !defined $head;
        my $answer = $self->locked(sub {
            my $next = $self->next_answer($head =~ /^\S+ (\S+)/);
            $self->record($head, $body, $next);
            return $next;
        });
        reset_connection($client) if $answer->{reset};
        return if $answer->{drop};
        return hold($client) if $answer->{hang};
        sleep $answer->{delay} if $answer->{delay};
        if ($answer->{cut} || $answer->{stall}) {
            reply($client, 'HTTP/1.1 ' . ($answer->{status} // 200)
                . " Answer\r\nContent-Length: 100\r\n\r\n"
                . ($answer->{body} // 'begun'));
            return $answer->{stall} ? hold($client) : ();
        }
        my $said = $answer->{body} // '';
        my $headers = $answer->{headers} // {};
        reply($client, join "\r\n", 'HTTP/1.1 ' . ($answer->{status} // 200) . ' Answer',
            'Content-Length: ' . length $said, (map { "$_: $headers->{$_}" } sort keys %$headers),
            '', $said) or last;
    }
}

1;
