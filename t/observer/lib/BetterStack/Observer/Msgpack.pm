package BetterStack::Observer::Msgpack;

# Msgpack in Perl, so that the observer reads and writes the wire with code
# that shares nothing with the system it watches.

use strict;
use warnings;

use Exporter 'import';
our @EXPORT_OK = qw(msgpack_decode msgpack_job);

use constant DEPTH_MAX => 8;

# first byte => [unpack template, bytes]
my %number = (
    0xcc => ['C',  1], 0xcd => ['n',  2], 0xce => ['N',  4], 0xcf => ['Q>', 8],
    0xd0 => ['c',  1], 0xd1 => ['s>', 2], 0xd2 => ['l>', 4], 0xd3 => ['q>', 8],
    0xca => ['f>', 4], 0xcb => ['d>', 8],
);

my %string = (
    0xd9 => ['C', 1], 0xda => ['n', 2], 0xdb => ['N', 4],
    0xc4 => ['C', 1], 0xc5 => ['n', 2], 0xc6 => ['N', 4],
);

my %constant = (0xc0 => undef, 0xc2 => 0, 0xc3 => 1);

# The value in the bytes, which must hold exactly one; dies otherwise.
sub msgpack_decode {
    my ($bytes) = @_;
    my $at = 0;
    my $value = value(\$bytes, \$at, 0);
    die "msgpack: bytes after the value\n" if $at != length $bytes;
    return $value;
}

sub take {
    my ($bytes, $at, $count) = @_;
    die "msgpack: cut short\n" if $$at + $count > length $$bytes;
    my $taken = substr $$bytes, $$at, $count;
    $$at += $count;
    return $taken;
}

sub value {
    my ($bytes, $at, $depth) = @_;
    die "msgpack: too deep\n" if $depth > DEPTH_MAX;

    my $first = ord take($bytes, $at, 1);
    return $first if $first <= 0x7f;
    return $first - 256 if $first >= 0xe0;
    return $constant{$first} if exists $constant{$first};
    return take($bytes, $at, $first & 0x1f) if ($first & 0xe0) == 0xa0;
    return map_of($bytes, $at, $depth, $first & 0x0f) if ($first & 0xf0) == 0x80;
    return array_of($bytes, $at, $depth, $first & 0x0f) if ($first & 0xf0) == 0x90;

    if (my $kind = $number{$first}) {
        return unpack $kind->[0], take($bytes, $at, $kind->[1]);
    }
    if (my $kind = $string{$first}) {
        return take($bytes, $at, unpack $kind->[0], take($bytes, $at, $kind->[1]));
    }

    return array_of($bytes, $at, $depth, unpack 'n', take($bytes, $at, 2)) if $first == 0xdc;
    return array_of($bytes, $at, $depth, unpack 'N', take($bytes, $at, 4)) if $first == 0xdd;
    return map_of($bytes, $at, $depth, unpack 'n', take($bytes, $at, 2)) if $first == 0xde;
    return map_of($bytes, $at, $depth, unpack 'N', take($bytes, $at, 4)) if $first == 0xdf;
    die sprintf "msgpack: unexpected byte 0x%02x\n", $first;
}

sub array_of {
    my ($bytes, $at, $depth, $count) = @_;
    my @values;
    push @values, scalar value($bytes, $at, $depth + 1) for 1 .. $count;
    return \@values;
}

sub map_of {
    my ($bytes, $at, $depth, $count) = @_;
    my %values;
    for (1 .. $count) {
        my $key = value($bytes, $at, $depth + 1);
        $values{$key} = value($bytes, $at, $depth + 1);
    }
    return \%values;
}

# A job as the hub publishes it (shared/bs_wire.h); $spec is packed already.
sub msgpack_job {
    my ($monitor, $slot_ms, $expires_ms, $spec) = @_;
    return "\x86"
        . "\xa1v\x01"
        . "\xa7monitor\xce" . pack('N', $monitor)
        . "\xa4slot\xd3" . pack('q>', $slot_ms)
        . "\xa7expires\xd3" . pack('q>', $expires_ms)
        . "\xa6urgent\xc2"
        . "\xa4spec" . $spec;
}

1;
