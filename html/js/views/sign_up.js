/** /sign-up */
import { html } from '../html.js';
import { useForm } from '../form.js';
import { PASSWORD_MIN, checkEmail, checkNewPassword, onlyWrong } from '../model/checks.js';
import { signUp } from '../session.js';
import { useTitle } from '../title.js';
import { AuthFrame } from '../parts/auth_frame.js';
import { FormError } from '../parts/field.js';
import { TextField } from '../parts/text_field.js';
import { PasswordField } from '../parts/password_field.js';

const check = ({ email, password }) => onlyWrong({ email: checkEmail(email), password: checkNewPassword(password) });

function send({ email, name, password }) {
  const fields = { email: email.trim(), password };
  if (name.trim()) fields.name = name.trim();
  return signUp(fields);
}

export function SignUp() {
  useTitle('Create an account');
  const form = useForm({ name: '', email: '', password: '' }, check, send);
  const foot = html`Have an account? <a href=${`/sign-in${location.search}`}>Sign in</a>`;
  return html`<${AuthFrame} title="Create an account" lead="Then add the first site to watch." foot=${foot}>
    <form class="auth-form" onSubmit=${form.submit} novalidate>
      <${TextField} form=${form} name="name" label="Name" optional autocomplete="name" autofocus />
      <${TextField} form=${form} name="email" label="E-mail" type="email" autocomplete="username" inputmode="email"
        autocapitalize="none" spellcheck=${false} />
      <${PasswordField} form=${form} name="password" label="Password" autocomplete="new-password"
        hint=${`At least ${PASSWORD_MIN} characters. A few unrelated words make a good one.`} />
      <${FormError} problem=${form.problem.value} />
      <button class="button button-primary button-wide"
        disabled=${form.busy.value}>${form.busy.value ? 'Creating…' : 'Create account'}</button>
    </form>
  <//>`;
}
