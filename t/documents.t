# What CHANNELS.md tells people of kinds of channels is what the hub takes and agents fill in; the
# README has every directive, and no address that the hub does not know.

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


# The rows of a table; what is between back quotes in them and looks like this.
sub in_tables {
    my ($file, $name) = @_;
    return map { /`($name)/g } text_of($file) =~ /^\|(.*)$/mg;
}

is_deeply [sort(in_tables('README.md', qr/betterstack_\w+/))],
    names('ngx_betterstack_module/ngx_betterstack_module.c', qr/_commands\[\] = \{/,
        qr/ngx_null_command/, qr/ngx_string\("(\w+)"\)/),
    'the directives';

# The addresses of a file: those with all before them, and those in tables without.
sub addresses {
    my ($file) = @_;
    my @told = text_of($file) =~ m{(?:/api/v[23])(/[\w/.-]+)}g;
    push @told, grep { !m{^/(?:api|agent|healthz|metrics|probe)\b} } in_tables($file, qr{/[\w/.-]+});
    return map { s{/(?:\d+|default)(?=/|$)}{/ID}gr } @told;
}

my %known = map { s/\{\w+\}/ID/gr => 1 }
    text_of('ngx_betterstack_module/http/ngx_bs_route_table.c') =~ m{"(/[^"]+)"}g;
for my $file ('README.md', 'docs/growing.md') {
    my @addresses = addresses($file);
    ok @addresses > 0, "$file has addresses";
    is_deeply [grep { !$known{$_} } @addresses], [], "the hub knows those of $file";
}

done_testing;
