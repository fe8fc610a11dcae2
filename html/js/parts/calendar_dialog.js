/** An on-call calendar: its name, and whether who comes on call is told. */
import { html } from '../html.js';
import { useForm } from '../form.js';
import { onlyWrong } from '../model/checks.js';
import { saveCalendar } from '../on_call_actions.js';
import { CheckField } from './check_field.js';
import { Dialog } from './dialog.js';
import { FormError } from './field.js';
import { TextField } from './text_field.js';

const check = ({ name }) => onlyWrong({ name: name.trim() ? undefined : 'Give it a name, like “Database team”' });

export function CalendarDialog({ calendar, onClose, onSaved }) {
  const initial = { name: calendar?.name ?? '', handover_notice: calendar?.handover_notice ?? true, default_calendar: calendar?.default_calendar ?? false };
  const form = useForm(initial, check, async ({ name, handover_notice: notice, default_calendar: usual }) => {
    onSaved(await saveCalendar(calendar?.id, { name: name.trim(), handover_notice: notice, ...(usual !== initial.default_calendar && { default_calendar: usual }) }));
    onClose();
  });
  return html`<${Dialog} title=${calendar ? `Edit ${calendar.name}` : 'New calendar'} onClose=${onClose}>
    <form class="dialog-form" onSubmit=${form.submit} novalidate>
      <${TextField} form=${form} name="name" label="Name" autocomplete="off" placeholder="Database team" autofocus />
      <${CheckField} form=${form} name="handover_notice" label="Tell whoever comes on call" hint="By mail or push message, once, when the shift begins." />
      ${!calendar?.default_calendar && html`<${CheckField} form=${form} name="default_calendar" label="The team's default calendar"
        hint="“Whoever is on call” means this one where no other is named." />`}
      <${FormError} problem=${form.problem.value} />
      <div class="dialog-actions"><button type="button" class="button" onClick=${onClose}>Cancel</button><button
        class="button button-primary" disabled=${form.busy.value}>${calendar ? 'Save changes' : 'Add calendar'}</button></div>
    </form>
  <//>`;
}
