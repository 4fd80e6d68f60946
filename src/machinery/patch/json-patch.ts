/** JSON patch (RFC 6902) with the bounds that upstream puts on it. */
import { deepEqual } from '#base/equal.ts';
import { patchError } from './errors.ts';
import { copyJson, isObject, type JsonObject, own, setOwn } from './json-object.ts';

const operationsMax = 10_000;
/** Characters of JSON that copy operations may add in all. */
const copiedMax = 3 * 1024 * 1024;

interface Operation {
  readonly op: string;
  readonly path: string;
  readonly from?: string;
  readonly value: unknown;
  readonly hasValue: boolean;
}

/** The patched value; `original` is never changed. Throws StatusError: 400, 413 or 422. */
export function applyJsonPatch<T>(original: T, patch: unknown): T {
  if (!Array.isArray(patch))
    throw patchError.malformed('error decoding patch: a JSON patch is an array of operations');
  if (patch.length > operationsMax) throw patchError.tooManyOperations(operationsMax, patch.length);
  const operations = patch.map(readOperation);
  const document = new Document(copyJson(original));
  for (const operation of operations) document.apply(operation);
  return document.root as T;
}

function readOperation(value: unknown): Operation {
  if (!isObject(value))
    throw patchError.malformed('error decoding patch: an operation of a JSON patch is an object');
  const { op, path, from } = value as { op?: unknown; path?: unknown; from?: unknown };
  if (typeof op !== 'string') throw patchError.inapplicable(`Unexpected kind: ${String(op)}`);
  if (typeof path !== 'string') throw patchError.inapplicable(`${op} operation has no path`);
  if (from !== undefined && typeof from !== 'string') throw patchError.inapplicable('from is no string');
  return {
    op,
    path,
    from: from as string | undefined,
    value: value.value,
    hasValue: Object.hasOwn(value, 'value'),
  };
}

/** One container and a key in it. An absent parent means that the path leads nowhere. */
interface Place {
  readonly parent: JsonObject | unknown[];
  readonly key: string;
}

class Document {
  root: unknown;
  #copied = 0;

  constructor(root: unknown) {
    this.root = root;
  }

  apply(operation: Operation): void {
    const { op, path, from = '' } = operation;
    switch (op) {
      case 'add':
        this.#add(path, copyJson(operation.value ?? null));
        break;
      case 'remove':
        this.#remove(path);
        break;
      case 'replace':
        this.#replace(path, copyJson(operation.value ?? null));
        break;
      case 'move':
        this.#add(path, this.#remove(from));
        break;
      case 'copy':
        this.#copy(from, path);
        break;
      case 'test':
        this.#test(path, operation.value ?? null);
        break;
      default:
        throw patchError.inapplicable(`Unexpected kind: ${op}`);
    }
  }

  #place(path: string): Place | undefined {
    if (!path.startsWith('/')) throw patchError.inapplicable(`path ${path} does not start with a slash`);
    const keys = path.slice(1).split('/').map(decodeKey);
    const key = keys.pop()!;
    let at = this.root;
    for (const part of keys) at = childOf(at, part);
    return isObject(at) || Array.isArray(at) ? { parent: at, key } : undefined;
  }

  #existing(path: string): Place {
    const place = this.#place(path);
    if (!place) throw patchError.inapplicable(`doc is missing path: ${path}`);
    return place;
  }

  #get(path: string): unknown {
    if (path === '') return this.root;
    const place = this.#place(path);
    return place && childOf(place.parent, place.key);
  }

  #add(path: string, value: unknown): void {
    if (path === '') {
      this.root = value;
      return;
    }
    const { parent, key } = this.#existing(path);
    if (!Array.isArray(parent)) setOwn(parent, key, value);
    else parent.splice(key === '-' ? parent.length : indexOf(key, parent.length + 1), 0, value);
  }

  #remove(path: string): unknown {
    const { parent, key } = this.#existing(path);
    if (Array.isArray(parent)) return parent.splice(indexOf(key, parent.length), 1)[0];
    if (!Object.hasOwn(parent, key))
      throw patchError.inapplicable(`Unable to remove nonexistent key: ${key}`);
    const value = parent[key];
    delete parent[key];
    return value;
  }

  #replace(path: string, value: unknown): void {
    if (path === '') {
      this.root = value;
      return;
    }
    const { parent, key } = this.#existing(path);
    if (Array.isArray(parent)) parent[indexOf(key, parent.length)] = value;
    else if (Object.hasOwn(parent, key)) setOwn(parent, key, value);
    else throw patchError.inapplicable(`replace operation does not apply: doc is missing key: ${path}`);
  }

  #copy(from: string, path: string): void {
    const value = this.#get(from);
    if (value === undefined)
      throw patchError.inapplicable(`copy operation does not apply: doc is missing from path: ${from}`);
    this.#copied += JSON.stringify(value).length;
    if (this.#copied > copiedMax) {
      throw patchError.inapplicable(
        `Unable to complete the copy, the accumulated size increase of copy is ${this.#copied}, exceeding the limit ${copiedMax}`,
      );
    }
    this.#add(path, copyJson(value));
  }

  #test(path: string, value: unknown): void {
    if (deepEqual(this.#get(path) ?? null, value)) return;
    throw patchError.inapplicable(`testing value ${path} failed`);
  }
}

function decodeKey(key: string): string {
  return key.replaceAll('~1', '/').replaceAll('~0', '~');
}

function childOf(value: unknown, key: string): unknown {
  if (isObject(value)) return own(value, key);
  if (!Array.isArray(value) || !/^-?[0-9]+$/.test(key)) return undefined;
  return value.at(Number(key));
}

/** A place in a list; negative ones count from its end, as upstream allows. */
function indexOf(key: string, length: number): number {
  const index = /^-?[0-9]{1,10}$/.test(key) ? Number(key) : Number.NaN;
  if (!(index < length && index >= -length)) {
    throw patchError.inapplicable(`Unable to access invalid index: ${key}`);
  }
  return index < 0 ? index + length : index;
}
