/** One setting of a channel, by the hub's rule for it: the control that its type wants. */
import { html } from '../html.js';
import { capital } from '../model/calendar.js';
import { AreaField } from './area_field.js';
import { PairsField } from './pairs_field.js';
import { SecretField } from './secret_field.js';
import { SelectField } from './select_field.js';
import { TextField } from './text_field.js';

const PAIRS = { headers: 'header', labels: 'label' };
const INPUTS = { url: { inputmode: 'url', mono: true }, token: { mono: true }, topic: { mono: true }, room: { mono: true }, phone: { inputmode: 'tel', type: 'tel' }, integer: { inputmode: 'numeric' } };
const PLAIN = { autocomplete: 'off', autocapitalize: 'none', spellcheck: false };

const usual = [['', 'As usual']];
const optionsOf = ({ type, choices, required }) => {
  if (type === 'boolean') return [['', 'Has to be valid'], ['false', 'Any is taken']];
  return [...(required ? [] : usual), ...choices.map((one) => [one, /^[a-z]/.test(one) ? capital(one) : one])];
};

/** moved: why a secret that is set cannot be kept. */
export function SettingField({ form, field, moved }) {
  const { key: name, part, rule, label, hint, placeholder } = field;
  const optional = !rule.required;
  const plain = { form, name, label, hint, optional };
  const pairs = () => html`<${PairsField} ...${plain} what=${PAIRS[rule.type]} />`;
  if (part === 'secrets') return html`<${SecretField} ...${plain} moved=${moved} empty=${PAIRS[rule.type] ? [] : ''} children=${PAIRS[rule.type] && pairs} />`;
  if (PAIRS[rule.type]) return pairs();
  if (rule.type === 'choice' || rule.type === 'boolean') return html`<${SelectField} form=${form} name=${name} label=${label} hint=${hint} options=${optionsOf(rule)} />`;
  if (rule.type === 'emails') return html`<${AreaField} ...${plain} rows="2" prose placeholder=${placeholder} ...${PLAIN} inputmode="email" />`;
  if (rule.type === 'lines') return html`<${AreaField} ...${plain} rows="6" placeholder=${placeholder} />`;
  return html`<${TextField} ...${plain} placeholder=${placeholder} ...${PLAIN} ...${INPUTS[rule.type]} />`;
}
