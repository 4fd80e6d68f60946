import { type FieldError, type FieldPath, fieldError, fieldErrorText, rootPath } from '#machinery/field.ts';

/** What is wrong with a value, one text for each problem, worded as upstream's strict decoding and validation word it. */
export type Shape = (value: unknown, path: FieldPath) => readonly string[];

const fine: readonly string[] = [];

/** Every problem of a configuration. An empty list: it has the shape. */
export function problemsOf(value: unknown, shape: Shape): readonly string[] {
  return shape(value, rootPath);
}

function wrongType(value: unknown, path: FieldPath, wanted: string): string[] {
  return told(fieldError.typeInvalid(path, value, `must be ${wanted}`));
}

function told(...errors: readonly FieldError[]): string[] {
  return errors.map(fieldErrorText);
}

export const text: Shape = (value, path) => {
  if (typeof value !== 'string') return wrongType(value, path, 'a string');
  return value === '' ? told(fieldError.required(path, 'must not be empty')) : fine;
};

/** A string, which may be empty. */
export const anyText: Shape = (value, path) =>
  typeof value === 'string' ? fine : wrongType(value, path, 'a string');

export function oneOf(known: readonly string[]): Shape {
  return (value, path) =>
    known.includes(value as string) ? fine : told(fieldError.notSupported(path, value, known));
}

export const flag: Shape = (value, path) =>
  typeof value === 'boolean' ? fine : wrongType(value, path, 'true or false');

/** A whole number from 0 to `max`. */
export function count(max: number): Shape {
  return (value, path) => {
    if (typeof value !== 'number' || !Number.isInteger(value))
      return wrongType(value, path, 'a whole number');
    if (value >= 0 && value <= max) return fine;
    return told(fieldError.invalid(path, value, `must be between 0 and ${max}, inclusive`));
  };
}

/** A number, whole unless it may be any, of which `check` says what is wrong. */
export function number(
  check: (value: number) => readonly string[] = () => [],
  which: 'whole' | 'any' = 'whole',
): Shape {
  return (value, path) => {
    if (typeof value !== 'number' || (which === 'whole' && !Number.isSafeInteger(value)))
      return wrongType(value, path, which === 'whole' ? 'a whole number' : 'a number');
    const problems = check(value);
    return problems.length > 0 ? told(fieldError.invalid(path, value, problems.join(', '))) : fine;
  };
}

/** A whole number from 1 to `max`. */
export function positive(max: number): Shape {
  const atMost = count(max);
  return (value, path) =>
    typeof value === 'number' && value <= 0
      ? told(fieldError.invalid(path, value, 'must be positive'))
      : atMost(value, path);
}

/** A string of which `check` says what is wrong. */
export function textThat(check: (value: string) => readonly string[]): Shape {
  return (value, path) => {
    if (typeof value !== 'string') return wrongType(value, path, 'a string');
    const problems = check(value);
    return problems.length > 0 ? told(fieldError.invalid(path, value, problems.join(', '))) : fine;
  };
}

/** One value alone, for apiVersion and kind. */
export const only = (wanted: string): Shape => oneOf([wanted]);

/** Any YAML mapping. */
export const mapping: Shape = (value, path) =>
  isMapping(value) ? fine : wrongType(value, path, 'a mapping');

export function listOf(item: Shape): Shape {
  return (value, path) => {
    if (!Array.isArray(value)) return wrongType(value, path, 'a list');
    return value.flatMap((one, i) => item(one, path.index(i)));
  };
}

/** A list in which nothing is there twice. */
export function unique(item: Shape): Shape {
  const each = listOf(item);
  return (value, path) => {
    const problems = each(value, path);
    if (problems.length > 0 || !Array.isArray(value)) return problems;
    return value.flatMap((one, i) =>
      value.indexOf(one) < i ? told(fieldError.duplicate(path.index(i), one)) : fine,
    );
  };
}

/** A mapping of any names to values of one shape. */
export function mapOf(item: Shape): Shape {
  return (value, path) => {
    if (!isMapping(value)) return wrongType(value, path, 'a mapping');
    return Object.entries(value).flatMap(([name, one]) => item(one, path.key(name)));
  };
}

/** A mapping of these fields alone. A null is a field left out. */
export function fields(known: Readonly<Record<string, Shape>>, required: readonly string[] = []): Shape {
  return (value, path) => {
    if (!isMapping(value)) return wrongType(value, path, `a mapping of ${Object.keys(known).join(', ')}`);
    const unknown = Object.keys(value)
      .filter(name => !Object.hasOwn(known, name))
      .map(name => unknownField(path.child(name), name, Object.keys(known)));
    const missing = required
      .filter(name => (value[name] ?? undefined) === undefined)
      .map(name => fieldErrorText(fieldError.required(path.child(name))));
    const wrong = Object.entries(known).flatMap(([name, shape]) =>
      (value[name] ?? undefined) === undefined ? fine : shape(value[name], path.child(name)),
    );
    return [...unknown, ...missing, ...wrong];
  };
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unknownField(path: FieldPath, name: string, known: readonly string[]): string {
  const nearest = nearestTo(name, known);
  const hint = nearest ? `did you mean ${JSON.stringify(nearest)}?` : `there are ${known.join(', ')}`;
  return `unknown field ${JSON.stringify(String(path))}: ${hint}`;
}

/** The name that was most likely meant: of different case, or a few letters off. */
export function nearestTo(name: string, known: readonly string[]): string | undefined {
  const offMax = Math.max(1, Math.floor(name.length / 3));
  const [best] = known
    .map(candidate => ({ candidate, off: lettersOff(name.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.off - b.off);
  return best && best.off <= offMax ? best.candidate : undefined;
}

/** Letters to put in, take out, replace or swap with the next one (optimal string alignment). */
function lettersOff(a: string, b: string): number {
  let [before, row]: [number[], number[]] = [[], Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const next: number[] = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + same);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) next[j] = Math.min(next[j]!, before[j - 2]! + 1);
    }
    [before, row] = [row, next];
  }
  return row[b.length]!;
}
