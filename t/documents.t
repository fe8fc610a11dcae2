# What CHANNELS.md tells people of kinds of channels is what the hub takes and agents fill in.

use strict;
use warnings;
use utf8;

use FindBin;
use JSON::PP;
use Test::More;

binmode Test::More->builder->$_, ':encoding(UTF-8)' for qw(output failure_output);
my $root = "$FindBin::Bin/..";

sub text_of {
    my ($file) = @_;
    open my $in, '<:encoding(UTF-8)', "$root/$file" or die "$file: $!\n";
    local $/;
    return scalar <$in>;
}

# kind => {setting => 'secret required', ...}
sub told {
    my ($text) = @_;
    my %kinds;
    while ($text =~ /^\| `(\w+)` [^|]+ \| ([^|]+) \| [^|]+ \|$/mg) {
        my ($kind, $settings) = ($1, $2);
        while ($settings =~ /(\*\*)?`(\w+)`(?:\*\*)?( ⚿)?/g) {
            $kinds{$kind}{$2} = join ' ', $3 ? 'secret' : (), $1 ? 'required' : ();
        }
    }
    return \%kinds;
}

sub taken {
    my ($json) = text_of('sql/core/channel_kind.sql')
        =~ /core\.channel_kinds\(\).*?'(\{.*?\})'::jsonb/s;
    my $kinds = decode_json($json);
    my %taken;
    for my $kind (keys %$kinds) {
        for my $part (keys %{$kinds->{$kind}}) {
            my $rules = $kinds->{$kind}{$part};
            $taken{$kind}{$_} = join ' ', $part eq 'secrets' ? 'secret' : (),
                $rules->{$_}{required} ? 'required' : () for keys %$rules;
        }
    }
    return \%taken;
}

# The names between these two in a file.
sub names {
    my ($file, $from, $to, $name) = @_;
    my ($part) = text_of($file) =~ /$from(.*?)$to/s;
    return [sort(($part // '') =~ /$name/g)];
}

my $channels = text_of('CHANNELS.md');
is_deeply told($channels), taken(), 'the settings of each kind';
is_deeply names('CHANNELS.md', qr/A `POST` of JSON: `version`, `key`,/, qr/:/, qr/`(\w+)`/),
    names('agent/channel_webhook.c', qr/members\[\] = \{/, qr/\};/, qr/"(\w+)"/),
    'the members of what a webhook gets';
is_deeply names('CHANNELS.md', qr/may have them, too:/, qr/`\$\$`/, qr/`(\w+)`/),
    names('agent/channel_template.c', qr/placeholders\[\] = \{/, qr/\};/, qr/\{"(\w+)"/),
    'the placeholders';

done_testing;
