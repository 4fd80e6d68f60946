/** Label and field selectors, as strings and as objects. Errors are in upstream's words. */
import { table } from '#base/members.ts';
import { append } from '#base/append.ts';
import { compareStrings } from './bytes.ts';
import { type FieldError, type FieldPath, fieldError, fieldErrorsText } from './field.ts';
import { validateLabelName, validateLabels } from './metadata.ts';
import { checkLabelValue, checkQualifiedName } from './names.ts';
import type { LabelRequirement, SelectorOperator } from './label-requirement.ts';
import { parseRequirements } from './selector-parser.ts';

export type Labels = Readonly<Record<string, string>>;

/** metav1.LabelSelector. */
export interface LabelSelectorObject {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly LabelExpression[];
}

/** metav1.LabelSelectorRequirement. */
export interface LabelExpression {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[] | undefined;
}

/** Text or an object that is no selector. */
export class SelectorError extends Error {
  override readonly name = 'SelectorError';
}

const binaryOperators: readonly SelectorOperator[] = ['in', 'notin', '=', '==', '!=', 'gt', 'lt'];
const allOperators: readonly SelectorOperator[] = [...binaryOperators, 'exists', '!'];

/** Checks and makes a requirement; throws SelectorError. */
export function labelRequirement(
  key: string,
  operator: SelectorOperator,
  values: readonly string[],
): LabelRequirement {
  const errors: FieldError[] = [];
  const keyErrors = checkQualifiedName(key);
  if (keyErrors.length > 0) errors.push(fieldError.invalid('key', key, keyErrors.join('; ')));
  append(errors, checkValueCount(operator, values));
  for (const [i, value] of values.entries()) {
    const wrong = checkLabelValue(value);
    if (wrong.length > 0) errors.push(fieldError.invalid(`values[${i}][${key}]`, value, wrong.join('; ')));
  }
  if (errors.length > 0) throw new SelectorError(fieldErrorsText(errors));
  return { key, operator, values };
}

function checkValueCount(operator: SelectorOperator, values: readonly string[]): FieldError[] {
  const shown = values.length > 0 ? values : null;
  const invalid = (detail: string) => [fieldError.invalid('values', shown, detail)];
  switch (operator) {
    case 'in':
    case 'notin':
      return values.length > 0 ? [] : invalid("for 'in', 'notin' operators, values set can't be empty");
    case '=':
    case '==':
    case '!=':
      return values.length === 1 ? [] : invalid('exact-match compatibility requires one single value');
    case 'exists':
    case '!':
      return values.length === 0 ? [] : invalid('values set must be empty for exists and does not exist');
    case 'gt':
    case 'lt':
      return checkIntegers(values);
    default:
      return [fieldError.notSupported('operator', operator, allOperators)];
  }
}

function checkIntegers(values: readonly string[]): FieldError[] {
  const errors =
    values.length === 1
      ? []
      : [fieldError.invalid('values', values, "for 'Gt', 'Lt' operators, exactly one value is required")];
  for (const [i, value] of values.entries()) {
    if (parseInteger(value) !== undefined) continue;
    errors.push(
      fieldError.invalid(`values[${i}]`, value, "for 'Gt', 'Lt' operators, the value must be an integer"),
    );
  }
  return errors;
}

const int64Limit = 1n << 63n;

function parseInteger(text: string): bigint | undefined {
  if (!/^[+-]?[0-9]{1,25}$/.test(text)) return undefined;
  const value = BigInt(text.replace('+', ''));
  return value >= -int64Limit && value < int64Limit ? value : undefined;
}

/** Whether labels meet a requirement. */
export function matchesRequirement({ key, operator, values }: LabelRequirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'in':
    case '=':
    case '==':
      return value !== undefined && values.includes(value);
    case 'notin':
    case '!=':
      return value === undefined || !values.includes(value);
    case 'exists':
      return value !== undefined;
    case '!':
      return value === undefined;
    default: {
      const left = value === undefined ? undefined : parseInteger(value);
      const right = parseInteger(values[0] ?? '');
      if (left === undefined || right === undefined) return false;
      return operator === 'gt' ? left > right : left < right;
    }
  }
}

