import { deepFreeze } from '../object.ts';
import { isObject } from '../patch/json-object.ts';
import { DecodeError } from '../decode-error.ts';
import { canonicalElement } from './element.ts';
import { type FieldSet, FieldSetBuilder } from './field-set.ts';

/** Deeper ones are refused: no type nests so far, and reading them would exhaust the stack. */
const depthMax = 1000;

/** The canonical set of FieldsV1 JSON that a client sent. Throws DecodeError. */
export function decodeFieldSet(value: unknown): FieldSet {
  const builder = new FieldSetBuilder();
  read(value, [], builder);
  return deepFreeze(builder.build());
}

/** Reads what is below `path`; whether `value` says that the path itself is a member. */
function read(value: unknown, path: string[], into: FieldSetBuilder): boolean {
  if (value === null) return true;
  if (!isObject(value)) throw new DecodeError('a FieldsV1 is an object of objects');
  if (path.length > depthMax) throw new DecodeError('exceeded max depth');
  let empty = true;
  let member = false;
  for (const [text, part] of Object.entries(value)) {
    if (text === '.') member = true;
    const element = text === '.' ? undefined : canonicalElement(text);
    if (element === undefined) continue;
    empty = false;
    path.push(element);
    if (read(part, path, into)) into.insert(path);
    path.pop();
  }
  return member || empty;
}
