/** /sign-in */
import { html } from '../html.js';
import { useForm } from '../form.js';
import { checkEmail, onlyWrong } from '../model/checks.js';
import { signIn } from '../session.js';
import { useTitle } from '../title.js';
import { AuthFrame } from '../parts/auth_frame.js';
import { FormError } from '../parts/field.js';
import { TextField } from '../parts/text_field.js';
import { PasswordField } from '../parts/password_field.js';

const check = ({ email, password }) => onlyWrong({ email: checkEmail(email), password: password ? undefined : 'Enter your password' });

export function SignIn() {
  useTitle('Sign in');
  const form = useForm({ email: '', password: '' }, check, ({ email, password }) => signIn({ email: email.trim(), password }));
  const foot = html`New here? <a href=${`/sign-up${location.search}`}>Create an account</a>`;
  return html`<${AuthFrame} title="Sign in" lead="Good to see you again." foot=${foot}>
    <form class="auth-form" onSubmit=${form.submit} novalidate>
      <${TextField} form=${form} name="email" label="E-mail" type="email" autocomplete="username" inputmode="email"
        autocapitalize="none" spellcheck=${false} autofocus />
      <${PasswordField} form=${form} name="password" label="Password" autocomplete="current-password" />
      <${FormError} problem=${form.problem.value} />
      <button class="button button-primary button-wide"
        disabled=${form.busy.value}>${form.busy.value ? 'Signing in…' : 'Sign in'}</button>
    </form>
  <//>`;
}
