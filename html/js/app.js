/** The root: which view for which path, and who may see it. */
import { useEffect } from 'preact/hooks';
import { html } from './html.js';
import { go, match, moves, nextPlace, path } from './router.js';
import { me, meProblem } from './session.js';
import { Header } from './parts/header.js';
import { HubBanner } from './parts/hub_banner.js';
import { Announcer } from './parts/announcer.js';
import { Splash } from './parts/splash.js';
import { SignIn } from './views/sign_in.js';
import { SignUp } from './views/sign_up.js';
import { Monitors } from './views/monitors.js';
import { NotFound } from './views/not_found.js';
import { fetchLater, lazy } from './lazy.js';

const Monitor = lazy(() => import('./views/monitor.js'), 'Monitor');
const Incidents = lazy(() => import('./views/incidents.js'), 'Incidents');
const Incident = lazy(() => import('./views/incident.js'), 'Incident', 'policies', 'time_form', 'channels');
const MonitorNew = lazy(() => import('./views/monitor_form.js'), 'MonitorNew', 'time_form');
const MonitorEdit = lazy(() => import('./views/monitor_form.js'), 'MonitorEdit', 'time_form');
const Heartbeats = lazy(() => import('./views/heartbeats.js'), 'Heartbeats', 'heartbeats');
const Heartbeat = lazy(() => import('./views/heartbeat.js'), 'Heartbeat', 'heartbeats');
const HeartbeatNew = lazy(() => import('./views/heartbeat_form.js'), 'HeartbeatNew', 'time_form');
const HeartbeatEdit = lazy(() => import('./views/heartbeat_form.js'), 'HeartbeatEdit', 'time_form');
const Windows = lazy(() => import('./views/windows.js'), 'Windows', 'windows');
const WindowNew = lazy(() => import('./views/window_form.js'), 'WindowNew', 'time_form', 'windows');
const WindowEdit = lazy(() => import('./views/window_form.js'), 'WindowEdit', 'time_form', 'windows');
const Policies = lazy(() => import('./views/policies.js'), 'Policies', 'policies');
const PolicyNew = lazy(() => import('./views/policy_form.js'), 'PolicyNew', 'policies');
const PolicyEdit = lazy(() => import('./views/policy_form.js'), 'PolicyEdit', 'policies');
const OnCall = lazy(() => import('./views/on_call.js'), 'OnCall', 'on_call', 'time_form', 'policies');
const Channels = lazy(() => import('./views/channels.js'), 'Channels', 'channels');
const Channel = lazy(() => import('./views/channel.js'), 'Channel', 'channels');
const ChannelNew = lazy(() => import('./views/channel_form.js'), 'ChannelNew', 'time_form', 'channels');
const ChannelEdit = lazy(() => import('./views/channel_form.js'), 'ChannelEdit', 'time_form', 'channels');
const ContactNew = lazy(() => import('./views/channel_form.js'), 'ContactNew', 'time_form', 'channels');
const ContactEdit = lazy(() => import('./views/channel_form.js'), 'ContactEdit', 'time_form', 'channels');
const Deliveries = lazy(() => import('./views/deliveries.js'), 'Deliveries', 'channels');
const Delivery = lazy(() => import('./views/delivery.js'), 'Delivery', 'channels');
const Acknowledge = lazy(() => import('./views/acknowledge.js'), 'Acknowledge', 'acknowledge');
const Sla = lazy(() => import('./views/sla.js'), 'Sla', 'history');
const Slos = lazy(() => import('./views/slos.js'), 'Slos', 'history', 'slos');
const Slo = lazy(() => import('./views/slo.js'), 'Slo', 'slos');
const SloNew = lazy(() => import('./views/slo_form.js'), 'SloNew', 'time_form', 'slos');
const SloEdit = lazy(() => import('./views/slo_form.js'), 'SloEdit', 'time_form', 'slos');
const Reports = lazy(() => import('./views/reports.js'), 'Reports', 'history', 'reports');
const Report = lazy(() => import('./views/report.js'), 'Report', 'history', 'reports');
const ReportRun = lazy(() => import('./views/report_run.js'), 'ReportRun', 'history', 'reports');
const ReportNew = lazy(() => import('./views/report_form.js'), 'ReportNew', 'time_form');
const ReportEdit = lazy(() => import('./views/report_form.js'), 'ReportEdit', 'time_form');
const Settings = lazy(() => import('./views/settings.js'), 'Settings', 'channels');

