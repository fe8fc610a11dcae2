#!/usr/bin/perl

# The dashboard's pure modules, in Node: no browser needed.

use strict;
use warnings;

use FindBin;
use Test::More;

plan skip_all => 'no node' if system('node --version >/dev/null 2>&1') != 0;
exec 'node', "$FindBin::Bin/model.mjs" or die "node: $!\n";
