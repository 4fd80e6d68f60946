/** JSON paths within a schema, as a rule's fieldPath and a selectable field write them: `.spec.replicas`, `['a.b']`. */
import { FieldPath } from '#machinery/field.ts';
import { plainEscapes } from './literals.ts';
import type { StructuralSchema } from './structural.ts';

/** Why a path leads nowhere. */
export class FieldPathError extends Error {}

/** What a path leads to. */
export interface FoundField {
  readonly path: FieldPath;
  /** The fields and keys on the way, from the root. */
  readonly names: readonly string[];
  readonly schema: StructuralSchema;
}

/** What a path names; throws FieldPathError. `brackets`: fields may stand as `['a.b']`, too. */
export function resolveFieldPath(text: string, schema: StructuralSchema, brackets = true): FoundField {
  const names: string[] = [];
  let at = schema;
  let path: FieldPath | undefined;
  const tokens = tokensOf(text);
  let i = 0;
  const next = () => {
    const token = tokens[i++];
    if (token === undefined) throw new FieldPathError('unexpected end of JSON path');
    return token;
  };
  while (i < tokens.length) {
    const token = next();
    let name: string;
    if (token === '[') {
      if (!brackets) throw new FieldPathError('array notation is not allowed');
      name = quoted(next());
      const close = next();
      if (close !== ']') throw new FieldPathError(`expected ] but got ${close}`);
    } else if (token === '.') {
      name = next();
    } else {
      throw new FieldPathError(`expected [ or . but got: ${token}`);
    }
    const found = step(at, name);
    if (found.isKey) path = path ? path.key(name) : FieldPath.of(`[${name}]`);
    else path = path ? path.child(name) : FieldPath.of(name);
    names.push(name);
    at = found.schema;
  }
  return { path: path ?? FieldPath.of(''), names, schema: at };
}

function step(schema: StructuralSchema, name: string): { schema: StructuralSchema; isKey: boolean } {
  const { properties, additionalProperties } = schema;
  if (properties && Object.keys(properties).length > 0) {
    if (Object.hasOwn(properties, name)) return { schema: properties[name]!, isKey: false };
  } else if (additionalProperties !== undefined) {
    return { schema: typeof additionalProperties === 'object' ? additionalProperties : {}, isKey: true };
  }
  throw new FieldPathError('does not refer to a valid field');
}

/** Delimiters, quoted texts and what is between them. */
function tokensOf(text: string): string[] {
  return text.match(/'(?:\\[\s\S]|[^'\\])*'|[.[\]]|[^.[\]]+/g) ?? [];
}

const escapes: Readonly<Record<string, string>> = { ...plainEscapes, "'": "'", '\\': '\\' };

function quoted(token: string): string {
  if (token.length < 2 || !token.startsWith("'") || !token.endsWith("'")) {
    throw new FieldPathError(`expected single quoted string but got ${token}`);
  }
  return token.slice(1, -1).replace(/\\([\s\S])/g, (all, letter: string) => {
    const plain = escapes[letter];
    if (plain === undefined) throw new FieldPathError(`invalid string literal: invalid escape char ${all}`);
    return plain;
  });
}