function requirementText({ key, operator, values }: LabelRequirement): string {
  const list = [...values].sort(compareStrings).join(',');
  switch (operator) {
    case 'exists':
      return key;
    case '!':
      return `!${key}`;
    case 'in':
    case 'notin':
      return `${key} ${operator} (${list})`;
    case 'gt':
      return `${key}>${list}`;
    case 'lt':
      return `${key}<${list}`;
    default:
      return `${key}${operator}${list}`;
  }
}

/** A conjunction of requirements, in the order of their keys. Without any it matches everything. */
export class LabelSelector {
  static readonly everything = new LabelSelector([]);
  /** Matches no object at all. */
  static readonly nothing = new LabelSelector(undefined);

  readonly requirements: readonly LabelRequirement[];
  readonly matchesNothing: boolean;

  constructor(requirements: readonly LabelRequirement[] | undefined) {
    this.matchesNothing = requirements === undefined;
    this.requirements = [...(requirements ?? [])].sort((a, b) => compareStrings(a.key, b.key));
  }

  get empty(): boolean {
    return !this.matchesNothing && this.requirements.length === 0;
  }

  matches(labels: Labels | undefined): boolean {
    if (this.matchesNothing) return false;
    return this.requirements.every(requirement => matchesRequirement(requirement, labels ?? {}));
  }

  toString(): string {
    return this.requirements.map(requirementText).join(',');
  }
}

/** Parses 'a=b,c in (d,e),!f'; throws SelectorError. */
export function parseLabelSelector(text: string): LabelSelector {
  const fail = (message: string): never => {
    throw new SelectorError(message);
  };
  const requirements = parseRequirements(text, {
    fail,
    binaryOperators,
    checkKey: key => {
      const errors = checkQualifiedName(key);
      return errors.length === 0 ? '' : `<nil>: ${fieldError.invalid('', key, errors.join('; ')).message}`;
    },
    make: labelRequirement,
  });
  return new LabelSelector(requirements);
}

/** A selector that asks for exactly these labels, which are taken as valid. */
export function selectorFromLabels(labels: Labels | undefined): LabelSelector {
  return new LabelSelector(
    Object.entries(labels ?? {}).map(([key, value]) => ({ key, operator: '=', values: [value] })),
  );
}

const objectOperators = table<SelectorOperator>({
  In: 'in',
  NotIn: 'notin',
  Exists: 'exists',
  DoesNotExist: '!',
});

/** Reads a metav1.LabelSelector: absent matches nothing, empty everything. Throws SelectorError. */
export function parseSelectorObject(selector: LabelSelectorObject | undefined | null): LabelSelector {
  if (!selector) return LabelSelector.nothing;
  const requirements = Object.entries(selector.matchLabels ?? {}).map(([key, value]) =>
    labelRequirement(key, '=', [value]),
  );
  for (const { key, operator, values } of selector.matchExpressions ?? []) {
    const known = objectOperators[operator];
    if (!known) {
      throw new SelectorError(`${JSON.stringify(operator)} is not a valid label selector operator`);
    }
    requirements.push(labelRequirement(key, known, values ?? []));
  }
  return new LabelSelector(requirements);
}

/** The text of a metav1.LabelSelector, as status.selector of a Scale and `kubectl describe` show it. */
export function formatLabelSelector(selector: LabelSelectorObject | undefined | null): string {
  if (!selector) return '<none>';
  try {
    return parseSelectorObject(selector).toString() || '<none>';
  } catch (error) {
    if (error instanceof SelectorError) return '<error>';
    throw error;
  }
}

/** The rules of a metav1.LabelSelector as a field of an object. */
export function validateLabelSelector(
  selector: LabelSelectorObject | undefined,
  path: FieldPath,
): FieldError[] {
  if (!selector) return [];
  const errors = [
    ...validateLabels(selector.matchLabels as Record<string, string>, path.child('matchLabels')),
  ];
  for (const [i, expression] of (selector.matchExpressions ?? []).entries())
    append(errors, validateLabelExpression(expression, path.child('matchExpressions').index(i)));
  return errors;
}

interface ValidationOptions {
  /** Of a client that may know more than we do. */
  readonly allowsUnknownOperator?: boolean;
}

