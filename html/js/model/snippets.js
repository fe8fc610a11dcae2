/** Pure: how a job tells a heartbeat how it went, ready to paste, with the real address in it. */

const CURL = 'curl -fsS -m 10 --retry 3 -o /dev/null';

const MINUTE_S = 60;
const HOUR_S = 3600;
const NIGHTLY = '0 2 * * *';

/** When a crontab would run a job of this period, if one can say so. */
function cronOf(period) {
  const minutes = period / MINUTE_S;
  const hours = period / HOUR_S;
  if (minutes === 1) return '* * * * *';
  if (hours === 1) return '0 * * * *';
  if (Number.isInteger(minutes) && 60 % minutes === 0) return `*/${minutes} * * * *`;
  return 24 % hours === 0 && hours < 24 ? `0 */${hours} * * *` : NIGHTLY;
}

/** [key, title, hint, text]; the line of the crontab has the heartbeat's own times. */
export const snippets = (url, { cron, period }) => [
  ['curl', 'curl', 'At the end of a script: it went well.', `${CURL} ${url}`],
  ['crontab', 'crontab', 'Tells when it starts, and with which exit code it ends. Put your own command in the middle.',
    `${cron ?? cronOf(period)} ${CURL} ${url}/start; /path/to/job; ${CURL} ${url}/$?`],
  ['shell', 'Shell', 'A function that runs any command, and sends its exit code and the end of its output.', shell(url)],
  ['systemd', 'systemd', 'For a service that a timer starts.', systemd(url)],
  ['kubernetes', 'Kubernetes', 'The command of a CronJob’s container. The image needs curl.', kubernetes(url)],
  ['powershell', 'PowerShell', 'For the task scheduler of Windows.', powershell(url)],
];

const shell = (url) => `betterstack_run() (
  url=$1; shift
  ${CURL} "$url/start"
  output=$("$@" 2>&1); code=$?
  printf '%s\\n' "$output"
  printf '%s' "$output" | tail -c 10000 | ${CURL} --data-binary @- "$url/$code"
  exit "$code"
)

betterstack_run ${url} /path/to/job`;

const systemd = (url) => `# /etc/systemd/system/betterstack-ping@.service
[Service]
Type=oneshot
ExecStart=/usr/bin/${CURL} ${url}/%i

# and in your own service
[Unit]
Wants=betterstack-ping@start.service
OnSuccess=betterstack-ping@0.service
OnFailure=betterstack-ping@fail.service`;

const kubernetes = (url) => `command: ["/bin/sh", "-c"]
args: ["${CURL} ${url}/start; /path/to/job; code=$?; ${CURL} ${url}/$code; exit $code"]`;

const powershell = (url) => `$url = '${url}'
Invoke-RestMethod "$url/start" | Out-Null
$output = & C:\\path\\to\\job.exe 2>&1 | Out-String
Invoke-RestMethod "$url/$LASTEXITCODE" -Method Post -Body $output -ContentType 'text/plain; charset=utf-8' | Out-Null`;
