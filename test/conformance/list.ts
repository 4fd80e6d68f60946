import { readFileSync } from 'node:fs';

/** One conformance requirement of upstream, by the name of its test. */
export interface Requirement {
  readonly area: string;
  readonly id: string;
  /** The releases that introduced or changed it. */
  readonly since: string;
  readonly text: string;
}

/** Every requirement, from rows.tsv. */
export function requirements(): readonly Requirement[] {
  const lines = readFileSync(new URL('rows.tsv', import.meta.url), 'utf8')
    .trimEnd()
    .split('\n');
  return lines.slice(1).map(line => {
    const [area, id, since, text] = line.split('\t');
    return { area: area!, id: id!, since: since!, text: text! };
  });
}
