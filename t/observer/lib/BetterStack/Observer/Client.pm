package BetterStack::Observer::Client;

# The API as any program sees it: HTTP, JSON and a bearer token.

use strict;
use warnings;

use HTTP::Tiny;
use JSON::PP qw(decode_json encode_json);

use BetterStack::Observer::Events;

use constant TIMEOUT_SECONDS => 20;

# new("http://127.0.0.1:8080", token)
sub new {
    my ($class, $base, $token) = @_;
    my $http = HTTP::Tiny->new(timeout => TIMEOUT_SECONDS, keep_alive => 1);
    return bless {base => $base, token => $token, http => $http}, $class;
}

# (status, decoded body or undef); status 599 when there was no answer.
sub request {
    my ($self, $method, $path, $body) = @_;
    my %headers = (Authorization => "Bearer $self->{token}");
    $headers{'Content-Type'} = 'application/json' if $body;
    my $answer = $self->{http}->request($method, "$self->{base}$path", {
        headers => \%headers, $body ? (content => encode_json($body)) : (),
    });
    my $json = ($answer->{headers}{'content-type'} // '') =~ m{^application/json};
    return ($answer->{status}, $json ? decode_json($answer->{content}) : undef);
}

# The `data` of the answer; dies unless the status is the expected one.
sub expect {
    my ($self, $expected, $method, $path, $body) = @_;
    my ($status, $answer) = $self->request($method, $path, $body);
    die "$method $path: $status " . encode_json($answer // {}) . "\n" if $status != $expected;
    return $answer ? $answer->{data} : undef;
}

sub get    { my ($self, $path) = @_; return $self->expect(200, 'GET', $path) }
sub create { my ($self, $path, $body) = @_; return $self->expect(201, 'POST', $path, $body) }
sub change { my ($self, $path, $body) = @_; return $self->expect(200, 'PATCH', $path, $body) }
sub delete { my ($self, $path) = @_; return $self->expect(204, 'DELETE', $path) }

sub events {
    my ($self) = @_;
    return BetterStack::Observer::Events->open($self->{base}, $self->{token});
}

1;
