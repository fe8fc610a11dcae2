package BetterStack::Wire;

# What agents send to the hub, packed in Perl: the tests of the hub share no
# code with it.  Values are [type => value] pairs or plain Perl: undef is nil,
# what looks like an integer is one, anything else is a string.

use strict;
use warnings;

use Exporter 'import';

our @EXPORT_OK = qw(pack_value pack_report pack_tick tick now_ms);

use Time::HiRes ();

sub now_ms { return int(Time::HiRes::time() * 1000) }

sub pack_string {
    my ($bytes) = @_;
    my $length = length $bytes;
    return chr(0xa0 | $length) . $bytes if $length < 32;
    return $length < 65536 ? "\xda" . pack('n', $length) . $bytes : "\xdb" . pack('N', $length) . $bytes;
}

sub pack_value {
    my ($value) = @_;
    return "\xc0" if !defined $value;
    return $$value if ref $value eq 'SCALAR';    # packed already
    return "\xdd" . pack('N', scalar @$value) . join '', map { pack_value($_) } @$value
        if ref $value eq 'ARRAY';
    return "\xdf" . pack('N', scalar keys %$value)
        . join '', map { pack_string($_) . pack_value($value->{$_}) } sort keys %$value
        if ref $value eq 'HASH';
    return "\xd3" . pack('q>', $value) if $value =~ /^-?\d{1,18}$/;
    return pack_string($value);
}

my @fields = qw(monitor slot checked_at status reason attempts http_status address dns connect tls
    first_byte total evidence flags expires_at domain_expires_at);

# A tick that is up; anything may be given.
sub tick {
    my ($monitor, $slot, %other) = @_;
    return {
        monitor => $monitor, slot => $slot, checked_at => $slot + 7, status => 1, reason => 0,
        attempts => 1, http_status => 200, address => '127.0.0.1', dns => 100, connect => 200,
        tls => -1, first_byte => 300, total => 400, evidence => undef,
        flags => 0, expires_at => 0, domain_expires_at => 0, %other,
    };
}

sub pack_tick {
    my ($tick) = @_;
    return pack_value([map { $tick->{$_} } @fields]);
}

# The report of these ticks; anything at the top may be given.
sub pack_report {
    my ($ticks, %other) = @_;
    return pack_value({
        v => 1, agent => 'test-1', version => '0.0.1', deliveries => [], self => {},
        ticks => [map { \pack_tick($_) } @$ticks], %other,
    });
}

1;
