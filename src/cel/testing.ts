/** Short ways to evaluate in tests. */
import { compile } from './compile.ts';
import { dynDeclaration } from './declare.ts';
import type { Environment } from './environment.ts';
import { baseEnvironment } from './kubernetes.ts';
import { valueText } from './text.ts';
import { isError } from './values.ts';

export const testEnvironment: Environment = baseEnvironment();

/** The value as text, 'error: …' where it is one, or the issues. */
export function evaluate(
  expression: string,
  values: Readonly<Record<string, unknown>> = {},
  environment = testEnvironment,
): string {
  const missing = Object.keys(values).filter(name => !environment.variables.has(name));
  const declared = environment.with(Object.fromEntries(missing.map(name => [name, dynDeclaration])));
  const { program, issues } = compile(expression, declared);
  if (!program) return issues;
  const { value } = program.evaluate(values, Number.POSITIVE_INFINITY);
  return isError(value) ? `error: ${value.message}` : valueText(value);
}

/** What it costs to evaluate. */
export function costOf(
  expression: string,
  values: Readonly<Record<string, unknown>>,
  environment: Environment,
): number {
  const { program, issues } = compile(expression, environment);
  if (!program) throw new Error(issues);
  return program.evaluate(values, Number.POSITIVE_INFINITY).cost;
}
