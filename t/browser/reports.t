#!/usr/bin/perl

# The pure modules of scheduled reports, in Node.

use strict;
use warnings;

use FindBin;
use Test::More;

plan skip_all => 'no node' if system('node --version >/dev/null 2>&1') != 0;
exec 'node', "$FindBin::Bin/reports.mjs" or die "node: $!\n";
