/**
 * What Go's decoder refuses a text for. Most types it reads itself: of what they do not take, it notes the first and reads on.
 * Types that read themselves end it at once, and then nobody hears of what was noted. JSON.parse has no texts of numbers,
 * of which Go takes no `1.0` for an integer: a text that may have such numbers is parsed once more, with them.
 */
import type { Steps } from '#base/steps.ts';
import { DecodeError } from './decode-error.ts';
import { canonicalBase64, canonicalMicroTime, canonicalTime, parseDuration } from './go-values.ts';
import { isNumberText, mayHaveFractions, parseNumberTexts, parseNumberTextsInSteps } from './json-parse.ts';
import {
  decodeQuantity,
  embeddedName,
  goTypeName,
  goValueName,
  inRange,
  isOctet,
  mismatchText,
  octet,
} from './normalize.ts';
import { isObject } from './patch/json-object.ts';
import type { AnySchema, ObjectSchema, ScalarSchema, Schema } from './schema.ts';

/** Throws DecodeError where a native type has an integer that is not written as one. The text must be valid JSON. */
export function* checkNumbers(text: string, schema: ObjectSchema): Steps<void> {
  if (!mayHaveFractions(text)) return;
  const refusal = refusalOf(yield* parseNumberTextsInSteps(text), schema);
  if (refusal) throw refusal;
}

/** What is to be said of a text that a native type was refused for. */
export function refusalByText(error: unknown, text: string, schema: ObjectSchema): unknown {
  return error instanceof DecodeError ? (refusalOf(parseNumberTexts(text), schema) ?? error) : error;
}

function refusalOf(value: unknown, schema: ObjectSchema): DecodeError | undefined {
  const reader = new Reader();
  try {
    reader.read(value, schema);
  } catch (error) {
    if (error instanceof DecodeError) return error;
    throw error;
  }
  return reader.noted;
}

class Reader {
  noted: DecodeError | undefined;
  /** Names of the fields on the way here, without indices and map keys, as Go's error text has them. */
  readonly #path: string[] = [];
  #struct: ObjectSchema | undefined;

  /** Throws what ends the reading. */
  read(value: unknown, schema: Schema): void {
    if (value === null || value === undefined) return;
    switch (schema.type) {
      case 'object':
        if (isObject(value)) this.#fields(value, schema);
        else this.#note(value, schema);
        return;
      case 'list':
        if (Array.isArray(value)) for (const item of value) this.read(item, schema.items);
        else this.#note(value, schema);
        return;
      case 'map':
        if (isObject(value)) for (const name in value) this.read(value[name], schema.values);
        else this.#note(value, schema);
        return;
      case 'any':
        this.#any(value, schema);
        return;
      default:
        this.#scalar(value, schema);
    }
  }

  #fields(value: Readonly<Record<string, unknown>>, schema: ObjectSchema): void {
    const outer = this.#struct;
    for (const name in value) {
      const field = schema.fields.get(name);
      if (!field) continue;
      this.#struct = schema;
      this.#path.push(embeddedName(name, schema));
      this.read(value[name], field.schema);
      this.#path.pop();
    }
    this.#struct = outer;
  }

  #any(value: unknown, { element, wire }: AnySchema): void {
    if (!element) return;
    if (isObject(value)) this.#fields(value, element);
    else if (wire === 'jsonSchemaPropsOrBool') {
      if (typeof value !== 'boolean') throw new DecodeError('boolean or JSON schema expected');
    } else if (Array.isArray(value)) {
      const each: Schema = wire === 'jsonSchemaPropsOrArray' ? element : { type: 'string' };
      for (const item of value) this.read(item, each);
    }
  }

  #scalar(value: unknown, schema: ScalarSchema): void {
    switch (schema.type) {
      case 'string':
        if (schema.format) this.#formatted(value, schema);
        else if (typeof value !== 'string') this.#note(value, schema);
        return;
      case 'boolean':
        if (typeof value !== 'boolean') this.#note(value, schema);
        return;
      case 'number':
        if (!isNumber(value)) this.#note(value, schema);
        return;
      case 'integer':
        if (!isInteger(value, schema)) this.#note(value, schema, numberText(value));
        return;
      case 'quantity':
        decodeQuantity(typeof value === 'string' ? value : (digits(value) ?? JSON.stringify(value)));
        return;
      case 'int-or-string':
        if (typeof value === 'string' || isInteger(value, { type: 'integer', format: 'int32' })) return;
        throw this.#mismatch(numberText(value) ?? goValueName(value), 'int32');
    }
  }

  #formatted(value: unknown, schema: ScalarSchema): void {
    if (schema.format === 'byte') this.#bytes(value, schema);
    else if (typeof value !== 'string') throw this.#mismatch(goValueName(value), 'string');
    else if (schema.format === 'date-time') canonicalTime(value);
    else if (schema.format === 'micro-time') canonicalMicroTime(value);
    else if (schema.format === 'duration') parseDuration(value);
  }

  /** Go reads bytes from a list of numbers too. */
  #bytes(value: unknown, schema: ScalarSchema): void {
    if (typeof value === 'string') this.#try(() => canonicalBase64(value));
    else if (!Array.isArray(value)) this.#note(value, schema);
    else {
      for (const item of value) {
        if (item !== null && !isOctet(item)) this.#note(item, octet, numberText(item));
      }
    }
  }

  #try(read: () => void): void {
    try {
      read();
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.noted ??= error;
    }
  }

  #note(value: unknown, schema: Schema, shown = goValueName(value)): void {
    this.noted ??= this.#mismatch(shown, goTypeName(schema));
  }

  #mismatch(shown: string, type: string): DecodeError {
    return new DecodeError(mismatchText(shown, type, this.#struct, this.#path));
  }
}

/** A number as it is written. */
function digits(value: unknown): string | undefined {
  if (isNumberText(value)) return value();
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : undefined;
}

function numberText(value: unknown): string | undefined {
  const text = digits(value);
  return text === undefined ? undefined : `number ${text}`;
}

function isNumber(value: unknown): boolean {
  return digits(value) !== undefined;
}

/** A NumberText is none: what is written as an integer, and is one, was read as a number or a bigint. */
function isInteger(value: unknown, schema: ScalarSchema): boolean {
  if (typeof value === 'number') return inRange(value, schema);
  return typeof value === 'bigint' && schema.format !== 'int32' && !(schema.unsigned && value < 0);
}
