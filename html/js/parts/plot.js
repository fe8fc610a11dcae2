/** uPlot inside preact: made once per shape, fed with data, kept as wide as its place, in the theme's colours. */
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { html } from '../html.js';
import { colours } from '../theme.js';

/** options() is asked again when `shape` or the theme changes; data and range flow in without that. */
export function Plot({ options, shape, data, from, to, height, label }) {
  const place = useRef(null);
  const plot = useRef(null);
  const paint = colours.value;
  useEffect(() => {
    const box = place.current;
    const made = new uPlot({ ...options(), width: box.clientWidth || 300, height }, data, box);
    made.setScale('x', { min: from, max: to });
    plot.current = made;
    const watch = new ResizeObserver(() => { if (box.clientWidth) made.setSize({ width: box.clientWidth, height }); });
    watch.observe(box);
    return () => { watch.disconnect(); made.destroy(); plot.current = null; };
  }, [shape, paint, height]);
  useEffect(() => {
    plot.current?.batch(() => {
      plot.current.setData(data, false);
      plot.current.setScale('x', { min: from, max: to });
    });
  }, [data, from, to]);
  return html`<div class="plot" ref=${place} role="img" aria-label=${label}
    style=${{ minHeight: `${height}px` }}></div>`;
}
