# shellcheck shell=bash
# Processes by name: started in a session of their own, recorded in
# $STATE/pid/NAME.pid as pid and kernel start time, which together name one
# process for ever.  Nothing else is ever signalled.

PROCESS_STARTED=() # by this call, in order

die() {
    echo "error: $*" >&2
    exit 1
}

# Fields of /proc/PID/stat from "state" on, in the array `stat`; the command's
# name before them may hold anything.
process_stat() {
    local line
    { read -r -d "" line || [ -n "$line" ]; } 2>/dev/null < "/proc/$1/stat" || return 1
    read -r -a stat <<< "${line##*) }"
}

process_started_at() {
    local stat
    process_stat "$1" && [ "${stat[0]}" != Z ] && echo "${stat[19]}"
}

process_pid() {
    local pid
    { read -r pid < "$STATE/pid/$1.pid"; } 2>/dev/null && echo "$pid"
}

# One that ended before its start could be read has none.
process_alive() {
    local pid start
    { read -r pid && read -r start; } 2>/dev/null < "$STATE/pid/$1.pid" || return 1
    [ -n "$start" ] && [ "$(process_started_at "$pid")" = "$start" ]
}

# process_start NAME COMMAND...: output goes to log/NAME.log.
process_start() {
    local name=$1 pid start
    shift
    env --chdir=/ --default-signal=INT,QUIT setsid "$@" \
        >> "$STATE/log/$name.log" 2>&1 < /dev/null 9>&- &
    pid=$!
    disown
    start=$(process_started_at "$pid") || true
    printf '%s\n%s\n' "$pid" "$start" > "$STATE/pid/$name.pid"
    PROCESS_STARTED+=("$name")
}

process_signal() {
    if process_alive "$1"; then
        kill -s "$2" "$(process_pid "$1")" 2>/dev/null || true
    fi
}

# Members of a session whose leader is gone: workers of an nginx whose master
# was killed.  A session's number is not given to others while it has members.
process_orphans() { # the leader's pid
    local dir stat
    for dir in /proc/[0-9]*; do
        if process_stat "${dir#/proc/}" && [ "${stat[3]}" = "$1" ] && [ "${stat[0]}" != Z ]; then
            echo "${dir#/proc/}"
        fi
    done
}

process_wait_end() { # name, seconds
    local deadline=$((SECONDS + $2 * STACK_PATIENCE))
    while process_alive "$1"; do
        [ "$SECONDS" -le "$deadline" ] || return 1
        sleep 0.05
    done
}

# process_stop NAME SIGNAL SECONDS: then more and more firmly.
process_stop() {
    local name=$1 pid orphan
    pid=$(process_pid "$name") || return 0
    if process_alive "$name"; then
        process_signal "$name" "$2"
        if ! process_wait_end "$name" "$3"; then
            process_signal "$name" TERM
            process_wait_end "$name" 2 || kill -s KILL -- "-$pid" 2>/dev/null || true
            process_wait_end "$name" 5 || die "$name (pid $pid) does not end"
        fi
    fi
    if [ ! -d "/proc/$pid" ]; then
        for orphan in $(process_orphans "$pid"); do
            kill -s KILL "$orphan" 2>/dev/null || true
        done
    fi
    rm -f "$STATE/pid/$name.pid"
}

# process_ready NAME SECONDS COMMAND...: until COMMAND succeeds; fails, with
# the end of the log, when the process ends or time is up.
process_ready() {
    local name=$1 deadline=$((SECONDS + $2 * STACK_PATIENCE))
    shift 2
    while ! "$@" > /dev/null 2>&1; do
        if ! process_alive "$name" || [ "$SECONDS" -gt "$deadline" ]; then
            return 1
        fi
        sleep 0.05
    done
}

log_tail() {
    local file
    for file in "$@"; do
        if [ -s "$STATE/log/$file.log" ]; then
            echo "--- the end of $STATE/log/$file.log" >&2
            tail -n 12 "$STATE/log/$file.log" >&2
        fi
    done
}

# Every log, each line after its name, until logs_unfollow.
LOGS_FOLLOWERS=()

logs_follow() {
    local file name shown color=31
    for file in "$STATE"/log/*.log; do
        name=$(basename "$file" .log)
        shown=$name
        if [ -t 1 ]; then
            color=$((color % 36 + 1))
            [ "$color" -ge 31 ] || color=32
            shown=$'\e['"${color}m$name"$'\e[0m'
        fi
        tail -n 0 -F --pid=$$ "$file" 2>/dev/null 9>&- > >(exec sed -u "s/^/$shown | /" 9>&-) &
        LOGS_FOLLOWERS+=($!)
    done
}

logs_unfollow() {
    if [ "${#LOGS_FOLLOWERS[@]}" != 0 ]; then
        sleep 0.2 # for the last lines
        kill "${LOGS_FOLLOWERS[@]}" 2>/dev/null || true
    fi
}