/** The rules of one metav1.LabelSelectorRequirement. */
export function validateLabelExpression(
  expression: LabelExpression,
  at: FieldPath,
  options: ValidationOptions = {},
): FieldError[] {
  const { key, values = [] } = expression;
  const errors = [...validateOperator(expression, at, options), ...validateLabelName(key, at.child('key'))];
  for (const [i, value] of values.entries()) {
    for (const message of checkLabelValue(value))
      errors.push(fieldError.invalid(at.child('values').index(i), value, message));
  }
  return errors;
}

/** Whether a requirement has values where its operator wants them, and none where not. */
export function validateOperator(
  { operator, values = [] }: Pick<LabelExpression, 'operator' | 'values'>,
  at: FieldPath,
  { allowsUnknownOperator = false }: ValidationOptions = {},
): FieldError[] {
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length > 0) return [];
    return [fieldError.required(at.child('values'), "must be specified when `operator` is 'In' or 'NotIn'")];
  }
  if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (values.length === 0) return [];
    const detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
    return [fieldError.forbidden(at.child('values'), detail)];
  }
  if (allowsUnknownOperator) return [];
  return [fieldError.invalid(at.child('operator'), operator, 'not a valid selector operator')];
}

/** One condition on one field. */
export interface FieldRequirement {
  readonly field: string;
  readonly operator: '=' | '!=';
  readonly value: string;
}

/** A conjunction of conditions on fields. */
export class FieldSelector {
  readonly requirements: readonly FieldRequirement[];

  constructor(requirements: readonly FieldRequirement[]) {
    this.requirements = requirements;
  }

  get empty(): boolean {
    return this.requirements.length === 0;
  }

  /** `textOf` gives the text of a field; '' where it is not set. */
  matches(textOf: (field: string) => string): boolean {
    return this.requirements.every(
      ({ field, operator, value }) => (textOf(field) === value) === (operator === '='),
    );
  }

  /** The one value that the field must have, if the selector asks for one. */
  requiredValue(field: string): string | undefined {
    return this.requirements.find(r => r.field === field && r.operator === '=')?.value;
  }

  toString(): string {
    return this.requirements
      .map(({ field, operator, value }) => `${field}${operator}${escapeFieldValue(value)}`)
      .join(',');
  }
}

/** Parses 'metadata.name=a,status.phase!=Running'; throws SelectorError. */
export function parseFieldSelector(text: string): FieldSelector {
  const terms = splitTerms(text).sort(compareStrings);
  return new FieldSelector(
    terms
      // Nothing that equals nothing is true of everything.
      .filter(term => !['', '=', '==', '!='].includes(term))
      .map(term => {
        const match = /^(.*?)(!=|==|=)(.*)$/s.exec(term);
        if (!match) throw new SelectorError(`invalid selector: '${text}'; can't understand '${term}'`);
        const [, field, operator, value] = match;
        return {
          field: field!,
          operator: operator === '!=' ? '!=' : '=',
          value: unescapeFieldValue(value!),
        };
      }),
  );
}

/** Splits at the commas that no backslash escapes. */
function splitTerms(text: string): string[] {
  const terms: string[] = [];
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === ',') {
      terms.push(text.slice(start, i));
      start = i + 1;
    }
  }
  terms.push(text.slice(start));
  return terms;
}

/** Makes any text the value of a field selector. */
export function escapeFieldValue(value: string): string {
  return value.replace(/[\\,=]/g, '\\$&');
}

function unescapeFieldValue(text: string): string {
  let value = '';
  const characters = [...text];
  for (let i = 0; i < characters.length; i++) {
    const character = characters[i]!;
    if (character === ',' || character === '=') {
      throw new SelectorError(
        `invalid field selector: unescaped character in value: ${character.codePointAt(0)}`,
      );
    }
    if (character !== '\\') {
      value += character;
      continue;
    }
    const escaped = characters[++i] ?? '';
    if (escaped === '' || !'\\,='.includes(escaped)) {
      throw new SelectorError(`invalid field selector: invalid escape sequence: \\${escaped}`);
    }
    value += escaped;
  }
  return value;
}
