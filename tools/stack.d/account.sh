# shellcheck shell=bash
# The first account, its API token, regions and their tokens: all made through
# the hub's own API, so each first start proves it.

ACCOUNT_EMAIL=admin@localhost

api_credential() { # kind, file: lines of a curl configuration
    if [ "$1" = token ]; then
        printf 'header = "Authorization: Bearer %s"\n' "$(cat "$2")"
    else
        printf 'cookie = "%s"\ncookie-jar = "%s"\n' "$2" "$2"
    fi
}

# api CREDENTIAL METHOD PATH [BODY]: sets api_status and api_body.  CREDENTIAL
# is "token FILE" or "cookies FILE"; secrets stay off the command line.
api() {
    local kind=${1%% *} file=${1#* } method=$2 path=$3 answer
    local options=(-sS --noproxy '*' -m 30 -X "$method" -H "Origin: $HUB" -w '\n%{http_code}')
    if [ $# -gt 3 ]; then
        options+=(-H 'Content-Type: application/json' --data-binary @-)
    fi
    # bash closes <() after the command it stands in: so it stands in curl's own.
    answer=$(printf '%s' "${4:-}" | curl "${options[@]}" -K <(api_credential "$kind" "$file") \
        "$HUB$path") || answer=$'\n000'
    api_status=${answer##*$'\n'}
    api_body=${answer%$'\n'*}
}

api_expect() { # what for, status
    if [ "$api_status" != "$2" ]; then
        echo "$api_body" >&2
        log_tail nginx-error
        die "$1: the hub answered $api_status instead of $2"
    fi
}

# json EXPRESSION over the last answer, `d`.
json() {
    node -p "const d = JSON.parse(require('fs').readFileSync(0, 'utf8')); $1" <<< "$api_body"
}

save_secret() { # file, text
    (umask 077 && printf '%s\n' "$2" > "$1.new" && mv "$1.new" "$1")
}

# In $jar: a session of the account, made if there is none.
account_sign_in() {
    local credentials
    if [ ! -s "$STATE/admin-password" ]; then
        save_secret "$STATE/admin-password" "$(head -c 18 /dev/urandom | base64 -w 0 | tr '+/' '-_')"
        export ACCOUNT_NEW=yes
    fi
    credentials="\"email\":\"$ACCOUNT_EMAIL\",\"password\":\"$(cat "$STATE/admin-password")\""
    api "cookies $jar" POST /api/v2/sign-in "{$credentials}"
    if [ "$api_status" != 200 ]; then
        api "cookies $jar" POST /api/v2/sign-up "{$credentials,\"name\":\"Administrator\"}"
        api_expect "signing up $ACCOUNT_EMAIL" 201
    fi
}

account_ensure() {
    local jar token
    if [ -s "$STATE/admin-token" ]; then
        api "token $STATE/admin-token" GET /api/v2/me
        if [ "$api_status" = 200 ]; then
            return
        fi
    fi
    jar=$(mktemp "$STATE/.cookies-XXXXXX")
    account_sign_in
    api "cookies $jar" POST /api/v2/api-tokens '{"name":"admin-token"}'
    api_expect "making an API token" 201
    token=$(json d.data.attributes.token)
    save_secret "$STATE/admin-token" "$token"
    api "cookies $jar" POST /api/v2/sign-out '{}'
    rm -f "$jar"
}

# The id of a region, made if there is none.
region_id() {
    api "token $STATE/admin-token" GET '/api/v2/regions?per_page=250'
    api_expect "listing regions" 200
    id=$(json "d.data.find((r) => r.attributes.slug === '$1')?.id ?? ''")
    if [ -z "$id" ]; then
        api "token $STATE/admin-token" POST /api/v2/regions "{\"slug\":\"$1\",\"name\":\"$1\"}"
        api_expect "making the region $1" 201
        id=$(json d.data.id)
    fi
}

region_token_works() { # a file
    [ -s "$1" ] && curl -sf --noproxy '*' -m 30 -o /dev/null -K <(api_credential token "$1") \
        "$HUB/agent/v1/schedule"
}

# Private addresses may be probed here, and only here: this is a local stack.
region_conf() {
    cat << END
# Written by tools/stack at each start.
hub = $HUB
token = $(cat "$STATE/agent-$1.token")
redis = unix:$SOCKETS/redis.sock
state = $STATE/agent-$1
name = $1-1
region = $1
allow = 127.0.0.0/8 ::1/128 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 fc00::/7
$STACK_AGENT_CONF
END
}

region_ensure() {
    local id token
    if ! region_token_works "$STATE/agent-$1.token"; then
        region_id "$1"
        api "token $STATE/admin-token" POST "/api/v2/regions/$id/tokens" '{"name":"local stack"}'
        api_expect "making a token of the region $1" 201
        token=$(json d.data.attributes.token)
        save_secret "$STATE/agent-$1.token" "$token"
    fi
    (umask 077 && region_conf "$1" > "$STATE/agent-$1.conf")
    if [ "$(id -u)" = 0 ]; then
        chown "$SERVICE_USER" "$STATE/agent-$1.conf"
    fi
}
