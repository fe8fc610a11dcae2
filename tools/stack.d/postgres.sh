# shellcheck shell=bash
# The private PostgreSQL (a Unix socket only) and Redis.

POSTGRES_OLDEST=15

postgres_conninfo() {
    echo "host=$SOCKETS dbname=betterstack user=betterstack_admin"
}

# Of the cluster if there is one, else the newest installed.
postgres_version() {
    local dir version newest=0
    if [ -f "$STATE/postgres/PG_VERSION" ]; then
        cat "$STATE/postgres/PG_VERSION"
        return
    fi
    for dir in /usr/lib/postgresql/*/bin/postgres; do
        version=${dir#/usr/lib/postgresql/}
        version=${version%%/*}
        if [ -x "$dir" ] && [ "$version" -gt "$newest" ]; then
            newest=$version
        fi
    done
    echo "$newest"
}

postgres_bin() {
    local version
    version=$(postgres_version)
    [ "$version" -ge "$POSTGRES_OLDEST" ] || die "PostgreSQL >= $POSTGRES_OLDEST is needed. Debian package: postgresql"
    [ -x "/usr/lib/postgresql/$version/bin/postgres" ] ||
        die "$STATE/postgres was made by PostgreSQL $version, which is not installed. Debian package: postgresql-$version"
    echo "/usr/lib/postgresql/$version/bin"
}

postgres_create() {
    local bin=$1
    if [ -n "$STACK_TEMPLATE" ]; then
        rm -rf "$STATE/postgres.new"
        cp -a --reflink=auto "$STACK_TEMPLATE" "$STATE/postgres.new"
    else
        echo "creating the database cluster"
        rm -rf "$STATE/postgres.new"
        place_own "$STATE/postgres.new" "$([ "$(id -u)" = 0 ] && echo "$POSTGRES_USER" || echo "$SERVICE_USER")"
        (cd / && "${AS_POSTGRES[@]}" "$bin/initdb" -D "$STATE/postgres.new" -U betterstack_admin \
            --auth=trust --encoding=UTF8 --locale=C.UTF-8 --no-sync) \
            > "$STATE/log/initdb.log" 2>&1 < /dev/null || { log_tail initdb; die "initdb failed"; }
        rm -f "$STATE/log/initdb.log"
    fi
    mv "$STATE/postgres.new" "$STATE/postgres"
}

# After a crash the old server's processes may need a moment to notice, and
# until then a new one refuses: so it is tried for a while.
postgres_start() {
    local bin deadline=$((SECONDS + 30))
    if process_alive postgres; then
        return
    fi
    bin=$(postgres_bin)
    [ -d "$STATE/postgres" ] || postgres_create "$bin"
    while :; do
        # shellcheck disable=SC2086 # options are words
        process_start postgres "${AS_POSTGRES[@]}" "$bin/postgres" -D "$STATE/postgres" \
            -c listen_addresses= -c "unix_socket_directories=\"$SOCKETS\"" -c port=5432 \
            -c max_connections=200 -c log_line_prefix='%m [%p] ' -c log_checkpoints=off $STACK_POSTGRES
        if process_ready postgres 20 "$bin/pg_isready" -q -h "$SOCKETS" -p 5432 -U betterstack_admin -d postgres; then
            return
        fi
        if [ "$SECONDS" -gt "$deadline" ]; then
            log_tail postgres
            die "PostgreSQL did not start"
        fi
        stop_piece postgres
        sleep 0.2
    done
}

postgres_migrate() {
    "$ROOT/sql/migrate" --create "$(postgres_conninfo)" > "$STATE/log/migrate.log" 2>&1 9>&- ||
        { log_tail migrate; die "sql/migrate failed"; }
}

# A migrated cluster that never saw a client, to be copied by tests.
postgres_template() {
    local target=$1
    STATE=$(mktemp -d /tmp/betterstack-template-XXXXXX)
    chmod 755 "$STATE"
    STACK_POSTGRES="-c fsync=off"
    place_find
    trap 'stop_piece postgres; rm -rf "$STATE"' EXIT
    place_prepare
    postgres_start
    postgres_migrate
    stop_piece postgres
    rm -rf "$target.new"
    mkdir -p "$(dirname "$target")"
    cp -a "$STATE/postgres" "$target.new"
    mv "$target.new" "$target"
}

# Nothing in Redis is worth keeping: no files.
redis_start() {
    if process_alive redis; then
        return
    fi
    rm -f "$SOCKETS/redis.sock"
    process_start redis "${AS_SERVICE[@]}" redis-server --port 0 --save '' --appendonly no --loglevel warning \
        --unixsocket "$SOCKETS/redis.sock" --unixsocketperm 700 --dir "$STATE/redis" --daemonize no
    process_ready redis 10 redis-cli -s "$SOCKETS/redis.sock" ping ||
        { log_tail redis; die "Redis did not start"; }
}
