/** The token, once, inside the exact command that starts an agent with it. */
import { html } from '../html.js';
import { Copy } from './copy.js';

const command = (token) => [
  `BETTERSTACK_HUB=${location.origin}`,
  `BETTERSTACK_TOKEN=${token}`,
  `BETTERSTACK_REDIS=redis://${location.hostname}:6379/0`,
  'BETTERSTACK_STATE=/var/lib/betterstack-agent',
  'betterstack-agent run',
].join(' \\\n');

export function AgentCommand({ token }) {
  return html`<p
    class="soft">Run this where the agent shall work. Copy it now: only the token's digest is kept, so it cannot be shown again.</p>
    <${Copy} text=${command(token.token)} label="agent command" />
    <p class="field-hint">BETTERSTACK_REDIS is the Redis of this hub as seen from there; put its own address if it is not on the same machine as the hub.</p>`;
}
