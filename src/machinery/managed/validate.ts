import { fieldElement } from '../fields/element.ts';
import { goText } from '../patch/json-object.ts';
import type { ListSchema, ScalarSchema, Schema } from '../schema.ts';
import type { Versioned } from './versions.ts';
import {
  ConvertedError,
  type MapLike,
  type Problem,
  TypedError,
  atomOf,
  childSchema,
  isAtomicList,
  itemElement,
  itemProblem,
  listOf,
  listSchemaOf,
  mapOf,
  problemAt,
} from './typed.ts';

export interface TypedOptions {
  /** What is stored may have an element twice. */
  readonly allowsDuplicates?: boolean;
}

/** Checks that a value, as an applied configuration, fits its type: only declared fields, no duplicates. Throws TypedError. */
export function validateTyped(
  schema: Schema,
  value: unknown,
  { allowsDuplicates = false }: TypedOptions = {},
): void {
  const validator = new Validator(allowsDuplicates);
  validator.node(schema, value);
  if (validator.problems.length > 0) throw TypedError.of(validator.problems);
}

/** Checks an object as another version has it. Throws ConvertedError, in which `what` comes first. */
export function mustFit({ schema, value }: Versioned, what: string): void {
  try {
    validateTyped(schema, value);
  } catch (error) {
    throw error instanceof TypedError ? new ConvertedError(`${what}: ${error.message}`) : error;
  }
}

class Validator {
  readonly problems: Problem[] = [];
  readonly #path: string[] = [];
  readonly #allowsDuplicates: boolean;

  constructor(allowsDuplicates: boolean) {
    this.#allowsDuplicates = allowsDuplicates;
  }

  node(schema: Schema, value: unknown): void {
    if (value === null) return;
    const atom = atomOf(schema, value);
    if (atom === 'map') this.#map(schema as MapLike, value);
    else if (atom === 'list') this.#list(listSchemaOf(schema), value);
    else if (atom === 'scalar' && schema.type !== 'any') this.#scalar(schema as ScalarSchema, value);
  }

  #refuse(message: string): void {
    this.problems.push(problemAt(this.#path, message));
  }

  #below(element: string, visit: () => void): void {
    this.#path.push(element);
    visit();
    this.#path.pop();
  }

  #map(schema: MapLike, value: unknown): void {
    const map = mapOf(value);
    if (!map) {
      this.#refuse(`expected map, got ${shown(value)}`);
      return;
    }
    for (const [name, part] of Object.entries(map)) {
      const child = childSchema(schema, name);
      this.#below(fieldElement(name), () => {
        if (child) this.node(child, part);
        else this.#refuse('field not declared in schema');
      });
      // As upstream: the first field that is not declared ends this map.
      if (!child) return;
    }
  }

  #list(schema: ListSchema, value: unknown): void {
    const list = listOf(value);
    if (!list) {
      this.#refuse(`expected list, got ${shown(value)}`);
      return;
    }
    const seen = new Set<string>();
    for (const [i, item] of list.entries()) {
      const element = isAtomicList(schema) ? `i:${i}` : itemElement(schema, item);
      if (element === '') {
        this.#refuse(`element ${i}: ${itemProblem(schema, item)}`);
        return;
      }
      if (seen.has(element) && !this.#allowsDuplicates) {
        const text = problemAt([element], '').path;
        this.#refuse(`duplicate entries for key ${text}`);
      }
      seen.add(element);
      this.#below(element, () => this.node(schema.items, item));
    }
  }

  #scalar(schema: ScalarSchema, value: unknown): void {
    const type = typeof value;
    switch (schema.type) {
      case 'integer':
      case 'number':
        if (type !== 'number' && type !== 'bigint')
          this.#refuse(`expected numeric (int or float), got ${goType(value)}`);
        return;
      case 'boolean':
        if (type !== 'boolean') this.#refuse(`expected boolean, got ${shown(value)}`);
        return;
      case 'string':
        // A form of its own is looked at when the value is decoded.
        if (schema.format && schema.format !== 'byte') {
          if (type === 'object') this.#refuse(`expected any scalar, got ${shown(value)}`);
          return;
        }
        if (type !== 'string')
          this.#refuse(`expected string, got &value.valueUnstructured{Value:${goSyntax(value)}}`);
        return;
      default:
        return;
    }
  }
}

const shown = (value: unknown): string => `&{${goText(value)}}`;

function goType(value: unknown): string {
  if (Array.isArray(value)) return '[]interface {}';
  if (typeof value === 'object') return 'map[string]interface {}';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

/** How Go's %#v shows a value. */
function goSyntax(value: unknown): string {
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(', ')}}`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'interface {}(nil)';
  const pairs = Object.entries(value).map(([name, part]) => `${JSON.stringify(name)}:${goSyntax(part)}`);
  return `map[string]interface {}{${pairs.sort().join(', ')}}`;
}
