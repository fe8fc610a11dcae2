// TAP from Node: checks that say their name, and a plan at the end.
let count = 0;
let failed = 0;

export function ok(good, name, ...why) {
  count += 1;
  if (!good) failed += 1;
  console.log(`${good ? 'ok' : 'not ok'} ${count} - ${name.replaceAll('#', 'No.')}`);
  if (!good) why.forEach(note);
  return good;
}

export function is(got, wanted, name) {
  const [a, b] = [JSON.stringify(got), JSON.stringify(wanted)];
  return ok(a === b, name, `got ${a}`, `wanted ${b}`);
}

export function note(words) {
  String(words).split('\n').forEach((line) => console.log(`# ${line}`));
}

export function finish() {
  console.log(`1..${count}`);
  process.exitCode = failed ? 1 : 0;
}
