use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use BetterStack::Postgres;

# The hub's role executes functions of api, ingest and dispatch, and can do
# nothing else; the catalog says so, and so do attempts.

my $db = BetterStack::Postgres->new;
my $root = $db->session;
my $hub = $db->session('betterstack');

my $ours = q{('betterstack', 'core', 'api', 'ingest', 'dispatch')};
my $open = q{('api', 'ingest', 'dispatch')};

is($root->value("select string_agg(nspname, ' ' order by nspname) from pg_namespace
    where nspname in $ours and has_schema_privilege('betterstack', oid, 'usage')"),
    'api dispatch ingest', 'the schemas it may use');
is($root->value("select count(*) from pg_namespace
    where nspname <> 'pg_toast' and has_schema_privilege('betterstack', oid, 'create')"),
    0, 'it may create in no schema');
is($root->value("select string_agg(p.oid::regprocedure::text, ' ') from pg_proc p
    join pg_namespace n on n.oid = p.pronamespace
    where n.nspname in ('core', 'betterstack')
      and has_function_privilege('betterstack', p.oid, 'execute')"),
    undef, 'it may execute no function of core');
is($root->value("select string_agg(p.oid::regprocedure::text, ' ') from pg_proc p
    join pg_namespace n on n.oid = p.pronamespace
    where n.nspname in $open and not has_function_privilege('betterstack', p.oid, 'execute')"),
    undef, 'it may execute every function of the open schemas');
is($root->value("select string_agg(c.relname, ' ') from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in $ours and c.relkind in ('r', 'p', 'v', 'm', 'S')
      and case when c.relkind = 'S' then has_sequence_privilege('betterstack', c.oid, 'usage, select, update')
          else has_table_privilege('betterstack', c.oid, 'select, insert, update, delete, truncate, references, trigger') end"),
    undef, 'it has no right on any table or sequence');
is($root->value("select count(*) from pg_shdepend d join pg_roles r on r.oid = d.refobjid
    where r.rolname = 'betterstack' and d.deptype = 'o'"), 0, 'it owns nothing');
is($root->value("select count(*) from pg_auth_members m join pg_roles r on r.oid = m.member
    where r.rolname = 'betterstack'"), 0, 'it is a member of no role');
is($root->value("select concat(rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls)
    from pg_roles where rolname = 'betterstack'"), 'fffff', 'it has no attribute of power');
is($root->value("select concat(rolsuper, rolcanlogin) from pg_roles
    where rolname = 'betterstack_owner'"), 'ff', 'the owner can neither sign in nor do all');
is($root->value("select has_database_privilege('betterstack', current_database(), 'temp')"), 'f',
    'it may make no temporary tables');

# Nobody else either.
is($root->value("select string_agg(p.oid::regprocedure::text, ' ') from pg_proc p
    join pg_namespace n on n.oid = p.pronamespace
   cross join aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
    where n.nspname in $ours and a.grantee = 0"), undef, 'PUBLIC may execute nothing');

# Functions that run with the owner's rights cannot be led astray by a search_path.
is($root->value("select string_agg(p.oid::regprocedure::text, ' ') from pg_proc p
    join pg_namespace n on n.oid = p.pronamespace
    where n.nspname in $open and not (p.prosecdef and 'search_path=pg_catalog, pg_temp' = any (p.proconfig))"),
    undef, 'every open function is SECURITY DEFINER with a fixed search_path');
is($root->value("select string_agg(p.oid::regprocedure::text, ' ') from pg_proc p
    join pg_namespace n on n.oid = p.pronamespace
    where n.nspname in $ours and p.proowner <> 'betterstack_owner'::regrole"),
    undef, 'the owner owns every function');

my @tables = map { $_->[0] } @{$root->rows("select c.oid::regclass from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'betterstack' and c.relkind in ('r', 'p') order by 1")};
cmp_ok(scalar @tables, '>', 20, 'there are tables to try');
is_deeply([grep { ($hub->error("select * from $_ limit 0") // '') !~ /^42501/ } @tables], [],
    'it can read none of them');
like($hub->error($_), qr/^42501 /, $_) for (
    q{delete from betterstack.tick},
    q{insert into betterstack.region (slug, name) values ('x', 'x')},
    q{select core.random_token('x')},
    q{select core.monitors_rederive()},
    q{set role betterstack_owner},
    q{create table public.mine (a int)},
    q{create temp table mine (a int)},
    q{alter function api.me_get(bytea) owner to betterstack},
);
is($hub->value('select dispatch.schema_version()'), last_schema(),
    'but it can call what is open');
is($hub->value('show plan_cache_mode'), 'force_generic_plan', 'its statements are planned once');

# What is STABLE runs in the hub's read lane.
is($hub->error('begin read only; select api.monitor_list(null, null), api.monitor_get(null, 1),
    api.region_list(null), api.api_token_list(null), api.monitor_ticks(null, 1, null),
    api.sign_in_lookup(null), ingest.schedule(null, null); commit'), undef, 'reads only read');

done_testing;

sub last_schema { return (sort glob "$FindBin::Bin/../../sql/schema/*.sql")[-1] =~ m{/0*(\d+)_[^/]*$} ? $1 : die }
