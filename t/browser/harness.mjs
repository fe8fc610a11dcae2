// The walk asks the Perl side (walk.t) to do things to the installation: a line out, "done" back.
import { createInterface } from 'node:readline';

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

/** Without this Node would wait for more lines for ever. */
export const release = () => process.stdin.destroy();

export async function harness(...words) {
  console.log(`HARNESS ${words.join(' ')}`);
  const { value } = await lines.next();
  if (value !== 'done') throw new Error(`harness ${words.join(' ')}: ${value}`);
}
