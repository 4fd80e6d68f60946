/**
 * Field paths and field errors, worded as upstream's apimachinery (util/validation/field) words them, since
 * clients and users read them.
 */

import { withoutNone } from '#base/equal.ts';
import { escapeHtml, goQuote } from './go-json.ts';

export type FieldErrorType =
  | 'FieldValueNotFound'
  | 'FieldValueRequired'
  | 'FieldValueDuplicate'
  | 'FieldValueInvalid'
  | 'FieldValueNotSupported'
  | 'FieldValueForbidden'
  | 'FieldValueTooLong'
  | 'FieldValueTooMany'
  | 'InternalError'
  | 'FieldValueTypeInvalid';

const headings: Record<FieldErrorType, string> = {
  FieldValueNotFound: 'Not found',
  FieldValueRequired: 'Required value',
  FieldValueDuplicate: 'Duplicate value',
  FieldValueInvalid: 'Invalid value',
  FieldValueNotSupported: 'Unsupported value',
  FieldValueForbidden: 'Forbidden',
  FieldValueTooLong: 'Too long',
  FieldValueTooMany: 'Too many',
  InternalError: 'Internal error',
  FieldValueTypeInvalid: 'Invalid value',
};

/** One problem of one field; `message` is the cause's message in a Status, without the path. */
export interface FieldError {
  readonly type: FieldErrorType;
  readonly field: string;
  readonly message: string;
}

/** How a path reads that names no field. */
export const noField = '[]';

/** A path such as `spec.containers[0].env[name]`, made lazily: validation builds many and prints few. */
export class FieldPath {
  readonly #parent: FieldPath | undefined;
  readonly #part: string | number;
  /** Whether the part stands in brackets. */
  readonly #isKey: boolean;

  private constructor(parent: FieldPath | undefined, part: string | number, isKey: boolean) {
    this.#parent = parent;
    this.#part = part;
    this.#isKey = isKey;
  }

  /** A path of one or more names from the root. */
  static of(...names: string[]): FieldPath {
    return new FieldPath(undefined, names.join('.'), false);
  }

  child(name: string, ...below: string[]): FieldPath {
    let child = new FieldPath(this, name, false);
    for (const next of below) child = new FieldPath(child, next, false);
    return child;
  }

  index(i: number): FieldPath {
    return new FieldPath(this, i, true);
  }

  key(name: string): FieldPath {
    return new FieldPath(this, name, true);
  }

  toString(): string {
    const before = this.#parent?.toString() ?? '';
    if (this.#isKey) return `${before}[${this.#part}]`;
    return before === '' ? String(this.#part) : `${before}.${this.#part}`;
  }
}

/** The empty path. */
export const rootPath = FieldPath.of('');

/**
 * Path and message are made for whoever reads them: what is told of very many errors are the first, and each may show a
 * large value. By a class, for a getter in braces is defined anew for each object that has it.
 */
class LazyFieldError implements FieldError {
  readonly type: FieldErrorType;
  #path: FieldPath | string;
  #body: (() => string) | undefined;
  #message = '';

  constructor(type: FieldErrorType, path: FieldPath | string, body: () => string) {
    this.type = type;
    this.#path = path;
    this.#body = body;
  }

  get field(): string {
    this.#path = String(this.#path) || '<nil>';
    return this.#path;
  }

  get message(): string {
    if (this.#body) {
      this.#message = withDetail(headings[this.type], this.#body());
      this.#body = undefined;
    }
    return this.#message;
  }
}

function make(type: FieldErrorType, path: FieldPath | string, body: () => string): FieldError {
  return new LazyFieldError(type, path, body);
}

/** The same problem of another field, or in other words. */
export function changedError({ type, field, message }: FieldError, change: Partial<FieldError>): FieldError {
  return { type, field, message, ...change };
}

const noDetail = () => '';

/** How Go's error text shows a value: strings quoted, objects and arrays as JSON, absent as null. */
export function showValue(value: unknown): string {
  if (value === undefined || value === null) return 'null';
  if (typeof value === 'string') return goQuote(value);
  if (typeof value === 'object') return escapeHtml(JSON.stringify(withoutNone(value)));
  return String(value);
}

function withDetail(shown: string, detail: string): string {
  return detail === '' ? shown : `${shown}: ${detail}`;
}

export const fieldError = {
  notFound: (path: FieldPath | string, value: unknown) =>
    make('FieldValueNotFound', path, () => showValue(value)),
  required: (path: FieldPath | string, detail = '') =>
    make('FieldValueRequired', path, detail === '' ? noDetail : () => detail),
  duplicate: (path: FieldPath | string, value: unknown) =>
    make('FieldValueDuplicate', path, () => showValue(value)),
  invalid: (path: FieldPath | string, value: unknown, detail: string) =>
    make('FieldValueInvalid', path, () => withDetail(showValue(value), detail)),
  /** Of a whole that is not shown. */
  misplaced: (path: FieldPath | string, detail: string) => make('FieldValueInvalid', path, () => detail),
  typeInvalid: (path: FieldPath | string, value: unknown, detail: string) =>
    make('FieldValueTypeInvalid', path, () => withDetail(showValue(value), detail)),
  /** `supported` in the order to show. */
  notSupported: (path: FieldPath | string, value: unknown, supported: readonly string[]) =>
    make('FieldValueNotSupported', path, () =>
      withDetail(
        showValue(value),
        supported.length > 0 ? `supported values: ${supported.map(goQuote).join(', ')}` : '',
      ),
    ),
  forbidden: (path: FieldPath | string, detail: string) => make('FieldValueForbidden', path, () => detail),
  tooLong: (path: FieldPath | string, maxLength: number) =>
    make('FieldValueTooLong', path, () =>
      maxLength >= 0 ? `may not be more than ${maxLength} bytes` : 'value is too long',
    ),
  tooMany: (path: FieldPath | string, actual: number, max: number) =>
    make('FieldValueTooMany', path, () => `${actual}: must have at most ${max} items`),
  internal: (path: FieldPath | string, detail: string) => make('InternalError', path, () => detail),
};

/** 'spec.replicas: Invalid value: -1: must be …' */
export function fieldErrorText(error: FieldError): string {
  return `${error.field}: ${error.message}`;
}

/** Upstream's aggregate: one error alone, several in brackets with repeats left out. */
export function aggregateText(errors: readonly string[]): string {
  const texts = [...new Set(errors)];
  return texts.length === 1 ? texts[0]! : `[${texts.join(', ')}]`;
}

export function fieldErrorsText(errors: readonly FieldError[]): string {
  return aggregateText(errors.map(fieldErrorText));
}
