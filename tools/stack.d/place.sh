# shellcheck shell=bash
# Where things are, and as whom they run.

POSTGRES_USER=postgres # Debian's account, used only when we are root
SOCKET_PATH_MAX=107    # bytes of a Unix socket's path on Linux

# Absolute paths, whatever the caller's folder.
place_find() {
    case $STATE in
        /*) ;;
        *) STATE=$PWD/$STATE ;;
    esac
    case $BUILD in
        /*) ;;
        *) BUILD=$ROOT/$BUILD ;;
    esac
    SOCKETS=$STATE/run
    if [ -L "$SOCKETS" ]; then
        SOCKETS=$(readlink "$SOCKETS")
    fi
}

# A path too long for a socket is replaced by a short folder; $STATE/run is
# then a link to it, and is made anew when /tmp was emptied.
place_sockets() {
    local longest=$STATE/run/.s.PGSQL.5432
    if [ "${#longest}" -le "$SOCKET_PATH_MAX" ]; then
        mkdir -p "$STATE/run"
    elif [ ! -d "$STATE/run" ]; then
        ln -sfn "$(mktemp -d /tmp/betterstack-run-XXXXXX)" "$STATE/run"
    fi
    SOCKETS=$STATE/run
    if [ -L "$SOCKETS" ]; then
        SOCKETS=$(readlink "$SOCKETS")
    fi
    chmod 700 "$SOCKETS"
}

postgres_reaches() {
    setpriv --reuid="$POSTGRES_USER" --regid="$POSTGRES_USER" --init-groups \
        test -x "$1" -a -r "$1" 2>/dev/null
}

# PostgreSQL refuses to run as root, so as root we use Debian's account for it
# and, where that account can reach our folders, for all the rest too.
place_accounts() {
    # shellcheck disable=SC2034 # the other parts use them
    AS_POSTGRES=()
    AS_SERVICE=()
    AS_AGENT=()
    if [ "$(id -u)" != 0 ]; then
        SERVICE_USER=$(id -un)
        return
    fi
    id "$POSTGRES_USER" > /dev/null 2>&1 || die "there is no account $POSTGRES_USER: is the package postgresql installed?"
    AS_POSTGRES=(setpriv --reuid="$POSTGRES_USER" --regid="$POSTGRES_USER" --init-groups)
    if postgres_reaches "$STATE" && postgres_reaches "$BUILD"; then
        SERVICE_USER=$POSTGRES_USER
        # shellcheck disable=SC2034
        AS_SERVICE=("${AS_POSTGRES[@]}")
        # shellcheck disable=SC2034 # for pings, where net.ipv4.ping_group_range leaves it out
        AS_AGENT=("${AS_POSTGRES[@]}" --inh-caps=+net_raw --ambient-caps=+net_raw)
        if ! "${AS_AGENT[@]}" true 2> /dev/null; then
            AS_AGENT=("${AS_POSTGRES[@]}") # a container without that capability
        fi
    else
        # As below /root: PostgreSQL may pass folders that are closed to others.
        SERVICE_USER=root
        AS_POSTGRES+=(--inh-caps=+dac_read_search --ambient-caps=+dac_read_search)
    fi
}

place_own() { # a folder, an account
    mkdir -p "$1"
    if [ "$(id -u)" = 0 ]; then
        chown "$2": "$1"
    fi
}

place_prepare() {
    mkdir -p "$STATE/log" "$STATE/pid" "$STATE/nginx" "$BUILD"
    [ -w "$STATE/pid" ] || die "$STATE belongs to $(stat -c %U "$STATE"): run as that account, or use another STATE"
    place_sockets
    place_accounts
    place_own "$SOCKETS" "$([ "$(id -u)" = 0 ] && echo "$POSTGRES_USER" || echo "$SERVICE_USER")"
    place_own "$STATE/redis" "$SERVICE_USER"
    place_own "$STATE/log" "$SERVICE_USER"
    if [ ! -s "$STATE/secret" ]; then
        (umask 077 && head -c 48 /dev/urandom | base64 -w 0 > "$STATE/secret")
    fi
}

# One command at a time changes a stack.
place_lock() {
    mkdir -p "$STATE"
    exec 9> "$STATE/.lock"
    flock -w 60 9 || die "another command holds $STATE/.lock"
}

place_unlock() {
    exec 9>&-
}
