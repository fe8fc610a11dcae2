# shellcheck shell=bash
# nginx with the module, and the agents.

nginx_conf() {
    local user=
    if [ "$(id -u)" = 0 ]; then
        user="user $SERVICE_USER;"
    fi
    cat << END
# Written by tools/stack at each start.
$user
daemon off;
worker_processes $WORKERS;
worker_shutdown_timeout 30s;
pid "$STATE/nginx/nginx.pid";
error_log "$STATE/log/nginx-error.log" notice;
load_module "$BUILD/ngx_betterstack_module.so";
thread_pool default threads=2 max_queue=64;
$STACK_NGINX_MAIN

events {
    worker_connections 2048;
}

http {
    log_format betterstack '\$time_iso8601 \$status \$request_method \$request_uri '
                           '\${request_time}s \${body_bytes_sent}B';
    access_log "$STATE/log/nginx-access.log" betterstack;

    client_body_temp_path "$STATE/nginx/body";
    proxy_temp_path "$STATE/nginx/proxy";
    fastcgi_temp_path "$STATE/nginx/fastcgi";
    uwsgi_temp_path "$STATE/nginx/uwsgi";
    scgi_temp_path "$STATE/nginx/scgi";

    betterstack_zone betterstack:16m;
    betterstack_postgres "host=$SOCKETS dbname=betterstack user=betterstack" connections=$STACK_CONNECTIONS;
    betterstack_redis "unix:$SOCKETS/redis.sock";
    betterstack_secret "$STATE/secret";
    betterstack_scheduler on;
    $STACK_NGINX_HTTP

    server {
        listen 127.0.0.1:$PORT;
        client_max_body_size 2m;
        client_body_buffer_size 2m;

        location / { betterstack_dashboard "$BUILD/html"; }
        location /assets/ { betterstack_dashboard "$BUILD/html"; access_log off; }
        location /api/ { betterstack_api; }

        # Who has one of these addresses needs nothing else.
        location /api/v1/ { betterstack_api; access_log off; }
        location /acknowledge/ { betterstack_dashboard "$BUILD/html"; access_log off; }

        # Agents report every second or so: that is not worth a line each.
        location /agent/v1/ { betterstack_agents; access_log off; }
        location = /healthz { betterstack_health; access_log off; }
        location = /metrics { betterstack_metrics; access_log off; }
        $STACK_NGINX_SERVER
    }
}
END
}

hub_answers() {
    local fail=-f
    if [ "$STACK_HEALTHY" = no ]; then
        fail=
    fi
    curl -s $fail --noproxy '*' -m 5 "$HUB/healthz"
}

# What nginx shows is what was built: it keeps index.html in memory.
hub_shows_build() {
    curl -s -f --noproxy '*' -m 5 "$HUB/" | cmp -s - "$BUILD/html/index.html"
}

# The time of nginx.conf is that of the last start or reload.
nginx_refresh() {
    if [ ! "$BUILD/html/index.html" -nt "$STATE/nginx/nginx.conf" ]; then
        return
    fi
    touch "$STATE/nginx/nginx.conf"
    process_signal nginx HUP
    if ! process_ready nginx 20 hub_shows_build; then
        log_tail nginx nginx-error
        die "the hub does not show the dashboard that was built"
    fi
}

nginx_start() {
    if process_alive nginx; then
        nginx_refresh
        return
    fi
    nginx_conf > "$STATE/nginx/nginx.conf"
    [ -f "$BUILD/ngx_betterstack_module.so" ] || die "$BUILD/ngx_betterstack_module.so is missing: make module"
    if (exec 3<> "/dev/tcp/127.0.0.1/$PORT") 2> /dev/null; then
        die "port $PORT is taken by another program; choose one with PORT=..."
    fi
    : >> "$STATE/log/nginx-access.log"
    # shellcheck disable=SC2086 # a command is words
    process_start nginx $STACK_WRAP_NGINX nginx -p "$STATE/nginx" -c "$STATE/nginx/nginx.conf" \
        -e "$STATE/log/nginx-error.log"
    if ! process_ready nginx 60 hub_answers; then
        curl -s --noproxy '*' -m 5 "$HUB/healthz" >&2 || true
        log_tail nginx nginx-error
        die "the hub did not become healthy"
    fi
}

agent_start() {
    local region=$1
    if process_alive "agent-$region"; then
        return
    fi
    [ -x "$BUILD/betterstack-agent" ] || die "$BUILD/betterstack-agent is missing: make agent"
    place_own "$STATE/agent-$region" "$SERVICE_USER"
    # shellcheck disable=SC2086 # a command is words
    process_start "agent-$region" "${AS_AGENT[@]}" $STACK_WRAP_AGENT \
        "$BUILD/betterstack-agent" run --config "$STATE/agent-$region.conf"
}

# An agent that cannot use its settings ends at once and says why.
agents_check() {
    local region
    sleep 0.2
    for region in $REGIONS; do
        if ! process_alive "agent-$region"; then
            log_tail "agent-$region"
            die "the agent of $region did not start"
        fi
    done
}
