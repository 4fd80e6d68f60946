/** JSON patch (RFC 6902) with the bounds that upstream puts on it. */
import { own, setMember, table } from '#base/members.ts';
import { cloneJson, deepEqual } from '#base/equal.ts';
import { goQuote } from '../go-json.ts';
import { goValueName } from '../normalize.ts';
import { patchError } from './errors.ts';
import { isObject, type JsonObject } from './json-object.ts';

const noPath = 'operation missing path field: missing value';
/** What is said of an operation without a path; of one that is none, only that. */
const pathMissing = table<string>({
  add: 'missing value',
  remove: 'missing value',
  copy: 'missing value',
  replace: noPath,
  move: noPath,
  test: noPath,
});

const operationsMax = 10_000;
/** Characters of JSON that copy operations may add in all. */
const copiedMax = 3 * 1024 * 1024;

interface Operation {
  readonly op: string;
  readonly path: string | undefined;
  readonly from: string | undefined;
  readonly value: unknown;
}

/**
 * The patched value; `original` is never changed. `opened` is given the containers that a path led through. Throws
 * StatusError: 400, 413 or 422.
 */
export function applyJsonPatch<T>(original: T, patch: unknown, opened?: Set<unknown>): T {
  if (!Array.isArray(patch))
    throw patchError.malformed('error decoding patch: a JSON patch is an array of operations');
  if (patch.length > operationsMax) throw patchError.tooManyOperations(operationsMax, patch.length);
  const operations = patch.map(readOperation);
  const document = new Document(cloneJson(original), opened);
  for (const operation of operations) document.apply(operation);
  return document.root as T;
}

function readOperation(value: unknown): Operation {
  // What is null is an operation that says nothing of itself.
  const operation = value ?? {};
  if (!isObject(operation)) throw unreadable(value, 'value of type handlers.jsonPatchOp');
  return {
    op: textOf(operation, 'op') ?? 'unknown',
    path: textOf(operation, 'path'),
    from: textOf(operation, 'from'),
    value: operation.value,
  };
}

function textOf(operation: JsonObject, member: 'op' | 'path' | 'from'): string | undefined {
  const value = own(operation, member) ?? undefined;
  if (value === undefined || typeof value === 'string') return value;
  throw unreadable(value, `struct field jsonPatchOp.${member} of type string`);
}

function unreadable(value: unknown, what: string): Error {
  return patchError.malformed(
    `error decoding patch: json: cannot unmarshal ${goValueName(value)} into Go ${what}`,
  );
}

/** One container and a key in it. */
interface Place {
  readonly parent: JsonObject | unknown[];
  readonly key: string;
}

/** Says how operations fail in the words of evanphx/json-patch v4, and takes what it takes. */
class Document {
  root: unknown;
  #copied = 0;

  readonly #opened: Set<unknown> | undefined;

  constructor(root: unknown, opened: Set<unknown> | undefined) {
    this.root = root;
    this.#opened = opened;
  }

  apply(operation: Operation): void {
    const { op, path } = operation;
    if (path === undefined && op in pathMissing) {
      throw patchError.inapplicable(`${op} operation failed to decode path: ${pathMissing[op]}`);
    }
    this.#carryOut(operation, path ?? '');
  }

