import { createHash } from 'node:crypto';
import { goJson } from '#machinery/go-json.ts';
import { isMap, textOf } from './json.ts';
import type { Resource } from './resource.ts';

const letters: Readonly<Record<string, string>> = { 0: 'g', 1: 'h', 3: 'k', a: 'm', e: 't' };

/** What a generated resource's name ends in: ten characters that follow from its content. */
export function contentHash({ object, kind }: Resource): string {
  const part = (field: string) => (isMap(object[field]) ? object[field] : textOf(object[field]));
  const optional = (field: string) => (isMap(object[field]) ? { [field]: object[field] } : {});
  // Kustomize looks for the name where it is not.
  const content =
    kind === 'Secret'
      ? { kind, type: part('type'), name: '', data: part('data'), ...optional('stringData') }
      : { kind, name: '', data: part('data'), ...optional('binaryData') };
  const hex = createHash('sha256').update(goJson(content)).digest('hex');
  return hex.slice(0, 10).replace(/[013ae]/g, letter => letters[letter]!);
}
