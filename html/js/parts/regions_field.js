/** From where: every region, now and later, or only some. */
import { html } from '../html.js';
import { FieldError } from './field.js';

export function RegionsField({ form, regions }) {
  const chosen = form.values.value.regions;
  const toggle = (slug, on) => form.set('regions', on ? [...chosen, slug] : chosen.filter((one) => one !== slug));
  return html`<fieldset class="kinds">
    <legend class="field-label">Regions</legend>
    <label class="check"><input type="radio" name="regions" checked=${chosen === null}
      onChange=${() => form.set('regions', null)} />
      <span class="check-text">Every region, also those added later</span></label>
    <label class="check"><input type="radio" name="regions" checked=${chosen !== null} disabled=${!regions}
      onChange=${() => form.set('regions', regions.map((one) => one.slug))} />
      <span class="check-text">Only these</span></label>
    ${chosen !== null && html`<div class="region-checks">
      ${slugsToShow(regions, chosen).map(([slug, name]) => html`<label class="check" key=${slug}>
        <input type="checkbox" checked=${chosen.includes(slug)}
          onChange=${(event) => toggle(slug, event.currentTarget.checked)} />
        <span class="check-text"><span>${name}</span></span></label>`)}
    </div>`}
    <${FieldError} error=${form.error('regions')} />
  </fieldset>`;
}

/** Regions that exist, and those chosen that are not known yet while the list loads. */
function slugsToShow(regions, chosen) {
  const known = (regions ?? []).map((one) => [one.slug, one.name || one.slug]);
  const rest = chosen.filter((slug) => !known.some(([one]) => one === slug)).map((slug) => [slug, slug]);
  return [...known, ...rest];
}