const ROUTES = [
  [/^\/sign-in$/, SignIn, { open: true }],
  [/^\/sign-up$/, SignUp, { open: true }],
  [/^\/monitors$/, Monitors],
  [/^\/monitors\/new$/, MonitorNew],
  [/^\/monitors\/(?<id>\d+)$/, Monitor],
  [/^\/monitors\/(?<id>\d+)\/edit$/, MonitorEdit],
  [/^\/incidents$/, Incidents],
  [/^\/incidents\/(?<id>\d+)$/, Incident],
  [/^\/heartbeats$/, Heartbeats],
  [/^\/heartbeats\/new$/, HeartbeatNew],
  [/^\/heartbeats\/(?<id>\d+)$/, Heartbeat],
  [/^\/heartbeats\/(?<id>\d+)\/edit$/, HeartbeatEdit],
  [/^\/maintenance$/, Windows],
  [/^\/maintenance\/new$/, WindowNew],
  [/^\/maintenance\/(?<id>\d+)\/edit$/, WindowEdit],
  [/^\/channels$/, Channels],
  [/^\/channels\/new$/, ChannelNew],
  [/^\/channels\/(?<id>\d+)$/, Channel],
  [/^\/channels\/(?<id>\d+)\/edit$/, ChannelEdit],
  [/^\/contacts\/new$/, ContactNew],
  [/^\/contacts\/(?<id>\d+)\/edit$/, ContactEdit],
  [/^\/deliveries$/, Deliveries],
  [/^\/deliveries\/(?<id>\d+)$/, Delivery],
  [/^\/on-call$/, OnCall],
  [/^\/policies$/, Policies],
  [/^\/policies\/new$/, PolicyNew],
  [/^\/policies\/(?<id>\d+)$/, PolicyEdit],
  [/^\/sla$/, Sla],
  [/^\/slos$/, Slos],
  [/^\/slos\/new$/, SloNew],
  [/^\/slos\/(?<id>\d+)$/, Slo],
  [/^\/slos\/(?<id>\d+)\/edit$/, SloEdit],
  [/^\/reports$/, Reports],
  [/^\/reports\/new$/, ReportNew],
  [/^\/reports\/(?<id>\d+)$/, Report],
  [/^\/reports\/(?<id>\d+)\/edit$/, ReportEdit],
  [/^\/reports\/(?<id>\d+)\/runs\/(?<run>\d+)$/, ReportRun],
  [/^\/acknowledge\/(?<token>[\w.-]+)$/, Acknowledge, { anybody: true }],
  [/^\/settings$/, Settings],
];

const HOME = '/monitors';

/** Where this person has to be instead, or null. */
function elsewhere(route) {
  if (route?.anybody) return null;
  if (me.value && (route?.open || path.value === '/')) return route?.open ? nextPlace(HOME) : HOME;
  if (me.value === null && !route?.open) {
    const next = path.value === '/' ? '' : `?next=${encodeURIComponent(path.value)}`;
    return `/sign-in${next}`;
  }
  return null;
}

/** After a move inside the page the keyboard starts at the new page's top, or in the field it wants filled. */
function useFocusOnMove() {
  const move = moves.value;
  useEffect(() => {
    const main = move && document.querySelector('main');
    if (main) (main.querySelector('[autofocus]') ?? main).focus({ preventScroll: true });
  }, [move]);
}

export function App() {
  const route = match(ROUTES, path.value);
  const to = me.value === undefined ? null : elsewhere(route);
  useEffect(() => { if (to) go(to, { replace: true }); }, [to]);
  useFocusOnMove();
  useEffect(() => { if (me.value) fetchLater(); }, [me.value]);
  /* A link in a message does not wait for who that is. */
  if (route?.anybody) return html`<${route.view} key=${path.value} ...${route.params} /><${Announcer} />`;
  if (me.value === undefined || to) return html`<${Splash} problem=${meProblem.value} />`;
  const View = route?.view ?? NotFound;
  const page = html`<${View} key=${path.value} ...${route?.params} />`;
  if (route?.open) return html`${page}<${Announcer} />`;
  return html`
    <a class="skip" href="#main" onClick=${skip}>Skip to the page</a>
    <${Header} />
    <${HubBanner} />
    <main id="main" tabindex="-1">${page}</main>
    <${Announcer} />`;
}

function skip(event) {
  event.preventDefault();
  document.querySelector('main')?.focus();
}
