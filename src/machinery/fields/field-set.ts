/**
 * Sets of field paths, and their algebra. A set is its own FieldsV1 JSON (structured-merge-diff's serialisation): a
 * tree of path elements, in which a node without children is a member, and one with children is a member too if it
 * has '.'. So nothing is encoded or decoded between the store, the wire and the algebra, and operations hand back
 * the very sets that they were given wherever they change nothing.
 *
 * Every set is canonical: made here, or read by `decodeFieldSet`. Sets are never changed.
 */
import { Pace, type Steps } from '#base/steps.ts';
import { orderOf } from './element.ts';

export interface FieldSet {
  readonly [element: string]: FieldSet;
}

const self = '.';
const leaf: FieldSet = Object.freeze({});

export const emptySet: FieldSet = leaf;

export function isEmpty(set: FieldSet): boolean {
  // Members that are empty are leaves. To look for the first element of thousands, the engine lists them all.
  if (set === leaf) return true;
  if (set[self]) return false;
  for (const element in set) if (element !== self) return false;
  return true;
}

/** Of a node below the root. */
export function isMember(node: FieldSet): boolean {
  return node[self] !== undefined || isEmpty(node);
}

/** What is below a node: elements, and the node of each. */
class Children {
  readonly elements: string[] = [];
  readonly nodes: FieldSet[] = [];

  add(element: string, node: FieldSet | undefined): void {
    if (!node) return;
    this.elements.push(element);
    this.nodes.push(node);
  }
}

/** The node of these children, which are in order; undefined where there is nothing. */
function nodeOf(member: boolean, { elements, nodes }: ChildLists): FieldSet | undefined {
  if (elements.length === 0) return member ? leaf : undefined;
  const node: Record<string, FieldSet> = member ? { [self]: leaf } : {};
  for (let i = 0; i < elements.length; i++) node[elements[i]!] = nodes[i]!;
  return node;
}

interface ChildLists {
  readonly elements: readonly string[];
  readonly nodes: readonly FieldSet[];
}

function sorted(children: ChildLists): ChildLists {
  const order = orderOf(children.elements);
  if (!order) return children;
  return {
    elements: order.map(i => children.elements[i]!),
    nodes: order.map(i => children.nodes[i]!),
  };
}

/** A member with these children, each there once. */
export function memberOf(elements: readonly string[], nodes: readonly FieldSet[]): FieldSet {
  return nodeOf(true, sorted({ elements, nodes }))!;
}

/** So many elements are put into a set in a step. */
const setPace = 2048;

/** As `memberOf`, in steps, frozen. */
export function* memberInSteps(elements: readonly string[], nodes: readonly FieldSet[]): Steps<FieldSet> {
  const pace = new Pace(setPace);
  const children = sorted({ elements, nodes });
  if (children.elements.length === 0) return leaf;
  yield;
  const node: Record<string, FieldSet> = { [self]: leaf };
  for (const [i, element] of children.elements.entries()) {
    if (pace.isDue) yield;
    node[element] = children.nodes[i]!;
  }
  return Object.freeze(node);
}

/** As `memberOf`, of elements in the order of sets. */
export function memberOfSorted(elements: readonly string[], nodes: readonly FieldSet[]): FieldSet {
  return nodeOf(true, { elements, nodes })!;
}

/** What is in either. */
export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmpty(a)) return b;
  return isEmpty(b) ? a : unionNodes(a, b);
}

/** Of many: each is gone through as often as it takes to halve their number down to one. */
export function unionOf(sets: readonly FieldSet[]): FieldSet {
  let left = sets;
  while (left.length > 1) {
    const halved: FieldSet[] = [];
    for (let i = 0; i < left.length; i += 2) halved.push(union(left[i]!, left[i + 1] ?? emptySet));
    left = halved;
  }
  return left[0] ?? emptySet;
}

function unionNodes(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b) return a;
  const member = isMember(a) || isMember(b);
  const added = new Children();
  const joined = new Map<string, FieldSet>();
  for (const element in b) {
    if (element === self) continue;
    const mine = a[element];
    const both = mine ? unionNodes(mine, b[element]!) : b[element]!;
    if (!mine) added.add(element, both);
    else if (both !== mine) joined.set(element, both);
  }
  const isLonger = added.elements.length > 0;
  if (!isLonger && joined.size === 0 && member === isMember(a)) return a;
  const children = new Children();
  for (const element in a) {
    if (element !== self) children.add(element, joined.get(element) ?? a[element]!);
  }
  for (const [i, element] of added.elements.entries()) children.add(element, added.nodes[i]!);
  return nodeOf(member, isLonger ? sorted(children) : children)!;
}

/** What is in both. */
export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmpty(a) || isEmpty(b)) return emptySet;
  return intersectNodes(a, b) ?? emptySet;
}

