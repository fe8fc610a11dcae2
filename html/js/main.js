/** Starts the page. */
import { h, render } from 'preact';
import { App } from './app.js';
import { followLinks } from './router.js';
import { watchIncidents } from './open_incidents.js';
import { loadMe } from './session.js';
import { watchStore } from './watch.js';

document.addEventListener('click', followLinks);
watchStore();
watchIncidents();
render(h(App), document.getElementById('app'));
loadMe();
