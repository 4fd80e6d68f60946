/**
 * Go takes a number for an integer by its text: `1.0` and `1e0` are none. JSON.parse has no texts, so that a body which
 * may have such numbers is parsed once more, with them, and looked through.
 */
import { DecodeError } from './decode-error.ts';
import type { Steps } from '#base/steps.ts';
import {
  type NumberText,
  isNumberText,
  mayHaveFractions,
  parseNumberTexts,
  parseNumberTextsInSteps,
} from './json-parse.ts';
import { goTypeName, mismatchText } from './normalize.ts';
import type { AnySchema, ObjectSchema, Schema } from './schema.ts';

/** Throws DecodeError for the first integer of a native type that is not written as one. The text must be valid JSON. */
export function* checkIntegers(text: string, schema: ObjectSchema): Steps<void> {
  if (!mayHaveFractions(text)) return;
  const value = yield* parseNumberTextsInSteps(text);
  new IntegerChecker().check(value, schema);
}

/** What a native type was refused for, with the number as it is written: of 2^63 a double has other digits. */
export function refusalByText(error: unknown, text: string, schema: ObjectSchema): unknown {
  if (!(error instanceof DecodeError) || !/number -?\d/.test(error.message)) return error;
  try {
    new IntegerChecker().check(parseNumberTexts(text), schema);
  } catch (exact) {
    return exact;
  }
  return error;
}

class IntegerChecker {
  /** Names of the fields on the way here, without indices and map keys, as Go's error text has them. */
  readonly #path: string[] = [];
  #struct: ObjectSchema | undefined;

  check(value: unknown, schema: Schema): void {
    if (isNumberText(value)) this.#leaf(value, schema);
    else if (Array.isArray(value)) this.#list(value, schema);
    else if (typeof value === 'object' && value !== null)
      this.#members(value as Record<string, unknown>, schema);
  }

  #leaf(text: NumberText, schema: Schema): void {
    if (schema.type !== 'integer' && schema.type !== 'int-or-string') return;
    const type = schema.type === 'integer' ? goTypeName(schema) : 'int32';
    throw new DecodeError(mismatchText(`number ${text()}`, type, this.#struct, this.#path));
  }

  #list(items: readonly unknown[], schema: Schema): void {
    const each = schema.type === 'list' ? schema.items : elementOf(schema);
    if (each) for (const item of items) this.check(item, each);
  }

  #members(value: Readonly<Record<string, unknown>>, schema: Schema): void {
    if (schema.type === 'map') for (const name in value) this.check(value[name], schema.values);
    const struct = schema.type === 'object' ? schema : elementOf(schema);
    if (struct) this.#fields(value, struct);
  }

  #fields(value: Readonly<Record<string, unknown>>, schema: ObjectSchema): void {
    const outer = this.#struct;
    for (const name in value) {
      const field = schema.fields.get(name);
      if (!field) continue;
      this.#struct = schema;
      this.#path.push(name);
      this.check(value[name], field.schema);
      this.#path.pop();
    }
    this.#struct = outer;
  }
}

function elementOf(schema: Schema): ObjectSchema | undefined {
  return (schema as Partial<AnySchema>).element;
}