  #carryOut(operation: Operation, path: string): void {
    const { op, from } = operation;
    switch (op) {
      case 'add':
        this.#add(path, cloneJson(operation.value ?? null));
        break;
      case 'remove':
        this.#remove(path);
        break;
      case 'replace':
        if (path === '') this.#replaceAll(operation.value);
        else this.#replace(path, cloneJson(operation.value ?? null));
        break;
      case 'move':
        this.#move(sourceOf(op, from), path);
        break;
      case 'copy':
        this.#copy(sourceOf(op, from), path);
        break;
      case 'test':
        this.#test(path, operation.value ?? null);
        break;
      default:
        throw patchError.inapplicable(`Unexpected kind: ${op}`);
    }
  }

  /** What a path leads to; whatever comes before its first slash is passed over. `missing`: why it leads nowhere. */
  #place(path: string, missing: string): Place {
    const keys = path.split('/').slice(1).map(decodeKey);
    const key = keys.pop();
    let at = this.root;
    for (const part of keys) {
      this.#opened?.add(at);
      at = childOf(at, part);
    }
    this.#opened?.add(at);
    if (key === undefined || !(isObject(at) || Array.isArray(at))) {
      throw patchError.inapplicable(`${missing}: missing value`);
    }
    return { parent: at, key };
  }

  #add(path: string, value: unknown): void {
    const place = this.#place(path, `add operation does not apply: doc is missing path: "${path}"`);
    insert(place, value, `error in add for path: '${path}'`);
  }

  #remove(path: string): void {
    const place = this.#place(path, `remove operation does not apply: doc is missing path: "${path}"`);
    remove(place, `error in remove for path: '${path}'`);
  }

  #replaceAll(value: unknown): void {
    if (!isObject(value) && !Array.isArray(value)) {
      throw patchError.inapplicable('replace operation value must be object or array');
    }
    this.root = cloneJson(value);
  }

  /** A member that is not there is added: lists alone tell what they have not. */
  #replace(path: string, value: unknown): void {
    const failed = 'replace operation does not apply: doc is missing';
    const { parent, key } = this.#place(path, `${failed} path: ${path}`);
    if (!Array.isArray(parent)) setMember(parent, key, value);
    else if (isIndex(key, parent.length)) parent.splice(Number(key), 1, value);
    else throw patchError.inapplicable(`${failed} key: ${path}: missing value`);
  }

  #move(from: string, path: string): void {
    const failed = 'move operation does not apply: doc is missing';
    const source = this.#place(from, `${failed} from path: ${from}`);
    const context = `error in move for path: '${source.key}'`;
    const value = read(source, context);
    remove(source, context);
    const target = this.#place(path, `${failed} destination path: ${path}`);
    insert(target, value, `error in move for path: '${path}'`);
  }

  /** What is not there is copied as null. */
  #copy(from: string, path: string): void {
    const failed = 'copy operation does not apply: doc is missing';
    const source = this.#place(from, `${failed} from path: ${from}`);
    const value = read(source, `error in copy for from: '${from}'`);
    const target = this.#place(path, `${failed} destination path: ${path}`);
    this.#copied += value === undefined ? 0 : JSON.stringify(value).length;
    if (this.#copied > copiedMax) {
      throw patchError.inapplicable(
        `Unable to complete the copy, the accumulated size increase of copy is ${this.#copied}, exceeding the limit ${copiedMax}`,
      );
    }
    insert(target, cloneJson(value ?? null), 'error while adding value during copy');
  }

  #test(path: string, value: unknown): void {
    if (deepEqual(this.#tested(path) ?? null, value)) return;
    throw patchError.inapplicable(`testing value ${path} failed: test failed`);
  }

  #tested(path: string): unknown {
    if (path === '') return this.root;
    const place = this.#place(path, `test operation does not apply: is missing path: ${path}`);
    return read(place, `error in test for path: '${path}'`);
  }
}

function sourceOf(op: string, from: string | undefined): string {
  if (from === undefined) {
    throw patchError.inapplicable(
      `${op} operation failed to decode from: operation, missing from field: missing value`,
    );
  }
  return from;
}

/** Undefined where an object has no such member. Throws where a list has no such item. */
function read({ parent, key }: Place, context: string): unknown {
  return Array.isArray(parent) ? parent.at(indexOf(key, parent.length, context)) : own(parent, key);
}

function insert({ parent, key }: Place, value: unknown, context: string): void {
  if (!Array.isArray(parent)) setMember(parent, key, value);
  else if (key === '-') parent.push(value);
  else {
    const notIndex = `${context}: value was not a proper array index: '${key}'`;
    const index = indexOf(key, parent.length + 1, integer.test(key) ? context : notIndex);
    // Counted from the end, it is from after the new item.
    parent.splice(index < 0 ? index + parent.length + 1 : index, 0, value);
  }
}

function remove({ parent, key }: Place, context: string): void {
  if (Array.isArray(parent)) parent.splice(indexOf(key, parent.length, context), 1);
  else if (Object.hasOwn(parent, key)) delete parent[key];
  else throw patchError.inapplicable(`${context}: Unable to remove nonexistent key: ${key}: missing value`);
}

function decodeKey(key: string): string {
  return key.replaceAll('~1', '/').replaceAll('~0', '~');
}

function childOf(value: unknown, key: string): unknown {
  if (isObject(value)) return own(value, key);
  return Array.isArray(value) && isIndex(key, value.length) ? value.at(Number(key)) : undefined;
}

const integer = /^[-+]?[0-9]{1,10}$/;

function isIndex(key: string, length: number): boolean {
  const index = Number(key);
  return integer.test(key) && index < length && index >= -length;
}

/** A place in a list; negative ones count from its end, as upstream allows. */
function indexOf(key: string, length: number, context: string): number {
  if (isIndex(key, length)) return Number(key);
  const why = integer.test(key)
    ? `Unable to access invalid index: ${Number(key)}: invalid index referenced`
    : `strconv.Atoi: parsing ${goQuote(key)}: invalid syntax`;
  throw patchError.inapplicable(`${context}: ${why}`);
}
