import { fnv64 } from '#base/hash.ts';
import { compareStrings } from '#machinery/bytes.ts';
import type { Json } from './dialect.ts';

/** What documents of version 2 say in place, since old clients look there or since it names a kind (kube-openapi's builder). */
const saidInPlace = new Set(['name', 'fieldValidation', 'dryRun']);
const commonTypes = '#/definitions/io.k8s.apimachinery';

/**
 * The parameters that documents of version 2 hold once, under names that tell their texts apart, and refer to wherever an
 * operation takes them.
 */
export class SharedParameters {
  readonly #byText = new Map<string, { readonly name: string; readonly parameter: Json }>();

  /** The parameter as operations have it: a reference, or itself. */
  shared(parameter: Json): Json {
    if (!isShared(parameter)) return parameter;
    const text = JSON.stringify(parameter);
    let known = this.#byText.get(text);
    if (!known) {
      known = { name: `${parameter.name}-${hashOf(text)}`, parameter };
      this.#byText.set(text, known);
    }
    return { $ref: `#/parameters/${known.name}` };
  }

  /** All of them so far, in name order. */
  sorted(): Record<string, Json> {
    const all = [...this.#byText.values()].map(({ name, parameter }) => [name, parameter] as const);
    return Object.fromEntries(all.sort(([a], [b]) => compareStrings(a, b)));
  }
}

function isShared({ in: place, name, schema }: Json): boolean {
  if (place === 'body') return String((schema as Json).$ref).startsWith(commonTypes);
  return !saidInPlace.has(String(name));
}

/** Of the JSON text, with its members in the order that Go writes them in. */
function hashOf(text: string): string {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(fnv64(text));
  return bytes.subarray(0, 6).toString('base64url');
}
