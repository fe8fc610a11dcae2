/** The shape of the detail page before it is there. */
import { html } from '../html.js';
import { Skeleton } from './skeleton.js';

export function MonitorSkeleton() {
  return html`<div class="page" aria-busy="true">
    <p class="hidden-text">Loading the monitor</p>
    <div class="page-head" style=${{ marginTop: '1.8rem' }}><div><${Skeleton} width="14rem" height="2rem" /><div
      style=${{ marginTop: '.6rem' }}><${Skeleton} width="20rem" /></div></div></div>
    <div class="stack"><div class="verdict"><${Skeleton} width="16rem" height="1.6rem" /></div><div class="panel"><div
      class="chart-empty"></div></div></div>
  </div>`;
}
