import { readFile } from 'node:fs/promises';
import { CliError } from '#cli/errors.ts';
import { jsonOfYaml } from '#machinery/json-decode.ts';
import { type Shape, problemsOf } from './shape.ts';

/** The value of a YAML file that is to have a shape; a null is a field left out. Throws CliError with all that is wrong. */
export async function readYamlShape(file: string, shape: Shape): Promise<object> {
  const value = await readYaml(file);
  const problems = problemsOf(value, shape);
  if (problems.length > 0) throw new CliError(`error: ${file}: ${joined(problems)}`);
  return withoutNulls(value as object);
}

async function readYaml(file: string): Promise<unknown> {
  try {
    const { value, duplicates } = await parse(await readFile(file, 'utf8'));
    if (duplicates.length > 0) throw new Error(joined(duplicates));
    return value ?? {};
  } catch (error) {
    throw new CliError(`error: cannot read the configuration ${file}: ${(error as Error).message}`);
  }
}

/** JSON is read without the parser of YAML, which takes long to load. */
async function parse(text: string): Promise<{ value: unknown; duplicates: readonly string[] }> {
  const json = jsonOfYaml(text);
  if (json) return { ...json, duplicates: [] };
  const { parseYamlStrictly } = await import('#machinery/yaml.ts');
  return parseYamlStrictly(text);
}

export function withoutNulls<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== null)) as T;
}

/** Upstream's aggregate: one alone, several in brackets. */
export function joined(problems: readonly string[]): string {
  return problems.length === 1 ? problems[0]! : `[${problems.join(', ')}]`;
}
