import { CliError } from '../errors.ts';

/** The control keys that have no letter. */
const controls: Readonly<Record<string, number>> = { '@': 0, '[': 27, '\\': 28, ']': 29, '^': 30, _: 31 };

/** The bytes of keys such as 'ctrl-p,ctrl-q' or 'a'. */
export function parseDetachKeys(text: string): number[] {
  return text.split(',').map(key => {
    if (key.length === 1) return key.charCodeAt(0);
    const letter = /^ctrl-(.)$/.exec(key)?.[1] ?? '';
    const code = /[a-z]/.test(letter) ? letter.charCodeAt(0) - 96 : controls[letter];
    if (code === undefined) throw new CliError(`could not bind detach keys: Unknown character: '${key}'`);
    return code;
  });
}

/** What is typed, up to the keys. Those of them that may be the first of all wait for the next. */
export async function* untilDetached(
  chunks: AsyncIterable<Uint8Array>,
  keys: readonly number[],
  detached: () => void,
): AsyncIterable<Uint8Array> {
  let matched = 0;
  for await (const chunk of chunks) {
    const passed: number[] = [];
    for (const byte of chunk) {
      if (byte !== keys[matched]) {
        passed.push(...keys.slice(0, matched));
        matched = 0;
      }
      if (byte !== keys[matched]) passed.push(byte);
      else if (++matched === keys.length) {
        if (passed.length > 0) yield Uint8Array.from(passed);
        return detached();
      }
    }
    if (passed.length > 0) yield Uint8Array.from(passed);
  }
}
