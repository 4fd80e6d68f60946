/** What of a change decides whose fields are whose after it: not the values, but what there is, and where. */
import type { FieldSet } from '../fields/field-set.ts';
import type { ListSchema, ObjectSchema, Schema } from '../schema.ts';
import { type DifferenceSink, eachDifference } from './compare.ts';
import {
  type MapLike,
  atomOf,
  childSchema,
  deduced,
  isAtomicList,
  isAtomicMap,
  itemElement,
  listOf,
  listSchemaOf,
  mapOf,
} from './typed.ts';

/** A place in a tree of shapes, where what is known of one is kept. */
class ShapeNode<T> {
  value: T | undefined;
  /** What the first shape that came by goes on with; most have no other. */
  #token: Token | undefined;
  #first: ShapeNode<T> | undefined;
  #others: Map<Token, ShapeNode<T>> | undefined;

  /** Where a token leads; undefined: nowhere yet. */
  after(token: Token): ShapeNode<T> | undefined {
    return token === this.#token ? this.#first : this.#others?.get(token);
  }

  grow(token: Token): ShapeNode<T> {
    const node = new ShapeNode<T>();
    if (!this.#first) {
      this.#token = token;
      this.#first = node;
    } else {
      this.#others ??= new Map();
      this.#others.set(token, node);
    }
    return node;
  }
}

/** What a value is, or is called: a mark, a member that a type declares, an element or key, or the number of one in `elements`. */
type Token = symbol | DeclaredMember | string | number;

const added = Symbol('added');
const removed = Symbol('removed');
const modified = Symbol('modified');
const addedItems = Symbol('added items');
const scalar = Symbol('scalar');
const mapStart = Symbol('{');
const mapEnd = Symbol('}');
const listStart = Symbol('[');
const listEnd = Symbol(']');

/** A change's place among others. */
export interface ChangeShape<T> {
  /** Nothing differs. */
  readonly isEmpty: boolean;
  /** Undefined where the change is too large to be known. */
  readonly node: { value: T | undefined } | undefined;
  /** Elements that hardly come twice. */
  readonly elements: readonly string[];
}

/** Of one tree: with more it begins anew. */
const nodesMax = 1 << 14;
/** A longer change is hardly made twice. */
const tokensMax = 2048;

/**
 * What is known of changes between values of a type. Two come to the same node only if their comparisons (see
 * `compareTyped`) are the same once the ones' `elements` stand for the others'.
 */
export class ChangeShapes<T> {
  #root = new ShapeNode<T>();
  #size = 0;

  /** Throws TypedError. */
  of(schema: Schema, left: unknown, right: unknown, except?: FieldSet): ChangeShape<T> {
    const shape = new Shape(this.#root);
    eachDifference(schema, left, right, except, shape);
    this.#size += shape.grown;
    if (this.#size > nodesMax) {
      this.#size = 0;
      this.#root = new ShapeNode();
    }
    return shape;
  }
}

/** What has a uid in it names one object of many. */
const uid = /[0-9a-f]{8}-[0-9a-f]{4}-/;
const uidLength = 36;
const elementsMax = 32;

class Shape<T> implements DifferenceSink, ChangeShape<T> {
  node: ShapeNode<T> | undefined;
  readonly elements: string[] = [];
  /** New nodes on the way. */
  grown = 0;
  #length = 0;

  constructor(root: ShapeNode<T>) {
    this.node = root;
  }

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  added(path: readonly string[], schema: Schema | undefined, value: unknown): void {
    if (this.#isTooLong) return;
    this.#place(added, path);
    if (schema) this.#node(schema, value);
  }

  removed(path: readonly string[], schema: Schema | undefined, value: unknown): void {
    if (this.#isTooLong) return;
    this.#place(removed, path);
    if (schema) this.#node(schema, value);
  }

  modified(path: readonly string[]): void {
    this.#place(modified, path);
  }

  addedItems(path: readonly string[], schema: ListSchema, items: readonly unknown[]): void {
    this.#place(addedItems, path);
    this.#list(schema, items);
  }

  /** Nothing comes of the rest any more. */
  get #isTooLong(): boolean {
    return this.#length > tokensMax;
  }

  #step(token: Token): void {
    this.#length++;
    const { node } = this;
    if (!node) return;
    let next = node.after(token);
    if (!next && this.#length <= tokensMax) {
      next = node.grow(token);
      this.grown++;
    }
    this.node = next;
  }

  #place(how: symbol, path: readonly string[]): void {
    this.#step(how);
    for (const element of path) this.#element(element);
  }

  #node(schema: Schema, value: unknown): void {
    switch (atomOf(schema, value)) {
      case 'map':
        this.#map(schema as MapLike, value);
        break;
      case 'list':
        this.#list(listSchemaOf(schema), value);
        break;
      default:
        this.#step(scalar);
    }
  }

  #map(schema: MapLike, value: unknown): void {
    const map = mapOf(value);
    if (!map || isAtomicMap(schema)) {
      this.#step(scalar);
      return;
    }
    const members = schema.type === 'object' ? declaredMembers(schema) : undefined;
    this.#step(mapStart);
    for (const name in map) {
      if (this.#isTooLong) return;
      if (map[name] === undefined) continue;
      const member = members?.get(name);
      this.#step(member ?? name);
      if (!member?.isLeaf) this.#node(member?.schema ?? childSchema(schema, name) ?? deduced, map[name]);
    }
    this.#step(mapEnd);
  }

  #list(schema: ListSchema, value: unknown): void {
    const items = listOf(value);
    if (!items || isAtomicList(schema)) {
      this.#step(scalar);
      return;
    }
    this.#step(listStart);
    for (const item of items) {
      if (this.#isTooLong) return;
      const element = itemElement(schema, item);
      // The comparison will say what is wrong with it.
      this.#element(element === '' ? JSON.stringify(item) : element);
      if (schema.listType === 'map') this.#node(schema.items, item);
    }
    this.#step(listEnd);
  }

  #element(text: string): void {
    const at =
      text.length >= uidLength && !text.startsWith('f:') && uid.test(text) ? this.#numberOf(text) : -1;
    this.#step(at < 0 ? text : at);
  }

  /** Below 0: there are too many. */
  #numberOf(element: string): number {
    const known = this.elements.indexOf(element);
    if (known >= 0 || this.elements.length === elementsMax) return known;
    return this.elements.push(element) - 1;
  }
}

/** A member that a type declares. */
interface DeclaredMember {
  /** There is nothing more to say of its value. */
  readonly isLeaf: boolean;
  readonly schema: Schema;
}

/** Types never change, so what is known of one stays true. */
const declared = new WeakMap<ObjectSchema, ReadonlyMap<string, DeclaredMember>>();

function declaredMembers(schema: ObjectSchema): ReadonlyMap<string, DeclaredMember> {
  let members = declared.get(schema);
  if (!members) {
    members = new Map(
      Array.from(
        schema.fields.values(),
        ({ name, schema: type }) => [name, { isLeaf: isWhole(type), schema: type }] as const,
      ),
    );
    declared.set(schema, members);
  }
  return members;
}

/** Whether values of a type are managed as a whole, whatever they are. */
function isWhole(schema: Schema): boolean {
  switch (schema.type) {
    case 'any':
    case 'object':
    case 'map':
      return isAtomicMap(schema);
    case 'list':
      return isAtomicList(schema);
    default:
      return true;
  }
}
