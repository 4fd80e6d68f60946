/** What a checked expression may still get wrong with its literals: times, patterns, mixed lists. */
import type { Call, Expr } from './ast.ts';
import { walk } from './ast.ts';
import type { Checked } from './checked.ts';
import type { Library } from './environment.ts';
import { timestampOf } from './library/arithmetic.ts';
import { compilePattern } from './library/pattern.ts';
import { durationFromText, timestampFromText } from './library/time-text.ts';
import type { Issue } from './source.ts';
import { isOptional, sameType, type Type, typeText } from './types.ts';
import { CelError, type CelValue, isError, isInt } from './values.ts';

function validateLiterals(checked: Checked): readonly Issue[] {
  const issues: Issue[] = [];
  const at = (expr: Expr, message: string) => issues.push({ offset: expr.offset, message });
  walk(checked.expr, (expr, parents) => {
    switch (expr.kind) {
      case 'call':
        checkLiteral(expr, at);
        break;
      case 'list':
      case 'map':
        // What is formatted may be of many types.
        if (!parents.some(parent => parent.kind === 'call' && parent.name === 'format'))
          checkUniform(expr, checked, at);
    }
  });
  return issues;
}

/** Kubernetes is stricter with literals than the language is. */
export const literalsLibrary: Library = { validators: [validateLiterals] };

type Report = (expr: Expr, message: string) => void;

/** Conversions and patterns of literals are tried out. */
const literalChecks: Readonly<Record<string, (value: CelValue) => boolean>> = {
  duration: value => !isInt(value) && (typeof value !== 'string' || durationFromText(value) !== undefined),
  timestamp: value => {
    if (isInt(value)) return !isError(timestampOf(BigInt(value) * 1_000_000_000n));
    if (typeof value !== 'string') return true;
    const parsed = timestampFromText(value);
    return parsed !== undefined && !isError(timestampOf(parsed.nanos));
  },
  matches: value => typeof value !== 'string' || !(compilePattern(value) instanceof CelError),
};

function checkLiteral(call: Call, at: Report): void {
  const check = Object.hasOwn(literalChecks, call.name) ? literalChecks[call.name] : undefined;
  const [arg] = call.args;
  if (check && arg?.kind === 'literal' && !check(arg.value)) at(arg, `invalid ${call.name} argument`);
}

function checkUniform(expr: Expr & { kind: 'list' | 'map' }, checked: Checked, at: Report): void {
  const typeOf = (value: Expr, optional: boolean) => {
    const type = checked.types.get(value)!;
    return optional && isOptional(type) ? type.params[0]! : type;
  };
  const compare = (values: readonly { value: Expr; optional: boolean }[], all: boolean) => {
    let expected: Type | undefined;
    for (const { value, optional } of values) {
      const type = typeOf(value, optional);
      expected ??= type;
      if (sameType(expected, type)) continue;
      at(value, `expected type '${typeText(expected)}' but found '${typeText(type)}'`);
      if (!all) return;
    }
  };
  if (expr.kind === 'list') {
    compare(expr.elements, false);
    return;
  }
  // Of a map, upstream tells each.
  compare(
    expr.entries.map(entry => ({ value: entry.key, optional: false })),
    true,
  );
  compare(expr.entries, true);
}