function intersectNodes(a: FieldSet, b: FieldSet): FieldSet | undefined {
  if (a === b) return a;
  const children = new Children();
  for (const element in a) {
    const other = b[element];
    if (element !== self && other) children.add(element, intersectNodes(a[element]!, other));
  }
  return nodeOf(isMember(a) && isMember(b), children);
}

/** What is in `a` and not in `b`. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b) return emptySet;
  return isEmpty(a) || isEmpty(b) ? a : (subtract(a, b, false) ?? emptySet);
}

/** What is in `a` and neither in `b` nor below a member of `b`. */
export function recursiveDifference(a: FieldSet, b: FieldSet): FieldSet {
  return isEmpty(a) || isEmpty(b) ? a : (subtract(a, b, true) ?? emptySet);
}

function subtract(a: FieldSet, b: FieldSet, recursive: boolean): FieldSet | undefined {
  const taken = isMember(b);
  if (taken && recursive) return undefined;
  const member = isMember(a);
  let changed = member && taken;
  const children = new Children();
  for (const element in a) {
    if (element === self) continue;
    const other = b[element];
    const rest = other ? subtract(a[element]!, other, recursive) : a[element]!;
    if (rest !== a[element]) changed = true;
    children.add(element, rest);
  }
  return changed ? nodeOf(member && !taken, children) : a;
}

/** The part that a pattern lets through (upstream's include matchers). In a pattern '*' is any element, a leaf anything below. */
export function matching(set: FieldSet, pattern: FieldSet): FieldSet {
  return matchingNode(set, pattern, false) ?? emptySet;
}

function matchingNode(set: FieldSet, pattern: FieldSet, member: boolean): FieldSet | undefined {
  const children = new Children();
  for (const element in set) {
    const below = pattern[element] ?? pattern['*'];
    if (element === self || !below) continue;
    const node = set[element]!;
    children.add(element, isEmpty(below) ? node : matchingNode(node, below, isMember(node)));
  }
  return nodeOf(member, children);
}

/** The set with other elements in the place of some; the same where it has none of them. */
export function renamed(set: FieldSet, names: ReadonlyMap<string, string>): FieldSet {
  let children: Children | undefined;
  let reordered = false;
  for (const element in set) {
    if (element === self) continue;
    const name = names.get(element);
    const node = renamed(set[element]!, names);
    if (!children && name === undefined && node === set[element]) continue;
    children ??= childrenBefore(set, element);
    reordered ||= name !== undefined;
    children.add(name ?? element, node);
  }
  return children ? nodeOf(set[self] !== undefined, reordered ? sorted(children) : children)! : set;
}

function childrenBefore(set: FieldSet, last: string): Children {
  const children = new Children();
  for (const element in set) {
    if (element === last) break;
    if (element !== self) children.add(element, set[element]!);
  }
  return children;
}

export function hasPath(set: FieldSet, path: readonly string[]): boolean {
  let node: FieldSet | undefined = set;
  for (const element of path) {
    node = node[element];
    if (!node) return false;
  }
  return path.length > 0 && isMember(node);
}

export function setOf(...paths: (readonly string[])[]): FieldSet {
  const builder = new FieldSetBuilder();
  for (const path of paths) builder.insert(path);
  return builder.build();
}

/** Every path of the set: of each node its own members first, then what is below them. */
export function* pathsOf(set: FieldSet, prefix: readonly string[] = []): Generator<readonly string[]> {
  const elements = Object.keys(set).filter(element => element !== self);
  for (const element of elements) if (isMember(set[element]!)) yield [...prefix, element];
  for (const element of elements) yield* pathsOf(set[element]!, [...prefix, element]);
}

/** Collects paths. */
export class FieldSetBuilder {
  #member = false;
  /** All that is here, when it came at once. */
  #whole: FieldSet | undefined;
  /** Most have none. */
  #children: Map<string, FieldSetBuilder> | undefined;

  /** `whole`: a member's node, below whose path nothing else is inserted. */
  insert(path: readonly string[], whole?: FieldSet): void {
    let node: FieldSetBuilder = this;
    for (const element of path) {
      node = node.#below(element);
    }
    node.#member = true;
    node.#whole = whole;
  }

  #below(element: string): FieldSetBuilder {
    this.#children ??= new Map();
    let next = this.#children.get(element);
    if (!next) {
      next = new FieldSetBuilder();
      this.#children.set(element, next);
    }
    return next;
  }

  build(): FieldSet {
    return this.#build(false) ?? emptySet;
  }

  #build(member: boolean): FieldSet | undefined {
    if (this.#whole) return this.#whole;
    if (!this.#children) return member ? leaf : undefined;
    const children = new Children();
    for (const [element, child] of this.#children) children.add(element, child.#build(child.#member));
    return nodeOf(member, sorted(children));
  }
}
